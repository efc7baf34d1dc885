//! People and their terms with a list.

use serde::{Deserialize, Serialize};

use super::address::{Address, AddressHash};
use super::article::TopicWeight;
use super::due::Due;
use super::slug::Slug;
use super::time::{Date, Timestamp, WallTime, Zone};
use super::{CadenceId, ListId, SubscriberId, SubscriptionId, TermsId, words};

words! {
    /// Whether mail may go to a person, or to a person's subscription.
    ///
    /// Both carry one: a bounce concerns the person, leaving concerns one list. A letter goes only
    /// where both are [`Standing::Active`] when its `started` is written.
    Standing {
        /// Asked, not yet confirmed.
        Pending = "pending",
        /// May be mailed.
        Active = "active",
        /// Wants none for now.
        Paused = "paused",
        /// Left.
        Unsubscribed = "unsubscribed",
        /// The address does not take mail.
        Bounced = "bounced",
        /// Called us spam.
        Complained = "complained",
    }
}

impl Standing {
    /// What a person's standing and their subscription's come to: mail may go only if both are
    /// active, and a person who may not be mailed outweighs every subscription.
    pub fn together(person: Standing, subscription: Standing) -> Standing {
        match person {
            Standing::Active => subscription,
            other => other,
        }
    }
}

words! {
    /// How much a subscriber wants to read.
    Length {
        /// The list's target number of stories, in full form.
        Long = "long",
        /// About half of it.
        Short = "short",
    }
}

/// A person: an address and a standing.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscriber {
    /// Row id.
    pub id: SubscriberId,
    /// The address; `None` once erased.
    pub address: Option<Address>,
    /// Whether the person may be mailed at all.
    pub standing: Standing,
    /// When we first knew of them.
    pub created_at: Timestamp,
    /// That nothing is sent to them, whatever list they are on.
    pub suppressed: Option<Suppression>,
}

/// That mail to a person was stopped by an operator, and not let go again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Since when.
    pub at: Timestamp,
    /// By whom: `admin`, `import`, or `journal` where a replay did it again.
    pub by: String,
}

/// A subscription with the newest revision of its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Row id.
    pub id: SubscriptionId,
    /// Whose.
    pub subscriber: SubscriberId,
    /// With which list.
    pub list: ListId,
    /// Whether this list may mail them.
    pub standing: Standing,
    /// The revision of the terms in force.
    pub terms_id: TermsId,
    /// What was agreed.
    pub terms: Terms,
    /// The next instant a digest is due, if any.
    pub due_at: Option<Timestamp>,
    /// The next digest brings the best of everything since then: they were paused, or a run of theirs
    /// was merged into it.
    pub since: Option<Timestamp>,
}

/// What a subscriber asked of a list. Append-only: a change is a new revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Name of the list's cadence.
    pub cadence: Slug,
    /// Wall time that replaces the cadence's own, where the cadence allows it.
    pub hour: Option<WallTime>,
    /// Where the subscriber's clock stands.
    pub zone: Zone,
    /// BCP 47 tag of fixed words and dates.
    pub language: String,
    /// How much.
    pub length: Length,
    /// Whether pictures are in the letters.
    pub images: bool,
    /// Whether letters have no HTML part.
    pub text_only: bool,
    /// Topics followed, with weights of 1 to 1000; one of 0 is a topic of which nothing is wanted.
    pub topics: Vec<TopicWeight>,
    /// Places followed, the first one shown as the reader's place.
    pub places: Vec<Slug>,
    /// The first day, by their own calendar, on which a digest may come again after a pause.
    pub resume_on: Option<Date>,
}

impl Terms {
    /// The topics that are followed.
    pub fn followed(&self) -> impl Iterator<Item = &TopicWeight> {
        self.topics.iter().filter(|t| t.weight > 0)
    }

    /// The topics of which nothing is wanted.
    pub fn unwanted(&self) -> impl Iterator<Item = &Slug> {
        let none = self.topics.iter().filter(|t| t.weight == 0);
        none.map(|t| &t.topic)
    }

    /// The last instant of a pause until a date, on the subscriber's clock.
    pub fn paused_through(&self) -> Option<Timestamp> {
        let start = self.zone.start_of(self.resume_on?)?;
        start.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()
    }
}

/// A weight of 1 to 10 as people type it and read it, in the thousandths that are stored.
pub const WEIGHT: u16 = 100;

/// A weight as people type it; what was set finer elsewhere is rounded, never to 0.
pub fn typed_weight(topic: &TopicWeight) -> u16 {
    (topic.weight.saturating_add(WEIGHT / 2) / WEIGHT).max(1)
}

/// Years that a pause until a day may be long.
pub const PAUSE_YEARS: i32 = 2;

/// Most topics or places that one subscription may follow: beyond it nobody chose, something sent.
pub const FOLLOWED_MAX: usize = 200;

/// The part of terms that is stored as one JSON text: what selection reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interests {
    /// Topics followed, with weights of 1 to 1000, and of 0 where nothing is wanted.
    pub topics: Vec<TopicWeight>,
    /// Places followed.
    pub places: Vec<Slug>,
}

/// A subscription about to begin: everything that is stored with its first terms.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSubscription {
    /// With which list.
    pub list: ListId,
    /// Whose mailbox.
    pub address: Address,
    /// That mailbox's keyed hash.
    pub hash: AddressHash,
    /// What was agreed.
    pub terms: Terms,
    /// The row of the cadence that `terms` names.
    pub cadence: CadenceId,
    /// Active, or pending until confirmed.
    pub standing: Standing,
    /// The first run; `None` where the standing is not active, or nothing ever fires.
    pub due: Option<Due>,
    /// Who says so: `admin`, `reader`, `import` …
    pub by: String,
}

/// A subscription's next run, worked out anew from these terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redue {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// The revision it was worked out from; if another is in force by now, nothing is changed.
    pub terms: TermsId,
    /// The next run.
    pub due: Option<Due>,
}

/// What came back from a person or their mailbox, or was done in their name. No addresses in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Concerning this subscription; `None`: the person.
    pub subscription: Option<SubscriptionId>,
    /// One word: `unsubscribe`, `bounce`, `rejoin` …
    pub kind: String,
    /// More words, masked.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}
