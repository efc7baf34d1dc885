//! One connection's conversation (RFC 5321 §4.1.4: the order of commands).

use std::time::Duration;

use tokio::net::TcpStream;

use super::behaviour::Behaviour;
use super::command::{self, Command};
use super::scan::has_long_line;
use super::wire::{Line, Message, Stop, Wire};
use super::{Mailbox, Room, SinkSettings};

/// Serves one connection to its end.
pub(super) async fn serve(stream: TcpStream, room: Room) {
    // Small replies must not wait for the peer's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the sink could not set TCP_NODELAY");
    }
    let mut session = Session {
        settings: &room.settings,
        mailbox: &room.mailbox,
        wire: Wire::new(stream, &room.settings, &room.stop),
        room: &room,
        greeted: false,
        commands: 0,
        transaction: None,
    };
    let Err(stop) = session.converse().await;
    let last_word = match stop {
        Stop::Idle => Some("421 4.4.2 idle for too long"),
        Stop::Shutdown => Some("421 4.3.2 shutting down"),
        Stop::Closed | Stop::Hangup => None,
        Stop::Io(error) => {
            tracing::debug!(%error, "a connection of the sink failed");
            None
        }
    };
    if let Some(line) = last_word {
        session.wire.last_word(line);
    }
}

struct Session<'r> {
    settings: &'r SinkSettings,
    mailbox: &'r Mailbox,
    wire: Wire<'r>,
    room: &'r Room,
    greeted: bool,
    /// Since the last message.
    commands: u32,
    transaction: Option<Transaction>,
}

#[derive(Default)]
struct Transaction {
    sender: String,
    recipients: Vec<(String, Behaviour)>,
}

impl Transaction {
    fn addresses(&self) -> Vec<&str> {
        self.recipients
            .iter()
            .map(|(address, _)| address.as_str())
            .collect()
    }

    /// Whether a recipient that behaves like this is here for the first time.
    fn first_time(&self, behaviour: Behaviour, mailbox: &Mailbox) -> bool {
        // Every one of them is counted, not only the first that says yes.
        let wanted = self.recipients.iter().filter(|(_, own)| *own == behaviour);
        wanted.fold(false, |any, (address, _)| {
            mailbox.is_early_try(address, 1) | any
        })
    }

    fn any(&self, behaviour: Behaviour) -> bool {
        self.recipients.iter().any(|(_, own)| *own == behaviour)
    }
}

/// What nothing but a [`Stop`] ends.
enum Never {}

