//! Receipts of consent: that a person agreed to a list's mail, or took it back, and by which words.

use super::time::Timestamp;
use super::{ListId, words};

words! {
    /// What a receipt is for.
    ConsentAct {
        /// They agreed to mail.
        Given = "given",
        /// They took it back.
        Withdrawn = "withdrawn",
    }
}

/// One receipt. Append-only; it goes when the person is erased, and not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Concerning this list; `None`: all lists.
    pub list: Option<ListId>,
    /// Given or withdrawn.
    pub act: ConsentAct,
    /// By which way, in one word: `confirmed`, `page`, `one-click`, `import`, `admin`,
    /// `address-change` …
    pub how: String,
    /// Version of the words that were shown; empty where none were.
    pub wording: String,
    /// Where: `page`, `embed`, `api`, a file's name …
    pub source: String,
    /// The network address it came from, as the list's policy keeps it: whole, truncated (/24, /48),
    /// or none.
    pub network: Option<String>,
    /// What an admin says of it; no address in it.
    pub note: String,
    /// When they agreed, which for an import is before it was written.
    pub at: Timestamp,
}
