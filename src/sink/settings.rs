//! How a sink behaves towards everybody: its limits, what it offers, and what it remembers.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::fault::Fault;
use super::mailbox::Watch;
use super::script::Script;
use super::tls::Tls;
use crate::clock::Clock;

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
    /// Messages of one connection, and what comes then; `None` is no limit.
    pub max_messages: Option<(u32, Enough)>,
    /// How long a connection may be silent, and how long it may refuse to read our replies.
    pub idle: Duration,
    /// Before each reply to a final dot.
    pub delay: Duration,
    /// The delay of a `slow` reply.
    pub slow: Duration,
    /// Between two octets of a `drip` reply, and the two packets of a `split` one.
    pub drip: Duration,
    /// What the reply to EHLO offers.
    pub offers: Offers,
    /// Whether and how a connection is encrypted.
    pub tls: Tls,
    /// Who may send, where not everybody may.
    pub account: Option<Account>,
    /// What everybody meets whose address asks nothing; what strikes before a recipient is named is
    /// met by every connection.
    pub faults: Vec<Fault>,
    /// What some tries and connections meet, before [`SinkSettings::faults`] are looked at.
    pub script: Option<Arc<Script>>,
    /// How many of the newest messages are kept; 0 only counts them.
    pub keep: usize,
    /// How many of the newest journal entries are kept; 0 (and no file) saves the hashing.
    pub journal: usize,
    /// Where a line for each journal entry is appended, written before the reply goes out;
    /// [`JournalEntry::line`](super::JournalEntry::line) says what is in it.
    pub journal_file: Option<PathBuf>,
    /// A maildir into which every kept message is written, before the reply goes out.
    pub maildir: Option<PathBuf>,
    /// Who is told of every journal entry.
    pub watch: Option<Watch>,
    /// The time in the journal.
    pub clock: Clock,
}

impl Default for SinkSettings {
    /// 10 MiB messages, 1,000-octet text lines, 5 minutes idle (RFC 5321 §4.5.3.2.7), the newest
    /// 1,000 messages and 10,000 journal entries, no file, no TLS, no account, no faults.
    fn default() -> Self {
        SinkSettings {
            name: "sink.localhost".to_owned(),
            max_message: 10 * 1024 * 1024,
            max_command_line: 2048,
            max_text_line: 1000,
            max_recipients: 100,
            max_commands: 100_000,
            max_connections: 2048,
            max_messages: None,
            idle: Duration::from_secs(300),
            delay: Duration::ZERO,
            slow: Duration::from_secs(2),
            drip: Duration::from_millis(10),
            offers: Offers::default(),
            tls: Tls::Absent,
            account: None,
            faults: Vec::new(),
            script: None,
            keep: 1000,
            journal: 10_000,
            journal_file: None,
            maildir: None,
            watch: None,
            clock: Clock::system(),
        }
    }
}

impl SinkSettings {
    /// Whether somebody reads what is noted: else nothing is hashed.
    pub(super) fn has_journal(&self) -> bool {
        self.journal > 0 || self.journal_file.is_some() || self.watch.is_some()
    }

    /// Whether the octets of a message are wanted once it has come.
    pub(super) fn keeps_messages(&self) -> bool {
        self.keep > 0 || self.maildir.is_some()
    }
}

/// What comes after the last message that one connection may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// The next MAIL is answered `421 4.7.0`, and the connection closed.
    Reply,
    /// The connection is closed behind the reply to the last message.
    Close,
}

/// What the reply to EHLO offers. What is not offered is not taken either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offers {
    /// PIPELINING (RFC 2920); without it a command that did not wait is answered `503 5.5.0`.
    pub pipelining: bool,
    /// SIZE (RFC 1870).
    pub size: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034); without it no reply carries one.
    pub enhanced: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// SMTPUTF8 (RFC 6531).
    pub utf8: bool,
}

impl Default for Offers {
    /// Everything but DSN and SMTPUTF8.
    fn default() -> Self {
        Offers {
            pipelining: true,
            size: true,
            eight_bit: true,
            enhanced: true,
            dsn: false,
            utf8: false,
        }
    }
}

/// The one account of a sink: without AUTH nobody may send then. It is offered over TLS only where
/// there is TLS.
#[derive(Clone)]
pub struct Account {
    /// The user's name.
    pub username: String,
    /// Their password.
    pub password: String,
    /// The number of the connection, from 1, from which on even the right password is refused.
    pub refused_from: Option<u64>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("username", &self.username)
            .field("refused_from", &self.refused_from)
            .finish_non_exhaustive()
    }
}
