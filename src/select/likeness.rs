//! How like two stories are, from their telling words, and who a story's likes are in a wave.
//!
//! The likeness of two stories depends on the two alone: the cosine of their sets of features, in
//! thousandths, rounded down; under [`FLOOR`] it counts as none.

use rustc_hash::FxHashMap;

/// Likeness that is no more than chance, in thousandths.
pub const FLOOR: u16 = 150;

/// Most pairs that are kept ready, 8 octets each. A wave has so many only where nearly everything is
/// like everything; what goes beyond is compared when it is asked for.
const KEPT: usize = 2_000_000;

/// The likeness of two stories by their features, each ascending and once.
pub fn likeness(a: &[u32], b: &[u32]) -> u16 {
    let (mut left, mut right, mut common) = (0, 0, 0_u64);
    while let (Some(x), Some(y)) = (a.get(left), b.get(right)) {
        common += u64::from(x == y);
        left += usize::from(x <= y);
        right += usize::from(y <= x);
    }
    cosine(common, a.len(), b.len())
}

fn cosine(common: u64, a: usize, b: usize) -> u16 {
    let sizes = (a as u64).saturating_mul(b as u64).max(1);
    let square = (common * common).saturating_mul(1_000_000) / sizes;
    match u16::try_from(square.isqrt()).unwrap_or(1000).min(1000) {
        less if less < FLOOR => 0,
        like => like,
    }
}

/// Who is like whom among a wave's candidates.
#[derive(Debug, Default)]
pub(super) struct Neighbours<'a> {
    features: Vec<&'a [u32]>,
    /// For each candidate where its likes begin in `kept`; the last is the end. Candidates beyond
    /// have none there.
    starts: Vec<usize>,
    kept: Vec<(u32, u16)>,
}

impl<'a> Neighbours<'a> {
    /// `features` by candidate; `apart` tells that two of them never stand in one digest.
    pub(super) fn new(features: Vec<&'a [u32]>, apart: impl Fn(u32, u32) -> bool) -> Self {
        let mut having: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (number, own) in (0_u32..).zip(&features) {
            for feature in *own {
                having.entry(*feature).or_default().push(number);
            }
        }
        having.retain(|_, all| all.len() > 1);
        let mut neighbours = Neighbours {
            starts: vec![0],
            kept: Vec::new(),
            features,
        };
        let mut counts = vec![0; neighbours.features.len()];
        for number in (0_u32..).take(neighbours.features.len()) {
            let before = neighbours.kept.len();
            neighbours.keep(number, &having, &mut counts, &apart);
            if neighbours.kept.len() > KEPT {
                neighbours.kept.truncate(before);
                break;
            }
            neighbours.starts.push(neighbours.kept.len());
        }
        neighbours
    }

    /// Tells every other candidate that is like this one at all, and how much; false where that does
    /// not lie ready, and [`Neighbours::like`] is to be asked.
    pub(super) fn each(&self, number: u32, mut tell: impl FnMut(u32, u16)) -> bool {
        let at = number as usize;
        let (Some(&from), Some(&to)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return false;
        };
        for &(other, like) in &self.kept[from..to] {
            tell(other, like);
        }
        true
    }

    /// The likeness of two candidates.
    pub(super) fn like(&self, one: usize, other: usize) -> u16 {
        likeness(self.features[one], self.features[other])
    }

    /// Keeps the likes of a candidate. `counts` is all zero before and after.
    fn keep(
        &mut self,
        number: u32,
        having: &FxHashMap<u32, Vec<u32>>,
        counts: &mut [u32],
        apart: &impl Fn(u32, u32) -> bool,
    ) {
        let own = self.features[number as usize];
        let mut met = Vec::new();
        for all in own.iter().filter_map(|f| having.get(f)) {
            for &other in all {
                let count = &mut counts[other as usize];
                if *count == 0 {
                    met.push(other);
                }
                *count += 1;
            }
        }
        for other in met {
            let common = std::mem::take(&mut counts[other as usize]);
            let theirs = self.features[other as usize].len();
            let like = cosine(u64::from(common), own.len(), theirs);
            if other != number && like > 0 && !apart(number, other) {
                self.kept.push((other, like));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Neighbours, likeness};

    #[test]
    fn likeness_is_the_cosine_of_two_sets() {
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 2, 3, 4]), 1000);
        assert_eq!(likeness(&[1, 2, 3, 4], &[3, 4, 5, 6]), 500);
        assert_eq!(likeness(&[1, 2, 3, 4], &[1]), 500);
        assert_eq!(likeness(&[1, 2], &[2, 3]), 500);
        assert_eq!(likeness(&[1, 2], &[3, 4]), 0);
        assert_eq!(likeness(&[], &[]), 0);
        let many: Vec<u32> = (0..100).collect();
        assert_eq!(likeness(&many, &[1]), 0, "a tenth is chance");
    }

    #[test]
    fn neighbours_are_those_of_the_pairs() {
        let all: Vec<Vec<u32>> = (0..60_u32)
            .map(|n| (n / 3..n / 3 + 4 + n % 3).collect())
            .collect();
        let neighbours = Neighbours::new(all.iter().map(Vec::as_slice).collect(), |_, _| false);
        for (number, own) in (0_u32..).zip(&all) {
            let mut wanted: Vec<(u32, u16)> = (0_u32..)
                .zip(&all)
                .map(|(other, theirs)| (other, likeness(own, theirs)))
                .filter(|(other, like)| *other != number && *like > 0)
                .collect();
            wanted.sort_unstable();
            let mut found = Vec::new();
            assert!(neighbours.each(number, |other, like| found.push((other, like))));
            found.sort_unstable();
            assert_eq!(found, wanted);
        }
        assert!(!neighbours.each(60, |_, _| {}));
    }
}
