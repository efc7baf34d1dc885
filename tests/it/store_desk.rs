//! The contract of the store for the desk: decisions that write over nobody, an editor's words over the text
//! that they saw, and what is new.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::edition::{DecisionKind, in_force, version};
use courant::domain::{ArticleId, DecisionId, EditionId, SourceId, StoryId};
use courant::store::editions::NewDecision;

use crate::support::paper::{Paper, after};

async fn opened(paper: &Paper) -> EditionId {
    let run = paper.run();
    let opened = paper
        .store()
        .edition_open(paper.list, paper.cadence.id, &run, paper.now);
    opened.await.unwrap().id
}

fn new(edition: EditionId, kind: DecisionKind, text: Option<&str>) -> NewDecision {
    NewDecision {
        edition,
        kind,
        story: None,
        article: None,
        text: text.map(str::to_owned),
        undoes: None,
        by: "mia".to_owned(),
    }
}

#[tokio::test]
async fn who_did_not_see_the_newest_decision_writes_nothing() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let edition = opened(&paper).await;
    let subject = |text| new(edition, DecisionKind::Subject, Some(text));
    let about = DecisionKind::Subject;
    let none = (about, DecisionId(0));
    let first = store.decide_on(&subject("One"), none, now).await.unwrap();
    let first = first.expect("written");
    // Whoever still has the page from before it is told so.
    let late = store.decide_on(&subject("Two"), none, now).await.unwrap();
    assert_eq!(late, None);
    // Another thing of the same edition is none of this.
    let note = new(edition, DecisionKind::Note, Some("A note"));
    let noted = store.decide_on(&note, (DecisionKind::Note, DecisionId(0)), now);
    assert!(noted.await.unwrap().is_some());
    let seen = (about, first);
    let second = store.decide_on(&subject("Two"), seen, now).await.unwrap();
    let second = second.expect("written");
    // Taking back is a decision about the same thing.
    let undo = NewDecision {
        undoes: Some(second),
        ..new(edition, DecisionKind::Undo, None)
    };
    let undone = store.decide_on(&undo, (about, second), now).await.unwrap();
    let undone = undone.expect("written");
    let third = subject("Three");
    let stale = store.decide_on(&third, (about, second), now);
    assert_eq!(stale.await.unwrap(), None);
    let all = store.decisions(edition).await.unwrap();
    assert_eq!(in_force(&all).subject.as_deref(), Some("One"));
    assert_eq!(version(&all, about, None), undone);
    assert_eq!(version(&all, DecisionKind::Lead, None), DecisionId(0));
}

#[tokio::test]
async fn decisions_about_stories_stand_beside_each_other() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let edition = opened(&paper).await;
    let articles = |n| ArticleId(n);
    let of = |n: i64, kind, text: Option<&str>| NewDecision {
        story: Some(StoryId(n)),
        article: Some(articles(n)),
        ..new(edition, kind, text)
    };
    let none = DecisionId(0);
    let moved = of(1, DecisionKind::Move, Some("2"));
    let moved = store.decide_on(&moved, (DecisionKind::Move, none), now);
    let moved = moved.await.unwrap().expect("written");
    let other = of(2, DecisionKind::Move, Some("1"));
    let other = store.decide_on(&other, (DecisionKind::Move, none), now);
    assert!(other.await.unwrap().is_some());
    let again = of(1, DecisionKind::Move, Some("3"));
    let stale = store.decide_on(&again, (DecisionKind::Move, none), now);
    assert_eq!(stale.await.unwrap(), None);
    for (kind, text) in [
        (DecisionKind::Image, "none"),
        (DecisionKind::BanSource, "1"),
    ] {
        store.decide(&of(3, kind, Some(text)), now).await.unwrap();
    }
    let order = new(edition, DecisionKind::Order, Some("sport harbour"));
    store.decide(&order, now).await.unwrap();
    let all = store.decisions(edition).await.unwrap();
    assert_eq!(version(&all, DecisionKind::Move, Some(StoryId(1))), moved);
    let force = in_force(&all);
    assert_eq!(force.places, [(StoryId(1), 2), (StoryId(2), 1)].into());
    assert_eq!(force.images, [(StoryId(3), None)].into());
    assert!(force.sources.contains_key(&SourceId(1)));
    assert_eq!(force.order.len(), 2);
}

#[tokio::test]
async fn an_editors_words_stand_over_the_text_that_they_saw_and_no_other() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let article = store.article(ArticleId(1)).await.unwrap();
    let seen = (article.id, article.revision);
    let mine = (Some("Mine"), None);
    let done = store.article_rewrite_on(seen, mine, "mia", now).await;
    assert!(done.unwrap().is_some());
    let theirs = (Some("Theirs"), None);
    let late = store.article_rewrite_on(seen, theirs, "bob", now).await;
    assert_eq!(late.unwrap(), None);
    let now_there = store.article(article.id).await.unwrap();
    assert_eq!(now_there.text.headline, "Mine");
    assert_eq!(now_there.text.summary, article.text.summary);
    let seen = (article.id, now_there.revision);
    let done = store.article_rewrite_on(seen, theirs, "bob", now).await;
    assert!(done.unwrap().is_some());
    let nobody = (ArticleId(999), now_there.revision);
    let none = store.article_rewrite_on(nobody, theirs, "bob", now).await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test]
async fn what_is_new_is_known_by_the_last_of_everything() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let edition = opened(&paper).await;
    let nobody = store.desk_fresh(None).await.unwrap();
    let before = store.desk_fresh(Some(edition)).await.unwrap();
    assert_eq!(nobody, before);
    let subject = new(edition, DecisionKind::Subject, Some("One"));
    store.decide(&subject, now).await.unwrap();
    let decided = store.desk_fresh(Some(edition)).await.unwrap();
    assert_ne!(decided, before);
    assert_eq!(store.desk_fresh(None).await.unwrap(), nobody);
    paper.articles("late", 1, now).await;
    let more = store.desk_fresh(Some(edition)).await.unwrap();
    assert_ne!(more, decided);
    assert_eq!(store.desk_fresh(Some(edition)).await.unwrap(), more);
    // Who has seen what is each editor's own.
    assert_eq!(store.desk_seen(edition, "mia").await.unwrap(), None);
    store.desk_see(edition, "mia", now).await.unwrap();
    store.desk_see(edition, "mia", after(now, 5)).await.unwrap();
    let seen = store.desk_seen(edition, "mia").await.unwrap();
    assert_eq!(seen, Some(after(now, 5)));
    assert_eq!(store.desk_seen(edition, "bob").await.unwrap(), None);
}
