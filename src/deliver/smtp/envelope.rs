//! The commands of one transaction: MAIL, RCPT, DATA, with the parameters that the relay offers.

use std::fmt::Write as _;

use super::error::{SmtpError, SmtpErrorKind};
use super::{Offers, address};
use crate::deliver::policy::Phase;

/// RFC 3461 §4.4: an ENVID has at most 100 characters.
const MAX_ENVID: usize = 100;
/// RFC 3461 §4.2: an ORCPT has at most 500 characters.
const MAX_ORCPT: usize = 500;

/// What one transaction says before the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The envelope sender; empty is the null path `<>`. A domain beyond ASCII goes as A-label.
    pub mail_from: &'a str,
    /// The one recipient. A local part beyond ASCII needs SMTPUTF8 (RFC 6531).
    pub rcpt_to: &'a str,
    /// Our name for this letter in a delivery status notification (RFC 3461 §4.4): 1 to 100
    /// printable ASCII characters. Said only where the relay offers DSN.
    pub envid: Option<&'a str>,
    /// The message's octets, for SIZE (RFC 1870 §4).
    pub size: u64,
}

/// An envelope as the lines that go on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Commands {
    text: String,
    mail_ends: usize,
    rcpt_ends: usize,
}

impl Commands {
    /// # Errors
    /// `Unsendable`: an address or a name that SMTP, or this relay, cannot carry.
    pub(super) fn of(envelope: &Envelope<'_>, offers: &Offers) -> Result<Commands, SmtpError> {
        let sender = address::sender(envelope.mail_from, offers.smtputf8)?;
        let recipient = address::recipient(envelope.rcpt_to, offers.smtputf8)?;
        let recipient: &str = recipient.as_ref();
        let sender: &str = sender.as_ref().map_or("", AsRef::as_ref);
        let mut text = format!("MAIL FROM:<{sender}>");
        if offers.size {
            // A String takes everything.
            let _ = write!(text, " SIZE={}", envelope.size);
        }
        if !(sender.is_ascii() && recipient.is_ascii()) {
            text.push_str(" SMTPUTF8");
        }
        if offers.dsn {
            text.push_str(" RET=HDRS");
            if let Some(envid) = envelope.envid {
                let envid = sound_envid(envid)?;
                text.push_str(" ENVID=");
                xtext(&mut text, envid);
            }
        }
        text.push_str("\r\n");
        let mail_ends = text.len();
        let _ = write!(text, "RCPT TO:<{recipient}>");
        if offers.dsn {
            text.push_str(" NOTIFY=FAILURE,DELAY");
            let mut original = " ORCPT=rfc822;".to_owned();
            xtext(&mut original, recipient);
            // An internationalised address has a form of its own (RFC 6533 §3), which we can do
            // without: ORCPT may be left out.
            if recipient.is_ascii() && original.len() <= MAX_ORCPT {
                text.push_str(&original);
            }
        }
        text.push_str("\r\n");
        let rcpt_ends = text.len();
        text.push_str("DATA\r\n");
        Ok(Commands {
            text,
            mail_ends,
            rcpt_ends,
        })
    }

    /// All three.
    pub(super) fn all(&self) -> &str {
        &self.text
    }

    /// MAIL, RCPT and DATA one by one, each with the phase that it belongs to.
    pub(super) fn each(&self) -> [(Phase, &str); 3] {
        let (mail, rest) = self.text.split_at(self.mail_ends);
        let (rcpt, data) = rest.split_at(self.rcpt_ends - self.mail_ends);
        [
            (Phase::Mail, mail),
            (Phase::Rcpt, rcpt),
            (Phase::Data, data),
        ]
    }
}

fn sound_envid(envid: &str) -> Result<&str, SmtpError> {
    let sound = envid.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let mut coded = String::new();
    xtext(&mut coded, envid);
    if sound && (1..=MAX_ENVID).contains(&coded.len()) {
        return Ok(envid);
    }
    let words = "the envelope's name is not 1 to 100 printable characters".to_owned();
    Err(SmtpError::new(
        Phase::Mail,
        SmtpErrorKind::Unsendable(words),
    ))
}

/// RFC 3461 §4: `+`, `=` and all that is not a visible ASCII character as `+` and two hexadecimal
/// digits.
fn xtext(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'+' && byte != b'=' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "+{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(envelope: &Envelope<'_>, offers: &Offers) -> Result<Vec<String>, SmtpError> {
        let commands = Commands::of(envelope, offers)?;
        let each = commands.each();
        assert_eq!(each.map(|(_, line)| line).concat(), commands.all());
        Ok(each.map(|(_, line)| line.trim_end().to_owned()).to_vec())
    }

    const ENVELOPE: Envelope<'_> = Envelope {
        mail_from: "b@c.example",
        rcpt_to: "a+b=c@d.example",
        envid: Some("L 1+2=3"),
        size: 7,
    };

    #[test]
    fn parameters_are_said_where_they_are_offered() -> Result<(), SmtpError> {
        let mut offers = Offers::default();
        assert_eq!(
            lines(&ENVELOPE, &offers)?,
            [
                "MAIL FROM:<b@c.example>",
                "RCPT TO:<a+b=c@d.example>",
                "DATA"
            ]
        );
        offers.size = true;
        assert_eq!(
            lines(&ENVELOPE, &offers)?[0],
            "MAIL FROM:<b@c.example> SIZE=7"
        );
        offers.dsn = true;
        assert_eq!(
            lines(&ENVELOPE, &offers)?[..2],
            [
                "MAIL FROM:<b@c.example> SIZE=7 RET=HDRS ENVID=L+201+2B2+3D3",
                "RCPT TO:<a+b=c@d.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@d.example",
            ]
        );
        Ok(())
    }

    #[test]
    fn names_of_letters_are_short_and_printable() {
        let offers = Offers {
            dsn: true,
            ..Offers::default()
        };
        let long = "x".repeat(101);
        let grown = "+".repeat(34);
        for bad in ["", "a\r\nRSET", "\u{e9}", &long, &grown] {
            let envelope = Envelope {
                envid: Some(bad),
                ..ENVELOPE
            };
            let error = lines(&envelope, &offers).err();
            let unsendable = error.is_some_and(|e| matches!(e.kind, SmtpErrorKind::Unsendable(_)));
            assert!(unsendable, "{bad:?}");
        }
        // An ORCPT that would grow too long is left out.
        let name = "=".repeat(64);
        let labels = ["d".repeat(60), "e".repeat(60), "f".repeat(60)].join(".");
        let address = format!("{name}@{labels}");
        let envelope = Envelope {
            rcpt_to: &address,
            ..ENVELOPE
        };
        let said = lines(&envelope, &offers).map(|lines| lines[1].clone());
        assert!(said.is_ok_and(|line| line.len() < 900));
    }
}
