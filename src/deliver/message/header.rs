//! Header lines (RFC 5322 §2.2) that nothing from outside can break, fold or add to.
//!
//! Text beyond plain ASCII becomes encoded-words (RFC 2047), each a whole number of characters.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::time::Timestamp;

/// Longest line with an encoded-word in it (RFC 2047 §2), and where we fold all others.
const LINE: usize = 76;
/// Longest encoded-word (RFC 2047 §2).
const WORD: usize = 75;
/// Longest name that is not encoded: longer ones have to be folded, which only encoded-words can.
const NAME: usize = 60;
/// Longest address (RFC 5321 §4.5.3.1.3, less its brackets).
const ADDRESS: usize = 254;
/// Longest token: a boundary takes 70 with its prefix (RFC 2046 §5.1.1), a local part 64.
const TOKEN: usize = 60;

/// A text on one line: control characters and runs of blanks become one blank. What turns the
/// direction of writing around is dropped: it would show an address or a subject backwards.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = text.replace(turns, "");
    let words = text.split(|c: char| c.is_control() || matches!(c, ' ' | '\u{2028}' | '\u{2029}'));
    let words: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// Whether nothing is to be done about a text, as about most. In UTF-8, C1 controls follow 0xC2; what
/// separates lines or turns them around is U+2028 to U+202E and U+2066 to U+2069.
fn is_clean(text: &str) -> bool {
    let mut before = (0, b' ');
    for byte in text.bytes() {
        let odd = match byte {
            b' ' => before.1 == b' ',
            0..=0x1f | 0x7f => true,
            0x80..=0x9f => before.1 == 0xc2,
            0xa8..=0xae if before == (0xe2, 0x80) => true,
            0xa6..=0xa9 => before == (0xe2, 0x81),
            _ => false,
        };
        if odd {
            return false;
        }
        before = (before.1, byte);
    }
    before.1 != b' '
}

/// An address without anything that could end it or begin another; `nobody@invalid` if nothing is
/// left. Addresses are checked long before; this only keeps a mistake harmless.
pub(super) fn address(text: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c);
    let inner = text.strip_prefix('@').or(text.strip_suffix('@'));
    let one = text.bytes().filter(|b| *b == b'@').count() == 1 && inner.is_none();
    if one && text.len() <= ADDRESS && text.chars().all(fits) {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().filter(|c| fits(*c)).take(ADDRESS).collect();
    Cow::Owned(match kept.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => {
            format!("{}@{domain}", local.replace('@', ""))
        }
        _ => "nobody@invalid".to_owned(),
    })
}

/// The part of an address after the `@`, as a dotted name.
pub(super) fn domain(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '.';
    let kept: String = domain.chars().filter(fits).collect();
    if kept.is_empty() {
        "invalid".to_owned()
    } else {
        kept
    }
}

/// A derived id as a token: letters, digits, `-`, `.` and `_`, at most 60.
pub(super) fn token(text: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if text.len() <= TOKEN && text.chars().all(fits) {
        return Cow::Borrowed(some(text.trim_matches('.')));
    }
    let kept: String = text.chars().filter(|c| fits(*c)).take(TOKEN).collect();
    Cow::Owned(some(kept.trim_matches('.')).to_owned())
}

fn some(token: &str) -> &str {
    if token.is_empty() { "none" } else { token }
}

/// A line whose value is ours or cleaned already, in as many parts as it has.
pub(super) fn line<const N: usize>(out: &mut Vec<u8>, name: &str, value: [&str; N]) {
    for part in [name, ": "].into_iter().chain(value).chain(["\r\n"]) {
        out.extend_from_slice(part.as_bytes());
    }
}

/// `Date` in UTC (RFC 5322 §3.3).
pub(super) fn date(out: &mut Vec<u8>, at: Timestamp) {
    let utc = jiff::tz::TimeZone::UTC.to_datetime(at);
    let date = utc.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    line(out, "Date", [&*date]);
}

/// An unstructured line: as it is where that is safe, folded between words, else encoded.
pub(super) fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    let value = clean(value);
    let foldable = |w: &str| w.len() <= NAME;
    let value = if plain(&value) && value.split(' ').all(foldable) {
        folded(&value, name.len() + 2)
    } else {
        encoded(&value, name.len() + 2)
    };
    line(out, name, [&*value]);
}

