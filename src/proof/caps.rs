//! The caps of a digest: exceeded only where something else was to be had.
//!
//! What else was to be had is a *spare*: a story in the window that no rule closes, that its reader
//! was not sent, that is in the digest by none of its articles, that is on no topic which the reader
//! follows (and so has no quota), and that no cap touches. Where top stories fill a digest, every
//! spare goes in before any cap gives way; so a digest over a cap beside a spare is wrong. For readers
//! whom top stories do not fill nothing is said.

use super::{Flaw, Marks, Proof};
use crate::domain::selection::{Candidate, Personal, Pick, Reason};
use crate::domain::slug::Slug;
use crate::domain::{ArticleId, SourceId};

/// How often each topic, source and author stands in a digest, the editors' own choices left out.
#[derive(Default)]
struct Counts<'a> {
    topics: Tally<&'a Slug>,
    /// By any topic that a story is on.
    on: Tally<&'a Slug>,
    sources: Tally<SourceId>,
    authors: Tally<&'a str>,
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
        let fills = self.rules.personal == Personal::Order
            || sheet.topics.iter().all(|topic| topic.weight == 0);
        // With a story that size pushed out the digest was another one.
        if !fills || sheet.left_out > 0 {
            return;
        }
        let counts = counts(marks);
        let over = self.over(&counts, sheet.short);
        if over.is_empty() {
            return;
        }
        if let Some(spare) = self.spare(marks, &counts) {
            for (flaw, words) in over {
                let words = format!("{words}, though article {spare} was to be had");
                marks.warning(flaw, words);
            }
        }
    }

    /// The caps that are exceeded, in words.
    fn over(&self, counts: &Counts<'_>, short: bool) -> Vec<(Flaw, String)> {
        let rules = self.rules;
        let (topic_cap, source_cap) = (
            usize::from(rules.topic_cap.max(1)),
            usize::from(rules.source_cap),
        );
        let author_cap = usize::from(rules.author_cap);
        let topics = counts.topics.over(topic_cap).map(|(topic, n)| {
            let words = format!("{n} stories on `{topic}`, the list's cap is {topic_cap}");
            (Flaw::OverTopicCap, words)
        });
        let most = |cap: usize| if cap == 0 { usize::MAX } else { cap };
        let sources = counts.sources.over(most(source_cap)).map(|(source, n)| {
            let words = format!("{n} stories of source {source}, the list's cap is {source_cap}");
            (Flaw::OverSourceCap, words)
        });
        let author_most = if short { most(author_cap) } else { usize::MAX };
        let authors = counts.authors.over(author_most).map(|(author, n)| {
            let words = format!("{n} stories by {author}, the list's cap is {author_cap}");
            (Flaw::OverAuthorCap, words)
        });
        topics.chain(sources).chain(authors).collect()
    }

    /// A story that would have gone in before any cap gave way.
    fn spare(&self, marks: &Marks<'_, '_>, counts: &Counts<'_>) -> Option<ArticleId> {
        let (sheet, rules) = (marks.sheet, self.rules);
        let followed = |topic: &Slug| sheet.topics.iter().any(|t| t.topic == *topic);
        let caps = (
            usize::from(rules.topic_cap.max(1)),
            usize::from(rules.source_cap),
            usize::from(rules.author_cap),
        );
        let below = |n: usize, cap: usize| cap == 0 || n < cap;
        let untouched = |c: &Candidate| {
            let mut topics = c.topics.iter();
            topics.all(|t| !followed(&t.topic) && below(counts.on.of(&&t.topic), caps.0))
                && below(counts.sources.of(&c.source), caps.1)
                && (!sheet.short || below(counts.authors.of(&c.author.as_str()), caps.2))
                && c.places.iter().all(|place| !sheet.places.contains(place))
        };
        let spare = |c: &&&Candidate| {
            // Any article of it might represent it, so all of them have to be open and alike.
            let told = self.stories.get(&c.story).into_iter().flatten();
            let open = |other: &Candidate| {
                untouched(other)
                    && !self.is_foreign(other, sheet.language)
                    && !self.withdrawn.contains_key(&other.article)
                    && self.open_ids.contains(&other.article)
            };
            let in_digest =
                |p: &Pick| p.story == c.story || c.kin.iter().any(|kin| kin.revision == p.revision);
            untouched(c)
                && !self.seen(c.story, &marks.memory)
                && !sheet.picks.iter().any(in_digest)
                && told.into_iter().all(|other| open(other))
        };
        self.open.iter().find(spare).map(|c| c.article)
    }
}

/// Whether the caps hold for a pick: what editors chose is outside them.
fn is_free(pick: &&Pick) -> bool {
    !matches!(pick.reason, Reason::Lead | Reason::Pinned)
}

fn counts<'m>(marks: &Marks<'m, '_>) -> Counts<'m> {
    let mut counts = Counts::default();
    for (pick, known) in marks.picks.iter().filter(|(pick, _)| is_free(pick)) {
        if let Reason::Topic { topic } = &pick.reason {
            counts.topics.add(topic);
        }
        let Some(known) = known else { continue };
        let candidate = known.candidate;
        counts.sources.add(candidate.source);
        for on in &candidate.topics {
            counts.on.add(&on.topic);
        }
        if !candidate.author.is_empty() {
            counts.authors.add(candidate.author.as_str());
        }
    }
    counts
}
