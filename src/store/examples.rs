//! What editors said of articles' topics, with the texts that they said it of: what a model learns from.

use super::articles::TextRow;
use super::{Store, StoreError, from_json};
use crate::domain::article::{ArticleText, TopicWeight};
use crate::domain::{ArticleId, ListId};

// The word that holds, and what the source wrote: that is what the model will be asked about.
const EXAMPLES: &str = "select a.article_id, w.value, r.headline, r.summary, r.byline, r.image_url, \
     r.image_alt, r.body, r.categories \
     from article_word w join article a on a.article_id = w.article_id \
     join article_revision r on r.article_id = a.article_id and r.seq = \
     (select max(s.seq) from article_revision s \
      where s.article_id = a.article_id and s.by_editor is null) \
     where w.about = 'topics' and w.word_id = (select max(n.word_id) from article_word n \
      where n.article_id = a.article_id and n.about = 'topics' \
      and not exists (select 1 from article_word u where u.undoes = n.word_id)) \
     and ($1 is null or a.source_id in (select source_id from list_source where list_id = $1)) \
     and a.article_id > $2 order by a.article_id limit $3";
// Of the newest articles only: whoever stopped using a model long ago misses none.
const CLASSIFIED: &str = "select exists (select 1 from (select said from article_labels \
     order by article_id desc limit $1) where said like '%\"by\":\"classifier\"%')";

/// An article whose topics an editor named.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicExample {
    /// Which article.
    pub article: ArticleId,
    /// The source's own newest text.
    pub text: ArticleText,
    /// The topics that the editor named; empty where they said that it has none.
    pub topics: Vec<TopicWeight>,
}

#[derive(sqlx::FromRow)]
struct Row {
    article_id: i64,
    value: String,
    #[sqlx(flatten)]
    text: TextRow,
}

impl Store {
    /// Articles whose topics an editor named, in the order of their ids from behind `past` on; of a
    /// list's sources only where one is given.
    pub async fn topic_examples(
        &self,
        list: Option<ListId>,
        past: ArticleId,
        limit: usize,
    ) -> Result<Vec<TopicExample>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(EXAMPLES)
            .bind(list.map(|l| l.0))
            .bind(past.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let example = |row: Row| {
            Ok(TopicExample {
                article: ArticleId(row.article_id),
                topics: from_json(&row.value, "article_word.value")?,
                text: row.text.text()?,
            })
        };
        rows.into_iter().map(example).collect()
    }

    /// Whether a model had its say on any of the newest `newest` articles.
    pub async fn classifier_was_heard(&self, newest: i64) -> Result<bool, StoreError> {
        let heard: i64 = sqlx::query_scalar(CLASSIFIED)
            .bind(newest)
            .fetch_one(&self.readers)
            .await?;
        Ok(heard != 0)
    }
}
