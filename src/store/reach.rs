//! What a subscription's next digest has to reach back to: set by a pause and by a run that was missed
//! and merged into the next one, taken away with the digest that did.

use sqlx::SqliteConnection;

use super::{Store, StoreError, instant_or_none};
use crate::domain::time::Timestamp;
use crate::domain::{ListId, SubscriptionId};

// A pause reaches back to what the last letter could bring.
const PAUSED: &str = "update subscription set since_ms = coalesce(since_ms, \
     (select max(w.cutoff_ms) from subscription n join edition e on e.list_id = n.list_id \
      join delivery d on d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id \
      join wave w on w.wave_id = d.wave_id \
      where n.subscription_id = $1 and d.state not in ('refused', 'withheld')), $2) where subscription_id = $1";
const EARLIEST: &str = "select min(since_ms) from subscription \
     where list_id = $1 and due_ms = $2 and since_ms is not null";
const MERGE_LATE_REACH: &str = "update subscription set since_ms = coalesce(since_ms, \
     (select min(w.cutoff_ms) - $3 from delivery d join wave w on w.wave_id = d.wave_id \
      join edition e on e.edition_id = d.edition_id \
      where d.subscription_id = subscription.subscription_id \
      and d.state in ('planned', 'leased', 'deferred') and d.state = 'planned' \
      and d.held is null and d.not_before_ms < $2 and e.state = 'open')) \
     where list_id = $1 and subscription_id in (select d.subscription_id from delivery d \
      join edition e on e.edition_id = d.edition_id where e.list_id = $1 and e.state = 'open' \
      and d.state = 'planned' and d.held is null and d.not_before_ms < $2)";
const MERGE_LATE_MEMORY: &str = "update memory set returned_ms = max($3, coalesce(( \
     select g.at_ms + 1 from digest g order by g.digest_id desc limit 1), 0)) where returned_ms is null \
     and (edition_id, subscription_id) in (select d.edition_id, d.subscription_id from delivery d \
      join edition e on e.edition_id = d.edition_id where e.list_id = $1 and e.state = 'open' \
      and d.state = 'planned' and d.held is null and d.not_before_ms < $2)";
const MERGE_LATE: &str = "update delivery set state = 'withheld', \
     reply = 'merged into the next run', changed_ms = $3 \
     where state = 'planned' and held is null and not_before_ms < $2 \
     and edition_id in (select e.edition_id from edition e \
      where e.list_id = $1 and e.state = 'open')";

impl Store {
    /// The earliest instant to which a digest of a list that is due at `due` has to reach back;
    /// `None` where nobody comes back then.
    pub async fn reaches(
        &self,
        list: ListId,
        due: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = sqlx::query_scalar(EARLIEST)
            .bind(list.0)
            .bind(due.as_millisecond())
            .fetch_one(&self.readers)
            .await?;
        instant_or_none(ms, "subscription.since_ms")
    }

    /// Gives up a list's planned letters that should have left before `before` and did not: their
    /// stories go back, and their readers' next digest reaches back over them, `window_ms` before
    /// their cut-off. How many.
    pub async fn merge_late(
        &self,
        list: ListId,
        before: Timestamp,
        window_ms: i64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let (before, now) = (before.as_millisecond(), now.as_millisecond());
        let mut merged = 0;
        for (statement, third) in [
            (MERGE_LATE_REACH, window_ms),
            (MERGE_LATE_MEMORY, now),
            (MERGE_LATE, now),
        ] {
            let done = sqlx::query(statement)
                .bind(list.0)
                .bind(before)
                .bind(third)
                .execute(&mut *tx)
                .await?;
            merged = done.rows_affected();
        }
        tx.commit().await?;
        Ok(merged)
    }
}

/// A pause begins: the digest after it reaches back to the last letter before it.
pub(super) async fn paused(
    connection: &mut SqliteConnection,
    id: SubscriptionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(PAUSED)
        .bind(id.0)
        .bind(now.as_millisecond())
        .execute(connection)
        .await?;
    Ok(())
}
