//! How much about a topic, in a reader's words.

use crate::domain::words;

words! {
    /// How much about a topic, as a reader says it. Weights are finer: one that an admin set stays
    /// while the reader leaves its word alone.
    Weight {
        /// Below the usual.
        Less = "less",
        /// The usual.
        Normal = "normal",
        /// Above the usual.
        More = "more",
        /// Nothing: no such story is in their letters.
        Never = "never",
    }
}

impl Weight {
    /// The word of a weight in thousandths.
    pub(in crate::web) fn of(weight: u16) -> Weight {
        match weight {
            0 => Weight::Never,
            1..350 => Weight::Less,
            350..=650 => Weight::Normal,
            _ => Weight::More,
        }
    }

    /// Thousandths.
    pub(in crate::web) fn thousandths(self) -> u16 {
        match self {
            Weight::Never => 0,
            Weight::Less => 200,
            Weight::Normal => 500,
            Weight::More => 900,
        }
    }
}
