//! A season of a newsroom: every wave of two lists, planned with selection and memory alone.

use courant::domain::selection::{Candidate, Decisions, Pick, Reader, Rules, Selection, Sent};
use courant::domain::{EditionId, StoryId};
use courant::select::Stock;

use super::archive::Archive;
use super::audit::{Audit, Going, Told};
use super::dice::Dice;
use super::readers::{Follower, On};
use super::{HOUR_MS, Newsroom, hour_ms};

/// Days for which lists remember what they sent.
pub const MEMORY_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How a wave's picks are chosen: every candidate's verdict, or the picks alone.
pub enum Chosen {
    /// With a verdict for every candidate.
    Whole(Selection),
    /// By a way that gives no account.
    Picks(Vec<Pick>),
}

/// A wave that is being planned.
pub struct Wave<'a> {
    /// Its edition.
    pub edition: EditionId,
    /// Hour since the beginning.
    pub hour: u32,
    /// Its candidates and rules, prepared.
    pub stock: &'a Stock<'a>,
    /// Its candidates.
    pub candidates: &'a [Candidate],
    /// Its rules.
    pub rules: &'a Rules,
}

/// A way of choosing.
pub type Way<'w> = &'w dyn Fn(&Wave<'_>, &Reader) -> Chosen;

/// A digest as it is looked at.
pub struct Seen<'a> {
    /// Its wave.
    pub wave: &'a Wave<'a>,
    /// Its reader, with the memory from before it.
    pub reader: &'a Reader,
    /// Their terms.
    pub follower: &'a Follower,
    /// What was picked.
    pub picks: &'a [Pick],
    /// Articles, for the truth about them.
    pub archive: &'a Archive<'a>,
    /// Whether this memory was sent a story, by the truth, before.
    pub known: &'a dyn Fn(usize) -> bool,
}

/// Looks on at every digest.
pub type Look<'w> = &'w mut dyn FnMut(&Seen<'_>);

struct Subscription {
    follower: usize,
    list: usize,
    memory: usize,
    last_ms: Option<i64>,
}

/// A season on its way.
pub struct Season<'n> {
    newsroom: &'n Newsroom,
    /// What was read.
    pub archive: Archive<'n>,
    /// What became of it.
    pub audit: Audit<'n>,
    followers: &'n [Follower],
    subscriptions: Vec<Subscription>,
    memories: Vec<Vec<Sent>>,
    lists: [Rules; 2],
    waves: i64,
}

impl<'n> Season<'n> {
    /// Before its first day. The archive says whose map of stories is used.
    pub fn new(newsroom: &'n Newsroom, archive: Archive<'n>, followers: &'n [Follower]) -> Self {
        let mut subscriptions: Vec<Subscription> = Vec::new();
        let mut memories = 0;
        for (n, follower) in followers.iter().enumerate() {
            let lists: &[usize] = match follower.on {
                On::Daily => &[0],
                On::Weekly => &[1],
                On::Both | On::Joined => &[0, 1],
            };
            for list in lists {
                if *list == lists[0] || follower.on != On::Joined {
                    memories += 1;
                }
                subscriptions.push(Subscription {
                    follower: n,
                    list: *list,
                    memory: memories - 1,
                    last_ms: None,
                });
            }
        }
        let pairs: Vec<(usize, usize)> = subscriptions
            .iter()
            .map(|s| (s.follower, s.memory))
            .collect();
        Season {
            newsroom,
            archive,
            audit: Audit::new(newsroom, followers, &pairs),
            followers,
            subscriptions,
            memories: vec![Vec::new(); memories],
            lists: [daily(), weekly()],
            waves: 0,
        }
    }

    /// Plans every wave of the season; the daily list at 7, the weekly one on Saturdays at 9.
    pub fn run(&mut self, way: Way<'_>, look: Look<'_>) {
        for hour in 0..self.newsroom.ends() {
            self.archive.read(hour);
            match (hour / 24, hour % 24) {
                (day, 7) if day > 0 => self.wave(0, hour, way, look),
                (day, 9) if day % 7 == 4 && day > 6 => self.wave(1, hour, way, look),
                _ => {}
            }
        }
        self.audit.settle();
    }

    fn wave(&mut self, list: usize, hour: u32, way: Way<'_>, look: Look<'_>) {
        self.waves += 1;
        let mut rules = self.lists[list].clone();
        rules.cutoff_ms = hour_ms(hour) - HOUR_MS / 2;
        // Twice as far as is taken, so that what became too old while it waited is named; from a pause
        // on, what waited when it began.
        let reach = 2 * (rules.window_ms + rules.carry_ms);
        let asks = |n: &usize| self.subscriptions[*n].list == list && !self.pauses(*n, hour / 24);
        let asking: Vec<usize> = (0..self.subscriptions.len()).filter(asks).collect();
        let back = asking.iter().filter_map(|n| self.since(*n, hour)).min();
        let from = back.map_or(i64::MAX, |since| since - reach);
        let from = from.min(rules.cutoff_ms - reach);
        rules.decisions = self.decisions(list, hour, from, rules.cutoff_ms);
        let named: Vec<StoryId> = rules.decisions.pins.clone();
        let candidates = self.archive.candidates(from, rules.cutoff_ms, &named);
        let stock = Stock::new(&candidates, &rules);
        let wave = Wave {
            edition: EditionId(self.waves),
            hour,
            stock: &stock,
            candidates: &candidates,
            rules: &rules,
        };
        for n in asking {
            self.digest(&wave, n, way, look);
        }
    }

