//! Selection on a synthetic newsroom whose truth is known: what is repeated or lost, how many of the
//! picks are those that matter most, and how much variety is in a digest; beside the newest stories
//! first, and beside the best match first without quotas, caps or diversity.
//!
//! `cargo bench --bench newsroom -- [--days 90] [--stories 40] [--readers 240] [--seed 1]`. All ways
//! have the same candidates, the same targets and a memory of their own by the same rule. The last
//! line is JSON. It fails if by the true map anything is repeated or lost.
//!
//! - **precision**: the share of a digest's picks (returns of developed stories left out) whose true
//!   story is among the n that matter most to its reader, n being the number of these picks. A story
//!   matters by its importance times the reader's wish for it: the weight of the reader's topic times
//!   the story's, a half for a followed place, a tenth for what nobody asked for, the whole for
//!   everything where nothing was chosen. It is counted over the stories that the reader was not sent
//!   and that are within window and carry-over.
//! - **ils**: intra-list similarity, the mean likeness of two picks of a digest: words in common over
//!   words of either.
//! - **sources**, **largest source**, **topics**: sources of a digest, the largest one's share of its
//!   picks, and the entropy of its picks' strongest topics in bits.

#[expect(dead_code, reason = "shared with the integration tests")]
#[path = "../tests/it/support/synthetic/mod.rs"]
mod synthetic;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use courant::domain::selection::{Candidate, Form, Pick, Reader, Reason, Section};
use synthetic::archive::{Archive, Judge, Map};
use synthetic::readers::{Follower, followers};
use synthetic::season::{Chosen, Season, Seen, Wave};
use synthetic::{Newsroom, Size, Story};

/// Sums over digests.
#[derive(Default)]
struct Figures {
    digests: f64,
    precision: f64,
    ils: f64,
    sources: f64,
    largest: f64,
    topics: f64,
}

/// What a way came to.
struct Outcome {
    name: &'static str,
    figures: Figures,
    updates: usize,
    repeats: usize,
    losses: usize,
}

#[derive(Clone, Copy)]
enum Way {
    Ours,
    Newest,
    Score,
}

fn main() {
    let mut size = Size {
        seed: 1,
        days: 90,
        stories: 40,
    };
    let mut readers = 240;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|n| n.parse::<u32>().ok());
        match arg.as_str() {
            "--days" => size.days = number().unwrap_or(size.days),
            "--stories" => size.stories = number().unwrap_or(size.stories),
            "--readers" => readers = number().unwrap_or(readers),
            "--seed" => size.seed = number().map_or(size.seed, u64::from),
            "--bench" => {}
            other => panic!("unknown: {other}"),
        }
    }
    let begun = Instant::now();
    let newsroom = Newsroom::new(size);
    let followers = followers(readers as usize, size.seed);
    println!(
        "{} stories, {} pieces of {} outlets, {readers} readers, {} days",
        newsroom.stories.len(),
        newsroom.pieces.len(),
        synthetic::OUTLETS.len(),
        size.days
    );
    let ways = [
        ("ours, by the true map", Way::Ours, Map::True),
        ("ours, by our own grouping", Way::Ours, Map::Own),
        ("the newest first, by the true map", Way::Newest, Map::True),
        (
            "the best match first, by the true map",
            Way::Score,
            Map::True,
        ),
    ];
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let run = |(name, way, map)| season(name, way, map, &newsroom, &followers);
        let threads: Vec<_> = ways.map(|of| scope.spawn(move || run(of))).into();
        let done = threads.into_iter().map(|t| t.join().expect("a season"));
        done.collect()
    });
    println!("{:.0} s\n", begun.elapsed().as_secs_f64());
    println!(
        "{:<40}{:>9}{:>8}{:>8}{:>8}{:>11}{:>7}{:>9}{:>9}{:>8}",
        "",
        "digests",
        "updates",
        "repeats",
        "losses",
        "precision",
        "ils",
        "sources",
        "largest",
        "topics"
    );
    for outcome in &outcomes {
        let of = &outcome.figures;
        println!(
            "{:<40}{:>9}{:>8}{:>8}{:>8}{:>11.3}{:>7.3}{:>9.2}{:>9.2}{:>8.2}",
            outcome.name,
            of.digests,
            outcome.updates,
            outcome.repeats,
            outcome.losses,
            of.precision / of.digests,
            of.ils / of.digests,
            of.sources / of.digests,
            of.largest / of.digests,
            of.topics / of.digests,
        );
    }
    let [ours, own, newest, score] = &outcomes[..] else {
        return;
    };
    let mean = |of: &Outcome, sum: fn(&Figures) -> f64| sum(&of.figures) / of.figures.digests;
    println!(
        "{{\"bench\":\"newsroom\",\"repeats\":{},\"losses\":{},\"own_repeats\":{},\"own_losses\":{},\
         \"precision\":{:.3},\"precision_newest\":{:.3},\"precision_score\":{:.3},\
         \"ils\":{:.3},\"ils_newest\":{:.3},\"ils_score\":{:.3},\
         \"sources\":{:.2},\"largest_source\":{:.2},\"topic_bits\":{:.2}}}",
        ours.repeats,
        ours.losses,
        own.repeats,
        own.losses,
        mean(ours, |f| f.precision),
        mean(newest, |f| f.precision),
        mean(score, |f| f.precision),
        mean(ours, |f| f.ils),
        mean(newest, |f| f.ils),
        mean(score, |f| f.ils),
        mean(ours, |f| f.sources),
        mean(ours, |f| f.largest),
        mean(ours, |f| f.topics),
    );
    assert_eq!((ours.repeats, ours.losses), (0, 0), "by the true map");
}

