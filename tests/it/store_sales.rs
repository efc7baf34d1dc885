//! The store's contract for orders, bookings and creatives, and what becomes of those made before there
//! were orders.

use courant::domain::flight::{Gambling, NewFlight, Pacing, Tier};
use courant::domain::goal::{Cap, Goal};
use courant::domain::money::{Currency, Price};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{CreativeSize, CreativeState, FlightState, Slot};
use courant::domain::targeting::{Targeting, Weekday};
use courant::domain::time::{Timestamp, Zone};
use courant::domain::{CreativeId, FlightId, ListId, SponsorId};
use courant::store::{NewCampaign, NewCreative, Store, StoreError};
use sqlx::Connection;

/// Hours after the start of 2026.
fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("valid");
    start + jiff::SignedDuration::from_hours(hours)
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

/// A store with the list 1 and a sponsor.
async fn fresh() -> (tempfile::TempDir, Store, SponsorId) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courant.db");
    let store = Store::create(&path, "test", at(0)).await.expect("a store");
    store
        .list_add(&slug("daily"), &[], at(0))
        .await
        .expect("a list");
    let sponsor = store
        .sponsor_add(&slug("bakery"), "The Bakery", at(0))
        .await;
    (folder, store, sponsor.expect("added"))
}

fn text(flight: FlightId, text: &str, approved: bool) -> NewCreative {
    NewCreative {
        flight,
        size: CreativeSize::L,
        headline: None,
        text: text.to_owned(),
        url: "https://bakery.example/".to_owned(),
        button: Some("Order".to_owned()),
        approved,
    }
}

#[tokio::test]
async fn everything_that_is_booked_is_read_as_it_was_written() {
    let (_folder, store, sponsor) = fresh().await;
    let order = NewCampaign {
        sponsor,
        slug: slug("autumn"),
        order_number: Some("PO 77".to_owned()),
        currency: "EUR".parse().expect("a currency"),
    };
    let campaign = store.campaign_add(&order, at(0)).await.expect("added");
    let twice = store.campaign_add(&order, at(0)).await;
    assert!(matches!(
        twice,
        Err(StoreError::Exists {
            what: "campaign",
            ..
        })
    ));
    let mut campaigns = store.campaigns(Some(sponsor)).await.expect("read");
    let mut own = campaigns.remove(0);
    assert_eq!(
        (own.id, own.order_number.as_deref()),
        (campaign, Some("PO 77"))
    );
    own.currency = "SEK".parse().expect("a currency");
    store.campaign_set(&own).await.expect("written");
    assert_eq!(store.campaigns(None).await.expect("read"), [own]);
    assert!(
        store
            .campaigns(Some(SponsorId(9)))
            .await
            .expect("read")
            .is_empty()
    );

    let plain = NewFlight {
        campaign: Some(campaign),
        ..NewFlight::sends((sponsor, ListId(1)), slug("plain"), 20, (at(0), at(24)))
    };
    let rich = NewFlight {
        slug: slug("rich"),
        tier: Tier::Takeover,
        goal: Goal::Share(25),
        all: true,
        pacing: Pacing::Front,
        cap: Some(Cap { sends: 2, days: 7 }),
        zone: Zone::parse("Europe/Berlin").expect("a zone"),
        slots: vec![Slot::S2],
        targeting: Targeting {
            topics: vec![slug("food")],
            places: vec![slug("port")],
            cadences: vec![slug("daily")],
            languages: vec!["de".to_owned()],
            weekdays: vec![Weekday::Sat],
        },
        group: Some(slug("bread")),
        price: Some("cpm:25".parse::<Price>().expect("a price")),
        gambling: Some(Gambling {
            legal_line: "18+".to_owned(),
            places: vec![slug("port")],
        }),
        makes_good: Some(FlightId(1)),
        state: FlightState::Hold,
        hold_until: Some(at(72)),
        ..plain.clone()
    };
    for new in [&plain, &rich] {
        store.flight_add(new, at(0)).await.expect("added");
    }
    let flights = store.flights(None).await.expect("read");
    assert_eq!(NewFlight::from(&flights[0]), plain);
    assert_eq!(NewFlight::from(&flights[1]), rich);
    assert_eq!((flights[0].booked, flights[1].booked), (20, 0));

    let more = NewFlight {
        goal: Goal::Sends(30),
        pacing: Pacing::Even,
        ..plain.clone()
    };
    store.flight_set(&more, campaign).await.expect("written");
    let other = NewFlight {
        slug: slug("none"),
        ..plain
    };
    let none = store.flight_set(&other, campaign).await;
    assert!(matches!(none, Err(StoreError::NotFound { .. })));
    let flights = store.flights(None).await.expect("read");
    assert_eq!(
        (NewFlight::from(&flights[0]), flights[0].booked),
        (more, 30)
    );

    let approve = (FlightState::Hold, FlightState::Approved);
    assert!(
        store
            .flight_state(FlightId(2), approve)
            .await
            .expect("written")
    );
    assert!(
        !store
            .flight_state(FlightId(2), approve)
            .await
            .expect("too late")
    );
    let flights = store.flights(None).await.expect("read");
    assert_eq!(
        (flights[1].state, flights[1].hold_until),
        (FlightState::Approved, None)
    );
}

