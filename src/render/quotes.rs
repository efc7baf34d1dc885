//! Quotation marks as a printer sets them, and which ones a language has.

/// Opening and closing double, opening and closing single marks of languages whose papers agree on
/// them. Letters' own languages have theirs in their catalogues, and these are the same. A language
/// that sets blanks inside its marks (French) is not here.
const MARKS: &[(&str, &str)] = &[
    ("ar", "«»‹›"),
    ("cs", "„“‚‘"),
    ("de", "„“‚‘"),
    ("de-ch", "«»‹›"),
    ("en", "“”‘’"),
    ("es", "«»“”"),
    ("fi", "””’’"),
    ("is", "„“‚‘"),
    ("it", "«»“”"),
    ("nb", "«»‘’"),
    ("nl", "“”‘’"),
    ("no", "«»‘’"),
    ("pl", "„”«»"),
    ("pt-br", "“”‘’"),
    ("ru", "«»„“"),
    ("sk", "„“‚‘"),
    ("sl", "„“‚‘"),
    ("sv", "””’’"),
    ("tr", "“”‘’"),
    ("uk", "«»„“"),
];

/// What English (and whoever borrows from it) writes with an apostrophe before it.
const CLIPPED: &[&str] = &["tis", "twas", "twere", "twill", "til", "em", "n"];

/// The marks of a language by its tag (BCP 47), of the longest part of it that is known; empty where
/// none is.
pub(super) fn marks_of(tag: &str) -> &'static str {
    let tag = tag.to_ascii_lowercase();
    let mut range = tag.as_str();
    loop {
        if let Some((_, marks)) = MARKS.iter().find(|(known, _)| *known == range) {
            return marks;
        }
        match range.rsplit_once('-') {
            Some((shorter, _)) => range = shorter,
            None => return "",
        }
    }
}

/// Straight quotation marks as a printer would set them. `marks` are a language's four: opening and
/// closing double, opening and closing single; with fewer than four the text stays as it is. A mark
/// right behind a number, outside a quotation, is one of feet or inches and stays straight. An
/// apostrophe is `’` in every language, also before a clipped word (`’Tis`, `’n’`) or decade (`’90s`).
pub(super) fn curl(text: &str, marks: &str) -> String {
    let marks: Vec<char> = marks.chars().collect();
    let [open, close, open_single, close_single] = marks[..] else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len() + 8);
    let (mut inside, mut inside_single) = (false, false);
    // Whether the mark that was set last opens, as long as nothing stands behind it: one character may
    // open in a language and close in another.
    let mut opened = None;
    // Where the closing apostrophe of `'n'` stands.
    let mut closes_n = None;
    for (at, c) in text.char_indices() {
        let before = out.chars().next_back();
        let starts = opened.take().unwrap_or_else(|| {
            before.is_none_or(|b| b.is_whitespace() || "([{—–/“‘„«".contains(b))
        });
        let number = before.is_some_and(|b| b.is_ascii_digit());
        let rest = &text[at + c.len_utf8()..];
        let next = rest.chars().next().unwrap_or(' ');
        let mark = match c {
            '"' if starts && !next.is_whitespace() && !(inside && ends(rest)) => {
                inside = true;
                open
            }
            '"' if number && !inside => c,
            '"' => {
                inside = false;
                close
            }
            '\'' if closes_n == Some(at) => '’',
            '\'' if starts && (next.is_ascii_digit() || clipped(rest)) => {
                closes_n = rest.starts_with(['n', 'N']).then_some(at + 2);
                '’'
            }
            '\'' if starts && next.is_alphabetic() => {
                inside_single = true;
                open_single
            }
            '\'' if number && !inside_single && !next.is_alphabetic() => c,
            '\'' if inside_single && !next.is_alphabetic() => {
                inside_single = false;
                close_single
            }
            '\'' => '’',
            c => c,
        };
        if c == '"' || c == '\'' {
            opened = Some(mark != c && starts && if c == '"' { inside } else { inside_single });
        }
        out.push(mark);
    }
    out
}

/// Whether nothing that could be quoted stands right behind a mark.
fn ends(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || "'([{".contains(c))
}

/// Whether a text begins with a word that an apostrophe has clipped. `n` alone is one only between
/// two of them.
fn clipped(rest: &str) -> bool {
    let word = rest.split(|c: char| !c.is_alphanumeric()).next();
    let word = word.unwrap_or_default();
    let known = CLIPPED.iter().any(|known| known.eq_ignore_ascii_case(word));
    known && (word.len() > 1 || rest[word.len()..].starts_with(['\'', '’']))
}

#[cfg(test)]
mod tests {
    use super::{curl, marks_of};
    use crate::render::words::Catalogue;

    fn set(text: &str) -> String {
        curl(text, "“”‘’")
    }

    #[test]
    fn straight_quotation_marks_are_set() {
        assert_eq!(set("\"The Bell\" opens"), "“The Bell” opens");
        assert_eq!(set("It's the dogs' day"), "It’s the dogs’ day");
        assert_eq!(set("(\"so\", 'she' said)"), "(“so”, ‘she’ said)");
        assert_eq!(
            set("a 19\" screen, 6' 2\" tall"),
            "a 19\" screen, 6' 2\" tall"
        );
        assert_eq!(set("12 \"inches\" of snow"), "12 “inches” of snow");
        assert_eq!(set("\"route 66\""), "“route 66”");
        assert_eq!(set("“already” set"), "“already” set");
        assert_eq!(
            set("\"'Yes,' she said, 'yes'\""),
            "“‘Yes,’ she said, ‘yes’”"
        );
        assert_eq!(
            set("\"Cats\"'s cast, \"wait—\", he said"),
            "“Cats”’s cast, “wait—”, he said"
        );
        assert_eq!(curl("\"'x' y\" z", "””’’"), "”’x’ y” z");
        assert_eq!(curl("\"x\"", ""), "\"x\"");
        let german = curl("\"So geht's\", sagt 'Anna' in den '90ern", "„“‚‘");
        assert_eq!(german, "„So geht’s“, sagt ‚Anna‘ in den ’90ern");
        let arabic = curl("قال \"نعم\" O'Neil", "«»‹›");
        assert_eq!(arabic, "قال «نعم» O’Neil");
    }

    #[test]
    fn what_is_clipped_has_an_apostrophe_wherever_it_stands() {
        assert_eq!(set("back in the '90s"), "back in the ’90s");
        assert_eq!(set("'90s music, '80s hair"), "’90s music, ’80s hair");
        assert_eq!(set("'Tis the season"), "’Tis the season");
        assert_eq!(set("\"'Twas\" and ('tis)"), "“’Twas” and (’tis)");
        assert_eq!(
            set("Rock 'n' roll, fish 'N' chips"),
            "Rock ’n’ roll, fish ’N’ chips"
        );
        assert_eq!(curl("'Rock 'n' Roll' lebt", "„“‚‘"), "‚Rock ’n’ Roll‘ lebt");
        assert_eq!(set("'tisane' and 'n words'"), "‘tisane’ and ‘n words’");
    }

    #[test]
    fn a_language_has_its_marks_by_its_tag() {
        assert_eq!(marks_of("en-GB"), "“”‘’");
        assert_eq!(marks_of("de-CH-1996"), "«»‹›");
        assert_eq!(marks_of("fr"), "");
        assert_eq!(marks_of("ja"), "");
        let catalogue = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        for words in catalogue.all() {
            assert_eq!(words.get("quotes"), Some(marks_of(words.language())));
        }
        assert!(
            super::MARKS
                .iter()
                .all(|(_, marks)| marks.chars().count() == 4)
        );
    }
}
