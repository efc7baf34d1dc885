//! How well Courant reads and understands news, judged on material from outside: one part a subject,
//! each printing its figures beside the bars that they must meet.
//!
//! `cargo run --release --example judge -- feeds|stories|topics|all` with `COURANT_CORPUS` naming the folder of the
//! material. Without it nothing can be judged, and that is said. Baselines in Python run in an
//! environment of their own under `target/`; where there is none, they are left out with a line.

mod feeds;
mod outside;
mod stories;
mod topics;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A part: what it is called, and what judges; true where every bar is met.
type Part = (&'static str, fn(&Path) -> bool);

/// Every part, one line each.
const PARTS: &[Part] = &[
    ("feeds", feeds::judge),
    ("stories", stories::judge),
    ("topics", topics::judge),
];

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    let known = |word: &String| word == "all" || names.contains(&word.as_str());
    if asked.is_empty() || !asked.iter().all(known) {
        eprintln!("name what to judge: {}, or all", names.join(", "));
        return ExitCode::from(2);
    }
    let Some(corpus) = std::env::var_os("COURANT_CORPUS").map(PathBuf::from) else {
        println!("skipped: COURANT_CORPUS names no folder with material");
        return ExitCode::SUCCESS;
    };
    let mut met = true;
    for (name, judge) in PARTS {
        if asked.iter().any(|word| word == name || word == "all") {
            println!("== {name}");
            met &= judge(&corpus);
        }
    }
    if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(5)
    }
}
