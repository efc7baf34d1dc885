//! Text of strangers made fit for a letter: one line, cut, wrapped; links that cannot run anything.
//!
//! It knows nothing of HTML: escaping belongs to the place where a text is printed.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of a plain-text letter.
pub const COLUMNS: usize = 72;

/// A text on one line: control characters, line and paragraph separators become spaces, runs of
/// blanks become one, and what would reorder the text around it (bidirectional embeddings,
/// overrides and isolates, UAX #9 §2) is dropped.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            '\u{feff}' | '\u{fff9}'..='\u{fffb}' => {}
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

/// At most `most` characters, cut between words where one ends in the second half, with `…` for
/// what is gone. Never cuts inside a character with its marks or joiners.
pub fn cut(text: &str, most: usize) -> String {
    let Some((mut end, _)) = text.char_indices().nth(most.saturating_sub(1)) else {
        return text.to_owned();
    };
    if text[end..].chars().nth(1).is_none() {
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
    while end > 0 && joins(&text[..end], &text[end..]) {
        end -= text[..end].chars().next_back().map_or(1, char::len_utf8);
    }
    let head = text[..end].trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-·".contains(c));
    format!("{head}…")
}

/// Straight quotation marks as a printer would set them. `marks` are a language's four: opening and
/// closing double, opening and closing single; with fewer than four the text stays as it is. A mark
/// after a number, outside a quotation, is one of feet or inches and stays straight.
pub fn curl(text: &str, marks: &str) -> String {
    let marks: Vec<char> = marks.chars().collect();
    let [open, close, open_single, close_single] = marks[..] else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len() + 8);
    let (mut inside, mut inside_single) = (false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = out.chars().next_back();
        let starts = before.is_none_or(|b| b.is_whitespace() || "([{—–/“‘„«".contains(b));
        let number = before.is_some_and(|b| b.is_ascii_digit());
        let next = rest.peek().copied().unwrap_or(' ');
        let mark = match c {
            '"' if starts && !next.is_whitespace() => {
                inside = true;
                open
            }
            '"' if number && !inside => c,
            '"' => {
                inside = false;
                close
            }
            '\'' if starts && next.is_alphabetic() => {
                inside_single = true;
                open_single
            }
            '\'' if number && !inside_single && !next.is_alphabetic() => c,
            '\'' => {
                inside_single &= next.is_alphabetic();
                close_single
            }
            c => c,
        };
        out.push(mark);
    }
    out
}

fn joins(head: &str, tail: &str) -> bool {
    let marks = |c: char| c.width() == Some(0) && !c.is_control();
    tail.chars().next().is_some_and(marks) || head.ends_with('\u{200d}')
}

/// An http, https or mailto link in its serialised form (ASCII, without blanks, quotes or angle
/// brackets); `None` for everything else.
pub fn safe_link(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    let fits = match url.scheme() {
        "http" | "https" => url.host_str().is_some(),
        "mailto" => true,
        _ => false,
    };
    let plain = |u: &url::Url| u.as_str().bytes().all(|b| b.is_ascii_graphic());
    (fits && plain(&url)).then(|| url.into())
}

/// What an image may be loaded from: https, or this machine for whoever tries letters out on it.
/// Anything else (http, `data:`, nothing at all) is shown by some mail programs only, or by none.
pub fn safe_image(text: &str) -> Option<String> {
    let url = url::Url::parse(&safe_link(text)?).ok()?;
    let here = match url.host() {
        Some(url::Host::Ipv4(v4)) => v4.is_loopback(),
        Some(url::Host::Ipv6(v6)) => v6.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let fits = url.scheme() == "https" || (url.scheme() == "http" && here);
    fits.then(|| url.into())
}

/// Wraps one line at `columns`, wide characters counted as two. A word longer than that is broken,
/// since a mail program would break it anyway, and less well.
pub fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut column = 0;
    // Breaks at plain blanks only: a no-break space belongs to its word.
    for word in text.split([' ', '\n']).filter(|w| !w.is_empty()) {
        let width = word.width();
        if column > 0 {
            if column + 1 + width <= columns {
                out.push(' ');
                column += 1;
            } else {
                out.push('\n');
                column = 0;
            }
        }
        if width <= columns {
            out.push_str(word);
            column += width;
        } else {
            column = broken(&mut out, word, columns);
        }
    }
    out
}

