//! What the relay's answer means: for a letter (accepted, try again at, refused, or in doubt), and for
//! the pace of those that follow.
//!
//! Pure: what happened is an [`Outcome`], the time is an argument. Which codes speak of whom stands in
//! one table.

mod alarm;
mod codes;
mod reply;
mod schedule;
mod signal;

pub use alarm::{Alarm, AlarmReason};
pub use reply::{MAX_TEXT, Reply, clean};
pub use schedule::{RetrySchedule, ScheduleError};
pub use signal::{Signal, signal};

use std::fmt;

use jiff::Timestamp;

use codes::Ask;

/// How far a delivery had come. The order is the order of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Finding the relay and opening the connection.
    Connect,
    /// The relay's greeting and EHLO.
    Greeting,
    /// STARTTLS (RFC 3207) or the TLS handshake.
    Tls,
    /// AUTH (RFC 4954).
    Auth,
    /// MAIL, and the RSET that may come before it.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA, up to 354.
    Data,
    /// The message, up to its final dot: the server cannot have accepted it yet.
    Text,
    /// The final dot, and the reply to it.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "connect",
            Phase::Greeting => "greeting",
            Phase::Tls => "TLS",
            Phase::Auth => "AUTH",
            Phase::Mail => "MAIL",
            Phase::Rcpt => "RCPT",
            Phase::Data => "DATA",
            Phase::Text => "text",
            Phase::Body => "message",
        })
    }
}

/// What became of one attempt to deliver a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server gave a complete reply, and it decided: the one to the final dot, or an earlier
    /// one that was not what the conversation needed.
    Replied {
        /// What the reply answers.
        phase: Phase,
        /// The reply.
        reply: Reply,
    },
    /// No complete reply: closed, timed out, failed, garbled, or we would not go on (no TLS).
    Lost {
        /// How far it had come.
        phase: Phase,
        /// What happened, for people.
        words: String,
    },
    /// The settings and the relay do not fit: a certificate that is not good, no encryption where it is
    /// asked for, credentials that are refused. Every letter would meet it until a person acts.
    Barred {
        /// How far it had come.
        phase: Phase,
        /// What an operator is told.
        reason: AlarmReason,
        /// What happened, for people.
        words: String,
    },
    /// The letter cannot be given to this relay at all; not an octet of it was sent.
    Unsendable {
        /// Why, for people.
        words: String,
    },
}

/// Whose matter a failure is. How long a relay or a lane is left alone says the
/// [pace](crate::deliver::pace), which learns from the [`Signal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This letter's: others go on, and the attempt counts.
    Letter,
    /// The provider's of this recipient domain: the letters of its lane would meet it too. The attempt
    /// does not count against the letter.
    Lane,
    /// The relay's or our own: every letter would meet it. The attempt does not count against the
    /// letter.
    Relay,
}

/// What to write into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server took the letter.
    Accepted {
        /// 250.
        code: u16,
        /// Its words.
        text: String,
    },
    /// Not now.
    RetryAt {
        /// When to try again: never behind the deadline.
        at: Timestamp,
        /// Whose matter it is: a try that is not the letter's own is not counted.
        scope: Scope,
        /// The reply's code, if there was a reply.
        code: Option<u16>,
        /// The reply's words, or what happened.
        text: String,
    },
    /// Never.
    Refused {
        /// The reply's code, if there was a reply.
        code: Option<u16>,
        /// The reply's words, or what happened; `gave up: …` once the deadline has passed.
        text: String,
    },
    /// The dot may have left and no reply told: the letter may have arrived.
    Uncertain {
        /// What happened.
        text: String,
    },
}

