//! Pictures: those of the stories that a list may bring, fetched and made anew before its waves freeze.
//!
//! A picture never keeps a letter waiting, and no fault of one is a fault of ours: it is recorded with
//! its reason. What a letter shows of an article's picture is said by `domain::picture`.

pub mod rendition;
pub mod shelf;
pub mod sweep;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use url::Url;

use crate::domain::list::List;
use crate::domain::picture::{Images, Picture, PictureProblem, Rendition};
use crate::domain::time::Timestamp;
use crate::ingest::fetch::{FetchError, Fetched, Fetcher, Validators};
use crate::store::pictures::DuePicture;
use crate::store::{Store, StoreError};
use rendition::RenditionError;
use shelf::Shelf;

/// Pictures that are fetched at the same time.
const AT_ONCE: usize = 4;
/// A picture that failed so often is let be.
const TRIES: u32 = 4;
/// Minutes until the second try; four times as long until each further one.
const FIRST_WAIT_MIN: i64 = 1;

/// What makes renditions.
#[derive(Clone, Debug)]
pub struct Pictures {
    store: Store,
    fetcher: Fetcher,
    shelf: Shelf,
    /// One is decoded at a time: a big one takes a few hundred megabytes.
    decoding: Arc<Semaphore>,
}

impl Pictures {
    /// Renditions of what this store's articles name, on this shelf.
    pub fn new(store: Store, fetcher: Fetcher, shelf: Shelf) -> Pictures {
        Pictures {
            store,
            fetcher,
            shelf,
            decoding: Arc::new(Semaphore::new(1)),
        }
    }

    /// One step: the pictures of these lists that are due, the newest articles' first, at most `limit`
    /// of each list. Lists that show no renditions have none. What became of each is recorded and told.
    ///
    /// # Errors
    /// The database's alone.
    pub async fn make_due(
        &self,
        lists: &[List],
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Picture>, StoreError> {
        let mut seen = BTreeSet::new();
        let mut due = Vec::new();
        for list in lists.iter().filter(|l| l.settings.images == Images::Own) {
            let found = self
                .store
                .pictures_due(list.id, oldest(list, now), now, limit);
            due.extend(
                found
                    .await?
                    .into_iter()
                    .filter(|d| seen.insert(d.url.clone())),
            );
        }
        let mut made = Vec::with_capacity(due.len());
        let mut waiting = due.into_iter();
        let mut running = tokio::task::JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(due) = waiting.next()
            {
                let pictures = self.clone();
                running.spawn(async move { pictures.make(due, now).await });
            }
            match running.join_next().await {
                None => return Ok(made),
                Some(Ok(picture)) => {
                    self.store
                        .pictures_record(std::slice::from_ref(&picture), now)
                        .await?;
                    made.push(picture);
                }
                // What broke down recorded nothing: it is still due.
                Some(Err(error)) => tracing::error!(%error, "making a picture broke down"),
            }
        }
    }

    /// Forgets renditions of these lists whose files are gone, as after a database was put back without
    /// its pictures; they are due again then. How many.
    pub async fn forget_lost(&self, lists: &[List], now: Timestamp) -> Result<usize, StoreError> {
        let mut lost = Vec::new();
        for list in lists.iter().filter(|l| l.settings.images == Images::Own) {
            let made = self.store.pictures_made(list.id, oldest(list, now)).await?;
            let gone = made
                .into_iter()
                .filter(|(_, name)| self.shelf.find(name).is_none());
            lost.extend(gone.map(|(url, _)| url));
        }
        if !lost.is_empty() {
            self.store.pictures_forget(&lost).await?;
        }
        Ok(lost.len())
    }

    async fn make(&self, due: DuePicture, now: Timestamp) -> Picture {
        let outcome = self.outcome(&due, now).await;
        let tries = due.tries.saturating_add(1);
        let (outcome, asked) = match outcome {
            Ok(rendition) => (Ok(rendition), None),
            Err((problem, asked)) => (Err(problem), asked),
        };
        let again = match outcome {
            Err(_) if tries < TRIES => Some(next_try(tries, asked, now)),
            _ => None,
        };
        Picture {
            url: due.url,
            outcome,
            tries,
            again,
        }
    }

