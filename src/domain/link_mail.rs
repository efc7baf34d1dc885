//! Mails with a link for one mailbox: all that it has, or a fresh one for what a forwarded letter must
//! not do.

use jiff::SignedDuration;

use super::address::{Address, AddressHash};
use super::time::Timestamp;
use super::{LinkMailId, ListId, SubscriptionId, words};

/// How long a fresh link is good for.
pub const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long a new address waits for its own confirmation.
pub const MOVE_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long the links of an address may take to leave.
pub const LINKS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A mailbox gets one mail of a kind within this time.
pub const LINK_PAUSE: SignedDuration = SignedDuration::from_mins(2);
/// And no more than [`LINK_MAILS_MOST`] of all kinds within this.
pub const LINK_WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// See [`LINK_WINDOW`].
pub const LINK_MAILS_MOST: i64 = 6;

words! {
    /// What a mailed link is for.
    LinkKind {
        /// The preferences of every subscription of an address.
        Links = "links",
        /// Reading out what is kept of a person.
        Export = "export",
        /// Naming another address.
        Move = "move",
        /// Being forgotten.
        Forget = "forget",
        /// Confirming an address as somebody's new one: it goes there.
        Moved = "moved",
    }
}

impl LinkKind {
    /// How long its mail is worth sending, and what it names is kept.
    pub fn kept(self) -> SignedDuration {
        match self {
            LinkKind::Links => LINKS_KEPT,
            LinkKind::Export | LinkKind::Move | LinkKind::Forget => FRESH,
            LinkKind::Moved => MOVE_KEPT,
        }
    }
}

/// A mail that was asked for.
#[derive(Clone, Debug)]
pub struct NewLinkMail {
    /// What for.
    pub kind: LinkKind,
    /// What was typed; `None` where it goes to the subscription's person.
    pub address: Option<Address>,
    /// The keyed hash of where it goes.
    pub hash: AddressHash,
    /// The same without the address's tag: what the limits on mail to strangers count.
    pub counted: AddressHash,
    /// Whose link; `None` where that is to be found by the address.
    pub subscription: Option<SubscriptionId>,
    /// The language of the page.
    pub language: String,
    /// When.
    pub at: Timestamp,
}

/// A mail that is to leave now.
#[derive(Clone, Debug)]
pub struct LinkMail {
    /// Row id; with the instant it names the mail, since ids come again.
    pub id: LinkMailId,
    /// What for.
    pub kind: LinkKind,
    /// Where to; `None` where nobody is to get it.
    pub to: Option<Address>,
    /// Whose links stand in it.
    pub links: Vec<(ListId, SubscriptionId)>,
    /// The language of the mail.
    pub language: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// Tries before this one that came to nothing.
    pub tries: u32,
}

/// A new address that waits for its mailbox.
#[derive(Clone, Debug)]
pub struct Moving {
    /// Whose.
    pub subscription: SubscriptionId,
    /// Which; `None` once it was confirmed or refused.
    pub address: Option<Address>,
    /// Its keyed hash.
    pub hash: AddressHash,
    /// The language of the page that was used.
    pub language: String,
    /// When it was asked for.
    pub at: Timestamp,
}
