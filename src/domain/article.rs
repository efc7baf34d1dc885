//! Sources, articles, their append-only texts, stories, topics and places.

mod facts;
mod page;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use facts::{ALSO, Origin, PageFacts, Publisher, StoryFacts, count_words, reading_minutes};
pub use page::{CanonicalUrl, UrlError, fragment};

use super::slug::Slug;
use super::time::Timestamp;
use super::{ArticleId, RevisionId, SourceId, StoryId, words};

/// What a subscriber may follow: a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The short name that is stored and typed.
    pub slug: Slug,
    /// The words that readers see.
    pub name: String,
}

/// What a subscriber may follow: somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The short name that is stored and typed.
    pub slug: Slug,
    /// The words that readers see.
    pub name: String,
}

/// A topic with its weight, 1 to 1000 (thousandths).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicWeight {
    /// The topic.
    pub topic: Slug,
    /// Thousandths: 1000 is "wholly".
    pub weight: u16,
}

/// What a source's category text means to us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// A topic.
    Topic(Slug),
    /// A place.
    Place(Slug),
}

/// Category text (trimmed, lower-cased) to what it means: `city hall=politics, harbour=place:port`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryMap(pub BTreeMap<String, Label>);

/// A line of a category map that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` in a category map is not of the form category=topic or category=place:slug")]
pub struct CategoryMapError {
    /// The part, cut at 80 characters.
    pub part: String,
}

impl CategoryMap {
    /// Reads `category=topic, other category=place:slug`.
    pub fn parse(text: &str) -> Result<CategoryMap, CategoryMapError> {
        let mut map = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let bad = || CategoryMapError {
                part: part.chars().take(80).collect(),
            };
            let (category, label) = part.split_once('=').ok_or_else(bad)?;
            let label = match label.trim().strip_prefix("place:") {
                Some(place) => Label::Place(Slug::parse(place).map_err(|_| bad())?),
                None => Label::Topic(Slug::parse(label.trim()).map_err(|_| bad())?),
            };
            map.insert(CategoryMap::key(category), label);
        }
        Ok(CategoryMap(map))
    }

    /// The form under which a category is looked up.
    pub fn key(category: &str) -> String {
        category
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    }

    /// What a category means, if the map knows it.
    pub fn get(&self, category: &str) -> Option<&Label> {
        self.0.get(&CategoryMap::key(category))
    }

    /// The text that [`CategoryMap::parse`] reads back.
    pub fn to_text(&self) -> String {
        let part = |(category, label): (&String, &Label)| match label {
            Label::Topic(slug) => format!("{category}={slug}"),
            Label::Place(slug) => format!("{category}=place:{slug}"),
        };
        self.0.iter().map(part).collect::<Vec<_>>().join(", ")
    }
}

words! {
    /// How a source is read.
    SourceKind {
        /// Fetched from an http(s) URL or a local file.
        Feed = "feed",
        /// Rows handed in by `article import`.
        Import = "import",
    }
}

words! {
    /// Whether a source is read.
    SourceState {
        /// Fetched when due.
        Active = "active",
        /// Kept, not fetched.
        Paused = "paused",
    }
}

words! {
    /// What the entries of the first fetch are.
    Backlog {
        /// Those dated inside the list's window are candidates, older or undated ones are backlog.
        Window = "window",
        /// All are candidates.
        All = "all",
        /// All are backlog.
        None = "none",
    }
}

/// Most characters of a source's name.
pub const SOURCE_NAME_CHARS: usize = 80;

/// Where articles come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Row id.
    pub id: SourceId,
    /// Short name.
    pub slug: Slug,
    /// Name shown beside a story; empty where nobody gave it one.
    pub name: String,
    /// How it is read.
    pub kind: SourceKind,
    /// http(s) URL or file path of a feed; empty for imports.
    pub location: String,
    /// Read or left alone.
    pub state: SourceState,
    /// The topic of entries that bring none.
    pub default_topic: Option<Slug>,
    /// BCP 47 tag of entries that state none.
    pub default_language: Option<String>,
    /// The place that it writes from.
    pub home: Option<Slug>,
    /// What its categories mean.
    pub categories: CategoryMap,
    /// What the first fetch brings.
    pub backlog: Backlog,
    /// How much it counts beside others, in thousandths.
    pub quality: u16,
    /// Private networks, and ports from 1024 on, may be dialled for this source.
    pub private_network: bool,
    /// Seconds between two fetches.
    pub interval_s: i64,
    /// Seconds for which an article of it waits after it was first seen, before letters bring it.
    pub settle_s: i64,
    /// What the last fetch left.
    pub fetch: FetchState,
}

impl Source {
    /// Its name for whoever runs it: the short one where it has no other.
    pub fn shown(&self) -> &str {
        match self.name.as_str() {
            "" => self.slug.as_str(),
            name => name,
        }
    }
}

/// How much a source's stories count unless that is set.
pub const QUALITY: u16 = 500;

/// How the last error of a source begins that brought a document of which nothing could be taken.
pub const NOTHING_USABLE: &str = "nothing in it could be used";

impl FetchState {
    /// Whether its last document came and held nothing that could be taken.
    pub fn is_useless(&self) -> bool {
        let last = self.last_error.as_deref();
        self.failures == 0 && last.is_some_and(|e| e.starts_with(NOTHING_USABLE))
    }
}

