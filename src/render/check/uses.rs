//! Where a theme uses the names of a letter: the first place of each.

use std::collections::BTreeMap;

use crate::render::include::Place;

/// Where names of a letter are first used, by their dotted paths.
#[derive(Debug, Default)]
pub(super) struct Uses {
    printed: BTreeMap<String, Place>,
    named: BTreeMap<String, Place>,
}

impl Uses {
    /// Where a name is printed, else where it is named.
    pub(super) fn of(&self, path: &str) -> Option<&Place> {
        self.printed.get(path).or_else(|| self.named.get(path))
    }

    /// Notes a name at a place, if it is the first one.
    pub(super) fn note(&mut self, path: &str, printed: bool, place: impl Fn() -> Place) {
        let uses = match printed {
            true => &mut self.printed,
            false => &mut self.named,
        };
        if !uses.contains_key(path) {
            uses.insert(path.to_owned(), place());
        }
    }

    /// Adds what another variant of the template uses.
    pub(super) fn add(&mut self, other: Uses) {
        for (path, place) in other.printed {
            self.printed.entry(path).or_insert(place);
        }
        for (path, place) in other.named {
            self.named.entry(path).or_insert(place);
        }
    }
}
