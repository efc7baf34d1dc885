//! The contract of the store: what each method promises, against a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use courant::domain::address::Address;
use courant::domain::article::TopicWeight;
use courant::domain::due::{Due, next_due};
use courant::domain::list::Cadence;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Redue, Standing, Terms};
use courant::domain::time::{CronExpr, Timestamp, WallTime, Zone};
use courant::domain::{CadenceId, ListId, SubscriptionId, TermsId};
use courant::store::{Store, StoreError};

use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T05:00:00Z";

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn now() -> Timestamp {
    at(NOW)
}

fn terms(cadence: &str, topics: &[(&str, u16)]) -> Terms {
    let topic = |(topic, weight): &(&str, u16)| TopicWeight {
        topic: slug(topic),
        weight: *weight,
    };
    Terms {
        cadence: slug(cadence),
        hour: WallTime::new(7, 30),
        zone: Zone::parse("Europe/Berlin").unwrap(),
        language: "de".to_owned(),
        length: Length::Short,
        images: false,
        text_only: true,
        topics: topics.iter().map(topic).collect(),
        places: vec![slug("port")],
        resume_on: None,
    }
}

/// A database with one list and its cadence, as most tests need it.
struct Setting {
    folder: Folder,
    list: ListId,
    cadence: Cadence,
}

impl Setting {
    async fn new() -> Setting {
        let folder = Folder::new(NOW).await;
        let store = &folder.store;
        let list = store
            .list_add(&slug("times"), &[("name", "The Times".to_owned())], now())
            .await
            .unwrap();
        let daily = CronExpr::parse("0 7 * * *").unwrap();
        store
            .cadence_add(list, &slug("daily"), &daily, now())
            .await
            .unwrap();
        let cadence = store.cadence(list, &slug("daily")).await.unwrap();
        Setting {
            folder,
            list,
            cadence,
        }
    }

    fn store(&self) -> &Store {
        &self.folder.store
    }

    fn new_one(&self, address: &str, standing: Standing) -> NewSubscription {
        let address = Address::parse(address).unwrap();
        let terms = terms("daily", &[("harbour", 300)]);
        NewSubscription {
            list: self.list,
            hash: self.folder.keys.address_hash(&address),
            address,
            due: match standing {
                Standing::Active => self.due(&terms),
                _ => None,
            },
            terms,
            cadence: self.cadence.id,
            standing,
            by: "admin".to_owned(),
        }
    }

    fn due(&self, terms: &Terms) -> Option<Due> {
        next_due(terms, &self.cadence, now()).unwrap()
    }

    async fn add(&self, address: &str) -> SubscriptionId {
        let new = self.new_one(address, Standing::Active);
        self.store()
            .subscriber_add(&new, false, now())
            .await
            .unwrap()
    }

    async fn due_of(&self, id: SubscriptionId) -> Option<Timestamp> {
        self.store()
            .subscription(id)
            .await
            .unwrap()
            .unwrap()
            .1
            .due_at
    }
}

#[tokio::test]
async fn a_list_keeps_its_settings_and_says_when_one_no_longer_reads() {
    let s = Setting::new().await;
    let list = s.store().list(&slug("times")).await.unwrap();
    assert_eq!(
        (list.id, list.settings.name.as_str()),
        (s.list, "The Times")
    );
    s.store().list_set(s.list, "stories", "12").await.unwrap();
    s.store().list_set(s.list, "stories", "13").await.unwrap();
    s.store().list_add(&slug("a"), &[], now()).await.unwrap();
    assert_eq!(
        s.store().list_by_id(s.list).await.unwrap().settings.stories,
        13
    );
    let lists = s.store().lists().await.unwrap();
    let stories: Vec<_> = lists
        .iter()
        .map(|l| (l.slug.as_str(), l.settings.stories))
        .collect();
    assert_eq!(stories, [("a", 10), ("times", 13)]);

    let twice = s
        .store()
        .list_add(&slug("times"), &[], now())
        .await
        .unwrap_err();
    assert!(
        matches!(twice, StoreError::Exists { what: "list", .. }),
        "{twice:?}"
    );
    for none in [
        s.store().list(&slug("none")).await.unwrap_err(),
        s.store().list_by_id(ListId(99)).await.unwrap_err(),
    ] {
        assert!(
            matches!(none, StoreError::NotFound { what: "list", .. }),
            "{none:?}"
        );
    }
    s.store()
        .list_set(s.list, "from_the_future", "1")
        .await
        .unwrap();
    let error = s.store().list(&slug("times")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database holds `from_the_future = 1` in list_setting.value, which this release \
         cannot read"
    );
}

