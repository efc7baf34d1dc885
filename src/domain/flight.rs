//! Flights: the lines of an order, each with its dates, its goal, and where and to whom it may run.

use serde::{Deserialize, Serialize};

use super::goal::{Cap, Goal};
use super::money::Price;
use super::safety::SafetyProfile;
use super::slug::Slug;
use super::sponsor::{Creative, Slot};
use super::targeting::{Declared, Refusal, Targeting};
use super::time::{Timestamp, Zone};
use super::{CampaignId, FlightId, ListId, SponsorId, words};

/// How long a hold keeps inventory.
pub const HOLD_HOURS: i64 = 72;

words! {
    /// Who is served first.
    Tier {
        /// Before everybody.
        Takeover = "takeover",
        /// What was sold.
        Guaranteed = "guaranteed",
        /// What is given on top, and what makes good.
        Bonus = "bonus",
        /// The house's own lines: what is left.
        House = "house",
    }
}

impl Tier {
    /// Its number, 0 served first.
    pub fn number(self) -> u8 {
        match self {
            Tier::Takeover => 0,
            Tier::Guaranteed => 1,
            Tier::Bonus => 2,
            Tier::House => 3,
        }
    }
}

words! {
    /// How a flight's sends are spread over its dates.
    Pacing {
        /// The same share of every edition.
        Even = "even",
        /// More of them in the first half.
        Front = "front",
        /// As soon as they can be had.
        Asap = "asap",
    }
}

words! {
    /// Whether a flight may run.
    FlightState {
        /// Holds inventory until its hold expires, does not run.
        Hold = "hold",
        /// Holds inventory, does not run.
        Booked = "booked",
        /// Runs.
        Approved = "approved",
        /// Stopped for now.
        Paused = "paused",
        /// Over.
        Ended = "ended",
    }
}

/// What gambling must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gambling {
    /// The sponsor's legal line, printed after every text.
    pub legal_line: String,
    /// Places in which it is allowed; never empty. A reader who follows none of them gets none.
    pub places: Vec<Slug>,
}

/// Whom a flight stands for in a digest: at most one flight of a gate is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// An exclusion group, which several sponsors may share.
    Group(Slug),
    /// The sponsor.
    Sponsor(SponsorId),
}

/// A line of an order: dates, a goal, and where it may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Row id.
    pub id: FlightId,
    /// Who pays.
    pub sponsor: SponsorId,
    /// The name on the label.
    pub sponsor_name: String,
    /// The order that it is a line of.
    pub campaign: CampaignId,
    /// In which list.
    pub list: ListId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// Who is served first.
    pub tier: Tier,
    /// What it is booked for.
    pub goal: Goal,
    /// Sends that are booked: by the order, or wave by wave where the goal is a share or every digest.
    /// 0 where the goal is what is left.
    pub booked: i64,
    /// A takeover that fills every slot of a digest: one row a slot, one send.
    pub all: bool,
    /// How its sends are spread.
    pub pacing: Pacing,
    /// How often one reader may see it.
    pub cap: Option<Cap>,
    /// First instant it may run.
    pub starts_at: Timestamp,
    /// First instant it may no longer run.
    pub ends_at: Timestamp,
    /// The zone in which its dates were booked.
    pub zone: Zone,
    /// Slots it may take; never empty.
    pub slots: Vec<Slot>,
    /// Whom it is for.
    pub targeting: Targeting,
    /// Its exclusion group, if that is not its sponsor.
    pub group: Option<Slug>,
    /// Topics it wants to stand by; empty for any.
    pub beside: Vec<Slug>,
    /// Topics or category words beside which it must not stand anywhere in a digest, lower-case.
    pub avoid: Vec<String>,
    /// Which stories it does not want to stand beside, by their risks.
    pub safety: SafetyProfile,
    /// What it costs.
    pub price: Option<Price>,
    /// What gambling must have; `None`: it is none.
    pub gambling: Option<Gambling>,
    /// The flight that it makes good for.
    pub makes_good: Option<FlightId>,
    /// Whether it runs.
    pub state: FlightState,
    /// When its hold expires; only a hold has it.
    pub hold_until: Option<Timestamp>,
    /// Its creatives that are not retired, smallest first.
    pub creatives: Vec<Creative>,
    /// What its placements came to so far.
    pub ledger: FlightLedger,
}

/// A flight's sends by what became of them. Refused, withheld and replaced ones are in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlightLedger {
    /// Planned, leased or deferred.
    pub reserved: i64,
    /// Started or uncertain.
    pub committed: i64,
    /// Accepted by the relay.
    pub delivered: i64,
}

