//! A list's calendar: the days on which nothing runs, and the first run that it leaves.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::cron::{CronExpr, Occurrence};
use super::field::CronField;
use super::wall::WallTime;
use super::zone::Zone;

/// Runs on closed days that are passed over in one search, at the most. A day has one of them, since
/// the search goes on at its end, so that this is more than a year of days.
const CLOSED_MAX: usize = 400;

/// Days of the week. Shown, and read, as `sat,sun`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Reads days by their English names, three letters or whole, separated by commas; nothing is no
    /// day.
    ///
    /// # Errors
    /// What is wrong, in words: a word that is no day, or all seven of them.
    pub fn parse(text: &str) -> Result<Weekdays, String> {
        let mut days = Weekdays::default();
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|_| !text.trim().is_empty()) {
            let day = CronField::DayOfWeek.named(part).ok_or_else(|| {
                let part = super::shown(part);
                format!("`{part}` is no day of the week; write days such as `sat,sun`")
            })?;
            days.0 |= 1 << day;
        }
        match days.0 {
            0x7f => Err("a list that is quiet on all seven days would never run".to_owned()),
            _ => Ok(days),
        }
    }

    /// Whether that date is on one of the days.
    pub fn has(self, date: Date) -> bool {
        let day = date.weekday().to_sunday_zero_offset();
        self.0 >> day & 1 == 1
    }

    /// Whether there is no day.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Weekdays {
    /// Monday first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [(&str, u8); 7] = [
            ("mon", 1),
            ("tue", 2),
            ("wed", 3),
            ("thu", 4),
            ("fri", 5),
            ("sat", 6),
            ("sun", 0),
        ];
        let days = DAYS.iter().filter(|(_, day)| self.0 >> day & 1 == 1);
        let days: Vec<&str> = days.map(|(name, _)| *name).collect();
        f.write_str(&days.join(","))
    }
}

/// The days on which a list does not run, each by the subscriber's own calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days of every week.
    pub quiet: Weekdays,
    /// Single days.
    pub holidays: Arc<BTreeSet<Date>>,
}

impl Calendar {
    /// Whether a list runs on that date.
    pub fn is_open(&self, date: Date) -> bool {
        !self.quiet.has(date) && !self.holidays.contains(&date)
    }

    /// The first occurrence of `expr` strictly after `after` on an open day, by the clock of `zone`;
    /// `hour` as in [`CronExpr::next_after`].
    ///
    /// A day is closed to a run that is meant for it, and to one that would come on it. `None` when
    /// nothing fires any more, or when more than a year of days with a run is closed.
    pub fn next_after(
        &self,
        expr: &CronExpr,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
    ) -> Option<Occurrence> {
        let mut from = after;
        for _ in 0..=CLOSED_MAX {
            let next = expr.next_after(from, zone, hour)?;
            let comes = zone.tz().to_datetime(next.at).date();
            let meant = next.run.date();
            let closed = [meant, comes].into_iter().find(|day| !self.is_open(*day));
            let Some(closed) = closed else {
                return Some(next);
            };
            let end = closed
                .tomorrow()
                .ok()
                .and_then(|day| zone.start_of(day))
                .and_then(|start| start.checked_sub(jiff::SignedDuration::from_nanos(1)).ok());
            from = next.at.max(end.unwrap_or(next.at));
        }
        None
    }

