//! A newsroom's stream in one run: feeds read, each article classified and grouped; and what one more
//! article costs as the window grows.

use std::time::Duration;

use courant::ingest::parse::{SourceSettings, parse_feed, to_articles};
use courant::stories::index::Piece;
use courant::stories::{Index, JoinedBy};
use courant::topics::{Model, Pupil, Text};
use serde_json::{Value, json};

use crate::papers;

/// Articles of one feed.
const FEED: usize = 50;
/// Articles that the run's window knows.
const WINDOW: usize = 20_000;
/// Articles that the classifier learns from.
const LEARNT: usize = 2_400;
/// Milliseconds between two articles.
const APART_MS: i64 = 30_000;

/// Quarters after which memory is looked at.
const QUARTERS: usize = 4;
/// How much more memory the end of a run may hold than its first quarter, for it to be called flat.
const FLAT: f64 = 1.1;

/// Reads, classifies and groups `articles` in one run; seconds, articles a second, the stories that
/// came of them, and memory in MiB: after each quarter, and the most.
///
/// # Panics
/// Where memory grows over the run, or nothing was classified or grouped.
pub fn run(articles: usize) -> Value {
    let model = model();
    let mut index = Index::new(WINDOW);
    let (mut done, mut topics, mut stories) = (0, 0, 0);
    let mut quarters: Vec<f64> = Vec::new();
    let mut spent = Duration::ZERO;
    while done < articles {
        let document = papers::feed(done, FEED);
        let since = own_time();
        let feed = parse_feed(&document, None, None).expect("a feed");
        let (read, _) = to_articles(&feed, &SourceSettings::default());
        assert_eq!(read.len(), FEED);
        for article in &read {
            let body = article.text.body.as_deref().unwrap_or_default();
            let title = article.text.headline.as_str();
            topics += model.classify(&Text { title, body }).len();
            let dated_ms = Some(done as i64 * APART_MS);
            let added = index.add(Piece {
                title,
                text: body,
                dated_ms,
            });
            stories += usize::from(added.by == JoinedBy::New);
            done += 1;
        }
        spent += own_time() - since;
        while quarters.len() < QUARTERS && done * QUARTERS >= articles * (quarters.len() + 1) {
            quarters.push(resident("VmRSS:"));
        }
    }
    assert!(topics > 0 && stories > 0 && stories < done);
    let grown = quarters[QUARTERS - 1] / quarters[0].max(1.0);
    assert!(
        articles < 4 * WINDOW || grown <= FLAT,
        "memory is not flat: {quarters:?} MiB"
    );
    json!({
        "articles": done,
        "stories": stories,
        "seconds": spent.as_secs_f64(),
        "rate": done as f64 / spent.as_secs_f64(),
        "quarters_mib": quarters,
        "rss_mib": resident("VmHWM:"),
    })
}

/// The time of one more article in a window that is full of `small`, and of `large`, in µs.
pub fn growth(small: usize, large: usize) -> Value {
    let (small_us, large_us) = (one_more(small), one_more(large));
    json!({"small_us": small_us, "large_us": large_us, "growth": large_us / small_us})
}

fn one_more(window: usize) -> f64 {
    const MORE: usize = 4_000;
    // A window knows between half and all of what it is made for: full, it knows `window` articles.
    let mut index = Index::new(window + 2 * MORE);
    let add = |index: &mut Index, n: usize| {
        let made = papers::article(n);
        let since = own_time();
        index.add(Piece {
            title: &made.title,
            text: &made.text,
            dated_ms: Some(n as i64 * APART_MS),
        });
        own_time() - since
    };
    for n in 0..window {
        add(&mut index, n);
    }
    let spent: Duration = (window..window + MORE).map(|n| add(&mut index, n)).sum();
    spent.as_secs_f64() * 1e6 / MORE as f64
}

fn model() -> Model {
    let mut pupil = Pupil::default();
    for n in 0..LEARNT {
        let made = papers::article(n);
        let text = Text {
            title: &made.title,
            body: &made.text,
        };
        let subject = format!("subject-{}", made.subject);
        pupil.meet(&text, &[&subject]).expect("one topic at least");
    }
    pupil.train("rows").expect("twelve subjects")
}

/// What this thread has had of the processor so far.
pub fn own_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (now.tv_sec.try_into(), now.tv_nsec.try_into());
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

/// Memory of this process in MiB, by the kernel's own account.
fn resident(which: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(which));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    (kib.unwrap_or_default() / 1024.0).round()
}
