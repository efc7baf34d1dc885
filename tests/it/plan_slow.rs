//! A second selection, slow and short, written from the rules in `src/select/mod.rs`: everything is
//! filtered and compared anew for every pick. It judges the first one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use courant::domain::selection::{
    Candidate, Languages, Personal, Reader, Reason, Relaxed, Rules, Section, Sent, Skip,
};
use courant::domain::slug::Slug;
use courant::domain::{ArticleId, StoryId};
use courant::select::{AREA_CAP, ONE, corroboration, likeness, recency};

/// An article in the digest, as the judge says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub article: ArticleId,
    pub section: Section,
    pub reason: Reason,
    pub relaxed: Option<Relaxed>,
    pub update: bool,
}

/// One reader's digest by the rules.
pub fn digest(all: &[Candidate], reader: &Reader, rules: &Rules) -> Result<Vec<Told>, Skip> {
    let open: BTreeSet<_> = all
        .iter()
        .filter(|c| {
            c.dated_ms <= rules.cutoff_ms && c.embargo_ms.is_none_or(|at| at <= rules.cutoff_ms)
        })
        .filter(|c| !rules.decisions.bans.contains_key(&c.story))
        .map(|c| c.source)
        .collect();
    let target = match reader.stories {
        0 => rules.stories.max(1),
        stated => stated,
    };
    let minimum = usize::from(rules.stories_min.min(target).max(1));
    let mut desk = Desk {
        all,
        reader,
        rules,
        general: reader.topics.iter().all(|t| t.weight == 0),
        picks: Vec::new(),
        quotas: Vec::new(),
        source_cap: rules.source_cap > 0 && open.len() > 1,
        quota: true,
        author_cap: true,
        relaxed: None,
        upto: usize::from(target),
        best: [None; 4],
    };
    desk.decide();
    desk.keep_local();
    desk.deal();
    desk.round();
    for (relaxed, quota) in [(Relaxed::SourceCap, true), (Relaxed::Quota, false)] {
        desk.source_cap = false;
        desk.quota = quota;
        desk.relaxed = Some(relaxed);
        desk.round();
    }
    desk.upto = minimum;
    desk.author_cap = false;
    desk.relaxed = Some(Relaxed::AuthorCap);
    desk.round();
    if reader.since_ms.is_none() {
        desk.relaxed = Some(Relaxed::Window);
        desk.round();
    }
    if !desk.fills() {
        desk.relaxed = Some(Relaxed::Fallback);
        desk.take_also();
    }
    desk.finish(minimum)
}

struct Desk<'a> {
    all: &'a [Candidate],
    reader: &'a Reader,
    rules: &'a Rules,
    general: bool,
    /// The third tells whether the pick counts for sources and authors, the fourth for which topic.
    picks: Vec<(&'a Candidate, Told, bool, Option<Slug>)>,
    quotas: Vec<(Slug, usize)>,
    source_cap: bool,
    quota: bool,
    author_cap: bool,
    relaxed: Option<Relaxed>,
    upto: usize,
    /// The best score when a kind of competition first began.
    best: [Option<u64>; 4],
}

#[derive(Clone, Copy, PartialEq)]
enum For {
    Local,
    Topics,
    Places,
    Top,
}

impl<'a> Desk<'a> {
    fn fills(&self) -> bool {
        self.general || self.rules.personal == Personal::Order
    }

    fn age(&self, c: &Candidate) -> i64 {
        self.rules.cutoff_ms - c.dated_ms
    }

    /// How far a reader who comes back looks back, where that is further.
    fn since(&self) -> Option<i64> {
        let carried = self.rules.window_ms + self.rules.carry_ms;
        let since = self.reader.since_ms?;
        Some((self.rules.cutoff_ms - since).max(carried))
    }

