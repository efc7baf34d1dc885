//! The three passes over a wave, in the order that the room's rules give. It seats flights and
//! counts; what may stand where is asked of the shelf and the layout.

use std::cmp::Ordering;

use super::eligible::Shelf;
use super::{Outline, Proposed, Quotas, fits, hash, in_layout};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Flight, Slot};
use crate::domain::{CreativeId, SponsorId};

/// A flight that runs now.
pub(super) struct Runner<'a> {
    flight: &'a Flight,
    /// The creative for each slot that it may take.
    fits: Vec<(Slot, CreativeId)>,
    /// Most placements in this call.
    quota: i64,
    /// Placements so far.
    got: i64,
    /// Digests in which it may stand and that this pass has not served yet.
    chances: i64,
}

/// A wave being planned.
pub(super) struct Wave<'d, 'a> {
    digests: &'d [Outline<'d>],
    runners: Vec<Runner<'a>>,
    shelf: Shelf<'a>,
    seats: Vec<Seats>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        flight: &'a Flight,
        largest: &[(Slot, CreativeSize)],
        quotas: &mut Quotas,
    ) -> Runner<'a> {
        Runner {
            flight,
            fits: fits(flight, largest),
            quota: quotas.open(flight),
            got: 0,
            chances: 0,
        }
    }

    fn left(&self) -> i64 {
        self.quota - self.got
    }

    fn takes(&self, slot: Slot) -> bool {
        self.fits.iter().any(|(s, _)| *s == slot)
    }

    /// The greater need first: left / chances, compared without dividing.
    fn by_need(&self, other: &Runner<'_>) -> Ordering {
        let product = |left: i64, chances: i64| i128::from(left) * i128::from(chances);
        product(other.left(), self.chances).cmp(&product(self.left(), other.chances))
    }

    /// Whether `got` of this quota is a smaller share than `others` of the other's, or an equal one.
    fn share_at_most(&self, got: i64, other: &Runner<'_>, others: i64) -> bool {
        i128::from(got) * i128::from(other.quota) <= i128::from(others) * i128::from(self.quota)
    }
}

