//! A synthetic newsroom with known truth: stories, and what several outlets make of them over simulated
//! days. It tells, hour by hour, what each outlet's feed reads, and of every entry which story it
//! tells and whether it is a real development of it.
//!
//! A story begins with six to nine facts. A **development** adds facts of its own, at least
//! [`SHARE_NEW`] thousandths of what is then told; nothing else is one: not a copy, a cut, another
//! wording, a late one, a corrected letter, a moved page or an old piece that is published again.
//! The same seed gives the same newsroom on every machine; nothing in it is anybody's real text.

pub mod archive;
pub mod audit;
pub mod dice;
mod outlets;
pub mod readers;
pub mod rss;
pub mod season;
mod telling;
pub mod tongue;

use dice::Dice;
pub use outlets::{OUTLETS, Outlet};
use tongue::{Fact, Tongue};

/// Ms of an hour.
pub const HOUR_MS: i64 = 3_600_000;
/// When every newsroom begins: 1 September 2026, 00:00 UTC.
pub const BEGINS_MS: i64 = 1_788_220_800_000;
/// At least so much of what a development tells is new, in thousandths of its facts.
pub const SHARE_NEW: usize = 550;

/// What stories are about. The first ones are the most common.
pub const TOPICS: &[&str] = &[
    "city", "politics", "sport", "business", "culture", "health", "school", "traffic", "science",
    "crime", "music", "tech",
];
/// Where they happen.
pub const PLACES: &[&str] = &["port", "hill", "vale", "oldtown", "island", "riverside"];

/// How large a newsroom is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Another seed is another newsroom.
    pub seed: u64,
    /// Days in which stories begin.
    pub days: u32,
    /// New stories a day; each comes to about two articles.
    pub stories: u32,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its place in [`Newsroom::stories`].
    pub id: usize,
    /// Its language.
    pub language: &'static str,
    /// Its topics, the strongest first, in thousandths.
    pub topics: Vec<(&'static str, u16)>,
    /// Where it happened; mostly nowhere that anybody follows.
    pub places: Vec<&'static str>,
    /// How much it matters, 1 to 1000: a few stories matter much.
    pub importance: u16,
    /// Hour since the beginning in which it is told first.
    pub born: u32,
    /// What is known, stage by stage; all but the first are developments.
    pub stages: Vec<Stage>,
    /// A regular feature: its headline is that of every other day.
    pub feature: Option<usize>,
}

/// What is known of a story from an hour on.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Hour since the beginning.
    pub hour: u32,
    /// What is told, the newest first.
    pub facts: Vec<Fact>,
}

/// How a piece came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// The first to tell the story.
    Original,
    /// The original's text under an edited headline and lede.
    Syndicated,
    /// The beginning of the original's text.
    Cut,
    /// The same facts in words of its own.
    OwnWords,
    /// Syndicated days after.
    Late,
    /// A development as a piece of its own.
    Update,
    /// An old piece, published again as a new one.
    Republished,
}

/// What a version changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is the first.
    First,
    /// A word.
    Typo,
    /// A development, told in place.
    Development,
    /// The page's address.
    Moved,
    /// It was gone and came back under another address and key.
    Returned,
}

/// What an outlet published: one entry of its feed, which may change.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its place in [`Newsroom::pieces`].
    pub id: usize,
    /// The story that it tells: the truth.
    pub story: usize,
    /// Its outlet's place in [`OUTLETS`].
    pub outlet: usize,
    /// How it came to be.
    pub deed: Deed,
    /// Who wrote it.
    pub byline: String,
    /// Ms at which it says that it was published; none says nothing.
    pub stated_ms: Option<i64>,
    /// In the order of their hours.
    pub versions: Vec<Version>,
    /// Hours between which the feed did not have it.
    pub gone: Option<(u32, u32)>,
}

/// A piece from an hour on.
#[derive(Clone, Debug)]
pub struct Version {
    /// Hour since the beginning.
    pub hour: u32,
    /// What it changed.
    pub change: Change,
    /// Which stage of the story it tells.
    pub stage: usize,
    /// The entry's own id, where the outlet gives it one that is not its address.
    pub key: Option<String>,
    /// As the feed writes it.
    pub url: String,
    /// Its headline.
    pub headline: String,
    /// Its lede.
    pub summary: String,
    /// Its text, where the outlet's feed has it.
    pub body: Option<String>,
}

/// An entry that a feed reads.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Whose.
    pub piece: &'a Piece,
    /// In which form.
    pub version: &'a Version,
}

/// The newsroom.
#[derive(Debug)]
pub struct Newsroom {
    /// How large it is.
    pub size: Size,
    /// What happened.
    pub stories: Vec<Story>,
    /// What was made of it.
    pub pieces: Vec<Piece>,
    by_outlet: Vec<Vec<usize>>,
}

