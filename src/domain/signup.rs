//! Sign-ups: what a stranger asked for, until the mailbox's owner has confirmed it.

use jiff::SignedDuration;

use super::address::{Address, AddressHash};
use super::time::{Timestamp, Zone};
use super::{ListId, SignupId, SubscriptionId, words};

/// How long a sign-up waits for its confirmation.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A mailbox gets one mail within this time, whatever the lists.
pub const MAIL_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// And no more than [`MAILS_MOST`] within this.
pub const MAIL_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// See [`MAIL_WINDOW`].
pub const MAILS_MOST: i64 = 3;
/// How long the choices after a confirmation are waited for before the first letter is planned.
pub const WELCOME_AFTER: SignedDuration = SignedDuration::from_mins(10);

words! {
    /// Who may sign up by themselves.
    SignupPolicy {
        /// Whoever confirms by the mail that is sent to them.
        Double = "double",
        /// Nobody: there is no form.
        Closed = "closed",
    }
}

words! {
    /// Where somebody signed up.
    SignupSource {
        /// Our own page.
        Page = "page",
        /// Our page in a frame of another.
        Embed = "embed",
        /// A form of the publisher's own.
        Api = "api",
    }
}

/// A sign-up as it comes in.
#[derive(Clone, Debug)]
pub struct NewSignup {
    /// To which list.
    pub list: ListId,
    /// What was typed.
    pub address: Address,
    /// Its keyed hash.
    pub hash: AddressHash,
    /// The keyed hash of the address without its tag: what the limits count.
    pub counted: AddressHash,
    /// The language of the page.
    pub language: String,
    /// Where the reader's clock stands, as far as it could be guessed.
    pub zone: Option<Zone>,
    /// Where.
    pub source: SignupSource,
    /// Version of the words that were agreed to.
    pub wording: String,
    /// The network that it came from, as the list's policy keeps it.
    pub network: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A sign-up whose mail is to be sent.
#[derive(Clone, Debug)]
pub struct Signup {
    /// Row id.
    pub id: SignupId,
    /// To which list.
    pub list: ListId,
    /// To whom the mail goes.
    pub address: Address,
    /// The language of the mail.
    pub language: String,
    /// When it was asked for; with the id it names the sign-up, since ids come again.
    pub at: Timestamp,
    /// Tries before this one that came to nothing.
    pub tries: u32,
    /// Who has the address already.
    pub known: Known,
}

/// Whether an address that was typed is somebody's already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is to be confirmed.
    New,
    /// They have this subscription already, and are reminded of it.
    Subscribed(SubscriptionId),
    /// It bounced, complained or was stopped: nothing is sent.
    Stopped,
}

/// A sign-up as its confirmation finds it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// To which list.
    pub list: ListId,
    /// Who; none once it was confirmed.
    pub address: Option<Address>,
    /// Its keyed hash.
    pub hash: AddressHash,
    /// The language of the page that was used.
    pub language: String,
    /// The zone that was guessed.
    pub zone: Option<Zone>,
    /// Where.
    pub source: SignupSource,
    /// Version of the words that were agreed to.
    pub wording: String,
    /// The network that it came from, as the list's policy keeps it.
    pub network: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What it became.
    pub subscription: Option<SubscriptionId>,
}

/// What became of a sign-up's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// The relay took it.
    Sent,
    /// Not now; again from this instant on.
    Later(Timestamp),
    /// The relay will not have it, or it was only a reminder: the sign-up is forgotten.
    Forgotten,
}
