//! XML feeds: repair, then feed-rs behind a panic boundary, then its model to ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model;
use url::Url;

use super::clean::{self, BODY_CHARS, HEADLINE_CHARS, SUMMARY_CHARS};
use super::date::parse_date;
use super::dialect::LinkKind;
use super::repair::{Repaired, repair};
use super::shown::{is_shown, of_picture};
use super::{Entry, FeedFormat, ParseError, ParsedFeed};
use crate::domain::article::Image;
use crate::domain::time::Timestamp;

/// Longest id, in characters.
const ID_CHARS: usize = 1_000;
/// Categories kept of one entry.
const CATEGORIES: usize = 64;

/// Reads RSS, RDF or Atom.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let Repaired {
        xml,
        format,
        problems,
    } = repair(text, base)?;
    let feed = catch_unwind(AssertUnwindSafe(|| reader().parse(xml.as_bytes())))
        .map_err(|_| ParseError::Broke)?
        .map_err(|e| ParseError::Reader(e.to_string()))?;
    let link = page_link(&feed.categories).and_then(|l| absolute(&l, base));
    let feed_base = base
        .cloned()
        .or_else(|| link.as_deref().and_then(|l| Url::parse(l).ok()));
    let context = Context {
        format,
        base: feed_base,
    };
    let entries = feed
        .entries
        .into_iter()
        .map(|entry| context.entry(entry))
        .collect();
    Ok(ParsedFeed {
        format,
        title: feed.title.as_ref().and_then(|t| context.title(t)),
        link,
        language: feed.language.as_deref().and_then(clean::language_tag),
        entries,
        problems,
    })
}

/// feed-rs with our dates and without the ids that it makes up: those of entries without a link are
/// drawn anew at every reading.
fn reader() -> feed_rs::parser::Parser {
    feed_rs::parser::Builder::new()
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        .timestamp_parser(|text| {
            let at = parse_date(text)?;
            chrono::DateTime::from_timestamp(at.as_second(), 0)
        })
        .build()
}

fn instant(at: chrono::DateTime<chrono::Utc>) -> Option<Timestamp> {
    Timestamp::from_second(at.timestamp()).ok()
}

/// An absolute http(s) form of a link, or the link as it is where no base is known.
pub(super) fn absolute(link: &str, base: Option<&Url>) -> Option<String> {
    let link = link.trim();
    if link.is_empty() || link.len() > 4_000 || link.contains('\0') {
        return None;
    }
    match (Url::parse(link), base) {
        // The spelling of an absolute link is the publisher's and stays.
        (Ok(_), _) => Some(link.to_owned()),
        (Err(_), Some(base)) => base.join(link).ok().map(String::from),
        (Err(_), None) => Some(link.to_owned()),
    }
}

/// The kind of a link that rides as a category, `None` for a category.
fn link_kind(category: &model::Category) -> Option<LinkKind> {
    LinkKind::of_scheme(category.scheme.as_deref()?)
}

/// The link that leads to the page: of the best kind, for RSS's own the last one, as other readers
/// have it.
fn page_link(categories: &[model::Category]) -> Option<String> {
    let links = categories
        .iter()
        .filter_map(|c| Some((link_kind(c)?, c.term.trim())));
    let best = links.clone().map(|(kind, _)| kind).min()?;
    let mut of_kind = links
        .filter(|(kind, _)| *kind == best)
        .map(|(_, link)| link.to_owned());
    if best == LinkKind::Rss {
        of_kind.next_back()
    } else {
        of_kind.next()
    }
}

/// A text that is not empty, cut to `chars`.
pub(super) fn some(text: String, chars: usize) -> Option<String> {
    let text = clean::cut(text.trim(), chars);
    (!text.is_empty()).then_some(text)
}

/// What all entries of a feed share.
struct Context {
    format: FeedFormat,
    base: Option<Url>,
}

impl Context {
    /// Whether a text construct is plain by its own word; RSS has no such word.
    fn is_plain(&self, kind: &impl std::fmt::Display, text: &str) -> bool {
        match self.format {
            FeedFormat::Atom => kind.to_string() == "text/plain",
            _ => !clean::is_html(text),
        }
    }

    fn plain(&self, text: &model::Text) -> String {
        match self.is_plain(&text.content_type, &text.content) {
            true => text.content.clone(),
            false => clean::text_of_html(&text.content),
        }
    }

    fn title(&self, text: &model::Text) -> Option<String> {
        some(clean::one_line(&self.plain(text)), HEADLINE_CHARS)
    }

