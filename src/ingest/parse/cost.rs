//! What a fragment of HTML would cost to parse. HTML parsers are quadratic in nesting and in the
//! attributes of a tag, and copy open formatting into every paragraph; a stranger's fragment that
//! plays on that is not parsed at all, its tags are only stripped.

use super::clean::cut_bytes;
use super::lex::{Lexer, Token};

/// Mark-up over this many octets is cut before it is parsed.
pub(super) const HTML_BYTES: usize = 1 << 20;
/// Elements open at once.
const DEPTH: usize = 200;
/// Attributes of one tag, roughly.
const ATTRIBUTES: usize = 200;
/// Octets of a tag that holds other tags in its attributes, or of an end tag.
const ODD_TAG_BYTES: usize = 4096;
/// Copies of formatting elements that a parser would make.
const COPIES: usize = 300_000;

/// Elements that HTML closes by itself or that have no content.
const UNCLOSED: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "td", "th", "tr", "track", "wbr",
];

/// Elements that HTML opens again in the next paragraph until they are closed.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Whether parsing would cost more than the fragment's length suggests.
pub(super) fn is_costly(html: &str) -> bool {
    let mut open: Vec<String> = Vec::new();
    let mut formatting = 0_usize;
    let mut copies = 0_usize;
    let mut lexer = Lexer::over_all(html);
    loop {
        let from = lexer.position();
        let Some(token) = lexer.next() else {
            return false;
        };
        match token {
            Token::Start(name, raw, _) => {
                let name = lower(name);
                if is_crowded(raw) || (raw.len() > ODD_TAG_BYTES && raw.contains('<')) {
                    return true;
                }
                if !UNCLOSED.contains(&name.as_str()) {
                    formatting += usize::from(FORMATTING.contains(&name.as_str()));
                    open.push(name);
                }
            }
            Token::End(_) if lexer.position() - from > ODD_TAG_BYTES => return true,
            Token::End(name) => {
                let name = lower(name);
                if let Some(i) = open.iter().rposition(|o| *o == name) {
                    open.remove(i);
                    formatting -= usize::from(FORMATTING.contains(&name.as_str()));
                }
            }
            _ => {}
        }
        copies += formatting;
        if open.len() > DEPTH || copies > COPIES {
            return true;
        }
    }
}

fn lower(name: &str) -> String {
    cut_bytes(name, 24).to_ascii_lowercase()
}

fn is_crowded(raw: &str) -> bool {
    let mut quote = None;
    let mut count = 0;
    for byte in raw.bytes() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => {
                quote = None;
                count += 1;
            }
            (None, b'/' | b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => count += 1,
            _ => {}
        }
    }
    // A quote that stays open may be none to another parser.
    count > 2 * ATTRIBUTES || (quote.is_some() && raw.len() > ODD_TAG_BYTES)
}

#[cfg(test)]
mod tests {
    use super::is_costly;

    #[test]
    fn what_plays_on_parsers_is_costly_and_what_is_long_is_not() {
        let n = 50_000;
        let attributes: String = (0..n).map(|i| format!(" a{i}")).collect();
        let fonts: String = (0..150).map(|i| format!("<font size={i}>")).collect();
        for costly in [
            "<div>".repeat(n),
            "<div/>".repeat(n),
            "<div></x>".repeat(n),
            format!("<!--><!-- {} -->", "<div>".repeat(n)),
            format!("<x{attributes}>"),
            format!("</x{attributes}>"),
            format!("<style><a b='</style><x{attributes}>'>"),
            format!("<p>{fonts}</p>{}", "<p>x".repeat(n)),
        ] {
            assert!(is_costly(&costly), "{}", &costly[..60]);
        }
        for cheap in [
            "<p>x".repeat(n),
            "<p>a <b>b</b> <a href='c'>d</a></p>".repeat(n),
            format!("<img src='data:image/png;base64,{}'>", "A/+ ".repeat(n)),
        ] {
            assert!(!is_costly(&cheap), "{}", &cheap[..60]);
        }
    }
}
