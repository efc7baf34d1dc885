//! Leaving and coming back, as a reader sees it: what is offered, what it leaves behind.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::SubscriptionId;
use courant::domain::article::TopicWeight;
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::subscriber::{Standing, Subscription};
use courant::domain::time::{CronExpr, Zone};
use courant::feedback::link::Purpose;
use reqwest::StatusCode;

use crate::support::at;
use crate::support::pages::Pages;
use crate::support::paper::{Paper, slug};
use crate::support::served::courant;

/// The pages of a paper with a weekly rhythm, and a reader in Tokyo who follows two topics.
async fn desk() -> (Pages, SubscriptionId) {
    let paper = Paper::daily().await;
    let store = paper.store();
    for (topic, name) in [("city", "City & Council"), ("sport", "Sport")] {
        store.topic_add(&slug(topic), name).await.unwrap();
    }
    let expr = CronExpr::parse("0 9 * * 6").unwrap();
    let weekly = slug("weekly");
    store
        .cadence_add(paper.list, &weekly, &expr, paper.now)
        .await
        .unwrap();
    let mut new = paper.new_reader("mara@reader.example");
    new.terms.zone = Zone::parse("Asia/Tokyo").unwrap();
    let topic = |name| TopicWeight {
        topic: slug(name),
        weight: 700,
    };
    new.terms.topics = vec![topic("city"), topic("sport")];
    let reader = store.subscriber_add(&new, false, paper.now).await.unwrap();
    (Pages::of(paper).await, reader)
}

async fn subscription(pages: &Pages, reader: SubscriptionId) -> Subscription {
    let found = pages.paper.store().subscription(reader).await.unwrap();
    found.unwrap().1
}

async fn receipts(pages: &Pages, reader: SubscriptionId) -> Vec<Receipt> {
    let person = subscription(pages, reader).await.subscriber;
    pages.paper.store().consents(person).await.unwrap()
}

#[tokio::test]
async fn something_smaller_is_offered_only_after_leaving_and_each_restores_with_its_change() {
    for (wish, said) in [
        ("again=1", "Everything is as it was"),
        ("again=weekly", "this rhythm: Weekly"),
        ("again=fewer&topic=city", "about: City &amp; Council"),
        ("again=pause", "paused until Friday 25 December 2026"),
    ] {
        let (pages, reader) = desk().await;
        let path = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
        let offered = |text: &str| text.contains("Was it too much?");
        assert!(!offered(&pages.get(&path).await.text), "before it is done");
        // From a page that stands open from before, nothing is restored either.
        let early = pages.post(&path, wish).await;
        assert!(!early.text.contains(said), "{}", early.text);
        let before = subscription(&pages, reader).await;
        assert_eq!(before.standing, Standing::Active);
        let left = pages.post(&path, "leave=1").await;
        assert!(offered(&left.text), "{}", left.text);
        assert!(
            left.text.contains("Less often: Weekly")
                && left.text.contains("from Friday 25 December 2026"),
            "{}",
            left.text
        );
        assert_eq!(
            subscription(&pages, reader).await.standing,
            Standing::Unsubscribed
        );
        let back = pages.post(&path, wish).await;
        assert_eq!(back.status, StatusCode::OK);
        assert!(back.text.contains(said), "{wish}: {}", back.text);
        let after = subscription(&pages, reader).await;
        assert_eq!(after.standing, Standing::Active);
        let mut expected = before.terms.clone();
        match wish {
            "again=weekly" => expected.cadence = slug("weekly"),
            "again=pause" => expected.resume_on = Some("2026-12-25".parse().unwrap()),
            "again=1" => {}
            _ => expected.topics.truncate(1),
        }
        assert_eq!(after.terms, expected, "{wish}");
        let due = match wish {
            "again=weekly" => "2026-11-28T00:00:00Z",
            "again=pause" => "2026-12-24T22:00:00Z",
            _ => "2026-11-25T22:00:00Z",
        };
        assert_eq!(after.due_at, Some(at(due)), "{wish}");
        // Once more is as often as they like, and changes nothing.
        let dump = pages.dump().await;
        let again = pages.post(&path, wish).await;
        assert!(again.text.contains("You are subscribed again"));
        assert_eq!(pages.dump().await, dump);
    }
}

#[tokio::test]
async fn a_wish_that_cannot_be_kept_leaves_them_unsubscribed() {
    let (pages, reader) = desk().await;
    let path = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
    pages.post(&path, "List-Unsubscribe=One-Click").await;
    let dump = pages.dump().await;
    for (wish, status) in [
        ("again=fewer", 422),
        ("again=fewer&topic=strange", 422),
        ("again=daily", 400),
        ("again=", 400),
    ] {
        let said = pages.post(&path, wish).await;
        assert_eq!(said.status.as_u16(), status, "{wish}");
        assert_eq!(pages.dump().await, dump, "{wish}");
    }
    let said = pages.post(&path, "again=fewer").await;
    assert!(
        said.text.contains("Tick at least one topic"),
        "{}",
        said.text
    );
    assert!(said.text.contains("You are unsubscribed"), "{}", said.text);
}

#[tokio::test]
async fn leaving_and_coming_back_leave_receipts_that_consent_shows() {
    let (pages, reader) = desk().await;
    let path = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
    for form in [
        "leave=1",
        "again=pause",
        "List-Unsubscribe=One-Click",
        "again=1",
    ] {
        for _ in 0..2 {
            assert_eq!(pages.post(&path, form).await.status, StatusCode::OK);
        }
    }
    let all = receipts(&pages, reader).await;
    let read = |r: &Receipt| (r.act, r.how.clone(), r.source.clone());
    let said = |act, how: &str, source: &str| (act, how.to_owned(), source.to_owned());
    let (gone, given) = (ConsentAct::Withdrawn, ConsentAct::Given);
    assert_eq!(
        all.iter().map(read).collect::<Vec<_>>(),
        [
            said(gone, "page", "page"),
            said(given, "page", "page"),
            said(gone, "one-click", "letter"),
            said(given, "page", "page"),
        ],
        "each once, however often it was pressed"
    );
    for receipt in &all {
        assert_eq!(receipt.network.as_deref(), Some("127.0.0.0/24"));
        let worded = receipt.wording.starts_with("en-");
        assert_eq!(worded, receipt.how != "one-click", "{receipt:?}");
    }
    let home = pages.paper.folder.path();
    let left = courant(
        home,
        &["subscriber", "unsubscribe", "times", "mara@reader.example"],
    );
    assert!(left.status.success(), "{left:?}");
    let shown = courant(home, &["consent", "show", "mara@reader.example", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let acts: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["act"])
        .collect();
    assert_eq!(
        acts,
        ["withdrawn", "given", "withdrawn", "given", "withdrawn"]
    );
    assert_eq!(shown[4]["how"], "admin");
}
