//! kill -9, again and again: nobody is missed, and nobody gets more than the doubt of the moment.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use courant::domain::delivery::{DeliveryState, Tally};
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{Served, assert_masked, configure, until};

const RECIPIENTS: usize = 200;
const CONNECTIONS: usize = 4;
const KILLS: u64 = 5;

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
    let mut random = Random::seeded();
    let paper = Paper::due_in(-1).await;
    // Every second letter is kept at once and answered later: the time in which a kill makes doubt.
    let address = |n: usize| match n % 2 {
        0 => format!("r{n}@reader.example"),
        _ => format!("slow.r{n}@reader.example"),
    };
    let new: Vec<_> = (0..RECIPIENTS)
        .map(|n| paper.new_reader(&address(n)))
        .collect();
    let added = paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    assert_eq!(added, RECIPIENTS as u64);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        slow: Duration::from_millis(25),
        ..SinkSettings::default()
    };
    let sink = Sink::start(listener, settings).unwrap();
    let (home, mailbox) = (paper.folder.path(), sink.mailbox());
    configure(home, sink.addr().port(), CONNECTIONS);

    let mut doubt = 0;
    for kill in 0..KILLS {
        let served = Served::start(home);
        let seen = mailbox.count_accepted();
        let left = (RECIPIENTS as u64).saturating_sub(seen);
        let after = seen + 1 + random.below((2 * left / (KILLS + 1 - kill)).max(1));
        println!("kill {kill} after {after} letters");
        until("enough letters came", async || {
            mailbox.count_accepted() >= after || finished(&paper).await.is_some()
        })
        .await;
        served.kill();
        if let Some(edition) = paper.edition().await {
            let rows = paper.rows(edition).await;
            let started = rows.iter().filter(|r| r.state == DeliveryState::Started);
            let started = started.count();
            assert!(started <= CONNECTIONS, "{started} letters in doubt");
            doubt += started;
        }
    }
    let served = Served::start(home);
    until("the edition is finished", async || {
        finished(&paper).await.is_some()
    })
    .await;
    let said = served.said();
    assert!(served.stop().await.success(), "{said}");

    let tally = finished(&paper).await.unwrap();
    let all = RECIPIENTS as i64;
    assert_eq!(
        tally,
        Tally {
            planned: all,
            accepted: all,
            ..Tally::default()
        },
        "{said}"
    );
    let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for entry in mailbox.journal() {
        let bytes = (entry.message_id.unwrap(), entry.sha256.unwrap());
        copies.entry(entry.recipient).or_default().push(bytes);
    }
    for n in 0..RECIPIENTS {
        let copies = copies
            .get(&address(n))
            .unwrap_or_else(|| panic!("nothing for {n}"));
        assert!(
            copies.iter().all(|c| *c == copies[0]),
            "a copy of {n} differs: {copies:?}"
        );
    }
    let doubled = copies.values().map(Vec::len).sum::<usize>() - RECIPIENTS;
    println!("{doubled} doubled of {doubt} in doubt");
    assert!(doubled <= doubt, "{doubled} doubled of {doubt} in doubt");
    let edition = paper.edition().await.unwrap();
    for row in paper.rows(edition).await {
        assert_eq!(row.state, DeliveryState::Accepted);
        assert!(row.attempt >= 1);
    }
    assert_masked(&said);
}

/// The sums, once everything planned is settled.
async fn finished(paper: &Paper) -> Option<Tally> {
    let tally = paper.store().tally(paper.edition().await?).await.unwrap();
    assert!(tally.adds_up(), "{tally:?}");
    (tally.planned == RECIPIENTS as i64 && tally.open == 0).then_some(tally)
}
