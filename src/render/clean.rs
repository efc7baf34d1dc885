//! Text of strangers made fit for a letter: one line, cut, wrapped; links that cannot run anything.
//!
//! It knows nothing of HTML: escaping belongs to the place where a text is printed.

use std::fmt::{self, Write as _};

use unicode_segmentation::UnicodeSegmentation as _;
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
    while let Some(cluster) = first_cluster(&text[at..]) {
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

/// The first character with its marks. Plain ASCII before plain ASCII needs no table (UAX #29 §3.1.1).
fn first_cluster(text: &str) -> Option<&str> {
    let plain = |b: &u8| (b' '..=b'~').contains(b);
    match text.as_bytes() {
        [one] if plain(one) => Some(text),
        [one, next, ..] if plain(one) && plain(next) => Some(&text[..1]),
        _ => text.graphemes(true).next(),
    }
}

/// Straight quotation marks as a printer would set them. `marks` are a language's four: opening and
/// closing double, opening and closing single; with fewer than four the text stays as it is. A mark
/// after a number, outside a quotation, is one of feet or inches and stays straight. An apostrophe is
/// `’` in every language.
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
            '\'' if inside_single && !next.is_alphabetic() => {
                inside_single = false;
                close_single
            }
            '\'' => '’',
            c => c,
        };
        out.push(mark);
    }
    out
}

/// An http, https or mailto link in its serialised form (ASCII, without blanks, quotes or angle
/// brackets); `None` for everything else.
pub fn safe_link(text: &str) -> Option<String> {
    if is_serialised(text) {
        return Some(text.to_owned());
    }
    let url = url::Url::parse(text.trim()).ok()?;
    let fits = match url.scheme() {
        "http" | "https" => url.host_str().is_some(),
        "mailto" => true,
        _ => false,
    };
    let plain = |u: &url::Url| u.as_str().bytes().all(|b| b.is_ascii_graphic());
    (fits && plain(&url)).then(|| url.into())
}

/// Whether a link is certain to be in its serialised form, so that it need not be parsed: http or
/// https, a lower-case name of a host, letters and digits and `-_~` in a path without dot segments,
/// no query. `false` says nothing: our own signed links are what this is for.
pub(crate) fn is_serialised(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    let Some((host, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let label = |label: &str| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(fits)
    };
    // A last label of digits makes a number of the host.
    let named = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().next().is_some_and(|b| b.is_ascii_lowercase()));
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_~./".contains(&b);
    named && host.split('.').all(label) && path.bytes().all(plain) && !path.contains("..") && {
        let dots = |segment: &str| segment == ".";
        !path.split('/').any(dots)
    }
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

/// Columns that a text takes where all letters are equally wide. Wide characters count as two, what
/// is joined into one character as that one.
fn width(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.graphemes(true).map(|c| c.width()).sum(),
    }
}

/// Wraps one line at `columns`, at blanks and between the characters of scripts that are written
/// without them. A word longer than that is broken, since a mail program would break it anyway, and
/// less well; a link is not, since it would lead nowhere.
pub fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut column = 0;
    for word in blanks(text) {
        let mut blank = usize::from(column > 0);
        for piece in pieces(word) {
            let width = width(piece);
            if column > 0 && column + blank + width > columns {
                out.push('\n');
                column = 0;
            } else if blank > 0 {
                out.push(' ');
                column += 1;
            }
            blank = 0;
            if width <= columns || is_link(piece) {
                out.push_str(piece);
                column += width;
            } else {
                column = broken(&mut out, piece, columns);
            }
        }
    }
    out
}

/// The words between plain blanks: a no-break space belongs to its word, and so does a blank that
/// carries a mark.
fn blanks(text: &str) -> impl Iterator<Item = &str> {
    let marked = |rest: &str| {
        let mark = |c: char| c.width() == Some(0) && !c.is_control();
        rest.starts_with(mark)
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut blanks = rest.match_indices([' ', '\n']).map(|(at, _)| at);
        let end = blanks.find(|at| !marked(&rest[at + 1..]));
        let end = end.unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(word)
    })
    .filter(|word| !word.is_empty())
}

