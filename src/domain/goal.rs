//! What a flight is booked for: its goal, and how often one reader may see it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The most sends that can be booked.
pub const SENDS_MOST: i64 = 1_000_000_000;

/// What a flight is booked for. Shown, and read, as `sends:5000`, `share:25`, `every` or `rest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Goal {
    /// So many delivered sends.
    Sends(i64),
    /// So many percent, 1 to 100, of the eligible digests of each wave; booked wave by wave.
    Share(u8),
    /// One placement in every eligible digest, and no other sponsor in it; booked wave by wave.
    Every,
    /// What is left: a house line's.
    Rest,
}

/// How often one reader may see a flight. Shown, and read, as `2/7`: twice in seven days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Cap {
    /// At most so many sends, at least 1,
    pub sends: u16,
    /// in so many days, 1 to 366.
    pub days: u16,
}

/// What cannot be booked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoalError {
    /// None of the four.
    #[error("`{0}` is no goal")]
    Goal(String),
    /// A goal in clicks.
    #[error("clicks are not counted yet, so a goal in clicks cannot be kept")]
    Clicks,
    /// Fewer than one send, or more than can be counted.
    #[error("{0} sends cannot be booked: from 1 to {SENDS_MOST}")]
    Sends(i64),
    /// No percentage.
    #[error("`{0}` is no share: from 1 to 100 percent")]
    Share(String),
    /// No cap.
    #[error("`{0}` is no cap on sends to one reader")]
    Cap(String),
}

impl GoalError {
    /// What to write instead.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                GoalError::Goal(_) => "write sends:5000, share:25 (percent) or every",
                GoalError::Clicks => "book sends instead: sends:5000",
                GoalError::Sends(_) => "write sends:5000",
                GoalError::Share(_) => "write share:25 for a quarter",
                GoalError::Cap(_) => "write 2/7 for at most twice in seven days",
            }
            .to_owned(),
        )
    }
}

impl Goal {
    /// The goal's kind in one word.
    pub fn kind(self) -> &'static str {
        match self {
            Goal::Sends(_) => "sends",
            Goal::Share(_) => "share",
            Goal::Every => "every",
            Goal::Rest => "rest",
        }
    }

    /// Sends that are booked by the order alone.
    pub fn booked(self) -> i64 {
        match self {
            Goal::Sends(count) => count,
            Goal::Share(_) | Goal::Every | Goal::Rest => 0,
        }
    }

    /// So many sends.
    ///
    /// # Errors
    /// [`GoalError::Sends`].
    pub fn sends(count: i64) -> Result<Goal, GoalError> {
        match (1..=SENDS_MOST).contains(&count) {
            true => Ok(Goal::Sends(count)),
            false => Err(GoalError::Sends(count)),
        }
    }

    /// A share in percent.
    ///
    /// # Errors
    /// [`GoalError::Share`].
    pub fn share(percent: i64) -> Result<Goal, GoalError> {
        let within = (1..=100).contains(&percent);
        let percent = within
            .then(|| u8::try_from(percent).ok())
            .flatten()
            .ok_or_else(|| GoalError::Share(percent.to_string()))?;
        Ok(Goal::Share(percent))
    }
}

impl FromStr for Goal {
    type Err = GoalError;
    fn from_str(text: &str) -> Result<Goal, GoalError> {
        let (kind, count) = match text.split_once(':') {
            Some((kind, count)) => (kind, Some(count)),
            None => (text, None),
        };
        let number = |text: &str| text.parse::<i64>().ok();
        let wrong = || GoalError::Goal(super::shown(text));
        match (kind, count) {
            ("clicks" | "click", _) => Err(GoalError::Clicks),
            ("sends", Some(count)) => Goal::sends(number(count).ok_or_else(wrong)?),
            ("share", Some(count)) => {
                let share = number(count.trim_end_matches('%'));
                Goal::share(share.ok_or_else(|| GoalError::Share(super::shown(count)))?)
            }
            ("every", None) => Ok(Goal::Every),
            ("rest", None) => Ok(Goal::Rest),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::Sends(count) => write!(f, "sends:{count}"),
            Goal::Share(percent) => write!(f, "share:{percent}"),
            Goal::Every | Goal::Rest => f.write_str(self.kind()),
        }
    }
}

impl From<Goal> for String {
    fn from(goal: Goal) -> String {
        goal.to_string()
    }
}

impl FromStr for Cap {
    type Err = GoalError;
    fn from_str(text: &str) -> Result<Cap, GoalError> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
        let within = numbers.filter(|(sends, days)| *sends > 0 && (1..=366).contains(days));
        within
            .map(|(sends, days)| Cap { sends, days })
            .ok_or_else(|| GoalError::Cap(super::shown(text)))
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.sends, self.days)
    }
}

impl From<Cap> for String {
    fn from(cap: Cap) -> String {
        cap.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read_as_they_are_shown() {
        for text in ["sends:5000", "share:25", "every", "rest"] {
            let goal: Goal = text.parse().expect(text);
            assert_eq!(goal.to_string(), text);
        }
        assert_eq!("share:25%".parse(), Ok(Goal::Share(25)));
        for (text, error) in [
            ("clicks:40", GoalError::Clicks),
            ("sends:0", GoalError::Sends(0)),
            ("share:101", GoalError::Share("101".to_owned())),
            ("share:half", GoalError::Share("half".to_owned())),
            ("every:2", GoalError::Goal("every:2".to_owned())),
            ("", GoalError::Goal(String::new())),
        ] {
            assert_eq!(text.parse::<Goal>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_cap_is_so_many_sends_in_so_many_days() {
        assert_eq!("2/7".parse(), Ok(Cap { sends: 2, days: 7 }));
        for bad in ["2", "0/7", "2/0", "2/367", "-1/7", "a/b", "2/7/1"] {
            assert!(bad.parse::<Cap>().is_err(), "{bad}");
        }
    }
}
