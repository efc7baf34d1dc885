//! `courant demo`, as a stranger tries it: the table and the sum, the folder it leaves or does not,
//! the pages that it serves, and its end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::binary::{Said, Serving, run, typed};
use crate::support::golden;

/// The flags by which two runs are the same to the byte.
const FIXED: &[&str] = &[
    "demo",
    "--once",
    "--at",
    "2026-11-25T05:00:00Z",
    "--seed",
    "7",
];

/// A run of the demo, with the letters that it wrote.
pub struct Run {
    said: Said,
    /// File name → octets as they stood on the wire.
    pub letters: BTreeMap<String, Vec<u8>>,
    /// What lies in its data folder afterwards.
    left: Vec<String>,
}

/// The fixed run, on a temporary folder.
pub static PLAIN: LazyLock<Run> = LazyLock::new(|| {
    let temporary = tempfile::tempdir().unwrap();
    let run = fixed(&[], &[("TMPDIR", temporary.path().to_str().unwrap())]);
    assert_eq!(
        names(temporary.path()),
        [""; 0],
        "it cleans up after itself"
    );
    run
});

/// The fixed run again, on a named folder, in another zone, language and configuration.
pub static ELSEWHERE: LazyLock<Run> = LazyLock::new(|| {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("a new/one");
    let mut run = fixed(
        &["--json", "--data", folder.to_str().unwrap()],
        &[
            ("TZ", "Pacific/Chatham"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("COLUMNS", "40"),
            ("COURANT_HOME", "/nowhere"),
            ("COURANT_SMTP__HOST", "relay.invalid"),
            ("COURANT_SERVER__PUBLIC_URL", "https://elsewhere.example"),
        ],
    );
    run.left = names(&folder);
    run
});

fn fixed(more: &[&str], env: &[(&str, &str)]) -> Run {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("letters");
    let args = [FIXED, &["--out", folder.to_str().unwrap()], more].concat();
    let (code, stdout, stderr) = run(typed(&args, env), "");
    let read = |name: String| {
        let octets = std::fs::read(folder.join(&name)).unwrap();
        (name, octets)
    };
    Run {
        letters: names(&folder).into_iter().map(read).collect(),
        said: (
            code,
            stdout,
            stderr.replace(folder.to_str().unwrap(), "OUT"),
        ),
        left: Vec::new(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The table with its measured figure blotted out: the number before ` letters/s`.
fn masked(table: &str) -> String {
    let (before, after) = table.split_once(" letters/s").unwrap();
    let kept = before.trim_end_matches(|c: char| c.is_ascii_digit());
    assert_ne!(kept, before, "{table}");
    format!("{kept}N letters/s{after}")
}

fn object(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "one object, one line: {text}");
    serde_json::from_str(text).unwrap()
}

/// planned = accepted + refused + withheld + uncertain, and nothing open.
fn adds_up(sum: &Value) {
    let n = |key: &str| sum[key].as_i64().unwrap();
    let settled = n("accepted") + n("refused") + n("withheld") + n("uncertain");
    assert_eq!((n("planned"), n("deferred")), (settled, 0), "{sum}");
}

#[test]
fn a_day_of_the_sample_newsroom_and_its_sum() {
    let (code, stdout, stderr) = &PLAIN.said;
    assert_eq!(*code, 0, "{stderr}");
    assert_eq!(
        stderr,
        "\nWhat is due until this time tomorrow was sent now. Try next:\n  courant demo --data DIR            keep the data, then look into it:\n  \
         courant --home DIR edition status harbour\n  \
         courant --home DIR edition explain harbour --subscriber agnes.thorsby@quaymail.example\n  \
         courant init                       the same for real\n10 letters written to OUT\n"
    );
    golden::compare(
        "demo",
        &[("table.txt".to_owned(), masked(stdout).into_bytes())],
    );
}

#[test]
fn the_same_day_as_one_json_object() {
    let (code, stdout, stderr) = &ELSEWHERE.said;
    assert_eq!((*code, stderr.as_str()), (0, "10 letters written to OUT\n"));
    let mut sum = object(stdout);
    adds_up(&sum);
    let speed = sum["letters_per_second"].take();
    assert!(speed.as_f64().unwrap() > 0.0, "{speed}");
    let expected = json!({
        "planned": 11, "accepted": 10, "refused": 1, "withheld": 0, "uncertain": 0,
        "deferred": 0, "skipped": 1, "letters_per_second": null,
    });
    assert_eq!(sum, expected);
    let left = [
        "courant.db",
        "courant.journal",
        "courant.key",
        "courant.lock",
        "courant.mark",
        "courant.toml",
    ];
    assert_eq!(ELSEWHERE.left, left);
}

#[test]
fn generated_subscribers_add_up() {
    let args = [FIXED, &["--subscribers", "200", "--json"]].concat();
    let (code, stdout, stderr) = run(typed(&args, &[]), "");
    assert_eq!((code, stderr.as_str()), (0, ""));
    let sum = object(&stdout);
    adds_up(&sum);
    let counted = ["planned", "accepted", "refused", "skipped"].map(|key| sum[key].clone());
    assert_eq!(counted, [211, 210, 1, 1]);
}

#[test]
fn on_a_saturday_the_table_counts_those_whose_day_it_is_not() {
    let args = [
        "demo",
        "--once",
        "--seed",
        "7",
        "--at",
        "2026-11-28T05:00:00Z",
        "--subscribers",
        "30",
    ];
    let (code, stdout, _) = run(typed(&args, &[]), "");
    assert_eq!(code, 0);
    // 12 of the newsroom and 30 generated, 24 of them in the table; three are written to on weekdays.
    let waiting = stdout
        .lines()
        .filter(|l| l.contains("next due Mon"))
        .count();
    assert_eq!(waiting, 3, "{stdout}");
    assert!(stdout.contains("\n… and 18 more\n"), "{stdout}");
    let sum =
        "\n38 planned = 37 accepted + 1 refused + 0 withheld + 0 uncertain + 0 open; 1 skipped; ";
    assert!(stdout.contains(sum), "{stdout}");
}

#[test]
fn a_folder_that_holds_a_database_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    std::fs::write(data.path().join("courant.db"), "somebody's own").unwrap();
    let (code, stdout, stderr) = run(typed(&[FIXED, &["--data", folder]].concat(), &[]), "");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        format!(
            "error: `{folder}` holds a database already\nhint: name a new folder: the demo begins \
             with an empty one; to look into this one, `courant --home {folder} edition list harbour`\n"
        )
    );
    assert_eq!(names(data.path()), ["courant.db"]);
    let kept = std::fs::read_to_string(data.path().join("courant.db")).unwrap();
    assert_eq!(kept, "somebody's own");
}

#[test]
fn what_it_cannot_take_is_refused_before_anything_is_made() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("new");
    for (flags, words) in [
        (&["--subscribers", "many"][..], "--subscribers"),
        (&["--subscribers", "1000001"], "0..=1000000"),
        (&["--seed=-1"], "--seed"),
        (&["--at", "yesterday"], "--at"),
        (&["--at", "2026-11-25T05:00:00"], "--at"),
        (&["--at", "9999-12-30T00:00:00Z"], "--at"),
        (&["--at", "1969-12-31T00:00:00Z"], "--at"),
        (&["--twice"], "--twice"),
        (&["harbour"], "harbour"),
    ] {
        let data = ["demo", "--once", "--data", folder.to_str().unwrap()];
        let (code, stdout, stderr) = run(typed(&[&data, flags].concat(), &[]), "");
        assert_eq!((code, stdout.as_str()), (2, ""), "{flags:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(words),
            "{stderr}"
        );
        assert!(!folder.exists(), "{flags:?}");
    }
}

