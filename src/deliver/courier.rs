//! A connection and the letters that it carries.
//!
//! MAIL, RCPT and DATA of a letter may go while the outcome of the one before is being written; its
//! final dot waits until `started` is committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::commit::GroupCommit;
use super::policy::{Outcome, Phase, Scope, Verdict, verdict};
use super::smtp::{Envelope, Session, SmtpError};
use super::{DeliverySettings, Prepared, Progress};
use crate::clock::Clock;
use crate::domain::address::mask_addresses;
use crate::domain::delivery::{DeliveryState, Hold};
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, ListId, SubscriberId};
use crate::store::ledger::{Record, Start};

pub(super) struct Courier {
    pub(super) settings: DeliverySettings,
    pub(super) ledger: GroupCommit,
    pub(super) clock: Clock,
    pub(super) progress: Arc<Progress>,
    /// Until when the relay holds everything back, unix ms; 0 while it does not.
    pub(super) down: Arc<AtomicI64>,
    pub(super) halt: CancellationToken,
    pub(super) hold_doubt: Arc<[ListId]>,
}

/// A letter that was taken up and did not leave.
struct Unsent;

/// A leased row, as it is given back.
pub(super) type Lease = (EditionId, SubscriberId, i64);

impl Courier {
    /// Carries letters until there are none, or until told to halt; returns the leases of letters
    /// that did not leave.
    pub(super) async fn run(self, letters: Arc<Mutex<mpsc::Receiver<Prepared>>>) -> Vec<Lease> {
        let mut session: Option<Session> = None;
        let mut unsent = Vec::new();
        loop {
            let next = letters.lock().await.recv().await;
            let Some(letter) = next else { break };
            if self.halt.is_cancelled() {
                unsent.push(lease(&letter));
                continue;
            }
            session = match self.carry(&letter, session).await {
                Ok(session) => session,
                Err(Unsent) => {
                    unsent.push(lease(&letter));
                    None
                }
            };
        }
        if let Some(session) = session {
            session.quit().await;
        }
        unsent
    }

    /// Carries one letter; gives the session back if it can carry another. Told to halt, it waits
    /// for nothing but the reply to a dot that may leave.
    async fn carry(
        &self,
        letter: &Prepared,
        session: Option<Session>,
    ) -> Result<Option<Session>, Unsent> {
        self.progress.mail_begun(self.clock.now());
        let ready = tokio::select! {
            ready = self.ready(letter, session) => ready,
            () = self.halt.cancelled() => return Err(Unsent),
        };
        let mut session = match ready {
            Ok(session) => session,
            Err((session, error)) => {
                self.settle(letter, &error.outcome(), true).await;
                return Ok(session);
            }
        };
        let start = Start {
            edition: letter.claimed.edition,
            subscriber: letter.claimed.subscriber,
            token: letter.claimed.token,
            digest: letter.claimed.digest,
            sha256: letter.composed.sha256,
        };
        if !self.ledger.start_letter(start).await {
            // After 354 only the dot or the end of the connection closes a letter (RFC 5321 §4.1.1.4).
            return Ok(None);
        }
        let outcome = match session.body(&letter.composed.bytes).await {
            Ok(reply) => Outcome::Replied {
                phase: Phase::Body,
                reply,
            },
            Err(error) => error.outcome(),
        };
        self.settle(letter, &outcome, false).await;
        Ok(Some(session))
    }

    /// A session that waits for the letter's body. An error comes with the session, if there is one.
    async fn ready(
        &self,
        letter: &Prepared,
        session: Option<Session>,
    ) -> Result<Session, (Option<Session>, SmtpError)> {
        let mut session = match session.filter(Session::is_open) {
            Some(session) => session,
            None => match Session::connect(&self.settings.relay).await {
                Ok(session) => session,
                Err(error) => return Err((None, error)),
            },
        };
        match self.envelope(&mut session, letter).await {
            Ok(()) => Ok(session),
            Err(error) => Err((Some(session), error)),
        }
    }

