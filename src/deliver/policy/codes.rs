//! What is known of a reply beyond its class: whose matter it is, and what it asks of the letters that
//! follow. The rows stand in a table of their own.

mod table;

use jiff::SignedDuration;

use super::{AlarmReason, Phase, Reply, Scope};
use table::{POLICY_WORDS, SESSION_OVER, TABLE};

/// What a reply asks of the letters that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    /// Fewer at once, fewer a minute, and a silence first.
    pub(super) slower: bool,
    /// Nothing over this relay for now.
    pub(super) down: bool,
    /// How long to wait.
    pub(super) pause: Option<SignedDuration>,
    /// How many a minute afterwards.
    pub(super) per_minute: Option<u32>,
    /// What an operator is told.
    pub(super) alarm: Option<AlarmReason>,
}

impl Ask {
    pub(super) const NOTHING: Ask = Ask {
        slower: false,
        down: false,
        pause: None,
        per_minute: None,
        alarm: None,
    };
    pub(super) const DOWN: Ask = Ask {
        down: true,
        ..Ask::NOTHING
    };
    const SLOWER: Ask = Ask {
        slower: true,
        ..Ask::NOTHING
    };

    pub(super) const fn alarming(self, reason: AlarmReason) -> Ask {
        Ask {
            alarm: Some(reason),
            ..self
        }
    }

    const fn pausing(self, minutes: i64) -> Ask {
        Ask {
            pause: Some(SignedDuration::from_secs(minutes * 60)),
            ..self
        }
    }

    const fn at_most(self, per_minute: u32) -> Ask {
        Ask {
            per_minute: Some(per_minute),
            ..self
        }
    }
}

/// A row. All of its conditions have to hold; an empty one always does.
struct Row {
    /// The reply codes, first and last.
    codes: (u16, u16),
    /// Subject and detail of the enhanced code (`7.26` for 4.7.26 and 5.7.26), as ranges of details.
    details: &'static [(u16, u16, u16)],
    /// One of these stands in the text, in lower case.
    words: &'static [&'static str],
    scope: Scope,
    ask: Ask,
}

const fn row(
    codes: (u16, u16),
    details: &'static [(u16, u16, u16)],
    words: &'static [&'static str],
    scope: Scope,
    ask: Ask,
) -> Row {
    Row {
        codes,
        details,
        words,
        scope,
        ask,
    }
}

/// Whose matter a reply is and what it asks, if the table knows it.
pub(super) fn known(phase: Phase, reply: &Reply) -> Option<(Scope, Ask)> {
    let text = reply.text.to_ascii_lowercase();
    let status = reply.enhanced.as_deref().and_then(subject_and_detail);
    let found = TABLE
        .iter()
        .find(|row| row.fits(reply.code, status, &text))?;
    // A connection that carried nothing has not had its letters.
    if phase < Phase::Mail && found.ask == SESSION_OVER {
        return None;
    }
    match found.scope {
        // No recipient was told yet, so it is about none.
        Scope::Letter if phase < Phase::Rcpt => None,
        Scope::Lane if phase < Phase::Rcpt => Some((Scope::Relay, found.ask)),
        scope => Some((scope, found.ask)),
    }
}

impl Row {
    fn fits(&self, code: u16, status: Option<(u16, u16)>, text: &str) -> bool {
        let detail = |(subject, first, last): &(u16, u16, u16)| {
            status.is_some_and(|(s, d)| s == *subject && (*first..=*last).contains(&d))
        };
        (self.codes.0..=self.codes.1).contains(&code)
            && (self.details.is_empty() || self.details.iter().any(detail))
            && (self.words.is_empty() || self.words.iter().any(|word| text.contains(word)))
    }
}

/// Whether a refusal is one of policy: security and policy by RFC 3463 §3.8, or so by its words.
pub(super) fn is_policy(reply: &Reply) -> bool {
    match reply.enhanced.as_deref().and_then(subject_and_detail) {
        Some((7, _)) => true,
        // 5.1.0 says nothing closer than its words do.
        Some((1, 1..) | (2, _)) => false,
        _ => {
            let text = reply.text.to_ascii_lowercase();
            POLICY_WORDS.iter().any(|word| text.contains(word))
        }
    }
}

/// `4.7.26` to (7, 26).
fn subject_and_detail(enhanced: &str) -> Option<(u16, u16)> {
    let mut parts = enhanced.split('.').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
