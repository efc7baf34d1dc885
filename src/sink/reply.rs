//! Replies in other manners than one line in one packet.

use super::fault::Manner;
use super::wire::{Stop, Wire};

/// Octets of an over-long line: far beyond the 512 of RFC 5321 §4.5.3.1.5.
const LONG: usize = 64 * 1024;

/// The code of a reply that we wrote.
pub(super) fn code_of(reply: &str) -> u16 {
    reply
        .get(..3)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0)
}

impl Wire<'_> {
    /// Queues or sends a reply in a manner; what is queued before it goes out as it is.
    pub(super) async fn dressed(&mut self, text: &str, manner: Manner) -> Result<(), Stop> {
        let before = self.take_queue();
        match manner {
            Manner::Multi => self.reply(&three_lines(text)),
            _ => self.reply(text),
        }
        let mut reply = self.take_queue();
        self.raw(&before);
        let end = reply.len() - 2;
        match manner {
            Manner::Plain | Manner::Multi => {}
            Manner::Slow => {
                let slow = self.slow();
                self.wait(slow).await?;
            }
            Manner::Drip => {
                self.flush().await?;
                let drip = self.drip();
                for octet in reply.drain(..) {
                    self.raw(&[octet]);
                    self.wait(drip).await?;
                }
            }
            Manner::Split => {
                self.flush().await?;
                let rest = reply.split_off(2);
                self.raw(&reply);
                let drip = self.drip();
                self.wait(drip).await?;
                reply = rest;
            }
            Manner::BareLf => {
                reply.truncate(end);
                reply.push(b'\n');
            }
            Manner::NoCrlf => {
                self.raw(&reply[..end]);
                return Err(Stop::Farewell);
            }
            Manner::LongLine => {
                reply.splice(end..end, std::iter::repeat_n(b'x', LONG));
            }
            Manner::NotUtf8 => {
                reply.splice(end..end, *b" \xff\xc3\x28");
            }
        }
        self.raw(&reply);
        Ok(())
    }
}

/// A reply in three lines, each with its code and its enhanced code (RFC 2034 §4).
fn three_lines(text: &str) -> String {
    let Some((code, rest)) = text.split_at_checked(4) else {
        return text.to_owned();
    };
    if code.ends_with('-') {
        // It has several lines already.
        return text.to_owned();
    }
    let code = &code[..3];
    let (first, _) = rest.split_once(' ').unwrap_or((rest, ""));
    let enhanced = match first.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{first} "),
        false => String::new(),
    };
    format!("{code}-{enhanced}to begin with\r\n{code}-{enhanced}and furthermore\r\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lines_share_their_codes() {
        assert_eq!(
            three_lines("250 2.1.5 Ok"),
            "250-2.1.5 to begin with\r\n250-2.1.5 and furthermore\r\n250 2.1.5 Ok"
        );
        assert_eq!(
            three_lines("354 go on"),
            "354-to begin with\r\n354-and furthermore\r\n354 go on"
        );
        assert_eq!(three_lines("250-a\r\n250 b"), "250-a\r\n250 b");
    }

    #[test]
    fn codes_of_replies() {
        assert_eq!(code_of("250-a\r\n250 b"), 250);
        assert_eq!(code_of("354 x"), 354);
        assert_eq!(code_of("żó"), 0);
    }
}
