//! Copies of the database: made beside whatever goes on, and looked at and made ready before one of
//! them takes the database's place. Which file lies where is the callers' business.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::instance::pause;
use super::people::somebody;
use super::{Store, StoreError, connect, instant_or_none, known_schema, migrate_in_one, schema};
use crate::domain::address::{Address, AddressHash};
use crate::domain::time::Timestamp;
use crate::journal::Journal;

const SESSIONS_OVER: &str = "delete from session";
const LINKS_OVER: &str =
    "update login_link set state = 'over', used_ms = asked_ms where used_ms is null";
const INSTANCE_TABLE: &str =
    "select count(*) from sqlite_master where type = 'table' and name = 'instance'";
const INSTANCE: &str = "select instance from instance where only_row = 1";
const QUICK_CHECK: &str = "pragma quick_check(1)";
// All of them have been there since the first release.
const NEWEST: &str = "select max(ms) from (select max(changed_ms) as ms from delivery \
     union all select max(at_ms) from event union all select max(at_ms) from terms \
     union all select max(first_seen_ms) from article union all select max(created_ms) from list)";

/// What a copy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Of which installation.
    pub instance: String,
    /// Its schema: ours or an older one.
    pub schema: i64,
    /// When the newest thing in it was written; `None` for an empty one.
    pub newest: Option<Timestamp>,
    /// Somebody in it, by whose hash its keys are known.
    pub somebody: Option<(Address, AddressHash)>,
}

impl Store {
    /// Writes a whole, consistent copy to a new file, beside whatever else goes on, and the journal
    /// to `FILE.journal`. The journal is copied last, so that it knows of everything in the copy.
    ///
    /// # Errors
    /// [`StoreError::BackupExists`] if either is there already.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let beside = Journal::of_backup(to);
        if beside.path().exists() {
            return Err(StoreError::BackupExists {
                path: beside.path().to_owned(),
            });
        }
        let mut connection = connect(&self.path, false).await?;
        super::vacuum_into(&mut connection, to).await?;
        connection.close().await?;
        let target = beside.path().to_owned();
        self.with_journal(move |journal| journal.copy_to(&target))
            .await?;
        Ok(())
    }

    /// Looks at a file that is to take the database's place: whole, ours, and of no newer release.
    ///
    /// # Errors
    /// [`StoreError::NoCourant`] if it is no database of ours, [`StoreError::Damaged`],
    /// [`StoreError::SchemaNewer`].
    pub async fn examine(path: &Path) -> Result<Copied, StoreError> {
        let mut connection = connect(path, false).await.map_err(|e| foreign(path, e))?;
        let copied = examined(path, &mut connection).await;
        connection.close().await?;
        copied.map_err(|e| foreign(path, e))
    }

    /// Makes an examined copy ready: brought to this release's schema, paused for this reason, and nobody
    /// signed in at the desk.
    pub async fn admit(path: &Path, why: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut connection = connect(path, false).await?;
        migrate_in_one(&mut connection).await?;
        pause(&mut connection, why, now).await?;
        // Whoever was signed out since then would be in again, and links would be good a second time.
        for over in [SESSIONS_OVER, LINKS_OVER] {
            sqlx::query(over).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }
}

async fn examined(path: &Path, connection: &mut SqliteConnection) -> Result<Copied, StoreError> {
    let ours: i64 = sqlx::query_scalar(INSTANCE_TABLE)
        .fetch_one(&mut *connection)
        .await?;
    let found = schema(connection).await?;
    if ours == 0 || found == 0 {
        return Err(StoreError::NoCourant {
            path: path.to_owned(),
        });
    }
    let known = known_schema();
    if found > known {
        return Err(StoreError::SchemaNewer { found, known });
    }
    let whole: String = sqlx::query_scalar(QUICK_CHECK)
        .fetch_one(&mut *connection)
        .await?;
    if whole != "ok" {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            words: whole,
        });
    }
    let newest: Option<i64> = sqlx::query_scalar(NEWEST)
        .fetch_one(&mut *connection)
        .await?;
    Ok(Copied {
        instance: sqlx::query_scalar(INSTANCE)
            .fetch_one(&mut *connection)
            .await?,
        schema: found,
        newest: instant_or_none(newest, "the newest row")?,
        somebody: somebody(connection).await?,
    })
}

/// A file whose octets are none of a database is no database of ours.
fn foreign(path: &Path, error: StoreError) -> StoreError {
    match error.is_no_database() {
        true => StoreError::NoCourant {
            path: path.to_owned(),
        },
        false => error,
    }
}
