//! AUTH with the mechanisms PLAIN (RFC 4616) and LOGIN, for the one account of a sink.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::journal::Phase;
use super::mailbox::Event;
use super::session::Session;
use super::wire::{Line, Stop};

/// What cannot be read, as the reply that says so.
const MALFORMED: &str = "501 5.5.2 that is no base64";
const CANCELLED: &str = "501 5.7.0 cancelled";

impl Session<'_> {
    /// AUTH (RFC 4954 §4), with or without an initial response.
    pub(super) async fn auth(&mut self, rest: &str) -> Result<(), Stop> {
        let Some(account) = &self.settings.account else {
            self.wire.reply("502 5.5.1 not offered");
            return Ok(());
        };
        let refusal = match () {
            () if !self.takes_auth() => Some("530 5.7.0 STARTTLS first"),
            () if self.authenticated || self.transaction.is_some() => Some("503 5.5.1 not now"),
            () => None,
        };
        if let Some(refusal) = refusal {
            self.wire.reply(refusal);
            return Ok(());
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => self.plain(initial).await?,
            "LOGIN" => self.login(initial).await?,
            _ => Err("504 5.5.4 only PLAIN and LOGIN are known"),
        };
        let (user, password) = match given {
            Ok(given) => given,
            Err(complaint) => {
                self.wire.reply(complaint);
                return Ok(());
            }
        };
        let late = account.refused_from.is_some_and(|from| self.number >= from);
        let right = user == account.username && password == account.password;
        if late || !right {
            let event = Event {
                phase: Phase::Auth,
                code: Some(535),
                fault: None,
                whole: None,
            };
            self.mailbox.note(&[], event);
            self.wire.reply("535 5.7.8 these are not the credentials");
            return Ok(());
        }
        let fault = self.of_connection(Phase::Auth);
        self.authenticated = self
            .answer(Phase::Auth, "235 2.7.0 welcome", fault, &[])
            .await?;
        Ok(())
    }

    async fn plain(&mut self, initial: &str) -> Result<Given, Stop> {
        let response = match initial {
            "" => self.challenge("334 ").await?,
            "=" => Ok(String::new()),
            initial => decode(initial),
        };
        Ok(response.and_then(|text| {
            let mut parts = text.split('\0').skip(1);
            match (parts.next(), parts.next(), parts.next()) {
                (Some(user), Some(password), None) => Ok((user.to_owned(), password.to_owned())),
                _ => Err("501 5.5.2 PLAIN takes three parts"),
            }
        }))
    }

    async fn login(&mut self, initial: &str) -> Result<Given, Stop> {
        let user = match initial {
            "" => self.challenge("334 VXNlcm5hbWU6").await?,
            initial => decode(initial),
        };
        let user = match user {
            Ok(user) => user,
            Err(complaint) => return Ok(Err(complaint)),
        };
        let password = self.challenge("334 UGFzc3dvcmQ6").await?;
        Ok(password.map(|password| (user, password)))
    }

    async fn challenge(&mut self, line: &str) -> Result<Result<String, &'static str>, Stop> {
        self.wire.reply(line);
        Ok(match self.wire.line().await? {
            Line::Whole(line) if line == b"*" => Err(CANCELLED),
            Line::Whole(line) => std::str::from_utf8(&line).map_or(Err(MALFORMED), decode),
            Line::BareLf | Line::TooLong => Err(MALFORMED),
        })
    }
}

/// A user and a password, or what is replied instead.
type Given = Result<(String, String), &'static str>;

fn decode(text: &str) -> Result<String, &'static str> {
    let bytes = STANDARD.decode(text).map_err(|_| MALFORMED)?;
    String::from_utf8(bytes).map_err(|_| MALFORMED)
}