/// The pieces of a word between which a line may end.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let mut clusters = rest.grapheme_indices(true);
        let (_, mut before) = clusters.next()?;
        let mut may_end = |after| may_end(std::mem::replace(&mut before, after), after);
        let end = match rest.is_ascii() {
            true => None,
            false => clusters
                .find(|(_, after)| may_end(*after))
                .map(|(at, _)| at),
        };
        let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
        rest = tail;
        Some(piece)
    })
}

/// What stands at no line's start, beside scripts without blanks: closing marks, small kana, marks of
/// length and repetition (JIS X 4051, in its basic form).
const NOT_FIRST: &str = ")]},.:;!?%’”»›…‥°′″‰℃、。，．・：；？！％゛゜ヽヾゝゞ々〻ー〜～）］｝〕〉》」』】〙〗〟｠｡､｣\
    ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ\
    \u{a0}\u{202f}\u{2060}";

/// What stands at no line's end there: opening marks and signs of currency.
const NOT_LAST: &str = "([{‘“«‹„‚（［｛〔〈《「『【〘〖〝｟｢$£¥€＄￡￥#＃\u{a0}\u{202f}\u{2060}";

/// Whether a line may end between two characters of a word (UAX #14, for what is written without
/// blanks). Korean is written with them.
fn may_end(before: &str, after: &str) -> bool {
    let first = |cluster: &str| cluster.chars().next().unwrap_or(' ');
    let (before, after) = (first(before), first(after));
    let hangul = |c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}');
    let wide = |c: char| c.width() == Some(2) && !hangul(c);
    let beside = wide(before) || wide(after);
    before == '\u{200b}' || beside && !NOT_LAST.contains(before) && !NOT_FIRST.contains(after)
}

fn is_link(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '[', '"', '“', '„', '«']);
    let schemes = ["http://", "https://", "mailto:"];
    schemes.iter().any(|scheme| word.starts_with(scheme))
}

fn broken(out: &mut String, word: &str, columns: usize) -> usize {
    let mut column = 0;
    for cluster in word.graphemes(true) {
        let width = cluster.width();
        if column > 0 && column + width > columns {
            out.push('\n');
            column = 0;
        }
        out.push_str(cluster);
        column += width;
    }
    column
}

