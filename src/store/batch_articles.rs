//! Articles in bulk: a whole feed or import in one transaction and about ten statements.
//!
//! These are statements that PostgreSQL will spell differently (`json_each`, `->>`), so they stand
//! apart. Which story an article tells is said by `stories`, not here.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::{Sqlite, Transaction};

use super::recognise::{Known, Sorted, sort};
use super::{Store, StoreError, grouping, same_page, to_json};
use crate::domain::article::{NewArticle, dated};
use crate::domain::labels::Labels;
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{ArticleId, SourceId, StoryId};
use crate::stories::{self, Assignment, Group, JoinedBy, Of};

// Labels are compared with what was found before, since an editor's word may stand over it.
const KNOWN: &str = "select a.article_id, a.entry_key, a.url, a.fragment, a.language, a.published_ms, \
     coalesce(l.topics, a.topics) as topics, coalesce(l.places, a.places) as places, r.headline, r.summary, r.byline, r.image_url, r.image_alt, r.body, \
     r.categories from article a join article_revision r on r.article_id = a.article_id and r.seq = \
     (select max(s.seq) from article_revision s \
      where s.article_id = a.article_id and s.by_editor is null) \
     left join article_labels l on l.article_id = a.article_id where a.article_id in \
     (select article_id from article where source_id = $1 \
        and entry_key in (select value from json_each($2)) \
      union select article_id from article where source_id = $1 \
        and url in (select value from json_each($3)))";
const STORIES_INSERT: &str =
    "insert into story (created_ms) select $1 from json_each($2) returning story_id";
const ARTICLES_INSERT: &str = "insert into article (source_id, entry_key, url, fragment, story_id, \
     published_ms, first_seen_ms, dated_ms, language, backlog, topics, places, headline_key, strand_id) \
     select $1, value->>'entry_key', value->>'url', value->>'fragment', value->>'story', value->>'published', $2, \
     value->>'dated', value->>'language', value->>'backlog', value->>'topics', value->>'places', \
     value->>'headline_key', value->>'strand' from json_each($3) returning article_id, entry_key";
const REVISIONS_INSERT: &str = "insert into article_revision (article_id, seq, seen_ms, headline, \
     summary, byline, image_url, image_alt, body, categories) \
     select value->>'article', (select coalesce(max(r.seq), 0) + 1 from article_revision r \
     where r.article_id = value->>'article'), $1, value->>'headline', value->>'summary', \
     value->>'byline', value->>'image_url', value->>'image_alt', value->>'body', \
     value->>'categories' from json_each($2)";
// An editor's text stays in force whatever the source writes later.
const REVISIONS_IN_FORCE: &str = "update article set revision_id = \
     (select r.revision_id from article_revision r where r.article_id = article.article_id \
      and r.undone_ms is null order by (r.by_editor is null), r.seq desc limit 1) \
     where article_id in (select value->>'article' from json_each($1))";
const KEPT: &str = "select count(*) from json_each($1) j join article a on a.article_id = j.value \
     join article_revision r on r.revision_id = a.revision_id where r.by_editor is not null";
const STORY_HISTORY_INSERT: &str = "insert into article_story (article_id, story_id, since_ms, \
     by_whom, of_article, share) select value->>'article', value->>'story', $1, value->>'by', \
     value->>'of', value->>'share' from json_each($2)";
const ARTICLES_UPDATE: &str = "update article set entry_key = n.value->>'entry_key', \
     url = n.value->>'url', fragment = n.value->>'fragment', language = n.value->>'language', topics = n.value->>'topics', \
     places = n.value->>'places', headline_key = n.value->>'headline_key', \
     published_ms = coalesce(published_ms, n.value->>'published') \
     from json_each($1) as n where article.article_id = n.value->>'article'";

/// An article on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// What was read.
    pub article: NewArticle,
    /// If it is new, it is no candidate: it came with a first fetch.
    pub backlog: bool,
    /// Why it has its topics and places, where that is known.
    pub labels: Option<Labels>,
}

/// What storing articles came to. `new`, `revised`, `unchanged` and `repeated` add up to what was
/// given.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PutOutcome {
    /// Seen for the first time.
    pub new: usize,
    /// Of the new ones, those marked as backlog.
    pub backlog: usize,
    /// Known, with a changed text: a new revision each.
    pub revised: usize,
    /// Of these, those whose text in force is an editor's: it stays.
    pub kept: usize,
    /// Known, with the same text.
    pub unchanged: usize,
    /// Named by an earlier entry of the same call (same key or URL), and therefore not read.
    pub repeated: usize,
    /// The new ones, in the order given.
    pub new_ids: Vec<ArticleId>,
}

