//! All SQL is spoken in this room, and no row type leaves it.
//!
//! A method is a verb of the domain and one atomic thing: no transaction type leaves the room, and
//! none is open while anybody speaks to the network. It decides nothing: what a state means is said
//! by the floors below. Statements are named constants in a dialect that PostgreSQL shares; the few
//! that will differ stand in `batch`.

mod account;
mod again;
pub mod alarms;
pub mod amended;
pub mod amendments;
mod approval;
pub mod approved_plan;
pub mod archive;
pub mod articles;
mod audit;
mod batch;
mod batch_articles;
mod batch_people;
mod calendar;
pub mod candidates;
mod claim;
mod connect;
mod consent;
pub mod copy;
pub mod decisions;
pub mod desk;
pub mod doubt;
pub mod editions;
mod editors;
mod erase;
mod error;
pub mod examples;
pub mod flights;
pub mod follow;
mod grouping;
pub mod halt;
mod health;
pub mod history;
mod import;
pub mod instance;
mod labellers;
pub mod labels;
pub mod leave;
pub mod ledger;
mod lift;
mod link_mails;
mod lists;
mod login_links;
mod looks;
pub mod memory;
pub mod moves;
pub mod notices;
pub mod own;
mod pages;
mod people;
pub mod pictures;
pub mod planning;
pub mod proof;
mod reach;
mod recognise;
mod recover;
pub mod rehearsal;
pub mod relabel;
pub mod replay;
pub mod revise;
mod risks;
mod same_page;
mod selling;
mod sessions;
pub mod settle;
mod sign_in_tries;
pub mod signups;
mod slice;
mod source_problems;
mod source_words;
pub mod sources;
mod sponsor_report;
pub mod sponsors;
mod standing;
pub mod stories;
pub mod story_words;
mod terms;
pub mod traces;
pub mod usage;
pub mod visits;
pub mod volume;
pub mod wave_plans;
pub mod welcomes;
mod whose;

pub use standing::Move;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Sqlite, Transaction};

use crate::domain::audit::Who;
use crate::domain::time::Timestamp;
use crate::journal::Journal;
use crate::mark::Mark;
use connect::{
    SYNCHRONOUS, connect, known_schema, migrate_in_one, not_opened, pool, schema, vacuum_into,
};
pub use error::StoreError;

pub use crate::domain::flight::NewFlight;
pub use articles::{ArticleFilter, StoredText};
pub use batch_articles::{Incoming, PutOutcome};
pub use editors::NewEditor;
pub use erase::Suppressed;
pub use import::Arrived;
pub use labellers::TopicRule;
pub use labels::{About, Said, StoredWord, Word};
pub use pages::{Cleaning, PageFetch, PageRow, ReadPage};
pub use relabel::ToRelabel;
pub use source_problems::SourceProblem;
pub use sources::NewSource;
pub use sponsors::{NewCampaign, NewCreative};
use visits::Visits;

const INSTANCE_INSERT: &str = "insert into instance (only_row, instance, created_ms) values (1, $1, $2) on conflict (only_row) do nothing";
const INSTANCE: &str = "select instance from instance where only_row = 1";
const SQLITE_VERSION: &str = "select sqlite_version()";

/// The database: one writer connection (`BEGIN IMMEDIATE`, `synchronous = FULL`) and a pool of
/// readers, so that no read ever waits for a write and no write ever fails half-way to the lock.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    journal: Journal,
    visits: Visits,
    /// Kept by an owner, from [`Store::recognise`] on.
    mark: Arc<OnceLock<Mark>>,
    /// Whose doing is written down; none: Courant's own, or theirs who are named.
    who: Option<Arc<Who>>,
}

/// What a migration did.
#[derive(Clone, Debug, PartialEq)]
pub struct Migrated {
    /// Schema before; 0 for a new database.
    pub from: i64,
    /// Schema after.
    pub to: i64,
    /// The copy made before, if there was anything to change.
    pub backup: Option<PathBuf>,
}

impl Store {
    /// Makes a new database file, or brings an existing one of our own up to date, without a backup.
    pub async fn create(path: &Path, instance: &str, now: Timestamp) -> Result<Store, StoreError> {
        let mut connection = connect(path, true).await?;
        migrate_in_one(&mut connection).await?;
        sqlx::query(INSTANCE_INSERT)
            .bind(instance)
            .bind(now.as_millisecond())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Store::open(path).await
    }

