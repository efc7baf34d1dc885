//! Pieces by the keys of their prints. What is looked at for one piece is bounded, however many have a
//! key: only the newest of a key count, so that a phrase that everybody writes costs no more than a
//! rare one.

use rustc_hash::FxHashMap;

/// Pieces looked at of one key, the newest first.
pub(super) const PER_KEY: usize = 32;
/// Keys of a text of a paragraph and more.
pub(super) const MANY: usize = 40;
const END: u32 = u32::MAX;

/// Piece numbers, filed under keys. About 20 bytes a key of a piece. Of a key the lower half counts: two
/// keys that have it in common bring a piece that is compared for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    heads: FxHashMap<u32, u32>,
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
            let before = self.heads.insert(*key as u32, link).unwrap_or(END);
            self.links.push((piece, before));
        }
    }

    /// Pieces with the most of these keys, at most `most`, those with more first. Of many keys, one in
    /// common is chance: of twenty that are filed, a text with three tenths in common has six.
    pub(super) fn alike(&self, keys: &[u64], most: usize) -> Vec<u32> {
        let least = if keys.len() < MANY { 1 } else { 2 };
        let mut hits: Vec<u32> = Vec::new();
        for key in keys {
            let mut at = self.heads.get(&(*key as u32)).copied().unwrap_or(END);
            for _ in 0..PER_KEY {
                let Some((piece, before)) = self.links.get(at as usize) else {
                    break;
                };
                hits.push(*piece);
                at = *before;
            }
        }
        let mut pieces = counted(&hits, least);
        pieces.sort_unstable_by_key(|(piece, hits)| (std::cmp::Reverse(*hits), *piece));
        pieces.truncate(most);
        pieces.into_iter().map(|(piece, _)| piece).collect()
    }
}

/// Each number once with how often it came, if at least `least` times; in any order.
pub(super) fn counted(all: &[u32], least: u32) -> Vec<(u32, u32)> {
    let mut times: FxHashMap<u32, u32> = FxHashMap::default();
    times.reserve(all.len());
    for number in all {
        *times.entry(*number).or_default() += 1;
    }
    times.into_iter().filter(|(_, n)| *n >= least).collect()
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
