//! Takeovers that fill whole digests. They are chosen first: as many as can be, in fair shares, mixed
//! over the classes as everything else is; their digests are then nobody else's. In a small wave they
//! move to other digests where that leaves the others more.

use super::graph::Splits;
use super::wave::{Class, Flight, Slots, TIERS, Wave};
use super::{deliver, mixed};

/// Eligible flights that the moving of takeovers may look at.
const EFFORT: usize = 1_000_000;
/// Waves of more classes keep the mix.
const MOST_CLASSES: usize = 500;

/// A wave without its takeovers.
pub(super) struct Parted {
    /// What is left: digests and the flights that may still stand in them.
    pub(super) rest: Wave,
    /// For each class the takeovers with the number of their digests.
    pub(super) taken: Taken,
}

/// For each class the takeovers with the number of their digests.
type Taken = Vec<Vec<(u32, u64)>>;

/// Chooses the takeovers' digests.
pub(super) fn part(wave: &Wave) -> Parted {
    let taken = choose(wave);
    let taken = match taken.iter().all(Vec::is_empty) {
        true => taken,
        false => settle(wave, taken),
    };
    Parted {
        rest: rest(wave, &taken),
        taken,
    }
}

/// What takeovers leave.
fn rest(wave: &Wave, taken: &Taken) -> Wave {
    let class = |(class, taken): (&Class, &Vec<(u32, u64)>)| {
        let count = class.count - taken.iter().map(|(_, n)| n).sum::<u64>();
        let mut eligible = of(wave, class, |flight| !flight.all);
        eligible.retain(|_| count > 0);
        Class {
            count,
            slots: class.slots,
            eligible,
        }
    };
    Wave {
        slots: wave.slots,
        flights: wave.flights.clone(),
        classes: wave.classes.iter().zip(taken).map(class).collect(),
    }
}

/// Moves takeovers between classes as long as the other flights get more by it.
fn settle(wave: &Wave, mut taken: Taken) -> Taken {
    if wave.classes.len() > MOST_CLASSES {
        return taken;
    }
    let mut best = mixed::totals(&rest(wave, &taken));
    let cost = wave
        .classes
        .iter()
        .map(|c| c.eligible.len() + 1)
        .sum::<usize>();
    let mut left = EFFORT / cost.max(1);
    while let Some((totals, better)) = better(wave, &taken, best, &mut left) {
        (best, taken) = (totals, better);
    }
    taken
}

/// The first move of a takeover to another class by which the others get more than `best`.
fn better(
    wave: &Wave,
    taken: &Taken,
    best: [i64; TIERS],
    left: &mut usize,
) -> Option<([i64; TIERS], Taken)> {
    for (from, held) in taken.iter().enumerate() {
        for (flight, has) in held {
            for (to, class) in wave.classes.iter().enumerate() {
                let whole = class.eligible.contains(&(*flight, class.slots));
                let free = class.count - taken[to].iter().map(|(_, n)| n).sum::<u64>();
                if from == to || !whole || free == 0 {
                    continue;
                }
                for amount in [free.min(*has) as i64, 1] {
                    *left = left.checked_sub(1)?;
                    let mut tried = taken.clone();
                    give(&mut tried[from], *flight, -amount);
                    give(&mut tried[to], *flight, amount);
                    let totals = mixed::totals(&rest(wave, &tried));
                    if totals > best {
                        return Some((totals, tried));
                    }
                }
            }
        }
    }
    None
}

fn give(held: &mut Vec<(u32, u64)>, flight: u32, amount: i64) {
    match held.iter_mut().find(|(f, _)| *f == flight) {
        Some((_, n)) => *n = n.saturating_add_signed(amount),
        None => held.push((flight, amount.unsigned_abs())),
    }
    held.retain(|(_, n)| *n > 0);
    held.sort_unstable();
}

/// The eligible flights of a class that are of a kind and have a quota.
fn of(wave: &Wave, class: &Class, kind: impl Fn(&Flight) -> bool) -> Vec<(u32, Slots)> {
    let flight = |number: u32| &wave.flights[number as usize];
    let eligible = class.eligible.iter().copied();
    eligible
        .filter(|(number, _)| kind(flight(*number)) && flight(*number).quota > 0)
        .collect()
}

/// For each class the takeovers with the number of their digests: a wave of one slot.
fn choose(wave: &Wave) -> Taken {
    if wave.flights.iter().all(|flight| !flight.all) {
        return vec![Vec::new(); wave.classes.len()];
    }
    let class = |class: &Class| {
        let mut eligible = of(wave, class, |flight| flight.all);
        eligible.retain(|(_, slots)| *slots == class.slots);
        eligible.iter_mut().for_each(|(_, slots)| *slots = 1);
        Class {
            count: class.count,
            slots: 1,
            eligible,
        }
    };
    let alone = |flight: &Flight| Flight {
        group: None,
        ..*flight
    };
    let one_slot = Wave {
        slots: 1,
        flights: wave.flights.iter().map(alone).collect(),
        classes: wave.classes.iter().map(class).collect(),
    };
    let graph = deliver(&one_slot, &Splits::new());
    let flows = |class: usize| {
        let flows = graph.flows(class).into_iter();
        flows.map(|(flight, _, n)| (flight, n.unsigned_abs()))
    };
    (0..wave.classes.len())
        .map(|c| flows(c).collect())
        .collect()
}