/// The demo as it serves its pages.
struct Site {
    process: Serving,
    base: String,
    client: Client,
}

impl Site {
    fn start(more: &[&str]) -> Site {
        let args = [&["demo", "--at", "2026-11-25T05:00:00Z"], more].concat();
        let (process, line) = Serving::until(typed(&args, &[]), "Look at the letters: ");
        let url = line
            .trim_end()
            .strip_prefix("Look at the letters: ")
            .unwrap();
        Site {
            process,
            base: url.strip_suffix("/inbox").unwrap().to_owned(),
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    async fn answer(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.get(url).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> String {
        let response = self.answer(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        // The pages escape more than they must.
        response.text().await.unwrap().replace("&#x2f;", "/")
    }

    async fn post(&self, path: &str, form: &'static str) -> (StatusCode, String) {
        let request = self.client.post(format!("{}{path}", self.base));
        let kind = "application/x-www-form-urlencoded";
        let request = request.header("content-type", kind).body(form);
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// The number of the letter to `recipient`.
    async fn letter_to(&self, recipient: &str) -> u64 {
        let inbox = self.get("/inbox").await;
        let row = inbox.split("<tr>").find(|row| row.contains(recipient));
        let path = attribute(row.unwrap_or_else(|| panic!("{inbox}")), "/inbox/");
        path.strip_prefix("/inbox/").unwrap().parse().unwrap()
    }
}

/// The first `href` that starts with `prefix`.
fn attribute(page: &str, prefix: &str) -> String {
    let start = format!("href=\"{prefix}");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {start} in {page}"));
    format!("{prefix}{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn without_once_it_serves_an_inbox_until_it_is_stopped() {
    let site = Site::start(&[]);
    let inbox = site.get("/inbox").await;
    assert_eq!(inbox.matches("href=\"/inbox/").count(), 10);
    assert!(inbox.contains("Council votes 31 to 29"), "{inbox}");

    // What everybody may read of it: the general issue, in its look.
    let list = site.get("/list/harbour").await;
    assert!(list.contains("The morning, from the water up"), "{list}");
    let archive = site.get("/list/harbour/archive").await;
    let (_, name) = archive.split_once("archive/daily-").unwrap();
    let name = name.split('"').next().unwrap();
    let issue = site
        .get(&format!("/list/harbour/archive/daily-{name}"))
        .await;
    assert!(issue.contains("as everybody may read it"), "{issue}");

    let letter = format!("/inbox/{}", site.letter_to("agnes.thorsby@").await);
    let page = site.get(&letter).await;
    assert!(page.contains("The City, Culture, Politics"), "{page}");
    assert!(page.contains("<dd>Nothing found</dd>"), "{page}");
    let html = site.get(&format!("{letter}/html")).await;
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<html lang=\"en\" dir=\"ltr\""),
        "{html}"
    );
    assert!(
        html.contains("Storm gate holds in its first full test"),
        "{html}"
    );
    let pictures = format!("src=\"{}/newsroom/", site.base);
    let name = html
        .split(&pictures)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let picture = site.answer(&format!("/newsroom/{}", name.unwrap())).await;
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG\r\n"));
    let text = site.get(&format!("{letter}/text")).await;
    assert!(text.contains("You receive this letter because"), "{text}");
    let raw = site.answer(&format!("{letter}/raw")).await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    let raw = raw.text().await.unwrap();
    assert!(
        raw.starts_with("Date: Wed, 25 Nov 2026 06:00:00 +0000\r\n"),
        "{raw}"
    );
    assert!(
        raw.contains("\r\nTo: agnes.thorsby@quaymail.example\r\n"),
        "{raw}"
    );
    let why = site.get(&format!("{letter}/why")).await;
    assert!(
        why.contains("banned by maren@harbour-times.example"),
        "{why}"
    );
    assert!(
        why.contains(
            "10 of 63 articles were chosen. Worked out again from what was frozen: the same stories."
        ),
        "{why}"
    );
    assert_eq!(
        site.answer("/inbox/9999/why").await.status(),
        StatusCode::NOT_FOUND
    );

    let (code, stdout, stderr) = site.process.stop("TERM");
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("11 planned = 10 accepted + 1 refused"),
        "{stdout}"
    );
    assert!(
        stderr.ends_with(
            "/inbox\nCtrl-C ends it.\nstopping: letters that are leaving are finished first\n"
        ),
        "{stderr}"
    );
}

#[tokio::test]
async fn its_readers_change_their_terms_and_leave() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("kept");
    let site = Site::start(&["--data", folder.to_str().unwrap()]);
    let letter = format!("/inbox/{}", site.letter_to("newcomer@").await);
    let page = site.get(&letter).await;
    let preferences = attribute(&page, "/p/");
    let form = site.get(&preferences).await;
    assert!(form.contains("value=\"Europe/Berlin\""), "{form}");
    let wish = "weight:sport=normal&cadence=weekdays&hour=06:15&zone=Asia/Tokyo\
                &length=short&do=save";
    let (status, saved) = site.post(&preferences, wish).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let form = site.get(&preferences).await;
    assert!(form.contains("value=\"Asia/Tokyo\""), "{form}");
    assert!(form.contains("value=\"06:15\""), "{form}");
    assert!(site.get(&letter).await.contains("<dd>Sport</dd>"));

    // The links of the letter itself lead to the same pages.
    let html = site.get(&format!("{letter}/html")).await;
    let unsubscribe = attribute(&html, &format!("{}/u/", site.base));
    let unsubscribe = unsubscribe.strip_prefix(&site.base).unwrap();
    assert!(!site.get(unsubscribe).await.contains("You are unsubscribed"));
    let (status, left) = site.post(unsubscribe, "List-Unsubscribe=One-Click").await;
    assert_eq!(status, StatusCode::OK, "{left}");
    assert!(site.get(unsubscribe).await.contains("You are unsubscribed"));
    let in_browser = attribute(&html, &format!("{}/v/", site.base));
    let in_browser = in_browser.strip_prefix(&site.base).unwrap();
    assert!(site.get(in_browser).await.contains("Kvist Point"));

    let (code, _, stderr) = site.process.stop("INT");
    assert_eq!(code, 0, "{stderr}");
    let kept = format!(
        "\nThe data stays in {}\nCtrl-C ends it.\n",
        folder.display()
    );
    assert!(stderr.contains(&kept), "{stderr}");
    let home = folder.to_str().unwrap();
    let show = [
        "--home",
        home,
        "subscriber",
        "show",
        "newcomer@quaymail.example",
        "--json",
    ];
    let (code, stdout, stderr) = run(typed(&show, &[]), "");
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("\"unsubscribed\""), "{stdout}");
}
