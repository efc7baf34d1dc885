//! The store's contract for labels: rules, the gazetteer, what was found, and editors' words over it.

use std::collections::{BTreeMap, BTreeSet};

use courant::domain::ArticleId;
use courant::domain::article::{ArticleText, CanonicalUrl, NewArticle, PlaceEvidence, TopicWeight};
use courant::domain::labels::{
    Authority, LabelState, Labels, Risk, RiskCategory, RiskFound, RiskLevel, Said,
};
use courant::domain::slug::Slug;
use courant::domain::time::{Timestamp, from_ms};
use courant::places;
use courant::store::{About, ArticleFilter, Incoming, Store, StoreError, Word};

use crate::support::paper::imported;

async fn store() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courant.db");
    let store = Store::create(&path, "test", at(0)).await.expect("a store");
    (store, folder)
}

fn at(hours: i64) -> Timestamp {
    from_ms(1_760_000_000_000 + hours * 3_600_000)
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn topic(name: &str) -> TopicWeight {
    TopicWeight {
        topic: slug(name),
        weight: 1000,
    }
}

fn said(name: &str, by: Authority, held: bool) -> Said {
    Said {
        slug: slug(name),
        by,
        score: 1000,
        held,
        why: "a reason".to_owned(),
    }
}

fn found(topics: Vec<Said>, state: LabelState) -> Labels {
    Labels {
        topics,
        state,
        ..Labels::default()
    }
}

fn article(key: &str, headline: &str, topics: Vec<TopicWeight>) -> NewArticle {
    NewArticle {
        entry_key: key.to_owned(),
        url: CanonicalUrl::parse(&format!("https://n.example/{key}"), None).expect("valid"),
        fragment: None,
        text: ArticleText {
            headline: headline.to_owned(),
            summary: String::new(),
            byline: String::new(),
            image: None,
            body: None,
            categories: Vec::new(),
        },
        published: Some(at(1)),
        language: None,
        topics,
        places: Vec::new(),
    }
}

async fn source(store: &Store) -> courant::domain::SourceId {
    let new = imported("wire", "The Wire");
    store.source_add(&new, &[], at(0)).await.expect("added")
}

fn everything() -> ArticleFilter {
    ArticleFilter {
        list: None,
        source: None,
        after: at(-1),
        until: at(100),
        limit: 100,
    }
}

async fn put(store: &Store, one: NewArticle, labels: Option<Labels>) {
    let source = store.source(&slug("wire")).await.expect("there").id;
    let incoming = [Incoming {
        article: one,
        backlog: false,
        labels,
    }];
    store
        .articles_put(source, &incoming, at(1))
        .await
        .expect("stored");
}

async fn topics(store: &Store, id: i64) -> Vec<String> {
    let article = store.article(ArticleId(id)).await.expect("there");
    article.topics.iter().map(|t| t.topic.to_string()).collect()
}

#[tokio::test]
async fn an_editors_word_stands_over_what_comes_in_until_it_is_undone() {
    let (store, _folder) = &store().await;
    source(store).await;
    let rule = |name| vec![said(name, Authority::Rule, true)];
    let labels = |name| Some(found(rule(name), LabelState::Settled));
    put(
        store,
        article("a", "One", vec![topic("news")]),
        labels("news"),
    )
    .await;
    assert_eq!(topics(store, 1).await, ["news"]);
    let id = ArticleId(1);
    let word = Word::Topics {
        topics: vec![topic("sport")],
    };
    store
        .article_word(id, &word, "Ann", at(2))
        .await
        .expect("kept");
    put(
        store,
        article("a", "Two", vec![topic("votes")]),
        labels("votes"),
    )
    .await;
    assert_eq!(topics(store, 1).await, ["sport"]);
    let all = store.article_said(id).await.expect("read");
    assert_eq!(all.labels.as_ref().map(|l| &l.topics), Some(&rule("votes")));
    let standing = all.word(About::Topics).expect("a word");
    assert_eq!(
        (&standing.word, standing.by.as_str(), standing.at),
        (&word, "Ann", at(2))
    );
    assert!(all.word(About::Places).is_none());
    // The same entry again is unchanged though the article has something else.
    let wire = store.source(&slug("wire")).await.expect("there").id;
    let same = [Incoming {
        article: article("a", "Two", vec![topic("votes")]),
        backlog: false,
        labels: labels("votes"),
    }];
    let done = store
        .articles_put(wire, &same, at(3))
        .await
        .expect("stored");
    assert_eq!(done.unchanged, 1);
    let undone = store.article_word_undo(id, standing, "Bob", at(4)).await;
    assert!(undone.expect("undone"));
    assert_eq!(topics(store, 1).await, ["votes"]);
    let again = store.article_word_undo(id, standing, "Bob", at(5)).await;
    assert!(!again.expect("read"));
    let nobody = store.article_word(ArticleId(9), &word, "Ann", at(2)).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn an_article_without_reasons_keeps_what_it_has_when_a_word_is_undone() {
    let (store, _folder) = &store().await;
    source(store).await;
    put(store, article("a", "One", vec![topic("news")]), None).await;
    let id = ArticleId(1);
    assert_eq!(store.article_said(id).await.expect("read").labels, None);
    let places = vec![PlaceEvidence {
        place: slug("port"),
        evidence: "said by Ann".to_owned(),
    }];
    for word in [Word::Topics { topics: vec![] }, Word::Places { places }] {
        store
            .article_word(id, &word, "Ann", at(2))
            .await
            .expect("kept");
    }
    let now = store.article(id).await.expect("there");
    assert_eq!((now.topics.len(), now.places.len()), (0, 1));
    for word in store.article_said(id).await.expect("read").words {
        store
            .article_word_undo(id, &word, "Ann", at(3))
            .await
            .expect("undone");
    }
    let now = store.article(id).await.expect("there");
    assert_eq!((now.topics, now.places.len()), (vec![topic("news")], 0));
}

#[tokio::test]
async fn risks_are_by_category_and_the_newest_word_holds() {
    let (store, _folder) = &store().await;
    source(store).await;
    let risk = Risk {
        unclassified: None,
        found: vec![RiskFound {
            category: RiskCategory::Death,
            level: RiskLevel::High,
            evidence: "title “killed”".to_owned(),
            by_editor: false,
        }],
    };
    let labels = Labels {
        risk,
        ..Labels::default()
    };
    put(store, article("a", "One", vec![]), Some(labels)).await;
    let id = ArticleId(1);
    for (category, level) in [
        (RiskCategory::Death, RiskLevel::Low),
        (RiskCategory::Crime, RiskLevel::Medium),
        (RiskCategory::Death, RiskLevel::None),
    ] {
        let word = Word::Risk { category, level };
        store
            .article_word(id, &word, "Ann", at(2))
            .await
            .expect("kept");
    }
    let levels = || async {
        let risk = store.article_said(id).await.expect("read").risk();
        let levels = risk.found.iter().map(|f| (f.category, f.level));
        levels.collect::<Vec<_>>()
    };
    assert_eq!(
        levels().await,
        [
            (RiskCategory::Death, RiskLevel::None),
            (RiskCategory::Crime, RiskLevel::Medium)
        ]
    );
    // Many at once say the same; of what was never looked at, nobody knows.
    let many = store.risks(&[id, ArticleId(99)]).await.expect("read");
    let one = store.article_said(id).await.expect("read").risk();
    assert_eq!(many[&id], one);
    assert!(many[&ArticleId(99)].unclassified.is_some());
    for level in [RiskLevel::Low, RiskLevel::High] {
        let said = store.article_said(id).await.expect("read");
        let death = said.words.iter().rev().find(|w| {
            matches!(
                w.word,
                Word::Risk {
                    category: RiskCategory::Death,
                    ..
                }
            )
        });
        let word = death.expect("a word");
        store
            .article_word_undo(id, word, "Ann", at(3))
            .await
            .expect("undone");
        assert_eq!(levels().await[0], (RiskCategory::Death, level));
    }
}

#[tokio::test]
async fn the_queue_holds_what_no_editor_and_nobody_better_labelled() {
    let (store, _folder) = &store().await;
    source(store).await;
    let proposed = vec![said("sport", Authority::Classifier, false)];
    put(store, article("a", "One", vec![]), None).await;
    put(store, article("b", "Two", vec![topic("news")]), None).await;
    let labels = found(proposed, LabelState::Suggested);
    put(store, article("c", "Three", vec![]), Some(labels)).await;
    put(store, article("d", "Four", vec![]), Some(Labels::default())).await;
    let waiting = |state| async move {
        let rows = store
            .articles_waiting(&everything(), state)
            .await
            .expect("read");
        rows.iter().map(|a| a.id.0).collect::<Vec<_>>()
    };
    assert_eq!(waiting(LabelState::Open).await, [4, 1]);
    assert_eq!(waiting(LabelState::Suggested).await, [3]);
    let word = Word::Topics { topics: vec![] };
    store
        .article_word(ArticleId(4), &word, "Ann", at(2))
        .await
        .expect("kept");
    assert_eq!(waiting(LabelState::Open).await, [1]);
    // Labelled anew, in slices by id.
    let slice = store
        .articles_to_relabel(at(0), ArticleId(1), 2)
        .await
        .expect("read");
    let ids: Vec<i64> = slice.iter().map(|r| r.article.0).collect();
    assert_eq!(ids, [2, 3]);
    assert_eq!(slice[0].labels, None);
    assert_eq!(slice[0].before().topics[0].by, Authority::Stated);
    let anew = found(
        vec![said("votes", Authority::Rule, true)],
        LabelState::Settled,
    );
    let rows: BTreeMap<ArticleId, Labels> = [3, 4]
        .map(|id| (ArticleId(id), anew.clone()))
        .into_iter()
        .collect();
    store.articles_relabel(&rows).await.expect("written");
    assert_eq!(topics(store, 3).await, ["votes"]);
    assert_eq!(
        topics(store, 4).await,
        [""; 0],
        "the editor said that it has none"
    );
}

#[tokio::test]
async fn what_editors_said_of_topics_is_read_with_the_sources_texts() {
    let (store, _folder) = &store().await;
    source(store).await;
    for key in ["a", "b", "c"] {
        put(store, article(key, key, vec![]), Some(Labels::default())).await;
    }
    let say = |id, names: &[&str]| {
        let topics = names.iter().map(|n| topic(n)).collect();
        let word = Word::Topics { topics };
        async move {
            let kept = store.article_word(ArticleId(id), &word, "Ann", at(2));
            kept.await.expect("kept");
        }
    };
    say(1, &["votes"]).await;
    say(1, &["sport", "news"]).await;
    say(2, &["news"]).await;
    say(3, &[]).await;
    let said = store.article_said(ArticleId(2)).await.expect("read");
    let undone = store.article_word_undo(ArticleId(2), &said.words[0], "Ann", at(3));
    assert!(undone.await.expect("undone"));
    let examples = |past, limit| async move {
        let rows = store.topic_examples(None, ArticleId(past), limit).await;
        let shown = |e: courant::store::examples::TopicExample| {
            let topics: Vec<String> = e.topics.iter().map(|t| t.topic.to_string()).collect();
            format!("{} {} {}", e.article, e.text.headline, topics.join(" "))
        };
        rows.expect("read")
            .into_iter()
            .map(shown)
            .collect::<Vec<_>>()
    };
    assert_eq!(examples(0, 9).await, ["1 a sport news", "3 c "]);
    assert_eq!(examples(0, 1).await, ["1 a sport news"]);
    assert_eq!(examples(1, 9).await, ["3 c "]);
    assert!(!store.classifier_was_heard(10).await.expect("read"));
    let heard = found(vec![said_by_classifier()], LabelState::Suggested);
    put(store, article("d", "d", vec![]), Some(heard)).await;
    assert!(store.classifier_was_heard(10).await.expect("read"));
}

fn said_by_classifier() -> Said {
    said("sport", Authority::Classifier, false)
}

#[tokio::test]
async fn rules_and_places_are_kept_and_removed() {
    let (store, _folder) = &store().await;
    let wire = source(store).await;
    store
        .topic_add(&slug("votes"), "Votes")
        .await
        .expect("added");
    let must = ["Election day".to_owned()];
    let votes = slug("votes");
    let id = store.topic_rule_add(&votes, "election", &must, &[], at(1));
    let id = id.await.expect("kept");
    let rules = store.topic_rules().await.expect("read");
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0].id, rules[0].rule.as_str()), (id, "election"));
    assert_eq!(
        (
            rules[0].must_match.as_slice(),
            rules[0].must_not_match.len()
        ),
        (&must[..], 0)
    );
    store
        .topic_remove(&slug("votes"), at(2))
        .await
        .expect("removed");
    assert_eq!(
        store.topic_rules().await.expect("read"),
        [],
        "its topic is off offer"
    );
    store
        .topic_add(&slug("votes"), "Votes")
        .await
        .expect("back");
    store.topic_rule_remove(id, at(2)).await.expect("removed");
    let again = store.topic_rule_remove(id, at(3)).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })));

    store.place_add(&slug("port"), "Port").await.expect("added");
    assert_eq!(store.gazetteer().await.expect("read"), []);
    let list = "name,slug,kind,parent,aliases,ambiguous,latitude,longitude\n\
                Old Port,port,town,state,The Port|Porto,true,1.5,-2\nState,,state,,,,,\n";
    let read = places::read(list, &BTreeSet::new());
    store.places_import(&read.places).await.expect("imported");
    assert_eq!(store.gazetteer().await.expect("read"), read.places);
    assert_eq!(store.places().await.expect("read")[0].name, "Old Port");
    store
        .source_home_set(wire, Some(&slug("port")))
        .await
        .expect("set");
    let home = store.source(&slug("wire")).await.expect("there").home;
    assert_eq!(home, Some(slug("port")));
    store.source_home_set(wire, None).await.expect("set");
    assert_eq!(store.source(&slug("wire")).await.expect("there").home, None);
}
