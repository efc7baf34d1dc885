//! Simulated days, minute by minute: who is written to at which instant where clocks change, and what
//! a late start or a long stop does. Plans, ledger and letters are the real ones; only the time is
//! told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use courant::clock::Clock;
use courant::deliver::letters::Letters;
use courant::deliver::notice::Notices;
use courant::deliver::pace::{LaneTable, RelayLimits};
use courant::deliver::policy::RetrySchedule;
use courant::deliver::smtp::{Relay, Tls};
use courant::deliver::{Delivery, DeliverySettings, RelaySettings};
use courant::domain::address::Address;
use courant::domain::article::{Backlog, CategoryMap, SourceKind};
use courant::domain::delivery::Hold;
use courant::domain::due::next_due;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Timestamp, WallTime, Zone};
use courant::domain::{ListId, SubscriberId, SubscriptionId};
use courant::ingest::import_rows;
use courant::press::freeze::PressSettings;
use courant::press::{PlannedWave, Press};
use courant::schedule::Schedule;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::Store;
use courant::store::sources::NewSource;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::support::{Folder, at};

/// The readers of a day in which clocks change: name, zone, cadence, hour.
const READERS: &[(&str, &str, &str, Option<&str>)] = &[
    ("night.berlin", "Europe/Berlin", "daily", Some("02:30")),
    ("night.newyork", "America/New_York", "daily", Some("02:30")),
    ("night.tokyo", "Asia/Tokyo", "daily", Some("02:30")),
    ("morning.berlin", "Europe/Berlin", "daily", None),
    ("morning.newyork", "America/New_York", "daily", None),
    ("morning.tokyo", "Asia/Tokyo", "daily", None),
    ("hourly.berlin", "Europe/Berlin", "hourly", None),
];

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// A list with a cadence a day and one an hour, plenty to read, and a receiver for its letters.
struct House {
    folder: Folder,
    list: ListId,
    sink: SinkHandle,
    names: BTreeMap<SubscriberId, String>,
    stop: CancellationToken,
}

impl House {
    async fn new(now: &str) -> House {
        let folder = Folder::new(now).await;
        let (store, now) = (&folder.store, at(now));
        let settings = [
            ("name", "The Times"),
            ("sender_address", "news@times.example"),
            ("postal_address", "1 Main Street, Springfield"),
            ("operators", "desk@times.example"),
            ("stories", "1"),
            ("stories_min", "1"),
            ("window_hours", "240"),
        ];
        let settings = settings.map(|(key, value)| (key, value.to_owned()));
        let list = store
            .list_add(&slug("times"), &settings, now)
            .await
            .unwrap();
        for (name, expr) in [("daily", "0 7 * * *"), ("hourly", "0 * * * *")] {
            let expr = CronExpr::parse(expr).unwrap();
            store
                .cadence_add(list, &slug(name), &expr, now)
                .await
                .unwrap();
        }
        stories(store, list, now).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        House {
            list,
            sink: Sink::start(listener, SinkSettings::default()).unwrap(),
            names: BTreeMap::new(),
            stop: CancellationToken::new(),
            folder,
        }
    }

    fn store(&self) -> &Store {
        &self.folder.store
    }

