//! Filling: what competes is taken best first, each one after its likeness to what is in already
//! (maximal marginal relevance, Carbonell and Goldstein 1998), within the caps.
//!
//! Orders are read only as far as they must be: an unread article is worth at most its score without
//! any likeness, so what was read and is worth more than the next unread one comes before all others.

use super::AREA_CAP;
use super::draft::{Draft, For};
use super::streams::{Competing, Rank, Scale, Streams};
use crate::domain::selection::{Reason, Section};

impl Draft<'_, '_> {
    /// Takes what competes, up to where the pass goes.
    pub(super) fn fill(&mut self, what: For) {
        if self.full() {
            return;
        }
        let mut streams = self.streams(what);
        let mut pool = self.returning(what);
        // The best that there is comes first in the orders, or returns.
        while let Some(read) = self.read(what, &mut streams) {
            if let Some(first) = read {
                pool.push(first);
                break;
            }
        }
        let first = pool.iter().map(|c| c.score).max().unwrap_or(0);
        let best = *self.best[what as usize].get_or_insert(first);
        let scale = Scale::new(self.view.stock.rules.diversity, best);
        while !self.full() && (what != For::Places || self.area < AREA_CAP) {
            if self.pass.source_cap && self.full_sources == self.view.stock.sources {
                self.kept_out.source_cap = true;
                // An explanation reads on: it asks what refuses the others.
                if self.refusals.is_none() {
                    return;
                }
            }
            let found = self.best_of(what, &mut pool, scale);
            let next = streams.head().map(|(entry, _, score)| {
                let newest = self.view.entry(entry).newest();
                (scale.value(score, 0), score, newest)
            });
            match found {
                Some((at, rank)) if next.is_none_or(|next| rank >= next) => {
                    let taken = pool.swap_remove(at);
                    if self.refusals.is_some() && self.refused(taken.entry, taken.topic, what) {
                        continue;
                    }
                    self.take(what, taken);
                    if let (For::Topics, Some(topic)) = (what, taken.topic)
                        && self.is_full(topic)
                    {
                        self.kept_out.quota = true;
                        if self.refusals.is_none() {
                            streams.close(topic);
                        }
                    }
                }
                _ => match self.read(what, &mut streams) {
                    Some(read) => pool.extend(read),
                    None => return,
                },
            }
        }
    }

    /// What returns and is in no order.
    fn returning(&self, what: For) -> Vec<Competing> {
        let all = self.view.returning();
        all.filter_map(|entry| self.competing(what, entry, None))
            .collect()
    }

    /// Reads on by one article; says whether it competes, or that all was read.
    fn read(&self, what: For, streams: &mut Streams<'_, '_>) -> Option<Option<Competing>> {
        let (entry, topic, _) = streams.head()?;
        streams.advance();
        Some(self.competing(what, entry, topic))
    }

    /// An article as it competes; `order`: the topic whose order it was read from.
    fn competing(&self, what: For, entry: usize, order: Option<u16>) -> Option<Competing> {
        let view = &self.view;
        let own = view.entry(entry);
        if !self.stands(entry) {
            return None;
        }
        let matched = view.match_of(own);
        let placed = || view.place_of(own).is_some();
        let (topic, score) = match what {
            For::Topics => {
                let topic = matched?.topic;
                if order.is_some_and(|order| order != topic) {
                    return None;
                }
                (Some(topic), view.score(own))
            }
            For::Local => (None, placed().then(|| view.worth(own))?),
            For::Places => {
                let there = matched.is_none() && placed();
                (own.strongest, there.then(|| view.worth(own))?)
            }
            For::Top => (view.counts_for(own), view.worth(own)),
        };
        Some(Competing {
            entry,
            topic,
            score,
            like: 0,
            compared: 0,
        })
    }

    /// Whether an article's story may still be in, and this article represents it.
    pub(super) fn stands(&self, entry: usize) -> bool {
        let story = self.view.entry(entry).story;
        !self.out.has(story) && self.view.represents(entry)
    }

    /// Where the best of a pool stands. What a cap closes is dropped from the pool, but for an
    /// explanation, where it stays until it is its turn.
    fn best_of(
        &mut self,
        what: For,
        pool: &mut Vec<Competing>,
        scale: Scale,
    ) -> Option<(usize, Rank)> {
        let mut best: Option<(usize, Rank)> = None;
        let mut at = 0;
        while let Some(&competing) = pool.get(at) {
            let entry = competing.entry;
            let own = self.view.entry(entry);
            // A story of two places is read twice.
            let gone = self.out.has(own.story)
                || (self.barred(entry, competing.topic, what) && self.refusals.is_none());
            if gone {
                pool.swap_remove(at);
                // The last one stands here now; where that was the best one, it is found again.
                best = best.filter(|(known, _)| *known < pool.len());
                continue;
            }
            let value = scale.value(competing.score, self.likest(&mut pool[at]));
            let rank = (value, competing.score, own.newest());
            if best.as_ref().is_none_or(|(_, most)| rank > *most) {
                best = Some((at, rank));
            }
            at += 1;
        }
        best
    }

    /// The likeness of an article to the likest that is in.
    fn likest(&self, competing: &mut Competing) -> u16 {
        for &other in self.compared.get(competing.compared..).unwrap_or_default() {
            let like = self.view.stock.neighbours.like(competing.entry, other);
            competing.like = competing.like.max(like);
        }
        competing.compared = self.compared.len();
        competing.like.max(self.like[competing.entry])
    }

    fn take(&mut self, what: For, taken: Competing) {
        let stock = self.view.stock;
        let own = self.view.entry(taken.entry);
        let besides = self.besides(taken.entry, taken.topic, what);
        if let Some(topic) = taken.topic {
            self.counts[usize::from(topic)] += 1;
        }
        let (section, reason) = match (what, taken.topic) {
            (For::Topics, Some(number)) => {
                let topic = stock.topics[usize::from(number)].clone();
                (Section::Topic(topic.clone()), Reason::Topic { topic })
            }
            (For::Local | For::Places, _) => match self.view.place_of(own) {
                Some(number) => {
                    self.area += 1;
                    let place = stock.places[number as usize].clone();
                    (Section::Area(place.clone()), Reason::Place { place })
                }
                None => (Section::AlsoToday, Reason::TopStory),
            },
            (For::Top | For::Topics, _) => (Section::AlsoToday, Reason::TopStory),
        };
        self.put(taken.entry, section, reason, Some(besides));
    }
}
