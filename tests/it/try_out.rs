//! `courant try URL` against a site on this machine: what it shows, what it leaves, how it ends.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::binary::{Said, Serving, courant, run, typed};
use crate::support::served::{Served, until};
use crate::support::site::{Site, rss};

type Item = (&'static str, &'static str, i64, &'static [&'static str]);

const CITY: &[Item] = &[
    ("The bridge opens at noon", "/1", 1, &["News", "City Hall"]),
    ("Council votes on the tram", "/2", 2, &["City Hall"]),
    ("A mayor looks back", "/3", 3, &["City Hall", "News"]),
    ("Harbour team wins the derby", "/4", 4, &["Sport"]),
    (
        "Rowers train before dawn",
        "/5",
        5,
        &["sport", "Uncategorized"],
    ),
    ("An opera in the old docks", "/6", 6, &["Culture"]),
    ("Library lends out its walls", "/7", 7, &["Culture"]),
    ("Ferry prices rise in spring", "/8", 8, &["Business"]),
    ("Bakers share one oven again", "/9", 9, &["Business"]),
    ("Storm bends the north mole", "/10", 10, &["Weather"]),
    ("Fog keeps the pilots ashore", "/11", 11, &["Weather"]),
    ("Seals return to the slipway", "/12", 12, &["News"]),
];

/// A site whose front page names one feed with these items.
fn site(items: &[Item]) -> Site {
    let site = Site::new();
    let page = "<html><head><link rel='alternate' type='application/rss+xml' href='/feed'>\
                <link rel='alternate' type='application/rss+xml' href='/comments/feed'>";
    let comments = rss(
        "Comments on Town",
        "https://town.example",
        &[("Re: x", "/1#c", 1, &[])],
    );
    site.page("/", "text/html", "", page)
        .page(
            "/feed",
            "application/rss+xml",
            "",
            rss("The Town", "https://town.example", items),
        )
        .page("/comments/feed", "application/rss+xml", "", comments);
    site
}

/// `courant try SITE --private-network ARGS`, with a temporary folder that is empty afterwards.
fn tried(url: &str, args: &[&str]) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let all = [&["try", url, "--private-network"], args].concat();
    let said = run(
        typed(&all, &[("TMPDIR", temporary.path().to_str().unwrap())]),
        "",
    );
    assert_eq!(
        std::fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "it cleans up"
    );
    said
}

fn summary(url: &str) -> Value {
    let (code, out, err) = tried(url, &["--once", "--json"]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
}

#[test]
fn three_readers_get_letters_of_their_own() {
    let site = site(CITY);
    let said = summary(&site.url("/"));
    assert_eq!(
        (&said["site"], &said["list"]),
        (&json!("The Town"), &json!("127-0-0-1"))
    );
    assert_eq!(
        said["feeds"].as_array().unwrap().len(),
        1,
        "comments are no news: {said}"
    );
    let topics: Vec<_> = said["topics"].as_array().unwrap().iter().collect();
    let named: Vec<_> = topics.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(
        named,
        ["City Hall", "Business", "Culture", "Sport", "Weather"]
    );
    assert_eq!(
        said["stories"],
        json!({"new": 12, "older": 0, "since": null})
    );
    let readers = said["readers"].as_array().unwrap();
    let follows: Vec<_> = readers.iter().map(|r| r["topics"].to_string()).collect();
    assert_eq!(
        follows,
        [
            r#"["City Hall","Sport"]"#,
            r#"["Business","Weather"]"#,
            r#"["Culture"]"#
        ]
    );
    let mut leads = Vec::new();
    for reader in readers {
        assert!(reader["subject"].is_string(), "{reader}");
        assert!(
            reader["headlines"].as_array().unwrap().len() >= 5,
            "{reader}"
        );
        leads.push(reader["headlines"][0].as_str().unwrap().to_owned());
    }
    leads.sort();
    leads.dedup();
    assert_eq!(
        leads.len(),
        3,
        "each opens with a topic of their own: {said}"
    );
    // The site is not asked twice for anything.
    let mut asked = site.asked();
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), all);
}

