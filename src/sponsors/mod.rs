//! Sponsor placement: which creative stands in which slot of which digest of a wave, and why. Pure
//! and integer; it reads finished digests and moves only sponsors, never stories. It does not know
//! readers, prices, or how a creative looks.
//!
//! # The rules
//! - Only approved flights run, from `starts_at` on and before `ends_at`, and never for more sends
//!   than their quota: what is left of what was booked ([`Quotas`]).
//! - A flight and a sponsor stand in a digest at most once.
//! - `beside`: a flight that names topics stands only in a digest with a story on one of them.
//! - `avoid`: a flight stands in no digest of which any story has a topic or category that it
//!   avoids. Words are compared whole, without regard to case, spacing and hyphens.
//! - A layout has [`Slot::S1`] under the masthead and, from [`S2_FROM`] picks on, [`Slot::S2`]
//!   between the sections; a digest without picks has neither.
//! - A slot takes the largest creative that it has room for, else the next shorter one; of two of
//!   one size the one with the lower id.
//!
//! # Who goes first
//! Digests are served in the order of a hash of their keys, so that nobody's alphabet or time of
//! joining decides. In each, the flights that may stand there come in the order of their need: what
//! is left of their quota for each digest that they may still stand in. A flight with little choice
//! thus goes before one that finds a place anywhere. Equal need is settled by a hash of (flight,
//! digest), then by flight id. A flight with no free slot moves an earlier one to another slot where
//! that is possible and never pushes it out. The result is greedy: it wastes no slot that a flight
//! with quota could have, but is not always the largest total.

mod eligible;
mod quotas;

use std::cmp::{Ordering, Reverse};

use crate::domain::article::TopicWeight;
use crate::domain::selection::Candidate;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, CreativeSize, Flight, FlightState, Slot};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, CreativeId, FlightId};
use eligible::Shelf;

pub use quotas::Quotas;

/// The fewest picks of a digest that has a slot between its sections.
pub const S2_FROM: usize = 3;

/// A finished digest as sponsors see it: its stories, in their order, and no reader.
#[derive(Clone, Debug, Default)]
pub struct Outline<'a> {
    /// Names the digest in hashes: the same digest needs the same key in every run.
    pub key: i64,
    /// Its picks.
    pub stories: Vec<StoryLabels<'a>>,
}

/// What a pick is about, for sponsors. In one call an article has the same labels everywhere.
#[derive(Clone, Copy, Debug)]
pub struct StoryLabels<'a> {
    /// The article that is printed.
    pub article: ArticleId,
    /// Its topics; weights do not matter here.
    pub topics: &'a [TopicWeight],
    /// Its source's category words.
    pub categories: &'a [String],
}

impl<'a> StoryLabels<'a> {
    /// The labels of a candidate that was picked.
    pub fn of(candidate: &'a Candidate) -> StoryLabels<'a> {
        StoryLabels {
            article: candidate.article,
            topics: &candidate.topics,
            categories: &candidate.categories,
        }
    }
}

/// A creative that shall stand in a digest's slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Where.
    pub slot: Slot,
    /// Whose.
    pub flight: FlightId,
    /// Which text.
    pub creative: CreativeId,
    /// Why, for a report: `guaranteed: 12 of 40 left, beside city`, counted before this placement.
    pub reason: String,
}

/// Places creatives in the digests of a wave, or of a slice of one: for each digest its placements
/// in the order of the slots. `largest` is the room of each slot; a slot that it does not name is
/// not in the layout. `quotas` is charged for every placement, so a caller that works in slices
/// hands the same one in again; need is judged within a call.
pub fn place(
    digests: &[Outline<'_>],
    flights: &[Flight],
    now: Timestamp,
    largest: &[(Slot, CreativeSize)],
    quotas: &mut Quotas,
) -> Vec<Vec<Proposed>> {
    let mut wave = Wave::new(digests, flights, now, largest, quotas);
    let mut order: Vec<usize> = (0..digests.len()).collect();
    order.sort_by_key(|&at| (hash(0, digests[at].key), digests[at].key, at));
    let mut placed = vec![Vec::new(); digests.len()];
    for at in order {
        placed[at] = wave.serve(&digests[at], quotas);
    }
    placed
}

/// A flight that may run now, with its creative for each slot.
struct Runner<'a> {
    flight: &'a Flight,
    fits: Vec<(Slot, CreativeId)>,
    left: i64,
    /// Digests not yet served in which it may stand.
    chances: i64,
}

struct Wave<'a> {
    runners: Vec<Runner<'a>>,
    shelf: Shelf<'a>,
}

impl<'a> Wave<'a> {
    fn new(
        digests: &[Outline<'a>],
        flights: &'a [Flight],
        now: Timestamp,
        largest: &[(Slot, CreativeSize)],
        quotas: &mut Quotas,
    ) -> Wave<'a> {
        let mut running: Vec<&Flight> = flights.iter().filter(|f| runs(f, now)).collect();
        running.sort_by_key(|f| f.id);
        running.dedup_by_key(|f| f.id);
        let runners: Vec<Runner<'a>> = running
            .into_iter()
            .map(|flight| Runner {
                flight,
                fits: fits(flight, largest),
                left: quotas.open(flight),
                chances: 0,
            })
            .filter(|r| r.left > 0 && !r.fits.is_empty())
            .collect();
        let shelf = Shelf::new(runners.iter().map(|r| r.flight).collect(), digests);
        let mut wave = Wave { runners, shelf };
        for digest in digests {
            for (number, _) in wave.may_stand(digest) {
                wave.runners[number].chances += 1;
            }
        }
        wave
    }

