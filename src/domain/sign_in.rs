//! Getting in: links, sessions, and how many tries there are.

use jiff::SignedDuration;

use super::address::{Address, AddressHash};
use super::editor::Editor;
use super::time::Timestamp;
use super::{EditorId, LoginLinkId, SessionId};

/// How long a link is good for.
pub const LINK_GOOD: SignedDuration = SignedDuration::from_mins(15);
/// A mailbox gets one link within this time.
pub const LINK_PAUSE: SignedDuration = SignedDuration::from_mins(2);
/// And no more than [`LINKS_MOST`] within this.
pub const LINK_WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// See [`LINK_WINDOW`].
pub const LINKS_MOST: i64 = 12;
/// How long somebody stays signed in.
pub const SESSION_GOOD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Tries are counted by windows of this.
pub const TRY_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Tries of one account in a window, whoever tries.
pub const TRIES_ACCOUNT: i64 = 10;
/// Tries from one network in a window, whatever the accounts.
pub const TRIES_NETWORK: i64 = 40;
/// Fewest characters of a password.
pub const PASSWORD_LEAST: usize = 12;
/// Most octets of a password: what is hashed is bounded.
pub const PASSWORD_MOST: usize = 256;

/// The window of tries that an instant is in: its first millisecond.
pub fn window_of(now: Timestamp) -> i64 {
    let length = i64::try_from(TRY_WINDOW.as_millis()).unwrap_or(i64::MAX);
    now.as_millisecond().div_euclid(length) * length
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer characters than [`PASSWORD_LEAST`].
    #[error("a password has {PASSWORD_LEAST} characters or more")]
    Short,
    /// More octets than [`PASSWORD_MOST`].
    #[error("a password has {PASSWORD_MOST} octets at most")]
    Long,
    /// One character over and over, or what everybody sees of an account.
    #[error("a password is not an address, a name or one character over and over")]
    Guessed,
}

impl WeakPassword {
    /// What to do instead.
    pub fn hint(&self) -> Option<String> {
        Some("four words that have nothing to do with one another are one".to_owned())
    }
}

/// Whether a password will do for an editor.
///
/// # Errors
/// [`WeakPassword`].
pub fn password_will_do(password: &str, of: &Editor) -> Result<(), WeakPassword> {
    if password.chars().count() < PASSWORD_LEAST {
        return Err(WeakPassword::Short);
    }
    if password.len() > PASSWORD_MOST {
        return Err(WeakPassword::Long);
    }
    let lower = password.to_lowercase();
    let first = lower.chars().next();
    let one = lower.chars().all(|c| Some(c) == first);
    let own = [of.address.mailbox().to_lowercase(), of.name.to_lowercase()];
    match one || own.contains(&lower) {
        true => Err(WeakPassword::Guessed),
        false => Ok(()),
    }
}

/// What an editor proves themselves by.
#[derive(Clone, Debug)]
pub struct Proofs {
    /// Whose.
    pub editor: EditorId,
    /// argon2id, as a PHC string.
    pub password: Option<String>,
    /// What their authenticator's secret is made of: the house key's id, and a salt.
    pub totp: Option<(String, Vec<u8>)>,
}

/// By what somebody comes in. One that was used meanwhile opens nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The link, by its number and its instant in milliseconds; `None`: a password.
    pub link: Option<(LoginLinkId, i64)>,
    /// The step of time whose code was given.
    pub totp_step: Option<i64>,
}

/// Somebody who comes in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who.
    pub editor: EditorId,
    /// SHA-256 of the cookie's token.
    pub token_hash: [u8; 32],
    /// By what.
    pub used: Used,
    /// As the browser calls itself, cut short.
    pub browser: String,
    /// The network that they come from.
    pub network: String,
    /// When.
    pub at: Timestamp,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Since when.
    pub made: Timestamp,
    /// Until when.
    pub ends: Timestamp,
    /// As the browser calls itself.
    pub browser: String,
    /// From where it came.
    pub network: String,
}

/// Which sessions of an editor end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All.
    All,
}

/// A link that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkWay {
    /// It is mailed, if the address is an editor's, and not too many were asked for.
    Mailed,
    /// It is shown to whoever sits at the machine.
    Printed,
}

/// A link as it was opened.
#[derive(Clone, Debug)]
pub struct LoginLink {
    /// Whose; `None` where that is nobody, or nobody who may come in.
    pub editor: Option<Editor>,
    /// Whether it is as good as on the first day: not used, not too old.
    pub good: bool,
}

/// The mail of a link that is to leave now.
#[derive(Clone, Debug)]
pub struct LoginMail {
    /// Row id; with the instant it names the link, since ids come again.
    pub id: LoginLinkId,
    /// Where to; `None` where nobody is to get it.
    pub to: Option<Address>,
    /// The keyed hash of what was typed.
    pub hash: AddressHash,
    /// When it was asked for.
    pub at: Timestamp,
    /// Tries before this one that came to nothing.
    pub tries: u32,
}
