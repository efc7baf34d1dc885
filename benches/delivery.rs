//! Delivery against its ceiling: what the wire, the disk and the signing key allow.
//!
//! `cargo bench --bench delivery -- [--letters 20000] [--connections 64] [--growth] [--alone]
//! [--dir FOLDER]`.
//! All parts send the same bytes (46 KB on the wire, 64 bodies) over as many connections to the same
//! receiver, a process of its own on this machine. The last line is JSON: ratios, and what they were
//! made of.

#[path = "reference/bare.rs"]
mod bare;
#[path = "parts/ledger.rs"]
mod ledger;
#[path = "parts/letters.rs"]
mod letters;
#[path = "parts/machine.rs"]
mod machine;
#[path = "reference/ordinary.rs"]
mod ordinary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use courant::clock::Clock;
use courant::deliver::pace::{LaneTable, RelayLimits};
use courant::deliver::policy::RetrySchedule;
use courant::deliver::smtp::{Relay, Tls};
use courant::deliver::{Delivery, DeliverySettings, Ended, RelaySettings};
use ledger::{Ledger, Pool};
use letters::Letters;
use machine::Receiver;
use tokio_util::sync::CancellationToken;

struct Args {
    letters: usize,
    connections: usize,
    growth: bool,
    /// Ours against an instant sink and nothing else: for a profiler.
    alone: bool,
    dir: PathBuf,
}

/// Letters a second.
type Rate = f64;

#[tokio::main]
async fn main() {
    let args = args();
    let pool = Arc::new(Letters::new());
    println!(
        "{} letters of {} octets over {} connections, {} cores",
        args.letters,
        pool.letter(1, &Letters::recipient(1)).len(),
        args.connections,
        machine::cores()
    );
    if args.alone {
        let receiver = Receiver::start(Duration::ZERO);
        ours(&args, &pool, &receiver, args.letters).await;
        return;
    }
    let commits = machine::commits_per_second(&args.dir).await;
    say("commits of 64 rows a second, FULL", commits);
    let instant = measure(&args, &pool, Duration::ZERO, args.letters).await;
    let distant = measure(&args, &pool, Duration::from_millis(20), args.letters / 2).await;
    let receiver = Receiver::start(Duration::ZERO);
    let ordinary = rate(
        args.letters / 4,
        ordinary::run(receiver.addr, args.connections, &pool, args.letters / 4).await,
    );
    drop(receiver);
    say("the ordinary way", ordinary);
    machine::smtp_source(args.connections, args.letters);
    let signing = machine::rsa_signatures_per_second();
    say("RSA-2048 signatures, all cores", signing);
    let (rsa, both) = signed(&args, &pool).await;
    let growth = match args.growth {
        true => grown(&args, &pool).await,
        false => f64::NAN,
    };
    let many = args.connections as f64;
    let ceiling = instant.bare.min(many * commits / 1.5);
    let ceiling_20ms = distant.bare.min(many / (0.020 + 1.5 / commits));
    say("ceiling, instant", ceiling);
    say("ceiling, 20 ms", ceiling_20ms);
    let shown = |ratio: f64| match ratio.is_finite() {
        true => format!("{ratio:.3}"),
        false => "null".to_owned(),
    };
    println!(
        "{{\"bench\":\"delivery\",\"vs_ceiling\":{},\"vs_ceiling_20ms\":{},\"vs_ordinary\":{},\
         \"vs_signing\":{},\"vs_signing_both\":{},\"growth\":{},\"rss_mib\":{:.1},\
         \"commits_per_s\":{:.0},\"letters_per_s\":{:.0}}}",
        shown(instant.ours / ceiling),
        shown(distant.ours / ceiling_20ms),
        shown(instant.ours / ordinary),
        shown(rsa / signing),
        shown(both / signing),
        shown(growth),
        instant.rss_mib,
        commits,
        instant.ours,
    );
}

struct Measured {
    bare: Rate,
    ours: Rate,
    rss_mib: f64,
}

/// The bare loop and ours, one after the other, against one receiver.
async fn measure(args: &Args, pool: &Arc<Letters>, delay: Duration, letters: usize) -> Measured {
    let receiver = Receiver::start(delay);
    let bare = bare::run(receiver.addr, args.connections, pool, letters).await;
    let bare = rate(letters, bare);
    say(&format!("bare loop, {} ms", delay.as_millis()), bare);
    let ours = ours(args, pool, &receiver, letters).await;
    Measured {
        bare,
        ours,
        rss_mib: machine::peak_rss_mib(),
    }
}

