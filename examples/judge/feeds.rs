//! Feeds as they are found, against what the suites of other readers state about them and, for real
//! ones, what two other readers agree on. Python's feedparser is judged on the same documents.

#[path = "../../tests/it/support/plain.rs"]
mod plain;

use self::plain::as_text;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use courant::ingest::parse::{ParseError, parse_date, parse_feed, to_articles, to_json};
use serde_json::{Value, json};
use url::Url;

use crate::outside;

/// How many damaged documents are read.
const DAMAGED: usize = 10_000;
/// Reading one document for longer is a hang.
const HANG: Duration = Duration::from_secs(2);

/// What the bar of 98 % holds for: where it stands in the JSON, and as what it is compared.
const FIELDS: &[(&str, &str, Kind)] = &[
    ("feed title", "/title", Kind::Text),
    ("feed link", "/link", Kind::Exact),
    ("title", "/entry0/title", Kind::Text),
    ("link", "/entry0/link", Kind::Exact),
    ("id", "/entry0/id", Kind::Exact),
    ("published", "/entry0/published", Kind::Exact),
    ("updated", "/entry0/updated", Kind::Exact),
];
/// What is told beside them; suites disagree on these by taste.
const BESIDE: &[(&str, &str, Kind)] = &[
    ("language", "/language", Kind::Exact),
    ("author", "/entry0/author", Kind::Text),
    ("summary", "/entry0/summary", Kind::Text),
    ("content", "/entry0/content", Kind::Text),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The same characters.
    Exact,
    /// The same text, mark-up and white space aside.
    Text,
}

/// A document with what is stated about it.
struct Stated {
    file: String,
    suite: String,
    row: Value,
    bytes: Vec<u8>,
    content_type: Option<String>,
    base: Option<String>,
}

impl Stated {
    /// What is stated under a pointer: by the suite, and by two readers that agree. Where those
    /// contradict each other (a suite may state what its own test set), either is right.
    fn at(&self, pointer: &str) -> Vec<&Value> {
        let of = |name: &str| {
            let value = self.row[name].pointer(pointer)?;
            (!value.is_null()).then_some(value)
        };
        [of("expect"), of("consensus")]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether an area is another reader's opinion, excluded beforehand.
    fn is_excluded(&self) -> bool {
        let area = self.row["area"].as_str().unwrap_or_default();
        area.contains("sanitize")
            || self.file.contains("encoding/http_text_xml_")
            || area.contains("cdf")
            || self.row["expect"]["format"]
                .as_str()
                .is_some_and(|f| f.starts_with("cdf"))
    }

    fn is_well_formed(&self) -> bool {
        self.row["bozo"] != true
    }
}

/// Good against all, by name.
#[derive(Default)]
struct Score(BTreeMap<(String, String), (usize, usize)>);

impl Score {
    fn count(&mut self, name: &str, suite: &str, good: bool) {
        for suite in [suite, ""] {
            let place = self.0.entry((name.into(), suite.into())).or_default();
            place.0 += usize::from(good);
            place.1 += 1;
        }
    }

    fn of(&self, name: &str, suite: &str) -> (usize, usize) {
        let key = (name.to_owned(), suite.to_owned());
        self.0.get(&key).copied().unwrap_or_default()
    }

    fn sum(&self, names: &[&str]) -> (usize, usize) {
        let parts = names.iter().map(|name| self.of(name, ""));
        parts.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    }

