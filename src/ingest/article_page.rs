//! Articles and their pages: entries cleaned by their source's rules, pages that were handed in, and
//! pages that are fetched where a feed gives only a teaser.
//!
//! A page that cannot be had is a problem of its entry: the teaser stays. It is not asked for again
//! while the entry says the same, unless it failed; then three times at most.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::parse::{
    self, At, PageReading, ParseError, ParsedFeed, Problem, Rules, clean_entry, parse_page,
};
use super::{HandedIn, IngestError, Taken, apart, put, settings, source_words};
use crate::domain::article::{CanonicalUrl, NewArticle, PageFacts, Source, count_words};
use crate::domain::time::Timestamp;
use crate::store::{Cleaning, PageFetch, PageRow, ReadPage, Store};

/// A body of fewer words is a teaser.
const TEASER_WORDS: u32 = 150;
/// Pages of one source that are fetched at one visit; the others wait for the next.
const PAGES: usize = 30;
/// How long one visit may be with them.
const PAGES_TIME: Duration = Duration::from_secs(120);
/// How long reading one page may take.
const READ_TIME: Duration = Duration::from_secs(20);
/// How often the page of one entry is asked for in vain.
const TRIES: u32 = 3;

/// Reads a saved page as one article: its text, or its HTML. `url` is where it is read, if that is
/// known. Stores nothing.
///
/// # Errors
/// [`IngestError::Parse`] when no headline or no text is found in it.
pub async fn read_page(
    bytes: Vec<u8>,
    url: Option<CanonicalUrl>,
    rules: Rules,
) -> Result<HandedIn, IngestError> {
    let read = apart(move || parse_page(&bytes, None, url, &rules)).await?;
    let page = PageRow {
        entry_key: read.article.entry_key.clone(),
        facts: read.facts,
        fetch: None,
    };
    Ok(HandedIn {
        articles: vec![read.article],
        pages: vec![page],
        saved: true,
        without_address: read.without_address,
        steps: read.steps,
        ..HandedIn::default()
    })
}

/// Takes a feed that was read; where the source asks for it, with the pages of entries that are only
/// teasers.
pub async fn take_feed_and_pages(
    store: &Store,
    fetcher: &Fetcher,
    source: &Source,
    feed: ParsedFeed,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    let cleaning = store.source_cleaning(source.id).await?;
    let mut read = entries(source, feed, &cleaning).await?;
    if cleaning.full_text {
        let keys: Vec<&str> = read.articles.iter().map(|a| a.entry_key.as_str()).collect();
        let known = store.pages_read(source.id, &keys).await?;
        let mut pages = Pages {
            fetcher,
            source,
            rules: rules(&cleaning).unwrap_or_default(),
            written: &cleaning.rules,
            now,
            known,
            asked: 0,
            site_asks_to_wait: false,
            gone: false,
        };
        // What is not reached in this time is asked for at the next visit.
        let all = pages.complete(&mut read);
        if tokio::time::timeout(PAGES_TIME, all).await.is_err() {
            tracing::warn!(source = %source.slug, "its pages take too long; the rest waits");
        }
    }
    put(store, source, read, now).await
}

/// The entries of a feed as articles, cleaned by their source's rules.
pub(super) async fn entries(
    source: &Source,
    feed: ParsedFeed,
    cleaning: &Cleaning,
) -> Result<HandedIn, IngestError> {
    let settings = settings(source);
    let rules = rules(cleaning);
    let ruled = !cleaning.rules.is_empty();
    let read = apart(move || {
        let said = source_words::deleted(&feed);
        let (articles, more) = parse::to_articles(&feed, &settings);
        let refused = feed.entries.len().saturating_sub(articles.len());
        let mut problems = feed.problems;
        // What an entry lacks is seen by both readings.
        let more: Vec<Problem> = more.into_iter().filter(|p| !problems.contains(p)).collect();
        problems.extend(more);
        let mut read = HandedIn {
            articles,
            problems,
            refused,
            said,
            ..HandedIn::default()
        };
        by_rules(&mut read, rules, ruled);
        Ok(read)
    });
    Ok(read.await?)
}

/// Cleans rows that were handed in by their source's rules.
pub(super) async fn clean_rows(
    store: &Store,
    source: &Source,
    mut read: HandedIn,
) -> Result<HandedIn, IngestError> {
    let cleaning = store.source_cleaning(source.id).await?;
    let (rules, ruled) = (rules(&cleaning), !cleaning.rules.is_empty());
    let cleaned = apart(move || {
        by_rules(&mut read, rules, ruled);
        Ok(read)
    });
    Ok(cleaned.await?)
}

