//! When a subscription's next digest is due, out of its terms and its list's cadence.
//!
//! It knows neither what was sent before nor whether the subscriber may be mailed: the callers do.

use super::CadenceId;
use super::list::Cadence;
use super::subscriber::Terms;
use super::time::{Run, Timestamp};

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

/// The first run strictly after `after`, on the subscriber's clock. `None` if the cadence never
/// fires again.
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
    let next = cadence.expr.next_after(after, &terms.zone, terms.hour);
    Ok(next.map(|occurrence| Due {
        at: occurrence.at,
        run: occurrence.run,
        cadence: cadence.id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ListId;
    use crate::domain::slug::Slug;
    use crate::domain::subscriber::Length;
    use crate::domain::time::{CronExpr, WallTime, Zone};

    fn due(expr: &str, zone: &str, hour: Option<&str>, after: &str) -> Result<String, DueError> {
        let cadence = Cadence {
            id: CadenceId(7),
            list: ListId(1),
            name: Slug::parse("daily").unwrap(),
            expr: CronExpr::parse(expr).unwrap(),
        };
        let terms = Terms {
            cadence: cadence.name.clone(),
            hour: hour.map(|h| WallTime::parse(h).unwrap()),
            zone: Zone::parse(zone).unwrap(),
            language: "en".to_owned(),
            length: Length::Long,
            images: true,
            topics: Vec::new(),
            places: Vec::new(),
        };
        let due = next_due(&terms, &cadence, after.parse().unwrap())?;
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
