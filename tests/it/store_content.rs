//! The store's contract for sources, articles and sponsors, against a real database file.

use std::collections::BTreeMap;
use std::path::Path;

use courant::domain::article::{
    ArticleText, Backlog, CanonicalUrl, CategoryMap, FetchState, Image, NewArticle, PlaceEvidence,
    SourceKind, SourceState, TopicWeight,
};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{CreativeSize, FlightLedger, Slot};
use courant::domain::time::Timestamp;
use courant::domain::{ArticleId, CreativeId, EditionId, ListId, RevisionId, SourceId, StoryId};
use courant::store::{
    ArticleFilter, Incoming, NewCreative, NewFlight, NewSource, Store, StoreError,
};
use sqlx::Connection;

/// A store in a folder of its own with the lists 1 and 2.
struct Fresh {
    store: Store,
    folder: tempfile::TempDir,
}

async fn fresh() -> Fresh {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courant.db");
    let store = Store::create(&path, "test", at(0)).await.expect("a store");
    raw(
        &path,
        "insert into list values (1, 'daily', 0), (2, 'sport', 0)",
    )
    .await;
    Fresh { store, folder }
}

impl Fresh {
    async fn raw(&self, sql: &'static str) {
        raw(&self.folder.path().join("courant.db"), sql).await;
    }
}

async fn raw(path: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql("pragma foreign_keys = off")
        .execute(&mut connection)
        .await
        .expect("runs");
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    done.expect("runs");
    connection.close().await.expect("closes");
}

/// Hours after the start of 2026.
fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("valid");
    start + jiff::SignedDuration::from_hours(hours)
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn new_source(name: &str) -> NewSource {
    NewSource {
        slug: slug(name),
        name: format!("The {name}"),
        kind: SourceKind::Feed,
        location: format!("https://{name}.example/feed"),
        default_topic: Some(slug("news")),
        default_language: None,
        categories: CategoryMap::parse("harbour=place:port").expect("valid"),
        backlog: Backlog::Window,
        private_network: false,
        interval_s: 600,
    }
}

async fn add(store: &Store, name: &str, lists: &[i64]) -> SourceId {
    let lists: Vec<ListId> = lists.iter().copied().map(ListId).collect();
    let added = store.source_add(&new_source(name), &lists, at(0)).await;
    added.expect("added")
}

fn incoming(key: &str, headline: &str, published: Option<i64>) -> Incoming {
    let article = NewArticle {
        entry_key: key.to_owned(),
        url: CanonicalUrl::parse(&format!("https://n.example/{key}"), None).expect("valid"),
        fragment: None,
        text: ArticleText {
            headline: headline.to_owned(),
            summary: format!("About {key}."),
            byline: "A. Writer".to_owned(),
            image: Some(Image {
                url: "https://n.example/i.jpg".to_owned(),
                alt: String::new(),
            }),
            body: None,
            categories: vec!["City  Hall".to_owned()],
        },
        published: published.map(at),
        language: Some("en".to_owned()),
        topics: vec![TopicWeight {
            topic: slug("news"),
            weight: 1000,
        }],
        places: vec![PlaceEvidence {
            place: slug("port"),
            evidence: "harbour".to_owned(),
        }],
    };
    Incoming {
        article,
        backlog: false,
        labels: None,
    }
}

fn everything() -> ArticleFilter {
    ArticleFilter {
        list: None,
        source: None,
        after: at(-10_000),
        until: at(10_000),
        limit: 1000,
    }
}

