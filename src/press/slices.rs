//! Slices of a plan on their way: read by one task, written by another, while a third thinks.

use std::collections::BTreeMap;

use tokio::runtime::RuntimeFlavor;

use super::planner::Planner;
use super::sale::{Capped, capped};
use super::{PlannedWave, PressError, SLICE};
use crate::domain::goal::Cap;
use crate::domain::selection::Sent;
use crate::domain::{FlightId, SubscriptionId};
use crate::proof::Fault;
use crate::sponsors::{Drawn, Mark};
use crate::store::memory::Beside;
use crate::store::planning::{DueReader, DueWave, PlannedDigest, PlannedReader};

/// Readers in one write, with what they were sent.
pub(super) struct Slice {
    pub(super) after: SubscriptionId,
    pub(super) readers: Vec<DueReader>,
    pub(super) memory: BTreeMap<SubscriptionId, Vec<Sent>>,
    /// What was planned for them in other lists by then.
    pub(super) beside: Beside,
    /// Who was sent flights as often as they may be.
    pub(super) capped: Capped,
}

impl Slice {
    /// After the last one.
    pub(super) fn nobody() -> Slice {
        Slice {
            after: SubscriptionId(0),
            readers: Vec::new(),
            memory: BTreeMap::new(),
            beside: Beside::default(),
            capped: Capped::new(),
        }
    }
}

/// A slice that is being written.
pub(super) struct Writing {
    pub(super) task: Task<bool>,
    pub(super) counts: Counts,
    /// What the proof found in it.
    pub(super) faults: Vec<Fault>,
    /// Where it began, where the wave's sponsors stood then, and what was drawn of them since.
    pub(super) after: SubscriptionId,
    pub(super) mark: Mark,
    pub(super) drawn: Vec<Drawn>,
}

/// What a slice adds to its wave's sums.
pub(super) struct Counts {
    digests: u64,
    skipped: u64,
    placements: u64,
    shortened: u64,
    pushed_out: u64,
}

/// What a slice draws of its wave's sponsors.
pub(super) fn drawn(planned: &[PlannedReader]) -> Vec<Drawn> {
    let digests = planned.iter().filter_map(|r| r.outcome.as_ref().ok());
    digests.filter_map(|digest| digest.drawn).collect()
}

impl Counts {
    pub(super) fn of(planned: &[PlannedReader]) -> Counts {
        let digests = || planned.iter().filter_map(|r| r.outcome.as_ref().ok());
        let fitted = |d: &&PlannedDigest| d.shortened > 0 || d.left_out > 0;
        Counts {
            digests: digests().count() as u64,
            skipped: (planned.len() - digests().count()) as u64,
            placements: digests().map(|d| d.placements.len() as u64).sum(),
            shortened: digests().filter(fitted).count() as u64,
            pushed_out: digests().map(|d| u64::from(d.left_out)).sum(),
        }
    }

    pub(super) fn count(self, done: &mut PlannedWave) {
        done.digests += self.digests;
        done.skipped += self.skipped;
        done.placements += self.placements;
        done.shortened += self.shortened;
        done.pushed_out += self.pushed_out;
    }
}

/// Something of the store's that goes on while others think. Who drops it does not stop it: a write is
/// one transaction, whoever waits for it.
pub(super) struct Task<T>(tokio::task::JoinHandle<Result<T, PressError>>);

impl<T: Send + 'static> Task<T> {
    pub(super) fn begin(
        task: impl Future<Output = Result<T, PressError>> + Send + 'static,
    ) -> Task<T> {
        Task(tokio::spawn(task))
    }

    pub(super) async fn done(self) -> Result<T, PressError> {
        match self.0.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(PressError::Stopped),
            },
        }
    }
}

impl Planner<'_> {
    /// Begins to read the slice after `after`.
    pub(super) fn read(
        &self,
        due: &DueWave,
        done: &PlannedWave,
        after: SubscriptionId,
        caps: Vec<(FlightId, Cap)>,
    ) -> Task<Slice> {
        let (store, recall, due) = (self.store.clone(), self.recall.clone(), due.clone());
        let amended = self.amended.clone();
        let edition = done.edition.id;
        Task::begin(async move {
            let readers = store.due_readers(&due, edition, after, SLICE).await?;
            let ids: Vec<SubscriptionId> = readers.iter().map(|r| r.subscription).collect();
            let beside = store.planned_beside(&recall).await?.amended(&amended);
            let memory = match ids.is_empty() {
                true => BTreeMap::new(),
                false => store.memory(&recall, &ids).await?,
            };
            let capped = capped(&store, &caps, &ids, due.due_at).await?;
            Ok(Slice {
                after,
                readers,
                memory,
                beside,
                capped,
            })
        })
    }

    /// Begins to write a slice.
    pub(super) fn write(
        &self,
        done: &PlannedWave,
        planned: Vec<PlannedReader>,
        beside: Beside,
    ) -> Task<bool> {
        let (store, now) = (self.store.clone(), self.now);
        let (edition, wave) = (done.edition.id, done.wave.id);
        Task::begin(async move {
            let planned = store.plan_slice(edition, wave, &planned, &beside, now);
            Ok(planned.await?)
        })
    }
}

/// Thinks without keeping other tasks from going on, where the runtime has other threads.
pub(super) fn aside<T>(think: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(think),
        _ => think(),
    }
}
