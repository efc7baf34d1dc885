//! The lines of an article in a page's mark-up, and what the mark-up states about it. `dom_smoothie`
//! says which part of the page is the article; it sees the page only after it was cleaned.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dom_smoothie::{Config, Readability};

use super::lines::{Kind, Line, is_byline};
use super::markup::{self, Cleaned};
use super::reader::is_same;
use super::rules::{Rules, domain, is_under};
use super::{clean, seen};
use crate::domain::article::{CanonicalUrl, Image};
use crate::domain::time::Timestamp;
use crate::ingest::parse::{is_likely, parse_date};

/// Elements that the extractor is given at most.
const ELEMENTS: usize = 25_000;
/// Lines above the article among which its headline, its author and its dates may stand.
const ABOVE: usize = 80;
/// Lines behind the article among which its contact line may stand.
const BELOW: usize = 5;

/// What a page's mark-up states.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stated {
    pub(super) headline: Option<String>,
    pub(super) byline: Option<String>,
    pub(super) published: Option<Timestamp>,
    /// What it states as its date of publication, where no article can be of it.
    pub(super) unlikely: Option<String>,
    pub(super) image: Option<Image>,
    /// Its address, as the page itself states it: on the site where it was read, if that is known.
    pub(super) canonical: Option<CanonicalUrl>,
    /// An address on another site that the page names as the piece's own.
    pub(super) elsewhere: Option<CanonicalUrl>,
    pub(super) language: Option<String>,
}

/// Reads a page's mark-up; `url` is where it was read. What `rules` drop is no part of an article,
/// however long it is.
pub(super) fn read(text: &str, url: Option<&CanonicalUrl>, rules: &Rules) -> (Vec<Line>, Stated) {
    let cleaned = markup::clean(text);
    let base = url.map(CanonicalUrl::as_str);
    // Another parser's panic on a stranger's page costs its part, not the page.
    let found = catch_unwind(AssertUnwindSafe(|| extract(&cleaned, base)));
    let found = found.unwrap_or_default();
    let visible = match found.whole.is_empty() {
        true => seen::lines(&cleaned.html),
        false => seen::lines(&found.whole),
    };
    let stated = stated(&cleaned, &found, &visible, url);
    let article = seen::lines(&found.article);
    (joined(visible, article, rules), stated)
}

/// What the extractor says.
#[derive(Default)]
struct Found {
    /// The document as it parsed it, references resolved.
    whole: String,
    article: String,
    title: String,
    byline: Option<String>,
    published: Option<String>,
    image: Option<String>,
}

fn extract(cleaned: &Cleaned, base: Option<&str>) -> Found {
    let config = Config {
        max_elements_to_parse: ELEMENTS,
        ..Config::default()
    };
    let readability = Readability::new(cleaned.html.as_str(), base, Some(config));
    let Ok(mut readability) = readability else {
        return Found::default();
    };
    let whole = readability.doc.html().to_string();
    let linked = readability.parse_json_ld();
    let meta = readability.get_article_metadata(linked);
    let read = readability.parse().ok();
    let byline = read.as_ref().and_then(|a| a.byline.clone());
    Found {
        whole,
        article: read.map(|a| a.content.to_string()).unwrap_or_default(),
        title: meta.title,
        byline: meta.byline.or(byline),
        published: meta.published_time,
        image: meta.image,
    }
}

