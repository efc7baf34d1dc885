//! Editors' words on stories: merged, split, and taken back. A word is a row with what it moved; what
//! an article told before stays written. Memory goes by printed texts, and so follows every change.

use serde_json::json;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::audit::deed;
use super::{Store, StoreError, instant, unreadable};
use crate::domain::audit::Deed;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, StoryId, StoryWordId, words};
use crate::stories::{Link, following};

const KNOWN: &str =
    "select count(*) from story where story_id in (select value from json_each($1))";
const OF_STORY: &str = "select article_id from article where story_id = $1 order by article_id";
const OPEN: &str = "insert into story (created_ms) values ($1) returning story_id";
const MOVE: &str = "update article set strand_id = coalesce(strand_id, story_id), story_id = $1 \
     where article_id in (select value from json_each($2)) and story_id <> $1 returning article_id";
// At one instant a word replaces the one before it: the last one said counts.
const MOVED: &str = "insert into article_story (article_id, story_id, since_ms, by_whom) \
     select value, $1, $2, $3 from json_each($4) where true \
     on conflict (article_id, since_ms, story_id) do update set by_whom = excluded.by_whom, \
     of_article = null, share = null";
const SAY: &str = "insert into story_word (kind, story_id, other_id, stayed, undoes, by_whom, at_ms) \
     values ($1, $2, $3, $4, $5, $6, $7) returning word_id";
const SAID_OF: &str = "insert into story_word_article (word_id, article_id) \
     select $1, value from json_each($2) where true";
macro_rules! said {
    ($rest:literal) => {
        concat!(
            "select w.word_id, w.kind, w.story_id, w.other_id, w.undoes, w.by_whom, w.at_ms, \
             exists (select 1 from story_word u where u.undoes = w.word_id) as undone, \
             (select json_group_array(x.article_id) from story_word_article x \
              where x.word_id = w.word_id) as articles from story_word w where ",
            $rest
        )
    };
}
const ABOUT: &str = said!(
    "w.story_id = $1 or w.other_id = $1 or w.word_id in (select x.word_id from article a \
     join story_word_article x on x.article_id = a.article_id where a.story_id = $1) \
     order by w.word_id"
);
const WORD: &str = said!("w.word_id = $1");
// By which article each came into the story; none for what an editor put there.
const LINKS: &str = "select a.article_id, (select s.of_article from article_story s \
      where s.article_id = a.article_id order by s.since_ms desc limit 1) \
     from article a where a.story_id = $1";

words! {
    /// What an editor said of stories.
    StoryWordKind {
        /// Two are one.
        Merge = "merge",
        /// One is two.
        Split = "split",
        /// An earlier word no longer counts.
        Undo = "undo",
    }
}

/// An editor's word on stories.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct StoryWord {
    /// Row id; words count in this order.
    pub id: StoryWordId,
    /// What was said.
    pub kind: StoryWordKind,
    /// The story into which another one went, or out of which one was made.
    pub story: StoryId,
    /// That other one.
    pub other: StoryId,
    /// What moved.
    pub articles: Vec<ArticleId>,
    /// The word that this one takes back.
    pub undoes: Option<StoryWordId>,
    /// Somebody took it back.
    pub undone: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What taking a word back comes to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Return {
    /// The story that articles leave.
    pub from: StoryId,
    /// Where they go.
    pub to: StoryId,
    /// Those that the word moved.
    pub back: Vec<ArticleId>,
    /// Those that came since by one of them, and go along.
    pub along: Vec<ArticleId>,
    /// Those that the word moved and that another word has moved since: they stay where they are.
    pub elsewhere: Vec<ArticleId>,
}

#[derive(sqlx::FromRow)]
struct WordRow {
    word_id: i64,
    kind: String,
    story_id: i64,
    other_id: i64,
    undoes: Option<i64>,
    by_whom: String,
    at_ms: i64,
    undone: bool,
    articles: String,
}

