//! From a page to an article, as it is typed: clean-up rules kept and tried, saved pages handed in,
//! pages fetched where a feed has teasers only.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::binary::courant_reading as courant;
use crate::support::typing::Typing;
use crate::support::{Folder, skip};

/// A folder whose list `times` offers nothing yet.
struct Desk(Folder);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        let zone = "home_zone=Europe/Berlin";
        desk.done(&["list", "add", "times", "--name", "The Times", zone]);
        desk
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Keeps rules for a source that is there afterwards.
    fn rules(&self, source: &str, text: &str) {
        let file = self.file(&format!("{source}.toml"), text);
        self.done(&["source", "set", source, "rules", &format!("@{file}")]);
    }
}

const PARAGRAPH: &str = "The ferry will stop for three weeks, the harbour said on Monday, and nobody \
                         on the island was asked about it beforehand, or told since.";

/// A page of an invented site, as text.
fn page() -> String {
    format!(
        "QUAYSIDE DAILY\nMay 3, 2024 \u{a0}|\u{a0}\n0\n\u{a0}| Quay,XX\nSponsor:\u{a0} ACME\u{a0}\n\
         Sponsor:\u{a0} ACME:\u{a0}Anvils for everybody who ever wanted one, and for all others.\n\
         back\u{a0}\u{a0}\ntopic\nAnna van Berg\n\n\nPic:It’s final: The ferry stops\n\n{PARAGRAPH}\n\n\
         A warning\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\n• Anna van Berg can be reached at a@harbour.example."
    )
}

const RULES: &str = r#"
image_mark = ["Pic:"]
drop = ["QUAYSIDE DAILY"]

[[publisher]]
domain = "harbour.example"
name = "The Harbour"
url = "https://www.harbour.example/"

[[example]]
headline = "Pic:Quay: one"
must = { headline = "Quay: one" }
"#;

