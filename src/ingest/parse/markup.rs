//! Mark-up of strangers, kept as the feed has it. Nobody reads it raw: it comes out sanitised, as
//! plain text, or as the picture in it, and only what is asked for is worked out.

use std::sync::Arc;

use url::Url;

use super::clean::{self, BODY_CHARS};
use super::strip;
use crate::domain::article::Image;

/// What a text is by its element's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Characters that mean themselves.
    Plain,
    /// HTML.
    Html,
    /// Either; the text itself tells.
    Either,
}

impl Form {
    pub(super) fn is_plain(self, text: &str) -> bool {
        match self {
            Form::Plain => true,
            Form::Html => false,
            Form::Either => !clean::is_html(text),
        }
    }

    /// The text of `raw` that is shown, not yet in lines; at least `chars` characters of it, where it
    /// has so many.
    pub(super) fn shown(self, raw: &str, chars: usize) -> String {
        match self.is_plain(raw) {
            true => raw.to_owned(),
            false => strip::text(raw, chars),
        }
    }
}

/// A stranger's text with its mark-up. Not to be shown but through its methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Markup {
    raw: String,
    plain: bool,
    base: Option<Arc<Url>>,
}

impl Markup {
    pub(super) fn new(raw: String, form: Form, base: Option<Arc<Url>>) -> Markup {
        let plain = form.is_plain(&raw);
        Markup { raw, plain, base }
    }

    /// HTML of an allow-list, its links absolute where a base is known; empty where nothing is left.
    pub fn safe(&self) -> String {
        if self.plain {
            return clean::html_of_text(self.raw.trim());
        }
        let html = clean::safe_html(&self.raw, self.base.as_deref());
        // A cut through mark-up would leave it open, so what is too long is kept as text.
        if html.len() <= 4 * BODY_CHARS {
            return html;
        }
        clean::html_of_text(&clean::cut(&self.text(), BODY_CHARS))
    }

    /// Plain text in paragraphs.
    pub fn text(&self) -> String {
        match self.plain {
            true => clean::paragraphs(&self.raw),
            false => clean::paragraphs(&strip::text(&self.raw, usize::MAX)),
        }
    }

    /// The first picture in it that is one.
    pub fn picture(&self) -> Option<Image> {
        match self.plain {
            true => None,
            false => clean::first_picture(&self.raw, self.base.as_deref()),
        }
    }
}
