//! Amendments: what editors or sources say of an article after a wave was frozen with it, and what of
//! the wave's candidates is another one since.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::selection::{Candidate, Kin};
use super::time::Timestamp;
use super::{AmendmentId, ArticleId, RevisionId, words};

words! {
    /// What was said.
    AmendmentKind {
        /// No letter brings it any more.
        Withdrawn = "withdrawn",
        /// A withdrawal was taken back.
        Restored = "restored",
        /// An editor wrote its headline or its summary anew, or took that back; or its source
        /// corrected it.
        Rewritten = "rewritten",
    }
}

words! {
    /// What a source says of an article of its own.
    Notice {
        /// It is corrected, or corrects another one.
        Corrected = "corrected",
        /// It is taken back.
        Retracted = "retracted",
    }
}

/// What a source said of one of its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWord {
    /// The source's own name for it.
    pub entry_key: String,
    /// What it says.
    pub notice: Notice,
    /// How it says so.
    pub how: How,
}

words! {
    /// How a source says that an article is corrected or taken back.
    How {
        /// In its headline.
        Headline = "its headline says so",
        /// By an `at:deleted-entry` of its feed (RFC 6721).
        Deleted = "its feed says that it is deleted",
        /// The page is gone for good (410).
        Gone = "its page is gone (410)",
        /// The entry is in the feed again, as it was before.
        Back = "it is in its feed again",
    }
}

/// A word on an article that reaches letters which are planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amendment {
    /// Row id.
    pub id: AmendmentId,
    /// About which article.
    pub article: ArticleId,
    /// What.
    pub kind: AmendmentKind,
    /// Who; `None` when its source did.
    pub by: Option<String>,
    /// Why, in the words of whoever said it.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What of a wave's candidates is another one than was frozen. A digest keeps it as it was when the
/// digest was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Amended {
    /// Articles that no digest may bring.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub withdrawn: BTreeSet<ArticleId>,
    /// The texts that are printed instead of the frozen ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<ArticleId, RevisionId>,
}

impl Amended {
    /// Whether everything is as it was frozen.
    pub fn is_empty(&self) -> bool {
        self.withdrawn.is_empty() && self.texts.is_empty()
    }

    /// Makes candidates what they are since. Another text changes what is printed and nothing of how the
    /// article is weighed. `headlines` are those of the texts, for people.
    pub fn apply(&self, candidates: &mut [Candidate], headlines: &BTreeMap<RevisionId, String>) {
        for candidate in candidates {
            candidate.withdrawn = self.withdrawn.contains(&candidate.article);
            let Some(revision) = self.texts.get(&candidate.article).copied() else {
                continue;
            };
            candidate.revision = revision;
            if candidate.kin.iter().all(|kin| kin.revision != revision) {
                candidate.kin.push(Kin { revision, new: 0 });
            }
            if let Some(headline) = headlines.get(&revision) {
                candidate.headline.clone_from(headline);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Amended, ArticleId, RevisionId};
    use crate::domain::selection::Candidate;
    use crate::domain::{SourceId, StoryId};

    fn candidate(n: i64) -> Candidate {
        Candidate {
            headline: format!("number {n}"),
            dated_ms: n,
            ..Candidate::of(ArticleId(n), RevisionId(n), StoryId(n), SourceId(1))
        }
    }

    #[test]
    fn only_what_is_named_is_another_one() {
        let amended = Amended {
            withdrawn: [ArticleId(1)].into(),
            texts: [(ArticleId(2), RevisionId(9))].into(),
        };
        let headlines = BTreeMap::from([(RevisionId(9), "as it is".to_owned())]);
        let mut candidates = [candidate(1), candidate(2), candidate(3)];
        amended.apply(&mut candidates, &headlines);
        amended.apply(&mut candidates, &headlines);
        assert!(candidates[0].withdrawn && candidates[0].revision == RevisionId(1));
        assert_eq!(
            (candidates[1].headline.as_str(), candidates[1].revision),
            ("as it is", RevisionId(9))
        );
        let kin: Vec<i64> = candidates[1].kin.iter().map(|k| k.revision.0).collect();
        assert_eq!(kin, [2, 9], "whoever was sent either knows the story");
        assert_eq!(candidates[1].dated_ms, 2, "it is weighed as before");
        assert_eq!(candidates[2], candidate(3));
    }

    #[test]
    fn what_nobody_amended_is_not_written() {
        let text = serde_json::to_string(&Amended::default()).expect("written");
        assert_eq!(text, "{}");
        let amended = Amended {
            withdrawn: [ArticleId(7)].into(),
            texts: [(ArticleId(8), RevisionId(99))].into(),
        };
        let text = serde_json::to_string(&amended).expect("written");
        assert_eq!(text, r#"{"withdrawn":[7],"texts":{"8":99}}"#);
        let read: Amended = serde_json::from_str(&text).expect("read");
        assert_eq!(read, amended);
    }
}
