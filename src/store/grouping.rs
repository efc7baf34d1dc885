//! What the database holds that a new article could tell again: found by address, headline, and the
//! keys of its text. Which of it is the same is said by `stories`, not here.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::{Sqlite, Transaction};

use super::{Incoming, StoreError, unreadable};
use crate::domain::article::{CanonicalUrl, dated};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, SourceId, StoryId};
use crate::stories::{self, Assignment, Known, Recent, SAME_HEADLINE_MS, Told, WINDOW_MS, Weights};

const NAMED: &str = "select article_id from article where url in (select value from json_each($1)) \
     union select article_id from article where page in (select value from json_each($2)) \
     union select article_id from article where headline_key in (select value from json_each($3)) \
       and dated_ms between $4 and $5";
// The newest few of each key, whatever stands under it.
const FILED: &str = "select k.value as key, (select json_group_array(article_id) from \
     (select s.article_id from story_key s where s.key = k.value and s.dated_ms between $2 and $3 \
      order by s.dated_ms desc, s.article_id desc limit 32)) as articles from json_each($1) k";
const FORGET: &str = "delete from story_key where key in (select value from json_each($1)) \
     and dated_ms < $2";
const TOLD: &str = "select a.article_id, a.story_id, coalesce(a.strand_id, a.story_id) as strand_id, a.source_id, a.url, a.dated_ms, r.headline, \
     r.summary, r.body from article a join article_revision r on r.revision_id = a.revision_id \
     where a.article_id in (select value from json_each($1)) order by a.article_id";
const LATELY: &str = "select a.article_id, a.story_id, coalesce(a.strand_id, a.story_id) as strand_id, a.source_id, a.url, a.dated_ms, r.headline, \
     r.summary, null as body from article a join article_revision r \
     on r.revision_id = a.revision_id order by a.dated_ms desc, a.article_id desc limit $1";
const UNFILED: &str = "select a.article_id, a.story_id, coalesce(a.strand_id, a.story_id) as strand_id, a.source_id, a.url, a.dated_ms, r.headline, \
     r.summary, r.body from article a join article_revision r on r.revision_id = a.revision_id \
     where a.filed = 0 and a.dated_ms >= $1 order by a.dated_ms desc limit $2";
// The two sides of each split that stands and has either side among these stories.
const APART: &str = "select distinct m.story_id, s.story_id from story_word w \
     join story_word_article x on x.word_id = w.word_id \
     join article m on m.article_id = x.article_id join article s on s.article_id = w.stayed \
     where w.kind = 'split' and w.at_ms >= $2 and m.story_id <> s.story_id \
     and (m.story_id in (select value from json_each($1)) \
      or s.story_id in (select value from json_each($1))) \
     and not exists (select 1 from story_word u where u.undoes = w.word_id)";
const NEWEST_OF: &str = "select article_id from article \
     where story_id in (select value from json_each($1)) and dated_ms >= $2 \
     order by dated_ms desc, article_id desc limit $3";
const FILE: &str = "insert into story_key (key, dated_ms, article_id) \
     select value->>0, value->>1, value->>2 from json_each($1) where true on conflict do nothing";
const PAGES: &str = "update article set filed = 1, page = n.value->>1 from json_each($1) as n \
     where article.article_id = n.value->>0";

/// Articles whose words say what is rare.
const SAMPLE: i64 = 150;
/// Articles of before that are filed with one call.
const CATCH_UP: i64 = 200;
/// Articles looked at for one that is new: copies, and those that speak of the same.
const COPIES: usize = 16;
const ABOUT: usize = 16;
/// Keys in common without which two articles do not speak of the same.
const SAME_WORDS: usize = 2;
/// Articles that are looked at of stories from which an editor split others.
const OTHER_SIDE: i64 = 64;

#[derive(sqlx::FromRow)]
struct Stored {
    article_id: i64,
    story_id: i64,
    strand_id: i64,
    source_id: i64,
    url: String,
    dated_ms: i64,
    headline: String,
    summary: String,
    body: Option<String>,
}

impl Stored {
    fn known(&self) -> Result<Known, StoreError> {
        let url = CanonicalUrl::parse(&self.url, None)
            .map_err(|_| unreadable("article.url", &self.url))?;
        Ok(Known::of(&Told {
            source: SourceId(self.source_id),
            url: &url,
            headline: &self.headline,
            summary: &self.summary,
            body: self.body.as_deref().unwrap_or_default(),
            dated_ms: self.dated_ms,
        }))
    }
}

/// New articles as they are compared, each with its story.
pub(super) struct Grouped {
    /// As given.
    pub(super) assignments: Vec<Assignment>,
    known: Vec<Known>,
    weights: Weights,
}

