//! Leaving, many in one write: what each of them comes to, against a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::delivery::DeliveryState;
use courant::domain::subscriber::Standing;
use courant::domain::{ListId, SubscriptionId};
use courant::journal::{Entry, Kind};
use courant::store::Store;
use courant::store::leave::Leaving;

use crate::support::paper::Paper;

const READERS: [&str; 5] = [
    "ada@reader.example",
    "ben@reader.example",
    "cem@reader.example",
    "dot@reader.example",
    "eve@reader.example",
];

async fn standing(store: &Store, id: SubscriptionId) -> Standing {
    store.subscription(id).await.unwrap().unwrap().1.standing
}

#[tokio::test]
async fn who_leaves_together_is_out_of_the_list_and_of_letters_that_are_planned() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&READERS).await;
    let edition = paper.plan().await.id;
    let (store, now) = (paper.store(), paper.due);
    let [ada, ben, cem, dot, eve] = readers[..] else {
        unreachable!("five");
    };
    let bounced = (Standing::Bounced, "bounce");
    store
        .standing_set(cem, bounced.0, bounced.1, "", None, now)
        .await
        .unwrap();
    let receipt = Receipt {
        list: Some(paper.list),
        act: ConsentAct::Withdrawn,
        how: "one-click".to_owned(),
        wording: String::new(),
        source: "letter".to_owned(),
        network: None,
        note: String::new(),
        at: now,
    };
    let leaving = |subscription, list, receipt: Option<&Receipt>| Leaving {
        subscription,
        list,
        how: "one-click",
        receipt: receipt.cloned(),
    };
    let all = [
        leaving(ada, paper.list, Some(&receipt)),
        leaving(ben, paper.list, None),
        leaving(ada, paper.list, Some(&receipt)),
        leaving(cem, paper.list, Some(&receipt)),
        leaving(dot, ListId(99), None),
        leaving(SubscriptionId(99), paper.list, None),
    ];
    let left = store.leave(&all, now).await.unwrap();
    assert_eq!(left, [true, true, false, false, false, false]);
    assert_eq!(store.leave(&all, now).await.unwrap(), [false; 6]);
    assert_eq!(store.leave(&[], now).await.unwrap(), [false; 0]);

    let mut stand = Vec::new();
    for reader in [ada, ben, cem, dot, eve] {
        stand.push(standing(store, reader).await);
    }
    let (active, out) = (Standing::Active, Standing::Unsubscribed);
    assert_eq!(stand, [out, out, Standing::Bounced, active, active]);
    let rows = paper.rows(edition).await;
    let states: BTreeMap<_, _> = rows.iter().map(|r| (r.subscription, r.state)).collect();
    let (planned, withheld) = (DeliveryState::Planned, DeliveryState::Withheld);
    assert_eq!(
        [ada, ben, cem, dot, eve].map(|reader| states[&reader]),
        [withheld, withheld, withheld, planned, planned]
    );
    let (person, subscription) = store.subscription(ada).await.unwrap().unwrap();
    assert_eq!(subscription.due_at, None);
    let events = store.events(person.id).await.unwrap();
    let told: Vec<_> = events.iter().map(|e| (&*e.kind, &*e.detail)).collect();
    assert_eq!(told, [("unsubscribe", "one-click")]);
    assert_eq!(store.consents(person.id).await.unwrap(), [receipt]);

    let mut lines = Vec::new();
    let each = |entry: Entry| {
        lines.push((entry.kind, entry.who));
        Ok(())
    };
    store.journal().read(each).unwrap();
    let hash = |address| paper.hash(address);
    assert_eq!(
        lines,
        [
            (Kind::Bounce, hash(READERS[2])),
            (Kind::Unsubscribe, hash(READERS[0])),
            (Kind::Unsubscribe, hash(READERS[1])),
        ]
    );
}
