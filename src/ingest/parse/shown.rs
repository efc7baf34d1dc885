//! What a picture shows, where Media RSS says it inside `media:content`: the description, else the
//! title.

use super::clean;
use super::dialect::Family;
use super::lex::{Token, resolve};
use super::walk::local;

/// Beyond so many octets no more of a text is read.
const TEXT_BYTES: usize = 8 << 10;

/// What is said inside one medium; empty if nothing is.
pub(super) fn shown(tokens: &[(Token<'_>, Family)]) -> String {
    let (mut description, mut title) = (String::new(), String::new());
    let mut open = None;
    for (token, family) in tokens {
        match token {
            Token::Start(name, _, false) if *family == Family::Media => {
                open = match local(name).to_ascii_lowercase().as_str() {
                    "description" => Some(true),
                    "title" => Some(false),
                    _ => None,
                };
            }
            Token::End(_) if *family == Family::Media => open = None,
            _ => {}
        }
        let out = match open {
            Some(true) => &mut description,
            Some(false) => &mut title,
            None => continue,
        };
        match token {
            Token::Text(text) if out.len() < TEXT_BYTES => resolve(text, out),
            Token::CData(text) if out.len() < TEXT_BYTES => out.push_str(text),
            _ => {}
        }
    }
    // Mark-up in it is cleaned once, with the picture.
    let said = [description, title].map(|text| clean::one_line(&text));
    said.into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