    // Rules 1 to 5 for one article; `more`: how much older it may be.
    fn is_open(&self, c: &Candidate, more: i64) -> bool {
        let (rules, d) = (self.rules, &self.rules.decisions);
        let carried = rules.window_ms + rules.carry_ms;
        let wanted = d.lead == Some(c.story) || d.pins.contains(&c.story);
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let readable = match (&c.language, rules.languages) {
            (Some(own), Languages::Reader) => language(own) == language(&self.reader.language),
            _ => true,
        };
        !d.bans.contains_key(&c.story)
            && c.dated_ms <= rules.cutoff_ms
            && c.embargo_ms.is_none_or(|at| at <= rules.cutoff_ms)
            && (wanted || self.age(c) <= self.since().unwrap_or(carried) + more)
            && readable
            && (self.met(c.story).is_empty() || self.comes_back(c))
    }

    /// What the reader was sent of a story.
    fn met(&self, story: StoryId) -> Vec<Sent> {
        let of_story = |c: &&Candidate| c.story == story;
        let texts: BTreeSet<_> = self
            .all
            .iter()
            .filter(of_story)
            .flat_map(|c| c.kin.iter().map(|k| k.revision).chain([c.revision]))
            .collect();
        let memory = self.reader.memory.iter().copied();
        memory.filter(|s| texts.contains(&s.revision)).collect()
    }

    fn comes_back(&self, c: &Candidate) -> bool {
        let (met, updates) = (self.met(c.story), &self.rules.updates);
        let editions: BTreeSet<_> = met.iter().map(|s| s.edition).collect();
        let last = met.iter().map(|s| s.at_ms).max().unwrap_or(0);
        let new = |s: &Sent| {
            let kin = c.kin.iter().find(|k| k.revision == s.revision);
            match kin {
                Some(kin) if s.revision != c.revision => kin.new,
                _ => 0,
            }
        };
        editions.len() <= usize::from(updates.most)
            && self.rules.cutoff_ms - last >= updates.after_ms
            && met.iter().all(|s| new(s) >= updates.new.max(1))
    }

