//! The run: which issue of a cadence an edition is.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::shown;
use super::wall::WallTime;

/// The local wall date of an edition, with the wall time where its cadence has several runs a day,
/// and the pass of the overlap where its cadence follows the clock.
///
/// It says when an edition is meant, not when it is due: a subscriber whose 02:30 does not exist on
/// 2027-03-28 gets the run `2027-03-28` at 03:00. Written and read as a key that stays the same:
///
/// | key | run |
/// | --- | --- |
/// | `2026-11-25` | the only run of that day |
/// | `2026-11-25T14:30` | one of several runs of that day |
/// | `2026-10-25T02:30+2` | the same wall time again, in the second pass of the overlap |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run {
    date: Date,
    time: Option<WallTime>,
    second_pass: bool,
}

/// Why a text is not a [`Run`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Not a date, a date with a time, or a date with a time and `+2`.
    #[error("`{given}` is not a run")]
    Shape {
        /// The text as it came, cut at 64 characters.
        given: String,
    },
    /// The calendar has no such day.
    #[error("`{given}` is not a day of the calendar")]
    NoSuchDay {
        /// The part that should be a date.
        given: String,
    },
}

impl RunError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        Some("write a date such as `2026-11-25`, or with a time `2026-11-25T14:30`".to_owned())
    }
}

impl Run {
    /// The only run of its day.
    pub fn on(date: Date) -> Run {
        Run {
            date,
            time: None,
            second_pass: false,
        }
    }

    /// One of several runs of a day.
    pub fn at(date: Date, time: WallTime) -> Run {
        Run {
            date,
            time: Some(time),
            second_pass: false,
        }
    }

    /// The run whose wall time has already been once that day: the second pass of the overlap.
    pub fn again_at(date: Date, time: WallTime) -> Run {
        Run {
            date,
            time: Some(time),
            second_pass: true,
        }
    }

    /// The local wall date.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The nominal wall time, where the cadence has several runs a day.
    pub fn time(&self) -> Option<WallTime> {
        self.time
    }

    /// Reads a date alone, as [`Display`](fmt::Display) writes the only run of a day.
    ///
    /// # Errors
    /// [`RunError`] with the part that is wrong.
    pub fn parse_date(text: &str) -> Result<Date, RunError> {
        let shape = || RunError::Shape { given: shown(text) };
        parse_date(text).ok_or_else(shape)?
    }

    /// Reads a key as [`Display`](fmt::Display) writes it, exactly; only years 0 to 9999.
    ///
    /// # Errors
    /// [`RunError`] with the part that is wrong.
    pub fn parse(text: &str) -> Result<Run, RunError> {
        let shape = || RunError::Shape { given: shown(text) };
        let (day, rest) = match text.split_once('T') {
            Some((day, rest)) => (day, Some(rest)),
            None => (text, None),
        };
        let date = parse_date(day).ok_or_else(shape)??;
        let Some(rest) = rest else {
            return Ok(Run::on(date));
        };
        let (time, second_pass) = match rest.strip_suffix("+2") {
            Some(time) => (time, true),
            None => (rest, false),
        };
        let time = WallTime::parse(time).map_err(|_| shape())?;
        Ok(Run {
            date,
            time: Some(time),
            second_pass,
        })
    }
}

/// `None` if the text is not shaped as `YYYY-MM-DD`.
fn parse_date(text: &str) -> Option<Result<Date, RunError>> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let year = text.get(0..4)?.parse().ok()?;
    let month = text.get(5..7)?.parse().ok()?;
    let day = text.get(8..10)?.parse().ok()?;
    Some(
        Date::new(year, month, day).map_err(|_| RunError::NoSuchDay {
            given: text.to_owned(),
        }),
    )
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date)?;
        if let Some(time) = self.time {
            write!(f, "T{time}")?;
        }
        if self.second_pass {
            f.write_str("+2")
        } else {
            Ok(())
        }
    }
}

impl FromStr for Run {
    type Err = RunError;

    fn from_str(text: &str) -> Result<Run, RunError> {
        Run::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_there_and_back_in_order() {
        let keys = [
            "2026-10-25",
            "2026-10-25T02:30",
            "2026-10-25T02:30+2",
            "2026-10-25T03:00",
        ];
        let runs = keys.map(|key| Run::parse(key).unwrap());
        assert_eq!(runs.map(|run| run.to_string()), keys);
        assert!(runs.is_sorted());
        assert_eq!(runs[2].date(), jiff::civil::date(2026, 10, 25));
        assert_eq!(runs[2].time(), WallTime::new(2, 30));
        assert_eq!(runs.map(|run| run.second_pass), [false, false, true, false]);
        assert_eq!(
            Run::again_at(runs[0].date(), WallTime::new(0, 0).unwrap()).to_string(),
            "2026-10-25T00:00+2"
        );
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let shape = [
            "",
            "2026",
            "2026-1-25",
            "2026-11-25T",
            "2026-11-25T7:30",
            "2026-11-25T07:30+1",
            "2026-11-25+2",
            "2026-11-25T07:30:00",
            "2026-11-25T07:30+2+2",
            " 2026-11-25",
            "2026-11-25T24:00",
            "+002026-11-25",
            "2026-11-25t07:30",
            "２０２６-11-25",
        ];
        for key in shape {
            assert!(
                matches!(Run::parse(key), Err(RunError::Shape { .. })),
                "{key}"
            );
        }
        let error = Run::parse("2026-02-30T07:30").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`2026-02-30` is not a day of the calendar"
        );
        assert!(error.hint().unwrap().contains("`2026-11-25`"));
    }
}
