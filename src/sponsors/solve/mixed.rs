//! Waves that are no flow: a group's flights differ in the slots that they may take in a class. Such
//! a class's digests are split among the gates of the group, one for each set of slots, and with the
//! splits given it is a flow again. Splits are found by prices, by letting gates lend what they do
//! not use, and by moving single digests; how far this is from the best is bounded by prices.

use std::collections::{BTreeSet, VecDeque};

use super::graph::{Gate, Graph, Splits};
use super::prices::{self, Question};
use super::wave::{Slots, TIERS, Wave};

/// Times that better splits are looked for.
const ROUNDS: usize = 16;
/// Arcs that the moving of single digests may look at.
const EFFORT: usize = 6_000_000;

/// Splits, and for each tier how far from its bound it is with them.
pub(super) struct Mixed {
    pub(super) splits: Splits,
    pub(super) gap: [u64; TIERS],
}

/// A gate by its class, its group and its slots.
type Split = (u32, u32, Slots);

fn named(gate: &Gate) -> Split {
    (gate.class, gate.group, gate.slots)
}

/// What a wave comes to with splits.
#[derive(Clone)]
struct Filled {
    tiers: [i64; TIERS],
    splits: Splits,
    /// Gates that could give, with gates that would take more.
    moves: Vec<(Split, Split)>,
    arcs: usize,
}

/// Finds splits; none where the wave is a flow.
pub(super) fn split(wave: &Wave) -> Option<Mixed> {
    let empty = Graph::new(wave, &Splits::new());
    if empty.gates.is_empty() {
        return None;
    }
    let free = relaxed(wave);
    let even = shared(wave, &empty.gates, &Splits::new());
    let mut best = fill(wave, &even);
    let mut effort = EFFORT;
    for _ in 0..ROUNDS {
        let (most, wanted) = bounds(wave, &best.tiers, &free);
        // A tier within half a hundredth of its bound is not worth more effort.
        let open = (0..TIERS).any(|t| (most[t] - best.tiers[t]) * 200 > most[t]);
        let priced = wanted.map(|wanted| fill(wave, &shared(wave, &empty.gates, &wanted)));
        let before = best.tiers;
        match priced {
            Some(priced) if priced.tiers > best.tiers => best = priced,
            priced if open => {
                best = improve(wave, best, &mut effort);
                let other = priced.map(|priced| improve(wave, priced, &mut effort));
                if let Some(other) = other.filter(|other| other.tiers > best.tiers) {
                    best = other;
                }
            }
            _ => {}
        }
        if best.tiers == before {
            break;
        }
    }
    let known = served(wave, &best.splits);
    let (most, _) = bounds(wave, &known, &free);
    let gap = |tier: usize| (most[tier] - known[tier]).unsigned_abs();
    Some(Mixed {
        gap: std::array::from_fn(gap),
        splits: best.splits,
    })
}

/// For each tier the most that it can have beside what the tiers above have, and the splits by the
/// prices of the lowest tier that is short.
fn bounds(wave: &Wave, known: &[i64; TIERS], free: &[Vec<bool>]) -> ([i64; TIERS], Option<Splits>) {
    let (mut most, mut splits) = (*known, None);
    for tier in 0..TIERS {
        let own = wave.flights.iter().filter(|f| usize::from(f.tier) == tier);
        if own.map(|f| f.quota as i64).sum::<i64>() > known[tier] {
            let question = Question { wave, tier, known };
            let answer = prices::bound(question, &free[tier]);
            most[tier] = answer.most;
            if answer.most > known[tier] {
                splits = Some(answer.splits);
            }
        }
    }
    (most, splits)
}

/// The totals of the tiers of a wave, as if every gate of a group could take all digests.
pub(super) fn totals(wave: &Wave) -> [i64; TIERS] {
    served(wave, &Splits::new())
}

/// The totals of the tiers with splits as they are.
fn served(wave: &Wave, splits: &Splits) -> [i64; TIERS] {
    let mut graph = Graph::new(wave, splits);
    let mut totals = [0; TIERS];
    for (tier, total) in totals.iter_mut().enumerate() {
        supply(&mut graph, tier);
        *total = graph.net.augment();
        for (number, flight) in wave.flights.iter().enumerate() {
            if usize::from(flight.tier) == tier {
                graph.supply(number as u32, 0);
            }
        }
    }
    totals
}

/// Splits that use every digest of a class: what is wanted, scaled down where it is too much, the
/// rest shared out evenly.
fn shared(wave: &Wave, gates: &[Gate], wanted: &Splits) -> Splits {
    let mut splits = Splits::new();
    for gate in gates {
        let key = (gate.class, gate.group);
        let want = wanted
            .get(&key)
            .and_then(|s| s.iter().find(|s| s.0 == gate.slots));
        let split = (gate.slots, want.map_or(0, |(_, n)| *n));
        splits.entry(key).or_default().push(split);
    }
    for ((class, _), split) in &mut splits {
        let count = wave.classes[*class as usize].count as i64;
        let sum: i64 = split.iter().map(|(_, n)| n).sum();
        if sum > count {
            for (_, n) in split.iter_mut() {
                *n = (i128::from(*n) * i128::from(count) / i128::from(sum)) as i64;
            }
        }
        let left = count - split.iter().map(|(_, n)| n).sum::<i64>();
        let gates = split.len() as i64;
        for (number, (_, n)) in split.iter_mut().enumerate() {
            *n += left / gates + i64::from((number as i64) < left % gates);
        }
    }
    splits
}

