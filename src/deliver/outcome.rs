//! What is written into the ledger of a letter: a verdict, our own fault, or a person's no.
//!
//! Pure in all but its place: rows in, records out. A letter that was in doubt stays in doubt unless
//! it is accepted, since a later no does not tell what became of the first copy.

use super::compose::LetterError;
use super::policy::Verdict;
use crate::domain::address::mask_addresses;
use crate::domain::delivery::{DeliveryState, Hold};
use crate::domain::time::Timestamp;
use crate::store::ledger::{Claimed, Record};

/// Tries after which a letter that is in doubt again waits for a person.
const DOUBTS: i64 = 2;

/// Whether a try counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// `started` counted it.
    Counted,
    /// It is to be counted now.
    Now,
    /// It is none.
    No,
}

impl Tried {
    /// The same, where it shall not count if that can still be helped.
    pub(super) fn uncounted(self) -> Tried {
        match self {
            Tried::Counted => Tried::Counted,
            Tried::Now | Tried::No => Tried::No,
        }
    }
}

/// What a verdict writes. `holds`: the list wants letters in doubt held; `wait`: when one would be
/// tried again.
pub(super) fn record(
    claimed: &Claimed,
    verdict: &Verdict,
    tried: Tried,
    holds: bool,
    wait: Timestamp,
) -> Record {
    let doubted = claimed.doubt.is_some();
    let (state, held, not_before, code, text, keep_doubt) = match verdict {
        Verdict::Accepted { code, text } => {
            (DeliveryState::Accepted, None, None, Some(*code), text, true)
        }
        Verdict::RetryAt { at, code, text, .. } => (
            DeliveryState::Deferred,
            None,
            Some(*at),
            *code,
            text,
            doubted,
        ),
        Verdict::Refused { code, text } if doubted => {
            (DeliveryState::Uncertain, None, None, *code, text, true)
        }
        Verdict::Refused { code, text } => (DeliveryState::Refused, None, None, *code, text, false),
        // Copies of a relay that never tells are not made without end.
        Verdict::Uncertain { text } if holds || (doubted && claimed.attempt >= DOUBTS) => {
            let hold = match holds {
                true => Hold::InDoubt,
                false => Hold::InDoubtAgain,
            };
            let state = DeliveryState::Uncertain;
            (state, Some(hold), None, None, text, true)
        }
        Verdict::Uncertain { text } if wait >= claimed.deadline => {
            (DeliveryState::Uncertain, None, None, None, text, true)
        }
        Verdict::Uncertain { text } => {
            (DeliveryState::Deferred, None, Some(wait), None, text, true)
        }
    };
    Record {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        token: claimed.token,
        state,
        held,
        not_before,
        code: code.unwrap_or(0),
        reply: mask_addresses(text),
        keep_doubt,
        tried: tried == Tried::Now,
    }
}

/// An outcome without a server's word.
pub(super) fn settled(claimed: &Claimed, state: DeliveryState, words: &str) -> Record {
    // Whoever may have got the letter before is in doubt, whatever keeps it from going again.
    let doubt = claimed.doubt.is_some();
    Record {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        token: claimed.token,
        state: if doubt {
            DeliveryState::Uncertain
        } else {
            state
        },
        held: None,
        not_before: None,
        code: 0,
        reply: words.to_owned(),
        keep_doubt: doubt,
        tried: false,
    }
}

/// A letter in doubt that must not go again: held, with the reason.
pub(super) fn held(claimed: &Claimed, hold: Hold, words: &str) -> Record {
    let mut record = settled(claimed, DeliveryState::Uncertain, words);
    record.held = Some(hold);
    record.keep_doubt = true;
    record
}

/// A letter that we cannot make, as our own fault, with words: held where the missing key can be put
/// back, else refused.
pub(super) fn fault(claimed: &Claimed, error: &LetterError) -> Record {
    let mut words = format!("our own fault: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    tracing::error!(
        edition = claimed.edition.0,
        subscriber = claimed.subscriber.0,
        "{words}"
    );
    let words: String = words.chars().take(500).collect();
    if error.is_mendable() {
        let mut record = settled(claimed, DeliveryState::Deferred, &words);
        record.held = Some(Hold::NoKey);
        return record;
    }
    settled(claimed, DeliveryState::Refused, &words)
}
