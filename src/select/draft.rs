//! One reader's digest in the making: editors' decisions first, then topics, places, top stories;
//! then the lead, the order of the sections, and how much of each story is printed.

use super::stock::Stock;
use super::view::{Merge, View};
use super::{AREA_CAP, FULL_FORMS, SHORT_FORMS};
use crate::domain::selection::{Form, Pick, Reader, Reason, Section, Skip};

/// A digest whose stories are settled, in the order of its layout.
pub(super) struct Draft<'s, 'a> {
    pub(super) view: View<'s, 'a>,
    pub(super) chosen: Vec<Choice>,
    /// Picks that stand there for a place.
    pub(super) area: usize,
    target: usize,
    /// For each topic how many picks count for it.
    counts: Vec<usize>,
    /// Whether the cap still binds.
    cap_holds: bool,
}

/// An article that is in.
pub(super) struct Choice {
    pub(super) entry: usize,
    pub(super) story: usize,
    pub(super) reason: Reason,
    section: Section,
}

impl<'s, 'a> Draft<'s, 'a> {
    pub(super) fn of(stock: &'s Stock<'a>, reader: &'s Reader) -> Result<Self, Skip> {
        let view = View::new(stock, reader);
        let minimum = usize::from(stock.rules.stories_min.max(1));
        let unseen = (0..stock.stories.len()).filter(|&story| view.sent(story).is_none());
        if unseen.take(minimum).count() < minimum {
            return Err(Skip::TooFewStories);
        }
        let target = match reader.stories {
            0 => stock.rules.stories.max(1),
            stated => stated,
        };
        let mut draft = Draft {
            counts: vec![0; stock.topics.len()],
            chosen: Vec::with_capacity(usize::from(target).min(64)),
            area: 0,
            target: usize::from(target),
            cap_holds: true,
            view,
        };
        draft.take_decisions();
        draft.take_first_of_topics();
        draft.take_what_is_open();
        if !draft.full() && draft.any_capped() {
            draft.cap_holds = false;
            draft.take_what_is_open();
        }
        if draft.chosen.is_empty() {
            return Err(Skip::NothingFollowed);
        }
        draft.settle_lead();
        draft.lay_out();
        Ok(draft)
    }

    /// Whether the cap closes the topic for which a pick of this article would count.
    pub(super) fn capped(&self, topic: Option<usize>) -> bool {
        self.cap_holds && topic.is_some_and(|number| self.counts[number] >= self.cap())
    }

    fn any_capped(&self) -> bool {
        self.counts.iter().any(|&count| count >= self.cap())
    }

    fn cap(&self) -> usize {
        usize::from(self.view.stock.rules.topic_cap.max(1))
    }

    fn full(&self) -> bool {
        self.chosen.len() >= self.target
    }

    fn put(&mut self, entry: usize, section: Section, reason: Reason) {
        let story = self.view.entry(entry).story;
        self.chosen.push(Choice {
            entry,
            story,
            reason,
            section,
        });
    }

    /// Takes an article by the reader's rules; says whether it did.
    fn consider(&mut self, entry: usize, section: Section, reason: Reason) -> bool {
        let story = self.view.entry(entry).story;
        let topic = self.view.counts_for(self.view.entry(entry));
        let open = !self.capped(topic)
            && self.view.representative(story) == entry
            && self.chosen.iter().all(|c| c.story != story)
            && self.view.sent(story).is_none();
        if open {
            self.put(entry, section, reason);
            if let Some(number) = topic {
                self.counts[number] += 1;
            }
        }
        open
    }

    fn take_decisions(&mut self) {
        let stock = self.view.stock;
        if let Some(story) = stock.lead.filter(|&s| self.view.sent(s).is_none()) {
            self.put(self.view.representative(story), Section::Lead, Reason::Lead);
        }
        for &story in &stock.pins {
            if self.view.sent(story).is_some() {
                continue;
            }
            let entry = self.view.representative(story);
            let own = self.view.entry(entry).strongest;
            let section = match own.filter(|&number| self.view.weights[number] > 0) {
                Some(number) => Section::Topic(stock.topics[number].clone()),
                None => Section::AlsoToday,
            };
            self.put(entry, section, Reason::Pinned);
        }
    }

