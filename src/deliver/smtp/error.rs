//! What goes wrong on the way to the relay, and how far the letter had come.

use std::io;

use crate::deliver::policy::{Outcome, Phase, Reply, clean};

/// A failed step of a [`Session`](super::Session).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{phase}: {kind}")]
pub struct SmtpError {
    /// The step.
    pub phase: Phase,
    /// What happened in it.
    pub kind: SmtpErrorKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpErrorKind {
    /// A complete reply, and not the one that was needed.
    #[error("the relay said: {0}")]
    Reply(Reply),
    /// The connection was closed, or had been closed or given up before.
    #[error("the connection was closed")]
    Closed,
    /// The phase took longer than [`Timeouts`](super::Timeouts) grants it.
    #[error("timed out")]
    TimedOut,
    /// The network failed in another way.
    #[error("the network failed: {0}")]
    Io(io::ErrorKind),
    /// What came is not a reply (RFC 5321 §4.2), or came unasked.
    #[error("not an SMTP reply: {0}")]
    Garbled(String),
    /// No encryption: not offered, the handshake failed, or the certificate is not good; or the
    /// certificates to judge it by cannot be read.
    #[error("no encrypted connection: {0}")]
    TlsFailed(String),
    /// The credentials were refused, or no mechanism fits.
    #[error("authentication refused: {0}")]
    AuthRefused(String),
    /// The settings ask to speak without encryption where that is not done: to a host that is not
    /// this machine, or with credentials.
    #[error("will not speak to {host} without encryption")]
    PlaintextRefused {
        /// The relay.
        host: String,
    },
    /// The letter or the settings cannot be put into SMTP; nothing of the letter was sent.
    #[error("cannot be sent: {0}")]
    Unsendable(String),
}

impl SmtpError {
    pub(super) fn new(phase: Phase, kind: SmtpErrorKind) -> SmtpError {
        SmtpError { phase, kind }
    }

    /// The same as plain data, for [`verdict`](crate::deliver::policy::verdict).
    pub fn outcome(&self) -> Outcome {
        match &self.kind {
            SmtpErrorKind::Reply(reply) => Outcome::Replied {
                phase: self.phase,
                reply: reply.clone(),
            },
            // A wrong EHLO name is found before there is a letter: it is no fault of the letter.
            SmtpErrorKind::Unsendable(words) if self.phase >= Phase::Mail => Outcome::Unsendable {
                words: words.clone(),
            },
            _ => Outcome::Lost {
                phase: self.phase,
                words: self.to_string(),
            },
        }
    }
}

impl From<&io::Error> for SmtpErrorKind {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind::*;
        match error.kind() {
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe | NotConnected => {
                SmtpErrorKind::Closed
            }
            TimedOut => SmtpErrorKind::TimedOut,
            // What rustls says of a broken record.
            InvalidData => SmtpErrorKind::Garbled(clean(&error.to_string())),
            kind => SmtpErrorKind::Io(kind),
        }
    }
}
