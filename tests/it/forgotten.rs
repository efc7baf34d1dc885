//! Who was forgotten and signs up again begins anew: nothing of the life before is theirs, and no copy of
//! the database brings it back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::SubscriptionId;
use courant::domain::signup::{NewSignup, SignupSource};
use courant::domain::subscriber::Standing;
use courant::domain::time::Zone;
use courant::feedback::link::Purpose;
use courant::web::JoinSettings;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::{Said, courant};
use crate::support::pages::{Pages, token};
use crate::support::paper::{Paper, after};
use crate::support::reader_pages::ReaderPages;

const MARA: &str = "mara@reader.example";

#[tokio::test]
async fn a_copy_from_before_an_erasure_does_not_bring_the_old_life_back() {
    let folder = Folder::new("2026-11-25T05:00:00Z").await;
    folder.store.close().await;
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("yesterday.db");
    let copy = copy.to_str().unwrap();
    let run = |args: &[&str]| -> Said { courant(folder.path(), args) };
    let zone = ["--zone", "Asia/Tokyo"];
    for args in [
        &["list", "add", "news", "--name", "The News"][..],
        &["topic", "add", "city"],
        &[
            &["subscriber", "add", "news", MARA],
            &zone[..],
            &["--topic", "city"],
        ]
        .concat(),
        &["backup", copy],
        &["subscriber", "erase", MARA, "--yes"],
        &["subscriber", "add", "news", MARA, "--rejoin"],
    ] {
        let (code, _, err) = run(args);
        assert_eq!(code, 0, "{args:?}: {err}");
    }
    let shown = || -> Value {
        let (_, out, _) = run(&["subscriber", "show", MARA, "--json"]);
        serde_json::from_str(&out).unwrap()
    };
    let (again, history) = (shown(), run(&["subscriber", "history", MARA]).1);
    assert_eq!(again["subscriptions"][0]["zone"], "UTC");
    assert!(
        !history.contains("1970") && !history.contains("Tokyo"),
        "{history}"
    );
    // Started anew, what is there now stays.
    assert_eq!(run(&["restore", copy]).0, 2);
    let (_, out, _) = run(&["doctor", "--offline", "--json"]);
    assert!(!out.is_empty());
    let (code, _, err) = run(&["restore", copy, "--yes"]);
    assert_eq!(code, 0, "{err}");
    let old = shown();
    assert_eq!(old["subscriber"], "(erased)", "{old}");
    assert_eq!(old["subscriptions"][0]["standing"], "unsubscribed", "{old}");
    assert!(!old.to_string().contains("Tokyo") && !old.to_string().contains("city"));
    let history = run(&["subscriber", "history", MARA]).1;
    assert!(
        !history.contains("Tokyo") && !history.contains("1970"),
        "{history}"
    );
    // They may sign up once more.
    let (code, _, err) = run(&["subscriber", "add", "news", MARA, "--rejoin"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(shown()["standing"], "active");
}

#[tokio::test]
async fn who_signs_up_after_being_forgotten_is_somebody_new_with_their_own_zone_and_language() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let (paper, store) = (&pages.paper, pages.paper.store());
    let old = paper.readers(&[MARA, "other@reader.example"]).await[0];
    let edition = paper.plan().await;
    paper.arrive().await;
    let (was, _) = store.subscription(old).await.unwrap().unwrap();
    store.erase(was.id, paper.now).await.unwrap();
    let ledger = store.tally(edition.id).await.unwrap();
    let signup = NewSignup {
        zone: Some(Zone::parse("Asia/Tokyo").unwrap()),
        language: "de".to_owned(),
        ..sign_up(&pages)
    };
    store.signups_add(&[signup]).await.unwrap();
    let confirm = pages.path(
        Purpose::Confirm,
        SubscriptionId(1),
        pages.now.as_millisecond(),
    );
    let (status, text) = pages.post(&confirm, &[]).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let person = store.subscriber(&paper.hash(MARA)).await.unwrap().unwrap();
    assert_ne!(person.id, was.id, "another person as far as we know");
    let own = store.subscriptions_of(person.id).await.unwrap();
    assert_eq!(own.len(), 1);
    let terms = &own[0].terms;
    assert_eq!(
        (terms.zone.name(), terms.language.as_str()),
        ("Asia/Tokyo", "de")
    );
    assert_eq!(own[0].standing, Standing::Active);
    assert!(store.issued(person.id).await.unwrap().is_empty());
    assert_eq!(store.revisions_of(person.id).await.unwrap().len(), 1);
    let (_, text) = pages
        .get(&format!("{}/letters", pages.preferences(own[0].id)))
        .await;
    assert!(
        text.contains("Es ist noch keine Ausgabe gekommen"),
        "{text}"
    );
    // The life before is closed, its links too, and its letters stay counted.
    assert_eq!(pages.get(&pages.preferences(old)).await.0, StatusCode::GONE);
    assert_eq!(store.tally(edition.id).await.unwrap(), ledger);
    // The edition that the mailbox was sent is not sent to it again, and everybody gets the next one.
    let soon = after(pages.now, 20);
    paper.plan_at(soon).await;
    assert_eq!(store.tally(edition.id).await.unwrap(), ledger);
    let next = after(paper.due, 24 * 60);
    let planned = paper.plan_at(after(next, -5)).await;
    let rows = paper.rows(planned[0].edition.id).await;
    let mine = rows.iter().filter(|row| row.subscriber == person.id);
    assert_eq!((mine.count(), rows.len()), (1, 2));
}

fn sign_up(pages: &ReaderPages) -> NewSignup {
    let address = courant::domain::address::Address::parse(MARA).unwrap();
    NewSignup {
        list: pages.paper.list,
        hash: pages.paper.folder.keys.address_hash(&address),
        counted: pages.paper.folder.keys.address_hash(&address),
        address,
        language: "en".to_owned(),
        zone: None,
        source: SignupSource::Page,
        wording: "abc".to_owned(),
        network: None,
        at: pages.now,
    }
}

#[tokio::test]
async fn a_letter_of_somebody_forgotten_is_no_page_any_more() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&[MARA, "other@reader.example"]).await;
    let edition = paper.plan().await;
    paper.arrive().await;
    let digest = paper.store().digest_of(edition.id, reader[0]).await;
    let digest = digest.unwrap().unwrap().id;
    let path = format!(
        "/v/{}",
        token(&paper, Purpose::View, (paper.list, reader[0], digest.0))
    );
    let (person, _) = paper
        .store()
        .subscription(reader[0])
        .await
        .unwrap()
        .unwrap();
    let pages = Pages::real(paper).await;
    assert_eq!(pages.get(&path).await.status, StatusCode::OK);
    let store = pages.paper.store();
    store.erase(person.id, pages.paper.now).await.unwrap();
    let gone = pages.get(&path).await;
    assert_eq!(gone.status, StatusCode::GONE, "{}", gone.text);
    assert!(gone.text.contains("no longer kept"), "{}", gone.text);
}
