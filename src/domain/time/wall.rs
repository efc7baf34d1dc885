//! The hour that a subscriber asks for.

use std::fmt;
use std::str::FromStr;

use super::shown;

/// A time of day on the wall, to the minute and without a zone: `07:30`.
///
/// From 00:00 to 23:59; ordered as the day goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    hour: u8,
    minute: u8,
}

/// Why a text is not a [`WallTime`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WallTimeError {
    /// Not two digits, a colon and two digits.
    #[error("`{given}` is not a time of day")]
    Shape {
        /// The text as it came.
        given: String,
    },
    /// The hour is over 23.
    #[error("hour: `{hour}` is out of range 0 to 23 in `{given}`")]
    Hour {
        /// The text as it came.
        given: String,
        /// The hour that it names.
        hour: u8,
    },
    /// The minute is over 59.
    #[error("minute: `{minute}` is out of range 0 to 59 in `{given}`")]
    Minute {
        /// The text as it came.
        given: String,
        /// The minute that it names.
        minute: u8,
    },
}

impl WallTimeError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Hour { hour: 24, .. } => Some("midnight is written `00:00`".to_owned()),
            _ => Some("write hours and minutes with two digits each, such as `07:30`".to_owned()),
        }
    }
}

impl WallTime {
    /// The time of day with this hour (0 to 23) and minute (0 to 59); `None` outside of these.
    pub fn new(hour: u8, minute: u8) -> Option<WallTime> {
        (hour < 24 && minute < 60).then_some(WallTime { hour, minute })
    }

    /// Reads `HH:MM`, exactly: two digits each, 24-hour clock, no spaces and no seconds.
    ///
    /// # Errors
    /// [`WallTimeError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<WallTime, WallTimeError> {
        let given = || shown(text);
        let [
            h1 @ b'0'..=b'9',
            h2 @ b'0'..=b'9',
            b':',
            m1 @ b'0'..=b'9',
            m2 @ b'0'..=b'9',
        ] = text.as_bytes()
        else {
            return Err(WallTimeError::Shape { given: given() });
        };
        let (hour, minute) = (
            (h1 - b'0') * 10 + (h2 - b'0'),
            (m1 - b'0') * 10 + (m2 - b'0'),
        );
        if hour > 23 {
            return Err(WallTimeError::Hour {
                given: given(),
                hour,
            });
        }
        WallTime::new(hour, minute).ok_or_else(|| WallTimeError::Minute {
            given: given(),
            minute,
        })
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// Minutes since midnight, 0 to 1439, as the wall counts them: clock changes play no part.
    pub fn minutes_of_day(self) -> u16 {
        u16::from(self.hour) * 60 + u16::from(self.minute)
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for WallTime {
    type Err = WallTimeError;

    fn from_str(text: &str) -> Result<WallTime, WallTimeError> {
        WallTime::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_the_day_goes_there_and_back() {
        let mut last = None;
        for minute in 0..1440u16 {
            let text = format!("{:02}:{:02}", minute / 60, minute % 60);
            let wall = WallTime::parse(&text).unwrap();
            assert_eq!((wall.to_string(), wall.minutes_of_day()), (text, minute));
            assert!(last < Some(wall));
            last = Some(wall);
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused_by_its_part() {
        let error = |text: &str| WallTime::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("25:00"),
            "hour: `25` is out of range 0 to 23 in `25:00`"
        );
        assert_eq!(
            error("07:60"),
            "minute: `60` is out of range 0 to 59 in `07:60`"
        );
        for text in [
            "", "7:30", "07:3", "0730", "07:30:00", " 07:30", "07:30\n", "-1:30", "é:30",
        ] {
            assert!(error(text).ends_with("is not a time of day"), "{text}");
        }
        let midnight = WallTime::parse("24:00").unwrap_err();
        assert_eq!(midnight.hint().unwrap(), "midnight is written `00:00`");
        assert!(
            WallTime::parse("7:30")
                .unwrap_err()
                .hint()
                .unwrap()
                .contains("`07:30`")
        );
        assert_eq!(WallTime::new(24, 0), None);
        assert_eq!(WallTime::new(0, 60), None);
    }
}
