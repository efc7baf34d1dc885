//! Articles that are withdrawn, restored or written anew: what becomes of letters that are planned, by
//! the binary, beside a running `serve`, and after a death in between.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use courant::clock::Clock;
use courant::domain::article::CanonicalUrl;
use courant::domain::delivery::{DeliveryState, Hold};
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use courant::sink::{Sink, SinkHandle, SinkSettings};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::binary::{courant, typed};
use crate::support::newsroom::Newsroom;
use crate::support::paper::{ARTICLES, Paper, article, imported};
use crate::support::served::{Served, configure, until};
use crate::support::site::{Site, rss};

const AT: &str = "2026-11-26T06:30";

/// Ann follows the city, Bob sport; both are planned for 2026-11-26.
async fn planned() -> (Newsroom, SubscriptionId, SubscriptionId) {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    let ann = newsroom.subscriber("ann@example.org", zone, None, &["city"]);
    let ann = ann.await;
    let bob = newsroom.subscriber("bob@example.org", zone, None, &["sport"]);
    let bob = bob.await;
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    (newsroom, ann, bob)
}

fn explained(newsroom: &Newsroom, address: &str) -> Value {
    newsroom.json(
        &[
            "edition",
            "explain",
            "times",
            "--subscriber",
            address,
            "--json",
        ],
        0,
    )
}

/// The articles of a reader's digest as they are explained.
fn picks(explained: &Value) -> Vec<i64> {
    let rows = explained["candidates"].as_array().unwrap();
    let chosen = rows.iter().filter(|r| r["verdict"] == "chosen");
    chosen.map(|r| r["article"].as_i64().unwrap()).collect()
}

fn verdict(explained: &Value, article: i64) -> String {
    let rows = explained["candidates"].as_array().unwrap();
    let row = rows.iter().find(|r| r["article"] == article).unwrap();
    row["verdict"].as_str().unwrap().to_owned()
}

/// The check finds nothing, and every digest is what its replay gives.
fn is_sound(newsroom: &Newsroom) {
    newsroom.json(&["edition", "check", "times", "--json"], 0);
    for address in ["ann@example.org", "bob@example.org"] {
        let explained = explained(newsroom, address);
        assert_eq!(explained["agrees"], true, "{address}: {explained}");
    }
}

#[tokio::test]
async fn a_withdrawn_article_is_taken_out_of_planned_letters_and_comes_back() {
    let (newsroom, ann, _) = planned().await;
    let store = &newsroom.folder.store;
    let before = explained(&newsroom, "ann@example.org");
    let first = picks(&before)[0];
    let name = first.to_string();
    let asked: &[&str] = &["article", "withdraw", &name];
    let (code, out, err) = newsroom.run(asked);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("hint: add --yes"), "{err}");
    let (_, dry) = newsroom.done(&["article", "withdraw", &name, "--dry-run"]);
    assert!(dry.contains("would be withdrawn"), "{dry}");
    assert_eq!(picks(&explained(&newsroom, "ann@example.org"))[0], first);

    let why = "the source took it back";
    let args = [
        "article", "withdraw", &name, "--reason", why, "--yes", "--by", "mia",
    ];
    let (_, said) = newsroom.done(&args);
    assert!(
        said.contains("is withdrawn: no plan takes it any more"),
        "{said}"
    );
    assert!(said.contains("made again"), "{said}");
    let after = explained(&newsroom, "ann@example.org");
    assert!(!picks(&after).contains(&first), "{after}");
    assert_eq!(verdict(&after, first), "withdrawn");
    is_sound(&newsroom);
    let shown = newsroom.json(&["article", "show", &name, "--json"], 0);
    assert_eq!(shown["amendments"][0]["kind"], "withdrawn");
    assert_eq!(shown["amendments"][0]["by"], "mia");
    let (shown, _) = newsroom.done(&["article", "show", &name]);
    assert!(shown.contains(why), "{shown}");
    let listed = newsroom.json(&["article", "list", "--withdrawn", "--json"], 0);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let edition = store.editions(newsroom.list, 1).await.unwrap()[0].id;
    let digest = store.digest_of(edition, ann).await.unwrap().unwrap();
    assert_eq!(digest.seq, 2);
    assert_eq!(store.placements(digest.id).await.unwrap().len(), 1);
    let flights = store.flights(None).await.unwrap();
    assert_eq!(flights[0].ledger.reserved, 2, "one letter, one placement");
    // A second time there is nothing to do.
    let (_, again) = newsroom.done(&["article", "withdraw", &name, "--yes"]);
    assert!(again.contains("was withdrawn already"), "{again}");

    let (_, said) = newsroom.done(&["article", "withdraw", &name, "--undo", "--yes"]);
    assert!(said.contains("is not withdrawn any more"), "{said}");
    let back = explained(&newsroom, "ann@example.org");
    assert_eq!(picks(&back), picks(&before));
    is_sound(&newsroom);
}

