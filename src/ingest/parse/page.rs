//! A saved or fetched article page to an article and what the page says beside it. Text is read by
//! the shape of its lines, since such a page carries its site's mast, its sponsors and its navigation
//! along; mark-up is first brought to such lines. A source's clean-up rules come before the general
//! ones, and every change can be told with the rule that made it.

mod aside;
mod elements;
mod entry;
mod examples;
mod extract;
mod head;
mod hidden;
mod lines;
mod markup;
mod pattern;
mod reader;
mod rules;
mod seen;

use sha2::{Digest, Sha256};

pub use self::entry::clean_entry;
pub use self::examples::check_rules;
use self::extract::Stated;
use self::lines::{Kind, Line};
use self::reader::Reader;
pub use self::rules::{RuleError, Rules};
use super::clean::{self, BODY_CHARS, HEADLINE_CHARS};
use super::{FEED_BYTES, ParseError, decode};
use crate::domain::article::{ArticleText, CanonicalUrl, NewArticle, PageFacts, count_words};

/// Lines beyond this many are not read.
const LINES: usize = 20_000;

/// A page, read.
#[derive(Clone, Debug, PartialEq)]
pub struct PageReading {
    /// The article, without topics and places: they are not the page's to say.
    pub article: NewArticle,
    /// What the page says beside it.
    pub facts: PageFacts,
    /// Neither the page nor whoever handed it in names its address: the article's is made up, and
    /// leads nowhere.
    pub without_address: bool,
    /// The address that the page states of itself, on the site where it was read.
    pub canonical: Option<CanonicalUrl>,
    /// What was changed, and by which rule; at most 500.
    pub steps: Vec<Step>,
}

/// One change that a rule made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// Which field.
    pub field: &'static str,
    /// What stood there, cut at 120 characters.
    pub before: String,
    /// What became of it; empty where it was dropped.
    pub after: String,
    /// Which rule.
    pub rule: String,
}

/// Reads a page: its HTML, or its text. `url` is where it is read; without one, what the page itself
/// states is taken, else an address under `page.invalid` is made up. The date on the page is the day
/// on which it was put up or saved; a publication date is one that its mark-up states as such.
///
/// # Errors
/// [`ParseError::NoArticle`] when no headline or no text is found in it.
pub fn parse_page(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<CanonicalUrl>,
    rules: &Rules,
) -> Result<PageReading, ParseError> {
    if bytes.len() > FEED_BYTES {
        return Err(ParseError::TooLarge { limit: FEED_BYTES });
    }
    let (text, _) = decode::decode(bytes, content_type);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let html = content_type.is_some_and(|t| t.to_ascii_lowercase().contains("html"));
    let (lines, stated) = if html || is_markup(&text) {
        extract::read(&text, url.as_ref(), rules)
    } else {
        let lines = text.lines().map(|l| Line::new(l, Kind::Plain));
        (lines.collect(), Stated::default())
    };
    let mut lines: Vec<Line> = lines.into_iter().filter(|l| !l.text.is_empty()).collect();
    lines.truncate(LINES);
    let address = url.or_else(|| stated.canonical.clone());
    let without_address = address.is_none();
    let url = match address {
        Some(url) => url,
        None => made_up(bytes)?,
    };
    let mut reader = Reader::new(rules);
    reader.told_of(stated.unlikely.as_deref());
    let read = reader.read(lines, &stated, &url)?;
    let body = clean::cut(&read.body.join("\n\n"), BODY_CHARS);
    let mut facts = read.facts;
    facts.words = length(&body, &facts);
    Ok(PageReading {
        article: NewArticle {
            entry_key: url.as_str().to_owned(),
            url,
            fragment: None,
            text: ArticleText {
                headline: clean::cut(&read.headline, HEADLINE_CHARS),
                summary: super::entry::opening(&body),
                byline: read.byline,
                image: stated.image,
                body: Some(body),
                categories: Vec::new(),
            },
            published: stated.published,
            language: stated.language,
            topics: Vec::new(),
            places: Vec::new(),
        },
        facts,
        without_address,
        canonical: stated.canonical,
        steps: reader.steps,
    })
}

/// Words of a text with its contact line.
fn length(body: &str, facts: &PageFacts) -> u32 {
    let contact = facts.contact.as_deref().unwrap_or_default();
    count_words(body).saturating_add(count_words(contact))
}

/// Whether a document is mark-up rather than the text of a page.
fn is_markup(text: &str) -> bool {
    let start: String = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .take(1_000)
        .collect();
    let start = start.to_ascii_lowercase();
    let named = [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<article",
        "<main",
        "<div",
        "<p",
        "<!--",
    ];
    named.iter().any(|tag| start.starts_with(tag))
        || [
            "</p>", "</div>", "</html>", "</body>", "<p>", "<br>", "<br/>", "<br />",
        ]
        .iter()
        .any(|tag| text.contains(tag) || text.contains(&tag.to_ascii_uppercase()))
}

/// An address for a page that has none; the same for the same octets.
fn made_up(bytes: &[u8]) -> Result<CanonicalUrl, ParseError> {
    let sum = Sha256::digest(bytes);
    let name: String = sum.iter().take(8).map(|b| format!("{b:02x}")).collect();
    CanonicalUrl::parse(&format!("https://page.invalid/{name}"), None)
        .map_err(|_| ParseError::Broke)
}

#[cfg(test)]
mod tests;
