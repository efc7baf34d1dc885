//! What a column may say of a person, and the words for it.

use crate::domain::slug::Slug;

/// What a column says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Their address.
    Address,
    /// Whether they may be mailed, in a word.
    Status,
    /// Whether they may not, yes or no.
    Disabled,
    /// When they left; empty where they did not.
    Left,
    /// When their mailbox stopped taking mail.
    Bounced,
    /// When they agreed.
    OptedIn,
    /// From which network address.
    OptedInFrom,
    /// When they confirmed.
    Confirmed,
    /// From which network address.
    ConfirmedFrom,
    /// Since when the other service knew them.
    Created,
    /// How they agreed, in a sentence.
    ConsentNote,
    /// Names of topics, each with a weight where it has one: `topic:8`.
    Topics,
    /// Names of topics of which they want nothing.
    Never,
    /// Names of places.
    Places,
    /// Names of either; others are passed over.
    Labels,
    /// Whether they follow this topic.
    Topic(Slug),
    /// Whether they follow this place.
    Place(Slug),
    /// Their time zone.
    Zone,
    /// Their language.
    Language,
    /// Their cadence.
    Cadence,
    /// Their hour.
    Hour,
    /// How much they read.
    Length,
    /// Whether they get pictures, yes or no.
    Images,
    /// Whether their letters have no HTML part, yes or no.
    TextOnly,
    /// The first day after a pause.
    PausedUntil,
    /// Columns within a column, as JSON.
    Attributes,
    /// Nothing that is taken.
    Ignored,
}

/// How a role came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By its column's name.
    Name,
    /// By what stands in it.
    Values,
    /// An admin said so.
    Asked,
    /// Not at all: it is passed over.
    None,
}

/// A column and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As the file calls it; one within a column is called `column.key`.
    pub name: String,
    /// What it says.
    pub role: Role,
    /// How that is known.
    pub by: By,
}

/// The words of roles, as they are typed after `--map COLUMN=`.
const WORDS: &[(&str, Role)] = &[
    ("address", Role::Address),
    ("status", Role::Status),
    ("disabled", Role::Disabled),
    ("left", Role::Left),
    ("bounced", Role::Bounced),
    ("opted-in", Role::OptedIn),
    ("opted-in-from", Role::OptedInFrom),
    ("confirmed", Role::Confirmed),
    ("confirmed-from", Role::ConfirmedFrom),
    ("created", Role::Created),
    ("consent-note", Role::ConsentNote),
    ("topic", Role::Topics),
    ("never", Role::Never),
    ("place", Role::Places),
    ("label", Role::Labels),
    ("zone", Role::Zone),
    ("language", Role::Language),
    ("cadence", Role::Cadence),
    ("hour", Role::Hour),
    ("length", Role::Length),
    ("images", Role::Images),
    ("text-only", Role::TextOnly),
    ("paused-until", Role::PausedUntil),
    ("attributes", Role::Attributes),
    ("ignore", Role::Ignored),
];

impl Role {
    /// Reads a role as it is typed; `topic:SLUG` and `place:SLUG` are yes-or-no columns.
    pub fn parse(text: &str) -> Option<Role> {
        let slug = |text: &str| Slug::parse(text).ok();
        match text.split_once(':') {
            Some(("topic", name)) => slug(name).map(Role::Topic),
            Some(("place", name)) => slug(name).map(Role::Place),
            Some(_) => None,
            None => WORDS
                .iter()
                .find(|(w, _)| *w == text)
                .map(|(_, r)| r.clone()),
        }
    }

    /// Every word that [`Role::parse`] takes.
    pub fn known() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(word, _)| *word)
    }

    /// As it is typed.
    pub fn typed(&self) -> String {
        match self {
            Role::Topic(slug) => format!("topic:{slug}"),
            Role::Place(slug) => format!("place:{slug}"),
            role => {
                let found = WORDS.iter().find(|(_, r)| r == role);
                found.map_or_else(String::new, |(word, _)| (*word).to_owned())
            }
        }
    }

    /// Whether a row that has it may say that mail is not wanted.
    pub fn tells_standing(&self) -> bool {
        matches!(
            self,
            Role::Status | Role::Disabled | Role::Left | Role::Bounced
        )
    }

    /// Whether it says what a person asks for.
    pub(super) fn is_wish(&self) -> bool {
        use Role::{Cadence, Hour, Labels, Language, Length, Places, Topics, Zone};
        let role = self;
        matches!(
            role,
            Cadence | Hour | Labels | Language | Length | Places | Topics | Zone
        )
    }

    /// Whether it is proof of consent.
    pub fn is_proof(&self) -> bool {
        matches!(self, Role::OptedIn | Role::Confirmed)
    }
}
