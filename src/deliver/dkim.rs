//! DKIM signatures (RFC 6376) over finished messages: relaxed/relaxed, rsa-sha256 (RFC 8301) and
//! ed25519-sha256 (RFC 8463), side by side.
//!
//! Nothing is drawn and no clock is read: the same message, instant and keys give the same bytes.
//! It does not know where keys lie, and it signs what our own composer wrote: CRLF, seven bits.

mod canon;
mod key;
mod pem;

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{DkimKey, PublishedKey};
pub use pem::write as write_pem;

use super::alignment::within;
use crate::domain::letter::Signing;
use crate::domain::time::Timestamp;

/// Where lines of our own header are folded.
const LINE: usize = 76;

/// Named once more than they are there, so that nobody can add another one (RFC 6376 §5.4.2,
/// §8.15).
const OVERSIGNED: &[&str] = &[
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Signed where they are there (RFC 6376 §5.4.1). Not oversigned: some relays add one of their own.
const COVERED: &[&str] = &[
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
];

/// Why a key cannot be used, or a message not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// No PEM, or another thing in it.
    #[error("it holds no private key as PEM (PKCS#8, or PKCS#1 for RSA)")]
    NoPem,
    /// A key behind a passphrase.
    #[error("its private key is encrypted, and nobody is there to type the passphrase")]
    Encrypted,
    /// RFC 8301 §3.2 wants 2048 bits; receivers refuse under 1024.
    #[error("its RSA key has less than 2048 bits")]
    TooSmall,
    /// Neither RSA nor Ed25519, or broken.
    #[error("its private key is no RSA or Ed25519 key that can be used: {0}")]
    Rejected(String),
    /// A signer without a key.
    #[error("no key is set")]
    NoKeys,
    /// A wave's key is not here.
    #[error("it was planned to be signed by `{selector}` of `{domain}`, and that key is not set")]
    Missing {
        /// `d=`.
        domain: String,
        /// `s=`.
        selector: String,
    },
    /// The key of that selector is another one than it was.
    #[error("it was planned to be signed by `{selector}` of `{domain}`, which is another key now")]
    Changed {
        /// `d=`.
        domain: String,
        /// `s=`.
        selector: String,
    },
    /// The crypto library gave no signature.
    #[error("the signature could not be made")]
    Failed,
}

impl DkimError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            DkimError::Missing { .. } | DkimError::Changed { .. } => {
                "set the dkim options back to the key that it was planned with and restart `courant \
                 serve`, until no letter of that wave is open"
                    .to_owned()
            }
            DkimError::NoKeys => "`courant dkim keygen` makes both keys".to_owned(),
            _ => "`courant dkim keygen --selector NAME` makes keys that can be used".to_owned(),
        })
    }
}

/// A domain's signing keys, in the order of their signatures from the top of the message.
#[derive(Clone, Debug)]
pub struct Signer {
    domain: Arc<str>,
    keys: Vec<Arc<DkimKey>>,
}

impl Signer {
    /// A signer for `domain` (`d=`).
    ///
    /// # Errors
    /// [`DkimError::NoKeys`].
    pub fn new(domain: &str, keys: Vec<DkimKey>) -> Result<Signer, DkimError> {
        if keys.is_empty() {
            return Err(DkimError::NoKeys);
        }
        Ok(Signer {
            domain: domain.to_ascii_lowercase().into(),
            keys: keys.into_iter().map(Arc::new).collect(),
        })
    }

    /// `d=`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether a signature of ours is aligned with this From domain: `d=` is the same or a parent
    /// (RFC 9989, relaxed).
    pub fn covers(&self, from_domain: &str) -> bool {
        within(from_domain, &self.domain)
    }

    /// What a wave writes down of it.
    pub fn signing(&self) -> Signing {
        Signing {
            domain: self.domain.to_string(),
            keys: self.keys.iter().map(|k| k.remembered()).collect(),
        }
    }

    /// The signer that a wave wrote down, out of these keys.
    ///
    /// # Errors
    /// [`DkimError::Missing`] and [`DkimError::Changed`]: with other keys the bytes would be others.
    pub fn of(have: Option<&Signer>, wave: &Signing) -> Result<Signer, DkimError> {
        let mut keys = Vec::with_capacity(wave.keys.len());
        for wanted in &wave.keys {
            let named = |k: &&Arc<DkimKey>| {
                k.selector() == wanted.selector && k.algorithm() == wanted.algorithm
            };
            let have = have.filter(|s| *s.domain == *wave.domain);
            let found = have.and_then(|s| s.keys.iter().find(named));
            let (domain, selector) = (wave.domain.clone(), wanted.selector.clone());
            match found {
                None => return Err(DkimError::Missing { domain, selector }),
                Some(key) if key.remembered() != *wanted => {
                    return Err(DkimError::Changed { domain, selector });
                }
                Some(key) => keys.push(key.clone()),
            }
        }
        Ok(Signer {
            domain: wave.domain.as_str().into(),
            keys,
        })
    }

