//! One command line (RFC 5321 §4.1.1), read into what it asks.

use super::settings::Offers;

/// A line that the sink understands; paths are still to be read by [`path`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Ehlo,
    Helo,
    Mail(&'a str),
    Rcpt(&'a str),
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Starttls,
    Auth(&'a str),
    /// Known to the RFC, not to us.
    Unsupported,
    Unknown,
}

/// Reads a line without its CRLF.
pub(super) fn parse(line: &str) -> Command<'_> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" if !rest.is_empty() => Command::Ehlo,
        "HELO" if !rest.is_empty() => Command::Helo,
        "MAIL" => Command::Mail(rest),
        "RCPT" => Command::Rcpt(rest),
        "DATA" if rest.is_empty() => Command::Data,
        "RSET" if rest.is_empty() => Command::Rset,
        "NOOP" => Command::Noop,
        "QUIT" if rest.is_empty() => Command::Quit,
        "VRFY" => Command::Vrfy,
        "STARTTLS" if rest.is_empty() => Command::Starttls,
        "AUTH" => Command::Auth(rest),
        "EXPN" | "HELP" | "BDAT" | "TURN" | "ETRN" => Command::Unsupported,
        _ => Command::Unknown,
    }
}

/// What is wrong with a path or its parameters, as the reply that says so.
pub(super) type Complaint = &'static str;

const SYNTAX: Complaint = "501 5.1.3 a path is written <local@domain>";
const NEEDS_UTF8: Complaint = "553 5.6.7 addresses beyond ASCII need SMTPUTF8";
const UNKNOWN: Complaint = "555 5.5.4 parameter not known";

/// Reads `FROM:<…>` or `TO:<…>` into the address and the parameters behind it. The address is
/// empty for the null path `<>`; a source route (RFC 5321 §3.6.1) is dropped. Whether it may go
/// beyond ASCII is asked by [`ascii`].
pub(super) fn path<'a>(rest: &'a str, keyword: &str) -> Result<(&'a str, &'a str), Complaint> {
    let (word, rest) = rest.split_at_checked(keyword.len()).ok_or(SYNTAX)?;
    if !word.eq_ignore_ascii_case(keyword) {
        return Err(SYNTAX);
    }
    let inner = rest.trim_start().strip_prefix('<').ok_or(SYNTAX)?;
    let (address, parameters) = inner.split_at(closing(inner).ok_or(SYNTAX)?);
    let parameters = parameters[1..].trim();
    let address = match address
        .strip_prefix('@')
        .and_then(|route| route.split_once(':'))
    {
        Some((_, routed)) => routed,
        None => address,
    };
    check(address).map(|()| (address, parameters))
}

/// Where the `>` is that ends a path: one inside a quoted local part does not.
fn closing(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Refuses an address beyond ASCII where it was not announced (RFC 6531 §3.4).
pub(super) fn ascii(address: &str, utf8: bool) -> Result<(), Complaint> {
    match utf8 || address.is_ascii() {
        true => Ok(()),
        false => Err(NEEDS_UTF8),
    }
}

fn check(address: &str) -> Result<(), Complaint> {
    let whole = match address.rsplit_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty(),
        // RFC 5321 §4.1.1.3: the one mailbox without a domain; the other is the null path.
        None => address.is_empty() || address.eq_ignore_ascii_case("postmaster"),
    };
    // §4.5.3.1.3: a path is at most 256 octets with its brackets.
    let sound = address.len() <= 254 && !address.bytes().any(|byte| byte.is_ascii_control());
    if whole && sound { Ok(()) } else { Err(SYNTAX) }
}

/// What the parameters of MAIL announce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Announced {
    /// SMTPUTF8 (RFC 6531).
    pub(super) utf8: bool,
}

/// Reads the parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152), RET and ENVID (RFC 3461 §4.3,
/// §4.4), and SMTPUTF8 (RFC 6531), each only where it is offered.
pub(super) fn mail_parameters(
    parameters: &str,
    offers: &Offers,
    max_message: usize,
) -> Result<Announced, Complaint> {
    let mut announced = Announced::default();
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        match name.to_ascii_uppercase().as_str() {
            "SIZE" if offers.size => match value.parse::<u64>() {
                Ok(size) if size <= max_message as u64 => {}
                Ok(_) => return Err("552 5.3.4 message too big"),
                Err(_) => return Err("501 5.5.4 SIZE takes a number"),
            },
            "BODY" if offers.eight_bit && (is("7BIT") || is("8BITMIME")) => {}
            "RET" if offers.dsn && (is("FULL") || is("HDRS")) => {}
            "ENVID" if offers.dsn && is_xtext(value) && value.len() <= 100 => {}
            "SMTPUTF8" if offers.utf8 && parameter.len() == name.len() => announced.utf8 = true,
            _ => return Err(UNKNOWN),
        }
    }
    Ok(announced)
}

