//! The SMTP hand: one connection to a relay, one letter at a time (RFC 5321), on lettre's
//! connection for TLS, AUTH and replies.
//!
//! A letter goes in two steps, because between them the caller writes into its ledger that the
//! letter has started: [`Session::envelope`] up to `354`, then [`Session::body`]. What fails in
//! the first step did not leave; what fails in the second without a reply may have.
//!
//! # Example
//! ```no_run
//! use courant::deliver::policy::{Outcome, Phase};
//! use courant::deliver::smtp::{Relay, Secret, Session, SmtpError, Tls};
//!
//! async fn send(letter: &[u8]) -> Result<Outcome, SmtpError> {
//!     let mut relay = Relay::new("smtp.example.org", 587, Tls::Required);
//!     relay.helo = "news.example.org".to_owned();
//!     relay.credentials = Some(("news".to_owned(), Secret::new("…")));
//!     let mut session = Session::connect(&relay).await?;
//!     session.fits(letter)?;
//!     session.envelope("b+token@bounce.example.org", "ann@example.com").await?;
//!     // … commit `started` …
//!     Ok(match session.body(letter).await {
//!         Ok(reply) => Outcome::Replied { phase: Phase::Body, reply },
//!         Err(error) => error.outcome(),
//!     })
//! }
//! ```

mod address;
mod body;
mod error;
mod relay;
mod stream;
#[cfg(test)]
mod tests;

pub use error::{SmtpError, SmtpErrorKind};
pub use relay::{Relay, Secret, Timeouts, Tls};

use std::fmt::{self, Display};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter, ServerInfo};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::policy::{Phase, Reply, clean};
use body::Payload;

/// How long QUIT may take: politeness is not worth more.
const FAREWELL: Duration = Duration::from_secs(2);

/// An open connection to a relay, past EHLO and AUTH.
///
/// Every method is safe to cancel: a session whose future was dropped, or timed out, within a
/// command is never used again ([`Session::is_open`] is false from then on), because its next
/// reply would belong to the command before.
pub struct Session {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
    offers: Offers,
    state: State,
    /// Set before each wait and cleared by a complete reply only.
    busy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// MAIL may come.
    Ready,
    /// A transaction was begun and not finished: RSET has to come before MAIL.
    Begun,
    /// 354 has come: the message has to.
    Awaiting,
    Closed,
}

/// What the relay said about itself in reply to EHLO.
#[derive(Debug, Clone, Default)]
struct Offers {
    info: ServerInfo,
    /// SIZE (RFC 1870) if it names a limit.
    max_message: Option<u64>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Session {
            offers,
            state,
            busy,
            ..
        } = self;
        f.debug_struct("Session")
            .field("relay", &offers.info.name())
            .field("state", state)
            .field("busy", busy)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Connects, encrypts as [`Relay::tls`] asks, says EHLO and authenticates.
    ///
    /// # Errors
    /// In the phases Connect, Greeting, Tls and Auth; none of them concerns a letter.
    pub async fn connect(relay: &Relay) -> Result<Session, SmtpError> {
        let mut session = Session {
            connection: stream::open(relay).await?,
            timeouts: relay.timeouts,
            offers: Offers::default(),
            state: State::Ready,
            busy: false,
        };
        let limit = relay.timeouts.greeting;
        if relay.tls() != Tls::Required {
            session.greeting(limit).await?;
        }
        let hello = session
            .ask(Phase::Greeting, limit, Ehlo::new(relay.client_id()?))
            .await?;
        session.offers = Offers::read(&hello)?;
        if let Some((user, password)) = &relay.credentials {
            let password = password.reveal().to_owned();
            session
                .authenticate(Credentials::new(user.clone(), password))
                .await?;
        }
        Ok(session)
    }

    /// Whether another letter may be given to this session.
    pub fn is_open(&self) -> bool {
        !self.busy && matches!(self.state, State::Ready | State::Begun)
    }

    /// Checks that [`Session::body`] would send this message: 7-bit, every line ended by CRLF, no
    /// larger than the relay's SIZE. Touches nothing.
    ///
    /// # Errors
    /// `Unsendable`, which is final for this letter.
    pub fn fits(&self, message: &[u8]) -> Result<(), SmtpError> {
        self.payload(message).map(drop)
    }

