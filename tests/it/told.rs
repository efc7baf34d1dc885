//! What readers and admins are told is so: no page says done where nothing was, none is silent, and what
//! was withdrawn stands nowhere as if it held.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::article::TopicWeight;
use courant::domain::time::{CronExpr, Zone};
use courant::domain::{DigestId, ListId, SubscriptionId};
use courant::feedback::link::Purpose;
use courant::web::JoinSettings;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::binary::courant;
use crate::support::pages::Pages;
use crate::support::paper::{Paper, slug};
use crate::support::reader_pages::ReaderPages;

const MARA: &str = "mara@reader.example";

/// A paper with a weekly rhythm, whose pages stand open, and a reader.
async fn weekly() -> (Pages, SubscriptionId) {
    let paper = Paper::daily().await;
    let expr = CronExpr::parse("0 8 * * 6").unwrap();
    let store = paper.store();
    let name = slug("weekly");
    let added = store.cadence_add(paper.list, &name, &expr, paper.now);
    added.await.unwrap();
    let mut new = paper.new_reader(MARA);
    new.terms.zone = Zone::parse("Asia/Tokyo").unwrap();
    let reader = store.subscriber_add(&new, false, paper.now).await.unwrap();
    (Pages::of(paper).await, reader)
}

#[tokio::test]
async fn a_wish_pressed_after_coming_back_is_told_for_what_it_is() {
    let (pages, reader) = weekly().await;
    let path = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
    pages.post(&path, "leave=1").await;
    pages.post(&path, "again=1").await;
    let before = pages.dump().await;
    let said = pages.post(&path, "again=weekly").await.text;
    assert!(said.contains("Nothing was changed"), "{said}");
    assert!(!said.contains("this rhythm: Weekly"), "{said}");
    assert_eq!(pages.dump().await, before);
    pages.post(&path, "leave=1").await;
    let said = pages.post(&path, "again=weekly").await.text;
    assert!(said.contains("this rhythm: Weekly"), "{said}");
    // What is so already is said as what it is.
    pages.post(&path, "leave=1").await;
    for _ in 0..2 {
        let said = pages.post(&path, "again=pause").await.text;
        assert!(said.contains("Your letters are paused until"), "{said}");
        assert!(!said.contains("Nothing was changed"), "{said}");
    }
}

#[tokio::test]
async fn a_weekly_rhythm_names_its_day_wherever_it_is_offered() {
    let (pages, reader) = weekly().await;
    let own = format!("/p/{}", pages.token(Purpose::Preferences, reader));
    let leave = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
    let form = pages.get(&own).await.text;
    assert!(form.contains("Weekly, Saturday 08:00"), "{form}");
    assert!(form.contains("Daily, 07:00"), "{form}");
    let left = pages.post(&leave, "leave=1").await.text;
    assert!(
        left.contains("Less often: Weekly, Saturday 08:00"),
        "{left}"
    );
    let list = pages.get("/list/times").await.text;
    assert!(list.contains("Saturday 08:00"), "{list}");
    let store = pages.paper.store();
    let mut terms = store.subscription(reader).await.unwrap().unwrap().1.terms;
    for (language, day) in [("de", "Samstag"), ("ar", "السبت")] {
        terms.language = language.to_owned();
        let cadence = pages.paper.cadence.id;
        let revised = store.terms_revise(reader, &terms, cadence, None, "test", pages.paper.now);
        revised.await.unwrap();
        let form = pages.get(&own).await.text;
        assert!(form.contains(day), "{language}: {form}");
    }
}

#[tokio::test]
async fn a_list_that_takes_nobody_says_so_to_its_own_readers() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let reader = pages.paper.readers(&[MARA]).await[0];
    pages.another_list("evening").await;
    let path = pages.preferences(reader) + "/lists";
    let home = pages.paper.folder.path();
    let (code, _, err) = courant(home, &["list", "set", "evening", "signup", "closed"]);
    assert_eq!(code, 0, "{err}");
    let before = pages.dump().await;
    let fields = [("do", "join"), ("list", "evening")];
    let (status, text) = pages.post(&path, &fields).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Sign-up is closed"), "{text}");
    assert_eq!(pages.dump().await, before);
}

/// A reader whose letter has arrived: its digest, and the article that opens it.
async fn sent(pages: &ReaderPages) -> (SubscriptionId, DigestId, i64) {
    let mut new = pages.paper.new_reader(MARA);
    new.terms.topics = vec![
        TopicWeight {
            topic: slug("harbour"),
            weight: 800,
        },
        TopicWeight {
            topic: slug("sport"),
            weight: 0,
        },
    ];
    let store = pages.paper.store();
    for topic in ["harbour", "sport"] {
        store.topic_add(&slug(topic), topic).await.unwrap();
    }
    let reader = store.subscriber_add(&new, false, pages.paper.now).await;
    let reader = reader.unwrap();
    let edition = pages.paper.plan().await;
    pages.paper.arrive().await;
    let digest = store.digest_of(edition.id, reader).await.unwrap().unwrap();
    (reader, digest.id, digest.picks[0].article.0)
}

