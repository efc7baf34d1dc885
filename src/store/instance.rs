//! Which installation a database is, how far its ledger had come, and whether it may send at all.
//!
//! A database that is behind the mark beside it is a copy from before: it pauses itself and asks,
//! since it does not know what was sent after it was made (P7). What a pause means for a letter
//! stands in the statements that claim and start one.

use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, instant_or_none};
use crate::domain::ListId;
use crate::domain::time::Timestamp;
use crate::journal::{Entry, Journal};
use crate::mark::{Found, Mark};

/// Counts one more ledger commit, in its transaction; gives their number.
pub(super) const BUMP: &str =
    "update instance set commits = commits + 1 where only_row = 1 returning commits";
const INSTANCE: &str =
    "select instance, commits, paused_ms, paused_why from instance where only_row = 1";
const PAUSE: &str = "update instance set paused_ms = $1, paused_why = $2 where only_row = 1";
const RESUME: &str = "update instance set paused_ms = null, paused_why = null, commits = $1 \
     where only_row = 1";
const NOTICE_CLAIM: &str = "insert into notice (list_id, reason, sent_ms) \
     values ($1, 'paused', $2) on conflict (list_id, reason) do update \
     set sent_ms = excluded.sent_ms where notice.sent_ms <= $3";

/// How the reason of a pause begins that a person ordered.
const BY_HAND: &str = "by hand";

/// Sending is paused as a whole: no letter is claimed, none is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Since when.
    pub at: Timestamp,
    /// Why, in words that follow "sending is paused: ".
    pub why: String,
}

impl Paused {
    /// Whether a person ordered it. Any other pause asks what is to become of letters that may have
    /// been sent already.
    pub fn by_hand(&self) -> bool {
        self.why.starts_with(BY_HAND)
    }
}

/// How far the ledger has come, by the database and by the mark beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Which installation.
    pub instance: String,
    /// Ledger commits that the database knows of.
    pub commits: i64,
    /// What stands in the mark.
    pub mark: Found,
}

impl Reach {
    /// Why this may be a copy from before; `None` where nothing speaks for it.
    pub fn doubt(&self) -> Option<String> {
        match &self.mark {
            // A new database, or one that comes from a release without marks.
            Found::Missing if self.commits == 0 => None,
            Found::Missing => Some(
                "the mark beside the database is missing, so it may be a copy from before".into(),
            ),
            Found::Unreadable => {
                Some("the mark beside the database is torn, so it may be a copy from before".into())
            }
            Found::Mark { instance, .. } if *instance != self.instance => {
                Some("the mark beside the database is of another installation".into())
            }
            Found::Mark { commits, .. } if *commits > self.commits => Some(format!(
                "the database is a copy from before: it knows {} ledger commits of {commits}",
                self.commits
            )),
            Found::Mark { .. } => None,
        }
    }
}

#[derive(FromRow)]
struct InstanceRow {
    instance: String,
    commits: i64,
    paused_ms: Option<i64>,
    paused_why: Option<String>,
}

impl InstanceRow {
    fn paused(&self) -> Result<Option<Paused>, StoreError> {
        let at = instant_or_none(self.paused_ms, "instance.paused_ms")?;
        Ok(at.map(|at| Paused {
            at,
            why: self.paused_why.clone().unwrap_or_default(),
        }))
    }
}

impl Store {
    /// Whether sending is paused as a whole.
    pub async fn paused(&self) -> Result<Option<Paused>, StoreError> {
        let row: InstanceRow = sqlx::query_as(INSTANCE).fetch_one(&self.readers).await?;
        row.paused()
    }

    /// How far the ledger has come, and what the mark says of it.
    pub async fn reach(&self) -> Result<Reach, StoreError> {
        let row: InstanceRow = sqlx::query_as(INSTANCE).fetch_one(&self.readers).await?;
        self.reach_of(&row)
    }

