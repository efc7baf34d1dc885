//! The seal of a digest: one number that says whether what nothing else holds of it is still as it was
//! written.

use sha2::{Digest as _, Sha256};

use super::sponsor::Slot;
use super::{CreativeId, FlightId};

/// A placement as a seal sees it: where, whose, which text, and why.
pub type Stands<'a> = (Slot, FlightId, CreativeId, &'a str);

/// The seal of a digest: of its revision's number, of what it reaches back to (Unix ms), and of its
/// placements in whatever order.
pub fn seal(seq: i64, since_ms: Option<i64>, mut placements: Vec<Stands<'_>>) -> i64 {
    placements.sort_unstable_by_key(|(slot, ..)| *slot);
    let mut sum = Sha256::new();
    sum.update(seq.to_be_bytes());
    sum.update([u8::from(since_ms.is_some())]);
    sum.update(since_ms.unwrap_or(0).to_be_bytes());
    for (slot, flight, creative, reason) in placements {
        sum.update(slot.as_str());
        sum.update(flight.0.to_be_bytes());
        sum.update(creative.0.to_be_bytes());
        sum.update((reason.len() as u64).to_be_bytes());
        sum.update(reason);
    }
    let sum = sum.finalize();
    let first = sum.iter().take(8);
    first.fold(0, |number, octet| number << 8 | i64::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::seal;
    use crate::domain::sponsor::Slot;
    use crate::domain::{CreativeId, FlightId};

    #[test]
    fn whatever_is_another_has_another_seal_and_order_has_none() {
        let one = (Slot::S1, FlightId(1), CreativeId(2), "a");
        let two = (Slot::S3, FlightId(2), CreativeId(1), "b");
        assert_eq!(seal(1, None, vec![one, two]), seal(1, None, vec![two, one]));
        let mut seals = vec![
            seal(1, None, vec![]),
            seal(2, None, vec![]),
            seal(1, Some(0), vec![]),
            seal(1, None, vec![one]),
            seal(1, None, vec![two]),
            seal(1, None, vec![one, two]),
            seal(1, None, vec![(Slot::S2, one.1, one.2, one.3)]),
            seal(1, None, vec![(one.0, one.1, one.2, "ab")]),
        ];
        let all = seals.len();
        seals.sort_unstable();
        seals.dedup();
        assert_eq!(seals.len(), all);
    }
}