impl Store {
    /// Stores articles of one source, in one transaction.
    ///
    /// An article is found again by its entry key, else by its URL. A changed text becomes a new
    /// revision; topics, places, language, key and URL are replaced; its story, its backlog mark
    /// and the date from which its age counts stay. A new one gets its story from
    /// [`stories::assign`].
    pub async fn articles_put(
        &self,
        source: SourceId,
        articles: &[Incoming],
        now: Timestamp,
    ) -> Result<PutOutcome, StoreError> {
        if articles.is_empty() {
            return Ok(PutOutcome::default());
        }
        let mut tx = self.write().await?;
        let known = known(&mut tx, source, articles).await?;
        let sorted = sort(articles, &known)?;
        let new_ids = insert(&mut tx, source, &sorted.fresh, now).await?;
        let texts = |(id, article): &(i64, &NewArticle)| text_json(*id, article);
        let texts: Result<Vec<Value>, StoreError> = sorted.revised.iter().map(texts).collect();
        insert_texts(&mut tx, texts?, now).await?;
        let revised: Vec<i64> = sorted.revised.iter().map(|(id, _)| *id).collect();
        let kept: i64 = match revised.is_empty() {
            true => 0,
            false => {
                let kept = sqlx::query_scalar(KEPT).bind(json!(revised).to_string());
                kept.fetch_one(&mut *tx).await?
            }
        };
        if !sorted.changed.is_empty() {
            let rows = |(id, article): &(i64, &NewArticle)| {
                let mut row = article_json(article)?;
                row["article"] = json!(id);
                Ok::<_, StoreError>(row)
            };
            let rows: Result<Vec<Value>, StoreError> = sorted.changed.iter().map(rows).collect();
            let update = sqlx::query(ARTICLES_UPDATE).bind(array(rows?));
            update.execute(&mut *tx).await?;
        }
        label(&mut tx, articles, &sorted, &new_ids).await?;
        let again: Vec<i64> = sorted.changed.iter().map(|(id, _)| *id).collect();
        grouping::file_again(&mut tx, &again).await?;
        let again = again.into_iter().map(ArticleId);
        let came: Vec<ArticleId> = new_ids.iter().copied().chain(again).collect();
        same_page::take_over(&mut tx, &came, now).await?;
        tx.commit().await?;
        Ok(PutOutcome {
            new: new_ids.len(),
            backlog: sorted.fresh.iter().filter(|i| i.backlog).count(),
            revised: sorted.revised.len(),
            kept: usize::try_from(kept).unwrap_or(0),
            unchanged: sorted.unchanged,
            repeated: sorted.repeated,
            new_ids,
        })
    }
}

/// Keeps why articles have what they have; editors' words stay over it.
async fn label(
    tx: &mut Transaction<'static, Sqlite>,
    articles: &[Incoming],
    sorted: &Sorted<'_>,
    new_ids: &[ArticleId],
) -> Result<(), StoreError> {
    let of: HashMap<&str, &Labels> = articles
        .iter()
        .filter_map(|i| Some((i.article.entry_key.as_str(), i.labels.as_ref()?)))
        .collect();
    let fresh = sorted.fresh.iter().zip(new_ids);
    let fresh = fresh.filter_map(|(i, id)| Some((*id, i.labels.as_ref()?)));
    let changed = sorted.changed.iter();
    let changed = changed.filter_map(|(id, article)| {
        let labels = of.get(article.entry_key.as_str())?;
        Some((ArticleId(*id), *labels))
    });
    let rows: Vec<(ArticleId, &Labels)> = fresh.chain(changed).collect();
    super::labels::write(tx, &rows).await?;
    let changed: Vec<ArticleId> = sorted
        .changed
        .iter()
        .map(|(id, _)| ArticleId(*id))
        .collect();
    super::labels::apply(tx, &changed).await
}

async fn known(
    tx: &mut Transaction<'static, Sqlite>,
    source: SourceId,
    articles: &[Incoming],
) -> Result<Vec<Known>, StoreError> {
    let keys = articles.iter().map(|a| json!(a.article.entry_key));
    let urls = articles.iter().map(|a| json!(a.article.url));
    Ok(sqlx::query_as(KNOWN)
        .bind(source.0)
        .bind(array(keys.collect()))
        .bind(array(urls.collect()))
        .fetch_all(&mut **tx)
        .await?)
}

