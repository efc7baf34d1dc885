//! Feeds as they are found, against what the suites of other readers state about them and, for real
//! ones, what two other readers agree on. Python's feedparser is judged on the same documents.

mod damage;
#[path = "../../tests/it/support/plain.rs"]
mod plain;

use self::plain::as_text;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use courant::ingest::parse::{ParseError, parse_date, parse_feed, to_json};
use serde_json::{Value, json};
use url::Url;

use crate::bars::Bars;
use crate::outside;

/// Reading one document for longer, in seconds, is a hang.
const HANG: f64 = 2.0;

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

/// How a difference counts.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Everything stated is asked for, and a document is given the address that its row names.
    Strict,
    /// Where two who state something contradict each other, either is right; and documents that a suite
    /// fetches from its own server are given that server's address, which no row names.
    Lenient,
}

/// A document with what is stated about it.
struct Stated {
    file: String,
    suite: String,
    row: Value,
    bytes: Vec<u8>,
    content_type: Option<String>,
    /// The address that the row names.
    base: Option<String>,
    /// The same, or where the suite's own server has it.
    served: Option<String>,
}

impl Stated {
    /// What is stated under a pointer: by the suite, and by two readers that agree.
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

    fn base(&self, way: Way) -> Option<&str> {
        let base = if way == Way::Strict {
            &self.base
        } else {
            &self.served
        };
        base.as_deref()
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

    /// The figures beside their bars.
    fn against(&self, bars: &mut Bars, how: &str) {
        bars.at_least(
            &format!("entry counts{how}"),
            share(self.of("entries", "")),
            0.99,
        );
        for (name, ..) in FIELDS {
            bars.at_least(&format!("{name}{how}"), share(self.of(name, "")), 0.98);
        }
    }

    /// The figures without bars.
    fn beside(&self, bars: &mut Bars, who: &str) {
        for name in std::iter::once("entries").chain(FIELDS.iter().map(|(name, ..)| *name)) {
            bars.beside(&format!("{who}{name}"), share(self.of(name, "")));
        }
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
pub fn judge(corpus: &Path, bars: &mut Bars) {
    let folder = corpus.join("feeds");
    let all = documents(&folder);
    let mut suites: Vec<String> = all.iter().map(|d| d.suite.clone()).collect();
    suites.sort();
    suites.dedup();
    println!(
        "{} documents of {} suites; left out beforehand: feedparser's sanitize/ and \
         encoding/http_text_xml_*, and CDF",
        all.len(),
        suites.len()
    );
    let read = Read::all(&all, Way::Strict);
    let lenient = Read::all(&all, Way::Lenient);
    let theirs = feedparser(&folder, &all);
    table("Courant", &read.score, &suites);
    if let Some((version, theirs)) = &theirs {
        table(&format!("feedparser {version}"), theirs, &suites);
    }
    println!("\nevery difference counted as wrong:");
    read.score.against(bars, "");
    println!(
        "\nthe same, but where two statements contradict each other either is right, and documents"
    );
    println!("that a suite fetches from its own server are given that server's address:");
    lenient.score.against(bars, ", lenient");
    if let Some((version, theirs)) = theirs {
        println!("\nfeedparser {version}, every difference counted as wrong, no bar:");
        theirs.beside(bars, "feedparser: ");
    }
    println!("\nwhatever the octets:");
    bars.at_most("documents that broke the reader", read.broke as f64, 0.0);
    println!("the slowest document: {}", read.slowest.1);
    let slowest = read.slowest.0.as_secs_f64();
    bars.at_most("seconds of the slowest document", slowest, HANG);
    damage::judge(&all, bars);
    dates(&folder, bars);
}

/// The documents, read.
#[derive(Default)]
struct Read {
    score: Score,
    slowest: (Duration, String),
    broke: usize,
}

impl Read {
    fn all(all: &[Stated], way: Way) -> Read {
        let quiet = std::env::var_os("JUDGE_VERBOSE").is_none() || way == Way::Lenient;
        let mut read = Read::default();
        for document in all {
            let begun = Instant::now();
            let kind = document.content_type.as_deref();
            let parsed = parse_feed(&document.bytes, kind, document.base(way));
            let got = parsed.as_ref().map_or(Value::Null, to_json);
            let spent = begun.elapsed();
            if spent > read.slowest.0 {
                read.slowest = (spent, document.file.clone());
            }
            read.broke += usize::from(parsed.as_ref().err() == Some(&ParseError::Broke));
            if document.is_excluded() {
                continue;
            }
            if document.row["expect"]["error"] == true {
                let refused = parsed.is_err();
                read.score.count("refused", &document.suite, refused);
                continue;
            }
            if let Err(e) = &parsed
                && !quiet
            {
                println!("{}: {e}", document.file);
            }
            compare(&mut read.score, document, &got, way, quiet);
        }
        read
    }
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
            base: base.clone().or_else(|| header("content-location")),
            served: base.or_else(|| served(&file, header("content-location"))),
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

fn compare(score: &mut Score, document: &Stated, got: &Value, way: Way, quiet: bool) {
    let mut count = |name: &str, stated: &[&Value], got: &Value, kind: Kind| {
        let asked = if way == Way::Strict {
            1
        } else {
            stated.len().max(1)
        };
        for stated in stated.chunks(asked) {
            let good = stated.iter().any(|stated| same(stated, got, kind));
            if !good && !quiet {
                println!("{}: {name}: stated {stated:?}, got {got}", document.file);
            }
            score.count(name, &document.suite, good);
        }
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

fn dates(folder: &Path, bars: &mut Bars) {
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
    println!("{good} of {all} spellings of dates");
    bars.at_least(
        "dates alone, read or refused as stated",
        share((good, all)),
        1.0,
    );
}

/// The same documents read by Python's feedparser.
fn feedparser(folder: &Path, all: &[Stated]) -> Option<(String, Score)> {
    let python = outside::python(&[("feedparser", "feedparser")])?;
    let asked: Vec<String> = all
        .iter()
        .map(|d| {
            let row = json!({"path": folder.join(&d.file), "base": d.base(Way::Strict), "headers": d.row["http_headers"]});
            row.to_string()
        })
        .collect();
    let said = outside::script(
        &python,
        "with_feedparser.py",
        &[],
        &(asked.join("\n") + "\n"),
    )?;
    let mut score = Score::default();
    let mut version = String::new();
    for (n, line) in said.lines().enumerate() {
        let got: Value = serde_json::from_str(line).ok()?;
        match all.get(n) {
            Some(d) if d.is_excluded() => {}
            Some(d) if d.row["expect"]["error"] == true => {
                score.count("refused", &d.suite, got["format"].is_null());
            }
            Some(d) => compare(&mut score, d, &got, Way::Strict, true),
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