#[tokio::test]
async fn a_creative_is_proposed_approved_and_retired() {
    let (_folder, store, sponsor) = fresh().await;
    let line = NewFlight {
        gambling: Some(Gambling {
            legal_line: "18+, play with care".to_owned(),
            places: vec![slug("port")],
        }),
        ..NewFlight::sends((sponsor, ListId(1)), slug("line"), 20, (at(0), at(24)))
    };
    let flight = store.flight_add(&line, at(0)).await.expect("added");
    let first = store
        .creative_add(&text(flight, "Rolls", false), at(0))
        .await
        .expect("added");
    let second = store
        .creative_add(&text(flight, "Buns", true), at(0))
        .await
        .expect("added");
    let states = async || {
        let all = store.flight_creatives(flight).await.expect("read");
        all.iter().map(|c| c.state).collect::<Vec<_>>()
    };
    assert_eq!(
        states().await,
        [CreativeState::Proposed, CreativeState::Approved]
    );
    // The label's name and the legal line come with every text that may be printed.
    let printed = store.creatives_printed().await.expect("read");
    assert_eq!(
        printed.keys().copied().collect::<Vec<CreativeId>>(),
        [second]
    );
    let (creative, name) = &printed[&second];
    let legal = creative.legal.as_deref();
    assert_eq!(
        (name.as_str(), legal),
        ("The Bakery", Some("18+, play with care"))
    );
    assert_eq!(creative.button.as_deref(), Some("Order"));

    assert!(store.creative_approve(first, at(1)).await.expect("written"));
    assert!(
        !store
            .creative_approve(first, at(2))
            .await
            .expect("too late")
    );
    assert!(store.creative_retire(second, at(2)).await.expect("written"));
    assert!(
        !store
            .creative_retire(second, at(3))
            .await
            .expect("too late")
    );
    assert!(
        !store
            .creative_approve(second, at(3))
            .await
            .expect("too late")
    );
    assert_eq!(
        states().await,
        [CreativeState::Approved, CreativeState::Retired]
    );
    let flights = store.flights(None).await.expect("read");
    let own: Vec<CreativeId> = flights[0].creatives.iter().map(|c| c.id).collect();
    assert_eq!(own, [first], "what is retired is planned no more");
    assert_eq!(store.creatives_printed().await.expect("read").len(), 2);
}

