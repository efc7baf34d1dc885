//! Emptying the ledger: claim, render, send, record.
//!
//! One feeder claims rows and renders them; a few connections carry them; one group commit writes
//! what became of them. `started` is committed before the final dot leaves, and a connection has at
//! most one started row. This room decides nothing about stories, and what a reply means is said by
//! `policy`.

pub mod alignment;
pub mod authentication;
pub mod commit;
pub mod courier;
pub mod dkim;
pub mod letters;
pub mod message;
pub mod notice;
pub mod policy;
mod progress;
pub mod smtp;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::delivery::{DeliveryState, Hold};
use crate::domain::edition::{Late, Uncertain};
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, ListId};
use crate::store::ledger::{Claimed, Record};
use crate::store::{Store, StoreError};
use commit::GroupCommit;
use courier::Courier;
use letters::{Composed, LetterError, Letters};
use policy::RetrySchedule;
pub use progress::Progress;
use smtp::Relay;

/// Rows in one claim.
const CLAIM: i64 = 128;
/// An owner of no row: to take up whatever is taken.
const NOBODY: &str = "";
/// A lease is kept this long; only the owner of the lock ever retakes one.
const LEASE_MS: i64 = 15 * 60_000;

/// What belongs to the machine.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// The relay.
    pub relay: Relay,
    /// Connections at once, at least 1.
    pub connections: usize,
    /// Waits after a temporary refusal.
    pub retry: RetrySchedule,
}

/// What kept deliveries from going on. A letter's own trouble is none: it stands in its row.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// No ledger, no dot.
    #[error("the ledger failed, so nothing more is sent")]
    Ledger(#[from] StoreError),
}

/// A letter rendered and claimed.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) claimed: Claimed,
    pub(crate) composed: Composed,
    pub(crate) to: String,
}

/// The delivery of one owner.
#[derive(Clone)]
pub struct Delivery {
    store: Store,
    letters: Letters,
    settings: DeliverySettings,
    clock: Clock,
    owner: Arc<str>,
    tokens: Arc<AtomicI64>,
    progress: Arc<Progress>,
    /// A run ended without settling all that it had taken up.
    torn: Arc<AtomicBool>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing may go now.
    Empty,
    /// The relay holds everything back; ask again then.
    RelayDown {
        /// When.
        until: Timestamp,
    },
    /// It was told to stop.
    Stopped,
}

impl Delivery {
    /// A delivery by `owner`, a name that no earlier process had. `first_token` starts its fencing
    /// tokens: drawn at random, so that no two owners share one.
    pub fn new(
        store: Store,
        letters: Letters,
        settings: DeliverySettings,
        clock: Clock,
        owner: &str,
        first_token: i64,
    ) -> Delivery {
        Delivery {
            store,
            letters,
            settings,
            clock,
            owner: owner.into(),
            tokens: Arc::new(AtomicI64::new(first_token)),
            progress: Arc::default(),
            torn: Arc::default(),
        }
    }

    /// Counters of all runs so far.
    pub fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Takes up what a dead owner left; called once, under the lock. Returns the letters in doubt.
    pub async fn recover(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let doubt = self.store.recover(&self.owner, now).await?;
        for list in self.store.lists().await? {
            let grace = jiff::SignedDuration::from_mins(list.settings.grace_minutes.into());
            let before = now.checked_sub(grace).unwrap_or(Timestamp::UNIX_EPOCH);
            if list.settings.late == Late::Ask {
                self.store.hold_late(list.id, before, now).await?;
            }
        }
        Ok(doubt)
    }

    /// Sends everything that may go now, of `only` that edition if given, and returns when nothing
    /// more may. On `stop`, letters whose dot may leave are finished and all others given back.
    ///
    /// One run at a time. What a run that failed left behind is taken up by the next one.
    pub async fn run(
        &self,
        only: Option<EditionId>,
        stop: &CancellationToken,
    ) -> Result<Ended, DeliverError> {
        if self.is_torn() {
            // No courier of ours is alive between two runs, so our own rows are a dead owner's too.
            self.store.recover(NOBODY, self.clock.now()).await?;
        }
        self.torn.store(true, Ordering::Relaxed);
        let ended = self.send(only, stop).await?;
        self.torn.store(false, Ordering::Relaxed);
        Ok(ended)
    }

