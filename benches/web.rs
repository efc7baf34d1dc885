//! Readers' pages and an admin's import, with a whole readership in the database.
//!
//! `cargo bench --bench web -- [--subscribers 1000000] [--connections 8] [--seconds 10]`; needs wrk.
//! First `courant subscriber import` takes the people in, out of a CSV file, beside the same rows
//! written alone. Then the pages are served here and asked for by a process of their own: the
//! preferences of readers in no order, a page that is always the same and as long on the same server,
//! and the one-click POST (RFC 8058), each another active subscriber's. Who is out afterwards is
//! counted in the database. The last line is JSON: preferences over the constant page; one-click over
//! the smaller of the constant page and connections x commits a second / 1.5; the time of the rows alone
//! over the import's; the most memory of the server or the import.

#[path = "reference/durable.rs"]
mod durable;
#[path = "parts/load.rs"]
mod load;
#[allow(dead_code, reason = "of a file that benches share")]
#[path = "parts/machine.rs"]
mod machine;
#[path = "reference/people.rs"]
mod people;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::routing::get;
use courant::clock::Clock;
use courant::domain::{DigestId, ListId, SubscriptionId};
use courant::feedback::link::{Keyring, Opened, Purpose};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::store::Store;
use courant::web::{Answer, App, LetterSource, router, serve};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Topics of the paper, and zones of its readers.
const TOPICS: u64 = 20;
const ZONES: [&str; 4] = ["Europe/Berlin", "America/Chicago", "UTC", "Asia/Tokyo"];

struct Args {
    subscribers: u64,
    connections: usize,
    seconds: u64,
}

fn args() -> Args {
    let mut out = Args {
        subscribers: 1_000_000,
        connections: 8,
        seconds: 10,
    };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        let mut value = || given.next().expect("a value");
        match arg.as_str() {
            "--subscribers" => out.subscribers = value().parse().expect("a number"),
            "--connections" => out.connections = value().parse().expect("a number"),
            "--seconds" => out.seconds = value().parse().expect("a number"),
            "--bench" => {}
            other => panic!("unknown: {other}"),
        }
    }
    out
}

fn main() {
    let args = args();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let home = folder.path().join("house");
    found(&home);
    let bare = folder.path().join("bare.db");
    std::fs::copy(home.join("courant.db"), &bare).expect("an empty copy");
    let import = import(folder.path(), &home, args.subscribers);
    let alone = runtime.block_on(async {
        let database = home.join("courant.db");
        let rows = i64::try_from(args.subscribers).expect("a number");
        let alone = people::written(&database, &bare, rows).await;
        assert_eq!(people::sums(&database).await, people::sums(&bare).await);
        alone
    });
    std::fs::remove_file(&bare).expect("the copy goes");
    let rate = |time: Duration| args.subscribers as f64 / time.as_secs_f64();
    println!("{:<44}{:>10.0} people/s", "import", rate(import.time));
    println!(
        "{:<44}{:>10.0} people/s",
        "the same rows alone",
        rate(alone)
    );
    println!(
        "memory of the import after 25, 50, 75 and 100 %: {} MiB",
        import.quarters.map(|mib| format!("{mib:.0}")).join(", ")
    );
    let pages = runtime.block_on(pages(folder.path(), &home, &args));
    let rss = machine::peak_rss_mib().max(import.quarters[3]);
    let import_vs_bulk = alone.as_secs_f64() / import.time.as_secs_f64();
    for (goal, figure) in [
        (
            ">= 0.2: preferences over a constant page",
            pages.preferences,
        ),
        (">= 0.5: one-click over its ceiling", pages.one_click),
        (">= 0.3: import over the same rows alone", import_vs_bulk),
    ] {
        println!("{figure:>10.3}  goal {goal}");
    }
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    let line = json!({
        "bench": "web",
        "preferences_vs_constant": rounded(pages.preferences),
        "one_click_vs_ceiling": rounded(pages.one_click),
        "import_vs_bulk": rounded(import_vs_bulk),
        "rss_mib": rounded(rss),
    });
    println!("{line}");
}

/// A data folder with a list that offers topics.
fn found(home: &Path) {
    let run = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_courant"))
            .args(args)
            .arg("--home")
            .arg(home)
            .output()
            .expect("the binary runs");
        assert!(done.status.success(), "{args:?}: {done:?}");
    };
    run(&["init"]);
    run(&["list", "add", "times", "--name", "The Times"]);
    for topic in 0..TOPICS {
        run(&[
            "topic",
            "add",
            &format!("topic-{topic}"),
            &format!("Topic {topic}"),
        ]);
    }
}

struct Import {
    time: Duration,
    /// Most memory after each quarter of the time that it took, MiB.
    quarters: [f64; 4],
}

