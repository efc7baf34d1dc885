//! The ledger's states and sums.

use serde::Serialize;

use super::address::AddressHash;
use super::time::Timestamp;
use super::{DigestId, EditionId, SubscriberId, SubscriptionId, WaveId, words};

words! {
    /// Where a letter stands. planned, leased, started and deferred together are *open*.
    DeliveryState {
        /// Owed; nobody has taken it up.
        Planned = "planned",
        /// Taken up by a sender; nothing has left.
        Leased = "leased",
        /// Its final dot may leave, or has left; no reply is recorded.
        Started = "started",
        /// To be tried again at a stated time.
        Deferred = "deferred",
        /// The relay said 250 after the dot.
        Accepted = "accepted",
        /// The relay, or we, said no for good; the reason is in the row.
        Refused = "refused",
        /// Planned, then stopped before anything left.
        Withheld = "withheld",
        /// May or may not have been accepted; named, not sent again.
        Uncertain = "uncertain",
    }
}

impl DeliveryState {
    /// Whether the letter may still go: planned, leased, started or deferred.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            DeliveryState::Planned
                | DeliveryState::Leased
                | DeliveryState::Started
                | DeliveryState::Deferred
        )
    }
}

words! {
    /// What a held row waits for a person to decide.
    Hold {
        /// Found later than the list's grace.
        Late = "late",
        /// The list wants an editor's approval.
        Approval = "approval",
        /// Its edition is far from the usual in volume.
        Volume = "volume",
        /// The proof of its wave found an error.
        Check = "check",
        /// In doubt, and the list holds such letters or it began to leave long before a start.
        InDoubt = "in_doubt",
        /// In doubt after the last resend too: copies are not made without end.
        InDoubtAgain = "in_doubt_again",
        /// In doubt after a crash, and a story in it was withdrawn or corrected since.
        Withdrawn = "withdrawn",
        /// In doubt after a crash, and rendering it again gives other bytes.
        OtherBytes = "other_bytes",
        /// A key that they were planned with, of links or of signatures, is not here.
        NoKey = "no_key",
    }
}

/// How the reply of a row begins that was settled by a relay's own log, not by what it told us.
pub const BY_LOG: &str = "by the relay's log: ";

/// A letter is given up at the latest this long after it was due, or after it was reopened, ms.
pub const GIVE_UP_MS: i64 = 72 * 3_600_000;

words! {
    /// What becomes of a refused letter that a person wants tried again.
    Reopening {
        /// It is planned anew.
        Reopened = "reopened",
        /// The next digest took its place.
        Overtaken = "overtaken",
        /// A story of its digest was withdrawn since.
        Withdrawn = "withdrawn",
        /// A later digest of its subscription is planned, and chose its stories without this one.
        LaterPlanned = "later_planned",
        /// Another edition has brought one of its stories to the subscription.
        SentElsewhere = "sent_elsewhere",
        /// The person or the subscription may not be mailed.
        NotActive = "not_active",
        /// The next digest's cut-off has come.
        NextTooNear = "next_too_near",
        /// Its edition was cancelled.
        Cancelled = "cancelled",
    }
}

/// The ledger row of one (edition, subscriber).
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Key, with `subscriber`.
    pub edition: EditionId,
    /// Key, with `edition`.
    pub subscriber: SubscriberId,
    /// On which terms.
    pub subscription: SubscriptionId,
    /// In which wave.
    pub wave: WaveId,
    /// The digest's revision that would be or was sent.
    pub digest: DigestId,
    /// The mailbox, as a keyed hash.
    pub address_hash: AddressHash,
    /// Where it stands.
    pub state: DeliveryState,
    /// What it asks, if it asks.
    pub held: Option<Hold>,
    /// Tries so far.
    pub attempt: i64,
    /// Not before this instant.
    pub not_before: Timestamp,
    /// The server's last code, 0 when there was none.
    pub code: i64,
    /// The server's last words, masked; or ours.
    pub reply: String,
    /// When the last change was written.
    pub changed_at: Timestamp,
    /// sha256 of the bytes whose dot may have left, until a reply settles it.
    pub sha256: Option<[u8; 32]>,
}

/// An edition's sums, computed from rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rows in all: accepted + refused + withheld + uncertain + open.
    pub planned: i64,
    /// Accepted by the relay.
    pub accepted: i64,
    /// Refused for good.
    pub refused: i64,
    /// Stopped before anything left.
    pub withheld: i64,
    /// In doubt.
    pub uncertain: i64,
    /// Waiting for another try (part of open).
    pub deferred: i64,
    /// planned, leased, started and deferred.
    pub open: i64,
    /// Open or uncertain rows that ask a person.
    pub asking: i64,
    /// Subscriptions that were not planned, with a reason.
    pub skipped: i64,
}

impl Tally {
    /// Whether every planned recipient is accounted for.
    pub fn adds_up(&self) -> bool {
        self.planned == self.accepted + self.refused + self.withheld + self.uncertain + self.open
    }
}
