//! JSON as it is found: raw line ends in strings, escapes that are none, commas too many, an end that
//! never came. What is mended parses; what cannot be is for the parser to refuse.

/// Nested brackets beyond this are left to the parser to refuse.
const DEPTH: usize = 120;

/// The text with its usual faults mended.
pub(super) fn mend(text: &str) -> String {
    let mut mender = Mender {
        out: String::with_capacity(text.len() + 16),
        open: Vec::new(),
        whole: None,
    };
    let mut chars = text.char_indices().peekable();
    let mut in_string = false;
    while let Some((at, c)) = chars.next() {
        if !in_string {
            in_string = c == '"';
            if mender.structure(c).is_none() {
                break;
            }
            continue;
        }
        match c {
            '"' => {
                in_string = false;
                mender.out.push('"');
            }
            '\\' => {
                let taken = mender.escape(text.get(at + 1..).unwrap_or_default());
                for _ in 0..taken {
                    chars.next();
                }
            }
            c if c.is_control() => mender.out.push(' '),
            c => mender.out.push(c),
        }
    }
    mender.close(in_string)
}

struct Mender {
    out: String,
    /// The closing brackets that are still to come.
    open: Vec<char>,
    /// How far the text was when the last element of the list of items was complete.
    whole: Option<(usize, Vec<char>)>,
}

impl Mender {
    /// Takes a character outside of strings; `None` where the document is complete.
    fn structure(&mut self, c: char) -> Option<()> {
        match c {
            '{' | '[' => {
                if self.open.len() < DEPTH {
                    self.open.push(if c == '{' { '}' } else { ']' });
                }
                self.out.push(c);
            }
            '}' | ']' => {
                let end = self.out.trim_end().len();
                if self.out.get(..end).is_some_and(|out| out.ends_with(',')) {
                    self.out.truncate(end - 1);
                }
                self.out.push(c);
                self.open.pop();
                if self.open.len() == 2 {
                    self.whole = Some((self.out.len(), self.open.clone()));
                }
                if self.open.is_empty() {
                    return None;
                }
            }
            c if c.is_control() && !c.is_ascii_whitespace() => {}
            c => self.out.push(c),
        }
        Some(())
    }

    /// Takes what follows a backslash; how many characters that was.
    fn escape(&mut self, after: &str) -> usize {
        let code = |from: usize| {
            let digits = after.get(from..from + 4)?;
            u32::from_str_radix(digits, 16).ok()
        };
        match after.chars().next() {
            Some(c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
                self.out.push('\\');
                self.out.push(c);
                1
            }
            Some('u') => match code(1) {
                Some(high @ 0xd800..=0xdbff) => {
                    let low = (after.get(5..7) == Some("\\u")).then(|| code(7)).flatten();
                    if let Some(0xdc00..=0xdfff) = low {
                        self.out.push_str(&format!("\\u{high:04x}"));
                        self.out.push_str(after.get(5..11).unwrap_or_default());
                        return 11;
                    }
                    self.out.push('\u{fffd}');
                    5
                }
                Some(0xdc00..=0xdfff) => {
                    self.out.push('\u{fffd}');
                    5
                }
                Some(code) => {
                    self.out.push_str(&format!("\\u{code:04x}"));
                    5
                }
                None => 0,
            },
            // A backslash before anything else means nothing.
            _ => 0,
        }
    }

    /// Ends a document that ends in the middle: after its last whole item, where it has one.
    fn close(mut self, in_string: bool) -> String {
        if self.open.is_empty() {
            return self.out;
        }
        match self.whole.take() {
            Some((length, open)) => {
                self.out.truncate(length);
                self.open = open;
            }
            None if in_string => self.out.push('"'),
            None => {}
        }
        self.out.extend(self.open.iter().rev());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn the_usual_faults_are_mended_and_what_is_right_stays() {
        for (broken, mended) in [
            (r#"{"a":[1,2,],}"#, r#"{"a":[1,2]}"#),
            ("{\"a\":\"b\nc\"}", r#"{"a":"b c"}"#),
            (
                r#"{"a":"it\'s \ud83d x \ud83d\ude00"}"#,
                "{\"a\":\"it's \u{fffd} x \\ud83d\\ude00\"}",
            ),
            (
                r#"{"items":[{"id":1},{"id":2,"t"#,
                r#"{"items":[{"id":1}]}"#,
            ),
            (r#"{"a":1} trailing"#, r#"{"a":1}"#),
            (r#"{"a":"\"}"#, r#"{"a":"\"}"}"#),
        ] {
            assert_eq!(mend(broken), mended);
        }
    }
}
