//! A message while it comes: measured, hashed and kept piece by piece, each only if somebody wants it.

use sha2::{Digest, Sha256};

/// Octets of a message in which its head is looked for.
const HEAD: usize = 64 * 1024;

/// What is done with the pieces of a message.
#[derive(Debug)]
pub(super) struct Intake {
    max_message: usize,
    max_line: usize,
    journal: bool,
    keep: bool,
    size: usize,
    /// Octets of the line that has not ended yet.
    line: usize,
    long_line: bool,
    hash: Option<Sha256>,
    head: Head,
    kept: Vec<u8>,
}

/// A message that came whole.
#[derive(Debug)]
pub(super) struct Whole {
    /// More octets than were allowed.
    pub(super) too_big: bool,
    /// A line of more octets than were allowed.
    pub(super) long_line: bool,
    /// If there is a journal.
    pub(super) sha256: Option<[u8; 32]>,
    /// If there is a journal, and the message has one.
    pub(super) message_id: Option<String>,
    /// If messages are kept.
    pub(super) bytes: Option<Vec<u8>>,
}

impl Intake {
    /// `journal` asks for the hash and the Message-ID, `keep` for the octets.
    pub(super) fn new(max_message: usize, max_line: usize, journal: bool, keep: bool) -> Intake {
        Intake {
            max_message,
            max_line,
            journal,
            keep,
            size: 0,
            line: 0,
            long_line: false,
            hash: journal.then(Sha256::new),
            head: Head::default(),
            kept: Vec::new(),
        }
    }

    /// The next octets, their transparency undone.
    pub(super) fn take(&mut self, piece: &[u8]) {
        self.size = self.size.saturating_add(piece.len());
        if self.is_too_big() {
            // Nothing of it will be asked for.
            self.kept = Vec::new();
            self.hash = None;
            return;
        }
        self.measure(piece);
        if let Some(hash) = &mut self.hash {
            hash.update(piece);
        }
        if self.journal {
            self.head.take(piece);
        }
        if self.keep {
            self.kept.extend_from_slice(piece);
        }
    }

    /// The message, once its last piece was taken; the intake is ready for the next one.
    pub(super) fn finish(&mut self) -> Whole {
        let too_big = self.is_too_big();
        let whole = Whole {
            too_big,
            long_line: self.long_line,
            sha256: self.hash.take().map(|hash| hash.finalize().into()),
            message_id: match self.journal && !too_big {
                true => message_id(&self.head.bytes),
                false => None,
            },
            bytes: self.keep.then(|| std::mem::take(&mut self.kept)),
        };
        self.size = 0;
        self.line = 0;
        self.long_line = false;
        self.hash = self.journal.then(Sha256::new);
        self.head.clear();
        whole
    }

    fn is_too_big(&self) -> bool {
        self.size > self.max_message
    }

    /// Looks for a line, its line feed included, of more than `max_line` octets. A gap that wide is
    /// found by jumping to the last line feed within reach, so most octets are never looked at.
    fn measure(&mut self, piece: &[u8]) {
        let last_feed = |octets: &[u8]| octets.iter().rposition(|byte| *byte == b'\n');
        let mut rest = piece;
        while !self.long_line {
            let reach = self.max_line.saturating_sub(self.line);
            if rest.len() <= reach {
                match last_feed(rest) {
                    Some(at) => self.line = rest.len() - at - 1,
                    None => self.line += rest.len(),
                }
                return;
            }
            match last_feed(&rest[..reach]) {
                Some(at) => {
                    rest = &rest[at + 1..];
                    self.line = 0;
                }
                None => self.long_line = true,
            }
        }
    }
}

/// The start of a message, up to the empty line that ends its head.
#[derive(Debug, Default)]
struct Head {
    bytes: Vec<u8>,
    ended: bool,
}

