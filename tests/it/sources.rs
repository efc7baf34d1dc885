//! Sources as an operator meets them: feeds found, looked at, taken from and put into lists of feeds,
//! and what is said of those that fail.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::binary::{courant, courant_reading, run, typed};
use crate::support::site::{Site, rss};
use crate::support::skip;
use crate::support::typing::Typing;

struct Desk(Folder);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        desk.done(&["list", "add", "times", "--name", "The Times"]);
        desk
    }
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

const NEWS: &[(&str, &str, i64, &[&str])] = &[
    ("The bridge opens", "/1", 1, &["News", "City Hall"]),
    ("The team wins", "/2", 2, &["News", "Sport"]),
    ("The council votes", "/3", 30, &["city hall"]),
];

/// `courant source discover URL --private-network --json` in an empty folder.
fn discovered(url: &str) -> (i32, Value, String) {
    let nowhere = tempfile::tempdir().unwrap();
    let args = ["source", "discover", url, "--private-network", "--json"];
    let (code, out, err) = courant(nowhere.path(), &args);
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
    (code, object(&out), err)
}

fn pairs(found: &Value, site: &Site) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().replace(&site.base, "");
    let rows = found.as_array().unwrap().iter();
    rows.map(|row| (text(row, "url"), text(row, "found")))
        .collect()
}

#[test]
fn a_page_leads_to_its_feeds() {
    let site = Site::new();
    let page = "<!doctype html><head><base href='/news/'>\
        <link rel='alternate' type='application/rss+xml' title='All' href='all.xml'>\
        <link rel='alternate' type='application/atom+xml' href='/same.atom'>\
        <link rel='alternate' type='application/feed+json' href='../feed.json'>\
        <link rel='alternate' type='application/rss+xml' href='gone.xml'>\
        <link rel='alternate' type='application/rss+xml' href='http://169.254.169.254/feed'>\
        </head><body><a href='/rss'>RSS</a>";
    let json = json!({"version": "https://jsonfeed.org/version/1.1", "title": "Json",
        "items": [{"id": "1", "url": "https://n.example/j", "title": "One", "content_text": "x"}]});
    let all = rss("All News", "https://n.example", NEWS);
    site.page("/", "text/html; charset=utf-8", "", page)
        .page("/news/all.xml", "application/rss+xml", "", &all)
        .page("/same.atom", "text/plain", "", &all)
        .page("/feed.json", "application/feed+json", "", json.to_string());
    let (code, found, err) = discovered(&site.url("/"));
    assert_eq!(code, 0, "{err}");
    let stated = |path: &str| (path.to_owned(), "stated".to_owned());
    // The same entries under a second address are the same feed.
    assert_eq!(
        pairs(&found, &site),
        [stated("/news/all.xml"), stated("/feed.json")]
    );
    let first = &found[0];
    assert_eq!(
        (&first["title"], &first["format"]),
        (&json!("All News"), &json!("rss"))
    );
    assert_eq!(first["entries"], 3);
    assert!(first["newest"].is_string(), "{first}");
    assert_eq!(found[1]["format"], "json");
    assert!(err.contains("no feed: http://127.0.0.1"), "{err}");
    assert!(err.contains("/news/gone.xml` answers 404"), "{err}");
    assert!(
        err.contains("leads to 169.254.169.254, a link-local address"),
        "{err}"
    );
    assert!(
        !site.asked().contains(&"/rss".to_owned()),
        "what is stated is enough"
    );

    // A feed is itself.
    let (code, found, _) = discovered(&site.url("/news/all.xml"));
    assert_eq!(code, 0);
    assert_eq!(
        pairs(&found, &site),
        [("/news/all.xml".to_owned(), "itself".to_owned())]
    );
}

