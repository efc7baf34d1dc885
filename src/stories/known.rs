//! An article as it is compared: its page, its headline, its text's print and what it is about.

use super::boilerplate::{Boilerplate, SHORT, Short};
use super::clusters::{FOUND_BY, Telling};
use super::copies::{Compared, Copy, copy, is_short, strangers};
use super::headlines::Series;
use super::print::Print;
use super::terms::{Terms, Vector, Weights, heaviest};
use super::words::{Token, joined, tokens};
use super::{folded, headline_key};
use crate::domain::SourceId;
use crate::domain::article::CanonicalUrl;

/// Words of a text that are compared.
const WORDS: usize = 2_000;
/// Keys under which copies are looked for.
const QUERIES: usize = 48;

/// Shingles in common from which on two texts share a phrase, and those of a text of some length.
const PHRASE: (usize, usize) = (12, 80);

/// An article as grouping sees one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// Its source.
    pub source: SourceId,
    /// Its canonical URL.
    pub url: &'a CanonicalUrl,
    /// Its headline.
    pub headline: &'a str,
    /// Its summary; may be empty.
    pub summary: &'a str,
    /// Its body; may be empty.
    pub body: &'a str,
    /// Unix ms from which its age counts.
    pub dated_ms: i64,
}

/// The same, read: what is compared of it.
#[derive(Clone, Debug)]
pub struct Known {
    pub(super) source: SourceId,
    pub(super) url: String,
    pub(super) page: Option<String>,
    pub(super) key: Option<String>,
    pub(super) summary: String,
    pub(super) dated_ms: i64,
    pub(super) print: Print,
    pub(super) terms: Terms,
    series: Series,
    /// The headline by a number, however short.
    headline: u64,
    /// The words of a short text, and its headline.
    short: Option<(String, Box<[Token]>)>,
}

impl Known {
    /// Reads an article.
    pub fn of(told: &Told<'_>) -> Known {
        // A feed's summary is often the opening of the text.
        let text = match told.body.len() > told.summary.len() {
            true => told.body,
            false => told.summary,
        };
        let words = tokens(text, WORDS);
        Known {
            source: told.source,
            url: told.url.as_str().to_owned(),
            page: told.url.page(),
            key: headline_key(told.headline),
            summary: folded(told.summary),
            dated_ms: told.dated_ms,
            print: Print::of_tokens(&words),
            terms: Terms::of_tokens(told.headline, &words),
            series: Series::of(told.headline),
            headline: joined(folded(told.headline).bytes().map(u64::from)),
            short: (words.len() <= SHORT)
                .then(|| (told.headline.to_owned(), words.into_boxed_slice())),
        }
    }

    /// What boilerplate is looked for in; none of a long text.
    pub(super) fn short(&self) -> Option<Short<'_>> {
        let (_, words) = self.short.as_ref()?;
        Some(Short {
            outlet: self.source.0.cast_unsigned(),
            title: self.terms.title(),
            words,
        })
    }

    /// Itself without boilerplate; none where it has none.
    pub(super) fn without(&self, boilerplate: &Boilerplate) -> Option<Known> {
        let (headline, words) = self.short.as_ref()?;
        if !boilerplate.is_in(words) {
            return None;
        }
        let words = boilerplate.taken_out(words);
        Some(Known {
            print: Print::of_tokens(&words),
            terms: Terms::of_tokens(headline, &words),
            ..self.clone()
        })
    }

    /// Its page, as [`CanonicalUrl::page`] says.
    pub fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Its headline, as [`headline_key`] says.
    pub fn headline_key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// When it is dated, unix ms.
    pub fn dated_ms(&self) -> i64 {
        self.dated_ms
    }

    /// What it is about, for [`Weights::note`].
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The keys under which its copies are found: at most 28.
    pub fn copy_keys(&self) -> Vec<u64> {
        self.print.keys()
    }

    /// The keys under which it looks for what it copies.
    pub fn copy_queries(&self) -> Vec<u64> {
        self.print.queries(QUERIES)
    }

    /// The keys of what it is about: at most 16, of other numbers than those of copies.
    pub fn about_keys(&self, weights: &Weights) -> Vec<u64> {
        const ABOUT: u64 = 1;
        let words = heaviest(&weights.vector(&self.terms), FOUND_BY);
        let whole = words.into_iter().flat_map(|word| self.terms.whole(word));
        whole
            .map(|word| joined([ABOUT, word].into_iter()))
            .collect()
    }

    /// Whether what the two have in common may well be what their source says under everything: two short
    /// texts of one source, with headlines that share nothing.
    pub(super) fn shares_a_phrase_with(&self, other: &Known) -> bool {
        let short = self.print.len().min(other.print.len()) < PHRASE.1;
        self.source == other.source
            && short
            && strangers(self.terms.title(), other.terms.title())
            && self.print.overlap(&other.print).shared >= PHRASE.0
    }

    /// Whether another one is a copy of it, or has its headline.
    pub fn is_copied_by(&self, other: &Known) -> bool {
        let headline = self.key.is_some() && self.key == other.key;
        headline || self.copied_by(other).is_some()
    }

    /// How two pieces are copies; `None` where they are two pieces of news: no copies, a form that was
    /// filled anew, or two parts of a series.
    pub(super) fn copied_by(&self, other: &Known) -> Option<Copy> {
        let copy = copy(self.compared(), other.compared()).filter(|c| !c.form)?;
        let series = self.series.goes_on(other.series);
        let length = self.print.len().min(other.print.len());
        (!series || copy.is_update(length, self.source == other.source)).then_some(copy)
    }

    /// Whether the two are pieces of one source on one page, which the source itself tells apart: posts of
    /// a live page.
    pub(super) fn shares_a_page_with(&self, other: &Known) -> bool {
        self.source == other.source && self.url == other.url && self.headline != other.headline
    }

    /// Whether the two are parts of a series: of one source, or with little to read under each.
    pub(super) fn goes_on_from(&self, other: &Known) -> bool {
        let short = is_short(self.print.len().min(other.print.len()));
        (short || self.source == other.source) && self.series.goes_on(other.series)
    }

    pub(super) fn compared(&self) -> Compared<'_> {
        Compared {
            print: self.print.sheet(),
            title: self.terms.title(),
        }
    }

    pub(super) fn telling<'t>(&'t self, vector: &'t Vector) -> Telling<'t> {
        Telling {
            terms: &self.terms,
            vector,
            dated_ms: Some(self.dated_ms),
        }
    }
}
