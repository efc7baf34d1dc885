//! What the pace learns from one attempt, beside the verdict on its letter.

use jiff::SignedDuration;

use super::{Alarm, AlarmReason, Judgement, Outcome, Scope, codes, judged};
use crate::domain::address::mask_addresses;

/// What an attempt says of the letters that follow. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signal {
    /// The relay took the letter.
    pub took: bool,
    /// It counts against a day's quota: taken, or in doubt.
    pub counts: bool,
    /// Who asks for less: fewer letters at once, fewer a minute, and a silence first. Never the letter.
    pub throttled: Option<Scope>,
    /// This letter was put off, for a reason that may be its own: several in a row are the provider's.
    pub put_off: bool,
    /// How long that silence is to be, where the code is known to ask for it.
    pub pause: Option<SignedDuration>,
    /// What to slow down to, where the code is known to ask for it.
    pub slow_to_per_minute: Option<u32>,
    /// The relay takes nothing at all, for now or until a person acts.
    pub down: bool,
    /// What an operator is to be told.
    pub alarm: Option<Alarm>,
}

impl Signal {
    /// Whether others have to wait longer because of it.
    pub fn throttles(&self) -> bool {
        self.down || self.throttled.is_some()
    }
}

/// Codes by which receivers put letters off when they are pressed.
fn asks_for_less(outcome: &Outcome) -> bool {
    let Outcome::Replied { reply, .. } = outcome else {
        return false;
    };
    matches!(reply.code, 421 | 450..=452 | 454)
}

/// What the pace learns from an attempt.
pub fn signal(outcome: &Outcome) -> Signal {
    match judged(outcome) {
        Judgement::Accepted => Signal {
            took: true,
            counts: true,
            ..Signal::default()
        },
        Judgement::Uncertain => Signal {
            counts: true,
            ..Signal::default()
        },
        Judgement::Refused => Signal {
            alarm: refused_for_policy(outcome)
                .then(|| alarm(Scope::Lane, AlarmReason::Policy, outcome)),
            ..Signal::default()
        },
        Judgement::Later(scope, ask) => Signal {
            throttled: (ask.slower && scope != Scope::Letter).then_some(scope),
            put_off: scope == Scope::Letter && asks_for_less(outcome),
            pause: ask.pause.filter(|_| ask.slower),
            slow_to_per_minute: ask.per_minute,
            down: ask.down,
            alarm: ask.alarm.map(|reason| alarm(scope, reason, outcome)),
            ..Signal::default()
        },
    }
}

fn refused_for_policy(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Replied { reply, .. } if codes::is_policy(reply))
}

fn alarm(scope: Scope, reason: AlarmReason, outcome: &Outcome) -> Alarm {
    let words = match outcome {
        Outcome::Replied { reply, .. } => reply.to_string(),
        Outcome::Lost { words, .. }
        | Outcome::Barred { words, .. }
        | Outcome::Unsendable { words } => words.clone(),
    };
    Alarm {
        scope,
        reason,
        words: mask_addresses(&words),
    }
}
