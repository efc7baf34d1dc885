//! A heap of articles at once: which are copies of one another, and which tell one story. The order
//! in which they are handed in changes nothing.

use std::collections::{BTreeMap, HashMap};

use super::boilerplate::{Boilerplate, SHORT, Short, TOGETHER};
use super::buckets::Buckets;
use super::clusters::{Clusters, NEAR, StoryNo, Telling};
use super::copies::{Compared, Copy, copy, is_short};
use super::headlines::{Series, agree};
use super::print::Print;
use super::terms::{Terms, Weights};
use super::words::{Token, joined, tokens};
use super::{SAME_HEADLINE_MS, headline_key};
use crate::domain::article::CanonicalUrl;

/// Words of a text that are read.
const WORDS: usize = 20_000;
/// Keys under which copies of an article are looked for: enough to find what it contains.
const QUERIES: usize = 512;
/// Articles that one is compared with.
const COMPARED: usize = 48;
/// Of two parts of one text, how much of the smaller one must be in the other: with less they are two
/// items of a round-up.
const ONE_PART: f64 = 0.2;

/// An article of the heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its name in the answer.
    pub id: String,
    /// Its headline; may be empty.
    pub title: String,
    /// Its text; may be empty.
    pub text: String,
    /// Its page, where stated.
    pub url: Option<CanonicalUrl>,
    /// When it was published, unix ms.
    pub published_ms: Option<i64>,
    /// Who published it; may be empty.
    pub outlet: String,
}

/// Groups of two and more, as ids: each ascending, and the groups by their first id.
pub type Groups = Vec<Vec<String>>;

/// The near-duplicates of a heap: the same page, or the same text as sent again, edited, cut or given
/// as a summary.
pub fn duplicates(rows: &[Row]) -> Groups {
    Heap::new(rows).copies(|_| true).groups(rows)
}

/// The stories of a heap: copies that are no filled forms, equal headlines within two days, and what
/// tells of the same.
pub fn stories(rows: &[Row]) -> Groups {
    let heap = Heap::new(rows);
    let mut joined = heap.copies(|copy| !copy.form);
    heap.same_headlines(&mut joined);
    heap.clusters(&mut joined);
    joined.groups(rows)
}

/// What belongs together, by the place of its root.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn groups(mut self, rows: &[Row]) -> Groups {
        let mut by_root: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let root = self.root(at);
            by_root.entry(root).or_default().push(row.id.clone());
        }
        let mut groups: Groups = by_root.into_values().filter(|g| g.len() > 1).collect();
        groups.iter_mut().for_each(|g| g.sort_unstable());
        groups.sort_unstable();
        groups
    }
}

struct Heap<'r> {
    rows: &'r [Row],
    prints: Vec<Print>,
    titles: Vec<Vec<u64>>,
    /// How often each word came.
    weights: Weights,
    boilerplate: Boilerplate,
}

/// What outlets of the heap say under everything.
fn boilerplate(rows: &[Row], titles: &[Vec<u64>]) -> Boilerplate {
    let mut outlets: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(outlet) = outlet(row) {
            outlets.entry(outlet).or_default().push(at);
        }
    }
    let mut boilerplate = Boilerplate::default();
    for part in outlets.values().flat_map(|all| all.chunks(TOGETHER)) {
        let words = |at: &usize| (*at, tokens(&rows[*at].text, SHORT + 1));
        let words: Vec<(usize, Vec<Token>)> = part.iter().map(words).collect();
        let short = words.iter().map(|(at, words)| Short {
            outlet: 0,
            title: &titles[*at],
            words,
        });
        boilerplate.read(&short.filter(Short::is_short).collect::<Vec<_>>());
    }
    boilerplate
}

/// An outlet by a number: as it is named, else by the site of the page. Rows of unknown outlets have
/// nothing in common but what makes them copies.
fn outlet(row: &Row) -> Option<u64> {
    let page = row.url.as_ref().and_then(CanonicalUrl::page);
    let site = page.as_deref().and_then(|page| page.split('/').next());
    let name = match row.outlet.as_str() {
        "" => site?,
        named => named,
    };
    Some(joined(name.bytes().map(u64::from)))
}