#[tokio::test]
async fn a_list_that_is_refused_leaves_no_settings_behind() {
    let s = Setting::new().await;
    let other = [("name", "Other".to_owned())];
    s.store()
        .list_add(&slug("times"), &other, now())
        .await
        .unwrap_err();
    assert_eq!(
        s.store().list_by_id(s.list).await.unwrap().settings.name,
        "The Times"
    );
}

#[tokio::test]
async fn cadences_come_in_the_order_of_their_making() {
    let s = Setting::new().await;
    let hourly = CronExpr::parse("@hourly").unwrap();
    let alerts = s
        .store()
        .cadence_add(s.list, &slug("alerts"), &hourly, now())
        .await
        .unwrap();
    let twice = s
        .store()
        .cadence_add(s.list, &slug("alerts"), &hourly, now())
        .await;
    assert!(matches!(
        twice,
        Err(StoreError::Exists {
            what: "cadence",
            ..
        })
    ));
    let names: Vec<_> = s.store().cadences(s.list).await.unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|c| (c.name.as_str(), c.expr.as_str()))
        .collect();
    assert_eq!(names, [("daily", "0 7 * * *"), ("alerts", "@hourly")]);
    let weekly = CronExpr::parse("@weekly").unwrap();
    s.store().cadence_set(alerts, &weekly).await.unwrap();
    assert_eq!(
        s.store()
            .cadence(s.list, &slug("alerts"))
            .await
            .unwrap()
            .expr,
        weekly
    );
    let none = s.store().cadence(s.list, &slug("none")).await.unwrap_err();
    assert!(matches!(
        none,
        StoreError::NotFound {
            what: "cadence",
            ..
        }
    ));
    assert!(s.store().cadence_set(CadenceId(99), &weekly).await.is_err());
}

#[tokio::test]
async fn a_removed_topic_keeps_its_followers_and_can_come_back() {
    let s = Setting::new().await;
    let store = s.store();
    store.topic_add(&slug("harbour"), "Harbour").await.unwrap();
    store.topic_add(&slug("culture"), "Culture").await.unwrap();
    let twice = store.topic_add(&slug("harbour"), "X").await.unwrap_err();
    assert!(matches!(twice, StoreError::Exists { what: "topic", .. }));
    store
        .topic_rename(&slug("harbour"), "The harbour")
        .await
        .unwrap();
    let mara = s.add("mara@example.org").await;
    s.add("tom@example.org").await;
    assert_eq!(store.topic_followers(&slug("harbour")).await.unwrap(), 2);
    assert_eq!(store.topic_followers(&slug("culture")).await.unwrap(), 0);
    assert_eq!(
        store.places_followed().await.unwrap(),
        BTreeMap::from([(slug("port"), 2)])
    );
    // The newest terms count, and only those of people who have not left.
    let culture = terms("daily", &[("culture", 1000)]);
    store
        .terms_revise(
            mara,
            &culture,
            s.cadence.id,
            s.due(&culture),
            "reader",
            now(),
        )
        .await
        .unwrap();
    assert_eq!(
        store.topics_followed().await.unwrap(),
        BTreeMap::from([(slug("culture"), 1), (slug("harbour"), 1)])
    );
    store
        .standing_set(mara, Standing::Unsubscribed, "unsubscribe", "", None, now())
        .await
        .unwrap();
    assert_eq!(store.topic_followers(&slug("culture")).await.unwrap(), 0);

    store.topic_remove(&slug("harbour"), now()).await.unwrap();
    let names = |topics: Vec<courant::domain::article::Topic>| {
        topics.into_iter().map(|t| t.name).collect::<Vec<_>>()
    };
    assert_eq!(names(store.topics().await.unwrap()), ["Culture"]);
    assert!(store.topic_remove(&slug("harbour"), now()).await.is_err());
    assert!(store.topic_rename(&slug("harbour"), "x").await.is_err());
    store.topic_add(&slug("harbour"), "Docks").await.unwrap();
    assert_eq!(names(store.topics().await.unwrap()), ["Culture", "Docks"]);

    store.place_add(&slug("port"), "Port").await.unwrap();
    assert!(store.place_add(&slug("port"), "Port").await.is_err());
    assert_eq!(store.places().await.unwrap()[0].name, "Port");
    store.place_remove(&slug("port"), now()).await.unwrap();
    assert!(store.places().await.unwrap().is_empty());
    assert!(store.place_remove(&slug("port"), now()).await.is_err());
}

