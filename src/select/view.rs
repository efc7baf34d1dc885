//! The stock as one reader sees it: what matches, what was sent before, which article of a story
//! represents it. It decides nothing about the digest's length or layout.

use std::cmp::Reverse;
use std::ops::Range;

use super::kinship::new_against;
use super::orders::{Orders, Shelf};
use super::stock::{Age, Entry, Stock, small};
use super::unwanted::{refused, refusing};
use crate::domain::selection::{Personal, Reader, Sent};
use crate::domain::{EditionId, RevisionId};

/// A reader's eyes on a stock.
pub(super) struct View<'s, 'a> {
    pub(super) stock: &'s Stock<'a>,
    /// Which shelf: the reader's language, where that counts.
    shelf: usize,
    /// For whoever comes back: the age of what is open, in ms, and nothing loses by its age.
    since: Option<i64>,
    /// The reader's wish for each of the stock's topics; 0 where not followed.
    wishes: Vec<u16>,
    /// The topics that the reader follows, the heaviest first, then by slug.
    pub(super) followed: Vec<u16>,
    /// The topics of which the reader wants nothing, ascending.
    refused: Vec<u16>,
    /// The stories that carry one of them.
    out: Bits,
    /// Numbers of followed places, ascending, each once.
    pub(super) places: Vec<u32>,
    /// Whether top stories may fill the digest.
    pub(super) fills: bool,
    pub(super) target: usize,
    /// Whether an author is capped.
    pub(super) short: bool,
    /// What the reader was sent of these stories, story by story, the newest last.
    met: Vec<Met>,
    /// Stories that the reader was sent, by number.
    known: Vec<Known>,
    /// The same and nothing else, by story, for a quick look.
    is_known: Bits,
}

/// Story, when, in which edition, which text.
type Met = (usize, i64, EditionId, RevisionId);

/// A story that a reader was sent.
#[derive(Clone, Debug)]
struct Known {
    story: usize,
    /// The edition that brought it last.
    edition: EditionId,
    /// Where its texts stand in what the reader met; none where it may not come back.
    texts: Range<usize>,
    /// The article with which it may come back.
    again: Option<usize>,
}

/// How well an article matches a reader's topics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) topic: u16,
    pub(super) wish: u16,
    pub(super) weight: u16,
}

impl<'s, 'a> View<'s, 'a> {
    pub(super) fn new(stock: &'s Stock<'a>, reader: &Reader) -> View<'s, 'a> {
        let rules = stock.rules;
        let mut wishes = vec![0; stock.topics.len()];
        for wanted in &reader.topics {
            if let Ok(number) = stock.topics.binary_search(&&wanted.topic) {
                let wish: &mut u16 = &mut wishes[number];
                *wish = (*wish).max(wanted.weight.min(super::score::WHOLE));
            }
        }
        let numbers = (0_u16..).zip(&wishes).filter(|(_, wish)| **wish > 0);
        let mut followed: Vec<u16> = numbers.map(|(number, _)| number).collect();
        followed.sort_by_key(|&number| (Reverse(wishes[usize::from(number)]), number));
        let place = |p| stock.places.binary_search(&p).ok().map(small);
        let mut places: Vec<u32> = reader.places.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        let refused = refused(stock, reader);
        let general = reader.topics.iter().all(|t| t.weight == 0);
        let carried = rules.window_ms.saturating_add(rules.carry_ms);
        let away = reader.since_ms.map(|at| rules.cutoff_ms.saturating_sub(at));
        let mut view = View {
            stock,
            shelf: stock.shelf(&reader.language),
            since: away.map(|away| away.max(carried)),
            out: refusing(stock, &refused),
            refused,
            wishes,
            followed,
            places,
            fills: general || rules.personal == Personal::Order,
            target: usize::from(match reader.stories {
                0 => rules.stories.max(1),
                stated => stated,
            }),
            short: reader.short && rules.author_cap > 0,
            met: Vec::new(),
            known: Vec::new(),
            is_known: Bits::none(stock.stories.len()),
        };
        view.remember(&reader.memory);
        view
    }

    pub(super) fn entry(&self, index: usize) -> &'s Entry<'a> {
        &self.stock.entries[index]
    }

    /// Whether the reader comes back from a pause.
    pub(super) fn comes_back(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn shelf(&self) -> &'s Shelf {
        &self.stock.shelves[self.shelf]
    }

