//! Plans as they were when somebody approved them.

use super::{Store, StoreError, from_json, instant, to_json, unreadable};
use crate::domain::EditionId;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Timestamp;

const APPROVE: &str = "insert into approved_plan \
     (edition_id, due_ms, by_whom, at_ms, digests, skipped, hash, plan) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const APPROVED: &str = "select due_ms, by_whom, at_ms, digests, skipped, hash, plan from approved_plan \
     where edition_id = $1 and at_ms = (select max(at_ms) from approved_plan where edition_id = $1) \
     order by due_ms, approved_plan_id";

/// The newest approved plan of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedPlan {
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
            digests: number(self.digests, "approved_plan.digests")?,
            skipped: number(self.skipped, "approved_plan.skipped")?,
            hash: hash.map_err(|_| unreadable("approved_plan.hash", "a hash of another length"))?,
            plan: from_json(&self.plan, "approved_plan.plan")?,
        })
    }
}

impl Store {
    /// Keeps what an edition's plan came to when it was approved; an earlier approval stays.
    pub async fn approved_plan_add(
        &self,
        edition: EditionId,
        waves: &[Snapshot],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for wave in waves {
            sqlx::query(APPROVE)
                .bind(edition.0)
                .bind(wave.due_ms)
                .bind(by)
                .bind(now.as_millisecond())
                .bind(i64::try_from(wave.digests).unwrap_or(i64::MAX))
                .bind(i64::try_from(wave.skipped).unwrap_or(i64::MAX))
                .bind(wave.hash.as_slice())
                .bind(to_json(&wave.plan, "approved_plan.plan")?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest approved plan of an edition, if there is one.
    pub async fn approved_plan(
        &self,
        edition: EditionId,
    ) -> Result<Option<ApprovedPlan>, StoreError> {
        let rows: Vec<ApprovedRow> = sqlx::query_as(APPROVED)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(ApprovedPlan {
            by: first.by_whom.clone(),
            at: instant(first.at_ms, "approved_plan.at_ms")?,
            waves: rows
                .iter()
                .map(ApprovedRow::read)
                .collect::<Result<_, _>>()?,
        }))
    }
}
