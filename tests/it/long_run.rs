//! Two dozen editions by one sender, a fault in every hundredth letter: memory, file handles and the
//! database's log stay as they are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::delivery::Tally;
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::paper::{Paper, after};

const EDITIONS: i64 = 24;

/// What this process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    resident_kib: u64,
    handles: usize,
    log_octets: u64,
}

impl Held {
    fn now(home: &Path) -> Held {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .unwrap();
        let kib = line.split_whitespace().next().unwrap();
        let log = std::fs::metadata(home.join("courant.db-wal"));
        Held {
            resident_kib: kib.parse().unwrap(),
            handles: std::fs::read_dir("/proc/self/fd").unwrap().count(),
            log_octets: log.map_or(0, |m| m.len()),
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "other tests of the same process would be measured too; `just torture` runs it alone"]
async fn many_editions_by_one_sender_take_no_more_than_a_few() {
    let given = std::env::var("LONG_READERS").ok();
    let readers: usize = given.map_or(2_000, |n| n.parse().unwrap());
    let paper = Paper::daily().await;
    let address = |n: usize| match n % 100 {
        0 => format!("rcpt451x1.r{n}@reader.example"),
        _ => format!("r{n}@reader.example"),
    };
    let new: Vec<_> = (0..readers)
        .map(|n| paper.new_reader(&address(n)))
        .collect();
    let added = paper.store().subscribers_add(&new, paper.now).await;
    assert_eq!(added.unwrap(), readers as u64);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        keep: 0,
        journal: 0,
        ..SinkSettings::default()
    };
    let sink = Sink::start(listener, settings).unwrap();
    let delivery = paper.delivery(sink.addr().port(), paper.due);
    let mut held = Vec::new();
    for day in 0..EDITIONS {
        let now = after(paper.now, day * 24 * 60);
        paper
            .articles(&format!("day-{day}"), 8, after(now, -60))
            .await;
        let planned = paper.plan_at(now).await;
        let edition = planned.first().expect("a wave").edition.id;
        paper.store().send_now(edition, paper.due).await.unwrap();
        for _ in 0..100 {
            delivery.run(None, &CancellationToken::new()).await.unwrap();
            // What was put off is due at once: the clock of this sender stands still for a day.
            paper
                .sql("update delivery set not_before_ms = 0 where state = 'deferred'")
                .await;
            if paper.store().tally(edition).await.unwrap().open == 0 {
                break;
            }
        }
        let tally = paper.store().tally(edition).await.unwrap();
        let wanted = Tally {
            planned: readers as i64,
            accepted: readers as i64,
            ..Tally::default()
        };
        assert_eq!(tally, wanted, "edition {day}");
        held.push(Held::now(paper.folder.path()));
        println!("edition {day}: {:?}", held[held.len() - 1]);
    }
    let (early, late) = (held[3], held[held.len() - 1]);
    assert!(late.handles <= early.handles + 4, "{early:?} {late:?}");
    let grown = late.resident_kib as f64 / early.resident_kib as f64;
    assert!(grown < 1.25, "{early:?} {late:?}");
    assert!(
        late.log_octets <= early.log_octets.max(16 << 20),
        "{early:?} {late:?}"
    );
}
