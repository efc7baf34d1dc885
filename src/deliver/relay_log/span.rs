//! When a log begins and ends, and whether it covers an instant. Syslog's old form tells neither year
//! nor zone, so the zone has to be told and the year follows from the time of reading.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Clocks of two machines differ, and a log is written a little later than it happened.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The time of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// With its zone (RFC 3339).
    Instant(Timestamp),
    /// On a wall somewhere, in some year.
    Wall(Wall),
}

/// Month, day and time, as syslog's old form has them (RFC 3164 §4.1.2).
pub(super) type Wall = (i8, i8, Time);

/// The time that a log spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    instants: Option<(Timestamp, Timestamp)>,
    walls: Option<(Wall, Wall)>,
}

impl When {
    /// The time at the beginning of a line, and the rest.
    pub(super) fn of(line: &str) -> Option<(When, &str)> {
        let line = line.trim_start();
        if line.as_bytes().first()?.is_ascii_digit() {
            let (word, rest) = line.split_once(' ')?;
            let at = word.parse::<Timestamp>().ok()?;
            return Some((When::Instant(at), rest));
        }
        let month = line.get(..3)?;
        let month = 1 + MONTHS.iter().position(|known| *known == month)?;
        let (day, rest) = line.get(3..)?.trim_start().split_once(' ')?;
        let (time, rest) = rest.trim_start().split_once(' ')?;
        let day: i8 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
        let time: Time = match time.len() {
            8.. => time.parse().ok()?,
            _ => return None,
        };
        let month = i8::try_from(month).ok()?;
        Some((When::Wall((month, day, time)), rest))
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Span {
    pub(super) fn add(&mut self, when: When) {
        match when {
            When::Instant(at) => {
                let (first, last) = self.instants.get_or_insert((at, at));
                *first = at.min(*first);
                *last = at.max(*last);
            }
            // In the order of the file: over a new year the later one is the smaller.
            When::Wall(wall) => self.walls.get_or_insert((wall, wall)).1 = wall,
        }
    }

    /// Whether the log has times without a zone: then one has to be named.
    pub fn needs_zone(&self) -> bool {
        self.walls.is_some()
    }

    /// Whether no line had a time at all, as in a CSV.
    pub fn is_timeless(&self) -> bool {
        self.instants.is_none() && self.walls.is_none()
    }

    /// Whether everything that a relay did with a letter between `from` and `until` stands in the
    /// log, some minutes for clocks and delays included. `now` is when it is read.
    pub fn covers(
        &self,
        from: Timestamp,
        until: Timestamp,
        zone: Option<&TimeZone>,
        now: Timestamp,
    ) -> bool {
        let span = match (self.instants, self.walls) {
            (Some(span), None) => Some(span),
            (None, Some(walls)) => zone.and_then(|zone| instants(walls, zone, now)),
            // None at all, or two kinds mixed, whose order nobody knows.
            _ => None,
        };
        let Some((first, last)) = span else {
            return false;
        };
        let until = until.saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
        first <= from && until <= last
    }
}

/// The instants of the first and last line: the last is the latest such wall that is not to come,
/// the first the latest before it.
fn instants(
    (first, last): (Wall, Wall),
    zone: &TimeZone,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    // A machine's clock may be a little ahead of ours.
    let end = now.saturating_add(MARGIN).ok()?;
    let last = latest(last, zone, end)?;
    Some((latest(first, zone, last)?, last))
}

fn latest((month, day, time): Wall, zone: &TimeZone, until: Timestamp) -> Option<Timestamp> {
    let year = zone.to_datetime(until).year();
    // A leap day is at most eight years back.
    (0..=8).find_map(|back| {
        let date = Date::new(year.checked_sub(back)?, month, day).ok()?;
        let wall = DateTime::from_parts(date, time);
        let at = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
        (at <= until).then_some(at)
    })
}
