//! What a wave's candidates come to before any reader is known: who is closed to all, whose story
//! is whose, who represents it, what everything is worth, and in which order. Made once, asked by
//! every reader.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::kinship::Kinship;
use super::likeness::Neighbours;
use super::orders::{Orders, Shelf};
use super::score::{WHOLE, Worth};
use super::view::View;
use crate::domain::StoryId;
use crate::domain::selection::{
    Candidate, Languages, Pick, Reader, Rules, Selection, Skip, Verdict,
};
use crate::domain::slug::Slug;

/// A wave's candidates, prepared for all its readers. Borrows; safe to share between threads.
#[derive(Debug)]
pub struct Stock<'a> {
    pub(super) rules: &'a Rules,
    /// Every candidate once, by article id.
    pub(super) entries: Vec<Entry<'a>>,
    /// Stories with at least one article that is not closed to all, by id.
    pub(super) stories: Vec<Story>,
    /// Topics of these, sorted: a topic's number is its place here.
    pub(super) topics: Vec<&'a Slug>,
    /// Places of these, sorted: a place's number is its place here.
    pub(super) places: Vec<&'a Slug>,
    /// What lies ready, by language: see [`Stock::shelf`].
    pub(super) shelves: Vec<Shelf>,
    /// Languages of candidates, sorted, without their regions; empty where language does not count.
    pub(super) languages: Vec<String>,
    /// Everything that is not closed, whatever its age, in the order that it has without an age.
    pub(super) ageless: Orders,
    /// The editors' lead, if it is there.
    pub(super) lead: Option<usize>,
    /// The editors' pins that are there, in their order, each once, the lead left out.
    pub(super) pins: Vec<usize>,
    /// The desk's own list, as far as it is there, in its order, each once.
    pub(super) also: Vec<usize>,
    /// Which stories a text belongs to that a reader may have been sent.
    pub(super) kin: Kinship,
    pub(super) neighbours: Neighbours<'a>,
    /// How many different sources the candidates that are not closed have.
    pub(super) sources: usize,
}

/// How old a candidate is for the rules. The order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// In the window.
    Fresh,
    /// Carried over from it.
    Carried,
    /// Too old by less than the window again.
    Late,
    /// Older.
    Old,
}

/// A candidate as the stock keeps it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) candidate: &'a Candidate,
    /// What it is to every reader alike, if it can be in no digest.
    pub(super) closed: Option<Verdict>,
    /// Its story's place in [`Stock::stories`]; means nothing when closed.
    pub(super) story: usize,
    pub(super) age_ms: i64,
    pub(super) age: Age,
    /// Topic numbers and weights.
    pub(super) topics: Vec<(u16, u16)>,
    /// Numbers of its places, ascending.
    pub(super) places: Vec<u32>,
    /// The number of its strongest topic.
    pub(super) strongest: Option<u16>,
    pub(super) parts: Worth,
    /// The product of the parts, at least 1.
    pub(super) worth: u64,
    /// The same as if it were new.
    pub(super) ageless: u64,
    /// Its source's number.
    pub(super) source: usize,
    /// Its author's number, from 1; 0 where none is stated.
    pub(super) author: u32,
    /// Its language's place in [`Stock::languages`], where that counts and is known.
    pub(super) language: Option<usize>,
}

/// A story and its articles that are not closed to all.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) id: StoryId,
    /// The one that represents it first, then the one that would in its absence.
    pub(super) members: Vec<usize>,
    /// The lead or a pin: no age is too old.
    pub(super) wanted: bool,
}

impl<'a> Stock<'a> {
    /// Prepares a wave. An article that is handed in twice counts once, with its highest revision.
    pub fn new(candidates: &'a [Candidate], rules: &'a Rules) -> Stock<'a> {
        let mut sorted: Vec<&Candidate> = candidates.iter().collect();
        sorted.sort_by_key(|c| (c.article, Reverse(c.revision)));
        sorted.dedup_by_key(|c| c.article);

