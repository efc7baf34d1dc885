//! A site as it was found: its name, its feeds with short names, the topics that they propose.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Serialize;
use url::Url;

use crate::domain::article::{CategoryMap, Label};
use crate::domain::slug::Slug;
use crate::domain::time::{Timestamp, Zone};
use crate::ingest::discover::{Discovered, How};
use crate::ingest::parse::{Entry, ParsedFeed};
use crate::ingest::proposal::{self, Proposed};

/// Stories that a letter should have to choose from.
const WANTED: usize = 12;
/// Hours within which news is new.
const NEW_HOURS: i64 = 24;
/// Hours beyond which no list looks back.
const FAR_HOURS: i64 = 720;
/// What stands between the parts of a feed's title.
const BETWEEN: &[&str] = &[
    " - ", " – ", " — ", " | ", " » ", " › ", " :: ", ": ", " > ",
];

/// A feed of the site, as a source of it.
#[derive(Clone, Debug)]
pub struct SiteFeed {
    /// Short name.
    pub slug: Slug,
    /// Its title.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// How it was found.
    pub how: How,
    /// What it says.
    pub feed: ParsedFeed,
    /// The topic of all of it, where its title proposes one.
    pub topic: Option<Slug>,
}

/// Who said in which zone readers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneFrom {
    /// Whoever typed the command.
    Typed,
    /// The machine, by what it is set to.
    Machine,
    /// Nobody.
    Default,
}

/// The zone of the readers' clocks.
#[derive(Clone, Debug)]
pub struct SiteZone {
    /// Which.
    pub zone: Zone,
    /// Who said so.
    pub from: ZoneFrom,
}

/// A site.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it calls itself.
    pub name: String,
    /// Short name of its list.
    pub slug: Slug,
    /// Its host.
    pub host: String,
    /// BCP 47, by the first feed that states one.
    pub language: Option<String>,
    /// Its feeds.
    pub feeds: Vec<SiteFeed>,
    /// Topics, the most frequent first.
    pub topics: Vec<Proposed>,
    /// What its categories mean.
    pub map: CategoryMap,
    /// Of its readers.
    pub zone: SiteZone,
    /// Private networks may be dialled.
    pub private_network: bool,
}

/// How old the stories are that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Old {
    /// Stories of the last day, and those without a date.
    pub new: usize,
    /// Older ones that are shown beside them.
    pub older: usize,
    /// The oldest of them.
    pub since: Option<Timestamp>,
    /// Hours that the list looks back for it.
    #[serde(skip)]
    pub window_hours: i64,
}

