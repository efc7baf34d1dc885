//! Expressions of the template language are taken out before anything reads a document.

use std::sync::Arc;

use super::error::{Fault, MjmlError, Place};
use super::vault::{Kind, Vault};

/// A file that may be read: expressions are words, and what that did to its lines.
pub(super) struct Source {
    pub(super) file: Arc<str>,
    pub(super) text: String,
    /// Where an expression was taken out, how many lines are gone until there, and by how many octets
    /// the file is ahead.
    folded: Vec<(usize, usize, isize)>,
    /// Where lines start.
    starts: Vec<usize>,
}

impl Source {
    /// A file without expressions, or one whose braces are text.
    pub(super) fn plain(file: Arc<str>, text: &str) -> Source {
        Source::new(file, text.to_owned(), Vec::new())
    }

    fn new(file: Arc<str>, text: String, folded: Vec<(usize, usize, isize)>) -> Source {
        let starts = text.match_indices('\n').map(|(n, _)| n + 1).collect();
        Source {
            file,
            text,
            folded,
            starts,
        }
    }

    /// The place of a byte.
    pub(super) fn place(&self, at: usize) -> Place {
        let line = 1 + self.starts.partition_point(|s| *s <= at);
        let folded = self.folded.partition_point(|(from, ..)| *from <= at);
        let folded = folded.checked_sub(1).map(|n| self.folded[n]);
        let (_, lines, ahead) = folded.unwrap_or_default();
        Place {
            file: self.file.clone(),
            line: line + lines,
            at: at.saturating_add_signed(ahead),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    Text,
    Tag,
    Quoted(char),
}

/// Takes `{{ }}` and `{% %}` out of a file; comments `{# #}` are dropped.
pub(super) fn take(file: Arc<str>, text: &str, vault: &mut Vault) -> Result<Source, MjmlError> {
    let mut out = String::with_capacity(text.len());
    let mut folded: Vec<(usize, usize, isize)> = Vec::new();
    let mut at = At::Text;
    let (mut done, mut line, mut lost) = (0, 1, 0);
    while let Some(c) = text[done..].chars().next() {
        let rest = &text[done..];
        let opening = rest.get(..2).and_then(close_of);
        if let Some(close) = opening {
            let place = Place {
                file: file.clone(),
                line,
                at: done,
            };
            let length = length_of(rest, close).ok_or_else(|| MjmlError {
                place: place.clone(),
                fault: Fault::Unclosed {
                    name: rest
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .chars()
                        .take(60)
                        .collect(),
                },
            })?;
            let expression = &rest[..length];
            if close != "#}" {
                let word = vault.take(expression, Kind::Expression(place));
                // Between attributes a word must stand by itself.
                let space = if at == At::Tag { " " } else { "" };
                out.extend([space, &word, space]);
            }
            let lines = expression.matches('\n').count();
            line += lines;
            lost += lines;
            done += length;
            // No file is so large that this is not exact.
            let ahead =
                isize::try_from(done).unwrap_or(0) - isize::try_from(out.len()).unwrap_or(0);
            folded.push((out.len(), lost, ahead));
            continue;
        }
        at = match (at, c) {
            (At::Text, '<') if starts_tag(rest) => At::Tag,
            (At::Tag, '>') => At::Text,
            (At::Tag, '"' | '\'') => At::Quoted(c),
            (At::Quoted(quote), _) if c == quote => At::Tag,
            (same, _) => same,
        };
        line += usize::from(c == '\n');
        out.push(c);
        done += c.len_utf8();
    }
    Ok(Source::new(file, out, folded))
}

fn starts_tag(text: &str) -> bool {
    let next = text.chars().nth(1);
    next.is_some_and(|c| c.is_ascii_alphabetic() || c == '/')
}

fn close_of(open: &str) -> Option<&'static str> {
    match open {
        "{{" => Some("}}"),
        "{%" => Some("%}"),
        "{#" => Some("#}"),
        _ => None,
    }
}

/// From the opening to the close that is not inside a quoted text.
pub(in crate::render) fn length_of(text: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if close != "#}" && (c == '"' || c == '\'') => quote = Some(c),
            None if text[at..].starts_with(close) => return Some(at + close.len()),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Vault, take};

    fn taken(text: &str) -> Option<(String, usize)> {
        let mut vault = Vault::new(text);
        let source = take("f".into(), text, &mut vault).ok()?;
        let last = source.place(source.text.len()).line;
        let place = source.place(0);
        let back = vault.expressions(&source.text, &place, &mut |_, text| text.to_owned());
        let back = back.ok()?;
        Some((back, last))
    }

    #[test]
    fn expressions_leave_and_come_back_and_lines_stay() {
        let text = "<a href=\"{{ x | default(\"}}\") }}\">{% if n < 3 %}\ny{% endif\n %}</a>\n";
        assert_eq!(taken(text), Some((text.to_owned(), 4)));
        assert_eq!(taken("a{# gone \" \n#}b"), Some(("ab".to_owned(), 2)));
        let spaced = "<p {% if x %}class=\"k\"{% endif %}>";
        let expected = "<p  {% if x %} class=\"k\" {% endif %} >";
        assert_eq!(taken(spaced), Some((expected.to_owned(), 1)));
        assert_eq!(taken("{{ x"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-z<>\"'{}%# \\\\é\n!-]{0,60}") {
            let _ = taken(&text);
        }
    }
}
