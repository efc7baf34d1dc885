//! A small newsroom in a data folder: one list, its articles and subscribers, a sponsor.

use courant::domain::address::Address;
use courant::domain::article::{ArticleText, CanonicalUrl, Image, NewArticle, TopicWeight};
use courant::domain::due::next_due;
use courant::domain::slug::Slug;
use courant::domain::sponsor::{CreativeSize, Slot};
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, WallTime, Zone};
use courant::domain::{ListId, SubscriptionId};
use courant::press::Press;
use courant::press::freeze::PressSettings;
use courant::store::{Incoming, NewCreative, NewFlight};

use super::binary::{Said, courant};
use super::{Folder, at};

use crate::support::paper::imported;

/// When everything in it came to be.
pub const NOW: &str = "2026-11-25T18:00:00Z";
/// The list `times` (home Europe/Berlin, cadence `daily` at 07:00) with twelve stories of
/// 2026-11-25 on city and sport, one told twice, one too old, and one flight of three sends.
pub struct Newsroom {
    /// Its folder.
    pub folder: Folder,
    /// Its list.
    pub list: ListId,
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

impl Newsroom {
    /// Without subscribers.
    pub async fn new() -> Newsroom {
        let folder = Folder::new(NOW).await;
        let (store, now) = (&folder.store, at(NOW));
        let settings = [
            ("name", "The Times".to_owned()),
            ("home_zone", "Europe/Berlin".to_owned()),
            ("sender_address", "times@example.org".to_owned()),
            ("postal_address", "1 Quay, Port".to_owned()),
            ("operators", "desk@example.org".to_owned()),
            ("stories_min", "2".to_owned()),
            // Whatever the real time is when this runs.
            ("late", "send".to_owned()),
        ];
        let list = store.list_add(&slug("times"), &settings, now).await;
        let list = list.expect("a list");
        let daily = CronExpr::parse("0 7 * * *").expect("cron");
        let cadence = store.cadence_add(list, &slug("daily"), &daily, now).await;
        cadence.expect("a cadence");
        for (topic, name) in [("city", "City"), ("sport", "Sport")] {
            store.topic_add(&slug(topic), name).await.expect("a topic");
        }
        let newsroom = Newsroom { folder, list };
        newsroom.articles().await;
        newsroom.flight().await;
        newsroom.configure("127.0.0.1:9".parse().expect("an address"));
        newsroom
    }

    async fn articles(&self) {
        let store = &self.folder.store;
        let mut sources = Vec::new();
        for name in ["paper", "wire"] {
            let source = imported(name, &format!("The {name}"));
            let added = store.source_add(&source, &[self.list], at(NOW)).await;
            sources.push(added.expect("a source"));
        }
        let mut incoming: Vec<Incoming> = (1..=12)
            .map(|n| {
                let topic = if n % 2 == 1 { "city" } else { "sport" };
                let hour = format!("2026-11-25T{:02}:00:00Z", 5 + n);
                story(
                    &format!("s{n}"),
                    &format!("Story {n} of the harbour town today"),
                    topic,
                    &hour,
                )
            })
            .collect();
        // Letters show no picture over http.
        incoming[10].article.text.image = Some(Image {
            url: "http://n.example/11.jpg".to_owned(),
            alt: "The harbour".to_owned(),
        });
        incoming.push(story(
            "old",
            "An old story of the harbour town",
            "city",
            "2026-11-24T20:00:00Z",
        ));
        let put = store.articles_put(sources[0], &incoming, at(NOW)).await;
        assert_eq!(put.expect("stored").new, 13);
        let copy = [story(
            "w1",
            "Story 1 of the harbour town today",
            "city",
            "2026-11-25T06:30:00Z",
        )];
        let put = store.articles_put(sources[1], &copy, at(NOW)).await;
        assert_eq!(put.expect("stored").new, 1);
    }

