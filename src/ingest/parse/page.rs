//! The text of a saved article page to an article: found by the shape of its lines, since such a
//! page carries its site's mast, its sponsors and its navigation along.

use super::clean::{self, BODY_CHARS, HEADLINE_CHARS};
use super::decode;
use super::entry::opening;
use super::{FEED_BYTES, ParseError};
use crate::domain::article::{ArticleText, CanonicalUrl, NewArticle};

/// A line of at least this many characters is a paragraph, not a title or a menu.
const PARAGRAPH_CHARS: usize = 90;
/// What a title may have at most.
const TITLE_CHARS: usize = 250;

/// Marks of page builders that are glued to the front of a line.
const MARKERS: &[&str] = &["NextImg:", "Image:", "Photo:", "Img:"];

/// Words that stand alone in a line of navigation.
const NAVIGATION: &[&str] = &[
    "advertisement",
    "back",
    "close",
    "comments",
    "home",
    "login",
    "menu",
    "next",
    "previous",
    "print",
    "read more",
    "search",
    "share",
    "sign in",
    "skip to content",
    "subscribe",
    "topic",
    "topics",
];

/// Reads the text of a page. The headline is the nearest title-like line before the first long
/// paragraph; the body is what follows it. The date on such a page is the day on which it was saved,
/// so no publication date is stated.
pub fn parse_page(bytes: &[u8], url: CanonicalUrl) -> Result<NewArticle, ParseError> {
    if bytes.len() > FEED_BYTES {
        return Err(ParseError::TooLarge { limit: FEED_BYTES });
    }
    let (text, _) = decode::decode(bytes, None);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let lines: Vec<Line> = text
        .lines()
        .map(Line::read)
        .filter(|l| !l.text.is_empty())
        .collect();
    let first = lines.iter().position(Line::is_paragraph);
    let first = first.ok_or(ParseError::NoArticle { missing: "body" })?;
    let before = lines.get(..first).unwrap_or_default();
    // A marker is the page's own word for where the piece starts; it wins over the nearest line.
    let title = before
        .iter()
        .rposition(|l| l.marked && l.is_title())
        .or_else(|| before.iter().rposition(Line::is_title))
        .ok_or(ParseError::NoArticle {
            missing: "headline",
        })?;
    let headline = before
        .get(title)
        .map(|l| l.text.clone())
        .unwrap_or_default();
    let above = before.get(..title).unwrap_or_default();
    let byline = above.iter().rev().take(3).find_map(Line::person);
    // What stands between the headline and the first long paragraph (a standfirst) belongs to it.
    let rest = lines.get(title + 1..).unwrap_or_default();
    let body: Vec<&str> = rest
        .iter()
        .filter(|l| !l.is_furniture())
        .map(|l| l.text.as_str())
        .collect();
    let body = clean::cut(&body.join("\n\n"), BODY_CHARS);
    Ok(NewArticle {
        entry_key: url.as_str().to_owned(),
        url,
        fragment: None,
        text: ArticleText {
            headline: clean::cut(&headline, HEADLINE_CHARS),
            summary: opening(&body),
            byline: byline.unwrap_or_default(),
            image: None,
            body: Some(body),
            categories: Vec::new(),
        },
        published: None,
        language: None,
        topics: Vec::new(),
        places: Vec::new(),
    })
}

/// A line of a page in plain text.
struct Line {
    text: String,
    marked: bool,
}

impl Line {
    fn read(raw: &str) -> Line {
        let text = clean::one_line(raw);
        let marker = MARKERS.iter().find_map(|m| text.strip_prefix(m));
        match marker {
            Some(rest) => Line {
                text: rest.trim().to_owned(),
                marked: true,
            },
            None => Line {
                text,
                marked: false,
            },
        }
    }

    fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// Navigation, sponsors' lines, separators and counters.
    fn is_furniture(&self) -> bool {
        let lower = self.text.to_lowercase();
        let word = lower.trim_matches(|c: char| !c.is_alphanumeric());
        ["sponsor:", "sponsored", "advertisement"]
            .iter()
            .any(|w| lower.starts_with(w))
            || NAVIGATION.contains(&word)
            || !self.text.chars().any(char::is_alphabetic)
    }

