//! What a piece is about, in numbers: its telling words, weighed by where they stand and by how rare
//! they are.

use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};

use super::print::OPENING;
use super::words::{Token, half, tokens};

/// Words of a text that say what it is about; the rest is background.
const ABOUT: usize = 300;
/// Words of a headline that are read.
const HEADLINE: usize = 60;
/// How often a word of the headline counts, one of the opening, and one of the rest.
const WEIGHTS: [f32; 3] = [3.0, 2.0, 1.0];
/// Names count more than other words.
const NAME: f32 = 1.5;
/// Articles that are assumed to have come before the first one: without them the first few would
/// decide what is rare.
const BEFORE: f32 = 200.0;

/// The telling words of a piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Word and how much of the piece it is, by word.
    counts: Vec<(u64, f32)>,
    /// Those that are names, ascending, by their halves.
    names: Vec<u32>,
    /// Those of the headline, ascending, by their halves.
    pub(super) title: Vec<u32>,
    /// Its figures of three digits and more, ascending, by their halves.
    figures: Vec<u32>,
}

/// A piece as a direction: words (their halves) with their weights, by word, of length one.
pub type Vector = Vec<(u32, f32)>;

impl Terms {
    /// Those of a headline and the text under it.
    pub fn of(title: &str, text: &str) -> Terms {
        Terms::of_tokens(title, &tokens(text, ABOUT))
    }

    pub(super) fn of_tokens(title: &str, text: &[Token]) -> Terms {
        let title = tokens(title, HEADLINE);
        let text = &text[..text.len().min(ABOUT)];
        let (opening, rest) = text.split_at(text.len().min(OPENING));
        let parts = [title.as_slice(), opening, rest];
        let mut counts: FxHashMap<u64, f32> = FxHashMap::default();
        for (part, weight) in parts.iter().zip(WEIGHTS) {
            for token in part.iter().filter(|t| t.tells()) {
                *counts.entry(token.hash).or_default() += weight;
            }
        }
        let all = || parts.iter().flat_map(|p| p.iter());
        let small: FxHashSet<u64> = all().filter(|t| t.small).map(|t| t.hash).collect();
        let kept = |t: &&Token| t.capital && t.tells() && !t.is_of_calendar();
        let name = |t: &&Token| kept(t) && !small.contains(&t.hash);
        let mut counts: Vec<(u64, f32)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|(word, _)| *word);
        Terms {
            counts,
            names: ascending(all().filter(name)),
            title: ascending(title.iter().filter(|t| t.tells())),
            figures: ascending(all().filter(|t| t.is_figure())),
        }
    }

    /// The telling words of the headline, ascending.
    pub fn title(&self) -> &[u32] {
        &self.title
    }

    /// How many different telling words it has.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Its figures of three digits and more, ascending.
    pub(super) fn figures(&self) -> &[u32] {
        &self.figures
    }

    /// Whether a word is a name in it.
    pub(super) fn names(&self, word: u32) -> bool {
        self.names.binary_search(&word).is_ok()
    }

    /// The words of a half: one, as a rule.
    pub(super) fn whole(&self, word: u32) -> impl Iterator<Item = u64> {
        let from = self.counts.partition_point(|(w, _)| half(*w) < word);
        let words = self.counts[from..].iter().map(|(w, _)| *w);
        words.take_while(move |w| half(*w) == word)
    }
}

fn ascending<'t>(tokens: impl Iterator<Item = &'t Token>) -> Vec<u32> {
    let mut words: Vec<u64> = tokens.map(|t| t.hash).collect();
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(half).collect()
}

/// In how many articles each word came, which says how much it tells.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    articles: f32,
    words: FxHashMap<u32, f32>,
}

impl Weights {
    /// Counts an article.
    pub fn note(&mut self, terms: &Terms) {
        self.articles += 1.0;
        for (word, _) in &terms.counts {
            *self.words.entry(half(*word)).or_default() += 1.0;
        }
    }

    /// Lets all that was counted weigh half, and forgets what came once.
    pub(super) fn halve(&mut self) {
        self.articles /= 2.0;
        self.words.retain(|_, n| {
            *n /= 2.0;
            *n >= 1.0
        });
    }

    fn rarity(&self, word: u32) -> f32 {
        let seen = self.words.get(&word).copied().unwrap_or(0.0);
        ((self.articles + BEFORE) / (seen + 0.5)).ln().max(0.0)
    }

