//! JSON Feed 1 and 1.1 (jsonfeed.org), read leniently: a field of the wrong kind is missing, an item
//! that is no object is a problem, numbers serve as ids, and JSON with the usual faults is mended.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::clean::{self, HEADLINE_CHARS, SUMMARY_CHARS};
use super::date::parse_date;
use super::headline::headline;
use super::hear::is_likely;
use super::links::{absolute, is_page};
use super::markup::{Form, Markup};
use super::mend::mend;
use super::xml::{ID_CHARS, NAME_CHARS, categories, some};
use super::{At, ENTRIES, Entry, FeedFormat, ParseError, ParsedFeed, Problem, tell};
use crate::domain::time::Timestamp;

/// Values of a document: each is held in memory for many times the octets that it takes here.
const VALUES: usize = 250_000;

fn no_feed(why: impl Into<String>) -> ParseError {
    ParseError::OtherJson { why: why.into() }
}

/// Reads a JSON Feed.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let mut problems = Vec::new();
    bounded(text)?;
    let feed = match serde_json::from_str(text) {
        Ok(feed) => feed,
        Err(fault) => {
            let mended = mend(text);
            bounded(&mended)?;
            let feed: Value =
                serde_json::from_str(&mended).map_err(|_| no_feed(fault.to_string()))?;
            let what = format!("the JSON had faults, which were mended: {fault}");
            tell(&mut problems, Problem::new(At::Feed, None, what));
            feed
        }
    };
    let items = items(&feed)?;
    let link = ["home_page_url", "feed_url"]
        .iter()
        .find_map(|name| absolute(&field(&feed, name)?, base).ok());
    let own = link.as_deref().and_then(|l| Url::parse(l).ok());
    let base = base.cloned().or(own).filter(|b| !b.cannot_be_a_base());
    let mut reader = Reader {
        base: base.map(Arc::new),
        problems,
    };
    let shared_author = author(&feed);
    let mut entries = Vec::new();
    for (i, item) in items.iter().take(ENTRIES).enumerate() {
        if item.is_object() {
            let mut entry = reader.entry(item, At::Entry(i + 1));
            entry.author = entry.author.or_else(|| shared_author.clone());
            entries.push(entry);
        } else {
            reader.tell(At::Entry(i + 1), None, "the item is no object");
        }
    }
    if items.len() > ENTRIES {
        let what = format!(
            "{} entries; only the first {ENTRIES} were read",
            items.len()
        );
        reader.tell(At::Feed, None, what);
    }
    Ok(ParsedFeed {
        format: FeedFormat::Json,
        title: line(&feed, "title", HEADLINE_CHARS),
        link,
        language: field(&feed, "language").and_then(|l| clean::language_tag(&l)),
        entries,
        deleted: Vec::new(),
        problems: reader.problems,
    })
}

/// Counts the values of a document by the marks that begin or part them; those in strings are text.
fn bounded(text: &str) -> Result<(), ParseError> {
    let (mut values, mut in_string) = (0, false);
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => in_string = !in_string,
            b'\\' if in_string => drop(octets.next()),
            b',' | b'{' | b'[' if !in_string => values += 1,
            _ => {}
        }
    }
    match values > VALUES {
        true => Err(no_feed(format!("it has more than {VALUES} values"))),
        false => Ok(()),
    }
}

/// The items of a document that is a JSON Feed.
fn items(feed: &Value) -> Result<&Vec<Value>, ParseError> {
    let version = field(feed, "version").unwrap_or_default();
    // Some write the bare number.
    let number = version
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let ours = version.contains("jsonfeed.org/version/") || version == number;
    if !ours || !(number == "1" || number.starts_with("1.")) {
        return Err(no_feed(
            "`version` is not https://jsonfeed.org/version/1 or 1.1",
        ));
    }
    let Some(items) = feed.get("items").and_then(Value::as_array) else {
        return Err(no_feed("`items` is missing"));
    };
    if field(feed, "title").is_none() && items.is_empty() {
        return Err(no_feed("`title` is missing"));
    }
    Ok(items)
}