/// Judges one attempt.
///
/// `attempt` counts the tries of this letter, this one included (1 is the first; 0 is taken for
/// 1). Once `now` has reached `deadline`, what would be tried again is refused instead; before, a
/// retry that would fall behind the deadline is made at it, as the last one. What concerns a lane or
/// the relay waits as after a first try, or as long as the code is known to ask for.
///
/// Every wait is made longer or shorter by up to a fifth, so that letters which failed together do
/// not come back together: by `seed` (the subscriber's id, say) and the attempt, so that the same
/// arguments give the same instant.
pub fn verdict(
    outcome: &Outcome,
    attempt: u32,
    now: Timestamp,
    schedule: &RetrySchedule,
    deadline: Timestamp,
    seed: u64,
) -> Verdict {
    let (code, text) = match outcome {
        Outcome::Replied { reply, .. } => (Some(reply.code), reply.words()),
        Outcome::Lost { words, .. }
        | Outcome::Barred { words, .. }
        | Outcome::Unsendable { words } => (None, words.clone()),
    };
    match judged(outcome) {
        Judgement::Accepted => Verdict::Accepted {
            code: code.unwrap_or_default(),
            text,
        },
        Judgement::Refused => Verdict::Refused { code, text },
        Judgement::Uncertain => Verdict::Uncertain {
            text: match outcome {
                Outcome::Replied { reply, .. } => format!("not a reply to a message: {reply}"),
                _ => text,
            },
        },
        Judgement::Later(..) if now >= deadline => Verdict::Refused {
            code,
            text: format!("gave up: {text}"),
        },
        Judgement::Later(scope, ask) => {
            // A letter's own tries say nothing of how long others will be away.
            let tries = match scope {
                Scope::Letter => attempt.max(1),
                Scope::Lane | Scope::Relay => 1,
            };
            let wait = ask.pause.unwrap_or(schedule.delay(tries));
            let wait = schedule::jittered(wait, seed, attempt);
            let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
            Verdict::RetryAt {
                at: at.min(deadline),
                scope,
                code,
                text,
            }
        }
    }
}

/// What an attempt says of the letter, and of those that follow.
enum Judgement {
    Accepted,
    Refused,
    Later(Scope, Ask),
    Uncertain,
}

fn judged(outcome: &Outcome) -> Judgement {
    use Judgement::{Later, Refused, Uncertain};
    match outcome {
        Outcome::Unsendable { .. } => Refused,
        Outcome::Lost { phase, .. } if *phase == Phase::Body => Uncertain,
        Outcome::Lost { phase, .. } if *phase < Phase::Mail => Later(Scope::Relay, Ask::DOWN),
        Outcome::Lost { .. } => Later(Scope::Letter, Ask::NOTHING),
        Outcome::Barred { reason, .. } => Later(Scope::Relay, Ask::DOWN.alarming(*reason)),
        Outcome::Replied { phase, reply } => judge(*phase, reply),
    }
}

fn judge(phase: Phase, reply: &Reply) -> Judgement {
    use Judgement::{Accepted, Later, Refused, Uncertain};
    if phase == Phase::Body && matches!(reply.code, 250..=259) {
        return Accepted;
    }
    if let Some((scope, ask)) = codes::known(phase, reply) {
        return Later(scope, ask);
    }
    match (phase, reply.code) {
        // 421 speaks of the whole service (RFC 5321 §3.8).
        (_, 421) => Later(Scope::Relay, Ask::DOWN),
        (Phase::Rcpt | Phase::Data | Phase::Text | Phase::Body, 400..=499) => {
            Later(Scope::Letter, Ask::NOTHING)
        }
        (Phase::Rcpt | Phase::Data | Phase::Text | Phase::Body, 500..=599) => Refused,
        // We said its SIZE: this letter is too large (RFC 1870 §6.1).
        (Phase::Mail, 552) if !matches!(&reply.enhanced, Some(e) if e != "5.3.4") => Refused,
        // 354 or 252 after the dot: replies and commands are out of step.
        (Phase::Body, _) => Uncertain,
        // Before the dot nothing is lost by trying again.
        (_, 500..=599) => Later(Scope::Relay, Ask::DOWN.alarming(AlarmReason::Relay)),
        _ => Later(Scope::Relay, Ask::DOWN),
    }
}

#[cfg(test)]
mod tests;
