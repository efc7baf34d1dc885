//! The planner of sponsors on waves by chance: against every plan there is, against a linear program,
//! under an independent checker, and against itself on waves that differ in one thing.

use courant::sponsors::solve::{Class, Configuration, Flight, Plan, TIERS, Wave, solve};

use crate::support::synthetic::dice::Dice;
use crate::support::waves::checker::faults;
use crate::support::waves::{LARGE, Measure, SMALL, brute, program, wave};

/// A wave planned, and found without fault.
fn planned(number: u64, wave: &Wave) -> Plan {
    let plan = solve(wave);
    let faults = faults(wave, &plan);
    assert!(
        faults.is_empty(),
        "wave {number}: {faults:?}\n{wave:?}\n{plan:?}"
    );
    plan
}

fn short(wave: &Wave, plan: &Plan, tier: usize) -> bool {
    let own = wave.flights.iter().zip(&plan.delivered);
    own.clone()
        .any(|(f, n)| f.tier as usize == tier && *n < f.quota)
}

/// A wave of which a group's flights may differ in their slots.
const MIXED: Measure = Measure {
    mixed: true,
    flights: 4,
    ..SMALL
};

#[test]
fn no_plan_of_a_small_wave_is_better() {
    let with_takeovers = Measure {
        takeovers: true,
        ..SMALL
    };
    for measure in [SMALL, with_takeovers, MIXED] {
        for number in 0..1_000 {
            let wave = wave(number, measure);
            let plan = planned(number, &wave);
            let all = brute::deliveries(&wave);
            let (_, tiers) = brute::best(&wave, &all);
            assert_eq!(plan.tiers, tiers, "wave {number}: {wave:?}");
            assert_eq!(plan.gap, [0; TIERS], "wave {number}");
        }
    }
}

#[test]
fn what_a_small_tier_lacks_is_shared_fairly() {
    for number in 0..1_000 {
        let wave = wave(number, SMALL);
        let plan = planned(number, &wave);
        let all = brute::deliveries(&wave);
        for tier in (0..TIERS).filter(|t| short(&wave, &plan, *t)) {
            // Within one impression of the best lowest fraction.
            let (most, of) = brute::max_min(&wave, &all, &plan.tiers, tier);
            for (flight, n) in wave.flights.iter().zip(&plan.delivered) {
                let fair = (n + 1) * of >= most * flight.quota;
                assert!(
                    fair || flight.tier as usize != tier,
                    "wave {number}: {wave:?} {plan:?}"
                );
            }
        }
    }
}

#[test]
fn a_linear_program_finds_no_more_and_no_fairer_shares() {
    for number in 0..12 {
        let wave = wave(number, LARGE);
        let plan = planned(number, &wave);
        for tier in 0..TIERS {
            let most = program::most(&wave, &plan.tiers, tier);
            let got = plan.tiers[tier] as f64;
            assert!(
                (most - got).abs() < 0.01,
                "wave {number}, tier {tier}: {got} of {most}"
            );
            if !short(&wave, &plan, tier) {
                continue;
            }
            let fraction = program::max_min(&wave, &plan.tiers, tier);
            for (flight, n) in wave.flights.iter().zip(&plan.delivered) {
                let least = fraction * flight.quota as f64 - 1.01;
                let fair = *n as f64 >= least || flight.tier as usize != tier;
                assert!(fair, "wave {number}, tier {tier}: {n} of {least}");
            }
        }
    }
}

/// Waves by chance under the checker.
fn checked(numbers: std::ops::Range<u64>) {
    let whole = Measure {
        takeovers: true,
        ..LARGE
    };
    let middle = Measure {
        flights: 8,
        classes: 6,
        digests: 12,
        quota: 40,
        slots: 4,
        ..whole
    };
    for number in numbers {
        let measure = match number % 100 {
            0..2 => whole,
            2 => Measure {
                mixed: true,
                ..middle
            },
            3..40 => middle,
            _ => SMALL,
        };
        planned(number, &wave(number, measure));
    }
}

#[test]
fn no_rule_is_broken() {
    checked(0..10_000);
}

#[test]
#[ignore = "a million waves take long: `just torture-waves`"]
fn no_rule_is_broken_in_a_million_waves() {
    checked(10_000..1_010_000);
}

#[test]
fn a_group_of_unlike_flights_is_near_its_bound() {
    let measure = Measure {
        mixed: true,
        slots: 3,
        flights: 8,
        classes: 8,
        digests: 10,
        quota: 40,
        takeovers: false,
    };
    for number in 0..100 {
        let wave = wave(number, measure);
        let plan = planned(number, &wave);
        for tier in 0..TIERS {
            let bound = plan.tiers[tier] + plan.gap[tier];
            assert!(
                plan.gap[tier] * 100 <= bound,
                "wave {number}, tier {tier}: {plan:?}"
            );
            // What is said to be a bound is one: as much as a solution of the linear program, or
            // the whole number below it.
            let most = program::most(&wave, &plan.tiers, tier);
            assert!(
                bound as f64 >= (most - 1e-3).floor(),
                "wave {number}: {bound} under {most}"
            );
        }
    }
}

