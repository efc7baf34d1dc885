//! Plans as they were when somebody approved them.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Store, StoreError, from_json, instant, to_json, unreadable};
use crate::domain::amendment::AmendmentKind;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, EditionId};

const APPROVE: &str = "insert into approved_plan \
     (edition_id, due_ms, by_whom, at_ms, digests, skipped, hash, plan) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const APPROVED: &str = "select due_ms, by_whom, at_ms, digests, skipped, hash, plan from approved_plan \
     where edition_id = $1 and at_ms = (select max(at_ms) from approved_plan where edition_id = $1) \
     order by due_ms, approved_plan_id";

// With what each came to in the edition's waves; of articles that the plan has, or that reached letters.
const AMENDED_SINCE: &str = "select m.article_id, m.kind, m.by_whom, m.at_ms, r.headline, \
     coalesce(sum(p.revised), 0) as revised, coalesce(sum(p.withheld), 0) as withheld, \
     coalesce(sum(p.held), 0) as held \
     from amendment m join article a on a.article_id = m.article_id \
     join article_revision r on r.revision_id = a.revision_id \
     left join amendment_wave p on p.amendment_id = m.amendment_id \
      and p.wave_id in (select wave_id from wave where edition_id = $1) \
     where m.at_ms >= $2 group by m.amendment_id \
     having sum(p.revised + p.withheld + p.held) > 0 \
      or m.article_id in (select value from json_each($3)) \
     order by m.amendment_id desc limit $4";

/// An amendment of an edition's story, with what it came to in the edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendedStory {
    /// About which article.
    pub article: ArticleId,
    /// Its headline, as it is now.
    pub headline: String,
    /// What was said.
    pub kind: AmendmentKind,
    /// Who; `None` when its source did.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Letters whose digest was made again.
    pub revised: i64,
    /// Letters withheld, since too few stories are left for them.
    pub withheld: i64,
    /// Letters in doubt that are held.
    pub held: i64,
}

#[derive(sqlx::FromRow)]
struct AmendedRow {
    article_id: i64,
    kind: String,
    by_whom: Option<String>,
    at_ms: i64,
    headline: String,
    revised: i64,
    withheld: i64,
    held: i64,
}

impl AmendedRow {
    fn read(self) -> Result<AmendedStory, StoreError> {
        let kind = AmendmentKind::parse(&self.kind);
        Ok(AmendedStory {
            article: ArticleId(self.article_id),
            headline: self.headline,
            kind: kind.map_err(|_| unreadable("amendment.kind", &self.kind))?,
            by: self.by_whom,
            at: instant(self.at_ms, "amendment.at_ms")?,
            revised: self.revised,
            withheld: self.withheld,
            held: self.held,
        })
    }
}

/// The newest approved plan of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedPlan {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Its waves, earliest first.
    pub waves: Vec<Snapshot>,
}

#[derive(sqlx::FromRow)]
struct ApprovedRow {
    due_ms: i64,
    by_whom: String,
    at_ms: i64,
    digests: i64,
    skipped: i64,
    hash: Vec<u8>,
    plan: String,
}

impl ApprovedRow {
    fn read(&self) -> Result<Snapshot, StoreError> {
        let number = |n: i64, place| u64::try_from(n).map_err(|_| unreadable(place, n));
        let hash = self.hash.as_slice().try_into();
        Ok(Snapshot {
            due_ms: self.due_ms,
            digests: number(self.digests, "approved_plan.digests")?,
            skipped: number(self.skipped, "approved_plan.skipped")?,
            hash: hash.map_err(|_| unreadable("approved_plan.hash", "a hash of another length"))?,
            plan: from_json(&self.plan, "approved_plan.plan")?,
        })
    }
}

impl Store {
    /// Keeps what an edition's plan came to when it was approved; an earlier approval stays.
    pub async fn approved_plan_add(
        &self,
        edition: EditionId,
        waves: &[Snapshot],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for wave in waves {
            sqlx::query(APPROVE)
                .bind(edition.0)
                .bind(wave.due_ms)
                .bind(by)
                .bind(now.as_millisecond())
                .bind(i64::try_from(wave.digests).unwrap_or(i64::MAX))
                .bind(i64::try_from(wave.skipped).unwrap_or(i64::MAX))
                .bind(wave.hash.as_slice())
                .bind(to_json(&wave.plan, "approved_plan.plan")?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest approved plan of an edition, if there is one.
    pub async fn approved_plan(
        &self,
        edition: EditionId,
    ) -> Result<Option<ApprovedPlan>, StoreError> {
        let rows: Vec<ApprovedRow> = sqlx::query_as(APPROVED)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(ApprovedPlan {
            by: first.by_whom.clone(),
            at: instant(first.at_ms, "approved_plan.at_ms")?,
            waves: rows
                .iter()
                .map(ApprovedRow::read)
                .collect::<Result<_, _>>()?,
        }))
    }

    /// What was amended of an edition since an instant: stories that it has (`articles`, of a plan that
    /// was kept) or that its letters had, the last amendment first, at most `limit`.
    pub async fn amended_since(
        &self,
        edition: EditionId,
        since: Timestamp,
        articles: &BTreeSet<ArticleId>,
        limit: i64,
    ) -> Result<Vec<AmendedStory>, StoreError> {
        let rows: Vec<AmendedRow> = sqlx::query_as(AMENDED_SINCE)
            .bind(edition.0)
            .bind(to_ms(since))
            .bind(json!(articles).to_string())
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(AmendedRow::read).collect()
    }
}