    /// Called by whoever has just taken the lock of the one owner, before anything is taken up:
    /// compares the database with its mark, and pauses sending where it may be a copy from before.
    /// From here on this store keeps the mark. Returns the pause that stands.
    ///
    /// # Errors
    /// [`StoreError::Beside`] if the mark cannot be read or written.
    pub async fn recognise(&self, now: Timestamp) -> Result<Option<Paused>, StoreError> {
        let mut tx = self.write().await?;
        let row: InstanceRow = sqlx::query_as(INSTANCE).fetch_one(&mut *tx).await?;
        let reach = self.reach_of(&row)?;
        let mut paused = row.paused()?;
        // A doubt outweighs what a person ordered: the order may be as old as the copy.
        let calm = paused.as_ref().is_none_or(Paused::by_hand);
        if let Some(why) = reach.doubt().filter(|_| calm) {
            pause(&mut tx, &why, now).await?;
            paused = Some(Paused { at: now, why });
        }
        tx.commit().await?;
        let mark = Mark::beside(&self.path, &row.instance);
        let commits = row.commits;
        let known = Found::Mark {
            instance: row.instance,
            commits,
        };
        if reach.doubt().is_none() && reach.mark != known {
            mark.set(commits).map_err(|e| self.beside(mark.path(), e))?;
        }
        // A second call finds it set already, to the same file.
        let _ = self.mark.set(mark);
        Ok(paused)
    }

    /// Pauses sending as a whole, by a person's order; `why` may be empty. `false` if it is paused
    /// already: another order's reason takes the place of the first one's, any other pause stands.
    pub async fn sending_pause(&self, why: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let row: InstanceRow = sqlx::query_as(INSTANCE).fetch_one(&mut *tx).await?;
        let before = row.paused()?;
        let stands = why.is_empty() || before.as_ref().is_some_and(|p| !p.by_hand());
        if before.is_some() && stands {
            return Ok(false);
        }
        let why = match why {
            "" => BY_HAND.to_owned(),
            why => format!("{BY_HAND}: {why}"),
        };
        let since = before.as_ref().map_or(now, |p| p.at);
        pause(&mut tx, &why, since).await?;
        tx.commit().await?;
        Ok(before.is_none())
    }

    /// Ends a pause, whatever its reason, and sets the mark anew: the database counts on from above
    /// the mark, so that every copy made before is known for one. Returns the pause that was ended.
    ///
    /// # Errors
    /// [`StoreError::Beside`] if the mark cannot be read or written.
    pub async fn sending_resume(&self) -> Result<Option<Paused>, StoreError> {
        let mut tx = self.write().await?;
        let row: InstanceRow = sqlx::query_as(INSTANCE).fetch_one(&mut *tx).await?;
        let Some(paused) = row.paused()? else {
            return Ok(None);
        };
        let commits = match self.reach_of(&row)?.mark {
            Found::Mark { instance, commits }
                if instance == row.instance && commits > row.commits =>
            {
                commits + 1
            }
            _ => row.commits,
        };
        sqlx::query(RESUME).bind(commits).execute(&mut *tx).await?;
        tx.commit().await?;
        let mark = Mark::beside(&self.path, &row.instance);
        mark.set(commits).map_err(|e| self.beside(mark.path(), e))?;
        Ok(Some(paused))
    }

    /// Takes the right to tell a list's operators that sending is paused: true if nobody did since
    /// `since`.
    pub async fn paused_notice_claim(
        &self,
        list: ListId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(NOTICE_CLAIM)
            .bind(list.0)
            .bind(now.as_millisecond())
            .bind(since.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The journal beside the database.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Notes in the mark what a ledger commit has come to. Only an owner keeps one.
    pub(super) fn noted(&self, commits: i64) {
        if let Some(mark) = self.mark.get() {
            mark.note(commits);
        }
    }

    /// Puts entries into the journal. Called inside the transaction whose change they describe, as
    /// the last thing before its commit.
    pub(super) async fn journalled(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.with_journal(move |journal| journal.append(&entries))
            .await
    }

    /// Works on the journal off the async threads: it waits for the disk.
    pub(super) async fn with_journal<T: Send + 'static>(
        &self,
        work: impl FnOnce(Journal) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let journal = self.journal.clone();
        let done = tokio::task::spawn_blocking(move || work(journal)).await;
        let done = done.unwrap_or_else(|e| Err(std::io::Error::other(e)));
        done.map_err(|e| self.beside(self.journal.path(), e))
    }

    fn reach_of(&self, row: &InstanceRow) -> Result<Reach, StoreError> {
        let mark = Mark::beside(&self.path, &row.instance);
        Ok(Reach {
            instance: row.instance.clone(),
            commits: row.commits,
            mark: mark.read().map_err(|e| self.beside(mark.path(), e))?,
        })
    }

    fn beside(&self, path: &std::path::Path, source: std::io::Error) -> StoreError {
        StoreError::Beside {
            path: path.to_owned(),
            source,
        }
    }
}

/// Pauses sending, whatever stood there before.
pub(super) async fn pause(
    connection: &mut SqliteConnection,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(PAUSE)
        .bind(now.as_millisecond())
        .bind(why)
        .execute(connection)
        .await?;
    Ok(())
}
