//! The ledger: claiming, starting, recording, recovering.
//!
//! Every write carries the lease's token, so that a sender that was given up for dead changes
//! nothing. What a reply means is decided elsewhere; here it is written down.

use serde_json::{Value, json};

pub use super::claim::{Claimed, Lease};
use super::instance::BUMP;
use super::slice::hex;
use super::usage::{self, RelayHour};
use super::{Store, StoreError, batch};
use crate::domain::delivery::{DeliveryState, Hold};
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, EditionId, SubscriberId};

/// A request to write `started`.
#[derive(Clone, Debug)]
pub struct Start {
    /// Key.
    pub edition: EditionId,
    /// Key.
    pub subscriber: SubscriberId,
    /// The lease.
    pub token: i64,
    /// The revision that was rendered.
    pub digest: DigestId,
    /// sha256 of the bytes.
    pub sha256: [u8; 32],
}

/// An outcome to be written.
#[derive(Clone, Debug)]
pub struct Record {
    /// Key.
    pub edition: EditionId,
    /// Key.
    pub subscriber: SubscriberId,
    /// The lease.
    pub token: i64,
    /// The new state.
    pub state: DeliveryState,
    /// What it asks, if it asks.
    pub held: Option<Hold>,
    /// When to try again.
    pub not_before: Option<Timestamp>,
    /// The server's code, 0 without one.
    pub code: u16,
    /// The server's words, masked.
    pub reply: String,
    /// The doubt remains: keep the sha256.
    pub keep_doubt: bool,
    /// Count a try that `started` did not count.
    pub tried: bool,
}

/// What one group commit did.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// For each start, in order: whether it was granted.
    pub granted: Vec<bool>,
}

impl Store {
    /// One group commit: outcomes first, then starts, in one transaction, with what relays took
    /// (`taken`) added to its counters. Starts that are not granted are
    /// withheld where the person or the edition says no, and given back otherwise.
    pub async fn ledger_commit(
        &self,
        records: &[Record],
        starts: &[Start],
        taken: &[RelayHour],
        renderer: &str,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let ms = now.as_millisecond();
        let mut tx = self.write().await?;
        usage::add(&mut tx, taken).await?;
        if !records.is_empty() {
            let rows = Value::Array(records.iter().map(Record::row).collect()).to_string();
            sqlx::query(batch::RECORD)
                .bind(&rows)
                .bind(ms)
                .execute(&mut *tx)
                .await?;
            if records.iter().any(|r| r.state != DeliveryState::Accepted) {
                sqlx::query(batch::RETURN_MEMORY)
                    .bind(&rows)
                    .bind(ms)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let mut granted = Vec::new();
        if !starts.is_empty() {
            let rows = Value::Array(starts.iter().map(Start::row).collect()).to_string();
            let done: Vec<(i64, i64)> = sqlx::query_as(batch::START)
                .bind(&rows)
                .bind(ms)
                .bind(renderer)
                .fetch_all(&mut *tx)
                .await?;
            let done: std::collections::HashSet<(i64, i64)> = done.into_iter().collect();
            granted.extend(
                starts
                    .iter()
                    .map(|s| done.contains(&(s.edition.0, s.subscriber.0))),
            );
            if granted.contains(&false) {
                for statement in [batch::WITHHOLD, batch::RETURN_MEMORY, batch::GIVE_BACK] {
                    sqlx::query(statement)
                        .bind(&rows)
                        .bind(ms)
                        .execute(&mut *tx)
                        .await?;
                }
            }
        }
        let commits: i64 = sqlx::query_scalar(BUMP).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        self.noted(commits);
        Ok(Committed { granted })
    }

    /// Gives leases back whose letters did not leave.
    pub async fn give_back(
        &self,
        rows: &[(EditionId, SubscriberId, i64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = json!(rows).to_string();
        let mut tx = self.write().await?;
        sqlx::query(batch::GIVE_BACK)
            .bind(rows)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Start {
    fn row(&self) -> Value {
        json!([
            self.edition,
            self.subscriber,
            self.token,
            self.digest,
            hex(&self.sha256)
        ])
    }
}

impl Record {
    fn row(&self) -> Value {
        json!([
            self.edition,
            self.subscriber,
            self.token,
            self.state,
            self.held,
            self.not_before.map(Timestamp::as_millisecond),
            self.code,
            self.reply,
            i64::from(self.keep_doubt),
            i64::from(self.tried)
        ])
    }
}
