//! Verdicts in words, for everybody who asks why.

use std::collections::BTreeMap;

use serde::Serialize;

use super::edition::shown;
use crate::domain::selection::{Form, Reason, Relaxed, Rules, Verdict};
use crate::domain::slug::Slug;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{ArticleId, EditionId, SourceId};

/// What verdicts are said with.
#[derive(Clone, Debug, Default)]
pub struct VerdictWords {
    /// Display names of topics and places.
    pub names: BTreeMap<Slug, String>,
    /// Editions by what an editor calls them.
    pub editions: BTreeMap<EditionId, String>,
    /// Display names of sources.
    pub sources: BTreeMap<SourceId, String>,
    /// Bylines by authors' folded names.
    pub authors: BTreeMap<String, String>,
    /// The source of each candidate.
    pub told_by: BTreeMap<ArticleId, SourceId>,
    /// The list's zone, in which instants are said; UTC where there is none.
    pub zone: Option<Zone>,
    /// Unix ms to which a digest after a pause or a missed run goes back.
    pub since_ms: Option<i64>,
}

/// What a verdict comes to for the story's future with a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// In the digest.
    Chosen,
    /// It may be in a later one.
    Waiting,
    /// It will be in none.
    Dropped,
}

/// Where a verdict leaves a story.
pub fn fate(verdict: &Verdict) -> Fate {
    match verdict {
        Verdict::Chosen { .. } => Fate::Chosen,
        Verdict::Embargoed { .. }
        | Verdict::Settling { .. }
        | Verdict::AfterCutoff
        | Verdict::Quota { .. }
        | Verdict::SourceCap { .. }
        | Verdict::AuthorCap { .. }
        | Verdict::Full
        | Verdict::PushedOut { .. }
        | Verdict::Skipped => Fate::Waiting,
        Verdict::AlreadySent { .. }
        | Verdict::SameStory { .. }
        | Verdict::Withdrawn
        | Verdict::Banned { .. }
        | Verdict::TooOld
        | Verdict::OtherLanguage { .. }
        | Verdict::TopicRefused { .. }
        | Verdict::TopicNotFollowed => Fate::Dropped,
    }
}

/// A verdict's name, as it stands in JSON.
pub fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Chosen { .. } => "chosen",
        Verdict::AlreadySent { .. } => "already_sent",
        Verdict::SameStory { .. } => "same_story",
        Verdict::Withdrawn => "withdrawn",
        Verdict::Banned { .. } => "banned",
        Verdict::TooOld => "too_old",
        Verdict::Embargoed { .. } => "embargoed",
        Verdict::Settling { .. } => "settling",
        Verdict::OtherLanguage { .. } => "other_language",
        Verdict::AfterCutoff => "after_cutoff",
        Verdict::TopicRefused { .. } => "topic_refused",
        Verdict::TopicNotFollowed => "topic_not_followed",
        Verdict::Quota { .. } => "quota",
        Verdict::SourceCap { .. } => "source_cap",
        Verdict::AuthorCap { .. } => "author_cap",
        Verdict::Full => "full",
        Verdict::PushedOut { .. } => "pushed_out",
        Verdict::Skipped => "skipped",
    }
}

/// What all verdicts of a name have in common, for counts: `12 already sent`.
pub fn in_short(kind: &str) -> &str {
    match kind {
        "already_sent" => "sent before",
        "same_story" => "told by another article",
        "banned" => "banned",
        "too_old" => "too old",
        "embargoed" => "under embargo",
        "settling" => "too new, by their source's settle time",
        "other_language" => "in another language",
        "after_cutoff" => "after the cut-off",
        "topic_refused" => "on topics never wanted",
        "topic_not_followed" => "on topics not followed",
        "quota" => "beyond a topic's quota",
        "source_cap" => "beyond a source's cap",
        "author_cap" => "beyond an author's cap",
        "full" => "too many for the digest",
        "pushed_out" => "pushed out by size",
        "skipped" => "without a digest",
        other => other,
    }
}

impl VerdictWords {
    /// A topic's or place's display name, or its short one.
    pub fn name(&self, slug: &Slug) -> String {
        let name = self.names.get(slug).cloned();
        name.unwrap_or_else(|| slug.to_string())
    }