fn season(
    name: &'static str,
    way: Way,
    map: Map,
    newsroom: &Newsroom,
    followers: &[Follower],
) -> Outcome {
    let archive = Archive::new(newsroom, map, Judge::Texts);
    let mut season = Season::new(newsroom, archive, followers);
    let mut figures = Figures::default();
    let choose = |wave: &Wave<'_>, reader: &Reader| match way {
        Way::Ours => Chosen::Whole(wave.stock.select(reader)),
        Way::Newest => Chosen::Picks(first(wave, reader, |c| c.dated_ms.unsigned_abs())),
        Way::Score => Chosen::Picks(first(wave, reader, |c| match_of(wave, reader, c))),
    };
    season.run(&choose, &mut |seen| figures.add(newsroom, seen));
    let book = &season.audit.book;
    // Where stories are joined wrongly, the edition that is named may be the other one's.
    if map == Map::True {
        assert_eq!(book.faults.first(), None, "{name}");
    }
    for repeat in book.repeats.iter().take(3).filter(|_| map == Map::True) {
        println!("repeated: {repeat}");
    }
    Outcome {
        name,
        figures,
        updates: book.updates,
        repeats: book.repeats.len(),
        losses: book.losses.len(),
    }
}

/// Dated within window and carry-over, and embargoed no longer.
fn is_open(wave: &Wave<'_>, candidate: &Candidate) -> bool {
    let rules = wave.rules;
    let age = rules.cutoff_ms - candidate.dated_ms;
    let held = candidate.embargo_ms.is_some_and(|at| at > rules.cutoff_ms);
    (0..=rules.window_ms + rules.carry_ms).contains(&age) && !held
}

/// The highest of an order first: unknown stories, each once, up to the reader's target.
fn first(wave: &Wave<'_>, reader: &Reader, order: impl Fn(&Candidate) -> u64) -> Vec<Pick> {
    let sent: BTreeSet<_> = reader.memory.iter().map(|s| s.revision).collect();
    let unknown = |c: &&Candidate| !c.kin.iter().any(|k| sent.contains(&k.revision));
    let open = wave.candidates.iter().filter(|c| is_open(wave, c));
    let mut open: Vec<&Candidate> = open.filter(unknown).collect();
    open.sort_by_key(|c| (Reverse(order(c)), Reverse(c.dated_ms), c.article));
    let mut stories = BTreeSet::new();
    open.retain(|c| stories.insert(c.story));
    let target = match reader.stories {
        0 => wave.rules.stories,
        own => own,
    };
    let pick = |c: &Candidate| Pick {
        article: c.article,
        revision: c.revision,
        story: c.story,
        section: Section::AlsoToday,
        reason: Reason::TopStory,
        form: Form::Short,
        update: false,
    };
    let best = open.into_iter().take(usize::from(target));
    best.map(pick).collect()
}

