//! Stored articles that are to be labelled anew, and those that wait for an editor's label.

use super::articles::{ArticleRow, TextRow};
use super::{ArticleFilter, Store, StoreError, from_json};
use crate::domain::article::{Article, ArticleText};
use crate::domain::labels::{LabelState, Labels};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, SourceId};

// What the source wrote, whatever an editor made of it.
const TO_RELABEL: &str = "select a.article_id, a.source_id, a.language, a.topics, a.places, l.said, \
     r.headline, r.summary, r.byline, r.image_url, r.image_alt, r.body, r.categories \
     from article a left join article_labels l on l.article_id = a.article_id \
     join article_revision r on r.article_id = a.article_id and r.seq = \
     (select max(s.seq) from article_revision s \
      where s.article_id = a.article_id and s.by_editor is null) \
     where a.dated_ms > $1 and a.article_id > $2 order by a.article_id limit $3";
// One that an editor labelled, or that nobody gave reasons for but has topics, waits for nothing.
const WAITING: &str = super::articles::articles!(
    "left join article_labels l on l.article_id = a.article_id \
     where ($1 is null or a.source_id in (select source_id from list_source where list_id = $1)) \
     and ($2 is null or a.source_id = $2) and a.dated_ms > $3 and a.dated_ms <= $4 \
     and coalesce(l.state, case when a.topics = '[]' then 'open' else 'settled' end) = $6 \
     and not exists (select 1 from article_word w where w.article_id = a.article_id \
       and w.about = 'topics' and not exists (select 1 from article_word u where u.undoes = w.word_id)) \
     order by a.dated_ms desc, a.article_id desc limit $5"
);

/// A stored article with what labelling it anew takes.
#[derive(Clone, Debug, PartialEq)]
pub struct ToRelabel {
    /// Which article.
    pub article: ArticleId,
    /// Its source.
    pub source: SourceId,
    /// The source's own newest text.
    pub text: ArticleText,
    /// BCP 47.
    pub language: Option<String>,
    /// What was found last; `None` where no reasons were kept.
    pub labels: Option<Labels>,
    /// What it has.
    has: Labels,
}

impl ToRelabel {
    /// What was found last; without reasons, what it has, as stated.
    pub fn before(&self) -> &Labels {
        self.labels.as_ref().unwrap_or(&self.has)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    article_id: i64,
    source_id: i64,
    language: Option<String>,
    topics: String,
    places: String,
    said: Option<String>,
    #[sqlx(flatten)]
    text: TextRow,
}

impl Row {
    fn read(self) -> Result<ToRelabel, StoreError> {
        let topics: Vec<_> = from_json(&self.topics, "article.topics")?;
        let places: Vec<_> = from_json(&self.places, "article.places")?;
        let said = self.said.as_deref();
        let labels = said.map(|text| from_json(text, "article_labels.said"));
        Ok(ToRelabel {
            article: ArticleId(self.article_id),
            source: SourceId(self.source_id),
            text: self.text.text()?,
            language: self.language,
            labels: labels.transpose()?,
            has: Labels::stated(&topics, &places),
        })
    }
}

impl Store {
    /// Articles dated after an instant, in the order of their ids from behind `past` on, with what
    /// labelling them anew takes.
    pub async fn articles_to_relabel(
        &self,
        after: Timestamp,
        past: ArticleId,
        limit: usize,
    ) -> Result<Vec<ToRelabel>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(TO_RELABEL)
            .bind(to_ms(after))
            .bind(past.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Articles whose topics wait for an editor, the newest first: those for which some are
    /// proposed, or those of which nobody knows any.
    pub async fn articles_waiting(
        &self,
        filter: &ArticleFilter,
        state: LabelState,
    ) -> Result<Vec<Article>, StoreError> {
        let rows: Vec<ArticleRow> = sqlx::query_as(WAITING)
            .bind(filter.list.map(|l| l.0))
            .bind(filter.source.map(|s| s.0))
            .bind(to_ms(filter.after))
            .bind(to_ms(filter.until))
            .bind(i64::try_from(filter.limit).unwrap_or(i64::MAX))
            .bind(state.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(ArticleRow::article).collect()
    }
}