/// Asks `stories` with what the database holds that could be the same.
pub(super) async fn assign(
    tx: &mut Transaction<'static, Sqlite>,
    source: SourceId,
    fresh: &[&Incoming],
    now: Timestamp,
) -> Result<Grouped, StoreError> {
    let known: Vec<Known> = fresh.iter().map(|i| read(source, i, now)).collect();
    let mut weights = Weights::default();
    let lately: Vec<Stored> = sqlx::query_as(LATELY)
        .bind(SAMPLE)
        .fetch_all(&mut **tx)
        .await?;
    for stored in &lately {
        weights.note(stored.known()?.terms());
    }
    known.iter().for_each(|k| weights.note(k.terms()));
    catch_up(tx, &weights, now).await?;
    let ids = alike(tx, fresh, &known, &weights, now).await?;
    let mut stored = told(tx, ids.iter()).await?;
    let apart = apart(tx, &stored, now).await?;
    stored.extend(other_sides(tx, &stored, &apart, now).await?);
    stored.sort_unstable_by_key(|s| s.article_id);
    let read: Result<Vec<Known>, StoreError> = stored.iter().map(Stored::known).collect();
    let read = read?;
    let recent = |(s, known)| {
        let s: &Stored = s;
        Recent {
            article: ArticleId(s.article_id),
            story: StoryId(s.story_id),
            strand: StoryId(s.strand_id),
            known,
        }
    };
    let recent: Vec<Recent<'_>> = stored.iter().zip(&read).map(recent).collect();
    Ok(Grouped {
        assignments: stories::assign(&known, &recent, &apart, &weights),
        known,
        weights,
    })
}

async fn told(
    tx: &mut Transaction<'static, Sqlite>,
    articles: impl Iterator<Item = &i64>,
) -> Result<Vec<Stored>, StoreError> {
    let articles = json!(articles.collect::<Vec<_>>()).to_string();
    Ok(sqlx::query_as(TOLD)
        .bind(articles)
        .fetch_all(&mut **tx)
        .await?)
}

/// The stories of these articles that an editor split, each with its other side.
async fn apart(
    tx: &mut Transaction<'static, Sqlite>,
    articles: &[Stored],
    now: Timestamp,
) -> Result<Vec<(StoryId, StoryId)>, StoreError> {
    let stories: HashSet<i64> = articles.iter().map(|s| s.story_id).collect();
    let pairs: Vec<(i64, i64)> = sqlx::query_as(APART)
        .bind(json!(stories).to_string())
        .bind(to_ms(now).saturating_sub(WINDOW_MS))
        .fetch_all(&mut **tx)
        .await?;
    let pair = |(one, other)| (StoryId(one), StoryId(other));
    Ok(pairs.into_iter().map(pair).collect())
}

/// The newest articles of the other sides, where they are not among these.
async fn other_sides(
    tx: &mut Transaction<'static, Sqlite>,
    articles: &[Stored],
    apart: &[(StoryId, StoryId)],
    now: Timestamp,
) -> Result<Vec<Stored>, StoreError> {
    if apart.is_empty() {
        return Ok(Vec::new());
    }
    let sides: HashSet<i64> = apart.iter().flat_map(|(a, b)| [a.0, b.0]).collect();
    let newest: Vec<i64> = sqlx::query_scalar(NEWEST_OF)
        .bind(json!(sides).to_string())
        .bind(to_ms(now).saturating_sub(WINDOW_MS))
        .bind(OTHER_SIDE)
        .fetch_all(&mut **tx)
        .await?;
    let here: HashSet<i64> = articles.iter().map(|s| s.article_id).collect();
    told(tx, newest.iter().filter(|id| !here.contains(*id))).await
}

impl Grouped {
    /// Files the articles under their numbers, so that later ones find them.
    pub(super) async fn file(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        articles: &[i64],
    ) -> Result<(), StoreError> {
        let rows = articles.iter().copied().zip(&self.known);
        file(tx, rows, &self.weights).await
    }
}

fn read(source: SourceId, incoming: &Incoming, now: Timestamp) -> Known {
    let article = &incoming.article;
    Known::of(&Told {
        source,
        url: &article.url,
        headline: &article.text.headline,
        summary: &article.text.summary,
        body: article.text.body.as_deref().unwrap_or_default(),
        dated_ms: to_ms(dated(article.published, now)),
    })
}

/// Files articles of before that are young enough to be joined.
async fn catch_up(
    tx: &mut Transaction<'static, Sqlite>,
    weights: &Weights,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stored: Vec<Stored> = sqlx::query_as(UNFILED)
        .bind(to_ms(now).saturating_sub(WINDOW_MS))
        .bind(CATCH_UP)
        .fetch_all(&mut **tx)
        .await?;
    let mut read = Vec::with_capacity(stored.len());
    for stored in &stored {
        read.push((stored.article_id, stored.known()?));
    }
    file(tx, read.iter().map(|(id, known)| (*id, known)), weights).await
}

