//! Dates as feeds write them: RFC 3339 and its ISO 8601 cousins, RFC 822/2822 with every slip that
//! was seen, asctime. A date that is not stated clearly is none; nothing is guessed from a clock.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz};

use crate::domain::time::MONTHS;

/// Longer texts are no dates.
const LONGEST: usize = 80;

/// Reads a date; without a zone it is UTC, without a time midnight.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    iso(text).or_else(|| words(text))
}

/// Seconds east of UTC.
type Offset = i32;

fn at(date: Date, time: Clock, offset: Offset) -> Option<Timestamp> {
    let civil = date.to_datetime(Time::new(time.hour, time.minute, time.second, 0).ok()?);
    let civil = civil.checked_add(i64::from(time.days).days()).ok()?;
    let offset = tz::Offset::from_seconds(offset).ok()?;
    let instant = offset.to_timestamp(civil).ok()?;
    (1900..=2200).contains(&date.year()).then_some(instant)
}

/// A time of day; `days` is 1 for 24:00.
#[derive(Clone, Copy, Default)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    days: i8,
}

fn number<T: std::str::FromStr>(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<T> {
    let digits = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// `HH:MM[:SS[.fraction]]`; a leap second is the second before it.
fn clock(text: &str) -> Option<Clock> {
    let mut parts = text.split(':');
    let hour: i8 = number(parts.next()?, 1..=2)?;
    let minute: i8 = number(parts.next()?, 2..=2)?;
    let second = match parts.next() {
        Some(second) => {
            let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
            number::<u64>(fraction, 1..=18)?;
            number::<i8>(whole, 2..=2)?
        }
        None => 0,
    };
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let midnight = hour == 24;
    if midnight && (minute, second) != (0, 0) {
        return None;
    }
    Some(Clock {
        hour: if midnight { 0 } else { hour },
        minute,
        second: second.min(59),
        days: i8::from(midnight),
    })
}

/// `+HH:MM`, `-HHMM`, `+HH`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((h, m)), _) => (h, m),
        (None, 4) => digits.split_at(2),
        (None, 1..=2) => (digits, "00"),
        _ => return None,
    };
    let hours: i32 = number(hours, 1..=2)?;
    let minutes: i32 = number(minutes, 2..=2)?;
    (hours <= 15 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Zone names that feeds use (RFC 822 §5.1 and a few that are not ambiguous among news sites).
fn zone(name: &str) -> Option<Offset> {
    if let Some(offset) = offset(name) {
        return Some(offset);
    }
    let upper = name.trim_start_matches("Etc/").to_ascii_uppercase();
    if let Some(rest) = upper
        .strip_prefix("GMT")
        .or_else(|| upper.strip_prefix("UTC"))
        && !rest.is_empty()
    {
        return offset(rest);
    }
    let minutes = match upper.as_str() {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "CET" | "MET" | "BST" | "WEST" => 60,
        "CEST" | "MEST" | "EET" => 120,
        "EEST" | "MSK" => 180,
        "SGT" | "HKT" | "AWST" => 480,
        "JST" | "KST" => 540,
        "AEST" => 600,
        "AEDT" => 660,
        "NZST" => 720,
        "NZDT" => 780,
        "AT" | "AST" | "EDT" => -240,
        "ET" | "EST" | "CDT" => -300,
        "CT" | "CST" | "MDT" => -360,
        "MT" | "MST" | "PDT" => -420,
        "PT" | "PST" => -480,
        "HST" => -600,
        _ => return None,
    };
    Some(minutes * 60)
}

/// ISO 8601 as W3C-DTF and RFC 3339 profile it, with a blank for the `T` and `HHMM` offsets.
fn iso(text: &str) -> Option<Timestamp> {
    let (day, rest) = match text.find(['T', 't', ' ']) {
        Some(i) => (text.get(..i)?, text.get(i + 1..)?.trim()),
        None => (text, ""),
    };
    let day = match (day.len(), day.contains(['-', '/'])) {
        (8, false) => {
            let (year, rest) = day.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            Date::new(
                number(year, 4..=4)?,
                number(month, 2..=2)?,
                number(day, 2..=2)?,
            )
            .ok()?
        }
        _ => {
            let mut parts = day.split(['-', '/']);
            let year = number(parts.next()?, 4..=4)?;
            let month = parts.next().map_or(Some(1), |m| number(m, 1..=2))?;
            let day = parts
                .next()
                .map_or(Some(1), |d| number(d.trim_start_matches('0'), 1..=2))?;
            if parts.next().is_some() {
                return None;
            }
            Date::new(year, month, day).ok()?
        }
    };
    if rest.is_empty() {
        return at(day, Clock::default(), 0);
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
        .unwrap_or(rest.len());
    let (time, zone_text) = rest.split_at_checked(end)?;
    let zone_text = zone_text.trim();
    let east = if zone_text.is_empty() {
        0
    } else {
        zone(zone_text)?
    };
    at(day, clock(time)?, east)
}

/// What a date in words has said so far.
#[derive(Default)]
struct Said {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Clock>,
    afternoon: Option<bool>,
    east: Option<Offset>,
    whole: Option<Date>,
}

/// Dates with the month in words, in any order of their parts.
fn words(text: &str) -> Option<Timestamp> {
    let mut said = Said::default();
    let text = text.split(" (").next().unwrap_or_default();
    let parts = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|p| !p.is_empty());
    for (i, part) in parts.enumerate() {
        hear(&mut said, part, i)?;
    }
    let date = match said.whole {
        Some(date) => date,
        None => Date::new(said.year?, said.month?, said.day?).ok()?,
    };
    let mut time = said.time.unwrap_or_default();
    match said.afternoon {
        Some(true) if time.hour < 12 => time.hour += 12,
        Some(false) if time.hour == 12 => time.hour = 0,
        _ => {}
    }
    at(date, time, said.east.unwrap_or(0))
}

/// Takes one word of a date; `None` if it has no place in one.
fn hear(said: &mut Said, part: &str, place: usize) -> Option<()> {
    let lower = part.to_ascii_lowercase();
    if part.contains(':') && said.time.is_none() {
        let (digits, half) = match lower
            .strip_suffix("am")
            .or_else(|| lower.strip_suffix("pm"))
        {
            Some(digits) => (digits, Some(lower.ends_with("pm"))),
            None => (lower.as_str(), None),
        };
        said.afternoon = half.or(said.afternoon);
        said.time = Some(clock(digits)?);
    } else if let Some(month) = month(&lower).filter(|_| said.month.is_none()) {
        said.month = Some(month);
    } else if matches!(lower.as_str(), "am" | "pm" | "a.m." | "p.m.") {
        said.afternoon = Some(lower.starts_with('p'));
    } else if lower.bytes().all(|b| b.is_ascii_digit()) {
        numeral(said, &lower)?;
    } else if lower.contains(['-', '/']) && said.month.is_none() && zone(part).is_none() {
        dashed(said, &lower)?;
    } else if said.time.is_some() && said.east.is_none() {
        // RFC 2822 §4.3: a zone that nobody knows counts as UTC; one that is half a number does not.
        let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        said.east = zone(part).or(if alphabetic { Some(0) } else { None });
        said.east?;
    } else if let Some(day) = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|s| lower.strip_suffix(s))
    {
        said.day = Some(number(day, 1..=2)?);
    } else if place > 0 || !lower.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.') {
        // Only the name of the day may stand first and mean nothing.
        return None;
    }
    Some(())
}

