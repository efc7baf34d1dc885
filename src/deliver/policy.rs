//! What the relay's answer means for a letter: accepted, try again at, refused, or in doubt.
//!
//! Pure: what happened is an [`Outcome`], the time is an argument.

mod schedule;

pub use schedule::{RetrySchedule, ScheduleError};

use std::fmt;

use jiff::Timestamp;

/// The longest text of a reply that is kept, in characters.
pub const MAX_TEXT: usize = 512;

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

/// A complete reply of a server (RFC 5321 §4.2), safe to store and to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The enhanced status code `x.y.z` (RFC 3463), if there is one and it agrees with the code.
    pub enhanced: Option<String>,
    /// What the server said behind the codes, several lines joined by blanks: at most
    /// [`MAX_TEXT`] characters, without control characters.
    pub text: String,
}

impl Reply {
    /// Splits `text` (what follows the three digits) and cleans it.
    pub fn new(code: u16, text: &str) -> Reply {
        let text = clean(text);
        let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
        if is_enhanced(first, code) {
            Reply {
                code,
                enhanced: Some(first.to_owned()),
                text: rest.trim_start().to_owned(),
            }
        } else {
            Reply {
                code,
                enhanced: None,
                text,
            }
        }
    }

    /// The enhanced code, if any, and the text: what a verdict keeps beside the code.
    pub fn words(&self) -> String {
        match &self.enhanced {
            Some(enhanced) if self.text.is_empty() => enhanced.clone(),
            Some(enhanced) => format!("{enhanced} {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words();
        let blank = if words.is_empty() { "" } else { " " };
        write!(f, "{}{blank}{words}", self.code)
    }
}

/// Makes words from outside safe for a row and a terminal: no control characters, none that turn
/// the direction of writing, at most [`MAX_TEXT`] characters.
pub fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let blank = |c: char| {
        if matches!(c, '\t' | '\n' | '\r') {
            ' '
        } else {
            c
        }
    };
    let kept = text
        .trim()
        .chars()
        .map(blank)
        .filter(|c| !c.is_control() && !turns(*c));
    kept.take(MAX_TEXT).collect()
}

/// RFC 2034 §4: the class agrees with the reply code; RFC 3463 §2: one to three digits each.
fn is_enhanced(word: &str, code: u16) -> bool {
    let mut parts = word.split('.');
    let class = parts.next().and_then(|class| class.parse::<u16>().ok());
    let number =
        |part: &str| matches!(part.len(), 1..=3) && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = parts.next().is_some_and(number) && parts.next().is_some_and(number);
    matches!(code / 100, 2 | 4 | 5)
        && class == Some(code / 100)
        && numbers
        && parts.next().is_none()
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
    /// The letter cannot be given to this relay at all; not an octet of it was sent.
    Unsendable {
        /// Why, for people.
        words: String,
    },
}

/// Whose matter a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This letter's: others go on, and the attempt counts.
    Letter,
    /// The relay's or our own: every letter would meet it. The caller holds the whole relay back
    /// and does not count the attempt against the letter.
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
        /// Who is held back until then.
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
/// retry that would fall behind the deadline is made at it, as the last one. What concerns the relay
/// waits as after a first try, since everybody waits with it.
pub fn verdict(
    outcome: &Outcome,
    attempt: u32,
    now: Timestamp,
    schedule: &RetrySchedule,
    deadline: Timestamp,
) -> Verdict {
    let later = |scope, code, text: String| {
        if now >= deadline {
            return Verdict::Refused {
                code,
                text: format!("gave up: {text}"),
            };
        }
        Verdict::RetryAt {
            at: retry_at(scope, attempt, now, schedule).min(deadline),
            scope,
            code,
            text,
        }
    };
    match outcome {
        Outcome::Unsendable { words } => Verdict::Refused {
            code: None,
            text: words.clone(),
        },
        Outcome::Lost {
            phase: Phase::Body,
            words,
        } => Verdict::Uncertain {
            text: words.clone(),
        },
        Outcome::Lost { phase, words } => {
            let scope = if *phase < Phase::Mail {
                Scope::Relay
            } else {
                Scope::Letter
            };
            later(scope, None, words.clone())
        }
        Outcome::Replied { phase, reply } => match judge(*phase, reply) {
            Judgement::Accepted => Verdict::Accepted {
                code: reply.code,
                text: reply.words(),
            },
            Judgement::Refused => Verdict::Refused {
                code: Some(reply.code),
                text: reply.words(),
            },
            Judgement::Later(scope) => later(scope, Some(reply.code), reply.words()),
            Judgement::Uncertain => Verdict::Uncertain {
                text: format!("not a reply to a message: {reply}"),
            },
        },
    }
}

fn retry_at(scope: Scope, attempt: u32, now: Timestamp, schedule: &RetrySchedule) -> Timestamp {
    // A letter's own tries say nothing of how long the relay will be away.
    let tries = match scope {
        Scope::Letter => attempt,
        Scope::Relay => 1,
    };
    now.checked_add(schedule.delay(tries))
        .unwrap_or(Timestamp::MAX)
}

enum Judgement {
    Accepted,
    Refused,
    Later(Scope),
    Uncertain,
}

fn judge(phase: Phase, reply: &Reply) -> Judgement {
    use Judgement::{Accepted, Later, Refused, Uncertain};
    match (phase, reply.code) {
        (Phase::Body, 250) => Accepted,
        // 421 speaks of the whole service (RFC 5321 §3.8).
        (_, 421) => Later(Scope::Relay),
        (_, 400..=599) if is_our_fault(reply) => Later(Scope::Relay),
        (Phase::Rcpt | Phase::Data | Phase::Text | Phase::Body, 400..=499) => Later(Scope::Letter),
        (Phase::Rcpt | Phase::Data | Phase::Text | Phase::Body, 500..=599) => Refused,
        // We said its SIZE: this letter is too large (RFC 1870 §6.1).
        (Phase::Mail, 552) if !matches!(&reply.enhanced, Some(e) if e != "5.3.4") => Refused,
        // 354 or 252 after the dot: replies and commands are out of step.
        (Phase::Body, _) => Uncertain,
        // Before the dot nothing is lost by trying again.
        _ => Later(Scope::Relay),
    }
}

/// Replies that speak of us at whatever command they come (Postfix and others hold refusals of
/// the client or the sender back until RCPT): 503 out of order; 530, 535 and 538 authentication
/// (RFC 4954 §6); and by RFC 3463 and the IANA registry 5.1.7 and 5.1.8 bad sender, 5.7.27 the
/// sender's domain takes no mail.
fn is_our_fault(reply: &Reply) -> bool {
    let of_sender = matches!(
        reply.enhanced.as_deref(),
        Some("5.1.7" | "5.1.8" | "5.7.27")
    );
    of_sender || matches!(reply.code, 503 | 530 | 535 | 538)
}

#[cfg(test)]
mod tests;
