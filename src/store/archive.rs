//! Issues that everybody may read: written once an edition has left, read a page at a time.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::{Store, StoreError, batch, from_json, instant, to_json, unreadable};
use crate::domain::archive::Issued;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, EditionId, ListId, WaveId};

const UNISSUED: &str = "select e.edition_id from edition e \
     where e.list_id = $1 and e.state <> 'cancelled' \
     and not exists (select 1 from issue i where i.edition_id = e.edition_id) \
     and exists (select 1 from wave w where w.edition_id = e.edition_id and w.complete = 1 \
      and w.due_ms <= $2) order by e.run desc, e.edition_id desc limit $3";
// Of an edition that is on its way, some of the first thousand letters have left; of one that waits,
// no more than those are looked at, however many it has.
const HAS_LEFT: &str = "select exists (select 1 from (select state from delivery \
     where edition_id = $1 order by subscriber_id limit 1000) where state = 'accepted')";
const ISSUE_PUT: &str = "insert into issue \
     (edition_id, list_id, name, wave_id, subject, picks, left_out, out_ms) \
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
const ISSUES: &str = "select i.edition_id, i.list_id, i.name, i.wave_id, i.subject, i.picks, \
     i.left_out, i.out_ms from issue i join edition e on e.edition_id = i.edition_id \
     where i.list_id = $1 and i.picks <> '[]' and e.state <> 'cancelled' \
     and (i.out_ms, i.edition_id) < ($2, $3) order by i.out_ms desc, i.edition_id desc limit $4";
const ISSUE: &str = "select i.edition_id, i.list_id, i.name, i.wave_id, i.subject, i.picks, \
     i.left_out, i.out_ms from issue i join edition e on e.edition_id = i.edition_id \
     where i.list_id = $1 and i.name = $2 and i.picks <> '[]' and e.state <> 'cancelled'";

#[derive(FromRow)]
struct IssueRow {
    edition_id: i64,
    list_id: i64,
    name: String,
    wave_id: i64,
    subject: Option<String>,
    picks: String,
    left_out: i64,
    out_ms: i64,
}

/// What has become of an article since it was printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// No letter brings it any more.
    pub withdrawn: bool,
    /// Until when none may, Unix ms.
    pub embargo_ms: Option<i64>,
    /// When editors last said something of it, Unix ms.
    pub said_ms: Option<i64>,
}

impl Store {
    /// Editions of a list that have no issue in the archive yet, with a wave that was due by now and is
    /// planned; the newest first.
    pub async fn unissued(
        &self,
        list: ListId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<EditionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(UNISSUED)
            .bind(list.0)
            .bind(now.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(EditionId).collect())
    }

    /// Whether letters of an edition were accepted, by its first thousand rows.
    pub async fn has_left(&self, edition: EditionId) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(HAS_LEFT)
            .bind(edition.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(found != 0)
    }

    /// Puts an issue into the archive. One that is there stays as it is.
    pub async fn issue_put(&self, issue: &Issued) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(ISSUE_PUT)
            .bind(issue.edition.0)
            .bind(issue.list.0)
            .bind(&issue.name)
            .bind(issue.wave.0)
            .bind(&issue.subject)
            .bind(to_json(&issue.picks, "issue.picks")?)
            .bind(i64::from(issue.left_out))
            .bind(issue.out.as_millisecond())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Issues of a list, the newest first; of those that came out before another one.
    pub async fn issues(
        &self,
        list: ListId,
        before: Option<&Issued>,
        limit: u32,
    ) -> Result<Vec<Issued>, StoreError> {
        let (out, edition) = match before {
            Some(issue) => (issue.out.as_millisecond(), issue.edition.0),
            None => (i64::MAX, i64::MAX),
        };
        let rows: Vec<IssueRow> = sqlx::query_as(ISSUES)
            .bind(list.0)
            .bind(out)
            .bind(edition)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(IssueRow::read).collect()
    }

    /// An issue by its name.
    pub async fn issue(&self, list: ListId, name: &str) -> Result<Option<Issued>, StoreError> {
        let row: Option<IssueRow> = sqlx::query_as(ISSUE)
            .bind(list.0)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.map(IssueRow::read).transpose()
    }

    /// What has become of articles since they were printed.
    pub async fn since_printed(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, Since>, StoreError> {
        let rows: Vec<(i64, bool, Option<i64>, Option<i64>)> = sqlx::query_as(batch::SINCE_PRINTED)
            .bind(to_json(&articles, "article.article_id")?)
            .fetch_all(&self.readers)
            .await?;
        let since = |(article, withdrawn, embargo_ms, said_ms)| {
            let since = Since {
                withdrawn,
                embargo_ms,
                said_ms,
            };
            (ArticleId(article), since)
        };
        Ok(rows.into_iter().map(since).collect())
    }
}

impl IssueRow {
    fn read(self) -> Result<Issued, StoreError> {
        Ok(Issued {
            edition: EditionId(self.edition_id),
            list: ListId(self.list_id),
            name: self.name,
            wave: WaveId(self.wave_id),
            subject: self.subject,
            picks: from_json(&self.picks, "issue.picks")?,
            left_out: u32::try_from(self.left_out)
                .map_err(|_| unreadable("issue.left_out", self.left_out))?,
            out: instant(self.out_ms, "issue.out_ms")?,
        })
    }
}
