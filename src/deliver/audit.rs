//! Holding the ledger against a receiver's journal: who was lost, who got a letter twice, whose second
//! copy differs, and which rows say what is not so.
//!
//! Pure. It knows neither where the journal comes from nor which edition the rows are of.

use std::collections::HashMap;

use serde::Serialize;

use crate::domain::delivery::{BY_LOG, Delivery, DeliveryState};
use crate::domain::words;
use crate::sink::journal::JournalEntry;

/// What the ledger says about one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The whole address.
    pub recipient: String,
    /// The left side of the Message-ID; `None` to go by the address alone, which is enough where the
    /// journal holds one edition.
    pub letter_id: Option<String>,
    /// Where it stands.
    pub state: DeliveryState,
    /// sha256 of the bytes whose dot may have left.
    pub sha256: Option<[u8; 32]>,
    /// It was settled by the relay's own log: nobody had to be told.
    pub by_log: bool,
}

impl LedgerRow {
    /// The row of a delivery to `recipient`.
    pub fn of(delivery: &Delivery, recipient: &str, letter_id: Option<String>) -> LedgerRow {
        LedgerRow {
            recipient: recipient.to_owned(),
            letter_id,
            state: delivery.state,
            sha256: delivery.sha256,
            by_log: delivery.reply.starts_with(BY_LOG),
        }
    }

    /// Whether the row still knows that its letter may have arrived: then it may.
    fn doubts(&self) -> bool {
        match self.state {
            DeliveryState::Started | DeliveryState::Uncertain | DeliveryState::Accepted => true,
            DeliveryState::Refused | DeliveryState::Withheld => false,
            DeliveryState::Planned | DeliveryState::Leased | DeliveryState::Deferred => {
                self.sha256.is_some()
            }
        }
    }
}

words! {
    /// What is wrong about a letter.
    Flaw {
        /// Accepted in the ledger, and the receiver never had it.
        Lost = "lost",
        /// The receiver has copies that differ from each other, or from what the ledger says left.
        Altered = "altered",
        /// The receiver has it, and the row says that it cannot.
        WrongState = "wrong_state",
        /// Accepted in the ledger, and the receiver has it but never said so; nor does its log, by which
        /// the row may have been settled.
        Untold = "untold",
        /// The receiver has it more than once, all copies alike. Not wrong by itself: a crash between
        /// the reply and our commit sends an equal second copy.
        Duplicate = "duplicate",
    }
}

/// A letter about which something is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub flaw: Flaw,
    /// Which row of the ledger, from 0.
    pub row: usize,
    /// The whole address, as the ledger has it.
    pub recipient: String,
    /// What the ledger says.
    pub state: DeliveryState,
    /// Copies that the receiver has.
    pub copies: usize,
}

/// How a journal and a ledger agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Rows of the ledger.
    pub rows: usize,
    /// Rows that are accepted.
    pub accepted: usize,
    /// Copies that the receiver has of the rows' letters.
    pub received: usize,
    /// Copies beyond the first of each letter, altered ones included.
    pub extra_copies: usize,
    /// What is to be said, in the order of the rows; a letter may be named for several flaws.
    pub findings: Vec<Finding>,
    /// Letters that the receiver has and that belong to no row: of other editions, or system mail.
    pub strangers: Vec<JournalEntry>,
}

/// The sums of an audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// [`Flaw::Lost`].
    pub lost: usize,
    /// [`Flaw::Altered`].
    pub altered: usize,
    /// [`Flaw::WrongState`].
    pub wrong_state: usize,
    /// [`Flaw::Untold`].
    pub untold: usize,
    /// [`Flaw::Duplicate`]: letters, not copies.
    pub duplicates: usize,
}

impl Audit {
    /// How many letters have each flaw.
    pub fn counts(&self) -> Counts {
        let count = |flaw| self.findings.iter().filter(|f| f.flaw == flaw).count();
        Counts {
            lost: count(Flaw::Lost),
            altered: count(Flaw::Altered),
            wrong_state: count(Flaw::WrongState),
            untold: count(Flaw::Untold),
            duplicates: count(Flaw::Duplicate),
        }
    }

