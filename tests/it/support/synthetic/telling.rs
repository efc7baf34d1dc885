//! What outlets make of a story: pieces, and what becomes of these while they stand in a feed.

use super::dice::Dice;
use super::tongue::Tongue;
use super::{Change, Deed, OUTLETS, Outlet, Piece, Story, Version, hour_ms};

/// Pieces that were made of one story, with where the texts of copies come from.
struct Desk<'a> {
    story: &'a Story,
    tongue: &'static Tongue,
    dice: Dice,
    pieces: &'a mut Vec<Piece>,
}

/// What a piece's text is like.
#[derive(Clone, Copy)]
struct Wording {
    /// Of the sentences.
    text: usize,
    /// Of headline and lede.
    head: usize,
    /// Only so many sentences.
    most: usize,
}

const WHOLE: usize = usize::MAX;

/// Adds all pieces of a story.
pub(super) fn tell(story: &Story, seed: u64, pieces: &mut Vec<Piece>) {
    let mut desk = Desk {
        story,
        tongue: Tongue::of(story.language),
        dice: Dice::of(seed, &[2, story.id as u64]),
        pieces,
    };
    let outlets = desk.outlets();
    let wording = Wording {
        text: desk.dice.below(6),
        head: desk.dice.below(6),
        most: WHOLE,
    };
    let hour = story.born;
    desk.piece(outlets[0], Deed::Original, hour, 0, wording);
    for outlet in &outlets[1..] {
        desk.copy(*outlet, wording);
    }
    if desk.dice.in_thousand(40) {
        let hour = story.born + desk.dice.between(72, 60 * 24);
        desk.piece(outlets[0], Deed::Republished, hour, 0, wording);
    }
}

