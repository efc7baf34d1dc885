//! The words of a text in any script, as hashed features.
//!
//! A text is brought to one spelling (NFKC, lower case) and cut into words: runs of letters, digits
//! and the marks that belong to them. Scripts that put no space between words (Chinese, Japanese,
//! Thai, Lao, Khmer, Burmese) give every pair of neighbouring letters instead. Features are the words,
//! the pairs of words that follow each other, and pieces of three to five letters, which carry what
//! endings and compounds hide in a language of many forms. Hashes have fixed seeds.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Text;

/// Kinds of features: words, pairs of words that follow each other, pieces of words.
pub const KINDS: usize = 3;
/// Features of one kind: the kind is a feature divided by this.
pub const OF_A_KIND: u32 = 1 << 18;
/// All features.
pub const FEATURES: u32 = OF_A_KIND * KINDS as u32;
/// Features of words and pairs are below this, those of pieces from there on.
pub const TERMS: u32 = OF_A_KIND * 2;
/// Characters of a text that are read: nothing later says what it is about.
const MOST_CHARS: usize = 30_000;
/// Letters of a word; a longer run is cut there.
const WORD_CHARS: usize = 40;
/// Lengths of the pieces of words, in letters.
const PIECES: std::ops::RangeInclusive<usize> = 3..=5;

/// A text in one spelling, and where its words are.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    /// Byte ranges of the words, in their order; in scripts without spaces they overlap.
    spans: Vec<(u32, u32)>,
    /// Byte ranges of the runs of letters that the pieces are cut from.
    runs: Vec<(u32, u32)>,
    /// Words of the headline.
    headline: usize,
}

impl Words {
    /// The words of a headline and of what follows it.
    pub fn of(text: &Text<'_>) -> Words {
        let mut words = Words::default();
        words.read(text.title);
        words.headline = words.spans.len();
        // No pair of words reaches over the line.
        words.text.push('\n');
        words.read(text.body);
        words
    }

    fn read(&mut self, text: &str) {
        let mut run: Vec<char> = Vec::with_capacity(WORD_CHARS);
        let mut unspaced = false;
        for c in text.nfkc().take(MOST_CHARS) {
            let belongs = c.is_alphanumeric() || (is_combining_mark(c) && !run.is_empty());
            if !belongs {
                self.close(&mut run, unspaced);
                continue;
            }
            let pairs = is_unspaced(c) || (is_combining_mark(c) && unspaced);
            if pairs != unspaced || run.len() >= WORD_CHARS {
                self.close(&mut run, unspaced);
                unspaced = pairs;
            }
            run.extend(c.to_lowercase());
        }
        self.close(&mut run, unspaced);
    }

    /// Puts a run of letters down as a word, or as its pairs.
    fn close(&mut self, run: &mut Vec<char>, unspaced: bool) {
        if run.is_empty() {
            return;
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
        }
        let start = self.text.len();
        let mut starts = Vec::with_capacity(run.len());
        for c in run.drain(..) {
            // A mark belongs to the letter before it.
            if starts.is_empty() || !is_combining_mark(c) {
                starts.push(self.text.len());
            }
            self.text.push(c);
        }
        let end = self.text.len();
        let span = |from: usize, to: usize| (from as u32, to as u32);
        self.runs.push(span(start, end));
        if !unspaced || starts.len() < 3 {
            self.spans.push(span(start, end));
            return;
        }
        for (i, from) in starts.iter().take(starts.len() - 1).enumerate() {
            let to = starts.get(i + 2).copied().unwrap_or(end);
            self.spans.push(span(*from, to));
        }
    }

    fn slice(&self, span: (u32, u32)) -> &str {
        self.text
            .get(span.0 as usize..span.1 as usize)
            .unwrap_or_default()
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The words of the headline as one text in one spelling.
    pub fn headline(&self) -> &str {
        self.text.split('\n').next().unwrap_or_default()
    }

    /// The words in their order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|span| self.slice(*span))
    }

