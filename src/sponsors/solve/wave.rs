//! What is planned and what comes out: flights with quotas, classes of equal digests, configurations.
//! Everything is a number; names are the caller's, who hands flights in in the order of their ids.

/// Most slots of a layout.
pub const MOST_SLOTS: usize = 8;
/// Tiers, 0 (takeover) to 3 (house).
pub const TIERS: usize = 4;

/// A set of slots, one bit each.
pub type Slots = u8;

/// A flight in this wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// 0 to 3; a lower one goes first.
    pub tier: u8,
    /// Most digests that it may stand in.
    pub quota: u64,
    /// Its exclusion group: of one group at most one flight stands in a digest.
    pub group: Option<u32>,
    /// Fills every slot of a digest, alone; tier 0 only.
    pub all: bool,
}

/// Digests with the same slots and the same flights that may stand in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Digests.
    pub count: u64,
    /// Slots that these digests have.
    pub slots: Slots,
    /// Flights that may stand in one, by number, ascending, each once, with the slots that it may
    /// take (never none). One with `all` takes every slot of the class.
    pub eligible: Vec<(u32, Slots)>,
}

/// A wave to be planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wave {
    /// Slots of the layout, at most [`MOST_SLOTS`].
    pub slots: usize,
    /// Flights in the order of their ids, which settles what nothing else does.
    pub flights: Vec<Flight>,
    /// Classes in an order that does not depend on how they were read.
    pub classes: Vec<Class>,
}

/// Equal digests of a class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Configuration {
    /// The flight in each slot of the layout.
    pub slots: Vec<Option<u32>>,
    /// Digests like this.
    pub count: u64,
}

/// A planned wave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// For each class its configurations, those without any flight included: their counts sum to
    /// the class's.
    pub placements: Vec<Vec<Configuration>>,
    /// Digests in which each flight stands.
    pub delivered: Vec<u64>,
    /// Digests of each tier's flights, added up.
    pub tiers: [u64; TIERS],
    /// For each tier an upper bound of its total, given the totals of the tiers above, less that
    /// total: 0 is a proof that no more was possible.
    pub gap: [u64; TIERS],
}

impl Wave {
    /// Digests in which each flight may stand.
    pub(super) fn reach(&self) -> Vec<u64> {
        let mut reach = vec![0; self.flights.len()];
        for class in &self.classes {
            for (flight, _) in &class.eligible {
                reach[*flight as usize] += class.count;
            }
        }
        reach
    }
}
