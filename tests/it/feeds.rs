//! Feeds, dates and a saved page as they are found in the wild, against what other parsers' own
//! suites state about them. The material is found through `COURANT_CORPUS`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use courant::domain::article::CanonicalUrl;
use courant::ingest::parse::{
    ParseError, parse_date, parse_feed, parse_page, to_articles, to_json,
};
use serde_json::Value;
use url::Url;

use crate::support::plain::as_text;
use crate::support::skip;

/// The folder of the corpus, or a printed line that the test is skipped.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("COURANT_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        skip("feed corpus", "COURANT_CORPUS is not set");
    }
    folder
}

fn rows(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("the corpus holds this file");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row of JSON"))
        .collect()
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file).expect("the corpus holds this file")
}

/// Stated against met, by field.
#[derive(Default)]
struct Score(BTreeMap<&'static str, (usize, usize)>);

impl Score {
    fn count(&mut self, field: &'static str, met: bool) {
        let (good, all) = self.0.entry(field).or_default();
        *good += usize::from(met);
        *all += 1;
    }

    fn share(&self, field: &str) -> f64 {
        let (good, all) = self.0.get(field).copied().unwrap_or((0, 1));
        good as f64 / all as f64
    }
}

const FIELDS: [(&str, &str); 8] = [
    ("entry title", "title"),
    ("entry link", "link"),
    ("entry id", "id"),
    ("entry published", "published"),
    ("entry updated", "updated"),
    ("entry author", "author"),
    ("entry summary", "summary"),
    ("entry content", "content"),
];

fn judge(score: &mut Score, file: &str, stated: &Value, got: &Value) {
    let mut field = |name: &'static str, stated: &Value, got: &Value| {
        if stated.is_null() {
            return;
        }
        let exact = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), as_text);
        let got_text = if name == "entry content" {
            text(got)
        } else {
            exact(got)
        };
        let met = exact(stated) == exact(got) || text(stated) == got_text;
        if !met {
            println!("{file}: {name}: stated {stated}, got {got}");
        }
        score.count(name, met);
    };
    field("format", &stated["format"], &got["format"]);
    field("title", &stated["title"], &got["title"]);
    field("link", &stated["link"], &got["link"]);
    let entries = got["entries"].as_array().map_or(0, Vec::len);
    field("entries", &stated["entries"], &Value::from(entries));
    for (name, key) in FIELDS {
        field(name, &stated["entry0"][key], &got["entries"][0][key]);
    }
}

/// Where a document was found: what its header says, against the address from which one suite serves
/// the documents whose name tells that they come over HTTP.
fn served(file: &str, location: Option<&str>) -> Option<String> {
    if !["/http_", "/http/"].iter().any(|part| file.contains(part)) {
        return location.map(str::to_owned);
    }
    let server = Url::parse("http://127.0.0.1:8097/").expect("a URL");
    let at = location.and_then(|location| server.join(location).ok());
    let at = at.filter(|at| matches!(at.scheme(), "http" | "https"));
    Some(at.unwrap_or(server).into())
}

