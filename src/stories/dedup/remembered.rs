//! Prints of a heap's articles, those that were looked at last: so many octets of them, however large
//! the heap is.

use rustc_hash::FxHashMap;

use crate::stories::copies::Compared;
use crate::stories::sheets::Sheets;

/// Cells of four octets in each of the two generations: 16 MiB together.
const CELLS: usize = 2 << 20;

/// Two generations: when the younger one is full it becomes the older one, and what was older is
/// forgotten.
#[derive(Default)]
pub(super) struct Remembered {
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    places: FxHashMap<usize, usize>,
    sheets: Sheets,
}

impl Generation {
    fn get(&self, at: usize) -> Option<Compared<'_>> {
        self.sheets.get(*self.places.get(&at)?)
    }

    fn put(&mut self, at: usize, text: Compared<'_>) {
        self.places.insert(at, self.sheets.len());
        self.sheets.add(text);
    }
}

impl Remembered {
    /// Whether an article is remembered; if so, it is for as long as another one that comes next.
    pub(super) fn has(&mut self, at: usize) -> bool {
        if self.young.places.contains_key(&at) {
            return true;
        }
        match self.old.get(at) {
            Some(text) => {
                self.young.put(at, text);
                true
            }
            None => false,
        }
    }

    /// Remembers an article.
    pub(super) fn put(&mut self, at: usize, text: Compared<'_>) {
        if self.young.sheets.cells() >= CELLS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.put(at, text);
    }

    /// An article that is remembered.
    pub(super) fn get(&self, at: usize) -> Option<Compared<'_>> {
        self.young.get(at).or_else(|| self.old.get(at))
    }

    /// How many shingles two articles share that are remembered.
    pub(super) fn shared(&self, a: usize, b: usize) -> usize {
        let both = self.get(a).zip(self.get(b));
        both.map_or(0, |(a, b)| a.print.overlap(b.print).shared)
    }
}
