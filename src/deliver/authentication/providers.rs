//! Domains at which people rent a mailbox: nobody but their provider may send as them, and what the
//! relays of well-known senders are called in SPF.

use super::{Finding, Sender};
use crate::deliver::alignment::within;

/// Domains of mailbox providers. Their DMARC records have other senders refused or put aside.
const MAILBOXES: &[&str] = &[
    "aim.com",
    "aol.com",
    "bluewin.ch",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "tuta.com",
    "tutanota.com",
    "web.de",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

/// Relay hosts below a domain, and what their keepers say to include.
const INCLUDES: &[(&str, &str)] = &[
    ("amazonaws.com", "amazonses.com"),
    ("brevo.com", "spf.brevo.com"),
    ("gmail.com", "_spf.google.com"),
    ("google.com", "_spf.google.com"),
    ("mailgun.org", "mailgun.org"),
    ("mailjet.com", "spf.mailjet.com"),
    ("mandrillapp.com", "spf.mandrillapp.com"),
    ("messagingengine.com", "spf.messagingengine.com"),
    ("office365.com", "spf.protection.outlook.com"),
    ("outlook.com", "spf.protection.outlook.com"),
    ("postmarkapp.com", "spf.mtasv.net"),
    ("sendgrid.net", "sendgrid.net"),
    ("sendinblue.com", "spf.brevo.com"),
    ("sparkpostmail.com", "sparkpostmail.com"),
];

/// Whether a domain is one at which people rent a mailbox.
pub fn is_mailbox_provider(domain: &str) -> bool {
    MAILBOXES.contains(&domain.to_ascii_lowercase().as_str())
}

pub(super) fn rented(sender: &Sender) -> Finding {
    let (list, from) = (&sender.list, &sender.from);
    Finding::problem(
        from,
        format!(
            "list `{list}` sends from `{from}`, a mailbox provider: nobody else may send in its \
             name, and receivers refuse what does"
        ),
        format!("`courant list set {list} sender_address NAME@DOMAIN`, a domain of your own"),
    )
}

/// What the keeper of a relay says to put into SPF, where it is known.
pub(super) fn include(relay: &str) -> Option<&'static str> {
    let known = INCLUDES.iter().find(|(host, _)| within(relay, host));
    known.map(|(_, include)| *include)
}

/// The SPF mechanism that covers a relay, as far as it can be told from its name.
pub(super) fn mechanism(relay: &str) -> String {
    let local = relay == "localhost" || relay.starts_with("127.") || relay.contains(':');
    let literal = relay.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match include(relay) {
        Some(include) => format!("include:{include}"),
        None if local => "ip4:ADDRESS-OF-THIS-MACHINE".to_owned(),
        None if literal => format!("ip4:{relay}"),
        None => format!("a:{relay}"),
    }
}
