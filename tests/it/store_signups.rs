//! The contract of the store about sign-ups: their limits, their mails, their confirmation, and the
//! first letters of those who joined.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::address::Address;
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::due::Due;
use courant::domain::signup::{Known, Mailed, NewSignup, Signup, SignupSource};
use courant::domain::subscriber::{NewSubscription, Standing};
use courant::domain::time::{Timestamp, Zone};
use courant::domain::{ListId, SignupId};
use courant::store::{Store, StoreError};
use jiff::SignedDuration;

use crate::support::paper::{Paper, after, slug};

fn hours(at: Timestamp, hours: i64) -> Timestamp {
    at + SignedDuration::from_hours(hours)
}

fn new(paper: &Paper, list: ListId, address: &str, at: Timestamp) -> NewSignup {
    NewSignup {
        list,
        address: Address::parse(address).unwrap(),
        hash: paper.hash(address),
        counted: paper.hash(address),
        language: "en".to_owned(),
        zone: Some(Zone::parse("Europe/Vienna").unwrap()),
        source: SignupSource::Page,
        wording: "en-1".to_owned(),
        network: Some("192.0.2.0/24".to_owned()),
        at,
    }
}

fn receipt(paper: &Paper) -> Receipt {
    Receipt {
        list: Some(paper.list),
        act: ConsentAct::Given,
        how: "confirmed".to_owned(),
        wording: "en-1".to_owned(),
        source: "page".to_owned(),
        network: None,
        note: String::new(),
        at: paper.now,
    }
}

/// Takes the next sign-up.
async fn next(store: &Store, now: Timestamp) -> Signup {
    store.signup_next(None, true, now).await.unwrap().unwrap()
}

fn named(signup: &Signup) -> (ListId, SignupId, i64) {
    (signup.list, signup.id, signup.at.as_millisecond())
}

async fn put(paper: &Paper, address: &str) -> Signup {
    let new = new(paper, paper.list, address, paper.now);
    assert_eq!(paper.store().signups_add(&[new]).await.unwrap(), 1);
    next(paper.store(), paper.now).await
}

#[tokio::test]
async fn a_mailbox_gets_one_mail_a_day_and_three_a_month_over_all_lists() {
    let paper = Paper::daily().await;
    let (store, t) = (paper.store(), paper.now);
    let other = store.list_add(&slug("other"), &[], t).await.unwrap();
    let add = async |list, address: &str, at| {
        let new = new(&paper, list, address, at);
        store.signups_add(&[new]).await.unwrap()
    };
    assert_eq!(add(paper.list, "ada@reader.example", t).await, 1);
    assert_eq!(
        add(other, "ADA@reader.example", hours(t, 23)).await,
        0,
        "another list, another spelling"
    );
    assert_eq!(
        add(other, "bea@reader.example", hours(t, 23)).await,
        1,
        "somebody else"
    );
    assert_eq!(add(other, "ada@reader.example", hours(t, 25)).await, 1);
    assert_eq!(add(paper.list, "ada@reader.example", hours(t, 50)).await, 1);
    assert_eq!(
        add(paper.list, "ada@reader.example", hours(t, 100)).await,
        0,
        "a fourth"
    );
    assert_eq!(
        add(paper.list, "ada@reader.example", hours(t, 30 * 24 + 1)).await,
        1
    );
    // A batch counts within itself.
    let twice = [
        new(&paper, other, "cid@reader.example", t),
        new(&paper, other, "cid@reader.example", t),
    ];
    assert_eq!(store.signups_add(&twice).await.unwrap(), 1);
}

