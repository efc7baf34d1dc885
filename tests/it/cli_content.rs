//! Sources, articles and sponsors as they are typed: words, channels and exit codes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::courant_reading as courant;
use crate::support::typing::Typing;

/// A folder whose list `times` offers the topics `harbour` and `politics` and the place `port`.
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
        desk.done(&["topic", "add", "harbour"]);
        desk.done(&["topic", "add", "politics"]);
        desk.done(&["place", "add", "port"]);
        desk
    }
}

/// Answers every request with the same response, and keeps what was asked.
struct Site {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<String>>,
}

impl Site {
    fn new(answer: String) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let site = Site {
            address,
            asked: Arc::default(),
            answer: Arc::new(Mutex::new(answer)),
        };
        let (asked, answer) = (site.asked.clone(), site.answer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut request = Vec::new();
                let mut piece = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    let n = stream.read(&mut piece).expect("a request");
                    request.extend(&piece[..n]);
                }
                let request = String::from_utf8(request).expect("UTF-8");
                asked.lock().expect("held by nobody").push(request);
                let answer = answer.lock().expect("held by nobody").clone();
                stream.write_all(answer.as_bytes()).expect("answered");
            }
        });
        site
    }

    fn says(&self, answer: String) {
        *self.answer.lock().expect("held by nobody") = answer;
    }

    fn last_asked(&self) -> String {
        let asked = self.asked.lock().expect("held by nobody");
        asked.last().cloned().unwrap_or_default().to_lowercase()
    }
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\netag: \"one\"\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// Three entries (one dated now, one long ago, one undated) and one without a link.
fn feed() -> String {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Harbour Wire</title>\
         <link>https://wire.example/</link><description>x</description>\
         <item><title>The new pier opens today</title><link>https://wire.example/pier</link>\
         <guid>1</guid><pubDate>{now}</pubDate><category>City Hall</category>\
         <category>Quay</category><description>It is long.</description></item>\
         <item><title>An old piece about boats</title><link>https://wire.example/boats</link>\
         <guid>2</guid><pubDate>Mon, 06 Jan 2020 08:00:00 +0000</pubDate></item>\
         <item><title>A piece without a date</title><link>https://wire.example/undated</link>\
         <guid>3</guid></item>\
         <item><title>A piece without a link</title><description>x</description></item>\
         </channel></rss>"
    )
}

#[tokio::test]
async fn a_feed_is_added_fetched_again_and_shown() {
    let desk = Desk::new().await;
    let site = Site::new(ok(&feed()));
    let url = format!("http://{}/feed", site.address);
    let map = "city hall=politics, quay=place:port";
    let add = [
        "source", "add", "wire", &url, "--topic", "harbour", "--map", map,
    ];
    // Without leave, nothing on this machine is dialled.
    let (code, out, err) = desk.run(&add);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with("error: the source `wire` was not added: `127.0.0.1` leads to 127.0.0.1"),
        "{err}"
    );
    assert!(
        desk.json(&["source", "list"])
            .as_array()
            .expect("rows")
            .is_empty()
    );

    let (out, err) = desk.done(&[&add[..], &["--private-network"]].concat());
    assert!(
        out.contains("\nfound: 3 new (2 of them backlog), 1 refused\n"),
        "{out}"
    );
    assert!(out.contains("  The new pier opens today\n"), "{out}");
    assert_eq!(
        err,
        "added the source `wire` (Harbour Wire)\nlists: times\n\
         problem: entry 4, `link`: the entry has no link\n"
    );
    let articles = desk.json(&["article", "list", "--since", "1h"]);
    let marks: Vec<_> = articles
        .as_array()
        .expect("rows")
        .iter()
        .map(|a| (a["text"]["headline"].as_str(), a["backlog"].as_bool()))
        .collect();
    assert!(marks.contains(&(Some("The new pier opens today"), Some(false))));
    assert!(marks.contains(&(Some("A piece without a date"), Some(true))));
    let pier = desk.json(&["article", "show", "https://wire.example/pier?utm_source=x"]);
    assert_eq!(pier["topics"][0]["topic"], "politics");
    assert_eq!(pier["places"][0]["place"], "port");
    assert_eq!(pier["revisions"].as_array().expect("texts").len(), 1);

    // The next fetch is conditional; a changed text is a new revision.
    site.says(status("304 Not Modified"));
    let (out, _) = desk.done(&["source", "fetch", "wire"]);
    assert!(out.contains("not modified"), "{out}");
    assert!(site.last_asked().contains("if-none-match: \"one\""));
    site.says(ok(&feed().replace("It is long.", "It is longer.")));
    let (out, _) = desk.done(&["source", "fetch", "--all"]);
    assert!(
        out.contains("0 new, 1 revised, 2 unchanged, 1 refused"),
        "{out}"
    );
    let (out, _) = desk.done(&["article", "show", "1"]);
    assert!(out.contains("text 2 by the source"), "{out}");
    assert!(out.contains("It is longer."), "{out}");

    // A failure is told, recorded, and waited out.
    site.says(status("500 Internal Server Error"));
    let (code, out, err) = desk.run(&["source", "fetch", "wire"]);
    assert_eq!(code, 1, "{out}");
    assert_eq!(err, format!("error: `wire`: `{url}` answers 500\n"));
    let shown = desk.json(&["source", "show", "wire"]);
    assert_eq!(shown["failures"], 1);
    assert_eq!(shown["lists"][0], "times");
    assert_eq!(shown["map"], "city hall=politics, quay=place:port");
    assert_eq!(shown["problems"].as_array().expect("problems").len(), 1);
    let (_, err) = desk.done(&["source", "fetch"]);
    assert_eq!(err, "no source is due\n");
    // What is no feed is not added, and takes no name.
    site.says(ok(
        "<html><head><title>x</title></head><body>Hello</body></html>",
    ));
    let again = [
        "source",
        "add",
        "page",
        &url,
        "--private-network",
        "--again",
    ];
    let (code, _, err) = desk.run(&again);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("error: the source `page` was not added: this is a web page"),
        "{err}"
    );
    site.says(ok(&feed()));
    desk.done(&again);
}

