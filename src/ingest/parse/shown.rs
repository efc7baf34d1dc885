//! What a picture shows, where Media RSS says it inside `media:content`: the description, else the
//! title.
//!
//! The feed reader has one text for all pictures of an entry, so each picture's own rides past it as
//! a category of a scheme that only we write: the address, a space, the text.

use feed_rs::model::Category;
use url::Url;

use super::clean;
use super::dialect::Family;
use super::lex::{Token, resolve};
use super::repair::local;

/// The scheme of those categories.
pub(super) const SCHEME: &str = "courant:shown";
/// Beyond so many octets no more of a text is read.
const TEXT_BYTES: usize = 8 << 10;

/// What is read inside one medium.
#[derive(Default)]
pub(super) struct Shown {
    /// Of which element the text is being read.
    open: Option<Part>,
    description: String,
    title: String,
}

#[derive(Clone, Copy)]
enum Part {
    Description,
    Title,
}

impl Shown {
    /// Takes a token inside the medium; `family` is the vocabulary of its element.
    pub(super) fn take(&mut self, token: &Token<'_>, family: Family) {
        match token {
            Token::Start(name, _, false) if family == Family::Media => {
                self.open = match local(name).to_ascii_lowercase().as_str() {
                    "description" => Some(Part::Description),
                    "title" => Some(Part::Title),
                    _ => None,
                };
            }
            Token::End(_) if family == Family::Media => self.open = None,
            Token::Text(text) => {
                if let Some(out) = self.text() {
                    resolve(text, out);
                }
            }
            Token::CData(text) => {
                if let Some(out) = self.text() {
                    out.push_str(text);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self) -> Option<&mut String> {
        let text = match self.open? {
            Part::Description => &mut self.description,
            Part::Title => &mut self.title,
        };
        (text.len() < TEXT_BYTES).then_some(text)
    }

    /// The category's text for the picture at `url`, if anything was said about it.
    pub(super) fn of(&self, url: &Url) -> Option<String> {
        // Mark-up in it is cleaned once, with the picture.
        let said = [&self.description, &self.title].map(|text| clean::one_line(text));
        let said = said.iter().find(|text| !text.is_empty())?;
        Some(format!("{url} {said}"))
    }
}

/// What was said about the picture at `url`; empty if nothing was.
pub(super) fn of_picture<'c>(categories: &'c [Category], url: &str) -> &'c str {
    let mut said = categories.iter().filter(|c| is_shown(c));
    said.find_map(|c| c.term.trim().strip_prefix(url)?.strip_prefix(' '))
        .unwrap_or_default()
}

/// Whether a category is none but says what a picture shows.
pub(super) fn is_shown(category: &Category) -> bool {
    category.scheme.as_deref() == Some(SCHEME)
}
