//! What becomes of a letter that was tried: judged, learnt from, and handed to the ledger.

use std::sync::atomic::Ordering;

use super::super::Prepared;
use super::super::commit::Finished;
use super::super::outcome::{Tried, record};
use super::super::pace::LaneId;
use super::super::policy::{Outcome, Scope, Signal, Verdict, signal, verdict};
use super::{Courier, Trip};
use crate::domain::address::mask_addresses;
use crate::domain::delivery::DeliveryState;
use crate::store::ledger::Record;

impl Courier {
    /// Judges an outcome, lets the pace learn from it, and has it written.
    pub(super) async fn settle(
        &self,
        letter: Prepared,
        outcome: &Outcome,
        tried: Tried,
        trip: &mut Trip,
    ) {
        let now = self.clock.now();
        let claimed = &letter.claimed;
        let attempt = u32::try_from(claimed.attempt + 1).unwrap_or(u32::MAX);
        let seed = claimed.subscriber.0.unsigned_abs();
        let (retry, deadline) = (&self.retry, claimed.deadline);
        let mut verdict = verdict(outcome, attempt, now, retry, deadline, seed);
        let learnt = signal(outcome);
        self.alarm(&learnt, letter.lane);
        let Some((letter, tried)) = self.learn(letter, &mut verdict, &learnt, tried) else {
            return;
        };
        let holds = self.hold_doubt.contains(&letter.claimed.list);
        let wait = now.checked_add(retry.delay(attempt)).unwrap_or(now);
        let record = record(&letter.claimed, &verdict, tried, holds, wait);
        self.tell(&record);
        self.progress.recorded(now);
        self.flush(trip).await;
        trip.finished = Some(Finished {
            record,
            relay: learnt.counts.then(|| self.line.name.clone()),
        });
        if trip.next.is_none() {
            self.flush(trip).await;
        }
    }

    /// What the pace learns. A letter that waits again for another relay is `None`; one that met what
    /// others would meet too is not counted as tried.
    fn learn(
        &self,
        letter: Prepared,
        verdict: &mut Verdict,
        learnt: &Signal,
        tried: Tried,
    ) -> Option<(Prepared, Tried)> {
        let (relay, lane, deadline) = (self.line.id, letter.lane, letter.claimed.deadline);
        match verdict {
            Verdict::RetryAt {
                at,
                scope: Scope::Relay,
                text,
                ..
            } => {
                self.say(text);
                let started = tried == Tried::Counted;
                let (letter, until) = self.pool.failed(relay, letter, learnt, started)?;
                if let Some(until) = until {
                    *at = until.min(deadline);
                }
                Some((letter, tried.uncounted()))
            }
            Verdict::RetryAt {
                scope: Scope::Lane, ..
            } => {
                self.pool.done(relay, lane, learnt);
                Some((letter, tried.uncounted()))
            }
            _ => {
                self.pool.done(relay, lane, learnt);
                Some((letter, tried))
            }
        }
    }

    fn tell(&self, record: &Record) {
        let settled = record.state != DeliveryState::Deferred;
        let counter = match settled {
            true => &self.progress.settled,
            false => &self.progress.deferred,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if record.state != DeliveryState::Accepted {
            tracing::info!(
                edition = record.edition.0,
                subscriber = record.subscriber.0,
                state = record.state.as_str(),
                code = record.code,
                "{}",
                record.reply
            );
        }
    }

    pub(super) fn alarm(&self, learnt: &Signal, lane: LaneId) {
        if let Some(alarm) = &learnt.alarm {
            let subject = match alarm.scope {
                Scope::Relay => format!("relay {}", self.line.name),
                Scope::Lane | Scope::Letter => format!("lane {}", self.lanes.name(lane)),
            };
            self.alarms.raise(subject, alarm);
        }
    }

    pub(super) fn say(&self, words: &str) {
        tracing::warn!(
            relay = &*self.line.name,
            host = self.line.relay.host(),
            port = self.line.relay.port(),
            "the relay holds mail back: {}",
            mask_addresses(words)
        );
    }
}
