//! A plan of very many readers against the bare writing of its rows.
//!
//! `cargo bench --bench plan -- [--subscribers 1000000] [--candidates 3000] [--days 30] [--dir FOLDER]
//! [--alone]`. Forty topics, wishes as unequal as people's, thirty planned days of memory for everybody.
//! The set-up is written once and copied for each run; what is timed is the whole plan of the next day:
//! freezing, reading readers and memory, selecting, fitting, one write a slice, FULL. The reference
//! writes the same rows into the same tables alone. Then the same with no two readers alike. The last
//! line is JSON: our time over the reference's, and a reader's cost in the large paper over that in one
//! of ten thousand.

#[path = "reference/durable.rs"]
mod durable;
#[path = "parts/readership.rs"]
mod readership;
#[path = "reference/rows.rs"]
mod rows;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use readership::{Readership, Size, both_ways, due, wishes};
use serde_json::{Value, json};
use sqlx::Connection;

/// Readers of the paper that growth is counted from.
const SMALL: usize = 10_000;

struct Args {
    size: Size,
    dir: PathBuf,
    /// One plan and nothing else: for a profiler.
    alone: bool,
    /// A process of its own does this much, so that its memory is measured alone.
    part: Option<String>,
}

/// What a plan came to.
struct Planned {
    took: Duration,
    bare: Duration,
    rss_mib: f64,
}

#[tokio::main]
async fn main() {
    let args = args();
    let size = args.size;
    match args.part.as_deref() {
        Some("setup") => return setup(&args.dir, size).await,
        Some("plan") => return plan(&args.dir, size).await,
        Some(other) => panic!("{other} is no part"),
        None => {}
    }
    let folder = tempfile::tempdir_in(&args.dir).expect("a folder");
    let large = prepared(folder.path(), size);
    if args.alone {
        let said = part("plan", &large, size);
        println!("{said}");
        return;
    }
    same(folder.path(), size).await;
    let small_size = Size {
        readers: SMALL.min(size.readers),
        ..size
    };
    let small = match small_size.readers == size.readers {
        true => large.clone(),
        false => prepared(folder.path(), small_size),
    };
    let few = run("few readers", &small, small_size, false).await;
    let many = run("alike", &large, size, false).await;
    let different = run("all different", &large, size, true).await;
    let cost = |run: &Planned, size: Size| run.took.as_secs_f64() / size.readers as f64;
    let ratio = |run: &Planned| run.took.as_secs_f64() / run.bare.as_secs_f64();
    println!(
        "{{\"bench\":\"plan\",\"vs_write\":{:.3},\"vs_write_all_different\":{:.3},\"growth\":{:.3},\
         \"rss_mib\":{:.1},\"subscribers\":{},\"digests_per_s\":{:.0},\
         \"digests_per_s_all_different\":{:.0}}}",
        ratio(&many),
        ratio(&different),
        cost(&many, size) / cost(&few, small_size),
        many.rss_mib.max(different.rss_mib),
        size.readers,
        1.0 / cost(&many, size),
        1.0 / cost(&different, size),
    );
}

/// A memory in bulk is the one that plans leave.
async fn same(folder: &Path, size: Size) {
    let size = Size {
        readers: SMALL.min(size.readers),
        days: 3,
        ..size
    };
    let [bulk, planned] = both_ways(&folder.join("same"), size).await;
    assert!(
        bulk == planned && !bulk.is_empty(),
        "the two memories differ"
    );
    println!(
        "{} rows of memory, written both ways, are the same",
        bulk.len()
    );
}

/// A folder with a paper whose readers remember.
fn prepared(folder: &Path, size: Size) -> PathBuf {
    let folder = folder.join(size.readers.to_string());
    std::fs::create_dir_all(&folder).expect("a folder");
    let begun = Instant::now();
    let said = part("setup", &folder, size);
    println!(
        "{} readers: set up in {:.0} s, {} different ones on the next day",
        size.readers,
        begun.elapsed().as_secs_f64(),
        said["signatures"]
    );
    folder
}

async fn setup(folder: &Path, size: Size) {
    let paper = Readership::new(folder, size, size.days, say).await;
    let signatures = paper.remember(say).await;
    paper.press.store.close().await;
    println!("{}", json!({ "signatures": signatures }));
}

/// The plan of the next day, timed.
async fn plan(folder: &Path, size: Size) {
    let paper = Readership::open(&folder.join("courant.db"), size).await;
    let at = due(size.days);
    let begun = Instant::now();
    let done = paper.press.plan(&paper.wave(size.days), at, at).await;
    let took = begun.elapsed();
    let done = done.expect("a plan");
    assert_eq!(done.digests, size.readers as u64, "everybody has a digest");
    let rss = peak_rss_mib();
    paper.press.store.close().await;
    println!(
        "{}",
        json!({ "seconds": took.as_secs_f64(), "rss_mib": rss, "thought": done.thought })
    );
}

