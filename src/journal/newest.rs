//! What a journal comes to: of each person the newest entry of every kind, and what they want now.
//!
//! The order of the lines counts only where two are of the same millisecond, so that two journals of
//! one installation can be joined. It knows nothing of any database.

use std::collections::BTreeMap;

use super::{Entry, Kind};
use crate::domain::ListId;
use crate::domain::address::AddressHash;
use crate::domain::time::Timestamp;

/// What a person, or their subscription to a list, is to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Mail stops, for this reason: unsubscribe, suppress, bounce or complaint.
    Stopped(Kind),
    /// The person is forgotten.
    Erased,
    /// They are back.
    Back,
}

/// One person's, or one subscription's, newest wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub who: AddressHash,
    /// With which list; `None`: the person as a whole.
    pub list: Option<ListId>,
    /// What they came to.
    pub outcome: Outcome,
    /// Since when.
    pub at: Timestamp,
}

/// The newest entry of each kind, and the line it came in.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds([Option<(i64, u64)>; Kind::ALL.len()]);

/// Everybody's newest entries.
#[derive(Debug, Default)]
pub(super) struct Newest {
    people: BTreeMap<([u8; 32], Option<i64>), Kinds>,
    lines: u64,
}

impl Newest {
    pub(super) fn add(&mut self, entry: &Entry) {
        self.lines += 1;
        let key = (entry.who.0, entry.list.map(|l| l.0));
        let seen = self.people.entry(key).or_default();
        let slot = &mut seen.0[index(entry.kind)];
        *slot = (*slot).max(Some((entry.at.as_millisecond(), self.lines)));
    }

    /// The newest entries themselves; what a later return made void is among them.
    pub(super) fn entries(self) -> impl Iterator<Item = Entry> {
        self.people.into_iter().flat_map(|((who, list), kinds)| {
            let mut own: Vec<(u64, Entry)> = Vec::new();
            for kind in Kind::ALL {
                if let Some((ms, line)) = kinds.0[index(*kind)] {
                    let entry = Entry {
                        at: Timestamp::from_millisecond(ms).unwrap_or_default(),
                        kind: *kind,
                        who: AddressHash(who),
                        list: list.map(ListId),
                    };
                    own.push((line, entry));
                }
            }
            // Within a millisecond their order counts.
            own.sort_by_key(|(line, _)| *line);
            own.into_iter().map(|(_, entry)| entry)
        })
    }

    /// What everybody came to. A stop counts where it is younger than their own newest return; one
    /// of the person as a whole, where it is younger than their return to any list. An erasure counts in
    /// any case, and comes before what they came to: who returned since began anew, and what is older
    /// than it stays forgotten.
    pub(super) fn wanted(self) -> Vec<Wanted> {
        let mut back: BTreeMap<[u8; 32], i64> = BTreeMap::new();
        for ((who, _), kinds) in &self.people {
            if let Some((ms, _)) = kinds.0[index(Kind::Rejoin)] {
                let newest = back.entry(*who).or_insert(ms);
                *newest = (*newest).max(ms);
            }
        }
        let mut wanted = Vec::new();
        for ((who, list), kinds) in &self.people {
            let any = back.get(who).filter(|_| list.is_none()).copied();
            let erased = kinds.0[index(Kind::Erase)].map(|(ms, _)| (Outcome::Erased, ms));
            for (outcome, ms) in erased.into_iter().chain(kinds.outcome(any)) {
                wanted.push(Wanted {
                    who: AddressHash(*who),
                    list: list.map(ListId),
                    outcome,
                    at: Timestamp::from_millisecond(ms).unwrap_or_default(),
                });
            }
        }
        wanted
    }
}

impl Kinds {
    /// Of all but an erasure. `any` is the newest return to any list. A complaint outweighs a bounce, and
    /// both of them a wish.
    fn outcome(&self, any: Option<i64>) -> Option<(Outcome, i64)> {
        let own = self.0[index(Kind::Rejoin)];
        let counts = |kind: Kind| {
            let found = self.0[index(kind)]?;
            let younger = own.is_none_or(|back| found > back);
            (younger && any.is_none_or(|ms| found.0 >= ms)).then_some(found.0)
        };
        let stops = [
            Kind::Complaint,
            Kind::Bounce,
            Kind::Unsubscribe,
            Kind::Suppress,
        ];
        let stop = stops
            .into_iter()
            .find_map(|kind| Some((Outcome::Stopped(kind), counts(kind)?)));
        stop.or(own.map(|(ms, _)| (Outcome::Back, ms)))
    }
}

fn index(kind: Kind) -> usize {
    kind as usize
}
