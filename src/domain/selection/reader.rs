//! A reader as selection sees one: no name, no address.

use crate::domain::article::TopicWeight;
use crate::domain::slug::Slug;
use crate::domain::{EditionId, RevisionId};

/// A reader of a wave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reader {
    /// Topics followed with weights; empty for the general digest.
    pub topics: Vec<TopicWeight>,
    /// Places followed.
    pub places: Vec<Slug>,
    /// How many stories this reader's digest aims at; 0: as many as the list's.
    pub stories: u16,
    /// Whether the digest is in its short layout, where an author is capped too.
    pub short: bool,
    /// The language of the letter, as a tag; it counts where the list keeps to it.
    pub language: String,
    /// Unix ms of the last digest before a pause or a missed run: this one brings the best of
    /// everything since. None for an ordinary one.
    pub since_ms: Option<i64>,
    /// What was sent before and was not given back, in any order; what is no candidate's kin is
    /// passed over.
    pub memory: Vec<Sent>,
}

/// A text that a letter brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sent {
    /// Which text.
    pub revision: RevisionId,
    /// In which edition.
    pub edition: EditionId,
    /// Unix ms at which that digest was planned.
    pub at_ms: i64,
}
