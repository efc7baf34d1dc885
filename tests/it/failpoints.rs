//! Death at each named place of the way of a letter: what stands in the ledger then, and what the
//! next start makes of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use courant::domain::delivery::{DeliveryState, Tally};
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{Served, configure, until};

const RECIPIENTS: usize = 24;

/// What is found after a death at a place.
struct Expected {
    place: &'static str,
    /// The death comes at the next time after so many.
    passed: usize,
    /// Rows that are `started` then.
    started: usize,
    /// Letters of which a second, equal copy comes.
    doubled: usize,
    /// It may be fewer: what goes together in one commit is a matter of milliseconds.
    at_most: bool,
}

const fn at(place: &'static str, passed: usize, started: usize, doubled: usize) -> Expected {
    Expected {
        place,
        passed,
        started,
        doubled,
        at_most: false,
    }
}

const fn at_most(place: &'static str, passed: usize, doubt: usize) -> Expected {
    Expected {
        at_most: true,
        ..at(place, passed, doubt, doubt)
    }
}

/// One connection, so each is exact. A letter is in doubt from the commit of its `started` to that of
/// its outcome; a copy is doubled only where its dot had left.
const TABLE: &[Expected] = &[
    at("plan_chunk_mid", 0, 0, 0),
    at("after_plan_commit", 0, 0, 0),
    at("after_lease", 0, 0, 0),
    at("after_render", 0, 0, 0),
    at("before_started_commit", 0, 0, 0),
    // The commit that would hold the outcome of the letter before never came.
    at_most("before_started_commit", 3, 1),
    at("after_started_commit", 0, 1, 0),
    at("after_started_commit", 5, 1, 0),
    // The text goes while the commit runs: whether `started` was written is a race, the dot did not
    // leave either way.
    at("after_text", 2, 1, 0),
    at("before_dot", 3, 1, 0),
    at("after_dot", 0, 1, 1),
    at("after_dot", 7, 1, 1),
    // The last outcome has no next start to go with.
    at("after_reply_before_commit", 0, 1, 1),
    at("after_commit", 0, 0, 0),
    at("at_finish", 0, 0, 0),
];

#[tokio::test(flavor = "multi_thread")]
async fn wherever_it_dies_nobody_is_missed_and_the_doubt_is_what_the_table_says() {
    let listed: Vec<String> = TABLE
        .iter()
        .map(|e| format!("{} after {}", e.place, e.passed))
        .collect();
    println!("{} places: {}", TABLE.len(), listed.join(", "));
    for expected in TABLE {
        dies(expected).await;
    }
}

async fn dies(expected: &Expected) {
    let name = format!("{} after {}", expected.place, expected.passed);
    let paper = Paper::due_in(-1).await;
    let address = |n: usize| format!("r{n}@reader.example");
    let new: Vec<_> = (0..RECIPIENTS)
        .map(|n| paper.new_reader(&address(n)))
        .collect();
    let store = paper.store();
    store.subscribers_add(&new, paper.now).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let home = paper.folder.path();
    configure(home, sink.addr().port(), 1);

    let place = match expected.passed {
        0 => format!("{}=return", expected.place),
        n => format!("{}={n}*off->return", expected.place),
    };
    let served = Served::start_with(home, &[("FAILPOINTS", &place)]);
    let ended = served.ended().await;
    assert!(
        !ended.success() && ended.code().is_none(),
        "{name}: {ended}"
    );
    let started = match paper.edition().await {
        None => 0,
        Some(edition) => {
            let rows = paper.rows(edition).await;
            let started = rows.iter().filter(|r| r.state == DeliveryState::Started);
            started.count()
        }
    };
    let fits = |found: usize, expected: usize, at_most: bool| match at_most {
        true => found <= expected,
        false => found == expected,
    };
    let as_said = fits(started, expected.started, expected.at_most);
    assert!(as_said, "{name}: {started} letters in doubt");

    let served = Served::ready(home).await;
    until("the edition is finished", async || finished(&paper).await).await;
    assert!(served.stop().await.success(), "{name}");
    let tally = store.tally(paper.edition().await.unwrap()).await.unwrap();
    let all = RECIPIENTS as i64;
    let wanted = Tally {
        planned: all,
        accepted: all,
        ..Tally::default()
    };
    assert_eq!(tally, wanted, "{name}");
    let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for entry in sink.mailbox().journal() {
        let bytes = (entry.message_id.unwrap(), entry.sha256.unwrap());
        copies.entry(entry.recipient).or_default().push(bytes);
    }
    for n in 0..RECIPIENTS {
        let copies = copies.get(&address(n)).expect("nobody is missed");
        assert!(copies.iter().all(|c| *c == copies[0]), "{name}: {copies:?}");
    }
    let doubled = copies.values().map(Vec::len).sum::<usize>() - RECIPIENTS;
    let as_said = fits(doubled, expected.doubled, expected.at_most) && doubled <= started;
    assert!(
        as_said,
        "{name}: {doubled} second copies of {started} in doubt"
    );
}

async fn finished(paper: &Paper) -> bool {
    let Some(edition) = paper.edition().await else {
        return false;
    };
    let tally = paper.store().tally(edition).await.unwrap();
    tally.planned == RECIPIENTS as i64 && tally.open == 0
}