#[tokio::test]
async fn a_file_is_a_source_too_and_its_settings_change() {
    let desk = Desk::new().await;
    let file = desk.file("wire.xml", &feed());
    let file = file.to_str().expect("UTF-8");
    desk.done(&["list", "add", "sport", "--name", "Sport"]);
    let (out, _) = desk.done(&[
        "source",
        "add",
        "wire",
        file,
        "--list",
        "times",
        "--backlog",
        "all",
        "--name",
        "Wire",
    ]);
    assert!(out.contains("\nfound: 3 new, 1 refused\n"), "{out}");
    for (key, value) in [
        ("lists", "times, sport"),
        ("topic", "harbour"),
        ("language", "pt-BR"),
        ("map", "quay=place:port"),
        ("interval", "60"),
        ("private_network", "true"),
        ("backlog", "none"),
        ("name", "The Wire"),
    ] {
        let (out, err) = desk.done(&["source", "set", "wire", key, value]);
        let anew = match key {
            "topic" | "language" | "map" => {
                "its next fetch reads the whole feed by it, changed or not\n"
            }
            _ => "",
        };
        assert_eq!(
            (out.as_str(), err),
            ("", format!("set `{key}` of the source `wire`\n{anew}"))
        );
    }
    let shown = desk.json(&["source", "show", "wire"]);
    assert_eq!(shown["lists"], serde_json::json!(["sport", "times"]));
    assert_eq!(
        (&shown["topic"], &shown["language"], &shown["name"]),
        (&"harbour".into(), &"pt-BR".into(), &"The Wire".into())
    );
    assert_eq!(
        (&shown["interval_minutes"], &shown["backlog"]),
        (&60.into(), &"none".into())
    );
    desk.done(&["source", "pause", "wire"]);
    assert_eq!(desk.json(&["source", "list"])[0]["state"], "paused");
    desk.done(&["source", "resume", "wire"]);
    desk.refused(
        &["source", "remove", "wire"],
        1,
        "error: the source `wire` is taken from by sport, times\n\
         hint: `courant source remove wire --yes` removes it all the same; its articles stay\n",
    );
    desk.done(&["source", "remove", "wire", "--yes"]);
    let (_, err) = desk.done(&["source", "list"]);
    assert_eq!(
        err,
        "there is no source yet; `courant source add SLUG URL` adds one\n"
    );
    desk.done(&["article", "show", "1"]);
    desk.refused(
        &["source", "add", "wire", file],
        1,
        "error: there is already a source `wire`\n\
         hint: choose another name (a removed source keeps its own), or change it with \
         `courant source set`\n",
    );
}