fn field(of: &Value, name: &str) -> Option<String> {
    match of.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn line(of: &Value, name: &str, chars: usize) -> Option<String> {
    some(&clean::one_line(&clean::plain(&field(of, name)?)), chars)
}

/// The first of `authors`, else `author`: an object with a name, or by some only the name.
fn author(of: &Value) -> Option<String> {
    let first = of
        .get("authors")
        .and_then(|a| a.as_array().map_or(Some(a), |a| a.first()));
    [first, of.get("author")]
        .into_iter()
        .flatten()
        .find_map(|person| match person {
            Value::String(name) => some(&clean::one_line(&clean::plain(name)), NAME_CHARS),
            person => line(person, "name", NAME_CHARS),
        })
}

struct Reader {
    base: Option<Arc<Url>>,
    problems: Vec<Problem>,
}

impl Reader {
    fn tell(&mut self, at: At, field: Option<&'static str>, what: impl Into<String>) {
        tell(&mut self.problems, Problem::new(at, field, what));
    }

    fn date(&mut self, item: &Value, name: &str, at: At, told: &'static str) -> Option<Timestamp> {
        let text = field(item, name)?;
        let shown = clean::cut(&clean::one_line(&text), 60);
        let what = match parse_date(&text) {
            Some(date) if is_likely(date) => return Some(date),
            Some(_) => format!("`{shown}` is in no year of a newspaper"),
            None => format!("`{shown}` is no date that can be read"),
        };
        self.tell(at, Some(told), what);
        None
    }

    fn link(&mut self, item: &Value, at: At) -> Option<String> {
        for name in ["url", "external_url"] {
            let Some(link) = field(item, name) else {
                continue;
            };
            match absolute(&link, self.base.as_deref()) {
                Ok(link) => return Some(link),
                Err(why) => self.tell(at, Some("link"), why),
            }
        }
        None
    }

    fn entry(&mut self, item: &Value, at: At) -> Entry {
        let published = self.date(item, "date_published", at, "published");
        let updated = self.date(item, "date_modified", at, "updated");
        let id = field(item, "id").and_then(|i| some(&clean::one_line(&i), ID_CHARS));
        let link = self
            .link(item, at)
            .or_else(|| id.clone().filter(|i| is_page(i)));
        let shown = field(item, "title").map(|t| clean::plain(&t));
        let (title, what) = shown.as_deref().map(headline).unwrap_or_default();
        if let Some(what) = what {
            self.tell(at, Some("title"), what);
        }
        let markup = |text: String, form: Form| Markup::new(text, form, self.base.clone());
        let content = field(item, "content_html")
            .map(|html| markup(html, Form::Html))
            .or_else(|| field(item, "content_text").map(|text| markup(text, Form::Plain)));
        let summary = field(item, "summary");
        let tags = item.get("tags").and_then(Value::as_array);
        Entry {
            title,
            published: published.or(updated),
            updated: updated.or(published),
            author: author(item),
            image: self
                .image(item)
                .or_else(|| content.as_ref().and_then(Markup::picture)),
            summary: summary
                .as_deref()
                .and_then(|s| some(&clean::paragraphs(&clean::plain(s)), SUMMARY_CHARS)),
            summary_html: summary.map(|s| markup(s, Form::Either)),
            categories: categories(tags.into_iter().flatten().filter_map(Value::as_str)),
            language: field(item, "language").and_then(|l| clean::language_tag(&l)),
            id,
            link,
            content,
            ..Entry::default()
        }
    }

    /// The item's picture, or an attachment that is one.
    fn image(&self, item: &Value) -> Option<crate::domain::article::Image> {
        let attached = item.get("attachments").and_then(Value::as_array);
        let attached = attached.into_iter().flatten().filter(|a| {
            field(a, "mime_type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("image"))
        });
        let stated = ["image", "banner_image"]
            .iter()
            .filter_map(|n| field(item, n));
        stated
            .chain(attached.filter_map(|a| field(a, "url")))
            .find_map(|url| {
                let url = absolute(&url, self.base.as_deref()).ok()?;
                clean::picture(&url, "", None, None)
            })
    }
}
