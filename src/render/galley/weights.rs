//! What made a letter big: each place of its layout with its bytes of HTML.

use super::{Galley, Sheet};
use crate::render::check::sponsor_label;
use crate::render::error::RenderError;
use crate::render::page::Spot;

/// A place of a letter's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What stands above the blocks, styles included.
    Head,
    /// A block.
    Block(Spot),
    /// What stands below the blocks.
    Tail,
}

/// What one place of a letter comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Which.
    pub part: Part,
    /// Bytes of its HTML before encoding, the reader's own included.
    pub bytes: usize,
}

impl Galley {
    /// What stands in the label over every sponsor, whoever it is, in a language.
    ///
    /// # Errors
    /// A language without words.
    pub fn sponsor_label(&self, language: &str) -> Result<String, RenderError> {
        Ok(sponsor_label(self.renderer.words(language)?))
    }

    /// What each place of a digest's letter comes to, from the top. The sum is the letter's HTML.
    ///
    /// # Errors
    /// As [`Galley::print`].
    pub fn weights(&self, sheet: &Sheet<'_>) -> Result<Vec<Weight>, RenderError> {
        let parts = std::iter::once(Part::Head)
            .chain(self.spots(sheet).into_iter().map(Part::Block))
            .chain([Part::Tail]);
        self.print(sheet, |letter| {
            let bytes = letter.pieces.iter().map(|p| letter.own.html_bytes(p));
            let weigh = |(part, bytes)| Weight { part, bytes };
            parts.zip(bytes).map(weigh).collect()
        })
    }
}
