//! Cron expressions: the days and hours of a cadence.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime as ChronoDateTime, Datelike, NaiveDate, Timelike, Utc};
use cron::Schedule;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::field::{CronField, Field, FieldProblem};
use super::run::Run;
use super::wall::WallTime;
use super::zone::Zone;
use super::{resolve, shown};

/// The longest expression that is read, in bytes.
pub const MAX_CRON_BYTES: usize = 256;

/// The years that the `cron` crate knows; nothing fires outside of them.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

const NICKNAMES: &[(&str, &str)] = &[
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// A cron expression, read as crontab(5) does, and fired by the clock of any zone.
///
/// Five fields: minute, hour, day of month, month, day of week; or `@hourly`, `@daily`,
/// `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`. Lists, ranges, steps, and English
/// names (three letters or whole, in any case) for months and days; 0 and 7 are Sunday. As in
/// crontab(5), where both day fields are restricted, a day that fits either one fires. `*` restricts
/// nothing, nor does what starts with `*` and allows every day (`*/1`); a step such as `*/2` does, as
/// in all libraries that people write their expressions with and against the letter of cron's own
/// source, which looks at the first character alone. Beyond crontab(5), a range may run over its
/// end (`fri-mon`), and `N/STEP` is `N-MAX/STEP`. Seconds, years, `L`, `W`, `#`, `?`, `@reboot` and
/// steps longer than their field are refused.
///
/// Over clock changes: an expression whose hour field starts with `*` follows the real clock, so
/// nothing fires inside the spring gap and everything twice in the autumn overlap. All others are
/// fixed times: inside the gap they fire at the first valid instant after it, in the overlap once,
/// the first time.
#[derive(Clone, Debug)]
pub struct CronExpr {
    source: String,
    /// One, or one for each day field. At midnight where `fixed` is known.
    schedules: Vec<Schedule>,
    fixed: Option<WallTime>,
    follows_clock: bool,
}

/// When a cadence fires, and which run that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// The instant.
    pub at: Timestamp,
    /// The run, by the clock of the zone that was asked for.
    pub run: Run,
}

/// Why a text is not a [`CronExpr`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Nothing but blanks.
    #[error("the cron expression is empty")]
    Empty,
    /// Longer than [`MAX_CRON_BYTES`].
    #[error("the cron expression is {bytes} bytes long, over the limit of {MAX_CRON_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not five fields.
    #[error("`{expr}` has {count} fields, a cron expression has 5")]
    FieldCount {
        /// The expression.
        expr: String,
        /// How many fields it has.
        count: usize,
    },
    /// An `@` word that is not one of ours.
    #[error("`{name}` is not a cron nickname")]
    Nickname {
        /// The word.
        name: String,
    },
    /// A field is malformed.
    #[error("{field}: `{value}` {problem}")]
    Field {
        /// Which one.
        field: CronField,
        /// The part of it that is wrong.
        value: String,
        /// How it is wrong.
        problem: FieldProblem,
    },
    /// The `cron` crate refused what we made of it.
    #[error("`{expr}` was refused: {reason}")]
    Refused {
        /// The expression.
        expr: String,
        /// The crate's words.
        reason: String,
    },
}

impl CronError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        const FIELDS: &str = "minute, hour, day of month, month, day of week";
        match self {
            Self::Empty | Self::TooLong { .. } => Some(format!(
                "write five fields ({FIELDS}), such as `30 7 * * 1-5`"
            )),
            Self::FieldCount { count: 6 | 7, .. } => Some(format!(
                "leave out seconds and years; the five fields are {FIELDS}"
            )),
            Self::FieldCount { .. } => Some(format!("the five fields are {FIELDS}")),
            Self::Nickname { .. } => {
                let names: Vec<_> = NICKNAMES
                    .iter()
                    .map(|(name, _)| format!("`{name}`"))
                    .collect();
                Some(format!("write one of {}", names.join(", ")))
            }
            Self::Field { field, problem, .. } => Some(problem.hint(*field)),
            Self::Refused { .. } => None,
        }
    }
}