/// For each tier the flights that a cut of the wave without the limits between gates leaves free.
fn relaxed(wave: &Wave) -> Vec<Vec<bool>> {
    let mut graph = Graph::new(wave, &Splits::new());
    let mut free = Vec::with_capacity(TIERS);
    for tier in 0..TIERS {
        supply(&mut graph, tier);
        graph.net.augment();
        let flights = 0..wave.flights.len() as u32;
        free.push(flights.map(|f| graph.near(f)).collect());
    }
    free
}

fn supply(graph: &mut Graph<'_>, tier: usize) {
    for (number, flight) in graph.wave.flights.iter().enumerate() {
        if usize::from(flight.tier) == tier {
            let has = graph.got(number as u32);
            graph.supply(number as u32, flight.quota as i64 - has);
        }
    }
}

/// Serves the tiers in turn; gates lend one another what they do not use.
fn fill(wave: &Wave, splits: &Splits) -> Filled {
    let mut graph = Graph::new(wave, splits);
    let mut filled = Filled {
        tiers: [0; TIERS],
        splits: Splits::new(),
        moves: Vec::new(),
        arcs: graph.net.size(),
    };
    for tier in 0..TIERS {
        supply(&mut graph, tier);
        let mut idle = 0;
        graph.net.augment();
        while idle < 3 && lend(&mut graph) {
            idle = if graph.net.augment() > 0 { 0 } else { idle + 1 };
        }
        filled.moves.extend(wishes(&graph));
        for (number, flight) in wave.flights.iter().enumerate() {
            if usize::from(flight.tier) == tier {
                filled.tiers[tier] += graph.got(number as u32);
                graph.supply(number as u32, 0);
            }
        }
    }
    for gate in &graph.gates {
        let has = (
            gate.slots,
            graph.net.room(gate.arc) + graph.net.flow(gate.arc),
        );
        filled
            .splits
            .entry((gate.class, gate.group))
            .or_default()
            .push(has);
    }
    filled
}

/// The gates of one group in one class.
fn runs(gates: &[Gate]) -> impl Iterator<Item = &[Gate]> {
    gates.chunk_by(|a, b| (a.class, a.group) == (b.class, b.group))
}

fn wants(graph: &Graph<'_>, gate: &Gate) -> bool {
    let beyond = graph.net.head(gate.arc);
    graph.net.room(gate.arc) == 0 && graph.net.near(gate.node) && !graph.net.near(beyond)
}

/// Moves what gates do not use to gates that want more; whether anything moved.
fn lend(graph: &mut Graph<'_>) -> bool {
    let mut loans = Vec::new();
    for run in runs(&graph.gates) {
        let Some(to) = run.iter().find(|gate| wants(graph, gate)) else {
            continue;
        };
        for from in run {
            let spare = graph.net.room(from.arc);
            if spare > 0 && from.arc != to.arc {
                loans.push((from.arc, to.arc, spare));
            }
        }
    }
    for (from, to, spare) in &loans {
        graph.net.set_room(*from, 0);
        graph.net.set_room(*to, graph.net.room(*to) + spare);
    }
    !loans.is_empty()
}

/// Single digests that could move from a gate to one that wants more.
fn wishes(graph: &Graph<'_>) -> Vec<(Split, Split)> {
    let mut moves = Vec::new();
    for run in runs(&graph.gates) {
        for to in run.iter().filter(|gate| wants(graph, gate)) {
            let others = run.iter().filter(|gate| gate.slots != to.slots);
            moves.extend(others.map(|from| (named(from), named(to))));
        }
    }
    moves
}

/// Moves single digests between gates as long as the effort allows: a better wave is gone on from
/// at once, equally good ones in turn.
fn improve(wave: &Wave, best: Filled, effort: &mut usize) -> Filled {
    let cost = best.arcs.max(1);
    let mut seen = BTreeSet::from([best.splits.clone()]);
    let mut open = VecDeque::from([best.clone()]);
    let mut best = best;
    while let Some(at) = open.pop_front() {
        let wishes = at.moves.iter().flat_map(|(from, to)| {
            let has = digests(&at.splits, *from);
            [(*from, *to, has / 2), (*from, *to, 1)]
        });
        let any = pairs(&at.splits).map(|(from, to)| (from, to, 1));
        for (from, to, digests) in wishes.chain(any) {
            let Some(splits) = moved(&at.splits, from, to, digests) else {
                continue;
            };
            if *effort < cost {
                return best;
            }
            *effort -= cost;
            let tried = fill(wave, &splits);
            if tried.tiers > best.tiers {
                best = tried.clone();
                open = VecDeque::from([tried]);
                break;
            }
            if tried.tiers == best.tiers && seen.insert(tried.splits.clone()) {
                open.push_back(tried);
            }
        }
    }
    best
}

/// All pairs of gates of one group in one class.
fn pairs(splits: &Splits) -> impl Iterator<Item = (Split, Split)> {
    splits.iter().flat_map(|(key, gates)| {
        let gate = |(slots, _): &(Slots, i64)| (key.0, key.1, *slots);
        let from = gates.iter().map(gate);
        from.flat_map(move |from| gates.iter().map(move |to| (from, gate(to))))
    })
}

/// Digests of a gate.
fn digests(splits: &Splits, gate: Split) -> i64 {
    let split = splits.get(&(gate.0, gate.1)).into_iter().flatten();
    split.filter(|s| s.0 == gate.2).map(|s| s.1).sum()
}

/// Splits with digests moved; none where there are none to move.
fn moved(splits: &Splits, from: Split, to: Split, amount: i64) -> Option<Splits> {
    if amount == 0 || from == to || digests(splits, from) < amount {
        return None;
    }
    let mut splits = splits.clone();
    for (slots, n) in splits.get_mut(&(from.0, from.1)).into_iter().flatten() {
        *n += amount * (i64::from(*slots == to.2) - i64::from(*slots == from.2));
    }
    Some(splits)
}
