//! Visiting sources: one conditional fetch, what it brought, and when to come again.
//!
//! A source that does not answer is no failure of ours: it is recorded in the source and told to
//! whoever asked. Only the database can make a visit itself fail.

use std::path::Path;

use jiff::SignedDuration;
use serde::Serialize;
use tokio::io::AsyncReadExt;

use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::parse::FEED_BYTES;
use super::{Document, IngestError, Taken, read, take_feed, take_feed_and_pages};
use crate::domain::ListId;
use crate::domain::article::{FetchState, Source, SourceKind, SourceState};
use crate::domain::selection::QUALITY;
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::store::{NewSource, Store, StoreError};

/// No source is left alone for longer than this, however often it failed.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// Sources that are visited at the same time.
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
    },
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
    },
    Body {
        document: Document,
        validators: Validators,
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
    let (outcome, state, moved) = match visit(store, fetcher, source, now).await {
        Ok((outcome, state, moved)) => (outcome, state, moved),
        Err(IngestError::Store(error)) => return Err(error),
        Err(error) => {
            let failed = Outcome::Failed {
                error: error.to_string(),
                hint: error.hint(),
            };
            (failed, after_failure(source, &error, now), None)
        }
    };
    let next_at = state.next_at.unwrap_or(now);
    store
        .fetch_recorded(source, &state, moved.as_deref())
        .await?;
    Ok(Visit {
        source: source.slug.clone(),
        outcome,
        moved,
        next_at,
    })
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

/// Visits these sources, several at a time; in their order.
pub async fn fetch_all(
    store: &Store,
    fetcher: &Fetcher,
    sources: Vec<Source>,
    now: Timestamp,
) -> Result<Vec<Visit>, StoreError> {
    let mut visits = Vec::with_capacity(sources.len());
    let mut waiting = sources.into_iter().enumerate();
    let mut running = tokio::task::JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((nth, source)) = waiting.next()
        {
            let (store, fetcher) = (store.clone(), fetcher.clone());
            running.spawn(async move {
                let visit = fetch_one(&store, &fetcher, &source, now).await;
                (nth, visit)
            });
        }
        match running.join_next().await {
            None => break,
            Some(Ok((nth, visit))) => visits.push((nth, visit?)),
            // A visit that broke down recorded nothing: its source is still due.
            Some(Err(error)) => tracing::error!(%error, "a visit broke down"),
        }
    }
    visits.sort_by_key(|(nth, _)| *nth);
    Ok(visits.into_iter().map(|(_, visit)| visit).collect())
}

/// Fetches a feed that is not a source yet and, if it is one, adds it with what it brought. Without
/// a name it gets the feed's own title.
///
/// # Errors
/// Whatever keeps it from being read; nothing is added then.
pub async fn add(
    store: &Store,
    fetcher: &Fetcher,
    new: &NewSource,
    name: Option<&str>,
    lists: &[ListId],
    now: Timestamp,
) -> Result<(Source, Taken), IngestError> {
    let answer = ask(fetcher, &provisional(new), now).await?;
    let Answer::Body {
        document,
        validators,
        moved,
    } = answer
    else {
        // Nobody was asked whether anything changed.
        return Err(IngestError::Fetch(FetchError::Status {
            url: new.location.clone(),
            status: 304,
        }));
    };
    let feed = read(document).await?;
    let title = feed.title.clone().filter(|t| !t.is_empty());
    let named = NewSource {
        name: name.map(str::to_owned).or(title).unwrap_or_default(),
        location: moved.unwrap_or_else(|| new.location.clone()),
        ..new.clone()
    };
    store.source_add(&named, lists, now).await?;
    let source = store.source(&new.slug).await?;
    let taken = take_feed(store, &source, feed, now).await?;
    let state = after_success(&source, Some(validators), now);
    store.fetch_recorded(&source, &state, None).await?;
    Ok((store.source(&new.slug).await?, taken))
}

async fn visit(
    store: &Store,
    fetcher: &Fetcher,
    source: &Source,
    now: Timestamp,
) -> Result<(Outcome, FetchState, Option<String>), IngestError> {
    match ask(fetcher, source, now).await? {
        Answer::NotModified { moved } => {
            let state = after_success(source, None, now);
            Ok((Outcome::NotModified, state, moved))
        }
        Answer::Body {
            document,
            validators,
            moved,
        } => {
            let feed = read(document).await?;
            let taken = take_feed_and_pages(store, fetcher, source, feed, now).await?;
            let state = after_success(source, Some(validators), now);
            Ok((Outcome::Taken(taken), state, moved))
        }
    }
}

