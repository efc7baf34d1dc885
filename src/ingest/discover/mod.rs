//! Finding a site's feeds: the address itself, the feeds that its page names, then the places where
//! feeds usually are, as far as the site's robots.txt lets programs look around.

pub mod robots;

use std::collections::BTreeSet;

use serde::Serialize;
use url::Url;

use self::robots::Robots;
use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::parse::{FeedLink, ParseError, ParsedFeed, feed_links};
use super::{Document, IngestError, read};
use crate::domain::time::Timestamp;
use crate::domain::words;

/// Addresses that a page names and that are tried.
const NAMED: usize = 12;
/// Feeds that a page shows without saying so, which are tried where it states none.
const SHOWN: usize = 4;
/// Where feeds usually are, from the likeliest on.
const USUAL: &[&str] = &[
    "/feed",
    "/rss",
    "/feed.xml",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
];

words! {
    /// How a feed was found.
    How {
        /// It is the address that was given.
        Itself = "itself",
        /// The page states it in a `link`.
        Stated = "stated",
        /// The page shows a link to it.
        Shown = "shown",
        /// It is where feeds usually are.
        Usual = "usual",
    }
}

/// A feed that was found, with what it says now.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFeed {
    /// Where it is: its address, or where that moved for good.
    pub url: String,
    /// How it was found.
    pub how: How,
    /// What it says.
    pub feed: ParsedFeed,
}

/// An address that brought no feed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missed {
    /// Which.
    pub url: String,
    /// Why, in words.
    pub why: String,
}

/// What looking for feeds brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovered {
    /// Feeds, in the order in which they were found, each once.
    pub feeds: Vec<FoundFeed>,
    /// What a page named, or looked like, and was no feed.
    pub missed: Vec<Missed>,
}

/// The newest date of a feed's entries that is not in the future.
pub fn newest(feed: &ParsedFeed, now: Timestamp) -> Option<Timestamp> {
    let dates = feed
        .entries
        .iter()
        .filter_map(|e| e.published.or(e.updated));
    dates.filter(|at| *at <= now).max()
}

/// Looks for the feeds of a site, at most `most` of them. `private_network` lets it be on this machine
/// or a private network.
///
/// # Errors
/// The address itself cannot be fetched. That it has no feed is no error.
pub async fn discover(
    fetcher: &Fetcher,
    url: &str,
    private_network: bool,
    most: usize,
    now: Timestamp,
) -> Result<Discovered, IngestError> {
    let mut search = Search {
        fetcher,
        private_network,
        most,
        now,
        asked: BTreeSet::new(),
        found: Discovered::default(),
    };
    let page = match search.get(url).await? {
        (Ok(feed), at) => {
            search.keep(at.url, How::Itself, feed);
            return Ok(search.found);
        }
        (Err(error), at) => (error, at),
    };
    let (error, at) = page;
    let links = feed_links(&at.bytes, at.content_type.as_deref(), &at.url);
    let (stated, shown): (Vec<FeedLink>, Vec<FeedLink>) = links.into_iter().partition(|l| l.stated);
    search.try_all(stated, How::Stated, NAMED).await?;
    if search.found.feeds.is_empty() {
        search.try_all(shown, How::Shown, SHOWN).await?;
    }
    if search.found.feeds.is_empty() {
        search.usual(&at.url).await?;
    }
    if search.found.feeds.is_empty() && !matches!(error, ParseError::Html { .. }) {
        search.found.missed.push(Missed {
            url: at.url,
            why: error.to_string(),
        });
    }
    Ok(search.found)
}

/// A document that came, whatever it is.
struct Came {
    url: String,
    bytes: Vec<u8>,
    content_type: Option<String>,
}

/// A search that is on its way.
struct Search<'a> {
    fetcher: &'a Fetcher,
    private_network: bool,
    most: usize,
    now: Timestamp,
    /// Addresses that were asked for.
    asked: BTreeSet<String>,
    found: Discovered,
}

