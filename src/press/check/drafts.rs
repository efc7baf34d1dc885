//! Digests read before they are written: those of a slice of a plan, and those that are made again.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Asking;
use crate::domain::FlightId;
use crate::domain::selection::Pick;
use crate::domain::sponsor::Flight;
use crate::proof::{Booked, Fault, Proof, Sheet};
use crate::store::planning::PlannedReader;
use crate::store::revise::Remade;

/// What is wrong with a slice that is about to be written. `asking` are its readers for whom digests
/// were made, `planned` all of it.
pub(in crate::press) fn slice_faults(
    proof: &Proof<'_>,
    asking: &[Asking<'_>],
    planned: &[PlannedReader],
    flights: &[Flight],
) -> Vec<Fault> {
    let booked = Booked::new(flights, BTreeMap::new());
    let mut more: BTreeMap<FlightId, i64> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut readers = asking.iter();
    for row in planned {
        let Ok(digest) = &row.outcome else { continue };
        let Some(asking) = readers.find(|a| a.subscription == row.subscription) else {
            continue;
        };
        let placements = digest.placements.iter();
        let sheet = Sheet {
            placements: placements.map(|(slot, f, c, _)| (*slot, *f, *c)).collect(),
            ..sheet(asking, &digest.picks, digest.left_out)
        };
        // One that fills several slots is sent once.
        let there: BTreeSet<FlightId> = sheet.placements.iter().map(|(_, f, _)| *f).collect();
        for flight in there {
            *more.entry(flight).or_default() += 1;
        }
        faults.extend(proof.read(&sheet, &booked));
    }
    faults.extend(booked.over(&more));
    faults
}

/// What is wrong with a digest that was made again. Whether more of a flight is placed than was booked is
/// not asked: it takes no more than the one before it did.
pub(in crate::press) fn draft_faults(
    proof: &Proof<'_>,
    asking: &Asking<'_>,
    remade: &Remade,
    booked: &Booked<'_>,
) -> Vec<Fault> {
    let placements = remade.placements.iter();
    let sheet = Sheet {
        placements: placements.map(|(slot, f, c, _)| (*slot, *f, *c)).collect(),
        ..sheet(asking, &remade.picks, remade.left_out)
    };
    proof.read(&sheet, booked)
}

/// A digest that is not written yet, without its sponsors.
fn sheet<'a>(asking: &'a Asking<'_>, picks: &'a [Pick], left_out: u32) -> Sheet<'a> {
    Sheet {
        subscription: asking.subscription,
        digest: None,
        picks,
        left_out,
        placements: Vec::new(),
        open: true,
        // Planning asked it of both standings, and `started` asks it again.
        active: true,
        topics: &asking.reader.topics,
        places: &asking.reader.places,
        language: asking.language,
        short: asking.reader.short,
        aim: asking.reader.stories,
        since_ms: asking.reader.since_ms,
        memory: &asking.reader.memory,
        octets: None,
    }
}