/// Hours that a piece stays in its feed after its last change.
const STAYS: u32 = 60;
/// Most entries of a feed.
const ENTRIES: usize = 80;

impl Newsroom {
    /// The newsroom of a size.
    pub fn new(size: Size) -> Newsroom {
        let mut stories: Vec<Story> = Vec::new();
        for day in 0..size.days {
            for n in 0..size.stories {
                let mut dice = Dice::of(size.seed, &[1, u64::from(day), u64::from(n)]);
                stories.push(story(stories.len(), day, size.seed, &mut dice));
            }
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for story in &stories {
            telling::tell(story, size.seed, &mut pieces);
        }
        let mut by_outlet = vec![Vec::new(); OUTLETS.len()];
        for piece in &pieces {
            by_outlet[piece.outlet].push(piece.id);
        }
        for of in &mut by_outlet {
            of.sort_by_key(|id| (pieces[*id].versions[0].hour, *id));
        }
        Newsroom {
            size,
            stories,
            pieces,
            by_outlet,
        }
    }

    /// What an outlet's feed reads in an hour, the newest change first.
    pub fn feed(&self, outlet: usize, hour: u32) -> Vec<Entry<'_>> {
        let begun = |id: &usize| self.pieces[*id].versions[0].hour <= hour;
        let until = self.by_outlet[outlet].partition_point(begun);
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for id in &self.by_outlet[outlet][..until] {
            let piece = &self.pieces[*id];
            let now = piece.versions.iter().rfind(|v| v.hour <= hour);
            let gone = piece
                .gone
                .is_some_and(|(from, to)| (from..to).contains(&hour));
            entries.extend(
                now.filter(|v| !gone && hour < v.hour + STAYS)
                    .map(|version| Entry { piece, version }),
            );
        }
        entries.sort_by_key(|e| std::cmp::Reverse((e.version.hour, e.piece.id)));
        entries.truncate(ENTRIES);
        entries
    }

    /// The last hour in which anything changes.
    pub fn ends(&self) -> u32 {
        self.size.days * 24
    }
}

/// The instant of an hour, Unix ms.
pub fn hour_ms(hour: u32) -> i64 {
    BEGINS_MS + i64::from(hour) * HOUR_MS
}

fn story(id: usize, day: u32, seed: u64, dice: &mut Dice) -> Story {
    let language = match dice.below(100) {
        0..=59 => "en",
        60..=74 => "de",
        75..=83 => "ru",
        84..=91 => "ar",
        _ => "ja",
    };
    let tongue = Tongue::of(language);
    // Squared twice over: most stories matter little.
    let chance = dice.between(1, 1000) as u64;
    let importance = (chance * chance / 1000 * chance / 1000).clamp(1, 1000) as u16;
    let topic = dice.below(TOPICS.len()).min(dice.below(TOPICS.len()));
    let mut topics = vec![(TOPICS[topic], dice.between(7, 10) as u16 * 100)];
    let second = dice.below(TOPICS.len());
    if second != topic && dice.in_thousand(300) {
        topics.push((TOPICS[second], dice.between(2, 5) as u16 * 100));
    }
    let place = dice.below(PLACES.len());
    let feature = dice.in_thousand(60).then(|| dice.below(3));
    let born = day * 24 + dice.below(24).max(dice.below(24)) as u32;
    // Stories of one subject are alike without being the same.
    let subject = topic * 3 + dice.below(3);
    // Some are about the same people: a subject's standing cast.
    let saga = dice.in_thousand(350);
    let mut standing = Dice::of(seed, &[6, subject as u64, language.len() as u64]);
    let cast = if saga { &mut standing } else { &mut *dice };
    let names: Vec<String> = (0..3).map(|_| tongue.name(cast)).collect();
    let place = if saga { subject % PLACES.len() } else { place };
    let places = match dice.in_thousand(350) {
        true => vec![PLACES[place]],
        false => Vec::new(),
    };
    let facts = |n: u32, dice: &mut Dice| -> Vec<Fact> {
        let one = |_| tongue.fact(&names, PLACES[place], subject, dice);
        (0..n).map(one).collect()
    };
    let first = dice.between(6, 9);
    let mut stages = vec![Stage {
        hour: born,
        facts: facts(first, dice),
    }];
    while feature.is_none() && stages.len() < 4 && dice.in_thousand(170) {
        let before = &stages[stages.len() - 1];
        let (hour, kept) = (before.hour + dice.between(4, 40), dice.below(3));
        let mut told = before.facts[..kept.min(before.facts.len())].to_vec();
        let n = dice.between(6, 8);
        let mut new = facts(n, dice);
        new.append(&mut told);
        stages.push(Stage { hour, facts: new });
    }
    Story {
        id,
        language,
        topics,
        places,
        importance,
        born,
        stages,
        feature,
    }
}
