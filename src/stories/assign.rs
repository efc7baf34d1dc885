//! Which story each of some new articles joins, out of what is known that could be the same; and which
//! of two stories it is where an editor said that they are two.
//!
//! What editors joined is one story, but their words are counted apart, in strands: the sum of two
//! things that grouping would not have joined is near to neither of them. What editors split is told
//! apart by the texts: an address or a headline that both have decides nothing.

use std::collections::HashMap;

use super::boilerplate::{Boilerplate, Short};
use super::buckets::Buckets;
use super::clusters::{CERTAIN, Clusters, StoryNo};
use super::headlines::agree;
use super::known::Known;
use super::terms::{Vector, Weights, dot};
use super::{Assignment, Evidence, Group, JoinedBy, Of, SAME_HEADLINE_MS};
use crate::domain::{ArticleId, StoryId};

/// Copies further apart than this (milliseconds) are not looked for, nor stories that go on.
pub const WINDOW_MS: i64 = 30 * 24 * 3_600_000;

/// Articles that one is compared with.
const COMPARED: usize = 24;
/// Articles of a page, of a headline, and of a strand, that are looked at: the newest.
const LOOKED_AT: usize = 64;
/// Telling words without which nothing is certain but a page, a headline or a copy.
const TELLING: usize = 10;
/// A story that has been silent for longer is not gone on with for its words' sake.
const SILENT_MS: u64 = 72 * 3_600_000;

/// An article that is there already.
#[derive(Clone, Copy, Debug)]
pub struct Recent<'k> {
    /// Which one.
    pub article: ArticleId,
    /// The story that it tells.
    pub story: StoryId,
    /// The story with which its words are counted: that of grouping, whatever editors joined since.
    pub strand: StoryId,
    /// What is compared of it.
    pub known: &'k Known,
}

/// Gives every new article its story, in the order of `new`: one per article.
///
/// The same page joins, whatever its source and age, but for pieces that their source itself tells
/// apart. Then the same headline joins the nearest in time within 48 hours; two pieces of one source
/// must also agree in their summaries, since a column keeps its headline from day to day, and texts
/// under it that do not agree are two stories. Then a copy joins what it copies, if it is no form filled
/// anew and no other part of a series. Then what tells of the same as a story of the last three days
/// joins that, unless it is the next instalment of a column. What a source says under everything (`boilerplate`) is no part of a text. Articles of `new` join one another by the same rules. `weights` say what
/// words are rare.
///
/// Of stories that an editor split (`apart`, pairs in either order) the one joins whose article the new
/// one copies, whatever page or headline it has; without a copy the one with the likest article that
/// has that page or headline; by what is told the one with the likest article, or none.
pub fn assign(
    new: &[Known],
    recent: &[Recent<'_>],
    apart: &[(StoryId, StoryId)],
    weights: &Weights,
) -> Vec<Assignment> {
    let known = recent.iter().map(|r| r.known).chain(new);
    let short: Vec<Short<'_>> = known.clone().filter_map(Known::short).collect();
    let boilerplate = Boilerplate::of(&short);
    let own: Vec<Option<Known>> = known.clone().map(|k| k.without(&boilerplate)).collect();
    let mut own = known
        .zip(&own)
        .map(|(known, own)| own.as_ref().unwrap_or(known));
    let mut seen = Seen::new(weights, apart);
    for (recent, known) in recent.iter().zip(own.by_ref()) {
        seen.note(Seat {
            group: Group::Known(recent.story),
            strand: Group::Known(recent.strand),
            of: Of::Known(recent.article),
            known,
        });
    }
    let mut fresh = 0;
    let mut out = Vec::with_capacity(new.len());
    for (at, known) in own.enumerate() {
        let assignment = seen.join(known).unwrap_or_else(|| {
            fresh += 1;
            let group = Group::Fresh(fresh - 1);
            Assignment {
                group,
                strand: group,
                by: JoinedBy::New,
                found: None,
            }
        });
        seen.note(Seat {
            group: assignment.group,
            strand: assignment.strand,
            of: Of::Fresh(at),
            known,
        });
        out.push(assignment);
    }
    out
}

/// An article in its story.
#[derive(Clone, Copy)]
struct Seat<'k> {
    group: Group,
    strand: Group,
    of: Of,
    known: &'k Known,
}

/// What was found to be the same: the place of an article, why, and how much is the same.
#[derive(Clone, Copy)]
struct Found {
    at: usize,
    by: JoinedBy,
    share: f64,
}

