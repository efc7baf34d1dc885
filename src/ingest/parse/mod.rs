//! Bytes of feeds, rows and pages to articles; pure. It never panics on any input, never loses a
//! feed over one entry, and says what it could not use. It does not know where the bytes came from.

mod clean;
mod cost;
mod date;
mod decode;
mod dialect;
mod draft;
mod entry;
mod feed_links;
mod headline;
mod hear;
mod json;
mod jsonl;
mod leaf;
mod lex;
mod links;
mod markup;
mod mend;
mod notice;
mod opml;
mod page;
mod pixel;
mod rhythm;
mod shown;
mod sniff;
mod strip;
mod tombstone;
mod walk;
mod xml;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

pub use self::clean::{BODY_CHARS, HEADLINE_CHARS, SUMMARY_CHARS, language_tag};
pub use self::date::parse_date;
pub use self::entry::{SourceSettings, to_articles, to_json};
pub use self::feed_links::{FeedLink, feed_links};
pub use self::hear::is_likely;
pub use self::jsonl::{LINE_BYTES, parse_jsonl};
pub use self::markup::Markup;
pub use self::notice::notice;
pub use self::opml::{OPML_BYTES, Opml, Outline, Skipped, parse_opml, write_opml};
pub use self::page::{PageReading, RuleError, Rules, Step, check_rules, clean_entry, parse_page};
pub use self::rhythm::changes_every_s;
pub use self::tombstone::Tombstone;
use crate::domain::article::Image;
use crate::domain::time::Timestamp;
use crate::domain::words;

/// Longer documents are refused, in octets.
pub const FEED_BYTES: usize = 10 << 20;
/// Entries beyond this many are counted, not read.
pub const ENTRIES: usize = 2_000;
/// Problems beyond this many are not told.
pub const PROBLEMS: usize = 100;
/// Elements open at once; a document with more is refused.
pub const DEPTH: usize = 256;

words! {
    /// The family of a feed's format.
    FeedFormat {
        /// RSS 0.91 to 2.0.
        Rss = "rss",
        /// RSS 0.90 and 1.0.
        Rdf = "rdf",
        /// Atom 0.3 and RFC 4287.
        Atom = "atom",
        /// JSON Feed 1 and 1.1.
        Json = "json",
    }
}

/// A feed, read and cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedFeed {
    /// Its format.
    pub format: FeedFormat,
    /// One line of plain text.
    pub title: Option<String>,
    /// The page that it belongs to, absolute.
    pub link: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// In the document's order, at most [`ENTRIES`].
    pub entries: Vec<Entry>,
    /// Entries that it says are deleted, at most [`ENTRIES`].
    pub deleted: Vec<Tombstone>,
    /// What was repaired or could not be used, at most [`PROBLEMS`].
    pub problems: Vec<Problem>,
}

/// One entry of a feed. What the feed does not state is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// `guid`, `id` or `rdf:about`; a path in Atom is absolute where a base is known.
    pub id: Option<String>,
    /// The id as the feed spells it, where that differs: what tells the entry from others must not
    /// change with the address under which the feed was found.
    pub key: Option<String>,
    /// One line of plain text.
    pub title: Option<String>,
    /// The page, absolute where a base was known.
    pub link: Option<String>,
    /// Where the page really is, if a proxy of feeds put an address of its own into `link`.
    pub original: Option<String>,
    /// When it was published; where only its change is stated, that.
    pub published: Option<Timestamp>,
    /// When it was changed; where only its publication is stated, that.
    pub updated: Option<Timestamp>,
    /// A person's name, or their address where no name is given.
    pub author: Option<String>,
    /// Plain text.
    pub summary: Option<String>,
    /// The summary with its mark-up.
    pub summary_html: Option<Markup>,
    /// The whole text.
    pub content: Option<Markup>,
    /// The source's category words, each once.
    pub categories: Vec<String>,
    /// Its picture.
    pub image: Option<Image>,
    /// BCP 47, where the entry states its own.
    pub language: Option<String>,
}

/// Where in a document a problem stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub enum At {
    /// The document as a whole.
    Feed,
    /// An entry, counted from 1.
    Entry(usize),
    /// A line, counted from 1.
    Line(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Feed => f.write_str("feed"),
            At::Entry(n) => write!(f, "entry {n}"),
            At::Line(n) => write!(f, "line {n}"),
        }
    }
}

impl From<At> for String {
    fn from(at: At) -> String {
        at.to_string()
    }
}

/// What was wrong at one place, and did not stop the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where.
    pub at: At,
    /// Which field, if it is about one.
    pub field: Option<&'static str>,
    /// What, in words, with a hint where there is one.
    pub what: String,
}

