//! The rules of a wave: the list's, and what its editors decided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::slug::Slug;
use crate::domain::sponsor::Slot;
use crate::domain::written::{Correction, Panel};
use crate::domain::{ArticleId, ListId, SourceId, StoryId, words};

words! {
    /// What a reader's topics do.
    Personal {
        /// Put the reader's topics first, then fill up from the list's top stories.
        Order = "order",
        /// Keep to the reader's topics.
        Filter = "filter",
    }
}

words! {
    /// Which languages of articles a reader gets.
    #[derive(Default)]
    Languages {
        /// All that the list has.
        #[default]
        Any = "any",
        /// The reader's own; an article whose language is not known is for everybody.
        Reader = "reader",
    }
}

words! {
    /// Whose memory says what a reader was sent.
    #[derive(Default)]
    Memory {
        /// The subscription's own.
        #[default]
        Own = "own",
        /// That of the person, over all lists that share it.
        Shared = "shared",
    }
}

/// The rules of one wave: the list's, the cut-off, and what editors decided. Frozen with the wave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Unix ms: nothing dated later is taken, and ages are counted to here.
    pub cutoff_ms: i64,
    /// How far back an edition looks.
    pub window_ms: i64,
    /// How much longer a story waits for readers who were not sent it; nothing older than both is
    /// taken, unless pinned.
    #[serde(default)]
    pub carry_ms: i64,
    /// The age at which a story counts half.
    #[serde(default = "half_life")]
    pub half_life_ms: u64,
    /// Target length of a long digest.
    pub stories: u16,
    /// A reader for whom there are fewer stories than this is skipped.
    pub stories_min: u16,
    /// What topics do.
    pub personal: Personal,
    /// Most picks of one topic while others have some; lead and pins do not count.
    pub topic_cap: u16,
    /// Most picks of one source while others have some; lead and pins do not count. 0: no cap.
    #[serde(default)]
    pub source_cap: u16,
    /// Most picks of one author in a short digest. 0: no cap.
    #[serde(default)]
    pub author_cap: u16,
    /// Picks that are kept for the reader's places, where they have candidates.
    #[serde(default)]
    pub local: u16,
    /// How much likeness to what is in already counts against a story, in thousandths: 1 minus the
    /// lambda of maximal marginal relevance (Carbonell and Goldstein 1998). 0: not at all.
    #[serde(default)]
    pub diversity: u16,
    /// When a story that was sent may come back.
    #[serde(default)]
    pub updates: Updates,
    /// Which languages a reader gets.
    #[serde(default)]
    pub languages: Languages,
    /// Whose memory counts.
    #[serde(default)]
    pub memory: Memory,
    /// Other lists whose letters to a person count as this one's, where it is shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ListId>,
    /// How many days back from the cut-off it reaches.
    #[serde(default = "memory_days")]
    pub memory_days: u16,
    /// Octets that a letter's HTML may have.
    #[serde(default = "byte_budget")]
    pub byte_budget: u32,
    /// What editors decided.
    pub decisions: Decisions,
    /// What every digest is fitted by; none in waves of a release that fitted none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
    /// Which release's way of selecting planned the wave: see [`METHOD`].
    #[serde(default = "first_method")]
    pub method: u16,
}

/// The way of selecting that this release plans by. A wave of another one replays otherwise, and an
/// explanation says so.
pub const METHOD: u16 = 3;

/// When a story that a reader was sent may come back, because it has really changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updates {
    /// Not earlier than this after it was sent last.
    pub after_ms: i64,
    /// At least so much of its text is new against all that was sent, in thousandths.
    pub new: u16,
    /// How often; 0: never.
    pub most: u16,
}

/// The half-life of a daily list's stories: 18 hours.
pub const HALF_LIFE_MS: u64 = 18 * 3_600_000;

/// For how long a daily list remembers what it sent.
pub const MEMORY_DAYS: u16 = 30;

fn memory_days() -> u16 {
    MEMORY_DAYS
}

fn half_life() -> u64 {
    HALF_LIFE_MS
}

