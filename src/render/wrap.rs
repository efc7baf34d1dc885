//! Lines of plain text: broken where their script lets them, counted in columns, tidy.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of a plain-text letter.
pub const COLUMNS: usize = 72;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;
    use unicode_width::UnicodeWidthStr as _;

    use super::{tidy, underline, wrap};

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

    proptest! {
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
    }
}
