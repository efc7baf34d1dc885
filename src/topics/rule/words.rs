//! The words of an article as rules, risks and places ask for them: where a word stands, and which
//! words begin with these letters. Nothing here knows a language.
//!
//! A word is a run of letters, digits and marks after NFKC. In scripts that are written without
//! spaces each letter is a word of its own, so that a name in them is a phrase. An English
//! possessive (`Iran’s`) is its noun.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words of one field that are read; the rest of a longer text is left alone.
pub const FIELD_WORDS: usize = 20_000;
/// Places left free between two fields, so that no phrase and no nearness reaches over.
const GAP: u32 = 1_000;

/// The texts of an article that may be asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Piece<'a> {
    /// The headline.
    pub title: &'a str,
    /// The summary; may be empty.
    pub summary: &'a str,
    /// The body; may be empty.
    pub body: &'a str,
    /// Who wrote it.
    pub byline: &'a str,
    /// The source's short name and its name as shown.
    pub source: &'a str,
    /// The source's own category words.
    pub categories: &'a [String],
}

/// A part of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The headline.
    Title,
    /// The summary.
    Summary,
    /// The body.
    Body,
    /// Who wrote it.
    Byline,
    /// Its source.
    Source,
    /// The source's category words.
    Category,
}

impl Field {
    /// Every field with the word that names it in a rule.
    pub const ALL: [(Field, &'static str); 6] = [
        (Field::Title, "title"),
        (Field::Summary, "summary"),
        (Field::Body, "body"),
        (Field::Byline, "byline"),
        (Field::Source, "source"),
        (Field::Category, "category"),
    ];

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        Field::ALL
            .iter()
            .find(|(f, _)| *f == self)
            .map_or("", |(_, n)| n)
    }

    /// Whether a term that names no field looks here: in what the article tells.
    pub fn is_telling(self) -> bool {
        matches!(self, Field::Title | Field::Summary | Field::Body)
    }
}

/// A word where it stands.
#[derive(Clone, Debug)]
struct Word {
    /// Octets of [`Words::text`].
    at: (u32, u32),
    /// Octets of [`Words::folded`].
    fold: (u32, u32),
    /// Its number, with gaps between fields.
    place: u32,
    field: Field,
}

/// An article's words, indexed.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    folded: String,
    words: Vec<Word>,
    /// Numbers of words by their folded text, then by where they stand.
    order: Vec<u32>,
}

/// Words that stand together: the number of the first one, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first word.
    pub first: usize,
    /// How many words.
    pub count: usize,
}

impl Span {
    /// Whether all of `other` stands in it.
    pub fn holds(self, other: Span) -> bool {
        self.first <= other.first && other.first + other.count <= self.first + self.count
    }
}

impl Words {
    /// Reads an article's texts.
    pub fn new(piece: &Piece<'_>) -> Words {
        let mut words = Words::default();
        words.add(Field::Title, piece.title);
        words.add(Field::Summary, piece.summary);
        words.add(Field::Body, piece.body);
        words.add(Field::Byline, piece.byline);
        words.add(Field::Source, piece.source);
        for category in piece.categories {
            words.add(Field::Category, category);
        }
        let mut order: Vec<u32> = (0_u32..).take(words.words.len()).collect();
        order.sort_unstable_by(|a, b| {
            let (x, y) = (words.folded(*a as usize), words.folded(*b as usize));
            x.cmp(y).then(a.cmp(b))
        });
        words.order = order;
        words
    }

