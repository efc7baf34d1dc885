//! Sponsors of a whole wave: what planning it at once delivers, and takes, beside filling each digest in
//! turn.
//!
//! `cargo bench --bench sponsors -- [--digests 1000000] [--classes 20000] [--flights 200] [--load 110]`.
//! Four slots, three tiers, half of the flights in thirty exclusion groups, each flight eligible in a
//! tenth of the classes, classes of unequal size, quotas of unequal size that sum to `load` hundredths
//! of all slots. The waterfall goes through the digests in the order of a hash and gives each slot to
//! whom of the highest tier that is furthest behind its quota. The last line is JSON: what the plan
//! delivers in all over what the waterfall does, and the plan's time over the waterfall's. It fails if
//! any tier of the plan is not proven the greatest.

#[expect(dead_code, reason = "shared with the integration tests")]
#[path = "../tests/it/support/synthetic/dice.rs"]
mod dice;

use std::cmp::Reverse;
use std::time::Instant;

use courant::sponsors::solve::{Class, Flight, Slots, TIERS, Wave, solve};
use dice::Dice;
use serde_json::json;

const SLOTS: usize = 4;

struct Size {
    digests: u64,
    classes: usize,
    flights: usize,
    load: u64,
}

fn main() {
    let size = size();
    let wave = wave(&size);
    let began = Instant::now();
    let plan = solve(&wave);
    let took = began.elapsed();
    assert_eq!(plan.gap, [0; TIERS], "a flow has no gap");
    let configurations: usize = plan.placements.iter().map(Vec::len).sum();
    println!(
        "planned: {took:.2?}, {configurations} configurations, tiers {:?}",
        plan.tiers
    );
    let began = Instant::now();
    let filled = waterfall(&wave);
    let turn = began.elapsed();
    println!("filled in turn: {turn:.2?}, tiers {filled:?}");
    let all = |tiers: [u64; TIERS]| tiers.iter().sum::<u64>().max(1) as f64;
    let line = json!({
        "bench": "sponsors",
        "vs_waterfall_delivered": rounded(all(plan.tiers) / all(filled)),
        "vs_waterfall_time": rounded(took.as_secs_f64() / turn.as_secs_f64()),
        "classes": wave.classes.len(),
        "rss_mib": rss_mib(),
    });
    println!("{line}");
}

fn size() -> Size {
    let mut size = Size {
        digests: 1_000_000,
        classes: 20_000,
        flights: 200,
        load: 110,
    };
    // cargo itself adds `--bench`.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let value = args
            .next()
            .unwrap_or_else(|| panic!("{arg} needs a number"));
        let number: u64 = value
            .parse()
            .unwrap_or_else(|_| panic!("{arg} {value} is no number"));
        match arg.as_str() {
            "--digests" => size.digests = number,
            "--classes" => size.classes = number as usize,
            "--flights" => size.flights = number as usize,
            "--load" => size.load = number,
            _ => panic!("{arg} is no option"),
        }
    }
    size
}

fn wave(size: &Size) -> Wave {
    let mut dice = Dice::of(1, &[]);
    let weights: Vec<u64> = (0..size.flights).map(|_| 1 + dice.next() % 100).collect();
    let booked = size.digests * SLOTS as u64 * size.load / 100;
    let all: u64 = weights.iter().sum();
    // A group's flights take the same slots: this is the flow.
    let of_group: Vec<Slots> = (0..30).map(|_| 1 + dice.below(15) as Slots).collect();
    let mut slots = Vec::with_capacity(size.flights);
    let mut flights = Vec::with_capacity(size.flights);
    for (number, weight) in weights.iter().enumerate() {
        let group = (number % 2 == 0).then(|| dice.below(30));
        slots.push(group.map_or_else(|| 1 + dice.below(15) as Slots, |group| of_group[group]));
        flights.push(Flight {
            tier: 1 + (number % 3) as u8,
            quota: booked * weight / all,
            group: group.map(|group| group as u32),
            all: false,
        });
    }
    let mut left = size.digests;
    let mean = size.digests / size.classes as u64;
    let classes = (0..size.classes).map(|number| {
        let rest = (size.classes - number - 1) as u64;
        let count = match rest {
            0 => left,
            _ => (1 + dice.next() % (2 * mean).max(1)).min(left.saturating_sub(rest)),
        };
        left -= count;
        let there = slots.iter().enumerate().filter(|_| dice.in_thousand(100));
        Class {
            count,
            slots: 0b1111,
            eligible: there
                .map(|(flight, slots)| (flight as u32, *slots))
                .collect(),
        }
    });
    Wave {
        slots: SLOTS,
        classes: classes.collect(),
        flights,
    }
}

/// What each tier gets when every digest is filled in turn.
fn waterfall(wave: &Wave) -> [u64; TIERS] {
    let mut digests: Vec<u32> = Vec::new();
    for (number, class) in wave.classes.iter().enumerate() {
        digests.extend((0..class.count).map(|_| number as u32));
    }
    let mut dice = Dice::of(2, &[]);
    for at in (1..digests.len()).rev() {
        digests.swap(at, dice.below(at + 1));
    }
    let mut left: Vec<u64> = wave.flights.iter().map(|f| f.quota).collect();
    let mut tiers = [0; TIERS];
    for digest in digests {
        let mut order = wave.classes[digest as usize].eligible.clone();
        order.sort_by_key(|(flight, _)| {
            let own = &wave.flights[*flight as usize];
            let part = left[*flight as usize] * 1_000_000 / own.quota.max(1);
            (own.tier, Reverse(part), *flight)
        });
        let (mut taken, mut groups): (Slots, u32) = (0, 0);
        for (flight, slots) in order {
            let own = &wave.flights[flight as usize];
            let group = own.group.map_or(0, |group| 1 << group);
            let free = slots & !taken;
            if left[flight as usize] > 0 && free != 0 && groups & group == 0 {
                taken |= free & free.wrapping_neg();
                groups |= group;
                left[flight as usize] -= 1;
                tiers[own.tier as usize] += 1;
            }
        }
    }
    tiers
}

fn rounded(ratio: f64) -> f64 {
    (ratio * 1_000.0).round() / 1_000.0
}

/// The most memory that this process had, where the system says it.
fn rss_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
