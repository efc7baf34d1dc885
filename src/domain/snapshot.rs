//! What a plan came to, small enough to be kept: how many digests bring each story, and what editors
//! wrote. Two of them are held against each other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ArticleId, StoryId};

/// A wave's plan at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Unix ms at which its letters are due.
    pub due_ms: i64,
    /// Digests.
    pub digests: u64,
    /// Readers without one.
    pub skipped: u64,
    /// sha256 over every digest's stories in their order, by subscription.
    pub hash: [u8; 32],
    /// What it brings.
    pub plan: Plan,
}

/// What a plan brings. Stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How many digests have each article.
    pub articles: BTreeMap<ArticleId, u64>,
    /// The story that editors open every digest with.
    pub lead: Option<StoryId>,
    /// The subject that editors wrote.
    pub subject: Option<String>,
    /// The preheader that they wrote.
    pub preheader: Option<String>,
    /// Their note, by paragraph.
    pub note: Vec<String>,
}

/// What differs between two plans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Every digest brings the same stories in the same order, and editors' words are the same.
    pub same: bool,
    /// Digests before and after.
    pub digests: (u64, u64),
    /// Readers without a digest before and after.
    pub skipped: (u64, u64),
    /// Articles that more or fewer digests have: how many before and after.
    pub articles: BTreeMap<ArticleId, (u64, u64)>,
    /// What editors wrote, by its name: before and after.
    pub words: BTreeMap<&'static str, (String, String)>,
}

/// Holds a plan's waves against those of another one.
pub fn changes(before: &[Snapshot], after: &[Snapshot]) -> Changes {
    let sum = |of: &[Snapshot], number: fn(&Snapshot) -> u64| of.iter().map(number).sum();
    let (was, is) = (articles(before), articles(after));
    let all: BTreeSet<ArticleId> = was.keys().chain(is.keys()).copied().collect();
    let count = |of: &BTreeMap<ArticleId, u64>, id| of.get(id).copied().unwrap_or(0);
    let pairs = all
        .iter()
        .map(|id| (*id, (count(&was, id), count(&is, id))));
    let mut words = BTreeMap::new();
    for (name, said) in SAID {
        let pair = (said(before), said(after));
        if pair.0 != pair.1 {
            words.insert(*name, pair);
        }
    }
    let shape = |of: &[Snapshot]| of.iter().map(|s| (s.due_ms, s.hash)).collect::<Vec<_>>();
    Changes {
        same: shape(before) == shape(after) && words.is_empty(),
        digests: (sum(before, |s| s.digests), sum(after, |s| s.digests)),
        skipped: (sum(before, |s| s.skipped), sum(after, |s| s.skipped)),
        articles: pairs.filter(|(_, (was, is))| was != is).collect(),
        words,
    }
}

/// What editors wrote, of the newest wave: decisions hold for waves that are not frozen yet.
type Said = fn(&[Snapshot]) -> String;
const SAID: &[(&str, Said)] = &[
    ("lead", |s| {
        let lead = s.last().and_then(|s| s.plan.lead);
        lead.map_or_else(String::new, |story| format!("story {story}"))
    }),
    ("subject", |s| newest(s, |plan| plan.subject.clone())),
    ("preheader", |s| newest(s, |plan| plan.preheader.clone())),
    ("note", |s| newest(s, |plan| Some(plan.note.join("\n\n")))),
];

fn newest(of: &[Snapshot], word: fn(&Plan) -> Option<String>) -> String {
    let said = of.last().and_then(|s| word(&s.plan));
    said.unwrap_or_default()
}

fn articles(of: &[Snapshot]) -> BTreeMap<ArticleId, u64> {
    let mut sums = BTreeMap::new();
    for (article, digests) in of.iter().flat_map(|s| &s.plan.articles) {
        *sums.entry(*article).or_default() += digests;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Plan, Snapshot, changes};
    use crate::domain::ArticleId;

    fn wave(due_ms: i64, articles: &[(i64, u64)], subject: &str, hash: u8) -> Snapshot {
        Snapshot {
            due_ms,
            digests: 10,
            skipped: 1,
            hash: [hash; 32],
            plan: Plan {
                articles: articles.iter().map(|(a, n)| (ArticleId(*a), *n)).collect(),
                subject: Some(subject.to_owned()),
                ..Plan::default()
            },
        }
    }

    #[test]
    fn stories_that_more_or_fewer_digests_have_are_named_and_so_are_words() {
        let before = [
            wave(1, &[(1, 5), (2, 5)], "Calm", 1),
            wave(2, &[(1, 1)], "Calm", 2),
        ];
        let found = changes(&before, &before);
        assert!(found.same && found.articles.is_empty() && found.words.is_empty());
        let after = [
            wave(1, &[(1, 5), (3, 5)], "Storm", 3),
            wave(2, &[(1, 1)], "Storm", 2),
        ];
        let found = changes(&before, &after);
        assert!(!found.same);
        let pairs: Vec<_> = found.articles.into_iter().collect();
        assert_eq!(pairs, [(ArticleId(2), (5, 0)), (ArticleId(3), (0, 5))]);
        assert_eq!(found.words["subject"], ("Calm".into(), "Storm".into()));
        assert_eq!((found.digests, found.skipped), ((20, 20), (2, 2)));
        // The same stories in another order are another plan.
        let moved = [
            wave(1, &[(1, 5), (2, 5)], "Calm", 9),
            wave(2, &[(1, 1)], "Calm", 2),
        ];
        let found = changes(&before, &moved);
        assert!(!found.same && found.articles.is_empty());
        assert!(changes(&[], &[]).same);
    }
}
