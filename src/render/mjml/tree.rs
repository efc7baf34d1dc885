//! A page's elements as selectors see them, and changes to their attributes in the text itself.

use std::collections::BTreeMap;

use super::lex::{Lexer, Token};

/// Elements that hold nothing.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// One element.
pub(in crate::render) struct Element<'a> {
    pub(in crate::render) name: String,
    pub(in crate::render) attributes: Vec<(&'a str, &'a str)>,
    pub(in crate::render) parent: Option<usize>,
    /// The element before it in its parent.
    pub(super) before: Option<usize>,
    /// From 1, among its parent's elements.
    pub(super) nth: usize,
    /// Whether no element of its parent comes after it.
    pub(super) last: bool,
    /// Where its tag starts, in bytes.
    pub(in crate::render) at: usize,
    /// Where its name ends, in bytes.
    name_end: usize,
}

impl<'a> Element<'a> {
    /// An attribute's value.
    pub(in crate::render) fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self
            .attributes
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// A page, its elements in the order of the text.
pub(in crate::render) struct Tree<'a> {
    text: &'a str,
    pub(in crate::render) elements: Vec<Element<'a>>,
}

impl<'a> Tree<'a> {
    /// Reads a page as far as it can be read; comments are not looked into.
    pub(in crate::render) fn of(text: &'a str) -> Tree<'a> {
        let mut elements: Vec<Element<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        // The newest element of each open one, and of none.
        let mut newest: Vec<Option<usize>> = vec![None];
        let mut lexer = Lexer::new(text);
        loop {
            let start = lexer.at;
            match lexer.next() {
                None => break,
                Some(Token::Close(name)) => {
                    // Ends that are far away are strays more likely than ends.
                    let from = open.len().saturating_sub(64);
                    if let Some(n) = open[from..].iter().rposition(|o| elements[*o].name == name) {
                        open.truncate(from + n);
                        newest.truncate(open.len() + 1);
                    }
                }
                Some(Token::Open {
                    name,
                    attributes,
                    closed,
                }) => {
                    let before = newest.last().copied().flatten();
                    let nth = before.map_or(1, |b| {
                        elements[b].last = false;
                        elements[b].nth + 1
                    });
                    let n = elements.len();
                    if let Some(newest) = newest.last_mut() {
                        *newest = Some(n);
                    }
                    let raw = matches!(name.as_str(), "style" | "script" | "title");
                    let holds = !closed && !raw && !VOID.contains(&name.as_str());
                    if raw && !closed {
                        lexer.raw(&name);
                    }
                    elements.push(Element {
                        at: start,
                        name_end: start + 1 + name.len(),
                        name,
                        attributes,
                        parent: open.last().copied(),
                        before,
                        nth,
                        last: true,
                    });
                    if holds {
                        open.push(n);
                        newest.push(None);
                    }
                }
                Some(_) => {}
            }
        }
        Tree { text, elements }
    }

    /// The text with attributes set: the element's number and the attribute, to its value.
    pub(super) fn with(&self, changes: &BTreeMap<(usize, String), String>) -> String {
        let mut edits: Vec<(usize, usize, String)> = Vec::new();
        for ((n, name), value) in changes {
            let Some(element) = self.elements.get(*n) else {
                continue;
            };
            let value = value.replace('"', "&quot;").replace('\'', "&#39;");
            let old = element.attribute(name).filter(|old| !old.is_empty());
            edits.push(match old.map(|old| (self.offset(old), old.len())) {
                Some((at, length)) => {
                    let quoted = self.text[..at].ends_with(['"', '\'']);
                    let value = if quoted {
                        value
                    } else {
                        format!("\"{value}\"")
                    };
                    (at, at + length, value)
                }
                // Of two that have the same name browsers take the first.
                None => {
                    let at = element.name_end;
                    (at, at, format!(" {name}=\"{value}\""))
                }
            });
        }
        edits.sort();
        let mut out = String::with_capacity(self.text.len() + 1_000);
        let mut done = 0;
        for (from, to, text) in edits {
            out.push_str(&self.text[done..from]);
            out.push_str(&text);
            done = to;
        }
        out + &self.text[done..]
    }

    /// Where a part of the text begins in it.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize)
    }
}