#[tokio::test]
async fn a_saved_page_comes_out_by_its_sources_rules_and_waits_for_an_editor() {
    let desk = Desk::new().await;
    let rows = desk.file(
        "rows.jsonl",
        r#"{"url":"https://q.example/1","headline":"One row"}"#,
    );
    desk.done(&["article", "import", &rows, "--source", "quay"]);
    desk.rules("quay", RULES);
    assert_eq!(desk.json(&["source", "show", "quay"])["rules"], RULES);
    let (written, _) = desk.done(&["source", "show", "quay", "--rules"]);
    assert_eq!(written.trim(), RULES.trim());
    let (shown, _) = desk.done(&["source", "show", "quay"]);
    assert!(
        shown.contains("\nrules            9 lines; `courant source show quay --rules`"),
        "{shown}"
    );

    let file = desk.file("page.txt", &page());
    let url = "https://q.example/ferry";
    let import = [
        "article", "import", "--page", &file, "--url", url, "--source", "quay",
    ];
    let read = desk.json(&import);
    assert_eq!((&read["new"], &read["backlog"]), (&json!(1), &json!(1)));
    let article = &read["article"];
    assert_eq!(article["text"]["headline"], "It’s final: The ferry stops");
    assert_eq!(article["text"]["byline"], "Anna van Berg");
    let body = format!("{PARAGRAPH}\n\nA warning\n\n{PARAGRAPH}\n\n{PARAGRAPH}");
    assert_eq!(article["text"]["body"], body);
    assert_eq!(
        (&article["published"], &article["backlog"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(
        (&article["topics"], &article["places"]),
        (&json!([]), &json!([]))
    );
    let facts = json!({
        "words": 87,
        "reading_minutes": 1,
        "headings": ["A warning"],
        "contact": "• Anna van Berg can be reached at a@harbour.example.",
        "publisher": {"domain": "harbour.example", "name": "The Harbour", "url": "https://www.harbour.example/"},
        "page_date": "2024-05-03",
        "reader_place": "Quay, XX",
        "image_mark": "Pic:",
    });
    assert_eq!(article["page"], facts);
    assert_eq!(desk.json(&["article", "show", url])["page"], facts);
    let (shown, _) = desk.done(&["article", "show", url]);
    assert!(
        shown.contains(
            "\nfirst published by  The Harbour · harbour.example · https://www.harbour.example/\n"
        ) && shown.contains("\nreading time        1 min (87 words)\n"),
        "{shown}"
    );

    // The same page as a browser sends it, and again: nothing changes.
    let mut html = "<!doctype html><title>x</title><body><nav>Menu</nav>".to_owned();
    for line in page().lines() {
        html.push_str(&format!("<div><p>{line}</div>"));
    }
    let html = desk.file("page.html", &html);
    let again = desk.json(&[
        "article", "import", "--page", &html, "--url", url, "--source", "quay",
    ]);
    assert_eq!((&again["new"], &again["unchanged"]), (&json!(0), &json!(1)));
    assert_eq!(again["article"]["page"], facts);

    let (code, _, err) = desk.run(&["article", "set", url, "--published", "2099-01-01"]);
    assert_eq!(
        (code, err.lines().next()),
        (2, Some("error: --published: `2099-01-01` is in the future"))
    );
    desk.done(&["article", "set", url, "--published", "2024-05-01"]);
    let article = desk.json(&["article", "show", url]);
    assert_eq!(
        (&article["published"], &article["backlog"]),
        (&json!("2024-05-01T12:00:00Z"), &json!(false))
    );
}

#[tokio::test]
async fn a_page_without_an_address_gets_one_later_and_keeps_it() {
    let desk = Desk::new().await;
    let page = desk.file("page.txt", &page());
    let (out, err) = desk.done(&["article", "import", "--page", &page]);
    assert_eq!(
        out,
        "`import`: 1 new, 0 revised, 0 unchanged, 1 of the new ones backlog\n"
    );
    assert!(
        err.contains("the page states no address, so one was made up"),
        "{err}"
    );
    let (_, err) = desk.done(&["article", "set", "1", "--published", "2024-05-01"]);
    assert!(err.contains("letters bring it without a link"), "{err}");
    assert_eq!(desk.run(&["article", "set", "1"]).0, 2);
    let url = "https://q.example/ferry";
    desk.done(&[
        "article",
        "set",
        "1",
        "--url",
        url,
        "--published",
        "2024-05-01T10:00:00+02:00",
    ]);
    let (out, err) = desk.done(&["article", "import", "--page", &page]);
    assert_eq!(
        (out.as_str(), err.as_str()),
        ("`import`: 0 new, 0 revised, 1 unchanged\n", "")
    );
    let article = desk.json(&["article", "show", "1"]);
    assert_eq!(
        (&article["url"], &article["published"]),
        (&json!(url), &json!("2024-05-01T08:00:00Z"))
    );
}

#[test]
fn rules_are_tried_in_an_empty_folder_and_say_which_one_did_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
        folder.path().join(name).to_str().expect("UTF-8").to_owned()
    };
    let (rules, page) = (file("rules.toml", RULES), file("page.txt", &page()));
    let run = |args: &[&str]| {
        courant(
            folder.path(),
            &[&["source", "test-rules"], args].concat(),
            "",
        )
    };
    let (code, out, err) = run(&["--rules", &rules, &page]);
    assert_eq!(
        (code, err.as_str()),
        (0, "1 example: as they must be\n"),
        "{out}"
    );
    assert!(
        out.contains("rule image_mark `Pic:{headline}`")
            && out.contains("default drop `Sponsor:*`"),
        "{out}"
    );
    let (code, out, err) = run(&["--rules", &rules, &page, "none.txt", "--json"]);
    assert_eq!(code, 6, "{err}");
    assert!(
        err.starts_with("`none.txt`: cannot read `none.txt`"),
        "{err}"
    );
    let tried: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(tried[0]["page"]["reader_place"], "Quay, XX");
    assert_eq!(
        tried[0]["steps"][0],
        json!({
            "field": "line", "before": "QUAYSIDE DAILY", "after": "", "rule": "rule drop `QUAYSIDE DAILY`",
        })
    );
    let wrong = file("wrong.toml", "drop = ['a']\nheadlines = []");
    let (code, _, err) = run(&["--rules", &wrong]);
    assert!(
        code == 1 && err.contains("wrong.toml`, line 2: unknown field `headlines`"),
        "{err}"
    );
    let fails = file(
        "fails.toml",
        "[[example]]\nheadline = 'a'\nmust = { headline = 'b' }",
    );
    let (code, _, err) = run(&["--rules", &fails]);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("error: example 1: `headline` must be `b`, and is `a`\nhint: "),
        "{err}"
    );
    assert_eq!(run(&[]).0, 2);
}

