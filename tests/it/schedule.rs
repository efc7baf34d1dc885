//! One step of the scheduler: what is planned when, and what one list's trouble does to others.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::clock::Clock;
use courant::deliver::notice::Notices;
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::delivery::{DeliveryState, Hold};
use courant::domain::due::Due;
use courant::domain::selection::{Candidate, Verdict};
use courant::domain::time::{CronExpr, Timestamp};
use courant::press::PressError;
use courant::schedule::Schedule;
use courant::sink::{Sink, SinkSettings};
use tokio_util::sync::CancellationToken;

use crate::support::paper::{Paper, after, slug};
use crate::support::served::until;

/// A port at which no relay is asked for anything.
const NOWHERE: u16 = 9;

fn schedule(paper: &Paper) -> Schedule {
    at_relay(paper, NOWHERE, paper.now)
}

fn at_relay(paper: &Paper, port: u16, now: Timestamp) -> Schedule {
    Schedule {
        press: paper.press(),
        delivery: paper.delivery(port, now),
        fetcher: None,
        pictures: None,
        notices: Notices {
            store: paper.store().clone(),
            relays: vec![Relay::new("127.0.0.1", port, Tls::None)],
            signer: None,
        },
        confirmations: None,
        clock: Clock::starting_at(now),
    }
}

/// Letters planned by one step, with what they ask, and what failed.
async fn step(paper: &Paper, now: Timestamp) -> (Vec<(u64, Option<Hold>)>, Vec<PressError>) {
    let done = schedule(paper)
        .plan_due(now, &CancellationToken::new())
        .await;
    let (planned, failed) = done.unwrap();
    let planned = planned.iter().map(|p| (p.digests, p.held)).collect();
    (planned, failed)
}

#[tokio::test]
async fn a_wave_is_planned_at_its_cut_off_and_once() {
    let paper = Paper::daily().await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    assert_eq!(step(&paper, after(paper.due, -11)).await.0, []);
    assert_eq!(step(&paper, after(paper.due, -10)).await.0, [(2, None)]);
    assert_eq!(step(&paper, after(paper.due, -9)).await.0, []);
    assert_eq!(
        paper.store().next_due().await.unwrap(),
        Some(after(paper.due, 24 * 60))
    );
}

#[tokio::test]
async fn after_a_long_stop_the_newest_run_asks_and_those_before_it_are_not_made_up_for() {
    let paper = Paper::daily().await;
    paper.readers(&["mia@reader.example"]).await;
    let newest = after(paper.due, 3 * 24 * 60);
    paper.articles("fresh", 12, after(newest, -60)).await;
    let late = after(newest, 5 * 60);
    assert_eq!(step(&paper, late).await.0, [(1, Some(Hold::Late))]);
    assert_eq!(step(&paper, late).await.0, []);
    let runs = paper.store().editions(paper.list, 9).await.unwrap();
    let runs: Vec<_> = runs.iter().map(|e| e.run.to_string()).collect();
    assert_eq!(runs, ["2026-11-28"]);
    let next = after(paper.due, 4 * 24 * 60);
    assert_eq!(paper.store().next_due().await.unwrap(), Some(next));
}

#[tokio::test]
async fn a_missed_run_is_merged_into_the_next_where_the_list_says_so() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    let store = paper.store();
    store.list_set(paper.list, "late", "merge").await.unwrap();
    let day = 24 * 60;
    // Three days without a start: of the missed runs only the newest counts, and it is not sent.
    let missed = after(paper.due, 3 * day);
    paper.articles("missed", 6, after(missed, -60)).await;
    assert_eq!(step(&paper, after(missed, 5 * 60)).await.0, [(0, None)]);
    let editions = store.editions(paper.list, 9).await.unwrap();
    let runs: Vec<_> = editions.iter().map(|e| e.run.to_string()).collect();
    assert_eq!(runs, ["2026-11-28"]);
    let skips = store.skips(editions[0].id).await.unwrap();
    assert_eq!(skips, [(reader, "merged".to_owned())]);
    let subscription = store.subscription(reader).await.unwrap().unwrap().1;
    let next = after(paper.due, 4 * day);
    assert_eq!(subscription.due_at, Some(next));
    let since = after(missed, -10 - day);
    assert_eq!(subscription.since, Some(since));

    paper.articles("fresh", 6, after(next, -60)).await;
    assert_eq!(step(&paper, after(next, -10)).await.0, [(1, None)]);
    let edition = store.editions(paper.list, 1).await.unwrap().remove(0);
    let digest = store.digest_of(edition.id, reader).await.unwrap().unwrap();
    assert_eq!(digest.since_ms, Some(since.as_millisecond()));
    let explained = paper.press().explain(&edition, reader).await.unwrap();
    let missed = |c: &&Candidate| c.headline.starts_with("missed");
    assert!(explained.agrees);
    assert_eq!(explained.candidates.iter().filter(missed).count(), 6);
    let subscription = store.subscription(reader).await.unwrap().unwrap().1;
    assert_eq!(subscription.since, None);
    // What a person plans by hand is meant, however late it is.
    let by_hand = after(paper.due, 5 * day);
    paper.articles("by-hand", 6, after(by_hand, -60)).await;
    let planned = paper.plan_at(after(by_hand, 5 * 60)).await;
    assert_eq!((planned[0].digests, planned[0].held), (1, None));
}

