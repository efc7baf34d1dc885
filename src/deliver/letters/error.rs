//! Why a letter could not be made.

use super::{BYTES_MAX, HTML_MAX};
use crate::deliver::dkim::DkimError;
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
    /// The wave was planned with a DKIM key that is not here, or is another one now.
    #[error(transparent)]
    Signing(#[from] DkimError),
    /// Over what a letter may have.
    #[error("the letter has {0} octets, more than {BYTES_MAX}")]
    TooLarge(usize),
    /// Its HTML is over what mail programs show whole.
    #[error("the letter's HTML has {0} octets, more than the {HTML_MAX} that mail programs show")]
    HtmlTooLarge(usize),
    /// A fault in the code that makes it.
    #[error("making it panicked")]
    Panicked,
}

impl LetterError {
    /// Whether somebody can mend it: a key that was moved or changed, and that can be set back. The
    /// letter is whole, so it may wait instead of being refused.
    pub fn is_mendable(&self) -> bool {
        matches!(self, LetterError::NoKey(_) | LetterError::Signing(_))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            LetterError::Signing(error) => error.hint(),
            LetterError::NoKey(id) => Some(format!(
                "put the line of `{id}` back into the key file, from a backup"
            )),
            LetterError::HtmlTooLarge(_) => Some(
                "plan the edition anew: letters are fitted to the list's budget when they are planned"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