    fn is_paragraph(&self) -> bool {
        self.chars() >= PARAGRAPH_CHARS
            && !self.marked
            && !self.is_furniture()
            && self.text.contains(['.', '!', '?', '。', '।', '؟', '…'])
    }

    /// A headline: several words, or one marked as such, and no line of a mast.
    fn is_title(&self) -> bool {
        let words = self
            .text
            .split(' ')
            .filter(|w| w.chars().any(char::is_alphabetic))
            .count();
        let has_spaces = self.text.is_ascii() || self.text.contains(' ');
        self.chars() <= TITLE_CHARS
            && !self.is_furniture()
            && !self.text.contains('|')
            && !self.text.contains('@')
            && (self.marked || words >= 3 || (!has_spaces && self.chars() >= 6))
            && self.person().is_none()
    }

    /// A line that is only a person's name, with or without `By`.
    fn person(&self) -> Option<String> {
        let name = self
            .text
            .strip_prefix("By ")
            .or_else(|| self.text.strip_prefix("by "));
        let by = name.is_some();
        let name = name.unwrap_or(&self.text).trim();
        let words: Vec<&str> = name.split(' ').collect();
        let capital = |w: &&str| w.chars().next().is_some_and(char::is_uppercase);
        let lower = |w: &&str| w.chars().skip(1).any(char::is_lowercase) || w.ends_with('.');
        let namely = |w: &&str| {
            w.chars()
                .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’' | ','))
        };
        let particles = [
            "de", "van", "von", "der", "den", "la", "al", "bin", "da", "di", "and",
        ];
        let fits = (2..=if by { 10 } else { 4 }).contains(&words.len())
            && words.iter().all(namely)
            && words
                .iter()
                .all(|w| particles.contains(w) || (capital(w) && lower(w)))
            && !self.is_furniture()
            && !self.marked;
        fits.then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::parse_page;
    use crate::domain::article::CanonicalUrl;
    use crate::ingest::parse::ParseError;

    fn url() -> CanonicalUrl {
        CanonicalUrl::parse("https://n.example/page", None).expect("valid")
    }

    const LONG: &str = "The ferry will stop for three weeks, the harbour said, and nobody on the \
                        island was asked about it beforehand.";

    #[test]
    fn the_piece_is_found_between_mast_and_menu() {
        let page = format!(
            "THE DAILY HARBOUR\nMay 3, 2024 \u{a0}|\u{a0}\n0\n| Quay,XX\nSponsor:\u{a0} ACME\u{a0}\n\
             Sponsor: ACME: {LONG}\nback\u{a0}\ntopic\nAnna van Berg\n\n\n\
             NextImg:It’s final: The ferry stops: a report\n\n{LONG}\n\nA heading\n\n\
             Short.\u{a0}Line.\n\nSponsor: ACME\n\n• Anna van Berg can be reached at a@n.example."
        );
        let article = parse_page(page.as_bytes(), url()).expect("an article");
        assert_eq!(
            article.text.headline,
            "It’s final: The ferry stops: a report"
        );
        assert_eq!(article.text.byline, "Anna van Berg");
        assert_eq!(article.published, None);
        let body = article.text.body.unwrap_or_default();
        assert!(body.starts_with("The ferry will stop"), "{body}");
        assert!(
            body.contains("\n\nA heading\n\nShort. Line.\n\n•"),
            "{body}"
        );
        assert!(!body.contains("ACME"), "{body}");
    }

    #[test]
    fn a_plain_page_without_marks_and_what_is_no_page() {
        let page = format!("Menu\nFerry stops for three weeks\nBy Anna Berg\n\n{LONG}");
        let article = parse_page(page.as_bytes(), url()).expect("an article");
        assert_eq!(article.text.headline, "Ferry stops for three weeks");
        let missing = |text: &str| parse_page(text.as_bytes(), url()).err();
        assert_eq!(
            missing(LONG),
            Some(ParseError::NoArticle {
                missing: "headline"
            })
        );
        assert_eq!(
            missing("a\nb"),
            Some(ParseError::NoArticle { missing: "body" })
        );
        assert_eq!(missing(" \n"), Some(ParseError::Empty));
    }
}
