//! What everybody may read: the front page, a list's page, its archive and feed, over a real socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::article::TopicWeight;
use courant::domain::edition::Edition;
use courant::domain::{ArticleId, SubscriptionId};
use courant::ingest::parse::{ParsedFeed, parse_feed};
use courant::store::amendments::Said;
use reqwest::{Method, StatusCode};

use crate::support::pages::Pages;
use crate::support::paper::{Paper, after, slug};

/// A paper whose first edition has left: to somebody who follows nothing, and to somebody with wishes
/// of their own.
async fn sent(archive: &str) -> (Pages, Edition, Vec<SubscriptionId>) {
    let paper = Paper::daily().await;
    let store = paper.store();
    for (key, value) in [
        ("archive", archive),
        ("tagline", "From <the> water & up"),
        ("language", "en"),
    ] {
        store.list_set(paper.list, key, value).await.unwrap();
    }
    let mut ids = paper.readers(&["general@reader.example"]).await;
    let mut new = paper.new_reader("sporty@reader.example");
    store
        .topic_add(&slug("sport"), "Sport & Play")
        .await
        .unwrap();
    new.terms.topics = vec![TopicWeight {
        topic: slug("sport"),
        weight: 900,
    }];
    ids.push(store.subscriber_add(&new, false, paper.now).await.unwrap());
    let edition = paper.plan().await;
    paper.arrive().await;
    (Pages::real(paper).await, edition, ids)
}

/// Puts into the archive what belongs there.
async fn publish(pages: &Pages, minutes: i64) -> u64 {
    let at = after(pages.paper.now, minutes);
    let (made, failed) = pages.paper.press().publish(at).await.unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    made
}

const ISSUE: &str = "/list/times/archive/daily-2026-11-25";

