//! Upper bounds by prices, for waves that are no flow. Every flight has a price for a digest; with
//! prices given, each class is best served by one configuration, found exactly, and what that comes
//! to bounds every plan (Lagrange's relaxation of the quotas, and of what the tiers above have). The
//! prices are moved along the subgradient with Polyak's step a fixed number of times, in whole
//! numbers, and the lowest bound counts. The configurations on the way, averaged, say how a class's
//! digests are best split among the gates of a group.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::graph::{Splits, each};
use super::wave::{MOST_SLOTS, Slots, TIERS, Wave};

/// What a digest of the tier in question is worth, in the unit of prices.
const WORTH: i64 = 1 << 20;
/// Halvings that the averaged configurations lose in a pass: 1 of 32 is the last pass's.
const FADE: u32 = 5;
/// Halvings of a digest that averages are kept in.
const PARTS: u32 = 20;
/// Parts of a digest in a direction.
const FINE: i128 = 1 << 10;
/// The most that a digest of a tier above may be worth.
const MOST_WORTH: i128 = 64 << 20;
/// Looks at an eligible flight that one call may take.
const EFFORT: u64 = 60_000_000;
/// Fewest and most passes.
const PASSES: (u64, u64) = (40, 5_000);

/// What is asked: the most that a tier can have.
#[derive(Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) wave: &'q Wave,
    pub(super) tier: usize,
    /// What every tier is known to be able to have: the tiers above keep that.
    pub(super) known: &'q [i64; TIERS],
}

/// What is found out.
pub(super) struct Answer {
    /// No plan in which the tiers above have what they have has more of the tier.
    pub(super) most: i64,
    /// How the averaged configurations split the digests of classes among gates, in digests.
    pub(super) splits: Splits,
}

impl Question<'_> {
    fn above(&self) -> &[i64] {
        &self.known[..self.tier]
    }
}

struct Prices<'q> {
    question: Question<'q>,
    /// For each flight, 0 and more.
    prices: Vec<i64>,
    /// What a digest of each tier is worth.
    worth: [i64; TIERS],
    /// Digests of each flight in the last pass.
    used: Vec<i64>,
    /// The last direction, by flights and then by tiers above.
    last: Vec<i128>,
    splits: BTreeMap<(u32, u32, Slots), i64>,
}

/// Bounds a tier. `free` are the flights whose quotas do not bind, by another bound: their prices
/// begin at nothing, those of the others at their worth.
pub(super) fn bound(question: Question<'_>, free: &[bool]) -> Answer {
    let wave = question.wave;
    let looks: u64 = wave
        .classes
        .iter()
        .map(|c| c.eligible.len() as u64 + 16)
        .sum();
    let passes = (EFFORT / looks.max(1)).clamp(PASSES.0, PASSES.1);
    let worth = |tier: usize| match tier.cmp(&question.tier) {
        Ordering::Less => 2 * WORTH,
        Ordering::Equal => WORTH,
        Ordering::Greater => 0,
    };
    let mut prices = Prices {
        question,
        prices: vec![0; wave.flights.len()],
        worth: std::array::from_fn(worth),
        used: Vec::new(),
        last: vec![0; wave.flights.len() + question.tier],
        splits: BTreeMap::new(),
    };
    for (flight, free) in free.iter().enumerate() {
        prices.prices[flight] = if *free { 0 } else { prices.worth(flight) };
    }
    let mut best = i64::MAX;
    for _ in 0..passes {
        prices.splits.values_mut().for_each(|n| *n -= *n >> FADE);
        let value = prices.serve();
        best = best.min((value / i128::from(WORTH)) as i64);
        // Near enough: a thousandth is less than a wave turns out to differ by.
        if best - question.known[question.tier] <= best / 1_000 {
            break;
        }
        prices.step(value);
    }
    let mut splits = Splits::new();
    for ((class, group, slots), digests) in prices.splits {
        splits
            .entry((class, group))
            .or_default()
            .push((slots, digests >> PARTS));
    }
    Answer {
        most: best.max(question.known[question.tier]),
        splits,
    }
}

