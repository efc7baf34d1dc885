//! One field of a cron expression, read as crontab(5) does.

use std::fmt;

use super::cron::CronError;
use super::shown;

/// The five fields of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or an English name.
    Month,
    /// 0 to 7, where 0 and 7 are Sunday, or an English name.
    DayOfWeek,
}

/// What is wrong with a part of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// A list with nothing between two commas.
    #[error("has an empty part")]
    Empty,
    /// Neither a number nor, where the field has names, one of these.
    #[error("is not understood")]
    NotUnderstood,
    /// A number that the field does not have.
    #[error("is out of range {min} to {max}")]
    OutOfRange {
        /// The smallest number of the field.
        min: u8,
        /// The largest number of the field.
        max: u8,
    },
    /// The part after the slash is no number from 1 to `max`.
    #[error("is not a step from 1 to {max}")]
    Step {
        /// How many values the field has.
        max: u8,
    },
    /// A sign of another dialect of cron: `L`, `W`, `#` or `?`.
    #[error("uses `{sign}`, which crontab does not have")]
    Dialect {
        /// The sign.
        sign: char,
    },
}

impl FieldProblem {
    /// What to type instead.
    pub(super) fn hint(&self, field: CronField) -> String {
        let (min, max) = field.bounds();
        match (self, field) {
            (Self::Dialect { sign: '?' }, _) => "write `*` instead of `?`".to_owned(),
            (Self::Dialect { .. }, _) => {
                "only numbers, names and the signs `*`, `,`, `-` and `/` are read".to_owned()
            }
            (Self::Empty, _) => "write a list as `1,15`, without an end comma".to_owned(),
            (Self::Step { max }, _) => {
                format!("a step starts again with its field; write 1 to {max}, such as `*/2`")
            }
            (_, CronField::Hour) => "write an hour from 0 to 23; midnight is 0".to_owned(),
            (_, CronField::Month) => "write 1 to 12, or a name such as `jan`".to_owned(),
            (_, CronField::DayOfWeek) => {
                "write 0 to 7 (0 and 7 are Sunday), or a name such as `mon`".to_owned()
            }
            _ => format!("write a number from {min} to {max}"),
        }
    }
}

/// English names of the months, lower-case, January first.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: &[&str] = &[
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

impl CronField {
    /// The smallest and the largest number that may be written.
    fn bounds(self) -> (u8, u8) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    /// How many different values there are: a week has seven days, though 7 may be written.
    fn count(self) -> u8 {
        let (min, max) = self.bounds();
        if self == Self::DayOfWeek {
            7
        } else {
            max - min + 1
        }
    }

    /// The English name's number, from three letters or the whole name.
    pub(super) fn named(self, text: &str) -> Option<u8> {
        let (names, first) = match self {
            Self::Month => (&MONTHS[..], 1),
            Self::DayOfWeek => (DAYS, 0),
            _ => return None,
        };
        let text = text.to_ascii_lowercase();
        let is = |name: &&str| *name == text || name.get(..3) == Some(&text);
        u8::try_from(names.iter().position(is)?)
            .ok()
            .map(|at| at + first)
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

/// A field that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    kind: CronField,
    /// Bit n is set where the field holds for n; Sunday is 0.
    values: u64,
    /// The text starts with `*`.
    pub(super) starts_with_star: bool,
    /// The field is one number and nothing else.
    pub(super) single: Option<u8>,
}

impl Field {
    /// Reads a list of parts: `*`, `N`, `N-M`, each with `/STEP`.
    ///
    /// A range may run over its end (`fri-mon`, `22-2`), and a step counts on there. `N/STEP` is
    /// `N-MAX/STEP`.
    pub(super) fn parse(kind: CronField, text: &str) -> Result<Field, CronError> {
        let mut values = 0;
        for part in text.split(',') {
            values |= read_part(kind, part).map_err(|problem| CronError::Field {
                field: kind,
                value: shown(if part.is_empty() { text } else { part }),
                problem,
            })?;
        }
        let starts_with_star = text.starts_with('*');
        let single = is_number(text).then(|| values.trailing_zeros() as u8);
        Ok(Field {
            kind,
            values,
            starts_with_star,
            single,
        })
    }

    /// Whether it leaves any value out, or names them all instead of writing `*`.
    pub(super) fn is_restricted(&self) -> bool {
        !(self.starts_with_star && self.is_whole())
    }

    fn is_whole(&self) -> bool {
        self.values.count_ones() == u32::from(self.kind.count())
    }

