//! Visiting sources: one conditional fetch, what it brought, and when to come again.
//!
//! A source that does not answer is no failure of ours: it is recorded in the source and told to
//! whoever asked. Only the database can make a visit itself fail.

use std::collections::HashMap;
use std::path::Path;

use jiff::SignedDuration;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use url::Url;

use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::next_visit::{Asked, after_failure, after_success, after_taking, put_off};
use super::parse::{FEED_BYTES, ParsedFeed, changes_every_s};
use super::{Document, IngestError, Taken, read, take_feed, take_feed_and_pages};
use crate::domain::ListId;
use crate::domain::article::{FetchState, SOURCE_NAME_CHARS, Source};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::store::{NewSource, Store, StoreError};

/// How long a host is left alone that says that we ask too much, and not for how long, in seconds.
const RESPITE_S: i64 = 900;
/// Hosts that are visited at the same time.
const AT_ONCE: usize = 8;

/// What became of one visit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It says that nothing changed.
    NotModified,
    /// A document came.
    Taken(Taken),
    /// Nothing came, or no feed.
    Failed {
        /// In words.
        error: String,
        /// What to do about it.
        hint: Option<String>,
        /// Whether it is asked no more.
        stopped: bool,
    },
    /// It was not asked: another source of its host was told that we ask too much (429).
    PutOff,
}

/// One visit, as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Visit {
    /// Which source.
    pub source: Slug,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Where it moved for good, if it did.
    pub moved: Option<String>,
    /// When it is due again.
    pub next_at: Timestamp,
}

/// What a source gave us.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    NotModified {
        moved: Option<String>,
        asked: Asked,
    },
    Body {
        document: Document,
        asked: Asked,
        moved: Option<String>,
    },
}

/// Visits one source: fetches, takes what came, and records how it went.
pub async fn fetch_one(
    store: &Store,
    fetcher: &Fetcher,
    source: &Source,
    now: Timestamp,
) -> Result<Visit, StoreError> {
    let visited = visit(store, fetcher, source, now).await;
    Ok(record(store, source, visited, now).await?.0)
}

/// Records how a visit went; with the seconds for which its host wants to be left alone.
async fn record(
    store: &Store,
    source: &Source,
    visited: Result<(Outcome, FetchState, Option<String>), IngestError>,
    now: Timestamp,
) -> Result<(Visit, Option<i64>), StoreError> {
    let mut respite = None;
    let (outcome, state, moved) = match visited {
        Ok(visited) => visited,
        Err(IngestError::Store(error)) => return Err(error),
        Err(error) => {
            if let IngestError::Fetch(FetchError::Later {
                status: 429,
                retry_after_s,
                ..
            }) = &error
            {
                respite = Some(retry_after_s.unwrap_or(RESPITE_S));
            }
            let state = after_failure(source, &error, now);
            let failed = Outcome::Failed {
                error: error.to_string(),
                hint: error.hint(),
                stopped: state.stopped.is_some(),
            };
            (failed, state, None)
        }
    };
    let moved_to = moved.as_deref();
    store.fetch_recorded(source, &state, moved_to).await?;
    let visit = Visit {
        source: source.slug.clone(),
        outcome,
        moved,
        next_at: state.next_at.unwrap_or(now),
    };
    Ok((visit, respite))
}

/// Visits the sources that are due, several at a time; in the order in which they were due.
pub async fn fetch_due(
    store: &Store,
    fetcher: &Fetcher,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Visit>, StoreError> {
    let due = store.sources_due(now, limit).await?;
    fetch_all(store, fetcher, due, now).await
}

/// Visits these sources, several hosts at a time and one source of each; in their order.
pub async fn fetch_all(
    store: &Store,
    fetcher: &Fetcher,
    sources: Vec<Source>,
    now: Timestamp,
) -> Result<Vec<Visit>, StoreError> {
    let mut visits = Vec::with_capacity(sources.len());
    let mut waiting = by_host(sources).into_iter();
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(group) = waiting.next()
        {
            let (store, fetcher) = (store.clone(), fetcher.clone());
            running.spawn(async move { fetch_group(&store, &fetcher, group, now).await });
        }
        match running.join_next().await {
            None => break,
            Some(Ok(group)) => visits.extend(group?),
            // Visits that broke down recorded nothing: their sources are still due.
            Some(Err(error)) => tracing::error!(%error, "a visit broke down"),
        }
    }
    visits.sort_by_key(|(nth, _)| *nth);
    Ok(visits.into_iter().map(|(_, visit)| visit).collect())
}

/// Sources with their places in the order, by the hosts that they are fetched from.
fn by_host(sources: Vec<Source>) -> Vec<Vec<(usize, Source)>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<(usize, Source)>> = Vec::new();
    for (nth, source) in sources.into_iter().enumerate() {
        let url = Url::parse(&source.location).ok();
        let host = url.and_then(|u| u.host_str().map(str::to_owned));
        // Files keep nobody waiting.
        let host = host.unwrap_or_else(|| source.location.clone());
        match places.get(&host).and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.push((nth, source)),
            None => {
                places.insert(host, groups.len());
                groups.push(vec![(nth, source)]);
            }
        }
    }
    groups
}

