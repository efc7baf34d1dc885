//! Reading articles: for people and for printing (revisions).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::{
    Store, StoreError, from_json, instant, instant_or_none, same_page, to_json, unreadable,
};
use crate::domain::article::{
    Article, ArticleText, CanonicalUrl, Image, PrintedArticle, StoryFacts,
};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, ListId, RevisionId, SourceId, StoryId};

macro_rules! articles {
    ($rest:literal) => {
        concat!(
            "select a.article_id, a.source_id, coalesce(nullif(s.name, ''), s.slug) as source_name, \
             a.url, a.fragment, a.story_id, a.revision_id, a.published_ms, a.first_seen_ms, a.language, a.backlog, a.topics, \
             a.places, a.embargo_ms, a.withdrawn_ms, a.corrected_ms, r.headline, r.summary, r.byline, r.image_url, r.image_alt, \
             r.body, r.categories from article a join source s on s.source_id = a.source_id \
             join article_revision r on r.revision_id = a.revision_id ",
            $rest
        )
    };
}
pub(super) use articles;
const BY_ID: &str = articles!("where a.article_id = $1");
const BY_URL: &str = articles!("where a.url = $1 order by a.article_id limit 1");
const OF_STORY: &str = articles!("where a.story_id = $1 order by a.article_id");
const FOUND: &str = articles!(
    "where ($1 is null or a.source_id in (select source_id from list_source where list_id = $1)) \
     and ($2 is null or a.source_id = $2) and a.dated_ms > $3 and a.dated_ms <= $4 \
     order by a.dated_ms desc, a.article_id desc limit $5"
);
const WITHDRAWN: &str = articles!(
    "where ($1 is null or a.source_id in (select source_id from list_source where list_id = $1)) \
     and ($2 is null or a.source_id = $2) and a.withdrawn_ms > $3 and a.withdrawn_ms <= $4 \
     order by a.withdrawn_ms desc, a.article_id desc limit $5"
);
const CORRECTED: &str = articles!(
    "where ($1 is null or a.source_id in (select source_id from list_source where list_id = $1)) \
     and ($2 is null or a.source_id = $2) and a.corrected_ms > $3 and a.corrected_ms <= $4 \
     order by a.corrected_ms desc, a.article_id desc limit $5"
);

const EMBARGO: &str = "update article set embargo_ms = $2 \
     where article_id in (select value from json_each($1))";
const PRINTED: &str = "select r.revision_id, a.article_id, a.url, a.fragment, \
     s.name as source_name, coalesce(a.language, s.default_language) as language, a.published_ms, r.headline, r.summary, r.byline, r.image_url, r.image_alt, r.body, \
     r.categories from article_revision r join article a on a.article_id = r.article_id \
     join source s on s.source_id = a.source_id \
     where r.revision_id in (select value from json_each($1))";
const TEXTS: &str = "select r.revision_id, r.seq, r.seen_ms, r.by_editor, r.undone_ms, r.headline, r.summary, \
     r.byline, r.image_url, r.image_alt, r.body, r.categories from article_revision r \
     where r.article_id = $1 order by r.seq";

/// Which articles are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArticleFilter {
    /// From the sources of this list.
    pub list: Option<ListId>,
    /// From this source.
    pub source: Option<SourceId>,
    /// Dated after this instant.
    pub after: Timestamp,
    /// Dated at this instant at the latest.
    pub until: Timestamp,
    /// At most so many, the newest ones.
    pub limit: usize,
}

/// One of an article's texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredText {
    /// The revision.
    pub revision: RevisionId,
    /// Its number in the article, from 1.
    pub seq: i64,
    /// When it was first seen.
    pub seen: Timestamp,
    /// Who rewrote it; `None` when it is the source's own.
    pub by_editor: Option<String>,
    /// When an editor's text was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<Timestamp>,
    /// The text.
    pub text: ArticleText,
}

#[derive(sqlx::FromRow)]
pub(super) struct TextRow {
    headline: String,
    summary: String,
    byline: String,
    image_url: Option<String>,
    image_alt: Option<String>,
    body: Option<String>,
    categories: String,
}

