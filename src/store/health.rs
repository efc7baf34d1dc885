//! Whether the database is sound, for `doctor`: its pages, and the newest instant in it.

use super::{Store, StoreError, instant};
use crate::domain::time::Timestamp;

const QUICK_CHECK: &str = "pragma quick_check(20)";
// The newest row of each table that grows is its last one, so nothing is read through. Editions and
// digests are not asked: whoever plans ahead (`--at`) writes them as of then.
const NEWEST: &str = "select max(ms) from ( \
     select created_ms as ms from instance \
     union all select * from (select first_seen_ms from article order by article_id desc limit 1) \
     union all select * from (select created_ms from subscriber order by subscriber_id desc limit 1) \
     union all select * from (select at_ms from terms order by terms_id desc limit 1) \
     union all select max(fetched_ms) from source \
     union all select * from (select at_ms from event order by event_id desc limit 1))";

impl Store {
    /// What SQLite finds wrong with the file, at most 20 lines; nothing if it is sound. It reads the
    /// whole file once.
    pub async fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        let found: Vec<String> = sqlx::query_scalar(QUICK_CHECK)
            .fetch_all(&self.readers)
            .await?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// The newest instant at which something was written down as it happened.
    pub async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = sqlx::query_scalar(NEWEST).fetch_one(&self.readers).await?;
        ms.map(|ms| instant(ms, "a time of a row")).transpose()
    }
}
