//! Which way a text runs and which language it is in, where that is not the letter's own.
//!
//! A text that runs the other way is isolated (UAX #9 §2.7): by an attribute in HTML, by characters
//! in plain text. Without it, its full stop stands on its wrong side.

use std::borrow::Cow;

/// What opens an isolate from left to right, and from right to left; what closes either.
const LEFT: char = '\u{2066}';
const RIGHT: char = '\u{2067}';
const CLOSE: char = '\u{2069}';

/// The direction of most of a text's letters, `ltr` or `rtl`; `None` where it has none. What is
/// isolated already does not count, nor does an address of a page: it runs one way in every language.
fn direction(text: &str) -> Option<&'static str> {
    let letter = |b: u8| b.is_ascii_alphabetic();
    if text.is_ascii() {
        let mut words = text.split_ascii_whitespace().filter(|w| !is_link(w));
        return words.any(|w| w.bytes().any(letter)).then_some("ltr");
    }
    let (mut left, mut right, mut depth) = (0_usize, 0_usize, 0_usize);
    for word in text.split_whitespace() {
        let link = is_link(word);
        for c in word.chars() {
            match c {
                LEFT | RIGHT => depth += 1,
                CLOSE => depth = depth.saturating_sub(1),
                _ if depth > 0 || link || !c.is_alphabetic() => {}
                _ if is_rtl(c) => right += 1,
                _ => left += 1,
            }
        }
    }
    match (left, right) {
        (0, 0) => None,
        _ if right > left => Some("rtl"),
        _ => Some("ltr"),
    }
}

/// Whether a word is an address of a page, be it in brackets.
fn is_link(word: &str) -> bool {
    word.contains("://")
}

/// Letters of Bidi_Class R and AL, by the blocks that are kept for them.
fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The direction of a text, where it is another one than its letter's.
pub(super) fn turned(text: &str, letter: &str) -> Option<&'static str> {
    direction(text).filter(|own| *own != letter)
}

/// A text within a letter's line, isolated where it runs the other way.
pub(super) fn isolated(text: &str, letter: &str) -> String {
    match turned(text, letter) {
        Some(own) => format!("{}{text}{CLOSE}", opens(own)),
        None => text.to_owned(),
    }
}

/// Lines of plain text that are one text: each is isolated by itself, since a line is a paragraph.
/// Mail programs make links of addresses, and no mark of ours may get into one: a line that begins
/// with an address says its direction by that, and where one ends it the line's end closes the
/// isolate (UAX #9, BD9).
pub(super) fn isolated_lines(text: &str, letter: &str) -> String {
    let Some(own) = turned(text, letter) else {
        return text.to_owned();
    };
    let links = |word: Option<&str>| word.is_some_and(is_link);
    let line = |line: &str| {
        if line.is_empty() || links(line.split(' ').next()) {
            return line.to_owned();
        }
        let open = opens(own);
        match links(line.rsplit(' ').next()) {
            true => format!("{open}{line}"),
            false => format!("{open}{line}{CLOSE}"),
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Lines in which what is isolated is closed where its line ends, and opened again on the next: a line
/// is a paragraph, so an isolate that is left open does not reach into the next one, and what closes
/// there closes nothing.
pub(super) fn closed_lines(text: &str) -> Cow<'_, str> {
    if !text.contains([LEFT, RIGHT]) || !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 12);
    let mut open: Vec<char> = Vec::new();
    for c in text.chars() {
        match c {
            LEFT | RIGHT => open.push(c),
            CLOSE => {
                open.pop();
            }
            '\n' => {
                out.extend(open.iter().map(|_| CLOSE));
                out.push('\n');
                out.extend(&open);
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    Cow::Owned(out)
}

fn opens(direction: &str) -> char {
    match direction {
        "rtl" => RIGHT,
        _ => LEFT,
    }
}

/// A text without the characters that isolate.
pub(super) fn without_isolates(text: &str) -> String {
    text.replace([LEFT, RIGHT, CLOSE], "")
}

/// A language tag, where it names another language than the letter's and looks like one (RFC 5646
/// §2.1: at most 35 letters, digits and hyphens, the language of 2 to 8 letters first).
pub(super) fn other_language(tag: Option<&str>, letter: &str) -> Option<String> {
    let tag = tag?;
    let first = |tag: &str| tag.split('-').next().unwrap_or("").to_ascii_lowercase();
    let language = first(tag);
    let fits = (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && tag.len() <= 35
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    // Undetermined, several, none: nothing to say.
    let known = !["und", "mul", "zxx"].contains(&language.as_str());
    (fits && known && language != first(letter)).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{closed_lines, isolated, isolated_lines, other_language, turned};

    #[test]
    fn a_text_that_runs_the_other_way_is_isolated() {
        assert_eq!(turned("The bridge opens.", "ltr"), None);
        assert_eq!(turned("The bridge opens.", "rtl"), Some("ltr"));
        // A foreign name at its beginning does not turn a text.
        assert_eq!(turned("BBC تعلن فتح الجسر.", "ltr"), Some("rtl"));
        assert_eq!(turned("12:40 – 13:50", "rtl"), None);
        assert_eq!(turned("הגשר נפתח", "rtl"), None);
        assert_eq!(isolated("أحمد", "ltr"), "\u{2067}أحمد\u{2069}");
        assert_eq!(isolated("Anna", "ltr"), "Anna");
        assert_eq!(
            isolated_lines("One.\nTwo.", "rtl"),
            "\u{2066}One.\u{2069}\n\u{2066}Two.\u{2069}"
        );
        assert_eq!(
            isolated_lines("See\nhttps://n.example/a.\nor https://n.example/b", "rtl"),
            "\u{2066}See\u{2069}\nhttps://n.example/a.\n\u{2066}or https://n.example/b"
        );
        // A line is a paragraph.
        assert_eq!(
            closed_lines("\u{2067}أحمد\nعلي\u{2069} · Mon\nx"),
            "\u{2067}أحمد\u{2069}\n\u{2067}علي\u{2069} · Mon\nx"
        );
        assert_eq!(
            closed_lines("\u{2067}أحمد\u{2069}\nx"),
            "\u{2067}أحمد\u{2069}\nx"
        );
        // Addresses have no say.
        let long = "https://news.example/a-very-long-address-of-a-page";
        assert_eq!(turned(&format!("فتح الجسر {long}"), "ltr"), Some("rtl"));
        assert_eq!(turned(long, "rtl"), None);
        // What was isolated before is the line's own.
        assert_eq!(turned("\u{2067}أحمد علي\u{2069} · Mon", "ltr"), None);
    }

    #[test]
    fn a_language_is_named_where_it_is_another_one() {
        assert_eq!(other_language(Some("en-US"), "en"), None);
        assert_eq!(other_language(Some("EN"), "en"), None);
        assert_eq!(other_language(Some("de"), "en").as_deref(), Some("de"));
        assert_eq!(
            other_language(Some("zh-Hant-TW"), "ar").as_deref(),
            Some("zh-Hant-TW")
        );
        for bad in [
            "",
            "x",
            "d\"e",
            "de-",
            "und",
            "de-abcdefghi",
            "deutsch-land-",
            "日本",
        ] {
            assert_eq!(other_language(Some(bad), "en"), None, "{bad}");
        }
        assert_eq!(other_language(None, "en"), None);
    }
}