    /// Opens a database whose schema is exactly ours.
    pub async fn open(path: &Path) -> Result<Store, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        let mut connection = connect(path, false).await?;
        let (found, known) = (schema(&mut connection).await?, known_schema());
        let durable: i64 = sqlx::query_scalar(SYNCHRONOUS)
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        match found.cmp(&known) {
            std::cmp::Ordering::Less => return Err(StoreError::SchemaOlder { found, known }),
            std::cmp::Ordering::Greater => return Err(StoreError::SchemaNewer { found, known }),
            std::cmp::Ordering::Equal => {}
        }
        if durable != 2 {
            return Err(StoreError::NotDurable(durable));
        }
        let writer = pool(path, 1, false).await;
        let readers = pool(path, 4, true).await;
        Ok(Store {
            writer: writer.map_err(|e| not_opened(path, e))?,
            readers: readers.map_err(|e| not_opened(path, e))?,
            path: path.to_owned(),
            journal: Journal::beside(path),
            visits: Visits::default(),
            mark: Arc::default(),
            who: None,
        })
    }

    /// Copies the database beside itself, then brings it up to date in one transaction.
    pub async fn migrate(path: &Path, now: Timestamp) -> Result<Migrated, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        let mut connection = connect(path, false).await?;
        let (from, to) = (schema(&mut connection).await?, known_schema());
        if from > to {
            return Err(StoreError::SchemaNewer {
                found: from,
                known: to,
            });
        }
        if from == to {
            return Ok(Migrated {
                from,
                to,
                backup: None,
            });
        }
        let stamp = now.strftime("%Y%m%dT%H%M%SZ");
        let backup = path.with_extension(format!("before-{to:04}-{stamp}.db"));
        vacuum_into(&mut connection, &backup).await?;
        migrate_in_one(&mut connection).await?;
        connection.close().await?;
        Ok(Migrated {
            from,
            to,
            backup: Some(backup),
        })
    }

    /// Which installation this database belongs to.
    pub async fn instance(&self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar(INSTANCE)
            .fetch_one(&self.readers)
            .await?)
    }

    /// SQLite's own version, for `--version`.
    pub async fn sqlite_version() -> Result<String, StoreError> {
        let mut memory = SqliteConnection::connect("sqlite::memory:").await?;
        Ok(sqlx::query_scalar(SQLITE_VERSION)
            .fetch_one(&mut memory)
            .await?)
    }

    /// The schema that this release writes.
    pub fn schema() -> i64 {
        known_schema()
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes every connection; the last one folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.visits.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }

    /// One write transaction. It holds the only write lock from its first instant, so that it can
    /// wait for another process but never fail half-way (a deferred one that upgrades would).
    ///
    /// A full disk or an I/O error makes SQLite roll back by itself, and the connection is left
    /// counting a transaction that is gone: such a one is closed, and a new one opened.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        match self.writer.begin_with("BEGIN IMMEDIATE").await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            begun => Ok(begun?),
        }
    }
}

/// An instant out of a stored number of milliseconds.
fn instant(ms: i64, place: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| unreadable(place, ms))
}

fn instant_or_none(ms: Option<i64>, place: &'static str) -> Result<Option<Timestamp>, StoreError> {
    ms.map(|ms| instant(ms, place)).transpose()
}

fn unreadable(place: &'static str, value: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable {
        place,
        value: value.to_string().chars().take(80).collect(),
    }
}

/// JSON text of a value of ours.
fn to_json<T: serde::Serialize>(value: &T, place: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| unreadable(place, e))
}

fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    place: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| unreadable(place, text))
}

/// A broken unique key becomes "there is already …"; everything else stays what it is.
fn exists(error: sqlx::Error, what: &'static str, name: impl std::fmt::Display) -> StoreError {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => StoreError::Exists {
            what,
            name: name.to_string(),
        },
        _ => StoreError::Sql(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_commits_durably_and_only_one_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("courant.db");
        let store = Store::create(&path, "test", Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        let mut held = vec![store.writer.acquire().await.unwrap()];
        for _ in 0..4 {
            held.push(store.readers.acquire().await.unwrap());
        }
        for connection in &mut held {
            let level = sqlx::query_scalar(SYNCHRONOUS);
            let level: i64 = level.fetch_one(&mut **connection).await.unwrap();
            let journal = sqlx::query_scalar("pragma journal_mode");
            let journal: String = journal.fetch_one(&mut **connection).await.unwrap();
            assert_eq!((level, journal.as_str()), (2, "wal"), "2 is FULL");
        }
        for (n, connection) in held.iter_mut().enumerate() {
            let written = sqlx::query("update instance set instance = 'x'")
                .execute(&mut **connection)
                .await;
            assert_eq!(written.is_ok(), n == 0, "connection {n}");
        }
    }
}