#[tokio::test]
async fn a_source_is_added_found_changed_and_removed() {
    let Fresh { store, .. } = &fresh().await;
    let id = add(store, "times", &[1, 2]).await;
    add(store, "argus", &[2]).await;

    let source = store.source(&slug("times")).await.expect("there");
    assert_eq!(source.id, id);
    assert_eq!(source.categories, new_source("times").categories);
    assert_eq!(source.fetch.next_at, Some(at(0)));
    let slugs = |list| async move {
        let sources = store.sources(list).await.expect("read");
        let slugs: Vec<String> = sources.iter().map(|s| s.slug.to_string()).collect();
        slugs.join(" ")
    };
    assert_eq!(slugs(None).await, "argus times");
    assert_eq!(slugs(Some(ListId(1))).await, "times");
    store
        .source_lists_set(id, &[ListId(2)])
        .await
        .expect("written");
    assert_eq!(store.source_lists(id).await.expect("read"), [ListId(2)]);
    assert_eq!(slugs(Some(ListId(1))).await, "");

    let mut changed = source.clone();
    changed.name = "Another".to_owned();
    changed.default_topic = None;
    changed.interval_s = 60;
    store.source_set(&changed).await.expect("written");
    assert_eq!(store.source(&slug("times")).await.expect("there"), changed);

    let twice = store.source_add(&new_source("times"), &[], at(1)).await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })), "{twice:?}");
    store
        .source_remove(&slug("times"), at(1))
        .await
        .expect("removed");
    let gone = store.source(&slug("times")).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
    assert_eq!(slugs(None).await, "argus");
    let again = store.source_add(&new_source("times"), &[], at(1)).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    for result in [
        store.source_remove(&slug("times"), at(1)).await,
        store
            .source_state(&slug("nobody"), SourceState::Paused)
            .await,
        store.source_set(&changed).await,
    ] {
        assert!(matches!(result, Err(StoreError::NotFound { .. })));
    }
}

