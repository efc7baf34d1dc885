//! The store's word on mail that was stopped: whom it holds, who lifts it, and what waits meanwhile.

use courant::domain::due::Due;
use courant::domain::subscriber::Standing;
use courant::store::StoreError;
use courant::store::signups::MailsWaiting;

use crate::support::paper::{Paper, after};

#[tokio::test]
async fn a_lift_brings_the_person_back_and_of_a_mere_hash_changes_no_more_than_that() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["ada@reader.example"]).await[0];
    let store = paper.store();
    let all = ["ada", "stranger", "left"].map(|n| paper.hash(&format!("{n}@reader.example")));
    let [ada, stranger, left] = all;
    let due = Due {
        at: paper.due,
        run: paper.run(),
        cadence: paper.cadence.id,
    };
    let (now, later) = (paper.now, after(paper.now, 1));
    assert!(
        !store.lift(&ada, &[], "admin", now).await.unwrap(),
        "not suppressed"
    );
    store.suppress(&[ada, stranger], now).await.unwrap();
    // Of whoever is mailed here, or was, another service's word is none.
    let other = paper.readers(&["left@reader.example"]).await[0];
    store.suppress_strangers(&all, "import", now).await.unwrap();
    let (person, own) = store.subscription(other).await.unwrap().unwrap();
    assert_eq!((person.suppressed, own.standing), (None, Standing::Active));
    let suppressed = store.subscriber(&stranger).await.unwrap().unwrap();
    assert_eq!(suppressed.suppressed.unwrap().by, "admin");
    for address in ["ada@reader.example", "stranger@reader.example"] {
        let new = paper.new_reader(address);
        let refused = store.subscriber_add(&new, true, later).await;
        assert!(
            matches!(refused, Err(StoreError::Suppressed { since }) if since == now),
            "{refused:?}"
        );
    }
    for hash in [ada, stranger] {
        assert!(
            store
                .lift(&hash, &[(reader, due)], "admin", later)
                .await
                .unwrap()
        );
        assert!(
            !store.lift(&hash, &[], "admin", later).await.unwrap(),
            "once"
        );
    }
    let (person, own) = store.subscription(reader).await.unwrap().unwrap();
    assert_eq!(
        (person.standing, own.due_at),
        (Standing::Active, Some(paper.due))
    );
    let free = store.subscriber(&stranger).await.unwrap().unwrap();
    assert_eq!(
        (free.standing, free.suppressed),
        (Standing::Unsubscribed, None)
    );
    let new = paper.new_reader("stranger@reader.example");
    assert!(store.subscriber_add(&new, true, later).await.is_ok());
    let mut kinds = Vec::new();
    store
        .journal()
        .read(|entry| {
            kinds.push((entry.kind.as_str(), entry.who == ada));
            Ok(())
        })
        .unwrap();
    let of_ada = kinds.iter().filter(|(_, is_ada)| *is_ada);
    let of_ada: Vec<&str> = of_ada.map(|(kind, _)| *kind).collect();
    assert_eq!(of_ada, ["suppress", "rejoin"]);
    assert_ne!(left, ada);
}

#[tokio::test]
async fn a_replay_knows_who_was_suppressed_and_who_was_let_go() {
    let paper = Paper::daily().await;
    let store = paper.store();
    let hash = paper.hash("stranger@reader.example");
    let now = paper.now;
    store.suppress(&[hash], now).await.unwrap();
    paper.sql("delete from event; delete from subscriber").await;
    store.replay(after(now, 5)).await.unwrap();
    let known = store.subscriber(&hash).await.unwrap().unwrap();
    assert_eq!(known.suppressed.unwrap().at, now);
    let before = store.replay(after(now, 6)).await.unwrap();
    assert_eq!((before.stopped, before.strangers), (0, 0), "so already");
    store
        .lift(&hash, &[], "admin", after(now, 7))
        .await
        .unwrap();
    paper.sql("delete from event where kind = 'lift'").await;
    store.replay(after(now, 8)).await.unwrap();
    let known = store.subscriber(&hash).await.unwrap().unwrap();
    assert_eq!(known.suppressed, None);
}

#[tokio::test]
async fn what_was_asked_for_on_pages_is_counted_and_what_was_said_of_a_story_is_dated() {
    let paper = Paper::daily().await;
    let store = paper.store();
    assert_eq!(
        store.mails_waiting().await.unwrap(),
        MailsWaiting::default()
    );
    let address = courant::domain::address::Address::parse("new@reader.example").unwrap();
    let signup = courant::domain::signup::NewSignup {
        list: paper.list,
        hash: paper.hash("new@reader.example"),
        counted: paper.hash("new@reader.example"),
        address,
        language: "en".to_owned(),
        zone: None,
        source: courant::domain::signup::SignupSource::Page,
        wording: String::new(),
        network: None,
        at: paper.now,
    };
    store.signups_add(&[signup]).await.unwrap();
    let waiting = store.mails_waiting().await.unwrap();
    assert_eq!((waiting.confirmations, waiting.links), (1, 0));
    let article = courant::domain::ArticleId(1);
    assert!(store.last_amended(&[article]).await.unwrap().is_empty());
    let home = paper.folder.path();
    let args = [
        "article",
        "withdraw",
        "1",
        "--reason",
        "It was not so.",
        "--yes",
    ];
    let (code, _, err) = crate::support::binary::courant(home, &args);
    assert_eq!(code, 0, "{err}");
    let said = store.last_amended(&[article]).await.unwrap();
    assert_eq!(said.len(), 1);
}