    /// Opens a transaction: MAIL, RCPT and DATA, up to `354`. `mail_from` is empty for the null
    /// path `<>`. A domain beyond ASCII goes as A-label; a local part beyond ASCII needs SMTPUTF8
    /// (RFC 6531).
    ///
    /// After an error the session is open for the next letter if [`Session::is_open`] says so,
    /// which a plain refusal leaves it.
    ///
    /// # Errors
    /// In the phases Mail, Rcpt and Data. Nothing of the letter has left.
    pub async fn envelope(&mut self, mail_from: &str, rcpt_to: &str) -> Result<(), SmtpError> {
        let unicode = self.offers.info.supports_feature(Extension::SmtpUtfEight);
        let sender = address::sender(mail_from, unicode)?;
        let recipient = address::recipient(rcpt_to, unicode)?;
        let limits = self.timeouts;
        if self.state == State::Begun {
            self.expect(Phase::Mail, limits.envelope, 250, Rset).await?;
            self.state = State::Ready;
        }
        let beyond_ascii = sender.iter().chain([&recipient]).any(|address| {
            let address: &str = address.as_ref();
            !address.is_ascii()
        });
        let parameters = if beyond_ascii {
            vec![MailParameter::SmtpUtfEight]
        } else {
            Vec::new()
        };
        self.expect(
            Phase::Mail,
            limits.envelope,
            250,
            Mail::new(sender, parameters),
        )
        .await?;
        self.state = State::Begun;
        let rcpt = Rcpt::new(recipient, Vec::new());
        let reply = reply_of(&self.ask(Phase::Rcpt, limits.envelope, rcpt).await?);
        // 251: not here, but it will be forwarded (RFC 5321 §3.4).
        if !matches!(reply.code, 250 | 251) {
            return Err(self.out_of_step(Phase::Rcpt, reply));
        }
        self.expect(Phase::Data, limits.data, 354, Data).await?;
        self.state = State::Awaiting;
        Ok(())
    }

    /// Sends the message and its dot, and returns the reply that accepts it: `250` and no other.
    ///
    /// The message arrives octet by octet as it is given. One that does not end with CRLF gets
    /// one, since SMTP knows only whole lines.
    ///
    /// # Errors
    /// In the phase Body; [`verdict`](crate::deliver::policy::verdict) on its outcome tells what is in doubt.
    pub async fn body(&mut self, message: &[u8]) -> Result<Reply, SmtpError> {
        if self.state != State::Awaiting || self.busy {
            // Not even begun, so this is no doubt about the letter.
            self.state = State::Closed;
            return Err(unsendable(
                Phase::Body,
                "no recipient was accepted for this message",
            ));
        }
        // Whatever happens from here on, this 354 is used up; a message that does not fit leaves
        // the relay waiting for one.
        self.state = State::Closed;
        let payload = self.payload(message)?;
        self.state = State::Ready;
        self.expect(Phase::Body, self.timeouts.body, 250, payload)
            .await
    }

    /// Says QUIT and closes. Best effort: what could be lost was settled before.
    pub async fn quit(mut self) {
        if self.is_open() {
            let _ = timeout(FAREWELL, self.connection.command(Quit)).await;
        }
    }

