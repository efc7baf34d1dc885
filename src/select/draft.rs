//! One reader's digest in the making: editors' decisions, the place that is kept for places, topics
//! by their quotas, places, top stories; then what gives way where that is too little; then the
//! lead and the order of the layout.

use super::quotas::deal;
use super::refusals::Refusals;
use super::streams::{Stream, Streams};
use super::view::{Bits, View};
use super::{AREA_CAP, FULL_FORMS, SHORT_FORMS};
use crate::domain::selection::{Form, Pick, Reason, Relaxed, Section, Skip};

/// A digest whose stories are settled, in the order of its layout.
pub(super) struct Draft<'s, 'a> {
    pub(super) view: View<'s, 'a>,
    pub(super) chosen: Vec<Choice>,
    /// Picks that stand there for a place.
    pub(super) area: usize,
    /// What binds now.
    pub(super) pass: Pass,
    /// Stories that are in, and those that may not be.
    pub(super) out: Bits,
    /// For each topic how many picks count for it.
    pub(super) counts: Vec<u16>,
    /// For each topic what the reader's weights give it.
    pub(super) quotas: Vec<u16>,
    /// For each source how many picks count for it.
    pub(super) sources: Vec<u16>,
    /// How many sources have as many as they may.
    pub(super) full_sources: usize,
    /// For each article its likeness to the likest that is in, as far as that lies ready.
    pub(super) like: Vec<u16>,
    /// What is in and is to be compared one by one.
    pub(super) compared: Vec<usize>,
    /// For each kind of competition the score that counts as whole: the best one when it first began.
    pub(super) best: [Option<u64>; 4],
    /// What kept something out that would have been in.
    pub(super) kept_out: KeptOut,
    /// What refused what is not in; none where nobody asks.
    pub(super) refusals: Option<Refusals>,
}

/// An article that is in.
pub(super) struct Choice {
    pub(super) entry: usize,
    pub(super) story: usize,
    pub(super) reason: Reason,
    pub(super) section: Section,
    pub(super) relaxed: Option<Relaxed>,
    /// Other caps that it is beyond, which gave way with that rule.
    pub(super) besides: Vec<Relaxed>,
    /// Whether it counts for the caps of sources and authors: the lead and the pins do not.
    pub(super) counts: bool,
}

/// Once through topics, places and top stories: which rules bind, and up to where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub(super) source_cap: bool,
    pub(super) quota: bool,
    pub(super) author_cap: bool,
    pub(super) relaxed: Option<Relaxed>,
    pub(super) upto: usize,
}

/// Which rules kept something out that would have been in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeptOut {
    pub(super) source_cap: bool,
    pub(super) quota: bool,
    pub(super) author_cap: bool,
}

/// What articles compete for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// The slots that are kept for the reader's places.
    Local,
    /// The reader's topics.
    Topics,
    /// The reader's places, beyond what is kept for them.
    Places,
    /// Also Today.
    Top,
}

/// Why there is no digest.
pub(super) struct NoDigest<'s, 'a> {
    pub(super) why: Skip,
    pub(super) view: View<'s, 'a>,
}

impl<'s, 'a> Draft<'s, 'a> {
    /// `explained`: also find out what refused each story that is not in.
    pub(super) fn of(view: View<'s, 'a>, explained: bool) -> Result<Self, Box<NoDigest<'s, 'a>>> {
        let stock = view.stock;
        let mut draft = Draft {
            chosen: Vec::with_capacity(view.target.min(64)),
            area: 0,
            pass: Pass {
                source_cap: false,
                quota: true,
                author_cap: view.short,
                relaxed: None,
                upto: view.target,
            },
            out: view.closed(),
            counts: vec![0; stock.topics.len()],
            quotas: vec![0; stock.topics.len()],
            sources: vec![0; stock.sources],
            full_sources: 0,
            like: vec![0; stock.entries.len()],
            compared: Vec::new(),
            best: [None; 4],
            kept_out: KeptOut::default(),
            refusals: explained.then(|| Refusals::none(stock.entries.len())),
            view,
        };
        draft.pass.source_cap = draft.caps_sources();
        draft.take_decisions();
        draft.take_local();
        draft.deal();
        draft.take_what_is_open();
        draft.relax();
        let minimum = draft.minimum();
        if draft.chosen.len() < minimum {
            let why = match draft.chosen.is_empty() && !draft.view.fills && draft.any_open() {
                true => Skip::NothingFollowed,
                false => Skip::TooFewStories,
            };
            let view = draft.view;
            return Err(Box::new(NoDigest { why, view }));
        }
        draft.settle_lead();
        draft.lay_out();
        Ok(draft)
    }

