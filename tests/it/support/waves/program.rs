//! A wave as a linear program, for another solver.

use courant::sponsors::solve::{TIERS, Wave};
use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};

/// A placement: flight, class, slot, and how many digests have it.
type Placed = (u32, usize, usize, Variable);

/// The rules of a wave without takeovers of whole digests; `value` says what a digest of a flight is
/// worth.
fn rules(wave: &Wave, value: impl Fn(u32) -> f64) -> (Problem, Vec<Placed>) {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let mut placed: Vec<Placed> = Vec::new();
    for (number, class) in wave.classes.iter().enumerate() {
        let count = class.count as f64;
        for (flight, slots) in &class.eligible {
            for slot in (0..wave.slots).filter(|slot| slots >> slot & 1 == 1) {
                let variable = problem.add_var(value(*flight), (0.0, count));
                placed.push((*flight, number, slot, variable));
            }
        }
        let mut limit = |of: &dyn Fn(&Placed) -> bool| {
            let terms = placed.iter().filter(|p| p.1 == number && of(p));
            let terms: Vec<_> = terms.map(|p| (p.3, 1.0)).collect();
            if !terms.is_empty() {
                problem.add_constraint(&terms, ComparisonOp::Le, count);
            }
        };
        for slot in 0..wave.slots {
            limit(&|p| p.2 == slot);
        }
        for (flight, _) in &class.eligible {
            match wave.flights[*flight as usize].group {
                Some(group) => limit(&|p| wave.flights[p.0 as usize].group == Some(group)),
                None => limit(&|p| p.0 == *flight),
            }
        }
    }
    for (flight, booked) in wave.flights.iter().enumerate() {
        let terms = placed.iter().filter(|p| p.0 == flight as u32);
        let terms: Vec<_> = terms.map(|p| (p.3, 1.0)).collect();
        if !terms.is_empty() {
            problem.add_constraint(&terms, ComparisonOp::Le, booked.quota as f64);
        }
    }
    (problem, placed)
}

fn hold(wave: &Wave, problem: &mut Problem, placed: &[Placed], tier: usize, total: u64) {
    let own = placed
        .iter()
        .filter(|p| wave.flights[p.0 as usize].tier as usize == tier);
    let terms: Vec<_> = own.map(|p| (p.3, 1.0)).collect();
    if !terms.is_empty() {
        problem.add_constraint(&terms, ComparisonOp::Ge, total as f64 - 1e-6);
    }
}

/// The greatest total of a tier where the tiers above have these totals.
pub fn most(wave: &Wave, tiers: &[u64; TIERS], tier: usize) -> f64 {
    let own = |flight: u32| wave.flights[flight as usize].tier as usize == tier;
    let (mut problem, placed) = rules(wave, |f| if own(f) { 1.0 } else { 0.0 });
    for (above, total) in tiers.iter().enumerate().take(tier) {
        hold(wave, &mut problem, &placed, above, *total);
    }
    objective(&problem)
}

/// The greatest fraction that every flight of a tier can have at once, where the tiers down to it
/// have these totals.
pub fn max_min(wave: &Wave, tiers: &[u64; TIERS], tier: usize) -> f64 {
    let (mut problem, placed) = rules(wave, |_| 0.0);
    for (held, total) in tiers.iter().enumerate().take(tier + 1) {
        hold(wave, &mut problem, &placed, held, *total);
    }
    let fraction = problem.add_var(1.0, (0.0, 1.0));
    for (flight, booked) in wave.flights.iter().enumerate() {
        if booked.tier as usize == tier && booked.quota > 0 {
            let own = placed.iter().filter(|p| p.0 == flight as u32);
            let mut terms: Vec<_> = own.map(|p| (p.3, 1.0)).collect();
            terms.push((fraction, -(booked.quota as f64)));
            problem.add_constraint(&terms, ComparisonOp::Ge, 0.0);
        }
    }
    objective(&problem)
}

fn objective(problem: &Problem) -> f64 {
    match problem.solve().expect("a plan is a solution") {
        SolveOutcome::Solution(solution) => solution.objective(),
        SolveOutcome::Interrupted(_) => panic!("no limit was set"),
    }
}
