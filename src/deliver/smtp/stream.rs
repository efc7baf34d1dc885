//! Opening the connection: a socket with TCP_NODELAY, encrypted before anything is believed.
//!
//! lettre can wrap a socket of ours, but has no way to speak implicit TLS over it, and its
//! STARTTLS keeps what the server sent in clear behind the `220` and reads it as replies of the
//! encrypted connection. So the socket is opened and encrypted here, and put into an
//! [`AsyncSmtpConnection`] that was greeted by a [`Stub`].

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[expect(
    deprecated,
    reason = "the only way to run implicit TLS over a socket of our own"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{SmtpError, SmtpErrorKind};
use super::relay::{Relay, Tls};
use crate::deliver::policy::{Phase, Reply, clean};

/// The most that a reply in clear may say.
const MAX_CLEAR_REPLY: usize = 64 * 1024;

/// A connection to `relay`; with [`Tls::Required`] its greeting is behind us, otherwise it is
/// still to be read. EHLO is still to be said in any case.
pub(super) async fn open(relay: &Relay) -> Result<AsyncSmtpConnection, SmtpError> {
    relay.check()?;
    let limits = relay.timeouts;
    let helo = relay.client_id()?;
    let connect = TcpStream::connect((relay.host(), relay.port()));
    let mut socket = within(Phase::Connect, limits.connect, connect).await?;
    // Without it every letter waits some 40 ms for the peer's delayed acknowledgement.
    socket.set_nodelay(true).map_err(failed(Phase::Connect))?;
    if relay.tls() == Tls::None {
        // The name looked local; what it resolved to decides.
        let peer = socket.peer_addr().map_err(failed(Phase::Connect))?;
        if !peer.ip().to_canonical().is_loopback() {
            return Err(relay.plaintext_refused(Phase::Tls));
        }
    }
    if relay.tls() == Tls::Required {
        starttls(&mut socket, &helo, limits.greeting).await?;
    }
    #[expect(
        deprecated,
        reason = "the only way to run implicit TLS over a socket of our own"
    )]
    let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(socket));
    if relay.tls() != Tls::None {
        let handshake = stream.upgrade_tls(relay.tls_parameters()?);
        match timeout(limits.tls, handshake).await {
            Err(_) => return Err(SmtpError::new(Phase::Tls, SmtpErrorKind::TimedOut)),
            Ok(Err(error)) => return Err(tls_failed(&innermost(&error))),
            Ok(Ok(())) => {}
        }
    }
    // Nothing is waited for here: the stub has its answers ready.
    let stub = Box::new(Stub {
        answers: b"220 stub\r\n250 stub\r\n",
    });
    let mut connection = AsyncSmtpConnection::connect_with_transport(stub, &helo)
        .await
        .map_err(|error| SmtpError::new(Phase::Connect, (&error).into()))?;
    connection.set_stream(stream);
    Ok(connection)
}

/// Greeting, EHLO and STARTTLS in clear (RFC 3207 §4). Nothing that was learnt here is used
/// afterwards (§4.2) but that the relay offers TLS.
async fn starttls(
    socket: &mut TcpStream,
    helo: &ClientId,
    limit: Duration,
) -> Result<(), SmtpError> {
    ask_in_clear(socket, "", 220, Phase::Greeting, limit).await?;
    let hello = format!("EHLO {helo}\r\n");
    let offers = ask_in_clear(socket, &hello, 250, Phase::Greeting, limit).await?;
    let offers = ServerInfo::from_response(&offers)
        .map_err(|error| SmtpError::new(Phase::Greeting, (&error).into()))?;
    if !offers.supports_feature(Extension::StartTls) {
        return Err(tls_failed("the relay does not offer STARTTLS"));
    }
    ask_in_clear(socket, "STARTTLS\r\n", 220, Phase::Tls, limit)
        .await
        .map(drop)
}

async fn ask_in_clear(
    socket: &mut TcpStream,
    command: &str,
    expected: u16,
    phase: Phase,
    limit: Duration,
) -> Result<Response, SmtpError> {
    let exchange = async {
        socket.write_all(command.as_bytes()).await?;
        read_reply(socket).await
    };
    let text = within(phase, limit, exchange).await?;
    let response: Response = text
        .parse()
        .map_err(|_| SmtpError::new(phase, SmtpErrorKind::Garbled(clean(&text))))?;
    if response.has_code(expected) {
        return Ok(response);
    }
    let words = response.message().collect::<Vec<_>>().join(" ");
    let reply = Reply::new(response.code().into(), &words);
    Err(SmtpError::new(phase, SmtpErrorKind::Reply(reply)))
}

/// One reply and not an octet more: who speaks out of turn before TLS puts words into the mouth
/// of the encrypted server (CVE-2011-0411).
async fn read_reply(socket: &mut TcpStream) -> io::Result<String> {
    let mut reply = Vec::new();
    loop {
        if reply.len() >= MAX_CLEAR_REPLY {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the reply does not end",
            ));
        }
        if socket.read_buf(&mut reply).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut from = 0;
        while let Some(len) = reply[from..].iter().position(|byte| *byte == b'\n') {
            let last = reply.get(from + 3) != Some(&b'-');
            from += len + 1;
            if last && from < reply.len() {
                let words = "the relay said more than it was asked";
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
            if last {
                return String::from_utf8(reply)
                    .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"));
            }
        }
    }
}

async fn within<T>(
    phase: Phase,
    limit: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, SmtpError> {
    match timeout(limit, step).await {
        Err(_) => Err(SmtpError::new(phase, SmtpErrorKind::TimedOut)),
        Ok(done) => done.map_err(failed(phase)),
    }
}

fn failed(phase: Phase) -> impl Fn(io::Error) -> SmtpError {
    move |error| SmtpError::new(phase, (&error).into())
}

fn tls_failed(words: &str) -> SmtpError {
    SmtpError::new(Phase::Tls, SmtpErrorKind::TlsFailed(clean(words)))
}

/// lettre wraps what rustls says twice, each time with the same two words.
fn innermost(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Greets lettre's constructor, which insists on a conversation before it lets go of the
/// connection.
#[derive(Debug)]
struct Stub {
    answers: &'static [u8],
}

impl AsyncTokioStream for Stub {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 0).into())
    }
}

impl AsyncRead for Stub {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (now, later) = self
            .answers
            .split_at(self.answers.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.answers = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stub {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