#[tokio::test]
async fn one_mail_is_in_flight_and_a_dead_sender_leaves_it_to_the_next() {
    let paper = Paper::daily().await;
    let (store, t) = (paper.store(), paper.now);
    assert!(!store.signup_waits(t).await.unwrap());
    let two = ["ada@reader.example", "bea@reader.example"].map(|a| new(&paper, paper.list, a, t));
    store.signups_add(&two).await.unwrap();
    assert!(store.signup_waits(t).await.unwrap());
    let first = next(store, t).await;
    assert_eq!((first.known, first.tries), (Known::New, 0));
    let second = store
        .signup_next(Some((first.id, Mailed::Sent)), true, t)
        .await
        .unwrap()
        .unwrap();
    assert!(store.signup_next(None, true, t).await.unwrap().is_none());
    assert_eq!(
        store.signups_recover().await.unwrap(),
        1,
        "the second one only"
    );
    let again = next(store, t).await;
    assert_eq!((again.id, again.at), (second.id, second.at));
    let later = Mailed::Later(after(t, 5));
    assert!(
        store
            .signup_next(Some((again.id, later)), true, t)
            .await
            .unwrap()
            .is_none()
    );
    let third = next(store, after(t, 5)).await;
    assert_eq!(third.tries, 1);
    let gone = store
        .signup_next(Some((third.id, Mailed::Forgotten)), false, t)
        .await
        .unwrap();
    assert!(gone.is_none() && store.signup(named(&third)).await.unwrap().is_none());
    assert!(
        store.signup(named(&first)).await.unwrap().is_some(),
        "it waits for its confirmation"
    );
}

#[tokio::test]
async fn who_an_address_belongs_to_is_looked_up_when_its_mail_leaves() {
    let paper = Paper::daily().await;
    let store = paper.store();
    let ids = paper
        .readers(&[
            "in@reader.example",
            "left@reader.example",
            "bounced@reader.example",
            "off@reader.example",
        ])
        .await;
    paper.leaves(ids[1]).await;
    for (id, standing) in [
        (ids[2], Standing::Bounced),
        (ids[3], Standing::Unsubscribed),
    ] {
        let person = store.subscription(id).await.unwrap().unwrap().0.id;
        let set = store.person_standing_set(person, standing, "test", "", &[], paper.now);
        assert!(set.await.unwrap());
    }
    let stopped = [paper.hash("stopped@reader.example")];
    store.suppress(&stopped, paper.now).await.unwrap();
    for (address, known) in [
        ("stopped@reader.example", Known::Stopped),
        ("in@reader.example", Known::Subscribed(ids[0])),
        ("left@reader.example", Known::New),
        ("bounced@reader.example", Known::Stopped),
        ("off@reader.example", Known::Stopped),
        ("nobody@reader.example", Known::New),
    ] {
        assert_eq!(put(&paper, address).await.known, known, "{address}");
    }
}

