//! A heap of articles at once: which are copies of one another, and which tell one story. The order
//! in which they are handed in changes nothing.
//!
//! Texts are not held: each is asked for again where it is needed again, and what is kept of an article
//! is a few hundred octets, however long it is. Of prints a bounded number is remembered.

mod filed;
mod heads;
mod remembered;
mod told;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use self::filed::Filed;
use self::heads::Head;
use self::remembered::Remembered;
use super::SAME_HEADLINE_MS;
use super::boilerplate::Boilerplate;
use super::copies::{Compared, Copy, copy};
use super::headlines::agree;
use super::print::Print;
use super::terms::{Terms, Weights};
use super::words::{Token, tokens};
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

/// Where the articles of a heap are: each may be asked for several times, and is the same each time.
pub trait Rows {
    /// Why one could not be had.
    type Error;

    /// How many there are.
    fn count(&self) -> usize;

    /// One of them, by its number from 0.
    fn row(&mut self, at: usize) -> Result<Cow<'_, Row>, Self::Error>;
}

impl Rows for &[Row] {
    type Error = Infallible;

    fn count(&self) -> usize {
        self.len()
    }

    fn row(&mut self, at: usize) -> Result<Cow<'_, Row>, Infallible> {
        Ok(Cow::Borrowed(&self[at]))
    }
}

impl<R: Rows> Rows for &mut R {
    type Error = R::Error;

    fn count(&self) -> usize {
        (**self).count()
    }

    fn row(&mut self, at: usize) -> Result<Cow<'_, Row>, R::Error> {
        (**self).row(at)
    }
}

/// Groups of two and more, as ids: each ascending, and the groups by their first id.
pub type Groups = Vec<Vec<String>>;

/// The near-duplicates of articles that are in memory, as [`duplicates_of`] finds them.
pub fn duplicates(rows: &[Row]) -> Groups {
    let Ok(groups) = duplicates_of(rows);
    groups
}

/// The stories of articles that are in memory, as [`stories_of`] finds them.
pub fn stories(rows: &[Row]) -> Groups {
    let Ok(groups) = stories_of(rows);
    groups
}

/// The near-duplicates of a heap: the same page, or the same text as sent again, edited, cut or given
/// as a summary.
///
/// # Errors
/// Whatever keeps a row from being read.
pub fn duplicates_of<R: Rows>(rows: R) -> Result<Groups, R::Error> {
    let mut heap = Heap::read(rows, |_| {})?;
    let joined = heap.copies(|_| true)?;
    Ok(joined.groups(&heap.heads))
}

/// The stories of a heap: copies that are no filled forms, equal headlines within two days, and what
/// tells of the same.
///
/// # Errors
/// Whatever keeps a row from being read.
pub fn stories_of<R: Rows>(rows: R) -> Result<Groups, R::Error> {
    let mut weights = Weights::default();
    let mut heap = Heap::read(rows, |terms| weights.note(terms))?;
    let mut joined = heap.copies(|copy| !copy.form)?;
    heap.same_headlines(&weights, &mut joined)?;
    told::join(&mut heap, &weights, &mut joined)?;
    Ok(joined.groups(&heap.heads))
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

    fn groups(mut self, heads: &[Head]) -> Groups {
        let mut by_root: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..heads.len() {
            if self.root(at) != at {
                by_root.entry(self.root(at)).or_default().push(at);
            }
        }
        let ids = |(root, others): (usize, Vec<usize>)| {
            let all = std::iter::once(root).chain(others);
            let mut ids: Vec<String> = all.map(|at| heads[at].id.to_string()).collect();
            ids.sort_unstable();
            ids
        };
        let mut groups: Groups = by_root.into_iter().map(ids).collect();
        groups.sort_unstable();
        groups
    }
}

/// An article of which another one is a part.
struct Part {
    whole: usize,
    part: usize,
    shared: usize,
}

struct Heap<R> {
    rows: R,
    heads: Vec<Head>,
    boilerplate: Boilerplate,
    filed: Filed,
    remembered: Remembered,
}

impl<R: Rows> Heap<R> {
    /// Reads every article; what each is about is told to `note`.
    fn read(mut rows: R, mut note: impl FnMut(&Terms)) -> Result<Heap<R>, R::Error> {
        let mut heads = heads::read(&mut rows)?;
        let boilerplate = heads::boilerplate(&mut rows, &heads)?;
        let mut filed = Filed::default();
        for (at, head) in heads.iter_mut().enumerate() {
            let row = rows.row(at)?;
            let words = own_words(&boilerplate, &row);
            note(&Terms::of_tokens(&row.title, &words));
            let print = Print::of_tokens(&words);
            head.shingles = print.len();
            filed.add(&print.keys(), at);
        }
        Ok(Heap {
            rows,
            heads,
            boilerplate,
            filed,
            remembered: Remembered::default(),
        })
    }

    /// An article's print, with the words of its headline.
    fn print(&mut self, at: usize) -> Result<(Print, Vec<u32>), R::Error> {
        let row = self.rows.row(at)?;
        let print = Print::of_tokens(&own_words(&self.boilerplate, &row));
        Ok((print, Terms::of(&row.title, "").title))
    }