    /// A source's display name, or its number.
    pub fn source(&self, source: SourceId) -> String {
        let name = self.sources.get(&source).cloned();
        name.unwrap_or_else(|| format!("source {source}"))
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
                reason,
                shortened,
                relaxed,
                besides,
                ..
            } => {
                let mut words = self.reason(reason);
                if let Some(relaxed) = relaxed {
                    words.push_str(&format!("; {}", gave_way(*relaxed, besides)));
                }
                if let Some(form) = shortened {
                    words.push_str(&format!("; {}", shorter(*form, reason, rules)));
                }
                words
            }
            Verdict::AlreadySent { edition } => match self.editions.get(edition) {
                Some(name) => format!("sent before, in {name}"),
                None => "sent before".to_owned(),
            },
            Verdict::SameStory { represented_by } => self.same_story(*represented_by),
            Verdict::Withdrawn => "withdrawn".to_owned(),
            Verdict::Banned { by } => format!("banned by {by}"),
            Verdict::TooOld => too_old(rules, self.since_ms),
            Verdict::AfterCutoff => "dated after the cut-off".to_owned(),
            Verdict::TopicRefused { topic } => format!("wants nothing of {}", self.name(topic)),
            Verdict::TopicNotFollowed if !topics => "none of the reader's places".to_owned(),
            Verdict::TopicNotFollowed => "none of the topics followed".to_owned(),
            Verdict::Quota { topic, quota } => {
                let beside = beside(rules);
                format!("{} has its {quota} already{beside}", self.name(topic))
            }
            Verdict::SourceCap { source } => {
                let (source, cap) = (self.source(*source), rules.source_cap);
                format!("{source} has its {cap} already{}", beside(rules))
            }
            Verdict::AuthorCap { author } => {
                let (cap, beside) = (rules.author_cap, beside(rules));
                let byline = self.authors.get(author).unwrap_or(author);
                format!("{byline} has {cap} already{beside}")
            }
            Verdict::Embargoed { until_ms } => match self.instant(*until_ms) {
                Some(until) => format!("embargoed until {until}"),
                None => "embargoed".to_owned(),
            },
            Verdict::Settling { until_ms } => match self.instant(*until_ms) {
                Some(until) => format!("too new: its source may correct it until {until}"),
                None => "too new".to_owned(),
            },
            Verdict::OtherLanguage { language } => format!("in another language ({language})"),
            Verdict::Full => "the digest was full".to_owned(),
            Verdict::PushedOut { budget } => {
                format!("pushed out by size: the letter keeps under {}", kb(*budget))
            }
            Verdict::Skipped => "no digest this time".to_owned(),
        }
    }

    fn instant(&self, ms: i64) -> Option<String> {
        let at = Timestamp::from_millisecond(ms).ok()?;
        Some(match &self.zone {
            Some(zone) => shown(at, zone),
            None => at.to_string(),
        })
    }

    fn same_story(&self, by: ArticleId) -> String {
        match self.told_by.get(&by) {
            Some(source) => {
                let source = self.source(*source);
                format!("article {by} of {source} tells the same story")
            }
            None => format!("article {by} tells the same story"),
        }
    }
}

/// What no cap counts, where editors chose any.
fn beside(rules: &Rules) -> &'static str {
    let decisions = &rules.decisions;
    match (decisions.lead.is_some(), decisions.pins.is_empty()) {
        (false, true) => "",
        (true, true) => ", the lead not counted",
        (false, false) => ", pins not counted",
        (true, false) => ", the lead and pins not counted",
    }
}

/// Which rules gave way, where the digest was short: `beyond its topic's quota and its source's cap,
/// since the digest was short`.
fn gave_way(relaxed: Relaxed, besides: &[Relaxed]) -> String {
    let words = |rule: &Relaxed| match rule {
        Relaxed::SourceCap => "its source's cap",
        Relaxed::Quota => "its topic's quota",
        Relaxed::AuthorCap => "its author's cap",
        Relaxed::Window => "the window",
        Relaxed::Fallback => "what they follow",
    };
    let others = besides.iter().map(words).collect::<Vec<_>>();
    match (relaxed, others.join(" and ")) {
        (Relaxed::Fallback, _) => {
            "not on what they follow, since nothing else was there".to_owned()
        }
        (Relaxed::Window, others) if others.is_empty() => {
            "older than the window, since the digest was short".to_owned()
        }
        (Relaxed::Window, others) => {
            format!("older than the window and beyond {others}, since the digest was short")
        }
        (rule, others) if others.is_empty() => {
            format!("beyond {}, since the digest was short", words(&rule))
        }
        (rule, others) => {
            let rule = words(&rule);
            format!("beyond {rule} and {others}, since the digest was short")
        }
    }
}