impl Session<'_> {
    async fn converse(&mut self) -> Result<Never, Stop> {
        self.wire
            .reply(&format!("220 {} ESMTP Courant sink", self.settings.name));
        loop {
            let line = self.wire.line().await?;
            self.commands = self.commands.saturating_add(1);
            if self.commands > self.settings.max_commands {
                self.wire.reply("421 4.7.0 too many commands");
                self.wire.flush().await?;
                return Err(Stop::Hangup);
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
        match command::parse(line) {
            Command::Ehlo => self.ehlo(),
            Command::Helo => {
                self.start_over();
                self.wire.reply(&format!("250 {}", self.settings.name));
            }
            Command::Mail(rest) => self.mail(rest),
            Command::Rcpt(rest) => self.rcpt(rest),
            Command::Data => self.data().await?,
            Command::Rset => {
                self.transaction = None;
                self.wire.reply("250 2.0.0 Ok");
            }
            Command::Noop => self.wire.reply("250 2.0.0 Ok"),
            Command::Vrfy => self.wire.reply("252 2.1.5 send it and see"),
            Command::Unsupported => self.wire.reply("502 5.5.1 not offered"),
            Command::Unknown => self.wire.reply("500 5.5.2 not understood"),
            Command::Quit => {
                self.wire.reply("221 2.0.0 bye");
                self.wire.flush().await?;
                return Err(Stop::Hangup);
            }
        }
        Ok(())
    }

    fn start_over(&mut self) {
        self.greeted = true;
        self.transaction = None;
    }

    fn ehlo(&mut self) {
        self.start_over();
        self.wire.reply(&format!("250-{}", self.settings.name));
        self.wire.reply("250-PIPELINING");
        self.wire
            .reply(&format!("250-SIZE {}", self.settings.max_message));
        self.wire.reply("250-8BITMIME");
        self.wire.reply("250 ENHANCEDSTATUSCODES");
    }

    fn mail(&mut self, rest: &str) {
        if !self.greeted {
            return self.wire.reply("503 5.5.1 EHLO first");
        }
        if self.transaction.is_some() {
            return self.wire.reply("503 5.5.1 one message at a time");
        }
        let read = command::path(rest, "FROM:").and_then(|(sender, parameters)| {
            command::mail_parameters(parameters, self.settings.max_message).map(|()| sender)
        });
        match read {
            Err(complaint) => self.wire.reply(complaint),
            Ok(sender) => {
                self.transaction = Some(Transaction {
                    sender: sender.to_owned(),
                    ..Transaction::default()
                });
                self.wire.reply("250 2.1.0 Ok");
            }
        }
    }

    fn rcpt(&mut self, rest: &str) {
        let Some(transaction) = &mut self.transaction else {
            return self.wire.reply("503 5.5.1 MAIL first");
        };
        let address = match command::path(rest, "TO:") {
            Err(complaint) => return self.wire.reply(complaint),
            Ok(("", _)) => return self.wire.reply("501 5.1.3 the null path receives nothing"),
            Ok((_, parameters)) if !parameters.is_empty() => {
                return self.wire.reply("555 5.5.4 parameter not known");
            }
            Ok((address, _)) => address,
        };
        if transaction.recipients.len() >= self.settings.max_recipients {
            return self.wire.reply("452 4.5.3 too many recipients");
        }
        let behaviour = Behaviour::of(address);
        let refusal = match behaviour {
            Behaviour::Defer(tries) if self.mailbox.is_early_try(address, tries) => {
                Some((451, "451 4.2.1 not now, try again later"))
            }
            Behaviour::Refuse => Some((550, "550 5.1.1 no such user here")),
            Behaviour::Full => Some((452, "452 4.2.2 mailbox full")),
            _ => None,
        };
        if let Some((code, line)) = refusal {
            self.mailbox.note(&[address], None, Some(code));
            return self.wire.reply(line);
        }
        transaction.recipients.push((address.to_owned(), behaviour));
        self.wire.reply("250 2.1.5 Ok");
    }

    async fn data(&mut self) -> Result<(), Stop> {
        let transaction = match self.transaction.take() {
            None => {
                self.wire.reply("503 5.5.1 MAIL first");
                return Ok(());
            }
            Some(empty) if empty.recipients.is_empty() => {
                self.transaction = Some(empty);
                self.wire.reply("554 5.5.1 no valid recipients");
                return Ok(());
            }
            Some(transaction) => transaction,
        };
        self.wire.reply("354 end with a dot on a line of its own");
        if transaction.first_time(Behaviour::HangupData, self.mailbox) {
            self.wire.some_data().await?;
            self.mailbox.note(&transaction.addresses(), None, None);
            return Err(Stop::Hangup);
        }
        let message = self.wire.message().await?;
        let reply = take(message, &transaction, self.settings, self.mailbox);
        self.commands = 0;
        let Some(reply) = reply else {
            // The replies to what was pipelined before it still go out.
            self.wire.flush().await?;
            return Err(Stop::Hangup);
        };
        if transaction.any(Behaviour::Slow) {
            self.wait(self.settings.slow).await?;
        }
        self.wire.reply(&reply);
        Ok(())
    }

    async fn wait(&mut self, delay: Duration) -> Result<(), Stop> {
        self.wire.flush().await?;
        let sleep = tokio::time::sleep(delay);
        self.room
            .stop
            .run_until_cancelled(sleep)
            .await
            .ok_or(Stop::Shutdown)
    }
}

/// Judges a message that came whole, keeps it if it may stay, and says what to reply; `None` asks
/// to hang up instead.
fn take(
    message: Message<'_>,
    transaction: &Transaction,
    settings: &SinkSettings,
    mailbox: &Mailbox,
) -> Option<String> {
    let recipients = transaction.addresses();
    let bytes = match &message {
        Message::Plain(bytes) => bytes,
        Message::Unstuffed(bytes) => bytes.as_slice(),
        Message::TooBig => {
            mailbox.note(&recipients, None, Some(552));
            return Some("552 5.3.4 message too big".to_owned());
        }
    };
    if has_long_line(bytes, settings.max_text_line) {
        mailbox.note(&recipients, Some(bytes), Some(500));
        return Some("500 5.5.2 the message has a line that is too long".to_owned());
    }
    if transaction.any(Behaviour::RefuseData) {
        mailbox.note(&recipients, Some(bytes), Some(554));
        return Some("554 5.7.1 message refused".to_owned());
    }
    let code = if transaction.first_time(Behaviour::Hangup, mailbox) {
        None
    } else {
        Some(250)
    };
    match mailbox.store(&transaction.sender, &recipients, bytes, code) {
        Ok(number) => code.map(|code| format!("{code} 2.0.0 Ok: kept as {number}")),
        Err(error) => {
            tracing::warn!(%error, "the sink cannot write its journal file");
            Some("451 4.3.0 the journal cannot be written".to_owned())
        }
    }
}
