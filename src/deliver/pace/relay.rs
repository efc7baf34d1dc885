//! A relay: what it may be asked, and what became of asking.

use std::time::Duration;

use super::quota::{Quota, WarmUp, hour_of};
use super::tempo::{BackOff, MINUTE, SECOND, Tempo};

/// What one relay may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayLimits {
    /// Letters on their way at once, each on a connection of its own; 0 is taken for 1.
    pub connections: u32,
    /// Letters before a connection is closed and another one opened; 0: no limit. Kept by whoever
    /// holds the connection.
    pub messages_per_connection: u32,
    /// Letters a second; 0: no limit.
    pub per_second: u32,
    /// Letters in any 24 hours; 0: no limit.
    pub per_day: u64,
    /// A ramp for the first days.
    pub warm_up: Option<WarmUp>,
    /// How long a connection without a letter is kept. Kept by whoever holds the connection.
    pub idle: Duration,
}

impl Default for RelayLimits {
    /// 8 connections, 100 letters each, a minute idle, no rate, no quota, no ramp.
    fn default() -> Self {
        RelayLimits {
            connections: 8,
            messages_per_connection: 100,
            per_second: 0,
            per_day: 0,
            warm_up: None,
            idle: Duration::from_secs(60),
        }
    }
}

/// A relay that asks for a lower rate is asked again soon: it slows down by the rate.
const SLOWER_BACK_OFF: BackOff = BackOff {
    first: SECOND,
    most: 5 * MINUTE,
};
/// A relay that cannot be reached or takes nothing.
const DOWN_BACK_OFF: BackOff = BackOff {
    first: MINUTE,
    most: 30 * MINUTE,
};

#[derive(Debug)]
pub(super) struct RelayState {
    pub(super) limits: RelayLimits,
    pub(super) tempo: Tempo,
    pub(super) quota: Quota,
    /// Failures in a row, and until when it is left alone for the last of them.
    failures: u32,
    down_until: i64,
    /// Sent and not yet asked for, by hour.
    pub(super) fresh: Vec<(i64, u64)>,
}

impl RelayState {
    pub(super) fn new(limits: RelayLimits, now: i64) -> RelayState {
        let rate = u64::from(limits.per_second) * 60;
        RelayState {
            tempo: Tempo::new(limits.connections.max(1), rate, SLOWER_BACK_OFF),
            quota: Quota::new(limits.per_day, limits.warm_up.clone(), now),
            failures: 0,
            down_until: i64::MIN,
            fresh: Vec::with_capacity(2),
            limits,
        }
    }

    /// Counts a letter at `now`, which is `world` by the world's clock.
    pub(super) fn count(&mut self, now: i64, world: i64) {
        self.quota.count(now);
        let hour = hour_of(world);
        match self.fresh.last_mut() {
            Some((last, sent)) if *last == hour => *sent += 1,
            _ => self.fresh.push((hour, 1)),
        }
    }

    /// It failed; until when it is left alone.
    pub(super) fn failed(&mut self, now: i64) -> i64 {
        if self.down_until <= now {
            self.failures = self.failures.saturating_add(1);
            self.down_until = now.saturating_add(DOWN_BACK_OFF.after(self.failures));
        }
        self.down_until
    }

    /// It took something.
    pub(super) fn succeeded(&mut self, now: i64) {
        if self.down_until <= now {
            self.failures = 0;
        }
    }

    /// Until when it is held back for good reasons: it failed, asked for silence, or its day is full.
    /// A rate is none, since the next letter's turn is near.
    pub(super) fn held(&self, now: i64) -> Option<i64> {
        let down = (self.down_until > now).then_some(self.down_until);
        let quota = self.quota.shut(self.tempo.in_use(), now);
        down.max(self.tempo.held(now)).max(quota)
    }

    pub(super) fn shut(&self, now: i64) -> Option<i64> {
        self.held(now).max(self.tempo.shut(now))
    }
}