struct Seen<'k> {
    weights: &'k Weights,
    apart: HashMap<Group, Vec<Group>>,
    articles: Vec<Seat<'k>>,
    by_url: HashMap<&'k str, Vec<usize>>,
    by_page: HashMap<&'k str, Vec<usize>>,
    by_key: HashMap<&'k str, Vec<usize>>,
    copies: Buckets,
    clusters: Clusters,
    /// By number: a strand of a story, and its articles.
    strands: Vec<(Group, Vec<usize>)>,
    numbers: HashMap<(Group, Group), StoryNo>,
}

impl<'k> Seen<'k> {
    fn new(weights: &'k Weights, apart: &[(StoryId, StoryId)]) -> Seen<'k> {
        let mut sides: HashMap<Group, Vec<Group>> = HashMap::new();
        for (one, other) in apart {
            for (a, b) in [(one, other), (other, one)] {
                sides
                    .entry(Group::Known(*a))
                    .or_default()
                    .push(Group::Known(*b));
            }
        }
        Seen {
            weights,
            apart: sides,
            articles: Vec::new(),
            by_url: HashMap::new(),
            by_page: HashMap::new(),
            by_key: HashMap::new(),
            copies: Buckets::default(),
            clusters: Clusters::default(),
            strands: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    fn note(&mut self, seat: Seat<'k>) {
        let (at, known) = (self.articles.len(), seat.known);
        self.articles.push(seat);
        push(self.by_url.entry(&known.url).or_default(), at);
        if let Some(page) = &known.page {
            push(self.by_page.entry(page).or_default(), at);
        }
        if let Some(key) = &known.key {
            push(self.by_key.entry(key).or_default(), at);
        }
        if let Ok(at) = u32::try_from(at) {
            self.copies.file(&known.print.keys(), at);
        }
        let next = self.strands.len() as StoryNo;
        let number = *self
            .numbers
            .entry((seat.group, seat.strand))
            .or_insert(next);
        if number == next {
            self.strands.push((seat.group, Vec::new()));
        }
        push(&mut self.strands[number as usize].1, at);
        let vector = self.weights.vector(&known.terms);
        self.clusters.add(number, &known.telling(&vector));
    }

    fn join(&self, known: &Known) -> Option<Assignment> {
        let pages = self.pages(known);
        let headlines = self.headlines(known);
        let found = match (pages.first(), nearest_in_time(&headlines)) {
            (Some(at), _) => {
                let found = Found {
                    at: *at,
                    by: JoinedBy::Url,
                    share: 1.0,
                };
                self.told_apart(known, found, &pages)
            }
            (None, Some(at)) => {
                let found = Found {
                    at,
                    by: JoinedBy::Title,
                    share: 1.0,
                };
                let equal: Vec<usize> = headlines.iter().map(|(at, _)| *at).collect();
                self.told_apart(known, found, &equal)
            }
            (None, None) => self.copied(known).or_else(|| self.told(known))?,
        };
        let seat = self.articles.get(found.at)?;
        Some(Assignment {
            group: seat.group,
            strand: seat.strand,
            by: found.by,
            found: Some(Evidence {
                of: seat.of,
                share: (found.share * 1000.0).round().clamp(0.0, 1000.0) as u16,
            }),
        })
    }

    /// Articles of the same page, the first one first.
    fn pages(&self, known: &Known) -> Vec<usize> {
        let own = self.by_url.get(known.url.as_str());
        let page = known.page.as_deref().and_then(|p| self.by_page.get(p));
        let all = own.into_iter().chain(page).flatten().copied();
        let same = |at: &usize| {
            self.articles
                .get(*at)
                .is_some_and(|s| !known.shares_a_page_with(s.known))
        };
        all.filter(same).collect()
    }

    /// Articles of the same headline, with how far apart in time they are.
    fn headlines(&self, known: &Known) -> Vec<(usize, u64)> {
        let key = known.key.as_deref().and_then(|key| self.by_key.get(key));
        let equal = key.into_iter().flatten().filter_map(|at| {
            let other = self.articles.get(*at)?.known;
            let apart = other.dated_ms.abs_diff(known.dated_ms);
            let told = other.source != known.source || other.summary == known.summary;
            let near = told && apart <= SAME_HEADLINE_MS.unsigned_abs();
            let same = near && agree(self.weights, &known.terms, &other.terms);
            same.then_some((*at, apart))
        });
        equal.collect()
    }

    fn copied(&self, known: &Known) -> Option<Found> {
        let alike = self.copies.alike(&known.copy_queries(), COMPARED);
        let found = alike.into_iter().filter_map(|at| {
            let other = self.articles.get(at as usize)?.known;
            let near = other.dated_ms.abs_diff(known.dated_ms) <= WINDOW_MS.unsigned_abs();
            let copy = known.copied_by(other);
            let copy = copy.filter(|_| near && !known.shares_a_phrase_with(other))?;
            Some((copy.overlap, at as usize))
        });
        let best = found.max_by(|(a, n), (b, m)| {
            let by_all = a.jaccard.total_cmp(&b.jaccard);
            by_all
                .then(a.containment.total_cmp(&b.containment))
                .then(m.cmp(n))
        });
        best.map(|(overlap, at)| Found {
            at,
            by: JoinedBy::Copy,
            share: overlap.jaccard.max(overlap.containment),
        })
    }

    fn told(&self, known: &Known) -> Option<Found> {
        if known.terms.len() < TELLING {
            return None;
        }
        let vector = self.weights.vector(&known.terms);
        let near = |side: &dyn Fn(Group) -> bool| {
            let may = |no: StoryNo| {
                let strand = self.strands.get(no as usize);
                strand
                    .is_some_and(|(group, articles)| side(*group) && self.goes_on(known, articles))
            };
            let telling = known.telling(&vector);
            let near = self
                .clusters
                .nearest(&telling, self.weights, CERTAIN, may)?;
            self.strands.get(near.0 as usize)
        };
        let mut strand = near(&|_| true)?;
        if let Some(others) = self.apart.get(&strand.0) {
            let sides = |group: Group| group == strand.0 || others.contains(&group);
            let of_them = self.strands.iter().filter(|(group, _)| sides(*group));
            let all: Vec<usize> = of_them
                .flat_map(|(_, articles)| articles)
                .copied()
                .collect();
            let likest = self.articles.get(self.likest(&vector, &all)?.0)?.group;
            if likest != strand.0 {
                strand = near(&|group| group == likest)?;
            }
        }
        let (at, share) = self.likest(&vector, &strand.1)?;
        Some(Found {
            at,
            by: JoinedBy::Cluster,
            share,
        })
    }

    /// Whether a story was told lately, and not by the same source in another instalment of a column or
    /// a report.
    fn goes_on(&self, known: &Known, articles: &[usize]) -> bool {
        let mut late = false;
        for seat in articles.iter().filter_map(|at| self.articles.get(*at)) {
            let other = seat.known;
            late |= other.dated_ms.abs_diff(known.dated_ms) <= SILENT_MS;
            let same_headline = known.key.is_some() && known.key == other.key;
            if known.goes_on_from(other) {
                return false;
            }
            if other.source != known.source {
                if same_headline && !agree(self.weights, &known.terms, &other.terms) {
                    return false;
                }
                continue;
            }
            let column = same_headline;
            let phrase = known.shares_a_phrase_with(other);
            if column || phrase || known.print.sheet().differs_in_numbers(other.print.sheet()) {
                return false;
            }
        }
        late
    }

    /// What was found by a page or a headline, unless an editor said that its story and another one are
    /// two: then the text says which of `equal`, or a copy.
    fn told_apart(&self, known: &Known, found: Found, equal: &[usize]) -> Found {
        let group_of = |at: usize| self.articles.get(at).map(|seat| seat.group);
        let Some(own) = group_of(found.at) else {
            return found;
        };
        let Some(others) = self.apart.get(&own) else {
            return found;
        };
        let side = |at: usize| group_of(at).is_some_and(|g| g == own || others.contains(&g));
        if let Some(copied) = self.copied(known).filter(|copied| side(copied.at)) {
            let same = group_of(copied.at) == Some(own);
            return if same { found } else { copied };
        }
        let equal: Vec<usize> = equal.iter().copied().filter(|at| side(*at)).collect();
        let vector = self.weights.vector(&known.terms);
        match self.likest(&vector, &equal) {
            Some((at, likeness)) if likeness > 0.0 => Found { at, ..found },
            _ => found,
        }
    }

    /// The article that is nearest by its words, the first of equals; with how near.
    fn likest(&self, vector: &Vector, articles: &[usize]) -> Option<(usize, f64)> {
        let near = articles.iter().filter_map(|at| {
            let other = self.weights.vector(&self.articles.get(*at)?.known.terms);
            Some((*at, dot(vector, &other)))
        });
        let best = near.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        best.map(|(at, near)| (at, f64::from(near)))
    }
}

fn nearest_in_time(articles: &[(usize, u64)]) -> Option<usize> {
    let nearest = articles.iter().min_by_key(|(_, apart)| *apart);
    nearest.map(|(at, _)| *at)
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
