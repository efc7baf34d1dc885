//! An editor's whole morning in a real browser: come in, look, lead, ban, write anew, preview as two readers,
//! approve; and the letters that leave are those that were previewed. With and without scripts, on a phone and
//! on a desk, by day and by night. What it saw is left under `target/screenshots`.

use std::path::{Path, PathBuf};

use courant::domain::article::Image;
use courant::domain::editor::{Grant, Role};
use courant::domain::sign_in::LinkWay;
use courant::domain::{ListId, SourceId, SubscriptionId};
use courant::feedback::link::Purpose;
use courant::sink::{Sink, SinkSettings};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::none;
use super::outside::{BROWSER, Judge};
use crate::support::pages::{Pages, token};
use crate::support::paper::{Paper, after, article, slug};

/// Name, width, scheme, scripts.
const WALKS: &[(&str, i64, &str, bool)] = &[
    ("phone-light-plain", 390, "light", false),
    ("phone-dark", 390, "dark", true),
    ("desk-light", 1280, "light", true),
    ("desk-dark-plain", 1280, "dark", false),
];
const EDITION: &str = "/desk/times/daily/2026-11-25";
/// What a feed may bring, and what none of the pages may run.
const EVIL: &str = "Ferry <script>document.title='owned'</script><img src=x onerror=alert(1)>";

fn screenshots() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let folder = target.expect("a folder").join("screenshots");
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

/// A newsroom with headlines as there are, readers, and somebody who may approve.
async fn pages() -> Pages {
    let paper = Paper::daily().await;
    let store = paper.store();
    for (topic, name) in [
        ("harbour", "Harbour"),
        ("culture", "Culture"),
        ("sport", "Sport"),
        ("weather", "Weather"),
    ] {
        store.topic_add(&slug(topic), name).await.expect("added");
    }
    let heads = [
        "Council closes the old harbour bridge for a year from Monday",
        "An orchestra plays for free on the quay this weekend",
        "Late goal sends the harbour club into the second round",
        "Storm warning for the coast until Friday noon",
    ];
    let mut news = Vec::new();
    for (n, head) in heads.iter().enumerate() {
        let mut one = article("news", n, after(paper.now, -20 - n as i64));
        one.article.text.headline = (*head).to_owned();
        one.article.text.summary = "What is known so far, who decided it, and what it means for the people who live there.".to_owned();
        one.article.text.image = Some(Image {
            url: format!("https://wire.example/{n}.jpg"),
            alt: if n == 0 {
                "The bridge at dusk".to_owned()
            } else {
                String::new()
            },
        });
        news.push(one);
    }
    let mut evil = article("news", 9, after(paper.now, -40));
    evil.article.text.headline = EVIL.to_owned();
    news.push(evil);
    let put = store.articles_put(SourceId(1), &news, paper.now).await;
    assert_eq!(put.expect("stored").new, 5);
    let hold = store.list_set(paper.list, "approval", "hold");
    hold.await.expect("set");
    paper
        .readers(&["ann@reader.example", "ben@reader.example"])
        .await;
    Pages::real(paper).await
}

/// A link by which an editor comes in.
async fn link(pages: &Pages) -> String {
    let all = Grant {
        list: None,
        role: Role::Approver,
    };
    let address = "mia@paper.example";
    pages.editor(address, &[all]).await;
    let paper = &pages.paper;
    let hash = paper.hash(address);
    let link = paper
        .store()
        .login_link_add(&hash, LinkWay::Printed, paper.now);
    let link = link.await.expect("a store").expect("a link");
    let at = paper.now.as_millisecond();
    let token = token(
        paper,
        Purpose::Enter,
        (ListId(0), SubscriptionId(link.0), at),
    );
    format!("{}/desk/enter/{token}", pages.base)
}

fn steps(base: &str, link: &str) -> Vec<Value> {
    let look = |name: &str| json!({"look": name});
    let go = |path: &str| json!({"go": format!("{base}{path}")});
    vec![
        json!({"go": link}),
        json!({"press": "main button"}),
        look("desk-1-home"),
        json!({"follow": ".editions a"}),
        look("desk-2-morning"),
        json!({"press": "#a15 button[value=lead]"}),
        look("desk-3-lead"),
        json!({"follow": "#a16 a[data-key=b]"}),
        look("desk-4-ban"),
        json!({"press": "#ban button[value=ban]"}),
        look("desk-5-banned"),
        go(&format!("{EDITION}/story/15")),
        json!({"type": ["#headline", " – again"]}),
        json!({"press": "button[value=rewrite]"}),
        look("desk-6-story"),
        go(EDITION),
        json!({"type": ["#subject-text", "Late goal, closed bridge"]}),
        json!({"press": "#subject button"}),
        look("desk-7-subject"),
        go(&format!("{EDITION}/preview?typical=0&beside=1")),
        look("desk-8-preview"),
        go(EDITION),
        json!({"press": "button[value=approve]"}),
        look("desk-9-approved"),
    ]
}

