//! What a reader was sent does not come again, whatever becomes of an article's text, its page, its
//! story or its list's name; lists that share the memory keep to it together; and the memory that
//! benches write in bulk is the one that plans leave.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use courant::domain::article::{ArticleText, CanonicalUrl, NewArticle};
use courant::domain::due::Due;
use courant::domain::subscriber::NewSubscription;
use courant::domain::time::{CronExpr, Timestamp};
use courant::domain::{ArticleId, EditionId, ListId, SourceId, StoryId, SubscriptionId};
use courant::store::memory::{Moment, Remembering};
use courant::store::{Incoming, Store};
use sqlx::Connection;

use crate::support::binary::courant;
use crate::support::paper::{ARTICLES, Paper, after, imported, slug};

#[expect(dead_code, reason = "what the bench alone needs")]
#[path = "../../benches/parts/readership.rs"]
mod readership;

const DAY: i64 = 24 * 60;

/// A reader who was sent the first issue of a paper that looks back for days.
struct Morning {
    paper: Paper,
    reader: SubscriptionId,
    sent: Vec<ArticleId>,
}

impl Morning {
    async fn new() -> Morning {
        let paper = Paper::daily().await;
        for (key, value) in [
            ("window_hours", "96"),
            ("updates", "0"),
            ("source_cap", "0"),
            ("stories_min", "1"),
        ] {
            paper
                .store()
                .list_set(paper.list, key, value)
                .await
                .unwrap();
        }
        let reader = paper.readers(&["anna@reader.example"]).await[0];
        let edition = paper.plan().await;
        paper.arrive().await;
        let sent = paper.picks(edition.id, reader).await;
        assert_eq!(sent.len(), 5);
        Morning {
            paper,
            reader,
            sent,
        }
    }

    /// What the next day's letter brings.
    async fn next(&self) -> Vec<ArticleId> {
        let planned = self.paper.plan_at(after(self.paper.now, DAY)).await;
        let edition = planned[0].edition.id;
        assert_eq!(planned[0].digests, 1, "there is a letter");
        self.paper.picks(edition, self.reader).await
    }

    /// The next letter brings nothing of what was sent, and not these.
    async fn brings_nothing_twice(&self, known: &[ArticleId]) {
        let next = self.next().await;
        let twice = next
            .iter()
            .find(|a| self.sent.contains(a) || known.contains(a));
        assert_eq!(twice, None, "{next:?} after {:?}", self.sent);
    }

    async fn article(&self, id: ArticleId) -> courant::domain::article::Article {
        self.paper.store().article(id).await.unwrap()
    }

    /// Takes articles in from the paper's own source or another one.
    async fn take(&self, source: SourceId, url: &str, key: &str, text: ArticleText) {
        let now = after(self.paper.now, DAY - 30);
        let incoming = Incoming {
            article: NewArticle {
                entry_key: key.to_owned(),
                url: CanonicalUrl::parse(url, None).expect("a URL"),
                fragment: None,
                text,
                published: Some(after(self.paper.now, -60)),
                language: Some("en".to_owned()),
                topics: Vec::new(),
                places: Vec::new(),
            },
            backlog: false,
            labels: None,
        };
        let incoming = [incoming];
        let put = self.paper.store().articles_put(source, &incoming, now);
        put.await.expect("stored");
    }

    async fn wire(&self, name: &str) -> SourceId {
        let source = imported(name, name);
        let lists = [self.paper.list];
        let added = self
            .paper
            .store()
            .source_add(&source, &lists, self.paper.now);
        added.await.expect("a source")
    }

    async fn newest(&self) -> ArticleId {
        let url = CanonicalUrl::parse("https://other.example/copy", None).expect("a URL");
        self.paper.store().article_by_url(&url).await.unwrap().id
    }

    /// An article that was not sent yet.
    async fn unsent(&self) -> ArticleId {
        let mut all = (1..=ARTICLES as i64).map(ArticleId);
        all.rfind(|a| !self.sent.contains(a)).expect("one")
    }

    /// An article tells another story from now on.
    async fn moves(&self, article: ArticleId, story: StoryId) {
        let url = format!("sqlite://{}", self.paper.store().path().display());
        let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opens");
        for statement in [
            "insert into story (story_id, created_ms) values ($2, $1) on conflict (story_id) do nothing",
            "update article set story_id = $2 where article_id = $1",
        ] {
            let done = sqlx::query(statement).bind(article.0).bind(story.0);
            done.execute(&mut db).await.expect("moved");
        }
        db.close().await.expect("closes");
    }
}

