//! The sink: a real SMTP receiver (RFC 5321) for the demo, the tests, the benches, and `courant sink`.
//!
//! It speaks EHLO with PIPELINING, SIZE, 8BITMIME and ENHANCEDSTATUSCODES (and DSN, SMTPUTF8, STARTTLS
//! and AUTH where [`SinkSettings`] say so), keeps what it is given in a [`Mailbox`], and never
//! delivers anything anywhere. It holds to the letter of the line discipline: a line ends with CRLF
//! and with nothing else.
//!
//! # Behaviours
//! The local part of a recipient says how the sink treats it: the word up to the first `.` or `+`,
//! or the whole local part, in any case of letters. Several words are joined by `_`.
//!
//! | word | example | what happens |
//! | --- | --- | --- |
//! | `deferN` | `defer2.ann@…` | `451 4.2.1` to RCPT for the first N tries of that address (`defer` is `defer1`), accepted afterwards |
//! | `refuse` | `refuse.bob@…` | `550 5.1.1` to RCPT, always |
//! | `full` | `full+x@…` | `452 4.2.2` to RCPT, always |
//! | `hangup` | `hangup.eve@…` | the first time the message is kept and the connection closed after the dot **without a reply**; accepted afterwards |
//! | `hangupdata` | `hangupdata.eve@…` | the first time the connection is closed within the message, before the dot; accepted afterwards |
//! | `refusedata` | `refusedata.kim@…` | `354`, then `554 5.7.1` after the dot, always |
//! | `slow` | `slow.lee@…` | kept at once, the reply after the dot comes [`SinkSettings::slow`] later |
//! | `refuseCODE` | `refuse250.x@…` | `550 5.1.1` to RCPT, `354` to DATA **nevertheless**, and CODE to the dot that ends the empty message |
//! | POINT CODE | `rcpt451.x@…` | that code at that point; `421` closes the connection |
//! | POINT CODE`-`S`-`D | `dot550-7-26.x@…` | the same with the enhanced code 5.7.26; without it the one that is usual |
//! | POINT CODE MANNER | `rcpt451multi.x@…` | that code, written in a manner |
//! | POINT MANNER | `dotdrip.x@…` | the usual reply, written in a manner |
//! | POINT ACT | `datahangup.x@…` | no reply, or none that can be read |
//! | … `x`N | `dot451x3.z@…` | only the first N times for that address, then yes; without it always |
//! | anything else | `mia@…` | accepted |
//!
//! The words of the last rows are written without blanks. Their points are `mail`, `rcpt`, `data`,
//! `text` (within the message), `dot` (the reply after it) and `sent` (behind that reply); for
//! [`SinkSettings::faults`] and [`Script`]s also `banner`, `ehlo`, `starttls` and `auth`, which come
//! before anybody is named. `text` and `sent` take codes from 400 and the acts `hangup` and `hole`.
//!
//! | manner | how the reply is written |
//! | --- | --- |
//! | `multi` | in three lines, each with its enhanced code |
//! | `slow` | [`SinkSettings::slow`] later |
//! | `drip` | octet by octet, [`SinkSettings::drip`] apart |
//! | `split` | in two packets, cut within the code |
//! | `barelf` | ended by a line feed alone |
//! | `nocrlf` | without a line end, and the connection is closed |
//! | `longline` | in a line of 64 KiB |
//! | `notutf8` | with octets that are no UTF-8 |
//!
//! | act | what happens |
//! | --- | --- |
//! | `hangup` | the connection is closed without a reply |
//! | `hole` | nothing is ever answered again, and the connection stays |
//! | `garbage` | a line that is no reply |
//! | `wrongclass` | `354` where `250` is due, `250` where `354` is |
//!
//! Once the dot has come, whatever is not a refusal means that the message is **kept**: a sender that
//! gets no reply, or one it cannot read, does not know that. A `mail…` word is known in time only if
//! RCPT is pipelined behind MAIL; whoever waits for the reply to MAIL meets it at RCPT.
//!
//! With several recipients in one transaction the strongest of their behaviours holds for the
//! message: a refusal, then `hangup`, `hole`, a reply that is none, a manner, `slow`.
//!
//! # Example
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use courant::sink::{Sink, SinkSettings};
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let sink = Sink::start(listener, SinkSettings::default())?;
//! println!("send to {}", sink.addr());
//! assert_eq!(sink.mailbox().count_accepted(), 0);
//! sink.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?; Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod command;
pub mod fault;
mod intake;
pub mod journal;
mod mailbox;
mod maildir;
mod recipient;
mod reply;
mod scan;
pub mod script;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod transaction;
mod wire;

pub use fault::Fault;
pub use journal::{JournalEntry, Phase};
pub use mailbox::{Mailbox, Received, Sums, Watch};
pub use script::{Script, ScriptError};
pub use settings::{Account, Enough, Offers, SinkSettings};
pub use tls::{Certificate, CertificateError, Tls};

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Why a sink could not start.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The listener has no address any more.
    #[error("the sink's listener has no address")]
    Listener(#[source] io::Error),
    /// The journal file cannot be opened for appending.
    #[error("cannot append to the sink's journal {}", path.display())]
    JournalFile {
        /// The file of [`SinkSettings::journal_file`].
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The maildir cannot be made.
    #[error("cannot use the maildir {}", path.display())]
    Maildir {
        /// The folder of [`SinkSettings::maildir`].
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Starts sinks.
#[derive(Debug)]
pub struct Sink;

impl Sink {
    /// Serves `listener` on the current tokio runtime until the handle is stopped or dropped.
    ///
    /// # Errors
    /// [`SinkError`] if the listener has no address or the journal file cannot be opened.
    pub fn start(listener: TcpListener, settings: SinkSettings) -> Result<SinkHandle, SinkError> {
        let addr = listener.local_addr().map_err(SinkError::Listener)?;
        let mailbox = Arc::new(Mailbox::open(&settings)?);
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let room = Room {
            settings: Arc::new(settings),
            mailbox: Arc::clone(&mailbox),
            stop: stop.clone(),
        };
        tasks.spawn(accept(listener, room, tasks.clone()));
        tasks.close();
        Ok(SinkHandle {
            addr,
            mailbox,
            stop,
            tasks,
        })
    }
}

/// What every connection of one sink shares.
#[derive(Debug, Clone)]
struct Room {
    settings: Arc<SinkSettings>,
    mailbox: Arc<Mailbox>,
    stop: CancellationToken,
}

/// A running sink. Dropping it stops the sink as well, without waiting.
#[derive(Debug)]
pub struct SinkHandle {
    addr: SocketAddr,
    mailbox: Arc<Mailbox>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl SinkHandle {
    /// Where the sink listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What the sink received; stays readable after the sink has stopped.
    pub fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Closes the listener and every connection and waits until they are gone.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for SinkHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, room: Room, tasks: TaskTracker) {
    while let Some(accepted) = room.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            // The accept task itself is one of the tracked.
            Ok((stream, _)) if tasks.len() > room.settings.max_connections => turn_away(&stream),
            Ok((stream, _)) => {
                tasks.spawn(session::serve(stream, room.clone()));
            }
            // Out of file handles, or a client that was gone before we looked: let others finish.
            Err(error) => {
                tracing::debug!(%error, "the sink could not accept a connection");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// Best effort: whoever is turned away by a full house gets a word if the socket takes it.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(b"421 4.3.2 too many connections\r\n");
}
