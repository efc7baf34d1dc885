//! What the desk keeps and asks beside decisions: how new everything is, and when an editor last looked.

use super::{Store, StoreError, instant_or_none};
use crate::domain::EditionId;
use crate::domain::time::Timestamp;

// Each the end of an index, however much there is.
const FRESH: &str = "select coalesce((select max(decision_id) from decision where edition_id = $1), 0), \
     coalesce((select max(revision_id) from article_revision), 0), \
     coalesce((select max(amendment_id) from amendment), 0), \
     coalesce((select max(word_id) from article_word), 0), \
     coalesce((select max(word_id) from story_word), 0)";
const MAIL: &str = "insert into desk_mail (edition_id, kind, sent_ms) values ($1, $2, $3) \
     on conflict (edition_id, kind) do nothing";
const SEEN: &str = "select seen_ms from desk_look where edition_id = $1 and editor = $2";
const SEE: &str = "insert into desk_look (edition_id, editor, seen_ms) values ($1, $2, $3) \
     on conflict (edition_id, editor) do update set seen_ms = excluded.seen_ms";

/// Mails about an edition to its editors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskMail {
    /// It is open.
    Open,
    /// Nobody approved it, so many minutes before its letters are due.
    Remind(i64),
}

impl DeskMail {
    /// Minutes before due at which editors are reminded, where an edition waits for an approval.
    pub const REMIND: [i64; 3] = [60, 30, 10];

    fn kind(self) -> String {
        match self {
            DeskMail::Open => "open".to_owned(),
            DeskMail::Remind(minutes) => format!("remind_{minutes}"),
        }
    }
}

/// How new everything is that an edition's draft is made of: where two are equal, so is the draft, but for
/// lists' and sources' settings, people, and the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fresh([i64; 5]);

impl Store {
    /// Takes the right to send a mail about an edition: true if nobody did.
    pub async fn desk_mail_claim(
        &self,
        edition: EditionId,
        mail: DeskMail,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(MAIL)
            .bind(edition.0)
            .bind(mail.kind())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// How new everything is; of an edition that nobody spoke of without decisions.
    pub async fn desk_fresh(&self, edition: Option<EditionId>) -> Result<Fresh, StoreError> {
        let row: (i64, i64, i64, i64, i64) = sqlx::query_as(FRESH)
            .bind(edition.map_or(0, |e| e.0))
            .fetch_one(&self.readers)
            .await?;
        Ok(Fresh([row.0, row.1, row.2, row.3, row.4]))
    }

    /// When an editor last said that they have seen all of an edition.
    pub async fn desk_seen(
        &self,
        edition: EditionId,
        editor: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let seen: Option<i64> = sqlx::query_scalar(SEEN)
            .bind(edition.0)
            .bind(editor)
            .fetch_optional(&self.readers)
            .await?;
        instant_or_none(seen, "desk_look.seen_ms")
    }

    /// They have, now.
    pub async fn desk_see(
        &self,
        edition: EditionId,
        editor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(SEE)
            .bind(edition.0)
            .bind(editor)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
