//! A connection to a database that commits as the store does, for what is written without it.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

/// A connection as the store's own: WAL and FULL, which is looked at.
pub async fn connect(path: &Path) -> SqliteConnection {
    let mut db = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .connect()
        .await
        .expect("a database");
    let level: i64 = sqlx::query_scalar("pragma synchronous")
        .fetch_one(&mut db)
        .await
        .expect("a level");
    assert_eq!(level, 2, "2 is FULL");
    db
}
