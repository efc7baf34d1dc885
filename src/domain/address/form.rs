//! The form of a mail address, as real mail uses it: a dot-atom (RFC 5322 §3.2.3, with letters beyond
//! ASCII by RFC 6531 §3.3), an `@`, and a domain name that a registry could hand out.
//!
//! Quoted local parts, comments, domain literals and names without a dot are valid by the RFC and
//! used by nobody who wants a newsletter: they are refused by name. Nothing here asks whether the
//! mailbox exists, or whether Courant can mail it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::AddressError;

/// Octets before the `@` (RFC 5321 §4.5.3.1.1).
const LOCAL: usize = 64;
/// Octets of a name in the DNS, without its closing dot (RFC 1035 §2.3.4).
const DOMAIN: usize = 253;
/// Octets in all: a path of 256 with its brackets (RFC 5321 §4.5.3.1.3).
const WHOLE: usize = 254;
/// Octets of one label.
const LABEL: usize = 63;

/// An address of good form.
#[derive(Clone, PartialEq, Eq)]
pub struct WellFormed {
    /// Before the `@`, in Unicode's form C.
    pub(super) local: String,
    /// After it, lower-cased, in A-labels.
    pub(super) domain: String,
}

impl WellFormed {
    /// Reads an address as it stands: white space around it is a fault as well.
    ///
    /// # Errors
    /// What is wrong with it; never [`AddressError::NeedsSmtpUtf8`].
    pub fn parse(text: &str) -> Result<WellFormed, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Form)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Form);
        }
        plain(text, domain)?;
        let atoms = local.split('.').all(|atom| !atom.is_empty());
        if !atoms || !local.chars().all(|c| c == '.' || in_atom(c)) {
            return Err(AddressError::Plain(
                "a character or a dot before the @ is not allowed there",
            ));
        }
        let (local, domain) = (local.nfc().collect::<String>(), ascii_domain(domain)?);
        if local.len() > LOCAL || domain.len() > DOMAIN || local.len() + 1 + domain.len() > WHOLE {
            return Err(AddressError::TooLong);
        }
        Ok(WellFormed { local, domain })
    }

    /// The spelling that people read: the domain lower-cased and in Unicode.
    pub fn normalized(&self) -> String {
        let (unicode, _) = idna::domain_to_unicode(&self.domain);
        format!("{}@{unicode}", self.local)
    }

    /// The spelling in ASCII alone; `None` where the part before the `@` has none.
    pub fn ascii(&self) -> Option<String> {
        let plain = self.local.is_ascii();
        plain.then(|| format!("{}@{}", self.local, self.domain))
    }
}

/// What the RFC allows and nobody's mailbox is called.
fn plain(text: &str, domain: &str) -> Result<(), AddressError> {
    let refused = [
        (domain.starts_with('['), "a domain literal is not taken"),
        (text.contains('"'), "quotes are not taken"),
        (
            text.contains(['<', '>', '(', ')', '[', ']', ',', ';', ':', '\\']),
            "brackets, comments and several addresses are not taken",
        ),
        (
            text.contains(char::is_whitespace),
            "it has white space in it",
        ),
    ];
    match refused.into_iter().find(|(found, _)| *found) {
        Some((_, words)) => Err(AddressError::Plain(words)),
        None => Ok(()),
    }
}

fn in_atom(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
        false => is_letter(c),
    }
}

/// Letters, their marks, digits, and the pictures that some registries take; nothing that only looks
/// like another sign, such as full-width letters.
fn is_letter(c: char) -> bool {
    let picture = matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}');
    if !(c.is_alphanumeric() || is_combining_mark(c) || picture) {
        return false;
    }
    // Thai and Lao write a vowel that Unicode takes apart for compatibility.
    let own = matches!(c, '\u{0e33}' | '\u{0eb3}');
    own || std::iter::once(c).nfkc().eq(std::iter::once(c).nfc())
}

/// The domain in A-labels (RFC 5891), each a host's label (RFC 1123 §2.1).
fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !domain
        .chars()
        .all(|c| letters(c) || (!c.is_ascii() && is_letter(c)))
    {
        return Err(AddressError::Domain);
    }
    let ascii = idna::domain_to_ascii(domain).map_err(|_| AddressError::Domain)?;
    let label = |label: &str| {
        let edge = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && label.len() <= LABEL && !edge
    };
    if !ascii.chars().all(letters) || !ascii.split('.').all(label) {
        return Err(AddressError::Domain);
    }
    // Every label that says that it is an A-label has to be one.
    if idna::domain_to_unicode(&ascii).1.is_err() {
        return Err(AddressError::Domain);
    }
    let (_, last) = ascii.rsplit_once('.').ok_or(AddressError::Domain)?;
    let named = last.len() > 1 && last.bytes().any(|b| b.is_ascii_alphabetic());
    named.then_some(ascii).ok_or(AddressError::Domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<String>), AddressError> {
        WellFormed::parse(text).map(|a| (a.normalized(), a.ascii()))
    }

    #[test]
    fn what_people_are_called_is_taken() {
        for (text, normalized, ascii) in [
            ("Mara.B+x@News.Example", "Mara.B+x@news.example", true),
            (
                "o'hara_1/2=3@a.co-op.example",
                "o'hara_1/2=3@a.co-op.example",
                true,
            ),
            ("jörg@bücher.example", "jörg@bücher.example", false),
            ("коля@пример.рф", "коля@пример.рф", false),
            ("อำนาจ@ตัวอย่าง.ไทย", "อำนาจ@ตัวอย่าง.ไทย", false),
            (
                "\u{1f600}@\u{1f600}.example",
                "\u{1f600}@\u{1f600}.example",
                false,
            ),
            ("x@r3---sn.a-b--c.example", "x@r3---sn.a-b--c.example", true),
            ("x@xn--bcher-kva.example", "x@bücher.example", true),
        ] {
            let (is, plain) = read(text).unwrap();
            assert_eq!(
                (is.as_str(), plain.is_some()),
                (normalized, ascii),
                "{text}"
            );
        }
        let (_, ascii) = read("x@bücher.example").unwrap();
        assert_eq!(ascii.as_deref(), Some("x@xn--bcher-kva.example"));
        assert_eq!(read("jo\u{308}rg@x.example"), read("jörg@x.example"));
    }

    #[test]
    fn what_only_looks_like_one_is_refused() {
        for text in [
            " a@x.example",
            "a@x.example ",
            "a\u{a0}b@x.example",
            "a@x.exa\u{2009}mple",
            "a\u{0}@x.example",
            "a@b@x.example",
            ".a@x.example",
            "a.@x.example",
            "a..b@x.example",
            "\u{ff47}@x.example",
            "a@\u{ff47}.example",
            "a\u{2551}b@x.example",
            "a@x.example\u{a9}",
            "a@x\u{3002}example",
            "a@-x.example",
            "a@x-.example",
            "a@x..example",
            "a@x.example.",
            "a@_x.example",
            "a@x.c",
            "a@x.12",
            "a@x",
            "a@xn--a-ecp.example\u{200d}",
            "\"a b\"@x.example",
            "(note)a@x.example",
            "a@[192.0.2.1]",
            "Mara <mara@x.example>",
            "a@x.example,b@x.example",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        let long = |n: usize| format!("{}@x.example", "ü".repeat(n));
        assert!(read(&long(32)).is_ok());
        assert_eq!(read(&long(33)), Err(AddressError::TooLong));
    }
}