impl Head {
    fn take(&mut self, piece: &[u8]) {
        if self.ended {
            return;
        }
        // The pieces of a stuffed message may be cut within the empty line.
        let seen = self.bytes.len().saturating_sub(3);
        let room = HEAD - self.bytes.len();
        self.bytes
            .extend_from_slice(&piece[..piece.len().min(room)]);
        let end = self.bytes[seen..]
            .windows(4)
            .position(|four| four == b"\r\n\r\n");
        match end {
            Some(at) => {
                self.bytes.truncate(seen + at + 2);
                self.ended = true;
            }
            None => self.ended = self.bytes.len() == HEAD,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ended = false;
    }
}

/// The value of the first Message-ID field, unfolded (RFC 5322 §2.2.3).
fn message_id(head: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = head
        .split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| *line != b"\r\n");
    let first = lines.find(|line| {
        line.get(..NAME.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    })?;
    let mut value = first[NAME.len()..].to_vec();
    for folded in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        value.extend_from_slice(folded);
    }
    let value = String::from_utf8_lossy(&value);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(pieces: &[&[u8]], max_message: usize, max_line: usize) -> Whole {
        let mut intake = Intake::new(max_message, max_line, true, true);
        // What came before leaves nothing behind.
        intake.take(b"Message-ID: <before@x>\r\n");
        intake.take(&vec![b'x'; max_message]);
        intake.finish();
        pieces.iter().for_each(|piece| intake.take(piece));
        intake.finish()
    }

    #[test]
    fn the_message_id_is_found_in_the_head_only() {
        let id = |text: &str| whole(&[text.as_bytes()], 1000, 1000).message_id;
        assert_eq!(
            id("Subject: x\r\nMESSAGE-id: <a@b>\r\n\r\nhi\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(
            id("Message-ID:\r\n <a@b>\r\nTo: c\r\n\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(id("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n"), None);
        assert_eq!(id("\r\nMessage-ID: <a@b>\r\n"), None);
        assert_eq!(id("Message-ID:\r\n\r\n"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn pieces_make_the_same_message_wherever_they_are_cut() {
        let text = b"To: a\r\nMessage-ID: <a@b>\r\n\r\nMessage-ID: <c@d>\r\nabcdef\r\n";
        let (uncut, longest) = (whole(&[text], 100, 19), 19);
        assert!(!uncut.long_line && !uncut.too_big);
        for first in 0..text.len() {
            for second in first..text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                let cut = whole(&pieces, 100, longest);
                assert_eq!(cut.sha256, uncut.sha256);
                assert_eq!(cut.bytes, uncut.bytes);
                assert_eq!(cut.message_id.as_deref(), Some("<a@b>"));
                assert!(!cut.long_line, "{first} {second}");
                assert!(whole(&pieces, 100, longest - 1).long_line);
            }
        }
    }

    #[test]
    fn long_lines_are_those_longer_than_the_limit() {
        let long = |pieces: &[&[u8]], max| whole(pieces, 1 << 20, max).long_line;
        assert!(!long(&[b""], 5));
        assert!(!long(&[b"abc\r\nabc\r\n"], 5));
        assert!(long(&[b"abc\r\nabcd\r\n"], 5));
        assert!(long(&[b"abcdef"], 5));
        assert!(long(&[b"abc", b"def"], 5));
        assert!(long(&[b"a\r\nabc", b"de\r\n"], 6));
        assert!(!long(&[b"a\r\nabc", b"d\r\n"], 6));
        assert!(!long(&[b"abc", b"de", b"\n", b"abcde\n"], 6));
        assert!(!long(&[&b"a\n".repeat(9000)], 5));
    }

    #[test]
    fn too_much_is_forgotten() {
        let seen = whole(&[&[b'a'; 60], &[b'\n'; 41]], 100, 1000);
        assert!(seen.too_big);
        assert_eq!(seen.sha256, None);
        assert!(!whole(&[&[b'a'; 60], &[b'\n'; 40]], 100, 1000).too_big);
    }

    #[test]
    fn the_hash_is_that_of_the_octets() {
        let seen = whole(&[b"a", b"bc"], 100, 100);
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            seen.sha256
                .as_ref()
                .map(super::super::journal::hex)
                .as_deref(),
            Some(expected)
        );
    }
}
