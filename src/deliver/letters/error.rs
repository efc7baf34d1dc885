//! Why a letter could not be made.

use super::BYTES_MAX;
use crate::domain::RevisionId;
use crate::render::RenderError;
use crate::store::StoreError;

/// Why a letter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template.
    #[error("cannot be rendered")]
    Render(#[from] RenderError),
    /// What was frozen cannot be read.
    #[error("what was frozen with the wave cannot be read: {0}")]
    Frozen(String),
    /// The wave was planned with a key that is no longer in the key file.
    #[error("the key `{0}` is not in the key file")]
    NoKey(String),
    /// A text that the digest names is gone.
    #[error("revision {0} of an article is missing")]
    NoText(RevisionId),
    /// Over what a letter may have.
    #[error("the letter has {0} octets, more than {BYTES_MAX}")]
    TooLarge(usize),
    /// A fault in the code that makes it.
    #[error("making it panicked")]
    Panicked,
}
