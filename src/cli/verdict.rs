//! Verdicts in words, for everybody who asks why.

use std::collections::BTreeMap;

use crate::domain::EditionId;
use crate::domain::selection::{Reason, Rules, Verdict};
use crate::domain::slug::Slug;

/// What verdicts are said with.
#[derive(Clone, Debug, Default)]
pub struct VerdictWords {
    /// Display names of topics and places.
    pub names: BTreeMap<Slug, String>,
    /// Editions by what an editor calls them.
    pub editions: BTreeMap<EditionId, String>,
}

impl VerdictWords {
    /// A topic's or place's display name, or its short one.
    pub fn name(&self, slug: &Slug) -> String {
        self.names
            .get(slug)
            .cloned()
            .unwrap_or_else(|| slug.to_string())
    }

    /// Why a pick is there.
    pub fn reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::Lead => "the editors' lead".to_owned(),
            Reason::Pinned => "pinned by the editors".to_owned(),
            Reason::Topic { topic } => format!("follows {}", self.name(topic)),
            Reason::Place { place } => format!("from {}", self.name(place)),
            Reason::TopStory => "a top story".to_owned(),
        }
    }

    /// What became of a candidate. `topics`: the reader follows any.
    pub fn verdict(&self, verdict: &Verdict, rules: &Rules, topics: bool) -> String {
        match verdict {
            Verdict::Chosen { reason, .. } => self.reason(reason),
            Verdict::AlreadySent { edition } => match self.editions.get(edition) {
                Some(name) => format!("sent before, in {name}"),
                None => "sent before".to_owned(),
            },
            Verdict::SameStory { represented_by } => {
                format!("article {represented_by} tells the same story")
            }
            Verdict::Banned { by } => format!("banned by {by}"),
            Verdict::TooOld => {
                format!(
                    "older than {} h at the cut-off",
                    rules.window_ms / 3_600_000
                )
            }
            Verdict::AfterCutoff => "dated after the cut-off".to_owned(),
            Verdict::TopicNotFollowed if !topics => "none of the reader's places".to_owned(),
            Verdict::TopicNotFollowed => "none of the topics followed".to_owned(),
            Verdict::TopicCap { topic } => {
                let cap = rules.topic_cap.max(1);
                format!("{} has its {cap} already", self.name(topic))
            }
            Verdict::Full => "the digest was full".to_owned(),
            Verdict::Skipped => "no digest this time".to_owned(),
        }
    }
}

/// `45 min`, `3 h`, `2 d 4 h`; negative for what is dated after the cut-off.
pub fn age(minutes: i64) -> String {
    let sign = if minutes < 0 { "-" } else { "" };
    let (m, h) = (minutes.abs(), minutes.abs() / 60);
    match (h / 24, h) {
        (0, 0) => format!("{sign}{m} min"),
        (0, h) => format!("{sign}{h} h"),
        (d, h) => format!("{sign}{d} d {} h", h % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_short() {
        assert_eq!(age(45), "45 min");
        assert_eq!(age(185), "3 h");
        assert_eq!(age(52 * 60), "2 d 4 h");
        assert_eq!(age(-10), "-10 min");
    }
}
