//! What selection takes and gives: candidates, a reader, rules; picks, reasons, verdicts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slug::Slug;
use super::{ArticleId, EditionId, RevisionId, SourceId, StoryId, words};

mod candidate;
mod reader;
mod rules;

pub use candidate::{Candidate, Kin, QUALITY};
pub use reader::{Reader, Sent};
pub use rules::{
    BYTE_BUDGET, BYTE_BUDGET_LEAST, BYTE_BUDGET_MOST, Decisions, HALF_LIFE_MS, Languages,
    MEMORY_DAYS, METHOD, Memory, Personal, Room, Rules, Updates,
};

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
    /// On the desk's own list of top stories.
    Desk,
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

impl Form {
    /// Whether a story in this form has its picture there: a lead that is made short keeps it.
    pub fn is_pictured(self, section: &Section) -> bool {
        match self {
            Form::Full => true,
            Form::Short => *section == Section::Lead,
            Form::Headline => false,
        }
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
    /// The reader was sent this story before, and it has changed since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub update: bool,
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
        /// The rule that gave way for it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relaxed: Option<Relaxed>,
        /// Other caps that it is beyond, which gave way together with that rule.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        besides: Vec<Relaxed>,
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
    /// The article was withdrawn.
    Withdrawn,
    /// An editor banned the story.
    Banned {
        /// Who.
        by: String,
    },
    /// Older than the window and than what is carried over from it.
    TooOld,
    /// No letter may bring it yet; it waits.
    Embargoed {
        /// Unix ms.
        until_ms: i64,
    },
    /// Seen so shortly before that its source may still correct it; it waits.
    Settling {
        /// Unix ms.
        until_ms: i64,
    },
    /// Not in the reader's language, where the list keeps to it.
    OtherLanguage {
        /// Its own.
        language: String,
    },
    /// Dated after the cut-off: it waits for the next wave.
    AfterCutoff,
    /// The reader wants nothing of a topic that its story carries.
    TopicRefused {
        /// Which topic.
        topic: Slug,
    },
    /// The reader follows none of its topics (`personal = "filter"`).
    TopicNotFollowed,
    /// Its topic had as many as this reader's weights and the list's cap give it when it was the
    /// article's turn, and others filled the digest; it waits.
    Quota {
        /// Which topic.
        topic: Slug,
        /// How many it has.
        quota: u16,
    },
    /// Its source had as many as the list's cap gives it when it was the article's turn, and others
    /// filled the digest; it waits.
    SourceCap {
        /// Which source.
        source: SourceId,
    },
    /// Its author has as many as the list's cap gives one in a short digest; it waits.
    AuthorCap {
        /// Who, folded.
        author: String,
    },
    /// The digest was full; it waits.
    Full,
    /// It was chosen, and the letter would have been too large with it; it waits.
    PushedOut {
        /// Octets that the letter's HTML may have.
        budget: u32,
    },
    /// There were too few stories for this reader, so nothing was sent; it waits.
    Skipped,
}

/// What selection gives for one reader.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Selection {
    /// The digest in the order of its layout; empty when skipped.
    pub picks: Vec<Pick>,
    /// Every candidate once, by article id, with its verdict.
    pub verdicts: BTreeMap<ArticleId, Verdict>,
    /// What each candidate that was open to this reader came to, by article id; those of a story that
    /// another article represents too.
    pub scores: BTreeMap<ArticleId, Score>,
    /// Why there is no digest, if there is none.
    pub skip: Option<Skip>,
}

/// What a candidate came to for one reader: its parts, and the number that orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The topic for which it counts best; none where the reader follows none of its topics.
    pub topic: Option<Slug>,
    /// The reader's weight of that topic, in thousandths.
    pub wish: u16,
    /// The article's weight of that topic, in thousandths.
    pub weight: u16,
    /// Its source's quality, in thousandths.
    pub quality: u16,
    /// What the number of sources that tell it makes of it, in thousandths: 1000 for one.
    pub corroboration: u16,
    /// What its age leaves of it, in thousandths.
    pub freshness: u16,
    /// What editors made of it, in thousandths: 1000 where they said nothing.
    pub boost: u16,
    /// How like it is to the likest other story of the digest, in thousandths, where the list looks at
    /// that: it is weighed against the product when stories compete, and no part of it.
    #[serde(default)]
    pub like: u16,
    /// The product; without a topic what it is worth as a top story. Only its order means something,
    /// among those with a topic and among those without.
    pub total: u64,
}

words! {
    /// A rule that gave way, in the order in which they do.
    Relaxed {
        /// Most stories of one source.
        SourceCap = "source_cap",
        /// Most stories of one topic.
        Quota = "quota",
        /// Most stories of one author in a short digest.
        AuthorCap = "author_cap",
        /// How old a story may be.
        Window = "window",
        /// What touches the reader: the desk's own list stands in.
        Fallback = "fallback",
    }
}

words! {
    /// Why a subscription of a wave got no digest.
    Skip {
        /// There were fewer stories for the reader than the list's minimum.
        TooFewStories = "too_few_stories",
        /// The list keeps to readers' topics, and nothing unseen touches this reader's.
        NothingFollowed = "nothing_followed",
        /// The subscription or the person was not active.
        NotActive = "not_active",
        /// This edition already went to the person, in another wave.
        AlreadyPlanned = "already_planned",
        /// The edition was cancelled before this wave was planned.
        Cancelled = "cancelled",
        /// The subscriber asked for no digest before a later day.
        Paused = "paused",
        /// The run was missed, and their next digest reaches back over it.
        Merged = "merged",
        /// The tzdb no longer has the subscriber's zone, so nobody knows their hour.
        UnknownZone = "unknown_zone",
    }
}
