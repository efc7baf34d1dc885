//! What an outlet says under everything: "This article appeared first in", "Subscribe now". It belongs to
//! no article, and would make one story of all that have it.
//!
//! A run of words is boilerplate where three short texts of one outlet have it under headlines of which no
//! two speak of the same. It is looked for in short texts alone, and taken out of those: what stands under
//! a long text is too little of it to matter, and cut out of one it leaves the rest.

use rustc_hash::{FxHashMap, FxHashSet};

use super::print::common;
use super::words::{Token, joined};

/// Words of a text up to which it is short. Longer ones of one outlet share the background of a saga.
pub(super) const SHORT: usize = 80;
/// Words of a run.
const RUN: usize = 3;
/// Articles of an outlet that are read together; what an outlet says everywhere is in any of such a part.
pub(super) const TOGETHER: usize = 2_000;
/// Headlines that share less than this of their words speak of two things.
const UNLIKE: f64 = 0.3;
/// Telling words of a headline that says anything.
const TELLING: usize = 2;

/// A short text as it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short<'t> {
    /// Which outlet, by any number.
    pub(super) outlet: u64,
    /// The telling words of its headline, ascending.
    pub(super) title: &'t [u32],
    /// The words of its text.
    pub(super) words: &'t [Token],
}

impl Short<'_> {
    /// Whether it is one, with a headline that says anything.
    pub(super) fn is_short(&self) -> bool {
        self.title.len() >= TELLING && (RUN..=SHORT).contains(&self.words.len())
    }
}

/// Runs of words that belong to no article.
#[derive(Clone, Debug, Default)]
pub(super) struct Boilerplate(FxHashSet<u64>);

impl Boilerplate {
    /// That of some texts, in any order.
    pub(super) fn of(texts: &[Short<'_>]) -> Boilerplate {
        let mut outlets: FxHashMap<u64, Vec<Short<'_>>> = FxHashMap::default();
        for text in texts.iter().filter(|t| t.is_short()) {
            outlets.entry(text.outlet).or_default().push(*text);
        }
        let mut all = Boilerplate::default();
        for texts in outlets.values() {
            texts.chunks(TOGETHER).for_each(|part| all.read(part));
        }
        all
    }

    /// Adds what short texts of one outlet have in common.
    pub(super) fn read(&mut self, texts: &[Short<'_>]) {
        // Of each run, one or two texts whose headlines are unlike.
        let mut seen: FxHashMap<u64, (usize, Option<usize>)> = FxHashMap::default();
        for (at, text) in texts.iter().enumerate() {
            for run in text.words.windows(RUN) {
                let run = hash(run);
                let differs = |other: usize| unlike(texts[other].title, text.title);
                match seen.get_mut(&run) {
                    None => drop(seen.insert(run, (at, None))),
                    Some((first, _)) if !differs(*first) => {}
                    Some((_, second @ None)) => *second = Some(at),
                    Some((_, Some(second))) if differs(*second) => drop(self.0.insert(run)),
                    Some(_) => {}
                }
            }
        }
    }

    /// A text without it.
    pub(super) fn taken_out(&self, words: &[Token]) -> Vec<Token> {
        if self.0.is_empty() || words.len() > SHORT {
            return words.to_vec();
        }
        let mut own = vec![true; words.len()];
        for (at, run) in words.windows(RUN).enumerate() {
            if self.0.contains(&hash(run)) {
                own[at..at + RUN].fill(false);
            }
        }
        let kept = words.iter().zip(own).filter(|(_, own)| *own);
        kept.map(|(word, _)| *word).collect()
    }

    /// Whether there is any in a text.
    pub(super) fn is_in(&self, words: &[Token]) -> bool {
        !self.0.is_empty()
            && words.len() <= SHORT
            && words.windows(RUN).any(|run| self.0.contains(&hash(run)))
    }
}

/// Whether two headlines speak of two things.
fn unlike(a: &[u32], b: &[u32]) -> bool {
    let shared = common(a, b);
    let all = a.len() + b.len() - shared;
    a.len() >= TELLING && b.len() >= TELLING && (shared as f64) < UNLIKE * all as f64
}

fn hash(run: &[Token]) -> u64 {
    joined(run.iter().map(|t| t.hash))
}

#[cfg(test)]
mod tests {
    use super::{Boilerplate, Short};
    use crate::stories::terms::Terms;
    use crate::stories::words::{Token, tokens};

    const PLEA: &str = "This article appeared first in the Harbour Gazette. Subscribe now to read \
         every story on the day it is written, and support local news in our town.";

    fn made(texts: &[(u64, &str, &str)]) -> Vec<(u64, Vec<u32>, Vec<Token>)> {
        let made = |(outlet, title, text): &(u64, &str, &str)| {
            (*outlet, Terms::of(title, "").title, tokens(text, 1000))
        };
        texts.iter().map(made).collect()
    }

    fn left(texts: &[(u64, &str, &str)], of: &str) -> usize {
        let made = made(texts);
        let short = made.iter().map(|(outlet, title, words)| Short {
            outlet: *outlet,
            title,
            words,
        });
        let short: Vec<Short<'_>> = short.collect();
        Boilerplate::of(&short).taken_out(&tokens(of, 1000)).len()
    }

    #[test]
    fn what_stands_under_three_unlike_headlines_of_one_outlet_is_boilerplate() {
        let own = "The mayor has left office after a vote.";
        let text = format!("{own} {PLEA}");
        let under = [
            (1, "Mayor resigns after vote", &*text),
            (1, "Fire closes market hall", PLEA),
            (1, "Ferry runs aground", PLEA),
        ];
        assert_eq!(left(&under, &text), tokens(own, 99).len());
        assert_eq!(left(&under, PLEA), 0);
        // Two may be copies, and so may many under one headline or by several outlets.
        let all = tokens(&text, 99).len();
        assert_eq!(left(&under[..2], &text), all);
        let followed = [
            (1, "Mayor resigns after vote", PLEA),
            (1, "Mayor resigns in Nordhaven", PLEA),
            (1, "Vote: mayor resigns", PLEA),
            (1, "", PLEA),
        ];
        assert_eq!(left(&followed, &text), all);
        let sent = [under[0], (2, under[1].1, PLEA), (3, under[2].1, PLEA)];
        assert_eq!(left(&sent, &text), all);
        assert_eq!(left(&[], ""), 0);
    }
}
