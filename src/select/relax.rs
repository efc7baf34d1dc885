//! What gives way where a digest is short: the order in which rules do, and how far each one does.

use super::draft::{Draft, Pass};
use super::refusals::Bar;
use crate::domain::selection::Relaxed;

impl Draft<'_, '_> {
    /// What gives way, in this order, each only as far as it must.
    pub(super) fn relax(&mut self) {
        let minimum = self.minimum();
        if !self.full() && self.kept_out.source_cap {
            self.pass.source_cap = false;
            self.pass.relaxed = Some(Relaxed::SourceCap);
            self.forget(|bar| bar == Bar::Source);
            self.take_what_is_open();
        }
        if !self.full() && self.kept_out.quota {
            self.pass.source_cap = false;
            self.pass.quota = false;
            self.pass.relaxed = Some(Relaxed::Quota);
            self.forget(|bar| bar != Bar::Author);
            self.take_what_is_open();
        }
        if self.chosen.len() < minimum && self.kept_out.author_cap {
            self.pass = without_caps(Relaxed::AuthorCap, minimum);
            self.take_what_is_open();
        }
        if self.chosen.len() < minimum && !self.view.comes_back() {
            self.pass = without_caps(Relaxed::Window, minimum);
            self.take_what_is_open();
        }
        if self.chosen.len() < minimum && !self.view.fills {
            self.pass = without_caps(Relaxed::Fallback, minimum);
            self.take_desk();
        }
    }
}

/// What saves a digest: no cap binds, and no more is taken than the minimum.
fn without_caps(relaxed: Relaxed, minimum: usize) -> Pass {
    Pass {
        source_cap: false,
        quota: false,
        author_cap: false,
        relaxed: Some(relaxed),
        upto: minimum,
    }
}