impl CronExpr {
    /// Reads an expression; blanks around it and between fields are spaces and tabs.
    ///
    /// An expression for a day that never comes (30 February) is read: see [`CronExpr::can_fire`].
    ///
    /// # Errors
    /// [`CronError`]; a malformed field is named.
    pub fn parse(text: &str) -> Result<CronExpr, CronError> {
        if text.len() > MAX_CRON_BYTES {
            return Err(CronError::TooLong { bytes: text.len() });
        }
        let source = text.trim_matches([' ', '\t']);
        let [minute, hour, dom, month, dow] = five_fields(source)?;
        let minute = Field::parse(CronField::Minute, minute)?;
        let hour = Field::parse(CronField::Hour, hour)?;
        let dom = Field::parse(CronField::DayOfMonth, dom)?;
        let month = Field::parse(CronField::Month, month)?;
        let dow = Field::parse(CronField::DayOfWeek, dow)?;

        let fixed = minute
            .single
            .zip(hour.single)
            .and_then(|(m, h)| WallTime::new(h, m));
        let time = match fixed {
            Some(_) => "0 0".to_owned(),
            None => format!("{} {}", minute.spec(), hour.spec()),
        };
        let (dom_spec, month, dow_spec) = (dom.spec(), month.spec(), dow.spec());
        let specs = if either_day_fires(&dom, &dow) {
            vec![
                format!("0 {time} {dom_spec} {month} *"),
                format!("0 {time} * {month} {dow_spec}"),
            ]
        } else {
            vec![format!("0 {time} {dom_spec} {month} {dow_spec}")]
        };
        let schedules = specs
            .iter()
            .map(|spec| Schedule::from_str(spec))
            .collect::<Result<_, _>>();
        let schedules = schedules.map_err(|error: cron::error::Error| CronError::Refused {
            expr: shown(source),
            reason: error.to_string(),
        })?;
        let follows_clock = hour.starts_with_star;
        Ok(CronExpr {
            source: source.to_owned(),
            schedules,
            fixed,
            follows_clock,
        })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The time of day, if minute and hour are one number each. Then the expression gives the days
    /// and this is the default hour, which a subscription's own replaces.
    pub fn fixed_time(&self) -> Option<WallTime> {
        self.fixed
    }

    /// Whether the hour field starts with `*`, so that the expression follows the real clock.
    pub fn follows_clock(&self) -> bool {
        self.follows_clock
    }

    /// Whether any day from 1970 to 2100 fits; 30 February does not.
    pub fn can_fire(&self) -> bool {
        self.next_wall(DateTime::MIN).is_some()
    }

    /// The first occurrence strictly after `after`, by the clock of `zone`.
    ///
    /// `hour` replaces minute and hour where [`CronExpr::fixed_time`] is known, and plays no part
    /// elsewhere. Several wall times that fall into one gap are one occurrence, the run of the first
    /// of them. `None` when nothing fires any more up to the end of the year 2100 (local time),
    /// which also ends the search.
    pub fn next_after(
        &self,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
    ) -> Option<Occurrence> {
        if self.follows_clock {
            let next_wall = |wall| self.next_wall(wall);
            let (at, wall, second_pass) = resolve::on_clock(zone.tz(), after, next_wall)?;
            let time = wall_time(wall)?;
            let run = if second_pass { Run::again_at } else { Run::at };
            return Some(Occurrence {
                at,
                run: run(wall.date(), time),
            });
        }
        // The schedules of a fixed time stand at midnight: shifted to and fro, the days remain.
        let time = self.fixed.map(|default| hour.unwrap_or(default));
        let shift = time.map_or(0, |time| i64::from(time.minutes_of_day()));
        let shift = SignedDuration::from_mins(shift);
        let mut wall = zone.tz().to_datetime(after);
        loop {
            let midnight = self.next_wall(wall.saturating_sub(shift))?;
            wall = midnight.checked_add(shift).ok()?;
            let at = resolve::fixed(zone.tz(), wall)?;
            if at > after {
                let run = match time {
                    Some(_) => Run::on(wall.date()),
                    None => Run::at(wall.date(), wall_time(wall)?),
                };
                return Some(Occurrence { at, run });
            }
        }
    }

    /// The first `count` occurrences strictly after `after`; fewer where nothing fires any more.
    pub fn upcoming(
        &self,
        after: Timestamp,
        zone: &Zone,
        hour: Option<WallTime>,
        count: usize,
    ) -> Vec<Occurrence> {
        let first = self.next_after(after, zone, hour);
        let next = |last: &Occurrence| self.next_after(last.at, zone, hour);
        std::iter::successors(first, next).take(count).collect()
    }

    /// The first wall time of the schedules strictly after `wall`; fractions of a second are dropped.
    fn next_wall(&self, wall: DateTime) -> Option<DateTime> {
        let after = to_chrono(wall)?;
        let next = self
            .schedules
            .iter()
            .filter_map(|schedule| schedule.after(&after).next())
            .min();
        next.and_then(from_chrono)
    }
}

/// The rule of crontab(5) for the two day fields: either one will do where both are restricted.
fn either_day_fires(dom: &Field, dow: &Field) -> bool {
    dom.is_restricted() && dow.is_restricted()
}

/// The five fields of an expression or of what its nickname stands for.
fn five_fields(source: &str) -> Result<[&str; 5], CronError> {
    let text = if source.starts_with('@') {
        nickname(source)?
    } else {
        source
    };
    let fields: Vec<_> = text
        .split([' ', '\t'])
        .filter(|part| !part.is_empty())
        .collect();
    match fields[..] {
        [] => Err(CronError::Empty),
        [minute, hour, dom, month, dow] => Ok([minute, hour, dom, month, dow]),
        _ => Err(CronError::FieldCount {
            expr: shown(source),
            count: fields.len(),
        }),
    }
}

fn nickname(source: &str) -> Result<&'static str, CronError> {
    let known = NICKNAMES
        .iter()
        .find(|(name, _)| source.eq_ignore_ascii_case(name));
    let unknown = || CronError::Nickname {
        name: shown(source),
    };
    known.map(|(_, expanded)| *expanded).ok_or_else(unknown)
}