    fn entry(&self, from: model::Entry) -> Entry {
        let id = some(clean::one_line(&from.id), ID_CHARS);
        let own_base = from.base.as_deref().and_then(|b| Url::parse(b).ok());
        let src = from.content.as_ref().and_then(|c| c.src.as_ref());
        let content_base = own_base.or_else(|| src.and_then(|s| Url::parse(&s.href).ok()));
        let base = content_base.as_ref().or(self.base.as_ref());
        let link = page_link(&from.categories)
            .and_then(|l| absolute(&l, self.base.as_ref()))
            .or_else(|| {
                id.clone()
                    .filter(|i| self.format != FeedFormat::Rss && is_page(i))
            });
        let content = from.content.as_ref().and_then(|c| self.content(c, base));
        let summary_html = from.summary.as_ref().map(|t| self.html(t, base));
        let summary = from
            .summary
            .as_ref()
            .map(|t| clean::paragraphs(&self.plain(t)));
        let words = from.categories.iter();
        let words = words.filter(|c| link_kind(c).is_none() && !is_shown(c));
        Entry {
            title: from.title.as_ref().and_then(|t| self.title(t)),
            published: from.published.and_then(instant),
            updated: from.updated.and_then(instant),
            author: from.authors.iter().find_map(author),
            image: image(&from, content.as_deref(), summary_html.as_deref()),
            categories: categories(words.map(|c| c.term.as_str())),
            summary: summary.and_then(|s| some(s, SUMMARY_CHARS)),
            summary_html: summary_html.filter(|h| !h.trim().is_empty()),
            language: from.language.as_deref().and_then(clean::language_tag),
            id,
            link,
            content,
        }
    }

    fn html(&self, text: &model::Text, base: Option<&Url>) -> String {
        match self.is_plain(&text.content_type, &text.content) {
            true => clean::html_of_text(&text.content),
            false => clean::safe_html(&text.content, base),
        }
    }

    fn content(&self, content: &model::Content, base: Option<&Url>) -> Option<String> {
        let body = content.body.as_deref()?;
        let html = match self.is_plain(&content.content_type, body) {
            true => clean::html_of_text(body),
            false => clean::safe_html(body, base),
        };
        let fits = !html.trim().is_empty() && html.len() <= 4 * BODY_CHARS;
        match fits {
            true => Some(html),
            // A cut through mark-up would leave it open, so what is too long is kept as text.
            false => {
                let text = clean::cut(&clean::text_of_html(&html), BODY_CHARS);
                some(clean::html_of_text(&text), BODY_CHARS * 4)
            }
        }
    }
}

/// Whether an id is the address of a page.
pub(super) fn is_page(id: &str) -> bool {
    (id.starts_with("http://") || id.starts_with("https://")) && Url::parse(id).is_ok()
}

fn author(person: &model::Person) -> Option<String> {
    let name = person
        .name
        .as_deref()
        .map(|n| clean::one_line(&clean::plain(n)));
    let name = name
        .filter(|n| !n.is_empty())
        .or_else(|| person.email.clone());
    some(name?, 200)
}

/// Category words, each once, in order.
pub(super) fn categories<'t>(terms: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for term in terms {
        let term = clean::cut(&clean::one_line(&clean::plain(term)), 200);
        if !term.is_empty() && !kept.contains(&term) && kept.len() < CATEGORIES {
            kept.push(term);
        }
    }
    kept
}

/// The picture: the widest that the feed gives as such, else the first in its texts.
fn image(entry: &model::Entry, content: Option<&str>, summary: Option<&str>) -> Option<Image> {
    let given = entry.media.iter().flat_map(|media| {
        let contents = media.content.iter().filter_map(|c| {
            let url = c.url.as_ref()?;
            let stated = c.content_type.as_ref().map(|t| t.to_string());
            let by_name = || {
                let path = url.path().to_ascii_lowercase();
                [".jpg", ".jpeg", ".png", ".gif", ".webp"]
                    .iter()
                    .any(|e| path.ends_with(e))
            };
            let image = stated.map_or_else(by_name, |t| t.starts_with("image/"));
            image.then_some((url.as_str(), c.width, c.height))
        });
        let thumbnails = media
            .thumbnails
            .iter()
            .map(|t| (t.image.uri.as_str(), t.image.width, t.image.height));
        contents.chain(thumbnails)
    });
    let mut best: Option<(u32, Image)> = None;
    for (url, wide, high) in given {
        let width = wide.unwrap_or(1);
        if best.as_ref().is_none_or(|(w, _)| width > *w)
            && let Some(image) = clean::picture(url, of_picture(&entry.categories, url), wide, high)
        {
            best = Some((width, image));
        }
    }
    let in_text = || {
        [content, summary]
            .into_iter()
            .flatten()
            .find_map(clean::first_picture)
    };
    best.map(|(_, image)| image).or_else(in_text)
}
