//! The contract of the store about people as admins see them: receipts, imports, segments, erasure.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::ListId;
use courant::domain::address::{Address, AddressHash};
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Timestamp, Zone};
use courant::store::Store;

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
