//! The store's contract for rehearsals and approved plans.

use courant::domain::snapshot::{Plan, Snapshot};
use courant::domain::subscriber::Length;
use courant::domain::{ArticleId, EditionId};
use courant::store::Store;

use crate::support::paper::{Paper, after};

#[tokio::test]
async fn letters_of_a_copy_count_as_accepted_when_they_may_leave_and_the_database_is_not_touched() {
    let paper = Paper::daily().await;
    paper.readers(&["ann@example.org", "bob@example.org"]).await;
    let before = dump(paper.store()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = paper.store().rehearse(folder.path()).await.expect("copied");
    let inside = courant::press::Press {
        store: copy.store().clone(),
        ..paper.press()
    };
    let due = copy
        .store()
        .due_waves(paper.due)
        .await
        .expect("read")
        .remove(0);
    let planned = inside
        .plan(&due, paper.now, paper.now)
        .await
        .expect("planned");
    let edition = planned.edition.id;
    let minutes = copy.minutes(planned.wave.id).await.expect("read");
    let minute = paper.due.as_millisecond() / 60_000;
    assert_eq!(minutes.into_iter().collect::<Vec<_>>(), [(minute, 2)]);
    assert!(copy.skips(planned.wave.id).await.expect("read").is_empty());
    assert_eq!(
        copy.accept(after(paper.due, -1), false)
            .await
            .expect("written"),
        0
    );
    assert_eq!(copy.accept(paper.due, false).await.expect("written"), 2);
    assert!(copy.overtaken(None).await.expect("read").is_empty());
    let tally = copy.store().tally(edition).await.expect("read");
    assert_eq!((tally.accepted, tally.adds_up()), (2, true));
    assert!(
        dump(paper.store()).await == before,
        "the database itself is as it was"
    );
}

/// A whole copy of a database, octet for octet.
async fn dump(store: &Store) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("copy.db");
    store.backup(&to).await.expect("copied");
    std::fs::read(&to).expect("read")
}

#[tokio::test]
async fn an_approved_plan_is_kept_as_it_was_and_the_newest_counts() {
    let paper = Paper::daily().await;
    paper.readers(&["ann@example.org"]).await;
    let (edition, store) = (paper.plan().await.id, paper.store());
    assert_eq!(store.approved_plan(edition).await.expect("read"), None);
    let wave = |due_ms, digests| Snapshot {
        due_ms,
        digests,
        skipped: 3,
        hash: [7; 32],
        plan: Plan {
            articles: [(ArticleId(1), digests)].into(),
            subject: Some("Calm".to_owned()),
            ..Plan::default()
        },
    };
    let first = [wave(1, 5), wave(2, 6)];
    let kept = store
        .approved_plan_add(edition, &first, "mia", paper.now)
        .await;
    kept.expect("written");
    let later = after(paper.now, 5);
    let second = [wave(1, 9)];
    let kept = store
        .approved_plan_add(edition, &second, "bea", later)
        .await;
    kept.expect("written");
    let known = store
        .approved_plan(edition)
        .await
        .expect("read")
        .expect("one");
    assert_eq!((known.by.as_str(), known.at), ("bea", later));
    assert_eq!(known.waves, second);
    assert_eq!(
        store.approved_plan(EditionId(99)).await.expect("read"),
        None
    );
}

#[tokio::test]
async fn terms_are_found_as_they_were_at_an_instant() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["ann@example.org"]).await[0];
    let store = paper.store();
    let first = store.terms_as_of(reader, paper.now).await.expect("read");
    let (_, subscription) = store
        .subscription(reader)
        .await
        .expect("read")
        .expect("one");
    assert_eq!(first, Some(subscription.terms_id));
    let mut terms = subscription.terms.clone();
    terms.length = Length::Short;
    let later = after(paper.now, 5);
    let (by, cadence) = ("test", paper.cadence.id);
    let revised = store.terms_revise(reader, &terms, cadence, None, by, later);
    let revised = revised.await.expect("written");
    assert_eq!(
        store.terms_as_of(reader, paper.now).await.expect("read"),
        first
    );
    assert_eq!(
        store.terms_as_of(reader, later).await.expect("read"),
        Some(revised)
    );
    let never = store.terms_as_of(reader, after(paper.now, -9)).await;
    assert_eq!(never.expect("read"), None);
}
