//! `relay`: whether the relay takes us, seen by going as far as AUTH and no further.
//!
//! It stands outside the ledger and takes no lock: nothing is sent.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};

use super::house::folder;
use super::{Exit, Failure, parts, show};
use crate::config::Config;
use crate::deliver::policy::{Phase, clean};
use crate::deliver::smtp::{Offers, Relay, Session, SmtpError, SmtpErrorKind, Timeouts};
use crate::domain::time::Timestamp;

/// Nobody who types a command waits for minutes.
const WAIT: Duration = Duration::from_secs(20);
/// Addresses of a name that are shown.
const SHOWN: usize = 4;

/// Verbs of `relay`.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Connect, encrypt and sign in as letters do, and say what the relay offers; nothing is sent
    Test {
        /// Which relay, by its name (default: all of them)
        name: Option<String>,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `relay`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let Verb::Test { name, json } = verb;
    let config = Config::load(&folder(home))?;
    let mut relays = relays(&config)?;
    if let Some(name) = name {
        let names: Vec<String> = relays.iter().map(|(name, _)| name.clone()).collect();
        relays.retain(|(known, _)| *known == name);
        if relays.is_empty() {
            return Err(Failure::usage(format!("there is no relay `{name}`"))
                .hint(format!("there is `{}`", names.join("`, `"))));
        }
    }
    let mut tried = Vec::new();
    for (name, relay) in &relays {
        tried.push(tried_out(name, relay).await);
    }
    if json {
        show::json(&tried.iter().map(Tried::json).collect::<Vec<_>>())?;
    }
    for tried in &tried {
        if !json {
            tried.print()?;
        }
        if let Some(refused) = &tried.refused {
            refused.failure(&tried.place).print();
        }
    }
    Ok(match tried.iter().all(|t| t.refused.is_none()) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// The relays of a configuration, by name, in the order in which letters try them.
///
/// # Errors
/// What is missing or cannot work, whatever a relay says.
pub fn relays(config: &Config) -> Result<Vec<(String, Relay)>, Failure> {
    let named = |(relay, _, name)| (name, relay);
    Ok(parts::relays(config)?.into_iter().map(named).collect())
}

/// The same relay, for somebody who waits at a terminal: no reply takes longer than twenty seconds,
/// but the one to a message.
pub fn impatient(relay: &Relay) -> Relay {
    let mut relay = relay.clone();
    let Timeouts {
        connect,
        greeting,
        tls,
        auth,
        envelope,
        data,
        ..
    } = &mut relay.timeouts;
    for wait in [connect, greeting, tls, auth, envelope, data] {
        *wait = WAIT.min(*wait);
    }
    relay
}

/// How far it came with one relay.
#[derive(Debug)]
pub struct Tried {
    name: String,
    /// `smtp.example.org:587`.
    pub place: String,
    /// `name` or a phase, what it came to, and how long it took.
    pub steps: Vec<(String, String, Duration)>,
    /// What EHLO offers, if it came so far.
    offers: Option<Offers>,
    /// Until when the relay's certificate holds.
    pub certificate_ends: Option<Timestamp>,
    /// Where it ended early.
    pub refused: Option<Refused>,
}

/// Where and why it ended, and what to do.
#[derive(Clone, Debug)]
pub struct Refused {
    /// In which step.
    pub phase: Phase,
    /// What happened.
    pub words: String,
    /// What to do about it.
    pub hint: String,
}

impl Refused {
    /// An error of the relay's, with what to do about it.
    pub fn of(relay: &Relay, error: &SmtpError) -> Refused {
        Refused {
            phase: error.phase,
            words: error.kind.to_string(),
            hint: hint(relay, error),
        }
    }

    /// As a command's end: exit 1.
    pub fn failure(&self, place: &str) -> Failure {
        let Refused { phase, words, hint } = self;
        Failure::failed(format!("{place}: {phase}: {words}")).hint(hint)
    }
}

/// Looks the name up, connects, encrypts, says EHLO, signs in, and says QUIT.
pub async fn tried_out(name: &str, relay: &Relay) -> Tried {
    let relay = impatient(relay);
    let mut tried = Tried {
        name: name.to_owned(),
        place: format!("{}:{}", relay.host(), relay.port()),
        steps: Vec::new(),
        offers: None,
        certificate_ends: None,
        refused: None,
    };
    let begun = Instant::now();
    match addresses(&relay).await {
        Ok(None) => {}
        Ok(Some(words)) => tried
            .steps
            .push(("name".to_owned(), words, begun.elapsed())),
        Err(words) => {
            tried.refused = Some(Refused {
                phase: Phase::Connect,
                words,
                hint: "check smtp.host, and the name servers of this machine".to_owned(),
            });
            return tried;
        }
    }
    let mut before = begun.elapsed();
    let mut done: Vec<(Phase, Duration)> = Vec::new();
    let mut note = |phase| done.push((phase, begun.elapsed()));
    let session = Session::connect_noting(&relay, &mut note).await;
    let encryption = session.as_ref().ok().and_then(|s| s.offers().tls.clone());
    for (phase, at) in done {
        let words = match phase {
            Phase::Connect => "connected".to_owned(),
            Phase::Tls => match &encryption {
                Some(encryption) => format!("encrypted by {encryption}"),
                None => "encrypted".to_owned(),
            },
            Phase::Auth => {
                let user = relay.credentials.as_ref().map(|(user, _)| user.as_str());
                format!("signed in as {}", user.unwrap_or_default())
            }
            _ => "the relay greets".to_owned(),
        };
        let took = at.saturating_sub(before);
        tried.steps.push((phase.to_string(), words, took));
        before = at;
    }
    match session {
        Ok(session) => {
            tried.offers = Some(session.offers().clone());
            tried.certificate_ends = session.certificate_ends();
            session.quit().await;
        }
        Err(error) => tried.refused = Some(Refused::of(&relay, &error)),
    }
    tried
}

/// What the relay's name leads to; none where it is an address. The error is why it leads nowhere.
async fn addresses(relay: &Relay) -> Result<Option<String>, String> {
    let host = relay.host();
    if host.parse::<IpAddr>().is_ok() {
        return Ok(None);
    }
    let found = tokio::net::lookup_host((host, relay.port()));
    let found = match tokio::time::timeout(relay.timeouts.connect, found).await {
        Err(_) => return Err(format!("looking up `{host}` timed out")),
        Ok(Err(error)) => {
            return Err(format!(
                "`{host}` leads nowhere: {}",
                clean(&error.to_string())
            ));
        }
        Ok(Ok(found)) => found,
    };
    let names: Vec<String> = found.map(|a| a.ip().to_string()).take(SHOWN).collect();
    match names.is_empty() {
        true => Err(format!("`{host}` has no address")),
        false => Ok(Some(format!("{host} is {}", names.join(" or ")))),
    }
}

/// What to do about a relay that would not.
fn hint(relay: &Relay, error: &SmtpError) -> String {
    let (host, port) = (relay.host(), relay.port());
    match (&error.kind, error.phase) {
        (SmtpErrorKind::TlsFailed(words), _) => tls_hint(host, words),
        (SmtpErrorKind::AuthRefused(words), _) if words.contains("neither PLAIN nor LOGIN") => {
            "the relay wants another way of signing in, or none on this port: see its own pages for \
             the port of submission"
                .to_owned()
        }
        (SmtpErrorKind::AuthRefused(_), _) => {
            "check smtp.username and smtp.password: many relays want a password made for programs"
                .to_owned()
        }
        (SmtpErrorKind::PlaintextRefused { .. }, _) => {
            "smtp.tls = \"required\" (port 587) or \"implicit\" (port 465)".to_owned()
        }
        (SmtpErrorKind::Unsendable(_), Phase::Greeting) => {
            "set smtp.helo to the name of this machine in DNS".to_owned()
        }
        (SmtpErrorKind::Io(_), Phase::Connect) => format!(
            "check smtp.host and smtp.port; `nc -vz {host} {port}` from this machine says whether \
             anybody listens there"
        ),
        (SmtpErrorKind::TimedOut, Phase::Connect) => format!(
            "nobody answers at {host}:{port}: a firewall or the host's provider may close the port"
        ),
        (SmtpErrorKind::TimedOut | SmtpErrorKind::Garbled(_), Phase::Greeting | Phase::Tls) => {
            "TLS from the first octet is spoken on port 465 (smtp.tls = \"implicit\"), STARTTLS on \
             587 and 25 (\"required\")"
                .to_owned()
        }
        (SmtpErrorKind::Reply(reply), phase) if reply.code >= 500 && phase >= Phase::Mail => {
            "the relay's words say what it does not take: the sender, this address, or the letter"
                .to_owned()
        }
        (SmtpErrorKind::Reply(reply), _) if reply.code >= 500 => {
            "the relay does not take this machine; its own pages say who may send through it"
                .to_owned()
        }
        _ => "try again later; where it stays so, ask whoever keeps the relay".to_owned(),
    }
}

/// What to do about a handshake that failed, by what rustls says of the certificate.
fn tls_hint(host: &str, words: &str) -> String {
    let lower = words.to_ascii_lowercase();
    let says = |word: &str| lower.contains(word);
    if says("not offer starttls") {
        return "the relay speaks no STARTTLS on this port: 465 with smtp.tls = \"implicit\" may, \
                and nothing is ever sent in clear"
            .to_owned();
    }
    if says("not valid for name") || says("notvalidforname") {
        return format!(
            "the certificate is made out to another name than `{host}`: set smtp.host to the name \
             that stands in it"
        );
    }
    if says("expired") {
        return "the relay's certificate has expired, or this machine's clock is wrong: whoever \
                keeps the relay renews it"
            .to_owned();
    }
    if says("notvalidyet") || says("not valid yet") {
        return "this machine's clock is behind, or the certificate is for later".to_owned();
    }
    if says("unknownissuer") || says("self") {
        return "nobody whom this machine trusts has signed the certificate: name the authority's \
                certificate as smtp.ca_file, or install it in the system"
            .to_owned();
    }
    "the port may not speak TLS that way: 465 is \"implicit\", 587 and 25 are \"required\" \
     (smtp.tls)"
        .to_owned()
}

impl Tried {
    fn print(&self) -> Result<(), Failure> {
        show::line(&format!("{} ({})", self.name, self.place))?;
        for (phase, words, took) in &self.steps {
            show::line(&format!("  {phase:11}  {words}, {} ms", took.as_millis()))?;
        }
        if let Some(ends) = self.certificate_ends {
            show::line(&format!(
                "  {:11}  holds until {}",
                "certificate",
                show::utc(ends)
            ))?;
        }
        if let Some(offers) = &self.offers {
            show::line(&format!("  {:11}  {}", "EHLO", offered(offers)))?;
            show::note(&format!("{}: letters can leave this way", self.place));
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let step = |(phase, words, took): &(String, String, Duration)| {
            json!({
                "phase": phase,
                "what": words,
                "ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            })
        };
        let refused = self
            .refused
            .as_ref()
            .map(|r| json!({"phase": r.phase.to_string(), "what": r.words, "hint": r.hint}));
        json!({
            "relay": self.name,
            "place": self.place,
            "ok": self.refused.is_none(),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "certificate_ends": self.certificate_ends.map(|t| t.to_string()),
            "offers": self.offers.as_ref().map(offers_json),
            "refused": refused,
        })
    }
}

fn offers_json(offers: &Offers) -> Value {
    json!({
        "name": offers.name,
        "tls": offers.tls,
        "pipelining": offers.pipelining,
        "max_message": offers.max_message,
        "smtputf8": offers.smtputf8,
        "8bitmime": offers.eight_bit,
        "dsn": offers.dsn,
        "enhanced_status_codes": offers.enhanced_codes,
        "auth": offers.auth,
    })
}

/// What EHLO offers, in words.
fn offered(offers: &Offers) -> String {
    let mut words = vec![format!("{} offers", offers.name)];
    let size = match offers.max_message {
        Some(octets) => format!("SIZE {octets}"),
        None => "SIZE".to_owned(),
    };
    let auth = format!("AUTH {}", offers.auth.join(" "));
    let kinds = [
        (offers.pipelining, "PIPELINING"),
        (offers.size, size.as_str()),
        (offers.eight_bit, "8BITMIME"),
        (offers.smtputf8, "SMTPUTF8"),
        (offers.dsn, "DSN"),
        (offers.enhanced_codes, "ENHANCEDSTATUSCODES"),
        (!offers.auth.is_empty(), auth.as_str()),
    ];
    let has: Vec<&str> = kinds
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, k)| *k)
        .collect();
    words.push(match has.is_empty() {
        true => "nothing".to_owned(),
        false => has.join(", "),
    });
    words.join(" ")
}