#[tokio::test]
async fn a_subscription_reads_back_as_it_was_agreed() {
    let s = Setting::new().await;
    let id = s.add("Mara@Example.org").await;
    let (person, subscription) = s.store().subscription(id).await.unwrap().unwrap();
    assert_eq!(person.address.as_ref().unwrap().full(), "Mara@example.org");
    assert_eq!(
        (person.standing, subscription.standing),
        (Standing::Active, Standing::Active)
    );
    assert_eq!(subscription.terms, terms("daily", &[("harbour", 300)]));
    assert_eq!(subscription.due_at, Some(at("2026-11-25T06:30:00Z")));
    assert_eq!(
        s.store().terms(subscription.terms_id).await.unwrap(),
        subscription.terms
    );
    assert!(s.store().terms(TermsId(99)).await.is_err());

    let other_spelling = Address::parse("mara@example.org").unwrap();
    let hash = s.folder.keys.address_hash(&other_spelling);
    assert_eq!(
        s.store().subscriber(&hash).await.unwrap().as_ref(),
        Some(&person)
    );
    assert_eq!(
        s.store().subscription(SubscriptionId(99)).await.unwrap(),
        None
    );
    let of = s.store().subscription_of(s.list, person.id).await.unwrap();
    assert_eq!(of.as_ref(), Some(&subscription));
    assert_eq!(
        s.store()
            .subscription_of(ListId(99), person.id)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        s.store().subscriptions_of(person.id).await.unwrap(),
        [subscription]
    );
}

#[tokio::test]
async fn who_is_subscribed_left_or_stopped_is_refused_by_kind() {
    let s = Setting::new().await;
    let id = s.add("mara@example.org").await;
    let new = s.new_one("MARA@example.org", Standing::Active);
    let twice = s
        .store()
        .subscriber_add(&new, false, now())
        .await
        .unwrap_err();
    assert_eq!(
        twice.to_string(),
        "there is already a subscription of `M***@e***.org`"
    );
    assert!(s.store().subscriber_add(&new, true, now()).await.is_err());

    s.store()
        .standing_set(
            id,
            Standing::Unsubscribed,
            "unsubscribe",
            "one click",
            None,
            now(),
        )
        .await
        .unwrap();
    let left = s
        .store()
        .subscriber_add(&new, false, now())
        .await
        .unwrap_err();
    assert!(matches!(left, StoreError::HasLeft { .. }), "{left:?}");
    assert_eq!(s.due_of(id).await, None);
    assert_eq!(
        s.store().subscriber_add(&new, true, now()).await.unwrap(),
        id
    );
    assert_eq!(s.due_of(id).await, Some(at("2026-11-25T06:30:00Z")));
    let (person, _) = s.store().subscription(id).await.unwrap().unwrap();
    let kinds: Vec<_> = s.store().events(person.id).await.unwrap();
    let kinds: Vec<_> = kinds
        .iter()
        .map(|e| (e.kind.as_str(), e.detail.as_str()))
        .collect();
    assert_eq!(kinds, [("unsubscribe", "one click"), ("rejoin", "admin")]);

    let stop = s.store().person_standing_set(
        person.id,
        Standing::Bounced,
        "bounce",
        "550 5.1.1",
        &[],
        now(),
    );
    assert!(stop.await.unwrap());
    let stopped = s
        .store()
        .subscriber_add(&new, true, now())
        .await
        .unwrap_err();
    assert_eq!(
        stopped.to_string(),
        "mail to this address is stopped: it has bounced"
    );
}

