//! Codes of an authenticator: TOTP (RFC 6238) with SHA-1, six digits, thirty seconds.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

use crate::domain::time::Timestamp;

/// Octets of a secret (RFC 4226 §4, R6).
pub const SECRET: usize = 20;
/// Milliseconds of a step.
const STEP_MS: i64 = 30_000;
/// Steps before and after our own time whose codes are taken: clocks differ.
const DRIFT: i64 = 1;

/// The step of time that an instant is in.
pub fn step_of(now: Timestamp) -> i64 {
    now.as_millisecond().div_euclid(STEP_MS)
}

/// The code of a step (RFC 4226 §5.3).
pub fn code(secret: &[u8], step: i64) -> String {
    format!("{:06}", truncated(secret, step) % 1_000_000)
}

fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last().copied().unwrap_or_default() & 15);
    let four = tag.iter().skip(at).take(4);
    four.fold(0, |n, octet| (n << 8) | u32::from(*octet)) & 0x7fff_ffff
}

/// The step whose code was typed, spaces aside: one about now. Whether it was used before, the store
/// knows.
pub fn step_typed(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let own = step_of(now);
    // All are looked at, so that the time says nothing of which it was.
    let mut found = None;
    for step in own - DRIFT..=own + DRIFT {
        if verify_slices_are_equal(code(secret, step).as_bytes(), typed.as_bytes()).is_ok() {
            found = Some(step);
        }
    }
    found
}

/// A secret as authenticators take it by hand: base32 (RFC 4648 §6), in groups of four.
pub fn by_hand(secret: &[u8]) -> String {
    let text = crate::feedback::link::base32(secret).to_uppercase();
    let mut grouped = String::with_capacity(40);
    for (n, sign) in text.chars().enumerate() {
        if n > 0 && n % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(sign);
    }
    grouped
}

/// A secret as authenticators read it: an `otpauth` URL.
pub fn url(secret: &[u8], account: &str) -> String {
    let secret = crate::feedback::link::base32(secret).to_uppercase();
    let plain = |text: &str| -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    format!(
        "otpauth://totp/Courant:{}?secret={secret}&issuer=Courant",
        plain(account)
    )
}

#[cfg(test)]
mod tests {
    use super::{by_hand, code, step_of, step_typed, truncated, url};
    use crate::domain::time::Timestamp;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238_and_rfc_4226() {
        // RFC 6238 appendix B, SHA-1: eight digits, of which ours are the last six.
        for (second, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let at = Timestamp::from_second(second).expect("an instant");
            let step = step_of(at);
            let eight_of_ours = format!("{:08}", truncated(SECRET, step) % 100_000_000);
            assert_eq!(eight_of_ours, eight);
            assert_eq!(code(SECRET, step), eight[2..]);
            assert_eq!(step_typed(SECRET, &eight[2..], at), Some(step));
        }
        // RFC 4226 appendix D.
        let all: Vec<String> = (0..10).map(|n| code(SECRET, n)).collect();
        assert_eq!(
            all,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
                "399871", "520489"
            ]
        );
    }

    #[test]
    fn a_code_is_good_for_the_steps_beside_its_own() {
        let at = |second| Timestamp::from_second(second).expect("an instant");
        let typed = code(SECRET, 100);
        for (second, good) in [(2969, false), (2970, true), (3059, true), (3060, false)] {
            let found = step_typed(SECRET, &typed, at(second));
            assert_eq!(found, good.then_some(100), "{second}");
        }
        let spaced = format!(" {} {} ", &typed[..3], &typed[3..]);
        assert_eq!(step_typed(SECRET, &spaced, at(3000)), Some(100));
        for junk in ["", "12345", "1234567", "abcdef"] {
            assert_eq!(step_typed(SECRET, junk, at(3000)), None, "{junk}");
        }
    }

    #[test]
    fn a_secret_is_written_for_authenticators() {
        assert_eq!(by_hand(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            url(SECRET, "ann@paper.example"),
            "otpauth://totp/Courant:ann%40paper.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Courant"
        );
    }
}