fn broken(out: &mut String, word: &str, columns: usize) -> usize {
    let mut column = 0;
    for c in word.chars() {
        let width = c.width().unwrap_or(0);
        if column > 0 && column + width > columns {
            out.push('\n');
            column = 0;
        }
        out.push(c);
        column += width;
    }
    column
}

/// A line of `mark` as long as `text` is wide, at most [`COLUMNS`].
pub fn underline(text: &str, mark: &str) -> String {
    mark.repeat(text.width().clamp(1, COLUMNS))
}

/// Plain text without blanks at line ends, with at most one empty line in a row, ending in one LF.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::{cut, one_line, safe_image, safe_link, tidy, underline, wrap};

    #[test]
    fn straight_quotation_marks_are_set() {
        let set = |text: &str| super::curl(text, "“”‘’");
        assert_eq!(set("\"The Bell\" opens"), "“The Bell” opens");
        assert_eq!(set("It's the dogs' day"), "It’s the dogs’ day");
        assert_eq!(set("(\"so\", 'she' said)"), "(“so”, ‘she’ said)");
        assert_eq!(set("back in the '90s"), "back in the ’90s");
        assert_eq!(
            set("a 19\" screen, 6' 2\" tall"),
            "a 19\" screen, 6' 2\" tall"
        );
        assert_eq!(set("\"route 66\""), "“route 66”");
        assert_eq!(set("“already” set"), "“already” set");
        assert_eq!(super::curl("\"x\"", ""), "\"x\"");
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
        assert_eq!(cut("👩\u{200d}🚀👩\u{200d}🚀", 3), "…");
        assert_eq!(cut("abcde\u{301}fgh", 6), "abcd…");
    }

    #[test]
    fn only_links_that_open_a_page_or_a_mail_are_kept() {
        assert_eq!(
            safe_link(" HTTPS://News.Example/a?b=\"c\"&d='<x>").as_deref(),
            Some("https://news.example/a?b=%22c%22&d=%27%3Cx%3E")
        );
        assert!(safe_link("mailto:a@b.example").is_some());
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "",
            "vbscript:x",
        ] {
            assert_eq!(safe_link(bad), None, "{bad}");
        }
        for bad in [
            "mailto:a@b.example",
            "http://n.example/a.jpg",
            "data:image/gif;base64,AA",
            "",
        ] {
            assert_eq!(safe_image(bad), None, "{bad}");
        }
        for good in ["https://n.example/a.jpg", "http://127.0.0.1:8025/i/a.jpg"] {
            assert_eq!(safe_image(good).as_deref(), Some(good));
        }
    }

    #[test]
    fn plain_text_is_tidy() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n\n"), "a\n\nb\n");
        assert_eq!(underline("日本", "="), "====");
        assert_eq!(wrap("日本 日本", 6), "日本\n日本");
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_letter_and_the_width(text in "\\PC{0,200}", columns in 4usize..80) {
            let wrapped = wrap(&text, columns);
            let letters = |t: &str| t.chars().filter(|c| *c != ' ' && *c != '\n').collect::<String>();
            prop_assert_eq!(letters(&wrapped), letters(&text));
            for line in wrapped.lines() {
                // Ligatures and joined emoji may be narrower than their characters' sum, never wider.
                prop_assert!(line.width() <= columns + 1, "{line:?}");
            }
        }

        #[test]
        fn a_cut_is_short_and_a_line_is_one(text in any::<String>(), most in 2usize..200) {
            let line = one_line(&text);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(cut(&line, most).chars().count() <= most);
        }
    }
}