#[tokio::test]
async fn a_person_who_is_known_gets_a_second_subscription() {
    let s = Setting::new().await;
    let first = s.add("mara@example.org").await;
    let other = s
        .store()
        .list_add(&slug("other"), &[], now())
        .await
        .unwrap();
    let weekly = CronExpr::parse("@weekly").unwrap();
    let cadence = s
        .store()
        .cadence_add(other, &slug("weekly"), &weekly, now())
        .await
        .unwrap();
    let mut new = s.new_one("mara@example.org", Standing::Pending);
    (new.list, new.cadence) = (other, cadence);
    let second = s.store().subscriber_add(&new, false, now()).await.unwrap();
    assert_ne!(first, second);
    let (person, subscription) = s.store().subscription(second).await.unwrap().unwrap();
    assert_eq!(
        (subscription.standing, subscription.due_at),
        (Standing::Pending, None)
    );
    assert_eq!(
        subscription.terms.cadence,
        slug("weekly"),
        "the cadence's own name"
    );
    let both = s.store().subscriptions_of(person.id).await.unwrap();
    assert_eq!(
        both.iter().map(|b| b.id).collect::<Vec<_>>(),
        [first, second]
    );
}

#[tokio::test]
async fn terms_are_revised_never_edited() {
    let s = Setting::new().await;
    let id = s.add("mara@example.org").await;
    let before = s.store().subscription(id).await.unwrap().unwrap().1;
    let mut later = before.terms.clone();
    later.hour = WallTime::new(9, 0);
    let due = s.due(&later);
    let revised = s
        .store()
        .terms_revise(id, &later, s.cadence.id, due, "reader", now())
        .await
        .unwrap();
    assert_ne!(revised, before.terms_id);
    assert_eq!(
        s.store().terms(before.terms_id).await.unwrap(),
        before.terms
    );
    let after = s.store().subscription(id).await.unwrap().unwrap().1;
    assert_eq!((after.terms_id, &after.terms), (revised, &later));
    assert_eq!(after.due_at, Some(at("2026-11-25T08:00:00Z")));

    // Who has left meanwhile gets no due by changing their terms.
    s.store()
        .standing_set(id, Standing::Unsubscribed, "unsubscribe", "", None, now())
        .await
        .unwrap();
    s.store()
        .terms_revise(id, &later, s.cadence.id, due, "reader", now())
        .await
        .unwrap();
    assert_eq!(s.due_of(id).await, None);
    let none = s
        .store()
        .terms_revise(SubscriptionId(99), &later, s.cadence.id, due, "x", now())
        .await;
    assert!(matches!(none, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn a_standing_moves_once_with_its_event_and_due() {
    let s = Setting::new().await;
    let id = s.add("mara@example.org").await;
    let due = s.due(&terms("daily", &[]));
    let set = async |standing, due| {
        s.store()
            .standing_set(id, standing, "changed", "", due, now())
            .await
            .unwrap()
    };
    assert!(set(Standing::Paused, due).await);
    assert_eq!(s.due_of(id).await, None, "only the active have one");
    assert!(!set(Standing::Paused, None).await);
    assert!(set(Standing::Active, due).await);
    assert_eq!(s.due_of(id).await, due.map(|d| d.at));

    let person = s.store().subscription(id).await.unwrap().unwrap().0.id;
    let person_set = async |standing, dues: &[(SubscriptionId, Due)]| {
        s.store()
            .person_standing_set(person, standing, "person", "", dues, now())
            .await
            .unwrap()
    };
    assert!(person_set(Standing::Bounced, &[]).await);
    assert!(!person_set(Standing::Bounced, &[]).await);
    assert_eq!(s.due_of(id).await, None);
    assert!(set(Standing::Paused, None).await);
    assert!(set(Standing::Active, due).await);
    assert_eq!(s.due_of(id).await, None, "the person may not be mailed");
    assert!(person_set(Standing::Active, &[(id, due.unwrap())]).await);
    assert_eq!(s.due_of(id).await, due.map(|d| d.at));
    let events = s.store().events(person).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "changed", "changed", "person", "changed", "changed", "person"
        ]
    );
    assert_eq!(
        (events[0].subscription, events[2].subscription),
        (Some(id), None)
    );
}

#[tokio::test]
async fn people_come_in_pages_and_are_counted_by_standing() {
    let s = Setting::new().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(s.add(&format!("p{n}@example.org")).await);
    }
    let mut seen = Vec::new();
    let mut after = SubscriptionId(0);
    loop {
        let page = s.store().subscriptions(s.list, after, 2).await.unwrap();
        seen.extend(page.iter().map(|(_, b)| b.id));
        match page.last() {
            Some((_, last)) if page.len() == 2 => after = last.id,
            _ => break,
        }
    }
    assert_eq!(seen, ids);
    s.store()
        .standing_set(
            ids[0],
            Standing::Unsubscribed,
            "unsubscribe",
            "",
            None,
            now(),
        )
        .await
        .unwrap();
    let person = s.store().subscription(ids[1]).await.unwrap().unwrap().0.id;
    s.store()
        .person_standing_set(person, Standing::Bounced, "bounce", "", &[], now())
        .await
        .unwrap();
    let counts = s.store().subscription_counts(s.list).await.unwrap();
    assert_eq!(
        counts,
        BTreeMap::from([
            (Standing::Active, 3),
            (Standing::Unsubscribed, 1),
            (Standing::Bounced, 1)
        ])
    );
}