    fn add(&mut self, field: Field, text: &str) {
        let base = self.text.len();
        self.text.extend(text.nfkc());
        let place = self.words.last().map_or(0, |w| w.place + GAP);
        let found = split(&self.text[base..]);
        for (place, at) in (place..).zip(found.into_iter().take(FIELD_WORDS)) {
            let at = (base + at.start, base + at.end);
            let from = self.folded.len();
            let lower = self.text[at.0..at.1].chars().flat_map(char::to_lowercase);
            self.folded.extend(lower);
            self.words.push(Word {
                at: (short(at.0), short(at.1)),
                fold: (short(from), short(self.folded.len())),
                place,
                field,
            });
        }
        self.text.push('\n');
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A word in small letters; empty where there is none of that number.
    pub fn folded(&self, n: usize) -> &str {
        let word = self.words.get(n);
        word.map_or("", |w| &self.folded[w.fold.0 as usize..w.fold.1 as usize])
    }

    /// A word as it is written; empty where there is none of that number.
    pub fn written(&self, n: usize) -> &str {
        let word = self.words.get(n);
        word.map_or("", |w| &self.text[w.at.0 as usize..w.at.1 as usize])
    }

    /// Where a word stands.
    pub fn field(&self, n: usize) -> Option<Field> {
        self.words.get(n).map(|w| w.field)
    }

    /// The number of a word's place: neighbours differ by one, fields by far more.
    pub fn place(&self, n: usize) -> Option<u32> {
        self.words.get(n).map(|w| w.place)
    }

    /// What is written between two words that follow each other.
    pub fn between(&self, n: usize) -> &str {
        match (self.words.get(n), self.words.get(n + 1)) {
            (Some(a), Some(b)) if a.at.1 <= b.at.0 => &self.text[a.at.1 as usize..b.at.0 as usize],
            _ => "",
        }
    }

    /// The words of a field, in their order.
    pub fn of(&self, field: Field) -> Range<usize> {
        let start = self.words.partition_point(|w| w.field < field);
        let end = self.words.partition_point(|w| w.field <= field);
        start..end
    }

    /// What is written at a span, in one line of 80 characters at most.
    pub fn quote(&self, span: Span) -> String {
        let last = span.first + span.count.max(1) - 1;
        let (Some(a), Some(b)) = (self.words.get(span.first), self.words.get(last)) else {
            return String::new();
        };
        let text = &self.text[a.at.0 as usize..(b.at.1 as usize).max(a.at.0 as usize)];
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() > 80 {
            true => line.chars().take(79).chain(['…']).collect(),
            false => line,
        }
    }

    /// Numbers of the words that are this one, in small letters.
    pub fn same(&self, word: &str) -> &[u32] {
        self.sorted(|w| w < word, |w| w <= word)
    }

    /// Numbers of the words that begin so, in small letters.
    pub fn beginning(&self, prefix: &str) -> &[u32] {
        self.sorted(|w| w < prefix, |w| w < prefix || w.starts_with(prefix))
    }

    /// Numbers of the words that are digits.
    pub fn digits(&self) -> &[u32] {
        self.sorted(|w| w < "0", |w| w < ":")
    }

    fn sorted(&self, before: impl Fn(&str) -> bool, until: impl Fn(&str) -> bool) -> &[u32] {
        let word = |n: &u32| self.folded(*n as usize);
        let start = self.order.partition_point(|n| before(word(n)));
        let end = self.order.partition_point(|n| until(word(n)));
        self.order.get(start..end).unwrap_or_default()
    }

    /// Every different word once.
    pub fn distinct(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.order.iter().filter_map(move |n| {
            let word = self.folded(*n as usize);
            let fresh = last != Some(word);
            last = Some(word);
            fresh.then_some(word)
        })
    }
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Where the words of a text are, in octets. The text is expected in NFKC.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    let mut alone = false;
    for (at, c) in text.char_indices() {
        let joins = is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}');
        if joins && open.is_some() {
            continue;
        }
        let letter = c.is_alphanumeric() && !joins;
        let solo = letter && stands_alone(c);
        if let Some(start) = open
            && (!letter || solo || alone)
        {
            found.push(start..at);
            open = None;
        }
        if letter && open.is_none() {
            open = Some(at);
            alone = solo;
        }
    }
    found.extend(open.map(|start| start..text.len()));
    without_possessives(text, &mut found);
    found
}

/// Takes away every `s` that stands behind a word and an apostrophe.
fn without_possessives(text: &str, found: &mut Vec<Range<usize>>) {
    let mut last_end = usize::MAX;
    found.retain(|word| {
        let owned = matches!(&text[word.clone()], "s" | "S")
            && matches!(text.get(last_end..word.start), Some("'" | "’" | "‘"));
        last_end = word.end;
        !owned
    });
}

/// Letters of scripts that are written without spaces.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::{Field, Piece, Span, Words, split};

    fn said(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn words_are_found_in_any_script() {
        assert_eq!(
            said("Iran’s ISIS-K, 3,000"),
            ["Iran", "ISIS", "K", "3", "000"]
        );
        assert_eq!(said("选举 abc"), ["选", "举", "abc"]);
        assert_eq!(said("हिन्दी समाचार"), ["हिन्दी", "समाचार"]);
        assert_eq!(said("l’eau d's s"), ["l", "eau", "d", "s"]);
        assert_eq!(said(" \u{301}…"), [""; 0]);
    }

    #[test]
    fn words_are_looked_up_by_themselves_and_by_their_beginning() {
        let categories = ["Sport News".to_owned(), "News".to_owned()];
        let words = Words::new(&Piece {
            title: "Voting votes VOTE",
            summary: "A vote in 2024",
            categories: &categories,
            ..Piece::default()
        });
        assert_eq!(words.same("vote"), [2, 4]);
        assert_eq!(words.beginning("vot"), [2, 4, 1, 0]);
        assert_eq!(words.digits(), [6]);
        assert_eq!(words.of(Field::Category), 7..10);
        assert_eq!(words.quote(Span { first: 4, count: 3 }), "vote in 2024");
        assert_eq!(words.distinct().count(), 8);
        assert!(words.place(3) > words.place(2).map(|p| p + 100));
    }
}
