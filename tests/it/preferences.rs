//! Everything that the signed link of a letter does by itself: terms, letters so far, the publisher's
//! other lists, why a story came and less of its like.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::consent::ConsentAct;
use courant::domain::subscriber::Standing;
use courant::domain::time::Timestamp;
use courant::domain::{DigestId, SubscriptionId};
use courant::feedback::link::Purpose;
use courant::web::JoinSettings;
use reqwest::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::support::reader_pages::ReaderPages;

const TOPICS: [&str; 4] = ["harbour", "culture", "sport", "weather"];

async fn pages() -> ReaderPages {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    for topic in TOPICS {
        let name = topic[..1].to_uppercase() + &topic[1..];
        let slug = crate::support::paper::slug(topic);
        pages.paper.store().topic_add(&slug, &name).await.unwrap();
    }
    pages
}

const REST: [(&str, &str); 4] = [
    ("do", "save"),
    ("cadence", "daily"),
    ("zone", "UTC"),
    ("length", "long"),
];

async fn terms(pages: &ReaderPages, reader: SubscriptionId) -> courant::domain::subscriber::Terms {
    let found = pages.paper.store().subscription(reader).await.unwrap();
    found.unwrap().1.terms
}

/// The digest of a reader's letter, once all letters have left.
async fn sent(pages: &ReaderPages, reader: SubscriptionId) -> DigestId {
    let edition = pages.paper.plan().await;
    pages.paper.arrive().await;
    let digest = pages.paper.store().digest_of(edition.id, reader).await;
    digest.unwrap().unwrap().id
}

#[tokio::test]
async fn a_topic_set_to_never_is_in_no_plan_and_plain_text_has_no_html() {
    let pages = pages().await;
    let ids = pages
        .paper
        .readers(&["mara@reader.example", "usual@reader.example"])
        .await;
    let path = pages.preferences(ids[0]);
    let wish = [
        ("weight:sport", "never"),
        ("weight:culture", "never"),
        ("weight:weather", ""),
        ("text_only", "off"),
        ("text_only", "on"),
    ];
    let (status, text) = pages.post(&path, &[&REST[..], &wish].concat()).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(text.contains("Saved: topics, plain text."), "{text}");
    assert!(text.contains("value=\"never\" selected"), "{text}");
    assert!(text.contains("name=\"text_only\" value=\"on\""), "{text}");
    let own = terms(&pages, ids[0]).await;
    assert!(own.text_only && own.unwanted().count() == 2);
    // Saved after the letter was due: the plan of a due that is still to come is what counts.
    pages.paper.sql("update subscription set due_ms = 1795590000000, due_run = '2026-11-25', due_cadence_id = 1").await;
    let edition = pages.paper.plan().await;
    let store = pages.paper.store();
    let picked = async |reader| {
        let picks = pages.paper.picks(edition.id, reader).await;
        let topics = store.topics_of(&picks).await.unwrap();
        let first = |t: &Vec<courant::domain::article::TopicWeight>| t[0].topic.to_string();
        topics
            .values()
            .map(first)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let own = picked(ids[0]).await;
    let expected = ["harbour", "weather"].map(str::to_owned).into();
    assert_eq!(own, expected);
    assert!(picked(ids[1]).await.contains("sport"));
    let explained = pages.paper.press().explain(&edition, ids[0]).await.unwrap();
    assert!(explained.agrees);
    let words = format!("{:?}", explained.selection.verdicts);
    assert!(words.contains("TopicRefused"), "{words}");
    let delivery = pages.paper.delivery(pages.port(), pages.paper.due);
    delivery.run(None, &CancellationToken::new()).await.unwrap();
    let letter = |to: &str| String::from_utf8(pages.received(to).remove(0)).unwrap();
    let (plain, usual) = (
        letter("mara@reader.example"),
        letter("usual@reader.example"),
    );
    assert!(
        plain.contains("Content-Type: text/plain") && !plain.contains("text/html"),
        "{plain}"
    );
    assert!(
        plain.contains("List-Unsubscribe: <") && !plain.contains("multipart"),
        "{plain}"
    );
    assert!(usual.contains("multipart/alternative") && usual.contains("text/html"));
}

#[tokio::test]
async fn what_another_process_changes_is_on_the_very_next_page() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    let path = pages.preferences(reader);
    let shown = async |parts: &[&str], gone: &[&str]| {
        let (status, text) = pages.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
        for part in gone {
            assert!(!text.contains(part), "{part} in {text}");
        }
    };
    shown(&[">Sport</label>", "Daily, 07:00"], &["Tides"]).await;
    let (list, now) = (pages.paper.list, pages.paper.now);
    let command = courant::store::Store::open(pages.paper.store().path())
        .await
        .unwrap();
    let slug = crate::support::paper::slug;
    command.topic_rename(&slug("sport"), "Games").await.unwrap();
    shown(&[">Games</label>"], &[">Sport</label>"]).await;
    command.topic_remove(&slug("sport"), now).await.unwrap();
    shown(&[], &[">Games</label>"]).await;
    command.topic_add(&slug("tides"), "Tides").await.unwrap();
    command
        .place_add(&slug("hill"), "Old <hill>")
        .await
        .unwrap();
    shown(&[">Tides</label>", "Old &lt;hill&gt;"], &[]).await;
    let expr = courant::domain::time::CronExpr::parse("0 9 * * 6").unwrap();
    command
        .cadence_add(list, &slug("weekly"), &expr, now)
        .await
        .unwrap();
    shown(&["Weekly, Saturday 09:00"], &[]).await;
    command
        .list_set(list, "name", "The Evening Post")
        .await
        .unwrap();
    shown(&["The Evening Post"], &[]).await;
    // Nor is a form taken by what was on offer before.
    command.topic_remove(&slug("tides"), now).await.unwrap();
    let wish = [("weight:tides", "more")];
    let (status, text) = pages.post(&path, &[&REST[..], &wish].concat()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("No longer on offer: tides."), "{text}");
}