impl Problem {
    fn new(at: At, field: Option<&'static str>, what: impl Into<String>) -> Problem {
        Problem {
            at,
            field,
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{}, `{field}`: {}", self.at, self.what),
            None => write!(f, "{}: {}", self.at, self.what),
        }
    }
}

/// Adds a problem unless there are enough.
fn tell(problems: &mut Vec<Problem>, problem: Problem) {
    if problems.len() < PROBLEMS {
        problems.push(problem);
    }
}

/// Why a document is no feed (or a page no article).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// Over [`FEED_BYTES`].
    #[error("the document has more than {limit} octets")]
    TooLarge {
        /// The longest that is read.
        limit: usize,
    },
    /// A web page; it may name its feed.
    #[error("this is a web page, not a feed")]
    Html {
        /// The feed that the page names in a `link` element, as written there.
        feed: Option<String>,
    },
    /// Compressed or otherwise binary.
    #[error("this is {0}, not a feed")]
    Binary(&'static str),
    /// XML of another kind.
    #[error("this is XML with the root element `{root}`, not a feed")]
    OtherXml {
        /// The root's name, cut at 64 characters.
        root: String,
    },
    /// JSON of another kind.
    #[error("this is JSON but no JSON Feed: {why}")]
    OtherJson {
        /// What is missing or wrong.
        why: String,
    },
    /// Text of another kind.
    #[error("this is neither XML nor JSON; it starts with `{starts}`")]
    Unknown {
        /// The first characters.
        starts: String,
    },
    /// Declarations of entities can blow a small document up to gigabytes.
    #[error("the document declares entities of its own in its DOCTYPE, which is refused")]
    Doctype,
    /// More than [`DEPTH`] elements open at once.
    #[error("the document nests more than {limit} elements")]
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
    /// The reader broke down; our fault, not the feed's.
    #[error("the feed reader broke down on this document")]
    Broke,
    /// A page without a headline or without text.
    #[error("no {missing} was found in the page")]
    NoArticle {
        /// `headline` or `body`.
        missing: &'static str,
    },
}

impl ParseError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ParseError::Html { feed: Some(feed) } => format!("the page names its feed: {feed}"),
            ParseError::Html { feed: None } => {
                "look for an RSS or Atom link on the page and give that address".into()
            }
            ParseError::Binary(_) => "give the unpacked feed document".into(),
            ParseError::OtherXml { root } if root.eq_ignore_ascii_case("opml") => {
                "an OPML file lists feeds; add the addresses in its `xmlUrl` attributes".into()
            }
            ParseError::OtherXml { .. } | ParseError::Unknown { .. } => {
                "RSS, RDF, Atom and JSON Feed are read".into()
            }
            ParseError::OtherJson { .. } => {
                "a JSON Feed has `version` (https://jsonfeed.org/version/1.1), `title` and `items`; \
                 rows of articles are read by `article import`"
                    .into()
            }
            ParseError::Empty => "check the address, or the file: nothing came from it".into(),
            ParseError::NoArticle { .. } => {
                "the text of a page needs a headline line followed by paragraphs".into()
            }
            ParseError::Doctype | ParseError::TooDeep { .. } => {
                "ask the publisher for a plain feed; real feeds need none of this".into()
            }
            ParseError::TooLarge { .. } | ParseError::Broke => return None,
        })
    }
}

/// Reads a feed of any format. `content_type` is the HTTP header's value, `base_url` the address it
/// was fetched from, against which relative links are resolved.
pub fn parse_feed(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: Option<&str>,
) -> Result<ParsedFeed, ParseError> {
    if bytes.len() > FEED_BYTES {
        return Err(ParseError::TooLarge { limit: FEED_BYTES });
    }
    if let Some(kind) = binary(bytes) {
        return Err(ParseError::Binary(kind));
    }
    let base = base_url
        .and_then(|b| url::Url::parse(b).ok())
        .filter(|b| !b.cannot_be_a_base());
    let (text, guessed) = decode::decode(bytes, content_type);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // No input is known that breaks the reader. One that does must not take the process with it.
    let read = catch_unwind(AssertUnwindSafe(|| read(text, base.as_ref())));
    let mut feed = read.map_err(|_| ParseError::Broke)??;
    if let Some(what) = guessed {
        tell(&mut feed.problems, Problem::new(At::Feed, None, what));
    }
    Ok(feed)
}

fn read(text: &str, base: Option<&url::Url>) -> Result<ParsedFeed, ParseError> {
    match text.chars().next() {
        None => Err(ParseError::Empty),
        Some('{' | '[') => json::read(text, base),
        Some(_) if text.contains('<') => xml::read(text, base),
        Some(_) => Err(ParseError::Unknown {
            starts: clean::one_line(&start(text)),
        }),
    }
}

fn start(text: &str) -> String {
    text.chars().take(40).collect()
}

fn binary(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, ..] => Some("gzip data"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF document"),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => {
            Some("an image")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
