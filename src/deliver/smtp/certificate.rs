//! Until when a certificate holds, read out of its DER (RFC 5280 §4.1.2.5). It judges nothing: that
//! was done in the handshake.

use crate::domain::time::Timestamp;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]`: the version.
const VERSION: u8 = 0xa0;

/// The `notAfter` of a certificate; none where it cannot be read.
pub(super) fn ends(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, VERSION)?.1;
    }
    // Serial number, algorithm of the signature, issuer.
    rest = element(rest, INTEGER)?.1;
    rest = element(rest, SEQUENCE)?.1;
    rest = element(rest, SEQUENCE)?.1;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, _, not_after) = any(validity)?;
    let (kind, text, _) = any(not_after)?;
    let text = std::str::from_utf8(text).ok()?;
    // UTCTime has two digits of a year: 50 and over are of the last century (§4.1.2.5.1).
    let text = match (kind, text.get(..2)?.parse::<u8>().ok()?) {
        (GENERALIZED_TIME, _) => text.to_owned(),
        (UTC_TIME, year) if year >= 50 => format!("19{text}"),
        (UTC_TIME, _) => format!("20{text}"),
        _ => return None,
    };
    let civil = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    let at = jiff::tz::TimeZone::UTC.to_ambiguous_timestamp(civil);
    at.unambiguous().ok()
}

/// The content of an element of this kind, and what follows it.
fn element(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(der)?;
    (found == kind).then_some((content, rest))
}

/// Kind, content, and what follows (X.690 §8.1).
fn any(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut len = usize::from(*first);
    if *first >= 0x80 {
        let octets = usize::from(first & 0x7f);
        if !(1..=4).contains(&octets) || rest.len() < octets {
            return None;
        }
        let (digits, after) = rest.split_at(octets);
        len = digits.iter().fold(0, |n, d| (n << 8) | usize::from(*d));
        rest = after;
    }
    if rest.len() < len {
        return None;
    }
    let (content, rest) = rest.split_at(len);
    Some((*kind, content, rest))
}

#[cfg(test)]
mod tests {

    use super::ends;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["relay.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 2, 28);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_ways_of_writing_a_year_are_read() {
        for year in [2027, 2049, 2050, 2120] {
            let found = ends(&certificate(year)).unwrap().to_string();
            assert_eq!(found, format!("{year}-02-28T00:00:00Z"));
        }
    }

    #[test]
    fn a_certificate_cut_anywhere_gives_nothing_and_no_panic() {
        let whole = certificate(2027);
        for len in 0..whole.len() {
            assert_eq!(ends(&whole[..len]), None, "{len}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = ends(&changed);
        }
    }
}
