//! Ninety days of feed churn: copies, cuts, edits, moved pages, entries that vanish and come back, old
//! pieces published again. What nobody may get twice, and what nobody may lose, held against the
//! truth of a synthetic newsroom.

use courant::domain::selection::Candidate;
use courant::select::Stock;

use crate::support::synthetic::archive::{Archive, Judge, Map};
use crate::support::synthetic::dice::Dice;
use crate::support::synthetic::readers::followers;
use crate::support::synthetic::season::{Chosen, Season};
use crate::support::synthetic::{Newsroom, Size};

const SIZE: Size = Size {
    seed: 1,
    days: 90,
    stories: 18,
};

#[test]
fn ninety_days_of_churn_repeat_nothing_and_lose_nothing() {
    let newsroom = Newsroom::new(SIZE);
    let readers = followers(60, SIZE.seed);
    let archive = Archive::new(&newsroom, Map::True, Judge::Facts);
    let mut season = Season::new(&newsroom, archive, &readers);
    season.run(
        &|wave, reader| Chosen::Whole(wave.stock.select(reader)),
        &mut |_| {},
    );
    let book = &season.audit.book;
    println!(
        "{} articles of {} stories; {} digests with {} picks, {} updates; {:?}",
        season.archive.articles.len(),
        newsroom.stories.len(),
        book.digests,
        book.picks,
        book.updates,
        book.verdicts
    );
    assert_eq!(book.faults, [""; 0]);
    assert_eq!(book.repeats, [""; 0]);
    assert_eq!(book.losses, [""; 0]);
}

#[test]
fn the_order_of_what_comes_in_changes_no_digest_of_a_season() {
    let size = Size { days: 20, ..SIZE };
    let newsroom = Newsroom::new(size);
    let readers = followers(30, size.seed);
    let archive = Archive::new(&newsroom, Map::True, Judge::Facts);
    let mut season = Season::new(&newsroom, archive, &readers);
    let way = |wave: &crate::support::synthetic::season::Wave<'_>,
               reader: &courant::domain::selection::Reader| {
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