    /// Whether nothing is wrong: duplicates whose bytes are equal are not.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|f| f.flaw == Flaw::Duplicate)
    }
}

/// Compares what a receiver noted with what the ledger says. Each row is looked up by its letter's id
/// where it has one, else by its address, whose case does not count.
pub fn audit(journal: &[JournalEntry], ledger: &[LedgerRow]) -> Audit {
    let (by_id, by_address) = kept(journal);
    let mut known = vec![false; journal.len()];
    let mut audit = Audit {
        rows: ledger.len(),
        ..Audit::default()
    };
    for (number, row) in ledger.iter().enumerate() {
        let address = row.recipient.to_ascii_lowercase();
        let found = match &row.letter_id {
            Some(id) => by_id.get(&(id.as_str(), address)),
            None => by_address.get(&address),
        };
        let found = found.map(Vec::as_slice).unwrap_or_default();
        for at in found {
            known[*at] = true;
        }
        let copies: Vec<&JournalEntry> = found.iter().map(|at| &journal[*at]).collect();
        audit.accepted += usize::from(row.state == DeliveryState::Accepted);
        audit.received += copies.len();
        audit.extra_copies += copies.len().saturating_sub(1);
        let finding = |flaw| Finding {
            flaw,
            row: number,
            recipient: row.recipient.clone(),
            state: row.state,
            copies: copies.len(),
        };
        audit.findings.extend(flaws(row, &copies).map(finding));
    }
    let strangers = journal.iter().zip(known);
    audit.strangers = strangers
        .filter(|(entry, known)| entry.kept && !known)
        .map(|(entry, _)| entry.clone())
        .collect();
    audit
}

/// Where the letters that the receiver has stand in the journal: by id and address, and by address.
type Kept<'a> = (
    HashMap<(&'a str, String), Vec<usize>>,
    HashMap<String, Vec<usize>>,
);

fn kept(journal: &[JournalEntry]) -> Kept<'_> {
    let (mut by_id, mut by_address) = Kept::default();
    for (at, entry) in journal.iter().enumerate().filter(|(_, e)| e.kept) {
        let address = entry.recipient.to_ascii_lowercase();
        if let Some(id) = entry.message_id.as_deref().and_then(left_side) {
            by_id
                .entry((id, address.clone()))
                .or_insert_with(Vec::new)
                .push(at);
        }
        by_address.entry(address).or_insert_with(Vec::new).push(at);
    }
    (by_id, by_address)
}

/// What stands before the `@` of a Message-ID.
fn left_side(message_id: &str) -> Option<&str> {
    let inner = message_id.trim().strip_prefix('<')?;
    inner.split_once('@').map(|(left, _)| left)
}