        let mut stock = Stock {
            rules,
            entries: sorted.into_iter().map(|c| Entry::of(c, rules)).collect(),
            stories: Vec::new(),
            topics: Vec::new(),
            places: Vec::new(),
            shelves: Vec::new(),
            languages: Vec::new(),
            ageless: Orders::default(),
            lead: None,
            pins: Vec::new(),
            also: Vec::new(),
            kin: Kinship::default(),
            neighbours: Neighbours::default(),
            sources: 0,
        };
        stock.group();
        stock.number();
        stock.speak();
        stock.resolve_decisions();
        stock.shelve();
        stock
    }

    /// One reader's plan with a verdict for every candidate.
    pub fn select(&self, reader: &Reader) -> Selection {
        super::verdict::selection(self, reader)
    }

    /// One reader's plan alone: what [`Stock::select`] picks, without the verdicts' cost.
    pub fn picks(&self, reader: &Reader) -> (Vec<Pick>, Option<Skip>) {
        match Draft::of(View::new(self, reader), false) {
            Ok(draft) => (draft.picks(), None),
            Err(skip) => (Vec::new(), Some(skip.why)),
        }
    }

    /// Everything of a reader on which their plan depends, as octets that mean nothing else: two
    /// readers of one signature have the same selection, verdicts and scores included.
    pub fn signature(&self, reader: &Reader) -> Vec<u8> {
        View::new(self, reader).signature()
    }

    fn open(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|e| e.closed.is_none())
    }

    fn group(&mut self) {
        let decisions = &self.rules.decisions;
        let mut members: BTreeMap<StoryId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.closed.is_none() {
                let story = entry.candidate.story;
                members.entry(story).or_default().push(index);
            }
        }
        for (id, mut members) in members {
            let named = decisions.named.get(&id).copied();
            members.sort_by_key(|&member| self.entries[member].representing(named));
            for &member in &members {
                self.entries[member].story = self.stories.len();
            }
            let wanted = wanted(id, self.rules);
            self.stories.push(Story {
                id,
                members,
                wanted,
            });
        }
        let story = |id: StoryId| self.stories.binary_search_by_key(&id, |s| s.id).ok();
        let known = self.entries.iter().filter_map(|entry| {
            let story = story(entry.candidate.story)?;
            Some((story, entry.candidate))
        });
        self.kin = Kinship::of(known);
    }

    fn number(&mut self) {
        let open = || self.entries.iter().filter(|e| e.closed.is_none());
        let carried = open().flat_map(|e| e.candidate.topics.iter());
        let topics: BTreeSet<&'a Slug> =
            carried.filter(|t| t.weight > 0).map(|t| &t.topic).collect();
        let places: BTreeSet<&'a Slug> = open().flat_map(|e| e.candidate.places.iter()).collect();
        let sources: BTreeSet<_> = open().map(|e| e.candidate.source).collect();
        let authors: BTreeSet<&'a str> = open().map(|e| e.candidate.author.as_str()).collect();
        // Every slug is in its set, so that `partition_point` finds it.
        self.topics = topics.into_iter().take(usize::from(u16::MAX)).collect();
        self.places = places.into_iter().collect();
        self.sources = sources.len();
        let sources: Vec<_> = sources.into_iter().collect();
        let authors: Vec<&str> = authors.into_iter().filter(|a| !a.is_empty()).collect();
        for entry in self.entries.iter_mut().filter(|e| e.closed.is_none()) {
            let candidate = entry.candidate;
            let mut weights: BTreeMap<u16, u16> = BTreeMap::new();
            for carried in candidate.topics.iter().filter(|t| t.weight > 0) {
                if let Ok(at) = self.topics.binary_search(&&carried.topic) {
                    let number = u16::try_from(at).unwrap_or(u16::MAX);
                    let weight = weights.entry(number).or_default();
                    *weight = (*weight).max(carried.weight.min(WHOLE));
                }
            }
            let strongest = weights
                .iter()
                .max_by_key(|(number, weight)| (**weight, Reverse(**number)));
            entry.strongest = strongest.map(|(number, _)| *number);
            entry.topics = weights.into_iter().collect();
            let place = |p: &Slug| self.places.binary_search(&p).ok();
            let places: BTreeSet<usize> = candidate.places.iter().filter_map(place).collect();
            entry.places = places.into_iter().map(small).collect();
            entry.source = sources.partition_point(|s| *s < candidate.source);
            entry.author = match candidate.author.as_str() {
                "" => 0,
                author => small(authors.partition_point(|a| *a < author) + 1),
            };
        }
    }

    /// Numbers the languages, where they count.
    fn speak(&mut self) {
        if self.rules.languages == Languages::Any {
            return;
        }
        let spoken = self
            .open()
            .filter_map(|e| primary(e.candidate.language.as_deref()?));
        self.languages = spoken.collect::<BTreeSet<_>>().into_iter().collect();
        for entry in &mut self.entries {
            let own = entry.candidate.language.as_deref().and_then(primary);
            entry.language = own.and_then(|own| self.languages.binary_search(&own).ok());
        }
    }

    fn resolve_decisions(&mut self) {
        let decisions = &self.rules.decisions;
        let there = |id: &StoryId| self.stories.binary_search_by_key(id, |s| s.id).ok();
        let lead = decisions.lead.as_ref().and_then(there);
        let once = |ids: &[StoryId]| {
            let mut met = BTreeSet::new();
            let found = ids.iter().filter_map(there);
            found.filter(|story| met.insert(*story)).collect::<Vec<_>>()
        };
        let mut pins = once(&decisions.pins);
        pins.retain(|story| Some(*story) != lead);
        (self.lead, self.pins, self.also) = (lead, pins, once(&decisions.also));
    }

    fn shelve(&mut self) {
        let language = |shelf| (shelf < self.languages.len()).then_some(shelf);
        let shelves = (0..=self.languages.len()).map(|s| Shelf::of(self, language(s)));
        self.shelves = shelves.collect();
        let all = (0..self.entries.len()).filter(|&e| self.entries[e].closed.is_none());
        self.ageless = Orders::of(self, all, |entry| entry.ageless);
        let entries = &self.entries;
        let features: Vec<&'a [u32]> = entries
            .iter()
            .map(|e| match e.closed {
                Some(_) => &[],
                None => e.candidate.features.as_slice(),
            })
            .collect();
        let same = |a: u32, b: u32| entries[a as usize].story == entries[b as usize].story;
        self.neighbours = match self.rules.diversity {
            0 => Neighbours::default(),
            _ => Neighbours::new(features, same),
        };
    }

    /// What lies ready for readers of a language; the last shelf has what is for everybody, which is
    /// everything where language does not count.
    pub(super) fn shelf(&self, language: &str) -> usize {
        let own = primary(language);
        let found = own.and_then(|own| self.languages.binary_search(&own).ok());
        found.unwrap_or(self.languages.len())
    }

    /// Whether readers of a shelf can read an article.
    pub(super) fn readable(&self, entry: &Entry<'_>, shelf: usize) -> bool {
        entry.language.is_none_or(|own| own == shelf)
    }
}

