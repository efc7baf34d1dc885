//! The contract of the store about readers' rows for their pages: read together, and with the number of
//! changes of what lists offer.

use std::collections::BTreeMap;

use courant::domain::SubscriptionId;
use courant::domain::time::{CronExpr, Run};
use courant::store::Store;

use crate::support::paper::{Paper, slug};

#[tokio::test(flavor = "multi_thread")]
async fn readers_who_ask_at_once_each_get_their_own_row() {
    let paper = Paper::daily().await;
    let addresses: Vec<String> = (0..40).map(|n| format!("r{n}@reader.example")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let ids = paper.readers(&addresses).await;
    let asked: Vec<SubscriptionId> = (0..400)
        .map(|n| *ids.get(n * 7 % 50).unwrap_or(&SubscriptionId(9_999)))
        .collect();
    let tasks: Vec<_> = asked
        .iter()
        .map(|id| {
            let (store, id) = (paper.store().clone(), *id);
            tokio::spawn(async move { store.visit(id).await.unwrap() })
        })
        .collect();
    let changes = paper.store().offer_changes().await.unwrap();
    for (id, task) in asked.into_iter().zip(tasks) {
        let visited = task.await.unwrap();
        let alone = paper.store().subscription(id).await.unwrap();
        let seen = visited
            .as_ref()
            .map(|v| (v.person.clone(), v.subscription.clone()));
        assert_eq!(seen, alone);
        assert!(visited.is_none_or(|v| v.offer_changes == changes));
    }
    // A store that is closed reads for nobody, and leaves no log beside its file.
    paper.store().close().await;
    assert!(paper.store().visit(ids[0]).await.is_err());
    assert!(!paper.store().path().with_extension("db-wal").exists());
}

#[tokio::test]
async fn every_change_of_an_offer_is_counted_and_no_other_is() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mara@reader.example"]).await[0];
    let (ours, list, now) = (paper.store(), paper.list, paper.now);
    // As a command beside the service does.
    let other = Store::open(ours.path()).await.unwrap();
    let mut before = ours.visit(reader).await.unwrap().unwrap().offer_changes;
    let mut counted = async |what: &str| {
        let after = ours.visit(reader).await.unwrap().unwrap().offer_changes;
        assert!(after > before, "{what}");
        assert_eq!(ours.offer_changes().await.unwrap(), after);
        before = after;
    };
    let expr = |text| CronExpr::parse(text).unwrap();
    other.topic_add(&slug("tides"), "Tides").await.unwrap();
    counted("a topic").await;
    other
        .topic_rename(&slug("tides"), "The tides")
        .await
        .unwrap();
    counted("its name").await;
    other.topic_remove(&slug("tides"), now).await.unwrap();
    counted("no topic").await;
    other.place_add(&slug("hill"), "Hill").await.unwrap();
    counted("a place").await;
    other.place_remove(&slug("hill"), now).await.unwrap();
    counted("no place").await;
    other.list_set(list, "name", "Other Times").await.unwrap();
    counted("a setting").await;
    other.list_set(list, "name", "Times").await.unwrap();
    counted("a setting again").await;
    other.list_add(&slug("evening"), &[], now).await.unwrap();
    counted("a list").await;
    let (name, at_nine) = (slug("weekly"), expr("0 9 * * 6"));
    let weekly = other.cadence_add(list, &name, &at_nine, now).await.unwrap();
    counted("a cadence").await;
    other.cadence_set(weekly, &expr("0 8 * * 6")).await.unwrap();
    counted("its hour").await;
    let day = Run::parse_date("2026-12-24").unwrap();
    let days = BTreeMap::from([(day, "Eve".to_owned())]);
    other.holidays_add(list, &days).await.unwrap();
    counted("a holiday").await;
    other.holiday_remove(list, day).await.unwrap();
    counted("no holiday").await;
    let (_, subscription) = ours.subscription(reader).await.unwrap().unwrap();
    let cadence = ours
        .cadence(list, &subscription.terms.cadence)
        .await
        .unwrap();
    let terms = &subscription.terms;
    let revised = other.terms_revise(reader, terms, cadence.id, None, "test", now);
    revised.await.unwrap();
    assert_eq!(
        ours.offer_changes().await.unwrap(),
        before,
        "a reader's terms"
    );
}
