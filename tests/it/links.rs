//! Links by mail: those of an address, and fresh ones for what a forwarded letter must not do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use courant::clock::Clock;
use courant::domain::consent::ConsentAct;
use courant::domain::link_mail::{LinkKind, NewLinkMail};
use courant::domain::subscriber::Standing;
use courant::feedback::link::Purpose;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::web::JoinSettings;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::reader_pages::ReaderPages;
use crate::support::served::{Served, assert_masked, configure, until};

async fn pages() -> ReaderPages {
    ReaderPages::new(JoinSettings::default()).await
}

/// Asks for the links of an address as a person would; what the page says.
async fn ask(pages: &ReaderPages, address: &str) -> (StatusCode, String) {
    let form = pages.form(10);
    let fields = [("email", address), ("form", form.as_str())];
    pages.post("/link", &fields).await
}

#[tokio::test]
async fn an_address_gets_all_its_links_and_nobody_learns_whose_it_is() {
    let pages = pages().await;
    let all = [
        "in@reader.example",
        "left@reader.example",
        "hurt@reader.example",
    ];
    let ids = pages.paper.readers(&all).await;
    pages.paper.leaves(ids[1]).await;
    let store = pages.paper.store();
    let (hurt, _) = store.subscription(ids[2]).await.unwrap().unwrap();
    let bounced =
        store.person_standing_set(hurt.id, Standing::Bounced, "bounce", "", &[], pages.now);
    bounced.await.unwrap();
    let evening = pages.another_list("evening").await;
    let path = pages.preferences(ids[0]) + "/lists";
    pages
        .post(&path, &[("do", "join"), ("list", "evening")])
        .await;
    let (status, text) = pages.get("/link").await;
    assert!(
        status == StatusCode::OK && text.contains("name=\"form\""),
        "{text}"
    );
    let mut answers = Vec::new();
    for address in [all[0], all[1], all[2], "nobody@reader.example"] {
        answers.push(ask(&pages, address).await);
    }
    assert_eq!(answers[0].0, StatusCode::OK);
    assert!(
        answers[0].1.contains("Look in your mailbox"),
        "{}",
        answers[0].1
    );
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:#?}");
    // Nor does a second one say that there was a first.
    assert_eq!(ask(&pages, all[0]).await, answers[0]);
    assert_eq!(pages.send().await, 2, "whoever may be mailed, once");
    assert!(pages.received("nobody@reader.example").is_empty());
    assert!(pages.received(all[2]).is_empty());
    let mail = pages.mail(all[0]);
    assert!(
        mail.contains("The Times") && mail.contains("The evening"),
        "{mail}"
    );
    assert!(mail.contains("1 Quay Street, Harbour"), "{mail}");
    let paths = pages.paths(all[0]);
    assert_eq!(paths.len(), 2);
    for path in &paths {
        let (status, text) = pages.get(path).await;
        assert!(
            status == StatusCode::OK && text.contains("name=\"zone\""),
            "{text}"
        );
    }
    let own = store.subscription_of(
        evening,
        store.subscription(ids[0]).await.unwrap().unwrap().0.id,
    );
    assert!(own.await.unwrap().is_some());
    // Nothing is left to be sent, and of a mail that left no address is kept.
    assert_eq!(pages.send().await, 0);
    let rows = pages.dump().await.join("\n");
    let kept = rows
        .lines()
        .filter(|l| l.starts_with("link_mail:") && l.contains('@'));
    assert_eq!(kept.count(), 0);
}

