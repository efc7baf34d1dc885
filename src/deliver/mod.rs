//! Emptying the ledger: claim, render, send, record.
//!
//! One feeder claims rows and renders them; a few connections carry them; one group commit writes
//! what became of them. `started` is committed before the final dot leaves, and a connection has at
//! most one started row. This room decides nothing about stories; what a reply means is said by
//! `policy`, what may go when by `pace`.

mod alarm;
pub mod alignment;
pub mod audit;
pub mod authentication;
pub mod commit;
pub mod compose;
pub mod confirm;
pub mod courier;
pub mod desk_mail;
pub mod dkim;
mod feed;
pub mod letters;
pub mod message;
pub mod notice;
mod outcome;
pub mod pace;
pub mod policy;
mod pool;
mod progress;
pub mod relay_log;
pub mod smtp;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::edition::{Late, Uncertain};
use crate::domain::list::List;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, ListId, SubscriberId};
use crate::faults::die_at;
use crate::store::ledger::Claimed;
use crate::store::usage::RelayHour;
use crate::store::{Store, StoreError};
use alarm::Alarms;
use commit::GroupCommit;
use compose::{Compose, Composed};
use courier::{Courier, Line};
use pace::{LaneId, LaneTable, Pace, RelayId, RelayLimits, Usage};
use policy::{Alarm, AlarmReason, RetrySchedule, Scope};
use pool::Pool;
pub use progress::Progress;
use smtp::Relay;

/// An owner of no row: to take up whatever is taken.
const NOBODY: &str = "";

/// A relay with its name and its limits.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Its name in the configuration, in counters and in alarms.
    pub name: String,
    /// Where it is and how it is spoken to.
    pub relay: Relay,
    /// What it takes.
    pub limits: RelayLimits,
}

/// What belongs to the machine.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// Relays in the order in which they are used: the next one takes the place of one that fails. At
    /// least one.
    pub relays: Vec<RelaySettings>,
    /// Recipient domains that are treated by themselves.
    pub lanes: LaneTable,
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
    pub(crate) lane: LaneId,
}

/// A leased row, as it is given back.
type LeaseKey = (EditionId, SubscriberId, i64);

fn key(claimed: &Claimed) -> LeaseKey {
    (claimed.edition, claimed.subscriber, claimed.token)
}