#[tokio::test]
async fn what_a_source_cannot_be_is_refused_with_what_can() {
    let desk = Desk::new().await;
    let file = desk.file("wire.xml", &feed());
    let file = file.to_str().expect("UTF-8");
    desk.done(&["source", "add", "wire", file, "--no-fetch"]);
    let again = "error: its address is that of the source `wire` already\n\
         hint: change that one with `courant source set wire`, or add it a second time with --again\n";
    desk.refused(&["source", "add", "a", file], 1, again);
    let file = desk.file("other.xml", &feed());
    let file = file.to_str().expect("UTF-8");
    for (args, code, stderr) in [
        (
            vec!["source", "add", "The Wire", file],
            2,
            "error: `The Wire` is no short name: it takes 1 to 40 characters out of a-z, 0-9 and -\n\
             hint: `the-wire` would do\n",
        ),
        (
            vec!["source", "add", "a", "ftp://n.example/feed"],
            2,
            "error: `ftp://n.example/feed` is no http or https URL\n\
             hint: a feed is an http(s) URL or a file\n",
        ),
        (
            vec!["source", "add", "a", "/no/such"],
            1,
            "error: cannot read the feed `/no/such`: No such file or directory (os error 2)\n\
             hint: a feed is a file, or a URL that starts with https:// or http://\n",
        ),
        (
            vec!["source", "add", "a", file, "--list", "tmes"],
            1,
            "error: there is no list `tmes`\nhint: did you mean `times`?\n",
        ),
        (
            vec!["source", "add", "a", file, "--topic", "sport"],
            1,
            "error: there is no topic `sport`\nhint: the topics are harbour, politics\n",
        ),
        (
            vec!["source", "add", "a", file, "--map", "x=place:prt"],
            1,
            "error: there is no place `prt`\nhint: did you mean `port`?\n",
        ),
        (
            vec!["source", "add", "a", file, "--map", "x"],
            2,
            "error: `x` in a category map is not of the form category=topic or category=place:slug\n\
             hint: for example `--map \"city hall=politics, harbour=place:port\"`\n",
        ),
        (
            vec!["source", "add", "a", file, "--backlog", "windw"],
            2,
            "error: `windw` is none of window, all, none\nhint: did you mean `window`?\n",
        ),
        (
            vec!["source", "add", "a", file, "--language", "english!"],
            2,
            "error: `english!` is no language tag\nhint: write en or pt-BR\n",
        ),
        (
            vec!["source", "show", "wires"],
            1,
            "error: there is no source `wires`\nhint: did you mean `wire`?\n",
        ),
        (
            vec!["source", "set", "wire", "intervall", "5"],
            2,
            "error: a source has no setting `intervall`\nhint: did you mean `interval`?\n",
        ),
        (
            vec!["source", "set", "wire", "interval", "0"],
            2,
            "error: `0` will not do for `interval`: it takes a whole number from 1 to 1440\n\
             hint: minutes between two fetches, 1 to 1440\n",
        ),
        (
            vec!["article", "show", "99"],
            1,
            "error: there is no article `99`\n\
             hint: `courant article list --since 30d` shows what there is\n",
        ),
        (
            vec!["article", "import", "-", "--source", "Wire"],
            2,
            "error: `Wire` is no short name: it takes 1 to 40 characters out of a-z, 0-9 and -\n\
             hint: `wire` would do\n",
        ),
    ] {
        desk.refused(&args, code, stderr);
    }
    let (code, _, _) = desk.run(&["source", "add", "a", file, "--interval", "0"]);
    assert_eq!(code, 2);
    let missing = desk.0.path().join("elsewhere");
    assert_eq!(courant(&missing, &["source", "list"], "").0, 3);
}

#[test]
fn a_feed_is_parsed_without_a_data_folder() {
    let nowhere = Path::new("/no/such/folder");
    let (code, out, err) = courant(nowhere, &["source", "parse", "-", "--json"], &feed());
    assert_eq!((code, err.as_str()), (0, ""));
    let parsed: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(parsed["format"], "rss");
    assert_eq!(parsed["entries"].as_array().expect("entries").len(), 4);
    let (code, out, _) = courant(nowhere, &["source", "parse", "-"], &feed());
    assert_eq!(code, 0);
    assert!(
        out.contains("2020-01-06 08:00 UTC  An old piece about boats"),
        "{out}"
    );
    let (code, out, err) = courant(nowhere, &["source", "parse", "-", "--json"], "{}");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with("error: this is JSON but no JSON Feed"),
        "{err}"
    );
}

