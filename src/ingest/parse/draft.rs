//! What an entry, or the feed itself, was heard to say: slices of the document, before anything is
//! cleaned for showing.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use super::dialect::{Field, LinkKind};
use super::markup::{Form, Markup};
use crate::domain::time::Timestamp;

/// Links and pictures kept of one entry.
const SOME: usize = 64;

/// A text, with what its element says about it.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) form: Form,
    /// Against what its links are resolved.
    pub(super) base: Option<Arc<Url>>,
}

impl Words<'_> {
    /// Itself, to be kept beyond the document.
    pub(super) fn markup(self, base: Option<&Arc<Url>>) -> Markup {
        Markup::new(
            self.text.into_owned(),
            self.form,
            self.base.or_else(|| base.cloned()),
        )
    }
}

/// A picture as an entry gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture<'a> {
    pub(super) url: Cow<'a, str>,
    pub(super) base: Option<Arc<Url>>,
    /// Whether it is said to be one; else its name decides.
    pub(super) is_image: Option<bool>,
    pub(super) thumbnail: bool,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) shown: String,
}

/// What was heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) id: Option<Words<'a>>,
    pub(super) title: Option<Words<'a>>,
    pub(super) summary: Option<Words<'a>>,
    pub(super) content: Option<Words<'a>>,
    pub(super) published: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    pub(super) author: Option<String>,
    pub(super) categories: Vec<Words<'a>>,
    pub(super) language: Option<Cow<'a, str>>,
    /// Links in their publisher's spelling, or absolute where a base is in force.
    pub(super) links: Vec<(LinkKind, String)>,
    pub(super) pictures: Vec<Picture<'a>>,
    pub(super) base: Option<Arc<Url>>,
}

impl<'a> Draft<'a> {
    /// Takes a text for a field that is no date; what says nothing is not heard.
    pub(super) fn say(&mut self, field: Field, words: Words<'a>, once: bool) {
        if words.text.trim().is_empty() {
            return;
        }
        let slot = match field {
            Field::Title => &mut self.title,
            Field::Summary => &mut self.summary,
            Field::Content => &mut self.content,
            Field::Id => &mut self.id,
            Field::Category => {
                if self.categories.len() < 4 * SOME {
                    self.categories.push(words);
                }
                return;
            }
            Field::Language => {
                if !once || self.language.is_none() {
                    self.language = Some(words.text);
                }
                return;
            }
            Field::Published | Field::Updated => return,
        };
        if !once || slot.is_none() {
            *slot = Some(words);
        }
    }

    /// Takes a date.
    pub(super) fn date(&mut self, field: Field, at: Timestamp, once: bool) {
        let slot = match field {
            Field::Updated => &mut self.updated,
            _ => &mut self.published,
        };
        if !once || slot.is_none() {
            *slot = Some(at);
        }
    }

    /// Takes a person: the first, but a name is better than an address.
    pub(super) fn person(&mut self, name: String) {
        let is_address = |text: &str| text.contains('@') && !text.contains(' ');
        let better = match &self.author {
            None => true,
            Some(known) => is_address(known) && !is_address(&name),
        };
        if better && !name.is_empty() {
            self.author = Some(name);
        }
    }

    pub(super) fn link(&mut self, kind: LinkKind, link: String) {
        if self.links.len() < SOME {
            self.links.push((kind, link));
        }
    }

    pub(super) fn picture(&mut self, picture: Picture<'a>) {
        if self.pictures.len() < SOME {
            self.pictures.push(picture);
        }
    }

    /// The link that leads to the page: of the best kind, for RSS's own the last one, as other readers
    /// have it.
    pub(super) fn page(&self, worst: LinkKind) -> Option<&str> {
        let kinds = self.links.iter().map(|(kind, _)| *kind);
        let best = kinds.filter(|kind| *kind <= worst).min()?;
        let mut of_kind = self.links.iter().filter(|(kind, _)| *kind == best);
        let found = if best == LinkKind::Rss {
            of_kind.next_back()
        } else {
            of_kind.next()
        };
        found.map(|(_, link)| link.as_str())
    }

    /// Where the page really is, if a proxy of feeds says so.
    pub(super) fn original(&self) -> Option<&str> {
        let mut links = self.links.iter();
        let found = links.find(|(kind, _)| *kind == LinkKind::Original);
        found.map(|(_, link)| link.as_str())
    }
}
