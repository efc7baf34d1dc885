//! Where the mail goes, and how we speak to it.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::extension::ClientId;

use super::error::{SmtpError, SmtpErrorKind};
use crate::deliver::policy::{Phase, clean};

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tls {
    /// STARTTLS (RFC 3207, port 587); a relay that does not offer it gets no mail.
    Required,
    /// TLS from the first octet (RFC 8314 §3.3, port 465).
    Implicit,
    /// Not at all: only to this machine, and never with credentials.
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
    /// Greeting and EHLO, each; STARTTLS up to the handshake.
    pub greeting: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// Each step of AUTH.
    pub auth: Duration,
    /// MAIL, RCPT and RSET, each.
    pub envelope: Duration,
    /// DATA, up to 354.
    pub data: Duration,
    /// The message, its dot and the reply, together.
    pub body: Duration,
}

impl Default for Timeouts {
    /// Before the dot a time-out only postpones a letter, so these are shorter than the minutes of
    /// RFC 5321 §4.5.3.2. Behind the dot it leaves the letter in doubt, so there the RFC's 10
    /// minutes (§4.5.3.2.6) hold.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Timeouts {
            connect: Duration::from_secs(30),
            greeting: minute,
            tls: Duration::from_secs(30),
            auth: minute,
            envelope: minute,
            data: minute,
            body: 10 * minute,
        }
    }
}

struct Prepared(TlsParameters);

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsParameters")
    }
}

/// A relay's settings.
#[derive(Debug, Clone)]
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    /// Made once: reading the system's certificates costs milliseconds.
    tls_parameters: Arc<OnceLock<Prepared>>,
    /// User name and password for AUTH; only over TLS.
    pub credentials: Option<(String, Secret)>,
    /// Our name in EHLO (RFC 5321 §4.1.1.1): a domain, or an address literal such as
    /// `[127.0.0.1]`.
    pub helo: String,
    /// How long each phase may take.
    pub timeouts: Timeouts,
}

impl Relay {
    /// A relay without credentials, that we greet as `[127.0.0.1]`.
    pub fn new(host: impl Into<String>, port: u16, tls: Tls) -> Relay {
        Relay {
            host: host.into(),
            port,
            tls,
            tls_parameters: Arc::default(),
            credentials: None,
            helo: "[127.0.0.1]".to_owned(),
            timeouts: Timeouts::default(),
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
    /// `PlaintextRefused`, `TlsFailed` for certificates that cannot be read, `Unsendable` for an
    /// EHLO name that cannot be sent.
    pub fn check(&self) -> Result<(), SmtpError> {
        self.client_id()?;
        if self.tls == Tls::None {
            let phase = if self.credentials.is_some() {
                Phase::Auth
            } else {
                Phase::Tls
            };
            if self.credentials.is_some() || !is_loopback(&self.host) {
                return Err(self.plaintext_refused(phase));
            }
            return Ok(());
        }
        self.tls_parameters().map(drop)
    }

    pub(super) fn plaintext_refused(&self, phase: Phase) -> SmtpError {
        SmtpError::new(
            phase,
            SmtpErrorKind::PlaintextRefused {
                host: self.host.clone(),
            },
        )
    }

    pub(super) fn client_id(&self) -> Result<ClientId, SmtpError> {
        let sound = !self.helo.is_empty()
            && self.helo.len() <= 255
            && self.helo.bytes().all(|byte| byte.is_ascii_graphic());
        if sound {
            Ok(ClientId::Domain(self.helo.clone()))
        } else {
            let words = format!("\"{}\" is no name for EHLO", clean(&self.helo));
            Err(SmtpError::new(
                Phase::Greeting,
                SmtpErrorKind::Unsendable(words),
            ))
        }
    }

    pub(super) fn tls_parameters(&self) -> Result<TlsParameters, SmtpError> {
        if let Some(made) = self.tls_parameters.get() {
            return Ok(made.0.clone());
        }
        let failed = |error: lettre::transport::smtp::Error| {
            SmtpError::new(
                Phase::Tls,
                SmtpErrorKind::TlsFailed(clean(&error.to_string())),
            )
        };
        let made = TlsParameters::builder(self.host.clone())
            .build()
            .map_err(failed)?;
        Ok(self.tls_parameters.get_or_init(|| Prepared(made)).0.clone())
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
