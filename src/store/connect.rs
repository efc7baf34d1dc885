//! Connections to the database's file, every one of them durable, and the schema that it has.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::StoreError;
use crate::disk::create_private;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

pub(super) const SYNCHRONOUS: &str = "pragma synchronous";
const SCHEMA_TABLE: &str =
    "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";
const SCHEMA_VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";
const VACUUM_INTO: &str = "vacuum into $1";

pub(super) fn known_schema() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(20))
        .pragma("secure_delete", "ON")
}

pub(super) async fn connect(path: &Path, create: bool) -> Result<SqliteConnection, StoreError> {
    if create && !path.exists() {
        // SQLite gives its journals the mode of the file that it finds.
        create_private(path).map_err(|e| not_opened(path, e))?;
    }
    SqliteConnection::connect_with(&options(path).create_if_missing(create))
        .await
        .map_err(|e| not_opened(path, e))
}

/// A connection that only reads, outside any pool.
pub(super) async fn connect_reader(path: &Path) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(&reading(path))
        .await
        .map_err(|e| not_opened(path, e))
}

fn reading(path: &Path) -> SqliteConnectOptions {
    options(path).pragma("query_only", "ON")
}

pub(super) fn not_opened(path: &Path, error: impl Into<sqlx::Error>) -> StoreError {
    StoreError::Open {
        path: path.to_owned(),
        source: error.into(),
    }
}

pub(super) async fn pool(
    path: &Path,
    size: u32,
    read_only: bool,
) -> Result<SqlitePool, sqlx::Error> {
    let options = match read_only {
        true => reading(path),
        false => options(path),
    };
    SqlitePoolOptions::new()
        .max_connections(size)
        // A connection is a file of this machine, and it is asked when it is given back.
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(60))
        // A pragma belongs to a connection, so each new one is asked; the caller's error is then the
        // pool's own.
        .after_connect(|connection, _| {
            Box::pin(async move {
                let level: i64 = sqlx::query_scalar(SYNCHRONOUS)
                    .fetch_one(connection)
                    .await?;
                match level {
                    2 => Ok(()),
                    _ => Err(sqlx::Error::Protocol(format!(
                        "synchronous is {level}, not FULL"
                    ))),
                }
            })
        })
        .connect_with(options)
        .await
}

pub(super) async fn schema(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let tables: i64 = sqlx::query_scalar(SCHEMA_TABLE)
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Ok(0);
    }
    Ok(sqlx::query_scalar(SCHEMA_VERSION)
        .fetch_one(connection)
        .await?)
}

/// All pending migrations in one transaction: each of sqlx's own becomes a savepoint in ours.
pub(super) async fn migrate_in_one(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    MIGRATIONS
        .run(&mut *transaction)
        .await
        .map_err(StoreError::Migrate)?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn vacuum_into(
    connection: &mut SqliteConnection,
    to: &Path,
) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::BackupExists {
            path: to.to_owned(),
        });
    }
    create_private(to).map_err(|e| not_opened(to, e))?;
    sqlx::query(VACUUM_INTO)
        .bind(to.to_string_lossy().as_ref())
        .execute(connection)
        .await?;
    Ok(())
}