/// The delivery of one owner.
#[derive(Clone)]
pub struct Delivery {
    store: Store,
    composer: Arc<dyn Compose>,
    lanes: Arc<LaneTable>,
    lines: Arc<[Arc<Line>]>,
    connections: Arc<[usize]>,
    retry: RetrySchedule,
    pool: Arc<Pool>,
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
    /// Every relay holds everything back; ask again then.
    RelayDown {
        /// When.
        until: Timestamp,
    },
    /// What is left waits for its lane; ask again then.
    Paced {
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
        composer: Arc<dyn Compose>,
        settings: DeliverySettings,
        clock: Clock,
        owner: &str,
        first_token: i64,
    ) -> Delivery {
        let limits: Vec<RelayLimits> = settings.relays.iter().map(|r| r.limits.clone()).collect();
        let places = |l: &RelayLimits| usize::try_from(l.connections).unwrap_or(1).max(1);
        let connections: Arc<[usize]> = limits.iter().map(places).collect();
        let line = |(n, relay): (usize, RelaySettings)| {
            Arc::new(Line {
                id: RelayId(n),
                name: relay.name.as_str().into(),
                messages: match relay.limits.messages_per_connection {
                    0 => u32::MAX,
                    most => most,
                },
                idle: relay.limits.idle,
                relay: relay.relay,
                open: AtomicUsize::new(0),
                strikes: AtomicUsize::new(0),
                troubled: AtomicBool::new(true),
            })
        };
        let lines: Arc<[Arc<Line>]> = settings.relays.into_iter().enumerate().map(line).collect();
        let lanes = settings.lanes.names().count();
        // A courier has one letter on its way and the commands of the next behind it.
        let doubled = limits.into_iter().map(|mut limits| {
            limits.connections = limits.connections.max(1).saturating_mul(2);
            limits
        });
        let pace = Pace::new(doubled.collect(), settings.lanes.clone(), &[], clock.now());
        Delivery {
            store,
            composer,
            pool: Arc::new(Pool::new(pace, lines.len(), lanes, clock)),
            lanes: Arc::new(settings.lanes),
            lines,
            connections,
            retry: settings.retry,
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

    /// Takes up what a dead owner left, and what relays took in the last day; called once, under the
    /// lock. Returns the letters in doubt.
    pub async fn recover(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let doubt = self.store.recover(&self.owner, now).await?;
        self.count_doubt(doubt, now).await?;
        let names: Vec<&str> = self.lanes.names().collect();
        self.store.adopt_lanes(&names).await?;
        self.pool.remember(&self.usage().await?);
        // What a dead sender had in its hands may be of an edition that was cancelled since.
        self.store.withhold_cancelled(now).await?;
        for list in self.store.lists().await? {
            let grace = jiff::SignedDuration::from_mins(list.settings.grace_minutes.into());
            let before = now.checked_sub(grace).unwrap_or(Timestamp::UNIX_EPOCH);
            match list.settings.late {
                Late::Ask => self.store.hold_late(list.id, before, now).await?,
                Late::Merge => {
                    let window = i64::from(list.settings.window_hours) * 3_600_000;
                    self.store.merge_late(list.id, before, window, now).await?
                }
                Late::Send => 0,
            };
        }
        Ok(doubt)
    }

    /// What was started when the last owner died may have been taken, and counts for the day's quota; by
    /// which relay is not known, so by the first.
    async fn count_doubt(&self, doubt: u64, now: Timestamp) -> Result<(), StoreError> {
        let Some(line) = self.lines.first().filter(|_| doubt > 0) else {
            return Ok(());
        };
        let taken = RelayHour {
            relay: line.name.to_string(),
            hour: now.as_millisecond().div_euclid(3_600_000),
            sent: i64::try_from(doubt).unwrap_or(i64::MAX),
        };
        self.store.relay_usage_add(&[taken]).await
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
        self.pool.open();
        let (alarms, told) = Alarms::start(self.store.clone(), self.clock);
        let mut couriers = self.couriers(&ledger, &alarms, &halt).await?;
        let gathered = gather(&mut couriers);
        tokio::pin!(gathered);
        let mut over = None;
        let fed = tokio::select! {
            fed = self.feed(only, &ledger, &halt) => fed,
            left = &mut gathered => {
                // Nobody is left to carry what the feeder has in hand.
                over = Some(left);
                Ok(None)
            }
        };
        self.pool.close();
        let (mut unsent, mut lost) = match over {
            Some((unsent, _)) => (unsent, true),
            None => gathered.await,
        };
        let (left, down) = self.pool.end();
        if down.is_some() {
            self.say_full_days(&alarms);
        }
        drop(alarms);
        unsent.extend(left);
        drop(ledger);
        match commits.await {
            Ok(None) => {}
            Ok(Some(error)) => return Err(error.into()),
            Err(_) => lost = true,
        }
        let opens = fed?;
        if let Ok(Some(error)) = told.await {
            return Err(error.into());
        }
        if lost {
            // A task panicked, and what it had taken is nobody's.
            self.store.recover(NOBODY, self.clock.now()).await?;
        } else if !unsent.is_empty() {
            self.store.give_back(&unsent, self.clock.now()).await?;
        }
        die_at("at_finish");
        Ok(match (stop.is_cancelled(), down, opens) {
            (true, ..) => Ended::Stopped,
            (false, Some(until), _) => Ended::RelayDown { until },
            (false, None, Some(until)) => Ended::Paced { until },
            (false, None, None) => Ended::Empty,
        })
    }

    fn say_full_days(&self, alarms: &Alarms) {
        for line in self.lines.iter() {
            if let Some(opens) = self.pool.day_is_full(line.id) {
                let words =
                    format!("it has had as many letters as a day allows, and has more at {opens}");
                let alarm = Alarm {
                    scope: Scope::Relay,
                    reason: AlarmReason::Quota,
                    words,
                };
                alarms.raise(format!("relay {}", line.name), &alarm);
            }
        }
    }

    /// What relays took in the last day, by the ledger's counters.
    async fn usage(&self) -> Result<Vec<Usage>, StoreError> {
        let hour = self.clock.now().as_millisecond().div_euclid(3_600_000);
        self.store.relay_usage_forget(hour - 48).await?;
        let taken = self.store.relay_usage(hour - 24).await?;
        let of = |row: RelayHour| {
            let line = self.lines.iter().find(|line| *line.name == *row.relay)?;
            Some(Usage {
                relay: line.id,
                hour: row.hour,
                sent: u64::try_from(row.sent).unwrap_or(0),
            })
        };
        Ok(taken.into_iter().filter_map(of).collect())
    }

    async fn couriers(
        &self,
        ledger: &GroupCommit,
        alarms: &Alarms,
        halt: &CancellationToken,
    ) -> Result<JoinSet<Vec<LeaseKey>>, StoreError> {
        let hold_doubt = self.holding_lists().await?;
        let mut couriers = JoinSet::new();
        for (line, connections) in self.lines.iter().zip(self.connections.iter()) {
            line.open.store(0, Ordering::Relaxed);
            for _ in 0..*connections {
                let courier = Courier {
                    line: line.clone(),
                    retry: self.retry.clone(),
                    pool: self.pool.clone(),
                    ledger: ledger.clone(),
                    clock: self.clock,
                    progress: self.progress.clone(),
                    alarms: alarms.clone(),
                    lanes: self.lanes.clone(),
                    halt: halt.clone(),
                    hold_doubt: hold_doubt.clone(),
                };
                couriers.spawn(courier.run());
            }
        }
        Ok(couriers)
    }

    /// Lists whose letters in doubt wait for a person.
    async fn holding_lists(&self) -> Result<Arc<[ListId]>, StoreError> {
        let lists = self.store.lists().await?;
        let holds = |l: &List| l.settings.uncertain == Uncertain::Hold;
        Ok(lists.iter().filter(|l| holds(l)).map(|l| l.id).collect())
    }
}

/// Waits for all couriers: the leases of what did not leave, and whether one of them panicked.
async fn gather(couriers: &mut JoinSet<Vec<LeaseKey>>) -> (Vec<LeaseKey>, bool) {
    let (mut unsent, mut lost) = (Vec::new(), false);
    while let Some(left) = couriers.join_next().await {
        match left {
            Ok(leases) => unsent.extend(leases),
            Err(_) => lost = true,
        }
    }
    (unsent, lost)
}
