//! The account of every story for every reader, held against the truth.
//!
//! A **repeat** is a story, by the truth, that a memory (a subscription's, or a person's where lists
//! share one) is brought again within the list's memory, unless it comes as an update, tells a later
//! stage than all that was sent, and keeps to the list's rules about updates. The same story twice in
//! one digest is one too.
//!
//! A **loss** is a story, by the truth, that touches what the reader follows, was open to them and
//! ends neither sent nor waiting nor dropped for a reason that is true: it waited and is not heard of
//! again, or it is said to be sent, or told by another article, when only another story was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use courant::cli::verdict::{Fate, fate, kind};
use courant::domain::selection::{Updates, Verdict};
use courant::domain::{ArticleId, EditionId};

use super::readers::Follower;
use super::{Newsroom, Story};

/// What a season came to.
#[derive(Debug, Default)]
pub struct Book {
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

/// What was sent, by the truth.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The story.
    pub story: usize,
    /// How far it was known.
    pub stage: usize,
    /// It was called an update.
    pub update: bool,
}

/// A digest that goes out.
#[derive(Clone, Copy, Debug)]
pub struct Going<'a> {
    /// Its edition.
    pub edition: EditionId,
    /// When it was planned, Unix ms.
    pub at_ms: i64,
    /// Since when the list remembers.
    pub since_ms: i64,
    /// The list's rules about updates.
    pub updates: &'a Updates,
}

struct Subscription {
    follower: usize,
    memory: usize,
    /// Stories that waited at the end of the last wave.
    waiting: BTreeSet<usize>,
}

#[derive(Default)]
struct Memory {
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

/// What a wave made of a story; what comes first counts, where its articles differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Account {
    Sent,
    Waits,
    Known,
    Hidden(String),
    Dropped,
}

/// The auditor.
pub struct Audit<'n> {
    newsroom: &'n Newsroom,
    followers: &'n [Follower],
    subscriptions: Vec<Subscription>,
    memories: Vec<Memory>,
    /// What it came to so far.
    pub book: Book,
}