impl<'a> Entry<'a> {
    fn of(candidate: &'a Candidate, rules: &Rules) -> Entry<'a> {
        let parts = Worth::of(candidate, rules);
        let age_ms = rules.cutoff_ms.saturating_sub(candidate.dated_ms);
        let carried = rules.window_ms.saturating_add(rules.carry_ms);
        let age = match age_ms {
            age if age <= rules.window_ms => Age::Fresh,
            age if age <= carried => Age::Carried,
            age if age <= carried.saturating_add(rules.window_ms) => Age::Late,
            _ => Age::Old,
        };
        Entry {
            candidate,
            closed: closed(candidate, rules),
            story: usize::MAX,
            age_ms,
            age,
            topics: Vec::new(),
            places: Vec::new(),
            strongest: None,
            parts,
            worth: parts.total().max(1),
            ageless: parts.ageless().total().max(1),
            source: 0,
            author: 0,
            language: None,
        }
    }

    /// Greater for the newer of two articles and, at one instant, for the lower id.
    pub(super) fn newest(&self) -> (i64, Reverse<i64>) {
        (self.candidate.dated_ms, Reverse(self.candidate.article.0))
    }

    /// What orders the articles of a story; the least represents it.
    fn representing(&self, named: Option<crate::domain::ArticleId>) -> impl Ord + use<> {
        let candidate = self.candidate;
        (
            named != Some(candidate.article),
            self.age,
            !candidate.original,
            Reverse(candidate.quality),
            candidate.dated_ms,
            Reverse(candidate.words),
            candidate.article,
        )
    }
}

fn wanted(story: StoryId, rules: &Rules) -> bool {
    let decisions = &rules.decisions;
    decisions.lead == Some(story) || decisions.pins.contains(&story)
}

fn closed(candidate: &Candidate, rules: &Rules) -> Option<Verdict> {
    if candidate.withdrawn {
        return Some(Verdict::Withdrawn);
    }
    if let Some(by) = rules.decisions.bans.get(&candidate.story) {
        return Some(Verdict::Banned { by: by.clone() });
    }
    if candidate.dated_ms > rules.cutoff_ms {
        return Some(Verdict::AfterCutoff);
    }
    let later = |at: &i64| *at > rules.cutoff_ms;
    if let Some(until_ms) = candidate.embargo_ms.filter(later) {
        return Some(Verdict::Embargoed { until_ms });
    }
    // What editors chose they have read.
    let settles = candidate.settles_ms.filter(later);
    let until_ms = settles.filter(|_| !wanted(candidate.story, rules))?;
    Some(Verdict::Settling { until_ms })
}

/// A language tag without its script and region, lower-case: `de` of `de-AT`; none of an empty one.
fn primary(tag: &str) -> Option<String> {
    let first = tag.split(['-', '_']).next().unwrap_or_default().trim();
    (!first.is_empty()).then(|| first.to_ascii_lowercase())
}

pub(super) fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