    /// Topics, places and top stories in this order, so that what fills up never stands in the way
    /// of what the reader follows.
    fn take_what_is_open(&mut self) {
        self.take_topics();
        self.take_places();
        self.take_top_stories();
    }

    /// The best story of every followed topic, so that heavy topics do not starve the light ones.
    fn take_first_of_topics(&mut self) {
        let stock = self.view.stock;
        for number in self.view.topics_in_order() {
            if self.full() {
                return;
            }
            for ranked in &stock.by_topic[number] {
                if self.take_for_topic(ranked.entry, number) {
                    break;
                }
            }
        }
    }

    fn take_topics(&mut self) {
        let stock = self.view.stock;
        let topics = self.view.topics_in_order();
        let list = |&number: &usize| (self.view.weights[number], stock.by_topic[number].as_slice());
        let mut merge = Merge::new(stock, topics.iter().map(list).collect());
        while !self.full() {
            let Some((list, entry)) = merge.next() else {
                return;
            };
            let number = topics[list];
            if self.capped(Some(number)) {
                merge.drop_list(list);
                continue;
            }
            self.take_for_topic(entry, number);
        }
    }

    /// Takes an article that matches this topic. One in several of the reader's topics is taken
    /// under its best one alone.
    fn take_for_topic(&mut self, entry: usize, number: usize) -> bool {
        if self.view.match_of(self.view.entry(entry)).1 != Some(number) {
            return false;
        }
        let topic = self.view.stock.topics[number].clone();
        let section = Section::Topic(topic.clone());
        self.consider(entry, section, Reason::Topic { topic })
    }

    fn take_places(&mut self) {
        let stock = self.view.stock;
        let lists = self
            .view
            .places
            .iter()
            .filter_map(|place| stock.by_place.get(place));
        let mut merge = Merge::new(stock, lists.map(|list| (0, list.as_slice())).collect());
        while !self.full() && self.area < AREA_CAP {
            let Some((_, entry)) = merge.next() else {
                return;
            };
            if self.view.match_of(self.view.entry(entry)).1.is_some() {
                continue;
            }
            if let Some(place) = self.view.place_of(self.view.entry(entry)).cloned() {
                let section = Section::Area(place.clone());
                if self.consider(entry, section, Reason::Place { place }) {
                    self.area += 1;
                }
            }
        }
    }

    fn take_top_stories(&mut self) {
        let stock = self.view.stock;
        if !self.view.fills {
            return;
        }
        for &entry in &stock.top {
            if self.full() {
                return;
            }
            // What matches a topic is in by now or kept out by that topic's cap.
            self.consider(entry, Section::AlsoToday, Reason::TopStory);
        }
    }

    /// Without an editor's lead the best pick opens the digest.
    fn settle_lead(&mut self) {
        if self.chosen.iter().any(|c| c.section == Section::Lead) {
            return;
        }
        let view = &self.view;
        let best = self.chosen.iter_mut().max_by_key(|c| {
            let entry = view.entry(c.entry);
            (view.match_of(entry).0, entry.newest())
        });
        if let Some(best) = best {
            best.section = Section::Lead;
        }
    }

    fn lay_out(&mut self) {
        let stock = self.view.stock;
        let topics = self.view.topics_in_order();
        let place_in = |section: &Section| match section {
            Section::Lead => (0, None, None),
            Section::Topic(topic) => (
                1,
                topics
                    .iter()
                    .position(|&number| stock.topics[number] == topic),
                None,
            ),
            Section::Area(place) => (2, None, Some(place.clone())),
            Section::AlsoToday => (3, None, None),
        };
        // Stable: in a section what was put first stays first, so pins stand before scores.
        self.chosen
            .sort_by_cached_key(|choice| place_in(&choice.section));
    }

    pub(super) fn picks(&self) -> Vec<Pick> {
        let pick = |(index, choice): (usize, &Choice)| {
            let candidate = self.view.entry(choice.entry).candidate;
            Pick {
                article: candidate.article,
                revision: candidate.revision,
                story: candidate.story,
                section: choice.section.clone(),
                reason: choice.reason.clone(),
                form: match choice.section {
                    _ if index < FULL_FORMS => Form::Full,
                    Section::AlsoToday if index >= SHORT_FORMS => Form::Headline,
                    _ => Form::Short,
                },
                update: false,
            }
        };
        self.chosen.iter().enumerate().map(pick).collect()
    }
}
