//! How well Courant reads and understands news, judged on material from outside: one part a subject,
//! each printing its figures beside the bars that they must meet.
//!
//! `cargo run --release --example judge -- feeds|stories|topics|all` with `COURANT_CORPUS` naming the folder of the
//! material. Without it nothing can be judged, and that is said. Baselines in Python run in an
//! environment of their own under `target/`, made at the first run; where that cannot be, they are left
//! out with a line that names them. The last line is JSON: each part's figures, the bars, and whether
//! all were met. Exit code 5 where one was not.

mod bars;
mod feeds;
mod outside;
mod stories;
mod topics;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use bars::Bars;
use serde_json::{Map, json};

/// A part: what it is called, what it judges, and what does that.
type Part = (&'static str, &'static str, fn(&Path, &mut Bars));

/// Every part, one line each.
const PARTS: &[Part] = &[
    ("feeds", "feeds read as their suites state", feeds::judge),
    (
        "stories",
        "copies and stories as people labelled them",
        stories::judge,
    ),
    (
        "topics",
        "topics beside tf-idf with naive Bayes",
        |corpus, bars| {
            bars.said(
                "topics: above the baseline in every set",
                topics::judge(corpus),
            );
        },
    ),
];

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = PARTS.iter().map(|(name, ..)| *name).collect();
    let known = |word: &String| word == "all" || names.contains(&word.as_str());
    if asked.is_empty() || !asked.iter().all(known) {
        eprintln!("name what to judge: {}, or all", names.join(", "));
        return ExitCode::from(2);
    }
    let Some(corpus) = std::env::var_os("COURANT_CORPUS").map(PathBuf::from) else {
        println!("skipped: COURANT_CORPUS names no folder with material");
        return ExitCode::SUCCESS;
    };
    let (mut met, mut parts) = (true, Map::new());
    for (name, what, judge) in PARTS {
        if asked.iter().any(|word| word == name || word == "all") {
            println!("== {name}: {what}");
            eprintln!("{name}: {what} …");
            let begun = Instant::now();
            let mut bars = Bars::new();
            judge(&corpus, &mut bars);
            met &= bars.met();
            parts.insert((*name).to_owned(), bars.json());
            println!();
            eprintln!("{name}: {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    let verdict = if met {
        "every bar is met"
    } else {
        "a bar is NOT met"
    };
    println!("{verdict}\n{}", json!({"judge": parts, "met": met}));
    match met {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(5),
    }
}