    /// Whether a run failed, or goes on: rows may be taken that only the next run takes up.
    pub fn is_torn(&self) -> bool {
        self.torn.load(Ordering::Relaxed)
    }

    async fn send(
        &self,
        only: Option<EditionId>,
        stop: &CancellationToken,
    ) -> Result<Ended, DeliverError> {
        let halt = stop.child_token();
        let renderer = crate::render::RENDERER_VERSION;
        let (ledger, commits) =
            GroupCommit::start(self.store.clone(), self.clock, renderer, halt.clone());
        let (queue, letters) = mpsc::channel::<Prepared>(self.settings.connections * 2);
        let letters = Arc::new(Mutex::new(letters));
        let down = Arc::new(AtomicI64::new(0));
        let hold_doubt = self.holding_lists().await?;
        let mut couriers = tokio::task::JoinSet::new();
        for _ in 0..self.settings.connections.max(1) {
            let courier = Courier {
                settings: self.settings.clone(),
                ledger: ledger.clone(),
                clock: self.clock,
                progress: self.progress.clone(),
                down: down.clone(),
                halt: halt.clone(),
                hold_doubt: hold_doubt.clone(),
            };
            couriers.spawn(courier.run(letters.clone()));
        }
        // Theirs alone: the feeder must not wait for couriers that are gone.
        drop(letters);
        let fed = self.feed(only, &queue, &ledger, &halt).await;
        drop(queue);
        let (mut unsent, mut lost) = (Vec::new(), false);
        while let Some(left) = couriers.join_next().await {
            match left {
                Ok(leases) => unsent.extend(leases),
                Err(_) => lost = true,
            }
        }
        drop(ledger);
        match commits.await {
            Ok(None) => {}
            Ok(Some(error)) => return Err(error.into()),
            Err(_) => lost = true,
        }
        fed?;
        if lost {
            // A task panicked, and what it had taken is nobody's.
            self.store.recover(NOBODY, self.clock.now()).await?;
        } else if !unsent.is_empty() {
            self.store.give_back(&unsent, self.clock.now()).await?;
        }
        Ok(match (stop.is_cancelled(), down.load(Ordering::Relaxed)) {
            (true, _) => Ended::Stopped,
            (false, 0) => Ended::Empty,
            (false, ms) => Ended::RelayDown {
                until: Timestamp::from_millisecond(ms).unwrap_or_default(),
            },
        })
    }

    /// Lists whose letters in doubt wait for a person.
    async fn holding_lists(&self) -> Result<Arc<[ListId]>, StoreError> {
        let lists = self.store.lists().await?;
        let holds = |l: &crate::domain::list::List| l.settings.uncertain == Uncertain::Hold;
        Ok(lists.iter().filter(|l| holds(l)).map(|l| l.id).collect())
    }

    /// Claims and renders until nothing may go, or until told to halt.
    async fn feed(
        &self,
        only: Option<EditionId>,
        queue: &mpsc::Sender<Prepared>,
        ledger: &GroupCommit,
        halt: &CancellationToken,
    ) -> Result<(), StoreError> {
        while !halt.is_cancelled() {
            let token = self.tokens.fetch_add(1, Ordering::Relaxed);
            let now = self.clock.now();
            let until = now
                .checked_add(jiff::SignedDuration::from_millis(LEASE_MS))
                .unwrap_or(now);
            let rows = self
                .store
                .claim(&self.owner, token, only, CLAIM, until, now)
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut rows = self.prepare(rows, ledger).await?.into_iter();
            while let Some(letter) = rows.next() {
                let key = (letter.claimed.edition, letter.claimed.subscriber, token);
                let sent = tokio::select! {
                    sent = queue.send(letter) => sent.is_ok(),
                    () = halt.cancelled() => false,
                };
                if !sent {
                    let rest = rows.map(|l| (l.claimed.edition, l.claimed.subscriber, token));
                    let keys: Vec<_> = std::iter::once(key).chain(rest).collect();
                    return self.store.give_back(&keys, self.clock.now()).await;
                }
            }
        }
        Ok(())
    }