    async fn subscribe(
        &mut self,
        (name, zone, cadence, hour): (&str, &str, &str, Option<&str>),
        now: Timestamp,
    ) -> SubscriptionId {
        let terms = Terms {
            cadence: slug(cadence),
            hour: hour.map(|hour| WallTime::parse(hour).unwrap()),
            zone: Zone::parse(zone).unwrap(),
            language: "en".to_owned(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: Vec::new(),
            places: Vec::new(),
            resume_on: None,
        };
        let cadence = self
            .store()
            .cadence(self.list, &slug(cadence))
            .await
            .unwrap();
        let address = Address::parse(&format!("{name}@reader.example")).unwrap();
        let new = NewSubscription {
            list: self.list,
            hash: self.folder.keys.address_hash(&address),
            address,
            due: next_due(&terms, &cadence, now).unwrap(),
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            by: "test".to_owned(),
        };
        let id = self.store().subscriber_add(&new, false, now).await.unwrap();
        let subscription = self.store().subscription(id).await.unwrap().unwrap().1;
        self.names.insert(subscription.subscriber, name.to_owned());
        id
    }

    /// The scheduler as `serve` makes it, with a clock that shows `now`.
    fn schedule(&self, now: Timestamp) -> Schedule {
        let store = self.store().clone();
        let relay = Relay::new("127.0.0.1", self.sink.addr().port(), Tls::None);
        let settings = DeliverySettings {
            relays: vec![RelaySettings {
                name: "smtp".to_owned(),
                relay: relay.clone(),
                limits: RelayLimits {
                    connections: 2,
                    ..RelayLimits::default()
                },
            }],
            lanes: LaneTable::default(),
            retry: "1s".parse::<RetrySchedule>().unwrap(),
        };
        let clock = Clock::starting_at(now);
        let letters = Letters::new(store.clone(), self.folder.keys.clone());
        Schedule {
            press: Press {
                store: store.clone(),
                settings: PressSettings {
                    lanes: Default::default(),
                    public_url: "http://127.0.0.1:1".to_owned(),
                    one_click: false,
                    mail: Default::default(),
                    key_id: "k1".to_owned(),
                    themes: Default::default(),
                    deadline_hours: 72,
                },
            },
            delivery: Delivery::new(
                store.clone(),
                std::sync::Arc::new(letters),
                settings,
                clock,
                "test",
                1,
            ),
            fetcher: None,
            pictures: None,
            notices: Notices {
                store,
                relays: vec![relay],
                signer: None,
            },
            confirmations: None,
            clock,
        }
    }

    /// One step of the scheduler's planning.
    async fn step(&self, now: Timestamp) -> Vec<PlannedWave> {
        let schedule = self.schedule(now);
        let (planned, failed) = schedule.plan_due(now, &self.stop).await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
        planned
    }

    /// Plans what is due at `now`, twice: the second time there is nothing left to plan.
    async fn plan(&self, now: Timestamp) -> Vec<PlannedWave> {
        let planned = self.step(now).await;
        let again = self.step(now).await;
        assert!(again.is_empty(), "planned twice at {now}: {again:?}");
        planned
    }

    /// Sends what may leave at `now`; to whom, in the order of the receiver.
    async fn send(&self, now: Timestamp) -> Vec<String> {
        let before = self.sink.mailbox().messages().len();
        let delivery = self.schedule(now).delivery;
        delivery.run(None, &self.stop).await.unwrap();
        let letters = self.sink.mailbox().messages();
        let recipients = letters[before..].iter().map(|letter| {
            let name = letter.recipient.strip_suffix("@reader.example");
            name.unwrap().to_owned()
        });
        let mut recipients: Vec<_> = recipients.collect();
        recipients.sort();
        recipients
    }

    /// Steps through `[from, until]` minute by minute. A line for every letter that was received:
    /// the instant, to whom, and of which run.
    async fn live(&self, from: &str, until: &str) -> String {
        let (mut now, until) = (at(from), at(until));
        let mut told = String::new();
        while now <= until {
            for wave in self.plan(now).await {
                assert_eq!(wave.held, None);
                assert_eq!(
                    wave.wave.due_at,
                    now + minutes(10),
                    "frozen ten minutes ahead"
                );
            }
            let next = self.store().next_not_before().await.unwrap();
            if next.is_some_and(|next| next <= now) {
                let received = self.send(now).await;
                let mut rows = self.rows_of(next.unwrap()).await;
                for name in &received {
                    let run = rows
                        .remove(name)
                        .unwrap_or_else(|| panic!("{name} at {now}"));
                    writeln!(told, "{now} {name} {run}").unwrap();
                }
                assert!(rows.is_empty(), "not received at {now}: {rows:?}");
            }
            now += minutes(1);
        }
        told
    }

    /// The ledger's rows whose letters were due at an instant: name → cadence and run.
    async fn rows_of(&self, due: Timestamp) -> BTreeMap<String, String> {
        let mut rows = BTreeMap::new();
        for edition in self.store().editions(self.list, 100).await.unwrap() {
            for row in self
                .store()
                .deliveries(edition.id, SubscriberId(0), 100)
                .await
                .unwrap()
            {
                if row.not_before == due {
                    let run = format!("{} {}", edition.cadence_name, edition.run);
                    let twice = rows.insert(self.names[&row.subscriber].clone(), run);
                    assert_eq!(twice, None, "two letters at once");
                }
            }
        }
        rows
    }

    /// Every letter of the ledger is accepted, and each reader got no edition and no story twice.
    async fn nothing_twice(&self) {
        let mut stories: BTreeMap<SubscriberId, Vec<_>> = BTreeMap::new();
        for edition in self.store().editions(self.list, 100).await.unwrap() {
            let tally = self.store().tally(edition.id).await.unwrap();
            assert_eq!(tally.planned, tally.accepted, "{edition:?}: {tally:?}");
            for row in self
                .store()
                .deliveries(edition.id, SubscriberId(0), 100)
                .await
                .unwrap()
            {
                let digest = self.store().digest(row.digest).await.unwrap();
                let picked = digest.picks.iter().map(|pick| pick.story);
                stories.entry(row.subscriber).or_default().extend(picked);
            }
        }
        for (subscriber, mut read) in stories {
            let all = read.len();
            read.sort_unstable();
            read.dedup();
            assert_eq!(
                read.len(),
                all,
                "{} got a story twice",
                self.names[&subscriber]
            );
        }
    }
}

/// A source with forty stories of the hour before `now`.
async fn stories(store: &Store, list: ListId, now: Timestamp) {
    let source = NewSource {
        slug: slug("wire"),
        name: "Wire".to_owned(),
        kind: SourceKind::Import,
        location: String::new(),
        default_topic: None,
        default_language: Some("en".to_owned()),
        categories: CategoryMap::default(),
        backlog: Backlog::Window,
        private_network: false,
        interval_s: 3600,
    };
    store.source_add(&source, &[list], now).await.unwrap();
    let source = store.source(&slug("wire")).await.unwrap();
    // Headlines without a word in common, so that none is taken for another's copy.
    let row = |n: i64| {
        let word: String = (0..3).map(|k| letters(n * 31 + k * 7)).collect();
        let published = now - minutes(20 + n);
        serde_json::json!({
            "url": format!("https://wire.example/{n}"),
            "headline": format!("{word} {} {}", letters(n * 17 + 5), letters(n * 13 + 3)),
            "summary": format!("{} {}", letters(n * 19 + 11), letters(n * 23 + 2)),
            "published": published.to_string(),
        })
        .to_string()
    };
    let rows: Vec<String> = (0..40).map(row).collect();
    let taken = import_rows(store, &source, rows.join("\n").into_bytes(), None, now).await;
    assert_eq!(taken.unwrap().new, 40);
}

/// A made-up word, another for every number.
fn letters(n: i64) -> String {
    let digits = format!("{n:05}");
    let letter = |(at, digit): (usize, char)| {
        let from = [b'a', b'k', b'd', b'p', b'g'][at];
        char::from(from + digit.to_digit(10).unwrap() as u8)
    };
    digits.chars().enumerate().map(letter).collect()
}

#[tokio::test]
async fn a_day_on_which_berlin_sets_its_clocks_back() {
    let start = "2026-10-24T12:00:00Z";
    let mut house = House::new(start).await;
    for reader in READERS {
        house.subscribe(*reader, at(start)).await;
    }
    let paused = ("paused.berlin", "Europe/Berlin", "daily", None);
    let paused = house.subscribe(paused, at(start)).await;
    let by_reader =
        house
            .store()
            .standing_set(paused, Standing::Paused, "paused", "page", None, at(start));
    by_reader.await.unwrap();

    let told = house.live(start, "2026-10-25T12:00:00Z").await;
    let (hourly, daily): (Vec<&str>, Vec<&str>) =
        told.lines().partition(|line| line.contains("hourly"));
    // Once a reader; 02:30 in Berlin is 00:30 and 01:30 UTC that night, and the first counts.
    assert_eq!(
        daily,
        [
            "2026-10-24T17:30:00Z night.tokyo daily 2026-10-25",
            "2026-10-24T22:00:00Z morning.tokyo daily 2026-10-25",
            "2026-10-25T00:30:00Z night.berlin daily 2026-10-25",
            "2026-10-25T06:00:00Z morning.berlin daily 2026-10-25",
            "2026-10-25T06:30:00Z night.newyork daily 2026-10-25",
            "2026-10-25T11:00:00Z morning.newyork daily 2026-10-25",
        ]
    );
    // Every hour that passes, both passes of 02:00 among them.
    assert_eq!(hourly.len(), 24, "{hourly:#?}");
    assert_eq!(
        hourly[9..14],
        [
            "2026-10-24T22:00:00Z hourly.berlin hourly 2026-10-25T00:00",
            "2026-10-24T23:00:00Z hourly.berlin hourly 2026-10-25T01:00",
            "2026-10-25T00:00:00Z hourly.berlin hourly 2026-10-25T02:00",
            "2026-10-25T01:00:00Z hourly.berlin hourly 2026-10-25T02:00+2",
            "2026-10-25T02:00:00Z hourly.berlin hourly 2026-10-25T03:00",
        ]
    );
    house.nothing_twice().await;
    one_edition_of_six_waves(&house, "2026-10-25").await;
}

/// The readers of three zones share the edition of their own calendars' day.
async fn one_edition_of_six_waves(house: &House, run: &str) {
    let editions = house.store().editions(house.list, 100).await.unwrap();
    let daily: Vec<_> = editions
        .iter()
        .filter(|e| e.cadence_name == slug("daily"))
        .collect();
    assert_eq!(daily.len(), 1, "{daily:?}");
    assert_eq!(daily[0].run.to_string(), run);
    let waves = house.store().waves(daily[0].id).await.unwrap();
    assert_eq!(waves.len(), 6);
    assert!(waves.iter().all(|wave| wave.complete));
    assert_eq!(editions.len(), 25, "and one for each hour");
}

#[tokio::test]
async fn a_day_on_which_berlin_sets_its_clocks_forward() {
    let start = "2026-03-28T12:00:00Z";
    let mut house = House::new(start).await;
    for reader in READERS {
        house.subscribe(*reader, at(start)).await;
    }
    let told = house.live(start, "2026-03-29T12:00:00Z").await;
    let (hourly, daily): (Vec<&str>, Vec<&str>) =
        told.lines().partition(|line| line.contains("hourly"));
    // There is no 02:30 in Berlin: 03:00, an instant after 01:59, is the first that there is.
    assert_eq!(
        daily,
        [
            "2026-03-28T17:30:00Z night.tokyo daily 2026-03-29",
            "2026-03-28T22:00:00Z morning.tokyo daily 2026-03-29",
            "2026-03-29T01:00:00Z night.berlin daily 2026-03-29",
            "2026-03-29T05:00:00Z morning.berlin daily 2026-03-29",
            "2026-03-29T06:30:00Z night.newyork daily 2026-03-29",
            "2026-03-29T11:00:00Z morning.newyork daily 2026-03-29",
        ]
    );
    assert_eq!(hourly.len(), 24, "{hourly:#?}");
    assert_eq!(
        hourly[11..14],
        [
            "2026-03-29T00:00:00Z hourly.berlin hourly 2026-03-29T01:00",
            "2026-03-29T01:00:00Z hourly.berlin hourly 2026-03-29T03:00",
            "2026-03-29T02:00:00Z hourly.berlin hourly 2026-03-29T04:00",
        ]
    );
    house.nothing_twice().await;
    one_edition_of_six_waves(&house, "2026-03-29").await;
}

#[tokio::test]
async fn a_start_after_the_grace_asks_before_it_sends() {
    let start = "2026-11-25T05:00:00Z";
    let reader = ("morning.berlin", "Europe/Berlin", "daily", None);
    // Due at 06:00, with a grace of two hours.
    for (now, late) in [
        ("2026-11-25T08:00:00Z", false),
        ("2026-11-25T08:00:01Z", true),
    ] {
        let mut house = House::new(start).await;
        house.subscribe(reader, at(start)).await;
        let planned = house.plan(at(now)).await;
        let [wave] = &planned[..] else {
            panic!("{planned:?}")
        };
        assert_eq!(wave.held, late.then_some(Hold::Late), "{now}");
        let edition = wave.edition.id;
        let received = house.send(at(now)).await;
        if !late {
            assert_eq!(received, ["morning.berlin"]);
            continue;
        }
        assert_eq!(received, [""; 0]);
        let held = house.store().held(edition).await.unwrap();
        assert_eq!(held, [(Hold::Late, 1)]);
        let tally = house.store().tally(edition).await.unwrap();
        assert_eq!((tally.planned, tally.open, tally.asking), (1, 1, 1));

        assert_eq!(house.store().release(edition, at(now)).await.unwrap(), 1);
        assert_eq!(house.store().release(edition, at(now)).await.unwrap(), 0);
        assert_eq!(house.send(at(now)).await, ["morning.berlin"]);
        assert_eq!(house.send(at(now)).await, [""; 0]);
        house.nothing_twice().await;
    }
}

#[tokio::test]
async fn a_list_may_say_that_late_is_better_than_never() {
    let start = "2026-11-25T05:00:00Z";
    let mut house = House::new(start).await;
    house
        .store()
        .list_set(house.list, "late", "send")
        .await
        .unwrap();
    house
        .subscribe(
            ("morning.berlin", "Europe/Berlin", "daily", None),
            at(start),
        )
        .await;
    let now = at("2026-11-25T21:00:00Z");
    assert_eq!(house.plan(now).await[0].held, None);
    assert_eq!(house.send(now).await, ["morning.berlin"]);
}

#[tokio::test]
async fn three_days_of_silence_bring_one_late_digest_each() {
    let start = "2026-11-20T05:00:00Z";
    let mut house = House::new(start).await;
    let mut ids = Vec::new();
    for reader in READERS.iter().filter(|reader| reader.2 == "daily") {
        ids.push(house.subscribe(*reader, at(start)).await);
    }
    let back = at("2026-11-23T15:00:00Z");
    let planned = house.plan(back).await;
    assert_eq!(planned.iter().map(|w| w.digests).sum::<u64>(), 6);
    assert!(planned.iter().all(|w| w.held == Some(Hold::Late)));
    // Each reader's newest run, not the oldest: three days later nobody wants the news of Friday.
    assert!(
        planned
            .iter()
            .all(|w| w.edition.run.date() >= jiff::civil::date(2026, 11, 22))
    );
    assert_eq!(house.send(back).await, [""; 0]);
    let mut next = Vec::new();
    for id in ids {
        let subscription = house.store().subscription(id).await.unwrap().unwrap().1;
        next.push(subscription.due_at.unwrap().to_string());
    }
    assert_eq!(
        next,
        [
            "2026-11-24T01:30:00Z",
            "2026-11-24T07:30:00Z",
            "2026-11-23T17:30:00Z",
            "2026-11-24T06:00:00Z",
            "2026-11-24T12:00:00Z",
            "2026-11-23T22:00:00Z",
        ]
    );
    let editions = house.store().editions(house.list, 100).await.unwrap();
    let mut released = 0;
    for edition in &editions {
        released += house.store().release(edition.id, back).await.unwrap();
    }
    assert_eq!(released, 6);
    assert_eq!(house.send(back).await.len(), 6);
    house.nothing_twice().await;
}

#[tokio::test]
async fn a_run_within_the_grace_is_on_time_however_long_the_silence_was() {
    let start = "2026-11-20T05:00:00Z";
    let mut house = House::new(start).await;
    let id = house
        .subscribe(
            ("morning.berlin", "Europe/Berlin", "daily", None),
            at(start),
        )
        .await;
    // Three days later, half an hour after that day's run.
    let back = at("2026-11-23T06:30:00Z");
    let mut told = Vec::new();
    loop {
        let planned = house.step(back).await;
        let Some(wave) = planned.first() else { break };
        told.push((wave.edition.run.to_string(), wave.digests, wave.held));
    }
    assert_eq!(told, [("2026-11-23".to_owned(), 1, None)]);
    assert_eq!(house.send(back).await, ["morning.berlin"]);
    let subscription = house.store().subscription(id).await.unwrap().unwrap().1;
    assert_eq!(subscription.due_at, Some(at("2026-11-24T06:00:00Z")));
    let editions = house.store().editions(house.list, 100).await.unwrap();
    let [today] = &editions[..] else {
        panic!("{editions:?}")
    };
    let today = house.store().tally(today.id).await.unwrap();
    assert_eq!((today.planned, today.accepted), (1, 1));
}