#[test]
fn where_a_page_names_none_the_usual_places_are_tried_as_far_as_the_site_allows() {
    let site = Site::new();
    let feed = rss("Quiet", "https://n.example", NEWS);
    site.page("/about", "text/html", "", "<html><body>Hello</body></html>")
        .page(
            "/robots.txt",
            "text/plain",
            "",
            "User-agent: *\nDisallow: /feed\nDisallow: /rss$\n",
        )
        .page("/feed", "application/rss+xml", "", &feed)
        .page("/rss.xml", "application/rss+xml", "", &feed);
    let (code, found, err) = discovered(&site.url("/about"));
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        pairs(&found, &site),
        [("/rss.xml".to_owned(), "usual".to_owned())]
    );
    assert_eq!(site.asked(), ["/about", "/robots.txt", "/rss.xml"]);

    // Whoever has had enough of us is asked no more.
    site.status("/robots.txt", "404 Not Found")
        .status("/feed", "429 Too Many Requests");
    let nowhere = tempfile::tempdir().unwrap();
    let url = site.url("/about");
    let said = courant(
        nowhere.path(),
        &["source", "discover", &url, "--private-network"],
    );
    assert_eq!((said.0, said.1.as_str()), (1, ""));
    assert!(
        said.2
            .starts_with(&format!("error: no feed was found at `{url}`\nhint: ")),
        "{}",
        said.2
    );
    assert_eq!(site.asked(), ["/about", "/robots.txt", "/feed"]);
    // Without leave nothing on this machine is asked at all.
    let (code, _, err) = courant(nowhere.path(), &["source", "discover", &url]);
    assert_eq!(code, 1);
    assert!(
        err.contains("leads to 127.0.0.1, a loopback address"),
        "{err}"
    );
    assert_eq!(site.asked(), [""; 0]);
    for bad in ["ftp://n.example/", "http://", "file:///etc/passwd"] {
        assert_eq!(
            courant(nowhere.path(), &["source", "discover", bad]).0,
            2,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_feed_is_shown_before_it_is_added() {
    let desk = Desk::new().await;
    let site = Site::new();
    site.page(
        "/feed",
        "application/rss+xml",
        "",
        rss("Town", "https://n.example", NEWS),
    );
    let url = site.url("/feed");
    let add = ["source", "add", "town", &url, "--private-network"];
    let (out, err) = desk.done(&[&add[..], &["--dry-run"]].concat());
    assert!(out.starts_with("title     Town\nformat    rss\n"), "{out}");
    assert!(out.contains("\nentries   3\n"), "{out}");
    assert!(
        out.contains("\ntopics    City Hall (2), Sport (1)\n"),
        "{out}"
    );
    assert!(out.contains("  The bridge opens\n"), "{out}");
    assert_eq!(err, "nothing was added (--dry-run)\n");
    assert_eq!(desk.json(&["source", "list"]), json!([]));

    let (out, err) = desk.done(&[&add[..], &["--yes", "--topics", "--backlog", "all"]].concat());
    assert!(out.contains("\nfound: 3 new\n"), "{out}");
    assert!(
        err.starts_with("added the source `town` (Town)\nlists: times\n"),
        "{err}"
    );
    let shown = desk.json(&["source", "show", "town"]);
    assert_eq!(shown["map"], "city hall=city-hall, sport=sport");
    let (out, _) = desk.done(&["article", "list", "--since", "48h", "--json"]);
    assert_eq!(out.matches("\"topic\":\"city-hall\"").count(), 2, "{out}");

    // A page says how its feeds are found.
    site.page("/", "text/html", "", "<html><body>Hello</body></html>");
    let page = site.url("/");
    let (code, _, err) = desk.run(&["source", "add", "page", &page, "--private-network"]);
    assert_eq!(code, 1);
    assert!(
        err.contains(&format!("hint: `courant source discover {page}`")),
        "{err}"
    );
}

#[tokio::test]
async fn a_source_that_fails_says_since_when_and_one_that_is_gone_is_asked_no_more() {
    let desk = Desk::new().await;
    let site = Site::new();
    let feed = rss("Town", "https://n.example", NEWS);
    let head = "cache-control: max-age=1800\r\n";
    for path in ["/a", "/b", "/c"] {
        site.page(path, "application/rss+xml", head, &feed);
        let url = site.url(path);
        desk.done(&[
            "source",
            "add",
            &path[1..],
            &url,
            "--private-network",
            "--interval",
            "5",
        ]);
    }
    let wait = |name: &str| {
        let shown = desk.json(&["source", "show", name]);
        let next: jiff::Timestamp = shown["next_at"].as_str().unwrap().parse().unwrap();
        next.duration_since(jiff::Timestamp::now()).as_secs()
    };
    assert!((1_700..=1_800).contains(&wait("a")), "{}", wait("a"));

    site.status("/a", "410 Gone")
        .status("/b", "429 Too Many Requests\r\nretry-after: 7200")
        .status("/c", "500 Oh");
    site.asked();
    let (code, out, err) = desk.run(&["source", "fetch", "--all"]);
    assert_eq!(code, 6, "{err}");
    assert!(out.contains("failed, paused"), "{out}");
    assert!(out.contains("put off"), "{out}");
    assert!(
        err.contains("`a` is paused: it is asked no more\n"),
        "{err}"
    );
    // The host that had enough was not asked for the third.
    assert_eq!(site.asked(), ["/a", "/b"]);
    assert!((7_100..=7_200).contains(&wait("b")), "{}", wait("b"));
    assert!((7_100..=7_200).contains(&wait("c")), "{}", wait("c"));
    let gone = desk.json(&["source", "show", "a"]);
    assert_eq!(gone["state"], "paused");
    assert_eq!(gone["stopped"], "its publisher took it away for good (410)");
    assert_eq!(desk.json(&["source", "show", "c"])["failures"], 0);

    desk.run(&["source", "fetch", "b"]);
    let failing = desk.json(&["source", "show", "b"]);
    assert_eq!(failing["failures"], 2);
    let since = failing["failing_since"].as_str().unwrap()[..16].replace('T', " ");
    let (out, err) = desk.done(&["source", "list"]);
    assert!(
        out.contains(&format!("failed 2 times since {since} UTC")),
        "{out}"
    );
    assert!(err.contains("`b`: `http://127.0.0.1"), "{err}");
    assert!(
        err.contains("`a`: its publisher took it away for good (410)\n"),
        "{err}"
    );

    // A person's word starts it again, and a success clears the record.
    site.page("/a", "application/rss+xml", "", &feed);
    desk.done(&["source", "resume", "a"]);
    desk.done(&["source", "fetch", "a"]);
    let back = desk.json(&["source", "show", "a"]);
    assert_eq!(
        (&back["state"], &back["failures"]),
        (&json!("active"), &json!(0))
    );
    assert_eq!(
        (&back["stopped"], &back["failing_since"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn hostile_documents_are_refused_or_bounded() {
    let desk = Desk::new().await;
    let site = Site::new();
    let item = "<item><title>A story here</title><link>https://n.example/1</link>";
    let rss = |inside: &str| format!("<rss version='2.0'><channel><title>T</title>{inside}");
    let bomb = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><rss/>";
    let id = format!("{item}<guid>{}</guid></item>", "x".repeat(1 << 20));
    let links = "<item><title>One</title><link>javascript:alert(1)</link></item>\
                 <item><title>Two</title><link>data:text/html,x</link></item>";
    site.page("/bomb", "text/xml", "", bomb)
        .page("/deep", "text/xml", "", rss(&"<a>".repeat(1_000_000)))
        .page("/id", "text/xml", "", rss(&id))
        .page("/links", "text/xml", "", rss(links))
        .status(
            "/inside",
            "302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/",
        );
    let add = |name: &str| {
        let url = site.url(&format!("/{name}"));
        desk.run(&["source", "add", name, &url, "--private-network"])
    };
    for (name, words) in [
        (
            "bomb",
            "declares entities of its own in its DOCTYPE, which is refused",
        ),
        ("deep", "nests more than 256 elements"),
        ("inside", "leads to 169.254.169.254, a link-local address"),
    ] {
        let (code, _, err) = add(name);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(words), "{err}");
    }
    let (code, out, err) = add("id");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("found: 1 new"), "{out}");
    let shown = desk.json(&["article", "list", "--since", "1h"]);
    assert!(shown.to_string().len() < 10_000);
    let (code, out, err) = add("links");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("found: 0 new, 2 refused"), "{out}");
}

const OPML: &str = "<?xml version='1.0'?><opml version='2.0'><head><title>Mine</title></head><body>\
    <outline text='City Hall'><outline title='Town Wire' xmlUrl='https://a.example/feed'/>\
    <outline text='Deeper'><outline text='Town Wire' xmlUrl='https://b.example/feed'/></outline></outline>\
    <outline title='Script' xmlUrl='|~/fetch.py'/>\
    <outline title='ФИДЫ' xmlUrl='https://c.example/feed'/></body></opml>";

#[tokio::test]
async fn a_list_of_feeds_comes_in_once_and_goes_out_again() {
    let desk = Desk::new().await;
    desk.done(&["topic", "add", "city-hall", "City Hall"]);
    let import = ["source", "import", "-"];
    let home = desk.0.path();
    let dry = [&import[..], &["--dry-run"]].concat();
    let (code, out, err) = courant_reading(home, &dry, OPML);
    assert_eq!(code, 6, "{err}");
    assert!(out.contains("town-wire-2"), "{out}");
    assert_eq!(
        err,
        "would add 3 sources; 0 there already; 1 passed over\n\
         passed over: outline 3, `|~/fetch.py`: its address is no URL\n"
    );
    assert_eq!(desk.json(&["source", "list"]), json!([]));

    let (code, out, _) = courant_reading(home, &[&import[..], &["--json"]].concat(), OPML);
    assert_eq!(code, 6);
    let told = object(&out);
    let added = told["added"].as_array().unwrap();
    let row = |n: usize| {
        [
            &added[n]["source"],
            &added[n]["topic"],
            &added[n]["location"],
        ]
        .map(Value::as_str)
    };
    assert_eq!(
        row(0),
        [
            Some("town-wire"),
            Some("city-hall"),
            Some("https://a.example/feed")
        ]
    );
    assert_eq!(
        row(1),
        [
            Some("town-wire-2"),
            Some("city-hall"),
            Some("https://b.example/feed")
        ]
    );
    assert_eq!(row(2)[2], Some("https://c.example/feed"));
    assert_eq!(added[2]["name"], "ФИДЫ");
    let again = courant_reading(home, &import, OPML);
    assert!(
        again
            .2
            .starts_with("added 0 sources; 3 there already; 1 passed over\n"),
        "{}",
        again.2
    );
    let listed = desk.json(&["source", "list", "--list", "times"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);

    let (out, err) = desk.done(&["source", "export", "--opml"]);
    assert_eq!(err, "");
    assert!(
        out.contains(
            "<outline text=\"City Hall\">\n      <outline type=\"rss\" text=\"Town Wire\""
        ),
        "{out}"
    );
    let other = Desk::new().await;
    let (code, _, err) =
        courant_reading(other.0.path(), &[&import[..], &["--topics"]].concat(), &out);
    assert_eq!(
        (code, err.as_str()),
        (
            0,
            "added 3 sources; 0 there already; 0 passed over\nnext: courant source fetch\n"
        )
    );
    assert_eq!(other.json(&["topic", "list"])[0]["name"], "City Hall");
    assert_eq!(other.done(&["source", "export"]).0, out);
}

#[tokio::test]
async fn what_is_no_list_of_feeds_is_refused() {
    let desk = Desk::new().await;
    for (text, words) in [
        ("", "error: `-` is no OPML file: the document is empty\n"),
        (
            "<rss/>",
            "error: `-` is no OPML file: this is XML with the root element `rss`, not a feed\n",
        ),
        (
            "<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>",
            "error: `-` is no OPML file: the document declares entities",
        ),
    ] {
        let (code, out, err) = courant_reading(desk.0.path(), &["source", "import", "-"], text);
        assert_eq!((code, out.as_str()), (1, ""), "{text}");
        assert!(err.starts_with(words), "{err}");
    }
    let none = "<opml><body><outline text='Folder'/></body></opml>";
    let (code, _, err) = courant_reading(desk.0.path(), &["source", "import", "-"], none);
    assert_eq!(code, 1);
    assert!(
        err.contains("error: `-` lists no feed that can be fetched\nhint: "),
        "{err}"
    );
    // Real files out of feed readers' own tests.
    let Some(corpus) = std::env::var_os("COURANT_CORPUS") else {
        return skip("real OPML files", "COURANT_CORPUS is not set");
    };
    let folder = Path::new(&corpus).join("feeds/opml");
    for (name, code, feeds) in [
        ("body-element-missing.opml", 1, 0),
        ("category.opml", 0, 1),
        ("example.opml", 0, 7),
        ("example2.opml", 0, 7),
        ("filtered.opml", 0, 2),
        ("opml-element-missing.opml", 1, 0),
        ("piped.opml", 6, 1),
        ("test-urls+.opml", 0, 4),
    ] {
        let file = folder.join(name);
        let home = desk.0.path().to_str().unwrap();
        let args = [
            "--home",
            home,
            "source",
            "import",
            file.to_str().unwrap(),
            "--dry-run",
            "--json",
        ];
        let (got, out, err) = run(typed(&args, &[]), "");
        assert_eq!(got, code, "{name}: {err}");
        let found = serde_json::from_str::<Value>(&out).ok();
        let added = found.map_or(0, |f| f["added"].as_array().unwrap().len());
        assert_eq!(added, feeds, "{name}");
    }
}

#[tokio::test]
async fn a_feed_of_which_nothing_can_be_used_says_so_where_sources_are_listed() {
    let desk = Desk::new().await;
    let file = desk.0.path().join("gazette.xml");
    let place = file.to_str().unwrap();
    let write = |item: &str| {
        let feed = format!("<rss version='2.0'><channel><title>G</title>{item}</channel></rss>");
        std::fs::write(&file, feed).unwrap();
    };
    let health = || {
        let (listed, _) = desk.done(&["source", "list"]);
        let row = listed.lines().find(|l| l.contains("gazette.xml")).unwrap();
        row.contains("nothing usable")
    };
    write("<item><title>Without a link</title></item>");
    desk.done(&["source", "add", "gazette", place, "--yes"]);
    assert!(health());
    let shown = desk.json(&["source", "show", "gazette"]);
    let error = shown["last_error"].as_str().unwrap();
    assert!(error.contains("the entry has no link"), "{error}");

    // What had to be done to a headline is a problem of its entry, and costs nothing else.
    let long = "long ".repeat(120);
    write(&format!(
        "<item><title>\u{202e}Ferry aground</title><link>https://g.example/1</link></item>\
         <item><title>{long}</title><link>https://g.example/2</link></item>\
         <item><title>Council votes</title><link>https://g.example/3</link></item>"
    ));
    desk.done(&["source", "fetch", "gazette"]);
    assert!(!health());
    let shown = desk.json(&["source", "show", "gazette"]);
    assert_eq!(shown["last_error"], Value::Null);
    let problems = shown["problems"].as_array().unwrap().iter();
    let problems: Vec<&str> = problems.filter_map(|p| p["problem"].as_str()).collect();
    let said = |entry: &str, words: &str| {
        let both = |p: &&&str| p.contains(entry) && p.contains(words);
        problems.iter().filter(both).count()
    };
    assert_eq!(
        said("entry 1, `title`", "turn its direction"),
        1,
        "{problems:?}"
    );
    assert_eq!(said("entry 2, `title`", "cut to 500"), 1, "{problems:?}");
    assert_eq!(said("entry 3", ""), 0, "{problems:?}");
}

#[tokio::test]
async fn a_source_is_added_with_its_settings_or_not_at_all() {
    let desk = Desk::new().await;
    let file = desk.0.path().join("gazette.xml");
    std::fs::write(&file, rss("Gazette", "https://g.example", NEWS)).unwrap();
    let place = file.to_str().unwrap();
    let add = |settings: &[&str]| {
        let args = ["source", "add", "gazette", place, "--yes"];
        desk.run(&[&args[..], settings].concat())
    };
    for (settings, words) in [
        (
            ["quality=700", "depth=2"],
            "a source has no setting `depth`",
        ),
        (["quality=700", "quality=1"], "`quality` is given twice"),
        (
            ["quality=700", "settle"],
            "`settle` is not of the form KEY=VALUE",
        ),
        (
            ["quality=7000", "settle=0"],
            "`7000` will not do for `quality`",
        ),
        (["location=x", "settle=0"], "stands before the settings"),
    ] {
        let (code, _, err) = add(&settings);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(words), "{err}");
    }
    assert_eq!(desk.json(&["source", "list"]), json!([]));
    let (code, _, err) = add(&[
        "quality=700",
        "settle=10m",
        "language=pt-br",
        "full_text=false",
    ]);
    assert_eq!(code, 0, "{err}");
    let shown = desk.json(&["source", "show", "gazette"]);
    assert_eq!(shown["quality"], 700);
    assert_eq!(shown["settle_minutes"], 10);
    assert_eq!(shown["name"], "Gazette");
    assert_eq!(shown["lists"], json!(["times"]));
    assert_eq!(shown["language"], "pt-br");
}

#[tokio::test]
async fn topics_and_places_that_nobody_offers_are_kept_and_told() {
    let desk = Desk::new().await;
    desk.done(&["topic", "add", "sport"]);
    let row = |n: u8, topics: &[&str]| {
        let url = format!("https://n.example/{n}");
        json!({"url": url, "headline": format!("Story {n}"), "topics": topics, "places": ["port"]})
    };
    let rows = [row(1, &["sport", "chess"]), row(2, &["chess"])];
    let file = desk.0.path().join("rows.jsonl");
    std::fs::write(&file, rows.map(|r| r.to_string()).join("\n")).unwrap();
    let (_, err) = desk.done(&["article", "import", file.to_str().unwrap()]);
    assert!(
        err.contains("the topic `chess` (2 rows) is not on offer"),
        "{err}"
    );
    assert!(err.contains("`courant topic add chess` offers it"), "{err}");
    assert!(
        err.contains("the place `port` (2 rows) is not on offer"),
        "{err}"
    );
    assert!(!err.contains("`sport`"), "{err}");
    let listed = desk.json(&["article", "list", "--since", "30d"]);
    let kept = listed.to_string();
    assert!(kept.contains("chess") && kept.contains("port"), "{kept}");
    let said = desk.json(&["article", "import", file.to_str().unwrap()]);
    assert_eq!(
        said["unknown"],
        json!({"topics": {"chess": 2}, "places": {"port": 2}})
    );
}
