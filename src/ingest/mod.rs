//! Ingest: outside bytes become stored articles.
//!
//! `parse` thinks and `fetch` dials; this file joins them with the store. Every verb does exactly one
//! step and says what it did. Which articles an edition brings is no business of this room.

mod annotate;
mod article_page;
pub mod discover;
pub mod fetch;
mod next_visit;
pub mod parse;
pub mod proposal;
mod source_words;
mod visit;

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Serialize;

pub use self::annotate::{Annotator, Change, Relabelled, relabel};
pub use self::article_page::{read_page, take_feed_and_pages};
use self::fetch::FetchError;
use self::parse::{ParseError, ParsedFeed, Problem, SourceSettings, Step};
pub use self::visit::{Outcome, Seen, Visit, add, fetch_all, fetch_due, fetch_one, is_url, look};
use crate::domain::amendment::SourceWord;
use crate::domain::article::{Backlog, FetchState, NewArticle, Source};
use crate::domain::labels::Labels;
use crate::domain::list::ListSettings;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, ListId};
use crate::store::{Incoming, PageRow, PutOutcome, Store, StoreError};

/// Articles written in one transaction: a big import never holds the write lock for long.
const SLICE: usize = 1_000;

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It is no feed, or no page with an article.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Nothing was fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A feed that is a file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IngestError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            IngestError::Parse(error) => error.hint(),
            IngestError::Fetch(error) => error.hint(),
            IngestError::File { .. } => None,
            IngestError::Store(error) => error.hint(),
        }
    }
}

/// A document as it came from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Its octets.
    pub bytes: Vec<u8>,
    /// The `Content-Type` that came with it.
    pub content_type: Option<String>,
    /// The address that it came from, against which its links are read.
    pub base_url: Option<String>,
}

/// What a document brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Taken {
    /// Seen for the first time.
    pub new: usize,
    /// Of the new ones, those that are no candidates because they came with a first fetch.
    pub backlog: usize,
    /// Known, with a changed text.
    pub revised: usize,
    /// Of these, those whose text an editor wrote anew: that stays in force.
    #[serde(skip_serializing_if = "is_none")]
    pub kept: usize,
    /// Articles that their source newly says are corrected.
    #[serde(skip_serializing_if = "is_none")]
    pub corrected: usize,
    /// Articles that their source newly took back.
    #[serde(skip_serializing_if = "is_none")]
    pub withdrawn: usize,
    /// Known, with the same text.
    pub unchanged: usize,
    /// Entries or rows of which nothing was stored.
    pub refused: usize,
    /// Articles that were named twice in the document; the first was stored.
    pub repeated: usize,
    /// The new ones.
    pub new_ids: Vec<ArticleId>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

fn is_none(n: &usize) -> bool {
    *n == 0
}

impl Taken {
    fn add(&mut self, put: PutOutcome) {
        self.new += put.new;
        self.backlog += put.backlog;
        self.revised += put.revised;
        self.kept += put.kept;
        self.unchanged += put.unchanged;
        self.repeated += put.repeated;
        self.new_ids.extend(put.new_ids);
    }
}

/// Whether a new entry is backlog: only a first fetch brings any.
///
/// `window_start` is the oldest instant from which any list of the source still takes stories. A
/// date in the future is none that says "old": such an entry counts from first sight.
pub fn is_backlog(
    rule: Backlog,
    first_fetch: bool,
    published: Option<Timestamp>,
    window_start: Timestamp,
) -> bool {
    first_fetch
        && match rule {
            Backlog::All => false,
            Backlog::None => true,
            Backlog::Window => published.is_none_or(|at| at <= window_start),
        }
}

/// How far back the lists of a source take stories: the widest of their windows; without a list,
/// the default one.
pub async fn window(store: &Store, source: &Source) -> Result<SignedDuration, StoreError> {
    let mine: Vec<ListId> = store.source_lists(source.id).await?;
    let lists = store.lists().await?;
    let hours = lists
        .iter()
        .filter(|l| mine.contains(&l.id))
        .map(|l| l.settings.window_hours)
        .max()
        .unwrap_or(ListSettings::default().window_hours);
    Ok(SignedDuration::from_hours(i64::from(hours)))
}

/// Takes a feed document of a source: parses, labels, stores, and keeps the problems.
///
/// # Errors
/// [`IngestError::Parse`] when it is no feed: nothing is stored then.
pub async fn take(
    store: &Store,
    source: &Source,
    document: Document,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    let feed = read(document).await?;
    take_feed(store, source, feed, now).await
}

/// Reads a feed document; stores nothing.
///
/// # Errors
/// [`IngestError::Parse`] when it is no feed.
pub async fn read(document: Document) -> Result<ParsedFeed, IngestError> {
    let feed = apart(move || {
        let Document {
            bytes,
            content_type,
            base_url,
        } = document;
        parse::parse_feed(&bytes, content_type.as_deref(), base_url.as_deref())
    });
    Ok(feed.await?)
}

/// Takes a feed that was read: labels its entries, cleans them by the source's rules, stores them,
/// and keeps the problems.
pub async fn take_feed(
    store: &Store,
    source: &Source,
    feed: ParsedFeed,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    let cleaning = store.source_cleaning(source.id).await?;
    let read = article_page::entries(source, feed, &cleaning).await?;
    put(store, source, read, now).await
}

