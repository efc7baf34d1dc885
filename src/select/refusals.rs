//! Which cap kept a story out: the first that refused it when it was the story's turn, that is when it
//! would have been taken otherwise. Asked for by explanations alone: a plan need not know it.

use super::draft::{Choice, Draft, For};
use crate::domain::selection::Relaxed;

/// What refuses an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    Author,
    Source,
    /// A topic that has `most`: what the reader's weights give it, or what any topic may have.
    Topic {
        topic: u16,
        most: u16,
    },
}

/// For each article what refused it first, and did not give way later.
pub(super) struct Refusals(Vec<Option<Bar>>);

impl Refusals {
    pub(super) fn none(articles: usize) -> Refusals {
        Refusals(vec![None; articles])
    }

    pub(super) fn of(&self, entry: usize) -> Option<Bar> {
        self.0.get(entry).copied().flatten()
    }
}

impl Draft<'_, '_> {
    /// Whether a cap keeps an article out now; also notes that there was such a one.
    pub(super) fn barred(&mut self, entry: usize, topic: Option<u16>, what: For) -> bool {
        let bar = self.bar(entry, topic, what);
        match bar {
            Some(Bar::Author) => self.kept_out.author_cap = true,
            Some(Bar::Source) => self.kept_out.source_cap = true,
            Some(Bar::Topic { .. }) => self.kept_out.quota = true,
            None => {}
        }
        bar.is_some()
    }

    /// Whether a cap refuses an article whose turn it is; an explanation then knows which one.
    pub(super) fn refused(&mut self, entry: usize, topic: Option<u16>, what: For) -> bool {
        let bar = self.bar(entry, topic, what);
        // A topic without a slot of its own refuses nothing: there are more topics than slots.
        let says = bar.filter(|bar| !matches!(bar, Bar::Topic { most: 0, .. }));
        if let (Some(refusals), Some(bar)) = (&mut self.refusals, says) {
            refusals.0[entry].get_or_insert(bar);
        }
        bar.is_some()
    }

    /// Of a cap that gives way it is no longer said that it kept anything out.
    pub(super) fn forget(&mut self, gives_way: impl Fn(Bar) -> bool) {
        if let Some(refusals) = &mut self.refusals {
            for known in &mut refusals.0 {
                *known = known.filter(|bar| !gives_way(*bar));
            }
        }
    }

    /// The cap that keeps an article out, of those that bind now.
    fn bar(&self, entry: usize, topic: Option<u16>, what: For) -> Option<Bar> {
        if self.pass.author_cap && self.has_author(entry) {
            return Some(Bar::Author);
        }
        if self.pass.source_cap && self.has_source(entry) {
            return Some(Bar::Source);
        }
        let full = topic.filter(|_| self.pass.quota);
        full.and_then(|topic| self.has_topic(topic, what))
    }

    /// Beyond which other caps an article goes in, where they gave way together with the one that is
    /// named for it.
    pub(super) fn besides(&self, entry: usize, topic: Option<u16>, what: For) -> Vec<Relaxed> {
        let Some(named) = self.pass.relaxed else {
            return Vec::new();
        };
        let over = [
            (
                Relaxed::SourceCap,
                self.caps_sources() && self.has_source(entry),
            ),
            (
                Relaxed::Quota,
                topic.is_some_and(|topic| self.has_topic(topic, what).is_some()),
            ),
            (
                Relaxed::AuthorCap,
                self.view.short && self.has_author(entry),
            ),
        ];
        let over = over
            .into_iter()
            .filter(|(rule, over)| *over && *rule != named);
        over.map(|(rule, _)| rule).collect()
    }

    /// Whether sources are capped at all: not where the wave has one alone.
    pub(super) fn caps_sources(&self) -> bool {
        self.view.stock.rules.source_cap > 0 && self.view.stock.sources > 1
    }

    /// Whether an article's author has as many as one may have.
    fn has_author(&self, entry: usize) -> bool {
        let author = self.view.entry(entry).author;
        let same = |c: &&Choice| c.counts && self.view.entry(c.entry).author == author;
        let cap = usize::from(self.view.stock.rules.author_cap);
        author != 0 && self.chosen.iter().filter(same).count() >= cap
    }

    /// Whether an article's source has as many as one may have.
    fn has_source(&self, entry: usize) -> bool {
        let count = self.sources[self.view.entry(entry).source];
        count >= self.view.stock.rules.source_cap
    }

    /// Whether a topic has as many as it may have: under its own heading what the weights give it.
    fn has_topic(&self, topic: u16, what: For) -> Option<Bar> {
        let most = match what {
            For::Topics => self.quotas[usize::from(topic)],
            For::Places | For::Top => self.view.stock.rules.topic_cap.max(1),
            For::Local => return None,
        };
        let full = self.counts[usize::from(topic)] >= most;
        full.then_some(Bar::Topic { topic, most })
    }

    /// Whether a topic that the reader follows has what the weights give it.
    pub(super) fn is_full(&self, topic: u16) -> bool {
        self.pass.quota && self.has_topic(topic, For::Topics).is_some()
    }
}
