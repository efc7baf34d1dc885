//! What a document is, by its first element: a feed, a web page that may name its feed, or neither.

use super::lex::{Lexer, Token, attributes};
use super::walk::local;
use super::{ParseError, clean};

/// How many tokens of a web page, or of a server's complaint in HTML, may come before the feed.
const WRAPPING: usize = 64;

/// The first element, past whatever stands before it.
pub(super) fn root<'a>(
    tokens: &mut Lexer<'a>,
    text: &'a str,
) -> Result<(&'a str, &'a str, bool), ParseError> {
    const FEEDS: &[&str] = &["rss", "rdf", "feed"];
    const PAGES: &[&str] = &[
        "html", "head", "body", "div", "p", "script", "meta", "title", "br", "b", "font", "pre",
        "table", "center", "span", "i", "strong", "a", "h1", "h2", "style",
    ];
    let is_one = |name: &str, of: &[&str]| of.iter().any(|w| local(name).eq_ignore_ascii_case(w));
    while let Some(token) = tokens.next() {
        match token {
            Token::Doctype(declaration) if declaration.contains('[') => {
                return Err(ParseError::Doctype);
            }
            Token::Start(name, ..) if is_one(name, PAGES) => {
                let wrapped = tokens.take(WRAPPING).find_map(|token| match token {
                    Token::Start(name, raw, empty) if is_one(name, FEEDS) => {
                        Some((name, raw, empty))
                    }
                    _ => None,
                });
                return wrapped.ok_or_else(|| html(text));
            }
            Token::Start(name, raw, empty) => return Ok((name, raw, empty)),
            _ => {}
        }
    }
    let starts = clean::one_line(&text.chars().take(40).collect::<String>());
    Err(ParseError::Unknown { starts })
}

/// A web page, with the feed that it names.
fn html(text: &str) -> ParseError {
    let feed = Lexer::new(text).take(2_000).find_map(|token| {
        let Token::Start(name, raw, _) = token else {
            return None;
        };
        let found = attributes(raw);
        let get = |name: &str| {
            found
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| *v)
        };
        let kind = get("type")?.to_ascii_lowercase();
        let feed = name.eq_ignore_ascii_case("link")
            && ["rss+xml", "atom+xml", "feed+json"]
                .iter()
                .any(|k| kind.contains(k));
        feed.then(|| get("href").map(|h| h.chars().take(300).collect()))
            .flatten()
    });
    ParseError::Html { feed }
}