#[tokio::test]
async fn a_sponsor_is_removed_with_all_that_no_letter_had() {
    let (folder, store, sponsor) = fresh().await;
    store
        .sponsor_set(sponsor, "The Old Bakery")
        .await
        .expect("written");
    assert_eq!(
        store.sponsors().await.expect("read")[0].name,
        "The Old Bakery"
    );
    let line = NewFlight::sends((sponsor, ListId(1)), slug("line"), 20, (at(0), at(24)));
    let flight = store.flight_add(&line, at(0)).await.expect("added");
    let campaigns = store.campaigns(None).await.expect("read");
    assert_eq!(campaigns[0].slug, slug("first"));
    assert_eq!(campaigns[0].currency, Currency::NONE);
    store
        .creative_add(&text(flight, "Rolls", true), at(0))
        .await
        .expect("added");
    assert!(
        !store
            .sponsor_remove(sponsor, &[])
            .await
            .expect("another flight")
    );
    raw(&folder, "insert into placement values (1, 'S1', 1, 1, '')").await;
    assert!(
        !store
            .sponsor_remove(sponsor, &[flight])
            .await
            .expect("a letter had it")
    );
    raw(&folder, "delete from placement").await;
    assert!(
        store
            .sponsor_remove(sponsor, &[flight])
            .await
            .expect("removed")
    );
    assert!(store.sponsors().await.expect("read").is_empty());
    assert!(store.flights(None).await.expect("read").is_empty());
}

async fn raw(folder: &tempfile::TempDir, sql: &'static str) {
    let url = format!("sqlite://{}", folder.path().join("courant.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql("pragma foreign_keys = off")
        .execute(&mut connection)
        .await
        .expect("runs");
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
}

#[tokio::test]
async fn what_was_booked_before_becomes_one_order_a_sponsor() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courant.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    let before = folder.path().join("migrations");
    std::fs::create_dir(&before).expect("made");
    for file in std::fs::read_dir("migrations/sqlite").expect("there") {
        let name = file
            .expect("a file")
            .file_name()
            .into_string()
            .expect("text");
        if name.as_str() < "0042" {
            let from = std::path::Path::new("migrations/sqlite").join(&name);
            std::fs::copy(from, before.join(&name)).expect("copied");
        }
    }
    let migrations = sqlx::migrate::Migrator::new(before.as_path())
        .await
        .expect("read");
    migrations.run(&mut connection).await.expect("migrated");
    let sold = "insert into instance (only_row, instance, created_ms) values (1, 'test', 0); \
         insert into list values (1, 'daily', 0), (2, 'sport', 0); \
         insert into list_setting values (1, 'home_zone', 'Europe/Berlin'); \
         insert into sponsor values (1, 'bakery', 'The Bakery', 5), (2, 'idle', 'Idle', 6); \
         insert into flight values (1, 1, 1, 'spring', 20, 0, 86400000, '[\"S1\"]', '[]', '[]', \
            'approved', 7, null), (2, 1, 2, 'old', 3, 0, 1, '[\"S2\"]', '[]', '[]', 'ended', 7, null); \
         insert into creative values (1, 1, 'S', null, 'Rolls', 'https://b.example/', 8, null)";
    sqlx::raw_sql(sold)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
    Store::migrate(&path, at(0)).await.expect("migrated");
    let store = Store::open(&path).await.expect("opens");
    let campaigns = store.campaigns(None).await.expect("read");
    assert_eq!(campaigns.len(), 1, "a sponsor without flights has no order");
    let flights = store.flights(None).await.expect("read");
    let terms: Vec<_> = flights
        .iter()
        .map(|f| (f.campaign, f.tier, f.goal, f.pacing, f.state))
        .collect();
    let order = campaigns[0].id;
    let (tier, asap) = (Tier::Guaranteed, Pacing::Asap);
    assert_eq!(
        terms,
        [
            (order, tier, Goal::Sends(20), asap, FlightState::Approved),
            (order, tier, Goal::Sends(3), asap, FlightState::Ended),
        ]
    );
    assert_eq!(flights[0].zone.name(), "Europe/Berlin");
    assert_eq!(flights[1].zone.name(), "UTC");
    assert_eq!(flights[0].creatives[0].state, CreativeState::Approved);
    assert!(flights[0].targeting.is_empty() && flights[0].group.is_none());
}
