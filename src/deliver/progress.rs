//! How far a delivery is, readable while it runs.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::domain::time::Timestamp;

/// Counters of a run, readable while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Letters with a final reply: accepted or refused.
    pub settled: AtomicU64,
    /// Letters to be tried again.
    pub deferred: AtomicU64,
    first_ns: AtomicI64,
    last_ns: AtomicI64,
}

impl Progress {
    pub(crate) fn mail_begun(&self, now: Timestamp) {
        let ns = now.as_nanosecond() as i64;
        let _ = self
            .first_ns
            .compare_exchange(0, ns, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn recorded(&self, now: Timestamp) {
        self.last_ns
            .fetch_max(now.as_nanosecond() as i64, Ordering::Relaxed);
    }

    /// Letters with a final reply over the seconds from the first MAIL to the last recorded result.
    pub fn letters_per_second(&self) -> f64 {
        let (first, last) = (
            self.first_ns.load(Ordering::Relaxed),
            self.last_ns.load(Ordering::Relaxed),
        );
        let seconds = (last - first).max(1) as f64 / 1e9;
        self.settled.load(Ordering::Relaxed) as f64 / seconds
    }
}
