//! What a line of a page looks like: a paragraph, a title, a heading, a person's name, a place.

use super::super::clean;

/// A line of at least this many characters is a paragraph, not a title or a menu.
const PARAGRAPH_CHARS: usize = 90;
/// The same where nothing stands between words.
const DENSE_PARAGRAPH_CHARS: usize = 40;
/// What a title may have at most.
const TITLE_CHARS: usize = 250;
/// What a heading inside a text may have at most, in characters and words.
const HEADING: (usize, usize) = (80, 12);
/// What a contact line may have at most.
const CONTACT_CHARS: usize = 250;
/// Marks at which sentences end, in the scripts that we know of.
const ENDS: &[char] = &[
    '.', '!', '?', '…', ':', ';', ',', '。', '！', '？', '।', '؟', '۔', '።', '፡', '။',
];
/// Marks that only stand around other words.
const QUOTES: &[char] = &['"', '\'', '’', '”', '»', '«', ')', ']', '*', '_'];

/// What the mark-up of a page says about a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    #[default]
    Plain,
    /// `h1`.
    Title,
    /// `h2` to `h6`.
    Heading,
}

/// A line of a page in plain text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// What a mark of its page builder left of it; the mark is gone from the text.
    pub(super) mark: Option<String>,
}

impl Line {
    pub(super) fn new(raw: &str, kind: Kind) -> Line {
        Line {
            text: mended(&clean::one_line(raw)),
            kind,
            mark: None,
        }
    }

    fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// Counters, separators, arrows: nothing that is read.
    pub(super) fn says_nothing(&self) -> bool {
        !self.text.chars().any(char::is_alphabetic)
    }

    pub(super) fn is_paragraph(&self) -> bool {
        let dense = !self.text.is_ascii() && self.text.matches(' ').count() * 15 < self.chars();
        let least = if dense {
            DENSE_PARAGRAPH_CHARS
        } else {
            PARAGRAPH_CHARS
        };
        self.mark.is_none()
            && self.kind == Kind::Plain
            && self.chars() >= least
            && self.text.contains(ENDS)
    }

    /// A headline: several words, or one marked as such, and no line of a mast.
    pub(super) fn is_title(&self) -> bool {
        let words = self
            .text
            .split(' ')
            .filter(|w| w.chars().any(char::is_alphabetic));
        let spaced = self.text.is_ascii() || self.text.contains(' ');
        let sure = self.mark.is_some() || self.kind == Kind::Title;
        self.chars() <= TITLE_CHARS
            && !self.text.contains('@')
            && (sure
                || (!self.text.contains('|')
                    && (words.count() >= 3 || (!spaced && self.chars() >= 6))
                    && !is_person(&self.text)))
    }

    /// A heading, between paragraphs: by its mark-up, or short and without an end.
    pub(super) fn is_heading(&self, next: &Line) -> bool {
        let (chars, words) = HEADING;
        if self.kind != Kind::Plain {
            return self.chars() <= TITLE_CHARS;
        }
        let open = self.text.trim_end_matches(QUOTES);
        self.chars() <= chars
            && self.text.split(' ').count() <= words
            && !open.ends_with(ENDS)
            && !self.text.starts_with(['•', '-', '–', '—', '*', '·'])
            && !self.text.contains('@')
            && next.kind == Kind::Plain
            && next.chars() > self.chars()
            && next.text.trim_end_matches(QUOTES).ends_with(ENDS)
    }

    /// A short line that holds a mail address.
    pub(super) fn is_contact(&self) -> bool {
        self.chars() <= CONTACT_CHARS && mail_domain(&self.text).is_some()
    }
}

/// The domain of the first mail address in a text.
pub(super) fn mail_domain(text: &str) -> Option<String> {
    text.match_indices('@').take(20).find_map(|(i, _)| {
        let before = text.get(..i).unwrap_or_default();
        let local = before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let after = text.get(i + 1..).unwrap_or_default();
        let end = after
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .unwrap_or(after.len());
        let host = after
            .get(..end)
            .unwrap_or_default()
            .trim_end_matches(['.', '-']);
        local.then(|| super::rules::domain(host)).flatten()
    })
}

