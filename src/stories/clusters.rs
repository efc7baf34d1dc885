//! Stories as they grow: each the sum of what its pieces are about, found again by its heaviest words.
//!
//! A piece joins the story that is nearest, where it is near enough; being old takes nearness away. A
//! second look takes what is not near enough by its words but shares rare names and a headline's.
//! Precision comes first: a wrong join hides a story from readers, a missed one only repeats it.

use rustc_hash::FxHashMap;

use super::buckets::counted;
use super::print::common;
use super::terms::{Asked, Terms, Vector, Weights, heaviest, length};

/// How near is near enough: the cosine of a piece and its story.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// By its words alone.
    words: f32,
    /// Where two rare names and a headline speak for it too.
    names: f32,
    /// Where two rare names and a rare figure do; none: figures prove nothing.
    figures: Option<f32>,
}

/// For a heap that is looked through: nineteen in twenty of what is joined is right.
pub(super) const NEAR: Near = Near {
    words: 0.34,
    names: 0.20,
    figures: None,
};
/// For what hides an article from readers: ninety-nine in a hundred are right.
pub(super) const CERTAIN: Near = Near {
    words: 0.52,
    names: 0.40,
    figures: Some(0.28),
};

/// Headlines that share this much of their words speak of one thing.
const TITLES: f64 = 0.3;
/// A day takes nothing away; then nearness halves every three.
const FRESH_MS: f32 = 24.0 * 3_600_000.0;
const HALF_LIFE_MS: f32 = 72.0 * 3_600_000.0;
/// Words of a piece under which its story is found.
pub(super) const FOUND_BY: usize = 16;
/// Stories kept for a word, the newest; and looked at for a piece, those with most words in common.
const PER_WORD: usize = 20;
const LOOKED_AT: usize = 12;
/// Words in common without which a story is not looked at.
const LEAST: u32 = 2;
/// Words of a story that are kept, and headlines and names.
const KEPT_WORDS: usize = 128;
const KEPT_TITLES: usize = 8;
const KEPT_NAMES: usize = 32;
const KEPT_FIGURES: usize = 32;

/// A story's number.
pub type StoryNo = u32;

/// A piece on its way into a story.
#[derive(Clone, Debug)]
pub struct Telling<'t> {
    /// What it is about.
    pub terms: &'t Terms,
    /// The same, as a direction.
    pub vector: &'t Vector,
    /// When it was dated, unix ms; undated pieces are never old.
    pub dated_ms: Option<i64>,
}

/// Stories by number.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    stories: FxHashMap<StoryNo, Story>,
    by_word: FxHashMap<u32, Vec<StoryNo>>,
}

#[derive(Clone, Debug, Default)]
struct Story {
    sum: Vector,
    length: f32,
    titles: Vec<Box<[u32]>>,
    names: Vec<u32>,
    figures: Vec<u32>,
    dated: Option<(i64, i64)>,
}

impl Story {
    /// How near a piece is, after what time took away.
    fn nearness(&self, told: &Telling<'_>, asked: &Asked<'_>) -> f32 {
        let near = asked.dot(&self.sum) / self.length.max(f32::MIN_POSITIVE);
        let (Some(at), Some((from, until))) = (told.dated_ms, self.dated) else {
            return near;
        };
        let apart = from.saturating_sub(at).max(at.saturating_sub(until)).max(0);
        let old = (apart as f32 - FRESH_MS).max(0.0);
        near * (-old / HALF_LIFE_MS).exp2()
    }

    /// How many rare names both have.
    fn names_in(&self, told: &Telling<'_>, weights: &Weights) -> usize {
        let rare = |name: &&u32| told.terms.names(**name) && weights.rare(**name);
        self.names.iter().filter(rare).count()
    }

    /// The same people and the same figure: what a saga does not have from day to day.
    fn counts_it(&self, told: &Telling<'_>, weights: &Weights) -> bool {
        let known = |figure: &&u32| self.figures.contains(figure) && weights.rare(**figure);
        self.names_in(told, weights) >= 2 && told.terms.figures().iter().any(|f| known(&f))
    }

    fn names_it(&self, told: &Telling<'_>, weights: &Weights) -> bool {
        let alike = |title: &Box<[u32]>| {
            let shared = common(title, told.terms.title());
            let all = title.len() + told.terms.title.len() - shared;
            shared >= 2 && shared as f64 >= TITLES * all as f64
        };
        self.names_in(told, weights) >= 2 && self.titles.iter().any(alike)
    }

