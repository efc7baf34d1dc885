//! kill -9, again and again: nobody is missed, and nobody gets more than the doubt of the moment.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use courant::deliver::audit::{LedgerRow, audit};
use courant::domain::delivery::{DeliveryState, Tally};
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{Served, assert_masked, configure, until};

/// How large it is: as every change is tested, or as `just torture-kill` sets it.
struct Size {
    recipients: usize,
    connections: usize,
    kills: u64,
}

impl Size {
    fn given() -> Size {
        let given = |name: &str, otherwise: usize| match std::env::var(name) {
            Ok(number) => number.parse().unwrap(),
            Err(_) => otherwise,
        };
        Size {
            recipients: given("KILL_RECIPIENTS", 2_000),
            connections: given("KILL_CONNECTIONS", 8),
            kills: given("KILL_KILLS", 30) as u64,
        }
    }
}

/// SplitMix64, of KILL_SEED where a failure is to be seen again.
struct Random(u64);

impl Random {
    fn seeded() -> Random {
        let drawn = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.unwrap().as_nanos() as u64
        };
        let given = std::env::var("KILL_SEED").ok().map(|s| s.parse().unwrap());
        let seed = given.unwrap_or_else(drawn);
        println!("KILL_SEED={seed}");
        Random(seed)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_nobody_and_doubles_no_more_than_was_in_doubt() {
    let (size, mut random) = (Size::given(), Random::seeded());
    let paper = Paper::due_in(-1).await;
    // Every second letter is kept at once and answered later: the time in which a kill makes doubt.
    let address = |n: usize| match n % 2 {
        0 => format!("r{n}@reader.example"),
        _ => format!("slow.r{n}@reader.example"),
    };
    for from in (0..size.recipients).step_by(5_000) {
        let until = (from + 5_000).min(size.recipients);
        let new: Vec<_> = (from..until)
            .map(|n| paper.new_reader(&address(n)))
            .collect();
        let added = paper.store().subscribers_add(&new, paper.now).await;
        assert_eq!(added.unwrap(), new.len() as u64);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        slow: Duration::from_millis(10),
        keep: 0,
        journal: 4 * size.recipients,
        ..SinkSettings::default()
    };
    let sink = Sink::start(listener, settings).unwrap();
    let (home, mailbox) = (paper.folder.path(), sink.mailbox());
    configure(home, sink.addr().port(), size.connections);

    let mut doubt = 0;
    for kill in 0..size.kills {
        let served = Served::start(home);
        let seen = mailbox.count_accepted();
        let left = (size.recipients as u64).saturating_sub(seen);
        let after = seen + 1 + random.below((2 * left / (size.kills + 1 - kill)).max(1));
        println!("kill {kill} after {after} letters");
        until("enough letters came", async || {
            mailbox.count_accepted() >= after || finished(&paper, size.recipients).await.is_some()
        })
        .await;
        served.kill();
        if let Some(edition) = paper.edition().await {
            let rows = paper.rows(edition).await;
            let started = rows.iter().filter(|r| r.state == DeliveryState::Started);
            let started = started.count();
            assert!(started <= size.connections, "{started} letters in doubt");
            doubt += started;
        }
    }
    let served = Served::start(home);
    until("the edition is finished", async || {
        finished(&paper, size.recipients).await.is_some()
    })
    .await;
    let said = served.said();
    assert!(served.stop().await.success(), "{said}");

    let tally = finished(&paper, size.recipients).await.unwrap();
    let all = size.recipients as i64;
    assert_eq!(
        tally,
        Tally {
            planned: all,
            accepted: all,
            ..Tally::default()
        },
        "{said}"
    );
    // The receiver's journal and the ledger tell the same.
    let rows = paper.rows(paper.edition().await.unwrap()).await;
    let by_hash: BTreeMap<_, String> = (0..size.recipients)
        .map(|n| (paper.hash(&address(n)), address(n)))
        .collect();
    let ledger: Vec<LedgerRow> = rows
        .iter()
        .map(|row| LedgerRow::of(row, &by_hash[&row.address_hash], None))
        .collect();
    let audit = audit(&mailbox.journal(), &ledger);
    let counts = audit.counts();
    println!("{counts:?}, {doubt} letters in doubt");
    assert!(audit.is_sound(), "{counts:?}");
    let extra = audit.extra_copies;
    assert!(extra <= doubt, "{extra} second copies of {doubt} in doubt");
    assert!(rows.iter().all(|row| row.attempt >= 1));
    assert_masked(&said);
}

/// The sums, once everything planned is settled.
async fn finished(paper: &Paper, recipients: usize) -> Option<Tally> {
    let tally = paper.store().tally(paper.edition().await?).await.unwrap();
    assert!(tally.adds_up(), "{tally:?}");
    (tally.planned == recipients as i64 && tally.open == 0).then_some(tally)
}
