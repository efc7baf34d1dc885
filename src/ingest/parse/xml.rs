//! XML feeds: what the walk heard, cleaned for showing.

use std::sync::Arc;

use url::Url;

use super::clean::{self, HEADLINE_CHARS, SUMMARY_CHARS};
use super::dialect::LinkKind;
use super::draft::{Draft, Picture, Words};
use super::headline::headline;
use super::links::{absolute, is_page};
use super::walk::{Heard, walk};
use super::{At, Entry, FeedFormat, ParseError, ParsedFeed, Problem, tell};
use crate::domain::article::Image;

/// Longest id, in characters.
pub(super) const ID_CHARS: usize = 1_000;
/// Categories kept of one entry.
const CATEGORIES: usize = 64;
/// Longest name of a person, in characters.
pub(super) const NAME_CHARS: usize = 200;

/// Reads RSS, RDF or Atom.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let Heard {
        format,
        feed,
        entries,
        deleted,
        mut problems,
    } = walk(text, base)?;
    // A feed that names no page is at least itself a place.
    let link = feed
        .page(LinkKind::Near)
        .and_then(|l| absolute(l, base).ok());
    // Pictures and links in texts need some base: where the feed was found, else its page.
    let own = || link.as_deref().and_then(|l| Url::parse(l).ok());
    let context = Context {
        format,
        base: base
            .cloned()
            .or_else(own)
            .filter(|b| !b.cannot_be_a_base())
            .map(Arc::new),
    };
    let mut read = Vec::with_capacity(entries.len());
    for (n, draft) in (1..).zip(entries) {
        let shown = draft
            .title
            .as_ref()
            .map(|t| t.form.shown(t.text.trim(), HEADLINE_CHARS));
        let (title, what) = shown.as_deref().map(headline).unwrap_or_default();
        if let Some(what) = what {
            tell(
                &mut problems,
                Problem::new(At::Entry(n), Some("title"), what),
            );
        }
        read.push(context.entry(draft, title));
    }
    Ok(ParsedFeed {
        format,
        title: feed.title.as_ref().and_then(|t| line(t, HEADLINE_CHARS)),
        language: feed.language.as_deref().and_then(clean::language_tag),
        entries: read,
        link,
        deleted,
        problems,
    })
}

/// A text that is not empty, cut to `chars`.
pub(super) fn some(text: &str, chars: usize) -> Option<String> {
    let text = clean::cut(text.trim(), chars);
    (!text.is_empty()).then_some(text)
}

/// One line of plain text.
fn line(words: &Words<'_>, chars: usize) -> Option<String> {
    let shown = words.form.shown(words.text.trim(), chars);
    some(&clean::one_line(&shown), chars)
}

/// What all entries of a feed share.
struct Context {
    format: FeedFormat,
    base: Option<Arc<Url>>,
}

impl Context {
    fn entry(&self, mut draft: Draft<'_>, title: Option<String>) -> Entry {
        let key = draft
            .id
            .as_ref()
            .and_then(|id| some(&clean::one_line(&id.text), ID_CHARS));
        let id = draft.id.take().zip(key.as_deref());
        let id = id.map(|(words, key)| self.id(key, words.base.as_deref()));
        let link = draft
            .page(LinkKind::Guid)
            .map(str::to_owned)
            .or_else(|| {
                let page = id.as_deref().filter(|i| is_page(i))?;
                (self.format != FeedFormat::Rss).then(|| page.to_owned())
            })
            .or_else(|| draft.page(LinkKind::Near).map(str::to_owned));
        let original = draft.original().map(str::to_owned);
        let base = draft.base.as_ref().or(self.base.as_ref());
        let summary = draft.summary.as_ref().and_then(|words| {
            let shown = words.form.shown(words.text.trim(), SUMMARY_CHARS);
            some(&clean::paragraphs(&shown), SUMMARY_CHARS)
        });
        let content = draft.content.take().map(|words| words.markup(base));
        let summary_html = draft.summary.take().map(|words| words.markup(base));
        let image = picture(&draft.pictures, base.map(AsRef::as_ref)).or_else(|| {
            let texts = [content.as_ref(), summary_html.as_ref()];
            texts.into_iter().flatten().find_map(|text| text.picture())
        });
        Entry {
            title,
            published: draft.published.or(draft.updated),
            updated: draft.updated.or(draft.published),
            author: draft.author.as_deref().and_then(|a| some(a, NAME_CHARS)),
            categories: categories(draft.categories.iter().map(|c| c.text.as_ref())),
            language: draft.language.as_deref().and_then(clean::language_tag),
            key: key.filter(|key| Some(key) != id.as_ref()),
            id,
            link,
            original,
            image,
            summary,
            summary_html,
            content,
        }
    }

    /// An id as it is shown. RFC 4287 §4.2.6 wants it absolute; where it is a path, its base counts.
    fn id(&self, key: &str, base: Option<&Url>) -> String {
        let path = self.format == FeedFormat::Atom && key.contains('/') && Url::parse(key).is_err();
        match path.then_some(base).flatten() {
            Some(base) => base.join(key).map_or_else(|_| key.to_owned(), String::from),
            None => key.to_owned(),
        }
    }
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

/// The picture: the widest that the entry gives as such.
fn picture(pictures: &[Picture<'_>], base: Option<&Url>) -> Option<Image> {
    let whole = pictures.iter().filter(|p| !p.thumbnail);
    let small = pictures.iter().filter(|p| p.thumbnail);
    let mut best: Option<(u32, Image)> = None;
    for picture in whole.chain(small) {
        let width = picture.width.unwrap_or(1);
        if best.as_ref().is_none_or(|(w, _)| width > *w)
            && let Some(image) = image(picture, base)
        {
            best = Some((width, image));
        }
    }
    best.map(|(_, image)| image)
}

fn image(picture: &Picture<'_>, base: Option<&Url>) -> Option<Image> {
    let base = picture.base.as_deref().or(base);
    let url = absolute(&picture.url, base).ok()?;
    let url = Url::parse(&url).ok()?;
    let by_name = || {
        let path = url.path().to_ascii_lowercase();
        [".jpg", ".jpeg", ".png", ".gif", ".webp"]
            .iter()
            .any(|ending| path.ends_with(ending))
    };
    let fits = picture.is_image.unwrap_or_else(by_name);
    let image = || clean::picture(url.as_str(), &picture.shown, picture.width, picture.height);
    fits.then(image).flatten()
}
