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
        [b'<' | b'\n' | b' ', 0, 1..=127, 0, ..] => return read(bytes, UTF_16LE),
        [0, b'<' | b'\n' | b' ', 0, 1..=127, ..] => return read(bytes, UTF_16BE),
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
    let eight_bit = known().filter(|e| *e != UTF_8 && !matches!(e.name(), "UTF-16LE" | "UTF-16BE"));
    for encoding in eight_bit.clone() {
        let (text, wrong) = encoding.decode_without_bom_handling(bytes);
        if !wrong {
            return (text, None);
        }
    }
    // A stray octet in a text of a stated encoding is no reason to read it all in another.
    for encoding in eight_bit {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        let faults = text.chars().filter(|c| *c == '\u{fffd}').count();
        if faults * 50 <= text.chars().filter(|c| !c.is_ascii()).count() {
            return (
                text,
                Some(format!("some octets are no {}", encoding.name())),
            );
        }
    }
    let problem = "the octets do not fit the stated encoding; read as UTF-8 and windows-1252 mixed";
    (Cow::Owned(mixed(bytes)), Some(problem.to_owned()))
}

/// UTF-8 where it is that, and where it is not, what western pages were written in.
fn mixed(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
        out.push_str(&text);
    }
    out
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
        // Two encodings in one document, and one stray octet in a text of a stated one.
        check(b"<a>\xc3\xa9 \x93x \xe2\x82\xac", None, "é “x €");
        let cyrillic = [&b"<a>"[..], &[0xcf; 60], b"\x98"].concat();
        check(&cyrillic, Some("text/xml; charset=windows-1251"), "П\u{98}");
    }
}
