//! What becomes of a letter that was tried: judged, learnt from, and handed to the ledger.

use std::sync::atomic::Ordering;

use super::super::Prepared;
use super::super::commit::Finished;
use super::super::outcome::{Tried, record};
use super::super::pace::LaneId;
use super::super::policy::{
    Alarm, AlarmReason, Outcome, Phase, Scope, Signal, Verdict, signal, verdict,
};
use super::{Courier, Trip};
use crate::domain::address::mask_addresses;
use crate::domain::delivery::DeliveryState;
use crate::store::ledger::Record;

/// So many replies in a row that would hold a relay back are first taken for their letters' own.
const STRIKES: usize = 4;

/// What no letter can be the cause of.
fn is_ours(reason: AlarmReason) -> bool {
    matches!(
        reason,
        AlarmReason::Credentials | AlarmReason::Sender | AlarmReason::Quota
    )
}

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
        let mut learnt = signal(outcome);
        self.forgive(outcome, &mut verdict, &mut learnt);
        self.alarm(&learnt, letter.lane);
        self.trouble(outcome, &learnt);
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

    /// A reply to one letter that would hold the relay back, or that makes no sense, may be about this
    /// letter alone: it goes to the back of the queue, and only several in a row are the relay's matter.
    /// Else one recipient could keep all others waiting.
    fn forgive(&self, outcome: &Outcome, verdict: &mut Verdict, learnt: &mut Signal) {
        let strikes = &self.line.strikes;
        match (outcome, verdict) {
            (_, Verdict::Accepted { .. }) => strikes.store(0, Ordering::Relaxed),
            (Outcome::Replied { phase, .. }, Verdict::RetryAt { scope, .. })
                if *scope == Scope::Relay
                    && *phase >= Phase::Mail
                    && !learnt.alarm.as_ref().is_some_and(|a| is_ours(a.reason))
                    && strikes.fetch_add(1, Ordering::Relaxed) < STRIKES =>
            {
                *scope = Scope::Letter;
                learnt.down = false;
                learnt.throttled = learnt.throttled.filter(|s| *s != Scope::Relay);
            }
            _ => {}
        }
    }

    /// A relay that takes nothing is an alarm, whatever the reason; one that takes a letter ends it, or
    /// only speaks of one: it is there.
    fn trouble(&self, outcome: &Outcome, learnt: &Signal) {
        let of_letter = matches!(outcome, Outcome::Replied { phase, .. } if *phase >= Phase::Rcpt);
        let answers = of_letter && !learnt.down && learnt.alarm.is_none();
        if (learnt.took || answers) && self.line.troubled.swap(false, Ordering::Relaxed) {
            self.alarms.clear(format!("relay {}", self.line.name));
        }
        if !learnt.down {
            return;
        }
        self.line.troubled.store(true, Ordering::Relaxed);
        if learnt.alarm.is_none()
            && let Outcome::Lost { words, .. } = outcome
        {
            self.fault(words.clone());
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

    /// What the relay did wrong, for an operator.
    pub(super) fn fault(&self, words: String) {
        let alarm = Alarm {
            scope: Scope::Relay,
            reason: AlarmReason::Relay,
            words: mask_addresses(&words),
        };
        self.alarms
            .raise(format!("relay {}", self.line.name), &alarm);
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
