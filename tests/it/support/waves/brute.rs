//! Every plan of a small wave.

use std::collections::BTreeSet;

use courant::sponsors::solve::{Class, TIERS, Wave};

/// What can be delivered: for every plan there is, each flight's digests.
pub fn deliveries(wave: &Wave) -> BTreeSet<Vec<u64>> {
    let mut reached = BTreeSet::from([vec![0; wave.flights.len()]]);
    for class in &wave.classes {
        let digests = digests(wave, class);
        for _ in 0..class.count {
            let mut next = BTreeSet::new();
            for before in &reached {
                for digest in &digests {
                    let mut after = before.clone();
                    digest.iter().for_each(|f| after[*f as usize] += 1);
                    if after.iter().zip(&wave.flights).all(|(n, f)| *n <= f.quota) {
                        next.insert(after);
                    }
                }
            }
            reached = next;
        }
    }
    reached
}

/// Every set of flights that may stand in a digest together.
fn digests(wave: &Wave, class: &Class) -> BTreeSet<Vec<u32>> {
    let mut found = BTreeSet::new();
    fill(wave, class, 0, &mut Vec::new(), &mut found);
    for (flight, slots) in &class.eligible {
        if wave.flights[*flight as usize].all && *slots == class.slots {
            found.insert(vec![*flight]);
        }
    }
    found
}

fn fill(
    wave: &Wave,
    class: &Class,
    slot: usize,
    there: &mut Vec<u32>,
    found: &mut BTreeSet<Vec<u32>>,
) {
    if slot == wave.slots {
        let mut set = there.clone();
        set.sort_unstable();
        found.insert(set);
        return;
    }
    fill(wave, class, slot + 1, there, found);
    for (flight, slots) in &class.eligible {
        let own = wave.flights[*flight as usize];
        let clash = |other: &u32| {
            let others = wave.flights[*other as usize];
            other == flight || (own.group.is_some() && own.group == others.group)
        };
        if slots >> slot & 1 == 1 && !own.all && !there.iter().any(clash) {
            there.push(*flight);
            fill(wave, class, slot + 1, there, found);
            there.pop();
        }
    }
}

/// The best of some deliveries: whole takeovers first, then every tier's total in turn.
pub fn best(wave: &Wave, deliveries: &BTreeSet<Vec<u64>>) -> (u64, [u64; TIERS]) {
    let value = |delivered: &Vec<u64>| {
        let (mut takeovers, mut tiers) = (0, [0; TIERS]);
        for (flight, n) in wave.flights.iter().zip(delivered) {
            tiers[flight.tier as usize] += n;
            takeovers += if flight.all { *n } else { 0 };
        }
        (takeovers, tiers)
    };
    deliveries.iter().map(value).max().unwrap_or_default()
}

/// Of the deliveries with these totals down to a tier, the best lowest fraction in the tier:
/// (delivered, quota).
pub fn max_min(
    wave: &Wave,
    deliveries: &BTreeSet<Vec<u64>>,
    tiers: &[u64; TIERS],
    tier: usize,
) -> (u64, u64) {
    let total = |delivered: &[u64], tier: usize| -> u64 {
        let own = wave.flights.iter().zip(delivered);
        own.filter(|(f, _)| f.tier as usize == tier)
            .map(|(_, n)| n)
            .sum()
    };
    let mut best = (0, 1);
    for delivered in deliveries {
        if (0..=tier).all(|t| total(delivered, t) == tiers[t]) {
            let lowest = lowest(wave, delivered, tier);
            if lowest.0 * best.1 > best.0 * lowest.1 {
                best = lowest;
            }
        }
    }
    best
}

/// The lowest fraction of a tier's flights: (delivered, quota).
pub fn lowest(wave: &Wave, delivered: &[u64], tier: usize) -> (u64, u64) {
    let mut lowest = (1, 1);
    for (flight, n) in wave.flights.iter().zip(delivered) {
        let counts = flight.tier as usize == tier && flight.quota > 0;
        if counts && n * lowest.1 < lowest.0 * flight.quota {
            lowest = (*n, flight.quota);
        }
    }
    lowest
}
