//! First letters: who joined and is to get the newest edition before the next run.

use super::{Store, StoreError, instant, instant_or_none, unreadable};
use crate::domain::due::Due;
use crate::domain::letter::Welcome;
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
// Who comes back has had theirs.
const FIRST_LETTER: &str = "insert into first_letter (subscription_id, cadence_id, run, next_ms) \
     values ($1, $2, $3, $4) on conflict (subscription_id) do nothing";
const WELCOME: &str = "select f.next_ms from first_letter f join edition e on e.edition_id = $2 \
     where f.subscription_id = $1 and f.cadence_id = e.cadence_id and f.run = e.run";
const NEWEST_ISSUE: &str = "select e.edition_id, e.run, max(w.cutoff_ms) from edition e \
     join wave w on w.edition_id = e.edition_id \
     where e.list_id = $1 and e.cadence_id = $2 and w.due_ms <= $3 and e.state = 'open' \
     and ($4 = '' or e.run < $4) group by e.edition_id, e.run \
     order by max(w.due_ms) desc limit 1";

/// A first letter that is to be planned.
#[derive(Clone, Copy, Debug)]
pub struct FirstLetter {
    /// As which run, and when.
    pub due: Due,
    /// What it reaches back to.
    pub since: Timestamp,
    /// When the letter after it comes.
    pub next: Option<Timestamp>,
}

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

    /// The word of welcome that a subscription's letter of an edition carries; `None` where it is not
    /// its first.
    pub async fn welcome_of(
        &self,
        subscription: SubscriptionId,
        edition: EditionId,
    ) -> Result<Option<Welcome>, StoreError> {
        let next: Option<Option<i64>> = sqlx::query_scalar(WELCOME)
            .bind(subscription.0)
            .bind(edition.0)
            .fetch_optional(&self.readers)
            .await?;
        next.map(welcome).transpose()
    }

    /// Makes a first letter due; without one its reader's first letter is that of the next run. Whether
    /// it is due now.
    pub async fn welcome_end(
        &self,
        subscription: SubscriptionId,
        first: Option<FirstLetter>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let mut due_now = false;
        if let Some(FirstLetter { due, since, next }) = first {
            let done = sqlx::query(WELCOME_DUE)
                .bind(subscription.0)
                .bind(due.at.as_millisecond())
                .bind(due.run.to_string())
                .bind(due.cadence.0)
                .bind(since.as_millisecond())
                .execute(&mut *tx)
                .await?;
            due_now = done.rows_affected() == 1;
            if due_now {
                sqlx::query(FIRST_LETTER)
                    .bind(subscription.0)
                    .bind(due.cadence.0)
                    .bind(due.run.to_string())
                    .bind(next.map(|at| at.as_millisecond()))
                    .execute(&mut *tx)
                    .await?;
            }
        }
        sqlx::query(WELCOME_END)
            .bind(subscription.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(due_now)
    }
}

/// A word of welcome out of when the next letter comes, Unix ms.
pub(super) fn welcome(next_ms: Option<i64>) -> Result<Welcome, StoreError> {
    let next = instant_or_none(next_ms, "first_letter.next_ms")?;
    Ok(Welcome { next })
}