#[test]
fn readers_are_in_the_zone_that_is_typed_else_in_the_machines() {
    let site = site(CITY);
    let url = site.url("/");
    let tried = |zone: &[&str], machine: &str| {
        let all = [
            &["try", &url, "--private-network", "--once", "--json"],
            zone,
        ]
        .concat();
        let (code, out, err) = run(typed(&all, &[("TZ", machine)]), "");
        assert_eq!(code, 0, "{err}");
        let said: Value = serde_json::from_str(&out).unwrap();
        (said["zone"].clone(), said["zone_from"].clone())
    };
    let machine = tried(&[], "Asia/Tokyo");
    assert_eq!(machine, (json!("Asia/Tokyo"), json!("machine")));
    let own = tried(&["--zone", "america/chicago"], "Asia/Tokyo");
    assert_eq!(own, (json!("America/Chicago"), json!("typed")));
    let wrong = ["try", &url, "--private-network", "--zone", "Berlin"];
    let (code, _, err) = run(typed(&wrong, &[]), "");
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("did you mean `Europe/Berlin`?"), "{err}");
    let (_, out, _) = run(
        typed(
            &["try", &url, "--private-network", "--once"],
            &[("TZ", "Asia/Tokyo")],
        ),
        "",
    );
    assert!(
        out.contains("zone: Asia/Tokyo, this machine's; --zone"),
        "{out}"
    );
}