#[tokio::test]
async fn a_withdrawal_reaches_the_same_page_of_other_sources_and_names_copies() {
    let (paper, edition) = waiting_with(2, &[], async |paper: &Paper| {
        let now = Clock::system().now();
        for (name, url) in [
            ("second", "https://wire.example/story/0"),
            ("mirror", "https://m.example/9"),
        ] {
            let source = imported(name, name);
            let source = paper.store().source_add(&source, &[paper.list], now).await;
            let mut twin = article("story", 0, crate::support::paper::after(now, -50));
            twin.article.entry_key = format!("{name} 1");
            twin.article.url = CanonicalUrl::parse(url, None).unwrap();
            let put = paper
                .store()
                .articles_put(source.unwrap(), &[twin], now)
                .await;
            assert_eq!(put.unwrap().new, 1);
        }
    })
    .await;
    let headline = "story number 0 of the harbour";
    let told = |n: &i64| paper.store().article(ArticleId(*n));
    let last = ARTICLES as i64;
    let (second, mirror) = (last + 1, last + 2);
    assert_eq!(told(&1).await.unwrap().text.headline, headline);
    let asked = courant(
        paper.folder.path(),
        &["article", "withdraw", "1", "--dry-run"],
    )
    .2;
    for words in [
        format!("(article {second}) of second, the same page"),
        format!("a copy on another page stays: `{headline}` (article {mirror}) of mirror"),
        "courant article withdraw 1 --copies".to_owned(),
        "made again, of those that have not begun: 2 letters".to_owned(),
    ] {
        assert!(asked.contains(&words), "{words}: {asked}");
    }
    let args = [
        "article", "withdraw", "1", "--reason", "libel", "--copies", "--yes",
    ];
    let said = done(&paper, &args);
    assert!(said.contains("with it"), "{said}");
    assert!(said.contains("2 letters made again"), "{said}");
    for row in paper.rows(edition).await {
        let picks = paper.picks(edition, row.subscription).await;
        for gone in [1, second, mirror] {
            assert!(!picks.contains(&ArticleId(gone)), "{picks:?}");
        }
    }
    done(&paper, &["edition", "check", "times"]);
    let said = done(
        &paper,
        &[
            "article",
            "withdraw",
            &second.to_string(),
            "--undo",
            "--yes",
        ],
    );
    assert!(said.contains("made again"), "{said}");
    for id in [1, second, mirror] {
        assert_eq!(told(&id).await.unwrap().withdrawn, None);
    }
    done(&paper, &["edition", "check", "times"]);
    let args = ["article", "embargo", "1", "--until", "2099-01-01T00:00:00Z"];
    let said = done(&paper, &args);
    assert!(
        said.contains("the same page") && said.contains("--copies"),
        "{said}"
    );
    assert!(told(&second).await.unwrap().embargo.is_some());
    assert_eq!(told(&mirror).await.unwrap().embargo, None);
}

