//! Every option of the configuration file: its key, default, meaning and check.

use url::{Host, Url};

use super::check::{
    any, bounce_domain, connections, contact, date_or_none, domain, flag, format, host, hours,
    interval, letters, level, name_server, networks, patience, per_day, per_second, port, retry,
    seconds, seconds_or_zero, selector, sign_ups, socket, tls, warm_up,
};

/// One option.
#[derive(Debug)]
pub struct Opt {
    /// `section.key`; without the section where sections have names.
    pub key: &'static str,
    /// One line, with the default or the unit.
    pub meaning: &'static str,
    /// As it would stand in the file, without quotes; empty for "not set".
    pub default: &'static str,
    /// Written as a string.
    pub quoted: bool,
    /// Never printed.
    pub secret: bool,
    /// What is wrong with a value.
    pub check: fn(&str) -> Result<(), String>,
}

/// A relay's way of protecting the connection.
pub const TLS: &[&str] = &["required", "implicit", "none"];

/// Every option, by section.
pub const OPTIONS: &[Opt] = &[
    Opt {
        key: "server.listen",
        meaning: "address and port of the web pages; put a TLS proxy before it",
        default: "127.0.0.1:8025",
        quoted: true,
        secret: false,
        check: socket,
    },
    Opt {
        key: "server.public_url",
        meaning: "where readers reach these pages: https, or http on a loopback address for trying out",
        default: "",
        quoted: true,
        secret: false,
        check: public_url,
    },
    Opt {
        key: "server.trusted_proxies",
        meaning: "networks of the proxies before us, such as 127.0.0.1, whose X-Forwarded-For says who asks",
        default: "",
        quoted: true,
        secret: false,
        check: networks,
    },
    Opt {
        key: "smtp.host",
        meaning: "the relay that takes our mail",
        default: "",
        quoted: true,
        secret: false,
        check: host,
    },
    Opt {
        key: "smtp.port",
        meaning: "587 for STARTTLS, 465 for implicit TLS",
        default: "587",
        quoted: false,
        secret: false,
        check: port,
    },
    Opt {
        key: "smtp.tls",
        meaning: "required (STARTTLS or nothing), implicit, or none (loopback relays only, see allow_plaintext)",
        default: "required",
        quoted: true,
        secret: false,
        check: tls,
    },
    Opt {
        key: "smtp.username",
        meaning: "user name at the relay, if it asks for one",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "smtp.password",
        meaning: "password at the relay; better as COURANT_SMTP__PASSWORD_FILE",
        default: "",
        quoted: true,
        secret: true,
        check: any,
    },
    Opt {
        key: "smtp.helo",
        meaning: "the name that we greet with; default: the host of public_url",
        default: "",
        quoted: true,
        secret: false,
        check: host,
    },
    Opt {
        key: "smtp.relay_signs",
        meaning: "the relay adds a DKIM signature that covers List-Unsubscribe and List-Unsubscribe-Post",
        default: "false",
        quoted: false,
        secret: false,
        check: flag,
    },
    Opt {
        key: "smtp.connections",
        meaning: "connections to the relay at once, 1 to 256",
        default: "8",
        quoted: false,
        secret: false,
        check: connections,
    },
    Opt {
        key: "smtp.timeout_seconds",
        meaning: "longest wait for a reply; after the final dot twice as long (RFC 5321 asks for 300 and 600)",
        default: "300",
        quoted: false,
        secret: false,
        check: seconds,
    },
    Opt {
        key: "smtp.timeout_connect_seconds",
        meaning: "longest wait for the connection, and for TLS; 0: timeout_seconds, at most 60",
        default: "0",
        quoted: false,
        secret: false,
        check: seconds_or_zero,
    },
    Opt {
        key: "smtp.timeout_dot_seconds",
        meaning: "longest wait for the reply to a whole letter; 0: twice timeout_seconds",
        default: "0",
        quoted: false,
        secret: false,
        check: seconds_or_zero,
    },
    Opt {
        key: "smtp.idle_seconds",
        meaning: "how long a connection without a letter is kept, 1 to 3600",
        default: "60",
        quoted: false,
        secret: false,
        check: seconds,
    },
    Opt {
        key: "smtp.messages_per_connection",
        meaning: "letters before a connection is closed; 0: no limit",
        default: "100",
        quoted: false,
        secret: false,
        check: letters,
    },
    Opt {
        key: "smtp.messages_per_second",
        meaning: "letters a second that the relay takes; 0: no limit",
        default: "0",
        quoted: false,
        secret: false,
        check: per_second,
    },
    Opt {
        key: "smtp.messages_per_day",
        meaning: "letters in any 24 hours that the relay takes; 0: no limit",
        default: "0",
        quoted: false,
        secret: false,
        check: per_day,
    },
    Opt {
        key: "smtp.warm_up",
        meaning: "letters on each of the first days, such as 50, 100, 200, 400; needs warm_up_since",
        default: "",
        quoted: true,
        secret: false,
        check: warm_up,
    },
    Opt {
        key: "smtp.warm_up_since",
        meaning: "the first day of warm_up, such as 2026-11-25",
        default: "",
        quoted: true,
        secret: false,
        check: date_or_none,
    },
    Opt {
        key: "smtp.ca_file",
        meaning: "a file of certificates (PEM) to trust for this relay, instead of the system's",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "smtp.allow_plaintext",
        meaning: "with tls = none, also to a host that is not this machine: all can be read on the way",
        default: "false",
        quoted: false,
        secret: false,
        check: flag,
    },
    Opt {
        key: "delivery.retry",
        meaning: "waits after a temporary refusal; the last one repeats",
        default: "5m, 15m, 30m, 1h, 2h, 4h, 6h",
        quoted: true,
        secret: false,
        check: retry,
    },
    Opt {
        key: "delivery.deadline_hours",
        meaning: "hours after which a letter is given up, 1 to 240; its reader's next digest ends it sooner",
        default: "72",
        quoted: false,
        secret: false,
        check: hours,
    },
    Opt {
        key: "dkim.domain",
        meaning: "domain that signs letters (DKIM): a list's From domain or a parent of it; not needed where the relay signs",
        default: "",
        quoted: true,
        secret: false,
        check: domain,
    },
    Opt {
        key: "dkim.selector",
        meaning: "name of the RSA key in DNS, SELECTOR._domainkey.DOMAIN; `courant dkim keygen` makes one",
        default: "",
        quoted: true,
        secret: false,
        check: selector,
    },
    Opt {
        key: "dkim.key_file",
        meaning: "its private key (PEM), a path from the data folder",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "dkim.ed25519_selector",
        meaning: "name of the Ed25519 key in DNS, whose signature stands beside the RSA one",
        default: "",
        quoted: true,
        secret: false,
        check: selector,
    },
    Opt {
        key: "dkim.ed25519_key_file",
        meaning: "its private key (PEM), a path from the data folder",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "bounce.domain",
        meaning: "domain whose mail comes to us: bounces go to b+TOKEN@ it; default: to each list's sender_address",
        default: "",
        quoted: true,
        secret: false,
        check: bounce_domain,
    },
    Opt {
        key: "dns.server",
        meaning: "name server that `courant doctor` asks, as IP:PORT; default: the system's",
        default: "",
        quoted: true,
        secret: false,
        check: name_server,
    },
    Opt {
        key: "ingest.interval_minutes",
        meaning: "minutes between two fetches of a source, 1 to 1440",
        default: "10",
        quoted: false,
        secret: false,
        check: interval,
    },
    Opt {
        key: "ingest.timeout_seconds",
        meaning: "seconds that a publisher's answer may take as a whole, redirects included, 1 to 120",
        default: "30",
        quoted: false,
        secret: false,
        check: patience,
    },
    Opt {
        key: "ingest.contact",
        meaning: "an address or URL at which publishers reach whoever fetches; told to them with public_url",
        default: "",
        quoted: true,
        secret: false,
        check: contact,
    },
    Opt {
        key: "join.per_network",
        meaning: "sign-ups an hour from one network (/24, or /48 of IPv6); more get the same page and no mail",
        default: "30",
        quoted: false,
        secret: false,
        check: sign_ups,
    },
    Opt {
        key: "join.per_hour",
        meaning: "sign-ups an hour from everywhere; more get the same page and no mail",
        default: "1000",
        quoted: false,
        secret: false,
        check: sign_ups,
    },
    Opt {
        key: "join.blocked_domains",
        meaning: "a file of mail domains, one a line, that may not sign up, nor may those under them; a path from the data folder",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "join.disposable_domains",
        meaning: "the same, for a list of disposable mailboxes that somebody else keeps",
        default: "",
        quoted: true,
        secret: false,
        check: any,
    },
    Opt {
        key: "log.level",
        meaning: "error, warn, info, debug or trace",
        default: "info",
        quoted: true,
        secret: false,
        check: level,
    },
    Opt {
        key: "log.format",
        meaning: "text or json; auto: text on a terminal, json elsewhere",
        default: "auto",
        quoted: true,
        secret: false,
        check: format,
    },
];

/// Whether a URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn public_url(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    let url = Url::parse(value).map_err(|_| format!("`{value}` is no URL"))?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !secure {
        return Err(format!(
            "`{value}` must be https, or http on a loopback address"
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("`{value}` must end with its path"));
    }
    Ok(())
}
