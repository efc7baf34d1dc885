//! JSON Feed 1 and 1.1 (jsonfeed.org), read leniently: a field of the wrong kind is missing, an item
//! that is no object is a problem, numbers serve as ids.

use serde_json::Value;
use url::Url;

use super::clean::{self, BODY_CHARS, HEADLINE_CHARS, SUMMARY_CHARS};
use super::date::parse_date;
use super::xml::{absolute, categories, is_page, some};
use super::{At, ENTRIES, Entry, FeedFormat, ParseError, ParsedFeed, Problem, tell};

/// Reads a JSON Feed.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let no_feed = |why: String| ParseError::OtherJson { why };
    let feed: Value = serde_json::from_str(text).map_err(|e| no_feed(e.to_string()))?;
    let version = field(&feed, "version").unwrap_or_default();
    // Some write the bare number.
    let number = version
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let ours = version.contains("jsonfeed.org/version/") || version == number;
    if !ours || !(number == "1" || number.starts_with("1.")) {
        return Err(no_feed(
            "`version` is not https://jsonfeed.org/version/1 or 1.1".into(),
        ));
    }
    let Some(items) = feed.get("items").and_then(Value::as_array) else {
        return Err(no_feed("`items` is missing".into()));
    };
    let title = line(&feed, "title", HEADLINE_CHARS);
    if title.is_none() && items.is_empty() {
        return Err(no_feed("`title` is missing".into()));
    }
    let link = field(&feed, "home_page_url").and_then(|l| absolute(&l, base));
    let own = link.as_deref().and_then(|l| Url::parse(l).ok());
    let base = base.or(own.as_ref());
    let shared_author = author(&feed);
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (i, item) in items.iter().take(ENTRIES).enumerate() {
        if item.is_object() {
            let mut entry = entry(item, base);
            entry.author = entry.author.or_else(|| shared_author.clone());
            entries.push(entry);
        } else {
            tell(
                &mut problems,
                Problem::new(At::Entry(i + 1), None, "the item is no object"),
            );
        }
    }
    if items.len() > ENTRIES {
        let what = format!(
            "{} entries; only the first {ENTRIES} were read",
            items.len()
        );
        tell(&mut problems, Problem::new(At::Feed, None, what));
    }
    let language = field(&feed, "language").and_then(|l| clean::language_tag(&l));
    Ok(ParsedFeed {
        format: FeedFormat::Json,
        title,
        link,
        language,
        entries,
        problems,
    })
}

fn field(of: &Value, name: &str) -> Option<String> {
    match of.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn line(of: &Value, name: &str, chars: usize) -> Option<String> {
    some(clean::one_line(&clean::plain(&field(of, name)?)), chars)
}

fn author(of: &Value) -> Option<String> {
    let first = of
        .get("authors")
        .and_then(Value::as_array)
        .and_then(|a| a.first());
    let person = first.or_else(|| of.get("author"))?;
    line(person, "name", 200)
}

fn entry(item: &Value, base: Option<&Url>) -> Entry {
    let id = field(item, "id").and_then(|i| some(clean::one_line(&i), 1_000));
    let link = field(item, "url")
        .or_else(|| field(item, "external_url"))
        .and_then(|l| absolute(&l, base))
        .or_else(|| id.clone().filter(|i| is_page(i)));
    let text = field(item, "content_text");
    let content = field(item, "content_html")
        .map(|html| clean::safe_html(&html, base))
        .or_else(|| text.as_deref().map(clean::html_of_text))
        .filter(|html| !html.trim().is_empty() && html.len() <= 4 * BODY_CHARS);
    let summary = field(item, "summary").map(|s| clean::paragraphs(&clean::plain(&s)));
    let given = ["image", "banner_image"].iter().find_map(|n| {
        let url = absolute(&field(item, n)?, base)?;
        clean::picture(&url, "", None, None)
    });
    let tags = item.get("tags").and_then(Value::as_array);
    Entry {
        title: line(item, "title", HEADLINE_CHARS),
        published: field(item, "date_published").and_then(|d| parse_date(&d)),
        updated: field(item, "date_modified").and_then(|d| parse_date(&d)),
        author: author(item),
        summary: summary.and_then(|s| some(s, SUMMARY_CHARS)),
        summary_html: field(item, "summary").map(|s| clean::html_of_text(&s)),
        image: given.or_else(|| content.as_deref().and_then(clean::first_picture)),
        categories: categories(tags.into_iter().flatten().filter_map(Value::as_str)),
        language: field(item, "language").and_then(|l| clean::language_tag(&l)),
        id,
        link,
        content,
    }
}
