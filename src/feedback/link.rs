//! The house keys, and all that is derived from them: the tokens of the links that we mail, the
//! keyed hash of an address, the id of a letter.
//!
//! Pure: the key file's text comes in, nothing is read or drawn here. A token says what it may be
//! used for and for whom; it does not know what the pages do with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::address::{Address, AddressHash};
use crate::domain::{DigestId, EditionId, EditorId, ListId, SubscriberId, SubscriptionId, words};

words! {
    /// What a token may be used for. It is bound into the tag: one for reading never unsubscribes.
    Purpose {
        /// Leave a list (RFC 8058). Never expires.
        Unsubscribe = "u",
        /// See and change one's terms.
        Preferences = "p",
        /// Read one digest in the browser.
        View = "v",
        /// Confirm a sign-up. It names the sign-up where others name the subscription, and its instant
        /// in milliseconds where they name the digest, since ids of sign-ups come again.
        Confirm = "c",
        /// A form that we gave out: it names the list, and the instant in milliseconds.
        Form = "f",
        /// Read out what is kept of a person. As the two below it names the instant in milliseconds
        /// where others name the digest, and is good for an hour.
        Export = "x",
        /// Name another address.
        Move = "m",
        /// Be forgotten.
        Forget = "g",
        /// Confirm a new address, from there. It names the mail as [`Purpose::Confirm`] the sign-up.
        Moved = "n",
        /// Read a feed of one's digests: it names the feed's number where others name the digest.
        Feed = "a",
        /// Come in at the desk. It names the link as [`Purpose::Confirm`] the sign-up.
        Enter = "enter",
    }
}

/// A token that was opened: its tag was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// For this list.
    pub list: ListId,
    /// For this subscription.
    pub subscription: SubscriptionId,
    /// For this digest; 0 where the purpose has none.
    pub digest: DigestId,
}

/// A token that is none of ours, or not for this purpose. It says no more: a stranger learns nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this link is not valid")]
pub struct BadToken;

/// A key file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// A line is not `id base64url`.
    #[error("line {0} of the key file is not `id key`, a short name and 32 octets in base64url")]
    Line(usize),
    /// Two keys of one name.
    #[error("line {line} of the key file repeats the key id `{id}`")]
    Repeated {
        /// From 1.
        line: usize,
        /// Which id.
        id: String,
    },
    /// No key at all.
    #[error("the key file holds no key")]
    Empty,
}

impl KeyringError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(
            "restore the key file from a backup: with a new key, links already mailed stop working"
                .to_owned(),
        )
    }
}

/// The house keys: the last line of the file signs, all others still verify.
///
/// One key has one more job: the address hash is always made with the first one, since a mailbox
/// must stay one row through every change of keys.
#[derive(Clone)]
pub struct Keyring {
    /// Each as an HMAC that has taken its key and nothing else: a letter has four tags or five.
    keys: Vec<(String, Hmac<Sha256>)>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids = self
            .keys
            .iter()
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>();
        write!(f, "Keyring({})", ids.join(", "))
    }
}

const TAG: usize = 16;
const VERSION: u8 = 1;

