//! A rendered letter to the bytes and the envelope of one recipient: MIME, signatures, the sender
//! that a bounce comes back to.

use sha2::{Digest as _, Sha256};

use super::{BYTES_MAX, Content, HTML_MAX, LetterError, WaveLetters};
use crate::deliver::dkim::{DkimError, Signer};
use crate::domain::address::Address;
use crate::domain::letter::{Head, SenderSettings};
use crate::domain::{EditionId, SubscriberId};

/// A message ready to leave.
#[derive(Clone, Debug)]
pub struct Composed {
    /// RFC 5322 bytes.
    pub bytes: Vec<u8>,
    /// Their sha256.
    pub sha256: [u8; 32],
    /// Envelope sender.
    pub mail_from: String,
    /// The letter's id, for ENVID (RFC 3461 §4.4): 26 characters of `a-z2-7`.
    pub envid: Option<String>,
}

/// What signs a wave's letters, out of the keys of this machine: nobody, the keys that the wave was
/// frozen with, or what is wrong with them.
pub(super) fn signer(
    have: Option<&Signer>,
    sender: &SenderSettings,
) -> Result<Option<Signer>, DkimError> {
    let wave = sender.signing.as_ref();
    wave.map(|wave| Signer::of(have, wave)).transpose()
}

impl WaveLetters {
    /// Signs with these keys what the wave says is signed. Without it, such letters are not made.
    pub fn signed_by(mut self, have: Option<&Signer>) -> WaveLetters {
        self.signer = signer(have, self.sender());
        self
    }

    /// Renders a digest, with another subject if one is given, puts it into MIME for one recipient and signs it.
    ///
    /// # Errors
    /// What cannot be rendered, is too large, or whose keys are not here: never other bytes.
    pub fn compose(
        &self,
        content: &Content<'_>,
        subject: Option<&str>,
        to: &Address,
        edition: EditionId,
        subscriber: SubscriberId,
    ) -> Result<Composed, LetterError> {
        let signer = self.signer.as_ref().map_err(|e| e.clone())?;
        let no_key = || LetterError::NoKey(self.key_id.clone());
        let letter_id = self
            .keys
            .letter_id(&self.key_id, edition, subscriber, content.digest)
            .ok_or_else(no_key)?;
        let placed = content.placed();
        let sheet = self.sheet(content, &placed)?;
        let head = Head {
            to: to.full().to_owned(),
            letter_id,
            unsubscribe_url: sheet.links.unsubscribe.clone(),
            text_only: content.text_only,
        };
        let mut bytes = self.galley.print(&sheet, |letter| {
            let html = letter.html_bytes();
            if html > HTML_MAX {
                return Err(LetterError::HtmlTooLarge(html));
            }
            let subject = subject.unwrap_or(letter.subject());
            Ok(self.letterhead.compose(subject, letter, &head))
        })??;
        if let Some(signer) = signer {
            bytes = signer.signed(&bytes, self.due_at)?;
        }
        if bytes.len() > BYTES_MAX {
            return Err(LetterError::TooLarge(bytes.len()));
        }
        let mail_from = match &self.sender().bounce_domain {
            None => self.sender().sender_address.clone(),
            Some(domain) => {
                let local = self.keys.verp(&self.key_id, edition, subscriber);
                format!("{}@{domain}", local.ok_or_else(no_key)?)
            }
        };
        Ok(Composed {
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            mail_from,
            envid: Some(head.letter_id),
        })
    }
}
