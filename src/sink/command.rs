//! One command line (RFC 5321 §4.1.1), read into what it asks.

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
        "EXPN" | "HELP" | "STARTTLS" | "AUTH" | "BDAT" | "TURN" | "ETRN" => Command::Unsupported,
        _ => Command::Unknown,
    }
}

/// What is wrong with a path or its parameters, as the reply that says so.
pub(super) type Complaint = &'static str;

const SYNTAX: Complaint = "501 5.1.3 a path is written <local@domain>";
const NEEDS_UTF8: Complaint = "553 5.6.7 addresses beyond ASCII need SMTPUTF8, not offered";

/// Reads `FROM:<…>` or `TO:<…>` into the address and the parameters behind it. The address is
/// empty for the null path `<>`; a source route (RFC 5321 §3.6.1) is dropped.
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

fn check(address: &str) -> Result<(), Complaint> {
    if !address.is_ascii() {
        return Err(NEEDS_UTF8);
    }
    let whole = match address.rsplit_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty(),
        // RFC 5321 §4.1.1.3: the one mailbox without a domain; the other is the null path.
        None => address.is_empty() || address.eq_ignore_ascii_case("postmaster"),
    };
    // §4.5.3.1.3: a path is at most 256 octets with its brackets.
    let sound = address.len() <= 254 && !address.bytes().any(|byte| byte.is_ascii_control());
    if whole && sound { Ok(()) } else { Err(SYNTAX) }
}

/// Checks the parameters of MAIL: SIZE (RFC 1870) and BODY (RFC 6152).
pub(super) fn mail_parameters(parameters: &str, max_message: usize) -> Result<(), Complaint> {
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => match value.parse::<u64>() {
                Ok(size) if size <= max_message as u64 => {}
                Ok(_) => return Err("552 5.3.4 message too big"),
                Err(_) => return Err("501 5.5.4 SIZE takes a number"),
            },
            "BODY" if value.eq_ignore_ascii_case("7BIT") => {}
            "BODY" if value.eq_ignore_ascii_case("8BITMIME") => {}
            _ => return Err("555 5.5.4 parameter not known"),
        }
    }
    Ok(())
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
        assert_eq!(parse("AUTH PLAIN x"), Command::Unsupported);
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
        assert_eq!(path("TO:<żółw@b>", "TO:"), Err(NEEDS_UTF8));
        assert_eq!(
            path(&format!("TO:<{}@b>", "a".repeat(300)), "TO:"),
            Err(SYNTAX)
        );
    }

    #[test]
    fn mail_parameters_know_size_and_body() {
        assert_eq!(mail_parameters("SIZE=10 BODY=8bitmime", 10), Ok(()));
        assert!(mail_parameters("SIZE=11", 10).is_err_and(|reply| reply.starts_with("552")));
        assert!(mail_parameters("SIZE=x", 10).is_err_and(|reply| reply.starts_with("501")));
        assert!(mail_parameters("SMTPUTF8", 10).is_err_and(|reply| reply.starts_with("555")));
    }
}
