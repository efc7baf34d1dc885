//! A rendered message, and what its head is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slug::Slug;
use super::time::Timestamp;
use super::utm::Utm;
use super::words;

/// The theme of a list that chose none.
pub const THEME: &str = "broadsheet";

words! {
    /// Whether something is in letters.
    Switch {
        /// It is not.
        Off = "off",
        /// It is.
        On = "on",
    }
}

words! {
    /// Where links stand in the plain text.
    TextLinks {
        /// Under what they belong to.
        Inline = "inline",
        /// A number at what they belong to, and all of them at the end.
        Numbered = "numbered",
    }
}

/// A rendered message before it is put into MIME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// UTF-8 HTML document.
    pub html: String,
    /// UTF-8 plain text, LF line ends.
    pub text: String,
}

/// The parts of a message, quoted-printable (RFC 2045 §6.7), written straight to where they are wanted: a
/// letter's bytes are put down once.
pub trait Parts {
    /// Octets of both parts, about: what is set aside for them.
    fn room(&self) -> usize;

    /// Appends the plain text.
    fn text(&self, out: &mut Vec<u8>);

    /// Appends the HTML document.
    fn html(&self, out: &mut Vec<u8>);
}

/// A letter whose parts are encoded for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: Vec<u8>,
    /// The HTML document.
    pub html: Vec<u8>,
    /// Bytes of the HTML document before it was encoded.
    pub html_bytes: usize,
}

impl Parts for Printed {
    fn room(&self) -> usize {
        self.text.len() + self.html.len()
    }

    fn text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text);
    }

    fn html(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.html);
    }
}

/// A way of signing (RFC 6376 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RFC 8301 §3.1.
    #[serde(rename = "rsa-sha256")]
    RsaSha256,
    /// RFC 8463 §3.
    #[serde(rename = "ed25519-sha256")]
    Ed25519Sha256,
}

/// A DKIM key as a wave remembers it: enough to know it again, nothing of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// `a=`.
    pub algorithm: SigningAlgorithm,
    /// `s=`.
    pub selector: String,
    /// SHA-256 of the public key as it is published (`p=`), base64 without padding.
    pub fingerprint: String,
}

/// What signs the letters of a wave: a letter that is sent again is signed by the same keys, so
/// that it has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// `d=`: lower-case, in A-labels, the From domain or a parent of it.
    pub domain: String,
    /// In the order of their signatures, from the top of the message.
    pub keys: Vec<SigningKey>,
}

/// The sender settings that a wave freezes. What came in a later release than the first has a
/// default, so that older waves can still be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderSettings {
    /// The list's short name.
    pub list_slug: String,
    /// The list's identifier (RFC 2919 §2), which stays through renames; empty: the short name and
    /// the From domain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub list_id: String,
    /// The masthead.
    pub list_name: String,
    /// Line under the masthead; may be empty.
    pub tagline: String,
    /// Display name of From.
    pub sender_name: String,
    /// From address, whole.
    pub sender_address: String,
    /// Reply-To address, whole.
    pub reply_to: Option<String>,
    /// Footer.
    pub postal_address: String,
    /// Base of every link to our pages, without a trailing slash.
    pub public_url: String,
    /// List-Unsubscribe-Post is put in (RFC 8058 §3.1 wants a DKIM signature that covers it, ours
    /// or the relay's, and an https link).
    pub one_click: bool,
    /// What signs; none: the relay, or nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// Domain of the envelope senders that take bounces, each with a token of its own; none: the
    /// From address is the envelope sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounce_domain: Option<String>,
    /// The theme's short name; its template set is frozen beside.
    #[serde(default = "theme", skip_serializing_if = "is_theme")]
    pub theme: String,
    /// The publisher's own page, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Where links stand in the plain text.
    #[serde(default = "inline", skip_serializing_if = "is_inline")]
    pub text_links: TextLinks,
    /// What is put on the links of stories; none: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utm: Option<Utm>,
    /// Display names of topics: a rename must not change a letter that is sent again.
    pub topics: BTreeMap<Slug, String>,
    /// Display names of places.
    pub places: BTreeMap<Slug, String>,
}

fn theme() -> String {
    THEME.to_owned()
}

fn is_theme(theme: &str) -> bool {
    theme == THEME
}

fn inline() -> TextLinks {
    TextLinks::Inline
}

fn is_inline(links: &TextLinks) -> bool {
    *links == TextLinks::Inline
}

/// What a message needs beside its letter and its list's own lines. All of it is derived, nothing drawn: the same digest
/// revision gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Recipient, whole.
    pub to: String,
    /// Left side of the Message-ID and stem of the boundary: hex or base32 of an HMAC.
    pub letter_id: String,
    /// Link of List-Unsubscribe.
    pub unsubscribe_url: String,
    /// Without the HTML part.
    pub text_only: bool,
}

/// The word of welcome of a reader's first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// When the letter after it comes; `None`: never, by their terms.
    pub next: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::{SenderSettings, THEME, TextLinks};

    #[test]
    fn a_wave_of_the_first_release_can_still_be_read() {
        let frozen = r#"{"list_slug":"a","list_name":"A","tagline":"","sender_name":"A",
            "sender_address":"a@b.example","reply_to":null,"postal_address":"1 Quay",
            "public_url":"https://b.example","one_click":true,"topics":{},"places":{}}"#;
        let read: SenderSettings = serde_json::from_str(frozen).expect("read");
        assert_eq!((&read.signing, &read.bounce_domain), (&None, &None));
        assert_eq!((read.theme.as_str(), &read.website), (THEME, &None));
        assert_eq!((read.text_links, &read.utm), (TextLinks::Inline, &None));
        // What is not set is not written either: the same content, the same address.
        let written = serde_json::to_string(&read).expect("written");
        let plain: String = frozen.lines().map(str::trim).collect();
        assert_eq!(written, plain);
    }
}