impl TextRow {
    pub(super) fn text(self) -> Result<ArticleText, StoreError> {
        Ok(ArticleText {
            headline: self.headline,
            summary: self.summary,
            byline: self.byline,
            image: self.image_url.map(|url| Image {
                url,
                alt: self.image_alt.unwrap_or_default(),
            }),
            body: self.body,
            categories: from_json(&self.categories, "article_revision.categories")?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct ArticleRow {
    article_id: i64,
    source_id: i64,
    source_name: String,
    url: String,
    fragment: Option<String>,
    story_id: i64,
    revision_id: i64,
    published_ms: Option<i64>,
    first_seen_ms: i64,
    language: Option<String>,
    backlog: i64,
    topics: String,
    places: String,
    embargo_ms: Option<i64>,
    withdrawn_ms: Option<i64>,
    corrected_ms: Option<i64>,
    #[sqlx(flatten)]
    text: TextRow,
}

impl ArticleRow {
    pub(super) fn article(self) -> Result<Article, StoreError> {
        Ok(Article {
            id: ArticleId(self.article_id),
            source: SourceId(self.source_id),
            source_name: self.source_name,
            url: url(&self.url)?,
            fragment: self.fragment,
            story: StoryId(self.story_id),
            revision: RevisionId(self.revision_id),
            text: self.text.text()?,
            published: instant_or_none(self.published_ms, "article.published_ms")?,
            first_seen: instant(self.first_seen_ms, "article.first_seen_ms")?,
            language: self.language,
            backlog: self.backlog != 0,
            topics: from_json(&self.topics, "article.topics")?,
            places: from_json(&self.places, "article.places")?,
            embargo: instant_or_none(self.embargo_ms, "article.embargo_ms")?,
            withdrawn: instant_or_none(self.withdrawn_ms, "article.withdrawn_ms")?,
            corrected: instant_or_none(self.corrected_ms, "article.corrected_ms")?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PrintedRow {
    revision_id: i64,
    article_id: i64,
    url: String,
    fragment: Option<String>,
    source_name: String,
    language: Option<String>,
    published_ms: Option<i64>,
    #[sqlx(flatten)]
    text: TextRow,
}

#[derive(sqlx::FromRow)]
struct StoredTextRow {
    revision_id: i64,
    seq: i64,
    seen_ms: i64,
    by_editor: Option<String>,
    undone_ms: Option<i64>,
    #[sqlx(flatten)]
    text: TextRow,
}

impl Store {
    /// An article by its id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article(&self, id: ArticleId) -> Result<Article, StoreError> {
        let row: Option<ArticleRow> = sqlx::query_as(BY_ID)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| not_found(id))?.article()
    }

    /// The article of a page; where several sources brought it, the first one stored.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article_by_url(&self, url: &CanonicalUrl) -> Result<Article, StoreError> {
        let row: Option<ArticleRow> = sqlx::query_as(BY_URL)
            .bind(url.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| not_found(url))?.article()
    }

    /// Articles by date, the newest first; backlog ones too.
    pub async fn articles(&self, filter: &ArticleFilter) -> Result<Vec<Article>, StoreError> {
        self.found(FOUND, filter).await
    }

    /// Articles that were withdrawn in the filter's time, the last first.
    pub async fn articles_withdrawn(
        &self,
        filter: &ArticleFilter,
    ) -> Result<Vec<Article>, StoreError> {
        self.found(WITHDRAWN, filter).await
    }

    /// Articles whose source said in the filter's time that they are corrected, the last first.
    pub async fn articles_corrected(
        &self,
        filter: &ArticleFilter,
    ) -> Result<Vec<Article>, StoreError> {
        self.found(CORRECTED, filter).await
    }

    async fn found(
        &self,
        statement: &'static str,
        filter: &ArticleFilter,
    ) -> Result<Vec<Article>, StoreError> {
        let rows: Vec<ArticleRow> = sqlx::query_as(statement)
            .bind(filter.list.map(|l| l.0))
            .bind(filter.source.map(|s| s.0))
            .bind(to_ms(filter.after))
            .bind(to_ms(filter.until))
            .bind(i64::try_from(filter.limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(ArticleRow::article).collect()
    }

    /// The articles that tell a story, in the order in which they came.
    pub async fn story_articles(&self, story: StoryId) -> Result<Vec<Article>, StoreError> {
        let rows: Vec<ArticleRow> = sqlx::query_as(OF_STORY)
            .bind(story.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(ArticleRow::article).collect()
    }

    /// Sets until when no letter may bring an article and the others of its page, nor those `copies` of
    /// it with theirs; `None` lifts it. Returns how many it concerns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article_embargo(
        &self,
        id: ArticleId,
        copies: &[ArticleId],
        until: Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut named = vec![id];
        named.extend(copies);
        let all = same_page::of_pages(&mut tx, &named).await?;
        if !all.contains(&id) {
            return Err(not_found(id));
        }
        let done = sqlx::query(EMBARGO)
            .bind(json!(all).to_string())
            .bind(until.map(to_ms))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Every text of an article, the oldest first.
    pub async fn article_texts(&self, id: ArticleId) -> Result<Vec<StoredText>, StoreError> {
        let rows: Vec<StoredTextRow> = sqlx::query_as(TEXTS)
            .bind(id.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: StoredTextRow| {
            Ok(StoredText {
                revision: RevisionId(row.revision_id),
                seq: row.seq,
                seen: instant(row.seen_ms, "article_revision.seen_ms")?,
                by_editor: row.by_editor,
                undone: instant_or_none(row.undone_ms, "article_revision.undone_ms")?,
                text: row.text.text()?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The texts to print, by revision. A revision that is not stored is left out.
    pub async fn revisions(
        &self,
        ids: &[RevisionId],
    ) -> Result<BTreeMap<RevisionId, PrintedArticle>, StoreError> {
        let rows: Vec<PrintedRow> = sqlx::query_as(PRINTED)
            .bind(to_json(&ids, "article_revision.revision_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: PrintedRow| {
            let printed = PrintedArticle {
                article: ArticleId(row.article_id),
                url: url(&row.url)?,
                fragment: row.fragment,
                source_name: row.source_name,
                language: row.language,
                pixels: None,
                published: instant_or_none(row.published_ms, "article.published_ms")?,
                text: row.text.text()?,
                facts: StoryFacts::default(),
            };
            Ok((RevisionId(row.revision_id), printed))
        };
        rows.into_iter().map(read).collect()
    }
}

fn url(text: &str) -> Result<CanonicalUrl, StoreError> {
    CanonicalUrl::parse(text, None).map_err(|_| unreadable("article.url", text))
}

fn not_found(name: impl std::fmt::Display) -> StoreError {
    StoreError::NotFound {
        what: "article",
        name: name.to_string(),
    }
}