// --- what a memory survives -----------------------------------------------------------------------

#[tokio::test]
async fn an_edited_text_and_a_moved_page_are_the_same_story() {
    let morning = Morning::new().await;
    let [edited, moved] = [morning.sent[0], morning.sent[1]];
    let article = morning.article(edited).await;
    let text = ArticleText {
        summary: format!("{} Corrected.", article.text.summary),
        ..article.text.clone()
    };
    let url = article.url.as_str();
    morning.take(article.source, url, url, text).await;
    let changed = morning.article(edited).await;
    assert_ne!(changed.revision, article.revision, "another text");

    let article = morning.article(moved).await;
    let (there, key) = ("https://wire.example/moved/there", article.url.as_str());
    morning
        .take(article.source, there, key, article.text.clone())
        .await;
    assert_eq!(morning.article(moved).await.url.as_str(), there);
    morning.brings_nothing_twice(&[]).await;
}

#[tokio::test]
async fn tracking_parameters_and_copies_of_other_sources_are_the_same_story() {
    let morning = Morning::new().await;
    let other = morning.wire("other").await;
    let [tracked, copied] = [morning.sent[2], morning.sent[3]];
    let article = morning.article(tracked).await;
    let url = format!("{}?utm_source=feed&utm_medium=rss", article.url.as_str());
    morning
        .take(other, &url, "tracked", article.text.clone())
        .await;

    let article = morning.article(copied).await;
    let copy = ArticleText {
        summary: format!("{} Told again by somebody else.", article.text.summary),
        ..article.text.clone()
    };
    morning
        .take(other, "https://other.example/copy", "copy", copy)
        .await;
    let copy = morning.article(morning.newest().await).await;
    assert_eq!(copy.story, article.story);
    morning.brings_nothing_twice(&[copy.id]).await;
}

#[tokio::test]
async fn what_editors_merge_with_a_sent_story_was_sent() {
    let morning = Morning::new().await;
    let unsent = morning.unsent().await;
    let story = morning.article(morning.sent[4]).await.story;
    morning.moves(unsent, story).await;
    morning.brings_nothing_twice(&[unsent]).await;
}

#[tokio::test]
async fn a_sent_article_stays_sent_when_its_story_is_split_and_the_rest_may_come() {
    let morning = Morning::new().await;
    let [merged, sent] = [morning.unsent().await, morning.sent[0]];
    let story = morning.article(sent).await.story;
    let own = morning.article(merged).await.story;
    morning.moves(merged, story).await;
    morning.moves(sent, StoryId(9000)).await;
    let next = morning.next().await;
    assert!(!next.contains(&sent), "its text was sent: {next:?}");
    // What is left of the story was not sent; nor is it lost with the part that was.
    morning.paper.arrive().await;
    morning.moves(merged, own).await;
    let later = morning
        .paper
        .plan_at(after(morning.paper.now, 2 * DAY))
        .await;
    let later = morning
        .paper
        .picks(later[0].edition.id, morning.reader)
        .await;
    assert!(
        next.contains(&merged) != later.contains(&merged),
        "{next:?} {later:?}"
    );
}

#[tokio::test]
async fn a_list_keeps_its_memory_under_another_name() {
    let morning = Morning::new().await;
    morning.paper.sql("update list set slug = 'gazette'").await;
    morning.brings_nothing_twice(&[]).await;
}

#[tokio::test]
async fn what_is_forgotten_may_come_again_and_a_replay_forgets_the_same() {
    let morning = Morning::new().await;
    let (paper, store) = (&morning.paper, morning.paper.store());
    store
        .list_set(paper.list, "memory_days", "1")
        .await
        .unwrap();
    store
        .list_set(paper.list, "window_hours", "720")
        .await
        .unwrap();
    let planned = paper.plan_at(after(paper.now, DAY)).await;
    assert_eq!(planned[0].digests, 1);
    paper.arrive().await;
    let planned = paper.plan_at(after(paper.now, 2 * DAY)).await;
    let edition = &planned[0].edition;
    let third = paper.picks(edition.id, morning.reader).await;
    assert!(third.iter().any(|a| morning.sent.contains(a)), "{third:?}");
    let explained = paper
        .press()
        .explain(edition, morning.reader)
        .await
        .unwrap();
    assert!(explained.agrees, "the replay has the same memory");
}