async fn file(
    tx: &mut Transaction<'static, Sqlite>,
    articles: impl Iterator<Item = (i64, &Known)>,
    weights: &Weights,
) -> Result<(), StoreError> {
    let (mut keys, mut pages) = (Vec::new(), Vec::new());
    for (id, known) in articles {
        let all = known.copy_keys().into_iter();
        for key in all.chain(known.about_keys(weights)) {
            keys.push(json!([key.cast_signed(), known.dated_ms(), id]));
        }
        pages.push(json!([id, known.page()]));
    }
    if pages.is_empty() {
        return Ok(());
    }
    for (statement, rows) in [(FILE, keys), (PAGES, pages)] {
        let rows = Value::Array(rows).to_string();
        sqlx::query(statement).bind(rows).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The articles that could be the same as one of the new ones.
async fn alike(
    tx: &mut Transaction<'static, Sqlite>,
    fresh: &[&Incoming],
    known: &[Known],
    weights: &Weights,
    now: Timestamp,
) -> Result<HashSet<i64>, StoreError> {
    let dates = || known.iter().map(Known::dated_ms);
    let (from, until) = (dates().min().unwrap_or(0), dates().max().unwrap_or(0));
    let urls: Vec<&str> = fresh.iter().map(|i| i.article.url.as_str()).collect();
    let pages: Vec<&str> = known.iter().filter_map(Known::page).collect();
    let headlines: Vec<&str> = known.iter().filter_map(Known::headline_key).collect();
    let named: Vec<i64> = sqlx::query_scalar(NAMED)
        .bind(json!(urls).to_string())
        .bind(json!(pages).to_string())
        .bind(json!(headlines).to_string())
        .bind(from.saturating_sub(SAME_HEADLINE_MS))
        .bind(until.saturating_add(SAME_HEADLINE_MS))
        .fetch_all(&mut **tx)
        .await?;
    let mut ids: HashSet<i64> = named.into_iter().collect();
    let asked: Vec<(Vec<u64>, Vec<u64>)> = known
        .iter()
        .map(|k| (k.copy_queries(), k.about_keys(weights)))
        .collect();
    let keys = asked
        .iter()
        .flat_map(|(copies, about)| copies.iter().chain(about));
    let keys: HashSet<i64> = keys.map(|k| k.cast_signed()).collect();
    let keys = json!(keys).to_string();
    sqlx::query(FORGET)
        .bind(&keys)
        .bind(to_ms(now).saturating_sub(WINDOW_MS))
        .execute(&mut **tx)
        .await?;
    let filed: Vec<(i64, String)> = sqlx::query_as(FILED)
        .bind(&keys)
        .bind(from.saturating_sub(WINDOW_MS))
        .bind(until.saturating_add(WINDOW_MS))
        .fetch_all(&mut **tx)
        .await?;
    let mut under: HashMap<i64, Vec<i64>> = HashMap::new();
    for (key, articles) in filed {
        let articles = serde_json::from_str(&articles)
            .map_err(|_| unreadable("story_key.article_id", &articles))?;
        under.insert(key, articles);
    }
    for (copies, about) in &asked {
        ids.extend(most(&under, copies, 1, COPIES));
        ids.extend(most(&under, about, SAME_WORDS, ABOUT));
    }
    Ok(ids)
}

/// The articles with most of some keys, the newer ones where that is equal.
fn most(under: &HashMap<i64, Vec<i64>>, keys: &[u64], least: usize, most: usize) -> Vec<i64> {
    let mut hits: HashMap<i64, usize> = HashMap::new();
    for key in keys {
        for article in under.get(&key.cast_signed()).into_iter().flatten() {
            *hits.entry(*article).or_default() += 1;
        }
    }
    let mut articles: Vec<(i64, usize)> = hits.into_iter().filter(|(_, n)| *n >= least).collect();
    articles.sort_unstable_by_key(|(article, n)| std::cmp::Reverse((*n, *article)));
    articles.truncate(most);
    articles.into_iter().map(|(article, _)| article).collect()
}

/// Files the texts that articles have now, beside those that they had.
pub(super) async fn file_again(
    tx: &mut Transaction<'static, Sqlite>,
    articles: &[i64],
) -> Result<(), StoreError> {
    if articles.is_empty() {
        return Ok(());
    }
    let stored = told(tx, articles.iter()).await?;
    let mut read = Vec::with_capacity(stored.len());
    for stored in &stored {
        read.push((stored.article_id, stored.known()?));
    }
    let mut weights = Weights::default();
    read.iter()
        .for_each(|(_, known)| weights.note(known.terms()));
    file(tx, read.iter().map(|(id, known)| (*id, known)), &weights).await
}
