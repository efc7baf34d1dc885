//! Replies off the wire (RFC 5321 §4.2): where one ends, its code and its words. Knows nothing of
//! what was asked.

use crate::deliver::policy::Reply;

/// The longest line, with its end. RFC 5321 §4.5.3.1.5 allows 512 octets; servers say more.
const MAX_LINE: usize = 2048;
/// The most lines of one reply; EHLO has some twenty.
const MAX_LINES: usize = 128;
/// The most octets of one reply.
pub(super) const MAX_REPLY: usize = 16 * 1024;

/// A complete reply, its words still as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// 200 to 599.
    pub(super) code: u16,
    /// The lines without their codes, each ended by LF.
    text: String,
}

impl Answer {
    /// What each line says behind the code.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    /// The same for a row. Servers repeat the enhanced code on every line or put it on one of them
    /// only (RFC 2034 §4): the first one counts, and repetitions are left out of the words.
    pub(super) fn reply(&self) -> Reply {
        let lines = || self.lines().map(|line| Reply::new(self.code, line));
        let Some(enhanced) = lines().find_map(|line| line.enhanced) else {
            let words: Vec<&str> = self.lines().collect();
            return Reply::new(self.code, &words.join(" "));
        };
        let words = lines().map(|line| match &line.enhanced {
            Some(other) if *other != enhanced => line.words(),
            _ => line.text,
        });
        let words: Vec<String> = words.filter(|line| !line.is_empty()).collect();
        Reply::new(self.code, &format!("{enhanced} {}", words.join(" ")))
    }
}

/// The first reply in `bytes` and its length; `None` while it is not complete.
///
/// # Errors
/// Why these octets cannot become a reply, however they go on; in words.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Answer, usize)>, String> {
    let mut answer = Answer {
        code: 0,
        text: String::new(),
    };
    let mut from = 0;
    for number in 0.. {
        let rest = bytes.get(from..).unwrap_or_default();
        let seen = rest.get(..MAX_LINE).unwrap_or(rest);
        let end = seen.iter().position(|byte| *byte == b'\n');
        let line = end.map_or(seen, |end| seen.get(..end).unwrap_or_default());
        if number == MAX_LINES || (end.is_none() && seen.len() == MAX_LINE) {
            return Err("the reply is too long".to_owned());
        }
        // What cannot become a reply is found before its line ends: it may never end.
        let (code, last, words) = split(line, end.is_some())?;
        let Some(end) = end else { return Ok(None) };
        if number > 0 && code != answer.code {
            return Err(format!("lines of {} and {code} in one reply", answer.code));
        }
        answer.code = code;
        let words = std::str::from_utf8(words).map_err(|_| "not UTF-8".to_owned())?;
        answer.text.push_str(words);
        answer.text.push('\n');
        from += end + 1;
        if last {
            return Ok(Some((answer, from)));
        }
        if from >= MAX_REPLY {
            return Err("the reply is too long".to_owned());
        }
    }
    Ok(None)
}

/// Code, whether no line follows, and the words of a line that is `whole` or may still grow.
fn split(line: &[u8], whole: bool) -> Result<(u16, bool, &[u8]), String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let wrong = || {
        let shown = line.get(..64).unwrap_or(line);
        format!("\"{}\"", String::from_utf8_lossy(shown))
    };
    let (digits, rest) = line.split_at(line.len().min(3));
    let sound = digits.iter().enumerate().all(|(at, byte)| match at {
        0 => matches!(byte, b'2'..=b'5'),
        _ => byte.is_ascii_digit(),
    });
    let complete = digits.len() == 3;
    if !sound || (whole && !complete) {
        return Err(wrong());
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest {
        // A bare code is a reply too (RFC 5321 §4.2).
        [] => Ok((code, true, rest)),
        [b' ', words @ ..] => Ok((code, true, words)),
        [b'-', words @ ..] => Ok((code, false, words)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(bytes: &str) -> Result<String, String> {
        let (answer, len) = parse(bytes.as_bytes())?.ok_or("not complete")?;
        let reply = answer.reply();
        let enhanced = reply.enhanced.unwrap_or_else(|| "-".to_owned());
        Ok(format!("{len} {} {enhanced} {}", reply.code, reply.text))
    }

    #[test]
    fn enhanced_codes_stand_on_any_line_or_on_none() -> Result<(), String> {
        for (bytes, read) in [
            ("250 2.0.0 Ok\r\n", "14 250 2.0.0 Ok"),
            ("250 Ok\r\n550 x\r\n", "8 250 - Ok"),
            ("250 Ok\n", "7 250 - Ok"),
            ("250\r\n", "5 250 - "),
            ("250-\r\n250 \r\n", "12 250 - "),
            (
                "550-5.1.1 no such\r\n550-5.1.1\r\n550 5.1.1 user\r\n",
                "46 550 5.1.1 no such user",
            ),
            (
                "550-Rejected:\r\n550 5.7.1 see https://x.example\r\n",
                "48 550 5.7.1 Rejected: see https://x.example",
            ),
            ("554-5.7.1 a\r\n554 5.7.9 b\r\n", "26 554 5.7.1 a 5.7.9 b"),
            // A code of another class is a word (RFC 2034 §4).
            ("550 4.1.1 x\r\n", "13 550 - 4.1.1 x"),
        ] {
            assert_eq!(reply(bytes)?, read, "{bytes:?}");
        }
        Ok(())
    }

    #[test]
    fn what_cannot_become_a_reply_is_known_before_it_ends() {
        for bytes in [
            "x",
            "1",
            "6",
            "2x",
            "25x",
            "250x",
            "250_",
            "250-a\r\nx",
            "\n",
            "25\n",
        ] {
            assert!(parse(bytes.as_bytes()).is_err(), "{bytes:?}");
        }
        for bytes in ["", "2", "250", "250 ", "250\r", "250-a\r\n", "250-a\r\n25"] {
            assert_eq!(parse(bytes.as_bytes()), Ok(None), "{bytes:?}");
        }
    }

    #[test]
    fn nothing_grows_without_bound() {
        let line = |len: usize| format!("250 {}\r\n", "x".repeat(len - 6));
        assert!(matches!(parse(line(MAX_LINE).as_bytes()), Ok(Some(_))));
        assert!(parse(line(MAX_LINE + 1).as_bytes()).is_err());
        let lines = |count: usize| "250-x\r\n".repeat(count - 1) + "250 x\r\n";
        assert!(matches!(parse(lines(MAX_LINES).as_bytes()), Ok(Some(_))));
        assert!(parse(lines(MAX_LINES + 1).as_bytes()).is_err());
        let long = format!("250-{}\r\n", "x".repeat(2000)).repeat(20);
        assert!(parse(long.as_bytes()).is_err());
    }
}
