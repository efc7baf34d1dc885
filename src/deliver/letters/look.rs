//! A letter looked at before it leaves: what each part of it weighs, and what is wrong with it.

use super::{Content, LetterError, WaveLetters};
use crate::domain::CreativeId;
use crate::domain::RevisionId;
use crate::domain::article::PrintedArticle;
use crate::domain::letter::Letter;
use crate::render::Weight;
use crate::render::check::{Expected, Finding, letter_findings};

impl WaveLetters {
    /// What each place of a digest's letter comes to, from the top, in bytes of HTML.
    ///
    /// # Errors
    /// As [`WaveLetters::letter`].
    pub fn weights(&self, content: &Content<'_>) -> Result<Vec<Weight>, LetterError> {
        let placed = content.placed();
        Ok(self.galley.weights(&self.sheet(content, &placed)?)?)
    }

    /// What is wrong with a rendered digest, held against its own links, its list's address, the
    /// label of its sponsors and a budget in bytes of HTML.
    ///
    /// # Errors
    /// A key or a language that is not there.
    pub fn findings(
        &self,
        content: &Content<'_>,
        letter: &Letter,
        byte_budget: u32,
    ) -> Result<Vec<Finding>, LetterError> {
        let links = self.links(content)?;
        let label = self.galley.sponsor_label(content.language)?;
        let sender = self.sender();
        let expected = Expected::of_list(
            [Some(&links.unsubscribe), Some(&links.preferences)],
            Some(&sender.postal_address),
            Some(&label),
            byte_budget,
            Some(&sender.public_url),
        );
        Ok(letter_findings(&letter.html, &letter.text, &expected))
    }

    /// The text of a story, as its letters print it.
    pub fn article(&self, revision: RevisionId) -> Option<&PrintedArticle> {
        self.galley.issue().stories.get(&revision)
    }

    /// The name of who pays for a creative.
    pub fn sponsor(&self, creative: CreativeId) -> Option<&str> {
        let (_, name) = self.galley.issue().creatives.get(&creative)?;
        Some(name)
    }
}
