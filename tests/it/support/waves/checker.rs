//! Every rule of a plan, looked at digest by digest.

use courant::sponsors::solve::{Plan, TIERS, Wave};

/// The rules that a plan breaks, in words.
pub fn faults(wave: &Wave, plan: &Plan) -> Vec<String> {
    let mut faults = Vec::new();
    let mut stood = vec![0_u64; wave.flights.len()];
    if plan.placements.len() != wave.classes.len() {
        return vec!["not every class has its placements".to_owned()];
    }
    for (number, class) in wave.classes.iter().enumerate() {
        let mut digests = 0;
        for configuration in &plan.placements[number] {
            digests += configuration.count;
            let mut say = |what: &str| faults.push(format!("class {number}: {what}"));
            if configuration.count == 0 || configuration.slots.len() != wave.slots {
                say("a configuration of no digest, or of other slots");
            }
            let mut there: Vec<u32> = Vec::new();
            for (slot, flight) in configuration.slots.iter().enumerate() {
                let Some(flight) = *flight else { continue };
                let may = class
                    .eligible
                    .iter()
                    .any(|(f, slots)| *f == flight && slots >> slot & 1 == 1);
                if !may || class.slots >> slot & 1 == 0 {
                    say(&format!("{flight} may not stand in slot {slot}"));
                }
                there.push(flight);
            }
            for (at, flight) in there.iter().enumerate() {
                let own = &wave.flights[*flight as usize];
                for other in &there[..at] {
                    let others = &wave.flights[*other as usize];
                    if own.all && other == flight {
                        continue;
                    }
                    if other == flight || (own.group.is_some() && own.group == others.group) {
                        say(&format!("{other} and {flight} stand in one digest"));
                    }
                    if own.all || others.all {
                        say(&format!("a takeover beside {other} and {flight}"));
                    }
                }
                if own.all && there.len() != class.slots.count_ones() as usize {
                    say(&format!("the takeover {flight} leaves a slot"));
                }
            }
            there.sort_unstable();
            there.dedup();
            for flight in there {
                stood[flight as usize] += configuration.count;
            }
        }
        if digests != class.count {
            faults.push(format!(
                "class {number}: {digests} of {} digests",
                class.count
            ));
        }
    }
    let mut tiers = [0; TIERS];
    for (number, flight) in wave.flights.iter().enumerate() {
        if stood[number] > flight.quota {
            faults.push(format!(
                "{number} stands {} times of {}",
                stood[number], flight.quota
            ));
        }
        tiers[flight.tier as usize] += stood[number];
    }
    if stood != plan.delivered || tiers != plan.tiers {
        faults.push(format!(
            "sums: {stood:?} {tiers:?}, not {:?} {:?}",
            plan.delivered, plan.tiers
        ));
    }
    faults
}
