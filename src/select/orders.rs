//! A wave's articles in their orders: by topic, by place, and all of them. It knows no reader but
//! for a language.

use std::cmp::Reverse;

use super::stock::{Age, Entry, Stock};

/// What is ready for the readers of one language.
#[derive(Debug)]
pub(super) struct Shelf {
    /// For each story the article that represents it, if one is not too old.
    pub(super) representative: Vec<Option<u32>>,
    /// Those that represent a story.
    pub(super) now: Orders,
    /// Those that would if the window were doubled, of the other stories.
    pub(super) late: Orders,
}

/// Articles in their orders, best first.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) by_topic: Vec<Vec<Ranked>>,
    pub(super) by_place: Vec<Vec<Ranked>>,
    pub(super) top: Vec<Ranked>,
}

/// An article in an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    pub(super) entry: u32,
    /// What it is worth; in a topic's order times its weight there.
    pub(super) strength: u64,
}

impl Shelf {
    /// What is for the readers of a language: articles in it, and those whose language is not known.
    pub(super) fn of(stock: &Stock<'_>, language: Option<usize>) -> Shelf {
        let shelf = language.unwrap_or(stock.languages.len());
        let first = |story: &super::stock::Story, oldest: Age| {
            story.members.iter().copied().find(|&member| {
                let entry = &stock.entries[member];
                stock.readable(entry, shelf) && (story.wanted || entry.age <= oldest)
            })
        };
        let now = stock.stories.iter().map(|s| first(s, Age::Carried));
        let now: Vec<Option<usize>> = now.collect();
        let absent = stock.stories.iter().zip(&now).filter(|(_, n)| n.is_none());
        let late: Vec<usize> = absent.filter_map(|(s, _)| first(s, Age::Late)).collect();
        let worth = |entry: &Entry<'_>| entry.worth;
        Shelf {
            now: Orders::of(stock, now.iter().copied().flatten(), worth),
            late: Orders::of(stock, late.into_iter(), worth),
            representative: now
                .into_iter()
                .map(|n| n.map(super::stock::small))
                .collect(),
        }
    }
}

impl Orders {
    pub(super) fn of(
        stock: &Stock<'_>,
        entries: impl Iterator<Item = usize>,
        worth: impl Fn(&Entry<'_>) -> u64,
    ) -> Orders {
        let mut orders = Orders {
            by_topic: vec![Vec::new(); stock.topics.len()],
            by_place: vec![Vec::new(); stock.places.len()],
            top: Vec::new(),
        };
        for index in entries {
            let entry = &stock.entries[index];
            let ranked = Ranked {
                entry: super::stock::small(index),
                strength: worth(entry),
            };
            orders.top.push(ranked);
            for &(number, weight) in &entry.topics {
                let strength = ranked.strength * u64::from(weight);
                let list = &mut orders.by_topic[usize::from(number)];
                list.push(Ranked { strength, ..ranked });
            }
            for &place in &entry.places {
                orders.by_place[place as usize].push(ranked);
            }
        }
        let lists = orders.by_topic.iter_mut().chain(&mut orders.by_place);
        for list in lists.chain([&mut orders.top]) {
            list.sort_unstable_by_key(|ranked| {
                let entry = &stock.entries[ranked.entry as usize];
                Reverse((ranked.strength, entry.newest()))
            });
        }
        orders
    }
}