    /// The DNS records that receivers look for (RFC 6376 §3.6.1).
    pub fn published(&self) -> Vec<PublishedKey> {
        self.keys
            .iter()
            .map(|k| k.published(&self.domain))
            .collect()
    }

    /// The message with a signature of each key above it; `at` is the `t=`.
    ///
    /// # Errors
    /// [`DkimError::Failed`].
    pub fn signed(&self, message: &[u8], at: Timestamp) -> Result<Vec<u8>, DkimError> {
        let (head, body) = canon::split(message);
        let fields = canon::fields(head);
        let (names, covered) = cover(&fields);
        let mut hash = Context::new(&SHA256);
        canon::body(body, |piece| hash.update(piece));
        let body_hash = STANDARD.encode(hash.finish());
        let mut out = Vec::with_capacity(message.len() + 1200 * self.keys.len());
        for key in &self.keys {
            let tags = [
                "v=1;".to_owned(),
                format!("a={};", key.algorithm_tag()),
                "c=relaxed/relaxed;".to_owned(),
                format!("d={};", self.domain),
                format!("s={};", key.selector()),
                format!("t={};", at.as_second()),
            ];
            let mut field = folded("DKIM-Signature:", tags.iter().map(String::as_str), " ");
            field.push_str(&folded("\r\n h=", names.iter().map(String::as_str), ""));
            // On a line of its own, with nothing after `b=`: what a verifier cuts out is plain.
            field.push_str(&format!("\r\n bh={body_hash};\r\n b="));
            let mut hash = Context::new(&SHA256);
            hash.update(&covered);
            let mut own = Vec::with_capacity(field.len());
            canon::field(field.as_bytes(), &mut own);
            hash.update(&own);
            let signature = STANDARD.encode(key.sign(&hash.finish())?);
            out.extend_from_slice(field.as_bytes());
            for (n, piece) in signature.as_bytes().chunks(LINE - 4).enumerate() {
                if n > 0 {
                    out.extend_from_slice(b"\r\n ");
                }
                out.extend_from_slice(piece);
            }
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(message);
        Ok(out)
    }
}

/// The pieces of `h=`, and the fields that it names in canonical form, each with its CRLF.
///
/// A name that stands more often than the field does is an empty string in the hash (RFC 6376
/// §5.4.2), so only the names tell of it.
fn cover(fields: &[canon::Field<'_>]) -> (Vec<String>, Vec<u8>) {
    let (mut names, mut bytes) = (Vec::new(), Vec::new());
    let mut add = |name: &&str, once_more: usize| {
        // From the bottom up where there are several (RFC 6376 §5.4.2).
        let of_name = fields.iter().rev().filter(|f| f.is(name));
        let mut count = 0;
        for field in of_name {
            canon::field(field.raw, &mut bytes);
            bytes.extend_from_slice(b"\r\n");
            count += 1;
        }
        names.extend(std::iter::repeat_n(format!("{name}:"), count + once_more));
    };
    OVERSIGNED.iter().for_each(|name| add(name, 1));
    COVERED.iter().for_each(|name| add(name, 0));
    if let Some(last) = names.last_mut() {
        last.pop();
        last.push(';');
    }
    (names, bytes)
}

/// Pieces on lines of at most 76 where they fit, joined by `glue`, which a line break replaces.
fn folded<'a>(start: &str, pieces: impl Iterator<Item = &'a str>, glue: &str) -> String {
    let mut out = start.to_owned();
    let mut column = start.trim_start_matches("\r\n").len();
    for (n, piece) in pieces.enumerate() {
        // The first piece follows `NAME:` with its glue, or `h=` with none.
        if n > 0 && column + glue.len() + piece.len() > LINE {
            out.push_str("\r\n ");
            column = 1;
        } else {
            out.push_str(glue);
            column += glue.len();
        }
        out.push_str(piece);
        column += piece.len();
    }
    out
}

#[cfg(test)]
mod tests;
