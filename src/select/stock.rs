//! What a wave's candidates come to before any reader is known: who is closed to all, whose story
//! is whose, and each topic's and place's articles in their order. Made once, asked by every reader.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::draft::Draft;
use super::recency::recency;
use crate::domain::selection::{Candidate, Pick, Reader, Rules, Selection, Skip, Verdict};
use crate::domain::slug::Slug;
use crate::domain::{RevisionId, StoryId};

/// A wave's candidates, prepared for all its readers. Borrows; safe to share between threads.
#[derive(Debug)]
pub struct Stock<'a> {
    pub(super) rules: &'a Rules,
    /// Every candidate once, by article id.
    pub(super) entries: Vec<Entry<'a>>,
    /// Stories with at least one open article, by id.
    pub(super) stories: Vec<Story>,
    /// Topics of open articles, sorted: a topic's number is its place here.
    pub(super) topics: Vec<&'a Slug>,
    /// For each topic its open articles, best first.
    pub(super) by_topic: Vec<Vec<Ranked>>,
    /// For each place its open articles, newest first.
    pub(super) by_place: BTreeMap<&'a Slug, Vec<Ranked>>,
    /// All open articles, newest first.
    pub(super) top: Vec<usize>,
    /// The editors' lead, if it is open.
    pub(super) lead: Option<usize>,
    /// The editors' pins that are open, in their order, each once, the lead left out.
    pub(super) pins: Vec<usize>,
    /// Which story a text belongs to that a reader may have been sent.
    pub(super) kin: HashMap<RevisionId, usize>,
}

/// A candidate as the stock keeps it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) candidate: &'a Candidate,
    /// What it is to every reader alike, if it can be in no digest.
    pub(super) closed: Option<Verdict>,
    /// Its story's place in [`Stock::stories`]; means nothing when closed.
    pub(super) story: usize,
    /// Topic number and weight times recency.
    pub(super) topics: Vec<(usize, u64)>,
    /// The number of its strongest topic.
    pub(super) strongest: Option<usize>,
}

/// A story and its open articles.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) id: StoryId,
    pub(super) members: Vec<usize>,
}

/// An open article in a topic's or a place's order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    pub(super) entry: usize,
    /// Weight times recency; 0 in a place's order, where only the date decides.
    pub(super) strength: u64,
}

impl<'a> Stock<'a> {
    /// Prepares a wave. An article that is handed in twice counts once, with its highest revision.
    pub fn new(candidates: &'a [Candidate], rules: &'a Rules) -> Stock<'a> {
        let mut sorted: Vec<&Candidate> = candidates.iter().collect();
        sorted.sort_by_key(|c| (c.article, Reverse(c.revision)));
        sorted.dedup_by_key(|c| c.article);

