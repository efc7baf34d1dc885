//! From the first octet to a session that takes letters: greeting, STARTTLS, EHLO, AUTH.
//!
//! TLS is tokio-rustls over a socket of ours. lettre's stream has no way to speak implicit TLS over
//! a given socket, hides version and cipher, and keeps what came in clear behind the reply to
//! STARTTLS. lettre's part is the words of the SASL mechanisms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};

use super::error::{SmtpError, SmtpErrorKind};
use super::reply::Answer;
use super::stream::{Stream, tls_failed};
use super::wire::Wire;
use super::{Offers, Relay, Session, State, Tls};
use crate::deliver::policy::{Phase, clean};

impl Session {
    /// Connects, encrypts as [`Relay::tls`] asks, says EHLO and authenticates.
    ///
    /// # Errors
    /// In the phases Connect, Greeting, Tls and Auth; none of them concerns a letter.
    pub async fn connect(relay: &Relay) -> Result<Session, SmtpError> {
        Session::connect_noting(relay, &mut |_| {}).await
    }

    /// The same, and says of each phase when it is done, in the order in which they come: with
    /// STARTTLS the greeting stands before TLS, with implicit TLS behind it.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub async fn connect_noting(
        relay: &Relay,
        done: &mut (dyn FnMut(Phase) + Send),
    ) -> Result<Session, SmtpError> {
        relay.check()?;
        let socket = Stream::dial(relay).await?;
        done(Phase::Connect);
        let stream = match relay.tls() {
            Tls::Implicit => {
                let stream = Stream::encrypt(relay, socket).await?;
                done(Phase::Tls);
                stream
            }
            Tls::Required | Tls::None => Stream::Plain(socket),
        };
        let mut session = Session::over(stream, relay);
        session.expect(Phase::Greeting, relay, None, 220).await?;
        done(Phase::Greeting);
        if relay.tls() == Tls::Required {
            session = session.start_tls(relay).await?;
            done(Phase::Tls);
        }
        session.hello(relay).await?;
        if let Some((user, password)) = &relay.credentials {
            let password = password.reveal().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            session.authenticate(&credentials).await?;
            done(Phase::Auth);
        }
        session.state = State::Ready;
        Ok(session)
    }

    fn over(stream: Stream, relay: &Relay) -> Session {
        Session {
            wire: Wire::new(stream),
            timeouts: relay.timeouts,
            offers: Offers::default(),
            state: State::Closed,
            busy: false,
            messages: 0,
            fault: None,
            ahead: None,
            copy: Vec::new(),
        }
    }

    async fn hello(&mut self, relay: &Relay) -> Result<(), SmtpError> {
        let hello = format!("EHLO {}\r\n", relay.hello()?);
        let answer = self
            .expect(Phase::Greeting, relay, Some(&hello), 250)
            .await?;
        self.offers = Offers::read(&answer, self.wire.encryption());
        Ok(())
    }

    /// EHLO and STARTTLS in clear (RFC 3207 §4). Nothing that was learnt before is used afterwards
    /// (§4.2): the session begins anew.
    async fn start_tls(mut self, relay: &Relay) -> Result<Session, SmtpError> {
        self.hello(relay).await?;
        if !self.offers.starttls {
            return Err(tls_failed("the relay does not offer STARTTLS"));
        }
        self.expect(Phase::Tls, relay, Some("STARTTLS\r\n"), 220)
            .await?;
        let socket = self.wire.into_clear_socket()?;
        Ok(Session::over(Stream::encrypt(relay, socket).await?, relay))
    }

    /// One command, if there is one to say, and its reply, which has to be this one.
    async fn expect(
        &mut self,
        phase: Phase,
        relay: &Relay,
        command: Option<&str>,
        code: u16,
    ) -> Result<Answer, SmtpError> {
        let limit = relay.timeouts.greeting;
        if let Some(command) = command {
            self.say(phase, limit, command).await?;
        }
        let answer = self.answer(phase, limit).await?;
        if answer.code == code {
            Ok(answer)
        } else {
            Err(self.out_of_step(phase, &answer))
        }
    }

    async fn authenticate(&mut self, credentials: &Credentials) -> Result<(), SmtpError> {
        if !self.wire.is_encrypted() {
            // Relay::check has seen to it; a password is worth asking twice.
            return Err(refused("not over an unencrypted connection"));
        }
        let offered = |mechanism: &&Mechanism| self.offers.auth.contains(&mechanism.to_string());
        let Some(mechanism) = DEFAULT_MECHANISMS.iter().find(offered).copied() else {
            return Err(refused("the relay offers neither PLAIN nor LOGIN"));
        };
        let limit = self.timeouts.auth;
        let mut command = format!("AUTH {mechanism}");
        if mechanism.supports_initial_response() {
            command.push(' ');
            command.push_str(&response(mechanism, credentials, None)?);
        }
        // LOGIN asks twice; more than a few challenges lead nowhere.
        for _ in 0..4 {
            command.push_str("\r\n");
            self.say(Phase::Auth, limit, &command).await?;
            let answer = self.answer(Phase::Auth, limit).await?;
            match answer.code {
                235 => return Ok(()),
                334 => command = response(mechanism, credentials, Some(&answer))?,
                // 454 is for now (RFC 4954 §6), 5xx until somebody acts.
                500.. => return Err(refused(&answer.reply().to_string())),
                _ => return Err(self.out_of_step(Phase::Auth, &answer)),
            }
        }
        Err(refused("the relay asks and asks"))
    }
}

/// What the mechanism says, in base64 (RFC 4954 §4).
fn response(
    mechanism: Mechanism,
    credentials: &Credentials,
    challenge: Option<&Answer>,
) -> Result<String, SmtpError> {
    let challenge = challenge.map(|answer| {
        let word = answer.lines().next().unwrap_or_default().trim();
        let octets = BASE64.decode(word).unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    });
    let words = mechanism
        .response(credentials, challenge.as_deref())
        .map_err(|error| refused(&error.to_string()))?;
    Ok(BASE64.encode(words))
}

fn refused(words: &str) -> SmtpError {
    SmtpError::new(Phase::Auth, SmtpErrorKind::AuthRefused(clean(words)))
}
