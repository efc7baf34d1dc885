//! Addresses of the envelope, checked so that no line end can slip into a command.

use lettre::Address;

use super::error::{SmtpError, SmtpErrorKind};
use crate::deliver::policy::{Phase, clean};

/// The address for MAIL; none is the null path `<>`.
pub(super) fn sender(text: &str, unicode: bool) -> Result<Option<Address>, SmtpError> {
    if text.is_empty() {
        Ok(None)
    } else {
        read(Phase::Mail, text, unicode).map(Some)
    }
}

/// The address for RCPT.
pub(super) fn recipient(text: &str, unicode: bool) -> Result<Address, SmtpError> {
    read(Phase::Rcpt, text, unicode)
}

/// `unicode`: the relay offers SMTPUTF8.
fn read(phase: Phase, text: &str, unicode: bool) -> Result<Address, SmtpError> {
    let fail = |words: String| SmtpError::new(phase, SmtpErrorKind::Unsendable(words));
    let unusable = || fail(format!("\"{}\" is no usable address", clean(text)));
    // lettre's check allows none of these either; that they cannot pass is not left to it.
    if text.chars().any(char::is_control) {
        return Err(unusable());
    }
    let address: Address = text.parse().map_err(|_| unusable())?;
    let address = if address.domain().is_ascii() {
        address
    } else {
        let domain = idna::domain_to_ascii(address.domain()).map_err(|_| unusable())?;
        Address::new(address.user(), domain).map_err(|_| unusable())?
    };
    // RFC 5321 §4.5.3.1.1-3: a path is at most 256 octets with its brackets.
    let whole: &str = address.as_ref();
    if address.user().len() > 64 || whole.len() > 254 {
        return Err(unusable());
    }
    if !address.user().is_ascii() && !unicode {
        return Err(fail(format!(
            "\"{}\" needs SMTPUTF8, which the relay lacks",
            clean(text)
        )));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_ends_a_command_is_an_address() {
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b.example\r\nRCPT TO:<c@d.example>",
            "a\r\n@b.example",
            "\"a\r\nb\"@c.example",
            "\"a\nb\"@c.example",
            "a\0@b.example",
            "a@b.example>",
            "a@b.example> SIZE=1",
            "<a@b.example>",
            "a b@c.example",
            "a@b.example\u{85}",
        ] {
            let error = recipient(bad, true).err();
            let unsendable = matches!(
                error,
                Some(SmtpError {
                    phase: Phase::Rcpt,
                    kind: SmtpErrorKind::Unsendable(_)
                })
            );
            assert!(unsendable, "{bad:?}: {error:?}");
        }
        let long = format!("{}@b.example", "a".repeat(65));
        assert!(recipient(&long, true).is_err());
    }

    #[test]
    fn names_beyond_ascii_go_as_far_as_the_relay_can() -> Result<(), SmtpError> {
        assert_eq!(
            recipient("a@bücher.example", false)?.to_string(),
            "a@xn--bcher-kva.example"
        );
        assert_eq!(recipient("ż@b.example", true)?.to_string(), "ż@b.example");
        assert!(
            recipient("ż@b.example", false)
                .is_err_and(|error| error.to_string().contains("SMTPUTF8"))
        );
        assert_eq!(sender("", false)?, None);
        assert_eq!(
            sender("b+t@c.example", false)?
                .map(|a| a.to_string())
                .as_deref(),
            Some("b+t@c.example")
        );
        Ok(())
    }
}
