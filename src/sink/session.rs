//! One connection's conversation (RFC 5321 §4.1.4: the order of commands), up to its transactions.

use tokio::net::TcpStream;

use super::command::{self, Command};
use super::fault::{Act, Fault};
use super::intake::Intake;
use super::journal::Phase;
use super::mailbox::{Event, To};
use super::recipient::Recipient;
use super::reply::code_of;
use super::tls::Tls;
use super::transaction::Transaction;
use super::wire::{Line, Stop, Wire};
use super::{Mailbox, Room, SinkSettings};

/// Serves one connection to its end.
pub(super) async fn serve(stream: TcpStream, room: Room) {
    // Small replies must not wait for the peer's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the sink could not set TCP_NODELAY");
    }
    let number = room.mailbox.connected();
    let settings = &room.settings;
    let mut session = Session {
        settings,
        mailbox: &room.mailbox,
        wire: Wire::new(stream, settings, &room.stop),
        number,
        rolled: settings
            .script
            .as_ref()
            .and_then(|s| s.of_connection(number)),
        greeted: false,
        authenticated: false,
        commands: 0,
        messages: 0,
        transaction: None,
        peeked: None,
        intake: Intake::new(
            settings.max_message,
            settings.max_text_line,
            settings.has_journal(),
            settings.keeps_messages(),
        ),
    };
    let Err(stop) = session.converse().await;
    match stop {
        Stop::Idle => session.wire.last_word("421 4.4.2 idle for too long").await,
        Stop::Shutdown => session.wire.last_word("421 4.3.2 shutting down").await,
        Stop::Farewell => session.wire.leave().await,
        Stop::Closed | Stop::Hangup => {}
        Stop::Io(error) => tracing::debug!(%error, "a connection of the sink failed"),
    }
}

pub(super) struct Session<'r> {
    pub(super) settings: &'r SinkSettings,
    pub(super) mailbox: &'r Mailbox,
    pub(super) wire: Wire<'r>,
    /// Which connection of the sink this is, from 1.
    pub(super) number: u64,
    /// What the script has for this connection.
    rolled: Option<Fault>,
    greeted: bool,
    pub(super) authenticated: bool,
    /// Since the last message.
    pub(super) commands: u32,
    pub(super) messages: u32,
    pub(super) transaction: Option<Transaction>,
    /// The recipient that was seen behind a MAIL, before its own turn came.
    pub(super) peeked: Option<Recipient>,
    pub(super) intake: Intake,
}

/// What nothing but a [`Stop`] ends.
pub(super) enum Never {}

