//! Plans as they were when somebody approved them.

use super::{Store, StoreError, from_json, instant, to_json, unreadable};
use crate::domain::EditionId;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Timestamp;

const APPROVAL: &str = "insert into approval \
     (edition_id, due_ms, by_whom, at_ms, digests, skipped, hash, plan) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const APPROVED: &str = "select due_ms, by_whom, at_ms, digests, skipped, hash, plan from approval \
     where edition_id = $1 and at_ms = (select max(at_ms) from approval where edition_id = $1) \
     order by due_ms, approval_id";

/// The newest approved plan of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Its waves, earliest first.
    pub waves: Vec<Snapshot>,
}

#[derive(sqlx::FromRow)]
struct ApprovedRow {
    due_ms: i64,
    by_whom: String,
    at_ms: i64,
    digests: i64,
    skipped: i64,
    hash: Vec<u8>,
    plan: String,
}

impl ApprovedRow {
    fn read(&self) -> Result<Snapshot, StoreError> {
        let number = |n: i64, place| u64::try_from(n).map_err(|_| unreadable(place, n));
        let hash = self.hash.as_slice().try_into();
        Ok(Snapshot {
            due_ms: self.due_ms,
            digests: number(self.digests, "approval.digests")?,
            skipped: number(self.skipped, "approval.skipped")?,
            hash: hash.map_err(|_| unreadable("approval.hash", "a hash of another length"))?,
            plan: from_json(&self.plan, "approval.plan")?,
        })
    }
}

impl Store {
    /// Keeps what an edition's plan came to when it was approved; an earlier approval stays.
    pub async fn approval_add(
        &self,
        edition: EditionId,
        waves: &[Snapshot],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for wave in waves {
            sqlx::query(APPROVAL)
                .bind(edition.0)
                .bind(wave.due_ms)
                .bind(by)
                .bind(now.as_millisecond())
                .bind(i64::try_from(wave.digests).unwrap_or(i64::MAX))
                .bind(i64::try_from(wave.skipped).unwrap_or(i64::MAX))
                .bind(wave.hash.as_slice())
                .bind(to_json(&wave.plan, "approval.plan")?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest approved plan of an edition, if there is one.
    pub async fn approved(&self, edition: EditionId) -> Result<Option<Approved>, StoreError> {
        let rows: Vec<ApprovedRow> = sqlx::query_as(APPROVED)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Approved {
            by: first.by_whom.clone(),
            at: instant(first.at_ms, "approval.at_ms")?,
            waves: rows
                .iter()
                .map(ApprovedRow::read)
                .collect::<Result<_, _>>()?,
        }))
    }
}
