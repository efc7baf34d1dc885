//! What became of articles since a wave was frozen with them: withdrawn, put under embargo, written anew.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::SqliteConnection;

use super::{Store, StoreError, batch, from_json, to_json};
use crate::domain::amendment::Amended;
use crate::domain::selection::Candidate;
use crate::domain::{ArticleId, RevisionId};

const NEWEST: &str = "select coalesce(max(amendment_id), 0) from amendment";

/// What of a wave's candidates is another one than was frozen, as of one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NowAmended {
    /// By how much.
    pub amended: Amended,
    /// The newest amendment of all then.
    through: i64,
}

impl NowAmended {
    /// As a digest keeps it.
    pub(super) fn text(&self) -> Result<Option<String>, StoreError> {
        match self.amended.is_empty() {
            true => Ok(None),
            false => to_json(&self.amended, "digest.amended").map(Some),
        }
    }
}

/// What a digest keeps of it, read.
pub(super) fn amended(text: Option<&str>) -> Result<Amended, StoreError> {
    text.map_or_else(
        || Ok(Amended::default()),
        |t| from_json(t, "digest.amended"),
    )
}

/// Whether anything was amended since.
pub(super) async fn more_than(
    tx: &mut SqliteConnection,
    known: &NowAmended,
) -> Result<bool, StoreError> {
    let newest: i64 = sqlx::query_scalar(NEWEST).fetch_one(tx).await?;
    Ok(newest > known.through)
}

impl Store {
    /// Whether anything was amended since.
    pub async fn is_amended(&self, known: &NowAmended) -> Result<bool, StoreError> {
        let mut connection = self.readers.acquire().await?;
        more_than(&mut connection, known).await
    }

    /// What of these candidates is another one now than was frozen. A text counts where somebody wrote
    /// it anew or its source said that it is corrected: a source's plain edits stay out.
    pub async fn now_amended(&self, candidates: &[Candidate]) -> Result<NowAmended, StoreError> {
        let articles: Vec<ArticleId> = candidates.iter().map(|c| c.article).collect();
        let articles = json!(articles).to_string();
        let mut tx = self.readers.begin().await?;
        let through = sqlx::query_scalar(NEWEST).fetch_one(&mut *tx).await?;
        let withdrawn: Vec<(i64, i64)> = sqlx::query_as(batch::WITHDRAWN)
            .bind(&articles)
            .fetch_all(&mut *tx)
            .await?;
        let texts: Vec<(i64, i64)> = sqlx::query_as(batch::REWRITTEN)
            .bind(&articles)
            .fetch_all(&mut *tx)
            .await?;
        let frozen: BTreeMap<i64, i64> = candidates
            .iter()
            .map(|c| (c.article.0, c.revision.0))
            .collect();
        let texts = texts.into_iter().filter(|(a, r)| frozen.get(a) != Some(r));
        Ok(NowAmended {
            amended: Amended {
                withdrawn: withdrawn.into_iter().map(|(a, _)| ArticleId(a)).collect(),
                texts: texts.map(|(a, r)| (ArticleId(a), RevisionId(r))).collect(),
            },
            through,
        })
    }

    /// Every text of those of these articles that were ever written anew by an editor or corrected by
    /// their source: what letters of a wave may print beside what was frozen.
    pub async fn rewritten_texts(
        &self,
        articles: &[ArticleId],
    ) -> Result<Vec<(ArticleId, RevisionId)>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(batch::REWRITTEN_TEXTS)
            .bind(json!(articles).to_string())
            .fetch_all(&self.readers)
            .await?;
        let read = |(article, text)| (ArticleId(article), RevisionId(text));
        Ok(rows.into_iter().map(read).collect())
    }

    /// Until when those of these articles may not be brought that an editor put under embargo, Unix ms,
    /// as it is known now.
    pub async fn embargoes(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
        self.instants(batch::EMBARGOED, articles).await
    }

    /// When those of these articles were withdrawn that were, Unix ms.
    pub async fn withdrawn(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
        self.instants(batch::WITHDRAWN, articles).await
    }

    /// What a statement says of some articles, an instant each, Unix ms.
    async fn instants(
        &self,
        asked: &'static str,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(asked)
            .bind(json!(articles).to_string())
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, ms)| (ArticleId(id), ms);
        Ok(rows.into_iter().map(read).collect())
    }
}
