//! Grouping as the store keeps it: what joins, why, also with articles of before, and editors' word.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::article::{ArticleText, Backlog, CanonicalUrl, CategoryMap, NewArticle};
use courant::domain::article::{Source, SourceKind};
use courant::domain::slug::Slug;
use courant::domain::time::Timestamp;
use courant::domain::{ArticleId, StoryId, StoryWordId};
use courant::store::story_words::StoryWordKind;
use courant::store::{Incoming, NewSource, Store, StoreError};
use sqlx::Connection;

use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T08:00:00Z";
const FERRY: &str = "The ferry Nordlicht ran aground off the old pier of Nordhaven on Monday morning \
     with ninety people on board. Nobody was hurt, the harbour office said. Two tugs are on their way \
     and will try to pull her free when the water is high again in the evening.";
const ASHORE: &str = "Ninety people who were stuck on the Nordlicht near Nordhaven for a night are ashore \
     again: two tugs have pulled the ferry free from the sandbank at high water in the evening, said \
     the harbour office, and nobody was hurt.";
const COUNCIL: &str = "The council of Nordhaven has voted for a new tram line from the station to the \
     university, after a debate of seven hours. The opposition had asked for a vote of the citizens \
     first. Work is to begin next spring, the mayor said, and will take four years.";

struct Desk {
    folder: Folder,
    sources: Vec<Source>,
}

impl Desk {
    async fn new() -> Desk {
        let folder = Folder::new(NOW).await;
        let mut sources = Vec::new();
        for name in ["times", "post", "wire"] {
            let slug = Slug::parse(name).unwrap();
            let new = NewSource {
                name: name.to_owned(),
                slug: slug.clone(),
                kind: SourceKind::Import,
                location: String::new(),
                default_topic: None,
                default_language: None,
                categories: CategoryMap::default(),
                backlog: Backlog::All,
                private_network: false,
                interval_s: 3_600,
            };
            folder.store.source_add(&new, &[], at(NOW)).await.unwrap();
            sources.push(folder.store.source(&slug).await.unwrap());
        }
        Desk { folder, sources }
    }

    fn store(&self) -> &Store {
        &self.folder.store
    }

    /// Takes an article in; says which one it is and its story.
    async fn take(
        &self,
        source: usize,
        path: &str,
        title: &str,
        body: &str,
    ) -> (ArticleId, StoryId) {
        self.take_at(source, path, title, body, at(NOW)).await
    }

    async fn take_at(
        &self,
        source: usize,
        path: &str,
        title: &str,
        body: &str,
        now: Timestamp,
    ) -> (ArticleId, StoryId) {
        let source = &self.sources[source];
        let link = match path.contains("://") {
            true => path.to_owned(),
            false => format!("https://{}.example/{path}", source.slug),
        };
        let article = NewArticle {
            entry_key: link.clone(),
            url: CanonicalUrl::parse(&link, None).unwrap(),
            fragment: None,
            published: None,
            language: None,
            topics: Vec::new(),
            places: Vec::new(),
            text: ArticleText {
                headline: title.to_owned(),
                summary: String::new(),
                byline: String::new(),
                image: None,
                body: Some(body.to_owned()),
                categories: Vec::new(),
            },
        };
        let incoming = Incoming {
            article,
            backlog: false,
            labels: None,
        };
        let put = self.store().articles_put(source.id, &[incoming], now).await;
        let id = put.unwrap().new_ids[0];
        (id, self.store().article(id).await.unwrap().story)
    }

    async fn why(&self, article: ArticleId) -> String {
        let story = self.store().article(article).await.unwrap().story;
        self.store().story_told(story).await.unwrap()[&article]
            .by
            .clone()
    }
}

