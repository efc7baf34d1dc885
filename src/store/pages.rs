//! Pages of articles: how those of a source are cleaned, what a page said beside its text, and for
//! which entries pages were fetched.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::articles::TextRow;
use super::{Store, StoreError, from_json, to_json, unreadable};
use crate::domain::article::{ArticleText, CanonicalUrl, PageFacts, Publisher, dated};
use crate::domain::time::{Date, Timestamp, to_ms};
use crate::domain::{ArticleId, SourceId};

const CLEANING: &str = "select rules, full_text from source_cleaning where source_id = $1";
const CLEANING_SET: &str = "insert into source_cleaning (source_id, rules, full_text) \
     values ($1, $2, $3) on conflict (source_id) do update set rules = excluded.rules, \
     full_text = excluded.full_text";
// What it brought is read by other rules: it is asked for as if for the first time.
const FORGET_VALIDATORS: &str =
    "update source set etag = null, last_modified = null where source_id = $1";
const PUT: &str = "insert into article_page (article_id, words, headings, contact, \
     publisher_domain, publisher_name, publisher_url, page_date, reader_place, image_mark, \
     entry_sha, fetched, tries) \
     select a.article_id, j.value->>'words', j.value->>'headings', j.value->>'contact', \
     j.value->>'domain', j.value->>'name', j.value->>'url', j.value->>'page_date', \
     j.value->>'reader_place', j.value->>'image_mark', j.value->>'entry_sha', \
     j.value->>'fetched', j.value->>'tries' \
     from json_each($2) j join article a on a.source_id = $1 and a.entry_key = j.value->>'key' \
     where true on conflict (article_id) do update set words = excluded.words, \
     headings = excluded.headings, contact = excluded.contact, \
     publisher_domain = excluded.publisher_domain, publisher_name = excluded.publisher_name, \
     publisher_url = excluded.publisher_url, page_date = excluded.page_date, \
     reader_place = excluded.reader_place, image_mark = excluded.image_mark, \
     entry_sha = excluded.entry_sha, fetched = excluded.fetched, tries = excluded.tries";
const FACTS: &str = "select words, headings, contact, publisher_domain, publisher_name, \
     publisher_url, page_date, reader_place, image_mark from article_page where article_id = $1";
// The source's own newest text: an editor's is not what a fetch is compared with.
const READ: &str = "select a.entry_key, a.url, p.entry_sha, p.fetched, p.tries, \
     coalesce(p.words, 0) as words, coalesce(p.headings, '[]') as headings, p.contact, \
     p.publisher_domain, p.publisher_name, p.publisher_url, p.page_date, p.reader_place, \
     p.image_mark, r.headline, r.summary, r.byline, r.image_url, r.image_alt, r.body, r.categories \
     from article a left join article_page p on p.article_id = a.article_id \
     join article_revision r on r.article_id = a.article_id and r.seq = \
     (select max(s.seq) from article_revision s \
      where s.article_id = a.article_id and s.by_editor is null) \
     where a.source_id = $1 and a.entry_key in (select value from json_each($2))";
const DATED: &str = "update article set published_ms = $2, dated_ms = $3, backlog = 0, \
     found_published_ms = case when found_dated_ms is null then published_ms else found_published_ms end, \
     found_backlog = coalesce(found_backlog, backlog), found_dated_ms = coalesce(found_dated_ms, dated_ms) \
     where article_id = $1";
const UNDATED: &str = "update article set published_ms = found_published_ms, dated_ms = found_dated_ms, \
     backlog = found_backlog, found_published_ms = null, found_dated_ms = null, found_backlog = null \
     where article_id = $1 and found_dated_ms is not null";
const MOVED: &str = "update article set url = $2 where article_id = $1";

/// How the articles of a source are cleaned and completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaning {
    /// The rule file as it was written; empty for the general rules alone.
    pub rules: String,
    /// Whether the page is fetched where the feed gives only a teaser.
    pub full_text: bool,
}

/// What the page of an article said, to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRow {
    /// The source's own name for the article.
    pub entry_key: String,
    /// What its page says beside its text.
    pub facts: PageFacts,
    /// For which entry of the feed the page was fetched, if it was.
    pub fetch: Option<PageFetch>,
}

/// A fetch of an article's page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFetch {
    /// sha256 of the feed's entry, in hex.
    pub entry_sha: String,
    /// Whether the page gave the text.
    pub fetched: bool,
    /// How often it was tried for this entry.
    pub tries: u32,
}

/// An article as its source last gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPage {
    /// Where it is read.
    pub url: CanonicalUrl,
    /// The source's own newest text.
    pub text: ArticleText,
    /// What its page said beside it.
    pub facts: PageFacts,
    /// The last fetch of its page.
    pub fetch: Option<PageFetch>,
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    words: i64,
    headings: String,
    contact: Option<String>,
    publisher_domain: Option<String>,
    publisher_name: Option<String>,
    publisher_url: Option<String>,
    page_date: Option<String>,
    reader_place: Option<String>,
    image_mark: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ReadRow {
    entry_key: String,
    url: String,
    entry_sha: Option<String>,
    fetched: Option<i64>,
    tries: Option<i64>,
    #[sqlx(flatten)]
    facts: FactsRow,
    #[sqlx(flatten)]
    text: TextRow,
}

