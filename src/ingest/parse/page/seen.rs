//! The lines of a cleaned document, as a reader sees them one below the other.

use super::elements::breaks;
use super::lines::{Kind, Line};
use crate::ingest::parse::lex::{Lexer, Token, resolve};

/// The lines of a document that was cleaned, or of a part of it, by its elements that break lines.
pub(super) fn lines(html: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut line, mut kind) = (String::new(), Kind::Plain);
    let end = |line: &mut String, kind: Kind, lines: &mut Vec<Line>| {
        let made = Line::new(&line.replace("&nbsp;", " "), kind);
        if !made.text.is_empty() {
            lines.push(made);
        }
        line.clear();
    };
    // The head is nothing that is read.
    let from = html.find("<body").unwrap_or(0);
    for token in Lexer::new(html.get(from..).unwrap_or_default()) {
        match token {
            Token::Text(text) | Token::CData(text) => resolve(&text.replace('\n', " "), &mut line),
            Token::Start(name, ..) | Token::End(name) => {
                let starts = matches!(token, Token::Start(..));
                if name == "br" || breaks(name) {
                    end(&mut line, kind, &mut lines);
                    kind = match name {
                        "h1" if starts => Kind::Title,
                        "h2" | "h3" | "h4" | "h5" | "h6" if starts => Kind::Heading,
                        "br" => kind,
                        _ => Kind::Plain,
                    };
                }
            }
            Token::Doctype(_) => {}
        }
    }
    end(&mut line, kind, &mut lines);
    lines
}
