//! Texts to learn from, as counted features: four octets each, whatever the text was.

use std::sync::LazyLock;

use super::tokens::{FEATURES, KINDS, OF_A_KIND, TERMS, Words};

/// Bits of an entry that hold its column; the others hold how often it comes.
const COLUMN_BITS: u32 = 20;
const COLUMN: u32 = (1 << COLUMN_BITS) - 1;
const MOST_TIMES: u32 = (1 << (32 - COLUMN_BITS)) - 1;

/// What one text comes to: its features with how often each comes, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted(Vec<u32>);

impl Counted {
    /// Counts the features of a text; without its pieces where `pieces` is false.
    pub fn of(words: &Words, pieces: bool) -> Counted {
        let mut features = Vec::with_capacity(words.len() * 8);
        words.terms(|feature, _| features.push(feature));
        if pieces {
            words.pieces(|feature| features.push(feature));
        }
        features.sort_unstable();
        let mut counted: Vec<u32> = Vec::with_capacity(features.len());
        for feature in features {
            match counted.last_mut() {
                Some(last) if *last & COLUMN == feature => {
                    let times = (*last >> COLUMN_BITS).min(MOST_TIMES - 1) + 1;
                    *last = feature | (times << COLUMN_BITS);
                }
                _ => counted.push(feature | (1 << COLUMN_BITS)),
            }
        }
        counted.shrink_to_fit();
        Counted(counted)
    }

    /// Leaves the pieces of words out.
    pub fn give_up_pieces(&mut self) {
        self.0.retain(|e| e & COLUMN < TERMS);
        self.0.shrink_to_fit();
    }

    /// Features and how often each comes.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().map(|e| split(*e))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn split(entry: u32) -> (u32, u32) {
    (entry & COLUMN, entry >> COLUMN_BITS)
}

/// Columns of words are below the first, those of pairs below the second, those of pieces below the third.
pub type Kinds = [usize; KINDS];

/// Where the columns of each kind end, of ascending features.
pub fn kinds(features: &[u32]) -> Kinds {
    let mut kinds = [0; KINDS];
    for (end, kind) in kinds.iter_mut().zip(1..) {
        *end = features.partition_point(|f| *f < kind * OF_A_KIND);
    }
    kinds
}

/// The kind of a column.
pub fn kind_of(column: u32, kinds: &Kinds) -> usize {
    let column = column as usize;
    usize::from(column >= kinds[0]) + usize::from(column >= kinds[1])
}

/// Texts one after the other, over columns: the features that are kept.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    entries: Vec<u32>,
    ends: Vec<usize>,
    /// The feature of each column, ascending.
    pub features: Vec<u32>,
    /// Where the columns of each kind end.
    pub kinds: Kinds,
}

impl Corpus {
    /// Puts texts into columns: their features, or, if there were more than `most`, those of them that
    /// come in the most texts.
    pub fn of(texts: Vec<Counted>, most: usize) -> Corpus {
        let mut frequency = vec![0_u32; FEATURES as usize];
        for (feature, _) in texts.iter().flat_map(Counted::entries) {
            if let Some(n) = frequency.get_mut(feature as usize) {
                *n += 1;
            }
        }
        let floor = floor(&frequency, most);
        let kept = |n: u32| n > 0 && n >= floor;
        let mut column = vec![u32::MAX; FEATURES as usize];
        let mut features = Vec::new();
        for (feature, n) in (0..FEATURES).zip(&frequency) {
            if let (true, Some(slot)) = (kept(*n), column.get_mut(feature as usize)) {
                *slot = features.len() as u32;
                features.push(feature);
            }
        }
        let kinds = kinds(&features);
        let mut corpus = Corpus {
            features,
            kinds,
            ..Corpus::default()
        };
        for text in texts {
            for (feature, times) in text.entries() {
                let column = column.get(feature as usize).copied().unwrap_or(u32::MAX);
                if column != u32::MAX {
                    corpus.entries.push(column | (times << COLUMN_BITS));
                }
            }
            corpus.ends.push(corpus.entries.len());
        }
        corpus
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Columns of a text with how often each comes, ascending.
    pub fn text(&self, text: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let start = match text {
            0 => 0,
            n => self.ends.get(n - 1).copied().unwrap_or(0),
        };
        let end = self.ends.get(text).copied().unwrap_or(start);
        let entries = self.entries.get(start..end).unwrap_or_default();
        entries.iter().map(|e| split(*e))
    }

    /// How rare each column is within some of the texts: ln((1 + n) / (1 + n of it)) + 1, and 0 where
    /// none of them has it.
    pub fn rarity(&self, texts: &[usize]) -> Vec<f32> {
        let mut frequency = vec![0_u32; self.features.len()];
        for text in texts {
            for (column, _) in self.text(*text) {
                if let Some(n) = frequency.get_mut(column as usize) {
                    *n += 1;
                }
            }
        }
        let all = 1.0 + texts.len() as f32;
        let rarity = |n: u32| match n {
            0 => 0.0,
            n => (all / (1.0 + n as f32)).ln() + 1.0,
        };
        frequency.into_iter().map(rarity).collect()
    }
}

/// The frequency from which on features are kept, so that there are at most so many: those that come
/// in one text only say nothing about another, and are kept only among few texts.
fn floor(frequency: &[u32], most: usize) -> u32 {
    let mut floor = 1;
    loop {
        let kept = frequency.iter().filter(|n| **n >= floor).count();
        if kept <= most {
            return floor;
        }
        floor += 1;
    }
}

/// 1 + ln of a number of times; the first ones are looked up, since this is asked for every entry.
fn damped(times: u32) -> f32 {
    static FIRST: LazyLock<[f32; 32]> =
        LazyLock::new(|| std::array::from_fn(|n| 1.0 + (n.max(1) as f32).ln()));
    match FIRST.get(times as usize) {
        Some(damped) => *damped,
        None => 1.0 + (times as f32).ln(),
    }
}

/// Entries of a text as a vector: (1 + ln times) × rarity, every kind of length 1 where it is there.
/// Columns that are unknown (rarity 0) are left out.
pub fn weighed(
    entries: impl Iterator<Item = (u32, u32)>,
    kinds: &Kinds,
    rarity: &[f32],
    into: &mut Vec<(u32, f32)>,
) {
    into.clear();
    let mut squares = [0.0_f32; KINDS];
    for (column, times) in entries {
        let rarity = rarity.get(column as usize).copied().unwrap_or(0.0);
        if rarity > 0.0 {
            let value = damped(times) * rarity;
            squares[kind_of(column, kinds)] += value * value;
            into.push((column, value));
        }
    }
    let scale = squares.map(|s| if s > 0.0 { s.sqrt().recip() } else { 0.0 });
    for (column, value) in into {
        *value *= scale[kind_of(*column, kinds)];
    }
}
