//! How long a letter waits between its tries.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

/// The waits between the tries of one letter; the last repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    /// Milliseconds, each at least 1; never empty.
    delays: Vec<i64>,
}

/// Why a retry schedule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No delay at all.
    #[error("a retry schedule needs at least one delay, such as \"5m, 30m, 2h\"")]
    Empty,
    /// More delays than anyone needs.
    #[error("a retry schedule has at most {max} delays", max = RetrySchedule::MAX_DELAYS)]
    TooMany,
    /// One delay is not a number with a unit.
    #[error(
        "retry delay {position}, \"{item}\": write a number and ms, s, m, h or d, such as \"5m\""
    )]
    Item {
        /// 1 for the first.
        position: usize,
        /// The item as written, cut at 32 characters.
        item: String,
    },
    /// One delay is zero, negative or longer than 30 days.
    #[error("retry delay {position}, \"{item}\": must be longer than nothing and at most 30 days")]
    Range {
        /// 1 for the first.
        position: usize,
        /// The item as written, cut at 32 characters.
        item: String,
    },
}

impl RetrySchedule {
    /// How many delays a schedule may have.
    pub const MAX_DELAYS: usize = 64;
    const MAX_MS: i64 = 30 * 24 * 3_600_000;

    /// A schedule of these delays in milliseconds.
    ///
    /// # Errors
    /// None, too many, or one out of range.
    pub fn new(delays: Vec<i64>) -> Result<RetrySchedule, ScheduleError> {
        if delays.is_empty() {
            return Err(ScheduleError::Empty);
        }
        if delays.len() > Self::MAX_DELAYS {
            return Err(ScheduleError::TooMany);
        }
        match delays
            .iter()
            .position(|ms| !(1..=Self::MAX_MS).contains(ms))
        {
            None => Ok(RetrySchedule { delays }),
            Some(at) => Err(ScheduleError::Range {
                position: at + 1,
                item: format!("{}ms", delays[at]),
            }),
        }
    }

    /// The wait after try number `attempt` (1 is the first).
    pub fn delay(&self, attempt: u32) -> SignedDuration {
        let at = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let ms = self
            .delays
            .get(at)
            .or(self.delays.last())
            .copied()
            .unwrap_or(Self::MAX_MS);
        SignedDuration::from_millis(ms)
    }
}

impl Default for RetrySchedule {
    /// 5 min, 15 min, 30 min, 1 h, 2 h, 4 h, then every 6 h: greylisting clears in the first two.
    fn default() -> Self {
        let minutes = [5, 15, 30, 60, 120, 240, 360];
        RetrySchedule {
            delays: minutes.iter().map(|minutes| minutes * 60_000).collect(),
        }
    }
}

impl FromStr for RetrySchedule {
    type Err = ScheduleError;

    /// Reads delays separated by commas: `"1m, 5m, 30m, 2h"`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(ScheduleError::Empty);
        }
        let mut delays = Vec::new();
        for (at, item) in text.split(',').enumerate().take(Self::MAX_DELAYS + 1) {
            let (position, item) = (at + 1, item.trim());
            let named = || item.chars().take(32).collect::<String>();
            let ms = read_delay(item).ok_or_else(|| ScheduleError::Item {
                position,
                item: named(),
            })?;
            if !(1..=Self::MAX_MS).contains(&ms) {
                return Err(ScheduleError::Range {
                    position,
                    item: named(),
                });
            }
            delays.push(ms);
        }
        RetrySchedule::new(delays)
    }
}

/// A wait made longer or shorter by up to a fifth, always alike for the same seed and attempt.
pub(super) fn jittered(wait: SignedDuration, seed: u64, attempt: u32) -> SignedDuration {
    // SplitMix64: neighbouring seeds give numbers that are far apart.
    let mut z = seed.wrapping_add(u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    let parts_of_a_million = 800_000 + i128::from(z % 400_001);
    let ms = wait.as_millis() * parts_of_a_million / 1_000_000;
    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Milliseconds; a number too large to hold is larger than any delay may be.
fn read_delay(item: &str) -> Option<i64> {
    let unit_at = item.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = item.split_at(unit_at);
    if number.is_empty() {
        return None;
    }
    let unit = match unit.trim_start() {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(
        number
            .parse::<i64>()
            .unwrap_or(i64::MAX)
            .saturating_mul(unit),
    )
}

impl fmt::Display for RetrySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 4] = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1000, "s"),
        ];
        for (at, ms) in self.delays.iter().enumerate() {
            let (size, unit) = UNITS
                .into_iter()
                .find(|(size, _)| ms % size == 0)
                .unwrap_or((1, "ms"));
            write!(f, "{}{}{unit}", if at == 0 { "" } else { ", " }, ms / size)?;
        }
        Ok(())
    }
}