/// What the page that this product was asked for from must come to.
#[tokio::test]
async fn the_seed_page_comes_out_as_it_must() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS") else {
        return skip("the seed page", "COURANT_CORPUS is not set");
    };
    let seed = std::fs::read_dir(Path::new(&corpus).join("seed")).expect("the seed's folder");
    let seed = seed
        .map(|f| f.expect("a file").path())
        .next()
        .expect("the seed");
    let text = std::fs::read_to_string(seed).expect("UTF-8");
    let desk = Desk::new().await;
    let rows = desk.file(
        "rows.jsonl",
        r#"{"url":"https://a.example/1","headline":"One row"}"#,
    );
    desk.done(&["article", "import", &rows, "--source", "seed"]);
    desk.rules("seed", include_str!("../golden/page/seed.toml"));
    for (name, page) in [
        ("text", text.clone()),
        ("html", hostile(&text)),
        ("bare", bare(&text)),
        ("boxed", boxed(&text)),
    ] {
        let file = desk.file(&format!("{name}.page"), &page);
        let url = format!("https://a.example/{name}");
        let read = desk.json(&[
            "article", "import", "--page", &file, "--url", &url, "--source", "seed",
        ]);
        let article = &read["article"];
        let text = &article["text"];
        assert_eq!(
            text["headline"],
            "It’s complicated: Terror group ISIS-K targets U.S. — and its worst enemies",
            "{name}"
        );
        assert_eq!(text["byline"], "Ben Wolfgang", "{name}");
        assert_eq!(
            article["page"],
            json!({
                "words": 1272,
                "reading_minutes": 5,
                "headings": ["Warning an enemy", "‘ISIS-K is in growth mode’"],
                "contact": "• Ben Wolfgang can be reached at bwolfgang@washingtontimes.com.",
                "publisher": {
                    "domain": "washingtontimes.com",
                    "name": "The Washington Times",
                    "url": "https://www.washingtontimes.com/",
                },
                "page_date": "2025-06-19",
                "reader_place": "Remer, MN",
                "image_mark": "NextImg:",
            }),
            "{name}"
        );
        let body = text["body"].as_str().expect("a body");
        assert_eq!(body.split("\n\n").count(), 29, "{name}");
        assert!(
            body.starts_with("In the high-stakes world")
                && body.ends_with("doing enough about it.”")
        );
        assert!(
            body.contains("Afghanistan’s ruling") && body.contains("Utillizing"),
            "{name}"
        );
        for gone in [
            "QWIKET",
            "Sponsor",
            "\nback",
            "\ntopic",
            "\n0",
            "AMERICA ONE",
            "Remer",
            "cookies",
            "morning letter",
            "Tell your friends",
            "a euro",
        ] {
            assert!(!body.contains(gone), "{name}: {gone}");
        }
        assert_eq!(
            (&article["published"], &article["backlog"]),
            (&Value::Null, &json!(true))
        );
        assert_eq!(
            (&article["topics"], &article["places"]),
            (&json!([]), &json!([]))
        );
    }
}

/// The lines of a page in mark-up that does what it can against being read.
fn hostile(text: &str) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html><head><title>Home | Everything</title><script>for(;;){{'<p>'}}</script>\
         <style>p{{}}</style></head><body onload=alert(1)><!-- <p>{PARAGRAPH}</p> -->{}\
         <nav><ul><li><a href=/>Home</a><li><a href=/w>World</a></ul></nav><aside><p>{PARAGRAPH}</p></aside>\
         <div style=\"display:none\"><p>{PARAGRAPH}</p></div><script>document.write('<p>{PARAGRAPH}')</script>",
        "<div><span>".repeat(5_000)
    );
    for (n, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        let line = line
            .replace('&', "&amp;")
            .replace('—', "&mdash;")
            .replace('’', "&#8217;");
        let line = line
            .replacen(' ', "\u{202e} <b onclick=x>\u{200b}</b>", 1)
            .replace('\u{200b}', "");
        let odd = [
            "<p class=a>",
            "<div><p>",
            "<p><font color=red>",
            "</section><p>",
        ];
        html.push_str(&format!(
            "{}{line}<i hidden>no</i>\u{0}\n",
            odd[n % odd.len()]
        ));
    }
    html.push_str("<iframe src=javascript:x></iframe><svg><p>no</p></svg><script>never closed <p>");
    html
}

