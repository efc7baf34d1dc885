//! A message on the wire: what may be sent, and its transparency (RFC 5321 §4.5.2).

use std::fmt;

/// A message as the argument of one `command`, its final dot included. lettre's own `message()`
/// copies octet by octet, writes twice, and adds an empty line to what already ends in CRLF.
pub(super) struct Payload<'m>(&'m str);

impl<'m> Payload<'m> {
    /// # Errors
    /// Why these octets are no message, for people.
    pub(super) fn new(message: &'m [u8]) -> Result<Payload<'m>, String> {
        if !ends_lines_with_crlf(message) {
            // A lone CR or LF is a line end to some servers and not to others: what one takes
            // for text another could take for commands ("SMTP smuggling").
            return Err("a line of the message does not end with CR LF".to_owned());
        }
        // Every message of ours is quoted-printable or base64, so that no relay has to change it
        // and break its signature.
        let text = std::str::from_utf8(message)
            .ok()
            .filter(|text| text.is_ascii());
        text.map(Payload)
            .ok_or_else(|| "the message is not 7-bit".to_owned())
    }
}

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0;
        if message.starts_with('.') {
            f.write_str(".")?;
        }
        if has_lf_dot(message.as_bytes()) {
            let mut rest = message;
            while let Some(at) = rest.find("\n.") {
                let (line, dotted) = rest.split_at(at + 1);
                f.write_str(line)?;
                f.write_str(".")?;
                rest = dotted;
            }
            f.write_str(rest)?;
        } else {
            f.write_str(message)?;
        }
        // The CRLF behind 354, or that of the last line, is the first half of CRLF.CRLF
        // (§4.1.1.4).
        let ended = message.is_empty() || message.ends_with("\r\n");
        f.write_str(if ended { ".\r\n" } else { "\r\n.\r\n" })
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

    #[test]
    fn dots_are_doubled_and_nothing_is_added() -> Result<(), String> {
        for (message, wire) in [
            ("", ".\r\n"),
            ("\r\n", "\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            ("a\r\n.\r\n..b\r\nc.\r\n", "a\r\n..\r\n...b\r\nc.\r\n.\r\n"),
        ] {
            assert_eq!(
                Payload::new(message.as_bytes())?.to_string(),
                wire,
                "{message:?}"
            );
        }
        let long = "x".repeat(2047) + "\r\n.y\r\n" + &"z".repeat(5000);
        let wire = Payload::new(long.as_bytes())?.to_string();
        assert_eq!(wire, long.replace("\r\n.", "\r\n..") + "\r\n.\r\n");
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
            assert!(Payload::new(bad).is_err(), "{bad:?}");
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