/// Asks a source's place for its document, unless nothing changed.
async fn ask(fetcher: &Fetcher, source: &Source, now: Timestamp) -> Result<Answer, IngestError> {
    if !is_url(&source.location) {
        let bytes = file(Path::new(&source.location)).await?;
        return Ok(Answer::Body {
            document: Document {
                bytes,
                ..Document::default()
            },
            validators: Validators::default(),
            moved: None,
        });
    }
    let validators = Validators {
        etag: source.fetch.etag.clone(),
        last_modified: source.fetch.last_modified.clone(),
    };
    let fetched = fetcher
        .fetch(&source.location, &validators, source.private_network, now)
        .await?;
    Ok(match fetched {
        Fetched::NotModified {
            moved_permanently_to: moved,
        } => Answer::NotModified { moved },
        Fetched::Body {
            bytes,
            content_type,
            final_url,
            etag,
            last_modified,
            moved_permanently_to: moved,
        } => Answer::Body {
            document: Document {
                bytes,
                content_type,
                base_url: Some(final_url),
            },
            validators: Validators {
                etag,
                last_modified,
            },
            moved,
        },
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

fn after_success(source: &Source, new: Option<Validators>, now: Timestamp) -> FetchState {
    let (etag, last_modified) = match new {
        Some(new) => (new.etag, new.last_modified),
        None => (
            source.fetch.etag.clone(),
            source.fetch.last_modified.clone(),
        ),
    };
    FetchState {
        etag,
        last_modified,
        fetched_at: Some(now),
        next_at: Some(later(now, SignedDuration::from_secs(source.interval_s))),
        failures: 0,
        last_error: None,
    }
}

/// Twice the interval after the first failure, doubled with each further one, up to a day; what the
/// publisher asks for is waited for if it is longer.
fn after_failure(source: &Source, error: &IngestError, now: Timestamp) -> FetchState {
    let failures = source.fetch.failures.saturating_add(1);
    let doublings = u32::try_from(failures.min(20)).unwrap_or(20);
    let wait = source.interval_s.saturating_mul(1_i64 << doublings);
    let asked = match error {
        IngestError::Fetch(FetchError::Later { retry_after_s, .. }) => retry_after_s.unwrap_or(0),
        _ => 0,
    };
    let wait = SignedDuration::from_secs(wait.max(asked)).min(LONGEST_WAIT);
    FetchState {
        next_at: Some(later(now, wait)),
        failures,
        last_error: Some(error.to_string()),
        ..source.fetch.clone()
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// A source as it would be read, before it has a row.
fn provisional(new: &NewSource) -> Source {
    Source {
        id: crate::domain::SourceId(0),
        slug: new.slug.clone(),
        name: new.name.clone(),
        kind: SourceKind::Feed,
        location: new.location.clone(),
        state: SourceState::Active,
        default_topic: new.default_topic.clone(),
        default_language: new.default_language.clone(),
        home: None,
        categories: new.categories.clone(),
        backlog: new.backlog,
        quality: QUALITY,
        private_network: new.private_network,
        interval_s: new.interval_s,
        fetch: FetchState::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchError, IngestError, after_failure, after_success, provisional};
    use crate::domain::article::{Backlog, CategoryMap, FetchState, Source, SourceKind};
    use crate::domain::slug::Slug;
    use crate::domain::time::from_ms;
    use crate::store::NewSource;

    fn failing(failures: i64) -> Source {
        let new = NewSource {
            slug: Slug::parse("times").expect("valid"),
            name: String::new(),
            kind: SourceKind::Feed,
            location: String::new(),
            default_topic: None,
            default_language: None,
            categories: CategoryMap::default(),
            backlog: Backlog::Window,
            private_network: false,
            interval_s: 600,
        };
        Source {
            fetch: FetchState {
                etag: Some("x".to_owned()),
                failures,
                ..FetchState::default()
            },
            ..provisional(&new)
        }
    }

    #[test]
    fn waits_double_up_to_a_day_and_a_success_ends_them() {
        let url = String::new;
        let status = || {
            IngestError::Fetch(FetchError::Status {
                url: url(),
                status: 500,
            })
        };
        let asks = |s| {
            IngestError::Fetch(FetchError::Later {
                url: url(),
                status: 503,
                retry_after_s: s,
            })
        };
        let check = |failures, error: IngestError, seconds: i64| {
            let state = after_failure(&failing(failures), &error, from_ms(0));
            assert_eq!(
                state.next_at,
                Some(from_ms(seconds * 1000)),
                "{failures} {error}"
            );
            assert_eq!((state.failures, state.etag.is_some()), (failures + 1, true));
        };
        check(0, status(), 1_200);
        check(1, status(), 2_400);
        check(6, status(), 76_800);
        check(7, status(), 86_400);
        check(i64::MAX - 1, status(), 86_400);
        check(0, asks(None), 1_200);
        check(0, asks(Some(60)), 1_200);
        check(0, asks(Some(7_200)), 7_200);
        check(0, asks(Some(i64::MAX)), 86_400);
        let state = after_success(&failing(3), None, from_ms(0));
        assert_eq!((state.failures, state.next_at), (0, Some(from_ms(600_000))));
        assert_eq!(state.etag.as_deref(), Some("x"));
    }
}
