//! Pieces by the keys of their prints. What is looked at for one piece is bounded, however many have a
//! key: only the newest of a key count, so that a phrase that everybody writes costs no more than a
//! rare one.

use rustc_hash::FxHashMap;

/// Pieces looked at of one key, the newest first.
const PER_KEY: usize = 32;
/// Keys of a text of a paragraph and more.
const MANY: usize = 40;
const END: u32 = u32::MAX;

/// Piece numbers, filed under keys. About 20 bytes a key of a piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    heads: FxHashMap<u64, u32>,
    /// Piece and the link before it under the same key.
    links: Vec<(u32, u32)>,
}

impl Buckets {
    /// Files a piece.
    pub(super) fn file(&mut self, keys: &[u64], piece: u32) {
        for key in keys {
            let Ok(link) = u32::try_from(self.links.len()) else {
                return;
            };
            let before = self.heads.insert(*key, link).unwrap_or(END);
            self.links.push((piece, before));
        }
    }

    /// Pieces with the most of these keys, at most `most`, those with more first. Of many keys, one in
    /// common is chance: of twenty that are filed, a text with three tenths in common has six.
    pub(super) fn alike(&self, keys: &[u64], most: usize) -> Vec<u32> {
        let least = if keys.len() < MANY { 1 } else { 2 };
        let mut hits: FxHashMap<u32, u32> = FxHashMap::default();
        for key in keys {
            let mut at = self.heads.get(key).copied().unwrap_or(END);
            for _ in 0..PER_KEY {
                let Some((piece, before)) = self.links.get(at as usize) else {
                    break;
                };
                *hits.entry(*piece).or_default() += 1;
                at = *before;
            }
        }
        let hits = hits.into_iter().filter(|(_, hits)| *hits >= least);
        let mut pieces: Vec<(u32, u32)> = hits.collect();
        pieces.sort_unstable_by_key(|(piece, hits)| (std::cmp::Reverse(*hits), *piece));
        pieces.truncate(most);
        pieces.into_iter().map(|(piece, _)| piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Buckets;

    #[test]
    fn the_newest_of_a_key_are_found_those_with_most_in_common_first() {
        let mut buckets = Buckets::default();
        for piece in 0..1000 {
            buckets.file(&[7], piece);
        }
        buckets.file(&[8, 9], 5);
        let found = buckets.alike(&[7, 8, 9], 10);
        assert_eq!((found.len(), found[0]), (10, 5));
        assert_eq!(buckets.alike(&[7], 100).len(), 32);
        assert!(buckets.alike(&[1], 100).is_empty());
    }
}
