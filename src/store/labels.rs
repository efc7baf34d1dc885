//! What is said of articles: the labels that were found, and editors' words over them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::audit::deed;
use super::{Store, StoreError, from_json, instant, to_json, unreadable};
use crate::domain::ArticleId;
use crate::domain::article::{PlaceEvidence, TopicWeight};
use crate::domain::audit::Deed;
use crate::domain::labels::{Labels, Risk, RiskCategory, RiskLevel};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::words;

const LABELS_UPSERT: &str = "insert into article_labels (article_id, topics, places, state, said) \
     select value->>'article', value->>'topics', value->>'places', value->>'state', value->>'said' \
     from json_each($1) where true \
     on conflict (article_id) do update set topics = excluded.topics, places = excluded.places, \
     state = excluded.state, said = excluded.said";
// An editor's word goes before what was found; without either, what the article has stays.
const APPLY: &str = "update article set \
     topics = coalesce((select w.value from article_word w where w.article_id = article.article_id \
       and w.about = 'topics' and not exists (select 1 from article_word u where u.undoes = w.word_id) \
       order by w.word_id desc limit 1), \
      (select l.topics from article_labels l where l.article_id = article.article_id), topics), \
     places = coalesce((select w.value from article_word w where w.article_id = article.article_id \
       and w.about = 'places' and not exists (select 1 from article_word u where u.undoes = w.word_id) \
       order by w.word_id desc limit 1), \
      (select l.places from article_labels l where l.article_id = article.article_id), places) \
     where article_id in (select value from json_each($1))";
const SAID: &str = "select said from article_labels where article_id = $1";
const HAS: &str = "select topics, places from article where article_id = $1";
const WORDS: &str = "select w.word_id, w.about, w.category, w.value, w.by_whom, w.at_ms \
     from article_word w where w.article_id = $1 and w.about <> 'undo' and not exists \
     (select 1 from article_word u where u.undoes = w.word_id) order by w.word_id";
const WORD_INSERT: &str = "insert into article_word (article_id, about, category, value, undoes, \
     by_whom, at_ms) values ($1, $2, $3, $4, $5, $6, $7)";

words! {
    /// What an editor's word is about.
    About {
        /// Every topic of an article.
        Topics = "topics",
        /// Every place of an article.
        Places = "places",
        /// One category of its story's risk.
        Risk = "risk",
    }
}

/// What an editor says of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Word {
    /// It has these topics and no other.
    Topics {
        /// The topics.
        topics: Vec<TopicWeight>,
    },
    /// It has these places and no other.
    Places {
        /// The places.
        places: Vec<PlaceEvidence>,
    },
    /// Its story has so much of a category.
    Risk {
        /// Which category.
        category: RiskCategory,
        /// How much of it.
        level: RiskLevel,
    },
}

impl Word {
    /// What it is about.
    pub fn about(&self) -> About {
        match self {
            Word::Topics { .. } => About::Topics,
            Word::Places { .. } => About::Places,
            Word::Risk { .. } => About::Risk,
        }
    }

    fn stored(&self) -> Result<(Option<&'static str>, String), StoreError> {
        Ok(match self {
            Word::Topics { topics } => (None, to_json(topics, "article_word.value")?),
            Word::Places { places } => (None, to_json(places, "article_word.value")?),
            Word::Risk { category, level } => (Some(category.as_str()), level.as_str().to_owned()),
        })
    }
}

/// An editor's word that is not undone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredWord {
    /// Row id.
    #[serde(skip)]
    pub id: i64,
    /// What was said.
    #[serde(flatten)]
    pub word: Word,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Everything that is said of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// What was found; `None` where no reasons were kept.
    pub labels: Option<Labels>,
    /// Editors' words that are not undone, the oldest first.
    pub words: Vec<StoredWord>,
}

impl Said {
    /// The word that holds for topics or places.
    pub fn word(&self, about: About) -> Option<&StoredWord> {
        let mut newest = self.words.iter().rev();
        newest.find(|w| w.word.about() == about)
    }

    /// The risks of its story, editors' words over what was found.
    pub fn risk(&self) -> Risk {
        let found = self.labels.as_ref().map(|l| l.risk.clone());
        let mut risk = found.unwrap_or_else(|| Risk {
            unclassified: Some("it was not looked for".to_owned()),
            found: Vec::new(),
        });
        for stored in &self.words {
            if let Word::Risk { category, level } = stored.word {
                risk = risk.with_word(category, level, &stored.by);
            }
        }
        risk
    }
}

#[derive(sqlx::FromRow)]
struct WordRow {
    word_id: i64,
    about: String,
    category: Option<String>,
    value: String,
    by_whom: String,
    at_ms: i64,
}

impl WordRow {
    fn word(self) -> Result<StoredWord, StoreError> {
        let place = "article_word.value";
        let wrong = || unreadable(place, &self.value);
        let about =
            About::parse(&self.about).map_err(|_| unreadable("article_word.about", &self.about))?;
        let word = match about {
            About::Topics => Word::Topics {
                topics: from_json(&self.value, place)?,
            },
            About::Places => Word::Places {
                places: from_json(&self.value, place)?,
            },
            About::Risk => Word::Risk {
                category: RiskCategory::parse(self.category.as_deref().unwrap_or_default())
                    .map_err(|_| wrong())?,
                level: RiskLevel::parse(&self.value).map_err(|_| wrong())?,
            },
        };
        Ok(StoredWord {
            id: self.word_id,
            word,
            at: instant(self.at_ms, "article_word.at_ms")?,
            by: self.by_whom,
        })
    }
}

