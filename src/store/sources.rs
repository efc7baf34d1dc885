//! Sources: what they are set to, which lists take from them, and what their last fetch left.

use sqlx::SqliteConnection;

use super::{Store, StoreError, exists, from_json, instant_or_none, to_json, unreadable};
use crate::domain::article::{Backlog, CategoryMap, FetchState, Source, SourceKind, SourceState};
use crate::domain::slug::Slug;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ListId, SourceId};

const INSERT: &str = "insert into source (slug, name, kind, location, state, default_topic, \
     default_language, categories, backlog, private_network, interval_s, created_ms, next_ms, given) \
     values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $4) returning source_id";
const LIST_INSERT: &str = "insert into list_source (list_id, source_id) values ($1, $2) \
     on conflict (list_id, source_id) do nothing";
const LISTS_CLEAR: &str = "delete from list_source where source_id = $1";
const LISTS: &str = "select list_id from list_source where source_id = $1 order by list_id";

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "select s.source_id, s.slug, s.name, s.kind, s.location, s.state, s.default_topic, \
             s.default_language, s.home, s.categories, s.backlog, s.quality, s.private_network, s.interval_s, s.settle_s, \
             s.etag, s.last_modified, s.fetched_ms, s.next_ms, s.failures, s.failing_ms, s.last_error, \
             s.stopped, s.asked_s \
             from source s where s.removed_ms is null and ",
            $rest
        )
    };
}
const KNOWN: &str = "select slug, location, given, removed_ms from source order by slug";
const BY_SLUG: &str = columns!("s.slug = $1");
const ALL: &str = columns!("1 = 1 order by s.slug");
const OF_LIST: &str = columns!(
    "s.source_id in (select source_id from list_source where list_id = $1) order by s.slug"
);
const DUE: &str = columns!(
    "s.state = 'active' and s.kind = 'feed' and s.next_ms <= $1 order by s.next_ms, s.source_id \
     limit $2"
);

// Validators belong to the place, and to what was made of its entries: they go when either changes.
const UPDATE: &str = "update source set name = $2, default_topic = $3, default_language = $4, \
     categories = $5, backlog = $6, private_network = $7, interval_s = $8, \
     quality = $10, settle_s = $11, etag = case when location = $9 and categories = $5 \
      and default_topic is not distinct from $3 and default_language is not distinct from $4 then etag end, \
     last_modified = case when location = $9 and categories = $5 \
      and default_topic is not distinct from $3 and default_language is not distinct from $4 \
      then last_modified end, location = $9 \
     where source_id = $1 and removed_ms is null";
const STATE: &str = "update source set state = $2, stopped = null \
     where source_id = $1 and removed_ms is null";
const REMOVE: &str =
    "update source set removed_ms = $2 where source_id = $1 and removed_ms is null";
const FETCHED: &str = "update source set etag = $3, last_modified = $4, fetched_ms = $5, \
     next_ms = $6, failures = $7, last_error = $8, location = $9, failing_ms = $10, asked_s = $11, \
     stopped = $12, state = case when $12 is null then state else 'paused' end \
     where source_id = $1 and location = $2 and removed_ms is null";

/// A source before it has a row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSource {
    /// Short name.
    pub slug: Slug,
    /// Name shown beside a story; empty where nobody gave it one.
    pub name: String,
    /// How it is read.
    pub kind: SourceKind,
    /// http(s) URL or file path of a feed; empty for imports.
    pub location: String,
    /// The topic of entries that bring none.
    pub default_topic: Option<Slug>,
    /// BCP 47 tag of entries that state none.
    pub default_language: Option<String>,
    /// What its categories mean.
    pub categories: CategoryMap,
    /// What the first fetch brings.
    pub backlog: Backlog,
    /// Private networks, and ports from 1024 on, may be dialled for this source.
    pub private_network: bool,
    /// Seconds between two fetches.
    pub interval_s: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    source_id: i64,
    slug: String,
    name: String,
    kind: String,
    location: String,
    state: String,
    default_topic: Option<String>,
    default_language: Option<String>,
    home: Option<String>,
    categories: String,
    backlog: String,
    quality: i64,
    private_network: i64,
    interval_s: i64,
    settle_s: i64,
    etag: Option<String>,
    last_modified: Option<String>,
    fetched_ms: Option<i64>,
    next_ms: Option<i64>,
    failures: i64,
    failing_ms: Option<i64>,
    last_error: Option<String>,
    stopped: Option<String>,
    asked_s: Option<i64>,
}

