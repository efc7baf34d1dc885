//! Parts of a set of texts that tell different stories, so that none is judged by a text that it has
//! learnt by heart.
//!
//! Copies and revisions of a text stay together: texts are one group when their headlines are the same,
//! or when two of the smallest hashes of their three-word shingles are (MinHash, 16 bands of 2 rows: a
//! pair of Jaccard .5 is found in 99 of 100 cases, one of .3 in 78).

use std::collections::BTreeMap;

use super::tokens::{Words, hash_of, mixed};

const BANDS: usize = 16;
const ROWS: usize = 2;
/// Words of a text that are looked at.
const MOST_WORDS: usize = 250;
/// Words that a headline must have to say that two texts are one.
const HEADLINE_WORDS: usize = 4;

/// What of a text is compared with other texts: equal keys make a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    keys: Vec<u64>,
    /// A hash of the whole text, by which texts are put in order.
    pub whole: u64,
}

impl Signature {
    /// The signature of a text.
    pub fn of(words: &Words) -> Signature {
        let hashes: Vec<u64> = words.words().map(|w| mixed(hash_of(w.chars()))).collect();
        let whole = hashes.iter().fold(0, |all, h| mixed(all ^ h));
        let mut least = [u64::MAX; BANDS * ROWS];
        let looked_at = hashes.get(..MOST_WORDS.min(hashes.len()));
        for shingle in looked_at.unwrap_or_default().windows(3) {
            let shingle = shingle.iter().fold(1_u64, |all, h| mixed(all ^ h));
            for (seed, least) in (1_u64..).zip(&mut least) {
                let hash = (shingle ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                    .wrapping_mul(0xbf58_476d_1ce4_e5b9);
                *least = (hash ^ (hash >> 31)).min(*least);
            }
        }
        let mut keys = Vec::with_capacity(BANDS + 1);
        if least[0] != u64::MAX {
            let bands = (1_u64..).zip(least.chunks_exact(ROWS));
            keys.extend(bands.map(|(band, rows)| rows.iter().fold(band, |all, h| mixed(all ^ h))));
        }
        let headline = words.headline();
        if headline.split(' ').count() >= HEADLINE_WORDS {
            keys.push(mixed(hash_of(headline.chars())));
        }
        Signature { keys, whole }
    }
}

/// The part that each text belongs to, out of `parts`: groups stay whole, and every topic is spread
/// over the parts as evenly as its groups allow. `first` names each text's first topic.
pub fn parts(signatures: &[Signature], first: &[u16], parts: usize) -> Vec<usize> {
    let group = groups(signatures);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (text, group) in group.iter().enumerate() {
        members.entry(*group).or_default().push(text);
    }
    // Big groups first, the others in an order that the texts alone decide.
    let mut order: Vec<&Vec<usize>> = members.values().collect();
    order.sort_by_key(|texts| {
        let whole = texts
            .iter()
            .filter_map(|t| signatures.get(*t))
            .map(|s| s.whole);
        (std::cmp::Reverse(texts.len()), whole.min())
    });
    let mut taken: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    let mut sizes = vec![0; parts];
    let mut part_of = vec![0; signatures.len()];
    for texts in order {
        let topic = texts.first().and_then(|t| first.get(*t)).copied();
        let own = taken
            .entry(topic.unwrap_or(0))
            .or_insert_with(|| vec![0; parts]);
        let part = (0..parts).min_by_key(|p| (own.get(*p).copied(), sizes.get(*p).copied()));
        let part = part.unwrap_or(0);
        for n in [own.get_mut(part), sizes.get_mut(part)]
            .into_iter()
            .flatten()
        {
            *n += texts.len();
        }
        for text in texts {
            if let Some(slot) = part_of.get_mut(*text) {
                *slot = part;
            }
        }
    }
    part_of
}

/// The group of each text, named by its first member.
fn groups(signatures: &[Signature]) -> Vec<usize> {
    let mut keys: Vec<(u64, usize)> = Vec::new();
    for (text, signature) in signatures.iter().enumerate() {
        keys.extend(signature.keys.iter().map(|k| (*k, text)));
    }
    keys.sort_unstable();
    let mut head: Vec<usize> = (0..signatures.len()).collect();
    for pair in keys.windows(2) {
        if let [(a, one), (b, other)] = pair
            && a == b
        {
            let (one, other) = (root(&mut head, *one), root(&mut head, *other));
            let (low, high) = (one.min(other), one.max(other));
            if let Some(slot) = head.get_mut(high) {
                *slot = low;
            }
        }
    }
    (0..signatures.len()).map(|t| root(&mut head, t)).collect()
}

fn root(head: &mut [usize], mut text: usize) -> usize {
    while let Some(next) = head.get(text).copied() {
        if next == text {
            break;
        }
        let after = head.get(next).copied().unwrap_or(next);
        if let Some(slot) = head.get_mut(text) {
            *slot = after;
        }
        text = next;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Signature, parts};
    use crate::topics::Text;
    use crate::topics::tokens::Words;

    fn signature(title: &str, body: &str) -> Signature {
        Signature::of(&Words::of(&Text { title, body }))
    }

    #[test]
    fn copies_stay_together_and_topics_are_spread() {
        let copy = "the harbour board voted on the new pier on monday after a long hearing";
        let texts: Vec<Signature> = (0..20)
            .map(|n| match n {
                0 => signature("Pier goes ahead", copy),
                1 => signature("Board says yes", &format!("{copy} in town")),
                2 => signature("One and the same headline", "a"),
                3 => signature("one and the SAME headline", "b"),
                n => signature("News", &format!("story {n} about {} and {}", n * 7, n * 11)),
            })
            .collect();
        let topics: Vec<u16> = (0..20).map(|n| u16::from(n >= 4)).collect();
        let part = parts(&texts, &topics, 4);
        assert_eq!(part[0], part[1]);
        assert_eq!(part[2], part[3]);
        for p in 0..4 {
            let n = (4..20).filter(|t| part[*t] == p).count();
            assert_eq!(n, 4, "part {p}");
        }
        assert_eq!(parts(&[], &[], 4), Vec::<usize>::new());
    }
}
