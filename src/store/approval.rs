//! Approvals and releases: a person's word that an edition may go, given before or after its plan.

use super::audit::deed;
use super::{Store, StoreError};
use crate::domain::EditionId;
use crate::domain::audit::Deed;
use crate::domain::time::Timestamp;

const EDITION_RELEASE: &str =
    "update edition set released_ms = coalesce(released_ms, $2) where edition_id = $1";
const EDITION_RELEASED: &str =
    "select count(*) from edition where edition_id = $1 and released_ms is not null";
const APPROVE: &str = "update edition set approved_ms = $2, approved_by = $3 where edition_id = $1";
const UNAPPROVE: &str =
    "update edition set approved_ms = null, approved_by = null where edition_id = $1";
const CLEARED: &str = "select exists (select 1 from edition where edition_id = $1 \
     and (released_ms is not null or approved_ms is not null))";
const LET_GO: &str = "update delivery set held = null, changed_ms = $2 \
     where edition_id = $1 and held = 'approval' and state in ('planned', 'deferred')";
// A letter whose dot may have left is not called back: it is in doubt, and has its own rules.
const CALL_BACK: &str = "update delivery set held = 'approval', changed_ms = $2 \
     where edition_id = $1 and held is null and state in ('planned', 'deferred') and sha256 is null";

impl Store {
    /// Writes a release down; later waves of the edition need no other.
    pub async fn edition_release(&self, id: EditionId, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(EDITION_RELEASE)
            .bind(id.0)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        let done = deed("release", format_args!("edition {id}"));
        self.note(&mut tx, "", done, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether somebody released it.
    pub async fn edition_released(&self, id: EditionId) -> Result<bool, StoreError> {
        let n: i64 = sqlx::query_scalar(EDITION_RELEASED)
            .bind(id.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(n > 0)
    }

    /// Writes an approval down, and lets go the letters that waited for it; how many. Those that ask
    /// for another reason go on asking.
    pub async fn edition_approve(
        &self,
        id: EditionId,
        by: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(APPROVE)
            .bind(id.0)
            .bind(now.as_millisecond())
            .bind(by)
            .execute(&mut *tx)
            .await?;
        let done = deed("approve", format_args!("edition {id}"));
        self.note(&mut tx, by, done, now).await?;
        let gone = sqlx::query(LET_GO)
            .bind(id.0)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Takes an approval back. With `hold`, letters that have not left wait for the next one; how many.
    pub async fn edition_unapprove(
        &self,
        id: EditionId,
        hold: bool,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(UNAPPROVE).bind(id.0).execute(&mut *tx).await?;
        let mut held = 0;
        if hold {
            let done = sqlx::query(CALL_BACK)
                .bind(id.0)
                .bind(now.as_millisecond())
                .execute(&mut *tx)
                .await?;
            held = done.rows_affected();
        }
        let done = Deed {
            became: format!("letters called back: {held}"),
            ..deed("unapprove", format_args!("edition {id}"))
        };
        self.note(&mut tx, "", done, now).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Whether an edition was approved by an editor, or released by an operator.
    pub async fn edition_cleared(&self, id: EditionId) -> Result<bool, StoreError> {
        let cleared: bool = sqlx::query_scalar(CLEARED)
            .bind(id.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(cleared)
    }

    /// Lets go the letters of an approved edition that were planned while it was being approved; how
    /// many.
    pub async fn approved_go(&self, id: EditionId, now: Timestamp) -> Result<u64, StoreError> {
        if !self.edition_cleared(id).await? {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let gone = sqlx::query(LET_GO)
            .bind(id.0)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}
