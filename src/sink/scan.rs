//! Finding the end of a message and undoing its transparency (RFC 5321 §4.1.1.4, §4.5.2).
//!
//! The search looks for a line feed followed by a dot in blocks that compile to vector
//! instructions: most messages hold no such pair but the last, so one pass decides.

/// Where a message ends within the bytes since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Octets of the message, its last CRLF included.
    pub(super) len: usize,
    /// Where the next command starts.
    pub(super) next: usize,
}

/// A search that goes on where it stopped when more bytes have come.
#[derive(Debug, Default)]
pub(super) struct DotScan {
    /// The first offset not yet examined as the dot of a line's start.
    at: usize,
    /// Whether a stuffed dot was seen.
    pub(super) stuffed: bool,
}

impl DotScan {
    /// `data` is everything since the start of the message, what earlier calls saw included.
    pub(super) fn find(&mut self, data: &[u8]) -> Option<End> {
        loop {
            let Some(dot) = line_dot(data, self.at) else {
                self.at = data.len();
                return None;
            };
            match &data[dot + 1..] {
                [b'\r', b'\n', ..] => {
                    return Some(End {
                        len: dot,
                        next: dot + 3,
                    });
                }
                [] | [b'\r'] => {
                    self.at = dot;
                    return None;
                }
                _ => {
                    self.stuffed = true;
                    self.at = dot + 1;
                }
            }
        }
    }

    /// Forgets what is not needed to go on (a message that is too big anyway): how many octets at
    /// the front of the data may go.
    pub(super) fn forget(&mut self) -> usize {
        let gone = self.at.saturating_sub(2);
        self.at -= gone;
        gone
    }
}

/// The first dot at or behind `from` that starts a line.
fn line_dot(data: &[u8], from: usize) -> Option<usize> {
    if from == 0 && data.first() == Some(&b'.') {
        return Some(0);
    }
    let mut from = from.max(1);
    loop {
        let dot = lf_dot(data, from - 1)? + 1;
        if dot >= 2 && data[dot - 2] == b'\r' {
            return Some(dot);
        }
        from = dot + 1;
    }
}

/// The first line feed at or behind `from` with a dot behind it.
fn lf_dot(data: &[u8], mut from: usize) -> Option<usize> {
    const BLOCK: usize = 2048;
    while from + 1 < data.len() {
        let to = (from + BLOCK).min(data.len() - 1);
        let pairs = || data[from..to].iter().zip(&data[from + 1..=to]);
        let hit = |(first, second): (&u8, &u8)| (*first == b'\n') & (*second == b'.');
        // No early exit in here: that is what lets the compiler use vectors.
        if pairs().fold(false, |any, pair| any | hit(pair)) {
            return pairs().position(hit).map(|at| from + at);
        }
        from = to;
    }
    None
}

/// The message without its transparency dots.
pub(super) fn unstuff(data: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(data.len());
    let mut from = 0;
    while let Some(dot) = line_dot(data, from) {
        clean.extend_from_slice(&data[from..dot]);
        from = dot + 1;
    }
    clean.extend_from_slice(&data[from..]);
    clean
}

/// Whether a line, its line feed included, is longer than `max` octets.
pub(super) fn has_long_line(data: &[u8], max: usize) -> bool {
    let mut line = 0;
    // A gap wider than `max` is found by jumping to the last line feed within reach.
    while data.len() - line > max {
        match data[line..line + max]
            .iter()
            .rposition(|byte| *byte == b'\n')
        {
            Some(at) => line += at + 1,
            None => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by the plainest means, line by line.
    fn reference(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
        let (mut message, mut at) = (Vec::new(), 0);
        loop {
            let len = wire[at..].windows(2).position(|pair| pair == b"\r\n")? + 2;
            let line = &wire[at..at + len];
            at += len;
            match line {
                b".\r\n" => return Some((message, at)),
                [b'.', rest @ ..] => message.extend_from_slice(rest),
                _ => message.extend_from_slice(line),
            }
        }
    }

    fn found(wire: &[u8], cuts: &[usize]) -> Option<(Vec<u8>, usize)> {
        let mut scan = DotScan::default();
        let whole = [wire.len()];
        let end = cuts
            .iter()
            .chain(&whole)
            .find_map(|cut| scan.find(&wire[..*cut]))?;
        let data = &wire[..end.len];
        Some((
            if scan.stuffed {
                unstuff(data)
            } else {
                data.to_vec()
            },
            end.next,
        ))
    }

    #[test]
    fn only_crlf_starts_a_line() {
        for (wire, expected) in [
            (&b".\r\nQUIT"[..], Some((&b""[..], 3))),
            (b"a\r\n.\r\n", Some((b"a\r\n", 6))),
            (b"..\r\n.\r\n", Some((b".\r\n", 7))),
            (b"a\n.\n.\r\nb\r\n.\r\n", Some((b"a\n.\n.\r\nb\r\n", 13))),
            (b"\r\n.\r\n", Some((b"\r\n", 5))),
            (b"\n.\r\n", None),
            (b"a\r\n.\r", None),
            (b"a\r\n.\n", None),
            (b"", None),
        ] {
            let expected = expected.map(|(message, next)| (message.to_vec(), next));
            assert_eq!(
                found(wire, &[]),
                expected,
                "{:?}",
                String::from_utf8_lossy(wire)
            );
        }
    }

    #[test]
    fn a_forgotten_front_does_not_hide_the_end() {
        let mut scan = DotScan::default();
        let mut data = vec![b'x'; 5000];
        data.extend_from_slice(b"\r\n.");
        assert_eq!(scan.find(&data), None);
        data.drain(..scan.forget());
        assert_eq!(data, b"\r\n.");
        data.extend_from_slice(b"\r\n");
        assert_eq!(scan.find(&data), Some(End { len: 2, next: 5 }));
    }

    #[test]
    fn long_lines_are_those_longer_than_the_limit() {
        assert!(!has_long_line(b"", 5));
        assert!(!has_long_line(b"abc\r\nabc\r\n", 5));
        assert!(has_long_line(b"abc\r\nabcd\r\n", 5));
        assert!(has_long_line(b"abcdef", 5));
        assert!(!has_long_line(&b"a\n".repeat(9000), 5));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]
        #[test]
        fn the_fast_search_agrees_with_the_plain_one(
            pieces in prop::collection::vec(
                prop_oneof![Just("\r\n"), Just("."), Just("\r"), Just("\n"), Just("a"), Just("long enough")],
                0..60,
            ),
            filler in prop_oneof![Just(0usize), Just(2047), Just(2048), Just(2049), Just(4095)],
            mut cuts in prop::collection::vec(0usize..5000, 0..4),
        ) {
            let mut wire = vec![b'x'; filler];
            wire.extend_from_slice(pieces.concat().as_bytes());
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(wire.len()));
            cuts.sort_unstable();
            prop_assert_eq!(found(&wire, &cuts), reference(&wire));
        }
    }
}
