//! The store's contract for what is asked about an edition on its way.

use courant::domain::delivery::Hold;
use courant::domain::selection::Skip;
use courant::domain::time::Run;
use courant::domain::{CadenceId, EditionId, SubscriberId, SubscriptionId};
use courant::store::follow::WaveSums;

use crate::support::at;
use crate::support::newsroom::{NOW, Newsroom};

#[tokio::test]
async fn what_is_to_come_and_what_was_planned_are_told_apart() {
    let newsroom = Newsroom::new().await;
    let (store, list) = (&newsroom.folder.store, newsroom.list);
    let ann = newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom
        .subscriber("bob@example.org", "Europe/Berlin", None, &[])
        .await;
    let cat = newsroom
        .subscriber("cat@example.org", "Pacific/Auckland", None, &[])
        .await;
    let due = store.due_waves_of(list).await.expect("read");
    let told: Vec<(String, String, i64)> = due
        .iter()
        .map(|w| (w.run.to_string(), w.due_at.to_string(), w.readers))
        .collect();
    // In Auckland it is 07:00 at this very instant, so the next run is tomorrow's.
    let expected = [
        ("2026-11-26", "2026-11-26T06:00:00Z", 2),
        ("2026-11-27", "2026-11-26T18:00:00Z", 1),
    ];
    assert_eq!(
        told,
        expected.map(|(run, due, n)| (run.to_owned(), due.to_owned(), n))
    );

    let wave = due.iter().find(|w| w.readers == 2).expect("a wave of two");
    let planned = newsroom
        .press()
        .plan(wave, at(NOW), at(NOW))
        .await
        .expect("planned");
    let edition = planned.edition.id;
    assert_eq!(
        store
            .due_waves_of(list)
            .await
            .expect("read")
            .iter()
            .filter(|w| w.run == wave.run)
            .count(),
        0
    );
    assert!(store.withheld(edition).await.expect("read").is_empty());
    let sums = store.wave_sums(edition).await.expect("read");
    assert_eq!(
        sums[&planned.wave.id],
        WaveSums {
            planned: 2,
            open: 2
        }
    );
    assert_eq!(store.going(edition).await.expect("read"), 2);
    assert_eq!(
        store.next_in(edition).await.expect("read"),
        Some(wave.due_at)
    );
    assert_eq!(store.held(edition).await.expect("read"), []);
    assert_eq!(store.skip_of(edition, ann).await.expect("read"), None);
    let letter = |of, cadence, run: &str| {
        let run = Run::parse(run).expect("a run");
        async move { store.letter_in(of, cadence, &run).await.expect("read") }
    };
    assert!(letter(ann, wave.cadence, "2026-11-26").await);
    assert!(!letter(ann, wave.cadence, "2026-11-27").await);
    assert!(!letter(ann, CadenceId(99), "2026-11-26").await);
    assert!(!letter(cat, wave.cadence, "2026-11-26").await);
    assert!(!letter(SubscriptionId(99), wave.cadence, "2026-11-26").await);
    assert_eq!(store.next_in(EditionId(99)).await.expect("read"), None);
    let people = [SubscriberId(1), SubscriberId(99)];
    let addresses = store.addresses(&people).await.expect("read");
    assert_eq!(addresses.len(), 1);
    assert_eq!(addresses[&SubscriberId(1)].full(), "ann@example.org");
}

#[tokio::test]
async fn held_letters_are_counted_by_reason_and_only_unsent_ones_are_released() {
    let newsroom = Newsroom::new().await;
    let store = &newsroom.folder.store;
    newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    let due = store.due_waves_of(newsroom.list).await.expect("read");
    let planned = newsroom
        .press()
        .plan(&due[0], at(NOW), at(NOW))
        .await
        .expect("planned");
    let edition = planned.edition.id;
    assert_eq!(
        store.held(edition).await.expect("read"),
        [(Hold::Approval, 1)]
    );
    assert_eq!(store.going(edition).await.expect("read"), 0);
    assert_eq!(
        store
            .release_unsent(edition, at(NOW))
            .await
            .expect("released"),
        1
    );
    assert_eq!(
        store
            .release_unsent(edition, at(NOW))
            .await
            .expect("released"),
        0
    );
    assert_eq!(store.going(edition).await.expect("read"), 1);
}

#[tokio::test]
async fn a_skip_is_found_with_its_wave() {
    let newsroom = Newsroom::new().await;
    let store = &newsroom.folder.store;
    let ann = newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom.done(&["list", "set", "times", "stories", "50"]);
    newsroom.done(&["list", "set", "times", "stories_min", "50"]);
    let due = store.due_waves_of(newsroom.list).await.expect("read");
    let planned = newsroom
        .press()
        .plan(&due[0], at(NOW), at(NOW))
        .await
        .expect("planned");
    let skip = store.skip_of(planned.edition.id, ann).await.expect("read");
    let skip = skip.expect("passed over");
    assert_eq!(
        (skip.wave, skip.why),
        (planned.wave.id, Skip::TooFewStories)
    );
    let by = skip.by.expect("judged by its terms");
    assert_eq!((by.at, by.since_ms), (at(NOW), None));
    let nobody = store.skip_of(planned.edition.id, SubscriptionId(99)).await;
    assert_eq!(nobody.expect("read"), None);
}