impl Desk<'_> {
    /// Who tells it: the first of them first. What matters is told by more, and by better ones.
    fn outlets(&mut self) -> Vec<usize> {
        let speaks = |o: &usize| OUTLETS[*o].languages.contains(&self.story.language);
        let able: Vec<usize> = (0..OUTLETS.len()).filter(speaks).collect();
        let origin: Vec<usize> = able
            .iter()
            .copied()
            .filter(|o| !OUTLETS[*o].points)
            .collect();
        let importance = u64::from(self.story.importance);
        let mut first = origin[self.dice.below(origin.len())];
        for _ in 0..2 {
            let other = origin[self.dice.below(origin.len())];
            if self.dice.in_thousand(importance) && OUTLETS[other].quality > OUTLETS[first].quality
            {
                first = other;
            }
        }
        let mut outlets = vec![first];
        for other in able.into_iter().filter(|o| *o != first) {
            let chance = 120 + importance * 7 / 10;
            if self.story.feature.is_none() && self.dice.in_thousand(chance) {
                outlets.push(other);
            }
        }
        outlets
    }

    fn copy(&mut self, outlet: usize, original: Wording) {
        let (deed, delay) = match self.dice.below(100) {
            0..=44 => (Deed::Syndicated, self.dice.between(0, 20)),
            45..=64 => (Deed::Cut, self.dice.between(0, 20)),
            65..=89 => (Deed::OwnWords, self.dice.between(0, 30)),
            _ => (Deed::Late, self.dice.between(36, 12 * 24)),
        };
        let other = 1 + self.dice.below(5);
        let wording = match deed {
            Deed::Cut => Wording {
                most: 2,
                ..original
            },
            Deed::OwnWords => Wording {
                text: (original.text + other) % 6,
                head: (original.head + other) % 6,
                most: WHOLE,
            },
            _ => Wording {
                head: (original.head + other) % 6,
                ..original
            },
        };
        let hour = self.story.born + delay;
        let stage = self.stage_at(hour);
        self.piece(outlet, deed, hour, stage, wording);
    }

    /// What is known in an hour.
    fn stage_at(&self, hour: u32) -> usize {
        let known = self.story.stages.iter().filter(|s| s.hour <= hour);
        known.count().saturating_sub(1)
    }

    /// A piece with all that becomes of it.
    fn piece(&mut self, outlet: usize, deed: Deed, hour: u32, stage: usize, wording: Wording) {
        let id = self.pieces.len();
        let within = i64::from(self.dice.between(0, 59)) * 60_000;
        let said = hour_ms(hour) - within;
        let original = hour_ms(self.story.born) - within;
        let stated_ms = match self.dice.below(100) {
            0..=6 => None,
            7..=50 if deed == Deed::Late => Some(original),
            _ => Some(said),
        };
        let mut first = self.version(id, outlet, hour, stage, wording, deed);
        if OUTLETS[outlet].points {
            let whose = self.pieces.iter().rfind(|p| p.story == self.story.id);
            if let Some(of) = whose.and_then(|p| p.versions.first()) {
                first.url = tracked(&of.url);
            }
        }
        let byline = match OUTLETS[outlet].quality {
            0..=250 => String::new(),
            _ => format!("{} {}", ["A.", "B.", "C."][id % 3], OUTLETS[outlet].slug),
        };
        self.pieces.push(Piece {
            id,
            story: self.story.id,
            outlet,
            deed,
            byline,
            stated_ms,
            versions: vec![first],
            gone: None,
        });
        if deed != Deed::Republished && deed != Deed::Update {
            self.develop(id, wording);
        }
        self.churn(id);
    }

    /// The developments that come after a piece: told in it, as pieces of their own, or not at all.
    fn develop(&mut self, id: usize, wording: Wording) {
        let (outlet, begun) = (self.pieces[id].outlet, self.pieces[id].versions[0].clone());
        for stage in begun.stage + 1..self.story.stages.len() {
            let hour = self.story.stages[stage].hour + self.dice.between(0, 3);
            match self.dice.below(10) {
                0..=3 if hour > begun.hour => {
                    let deed = self.pieces[id].deed;
                    let told = self.version(id, outlet, hour, stage, wording, deed);
                    let last = self.pieces[id].versions.last().expect("the first");
                    let told = Version {
                        change: Change::Development,
                        url: last.url.clone(),
                        ..told
                    };
                    self.pieces[id].versions.push(told);
                }
                4..=6 if hour > begun.hour => {
                    let whole = Wording {
                        most: WHOLE,
                        ..wording
                    };
                    self.piece(outlet, Deed::Update, hour, stage, whole);
                }
                _ => {}
            }
        }
    }

    /// What happens to a piece without anything having happened.
    fn churn(&mut self, id: usize) {
        let last = self.pieces[id].versions.last().expect("the first").clone();
        if self.dice.in_thousand(150) {
            let mut typo = last.clone();
            typo.hour += self.dice.between(1, 20);
            typo.change = Change::Typo;
            match self.dice.in_thousand(500) {
                true => typo.summary = mended(&typo.summary),
                false => typo.headline = mended(&typo.headline),
            }
            self.pieces[id].versions.push(typo);
        }
        if self.dice.in_thousand(100) {
            let mut moved = self.pieces[id].versions.last().expect("one").clone();
            moved.hour += self.dice.between(1, 40);
            moved.change = Change::Moved;
            moved.url = self.moved(id, &moved.url);
            self.pieces[id].versions.push(moved);
        }
        if self.dice.in_thousand(60) {
            let mut back = self.pieces[id].versions.last().expect("one").clone();
            let from = back.hour + self.dice.between(2, 30);
            back.hour = from + self.dice.between(3, 120);
            back.change = Change::Returned;
            self.pieces[id].gone = Some((from, back.hour));
            if self.dice.in_thousand(500) {
                let anew = format!("https://{}/again/{id}", self.host(id));
                back.key = back.key.map(|_| anew.clone());
                back.url = anew;
            }
            self.pieces[id].versions.push(back);
        }
    }

    fn host(&self, id: usize) -> &'static str {
        OUTLETS[self.pieces[id].outlet].host
    }

    /// Another address of the same page.
    fn moved(&mut self, id: usize, url: &str) -> String {
        match self.dice.below(6) {
            0 => format!("https://{}/archive/{id}.html", self.host(id)),
            1 => tracked(url),
            2 => url.replacen("https://", "http://", 1),
            3 => format!("{url}/"),
            4 => format!("{url}/amp"),
            _ => format!("{}#comments", url.replacen("https://", "HTTPS://", 1)),
        }
    }

    fn version(
        &self,
        id: usize,
        outlet: usize,
        hour: u32,
        stage: usize,
        wording: Wording,
        deed: Deed,
    ) -> Version {
        let Outlet {
            host, keyed, whole, ..
        } = OUTLETS[outlet];
        let facts = &self.story.stages[stage].facts;
        let told = facts.iter().take(wording.most);
        let mut sentences: Vec<String> = told
            .map(|f| self.tongue.sentence(f, wording.text))
            .collect();
        let summary = self.tongue.sentence(&facts[0], wording.head);
        if deed == Deed::Syndicated {
            sentences[0].clone_from(&summary);
        }
        let headline = match self.story.feature {
            Some(feature) => self.tongue.feature(feature).to_owned(),
            None => self.tongue.headline(&facts[0], wording.head),
        };
        let day = hour / 24;
        Version {
            hour,
            change: Change::First,
            stage,
            key: keyed.then(|| format!("tag:{host},2026:{id}")),
            url: format!("https://{host}/{day}/{id}"),
            headline,
            summary,
            body: whole.then(|| self.tongue.text(&sentences)),
        }
    }
}

fn tracked(url: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}utm_source=feed&utm_medium=rss&utm_campaign=daily")
}

/// A letter corrected: the last one that can be doubled is.
fn mended(text: &str) -> String {
    let at = text.char_indices().rfind(|(_, c)| c.is_alphabetic());
    match at {
        Some((at, letter)) => format!("{}{letter}{}", &text[..at], &text[at..]),
        None => text.to_owned(),
    }
}
