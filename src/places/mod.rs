//! Places: where a story plays, by the names of an operator's own gazetteer. Pure.
//!
//! Only places of that gazetteer are ever found, and each says by what: a dateline, `Town, ST`, a
//! name in the text. A name that several places share, or that is marked as ambiguous, needs a second
//! clue. Where a reader is at home is no business of this room.

mod beside;
mod dateline;
mod find;
mod names;
mod read;

use rustc_hash::FxHashMap;

pub use self::find::Clue;
use self::names::Names;
pub use self::read::{PLACES, PlaceFault, PlaceFile, read};
use crate::domain::gazetteer::GazetteerPlace;
use crate::domain::slug::Slug;

/// Places above a place that are looked at: nothing that an operator lists is deeper.
const LEVELS: usize = 8;

/// An operator's places, indexed by their names.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {
    places: Vec<GazetteerPlace>,
    by_slug: FxHashMap<Slug, usize>,
    /// Place by place, those that hold it, the nearest first.
    above: Vec<Vec<usize>>,
    names: Names,
}

impl Gazetteer {
    /// Indexes places. A parent that is not among them holds nothing.
    pub fn new(places: Vec<GazetteerPlace>) -> Gazetteer {
        let by_slug: FxHashMap<Slug, usize> = places
            .iter()
            .enumerate()
            .map(|(n, place)| (place.slug.clone(), n))
            .collect();
        let parent = |n: usize| {
            let place: &GazetteerPlace = places.get(n)?;
            by_slug.get(place.parent.as_ref()?).copied()
        };
        let above = (0..places.len()).map(|n| {
            let mut above: Vec<usize> = Vec::new();
            let mut at = n;
            while let Some(next) = parent(at) {
                // A circle in the list holds nothing more.
                if next == n || above.contains(&next) || above.len() == LEVELS {
                    break;
                }
                above.push(next);
                at = next;
            }
            above
        });
        let above = above.collect();
        let names = Names::new(&places);
        Gazetteer {
            places,
            by_slug,
            above,
            names,
        }
    }

    /// A place and those that hold it, the nearest first; empty for a place that is not listed.
    pub fn chain(&self, slug: &Slug) -> Vec<&GazetteerPlace> {
        let Some(n) = self.by_slug.get(slug) else {
            return Vec::new();
        };
        let above = self.above.get(*n).into_iter().flatten();
        let all = std::iter::once(n).chain(above);
        all.filter_map(|n| self.places.get(*n)).collect()
    }

    fn holders(&self, n: usize) -> &[usize] {
        self.above.get(n).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