    fn payload<'m>(&self, message: &'m [u8]) -> Result<Payload<'m>, SmtpError> {
        let (size, limit) = (message.len() as u64, self.offers.max_message);
        if let Some(limit) = limit.filter(|limit| size > *limit) {
            let words = format!("the message has {size} octets, the relay takes {limit}");
            return Err(unsendable(Phase::Body, &words));
        }
        Payload::new(message).map_err(|words| unsendable(Phase::Body, &words))
    }

    async fn greeting(&mut self, limit: Duration) -> Result<(), SmtpError> {
        self.busy = true;
        let answer = timeout(limit, self.connection.read_response()).await;
        self.settle(Phase::Greeting, answer).map(drop)
    }

    async fn authenticate(&mut self, credentials: Credentials) -> Result<(), SmtpError> {
        let refused =
            |words: &str| SmtpError::new(Phase::Auth, SmtpErrorKind::AuthRefused(clean(words)));
        if !self.connection.is_encrypted() {
            // Relay::check has seen to it; a password is worth asking twice.
            return Err(refused("not over an unencrypted connection"));
        }
        let Some(mechanism) = self.offers.info.get_auth_mechanism(DEFAULT_MECHANISMS) else {
            return Err(refused("the relay offers neither PLAIN nor LOGIN"));
        };
        let limit = self.timeouts.auth;
        let mut command = Auth::new(mechanism, credentials.clone(), None)
            .map_err(|error| refused(&error.to_string()))?;
        // LOGIN asks twice; more than a few challenges lead nowhere.
        for _ in 0..4 {
            let response = match self.ask(Phase::Auth, limit, command).await {
                // 454 is for now (RFC 4954 §6), 5xx until somebody acts.
                Err(SmtpError {
                    kind: SmtpErrorKind::Reply(reply),
                    ..
                }) if reply.code >= 500 => {
                    return Err(refused(&reply.to_string()));
                }
                other => other?,
            };
            if response.has_code(235) {
                return Ok(());
            }
            command = Auth::new_from_response(mechanism, credentials.clone(), &response)
                .map_err(|error| refused(&error.to_string()))?;
        }
        Err(refused("the relay asks and asks"))
    }

    /// One command and its reply, which has to be this one.
    async fn expect(
        &mut self,
        phase: Phase,
        limit: Duration,
        code: u16,
        command: impl Display,
    ) -> Result<Reply, SmtpError> {
        let response = self.ask(phase, limit, command).await?;
        let reply = reply_of(&response);
        if reply.code == code {
            Ok(reply)
        } else {
            Err(self.out_of_step(phase, reply))
        }
    }

    /// A positive reply that does not belong here: commands and replies have lost each other.
    fn out_of_step(&mut self, phase: Phase, reply: Reply) -> SmtpError {
        self.state = State::Closed;
        SmtpError::new(phase, SmtpErrorKind::Reply(reply))
    }

    /// One command and its positive reply.
    async fn ask(
        &mut self,
        phase: Phase,
        limit: Duration,
        command: impl Display,
    ) -> Result<Response, SmtpError> {
        if self.busy || self.state == State::Closed {
            return Err(SmtpError::new(phase, SmtpErrorKind::Closed));
        }
        self.busy = true;
        // lettre's own time-out covers the connecting only.
        let answer = timeout(limit, self.connection.command(command)).await;
        self.settle(phase, answer)
    }

    /// Takes note of an answer: only a complete reply leaves the session usable.
    fn settle(
        &mut self,
        phase: Phase,
        answer: Result<Result<Response, lettre::transport::smtp::Error>, impl Sized>,
    ) -> Result<Response, SmtpError> {
        let kind = match answer {
            Ok(Ok(response)) => {
                self.busy = false;
                return Ok(response);
            }
            Ok(Err(error)) => SmtpErrorKind::from(&error),
            Err(_elapsed) => SmtpErrorKind::TimedOut,
        };
        if let SmtpErrorKind::Reply(reply) = &kind {
            self.busy = false;
            if reply.code == 421 {
                // The relay closes now (RFC 5321 §3.8).
                self.state = State::Closed;
            }
        }
        Err(SmtpError::new(phase, kind))
    }
}

impl Offers {
    fn read(hello: &Response) -> Result<Offers, SmtpError> {
        let info = ServerInfo::from_response(hello)
            .map_err(|error| SmtpError::new(Phase::Greeting, (&error).into()))?;
        let size = hello.message().find_map(|line| {
            let (name, limit) = line.split_once(' ')?;
            name.eq_ignore_ascii_case("SIZE")
                .then(|| limit.trim().parse().ok())?
        });
        // RFC 1870 §3: 0 is no limit.
        Ok(Offers {
            info,
            max_message: size.filter(|limit| *limit > 0),
        })
    }
}

fn reply_of(response: &Response) -> Reply {
    let words = response.message().collect::<Vec<_>>().join(" ");
    Reply::new(response.code().into(), &words)
}

fn unsendable(phase: Phase, words: &str) -> SmtpError {
    SmtpError::new(phase, SmtpErrorKind::Unsendable(words.to_owned()))
}