    /// The first `count` of them; fewer where nothing fires any more.
    pub fn upcoming(
        &self,
        expr: &CronExpr,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
        count: usize,
    ) -> Vec<Occurrence> {
        let first = self.next_after(expr, after, zone, hour);
        let next = |last: &Occurrence| self.next_after(expr, last.at, zone, hour);
        std::iter::successors(first, next).take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(quiet: &str, holidays: &[&str]) -> Calendar {
        Calendar {
            quiet: Weekdays::parse(quiet).unwrap(),
            holidays: Arc::new(holidays.iter().map(|day| day.parse().unwrap()).collect()),
        }
    }

    fn runs(calendar: &Calendar, expr: &str, zone: &str, after: &str, n: usize) -> Vec<String> {
        let expr = CronExpr::parse(expr).unwrap();
        let zone = Zone::parse(zone).unwrap();
        let runs = calendar.upcoming(&expr, after.parse().unwrap(), &zone, None, n);
        runs.iter()
            .map(|o| {
                let at = super::super::format_rfc3339_in(o.at, &zone);
                format!("{at} {}", o.run)
            })
            .collect()
    }

    #[test]
    fn days_are_read_by_name_and_shown_monday_first() {
        let read = |text: &str| Weekdays::parse(text).map(|days| days.to_string());
        assert_eq!(read("Sunday, SAT"), Ok("sat,sun".to_owned()));
        assert_eq!(read(""), Ok(String::new()));
        assert!(read("sat,,sun").unwrap_err().contains("no day of the week"));
        assert!(read("6").unwrap_err().contains("`6`"));
        let all = read("mon,tue,wed,thu,fri,sat,sun").unwrap_err();
        assert!(all.contains("never run"), "{all}");
    }

    #[test]
    fn a_closed_day_has_no_run_and_the_next_open_one_has() {
        let weekend = calendar("sat,sun", &["2026-12-25"]);
        // Thursday morning; Christmas is a Friday.
        let found = runs(
            &weekend,
            "0 7 * * *",
            "Europe/Berlin",
            "2026-12-23T12:00:00Z",
            3,
        );
        let expected = [
            "2026-12-24T07:00:00+01:00 2026-12-24",
            "2026-12-28T07:00:00+01:00 2026-12-28",
            "2026-12-29T07:00:00+01:00 2026-12-29",
        ];
        assert_eq!(found, expected);
        // All of a day's runs are passed over at once.
        let found = runs(&weekend, "*/5 * * * *", "UTC", "2026-12-24T23:55:00Z", 1);
        assert_eq!(found, ["2026-12-28T00:00:00+00:00 2026-12-28T00:00"]);
    }

    #[test]
    fn a_quiet_day_ends_with_the_readers_own_day_over_clock_changes() {
        // Sundays are quiet, and the clocks change on one: the day has 23 hours, 25, or 24 and a half.
        let sunday = calendar("sun", &[]);
        let cases = [
            (
                "Europe/Berlin",
                "2027-03-27T23:00:00Z",
                "2027-03-29T00:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-24T22:00:00Z",
                "2026-10-26T00:00:00+01:00",
            ),
            (
                "America/New_York",
                "2027-03-14T04:59:00Z",
                "2027-03-15T00:00:00-04:00",
            ),
            (
                "America/New_York",
                "2026-11-01T04:00:00Z",
                "2026-11-02T00:00:00-05:00",
            ),
            (
                "Australia/Lord_Howe",
                "2026-10-03T13:30:00Z",
                "2026-10-05T00:00:00+11:00",
            ),
            (
                "Australia/Lord_Howe",
                "2027-04-03T13:00:00Z",
                "2027-04-05T00:00:00+10:30",
            ),
            (
                "Asia/Kathmandu",
                "2026-10-24T18:15:00Z",
                "2026-10-26T00:00:00+05:45",
            ),
        ];
        for (zone, after, first) in cases {
            let found = runs(&sunday, "*/15 * * * *", zone, after, 1);
            assert!(found[0].starts_with(first), "{zone}: {found:?}");
        }
        // A fixed hour inside the gap of a quiet Sunday is passed over with it.
        let found = runs(
            &sunday,
            "30 2 * * *",
            "Europe/Berlin",
            "2027-03-27T12:00:00Z",
            1,
        );
        assert_eq!(found, ["2027-03-29T02:30:00+02:00 2027-03-29"]);
    }

    #[test]
    fn a_day_that_the_calendar_left_out_is_neither_open_nor_in_the_way() {
        // Samoa had no 30 December 2011: its run came at the first instant of the 31st.
        let apia = |calendar: &Calendar| {
            runs(
                calendar,
                "0 7 * * *",
                "Pacific/Apia",
                "2011-12-29T18:00:00Z",
                2,
            )
        };
        let open = [
            "2011-12-31T00:00:00+14:00 2011-12-30",
            "2011-12-31T07:00:00+14:00 2011-12-31",
        ];
        assert_eq!(apia(&calendar("", &[])), open);
        let after = [
            "2011-12-31T07:00:00+14:00 2011-12-31",
            "2012-01-01T07:00:00+14:00 2012-01-01",
        ];
        assert_eq!(apia(&calendar("", &["2011-12-30"])), after);
        let first = "2012-01-01T07:00:00+14:00 2012-01-01";
        assert_eq!(apia(&calendar("", &["2011-12-31"]))[0], first);
    }

    /// Against the plain way: every run, and those on closed days left out.
    #[test]
    fn it_finds_the_runs_that_leaving_closed_days_out_leaves() {
        let holidays = ["2026-10-26", "2026-10-27", "2027-03-28", "2027-04-04"];
        let calendars = [calendar("sun", &holidays), calendar("sat,mon", &[])];
        let exprs = [
            "30 2 * * *",
            "0 0 * * *",
            "*/20 */5 * * *",
            "15 7,23 1-20 * 5",
            "59 23 * * *",
        ];
        let zones = [
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "America/Havana",
        ];
        for zone in zones {
            let zone = Zone::parse(zone).unwrap();
            for expr in exprs {
                let expr = CronExpr::parse(expr).unwrap();
                for from in ["2026-10-20T00:00:00Z", "2027-03-10T12:00:00Z"] {
                    let from: Timestamp = from.parse().unwrap();
                    let all = expr.upcoming(from, &zone, None, 600);
                    for calendar in &calendars {
                        let open = |o: &&Occurrence| {
                            let comes = zone.tz().to_datetime(o.at).date();
                            calendar.is_open(o.run.date()) && calendar.is_open(comes)
                        };
                        let left: Vec<_> = all.iter().filter(open).copied().collect();
                        let found = calendar.upcoming(&expr, from, &zone, None, left.len());
                        assert_eq!(found, left, "{expr} {zone}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_search_ends() {
        let none: [String; 0] = [];
        let sunday = calendar("sun", &[]);
        assert_eq!(
            runs(&sunday, "0 7 * * 0", "UTC", "2026-12-23T12:00:00Z", 1),
            none
        );
        // A year of holidays in a row, and then a run.
        let from: Date = "2027-01-01".parse().unwrap();
        let year = from.series(jiff::Span::new().days(1)).take(365);
        let closed = Calendar {
            holidays: Arc::new(year.collect()),
            ..Calendar::default()
        };
        let found = runs(&closed, "0 7 * * *", "UTC", "2026-12-31T12:00:00Z", 1);
        assert_eq!(found, ["2028-01-01T07:00:00+00:00 2028-01-01"]);
    }
}
