//! A rendered message, and what its head is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slug::Slug;
use super::time::Timestamp;

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

/// The sender settings that a wave freezes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderSettings {
    /// The list's short name: the label of List-Id (RFC 2919).
    pub list_slug: String,
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
    /// Display names of topics: a rename must not change a letter that is sent again.
    pub topics: BTreeMap<Slug, String>,
    /// Display names of places.
    pub places: BTreeMap<Slug, String>,
}

/// What a message needs beside its letter. All of it is derived, nothing drawn: the same digest
/// revision gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Recipient, whole.
    pub to: String,
    /// The wave's due instant (RFC 5322 §3.6.1).
    pub date: Timestamp,
    /// Left side of the Message-ID and stem of the boundary: hex or base32 of an HMAC.
    pub letter_id: String,
    /// Link of List-Unsubscribe.
    pub unsubscribe_url: String,
}