impl<'d, 'a> Wave<'d, 'a> {
    pub(super) fn new(digests: &'d [Outline<'d>], mut runners: Vec<Runner<'a>>) -> Wave<'d, 'a> {
        runners.retain(|r| r.quota > 0 && !r.fits.is_empty());
        let shelf = Shelf::new(runners.iter().map(|r| r.flight).collect(), digests);
        let seats = vec![Seats::default(); digests.len()];
        Wave {
            digests,
            runners,
            shelf,
            seats,
        }
    }

    /// Passes one and three: gives free slots to who needs them most.
    pub(super) fn serve_by_need(&mut self, order: &[usize]) {
        if self.runners.iter().all(|r| r.left() == 0) {
            return;
        }
        self.runners.iter_mut().for_each(|r| r.chances = 0);
        for &at in order {
            for number in self.newcomers(at) {
                self.runners[number].chances += 1;
            }
        }
        for &at in order {
            let mut newcomers = self.newcomers(at);
            let key = self.digests[at].key;
            newcomers.sort_by(|&a, &b| {
                let tie = |number: usize| (hash(self.runners[number].flight.id.0, key), number);
                let (first, second) = (&self.runners[a], &self.runners[b]);
                first.by_need(second).then_with(|| tie(a).cmp(&tie(b)))
            });
            for &number in &newcomers {
                self.runners[number].chances -= 1;
            }
            for number in newcomers {
                self.seat(at, number);
            }
        }
    }

    /// Pass two: moves slots from flights that got more of their quota to those that got less.
    pub(super) fn even_out(&mut self, order: &[usize]) {
        if self.runners.iter().all(|r| r.left() == 0) {
            return;
        }
        for &at in order {
            for index in 0..self.seats[at].0.len() {
                let (slot, rich) = self.seats[at].0[index];
                let Some(poor) = self.poorest(at, slot, rich) else {
                    continue;
                };
                self.seats[at].0[index].1 = poor;
                self.runners[rich].got -= 1;
                self.runners[poor].got += 1;
            }
        }
    }

    /// Who may take over a slot: of those who would still not be ahead, the one furthest behind.
    fn poorest(&self, at: usize, slot: Slot, rich: usize) -> Option<usize> {
        let giver = &self.runners[rich];
        let mut poorest: Option<usize> = None;
        for (number, _) in self.shelf.eligible(&self.digests[at].stories) {
            let runner = &self.runners[number];
            let there = self.sponsors(at).any(|(holder, sponsor)| {
                holder == number || (holder != rich && sponsor == runner.flight.sponsor)
            });
            let may = self.open(at, number, slot) && runner.left() > 0 && !there;
            if may && runner.share_at_most(runner.got + 1, giver, giver.got - 1) {
                let further = poorest.is_none_or(|p| {
                    let best = &self.runners[p];
                    !best.share_at_most(best.got, runner, runner.got)
                });
                poorest = if further { Some(number) } else { poorest };
            }
        }
        poorest
    }

    /// The plan as it is handed out; every placement is charged.
    pub(super) fn write_down(mut self, order: &[usize], quotas: &mut Quotas) -> Vec<Vec<Proposed>> {
        let mut placed = vec![Vec::new(); self.digests.len()];
        self.runners.iter_mut().for_each(|r| r.got = 0);
        for &at in order {
            let mut seats = std::mem::take(&mut self.seats[at].0);
            seats.sort_unstable();
            let eligible = self.shelf.eligible(&self.digests[at].stories);
            for (slot, number) in seats {
                let beside = eligible
                    .iter()
                    .find(|(n, _)| *n == number)
                    .and_then(|(_, t)| *t);
                let runner = &mut self.runners[number];
                let Some((_, creative)) = runner.fits.iter().find(|(s, _)| *s == slot) else {
                    continue;
                };
                placed[at].push(Proposed {
                    slot,
                    flight: runner.flight.id,
                    creative: *creative,
                    reason: reason(runner, beside),
                });
                runner.got += 1;
                quotas.charge(runner.flight.id);
            }
        }
        placed
    }

    /// Who may stand in a digest by its stories and slots and neither stands there nor has a
    /// sponsor who does.
    fn newcomers(&self, at: usize) -> Vec<usize> {
        let digest = &self.digests[at];
        let count = digest.stories.len();
        if Slot::ALL.iter().all(|slot| !in_layout(*slot, count)) {
            return Vec::new();
        }
        let mut found: Vec<usize> = self
            .shelf
            .eligible(&digest.stories)
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        found.retain(|&number| {
            let runner = &self.runners[number];
            runner.left() > 0
                && runner
                    .fits
                    .iter()
                    .any(|(slot, _)| self.open(at, number, *slot))
                && self
                    .sponsors(at)
                    .all(|(_, sponsor)| sponsor != runner.flight.sponsor)
        });
        found
    }

    /// Whether a flight may stand in a slot of a digest, whoever stands there.
    fn open(&self, at: usize, number: usize, slot: Slot) -> bool {
        let digest = &self.digests[at];
        self.runners[number].takes(slot)
            && in_layout(slot, digest.stories.len())
            && !self.shelf.repelled(number, digest, slot)
    }

    fn sponsors(&self, at: usize) -> impl Iterator<Item = (usize, SponsorId)> {
        self.seats[at]
            .0
            .iter()
            .map(|(_, number)| (*number, self.runners[*number].flight.sponsor))
    }

    fn seat(&mut self, at: usize, number: usize) {
        let sponsor = self.runners[number].flight.sponsor;
        if self.sponsors(at).any(|(_, other)| other == sponsor) {
            return;
        }
        let mut seats = std::mem::take(&mut self.seats[at]);
        let open = |number: usize, slot: Slot| self.open(at, number, slot);
        let seated = seats.seat(number, &open, &mut Vec::new());
        self.seats[at] = seats;
        if seated {
            self.runners[number].got += 1;
        }
    }
}

/// The slots of one digest that are taken, and by which runner.
#[derive(Clone, Default)]
struct Seats(Vec<(Slot, usize)>);

impl Seats {
    /// Seats a runner in the first slot that is free for it, moving others where that frees one.
    /// `tried` are the slots on the way that led nowhere, so it goes as deep as there are slots.
    fn seat(
        &mut self,
        number: usize,
        may: &dyn Fn(usize, Slot) -> bool,
        tried: &mut Vec<Slot>,
    ) -> bool {
        let slots = Slot::ALL.iter().copied();
        let mut open: Vec<Slot> = slots.filter(|slot| may(number, *slot)).collect();
        open.sort_by_key(|slot| (self.holder(*slot).is_some(), *slot));
        for slot in open {
            if tried.contains(&slot) {
                continue;
            }
            tried.push(slot);
            let held = self.holder(slot);
            if held.is_none_or(|other| self.seat(other, may, tried)) {
                self.0.retain(|(s, n)| *s != slot && *n != number);
                self.0.push((slot, number));
                return true;
            }
        }
        false
    }

    fn holder(&self, slot: Slot) -> Option<usize> {
        self.0
            .iter()
            .find(|(s, _)| *s == slot)
            .map(|(_, number)| *number)
    }
}

fn reason(runner: &Runner<'_>, beside: Option<&Slug>) -> String {
    let mut words = format!(
        "guaranteed: {} of {} left",
        runner.left(),
        runner.flight.booked
    );
    if let Some(topic) = beside {
        words.push_str(&format!(", with {topic} in the letter"));
    }
    words
}
