//! Stories as editors see them: which articles tell each and why, and their word on it. What an
//! article told before stays written; memory goes by printed texts, and so follows every change.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Store, StoreError, instant};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, StoryId};

const WHY: &str = "select s.article_id, s.since_ms, s.by_whom from article a \
     join article_story s on s.article_id = a.article_id and s.story_id = a.story_id \
     where a.story_id = $1 order by s.article_id, s.since_ms";
const LATELY: &str = "select a.story_id, count(*) as articles, count(distinct a.source_id), \
     max(a.dated_ms) as newest, (select r.headline from article b \
       join article_revision r on r.revision_id = b.revision_id \
       where b.story_id = a.story_id order by b.article_id limit 1) \
     from article a where a.story_id in (select story_id from article where dated_ms >= $1) \
     group by a.story_id having count(*) >= $2 order by newest desc, a.story_id desc limit $3";
const OF_STORIES: &str =
    "select article_id from article where story_id in (select value from json_each($1))";
const KNOWN: &str =
    "select count(*) from story where story_id in (select value from json_each($1))";
const KNOWN_ARTICLES: &str =
    "select count(*) from article where article_id in (select value from json_each($1))";
const OPEN: &str = "insert into story (created_ms) values ($1) returning story_id";
const MOVE: &str = "update article set story_id = $1 \
     where article_id in (select value from json_each($2)) and story_id <> $1 returning article_id";
// At one instant a word replaces the one before it: the last one said counts.
const MOVED: &str = "insert into article_story (article_id, story_id, since_ms, by_whom) \
     select value, $1, $2, $3 from json_each($4) where true \
     on conflict (article_id, since_ms, story_id) do update set by_whom = excluded.by_whom";

/// Why an article points to its story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// The article.
    pub article: ArticleId,
    /// Since when.
    pub since: Timestamp,
    /// `url`, `title`, `copy`, `cluster`, `new`, or `merged by` and `split by` with an editor's name.
    pub by: String,
}

/// A story in a list of stories.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ListedStory {
    /// Its number.
    pub story: StoryId,
    /// How many articles tell it.
    pub articles: i64,
    /// Of how many sources.
    pub sources: i64,
    /// When its newest article is dated.
    pub newest: Timestamp,
    /// The headline of its first article.
    pub headline: String,
}

/// Why each article of a story points to it, by article.
pub type Why = BTreeMap<ArticleId, Told>;

impl Store {
    /// Why each article of a story points to it, by article.
    pub async fn story_told(&self, story: StoryId) -> Result<Why, StoreError> {
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(WHY)
            .bind(story.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(article, since_ms, by)| {
            let article = ArticleId(article);
            let since = instant(since_ms, "article_story.since_ms")?;
            Ok((article, Told { article, since, by }))
        };
        rows.into_iter().map(read).collect()
    }

    /// Stories with an article dated since then and at least so many articles in all, newest first.
    pub async fn stories(
        &self,
        since: Timestamp,
        articles: i64,
        limit: usize,
    ) -> Result<Vec<ListedStory>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64, String)> = sqlx::query_as(LATELY)
            .bind(to_ms(since))
            .bind(articles)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let read = |(story, articles, sources, newest, headline)| {
            Ok(ListedStory {
                story: StoryId(story),
                articles,
                sources,
                newest: instant(newest, "article.dated_ms")?,
                headline,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Makes stories one: the articles of all tell the first one from now on, and what is like them
    /// later joins it. Says which articles moved.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if any of them is not there; then nothing changes.
    pub async fn story_merge(
        &self,
        stories: &[StoryId],
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<ArticleId>, StoreError> {
        let Some(into) = stories.first() else {
            return Ok(Vec::new());
        };
        let mut all: Vec<i64> = stories.iter().map(|s| s.0).collect();
        all.sort_unstable();
        all.dedup();
        let mut tx = self.write().await?;
        let named = json!(all).to_string();
        let known: i64 = sqlx::query_scalar(KNOWN)
            .bind(&named)
            .fetch_one(&mut *tx)
            .await?;
        if usize::try_from(known).ok() != Some(all.len()) {
            return Err(missing("story", &all));
        }
        let articles: Vec<i64> = sqlx::query_scalar(OF_STORIES)
            .bind(&named)
            .fetch_all(&mut *tx)
            .await?;
        let moved = tell(&mut tx, *into, &articles, &format!("merged by {by}"), now).await?;
        tx.commit().await?;
        Ok(moved)
    }

    /// Takes articles out of their stories: together they tell a new one from now on. What comes in
    /// later joins whichever story it is nearer to.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if any of them is not there; then nothing changes.
    pub async fn story_split(
        &self,
        articles: &[ArticleId],
        by: &str,
        now: Timestamp,
    ) -> Result<StoryId, StoreError> {
        let mut all: Vec<i64> = articles.iter().map(|a| a.0).collect();
        all.sort_unstable();
        all.dedup();
        let mut tx = self.write().await?;
        let known: i64 = sqlx::query_scalar(KNOWN_ARTICLES)
            .bind(json!(all).to_string())
            .fetch_one(&mut *tx)
            .await?;
        if all.is_empty() || usize::try_from(known).ok() != Some(all.len()) {
            return Err(missing("article", &all));
        }
        let story: i64 = sqlx::query_scalar(OPEN)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await?;
        let story = StoryId(story);
        tell(&mut tx, story, &all, &format!("split by {by}"), now).await?;
        tx.commit().await?;
        Ok(story)
    }
}

async fn tell(
    tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    story: StoryId,
    articles: &[i64],
    by: &str,
    now: Timestamp,
) -> Result<Vec<ArticleId>, StoreError> {
    let mut moved: Vec<i64> = sqlx::query_scalar(MOVE)
        .bind(story.0)
        .bind(json!(articles).to_string())
        .fetch_all(&mut **tx)
        .await?;
    moved.sort_unstable();
    sqlx::query(MOVED)
        .bind(story.0)
        .bind(to_ms(now))
        .bind(by)
        .bind(json!(moved).to_string())
        .execute(&mut **tx)
        .await?;
    Ok(moved.into_iter().map(ArticleId).collect())
}

fn missing(what: &'static str, names: &[i64]) -> StoreError {
    let names: Vec<String> = names.iter().map(i64::to_string).collect();
    StoreError::NotFound {
        what,
        name: names.join(", "),
    }
}