/// A line that is only a person's name, or several.
pub(super) fn is_person(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    (2..=4).contains(&words.len()) && all_names(&words)
}

/// Whether what a pattern took for a byline can be one.
pub(super) fn is_byline(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    // Scripts without capitals tell nothing more.
    let cased = text.chars().any(char::is_uppercase);
    words.len() <= 16
        && text.chars().count() <= 120
        && !text.ends_with(ENDS)
        && (!text.chars().any(char::is_lowercase) || cased)
        && text.chars().next().is_some_and(|c| !c.is_lowercase())
}

fn all_names(words: &[&str]) -> bool {
    let capital = |w: &&str| w.chars().next().is_some_and(char::is_uppercase);
    let lower = |w: &&str| w.chars().skip(1).any(char::is_lowercase) || w.ends_with('.');
    let namely = |w: &&str| {
        w.chars()
            .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’' | ','))
    };
    let particles = [
        "de", "van", "von", "der", "den", "la", "al", "bin", "da", "di", "and",
    ];
    words.iter().all(namely)
        && words
            .iter()
            .all(|w| particles.contains(w) || (capital(w) && lower(w)))
}

/// `Quay,XX` as `Quay, XX`, if it can be a place.
pub(super) fn place(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let named = |c: char| c.is_alphanumeric() || " .-'’()/".contains(c) || !c.is_ascii();
    let fits = text.chars().count() <= 80
        && parts.len() <= 4
        && parts.iter().all(|p| !p.is_empty() && p.chars().all(named))
        && text.chars().any(char::is_alphabetic)
        && text
            .chars()
            .find(|c| c.is_alphabetic())
            .is_some_and(|c| !c.is_lowercase());
    fits.then(|| parts.join(", "))
}

/// The one slip of typesetting that has one reading: an opening quote between a letter and an `s`
/// that ends its word.
fn mended(text: &str) -> String {
    if !text.contains('‘') {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied();
    let mend = |(i, c): (usize, &char)| {
        let before = i
            .checked_sub(1)
            .and_then(at)
            .is_some_and(char::is_alphabetic);
        let ends = at(i + 2).is_none_or(|c| !c.is_alphanumeric());
        match (*c, before, at(i + 1), ends) {
            ('‘', true, Some('s'), true) => '’',
            (c, ..) => c,
        }
    };
    chars.iter().enumerate().map(mend).collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Line, is_person, mail_domain, mended, place};

    #[test]
    fn places_names_and_addresses() {
        assert_eq!(place("Quay,XX").as_deref(), Some("Quay, XX"));
        assert_eq!(place("São Tomé , ST").as_deref(), Some("São Tomé, ST"));
        assert_eq!(place("share this"), None);
        assert_eq!(place("a@b, C"), None);
        assert!(is_person("Anna van Berg") && !is_person("Ferry stops today again"));
        assert_eq!(
            mail_domain("write to a.b@www.News.example.").as_deref(),
            Some("news.example")
        );
        assert_eq!(mail_domain("@handle and x@y"), None);
    }

    #[test]
    fn only_the_slip_that_can_be_no_quotation_is_mended() {
        assert_eq!(mended("Quay‘s ‘so’ it‘sa a‘ s"), "Quay’s ‘so’ it‘sa a‘ s");
    }

    #[test]
    fn a_heading_is_short_and_open_before_a_sentence() {
        let line = |t: &str| Line::new(t, Kind::Plain);
        let next = line("The ferry stopped on Monday, and nobody was asked about it.");
        for (text, is) in [
            ("A warning", true),
            ("‘It grows every day’", true),
            ("It grows.", false),
            ("“It grows.”", false),
            ("• first of all", false),
            ("write to a@n.example", false),
        ] {
            assert_eq!(line(text).is_heading(&next), is, "{text}");
        }
        assert!(!line("A warning").is_heading(&line("Another")));
        assert!(Line::new("What now?", Kind::Heading).is_heading(&line("x")));
    }
}
