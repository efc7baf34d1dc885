//! What equal headlines prove, and headlines that differ only in what a series counts by.
//!
//! `Prime minister resigns` is written of two countries on one day, `Letters to the editor` of
//! everything. Where there is something to read under both, it has to speak for one story, too.

use super::terms::{Terms, Weights, dot};
use super::words::{Token, joined, tokens};

/// Telling words under a headline without which there is nothing to be compared.
const LEDE: usize = 3;
/// Texts less like than this (cosine) tell two things, though their headlines are equal.
const UNLIKE: f32 = 0.12;
/// The same, where both texts have names and share none: under a headline that says much, and under
/// one that says little.
const NO_NAME_SHARED: (f32, f32) = (0.3, 0.6);
/// Telling words from which on a headline says much.
const MUCH: usize = 5;
/// Words of a headline that are read.
const WORDS: usize = 60;

/// Whether two texts under one headline tell the same, as far as they say anything beside it.
pub(super) fn agree(weights: &Weights, a: &Terms, b: &Terms) -> bool {
    let under = [a, b].map(|terms| weights.vector_under(terms));
    if under.iter().any(|vector| vector.len() < LEDE) {
        return true;
    }
    let named = |terms: &Terms, vector: &[_]| -> Vec<_> {
        let words = vector.iter().map(|(word, _)| *word);
        words.filter(|word| terms.names(*word)).collect()
    };
    let names = [named(a, &under[0]), named(b, &under[1])];
    let strangers =
        names.iter().all(|n| !n.is_empty()) && !names[0].iter().any(|name| names[1].contains(name));
    let (much, little) = NO_NAME_SHARED;
    let bar = match (strangers, a.title().len() >= MUCH) {
        (false, _) => UNLIKE,
        (true, true) => much,
        (true, false) => little,
    };
    dot(&under[0], &under[1]) >= bar
}

/// A headline without its numbers, weekdays and months, and these for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Series {
    /// None: nothing is left.
    words: Option<u64>,
    /// None: it has none of them.
    counted: Option<u64>,
}

impl Series {
    pub(super) fn of(headline: &str) -> Series {
        let all = tokens(headline, WORDS);
        let counts = |token: &&Token| token.number || token.is_of_calendar();
        let hash = |tokens: Vec<&Token>| {
            let hashes = tokens.iter().map(|t| t.hash);
            (!tokens.is_empty()).then(|| joined(hashes))
        };
        let (counted, words) = all.iter().partition(counts);
        Series {
            words: hash(words),
            counted: hash(counted),
        }
    }

    /// Whether both are parts of one series: the crossword of today and that of tomorrow.
    pub(super) fn goes_on(self, other: Series) -> bool {
        self.words.is_some()
            && self.words == other.words
            && self.counted.is_some()
            && other.counted.is_some()
            && self.counted != other.counted
    }
}

#[cfg(test)]
mod tests {
    use super::{Series, agree};
    use crate::stories::terms::{Terms, Weights};

    fn agreed(title: &str, a: &str, b: &str) -> bool {
        let (a, b) = (Terms::of(title, a), Terms::of(title, b));
        let mut weights = Weights::default();
        weights.note(&a);
        weights.note(&b);
        let agreed = agree(&weights, &a, &b);
        assert_eq!(agreed, agree(&weights, &b, &a));
        agreed
    }

    #[test]
    fn a_headline_that_fits_many_things_needs_texts_that_agree() {
        for (title, a, b) in [
            (
                "Man charged with murder",
                "A man of 34 has been charged after the body of a woman was found in Leeds on Monday.",
                "A man in his fifties has been charged after the body of a woman was found in Cork on Monday.",
            ),
            (
                "Prime minister resigns",
                "Norway’s prime minister resigned on Tuesday after he lost a vote of confidence in parliament.",
                "Nepal’s prime minister resigned on Tuesday after days of protests in the capital Kathmandu.",
            ),
            (
                "Letters to the editor",
                "Readers write about the tram line, the price of bread and the swans in the park.",
                "A teacher asks for smaller classes; two doctors answer what was said of the hospital.",
            ),
            (
                "What to watch this weekend",
                "A thriller in the snow, a family drama and three cooking shows for a wet Sunday.",
                "The derby, two finals in tennis and a marathon: what is on in sport.",
            ),
        ] {
            assert!(!agreed(title, a, b), "{title}");
            assert!(agreed(title, a, a), "{title}");
            assert!(agreed(title, a, ""), "{title}");
        }
    }

    #[test]
    fn one_event_in_other_words_agrees() {
        assert!(agreed(
            "Ferry runs aground off the old pier",
            "The Nordlicht ran aground on Monday morning with ninety people on board; nobody was hurt.",
            "Ninety people had to be brought ashore after the Nordlicht ran onto a sandbank on Monday.",
        ));
        assert!(agreed(
            "Prime minister resigns",
            "Jonas Lund stepped down on Tuesday after he lost a vote of confidence in the Storting.",
            "After a lost vote of confidence in the Storting, Lund told the king that he would go.",
        ));
    }

    #[test]
    fn a_series_goes_on_by_number_weekday_and_date() {
        let goes_on = |a: &str, b: &str| Series::of(a).goes_on(Series::of(b));
        for (a, b) in [
            ("Crossword 4711", "Crossword 4712"),
            ("Weather: Tuesday", "Weather: Wednesday"),
            ("Das Wetter am Dienstag", "Das Wetter am Mittwoch"),
            ("Météo du 1er décembre", "Météo du 2 janvier"),
        ] {
            assert!(goes_on(a, b) && goes_on(b, a), "{a}");
            assert!(!goes_on(a, a), "{a}");
        }
        for (a, b) in [
            ("Crossword 4711", "Sudoku 4712"),
            ("Crossword", "Crossword 4712"),
            ("4711", "4712"),
            ("", ""),
        ] {
            assert!(!goes_on(a, b), "{a}");
        }
    }
}