    fn pauses(&self, n: usize, day: u32) -> bool {
        let pause = self.followers[self.subscriptions[n].follower].pause;
        pause.is_some_and(|(from, to)| (from..to).contains(&day))
    }

    /// For a subscription that comes back from a pause: when it was sent a digest last.
    fn since(&self, n: usize, hour: u32) -> Option<i64> {
        let sub = &self.subscriptions[n];
        let (_, to) = self.followers[sub.follower].pause?;
        let last = sub.last_ms?;
        let first = last < hour_ms(to * 24) && hour >= to * 24;
        let missed = hour_ms(hour) - last > self.lists[sub.list].window_ms + DAY_MS / 2;
        (first && missed).then_some(last)
    }

    /// Every fifth day a pin, every seventh a ban, on the daily list.
    fn decisions(&self, list: usize, hour: u32, from: i64, cutoff: i64) -> Decisions {
        let day = hour / 24;
        let mut decisions = Decisions::default();
        if list == 0 && (day.is_multiple_of(5) || day.is_multiple_of(7)) {
            let mut dice = Dice::of(self.newsroom.size.seed, &[4, u64::from(day)]);
            let all = self.archive.candidates(from, cutoff, &[]);
            let mut any = || all.get(dice.below(all.len().max(1))).map(|c| c.story);
            if day.is_multiple_of(5) {
                decisions.pins.extend(any());
            }
            if day.is_multiple_of(7) {
                let by = |story| (story, "ann".to_owned());
                decisions.bans.extend(any().map(by));
            }
        }
        decisions
    }

    fn digest(&mut self, wave: &Wave<'_>, n: usize, way: Way<'_>, look: Look<'_>) {
        let reader = self.reader(wave, n);
        let (picks, verdicts) = match way(wave, &reader) {
            Chosen::Whole(selection) => (selection.picks, Some(selection.verdicts)),
            Chosen::Picks(picks) => (picks, None),
        };
        look(&Seen {
            wave,
            reader: &reader,
            follower: &self.followers[self.subscriptions[n].follower],
            picks: &picks,
            archive: &self.archive,
            known: &|story| self.audit.knows(n, story),
        });
        if let Some(verdicts) = &verdicts {
            let carried = wave.rules.window_ms + wave.rules.carry_ms;
            let given = wave.candidates.iter().map(|c| {
                let age = wave.rules.cutoff_ms - c.dated_ms;
                (c.article, reader.since_ms.is_none() || age <= carried)
            });
            let truth = |article| self.archive.truth(article);
            self.audit.account(n, wave.edition, given, verdicts, &truth);
        }
        self.send(wave, n, &picks);
    }

    fn reader(&self, wave: &Wave<'_>, n: usize) -> Reader {
        let sub = &self.subscriptions[n];
        let follower = &self.followers[sub.follower];
        let since = remembered(wave.rules);
        let sent = self.memories[sub.memory].iter();
        Reader {
            topics: follower.topics.clone(),
            places: follower.places.clone(),
            stories: follower.stories,
            short: follower.short,
            language: follower.language.to_owned(),
            since_ms: self.since(n, wave.hour),
            memory: sent.filter(|s| s.at_ms >= since).copied().collect(),
        }
    }

    fn send(&mut self, wave: &Wave<'_>, n: usize, picks: &[Pick]) {
        let sub = &mut self.subscriptions[n];
        let at_ms = hour_ms(wave.hour);
        let told = picks.iter().map(|pick| {
            let text = self.archive.text(pick.revision);
            Told {
                story: text.piece.story,
                stage: text.version.stage,
                update: pick.update,
            }
        });
        let going = Going {
            edition: wave.edition,
            at_ms,
            since_ms: remembered(wave.rules),
            updates: &wave.rules.updates,
        };
        self.audit.sent(n, going, &told.collect::<Vec<_>>());
        self.memories[sub.memory].extend(picks.iter().map(|pick| Sent {
            revision: pick.revision,
            edition: wave.edition,
            at_ms,
        }));
        sub.last_ms = Some(at_ms);
    }
}

fn remembered(rules: &Rules) -> i64 {
    rules.cutoff_ms - MEMORY_DAYS * DAY_MS
}

fn daily() -> Rules {
    Rules {
        stories: 10,
        ..Rules::default()
    }
}

fn weekly() -> Rules {
    Rules {
        window_ms: 7 * DAY_MS,
        half_life_ms: 72 * HOUR_MS as u64,
        stories: 15,
        ..Rules::default()
    }
}