#[tokio::test]
async fn who_is_passed_over_is_explained_by_what_a_digest_would_have_reached_back_to() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    let store = paper.store();
    store.list_set(paper.list, "late", "merge").await.unwrap();
    let day = 24 * 60;
    let missed = after(paper.due, 3 * day);
    paper.articles("missed", 1, after(missed, -23 * 60)).await;
    assert_eq!(step(&paper, after(missed, 5 * 60)).await.0, [(0, None)]);
    // One story is too little for a letter, twice; the third run has enough, and reaches back to it.
    for n in 4..6 {
        let run = after(paper.due, n * day - 10);
        assert_eq!(step(&paper, run).await.0, [(0, None)], "day {n}");
    }
    let passed = store.editions(paper.list, 1).await.unwrap().remove(0);
    let third = after(paper.due, 6 * day);
    paper.articles("fresh", 6, after(third, -60)).await;
    assert_eq!(step(&paper, after(third, -10)).await.0, [(1, None)]);
    let subscription = store.subscription(reader).await.unwrap().unwrap().1;
    assert_eq!(subscription.since, None);
    let explained = paper.press().explain(&passed, reader).await.unwrap();
    assert!(explained.agrees && explained.digest.is_none());
    let verdicts: Vec<_> = explained.selection.verdicts.values().collect();
    assert!(matches!(verdicts[..], [Verdict::Skipped]), "{verdicts:?}");
}

#[tokio::test]
async fn a_list_that_cannot_be_planned_keeps_no_other_from_it() {
    let paper = Paper::daily().await;
    paper.readers(&["mia@reader.example"]).await;
    // A list that is not set up yet, with a reader due earlier.
    let store = paper.store();
    let list = store
        .list_add(&slug("argus"), &[], paper.now)
        .await
        .unwrap();
    let daily = CronExpr::parse("0 6 * * *").unwrap();
    let cadence = store
        .cadence_add(list, &slug("early"), &daily, paper.now)
        .await
        .unwrap();
    let mut new = paper.new_reader("noah@reader.example");
    (new.list, new.cadence) = (list, cadence);
    new.terms.cadence = slug("early");
    new.due = Some(Due {
        at: after(paper.due, -60),
        run: paper.run(),
        cadence,
    });
    store.subscriber_add(&new, false, paper.now).await.unwrap();

    let (planned, failed) = step(&paper, paper.now).await;
    assert_eq!(planned, [(1, None)]);
    let said: Vec<_> = failed.iter().map(PressError::to_string).collect();
    let expected =
        "list `argus` cannot send: name, sender_address, postal_address, operators not set";
    assert_eq!(said, [expected]);
}

#[tokio::test]
async fn who_changes_their_terms_between_cut_off_and_due_is_planned_and_not_skipped_as_well() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    step(&paper, paper.now).await;
    let (store, changed) = (paper.store(), after(paper.due, -5));
    let terms = store.subscription(reader).await.unwrap().unwrap().1.terms;
    let due = courant::domain::due::next_due(&terms, &paper.cadence, changed).unwrap();
    assert_eq!(due.unwrap().at, paper.due, "this run, once more");
    let revised = store.terms_revise(reader, &terms, paper.cadence.id, due, "reader", changed);
    revised.await.unwrap();
    assert_eq!(step(&paper, changed).await.0, [(0, None)]);
    let edition = store.editions(paper.list, 9).await.unwrap()[0].id;
    let tally = store.tally(edition).await.unwrap();
    assert_eq!((tally.planned, tally.skipped), (1, 0));
    assert_eq!(store.skips(edition).await.unwrap(), []);
    assert_eq!(
        store.next_due().await.unwrap(),
        Some(after(paper.due, 24 * 60))
    );
}

#[tokio::test]
async fn what_a_failed_run_left_taken_is_sent_though_nothing_else_waits() {
    let paper = Paper::daily().await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let edition = paper.plan().await.id;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let schedule = at_relay(&paper, sink.addr().port(), paper.due);
    paper
        .sql(
            "create trigger full_disk before update on delivery when new.state = 'started' \
             begin select raise(abort, 'the disk is full'); end",
        )
        .await;
    let stop = CancellationToken::new();
    schedule.delivery.run(None, &stop).await.unwrap_err();
    assert!(schedule.delivery.is_torn());
    let rows = paper.rows(edition).await;
    assert!(rows.iter().all(|r| r.state == DeliveryState::Leased));
    paper.sql("drop trigger full_disk").await;

    let settled = async {
        until("both are sent", async || {
            paper.store().tally(edition).await.unwrap().accepted == 2
        })
        .await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(schedule.run(&stop), settled);
    assert!(ended.is_ok());
    assert_eq!(sink.mailbox().count_accepted(), 2);
}