    /// Makes sure that two articles can be compared.
    fn remember(&mut self, both: [usize; 2]) -> Result<(), R::Error> {
        for at in both {
            if !self.remembered.has(at) {
                let (print, title) = self.print(at)?;
                self.remembered.put(at, compared(&print, &title));
            }
        }
        Ok(())
    }

    /// Joins pages and copies that count.
    fn copies(&mut self, counts: impl Fn(&Copy) -> bool) -> Result<Joined, R::Error> {
        let mut joined = Joined((0..self.heads.len()).collect());
        let mut pages: HashMap<u64, usize> = HashMap::new();
        for (at, head) in self.heads.iter().enumerate() {
            if let Some(page) = head.page {
                joined.join(at, *pages.entry(page).or_insert(at));
            }
        }
        let mut parts = Vec::new();
        // Short ones come first, so that each longer one finds what it contains.
        let order = self.ordered(|head| head.shingles as i64);
        self.filed.sort(&order);
        for (rank, at) in order.iter().enumerate() {
            let (print, title) = self.print(*at)?;
            for other in self.filed.alike(&print.queries(QUERIES), rank, COMPARED) {
                let other = order[other];
                if joined.root(*at) == joined.root(other) {
                    continue;
                }
                self.remember([other, other])?;
                let found = self.remembered.get(other);
                let found = found.and_then(|other| copy(compared(&print, &title), other));
                let found = found.filter(|copy| !self.are_a_series(*at, other, copy));
                match found.filter(&counts) {
                    Some(copy) if copy.part => parts.push(Part {
                        whole: *at,
                        part: other,
                        shared: copy.overlap.shared,
                    }),
                    Some(_) => joined.join(*at, other),
                    None => {}
                }
            }
            self.remembered.put(*at, compared(&print, &title));
        }
        self.join_parts(&mut joined, &parts)?;
        Ok(joined)
    }

    /// Whether two articles are copies because they are parts of a series: crosswords, the weather.
    fn are_a_series(&self, at: usize, other: usize, copy: &Copy) -> bool {
        let (a, b) = (&self.heads[at], &self.heads[other]);
        let one = a.outlet.is_some() && a.outlet == b.outlet;
        a.series.goes_on(b.series) && !copy.is_update(a.shingles.min(b.shingles), one)
    }

    /// What an article is about, without what its outlet says everywhere.
    fn terms(&mut self, at: usize) -> Result<Terms, R::Error> {
        let row = self.rows.row(at)?;
        let words = own_words(&self.boilerplate, &row);
        Ok(Terms::of_tokens(&row.title, &words))
    }

    /// Joins parts with their wholes, but for round-ups: what holds two texts that have nothing to do
    /// with each other is a copy of neither.
    fn join_parts(&mut self, joined: &mut Joined, parts: &[Part]) -> Result<(), R::Error> {
        for parts in parts.chunk_by(|a, b| a.whole == b.whole) {
            let mut round_up = false;
            let pairs = parts.iter().enumerate();
            let mut pairs = pairs.flat_map(|(n, a)| parts[n + 1..].iter().map(move |b| (a, b)));
            while let (false, Some((a, b))) = (round_up, pairs.next()) {
                self.remember([a.part, b.part])?;
                let both = self.remembered.shared(a.part, b.part);
                let least = a.shared.min(b.shared) as f64;
                let apart = joined.root(a.part) != joined.root(b.part);
                round_up = apart && (both as f64) < ONE_PART * least;
            }
            if !round_up {
                parts.iter().for_each(|p| joined.join(p.whole, p.part));
            }
        }
        Ok(())
    }

    /// Joins equal headlines of dated articles within two days whose texts agree; of one outlet only
    /// where the text is the same, since a column keeps its headline.
    fn same_headlines(&mut self, weights: &Weights, joined: &mut Joined) -> Result<(), R::Error> {
        let mut last: HashMap<u64, usize> = HashMap::new();
        for at in self.ordered(|head| head.published_ms.unwrap_or(i64::MIN)) {
            let head = &self.heads[at];
            let (Some(dated), Some(key)) = (head.published_ms, head.headline) else {
                continue;
            };
            if let Some(before) = last.insert(key, at) {
                let other = &self.heads[before];
                let apart = other.published_ms.map(|ms| dated.abs_diff(ms));
                let near = apart.is_some_and(|ms| ms <= SAME_HEADLINE_MS.unsigned_abs());
                let column = head.outlet == other.outlet && head.text != other.text;
                if near && !column && agree(weights, &self.terms(at)?, &self.terms(before)?) {
                    joined.join(at, before);
                }
            }
        }
        Ok(())
    }

    /// The places of all articles by a number, then by what they say: never by where they stood.
    fn ordered(&self, by: impl Fn(&Head) -> i64) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.heads.len()).collect();
        let key = |at: &usize| {
            let head = &self.heads[*at];
            (by(head), &head.id, head.whole)
        };
        places.sort_by(|a, b| key(a).cmp(&key(b)));
        places
    }
}

/// The words of an article without those that its outlet says everywhere.
fn own_words(boilerplate: &Boilerplate, row: &Row) -> Vec<Token> {
    boilerplate.taken_out(&tokens(&row.text, WORDS))
}

fn compared<'p>(print: &'p Print, title: &'p [u32]) -> Compared<'p> {
    Compared {
        print: print.sheet(),
        title,
    }
}
