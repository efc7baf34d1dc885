//! What the elements of a feed say: each closed leaf goes into the draft of its entry, and what cannot be
//! used is told.

use super::clean;
use super::date::parse_date;
use super::dialect::{Family, Field, LinkKind, Role};
use super::draft::Picture;
use super::leaf::{Leaf, same};
use super::lex::Token;
use super::links::{absolute, is_page, without_controls};
use super::markup::Form;
use super::shown::shown;
use super::walk::{Walker, local};
use super::{FeedFormat, ParseError};
use crate::domain::time::Timestamp;

/// Years that a newspaper's date may name; a date of another year is a slip.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

impl<'a> Walker<'a> {
    pub(super) fn take_in_leaf(&mut self, token: Token<'a>) -> Result<(), ParseError> {
        let structure = match token {
            Token::Start(name, ..) | Token::End(name) => self.is_structure(name),
            _ => false,
        };
        // Only inside a medium it matters whose word an element is.
        let medium = self.leaf.as_ref().is_some_and(|l| l.role == Role::Medium);
        let family = match token {
            Token::Start(name, ..) | Token::End(name) if medium => self.family(name),
            _ => Family::Other,
        };
        let Some(leaf) = &mut self.leaf else {
            return Ok(());
        };
        match token {
            Token::Text(_) | Token::CData(_) => leaf.keep(token, family),
            Token::Start(name, raw, empty) => {
                if structure {
                    self.close_leaf();
                    return self.start(name, raw, empty);
                }
                leaf.marked_up = true;
                leaf.nested += usize::from(!empty && same(leaf.name, name));
                leaf.keep(token, family);
            }
            Token::End(name) if same(leaf.name, name) && leaf.nested == 0 => self.close_leaf(),
            Token::End(name) => {
                if structure {
                    self.close_leaf();
                    self.end(name);
                    return Ok(());
                }
                leaf.nested -= usize::from(same(leaf.name, name));
                leaf.keep(token, family);
            }
            Token::Doctype(_) => {}
        }
        Ok(())
    }

    pub(super) fn close_leaf(&mut self) {
        let Some(leaf) = self.leaf.take() else {
            return;
        };
        match leaf.role {
            Role::Text(field @ (Field::Published | Field::Updated)) => {
                self.hear_date(&leaf, field, false);
            }
            Role::First(field @ (Field::Published | Field::Updated)) => {
                self.hear_date(&leaf, field, true);
            }
            Role::Text(field) => self.hear(&leaf, field, false),
            Role::First(field) => self.hear(&leaf, field, true),
            Role::Typed(field) => {
                if let Some(words) = leaf.construct() {
                    self.draft().say(field, words, false);
                }
            }
            Role::Author => self.hear_author(&leaf),
            Role::Person => {
                let text = clean::one_line(&leaf.text());
                let (name, address) = &mut self.person;
                let slot = if local(leaf.name).eq_ignore_ascii_case("name") {
                    name
                } else {
                    address
                };
                if slot.is_empty() {
                    *slot = text;
                }
            }
            Role::Link(kind) => self.hear_link(&leaf, kind),
            Role::Category => {
                let stated = ["label", "term"]
                    .iter()
                    .find_map(|name| leaf.get(name).filter(|t| !t.trim().is_empty()));
                let words = leaf.words(stated.unwrap_or_else(|| leaf.text()), Form::Either);
                self.draft().say(Field::Category, words, false);
            }
            Role::Medium => self.hear_medium(&leaf, false),
            Role::Thumbnail => self.hear_medium(&leaf, true),
            Role::Picture => self.hear_picture(&leaf),
            Role::Holds(..) | Role::Through | Role::Skip => {}
        }
    }

    fn hear(&mut self, leaf: &Leaf<'a>, field: Field, once: bool) {
        let form = match (field, leaf.marked_up) {
            (Field::Id | Field::Language, _) => Form::Plain,
            // Dublin Core, say, inside Atom: nothing states a type.
            (_, true) => Form::Html,
            (_, false) => Form::Either,
        };
        let words = leaf.words(leaf.value(), form);
        let permanent = leaf.get("isPermaLink").is_none_or(|p| p.trim() != "false");
        let link = words.text.trim();
        if field == Field::Id
            && self.format != FeedFormat::Atom
            && permanent
            && is_page(link)
            && !once
        {
            let link = without_controls(link).into_owned();
            self.draft().link(LinkKind::Guid, link);
        }
        self.draft().say(field, words, once);
    }

