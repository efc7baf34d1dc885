//! Reading what an edition may bring: candidates, every text of the stories that they tell, and where
//! these are from.

use super::{Store, StoreError, from_json, to_json};
use crate::domain::article::{
    CategoryMap, Origin, PlaceEvidence, StoryFacts, count_words, reading_minutes,
};
use crate::domain::selection::Candidate;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, ListId, RevisionId, SourceId, StoryId};
use crate::select::features;
use crate::stories::origin::Traced;

macro_rules! candidates {
    ($until:literal, $rest:literal) => {
        concat!(
            "select a.article_id, a.revision_id, a.story_id, a.source_id, r.headline, r.summary, \
             substr(r.body, 1, 20000) as body, \
             case when a.embargo_ms <= ",
            $until,
            " then max(a.dated_ms, a.embargo_ms) else a.dated_ms end as dated_ms, \
             case when a.embargo_ms > ",
            $until,
            " then a.embargo_ms end as embargo_ms, case when s.settle_s > 0 and a.first_seen_ms + 1000 * s.settle_s > ",
            $until,
            " then a.first_seen_ms + 1000 * s.settle_s end as settles_ms, a.topics, a.places, r.categories, \
             a.language, r.byline, s.quality, length(r.body) as body_chars, p.words as page_words, \
             p.publisher_name, p.publisher_url from article a \
             join article_revision r on r.revision_id = a.revision_id \
             join source s on s.source_id = a.source_id \
             left join article_page p on p.article_id = a.article_id \
             where a.source_id in (select source_id from list_source where list_id = $1) \
             and a.withdrawn_ms is null and ",
            $rest,
            " order by a.article_id"
        )
    };
}
const CANDIDATES: &str = candidates!(
    "$3",
    "a.backlog = 0 and a.dated_ms <= $3 \
     and (a.dated_ms > $2 or (a.embargo_ms > $2 and a.embargo_ms <= $3))"
);
const CANDIDATES_OF: &str = candidates!(
    "$2",
    "a.dated_ms <= $2 and a.story_id in (select value from json_each($3))"
);
const STORY_TEXTS: &str = "select a.story_id, k.revision_id, a.source_id, \
     a.dated_ms <= $2 and a.withdrawn_ms is null and coalesce(a.embargo_ms <= $2, 1) as tells \
     from json_each($1) s cross join article a on a.story_id = s.value \
     join article_revision k on k.article_id = a.article_id order by a.story_id, k.revision_id";
const ORIGINS: &str = "select a.story_id, a.article_id, a.url, s.location, p.publisher_domain \
     from json_each($1) j cross join article a on a.story_id = j.value \
     join source s on s.source_id = a.source_id \
     left join article_page p on p.article_id = a.article_id \
     where a.withdrawn_ms is null order by a.story_id, a.article_id";
const WORDING: &str = "select r.revision_id, r.headline, r.summary, substr(r.body, 1, 20000) \
     from json_each($1) j cross join article_revision r on r.revision_id = j.value";

/// A text of a story, by its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryText {
    /// Which story.
    pub story: StoryId,
    /// Which text.
    pub revision: RevisionId,
    /// Of which source its article is.
    pub source: SourceId,
    /// Whether that article told the story by the instant that was asked for, and still does.
    pub tells: bool,
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    article_id: i64,
    revision_id: i64,
    story_id: i64,
    source_id: i64,
    headline: String,
    summary: String,
    body: Option<String>,
    dated_ms: i64,
    embargo_ms: Option<i64>,
    settles_ms: Option<i64>,
    topics: String,
    places: String,
    categories: String,
    language: Option<String>,
    byline: String,
    quality: i64,
    body_chars: Option<i64>,
    page_words: Option<i64>,
    publisher_name: Option<String>,
    publisher_url: Option<String>,
}

impl CandidateRow {
    /// Minutes that the whole piece takes, as far as it is known: a summary is not the piece.
    fn minutes(&self) -> Option<u32> {
        let counted = self.page_words.and_then(|n| u32::try_from(n).ok());
        let words = counted.filter(|n| *n > 0).unwrap_or_else(|| {
            let read = self.body.as_deref().unwrap_or_default();
            let (words, chars) = (u64::from(count_words(read)), read.chars().count() as u64);
            let whole = self.body_chars.and_then(|n| u64::try_from(n).ok());
            // Of a long body the beginning was read; the rest has as many words a character.
            let words = words * whole.unwrap_or(chars).max(chars) / chars.max(1);
            u32::try_from(words).unwrap_or(u32::MAX)
        });
        reading_minutes(words)
    }

