//! Tags of HTML and MJML with their places: a reader that never fails, for looking things up.

use crate::render::mjml::length_of;

/// One piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag; `closed` ends in `/>`.
    Start {
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        at: usize,
        closed: bool,
    },
    /// An end tag.
    End { name: &'a str, at: usize },
    /// Characters, references not resolved. The content of `<style>` comes as one.
    Text { text: &'a str, at: usize },
}

/// Elements whose content is no mark-up.
const RAW: &[&str] = &["style", "script", "mj-style"];
/// Pieces of a document that are looked at.
const MOST: usize = 200_000;

/// The tokens of a document. Comments, with what is inside them, are left out.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < source.len() && out.len() < MOST {
        let rest = &source[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            // `<!-->` is a whole comment, as in `<!--[if !mso]><!-->`.
            let end = match comment.starts_with('>') {
                true => Some(1),
                false => comment.find("-->").map(|n| n + 3),
            };
            at = end.map_or(source.len(), |n| at + 4 + n);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            at = rest.find('>').map_or(source.len(), |n| at + n + 1);
        } else if let Some((token, length)) = tag(rest, at) {
            let raw = match &token {
                Token::Start { name, closed, .. } if !closed => {
                    RAW.iter().find(|r| name.eq_ignore_ascii_case(r))
                }
                _ => None,
            };
            out.push(token);
            at += length;
            if let Some(raw) = raw {
                let end = find_end(&source[at..], raw);
                out.push(Token::Text {
                    text: &source[at..at + end],
                    at,
                });
                at += end;
            }
        } else {
            let next = rest.char_indices().skip(1).find(|(_, c)| *c == '<');
            let end = next.map_or(rest.len(), |(n, _)| n);
            out.push(Token::Text {
                text: &rest[..end],
                at,
            });
            at += end;
        }
    }
    out
}

fn find_end(rest: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(found) = rest[from..].find("</") {
        let at = from + found;
        let tail = rest.as_bytes().get(at + 2..at + 2 + name.len());
        if tail.is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes())) {
            return at;
        }
        from = at + 2;
    }
    rest.len()
}

/// A tag at the start of `rest`, and its length.
fn tag(rest: &str, at: usize) -> Option<(Token<'_>, usize)> {
    let inner = rest.strip_prefix('<')?;
    let (inner, end) = match inner.strip_prefix('/') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let stop = |c: char| c.is_ascii_whitespace() || c == '>' || c == '/';
    let name = &inner[..inner.find(stop).unwrap_or(inner.len())];
    let mut scan = Attributes {
        rest: &inner[name.len()..],
    };
    let attributes: Vec<(&str, &str)> = scan.by_ref().collect();
    let closed = scan.rest.starts_with('/');
    let left = scan.rest.trim_start_matches('/');
    let left = left.strip_prefix('>').unwrap_or(left);
    let length = rest.len() - left.len();
    let token = match end {
        true => Token::End { name, at },
        false => Token::Start {
            name,
            attributes,
            at,
            closed,
        },
    };
    Some((token, length))
}

struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        self.rest = self.rest.trim_start();
        // A slash inside a tag that does not end it is nothing.
        while self.rest.starts_with('/') && !self.rest[1..].trim_start().starts_with('>') {
            self.rest = self.rest[1..].trim_start();
        }
        if self.rest.is_empty() || self.rest.starts_with(['>', '/']) {
            return None;
        }
        let stop = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        let first = self.rest.chars().next().map_or(1, char::len_utf8);
        let name = self.rest[first..]
            .find(stop)
            .map_or(self.rest.len(), |n| n + first);
        let (name, tail) = self.rest.split_at(name);
        let Some(value) = tail.trim_start().strip_prefix('=') else {
            self.rest = tail;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, tail) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => {
                let stop = |c: char| c.is_ascii_whitespace() || c == '>';
                value.split_at(value.find(stop).unwrap_or(value.len()))
            }
        };
        self.rest = tail;
        Some((name, value))
    }
}

/// The value of an attribute, its name in any case.
pub(super) fn attribute<'a>(attributes: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    let found = attributes
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map(|(_, value)| *value)
}

/// What a printed value is blotted out with.
pub(super) const BLOT: char = '\u{1}';

/// A template with its expressions blotted out, every octet where it was: what is left is mark-up.
pub(super) fn blotted(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        out.push_str(before);
        let close = match tail.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                out.push('{');
                rest = &tail[1..];
                continue;
            }
        };
        let end = closing(tail, close);
        // A value stays one, a statement becomes nothing.
        let sign = if close == "}}" { BLOT } else { ' ' };
        out.extend(
            tail[..end]
                .bytes()
                .map(|b| if b == b'\n' { '\n' } else { sign }),
        );
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

/// Where an expression ends; one that is never closed goes to the end.
fn closing(tail: &str, close: &str) -> usize {
    length_of(tail, close).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Token, attribute, blotted, tokens};

    #[test]
    fn tags_are_read_as_they_are_written() {
        let source = "<!doctype html><!--[if mso]><b><![endif]--><!--[if !mso]><!--><A Href='x>y' b=c/d e>t</a><img src=\"s\" /><style>a > b {}</style><!--";
        let read = tokens(source);
        let Token::Start {
            name, attributes, ..
        } = &read[0]
        else {
            panic!("{read:?}")
        };
        assert_eq!(*name, "A");
        assert_eq!(attributes, &[("Href", "x>y"), ("b", "c/d"), ("e", "")]);
        assert_eq!(attribute(attributes, "href"), Some("x>y"));
        assert!(matches!(
            &read[3],
            Token::Start {
                name: "img",
                closed: true,
                ..
            }
        ));
        assert!(matches!(
            &read[5],
            Token::Text {
                text: "a > b {}",
                ..
            }
        ));
        assert_eq!(read.len(), 7);
    }

    #[test]
    fn expressions_are_blotted_out_where_they_stand() {
        let source = "<a href=\"{{ x | default(\"}}\") }}\">{% if\n n < 3 %}ä{# < #}{";
        let blotted = blotted(source);
        assert_eq!(blotted.len(), source.len());
        assert_eq!(
            blotted,
            format!(
                "<a href=\"{}\">{}\n{}ä{}{{",
                "\u{1}".repeat(23),
                " ".repeat(5),
                " ".repeat(9),
                " ".repeat(7)
            )
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-z<>\"'{}%#=/ \\\\é\n!-]{0,80}") {
            tokens(&text);
            prop_assert_eq!(blotted(&text).chars().filter(|c| *c == '\n').count(), text.matches('\n').count());
        }
    }
}
