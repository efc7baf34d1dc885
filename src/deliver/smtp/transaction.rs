//! The order of commands and replies within one letter, and what is left of the session behind
//! each of them.

use std::io::IoSlice;
use std::mem;
use std::time::Duration;

use super::envelope::Commands;
use super::error::{SmtpError, SmtpErrorKind};
use super::reply::Answer;
use super::{Session, State};
use crate::deliver::policy::{Phase, Reply};
use crate::faults::die_at;

/// A relay that speaks unasked has said it by now.
const OVERHEARD: Duration = Duration::from_secs(1);

const RSET: &str = "RSET\r\n";

impl Session {
    /// Sends the commands, unless they were `sent`, and reads their replies.
    pub(super) async fn negotiate(
        &mut self,
        commands: &Commands,
        sent: bool,
    ) -> Result<(), SmtpError> {
        let limits = self.timeouts;
        let together = sent || self.offers.pipelining;
        let reset = self.state == State::Begun;
        if !sent {
            self.expect_silence(Phase::Mail).await?;
        }
        if together && !sent {
            let reset = if reset { RSET } else { "" };
            self.copy.clear();
            self.copy.extend_from_slice(reset.as_bytes());
            self.copy.extend_from_slice(commands.all().as_bytes());
            self.send_copy(Phase::Mail, limits.envelope).await?;
        } else if reset {
            self.say(Phase::Mail, limits.envelope, RSET).await?;
        }
        if reset {
            let answer = self.answer(Phase::Mail, limits.envelope).await?;
            if answer.code != 250 {
                return Err(self.out_of_step(Phase::Mail, &answer));
            }
        }
        self.state = State::Ready;
        match self.converse(commands, together).await? {
            Some(refusal) => Err(refusal),
            None => {
                self.state = State::Awaiting;
                Ok(())
            }
        }
    }

    /// MAIL, RCPT and DATA: the first refusal, if any; the conversation is in step behind it. One
    /// that came before the connection was lost is the error then.
    async fn converse(
        &mut self,
        commands: &Commands,
        together: bool,
    ) -> Result<Option<SmtpError>, SmtpError> {
        let limits = self.timeouts;
        let mut refusal = None;
        for (phase, command) in commands.each() {
            let limit = match phase {
                Phase::Data => limits.data,
                _ => limits.envelope,
            };
            if !together {
                if refusal.is_some() {
                    break;
                }
                self.say(phase, limit, command).await?;
            }
            let answer = match self.answer(phase, limit).await {
                Ok(answer) => answer,
                Err(lost) => return Err(refusal.unwrap_or(lost)),
            };
            match (phase, answer.code) {
                (Phase::Mail, 250) => self.state = State::Begun,
                // 251: not here, but it will be forwarded (RFC 5321 §3.4).
                (Phase::Rcpt, 250 | 251) => {}
                (Phase::Data, 354) if refusal.is_some() => self.send_lone_dot().await,
                (Phase::Data, 354) => {}
                (_, 400..) => {
                    if together {
                        // What the relay made of RCPT behind a MAIL that it refused is not ours
                        // to guess.
                        self.state = State::Begun;
                    }
                    refusal.get_or_insert_with(|| replied(phase, answer.reply()));
                }
                _ => {
                    let error = self.out_of_step(phase, &answer);
                    return Err(refusal.unwrap_or(error));
                }
            }
        }
        Ok(refusal)
    }

    /// DATA was pipelined behind a recipient that was refused, and the relay wants a message all
    /// the same. An empty one for nobody has to be refused (RFC 2920 §3.1).
    async fn send_lone_dot(&mut self) {
        let (phase, limits) = (Phase::Body, self.timeouts);
        if self.say(phase, limits.text, ".\r\n").await.is_err() {
            return;
        }
        match self.answer(phase, limits.dot).await {
            Ok(answer) if answer.code >= 400 => self.state = State::Ready,
            Ok(answer) if answer.code < 300 => {
                self.fault = Some(format!(
                    "the relay accepted an empty message after it had refused its recipient: {}",
                    answer.reply()
                ));
                self.state = State::Ready;
            }
            Ok(_) => self.state = State::Closed,
            Err(_) => {}
        }
    }

