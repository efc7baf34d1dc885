//! Ninety days of feed churn: copies, cuts, edits, moved pages, entries that vanish and come back, old
//! pieces published again. What nobody may get twice, and what nobody may lose, held against the
//! truth of a synthetic newsroom.

use std::collections::BTreeMap;

use courant::domain::selection::{Candidate, Reader};
use courant::select::Stock;

use crate::support::synthetic::archive::{Archive, Judge, Map, canonical};
use crate::support::synthetic::dice::Dice;
use crate::support::synthetic::readers::followers;
use crate::support::synthetic::season::{Chosen, Season, Wave};
use crate::support::synthetic::{Newsroom, SHARE_NEW, Size};

const SIZE: Size = Size {
    seed: 1,
    days: 90,
    stories: 18,
};

#[test]
fn the_newsroom_is_what_it_says() {
    let newsroom = Newsroom::new(SIZE);
    let again = Newsroom::new(SIZE);
    assert_eq!(format!("{newsroom:?}"), format!("{again:?}"));
    for story in &newsroom.stories {
        for (n, stage) in story.stages.iter().enumerate().skip(1) {
            let before = || story.stages[..n].iter().flat_map(|s| &s.facts);
            let new = stage.facts.iter().filter(|f| before().all(|b| b != *f));
            let share = new.count() * 1000 / stage.facts.len();
            assert!(share >= SHARE_NEW, "story {}, stage {n}: {share}", story.id);
            assert!(story.stages[n - 1].hour < stage.hour);
        }
    }
    let (mut deeds, mut changes) = (BTreeMap::new(), BTreeMap::new());
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    for piece in &newsroom.pieces {
        *deeds.entry(piece.deed).or_insert(0) += 1;
        assert!(
            piece.versions.is_sorted_by(|a, b| a.hour < b.hour),
            "{piece:?}"
        );
        for version in &piece.versions {
            *changes.entry(version.change).or_insert(0) += 1;
            let story = *pages.entry(canonical(&version.url)).or_insert(piece.story);
            assert_eq!(story, piece.story, "a page of two stories: {}", version.url);
        }
    }
    println!("{} pieces: {deeds:?}, {changes:?}", newsroom.pieces.len());
    assert_eq!((deeds.len(), changes.len()), (7, 5));
    assert!(deeds.values().chain(changes.values()).all(|n| *n > 40));
}

/// A season by the true map. What is news in a text is said by the newsroom itself, or read off the
/// texts as the press does it.
fn season(judge: Judge, days: u32) {
    let newsroom = Newsroom::new(Size { days, ..SIZE });
    let readers = followers(60, SIZE.seed);
    let archive = Archive::new(&newsroom, Map::True, judge);
    let mut season = Season::new(&newsroom, archive, &readers);
    let way = |wave: &Wave<'_>, reader: &Reader| Chosen::Whole(wave.stock.select(reader));
    season.run(&way, &mut |_| {});
    let book = &season.audit.book;
    println!(
        "{judge:?}: {} articles of {} stories; {} digests with {} picks, {} updates, {} repeats, \
         {} losses; {:?}",
        season.archive.articles.len(),
        newsroom.stories.len(),
        book.digests,
        book.picks,
        book.updates,
        book.repeats.len(),
        book.losses.len(),
        book.verdicts
    );
    assert_eq!(book.faults, [""; 0]);
    assert_eq!(book.repeats, [""; 0]);
    assert_eq!(book.losses, [""; 0]);
    assert!(book.updates > 100, "what developed comes back: {book:?}");
}

#[test]
fn ninety_days_of_churn_repeat_nothing_and_lose_nothing() {
    season(Judge::Texts, 90);
}

#[test]
fn nor_do_forty_where_the_newsroom_says_what_is_news() {
    season(Judge::Facts, 40);
}

#[test]
fn our_own_grouping_is_mostly_right() {
    let newsroom = Newsroom::new(Size { days: 20, ..SIZE });
    let readers = followers(30, SIZE.seed);
    let archive = Archive::new(&newsroom, Map::Own, Judge::Texts);
    let mut season = Season::new(&newsroom, archive, &readers);
    let way = |wave: &Wave<'_>, reader: &Reader| Chosen::Whole(wave.stock.select(reader));
    season.run(&way, &mut |_| {});
    let book = &season.audit.book;
    let joins = &season.archive.joins;
    let count = |what: &str| -> usize {
        let joined = |by: &str| by != "new" || what == "missed";
        let of = joins
            .iter()
            .filter(|((w, by, _), _)| *w == what && joined(by));
        of.map(|(_, n)| n).sum()
    };
    let [right, wrong, missed] = ["right", "wrong", "missed"].map(count);
    println!(
        "{} digests with {} picks, {} updates, {} repeats, {} losses; {right} joins right, {wrong} \
         wrong, {missed} missed",
        book.digests,
        book.picks,
        book.updates,
        book.repeats.len(),
        book.losses.len(),
    );
    assert!(right > 200 && wrong * 20 < right && missed * 5 < right);
}

#[test]
fn the_order_of_what_comes_in_changes_no_digest_of_a_season() {
    let size = Size { days: 20, ..SIZE };
    let newsroom = Newsroom::new(size);
    let readers = followers(30, size.seed);
    let archive = Archive::new(&newsroom, Map::True, Judge::Facts);
    let mut season = Season::new(&newsroom, archive, &readers);
    let way = |wave: &Wave<'_>, reader: &Reader| {
        let straight = wave.stock.select(reader);
        let mut dice = Dice::of(size.seed, &[5, u64::from(wave.hour)]);
        let mut shuffled: Vec<Candidate> = wave.candidates.to_vec();
        shuffle(&mut shuffled, &mut dice);
        for candidate in &mut shuffled {
            shuffle(&mut candidate.kin, &mut dice);
            shuffle(&mut candidate.topics, &mut dice);
        }
        let mut other = reader.clone();
        shuffle(&mut other.memory, &mut dice);
        shuffle(&mut other.topics, &mut dice);
        shuffle(&mut other.places, &mut dice);
        let stock = Stock::new(&shuffled, wave.rules);
        assert_eq!(stock.select(&other), straight, "edition {}", wave.edition.0);
        assert_eq!(stock.picks(&other).0, straight.picks);
        Chosen::Whole(straight)
    };
    season.run(&way, &mut |_| {});
    let book = &season.audit.book;
    assert!(book.digests > 300, "{book:?}");
}

fn shuffle<T>(all: &mut [T], dice: &mut Dice) {
    for n in (1..all.len()).rev() {
        all.swap(n, dice.below(n + 1));
    }
}
