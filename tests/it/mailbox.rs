//! Signing up: a mailbox is one mailbox whatever tag is written into it, and an address that cannot be
//! served yet is told so.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::signup::Mailed;
use courant::domain::{DigestId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::web::JoinSettings;
use reqwest::StatusCode;

use crate::support::binary::courant;
use crate::support::reader_pages::ReaderPages;

async fn sign_up(pages: &ReaderPages, address: &str) -> (StatusCode, String) {
    let to = Opened {
        list: pages.paper.list,
        subscription: SubscriptionId(0),
        digest: DigestId(pages.now.as_millisecond() - 10_000),
    };
    let form = pages.paper.folder.keys.token("k1", Purpose::Form, to);
    let form = form.unwrap();
    let fields = [("email", address), ("form", form.as_str())];
    pages.post("/join/times", &fields).await
}

async fn queued(pages: &ReaderPages) -> Vec<String> {
    let store = pages.paper.store();
    let (mut to, mut before) = (Vec::new(), None);
    let far = pages.now + jiff::SignedDuration::from_hours(1);
    while let Some(signup) = store.signup_next(before, true, far).await.unwrap() {
        to.push(signup.address.full().to_owned());
        before = Some((signup.id, Mailed::Sent));
    }
    to
}

#[tokio::test]
async fn a_tag_in_an_address_is_no_other_mailbox() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let first = sign_up(&pages, "Mara+news@reader.example").await;
    for other in [
        "mara@reader.example",
        "mara+x@reader.example",
        "MARA+Y@Reader.example",
    ] {
        assert_eq!(sign_up(&pages, other).await, first);
    }
    sign_up(&pages, "+mara@reader.example").await;
    sign_up(&pages, "mara@other.example").await;
    let to = queued(&pages).await;
    assert_eq!(
        to,
        [
            "Mara+news@reader.example",
            "+mara@reader.example",
            "mara@other.example"
        ]
    );
}

#[tokio::test]
async fn an_address_beyond_ascii_is_told_that_it_cannot_be_served_yet() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let (status, text) = sign_up(&pages, "jürgen@reader.example").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text.contains("cannot") && text.contains("value=\"jürgen@reader.example\""),
        "{text}"
    );
    assert!(!text.contains("That is no mail address yet"), "{text}");
    let (_, text) = sign_up(&pages, "no address").await;
    assert!(text.contains("That is no mail address yet"), "{text}");
    assert!(queued(&pages).await.is_empty());
}

#[tokio::test]
async fn a_pause_of_sending_holds_confirmations_and_says_so() {
    let pages = ReaderPages::new(JoinSettings::default()).await;
    let home = pages.paper.folder.path();
    let (_, before) = sign_up(&pages, "a@reader.example").await;
    let (code, _, err) = courant(home, &["sending", "pause", "--why", "the relay moves"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("confirmations"), "{err}");
    let (_, text) = sign_up(&pages, "b@reader.example").await;
    assert_ne!(text, before);
    assert!(text.contains("later"), "{text}");
    let (_, out, _) = courant(home, &["sending", "status"]);
    assert!(out.contains("2 confirmations"), "{out}");
    let (_, out, _) = courant(home, &["sending", "status", "--json"]);
    assert!(out.contains("\"confirmations\": 2"), "{out}");
}
