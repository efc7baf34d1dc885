//! The SMTP hand: one connection to a relay, one letter at a time (RFC 5321), pipelined where the
//! relay offers it (RFC 2920). It knows no ledger and no schedule: it says what happened, and how
//! far the letter had come.
//!
//! A letter goes in three steps. [`Session::envelope`] ends with `354`; [`Session::text`] streams
//! the message; [`Session::dot`] ends it, and only then can the relay have accepted it. The caller
//! commits that the letter has started before the dot, and may do so while the text is on its way.
//! What fails before the dot did not leave; what fails behind it without a reply may have.
//!
//! Behind the dot the commands of the next letter may go at once:
//!
//! ```text
//! we     text(1)  . MAIL(2) RCPT(2) DATA(2)                       text(2)  . …
//! relay                                      250(1) 250 250 354
//! ```
//!
//! # Example
//! ```no_run
//! use courant::deliver::policy::{Outcome, Phase};
//! use courant::deliver::smtp::{Envelope, Relay, Secret, Session, SmtpError, Tls};
//!
//! async fn send(letter: &[u8]) -> Result<Outcome, SmtpError> {
//!     let mut relay = Relay::new("smtp.example.org", 587, Tls::Required);
//!     relay.helo = "news.example.org".to_owned();
//!     relay.credentials = Some(("news".to_owned(), Secret::new("…")));
//!     let mut session = Session::connect(&relay).await?;
//!     session.fits(letter)?;
//!     let envelope = Envelope {
//!         mail_from: "b+token@bounce.example.org",
//!         rcpt_to: "ann@example.com",
//!         envid: None,
//!         size: letter.len() as u64,
//!     };
//!     session.envelope(&envelope).await?;
//!     session.text(letter).await?;
//!     // … `started` is committed …
//!     Ok(match session.dot(None).await {
//!         Ok(reply) => Outcome::Replied { phase: Phase::Body, reply },
//!         Err(error) => error.outcome(),
//!     })
//! }
//! ```

mod address;
mod body;
mod certificate;
mod envelope;
mod error;
mod offers;
mod opening;
mod relay;
mod reply;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod transaction;
mod wire;

pub use envelope::Envelope;
pub use error::{SmtpError, SmtpErrorKind};
pub use offers::Offers;
pub use relay::{Relay, Secret, Timeouts, Tls};
pub use tls::CaFile;

use std::fmt;
use std::time::Duration;

use tokio::time::timeout;

use super::policy::{Phase, Reply};
use crate::domain::time::Timestamp;
use body::Text;
use envelope::Commands;
use wire::Wire;

/// How long QUIT may take: politeness is not worth more.
const FAREWELL: Duration = Duration::from_secs(2);

/// An open connection to a relay, past EHLO and AUTH.
///
/// Every method is safe to cancel: a session whose future was dropped, or timed out, within a
/// command is never used again ([`Session::is_open`] is false from then on), because its next
/// reply would belong to the command before. Dropping a session closes the connection without a
/// word, and above all without a dot.
pub struct Session {
    wire: Wire,
    timeouts: Timeouts,
    offers: Offers,
    state: State,
    /// Set before each wait and cleared behind it: it stays where a future was dropped.
    busy: bool,
    messages: u32,
    fault: Option<String>,
    /// The commands that left with the last dot; there if and only if the state is `Ahead`.
    ahead: Option<Commands>,
    /// Where commands are put together and dots are doubled.
    copy: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// MAIL may come.
    Ready,
    /// A transaction was begun and not finished: RSET has to come before MAIL.
    Begun,
    /// The commands of an envelope are on their way, their replies were not read.
    Ahead,
    /// 354 has come: the message has to.
    Awaiting,
    /// The message was sent: its dot has to come.
    Dotless,
    Closed,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("relay", &self.offers.name)
            .field("state", &self.state)
            .field("busy", &self.busy)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// What the relay offers.
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Until when the relay's certificate holds; none without encryption.
    pub fn certificate_ends(&self) -> Option<Timestamp> {
        self.wire.certificate().and_then(certificate::ends)
    }

    /// Whether another letter may be given to this session. Where a next envelope left with the
    /// last dot, that letter and no other.
    pub fn is_open(&self) -> bool {
        !self.busy && matches!(self.state, State::Ready | State::Begun | State::Ahead)
    }

    /// [`Session::is_open`], and the relay has not hung up or said `421` since its last reply:
    /// asked before a letter is given to a session that was idle, so that a relay's ordinary
    /// time-out is not taken for a failure. Waits for nothing.
    pub fn is_fresh(&mut self) -> bool {
        self.is_open() && (self.state == State::Ahead || !self.wire.stirs())
    }

