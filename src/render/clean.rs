//! Text of strangers made fit for a letter: on one line, cut, escaped.
//!
//! Lines of plain text are [`super::wrap`]'s, quotation marks [`super::quotes`]', links [`crate::domain::web_link`]'s.

mod invisible;

use std::borrow::Cow;
use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// A text on one line: control characters, line and paragraph separators become spaces, runs of
/// blanks become one, what would reorder the text around it (bidirectional embeddings, overrides
/// and isolates, UAX #9 §2) is dropped, and so is what nobody sees and that shapes no letter.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ if c >= '\u{ad}'
                && invisible::is_idle(c, out.chars().next_back(), rest.peek().copied()) => {}
            // Marks of our own, see `splice`.
            '\u{e000}'..='\u{e00f}' => {}
            // A no-break space keeps its meaning.
            '\u{a0}' | '\u{202f}' => out.push(c),
            _ if c.is_control() || c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            _ => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// At most `most` columns wide, cut between words where one ends in the second half, with `…` for
/// what is gone. Wide characters count as two; a character is never parted from its marks and
/// joiners, nor may these be more than four to a column.
pub fn cut(text: &str, most: usize) -> String {
    let (mut end, mut column, mut characters, mut longer) = (0, 0, 0, false);
    let mut at = 0;
    loop {
        let room = (most - column.min(most)).min(4 * most - characters.min(4 * most));
        let step = plain_clusters(&text.as_bytes()[at..], room);
        if step > 0 {
            (at, column, characters) = (at + step, column + step, characters + step);
            end = if column < most { at } else { at - 1 };
        }
        let Some(cluster) = first_cluster(&text[at..]) else {
            break;
        };
        let plain = cluster.len() == 1;
        column += if plain { 1 } else { cluster.width() };
        characters += if plain { 1 } else { cluster.chars().count() };
        if column > most || characters > 4 * most {
            longer = true;
            break;
        }
        at += cluster.len();
        if column < most {
            end = at;
        }
    }
    if !longer {
        return text.to_owned();
    }
    let (head, tail) = text.split_at(end);
    let at_word_end = tail.starts_with(char::is_whitespace);
    if !at_word_end
        && let Some(space) = head.rfind(char::is_whitespace)
        && space >= end / 2
    {
        end = space;
    }
    let head = text[..end].trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-·".contains(c));
    format!("{head}…")
}

/// As [`cut`], but at the end of a sentence, without `…`, where one lies in the last third.
pub fn cut_at_sentence(text: &str, most: usize) -> String {
    let short = cut(text, most);
    if short == text {
        return short;
    }
    let kept = short.strip_suffix('…').unwrap_or(&short);
    let ends = kept
        .char_indices()
        .map(|(at, c)| (at, at + c.len_utf8(), c));
    let ends = ends.filter(|(at, end, c)| {
        let (before, after) = (&text[..*at], &text[*end..]);
        match c {
            '。' | '！' | '？' => true,
            '!' | '?' | '؟' | '।' | '۔' => after.starts_with(char::is_whitespace),
            // An initial, an abbreviation or a number has one behind it too.
            '.' => {
                let word = before
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                let letters = word.chars().filter(|c| c.is_alphabetic()).count();
                after.starts_with(char::is_whitespace) && letters > 3 && !word.contains('.')
            }
            '”' | '’' | '"' | '»' => {
                before.ends_with(['.', '!', '?']) && after.starts_with(char::is_whitespace)
            }
            _ => false,
        }
    });
    match ends.map(|(_, end, _)| end).next_back() {
        Some(end) if 3 * end >= 2 * kept.len() => text[..end].to_owned(),
        _ => short,
    }
}

/// How many of the first `most` characters are plain ASCII before plain ASCII or the end.
fn plain_clusters(text: &[u8], most: usize) -> usize {
    let plain = |b: &&u8| (b' '..=b'~').contains(*b);
    let run = text.iter().take(most + 1).take_while(plain).count();
    match run == text.len() {
        true => run.min(most),
        false => run.saturating_sub(1),
    }
}

/// The first character with its marks. Plain ASCII before plain ASCII needs no table (UAX #29 §3.1.1).
fn first_cluster(text: &str) -> Option<&str> {
    let plain = |b: &u8| (b' '..=b'~').contains(b);
    match text.as_bytes() {
        [one] if plain(one) => Some(text),
        [one, next, ..] if plain(one) && plain(next) => Some(&text[..1]),
        _ => text.graphemes(true).next(),
    }
}