    /// One row of the table: the field, the whole, each suite.
    fn row(&self, name: &str, suites: &[String]) -> String {
        let cells = std::iter::once("").chain(suites.iter().map(String::as_str));
        let cells = cells.map(|suite| match self.of(name, suite) {
            (_, 0) => format!("{:>12}", "-"),
            (good, all) => format!("{:>12}", format!("{good}/{all}")),
        });
        format!("{name:<16}{}", cells.collect::<String>())
    }
}

fn share((good, all): (usize, usize)) -> f64 {
    good as f64 / all.max(1) as f64
}

/// Judges the reading of feeds.
pub fn judge(corpus: &Path) -> bool {
    let folder = corpus.join("feeds");
    let all = documents(&folder);
    let quiet = std::env::var_os("JUDGE_VERBOSE").is_none();
    let mut slowest = (Duration::ZERO, String::new());
    let mut broke = 0;
    let mut ours = Score::default();
    let mut suites: Vec<String> = all.iter().map(|d| d.suite.clone()).collect();
    suites.sort();
    suites.dedup();
    for document in &all {
        let begun = Instant::now();
        let parsed = parse_feed(
            &document.bytes,
            document.content_type.as_deref(),
            document.base.as_deref(),
        );
        let got = parsed.as_ref().map_or(Value::Null, to_json);
        let spent = begun.elapsed();
        if spent > slowest.0 {
            slowest = (spent, document.file.clone());
        }
        broke += usize::from(parsed.as_ref().err() == Some(&ParseError::Broke));
        if document.is_excluded() {
            continue;
        }
        if document.row["expect"]["error"] == true {
            ours.count("refused", &document.suite, parsed.is_err());
        } else {
            if let Err(e) = &parsed
                && !quiet
            {
                println!("{}: {e}", document.file);
            }
            compare(&mut ours, document, &got, quiet);
        }
    }
    println!(
        "{} documents, {broke} broke the reader; the slowest took {:?} ({})",
        all.len(),
        slowest.0,
        slowest.1
    );
    let damaged = damage(&all);
    let dates = dates(&folder);
    let theirs = feedparser(&folder, &all);
    table("Courant", &ours, &suites);
    if let Some((version, theirs)) = theirs {
        table(&format!("feedparser {version}"), &theirs, &suites);
    }
    let counts = share(ours.of("entries", ""));
    let names: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
    let fields = ours.sum(&names);
    println!(
        "entry counts {:.2} % (bar 99), titles, links, ids and dates {}/{} = {:.2} % (bar 98)",
        100.0 * counts,
        fields.0,
        fields.1,
        100.0 * share(fields)
    );
    let each = FIELDS
        .iter()
        .all(|(name, ..)| share(ours.of(name, "")) >= 0.98);
    broke == 0 && slowest.0 < HANG && damaged && dates && counts >= 0.99 && each
}

fn documents(folder: &Path) -> Vec<Stated> {
    let rows = outside::rows(&folder.join("expectations.jsonl"));
    let read = |row: Value| {
        let file = row["file"].as_str().expect("a file name").to_owned();
        let header = |name: &str| {
            let headers = row["http_headers"].as_object()?;
            let found = headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name));
            Some(found?.1.as_str()?.to_owned())
        };
        let base = row["base_url"].as_str().map(str::to_owned);
        Stated {
            bytes: std::fs::read(folder.join(&file)).expect("the document"),
            content_type: header("content-type"),
            base: base.or_else(|| served(&file, header("content-location"))),
            suite: row["suite"].as_str().unwrap_or("other").to_owned(),
            file,
            row,
        }
    };
    rows.into_iter().map(read).collect()
}

/// Where a document was found: what its header says, against the address from which one suite serves
/// the documents whose name tells that they come over HTTP.
fn served(file: &str, location: Option<String>) -> Option<String> {
    const HTTP: &[&str] = &["/http_", "/http/"];
    let server = HTTP.iter().any(|part| file.contains(part));
    let server = server
        .then(|| Url::parse("http://127.0.0.1:8097/").ok())
        .flatten();
    let Some(server) = server else {
        return location;
    };
    let at = location.and_then(|location| server.join(&location).ok());
    let at = at.filter(|at| matches!(at.scheme(), "http" | "https"));
    Some(at.unwrap_or(server).into())
}

fn compare(score: &mut Score, document: &Stated, got: &Value, quiet: bool) {
    let mut count = |name: &str, stated: &[&Value], got: &Value, kind: Kind| {
        if stated.is_empty() {
            return;
        }
        let good = stated.iter().any(|stated| same(stated, got, kind));
        if !good && !quiet {
            println!("{}: {name}: stated {stated:?}, got {got}", document.file);
        }
        score.count(name, &document.suite, good);
    };
    count(
        "format",
        &document.at("/format"),
        &got["format"],
        Kind::Exact,
    );
    if document.is_well_formed() {
        let entries = json!(got["entries"].as_array().map(Vec::len));
        count("entries", &document.at("/entries"), &entries, Kind::Exact);
    }
    for (name, pointer, kind) in FIELDS.iter().chain(BESIDE) {
        let place = pointer.replace("/entry0", "/entries/0");
        let got = got.pointer(&place).unwrap_or(&Value::Null);
        count(name, &document.at(pointer), got, *kind);
    }
}

