//! Which pieces a galley keeps, and what tells one from another.
//!
//! Keys are our own rows' numbers and names that a list's editors chose, so a hash without a secret
//! will do.

use std::sync::Arc;

use rustc_hash::FxHashMap as HashMap;

use super::set::Set;
use crate::domain::selection::{Form, Reason, Section};
use crate::domain::sponsor::Slot;
use crate::domain::time::Zone;
use crate::domain::{CreativeId, RevisionId};

/// A variant and a language: what every piece depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Style {
    pub(super) variant: u8,
    pub(super) language: u32,
}

/// What tells one piece of a style from another, but for headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// What stands before the blocks; which of the optional values are there.
    Head {
        own: u8,
    },
    Tail {
        own: u8,
        left_out: u32,
    },
    Story {
        revision: RevisionId,
        lead: bool,
        form: Form,
        first: bool,
        /// Under the heading of a topic: the card names none.
        told: bool,
        /// The section says why the story is there.
        reasoned: bool,
        /// The reader had an earlier text of it.
        update: bool,
        zone: u32,
    },
    Sponsor {
        slot: Slot,
        creative: CreativeId,
    },
}

/// A reason, encoded for both parts.
#[derive(Debug)]
pub(super) struct Why {
    pub(super) html: Vec<u8>,
    /// Bytes of the HTML before it was encoded.
    pub(super) html_bytes: usize,
    pub(super) text: Vec<u8>,
}

/// Pieces of one style by what tells them apart.
#[derive(Debug, Default)]
pub(super) struct Look {
    sets: HashMap<What, Arc<Set>>,
    headings: HashMap<Section, Arc<Set>>,
}

impl Look {
    pub(super) fn set(&self, what: What) -> Option<&Arc<Set>> {
        self.sets.get(&what)
    }

    pub(super) fn heading(&self, section: &Section) -> Option<&Arc<Set>> {
        self.headings.get(section)
    }
}

/// What is kept. Keys are small numbers: texts are looked up by reference.
#[derive(Debug)]
pub(super) struct Cache {
    room: usize,
    kept: usize,
    languages: HashMap<String, u32>,
    zones: HashMap<String, u32>,
    looks: HashMap<Style, Look>,
    whys: HashMap<u32, HashMap<Reason, Arc<Why>>>,
}

impl Cache {
    pub(super) fn new(room: usize) -> Cache {
        Cache {
            room,
            kept: 0,
            languages: HashMap::default(),
            zones: HashMap::default(),
            looks: HashMap::default(),
            whys: HashMap::default(),
        }
    }

    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn language(&self, tag: &str) -> Option<u32> {
        self.languages.get(tag).copied()
    }

    pub(super) fn zone(&self, zone: &Zone) -> Option<u32> {
        self.zones.get(zone.name()).copied()
    }

    /// Gives a language and a zone their numbers; returns the language's.
    pub(super) fn meet(&mut self, language: &str, zone: &Zone) -> u32 {
        number(&mut self.zones, zone.name());
        number(&mut self.languages, language)
    }

    pub(super) fn look(&self, style: Style) -> Option<&Look> {
        self.looks.get(&style)
    }

    pub(super) fn why(&self, language: u32, reason: &Reason) -> Option<&Arc<Why>> {
        self.whys.get(&language)?.get(reason)
    }

    pub(super) fn keep(&mut self, style: Style, what: What, set: &Arc<Set>) {
        if self.fits(set.size()) {
            let look = self.looks.entry(style).or_default();
            look.sets.insert(what, set.clone());
        }
    }

    pub(super) fn keep_heading(&mut self, style: Style, section: &Section, set: &Arc<Set>) {
        if self.fits(set.size()) {
            let look = self.looks.entry(style).or_default();
            look.headings.insert(section.clone(), set.clone());
        }
    }

    pub(super) fn keep_why(&mut self, language: u32, reason: &Reason, why: &Arc<Why>) {
        if self.fits(why.html.len() + why.text.len() + 256) {
            let whys = self.whys.entry(language).or_default();
            whys.insert(reason.clone(), why.clone());
        }
    }

    fn fits(&mut self, bytes: usize) -> bool {
        let fits = self.kept + bytes <= self.room;
        self.kept += if fits { bytes } else { 0 };
        fits
    }
}

/// The number of a text, a new one if it has none.
fn number(numbers: &mut HashMap<String, u32>, text: &str) -> u32 {
    if let Some(number) = numbers.get(text) {
        return *number;
    }
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    numbers.insert(text.to_owned(), next);
    next
}