#[test]
fn a_site_without_news_today_shows_its_newest_and_says_so() {
    let old: Vec<Item> = CITY
        .iter()
        .map(|(title, path, hours, topics)| (*title, *path, hours + 24 * 400, *topics))
        .collect();
    let site = site(&old);
    let (code, out, err) = tried(&site.url("/feed"), &["--once"]);
    assert_eq!(code, 0, "{err}");
    let words =
        "stories: none of the last 24 hours; so the 12 newest of before are shown, back to ";
    assert!(out.contains(words), "{out}");
    let rows: Vec<&str> = out
        .lines()
        .filter(|l| l.contains("@readers.example"))
        .collect();
    assert_eq!(rows.len(), 3, "{out}");
    assert!(rows.iter().all(|r| !r.contains("no letter")), "{out}");
    // One entry without categories is enough.
    let lone = self::site(&[("Only this one story here", "/1", 50, &[])]);
    let said = summary(&lone.url("/"));
    assert_eq!(said["topics"], json!([]));
    assert_eq!(
        (&said["stories"]["new"], &said["stories"]["older"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        said["readers"][2]["headlines"],
        json!(["Only this one story here"])
    );
}

#[test]
fn several_feeds_are_topics_where_categories_say_nothing() {
    let site = Site::new();
    let page = "<html><link rel=alternate type=application/rss+xml href=/sport.xml>\
                <link rel=alternate type=application/rss+xml href=/arts.xml>";
    let plain = |from: usize| -> Vec<Item> {
        let items = CITY.iter().skip(from).take(6);
        items
            .map(|(title, path, hours, _)| (*title, *path, *hours, &[][..]))
            .collect()
    };
    site.page("/", "text/html", "", page)
        .page(
            "/sport.xml",
            "text/xml",
            "",
            rss("Town - Sport", "https://t.example", &plain(0)),
        )
        .page(
            "/arts.xml",
            "text/xml",
            "",
            rss("Town - The Arts", "https://t.example", &plain(6)),
        );
    let said = summary(&site.url("/"));
    assert_eq!(said["site"], "Town");
    let named: Vec<_> = said["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["topic"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["sport", "the-arts"]);
    assert_eq!(said["readers"][1]["topics"], json!(["The Arts"]));
}

#[test]
fn what_brings_nothing_is_told_and_leaves_nothing() {
    let site = Site::new();
    site.page("/", "text/html", "", "<html><body>Hello</body></html>");
    let (code, out, err) = tried(&site.url("/"), &["--once"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with("error: no feed was found at `http://127.0.0.1"),
        "{err}"
    );
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("courant.db"), "somebody's own").unwrap();
    let folder = data.path().to_str().unwrap();
    site.asked();
    let (code, _, err) = tried(&site.url("/"), &["--save", folder]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with(&format!("error: `{folder}` is a data folder already\n")),
        "{err}"
    );
    assert_eq!(
        site.asked(),
        [""; 0],
        "it is refused before anybody is asked"
    );
    // A public site may not be on this machine.
    let (code, _, err) = run(typed(&["try", &site.url("/"), "--once"], &[]), "");
    assert_eq!(code, 1);
    assert!(err.contains("a loopback address"), "{err}");
}

#[tokio::test]
async fn the_letters_are_shown_until_it_is_stopped() {
    let site = site(CITY);
    let temporary = tempfile::tempdir().unwrap();
    let url = site.url("/");
    let command = typed(
        &["try", &url, "--private-network"],
        &[("TMPDIR", temporary.path().to_str().unwrap())],
    );
    let (process, line) = Serving::until(command, "Look at the letters: ");
    let at = line
        .trim_end()
        .strip_prefix("Look at the letters: ")
        .unwrap()
        .to_owned();
    let get = async |url: String| reqwest::get(url).await.unwrap().text().await.unwrap();
    let inbox = get(at.clone()).await;
    assert_eq!(inbox.matches("@readers.example").count(), 3, "{inbox}");
    let letter = get(format!("{at}/1/html")).await;
    assert!(letter.contains("The Town"), "{letter}");
    let why = get(format!("{at}/1/why")).await;
    assert!(why.contains("the same stories"), "{why}");
    let (code, out, err) = process.stop("INT");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("topics: City Hall (3), "), "{out}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn stopped_while_a_site_does_not_answer_it_leaves_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let mut command = typed(
        &["try", &url, "--private-network"],
        &[("TMPDIR", temporary.path().to_str().unwrap())],
    );
    let child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Once it is connected, it waits for an answer that never comes.
    let held = listener.accept().unwrap();
    let kill = format!("kill -INT {}", child.id());
    assert!(
        std::process::Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let ended = child.wait_with_output().unwrap();
    drop(held);
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_saved_folder_is_one_to_go_on_with() {
    let site = site(CITY);
    let data = tempfile::tempdir().unwrap();
    let home = data.path().join("a new/town");
    let folder = home.to_str().unwrap();
    let (code, _, err) = tried(&site.url("/"), &["--once", "--save", folder]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains(&format!("Saved: {folder} has a list `127-0-0-1`")),
        "{err}"
    );
    let read = |args: &[&str]| -> Value {
        let (code, out, err) = courant(&home, args);
        assert_eq!(code, 0, "{args:?}: {err}");
        serde_json::from_str(&out).unwrap()
    };
    let sources = read(&["source", "list", "--json"]);
    assert_eq!(sources[0]["location"], site.url("/feed"));
    assert_eq!(sources[0]["private_network"], true);
    assert_eq!(
        read(&["topic", "list", "--json"]).as_array().unwrap().len(),
        5
    );
    let articles = read(&["article", "list", "--since", "24h", "--json"]);
    assert_eq!(articles.as_array().unwrap().len(), 12);
    // Whose address stands in its letters nobody but its publisher knows.
    let (code, out, _) = courant(&home, &["config", "check"]);
    assert_eq!(code, 5);
    assert!(
        out.starts_with("list `127-0-0-1` has no postal_address\n"),
        "{out}"
    );
    let shown = read(&["list", "show", "127-0-0-1", "--json"]);
    assert_eq!(shown["missing_for_sending"], json!(["postal_address"]));
    assert_eq!(
        courant(&home, &["edition", "plan", "127-0-0-1", "--yes"]).0,
        3
    );
    let address = ["postal_address", "1 Quay, Town"];
    let set = [&["list", "set", "127-0-0-1"][..], &address].concat();
    assert_eq!(courant(&home, &set).0, 0);
    assert_eq!(courant(&home, &["config", "check"]).0, 0);
    // No made-up reader is left whom a real relay could be asked to write to.
    let people = read(&["subscriber", "list", "127-0-0-1", "--json"]);
    assert_eq!(people, json!([]));
    serves(&home, &site).await;
}

/// `courant serve` takes a saved folder, and its sources are fetched.
async fn serves(home: &Path, site: &Site) {
    let toml = std::fs::read_to_string(home.join("courant.toml")).unwrap();
    let listen = "listen = \"127.0.0.1:8025\"";
    assert!(toml.contains(listen), "{toml}");
    let free = toml.replace(listen, "listen = \"127.0.0.1:0\"");
    std::fs::write(home.join("courant.toml"), free).unwrap();
    let served = Served::start(home);
    until("it serves", async || {
        served.said().contains("courant serves")
    })
    .await;
    assert!(served.stop().await.success());
    site.asked();
    let (code, out, err) = courant(home, &["source", "fetch", "--all"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("0 new, 12 unchanged"), "{out}");
    assert_eq!(site.asked(), ["/feed"]);
}