/// What a page said is kept where rules of the source, or any, had something to say of it.
fn by_rules(read: &mut HandedIn, rules: Result<Rules, String>, ruled: bool) {
    match rules {
        Ok(rules) => {
            for article in &mut read.articles {
                let (facts, steps) = clean_entry(article, &rules);
                if ruled || !steps.is_empty() {
                    read.pages.push(row(article, facts));
                }
            }
        }
        Err(what) => read.problems.push(Problem {
            at: At::Feed,
            field: None,
            what,
        }),
    }
}

fn row(article: &NewArticle, facts: PageFacts) -> PageRow {
    PageRow {
        entry_key: article.entry_key.clone(),
        facts,
        fetch: None,
    }
}

/// Rules are read before they are kept; a database that somebody edited may hold others.
fn rules(cleaning: &Cleaning) -> Result<Rules, String> {
    let rules = Rules::parse(&cleaning.rules);
    rules.map_err(|e| format!("the clean-up rules of the source cannot be read: {e}"))
}

/// The pages of one visit.
struct Pages<'v> {
    fetcher: &'v Fetcher,
    source: &'v Source,
    rules: Rules,
    written: &'v str,
    now: Timestamp,
    known: HashMap<String, ReadPage>,
    asked: usize,
    site_asks_to_wait: bool,
    /// The page that was asked for last is gone for good.
    gone: bool,
}

/// Why a page gave nothing.
enum Wrong {
    /// This page.
    Page(String),
    /// All of the site's, for now.
    Site(String),
}

/// What became of one entry.
enum Done {
    /// It is no teaser, or its page has to wait.
    Left,
    /// Its page was read for what the entry says now; what was kept of it stands.
    Same,
    /// Its page was asked for.
    Asked(Box<PageRow>),
}

