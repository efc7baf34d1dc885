//! The listener: so many connections at once, none of them silent for long, and an end in good
//! order.
//!
//! It knows bytes and connections only. A proxy in front is the rule; this is what holds without one.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::visitor::Peer;

/// Most connections at once; the next ones wait in the kernel's queue.
const CONNECTIONS: usize = 512;
/// Longest silence of a client, and longest time for it to take what it asked for.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest wait for open requests at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Serves until `shutdown`, then lets open requests finish for at most ten seconds.
///
/// # Errors
/// What the listener's socket says.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let listener = Bounded {
        listener,
        free: Arc::new(Semaphore::new(CONNECTIONS)),
    };
    let end = shutdown.clone();
    let router = router.into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move { end.cancelled().await })
        .into_future();
    tokio::select! {
        served = served => served,
        () = async { shutdown.cancelled().await; sleep(LAST_ANSWERS).await } => Ok(()),
    }
}

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

struct Bounded {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl Listener for Bounded {
    type Io = Timed;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Timed, SocketAddr) {
        loop {
            // The semaphore is never closed; were it, waiting is all that is left to do.
            let Ok(permit) = self.free.clone().acquire_owned().await else {
                std::future::pending::<()>().await;
                continue;
            };
            let (stream, from) = Listener::accept(&mut self.listener).await;
            let timer = Box::pin(sleep(SILENCE));
            return (
                Timed {
                    stream,
                    timer,
                    _permit: permit,
                },
                from,
            );
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when nothing moves on it for too long.
struct Timed {
    stream: TcpStream,
    timer: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Timed {
    /// Passes an outcome on: movement sets the timer anew, waiting runs against it.
    fn timed<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.timer.as_mut().reset(Instant::now() + SILENCE);
            return outcome;
        }
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.timed(cx, outcome)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
