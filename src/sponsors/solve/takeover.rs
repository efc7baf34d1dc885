//! Takeovers that fill whole digests. They are chosen first: as many as can be, in fair shares, mixed
//! over the classes as everything else is; their digests are then nobody else's.

use super::deliver;
use super::graph::Splits;
use super::wave::{Class, Flight, Wave};

/// A wave without its takeovers.
pub(super) struct Parted {
    /// What is left: digests and the flights that may still stand in them.
    pub(super) rest: Wave,
    /// For each class the takeovers with the number of their digests.
    pub(super) taken: Vec<Vec<(u32, u64)>>,
}

/// Chooses the takeovers' digests.
pub(super) fn part(wave: &Wave) -> Parted {
    let taken = choose(wave);
    let rest_of = |(class, taken): (&Class, &Vec<(u32, u64)>)| Class {
        count: class.count - taken.iter().map(|(_, n)| n).sum::<u64>(),
        slots: class.slots,
        eligible: of(wave, class, |flight| !flight.all),
    };
    let rest = Wave {
        slots: wave.slots,
        flights: wave.flights.clone(),
        classes: wave.classes.iter().zip(&taken).map(rest_of).collect(),
    };
    Parted { rest, taken }
}

/// The eligible flights of a class that are of a kind and have a quota.
fn of(wave: &Wave, class: &Class, kind: impl Fn(&Flight) -> bool) -> Vec<(u32, u8)> {
    let flight = |number: u32| &wave.flights[number as usize];
    let eligible = class.eligible.iter().copied();
    eligible
        .filter(|(number, _)| kind(flight(*number)) && flight(*number).quota > 0)
        .collect()
}

/// For each class the takeovers with the number of their digests: a wave of one slot.
fn choose(wave: &Wave) -> Vec<Vec<(u32, u64)>> {
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
