//! The readers of the newsroom: terms of all kinds, from nothing chosen to everything.

use courant::domain::article::TopicWeight;
use courant::domain::slug::Slug;

use super::dice::Dice;
use super::{PLACES, TOPICS};

/// Which lists a reader is on, and whether these share what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The daily one.
    Daily,
    /// The weekly one.
    Weekly,
    /// Both, each with a memory of its own.
    Both,
    /// Both, with one memory.
    Joined,
}

/// A reader and their terms.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Topics with weights, in the order in which they were typed.
    pub topics: Vec<TopicWeight>,
    /// Places.
    pub places: Vec<Slug>,
    /// Stories that a digest aims at; 0: as many as the list's.
    pub stories: u16,
    /// The short layout.
    pub short: bool,
    /// Their language.
    pub language: &'static str,
    /// Their lists.
    pub on: On,
    /// Days of a pause: its first one, and the first one after it.
    pub pause: Option<(u32, u32)>,
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

/// So many readers.
pub fn followers(n: usize, seed: u64) -> Vec<Follower> {
    (0..n).map(|n| follower(n, seed)).collect()
}

fn follower(n: usize, seed: u64) -> Follower {
    let mut dice = Dice::of(seed, &[3, n as u64]);
    // Every ninth follows nothing: the general digest.
    let many = if n.is_multiple_of(9) {
        0
    } else {
        1 + dice.below(6)
    };
    let mut topics: Vec<TopicWeight> = Vec::new();
    while topics.len() < many {
        // The common ones are followed by more.
        let topic = slug(TOPICS[dice.below(TOPICS.len()).min(dice.below(TOPICS.len()))]);
        if topics.iter().all(|t| t.topic != topic) {
            let weight = [250, 500, 500, 1000][dice.below(4)];
            topics.push(TopicWeight { topic, weight });
        }
    }
    let mut places: Vec<Slug> = Vec::new();
    for place in PLACES {
        if dice.in_thousand(180) {
            places.push(slug(place));
        }
    }
    Follower {
        topics,
        places,
        stories: [0, 0, 5, 8, 15][dice.below(5)],
        short: dice.in_thousand(250),
        language: ["en", "en", "en", "de", "ru", "ja"][dice.below(6)],
        on: [
            On::Daily,
            On::Daily,
            On::Daily,
            On::Weekly,
            On::Both,
            On::Joined,
        ][n % 6],
        pause: (n % 10 == 7).then(|| {
            let from = dice.between(5, 40);
            (from, from + dice.between(3, 12))
        }),
    }
}
