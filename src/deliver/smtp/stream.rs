//! The socket: opened with TCP_NODELAY, in clear or encrypted. Knows nothing of SMTP.

use std::error::Error;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{SmtpError, SmtpErrorKind};
use super::relay::{Relay, Tls};
use crate::deliver::policy::{Phase, clean};

/// One connection, in clear or encrypted.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Opens the connection, in clear.
    pub(super) async fn dial(relay: &Relay) -> Result<TcpStream, SmtpError> {
        let connect = TcpStream::connect((relay.host(), relay.port()));
        let failed = |error: io::Error| SmtpError::new(Phase::Connect, (&error).into());
        let socket = match timeout(relay.timeouts.connect, connect).await {
            Err(_) => return Err(SmtpError::new(Phase::Connect, SmtpErrorKind::TimedOut)),
            Ok(socket) => socket.map_err(failed)?,
        };
        // Without it every letter waits some 40 ms for the peer's delayed acknowledgement.
        socket.set_nodelay(true).map_err(failed)?;
        if relay.tls() == Tls::None && !relay.allow_plaintext {
            // The name looked local; what it resolved to decides.
            let peer = socket.peer_addr().map_err(failed)?;
            if !peer.ip().to_canonical().is_loopback() {
                return Err(relay.plaintext_refused(Phase::Tls));
            }
        }
        Ok(socket)
    }

    /// The handshake.
    pub(super) async fn encrypt(relay: &Relay, socket: TcpStream) -> Result<Stream, SmtpError> {
        let connector = TlsConnector::from(relay.tls_rules()?);
        let handshake = connector.connect(relay.server_name()?, socket);
        match timeout(relay.timeouts.tls, handshake).await {
            Err(_) => Err(SmtpError::new(Phase::Tls, SmtpErrorKind::TimedOut)),
            Ok(Err(error)) => Err(tls_failed(&innermost(&error))),
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
        }
    }

    /// Whether what is written passes through a buffer of ours, so that nobody can say how much of
    /// a failed write has left.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Stream::Tls(_))
    }

    /// Version and cipher, as `TLSv1.3 TLS13_AES_256_GCM_SHA384`.
    pub(super) fn encryption(&self) -> Option<String> {
        let Stream::Tls(stream) = self else {
            return None;
        };
        let (_, connection) = stream.get_ref();
        let version = connection.protocol_version()?.as_str()?.replace('_', ".");
        let suite = connection.negotiated_cipher_suite()?.suite();
        Some(format!("{version} {}", suite.as_str()?))
    }

    /// The other side's own certificate (DER), which was judged in the handshake.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        let Stream::Tls(stream) = self else {
            return None;
        };
        let chain = stream.get_ref().1.peer_certificates()?;
        chain.first().map(|c| c.as_ref())
    }
}

pub(super) fn tls_failed(words: &str) -> SmtpError {
    SmtpError::new(Phase::Tls, SmtpErrorKind::TlsFailed(clean(words)))
}

/// What rustls says, without what I/O wraps around it.
fn innermost(error: &io::Error) -> String {
    let mut inner: &dyn Error = error;
    if let Some(source) = error.get_ref() {
        inner = source;
    }
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, parts),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
