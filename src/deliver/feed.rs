//! The feeder: claims rows of the lanes that are open, has them composed, and fills the pool.
//!
//! It holds a bounded number of letters in memory, whatever the list's size, and claims in large
//! steps, since a claim is a commit.

use tokio_util::sync::CancellationToken;

use super::commit::{Finished, GroupCommit};
use super::compose::compose;
use super::{Delivery, LaneId, LaneTable, Ordering, die_at};
use crate::domain::EditionId;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::ledger::{Claimed, Lease};

/// Rows of one lane in one claim.
const CLAIM: i64 = 512;
/// Letters composed in one step.
const CHUNK: usize = 32;
/// A lane of which a claim brought nothing is not asked again for so long, while others have letters.
const DRY: jiff::SignedDuration = jiff::SignedDuration::from_millis(500);
/// A lease is kept this long; only the owner of the lock ever retakes one.
const LEASE_MS: i64 = 15 * 60_000;

/// Lanes of which nothing was found lately. A claim takes the write lock, which those who record want.
#[derive(Default)]
struct Dry(Vec<(LaneId, Timestamp)>);

impl Dry {
    fn without(&self, lanes: &[LaneId], now: Timestamp) -> Vec<LaneId> {
        let is_dry = |lane| {
            self.0
                .iter()
                .any(|(dry, until)| *dry == lane && *until > now)
        };
        lanes.iter().copied().filter(|l| !is_dry(*l)).collect()
    }

    fn note(&mut self, asked: &[LaneId], rows: &[Claimed], table: &LaneTable, now: Timestamp) {
        self.0.retain(|(lane, _)| !asked.contains(lane));
        let until = now.checked_add(DRY).unwrap_or(now);
        let brought = |lane| rows.iter().any(|row| row.lane == table.name(lane));
        let dry = asked.iter().filter(|lane| !brought(**lane));
        self.0.extend(dry.map(|lane| (*lane, until)));
    }
}

impl Delivery {
    /// Claims and composes until nothing may go, or until told to halt. Returns when lanes open that
    /// are closed now, if that is what is waited for.
    pub(super) async fn feed(
        &self,
        only: Option<EditionId>,
        ledger: &GroupCommit,
        halt: &CancellationToken,
    ) -> Result<Option<Timestamp>, StoreError> {
        let low = self.connections.iter().sum::<usize>().max(CHUNK);
        let mut dry = Dry::default();
        while !halt.is_cancelled() && !self.pool.is_down() {
            self.give_back_returned().await?;
            let room = self.pool.room(low);
            let now = self.clock.now();
            let lanes = dry.without(&room.lanes, now);
            let rows = match lanes.is_empty() {
                true => Vec::new(),
                false => self.claim(only, &lanes).await?,
            };
            dry.note(&lanes, &rows, &self.lanes, now);
            if !rows.is_empty() {
                die_at("after_lease");
                self.fill(rows, low, ledger, halt).await?;
                continue;
            }
            match (room.full, room.closed, room.idle) {
                // Nothing is left but what couriers carry, and nothing opens that could bring more.
                (false, false, _) => return Ok(None),
                (false, true, true) => return Ok(room.opens),
                _ => self.pool.changed(room.opens, halt).await,
            }
        }
        Ok(None)
    }

    async fn claim(
        &self,
        only: Option<EditionId>,
        lanes: &[LaneId],
    ) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let until = now.checked_add(jiff::SignedDuration::from_millis(LEASE_MS));
        let lease = Lease {
            owner: &self.owner,
            token: self.tokens.fetch_add(1, Ordering::Relaxed),
            until: until.unwrap_or(now),
        };
        let names: Vec<&str> = lanes.iter().map(|lane| self.lanes.name(*lane)).collect();
        self.store.claim(&lease, only, &names, CLAIM, now).await
    }

    /// Composes claimed rows step by step, no faster than couriers take them.
    async fn fill(
        &self,
        rows: Vec<Claimed>,
        low: usize,
        ledger: &GroupCommit,
        halt: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        loop {
            while self.pool.waiting() > low && !halt.is_cancelled() && !self.pool.is_down() {
                self.pool.changed(None, halt).await;
            }
            let chunk: Vec<Claimed> = rows.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            if halt.is_cancelled() || self.pool.is_down() {
                let keys: Vec<_> = chunk
                    .iter()
                    .chain(rows.as_slice())
                    .map(super::key)
                    .collect();
                return self.store.give_back(&keys, self.clock.now()).await;
            }
            let made = compose(&self.composer, &self.lanes, chunk).await?;
            die_at("after_render");
            for record in made.records {
                ledger
                    .record(Finished {
                        record,
                        relay: None,
                    })
                    .await;
            }
            self.pool.push(made.letters);
        }
    }

    async fn give_back_returned(&self) -> Result<(), StoreError> {
        let returned = self.pool.returned();
        match returned.is_empty() {
            true => Ok(()),
            false => self.store.give_back(&returned, self.clock.now()).await,
        }
    }
}
