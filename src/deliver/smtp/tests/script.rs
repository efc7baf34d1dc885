//! A server that follows a script, octet by octet.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use super::Result;

/// What the server does next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Reads exactly this; anything else ends the script with an error.
    Hear(Vec<u8>),
    /// Reads one line, whatever it says.
    Line,
    /// Writes this.
    Say(Vec<u8>),
    /// Writes this octet by octet.
    Drip(Vec<u8>),
    /// The handshake.
    Encrypt(Arc<ServerConfig>),
    /// Reads nothing and says nothing any more.
    Wait,
    /// Closes at once.
    Close,
}

pub(super) fn hear(words: impl AsRef<[u8]>) -> Step {
    Step::Hear(words.as_ref().to_vec())
}

pub(super) fn say(words: impl AsRef<[u8]>) -> Step {
    Step::Say(words.as_ref().to_vec())
}

/// A server for one connection; the handle gives what came behind the script, up to the end.
pub(super) struct Server {
    pub(super) port: u16,
    pub(super) rest: JoinHandle<io::Result<Vec<u8>>>,
}

impl Server {
    pub(super) async fn start(steps: Vec<Step>) -> Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let rest = tokio::spawn(async move {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            play(socket, &steps).await
        });
        Ok(Server { port, rest })
    }

    /// What the client said behind the script. The script was followed to its end.
    pub(super) async fn rest(self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.rest.await??).into_owned())
    }
}

enum Peer {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

async fn play(socket: TcpStream, steps: &[Step]) -> io::Result<Vec<u8>> {
    let mut peer = Peer::Plain(socket);
    for step in steps {
        peer = match (step, peer) {
            (Step::Encrypt(config), Peer::Plain(socket)) => {
                let acceptor = TlsAcceptor::from(Arc::clone(config));
                Peer::Tls(Box::new(acceptor.accept(socket).await?))
            }
            (Step::Close, _) => return Ok(Vec::new()),
            (Step::Wait, _peer) => std::future::pending().await,
            (step, Peer::Plain(mut socket)) => {
                act(&mut socket, step).await?;
                Peer::Plain(socket)
            }
            (step, Peer::Tls(mut stream)) => {
                act(&mut stream, step).await?;
                Peer::Tls(stream)
            }
        };
    }
    let mut rest = Vec::new();
    // A client that closes without a farewell of TLS is heard to its end all the same.
    let _ = match &mut peer {
        Peer::Plain(socket) => socket.read_to_end(&mut rest).await,
        Peer::Tls(stream) => stream.read_to_end(&mut rest).await,
    };
    Ok(rest)
}

async fn act(
    stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin),
    step: &Step,
) -> io::Result<()> {
    match step {
        Step::Hear(expected) => {
            let mut heard = vec![0; expected.len()];
            let mut len = 0;
            while len < heard.len() && heard[..len] == expected[..len] {
                match stream.read(&mut heard[len..]).await? {
                    0 => break,
                    count => len += count,
                }
            }
            if heard[..len] != expected[..] {
                let heard = String::from_utf8_lossy(&heard[..len]).into_owned();
                let expected = String::from_utf8_lossy(expected);
                let words = format!("heard {heard:?} instead of {expected:?}");
                return Err(io::Error::other(words));
            }
        }
        Step::Line => while stream.read_u8().await? != b'\n' {},
        Step::Say(words) => {
            stream.write_all(words).await?;
            stream.flush().await?;
        }
        Step::Drip(words) => {
            for octet in words {
                stream.write_all(&[*octet]).await?;
                stream.flush().await?;
                tokio::task::yield_now().await;
            }
        }
        Step::Encrypt(_) | Step::Wait | Step::Close => {}
    }
    Ok(())
}
