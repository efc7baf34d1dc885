//! The store's contract for proofs: a finished plan read back whole, and what was found kept.

use courant::domain::delivery::{DeliveryState, Hold};
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use courant::proof::{Fault, Findings, Flaw, Severity};
use courant::store::memory::Remembering;

use crate::support::paper::{Paper, after};

#[tokio::test]
async fn a_plan_is_read_back_with_its_ledger_its_memory_and_who_it_is_for() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&["ann@example.org", "bob@example.org"]).await;
    let edition = paper.plan().await;
    let store = paper.store();
    let wave = store.waves(edition.id).await.expect("read").remove(0);
    let first = store.stored_digests(wave.id, SubscriptionId(0), 1).await;
    let first = first.expect("read");
    assert_eq!(first.len(), 1);
    let rest = store
        .stored_digests(wave.id, first[0].subscription, 10)
        .await;
    let rest = rest.expect("read");
    assert_eq!(rest.len(), 1);
    let digest = &rest[0];
    assert_eq!((digest.subscription, digest.active), (readers[1], true));
    let (state, in_wave, id) = digest.ledger.expect("a row");
    assert_eq!(
        (state, in_wave, id),
        (DeliveryState::Planned, wave.id, digest.digest)
    );
    let (texts, returned) = digest.remembered.clone().expect("a memory");
    assert_eq!((texts.len(), returned), (digest.picks.len(), false));
    assert!(!digest.skipped && digest.left_out == 0);
    assert_eq!(store.ledger_alone(wave.id, 9).await.expect("read"), []);
    paper
        .sql("pragma foreign_keys = off; delete from digest where subscription_id = 1")
        .await;
    let alone = store.ledger_alone(wave.id, 9).await.expect("read");
    assert_eq!(alone, [(readers[0], first[0].digest)]);

    // Before itself it had nothing; later, and for another edition, what it was sent.
    let (reader, at) = (readers[1], digest.at);
    let of = Remembering {
        list: paper.list,
        shares: Vec::new(),
        since: after(at, -60),
    };
    let now = [(reader, at, digest.digest)];
    let before = store.memories_before(&now, &of, edition.id).await;
    assert!(before.expect("read").sent.is_empty());
    let later = [(reader, after(at, 1), digest.digest)];
    let read = store.memories_before(&later, &of, EditionId(99)).await;
    let read = read.expect("read");
    assert_eq!(read.sent[&reader].len(), digest.picks.len());
    assert_eq!(read.unreadable, []);
    // What was frozen before the memory begins is forgotten.
    let short = Remembering {
        since: after(at, 1),
        ..of.clone()
    };
    let none = store.memories_before(&later, &short, EditionId(99)).await;
    assert!(none.expect("read").sent.is_empty());
    // A row that is none is told, and no other is lost for it.
    paper
        .sql("update memory set revisions = x'0102' where subscription_id = 2")
        .await;
    let read = store.memories_before(&later, &of, EditionId(99)).await;
    assert_eq!(read.expect("read").unreadable, [(reader, edition.id)]);
}

#[tokio::test]
async fn a_digest_that_cannot_be_read_stands_beside_those_that_can() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&["ann@example.org", "bob@example.org"]).await;
    let edition = paper.plan().await;
    let store = paper.store();
    let wave = store.waves(edition.id).await.expect("read").remove(0);
    paper
        .sql("update digest set picks = 'torn' where subscription_id = 1")
        .await;
    let slice = store.stored_slice(wave.id, SubscriptionId(0), 9).await;
    let slice = slice.expect("read");
    let [Err(torn), Ok(whole)] = slice.as_slice() else {
        panic!("{slice:?}")
    };
    assert_eq!(
        (torn.subscription, whole.subscription),
        (readers[0], readers[1])
    );
    assert!(
        torn.why.to_string().contains("digest.picks"),
        "{}",
        torn.why
    );
    let all = store.stored_digests(wave.id, SubscriptionId(0), 9).await;
    assert!(all.is_err());
}

#[tokio::test]
async fn embargoes_are_told_as_they_are_now() {
    let paper = Paper::daily().await;
    let store = paper.store();
    paper
        .sql("update article set embargo_ms = 7 where article_id = 2")
        .await;
    let articles = [1, 2, 3].map(ArticleId);
    let found = store.embargoes(&articles).await.expect("read");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(ArticleId(2), 7)]);
}

#[tokio::test]
async fn withdrawn_articles_are_told_and_faults_hold_what_has_not_left() {
    let paper = Paper::daily().await;
    paper.readers(&["ann@example.org"]).await;
    let edition = paper.plan().await;
    let store = paper.store();
    paper
        .sql("update article set withdrawn_ms = 7 where article_id = 2")
        .await;
    let articles = [1, 2, 3].map(ArticleId);
    let withdrawn = store.withdrawn(&articles).await.expect("read");
    assert_eq!(
        withdrawn.into_iter().collect::<Vec<_>>(),
        [(ArticleId(2), 7)]
    );
    let wave = store.waves(edition.id).await.expect("read").remove(0);
    let fault = |severity| Fault {
        flaw: Flaw::Withdrawn,
        severity,
        subscription: Some(SubscriptionId(1)),
        digest: None,
        article: Some(ArticleId(2)),
        flight: None,
        words: "article 2 was withdrawn".to_owned(),
    };
    let mut found = Findings::default();
    found.add([fault(Severity::Warning)]);
    let held = store.wave_faulty(wave.id, &found, paper.now).await;
    assert_eq!(held.expect("written"), 0, "a warning holds nothing");
    found.add([fault(Severity::Error)]);
    let held = store.wave_faulty(wave.id, &found, paper.now).await;
    assert_eq!(held.expect("written"), 1);
    assert_eq!(
        store.faults(edition.id).await.expect("read"),
        [(wave.id, found)]
    );
    assert_eq!(
        store.held(edition.id).await.expect("read"),
        [(Hold::Check, 1)]
    );
}