impl<'n> Audit<'n> {
    /// Subscriptions, each by its follower and the number of its memory.
    pub fn new(
        newsroom: &'n Newsroom,
        followers: &'n [Follower],
        subscriptions: &[(usize, usize)],
    ) -> Audit<'n> {
        let of = |(follower, memory): &(usize, usize)| Subscription {
            follower: *follower,
            memory: *memory,
            waiting: BTreeSet::new(),
        };
        let memories = subscriptions.iter().map(|s| s.1 + 1).max().unwrap_or(0);
        Audit {
            newsroom,
            followers,
            subscriptions: subscriptions.iter().map(of).collect(),
            memories: (0..memories).map(|_| Memory::default()).collect(),
            book: Book::default(),
        }
    }

    /// Whether a subscription's memory has a story.
    pub fn knows(&self, subscription: usize, story: usize) -> bool {
        let memory = &self.memories[self.subscriptions[subscription].memory];
        memory.stories.contains_key(&story)
    }

    /// Takes a subscription's verdicts of a wave down, before its digest. `given` are the candidates, each
    /// with whether the next wave may bring it: not what is too old for any but the one digest after a
    /// pause.
    pub fn account(
        &mut self,
        subscription: usize,
        edition: EditionId,
        given: impl Iterator<Item = (ArticleId, bool)>,
        verdicts: &BTreeMap<ArticleId, Verdict>,
        truth: &dyn Fn(ArticleId) -> usize,
    ) {
        let place = format!("edition {}, subscription {subscription}", edition.0);
        let given: BTreeMap<ArticleId, bool> = given.collect();
        if !verdicts.keys().eq(given.keys()) {
            let fault = format!("{place}: candidates and verdicts are not the same articles");
            self.book.faults.push(fault);
        }
        let memory = &self.memories[self.subscriptions[subscription].memory];
        let mut accounts: BTreeMap<usize, Account> = BTreeMap::new();
        for (article, verdict) in verdicts {
            *self.book.verdicts.entry(kind(verdict)).or_default() += 1;
            let story = truth(*article);
            let account = match verdict {
                Verdict::SameStory { represented_by } => match truth(*represented_by) {
                    other if other == story => continue,
                    other => Account::Hidden(format!("is told by an article of story {other}")),
                },
                Verdict::AlreadySent { edition } => match memory.stories.get(&story) {
                    None => Account::Hidden(format!("is said to be in edition {}", edition.0)),
                    Some(all) => {
                        if all.iter().all(|s| s.edition != *edition) {
                            let fault = format!("{place}: story {story} was not in {}", edition.0);
                            self.book.faults.push(fault);
                        }
                        Account::Known
                    }
                },
                other => match plainly(other) {
                    Account::Waits if given.get(article) == Some(&false) => Account::Dropped,
                    account => account,
                },
            };
            let best = accounts.entry(story).or_insert_with(|| account.clone());
            if account < *best {
                *best = account;
            }
        }
        self.carry(subscription, &place, &accounts);
    }

    /// What waited must be heard of again; what is hidden is noted.
    fn carry(&mut self, subscription: usize, place: &str, accounts: &BTreeMap<usize, Account>) {
        let sub = &mut self.subscriptions[subscription];
        for story in &sub.waiting {
            if !accounts.contains_key(story) {
                let loss = format!("{place}: story {story} waited and is not heard of again");
                self.book.losses.push(loss);
            }
        }
        let waits = accounts.iter().filter(|(_, a)| **a == Account::Waits);
        sub.waiting = waits.map(|(story, _)| *story).collect();
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

    /// Takes a digest down that goes out.
    pub fn sent(&mut self, subscription: usize, going: Going<'_>, told: &[Told]) {
        let number = self.subscriptions[subscription].memory;
        let memory = &mut self.memories[number];
        self.book.digests += usize::from(!told.is_empty());
        self.book.picks += told.len();
        for of in told {
            let before = memory.stories.entry(of.story).or_default();
            let within = before.iter().filter(|s| s.at_ms >= going.since_ms);
            let within: Vec<Sending> = within.copied().collect();
            if let Some(last) = within.last() {
                let developed = within.iter().all(|s| s.stage < of.stage);
                let kept = going.at_ms - last.at_ms >= going.updates.after_ms
                    && within.len() <= usize::from(going.updates.most);
                if of.update && developed && kept {
                    self.book.updates += 1;
                } else {
                    self.book.repeats.push(format!(
                        "memory {number}: {of:?} in edition {} after stage {} in {}",
                        going.edition.0, last.stage, last.edition.0
                    ));
                }
            }
            before.push(Sending {
                edition: going.edition,
                at_ms: going.at_ms,
                stage: of.stage,
            });
        }
    }

    /// A digest that was planned and stays behind: its stories go back when the next one overtakes it,
    /// and must be heard of then.
    pub fn held(&mut self, subscription: usize, told: &[Told]) {
        let waiting = &mut self.subscriptions[subscription].waiting;
        waiting.extend(told.iter().map(|t| t.story));
    }

    /// At the end: what was hidden and did not come later either is lost.
    pub fn settle(&mut self) {
        for (n, memory) in self.memories.iter().enumerate() {
            for (story, how) in &memory.hidden {
                if !memory.stories.contains_key(story) {
                    self.book
                        .losses
                        .push(format!("memory {n}: story {story} {how}"));
                }
            }
        }
    }
}

/// Whether a story touches what a reader follows; who follows no topic wants everything.
pub fn wanted(story: &Story, follower: &Follower) -> bool {
    let mut topics = follower.topics.iter().map(|t| t.topic.to_string());
    let mut places = follower.places.iter().map(ToString::to_string);
    follower.topics.is_empty()
        || topics.any(|f| story.topics.iter().any(|(t, _)| *t == f))
        || places.any(|p| story.places.contains(&p.as_str()))
}

fn plainly(verdict: &Verdict) -> Account {
    match (fate(verdict), verdict) {
        (Fate::Chosen, _) => Account::Sent,
        (Fate::Waiting, _) => Account::Waits,
        (Fate::Dropped, Verdict::AlreadySent { .. } | Verdict::SameStory { .. }) => Account::Known,
        (Fate::Dropped, _) => Account::Dropped,
    }
}