/// A headline as it is compared, and its place in a series.
fn head(row: &Row) -> (Option<u64>, Series) {
    let key = headline_key(&row.title);
    let key = key.map(|key| joined(key.bytes().map(u64::from)));
    (key, Series::of(&row.title))
}

/// An article of which another one is a part.
struct Part {
    whole: usize,
    part: usize,
    shared: usize,
}

impl<'r> Heap<'r> {
    fn new(rows: &'r [Row]) -> Heap<'r> {
        let mut weights = Weights::default();
        let mut titles = Vec::with_capacity(rows.len());
        for row in rows {
            titles.push(Terms::of(&row.title, "").title);
        }
        let boilerplate = boilerplate(rows, &titles);
        let mut prints = Vec::with_capacity(rows.len());
        for row in rows {
            let words = boilerplate.taken_out(&tokens(&row.text, WORDS));
            let terms = Terms::of_tokens(&row.title, &words);
            weights.note(&terms);
            prints.push(Print::of_tokens(&words));
        }
        Heap {
            rows,
            prints,
            titles,
            weights,
            boilerplate,
        }
    }

    fn compared(&self, at: usize) -> Compared<'_> {
        Compared {
            print: &self.prints[at],
            title: &self.titles[at],
        }
    }

    /// Joins pages and copies that count.
    fn copies(&self, counts: impl Fn(&Copy) -> bool) -> Joined {
        let mut joined = Joined((0..self.rows.len()).collect());
        let mut pages: HashMap<String, usize> = HashMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(page) = row.url.as_ref().and_then(CanonicalUrl::page) {
                joined.join(at, *pages.entry(page).or_insert(at));
            }
        }
        let mut parts = Vec::new();
        let mut buckets = Buckets::default();
        // Short ones are filed first, so that each longer one finds what it contains.
        for at in self.ordered(|at| self.prints[at].len() as i64) {
            let print = &self.prints[at];
            for other in buckets.alike(&print.queries(QUERIES), COMPARED) {
                let other = other as usize;
                if joined.root(at) == joined.root(other) {
                    continue;
                }
                let found = copy(self.compared(at), self.compared(other));
                let found = found.filter(|copy| !self.are_a_series(at, other, copy));
                match found.filter(&counts) {
                    Some(copy) if copy.part => parts.push(Part {
                        whole: at,
                        part: other,
                        shared: copy.overlap.shared,
                    }),
                    Some(_) => joined.join(at, other),
                    None => {}
                }
            }
            if let Ok(number) = u32::try_from(at) {
                buckets.file(&print.keys(), number);
            }
        }
        self.join_parts(&mut joined, &parts);
        joined
    }

    /// Whether two articles are copies because they are parts of a series: crosswords, the weather.
    fn are_a_series(&self, at: usize, other: usize, copy: &Copy) -> bool {
        let (a, b) = (&self.rows[at], &self.rows[other]);
        let length = self.prints[at].len().min(self.prints[other].len());
        let one = !a.outlet.is_empty() && a.outlet == b.outlet;
        Series::of(&a.title).goes_on(Series::of(&b.title)) && !copy.is_update(length, one)
    }

    /// What an article is about, without what its outlet says everywhere.
    fn terms(&self, at: usize) -> Terms {
        let row = &self.rows[at];
        let words = self.boilerplate.taken_out(&tokens(&row.text, WORDS));
        Terms::of_tokens(&row.title, &words)
    }

    /// Joins parts with their wholes, but for round-ups: what holds two texts that have nothing to do
    /// with each other is a copy of neither.
    fn join_parts(&self, joined: &mut Joined, parts: &[Part]) {
        for parts in parts.chunk_by(|a, b| a.whole == b.whole) {
            let mut round_up = false;
            for (n, a) in parts.iter().enumerate() {
                for b in &parts[n + 1..] {
                    let both = self.prints[a.part].overlap(&self.prints[b.part]).shared;
                    let least = a.shared.min(b.shared) as f64;
                    let apart = joined.root(a.part) != joined.root(b.part);
                    round_up |= apart && (both as f64) < ONE_PART * least;
                }
            }
            if !round_up {
                parts.iter().for_each(|p| joined.join(p.whole, p.part));
            }
        }
    }

    /// Joins equal headlines of dated articles within two days whose texts agree; of one outlet only
    /// where the text is the same, since a column keeps its headline.
    fn same_headlines(&self, joined: &mut Joined) {
        let mut last: HashMap<String, usize> = HashMap::new();
        for at in self.ordered(|at| self.rows[at].published_ms.unwrap_or(i64::MIN)) {
            let row = &self.rows[at];
            let (Some(dated), Some(key)) = (row.published_ms, headline_key(&row.title)) else {
                continue;
            };
            if let Some(before) = last.insert(key, at) {
                let other = &self.rows[before];
                let apart = other.published_ms.map(|ms| dated.abs_diff(ms));
                let near = apart.is_some_and(|ms| ms <= SAME_HEADLINE_MS.unsigned_abs());
                let column = row.outlet == other.outlet && row.text != other.text;
                if near && !column && agree(&self.weights, &self.terms(at), &self.terms(before)) {
                    joined.join(at, before);
                }
            }
        }
    }

    /// Joins what tells of the same, in the order of time.
    fn clusters(&self, joined: &mut Joined) {
        let mut clusters = Clusters::default();
        let mut stories: HashMap<usize, StoryNo> = HashMap::new();
        let mut of: Vec<Vec<usize>> = Vec::new();
        let heads: Vec<(Option<u64>, Series)> = self.rows.iter().map(head).collect();
        for at in self.ordered(|at| self.rows[at].published_ms.unwrap_or(i64::MIN)) {
            let terms = self.terms(at);
            let vector = self.weights.vector(&terms);
            let told = Telling {
                terms: &terms,
                vector: &vector,
                dated_ms: self.rows[at].published_ms,
            };
            let root = joined.root(at);
            let near = || {
                let other =
                    |story: &[usize]| self.column(at, story) || self.disagrees(at, story, &heads);
                let may = |no: StoryNo| !other(&of[no as usize]);
                clusters.nearest(&told, &self.weights, NEAR, may)
            };
            let story = match stories.get(&root) {
                Some(story) => *story,
                None => near().map_or(of.len() as StoryNo, |(story, _)| story),
            };
            stories.insert(root, story);
            clusters.add(story, &told);
            match of.get_mut(story as usize) {
                Some(members) => members.push(at),
                None => of.push(vec![at]),
            }
        }
        for members in of {
            for pair in members.windows(2) {
                joined.join(pair[0], pair[1]);
            }
        }
    }

    /// Whether a story has another part of an article's series, with little to read under each; or the
    /// newest article of its headline has it over a text that tells something else.
    fn disagrees(&self, at: usize, story: &[usize], heads: &[(Option<u64>, Series)]) -> bool {
        let (key, series) = heads[at];
        let length = |at: usize| self.prints[at].len();
        let newest = || story.iter().rev().take(64).copied();
        let other_part = |other: usize| {
            heads[other].1.goes_on(series) && is_short(length(at).min(length(other)))
        };
        let same = newest().find(|other| key.is_some() && heads[*other].0 == key);
        newest().any(other_part)
            || same.is_some_and(|other| !agree(&self.weights, &self.terms(at), &self.terms(other)))
    }

    /// Whether an article is the next instalment of a column or a report of the same outlet, whose last
    /// one is in a story.
    fn column(&self, at: usize, story: &[usize]) -> bool {
        let row = &self.rows[at];
        let own =
            |other: &&usize| !row.outlet.is_empty() && self.rows[**other].outlet == row.outlet;
        let Some(last) = story.iter().rev().take(64).find(own) else {
            return false;
        };
        let (print, other) = (&self.prints[at], &self.prints[*last]);
        let overlap = print.overlap(other);
        let same_title = headline_key(&row.title) == headline_key(&self.rows[*last].title);
        let texts = !print.is_empty() && !other.is_empty();
        let form = overlap.jaccard >= 0.2 && print.differs_in_numbers(other);
        let series = Series::of(&row.title).goes_on(Series::of(&self.rows[*last].title));
        texts && (form || series || (same_title && overlap.jaccard < 0.1))
    }

    /// The places of all articles by a number, then by what they say: never by where they stood.
    fn ordered(&self, by: impl Fn(usize) -> i64) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.rows.len()).collect();
        let key = |at: &usize| {
            let row = &self.rows[*at];
            (by(*at), &row.id, &row.title, &row.text, &row.outlet)
        };
        places.sort_by(|a, b| key(a).cmp(&key(b)));
        places
    }
}
