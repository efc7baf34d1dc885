//! Elements of a feed of which only the text or the attributes count, each heard in whatever form its
//! publisher gave it.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use url::Url;

use super::dialect::{Family, Role};
use super::draft::Words;
use super::lex::{Token, escape, resolve, resolved};
use super::markup::Form;
use super::walk::local;

/// What is kept of one element's text, in octets.
const LEAF_BYTES: usize = 2 << 20;
/// Tags and texts that are kept of one element: a tag of three octets takes twenty times that here.
const LEAF_TOKENS: usize = 200_000;

/// An open element of which only text and attributes count.
pub(super) struct Leaf<'a> {
    pub(super) name: &'a str,
    pub(super) nested: usize,
    pub(super) role: Role,
    attributes: Vec<(&'a str, &'a str)>,
    pub(super) base: Option<Arc<Url>>,
    /// What stands in it, as it stands there; in a medium each tag with its element's vocabulary.
    pub(super) tokens: Vec<(Token<'a>, Family)>,
    bytes: usize,
    pub(super) marked_up: bool,
}

impl<'a> Leaf<'a> {
    pub(super) fn new(
        name: &'a str,
        role: Role,
        attributes: Vec<(&'a str, &'a str)>,
        base: Option<Arc<Url>>,
    ) -> Leaf<'a> {
        Leaf {
            name,
            nested: 0,
            role,
            attributes,
            base,
            tokens: Vec::new(),
            bytes: 0,
            marked_up: false,
        }
    }

    pub(super) fn keep(&mut self, token: Token<'a>, family: Family) {
        self.bytes += match token {
            Token::Text(text) | Token::CData(text) | Token::End(text) => text.len(),
            Token::Start(name, raw, _) => name.len() + raw.len(),
            Token::Doctype(_) => 0,
        };
        if self.bytes <= LEAF_BYTES && self.tokens.len() < LEAF_TOKENS {
            self.tokens.push((token, family));
        }
    }

    /// Its characters, references resolved; tags left out.
    pub(super) fn text(&self) -> Cow<'a, str> {
        match self.tokens.as_slice() {
            [] => Cow::Borrowed(""),
            [(Token::CData(text), _)] => Cow::Borrowed(text),
            [(Token::Text(text), _)] => resolved(text),
            tokens => {
                let mut out = String::new();
                for (token, _) in tokens {
                    match token {
                        Token::Text(text) => resolve(text, &mut out),
                        Token::CData(text) => out.push_str(text),
                        _ => {}
                    }
                }
                Cow::Owned(out)
            }
        }
    }

    /// Its characters and tags as mark-up. `escaped`: its characters are mark-up themselves, though
    /// somebody put them into tags that are not.
    fn html(&self, escaped: bool) -> String {
        let mut out = String::with_capacity(self.bytes.min(LEAF_BYTES));
        for (token, _) in &self.tokens {
            match token {
                Token::Text(text) if escaped => resolve(text, &mut out),
                Token::Text(text) => out.push_str(text),
                Token::CData(text) if escaped => out.push_str(text),
                Token::CData(text) => escape(text, &mut out),
                Token::Start(name, raw, empty) => {
                    for piece in ["<", local(name), raw, if *empty { "/>" } else { ">" }] {
                        out.push_str(piece);
                    }
                }
                Token::End(name) => {
                    for piece in ["</", local(name), ">"] {
                        out.push_str(piece);
                    }
                }
                Token::Doctype(_) => {}
            }
        }
        out
    }

    /// What it says: mark-up where tags stand in it, else its characters.
    pub(super) fn value(&self) -> Cow<'a, str> {
        match self.marked_up {
            true => Cow::Owned(self.html(false)),
            false => self.text(),
        }
    }

    /// The text of the first child of a name, if there is one.
    pub(super) fn child(&self, name: &str) -> Option<String> {
        let opens =
            |t: &Token<'_>| matches!(t, Token::Start(n, ..) if local(n).eq_ignore_ascii_case(name));
        let from = self.tokens.iter().position(|(t, _)| opens(t))?;
        let mut out = String::new();
        for (token, _) in self.tokens.iter().skip(from + 1) {
            match token {
                Token::Text(text) => resolve(text, &mut out),
                Token::CData(text) => out.push_str(text),
                _ => break,
            }
        }
        Some(out)
    }

    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut found = self.attributes.iter();
        let (_, raw) = found.find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        Some(resolved(raw))
    }

    /// An attribute that is one of a few words, in lower case.
    pub(super) fn word(&self, name: &str) -> String {
        let word = self.get(name).unwrap_or_default();
        word.trim().to_ascii_lowercase()
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.trim().trim_end_matches("px").parse().ok()
    }

    pub(super) fn words(&self, text: Cow<'a, str>, form: Form) -> Words<'a> {
        Words {
            text,
            form,
            base: self.base.clone(),
        }
    }

    /// A text construct (RFC 4287 §3.1 and §4.1.3), Atom 0.3's `mode` included.
    pub(super) fn construct(&self) -> Option<Words<'a>> {
        let (kind, mode) = (self.word("type"), self.word("mode"));
        let texty = kind.is_empty() || kind.starts_with("text") || kind.contains("html");
        let packed = mode == "base64" || (!texty && !kind.ends_with("xml"));
        let unpacked = match packed {
            true => unpack(&self.text()),
            false => None,
        };
        let plain = matches!(kind.as_str(), "" | "text" | "text/plain")
            && !self.marked_up
            && mode != "escaped";
        let escaped = matches!(kind.as_str(), "html" | "text/html");
        let value = match unpacked {
            Some(value) => Cow::Owned(value),
            None if escaped && self.marked_up => Cow::Owned(self.html(true)),
            None => self.value(),
        };
        if self.get("src").is_some() && value.trim().is_empty() {
            return None;
        }
        Some(self.words(value, if plain { Form::Plain } else { Form::Html }))
    }
}

pub(super) fn same(a: &str, b: &str) -> bool {
    local(a).eq_ignore_ascii_case(local(b))
}

fn unpack(text: &str) -> Option<String> {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .ok()?;
    String::from_utf8(bytes).ok()
}