impl Keyring {
    /// Reads a key file: `id base64url` a line, `#` starts a comment.
    pub fn parse(text: &str) -> Result<Keyring, KeyringError> {
        let mut keys: Vec<(String, Hmac<Sha256>)> = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let bad = || KeyringError::Line(n + 1);
            let (id, key) = line.split_once(char::is_whitespace).ok_or_else(bad)?;
            let key = URL_SAFE_NO_PAD.decode(key.trim()).map_err(|_| bad())?;
            let key: [u8; 32] = key.try_into().map_err(|_| bad())?;
            if id.len() > 8 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(bad());
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(KeyringError::Repeated {
                    line: n + 1,
                    id: id.to_owned(),
                });
            }
            keys.push((id.to_owned(), begun(&key)));
        }
        if keys.is_empty() {
            Err(KeyringError::Empty)
        } else {
            Ok(Keyring { keys })
        }
    }

    /// The text of a key file with one key.
    pub fn file_text(id: &str, key: &[u8; 32]) -> String {
        format!(
            "# Courant's keys: they sign the links in every letter. Keep this file with the database's\n\
             # backups and away from everybody else. The last line signs; earlier ones still verify.\n\
             {id} {}\n",
            URL_SAFE_NO_PAD.encode(key)
        )
    }

    /// The id of the key that signs.
    pub fn active_id(&self) -> &str {
        self.keys
            .last()
            .map(|(id, _)| id.as_str())
            .unwrap_or_default()
    }

    /// Whether these keys made the hash of an address: those of another database did not.
    pub fn made(&self, address: &Address, hash: &AddressHash) -> bool {
        self.address_hash(address) == *hash
    }

    /// Whether a key of this id is here.
    pub fn knows(&self, id: &str) -> bool {
        self.key(id).is_some()
    }

    /// A token for a link: `id.payload.tag`, base64url, about 60 characters.
    ///
    /// `key_id` is the wave's: a letter that is rendered again after a change of keys keeps its bytes.
    /// `None` if that key is not here.
    pub fn token(&self, key_id: &str, purpose: Purpose, to: Opened) -> Option<String> {
        let key = self.key(key_id)?;
        let mut payload = Vec::with_capacity(32);
        payload.push(VERSION);
        for n in [to.list.0, to.subscription.0, to.digest.0] {
            push_varint(&mut payload, n.unsigned_abs());
        }
        let tag = mac(key, &[b"token", purpose.as_str().as_bytes(), &payload]);
        let mut token = String::with_capacity(96);
        token.extend([key_id, "."]);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&tag[..TAG], &mut token);
        Some(token)
    }

    /// Opens a token of any key, for one purpose, in constant time as to the tag.
    pub fn open(&self, purpose: Purpose, token: &str) -> Result<Opened, BadToken> {
        if token.len() > 200 {
            return Err(BadToken);
        }
        let mut parts = token.split('.');
        let (Some(id), Some(payload), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadToken);
        };
        let key = self.key(id).ok_or(BadToken)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| BadToken)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| BadToken)?;
        if tag.len() != TAG {
            return Err(BadToken);
        }
        keyed(key, &[b"token", purpose.as_str().as_bytes(), &payload])
            .verify_truncated_left(&tag)
            .map_err(|_| BadToken)?;
        read_payload(&payload).ok_or(BadToken)
    }

    /// What the holder of these keys answers to a nonce: `id.tag`. It proves the keys and opens
    /// nothing.
    pub fn proof(&self, nonce: &str) -> String {
        let id = self.active_id();
        let tag = mac(
            &key_or_none(self.keys.last()),
            &[b"proof", nonce.as_bytes()],
        );
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(&tag[..TAG]))
    }

    /// Whether an answer to a nonce is that of somebody who holds one of these keys; in constant
    /// time as to the tag.
    pub fn is_proof(&self, nonce: &str, answer: &str) -> bool {
        let tagged = answer.split_once('.');
        let Some((key, tag)) = tagged.and_then(|(id, tag)| Some((self.key(id)?, tag))) else {
            return false;
        };
        let tag = URL_SAFE_NO_PAD.decode(tag).unwrap_or_default();
        let hmac = keyed(key, &[b"proof", nonce.as_bytes()]);
        tag.len() == TAG && hmac.verify_truncated_left(&tag).is_ok()
    }

    /// The keyed hash of a mailbox, with the first key.
    pub fn address_hash(&self, address: &Address) -> AddressHash {
        let first = key_or_none(self.keys.first());
        AddressHash(mac(&first, &[b"address", address.mailbox().as_bytes()]))
    }

    /// The id of a letter, 26 characters of `a-z2-7`: left side of its Message-ID and stem of its
    /// boundary. One a digest revision, so that a second copy carries the same. `None` if the wave's
    /// key is not here.
    pub fn letter_id(
        &self,
        key_id: &str,
        edition: EditionId,
        subscriber: SubscriberId,
        digest: DigestId,
    ) -> Option<String> {
        let key = self.key(key_id)?;
        let mut numbers = [0; 24];
        for (at, n) in numbers
            .chunks_exact_mut(8)
            .zip([edition.0, subscriber.0, digest.0])
        {
            at.copy_from_slice(&n.to_be_bytes());
        }
        Some(base32(&mac(key, &[b"letter", &numbers])[..TAG]))
    }

    /// The secret of an editor's authenticator: 20 octets of a key, the editor and a salt that was drawn.
    /// `None` if the key is not here.
    pub fn totp_secret(&self, key_id: &str, editor: EditorId, salt: &[u8]) -> Option<[u8; 20]> {
        let tag = mac(self.key(key_id)?, &[b"totp", &editor.0.to_be_bytes(), salt]);
        tag.first_chunk().copied()
    }

    pub(super) fn key(&self, id: &str) -> Option<&Hmac<Sha256>> {
        self.keys
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, key)| key)
    }
}

/// The key of an entry; no keyring is without one.
fn key_or_none(entry: Option<&(String, Hmac<Sha256>)>) -> Hmac<Sha256> {
    entry.map_or_else(|| begun(&[0; 32]), |(_, key)| key.clone())
}