fn same(stated: &Value, got: &Value, kind: Kind) -> bool {
    let exact = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let (stated, got) = (exact(stated), exact(got));
    // What is shown is plain: suites state it with its mark-up, and some resolve references twice.
    stated == got
        || kind == Kind::Text && {
            let text = as_text(&stated);
            text == as_text(&got) || text == one_line(&got)
        }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ten thousand documents with seeded damage: none may break the reader or keep it for long.
fn damage(all: &[Stated]) -> bool {
    let mut seed = 20_260_601_u64;
    let mut draw = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % below.max(1)
    };
    const PIECES: &[&[u8]] = &[
        b"<item>",
        b"</item>",
        b"<entry>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"&#x0;",
        b"&",
        b"\"",
        b"<",
        b"\xff\xfe",
        b"\xe9",
        b"<div><div><div>",
        b"<title type='html'>",
        b"<x y='",
        b"{\"",
        b"\0",
    ];
    let (mut broke, mut slowest, mut read) = (0, Duration::ZERO, 0);
    for n in 0..DAMAGED {
        let document = &all[n % all.len()];
        let mut bytes = document.bytes.clone();
        for _ in 0..=draw(6) {
            let (a, b) = (draw(bytes.len() + 1), draw(bytes.len() + 1));
            let (from, to) = (a.min(b), a.max(b));
            match draw(6) {
                0 => bytes.truncate(to),
                1 if !bytes.is_empty() => bytes[from.min(to.saturating_sub(1))] ^= 1 << draw(8),
                2 => drop(bytes.splice(from..from, PIECES[draw(PIECES.len())].iter().copied())),
                3 => drop(bytes.drain(from..to.min(from + 64))),
                4 => {
                    let piece = bytes[from..to.min(from + 512)].to_vec();
                    drop(bytes.splice(from..from, piece));
                }
                _ => {
                    let other = &all[draw(all.len())].bytes;
                    let at = draw(other.len() + 1);
                    let piece = other[at..other.len().min(at + 200)].to_vec();
                    drop(bytes.splice(from..to.min(from + 200), piece));
                }
            }
        }
        let begun = Instant::now();
        let parsed = std::panic::catch_unwind(|| {
            let parsed = parse_feed(&bytes, document.content_type.as_deref(), None)?;
            to_articles(&parsed, &Default::default());
            Ok::<_, ParseError>(to_json(&parsed))
        });
        slowest = slowest.max(begun.elapsed());
        read += usize::from(matches!(parsed, Ok(Ok(_))));
        broke += usize::from(matches!(parsed, Err(_) | Ok(Err(ParseError::Broke))));
    }
    println!(
        "{DAMAGED} damaged documents, {broke} broke the reader, {read} still gave a feed; the slowest took {slowest:?}"
    );
    broke == 0 && slowest < HANG
}

fn dates(folder: &Path) -> bool {
    let (mut good, mut all) = (0, 0);
    for row in outside::rows(&folder.join("dates.jsonl")) {
        let input = row["input"].as_str().unwrap_or_default();
        let got = parse_date(input).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        // Years before 1000 are stated without their zeros.
        let stated = row["expect"].as_str().map(|at| format!("{at:0>20}"));
        let met = got.as_ref().map(|at| format!("{at:0>20}")) == stated;
        if !met {
            println!("date {input:?}: stated {}, got {got:?}", row["expect"]);
        }
        good += usize::from(met);
        all += 1;
    }
    println!("{good} of {all} dates");
    good == all
}

/// The same documents read by Python's feedparser.
fn feedparser(folder: &Path, all: &[Stated]) -> Option<(String, Score)> {
    let python = outside::python(&[("feedparser", "feedparser")])?;
    let asked: Vec<String> = all
        .iter()
        .map(|d| {
            let row = json!({"path": folder.join(&d.file), "base": d.base, "headers": d.row["http_headers"]});
            row.to_string()
        })
        .collect();
    let said = outside::script(&python, "with_feedparser.py", &(asked.join("\n") + "\n"))?;
    let mut score = Score::default();
    let mut version = String::new();
    for (n, line) in said.lines().enumerate() {
        let got: Value = serde_json::from_str(line).ok()?;
        match all.get(n) {
            Some(d) if d.is_excluded() => {}
            Some(d) if d.row["expect"]["error"] == true => {
                score.count("refused", &d.suite, got["format"].is_null());
            }
            Some(d) => compare(&mut score, d, &got, true),
            None => version = got["version"].as_str().unwrap_or_default().to_owned(),
        }
    }
    Some((version, score))
}

fn table(who: &str, score: &Score, suites: &[String]) {
    let head: String = suites.iter().map(|s| format!("{s:>12.11}")).collect();
    println!("{who:<16}{:>12}{head}", "whole");
    let names = ["refused", "format", "entries"].into_iter();
    let names = names.chain(FIELDS.iter().chain(BESIDE).map(|(name, ..)| *name));
    for name in names {
        println!("{}", score.row(name, suites));
    }
}
