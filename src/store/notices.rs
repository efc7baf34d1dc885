//! What asks for a person, and when operators were last told.

use super::{Store, StoreError, unreadable};
use crate::domain::ListId;
use crate::domain::delivery::Hold;
use crate::domain::time::Timestamp;

const ASKING: &str = "select e.list_id, d.held, count(*), max(e.run) \
     from delivery d join edition e on e.edition_id = d.edition_id \
     where d.held is not null and e.state <> 'cancelled' group by e.list_id, d.held";
const NOTICE_CLAIM: &str = "insert into notice (list_id, reason, sent_ms) values ($1, $2, $3) \
     on conflict (list_id, reason) do update set sent_ms = excluded.sent_ms \
     where notice.sent_ms <= $4";

/// Letters of a list that wait for a person, for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// Which list.
    pub list: ListId,
    /// Why.
    pub reason: Hold,
    /// How many.
    pub letters: i64,
    /// The newest run among them.
    pub run: String,
}

impl Store {
    /// Everything that asks, by list and reason.
    pub async fn asking(&self) -> Result<Vec<Asking>, StoreError> {
        let rows: Vec<(i64, String, i64, String)> =
            sqlx::query_as(ASKING).fetch_all(&self.readers).await?;
        let read = |(list, held, letters, run): (i64, String, i64, String)| {
            let reason = Hold::parse(&held).map_err(|_| unreadable("delivery.held", &held))?;
            Ok(Asking {
                list: ListId(list),
                reason,
                letters,
                run,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Takes the right to tell a list's operators about a reason: true if nobody did since `since`.
    pub async fn notice_claim(
        &self,
        list: ListId,
        reason: Hold,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(NOTICE_CLAIM)
            .bind(list.0)
            .bind(reason.as_str())
            .bind(now.as_millisecond())
            .bind(since.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
