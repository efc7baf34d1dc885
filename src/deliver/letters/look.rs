//! A letter looked at before it leaves: what each part of it weighs, and what is wrong with it.

use super::{Content, LetterError, WaveLetters};
use crate::domain::CreativeId;
use crate::domain::RevisionId;
use crate::domain::article::PrintedArticle;
use crate::domain::letter::Letter;
use crate::domain::selection::Pick;
use crate::domain::web_link::is_http_image;
use crate::render::check::{Expected, Finding, letter_findings};
use crate::render::{Place, Weight};

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
        let mut found = letter_findings(&letter.html, &letter.text, &expected);
        let left_out = self.left_out_pictures(content);
        found.extend(left_out.map(|url| {
            let place = Place {
                file: "html".to_owned(),
                line: 0,
            };
            let words = format!("the picture `{url}` is over http and not shown");
            Finding::warning(place, "image", words)
                .hint("`courant list set LIST images own` fetches it")
        }));
        Ok(found)
    }

    /// Pictures that a digest's letter would show, were their addresses not http.
    pub fn left_out_pictures<'a>(
        &'a self,
        content: &'a Content<'_>,
    ) -> impl Iterator<Item = &'a str> {
        let pictured = |pick: &&Pick| pick.form.is_pictured(&pick.section);
        let picks = content.picks.iter().filter(|_| content.images);
        let images = picks.filter(pictured).filter_map(|pick| {
            let image = self.article(pick.revision)?.text.image.as_ref()?;
            Some(image.url.as_str())
        });
        images.filter(|url| is_http_image(url))
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
