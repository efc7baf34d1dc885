//! The store's side of pages: how a source's are cleaned, what they said, and what an editor sets.

use courant::domain::ArticleId;
use courant::domain::article::{CanonicalUrl, FetchState, PageFacts, Publisher};
use courant::store::{Cleaning, PageFetch, PageRow, StoreError};

use crate::support::paper::{Paper, after};

#[tokio::test]
async fn what_a_page_said_is_replaced_and_found_by_its_key() {
    let paper = Paper::daily().await;
    let store = paper.store();
    let source = store.sources(None).await.unwrap().remove(0);
    assert_eq!(
        store.source_cleaning(source.id).await.unwrap(),
        Cleaning::default()
    );
    let asked = FetchState {
        etag: Some("\"1\"".to_owned()),
        last_modified: Some("Mon, 23 Nov 2026 07:00:00 GMT".to_owned()),
        ..source.fetch.clone()
    };
    store.fetch_recorded(&source, &asked, None).await.unwrap();
    for full_text in [true, false] {
        let cleaning = Cleaning {
            rules: format!("# {full_text}"),
            full_text,
        };
        store
            .source_cleaning_set(source.id, &cleaning)
            .await
            .unwrap();
        assert_eq!(store.source_cleaning(source.id).await.unwrap(), cleaning);
    }
    // What it brought is read again by them, whatever it says of having changed.
    let after_it = store.source(&source.slug).await.unwrap().fetch;
    assert_eq!((after_it.etag, after_it.last_modified), (None, None));

    let article = store.article(ArticleId(1)).await.unwrap();
    assert_eq!(store.page_facts(article.id).await.unwrap(), None);
    let key = store
        .pages_read(source.id, &["none", article.url.as_str()])
        .await
        .unwrap();
    let (key, read) = key.into_iter().next().unwrap();
    assert_eq!(
        (&read.text, &read.url, &read.fetch),
        (&article.text, &article.url, &None)
    );
    assert_eq!(
        read.facts,
        PageFacts {
            words: 0,
            ..PageFacts::default()
        }
    );
    let mut row = PageRow {
        entry_key: key.clone(),
        facts: PageFacts {
            words: 1272,
            headings: vec!["A warning".to_owned()],
            contact: Some("a@n.example".to_owned()),
            publisher: Some(Publisher {
                domain: "n.example".to_owned(),
                name: Some("N".to_owned()),
                url: None,
            }),
            page_date: Some("2025-06-19".parse().unwrap()),
            reader_place: Some("Quay, XX".to_owned()),
            image_mark: Some("Pic:".to_owned()),
        },
        fetch: None,
    };
    let other = PageRow {
        entry_key: "none".to_owned(),
        ..row.clone()
    };
    store
        .pages_put(source.id, &[row.clone(), other])
        .await
        .unwrap();
    assert_eq!(
        store.page_facts(article.id).await.unwrap(),
        Some(row.facts.clone())
    );
    row.facts = PageFacts::default();
    row.fetch = Some(PageFetch {
        entry_sha: "ab".to_owned(),
        fetched: true,
        tries: 2,
    });
    store.pages_put(source.id, &[row.clone()]).await.unwrap();
    store.pages_put(source.id, &[]).await.unwrap();
    assert_eq!(
        store.page_facts(article.id).await.unwrap(),
        Some(PageFacts::default())
    );
    let read = store.pages_read(source.id, &[&key]).await.unwrap();
    assert_eq!(
        (&read[&key].fetch, &read[&key].facts),
        (&row.fetch, &row.facts)
    );
}

#[tokio::test]
async fn an_editor_says_when_and_where() {
    let paper = Paper::daily().await;
    let store = paper.store();
    let article = store.article(ArticleId(1)).await.unwrap();
    let long_ago = after(article.first_seen, -60 * 24 * 400);
    let set = store.article_published(article.id, long_ago, article.first_seen);
    set.await.unwrap();
    let url = CanonicalUrl::parse("https://else.example/1", None).unwrap();
    store.article_moved(article.id, &url).await.unwrap();
    let now = store.article_by_url(&url).await.unwrap();
    assert_eq!(
        (now.id, now.published, now.backlog),
        (article.id, Some(long_ago), false)
    );
    // It can be taken back, however often it was said.
    let again = store.article_published(article.id, article.first_seen, article.first_seen);
    again.await.unwrap();
    assert!(store.article_undated(article.id).await.unwrap());
    assert!(!store.article_undated(article.id).await.unwrap());
    let back = store.article(article.id).await.unwrap();
    assert_eq!(
        (back.published, back.backlog),
        (article.published, article.backlog)
    );
    let none = ArticleId(9_999);
    let missing = store.article_published(none, long_ago, long_ago).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));
    let missing = store.article_moved(none, &url).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));
}
