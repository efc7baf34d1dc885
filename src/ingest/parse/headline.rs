//! The headline of an entry as it is shown, with what of it could not be.

use super::clean::{self, HEADLINE_CHARS};
use super::xml::some;

/// A headline in one line, and what had to be done to it, in words.
pub(super) fn headline(shown: &str) -> (Option<String>, Option<String>) {
    let line = clean::one_line(shown);
    let turned = line.len() != shown.len() && shown.chars().any(turns);
    let long = line.len() > HEADLINE_CHARS && line.chars().nth(HEADLINE_CHARS).is_some();
    let title = some(&line, HEADLINE_CHARS);
    let cut = format!("it was cut to {HEADLINE_CHARS} characters");
    let what = match (turned, long) {
        (false, false) => None,
        (true, false) => Some(TURNED.to_owned()),
        (false, true) => Some(cut),
        (true, true) => Some(format!("{TURNED}; {cut}")),
    };
    // Of one that is empty, that is the problem.
    let what = what.filter(|_| title.is_some());
    (title, what)
}

const TURNED: &str = "control characters, or such as turn its direction, were taken out";

/// Whether a character does something to a line beside being read.
fn turns(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{HEADLINE_CHARS, TURNED, headline};

    #[test]
    fn what_is_done_to_a_headline_is_said() {
        let cut = format!("it was cut to {HEADLINE_CHARS} characters");
        let long = "x".repeat(HEADLINE_CHARS + 1);
        let both = format!("\u{1}{long}");
        let said = format!("{TURNED}; {cut}");
        for (shown, expected) in [
            (" Ferry\n aground\u{ad} ", None),
            ("\u{202e}Ferry aground", Some(TURNED)),
            ("Ferry\u{7}", Some(TURNED)),
            ("\u{202e}\u{7}", None),
            (&*long, Some(&*cut)),
            (&*both, Some(&*said)),
        ] {
            let (title, what) = headline(shown);
            assert_eq!(what.as_deref(), expected, "{shown:?}");
            let kept = title.unwrap_or_default();
            assert!(!kept.contains(super::turns) && kept.chars().count() <= HEADLINE_CHARS);
        }
    }
}
