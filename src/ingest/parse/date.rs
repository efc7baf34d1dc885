//! Dates as feeds write them: RFC 3339 and all of ISO 8601, RFC 822/2822 with every slip that was
//! seen, asctime, months in many languages. A date that is not stated clearly is none; nothing is
//! guessed from a clock.

mod iso;
mod months;
mod words;
mod zone;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz};

/// Longer texts are no dates, in octets.
const LONGEST: usize = 120;

/// Reads a date; without a zone it is UTC, without a time midnight. Any year that the calendar has is
/// read: whether an article can be of it is for the reader to judge.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    // RFC 9557 allows a zone's name in brackets behind the offset.
    let text = match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
        Some((before, _)) => before,
        None => text,
    };
    iso::read(text)
        .or_else(|| seconds(text))
        .or_else(|| words::read(text))
}

/// Seconds or milliseconds since 1970, of this century.
fn seconds(text: &str) -> Option<Timestamp> {
    match text.len() {
        10 => Timestamp::from_second(number(text, 10..=10)?).ok(),
        13 => Timestamp::from_millisecond(number(text, 13..=13)?).ok(),
        _ => None,
    }
}

/// Seconds east of UTC.
type Offset = i32;

fn at(date: Date, time: Clock, offset: Offset) -> Option<Timestamp> {
    let civil = date.to_datetime(Time::new(time.hour, time.minute, time.second, 0).ok()?);
    let civil = civil.checked_add(i64::from(time.days).days()).ok()?;
    let offset = tz::Offset::from_seconds(offset).ok()?;
    offset.to_timestamp(civil).ok()
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

/// A year of two digits (RFC 2822 §4.3).
fn short_year(digits: &str) -> Option<i16> {
    let short: i16 = number(digits, 2..=2)?;
    Some(if short < 50 {
        2000 + short
    } else {
        1900 + short
    })
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

#[cfg(test)]
mod tests;