async fn insert(
    tx: &mut Transaction<'static, Sqlite>,
    source: SourceId,
    fresh: &[&Incoming],
    now: Timestamp,
) -> Result<Vec<ArticleId>, StoreError> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let grouped = grouping::assign(tx, source, fresh, now).await?;
    let assignments = &grouped.assignments;
    let stories = open_stories(tx, assignments, now).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    for (incoming, story) in fresh.iter().zip(&stories) {
        let mut row = article_json(&incoming.article)?;
        row["story"] = json!(story.told.0);
        row["strand"] = json!(story.strand.map(|s| s.0));
        row["dated"] = json!(to_ms(dated(incoming.article.published, now)));
        row["backlog"] = json!(i64::from(incoming.backlog));
        rows.push(row);
    }
    let ids: Vec<(i64, String)> = sqlx::query_as(ARTICLES_INSERT)
        .bind(source.0)
        .bind(to_ms(now))
        .bind(array(rows))
        .fetch_all(&mut **tx)
        .await?;
    // A statement returns its rows in no promised order.
    let ids: HashMap<String, i64> = ids.into_iter().map(|(id, key)| (key, id)).collect();
    let (mut new_ids, mut texts, mut history) = (Vec::new(), Vec::new(), Vec::new());
    for ((incoming, story), assigned) in fresh.iter().zip(&stories).zip(assignments) {
        let Some(id) = ids.get(&incoming.article.entry_key) else {
            return Err(super::unreadable(
                "article.entry_key",
                &incoming.article.entry_key,
            ));
        };
        new_ids.push(ArticleId(*id));
        texts.push(text_json(*id, &incoming.article)?);
        let of = assigned.found.and_then(|found| match found.of {
            Of::Known(article) => Some(article),
            Of::Fresh(at) => new_ids.get(at).copied(),
        });
        history.push(json!({
            "article": id, "story": story.told.0, "by": assigned.by.as_str(),
            "of": of, "share": assigned.found.map(|found| found.share),
        }));
    }
    insert_texts(tx, texts, now).await?;
    sqlx::query(STORY_HISTORY_INSERT)
        .bind(to_ms(now))
        .bind(array(history))
        .execute(&mut **tx)
        .await?;
    let ids: Vec<i64> = new_ids.iter().map(|id| id.0).collect();
    grouped.file(tx, &ids).await?;
    Ok(new_ids)
}

/// Where an article is put.
struct Place {
    told: StoryId,
    /// With which story its words are counted, where that is another one.
    strand: Option<StoryId>,
}

/// Makes the new stories, and names every article's story.
async fn open_stories(
    tx: &mut Transaction<'static, Sqlite>,
    assignments: &[Assignment],
    now: Timestamp,
) -> Result<Vec<Place>, StoreError> {
    let opened = assignments.iter().filter(|a| a.by == JoinedBy::New);
    let mut ids: Vec<i64> = sqlx::query_scalar(STORIES_INSERT)
        .bind(to_ms(now))
        .bind(array(opened.map(|_| json!(0)).collect()))
        .fetch_all(&mut **tx)
        .await?;
    ids.sort_unstable();
    let story = |group: Group| match group {
        Group::Known(story) => Ok(story),
        Group::Fresh(n) => ids
            .get(n)
            .map(|id| StoryId(*id))
            .ok_or_else(|| super::unreadable("story", n)),
    };
    let place = |assignment: &Assignment| {
        let told = story(assignment.group)?;
        let strand = Some(story(assignment.strand)?).filter(|strand| *strand != told);
        Ok(Place { told, strand })
    };
    assignments.iter().map(place).collect()
}

async fn insert_texts(
    tx: &mut Transaction<'static, Sqlite>,
    texts: Vec<Value>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if texts.is_empty() {
        return Ok(());
    }
    let texts = array(texts);
    let insert = sqlx::query(REVISIONS_INSERT).bind(to_ms(now)).bind(&texts);
    insert.execute(&mut **tx).await?;
    let update = sqlx::query(REVISIONS_IN_FORCE).bind(&texts);
    update.execute(&mut **tx).await?;
    Ok(())
}

fn article_json(article: &NewArticle) -> Result<Value, StoreError> {
    Ok(json!({
        "entry_key": article.entry_key,
        "url": article.url,
        "fragment": article.fragment,
        "published": article.published.map(to_ms),
        "language": article.language,
        "topics": to_json(&article.topics, "article.topics")?,
        "places": to_json(&article.places, "article.places")?,
        "headline_key": stories::headline_key(&article.text.headline),
    }))
}

fn text_json(article: i64, new: &NewArticle) -> Result<Value, StoreError> {
    let text = &new.text;
    Ok(json!({
        "article": article,
        "headline": text.headline,
        "summary": text.summary,
        "byline": text.byline,
        "image_url": text.image.as_ref().map(|i| &i.url),
        "image_alt": text.image.as_ref().map(|i| &i.alt),
        "body": text.body,
        "categories": to_json(&text.categories, "article_revision.categories")?,
    }))
}

fn array(values: Vec<Value>) -> String {
    Value::Array(values).to_string()
}