fn flaws(row: &LedgerRow, copies: &[&JournalEntry]) -> impl Iterator<Item = Flaw> {
    let accepted = row.state == DeliveryState::Accepted;
    let hash = row.sha256.or_else(|| copies.first().and_then(|c| c.sha256));
    let altered = copies.iter().any(|copy| copy.sha256 != hash);
    let found = [
        (Flaw::Lost, accepted && copies.is_empty()),
        (Flaw::Altered, altered),
        (Flaw::WrongState, !copies.is_empty() && !row.doubts()),
        (
            Flaw::Untold,
            accepted
                && !row.by_log
                && !copies.is_empty()
                && copies.iter().all(|copy| !copy.is_told()),
        ),
        (Flaw::Duplicate, copies.len() > 1 && !altered),
    ];
    found
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(flaw, _)| flaw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::journal::Phase;

    fn entry(recipient: &str, hash: u8, code: Option<u16>, kept: bool) -> JournalEntry {
        JournalEntry {
            at_ms: 0,
            recipient: recipient.to_owned(),
            message_id: Some(format!("<{}@x>", recipient.to_ascii_lowercase().len())),
            sha256: Some([hash; 32]),
            phase: Phase::Dot,
            code,
            kept,
            fault: None,
        }
    }

    fn row(recipient: &str, state: DeliveryState, sha256: Option<u8>) -> LedgerRow {
        LedgerRow {
            recipient: recipient.to_owned(),
            letter_id: Some(recipient.len().to_string()),
            state,
            sha256: sha256.map(|byte| [byte; 32]),
            by_log: false,
        }
    }

    /// The faults of one letter.
    fn of(journal: &[JournalEntry], state: DeliveryState, sha256: Option<u8>) -> Vec<Flaw> {
        let seen = audit(journal, &[row("ann@x", state, sha256)]);
        assert_eq!(seen.strangers, []);
        seen.findings.iter().map(|f| f.flaw).collect()
    }

    #[test]
    fn every_state_is_held_against_what_came() {
        use DeliveryState::*;
        let yes = || entry("Ann@x", 1, Some(250), true);
        let silent = || entry("ann@x", 1, None, true);
        let no = || entry("ann@x", 1, Some(554), false);
        let other = || entry("ann@x", 2, Some(250), true);
        for (state, sha256) in [(Accepted, Some(1)), (Accepted, None)] {
            assert_eq!(of(&[yes()], state, sha256), []);
            assert_eq!(of(&[silent(), yes()], state, sha256), [Flaw::Duplicate]);
            assert_eq!(of(&[silent()], state, sha256), [Flaw::Untold]);
            assert_eq!(of(&[yes(), other()], state, sha256), [Flaw::Altered]);
            assert_eq!(of(&[no()], state, sha256), [Flaw::Lost]);
            assert_eq!(of(&[], state, sha256), [Flaw::Lost]);
        }
        assert_eq!(of(&[other()], Accepted, Some(1)), [Flaw::Altered]);
        for state in [Refused, Withheld] {
            assert_eq!(of(&[no()], state, None), []);
            for copy in [yes(), silent()] {
                assert_eq!(of(&[copy], state, None), [Flaw::WrongState]);
            }
        }
        for state in [Planned, Leased, Deferred] {
            assert_eq!(of(&[no()], state, None), []);
            assert_eq!(of(&[silent()], state, None), [Flaw::WrongState]);
            assert_eq!(of(&[yes()], state, Some(1)), []);
        }
        for state in [Started, Uncertain] {
            for copy in [vec![yes()], vec![silent()], vec![no()], vec![]] {
                assert_eq!(of(&copy, state, Some(1)), []);
            }
        }
    }

    #[test]
    fn what_the_receivers_log_told_afterwards_is_not_untold() {
        let silent = entry("ann@x", 1, None, true);
        let mut settled = row("ann@x", DeliveryState::Accepted, Some(1));
        settled.by_log = true;
        assert!(audit(&[silent], &[settled]).is_sound());
    }

    #[test]
    fn sums_and_strangers() {
        let accepted = |who: &str| row(who, DeliveryState::Accepted, None);
        let ledger = [accepted("a@x"), accepted("bb@x"), accepted("ccc@x")];
        let journal = [
            entry("a@x", 1, Some(250), true),
            entry("a@x", 1, Some(250), true),
            entry("a@x", 1, Some(250), true),
            entry("bb@x", 1, Some(250), true),
            entry("bb@x", 2, Some(250), true),
            entry("stranger@x", 1, Some(250), true),
            entry("refused@x", 1, Some(550), false),
        ];
        let seen = audit(&journal, &ledger);
        let counts = Counts {
            lost: 1,
            altered: 1,
            duplicates: 1,
            ..Counts::default()
        };
        assert_eq!(seen.counts(), counts);
        assert_eq!((seen.rows, seen.accepted, seen.received), (3, 3, 5));
        assert_eq!(seen.extra_copies, 3);
        assert_eq!(seen.strangers, [journal[5].clone()]);
        assert!(!seen.is_sound());
        assert!(audit(&journal[..3], &ledger[..1]).is_sound());
    }

    #[test]
    fn another_letter_of_the_same_person_is_none_of_the_row() {
        let mut later = entry("ann@x", 1, Some(250), true);
        later.message_id = Some("<other@x>".to_owned());
        let by_id = audit(
            &[later.clone()],
            &[row("ann@x", DeliveryState::Accepted, None)],
        );
        assert_eq!((by_id.counts().lost, by_id.strangers.len()), (1, 1));
        let row = LedgerRow {
            letter_id: None,
            ..row("ANN@x", DeliveryState::Accepted, None)
        };
        assert!(audit(&[later], &[row]).findings.is_empty());
    }
}
