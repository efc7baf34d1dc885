//! What is kept of each article of a heap, and what its outlets say under everything.

use std::collections::BTreeMap;

use super::{Row, Rows};
use crate::domain::article::CanonicalUrl;
use crate::stories::boilerplate::{Boilerplate, SHORT, Short, TOGETHER};
use crate::stories::headline_key;
use crate::stories::headlines::Series;
use crate::stories::terms::Terms;
use crate::stories::words::{Token, joined, tokens};

/// An article, by the numbers of what it says: equal numbers are equal texts.
pub(super) struct Head {
    pub(super) id: Box<str>,
    pub(super) published_ms: Option<i64>,
    pub(super) page: Option<u64>,
    /// None where it tells nothing apart.
    pub(super) headline: Option<u64>,
    pub(super) series: Series,
    /// Who published it, as it is named; none where it is not.
    pub(super) outlet: Option<u64>,
    pub(super) text: u64,
    /// Headline, text and outlet together.
    pub(super) whole: u64,
    /// Of its print; 0 until that was made.
    pub(super) shingles: usize,
    /// Whose boilerplate may be in it; rows of unknown outlets have nothing in common but what makes
    /// them copies.
    family: Option<u64>,
    short: bool,
}

/// A text by a number.
pub(super) fn number(text: &str) -> u64 {
    joined(text.bytes().map(u64::from))
}

impl Head {
    fn of(row: &Row) -> Head {
        let page = row.url.as_ref().and_then(CanonicalUrl::page);
        let named = |name: &str| (!name.is_empty()).then(|| number(name));
        let site = page.as_deref().and_then(|page| page.split('/').next());
        let outlet = named(&row.outlet);
        let (text, title) = (number(&row.text), number(&row.title));
        let words = tokens(&row.text, SHORT + 1);
        let headline = Terms::of(&row.title, "").title;
        Head {
            id: row.id.as_str().into(),
            published_ms: row.published_ms,
            headline: headline_key(&row.title).map(|key| number(&key)),
            series: Series::of(&row.title),
            outlet,
            text,
            whole: joined([title, text, outlet.unwrap_or_default()].into_iter()),
            shingles: 0,
            family: outlet.or_else(|| site.map(number)),
            short: short(&headline, &words).is_short(),
            page: page.as_deref().map(number),
        }
    }
}

fn short<'t>(title: &'t [u32], words: &'t [Token]) -> Short<'t> {
    Short {
        outlet: 0,
        title,
        words,
    }
}

/// Reads every article once.
pub(super) fn read<R: Rows>(rows: &mut R) -> Result<Vec<Head>, R::Error> {
    let mut heads = Vec::with_capacity(rows.count());
    for at in 0..rows.count() {
        heads.push(Head::of(&*rows.row(at)?));
    }
    Ok(heads)
}

/// What outlets of the heap say under everything; only short texts are read for it.
pub(super) fn boilerplate<R: Rows>(rows: &mut R, heads: &[Head]) -> Result<Boilerplate, R::Error> {
    let mut outlets: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for (at, head) in heads.iter().enumerate() {
        if let (Some(family), Ok(at)) = (head.family, u32::try_from(at)) {
            outlets.entry(family).or_default().push(at);
        }
    }
    let mut boilerplate = Boilerplate::default();
    for part in outlets.values().flat_map(|all| all.chunks(TOGETHER)) {
        let mut texts: Vec<(Vec<u32>, Vec<Token>)> = Vec::new();
        for at in part.iter().map(|at| *at as usize) {
            if heads[at].short {
                let row = rows.row(at)?;
                let words = tokens(&row.text, SHORT + 1);
                texts.push((Terms::of(&row.title, "").title, words));
            }
        }
        let texts = texts.iter().map(|(title, words)| short(title, words));
        boilerplate.read(&texts.collect::<Vec<_>>());
    }
    Ok(boilerplate)
}