#[tokio::test]
async fn copies_and_retellings_join_with_their_reason() {
    let desk = Desk::new().await;
    let (first, story) = desk.take(0, "1", "Ferry aground at Nordhaven", FERRY).await;
    let (_, council) = desk.take(0, "2", "Council votes for tram", COUNCIL).await;
    assert_ne!(story, council);
    let (copy, same) = desk
        .take(1, "a", "Nordlicht stuck on sandbank", FERRY)
        .await;
    assert_eq!(same, story);
    let retold = "Ninety people are waiting on the Nordlicht, a ferry that is stuck near Nordhaven: tugs \
         will try to free her at high water, according to the harbour office.";
    let (told, same) = desk
        .take(2, "b", "Ferry Nordlicht stuck at Nordhaven", retold)
        .await;
    assert_eq!(same, story);
    let moved = "http://www.times.example/1/amp";
    let (page, same) = desk
        .take(1, moved, "Another headline altogether", "Other text")
        .await;
    assert_eq!(same, story);
    let mut why = Vec::new();
    for article in [first, copy, told, page] {
        why.push(desk.why(article).await);
    }
    assert_eq!(why, ["new", "copy", "cluster", "url"]);
    // Weeks later the same words are another story's.
    let later = at("2026-12-31T08:00:00Z");
    let (_, other) = desk
        .take_at(1, "c", "Nordlicht stuck again", FERRY, later)
        .await;
    assert_ne!(other, story);
    let since = at("2026-11-24T00:00:00Z");
    let listed = desk.store().stories(None, since, 2, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    let shown = &listed[0];
    assert_eq!((shown.story, shown.articles, shown.sources), (story, 4, 3));
    assert_eq!(shown.headline, "Ferry aground at Nordhaven");
}

#[tokio::test]
async fn articles_of_before_and_changed_texts_are_found_too() {
    let desk = Desk::new().await;
    let (_, story) = desk.take(0, "1", "Ferry aground at Nordhaven", FERRY).await;
    let (_, council) = desk
        .take(0, "2", "Council votes for tram", "Soon more.")
        .await;
    // As a database of before has it.
    let url = format!("sqlite://{}", desk.store().path().display());
    let mut side = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for sql in [
        "delete from story_key",
        "update article set filed = 0, page = null",
    ] {
        sqlx::query(sql).execute(&mut side).await.unwrap();
    }
    let (_, same) = desk
        .take(1, "a", "Nordlicht stuck on sandbank", FERRY)
        .await;
    assert_eq!(same, story);
    // A text that came with a later visit.
    let source = &desk.sources[0];
    let of = desk.store().story_articles(council).await.unwrap();
    let mut article = NewArticle {
        entry_key: "https://times.example/2".to_owned(),
        url: of[0].url.clone(),
        fragment: None,
        published: None,
        language: None,
        topics: Vec::new(),
        places: Vec::new(),
        text: of[0].text.clone(),
    };
    article.text.body = Some(COUNCIL.to_owned());
    let incoming = Incoming {
        article,
        backlog: false,
        labels: None,
    };
    let put = desk
        .store()
        .articles_put(source.id, &[incoming], at(NOW))
        .await;
    assert_eq!(put.unwrap().revised, 1);
    let (copy, same) = desk.take(2, "c", "Tram line is decided", COUNCIL).await;
    assert_eq!((same, desk.why(copy).await.as_str()), (council, "copy"));
}

#[tokio::test]
async fn an_editors_merge_and_split_stay() {
    let desk = Desk::new().await;
    let (ferry, story) = desk.take(0, "1", "Ferry aground at Nordhaven", FERRY).await;
    let (tram, council) = desk.take(0, "2", "Council votes for tram", COUNCIL).await;
    let store = desk.store();
    let later = at("2026-11-25T09:00:00Z");
    let moved = store.story_merge(&[story, council], "ada", later).await;
    assert_eq!(moved.unwrap(), [tram]);
    assert_eq!(desk.why(tram).await, "merged by ada");
    assert_eq!(desk.why(ferry).await, "new");
    // What comes in of either joins the one.
    let (_, same) = desk.take(1, "a", "Tram line is decided", COUNCIL).await;
    assert_eq!(same, story);
    let split = store
        .story_split(story, &[tram], "ada", later)
        .await
        .unwrap();
    assert!(split != story && split != council);
    assert_eq!(desk.why(tram).await, "split by ada");
    let missing = |e: StoreError| matches!(e, StoreError::NotFound { .. });
    for articles in [vec![], vec![tram], vec![ferry, ArticleId(999)]] {
        let none = store.story_split(story, &articles, "ada", later).await;
        assert!(none.is_err_and(missing), "{articles:?}");
    }
    let all: Vec<ArticleId> = store
        .story_articles(story)
        .await
        .unwrap()
        .iter()
        .map(|a| a.id)
        .collect();
    let none = store.story_split(story, &all, "ada", later).await;
    assert!(none.is_err_and(missing), "something has to stay");
    let none = store
        .story_merge(&[story, StoryId(999)], "ada", later)
        .await;
    assert!(none.is_err_and(missing));
    assert_eq!(store.story_merge(&[], "ada", later).await.unwrap(), []);
    // The same once more changes nothing.
    assert_eq!(store.story_merge(&[story], "ada", later).await.unwrap(), []);
    let words = store.story_words(story).await.unwrap();
    let said: Vec<_> = words
        .iter()
        .map(|w| (w.kind, w.story, w.other, w.undone))
        .collect();
    let expected = [
        (StoryWordKind::Merge, story, council, false),
        (StoryWordKind::Split, story, split, false),
    ];
    assert_eq!(said, expected);
    assert!(
        words
            .iter()
            .all(|w| w.articles == [tram] && w.by == "ada" && w.at == later)
    );
}

#[tokio::test]
async fn a_word_is_taken_back_with_what_came_by_it() {
    let desk = Desk::new().await;
    let (ferry, story) = desk.take(0, "1", "Ferry aground at Nordhaven", FERRY).await;
    let (tram, council) = desk.take(0, "2", "Council votes for tram", COUNCIL).await;
    let store = desk.store();
    let minutes = |n: i64| at(NOW) + jiff::SignedDuration::from_mins(n);
    store
        .story_merge(&[story, council], "ada", minutes(1))
        .await
        .unwrap();
    let edited = COUNCIL.replace("seven hours", "eight hours");
    let late = |path, text| desk.take_at(1, path, "Tram line is decided", text, minutes(2));
    let (copy, same) = late("a", &edited).await;
    assert_eq!(same, story);
    let told = &store.story_told(story).await.unwrap()[&copy];
    assert_eq!((told.by.as_str(), told.of), ("copy", Some(tram)));
    assert!(told.share.is_some_and(|share| share > 700), "{told:?}");

    let word = store.story_words(story).await.unwrap()[0].id;
    let planned = store.story_return(word).await.unwrap();
    assert_eq!((planned.from, planned.to), (story, council));
    assert_eq!(
        (planned.back.as_slice(), planned.along.as_slice()),
        (&[tram][..], &[copy][..])
    );
    assert_eq!(
        store.story_undo(word, "bob", minutes(3)).await.unwrap(),
        planned
    );
    for article in [tram, copy] {
        assert_eq!(store.article(article).await.unwrap().story, council);
        assert_eq!(desk.why(article).await, "merge undone by bob");
    }
    assert_eq!(desk.why(ferry).await, "new");
    let missing = |e: StoreError| matches!(e, StoreError::NotFound { .. });
    assert!(store.story_return(word).await.is_err_and(missing), "once");
    assert!(
        store
            .story_undo(StoryWordId(99), "bob", minutes(3))
            .await
            .is_err_and(missing)
    );
    let words = store.story_words(council).await.unwrap();
    assert_eq!((words[0].undone, words[1].undoes), (true, Some(word)));

    // What another word has moved since stays where it is.
    let apart = store
        .story_split(council, &[copy], "ada", minutes(4))
        .await
        .unwrap();
    store
        .story_merge(&[story, apart], "ada", minutes(5))
        .await
        .unwrap();
    let split = store.story_words(apart).await.unwrap();
    let split = split
        .iter()
        .rev()
        .find(|w| w.kind == StoryWordKind::Split)
        .unwrap();
    let back = store.story_undo(split.id, "ada", minutes(6)).await.unwrap();
    assert_eq!((back.back, back.elsewhere), (vec![], vec![copy]));
    assert_eq!(store.article(copy).await.unwrap().story, story);
}

#[tokio::test]
async fn what_was_split_stays_apart_for_what_comes() {
    let desk = Desk::new().await;
    let title = "What happened in Nordhaven today";
    let (ferry, story) = desk.take(0, "1", title, FERRY).await;
    let (tram, same) = desk.take(1, "2", title, ASHORE).await;
    assert_eq!(same, story, "one headline");
    let store = desk.store();
    let apart = store
        .story_split(story, &[ferry], "ada", at(NOW))
        .await
        .unwrap();
    // Copies with that headline, which is the other side's too, and one that comes weeks later.
    let (_, copy) = desk
        .take(2, "a", title, &FERRY.replace("Nobody", "No one"))
        .await;
    assert_eq!(copy, apart);
    let (_, copy) = desk
        .take(2, "b", title, &ASHORE.replace("two", "three"))
        .await;
    assert_eq!(copy, story);
    let weeks = at("2026-12-13T08:00:00Z");
    let later = FERRY.replace("ninety", "eighty");
    let (_, copy) = desk.take_at(1, "c", "Ferry refloated", &later, weeks).await;
    assert_eq!(copy, apart);
    // Once it is taken back, the headline is enough again.
    let word = store.story_words(story).await.unwrap()[0].id;
    store.story_undo(word, "ada", at(NOW)).await.unwrap();
    assert_eq!(store.article(ferry).await.unwrap().story, story);
    assert_eq!(store.article(tram).await.unwrap().story, story);
}

#[tokio::test]
async fn a_storys_texts_and_origins_are_read() {
    let desk = Desk::new().await;
    let (ferry, story) = desk.take(0, "1", "Ferry aground at Nordhaven", FERRY).await;
    let (copy, _) = desk
        .take(1, "a", "Nordlicht stuck on sandbank", FERRY)
        .await;
    let store = desk.store();
    let texts = store.texts_of_story(story).await.unwrap();
    assert_eq!(texts.keys().copied().collect::<Vec<_>>(), [ferry, copy]);
    assert!(texts.values().all(|texts| texts.len() == 1));
    let origins = store.story_origins(&[story]).await.unwrap();
    let hosts: Vec<_> = origins
        .iter()
        .map(|(s, o)| (*s, o.article, o.host.as_str()))
        .collect();
    assert_eq!(
        hosts,
        [
            (story, ferry, "times.example"),
            (story, copy, "post.example")
        ]
    );
    // Nothing was planned, so nobody was brought any of it.
    let sides = texts.values().flatten().map(|text| (*text, 0)).collect();
    let reach = store
        .texts_brought(&sides, at("2026-01-01T00:00:00Z"))
        .await
        .unwrap();
    assert!(reach.editions.is_empty() && reach.people.is_empty());
    let list = courant::domain::ListId(999);
    let none = store
        .stories(Some(list), at("2026-01-01T00:00:00Z"), 1, 10)
        .await;
    assert_eq!(none.unwrap(), []);
}
