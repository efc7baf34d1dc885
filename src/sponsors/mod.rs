//! Sponsor placement: which creative stands in which slot of which digest of a wave, and why. Pure
//! and integer; it reads finished digests and moves only sponsors, never stories. It does not know
//! readers, prices, or how a creative looks.
//!
//! # The rules
//! - Only approved flights run, from `starts_at` on and before `ends_at`, and never for more sends
//!   than their quota: what is left of what was booked ([`Quotas`]).
//! - A flight and a sponsor stand in a digest at most once.
//! - `beside`: a flight that names topics stands only in a digest with a story on one of them,
//!   wherever in the digest that story stands.
//! - `avoid`: a flight stands in no digest of which any story has a topic or category that it
//!   avoids. Words are compared whole, without regard to case, spacing and hyphens.
//! - `safety`: a flight stands in no digest, or in no slot directly above or below a story, of which
//!   the story's risk is more than its profile bears ([`crate::domain::safety`]).
//! - A layout has [`Slot::S1`] under the masthead and, from [`S2_FROM`] picks on, [`Slot::S2`]
//!   between the sections; a digest without picks has neither.
//! - A slot takes the largest creative that it has room for, else the next shorter one; of two of
//!   one size the one with the lower id.
//!
//! - `targeting`, `cap`, `gambling`: a flight stands in the digests of readers that it is for, by what
//!   they declared, and of none who saw it as often as they may.
//! - An exclusion group, or else a sponsor, stands in a digest at most once. A takeover that fills all
//!   slots, and a flight that is sold every digest, have theirs alone.
//!
//! # How a wave is planned
//! Before anything is placed, the digests of a wave are counted by who may stand where in them
//! ([`Board`], [`Census`]). Each flight gets a quota ([`pacing`]), the wave is solved as a whole
//! ([`solve`]), and the plan is a number of digests of each class for each configuration of sponsors
//! ([`Deck`]). Then each digest draws one of its class by a hash of its key and the edition's
//! ([`Dealer`]), so that nobody's alphabet or time of joining decides. What was not foreseen, such as a
//! flight that is paused meanwhile, is planned among the digests at hand of what is left.

mod board;
mod classes;
mod deal;
mod eligible;
pub mod pacing;
mod quotas;
pub mod report;
pub mod solve;
mod why;

use std::cmp::Reverse;

use crate::domain::article::TopicWeight;
use crate::domain::goal::Goal;
use crate::domain::labels::Risk;
use crate::domain::selection::Candidate;
use crate::domain::sponsor::{Creative, CreativeSize, CreativeState, Flight, FlightState, Slot};
use crate::domain::targeting::Declared;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, CreativeId, FlightId};

pub use board::{Board, Signature, Standing};
pub use classes::{Census, Deck, Drawn, StoredClass, StoredConfiguration};
pub use deal::{Asks, Dealer, Dealt, Mark};
pub use quotas::Quotas;
pub use why::{Chance, chance, why_not};

/// The fewest picks of a digest that has a slot between its sections.
pub const S2_FROM: usize = 3;

/// A finished digest as sponsors see it: its stories, in their order, and no reader.
#[derive(Clone, Debug, Default)]
pub struct Outline<'a> {
    /// Names the digest in hashes: the same digest needs the same key in every run.
    pub key: i64,
    /// Its picks, in the order in which they are printed.
    pub stories: Vec<StoryLabels<'a>>,
    /// How many of them stand before each slot; a slot that it does not name is beside none.
    pub slots: Vec<(Slot, usize)>,
}

impl Outline<'_> {
    /// The stories directly above and below a slot, by their place.
    fn beside(&self, slot: Slot) -> impl Iterator<Item = usize> {
        let before = self.slots.iter().find(|(s, _)| *s == slot);
        let around = before.map(|(_, n)| n.saturating_sub(1)..(n + 1).min(self.stories.len()));
        around.into_iter().flatten()
    }
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
    /// What makes it a risk.
    pub risk: &'a Risk,
    /// What people call it.
    pub headline: &'a str,
}

impl<'a> StoryLabels<'a> {
    /// The labels of a candidate that was picked.
    pub fn of(candidate: &'a Candidate) -> StoryLabels<'a> {
        StoryLabels {
            article: candidate.article,
            topics: &candidate.topics,
            categories: &candidate.categories,
            risk: &candidate.risk,
            headline: &candidate.headline,
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
    /// Why, for a report: `guaranteed: 12 of 40 left, with city in the letter`, counted before
    /// this placement.
    pub reason: String,
}

/// Places creatives in some digests as a wave of their own, with all that flights have left: for each
/// digest its placements in the order of the slots. `largest` is the room of each slot; a slot that it
/// does not name is not in the layout. `quotas` is charged for every placement, so a caller that works
/// in parts hands the same one in again. Whom the digests are for is not asked.
pub fn place(
    digests: &[Outline<'_>],
    flights: &[Flight],
    now: Timestamp,
    largest: &[(Slot, CreativeSize)],
    quotas: &mut Quotas,
) -> Vec<Vec<Proposed>> {
    let of: Vec<(Outline<'_>, Option<Declared<'_>>)> =
        digests.iter().map(|d| (d.clone(), None)).collect();
    place_for(&of, flights, now, largest, quotas)
}

/// The same, each digest for a reader by what they declared.
pub fn place_for(
    digests: &[(Outline<'_>, Option<Declared<'_>>)],
    flights: &[Flight],
    now: Timestamp,
    largest: &[(Slot, CreativeSize)],
    quotas: &mut Quotas,
) -> Vec<Vec<Proposed>> {
    let stories = digests.iter().flat_map(|(d, _)| d.stories.iter().copied());
    let board = Board::new(flights, stories, now, largest);
    let mut census = Census::default();
    let mut asks = Vec::with_capacity(digests.len());
    for (outline, reader) in digests {
        let standing = board.standing(outline);
        let signature = board.signature(&standing, reader.as_ref(), &[]);
        census.add(&signature);
        asks.push(Asks {
            outline: outline.clone(),
            signature,
        });
    }
    let eligible = census.eligible(&board);
    let spare = board.flights().zip(eligible).map(|(flight, eligible)| {
        let part = match flight.goal {
            // A single digest has a part of a share too.
            Goal::Share(percent) => (eligible * i64::from(percent) + 99) / 100,
            Goal::Every | Goal::Rest => eligible,
            Goal::Sends(_) => i64::MAX,
        };
        part.min(quotas.open(flight))
    });
    let spare = spare.collect();
    let mut dealer = Dealer::with(quotas, spare);
    let dealt = dealer.deal(&board, &asks, flights);
    *quotas = dealer.quotas();
    dealt.into_iter().map(|d| d.placements).collect()
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
        let may = |c: &&Creative| new && c.size <= *room && c.state == CreativeState::Approved;
        let small = flight.creatives.iter().filter(may);
        let best: Option<&Creative> = small.max_by_key(|c| (c.size, Reverse(c.id)));
        fits.extend(best.map(|creative| (*slot, creative.id)));
    }
    fits
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