/// A display name or phrase with what it names in angle brackets; the latter alone, bare or in its
/// brackets as the header wants it, if the name is empty.
pub(super) fn mailbox(out: &mut Vec<u8>, name: &str, display: &str, what: &str) {
    let display = clean(display).into_owned();
    let atoms = |c: char| c.is_ascii_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(c);
    let phrase = if display.is_empty() {
        // A List-Id keeps its brackets (RFC 2919 §3); an address needs none.
        let bare = if what.contains('@') {
            what.to_owned()
        } else {
            format!("<{what}>")
        };
        return line(out, name, [&*bare]);
    } else if !plain(&display) || display.len() > NAME {
        encoded(&display, name.len() + 2)
    } else if display.chars().all(atoms) {
        display
    } else {
        format!("\"{}\"", display.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let last = phrase.rsplit("\r\n").next().unwrap_or_default();
    let first = if phrase.contains("\r\n") {
        0
    } else {
        name.len() + 2
    };
    let fold = if first + last.len() + what.len() + 3 > LINE {
        "\r\n "
    } else {
        " "
    };
    line(out, name, [&*phrase, fold, "<", what, ">"]);
}

/// ASCII that no reader takes for an encoded-word.
fn plain(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?")
}

fn folded(text: &str, indent: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = indent;
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 && column + 1 + word.len() > LINE {
            out.push_str("\r\n ");
            column = 1;
        } else if n > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

/// Encoded-words, one a line: Q where most of the text is ASCII and stays legible, else B.
fn encoded(text: &str, indent: usize) -> String {
    let base64 = text.chars().filter(|c| !c.is_ascii()).count() * 2 > text.chars().count();
    let mut out = String::new();
    let mut rest = text;
    let mut room = WORD.min(LINE - indent);
    while !rest.is_empty() {
        if !out.is_empty() {
            out.push_str("\r\n ");
            room = WORD;
        }
        let room = room - "=?utf-8?Q??=".len();
        let end = chunk(rest, room, base64);
        let (now, later) = rest.split_at(end);
        if base64 {
            out.push_str(&format!("=?utf-8?B?{}?=", STANDARD.encode(now)));
        } else {
            out.push_str("=?utf-8?Q?");
            now.chars().for_each(|c| q_push(&mut out, c));
            out.push_str("?=");
        }
        rest = later;
    }
    out
}

/// Bytes of `text` that fit, always whole characters and at least one.
fn chunk(text: &str, room: usize, base64: bool) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += if base64 { c.len_utf8() } else { q_width(c) };
        let width = if base64 { used.div_ceil(3) * 4 } else { used };
        if width > room && at > 0 {
            return at;
        }
    }
    text.len()
}

/// What stands for itself in a Q encoded-word within a phrase (RFC 2047 §5 (3)).
fn q_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!*+-/".contains(c)
}

fn q_width(c: char) -> usize {
    if q_plain(c) || c == ' ' {
        1
    } else {
        c.len_utf8() * 3
    }
}

fn q_push(out: &mut String, c: char) {
    match c {
        ' ' => out.push('_'),
        _ if q_plain(c) => out.push(c),
        _ => {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("={byte:02X}"));
            }
        }
    }
}

/// Reads an unfolded value with encoded-words, each of which must be whole characters.
#[cfg(test)]
pub(super) fn decode(value: &str) -> String {
    let word = |w: &str| -> Option<String> {
        let inner = w.strip_prefix("=?utf-8?")?.strip_suffix("?=")?;
        let (kind, text) = inner.split_once('?')?;
        let bytes = match kind {
            "B" => STANDARD.decode(text).ok()?,
            _ => super::quoted_printable::decode(&text.replace('_', " ")).into_bytes(),
        };
        String::from_utf8(bytes).ok()
    };
    let words: Vec<(String, bool)> = value
        .split(' ')
        .map(|w| word(w).map_or_else(|| (w.to_owned(), false), |d| (d, true)))
        .collect();
    let mut out = String::new();
    for (n, (text, encoded)) in words.iter().enumerate() {
        if n > 0 && !(*encoded && words[n - 1].1) {
            out.push(' ');
        }
        out.push_str(text);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{address, clean, domain, is_clean, text, token};

    fn subject(value: &str) -> String {
        let mut out = Vec::new();
        text(&mut out, "Subject", value);
        String::from_utf8(out).expect("seven bits")
    }

    #[test]
    fn what_is_left_of_hostile_values_is_harmless() {
        assert_eq!(clean(" a\r\n\tBcc:  x\u{0} "), "a Bcc: x");
        assert_eq!(clean("a\u{202e}moc.b\u{202c}"), "amoc.b");
        assert_eq!(address("a@b.example\r\nBcc: x@y"), "ab.exampleBccx@y");
        assert_eq!(address("<>"), "nobody@invalid");
        assert_eq!(domain("a@b.example>"), "b.example");
        assert_eq!(token("a\r\nb/..c."), "ab..c");
        assert_eq!(token("…"), "none");
    }

    #[test]
    fn a_long_subject_folds_between_words() {
        let line = subject(&"harbour ".repeat(20));
        assert!(line.split("\r\n").all(|l| l.len() <= 76), "{line}");
        assert!(line.starts_with("Subject: harbour") && line.contains("\r\n harbour"));
        assert_eq!(subject("Fire & rain"), "Subject: Fire & rain\r\n");
    }

    #[test]
    fn words_beyond_ascii_are_encoded() {
        assert_eq!(
            subject("Brücke öffnet"),
            "Subject: =?utf-8?Q?Br=C3=BCcke_=C3=B6ffnet?=\r\n"
        );
        assert_eq!(subject("日本"), "Subject: =?utf-8?B?5pel5pys?=\r\n");
        let long = subject(&"日".repeat(60));
        assert!(long.split("\r\n").all(|l| l.len() <= 76), "{long}");
    }

    proptest! {
        #[test]
        fn a_text_that_is_clean_has_nothing_to_clean(
            text in "([a ]|[\u{80}-\u{a0}]|[\u{2020}-\u{2070}]|[é…日🚢]|\\PC|\\pC){0,12}",
        ) {
            let words = text.replace(
                |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
                "",
            );
            let words = words.split(|c: char| c.is_control() || " \u{2028}\u{2029}".contains(c));
            let words: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
            let cleaned = words.join(" ");
            prop_assert_eq!(clean(&text), cleaned.as_str());
            prop_assert_eq!(is_clean(&text), cleaned == text && !text.is_empty());
        }
    }
}
