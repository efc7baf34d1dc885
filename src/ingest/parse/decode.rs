//! Octets to text: which encoding a document is in, whatever its server, its declaration and its
//! octets say about that. It never fails; what it had to guess is said.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far the XML declaration is looked for.
const HEAD: usize = 1024;

/// The text, and what was wrong with its encoding.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
) -> (Cow<'a, str>, Option<String>) {
    if let Some(text) = utf32(bytes) {
        return (Cow::Owned(text), None);
    }
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        return read(bytes.get(skip..).unwrap_or_default(), encoding);
    }
    match bytes {
        [b'<', 0, ..] => return read(bytes, UTF_16LE),
        [0, b'<', ..] => return read(bytes, UTF_16BE),
        _ => {}
    }
    let stated = [content_type.and_then(charset), declared(bytes)];
    let known = || {
        let by_label = |label: &&str| Encoding::for_label(label.trim().as_bytes());
        stated
            .iter()
            .flatten()
            .filter_map(move |label| by_label(&label.as_str()))
    };
    // Text that is valid UTF-8 beyond ASCII is practically never anything else, and servers that
    // say otherwise are many. Seven-bit encodings are the exception.
    if let Ok(text) = std::str::from_utf8(bytes)
        && !known().any(|e| e == encoding_rs::ISO_2022_JP)
    {
        return (Cow::Borrowed(text), None);
    }
    for encoding in known().filter(|e| *e != UTF_8 && !matches!(e.name(), "UTF-16LE" | "UTF-16BE"))
    {
        let (text, wrong) = encoding.decode_without_bom_handling(bytes);
        if !wrong {
            return (text, None);
        }
    }
    guess(bytes)
}

/// Neither what was stated nor clean UTF-8: UTF-8 with faults if most of it reads so, else what
/// western pages were written in.
fn guess(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    let (text, _) = UTF_8.decode_without_bom_handling(bytes);
    let faults = text.chars().filter(|c| *c == '\u{fffd}').count();
    let good = text
        .chars()
        .filter(|c| !c.is_ascii() && *c != '\u{fffd}')
        .count();
    let (text, name) = if good > faults {
        (text, "UTF-8")
    } else {
        (
            WINDOWS_1252.decode_without_bom_handling(bytes).0,
            "windows-1252",
        )
    };
    let problem = format!("the octets do not fit the stated encoding; read as {name}");
    (text, Some(problem))
}

fn read<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, Option<String>) {
    let (text, wrong) = encoding.decode_without_bom_handling(bytes);
    let problem = wrong.then(|| format!("some octets are no {}", encoding.name()));
    (text, problem)
}

/// UTF-32 by its byte order mark or by how `<` looks in it; no other crate of ours reads it.
fn utf32(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..4)?;
    let read: fn([u8; 4]) -> u32 = match head {
        [0xff, 0xfe, 0, 0] | [b'<', 0, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff] | [0, 0, 0, b'<'] => u32::from_be_bytes,
        _ => return None,
    };
    let chars = bytes
        .chunks_exact(4)
        .filter_map(|c| Some(read(c.try_into().ok()?)));
    Some(
        chars
            .map(|code| char::from_u32(code).unwrap_or('\u{fffd}'))
            .filter(|c| *c != '\u{feff}')
            .collect(),
    )
}

/// The charset parameter of a `Content-Type` (RFC 9110 §8.3).
fn charset(content_type: &str) -> Option<String> {
    let parameter = content_type.split(';').skip(1).find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Some(parameter.trim().trim_matches(['"', '\'']).to_owned())
}

/// The encoding in an XML declaration (XML 1.0 §4.3.3).
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD.min(bytes.len()))?).into_owned();
    let from = head.find("<?xml")?;
    let declaration = head.get(from..)?.split("?>").next()?;
    let value = declaration
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.split(quote).nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_encoding_is_found_wherever_it_is_stated() {
        let check = |bytes: &[u8], content_type: Option<&str>, expected: &str| {
            let (text, _) = decode(bytes, content_type);
            assert!(
                text.ends_with(expected),
                "{text:?} does not end with {expected:?}"
            );
        };
        check(
            b"<?xml version='1.0' encoding='iso-8859-2'?>\xb1",
            None,
            "ą",
        );
        check(b"<a>\xe9", Some("text/xml; charset=\"ISO-8859-1\""), "é");
        check("<a>é".as_bytes(), Some("text/xml; charset=iso-8859-1"), "é");
        check(b"\xef\xbb\xbf<a>x", None, "<a>x");
        check(b"<\0a\0>\0", None, "<a>");
        check(b"\0\0\0<\0\0\0a\0\0\0>", None, "<a>");
        check(b"<a>\x93x", None, "“x");
        assert!(decode(b"<a>\x93x", None).1.is_some());
    }
}