impl Row {
    fn source(self) -> Result<Source, StoreError> {
        let topic = self.default_topic.map(|t| slug(&t, "source.default_topic"));
        let home = self.home.map(|h| slug(&h, "source.home"));
        Ok(Source {
            id: SourceId(self.source_id),
            slug: slug(&self.slug, "source.slug")?,
            name: self.name,
            kind: SourceKind::parse(&self.kind)
                .map_err(|_| unreadable("source.kind", &self.kind))?,
            location: self.location,
            state: SourceState::parse(&self.state)
                .map_err(|_| unreadable("source.state", &self.state))?,
            default_topic: topic.transpose()?,
            default_language: self.default_language,
            home: home.transpose()?,
            categories: from_json(&self.categories, "source.categories")?,
            backlog: Backlog::parse(&self.backlog)
                .map_err(|_| unreadable("source.backlog", &self.backlog))?,
            quality: u16::try_from(self.quality)
                .map_err(|_| unreadable("source.quality", self.quality))?,
            private_network: self.private_network != 0,
            interval_s: self.interval_s,
            settle_s: self.settle_s,
            fetch: FetchState {
                etag: self.etag,
                last_modified: self.last_modified,
                fetched_at: instant_or_none(self.fetched_ms, "source.fetched_ms")?,
                next_at: instant_or_none(self.next_ms, "source.next_ms")?,
                failures: self.failures,
                failing_since: instant_or_none(self.failing_ms, "source.failing_ms")?,
                last_error: self.last_error,
                stopped: self.stopped,
                asked_s: self.asked_s,
            },
        })
    }
}

fn slug(text: &str, place: &'static str) -> Result<Slug, StoreError> {
    Slug::parse(text).map_err(|_| unreadable(place, text))
}

