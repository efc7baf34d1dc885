//! From sums to digests: what stands in the slots of a class, written as sums by flight and slot, is
//! taken apart into configurations, each with the number of its digests (Birkhoff and König, in
//! integers). It is always possible where no group and no slot has more than the class has digests.

use super::wave::Configuration;

/// A sum: so many digests of the class have this flight in this slot.
struct Sum {
    /// The flight, or none for a slot that stays empty.
    flight: Option<u32>,
    row: usize,
    slot: usize,
    left: i64,
}

struct Matrix {
    sums: Vec<Sum>,
    /// What is left of each group; an empty slot is a group of its own.
    rows: Vec<i64>,
    slots: usize,
    digests: i64,
}

/// The configurations of a class of `digests`, by their flights. `flows` are (flight, slot,
/// digests), `group` says which flights exclude one another.
pub(super) fn configurations(
    flows: &[(u32, usize, i64)],
    group: impl Fn(u32) -> u64,
    slots: usize,
    digests: i64,
) -> Vec<Configuration> {
    let mut matrix = Matrix::new(flows, group, slots, digests);
    let mut found: Vec<Configuration> = Vec::new();
    while matrix.digests > 0 {
        let chosen = matrix.choose();
        let count = matrix.multiplicity(&chosen);
        let flight = |sum: &Option<usize>| sum.and_then(|sum| matrix.sums[sum].flight);
        let slots = chosen.iter().map(flight).collect();
        matrix.take(&chosen, count);
        let count = count.unsigned_abs();
        found.push(Configuration { slots, count });
    }
    found.sort_unstable();
    found.dedup_by(|next, kept| {
        let same = next.slots == kept.slots;
        kept.count += if same { next.count } else { 0 };
        same
    });
    found
}

impl Matrix {
    fn new(
        flows: &[(u32, usize, i64)],
        group: impl Fn(u32) -> u64,
        slots: usize,
        digests: i64,
    ) -> Matrix {
        let mut groups: Vec<u64> = flows.iter().map(|(flight, ..)| group(*flight)).collect();
        groups.sort_unstable();
        groups.dedup();
        let mut matrix = Matrix {
            sums: Vec::with_capacity(flows.len() + slots),
            rows: vec![0; groups.len() + slots],
            slots,
            digests,
        };
        let mut empty = vec![digests; slots];
        for (flight, slot, left) in flows {
            let row = groups.partition_point(|g| *g < group(*flight));
            empty[*slot] -= left;
            matrix.add(Some(*flight), row, *slot, *left);
        }
        for (slot, left) in empty.into_iter().enumerate() {
            matrix.add(None, groups.len() + slot, slot, left);
        }
        matrix
    }

    fn add(&mut self, flight: Option<u32>, row: usize, slot: usize, left: i64) {
        if left > 0 {
            self.rows[row] += left;
            self.sums.push(Sum {
                flight,
                row,
                slot,
                left,
            });
        }
    }

    /// A sum for every slot, of different groups, every group among them that is in all digests that
    /// are left.
    fn choose(&self) -> Vec<Option<usize>> {
        let mut by_slot = vec![None; self.slots];
        for row in (0..self.rows.len()).filter(|row| self.rows[*row] == self.digests) {
            self.place_row(row, &mut by_slot, &mut vec![false; self.slots]);
        }
        for slot in 0..self.slots {
            if by_slot[slot].is_none() {
                self.fill_slot(slot, &mut by_slot, &mut vec![false; self.rows.len()]);
            }
        }
        by_slot
    }

    /// Finds a slot for a row, moving rows that have one to another.
    fn place_row(&self, row: usize, by_slot: &mut [Option<usize>], seen: &mut [bool]) -> bool {
        for (number, sum) in self.sums.iter().enumerate() {
            if sum.row != row || sum.left == 0 || seen[sum.slot] {
                continue;
            }
            seen[sum.slot] = true;
            let free = match by_slot[sum.slot] {
                Some(held) => self.place_row(self.sums[held].row, by_slot, seen),
                None => true,
            };
            if free {
                by_slot[sum.slot] = Some(number);
                return true;
            }
        }
        false
    }

    /// Finds a row for a slot, moving rows between slots; a row that has a slot keeps one.
    fn fill_slot(&self, slot: usize, by_slot: &mut [Option<usize>], seen: &mut [bool]) -> bool {
        for (number, sum) in self.sums.iter().enumerate() {
            if sum.slot != slot || sum.left == 0 || seen[sum.row] {
                continue;
            }
            seen[sum.row] = true;
            let holds = |held: &Option<usize>| held.is_some_and(|s| self.sums[s].row == sum.row);
            let free = match by_slot.iter().position(holds) {
                Some(other) => self.fill_slot(other, by_slot, seen),
                None => true,
            };
            if free {
                by_slot[slot] = Some(number);
                return true;
            }
        }
        false
    }

    /// How many digests may look like this: until a sum is used up, or a group that is not in it has
    /// to be in all that are left.
    fn multiplicity(&self, chosen: &[Option<usize>]) -> i64 {
        let sums = chosen.iter().flatten();
        let fewest = sums.clone().map(|sum| self.sums[*sum].left).min();
        let mut most = fewest.unwrap_or(self.digests);
        for (row, left) in self.rows.iter().enumerate() {
            if !sums.clone().any(|sum| self.sums[*sum].row == row) {
                most = most.min(self.digests - left);
            }
        }
        most.clamp(1, self.digests)
    }

    fn take(&mut self, chosen: &[Option<usize>], count: i64) {
        for sum in chosen.iter().flatten() {
            self.sums[*sum].left -= count;
            self.rows[self.sums[*sum].row] -= count;
        }
        self.digests -= count;
    }
}
