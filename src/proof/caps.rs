//! The caps of a digest: exceeded only where something else was to be had.
//!
//! A digest over a cap was short while all caps held (pass 1); one over a topic's cap was short, too,
//! when only those of sources had given way (pass 2). So what a pass would have taken must be in: a
//! *spare* that it left out shows that the cap need not have given way. A spare is a story in the
//! window that no rule closes, that its reader was not sent, and that is in the digest by none of its
//! articles; and its author, in pass 1 its source, and its topics had room then. Where top stories fill
//! a digest, a topic has room below the list's cap; else it has as long as it has fewer than its
//! reader's weights give it at least. How many it had in pass 1 is bounded by what of it each source
//! may have brought.
//!
//! The cap of authors gives way only to what saves a digest, and no further than to its minimum.

use super::reasons::of;
use super::{Flaw, Marks, Proof};
use crate::domain::article::TopicWeight;
use crate::domain::selection::{Candidate, Pick, Reason};
use crate::domain::slug::Slug;
use crate::domain::{ArticleId, SourceId};

/// How often each topic, source and author stands in a digest, the editors' own choices left out.
#[derive(Default)]
struct Counts<'a> {
    topics: Tally<&'a Slug>,
    /// By its source and any topic that a story is on.
    on: Tally<(SourceId, &'a Slug)>,
    sources: Tally<SourceId>,
    authors: Tally<&'a str>,
}

/// What held when a digest was short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// All caps.
    First,
    /// All but those of sources.
    Second,
}

/// How often each of a few things was met; a digest has so few that a list is faster than a map.
struct Tally<K>(Vec<(K, usize)>);

impl<K> Default for Tally<K> {
    fn default() -> Tally<K> {
        Tally(Vec::new())
    }
}

impl<K: PartialEq> Tally<K> {
    fn add(&mut self, key: K) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, n)) => *n += 1,
            None => self.0.push((key, 1)),
        }
    }

    fn of(&self, key: &K) -> usize {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map_or(0, |(_, n)| *n)
    }

    /// What was met more often than a cap allows.
    fn over(&self, cap: usize) -> impl Iterator<Item = &(K, usize)> {
        self.0.iter().filter(move |(_, n)| *n > cap)
    }
}