impl Pages<'_> {
    async fn complete(&mut self, read: &mut HandedIn) {
        // No two articles of a feed are one because their pages say so.
        let mut taken: HashSet<String> = read
            .articles
            .iter()
            .map(|a| a.url.as_str().to_owned())
            .collect();
        for article in &mut read.articles {
            let done = self.one(article, &mut taken, &mut read.problems).await;
            if std::mem::take(&mut self.gone) {
                read.said.push(source_words::gone(article));
            }
            if !matches!(done, Done::Left) {
                read.pages.retain(|p| p.entry_key != article.entry_key);
            }
            if let Done::Asked(row) = done {
                read.pages.push(*row);
            }
        }
    }

    async fn one(
        &mut self,
        article: &mut NewArticle,
        taken: &mut HashSet<String>,
        problems: &mut Vec<Problem>,
    ) -> Done {
        let body = article.text.body.as_deref().unwrap_or_default();
        if count_words(body) >= TEASER_WORDS {
            return Done::Left;
        }
        let entry_sha = self.sha(article);
        let known = self.known.remove(&article.entry_key);
        let last = known.as_ref().and_then(|k| k.fetch.as_ref());
        let last = last.filter(|f| f.entry_sha == entry_sha);
        let settled = last.is_some_and(|f| f.fetched || f.tries >= TRIES);
        let tries = last.map_or(0, |f| f.tries);
        let before = known.filter(|k| settled || k.fetch.as_ref().is_some_and(|f| f.fetched));
        if let (true, Some(before)) = (settled, &before) {
            article.text = before.text.clone();
            article.url = before.url.clone();
            return Done::Same;
        }
        if self.site_asks_to_wait || self.asked >= PAGES {
            // It is asked for at the next visit.
            return before.map_or(Done::Left, |before| {
                let fetch = PageFetch {
                    entry_sha,
                    fetched: false,
                    tries,
                };
                Done::Asked(Box::new(as_before(article, Some(before), fetch)))
            });
        }
        let page = self.page(article).await;
        let fetch = PageFetch {
            entry_sha,
            fetched: page.is_ok(),
            tries: tries.saturating_add(1),
        };
        let row = match page {
            Ok(page) => {
                let facts = page.facts.clone();
                merge(article, page, taken);
                PageRow {
                    entry_key: article.entry_key.clone(),
                    facts,
                    fetch: Some(fetch),
                }
            }
            Err(wrong) => {
                self.site_asks_to_wait |= matches!(wrong, Wrong::Site(_));
                tell(problems, article, wrong);
                as_before(article, before, fetch)
            }
        };
        Done::Asked(Box::new(row))
    }

    /// What the feed says of an article, and by which rules: while both stay, its page is not asked
    /// for again.
    fn sha(&self, article: &NewArticle) -> String {
        let text = &article.text;
        let image = text.image.as_ref().map(|i| i.url.as_str());
        let mut sum = Sha256::new();
        for part in [
            article.url.as_str(),
            &text.headline,
            &text.summary,
            &text.byline,
            image.unwrap_or_default(),
            text.body.as_deref().unwrap_or_default(),
            self.written,
        ] {
            sum.update(part.as_bytes());
            sum.update([0]);
        }
        sum.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    async fn page(&mut self, article: &NewArticle) -> Result<PageReading, Wrong> {
        self.asked += 1;
        let url = article.url.as_str();
        // A feed on a private network leads to its own server's pages, and to no other private ones.
        let origin = |text: &str| url::Url::parse(text).map(|u| u.origin().ascii_serialization());
        let private = self.source.private_network && origin(url) == origin(&self.source.location);
        let none = Validators::default();
        let fetched = self.fetcher.fetch(url, &none, private, self.now).await;
        let (bytes, content_type) = match fetched {
            Ok(Fetched::Body {
                bytes,
                content_type,
                ..
            }) => (bytes, content_type),
            Ok(Fetched::NotModified { .. }) => {
                return Err(Wrong::Page("nobody asked whether it changed".to_owned()));
            }
            Err(error @ FetchError::Gone { .. }) => {
                self.gone = true;
                return Err(Wrong::Page(error.to_string()));
            }
            Err(error @ FetchError::Later { .. }) => return Err(Wrong::Site(error.to_string())),
            Err(error) => return Err(Wrong::Page(error.to_string())),
        };
        let kind = content_type.as_deref().unwrap_or("text/html");
        if !["html", "text/plain"].iter().any(|k| kind.contains(k)) {
            let kind: String = kind.chars().take(80).collect();
            return Err(Wrong::Page(format!("it is `{kind}`, no page")));
        }
        let (rules, url) = (self.rules.clone(), article.url.clone());
        let read = apart(move || parse_page(&bytes, content_type.as_deref(), Some(url), &rules));
        let read = tokio::time::timeout(READ_TIME, read).await;
        let page = read.unwrap_or(Err(ParseError::Broke));
        let page = page.map_err(|e| Wrong::Page(e.to_string()))?;
        let words = |text: &Option<String>| count_words(text.as_deref().unwrap_or_default());
        match words(&page.article.text.body) > words(&article.text.body) {
            true => Ok(page),
            false => Err(Wrong::Page("it says no more than the teaser".to_owned())),
        }
    }
}

/// The problem of one entry.
fn tell(problems: &mut Vec<Problem>, article: &NewArticle, wrong: Wrong) {
    let (Wrong::Page(what) | Wrong::Site(what)) = wrong;
    let key: String = article.entry_key.chars().take(120).collect();
    problems.push(Problem {
        at: At::Feed,
        field: Some("full_text"),
        what: format!("the page of the entry `{key}` was not read, its teaser stays: {what}"),
    });
}

/// An entry whose page was not had now: a text that was had before is not given up for a teaser.
fn as_before(article: &mut NewArticle, before: Option<ReadPage>, fetch: PageFetch) -> PageRow {
    let facts = match before {
        Some(before) => {
            article.text.body = before.text.body;
            article.url = before.url;
            before.facts
        }
        None => PageFacts {
            words: count_words(article.text.body.as_deref().unwrap_or_default()),
            ..PageFacts::default()
        },
    };
    PageRow {
        entry_key: article.entry_key.clone(),
        facts,
        fetch: Some(fetch),
    }
}

/// Completes an entry by its page: the feed's own words for headline, teaser and author stand.
fn merge(article: &mut NewArticle, page: PageReading, taken: &mut HashSet<String>) {
    let (text, more) = (&mut article.text, page.article.text);
    text.body = more.body;
    if text.summary.is_empty() {
        text.summary = more.summary;
    }
    if text.byline.is_empty() {
        text.byline = more.byline;
    }
    text.image = text.image.take().or(more.image);
    article.published = article.published.or(page.article.published);
    article.language = article.language.take().or(page.article.language);
    if let Some(canonical) = page.canonical
        && taken.insert(canonical.as_str().to_owned())
    {
        article.url = canonical;
    }
}
