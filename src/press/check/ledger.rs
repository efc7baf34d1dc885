//! A stored digest against its row in the ledger, the memory, and who was passed over.

use super::{Checking, of};
use crate::domain::RevisionId;
use crate::domain::due::spread;
use crate::domain::seal::seal;
use crate::domain::time::Timestamp;
use crate::proof::{Fault, Flaw, Severity};
use crate::store::proof::{StoredDigest, StoredLetter};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

impl Checking {
    /// A digest against its row in the ledger, the memory, and who was passed over.
    pub(super) fn of_ledger(&self, digest: &StoredDigest) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut say = |flaw, words: String| faults.push(of(digest, flaw, words));
        match digest.ledger {
            None => say(Flaw::NoLedgerRow, "the ledger has no row for it".to_owned()),
            Some((_, wave, named)) if wave != self.wave.id || named != digest.digest => say(
                Flaw::NoLedgerRow,
                "the ledger's row is of another digest".to_owned(),
            ),
            Some(_) => {}
        }
        if digest.skipped {
            let words = "the wave passed its reader over as well".to_owned();
            say(Flaw::SkippedAndPlanned, words);
        }
        if let Some(words) = remembered(digest) {
            say(Flaw::MemoryDiffers, words.to_owned());
        }
        if digest.terms_of != digest.subscription {
            let words = "it was planned on another subscription's terms".to_owned();
            say(Flaw::OtherTerms, words);
        }
        if !sealed(digest) {
            let words = "its sponsors, their reasons, its number or what it reaches back to were \
                 changed since it was written";
            say(Flaw::Altered, words.to_owned());
        }
        let cutoff_ms = self.inputs.rules.cutoff_ms;
        if digest.since_ms.is_some_and(|since| since > cutoff_ms) {
            let words = "it reaches back to an instant after the cut-off".to_owned();
            say(Flaw::WaveDates, words);
        }
        let open = digest.ledger.is_some_and(|(state, ..)| state.is_open());
        if let Some(letter) = digest.letter.as_ref().filter(|_| open) {
            faults.extend(self.of_letter(digest, letter));
        }
        faults
    }

    /// A letter that may still leave: to whom, when, and among which others.
    fn of_letter(&self, digest: &StoredDigest, letter: &StoredLetter) -> Vec<Fault> {
        let mut faults = Vec::new();
        if letter.subscription != digest.subscription {
            let words = "the ledger's row is of another subscription".to_owned();
            faults.push(of(digest, Flaw::NoLedgerRow, words));
        }
        if !letter.same_mailbox {
            let words = "its letter would go to another mailbox than its reader's".to_owned();
            faults.push(of(digest, Flaw::OtherMailbox, words));
        }
        // Settings may be other ones than those that it was planned by.
        let warning = |flaw, words: String| Fault {
            severity: Severity::Warning,
            ..of(digest, flaw, words)
        };
        let settings = &self.press.settings;
        let lane = settings.lanes.name(settings.lanes.of(&digest.domain));
        if letter.lane != lane {
            let words = format!(
                "its letter waits in lane `{}`, not in `{lane}`",
                letter.lane
            );
            faults.push(warning(Flaw::OtherLane, words));
        }
        // Whoever moves a letter writes the very instant to which it is moved.
        let moved = letter.attempt > 0 || letter.not_before_ms == letter.changed_ms;
        let spread_over = self.list.settings.spread_minutes;
        let due = spread(self.wave.due_at, digest.subscription, spread_over);
        if !moved && letter.not_before_ms != due.as_millisecond() {
            let words = format!(
                "its letter leaves at {}, by the list's settings at {due}",
                instant(letter.not_before_ms)
            );
            faults.push(warning(Flaw::LetterDates, words));
        }
        // A digest that was made again leaves its letter's end where the plan had it.
        let (first, at) = (digest.sealed.0 == 1, digest.at.as_millisecond());
        let from = if first { at } else { i64::MIN }.max(letter.not_before_ms);
        let until = letter.not_before_ms.max(at) + i64::from(settings.deadline_hours) * HOUR_MS;
        if !moved && !(from..=until).contains(&letter.deadline_ms) {
            let words = format!(
                "its letter is given up at {}, by the settings not before {} nor after {}",
                instant(letter.deadline_ms),
                instant(from),
                instant(until)
            );
            faults.push(warning(Flaw::LetterDates, words));
        }
        faults
    }
}

/// Whether a digest is as its seal says, where it has one.
fn sealed(digest: &StoredDigest) -> bool {
    let stands = digest.placements.iter();
    let stands = stands.map(|p| (p.slot, p.flight, p.creative, p.reason.as_str()));
    let (seq, then) = digest.sealed;
    then.is_none_or(|then| then == seal(seq, digest.since_ms, stands.collect()))
}

fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |at| at.to_string())
}

/// Whether the memory holds what a digest brings, as long as its letter counts as sent.
fn remembered(digest: &StoredDigest) -> Option<&'static str> {
    use crate::domain::delivery::DeliveryState::{Refused, Withheld};
    let (state, ..) = digest.ledger?;
    let sent = !matches!(state, Refused | Withheld);
    let Some((texts, returned)) = &digest.remembered else {
        // What a settled letter brought is forgotten in time.
        return state.is_open().then_some("the memory knows nothing of it");
    };
    let mut printed: Vec<RevisionId> = digest.picks.iter().map(|p| p.revision).collect();
    printed.sort_unstable();
    match (sent, returned) {
        (true, true) => Some("the memory has given its stories back"),
        (false, false) => Some("the memory holds stories of a letter that came to nothing"),
        (true, false) if *texts != printed => Some("the memory holds other stories than it brings"),
        (true, false) if digest.remembered_ms != Some(digest.at.as_millisecond()) => {
            Some("the memory has them of another time")
        }
        _ => None,
    }
}