fn stated(
    cleaned: &Cleaned,
    found: &Found,
    visible: &[Line],
    url: Option<&CanonicalUrl>,
) -> Stated {
    let base = url.map(CanonicalUrl::as_str);
    let canonical = cleaned.canonical.as_deref();
    let canonical = canonical.and_then(|c| CanonicalUrl::parse(c, base).ok());
    let own = match (&canonical, url) {
        (Some(canonical), Some(url)) => same_site(canonical, url),
        _ => true,
    };
    let line = |text: &str| Line::new(&clean::plain(text), Kind::Plain).text;
    let image = found.image.as_deref().and_then(|image| {
        let base = url::Url::parse(base?).ok();
        let absolute = match base {
            Some(base) => base.join(image).ok()?.to_string(),
            None => image.to_owned(),
        };
        clean::picture(&absolute, "", None, None)
    });
    let published = found.published.as_deref().or(cleaned.published.as_deref());
    let read = published.and_then(parse_date);
    Stated {
        headline: headline(&line(&found.title), visible),
        byline: found.byline.as_deref().map(line).filter(|b| is_byline(b)),
        published: read.filter(|at| is_likely(*at)),
        unlikely: published
            .filter(|_| read.is_some_and(|at| !is_likely(at)))
            .map(line),
        image: image.or_else(|| clean::picture(found.image.as_deref()?, "", None, None)),
        elsewhere: canonical.clone().filter(|_| !own),
        canonical: canonical.filter(|_| own),
        language: cleaned.language.as_deref().and_then(clean::language_tag),
    }
}

/// The title that is stated, if there is one; a line that is a part of it is the headline without its
/// site's name.
fn headline(title: &str, visible: &[Line]) -> Option<String> {
    if title.is_empty() {
        return None;
    }
    let titles = visible.iter().filter(|l| l.kind == Kind::Title);
    let part = |l: &&Line| {
        let text = l.text.as_str();
        text.chars().count() >= 12 && (title.contains(text) || text.contains(title))
    };
    let found = titles.clone().find(part);
    Some(found.map_or_else(|| title.to_owned(), |l| l.text.clone()))
}

/// Whether two pages are on one site: one's host is the other's, or below it.
fn same_site(a: &CanonicalUrl, b: &CanonicalUrl) -> bool {
    let host = |url: &CanonicalUrl| {
        let parsed = url::Url::parse(url.as_str()).ok()?;
        let host = parsed.host_str()?;
        Some(domain(host).unwrap_or_else(|| host.to_owned()))
    };
    match (host(a), host(b)) {
        (Some(a), Some(b)) => is_under(&a, &b) || is_under(&b, &a),
        _ => false,
    }
}

/// The article's lines with those above it and, behind it, a contact line. All lines of the page, if
/// the extractor found less than a third of its paragraphs' text.
fn joined(visible: Vec<Line>, article: Vec<Line>, rules: &Rules) -> Vec<Line> {
    let kept = |l: &Line| {
        !rules
            .all(|l| &l.drop)
            .any(|r| r.pattern.fits(&l.text).is_some())
    };
    let is_paragraph = |l: &Line| l.is_paragraph() && kept(l);
    let weight = |lines: &[Line]| -> usize {
        let paragraphs = lines.iter().filter(|l| is_paragraph(l));
        paragraphs.map(|l| l.text.len()).sum()
    };
    if weight(&article) * 3 < weight(&visible) || article.is_empty() {
        return visible;
    }
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for line in &article {
        *wanted.entry(line.text.as_str()).or_default() += 1;
    }
    let is_part = |l: &Line| wanted.contains_key(l.text.as_str());
    let paragraph = |l: &Line| is_paragraph(l) && is_part(l);
    let (Some(first), Some(last)) = (
        visible.iter().position(paragraph),
        visible.iter().rposition(is_part),
    ) else {
        return visible;
    };
    let above = visible
        .get(first.saturating_sub(ABOVE)..first)
        .unwrap_or_default();
    let below = visible.get(last + 1..).unwrap_or_default();
    let contact = below.iter().take(BELOW).find(|l| l.is_contact());
    let start = article.iter().position(is_paragraph).unwrap_or(0);
    let body = article.iter().skip(start);
    let mut lines: Vec<Line> = above.to_vec();
    // Headings lose their rank inside the extractor.
    lines.extend(body.map(|l| {
        let same = visible
            .iter()
            .find(|v| v.kind != Kind::Plain && v.text == l.text);
        Line {
            kind: same.map_or(l.kind, |v| v.kind),
            ..l.clone()
        }
    }));
    lines.extend(contact.cloned());
    lines.dedup_by(|a, b| a.kind != Kind::Plain && is_same(&a.text, &b.text));
    lines
}
