//! A lenient tokeniser for mark-up as it is found in the wild: it never fails and never looks twice
//! at the same octet, whatever is unclosed. It knows tags and references, not what they mean.

use std::borrow::Cow;

/// One piece of a document, as slices of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Characters, references not yet resolved.
    Text(&'a str),
    /// Characters of a CDATA section.
    CData(&'a str),
    /// A start tag: qualified name, raw attributes, whether it ends in `/>`.
    Start(&'a str, &'a str, bool),
    /// An end tag.
    End(&'a str),
    /// A document type declaration, with its internal subset if it has one.
    Doctype(&'a str),
}

/// Attributes beyond this many are not read.
const ATTRIBUTES: usize = 48;

/// Walks over a text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Comments and declarations are looked into instead of stepped over.
    nothing_hidden: bool,
    /// Terminators that do not occur any more, so that they are searched for once only.
    gone: Vec<&'static str>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer {
            text,
            at: 0,
            nothing_hidden: false,
            gone: Vec::new(),
        }
    }

    /// A walk that sees every tag that any HTML parser could see, in comments, too: for judging what
    /// a text would cost, since parsers disagree on where a comment ends.
    pub(super) fn over_all(text: &'a str) -> Lexer<'a> {
        Lexer {
            nothing_hidden: true,
            ..Lexer::new(text)
        }
    }

    /// How far the walk has come, in octets.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Steps over what is text whatever it looks like, up to `at`.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at.clamp(self.at, self.text.len());
    }

    fn find(&mut self, from: usize, what: &'static str) -> Option<usize> {
        if self.gone.contains(&what) {
            return None;
        }
        let found = self
            .text
            .get(from..)
            .and_then(|rest| first(rest, what))
            .map(|i| from + i);
        if found.is_none() {
            self.gone.push(what);
        }
        found
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Steps over a construct that carries nothing for us.
    /// Unclosed, only its `dead` first octets are dropped.
    fn skip(&mut self, opening: usize, closing: &'static str, dead: usize) {
        self.at = match self.find(self.at + opening, closing) {
            Some(end) => end + closing.len(),
            None => self.at + dead,
        };
    }

    fn cdata(&mut self) -> Token<'a> {
        let from = self.at + "<![CDATA[".len();
        let end = self.find(from, "]]>").unwrap_or(self.text.len());
        self.at = (end + 3).min(self.text.len());
        Token::CData(self.slice(from, end))
    }

    fn doctype(&mut self) -> Token<'a> {
        let from = self.at;
        let close = self.find(from, ">").unwrap_or(self.text.len());
        let subset = self.slice(from, close).contains('[');
        let end = if subset {
            self.find(from, "]>").map_or(self.text.len(), |i| i + 2)
        } else {
            (close + 1).min(self.text.len())
        };
        self.at = end;
        Token::Doctype(self.slice(from, end))
    }

    fn text_token(&mut self) -> Token<'a> {
        let from = self.at;
        // The first octet may be a `<` that opens nothing.
        let first = self.rest().chars().next().map_or(1, char::len_utf8);
        self.at = self.find(from + first, "<").unwrap_or(self.text.len());
        Token::Text(self.slice(from, self.at))
    }

    /// Where the tag that starts at `self.at` ends: the place of its `>`, or of a `<` or the end of
    /// the text where somebody forgot it.
    fn tag_end(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        let mut i = self.at + 1;
        while let Some(&byte) = bytes.get(i) {
            match byte {
                b'>' | b'<' => return i,
                b'"' | b'\'' if bytes.get(..i).is_some_and(opens_value) => {
                    let quote = if byte == b'"' { "\"" } else { "'" };
                    i = self.find(i + 1, quote).map_or(i + 1, |end| end + 1);
                }
                _ => i += 1,
            }
        }
        self.text.len()
    }

    fn tag(&mut self) -> Token<'a> {
        let end = self.tag_end();
        let inner = self.slice(self.at + 1, end);
        self.at = if self.text.as_bytes().get(end) == Some(&b'>') {
            end + 1
        } else {
            end
        };
        if let Some(name) = inner.strip_prefix('/') {
            return Token::End(name.split_ascii_whitespace().next().unwrap_or_default());
        }
        let (inner, empty) = match inner.strip_suffix('/') {
            Some(inner) => (inner, true),
            None => (inner, false),
        };
        let cut = inner
            .find(|c: char| c.is_ascii_whitespace() || c == '/')
            .unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(cut);
        Token::Start(name, attributes, empty)
    }
}

/// Where `what` first stands: its first character is searched for as one octet, which is many times
/// faster than as a text.
fn first(text: &str, what: &str) -> Option<usize> {
    let head = what.chars().next()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.find(head)?;
        if text.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + head.len_utf8();
    }
}

