//! Keys of a heap's articles, in one sorted run: eight octets a key, and found by their first bits.

use std::cmp::Reverse;

use crate::stories::buckets::{MANY, PER_KEY, counted};

/// Leading bits of a key by which its place is looked up.
const BITS: u32 = 16;

/// Articles filed under keys, in the order in which they are looked at. Of a key the lower half counts.
#[derive(Default)]
pub(super) struct Filed {
    /// Key and article; once they are sorted, key and the article's place in the order.
    keys: Vec<(u32, u32)>,
    /// Where the keys begin that have these leading bits.
    begins: Vec<usize>,
}

impl Filed {
    /// Files an article.
    pub(super) fn add(&mut self, keys: &[u64], at: usize) {
        if let Ok(at) = u32::try_from(at) {
            self.keys.extend(keys.iter().map(|key| (*key as u32, at)));
        }
    }

    /// Sorts what was filed; `order` has every article once.
    pub(super) fn sort(&mut self, order: &[usize]) {
        let mut ranks = vec![0; order.len()];
        for (rank, at) in (0..).zip(order) {
            ranks[*at] = rank;
        }
        for (_, at) in &mut self.keys {
            *at = ranks[*at as usize];
        }
        self.keys.sort_unstable();
        let begin = |bits: u32| {
            let before = |(key, _): &(u32, u32)| key >> (u32::BITS - BITS) < bits;
            self.keys.partition_point(before)
        };
        self.begins = (0..=1 << BITS).map(begin).collect();
    }

    /// The articles before one that have the most of these keys, at most `most`, those with more first;
    /// of a key the last ones before it.
    pub(super) fn alike(&self, keys: &[u64], before: usize, most: usize) -> Vec<usize> {
        let least = if keys.len() < MANY { 1 } else { 2 };
        let mut hits = Vec::new();
        for key in keys.iter().map(|key| *key as u32) {
            let bits = (key >> (u32::BITS - BITS)) as usize;
            let of_bits = &self.keys[self.begins[bits]..self.begins[bits + 1]];
            let end = of_bits.partition_point(|(k, at)| (*k, *at as usize) < (key, before));
            let newest = of_bits[..end].iter().rev().take(PER_KEY);
            hits.extend(newest.take_while(|(k, _)| *k == key).map(|(_, at)| *at));
        }
        let mut pieces = counted(&hits, least);
        pieces.sort_unstable_by_key(|(piece, hits)| (Reverse(*hits), *piece));
        pieces.truncate(most);
        pieces
            .into_iter()
            .map(|(piece, _)| piece as usize)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Filed;

    #[test]
    fn those_before_are_found_those_with_most_in_common_first() {
        let mut filed = Filed::default();
        for at in 0..1000 {
            filed.add(&[7, u64::from(u32::MAX)], at);
        }
        filed.add(&[8, 9], 5);
        // They are looked at from the last one to the first.
        let order: Vec<usize> = (0..1000).rev().collect();
        filed.sort(&order);
        let found = filed.alike(&[7, 8, 9], 1000, 10);
        assert_eq!((found.len(), found[0]), (10, 994));
        assert_eq!(filed.alike(&[7], 1000, 100).len(), 32);
        assert_eq!(filed.alike(&[u64::from(u32::MAX)], 3, 100), [0, 1, 2]);
        assert!(filed.alike(&[1], 1000, 100).is_empty());
        assert!(filed.alike(&[7], 0, 100).is_empty());
    }
}
