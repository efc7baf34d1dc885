//! When a subscription's next digest is due, out of its terms and its list's cadence.
//!
//! It knows neither what was sent before nor whether the subscriber may be mailed: the callers do.

use sha2::{Digest as _, Sha256};

use super::list::{Cadence, ListSettings};
use super::subscriber::Terms;
use super::time::{CronExpr, Occurrence, Run, Timestamp};
use super::{CadenceId, SubscriptionId};

/// The next run of one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// Which run that is, by the subscriber's own calendar.
    pub run: Run,
    /// Of which cadence.
    pub cadence: CadenceId,
}

/// Terms that do not go with their cadence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// The cadence has more than one time of day, so nobody's own hour can replace it.
    #[error("the cadence `{cadence}` (`{expr}`) takes no hour of a subscriber's own")]
    HourNotTaken {
        /// Its name.
        cadence: String,
        /// Its expression.
        expr: String,
    },
}

impl DueError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        Some(
            "leave the hour out, or choose a cadence whose minute and hour are one number each, \
             such as `0 7 * * *`"
                .to_owned(),
        )
    }
}

/// The first run strictly after `after`, on the subscriber's clock, on a day that the list's calendar
/// leaves open and that no pause covers. `None` if the cadence never fires again.
///
/// # Errors
/// [`DueError::HourNotTaken`] if the terms name an hour and the cadence has no fixed time.
pub fn next_due(
    terms: &Terms,
    cadence: &Cadence,
    after: Timestamp,
) -> Result<Option<Due>, DueError> {
    if terms.hour.is_some() && cadence.expr.fixed_time().is_none() {
        return Err(DueError::HourNotTaken {
            cadence: cadence.name.to_string(),
            expr: cadence.expr.to_string(),
        });
    }
    let after = after.max(terms.paused_through().unwrap_or(after));
    let next = cadence.next_after(after, &terms.zone, terms.hour);
    Ok(next.map(|occurrence| Due {
        at: occurrence.at,
        run: occurrence.run,
        cadence: cadence.id,
    }))
}

/// When a subscription's letter of a wave may leave: its own place in the minutes over which the list
/// spreads them. The place is the same in every wave, and drawn by nobody: SHA-256 of the row id.
pub fn spread(due: Timestamp, subscription: SubscriptionId, minutes: u16) -> Timestamp {
    if minutes == 0 {
        return due;
    }
    let hash = Sha256::digest(subscription.0.to_be_bytes());
    let first = hash
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let place = first % (u64::from(minutes) * 60_000);
    let place = jiff::SignedDuration::from_millis(i64::try_from(place).unwrap_or(0));
    due.checked_add(place).unwrap_or(due)
}

/// Runs of a cadence that are looked at, and days ahead, for the shortest time between two of them.
const RUNS: usize = 500;
const AHEAD_DAYS: i64 = 366;