/// Whether a tier's flights have what they had, or at most one less.
fn no_less(before: &Plan, after: &Plan, wave: &Wave, tiers: usize, left_out: usize) -> bool {
    let flights = wave.flights.iter().enumerate();
    flights
        .filter(|(n, f)| *n != left_out && f.tier as usize <= tiers)
        .all(|(n, _)| after.delivered[n] + 1 >= before.delivered[n])
}

#[test]
fn more_inventory_lowers_nobody() {
    for number in 0..600 {
        let mut dice = Dice::of(number, &[1]);
        let before = wave(number, if number % 3 == 0 { LARGE } else { SMALL });
        let mut after = before.clone();
        let more = dice.below(after.classes.len());
        after.classes[more].count += u64::from(dice.between(1, 5));
        let (plan, larger) = (planned(number, &before), planned(number, &after));
        for tier in 0..TIERS {
            assert!(
                larger.tiers[tier] >= plan.tiers[tier],
                "wave {number}: {before:?} {after:?}"
            );
        }
        assert!(
            no_less(&plan, &larger, &before, TIERS, usize::MAX),
            "wave {number}: {before:?}"
        );
    }
}

#[test]
fn a_flight_that_goes_lowers_none_of_its_tier_or_above() {
    for number in 0..600 {
        let before = wave(number, if number % 3 == 0 { LARGE } else { SMALL });
        let gone = Dice::of(number, &[2]).below(before.flights.len());
        let mut after = before.clone();
        after.flights[gone].quota = 0;
        let (plan, fewer) = (planned(number, &before), planned(number, &after));
        let tier = before.flights[gone].tier as usize;
        assert!(
            no_less(&plan, &fewer, &before, tier, gone),
            "wave {number}: {before:?}"
        );
    }
}

/// The wave with its flights and classes in another order, and where each flight is then.
fn renamed(wave: &Wave, dice: &mut Dice) -> (Wave, Vec<usize>) {
    let mut order: Vec<usize> = (0..wave.flights.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    let mut place = vec![0; order.len()];
    for (at, flight) in order.iter().enumerate() {
        place[*flight] = at;
    }
    let mut other = wave.clone();
    other.flights = order.iter().map(|flight| wave.flights[*flight]).collect();
    for class in &mut other.classes {
        class
            .eligible
            .iter_mut()
            .for_each(|(f, _)| *f = place[*f as usize] as u32);
        class.eligible.sort_unstable();
    }
    other.classes.reverse();
    (other, place)
}

#[test]
fn names_and_order_do_not_matter() {
    for number in 0..600 {
        let wave = wave(number, if number % 3 == 0 { LARGE } else { SMALL });
        let (other, place) = renamed(&wave, &mut Dice::of(number, &[3]));
        let (plan, again) = (planned(number, &wave), planned(number, &other));
        assert_eq!(plan.tiers, again.tiers, "wave {number}: {wave:?}");
        for (flight, at) in place.iter().enumerate() {
            let (one, two) = (plan.delivered[flight], again.delivered[*at]);
            assert!(
                one.abs_diff(two) <= 1,
                "wave {number}, flight {flight}: {one} and {two}"
            );
        }
    }
}

#[test]
fn a_sponsor_gets_a_mix_of_classes() {
    let flight = |quota| Flight {
        tier: 1,
        quota,
        group: None,
        all: false,
    };
    let class = |count| Class {
        count,
        slots: 0b11,
        eligible: vec![(0, 0b11), (1, 0b11), (2, 0b11)],
    };
    let wave = Wave {
        slots: 2,
        flights: vec![flight(300), flight(150), flight(60)],
        classes: vec![class(100), class(200), class(300)],
    };
    let plan = planned(0, &wave);
    assert_eq!(plan.delivered, [300, 150, 60]);
    for (flight, delivered) in plan.delivered.iter().enumerate() {
        for (class, found) in wave.classes.iter().zip(&plan.placements) {
            let there = |c: &&Configuration| c.slots.contains(&Some(flight as u32));
            let has: u64 = found.iter().filter(there).map(|c| c.count).sum();
            assert_eq!(has, delivered * class.count / 600, "flight {flight}");
        }
    }
}

#[test]
fn the_same_wave_has_the_same_plan_on_every_thread() {
    let waves: Vec<Wave> = (0..6)
        .map(|n| wave(n, if n % 2 == 0 { LARGE } else { MIXED }))
        .collect();
    let here: Vec<Plan> = waves.iter().map(solve).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(waves.iter().map(solve).collect::<Vec<_>>(), here));
        }
    });
}