/// Visits the sources of one host, one after the other.
async fn fetch_group(
    store: &Store,
    fetcher: &Fetcher,
    group: Vec<(usize, Source)>,
    now: Timestamp,
) -> Result<Vec<(usize, Visit)>, StoreError> {
    let mut visits = Vec::with_capacity(group.len());
    let mut left_alone: Option<Timestamp> = None;
    for (nth, source) in group {
        let visited = match left_alone {
            Some(until) => Ok((Outcome::PutOff, put_off(&source, until), None)),
            None => visit(store, fetcher, &source, now).await,
        };
        let (visit, respite) = record(store, &source, visited, now).await?;
        if let Some(seconds) = respite {
            left_alone = now.checked_add(SignedDuration::from_secs(seconds)).ok();
        }
        visits.push((nth, visit));
    }
    Ok(visits)
}

/// A feed that was looked at and is no source yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What it says.
    pub feed: ParsedFeed,
    /// Where it is: its address, or where that moved for good.
    pub location: String,
    asked: Asked,
}

/// Fetches a feed that is not a source yet, and reads it. Nothing is stored.
///
/// # Errors
/// Whatever keeps it from being read.
pub async fn look(
    fetcher: &Fetcher,
    location: &str,
    private_network: bool,
    now: Timestamp,
) -> Result<Seen, IngestError> {
    let nothing_known = Validators::default();
    match ask(fetcher, location, &nothing_known, private_network, now).await? {
        Answer::Body {
            document,
            asked,
            moved,
        } => Ok(Seen {
            feed: read(document).await?,
            location: moved.unwrap_or_else(|| location.to_owned()),
            asked,
        }),
        // Nobody was asked whether anything changed.
        Answer::NotModified { .. } => Err(IngestError::Fetch(FetchError::Status {
            url: location.to_owned(),
            status: 304,
        })),
    }
}

/// Adds a feed that was looked at as a source, with what it brought, read as `settle` sets it. Without a
/// name it gets the feed's own title.
///
/// # Errors
/// The database's alone, and reading its entries.
pub async fn add(
    store: &Store,
    new: &NewSource,
    seen: Seen,
    lists: &[ListId],
    now: Timestamp,
    settle: impl AsyncFnOnce(&Source) -> Result<(), StoreError>,
) -> Result<(Source, Taken), IngestError> {
    let mut named = new.clone();
    if named.name.is_empty() {
        let title = seen.feed.title.as_deref().unwrap_or_default();
        named.name = title.chars().take(SOURCE_NAME_CHARS).collect();
    }
    named.location = seen.location;
    store.source_add(&named, lists, now).await?;
    settle(&store.source(&new.slug).await?).await?;
    let source = store.source(&new.slug).await?;
    let taken = take_feed(store, &source, seen.feed, now).await?;
    let state = after_taking(&source, seen.asked, &taken, now);
    store.fetch_recorded(&source, &state, None).await?;
    Ok((store.source(&new.slug).await?, taken))
}

async fn visit(
    store: &Store,
    fetcher: &Fetcher,
    source: &Source,
    now: Timestamp,
) -> Result<(Outcome, FetchState, Option<String>), IngestError> {
    let validators = Validators {
        etag: source.fetch.etag.clone(),
        last_modified: source.fetch.last_modified.clone(),
    };
    let private = source.private_network;
    match ask(fetcher, &source.location, &validators, private, now).await? {
        Answer::NotModified { moved, asked } => {
            let state = after_success(source, asked, now);
            Ok((Outcome::NotModified, state, moved))
        }
        Answer::Body {
            document,
            asked,
            moved,
        } => {
            let feed = read(document).await?;
            let taken = take_feed_and_pages(store, fetcher, source, feed, now).await?;
            let state = after_taking(source, asked, &taken, now);
            Ok((Outcome::Taken(taken), state, moved))
        }
    }
}

/// Asks a place for its document, unless nothing changed.
async fn ask(
    fetcher: &Fetcher,
    location: &str,
    validators: &Validators,
    private_network: bool,
    now: Timestamp,
) -> Result<Answer, IngestError> {
    if !is_url(location) {
        return from_file(Path::new(location)).await;
    }
    let fetched = fetcher
        .fetch(location, validators, private_network, now)
        .await?;
    Ok(match fetched {
        Fetched::NotModified {
            moved_permanently_to: moved,
            fresh_s,
        } => Answer::NotModified {
            moved,
            asked: Asked {
                fresh_s,
                ..Asked::default()
            },
        },
        Fetched::Body {
            bytes,
            content_type,
            final_url,
            etag,
            last_modified,
            moved_permanently_to: moved,
            fresh_s,
        } => Answer::Body {
            asked: Asked {
                validators: Some(Validators {
                    etag,
                    last_modified,
                }),
                fresh_s,
                document_s: changes_every_s(&bytes),
            },
            document: Document {
                bytes,
                content_type,
                base_url: Some(final_url),
            },
            moved,
        },
    })
}

/// A feed that is a file: it is read anew each time.
async fn from_file(path: &Path) -> Result<Answer, IngestError> {
    Ok(Answer::Body {
        document: Document {
            bytes: file(path).await?,
            ..Document::default()
        },
        asked: Asked {
            validators: Some(Validators::default()),
            ..Asked::default()
        },
        moved: None,
    })
}

/// Whether a location is dialled; anything else is a file.
pub fn is_url(location: &str) -> bool {
    location.starts_with("http://") || location.starts_with("https://")
}

/// One octet more than is read is enough for the parser to refuse it.
async fn file(path: &Path) -> Result<Vec<u8>, IngestError> {
    let wrong = |source| IngestError::File {
        path: path.to_owned(),
        source,
    };
    let file = tokio::fs::File::open(path).await.map_err(wrong)?;
    let mut bytes = Vec::new();
    file.take(FEED_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .await
        .map_err(wrong)?;
    Ok(bytes)
}