        let mut stock = Stock {
            rules,
            entries: sorted.into_iter().map(|c| entry(c, rules)).collect(),
            stories: Vec::new(),
            topics: Vec::new(),
            by_topic: Vec::new(),
            by_place: BTreeMap::new(),
            top: Vec::new(),
            lead: None,
            pins: Vec::new(),
            kin: HashMap::new(),
        };
        stock.group();
        stock.number_topics();
        stock.rank();
        stock.resolve_decisions();
        stock
    }

    /// One reader's plan with a verdict for every candidate.
    pub fn select(&self, reader: &Reader) -> Selection {
        super::verdict::selection(self, reader)
    }

    /// One reader's plan alone: what [`Stock::select`] picks, without the verdicts' cost.
    pub fn picks(&self, reader: &Reader) -> (Vec<Pick>, Option<Skip>) {
        match Draft::of(self, reader) {
            Ok(draft) => (draft.picks(), None),
            Err(skip) => (Vec::new(), Some(skip)),
        }
    }

    fn group(&mut self) {
        let mut members: BTreeMap<StoryId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.closed.is_none() {
                members
                    .entry(entry.candidate.story)
                    .or_default()
                    .push(index);
            }
        }
        for (number, (id, members)) in members.into_iter().enumerate() {
            for &member in &members {
                self.entries[member].story = number;
            }
            for &member in &members {
                let kin = self.entries[member].candidate.kin.iter();
                self.kin.extend(kin.map(|k| (k.revision, number)));
            }
            self.stories.push(Story { id, members });
        }
    }

    fn number_topics(&mut self) {
        let open = self.entries.iter().filter(|e| e.closed.is_none());
        let carried = open.flat_map(|e| e.candidate.topics.iter());
        let topics: BTreeSet<&'a Slug> =
            carried.filter(|t| t.weight > 0).map(|t| &t.topic).collect();
        self.topics = topics.into_iter().collect();

        for entry in self.entries.iter_mut().filter(|e| e.closed.is_none()) {
            let mut weights: BTreeMap<usize, u64> = BTreeMap::new();
            for carried in entry.candidate.topics.iter().filter(|t| t.weight > 0) {
                if let Ok(number) = self.topics.binary_search(&&carried.topic) {
                    let weight = weights.entry(number).or_default();
                    *weight = (*weight).max(u64::from(carried.weight));
                }
            }
            let strongest = weights
                .iter()
                .max_by_key(|(number, weight)| (**weight, Reverse(**number)));
            entry.strongest = strongest.map(|(number, _)| *number);
            let age = self
                .rules
                .cutoff_ms
                .saturating_sub(entry.candidate.dated_ms);
            let fresh = recency(age);
            entry.topics = weights
                .into_iter()
                .map(|(number, weight)| (number, weight * fresh))
                .collect();
        }
    }

    fn rank(&mut self) {
        self.by_topic = vec![Vec::new(); self.topics.len()];
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.closed.is_some() {
                continue;
            }
            self.top.push(index);
            for &(number, strength) in &entry.topics {
                self.by_topic[number].push(Ranked {
                    entry: index,
                    strength,
                });
            }
            let places: BTreeSet<&'a Slug> = entry.candidate.places.iter().collect();
            for place in places {
                let ranked = Ranked {
                    entry: index,
                    strength: 0,
                };
                self.by_place.entry(place).or_default().push(ranked);
            }
        }
        let entries = &self.entries;
        let newest = |entry: usize| Reverse(entries[entry].newest());
        self.top.sort_by_key(|&entry| newest(entry));
        for list in self.by_topic.iter_mut().chain(self.by_place.values_mut()) {
            list.sort_by_key(|r| (Reverse(r.strength), newest(r.entry)));
        }
    }

    fn resolve_decisions(&mut self) {
        let decisions = &self.rules.decisions;
        let open = |id: &StoryId| self.stories.binary_search_by_key(id, |s| s.id).ok();
        let lead = decisions.lead.as_ref().and_then(open);
        let mut pins = Vec::new();
        for story in decisions.pins.iter().filter_map(open) {
            if Some(story) != lead && !pins.contains(&story) {
                pins.push(story);
            }
        }
        (self.lead, self.pins) = (lead, pins);
    }
}

impl Entry<'_> {
    /// Greater for the newer of two articles and, at one instant, for the lower id.
    pub(super) fn newest(&self) -> (i64, Reverse<i64>) {
        (self.candidate.dated_ms, Reverse(self.candidate.article.0))
    }
}

fn entry<'a>(candidate: &'a Candidate, rules: &Rules) -> Entry<'a> {
    Entry {
        candidate,
        closed: closed(candidate, rules),
        story: usize::MAX,
        topics: Vec::new(),
        strongest: None,
    }
}

fn closed(candidate: &Candidate, rules: &Rules) -> Option<Verdict> {
    let decisions = &rules.decisions;
    let story = candidate.story;
    if let Some(by) = decisions.bans.get(&story) {
        return Some(Verdict::Banned { by: by.clone() });
    }
    let age = rules.cutoff_ms.saturating_sub(candidate.dated_ms);
    if candidate.dated_ms > rules.cutoff_ms {
        return Some(Verdict::AfterCutoff);
    }
    let wanted = decisions.lead == Some(story) || decisions.pins.contains(&story);
    (age > rules.window_ms && !wanted).then_some(Verdict::TooOld)
}
