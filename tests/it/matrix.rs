//! Every fault of a receiver at every point of the conversation, once and always, in one edition: later
//! is not never, no is no, and nobody is lost.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use courant::deliver::audit::{LedgerRow, audit};
use courant::deliver::smtp::{Relay, Timeouts, Tls};
use courant::domain::delivery::DeliveryState::{Accepted, Refused};
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::paper::{Paper, after};
use crate::support::skip;

/// What happens once; then the letter is taken.
const ONCE: &[&str] = &[
    // A no for now, at each point.
    "mail451x1",
    "rcpt450x1",
    "rcpt451x1",
    "rcpt452x1",
    "rcpt454x1",
    "data451x1",
    "data452x1",
    "dot450x1",
    "dot451x1",
    "dot452x1",
    "dot454x1",
    "rcpt421x1",
    "data421x1",
    "dot421x1",
    "rcpt451-3-2x1",
    "rcpt450-7-28x1",
    "rcpt452-5-3x1",
    "rcpt451multix1",
    "dot451multix1",
    // The connection ends.
    "mailhangupx1",
    "rcpthangupx1",
    "datahangupx1",
    "texthangupx1",
    "dothangupx1",
    "senthangupx1",
    // Silence.
    "rcptholex1",
    "dataholex1",
    "textholex1",
    "dotholex1",
    // Nonsense.
    "rcptgarbagex1",
    "datagarbagex1",
    "dotgarbagex1",
    "rcptwrongclassx1",
    "datawrongclassx1",
    "dotwrongclassx1",
    "rcptbarelfx1",
    "dotbarelfx1",
    "dotnocrlfx1",
    "dotlonglinex1",
    // Slow and odd, and sound.
    "rcptdripx1",
    "dotdripx1",
    "rcptsplitx1",
    "dotsplitx1",
    "rcptmultix1",
    "dotmultix1",
    "dotnotutf8x1",
    "dotslowx1",
    "defer3",
    "hangup",
    "hangupdata",
];
/// What is said every time, and the end that it leads to.
const ALWAYS: &[&str] = &[
    "rcpt550",
    "rcpt553",
    "rcpt550-1-1multi",
    "data554",
    "dot550",
    "dot552-3-4",
    "dot554-6-0",
    "refuse",
    "refusedata",
    "refuse554",
    "refuse250",
    "rcpt452-2-2",
    "dot451-2-1",
    "full",
];
/// A second copy may come where the dot had left and no reply told.
const DOUBTFUL: &[&str] = &[
    "dothangupx1",
    "dotholex1",
    "dotgarbagex1",
    "dotwrongclassx1",
    "dotbarelfx1",
    "dotnocrlfx1",
    "dotlonglinex1",
    "hangup",
    "texthangupx1",
    "hangupdata",
];

fn address(word: &str) -> String {
    format!("{word}.r@reader.example")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_point_has_its_end_and_nobody_is_lost() {
    let paper = Paper::daily().await;
    let words: Vec<&str> = ONCE.iter().chain(ALWAYS).copied().chain(["mia"]).collect();
    let addresses: Vec<String> = words.iter().map(|w| address(w)).collect();
    let borrowed: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let ids = paper.readers(&borrowed).await;
    let edition = paper.plan().await.id;
    let settings = SinkSettings {
        slow: Duration::from_millis(20),
        drip: Duration::from_millis(1),
        ..SinkSettings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, settings).unwrap();
    let mut relay = Relay::new("127.0.0.1", sink.addr().port(), Tls::None);
    let short = Duration::from_millis(400);
    relay.timeouts = Timeouts {
        connect: short,
        greeting: short,
        tls: short,
        auth: short,
        envelope: short,
        data: short,
        text: short,
        dot: short,
    };
    // Every half hour up to the cut-off of the next digest, at which what was put off is given up.
    for turn in 0..60 {
        let now = after(paper.due, turn * 30);
        let delivery = paper.delivery_over(relay.clone(), now);
        delivery.run(None, &CancellationToken::new()).await.unwrap();
        let tally = paper.store().tally(edition).await.unwrap();
        assert!(tally.adds_up(), "{tally:?}");
        if tally.open == 0 {
            break;
        }
    }
    let rows = paper.rows(edition).await;
    let mut wrong = Vec::new();
    for (word, id) in words.iter().zip(&ids) {
        let row = rows.iter().find(|r| r.subscription == *id).unwrap();
        let end = if ALWAYS.contains(word) {
            Refused
        } else {
            Accepted
        };
        if row.state != end {
            wrong.push(format!("{word}: {} {} {}", row.state, row.code, row.reply));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let ledger: Vec<LedgerRow> = words
        .iter()
        .zip(&ids)
        .map(|(word, id)| {
            let row = rows.iter().find(|r| r.subscription == *id).unwrap();
            LedgerRow::of(row, &address(word), None)
        })
        .collect();
    let audit = audit(&sink.mailbox().journal(), &ledger);
    assert!(audit.is_sound(), "{:?}", audit.findings);
    let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for letter in sink.mailbox().messages() {
        copies
            .entry(letter.recipient.clone())
            .or_default()
            .push(letter);
    }
    for word in &words {
        let n = copies.get(&address(word)).map_or(0, Vec::len);
        let most = if DOUBTFUL.contains(word) { 2 } else { 1 };
        assert!(n <= most, "{word}: {n} copies");
    }
    let Some(judges) = std::env::var_os("COURANT_JUDGES") else {
        return skip("lint_eml on the fault matrix", "COURANT_JUDGES is not set");
    };
    let folder = tempfile::tempdir().unwrap();
    for copies in copies.values() {
        let file = folder.path().join("letter.eml");
        std::fs::write(&file, &copies[0].bytes).unwrap();
        let lint = std::path::Path::new(&judges).join("lint_eml.py");
        let found = Command::new("python3").arg(lint).arg(&file).output();
        let words = String::from_utf8_lossy(&found.unwrap().stdout).into_owned();
        assert!(
            words.contains("errors 0"),
            "{}: {words}",
            copies[0].recipient
        );
    }
}