/// An HMAC of nothing yet.
fn begun(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length (RFC 2104 §2)")
}

pub(super) fn keyed(key: &Hmac<Sha256>, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut hmac = key.clone();
    for part in parts {
        // Each part is led by its length: ("ab", "c") and ("a", "bc") are two messages.
        hmac.update(&(part.len() as u64).to_be_bytes());
        hmac.update(part);
    }
    hmac
}

pub(super) fn mac(key: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

pub(super) fn push_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

pub(super) fn read_varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut n: u64 = 0;
    for shift in (0..63).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return i64::try_from(n).ok();
        }
    }
    None
}

fn read_payload(payload: &[u8]) -> Option<Opened> {
    let (version, mut rest) = payload.split_first()?;
    if *version != VERSION {
        return None;
    }
    let opened = Opened {
        list: ListId(read_varint(&mut rest)?),
        subscription: SubscriptionId(read_varint(&mut rest)?),
        digest: DigestId(read_varint(&mut rest)?),
    };
    rest.is_empty().then_some(opened)
}

/// RFC 4648 §6, lower-case, without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut out = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[((buffer >> bits) & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[((buffer << (5 - bits)) & 31) as usize]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{BadToken, Keyring, Opened, Purpose};
    use crate::domain::{DigestId, EditionId, ListId, SubscriberId, SubscriptionId};

    fn two_keys() -> Keyring {
        let text = format!(
            "{}{}",
            Keyring::file_text("k1", &[1; 32]),
            Keyring::file_text("k2", &[2; 32])
        );
        Keyring::parse(&text).expect("valid")
    }

    const TO: Opened = Opened {
        list: ListId(1),
        subscription: SubscriptionId(300_000),
        digest: DigestId(0),
    };

    #[test]
    fn a_token_opens_for_its_purpose_alone_and_after_a_change_of_keys() {
        let keys = two_keys();
        assert_eq!(keys.active_id(), "k2");
        let old = keys
            .token("k1", Purpose::Unsubscribe, TO)
            .expect("key is here");
        assert_eq!(keys.open(Purpose::Unsubscribe, &old), Ok(TO));
        assert_eq!(keys.open(Purpose::Preferences, &old), Err(BadToken));
        assert_eq!(keys.token("k9", Purpose::View, TO), None);
    }

    #[test]
    fn a_token_with_any_character_changed_is_refused() {
        let keys = two_keys();
        let token = keys
            .token("k2", Purpose::Unsubscribe, TO)
            .expect("key is here");
        for at in 0..token.len() {
            for with in ["A", "z", ".", "_", ""] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, with);
                if changed != token {
                    assert_eq!(
                        keys.open(Purpose::Unsubscribe, &changed),
                        Err(BadToken),
                        "{changed}"
                    );
                }
            }
        }
        for junk in [
            "",
            ".",
            "..",
            "k1..",
            "k2.AQ.AAAAAAAAAAAAAAAAAAAAAA",
            &"x".repeat(500),
        ] {
            assert_eq!(keys.open(Purpose::Unsubscribe, junk), Err(BadToken));
        }
    }

    #[test]
    fn a_proof_is_of_one_nonce_and_of_our_keys() {
        let keys = two_keys();
        let answer = keys.proof("nonce");
        assert!(keys.is_proof("nonce", &answer) && !keys.is_proof("other", &answer));
        let others = Keyring::parse(&Keyring::file_text("k2", &[3; 32])).expect("valid");
        assert!(!others.is_proof("nonce", &answer));
        for junk in ["", "k2", "k2.", "k9.AAAAAAAAAAAAAAAAAAAAAA", "k2.AAAA"] {
            assert!(!keys.is_proof("nonce", junk), "{junk}");
        }
    }

    #[test]
    fn a_letter_id_is_one_a_digest() {
        let keys = two_keys();
        let id = |d| keys.letter_id("k1", EditionId(1), SubscriberId(2), DigestId(d));
        assert_eq!(id(3), id(3));
        assert_ne!(id(3), id(4));
        assert_eq!(id(3).map(|i| i.len()), Some(26));
    }

    #[test]
    fn a_key_file_that_cannot_be_read_names_the_line() {
        for (text, line) in [("k1", 1), ("# ok\nk1 AAAA", 2), ("bad-id AAAA", 1)] {
            let error = Keyring::parse(text).expect_err("refused");
            assert!(
                error.to_string().contains(&format!("line {line}")),
                "{error}"
            );
        }
        assert!(Keyring::parse("# nothing\n").is_err());
    }
}
