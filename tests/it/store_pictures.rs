//! The store's contract for pictures, against a real database file.

use courant::domain::article::{
    ArticleText, Backlog, CanonicalUrl, CategoryMap, Image, NewArticle, SourceKind,
};
use courant::domain::picture::{Picture, PictureProblem, Rendition};
use courant::domain::slug::Slug;
use courant::domain::time::Timestamp;
use courant::domain::{ListId, RevisionId};
use courant::store::{Incoming, NewSource, Store};

use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T05:00:00Z";

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn minutes(n: i64) -> Timestamp {
    at(NOW) + jiff::SignedDuration::from_mins(n)
}

/// A list with a source whose articles have these pictures, each a minute older than the one before.
async fn fresh(pictures: &[Option<&str>], backlog: bool) -> (Folder, ListId) {
    let folder = Folder::new(NOW).await;
    let store = &folder.store;
    let list = store.list_add(&slug("times"), &[], at(NOW)).await;
    let list = list.expect("a list");
    let source = NewSource {
        slug: slug("wire"),
        name: "The Wire".to_owned(),
        kind: SourceKind::Feed,
        location: "http://10.1.1.1/feed".to_owned(),
        default_topic: None,
        default_language: None,
        categories: CategoryMap::default(),
        backlog: Backlog::All,
        private_network: true,
        interval_s: 600,
    };
    let source = store.source_add(&source, &[list], at(NOW)).await;
    let articles: Vec<Incoming> = (0..)
        .zip(pictures)
        .map(|(n, picture)| Incoming {
            article: article(n, *picture),
            backlog,
            labels: None,
        })
        .collect();
    let put = store
        .articles_put(source.expect("a source"), &articles, at(NOW))
        .await;
    assert_eq!(put.expect("stored").new, pictures.len());
    (folder, list)
}

fn article(n: i64, picture: Option<&str>) -> NewArticle {
    NewArticle {
        entry_key: n.to_string(),
        url: CanonicalUrl::parse(&format!("https://wire.example/{n}"), None).expect("a URL"),
        fragment: None,
        text: ArticleText {
            headline: format!("A headline of its own, number {n}"),
            summary: String::new(),
            byline: String::new(),
            image: picture.map(|url| Image {
                url: url.to_owned(),
                alt: String::new(),
            }),
            body: None,
            categories: Vec::new(),
        },
        published: Some(minutes(-n)),
        language: None,
        topics: Vec::new(),
        places: Vec::new(),
    }
}

fn made(url: &str, name: char) -> Picture {
    Picture {
        url: url.to_owned(),
        outcome: Ok(Rendition {
            sha256: name.to_string().repeat(64),
            width: 1_200,
            height: 800,
            bytes: 90_000,
        }),
        tries: 1,
        again: None,
    }
}

fn failed(url: &str, again: Option<Timestamp>) -> Picture {
    Picture {
        url: url.to_owned(),
        outcome: Err(PictureProblem {
            words: "it is empty".to_owned(),
            broken: true,
        }),
        tries: 2,
        again,
    }
}

async fn due(store: &Store, list: ListId, now: Timestamp, limit: usize) -> Vec<(String, u32)> {
    let due = store.pictures_due(list, minutes(-60), now, limit).await;
    let due = due.expect("read");
    assert!(
        due.iter()
            .all(|d| d.private_network && d.location == "http://10.1.1.1/feed")
    );
    due.into_iter().map(|d| (d.url, d.tries)).collect()
}

