//! Sponsors, flights, creatives, slots and placements.

use serde::{Deserialize, Serialize};

use super::safety::SafetyProfile;
use super::slug::Slug;
use super::time::Timestamp;
use super::{CreativeId, DigestId, FlightId, ListId, SponsorId, words};

words! {
    /// A creative's rung on the ladder of lengths.
    CreativeSize {
        /// A name: at most 24 characters.
        Xs = "XS",
        /// A line: at most 60.
        S = "S",
        /// A sentence or two: at most 140.
        M = "M",
        /// A short paragraph: at most 300.
        L = "L",
    }
}

impl CreativeSize {
    /// Most characters of the text.
    pub fn limit(self) -> usize {
        match self {
            CreativeSize::Xs => 24,
            CreativeSize::S => 60,
            CreativeSize::M => 140,
            CreativeSize::L => 300,
        }
    }
}

words! {
    /// A place for a sponsor in the layout, from the top.
    Slot {
        /// Under the masthead.
        S1 = "S1",
        /// Between the sections.
        S2 = "S2",
        /// Later in the sections.
        S3 = "S3",
        /// Before the footer.
        S4 = "S4",
    }
}

words! {
    /// Whether a flight may run.
    FlightState {
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

/// Who pays.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sponsor {
    /// Row id.
    pub id: SponsorId,
    /// Short name.
    pub slug: Slug,
    /// The name on the label.
    pub name: String,
}

/// A line of an order: dates, a booked number of delivered sends, and where it may stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flight {
    /// Row id.
    pub id: FlightId,
    /// Who pays.
    pub sponsor: SponsorId,
    /// The name on the label.
    pub sponsor_name: String,
    /// In which list.
    pub list: ListId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// Delivered sends that were booked.
    pub booked: i64,
    /// First instant it may run.
    pub starts_at: Timestamp,
    /// First instant it may no longer run.
    pub ends_at: Timestamp,
    /// Slots it may take; never empty.
    pub slots: Vec<Slot>,
    /// Topics it wants to stand by; empty for any.
    pub beside: Vec<Slug>,
    /// Topics or category words beside which it must not stand anywhere in a digest, lower-case.
    pub avoid: Vec<String>,
    /// Which stories it does not want to stand beside, by their risks.
    pub safety: SafetyProfile,
    /// Whether it runs.
    pub state: FlightState,
    /// Its creatives, smallest first.
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

impl Flight {
    /// What may still be planned: booked less delivered, committed and reserved; never below 0.
    pub fn remaining(&self) -> i64 {
        let used = self.ledger.reserved + self.ledger.committed + self.ledger.delivered;
        (self.booked - used).max(0)
    }
}

/// A text of a flight in one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Creative {
    /// Row id.
    pub id: CreativeId,
    /// Whose.
    pub flight: FlightId,
    /// Its size.
    pub size: CreativeSize,
    /// A line above the text; L only.
    pub headline: Option<String>,
    /// The text.
    pub text: String,
    /// https link.
    pub url: String,
}

/// A creative in a digest's slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The digest's revision.
    pub digest: DigestId,
    /// Where it stands.
    pub slot: Slot,
    /// Which flight.
    pub flight: FlightId,
    /// Which text.
    pub creative: CreativeId,
    /// Why this one stands here, in words for a report.
    pub reason: String,
}

/// Why a creative is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreativeError {
    /// Longer than its size.
    #[error("the text has {length} characters, size {size} takes {limit}")]
    TooLong {
        /// Its size.
        size: CreativeSize,
        /// Characters counted.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Nothing to show.
    #[error("the text is empty")]
    Empty,
    /// Control characters, line breaks included.
    #[error("the text has a line break or another control character")]
    Control,
    /// Not an https link.
    #[error("`{0}` is not an https link")]
    Link(String),
}

impl CreativeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            CreativeError::TooLong { length, .. } => {
                let fit = CreativeSize::ALL.iter().find(|s| s.limit() >= *length);
                fit.map(|size| format!("`--size {size}` takes it"))
            }
            CreativeError::Link(_) => Some("a sponsor's link starts with https://".to_owned()),
            CreativeError::Empty | CreativeError::Control => None,
        }
    }
}

/// Checks a creative's text and link against its size.
pub fn check_creative(size: CreativeSize, text: &str, url: &str) -> Result<(), CreativeError> {
    let length = text.chars().count();
    if super::visible::is_blank(text) {
        return Err(CreativeError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(CreativeError::Control);
    }
    if length > size.limit() {
        return Err(CreativeError::TooLong {
            size,
            length,
            limit: size.limit(),
        });
    }
    let https = url::Url::parse(url).is_ok_and(|u| u.scheme() == "https" && u.host_str().is_some());
    if !https || url.len() > 2000 {
        return Err(CreativeError::Link(url.chars().take(120).collect()));
    }
    Ok(())
}