/// The same lines with what sites put around and between a piece.
fn boxed(text: &str) -> String {
    let ask = "We and our 842 partners use cookies to store your choices, to measure what is read and \
               to show advertisements, and you can change your mind at any time on our privacy page. ";
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    let line = |(n, line): (usize, &str)| {
        let line = line.replace('&', "&amp;");
        let between = match n % 9 {
            8 => {
                "<div class=\"share-tools social\"><p>Tell your friends about this story, and post it \
                  wherever they read what you post.</p></div>"
            }
            4 => {
                "<div class=\"inline-promo\"><p>Read all about it, on paper and online, for a euro a \
                  week in the first year.</p></div>"
            }
            _ => "",
        };
        format!("<p>{line}</p>{between}\n")
    };
    let lines: String = lines.enumerate().map(line).collect();
    format!(
        "<html><body><div id=\"cookie-banner\" class=\"cookie-consent\" role=\"dialog\"><p>{}</p>\
         <button>Accept</button></div><div class=\"content related-topics\">{lines}</div>\
         <div class=\"newsletter-signup\"><p>Sign up for our morning letter, which brings the best of \
         the day, and leave whenever you like: ten thousand people read it already.</p></div></body></html>",
        ask.repeat(4)
    )
}

/// The same lines in one preformatted element.
fn bare(text: &str) -> String {
    format!("<html><body><pre>{text}</pre></body></html>")
}

type Pages = Arc<Mutex<BTreeMap<String, (&'static str, String)>>>;

/// Answers by path, and keeps which were asked for.
struct Site {
    address: String,
    pages: Pages,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn new() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let (pages, asked) = (Pages::default(), Arc::<Mutex<Vec<String>>>::default());
        let site = Site {
            address,
            pages: pages.clone(),
            asked: asked.clone(),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let (mut request, mut piece) = (Vec::new(), [0; 1024]);
                while !request.ends_with(b"\r\n\r\n") {
                    let n = stream.read(&mut piece).expect("a request");
                    request.extend(&piece[..n]);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let found = pages.lock().expect("held by nobody").get(&path).cloned();
                let (status, (kind, body)) = match found {
                    Some(found) => ("200 OK", found),
                    None => ("404 Not Found", ("text/html", String::new())),
                };
                asked.lock().expect("held by nobody").push(path);
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(body.as_bytes());
            }
        });
        site
    }

    fn has(&self, path: &str, kind: &'static str, body: String) {
        let mut pages = self.pages.lock().expect("held by nobody");
        pages.insert(path.to_owned(), (kind, body));
    }

    /// The pages that were asked for since the last time, without the feed.
    fn asked(&self) -> Vec<String> {
        let mut asked: Vec<String> = self
            .asked
            .lock()
            .expect("held by nobody")
            .drain(..)
            .collect();
        asked.retain(|path| path.starts_with("/p/"));
        asked.sort();
        asked
    }
}

fn feed(site: &str, teaser: &str) -> String {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000");
    let item = |n: &str, text: &str| {
        format!(
            "<item><title>Pic:Story {n} of the harbour</title><link>{site}/p/{n}</link><guid>{n}</guid>\
             <pubDate>{now}</pubDate><description>{text}</description></item>"
        )
    };
    let whole = format!("<![CDATA[<p>{}</p>]]>", format!("{PARAGRAPH} ").repeat(9));
    let full = item("full", "All of it.").replace(
        "</item>",
        &format!("<content:encoded>{whole}</content:encoded></item>"),
    );
    format!(
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>\
         <title>Quay</title><link>{site}/</link>{}{}{}{full}</channel></rss>",
        item("a", teaser),
        item("gone", "It is gone."),
        item("zip", "It is packed."),
    )
}