#[tokio::test]
async fn a_clock_that_is_set_back_leaves_the_order_of_plans_as_it_was() {
    let morning = Morning::new().await;
    let (paper, press) = (&morning.paper, morning.paper.press());
    let first = paper.edition().await.unwrap();
    let first = paper.store().edition(first).await.unwrap();
    // The second plan stands an hour before the first one by the clock.
    let (as_of, earlier) = (after(paper.now, DAY), after(paper.now, -60));
    let waves = paper.store().due_waves(after(as_of, 10)).await.unwrap();
    let second = press.plan(&waves[0], as_of, earlier).await.unwrap().edition;
    let brought = paper.picks(second.id, morning.reader).await;
    assert!(
        brought.iter().all(|a| !morning.sent.contains(a)),
        "{brought:?}"
    );
    for edition in [&first, &second] {
        let explained = press.explain(edition, morning.reader).await.unwrap();
        assert!(
            explained.agrees,
            "{} replays as it was planned",
            edition.run
        );
    }
    let digest = |edition| paper.store().digest_of(edition, morning.reader);
    let [one, two] = [digest(first.id).await, digest(second.id).await];
    assert!(one.unwrap().unwrap().at < two.unwrap().unwrap().at);
}

// --- lists that share it --------------------------------------------------------------------------

/// Two lists of one paper, the second due five minutes after the first, and one person on both.
struct Two {
    paper: Paper,
    other: ListId,
    readers: [SubscriptionId; 2],
}

impl Two {
    async fn new(memory: [&str; 2]) -> Two {
        let paper = Paper::daily().await;
        let store = paper.store();
        let settings = [
            ("name", "The Review"),
            ("sender_address", "review@times.example"),
            ("postal_address", "1 Quay Street, Harbour"),
            ("operators", "desk@times.example"),
            ("stories", "5"),
            ("source_cap", "0"),
            ("memory", memory[1]),
        ];
        let settings = settings.map(|(key, value)| (key, value.to_owned()));
        let other = store
            .list_add(&slug("review"), &settings, paper.now)
            .await
            .unwrap();
        let expr = CronExpr::parse("5 7 * * *").unwrap();
        store
            .cadence_add(other, &slug("daily"), &expr, paper.now)
            .await
            .unwrap();
        let cadence = store.cadence(other, &slug("daily")).await.unwrap();
        for (key, value) in [("memory", memory[0]), ("source_cap", "0")] {
            store.list_set(paper.list, key, value).await.unwrap();
        }
        let source = store.source(&slug("story")).await.unwrap();
        let both = [paper.list, other];
        store.source_lists_set(source.id, &both).await.unwrap();
        let first = paper.new_reader("anna@reader.example");
        let second = NewSubscription {
            list: other,
            cadence: cadence.id,
            due: Some(Due {
                at: after(paper.due, 5),
                run: paper.run(),
                cadence: cadence.id,
            }),
            ..first.clone()
        };
        let mut readers = [SubscriptionId(0); 2];
        for (reader, new) in readers.iter_mut().zip([first, second]) {
            *reader = store.subscriber_add(&new, false, paper.now).await.unwrap();
        }
        Two {
            paper,
            other,
            readers,
        }
    }

    /// Plans both, one after the other in the same millisecond; their picks.
    async fn plan(&self) -> [Vec<ArticleId>; 2] {
        let planned = self.paper.plan_at(after(self.paper.now, 5)).await;
        let editions: Vec<_> = planned.iter().map(|p| &p.edition).collect();
        assert_eq!(editions.len(), 2);
        let mut picks = [Vec::new(), Vec::new()];
        for (n, edition) in editions.iter().enumerate() {
            let reader = self.readers[n];
            picks[n] = self.paper.picks(edition.id, reader).await;
            let explained = self.paper.press().explain(edition, reader).await.unwrap();
            assert!(explained.agrees, "list {n} replays as it was planned");
        }
        picks
    }
}

