//! From what the wall says to the instant, over clock changes.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The instant of a fixed wall time: in an overlap the first pass, in a gap the first valid instant
/// after it (not the same distance into the next hour: 02:30 becomes 03:00, never 03:30).
///
/// `None` only at the far ends of the calendar.
pub(super) fn fixed(tz: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    match tz.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
        // The offset after the gap is the larger one, so this lies just before the change.
        AmbiguousOffset::Gap { after, .. } => {
            let before_change = after.to_timestamp(wall).ok()?;
            tz.following(before_change)
                .map(|change| change.timestamp())
                .find(|change| tz.to_datetime(*change) > wall)
        }
    }
}

/// The first instant strictly after `after` at which the real clock shows a time of a schedule, with
/// that time and whether it is the second pass of an overlap.
///
/// `next_wall` gives the schedule's first wall time strictly after another. It is asked once for
/// each stretch between two clock changes, so a time inside a gap is never shown, and a time inside
/// an overlap is shown twice.
pub(super) fn on_clock(
    tz: &TimeZone,
    after: Timestamp,
    next_wall: impl Fn(DateTime) -> Option<DateTime>,
) -> Option<(Timestamp, DateTime, bool)> {
    let mut changes = tz.following(after);
    let mut offset = tz.to_offset(after);
    let mut seen = offset.to_datetime(after);
    loop {
        let wall = next_wall(seen)?;
        let at = offset.to_timestamp(wall).ok()?;
        match changes.next() {
            Some(change) if at >= change.timestamp() => {
                offset = change.offset();
                // One second back, so that the first instant of the stretch counts.
                let start = offset.to_datetime(change.timestamp());
                seen = start.checked_sub(jiff::SignedDuration::from_secs(1)).ok()?;
            }
            _ => {
                let fold = tz.to_ambiguous_timestamp(wall).offset();
                let second = matches!(fold, AmbiguousOffset::Fold { after, .. } if after == offset);
                return Some((at, wall, second));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Zone;

    fn resolved(zone: &str, wall: &str) -> String {
        let zone = Zone::parse(zone).unwrap();
        let at = fixed(zone.tz(), wall.parse().unwrap()).unwrap();
        super::super::format_rfc3339_in(at, &zone)
    }

    #[test]
    fn a_gap_ends_at_its_first_valid_instant() {
        let cases = [
            (
                "Europe/Berlin",
                "2027-03-28T01:59",
                "2027-03-28T01:59:00+01:00",
            ),
            (
                "Europe/Berlin",
                "2027-03-28T02:00",
                "2027-03-28T03:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2027-03-28T02:59",
                "2027-03-28T03:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2027-03-28T03:00",
                "2027-03-28T03:00:00+02:00",
            ),
            (
                "America/New_York",
                "2027-03-14T02:30",
                "2027-03-14T03:00:00-04:00",
            ),
            // Half an hour only.
            (
                "Australia/Lord_Howe",
                "2026-10-04T02:15",
                "2026-10-04T02:30:00+11:00",
            ),
            // The change is at midnight.
            (
                "America/Sao_Paulo",
                "2018-11-04T00:30",
                "2018-11-04T01:00:00-02:00",
            ),
            // Samoa left out a whole day.
            (
                "Pacific/Apia",
                "2011-12-30T07:00",
                "2011-12-31T00:00:00+14:00",
            ),
        ];
        for (zone, wall, expected) in cases {
            assert_eq!(resolved(zone, wall), expected, "{zone} {wall}");
        }
    }

    #[test]
    fn an_overlap_is_taken_the_first_time() {
        let cases = [
            (
                "Europe/Berlin",
                "2026-10-25T02:30",
                "2026-10-25T02:30:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-25T03:00",
                "2026-10-25T03:00:00+01:00",
            ),
            (
                "America/New_York",
                "2026-11-01T01:30",
                "2026-11-01T01:30:00-04:00",
            ),
            (
                "Australia/Lord_Howe",
                "2027-04-04T01:45",
                "2027-04-04T01:45:00+11:00",
            ),
            (
                "Asia/Tokyo",
                "2026-10-25T02:30",
                "2026-10-25T02:30:00+09:00",
            ),
        ];
        for (zone, wall, expected) in cases {
            assert_eq!(resolved(zone, wall), expected, "{zone} {wall}");
        }
    }
}