impl Store {
    /// What is said of an article, and by whom.
    pub async fn article_said(&self, id: ArticleId) -> Result<Said, StoreError> {
        let said: Option<String> = sqlx::query_scalar(SAID)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        let labels = said.map(|text| from_json(&text, "article_labels.said"));
        let rows: Vec<WordRow> = sqlx::query_as(WORDS)
            .bind(id.0)
            .fetch_all(&self.readers)
            .await?;
        let words = rows.into_iter().map(WordRow::word);
        Ok(Said {
            labels: labels.transpose()?,
            words: words.collect::<Result<_, _>>()?,
        })
    }

    /// Keeps an editor's word; the article has at once what it says, and keeps it whatever its
    /// source brings later.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article_word(
        &self,
        id: ArticleId,
        word: &Word,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        keep_found(&mut tx, id).await?;
        let (category, value) = word.stored()?;
        sqlx::query(WORD_INSERT)
            .bind(id.0)
            .bind(word.about().as_str())
            .bind(category)
            .bind(&value)
            .bind(None::<i64>)
            .bind(by)
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?;
        apply(&mut tx, &[id]).await?;
        let done = Deed {
            became: format!("{} {value}", category.unwrap_or_default())
                .trim_start()
                .to_owned(),
            ..deed(
                &format!("label {}", word.about()),
                format_args!("article {id}"),
            )
        };
        self.note(&mut tx, by, done, now).await?;
        Ok(tx.commit().await?)
    }

    /// Takes an editor's word back; what was said or found before it holds again. `false` when it
    /// was undone already.
    pub async fn article_word_undo(
        &self,
        id: ArticleId,
        word: &StoredWord,
        by: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let rows: Vec<WordRow> = sqlx::query_as(WORDS).bind(id.0).fetch_all(&mut *tx).await?;
        if rows.iter().all(|r| r.word_id != word.id) {
            return Ok(false);
        }
        sqlx::query(WORD_INSERT)
            .bind(id.0)
            .bind("undo")
            .bind(None::<&str>)
            .bind(None::<&str>)
            .bind(word.id)
            .bind(by)
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?;
        apply(&mut tx, &[id]).await?;
        let done = deed("label undone", format_args!("article {id}"));
        self.note(&mut tx, by, done, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes what was found anew of stored articles, in one transaction; editors' words stay over
    /// it.
    pub async fn articles_relabel(
        &self,
        labels: &BTreeMap<ArticleId, Labels>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let rows: Vec<(ArticleId, &Labels)> = labels.iter().map(|(id, l)| (*id, l)).collect();
        write(&mut tx, &rows).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes what was found of articles, and gives them what holds now.
pub(super) async fn write(
    tx: &mut Transaction<'static, Sqlite>,
    rows: &[(ArticleId, &Labels)],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let row = |(id, labels): &(ArticleId, &Labels)| {
        Ok(json!({
            "article": id.0,
            "topics": to_json(&labels.held_topics(), "article_labels.topics")?,
            "places": to_json(&labels.held_places(), "article_labels.places")?,
            "state": labels.state,
            "said": to_json(labels, "article_labels.said")?,
        }))
    };
    let values: Result<Vec<serde_json::Value>, StoreError> = rows.iter().map(row).collect();
    let values = to_json(&values?, "article_labels")?;
    let upsert = sqlx::query(LABELS_UPSERT).bind(values);
    upsert.execute(&mut **tx).await?;
    let ids: Vec<ArticleId> = rows.iter().map(|(id, _)| *id).collect();
    apply(tx, &ids).await
}

/// Gives articles the topics and places that hold.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    ids: &[ArticleId],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let ids = to_json(&ids, "article.article_id")?;
    sqlx::query(APPLY).bind(ids).execute(connection).await?;
    Ok(())
}

/// An article from before reasons were kept gets a row of what it has, so that an editor's word can
/// be taken back.
async fn keep_found(
    tx: &mut Transaction<'static, Sqlite>,
    id: ArticleId,
) -> Result<(), StoreError> {
    let has: Option<(String, String)> = sqlx::query_as(HAS)
        .bind(id.0)
        .fetch_optional(&mut **tx)
        .await?;
    let Some((topics, places)) = has else {
        return Err(super::lists::not_found("article", id));
    };
    let said: Option<String> = sqlx::query_scalar(SAID)
        .bind(id.0)
        .fetch_optional(&mut **tx)
        .await?;
    if said.is_some() {
        return Ok(());
    }
    let topics: Vec<TopicWeight> = from_json(&topics, "article.topics")?;
    let places: Vec<PlaceEvidence> = from_json(&places, "article.places")?;
    write(tx, &[(id, &Labels::stated(&topics, &places))]).await
}