    // Rule 6.
    fn representatives(&self, more: i64) -> Vec<&'a Candidate> {
        let rules = self.rules;
        let mut open: Vec<&Candidate> = self.all.iter().filter(|c| self.is_open(c, more)).collect();
        open.sort_by_key(|c| {
            let named = rules.decisions.named.get(&c.story) == Some(&c.article);
            let age = self.age(c);
            let carried = rules.window_ms + rules.carry_ms;
            let class = [rules.window_ms, carried, carried + rules.window_ms]
                .iter()
                .filter(|limit| age > **limit)
                .count();
            let good = (Reverse(c.original), Reverse(c.quality));
            (
                Reverse(named),
                class,
                good,
                c.dated_ms,
                Reverse(c.words),
                c.article,
            )
        });
        let mut stories = BTreeSet::new();
        open.retain(|c| stories.insert(c.story));
        open
    }

    /// Those of the pass: under a doubled window also the stories that are closed without it.
    fn candidates(&self) -> Vec<&'a Candidate> {
        let mut now = self.representatives(0);
        if self.relaxed == Some(Relaxed::Window) {
            let stories: BTreeSet<StoryId> = now.iter().map(|c| c.story).collect();
            let more = self.representatives(self.rules.window_ms);
            let new = |c: &&Candidate| !stories.contains(&c.story) && self.met(c.story).is_empty();
            now.extend(more.into_iter().filter(new));
        }
        now.retain(|c| self.picks.iter().all(|p| p.0.story != c.story));
        now
    }

    fn worth(&self, c: &Candidate) -> u64 {
        let fresh = match self.since() {
            Some(_) => ONE,
            None => recency(self.age(c), self.rules.half_life_ms),
        };
        let boost = self.rules.decisions.boosts.get(&c.story).copied();
        let parts = [c.quality, corroboration(c.sources), boost.unwrap_or(1000)];
        let product: u128 = parts.iter().map(|p| u128::from(*p)).product();
        let worth = product * u128::from(fresh) / 1_000_000_000;
        u64::try_from(worth).expect("small").max(1)
    }

    fn matched(&self, c: &Candidate) -> Option<(u64, Slug)> {
        let all = c.topics.iter().filter_map(|own| {
            let wish = self
                .reader
                .topics
                .iter()
                .find(|t| t.topic == own.topic)?
                .weight;
            let product = u64::from(wish) * u64::from(own.weight);
            Some((product, wish, Reverse(own.topic.clone())))
        });
        let (product, _, topic) = all.filter(|m| m.0 > 0).max()?;
        Some((product * self.worth(c), topic.0))
    }

    fn strongest(&self, c: &Candidate) -> Option<Slug> {
        let all = c.topics.iter().filter(|t| t.weight > 0);
        let best = all.map(|t| (t.weight, Reverse(t.topic.clone()))).max()?;
        Some(best.1.0)
    }

    fn place(&self, c: &Candidate) -> Option<Slug> {
        let followed = c.places.iter().filter(|p| self.reader.places.contains(p));
        followed.min().cloned()
    }

    fn count(&self, topic: &Slug) -> usize {
        self.picks
            .iter()
            .filter(|p| p.3.as_ref() == Some(topic))
            .count()
    }

    fn quota_of(&self, topic: &Slug) -> usize {
        let dealt = self.quotas.iter().find(|q| q.0 == *topic);
        dealt.map_or(0, |q| q.1)
    }

    fn put(
        &mut self,
        c: &'a Candidate,
        section: Section,
        reason: Reason,
        counts: bool,
        topic: Option<Slug>,
    ) {
        let told = Told {
            article: c.article,
            section,
            reason,
            relaxed: self.relaxed,
            update: !self.met(c.story).is_empty(),
        };
        self.picks.push((c, told, counts, topic));
    }

    // Rule 7.
    fn decide(&mut self) {
        let d = &self.rules.decisions;
        for (story, lead) in d
            .lead
            .iter()
            .map(|s| (s, true))
            .chain(d.pins.iter().map(|s| (s, false)))
        {
            let Some(c) = self.candidates().into_iter().find(|c| c.story == *story) else {
                continue;
            };
            let own = self.strongest(c);
            let followed = own.filter(|t| {
                self.reader
                    .topics
                    .iter()
                    .any(|f| f.topic == *t && f.weight > 0)
            });
            match (lead, followed) {
                (true, _) => self.put(c, Section::Lead, Reason::Lead, false, None),
                (false, Some(topic)) => {
                    self.put(c, Section::Topic(topic), Reason::Pinned, false, None)
                }
                (false, None) => self.put(c, Section::AlsoToday, Reason::Pinned, false, None),
            }
        }
    }

    // Rule 9.
    fn keep_local(&mut self) {
        let target = self.upto;
        let left = target.saturating_sub(self.picks.len());
        self.upto = self.picks.len() + (left / 2).min(usize::from(self.rules.local)).min(AREA_CAP);
        self.fill(For::Local);
        self.upto = target;
    }

    // Rule 10, slot by slot: everyone's first, then whoever is furthest below their share.
    fn deal(&mut self) {
        let slots = self.upto.saturating_sub(self.picks.len());
        let cap = usize::from(self.rules.topic_cap.max(1));
        let matches: Vec<Slug> = self
            .candidates()
            .iter()
            .filter_map(|c| Some(self.matched(c)?.1))
            .collect();
        let mut topics: Vec<(u64, Slug, usize)> = Vec::new();
        for wanted in self.reader.topics.iter().filter(|t| t.weight > 0) {
            let open = matches.iter().filter(|t| **t == wanted.topic).count();
            if open > 0 {
                topics.push((
                    u64::from(wanted.weight),
                    wanted.topic.clone(),
                    open.min(cap),
                ));
            }
        }
        topics.sort_by_key(|(weight, slug, _)| (Reverse(*weight), slug.clone()));
        let quotas = hamilton(
            slots,
            &topics.iter().map(|t| (t.0, t.2)).collect::<Vec<_>>(),
        );
        self.quotas = topics.into_iter().map(|t| t.1).zip(quotas).collect();
    }

    fn round(&mut self) {
        self.fill(For::Topics);
        self.fill(For::Places);
        if self.fills() {
            self.take_also();
            self.fill(For::Top);
        }
    }

    fn barred(&self, c: &Candidate, topic: Option<&Slug>, what: For) -> bool {
        let cap = usize::from(self.rules.topic_cap.max(1));
        let counting = || self.picks.iter().filter(|p| p.2);
        let source = counting().filter(|p| p.0.source == c.source).count();
        let author = counting().filter(|p| p.0.author == c.author).count();
        let authors = self.reader.short && self.rules.author_cap > 0 && !c.author.is_empty();
        let full = match (what, topic) {
            (For::Topics, Some(topic)) => self.count(topic) >= self.quota_of(topic),
            (For::Places | For::Top, Some(topic)) => self.count(topic) >= cap,
            _ => false,
        };
        (self.author_cap && authors && author >= usize::from(self.rules.author_cap))
            || (self.source_cap && source >= usize::from(self.rules.source_cap))
            || (self.quota && full)
    }

    // Rules 11 to 13.
    fn fill(&mut self, what: For) {
        while self.picks.len() < self.upto {
            let area = self
                .picks
                .iter()
                .filter(|p| matches!(p.1.section, Section::Area(_)))
                .count();
            if what == For::Places && area >= AREA_CAP {
                return;
            }
            let mut open: Vec<(&Candidate, u64, Option<Slug>)> = Vec::new();
            for c in self.candidates() {
                let (matched, placed) = (self.matched(c), self.place(c).is_some());
                match what {
                    For::Topics => open.extend(matched.map(|m| (c, m.0, Some(m.1)))),
                    For::Local if placed => open.push((c, self.worth(c), None)),
                    For::Places if placed && matched.is_none() => {
                        open.push((c, self.worth(c), self.strongest(c)));
                    }
                    For::Top => {
                        let topic = matched.map(|m| m.1).or_else(|| self.strongest(c));
                        open.push((c, self.worth(c), topic));
                    }
                    _ => {}
                }
            }
            if what == For::Topics && self.quota {
                open.retain(|o| {
                    o.2.as_ref()
                        .is_some_and(|t| self.count(t) < self.quota_of(t))
                });
            }
            let first = open.iter().map(|o| o.1).max().unwrap_or(1);
            let whole = *self.best[what as usize].get_or_insert(first);
            open.retain(|o| !self.barred(o.0, o.2.as_ref(), what));
            let value = |c: &Candidate, score: u64| {
                let likest = self
                    .picks
                    .iter()
                    .map(|p| likeness(&p.0.features, &c.features));
                let like = i64::from(likest.max().unwrap_or(0));
                let part = u128::from(score.min(whole)) * 1_000_000 / u128::from(whole);
                let diversity = i64::from(self.rules.diversity);
                (1000 - diversity) * i64::try_from(part).expect("small") - diversity * like * 1000
            };
            let first = open.into_iter().max_by_key(|(c, score, _)| {
                (value(c, *score), *score, c.dated_ms, Reverse(c.article))
            });
            let Some((c, _, topic)) = first else { return };
            let (section, reason) = match (what, self.place(c), topic.clone()) {
                (For::Topics, _, Some(topic)) => {
                    (Section::Topic(topic.clone()), Reason::Topic { topic })
                }
                (For::Local | For::Places, Some(place), _) => {
                    (Section::Area(place.clone()), Reason::Place { place })
                }
                _ => (Section::AlsoToday, Reason::TopStory),
            };
            self.put(c, section, reason, true, topic);
        }
    }

    fn take_also(&mut self) {
        for story in self.rules.decisions.also.clone() {
            let open = self
                .representatives(0)
                .into_iter()
                .find(|c| c.story == story);
            let Some(c) = open.filter(|c| self.picks.iter().all(|p| p.0.story != c.story)) else {
                continue;
            };
            let topic = self.matched(c).map(|m| m.1).or_else(|| self.strongest(c));
            let fallback = matches!(
                self.relaxed,
                Some(Relaxed::AuthorCap | Relaxed::Window | Relaxed::Fallback)
            );
            let barred = match fallback {
                true => self.barred(c, None, For::Top),
                false => self.barred(c, topic.as_ref(), For::Top),
            };
            if self.picks.len() < self.upto && !barred {
                self.put(c, Section::AlsoToday, Reason::Desk, true, topic);
            }
        }
    }

    // Rules 15 and 16.
    fn finish(mut self, minimum: usize) -> Result<Vec<Told>, Skip> {
        if self.picks.len() < minimum {
            let nothing = self.picks.is_empty() && !self.fills() && !self.candidates().is_empty();
            return Err(if nothing {
                Skip::NothingFollowed
            } else {
                Skip::TooFewStories
            });
        }
        if self.picks.iter().all(|p| p.1.section != Section::Lead) {
            let rank = |c: &Candidate| {
                let score = self.matched(c).map_or(0, |m| m.0);
                (
                    c.sources >= 2,
                    score,
                    self.worth(c),
                    c.dated_ms,
                    Reverse(c.article),
                )
            };
            let ranks = self.picks.iter().map(|p| rank(p.0)).enumerate();
            let (at, _) = ranks.max_by_key(|r| r.1).expect("not empty");
            self.picks[at].1.section = Section::Lead;
        }
        let mut told: Vec<Told> = self.picks.into_iter().map(|p| p.1).collect();
        let topics = &self.reader.topics;
        told.sort_by_key(|t| match &t.section {
            Section::Lead => (0, Reverse(0), None),
            Section::Topic(t) => {
                let weight = topics
                    .iter()
                    .find(|f| f.topic == *t)
                    .map_or(0, |f| f.weight);
                (1, Reverse(weight), Some(t.clone()))
            }
            Section::Area(p) => (2, Reverse(0), Some(p.clone())),
            Section::AlsoToday => (3, Reverse(0), None),
        });
        Ok(told)
    }
}