#[tokio::test]
async fn pictures_are_due_once_the_newest_first_and_again_when_they_failed() {
    let (a, b, c) = (
        "https://n.example/a",
        "https://n.example/b",
        "https://n.example/c",
    );
    let all = [Some(a), Some(b), None, Some(a), Some(c)];
    let (folder, list) = fresh(&all, false).await;
    let store = &folder.store;
    let first = |url: &str| (url.to_owned(), 0);
    let now = minutes(0);
    assert_eq!(
        due(store, list, now, 9).await,
        [first(a), first(b), first(c)]
    );
    assert_eq!(due(store, list, now, 1).await, [first(a)]);
    assert_eq!(due(store, ListId(99), now, 9).await, []);

    let again = minutes(4);
    let known = [made(a, 'a'), failed(b, Some(again)), failed(c, None)];
    store.pictures_record(&known, now).await.expect("recorded");
    assert_eq!(due(store, list, minutes(3), 9).await, []);
    assert_eq!(due(store, list, again, 9).await, [(b.to_owned(), 2)]);

    let named = store.pictures_of_list(list, minutes(-60)).await;
    let expected = known.map(|p| (p.url.clone(), Some(p)));
    assert_eq!(named.expect("read"), expected);
    let fewer = store.pictures_of_list(list, minutes(-1)).await;
    assert_eq!(fewer.expect("read").len(), 1);
}

#[tokio::test]
async fn a_rendition_is_never_replaced_and_only_forgotten_by_name() {
    let url = "https://n.example/a";
    let (folder, list) = fresh(&[Some(url), None], false).await;
    let store = &folder.store;
    let record = async |picture: Picture| {
        let done = store.pictures_record(&[picture], minutes(0)).await;
        done.expect("recorded");
    };
    let of = async || {
        let ids = [RevisionId(1), RevisionId(2), RevisionId(77)];
        store.pictures_of(&ids).await.expect("read")
    };
    assert!(of().await.is_empty());
    record(failed(url, None)).await;
    assert_eq!(of().await[&RevisionId(1)], failed(url, None));
    record(made(url, 'a')).await;
    for later in [made(url, 'b'), failed(url, None)] {
        record(later).await;
        assert_eq!(of().await[&RevisionId(1)], made(url, 'a'));
    }
    assert_eq!(of().await.len(), 1);
    let renditions = store.pictures_made(list, minutes(-60)).await.expect("read");
    assert_eq!(renditions, [(url.to_owned(), "a".repeat(64))]);
    let forget = ["https://n.example/other".to_owned(), url.to_owned()];
    store.pictures_forget(&forget).await.expect("forgotten");
    assert!(of().await.is_empty());
    assert_eq!(due(store, list, minutes(0), 9).await, [(url.to_owned(), 0)]);
}

#[tokio::test]
async fn backlog_has_no_pictures_to_make() {
    let (folder, list) = fresh(&[Some("https://n.example/a")], true).await;
    assert_eq!(due(&folder.store, list, minutes(0), 9).await, []);
}

#[tokio::test]
async fn a_rendition_is_let_go_when_no_late_wave_shows_it_and_no_article_names_it() {
    let named = "https://n.example/a";
    let (folder, list) = fresh(&[Some(named)], false).await;
    let store = &folder.store;
    let others = [
        "https://n.example/b",
        "https://n.example/c",
        "https://n.example/d",
    ];
    let known = [
        made(named, 'a'),
        made(others[0], 'b'),
        made(others[1], 'c'),
        made(others[2], 'c'),
    ];
    store
        .pictures_record(&known, minutes(0))
        .await
        .expect("recorded");
    let name = |c: char| c.to_string().repeat(64);
    // Made at 0; `b` is shown by a wave due at 50, which a later one of an earlier due does not undo.
    for due in [50, 20] {
        let shown = store.pictures_named(&[name('b')], minutes(due)).await;
        shown.expect("named");
    }
    let all = ['a', 'b', 'c', 'f'].map(name);
    let free = async |since: i64, after: i64| {
        let free = store
            .pictures_let_go(&all, minutes(since), minutes(after))
            .await;
        free.expect("let go")
    };
    assert_eq!(
        free(0, -60).await,
        [name('f')],
        "whatever is unknown is needed by nobody"
    );
    assert_eq!(free(40, -60).await, [name('c'), name('f')]);
    assert_eq!(free(51, -60).await, [name('b'), name('c'), name('f')]);
    let left = store.pictures_made(list, minutes(-60)).await.expect("read");
    assert_eq!(left, [(named.to_owned(), name('a'))]);
    assert_eq!(free(51, 0).await, all, "no article of the window names it");
    assert_eq!(
        due(store, list, minutes(0), 9).await,
        [(named.to_owned(), 0)]
    );
}