#[tokio::test]
async fn lists_that_share_a_memory_send_a_person_nothing_twice_even_before_it_left() {
    let two = Two::new(["shared", "shared"]).await;
    let [first, second] = two.plan().await;
    assert_eq!((first.len(), second.len()), (5, 5));
    assert!(
        second.iter().all(|a| !first.contains(a)),
        "{first:?} {second:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lists_that_share_a_memory_and_are_planned_at_once_send_a_person_nothing_twice() {
    for _ in 0..4 {
        let two = Two::new(["shared", "shared"]).await;
        let (paper, now) = (&two.paper, after(two.paper.now, 5));
        let waves = paper.store().due_waves(after(paper.due, 30)).await.unwrap();
        assert_eq!(waves.len(), 2);
        let plan = |wave| {
            let press = paper.press();
            tokio::spawn(async move { press.plan(&wave, now, now).await.unwrap() })
        };
        let plans: Vec<_> = waves.into_iter().map(plan).collect();
        let mut picks = BTreeSet::new();
        for (plan, reader) in plans.into_iter().zip(two.readers) {
            let edition = plan.await.unwrap().edition;
            picks.extend(paper.picks(edition.id, reader).await);
            let explained = paper.press().explain(&edition, reader).await.unwrap();
            assert!(explained.agrees);
        }
        assert_eq!(picks.len(), 10, "five each, none in both");
    }
}

#[tokio::test]
async fn a_list_that_does_not_share_it_repeats_what_the_other_sent() {
    for memory in [["own", "own"], ["own", "shared"], ["shared", "own"]] {
        let two = Two::new(memory).await;
        let [first, second] = two.plan().await;
        assert_eq!(first, second, "{memory:?}");
    }
}

#[tokio::test]
async fn memory_is_read_by_slices_as_a_replay_reads_it() {
    let two = Two::new(["shared", "shared"]).await;
    two.plan().await;
    let (store, paper): (&Store, &Paper) = (two.paper.store(), &two.paper);
    let of = |list, other| Remembering {
        list,
        shares: vec![other],
        since: Timestamp::UNIX_EPOCH,
    };
    let moment = Moment {
        at: after(paper.now, 60),
        edition: EditionId(0),
        digest: None,
    };
    // The first list's own letter is still open: a plan of that list would overtake it.
    for (n, of, open) in [
        (0, of(paper.list, two.other), 5),
        (1, of(two.other, paper.list), 5),
    ] {
        let reader = two.readers[n];
        let replayed = store.memory_before(reader, &of, moment).await.unwrap();
        assert_eq!(replayed.len(), 10, "both letters");
        let texts = replayed.iter().map(|s| s.revision);
        let recall = store.recall(&of, texts).await.unwrap();
        let sent = store.memory(&recall, &[reader]).await.unwrap();
        assert_eq!(sent[&reader].len(), 10 - open, "list {n}");
        assert!(sent[&reader].iter().all(|s| replayed.contains(s)));
    }
    let brought = store.memory_of(two.readers[0]).await.unwrap();
    assert_eq!((brought.len(), brought[0].texts.len()), (1, 5));
}

// --- what a person may see of it ------------------------------------------------------------------

#[tokio::test]
async fn a_persons_memory_can_be_shown() {
    let morning = Morning::new().await;
    let home = morning.paper.folder.path();
    morning.paper.store().close().await;
    let args = ["subscriber", "memory", "anna@reader.example"];
    let (code, table, _) = courant(home, &args);
    assert_eq!((code, table.lines().count() >= 6), (0, true), "{table}");
    assert!(table.contains("https://wire.example/story/"), "{table}");
    let (code, said, _) = courant(home, &[&args[..], &["--list", "times", "--json"]].concat());
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(said[0]["run"], "2026-11-25");
    assert_eq!(said[0]["letter"], "accepted");
    let stories = said[0]["stories"].as_array().expect("stories");
    let mut shown: Vec<i64> = stories
        .iter()
        .filter_map(|s| s["article"].as_i64())
        .collect();
    let mut sent: Vec<i64> = morning.sent.iter().map(|a| a.0).collect();
    shown.sort_unstable();
    sent.sort_unstable();
    assert_eq!(shown, sent);
    let (code, _, hint) = courant(home, &["subscriber", "memory", "bo@reader.example"]);
    assert_eq!((code, hint.contains("hint:")), (1, true), "{hint}");
}

// --- in bulk --------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn memory_written_in_bulk_is_the_one_that_plans_leave() {
    let folder = tempfile::tempdir().expect("a folder");
    let size = readership::Size {
        readers: 500,
        candidates: 240,
        days: 3,
    };
    let [bulk, planned] = readership::both_ways(folder.path(), size).await;
    assert_eq!(bulk.len(), planned.len());
    let differs = bulk.iter().zip(&planned).find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert!(bulk.len() > 1000, "{} rows", bulk.len());
}