    /// Sends the message and `tail` behind it.
    pub(super) async fn stream(&mut self, message: &[u8], tail: &[u8]) -> Result<(), SmtpError> {
        let awaited = !self.busy && self.state == State::Awaiting;
        // Whatever happens from here on, this 354 is used up; a message that does not fit leaves
        // the relay waiting for one.
        self.state = State::Closed;
        if !awaited {
            return Err(SmtpError::new(Phase::Text, SmtpErrorKind::Closed));
        }
        let text = self.sendable(message)?;
        self.busy = true;
        self.expect_silence(Phase::Text).await?;
        let mut copy = mem::take(&mut self.copy);
        for block in text.blocks() {
            die_at("within_text");
            let bytes = block.wire(&mut copy);
            let (end, tail) = if block.last {
                (text.line_end().as_bytes(), tail)
            } else {
                (&b""[..], &b""[..])
            };
            let mut parts = [IoSlice::new(bytes), IoSlice::new(end), IoSlice::new(tail)];
            let mut written = 0;
            let done = self
                .wire
                .push(self.timeouts.text, &mut parts, &mut written)
                .await;
            if let Err(kind) = done {
                let before_dot = written <= bytes.len() + end.len();
                let safe = tail.is_empty() || (before_dot && !self.wire.is_encrypted());
                self.busy = false;
                return Err(self.broken(kind, safe).await);
            }
        }
        self.copy = copy;
        self.busy = false;
        Ok(())
    }

    /// Sends the dot, with the commands of the next letter behind it.
    pub(super) async fn finish(&mut self, next: Option<Commands>) -> Result<Reply, SmtpError> {
        die_at("before_dot");
        self.expect_silence(Phase::Text).await?;
        let commands = next.as_ref().map_or("", Commands::all);
        let mut parts = [IoSlice::new(b".\r\n"), IoSlice::new(commands.as_bytes())];
        let mut written = 0;
        let done = self
            .wire
            .push(self.timeouts.text, &mut parts, &mut written)
            .await;
        if let Err(kind) = done {
            let safe = written == 0 && !self.wire.is_encrypted();
            return Err(self.broken(kind, safe).await);
        }
        die_at("after_dot");
        self.ahead = next;
        self.acceptance().await
    }

    /// The reply to the dot.
    pub(super) async fn acceptance(&mut self) -> Result<Reply, SmtpError> {
        self.messages = self.messages.saturating_add(1);
        let answer = self.answer(Phase::Body, self.timeouts.dot).await?;
        // The first digit decides (RFC 5321 §4.2.1), as long as it is a reply to a message at all.
        if !matches!(answer.code, 250..=259 | 400..) {
            return Err(self.out_of_step(Phase::Body, &answer));
        }
        self.state = match &self.ahead {
            Some(_) => State::Ahead,
            None => State::Ready,
        };
        let reply = answer.reply();
        if reply.code < 400 {
            Ok(reply)
        } else {
            Err(replied(Phase::Body, reply))
        }
    }

    /// A write of the message failed; `safe`: its dot was not in it.
    async fn broken(&mut self, kind: SmtpErrorKind, safe: bool) -> SmtpError {
        self.state = State::Closed;
        if safe {
            self.wire.last_words(Phase::Text, kind).await
        } else {
            SmtpError::new(Phase::Body, kind)
        }
    }

    /// Before we speak, everything that was said must have been read: what comes unasked would
    /// be taken for the reply to what we say next.
    async fn expect_silence(&mut self, phase: Phase) -> Result<(), SmtpError> {
        if !self.wire.stirs() {
            return Ok(());
        }
        self.state = State::Closed;
        let answer = self.wire.answer(phase, OVERHEARD).await?;
        Err(if answer.code >= 400 {
            replied(phase, answer.reply())
        } else {
            let words = format!("unasked: {}", answer.reply());
            SmtpError::new(phase, SmtpErrorKind::Garbled(words))
        })
    }

    /// Sends one command.
    pub(super) async fn say(
        &mut self,
        phase: Phase,
        limit: Duration,
        command: &str,
    ) -> Result<(), SmtpError> {
        self.copy.clear();
        self.copy.extend_from_slice(command.as_bytes());
        self.send_copy(phase, limit).await
    }

    async fn send_copy(&mut self, phase: Phase, limit: Duration) -> Result<(), SmtpError> {
        let sent = self.wire.send(phase, limit, &self.copy).await;
        if sent.is_err() {
            self.state = State::Closed;
        }
        sent
    }

    /// The next reply, whatever it says but 421: that is an error, as the relay closes now
    /// (RFC 5321 §3.8).
    pub(super) async fn answer(
        &mut self,
        phase: Phase,
        limit: Duration,
    ) -> Result<Answer, SmtpError> {
        let answer = self.wire.answer(phase, limit).await.and_then(|answer| {
            if answer.code == 421 {
                Err(replied(phase, answer.reply()))
            } else {
                Ok(answer)
            }
        });
        if answer.is_err() {
            self.state = State::Closed;
        }
        answer
    }

    /// A reply that does not belong here: commands and replies have lost each other.
    pub(super) fn out_of_step(&mut self, phase: Phase, answer: &Answer) -> SmtpError {
        self.state = State::Closed;
        replied(phase, answer.reply())
    }
}

fn replied(phase: Phase, reply: Reply) -> SmtpError {
    SmtpError::new(phase, SmtpErrorKind::Reply(reply))
}