    /// Fewest stories for which there is a digest.
    pub(super) fn minimum(&self) -> usize {
        let stated = usize::from(self.view.stock.rules.stories_min);
        stated.min(self.view.target).max(1)
    }

    fn any_open(&self) -> bool {
        let stories = 0..self.view.stock.stories.len();
        stories
            .filter(|story| !self.out.has(*story))
            .any(|story| self.view.representative(story).is_some())
    }

    pub(super) fn full(&self) -> bool {
        self.chosen.len() >= self.pass.upto
    }

    /// Puts an article in: with other caps that it is beyond, or none where it counts for no cap.
    pub(super) fn put(
        &mut self,
        entry: usize,
        section: Section,
        reason: Reason,
        besides: Option<Vec<Relaxed>>,
    ) {
        let counts = besides.is_some();
        let own = self.view.entry(entry);
        self.chosen.push(Choice {
            entry,
            story: own.story,
            reason,
            section,
            relaxed: self.pass.relaxed,
            besides: besides.unwrap_or_default(),
            counts,
        });
        self.out.put(own.story);
        let stock = self.view.stock;
        if stock.rules.diversity > 0 {
            let like = &mut self.like;
            let ready = stock
                .neighbours
                .each(super::stock::small(entry), |other, found| {
                    let most = &mut like[other as usize];
                    *most = (*most).max(found);
                });
            if !ready {
                self.compared.push(entry);
            }
        }
        if counts {
            let count = &mut self.sources[own.source];
            *count += 1;
            self.full_sources += usize::from(*count == stock.rules.source_cap);
        }
    }

    fn take_decisions(&mut self) {
        let stock = self.view.stock;
        for (story, is_lead) in stock
            .lead
            .iter()
            .map(|s| (*s, true))
            .chain(stock.pins.iter().map(|s| (*s, false)))
        {
            let Some(entry) = self.view.representative(story) else {
                continue;
            };
            let own = self.view.entry(entry).strongest;
            let followed = own.filter(|&number| self.view.wish(number) > 0);
            let (section, reason) = match (is_lead, followed) {
                (true, _) => (Section::Lead, Reason::Lead),
                (false, Some(number)) => {
                    let topic = stock.topics[usize::from(number)].clone();
                    (Section::Topic(topic), Reason::Pinned)
                }
                (false, None) => (Section::AlsoToday, Reason::Pinned),
            };
            self.put(entry, section, reason, None);
        }
    }

    /// What is kept for places: at most half of the slots that decisions leave.
    fn take_local(&mut self) {
        let left = self.view.target.saturating_sub(self.chosen.len());
        let kept = usize::from(self.view.stock.rules.local)
            .min(left / 2)
            .min(AREA_CAP);
        if kept == 0 || self.view.places.is_empty() {
            return;
        }
        let upto = self.pass.upto;
        self.pass.upto = self.chosen.len() + kept;
        self.fill(For::Local);
        self.pass.upto = upto;
    }