/// Where letters of a list would be overtaken by their readers' next digest before they may leave: the
/// next wave freezes sooner after a wave is due than the last place in the spread comes. The minutes
/// between two runs that are too few for that; `None` where all is well.
pub fn too_close(settings: &ListSettings, expr: &CronExpr, now: Timestamp) -> Option<i64> {
    // Of these, whatever hour a reader chose, two runs are most of a day apart.
    if expr.fixed_time().is_some() {
        return None;
    }
    let zone = &settings.home_zone;
    let end = now.as_millisecond() + AHEAD_DAYS * 86_400_000;
    let next = |last: &Occurrence| expr.next_after(last.at, zone, None);
    let runs = std::iter::successors(expr.next_after(now, zone, None), next)
        .take(RUNS)
        .map(|run| run.at.as_millisecond())
        .take_while(|at| *at < end);
    let runs: Vec<i64> = runs.collect();
    let gaps = runs.iter().zip(runs.iter().skip(1)).map(|(a, b)| b - a);
    let gap = gaps.min()? / 60_000;
    let needed = i64::from(settings.spread_minutes) + i64::from(settings.lead_minutes);
    (needed > gap).then_some(gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ListId;
    use crate::domain::slug::Slug;
    use crate::domain::subscriber::Length;
    use crate::domain::time::{Calendar, WallTime, Zone};

    fn cadence(expr: &str) -> Cadence {
        Cadence {
            id: CadenceId(7),
            list: ListId(1),
            name: Slug::parse("daily").unwrap(),
            expr: CronExpr::parse(expr).unwrap(),
            calendar: Calendar::default(),
        }
    }

    fn terms(zone: &str, hour: Option<&str>) -> Terms {
        Terms {
            cadence: Slug::parse("daily").unwrap(),
            hour: hour.map(|h| WallTime::parse(h).unwrap()),
            zone: Zone::parse(zone).unwrap(),
            language: "en".to_owned(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: Vec::new(),
            places: Vec::new(),
            resume_on: None,
        }
    }

    fn due(expr: &str, zone: &str, hour: Option<&str>, after: &str) -> Result<String, DueError> {
        let cadence = cadence(expr);
        let due = next_due(&terms(zone, hour), &cadence, after.parse().unwrap())?;
        Ok(due.map_or("never".to_owned(), |d| {
            assert_eq!(d.cadence, cadence.id);
            format!("{} {}", d.at, d.run)
        }))
    }

    #[test]
    fn an_hour_of_ones_own_replaces_the_cadences() {
        let after = "2026-11-25T05:00:00Z";
        let daily = |hour| due("0 7 * * *", "Europe/Berlin", hour, after).unwrap();
        assert_eq!(daily(None), "2026-11-25T06:00:00Z 2026-11-25");
        assert_eq!(daily(Some("05:30")), "2026-11-26T04:30:00Z 2026-11-26");
        assert_eq!(
            due("0 0 30 2 *", "UTC", None, after).unwrap(),
            "never",
            "30 February"
        );
    }

    #[test]
    fn nothing_is_due_before_the_day_on_which_a_pause_ends() {
        let mut terms = terms("Europe/Berlin", Some("07:30"));
        let daily = cadence("0 7 * * *");
        let next = |terms: &Terms, after: &str| {
            let due = next_due(terms, &daily, after.parse().unwrap()).unwrap();
            due.map(|d| format!("{} {}", d.at, d.run)).unwrap()
        };
        terms.resume_on = Some("2027-03-28".parse().unwrap());
        // The clock goes on that night: 07:30 is an hour earlier in UTC than the day before.
        let first = "2027-03-28T05:30:00Z 2027-03-28";
        assert_eq!(next(&terms, "2026-11-25T05:00:00Z"), first);
        assert_eq!(next(&terms, "2027-03-28T01:00:00Z"), first);
        assert_eq!(
            next(&terms, "2027-03-28T05:30:00Z"),
            "2027-03-29T05:30:00Z 2027-03-29"
        );
        // An hour at which the day itself begins is not before it, and one that the gap left out
        // comes after it.
        terms.hour = Some(WallTime::parse("00:00").unwrap());
        assert_eq!(
            next(&terms, "2027-03-01T05:00:00Z"),
            "2027-03-27T23:00:00Z 2027-03-28"
        );
        terms.hour = Some(WallTime::parse("02:30").unwrap());
        assert_eq!(
            next(&terms, "2027-03-01T05:00:00Z"),
            "2027-03-28T01:00:00Z 2027-03-28"
        );
    }

    #[test]
    fn letters_are_spread_by_the_subscription_alone() {
        let due: Timestamp = "2026-11-25T06:00:00Z".parse().unwrap();
        assert_eq!(spread(due, SubscriptionId(1), 0), due);
        let places: Vec<i64> = (1..=2_000)
            .map(|id| spread(due, SubscriptionId(id), 30).as_second() - due.as_second())
            .collect();
        assert!(places.iter().all(|place| (0..1_800).contains(place)));
        for third in [0..600, 600..1_200, 1_200..1_800] {
            let there = places.iter().filter(|place| third.contains(*place)).count();
            assert!((580..760).contains(&there), "{third:?} has {there}");
        }
        let tomorrow = due + jiff::SignedDuration::from_hours(24);
        let again = spread(tomorrow, SubscriptionId(7), 30).as_second() - tomorrow.as_second();
        assert_eq!(again, places[6]);
    }

    #[test]
    fn a_spread_stays_short_of_the_next_cut_off() {
        let now = "2026-11-25T05:00:00Z".parse().unwrap();
        let gap = |expr: &str, spread: u16, lead: u16| {
            let settings = ListSettings {
                spread_minutes: spread,
                lead_minutes: lead,
                ..ListSettings::default()
            };
            too_close(&settings, &CronExpr::parse(expr).unwrap(), now)
        };
        assert_eq!(gap("0 * * * *", 50, 10), None);
        assert_eq!(gap("0 * * * *", 51, 10), Some(60));
        assert_eq!(gap("0 7,8,19 * * *", 120, 10), Some(60));
        assert_eq!(
            gap("0 23,1 1,31 * *", 120, 10),
            Some(120),
            "from month to month"
        );
        assert_eq!(
            gap("*/5 * * * *", 0, 10),
            Some(5),
            "frozen before the last one is due"
        );
        assert_eq!(gap("0 7 * * *", 240, 720), None);
        assert_eq!(
            gap("0 7,19 29 2 *", 240, 10),
            None,
            "no two of them in a year"
        );
    }

    #[test]
    fn an_hour_beside_several_runs_a_day_is_refused() {
        let error = due("0 7,19 * * *", "UTC", Some("09:00"), "2026-11-25T05:00:00Z").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the cadence `daily` (`0 7,19 * * *`) takes no hour of a subscriber's own"
        );
        assert!(error.hint().unwrap().contains("leave the hour out"));
        let runs = due("0 7,19 * * *", "UTC", None, "2026-11-25T07:00:00Z").unwrap();
        assert_eq!(runs, "2026-11-25T19:00:00Z 2026-11-25T19:00");
    }
}
