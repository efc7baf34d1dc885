//! A server's reply as plain data: code, enhanced code and words, safe to store and to print.

use std::fmt;

/// The longest text of a reply that is kept, in characters.
pub const MAX_TEXT: usize = 512;

/// A complete reply of a server (RFC 5321 §4.2), safe to store and to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The enhanced status code `x.y.z` (RFC 3463), if there is one and it agrees with the code.
    pub enhanced: Option<String>,
    /// What the server said behind the codes, several lines joined by blanks: at most
    /// [`MAX_TEXT`] characters, without control characters.
    pub text: String,
}

impl Reply {
    /// Splits `text` (what follows the three digits) and cleans it.
    pub fn new(code: u16, text: &str) -> Reply {
        let text = clean(text);
        let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
        if is_enhanced(first, code) {
            Reply {
                code,
                enhanced: Some(first.to_owned()),
                text: rest.trim_start().to_owned(),
            }
        } else {
            Reply {
                code,
                enhanced: None,
                text,
            }
        }
    }

    /// The enhanced code, if any, and the text: what a verdict keeps beside the code.
    pub fn words(&self) -> String {
        match &self.enhanced {
            Some(enhanced) if self.text.is_empty() => enhanced.clone(),
            Some(enhanced) => format!("{enhanced} {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words();
        let blank = if words.is_empty() { "" } else { " " };
        write!(f, "{}{blank}{words}", self.code)
    }
}

/// Makes words from outside safe for a row and a terminal: no control characters, none that turn
/// the direction of writing, at most [`MAX_TEXT`] characters.
pub fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let blank = |c: char| {
        if matches!(c, '\t' | '\n' | '\r') {
            ' '
        } else {
            c
        }
    };
    let kept = text
        .trim()
        .chars()
        .map(blank)
        .filter(|c| !c.is_control() && !turns(*c));
    kept.take(MAX_TEXT).collect()
}

/// RFC 2034 §4: the class agrees with the reply code; RFC 3463 §2: one to three digits each.
fn is_enhanced(word: &str, code: u16) -> bool {
    let mut parts = word.split('.');
    let class = parts.next().and_then(|class| class.parse::<u16>().ok());
    let number =
        |part: &str| matches!(part.len(), 1..=3) && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = parts.next().is_some_and(number) && parts.next().is_some_and(number);
    matches!(code / 100, 2 | 4 | 5)
        && class == Some(code / 100)
        && numbers
        && parts.next().is_none()
}