    /// Whether a word is in few articles only: one in a hundred, and in no more than twelve of few.
    pub(super) fn rare(&self, word: u32) -> bool {
        let seen = self.words.get(&word).copied().unwrap_or(0.0);
        seen <= (self.articles / 100.0).max(12.0)
    }

    /// The text under a headline as a direction: without the headline's words.
    pub(super) fn vector_under(&self, terms: &Terms) -> Vector {
        let under = |(word, _): &&(u64, f32)| terms.title.binary_search(&half(*word)).is_err();
        let under = Terms {
            counts: terms.counts.iter().filter(under).copied().collect(),
            names: terms.names.clone(),
            ..Terms::default()
        };
        self.vector(&under)
    }

    /// A piece as a direction.
    pub fn vector(&self, terms: &Terms) -> Vector {
        let weigh = |(word, count): &(u64, f32)| {
            let word = half(*word);
            let name = if terms.names(word) { NAME } else { 1.0 };
            (word, (1.0 + count.ln()) * self.rarity(word) * name)
        };
        let mut vector: Vector = terms.counts.iter().map(weigh).collect();
        let length = length(&vector);
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, w)| *w /= length);
        }
        vector
    }
}

/// How long a direction is.
pub(super) fn length(vector: &[(u32, f32)]) -> f32 {
    vector.iter().map(|(_, w)| w * w).sum::<f32>().sqrt()
}

/// The product of two directions.
pub(super) fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.0.cmp(&y.0) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                sum += x.1 * y.1;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    sum
}

/// A direction with which many others are multiplied, most of which share few words with it.
pub(super) struct Asked<'v> {
    vector: &'v [(u32, f32)],
    /// A bit for each of its words: most words of others are told apart by it alone.
    bits: [u64; ASKED_BITS / 64],
}

const ASKED_BITS: usize = 2_048;

impl<'v> Asked<'v> {
    pub(super) fn of(vector: &'v [(u32, f32)]) -> Asked<'v> {
        let mut bits = [0; ASKED_BITS / 64];
        for (word, _) in vector {
            let bit = *word as usize % ASKED_BITS;
            bits[bit / 64] |= 1 << (bit % 64);
        }
        Asked { vector, bits }
    }

    /// What [`dot`] says of the two.
    pub(super) fn dot(&self, other: &[(u32, f32)]) -> f32 {
        let mut sum = 0.0;
        for (word, weight) in other {
            let bit = *word as usize % ASKED_BITS;
            if self.bits[bit / 64] >> (bit % 64) & 1 == 1
                && let Ok(at) = self.vector.binary_search_by_key(word, |(w, _)| *w)
            {
                sum += self.vector[at].1 * weight;
            }
        }
        sum
    }
}

/// The `most` heaviest words, the heaviest first.
pub(super) fn heaviest(vector: &[(u32, f32)], most: usize) -> Vec<u32> {
    let mut words = vector.to_vec();
    words.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    words.truncate(most);
    words.into_iter().map(|(word, _)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::{Asked, Terms, Weights, dot};

    #[test]
    fn rare_words_of_the_headline_weigh_most() {
        let pieces = [
            (
                "Ferry aground at Nordhaven",
                "The ferry ran aground on Monday morning",
            ),
            (
                "Council votes on Monday",
                "The council votes on the tram on Monday",
            ),
            (
                "Nordhaven ferry refloated",
                "Tugs pulled the ferry free on Monday",
            ),
        ];
        let terms = pieces.map(|(title, text)| Terms::of(title, text));
        let mut weights = Weights::default();
        terms.iter().for_each(|t| weights.note(t));
        let [a, b, c] = terms.each_ref().map(|t| weights.vector(t));
        assert!((dot(&a, &a) - 1.0).abs() < 1e-5);
        assert!(dot(&a, &c) > 0.3, "{}", dot(&a, &c));
        assert!(dot(&a, &b) < 0.3, "{}", dot(&a, &b));
        assert!(weights.vector(&Terms::of("", "")).is_empty());
        assert_eq!(dot(&a, &[]), 0.0);
        for (one, other) in [(&a, &b), (&a, &c), (&c, &a), (&a, &a)] {
            assert_eq!(Asked::of(one).dot(other), dot(one, other));
        }
    }
}
