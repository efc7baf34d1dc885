//! Articles in the order in which they come: for each, which earlier one it copies and which story it
//! tells. One more costs about the same whatever the index holds, and the index holds a bounded window.
//!
//! A window is two halves. When the younger one is full it becomes the older one and what was older is
//! dropped, so between half and all of `window` articles are known, and nothing is ever deleted one
//! by one. An article takes about 2 KiB and 4 octets a word.

use super::JoinedBy;
use super::buckets::Buckets;
use super::clusters::{Clusters, NEAR, StoryNo, Telling};
use super::copies::{Compared, copy};
use super::print::Print;
use super::sheets::Sheets;
use super::terms::{Terms, Weights};
use super::words::tokens;

/// Words of a text that are compared.
const WORDS: usize = 2_000;
/// Keys under which copies are looked for.
const QUERIES: usize = 64;
/// Earlier articles that one is compared with, of each half.
const COMPARED: usize = 24;

/// An article as the index sees one.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its headline.
    pub title: &'a str,
    /// Its body, else its summary; may be empty.
    pub text: &'a str,
    /// When it was dated, unix ms.
    pub dated_ms: Option<i64>,
}

/// What became of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its number: 0 is the first one that was added.
    pub piece: u32,
    /// The number of the earlier article that it copies.
    pub copy_of: Option<u32>,
    /// The number of its story.
    pub story: StoryNo,
    /// Why it is in that story: `copy`, `cluster` or `new`.
    pub by: JoinedBy,
}

/// The articles of a window.
#[derive(Clone, Debug)]
pub struct Index {
    half: usize,
    young: Half,
    old: Half,
    weights: Weights,
    pieces: u32,
    stories: StoryNo,
}

#[derive(Clone, Debug, Default)]
struct Half {
    first: u32,
    sheets: Sheets,
    /// By piece: its story.
    stories: Vec<StoryNo>,
    buckets: Buckets,
    clusters: Clusters,
}

impl Index {
    /// An empty one that knows between half of `window` and `window` articles.
    pub fn new(window: usize) -> Index {
        Index {
            half: window.div_ceil(2).max(1),
            young: Half::default(),
            old: Half::default(),
            weights: Weights::default(),
            pieces: 0,
            stories: 0,
        }
    }

    /// How many articles it knows.
    pub fn len(&self) -> usize {
        self.young.stories.len() + self.old.stories.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an article.
    pub fn add(&mut self, piece: Piece<'_>) -> Added {
        self.turn();
        let words = tokens(piece.text, WORDS);
        let print = Print::of_tokens(&words);
        let terms = Terms::of_tokens(piece.title, &words);
        self.weights.note(&terms);
        let vector = self.weights.vector(&terms);
        let told = Telling {
            terms: &terms,
            vector: &vector,
            dated_ms: piece.dated_ms,
        };
        let copied = self.copied(&print, terms.title());
        let (story, by) = match copied {
            Some((_, story)) => (story, JoinedBy::Copy),
            None => self.nearest(&told),
        };
        self.young.clusters.take_over(story, &mut self.old.clusters);
        self.young.clusters.add(story, &told);
        let number = self.pieces;
        self.young.keep(number, &print, &terms.title, story);
        self.pieces += 1;
        Added {
            piece: number,
            copy_of: copied.map(|(of, _)| of),
            story,
            by,
        }
    }

    fn turn(&mut self) {
        if self.young.stories.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
            self.young.first = self.pieces;
            self.weights.halve();
        }
    }

    fn nearest(&mut self, told: &Telling<'_>) -> (StoryNo, JoinedBy) {
        let halves = [&self.young, &self.old];
        let near = halves
            .iter()
            .filter_map(|h| h.clusters.nearest(told, &self.weights, NEAR, |_| true));
        match near.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) {
            Some((story, _)) => (story, JoinedBy::Cluster),
            None => {
                self.stories += 1;
                (self.stories - 1, JoinedBy::New)
            }
        }
    }

    /// The earlier article that is copied, and its story.
    fn copied(&self, print: &Print, title: &[u32]) -> Option<(u32, StoryNo)> {
        let keys = print.queries(QUERIES);
        let own = Compared {
            print: print.sheet(),
            title,
        };
        let halves = [&self.young, &self.old];
        let found = halves.iter().flat_map(|half| {
            let alike = half.buckets.alike(&keys, COMPARED);
            alike.into_iter().filter_map(|number| {
                let at = (number - half.first) as usize;
                let copy = copy(own, half.sheets.get(at)?).filter(|c| !c.form)?;
                Some((copy.overlap, number, *half.stories.get(at)?))
            })
        });
        let best = found.max_by(|(a, n, _), (b, m, _)| {
            let by_parts = a.containment.total_cmp(&b.containment);
            let by_all = a.jaccard.total_cmp(&b.jaccard);
            by_all.then(by_parts).then(m.cmp(n))
        });
        best.map(|(_, number, story)| (number, story))
    }
}

