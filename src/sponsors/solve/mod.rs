//! The planner of a whole wave: which flights stand in which slots of how many digests of each class.
//! Pure, whole numbers only, the same for the same wave in every run. It does not know why a flight
//! may stand somewhere, nor which digest is which.
//!
//! # What a plan keeps
//! No flight has more digests than its quota; it stands in a digest at most once, and of an exclusion
//! group one at most; a slot has one flight. A takeover with `all` has every slot of its digests, and
//! these are chosen first.
//!
//! # What a plan reaches
//! Tiers are served in turn, 0 first. Where the flights of each group that may stand in a class take
//! the same slots there, this is a flow: the total of every tier is the greatest that the tiers above
//! it leave, and what a tier lacks is shared by max-min fairness (`fair`). Every flight is mixed
//! over its classes (`spread`). Where a group's flights differ in their slots it is no flow, and the
//! plan says how far from a proven bound it is ([`Plan::gap`]).

mod decode;
mod fair;
mod flow;
mod graph;
mod mixed;
mod prices;
mod spread;
mod takeover;
mod wave;

use graph::{Graph, Splits};

pub use wave::{Class, Configuration, Flight, MOST_SLOTS, Plan, Slots, TIERS, Wave};

/// Plans a wave.
pub fn solve(wave: &Wave) -> Plan {
    let parted = takeover::part(wave);
    let (splits, gap) = match mixed::split(&parted.rest) {
        Some(mixed) => (mixed.splits, mixed.gap),
        None => (Splits::new(), [0; TIERS]),
    };
    let graph = deliver(&parted.rest, &splits);
    let mut plan = Plan {
        delivered: vec![0; wave.flights.len()],
        gap,
        ..Plan::default()
    };
    for (number, class) in wave.classes.iter().enumerate() {
        let group = |flight: u32| match wave.flights[flight as usize].group {
            Some(group) => u64::from(group),
            None => (1 << 32) + u64::from(flight),
        };
        let left = graph.wave.classes[number].count as i64;
        let flows = graph.flows(number);
        let mut found = decode::configurations(&flows, group, wave.slots, left);
        for (flight, count) in &parted.taken[number] {
            let slot = |slot: usize| (class.slots & (1 << slot) != 0).then_some(*flight);
            let slots = (0..wave.slots).map(slot).collect();
            found.push(Configuration {
                slots,
                count: *count,
            });
            plan.delivered[*flight as usize] += count;
        }
        for (flight, _, digests) in flows {
            plan.delivered[flight as usize] += digests.unsigned_abs();
        }
        found.sort_unstable();
        plan.placements.push(found);
    }
    for (flight, delivered) in wave.flights.iter().zip(&plan.delivered) {
        plan.tiers[flight.tier as usize] += delivered;
    }
    plan
}

/// Serves the tiers of a wave without takeovers, each fairly and well mixed.
fn deliver<'w>(wave: &'w Wave, splits: &Splits) -> Graph<'w> {
    let mut graph = Graph::new(wave, splits);
    let quotas: Vec<i64> = wave.flights.iter().map(|f| f.quota as i64).collect();
    let reach = wave.reach();
    for tier in 0..TIERS {
        let of_tier = |f: &u32| {
            let flight = &wave.flights[*f as usize];
            usize::from(flight.tier) == tier && flight.quota > 0 && reach[*f as usize] > 0
        };
        let flights: Vec<u32> = (0..wave.flights.len() as u32).filter(of_tier).collect();
        let booked: i64 = flights.iter().map(|f| quotas[*f as usize]).sum();
        if spread::supply(&mut graph, &flights, &quotas, &reach) < booked {
            fair::supply(&mut graph, &flights, &quotas);
            let wanted: Vec<i64> = (0..quotas.len() as u32).map(|f| graph.got(f)).collect();
            for flight in &flights {
                graph.withdraw(*flight, wanted[*flight as usize]);
            }
            spread::supply(&mut graph, &flights, &wanted, &reach);
        }
        for flight in &flights {
            graph.supply(*flight, 0);
        }
    }
    graph
}
