//! Mail addresses: valid once made, masked whenever they are printed.

mod form;

use std::fmt;

pub use form::WellFormed;

/// An address that SMTP can carry without SMTPUTF8: an ASCII local part of at most 64 octets
/// (RFC 5321 §4.5.3.1.1) and a domain in A-label form of at most 255.
///
/// `Display` and `Debug` mask it; the whole is had only by [`Address::full`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// Why a text is no address that Courant can mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `local@domain` at all.
    #[error("not a mail address: it needs the form name@domain")]
    Form,
    /// Comments, quoted local parts, domain literals and display names are refused, and whatever may
    /// not stand in a name.
    #[error("not a plain mail address: {0}")]
    Plain(&'static str),
    /// The local part has characters beyond ASCII.
    #[error("the part before @ has characters that this service cannot send to yet (SMTPUTF8)")]
    NeedsSmtpUtf8,
    /// The domain is no host name.
    #[error("the part after @ is no domain name")]
    Domain,
    /// RFC 5321 §4.5.3.1.
    #[error("longer than mail allows (64 octets before @, 254 in all)")]
    TooLong,
}

impl AddressError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        Some("write it as name@example.org, without a display name or brackets".to_owned())
    }
}

impl Address {
    /// Reads an address. White space around it is dropped, the domain is lower-cased and brought to
    /// A-labels (RFC 5891); the local part stays as it is. Its form is [`WellFormed`]'s.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        let form = WellFormed::parse(text.trim())?;
        let whole = form.ascii().ok_or(AddressError::NeedsSmtpUtf8)?;
        Ok(Address(whole))
    }

    /// The whole address. Only for the envelope, the store and an admin who asked for it.
    pub fn full(&self) -> &str {
        &self.0
    }

    /// The form under which two spellings are one mailbox: lower-cased. What is stored as unique and
    /// what the keyed hash is made of.
    pub fn mailbox(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Without what follows a `+` before the `@`: the one mailbox that all its tags lead to.
    pub fn untagged(&self) -> Address {
        match self.local().split_once('+') {
            Some((name, _)) if !name.is_empty() => Address(format!("{name}@{}", self.domain())),
            _ => self.clone(),
        }
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`, in A-labels.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// `m***@e***.org`: enough to recognise one's own, too little to mail.
    pub fn masked(&self) -> String {
        let head = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
        let (name, end) = self
            .domain()
            .rsplit_once('.')
            .unwrap_or((self.domain(), ""));
        format!("{}***@{}***.{end}", head(self.local()), head(name))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

/// Words from outside with every address in them masked: what a server says of a recipient is
/// stored and logged, the recipient's address is not.
pub fn mask_addresses(words: &str) -> String {
    let edge = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\'' | ':' | '[' | ']' | '='
            )
    };
    let mut out = String::with_capacity(words.len());
    for piece in words.split_inclusive(edge) {
        let word = piece.trim_end_matches(edge);
        match Address::parse(word.trim_end_matches('.')) {
            Ok(address) => {
                out.push_str(&address.masked());
                out.push_str(&piece[word.len()..]);
            }
            Err(_) if word.contains('@') => {
                out.push_str("***");
                out.push_str(&piece[word.len()..]);
            }
            Err(_) => out.push_str(piece),
        }
    }
    out
}

/// HMAC-SHA-256 of an address's [`Address::mailbox`] form under the house key: what a ledger row
/// keeps instead of the address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressHash(pub [u8; 32]);

impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError, mask_addresses};

    #[test]
    fn a_tag_leads_to_the_mailbox_before_it() {
        let of = |text: &str| {
            let address = Address::parse(text).unwrap();
            address.untagged().full().to_owned()
        };
        assert_eq!(of("Mara+news+x@Example.org"), "Mara@example.org");
        for whole in ["mara@example.org", "+mara@example.org"] {
            assert_eq!(of(whole), whole);
        }
    }

    #[test]
    fn no_address_is_left_in_what_a_server_said() {
        let said = "5.1.1 <mara@news.example.org>: user unknown (mara@news.example.org). x@y";
        let kept = mask_addresses(said);
        assert_eq!(
            kept,
            "5.1.1 <m***@n***.org>: user unknown (m***@n***.org). ***"
        );
    }

    #[test]
    fn an_address_is_printed_masked() {
        let a = Address::parse(" Mara@News.Example.ORG ").expect("valid");
        assert_eq!(a.full(), "Mara@news.example.org");
        assert_eq!(a.mailbox(), "mara@news.example.org");
        assert_eq!(format!("{a} {a:?}"), "M***@n***.org Address(M***@n***.org)");
    }

    #[test]
    fn what_cannot_be_mailed_is_refused_by_kind() {
        let cases = [
            ("", AddressError::Form),
            ("x@", AddressError::Form),
            ("x@localhost", AddressError::Domain),
            ("x@1.2.3.4", AddressError::Domain),
            ("jürgen@example.org", AddressError::NeedsSmtpUtf8),
        ];
        for (text, error) in cases {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
        for text in [
            "a b@x.org",
            "A <a@x.org>",
            "\"a\"@x.org",
            "a@[1.2.3.4]",
            "a..b@x.org",
            "a\r\n@x.org",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Address::parse("x@bücher.example").expect("valid").domain(),
            "xn--bcher-kva.example"
        );
    }
}
