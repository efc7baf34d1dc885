//! What editors decide about editions: append-only, each about the story that its article tells now.

use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError, instant, unreadable};
use crate::domain::edition::{Decision, DecisionKind};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, DecisionId, EditionId, StoryId};

// The newest word on what a decision is about, those that took one back included.
const NEWEST: &str = "select coalesce(max(d.decision_id), 0) from decision d \
     left join decision u on u.decision_id = d.undoes \
     left join article a on a.article_id = coalesce(u.article_id, d.article_id) \
     where d.edition_id = $1 and coalesce(u.kind, d.kind) = $2 \
      and ($3 is null or coalesce(a.story_id, u.story_id, d.story_id) = $3)";
const DECIDE: &str = "insert into decision (edition_id, kind, story_id, article_id, text, undoes, by_whom, at_ms) \
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning decision_id";
// A decision goes with the article by which the story was named, whatever editors merge or split.
const DECISIONS: &str = "select d.decision_id, d.edition_id, d.kind, \
     case when d.story_id is not null then coalesce(a.story_id, d.story_id) end as story_id, \
     d.article_id, d.text, d.undoes, d.by_whom, d.at_ms \
     from decision d left join article a on a.article_id = d.article_id \
     where d.edition_id = $1 order by d.decision_id";

#[derive(sqlx::FromRow)]
struct DecisionRow {
    decision_id: i64,
    edition_id: i64,
    kind: String,
    story_id: Option<i64>,
    article_id: Option<i64>,
    text: Option<String>,
    undoes: Option<i64>,
    by_whom: String,
    at_ms: i64,
}

impl DecisionRow {
    fn read(self) -> Result<Decision, StoreError> {
        Ok(Decision {
            id: DecisionId(self.decision_id),
            edition: EditionId(self.edition_id),
            kind: DecisionKind::parse(&self.kind)
                .map_err(|_| unreadable("decision.kind", &self.kind))?,
            story: self.story_id.map(StoryId),
            article: self.article_id.map(ArticleId),
            text: self.text,
            undoes: self.undoes.map(DecisionId),
            by: self.by_whom,
            at: instant(self.at_ms, "decision.at_ms")?,
        })
    }
}

/// A decision to be written down.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// About which edition.
    pub edition: EditionId,
    /// What.
    pub kind: DecisionKind,
    /// The story that it is about.
    pub story: Option<StoryId>,
    /// The article through which it was named.
    pub article: Option<ArticleId>,
    /// What was written.
    pub text: Option<String>,
    /// The decision that an undo takes back.
    pub undoes: Option<DecisionId>,
    /// Who.
    pub by: String,
}

impl Store {
    /// Writes a decision down. It holds for waves that are not frozen yet.
    pub async fn decide(
        &self,
        new: &NewDecision,
        now: Timestamp,
    ) -> Result<DecisionId, StoreError> {
        let mut tx = self.write().await?;
        let id = decided(&mut tx, new, now).await?;
        self.note_decision(&mut tx, new, id.0, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same, where nobody decided about the same thing since: `seen` is the newest decision about it
    /// that the editor saw, as [`crate::domain::edition::version`] names it. `None`, and nothing written,
    /// where there is a newer one.
    pub async fn decide_on(
        &self,
        new: &NewDecision,
        (about, seen): (DecisionKind, DecisionId),
        now: Timestamp,
    ) -> Result<Option<DecisionId>, StoreError> {
        let mut tx = self.write().await?;
        let story = new.story.filter(|_| about.is_of_one_story());
        let newest: i64 = sqlx::query_scalar(NEWEST)
            .bind(new.edition.0)
            .bind(about.as_str())
            .bind(story.map(|s| s.0))
            .fetch_one(&mut *tx)
            .await?;
        if newest != seen.0 {
            return Ok(None);
        }
        let id = decided(&mut tx, new, now).await?;
        self.note_decision(&mut tx, new, id.0, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// All decisions about an edition, undone ones included, oldest first; each about the story that
    /// the article by which it was named tells now.
    pub async fn decisions(&self, edition: EditionId) -> Result<Vec<Decision>, StoreError> {
        let rows: Vec<DecisionRow> = sqlx::query_as(DECISIONS)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(DecisionRow::read).collect()
    }
}

async fn decided(
    tx: &mut Transaction<'static, Sqlite>,
    new: &NewDecision,
    now: Timestamp,
) -> Result<DecisionId, StoreError> {
    let id: i64 = sqlx::query_scalar(DECIDE)
        .bind(new.edition.0)
        .bind(new.kind.as_str())
        .bind(new.story.map(|s| s.0))
        .bind(new.article.map(|a| a.0))
        .bind(&new.text)
        .bind(new.undoes.map(|d| d.0))
        .bind(&new.by)
        .bind(now.as_millisecond())
        .fetch_one(&mut **tx)
        .await?;
    Ok(DecisionId(id))
}
