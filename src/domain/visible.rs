//! Whether anybody sees anything of a text.

/// Whether a text shows nothing: blanks, control characters, and characters that are ignored where
/// they are shown (Default_Ignorable_Code_Point, UAX #44) or have an empty shape. `true` for "".
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_unseen)
}

fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            // For private use: no font of a reader has them, and letters drop some.
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::is_blank;

    #[test]
    fn a_text_is_blank_where_nothing_of_it_is_seen() {
        for text in [
            "",
            " \u{200b} ",
            "\u{2060}\u{feff}\u{a0}",
            "\u{3164}\u{2800}",
            "\u{200e}\u{e003}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", "\u{200b}.", "❤\u{fe0f}", "!", "م"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
