//! Which story each of some new articles joins, out of what is known that could be the same.

use std::collections::HashMap;

use super::buckets::Buckets;
use super::clusters::{CERTAIN, Clusters, FOUND_BY, StoryNo, Telling};
use super::copies::{Compared, copy};
use super::print::Print;
use super::terms::{Terms, Weights, heaviest};
use super::words::{joined, tokens};
use super::{Assignment, Group, JoinedBy, SAME_HEADLINE_MS, folded, headline_key};
use crate::domain::article::CanonicalUrl;
use crate::domain::{SourceId, StoryId};

/// Copies further apart than this (milliseconds) are not looked for, nor stories that go on.
pub const WINDOW_MS: i64 = 30 * 24 * 3_600_000;

/// Words of a text that are compared.
const WORDS: usize = 2_000;
/// Keys under which copies are looked for.
const QUERIES: usize = 48;
/// Articles that one is compared with.
const COMPARED: usize = 24;
/// Articles of a headline, and of a story, that are looked at: the newest.
const LOOKED_AT: usize = 64;
/// A story that has been silent for longer is not gone on with for its words' sake.
const SILENT_MS: u64 = 72 * 3_600_000;

/// An article as grouping sees one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// Its source.
    pub source: SourceId,
    /// Its canonical URL.
    pub url: &'a CanonicalUrl,
    /// Its headline.
    pub headline: &'a str,
    /// Its summary; may be empty.
    pub summary: &'a str,
    /// Its body; may be empty.
    pub body: &'a str,
    /// Unix ms from which its age counts.
    pub dated_ms: i64,
}

/// The same, read: what is compared of it.
#[derive(Clone, Debug)]
pub struct Known {
    source: SourceId,
    url: String,
    page: Option<String>,
    key: Option<String>,
    summary: String,
    dated_ms: i64,
    print: Print,
    terms: Terms,
}

impl Known {
    /// Reads an article.
    pub fn of(told: &Told<'_>) -> Known {
        // A feed's summary is often the opening of the text.
        let text = match told.body.len() > told.summary.len() {
            true => told.body,
            false => told.summary,
        };
        let words = tokens(text, WORDS);
        Known {
            source: told.source,
            url: told.url.as_str().to_owned(),
            page: told.url.page(),
            key: headline_key(told.headline),
            summary: folded(told.summary),
            dated_ms: told.dated_ms,
            print: Print::of_tokens(&words),
            terms: Terms::of_tokens(told.headline, &words),
        }
    }

    /// Its page, as [`CanonicalUrl::page`] says.
    pub fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Its headline, as [`headline_key`] says.
    pub fn headline_key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// When it is dated, unix ms.
    pub fn dated_ms(&self) -> i64 {
        self.dated_ms
    }

    /// What it is about, for [`Weights::note`].
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The keys under which its copies are found: at most 28.
    pub fn copy_keys(&self) -> Vec<u64> {
        self.print.keys()
    }

    /// The keys under which it looks for what it copies.
    pub fn copy_queries(&self) -> Vec<u64> {
        self.print.queries(QUERIES)
    }

    /// The keys of what it is about: at most 16, of other numbers than those of copies.
    pub fn about_keys(&self, weights: &Weights) -> Vec<u64> {
        const ABOUT: u64 = 1;
        let words = heaviest(&weights.vector(&self.terms), FOUND_BY);
        let key = |word| joined([ABOUT, word].into_iter());
        words.into_iter().map(key).collect()
    }

    fn compared(&self) -> Compared<'_> {
        Compared {
            print: &self.print,
            title: self.terms.title(),
        }
    }

    fn telling<'t>(&'t self, vector: &'t Vec<(u64, f32)>) -> Telling<'t> {
        Telling {
            terms: &self.terms,
            vector,
            dated_ms: Some(self.dated_ms),
        }
    }
}

/// Gives every new article its story, in the order of `new`: one per article.
///
/// The same page joins, whatever its source and age. Then the same headline joins the nearest in time
/// within 48 hours; two pieces of one source must also agree in their summaries, since a column keeps
/// its headline from day to day. Then a copy joins what it copies, if it is no form filled anew. Then
/// what tells of the same as a story of the last three days joins that, unless it is the next
/// instalment of a column. Articles of `new` join one another by the same rules. `weights` say what
/// words are rare.
pub fn assign(new: &[Known], recent: &[(StoryId, &Known)], weights: &Weights) -> Vec<Assignment> {
    let mut seen = Seen::new(weights);
    for (story, known) in recent {
        seen.note(Group::Known(*story), known);
    }
    let mut fresh = 0;
    let mut out = Vec::with_capacity(new.len());
    for known in new {
        let assignment = seen.join(known).unwrap_or_else(|| {
            fresh += 1;
            Assignment {
                group: Group::Fresh(fresh - 1),
                by: JoinedBy::New,
            }
        });
        seen.note(assignment.group, known);
        out.push(assignment);
    }
    out
}

