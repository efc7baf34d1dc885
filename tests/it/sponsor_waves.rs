//! The planner of sponsors on waves by chance: against every plan there is, against a linear program,
//! under an independent checker, and against itself on waves that differ in one thing.

use courant::sponsors::solve::{Plan, TIERS, Wave, solve};

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

#[test]
fn no_plan_of_a_small_wave_is_better() {
    for number in 0..2_000 {
        let wave = wave(number, SMALL);
        let plan = planned(number, &wave);
        let all = brute::deliveries(&wave);
        let (_, tiers) = brute::best(&wave, &all);
        assert_eq!(plan.tiers, tiers, "wave {number}: {wave:?}");
        assert_eq!(plan.gap, [0; TIERS], "wave {number}");
        for tier in (0..TIERS).filter(|t| short(&wave, &plan, *t)) {
            // Within one impression of the best lowest fraction.
            let (most, of) = brute::max_min(&wave, &all, &tiers, tier);
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
    for number in 0..40 {
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
