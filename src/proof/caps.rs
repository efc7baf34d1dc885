//! The caps of a digest: exceeded only where something else was to be had.
//!
//! What else was to be had is a *spare*: a story in the window that no rule closes, that its reader
//! was not sent, that is in the digest by none of its articles, and that no cap touches. Where top
//! stories fill a digest, every spare on no topic which the reader follows (and so without a quota)
//! goes in before any cap gives way; so a digest over a cap beside such a spare is wrong.
//!
//! Of the cap of topics more can be said: it gives way after that of the sources, and only where no
//! topic that the reader follows has anything below it. So a topic over it beside a spare of another
//! followed topic is wrong too; in short digests, where authors are capped, that is not said. The cap
//! of authors gives way only to what saves a digest, and no further than to its minimum.

use super::{Flaw, Marks, Proof};
use crate::domain::selection::{Candidate, Pick, Reason};
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
        let mut over = self.over(&counts);
        if over.is_empty() {
            return;
        }
        let mut spare = match self.fills(marks) {
            true => self.spare(marks, &counts, false),
            false => None,
        };
        if spare.is_none()
            && !(sheet.short && self.rules.author_cap > 0)
            && sheet.since_ms.is_none()
        {
            over.retain(|(flaw, _)| *flaw == Flaw::OverTopicCap);
            if !over.is_empty() {
                spare = self.spare(marks, &counts, true);
            }
        }
        if let Some(spare) = spare {
            for (flaw, words) in over {
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

    /// A story that would have gone in before a cap gave way: one on no topic that the reader follows,
    /// or, `wanted`, one on such topics.
    fn spare(&self, marks: &Marks<'_, '_>, counts: &Counts<'_>, wanted: bool) -> Option<ArticleId> {
        let (sheet, rules) = (marks.sheet, self.rules);
        let followed = |topic: &Slug| {
            let mut topics = sheet.topics.iter();
            topics.any(|t| t.topic == *topic && (!wanted || t.weight > 0))
        };
        let caps = (
            usize::from(rules.topic_cap.max(1)),
            usize::from(rules.source_cap),
            usize::from(rules.author_cap),
        );
        let below = |n: usize, cap: usize| cap == 0 || n < cap;
        let untouched = |c: &Candidate| {
            let mut topics = c.topics.iter();
            let matches = c.topics.iter().any(|t| t.weight > 0 && followed(&t.topic));
            matches == wanted
                && topics.all(|t| {
                    (wanted || !followed(&t.topic)) && below(counts.on.of(&&t.topic), caps.0)
                })
                && (wanted || below(counts.sources.of(&c.source), caps.1))
                && (!sheet.short || below(counts.authors.of(&c.author.as_str()), caps.2))
                && c.places.iter().all(|place| !sheet.places.contains(place))
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
            counts.on.add(&on.topic);
        }
        if !candidate.author.is_empty() {
            counts.authors.add(candidate.author.as_str());
        }
    }
    counts
}
