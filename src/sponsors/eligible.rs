//! Which flights may stand in a digest by what its stories are about. Every article is judged once
//! against every flight; a digest is then the sum of its articles.

use std::collections::{BTreeMap, HashMap};

use super::{Outline, StoryLabels};
use crate::domain::ArticleId;
use crate::domain::article::CategoryMap;
use crate::domain::safety::Scope;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Flight, Slot};

/// The articles of a wave with what each does to each flight.
#[derive(Debug)]
pub(super) struct Shelf {
    /// For each flight whether it wants to stand beside something.
    wishes: Vec<bool>,
    articles: HashMap<ArticleId, Effects>,
}

/// What an article in a digest does to flights, by their numbers.
#[derive(Debug, Default)]
struct Effects {
    /// Flights that stand in no digest with it.
    bars: Vec<usize>,
    /// Flights that stand in no slot directly above or below it.
    repels: Vec<usize>,
    /// Flights that like to stand beside it.
    draws: Vec<usize>,
}

impl Shelf {
    pub(super) fn new<'f, 's>(
        flights: impl Iterator<Item = &'f Flight>,
        stories: impl IntoIterator<Item = StoryLabels<'s>>,
    ) -> Shelf {
        let flights: Vec<&Flight> = flights.collect();
        let avoided: Vec<Avoided<'_>> = flights.iter().map(|f| avoided(f)).collect();
        let mut articles = HashMap::new();
        for story in stories {
            articles
                .entry(story.article)
                .or_insert_with(|| effects(&story, &flights, &avoided));
        }
        Shelf {
            wishes: flights.iter().map(|f| !f.beside.is_empty()).collect(),
            articles,
        }
    }

    /// The flights that may stand in a digest of these stories, by number, ascending.
    pub(super) fn eligible(&self, stories: &[StoryLabels<'_>]) -> Vec<usize> {
        let mut out = vec![false; self.wishes.len()];
        let mut drawn = vec![false; self.wishes.len()];
        for effects in stories.iter().filter_map(|s| self.articles.get(&s.article)) {
            effects.bars.iter().for_each(|flight| out[*flight] = true);
            effects
                .draws
                .iter()
                .for_each(|flight| drawn[*flight] = true);
        }
        let fit = |number: &usize| !out[*number] && (drawn[*number] || !self.wishes[*number]);
        (0..self.wishes.len()).filter(fit).collect()
    }

    /// Whether a story directly above or below a slot keeps a flight out of it.
    pub(super) fn repelled(&self, number: usize, digest: &Outline<'_>, slot: Slot) -> bool {
        let beside = digest.beside(slot).filter_map(|at| digest.stories.get(at));
        let mut effects = beside.filter_map(|story| self.articles.get(&story.article));
        effects.any(|e| e.repels.contains(&number))
    }
}

/// The first of the topics that a flight wants to stand beside which a digest has.
pub(super) fn beside<'f>(flight: &'f Flight, stories: &[StoryLabels<'_>]) -> Option<&'f Slug> {
    let first = stories.iter().filter_map(|story| draw(flight, story)).min();
    first.and_then(|at| flight.beside.get(at))
}

/// The words that a flight avoids by what they are compared as, each as the flight says it.
pub(super) type Avoided<'f> = BTreeMap<String, &'f str>;

pub(super) fn avoided(flight: &Flight) -> Avoided<'_> {
    let said = flight.avoid.iter();
    said.map(|word| (key(word), word.as_str())).collect()
}

/// What a story is compared as with avoided words: its topics, then its categories.
pub(super) fn words(story: &StoryLabels<'_>) -> Vec<String> {
    let topics = story.topics.iter().map(|t| key(t.topic.as_str()));
    topics
        .chain(story.categories.iter().map(|c| key(c)))
        .collect()
}

/// The avoided word for which a story of these words keeps a flight out.
pub(super) fn bar<'f>(avoided: &Avoided<'f>, words: &[String]) -> Option<&'f str> {
    words.iter().find_map(|word| avoided.get(word).copied())
}

/// The place in a flight's `beside` of the first topic that a story has.
pub(super) fn draw(flight: &Flight, story: &StoryLabels<'_>) -> Option<usize> {
    let found = |wanted: &Slug| story.topics.iter().any(|t| t.topic == *wanted);
    flight.beside.iter().position(found)
}

fn effects(story: &StoryLabels<'_>, flights: &[&Flight], avoided: &[Avoided<'_>]) -> Effects {
    let words = words(story);
    let mut effects = Effects::default();
    for (number, flight) in flights.iter().enumerate() {
        let reach = flight.safety.objection(story.risk).map(|(scope, _)| scope);
        if bar(&avoided[number], &words).is_some() || reach == Some(Scope::Digest) {
            effects.bars.push(number);
        } else if reach == Some(Scope::Adjacent) {
            effects.repels.push(number);
        }
        if draw(flight, story).is_some() {
            effects.draws.push(number);
        }
    }
    effects
}

/// `National-Security ` and `national security` are one word to avoid: in doubt the sponsor's
/// wish holds.
fn key(word: &str) -> String {
    CategoryMap::key(&word.replace('-', " "))
}