#[tokio::test]
async fn a_form_that_no_person_filled_in_looks_taken_and_sends_nothing() {
    let pages = pages().await;
    pages.paper.readers(&["in@reader.example"]).await;
    let taken = ask(&pages, "in@reader.example").await;
    assert_eq!(pages.send().await, 1);
    let forms = [-60, 13 * 3600, 10].map(|s| pages.form(s));
    let [fast, slow, good] = forms.each_ref().map(String::as_str);
    for (name, fields) in [
        ("too fast", vec![("form", fast)]),
        ("too old", vec![("form", slow)]),
        ("none", vec![]),
        ("trapped", vec![("form", good), ("website", "x")]),
    ] {
        let fields = [vec![("email", "other@reader.example")], fields].concat();
        assert_eq!(pages.post("/link", &fields).await, taken, "{name}");
    }
    assert_eq!(pages.send().await, 0);
    let rows = pages.dump().await;
    assert_eq!(
        rows.iter().filter(|r| r.starts_with("link_mail:")).count(),
        1
    );
    for wrong in ["", "x", "<script>alert(1)</script>"] {
        let (status, text) = ask(&pages, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(!text.contains("<script>alert"), "{text}");
    }
}

#[tokio::test]
async fn links_have_a_share_an_hour_of_their_own() {
    let settings = JoinSettings {
        per_network: 2,
        ..JoinSettings::default()
    };
    let pages = ReaderPages::new(settings).await;
    let all = ["a@reader.example", "b@reader.example", "c@reader.example"];
    pages.paper.readers(&all).await;
    for address in all {
        assert_eq!(ask(&pages, address).await.0, StatusCode::OK);
    }
    assert_eq!(pages.send().await, 2);
}

#[tokio::test]
async fn what_is_kept_is_handed_out_by_a_fresh_link_alone() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    pages.paper.plan().await;
    pages.paper.arrive().await;
    let data = pages.preferences(reader) + "/data";
    let (_, text) = pages.get(&data).await;
    assert!(
        text.contains("Mail me the link") && !text.contains("mara@reader"),
        "{text}"
    );
    let before = pages.dump().await;
    let (status, text) = pages.post(&data, &[("do", "export")]).await;
    assert!(
        status == StatusCode::OK && text.contains("Look in your mailbox"),
        "{text}"
    );
    assert_eq!(
        pages.post(&data, &[("do", "drop")]).await.0,
        StatusCode::BAD_REQUEST
    );
    // Pressed again at once it says the same.
    assert_eq!(pages.post(&data, &[("do", "export")]).await.1, text);
    assert_eq!(pages.send().await, 1);
    assert_ne!(pages.dump().await, before);
    let path = pages.paths("mara@reader.example").remove(0);
    assert!(path.starts_with("/x/"), "{path}");
    let before = pages.dump().await;
    let (status, text) = pages.get(&path).await;
    assert!(
        status == StatusCode::OK && text.contains("Download as JSON"),
        "{text}"
    );
    let (_, text) = pages.post(&path, &[("do", "json")]).await;
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["address"], "mara@reader.example");
    assert_eq!(said["terms"][0]["by"], "test");
    assert_eq!(said["editions"][0]["letter"]["state"], "accepted", "{said}");
    assert_eq!(said["subscriptions"][0]["list"], "times");
    let (_, csv) = pages.post(&path, &[("do", "csv")]).await;
    assert!(csv.starts_with("at,list,what,which,detail\n"), "{csv}");
    assert!(
        csv.contains(",times,letter,daily 2026-11-25,accepted"),
        "{csv}"
    );
    assert_eq!(pages.dump().await, before, "reading changes nothing");
    // Neither another link of theirs, nor one of another purpose, nor an old one.
    for other in [
        path.replace("/x/", "/m/"),
        path.replace("/x/", "/g/"),
        path.replace("/x/", "/p/"),
        data.replace("/p/", "/x/").replace("/data", ""),
        pages.fresh(Purpose::Move, reader, 1).replace("/m/", "/x/"),
    ] {
        assert_eq!(pages.get(&other).await.0, StatusCode::NOT_FOUND, "{other}");
        let posted = pages.post(&other, &[("do", "json")]).await;
        assert_eq!(posted.0, StatusCode::NOT_FOUND, "{other}");
    }
    for minutes in [61, -5] {
        let old = pages.fresh(Purpose::Export, reader, minutes);
        assert_eq!(pages.get(&old).await.0, StatusCode::GONE);
        assert_eq!(
            pages.post(&old, &[("do", "json")]).await.0,
            StatusCode::GONE
        );
    }
    let good = pages.fresh(Purpose::Export, reader, 59);
    assert_eq!(pages.get(&good).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_address_changes_once_both_mailboxes_have_confirmed_it() {
    let pages = pages().await;
    let all = ["old@reader.example", "taken@reader.example"];
    let reader = pages.paper.readers(&all).await[0];
    let edition = pages.paper.plan().await;
    pages.paper.arrive().await;
    let picks = pages.paper.picks(edition.id, reader).await;
    let store = pages.paper.store();
    let data = pages.preferences(reader) + "/data";
    pages.post(&data, &[("do", "move")]).await;
    assert_eq!(pages.send().await, 1);
    let path = pages.paths(all[0]).remove(0);
    let (_, text) = pages.get(&path).await;
    assert!(text.contains("Your new address"), "{text}");
    let (status, text) = pages.post(&path, &[("email", "no address")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("value=\"no address\""), "{text}");
    // Somebody else's address: the same words, and no mail.
    let (_, taken) = pages.post(&path, &[("email", all[1])]).await;
    assert_eq!(pages.send().await, 0);
    let (_, sent) = pages.post(&path, &[("email", "new@reader.example")]).await;
    assert_eq!(sent, taken);
    assert_eq!(pages.send().await, 1);
    let (before, _) = store.subscription(reader).await.unwrap().unwrap();
    assert_eq!(
        before.address.unwrap().full(),
        all[0],
        "nothing changed yet"
    );
    let confirm = pages.paths("new@reader.example").remove(0);
    assert!(confirm.starts_with("/n/"), "{confirm}");
    let dump = pages.dump().await;
    let (status, text) = pages.get(&confirm).await;
    assert!(
        status == StatusCode::OK && text.contains("Yes, send them here"),
        "{text}"
    );
    assert_eq!(pages.dump().await, dump, "looking changes nothing");
    for wrong in [confirm.replace("/n/", "/c/"), confirm.replace("/n/", "/m/")] {
        assert_eq!(pages.post(&wrong, &[]).await.0, StatusCode::NOT_FOUND);
    }
    let (status, text) = pages.post(&confirm, &[]).await;
    assert!(
        status == StatusCode::OK && text.contains("Your address is changed"),
        "{text}"
    );
    assert_eq!(
        pages.post(&confirm, &[]).await,
        (status, text),
        "once more is no more"
    );
    let (after, _) = store.subscription(reader).await.unwrap().unwrap();
    assert_eq!(
        (after.id, after.address.unwrap().full()),
        (before.id, "new@reader.example")
    );
    assert_eq!(pages.paper.picks(edition.id, reader).await, picks);
    let receipts = store.consents(before.id).await.unwrap();
    let last = receipts.last().unwrap();
    assert_eq!(
        (last.act, last.how.as_str()),
        (ConsentAct::Given, "address-change")
    );
    // What was mailed to the old mailbox opens nothing of the new one's.
    assert_eq!(pages.get(&path).await.0, StatusCode::GONE);
    // Nobody signs the old mailbox up unasked.
    let mut again = pages.paper.new_reader(all[0]);
    again.due = None;
    assert!(
        store
            .subscriber_add(&again, false, pages.now)
            .await
            .is_err()
    );
    // And their own old address is theirs to go back to.
    let back = pages.fresh(Purpose::Move, reader, -1);
    assert_eq!(
        pages.get(&back).await.0,
        StatusCode::GONE,
        "not from the future"
    );
}

#[tokio::test]
async fn whoever_is_forgotten_leaves_a_keyed_hash_alone() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["gone@reader.example"]).await[0];
    let data = pages.preferences(reader) + "/data";
    pages.post(&data, &[("do", "forget")]).await;
    pages.send().await;
    let path = pages.paths("gone@reader.example").remove(0);
    let before = pages.dump().await;
    let (status, text) = pages.get(&path).await;
    assert!(
        status == StatusCode::OK && text.contains("Yes, delete everything"),
        "{text}"
    );
    assert_eq!(pages.post(&path, &[]).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(pages.dump().await, before);
    let (status, text) = pages.post(&path, &[("do", "forget")]).await;
    assert!(
        status == StatusCode::OK && text.contains("You are forgotten"),
        "{text}"
    );
    let store = pages.paper.store();
    let tombstone = store
        .subscriber(&pages.paper.hash("gone@reader.example"))
        .await
        .unwrap();
    assert_eq!(tombstone.unwrap().address, None);
    let rows = pages.dump().await.join("\n");
    assert!(
        !rows.contains("gone@reader") && !rows.contains("link_mail:"),
        "{rows}"
    );
    let own = pages.preferences(reader);
    for path in [path, data, own.clone() + "/letters", own.clone()] {
        let (status, text) = pages.get(&path).await;
        assert_eq!(status, StatusCode::GONE, "{path}");
        assert!(!text.contains("<a "), "{path}: {text}");
    }
    for wish in ["save", "pause", "resume", "again", "skip"] {
        let (status, _) = pages.post(&own, &[("do", wish)]).await;
        assert_eq!(status, StatusCode::GONE, "{wish}");
    }
}

#[tokio::test]
async fn no_form_of_another_site_does_any_of_this() {
    let pages = pages().await;
    let reader = pages.paper.readers(&["mara@reader.example"]).await[0];
    let own = pages.preferences(reader);
    let before = pages.dump().await;
    let form = pages.form(10);
    for (path, fields) in [
        (
            "/link".to_owned(),
            vec![("email", "mara@reader.example"), ("form", form.as_str())],
        ),
        (format!("{own}/data"), vec![("do", "forget")]),
        (
            format!("{own}/lists"),
            vec![("do", "leave"), ("list", "times")],
        ),
        (format!("{own}/feed"), vec![("do", "renew")]),
        (
            format!("{own}/letters/1"),
            vec![("do", "less"), ("topic", "sport")],
        ),
        (
            pages.fresh(Purpose::Forget, reader, 1),
            vec![("do", "forget")],
        ),
        (
            pages.fresh(Purpose::Export, reader, 1),
            vec![("do", "json")],
        ),
        (
            pages.fresh(Purpose::Move, reader, 1),
            vec![("email", "x@reader.example")],
        ),
        (pages.fresh(Purpose::Moved, reader, 1), vec![]),
    ] {
        let foreign = [("sec-fetch-site", "cross-site")];
        let (status, _) = pages.post_with(&path, &fields, &foreign).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(pages.dump().await, before);
}

/// A served paper and its receiver.
async fn served_paper() -> (Paper, SinkHandle) {
    let paper = Paper::due_in(60).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let home = paper.folder.path();
    configure(home, sink.addr().port(), 1);
    let file = home.join("courant.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("level = \"debug\"", "level = \"trace\""),
    )
    .unwrap();
    (paper, sink)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_mails_links_once_though_it_dies_and_logs_none() {
    let (paper, sink) = served_paper().await;
    let address = "mara@reader.example";
    let reader = paper.readers(&[address]).await[0];
    let new = NewLinkMail {
        kind: LinkKind::Forget,
        address: None,
        hash: paper.hash(address),
        counted: paper.hash(address),
        subscription: Some(reader),
        language: "en".to_owned(),
        at: Clock::system().now(),
    };
    assert!(paper.store().link_mail_add(&new).await.unwrap());
    let home = paper.folder.path();
    let dying = Served::start_with(home, &[("FAILPOINTS", "link_after_claim=return")]);
    assert!(!dying.ended().await.success());
    let served = Served::ready(home).await;
    until("the mail came", async || {
        sink.mailbox().count_accepted() > 0
    })
    .await;
    until("none waits", async || {
        !paper
            .store()
            .link_mail_waits(Clock::system().now())
            .await
            .unwrap()
    })
    .await;
    let all = sink.mailbox().messages();
    assert_eq!(all.len(), 1);
    let parsed = mail_parser::MessageParser::default()
        .parse(&all[0].bytes)
        .unwrap();
    let text = parsed.body_text(0).unwrap().into_owned();
    let path = text
        .split_whitespace()
        .find_map(|w| Some(w[w.find("/g/")?..].to_owned()))
        .unwrap();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let url = format!("{}{path}", served.base());
    let shown = client.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("Yes, delete everything"), "{shown}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let post = client
        .post(&url)
        .header(form[0].0, form[0].1)
        .body("do=forget");
    let done = post.send().await.unwrap().text().await.unwrap();
    assert!(done.contains("You are forgotten"), "{done}");
    // What a page of the file may still hold is searched for behind the answer.
    until("no file holds it", async || {
        let files = ["courant.db", "courant.db-wal", "courant.journal"];
        files.iter().all(|file| {
            let bytes = std::fs::read(home.join(file)).unwrap_or_default();
            !bytes
                .windows(address.len())
                .any(|w| w == address.as_bytes())
        })
    })
    .await;
    let said = served.said();
    assert!(served.stop().await.success());
    assert_masked(&said);
    let token = path.rsplit('/').next().unwrap();
    assert!(!said.contains(token), "a token in the log");
}