#[tokio::test]
async fn what_shows_nothing_is_no_headline_and_no_name_and_a_picture_over_http_is_named() {
    let desk = Desk::new().await;
    let rows = r#"{"url":"https://n.example/1","headline":" \u200b "}
{"url":"https://n.example/2","headline":"Two","image":"http://n.example/2.jpg"}
"#;
    let rows = desk.file("rows.jsonl", rows);
    let (code, out, err) = desk.run(&["article", "import", rows.to_str().expect("UTF-8")]);
    let counted = "`import`: 1 new, 0 revised, 0 unchanged, 1 refused\n";
    assert_eq!((code, out.as_str()), (6, counted), "{err}");
    let http = "over http: not shown as given; `courant list set LIST images own` fetches";
    assert!(err.contains("line 1, `headline`: the row has no"), "{err}");
    assert!(err.contains(&format!("1 picture {http} them\n")), "{err}");
    let (shown, _) = desk.done(&["article", "show", "1"]);
    let image = format!("http://n.example/2.jpg ({http} it)");
    assert!(shown.contains(&image), "{shown}");
    let (code, _, err) = desk.run(&["sponsor", "add", "rope", "\u{200b}\u{2060}"]);
    assert_eq!(
        (code, err.lines().next()),
        (2, Some("error: the name is empty"))
    );
}

#[tokio::test]
async fn rows_are_handed_in_and_bad_ones_are_named() {
    let desk = Desk::new().await;
    let good = r#"{"url":"https://n.example/1","headline":"The first row of all","topics":["politics"]}
{"url":"https://n.example/2","headline":"The second row of all","published":"2019-01-01"}
"#;
    let rows = desk.file("rows.jsonl", good);
    let rows = rows.to_str().expect("UTF-8");
    let import = ["article", "import", rows, "--topic", "harbour"];
    let (out, err) = desk.done(&import);
    assert_eq!(out, "`import`: 2 new, 0 revised, 0 unchanged\n");
    assert_eq!(
        err,
        "made the source `import` for times\n\
         letters name no source for its stories; `courant source set import name NAME` gives it one\n"
    );
    let (out, err) = desk.done(&import);
    assert_eq!(
        (out.as_str(), err.as_str()),
        ("`import`: 0 new, 0 revised, 2 unchanged\n", "")
    );
    let article = |id: &str| desk.json(&["article", "show", id]);
    assert_eq!(article("1")["topics"][0]["topic"], "politics");
    assert_eq!(article("2")["topics"][0]["topic"], "harbour");
    assert_eq!(article("2")["backlog"], false);

    let mixed = format!("{good}{{\"url\":\"https://n.example/3\"}}\nnonsense\n");
    let home = desk.0.path();
    let (code, out, err) = courant(
        home,
        &["article", "import", "-", "--source", "wire"],
        &mixed,
    );
    assert_eq!(code, 6);
    assert_eq!(out, "`wire`: 2 new, 0 revised, 0 unchanged, 2 refused\n");
    assert!(
        err.starts_with("made the source `wire` for times\n")
            && err.contains("\nline 3, `headline`: "),
        "{err}"
    );
    assert!(err.contains("\nline 4: the line is no JSON"), "{err}");
    let (code, out, err) = courant(home, &["article", "import", "-"], "nonsense\n");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.ends_with("error: none of the 1 rows could be taken\n"),
        "{err}"
    );
    // The same pages from two sources are the same stories.
    let first = article("1");
    assert_eq!(first["story_articles"][0]["source_name"], "wire");
    desk.refused(
        &["source", "fetch", "wire"],
        1,
        "error: the source `wire` is handed in, not fetched\n\
         hint: `courant article import FILE --source wire`\n",
    );
}