    fn hear_date(&mut self, leaf: &Leaf<'a>, field: Field, once: bool) {
        let text = leaf.text();
        let text = text.trim();
        if text.is_empty() || !self.in_entry() {
            return;
        }
        let name = match field {
            Field::Updated => "updated",
            _ => "published",
        };
        let shown = clean::cut(&clean::one_line(text), 60);
        match parse_date(text) {
            Some(at) if is_likely(at) => self.draft().date(field, at, once),
            Some(_) => self.tell(name, format!("`{shown}` is in no year of a newspaper")),
            None => self.tell(name, format!("`{shown}` is no date that can be read")),
        }
    }

    /// `Name`, `name@host (Name)`, `Name <name@host>`: the name, else the address.
    fn hear_author(&mut self, leaf: &Leaf<'a>) {
        let text = ["name", "email"]
            .iter()
            .find_map(|name| leaf.child(name).filter(|t| !t.trim().is_empty()));
        let text = match text {
            Some(text) => clean::one_line(&text),
            None => clean::one_line(&clean::plain(&leaf.value())),
        };
        self.draft().person(person(&text));
    }

    /// Links stay in their publisher's spelling: what became of one is asked by it.
    fn hear_link(&mut self, leaf: &Leaf<'a>, kind: LinkKind) {
        let href = leaf.get("href").filter(|h| !h.trim().is_empty());
        let target = href.unwrap_or_else(|| leaf.text());
        let target = without_controls(target.trim());
        if target.is_empty() {
            return;
        }
        let rel = leaf.word("rel");
        let kind = match rel.as_str() {
            "" | "alternate" => {
                let html = leaf
                    .get("type")
                    .is_none_or(|t| t.is_empty() || t.contains("html"));
                match kind {
                    LinkKind::Atom if !html => LinkKind::AtomOther,
                    kind => kind,
                }
            }
            "related" | "via" | "self" | "enclosure" | "canonical" | "bookmark" => LinkKind::Near,
            _ => return,
        };
        match absolute(&target, leaf.base.as_deref()) {
            Ok(link) => self.draft().link(kind, link),
            Err(why) => self.tell("link", why),
        }
    }

    fn hear_medium(&mut self, leaf: &Leaf<'a>, thumbnail: bool) {
        let Some(url) = ["url", "href"].iter().find_map(|name| leaf.get(name)) else {
            return;
        };
        if !self.in_entry() {
            return;
        }
        let (kind, medium) = (leaf.word("type"), leaf.word("medium"));
        let is_image = match (kind.as_str(), medium.as_str()) {
            _ if thumbnail => Some(true),
            ("", "") => None,
            ("", medium) => Some(medium == "image"),
            (kind, _) => Some(kind.starts_with("image")),
        };
        if local(leaf.name).eq_ignore_ascii_case("enclosure")
            && let Ok(link) = absolute(url.trim(), leaf.base.as_deref())
        {
            self.draft().link(LinkKind::Near, link);
        }
        let picture = Picture {
            url,
            base: leaf.base.clone(),
            is_image,
            thumbnail,
            width: leaf.number("width"),
            height: leaf.number("height"),
            shown: shown(&leaf.tokens),
        };
        self.draft().picture(picture);
    }

    fn hear_picture(&mut self, leaf: &Leaf<'a>) {
        let stated = ["href", "url"].iter().find_map(|name| leaf.get(name));
        let url = stated.unwrap_or_else(|| leaf.text());
        if url.trim().is_empty() || !self.in_entry() {
            return;
        }
        let picture = Picture {
            url,
            base: leaf.base.clone(),
            is_image: Some(true),
            thumbnail: true,
            ..Picture::default()
        };
        self.draft().picture(picture);
    }
}

/// Whether a date is one that an article may have, whoever states it.
pub fn is_likely(at: Timestamp) -> bool {
    YEARS.contains(&jiff::tz::Offset::UTC.to_datetime(at).year())
}

fn person(text: &str) -> String {
    let address = |word: &&str| word.contains('@');
    let name = match text
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
    {
        Some((name, _)) if text.contains('@') && !name.contains('@') => name.to_owned(),
        _ => {
            let words = text.split(' ').filter(|w| !address(w));
            words.collect::<Vec<_>>().join(" ")
        }
    };
    let name = match name.trim() {
        "" => text
            .split(' ')
            .find(address)
            .unwrap_or_default()
            .trim_matches(['<', '>', '(', ')']),
        name => name,
    };
    name.trim_start_matches("mailto:").to_owned()
}
