//! A season of a newsroom: every wave of two lists, planned with selection and memory alone, and an
//! account of every story for every reader.
//!
//! A **repeat** is a story, by the truth, that a memory (a subscription's, or a person's where lists
//! share one) is brought again within `memory_days`, unless it comes as an update, tells a later
//! stage than all that was sent, and keeps to the list's rules about updates. The same story twice in
//! one digest is one too.
//!
//! A **loss** is a story, by the truth, that touches what the reader follows, was open to them and
//! ends neither sent nor waiting nor dropped for a reason that is true: it waited and is not heard of
//! again, or it is said to be sent, or told by another article, when only another story was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use courant::domain::selection::{
    Candidate, Decisions, Pick, Reader, Rules, Selection, Sent, Verdict,
};
use courant::domain::{EditionId, StoryId};
use courant::select::Stock;

use super::archive::Archive;
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
    /// 0 the daily list, 1 the weekly one.
    pub list: usize,
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

/// One that looks on: the wave, the reader's number, what was open to them before, and their picks.
pub type Look<'w> = &'w mut dyn FnMut(&Seen<'_>);

/// A digest as it is looked at.
pub struct Seen<'a> {
    /// Its wave.
    pub wave: &'a Wave<'a>,
    /// Its reader, with the memory from before it.
    pub reader: &'a Reader,
    /// What was picked.
    pub picks: &'a [Pick],
    /// Articles, for the truth about them.
    pub archive: &'a Archive<'a>,
    /// Stories, by the truth, that this memory was sent before.
    pub known: &'a dyn Fn(usize) -> bool,
}

/// What a season came to.
#[derive(Debug, Default)]
pub struct Book {
    /// Waves planned.
    pub waves: usize,
    /// Digests that have stories.
    pub digests: usize,
    /// Stories in them.
    pub picks: usize,
    /// Stories that came back because they had really changed.
    pub updates: usize,
    /// Repeats in words.
    pub repeats: Vec<String>,
    /// Losses in words.
    pub losses: Vec<String>,
    /// What contradicts itself: a candidate without a verdict, a reason that is not true.
    pub faults: Vec<String>,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<&'static str, usize>,
}

struct Subscription {
    follower: usize,
    list: usize,
    memory: usize,
    last_ms: Option<i64>,
    /// Stories that waited at the end of the last wave.
    waiting: BTreeSet<usize>,
}

#[derive(Default)]
struct Memory {
    sent: Vec<Sent>,
    /// By the truth.
    stories: HashMap<usize, Vec<Sending>>,
    /// Stories that another one hid, with how.
    hidden: BTreeMap<usize, String>,
}

#[derive(Clone, Copy)]
struct Sending {
    edition: EditionId,
    at_ms: i64,
    stage: usize,
}

/// What a wave made of a story.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Account {
    Sent,
    Waits,
    Known,
    Hidden(String),
    Dropped,
}

/// A season on its way.
pub struct Season<'n> {
    newsroom: &'n Newsroom,
    /// What was read.
    pub archive: Archive<'n>,
    followers: &'n [Follower],
    subscriptions: Vec<Subscription>,
    memories: Vec<Memory>,
    lists: [Rules; 2],
    /// What it came to.
    pub book: Book,
}

impl<'n> Season<'n> {
    /// Before its first day. The archive says whose map of stories is used.
    pub fn new(newsroom: &'n Newsroom, archive: Archive<'n>, followers: &'n [Follower]) -> Self {
        let mut season = Season {
            newsroom,
            archive,
            followers,
            subscriptions: Vec::new(),
            memories: Vec::new(),
            lists: [daily(), weekly()],
            book: Book::default(),
        };
        for (n, follower) in followers.iter().enumerate() {
            let lists: &[usize] = match follower.on {
                On::Daily => &[0],
                On::Weekly => &[1],
                On::Both | On::Joined => &[0, 1],
            };
            for list in lists {
                if *list == lists[0] || follower.on != On::Joined {
                    season.memories.push(Memory::default());
                }
                season.subscriptions.push(Subscription {
                    follower: n,
                    list: *list,
                    memory: season.memories.len() - 1,
                    last_ms: None,
                    waiting: BTreeSet::new(),
                });
            }
        }
        season
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
        self.settle();
    }

    /// What was hidden and did not come later either is lost.
    fn settle(&mut self) {
        for (n, memory) in self.memories.iter().enumerate() {
            for (story, how) in &memory.hidden {
                if !memory.stories.contains_key(story) {
                    self.book.losses.push(format!("memory {n}: story {story} {how}"));
                }
            }
        }
    }