impl Store {
    /// Adds a source, due at once if it is a feed, and gives it to `lists`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the slug is taken; a removed source keeps its slug.
    pub async fn source_add(
        &self,
        new: &NewSource,
        lists: &[ListId],
        now: Timestamp,
    ) -> Result<SourceId, StoreError> {
        let mut tx = self.write().await?;
        let id = insert(&mut tx, new, lists, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Adds all of these sources or none, each due at once if it is a feed, and gives them to `lists`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] as [`Store::source_add`].
    pub async fn sources_add(
        &self,
        new: &[NewSource],
        lists: &[ListId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for one in new {
            insert(&mut tx, one, lists, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Every slug that a source has or had, by slug, with the addresses that it has and was added at; none
    /// where it was removed.
    pub async fn sources_known(&self) -> Result<Vec<(Slug, Vec<String>)>, StoreError> {
        type Known = (String, String, Option<String>, Option<i64>);
        let rows: Vec<Known> = sqlx::query_as(KNOWN).fetch_all(&self.readers).await?;
        let read = |(name, location, given, removed): Known| {
            let places = match removed {
                None => [Some(location), given].into_iter().flatten().collect(),
                Some(_) => Vec::new(),
            };
            Ok((slug(&name, "source.slug")?, places))
        };
        rows.into_iter().map(read).collect()
    }

    /// A source by its slug.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, or it was removed.
    pub async fn source(&self, slug: &Slug) -> Result<Source, StoreError> {
        let row: Option<Row> = sqlx::query_as(BY_SLUG)
            .bind(slug.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| not_found(slug))?.source()
    }

    /// Every source, or those that a list takes from, by slug.
    pub async fn sources(&self, list: Option<ListId>) -> Result<Vec<Source>, StoreError> {
        let rows: Vec<Row> = match list {
            Some(list) => sqlx::query_as(OF_LIST).bind(list.0),
            None => sqlx::query_as(ALL),
        }
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(Row::source).collect()
    }

    /// The feeds to fetch by now, the longest due first.
    pub async fn sources_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Source>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(DUE)
            .bind(to_ms(now))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(Row::source).collect()
    }

    /// The lists that take from a source.
    pub async fn source_lists(&self, source: SourceId) -> Result<Vec<ListId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(LISTS)
            .bind(source.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(ListId).collect())
    }

    /// Writes what a source is set to: everything but its slug, kind, state, home and fetch state. A new
    /// location forgets the old one's validators.
    pub async fn source_set(&self, source: &Source) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(UPDATE)
            .bind(source.id.0)
            .bind(&source.name)
            .bind(source.default_topic.as_ref().map(Slug::as_str))
            .bind(&source.default_language)
            .bind(to_json(&source.categories, "source.categories")?)
            .bind(source.backlog.as_str())
            .bind(i64::from(source.private_network))
            .bind(source.interval_s)
            .bind(&source.location)
            .bind(i64::from(source.quality))
            .bind(source.settle_s)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        one(done.rows_affected(), &source.slug)
    }

    /// Gives a source to exactly these lists.
    pub async fn source_lists_set(
        &self,
        source: SourceId,
        lists: &[ListId],
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let clear = sqlx::query(LISTS_CLEAR).bind(source.0);
        clear.execute(&mut *tx).await?;
        for list in lists {
            let insert = sqlx::query(LIST_INSERT).bind(list.0).bind(source.0);
            insert.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Pauses or resumes a source, by a person's word: one that was paused without is so no more.
    pub async fn source_state(&self, slug: &Slug, state: SourceState) -> Result<(), StoreError> {
        let id = self.source(slug).await?.id;
        let mut tx = self.write().await?;
        let update = sqlx::query(STATE).bind(id.0).bind(state.as_str());
        let done = update.execute(&mut *tx).await?;
        tx.commit().await?;
        one(done.rows_affected(), slug)
    }

    /// Removes a source: it is fetched no more and no list takes from it. Its articles stay, and so
    /// does its slug.
    pub async fn source_remove(&self, slug: &Slug, now: Timestamp) -> Result<(), StoreError> {
        let id = self.source(slug).await?.id;
        let mut tx = self.write().await?;
        let update = sqlx::query(REMOVE).bind(id.0).bind(to_ms(now));
        let done = update.execute(&mut *tx).await?;
        let clear = sqlx::query(LISTS_CLEAR).bind(id.0);
        clear.execute(&mut *tx).await?;
        tx.commit().await?;
        one(done.rows_affected(), slug)
    }

    /// Writes what a fetch of `source` left, and where it moved for good; with a reason to ask it no
    /// more it is paused. `false` when nothing was
    /// written, because the source was given another location or removed meanwhile.
    pub async fn fetch_recorded(
        &self,
        source: &Source,
        state: &FetchState,
        moved: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(FETCHED)
            .bind(source.id.0)
            .bind(&source.location)
            .bind(&state.etag)
            .bind(&state.last_modified)
            .bind(state.fetched_at.map(to_ms))
            .bind(state.next_at.map(to_ms))
            .bind(state.failures)
            .bind(&state.last_error)
            .bind(moved.unwrap_or(&source.location))
            .bind(state.failing_since.map(to_ms))
            .bind(state.asked_s)
            .bind(&state.stopped)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

async fn insert(
    tx: &mut SqliteConnection,
    new: &NewSource,
    lists: &[ListId],
    now: Timestamp,
) -> Result<SourceId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT)
        .bind(new.slug.as_str())
        .bind(&new.name)
        .bind(new.kind.as_str())
        .bind(&new.location)
        .bind(new.default_topic.as_ref().map(Slug::as_str))
        .bind(&new.default_language)
        .bind(to_json(&new.categories, "source.categories")?)
        .bind(new.backlog.as_str())
        .bind(i64::from(new.private_network))
        .bind(new.interval_s)
        .bind(to_ms(now))
        .bind((new.kind == SourceKind::Feed).then(|| to_ms(now)))
        .fetch_one(&mut *tx)
        .await
        .map_err(|e| exists(e, "source", &new.slug))?;
    for list in lists {
        let insert = sqlx::query(LIST_INSERT).bind(list.0).bind(id);
        insert.execute(&mut *tx).await?;
    }
    Ok(SourceId(id))
}

fn not_found(slug: &Slug) -> StoreError {
    StoreError::NotFound {
        what: "source",
        name: slug.to_string(),
    }
}

fn one(rows: u64, slug: &Slug) -> Result<(), StoreError> {
    match rows {
        0 => Err(not_found(slug)),
        _ => Ok(()),
    }
}
