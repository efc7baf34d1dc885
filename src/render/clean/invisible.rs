//! Characters that nobody sees (Default_Ignorable_Code_Point, UAX #44): which of them do something
//! where they stand, and which only hide there.

/// Whether a character is to be dropped where it stands between these two.
pub(super) fn is_idle(c: char, before: Option<char>, after: Option<char>) -> bool {
    let either = |test: fn(char) -> bool| before.is_some_and(test) || after.is_some_and(test);
    let both = |test: fn(char) -> bool| before.is_some_and(test) && after.is_some_and(test);
    match c {
        // A joiner and a non-joiner shape letters; a joiner makes one emoji of two.
        '\u{200c}' => !either(is_shaped),
        '\u{200d}' => !either(is_shaped) && !both(is_pictured),
        // Scripts without blanks: a line may end there.
        '\u{200b}' => !both(is_unspaced),
        // A variation selector picks the shape of what stands before it.
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180f}' => {
            before.is_none_or(|b| b.is_whitespace() || b.is_control())
        }
        // The tags of a flag.
        '\u{e0020}'..='\u{e007f}' => {
            !before.is_some_and(|b| b == '\u{1f3f4}' || ('\u{e0020}'..='\u{e007e}').contains(&b))
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e001f}'
        | '\u{e0080}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Letters whose shape depends on their neighbours: Arabic and its kin, the scripts of India and of
/// what lies around it, Mongolian.
fn is_shaped(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{8ff}'
        | '\u{900}'..='\u{dff}'
        | '\u{f00}'..='\u{fff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{18af}'
        | '\u{1900}'..='\u{1cff}'
        | '\u{a840}'..='\u{abff}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}'
        | '\u{10a00}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}')
}

/// Scripts of South-East Asia that are written without blanks.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'
        | '\u{f00}'..='\u{fff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{1950}'..='\u{19df}'
        | '\u{1a20}'..='\u{1aaf}'
        | '\u{a980}'..='\u{a9df}')
}

/// Pictures, the tones of their skin, and what makes a picture of a sign.
fn is_pictured(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2190}'..='\u{2bff}' | '\u{3030}'
        | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use crate::render::clean::one_line;

    #[test]
    fn what_only_hides_is_dropped_and_what_shapes_letters_stays() {
        for (text, expected) in [
            (
                "The swing\u{200b} bridge\u{ad} turns",
                "The swing bridge turns",
            ),
            ("a\u{2060}b\u{200d}c\u{200c}d\u{3164}e\u{34f}", "abcde"),
            ("\u{fe0f}x \u{fe0f}y", "x y"),
            ("a\u{e0041}\u{e0042}b", "ab"),
            ("\u{200b}\u{200b}", ""),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
        for whole in [
            "می\u{200c}رود",
            "क्\u{200d}ष",
            "👩\u{200d}🚀 👩🏽\u{200d}🚒 ❤\u{fe0f}\u{200d}🔥",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "ភាសា\u{200b}ខ្មែរ",
            "葛\u{e0100}城",
            "C++\u{200e} أهلا\u{200f}",
        ] {
            assert_eq!(one_line(whole), whole, "{whole:?}");
        }
    }
}