/// The reader's weight times the article's times what its age leaves.
fn match_of(wave: &Wave<'_>, reader: &Reader, candidate: &Candidate) -> u64 {
    let pairs = reader.topics.iter().flat_map(|r| {
        let same = candidate.topics.iter().filter(|t| t.topic == r.topic);
        same.map(|t| u64::from(t.weight) * u64::from(r.weight))
    });
    let age = (wave.rules.cutoff_ms - candidate.dated_ms) as f64;
    let left = (-age / wave.rules.half_life_ms as f64).exp2();
    (pairs.max().unwrap_or(0) as f64 * left) as u64
}

/// How much a story matters to a reader, whatever is known of it.
fn matters(story: &Story, follower: &Follower) -> u64 {
    let pairs = follower.topics.iter().flat_map(|r| {
        let same = story.topics.iter().filter(|(t, _)| r.topic.as_str() == *t);
        same.map(|(_, weight)| u64::from(*weight) * u64::from(r.weight) / 1000)
    });
    let near = follower
        .places
        .iter()
        .any(|p| story.places.contains(&p.as_str()));
    let wish = match follower.topics.is_empty() {
        true => 1000,
        false => pairs.max().unwrap_or(100).max(if near { 500 } else { 0 }),
    };
    u64::from(story.importance) * wish
}

impl Figures {
    fn add(&mut self, newsroom: &Newsroom, seen: &Seen<'_>) {
        let by_article: HashMap<_, &Candidate> = seen
            .wave
            .candidates
            .iter()
            .map(|c| (c.article, c))
            .collect();
        let picks: Vec<&Candidate> = seen.picks.iter().map(|p| by_article[&p.article]).collect();
        if picks.len() < 2 {
            return;
        }
        self.digests += 1.0;
        let fresh = seen.picks.iter().filter(|p| !p.update);
        let fresh: BTreeSet<usize> = fresh.map(|p| seen.archive.truth(p.article)).collect();
        let open = seen
            .wave
            .candidates
            .iter()
            .filter(|c| is_open(seen.wave, c));
        let open: BTreeSet<usize> = open.map(|c| seen.archive.truth(c.article)).collect();
        let mut open: Vec<usize> = open.into_iter().filter(|s| !(seen.known)(*s)).collect();
        open.sort_by_key(|s| (Reverse(matters(&newsroom.stories[*s], seen.follower)), *s));
        let best = open.iter().take(fresh.len());
        let hits = best.filter(|s| fresh.contains(s)).count();
        self.precision += hits as f64 / fresh.len().max(1) as f64;

        let (mut pairs, mut alike) = (0.0, 0.0);
        for (n, one) in picks.iter().enumerate() {
            for other in &picks[n + 1..] {
                pairs += 1.0;
                alike += likeness(&one.features, &other.features);
            }
        }
        self.ils += alike / pairs;
        let sources = counts(picks.iter().map(|c| c.source));
        self.sources += sources.len() as f64;
        let largest = sources.iter().copied().fold(0.0, f64::max);
        self.largest += largest / picks.len() as f64;
        let topics = picks.iter().map(|c| c.topics.first().map(|t| &t.topic));
        let shares = counts(topics).into_iter().map(|n| n / picks.len() as f64);
        self.topics -= shares.map(|p| p * p.log2()).sum::<f64>();
    }
}

fn counts<T: Ord>(all: impl Iterator<Item = T>) -> Vec<f64> {
    let mut counts: BTreeMap<T, f64> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1.0);
    counts.into_values().collect()
}

/// Words in common over words of either.
fn likeness(one: &[u32], other: &[u32]) -> f64 {
    let common = one
        .iter()
        .filter(|f| other.binary_search(f).is_ok())
        .count();
    let either = one.len() + other.len() - common;
    common as f64 / either.max(1) as f64
}