/// What a source's last fetch left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchState {
    /// `ETag` of the last 200.
    pub etag: Option<String>,
    /// `Last-Modified` of the last 200.
    pub last_modified: Option<String>,
    /// When a fetch last succeeded (200 or 304).
    pub fetched_at: Option<Timestamp>,
    /// When it is due again.
    pub next_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: i64,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// The last failure in words, or why nothing of the last document could be taken.
    pub last_error: Option<String>,
    /// Why it was paused without anybody's word.
    pub stopped: Option<String>,
    /// Seconds between two changes, by the word of its last document.
    pub asked_s: Option<i64>,
}

/// An image as its publisher gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// http(s) URL.
    pub url: String,
    /// Alternative text; empty if the publisher gave none.
    pub alt: String,
}

/// The texts of an article at one time. A changed text is a new revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleText {
    /// Plain text, one line.
    pub headline: String,
    /// Plain text, without mark-up; may be empty.
    pub summary: String,
    /// Who wrote it, as shown; may be empty.
    pub byline: String,
    /// The picture.
    pub image: Option<Image>,
    /// Plain text of the whole piece where we were given it.
    pub body: Option<String>,
    /// The source's own category words.
    pub categories: Vec<String>,
}

/// What is another in a text than in the one before it, in words.
pub fn changes(before: &ArticleText, after: &ArticleText) -> Vec<&'static str> {
    let parts = [
        ("headline", before.headline != after.headline),
        ("summary", before.summary != after.summary),
        ("byline", before.byline != after.byline),
        ("image", before.image != after.image),
        ("body", before.body != after.body),
        ("categories", before.categories != after.categories),
    ];
    let changed = parts.into_iter().filter(|(_, other)| *other);
    changed.map(|(what, _)| what).collect()
}

/// What a reader of feeds or rows hands over: cleaned, canonical, not yet stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewArticle {
    /// The source's own name for it (guid, id), or its canonical URL.
    pub entry_key: String,
    /// Where it is read.
    pub url: CanonicalUrl,
    /// The part of the page that is meant, see [`fragment`].
    pub fragment: Option<String>,
    /// Its texts.
    pub text: ArticleText,
    /// As stated; `None` when the source states none that can be read.
    pub published: Option<Timestamp>,
    /// BCP 47, lower-case primary tag first.
    pub language: Option<String>,
    /// Topics with weights.
    pub topics: Vec<TopicWeight>,
    /// Places, with what showed them.
    pub places: Vec<PlaceEvidence>,
}

/// A place and the words that showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceEvidence {
    /// The place.
    pub place: Slug,
    /// Category or phrase that names it.
    pub evidence: String,
}

/// One published piece as stored, with its newest text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Article {
    /// Row id.
    pub id: ArticleId,
    /// Its source.
    pub source: SourceId,
    /// The source's name as shown.
    pub source_name: String,
    /// Where it is read.
    pub url: CanonicalUrl,
    /// The part of the page that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// The story that it tells now.
    pub story: StoryId,
    /// Its newest text.
    pub revision: RevisionId,
    /// The text itself.
    pub text: ArticleText,
    /// As stated by the source.
    pub published: Option<Timestamp>,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// BCP 47.
    pub language: Option<String>,
    /// Came with a first fetch and is no candidate.
    pub backlog: bool,
    /// Topics with weights.
    pub topics: Vec<TopicWeight>,
    /// Places with evidence.
    pub places: Vec<PlaceEvidence>,
    /// No letter brings it earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embargo: Option<Timestamp>,
    /// No letter brings it any more, since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// Its source said then that it is corrected, or that it corrects another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Timestamp>,
}

/// A revision with what is printed around it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrintedArticle {
    /// The article.
    pub article: ArticleId,
    /// Where it is read.
    pub url: CanonicalUrl,
    /// The part of the page that is meant.
    pub fragment: Option<String>,
    /// The source's name as shown; empty where nobody gave it one.
    pub source_name: String,
    /// BCP 47, as the article or its source states it.
    pub language: Option<String>,
    /// The text of this revision.
    pub text: ArticleText,
    /// Width and height of its picture in pixels, where they are known: of our own renditions.
    pub pixels: Option<(u32, u32)>,
    /// As stated by the source.
    pub published: Option<Timestamp>,
    /// What a letter says beside the text, as the wave froze it.
    pub facts: StoryFacts,
}

/// An article's age counts from its stated date, if that is not in the future when first seen;
/// otherwise from first sight.
pub fn dated(published: Option<Timestamp>, first_seen: Timestamp) -> Timestamp {
    match published {
        Some(at) if at <= first_seen => at,
        _ => first_seen,
    }
}

#[cfg(test)]
mod tests {
    use super::{CategoryMap, Timestamp, dated};

    #[test]
    fn no_stated_date_makes_an_article_younger_than_its_first_sight() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let seen = at(1_000_000);
        assert_eq!(dated(Some(at(5)), seen), at(5));
        assert_eq!(dated(None, seen), seen, "undated");
        assert_eq!(dated(Some(at(1_000_001)), seen), seen, "later today");
        assert_eq!(
            dated(Some(at(i64::MAX / 1_000_000)), seen),
            seen,
            "far ahead"
        );
    }

    #[test]
    fn a_category_map_reads_back_what_it_writes() {
        let map = CategoryMap::parse("City  Hall=politics, Harbour=place:port").expect("valid");
        assert_eq!(map.to_text(), "city hall=politics, harbour=place:port");
        assert!(map.get(" city HALL ").is_some());
        assert!(CategoryMap::parse("city hall").is_err());
    }
}