    async fn flight(&self) {
        let (store, now) = (&self.folder.store, at(NOW));
        let sponsor = store.sponsor_add(&slug("acme"), "Acme Paints", now).await;
        let flight = NewFlight {
            slots: vec![Slot::S1],
            ..NewFlight::sends(
                (sponsor.expect("a sponsor"), self.list),
                slug("autumn"),
                3,
                (at("2026-11-01T00:00:00Z"), at("2099-01-01T00:00:00Z")),
            )
        };
        let flight = store.flight_add(&flight, now).await.expect("a flight");
        let creative = NewCreative {
            flight,
            size: CreativeSize::S,
            headline: None,
            text: "Paint for boats".to_owned(),
            url: "https://acme.example/".to_owned(),
            button: None,
            approved: true,
        };
        store
            .creative_add(&creative, now)
            .await
            .expect("a creative");
    }

    /// Signs a person up for the `daily` cadence.
    pub async fn subscriber(
        &self,
        address: &str,
        zone: &str,
        hour: Option<&str>,
        topics: &[&str],
    ) -> SubscriptionId {
        let (store, now) = (&self.folder.store, at(NOW));
        let weight = |topic: &&str| TopicWeight {
            topic: slug(topic),
            weight: 500,
        };
        let terms = Terms {
            cadence: slug("daily"),
            hour: hour.map(|h| WallTime::parse(h).expect("an hour")),
            zone: Zone::parse(zone).expect("a zone"),
            language: "en".to_owned(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: topics.iter().map(weight).collect(),
            places: Vec::new(),
            resume_on: None,
        };
        let cadence = store
            .cadence(self.list, &slug("daily"))
            .await
            .expect("daily");
        let address = Address::parse(address).expect("an address");
        let new = NewSubscription {
            list: self.list,
            hash: self.folder.keys.address_hash(&address),
            address,
            due: next_due(&terms, &cadence, now).expect("due"),
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            by: "test".to_owned(),
        };
        store.subscriber_add(&new, false, now).await.expect("added")
    }

    /// Writes a configuration whose relay is at that address.
    pub fn configure(&self, relay: std::net::SocketAddr) {
        let text = format!(
            "[server]\npublic_url = \"http://127.0.0.1:8025\"\n[smtp]\nhost = \"{}\"\nport = {}\n\
             tls = \"none\"\nconnections = 2\n[delivery]\nretry = \"100ms\"\n",
            relay.ip(),
            relay.port()
        );
        std::fs::write(self.folder.path().join("courant.toml"), text).expect("written");
    }

    /// The press of this folder.
    pub fn press(&self) -> Press {
        Press {
            store: self.folder.store.clone(),
            settings: PressSettings {
                lanes: Default::default(),
                public_url: "http://127.0.0.1:8025".to_owned(),
                one_click: false,
                mail: Default::default(),
                key_id: self.folder.keys.active_id().to_owned(),
                themes: Default::default(),
                deadline_hours: 72,
            },
        }
    }

    /// Runs the binary on this folder.
    pub fn run(&self, args: &[&str]) -> Said {
        courant(self.folder.path(), args)
    }

    /// What a command that must succeed prints on stdout and stderr.
    pub fn done(&self, args: &[&str]) -> (String, String) {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        (out, err)
    }

    /// The JSON of a command that must exit so.
    pub fn json(&self, args: &[&str], code: i32) -> serde_json::Value {
        let (got, out, err) = self.run(args);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        serde_json::from_str(&out).expect("JSON")
    }
}

fn story(key: &str, headline: &str, topic: &str, published: &str) -> Incoming {
    let article = NewArticle {
        entry_key: key.to_owned(),
        url: CanonicalUrl::parse(&format!("https://n.example/{key}"), None).expect("a URL"),
        fragment: None,
        text: ArticleText {
            headline: headline.to_owned(),
            summary: format!("About {key}, in a sentence."),
            byline: String::new(),
            image: None,
            body: None,
            categories: Vec::new(),
        },
        published: Some(at(published)),
        language: None,
        topics: vec![TopicWeight {
            topic: slug(topic),
            weight: 1000,
        }],
        places: Vec::new(),
    };
    Incoming {
        article,
        backlog: false,
        labels: None,
    }
}