/// Takes so many people in, by the binary, out of a file that is written first.
fn import(folder: &Path, home: &Path, subscribers: u64) -> Import {
    let path = folder.join("people.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    let mut row = String::from("Email,Topics,Time zone,Confirmed at,Status\n");
    for n in 0..subscribers {
        let zone = ZONES[(n % 4) as usize];
        let (one, two) = (n * 7 % TOPICS, (n * 13 + 5) % TOPICS);
        let _ = writeln!(
            row,
            "reader{n}@host{}.example,\"topic-{one}, topic-{two}\",{zone},2024-02-03 04:05:06,subscribed",
            n % 5_000
        );
        file.write_all(row.as_bytes()).expect("a row");
        row.clear();
    }
    file.flush().expect("the rows");
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_courant"))
        .args(["subscriber", "import", "--list", "times", "--yes", "--json"])
        .arg(&path)
        .arg("--home")
        .arg(home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut seen = Vec::new();
    while child.try_wait().expect("a child").is_none() {
        seen.push((begun.elapsed(), peak_mib(child.id())));
        std::thread::sleep(Duration::from_millis(100));
    }
    let time = begun.elapsed();
    let done = child.wait_with_output().expect("what it said");
    let said: Value = serde_json::from_slice(&done.stdout).expect("a line of JSON");
    assert_eq!(said["imported"], subscribers, "{said}");
    std::fs::remove_file(&path).expect("the file goes");
    let peak = |quarter: u32| {
        let until = time * quarter / 4;
        let mib = seen
            .iter()
            .filter(|(at, _)| *at <= until)
            .map(|(_, mib)| *mib);
        mib.fold(0.0, f64::max)
    };
    Import {
        time,
        quarters: [1, 2, 3, 4].map(peak),
    }
}

/// The most memory that another process has had, MiB; 0 where the system does not say.
fn peak_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// No letter is asked for here.
struct NoLetters;

impl LetterSource for NoLetters {
    fn html(&self, _: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

struct Ratios {
    preferences: f64,
    one_click: f64,
}

async fn pages(folder: &Path, home: &Path, args: &Args) -> Ratios {
    let commits = machine::commits_per_second(folder).await;
    let store = Store::open(&home.join("courant.db"))
        .await
        .expect("a store");
    let text = std::fs::read_to_string(home.join("courant.key")).expect("keys");
    let keys = Keyring::parse(&text).expect("keys");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let app = App {
        store: store.clone(),
        keys: keys.clone(),
        clock: Clock::system(),
        public_url: base.clone(),
        letters: Arc::new(NoLetters),
        words: Arc::new(Catalogue::parse(&Catalogue::sources()).expect("words")),
        pictures: Shelf::of(home),
        join: Default::default(),
        desk: None,
    };
    let paths = |purpose: Purpose| paths(&keys, purpose, args.subscribers);
    let preferences = paths(Purpose::Preferences);
    // The constant page is as long as one of theirs, which is asked for once by the same routes.
    let page: Arc<str> = one_page(app.clone(), &preferences[0]).await.into();
    let constant = get(move || {
        let page = page.clone();
        async move { axum::response::Html(page.to_string()) }
    });
    let routes = router(app).route("/constant", constant);
    let end = CancellationToken::new();
    let served = tokio::spawn(serve(listener, routes, end.clone()));
    let ask = |method: &'static str, paths: Vec<String>| {
        let (folder, base): (PathBuf, String) = (folder.to_owned(), base.clone());
        let how = (args.connections, args.seconds);
        tokio::task::spawn_blocking(move || load::load(&folder, &base, method, &paths, how))
    };
    let constant = ask("GET", vec!["/constant".to_owned()])
        .await
        .expect("a load");
    let preferences = ask("GET", preferences).await.expect("a load");
    let leaving = paths(Purpose::Unsubscribe);
    let most = leaving.len() as u64;
    let one_click = ask("POST", leaving).await.expect("a load");
    end.cancel();
    served.await.expect("the server").expect("ends");
    let left = left(&home.join("courant.db")).await;
    let answered = one_click.answers.min(most);
    assert!(
        left >= answered && left <= answered + args.connections as u64,
        "{left} are out, {answered} were answered"
    );
    println!("{:<44}{commits:>10.0} commits/s", "the disk");
    for (what, load) in [
        ("a constant page", constant),
        ("preferences of readers in no order", preferences),
        ("one-click, each another reader", one_click),
    ] {
        println!(
            "{what:<44}{:>10.0} answers/s{:>10.2} ms p99",
            load.rate, load.p99_ms
        );
    }
    let ceiling = (args.connections as f64 * commits / 1.5).min(constant.rate);
    println!("{left} of {most} readers are out, {answered} were answered");
    Ratios {
        preferences: preferences.rate / constant.rate,
        one_click: one_click.rate / ceiling,
    }
}

/// Paths of up to 400,000 readers, in an order that jumps about.
fn paths(keys: &Keyring, purpose: Purpose, subscribers: u64) -> Vec<String> {
    let step = 611_953;
    let reader = |n: u64| n * step % subscribers + 1;
    let token = |n: u64| {
        let to = Opened {
            list: ListId(1),
            subscription: SubscriptionId(i64::try_from(reader(n)).expect("a number")),
            digest: DigestId(0),
        };
        let token = keys.token(keys.active_id(), purpose, to);
        format!("/{purpose}/{}", token.expect("a token"))
    };
    (0..subscribers.min(400_000)).map(token).collect()
}

/// One page, by a server that is there for it alone.
async fn one_page(app: App, path: &str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!(
        "http://{}{path}",
        listener.local_addr().expect("an address")
    );
    let end = CancellationToken::new();
    let served = tokio::spawn(serve(listener, router(app), end.clone()));
    let answer = reqwest::get(url).await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    let page = answer.text().await.expect("a page");
    end.cancel();
    served.await.expect("the server").expect("ends");
    page
}

async fn left(database: &Path) -> u64 {
    let mut db = durable::connect(database).await;
    let count: i64 =
        sqlx::query_scalar("select count(*) from subscription where standing = 'unsubscribed'")
            .fetch_one(&mut db)
            .await
            .expect("a count");
    u64::try_from(count).expect("a count")
}