#[tokio::test]
async fn an_editors_words_stay_and_planned_letters_print_them() {
    let (newsroom, ann, _) = planned().await;
    let store = &newsroom.folder.store;
    let first = picks(&explained(&newsroom, "ann@example.org"))[0];
    let name = first.to_string();
    let (code, _, err) = newsroom.run(&["article", "rewrite", &name, "--headline", "Quay opens"]);
    assert_eq!(code, 2, "{err}");
    let args = [
        "article",
        "rewrite",
        &name,
        "--headline",
        "Quay opens",
        "--yes",
        "--by",
        "mia",
    ];
    let (_, said) = newsroom.done(&args);
    assert!(said.contains("written anew: `Quay opens`"), "{said}");
    assert!(said.contains("made again"), "{said}");
    is_sound(&newsroom);
    let look = [
        "edition",
        "preview",
        "times",
        "--subscriber",
        "ann@example.org",
        "--text",
    ];
    let (letter, _) = newsroom.done(&look);
    assert!(letter.contains("Quay opens"), "{letter}");

    // The source goes on writing: it is kept, shown, and not printed.
    let article = store.article(ArticleId(first)).await.unwrap();
    let row = format!(
        "{{\"url\":\"{}\",\"headline\":\"The source's own new words\",\"topics\":[\"city\"]}}",
        article.url.as_str()
    );
    let rows = newsroom.folder.path().join("rows.jsonl");
    std::fs::write(&rows, row).unwrap();
    let args = [
        "article",
        "import",
        rows.to_str().unwrap(),
        "--source",
        "paper",
    ];
    let (out, err) = newsroom.done(&args);
    let said = format!("{out}{err}");
    assert!(
        said.contains("written anew by an editor, whose words stay"),
        "{said}"
    );
    let (shown, _) = newsroom.done(&["article", "show", &name]);
    for words in [
        "by mia",
        "headline changed; in force",
        "kept, and not printed: the editor's words stay",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let (letter, _) = newsroom.done(&look);
    assert!(letter.contains("Quay opens"), "{letter}");
    is_sound(&newsroom);

    let (_, said) = newsroom.done(&["article", "rewrite", &name, "--undo", "--yes"]);
    assert!(said.contains("taken back"), "{said}");
    let (letter, _) = newsroom.done(&look);
    assert!(letter.contains("own new words"), "{letter}");
    is_sound(&newsroom);
    let edition = store.editions(newsroom.list, 1).await.unwrap()[0].id;
    let digest = store.digest_of(edition, ann).await.unwrap().unwrap();
    assert_eq!(digest.seq, 3);
    let (code, _, err) = newsroom.run(&["article", "rewrite", &name, "--undo"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("hint: `courant article show"), "{err}");
}

/// A paper whose letters wait for a later day, with the binary beside it.
pub async fn waiting(readers: usize, settings: &[(&str, &str)]) -> (Paper, EditionId) {
    waiting_with(readers, settings, async |_: &Paper| {}).await
}

/// The same, with what else happens before it is planned.
async fn waiting_with(
    readers: usize,
    settings: &[(&str, &str)],
    first: impl AsyncFnOnce(&Paper),
) -> (Paper, EditionId) {
    let paper = Paper::due_in(60).await;
    first(&paper).await;
    for (key, value) in settings {
        paper
            .store()
            .list_set(paper.list, key, value)
            .await
            .unwrap();
    }
    let new: Vec<_> = (0..readers)
        .map(|n| paper.new_reader(&format!("r{n}@reader.example")))
        .collect();
    paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    configure(paper.folder.path(), 9, 4);
    let now = Clock::system().now();
    for wave in paper.store().due_waves(paper.due).await.unwrap() {
        paper.press().plan(&wave, now, now).await.unwrap();
    }
    let edition = paper.edition().await.unwrap();
    (paper, edition)
}

pub fn done(paper: &Paper, args: &[&str]) -> String {
    let (code, out, err) = courant(paper.folder.path(), args);
    assert_eq!(code, 0, "{args:?}: {out}{err}");
    format!("{out}{err}")
}

/// How many of an edition's letters are in a state.
async fn count(paper: &Paper, edition: EditionId, state: DeliveryState) -> usize {
    let rows = paper.rows(edition).await;
    rows.iter().filter(|r| r.state == state).count()
}

#[tokio::test]
async fn with_too_few_stories_left_a_letter_is_withheld_and_given_back() {
    let (paper, edition) = waiting(3, &[("stories_min", "3")]).await;
    for n in 1..=ARTICLES - 3 {
        done(&paper, &["article", "withdraw", &n.to_string(), "--yes"]);
    }
    assert_eq!(count(&paper, edition, DeliveryState::Planned).await, 3);
    let last = (ARTICLES - 2).to_string();
    let said = done(&paper, &["article", "withdraw", &last, "--yes"]);
    assert!(
        said.contains("3 letters withheld, with too few stories left"),
        "{said}"
    );
    let rows = paper.rows(edition).await;
    assert!(rows.iter().all(|r| r.state == DeliveryState::Withheld));
    assert!(
        rows[0].reply.contains("a story was withdrawn"),
        "{}",
        rows[0].reply
    );
    done(&paper, &["edition", "check", "times"]);
    let reader = rows[0].subscription;
    let none = EditionId(0);
    assert_eq!(
        paper
            .sent(reader, crate::support::paper::after(paper.due, 600), none)
            .await,
        []
    );
    let explained = |paper: &Paper| {
        let args = [
            "edition",
            "explain",
            "times",
            "--subscriber",
            "r0@reader.example",
            "--json",
        ];
        let (code, out, err) = courant(paper.folder.path(), &args);
        assert_eq!(code, 0, "{out}{err}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    assert_eq!(explained(&paper)["agrees"], true);

    let said = done(&paper, &["article", "withdraw", &last, "--undo", "--yes"]);
    assert!(said.contains("3 letters made again"), "{said}");
    let rows = paper.rows(edition).await;
    assert!(
        rows.iter()
            .all(|r| r.state == DeliveryState::Planned && r.reply.is_empty())
    );
    assert_eq!(paper.picks(edition, reader).await.len(), 3);
    done(&paper, &["edition", "check", "times"]);
    assert_eq!(explained(&paper)["agrees"], true);
}

/// Every digest of an edition has its story no more, or its letter has begun.
async fn with_it(paper: &Paper, edition: EditionId, article: ArticleId) -> Vec<DeliveryState> {
    let mut states = Vec::new();
    for row in paper.rows(edition).await {
        let digest = paper.store().digest(row.digest).await.unwrap();
        if digest.picks.iter().any(|p| p.article == article) {
            states.push(row.state);
        }
    }
    states
}

#[tokio::test]
async fn killed_in_between_no_letter_leaves_before_the_next_start_has_finished_it() {
    let (paper, edition) = waiting(1_200, &[]).await;
    let store = paper.store();
    let reader = paper.rows(edition).await[0].subscription;
    let article = paper.picks(edition, reader).await[0];
    let name = article.to_string();
    let mut killed = typed(
        &["article", "withdraw", &name, "--yes"],
        &[("FAILPOINTS", "amend_mid=return")],
    );
    killed.env("COURANT_HOME", paper.folder.path());
    let died = killed.output().unwrap();
    assert!(!died.status.success(), "{died:?}");
    assert_eq!(store.amendments_pending().await.unwrap().len(), 1);
    let left = with_it(&paper, edition, article).await.len();
    assert!(
        (1..1_200).contains(&left),
        "{left} of them are still to be made again"
    );
    // Whoever would send gets none of the wave.
    let lease = crate::support::paper::lease("x", 1, paper.due);
    let late = crate::support::paper::after(paper.due, 30);
    let claimed = store
        .claim(&lease, None, &["default"], 10, late)
        .await
        .unwrap();
    assert!(claimed.is_empty());
    // The next owner finishes it before anything else.
    let served = Served::ready(paper.folder.path()).await;
    assert!(store.amendments_pending().await.unwrap().is_empty());
    assert_eq!(with_it(&paper, edition, article).await, []);
    assert!(served.stop().await.success());
    done(&paper, &["edition", "check", "times"]);
    let claimed = store
        .claim(&lease, None, &["default"], 10, late)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 10);
}

pub async fn sink(slow: u64) -> SinkHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        slow: Duration::from_millis(slow),
        ..SinkSettings::default()
    };
    Sink::start(listener, settings).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_serve_at_most_one_letter_a_connection_still_leaves_with_it() {
    const READERS: usize = 700;
    let paper = Paper::due_in(-1).await;
    let new: Vec<_> = (0..READERS)
        .map(|n| paper.new_reader(&format!("slow.r{n}@reader.example")))
        .collect();
    paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    let sink = sink(60).await;
    configure(paper.folder.path(), sink.addr().port(), 4);
    let served = Served::start(paper.folder.path());
    let mailbox = sink.mailbox();
    until("some letters came", async || mailbox.count_accepted() >= 20).await;
    let edition = paper.edition().await.unwrap();
    let reader = paper.rows(edition).await[0].subscription;
    let article = paper.picks(edition, reader).await[0];
    let headline = paper.store().article(article).await.unwrap().text.headline;
    let said = done(
        &paper,
        &["article", "withdraw", &article.to_string(), "--yes"],
    );
    let at_return = with(&mailbox.messages(), &headline);
    assert!(said.contains("made again"), "{said}");
    assert!(said.contains("hint: no mail can be called back"), "{said}");
    until("the edition is finished", async || {
        let tally = paper.store().tally(edition).await.unwrap();
        tally.planned == READERS as i64 && tally.open == 0
    })
    .await;
    assert!(served.stop().await.success());
    let messages = mailbox.messages();
    let at_end = with(&messages, &headline);
    assert!(
        at_end <= at_return + 4,
        "{at_return} and then {at_end} letters with it"
    );
    assert!(at_end < READERS, "{said}");
    assert_eq!(messages.len(), READERS, "everybody has a letter, and one");
    done(&paper, &["edition", "check", "times"]);
}

/// Letters that print a headline.
pub fn with(messages: &[courant::sink::Received], headline: &str) -> usize {
    let prints = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(headline);
    messages.iter().filter(|m| prints(&m.bytes)).count()
}

#[tokio::test]
async fn a_letter_in_doubt_is_held_and_goes_without_it_when_it_is_let_go() {
    let (paper, edition) = waiting(2, &[]).await;
    let store = paper.store();
    let rows = paper.rows(edition).await;
    let article = paper.picks(edition, rows[0].subscription).await[0];
    paper
        .sql(
            "update delivery set state = 'deferred', attempt = 1, sha256 = zeroblob(32), \
             started_ms = changed_ms where subscriber_id = 1",
        )
        .await;
    let name = article.to_string();
    let said = done(&paper, &["article", "withdraw", &name, "--yes"]);
    assert!(said.contains("1 letter in doubt and held"), "{said}");
    let row = paper.row(edition, rows[0].subscription).await;
    assert_eq!(
        (row.state, row.held),
        (DeliveryState::Uncertain, Some(Hold::Withdrawn))
    );
    done(&paper, &["edition", "check", "times"]);
    // Nobody lets it go with the story, whoever asks the store.
    assert_eq!(store.release(edition, paper.now).await.unwrap(), 0);
    let said = done(
        &paper,
        &[
            "delivery",
            "release",
            "times",
            "--subscriber",
            "r0@reader.example",
        ],
    );
    assert!(said.contains("released"), "{said}");
    let row = paper.row(edition, rows[0].subscription).await;
    assert_eq!(
        (row.state, row.held, row.sha256),
        (DeliveryState::Deferred, None, None)
    );
    let brings = paper.picks(edition, rows[0].subscription).await;
    assert!(!brings.contains(&article));
    done(&paper, &["edition", "check", "times"]);
}

const ENTRY: &str = "<entry><id>tag:port.example,2026:1</id><title>TITLE</title>\
     <link href=\"https://port.example/1\"/><updated>2026-11-30T06:00:00Z</updated></entry>";

fn atom(inside: &str) -> String {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:at=\"http://purl.org/atompub/tombstones/1.0\"><title>Port</title>{inside}</feed>"
    )
}

#[tokio::test]
async fn what_a_source_takes_back_is_withdrawn_and_what_comes_back_is_the_same_article() {
    let newsroom = Newsroom::new().await;
    let file = newsroom.folder.path().join("port.xml");
    let bring = |inside: &str| std::fs::write(&file, atom(inside)).unwrap();
    let entry = |title: &str| ENTRY.replace("TITLE", title);
    bring(&entry("Bridge opens"));
    let place = file.to_str().unwrap();
    let add = ["source", "add", "port", place, "--list", "times", "--yes"];
    newsroom.done(&add);
    let fetch = || newsroom.done(&["source", "fetch", "port"]);
    let show = || newsroom.json(&["article", "show", "https://port.example/1", "--json"], 0);
    let id = show()["id"].clone();

    bring("<at:deleted-entry ref=\"tag:port.example,2026:1\" when=\"2026-11-30T08:00:00Z\"/>");
    let (out, _) = fetch();
    assert!(out.contains("1 taken back by its source"), "{out}");
    let gone = show();
    assert!(gone["withdrawn"].is_string(), "{gone}");
    assert_eq!(gone["amendments"][0]["by"], Value::Null);
    assert_eq!(
        gone["amendments"][0]["reason"],
        "its feed says that it is deleted"
    );

    bring("");
    fetch();
    assert!(
        show()["withdrawn"].is_string(),
        "silence takes nothing back"
    );
    bring(&entry("Bridge opens"));
    fetch();
    let back = show();
    assert_eq!(
        (&back["id"], &back["withdrawn"]),
        (&id, &Value::Null),
        "{back}"
    );
    assert_eq!(back["amendments"][1]["kind"], "restored");

    bring(&entry("CORRECTION: Bridge opens in June"));
    let (out, _) = fetch();
    assert!(out.contains("1 marked as corrected"), "{out}");
    assert!(show()["corrected"].is_string());
    let listed = newsroom.json(&["article", "list", "--corrected", "--json"], 0);
    assert_eq!(listed[0]["id"], id);
    bring(&entry("RETRACTED: Bridge opens"));
    fetch();
    assert!(show()["withdrawn"].is_string());
    // An editor's word stays, whatever the source repeats.
    let name = id.to_string();
    newsroom.done(&["article", "withdraw", &name, "--undo", "--yes"]);
    bring(&entry("RETRACTED: Bridge opens!"));
    fetch();
    assert_eq!(show()["withdrawn"], Value::Null);
    let list = newsroom.json(
        &[
            "article", "list", "--source", "port", "--since", "90d", "--json",
        ],
        0,
    );
    assert_eq!(
        list.as_array().unwrap().len(),
        1,
        "one article all the time"
    );
}

#[tokio::test]
async fn a_new_article_waits_for_its_sources_settle_time_unless_editors_chose_it() {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom
        .subscriber("ann@example.org", zone, None, &["city"])
        .await;
    for (value, code) in [("0", 0), ("25h", 2), ("soon", 2), ("14h", 0)] {
        let (got, _, err) = newsroom.run(&["source", "set", "paper", "settle", value]);
        assert_eq!(got, code, "{value}: {err}");
    }
    let shown = newsroom.json(&["source", "show", "paper", "--json"], 0);
    assert_eq!(shown["settle_minutes"], 14 * 60);
    // All that the paper has was first seen on the evening before, twelve hours before the cut-off.
    newsroom.done(&["edition", "pin", "times", "--run", "2026-11-26", "7"]);
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    let explained = explained(&newsroom, "ann@example.org");
    assert_eq!(verdict(&explained, 7), "chosen", "{explained}");
    for article in [3, 5, 9] {
        assert_eq!(verdict(&explained, article), "settling", "{explained}");
    }
    let (said, _) = newsroom.done(&[
        "edition",
        "explain",
        "times",
        "--subscriber",
        "ann@example.org",
    ]);
    assert!(
        said.contains("too new: its source may correct it until"),
        "{said}"
    );
    newsroom.json(&["edition", "check", "times", "--json"], 0);
}

#[tokio::test]
async fn a_page_that_is_gone_takes_its_article_back() {
    let newsroom = Newsroom::new().await;
    let site = Site::new();
    let feed = rss("Port", &site.base, &[("Bridge opens", "/1", 1, &[])]);
    site.page("/feed.xml", "application/rss+xml", "", feed);
    site.status("/1", "410 Gone");
    let place = site.url("/feed.xml");
    newsroom.done(&[
        "source",
        "add",
        "port",
        &place,
        "--list",
        "times",
        "--private-network",
        "--yes",
    ]);
    newsroom.done(&["source", "set", "port", "full_text", "true"]);
    newsroom.done(&["source", "fetch", "port"]);
    let show = || newsroom.json(&["article", "show", &site.url("/1"), "--json"], 0);
    assert_eq!(show()["amendments"][0]["reason"], "its page is gone (410)");
    // The entry is still in the feed, and its page is still gone.
    newsroom.done(&["source", "fetch", "port"]);
    assert!(show()["withdrawn"].is_string());
}