impl Proof<'_> {
    pub(super) fn caps_of(&self, marks: &mut Marks<'_, '_>) {
        let sheet = marks.sheet;
        let own = sheet.picks.iter().filter(is_free).count();
        let aim = usize::from(sheet.aim);
        if aim > 0 && own > aim && sheet.since_ms.is_none() {
            let words = format!("{own} stories, its reader gets {aim}");
            marks.error(Flaw::TooManyStories, words);
        }
        let counts = counts(marks);
        let all = sheet.picks.len() + usize::try_from(sheet.left_out).unwrap_or(usize::MAX);
        if sheet.short && all > self.least(sheet) {
            for words in self.over_authors(&counts) {
                marks.warning(Flaw::OverAuthorCap, words);
            }
        }
        // With a story that size pushed out the digest was another one.
        if sheet.left_out > 0 {
            return;
        }
        let over = self.over(&counts);
        if over.is_empty() {
            return;
        }
        let first = self.spare(marks, &counts, Pass::First);
        let of_topics = over.iter().any(|(flaw, _)| *flaw == Flaw::OverTopicCap);
        let second = || self.spare(marks, &counts, Pass::Second);
        let second = first.or_else(|| of_topics.then(second).flatten());
        for (flaw, words) in over {
            let spare = match flaw {
                Flaw::OverTopicCap => second,
                _ => first,
            };
            if let Some(spare) = spare {
                let words = format!("{words}, though {} was to be had", self.article(spare));
                marks.warning(flaw, words);
            }
        }
    }

    /// Authors who have more than the cap, in words.
    fn over_authors(&self, counts: &Counts<'_>) -> Vec<String> {
        let cap = usize::from(self.rules.author_cap);
        let most = if cap == 0 { usize::MAX } else { cap };
        let over = counts.authors.over(most);
        over.map(|(author, n)| format!("{n} stories by {author}, the list's cap is {cap}"))
            .collect()
    }

    /// The caps that are exceeded, in words.
    fn over(&self, counts: &Counts<'_>) -> Vec<(Flaw, String)> {
        let rules = self.rules;
        let (topic_cap, source_cap) = (
            usize::from(rules.topic_cap.max(1)),
            usize::from(rules.source_cap),
        );
        let topics = counts.topics.over(topic_cap).map(|(topic, n)| {
            let words = format!("{n} stories on `{topic}`, the list's cap is {topic_cap}");
            (Flaw::OverTopicCap, words)
        });
        let most = |cap: usize| if cap == 0 { usize::MAX } else { cap };
        let sources = counts.sources.over(most(source_cap)).map(|(source, n)| {
            let name = self.since.sources.get(source);
            let name = name.map_or_else(|| format!("source {source}"), |name| format!("`{name}`"));
            let words = format!("{n} stories of {name}, the list's cap is {source_cap}");
            (Flaw::OverSourceCap, words)
        });
        topics.chain(sources).collect()
    }

    /// A story that a pass would have taken, and that is not in the digest.
    fn spare(&self, marks: &Marks<'_, '_>, counts: &Counts<'_>, pass: Pass) -> Option<ArticleId> {
        let (sheet, rules) = (marks.sheet, self.rules);
        let below = |n: usize, cap: u16| cap == 0 || n < usize::from(cap);
        let untouched = |c: &Candidate| {
            (pass == Pass::Second || below(counts.sources.of(&c.source), rules.source_cap))
                && (!sheet.short || below(counts.authors.of(&c.author.as_str()), rules.author_cap))
                && self.has_room(marks, counts, c, pass)
        };
        let spare = |c: &&&Candidate| {
            // Any article of it might represent it, so all of them have to be open and alike.
            let told = self.stories.get(&c.story).into_iter().flatten();
            let open = |other: &Candidate| {
                untouched(other)
                    && !self.is_foreign(other, sheet.language)
                    && !self.since.withdrawn.contains_key(&other.article)
                    && self.open_ids.contains(&other.article)
            };
            let in_digest =
                |p: &Pick| p.story == c.story || c.kin.iter().any(|kin| kin.revision == p.revision);
            untouched(c)
                && !self.seen(c.story, &marks.memory)
                && self.refused(c.story, marks).is_none()
                && !sheet.picks.iter().any(in_digest)
                && told.into_iter().all(|other| open(other))
        };
        self.open.iter().find(spare).map(|c| c.article)
    }

    /// Whether every topic for which a story might count had room in a pass.
    fn has_room(
        &self,
        marks: &Marks<'_, '_>,
        counts: &Counts<'_>,
        told: &Candidate,
        pass: Pass,
    ) -> bool {
        let (sheet, rules) = (marks.sheet, self.rules);
        let cap = usize::from(rules.topic_cap.max(1));
        let most = match (pass, rules.source_cap) {
            (Pass::Second, _) | (_, 0) => usize::MAX,
            (Pass::First, cap) => usize::from(cap),
        };
        let had = |topic: &Slug| {
            let on = counts.on.0.iter().filter(|((_, on), _)| *on == topic);
            on.map(|(_, n)| (*n).min(most)).sum::<usize>()
        };
        let mut topics = told.topics.iter().map(|t| &t.topic);
        if self.fills(marks) {
            return topics.all(|topic| had(topic) < cap);
        }
        let followed = |t: &&TopicWeight| t.weight > 0 && of(sheet.topics, &t.topic) > 0;
        let mut own = told.topics.iter().filter(followed).peekable();
        let matches = own.peek().is_some();
        match pass {
            Pass::First => {
                matches && own.all(|t| had(&t.topic) < self.least_slots(marks, &t.topic))
            }
            // Author caps may leave a topic without what its weight gave it, and so short of slots.
            Pass::Second if sheet.short && rules.author_cap > 0 => false,
            Pass::Second => {
                matches && sheet.since_ms.is_none() && topics.all(|topic| had(topic) < cap)
            }
        }
    }

    /// Slots that a reader's weights give a topic at least, while it has stories for them: its share,
    /// of which each other topic that is raised to its one slot may take one.
    fn least_slots(&self, marks: &Marks<'_, '_>, topic: &Slug) -> usize {
        let sheet = marks.sheet;
        let before = |p: &&Pick| !is_free(p) || matches!(p.reason, Reason::Place { .. });
        let taken = sheet.picks.iter().filter(before).count();
        let slots = usize::from(sheet.aim).saturating_sub(taken);
        let followed = sheet.topics.iter().filter(|t| t.weight > 0);
        let wishes: Vec<usize> = followed
            .map(|t| usize::from(of(sheet.topics, &t.topic)))
            .collect();
        if slots < wishes.len() {
            return 0;
        }
        let sum = wishes.iter().sum::<usize>().max(1);
        let raised = match wishes.iter().all(|wish| slots * wish >= sum) {
            true => 0,
            false => wishes.len() - 1,
        };
        let share = slots * usize::from(of(sheet.topics, topic)) / sum;
        let cap = usize::from(self.rules.topic_cap.max(1));
        share.saturating_sub(raised).min(cap).max(1)
    }
}

/// Whether the caps hold for a pick: what editors chose is outside them.
fn is_free(pick: &&Pick) -> bool {
    !matches!(pick.reason, Reason::Lead | Reason::Pinned)
}

fn counts<'m>(marks: &Marks<'m, '_>) -> Counts<'m> {
    let mut counts = Counts::default();
    for (pick, known) in marks.picks.iter().filter(|(pick, _)| is_free(pick)) {
        let candidate = known.map(|known| known.candidate);
        match (&pick.reason, candidate.map(|c| c.topics.as_slice())) {
            (Reason::Topic { topic }, _) => counts.topics.add(topic),
            // A top story counts for its topic; of several it is not said here which.
            (Reason::TopStory | Reason::Desk, Some([one])) if one.weight > 0 => {
                counts.topics.add(&one.topic);
            }
            _ => {}
        }
        let Some(candidate) = candidate else { continue };
        counts.sources.add(candidate.source);
        for on in &candidate.topics {
            counts.on.add((candidate.source, &on.topic));
        }
        if !candidate.author.is_empty() {
            counts.authors.add(candidate.author.as_str());
        }
    }
    counts
}
