//! Reading feeds and thinking about what they bring, against what others need and as the window grows.
//!
//! `cargo bench --bench ingest -- [--articles 100000] [--window 1000000] [--corpus FOLDER] [--alone]`.
//! Documents are feeds of our own making, or those under `feeds/` of `COURANT_CORPUS` where it is set.
//! Two works are timed on the same octets. *Read*: octets to entries with their titles, links, ids,
//! dates, summaries and pictures; the floor beneath it is quick-xml alone, which walks through the same
//! documents, resolves their references and keeps nothing. *Shown*: the same with every summary and
//! content sanitised; beside it stands Python's feedparser, which sanitises them, too.
//! Then `--articles` made-up articles, as feeds, are read, classified and grouped in one run; and one
//! more article is grouped in a window of 10,000 and in one of `--window`. The last line is JSON:
//! feedparser's time over ours, our speed over quick-xml's, the cost of one more article in the large
//! window over that in the small one, and the most memory that the run held.

#[path = "parts/floor.rs"]
mod floor;
#[path = "parts/papers.rs"]
mod papers;
#[path = "parts/stream.rs"]
mod stream;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use courant::ingest::parse::parse_feed;
use serde_json::{Value, json};

/// Rounds of a timed work; the fastest counts.
const ROUNDS: usize = 7;

struct Args {
    articles: usize,
    window: usize,
    corpus: Option<PathBuf>,
    /// Our own reading and nothing else, many times: for a profiler.
    alone: bool,
    /// A process of its own does this much, so that its memory is measured alone.
    part: Option<String>,
}

fn args() -> Args {
    let mut out = Args {
        articles: 100_000,
        window: 1_000_000,
        corpus: std::env::var_os("COURANT_CORPUS").map(PathBuf::from),
        alone: false,
        part: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        let mut value = || given.next().expect("a value");
        match arg.as_str() {
            "--articles" => out.articles = value().parse().expect("a number"),
            "--window" => out.window = value().parse().expect("a number"),
            "--corpus" => out.corpus = Some(PathBuf::from(value())),
            "--part" => out.part = Some(value()),
            "--alone" => out.alone = true,
            "--bench" => {}
            other => panic!("unknown: {other}"),
        }
    }
    out
}

fn main() {
    let args = args();
    match args.part.as_deref() {
        Some("run") => return println!("{}", stream::run(args.articles)),
        Some("growth") => return println!("{}", stream::growth(10_000, args.window)),
        Some(other) => panic!("{other} is no part"),
        None => {}
    }
    let documents = papers::documents(args.corpus.as_deref());
    let octets: usize = documents.iter().map(Vec::len).sum();
    println!("{} feeds, {octets} octets", documents.len());
    if args.alone {
        for _ in 0..20 * ROUNDS {
            std::hint::black_box(read(&documents));
        }
        return;
    }
    let ours = fastest(|| read(&documents));
    let shown = fastest(|| show(&documents));
    let floor = fastest(|| floor::walk(&documents));
    let speed = |time: Duration| octets as f64 / time.as_secs_f64() / 1e6;
    let say = |what: &str, time: Duration| println!("{what:<40}{:>10.1} MB/s", speed(time));
    say("read", ours);
    say("read and shown", shown);
    say("quick-xml alone", floor);
    let theirs = feedparser(&documents);
    if let Some(theirs) = theirs {
        say("Python's feedparser, sanitising", theirs);
    }
    let run = part("run", &args);
    println!(
        "{} articles classified and grouped into {} stories in one run: {:.1} s, {:.0} a second",
        run["articles"],
        run["stories"],
        number(&run["seconds"]),
        number(&run["rate"])
    );
    let quarters = run["quarters_mib"].as_array().into_iter().flatten();
    let quarters: Vec<String> = quarters.map(|mib| format!("{:.0}", number(mib))).collect();
    println!(
        "memory of that run after 25, 50, 75 and 100 %: {} MiB; at most {:.0} MiB",
        quarters.join(", "),
        number(&run["rss_mib"])
    );
    let growth = part("growth", &args);
    println!(
        "one more article: {:.1} µs in a window of 10000, {:.1} µs in one of {}",
        number(&growth["small_us"]),
        number(&growth["large_us"]),
        args.window
    );
    let ratio = |over: Option<Duration>, under: Duration| {
        over.map(|over| over.as_secs_f64() / under.as_secs_f64())
    };
    for (goal, figure) in [
        (
            ">= 20: speed over feedparser's, both sanitising",
            ratio(theirs, shown),
        ),
        (
            ">= 0.3: speed over quick-xml's alone",
            ratio(Some(floor), ours),
        ),
        (
            "<= 1.5: cost of one more article, large window over small",
            growth["growth"].as_f64(),
        ),
    ] {
        let figure = figure.map_or("-".to_owned(), |f| format!("{f:.3}"));
        println!("{figure:>10}  goal {goal}");
    }
    let rounded = |value: Option<f64>| value.map(|v| (v * 1000.0).round() / 1000.0);
    let line = json!({
        "bench": "ingest",
        "vs_feedparser": rounded(ratio(theirs, shown)),
        "vs_quick_xml": rounded(ratio(Some(floor), ours)),
        "growth": rounded(growth["growth"].as_f64()),
        "rss_mib": run["rss_mib"],
    });
    println!("{line}");
}