impl Prices<'_> {
    fn worth(&self, flight: usize) -> i64 {
        self.worth[usize::from(self.question.wave.flights[flight].tier)]
    }

    /// Serves every class by its best configuration; the bound that this proves.
    fn serve(&mut self) -> i128 {
        let wave = self.question.wave;
        let gains: Vec<i64> = (0..wave.flights.len())
            .map(|flight| self.worth(flight) - self.prices[flight])
            .collect();
        self.used = vec![0; wave.flights.len()];
        let mut bound = 0;
        for (known, worth) in self.question.above().iter().zip(&self.worth) {
            bound -= i128::from(*known) * i128::from(*worth);
        }
        for (flight, price) in wave.flights.iter().zip(&self.prices) {
            bound += i128::from(flight.quota) * i128::from(*price);
        }
        for (number, class) in wave.classes.iter().enumerate() {
            let (gain, chosen) = best(wave, &class.eligible, &gains);
            let count = class.count as i64;
            bound += i128::from(gain) * i128::from(count);
            for (flight, slots) in chosen {
                self.used[flight as usize] += count;
                let group = wave.flights[flight as usize].group;
                if let Some(group) = group {
                    *self
                        .splits
                        .entry((number as u32, group, slots))
                        .or_default() += (count << PARTS) >> FADE;
                }
            }
        }
        bound
    }

    /// Moves the prices against what was used too much or too little, each in the measure of its
    /// quota; and so what the tiers above are worth. The direction keeps of the last one what would
    /// lead back and forth (Camerini, Fratta, Maffioli).
    fn step(&mut self, value: i128) {
        let wave = self.question.wave;
        let mut tiers = [0; TIERS];
        let (mut off, mut measures) = (Vec::with_capacity(self.last.len()), Vec::new());
        for (flight, used) in wave.flights.iter().zip(&self.used) {
            off.push((i128::from(*used) - i128::from(flight.quota)) * FINE);
            measures.push(i128::from(flight.quota.max(1)));
            tiers[usize::from(flight.tier)] += used;
        }
        for (has, known) in tiers.iter().zip(self.question.above()) {
            off.push(i128::from(*known - has) * FINE);
            measures.push(i128::from(*known.max(&1)));
        }
        let product = |a: &[i128], b: &[i128]| -> i128 {
            let terms = a.iter().zip(b).zip(&measures);
            terms.fold(0_i128, |sum, ((a, b), measure)| {
                sum.saturating_add(a.saturating_mul(*b) / measure)
            })
        };
        let (turn, length) = (product(&off, &self.last), product(&self.last, &self.last));
        if turn < 0 && length > 0 {
            for (off, last) in off.iter_mut().zip(&self.last) {
                *off -= turn.saturating_mul(3 * last) / length.saturating_mul(2);
            }
        }
        let known = i128::from(self.question.known[self.question.tier]);
        let far = value - known * i128::from(WORTH);
        let norm = product(&off, &off).max(1);
        let steps = off
            .iter()
            .zip(&measures)
            .map(|(off, measure)| (far * FINE).saturating_mul(*off) / measure / norm);
        let steps: Vec<i128> = steps.collect();
        let moved = self.prices.iter_mut().chain(&mut self.worth);
        for (price, step) in moved.zip(steps) {
            *price = (i128::from(*price) + step).clamp(0, MOST_WORTH) as i64;
        }
        self.last = off;
    }
}

/// The configuration of a class that gains most, and its gain: one flight a slot, of a group one at
/// most. Exact: a slot is taken by one of the flights that gain most there, as many groups deep as
/// there are slots, and all sets of slots are gone through.
fn best(wave: &Wave, eligible: &[(u32, Slots)], gains: &[i64]) -> (i64, Vec<(u32, Slots)>) {
    let row = |flight: u32| match wave.flights[flight as usize].group {
        Some(group) => u64::from(group),
        None => (1 << 32) + u64::from(flight),
    };
    // The best flight of each of the best groups, for every slot.
    let mut tops: [Vec<(i64, u64, u32, Slots)>; MOST_SLOTS] = Default::default();
    for (flight, slots) in eligible {
        let gain = gains[*flight as usize];
        if gain <= 0 {
            continue;
        }
        let own = (gain, row(*flight), *flight, *slots);
        for slot in each(*slots).filter(|slot| *slot < wave.slots) {
            let top = &mut tops[slot];
            match top.iter().position(|other| other.1 == own.1) {
                Some(same) if top[same].0 >= gain => continue,
                Some(same) => drop(top.remove(same)),
                None => {}
            }
            let place = top.partition_point(|other| other.0 >= gain);
            if place < wave.slots {
                top.insert(place, own);
                top.truncate(wave.slots);
            }
        }
    }
    let mut search = Search {
        tops: &tops[..wave.slots],
        chosen: Vec::new(),
        best: (0, Vec::new()),
    };
    search.go(0, 0);
    let chosen = search
        .best
        .1
        .into_iter()
        .map(|(_, _, flight, slots)| (flight, slots));
    (search.best.0, chosen.collect())
}

type Top = (i64, u64, u32, Slots);

struct Search<'t> {
    tops: &'t [Vec<Top>],
    chosen: Vec<Top>,
    best: (i64, Vec<Top>),
}

impl Search<'_> {
    fn go(&mut self, slot: usize, gain: i64) {
        if gain > self.best.0 {
            self.best = (gain, self.chosen.clone());
        }
        let rest = self.tops[slot..].iter().filter_map(|top| top.first());
        let hope: i64 = rest.map(|top| top.0).sum();
        if slot == self.tops.len() || gain + hope <= self.best.0 {
            return;
        }
        for at in 0..self.tops[slot].len() {
            let top = self.tops[slot][at];
            if self.chosen.iter().all(|other| other.1 != top.1) {
                self.chosen.push(top);
                self.go(slot + 1, gain + top.0);
                self.chosen.pop();
            }
        }
        self.go(slot + 1, gain);
    }
}
