//! Sources that are read again before a wave freezes.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Store, StoreError};
use crate::domain::ListId;
use crate::domain::time::{Timestamp, to_ms};

// Not where its host asked us to wait, or where it failed: its turn comes when that is over.
const AGAIN: &str = "update source set next_ms = $3 where state = 'active' and kind = 'feed' \
     and removed_ms is null and failures = 0 and last_error is null and fetched_ms < $2 and next_ms > $3 \
     and source_id in (select s.source_id from list_source s \
      where s.list_id in (select value from json_each($1)))";
const ASKED: &str = "select exists (select 1 from source where state = 'active' and kind = 'feed' \
     and removed_ms is null and failures = 0 and last_error is null and fetched_ms < $2 and next_ms > $3 \
     and source_id in (select s.source_id from list_source s \
      where s.list_id in (select value from json_each($1))))";

impl Store {
    /// Makes those sources of these lists due at `now` that were read before `since` and would not be
    /// read yet. Returns how many.
    pub async fn sources_again(
        &self,
        lists: &BTreeSet<ListId>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let lists = json!(lists).to_string();
        let (since, now) = (to_ms(since), to_ms(now));
        // Asked for every second: nobody's write waits for it while there is nothing to do.
        let any: bool = sqlx::query_scalar(ASKED)
            .bind(&lists)
            .bind(since)
            .bind(now)
            .fetch_one(&self.readers)
            .await?;
        if !any {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let done = sqlx::query(AGAIN)
            .bind(&lists)
            .bind(since)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
