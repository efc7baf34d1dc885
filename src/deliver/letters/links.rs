//! The signed links of a letter: to leave, to choose, and to read it in the browser.

use super::{Content, LetterError, WaveLetters};
use crate::domain::DigestId;
use crate::feedback::link::{Opened, Purpose};
use crate::render::Links;

impl WaveLetters {
    pub(super) fn links(&self, content: &Content<'_>) -> Result<Links, LetterError> {
        let view = match content.digest.0 {
            0 => None,
            _ => Some(self.link(Purpose::View, content, content.digest)?),
        };
        Ok(Links {
            unsubscribe: self.link(Purpose::Unsubscribe, content, DigestId(0))?,
            preferences: self.link(Purpose::Preferences, content, DigestId(0))?,
            view,
        })
    }

    fn link(
        &self,
        purpose: Purpose,
        content: &Content<'_>,
        digest: DigestId,
    ) -> Result<String, LetterError> {
        let to = Opened {
            list: content.list,
            subscription: content.subscription,
            digest,
        };
        let token = self
            .keys
            .token(&self.key_id, purpose, to)
            .ok_or_else(|| LetterError::NoKey(self.key_id.clone()))?;
        Ok(format!(
            "{}/{}/{token}",
            self.sender().public_url,
            purpose.as_str()
        ))
    }
}