    /// What is open to the reader, and for whoever comes back everything.
    pub(super) fn orders(&self) -> &'s Orders {
        match self.since {
            Some(_) => &self.stock.ageless,
            None => &self.shelf().now,
        }
    }

    /// Whether an article is in a language that the reader gets.
    pub(super) fn reads(&self, entry: &Entry<'_>) -> bool {
        self.stock.readable(entry, self.shelf)
    }

    /// Whether an article is not too old.
    pub(super) fn in_time(&self, entry: &Entry<'_>) -> bool {
        self.stock.stories[entry.story].wanted
            || match self.since {
                Some(oldest) => entry.age_ms <= oldest,
                None => entry.age <= Age::Carried,
            }
    }

    /// The first by slug of an article's topics of which the reader wants nothing, of its own or of
    /// another article of its story.
    pub(super) fn refused(&self, entry: &Entry<'_>) -> Option<u16> {
        if self.refused.is_empty() || !self.out.has(entry.story) {
            return None;
        }
        let members = &self.stock.stories[entry.story].members;
        let carried = members.iter().flat_map(|&m| &self.entry(m).topics);
        let wanted = carried.map(|(topic, _)| *topic);
        wanted.filter(|t| self.refused.contains(t)).min()
    }

    /// The edition that brought a story to this reader last.
    pub(super) fn sent(&self, story: usize) -> Option<EditionId> {
        self.known(story).map(|known| known.edition)
    }

    fn known(&self, story: usize) -> Option<&Known> {
        if !self.is_known.has(story) {
            return None;
        }
        let at = self.known.binary_search_by_key(&story, |k| k.story).ok()?;
        self.known.get(at)
    }

    /// The article that represents a story for this reader, if one is open.
    pub(super) fn representative(&self, story: usize) -> Option<usize> {
        if self.out.has(story) {
            return None;
        }
        if let Some(known) = self.known(story) {
            return known.again;
        }
        match self.since {
            Some(_) => {
                let members = &self.stock.stories[story].members;
                let open = |&&member: &&usize| {
                    let entry = self.entry(member);
                    self.reads(entry) && self.in_time(entry)
                };
                members.iter().find(open).copied()
            }
            None => self.shelf().representative[story].map(|entry| entry as usize),
        }
    }

    /// Whether an article that was read in one of the orders represents its story for this reader.
    pub(super) fn represents(&self, entry: usize) -> bool {
        let story = self.entry(entry).story;
        if self.since.is_none() && !self.is_known.has(story) {
            return true;
        }
        self.representative(story) == Some(entry)
    }

    /// Articles with which known stories come back, and which are in none of the orders, because
    /// another one represents their story for everybody else.
    pub(super) fn returning(&self) -> impl Iterator<Item = usize> + '_ {
        let open = |known: &&Known| self.since.is_none() && !self.out.has(known.story);
        let again = self.known.iter().filter(open);
        again.filter_map(|known| {
            let again = known.again?;
            let usual = self.shelf().representative[known.story];
            (usual != Some(small(again))).then_some(again)
        })
    }

    /// The topic for which an article counts, if the reader follows one of its topics: the one with
    /// the highest product of wish and weight, then of the higher wish, then by slug.
    pub(super) fn match_of(&self, entry: &Entry<'_>) -> Option<Match> {
        let mut best: Option<(u32, Match)> = None;
        for &(topic, weight) in &entry.topics {
            let wish = self.wishes[usize::from(topic)];
            let product = u32::from(wish) * u32::from(weight);
            let better = best.is_none_or(|(most, m)| (product, wish) > (most, m.wish));
            if wish > 0 && better {
                let found = Match {
                    topic,
                    wish,
                    weight,
                };
                best = Some((product, found));
            }
        }
        best.map(|(_, found)| found)
    }

    /// What an article is worth to any reader who came as this one did.
    pub(super) fn worth(&self, entry: &Entry<'_>) -> u64 {
        match self.since {
            Some(_) => entry.ageless,
            None => entry.worth,
        }
    }

    /// What an article is worth to this reader by its topics; 0 for no match.
    pub(super) fn score(&self, entry: &Entry<'_>) -> u64 {
        self.match_of(entry).map_or(0, |m| {
            u64::from(m.wish) * u64::from(m.weight) * self.worth(entry)
        })
    }

    pub(super) fn wish(&self, topic: u16) -> u64 {
        u64::from(self.wishes[usize::from(topic)])
    }

    /// The first by slug of the places that an article carries and the reader follows.
    pub(super) fn place_of(&self, entry: &Entry<'_>) -> Option<u32> {
        let followed = |p: &u32| self.places.binary_search(p).is_ok();
        entry.places.iter().copied().find(followed)
    }

    /// The topic for which a pick of this article counts.
    pub(super) fn counts_for(&self, entry: &Entry<'_>) -> Option<u16> {
        self.match_of(entry).map(|m| m.topic).or(entry.strongest)
    }

    fn remember(&mut self, memory: &[Sent]) {
        let (kin, rules) = (&self.stock.kin, self.stock.rules);
        for sent in memory {
            for story in kin.stories(sent.revision) {
                let met = (story, sent.at_ms, sent.edition, sent.revision);
                self.met.push(met);
            }
        }
        self.met.sort_unstable();
        let mut from = 0;
        while let Some(&(story, ..)) = self.met.get(from) {
            let more = &self.met[from..];
            let to = from + more.partition_point(|met| met.0 == story);
            let met = &self.met[from..to];
            let (at_ms, edition) = (self.met[to - 1].1, self.met[to - 1].2);
            let first = |(at, one): &(usize, &Met)| met[..*at].iter().all(|m| m.2 != one.2);
            let editions = met.iter().enumerate().filter(first).count();
            let since = rules.cutoff_ms.saturating_sub(at_ms);
            let often = editions > usize::from(rules.updates.most);
            let may = !often && since >= rules.updates.after_ms;
            self.is_known.put(story);
            self.known.push(Known {
                story,
                edition,
                texts: if may { from..to } else { 0..0 },
                again: None,
            });
            if may {
                let mut members = self.stock.stories[story].members.iter().copied();
                let again = members.find(|&member| {
                    let entry = self.entry(member);
                    self.reads(entry) && self.in_time(entry) && self.changed(member)
                });
                if let Some(known) = self.known.last_mut() {
                    known.again = again;
                }
            }
            from = to;
        }
    }

    /// Whether an article of a known story has enough that is new against every text of it that the
    /// reader was sent, and the story may come back.
    pub(super) fn changed(&self, index: usize) -> bool {
        let entry = self.entry(index);
        let texts = self.known(entry.story).map(|known| known.texts.clone());
        let texts = texts
            .and_then(|texts| self.met.get(texts))
            .unwrap_or_default();
        let least = self.stock.rules.updates.new.max(1);
        let changed = |met: &Met| new_against(entry.candidate, met.3) >= least;
        !texts.is_empty() && texts.iter().all(changed)
    }

    /// See [`Stock::signature`]. Numbers have fixed lengths and lists their length in front.
    pub(super) fn signature(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(64);
        let flags = [self.fills, self.short, self.since.is_some()];
        octets.extend(flags.map(u8::from));
        octets.extend(self.since.unwrap_or(0).to_be_bytes());
        octets.extend(small(self.shelf).to_be_bytes());
        octets.extend(small(self.target).to_be_bytes());
        octets.extend(small(self.followed.len()).to_be_bytes());
        for &topic in &self.followed {
            octets.extend(topic.to_be_bytes());
            octets.extend(self.wishes[usize::from(topic)].to_be_bytes());
        }
        octets.extend(small(self.refused.len()).to_be_bytes());
        for topic in &self.refused {
            octets.extend(topic.to_be_bytes());
        }
        octets.extend(small(self.places.len()).to_be_bytes());
        for place in &self.places {
            octets.extend(place.to_be_bytes());
        }
        for known in &self.known {
            octets.extend(small(known.story).to_be_bytes());
            octets.extend(known.edition.0.to_be_bytes());
            octets.extend(known.again.map_or(u32::MAX, small).to_be_bytes());
            if known.again.is_some() {
                // Which of its other articles would do too: their verdicts say so.
                let members = self.stock.stories[known.story].members.iter();
                octets.extend(members.map(|&member| u8::from(self.changed(member))));
            }
        }
        octets
    }

    /// The stories that may not be in: known ones that may not come back, and those of topics of which
    /// the reader wants nothing.
    pub(super) fn closed(&self) -> Bits {
        let mut closed = self.is_known.clone();
        for known in self.known.iter().filter(|k| k.again.is_some()) {
            closed.take(known.story);
        }
        closed.put_all(&self.out);
        closed
    }
}

/// A set of small numbers.
#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(numbers: usize) -> Bits {
        Bits(vec![0; numbers.div_ceil(64)])
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    pub(super) fn put(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn put_all(&mut self, other: &Bits) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn take(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }
}
