//! Pictures of articles: which are to be made anew for letters, and what became of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Store, StoreError, instant_or_none, to_json, unreadable};
use crate::domain::picture::{Picture, PictureProblem, Rendition};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ListId, RevisionId};

/// Articles that a list may bring, with the picture of the text in force.
macro_rules! named {
    ($what:literal, $rest:literal) => {
        concat!(
            "select ",
            $what,
            " from article a join article_revision r on r.revision_id = a.revision_id \
             join source s on s.source_id = a.source_id \
             left join picture p on p.url = r.image_url \
             where a.source_id in (select source_id from list_source where list_id = $1) \
             and a.backlog = 0 and a.withdrawn_ms is null and a.dated_ms > $2 \
             and r.image_url is not null ",
            $rest
        )
    };
}
const DUE: &str = named!(
    "r.image_url, s.location, s.private_network, coalesce(p.tries, 0)",
    "and (p.url is null or p.again_ms <= $3) order by a.dated_ms desc, a.article_id limit $4"
);
const MADE: &str = named!("distinct p.url, p.sha256", "and p.sha256 is not null");
const OF_LIST: &str = named!(
    "distinct r.image_url, p.url, p.tries, p.again_ms, p.problem, p.broken, p.sha256, p.width, \
     p.height, p.bytes",
    "order by r.image_url"
);
const OF_REVISIONS: &str = "select r.revision_id, p.url, p.tries, p.again_ms, p.problem, p.broken, \
     p.sha256, p.width, p.height, p.bytes from article_revision r \
     join picture p on p.url = r.image_url \
     where r.revision_id in (select value from json_each($1))";
const RECORD: &str = "insert into picture (url, tried_ms, tries, again_ms, problem, broken, sha256, \
     width, height, bytes) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     on conflict (url) do update set tried_ms = excluded.tried_ms, tries = excluded.tries, \
     again_ms = excluded.again_ms, problem = excluded.problem, broken = excluded.broken, \
     sha256 = excluded.sha256, width = excluded.width, height = excluded.height, \
     bytes = excluded.bytes where picture.sha256 is null";
const NAMED: &str = "update picture set named_ms = max(coalesce(named_ms, 0), $2) \
     where sha256 in (select value from json_each($1))";
const NEEDED: &str = "select distinct p.sha256 from picture p \
     where p.sha256 in (select value from json_each($1)) \
     and (coalesce(p.named_ms, p.tried_ms) >= $2 or p.url in \
     (select r.image_url from article a join article_revision r on r.revision_id = a.revision_id \
      where a.dated_ms > $3 and r.image_url is not null))";
const LET_GO: &str = "delete from picture where sha256 in (select value from json_each($1))";
const FORGET: &str = "delete from picture where url in (select value from json_each($1))";

/// A picture that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePicture {
    /// Its address.
    pub url: String,
    /// Where the source of the article is fetched from.
    pub location: String,
    /// That source may be on a private network.
    pub private_network: bool,
    /// How often it was tried.
    pub tries: u32,
}

/// The columns of [`Picture`].
#[derive(sqlx::FromRow)]
struct PictureRow {
    url: String,
    tries: i64,
    again_ms: Option<i64>,
    problem: Option<String>,
    broken: i64,
    sha256: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    bytes: Option<i64>,
}

