//! Several orders read as one, best first, and what was read of them and is not in yet.

use std::cmp::Reverse;

use super::orders::Ranked;
use super::stock::Stock;

/// An order being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream<'s> {
    /// What its strengths are multiplied by.
    pub(super) factor: u64,
    pub(super) rest: &'s [Ranked],
    /// The topic whose order it is.
    pub(super) topic: Option<u16>,
}

/// An article that competes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Competing {
    pub(super) entry: usize,
    /// The topic for which it would count.
    pub(super) topic: Option<u16>,
    pub(super) score: u64,
    /// Its likeness to the likest of so many that were compared with it one by one.
    pub(super) like: u16,
    pub(super) compared: usize,
}

/// What orders competing articles, the greatest first: worth after its likeness, score, date, id.
pub(super) type Rank = (i64, u64, (i64, Reverse<i64>));

/// How scores and likeness are weighed against each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// In thousandths, at most 1000.
    diversity: i64,
    /// The score that counts as whole.
    best: u64,
}

impl Scale {
    pub(super) fn new(diversity: u16, best: u64) -> Scale {
        Scale {
            diversity: i64::from(diversity.min(1000)),
            best: best.max(1),
        }
    }

    /// (1 - diversity) * score / best - diversity * likeness, in units of 1/10^9; the quotient is
    /// rounded down to a millionth.
    pub(super) fn value(self, score: u64, like: u16) -> i64 {
        let part = u128::from(score.min(self.best)) * 1_000_000 / u128::from(self.best);
        let part = i64::try_from(part).unwrap_or(1_000_000);
        (1000 - self.diversity) * part - self.diversity * i64::from(like) * 1000
    }
}

/// Streams read as one.
pub(super) struct Streams<'s, 'a> {
    stock: &'s Stock<'a>,
    streams: Vec<Stream<'s>>,
    /// The one whose next article is the best, and its score; none when all are read.
    head: Option<(usize, u64)>,
}

impl<'s, 'a> Streams<'s, 'a> {
    pub(super) fn new(stock: &'s Stock<'a>, streams: Vec<Stream<'s>>) -> Self {
        let mut all = Streams {
            stock,
            streams,
            head: None,
        };
        all.find_head();
        all
    }

    fn find_head(&mut self) {
        let mut best: Option<(u64, u32, usize)> = None;
        for (at, stream) in self.streams.iter().enumerate() {
            let Some(next) = stream.rest.first() else {
                continue;
            };
            let score = stream.factor * next.strength;
            let better = match best {
                None => true,
                Some((most, other, _)) if score == most => {
                    let newest = |e: u32| self.stock.entries[e as usize].newest();
                    newest(next.entry) > newest(other)
                }
                Some((most, ..)) => score > most,
            };
            if better {
                best = Some((score, next.entry, at));
            }
        }
        self.head = best.map(|(score, _, at)| (at, score));
    }

    /// The article that comes next, its stream's topic and its score.
    pub(super) fn head(&self) -> Option<(usize, Option<u16>, u64)> {
        let (at, score) = self.head?;
        let stream = &self.streams[at];
        let next = stream.rest.first()?;
        Some((next.entry as usize, stream.topic, score))
    }

    /// Goes past it.
    pub(super) fn advance(&mut self) {
        if let Some((at, _)) = self.head {
            let stream = &mut self.streams[at];
            stream.rest = stream.rest.get(1..).unwrap_or_default();
            self.find_head();
        }
    }

    /// Reads no further for a topic.
    pub(super) fn close(&mut self, topic: u16) {
        self.streams.retain(|s| s.topic != Some(topic));
        self.find_head();
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn score_and_likeness_are_weighed_without_overflow() {
        let scale = Scale::new(300, 1 << 57);
        assert_eq!(scale.value(1 << 57, 0), 700_000_000);
        assert_eq!(scale.value(1 << 56, 0), 350_000_000);
        assert_eq!(scale.value(1 << 57, 1000), 400_000_000);
        assert_eq!(Scale::new(0, 7).value(7, 1000), 1_000_000_000);
        assert_eq!(Scale::new(2000, 0).value(0, 500), -500_000_000);
        assert_eq!(Scale::new(0, u64::MAX).value(u64::MAX, 0), 1_000_000_000);
    }
}