/// Whether a quote after these octets opens an attribute's value; elsewhere it is a stray.
fn opens_value(before: &[u8]) -> bool {
    before.iter().rev().find(|b| !b.is_ascii_whitespace()) == Some(&b'=')
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let mut start = rest.bytes();
            match (start.next(), start.next()) {
                (None, _) => return None,
                (Some(b'<'), Some(b'!' | b'?')) => {}
                (Some(b'<'), Some(b'/' | b'_' | b'a'..=b'z' | b'A'..=b'Z')) => {
                    return Some(self.tag());
                }
                (Some(b'<'), Some(128..)) => {}
                _ => return Some(self.text_token()),
            }
            if self.nothing_hidden && (rest.starts_with("<!") || rest.starts_with("<?")) {
                self.at += 2;
            } else if rest.starts_with("<!--") {
                // From the dashes on: `<!-->` is a whole comment.
                self.skip(2, "-->", 4);
            } else if rest.starts_with("<![CDATA[") {
                return Some(self.cdata());
            } else if rest.starts_with("<!") {
                return Some(self.doctype());
            } else if rest.starts_with("<?") {
                self.skip(2, ">", 2);
            } else if let Some(tag) = rest.strip_prefix('<')
                && tag.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '_'))
            {
                return Some(self.tag());
            } else {
                return Some(self.text_token());
            }
        }
    }
}

/// The attributes of a start tag: qualified names and raw values, the first of each name.
pub(super) fn attributes(raw: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut rest = raw.trim_start();
    while !rest.is_empty() && found.len() < ATTRIBUTES {
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('=') {
            Some(value) => attribute_value(value.trim_start()),
            None => ("", after),
        };
        if !name.is_empty() && !found.iter().any(|(n, _)| *n == name) {
            found.push((name, value));
        }
        rest = left.trim_start();
    }
    found
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(
        text.find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(text.len()),
    )
}

/// Appends `raw` with its character references and the five names of XML resolved; what cannot be
/// resolved stays as it is.
pub(super) fn resolve(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(i) = rest.find('&') {
        let (before, from) = rest.split_at(i);
        out.push_str(before);
        let name = from.get(1..).unwrap_or_default();
        let end = name.bytes().take(12).position(|b| b == b';');
        match end.and_then(|e| reference(name.get(..e)?).map(|c| (c, e))) {
            Some((c, e)) => {
                out.push(c);
                rest = name.get(e + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = name;
            }
        }
    }
    out.push_str(rest);
}

/// A raw text with its references resolved.
pub(super) fn resolved(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    resolve(raw, &mut out);
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            meant(char::from_u32(code)?)
        }
    })
}

/// C1 controls stand where somebody took windows-1252 for Latin-1: the character that was meant.
pub(super) fn meant(c: char) -> char {
    match u8::try_from(u32::from(c)) {
        Ok(byte @ 0x80..=0x9f) => {
            let byte = [byte];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            text.chars().next().unwrap_or(c)
        }
        _ => c,
    }
}

/// Appends `text` as XML character data (or an attribute's value); what XML 1.0 does not allow (§2.2)
/// is left out.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars().map(meant) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Token, attributes, resolve};

    fn tokens(text: &str) -> Vec<Token<'_>> {
        Lexer::new(text).collect()
    }

    #[test]
    fn tags_text_and_what_nobody_closed() {
        assert_eq!(
            tokens("<a b='>'>x &lt; 1 < 2</a><!-- c --><br/>"),
            [
                Token::Start("a", " b='>'", false),
                Token::Text("x &lt; 1 "),
                Token::Text("< 2"),
                Token::End("a"),
                Token::Start("br", "", true),
            ]
        );
        assert_eq!(tokens("<![CDATA[x"), [Token::CData("x")]);
        assert_eq!(tokens("<a b=\"c"), [Token::Start("a", " b=\"c", false)]);
        assert_eq!(tokens("<!DOCTYPE a [<!ENTITY b 'c'>]><a>")[0], {
            Token::Doctype("<!DOCTYPE a [<!ENTITY b 'c'>]>")
        });
        assert_eq!(tokens("<!-- x"), [Token::Text(" x")]);
        assert_eq!(tokens("<"), [Token::Text("<")]);
    }

    #[test]
    fn attributes_in_every_spelling() {
        assert_eq!(
            attributes(" a=\"1\" b = '2' c=3 d a=9"),
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", "")]
        );
    }

    #[test]
    fn references_are_resolved_once() {
        let mut out = String::new();
        resolve("&amp;lt; &#65;&#x42; &nbsp; & &; &#146; &#xd800;", &mut out);
        assert_eq!(out, "&lt; AB &nbsp; & &; ’ &#xd800;");
    }
}