/// A month by its English name or any beginning of it from three letters on.
fn month(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.');
    let index = MONTHS
        .iter()
        .position(|m| word.len() >= 3 && m.starts_with(word))?;
    Some(i8::try_from(index).ok()? + 1)
}

fn numeral(said: &mut Said, digits: &str) -> Option<()> {
    match digits.len() {
        1..=2 if said.day.is_none() => said.day = Some(digits.parse().ok()?),
        2 if said.year.is_none() => {
            // RFC 2822 §4.3.
            let short: i16 = digits.parse().ok()?;
            said.year = Some(if short < 50 {
                2000 + short
            } else {
                1900 + short
            });
        }
        4 if said.year.is_none() => said.year = Some(digits.parse().ok()?),
        _ => return None,
    }
    Some(())
}

/// `26-Jan-2004` or `2006/09/15`.
fn dashed(said: &mut Said, text: &str) -> Option<()> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    if first.len() == 4 {
        let date = Date::new(
            number(first, 4..=4)?,
            number(second, 1..=2)?,
            number(third, 1..=2)?,
        );
        said.whole = Some(date.ok()?);
        return Some(());
    }
    said.month = Some(month(second)?);
    said.day = Some(number(first, 1..=2)?);
    numeral(said, third)
}

#[cfg(test)]
mod tests {
    use super::parse_date;

    #[test]
    fn dates_are_read_in_every_usual_dress() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                parse_date(text).map(|t| t.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("2003-12-31T10:14:55-08:00", Some("2003-12-31T18:14:55Z"));
        check("2004-07-08 23:56:58", Some("2004-07-08T23:56:58Z"));
        check("2003-12-31", Some("2003-12-31T00:00:00Z"));
        check("20031231", Some("2003-12-31T00:00:00Z"));
        check("2003-12-31T24:00:00Z", Some("2004-01-01T00:00:00Z"));
        check("Thu, 01 Jan 04 19:48:21 GMT", Some("2004-01-01T19:48:21Z"));
        check(
            "Mon, 26 January 2004 16:31:00 ET",
            Some("2004-01-26T21:31:00Z"),
        );
        check("Sun Jan  4 16:29:06 2004", Some("2004-01-04T16:29:06Z"));
        check(
            "January 5th, 2004 3:00 PM PST",
            Some("2004-01-05T23:00:00Z"),
        );
        check("26-Jan-2004 10:00", Some("2004-01-26T10:00:00Z"));
        check(
            "Wed, 19 Feb 2012 22:40:00 GMT-01:01",
            Some("2012-02-19T23:41:00Z"),
        );
        check(
            "Mon, 01 Jan 2024 10:00:00 +0000 (UTC)",
            Some("2024-01-01T10:00:00Z"),
        );
        for bad in [
            "",
            "yesterday",
            "2003-13-01",
            "Sun, 99 Jun 2009 12:00:00 GMT",
            "12/10/2009",
            "Sun, 16 Dec 2012 11:47:32 +zz:00",
            "2013-01-28T11:30:00-06:00Textra",
            "22013",
            "2003-12-31T25:14:55Z",
            "Sun, 16 Dec 2012 1:2:3:4 GMT",
            "\u{661}",
            "9999-12-31",
        ] {
            check(bad, None);
        }
    }
}
