//! One section of a checked configuration, whatever its name: how the same reader reads `[smtp]` and
//! `[relay.backup]`.

use jiff::Timestamp;

use super::{Config, check};

/// A section's values.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    config: &'a Config,
    name: String,
}

impl<'a> Section<'a> {
    pub(super) fn new(config: &'a Config, name: String) -> Section<'a> {
        Section { config, name }
    }

    /// `smtp`, or `relay.backup`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A value as text; empty if it has no default and nobody set it.
    pub fn text(&self, key: &str) -> &'a str {
        self.config.text(&format!("{}.{key}", self.name))
    }

    /// A number; 0 where there is none.
    pub fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or(0)
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> bool {
        self.text(key) == "true"
    }

    /// The items of a list that is written with commas.
    pub fn items(&self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        check::items(self.text(key))
    }

    /// An instant, or the midnight in UTC of a date; none where it is not set.
    pub fn instant(&self, key: &str) -> Option<Timestamp> {
        check::instant(self.text(key))
    }
}
