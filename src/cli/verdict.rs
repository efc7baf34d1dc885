//! Verdicts in words, for everybody who asks why.

use std::collections::BTreeMap;

use crate::domain::EditionId;
use crate::domain::selection::{Form, Reason, Rules, Verdict};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;

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
            Reason::Desk => "on the desk's list of top stories".to_owned(),
        }
    }

    /// What became of a candidate. `topics`: the reader follows any.
    pub fn verdict(&self, verdict: &Verdict, rules: &Rules, topics: bool) -> String {
        match verdict {
            Verdict::Chosen {
                reason, shortened, ..
            } => match shortened {
                Some(form) => format!("{}; {}", self.reason(reason), shorter(*form, rules)),
                None => self.reason(reason),
            },
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
                    (rules.window_ms + rules.carry_ms) / 3_600_000
                )
            }
            Verdict::AfterCutoff => "dated after the cut-off".to_owned(),
            Verdict::TopicNotFollowed if !topics => "none of the reader's places".to_owned(),
            Verdict::TopicNotFollowed => "none of the topics followed".to_owned(),
            Verdict::Quota { topic, quota } => {
                format!("{} has its {quota} already", self.name(topic))
            }
            Verdict::SourceCap { source } => {
                let cap = rules.source_cap;
                format!("source {source} has its {cap} already")
            }
            Verdict::AuthorCap { author } => {
                let cap = rules.author_cap;
                format!("{author} has {cap} already")
            }
            Verdict::Embargoed { until_ms } => match Timestamp::from_millisecond(*until_ms) {
                Ok(until) => format!("embargoed until {until}"),
                Err(_) => "embargoed".to_owned(),
            },
            Verdict::OtherLanguage { language } => format!("in another language ({language})"),
            Verdict::Full => "the digest was full".to_owned(),
            Verdict::PushedOut { budget } => {
                format!("pushed out by size: the letter keeps under {}", kb(*budget))
            }
            Verdict::Skipped => "no digest this time".to_owned(),
        }
    }
}

/// What size did to a story: `shortened: headline only, to keep the letter under 90 KB`.
fn shorter(form: Form, rules: &Rules) -> String {
    let what = match form {
        Form::Full => "in full",
        Form::Short => "no picture, a short summary",
        Form::Headline => "headline only",
    };
    let budget = kb(rules.byte_budget);
    format!("shortened: {what}, to keep the letter under {budget}")
}

/// Octets as people say them, a kilobyte being 1,000: `90 KB`, `61.2 KB`.
pub fn kb(octets: u32) -> String {
    match octets {
        0..1_000 => format!("{octets} bytes"),
        _ if octets.is_multiple_of(1_000) => format!("{} KB", octets / 1_000),
        _ => format!("{:.1} KB", f64::from(octets) / 1_000.0),
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
    use super::{age, kb};

    #[test]
    fn ages_are_short() {
        assert_eq!(age(45), "45 min");
        assert_eq!(age(185), "3 h");
        assert_eq!(age(52 * 60), "2 d 4 h");
        assert_eq!(age(-10), "-10 min");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(kb(90_000), "90 KB");
        assert_eq!(kb(102_400), "102.4 KB");
        assert_eq!(kb(999), "999 bytes");
    }
}