/// A text escaped for HTML text and quoted attributes alike: mostly as it is.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let special = |b: u8| matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'');
    // Without a branch for each byte, many are looked at in one step.
    if !text.bytes().fold(false, |any, b| any | special(b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    // Writing to a String cannot fail.
    let _ = escape(&mut out, text);
    Cow::Owned(out)
}

/// Escapes for HTML text and quoted attributes alike. `/` needs no escape, and would make every link longer.
pub(super) fn escape<W: fmt::Write>(out: &mut W, text: &str) -> fmt::Result {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(&text[from..at])?;
        out.write_str(entity)?;
        from = at + 1;
    }
    out.write_str(&text[from..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;
    use unicode_width::UnicodeWidthStr as _;

    use super::{cut, cut_at_sentence, one_line};

    #[test]
    fn a_long_text_ends_with_a_sentence_or_a_word() {
        let cut = |text: &str| cut_at_sentence(text, 30);
        assert_eq!(cut("Short enough as it is."), "Short enough as it is.");
        assert_eq!(
            cut("The ferry stops for winter. Buses run."),
            "The ferry stops for winter."
        );
        assert_eq!(
            cut("“The ferry stops today.” Buses run on."),
            "“The ferry stops today.”"
        );
        // Too early, an abbreviation, a number.
        assert_eq!(
            cut("It stopped. The buses run for three weeks."),
            "It stopped. The buses run for…"
        );
        assert_eq!(
            cut("The new harbour master Dr. Lind was late."),
            "The new harbour master Dr.…"
        );
        assert_eq!(
            cut("The council meets again on 31. December."),
            "The council meets again on…"
        );
        assert_eq!(
            cut("渡船は冬の間運休する。バスが代わりに走る。"),
            "渡船は冬の間運休する。"
        );
    }

    #[test]
    fn a_headline_is_one_line_without_tricks() {
        assert_eq!(
            one_line("  Mayor\r\nBcc: x\u{202e}evil\u{2066}\u{0} \u{85}says\u{2028}no "),
            "Mayor Bcc: xevil says no"
        );
        assert_eq!(one_line("10\u{a0}km"), "10\u{a0}km");
    }

    #[test]
    fn a_cut_falls_between_words() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("", 5), "");
        assert_eq!(cut("The harbour bridge, closed", 20), "The harbour bridge…");
        assert_eq!(cut(&"x".repeat(5000), 90).chars().count(), 90);
        assert_eq!(cut("👩\u{200d}🚀👩\u{200d}🚀", 3), "👩\u{200d}🚀…");
        assert_eq!(cut("👩\u{200d}🚀👩\u{200d}🚀", 2), "…");
        assert_eq!(cut("abcde\u{301}fgh", 6), "abcde\u{301}…");
        assert_eq!(cut("日本の橋", 8), "日本の橋");
        assert_eq!(cut("日本の橋", 7), "日本の…");
        assert!(cut(&"\u{301}".repeat(5000), 90).chars().count() <= 361);
    }

    /// Where a cut falls, told character by character.
    fn end(text: &str, most: usize) -> Option<usize> {
        let (mut end, mut column, mut characters, mut at) = (0, 0, 0, 0);
        for cluster in text.graphemes(true) {
            column += cluster.width();
            characters += cluster.chars().count();
            if column > most || characters > 4 * most {
                return Some(end);
            }
            at += cluster.len();
            if column < most {
                end = at;
            }
        }
        None
    }

    proptest! {
        #[test]
        fn plain_text_is_cut_like_any_other(
            text in "([ -~]{0,12}|[é·👩\u{200d}\u{301}日]{0,3}){0,8}",
            most in 1usize..40,
        ) {
            // No blank: what is cut off is not looked for a word's end.
            let text = text.replace(' ', "_");
            let expected = end(&text, most).map_or(text.clone(), |end| {
                format!("{}…", text[..end].trim_end_matches([',', ';', ':', '-', '·']))
            });
            prop_assert_eq!(cut(&text, most), expected);
        }

        #[test]
        fn what_needs_no_escape_is_kept(text in "[ -~é]{0,40}") {
            let mut escaped = String::new();
            super::escape(&mut escaped, &text).expect("a String");
            prop_assert_eq!(super::escaped(&text), escaped);
        }

        #[test]
        fn a_cut_is_short_and_a_line_is_one(text in any::<String>(), most in 2usize..200) {
            let line = one_line(&text);
            prop_assert!(!line.chars().any(char::is_control));
            let short = cut(&line, most);
            prop_assert!(short.graphemes(true).map(|c| c.width()).sum::<usize>() <= most);
            let kept = short.strip_suffix('…').unwrap_or(&short);
            prop_assert!(line.starts_with(kept));
        }
    }
}
