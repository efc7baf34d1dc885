//! Rendering against what it replaces and what bounds it: MJML for every letter, official MJML, and
//! copying finished bytes.
//!
//! `cargo bench --bench render -- [--letters 10000] [--alone]`, with `NODE_PATH` naming a folder that
//! has `mjml` for the second reference. Every letter is another digest of 15 stories out of 200, in one
//! of two forms, for another reader: its head, its reasons and its signed links are its own. The last
//! line is JSON: `vs_copy` is our time over the copy's, the others are theirs over ours. A letter of ours
//! is its three signed links and its id, both parts, the head and MIME, from the digest's picks to the
//! message's bytes; every time is that of the fastest round.

#[path = "parts/digests.rs"]
mod digests;
#[path = "reference/each.rs"]
mod each;
#[path = "parts/machine.rs"]
#[expect(dead_code, reason = "shared with the other benches")]
mod machine;

use std::time::{Duration, Instant};

use digests::Newsroom;
use sha2::{Digest as _, Sha256};

fn main() {
    let mut letters = 10_000;
    let mut alone = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--letters" => letters = args.next().and_then(|n| n.parse().ok()).unwrap_or(letters),
            "--alone" => alone = true,
            "--bench" => {}
            other => panic!("unknown: {other}"),
        }
    }
    let room = Newsroom::new();
    let sample = room.message(0);
    println!(
        "{letters} letters of 15 stories: {} octets of HTML, {} on the wire",
        room.html_bytes(0),
        sample.len()
    );
    assert_eq!(sample, room.message_whole(0), "put together and whole");
    let (ours, copy, late) = beside(&room, letters);
    if alone {
        return;
    }
    say(
        "their sha256, which the ledger keeps (in no ratio)",
        hashed(&room),
    );
    let whole = fastest(200, 1, |n| room.message_whole(n).len());
    say("rendered whole from compiled templates", whole);
    let reference = each::Each::new(&room);
    let each = fastest(200, 1, |n| reference.message(&room, n).len());
    say("minijinja, MJML and mrml for every letter", each);
    let official = reference.official(&room);
    match official {
        Some(time) => say("official mjml under Node, warmed", time),
        None => println!("official mjml is not installed (NODE_PATH): left out"),
    }
    let over = |theirs: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
    let official = official.map_or("null".to_owned(), |time| format!("{:.0}", over(time)));
    println!(
        "{{\"bench\":\"render\",\"vs_mrml_each\":{:.1},\"vs_mjml\":{official},\"vs_copy\":{:.2},\"rss_mib\":{late:.0}}}",
        over(each),
        ours.as_secs_f64() / copy.as_secs_f64(),
    );
}

/// Letters of a round: short enough that some rounds have a core for themselves.
const ROUND: usize = 100;

/// Time of a letter of ours and of copying a finished one into a buffer of its own, round about; and
/// resident memory at the end.
fn beside(room: &Newsroom, letters: usize) -> (Duration, Duration, f64) {
    // What is shared is set before the clock runs: once a wave, whatever its size.
    for n in 0..400 {
        room.message(n);
    }
    let pool: Vec<Vec<u8>> = (0..64).map(|n| room.message(n)).collect();
    let (mut ours, mut copy) = (Duration::MAX, Duration::MAX);
    let mut early = 0.0;
    for round in 0..letters.div_ceil(ROUND) {
        let first = round * ROUND;
        ours = ours.min(timed(first, ROUND, |n| room.message(n).len()));
        copy = copy.min(timed(first, ROUND, |n| {
            let finished = &pool[n % pool.len()];
            let mut copy = Vec::with_capacity(finished.len());
            copy.extend_from_slice(finished);
            std::hint::black_box(copy).len()
        }));
        if round == letters / ROUND / 10 {
            early = resident_mib();
        }
    }
    let late = resident_mib();
    say("put together, MIME and all", ours);
    say("finished bytes copied", copy);
    println!(
        "{:>10.1} MiB of pieces kept; resident {early:.0} MiB after a tenth, {late:.0} MiB at the end",
        room.kept() as f64 / f64::from(1 << 20)
    );
    (ours, copy, late)
}

/// Time to hash a finished letter.
fn hashed(room: &Newsroom) -> Duration {
    let finished = room.message(0);
    fastest(20, 20, |_| {
        std::hint::black_box(Sha256::digest(&finished));
        finished.len()
    })
}

/// Time a letter in the fastest of so many rounds: whatever else runs on a machine only adds.
fn fastest(rounds: usize, letters: usize, letter: impl Fn(usize) -> usize) -> Duration {
    let times = (0..rounds).map(|round| timed(round * letters, letters, &letter));
    times.min().unwrap_or_default()
}

/// Time a letter, of so many from the first.
fn timed(first: usize, letters: usize, letter: impl Fn(usize) -> usize) -> Duration {
    let begun = Instant::now();
    let octets: usize = (first..first + letters).map(letter).sum();
    let time = begun.elapsed();
    assert!(octets > letters * 10_000);
    time / u32::try_from(letters).unwrap_or(1)
}

fn say(what: &str, time: Duration) {
    println!("{:>10.2} µs  {what}", time.as_secs_f64() * 1e6);
}

/// Resident memory of this process now, MiB; 0 where the system does not say.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
