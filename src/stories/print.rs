//! The print of a text: its runs of three words as numbers, and those few of them under which it is
//! filed so that texts which share enough are found.
//!
//! What is filed is Broder's own form of MinHash: the smallest hashes of the whole text, and of its
//! first sixty words. The smallest of two texts' shingles together are in both texts with the chance
//! of their Jaccard, so 20 of them find a pair of .3 with 1 - .7^20 = 99.9 %; 64 bands of two rows
//! find 99.8 % with three times the keys. The first words find a summary in the text that it opens.

use super::words::{Token, half, joined, tokens};

/// Words of a text that count. Longer texts differ in them or not at all.
const WORDS: usize = 20_000;
/// Words of the opening, which is what feeds give as a summary.
pub(super) const OPENING: usize = 60;
/// Keys of the whole text and of its opening under which it is filed.
const FILED: (usize, usize) = (20, 8);
/// Words of a shingle, and runs of signs of one where a script has no spaces: about as much is said by
/// both.
const RUN: usize = 3;
const RUN_OF_SIGNS: usize = 5;
/// Runs of signs to a word, about.
const SIGNS: usize = 3;

/// The most keys that are asked for of a whole text, and of its opening.
const ASKED: (usize, usize) = (512, 64);

/// A text's shingles, ascending, with what tells templates from copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    /// The upper halves of all of them.
    shingles: Box<[u32]>,
    /// The smallest of them, whole: keys are made of these.
    smallest: Box<[u64]>,
    opening: Box<[u64]>,
    /// Its numbers, ascending, each once.
    numbers: Box<[u32]>,
    /// How long it is, in words.
    words: usize,
}

/// A print as two are compared, wherever it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet<'p> {
    pub(super) shingles: &'p [u32],
    pub(super) numbers: &'p [u32],
    pub(super) words: usize,
}

/// What two texts have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Shingles that both have.
    pub shared: usize,
    /// Their share of all shingles of both.
    pub jaccard: f64,
    /// Their share of the shorter text's.
    pub containment: f64,
}

impl Print {
    /// That of a text.
    pub fn of(text: &str) -> Print {
        Print::of_tokens(&tokens(text, WORDS))
    }

    pub(super) fn of_tokens(words: &[Token]) -> Print {
        let opening = shingles(&words[..words.len().min(OPENING)]);
        let all = shingles(words);
        Print {
            shingles: all.iter().map(|s| half(*s)).collect(),
            smallest: all.iter().take(ASKED.0).copied().collect(),
            opening: opening.iter().take(ASKED.1).copied().collect(),
            numbers: distinct(words.iter().filter(|t| t.number).map(|t| t.hash))
                .iter()
                .map(|n| half(*n))
                .collect(),
            words: words.iter().filter(|t| !t.sign).count()
                + words.iter().filter(|t| t.sign).count() / SIGNS,
        }
    }

    /// The same, as it is compared.
    pub fn sheet(&self) -> Sheet<'_> {
        Sheet {
            shingles: &self.shingles,
            numbers: &self.numbers,
            words: self.words,
        }
    }

    /// How many different shingles it has.
    pub fn len(&self) -> usize {
        self.shingles.len()
    }

    /// Whether the text has no words.
    pub fn is_empty(&self) -> bool {
        self.shingles.is_empty()
    }

    /// The keys under which it is filed: at most 28, none twice.
    pub fn keys(&self) -> Vec<u64> {
        self.smallest(FILED.0, FILED.1)
    }

    /// The keys under which texts like it are looked for: at most `most`, of which 512 are there, and
    /// an eighth of that from its opening. More find more of what it contains.
    pub fn queries(&self, most: usize) -> Vec<u64> {
        self.smallest(most, most / 8)
    }

    fn smallest(&self, whole: usize, opening: usize) -> Vec<u64> {
        let whole = self.smallest.iter().take(whole);
        let opening = self.opening.iter().take(opening);
        let mut keys: Vec<u64> = whole.chain(opening).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Compares all shingles of two texts. Nothing is shared with an empty text.
    pub fn overlap(&self, other: &Print) -> Overlap {
        self.sheet().overlap(other.sheet())
    }
}