#[tokio::test]
async fn a_withdrawn_story_is_marked_on_every_page_of_a_reader_and_moves_the_feed() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let (reader, digest, article) = sent(&pages).await;
    let own = pages.preferences(reader);
    let letters = format!("{own}/letters");
    let why = format!("{own}/letters/{digest}");
    let text = pages.get(&letters).await.1.replace("&#x2f;", "/");
    let feed = text.split(&pages.base).find(|part| part.starts_with("/a/"));
    let feed = feed.unwrap().split('"').next().unwrap().to_owned();
    let updated = |atom: &str| -> Vec<String> {
        let parts = atom.split("<updated>").skip(1);
        parts
            .map(|p| p.split('<').next().unwrap().to_owned())
            .collect()
    };
    let before = updated(&pages.get(&feed).await.1);
    let store = pages.paper.store();
    let article = courant::domain::ArticleId(article);
    let story = store.article(article).await.unwrap();
    let headline = story.text.headline.clone();
    let url = story.url.as_str().replace('/', "&#x2f;");
    assert!(pages.get(&why).await.1.contains(&url));
    let home = pages.paper.folder.path();
    let id = article.0.to_string();
    let withdraw = [
        "article",
        "withdraw",
        &id,
        "--why",
        "It was not so.",
        "--yes",
    ];
    let (code, _, err) = courant(home, &withdraw);
    assert!(code == 0 || code == 6, "{err}");
    let text = pages.get(&letters).await.1;
    let corrected = text.find("It was not so.");
    assert!(corrected.is_some(), "{text}");
    let text = pages.get(&why).await.1;
    assert!(
        text.contains("It was not so.") && !text.contains(&url),
        "{text}"
    );
    assert!(!text.contains(&story.url.as_str().to_owned()), "{text}");
    let atom = pages.get(&feed).await.1;
    let after = updated(&atom);
    assert_eq!(after.len(), before.len());
    assert!(after[1] > before[1], "{before:?} {after:?}");
    assert!(
        after[0] >= after[1],
        "the feed is as new as its entries: {after:?}"
    );
    assert!(
        !atom.contains(&format!("<title>{headline}</title>")),
        "{atom}"
    );
    assert!(atom.contains("It was not so."), "{atom}");
    // What the letter looks like in the browser says the same.
    let view = pages.path(Purpose::View, reader, digest.0);
    assert!(pages.get(&view).await.1.contains("It was not so."));
}

#[tokio::test]
async fn what_is_kept_of_a_reader_names_their_stories_and_speaks_of_weights_in_one_way() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let (reader, digest, _) = sent(&pages).await;
    let path = pages.fresh(Purpose::Export, reader, 1);
    let (status, text) = pages.post(&path, &[("do", "json")]).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let said: Value = serde_json::from_str(&text).unwrap();
    let letter = &said["editions"][0]["letter"];
    let store = pages.paper.store();
    let picks = store.digest(digest).await.unwrap().picks;
    let stories = letter["stories"].as_array().unwrap();
    assert_eq!(stories.len(), picks.len());
    let first = store.article(picks[0].article).await.unwrap();
    assert_eq!(stories[0]["headline"], first.text.headline.as_str());
    assert_eq!(stories[0]["link"], first.url.as_str());
    assert_eq!(letter["subject"], first.text.headline.as_str(), "{letter}");
    assert_eq!(
        said["terms"][0]["terms"]["topics"],
        serde_json::json!([{"topic": "harbour", "weight": 8}])
    );
    assert_eq!(
        said["terms"][0]["terms"]["never"],
        serde_json::json!(["sport"])
    );
    let (_, csv) = pages.post(&path, &[("do", "csv")]).await;
    assert!(csv.contains(&first.text.headline), "{csv}");
    assert!(!csv.contains("800"), "{csv}");
    let own = pages.preferences(reader);
    let (_, text) = pages.post(&own, &[("do", "pause")]).await;
    assert!(!text.is_empty());
    let home = pages.paper.folder.path();
    let set = ["subscriber", "set", "times", MARA, "--topic", "harbour:3"];
    assert_eq!(courant(home, &set).0, 0);
    let (_, history, _) = courant(home, &["subscriber", "history", MARA]);
    assert!(
        history.contains("harbour:8 → harbour:3") || history.contains("harbour:8, never sport"),
        "{history}"
    );
    assert!(
        !history.contains("800") && !history.contains("sport:0"),
        "{history}"
    );
}

#[tokio::test]
async fn a_form_of_another_site_is_known_by_its_referrer_where_a_browser_names_no_origin() {
    let (pages, reader) = weekly().await;
    let own = format!("/p/{}", pages.token(Purpose::Preferences, reader));
    let before = pages.dump().await;
    let host = pages.base.strip_prefix("http://").unwrap().to_owned();
    for (referer, status) in [
        ("https://evil.example/form", StatusCode::FORBIDDEN),
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("about:blank", StatusCode::FORBIDDEN),
    ] {
        let headers = [("referer", referer)];
        let said = pages
            .ask(Method::POST, &own, &headers, Some("do=pause"))
            .await;
        assert_eq!(said.status, status, "{referer}");
    }
    assert_eq!(pages.dump().await, before);
    let ours = format!("http://{host}/list/times");
    for headers in [&[("referer", ours.as_str())][..], &[]] {
        let said = pages
            .ask(Method::POST, &own, headers, Some("do=skip"))
            .await;
        assert_eq!(said.status, StatusCode::OK, "{headers:?}");
    }
}

#[tokio::test]
async fn mails_of_the_system_come_from_the_masthead() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let reader = pages.paper.readers(&[MARA]).await[0];
    let data = pages.preferences(reader) + "/data";
    pages.post(&data, &[("do", "export")]).await;
    assert_eq!(pages.send().await, 1);
    let mail = String::from_utf8(pages.received(MARA).remove(0)).unwrap();
    let from = mail
        .lines()
        .find(|line| line.starts_with("From: "))
        .unwrap();
    assert!(
        from.contains("The Times") && from.contains("<news@times.example>"),
        "{from}"
    );
    assert!(ListId(1) == pages.paper.list);
}