/// Checks the parameters of RCPT: NOTIFY and ORCPT (RFC 3461 §4.1, §4.2), where they are offered.
pub(super) fn rcpt_parameters(parameters: &str, offers: &Offers) -> Result<(), Complaint> {
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let notify = |word: &str| {
            ["SUCCESS", "FAILURE", "DELAY"]
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        };
        match name.to_ascii_uppercase().as_str() {
            "NOTIFY" if offers.dsn && value.eq_ignore_ascii_case("NEVER") => {}
            "NOTIFY" if offers.dsn && value.split(',').all(notify) => {}
            "ORCPT" if offers.dsn => match value.split_once(';') {
                Some((kind, address)) if !kind.is_empty() && is_xtext(address) => {}
                _ => return Err("501 5.5.4 ORCPT takes a type and xtext"),
            },
            _ => return Err(UNKNOWN),
        }
    }
    Ok(())
}

/// RFC 3461 §4: printable ASCII but `+` and `=`, and `+` with two hexadecimal digits.
fn is_xtext(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| matches!(byte, Some(b'0'..=b'9' | b'A'..=b'F'));
        let sound = match byte {
            b'+' => hex(bytes.next()) && hex(bytes.next()),
            b'=' => false,
            byte => byte.is_ascii_graphic(),
        };
        if !sound {
            return false;
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_read_in_any_case() {
        assert_eq!(parse("ehlo me"), Command::Ehlo);
        assert_eq!(parse("EHLO"), Command::Unknown);
        assert_eq!(parse("mail FROM:<a@b>"), Command::Mail("FROM:<a@b>"));
        assert_eq!(parse("DATA now"), Command::Unknown);
        assert_eq!(parse("auth PLAIN x"), Command::Auth("PLAIN x"));
        assert_eq!(parse("STARTTLS"), Command::Starttls);
        assert_eq!(parse("STARTTLS now"), Command::Unknown);
        assert_eq!(parse("BDAT 1 LAST"), Command::Unsupported);
        assert_eq!(parse(""), Command::Unknown);
        assert_eq!(parse("żółw"), Command::Unknown);
    }

    #[test]
    fn paths_are_read_with_quotes_routes_and_parameters() {
        assert_eq!(path("FROM:<>", "FROM:"), Ok(("", "")));
        assert_eq!(path("from: <a@b> SIZE=1", "FROM:"), Ok(("a@b", "SIZE=1")));
        assert_eq!(path("TO:<\"a>b\"@c>", "TO:"), Ok(("\"a>b\"@c", "")));
        assert_eq!(path("TO:<@r1,@r2:a@b>", "TO:"), Ok(("a@b", "")));
        assert_eq!(path("TO:<Postmaster>", "TO:"), Ok(("Postmaster", "")));
        for bad in [
            "",
            "TO",
            "TO:",
            "TO:a@b",
            "TO:<a@b",
            "TO:<a>",
            "TO:<@b>",
            "TO:<a@>",
            "żó:<a@b>",
        ] {
            assert_eq!(path(bad, "TO:"), Err(SYNTAX), "{bad}");
        }
        assert_eq!(path("TO:<żółw@b>", "TO:"), Ok(("żółw@b", "")));
        assert_eq!(ascii("żółw@b", false), Err(NEEDS_UTF8));
        assert_eq!(ascii("żółw@b", true), Ok(()));
        assert_eq!(
            path(&format!("TO:<{}@b>", "a".repeat(300)), "TO:"),
            Err(SYNTAX)
        );
    }

    const ALL: Offers = Offers {
        pipelining: true,
        size: true,
        eight_bit: true,
        enhanced: true,
        dsn: true,
        utf8: true,
    };
    const NONE: Offers = Offers {
        pipelining: false,
        size: false,
        eight_bit: false,
        enhanced: false,
        dsn: false,
        utf8: false,
    };

    #[test]
    fn parameters_are_taken_where_they_are_offered() {
        let mail = |text: &str, offers: &Offers| match mail_parameters(text, offers, 10) {
            Ok(announced) if announced.utf8 => "utf8",
            Ok(_) => "yes",
            Err(complaint) => &complaint[..3],
        };
        let rcpt = |text: &str, offers: &Offers| match rcpt_parameters(text, offers) {
            Ok(()) => "yes",
            Err(complaint) => &complaint[..3],
        };
        for (text, all) in [
            ("SIZE=10 BODY=8bitmime", "yes"),
            ("size=11", "552"),
            ("SIZE=x", "501"),
            ("BODY=BINARYMIME", "555"),
            ("RET=hdrs ENVID=a+2Bb", "yes"),
            ("RET=SOME", "555"),
            ("ENVID=a=b", "555"),
            ("ENVID=a+2b", "555"),
            ("ENVID=", "555"),
            ("SMTPUTF8", "utf8"),
            ("SMTPUTF8=1", "555"),
            ("WHAT", "555"),
        ] {
            assert_eq!(mail(text, &ALL), all, "{text}");
            assert_eq!(mail(text, &NONE), "555", "{text}");
        }
        for (text, all) in [
            ("NOTIFY=NEVER ORCPT=rfc822;a@b", "yes"),
            ("notify=success,FAILURE", "yes"),
            ("NOTIFY=NEVER,FAILURE", "555"),
            ("NOTIFY=", "555"),
            ("ORCPT=rfc822", "501"),
            ("WHAT=1", "555"),
        ] {
            assert_eq!(rcpt(text, &ALL), all, "{text}");
            assert_eq!(rcpt(text, &NONE), "555", "{text}");
        }
        assert_eq!(mail("", &NONE), "yes");
    }
}
