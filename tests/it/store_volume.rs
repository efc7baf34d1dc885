//! The volume guard: what is counted before a wave is written, what is held for it, and how it is
//! said and released.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::delivery::Hold;
use courant::domain::due::Due;
use courant::domain::subscriber::Length;
use courant::domain::time::{Run, Timestamp};
use courant::domain::volume::{Past, Unusual};
use courant::press::PlannedWave;
use courant::store::volume::Weighed;

use crate::support::binary::courant;
use crate::support::paper::{Paper, after};
use crate::support::served::configure;

const DAY: i64 = 24 * 60;

/// Every letter was taken.
const SENT: &str =
    "update delivery set state = 'accepted' where state = 'planned' and held is null";

/// A paper that has gone out on three days to `n` readers.
async fn three_days(n: usize) -> Paper {
    let paper = Paper::daily().await;
    join(&paper, "old", n, paper.now, paper.due).await;
    for day in 0..3 {
        let planned = day_of(&paper, day, 12).await;
        assert_eq!(planned.len(), 1);
        assert_eq!((planned[0].digests, planned[0].held), (n as u64, None));
        paper.sql(SENT).await;
    }
    paper
}

/// Readers who join at `joined` and are due at `due`.
async fn join(paper: &Paper, name: &str, n: usize, joined: Timestamp, due: Timestamp) {
    for n in 0..n {
        let mut new = paper.new_reader(&format!("{name}{n}@reader.example"));
        new.due = Some(Due {
            at: due,
            run: run(due),
            cadence: paper.cadence.id,
        });
        let added = paper.store().subscriber_add(&new, false, joined);
        added.await.unwrap();
    }
}

fn run(at: Timestamp) -> Run {
    Run::parse(&at.strftime("%Y-%m-%d").to_string()).unwrap()
}

/// Plans a day, with so many new articles.
async fn day_of(paper: &Paper, day: i64, articles: usize) -> Vec<PlannedWave> {
    let now = after(paper.now, day * DAY);
    if day > 0 {
        let name = format!("day{day}");
        paper.articles(&name, articles, after(now, -60)).await;
    }
    paper.plan_at(now).await
}

#[tokio::test]
async fn an_edition_to_many_more_people_asks_and_says_how_many() {
    let paper = three_days(3).await;
    let (store, day) = (paper.store(), 3 * DAY);
    // A first wave of those who are always there, and an hour later one of very many, who are not
    // that new.
    let (joined, due) = (paper.now, after(paper.due, day));
    join(&paper, "more", 54, joined, after(due, 60)).await;
    let first = day_of(&paper, 3, 12).await.remove(0);
    assert_eq!((first.digests, first.held), (3, None));
    let wave = store.due_waves(after(due, 60)).await.unwrap().remove(0);
    let edition = Some(first.edition.id);
    let weighed = Weighed {
        due: &wave,
        edition,
    };
    let volume = store.volume(weighed).await.unwrap();
    let past = Past {
        letters: 3,
        released: false,
        stories_tenths: 50,
    };
    assert_eq!(volume.past, [past; 3]);
    assert_eq!((volume.planned, volume.coming, volume.joined), (3, 54, 0));
    let second = paper.plan_at(after(paper.now, day + 60)).await.remove(0);
    assert_eq!((second.digests, second.held), (54, Some(Hold::Volume)));
    let found = Unusual::Recipients {
        recipients: 57,
        usual: 3,
    };
    let id = first.edition.id;
    assert_eq!(store.unusual(id).await.unwrap(), [(second.wave.id, found)]);
    assert_eq!(store.tally(id).await.unwrap().asking, 54, "the first goes");

    let home = paper.folder.path();
    configure(home, 9, 1);
    let run = run(due).to_string();
    let (code, out, err) = courant(home, &["edition", "status", "times", "--run", &run]);
    assert_eq!(code, 5, "{out}{err}");
    let told = format!(
        "ASKS: 54 letters of an edition that is far from the usual\n  \
         it would go to 57 people, where 3 are usual\n  \
         to let go: `courant edition release times --run {run} --cadence daily`\n"
    );
    assert!(out.contains(&told), "{out}");
    let release = ["edition", "release", "times", "--run", &run];
    assert_eq!(courant(home, &release).0, 0);
    assert_eq!(store.tally(id).await.unwrap().asking, 0);
    // Once a person has said yes, later waves go.
    join(&paper, "late", 90, joined, after(due, 120)).await;
    let third = paper.plan_at(after(paper.now, day + 120)).await.remove(0);
    assert_eq!((third.digests, third.held), (90, None));
}

