//! The contract of the store about people as admins see them: receipts, imports, segments, erasure.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::ListId;
use courant::domain::address::{Address, AddressHash};
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Timestamp, Zone};
use courant::store::{Arrived, Store, StoreError, Suppressed};

use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T05:00:00Z";

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn now() -> Timestamp {
    at(NOW)
}

/// A keyed hash that a test can make: the mailbox's own first octets.
fn hash(address: &Address) -> AddressHash {
    let mut hash = [0; 32];
    for (n, byte) in address.mailbox().bytes().enumerate() {
        hash[n % 32] ^= byte;
    }
    AddressHash(hash)
}

/// A database with a list and a cadence.
struct Setting {
    folder: Folder,
    list: ListId,
}

impl Setting {
    async fn new() -> Setting {
        let folder = Folder::new(NOW).await;
        let name = [("name", "The Times".to_owned())];
        let list = folder.store.list_add(&slug("times"), &name, now()).await;
        let list = list.unwrap();
        let daily = CronExpr::parse("0 7 * * *").unwrap();
        let name = slug("daily");
        let made = folder.store.cadence_add(list, &name, &daily, now());
        made.await.unwrap();
        Setting { folder, list }
    }

    fn store(&self) -> &Store {
        &self.folder.store
    }

    async fn new_one(&self, address: &str) -> NewSubscription {
        let cadence = self.store().cadence(self.list, &slug("daily")).await;
        let address = Address::parse(address).unwrap();
        NewSubscription {
            list: self.list,
            hash: hash(&address),
            address,
            terms: Terms {
                cadence: slug("daily"),
                hour: None,
                zone: Zone::parse("Europe/Berlin").unwrap(),
                language: "en".to_owned(),
                length: Length::Long,
                images: true,
                text_only: false,
                topics: Vec::new(),
                places: Vec::new(),
                resume_on: None,
            },
            cadence: cadence.unwrap().id,
            standing: Standing::Active,
            due: None,
            by: "admin".to_owned(),
        }
    }
}

#[tokio::test]
async fn receipts_are_appended_and_read_back_oldest_first() {
    let s = Setting::new().await;
    let mara = s.new_one("mara@example.org").await;
    s.store().subscriber_add(&mara, false, now()).await.unwrap();
    let mara = s.store().subscriber(&mara.hash).await.unwrap().unwrap();
    let given = Receipt {
        list: Some(s.list),
        act: ConsentAct::Given,
        how: "import".to_owned(),
        wording: String::new(),
        source: "people.csv".to_owned(),
        network: Some("192.0.2.0/24".to_owned()),
        note: "the old newsletter".to_owned(),
        at: at("2024-02-03T04:05:06Z"),
    };
    let withdrawn = Receipt {
        list: None,
        act: ConsentAct::Withdrawn,
        network: None,
        at: now(),
        ..given.clone()
    };
    for receipt in [&withdrawn, &given] {
        s.store().consent_add(mara.id, receipt).await.unwrap();
    }
    let kept = s.store().consents(mara.id).await.unwrap();
    assert_eq!(kept, [given, withdrawn]);
}

/// A receipt of an import into a list.
fn receipt(list: ListId, when: &str) -> Receipt {
    Receipt {
        list: Some(list),
        act: ConsentAct::Given,
        how: "import".to_owned(),
        wording: String::new(),
        source: "people.csv".to_owned(),
        network: None,
        note: String::new(),
        at: at(when),
    }
}

#[tokio::test]
async fn an_import_signs_strangers_up_and_leaves_everybody_else_as_they_are() {
    let s = Setting::new().await;
    let store = s.store();
    let known = s.new_one("known@example.org").await;
    let left = s.new_one("left@example.org").await;
    let bounced = s.new_one("bounced@example.org").await;
    let erased = s.new_one("erased@example.org").await;
    for new in [&known, &left, &bounced, &erased] {
        store.subscriber_add(new, false, now()).await.unwrap();
    }
    let person = async |new: &NewSubscription| store.subscriber(&new.hash).await.unwrap().unwrap();
    let own = store
        .subscriptions_of(person(&left).await.id)
        .await
        .unwrap();
    let gone = store.standing_set(
        own[0].id,
        Standing::Unsubscribed,
        "unsubscribe",
        "reader",
        None,
        now(),
    );
    assert!(gone.await.unwrap());
    let stopped = store.person_standing_set(
        person(&bounced).await.id,
        Standing::Bounced,
        "bounce",
        "",
        &[],
        now(),
    );
    assert!(stopped.await.unwrap());
    assert!(store.erase(person(&erased).await.id, now()).await.unwrap());
    let suppressed = s.new_one("suppressed@example.org").await;
    store.suppress(&[suppressed.hash], now()).await.unwrap();
    let fresh = s.new_one("fresh@example.org").await;
    let away = NewSubscription {
        standing: Standing::Bounced,
        ..s.new_one("away@example.org").await
    };
    let known_away = NewSubscription {
        standing: Standing::Unsubscribed,
        ..known.clone()
    };
    let agreed = receipt(s.list, "2024-02-03T04:05:06Z");
    let people = [
        (&known_away, None),
        (&away, None),
        (&fresh, Some(&agreed)),
        (&fresh, Some(&agreed)),
        (&known, Some(&agreed)),
        (&left, Some(&agreed)),
        (&bounced, Some(&agreed)),
        (&erased, Some(&agreed)),
        (&suppressed, Some(&agreed)),
    ];
    let expected = [
        Arrived::SubscribedHere,
        Arrived::KeptAway,
        Arrived::New,
        Arrived::Subscribed,
        Arrived::Subscribed,
        Arrived::HadLeft,
        Arrived::HadBounced,
        Arrived::HadLeft,
        Arrived::HadLeft,
    ];
    let foreseen = store.import_foreseen(s.list, &people).await.unwrap();
    assert_eq!(foreseen, expected);
    assert_eq!(
        store.import(s.list, &people, now()).await.unwrap(),
        expected
    );
    let (subscriber, subscription) = {
        let fresh = person(&fresh).await;
        let own = store.subscriptions_of(fresh.id).await.unwrap();
        (fresh, own.into_iter().next().unwrap())
    };
    assert_eq!(
        (subscriber.address.as_ref(), &subscription.terms),
        (Some(&fresh.address), &fresh.terms)
    );
    assert_eq!(
        store.consents(subscriber.id).await.unwrap(),
        std::slice::from_ref(&agreed)
    );
    let newest = store.agreed(s.list, &[subscriber.id]).await.unwrap();
    assert_eq!(newest[&subscriber.id].at, agreed.at);
    // Of a stranger who bounced there nothing is kept but the hash.
    let away = person(&away).await;
    assert_eq!((away.address, away.standing), (None, Standing::Bounced));
    let again = store.import(s.list, &people, now()).await.unwrap();
    assert!(!again.contains(&Arrived::New) && !again.contains(&Arrived::KeptAway));
}

