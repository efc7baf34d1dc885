//! Which flights may stand in which slots of a digest: by its stories, which many digests share, and by
//! what its reader declared. Digests with the same answer are one class.

use std::sync::Arc;

use super::eligible::Shelf;
use super::solve::Slots;
use super::{Outline, StoryLabels, fits, in_layout, runs};
use crate::domain::goal::Goal;
use crate::domain::sponsor::{CreativeSize, Flight, Slot};
use crate::domain::targeting::Declared;
use crate::domain::time::Timestamp;
use crate::domain::{CreativeId, FlightId};

/// The flights of a wave and its stories.
#[derive(Debug)]
pub struct Board {
    runners: Vec<Runner>,
    shelf: Shelf,
    layout: Vec<Slot>,
}

/// A flight that runs, has something left, and a text for some slot.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) flight: Flight,
    /// The text for each slot that it may take.
    pub(super) fits: Vec<(Slot, CreativeId)>,
    takes: Slots,
    /// Not for every reader.
    choosy: bool,
}

/// Who may stand where in digests of the same stories, whoever reads them.
#[derive(Clone, Debug)]
pub struct Standing(Signature);

/// Who may stand where in a digest: digests with the same one are one class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// The slots that it has, one bit each in the order of the layout.
    pub(super) slots: Slots,
    /// Flights by their number on the board, ascending, with the slots that each may take.
    pub(super) may: Arc<[(u32, Slots)]>,
}

impl Board {
    /// The flights that run at `now` and what each of the stories is to them. `largest` is the room of
    /// the layout's slots, at most [`super::solve::MOST_SLOTS`]. Flights are numbered by their ids.
    pub fn new<'s>(
        flights: &[Flight],
        stories: impl IntoIterator<Item = StoryLabels<'s>>,
        now: Timestamp,
        largest: &[(Slot, CreativeSize)],
    ) -> Board {
        let running = flights.iter().filter(|f| runs(f, now)).cloned();
        Board::with(running.collect(), stories, largest)
    }

    /// The same with these flights, whether or not they run.
    pub fn with<'s>(
        mut flights: Vec<Flight>,
        stories: impl IntoIterator<Item = StoryLabels<'s>>,
        largest: &[(Slot, CreativeSize)],
    ) -> Board {
        flights.sort_by_key(|f| f.id);
        flights.dedup_by_key(|f| f.id);
        let layout: Vec<Slot> = largest.iter().map(|(slot, _)| *slot).collect();
        let runner = |flight: Flight| {
            let fits = fits(&flight, largest);
            let bit = |(at, slot): (usize, &Slot)| {
                let takes = fits.iter().any(|(s, _)| s == slot);
                (Slots::from(takes)) << at
            };
            Runner {
                takes: layout.iter().enumerate().map(bit).fold(0, |a, b| a | b),
                choosy: !flight.targeting.is_empty() || flight.gambling.is_some(),
                fits,
                flight,
            }
        };
        let runners: Vec<Runner> = flights.into_iter().map(runner).collect();
        let runners: Vec<Runner> = runners.into_iter().filter(|r| r.takes != 0).collect();
        Board {
            shelf: Shelf::new(runners.iter().map(|r| &r.flight), stories),
            runners,
            layout,
        }
    }

    /// Whether no flight may stand anywhere.
    pub fn is_empty(&self) -> bool {
        self.runners.is_empty()
    }

    /// Its flights, by number.
    pub fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.runners.iter().map(|r| &r.flight)
    }

    /// Flights that one reader may see only so often.
    pub fn capped(&self) -> impl Iterator<Item = &Flight> {
        self.flights().filter(|f| f.cap.is_some())
    }

    pub(super) fn runners(&self) -> &[Runner] {
        &self.runners
    }

    pub(super) fn layout(&self) -> &[Slot] {
        &self.layout
    }

    /// The number of a flight.
    pub(super) fn number(&self, flight: FlightId) -> Option<u32> {
        let found = self.runners.binary_search_by_key(&flight, |r| r.flight.id);
        found.ok().and_then(|at| u32::try_from(at).ok())
    }

    /// Who may stand where by a digest's stories and slots.
    pub fn standing(&self, digest: &Outline<'_>) -> Standing {
        let count = digest.stories.len();
        let bits = self.layout.iter().enumerate();
        let there = bits.map(|(at, slot)| Slots::from(in_layout(*slot, count)) << at);
        let slots = there.fold(0, |a, b| a | b);
        let mut may = Vec::new();
        if slots != 0 {
            for number in self.shelf.eligible(&digest.stories) {
                let mut takes = self.runners[number].takes & slots;
                for (at, slot) in self.layout.iter().enumerate() {
                    if takes & (1 << at) != 0 && self.shelf.repelled(number, digest, *slot) {
                        takes &= !(1 << at);
                    }
                }
                if takes != 0 {
                    may.push((number as u32, takes));
                }
            }
        }
        Standing(Signature {
            slots,
            may: may.into(),
        })
    }

    /// Who may stand where in a reader's digest: flights that are not for them, by what they declared,
    /// and those that they saw as often as they may (`capped`) may not. `None`: whoever reads it.
    pub fn signature(
        &self,
        standing: &Standing,
        reader: Option<&Declared<'_>>,
        capped: &[FlightId],
    ) -> Signature {
        let Standing(all) = standing;
        let out = |number: u32| {
            let runner = &self.runners[number as usize];
            let refused = |reader: &Declared<'_>| runner.flight.admits(reader).is_err();
            (runner.choosy && reader.is_some_and(refused)) || capped.contains(&runner.flight.id)
        };
        if !all.may.iter().any(|(number, _)| out(*number)) {
            return all.clone();
        }
        let left = all.may.iter().copied().filter(|(number, _)| !out(*number));
        Signature {
            slots: all.slots,
            may: left.collect(),
        }
    }
}

impl Runner {
    /// Whether it has whole digests, to which nobody else is let.
    pub(super) fn alone(&self) -> bool {
        self.flight.all || self.flight.goal == Goal::Every
    }
}

impl Signature {
    /// A signature of these, flights ascending.
    pub(super) fn of(slots: Slots, may: impl IntoIterator<Item = (u32, Slots)>) -> Signature {
        Signature {
            slots,
            may: may.into_iter().collect(),
        }
    }

    /// The slots that a flight may take.
    pub(super) fn takes(&self, flight: u32) -> Slots {
        let found = self
            .may
            .binary_search_by_key(&flight, |(number, _)| *number);
        found.map_or(0, |at| self.may[at].1)
    }
}