struct Seen<'k> {
    weights: &'k Weights,
    articles: Vec<(Group, &'k Known)>,
    by_url: HashMap<&'k str, Group>,
    by_page: HashMap<&'k str, Group>,
    by_key: HashMap<&'k str, Vec<usize>>,
    copies: Buckets,
    clusters: Clusters,
    /// By number: a story and its articles.
    stories: Vec<(Group, Vec<usize>)>,
    numbers: HashMap<Group, StoryNo>,
}

impl<'k> Seen<'k> {
    fn new(weights: &'k Weights) -> Seen<'k> {
        Seen {
            weights,
            articles: Vec::new(),
            by_url: HashMap::new(),
            by_page: HashMap::new(),
            by_key: HashMap::new(),
            copies: Buckets::default(),
            clusters: Clusters::default(),
            stories: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    fn note(&mut self, group: Group, known: &'k Known) {
        let at = self.articles.len();
        self.articles.push((group, known));
        self.by_url.entry(&known.url).or_insert(group);
        if let Some(page) = &known.page {
            self.by_page.entry(page).or_insert(group);
        }
        if let Some(key) = &known.key {
            push(self.by_key.entry(key).or_default(), at);
        }
        if let Ok(at) = u32::try_from(at) {
            self.copies.file(&known.print.keys(), at);
        }
        let next = self.stories.len() as StoryNo;
        let number = *self.numbers.entry(group).or_insert(next);
        if number == next {
            self.stories.push((group, Vec::new()));
        }
        push(&mut self.stories[number as usize].1, at);
        let vector = self.weights.vector(&known.terms);
        self.clusters.add(number, &known.telling(&vector));
    }

    fn join(&self, known: &Known) -> Option<Assignment> {
        let page = known.page.as_deref().and_then(|p| self.by_page.get(p));
        let joined = |by| move |group| Assignment { group, by };
        let url = self.by_url.get(known.url.as_str()).or(page).copied();
        url.map(joined(JoinedBy::Url))
            .or_else(|| self.headline(known).map(joined(JoinedBy::Title)))
            .or_else(|| self.copied(known).map(joined(JoinedBy::Copy)))
            .or_else(|| self.told(known).map(joined(JoinedBy::Cluster)))
    }

    fn headline(&self, known: &Known) -> Option<Group> {
        let equal = self.by_key.get(known.key.as_deref()?)?;
        equal
            .iter()
            .filter_map(|at| self.articles.get(*at))
            .filter(|(_, k)| k.source != known.source || k.summary == known.summary)
            .map(|(group, k)| (k.dated_ms.abs_diff(known.dated_ms), *group))
            .filter(|(apart, _)| *apart <= SAME_HEADLINE_MS.unsigned_abs())
            .min_by_key(|(apart, _)| *apart)
            .map(|(_, group)| group)
    }

    fn copied(&self, known: &Known) -> Option<Group> {
        let alike = self.copies.alike(&known.copy_queries(), COMPARED);
        let found = alike.into_iter().filter_map(|at| {
            let (group, other) = self.articles.get(at as usize)?;
            let near = other.dated_ms.abs_diff(known.dated_ms) <= WINDOW_MS.unsigned_abs();
            let copy = copy(known.compared(), other.compared());
            let copy = copy.filter(|c| near && !c.form)?;
            Some((copy.overlap, at, *group))
        });
        let best = found.max_by(|(a, n, _), (b, m, _)| {
            let by_all = a.jaccard.total_cmp(&b.jaccard);
            by_all
                .then(a.containment.total_cmp(&b.containment))
                .then(m.cmp(n))
        });
        best.map(|(_, _, group)| group)
    }

    fn told(&self, known: &Known) -> Option<Group> {
        let vector = self.weights.vector(&known.terms);
        let story = |no: StoryNo| self.stories.get(no as usize);
        let may = |no| story(no).is_some_and(|(_, articles)| self.goes_on(known, articles));
        let telling = known.telling(&vector);
        let (no, _) = self
            .clusters
            .nearest(&telling, self.weights, CERTAIN, may)?;
        story(no).map(|(group, _)| *group)
    }

    /// Whether a story was told lately, and not by the same source in another instalment of a column or
    /// a report.
    fn goes_on(&self, known: &Known, articles: &[usize]) -> bool {
        let mut late = false;
        for (_, other) in articles.iter().filter_map(|at| self.articles.get(*at)) {
            late |= other.dated_ms.abs_diff(known.dated_ms) <= SILENT_MS;
            if other.source != known.source {
                continue;
            }
            let column = known.key.is_some() && known.key == other.key;
            if column || known.print.differs_in_numbers(&other.print) {
                return false;
            }
        }
        late
    }
}

/// Adds the newest and lets the oldest go.
fn push(places: &mut Vec<usize>, at: usize) {
    if places.len() >= LOOKED_AT {
        places.remove(0);
    }
    places.push(at);
}

#[cfg(test)]
mod tests;
