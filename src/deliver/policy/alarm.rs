//! What an operator is told: faults of ours, and providers that hold our mail back.

use super::Scope;

/// Something that wants a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about: the relay, or the lane of the letter. Never one letter.
    pub scope: Scope,
    /// What it is.
    pub reason: AlarmReason,
    /// The server's words or our own, addresses masked.
    pub words: String,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmReason {
    /// The relay does not take our user name and password, or asks for them.
    Credentials,
    /// No encrypted connection to the relay: not offered, or its certificate is not good.
    Encryption,
    /// The relay will not take our mail at all.
    Relay,
    /// The relay or a provider does not believe in our sender address.
    Sender,
    /// What the relay grants us in a day is used up.
    Quota,
    /// A provider finds that we send too fast.
    Rate,
    /// A provider misses SPF, DKIM or DMARC, or finds them wrong.
    Authentication,
    /// A provider misses the reverse DNS or the TLS of the server that speaks to it.
    Connection,
    /// A provider or a blocklist thinks ill of us.
    Reputation,
    /// One letter was refused for policy or as spam.
    Policy,
    /// Letters are not planned: without a story they are more than mail programs show whole.
    Size,
}

impl AlarmReason {
    const ALL: [AlarmReason; 11] = [
        AlarmReason::Credentials,
        AlarmReason::Encryption,
        AlarmReason::Relay,
        AlarmReason::Sender,
        AlarmReason::Quota,
        AlarmReason::Rate,
        AlarmReason::Authentication,
        AlarmReason::Connection,
        AlarmReason::Reputation,
        AlarmReason::Policy,
        AlarmReason::Size,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            AlarmReason::Credentials => "credentials",
            AlarmReason::Encryption => "encryption",
            AlarmReason::Relay => "relay",
            AlarmReason::Sender => "sender",
            AlarmReason::Quota => "quota",
            AlarmReason::Rate => "rate",
            AlarmReason::Authentication => "authentication",
            AlarmReason::Connection => "connection",
            AlarmReason::Reputation => "reputation",
            AlarmReason::Policy => "policy",
            AlarmReason::Size => "size",
        }
    }

    /// Reads the word that is stored.
    pub fn parse(word: &str) -> Option<AlarmReason> {
        AlarmReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }

    /// Whether letters wait because of it until a person acts.
    pub fn holds(self) -> bool {
        !matches!(self, AlarmReason::Rate | AlarmReason::Policy)
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            AlarmReason::Credentials => "check username and password of the relay in courant.toml",
            AlarmReason::Encryption => {
                "check host, port and tls of the relay in courant.toml, and ca_file if its \
                 certificate is of your own making"
            }
            AlarmReason::Relay => {
                "ask whoever runs the relay whether it takes mail of this machine"
            }
            AlarmReason::Sender => {
                "check the list's sender_address, and whether the relay knows its domain"
            }
            AlarmReason::Quota => {
                "raise the quota at the relay, or add another one as [relay.NAME]"
            }
            AlarmReason::Rate => "lower per_minute of that lane in courant.toml if it goes on",
            AlarmReason::Authentication => {
                "publish SPF, DKIM and DMARC of the sending domain; `courant doctor` says what is missing"
            }
            AlarmReason::Connection => {
                "whoever runs the relay has to set its reverse DNS and its TLS right"
            }
            AlarmReason::Reputation => {
                "look at complaints, and ask the provider or the blocklist named in its words"
            }
            AlarmReason::Policy => {
                "read the server's words: the letter's content or sender was refused"
            }
            AlarmReason::Size => {
                "shorten what editors wrote for this edition, or give the list a lighter theme; \
                 `courant edition plan LIST --dry-run` names what is big"
            }
        }
    }
}