/// A line of `mark` as long as `text` is wide, at most [`COLUMNS`].
pub fn underline(text: &str, mark: &str) -> String {
    mark.repeat(width(text).clamp(1, COLUMNS))
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

    use super::{cut, one_line, safe_image, safe_link, tidy, underline, wrap};

    const LINK: &str = "https://news.example/";

    /// Pieces of lines in many scripts.
    const WORDS: &[&str] = &[
        " ",
        " ",
        "日",
        "本",
        "本。",
        "「橋」",
        "カー",
        "e\u{301}",
        "👩\u{200d}🚀",
        "🇩🇪",
        "word",
        "well-known",
        "لا",
        "שלום",
        "नमस्ते",
        " https://news.example/ ",
        "10\u{a0}km",
        "안녕",
    ];

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
        let german = super::curl("\"So geht's\", sagt 'Anna' in den '90ern", "„“‚‘");
        assert_eq!(german, "„So geht’s“, sagt ‚Anna‘ in den ’90ern");
        let arabic = super::curl("قال \"نعم\" O'Neil", "«»‹›");
        assert_eq!(arabic, "قال «نعم» O’Neil");
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
        assert_eq!(underline("e\u{301}a👩\u{200d}🚀", "-"), "----");
    }

    #[test]
    fn lines_end_where_the_script_lets_them() {
        assert_eq!(wrap("日本 日本", 6), "日本\n日本");
        assert_eq!(
            wrap("橋は今夜、閉鎖される。", 10),
            "橋は今夜、\n閉鎖され\nる。"
        );
        assert_eq!(wrap("市長は「橋」と言った", 8), "市長は\n「橋」と\n言った");
        assert_eq!(wrap("カーブのニュース", 6), "カーブ\nの\nニュー\nス");
        assert_eq!(wrap("오늘의 주요 뉴스", 8), "오늘의\n주요\n뉴스");
        assert_eq!(wrap("안녕하세요", 4), "안녕\n하세\n요");
        assert_eq!(wrap("أغلقت البلدية الجسر", 14), "أغلقت البلدية\nالجسر");
        assert_eq!(wrap("hello well-known word", 10), "hello\nwell-known\nword");
        assert_eq!(wrap("abcdefghij", 4), "abcd\nefgh\nij");
        let link = "https://news.example/a/long/path";
        assert_eq!(
            wrap(&format!("see ({link}) now"), 10),
            format!("see\n({link})\nnow")
        );
        assert_eq!(
            wrap(&format!("詳細は{link} へ"), 10),
            format!("詳細は\n{link}\nへ")
        );
        assert_eq!(
            wrap("e\u{301}e\u{301}e\u{301}", 2),
            "e\u{301}e\u{301}\ne\u{301}"
        );
        assert_eq!(wrap("10\u{a0}km 橋\u{a0}橋", 5), "10\u{a0}km\n橋\u{a0}橋");
    }

    #[test]
    fn our_own_links_need_no_parsing() {
        let ours = "https://news.example.org/u/k1.AQEB.q0-_Zb";
        assert!(super::is_serialised(ours));
        for other in [
            "https://News.example/a",
            "https://a.example",
            "https://1.2.3.4/a",
            "https://0x7f/a",
            "https://a.example:443/a",
            "https://a.example/a/../b",
            "https://a.example/./b",
            "https://a.example/a?b",
            "https://a.example/ä",
            "javascript:a/b",
            "https://a..b/c",
        ] {
            assert!(!super::is_serialised(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_link_that_is_said_to_be_serialised_is(
            text in "https?://[a-z0-9.-]{1,12}/[A-Za-z0-9./~_-]{0,16}",
        ) {
            if super::is_serialised(&text) {
                let parsed = url::Url::parse(&text).map(String::from);
                prop_assert_eq!(parsed.as_deref(), Ok(text.as_str()));
            }
        }

        #[test]
        fn wrapping_keeps_every_letter_and_the_width(text in "\\PC{0,200}", columns in 4usize..80) {
            let wrapped = wrap(&text, columns);
            let letters = |t: &str| t.chars().filter(|c| *c != ' ' && *c != '\n').collect::<String>();
            prop_assert_eq!(letters(&wrapped), letters(&text));
            for line in wrapped.lines() {
                let fits = line.width() <= columns;
                prop_assert!(fits || line.graphemes(true).count() == 1, "{line:?}");
            }
        }

        #[test]
        fn wrapping_parts_no_character_and_no_link(
            words in proptest::collection::vec(prop::sample::select(WORDS), 0..40),
            columns in 8usize..40,
        ) {
            let text = words.concat();
            let wrapped = wrap(&text, columns);
            let characters = |t: &str| -> Vec<String> {
                let all = t.lines().flat_map(|l| l.graphemes(true)).map(str::to_owned);
                all.filter(|c| c != " ").collect()
            };
            prop_assert_eq!(characters(&wrapped), characters(&text));
            prop_assert_eq!(wrapped.matches(LINK).count(), text.matches(LINK).count());
            for line in wrapped.lines() {
                prop_assert!(line.width() <= columns || line.contains(LINK), "{line:?}");
                prop_assert!(!line.starts_with(['。', '」', ' ']) && !line.ends_with(['「', ' ']), "{line:?}");
            }
            prop_assert_eq!(wrap(&wrapped, columns), wrapped);
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
