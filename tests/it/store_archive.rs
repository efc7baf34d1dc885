//! The contract of the store about issues that everybody may read.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::archive::Issued;
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::due::Due;
use courant::domain::subscriber::{Standing, Terms};
use courant::domain::time::Run;
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use courant::store::amendments::Said;
use courant::store::archive::Since;
use courant::store::{Move, StoreError};

use crate::support::paper::{Paper, after};

/// An issue of a stored edition of that day, out so many days after the paper's own.
async fn issue(paper: &Paper, day: i64) -> Issued {
    let (store, now) = (paper.store(), after(paper.due, day * 1440));
    let run = Run::parse(&now.strftime("%Y-%m-%d").to_string()).unwrap();
    let opened = store.edition_open(paper.list, paper.cadence.id, &run, now);
    let mine = paper.edition().await.unwrap();
    let reader = paper.rows(mine).await.remove(0).subscription;
    let digest = store.digest_of(mine, reader).await.unwrap().unwrap();
    Issued {
        edition: opened.await.unwrap().id,
        list: paper.list,
        name: format!("daily-{run}"),
        wave: digest.wave,
        subject: Some("Fog".to_owned()),
        picks: digest.picks,
        left_out: 2,
        out: now,
    }
}

#[tokio::test]
async fn issues_are_kept_once_and_read_newest_first_page_by_page() {
    let paper = Paper::daily().await;
    paper.readers(&["in@reader.example"]).await;
    let edition = paper.plan().await;
    let store = paper.store();
    let mut all = Vec::new();
    for day in 0..5 {
        let issue = issue(&paper, day).await;
        for _ in 0..2 {
            store.issue_put(&issue).await.unwrap();
        }
        all.insert(0, issue);
    }
    assert_eq!(store.issues(paper.list, None, 9).await.unwrap(), all);
    let page = store.issues(paper.list, Some(&all[1]), 2).await.unwrap();
    assert_eq!(page, all[2..4]);
    let named = store.issue(paper.list, &all[3].name).await.unwrap();
    assert_eq!(named.as_ref(), Some(&all[3]));
    assert_eq!(store.issue(paper.list, "daily").await.unwrap(), None);
    // One that is cancelled is gone, and one that nobody would have got is not there.
    store.edition_cancel(edition.id, paper.now).await.unwrap();
    assert_eq!(store.issues(paper.list, None, 9).await.unwrap(), all[..4]);
    assert_eq!(store.issue(paper.list, &all[4].name).await.unwrap(), None);
    let none = Issued {
        picks: Vec::new(),
        ..issue(&paper, 9).await
    };
    store.issue_put(&none).await.unwrap();
    assert_eq!(store.issue(paper.list, &none.name).await.unwrap(), None);
}

#[tokio::test]
async fn an_edition_waits_for_its_issue_until_a_letter_was_accepted() {
    let paper = Paper::daily().await;
    paper.readers(&["in@reader.example"]).await;
    let edition = paper.plan().await.id;
    let store = paper.store();
    let unissued = |at| store.unissued(paper.list, at, 5);
    assert_eq!(unissued(paper.now).await.unwrap(), [], "it is not due");
    assert_eq!(unissued(paper.due).await.unwrap(), [edition]);
    assert!(!store.has_left(edition).await.unwrap());
    paper.arrive().await;
    assert!(store.has_left(edition).await.unwrap());
    assert!(!store.has_left(EditionId(99)).await.unwrap());
    store.issue_put(&issue(&paper, 0).await).await.unwrap();
    assert_eq!(unissued(paper.due).await.unwrap(), []);
}

#[tokio::test]
async fn who_leaves_or_comes_back_leaves_a_receipt_in_the_same_write() {
    let paper = Paper::daily().await;
    let id = paper.readers(&["in@reader.example"]).await[0];
    let store = paper.store();
    let (person, before) = store.subscription(id).await.unwrap().unwrap();
    let receipt = |act| Receipt {
        list: Some(paper.list),
        act,
        how: "page".to_owned(),
        wording: String::new(),
        source: "page".to_owned(),
        network: None,
        note: String::new(),
        at: paper.now,
    };
    let change = |from, to, kind| Move {
        from,
        to,
        kind,
        detail: "page",
    };
    let (active, left) = (&[Standing::Active], &[Standing::Unsubscribed]);
    let leave = change(active, Standing::Unsubscribed, "unsubscribe");
    let withdrawn = receipt(ConsentAct::Withdrawn);
    for moves in [true, false] {
        let moved = store.consent_move(id, leave, &withdrawn, None, None).await;
        assert_eq!(moved.unwrap(), moves);
    }
    let terms = Terms {
        images: false,
        ..before.terms.clone()
    };
    let back = change(left, Standing::Active, "rejoin");
    let given = receipt(ConsentAct::Given);
    let due = Due {
        at: paper.due,
        run: paper.run(),
        cadence: paper.cadence.id,
    };
    let terms_now = Some((&terms, paper.cadence.id));
    let moved = store.consent_move(id, back, &given, terms_now, Some(due));
    assert!(moved.await.unwrap());
    let (_, after) = store.subscription(id).await.unwrap().unwrap();
    assert_eq!((after.terms, after.due_at), (terms, Some(paper.due)));
    let kept = store.consents(person.id).await.unwrap();
    assert_eq!(kept, [withdrawn, given]);
    let nobody = SubscriptionId(99);
    let moved = store.consent_move(nobody, leave, &kept[0], None, None);
    assert!(matches!(moved.await, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn what_became_of_articles_since_is_told() {
    let paper = Paper::daily().await;
    paper.readers(&["in@reader.example"]).await;
    let edition = paper.plan().await;
    let reader = paper.rows(edition.id).await.remove(0).subscription;
    let picks: Vec<ArticleId> = paper.picks(edition.id, reader).await;
    let store = paper.store();
    let said = Said {
        article: picks[0],
        by: Some("mia"),
        reason: Some("The figures were wrong."),
    };
    store.article_withdraw(said, &[], paper.due).await.unwrap();
    let since = store.since_printed(&picks[..2]).await.unwrap();
    let gone = Since {
        withdrawn: true,
        embargo_ms: None,
        said_ms: Some(paper.due.as_millisecond()),
    };
    assert_eq!(since[&picks[0]], gone);
    assert_eq!(since[&picks[1]], Since::default());
    assert_eq!(since.len(), 2);
}
