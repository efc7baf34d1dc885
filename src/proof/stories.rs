//! The stories of a digest: none twice, none that its reader had, none that may not be there.

use super::{Flaw, Known, Marks, Proof, hours};
use crate::domain::article::TopicWeight;
use crate::domain::selection::{Candidate, Languages, Pick, Sent};
use crate::domain::slug::Slug;
use crate::domain::{EditionId, StoryId};

impl Proof<'_> {
    pub(super) fn stories_of(&self, marks: &mut Marks<'_, '_>) {
        self.twice(marks);
        for at in 0..marks.picks.len() {
            let (pick, known) = marks.picks[at];
            let candidate = known.map(|k| k.candidate);
            self.frozen(marks, pick, candidate);
            self.allowed(marks, pick, candidate);
            if let Some(candidate) = candidate {
                self.age(marks, pick, candidate);
                self.known(marks, pick, candidate);
            }
        }
        self.decisions_in(marks);
    }

    /// Nobody closed it.
    fn allowed(&self, marks: &mut Marks<'_, '_>, pick: &Pick, candidate: Option<&Candidate>) {
        let article = pick.article;
        let bans = &self.rules.decisions.bans;
        let told = candidate.and_then(|c| bans.get(&c.story));
        if let Some(by) = bans.get(&pick.story).or(told) {
            let words = format!("{} was banned by {by}", self.article(article));
            marks.of_article(Flaw::Banned, article, words);
        }
        let since = marks.sheet.open && self.since.withdrawn.contains_key(&article);
        if since || candidate.is_some_and(|c| c.withdrawn) {
            let words = format!("{} was withdrawn", self.article(article));
            marks.of_article(Flaw::Withdrawn, article, words);
        }
        let Some(candidate) = candidate else { return };
        let later = self.since.embargoed.get(&article).copied();
        let later = later.filter(|_| marks.sheet.open);
        if [candidate.embargo_ms, later]
            .iter()
            .flatten()
            .any(|until| *until > self.due_ms)
        {
            let words = format!("{} may not be brought yet", self.article(article));
            marks.of_article(Flaw::Embargoed, article, words);
        }
        if let Some(topic) = self.refused(candidate.story, marks) {
            let words = format!(
                "{} is on `{topic}`, of which its reader wants nothing",
                self.article(article)
            );
            marks.of_article(Flaw::Refused, article, words);
        }
        let settles = candidate.settles_ms;
        if settles.is_some_and(|until| until > self.rules.cutoff_ms)
            && !self.decided(candidate.story)
        {
            let words = format!(
                "{} was seen too shortly before the cut-off for its source's settle time",
                self.article(article)
            );
            marks.of_article(Flaw::Settling, article, words);
        }
        if self.is_foreign(candidate, marks.sheet.language) && !self.decided(candidate.story) {
            let language = candidate.language.as_deref().unwrap_or_default();
            let reads = marks.sheet.language;
            let words = format!(
                "{} is in `{language}`, its reader reads `{reads}`",
                self.article(article)
            );
            marks.of_article(Flaw::OtherLanguage, article, words);
        }
    }

    /// A topic of a story of which the reader wants nothing: what any of its articles carries that
    /// nobody closed.
    pub(super) fn refused(&self, story: StoryId, marks: &Marks<'_, '_>) -> Option<&Slug> {
        let cutoff = self.rules.cutoff_ms;
        let late = |ms: Option<i64>| ms.is_some_and(|at| at > cutoff);
        let open = |c: &&&Candidate| {
            !c.withdrawn
                && c.dated_ms <= cutoff
                && !late(c.embargo_ms)
                && (!late(c.settles_ms) || self.decided(c.story))
        };
        let told = self.stories.get(&story)?.iter().filter(open);
        let mut carried = told.flat_map(|c| c.topics.iter().filter(|t| t.weight > 0));
        let never = |t: &&TopicWeight| {
            let mut wished = marks.sheet.topics.iter().filter(|w| w.topic == t.topic);
            wished.any(|w| w.weight == 0)
        };
        carried.find(never).map(|t| &t.topic)
    }

    /// Whether the list's rules keep an article from readers of a language.
    pub(super) fn is_foreign(&self, candidate: &Candidate, reads: &str) -> bool {
        if self.rules.languages == Languages::Any || reads.is_empty() {
            return false;
        }
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or("").to_lowercase();
        let own = candidate.language.as_deref();
        own.is_some_and(|tag| primary(tag) != primary(reads))
    }

    fn age(&self, marks: &mut Marks<'_, '_>, pick: &Pick, candidate: &Candidate) {
        let rules = self.rules;
        let age = rules.cutoff_ms.saturating_sub(candidate.dated_ms);
        let article = pick.article;
        if age < 0 {
            let words = format!(
                "{} is dated {} after the cut-off",
                self.article(article),
                hours(-age)
            );
            return marks.of_article(Flaw::AfterCutoff, article, words);
        }
        let back = |since: i64| candidate.dated_ms >= since;
        if self.decided(candidate.story) || marks.sheet.since_ms.is_some_and(back) {
            return;
        }
        let most = rules.window_ms + rules.carry_ms.max(0);
        let whole = marks.picks.len() + marks.sheet.left_out as usize;
        let needed = whole <= self.least(marks.sheet);
        let relaxed = most.saturating_add(rules.window_ms);
        if age > relaxed || (age > most && !needed) {
            let (age, most) = (hours(age), hours(most));
            let words = format!("{} is {age} old, {most} is allowed", self.article(article));
            marks.of_article(Flaw::TooOld, article, words);
        }
    }

    /// What its reader had of its story before.
    fn known(&self, marks: &mut Marks<'_, '_>, pick: &Pick, candidate: &Candidate) {
        let had = had(candidate, &marks.memory);
        let article = pick.article;
        let Some(last) = had.iter().map(|(sent, _)| sent).max_by_key(|s| s.at_ms) else {
            if pick.update {
                let words = format!(
                    "{} comes as an update of what was never sent",
                    self.article(article)
                );
                marks.of_article(Flaw::FalseUpdate, article, words);
            }
            return;
        };
        if !pick.update {
            let before = self.since.editions.get(&last.edition);
            let before = before.map_or("another list's edition", String::as_str);
            let words = format!("{before} brought the story of {}", self.article(article));
            return marks.of_article(Flaw::SentBefore, article, words);
        }
        let updates = &self.rules.updates;
        let mut times: Vec<EditionId> = had.iter().map(|(sent, _)| sent.edition).collect();
        times.sort_unstable();
        times.dedup();
        let since = self.rules.cutoff_ms.saturating_sub(last.at_ms);
        let new = had.iter().map(|(_, new)| *new).min().unwrap_or(0);
        let words = if times.len() > usize::from(updates.most) {
            format!(
                "it was sent {} times, and may come back {}",
                times.len(),
                updates.most
            )
        } else if since < updates.after_ms {
            let (since, after) = (hours(since), hours(updates.after_ms));
            format!("it was sent {since} before, and waits {after}")
        } else if new < updates.new {
            format!("{new} thousandths of it are new, of {}", updates.new)
        } else {
            return;
        };
        let words = format!("{} is no update: {words}", self.article(article));
        marks.of_article(Flaw::FalseUpdate, article, words);
    }

    /// The editors' lead and pins are in every digest, where its reader was not sent them before.
    fn decisions_in(&self, marks: &mut Marks<'_, '_>) {
        let decisions = &self.rules.decisions;
        // Size may push a pin out, and says so in the number that did not fit.
        if marks.sheet.left_out > 0 || marks.picks.is_empty() {
            return;
        }
        for story in decisions.lead.iter().chain(&decisions.pins) {
            let there = marks.picks.iter().any(|(p, _)| p.story == *story);
            let banned = decisions.bans.contains_key(story);
            if !there && !banned && self.could_stand(*story, marks) {
                let words = format!(
                    "{}, which editors put into every digest, is not in it",
                    self.story(*story)
                );
                marks.warning(Flaw::DecisionMissing, words);
            }
        }
    }

    /// Whether nothing kept any article of a story out.
    fn could_stand(&self, story: StoryId, marks: &Marks<'_, '_>) -> bool {
        let Some(told) = self.stories.get(&story) else {
            return false;
        };
        told.iter().all(|c| {
            c.dated_ms <= self.rules.cutoff_ms
                && !c.withdrawn
                && c.embargo_ms.is_none_or(|at| at <= self.rules.cutoff_ms)
                && !self.is_foreign(c, marks.sheet.language)
                && had(c, &marks.memory).is_empty()
        }) && self.refused(story, marks).is_none()
    }

    /// Whether a reader was sent a story, by any text that it has as its kin.
    pub(super) fn seen(&self, story: StoryId, memory: &[Sent]) -> bool {
        let mut kin = memory.iter().filter_map(|s| self.kin.get(&s.revision));
        kin.any(|stories| stories.contains(&story))
    }

    /// Two picks that tell one story, by any way of telling that they do.
    fn twice(&self, marks: &mut Marks<'_, '_>) {
        for at in 1..marks.picks.len() {
            let (pick, known) = marks.picks[at];
            let same = |(other, before): &&(&Pick, Option<&Known<'_>>)| {
                other.article == pick.article
                    || other.story == pick.story
                    || is_kin(pick, *before)
                    || is_kin(other, known)
            };
            let Some((first, _)) = marks.picks[..at].iter().find(same) else {
                continue;
            };
            let (article, other) = (pick.article, first.article);
            let words = match article == other {
                true => format!("{} stands in it twice", self.article(article)),
                false => {
                    let (other, article) = (self.article(other), self.article(article));
                    format!("{other} and {article} tell one story")
                }
            };
            marks.of_article(Flaw::StoryTwice, article, words);
        }
    }

    /// It is what was frozen.
    fn frozen(&self, marks: &mut Marks<'_, '_>, pick: &Pick, candidate: Option<&Candidate>) {
        let why = match candidate {
            None => "is no candidate of the wave",
            Some(c) if c.revision != pick.revision => "comes with another text than was frozen",
            Some(c) if c.story != pick.story => "counts for another story than it told",
            Some(_) => return,
        };
        let words = format!("{} {why}", self.article(pick.article));
        marks.of_article(Flaw::NotFrozen, pick.article, words);
    }
}

/// Whether a pick's text is one of a candidate's story.
fn is_kin(text: &Pick, of: Option<&Known<'_>>) -> bool {
    of.is_some_and(|k| {
        k.candidate
            .kin
            .iter()
            .any(|kin| kin.revision == text.revision)
    })
}

/// What a reader was sent of a candidate's story, with how much of it is new against that.
fn had(candidate: &Candidate, memory: &[Sent]) -> Vec<(Sent, u16)> {
    let new = |sent: &Sent| {
        let mut kin = candidate.kin.iter();
        let known = kin.find(|k| k.revision == sent.revision).map(|k| k.new);
        known.or((candidate.revision == sent.revision).then_some(0))
    };
    let had = memory.iter();
    had.filter_map(|sent| Some((*sent, new(sent)?))).collect()
}
