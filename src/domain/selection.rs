//! What selection takes and gives: candidates, a reader, rules; picks, reasons, verdicts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::article::TopicWeight;
use super::picture::Shown;
use super::slug::Slug;
use super::sponsor::Slot;
use super::written::{Correction, Panel};
use super::{ArticleId, EditionId, RevisionId, SourceId, StoryId, words};

/// An article that an edition may bring, as it was when its wave froze.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The article.
    pub article: ArticleId,
    /// The text that would be printed.
    pub revision: RevisionId,
    /// The story that it tells.
    pub story: StoryId,
    /// Its source.
    pub source: SourceId,
    /// For people who read plans.
    pub headline: String,
    /// Unix ms from which its age counts (see [`super::article::dated`]).
    pub dated_ms: i64,
    /// Topics with weights.
    pub topics: Vec<TopicWeight>,
    /// Places.
    pub places: Vec<Slug>,
    /// The source's category words, lower-case: what sponsors may ask to avoid.
    pub categories: Vec<String>,
    /// What a letter shows of its picture.
    #[serde(default, skip_serializing_if = "Shown::is_given")]
    pub picture: Shown,
}

words! {
    /// What a reader's topics do.
    Personal {
        /// Put the reader's topics first, then fill up from the list's top stories.
        Order = "order",
        /// Keep to the reader's topics.
        Filter = "filter",
    }
}

/// The rules of one wave: the list's, the cut-off, and what editors decided. Frozen with the wave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Unix ms: nothing dated later is taken, and ages are counted to here.
    pub cutoff_ms: i64,
    /// Nothing older than this before the cut-off is taken, unless pinned.
    pub window_ms: i64,
    /// Target length of a long digest.
    pub stories: u16,
    /// A reader is skipped when the whole list has fewer unseen stories than this.
    pub stories_min: u16,
    /// What topics do.
    pub personal: Personal,
    /// Most picks of one topic while others have some; lead and pins do not count.
    pub topic_cap: u16,
    /// Octets that a letter's HTML may have.
    #[serde(default = "byte_budget")]
    pub byte_budget: u32,
    /// What editors decided.
    pub decisions: Decisions,
    /// What every digest is fitted by; none in waves of a release that fitted none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
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

/// A reader as selection sees one: no name, no address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reader {
    /// Topics followed with weights; empty for the general digest.
    pub topics: Vec<TopicWeight>,
    /// Places followed.
    pub places: Vec<Slug>,
    /// How many stories this reader's digest aims at.
    pub stories: u16,
    /// Stories sent to this subscription before, and by which edition.
    pub seen: BTreeMap<StoryId, EditionId>,
}

/// Where a pick stands in the layout.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The opening story.
    Lead,
    /// Under a topic that the reader follows, or a pin's own first topic.
    Topic(Slug),
    /// From the reader's places.
    Area(Slug),
    /// From the list's top stories.
    AlsoToday,
}

/// Why an article is in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// An editor made it the lead.
    Lead,
    /// An editor pinned it.
    Pinned,
    /// The reader follows this topic.
    Topic {
        /// Which.
        topic: Slug,
    },
    /// The reader follows this place.
    Place {
        /// Which.
        place: Slug,
    },
    /// One of the list's top stories.
    TopStory,
}

words! {
    /// How much of a story is printed.
    Form {
        /// Picture, headline, summary.
        Full = "full",
        /// Headline and the beginning of the summary.
        Short = "short",
        /// Headline alone.
        Headline = "headline",
    }
}

/// An article in a digest. Stored as JSON in the digest, in the order of the layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// The article.
    pub article: ArticleId,
    /// The text that is printed.
    pub revision: RevisionId,
    /// The story that will be remembered as sent.
    pub story: StoryId,
    /// Where it stands.
    pub section: Section,
    /// Why it is there.
    pub reason: Reason,
    /// How much of it is printed.
    pub form: Form,
}

/// What became of a candidate for one reader. Never stored: replayed from the frozen inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// In the digest.
    Chosen {
        /// Place in the digest, from 1.
        rank: u16,
        /// Why.
        reason: Reason,
        /// The form to which size brought it down, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shortened: Option<Form>,
    },
    /// An edition brought this story to this reader before.
    AlreadySent {
        /// Which edition.
        edition: EditionId,
    },
    /// Another article of the same story represents it.
    SameStory {
        /// Which.
        represented_by: ArticleId,
    },
    /// An editor banned the story.
    Banned {
        /// Who.
        by: String,
    },
    /// Older than the window.
    TooOld,
    /// Dated after the cut-off: it waits for the next wave.
    AfterCutoff,
    /// The reader follows none of its topics (`personal = "filter"`).
    TopicNotFollowed,
    /// Its topic has as many as the list's cap gives it, and others filled the digest; it waits.
    TopicCap {
        /// Which topic.
        topic: Slug,
    },
    /// The digest was full; it waits.
    Full,
    /// It was chosen, and the letter would have been too large with it; it waits.
    PushedOut {
        /// Octets that the letter's HTML may have.
        budget: u32,
    },
    /// The whole list had too few stories, so nothing was sent; it waits.
    Skipped,
}

/// What selection gives for one reader.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Selection {
    /// The digest in the order of its layout; empty when skipped.
    pub picks: Vec<Pick>,
    /// Every candidate once, by article id, with its verdict.
    pub verdicts: BTreeMap<ArticleId, Verdict>,
    /// Why there is no digest, if there is none.
    pub skip: Option<Skip>,
}

words! {
    /// Why a subscription of a wave got no digest.
    Skip {
        /// The list had fewer unseen stories than its minimum.
        TooFewStories = "too_few_stories",
        /// The list keeps to readers' topics, and nothing unseen touches this reader's.
        NothingFollowed = "nothing_followed",
        /// The subscription or the person was not active.
        NotActive = "not_active",
        /// This edition already went to the person, in another wave.
        AlreadyPlanned = "already_planned",
        /// The edition was cancelled before this wave was planned.
        Cancelled = "cancelled",
    }
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
