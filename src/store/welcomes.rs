//! First letters: who joined and is to get the newest edition before the next run.

use super::{Store, StoreError, instant, unreadable};
use crate::domain::due::Due;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, EditionId, ListId, SubscriptionId};

const WELCOME_NOW: &str = "update welcome set go_ms = $2 where subscription_id = $1 and go_ms > $2";
const WELCOMES: &str = "select subscription_id from welcome where go_ms <= $1 \
     order by go_ms, subscription_id limit $2";
const WELCOME_END: &str = "delete from welcome where subscription_id = $1";
// Whoever has had a letter meanwhile, or left, begins like everybody else.
const WELCOME_DUE: &str = "update subscription set due_ms = $2, due_run = $3, due_cadence_id = $4, \
     since_ms = $5 where subscription_id = $1 and standing = 'active' and due_cadence_id = $4 \
     and not exists (select 1 from digest g where g.subscription_id = $1)";
const NEWEST_ISSUE: &str = "select e.edition_id, e.run, max(w.cutoff_ms) from edition e \
     join wave w on w.edition_id = e.edition_id \
     where e.list_id = $1 and e.cadence_id = $2 and w.due_ms <= $3 and e.state = 'open' \
     and ($4 = '' or e.run < $4) group by e.edition_id, e.run \
     order by max(w.due_ms) desc limit 1";

/// An edition that brought a list's readers something, as somebody who joins gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Row id.
    pub edition: EditionId,
    /// Its run.
    pub run: Run,
    /// The last cut-off of its waves so far.
    pub cutoff: Timestamp,
}

impl Store {
    /// Lets a first letter be planned now: its reader has chosen.
    pub async fn welcome_now(
        &self,
        subscription: SubscriptionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(WELCOME_NOW)
            .bind(subscription.0)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Subscriptions whose first letter is to be planned, in the order in which they joined.
    pub async fn welcomes(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(WELCOMES)
            .bind(now.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(SubscriptionId).collect())
    }

    /// The newest open edition of a cadence that was due by now and whose run comes before `before`:
    /// a reader's next run brings a letter of its own.
    pub async fn newest_issue(
        &self,
        (list, cadence): (ListId, CadenceId),
        before: Option<Run>,
        now: Timestamp,
    ) -> Result<Option<Issue>, StoreError> {
        let row: Option<(i64, String, i64)> = sqlx::query_as(NEWEST_ISSUE)
            .bind(list.0)
            .bind(cadence.0)
            .bind(now.as_millisecond())
            .bind(before.map(|run| run.to_string()).unwrap_or_default())
            .fetch_optional(&self.readers)
            .await?;
        let issue = |(edition, run, cutoff): (i64, String, i64)| {
            Ok(Issue {
                edition: EditionId(edition),
                run: Run::parse(&run).map_err(|_| unreadable("edition.run", &run))?,
                cutoff: instant(cutoff, "wave.cutoff_ms")?,
            })
        };
        row.map(issue).transpose()
    }

    /// Makes a first letter due, reaching back to `since`; without one its reader's first letter is
    /// that of the next run. Whether it is due now.
    pub async fn welcome_end(
        &self,
        subscription: SubscriptionId,
        first: Option<(Due, Timestamp)>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let mut due_now = false;
        if let Some((due, since)) = first {
            let done = sqlx::query(WELCOME_DUE)
                .bind(subscription.0)
                .bind(due.at.as_millisecond())
                .bind(due.run.to_string())
                .bind(due.cadence.0)
                .bind(since.as_millisecond())
                .execute(&mut *tx)
                .await?;
            due_now = done.rows_affected() == 1;
        }
        sqlx::query(WELCOME_END)
            .bind(subscription.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(due_now)
    }
}
