//! Expressions are taken out of a layout before MJML is rendered, and put back after.
//!
//! MJML sees opaque words in their place, so that `<`, quotes and conditional attributes in an
//! expression do it no harm, and it does none to them: it prints attribute values through a
//! programmer's quoting, which corrupts text beyond ASCII, and drops what it computes with.

use super::error::RenderError;

/// A layout without expressions, and what stands for what.
pub(super) struct Protected {
    /// The layout that MJML may see.
    pub(super) source: String,
    mark: String,
    taken: Vec<Taken>,
}

struct Taken {
    text: String,
    line: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    Text,
    Tag,
    Quoted(char),
}

struct Scan<'a> {
    rest: &'a str,
    source: &'a str,
    out: Protected,
    at: At,
}

/// Takes the expressions of the template language (`{{ }}`, `{% %}`; comments `{# #}` are dropped)
/// out of a layout, and whatever MJML would misprint out of its attribute values.
pub(super) fn protect(source: &str) -> Result<Protected, RenderError> {
    // A mark that the layout itself does not contain.
    let mark = ('A'..='Z')
        .map(|c| format!("z{c}z"))
        .find(|m| !source.contains(m.as_str()));
    let mut scan = Scan {
        rest: source,
        source,
        out: Protected {
            source: String::with_capacity(source.len()),
            mark: mark.unwrap_or_else(|| format!("z{}z", "Z".repeat(64))),
            taken: Vec::new(),
        },
        at: At::Text,
    };
    while !scan.rest.is_empty() {
        scan.step()?;
    }
    Ok(scan.out)
}

impl<'a> Scan<'a> {
    fn step(&mut self) -> Result<(), RenderError> {
        for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}")] {
            if self.rest.starts_with(open) {
                let text = self.expression(open, close)?;
                if open != "{#" {
                    self.take(text);
                }
                return Ok(());
            }
        }
        if self.at == At::Text && self.rest.starts_with("<!--") {
            let end = self.rest.find("-->").ok_or_else(|| self.unclosed())?;
            let comment = self.advance(end + 3);
            self.out.source.push_str(comment);
            return Ok(());
        }
        let Some(c) = self.rest.chars().next() else {
            return Ok(());
        };
        match (self.at, c) {
            (At::Text, '<') => self.at = At::Tag,
            (At::Tag, '>') => self.at = At::Text,
            (At::Tag, '"' | '\'') => self.at = At::Quoted(c),
            (At::Quoted(quote), _) if c == quote => self.at = At::Tag,
            (At::Quoted(_), _) if misprinted(c) => {
                let run = self
                    .rest
                    .find(|c| !misprinted(c))
                    .unwrap_or(self.rest.len());
                let text = self.advance(run);
                self.take(text);
                return Ok(());
            }
            _ => {}
        }
        let text = self.advance(c.len_utf8());
        self.out.source.push_str(text);
        Ok(())
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (text, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        text
    }

    /// From `open` to the `close` that is not inside a quoted text.
    fn expression(&mut self, open: &str, close: &str) -> Result<&'a str, RenderError> {
        let mut quote = None;
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(open.len()) {
            match quote {
                Some(_) if escaped => escaped = false,
                Some(_) if c == '\\' => escaped = true,
                Some(q) if c == q => quote = None,
                Some(_) => {}
                None if open != "{#" && (c == '"' || c == '\'') => quote = Some(c),
                None if self.rest[at..].starts_with(close) => {
                    return Ok(self.advance(at + close.len()));
                }
                None => {}
            }
        }
        Err(self.unclosed())
    }

    fn take(&mut self, text: &str) {
        let token = format!("{}{}{}", self.out.mark, self.out.taken.len(), self.out.mark);
        let line = self.line();
        self.out.taken.push(Taken {
            text: text.to_owned(),
            line,
        });
        // Between attributes a token must be a word of its own.
        if self.at == At::Tag {
            self.out.source.push(' ');
            self.out.source.push_str(&token);
            self.out.source.push(' ');
        } else {
            self.out.source.push_str(&token);
        }
    }

    fn line(&self) -> usize {
        let done = self.source.len() - self.rest.len();
        1 + self.source[..done].matches('\n').count()
    }

    fn unclosed(&self) -> RenderError {
        let opening = self.rest.lines().next().unwrap_or_default();
        RenderError::Unclosed {
            opening: opening.chars().take(60).collect(),
            line: self.line(),
        }
    }
}

/// What a programmer's quoting of a text would change.
fn misprinted(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_control() || c == '\\'
}

impl Protected {
    /// Puts everything back into what MJML made of the layout. What is missing there was in a place
    /// that MJML computes with: an error that names it.
    pub(super) fn restore(&self, html: &str) -> Result<String, RenderError> {
        let mut out = String::with_capacity(html.len() + html.len() / 2);
        let mut seen = vec![false; self.taken.len()];
        let mut rest = html;
        while let Some((before, after)) = rest.split_once(&self.mark) {
            out.push_str(before);
            let number = after.split_once(&self.mark).and_then(|(n, tail)| {
                let n: usize = n.parse().ok()?;
                Some((n, self.taken.get(n)?, tail))
            });
            match number {
                Some((n, taken, tail)) => {
                    out.push_str(&taken.text);
                    seen[n] = true;
                    rest = tail;
                }
                None => rest = after,
            }
        }
        out.push_str(rest);
        match seen.iter().position(|s| !s) {
            None => Ok(out),
            Some(lost) => Err(RenderError::ExpressionLost {
                expression: self.taken[lost].text.chars().take(60).collect(),
                line: self.taken[lost].line,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::protect;
    use crate::render::RenderError;

    fn round_trip(source: &str) -> String {
        let protected = protect(source).expect("closed");
        protected.restore(&protected.source).expect("nothing lost")
    }

    #[test]
    fn expressions_leave_and_come_back() {
        let source = "<a href=\"{{ x | default(\"}}\") }}\">{% if n < 3 %}y{% endif %}</a>";
        let protected = protect(source).expect("closed");
        assert!(
            !protected.source.contains(['{', '%', '|']),
            "{}",
            protected.source
        );
        assert_eq!(protected.restore(&protected.source).as_deref(), Ok(source));
        assert_eq!(round_trip("a{# gone \" #}b"), "ab");
        assert_eq!(
            round_trip("<p {% if x %}class=\"k\"{% endif %}>"),
            "<p  {% if x %} class=\"k\" {% endif %} >"
        );
    }

    #[test]
    fn attribute_text_beyond_ascii_is_hidden_from_mjml() {
        let protected = protect("<img alt=\"हिन्दी \\ x\" />ä").expect("closed");
        let tag = protected.source.strip_suffix('ä').expect("text stays");
        assert!(tag.is_ascii() && !tag.contains('\\'), "{tag}");
    }

    #[test]
    fn a_lost_expression_is_named_with_its_line() {
        let protected = protect("\n<mj-column width=\"{{ w }}\">").expect("closed");
        assert_eq!(
            protected.restore("<div>").expect_err("lost"),
            RenderError::ExpressionLost {
                expression: "{{ w }}".to_owned(),
                line: 2
            }
        );
    }

    #[test]
    fn what_is_never_closed_is_an_error() {
        for bad in ["{{ x", "{% if \"%}", "{#", "<!-- "] {
            assert!(
                matches!(protect(bad), Err(RenderError::Unclosed { line: 1, .. })),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_texts_come_back(text in "[a-z<>\"'{}%# \\\\é\n!-]{0,60}") {
            if let Ok(protected) = protect(&text) {
                let _ = protected.restore(&protected.source);
            }
        }
    }
}
