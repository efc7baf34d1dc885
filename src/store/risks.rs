//! What makes stories a risk beside an advertisement, for many articles at once.

use std::collections::HashMap;

use serde_json::json;
use sqlx::FromRow;

use super::{Store, StoreError, from_json, unreadable};
use crate::domain::ArticleId;
use crate::domain::labels::{Risk, RiskCategory, RiskLevel};

const FOUND: &str = "select l.article_id, json_extract(l.said, '$.risk') as risk from json_each($1) j \
     cross join article_labels l on l.article_id = j.value";
const EDITORS: &str = "select w.article_id, w.category, w.value, w.by_whom from json_each($1) j \
     cross join article_word w on w.article_id = j.value \
     where w.about = 'risk' and not exists (select 1 from article_word u where u.undoes = w.word_id) \
     order by w.word_id";

#[derive(FromRow)]
struct FoundRow {
    article_id: i64,
    risk: Option<String>,
}

#[derive(FromRow)]
struct EditorRow {
    article_id: i64,
    category: Option<String>,
    value: Option<String>,
    by_whom: String,
}

impl Store {
    /// The risks of articles, editors' words over what rules found. An article of which nothing was
    /// written down is unclassified.
    pub async fn risks(
        &self,
        articles: &[ArticleId],
    ) -> Result<HashMap<ArticleId, Risk>, StoreError> {
        let ids: Vec<i64> = articles.iter().map(|a| a.0).collect();
        let ids = json!(ids).to_string();
        let mut tx = self.readers.begin().await?;
        let found: Vec<FoundRow> = sqlx::query_as(FOUND).bind(&ids).fetch_all(&mut *tx).await?;
        let words: Vec<EditorRow> = sqlx::query_as(EDITORS)
            .bind(&ids)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        let not_looked_for = || Risk {
            unclassified: Some("it was not looked for".to_owned()),
            found: Vec::new(),
        };
        let mut risks: HashMap<ArticleId, Risk> =
            articles.iter().map(|a| (*a, not_looked_for())).collect();
        for row in found {
            if let Some(text) = row.risk {
                let risk = from_json(&text, "article_labels.said")?;
                risks.insert(ArticleId(row.article_id), risk);
            }
        }
        for row in words {
            let unread = || unreadable("article_word.value", row.article_id);
            let category = RiskCategory::parse(row.category.as_deref().unwrap_or_default());
            let level = RiskLevel::parse(row.value.as_deref().unwrap_or_default());
            let (category, level) = (
                category.map_err(|_| unread())?,
                level.map_err(|_| unread())?,
            );
            if let Some(risk) = risks.get_mut(&ArticleId(row.article_id)) {
                *risk = std::mem::take(risk).with_word(category, level, &row.by_whom);
            }
        }
        Ok(risks)
    }
}