impl Session<'_> {
    async fn converse(&mut self) -> Result<Never, Stop> {
        if let Tls::Implicit(certificate) = &self.settings.tls {
            self.secure(certificate).await?;
        }
        let greeting = format!("220 {} ESMTP Courant sink", self.settings.name);
        let fault = self.of_connection(Phase::Banner);
        if !self.answer(Phase::Banner, &greeting, fault, &[]).await? {
            return Err(Stop::Farewell);
        }
        loop {
            let line = self.wire.line().await?;
            self.commands = self.commands.saturating_add(1);
            if self.commands > self.settings.max_commands {
                self.wire.reply("421 4.7.0 too many commands");
                return Err(Stop::Farewell);
            }
            match line {
                Line::TooLong => self.wire.reply("500 5.5.2 line too long"),
                Line::BareLf => self.wire.reply("500 5.5.2 a line ends with CR LF"),
                Line::Whole(bytes) => match std::str::from_utf8(&bytes) {
                    Ok(line) => self.obey(line).await?,
                    Err(_) => self.wire.reply("500 5.5.2 not UTF-8"),
                },
            }
        }
    }

    async fn obey(&mut self, line: &str) -> Result<(), Stop> {
        let command = command::parse(line);
        let waits = matches!(
            command,
            Command::Ehlo | Command::Mail(_) | Command::Rcpt(_) | Command::Data
        );
        if waits && !self.settings.offers.pipelining && !self.wire.pending().is_empty() {
            self.wire.reply("503 5.5.0 PIPELINING was not offered");
            return Ok(());
        }
        match command {
            Command::Ehlo => self.hello(&self.offers()).await?,
            Command::Helo => {
                let name = format!("250 {}", self.settings.name);
                self.hello(&name).await?;
            }
            Command::Mail(rest) => self.mail(rest).await?,
            Command::Rcpt(rest) => self.rcpt(rest).await?,
            Command::Data => self.data().await?,
            Command::Rset => {
                self.transaction = None;
                self.wire.reply("250 2.0.0 Ok");
            }
            Command::Noop => self.wire.reply("250 2.0.0 Ok"),
            Command::Vrfy => self.wire.reply("252 2.1.5 send it and see"),
            Command::Starttls => self.starttls().await?,
            Command::Auth(rest) => self.auth(rest).await?,
            Command::Unsupported => self.wire.reply("502 5.5.1 not offered"),
            Command::Unknown => self.wire.reply("500 5.5.2 not understood"),
            Command::Quit => {
                self.wire.reply("221 2.0.0 bye");
                return Err(Stop::Farewell);
            }
        }
        Ok(())
    }

    /// Whether somebody may begin a transaction; if not, what is said.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        if !self.greeted {
            Some("503 5.5.1 EHLO first")
        } else if self.settings.account.is_some() && !self.authenticated {
            Some("530 5.7.0 authentication required")
        } else if self.transaction.is_some() {
            Some("503 5.5.1 one message at a time")
        } else {
            None
        }
    }

    /// Whether AUTH is offered now: where there is TLS, only over TLS (RFC 4954 §4).
    pub(super) fn takes_auth(&self) -> bool {
        let safe = self.wire.is_secure() || matches!(self.settings.tls, Tls::Absent);
        self.settings.account.is_some() && safe
    }

    async fn hello(&mut self, usual: &str) -> Result<(), Stop> {
        let fault = self.of_connection(Phase::Ehlo);
        if self.answer(Phase::Ehlo, usual, fault, &[]).await? {
            self.greeted = true;
            self.transaction = None;
        }
        Ok(())
    }

    /// The reply to EHLO.
    fn offers(&self) -> String {
        let offers = &self.settings.offers;
        let starttls = matches!(
            self.settings.tls,
            Tls::Starttls(_) | Tls::Broken | Tls::Injected(_)
        ) && !self.wire.is_secure();
        let size = format!("SIZE {}", self.settings.max_message);
        let lines = [
            (true, self.settings.name.as_str()),
            (offers.pipelining, "PIPELINING"),
            (offers.size, &size),
            (offers.eight_bit, "8BITMIME"),
            (offers.dsn, "DSN"),
            (offers.utf8, "SMTPUTF8"),
            (starttls, "STARTTLS"),
            (self.takes_auth(), "AUTH PLAIN LOGIN"),
            (offers.enhanced, "ENHANCEDSTATUSCODES"),
        ];
        let mut lines = lines.iter().filter(|(given, _)| *given).peekable();
        let mut reply = String::new();
        while let Some((_, line)) = lines.next() {
            match lines.peek() {
                Some(_) => reply.push_str(&format!("250-{line}\r\n")),
                None => reply.push_str(&format!("250 {line}")),
            }
        }
        reply
    }

    async fn starttls(&mut self) -> Result<(), Stop> {
        let certificate = match &self.settings.tls {
            Tls::Absent | Tls::Implicit(_) => {
                self.wire.reply("502 5.5.1 not offered");
                return Ok(());
            }
            Tls::Broken => None,
            Tls::Starttls(certificate) | Tls::Injected(certificate) => Some(certificate),
        };
        if self.wire.is_secure() {
            self.wire.reply("503 5.5.1 encrypted already");
            return Ok(());
        }
        if !self.wire.pending().is_empty() {
            self.wire
                .reply("554 5.5.0 nothing may follow STARTTLS unencrypted");
            return Err(Stop::Farewell);
        }
        let fault = self.of_connection(Phase::Starttls);
        let ready = "220 2.0.0 go ahead";
        if !self.answer(Phase::Starttls, ready, fault, &[]).await? {
            return Ok(());
        }
        if matches!(self.settings.tls, Tls::Injected(_)) {
            self.wire.reply("250 2.0.0 nobody asked for this");
        }
        let Some(certificate) = certificate else {
            self.wire.flush().await?;
            self.wire.raw(b"this is no TLS\r\n");
            return Err(Stop::Farewell);
        };
        self.secure(certificate).await?;
        // What was said in the clear does not count any more (RFC 3207 §4.2).
        self.greeted = false;
        self.authenticated = false;
        self.transaction = None;
        Ok(())
    }

    async fn secure(&mut self, certificate: &super::tls::Certificate) -> Result<(), Stop> {
        let secured = self.wire.secure(certificate).await;
        if secured.is_err() {
            let event = Event {
                phase: Phase::Starttls,
                code: None,
                fault: None,
                whole: None,
            };
            self.mailbox.note(&[], event);
        }
        secured
    }

    /// What strikes this connection at a point before a recipient is named.
    pub(super) fn of_connection(&self, phase: Phase) -> Option<Fault> {
        if let Some(rolled) = self.rolled.filter(|fault| fault.phase == phase) {
            return Some(rolled);
        }
        let mut own = self.settings.faults.iter().filter(|f| f.phase == phase);
        own.find(|fault| self.mailbox.strikes(fault, "")).copied()
    }

    /// Replies as usual, or as `fault` says, which is noted then; whether the command has its effect.
    pub(super) async fn answer(
        &mut self,
        phase: Phase,
        usual: &str,
        fault: Option<Fault>,
        to: &[To<'_>],
    ) -> Result<bool, Stop> {
        let Some(fault) = fault else {
            self.wire.reply(usual);
            return Ok(true);
        };
        let outcome = fault.outcome(code_of(usual));
        if !outcome.as_usual {
            let event = Event {
                phase,
                code: outcome.code,
                fault: Some(fault),
                whole: None,
            };
            self.mailbox.note(to, event);
        }
        self.say(usual, fault).await?;
        Ok(outcome.as_usual)
    }

    /// Says what a fault makes of the usual reply.
    pub(super) async fn say(&mut self, usual: &str, fault: Fault) -> Result<(), Stop> {
        match fault.act {
            Act::Reply(code, manner) => {
                let text = match code {
                    Some(code) => &code.line(' '),
                    None => usual,
                };
                self.wire.dressed(text, manner).await?;
                match code {
                    // RFC 5321 §3.8: whoever says it leaves.
                    Some(code) if code.basic == 421 => Err(Stop::Farewell),
                    _ => Ok(()),
                }
            }
            Act::Hangup => {
                // The replies to what was pipelined before it still go out.
                self.wire.flush().await?;
                Err(Stop::Hangup)
            }
            Act::Hole => {
                self.wire.flush().await?;
                Err(self.wire.swallow().await)
            }
            Act::Garbage => {
                self.wire.raw(b"\x01%& what was the question?\r\n");
                Ok(())
            }
            Act::WrongClass => {
                let code = super::fault::wrong_class(code_of(usual));
                self.wire.reply(&format!("{code} out of turn"));
                Ok(())
            }
            Act::Lenient(_) => {
                self.wire.reply("550 5.1.1 no such user here");
                Ok(())
            }
        }
    }
}