impl WordRow {
    fn word(self) -> Result<StoryWord, StoreError> {
        let mut articles: Vec<ArticleId> =
            super::from_json(&self.articles, "story_word_article.article_id")?;
        articles.sort_unstable();
        Ok(StoryWord {
            id: StoryWordId(self.word_id),
            kind: StoryWordKind::parse(&self.kind)
                .map_err(|_| unreadable("story_word.kind", &self.kind))?,
            story: StoryId(self.story_id),
            other: StoryId(self.other_id),
            articles,
            undoes: self.undoes.map(StoryWordId),
            undone: self.undone,
            by: self.by_whom,
            at: instant(self.at_ms, "story_word.at_ms")?,
        })
    }
}

/// A word on its way into the database.
struct New<'w> {
    kind: StoryWordKind,
    story: StoryId,
    other: StoryId,
    stayed: Option<ArticleId>,
    undoes: Option<StoryWordId>,
    by: &'w str,
    now: Timestamp,
}

impl Store {
    /// Every word that has to do with a story or moved one of its articles, oldest first.
    pub async fn story_words(&self, story: StoryId) -> Result<Vec<StoryWord>, StoreError> {
        let rows: Vec<WordRow> = sqlx::query_as(ABOUT)
            .bind(story.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(WordRow::word).collect()
    }

    /// Makes stories one: the articles of all tell the first one from now on, and what is like them
    /// later joins it. One word for each of the others. Says which articles moved.
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
        let known: i64 = sqlx::query_scalar(KNOWN)
            .bind(json!(all).to_string())
            .fetch_one(&mut *tx)
            .await?;
        if usize::try_from(known).ok() != Some(all.len()) {
            return Err(missing("story", &all));
        }
        let mut moved = Vec::new();
        for other in all.into_iter().map(StoryId).filter(|s| s != into) {
            let articles = of_story(&mut tx, other).await?;
            if articles.is_empty() {
                continue;
            }
            let word = New {
                kind: StoryWordKind::Merge,
                story: *into,
                other,
                stayed: None,
                undoes: None,
                by,
                now,
            };
            moved.extend(say(&mut tx, &word, *into, &articles, "merged").await?);
        }
        let done = Deed {
            became: format!("articles that moved: {}", json!(moved)),
            ..deed("merge", format_args!("story {into}"))
        };
        self.note(&mut tx, by, done, now).await?;
        tx.commit().await?;
        moved.sort_unstable();
        Ok(moved)
    }

    /// Takes articles out of their story: together they tell a new one from now on. What comes in later
    /// and copies one side joins that side, whatever page or headline it has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if any of them does not tell the story, if there is none, or if nothing
    /// of it would stay; then nothing changes.
    pub async fn story_split(
        &self,
        story: StoryId,
        articles: &[ArticleId],
        by: &str,
        now: Timestamp,
    ) -> Result<StoryId, StoreError> {
        let mut tx = self.write().await?;
        let all = of_story(&mut tx, story).await?;
        let named: Vec<i64> = articles.iter().map(|a| a.0).collect();
        if named.is_empty() || articles.iter().any(|a| !all.contains(a)) {
            return Err(missing("article of this story", &named));
        }
        let stayed = all.iter().find(|a| !articles.contains(a));
        let stayed = stayed.ok_or_else(|| missing("article that would stay beside", &named))?;
        let new: i64 = sqlx::query_scalar(OPEN)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await?;
        let new = StoryId(new);
        let word = New {
            kind: StoryWordKind::Split,
            story,
            other: new,
            stayed: Some(*stayed),
            undoes: None,
            by,
            now,
        };
        say(&mut tx, &word, new, articles, "split").await?;
        let done = Deed {
            became: format!("story {new}: articles {}", json!(named)),
            ..deed("split", format_args!("story {story}"))
        };
        self.note(&mut tx, by, done, now).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// What taking a word back would come to. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such word, or it counts no longer, or takes one back.
    pub async fn story_return(&self, word: StoryWordId) -> Result<Return, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(returned(&mut connection, word).await?.1)
    }

