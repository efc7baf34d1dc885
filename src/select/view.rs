//! The stock as one reader sees it: what matches, what was sent before, which article of a story
//! represents it. It decides nothing about the digest's length or layout.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::stock::{Entry, Ranked, Stock};
use crate::domain::EditionId;
use crate::domain::selection::{Personal, Reader, Sent};
use crate::domain::slug::Slug;

/// A reader's eyes on a stock.
pub(super) struct View<'s, 'a> {
    pub(super) stock: &'s Stock<'a>,
    /// Stories of the stock that the reader was sent, and by which edition last.
    seen: BTreeMap<usize, EditionId>,
    /// The reader's weight of each of the stock's topics; 0 where not followed.
    pub(super) weights: Vec<u64>,
    /// Followed places, sorted, each once.
    pub(super) places: Vec<&'s Slug>,
    /// Whether top stories may fill the digest.
    pub(super) fills: bool,
}

/// How well an article matches: the score and the topic that gave it. `(0, None)` is no match.
pub(super) type Match = (u64, Option<usize>);

/// What orders a reader's articles; the greatest comes first.
pub(super) type Standing = (u64, bool, (i64, Reverse<i64>));

impl<'s, 'a> View<'s, 'a> {
    pub(super) fn new(stock: &'s Stock<'a>, reader: &'s Reader) -> View<'s, 'a> {
        let mut weights = vec![0; stock.topics.len()];
        for followed in &reader.topics {
            if let Ok(number) = stock.topics.binary_search(&&followed.topic) {
                let weight: &mut u64 = &mut weights[number];
                *weight = (*weight).max(u64::from(followed.weight));
            }
        }
        let mut places: Vec<&Slug> = reader.places.iter().collect();
        places.sort_unstable();
        places.dedup();
        let general = reader.topics.iter().all(|t| t.weight == 0);
        View {
            stock,
            seen: seen(stock, &reader.memory),
            weights,
            places,
            fills: general || stock.rules.personal == Personal::Order,
        }
    }

    pub(super) fn entry(&self, index: usize) -> &'s Entry<'a> {
        &self.stock.entries[index]
    }

    /// The edition that brought a story to this reader.
    pub(super) fn sent(&self, story: usize) -> Option<EditionId> {
        self.seen.get(&story).copied()
    }

    pub(super) fn match_of(&self, entry: &Entry<'_>) -> Match {
        let scored = entry.topics.iter().map(|&(number, strength)| {
            let weight = self.weights[number];
            (weight * strength, weight, Reverse(number))
        });
        match scored.max() {
            Some((score, _, Reverse(number))) if score > 0 => (score, Some(number)),
            _ => (0, None),
        }
    }

    /// The first by slug of the places that an article carries and the reader follows.
    pub(super) fn place_of(&self, entry: &Entry<'_>) -> Option<&'s Slug> {
        let carried = &entry.candidate.places;
        self.places
            .iter()
            .copied()
            .find(|place| carried.contains(place))
    }

    /// The topic for which a pick of this article counts.
    pub(super) fn counts_for(&self, entry: &Entry<'_>) -> Option<usize> {
        self.match_of(entry).1.or(entry.strongest)
    }

    pub(super) fn standing(&self, index: usize) -> Standing {
        let entry = self.entry(index);
        let (score, _) = self.match_of(entry);
        (score, self.place_of(entry).is_some(), entry.newest())
    }

    /// The article that represents a story for this reader.
    pub(super) fn representative(&self, story: usize) -> usize {
        match self.stock.stories[story].members.as_slice() {
            [only] => *only,
            members => {
                let first = members
                    .iter()
                    .copied()
                    .max_by_key(|&index| self.standing(index));
                first.unwrap_or(usize::MAX)
            }
        }
    }

    /// The reader's topics by weight, then slug.
    pub(super) fn topics_in_order(&self) -> Vec<usize> {
        let followed = (0..self.weights.len()).filter(|&number| self.weights[number] > 0);
        let mut followed: Vec<usize> = followed.collect();
        followed.sort_by_key(|&number| (Reverse(self.weights[number]), number));
        followed
    }
}

fn seen(stock: &Stock<'_>, memory: &[Sent]) -> BTreeMap<usize, EditionId> {
    let mut kept: Vec<(i64, EditionId, usize)> = memory
        .iter()
        .filter_map(|sent| Some((sent.at_ms, sent.edition, *stock.kin.get(&sent.revision)?)))
        .collect();
    kept.sort_unstable();
    kept.into_iter()
        .map(|(_, edition, story)| (story, edition))
        .collect()
}

/// Several sorted lists read as one, the best first; a list can be dropped on the way.
pub(super) struct Merge<'s, 'a> {
    stock: &'s Stock<'a>,
    lists: Vec<(u64, &'s [Ranked])>,
}

impl<'s, 'a> Merge<'s, 'a> {
    /// `lists` with the factor of each one's strengths.
    pub(super) fn new(stock: &'s Stock<'a>, lists: Vec<(u64, &'s [Ranked])>) -> Self {
        Merge { stock, lists }
    }

    /// Reads no further in one list.
    pub(super) fn drop_list(&mut self, list: usize) {
        self.lists[list].1 = &[];
    }

    /// The number of a list and the article that it gives next.
    pub(super) fn next(&mut self) -> Option<(usize, usize)> {
        let heads = self
            .lists
            .iter()
            .enumerate()
            .filter_map(|(list, (factor, rest))| {
                let head = rest.first()?;
                let newest = self.stock.entries[head.entry].newest();
                Some((
                    (factor * head.strength, newest, Reverse(list)),
                    list,
                    head.entry,
                ))
            });
        let (_, list, entry) = heads.max_by_key(|(key, ..)| *key)?;
        self.lists[list].1 = &self.lists[list].1[1..];
        Some((list, entry))
    }
}