/// A flight before it has a row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFlight {
    /// Who pays.
    pub sponsor: SponsorId,
    /// The order that it is a line of; `None`: the sponsor's first, which is made where there is none.
    pub campaign: Option<CampaignId>,
    /// In which list.
    pub list: ListId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// Who is served first.
    pub tier: Tier,
    /// What it is booked for.
    pub goal: Goal,
    /// Whether it fills every slot of a digest; a takeover alone does.
    pub all: bool,
    /// How its sends are spread.
    pub pacing: Pacing,
    /// How often one reader may see it.
    pub cap: Option<Cap>,
    /// First instant it may run.
    pub starts_at: Timestamp,
    /// First instant it may no longer run; after `starts_at`.
    pub ends_at: Timestamp,
    /// The zone of its dates.
    pub zone: Zone,
    /// Slots it may take.
    pub slots: Vec<Slot>,
    /// Whom it is for.
    pub targeting: Targeting,
    /// Its exclusion group, if that is not its sponsor.
    pub group: Option<Slug>,
    /// Topics it wants to stand by; empty for any.
    pub beside: Vec<Slug>,
    /// Topics or category words to keep away from, lower-case.
    pub avoid: Vec<String>,
    /// Which stories it does not want to stand beside, by their risks.
    pub safety: SafetyProfile,
    /// What it costs.
    pub price: Option<Price>,
    /// What gambling must have; `None`: it is none.
    pub gambling: Option<Gambling>,
    /// The flight that it makes good for.
    pub makes_good: Option<FlightId>,
    /// Whether it runs.
    pub state: FlightState,
    /// When its hold expires; of a hold alone.
    pub hold_until: Option<Timestamp>,
}

impl NewFlight {
    /// Guaranteed sends, approved, for everybody, in any slot, in the sponsor's first order. Dates are
    /// the first instant that it may run and the first that it may not.
    pub fn sends(
        (sponsor, list): (SponsorId, ListId),
        slug: Slug,
        count: i64,
        (starts_at, ends_at): (Timestamp, Timestamp),
    ) -> NewFlight {
        NewFlight {
            sponsor,
            campaign: None,
            list,
            slug,
            tier: Tier::Guaranteed,
            goal: Goal::Sends(count),
            all: false,
            pacing: Pacing::Asap,
            cap: None,
            starts_at,
            ends_at,
            zone: Zone::utc(),
            slots: Slot::ALL.to_vec(),
            targeting: Targeting::default(),
            group: None,
            beside: Vec::new(),
            avoid: Vec::new(),
            safety: SafetyProfile::default(),
            price: None,
            gambling: None,
            makes_good: None,
            state: FlightState::Approved,
            hold_until: None,
        }
    }
}

impl From<&Flight> for NewFlight {
    /// The same booking once more, in its order.
    fn from(flight: &Flight) -> NewFlight {
        let own = flight.clone();
        NewFlight {
            sponsor: own.sponsor,
            campaign: Some(own.campaign),
            list: own.list,
            slug: own.slug,
            tier: own.tier,
            goal: own.goal,
            all: own.all,
            pacing: own.pacing,
            cap: own.cap,
            starts_at: own.starts_at,
            ends_at: own.ends_at,
            zone: own.zone,
            slots: own.slots,
            targeting: own.targeting,
            group: own.group,
            beside: own.beside,
            avoid: own.avoid,
            safety: own.safety,
            price: own.price,
            gambling: own.gambling,
            makes_good: own.makes_good,
            state: own.state,
            hold_until: own.hold_until,
        }
    }
}

impl Flight {
    /// What may still be planned: booked less delivered, committed and reserved, never below 0.
    /// Without a bound where the goal is what is left.
    pub fn remaining(&self) -> i64 {
        let used = self.ledger.reserved + self.ledger.committed + self.ledger.delivered;
        match self.goal {
            Goal::Rest => i64::MAX,
            Goal::Sends(_) | Goal::Share(_) | Goal::Every => (self.booked - used).max(0),
        }
    }

    /// Whether it keeps inventory from others: it is not over, and its hold has not expired.
    pub fn holds(&self, now: Timestamp) -> bool {
        let kept = self.hold_until.is_none_or(|until| now < until);
        self.ends_at > now && self.state != FlightState::Ended && kept
    }

    /// Whether its hold has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state == FlightState::Hold && self.hold_until.is_some_and(|until| until <= now)
    }

    /// Whom it stands for in a digest.
    pub fn gate(&self) -> Gate {
        match &self.group {
            Some(group) => Gate::Group(group.clone()),
            None => Gate::Sponsor(self.sponsor),
        }
    }

    /// Whether a reader may see it, by what they declared; if not, why.
    ///
    /// # Errors
    /// The first [`Refusal`].
    pub fn admits(&self, reader: &Declared<'_>) -> Result<(), Refusal> {
        self.targeting.admits(reader)?;
        match &self.gambling {
            None => Ok(()),
            Some(_) if reader.places.is_empty() => Err(Refusal::NoPlace),
            Some(rules) if reader.places.iter().any(|p| rules.places.contains(p)) => Ok(()),
            Some(_) => Err(Refusal::GamblingPlace),
        }
    }
}
