//! The token of an envelope sender (VERP): who bounced and on which edition, out of the address that
//! the bounce came to.
//!
//! Mail programs fold the case of a local part and split it at `+` or `-`, so the token is base32
//! without either. A bounce is believed by its tag alone, never by an address in its text.

use hmac::Mac;

use super::link::{BadToken, Keyring, base32, keyed, mac, push_varint, read_varint};
use crate::domain::{EditionId, SubscriberId};

/// First letter of the local part, and what stands between it and the token.
const PREFIX: &str = "b+";
/// Octets of the tag: 80 bits. More would not fit beside the longest ids (RFC 5321 §4.5.3.1.1).
const TAG: usize = 10;
/// In the high half of the first octet; the low half is the length of the key's id.
const VERSION: u8 = 1;
/// Longest local part that is made or read: what bounces come to may grow by two.
const LONGEST: usize = 62;

/// Which letter an address of ours belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounced {
    /// The letter's edition.
    pub edition: EditionId,
    /// Its recipient.
    pub subscriber: SubscriberId,
}

impl Keyring {
    /// The local part `b+TOKEN` of a letter's envelope sender, at most 62 octets of `a-z2-7`.
    ///
    /// `key_id` is the wave's, as in [`Keyring::token`]. `None` if that key is not here.
    pub fn verp(
        &self,
        key_id: &str,
        edition: EditionId,
        subscriber: SubscriberId,
    ) -> Option<String> {
        let key = self.key(key_id)?;
        let id = u8::try_from(key_id.len()).ok().filter(|n| *n < 16)?;
        let mut bytes = vec![(VERSION << 4) | id];
        bytes.extend_from_slice(key_id.as_bytes());
        push_varint(&mut bytes, edition.0.unsigned_abs());
        push_varint(&mut bytes, subscriber.0.unsigned_abs());
        let tag = mac(key, &[b"verp", &bytes]);
        bytes.extend_from_slice(&tag[..TAG]);
        Some(format!("{PREFIX}{}", base32(&bytes)))
    }

    /// Opens the address that a bounce came to, or its local part, or the token alone; in any case,
    /// with `+` or `-` before the token. In constant time as to the tag.
    ///
    /// # Errors
    /// [`BadToken`] for everything that we did not make.
    pub fn verp_open(&self, address: &str) -> Result<Bounced, BadToken> {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        if local.len() > LONGEST {
            return Err(BadToken);
        }
        let token = match local.split_once(['+', '-']) {
            Some(("b" | "B", token)) => token,
            Some(_) => return Err(BadToken),
            None => local,
        };
        let bytes = decode(token).ok_or(BadToken)?;
        let (payload, tag) = bytes.split_last_chunk::<TAG>().ok_or(BadToken)?;
        let (first, rest) = payload.split_first().ok_or(BadToken)?;
        if first >> 4 != VERSION || rest.len() < usize::from(first & 15) {
            return Err(BadToken);
        }
        let (id, mut numbers) = rest.split_at(usize::from(first & 15));
        let id = std::str::from_utf8(id).map_err(|_| BadToken)?;
        let key = self.key(id).ok_or(BadToken)?;
        keyed(key, &[b"verp", payload])
            .verify_truncated_left(tag)
            .map_err(|_| BadToken)?;
        let bounced = Bounced {
            edition: EditionId(read_varint(&mut numbers).ok_or(BadToken)?),
            subscriber: SubscriberId(read_varint(&mut numbers).ok_or(BadToken)?),
        };
        numbers.is_empty().then_some(bounced).ok_or(BadToken)
    }
}

/// RFC 4648 §6 in any case, without padding; bits that no encoder leaves over must be 0, so that
/// one token has one spelling.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in text.bytes() {
        let value = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        buffer = (buffer << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 5 && buffer == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BadToken, Bounced, Keyring};
    use crate::domain::{EditionId, SubscriberId};

    fn keys() -> Keyring {
        let text = format!(
            "{}{}",
            Keyring::file_text("k1", &[1; 32]),
            Keyring::file_text("Longest8", &[2; 32])
        );
        Keyring::parse(&text).expect("valid")
    }

    fn made(key: &str, edition: i64, subscriber: i64) -> String {
        let made = keys().verp(key, EditionId(edition), SubscriberId(subscriber));
        made.expect("the key is here")
    }

    const TO: Bounced = Bounced {
        edition: EditionId(41),
        subscriber: SubscriberId(1_000_007),
    };

    #[test]
    fn the_token_comes_back_through_everything_that_mail_does_to_it() {
        let local = made("k1", 41, 1_000_007);
        assert!(local.len() < 40, "{local}");
        let token = local.strip_prefix("b+").expect("prefix");
        for seen in [
            local.clone(),
            local.to_uppercase(),
            format!("b-{token}"),
            format!("B-{}", token.to_uppercase()),
            token.to_owned(),
            format!("{local}@bounce.example.org"),
            format!("B+{token}@BOUNCE.example.org"),
        ] {
            assert_eq!(keys().verp_open(&seen), Ok(TO), "{seen}");
        }
        assert_eq!(keys().verp("k9", EditionId(1), SubscriberId(1)), None);
    }

    #[test]
    fn a_forged_or_mangled_token_is_refused() {
        let local = made("k1", 41, 1_000_007);
        for at in 0..local.len() {
            for with in ["a", "7", "b", "+", "-", "", "é", "=", " "] {
                let mut changed = local.clone();
                changed.replace_range(at..=at, with);
                let bare = changed.strip_prefix("b-").or(changed.strip_prefix("b+"));
                let same = bare == local.strip_prefix("b+");
                let open = keys().verp_open(&changed);
                assert_eq!(open, if same { Ok(TO) } else { Err(BadToken) }, "{changed}");
            }
        }
        let other = Keyring::parse(&Keyring::file_text("k1", &[9; 32])).expect("valid");
        assert_eq!(other.verp_open(&local), Err(BadToken));
        let long = format!("{local}{}", "a".repeat(40));
        for junk in ["", "b+", "b", "+", "@", "bounce+x", "b+b+", &long, "b+aaaa"] {
            assert_eq!(keys().verp_open(junk), Err(BadToken), "{junk}");
        }
    }

    #[test]
    fn the_longest_fits_a_local_part() {
        let local = made("Longest8", i64::MAX, i64::MAX);
        assert_eq!(local.len(), 62);
        let open = keys().verp_open(&local.to_uppercase());
        let max = (EditionId(i64::MAX), SubscriberId(i64::MAX));
        assert_eq!(open.map(|b| (b.edition, b.subscriber)), Ok(max));
    }

    proptest! {
        #[test]
        fn every_letter_has_a_token_of_its_own(edition in 0..i64::MAX, subscriber in 0..i64::MAX) {
            let local = made("k1", edition, subscriber);
            prop_assert!(local.len() <= 62);
            prop_assert!(local[2..].bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
            let expected = Bounced { edition: EditionId(edition), subscriber: SubscriberId(subscriber) };
            prop_assert_eq!(keys().verp_open(&local), Ok(expected));
        }

        #[test]
        fn nothing_from_outside_opens_or_panics(text in "\\PC{0,80}") {
            prop_assert_eq!(keys().verp_open(&text), Err(BadToken));
        }
    }
}