    /// Renders claimed rows off the async threads. What cannot be rendered, or would not be the same
    /// bytes as before, is recorded and not sent; a database that fails is no letter's fault.
    async fn prepare(
        &self,
        rows: Vec<Claimed>,
        ledger: &GroupCommit,
    ) -> Result<Vec<Prepared>, StoreError> {
        let mut jobs = Vec::new();
        let mut ready = Vec::new();
        for claimed in rows {
            match self.letters.wave(claimed.wave).await {
                Ok(wave) => jobs.push((claimed, wave)),
                Err(LetterError::Store(error @ StoreError::Sql(_))) => return Err(error),
                Err(error) => ledger.record(fault(&claimed, &error)).await,
            }
        }
        let compose = move || -> Vec<Result<Prepared, Record>> {
            jobs.into_iter()
                .map(|(claimed, wave)| prepared(claimed, &wave))
                .collect()
        };
        let composed = tokio::task::spawn_blocking(compose)
            .await
            .unwrap_or_default();
        for result in composed {
            match result {
                Ok(letter) => ready.push(letter),
                Err(record) => ledger.record(record).await,
            }
        }
        Ok(ready)
    }
}

fn prepared(claimed: Claimed, wave: &letters::LoadedWave) -> Result<Prepared, Record> {
    let Some(to) = claimed.address.clone() else {
        return Err(settled(&claimed, DeliveryState::Withheld, "erased"));
    };
    let content = letters::content(&claimed);
    let (letters, subject) = (&wave.letters, wave.subject.as_deref());
    let make = || letters.compose(&content, subject, &to, claimed.edition, claimed.subscriber);
    // One letter that panics must not take the others of its claim with it.
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(make));
    let composed = made.unwrap_or(Err(LetterError::Panicked));
    let composed = composed.map_err(|error| fault(&claimed, &error))?;
    match claimed.doubt {
        Some(before) if before != composed.sha256 => {
            let mut record = settled(
                &claimed,
                DeliveryState::Uncertain,
                "in doubt, and rendering it again gives other bytes",
            );
            record.held = Some(Hold::OtherBytes);
            record.keep_doubt = true;
            Err(record)
        }
        _ => Ok(Prepared {
            to: to.full().to_owned(),
            claimed,
            composed,
        }),
    }
}

/// An outcome without a server's word.
fn settled(claimed: &Claimed, state: DeliveryState, words: &str) -> Record {
    // Whoever may have got the letter before is in doubt, whatever keeps it from going again.
    let doubt = claimed.doubt.is_some();
    Record {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        token: claimed.token,
        state: if doubt {
            DeliveryState::Uncertain
        } else {
            state
        },
        held: None,
        not_before: None,
        code: 0,
        reply: words.to_owned(),
        keep_doubt: doubt,
        tried: false,
    }
}

/// A letter that we cannot make, as our own fault, with words: held where the missing key can be put
/// back, else refused.
fn fault(claimed: &Claimed, error: &LetterError) -> Record {
    let mut words = format!("our own fault: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    tracing::error!(
        edition = claimed.edition.0,
        subscriber = claimed.subscriber.0,
        "{words}"
    );
    let words: String = words.chars().take(500).collect();
    if error.is_mendable() {
        let mut record = settled(claimed, DeliveryState::Deferred, &words);
        record.held = Some(Hold::NoKey);
        return record;
    }
    settled(claimed, DeliveryState::Refused, &words)
}