/// What stands on each view.
const HEADS: &[(&str, &str)] = &[
    ("desk-1-home", "waits for an approval"),
    ("desk-2-morning", "Look it over, then approve it"),
    ("desk-3-lead", "Lead, by an editor"),
    ("desk-4-ban", "looked at have it"),
    ("desk-5-banned", "Take it back"),
    ("desk-6-story", "These are mia’s words"),
    ("desk-7-subject", "Late goal, closed bridge"),
    ("desk-8-preview", "A reader who follows"),
    ("desk-9-approved", "Approved, and nothing is left to do"),
];

/// Views whose words are others than expected, that are wider than their screen, that ran what a feed
/// brought, or of which the judge finds anything.
fn faults(views: &[Value], width: i64) -> Vec<String> {
    assert_eq!(views.len(), HEADS.len());
    let mut found = Vec::new();
    for (view, (name, words)) in views.iter().zip(HEADS) {
        let text = |key: &str| view[key].as_str().expect("a text").to_owned();
        let at = text("view");
        assert!(at.starts_with(name), "{at}");
        let seen = text("text").to_lowercase();
        if !seen.contains(&words.to_lowercase()) {
            found.push(format!("{at}: not `{words}` but: {seen}"));
        }
        if text("title").contains("owned") {
            found.push(format!("{at}: a feed's script ran"));
        }
        if view["scroll"].as_i64() > Some(width) {
            found.push(format!("{at}: {} wide", view["scroll"]));
        }
        assert!(view["checks"].as_i64() > Some(5), "{view}");
        let faults = view["faults"].as_array().expect("a list");
        found.extend(faults.iter().map(|fault| format!("{at}: {fault}")));
    }
    found
}

/// A letter's HTML without where its links lead.
fn unsigned(html: &str) -> String {
    let parts = html.split("href=\"").enumerate();
    let own = |(at, part): (usize, &str)| match at {
        0 => part.to_owned(),
        _ => part
            .split_once('"')
            .map_or(String::new(), |(_, rest)| rest.to_owned()),
    };
    parts.map(own).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a browser for many minutes, and not yet seen to its end"]
async fn an_editor_goes_through_a_whole_morning_in_a_browser() {
    let Some(judge) = Judge::installed("morning", "axe.js", BROWSER) else {
        return;
    };
    let mut found = Vec::new();
    for (name, width, scheme, script) in WALKS {
        let pages = pages().await;
        let link = link(&pages).await;
        let walk = json!({"name": name, "width": width, "scheme": scheme, "script": script,
            "steps": steps(&pages.base, &link)});
        let asked = json!({"shots": screenshots(), "walks": [walk]});
        let views = judge.ours("tests/it/judges/journey.cjs", &asked);
        found.extend(faults(&views, *width));
        // What leaves is what was previewed.
        let mia = pages.session(courant::domain::EditorId(1), "mia").await;
        let asked = format!("{EDITION}/letter?as=ann%40reader.example");
        let preview = pages.desk_get(&mia, &asked).await.text;
        let paper = &pages.paper;
        paper.plan().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sink = Sink::start(listener, SinkSettings::default()).expect("a sink");
        let delivery = paper.delivery(sink.addr().port(), after(paper.due, 1));
        let ended = delivery.run(None, &CancellationToken::new()).await;
        ended.expect("delivered");
        let mails = sink.mailbox().messages();
        let own = mails.iter().find(|m| m.recipient == "ann@reader.example");
        let own = own.expect("Ann's letter");
        let parsed = MessageParser::default()
            .parse(&own.bytes)
            .expect("a message");
        assert_eq!(parsed.subject(), Some("Late goal, closed bridge"));
        let html = parsed.body_html(0).expect("HTML").replace("\r\n", "\n");
        let framed = preview.replace("<base target=\"_blank\">", "");
        assert_eq!(unsigned(&html), unsigned(&framed), "{name}");
        assert!(html.contains("– again") && !html.contains("Storm warning"));
    }
    none(found);
}