    /// The runners that may stand in a digest, each with the topic that it stands beside.
    fn may_stand(&self, digest: &Outline<'_>) -> Vec<(usize, Option<&'a Slug>)> {
        let mut found = self.shelf.eligible(&digest.stories);
        let count = digest.stories.len();
        found.retain(|(number, _)| {
            self.runners[*number]
                .fits
                .iter()
                .any(|(slot, _)| in_layout(*slot, count))
        });
        found
    }

    fn serve(&mut self, digest: &Outline<'_>, quotas: &mut Quotas) -> Vec<Proposed> {
        let mut eligible = self.may_stand(digest);
        eligible.sort_by(|(a, _), (b, _)| {
            by_need(&self.runners[*a], &self.runners[*b]).then_with(|| {
                let tie = |number: usize| hash(self.runners[number].flight.id.0, digest.key);
                (tie(*a), *a).cmp(&(tie(*b), *b))
            })
        });
        for (number, _) in &eligible {
            self.runners[*number].chances -= 1;
        }
        let mut taken = Taken::default();
        for (number, _) in &eligible {
            let runner = &self.runners[*number];
            let sponsor = runner.flight.sponsor;
            let stands = |n: &usize| self.runners[*n].flight.sponsor == sponsor;
            if runner.left > 0 && !taken.slots.iter().any(|(_, n)| stands(n)) {
                taken.seat(
                    *number,
                    &self.runners,
                    digest.stories.len(),
                    &mut Vec::new(),
                );
            }
        }
        taken.slots.sort_unstable();
        let mut proposed = Vec::with_capacity(taken.slots.len());
        for (slot, number) in taken.slots {
            let beside = eligible
                .iter()
                .find(|(n, _)| *n == number)
                .and_then(|(_, topic)| *topic);
            let runner = &mut self.runners[number];
            let Some((_, creative)) = runner.fits.iter().find(|(s, _)| *s == slot) else {
                continue;
            };
            proposed.push(Proposed {
                slot,
                flight: runner.flight.id,
                creative: *creative,
                reason: reason(runner, beside),
            });
            runner.left -= 1;
            quotas.charge(runner.flight.id);
        }
        proposed
    }
}

/// The slots of one digest that are taken, and by which runner.
#[derive(Default)]
struct Taken {
    slots: Vec<(Slot, usize)>,
}

impl Taken {
    /// Seats a runner in the first slot that is free for it, moving others where that frees one.
    /// `tried` are the slots on the way that led nowhere; at most as deep as there are slots.
    fn seat(
        &mut self,
        number: usize,
        runners: &[Runner<'_>],
        count: usize,
        tried: &mut Vec<Slot>,
    ) -> bool {
        let fits = runners[number].fits.iter().map(|(slot, _)| *slot);
        let mut open: Vec<Slot> = fits.filter(|slot| in_layout(*slot, count)).collect();
        open.sort_by_key(|slot| (self.holder(*slot).is_some(), *slot));
        for slot in open {
            if tried.contains(&slot) {
                continue;
            }
            tried.push(slot);
            let held = self.holder(slot);
            if held.is_none_or(|other| self.seat(other, runners, count, tried)) {
                self.slots.retain(|(s, n)| *s != slot && *n != number);
                self.slots.push((slot, number));
                return true;
            }
        }
        false
    }

    fn holder(&self, slot: Slot) -> Option<usize> {
        self.slots
            .iter()
            .find(|(s, _)| *s == slot)
            .map(|(_, number)| *number)
    }
}

fn runs(flight: &Flight, now: Timestamp) -> bool {
    flight.state == FlightState::Approved && flight.starts_at <= now && now < flight.ends_at
}

fn in_layout(slot: Slot, picks: usize) -> bool {
    match slot {
        Slot::S1 => picks > 0,
        Slot::S2 => picks >= S2_FROM,
        Slot::S3 | Slot::S4 => false,
    }
}

/// For each slot that a flight may take, the largest of its creatives for which there is room.
fn fits(flight: &Flight, largest: &[(Slot, CreativeSize)]) -> Vec<(Slot, CreativeId)> {
    let mut fits: Vec<(Slot, CreativeId)> = Vec::new();
    for (slot, room) in largest {
        let new = flight.slots.contains(slot) && !fits.iter().any(|(s, _)| s == slot);
        let small = flight.creatives.iter().filter(|c| new && c.size <= *room);
        let best: Option<&Creative> = small.max_by_key(|c| (c.size, Reverse(c.id)));
        fits.extend(best.map(|creative| (*slot, creative.id)));
    }
    fits
}

/// The greater need first: left / chances, compared without dividing.
fn by_need(a: &Runner<'_>, b: &Runner<'_>) -> Ordering {
    let need = |x: &Runner<'_>, y: &Runner<'_>| i128::from(x.left) * i128::from(y.chances);
    need(b, a).cmp(&need(a, b))
}

fn reason(runner: &Runner<'_>, beside: Option<&Slug>) -> String {
    let mut words = format!(
        "guaranteed: {} of {} left",
        runner.left, runner.flight.booked
    );
    if let Some(topic) = beside {
        words.push_str(&format!(", beside {topic}"));
    }
    words
}

/// A fixed 64-bit mix of two numbers (the finaliser of SplitMix64, twice): the same in every
/// release, because a plan that is made again must come out the same.
fn hash(a: i64, b: i64) -> u64 {
    let mix = |mut z: u64| {
        z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    mix(mix(a.cast_unsigned()) ^ b.cast_unsigned())
}
