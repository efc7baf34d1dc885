//! How many sends each flight may still be given, across the slices of a plan. It counts; it does
//! not know digests.

use std::collections::BTreeMap;

use crate::domain::FlightId;
use crate::domain::goal::Goal;
use crate::domain::sponsor::Flight;

/// What is left of each flight while a wave is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    left: BTreeMap<FlightId, i64>,
}

impl Quotas {
    /// What every flight has left by its ledger.
    pub fn of(flights: &[Flight]) -> Quotas {
        let mut quotas = Quotas::default();
        for flight in flights {
            quotas.open(flight);
        }
        quotas
    }

    /// What a flight has left; `None` if it was never asked for.
    pub fn left(&self, flight: FlightId) -> Option<i64> {
        self.left.get(&flight).copied()
    }

    /// What a flight may still be given: never more than its ledger or an earlier slice leaves,
    /// whether or not the ledger has that slice in it by now.
    pub(super) fn open(&mut self, flight: &Flight) -> i64 {
        let left = self.for_flight(flight);
        self.left.insert(flight.id, left);
        left
    }

    /// The same, without keeping it. What is booked wave by wave is bounded by the wave alone.
    pub(super) fn for_flight(&self, flight: &Flight) -> i64 {
        let left = self.left(flight.id).unwrap_or(i64::MAX);
        match flight.goal {
            Goal::Sends(_) => left.min(flight.remaining()),
            Goal::Share(_) | Goal::Every | Goal::Rest => left,
        }
    }

    /// What a flight has left now.
    pub(super) fn keep(&mut self, flight: FlightId, left: i64) {
        if let Some(known) = self.left.get_mut(&flight) {
            *known = left;
        }
    }
}
