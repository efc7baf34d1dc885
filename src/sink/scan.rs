//! Finding the end of a message and undoing its transparency (RFC 5321 §4.1.1.4, §4.5.2).
//!
//! The search looks for a line feed followed by a dot in blocks that compile to vector
//! instructions: most messages hold no such pair but the last, so one pass decides.

/// What the next octets of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// So many octets belong to the message.
    pub(super) text: usize,
    /// So many are done with, the text included: the rest of them is a dot of transparency, or the
    /// line that ended the message.
    pub(super) gone: usize,
    /// What comes behind them.
    pub(super) then: Then,
}

/// What comes behind a [`Piece`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// More of the same octets.
    Again,
    /// More octets are needed to tell; those that are not gone have to be shown again.
    Wait,
    /// The message is over.
    Over,
}

/// A search for the end of one message. It remembers nothing but whether a line starts.
#[derive(Debug)]
pub(super) struct DotScan {
    at_line_start: bool,
}

impl Default for DotScan {
    fn default() -> Self {
        DotScan {
            at_line_start: true,
        }
    }
}

impl DotScan {
    /// Looks at `data`, which starts where the last piece was over.
    pub(super) fn next(&mut self, data: &[u8]) -> Piece {
        let Some(dot) = line_dot(data, self.at_line_start) else {
            // A line end that is cut stays, so that what starts a line is seen.
            let text = match data {
                [.., b'\r'] => data.len() - 1,
                _ => data.len(),
            };
            if text > 0 {
                self.at_line_start = data[..text].ends_with(b"\r\n");
            }
            return Piece {
                text,
                gone: text,
                then: Then::Wait,
            };
        };
        let (gone, then) = match &data[dot + 1..] {
            [b'\r', b'\n', ..] => (dot + 3, Then::Over),
            [] | [b'\r'] => (dot, Then::Wait),
            _ => (dot + 1, Then::Again),
        };
        self.at_line_start = then != Then::Again;
        Piece {
            text: dot,
            gone,
            then,
        }
    }
}

/// The first dot that starts a line.
fn line_dot(data: &[u8], at_line_start: bool) -> Option<usize> {
    if at_line_start && data.first() == Some(&b'.') {
        return Some(0);
    }
    let mut from = 0;
    loop {
        let feed = lf_dot(data, from)?;
        if feed > 0 && data[feed - 1] == b'\r' {
            return Some(feed + 1);
        }
        from = feed + 1;
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

    /// The message and where the next command starts, if the octets come cut like this.
    fn found(wire: &[u8], cuts: &[usize]) -> Option<(Vec<u8>, usize)> {
        let (mut scan, mut message, mut at) = (DotScan::default(), Vec::new(), 0);
        for cut in cuts.iter().chain(&[wire.len()]) {
            loop {
                let piece = scan.next(&wire[at.min(*cut)..*cut]);
                message.extend_from_slice(&wire[at..at + piece.text]);
                at += piece.gone;
                match piece.then {
                    Then::Again => {}
                    Then::Wait => break,
                    Then::Over => return Some((message, at)),
                }
            }
        }
        None
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
    fn nothing_but_a_cut_line_end_waits() {
        let mut scan = DotScan::default();
        let wait = |len| Piece {
            text: len,
            gone: len,
            then: Then::Wait,
        };
        assert_eq!(scan.next(&[b'x'; 5000]), wait(5000));
        assert_eq!(scan.next(b"\r"), wait(0));
        assert_eq!(scan.next(b"\r\n"), wait(2));
        assert_eq!(scan.next(b"."), wait(0));
        assert_eq!(scan.next(b".\r"), wait(0));
        let over = Piece {
            text: 0,
            gone: 3,
            then: Then::Over,
        };
        assert_eq!(scan.next(b".\r\nQUIT"), over);
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