fn first_method() -> u16 {
    1
}

impl Default for Rules {
    /// A daily list that chose nothing, at the beginning of time.
    fn default() -> Rules {
        Rules {
            cutoff_ms: 0,
            window_ms: 24 * 3_600_000,
            carry_ms: 24 * 3_600_000,
            half_life_ms: HALF_LIFE_MS,
            stories: 10,
            stories_min: 3,
            personal: Personal::Order,
            topic_cap: 4,
            source_cap: 2,
            author_cap: 1,
            local: 1,
            diversity: 300,
            updates: Updates {
                after_ms: 6 * 3_600_000,
                new: 350,
                most: 2,
            },
            languages: Languages::Any,
            memory: Memory::Own,
            shares: Vec::new(),
            memory_days: MEMORY_DAYS,
            byte_budget: BYTE_BUDGET,
            decisions: Decisions::default(),
            room: None,
            method: METHOD,
        }
    }
}

/// What is measured as a wave freezes, because flights are not frozen with it: a replay has the same
/// room, whatever was booked since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The renderer that measured.
    pub renderer: String,
    /// Octets of HTML that are kept free for each slot: those of the largest creative that may take
    /// it. A slot that nobody booked has none.
    pub slots: BTreeMap<Slot, u32>,
}

/// Octets of HTML that a list has which chose none: with room below the line at which Gmail clips.
pub const BYTE_BUDGET: u32 = 90_000;
/// Least octets of HTML: room for a letter's fixed parts and a few stories.
pub const BYTE_BUDGET_LEAST: u32 = 20_000;
/// Most octets of HTML: beyond it Gmail clips.
pub const BYTE_BUDGET_MOST: u32 = 102_400;

fn byte_budget() -> u32 {
    BYTE_BUDGET
}

/// Editors' decisions in force for a wave: constraints, never scores.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decisions {
    /// The story that opens every digest.
    pub lead: Option<StoryId>,
    /// Stories in every digest, in this order.
    pub pins: Vec<StoryId>,
    /// Stories in none, with who banned them.
    pub bans: BTreeMap<StoryId, String>,
    /// The desk's own list of top stories, in its order: it comes first where top stories fill a
    /// digest, and stands in where nothing else saves one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<StoryId>,
    /// What editors made of stories, in thousandths of their score.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub boosts: BTreeMap<StoryId, u16>,
    /// The article by which an editor named a lead, a pin or a story of the desk's list: it represents
    /// its story, as long as it is open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<StoryId, ArticleId>,
    /// Places of stories in their sections, from 1: whatever the machine's order is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<StoryId, u16>,
    /// Topics whose sections come first, in this order; the others follow in each reader's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Slug>,
    /// The article whose picture a story has, or none at all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<StoryId, Option<ArticleId>>,
    /// Sources of which nothing is brought, with who said so. What only they tell is banned as its wave
    /// freezes; what others tell as well is told by the others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<SourceId, String>,
    /// The subject of every letter.
    pub subject: Option<String>,
    /// The line that mail programs show beside the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    /// The editor's note, by paragraph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<String>,
    /// The free block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
    /// Corrections, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
}

#[cfg(test)]
mod tests {
    use super::{BYTE_BUDGET, Decisions, Rules};

    #[test]
    fn rules_of_an_earlier_release_can_still_be_read() {
        let decisions = r#"{"lead":null,"pins":[],"bans":{},"subject":null}"#;
        let frozen = format!(
            r#"{{"cutoff_ms":1,"window_ms":2,"stories":10,"stories_min":3,"personal":"order",
            "topic_cap":4,"decisions":{decisions}}}"#
        );
        let read: Rules = serde_json::from_str(&frozen).expect("read");
        assert_eq!(read.byte_budget, BYTE_BUDGET);
        assert_eq!(read.decisions, Decisions::default());
        // What nobody decided is not written either.
        let written = serde_json::to_string(&read.decisions).expect("written");
        assert_eq!(written, decisions);
    }
}