#[tokio::test]
async fn what_was_held_and_never_sent_is_not_usual_and_what_was_released_is() {
    let paper = three_days(3).await;
    let store = paper.store();
    let due = after(paper.due, 3 * DAY);
    join(&paper, "wrong", 60, after(due, -DAY / 2), due).await;
    // Nobody looks for five days: each edition asks, whatever the ones before it came to, and the
    // strangers are as new as on their first day.
    let mut last = None;
    for day in 3..8 {
        let planned = day_of(&paper, day, 12).await.remove(0);
        assert_eq!(
            (planned.digests, planned.held),
            (63, Some(Hold::Volume)),
            "day {day}"
        );
        last = Some(planned.edition.id);
    }
    let now = after(paper.now, 7 * DAY);
    let last = last.unwrap();
    store.edition_release(last, now).await.unwrap();
    assert_eq!(store.release(last, now).await.unwrap(), 63);
    // Released and not yet sent: a person has looked, and the next one of that size goes.
    let next = day_of(&paper, 8, 12).await.remove(0);
    assert_eq!((next.digests, next.held), (63, None));
}

#[tokio::test]
async fn the_second_edition_is_compared_with_the_first() {
    let paper = Paper::daily().await;
    join(&paper, "old", 3, paper.now, paper.due).await;
    let first = day_of(&paper, 0, 12).await.remove(0);
    assert_eq!(first.held, None, "nothing to be compared with");
    paper.sql(SENT).await;
    let due = after(paper.due, DAY);
    join(&paper, "new", 54, after(due, -DAY / 2), due).await;
    let second = day_of(&paper, 1, 12).await.remove(0);
    assert_eq!((second.digests, second.held), (57, Some(Hold::Volume)));
}

#[tokio::test]
async fn an_edition_of_mostly_new_people_asks_and_a_guard_that_is_off_does_not() {
    for (guard, held) in [("ask", Some(Hold::Volume)), ("off", None)] {
        let paper = three_days(51).await;
        let store = paper.store();
        let set = store.list_set(paper.list, "volume_guard", guard);
        set.await.unwrap();
        let due = after(paper.due, 3 * DAY);
        join(&paper, "new", 52, after(due, -DAY / 2), due).await;
        let planned = day_of(&paper, 3, 12).await.remove(0);
        assert_eq!((planned.digests, planned.held), (103, held), "{guard}");
        let found = store.unusual(planned.edition.id).await.unwrap();
        let words: Vec<String> = found.iter().map(|(_, f)| f.words()).collect();
        match guard {
            "ask" => assert_eq!(
                words,
                ["52 of its 103 people joined since the edition before"]
            ),
            _ => assert_eq!(words.len(), 0),
        }
    }
}

#[tokio::test]
async fn digests_of_far_more_stories_ask_in_the_write_of_their_slice() {
    let paper = three_days(51).await;
    let store = paper.store();
    for key in ["stories", "topic_cap"] {
        store.list_set(paper.list, key, "40").await.unwrap();
    }
    let planned = day_of(&paper, 3, 30).await.remove(0);
    assert_eq!((planned.digests, planned.held), (51, Some(Hold::Volume)));
    let id = planned.edition.id;
    assert_eq!(store.tally(id).await.unwrap().asking, 51);
    let found = store.unusual(id).await.unwrap()[0].1;
    assert!(
        matches!(
            found,
            Unusual::Stories {
                usual_tenths: 50,
                ..
            }
        ),
        "{found:?}"
    );
    // The word is kept with the wave, whatever is usual later; another one replaces it.
    store.wave_unusual(planned.wave.id, &found).await.unwrap();
    assert_eq!(store.unusual(id).await.unwrap().len(), 1);
    // A higher factor is patient.
    let set = store.list_set(paper.list, "volume_factor", "100");
    set.await.unwrap();
    let next = day_of(&paper, 4, 30).await.remove(0);
    assert_eq!((next.digests, next.held), (51, None));
}

#[tokio::test]
async fn the_looks_of_a_due_wave_are_each_named_once() {
    let paper = Paper::daily().await;
    join(&paper, "same", 3, paper.now, paper.due).await;
    let mut new = paper.new_reader("other@reader.example");
    new.terms.language = "ar".to_owned();
    new.terms.length = Length::Short;
    new.terms.images = false;
    new.due = Some(Due {
        at: paper.due,
        run: run(paper.due),
        cadence: paper.cadence.id,
    });
    let added = paper.store().subscriber_add(&new, false, paper.now);
    added.await.unwrap();
    join(&paper, "later", 1, paper.now, after(paper.due, 60)).await;
    let wave = paper.store().due_waves(paper.due).await.unwrap().remove(0);
    let mut looks = paper.store().due_looks(&wave).await.unwrap();
    looks.sort();
    let same = paper.new_reader("same@reader.example").terms;
    let expected = [
        ("ar".to_owned(), Length::Short, false),
        (same.language, same.length, same.images),
    ];
    assert_eq!(looks, expected);
}