impl Search<'_> {
    /// A document, read as a feed if it is one.
    async fn get(
        &mut self,
        url: &str,
    ) -> Result<(Result<ParsedFeed, ParseError>, Came), IngestError> {
        self.asked.insert(url.to_owned());
        let nothing = Validators::default();
        let fetched = self
            .fetcher
            .fetch(url, &nothing, self.private_network, self.now)
            .await?;
        let Fetched::Body {
            bytes,
            content_type,
            final_url,
            moved_permanently_to,
            ..
        } = fetched
        else {
            // Nobody was asked whether anything changed.
            let url = url.to_owned();
            return Err(FetchError::Status { url, status: 304 }.into());
        };
        self.asked.insert(final_url.clone());
        let document = Document {
            bytes: bytes.clone(),
            content_type: content_type.clone(),
            base_url: Some(final_url.clone()),
        };
        let feed = match read(document).await {
            Ok(feed) => Ok(feed),
            Err(IngestError::Parse(error)) => Err(error),
            Err(error) => return Err(error),
        };
        let at = match &feed {
            Ok(_) => moved_permanently_to.unwrap_or_else(|| url.to_owned()),
            // A page's links are read against where it is.
            Err(_) => final_url,
        };
        let came = Came {
            url: at,
            bytes,
            content_type,
        };
        Ok((feed, came))
    }

    fn keep(&mut self, url: String, how: How, feed: ParsedFeed) {
        // The same feed under two names (RSS and Atom, with and without a slash) is one.
        let links = |feed: &ParsedFeed| -> Vec<Option<String>> {
            feed.entries
                .iter()
                .take(10)
                .map(|e| e.link.clone())
                .collect()
        };
        let mine = links(&feed);
        let known = |f: &FoundFeed| f.url == url || (!mine.is_empty() && links(&f.feed) == mine);
        if !self.found.feeds.iter().any(known) {
            self.found.feeds.push(FoundFeed { url, how, feed });
        }
    }

    fn enough(&self) -> bool {
        self.found.feeds.len() >= self.most
    }

    /// Tries addresses that a page names, at most `limit` of them.
    async fn try_all(
        &mut self,
        links: Vec<FeedLink>,
        how: How,
        limit: usize,
    ) -> Result<(), IngestError> {
        for link in links.into_iter().take(limit) {
            if self.enough() {
                break;
            }
            self.try_one(&link.url, how).await?;
        }
        Ok(())
    }

    async fn try_one(&mut self, url: &str, how: How) -> Result<(), IngestError> {
        if self.asked.contains(url) {
            return Ok(());
        }
        let why = match self.get(url).await {
            Ok((Ok(feed), at)) => {
                self.keep(at.url, how, feed);
                return Ok(());
            }
            Ok((Err(error), _)) => error.to_string(),
            Err(error @ IngestError::Store(_)) => return Err(error),
            Err(error) => error.to_string(),
        };
        if how != How::Usual {
            let url = url.to_owned();
            self.found.missed.push(Missed { url, why });
        }
        Ok(())
    }

    /// Tries the usual places of a site, until one has a feed or the site has had enough of us.
    async fn usual(&mut self, page: &str) -> Result<(), IngestError> {
        let Ok(page) = Url::parse(page) else {
            return Ok(());
        };
        let at = |path: &str| page.join(path).ok();
        let robots = match at("/robots.txt") {
            Some(url) => self.robots(url.as_str()).await,
            None => Robots::default(),
        };
        for url in USUAL.iter().filter_map(|path| at(path)) {
            if !robots.allows(url.path()) {
                continue;
            }
            let before = self.found.feeds.len();
            match self.get(url.as_str()).await {
                Ok((Ok(feed), at)) => self.keep(at.url, How::Usual, feed),
                Ok(_) | Err(IngestError::Fetch(FetchError::Status { .. })) => {}
                // Whoever refuses or fails otherwise is asked no more questions.
                Err(_) => break,
            }
            if self.found.feeds.len() > before {
                break;
            }
        }
        Ok(())
    }

    /// A site that has no robots.txt asks nothing.
    async fn robots(&self, url: &str) -> Robots {
        let nothing = Validators::default();
        let asked = self
            .fetcher
            .fetch(url, &nothing, self.private_network, self.now);
        match asked.await {
            Ok(Fetched::Body { bytes, .. }) => Robots::parse(&String::from_utf8_lossy(&bytes)),
            _ => Robots::default(),
        }
    }
}