impl Half {
    fn keep(&mut self, number: u32, print: &Print, title: &[u32], story: StoryNo) {
        self.buckets.file(&print.keys(), number);
        self.sheets.add(Compared {
            print: print.sheet(),
            title,
        });
        self.stories.push(story);
    }
}

#[cfg(test)]
mod tests {
    use super::{Added, Index, Piece};
    use crate::stories::JoinedBy;

    fn text(seed: u32) -> String {
        let words = (0..80u32).map(|n| {
            let word = seed.wrapping_mul(7919).wrapping_add(n * n * 31 + n);
            let letters = format!("{word:x}");
            letters.replace(|c: char| c.is_ascii_digit(), "q") + &format!("{:x}", word % 251 + 160)
        });
        let words: Vec<String> = words.collect();
        words.join(" ").replace(|c: char| c.is_ascii_digit(), "z")
    }

    fn add(index: &mut Index, title: &str, text: &str, hour: i64) -> Added {
        index.add(Piece {
            title,
            text,
            dated_ms: Some(hour * 3_600_000),
        })
    }

    #[test]
    fn a_copy_and_a_retelling_join_their_story() {
        let mut index = Index::new(1000);
        let ferry = "The ferry Nordlicht ran aground off the old pier of Nordhaven on Monday with \
             ninety people on board, the harbour office said. Tugs are on their way to it.";
        let told = "Nordlicht, a ferry with ninety aboard, is stuck on a sandbank near Nordhaven \
             harbour. Tugs will try to pull the ferry free at high water.";
        let first = add(&mut index, "Ferry Nordlicht aground at Nordhaven", ferry, 0);
        assert_eq!((first.story, first.by), (0, JoinedBy::New));
        for seed in 1..50 {
            add(&mut index, &format!("Piece number{seed}x"), &text(seed), 1);
        }
        let copy = add(&mut index, "Ferry aground", ferry, 2);
        assert_eq!(
            (copy.copy_of, copy.story, copy.by),
            (Some(0), 0, JoinedBy::Copy)
        );
        let retold = add(&mut index, "Ferry Nordlicht stuck near Nordhaven", told, 3);
        assert_eq!((retold.copy_of, retold.story), (None, 0));
        assert_eq!(retold.by, JoinedBy::Cluster);
        // The same place weeks later is another story.
        let later = add(
            &mut index,
            "Ferry Nordlicht stuck near Nordhaven",
            told,
            24 * 40,
        );
        assert_eq!(later.copy_of, Some(retold.piece), "the same text is a copy");
        let other = "Nordhaven's council has voted for a new tram line to the university";
        let council = add(&mut index, "Council votes for tram", other, 3);
        assert_eq!((council.by, council.copy_of), (JoinedBy::New, None));
    }

    #[test]
    fn the_window_is_bounded_and_stories_that_go_on_stay() {
        let mut index = Index::new(20);
        let story = "Divers search the wreck of the Amalia off Suderland for a third day";
        let first = add(&mut index, "Divers search wreck of Amalia", story, 0);
        for seed in 0..200 {
            add(
                &mut index,
                &format!("Piece number{seed}x"),
                &text(seed + 1),
                0,
            );
            let again = add(&mut index, "Divers search wreck of Amalia", story, 0);
            assert_eq!(again.story, first.story);
            assert!(index.len() <= 20, "{}", index.len());
        }
    }

    #[test]
    fn any_text_is_taken() {
        let mut index = Index::new(100);
        let long = "word ".repeat(200_000);
        for text in ["", " ", "\0\u{202e}", "東", "a", long.as_str()] {
            for title in ["", "Same title", "\u{200f}"] {
                let added = add(&mut index, title, text, i64::MIN / 3_600_000);
                assert_eq!(added.piece as usize, index.len() - 1);
            }
        }
    }
}
