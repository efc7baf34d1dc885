//! A message on the wire: what may be sent, and its transparency (RFC 5321 §4.5.2).

/// The most that is written at once. A letter of ordinary size is one write.
const BLOCK: usize = 64 * 1024;

/// A message that may be sent.
pub(super) struct Text<'m> {
    bytes: &'m [u8],
    /// A line begins with a dot, which has to be doubled.
    dotted: bool,
}

impl<'m> Text<'m> {
    /// # Errors
    /// Why these octets are no message, for people.
    pub(super) fn new(bytes: &'m [u8]) -> Result<Text<'m>, String> {
        if !ends_lines_with_crlf(bytes) {
            // A lone CR or LF is a line end to some servers and not to others: what one takes
            // for text another could take for commands ("SMTP smuggling").
            return Err("a line of the message does not end with CR LF".to_owned());
        }
        // Every message of ours is quoted-printable or base64, so that no relay has to change it
        // and break its signature.
        if !bytes.is_ascii() {
            return Err("the message is not 7-bit".to_owned());
        }
        Ok(Text {
            bytes,
            dotted: bytes.first() == Some(&b'.') || has_lf_dot(bytes),
        })
    }

    /// What makes the last line whole, if it is not.
    pub(super) fn line_end(&self) -> &'static str {
        // The CRLF behind 354, or that of the last line, is the first half of CRLF.CRLF
        // (§4.1.1.4).
        let ended = self.bytes.is_empty() || self.bytes.ends_with(b"\r\n");
        if ended { "" } else { "\r\n" }
    }

    /// The message in blocks; at least one, which may be empty.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'m>> {
        let (bytes, dotted) = (self.bytes, self.dotted);
        let count = bytes.len().div_ceil(BLOCK).max(1);
        (0..count).map(move |number| {
            let from = number * BLOCK;
            let to = bytes.len().min(from + BLOCK);
            Block {
                bytes: bytes.get(from..to).unwrap_or_default(),
                begins_line: from == 0 || bytes.get(from - 1) == Some(&b'\n'),
                last: number + 1 == count,
                dotted,
            }
        })
    }
}

/// A piece of a message.
pub(super) struct Block<'m> {
    bytes: &'m [u8],
    begins_line: bool,
    dotted: bool,
    /// Nothing follows.
    pub(super) last: bool,
}

impl<'m> Block<'m> {
    /// As it goes on the wire: from the caller's own buffer, unless dots have to be doubled, which
    /// is done in `copy`.
    pub(super) fn wire<'w>(&self, copy: &'w mut Vec<u8>) -> &'w [u8]
    where
        'm: 'w,
    {
        if !self.dotted {
            return self.bytes;
        }
        copy.clear();
        let mut begins_line = self.begins_line;
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            if begins_line && line.first() == Some(&b'.') {
                copy.push(b'.');
            }
            copy.extend_from_slice(line);
            begins_line = true;
        }
        copy
    }
}

/// Blocks without an early exit compile to vector instructions: this sees every letter.
fn any_pair(bytes: &[u8], hit: impl Fn(u8, u8) -> bool) -> bool {
    let followers = bytes.get(1..).unwrap_or_default();
    bytes
        .chunks(2048)
        .zip(followers.chunks(2048))
        .any(|(first, second)| {
            first
                .iter()
                .zip(second)
                .fold(false, |any, (a, b)| any | hit(*a, *b))
        })
}

fn has_lf_dot(bytes: &[u8]) -> bool {
    any_pair(bytes, |first, second| (first == b'\n') & (second == b'.'))
}

fn ends_lines_with_crlf(bytes: &[u8]) -> bool {
    bytes.first() != Some(&b'\n')
        && bytes.last() != Some(&b'\r')
        && !any_pair(bytes, |first, second| (first == b'\r') != (second == b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(message: &[u8]) -> Result<Vec<u8>, String> {
        let text = Text::new(message)?;
        let mut out = Vec::new();
        let mut copy = Vec::new();
        for block in text.blocks() {
            out.extend_from_slice(block.wire(&mut copy));
        }
        out.extend_from_slice(text.line_end().as_bytes());
        Ok(out)
    }

    #[test]
    fn dots_are_doubled_and_nothing_is_added() -> Result<(), String> {
        for (message, expected) in [
            ("", ""),
            ("\r\n", "\r\n"),
            ("a\r\n", "a\r\n"),
            ("a", "a\r\n"),
            (".", "..\r\n"),
            (".\r\n", "..\r\n"),
            ("a\r\n.\r\n..b\r\nc.\r\n", "a\r\n..\r\n...b\r\nc.\r\n"),
        ] {
            assert_eq!(
                wire(message.as_bytes())?,
                expected.as_bytes(),
                "{message:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn the_borders_of_blocks_do_not_show() -> Result<(), String> {
        for at in BLOCK - 4..BLOCK + 4 {
            let long = "x".repeat(at) + "\r\n.y\r\n" + &"z.".repeat(BLOCK) + "\r\n";
            let expected = long.replace("\r\n.", "\r\n..");
            assert!(wire(long.as_bytes())? == expected.as_bytes(), "{at}");
            let plain = long.replace('.', "");
            assert!(wire(plain.as_bytes())? == plain.as_bytes(), "{at}");
        }
        for size in [0, 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes = vec![b'x'; size];
            let lasts: Vec<bool> = Text::new(&bytes)?
                .blocks()
                .map(|block| block.last)
                .collect();
            assert_eq!(lasts.iter().filter(|last| **last).count(), 1, "{size}");
            assert_eq!(lasts.last(), Some(&true), "{size}");
        }
        Ok(())
    }

    #[test]
    fn what_would_be_read_in_two_ways_is_not_sent() {
        for bad in [
            &b"\n"[..],
            b"a\r",
            b"a\rb\r\n",
            b"a\nb\r\n",
            b"a\r\n\n",
            b"a\r\r\n",
            b"\xff\r\n",
        ] {
            assert!(Text::new(bad).is_err(), "{bad:?}");
        }
        for at in 2040..2056 {
            let mut long = vec![b'x'; 5000];
            assert!(ends_lines_with_crlf(&long));
            long[at] = b'\n';
            assert!(!ends_lines_with_crlf(&long), "{at}");
            long[at - 1] = b'\r';
            assert!(ends_lines_with_crlf(&long), "{at}");
            long[at + 1] = b'.';
            assert!(has_lf_dot(&long), "{at}");
        }
    }
}