#[tokio::test]
async fn thousands_are_added_at_once_and_nobody_who_is_known_is_changed() {
    let s = Setting::new().await;
    let left = s.add("p1@example.org").await;
    s.store()
        .standing_set(left, Standing::Unsubscribed, "unsubscribe", "", None, now())
        .await
        .unwrap();
    let mut new: Vec<_> = (0..4_500)
        .map(|n| s.new_one(&format!("P{n}@example.org"), Standing::Active))
        .collect();
    new.push(s.new_one("p7@example.org", Standing::Active));
    assert_eq!(s.store().subscribers_add(&new, now()).await.unwrap(), 4_499);
    assert_eq!(s.store().subscribers_add(&new, now()).await.unwrap(), 0);
    let counts = s.store().subscription_counts(s.list).await.unwrap();
    assert_eq!(
        counts,
        BTreeMap::from([(Standing::Active, 4_499), (Standing::Unsubscribed, 1)])
    );
    let page = s
        .store()
        .subscriptions(s.list, SubscriptionId(4_000), 1)
        .await
        .unwrap();
    let (person, subscription) = &page[0];
    assert!(person.address.is_some());
    assert_eq!(subscription.terms, new[0].terms);
    assert_eq!(subscription.due_at, Some(at("2026-11-25T06:30:00Z")));
}

#[tokio::test]
async fn dues_move_only_where_the_terms_still_stand() {
    let s = Setting::new().await;
    let (stays, changes) = (s.add("a@example.org").await, s.add("b@example.org").await);
    let due = Due {
        at: at("2026-11-26T09:00:00Z"),
        ..s.due(&terms("daily", &[])).unwrap()
    };
    let mut dues = Vec::new();
    for id in [stays, changes] {
        let subscription = s.store().subscription(id).await.unwrap().unwrap().1;
        dues.push(Redue {
            subscription: id,
            terms: subscription.terms_id,
            due: Some(due),
        });
    }
    let newer = terms("daily", &[]);
    s.store()
        .terms_revise(
            changes,
            &newer,
            s.cadence.id,
            s.due(&newer),
            "reader",
            now(),
        )
        .await
        .unwrap();
    assert_eq!(s.store().redue(&dues).await.unwrap(), 1);
    assert_eq!(s.due_of(stays).await, Some(due.at));
    assert_eq!(s.due_of(changes).await, Some(at("2026-11-25T06:30:00Z")));
    assert_eq!(s.store().redue(&[]).await.unwrap(), 0);
}