impl PictureRow {
    fn picture(self) -> Result<Picture, StoreError> {
        let outcome = match (self.sha256, self.problem) {
            (Some(sha256), _) => Ok(Rendition {
                sha256,
                width: count(self.width, "picture.width")?,
                height: count(self.height, "picture.height")?,
                bytes: count(self.bytes, "picture.bytes")?,
            }),
            (None, words) => Err(PictureProblem {
                words: words.unwrap_or_default(),
                broken: self.broken != 0,
            }),
        };
        Ok(Picture {
            url: self.url,
            outcome,
            tries: count(Some(self.tries), "picture.tries")?,
            again: instant_or_none(self.again_ms, "picture.again_ms")?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct OfRevisionRow {
    revision_id: i64,
    #[sqlx(flatten)]
    picture: PictureRow,
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    image_url: String,
    url: Option<String>,
    tries: Option<i64>,
    again_ms: Option<i64>,
    problem: Option<String>,
    broken: Option<i64>,
    sha256: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    bytes: Option<i64>,
}

impl Store {
    /// Pictures of what a list may bring that were never tried or are to be tried again: of articles
    /// dated after `after`, the newest first, at most `limit`.
    pub async fn pictures_due(
        &self,
        list: ListId,
        after: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<DuePicture>, StoreError> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(DUE)
            .bind(list.0)
            .bind(to_ms(after))
            .bind(to_ms(now))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut seen = BTreeSet::new();
        let mut due = Vec::with_capacity(rows.len());
        for (url, location, private_network, tries) in rows {
            if seen.insert(url.clone()) {
                due.push(DuePicture {
                    url,
                    location,
                    private_network: private_network != 0,
                    tries: count(Some(tries), "picture.tries")?,
                });
            }
        }
        Ok(due)
    }

    /// Every picture of what a list may bring, of articles dated after `after`: its address, and what
    /// became of it, if it was tried.
    pub async fn pictures_of_list(
        &self,
        list: ListId,
        after: Timestamp,
    ) -> Result<Vec<(String, Option<Picture>)>, StoreError> {
        let rows: Vec<NamedRow> = sqlx::query_as(OF_LIST)
            .bind(list.0)
            .bind(to_ms(after))
            .fetch_all(&self.readers)
            .await?;
        let read = |row: NamedRow| {
            let picture = match (row.url, row.tries) {
                (Some(url), Some(tries)) => Some(PictureRow {
                    url,
                    tries,
                    again_ms: row.again_ms,
                    problem: row.problem,
                    broken: row.broken.unwrap_or_default(),
                    sha256: row.sha256,
                    width: row.width,
                    height: row.height,
                    bytes: row.bytes,
                }),
                _ => None,
            };
            let picture = picture.map(PictureRow::picture).transpose()?;
            Ok((row.image_url, picture))
        };
        rows.into_iter().map(read).collect()
    }

    /// What became of the pictures of these texts, by revision. One that was never tried is left out.
    pub async fn pictures_of(
        &self,
        ids: &[RevisionId],
    ) -> Result<BTreeMap<RevisionId, Picture>, StoreError> {
        let rows: Vec<OfRevisionRow> = sqlx::query_as(OF_REVISIONS)
            .bind(to_json(&ids, "article_revision.revision_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: OfRevisionRow| Ok((RevisionId(row.revision_id), row.picture.picture()?));
        rows.into_iter().map(read).collect()
    }

    /// Records what became of pictures. A rendition that is known is never replaced: letters name it.
    pub async fn pictures_record(
        &self,
        pictures: &[Picture],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for picture in pictures {
            let (made, problem) = match &picture.outcome {
                Ok(rendition) => (Some(rendition), None),
                Err(problem) => (None, Some(problem)),
            };
            sqlx::query(RECORD)
                .bind(&picture.url)
                .bind(to_ms(now))
                .bind(i64::from(picture.tries))
                .bind(picture.again.map(to_ms))
                .bind(problem.map(|p| p.words.as_str()))
                .bind(i64::from(problem.is_some_and(|p| p.broken)))
                .bind(made.map(|m| m.sha256.as_str()))
                .bind(made.map(|m| i64::from(m.width)))
                .bind(made.map(|m| i64::from(m.height)))
                .bind(made.map(|m| i64::try_from(m.bytes).unwrap_or(i64::MAX)))
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Renditions of what a list may bring, of articles dated after `after`: address and name.
    pub async fn pictures_made(
        &self,
        list: ListId,
        after: Timestamp,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query_as(MADE)
            .bind(list.0)
            .bind(to_ms(after))
            .fetch_all(&self.readers)
            .await?;
        Ok(rows)
    }

    /// Says of renditions, by name, that a wave due at `due` shows them.
    pub async fn pictures_named(&self, names: &[String], due: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(NAMED)
            .bind(to_json(&names, "picture.sha256")?)
            .bind(to_ms(due))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Forgets those of these renditions that no wave due at `since` or later shows and no article
    /// dated after `after` names, and returns them: their files may go. A name that is not known is
    /// needed by nobody.
    pub async fn pictures_let_go(
        &self,
        names: &[String],
        since: Timestamp,
        after: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut tx = self.write().await?;
        let needed: Vec<String> = sqlx::query_scalar(NEEDED)
            .bind(to_json(&names, "picture.sha256")?)
            .bind(to_ms(since))
            .bind(to_ms(after))
            .fetch_all(&mut *tx)
            .await?;
        let free = names.iter().filter(|name| !needed.contains(name));
        let free: Vec<String> = free.cloned().collect();
        sqlx::query(LET_GO)
            .bind(to_json(&free, "picture.sha256")?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(free)
    }

    /// Forgets what became of pictures, so that they are fetched again.
    pub async fn pictures_forget(&self, urls: &[String]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(FORGET)
            .bind(to_json(&urls, "picture.url")?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn count<T: TryFrom<i64>>(value: Option<i64>, place: &'static str) -> Result<T, StoreError> {
    let number = value.unwrap_or(-1);
    T::try_from(number).map_err(|_| unreadable(place, number))
}
