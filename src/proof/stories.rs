//! The stories of a digest: none twice, none that its reader had, none that may not be there.

use super::{Flaw, Known, Marks, Proof, hours};
use crate::domain::selection::{Candidate, Languages, Pick, Sent};
use crate::domain::{EditionId, StoryId};

impl Proof<'_> {
    pub(super) fn stories_of(&self, marks: &mut Marks<'_, '_>) {
        twice(marks);
        for at in 0..marks.picks.len() {
            let (pick, known) = marks.picks[at];
            let candidate = known.map(|k| k.candidate);
            frozen(marks, pick, candidate);
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
            let words = format!("article {article} was banned by {by}");
            marks.of_article(Flaw::Banned, article, words);
        }
        if marks.sheet.open && self.withdrawn.contains_key(&article) {
            let words = format!("article {article} was withdrawn");
            marks.of_article(Flaw::Withdrawn, article, words);
        }
        let Some(candidate) = candidate else { return };
        let until = candidate.embargo_ms;
        if until.is_some_and(|until| until > self.due_ms) {
            let words = format!("article {article} may not be brought yet");
            marks.of_article(Flaw::Embargoed, article, words);
        }
        if self.is_foreign(candidate, marks.sheet.language) && !self.decided(candidate.story) {
            let language = candidate.language.as_deref().unwrap_or_default();
            let reads = marks.sheet.language;
            let words = format!("article {article} is in `{language}`, its reader reads `{reads}`");
            marks.of_article(Flaw::OtherLanguage, article, words);
        }
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
                "article {article} is dated {} after the cut-off",
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
            let words = format!("article {article} is {age} old, {most} is allowed");
            marks.of_article(Flaw::TooOld, article, words);
        }
    }

    /// What its reader had of its story before.
    fn known(&self, marks: &mut Marks<'_, '_>, pick: &Pick, candidate: &Candidate) {
        let had = had(candidate, &marks.memory);
        let article = pick.article;
        let Some(last) = had.iter().map(|(sent, _)| sent).max_by_key(|s| s.at_ms) else {
            if pick.update {
                let words = format!("article {article} comes as an update of what was never sent");
                marks.of_article(Flaw::FalseUpdate, article, words);
            }
            return;
        };
        if !pick.update {
            let words = format!(
                "article {article}: edition {} brought its story",
                last.edition
            );
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
        let words = format!("article {article} is no update: {words}");
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
                let words =
                    format!("story {story}, which editors put into every digest, is not in it");
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
                && c.embargo_ms.is_none_or(|at| at <= self.rules.cutoff_ms)
                && !self.is_foreign(c, marks.sheet.language)
                && had(c, &marks.memory).is_empty()
        })
    }

    /// Whether a reader was sent a story, by any text that it has as its kin.
    pub(super) fn seen(&self, story: StoryId, memory: &[Sent]) -> bool {
        let mut kin = memory.iter().filter_map(|s| self.kin.get(&s.revision));
        kin.any(|stories| stories.contains(&story))
    }
}

/// Two picks that tell one story, by any way of telling that they do.
fn twice(marks: &mut Marks<'_, '_>) {
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
            true => format!("article {article} stands in it twice"),
            false => format!("articles {other} and {article} tell one story"),
        };
        marks.of_article(Flaw::StoryTwice, article, words);
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

/// It is what was frozen.
fn frozen(marks: &mut Marks<'_, '_>, pick: &Pick, candidate: Option<&Candidate>) {
    let Pick {
        article,
        revision,
        story,
        ..
    } = pick;
    let words = match candidate {
        None => format!("article {article} is no candidate of the wave"),
        Some(c) if c.revision != *revision => {
            let text = c.revision;
            format!("article {article} comes with text {revision}, {text} was frozen")
        }
        Some(c) if c.story != *story => {
            let told = c.story;
            format!("article {article} counts for story {story}, it told {told}")
        }
        Some(_) => return,
    };
    marks.of_article(Flaw::NotFrozen, *article, words);
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