#[tokio::test]
async fn a_pause_until_a_day_keeps_what_was_typed_and_ends_by_a_button() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    let path = pages.preferences(reader);
    let before = pages.dump().await;
    for (until, said) in [
        ("soon", "Write a day such as"),
        ("2026-11-25", "Choose a day after today"),
        ("2029-01-01", "within two years"),
    ] {
        let (status, text) = pages
            .post(&path, &[("do", "pause"), ("until", until)])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{until}");
        assert!(
            text.contains(said) && text.contains(&format!("value=\"{until}\"")),
            "{text}"
        );
    }
    assert_eq!(pages.dump().await, before);
    let (status, text) = pages
        .post(&path, &[("do", "pause"), ("until", "2026-12-24")])
        .await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(
        text.contains("paused until Thursday 24 December 2026"),
        "{text}"
    );
    assert!(
        text.contains("The next letter comes on Thursday 24 December 2026 at 07:00"),
        "{text}"
    );
    let (_, text) = pages.post(&path, &[("do", "resume")]).await;
    assert!(
        text.contains("Resumed") && text.contains("Thursday 26 November 2026"),
        "{text}"
    );
    assert_eq!(terms(&pages, reader).await.resume_on, None);
    // Without a day it lasts.
    pages.post(&path, &[("do", "pause"), ("until", "")]).await;
    let own = pages
        .paper
        .store()
        .subscription(reader)
        .await
        .unwrap()
        .unwrap()
        .1;
    assert_eq!(own.standing, Standing::Paused);
}