    /// Every word and every pair of words with its feature. Those of the headline come twice: it says
    /// what the text is about.
    pub fn terms(&self, mut each: impl FnMut(u32, &str)) {
        let mut before: Option<(u64, (u32, u32))> = None;
        for (i, span) in self.spans.iter().enumerate() {
            let word = self.slice(*span);
            let hash = hash_of(word.chars());
            if i == self.headline {
                before = None;
            }
            for _ in 0..=usize::from(i < self.headline) {
                // One letter alone says nothing: what is left of an elision, an initial, a digit.
                if word.chars().nth(1).is_some() || is_unspaced_word(word) {
                    each(mixed(hash) as u32 % OF_A_KIND, word);
                }
                if let Some((hash_before, span_before)) = before {
                    let pair =
                        mixed(hash_before.rotate_left(23) ^ hash) as u32 % OF_A_KIND + OF_A_KIND;
                    each(pair, self.slice((span_before.0, span.1)));
                }
            }
            before = Some((hash, *span));
        }
    }

    /// Every piece of a word with its feature. A word has an edge on both sides, which is a letter of
    /// its pieces.
    pub fn pieces(&self, mut each: impl FnMut(u32)) {
        let mut letters: Vec<char> = Vec::with_capacity(WORD_CHARS + 2);
        for run in &self.runs {
            letters.clear();
            letters.push(' ');
            letters.extend(self.slice(*run).chars());
            letters.push(' ');
            for from in 0..letters.len() {
                let mut hash = SEED;
                let most = letters.iter().skip(from).take(*PIECES.end());
                for (i, c) in most.enumerate() {
                    hash = step(hash, *c);
                    if i + 1 >= *PIECES.start() {
                        each(TERMS + mixed(hash) as u32 % OF_A_KIND);
                    }
                }
            }
        }
    }
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
}

/// FNV-1a over characters.
pub fn hash_of(chars: impl Iterator<Item = char>) -> u64 {
    chars.fold(SEED, step)
}

/// The finisher of MurmurHash3: every bit of the input reaches every bit of the result.
pub fn mixed(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

fn is_unspaced_word(word: &str) -> bool {
    word.chars().next().is_some_and(is_unspaced)
}

/// Letters of scripts that put no space between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff            // Thai, Lao
        | 0x1000..=0x109f          // Burmese
        | 0x1780..=0x17ff          // Khmer
        | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x31f0..=0x31ff // kana
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff // Han
        | 0xa9e0..=0xa9ff | 0xaa60..=0xaa7f                   // Burmese, extended
        | 0x2_0000..=0x3_23af)
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, TERMS, Words};
    use crate::topics::Text;

    fn words(title: &str, body: &str) -> Vec<String> {
        let words = Words::of(&Text { title, body });
        words.words().map(str::to_owned).collect()
    }

    #[test]
    fn words_of_every_script_are_found_in_one_spelling() {
        assert_eq!(words("L’Été à Zürich", ""), ["l", "été", "à", "zürich"]);
        assert_eq!(words("ﬁn ＡＢＣ e\u{301}", ""), ["fin", "abc", "é"]);
        assert_eq!(words("በመቀነሱ 8ሺህ ያህል", ""), ["በመቀነሱ", "8ሺህ", "ያህል"]);
        assert_eq!(words("हिन्दी समाचार", ""), ["हिन्दी", "समाचार"]);
        assert_eq!(words("الطائرة المفقودة..", ""), ["الطائرة", "المفقودة"]);
        assert_eq!(
            words("東京都知事 NHK", ""),
            ["東京", "京都", "都知", "知事", "nhk"]
        );
        assert_eq!(words("กินข้าว", "").len(), 4);
        assert_eq!(words("\u{0}\u{202e}—…", "\u{301}"), Vec::<String>::new());
    }

    #[test]
    fn a_headline_counts_twice_and_no_pair_reaches_over_its_end() {
        let mut seen = Vec::new();
        let text = Words::of(&Text {
            title: "Two goals",
            body: "goals late",
        });
        text.terms(|feature, word| {
            assert!(feature < TERMS);
            seen.push(word.to_owned());
        });
        let expected = [
            "two",
            "two",
            "goals",
            "two goals",
            "goals",
            "two goals",
            "goals",
            "late",
            "goals late",
        ];
        assert_eq!(seen, expected);
        assert_eq!(text.headline(), "two goals");
        text.pieces(|feature| assert!((TERMS..FEATURES).contains(&feature)));
    }

    #[test]
    fn a_word_without_end_is_cut() {
        let long = "x".repeat(100_000);
        let words = words("", &long);
        assert!(words.iter().all(|w| w.len() == 40) && words.len() == 750);
    }
}
