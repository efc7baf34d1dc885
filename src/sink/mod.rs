//! The sink: a real SMTP receiver (RFC 5321) for the demo, the tests and the benches.
//!
//! It speaks EHLO with PIPELINING, SIZE, 8BITMIME and ENHANCEDSTATUSCODES, keeps what it is given
//! in a [`Mailbox`], and never delivers anything anywhere. It holds to the letter of the line
//! discipline: a line ends with CRLF and with nothing else.
//!
//! # Behaviours
//! The local part of a recipient says how the sink treats it: the word up to the first `.` or `+`,
//! or the whole local part, in any case of letters.
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
//! | anything else | `mia@…` | accepted |
//!
//! With several recipients in one transaction the strongest of their behaviours holds for the
//! message: `hangupdata`, then `refusedata`, `hangup`, `slow`.
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

mod behaviour;
mod command;
mod mailbox;
mod scan;
mod session;
#[cfg(test)]
mod tests;
mod wire;

pub use mailbox::{JournalEntry, Mailbox, Received};

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How a sink behaves and what it remembers. Sizes are octets.
#[derive(Debug, Clone)]
pub struct SinkSettings {
    /// The name in the greeting and in the reply to EHLO.
    pub name: String,
    /// The largest message, announced as SIZE (RFC 1870); more is answered `552 5.3.4`.
    pub max_message: usize,
    /// The longest command line with its CRLF; more is answered `500 5.5.2`.
    pub max_command_line: usize,
    /// The longest line of a message with its CRLF, the transparency dot not counted
    /// (RFC 5321 §4.5.3.1.6); more is answered `500 5.5.2` after the dot.
    pub max_text_line: usize,
    /// Recipients of one message; more are answered `452 4.5.3`.
    pub max_recipients: usize,
    /// Commands of one connection since its last accepted message; more are answered `421 4.7.0`.
    pub max_commands: u32,
    /// Connections at a time; more are answered `421 4.3.2`.
    pub max_connections: usize,
    /// How long a connection may be silent, and how long it may refuse to read our replies.
    pub idle: Duration,
    /// The delay of a `slow` recipient.
    pub slow: Duration,
    /// How many of the newest messages are kept; 0 only counts them.
    pub keep: usize,
    /// How many of the newest journal entries are kept; 0 (and no file) saves the hashing.
    pub journal: usize,
    /// Where one JSON line per kept message is appended, written before the reply goes out:
    /// `{"recipient":…,"message_id":…,"sha256":…,"code":…}`; `code` is null if none was sent.
    pub journal_file: Option<PathBuf>,
}

impl Default for SinkSettings {
    /// 10 MiB messages, 1,000-octet text lines, 5 minutes idle (RFC 5321 §4.5.3.2.7), the newest
    /// 1,000 messages and 10,000 journal entries, no file.
    fn default() -> Self {
        SinkSettings {
            name: "sink.localhost".to_owned(),
            max_message: 10 * 1024 * 1024,
            max_command_line: 2048,
            max_text_line: 1000,
            max_recipients: 100,
            max_commands: 100_000,
            max_connections: 2048,
            idle: Duration::from_secs(300),
            slow: Duration::from_secs(2),
            keep: 1000,
            journal: 10_000,
            journal_file: None,
        }
    }
}

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