    async fn envelope(&self, session: &mut Session, letter: &Prepared) -> Result<(), SmtpError> {
        session.fits(&letter.composed.bytes)?;
        let envelope = Envelope {
            mail_from: &letter.composed.mail_from,
            rcpt_to: &letter.to,
            envid: None,
            size: letter.composed.bytes.len() as u64,
        };
        session.envelope(&envelope).await
    }

    /// Hands the outcome of a try to the ledger. `tried`: `started` was not written, so the try is
    /// still to be counted.
    async fn settle(&self, letter: &Prepared, outcome: &Outcome, tried: bool) {
        let now = self.clock.now();
        let claimed = &letter.claimed;
        let attempt = u32::try_from(claimed.attempt + 1).unwrap_or(u32::MAX);
        let verdict = verdict(
            outcome,
            attempt,
            now,
            &self.settings.retry,
            claimed.deadline,
        );
        if let Verdict::RetryAt {
            at,
            scope: Scope::Relay,
            text,
            ..
        } = &verdict
        {
            self.down.fetch_max(at.as_millisecond(), Ordering::Relaxed);
            let relay = &self.settings.relay;
            tracing::warn!(
                host = relay.host(),
                port = relay.port(),
                "the relay holds mail back: {}",
                mask_addresses(text)
            );
            self.halt.cancel();
        }
        let holds = self.hold_doubt.contains(&claimed.list);
        let wait = now
            .checked_add(self.settings.retry.delay(attempt))
            .unwrap_or(now);
        // A relay that takes nothing is no try of this letter.
        let relay = matches!(
            verdict,
            Verdict::RetryAt {
                scope: Scope::Relay,
                ..
            }
        );
        let record = record(letter, &verdict, tried && !relay, holds, wait);
        match record.state {
            DeliveryState::Deferred => self.progress.deferred.fetch_add(1, Ordering::Relaxed),
            _ => self.progress.settled.fetch_add(1, Ordering::Relaxed),
        };
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
        self.ledger.record(record).await;
        self.progress.recorded(self.clock.now());
    }
}

fn lease(letter: &Prepared) -> Lease {
    (
        letter.claimed.edition,
        letter.claimed.subscriber,
        letter.claimed.token,
    )
}

/// What a verdict writes. A letter that was in doubt before stays in doubt unless it is accepted: a
/// later no does not tell what became of the first copy.
fn record(
    letter: &Prepared,
    verdict: &Verdict,
    tried: bool,
    holds: bool,
    wait: Timestamp,
) -> Record {
    let claimed = &letter.claimed;
    let doubted = claimed.doubt.is_some();
    let (state, held, not_before, code, text, keep_doubt) = match verdict {
        Verdict::Accepted { code, text } => {
            (DeliveryState::Accepted, None, None, Some(*code), text, true)
        }
        Verdict::RetryAt { at, code, text, .. } => (
            DeliveryState::Deferred,
            None,
            Some(*at),
            *code,
            text,
            doubted,
        ),
        Verdict::Refused { code, text } if doubted => {
            (DeliveryState::Uncertain, None, None, *code, text, true)
        }
        Verdict::Refused { code, text } => (DeliveryState::Refused, None, None, *code, text, false),
        Verdict::Uncertain { text } if holds => (
            DeliveryState::Uncertain,
            Some(Hold::InDoubt),
            None,
            None,
            text,
            true,
        ),
        Verdict::Uncertain { text } if wait >= claimed.deadline => {
            (DeliveryState::Uncertain, None, None, None, text, true)
        }
        Verdict::Uncertain { text } => {
            (DeliveryState::Deferred, None, Some(wait), None, text, true)
        }
    };
    Record {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        token: claimed.token,
        state,
        held,
        not_before,
        code: code.unwrap_or(0),
        reply: mask_addresses(text),
        keep_doubt,
        tried,
    }
}