#[tokio::test]
async fn other_lists_are_joined_and_left_by_the_link_with_a_receipt() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    let evening = pages.another_list("evening").await;
    let closed = pages.another_list("secret").await;
    let store = pages.paper.store();
    store.list_set(closed, "signup", "closed").await.unwrap();
    let path = pages.preferences(reader) + "/lists";
    let before = pages.dump().await;
    let (_, text) = pages.get(&path).await;
    assert!(
        text.contains("The evening") && !text.contains("The secret"),
        "{text}"
    );
    assert_eq!(pages.dump().await, before);
    let (person, _) = store.subscription(reader).await.unwrap().unwrap();
    let joined = pages
        .post(&path, &[("do", "join"), ("list", "evening")])
        .await;
    assert!(
        joined.1.contains("You are subscribed to The evening."),
        "{}",
        joined.1
    );
    let own = store
        .subscription_of(evening, person.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.standing, Standing::Active);
    assert!(own.due_at.is_some());
    let receipts = store.consents(person.id).await.unwrap();
    let last = receipts.last().unwrap();
    assert_eq!((last.list, last.act), (Some(evening), ConsentAct::Given));
    assert!(last.wording.starts_with("en-"), "{last:?}");
    assert_eq!(last.network.as_deref(), Some("127.0.0.0/24"));
    // Pressed twice it is done once.
    pages
        .post(&path, &[("do", "join"), ("list", "evening")])
        .await;
    assert_eq!(
        store.consents(person.id).await.unwrap().len(),
        receipts.len()
    );
    let left = pages
        .post(&path, &[("do", "leave"), ("list", "evening")])
        .await;
    assert!(
        left.1.contains("You are unsubscribed from The evening."),
        "{}",
        left.1
    );
    let own = store
        .subscription_of(evening, person.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.standing, Standing::Unsubscribed);
    let receipts = store.consents(person.id).await.unwrap();
    assert_eq!(receipts.last().unwrap().act, ConsentAct::Withdrawn);
    for (does, list) in [("join", "secret"), ("join", "nowhere"), ("drop", "times")] {
        pages.post(&path, &[("do", does), ("list", list)]).await;
    }
    assert!(
        store
            .subscription_of(closed, person.id)
            .await
            .unwrap()
            .is_none()
    );
    // Who takes no letters at all is not signed up by a link.
    let off = store.person_standing_set(
        person.id,
        Standing::Unsubscribed,
        "suppress",
        "",
        &[],
        pages.now,
    );
    off.await.unwrap();
    pages
        .post(&path, &[("do", "join"), ("list", "evening")])
        .await;
    let own = store
        .subscription_of(evening, person.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.standing, Standing::Unsubscribed);
}

