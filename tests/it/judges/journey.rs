//! A reader's way in a real browser, over the real service and its mails: join, confirm, choose, pause,
//! leave, take it back, leave for good. With and without scripts, on a phone and on a desk, by day and
//! by night. What it saw is left under `target/screenshots`.

use std::path::{Path, PathBuf};

use courant::domain::subscriber::Standing;
use courant::sink::{Received, Sink, SinkSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::none;
use super::outside::{BROWSER, Judge};
use crate::support::paper::{Paper, slug};
use crate::support::served::{Served, configure, until};

/// Name, width, scheme, scripts.
pub(super) const WALKS: &[(&str, i64, &str, bool)] = &[
    ("phone-light", 390, "light", true),
    ("phone-light-plain", 390, "light", false),
    ("phone-dark", 390, "dark", true),
    ("phone-dark-plain", 390, "dark", false),
    ("desk-light", 1280, "light", true),
    ("desk-light-plain", 1280, "light", false),
    ("desk-dark", 1280, "dark", true),
    ("desk-dark-plain", 1280, "dark", false),
];

fn screenshots() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let folder = target.expect("a folder").join("screenshots");
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

fn address(walk: &str) -> String {
    format!("{walk}@reader.example")
}

/// What a browser saw of these steps, in every walk.
pub(super) fn walked(judge: &Judge, steps: impl Fn(&str) -> Vec<Value>) -> Vec<Value> {
    let walk = |(name, width, scheme, script): &(&str, i64, &str, bool)| {
        json!({"name": name, "width": width, "scheme": scheme, "script": script,
            "steps": steps(name)})
    };
    let walks: Vec<Value> = WALKS.iter().map(walk).collect();
    let asked = json!({"shots": screenshots(), "walks": walks});
    judge.ours("tests/it/judges/journey.cjs", &asked)
}

/// Views whose top is another one than expected, that are wider than their screen, or of which the
/// judge finds anything.
pub(super) fn faults(views: &[Value], heads: &[(&str, &str)]) -> Vec<String> {
    assert_eq!(views.len(), heads.len() * WALKS.len());
    let mut found = Vec::new();
    for (view, (name, head)) in views.iter().zip(heads.iter().cycle()) {
        let text = |key: &str| view[key].as_str().expect("a text").to_owned();
        let at = text("view");
        assert!(at.starts_with(name), "{at}");
        if !text("head").contains(head) && !text("text").contains(head) {
            found.push(format!("{at}: not `{head}` but: {}", text("text")));
        }
        let (wide, width) = (view["scroll"].as_i64(), view["width"].as_i64());
        if wide > width {
            found.push(format!("{at}: {wide:?} wide"));
        }
        assert!(view["checks"].as_i64() > Some(5), "{view}");
        let faults = view["faults"].as_array().expect("a list");
        found.extend(faults.iter().map(|fault| format!("{at}: {fault}")));
    }
    found
}

/// The text of the newest mail to somebody.
fn mail(received: &[Received], to: &str) -> Option<String> {
    let own = received.iter().rev().find(|m| m.recipient == to)?;
    let parsed = mail_parser::MessageParser::default().parse(&own.bytes)?;
    parsed.body_text(0).map(|text| text.into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_goes_all_the_way_in_a_browser() {
    let Some(judge) = Judge::installed("journey", "axe.js", BROWSER) else {
        return;
    };
    let paper = Paper::due_in(-1).await;
    let store = paper.store();
    for (key, value) in [
        ("archive", "public"),
        ("tagline", "The morning, from the water up"),
        ("language", "en"),
    ] {
        store.list_set(paper.list, key, value).await.expect("set");
    }
    for (topic, name) in [
        ("harbour", "Harbour"),
        ("culture", "Culture"),
        ("sport", "Sport"),
    ] {
        store.topic_add(&slug(topic), name).await.expect("added");
    }
    let weekly = courant::domain::time::CronExpr::parse("0 9 * * 6").expect("weekly");
    let name = slug("weekly");
    let added = store.cadence_add(paper.list, &name, &weekly, paper.now);
    added.await.expect("added");
    paper.readers(&["old@reader.example"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let sink = Sink::start(listener, SinkSettings::default()).expect("a sink");
    let home = paper.folder.path();
    configure(home, sink.addr().port(), 1);
    // A browser follows links as they are written, and sends forms nowhere else.
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = port.local_addr().expect("bound").to_string();
    drop(port);
    let file = home.join("courant.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    let text = text
        .replace("127.0.0.1:0", &own)
        .replace("127.0.0.1:8025", &own);
    std::fs::write(&file, text).expect("written");
    let served = Served::ready(home).await;
    let base = served.base();
    let client = reqwest::Client::new();
    let issue = format!("{base}/list/times/archive/daily-{}", paper.run());
    until("the issue is in the archive", async || {
        let answer = client.get(&issue).send().await.expect("answered");
        answer.status() == 200
    })
    .await;

    let look = |name: &str| json!({"look": name});
    let views = walked(&judge, |walk| {
        vec![
            json!({"go": format!("{base}/")}),
            look("1-front"),
            json!({"follow": ".lists a"}),
            look("2-list"),
            json!({"go": issue}),
            look("3-issue"),
            json!({"go": format!("{base}/list/times/archive")}),
            look("4-archive"),
            json!({"follow": "a[href='/join/times']"}),
            look("5-join"),
            json!({"type": ["#email", address(walk)]}),
            json!({"press": "form.join button"}),
            look("6-sent"),
        ]
    });
    let heads = [
        ("1-front", "Newsletters"),
        ("2-list", "The Times"),
        ("3-issue", "All issues"),
        ("4-archive", "All issues"),
        ("5-join", "Get it by mail"),
        ("6-sent", "Look in your mailbox"),
    ];
    none(faults(&views, &heads));

    let confirmation = |walk: &str| {
        let text = mail(&sink.mailbox().messages(), &address(walk))?;
        let path = text
            .split_whitespace()
            .find_map(|w| w.find("/c/").map(|at| w[at..].to_owned()));
        path.map(|path| format!("{base}{path}"))
    };
    until("all have their confirmation", async || {
        WALKS.iter().all(|(walk, ..)| confirmation(walk).is_some())
    })
    .await;
    let save = "button[value=save]";
    let leave = "input[name=leave] + button";
    let views = walked(&judge, |walk| {
        vec![
            json!({"go": confirmation(walk)}),
            look("7-confirm"),
            json!({"press": "main button"}),
            look("8-choices"),
            json!({"choose": ["select[name='weight:sport']", "more"]}),
            json!({"choose": ["select[name='weight:culture']", "normal"]}),
            json!({"press": save}),
            look("9-chosen"),
            json!({"press": "button[value=pause]"}),
            look("a-paused"),
            json!({"follow": "a[href*='/u/']"}),
            look("b-leave"),
            json!({"press": leave}),
            look("c-left"),
            json!({"press": ".again button"}),
            look("d-back"),
            json!({"reopen": true}),
            json!({"press": leave}),
            look("e-gone"),
        ]
    });
    let heads = [
        ("7-confirm", "Subscribe to The Times?"),
        ("8-choices", "Welcome. You are subscribed."),
        ("9-chosen", "first letter comes soon"),
        ("a-paused", "Your letters are paused"),
        ("b-leave", "Stop letters from The Times?"),
        ("c-left", "You are unsubscribed"),
        ("d-back", "You are subscribed again"),
        ("e-gone", "You are unsubscribed"),
    ];
    none(faults(&views, &heads));
    for (walk, ..) in WALKS {
        let person = store.subscriber(&paper.hash(&address(walk))).await;
        let person = person.expect("read").expect("a person");
        let own = store.subscription_of(paper.list, person.id).await;
        let own = own.expect("read").expect("a subscription");
        assert_eq!(own.standing, Standing::Unsubscribed, "{walk}");
        let topics = own.terms.topics.iter().map(|t| t.topic.to_string());
        assert_eq!(topics.collect::<Vec<_>>(), ["culture", "sport"], "{walk}");
        let receipts = store.consents(person.id).await.expect("read");
        let acts: Vec<&str> = receipts.iter().map(|r| r.act.as_str()).collect();
        assert_eq!(acts, ["given", "withdrawn", "given", "withdrawn"], "{walk}");
    }
    assert!(served.stop().await.success());
}