    fn candidate(self) -> Result<Candidate, StoreError> {
        let places: Vec<PlaceEvidence> = from_json(&self.places, "article.places")?;
        let categories: Vec<String> = from_json(&self.categories, "article_revision.categories")?;
        let revision = RevisionId(self.revision_id);
        let (article, story) = (ArticleId(self.article_id), StoryId(self.story_id));
        let told = self.body.as_deref().unwrap_or(&self.summary);
        let no_names: [&str; 0] = [];
        let facts = StoryFacts {
            minutes: self.minutes(),
            origin: self.publisher_name.map(|name| Origin {
                name,
                url: self.publisher_url,
            }),
            ..StoryFacts::default()
        };
        Ok(Candidate {
            words: u32::try_from(told.split_whitespace().count()).unwrap_or(u32::MAX),
            features: features(&self.headline, &self.summary, &no_names),
            headline: self.headline,
            dated_ms: self.dated_ms,
            embargo_ms: self.embargo_ms,
            settles_ms: self.settles_ms,
            topics: from_json(&self.topics, "article.topics")?,
            places: places.into_iter().map(|p| p.place).collect(),
            categories: categories.iter().map(|c| CategoryMap::key(c)).collect(),
            language: self.language,
            author: folded(&self.byline),
            quality: u16::try_from(self.quality).unwrap_or(0),
            facts,
            ..Candidate::of(article, revision, story, SourceId(self.source_id))
        })
    }
}

/// A byline without case, spaces and punctuation, so that spellings of one name agree.
fn folded(byline: &str) -> String {
    let letters = byline.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).take(80).collect()
}

impl Store {
    /// What an edition of a list may bring: articles of its sources dated after `after` and not
    /// after `until`, without backlog and withdrawn ones, by article id. Their own text is their only
    /// kin yet: see [`Store::story_texts`].
    pub async fn candidates(
        &self,
        list: ListId,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Candidate>, StoreError> {
        let rows: Vec<CandidateRow> = sqlx::query_as(CANDIDATES)
            .bind(list.0)
            .bind(to_ms(after))
            .bind(to_ms(until))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CandidateRow::candidate).collect()
    }

    /// The list's articles that tell one of these stories, whatever their age and backlog ones too:
    /// what an editor pinned or made the lead.
    pub async fn candidates_of(
        &self,
        stories: &[StoryId],
        list: ListId,
        until: Timestamp,
    ) -> Result<Vec<Candidate>, StoreError> {
        let rows: Vec<CandidateRow> = sqlx::query_as(CANDIDATES_OF)
            .bind(list.0)
            .bind(to_ms(until))
            .bind(to_json(&stories, "article.story_id")?)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CandidateRow::candidate).collect()
    }

    /// Every text that was ever kept of these stories' articles, by story and text; which of them told
    /// it by `until`.
    pub async fn story_texts(
        &self,
        stories: &[StoryId],
        until: Timestamp,
    ) -> Result<Vec<StoryText>, StoreError> {
        let rows: Vec<(i64, i64, i64, bool)> = sqlx::query_as(STORY_TEXTS)
            .bind(to_json(&stories, "article.story_id")?)
            .bind(to_ms(until))
            .fetch_all(&self.readers)
            .await?;
        let read = |(story, revision, source, tells)| StoryText {
            story: StoryId(story),
            revision: RevisionId(revision),
            source: SourceId(source),
            tells,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// What the articles of stories say of where they are from, by story and article.
    pub async fn story_origins(
        &self,
        stories: &[StoryId],
    ) -> Result<Vec<(StoryId, Traced)>, StoreError> {
        let rows: Vec<(i64, i64, String, String, Option<String>)> = sqlx::query_as(ORIGINS)
            .bind(to_json(&stories, "article.story_id")?)
            .fetch_all(&self.readers)
            .await?;
        let host = |url: &str| {
            let url = url::Url::parse(url).ok();
            let host = url.as_ref().and_then(url::Url::host_str);
            host.unwrap_or_default().to_owned()
        };
        let read = |(story, article, page, feed, publisher): (_, _, String, String, _)| {
            let traced = Traced {
                article: ArticleId(article),
                host: host(&page),
                source_host: host(&feed),
                publisher,
            };
            (StoryId(story), traced)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The words of texts: headline, summary and the beginning of the body in one.
    pub async fn wording(
        &self,
        texts: &[RevisionId],
    ) -> Result<Vec<(RevisionId, String)>, StoreError> {
        let rows: Vec<(i64, String, String, Option<String>)> = sqlx::query_as(WORDING)
            .bind(to_json(&texts, "article_revision.revision_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, headline, summary, body): (_, String, String, Option<String>)| {
            let body = body.unwrap_or_default();
            (RevisionId(id), format!("{headline}\n{summary}\n{body}"))
        };
        Ok(rows.into_iter().map(read).collect())
    }
}