    /// The field as the `cron` crate reads it: plain numbers, Sunday is 1.
    pub(super) fn spec(&self) -> String {
        if self.is_whole() {
            return "*".to_owned();
        }
        let shift = u8::from(self.kind == CronField::DayOfWeek);
        let values = (0..60u8).filter(|value| self.values >> value & 1 == 1);
        values
            .map(|value| (value + shift).to_string())
            .collect::<Vec<_>>()
            .join(",")
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The values of one part, as bits.
fn read_part(kind: CronField, part: &str) -> Result<u64, FieldProblem> {
    if part.is_empty() {
        return Err(FieldProblem::Empty);
    }
    let (base, step) = match part.split_once('/') {
        Some((base, step)) => (base, Some(read_step(kind, step)?)),
        None => (part, None),
    };
    let (min, count) = (kind.bounds().0, kind.count());
    let last = min + count - 1;
    let (from, to) = if base == "*" {
        (min, last)
    } else if let Some((from, to)) = base.split_once('-') {
        read_range(kind, from, to)?
    } else {
        let value = read_value(kind, base)?;
        // `7/2` counts from Sunday, which is the week's first day.
        let value = if value > last { min } else { value };
        (value, if step.is_some() { last } else { value })
    };
    // Counted from the field's smallest, so that what runs over the end starts there again.
    let values = (from..=to).step_by(usize::from(step.unwrap_or(1)));
    Ok(values.fold(0, |bits, value| bits | 1 << ((value - min) % count + min)))
}

/// The ends of a range, the second one past the field's last where the range runs over its end.
fn read_range(kind: CronField, from: &str, to: &str) -> Result<(u8, u8), FieldProblem> {
    let (from, to) = (read_value(kind, from)?, read_value(kind, to)?);
    if from == to {
        return Ok((from, to));
    }
    let from = if kind == CronField::DayOfWeek {
        from % 7
    } else {
        from
    };
    Ok((from, if to < from { to + kind.count() } else { to }))
}

fn read_value(kind: CronField, text: &str) -> Result<u8, FieldProblem> {
    if let Some(value) = kind.named(text) {
        return Ok(value);
    }
    if !is_number(text) {
        return Err(dialect(text).unwrap_or(FieldProblem::NotUnderstood));
    }
    let (min, max) = kind.bounds();
    let value = text
        .parse()
        .ok()
        .filter(|value| (min..=max).contains(value));
    value.ok_or(FieldProblem::OutOfRange { min, max })
}

fn read_step(kind: CronField, text: &str) -> Result<u8, FieldProblem> {
    let max = kind.count();
    let step = is_number(text).then(|| text.parse().ok()).flatten();
    step.filter(|step| (1..=max).contains(step))
        .ok_or(FieldProblem::Step { max })
}

/// The sign of another dialect that makes `text` no value of ours.
fn dialect(text: &str) -> Option<FieldProblem> {
    let sign = text
        .chars()
        .find(|sign| matches!(sign, '?' | '#'))
        .or_else(|| {
            let letters = text
                .trim_matches(|sign: char| sign.is_ascii_digit())
                .to_ascii_uppercase();
            matches!(letters.as_str(), "L" | "W" | "LW")
                .then(|| letters.chars().next())
                .flatten()
        })?;
    Some(FieldProblem::Dialect { sign })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: CronField, text: &str) -> String {
        Field::parse(kind, text).unwrap().spec()
    }

    #[test]
    fn lists_ranges_steps_and_names() {
        use CronField::*;
        let cases = [
            (Minute, "*", "*"),
            (Minute, "*/20", "0,20,40"),
            (Minute, "05", "5"),
            (Minute, "15-30/4,55", "15,19,23,27,55"),
            (Minute, "15/30", "15,45"),
            (Minute, "*/60", "0"),
            (Hour, "0-23", "*"),
            (Hour, "22-2", "0,1,2,22,23"),
            (DayOfMonth, "30-2", "1,2,30,31"),
            (Month, "Nov-Mar", "1,2,3,11,12"),
            (Month, "january,DEC", "1,12"),
            (Month, "Apr-Mar/3", "1,4,7,10"),
            (DayOfWeek, "0", "1"),
            (DayOfWeek, "7", "1"),
            (DayOfWeek, "0-7", "*"),
            (DayOfWeek, "1-7", "*"),
            (DayOfWeek, "7-7", "1"),
            (DayOfWeek, "7-thu", "1,2,3,4,5"),
            (DayOfWeek, "sat-sun", "1,7"),
            (DayOfWeek, "FRI-MON", "1,2,6,7"),
            (DayOfWeek, "thu-tue/2", "2,5,7"),
            (DayOfWeek, "4-7/3", "1,5"),
            (DayOfWeek, "*/2", "1,3,5,7"),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(spec(kind, text), expected, "{kind} {text}");
        }
    }

    #[test]
    fn a_single_number_is_told_from_a_set_of_one() {
        let single = |text| Field::parse(CronField::Minute, text).unwrap().single;
        assert_eq!(single("07"), Some(7));
        assert_eq!(["7-7", "7,7", "*/60", "*"].map(single), [None; 4]);
    }
}