#[tokio::test]
async fn a_saved_page_is_one_article() {
    let desk = Desk::new().await;
    let text = format!(
        "The Harbour Times\nMenu\nThe new pier opens today\n{}\n{}\n",
        "It is long, and everybody who came to see it stayed until the evening. ".repeat(3),
        "The mayor spoke of the wind, and of the years that it took to build it. ".repeat(3)
    );
    let page = desk.file("page.txt", &text);
    let page = page.to_str().expect("UTF-8");
    let url = "https://n.example/pier";
    let (out, _) = desk.done(&["article", "import", "--page", page, "--url", url]);
    assert_eq!(
        out,
        "`import`: 1 new, 0 revised, 0 unchanged, 1 of the new ones backlog\n"
    );
    let shown = desk.json(&["article", "show", url]);
    assert_eq!(shown["text"]["headline"], "The new pier opens today");
    let bad = desk.file("bad.txt", "Menu\n");
    let bad = bad.to_str().expect("UTF-8");
    let (code, _, err) = desk.run(&["article", "import", "--page", bad, "--url", url]);
    assert_eq!(code, 1, "{err}");
    assert!(
        err.starts_with("error: no body was found in the page\nhint: "),
        "{err}"
    );
    assert_eq!(desk.run(&["article", "import"]).0, 2);
}

#[tokio::test]
async fn a_flight_is_booked_with_its_creatives_and_counted() {
    let desk = Desk::new().await;
    desk.done(&["sponsor", "add", "bakery", "The Bakery"]);
    assert_eq!(desk.json(&["sponsor", "list"])[0]["name"], "The Bakery");
    let book = [
        "flight",
        "add",
        "bakery",
        "winter",
        "--list",
        "times",
        "--booked",
        "500",
        "--from",
        "2099-12-01",
        "--to",
        "2099-12-31",
    ];
    let (_, err) = desk.done(
        &[
            &book[..],
            &[
                "--slot",
                "S2",
                "--beside",
                "harbour",
                "--avoid",
                "Product  Recall",
            ],
        ]
        .concat(),
    );
    assert_eq!(
        err,
        "booked 500 sends for `bakery/winter`\n\
         it runs from 2099-12-01T00:00:00+01:00 until 2100-01-01T00:00:00+01:00\n\
         next: courant creative add bakery/winter --size S --text … --url https://…\n"
    );
    let link = "https://bakery.example/";
    let creative = ["creative", "add", "bakery/winter", "--url", link, "--size"];
    desk.done(
        &[
            &creative[..],
            &["L", "--text", "Warm rolls.", "--headline", "Six"],
        ]
        .concat(),
    );
    desk.done(&[&creative[..], &["S", "--text", "Warm rolls from six."]].concat());
    let flight = &desk.json(&["flight", "list", "--list", "times"])[0];
    for (key, value) in [
        ("booked", 500),
        ("delivered", 0),
        ("reserved", 0),
        ("remaining", 500),
    ] {
        assert_eq!(flight[key], value, "{key}");
    }
    assert_eq!(flight["avoid"][0], "product recall");
    assert_eq!(
        (&flight["state"], &flight["slots"][0]),
        (&"approved".into(), &"S2".into())
    );
    assert_eq!(flight["creatives"][0]["size"], "S");
    let (out, _) = desk.done(&["flight", "list"]);
    assert!(out.contains("bakery/winter"), "{out}");
    for (args, code, stderr) in [
        (
            book.to_vec(),
            1,
            "error: there is already a flight `winter`\n",
        ),
        (
            vec!["sponsor", "add", "bakery", "x"],
            1,
            "error: there is already a sponsor `bakery`\n",
        ),
        (
            vec![
                "creative",
                "add",
                "bakery/wintr",
                "--size",
                "S",
                "--text",
                "x",
                "--url",
                link,
            ],
            1,
            "error: there is no flight `wintr`\nhint: did you mean `winter`?\n",
        ),
        (
            vec![
                "creative", "add", "winter", "--size", "S", "--text", "x", "--url", link,
            ],
            2,
            "error: `winter` names no flight\nhint: write SPONSOR/FLIGHT\n",
        ),
        (
            vec![
                "creative",
                "add",
                "bakery/winter",
                "--size",
                "XS",
                "--text",
                "Warm rolls from six in the morning",
                "--url",
                link,
            ],
            2,
            "error: the text has 34 characters, size XS takes 24\nhint: `--size S` takes it\n",
        ),
        (
            vec![
                "creative",
                "add",
                "bakery/winter",
                "--size",
                "S",
                "--text",
                "x",
                "--url",
                "http://bakery.example/",
            ],
            2,
            "error: `http://bakery.example/` is not an https link\n\
             hint: a sponsor's link starts with https://\n",
        ),
        (
            [&creative[..], &["S", "--text", "x", "--headline", "y"]].concat(),
            2,
            "error: size S has no headline, only L has one\n",
        ),
    ] {
        desk.refused(&args, code, stderr);
    }
}