    fn add(&mut self, told: &Telling<'_>) {
        self.sum = sum(&self.sum, told.vector);
        if self.sum.len() > 2 * KEPT_WORDS {
            let mut kept = heaviest(&self.sum, KEPT_WORDS);
            kept.sort_unstable();
            self.sum
                .retain(|(word, _)| kept.binary_search(word).is_ok());
        }
        self.length = length(&self.sum);
        if self.titles.len() < KEPT_TITLES && !told.terms.title.is_empty() {
            self.titles.push(told.terms.title().into());
        }
        for word in heaviest(told.vector, FOUND_BY) {
            let full = self.names.len() >= KEPT_NAMES;
            if !full && told.terms.names(word) && !self.names.contains(&word) {
                self.names.push(word);
            }
        }
        for figure in told.terms.figures() {
            if self.figures.len() < KEPT_FIGURES && !self.figures.contains(figure) {
                self.figures.push(*figure);
            }
        }
        if let Some(at) = told.dated_ms {
            let (from, until) = self.dated.unwrap_or((at, at));
            self.dated = Some((from.min(at), until.max(at)));
        }
    }
}

fn sum(a: &[(u32, f32)], b: &[(u32, f32)]) -> Vector {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                out.push((x.0, x.1 + y.1));
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
                out.push(*x);
                i += 1;
            }
            (_, Some(y)) => {
                out.push(*y);
                j += 1;
            }
            (_, None) => return out,
        }
    }
}

impl Clusters {
    /// The story that a piece tells, of those that may be joined; with how near it is.
    pub fn nearest(
        &self,
        told: &Telling<'_>,
        weights: &Weights,
        bar: Near,
        may: impl Fn(StoryNo) -> bool,
    ) -> Option<(StoryNo, f32)> {
        let near = self.all_near(told, weights, bar).into_iter();
        near.filter(|(no, _)| may(*no)).next()
    }

    /// The stories that a piece may tell, with how near each is: the nearest one first.
    pub(super) fn all_near(
        &self,
        told: &Telling<'_>,
        weights: &Weights,
        bar: Near,
    ) -> Vec<(StoryNo, f32)> {
        let words = heaviest(told.vector, FOUND_BY).into_iter();
        let hits = words.flat_map(|word| self.by_word.get(&word)).flatten();
        let hits: Vec<StoryNo> = hits.copied().collect();
        let mut looked = counted(&hits, LEAST);
        looked.sort_unstable_by_key(|(story, hits)| (std::cmp::Reverse(*hits), *story));
        looked.truncate(LOOKED_AT);
        let asked = Asked::of(told.vector);
        let near = looked.into_iter().filter_map(|(no, _)| {
            let story = self.stories.get(&no)?;
            let near = story.nearness(told, &asked);
            let enough = near >= bar.words
                || (near >= bar.names && story.names_it(told, weights))
                || (bar.figures.is_some_and(|bar| near >= bar) && story.counts_it(told, weights));
            enough.then_some((no, near))
        });
        let mut near: Vec<(StoryNo, f32)> = near.collect();
        near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near
    }

    /// Adds a piece to a story, or begins it.
    pub fn add(&mut self, no: StoryNo, told: &Telling<'_>) {
        self.stories.entry(no).or_default().add(told);
        for word in heaviest(told.vector, FOUND_BY) {
            let stories = self.by_word.entry(word).or_default();
            if let Some(at) = stories.iter().position(|s| *s == no) {
                stories.remove(at);
            } else if stories.len() >= PER_WORD {
                stories.remove(0);
            }
            stories.push(no);
        }
    }

    /// Forgets stories that were told so long before `now` (unix ms) that nothing as old or younger can
    /// be near them, but for those in which more is `still` to come. Undated ones are never old.
    pub(super) fn forget(&mut self, now: i64, bar: Near, still: impl Fn(StoryNo) -> bool) {
        let least = bar
            .words
            .min(bar.names)
            .min(bar.figures.unwrap_or(bar.names));
        let old = (FRESH_MS + HALF_LIFE_MS * (1.1 / least).log2()) as u64;
        self.stories.retain(|no, story| {
            let until = story.dated.map_or(now, |(_, until)| until);
            now <= until || now.abs_diff(until) <= old || still(*no)
        });
    }

    /// Takes a story over from older ones, if it is among them.
    pub(super) fn take_over(&mut self, no: StoryNo, older: &mut Clusters) {
        if let Some(story) = older.stories.remove(&no) {
            for word in heaviest(&story.sum, FOUND_BY) {
                let stories = self.by_word.entry(word).or_default();
                if stories.len() < PER_WORD && !stories.contains(&no) {
                    stories.push(no);
                }
            }
            self.stories.insert(no, story);
        }
    }
}