#[test]
fn feeds_of_the_wild_are_read_as_their_suites_state() {
    let Some(corpus) = corpus() else {
        return;
    };
    let folder = corpus.join("feeds");
    let mut score = Score::default();
    for row in rows(&folder.join("expectations.jsonl")) {
        let file = row["file"].as_str().expect("a file name");
        let headers = row["http_headers"].as_object();
        let header = |name: &str| {
            headers?
                .iter()
                .find(|(k, _)| k.eq_ignore_ascii_case(name))?
                .1
                .as_str()
        };
        let base = row["base_url"].as_str().map(str::to_owned);
        let base = base.or_else(|| served(file, header("content-location")));
        let bytes = read(&folder.join(file));
        let parsed = parse_feed(&bytes, header("content-type"), base.as_deref());
        assert_ne!(parsed.as_ref().err(), Some(&ParseError::Broke), "{file}");
        let expect = &row["expect"];
        if expect["error"] == true {
            score.count("refused", parsed.is_err());
            continue;
        }
        // CDF is no feed of this century, and a record that states nothing asks nothing.
        if expect["format"] == "cdf_or_other" || expect.as_object().is_none_or(|e| e.is_empty()) {
            continue;
        }
        if let Err(e) = &parsed {
            println!("{file}: {e}");
        }
        score.count("parsed", parsed.is_ok());
        let got = parsed.as_ref().map_or(Value::Null, to_json);
        if let Ok(feed) = &parsed {
            to_articles(feed, &Default::default());
        }
        // One suite's allow-list of mark-up is its own; we show text.
        if row["area"]
            .as_str()
            .is_none_or(|area| !area.contains("sanitize"))
        {
            judge(&mut score, file, expect, &got);
        }
    }
    println!("{:?}", score.0);
    let floors = [
        ("refused", 1.0),
        ("parsed", 0.998),
        ("format", 0.99),
        ("title", 0.98),
        ("link", 0.8),
        ("entries", 0.995),
        ("entry title", 0.98),
        ("entry link", 0.95),
        ("entry id", 0.95),
        ("entry published", 0.98),
        ("entry updated", 0.98),
        ("entry author", 0.9),
        ("entry summary", 0.82),
        ("entry content", 0.85),
    ];
    for (field, floor) in floors {
        assert!(
            score.share(field) >= floor,
            "{field}: {:.3} < {floor}",
            score.share(field)
        );
    }
}

#[test]
fn damaged_feeds_never_bring_the_reader_down() {
    let Some(corpus) = corpus() else {
        return;
    };
    let folder = corpus.join("feeds");
    let mut seed = 1_u64;
    let mut draw = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    for row in rows(&folder.join("expectations.jsonl")) {
        let file = row["file"].as_str().expect("a file name");
        let bytes = read(&folder.join(file));
        if bytes.is_empty() || bytes.len() > 20_000 {
            continue;
        }
        let cut = bytes[..draw(bytes.len())].to_vec();
        let mut flipped = bytes.clone();
        for _ in 0..4 {
            let i = draw(flipped.len());
            flipped[i] ^= 1 << draw(8);
        }
        let mut spliced = bytes.clone();
        let (from, to) = (draw(bytes.len()), draw(bytes.len()));
        spliced.splice(from.min(to)..from.max(to), *b"<x y='");
        for damaged in [cut, flipped, spliced] {
            let parsed = parse_feed(&damaged, None, Some("https://n.example/feed"));
            assert_ne!(
                parsed.as_ref().err(),
                Some(&ParseError::Broke),
                "{file}: {damaged:?}"
            );
            if let Ok(feed) = parsed {
                to_articles(&feed, &Default::default());
            }
        }
    }
}

#[test]
fn dates_of_the_wild_are_read_or_refused() {
    let Some(corpus) = corpus() else {
        return;
    };
    for row in rows(&corpus.join("feeds/dates.jsonl")) {
        let input = row["input"].as_str().expect("a text");
        let got = parse_date(input).map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        // Years before 1000 are stated without their zeros.
        let stated = row["expect"].as_str().map(|at| format!("{at:0>20}"));
        assert_eq!(got.map(|at| format!("{at:0>20}")), stated, "{input}");
    }
}

#[test]
fn the_saved_page_gives_its_headline_and_its_text() {
    let Some(corpus) = corpus() else {
        return;
    };
    let folder = std::fs::read_dir(corpus.join("seed")).expect("the corpus holds the seed");
    for file in folder {
        let bytes = read(&file.expect("a file").path());
        let url = CanonicalUrl::parse("https://page.example/1", None).expect("a URL");
        let read = parse_page(
            &bytes,
            None,
            Some(url),
            &courant::ingest::parse::Rules::default(),
        );
        let text = read.expect("an article").article.text;
        assert_eq!(
            text.headline,
            "It’s complicated: Terror group ISIS-K targets U.S. — and its worst enemies"
        );
        assert_eq!(text.byline, "Ben Wolfgang");
        let body = text.body.expect("a body");
        assert!(body.starts_with("In the high-stakes world of counterterrorism, sometimes"));
        assert!(body.contains("\n\nWarning an enemy\n\n"));
        assert!(!body.contains("Sponsor:") && !body.contains('\u{a0}'));
    }
}
