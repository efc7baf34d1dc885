//! Quoted-printable text (RFC 2045 §6.7): lines of at most 76, seven bits, CRLF.
//!
//! Runs are copied, since what is a reader's own passes through here in every letter. It knows no headers;
//! their encoded-words are another dialect.

/// Longest line, with the `=` of a soft break.
const LINE: usize = 76;
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What stands for itself wherever it is: printable ASCII but for `=`, and the blank. Without a branch,
/// so that many are looked at in one step.
fn plain(byte: u8) -> bool {
    (b' '..0x7f).contains(&byte) & (byte != b'=')
}

/// How much of the beginning is plain; mostly all.
fn plain_run(bytes: &[u8]) -> usize {
    if bytes.iter().fold(true, |all, b| all & plain(*b)) {
        return bytes.len();
    }
    bytes.iter().take_while(|b| plain(**b)).count()
}

/// Whether there is a line end.
fn breaks(bytes: &[u8]) -> bool {
    let end = |b: u8| (b == b'\r') | (b == b'\n');
    bytes.iter().fold(false, |any, b| any | end(*b))
}

/// Appends a text. LF, CRLF and bare CR all become CRLF; a text that does not end in a line end gets
/// none.
pub(crate) fn encode(out: &mut Vec<u8>, text: &str) {
    let mut bytes = text.as_bytes();
    if !breaks(bytes) {
        return line(out, bytes);
    }
    while let Some(end) = bytes.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        line(out, &bytes[..end]);
        out.extend_from_slice(b"\r\n");
        let width = if bytes[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        bytes = &bytes[end + width..];
    }
    line(out, bytes);
}

/// Appends a text that others are joined to: it begins a line, and ends with one, by a soft break where
/// it has no line end of its own (RFC 2045 §6.7, rule 5).
pub(crate) fn segment(out: &mut Vec<u8>, text: &str) {
    encode(out, text);
    if !text.is_empty() && !text.ends_with(['\r', '\n']) {
        out.extend_from_slice(b"=\r\n");
    }
}

fn line(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut column = 0;
    let mut at = 0;
    while at < bytes.len() {
        // A run that stands for itself is copied up to the soft break's place.
        let room = LINE - 1 - column;
        let window = &bytes[at..bytes.len().min(at + room)];
        let run = plain_run(window);
        let start = column == 0 && awkward(&bytes[at..]);
        let last_blank = at + run == bytes.len() && bytes.ends_with(b" ");
        let run = if start {
            0
        } else {
            run - usize::from(last_blank && run > 0)
        };
        if run > 0 {
            out.extend_from_slice(&bytes[at..at + run]);
            column += run;
            at += run;
            continue;
        }
        if column + 3 > LINE - 1 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
            continue;
        }
        let byte = bytes[at];
        out.extend([
            b'=',
            HEX[usize::from(byte >> 4)],
            HEX[usize::from(byte & 15)],
        ]);
        column += 3;
        at += 1;
    }
}

/// A line that some mail program on the way might change: a dot (RFC 5321 §4.5.2) or `From `.
fn awkward(rest: &[u8]) -> bool {
    rest.first() == Some(&b'.') || rest.starts_with(b"From ")
}

/// Reads what [`encode`] wrote.
#[cfg(test)]
pub(super) fn decode(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'=' {
            let (hex, tail) = rest.split_at(2);
            let hex = std::str::from_utf8(hex).expect("hex");
            bytes.push(u8::from_str_radix(hex, 16).expect("hex"));
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(&mut out, text);
        String::from_utf8(out).expect("seven bits")
    }

    #[test]
    fn what_mail_would_spoil_is_encoded() {
        assert_eq!(encoded("a=b \nc\t\n"), "a=3Db=20\r\nc=09\r\n");
        assert_eq!(
            encoded(".\n..x\nFrom me\n"),
            "=2E\r\n=2E.x\r\n=46rom me\r\n"
        );
        assert_eq!(encoded("é"), "=C3=A9");
        assert_eq!(encoded("\r\r\n\n"), "\r\n\r\n\r\n");
    }

    #[test]
    fn long_lines_break_softly() {
        let lines = encoded(&"x".repeat(5000));
        assert!(lines.split("\r\n").all(|l| l.len() <= 76));
        assert_eq!(decode(&lines), "x".repeat(5000));
        assert_eq!(encoded(&"x".repeat(75)), "x".repeat(75));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "([ -~]|[é=\t\n. ]|\\PC){0,400}") {
            let lines = encoded(&text);
            prop_assert!(lines.is_ascii());
            for line in lines.split("\r\n") {
                prop_assert!(line.len() <= 76 && !line.ends_with([' ', '\t']) && !line.starts_with('.'));
            }
            prop_assert_eq!(decode(&lines), text.replace('\n', "\r\n"));
        }
    }
}
