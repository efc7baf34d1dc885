//! What tells of the same, in a heap: articles join stories in the order of time.

use rustc_hash::FxHashMap;

use super::{Heap, Joined, Rows};
use crate::stories::clusters::{Clusters, NEAR, StoryNo, Telling};
use crate::stories::copies::is_short;
use crate::stories::headlines::agree;
use crate::stories::terms::{Terms, Weights};

/// The newest articles of a story among which one of the same outlet is looked for.
const LOOKED_AT: usize = 64;
/// Articles after which stories are let go that nothing can join any more.
const TURN: usize = 1_024;
const NONE: u32 = u32::MAX;

/// Stories with their articles, each the link to the one before it.
struct Told {
    /// By story: its last article, and how many are still to come that are known to be in it.
    stories: Vec<(u32, usize)>,
    before: Vec<u32>,
}

impl Told {
    /// Puts an article into its story.
    fn add(&mut self, story: StoryNo, at: usize) {
        let (last, coming) = &mut self.stories[story as usize];
        self.before[at] = *last;
        (*last, *coming) = (at as u32, *coming - 1);
    }

    /// The articles of a story, the last one first.
    fn members(&self, story: StoryNo) -> impl Iterator<Item = usize> {
        let last = self.stories.get(story as usize).map(|(last, _)| *last);
        let known = |at: u32| (at != NONE).then_some(at);
        std::iter::successors(last.and_then(known), move |at| {
            known(self.before[*at as usize])
        })
        .map(|at| at as usize)
    }
}

/// Joins what tells of the same.
pub(super) fn join<R: Rows>(
    heap: &mut Heap<R>,
    weights: &Weights,
    joined: &mut Joined,
) -> Result<(), R::Error> {
    let mut clusters = Clusters::default();
    let mut of_root: FxHashMap<usize, StoryNo> = FxHashMap::default();
    let count = heap.heads.len();
    let mut members = vec![0; count];
    (0..count).for_each(|at| members[joined.root(at)] += 1);
    let mut told = Told {
        stories: Vec::new(),
        before: vec![NONE; count],
    };
    let order = heap.ordered(|head| head.published_ms.unwrap_or(i64::MIN));
    for (n, at) in order.into_iter().enumerate() {
        let terms = heap.terms(at)?;
        let vector = weights.vector(&terms);
        let telling = Telling {
            terms: &terms,
            vector: &vector,
            dated_ms: heap.heads[at].published_ms,
        };
        let root = joined.root(at);
        let story = match of_root.get(&root) {
            Some(story) => *story,
            None => {
                let near = clusters.all_near(&telling, weights, NEAR);
                let near = near.into_iter().map(|(story, _)| story);
                let open = open(heap, weights, (at, &terms), &told, near)?;
                let story = open.unwrap_or(told.stories.len() as StoryNo);
                if story as usize == told.stories.len() {
                    told.stories.push((NONE, 0));
                }
                told.stories[story as usize].1 += members[root];
                story
            }
        };
        of_root.insert(root, story);
        clusters.add(story, &telling);
        told.add(story, at);
        if let (true, Some(now)) = (n % TURN == TURN - 1, telling.dated_ms) {
            let still = |no: StoryNo| told.stories.get(no as usize).is_some_and(|s| s.1 > 0);
            clusters.forget(now, NEAR, still);
        }
    }
    for (at, before) in told.before.iter().enumerate() {
        if *before != NONE {
            joined.join(at, *before as usize);
        }
    }
    Ok(())
}

/// The first of some stories that an article may join.
fn open<R: Rows>(
    heap: &mut Heap<R>,
    weights: &Weights,
    (at, terms): (usize, &Terms),
    told: &Told,
    near: impl Iterator<Item = StoryNo>,
) -> Result<Option<StoryNo>, R::Error> {
    for story in near {
        let newest: Vec<usize> = told.members(story).take(LOOKED_AT).collect();
        if !column(heap, at, &newest)? && !disagrees(heap, weights, (at, terms), &newest)? {
            return Ok(Some(story));
        }
    }
    Ok(None)
}

/// Whether a story has another part of an article's series, with little to read under each; or the
/// newest article of its headline has it over a text that tells something else.
fn disagrees<R: Rows>(
    heap: &mut Heap<R>,
    weights: &Weights,
    (at, terms): (usize, &Terms),
    newest: &[usize],
) -> Result<bool, R::Error> {
    let own = &heap.heads[at];
    let other_part = |other: &usize| {
        let other = &heap.heads[*other];
        other.series.goes_on(own.series) && is_short(own.shingles.min(other.shingles))
    };
    let same =
        |other: &&usize| own.headline.is_some() && heap.heads[**other].headline == own.headline;
    if newest.iter().any(other_part) {
        return Ok(true);
    }
    match newest.iter().find(same) {
        Some(other) => Ok(!agree(weights, terms, &heap.terms(*other)?)),
        None => Ok(false),
    }
}

/// Whether an article is the next instalment of a column or a report of the same outlet, whose last
/// one is in a story.
fn column<R: Rows>(heap: &mut Heap<R>, at: usize, newest: &[usize]) -> Result<bool, R::Error> {
    let Some(outlet) = heap.heads[at].outlet else {
        return Ok(false);
    };
    let own = |other: &&usize| heap.heads[**other].outlet == Some(outlet);
    let Some(last) = newest.iter().find(own).copied() else {
        return Ok(false);
    };
    heap.remember([at, last])?;
    let both = heap.remembered.get(at).zip(heap.remembered.get(last));
    let Some((print, other)) = both.map(|(one, other)| (one.print, other.print)) else {
        return Ok(false);
    };
    let overlap = print.overlap(other);
    let same_title = heap.heads[at].headline == heap.heads[last].headline;
    let texts = !print.is_empty() && !other.is_empty();
    let form = overlap.jaccard >= 0.2 && print.differs_in_numbers(other);
    let series = heap.heads[at].series.goes_on(heap.heads[last].series);
    Ok(texts && (form || series || (same_title && overlap.jaccard < 0.1)))
}