impl Site {
    /// What was found at an address, which brought a feed at least.
    pub fn of(url: &str, found: Discovered, zone: SiteZone, private_network: bool) -> Site {
        let host = Url::parse(url).ok();
        let host = host.and_then(|u| u.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
        let mut found = found.feeds;
        // Comments are no news, if there is any other feed.
        let comments = |f: &crate::ingest::discover::FoundFeed| {
            let title = f.feed.title.as_deref().unwrap_or_default();
            let is = |text: &str| text.to_lowercase().contains("comment");
            is(title) || Url::parse(&f.url).is_ok_and(|u| is(u.path()))
        };
        if !found.iter().all(comments) {
            found.retain(|f| !comments(f));
        }
        let mut taken = BTreeSet::new();
        let mut feeds = Vec::new();
        for one in found {
            let title = one.feed.title.clone().filter(|t| !t.is_empty());
            let name: String = title
                .unwrap_or_else(|| host.clone())
                .chars()
                .take(80)
                .collect();
            let Some(slug) = unused(&name, &mut taken) else {
                continue;
            };
            feeds.push(SiteFeed {
                slug,
                name,
                url: one.url,
                how: one.how,
                feed: one.feed,
                topic: None,
            });
        }
        let mut site = Site {
            name: site_name(&feeds, &host),
            slug: proposal::slug(&host, 1).unwrap_or_else(|| slug_or("site")),
            language: feeds.iter().find_map(|f| f.feed.language.clone()),
            host,
            feeds,
            topics: Vec::new(),
            map: CategoryMap::default(),
            zone,
            private_network,
        };
        site.propose();
        site
    }

    /// Topics by categories; where those say too little, by the titles of several feeds.
    fn propose(&mut self) {
        let feeds: Vec<&ParsedFeed> = self.feeds.iter().map(|f| &f.feed).collect();
        self.topics = proposal::propose(&feeds);
        for topic in &self.topics {
            let label = Label::Topic(topic.topic.clone());
            self.map.0.insert(topic.category.clone(), label);
        }
        if self.topics.len() >= 2 {
            return;
        }
        let parts: Vec<Vec<String>> = self.feeds.iter().map(|f| parts_of(&f.name)).collect();
        for (n, feed) in self.feeds.iter_mut().enumerate() {
            let others = || parts.iter().enumerate().filter(|(m, _)| *m != n);
            let own = parts.get(n).into_iter().flatten();
            let mut own = own.filter(|part| {
                let elsewhere = others().any(|(_, parts)| parts.contains(part));
                !elsewhere && proposal::says_something(&CategoryMap::key(part))
            });
            let Some(name) = own.next().filter(|_| parts.len() >= 2).cloned() else {
                continue;
            };
            let Some(topic) = proposal::slug(&name, self.topics.len() + 1) else {
                continue;
            };
            feed.topic = Some(topic.clone());
            if self.topics.iter().all(|t| t.topic != topic) {
                self.topics.push(Proposed {
                    topic,
                    category: CategoryMap::key(&name),
                    name,
                    entries: feed.feed.entries.len(),
                });
            }
        }
    }

    /// The site with enough stories for a letter: where the last day has few, the newest ones of before
    /// are taken, too. What is older than any list looks back stands without its date.
    pub fn as_if_new(&self, now: Timestamp) -> (Site, Old) {
        let dated = |entry: &Entry| entry.published.or(entry.updated).filter(|at| *at <= now);
        let hours = |at: Timestamp| now.duration_since(at).as_hours();
        let mut links = BTreeSet::new();
        let mut dates: Vec<Timestamp> = Vec::new();
        let mut undated = 0;
        for entry in self.feeds.iter().flat_map(|f| &f.feed.entries) {
            let Some(link) = &entry.link else { continue };
            if !links.insert(link.as_str()) {
                continue;
            }
            match dated(entry) {
                Some(at) => dates.push(at),
                None => undated += 1,
            }
        }
        dates.sort_by_key(|at| Reverse(*at));
        let new = undated + dates.iter().filter(|at| hours(**at) < NEW_HOURS).count();
        let mut old = Old {
            new,
            window_hours: NEW_HOURS,
            ..Old::default()
        };
        let mut site = self.clone();
        let older: Vec<Timestamp> = dates
            .into_iter()
            .filter(|at| hours(*at) >= NEW_HOURS)
            .take(WANTED.saturating_sub(new))
            .collect();
        let Some(since) = older.last().copied() else {
            return (site, old);
        };
        (old.older, old.since) = (older.len(), Some(since));
        old.window_hours = (hours(since) + 2).min(FAR_HOURS);
        let far = SignedDuration::from_hours(FAR_HOURS - 1);
        let far = now.checked_sub(far).unwrap_or(Timestamp::MIN);
        for entry in site.feeds.iter_mut().flat_map(|f| &mut f.feed.entries) {
            if entry
                .published
                .or(entry.updated)
                .is_some_and(|at| at >= since && at < far)
            {
                (entry.published, entry.updated) = (None, None);
            }
        }
        (site, old)
    }
}

fn slug_or(word: &str) -> Slug {
    Slug::from_name(word).unwrap_or_else(|| slug_or("site"))
}

/// A short name that no other feed of the site has.
fn unused(name: &str, taken: &mut BTreeSet<Slug>) -> Option<Slug> {
    let base = proposal::slug(name, taken.len() + 1)?;
    (1..100_usize).find_map(|n| {
        let slug = match n {
            1 => base.clone(),
            n => {
                let start: String = base.as_str().chars().take(36).collect();
                Slug::parse(&format!("{start}-{n}")).ok()?
            }
        };
        taken.insert(slug.clone()).then_some(slug)
    })
}

/// The part that the titles of all feeds share, else the first one's title.
fn site_name(feeds: &[SiteFeed], host: &str) -> String {
    let Some(first) = feeds.first() else {
        return host.to_owned();
    };
    let shared = parts_of(&first.name)
        .into_iter()
        .find(|part| feeds.len() > 1 && feeds.iter().all(|f| parts_of(&f.name).contains(part)));
    shared.unwrap_or_else(|| first.name.clone())
}

fn parts_of(title: &str) -> Vec<String> {
    let mut parts = vec![title.to_owned()];
    for between in BETWEEN {
        let split = |part: String| -> Vec<String> {
            part.split(between).map(|p| p.trim().to_owned()).collect()
        };
        parts = parts.into_iter().flat_map(split).collect();
    }
    parts.retain(|p| !p.is_empty());
    parts
}
