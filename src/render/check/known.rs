//! What is known at a place of a template, from the conditions around it: which values are there,
//! and of which kinds a block can still be.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::There;

/// What holds here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Paths that are there, and true where they are flags.
    there: BTreeSet<String>,
    /// Path of a word to the ones that it can still be; all where it is not listed.
    words: BTreeMap<String, BTreeSet<&'static str>>,
    /// Nothing comes here.
    never: bool,
}

impl Known {
    /// A place where nothing is missing, since nothing comes there.
    pub(super) fn never(&self) -> Known {
        Known {
            never: true,
            ..self.clone()
        }
    }

    /// Whether nothing comes here.
    pub(super) fn is_never(&self) -> bool {
        self.never
    }

    /// Here, and `path` is there.
    pub(super) fn with(&self, path: &str) -> Known {
        let mut more = self.clone();
        more.there.insert(path.to_owned());
        more
    }

    /// Here, and the word at `path`, one of `all`, is one of `these` (or, `not`, none of them).
    pub(super) fn narrowed(
        &self,
        path: &str,
        all: &[&'static str],
        these: &[&str],
        not: bool,
    ) -> Known {
        let mut more = self.clone();
        let open = more
            .words
            .entry(path.to_owned())
            .or_insert_with(|| all.iter().copied().collect());
        open.retain(|word| these.contains(word) != not);
        more.never |= open.is_empty();
        more
    }

    /// What holds wherever one of the two holds.
    pub(super) fn either(self, other: Known) -> Known {
        match (self.never, other.never) {
            (true, _) => return other,
            (_, true) => return self,
            _ => {}
        }
        let there = self.there.intersection(&other.there).cloned().collect();
        let mut words = BTreeMap::new();
        for (path, own) in &self.words {
            if let Some(others) = other.words.get(path) {
                words.insert(path.clone(), own.union(others).copied().collect());
            }
        }
        Known {
            there,
            words,
            never: false,
        }
    }

    /// Whether a field at `path` of the record at `record` is there.
    pub(super) fn is_there(&self, record: &str, path: &str, there: There) -> bool {
        let asked = self.never || self.there.contains(path);
        asked
            || match there {
                There::Always => true,
                There::Maybe => false,
                There::If(flag) => self.there.contains(flag),
                There::Kinds(kinds) => self
                    .words
                    .get(&format!("{record}.kind"))
                    .is_some_and(|open| open.iter().all(|k| kinds.contains(k))),
            }
    }
}