/// Articles that were handed in and read; nothing of them is stored yet.
#[derive(Clone, Debug, Default)]
pub struct HandedIn {
    /// What could be read, in its order.
    pub articles: Vec<NewArticle>,
    /// What could not, by line and key.
    pub problems: Vec<Problem>,
    /// Rows that brought no article.
    pub refused: usize,
    /// What the pages of the articles say, where pages were read.
    pub pages: Vec<PageRow>,
    /// Saved pages, handed in: without a date they are backlog, whatever the source's rule.
    pub saved: bool,
    /// The saved page names no address, so one was made up.
    pub without_address: bool,
    /// What rules changed on the page that was handed in.
    pub steps: Vec<Step>,
    /// What their source says of them, its headlines apart.
    pub said: Vec<SourceWord>,
}

/// Reads rows of articles, one JSON object a line. `base` makes addresses of rows that have an id
/// only. Stores nothing.
///
/// # Errors
/// [`IngestError::Parse`] when reading broke down; a bad row is a problem.
pub async fn read_rows(bytes: Vec<u8>, base: Option<String>) -> Result<HandedIn, IngestError> {
    let read = apart(move || {
        let lines = bytes.split(|b| *b == b'\n');
        let rows = lines.filter(|l| !l.trim_ascii().is_empty()).count();
        let (articles, problems) = parse::parse_jsonl(&bytes, base.as_deref());
        Ok(HandedIn {
            refused: rows.saturating_sub(articles.len()),
            articles,
            problems,
            ..HandedIn::default()
        })
    });
    Ok(read.await?)
}

/// Takes articles that were handed in. What one leaves out is filled in from the source: topics and
/// places by its categories, its default topic and language.
pub async fn take_handed_in(
    store: &Store,
    source: &Source,
    read: HandedIn,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    let mut read = match read.saved {
        true => read,
        false => article_page::clean_rows(store, source, read).await?,
    };
    for article in &mut read.articles {
        if article.language.is_none() {
            article.language = source.default_language.clone();
        }
    }
    let taken = put(store, source, read, now).await?;
    imported(store, source, now).await?;
    Ok(taken)
}

/// Reads rows of articles and takes them.
pub async fn import_rows(
    store: &Store,
    source: &Source,
    bytes: Vec<u8>,
    base: Option<String>,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    take_handed_in(store, source, read_rows(bytes, base).await?, now).await
}

async fn put(
    store: &Store,
    source: &Source,
    read: HandedIn,
    now: Timestamp,
) -> Result<Taken, IngestError> {
    let window = window(store, source).await?;
    let start = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    let first = source.fetch.fetched_at.is_none();
    let mut taken = Taken {
        refused: read.refused,
        ..Taken::default()
    };
    let words = source_words::all(&read);
    let keys: Vec<String> = read.articles.iter().map(|a| a.entry_key.clone()).collect();
    let annotator = Annotator::load(store).await?;
    let labelled = annotator.all(source, read.articles).await?;
    let incoming = |(article, labels): (NewArticle, Labels)| Incoming {
        // When a saved page was published is not known: an editor says so first.
        backlog: (read.saved && article.published.is_none())
            || is_backlog(source.backlog, first, article.published, start),
        article,
        labels: Some(labels),
    };
    let incoming: Vec<Incoming> = labelled.into_iter().map(incoming).collect();
    for slice in incoming.chunks(SLICE) {
        taken.add(store.articles_put(source.id, slice, now).await?);
    }
    let marked = store.source_said(source.id, &keys, &words, now).await?;
    (taken.corrected, taken.withdrawn) = (marked.corrected, marked.withdrawn);
    store.pages_put(source.id, &read.pages).await?;
    let words: Vec<String> = read.problems.iter().map(Problem::to_string).collect();
    store.source_problems_record(source.id, now, &words).await?;
    taken.problems = read.problems;
    Ok(taken)
}

/// An import is a fetch by hand: the next one is not the first.
async fn imported(store: &Store, source: &Source, now: Timestamp) -> Result<(), StoreError> {
    let state = FetchState {
        fetched_at: Some(now),
        ..source.fetch.clone()
    };
    store.fetch_recorded(source, &state, None).await?;
    Ok(())
}

fn settings(source: &Source) -> SourceSettings {
    SourceSettings {
        default_language: source.default_language.clone(),
    }
}

/// Parses outside bytes on a thread of their own; a panic there is an error here.
async fn apart<T: Send + 'static>(
    parse: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
) -> Result<T, ParseError> {
    match tokio::task::spawn_blocking(parse).await {
        Ok(parsed) => parsed,
        Err(_) => Err(ParseError::Broke),
    }
}

#[cfg(test)]
mod tests {
    use super::is_backlog;
    use crate::domain::article::Backlog;
    use crate::domain::time::from_ms;

    #[test]
    fn a_first_fetch_leaves_what_is_older_than_the_window_or_undated_aside() {
        let check = |rule, first, published: Option<i64>, expected| {
            let got = is_backlog(rule, first, published.map(from_ms), from_ms(1000));
            assert_eq!(got, expected, "{rule} {first} {published:?}");
        };
        check(Backlog::Window, true, Some(1001), false);
        check(Backlog::Window, true, Some(i64::MAX), false);
        check(Backlog::Window, true, Some(1000), true);
        check(Backlog::Window, true, None, true);
        check(Backlog::Window, false, None, false);
        check(Backlog::Window, false, Some(0), false);
        check(Backlog::All, true, None, false);
        check(Backlog::None, true, Some(1001), true);
        check(Backlog::None, false, Some(1001), false);
    }
}