    /// Deals the slots that are left over the topics that have something.
    fn deal(&mut self) {
        let slots = self.view.target.saturating_sub(self.chosen.len());
        let cap = usize::from(self.view.stock.rules.topic_cap.max(1));
        let mut topics: Vec<(u64, usize)> = Vec::with_capacity(self.view.followed.len());
        let mut dealt: Vec<u16> = Vec::with_capacity(self.view.followed.len());
        for &topic in &self.view.followed {
            let open = self.open_of(topic, cap);
            if open > 0 {
                topics.push((self.view.wish(topic), open));
                dealt.push(topic);
            }
        }
        for (topic, quota) in dealt.into_iter().zip(deal(slots, &topics)) {
            self.quotas[usize::from(topic)] = u16::try_from(quota).unwrap_or(u16::MAX);
        }
    }

    /// How many stories of a topic are open, counted up to a number.
    fn open_of(&self, topic: u16, upto: usize) -> usize {
        let list = self.view.orders().by_topic[usize::from(topic)].iter();
        let listed = list.map(|ranked| ranked.entry as usize);
        let open = listed.chain(self.view.returning()).filter(|&entry| {
            let own = self.view.entry(entry);
            self.view.match_of(own).is_some_and(|m| m.topic == topic) && self.stands(entry)
        });
        open.take(upto).count()
    }

    /// Topics, places and top stories in this order, so that what fills up never stands in the way
    /// of what the reader follows.
    pub(super) fn take_what_is_open(&mut self) {
        self.kept_out.quota |= self.view.followed.iter().any(|topic| self.is_full(*topic));
        self.fill(For::Topics);
        self.fill(For::Places);
        if self.view.fills {
            self.take_desk();
            self.fill(For::Top);
        }
    }

    /// The desk's own list, in its order.
    pub(super) fn take_desk(&mut self) {
        let stock = self.view.stock;
        for &story in &stock.also {
            if self.full() {
                return;
            }
            let Some(entry) = self.view.representative(story) else {
                continue;
            };
            let topic = self.view.counts_for(self.view.entry(entry));
            if !self.stands(entry) {
                continue;
            }
            if self.barred(entry, topic, For::Top) {
                self.refused(entry, topic, For::Top);
                continue;
            }
            let besides = self.besides(entry, topic, For::Top);
            if let Some(number) = topic {
                self.counts[usize::from(number)] += 1;
            }
            self.put(entry, Section::AlsoToday, Reason::Desk, Some(besides));
        }
    }

    /// The orders in which articles compete, as one.
    pub(super) fn streams(&self, what: For) -> Streams<'s, 'a> {
        let view = &self.view;
        let orders = view.orders();
        let widened = self.pass.relaxed == Some(Relaxed::Window);
        let late = widened.then(|| &view.shelf().late);
        let all = [Some(orders), late].into_iter().flatten();
        let mut streams = Vec::new();
        for orders in all {
            let one = |rest, factor, topic| Stream {
                factor,
                rest,
                topic,
            };
            match what {
                For::Topics => {
                    let open = view.followed.iter().filter(|topic| !self.is_full(**topic));
                    streams.extend(open.map(|&topic| {
                        let order = orders.by_topic[usize::from(topic)].as_slice();
                        one(order, view.wish(topic), Some(topic))
                    }));
                }
                For::Local | For::Places => {
                    let places = view.places.iter();
                    let order = |&place: &u32| orders.by_place[place as usize].as_slice();
                    streams.extend(places.map(order).map(|order| one(order, 1, None)));
                }
                For::Top => streams.push(one(orders.top.as_slice(), 1, None)),
            }
        }
        Streams::new(view.stock, streams)
    }

    /// Without an editor's lead the best story that several sources tell opens the digest, else the
    /// best one.
    fn settle_lead(&mut self) {
        if self.chosen.iter().any(|c| c.section == Section::Lead) {
            return;
        }
        let view = &self.view;
        let best = self.chosen.iter_mut().max_by_key(|c| {
            let entry = view.entry(c.entry);
            let several = entry.candidate.sources >= 2;
            let by_topic = view.score(entry);
            (several, by_topic, view.worth(entry), entry.newest())
        });
        if let Some(best) = best {
            best.section = Section::Lead;
        }
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
                update: self.view.sent(choice.story).is_some(),
            }
        };
        self.chosen.iter().enumerate().map(pick).collect()
    }
}
