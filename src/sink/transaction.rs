//! MAIL, RCPT and DATA: one message from its sender's name to the reply to its dot.

use super::command;
use super::fault::{Act, Code, Fault, Outcome};
use super::intake::Whole;
use super::journal::Phase;
use super::mailbox::{Event, From, To};
use super::recipient::{Recipient, lenience, strongest};
use super::session::Session;
use super::settings::Enough;
use super::wire::Stop;

/// A message whose sender is named.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    sender: String,
    parameters: String,
    utf8: bool,
    recipients: Vec<Recipient>,
    /// Refused at RCPT, with the reply that a dot gets nevertheless.
    lenient: Option<(Recipient, Code)>,
}

impl Transaction {
    fn to(&self) -> Vec<To<'_>> {
        self.recipients.iter().map(Recipient::to).collect()
    }
}

const GO_AHEAD: &str = "354 end with a dot on a line of its own";

impl Session<'_> {
    pub(super) async fn mail(&mut self, rest: &str) -> Result<(), Stop> {
        if let Some(refusal) = self.refusal() {
            self.wire.reply(refusal);
            return Ok(());
        }
        if let Some((most, Enough::Reply)) = self.settings.max_messages
            && self.messages >= most
        {
            self.wire
                .reply("421 4.7.0 enough messages for one connection");
            return Err(Stop::Farewell);
        }
        let (offers, max) = (&self.settings.offers, self.settings.max_message);
        let read = command::path(rest, "FROM:").and_then(|(sender, parameters)| {
            let announced = command::mail_parameters(parameters, offers, max)?;
            command::ascii(sender, announced.utf8)?;
            Ok((sender, parameters, announced.utf8))
        });
        let (sender, parameters, utf8) = match read {
            Ok(read) => read,
            Err(complaint) => {
                self.wire.reply(complaint);
                return Ok(());
            }
        };
        self.peeked = self.peek();
        let peeked = self.peeked.as_ref();
        let fault = peeked.and_then(|own| own.strike(Phase::Mail, self.mailbox));
        let named: Option<(String, String)> =
            fault.and(peeked.map(|own| (own.address.clone(), own.parameters.clone())));
        let to = named.as_ref().map(|(address, parameters)| To {
            address,
            parameters,
        });
        if self
            .answer(Phase::Mail, "250 2.1.0 Ok", fault, to.as_slice())
            .await?
        {
            self.transaction = Some(Transaction {
                sender: sender.to_owned(),
                parameters: parameters.to_owned(),
                utf8,
                ..Transaction::default()
            });
        }
        Ok(())
    }

    /// The recipient whose RCPT was pipelined behind a MAIL: what it asks of MAIL is known in time
    /// then.
    fn peek(&self) -> Option<Recipient> {
        let pending = self.wire.pending();
        if !pending.get(..4)?.eq_ignore_ascii_case(b"RCPT") {
            return None;
        }
        let end = pending.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(pending[..end].strip_suffix(b"\r")?).ok()?;
        let command::Command::Rcpt(rest) = command::parse(line) else {
            return None;
        };
        let (address, parameters) = command::path(rest, "TO:").ok()?;
        Some(self.recipient(address, parameters))
    }

    fn recipient(&self, address: &str, parameters: &str) -> Recipient {
        Recipient::of(address, parameters, self.settings, self.mailbox)
    }

    pub(super) async fn rcpt(&mut self, rest: &str) -> Result<(), Stop> {
        let peeked = self.peeked.take();
        let Some(transaction) = &self.transaction else {
            self.wire.reply("503 5.5.1 MAIL first");
            return Ok(());
        };
        let read = command::path(rest, "TO:").and_then(|(address, parameters)| {
            command::rcpt_parameters(parameters, &self.settings.offers)?;
            command::ascii(address, transaction.utf8)?;
            match address {
                "" => Err("501 5.1.3 the null path receives nothing"),
                _ if transaction.recipients.len() >= self.settings.max_recipients => {
                    Err("452 4.5.3 too many recipients")
                }
                _ => Ok((address, parameters)),
            }
        });
        let (address, parameters) = match read {
            Ok(read) => read,
            Err(complaint) => {
                self.wire.reply(complaint);
                return Ok(());
            }
        };
        let peeked = peeked.filter(|own| own.address == address);
        let late = peeked.is_none();
        let own = peeked.unwrap_or_else(|| self.recipient(address, parameters));
        // Whoever waits for the reply to MAIL has named nobody by then, and meets it here.
        let missed = || own.strike(Phase::Mail, self.mailbox).filter(|_| late);
        let fault = own.strike(Phase::Rcpt, self.mailbox).or_else(missed);
        let taken = self
            .answer(Phase::Rcpt, "250 2.1.5 Ok", fault, &[own.to()])
            .await?;
        if let Some(transaction) = &mut self.transaction {
            if let Some(code) = lenience(fault) {
                transaction.lenient = Some((own, code));
            } else if taken {
                transaction.recipients.push(own);
            }
        }
        Ok(())
    }

    pub(super) async fn data(&mut self) -> Result<(), Stop> {
        let Some(mut transaction) = self.transaction.take() else {
            self.wire.reply("503 5.5.1 MAIL first");
            return Ok(());
        };
        if transaction.recipients.is_empty() {
            if let Some((own, code)) = transaction.lenient.take() {
                return self.lenient(&own, code).await;
            }
            self.transaction = Some(transaction);
            self.wire.reply("554 5.5.1 no valid recipients");
            return Ok(());
        }
        let fault = strongest(&transaction.recipients, Phase::Data, self.mailbox);
        if !self
            .answer(Phase::Data, GO_AHEAD, fault, &transaction.to())
            .await?
        {
            return Ok(());
        }
        if let Some(fault) = strongest(&transaction.recipients, Phase::Text, self.mailbox) {
            return self.interrupt(&transaction, fault).await;
        }
        self.wire.message(&mut self.intake).await?;
        self.commands = 0;
        let whole = self.intake.finish();
        self.settle(&transaction, whole).await?;
        self.after(&transaction).await
    }

    /// A fault within the text: the message never comes whole.
    async fn interrupt(&mut self, transaction: &Transaction, fault: Fault) -> Result<(), Stop> {
        self.wire.flush().await?;
        self.wire.some_data().await?;
        let code = fault.outcome(250).code;
        self.mailbox.note(
            &transaction.to(),
            event(Phase::Text, code, Some(fault), None),
        );
        match fault.act {
            // Nothing is read any more, so that the client's buffers fill.
            Act::Hole => {
                self.wire.wait(self.settings.idle).await?;
                Err(Stop::Hangup)
            }
            _ => {
                self.say("", fault).await?;
                Err(Stop::Farewell)
            }
        }
    }

    /// A message for a recipient that was refused: 354 nevertheless, and then this code.
    async fn lenient(&mut self, own: &Recipient, code: Code) -> Result<(), Stop> {
        self.wire.reply(GO_AHEAD);
        self.wire.message(&mut self.intake).await?;
        self.commands = 0;
        let whole = self.intake.finish();
        let code_event = event(Phase::Dot, Some(code.basic), None, Some(&whole));
        self.mailbox.note(&[own.to()], code_event);
        self.pause().await?;
        self.wire.reply(&code.line(' '));
        Ok(())
    }

    /// Judges a message that came whole, keeps it if it may stay, and replies.
    async fn settle(&mut self, transaction: &Transaction, mut whole: Whole) -> Result<(), Stop> {
        let to = transaction.to();
        let refusal = match &whole {
            whole if whole.too_big => Some((552, "552 5.3.4 message too big")),
            whole if whole.long_line => {
                Some((500, "500 5.5.2 the message has a line that is too long"))
            }
            _ => None,
        };
        if let Some((code, words)) = refusal {
            let noted = event(Phase::Dot, Some(code), None, Some(&whole));
            self.mailbox.note(&to, noted);
            self.pause().await?;
            self.wire.reply(words);
            return Ok(());
        }
        let fault = strongest(&transaction.recipients, Phase::Dot, self.mailbox);
        let usual = Outcome {
            code: Some(250),
            as_usual: true,
        };
        let code = fault.map_or(usual, |fault| fault.outcome(250)).code;
        let bytes = whole.bytes.take();
        let noted = event(Phase::Dot, code, fault, Some(&whole));
        let reply = if code.is_some_and(|code| code >= 400) {
            self.mailbox.note(&to, noted);
            String::new()
        } else {
            let sender = From {
                address: &transaction.sender,
                parameters: &transaction.parameters,
            };
            match self.mailbox.store(sender, &to, bytes, noted) {
                Ok(number) => format!("250 2.0.0 Ok: kept as {number}"),
                Err(error) => {
                    tracing::warn!(%error, "the sink cannot write its journal or maildir");
                    self.wire
                        .reply("451 4.3.0 the message cannot be written down");
                    return Ok(());
                }
            }
        };
        self.pause().await?;
        match fault {
            None => self.wire.reply(&reply),
            Some(fault) => self.say(&reply, fault).await?,
        }
        Ok(())
    }

    /// The delay before the reply to a dot.
    async fn pause(&mut self) -> Result<(), Stop> {
        match self.settings.delay {
            delay if delay.is_zero() => Ok(()),
            delay => self.wire.wait(delay).await,
        }
    }

    /// What comes after the reply that decided.
    async fn after(&mut self, transaction: &Transaction) -> Result<(), Stop> {
        self.messages = self.messages.saturating_add(1);
        if let Some(fault) = strongest(&transaction.recipients, Phase::Sent, self.mailbox) {
            let code = fault.outcome(250).code;
            self.mailbox.note(
                &transaction.to(),
                event(Phase::Sent, code, Some(fault), None),
            );
            if matches!(fault.act, Act::Hangup) {
                // The reply is to be read.
                return Err(Stop::Farewell);
            }
            self.say("", fault).await?;
            return Err(Stop::Farewell);
        }
        match self.settings.max_messages {
            Some((most, Enough::Close)) if self.messages >= most => Err(Stop::Farewell),
            _ => Ok(()),
        }
    }
}

fn event(
    phase: Phase,
    code: Option<u16>,
    fault: Option<Fault>,
    whole: Option<&Whole>,
) -> Event<'_> {
    Event {
        phase,
        code,
        fault,
        whole,
    }
}
