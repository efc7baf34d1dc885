//! Sponsors, their orders, creatives, slots and placements.

use serde::{Deserialize, Serialize};

pub use super::flight::{Flight, FlightLedger, FlightState};
use super::money::Currency;
use super::slug::Slug;
use super::{CampaignId, CreativeId, DigestId, FlightId, SponsorId, words};

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
    /// Whether a creative may be printed.
    CreativeState {
        /// Handed in, not looked at.
        Proposed = "proposed",
        /// May be printed.
        Approved = "approved",
        /// Not planned any more; letters that have it already keep it.
        Retired = "retired",
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

/// An order of a sponsor: what its flights are lines of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Campaign {
    /// Row id.
    pub id: CampaignId,
    /// Who pays.
    pub sponsor: SponsorId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// The sponsor's number of the order, printed on invoices.
    pub order_number: Option<String>,
    /// In what its flights are paid; without one they have no price.
    pub currency: Currency,
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
    /// The words of its button; L only.
    pub button: Option<String>,
    /// The legal line that its flight must print after it.
    pub legal: Option<String>,
    /// Whether it may be printed.
    pub state: CreativeState,
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
