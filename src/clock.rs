//! The one reader of the system's clock. Everybody else is told the time.

use jiff::{SignedDuration, Timestamp};

/// The system's clock, or the same clock set to start at a given instant (it runs on from there).
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    offset: SignedDuration,
}

impl Clock {
    /// The system's own time.
    pub fn system() -> Clock {
        Clock::default()
    }

    /// A clock that shows `at` now and runs on.
    pub fn starting_at(at: Timestamp) -> Clock {
        Clock {
            offset: at.duration_since(Timestamp::now()),
        }
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.offset).unwrap_or(now)
    }
}