#[tokio::test]
async fn the_page_of_a_teaser_is_fetched_once_and_again_when_the_entry_changes() {
    let desk = Desk::new().await;
    let site = Site::new();
    let page = |text: &str| {
        format!(
            "<html lang=en><head><link rel=canonical href='{0}/p/own'><meta property=og:image \
             content='{0}/a.jpg'></head><body><nav>Menu</nav><h1>Pic:Story a of the harbour</h1>\
             <p>By Ann Ebo</p><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p><p>{text}</p></body></html>",
            site.address
        )
    };
    site.has(
        "/feed",
        "application/rss+xml",
        feed(&site.address, "It stops."),
    );
    site.has("/p/a", "text/html; charset=utf-8", page(PARAGRAPH));
    site.has("/p/zip", "application/zip", "PK".to_owned());
    let location = format!("{}/feed", site.address);
    desk.done(&[
        "source",
        "add",
        "quay",
        &location,
        "--private-network",
        "--list",
        "times",
    ]);
    desk.done(&["source", "set", "quay", "full_text", "true"]);
    desk.rules("quay", RULES);
    assert!(site.asked().is_empty());
    desk.done(&["source", "fetch", "quay"]);
    assert_eq!(site.asked(), ["/p/a", "/p/gone", "/p/zip"]);
    let own = format!("{}/p/own", site.address);
    let article = desk.json(&["article", "show", &own]);
    let text = &article["text"];
    assert_eq!(text["headline"], "Story a of the harbour");
    assert_eq!(
        (&text["summary"], &text["byline"]),
        (&json!("It stops."), &json!("Ann Ebo"))
    );
    assert_eq!(
        text["body"],
        format!("{PARAGRAPH}\n\n{PARAGRAPH}\n\n{PARAGRAPH}")
    );
    assert_eq!(text["image"]["url"], format!("{}/a.jpg", site.address));
    assert_eq!(
        (&article["page"]["words"], &article["language"]),
        (&json!(75), &json!("en"))
    );
    // What failed is a problem of its entry.
    let source = desk.json(&["source", "show", "quay"]);
    let problems = source["problems"].to_string();
    for what in [
        "entry `gone` was not read, its teaser stays",
        "it is `application/zip`, no page",
    ] {
        assert!(problems.contains(what), "{problems}");
    }
    let gone = desk.json(&["article", "show", &format!("{}/p/gone", site.address)]);
    assert_eq!(gone["text"]["summary"], "It is gone.");

    // The same entries again: a page that was had is not asked for; one that failed is, three times.
    for expected in [&["/p/gone", "/p/zip"][..], &["/p/gone", "/p/zip"], &[], &[]] {
        let (out, _) = desk.done(&["source", "fetch", "quay"]);
        assert_eq!(site.asked(), expected, "{out}");
    }
    assert_eq!(
        desk.json(&["article", "show", &own])["revisions"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );

    // A changed entry is read again; a page that then cannot be had costs nothing.
    site.has(
        "/feed",
        "application/rss+xml",
        feed(&site.address, "It stops soon."),
    );
    site.has("/p/a", "text/html", page("It starts again."));
    desk.done(&["source", "fetch", "quay"]);
    assert_eq!(site.asked(), ["/p/a"]);
    let text = &desk.json(&["article", "show", &own])["text"];
    let body = format!("{PARAGRAPH}\n\n{PARAGRAPH}\n\nIt starts again.");
    assert_eq!(
        (&text["summary"], &text["body"]),
        (&json!("It stops soon."), &json!(body))
    );
    site.has(
        "/feed",
        "application/rss+xml",
        feed(&site.address, "It stops now."),
    );
    site.has("/p/a", "text/html", "<p>maintenance</p>".to_owned());
    desk.done(&["source", "fetch", "quay"]);
    let text = &desk.json(&["article", "show", &own])["text"];
    assert_eq!(
        (&text["summary"], &text["body"]),
        (&json!("It stops now."), &json!(body))
    );
}
