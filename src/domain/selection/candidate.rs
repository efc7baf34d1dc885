//! What an edition may bring: articles as they were when their wave froze.

use serde::{Deserialize, Serialize};

use crate::domain::article::{StoryFacts, TopicWeight};
use crate::domain::labels::Risk;
use crate::domain::picture::Shown;
use crate::domain::slug::Slug;
use crate::domain::{ArticleId, RevisionId, SourceId, StoryId};

/// A source's quality where nobody said otherwise, in thousandths.
pub const QUALITY: u16 = 500;

/// An article that an edition may bring, as it was when its wave froze. Stored as JSON; what a later
/// release added is neutral where it is absent.
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
    /// Unix ms from which its age counts (see [`crate::domain::article::dated`]).
    pub dated_ms: i64,
    /// Topics with weights.
    pub topics: Vec<TopicWeight>,
    /// Places.
    pub places: Vec<Slug>,
    /// The source's category words, lower-case: what sponsors may ask to avoid.
    pub categories: Vec<String>,
    /// What makes it a risk beside an advertisement.
    #[serde(default, skip_serializing_if = "is_no_risk")]
    pub risk: Risk,
    /// What a letter shows of its picture.
    #[serde(default, skip_serializing_if = "Shown::is_given")]
    pub picture: Shown,
    /// Its source's quality, in thousandths.
    #[serde(default = "quality", skip_serializing_if = "is_quality")]
    pub quality: u16,
    /// Its author's name, folded so that spellings agree; empty where none is stated.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Its language, as a tag; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Its source is the one that published it first, not one that copies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub original: bool,
    /// Words of its text.
    #[serde(default, skip_serializing_if = "is_none")]
    pub words: u32,
    /// Different sources that told its story by the cut-off; 0 counts as 1.
    #[serde(default, skip_serializing_if = "is_none_16")]
    pub sources: u16,
    /// Unix ms before which no letter may bring it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_ms: Option<i64>,
    /// What a letter says of it beside its text.
    #[serde(default, skip_serializing_if = "StoryFacts::is_none")]
    pub facts: StoryFacts,
    /// Unix ms until which it settles: its source is given so long to correct it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_ms: Option<i64>,
    /// It was withdrawn since its wave was frozen. Never frozen: a digest keeps it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// What likeness to other stories is measured by: hashes of its telling words, ascending, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<u32>,
    /// Every text that was ever kept of its story's articles: whoever was sent one of them knows the
    /// story, whatever was merged, split or moved since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kin: Vec<Kin>,
}

/// A text of a candidate's story. Stored as `[revision, new]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(RevisionId, u16)", into = "(RevisionId, u16)")]
pub struct Kin {
    /// Which text.
    pub revision: RevisionId,
    /// How much of the candidate's text is news to whoever was sent it, in thousandths of the
    /// candidate's shingles.
    pub new: u16,
}

impl From<(RevisionId, u16)> for Kin {
    fn from((revision, new): (RevisionId, u16)) -> Kin {
        Kin { revision, new }
    }
}

impl From<Kin> for (RevisionId, u16) {
    fn from(kin: Kin) -> (RevisionId, u16) {
        (kin.revision, kin.new)
    }
}

impl Candidate {
    /// A candidate of which nothing but its ids is known: everything else is neutral. Its own text is
    /// its only kin.
    pub fn of(article: ArticleId, revision: RevisionId, story: StoryId, source: SourceId) -> Self {
        Candidate {
            article,
            revision,
            story,
            source,
            headline: String::new(),
            dated_ms: 0,
            topics: Vec::new(),
            places: Vec::new(),
            categories: Vec::new(),
            risk: Risk::default(),
            picture: Shown::default(),
            quality: QUALITY,
            author: String::new(),
            language: None,
            original: false,
            words: 0,
            sources: 1,
            embargo_ms: None,
            facts: StoryFacts::default(),
            settles_ms: None,
            withdrawn: false,
            features: Vec::new(),
            kin: vec![Kin { revision, new: 0 }],
        }
    }
}

fn quality() -> u16 {
    QUALITY
}

fn is_quality(quality: &u16) -> bool {
    *quality == QUALITY
}

fn is_no_risk(risk: &Risk) -> bool {
    *risk == Risk::default()
}

fn is_none(n: &u32) -> bool {
    *n == 0
}

fn is_none_16(n: &u16) -> bool {
    *n == 0
}