#[tokio::test]
async fn letters_so_far_say_why_and_less_can_be_taken_back() {
    let pages = pages().await;
    let ids = pages
        .paper
        .readers(&["mara@reader.example", "other@reader.example"])
        .await;
    let path = pages.preferences(ids[0]);
    let empty = pages.get(&format!("{path}/letters")).await.1;
    assert!(empty.contains("No letter has come yet"), "{empty}");
    let digest = sent(&pages, ids[0]).await;
    let (status, text) = pages.get(&format!("{path}/letters")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        text.contains("Wednesday 25 November 2026") && text.contains("of the harbour"),
        "{text}"
    );
    let text = text.replace("&#x2f;", "/");
    let view = text
        .split("href=\"")
        .find(|part| part.contains("/v/"))
        .unwrap();
    let view = view
        .split('"')
        .next()
        .unwrap()
        .strip_prefix(&pages.base)
        .unwrap();
    let (status, letter) = pages.get(view).await;
    assert!(
        status == StatusCode::OK && letter.contains("berth"),
        "{letter}"
    );
    let why = format!("{path}/letters/{digest}");
    let before = pages.dump().await;
    let (status, text) = pages.get(&why).await;
    assert!(
        status == StatusCode::OK && text.contains("One of today’s top stories"),
        "{text}"
    );
    assert_eq!(pages.dump().await, before);
    // Whoever follows nothing is offered no lesser word than none at all, and told so: with one they
    // would follow that topic alone. It can be taken back.
    assert!(
        text.contains("Nothing more about Sport") && !text.contains("Less about"),
        "{text}"
    );
    let (_, text) = pages
        .post(&why, &[("do", "less"), ("topic", "sport")])
        .await;
    assert!(
        text.contains("From the next letter on, Sport: Never."),
        "{text}"
    );
    assert!(text.contains("You get nothing about Sport."), "{text}");
    assert_eq!(terms(&pages, ids[0]).await.unwanted().count(), 1);
    let (_, text) = pages
        .post(&why, &[("do", "undo"), ("topic", "sport"), ("weight", "")])
        .await;
    assert!(text.contains("Sport: As it comes."), "{text}");
    assert!(terms(&pages, ids[0]).await.topics.is_empty());
    pages
        .post(&path, &[&REST[..], &[("weight:sport", "more")]].concat())
        .await;
    let (_, text) = pages
        .post(&why, &[("do", "less"), ("topic", "sport")])
        .await;
    assert!(text.contains("Sport: Normal."), "{text}");
    assert!(text.contains("name=\"weight\" value=\"900\""), "{text}");
    assert_eq!(terms(&pages, ids[0]).await.topics[0].weight, 500);
    pages
        .post(
            &why,
            &[("do", "undo"), ("topic", "sport"), ("weight", "900")],
        )
        .await;
    assert_eq!(terms(&pages, ids[0]).await.topics[0].weight, 900);
    let before = pages.dump().await;
    for bad in [
        &[("do", "undo"), ("topic", "sport"), ("weight", "4000")][..],
        &[("do", "less"), ("topic", "No Topic")],
        &[("do", "less"), ("topic", "nothing")],
        &[("do", "drop"), ("topic", "sport")],
    ] {
        pages.post(&why, bad).await;
    }
    // Nobody else's letter, and none that has not left.
    let other = format!("{}/letters/{digest}", pages.preferences(ids[1]));
    assert_eq!(pages.get(&other).await.0, StatusCode::NOT_FOUND);
    for wrong in ["0", "999", "x"] {
        let wrong = format!("{path}/letters/{wrong}");
        assert_eq!(pages.get(&wrong).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(pages.dump().await, before);
}

#[tokio::test]
async fn a_private_feed_is_read_by_its_own_link_until_a_new_one() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    sent(&pages, reader).await;
    let path = pages.preferences(reader);
    let feed = async || {
        let (_, text) = pages.get(&format!("{path}/letters")).await;
        let text = text.replace("&#x2f;", "/");
        let link = text
            .split("href=\"")
            .find(|part| part.contains("/a/"))
            .unwrap();
        let link = link.split('"').next().unwrap();
        link.strip_prefix(&pages.base).unwrap().to_owned()
    };
    let first = feed().await;
    let before = pages.dump().await;
    let (status, atom) = pages.get(&first).await;
    assert_eq!(status, StatusCode::OK);
    let entry = atom.split_once("<entry>").unwrap().1;
    let part = |from: &str, to: &str| {
        let rest = entry.split_once(from).unwrap().1;
        rest.split_once(to).unwrap().0.to_owned()
    };
    let due: Timestamp = part("<updated>", "</updated>").parse().unwrap();
    assert_eq!(due, pages.paper.due);
    assert!(
        part("<title>", "</title>").ends_with("of the harbour"),
        "{entry}"
    );
    let view = part("href=\"", "\"");
    let view = view.strip_prefix(&pages.base).unwrap();
    assert_eq!(pages.get(view).await.0, StatusCode::OK);
    let mut read = quick_xml::Reader::from_str(&atom);
    let mut elements = 0;
    loop {
        match read.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(_) => elements += 1,
            _ => {}
        }
    }
    assert_eq!(elements, 11, "well formed: {atom}");
    assert!(!atom.contains("mara"), "{atom}");
    for other in [
        first.replace("/a/", "/p/"),
        first.replace("/a/", "/v/"),
        pages.path(Purpose::Feed, reader, 2),
        path.replace("/p/", "/a/"),
    ] {
        assert_eq!(pages.get(&other).await.0, StatusCode::NOT_FOUND, "{other}");
    }
    assert_eq!(pages.dump().await, before);
    let (_, text) = pages
        .post(&format!("{path}/feed"), &[("do", "renew")])
        .await;
    assert!(text.contains("The feed has a new address"), "{text}");
    assert_eq!(pages.get(&first).await.0, StatusCode::NOT_FOUND);
    let second = feed().await;
    assert_eq!(pages.get(&second).await.0, StatusCode::OK);
    assert_ne!(first, second);
}
