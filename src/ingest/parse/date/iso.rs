//! ISO 8601 as RFC 3339 and W3C-DTF profile it, with its week dates, ordinal dates and short years,
//! and with a blank for the `T`.

use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::{Clock, at, clock, months, number, short_year, zone};

/// Reads a date that starts with its year.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_digit() && first != b'-' {
        return None;
    }
    if let Some(at) = packed(text) {
        return Some(at);
    }
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(i) => (text.get(..i)?, text.get(i + 1..)?.trim()),
        None => (text, ""),
    };
    let date = day(date)?;
    if rest.is_empty() {
        return at(date, Clock::default(), 0);
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
        .unwrap_or(rest.len());
    let (time, east) = rest.split_at_checked(end)?;
    let east = match east.trim() {
        "" => 0,
        east => zone::read(east)?,
    };
    at(date, time_of_day(time)?, east)
}

/// `YYYYMMDDHHMM[SS]`, as databases print it.
fn packed(text: &str) -> Option<Timestamp> {
    if !matches!(text.len(), 12 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (date, time) = text.split_at_checked(8)?;
    at(day(date)?, time_of_day(time)?, 0)
}

/// `HH:MM[:SS]`, `HHMM[SS]` or `HH`.
fn time_of_day(text: &str) -> Option<Clock> {
    let (whole, fraction) = match text.find(['.', ',']) {
        Some(i) if !text.contains(':') => text.split_at_checked(i)?,
        _ => (text, ""),
    };
    if whole.contains(':') {
        return clock(whole);
    }
    if !fraction.is_empty() {
        number::<u64>(fraction.get(1..)?, 1..=18)?;
    }
    let digits = match whole.len() {
        2 => format!("{whole}:00"),
        4 | 6 => {
            let pairs = [whole.get(..2), whole.get(2..4), whole.get(4..6)];
            let pairs: Vec<&str> = pairs.into_iter().flatten().collect();
            pairs.join(":")
        }
        _ => return None,
    };
    clock(&digits)
}

fn day(text: &str) -> Option<Date> {
    match text.contains(['-', '/', '.']) {
        true => parted(text),
        false => whole(text),
    }
}

/// A date without anything between its parts.
fn whole(text: &str) -> Option<Date> {
    if let Some((year, week)) = text.split_once(['W', 'w']) {
        return of_week(year, week);
    }
    let year = || number(text.get(..4)?, 4..=4);
    match text.len() {
        4 => Date::new(year()?, 1, 1).ok(),
        5 => {
            // A year with a digit too many is no day of another year.
            let slip: i16 = number(text.get(1..)?, 4..=4)?;
            let ordinal = (!(1900..=2099).contains(&slip)).then(|| text.get(2..))??;
            of_ordinal(short_year(text.get(..2)?)?, ordinal)
        }
        6 => {
            let (year, month) = (short_year(text.get(..2)?)?, number(text.get(2..4)?, 2..=2)?);
            Date::new(year, month, number(text.get(4..)?, 2..=2)?).ok()
        }
        7 => of_ordinal(year()?, text.get(4..)?),
        8 => {
            let (month, day) = (text.get(4..6)?, text.get(6..)?);
            Date::new(year()?, number(month, 2..=2)?, number(day, 2..=2)?).ok()
        }
        _ => None,
    }
}

/// A date with something between its parts.
fn parted(text: &str) -> Option<Date> {
    // `-YYMM` and `-YY-MM`: a century that is left out.
    if let Some(short) = text.strip_prefix('-') {
        let (year, month) = match short.split_once('-') {
            Some(parts) => parts,
            None => short.split_at_checked(2)?,
        };
        return Date::new(short_year(year)?, number(month, 2..=2)?, 1).ok();
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let year: i16 = match parts.first()?.len() {
        2 if parts.len() == 3 && text.contains('-') => short_year(parts.first()?)?,
        _ => number(parts.first()?, 4..=4)?,
    };
    match parts.as_slice() {
        [_, second] if second.starts_with(['W', 'w']) => of_week(parts.first()?, second.get(1..)?),
        [_, second, day] if second.starts_with(['W', 'w']) => {
            of_week(parts.first()?, &format!("{}{day}", second.get(1..)?))
        }
        [_] => Date::new(year, 1, 1).ok(),
        [_, ordinal] if ordinal.len() == 3 => of_ordinal(year, ordinal),
        [_, month] => Date::new(year, number(month, 1..=2)?, 1).ok(),
        [_, month, day] => {
            let unpadded = |part: &str| number(part.trim_start_matches('0'), 1..=2);
            let month = unpadded(month).or_else(|| months::month(month))?;
            Date::new(year, month, unpadded(day)?).ok()
        }
        _ => None,
    }
}

/// The days of a year counted through.
fn of_ordinal(year: i16, days: &str) -> Option<Date> {
    let days: i16 = number(days, 3..=3)?;
    Date::new(year, 1, 1)
        .ok()?
        .with()
        .day_of_year(days)
        .build()
        .ok()
}

/// A week of a year, Monday where no day of it is named.
fn of_week(year: &str, week: &str) -> Option<Date> {
    let (week, day) = match week.len() {
        2 => (week, 1),
        3 => (week.get(..2)?, number(week.get(2..)?, 1..=1)?),
        _ => return None,
    };
    let day = Weekday::from_monday_one_offset(day).ok()?;
    let year = number(year.trim_end_matches('-'), 4..=4)?;
    let found = ISOWeekDate::new(year, number(week, 2..=2)?, day).ok()?;
    Some(found.date())
}
