//! Who did what, as rows that are only ever added: in the transaction of what was done, where it is the
//! store's.

use std::sync::Arc;

use sqlx::{FromRow, SqliteConnection};

use super::decisions::NewDecision;
use super::{Store, StoreError, instant, unreadable};
use crate::domain::EditorId;
use crate::domain::audit::{Deed, Entry, Hash, Sealed, Who, seal};
use crate::domain::time::Timestamp;

const HEAD: &str = "select no, hash from audit_head where only_row = 1";
const HEAD_NEXT: &str = "update audit_head set no = $1, hash = $2 where only_row = 1";
const ADD: &str = "insert into audit \
     (no, at_ms, editor_id, who, act, subject, was, became, why, prev, hash) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
// What was decided of the same thing before.
const DECIDED: &str = "select d.kind, d.text from decision d where d.decision_id = coalesce($5, \
     (select max(o.decision_id) from decision o where o.edition_id = $1 and o.kind = $2 \
      and coalesce(o.article_id, 0) = coalesce($3, 0) and o.decision_id < $4 \
      and not exists (select 1 from decision u where u.undoes = o.decision_id)))";
const NAMED: &str = "select editor_id from editor where name = $1 limit 2";
const PAGE: &str = "select no, at_ms, editor_id, who, act, subject, was, became, why, prev, hash \
     from audit where no > $1 order by no limit $2";
const LATELY: &str = "select no, at_ms, editor_id, who, act, subject, was, became, why, prev, hash \
     from audit where ($1 = '' or subject = $1) and ($2 = '' or who = $2) order by no desc limit $3";

#[derive(FromRow)]
struct AuditRow {
    no: i64,
    at_ms: i64,
    editor_id: Option<i64>,
    who: String,
    act: String,
    subject: String,
    was: String,
    became: String,
    why: String,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

impl AuditRow {
    fn sealed(self) -> Result<Sealed, StoreError> {
        Ok(Sealed {
            entry: Entry {
                no: self.no,
                at: instant(self.at_ms, "audit.at_ms")?,
                who: Who {
                    editor: self.editor_id.map(EditorId),
                    name: self.who,
                },
                deed: Deed {
                    act: self.act,
                    subject: self.subject,
                    was: self.was,
                    became: self.became,
                    why: self.why,
                },
            },
            prev: hash_of(self.prev)?,
            hash: hash_of(self.hash)?,
        })
    }
}

fn hash_of(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    let hash: Result<Hash, _> = bytes.try_into();
    hash.map_err(|_| unreadable("audit.hash", "a hash of another length"))
}

/// A deed of two words and a subject; what it was and became is put in after.
pub(super) fn deed(act: &str, subject: impl std::fmt::Display) -> Deed {
    Deed {
        act: act.to_owned(),
        subject: subject.to_string(),
        ..Deed::default()
    }
}

impl Store {
    /// The same database, for somebody: what is written through it is theirs in the audit.
    pub fn spoken_for(&self, who: Who) -> Store {
        Store {
            who: Some(Arc::new(who)),
            ..self.clone()
        }
    }

    /// The same database, for Courant itself: of deeds under a name that is an editor's, it is theirs.
    pub fn by_itself(&self) -> Store {
        Store {
            who: None,
            ..self.clone()
        }
    }

    /// Writes a deed down that nothing else was written with.
    pub async fn audit(&self, done: Deed, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        self.note(&mut tx, "", done, now).await?;
        Ok(tx.commit().await?)
    }

    /// Writes a deed down within a transaction; `by` is the name under which somebody speaks, if any was
    /// given.
    pub(super) async fn note(
        &self,
        tx: &mut SqliteConnection,
        by: &str,
        done: Deed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let who = match (self.who.as_deref(), by) {
            (Some(who), by) => who.under(by),
            (None, "") => Who::courant(),
            (None, by) => {
                let named: Vec<i64> = sqlx::query_scalar(NAMED)
                    .bind(by)
                    .fetch_all(&mut *tx)
                    .await?;
                Who {
                    editor: match named[..] {
                        [one] => Some(EditorId(one)),
                        _ => None,
                    },
                    name: by.to_owned(),
                }
            }
        };
        note_of(tx, who, done, now).await
    }

    /// Writes a decision about an edition down.
    pub(super) async fn note_decision(
        &self,
        tx: &mut SqliteConnection,
        new: &NewDecision,
        id: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before: Option<(String, Option<String>)> = sqlx::query_as(DECIDED)
            .bind(new.edition.0)
            .bind(new.kind.as_str())
            .bind(new.article.map(|a| a.0))
            .bind(id)
            .bind(new.undoes.map(|d| d.0))
            .fetch_optional(&mut *tx)
            .await?;
        let was = match (before, new.undoes) {
            (Some((kind, text)), Some(undoes)) => {
                format!("{kind} (decision {undoes}) {}", text.unwrap_or_default())
            }
            (Some((_, text)), None) => text.unwrap_or_default(),
            (None, _) => String::new(),
        };
        let about = match (new.article, new.story) {
            (Some(article), _) => format!("edition {}, article {article}", new.edition),
            (None, Some(story)) => format!("edition {}, story {story}", new.edition),
            (None, None) => format!("edition {}", new.edition),
        };
        let done = Deed {
            was: was.trim_end().to_owned(),
            became: new.text.clone().unwrap_or_default(),
            ..deed(new.kind.as_str(), about)
        };
        self.note(tx, &new.by, done, now).await
    }

    /// Rows after this number, in their order.
    pub async fn audit_page(&self, after: i64, limit: i64) -> Result<Vec<Sealed>, StoreError> {
        let rows: Vec<AuditRow> = sqlx::query_as(PAGE)
            .bind(after)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(AuditRow::sealed).collect()
    }

    /// The newest rows first: of one subject and of one name, where they are not empty.
    pub async fn audit_lately(
        &self,
        subject: &str,
        who: &str,
        limit: i64,
    ) -> Result<Vec<Sealed>, StoreError> {
        let rows: Vec<AuditRow> = sqlx::query_as(LATELY)
            .bind(subject)
            .bind(who)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(AuditRow::sealed).collect()
    }

    /// The number and the hash of the row that was written last; 0 and zeros before the first.
    pub async fn audit_head(&self) -> Result<(i64, Hash), StoreError> {
        let (no, hash): (i64, Vec<u8>) = sqlx::query_as(HEAD).fetch_one(&self.readers).await?;
        Ok((no, hash_of(hash)?))
    }
}

/// Writes down what somebody did.
pub(super) async fn note_of(
    tx: &mut SqliteConnection,
    who: Who,
    deed: Deed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (last, prev): (i64, Vec<u8>) = sqlx::query_as(HEAD).fetch_one(&mut *tx).await?;
    let prev = hash_of(prev)?;
    let entry = Entry {
        no: last + 1,
        at: now,
        who,
        deed,
    };
    let hash = seal(&prev, &entry);
    let deed = &entry.deed;
    sqlx::query(ADD)
        .bind(entry.no)
        .bind(now.as_millisecond())
        .bind(entry.who.editor.map(|e| e.0))
        .bind(&entry.who.name)
        .bind(&deed.act)
        .bind(&deed.subject)
        .bind(&deed.was)
        .bind(&deed.became)
        .bind(&deed.why)
        .bind(prev.as_slice())
        .bind(hash.as_slice())
        .execute(&mut *tx)
        .await?;
    sqlx::query(HEAD_NEXT)
        .bind(entry.no)
        .bind(hash.as_slice())
        .execute(&mut *tx)
        .await?;
    Ok(())
}