#[tokio::test]
async fn a_confirmation_makes_a_subscription_with_a_receipt_once() {
    let paper = Paper::daily().await;
    let store = paper.store();
    let signup = put(&paper, "ada@reader.example").await;
    let person = store
        .subscriber(&paper.hash("ada@reader.example"))
        .await
        .unwrap();
    assert!(person.is_none(), "a stranger's word makes no subscriber");
    let wrong = (signup.list, signup.id, signup.at.as_millisecond() + 1);
    assert!(
        store.signup(wrong).await.unwrap().is_none(),
        "an id that came again"
    );
    let waiting = store.signup(named(&signup)).await.unwrap().unwrap();
    assert_eq!(
        waiting.zone.map(|z| z.name().to_owned()).as_deref(),
        Some("Europe/Vienna")
    );
    let begun = NewSubscription {
        by: "reader".to_owned(),
        ..paper.new_reader("ada@reader.example")
    };
    let receipt = receipt(&paper);
    let confirm = async || {
        store
            .signup_confirm(named(&signup), &begun, &receipt, paper.now)
            .await
    };
    let made = confirm().await.unwrap();
    assert_eq!(confirm().await.unwrap(), made, "pressed twice");
    let (person, subscription) = store.subscription(made).await.unwrap().unwrap();
    assert_eq!(subscription.standing, Standing::Active);
    assert_eq!(
        store.consents(person.id).await.unwrap(),
        std::slice::from_ref(&receipt)
    );
    let waiting = store.signup(named(&signup)).await.unwrap().unwrap();
    assert_eq!((waiting.subscription, waiting.address), (Some(made), None));
    let refused = store
        .signup_confirm(wrong, &begun, &receipt, paper.now)
        .await;
    assert!(
        matches!(refused, Err(StoreError::NotFound { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn who_was_suppressed_since_the_mail_left_is_not_signed_up_by_it() {
    let paper = Paper::daily().await;
    let store = paper.store();
    for (address, known) in [("ada@reader.example", false), ("bea@reader.example", true)] {
        if known {
            let id = paper.readers(&[address]).await[0];
            paper.leaves(id).await;
        }
        let signup = put(&paper, address).await;
        let hash = paper.hash(address);
        store.suppress(&[hash], paper.now).await.unwrap();
        let begun = paper.new_reader(address);
        let refused = store
            .signup_confirm(named(&signup), &begun, &receipt(&paper), paper.now)
            .await;
        assert!(
            matches!(refused, Err(StoreError::Stopped { .. })),
            "{address}: {refused:?}"
        );
        let person = store.subscriber(&hash).await.unwrap().unwrap();
        assert_eq!(person.standing, Standing::Unsubscribed, "{address}");
    }
}

#[tokio::test]
async fn what_nobody_confirmed_is_forgotten_after_seven_days() {
    let paper = Paper::daily().await;
    let (store, t) = (paper.store(), paper.now);
    let signup = put(&paper, "ada@reader.example").await;
    store
        .signup_next(Some((signup.id, Mailed::Sent)), false, t)
        .await
        .unwrap();
    assert_eq!(store.signups_forget(hours(t, 7 * 24 - 1)).await.unwrap(), 0);
    assert_eq!(store.signups_forget(hours(t, 7 * 24)).await.unwrap(), 1);
    assert!(store.signup(named(&signup)).await.unwrap().is_none());
    store.close().await;
    for name in ["courant.db", "courant.db-wal"] {
        let bytes = std::fs::read(paper.folder.path().join(name)).unwrap_or_default();
        let address = b"ada@reader.example";
        assert!(
            !bytes.windows(address.len()).any(|w| w == address),
            "{name} still holds it"
        );
    }
}

#[tokio::test]
async fn a_first_letter_brings_the_newest_issue_before_the_readers_own_next_run() {
    let paper = Paper::daily().await;
    let (store, t) = (paper.store(), paper.now);
    paper.readers(&["old@reader.example"]).await;
    let edition = paper.plan().await;
    let signup = put(&paper, "ada@reader.example").await;
    let begun = paper.new_reader("ada@reader.example");
    let made = store
        .signup_confirm(named(&signup), &begun, &receipt(&paper), t)
        .await
        .unwrap();
    assert!(
        store.welcomes(t, 10).await.unwrap().is_empty(),
        "there is time to choose"
    );
    let later = after(paper.due, 60);
    let of = (paper.list, paper.cadence.id);
    let run = paper.run();
    assert!(
        store
            .newest_issue(of, Some(run), later)
            .await
            .unwrap()
            .is_none(),
        "it comes to them"
    );
    let issue = store.newest_issue(of, None, later).await.unwrap().unwrap();
    assert_eq!((issue.edition, issue.run), (edition.id, run));
    assert!(
        store.newest_issue(of, None, t).await.unwrap().is_none(),
        "it is not due yet"
    );
    assert!(
        store.welcome_now(made, t).await.unwrap() && !store.welcome_now(made, t).await.unwrap()
    );
    assert_eq!(store.welcomes(t, 10).await.unwrap(), [made]);
    let due = Due {
        at: later,
        run,
        cadence: paper.cadence.id,
    };
    assert!(
        store
            .welcome_end(made, Some((due, issue.cutoff)))
            .await
            .unwrap()
    );
    assert!(store.welcomes(later, 10).await.unwrap().is_empty());
    let subscription = store.subscription(made).await.unwrap().unwrap().1;
    assert_eq!(
        (subscription.due_at, subscription.since),
        (Some(later), Some(issue.cutoff))
    );
    assert!(!store.welcome_end(made, None).await.unwrap());
}