    /// How many messages were ended with a dot on this connection.
    pub fn messages(&self) -> u32 {
        self.messages
    }

    /// What the relay did that an operator should know, once: it accepted an empty message after
    /// it had refused the recipient.
    pub fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    /// Checks that [`Session::text`] would send this message: 7-bit, every line ended by CRLF, no
    /// larger than the relay's SIZE. Touches nothing.
    ///
    /// # Errors
    /// `Unsendable`, which is final for this letter.
    pub fn fits(&self, message: &[u8]) -> Result<(), SmtpError> {
        self.sendable(message).map(drop)
    }

    /// Opens a transaction: MAIL, RCPT and DATA, up to `354`; in one write where the relay offers
    /// PIPELINING. What [`Session::dot`] sent already is not sent again, only its replies are
    /// read; an envelope that differs from that one closes the session.
    ///
    /// After an error the session is open for the next letter if [`Session::is_open`] says so,
    /// which a plain refusal leaves it.
    ///
    /// # Errors
    /// In the phases Mail, Rcpt and Data: of several refusals the first. Nothing of the letter has
    /// left.
    pub async fn envelope(&mut self, envelope: &Envelope<'_>) -> Result<(), SmtpError> {
        let commands = Commands::of(envelope, &self.offers)?;
        let ahead = self.ahead.take();
        let another = ahead.as_ref().is_some_and(|sent| *sent != commands);
        if another || !self.is_open() {
            self.state = State::Closed;
            return Err(SmtpError::new(Phase::Mail, SmtpErrorKind::Closed));
        }
        self.busy = true;
        let done = self.negotiate(&commands, ahead.is_some()).await;
        self.busy = false;
        done
    }

    /// Streams the message without its dot. Nothing can be accepted by this alone, and a session
    /// dropped behind it leaves nothing.
    ///
    /// The message arrives octet by octet as it is given. One that does not end with CRLF gets
    /// one, since SMTP knows only whole lines.
    ///
    /// # Errors
    /// In the phase Text, and the session is closed.
    pub async fn text(&mut self, message: &[u8]) -> Result<(), SmtpError> {
        self.stream(message, b"").await?;
        self.state = State::Dotless;
        Ok(())
    }

    /// Ends the message, and returns the reply that accepts it: `250` and no other.
    ///
    /// Where the relay offers PIPELINING the commands of `next` leave in the same write
    /// (RFC 2920 §3.1); [`Session::envelope`] reads their replies. An envelope that cannot be
    /// sent is left for it to refuse.
    ///
    /// # Errors
    /// In the phase Text if the relay hung up or spoke before the dot: then it did not leave. In
    /// the phase Body otherwise; [`verdict`](crate::deliver::policy::verdict) on its outcome tells
    /// what is in doubt.
    pub async fn dot(&mut self, next: Option<&Envelope<'_>>) -> Result<Reply, SmtpError> {
        if self.busy || self.state != State::Dotless {
            self.state = State::Closed;
            return Err(SmtpError::new(Phase::Text, SmtpErrorKind::Closed));
        }
        self.state = State::Closed;
        let next = next.filter(|_| self.offers.pipelining);
        let next = next.and_then(|next| Commands::of(next, &self.offers).ok());
        self.busy = true;
        let done = self.finish(next).await;
        self.busy = false;
        done
    }

    /// [`Session::text`] and [`Session::dot`] in one write, for what is in no ledger.
    ///
    /// # Errors
    /// Those of both.
    pub async fn body(&mut self, message: &[u8]) -> Result<Reply, SmtpError> {
        self.stream(message, b".\r\n").await?;
        self.busy = true;
        let done = self.acceptance().await;
        self.busy = false;
        done
    }

    /// Says QUIT and closes. Best effort: what could be lost was settled before. Where a message
    /// or the replies to an envelope are due, it closes without a word.
    pub async fn quit(mut self) {
        if self.is_open() && self.state != State::Ahead {
            let _ = timeout(FAREWELL, async {
                self.wire.send(Phase::Mail, FAREWELL, b"QUIT\r\n").await?;
                let _ = self.wire.answer(Phase::Mail, FAREWELL).await;
                let _ = self.wire.close().await;
                Ok::<_, SmtpError>(())
            })
            .await;
        }
    }

    fn sendable<'m>(&self, message: &'m [u8]) -> Result<Text<'m>, SmtpError> {
        let (size, limit) = (message.len() as u64, self.offers.max_message);
        let text = match limit.filter(|limit| size > *limit) {
            Some(limit) => Err(format!(
                "the message has {size} octets, the relay takes {limit}"
            )),
            None => Text::new(message),
        };
        text.map_err(|words| SmtpError::new(Phase::Text, SmtpErrorKind::Unsendable(words)))
    }
}