#[tokio::test]
async fn an_issue_is_the_general_one_and_has_nothing_of_a_reader_in_it() {
    let (pages, edition, ids) = sent("public").await;
    assert_eq!(
        publish(&pages, 0).await,
        0,
        "the list's own time is to come"
    );
    assert_eq!(pages.get(ISSUE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(publish(&pages, 15).await, 1);
    assert_eq!(publish(&pages, 15).await, 0, "once");
    let page = pages.get(ISSUE).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let store = pages.paper.store();
    let issue = store.issue(pages.paper.list, "daily-2026-11-25").await;
    let picks: Vec<ArticleId> = issue
        .unwrap()
        .unwrap()
        .picks
        .iter()
        .map(|p| p.article)
        .collect();
    assert_eq!(picks, pages.paper.picks(edition.id, ids[0]).await);
    assert_ne!(picks, pages.paper.picks(edition.id, ids[1]).await);
    for word in [
        "/u/",
        "/p/",
        "/v/",
        "Unsubscribe",
        "you follow",
        "reader.example",
    ] {
        assert!(!page.text.contains(word), "{word}: {}", page.text);
    }
    for word in [
        "of the harbour",
        "An issue of The Times as everybody may read it",
        "/list/times\"",
        "/list/times/archive\"",
        "All issues",
    ] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.contains("img-src 'self';"), "{policy}");
    assert!(
        !page.text.contains("<img "),
        "pictures are their publishers'"
    );
}

#[tokio::test]
async fn what_is_seen_of_a_list_is_as_it_is_set() {
    let paths = ["/list/times/archive", "/list/times/atom.xml", ISSUE];
    for (archive, status, robots) in [
        ("public", 200, "all"),
        ("unlisted", 200, "noindex, nofollow"),
        ("off", 404, "noindex, nofollow"),
    ] {
        let (pages, ..) = sent(archive).await;
        let made = u64::from(archive != "off");
        assert_eq!(publish(&pages, 15).await, made, "{archive}");
        for path in paths {
            let page = pages.get(path).await;
            assert_eq!(page.status.as_u16(), status, "{archive} {path}");
            assert_eq!(page.header("x-robots-tag"), robots, "{archive} {path}");
        }
        let front = pages.get("/").await;
        let linked = front.text.contains("href=\"&#x2f;list&#x2f;times\"");
        assert_eq!(linked, archive != "unlisted", "{archive}: {}", front.text);
        let list = pages.get("/list/times").await;
        assert_eq!(list.status, StatusCode::OK, "{archive}");
        assert!(list.text.contains("&#x2f;join&#x2f;times"), "{}", list.text);
        assert!(
            list.text.contains("From &lt;the&gt; water &amp; up"),
            "{}",
            list.text
        );
        assert_eq!(list.text.contains("Latest issues"), archive != "off");
        assert_eq!(list.text.contains("of the harbour"), archive != "off");
        let robots = pages.get("/robots.txt").await.text;
        assert!(robots.ends_with("Disallow: /\n"), "{robots}");
        let named = robots.contains("Allow: /list/times$\nAllow: /list/times/\n");
        assert_eq!(named, archive == "public", "{robots}");
        // Without anything to join either, it has no page.
        let store = pages.paper.store();
        let closed = store.list_set(pages.paper.list, "signup", "closed");
        closed.await.unwrap();
        let list = pages.get("/list/times").await;
        assert_eq!(list.status.as_u16(), status, "{archive}");
        assert!(
            !list.text.contains("&#x2f;join&#x2f;times"),
            "{}",
            list.text
        );
    }
    let (pages, ..) = sent("public").await;
    for path in [
        "/list/nowhere",
        "/list/",
        "/list/x%2Fy/archive",
        "/list/times/archive/x",
    ] {
        assert_eq!(
            pages.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_editors_said_since_is_shown_everywhere_and_what_they_withdrew_is_not() {
    let (pages, edition, ids) = sent("public").await;
    publish(&pages, 15).await;
    let store = pages.paper.store();
    let picks = pages.paper.picks(edition.id, ids[0]).await;
    let before = pages.get(ISSUE).await;
    let lead = store.article(picks[0]).await.unwrap();
    let summary = lead.text.summary.as_str();
    assert!(before.text.contains(summary));
    let said = Said {
        article: picks[0],
        by: Some("mia"),
        reason: Some("There was no such berth."),
    };
    let at = after(pages.paper.due, 60);
    store.article_withdraw(said, &[], at).await.unwrap();
    let after = pages.get(ISSUE).await;
    assert!(
        after.text.contains("There was no such berth."),
        "{}",
        after.text
    );
    assert!(!after.text.contains(summary), "{}", after.text);
    assert_ne!(before.header("etag"), after.header("etag"));
    let headline = lead.text.headline.as_str();
    for path in ["/list/times", "/list/times/archive", "/list/times/atom.xml"] {
        let page = pages.get(path).await.text;
        assert!(
            page.contains("of the harbour") && !page.contains(headline),
            "{page}"
        );
        assert!(
            path.ends_with("xml") || page.contains("with a correction"),
            "{page}"
        );
    }
    let feed = pages.get("/list/times/atom.xml").await.text;
    assert!(
        feed.contains("<updated>2026-11-25T08:00:00Z</updated>"),
        "{feed}"
    );
}

/// A feed as our own reader of feeds has it; a reader of XML that repairs nothing finds no fault in it.
fn read(text: &str) -> ParsedFeed {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    loop {
        if reader.read_event().unwrap() == quick_xml::events::Event::Eof {
            break;
        }
    }
    let feed = parse_feed(text.as_bytes(), None, None).unwrap();
    assert!(feed.problems.is_empty(), "{:?}", feed.problems);
    feed
}

#[tokio::test]
async fn the_feed_is_atom_and_reads_back() {
    let (pages, ..) = sent("public").await;
    let empty = pages.get("/list/times/atom.xml").await;
    assert!(read(&empty.text).entries.is_empty());
    publish(&pages, 15).await;
    let answer = pages.get("/list/times/atom.xml").await;
    assert_eq!(
        answer.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let feed = read(&answer.text);
    let own = format!("{}/list/times", pages.base);
    assert_eq!(feed.title.as_deref(), Some("The Times"));
    assert_eq!(feed.link.as_deref(), Some(own.as_str()));
    assert_eq!(feed.language.as_deref(), Some("en"));
    let entry = &feed.entries[0];
    let id = "tag:127.0.0.1,2026-11-25:times/daily-2026-11-25";
    assert_eq!(entry.id.as_deref(), Some(id));
    let page = format!("{}{ISSUE}", pages.base);
    assert_eq!(entry.link.as_deref(), Some(page.as_str()));
    assert_eq!(entry.published, Some(pages.paper.due));
    assert_eq!(entry.updated, Some(pages.paper.due));
    let content = format!("{:?}", entry.content);
    assert!(content.contains("https://wire.example/"), "{content}");
    // What RFC 4287 §4.1.1 and §4.1.2 ask for, and the text as text.
    for part in [
        "<id>tag:127.0.0.1,2026:times</id>",
        "<author><name>The Times</name></author>",
        "<link rel=\"self\" type=\"application/atom+xml\" href=\"",
        "<subtitle>From &lt;the&gt; water &amp; up</subtitle>",
        "<content type=\"html\">&lt;ul&gt;&lt;li&gt;&lt;a href=",
    ] {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_copy_is_good_for_a_while_and_asked_for_by_its_tag() {
    let (pages, ..) = sent("public").await;
    publish(&pages, 15).await;
    for path in [
        "/",
        "/list/times",
        "/list/times/archive",
        "/list/times/atom.xml",
        ISSUE,
        "/robots.txt",
    ] {
        let first = pages.get(path).await;
        assert_eq!(
            first.header("cache-control"),
            "public, max-age=300",
            "{path}"
        );
        let tag = first.header("etag").to_owned();
        let known = [("if-none-match", tag.as_str())];
        let again = pages.ask(Method::GET, path, &known, None).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(
            (again.header("etag"), again.text.as_str()),
            (tag.as_str(), "")
        );
        let other = [("if-none-match", "\"other\"")];
        let again = pages.ask(Method::GET, path, &other, None).await;
        assert_eq!(
            (again.status, again.text),
            (StatusCode::OK, first.text),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_archive_is_read_page_by_page() {
    let (pages, edition, _) = sent("public").await;
    publish(&pages, 15).await;
    let store = pages.paper.store();
    let first = store.issue(pages.paper.list, "daily-2026-11-25").await;
    let first = first.unwrap().unwrap();
    for day in 1..45 {
        let out = after(pages.paper.due, day * 1440);
        let run = out.strftime("%Y-%m-%d").to_string();
        let run = courant::domain::time::Run::parse(&run).unwrap();
        let opened = store.edition_open(pages.paper.list, edition.cadence, &run, out);
        let issue = courant::domain::archive::Issued {
            edition: opened.await.unwrap().id,
            name: format!("daily-{run}"),
            out,
            ..first.clone()
        };
        store.issue_put(&issue).await.unwrap();
    }
    let (mut path, mut seen) = ("/list/times/archive".to_owned(), Vec::new());
    loop {
        let page = pages.get(&path).await.text;
        let names = page.split("times/archive/").skip(1);
        let names: Vec<String> = names
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        assert!(names.len() <= 20, "{names:?}");
        seen.extend(names);
        let Some((_, rest)) = page.split_once("archive?before=") else {
            break;
        };
        let before = rest.split('"').next().unwrap();
        path = format!("/list/times/archive?before={before}");
    }
    assert_eq!(seen.len(), 45);
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!(seen, sorted);
    // A second issue of one day: each says which it is.
    let said = pages.get("/list/times/archive").await.text;
    assert!(!said.contains("· <bdi>"), "{said}");
    let out = after(first.out, 44 * 1440 + 600);
    let run = out.strftime("%Y-%m-%dT%H:%M").to_string();
    let run = courant::domain::time::Run::parse(&run).unwrap();
    let opened = store.edition_open(pages.paper.list, edition.cadence, &run, out);
    let issue = courant::domain::archive::Issued {
        edition: opened.await.unwrap().id,
        name: "daily-evening".to_owned(),
        out,
        ..first.clone()
    };
    store.issue_put(&issue).await.unwrap();
    let said = pages.get("/list/times/archive").await.text;
    assert_eq!(said.matches("· <bdi>Daily, ").count(), 2, "{said}");
    let strange = pages.get("/list/times/archive?before=%00&x=1").await;
    assert_eq!(strange.status, StatusCode::OK);
}

#[tokio::test]
async fn public_pages_speak_the_lists_language() {
    let (pages, ..) = sent("public").await;
    let store = pages.paper.store();
    let set = store.list_set(pages.paper.list, "language", "ar");
    set.await.unwrap();
    publish(&pages, 15).await;
    for path in ["/list/times", "/list/times/archive"] {
        let page = pages.get(path).await.text;
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
    }
    let page = pages.get(ISSUE).await.text;
    assert!(
        page.contains("dir=\"rtl\"") && page.contains("كل الأعداد"),
        "{page}"
    );
}