impl Store {
    /// How a source's articles are cleaned.
    pub async fn source_cleaning(&self, source: SourceId) -> Result<Cleaning, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(CLEANING)
            .bind(source.0)
            .fetch_optional(&self.readers)
            .await?;
        let read = |(rules, full_text)| Cleaning {
            rules,
            full_text: full_text != 0,
        };
        Ok(row.map(read).unwrap_or_default())
    }

    /// Sets how a source's articles are cleaned, from the next reading on.
    pub async fn source_cleaning_set(
        &self,
        source: SourceId,
        cleaning: &Cleaning,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(CLEANING_SET)
            .bind(source.0)
            .bind(&cleaning.rules)
            .bind(i64::from(cleaning.full_text))
            .execute(&mut *tx)
            .await?;
        let forget = sqlx::query(FORGET_VALIDATORS).bind(source.0);
        forget.execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps what the pages of a source's articles said; what was kept of a page before is replaced.
    /// A key that names no article is left out.
    pub async fn pages_put(&self, source: SourceId, pages: &[PageRow]) -> Result<(), StoreError> {
        if pages.is_empty() {
            return Ok(());
        }
        let rows: Result<Vec<Value>, StoreError> = pages.iter().map(as_json).collect();
        let mut tx = self.write().await?;
        sqlx::query(PUT)
            .bind(source.0)
            .bind(Value::Array(rows?).to_string())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// What the page of an article said; `None` where no page of it was read.
    pub async fn page_facts(&self, article: ArticleId) -> Result<Option<PageFacts>, StoreError> {
        let row: Option<FactsRow> = sqlx::query_as(FACTS)
            .bind(article.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(FactsRow::facts).transpose()
    }

    /// A source's articles as it last gave them, by their keys.
    pub async fn pages_read(
        &self,
        source: SourceId,
        keys: &[&str],
    ) -> Result<HashMap<String, ReadPage>, StoreError> {
        let rows: Vec<ReadRow> = sqlx::query_as(READ)
            .bind(source.0)
            .bind(to_json(&keys, "article.entry_key")?)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(ReadRow::page).collect()
    }

    /// Sets when an article was published, by an editor's word: its age counts from then (or from
    /// `first_seen`, if that is earlier), and it is no backlog any more.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article_published(
        &self,
        id: ArticleId,
        published: Timestamp,
        first_seen: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(DATED)
            .bind(id.0)
            .bind(to_ms(published))
            .bind(to_ms(dated(Some(published), first_seen)))
            .execute(&mut *tx)
            .await?;
        found(done.rows_affected(), id)?;
        Ok(tx.commit().await?)
    }

    /// Takes an editor's word on when an article was published back: it is dated, and backlog, as it was
    /// before. Whether there was such a word.
    pub async fn article_undated(&self, id: ArticleId) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let undated = sqlx::query(UNDATED).bind(id.0).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(undated.rows_affected() > 0)
    }

    /// Sets where an article is read, by an editor's word.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn article_moved(&self, id: ArticleId, url: &CanonicalUrl) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let update = sqlx::query(MOVED).bind(id.0).bind(url.as_str());
        let done = update.execute(&mut *tx).await?;
        found(done.rows_affected(), id)?;
        Ok(tx.commit().await?)
    }
}

fn found(rows: u64, id: ArticleId) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::NotFound {
            what: "article",
            name: id.to_string(),
        }),
        _ => Ok(()),
    }
}

fn as_json(page: &PageRow) -> Result<Value, StoreError> {
    let facts = &page.facts;
    let publisher = facts.publisher.as_ref();
    let fetch = page.fetch.clone();
    Ok(json!({
        "key": page.entry_key,
        "words": facts.words,
        "headings": to_json(&facts.headings, "article_page.headings")?,
        "contact": facts.contact,
        "domain": publisher.map(|p| &p.domain),
        "name": publisher.and_then(|p| p.name.as_ref()),
        "url": publisher.and_then(|p| p.url.as_ref()),
        "page_date": facts.page_date.map(|d| d.to_string()),
        "reader_place": facts.reader_place,
        "image_mark": facts.image_mark,
        "entry_sha": fetch.as_ref().map(|f| &f.entry_sha),
        "fetched": fetch.as_ref().map_or(0, |f| i64::from(f.fetched)),
        "tries": fetch.as_ref().map_or(0, |f| f.tries),
    }))
}

impl FactsRow {
    fn facts(self) -> Result<PageFacts, StoreError> {
        let day = |text: String| {
            let day: Result<Date, _> = text.parse();
            day.map_err(|_| unreadable("article_page.page_date", &text))
        };
        Ok(PageFacts {
            words: u32::try_from(self.words)
                .map_err(|_| unreadable("article_page.words", self.words))?,
            headings: from_json(&self.headings, "article_page.headings")?,
            contact: self.contact,
            publisher: self.publisher_domain.map(|domain| Publisher {
                domain,
                name: self.publisher_name,
                url: self.publisher_url,
            }),
            page_date: self.page_date.map(day).transpose()?,
            reader_place: self.reader_place,
            image_mark: self.image_mark,
        })
    }
}

impl ReadRow {
    fn page(self) -> Result<(String, ReadPage), StoreError> {
        let url = CanonicalUrl::parse(&self.url, None)
            .map_err(|_| unreadable("article.url", &self.url))?;
        let fetch = self.entry_sha.map(|entry_sha| PageFetch {
            entry_sha,
            fetched: self.fetched == Some(1),
            tries: self.tries.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        });
        let facts = self.facts.facts()?;
        let page = ReadPage {
            url,
            text: self.text.text()?,
            facts,
            fetch,
        };
        Ok((self.entry_key, page))
    }
}
