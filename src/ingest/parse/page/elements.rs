//! Elements of HTML by what they are to a reader of text.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ingest::parse::clean;
use crate::ingest::parse::lex::{attributes, resolve};

/// Elements whose content is text to HTML, whatever it looks like.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes",
];
/// Elements that hold nothing that is read as a part of the piece.
const DROPPED: &[&str] = &[
    "aside", "audio", "button", "canvas", "datalist", "dialog", "head", "map", "math", "menu",
    "nav", "noscript", "object", "select", "svg", "template", "video",
];
/// Elements that may stand in a head.
pub(super) const HEAD: &[&str] = &["base", "head", "link", "meta", "noscript", "template"];
/// Elements that break a line and may hold others.
const BOXES: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "details",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hgroup",
    "html",
    "li",
    "main",
    "ol",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];
/// Elements that are one piece of text.
const TEXTS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"];
/// Elements inside a text that are written.
const INLINE: &[&str] = &["a", "span", "time"];
/// Boxes that are written as they are; other boxes become `div`.
pub(super) const WRITTEN: &[&str] = &[
    "article",
    "blockquote",
    "div",
    "figcaption",
    "figure",
    "footer",
    "header",
    "li",
    "main",
    "ol",
    "section",
    "ul",
];
/// Boxes that end the one of their name before them.
pub(super) const SIBLINGS: &[&str] = &["li", "dt", "dd", "td", "th", "tr"];
/// Attributes that say what an element is for.
pub(super) const KEPT: &[&str] = &["class", "id", "itemprop", "rel", "role"];

/// What an element is to the walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    Raw,
    Dropped,
    Box,
    Text,
    Inline,
}

static CLASSES: LazyLock<HashMap<&'static str, (&'static str, Class)>> = LazyLock::new(|| {
    let all = [
        (RAW, Class::Raw),
        (DROPPED, Class::Dropped),
        (BOXES, Class::Box),
        (TEXTS, Class::Text),
        (INLINE, Class::Inline),
    ];
    let rows = all.into_iter().flat_map(|(names, class)| {
        let row = move |name: &&'static str| (*name, (*name, class));
        names.iter().map(row)
    });
    rows.collect()
});

/// An element that is known, and what it is.
pub(super) fn known(name: &str) -> Option<(&'static str, Class)> {
    CLASSES.get(name).copied()
}

/// Whether an element of a cleaned document stands in lines of its own.
pub(super) fn breaks(name: &str) -> bool {
    known(name).is_some_and(|(_, class)| matches!(class, Class::Box | Class::Text))
}

pub(super) fn lower(name: &str) -> String {
    clean::cut_bytes(name, 16).to_ascii_lowercase()
}

/// Where the content of a raw element ends: at its end tag, or with the text.
pub(super) fn closing(text: &str, name: &str) -> usize {
    let found = text.match_indices("</").find(|(i, _)| {
        let after = text.as_bytes().get(i + 2..i + 2 + name.len());
        let next = text.as_bytes().get(i + 2 + name.len());
        after.is_some_and(|a| a.eq_ignore_ascii_case(name.as_bytes()))
            && next.is_none_or(|b| !b.is_ascii_alphanumeric())
    });
    found.map_or(text.len(), |(i, _)| i)
}

/// The value of an attribute, its references resolved; empty if there is none.
pub(super) fn get(raw: &str, name: &str) -> String {
    let found = attributes(raw);
    let value = found.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    let mut out = String::new();
    resolve(value.map_or("", |(_, v)| v), &mut out);
    out.trim().to_owned()
}
