//! Somebody out of a file: who, whether they may be mailed, what they ask for; or why a row is nobody.

use core::net::IpAddr;
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::address::{Address, AddressError};
use crate::domain::slug::Slug;
use crate::domain::subscriber::Length;
use crate::domain::time::{Timestamp, WallTime, Zone};

/// What the other service says of mail to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// They get it.
    Subscribed,
    /// They left.
    Left,
    /// An operator stopped it.
    Suppressed,
    /// Their mailbox did not take it.
    Bounced,
    /// They called it spam.
    Complained,
}

/// Why a row is nobody who can be signed up. No address in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing where the address should be.
    #[error("it has no address")]
    NoAddress,
    /// What is there is none that we can mail.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// Signed up, and never agreed.
    #[error("they have not confirmed (`{0}`)")]
    NotConfirmed(String),
    /// A word that may mean anything.
    #[error("its status `{0}` is not known")]
    Status(String),
    /// There is no time at which they agreed, and no note.
    #[error("it does not say when they agreed, and there is no --consent-note")]
    NoConsent,
    /// A sign between cells stands in a cell.
    #[error("it has {0} cells and the file has {1} columns")]
    Ragged(usize, usize),
    /// A cell that goes over the ends of lines where none does.
    #[error("it takes {0} lines: a quote in it, or before it, may not be closed")]
    OpenQuote(usize),
    /// A row signs them up, and another one does not.
    #[error("another row of them says that they are not subscribed, or nothing that is known")]
    Doubted,
    /// A line that is no JSON object.
    #[error("it is no JSON object")]
    NoObject,
}

/// What a person asks for; what is missing is the list's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Topics, each once.
    pub topics: Vec<Slug>,
    /// Weights of those of them that were given one, 1 to 1000.
    pub weights: BTreeMap<Slug, u16>,
    /// Topics of which they want nothing, each once.
    pub never: Vec<Slug>,
    /// Places, each once.
    pub places: Vec<Slug>,
    /// Their zone.
    pub zone: Option<Zone>,
    /// Their language, as it is written there.
    pub language: Option<String>,
    /// Their cadence.
    pub cadence: Option<Slug>,
    /// Their hour.
    pub hour: Option<WallTime>,
    /// How much.
    pub length: Option<Length>,
    /// Whether they get pictures.
    pub images: Option<bool>,
    /// Whether their letters have no HTML part.
    pub text_only: Option<bool>,
    /// The first day after a pause.
    pub resume_on: Option<Date>,
}

/// Somebody out of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub address: Address,
    /// Whether they get mail.
    pub fate: Fate,
    /// Whether they get none until they ask for it again.
    pub paused: bool,
    /// What they ask for.
    pub wishes: Wishes,
    /// When they confirmed.
    pub confirmed: Option<Timestamp>,
    /// When they agreed: confirmed, else opted in.
    pub agreed: Option<Timestamp>,
    /// How they agreed, in the words of whoever exported them.
    pub note: Option<String>,
    /// Since when they were known there.
    pub created: Option<Timestamp>,
    /// From which network address they agreed.
    pub network: Option<IpAddr>,
}
