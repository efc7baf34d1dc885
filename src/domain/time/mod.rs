//! Time: instants, zones, wall times, cron expressions and runs.
//!
//! Everything here is a function of its arguments: nothing reads the clock, the environment or the
//! system's time zone files. An instant is a [`Timestamp`]; what a person means by an hour is a
//! [`WallTime`] in a [`Zone`]; a cadence is a [`CronExpr`]; what keeps an edition from going out
//! twice is its [`Run`].

mod calendar;
mod cron;
mod field;
mod resolve;
mod run;
mod wall;
mod zone;

use super::shown;

pub use calendar::{Calendar, Weekdays};
pub use cron::{CronError, CronExpr, MAX_CRON_BYTES, Occurrence};
pub(crate) use field::MONTHS;
pub use field::{CronField, FieldProblem};
/// The one type for an instant, in UTC, with nanoseconds.
pub use jiff::Timestamp;
/// A day of the calendar without a zone.
pub use jiff::civil::Date;
pub use run::{Run, RunError};
pub use wall::{WallTime, WallTimeError};
pub use zone::{Zone, ZoneError};

/// Milliseconds since 1970-01-01T00:00:00Z, the form in which instants are stored.
///
/// What is finer than a millisecond is dropped, towards 1970.
pub fn to_ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The instant that is `ms` milliseconds after 1970-01-01T00:00:00Z.
///
/// Saturating: what lies outside of the years -9999 to 9999 becomes [`Timestamp::MIN`] or
/// [`Timestamp::MAX`].
pub fn from_ms(ms: i64) -> Timestamp {
    let outside = if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(ms).unwrap_or(outside)
}

/// The instant in UTC as RFC 3339 writes it: `2026-11-25T06:00:00Z`. A fraction of a second is
/// written only where there is one.
pub fn format_rfc3339(at: Timestamp) -> String {
    at.to_string()
}

/// The instant on the clock of `zone`, as RFC 3339 writes it: `2026-11-25T07:00:00+01:00`.
///
/// The offset is the one in force at that instant, so the two passes of an overlap can be told
/// apart.
pub fn format_rfc3339_in(at: Timestamp, zone: &Zone) -> String {
    at.display_with_offset(zone.tz().to_offset(at)).to_string()
}

/// The instant on the clock of `zone` as a mail header's date, RFC 5322 section 3.3:
/// `Wed, 25 Nov 2026 07:00:00 +0100`.
///
/// A fraction of a second is dropped. A year before 0 has no such form and gives an empty text.
pub fn rfc5322_date(at: Timestamp, zone: &Zone) -> String {
    let local = at.to_zoned_datetime(zone.tz().clone());
    jiff::fmt::rfc2822::to_string(&local).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn milliseconds_go_there_and_back_and_saturate() {
        let instant = at("2026-11-25T06:00:00.123Z");
        assert_eq!(to_ms(instant), 1_795_586_400_123);
        assert_eq!(from_ms(to_ms(instant)), instant);
        assert_eq!(from_ms(-1), at("1969-12-31T23:59:59.999Z"));
        assert_eq!(from_ms(i64::MAX), Timestamp::MAX);
        assert_eq!(from_ms(i64::MIN), Timestamp::MIN);
    }

    #[test]
    fn dates_are_written_as_the_standards_say() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let instant = at("2026-11-25T06:00:00Z");
        assert_eq!(format_rfc3339(instant), "2026-11-25T06:00:00Z");
        assert_eq!(
            format_rfc3339_in(instant, &berlin),
            "2026-11-25T07:00:00+01:00"
        );
        assert_eq!(
            format_rfc3339_in(instant, &Zone::utc()),
            "2026-11-25T06:00:00+00:00"
        );
        assert_eq!(
            rfc5322_date(instant, &berlin),
            "Wed, 25 Nov 2026 07:00:00 +0100"
        );
        assert_eq!(
            rfc5322_date(instant, &Zone::utc()),
            "Wed, 25 Nov 2026 06:00:00 +0000"
        );
        assert_eq!(rfc5322_date(Timestamp::MIN, &Zone::utc()), "");
        let adelaide = Zone::parse("Australia/Adelaide").unwrap();
        assert_eq!(
            rfc5322_date(instant, &adelaide),
            "Wed, 25 Nov 2026 16:30:00 +1030"
        );
        let passes = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"];
        let written = passes.map(|text| format_rfc3339_in(at(text), &berlin));
        assert_eq!(
            written,
            ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
        );
    }
}