fn wall_time(wall: DateTime) -> Option<WallTime> {
    WallTime::new(
        u8::try_from(wall.hour()).ok()?,
        u8::try_from(wall.minute()).ok()?,
    )
}

/// The wall time as if it were UTC, to the second; `None` after the last year of the crate. What is
/// before its first year becomes the second before it.
fn to_chrono(wall: DateTime) -> Option<ChronoDateTime<Utc>> {
    if wall.year() > *YEARS.end() {
        return None;
    }
    let start = jiff::civil::date(*YEARS.start() - 1, 12, 31).at(23, 59, 59, 0);
    let wall = wall.max(start);
    let number = |part: i8| u32::try_from(part).ok();
    let day = NaiveDate::from_ymd_opt(
        i32::from(wall.year()),
        number(wall.month())?,
        number(wall.day())?,
    )?;
    let (hour, minute, second) = (
        number(wall.hour())?,
        number(wall.minute())?,
        number(wall.second())?,
    );
    Some(day.and_hms_opt(hour, minute, second)?.and_utc())
}

fn from_chrono(wall: ChronoDateTime<Utc>) -> Option<DateTime> {
    let part = |part: u32| i8::try_from(part).ok();
    DateTime::new(
        i16::try_from(wall.year()).ok()?,
        part(wall.month())?,
        part(wall.day())?,
        part(wall.hour())?,
        part(wall.minute())?,
        part(wall.second())?,
        0,
    )
    .ok()
}

impl PartialEq for CronExpr {
    fn eq(&self, other: &CronExpr) -> bool {
        self.source == other.source
    }
}

impl Eq for CronExpr {}

impl fmt::Display for CronExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl FromStr for CronExpr {
    type Err = CronError;

    fn from_str(text: &str) -> Result<CronExpr, CronError> {
        CronExpr::parse(text)
    }
}

#[cfg(test)]
mod clock_tests;
#[cfg(test)]
mod tests;