/// Largest remainder within bounds, said another way: whoever's share is out of bounds is settled at
/// the bound, one at a time, and the others share what is left.
fn hamilton(slots: usize, topics: &[(u64, usize)]) -> Vec<usize> {
    let mut quotas = vec![None; topics.len()];
    if slots <= topics.len() {
        return (0..topics.len())
            .map(|at| usize::from(at < slots))
            .collect();
    }
    loop {
        let free: Vec<usize> = (0..topics.len())
            .filter(|at| quotas[*at].is_none())
            .collect();
        let left = slots - quotas.iter().flatten().sum::<usize>();
        let sum: u64 = free.iter().map(|at| topics[*at].0).sum();
        let share = |at: usize| (left as u64 * topics[at].0, sum);
        let over = free.iter().find(|at| {
            let most = topics[**at].1.min(left + 1 - free.len());
            share(**at).0 > most as u64 * sum
        });
        let under = free.iter().rev().find(|at| share(**at).0 < sum);
        match (over, under) {
            (Some(&at), _) => quotas[at] = Some(topics[at].1.min(left + 1 - free.len())),
            (None, Some(&at)) => quotas[at] = Some(1),
            (None, None) => {
                let mut rest: Vec<(Reverse<u64>, usize)> = free
                    .iter()
                    .map(|at| (Reverse(share(*at).0 % sum), *at))
                    .collect();
                rest.sort_unstable();
                let whole: u64 = free.iter().map(|at| share(*at).0 / sum).sum();
                for (n, (_, at)) in rest.into_iter().enumerate() {
                    let more = n < left.saturating_sub(whole as usize);
                    quotas[at] = Some((share(at).0 / sum) as usize + usize::from(more));
                }
                return quotas.into_iter().map(Option::unwrap_or_default).collect();
            }
        }
    }
}
