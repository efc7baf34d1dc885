//! Zones as feeds name them: offsets, RFC 822 §5.1, and names that news sites use.

use super::{Offset, number};

/// Names that are not RFC 822's, with minutes east of UTC: of those that several countries use, the
/// one whose papers write it.
const NAMES: &[(&str, i32)] = &[
    ("ACDT", 630),
    ("ACST", 570),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("ART", -180),
    ("AST", -240),
    ("AT", -240),
    ("AWST", 480),
    ("BRT", -180),
    ("BST", 60),
    ("CAT", 120),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", -360),
    ("CT", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("ET", -300),
    ("GMT", 0),
    ("HKT", 480),
    ("HST", -600),
    ("ICT", 420),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MESZ", 120),
    ("MET", 60),
    ("MEZ", 60),
    ("MSK", 180),
    ("MST", -420),
    ("MT", -420),
    ("NDT", -150),
    ("NST", -210),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PKT", 300),
    ("PST", -480),
    ("PT", -480),
    ("SAST", 120),
    ("SGT", 480),
    ("TRT", 180),
    ("UT", 0),
    ("UTC", 0),
    ("WAT", 60),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("Z", 0),
];

/// Reads an offset or a name, `GMT+01:00` included.
pub(super) fn read(name: &str) -> Option<Offset> {
    if let Some(offset) = offset(name) {
        return Some(offset);
    }
    let upper = name.trim_start_matches("Etc/").to_ascii_uppercase();
    if let Some(rest) = upper
        .strip_prefix("GMT")
        .or_else(|| upper.strip_prefix("UTC"))
        && !rest.is_empty()
    {
        return offset(rest.trim());
    }
    let found = NAMES.binary_search_by_key(&upper.as_str(), |(name, _)| name);
    found.ok().and_then(|i| NAMES.get(i)).map(|(_, m)| m * 60)
}

/// `+HH:MM`, `-HHMM`, `+HH`, with a minus sign of either kind.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, text.get(1..)?),
        c @ ('-' | '\u{2212}') => (-1, text.get(c.len_utf8()..)?),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((h, m)), _) => (h, m),
        (None, 4) => digits.split_at_checked(2)?,
        (None, 1..=2) => (digits, "00"),
        _ => return None,
    };
    let hours: i32 = number(hours, 1..=2)?;
    let minutes: i32 = number(minutes, 2..=2)?;
    (hours <= 15 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}
