//! What the store could not do, and what to do about it.

use std::path::PathBuf;

use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database file.
    #[error("there is no database at `{}`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there, but it is no database that we can open.
    #[error("cannot open the database `{}`", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// Written by a newer release.
    #[error("the database has schema {found}, this release knows {known}")]
    SchemaNewer {
        /// The file's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Written by an older release.
    #[error("the database has schema {found}, this release needs {known}")]
    SchemaOlder {
        /// The file's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A file that was to take the database's place is no database of ours.
    #[error("`{}` is no database of Courant", path.display())]
    NoCourant {
        /// Which file.
        path: PathBuf,
    },
    /// A file that was to take the database's place is damaged.
    #[error("`{}` is damaged: {words}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite found.
        words: String,
    },
    /// The journal or the mark beside the database.
    #[error("cannot use `{}`", path.display())]
    Beside {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A backup would overwrite something.
    #[error("`{}` exists already", path.display())]
    BackupExists {
        /// Which file.
        path: PathBuf,
    },
    /// A migration failed; nothing of it was kept.
    #[error("the migration failed and was rolled back")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A stored value is none of ours: the row was changed by hand, or by a newer release.
    #[error("the database holds `{value}` in {place}, which this release cannot read")]
    Unreadable {
        /// Table and column.
        place: &'static str,
        /// The value, cut at 80 characters.
        value: String,
    },
    /// Something of that name is there already.
    #[error("there is already a {what} `{name}`")]
    Exists {
        /// List, topic, source …
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Nothing of that name.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// List, topic, source …
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Mail to this person was stopped by what came back, so nobody signs them up anew.
    #[error("mail to this address is stopped: it has {standing}")]
    Stopped {
        /// Bounced or complained; unsubscribed where an operator suppressed it.
        standing: Standing,
    },
    /// An operator stopped mail to this address; only an operator lets it go.
    #[error("this address is suppressed since {}: nothing is sent to it", since.strftime("%Y-%m-%d"))]
    Suppressed {
        /// Since when.
        since: Timestamp,
    },
    /// They left; only their own wish brings them back.
    #[error("`{name}` has left")]
    HasLeft {
        /// Masked.
        name: String,
    },
    /// `pragma synchronous` is not FULL on a connection: the ledger's promises would not hold.
    #[error("a connection runs with synchronous = {0}, not FULL")]
    NotDurable(i64),
    /// SQLite refused: full disk, I/O error, a lock held too long.
    #[error("the database refused")]
    Sql(#[from] sqlx::Error),
}

/// SQLITE_NOTADB and SQLITE_CORRUPT: the file's octets are none of a database.
fn is_no_database(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    matches!(code.as_deref(), Some("26" | "11"))
}

/// SQLite's primary result code (<https://sqlite.org/rescode.html>), the low octet of the extended one.
fn result_code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|code| code & 0xff)
}

impl StoreError {
    /// Whether a file could not be written, read or synced (SQLITE_IOERR). Nothing of this process may
    /// be believed to be on the disk after that: a sync that failed once can succeed the next time
    /// without having written anything.
    pub fn is_disk_fault(&self) -> bool {
        matches!(self, StoreError::Sql(error) if result_code(error) == Some(10))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            StoreError::Missing { .. } => Some("`courant init` makes one".to_owned()),
            StoreError::SchemaOlder { .. } => {
                Some("`courant migrate` backs it up and brings it up to date".to_owned())
            }
            StoreError::SchemaNewer { .. } => {
                Some("run the newer release, or restore the backup made before it".to_owned())
            }
            StoreError::Open { source, .. } if is_no_database(source) => {
                Some("restore a backup: `courant backup FILE` writes them".to_owned())
            }
            StoreError::NoCourant { .. } | StoreError::Damaged { .. } => {
                Some("name a file that `courant backup` wrote".to_owned())
            }
            StoreError::Beside { .. } => {
                Some("this user must be able to write it, and the disk needs room".to_owned())
            }
            StoreError::BackupExists { .. } => {
                Some("name a new file: a backup never overwrites one".to_owned())
            }
            StoreError::Sql(error) => match result_code(error) {
                Some(10) => Some(
                    "look at the disk (`dmesg`), then start again: it goes on from what is on it"
                        .to_owned(),
                ),
                Some(13) => Some(
                    "make room on the disk of the data folder; nothing was sent that is not in the \
                     ledger"
                        .to_owned(),
                ),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the octets of a file are none of a database.
    pub(super) fn is_no_database(&self) -> bool {
        match self {
            StoreError::Open { source, .. } | StoreError::Sql(source) => is_no_database(source),
            _ => false,
        }
    }

    /// Whether the fault lies with the database as a whole, not with what was asked of it.
    pub fn is_database_fault(&self) -> bool {
        !matches!(
            self,
            StoreError::Exists { .. }
                | StoreError::NotFound { .. }
                | StoreError::Stopped { .. }
                | StoreError::Suppressed { .. }
                | StoreError::HasLeft { .. }
                | StoreError::BackupExists { .. }
        )
    }
}
