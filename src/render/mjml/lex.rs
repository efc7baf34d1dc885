//! Tags, comments and texts of MJML, read as its authors' parser does: nothing is an error.

/// One piece of a document.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Anything between tags, never empty.
    Text(&'a str),
    /// What stands between `<!--` and `-->`.
    Comment(&'a str),
    /// An opening tag.
    Open {
        /// In lower case.
        name: String,
        /// As written; a value that is not there is empty.
        attributes: Vec<(&'a str, &'a str)>,
        /// Whether it ends in `/>`.
        closed: bool,
    },
    /// A closing tag, its name in lower case.
    Close(String),
    /// A declaration or an instruction.
    Other,
}

/// Where in a text the reading is.
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// In bytes.
    pub(super) at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn until(&mut self, end: &str) -> &'a str {
        let rest = self.rest();
        let found = rest.find(end);
        self.at += found.map_or(rest.len(), |n| n + end.len());
        &rest[..found.unwrap_or(rest.len())]
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let text = rest.match_indices('<').map(|(n, _)| n);
        let text = text.clone().find(|n| opens(&rest[*n..]));
        match text {
            None => {
                self.at = self.text.len();
                Some(Token::Text(rest))
            }
            Some(0) => Some(self.markup(rest)),
            Some(n) => {
                self.at += n;
                Some(Token::Text(&rest[..n]))
            }
        }
    }

    fn markup(&mut self, rest: &'a str) -> Token<'a> {
        if rest.starts_with("<!--") {
            self.at += 4;
            return Token::Comment(self.until("-->"));
        }
        if rest.starts_with("<![CDATA[") {
            self.at += 9;
            return match self.until("]]>") {
                "" => Token::Other,
                text => Token::Text(text),
            };
        }
        if rest.starts_with("</") {
            self.at += 2;
            let name = self.skip(|c| !c.is_whitespace() && c != '>');
            self.until(">");
            return Token::Close(name.to_lowercase());
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            self.until(">");
            return Token::Other;
        }
        self.at += 1;
        let name = self.skip(|c| !c.is_whitespace() && c != '>' && c != '/');
        let mut attributes = Vec::new();
        let closed = loop {
            self.skip(char::is_whitespace);
            match self.rest().chars().next() {
                None => break false,
                Some('>') => {
                    self.at += 1;
                    break false;
                }
                Some('/') => {
                    self.at += 1;
                    if self.rest().starts_with('>') {
                        self.at += 1;
                        break true;
                    }
                }
                Some(_) => attributes.push(self.attribute()),
            }
        };
        Token::Open {
            name: name.to_lowercase(),
            attributes,
            closed,
        }
    }

    fn attribute(&mut self) -> (&'a str, &'a str) {
        let start = self.at;
        // A name may begin with what would end it.
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        self.skip(|c| !c.is_whitespace() && !matches!(c, '=' | '>' | '/'));
        let name = &self.text[start..self.at];
        let after_name = self.at;
        self.skip(char::is_whitespace);
        if !self.rest().starts_with('=') {
            self.at = after_name;
            return (name, "");
        }
        self.at += 1;
        self.skip(char::is_whitespace);
        let value = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                self.until(if quote == '"' { "\"" } else { "'" })
            }
            _ => self.skip(|c| !c.is_whitespace() && c != '>'),
        };
        (name, value)
    }

    /// Reads on to the end of an element whose content is no mark-up, such as `style`; else of the text.
    pub(super) fn raw(&mut self, name: &str) {
        let rest = self.rest();
        self.at += end_of(rest, name).unwrap_or(rest.len());
        self.until(">");
    }

    /// Reads on to the end of an element whose content is not read, and gives the content; nothing
    /// where the end is missing. `ends` says which elements are such.
    pub(super) fn opaque(&mut self, name: &str, ends: impl Fn(&str) -> bool) -> Option<&'a str> {
        let start = self.at;
        let mut open = vec![name.to_owned()];
        loop {
            let before = self.at;
            match self.next()? {
                Token::Open { name, closed, .. } if ends(&name) => {
                    if !closed {
                        open.push(name);
                    }
                    // Far more than anybody means: as if it had no end.
                    if open.len() > 64 {
                        return None;
                    }
                }
                Token::Open {
                    name,
                    closed: false,
                    ..
                } if matches!(name.as_str(), "script" | "style" | "title") => {
                    let rest = self.rest();
                    let end = end_of(rest, &name)?;
                    self.at += end;
                }
                Token::Close(name) => {
                    if let Some(n) = open.iter().rposition(|o| *o == name) {
                        open.truncate(n);
                    }
                    if open.is_empty() {
                        return Some(&self.text[start..before]);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Where `</name` stands, whatever its case.
fn end_of(text: &str, name: &str) -> Option<usize> {
    let same = |at: usize| {
        let end = text.get(at + 2..at + 2 + name.len());
        end.is_some_and(|e| e.eq_ignore_ascii_case(name))
    };
    text.match_indices("</")
        .map(|(at, _)| at)
        .find(|at| same(*at))
}

/// Whether a text that starts with `<` starts a tag, a comment or a declaration.
fn opens(text: &str) -> bool {
    let mut after = text.chars().skip(1);
    match after.next() {
        Some('!' | '?') => true,
        Some('/') => after.next().is_some_and(|c| c.is_ascii_alphabetic()),
        c => c.is_some_and(|c| c.is_ascii_alphabetic()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Token};

    #[test]
    fn tags_are_read_as_browsers_read_them() {
        let mut lexer = Lexer::new("a < b<MJ-Text a=1 b='x>' c d = \"e\"/><!-- <p> --></p >");
        assert_eq!(lexer.next(), Some(Token::Text("a < b")));
        assert_eq!(
            lexer.next(),
            Some(Token::Open {
                name: "mj-text".to_owned(),
                attributes: vec![("a", "1"), ("b", "x>"), ("c", ""), ("d", "e")],
                closed: true,
            })
        );
        assert_eq!(lexer.next(), Some(Token::Comment(" <p> ")));
        assert_eq!(lexer.next(), Some(Token::Close("p".to_owned())));
        assert_eq!(lexer.next(), None);
    }

    #[test]
    fn content_that_is_not_read_ends_with_its_own_element() {
        let ends = |name: &str| name == "mj-text" || name == "mj-raw";
        let mut lexer = Lexer::new(
            "<p>a<br><mj-raw>x</mj-raw><!-- </mj-text> --><style></mj-text></style></mj-text>after",
        );
        assert_eq!(
            lexer.opaque("mj-text", ends),
            Some("<p>a<br><mj-raw>x</mj-raw><!-- </mj-text> --><style></mj-text></style>")
        );
        assert_eq!(lexer.next(), Some(Token::Text("after")));
        assert_eq!(Lexer::new("a</mj-column>").opaque("mj-text", ends), None);
    }
}