impl Sheet<'_> {
    /// How many different shingles the text has.
    pub fn len(&self) -> usize {
        self.shingles.len()
    }

    /// Whether the text has no words.
    pub fn is_empty(&self) -> bool {
        self.shingles.is_empty()
    }

    /// Compares all shingles of two texts. Nothing is shared with an empty text.
    pub fn overlap(self, other: Sheet<'_>) -> Overlap {
        let shared = common(self.shingles, other.shingles);
        let share = |of: usize| shared as f64 / of.max(1) as f64;
        Overlap {
            shared,
            jaccard: share(self.len() + other.len() - shared),
            containment: share(self.len().min(other.len())),
        }
    }

    /// Whether the two are filled from one form: each has numbers of its own, more than a correction
    /// or an update brings, and few that both have. The weekly report, the list of results.
    pub fn differs_in_numbers(self, other: Sheet<'_>) -> bool {
        let shared = common(self.numbers, other.numbers);
        let own = (self.numbers.len() - shared).min(other.numbers.len() - shared);
        let words = self.words.min(other.words);
        own >= 3 && shared <= 2 * own && own * 1000 >= words * 35
    }

    /// Whether both have the same numbers.
    pub fn same_numbers(self, other: Sheet<'_>) -> bool {
        self.numbers == other.numbers
    }
}

fn shingles(words: &[Token]) -> Box<[u64]> {
    let run = |run: &[Token]| joined(run.iter().map(|t| t.hash));
    let begun = |(at, first): (usize, &Token)| {
        let length = if first.sign { RUN_OF_SIGNS } else { RUN };
        words.get(at..at + length).map(run)
    };
    let all = distinct(words.iter().enumerate().filter_map(begun));
    match (all.is_empty(), words.is_empty()) {
        (true, false) => Box::new([run(words)]),
        _ => all,
    }
}

/// Ascending, each once.
pub(super) fn distinct(all: impl Iterator<Item = u64>) -> Box<[u64]> {
    let mut all: Vec<u64> = all.collect();
    all.sort_unstable();
    all.dedup();
    all.into_boxed_slice()
}

/// How many two ascending lists have in common.
pub(super) fn common<W: Ord>(a: &[W], b: &[W]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        shared += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::Print;

    #[test]
    fn overlap_is_of_runs_of_three_words() {
        let print = Print::of("The harbour office closes on Monday for repairs");
        assert_eq!(print.len(), 6);
        let other = Print::of("the harbour office closes on Tuesday for repairs");
        let overlap = print.overlap(&other);
        assert_eq!((overlap.shared, overlap.jaccard), (3, 3.0 / 9.0));
        assert_eq!(overlap.containment, 0.5);
        let nothing = Print::of(" … ");
        assert!(nothing.is_empty() && nothing.keys().is_empty());
        assert_eq!(nothing.overlap(&nothing).containment, 0.0);
        assert_eq!(Print::of("one").len(), 1);
        assert_eq!(Print::of("東京都議会選挙").len(), 2);
    }

    #[test]
    fn keys_are_few_and_those_of_the_opening_are_among_them() {
        let words = |from: usize, to: usize| {
            let words: Vec<String> = (from..to).map(|n| format!("w{n}")).collect();
            words.join(" ")
        };
        let whole = Print::of(&words(0, 5000));
        assert!((20..=28).contains(&whole.keys().len()));
        let summary = Print::of(&words(0, 60));
        let keys = whole.keys();
        let found = summary
            .queries(64)
            .iter()
            .filter(|k| keys.contains(k))
            .count();
        assert!(found >= 8, "{found}");
        assert_eq!(Print::of(&words(0, 30_000)).len(), 20_000 - 2);
    }

    #[test]
    fn a_form_filled_twice_differs_in_its_numbers() {
        let report = |n: [u32; 5]| {
            let [a, b, c, d, e] = n;
            let text = "The harbour handled {a} tons this week, up {b} percent from {c} tons, and \
                 {d} ships called in {e} days, the port authority said in its report.";
            let mut text = text.to_owned();
            for (mark, n) in [("{a}", a), ("{b}", b), ("{c}", c), ("{d}", d), ("{e}", e)] {
                text = text.replace(mark, &n.to_string());
            }
            Print::of(&text)
        };
        let first = report([4750, 2, 4630, 91, 7]);
        let differs = |other: &Print| first.sheet().differs_in_numbers(other.sheet());
        assert!(differs(&report([4830, 5, 4710, 88, 7])));
        assert!(!differs(&report([4750, 3, 4630, 91, 7])));
        assert!(!differs(&Print::of("No number at all")));
        assert!(first.sheet().same_numbers(first.clone().sheet()));
    }
}
