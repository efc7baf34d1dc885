//! Waves for the planner of sponsors: made by chance, judged by a checker that knows nothing of how a
//! plan comes about, counted out whole where they are small, and as a linear program where not.

pub mod brute;
pub mod checker;
pub mod program;

use courant::sponsors::solve::{Class, Flight, Slots, Wave};

use crate::support::synthetic::dice::Dice;

/// How large a wave by chance may be.
#[derive(Clone, Copy)]
pub struct Measure {
    pub slots: usize,
    pub flights: usize,
    pub classes: usize,
    /// Most digests of a class.
    pub digests: u32,
    pub quota: u32,
    /// Whether a group's flights may differ in their slots within a class: no flow, then.
    pub mixed: bool,
    /// Whether there are takeovers of whole digests.
    pub takeovers: bool,
}

/// So small that every plan can be counted out.
pub const SMALL: Measure = Measure {
    slots: 2,
    flights: 3,
    classes: 3,
    digests: 2,
    quota: 4,
    mixed: false,
    takeovers: false,
};

/// A newsletter's wave with some twenty flights.
pub const LARGE: Measure = Measure {
    slots: 4,
    flights: 24,
    classes: 30,
    digests: 40,
    quota: 300,
    mixed: false,
    takeovers: false,
};

/// The wave of a number.
pub fn wave(number: u64, most: Measure) -> Wave {
    let mut dice = Dice::of(number, &[8]);
    let slots = 1 + dice.below(most.slots);
    let tiers = 1 + dice.below(4);
    let groups = 1 + dice.below(3);
    let flights = (0..1 + dice.below(most.flights)).map(|_| {
        let all = most.takeovers && dice.in_thousand(200);
        let group = dice.in_thousand(600);
        Flight {
            tier: if all { 0 } else { dice.below(tiers) as u8 },
            quota: u64::from(dice.between(0, most.quota)),
            group: (group && !all).then(|| dice.below(groups) as u32),
            all,
        }
    });
    let flights: Vec<Flight> = flights.collect();
    // How much of everything is open differs from wave to wave, so that some are full and some not.
    let open = 200 + 150 * dice.below(5) as u64;
    let classes = (0..1 + dice.below(most.classes)).map(|_| {
        let count = u64::from(dice.between(0, most.digests));
        class(&mut dice, &flights, count, slots, open, most.mixed)
    });
    Wave {
        slots,
        classes: classes.collect(),
        flights,
    }
}

fn class(
    dice: &mut Dice,
    flights: &[Flight],
    count: u64,
    slots: usize,
    open: u64,
    mixed: bool,
) -> Class {
    let all = ((1_u16 << slots) - 1) as Slots;
    let any = |dice: &mut Dice| (dice.next() as Slots) & all;
    let of_group: Vec<Slots> = (0..3).map(|_| any(dice)).collect();
    let mut eligible = Vec::new();
    for (number, flight) in flights.iter().enumerate() {
        let taken = match flight.group {
            _ if flight.all => all,
            Some(group) if !mixed => of_group[group as usize],
            _ => any(dice),
        };
        if taken != 0 && dice.in_thousand(open) {
            eligible.push((number as u32, taken));
        }
    }
    Class {
        count,
        slots: all,
        eligible,
    }
}
