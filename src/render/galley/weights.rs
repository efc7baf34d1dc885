//! What made a letter big: each place of its layout with its bytes of HTML.

use super::letter::Job;
use super::{Galley, Sheet};
use crate::domain::letter::{Encoded, Printed};
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
    /// As [`Galley::printed`].
    pub fn weights(&self, sheet: &Sheet<'_>) -> Result<Vec<Weight>, RenderError> {
        let words = self.renderer.words(sheet.language)?;
        let job = Job::new(self, sheet, words);
        let (head, blocks, tail) = job.pieces()?;
        let own = job.own(&blocks);
        let parts = std::iter::once(Part::Head)
            .chain(job.spots().into_iter().map(Part::Block))
            .chain([Part::Tail]);
        let pieces = std::iter::once(&head).chain(&blocks).chain([&tail]);
        let weigh = |(part, piece)| {
            let mut alone = Printed {
                subject: String::new(),
                text: Encoded::default(),
                html: Encoded::default(),
                html_bytes: 0,
            };
            own.fill(&mut alone, piece);
            Weight {
                part,
                bytes: alone.html_bytes,
            }
        };
        Ok(parts.zip(pieces).map(weigh).collect())
    }
}
