//! Where the mail goes, and how we speak to it.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::error::{SmtpError, SmtpErrorKind};
use super::stream::tls_failed;
use super::tls::{self, CaFile};
use crate::deliver::policy::{Phase, clean};

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tls {
    /// STARTTLS (RFC 3207, port 587); a relay that does not offer it gets no mail.
    Required,
    /// TLS from the first octet (RFC 8314 §3.3, port 465).
    Implicit,
    /// Not at all: only to this machine (or where [`Relay::allow_plaintext`] says so too), and
    /// never with credentials.
    None,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How long each phase may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup and TCP connection.
    pub connect: Duration,
    /// Greeting, EHLO and STARTTLS, each.
    pub greeting: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// Each step of AUTH.
    pub auth: Duration,
    /// The replies to MAIL, RCPT and RSET, each.
    pub envelope: Duration,
    /// The reply to DATA, up to 354.
    pub data: Duration,
    /// Writing each block of the message, and its dot.
    pub text: Duration,
    /// The reply to the dot.
    pub dot: Duration,
}

impl Default for Timeouts {
    /// Those of RFC 5321 §4.5.3.2; half a minute each where it names none: TCP and TLS. AUTH is
    /// given the time of MAIL.
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Timeouts {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            tls: Duration::from_secs(30),
            auth: minutes(5),
            envelope: minutes(5),
            data: minutes(2),
            text: minutes(3),
            dot: minutes(10),
        }
    }
}

/// The rules of TLS and the CA file that they were made from.
type Rules = (Option<CaFile>, Arc<ClientConfig>);

/// A relay's settings.
#[derive(Debug, Clone)]
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    /// Made once: reading the system's certificates costs milliseconds.
    tls_rules: Arc<OnceLock<Rules>>,
    /// User name and password for AUTH; only over TLS.
    pub credentials: Option<(String, Secret)>,
    /// Our name in EHLO (RFC 5321 §4.1.1.1): a domain, or an address literal such as
    /// `[127.0.0.1]`.
    pub helo: String,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// The authorities that may have issued the relay's certificate, *instead of* the system's
    /// (as Postfix's `smtp_tls_CAfile` and curl's `--cacert` do): a relay of one's own is then
    /// vouched for by nobody else.
    pub ca_file: Option<CaFile>,
    /// With [`Tls::None`], also to a host that is not this machine: every letter can be read and
    /// changed on the way. Never with credentials.
    pub allow_plaintext: bool,
}

impl Relay {
    /// A relay without credentials, that we greet as `[127.0.0.1]`.
    pub fn new(host: impl Into<String>, port: u16, tls: Tls) -> Relay {
        Relay {
            host: host.into(),
            port,
            tls,
            tls_rules: Arc::default(),
            credentials: None,
            helo: "[127.0.0.1]".to_owned(),
            timeouts: Timeouts::default(),
            ca_file: None,
            allow_plaintext: false,
        }
    }

    /// The host name or IP address; the relay's certificate must be made out to it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the connection is encrypted.
    pub fn tls(&self) -> Tls {
        self.tls
    }

    /// Checks, without connecting, what [`Session::connect`](super::Session::connect) would refuse
    /// whatever the relay says.
    ///
    /// # Errors
    /// `PlaintextRefused`; `TlsFailed` for certificates that cannot be read and for a host that no
    /// certificate can name; `Unsendable` for an EHLO name that cannot be sent.
    pub fn check(&self) -> Result<(), SmtpError> {
        self.hello()?;
        if self.tls == Tls::None {
            if self.credentials.is_some() {
                return Err(self.plaintext_refused(Phase::Auth));
            }
            if !self.allow_plaintext && !is_loopback(&self.host) {
                return Err(self.plaintext_refused(Phase::Tls));
            }
            return Ok(());
        }
        self.server_name()?;
        self.tls_rules().map(drop)
    }

    pub(super) fn plaintext_refused(&self, phase: Phase) -> SmtpError {
        SmtpError::new(
            phase,
            SmtpErrorKind::PlaintextRefused {
                host: self.host.clone(),
            },
        )
    }

    /// Our name for EHLO.
    pub(super) fn hello(&self) -> Result<&str, SmtpError> {
        let sound = !self.helo.is_empty()
            && self.helo.len() <= 255
            && self.helo.bytes().all(|byte| byte.is_ascii_graphic());
        if sound {
            Ok(&self.helo)
        } else {
            let words = format!("\"{}\" is no name for EHLO", clean(&self.helo));
            Err(SmtpError::new(
                Phase::Greeting,
                SmtpErrorKind::Unsendable(words),
            ))
        }
    }

    /// What the relay's certificate must be made out to.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, SmtpError> {
        let name = self.host.strip_suffix('.').unwrap_or(&self.host);
        ServerName::try_from(name.to_owned())
            .map_err(|_| tls_failed(&format!("no certificate can name \"{}\"", self.host)))
    }

    pub(super) fn tls_rules(&self) -> Result<Arc<ClientConfig>, SmtpError> {
        let make = || tls::rules(self.ca_file.as_ref()).map_err(|words| tls_failed(&words));
        let (ca, rules) = match self.tls_rules.get() {
            Some(made) => made,
            None => {
                let made = (self.ca_file.clone(), make()?);
                self.tls_rules.get_or_init(|| made)
            }
        };
        // The field may have been set anew, on this relay or on a copy of it.
        if *ca == self.ca_file {
            Ok(Arc::clone(rules))
        } else {
            make()
        }
    }
}

/// `localhost`, a name below it (RFC 6761 §6.3), or a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_only() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.example.org",
            "notlocalhost",
            "10.0.0.1",
            "0.0.0.0",
            "::2",
            "smtp.example.org",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn plaintext_is_refused_elsewhere_and_with_credentials() {
        let refused = |relay: &Relay, phase| {
            assert_eq!(
                relay.check(),
                Err(relay.plaintext_refused(phase)),
                "{relay:?}"
            );
        };
        refused(&Relay::new("smtp.example.org", 25, Tls::None), Phase::Tls);
        refused(&Relay::new("192.0.2.1", 25, Tls::None), Phase::Tls);
        let mut relay = Relay::new("localhost", 25, Tls::None);
        assert_eq!(relay.check(), Ok(()));
        relay.credentials = Some(("me".to_owned(), Secret::new("hush")));
        refused(&relay, Phase::Auth);
        // Said twice, it goes in clear; a password never does.
        let mut elsewhere = Relay::new("smtp.example.org", 25, Tls::None);
        elsewhere.allow_plaintext = true;
        assert_eq!(elsewhere.check(), Ok(()));
        elsewhere.credentials = relay.credentials.clone();
        refused(&elsewhere, Phase::Auth);
        assert!(!format!("{relay:?}").contains("hush"));
    }

    #[test]
    fn settings_that_cannot_work_are_found_before_connecting() {
        let kind = |relay: &Relay| relay.check().map_err(|error| error.kind);
        let mut relay = Relay::new("localhost", 25, Tls::None);
        for helo in ["", "a b", "a\r\nMAIL FROM:<>", "żółw.example"] {
            relay.helo = helo.to_owned();
            assert!(
                matches!(kind(&relay), Err(SmtpErrorKind::Unsendable(_))),
                "{helo}"
            );
        }
    }
}
