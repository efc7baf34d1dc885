//! The contract of the store for alarms and for what relays took, against a real database.

use courant::store::alarms::AlarmRow;
use courant::store::usage::RelayHour;

use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T05:00:00Z";

fn hour(relay: &str, hour: i64, sent: i64) -> RelayHour {
    RelayHour {
        relay: relay.to_owned(),
        hour,
        sent,
    }
}

#[tokio::test]
async fn what_relays_took_adds_up_by_hour_and_is_forgotten_after_its_day() {
    let folder = Folder::new(NOW).await;
    let store = &folder.store;
    store.relay_usage_add(&[]).await.unwrap();
    let first = [hour("smtp", 100, 3), hour("backup", 100, 1)];
    store.relay_usage_add(&first).await.unwrap();
    let second = [hour("smtp", 100, 4), hour("smtp", 101, 5)];
    store.relay_usage_add(&second).await.unwrap();
    assert_eq!(
        store.relay_usage(100).await.unwrap(),
        [
            hour("backup", 100, 1),
            hour("smtp", 100, 7),
            hour("smtp", 101, 5)
        ]
    );
    assert_eq!(
        store.relay_usage(101).await.unwrap(),
        [hour("smtp", 101, 5)]
    );
    assert_eq!(store.relay_usage_forget(101).await.unwrap(), 2);
    assert_eq!(store.relay_usage(0).await.unwrap(), [hour("smtp", 101, 5)]);
}

#[tokio::test]
async fn an_alarm_counts_until_it_is_cleared() {
    let folder = Folder::new(NOW).await;
    let store = &folder.store;
    let (first, last) = (at(NOW), at("2026-11-25T06:00:00Z"));
    let raise = async |subject: &str, reason: &str, words: &str, now| {
        store
            .alarm_raise(subject, reason, words, now)
            .await
            .unwrap();
    };
    raise("relay smtp", "credentials", "535 wrong", first).await;
    raise("relay smtp", "credentials", &"ż".repeat(900), last).await;
    raise("lane gmail", "rate", "421 4.7.28", first).await;
    let alarms = store.alarms(first).await.unwrap();
    assert_eq!(alarms.len(), 2);
    assert_eq!(
        alarms[0],
        AlarmRow {
            subject: "relay smtp".to_owned(),
            reason: "credentials".to_owned(),
            words: "ż".repeat(500),
            first,
            last,
            times: 2,
            told: None,
        }
    );
    // The same alarm an hour earlier, by a clock that went back, is not older for it.
    raise("relay smtp", "credentials", "535 again", first).await;
    let alarms = store.alarms(last).await.unwrap();
    let found = alarms.iter().map(|a| (a.times, a.last, a.words.as_str()));
    assert_eq!(found.collect::<Vec<_>>(), [(3, last, "535 again")]);
    assert_eq!(store.alarm_clear("relay smtp").await.unwrap(), 1);
    assert_eq!(store.alarm_clear("relay smtp").await.unwrap(), 0);
    let left = store.alarms(first).await.unwrap();
    assert_eq!(
        left.iter().map(|a| &a.subject).collect::<Vec<_>>(),
        ["lane gmail"]
    );
}

#[tokio::test]
async fn operators_are_told_of_an_alarm_once_a_while() {
    let folder = Folder::new(NOW).await;
    let store = &folder.store;
    let (now, earlier) = (at(NOW), at("2026-11-25T04:00:00Z"));
    let claim = async |reason: &str, since, now| {
        store
            .alarm_claim("relay smtp", reason, since, now)
            .await
            .unwrap()
    };
    assert!(!claim("quota", earlier, now).await, "there is none");
    store
        .alarm_raise("relay smtp", "quota", "454", now)
        .await
        .unwrap();
    assert!(claim("quota", earlier, now).await);
    assert!(!claim("quota", earlier, now).await, "told since then");
    store
        .alarm_raise("relay smtp", "quota", "454", now)
        .await
        .unwrap();
    assert_eq!(store.alarms(now).await.unwrap()[0].told, Some(now));
    let later = at("2026-11-25T06:00:00Z");
    assert!(claim("quota", now, later).await, "an hour later again");
}