#[tokio::test]
async fn a_booking_that_cannot_run_is_refused_naming_its_field() {
    let desk = Desk::new().await;
    desk.done(&["sponsor", "add", "bakery", "The Bakery"]);
    let with = |changes: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("--list", "times"),
            ("--booked", "5"),
            ("--from", "2099-12-02"),
            ("--to", "2099-12-31"),
        ];
        for change in changes {
            fields.retain(|(key, _)| *key != change.0);
            fields.push(*change);
        }
        let mut args = vec!["flight", "add", "bakery", "winter"];
        args.extend(fields.into_iter().flat_map(|(key, value)| [key, value]));
        args
    };
    for (args, code, stderr) in [
        (
            with(&[("--to", "2099-12-01")]),
            2,
            "error: `--to 2099-12-01` lies before `--from 2099-12-02`\n\
             hint: both days are in the flight: the same day twice is a flight of one day\n",
        ),
        (
            with(&[("--from", "2099-13-01")]),
            2,
            "error: `--from 2099-13-01` is no date\nhint: write 2026-12-31\n",
        ),
        (
            with(&[("--zone", "Europe/Berln")]),
            2,
            "error: `--zone`: `Europe/Berln` is not a time zone\nhint: did you mean `Europe/Berlin`?\n",
        ),
        (
            with(&[("--beside", "harbor")]),
            1,
            "error: `--beside harbor`: there is no topic `harbor`\nhint: did you mean `harbour`?\n",
        ),
        (
            with(&[("--slot", "S5")]),
            2,
            "error: `S5` is none of S1, S2, S3, S4\nhint: did you mean `S1`?\n",
        ),
        (
            with(&[("--booked", "0")]),
            2,
            "error: `--booked 0`: at least one send is booked\n",
        ),
        (
            with(&[("--list", "tims")]),
            1,
            "error: there is no list `tims`\nhint: did you mean `times`?\n",
        ),
    ] {
        desk.refused(&args, code, stderr);
    }
    // One day in a zone whose day starts elsewhere.
    let (_, err) = desk.done(&with(&[("--to", "2099-12-02"), ("--zone", "Asia/Tokyo")]));
    assert!(
        err.contains("from 2099-12-02T00:00:00+09:00 until 2099-12-03T00:00:00+09:00"),
        "{err}"
    );
}

#[tokio::test]
async fn a_feed_that_moved_for_good_is_asked_there_from_then_on() {
    let desk = Desk::new().await;
    let (old, new) = (Site::new(ok(&feed())), Site::new(ok(&feed())));
    let at = |site: &Site| format!("http://{}/feed", site.address);
    desk.done(&["source", "add", "wire", &at(&old), "--private-network"]);
    let there = at(&new);
    let moved = format!("HTTP/1.1 301 Moved\r\nlocation: {there}\r\ncontent-length: 0\r\n\r\n");
    old.says(moved);
    let file = desk.file("wire.xml", &feed());
    let file = file.to_str().expect("UTF-8");
    desk.done(&["source", "add", "file", file]);
    desk.file("wire.xml", "no feed any more");
    // One that fails does not keep the others from being fetched.
    let (code, out, err) = desk.run(&["source", "fetch", "--all", "--json"]);
    assert_eq!(code, 6, "{err}");
    let visits: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(visits[0]["outcome"], "failed");
    assert_eq!(
        (&visits[1]["outcome"], &visits[1]["unchanged"]),
        (&"taken".into(), &3.into())
    );
    assert!(
        err.contains(&format!("`wire` moved for good to {there}\n")),
        "{err}"
    );
    assert_eq!(desk.json(&["source", "show", "wire"])["location"], there);
    new.says(status("503 Busy\r\nretry-after: 7200"));
    let (code, _, _) = desk.run(&["source", "fetch", "wire"]);
    assert_eq!(code, 1);
    let shown = desk.json(&["source", "show", "wire"]);
    let next: jiff::Timestamp = shown["next_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("valid");
    let wait = next.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((7_100..=7_200).contains(&wait), "{wait}");
}