    /// Takes a merge or a split back: what it moved returns, and with it what came since by any of it.
    ///
    /// # Errors
    /// As [`Store::story_return`].
    pub async fn story_undo(
        &self,
        word: StoryWordId,
        by: &str,
        now: Timestamp,
    ) -> Result<Return, StoreError> {
        let mut tx = self.write().await?;
        let (said, back) = returned(&mut tx, word).await?;
        let articles = [back.back.as_slice(), &back.along].concat();
        let new = New {
            kind: StoryWordKind::Undo,
            story: said.story,
            other: said.other,
            stayed: None,
            undoes: Some(word),
            by,
            now,
        };
        let verb = format!("{} undone", said.kind);
        say(&mut tx, &new, back.to, &articles, &verb).await?;
        let done = deed(&verb, format_args!("story {}", said.story));
        self.note(&mut tx, by, done, now).await?;
        tx.commit().await?;
        Ok(back)
    }
}

/// A word that may be taken back, and what that comes to.
async fn returned(
    connection: &mut SqliteConnection,
    word: StoryWordId,
) -> Result<(StoryWord, Return), StoreError> {
    let row: Option<WordRow> = sqlx::query_as(WORD)
        .bind(word.0)
        .fetch_optional(&mut *connection)
        .await?;
    let said = row.map(WordRow::word).transpose()?;
    let stands = |w: &StoryWord| w.kind != StoryWordKind::Undo && !w.undone;
    let none = || missing("word that counts", &[word.0]);
    let said = said.filter(stands).ok_or_else(none)?;
    let (from, to) = match said.kind {
        StoryWordKind::Split => (said.other, said.story),
        StoryWordKind::Merge | StoryWordKind::Undo => (said.story, said.other),
    };
    let here = of_story(connection, from).await?;
    let links: Vec<(i64, Option<i64>)> = sqlx::query_as(LINKS)
        .bind(from.0)
        .fetch_all(&mut *connection)
        .await?;
    let link = |(article, by): (i64, Option<i64>)| (ArticleId(article), by.map(ArticleId));
    let links: Vec<Link> = links.into_iter().map(link).collect();
    let moved = said.articles.iter().copied();
    let (back, elsewhere): (Vec<_>, Vec<_>) = moved.partition(|a| here.contains(a));
    let along = following(&back, &links);
    let back = Return {
        from,
        to,
        back,
        along,
        elsewhere,
    };
    Ok((said, back))
}

async fn of_story(
    connection: &mut SqliteConnection,
    story: StoryId,
) -> Result<Vec<ArticleId>, StoreError> {
    let articles: Vec<i64> = sqlx::query_scalar(OF_STORY)
        .bind(story.0)
        .fetch_all(connection)
        .await?;
    Ok(articles.into_iter().map(ArticleId).collect())
}

/// Writes a word down and moves articles to a story; says which ones moved, ascending.
async fn say(
    tx: &mut Transaction<'static, Sqlite>,
    new: &New<'_>,
    to: StoryId,
    articles: &[ArticleId],
    verb: &str,
) -> Result<Vec<ArticleId>, StoreError> {
    let mut moved: Vec<i64> = sqlx::query_scalar(MOVE)
        .bind(to.0)
        .bind(json!(articles).to_string())
        .fetch_all(&mut **tx)
        .await?;
    moved.sort_unstable();
    let named = json!(moved).to_string();
    sqlx::query(MOVED)
        .bind(to.0)
        .bind(to_ms(new.now))
        .bind(format!("{verb} by {}", new.by))
        .bind(&named)
        .execute(&mut **tx)
        .await?;
    let word: i64 = sqlx::query_scalar(SAY)
        .bind(new.kind.as_str())
        .bind(new.story.0)
        .bind(new.other.0)
        .bind(new.stayed.map(|a| a.0))
        .bind(new.undoes.map(|w| w.0))
        .bind(new.by)
        .bind(to_ms(new.now))
        .fetch_one(&mut **tx)
        .await?;
    sqlx::query(SAID_OF)
        .bind(word)
        .bind(&named)
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
