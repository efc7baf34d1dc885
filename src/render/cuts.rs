//! Where a compiled template can be cut: before the loop over its blocks, around one block, after it.

use super::error::RenderError;
use super::splice::BLOCK;
use super::wrap::tidy;

/// A template as what stands before its blocks, one block, and what stands after them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cuts<'a> {
    pub(super) head: &'a str,
    pub(super) block: &'a str,
    pub(super) tail: &'a str,
}

/// What begins the loop over a letter's blocks, without blanks.
const LOOP: &str = "for block in blocks";

impl<'a> Cuts<'a> {
    /// Cuts a template at its one loop `{% for block in blocks %}`.
    ///
    /// # Errors
    /// [`RenderError::Loop`] where there is none, or more than one.
    pub(super) fn of(source: &'a str, template: &'static str) -> Result<Cuts<'a>, RenderError> {
        let mut found = 0;
        let mut depth = 0_usize;
        let (mut open, mut close) = (None, None);
        for (start, end, words) in tags(source) {
            let is_loop = words.starts_with("for ");
            if words == LOOP {
                found += 1;
                open = open.or(Some((start, end)));
                depth = if found == 1 { 1 } else { depth + 1 };
            } else if open.is_some() && close.is_none() {
                if is_loop {
                    depth += 1;
                } else if words == "endfor" {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        close = Some((start, end));
                    }
                }
            }
        }
        match (open, close, found) {
            (Some(open), Some(close), 1) => Ok(Cuts {
                head: before(&source[..open.0]),
                block: before(after(&source[open.1..close.0])),
                tail: after(&source[close.1..]),
            }),
            (_, None, 1) => Err(RenderError::Loop { template, found: 0 }),
            _ => Err(RenderError::Loop { template, found }),
        }
    }

    /// The template in one piece, with a mark where each block and the end begin.
    pub(super) fn whole(&self, mark: char) -> String {
        let Cuts { head, block, tail } = self;
        format!("{head}{{% {LOOP} %}}{mark}{block}{{% endfor %}}{mark}{tail}")
    }
}

/// Tags of the template language: where they start and end, and their words with single blanks.
fn tags(source: &str) -> impl Iterator<Item = (usize, usize, String)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + source[at..].find("{%")?;
        let end = start + source[start..].find("%}")? + 2;
        at = end;
        let inner = source[start + 2..end - 2].trim_matches(['-', '+']);
        let words = inner.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((start, end, words))
    })
}

/// The engine drops blanks before a tag that begins its line, and the line end after a tag.
fn before(text: &str) -> &str {
    let trimmed = text.trim_end_matches([' ', '\t']);
    match trimmed.is_empty() || trimmed.ends_with('\n') {
        true => trimmed,
        false => text,
    }
}

fn after(text: &str) -> &str {
    let rest = text.strip_prefix("\r\n").or(text.strip_prefix('\n'));
    let rest = rest.unwrap_or(text);
    let trimmed = rest.trim_start_matches([' ', '\t']);
    match trimmed.starts_with("{%") || trimmed.starts_with("{#") {
        true => trimmed,
        false => rest,
    }
}

/// HTML that ends its last line.
pub(super) fn closed(mut html: String) -> String {
    if !html.ends_with('\n') {
        html.push('\n');
    }
    html
}

/// A plain text that was rendered whole, each of its pieces made tidy by itself.
pub(super) fn tidied(text: &str) -> String {
    let pieces: Vec<&str> = text.split(BLOCK).collect();
    let last = pieces.len() - 1;
    let mut out = String::with_capacity(text.len());
    for (n, piece) in pieces.iter().enumerate() {
        if n > 0 {
            out.push(BLOCK);
        }
        out.push_str(&tidied_piece(piece, n == last));
    }
    out
}

/// A piece of a plain text: no blanks at line ends, at most one empty line in a row, none before it,
/// and one after it unless it is the last. A piece without text is none.
pub(super) fn tidied_piece(text: &str, last: bool) -> String {
    let mut piece = tidy(text);
    if piece == "\n" {
        piece.clear();
    } else if !last {
        piece.push('\n');
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::{Cuts, tidied};
    use crate::render::RenderError;

    #[test]
    fn a_template_is_cut_at_its_one_loop() {
        let source = "a\n  {% for block in blocks %}\n  {% for x in y %}{{ x }}{% endfor %}\n  {%  endfor -%}\nz";
        let cuts = Cuts::of(source, "letter.txt");
        let expected = Cuts {
            head: "a\n",
            block: "{% for x in y %}{{ x }}{% endfor %}\n",
            tail: "z",
        };
        assert_eq!(cuts, Ok(expected));
        for (source, count) in [
            ("{% for b in blocks %}{% endfor %}", 0),
            ("{% for block in blocks %}", 0),
            (
                "{% for block in blocks %}{% endfor %}{% for block in blocks %}{% endfor %}",
                2,
            ),
        ] {
            let refused = Cuts::of(source, "letter.txt");
            assert!(
                matches!(refused, Err(RenderError::Loop { found, .. }) if found == count),
                "{source}: {refused:?}"
            );
        }
    }

    #[test]
    fn pieces_of_a_text_are_tidy_by_themselves() {
        let text = "\na \n\n\nb\u{e00f}\n \u{e00f}c\u{e00f}\nd\n\n";
        let tidy = "a\n\nb\n\n\u{e00f}\u{e00f}c\n\n\u{e00f}d\n";
        assert_eq!(tidied(text), tidy);
    }
}