#[tokio::test]
async fn due_sources_are_the_active_feeds_whose_time_has_come() {
    let Fresh { store, .. } = &fresh().await;
    add(store, "first", &[1]).await;
    add(store, "paused", &[1]).await;
    let import = NewSource {
        kind: SourceKind::Import,
        ..new_source("rows")
    };
    store.source_add(&import, &[], at(0)).await.expect("added");
    let paused = slug("paused");
    let state = |state| store.source_state(&paused, state);
    state(SourceState::Paused).await.expect("paused");
    let due = |now, limit| async move {
        let due = store.sources_due(now, limit).await.expect("read");
        due.iter().map(|s| s.slug.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(at(0), 9).await, ["first"]);
    assert!(due(at(-1), 9).await.is_empty());
    state(SourceState::Active).await.expect("resumed");
    assert_eq!(due(at(0), 9).await, ["first", "paused"]);
    assert_eq!(due(at(0), 1).await, ["first"]);

    let source = store.source(&slug("first")).await.expect("there");
    let left = FetchState {
        etag: Some("\"x\"".to_owned()),
        last_modified: Some("Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
        fetched_at: Some(at(0)),
        next_at: Some(at(2)),
        failures: 0,
        failing_since: None,
        last_error: None,
        stopped: None,
        asked_s: Some(1_800),
    };
    let moved = Some("https://new.example/feed");
    assert!(
        store
            .fetch_recorded(&source, &left, moved)
            .await
            .expect("written")
    );
    let now = store.source(&slug("first")).await.expect("there");
    assert_eq!(
        (&now.fetch, now.location.as_str()),
        (&left, "https://new.example/feed")
    );
    assert_eq!(due(at(1), 9).await, ["paused"]);
    // What a fetch of the old place left says nothing about the new one.
    let late = FetchState::default();
    let late = store.fetch_recorded(&source, &late, None).await;
    assert!(!late.expect("read"));
    // Validators belong to a place.
    let elsewhere = courant::domain::article::Source {
        location: "https://third.example/feed".to_owned(),
        ..now
    };
    store.source_set(&elsewhere).await.expect("written");
    let fetch = store.source(&slug("first")).await.expect("there").fetch;
    assert_eq!((fetch.etag, fetch.last_modified), (None, None));
    assert_eq!(fetch.next_at, Some(at(2)));
    // One that is gone for good is paused with a word, until a person resumes it.
    let gone = FetchState {
        next_at: Some(at(0)),
        failures: 3,
        failing_since: Some(at(-9)),
        last_error: Some("gone".to_owned()),
        stopped: Some("taken away".to_owned()),
        ..FetchState::default()
    };
    let source = store.source(&slug("first")).await.expect("there");
    let written = store.fetch_recorded(&source, &gone, None).await;
    assert!(written.expect("written"));
    let stopped = store.source(&slug("first")).await.expect("there");
    assert_eq!(
        (stopped.state, &stopped.fetch),
        (SourceState::Paused, &gone)
    );
    assert_eq!(due(at(1), 9).await, ["paused"]);
    let resumed = store
        .source_state(&slug("first"), SourceState::Active)
        .await;
    resumed.expect("resumed");
    let back = store.source(&slug("first")).await.expect("there");
    assert_eq!(
        (back.state, back.fetch.stopped),
        (SourceState::Active, None)
    );
}

#[tokio::test]
async fn many_sources_are_added_at_once_or_none() {
    let Fresh { store, .. } = &fresh().await;
    add(store, "times", &[1]).await;
    let removed = store.source_remove(&slug("times"), at(1)).await;
    removed.expect("removed");
    let taken = [new_source("argus"), new_source("times")];
    let refused = store.sources_add(&taken, &[], at(1)).await;
    assert!(
        matches!(refused, Err(StoreError::Exists { .. })),
        "{refused:?}"
    );
    assert!(store.sources(None).await.expect("read").is_empty());
    let both = [new_source("argus"), new_source("echo")];
    let added = store.sources_add(&both, &[ListId(2)], at(1)).await;
    added.expect("added");
    assert_eq!(store.sources(Some(ListId(2))).await.expect("read").len(), 2);
    // The address at which one was added stays known after it moved.
    let argus = store.source(&slug("argus")).await.expect("there");
    let state = FetchState::default();
    let moved = store.fetch_recorded(&argus, &state, Some("https://b.example/"));
    assert!(moved.await.expect("written"));
    let known = store.sources_known().await.expect("read");
    let known: Vec<String> = known
        .into_iter()
        .map(|(slug, places)| format!("{slug}: {}", places.join(" ")))
        .collect();
    let echo = "echo: https://echo.example/feed https://echo.example/feed";
    assert_eq!(
        known,
        [
            "argus: https://b.example/ https://argus.example/feed",
            echo,
            "times: "
        ]
    );
}

#[tokio::test]
async fn the_newest_fifty_problems_are_kept_each_once() {
    let Fresh { store, .. } = &fresh().await;
    let id = add(store, "times", &[1]).await;
    let first: Vec<String> = (0..40).map(|n| format!("entry {n}: no link")).collect();
    let second: Vec<String> = (30..70).map(|n| format!("entry {n}: no link")).collect();
    for (hour, problems) in [(1, &first), (2, &second), (3, &Vec::new())] {
        let record = store.source_problems_record(id, at(hour), problems);
        record.await.expect("written");
    }
    let kept = store.source_problems(id).await.expect("read");
    assert_eq!(kept.len(), 50);
    assert_eq!(
        (kept[0].at, kept[0].problem.as_str()),
        (at(2), "entry 30: no link")
    );
    assert_eq!(
        (kept[40].at, kept[40].problem.as_str()),
        (at(1), "entry 0: no link")
    );
}

#[tokio::test]
async fn an_article_is_found_again_by_key_then_by_page_and_keeps_every_text() {
    let Fresh { store, .. } = &fresh().await;
    let id = add(store, "times", &[1]).await;
    let put = |articles: Vec<Incoming>, hour| async move {
        let done = store.articles_put(id, &articles, at(hour)).await;
        let done = done.expect("stored");
        (done.new, done.revised, done.unchanged, done.repeated)
    };
    let one = incoming("one", "The first headline", Some(-3));
    let two = incoming("two", "The second headline", None);
    let both = || vec![one.clone(), two.clone()];
    assert_eq!(put(vec![], 0).await, (0, 0, 0, 0));
    assert_eq!(put(both(), 0).await, (2, 0, 0, 0));
    assert_eq!(put(both(), 1).await, (0, 0, 2, 0));

    // Same key, other page and text.
    let mut moved = one.clone();
    moved.article.url = CanonicalUrl::parse("https://n.example/moved", None).expect("valid");
    moved.article.text.headline = "A corrected headline".to_owned();
    moved.article.published = Some(at(2));
    assert_eq!(put(vec![moved.clone()], 2).await, (0, 1, 0, 0));
    // Same page, other key.
    let mut renamed = two.clone();
    renamed.article.entry_key = "two-b".to_owned();
    renamed.article.topics.clear();
    assert_eq!(put(vec![renamed.clone()], 3).await, (0, 0, 1, 0));
    // The same entry twice, by key and by page; the first counts.
    let mut again = renamed.clone();
    again.article.entry_key = "two-c".to_owned();
    again.article.text.headline = "Never read".to_owned();
    let three = vec![renamed, again, moved.clone(), moved];
    assert_eq!(put(three, 4).await, (0, 0, 2, 2));

    let first = store.article(ArticleId(1)).await.expect("there");
    assert_eq!(first.url.as_str(), "https://n.example/moved");
    assert_eq!(first.text.headline, "A corrected headline");
    assert_eq!(
        (first.published, first.first_seen),
        (Some(at(-3)), at(0)),
        "its age counts from what was said at first"
    );
    let texts = store.article_texts(first.id).await.expect("read");
    let seen: Vec<_> = texts.iter().map(|t| (t.seq, t.seen)).collect();
    assert_eq!(seen, [(1, at(0)), (2, at(2))]);
    assert_eq!(texts[0].text, one.article.text);
    assert_eq!(texts[1].revision, first.revision);
    let second = store.article_by_url(&two.article.url).await.expect("there");
    assert_eq!((second.id, second.topics.len()), (ArticleId(2), 0));
    assert_eq!(second.places, two.article.places);
    assert_eq!(second.source_name, "The times");
    for missing in [
        store.article(ArticleId(99)).await,
        store.article_by_url(&one.article.url).await,
    ] {
        assert!(matches!(missing, Err(StoreError::NotFound { .. })));
    }
}

#[tokio::test]
async fn an_editors_text_stays_in_force_when_the_source_writes_again() {
    let fresh = fresh().await;
    let store = &fresh.store;
    let id = add(store, "times", &[1]).await;
    let mut one = incoming("one", "The first headline", None);
    let put = |one: &Incoming| {
        let one = vec![one.clone()];
        async move { store.articles_put(id, &one, at(1)).await.expect("stored") }
    };
    put(&one).await;
    fresh
        .raw(
            "insert into article_revision select 7, article_id, 2, seen_ms, 'Ours', summary, \
             byline, image_url, image_alt, body, categories, 'editor', null from article_revision; \
             update article set revision_id = 7",
        )
        .await;
    assert_eq!(put(&one).await.unchanged, 1);
    one.article.text.headline = "Theirs".to_owned();
    assert_eq!(put(&one).await.revised, 1);
    let article = store.article(ArticleId(1)).await.expect("there");
    assert_eq!(article.text.headline, "Ours");
    assert_eq!(
        store.article_texts(article.id).await.expect("read").len(),
        3
    );
}

#[tokio::test]
async fn one_page_or_one_headline_is_one_story_across_sources() {
    let Fresh { store, .. } = &fresh().await;
    let times = add(store, "times", &[1]).await;
    let argus = add(store, "argus", &[1]).await;
    let put = |source, articles: Vec<Incoming>, hour| async move {
        let done = store.articles_put(source, &articles, at(hour)).await;
        done.expect("stored").new_ids
    };
    let ferry = "Ferry runs aground off the old pier";
    let a = put(times, vec![incoming("ferry", ferry, None)], 0).await[0];
    let mut same_page = incoming("ferry", "In other words altogether", None);
    same_page.article.entry_key = "argus-1".to_owned();
    let others = vec![
        same_page,
        incoming("copy", "FERRY runs aground, off the old pier", None),
        incoming("else", "Something else altogether", None),
    ];
    let ids = put(argus, others, 47).await;
    let later = put(argus, vec![incoming("late", ferry, None)], 200).await[0];
    let mut stories = Vec::new();
    for id in [a, ids[0], ids[1], ids[2], later] {
        stories.push(store.article(id).await.expect("there").story);
    }
    assert_eq!(stories[..3], [stories[0]; 3]);
    assert_ne!(stories[3], stories[0]);
    assert_ne!(stories[4], stories[0]);
    let told = store.story_articles(stories[0]).await.expect("read");
    let told: Vec<ArticleId> = told.iter().map(|a| a.id).collect();
    assert_eq!(told, [a, ids[0], ids[1]]);
}

#[tokio::test]
async fn candidates_are_the_lists_own_inside_the_window() {
    let fresh = fresh().await;
    let store = &fresh.store;
    let times = add(store, "times", &[1]).await;
    let argus = add(store, "argus", &[2]).await;
    let mut old = incoming("backlog", "Came with the first fetch", None);
    old.backlog = true;
    let mut articles = vec![old];
    articles.extend([
        incoming("edge", "Dated exactly at the window's start", Some(-24)),
        incoming("inside", "Dated just inside of the window", Some(-23)),
        incoming("cutoff", "Dated exactly at the cut-off", Some(0)),
        incoming("future", "A date in the future is first sight", Some(500)),
        incoming("withdrawn", "Taken back by an editor", Some(-1)),
    ]);
    let done = store.articles_put(times, &articles, at(0)).await;
    let ids = done.expect("stored").new_ids;
    let other = [incoming("argus", "Another list's article", Some(-1))];
    store
        .articles_put(argus, &other, at(0))
        .await
        .expect("stored");
    fresh
        .raw("update article set withdrawn_ms = 1 where entry_key = 'withdrawn'")
        .await;
    let found = store.candidates(ListId(1), at(-24), at(0)).await;
    let found = found.expect("read");
    let found_ids: Vec<ArticleId> = found.iter().map(|c| c.article).collect();
    assert_eq!(found_ids, [ids[2], ids[3], ids[4]]);
    let first = &found[0];
    assert_eq!(first.headline, "Dated just inside of the window");
    assert_eq!(first.dated_ms, at(-23).as_millisecond());
    assert_eq!(first.categories, ["city hall"]);
    assert_eq!(first.places, [slug("port")]);
    assert_eq!(first.topics[0].weight, 1000);

    let all = store.articles(&everything()).await.expect("read");
    let stories: Vec<StoryId> = all.iter().map(|a| a.story).collect();
    let pinned = store.candidates_of(&stories, ListId(1), at(0)).await;
    let pinned: Vec<ArticleId> = pinned.expect("read").iter().map(|c| c.article).collect();
    assert_eq!(pinned, ids[..5]);

    // A story has every text of its articles; who withdrew one tells it no more.
    let texts = store.story_texts(&stories, at(0)).await.expect("read");
    assert_eq!(texts.len(), all.len(), "the withdrawn one's too");
    let tells = texts.iter().filter(|t| t.tells).count();
    assert_eq!(tells, all.len() - 1);
    let wording = store.wording(&[first.revision]).await.expect("read");
    assert_eq!(wording[0].0, first.revision);
    assert!(
        wording[0]
            .1
            .starts_with("Dated just inside of the window\n")
    );
    let none = store.candidates_of(&[], ListId(1), at(0)).await;
    assert!(none.expect("read").is_empty());
}

#[tokio::test]
async fn articles_are_listed_newest_first_and_printed_by_revision() {
    let Fresh { store, .. } = &fresh().await;
    let times = add(store, "times", &[1]).await;
    let argus = add(store, "argus", &[2]).await;
    let articles: Vec<Incoming> = (0..5)
        .map(|n| incoming(&format!("a{n}"), &format!("Headline number {n}"), Some(-n)))
        .collect();
    for (source, articles) in [(times, &articles[..3]), (argus, &articles[3..])] {
        let done = store.articles_put(source, articles, at(0)).await;
        done.expect("stored");
    }
    let keys = |filter: ArticleFilter| async move {
        let found = store.articles(&filter).await.expect("read");
        let keys = found
            .iter()
            .map(|a| a.url.as_str().replace("https://n.example/", ""));
        keys.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(everything()).await, "a0 a1 a2 a3 a4");
    let list = ArticleFilter {
        list: Some(ListId(2)),
        ..everything()
    };
    assert_eq!(keys(list).await, "a3 a4");
    let source = ArticleFilter {
        source: Some(times),
        after: at(-2),
        until: at(-1),
        ..everything()
    };
    assert_eq!(keys(source).await, "a1");
    let limit = ArticleFilter {
        limit: 2,
        ..everything()
    };
    assert_eq!(keys(limit).await, "a0 a1");

    let ids = [RevisionId(1), RevisionId(4), RevisionId(99)];
    let printed = store.revisions(&ids).await.expect("read");
    assert_eq!(printed.len(), 2);
    let four = &printed[&RevisionId(4)];
    assert_eq!(four.text, articles[3].article.text);
    assert_eq!(
        (four.source_name.as_str(), four.published),
        ("The argus", Some(at(-3)))
    );
    assert_eq!(store.revisions(&[]).await.expect("read"), BTreeMap::new());
}

#[tokio::test]
async fn thousands_of_articles_are_one_write() {
    let Fresh { store, .. } = &fresh().await;
    let id = add(store, "times", &[1]).await;
    let articles: Vec<Incoming> = (0..5000)
        .map(|n| {
            incoming(
                &format!("k{n}"),
                &format!("A headline with number {n}"),
                None,
            )
        })
        .collect();
    let done = store
        .articles_put(id, &articles, at(0))
        .await
        .expect("stored");
    assert_eq!((done.new, done.repeated), (5000, 0));
    assert!(done.new_ids.is_sorted());
    let done = store
        .articles_put(id, &articles, at(1))
        .await
        .expect("stored");
    assert_eq!(done.unchanged, 5000);
}

#[tokio::test]
async fn flights_know_what_their_placements_came_to() {
    let fresh = fresh().await;
    let store = &fresh.store;
    let sponsor = store
        .sponsor_add(&slug("bakery"), "The Bakery", at(0))
        .await;
    let sponsor = sponsor.expect("added");
    let twice = store.sponsor_add(&slug("bakery"), "x", at(0)).await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })));
    assert_eq!(store.sponsors().await.expect("read").len(), 1);
    let found = store.sponsor(&slug("bakery")).await.expect("there");
    assert_eq!((found.id, found.name.as_str()), (sponsor, "The Bakery"));
    let missing = store.sponsor(&slug("nobody")).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));

    let new = NewFlight {
        slots: vec![Slot::S1, Slot::S2],
        beside: vec![slug("food")],
        avoid: vec!["recall".to_owned()],
        ..NewFlight::sends((sponsor, ListId(1)), slug("spring"), 20, (at(0), at(24)))
    };
    let flight = store.flight_add(&new, at(0)).await.expect("added");
    let twice = store.flight_add(&new, at(0)).await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })));
    let creative = |size, text: &str| NewCreative {
        flight,
        size,
        headline: None,
        text: text.to_owned(),
        url: "https://bakery.example/".to_owned(),
        button: None,
        approved: true,
    };
    let large = creative(CreativeSize::L, "Warm rolls from six.");
    let small = creative(CreativeSize::Xs, "Warm rolls");
    for new in [&large, &small] {
        store.creative_add(new, at(0)).await.expect("added");
    }
    fresh
        .raw(
            "insert into creative values (3, 1, 'S', null, 'Old', 'https://b.example/', 0, 1, null, 0);
             insert into placement select value, 'S1', 1, 1, '' from json_each('[1,2,3,4,5,6,7,8,9]');
             insert into delivery (edition_id, subscriber_id, subscription_id, wave_id, digest_id, \
                address_hash, state, not_before_ms, deadline_ms, changed_ms) \
             select 1, key, 1, 1, key + 1, cast(key as blob), value, 0, 0, 0 from json_each(\
                '[\"planned\",\"leased\",\"deferred\",\"started\",\"uncertain\",\"accepted\",\
                  \"refused\",\"withheld\"]')",
        )
        .await;
    let flights = store.flights(Some(ListId(1))).await.expect("read");
    let ledger = FlightLedger {
        reserved: 3,
        committed: 2,
        delivered: 1,
    };
    let got = &flights[0];
    assert_eq!((got.ledger, got.remaining()), (ledger, 14));
    assert_eq!((&got.slots, &got.beside), (&new.slots, &new.beside));
    assert_eq!((&got.avoid, got.state), (&new.avoid, new.state));
    assert_eq!((got.starts_at, got.ends_at), (new.starts_at, new.ends_at));
    assert_eq!(got.sponsor_name, "The Bakery");
    let texts: Vec<&str> = got.creatives.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["Warm rolls", "Warm rolls from six."]);
    assert!(
        store
            .flights(Some(ListId(2)))
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(store.flights(None).await.expect("read").len(), 1);
    // Of letters whose edition is none of these days nothing is told.
    let (sends, beside) = store
        .sponsor_sends(sponsor, ("2000-01-01", "2000-01-01"))
        .await
        .expect("read");
    assert_eq!((sends.len(), beside.len()), (0, 0));
    let placed = store.edition_placements(EditionId(1)).await.expect("read");
    assert_eq!(placed.into_iter().collect::<Vec<_>>(), [(flight, 8)]);

    let ids = [CreativeId(1), CreativeId(3), CreativeId(9)];
    let creatives = store.creatives(&ids).await.expect("read");
    assert_eq!(
        creatives.len(),
        2,
        "retired ones are printed, unknown ones are not there"
    );
    assert_eq!(creatives[&CreativeId(1)].text, "Warm rolls from six.");
}