/// What age did to a story: `older than 48 h at the cut-off (24 h, and 24 h in which it waited)`, where
/// a digest goes back further `older than 4 d 1 h 20 min at the cut-off, to which this digest goes back`.
fn too_old(rules: &Rules, since_ms: Option<i64>) -> String {
    let hours = |ms: i64| ms / 3_600_000;
    let window = hours(rules.window_ms);
    let most = rules.window_ms.saturating_add(rules.carry_ms);
    let back = since_ms.map(|since| rules.cutoff_ms.saturating_sub(since));
    if let Some(back) = back.filter(|back| *back > most) {
        let span = span(back / 60_000);
        return format!("older than {span} at the cut-off, to which this digest goes back");
    }
    let carried = hours(most);
    match carried > window {
        true => format!(
            "older than {carried} h at the cut-off ({window} h, and {} h in which it waited)",
            carried - window
        ),
        false => format!("older than {window} h at the cut-off"),
    }
}

/// Minutes as days, hours and minutes: `4 d 1 h 20 min`, `2 d`.
fn span(minutes: i64) -> String {
    let parts = [
        (minutes / 1440, "d"),
        (minutes / 60 % 24, "h"),
        (minutes % 60, "min"),
    ];
    let said = parts.iter().filter(|(n, _)| *n > 0);
    let said: Vec<String> = said.map(|(n, unit)| format!("{n} {unit}")).collect();
    said.join(" ")
}

/// What size did to a story: `shortened: headline only, to keep the letter under 90 KB`.
fn shorter(form: Form, reason: &Reason, rules: &Rules) -> String {
    let what = match form {
        Form::Full => "in full",
        Form::Short if *reason == Reason::Lead => "a short summary",
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
    use super::{VerdictWords, age, kb, too_old};
    use crate::domain::StoryId;
    use crate::domain::selection::{Relaxed, Rules, Verdict};

    #[test]
    fn an_author_is_called_as_signed_and_what_no_cap_counts_is_said() {
        let mut words = VerdictWords::default();
        words
            .authors
            .insert("cleodunn".to_owned(), "Cleo Dunn".to_owned());
        let author = "cleodunn".to_owned();
        let verdict = Verdict::AuthorCap { author };
        let mut rules = Rules::default();
        let said = |rules: &Rules| words.verdict(&verdict, rules, true);
        assert_eq!(said(&rules), "Cleo Dunn has 1 already");
        rules.decisions.pins.push(StoryId(7));
        assert_eq!(said(&rules), "Cleo Dunn has 1 already, pins not counted");
    }

    #[test]
    fn every_cap_that_a_pick_is_beyond_is_named() {
        let said = super::gave_way(Relaxed::Quota, &[Relaxed::SourceCap]);
        let wanted = "beyond its topic's quota and its source's cap, since the digest was short";
        assert_eq!(said, wanted);
        let said = super::gave_way(Relaxed::SourceCap, &[]);
        assert_eq!(said, "beyond its source's cap, since the digest was short");
    }

    #[test]
    fn what_is_too_old_is_older_than_what_is_carried_over() {
        let mut rules = Rules::default();
        assert_eq!(
            too_old(&rules, None),
            "older than 48 h at the cut-off (24 h, and 24 h in which it waited)"
        );
        rules.carry_ms = 0;
        assert_eq!(too_old(&rules, None), "older than 24 h at the cut-off");
        // A digest after a pause goes back further, and no less far than any.
        rules.cutoff_ms = 100 * 3_600_000;
        let back = too_old(&rules, Some(2 * 3_600_000 + 40 * 60_000));
        let limit = "older than 4 d 1 h 20 min at the cut-off, to which this digest goes back";
        assert_eq!(back, limit);
        let short = too_old(&rules, Some(90 * 3_600_000));
        assert_eq!(short, "older than 24 h at the cut-off");
    }

    #[test]
    fn instants_are_said_in_the_lists_zone() {
        let verdict = Verdict::Embargoed {
            until_ms: 1_796_104_500_000,
        };
        let mut words = VerdictWords::default();
        let said = |words: &VerdictWords| words.verdict(&verdict, &Rules::default(), true);
        assert_eq!(said(&words), "embargoed until 2026-12-01T05:55:00Z");
        words.zone = Some(super::Zone::parse("Europe/Berlin").expect("a zone"));
        assert_eq!(
            said(&words),
            "embargoed until 2026-12-01 06:55 Europe/Berlin"
        );
    }

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