    /// The rendition, or what is wrong, with the seconds for which the publisher asks us to wait.
    async fn outcome(
        &self,
        due: &DuePicture,
        now: Timestamp,
    ) -> Result<Rendition, (PictureProblem, Option<i64>)> {
        let private = is_beside(&due.url, &due.location) && due.private_network;
        let fetched = self
            .fetcher
            .fetch(&due.url, &Validators::default(), private, now)
            .await
            .map_err(|e| (not_fetched(&e), asked(&e)))?;
        let bytes = match fetched {
            Fetched::Body { bytes, .. } => bytes,
            // Nobody was asked whether anything changed.
            Fetched::NotModified { .. } => Vec::new(),
        };
        let Ok(_turn) = self.decoding.acquire().await else {
            return Err((PictureProblem::of(RenditionError::Broke), None));
        };
        let shelf = self.shelf.clone();
        let made = tokio::task::spawn_blocking(move || kept(&bytes, &shelf)).await;
        let made = made.unwrap_or(Err(PictureProblem::of(RenditionError::Broke)));
        made.map_err(|problem| (problem, None))
    }
}

impl PictureProblem {
    fn of(error: RenditionError) -> PictureProblem {
        PictureProblem {
            words: error.to_string(),
            broken: true,
        }
    }
}

/// Makes a rendition and puts it on the shelf.
fn kept(bytes: &[u8], shelf: &Shelf) -> Result<Rendition, PictureProblem> {
    let made = rendition::make(bytes).map_err(PictureProblem::of)?;
    let sha256 = shelf.put(&made.jpeg).map_err(|e| PictureProblem {
        words: format!("it cannot be kept: {e}"),
        broken: false,
    })?;
    Ok(Rendition {
        sha256,
        width: made.width,
        height: made.height,
        bytes: made.jpeg.len() as u64,
    })
}

/// Articles dated before this instant are brought by no wave any more.
fn oldest(list: &List, now: Timestamp) -> Timestamp {
    let window = SignedDuration::from_hours(i64::from(list.settings.window_hours));
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

/// Whether a picture is on the host that its source is fetched from: what was opened for a source is
/// not open for wherever its articles point.
fn is_beside(url: &str, location: &str) -> bool {
    let host = |text: &str| Url::parse(text).ok()?.host_str().map(str::to_owned);
    host(url).is_some_and(|h| host(location) == Some(h))
}

fn not_fetched(error: &FetchError) -> PictureProblem {
    let broken = match error {
        FetchError::Resolve { .. }
        | FetchError::Connection { .. }
        | FetchError::Timeout { .. }
        | FetchError::Later { .. } => false,
        // A publisher that refuses us may well serve its readers.
        FetchError::Status { status, .. } => matches!(status, 400 | 404 | 405 | 410),
        _ => true,
    };
    PictureProblem {
        words: error.to_string(),
        broken,
    }
}

fn asked(error: &FetchError) -> Option<i64> {
    match error {
        FetchError::Later { retry_after_s, .. } => *retry_after_s,
        _ => None,
    }
}

fn next_try(tries: u32, asked: Option<i64>, now: Timestamp) -> Timestamp {
    let wait = FIRST_WAIT_MIN * 60 * 4_i64.pow(tries.saturating_sub(1).min(TRIES));
    let wait = SignedDuration::from_secs(wait.max(asked.unwrap_or(0)));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::{is_beside, next_try, not_fetched};
    use crate::domain::time::from_ms;
    use crate::ingest::fetch::FetchError;

    #[test]
    fn waits_grow_and_what_is_asked_for_is_kept() {
        let check = |tries, asked, minutes: i64| {
            let at = next_try(tries, asked, from_ms(0));
            assert_eq!(at, from_ms(minutes * 60_000), "{tries} {asked:?}");
        };
        check(1, None, 1);
        check(2, None, 4);
        check(3, None, 16);
        check(1, Some(600), 10);
    }

    #[test]
    fn what_readers_would_not_see_either_is_broken() {
        let url = || "https://n.example/a.jpg".to_owned();
        let status = |status| FetchError::Status { url: url(), status };
        assert!(not_fetched(&status(404)).broken);
        assert!(!not_fetched(&status(403)).broken);
        assert!(!not_fetched(&status(502)).broken);
        assert!(not_fetched(&FetchError::Gone { url: url() }).broken);
        let slow = FetchError::Timeout {
            url: url(),
            seconds: 20,
        };
        assert!(!not_fetched(&slow).broken);
    }

    #[test]
    fn a_source_opens_its_own_host_and_no_other() {
        let feed = "http://10.1.1.1:8080/feed.xml";
        assert!(is_beside("http://10.1.1.1/a.jpg", feed));
        assert!(!is_beside("http://10.1.1.2/a.jpg", feed));
        assert!(!is_beside("http://10.1.1.1/a.jpg", ""));
        assert!(!is_beside("/a.jpg", "/feed.xml"));
    }
}