    fn wave(&mut self, list: usize, hour: u32, way: Way<'_>, look: Look<'_>) {
        self.book.waves += 1;
        let edition = EditionId(self.book.waves as i64);
        let mut rules = self.lists[list].clone();
        rules.cutoff_ms = hour_ms(hour) - HOUR_MS / 2;
        let reach = 2 * (rules.window_ms + rules.carry_ms);
        let asking: Vec<usize> = (0..self.subscriptions.len())
            .filter(|n| self.subscriptions[*n].list == list && !self.pauses(*n, hour / 24))
            .collect();
        let back = asking.iter().filter_map(|n| self.since(*n, hour));
        let from = back.min().unwrap_or(i64::MAX);
        let from = from.min(rules.cutoff_ms - reach);
        rules.decisions = self.decisions(list, hour, from, rules.cutoff_ms);
        let named: Vec<StoryId> = rules.decisions.pins.clone();
        let candidates = self.archive.candidates(from, rules.cutoff_ms, &named);
        let stock = Stock::new(&candidates, &rules);
        let wave = Wave {
            list,
            edition,
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
        if list == 0 && (day % 5 == 0 || day % 7 == 0) {
            let mut dice = Dice::of(self.newsroom.size.seed, &[4, u64::from(day)]);
            let all = self.archive.candidates(from, cutoff, &[]);
            if day % 5 == 0 && !all.is_empty() {
                decisions.pins.push(all[dice.below(all.len())].story);
            }
            if day % 7 == 0 && !all.is_empty() {
                let story = all[dice.below(all.len())].story;
                decisions.bans.insert(story, "ann".to_owned());
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
        let memory = &self.memories[self.subscriptions[n].memory];
        look(&Seen {
            wave,
            reader: &reader,
            picks: &picks,
            archive: &self.archive,
            known: &|story| memory.stories.contains_key(&story),
        });
        if let Some(verdicts) = &verdicts {
            self.account(wave, n, verdicts);
        }
        self.send(wave, n, &picks);
    }

    fn reader(&self, wave: &Wave<'_>, n: usize) -> Reader {
        let sub = &self.subscriptions[n];
        let follower = &self.followers[sub.follower];
        let since = wave.rules.cutoff_ms - MEMORY_DAYS * DAY_MS;
        let sent = self.memories[sub.memory].sent.iter();
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

    /// Remembers a digest, and counts what of it was there before.
    fn send(&mut self, wave: &Wave<'_>, n: usize, picks: &[Pick]) {
        let sub = &mut self.subscriptions[n];
        let memory = &mut self.memories[sub.memory];
        let at_ms = hour_ms(wave.hour);
        self.book.digests += usize::from(!picks.is_empty());
        self.book.picks += picks.len();
        for pick in picks {
            let text = self.archive.text(pick.revision);
            let (story, stage) = (text.piece.story, text.version.stage);
            let before = memory.stories.entry(story).or_default();
            let since = wave.rules.cutoff_ms - MEMORY_DAYS * DAY_MS;
            let within: Vec<Sending> = before.iter().filter(|s| s.at_ms >= since).copied().collect();
            if let Some(last) = within.last() {
                let rule = &wave.rules.updates;
                let developed = within.iter().all(|s| s.stage < stage);
                let kept = at_ms - last.at_ms >= rule.after_ms && within.len() <= rule.most as usize;
                if pick.update && developed && kept {
                    self.book.updates += 1;
                } else {
                    self.book.repeats.push(format!(
                        "memory {}: story {story} in edition {} and again, as {:?}, in {} ({:?}, stage {stage}, update {})",
                        sub.memory, last.edition.0, text.piece.deed, wave.edition.0,
                        text.version.change, pick.update,
                    ));
                }
            }
            before.push(Sending {
                edition: wave.edition,
                at_ms,
                stage,
            });
            memory.sent.push(Sent {
                revision: pick.revision,
                edition: wave.edition,
                at_ms,
            });
        }
        // What an empty digest missed is carried on like the rest.
        sub.last_ms = Some(at_ms);
    }

    fn account(
        &mut self,
        wave: &Wave<'_>,
        n: usize,
        verdicts: &BTreeMap<courant::domain::ArticleId, Verdict>,
    ) {
        let named: BTreeSet<_> = verdicts.keys().copied().collect();
        let given: BTreeSet<_> = wave.candidates.iter().map(|c| c.article).collect();
        let place = format!("edition {}, subscription {n}", wave.edition.0);
        if named != given {
            let odd = named.symmetric_difference(&given).count();
            let fault = format!("{place}: {odd} candidates without a verdict, or verdicts without one");
            self.book.faults.push(fault);
        }
        let mut accounts: BTreeMap<usize, Account> = BTreeMap::new();
        let memory = &self.memories[self.subscriptions[n].memory];
        for (article, verdict) in verdicts {
            *self.book.verdicts.entry(word(verdict)).or_default() += 1;
            let story = self.archive.truth(*article);
            let sent = memory.stories.get(&story);
            let account = match verdict {
                Verdict::SameStory { represented_by } => {
                    match self.archive.truth(*represented_by) {
                        other if other == story => continue,
                        other => Account::Hidden(format!("is told by an article of story {other}")),
                    }
                }
                Verdict::AlreadySent { edition } => match sent {
                    Some(all) if all.iter().any(|s| s.edition == *edition) => Account::Known,
                    Some(_) => {
                        let fault = format!("{place}: story {story} was not in edition {}", edition.0);
                        self.book.faults.push(fault);
                        Account::Known
                    }
                    None => Account::Hidden(format!("is said to be in edition {}", edition.0)),
                },
                other => plainly(other),
            };
            let best = accounts.entry(story).or_insert_with(|| account.clone());
            if account < *best {
                *best = account;
            }
        }
        self.carry(n, &place, &accounts);
    }

    /// What waited must be heard of again; what is hidden is noted.
    fn carry(&mut self, n: usize, place: &str, accounts: &BTreeMap<usize, Account>) {
        let sub = &mut self.subscriptions[n];
        for story in &sub.waiting {
            if !accounts.contains_key(story) {
                let loss = format!("{place}: story {story} waited and is not heard of again");
                self.book.losses.push(loss);
            }
        }
        let of = |account: &Account| *account == Account::Waits;
        let waiting = accounts.iter().filter(|(_, a)| of(a)).map(|(s, _)| *s);
        sub.waiting = waiting.collect();
        let follower = &self.followers[sub.follower];
        let memory = &mut self.memories[sub.memory];
        for (story, account) in accounts {
            if let Account::Hidden(how) = account
                && wanted(&self.newsroom.stories[*story], follower)
            {
                memory.hidden.entry(*story).or_insert_with(|| how.clone());
            }
        }
    }
}

/// Whether a story touches what a reader follows; who follows nothing wants everything.
pub fn wanted(story: &super::Story, follower: &Follower) -> bool {
    let topics = || story.topics.iter().map(|(t, _)| *t);
    let mut followed = follower.topics.iter().map(|t| t.topic.to_string());
    let mut places = follower.places.iter().map(ToString::to_string);
    follower.topics.is_empty()
        || followed.any(|f| topics().any(|t| t == f))
        || places.any(|p| story.places.contains(&p.as_str()))
}

fn plainly(verdict: &Verdict) -> Account {
    match verdict {
        Verdict::Chosen { .. } => Account::Sent,
        Verdict::Embargoed { .. }
        | Verdict::AfterCutoff
        | Verdict::Quota { .. }
        | Verdict::SourceCap { .. }
        | Verdict::AuthorCap { .. }
        | Verdict::Full
        | Verdict::PushedOut { .. }
        | Verdict::Skipped => Account::Waits,
        Verdict::AlreadySent { .. } | Verdict::SameStory { .. } => Account::Known,
        Verdict::Banned { .. }
        | Verdict::TooOld
        | Verdict::OtherLanguage { .. }
        | Verdict::TopicNotFollowed => Account::Dropped,
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Chosen { .. } => "chosen",
        Verdict::AlreadySent { .. } => "already sent",
        Verdict::SameStory { .. } => "same story",
        Verdict::Banned { .. } => "banned",
        Verdict::TooOld => "too old",
        Verdict::Embargoed { .. } => "embargoed",
        Verdict::OtherLanguage { .. } => "other language",
        Verdict::AfterCutoff => "after the cut-off",
        Verdict::TopicNotFollowed => "topic not followed",
        Verdict::Quota { .. } => "quota",
        Verdict::SourceCap { .. } => "source cap",
        Verdict::AuthorCap { .. } => "author cap",
        Verdict::Full => "full",
        Verdict::PushedOut { .. } => "pushed out",
        Verdict::Skipped => "skipped",
    }
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