async fn ours(args: &Args, pool: &Arc<Letters>, receiver: &Receiver, letters: usize) -> Rate {
    let folder = tempfile::tempdir_in(&args.dir).expect("a folder");
    let ledger = Ledger::new(folder.path(), letters, Clock::system().now()).await;
    let sent = deliver(args, &ledger, 0, letters, Pool::plain(pool), receiver).await;
    say("ours", rate(letters, sent));
    ledger.store.close().await;
    rate(letters, sent)
}

/// With RSA alone, and with both signatures.
async fn signed(args: &Args, pool: &Arc<Letters>) -> (Rate, Rate) {
    let letters = (args.letters / 4).max(2_000);
    let mut rates = Vec::new();
    for (what, composer) in Pool::signing(pool) {
        let receiver = Receiver::start(Duration::ZERO);
        let folder = tempfile::tempdir_in(&args.dir).expect("a folder");
        let ledger = Ledger::new(folder.path(), letters, Clock::system().now()).await;
        let sent = deliver(args, &ledger, 0, letters, composer, &receiver).await;
        say(what, rate(letters, sent));
        rates.push(rate(letters, sent));
        ledger.store.close().await;
    }
    (rates[0], rates[1])
}

/// Cost of a letter in a ledger of a million rows over that in one of ten thousand.
async fn grown(args: &Args, pool: &Arc<Letters>) -> f64 {
    let mut costs = Vec::new();
    for rows in [10_000, 1_000_000] {
        let receiver = Receiver::start(Duration::ZERO);
        let folder = tempfile::tempdir_in(&args.dir).expect("a folder");
        let ledger = Ledger::new(folder.path(), rows, Clock::system().now()).await;
        let old = rows - 10_000;
        if old > 0 {
            let edition = ledger.plan(0, old).await;
            ledger.settle(&edition).await;
        }
        let nth = i64::from(old > 0);
        let sent = deliver(args, &ledger, nth, 10_000, Pool::plain(pool), &receiver).await;
        say(
            &format!("ours in a ledger of {rows} rows"),
            rate(10_000, sent),
        );
        costs.push(sent.as_secs_f64());
        ledger.store.close().await;
    }
    costs[1] / costs[0]
}

async fn deliver(
    args: &Args,
    ledger: &Ledger,
    nth: i64,
    letters: usize,
    composer: Pool,
    receiver: &Receiver,
) -> Duration {
    let edition = ledger.plan(nth, letters).await;
    let limits = RelayLimits {
        connections: args.connections as u32,
        messages_per_connection: 0,
        ..RelayLimits::default()
    };
    let settings = DeliverySettings {
        relays: vec![RelaySettings {
            name: "smtp".to_owned(),
            relay: Relay::new("127.0.0.1", receiver.addr.port(), Tls::None),
            limits,
        }],
        lanes: LaneTable::default(),
        retry: RetrySchedule::default(),
    };
    let store = ledger.store.clone();
    let composer = Arc::new(composer);
    let delivery = Delivery::new(store, composer, settings, Clock::system(), "bench", 1);
    let progress = delivery.progress();
    println!("{letters} letters planned, now they leave");
    let begun = Instant::now();
    let ended = delivery
        .run(Some(edition.id), &CancellationToken::new())
        .await;
    let took = begun.elapsed();
    assert_eq!(ended.expect("a run"), Ended::Empty);
    let settled = progress.settled.load(std::sync::atomic::Ordering::Relaxed);
    let tally = ledger.store.tally(edition.id).await.expect("sums");
    assert_eq!(
        (tally.accepted, settled),
        (letters as i64, letters as u64),
        "every letter is accepted: {tally:?}"
    );
    took
}

fn rate(letters: usize, took: Duration) -> Rate {
    letters as f64 / took.as_secs_f64()
}

fn say(what: &str, rate: Rate) {
    println!("{what:<48} {rate:>10.0}");
}

/// Shows how far a long step is, on one line.
fn progress(what: &str, done: usize, all: usize) {
    use std::io::{IsTerminal, Write};
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let end = if done >= all { "\n" } else { "" };
        let _ = write!(stderr, "\r{what} {done} of {all}{end}");
    }
}

fn args() -> Args {
    let mut args = Args {
        letters: 20_000,
        connections: 64,
        growth: false,
        alone: false,
        dir: std::env::temp_dir(),
    };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        let mut value = || given.next().expect("a value behind the flag");
        match flag.as_str() {
            "--letters" => args.letters = value().parse().expect("a number of letters"),
            "--connections" => args.connections = value().parse().expect("a number"),
            "--dir" => args.dir = value().into(),
            "--growth" => args.growth = true,
            "--alone" => args.alone = true,
            // What cargo itself adds.
            "--bench" => {}
            other => {
                panic!("{other} is none of --letters, --connections, --dir, --growth, --alone")
            }
        }
    }
    args
}