/// A figure of a part, 0 where it says none: JSON's own numbers take no format.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

/// Every document to entries; how many.
fn read(documents: &[Vec<u8>]) -> usize {
    let read = documents.iter().map(|d| parse_feed(d, None, None));
    read.map(|feed| feed.map_or(0, |f| f.entries.len())).sum()
}

/// Every document to entries with their texts sanitised, as feedparser gives them; octets.
fn show(documents: &[Vec<u8>]) -> usize {
    let mut octets = 0;
    for feed in documents.iter().flat_map(|d| parse_feed(d, None, None)) {
        for entry in &feed.entries {
            let texts = [&entry.summary_html, &entry.content];
            octets += texts
                .into_iter()
                .flatten()
                .map(|t| t.safe().len())
                .sum::<usize>();
        }
    }
    octets
}

/// The fastest of some rounds, in this thread's own time on the processor: whatever else the machine
/// does, it is not in it.
fn fastest(mut work: impl FnMut() -> usize) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = stream::own_time();
        std::hint::black_box(work());
        stream::own_time() - begun
    });
    rounds.min().unwrap_or_default()
}

/// What a part says that runs in a process of its own.
fn part(name: &str, args: &Args) -> Value {
    let this = std::env::current_exe().expect("this bench");
    let mut command = Command::new(this);
    command.args(["--part", name]);
    command.args(["--articles", &args.articles.to_string()]);
    command.args(["--window", &args.window.to_string()]);
    let done = command.output().expect("a process of its own");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).expect("a line of JSON")
}

/// What feedparser needs for the same documents; `None`, with a printed line, where it is not there.
fn feedparser(documents: &[Vec<u8>]) -> Option<Duration> {
    let python = ["target/judges/bin/python", "python3"]
        .map(|p| std::path::Path::new(p).to_path_buf())
        .into_iter()
        .find(|python| {
            let mut ask = Command::new(python);
            let answer = ask.args(["-c", "import feedparser"]).output();
            answer.is_ok_and(|a| a.status.success())
        });
    let Some(python) = python else {
        println!("feedparser is not installed (`just judge feeds` brings it): left out");
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for (n, document) in documents.iter().enumerate() {
        std::fs::write(folder.path().join(n.to_string()), document).expect("a document");
    }
    let script = "import feedparser,os,sys,time,warnings\n\
                  warnings.simplefilter('ignore')\n\
                  read=[open(os.path.join(sys.argv[1],n),'rb').read() for n in os.listdir(sys.argv[1])]\n\
                  best=9e9\n\
                  for _ in range(2):\n \
                  begun=time.process_time()\n \
                  for d in read: feedparser.parse(d)\n \
                  best=min(best,time.process_time()-begun)\n\
                  print(best)\n";
    let done = Command::new(python)
        .args(["-c", script])
        .arg(folder.path())
        .output()
        .ok()?;
    let seconds: f64 = String::from_utf8(done.stdout).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}
