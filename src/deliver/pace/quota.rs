//! How many letters a relay may still be given today, by counters of whole hours.
//!
//! Conservative: a rolling day counts the running hour and the 24 before it, so that no 24 hours hold
//! more than the quota, wherever they begin.

use jiff::Timestamp;

use super::Usage;

/// Nanoseconds in an hour.
const HOUR: i64 = 3_600_000_000_000;
/// The running hour and the 24 that a rolling day can reach into.
const KEPT: i64 = 25;

/// A ramp for a sender that mailboxes do not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarmUp {
    /// When the first day begins.
    pub since: Timestamp,
    /// Letters on each day, the first one first; behind its end the ramp is over.
    pub table: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Quota {
    /// Letters in any 24 hours; 0: no limit.
    per_day: u64,
    /// The hour in which the ramp's first day begins, and the ramp.
    warm_up: Option<(i64, Vec<u64>)>,
    /// The newest hour counted.
    newest: i64,
    /// Letters by hour; an hour stands at itself modulo the length.
    hours: [u64; KEPT as usize],
}

/// The hour since 1970 that holds an instant.
pub(super) fn hour_of(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(HOUR)
}

impl Quota {
    pub(super) fn new(per_day: u64, warm_up: Option<WarmUp>, now: i64) -> Quota {
        let ramp = warm_up.filter(|ramp| !ramp.table.is_empty());
        Quota {
            per_day,
            warm_up: ramp.map(|ramp| (ramp.since.as_second().div_euclid(3600), ramp.table)),
            newest: hour_of(now),
            hours: [0; KEPT as usize],
        }
    }

    /// Counts what was sent before this process began.
    pub(super) fn remember(&mut self, usage: &Usage) {
        // An hour to come is the trace of a clock that went wrong; it must neither be lost nor shut
        // the relay until then.
        let hour = usage.hour.min(self.newest);
        if hour > self.newest - KEPT
            && let Some(slot) = self.hours.get_mut(slot(hour))
        {
            *slot = slot.saturating_add(usage.sent);
        }
    }

    /// Counts one letter.
    pub(super) fn count(&mut self, now: i64) {
        let hour = hour_of(now).max(self.newest);
        let from = (self.newest + 1).max(hour - KEPT + 1);
        for empty in from..=hour {
            self.hours[slot(empty)] = 0;
        }
        self.newest = hour;
        self.hours[slot(hour)] += 1;
    }

    /// When a letter more than the `pending` ones may be given, if that is not now.
    pub(super) fn shut(&self, pending: u32, now: i64) -> Option<i64> {
        if self.per_day == 0 && self.warm_up.is_none() {
            return None;
        }
        let hour = hour_of(now).max(self.newest);
        if self.room(hour) > u64::from(pending) {
            return None;
        }
        // In 25 hours everything that is counted now has left the day.
        let opens = |hour: &i64| self.room(*hour) > u64::from(pending);
        let at = (hour + 1..=hour + KEPT).find(opens);
        Some(at.unwrap_or(hour + KEPT).saturating_mul(HOUR))
    }

    /// How many more letters `hour` may bring.
    fn room(&self, hour: i64) -> u64 {
        let rolling = match self.per_day {
            0 => u64::MAX,
            most => most.saturating_sub(self.since(hour - KEPT + 1)),
        };
        let Some((first, table)) = &self.warm_up else {
            return rolling;
        };
        let day = (hour - first).div_euclid(24);
        let most = usize::try_from(day.max(0)).ok().and_then(|n| table.get(n));
        let ramp = most.map(|most| most.saturating_sub(self.since(first + day * 24)));
        rolling.min(ramp.unwrap_or(u64::MAX))
    }

    /// Letters counted in the hours from `hour` on.
    fn since(&self, hour: i64) -> u64 {
        let from = hour.max(self.newest - KEPT + 1);
        (from..=self.newest).map(|h| self.hours[slot(h)]).sum()
    }
}

fn slot(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(KEPT)).unwrap_or(0)
}