/// A copy of the paper planned, and its rows written alone into another copy.
async fn run(what: &str, paper: &Path, size: Size, different: bool) -> Planned {
    let (ours, bare) = (paper.join("ours"), paper.join("bare"));
    for copy in [&ours, &bare] {
        std::fs::create_dir_all(copy).expect("a folder");
        let (from, to) = (paper.join("courant.db"), copy.join("courant.db"));
        std::fs::copy(from, &to).expect("a copy");
        if different {
            differ(&to, size).await;
        }
    }
    let said = part("plan", &ours, size);
    let took = Duration::from_secs_f64(said["seconds"].as_f64().expect("seconds"));
    let (ours_db, bare_db) = (ours.join("courant.db"), bare.join("courant.db"));
    let written = rows::written(&ours_db, &bare_db, |n| {
        say("written alone", n, size.readers)
    });
    let written = written.await;
    let (ours_sums, bare_sums) = (rows::sums(&ours_db).await, rows::sums(&bare_db).await);
    assert_eq!(ours_sums, bare_sums, "the same rows");
    assert_eq!(ours_sums[0], size.readers as i64, "one digest a reader");
    let rate = |took: Duration| size.readers as f64 / took.as_secs_f64();
    println!(
        "{what:<14} {:>9.0} digests/s planned, {:>9.0}/s written alone; {} thought out; {:.0} MiB",
        rate(took),
        rate(written),
        said["thought"],
        said["rss_mib"].as_f64().unwrap_or(0.0)
    );
    for copy in [ours, bare] {
        std::fs::remove_dir_all(copy).expect("removed");
    }
    Planned {
        took,
        bare: written,
        rss_mib: said["rss_mib"].as_f64().unwrap_or(0.0),
    }
}

/// Gives every reader wishes that nobody else has.
async fn differ(path: &Path, size: Size) {
    let mut db = durable::connect(path).await;
    for from in (1..=size.readers).step_by(20_000) {
        let until = (from + 19_999).min(size.readers);
        let rows: Vec<Value> = (from..=until)
            .map(|n| {
                let interests = serde_json::to_string(&wishes(n, true).0).expect("JSON");
                json!([n, interests])
            })
            .collect();
        let update = "update terms set interests = j.value ->> 1 from json_each($1) j \
                      where subscription_id = j.value ->> 0";
        let done = sqlx::query(update)
            .bind(Value::from(rows).to_string())
            .execute(&mut db)
            .await
            .expect("terms");
        assert_eq!(done.rows_affected(), (until - from + 1) as u64);
    }
    db.close().await.expect("closes");
}

/// Does a part in a process of its own; what its last line says.
fn part(name: &str, folder: &Path, size: Size) -> Value {
    let done = Command::new(std::env::current_exe().expect("this program"))
        .args(["--part", name, "--dir"])
        .arg(folder)
        .args(["--subscribers", &size.readers.to_string()])
        .args(["--candidates", &size.candidates.to_string()])
        .args(["--days", &size.days.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .expect("a process");
    assert!(done.status.success(), "{name} failed");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let last = said.lines().last().expect("a line");
    serde_json::from_str(last).expect("JSON")
}

/// Shows how far a long step is, on one line.
fn say(what: &str, done: usize, all: usize) {
    let mut stderr = std::io::stderr();
    let end = if done >= all { "\n" } else { "" };
    let _ = write!(stderr, "\r{what} {done} of {all}   {end}");
}

/// The most memory that this process has had, MiB; 0 where the system does not say.
fn peak_rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn args() -> Args {
    let mut args = Args {
        size: Size {
            readers: 1_000_000,
            candidates: 3_000,
            days: 30,
        },
        dir: std::env::temp_dir(),
        alone: false,
        part: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        let mut value = || given.next().expect("a value behind the flag");
        match flag.as_str() {
            "--subscribers" => args.size.readers = value().parse().expect("a number"),
            "--candidates" => args.size.candidates = value().parse().expect("a number"),
            "--days" => args.size.days = value().parse().expect("a number of days"),
            "--dir" => args.dir = value().into(),
            "--part" => args.part = Some(value()),
            "--alone" => args.alone = true,
            // What cargo itself adds.
            "--bench" => {}
            other => {
                panic!("{other} is none of --subscribers, --candidates, --days, --dir, --alone")
            }
        }
    }
    args
}