#[tokio::test]
async fn who_is_suppressed_is_stopped_known_or_not() {
    let s = Setting::new().await;
    let store = s.store();
    let mara = s.new_one("mara@example.org").await;
    store.subscriber_add(&mara, false, now()).await.unwrap();
    let stranger = s.new_one("stranger@example.org").await;
    let both = [mara.hash, stranger.hash];
    let expected = [Suppressed::Stopped, Suppressed::Stranger];
    assert_eq!(store.suppress_foreseen(&both).await.unwrap(), expected);
    assert_eq!(store.suppress(&both, now()).await.unwrap(), expected);
    let again = store.suppress(&both, now()).await.unwrap();
    assert_eq!(again, [Suppressed::Already; 2]);
    // Who was erased may come back by themselves, until they are stopped, too.
    let ben = s.new_one("ben@example.org").await;
    let added = store.subscriber_add(&ben, false, now()).await.unwrap();
    let id = store.subscription(added).await.unwrap().unwrap().0.id;
    assert!(store.erase(id, now()).await.unwrap());
    for expected in [Suppressed::Stranger, Suppressed::Already] {
        assert_eq!(
            store.suppress(&[ben.hash], now()).await.unwrap(),
            [expected]
        );
    }
    let person = store.subscriber(&mara.hash).await.unwrap().unwrap();
    assert_eq!(person.standing, Standing::Unsubscribed);
    let events = store.events(person.id).await.unwrap();
    assert_eq!(events[0].kind, "suppress");
    let refused = store.subscriber_add(&stranger, false, now()).await;
    assert!(matches!(refused, Err(StoreError::Suppressed { since }) if since == now()));
}

#[tokio::test]
async fn of_the_erased_a_tombstone_stays_and_the_history_is_gone() {
    let s = Setting::new().await;
    let store = s.store();
    let mara = s.new_one("mara@example.org").await;
    let id = store.subscriber_add(&mara, false, now()).await.unwrap();
    let person = store.subscriber(&mara.hash).await.unwrap().unwrap();
    let own = receipt(s.list, NOW);
    store.consent_add(person.id, &own).await.unwrap();
    let revisions = store.revisions_of(person.id).await.unwrap();
    assert_eq!((revisions[0].seq, revisions[0].by.as_str()), (1, "admin"));
    assert_eq!(revisions[0].terms, mara.terms);
    assert!(store.issued(person.id).await.unwrap().is_empty());
    assert_eq!(store.acted(&[id]).await.unwrap()[&id], now());
    assert!(store.erase(person.id, now()).await.unwrap());
    assert!(!store.erase(person.id, now()).await.unwrap());
    let tombstone = store.subscriber(&mara.hash).await.unwrap().unwrap();
    assert_eq!(
        (tombstone.address, tombstone.standing),
        (None, Standing::Unsubscribed)
    );
    assert!(store.consents(person.id).await.unwrap().is_empty());
    assert!(store.events(person.id).await.unwrap().is_empty());
    let emptied = store.revisions_of(person.id).await.unwrap();
    assert!(emptied[0].terms.topics.is_empty() && emptied[0].by == "erased");
    assert!(store.fold().await.unwrap());
    store.rewrite().await.unwrap();
    // Their own wish brings them back, anew.
    store.subscriber_add(&mara, true, now()).await.unwrap();
    let back = store.subscriber(&mara.hash).await.unwrap().unwrap();
    assert_eq!(back.address.as_ref(), Some(&mara.address));
}
