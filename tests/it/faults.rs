//! What the machine does to a sender: a full disk, an I/O error, a clock that jumps, a storm of pauses
//! and people who leave. Faults come from outside the process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use courant::domain::delivery::{Delivery, DeliveryState, Tally};
use courant::domain::{EditionId, SubscriberId};
use courant::sink::{Mailbox, Sink, SinkHandle, SinkSettings};
use courant::store::Store;
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{Served, configure, courant, until};
use crate::support::skip;

/// A paper that is due, so many readers, and a receiver.
struct Round {
    paper: Paper,
    _sink: SinkHandle,
    mailbox: Arc<Mailbox>,
    readers: usize,
}

impl Round {
    async fn new(readers: usize, connections: usize, slow: Duration) -> Round {
        let paper = Paper::due_in(-1).await;
        let new: Vec<_> = (0..readers)
            .map(|n| paper.new_reader(&address(n)))
            .collect();
        let added = paper.store().subscribers_add(&new, paper.now).await;
        assert_eq!(added.unwrap(), readers as u64);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = SinkSettings {
            slow,
            ..SinkSettings::default()
        };
        let sink = Sink::start(listener, settings).unwrap();
        configure(paper.folder.path(), sink.addr().port(), connections);
        Round {
            mailbox: sink.mailbox(),
            paper,
            _sink: sink,
            readers,
        }
    }

    fn home(&self) -> &Path {
        self.paper.folder.path()
    }

    async fn tally(&self) -> Option<Tally> {
        let tally = self
            .paper
            .store()
            .tally(self.paper.edition().await?)
            .await
            .unwrap();
        assert!(tally.adds_up(), "{tally:?}");
        Some(tally)
    }

    async fn finished(&self) -> bool {
        let tally = self.tally().await;
        tally.is_some_and(|t| t.planned == self.readers as i64 && t.open == 0)
    }

    async fn edition_in(&self, store: &Store) -> EditionId {
        let (list, cadence, run) = (self.paper.list, self.paper.cadence.id, self.paper.run());
        let found = store.edition_find(list, cadence, &run).await;
        found.unwrap().unwrap().id
    }

    /// Every letter that left stands in the ledger; how many of its rows are in doubt.
    fn accounted(&self, rows: &[Delivery]) -> usize {
        for to in self.copies().keys() {
            let row = rows.iter().find(|r| r.address_hash == self.paper.hash(to));
            let state = row.expect("a row").state;
            let known = matches!(state, DeliveryState::Accepted | DeliveryState::Started);
            assert!(known, "{to} left, and its row is {state}");
        }
        let started = rows.iter().filter(|r| r.state == DeliveryState::Started);
        let started = started.count();
        assert!(started <= 4, "{started} in doubt over 4 connections");
        started
    }

    /// Copies by recipient; each recipient's are equal.
    fn copies(&self) -> BTreeMap<String, usize> {
        let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for entry in self.mailbox.journal() {
            let bytes = (entry.message_id.unwrap(), entry.sha256.unwrap());
            copies.entry(entry.recipient).or_default().push(bytes);
        }
        for (to, copies) in &copies {
            assert!(copies.iter().all(|c| *c == copies[0]), "{to}: {copies:?}");
        }
        copies.into_iter().map(|(to, c)| (to, c.len())).collect()
    }

    /// Nobody is missed, and no more came twice than `doubt`.
    fn settled(&self, doubt: usize) {
        let copies = self.copies();
        for n in 0..self.readers {
            assert!(copies.contains_key(&address(n)), "nothing for {n}");
        }
        let doubled = copies.values().sum::<usize>() - self.readers;
        assert!(doubled <= doubt, "{doubled} doubled of {doubt} in doubt");
    }
}

/// Every letter is kept at once and answered a little later.
fn address(n: usize) -> String {
    format!("slow.r{n}@reader.example")
}

/// A small disk of its own, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where this user may mount nothing.
    fn of(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .status();
        mounted
            .is_ok_and(|s| s.success())
            .then_some(SmallDisk(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves no octet free.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.path().join("filler")).unwrap();
        let block = [1_u8; 4096];
        while std::io::Write::write_all(&mut filler, &block).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_leaves_without_a_row_and_it_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::of("24m") else {
        return skip("faults::on_a_full_disk", "no file system can be mounted");
    };
    let round = Round::new(400, 4, Duration::from_millis(5)).await;
    let store = round.paper.store();
    store.backup(&disk.path().join("courant.db")).await.unwrap();
    for file in ["courant.toml", "courant.key"] {
        std::fs::copy(round.home().join(file), disk.path().join(file)).unwrap();
    }
    let served = Served::start_saying_in(round.home(), disk.path());
    until("letters leave", async || {
        round.mailbox.count_accepted() >= 20
    })
    .await;
    disk.fill();
    until("it says that the ledger failed", async || {
        served.said().contains("the ledger failed")
    })
    .await;
    let full = Store::open(&disk.path().join("courant.db")).await.unwrap();
    let edition = round.edition_in(&full).await;
    let rows = full
        .deliveries(edition, SubscriberId(0), 1000)
        .await
        .unwrap();
    let doubt = round.accounted(&rows);
    disk.make_room();
    until("the edition is finished", async || {
        let tally = full.tally(edition).await.unwrap();
        tally.planned == 400 && tally.open == 0
    })
    .await;
    assert!(served.stop().await.success());
    round.settled(doubt);
    full.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_ends_the_process_and_the_next_start_goes_on_from_what_is_on_it() {
    let round = Round::new(400, 4, Duration::from_millis(5)).await;
    let served = Served::start_ignoring_xfsz(round.home());
    until("letters leave", async || {
        round.mailbox.count_accepted() >= 20
    })
    .await;
    // A file that may not grow any more: to SQLite a write that fails for no reason it knows.
    let log = std::fs::metadata(round.home().join("courant.db-wal")).unwrap();
    let limit = format!("--fsize={}", log.len());
    let pid = served.pid().to_string();
    let limited = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(limited.unwrap().success());
    let said = served.log();
    let ended = served.ended().await;
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(ended.code(), Some(4), "{said}");
    assert!(
        said.contains("disk I/O error") && said.contains("hint:"),
        "{said}"
    );
    let edition = round.paper.edition().await.unwrap();
    let doubt = round.accounted(&round.paper.rows(edition).await);
    let served = Served::start(round.home());
    until("the edition is finished", async || round.finished().await).await;
    assert!(served.stop().await.success());
    round.settled(doubt);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn after_an_input_output_error_nothing_leaves_and_the_next_start_goes_on() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip(
            "faults::after_an_input_output_error",
            "strace is not installed",
        );
    }
    let round = Round::new(60, 4, Duration::from_millis(5)).await;
    for nth in [4, 9, 15] {
        let inject = format!("inject=fdatasync,fsync:error=EIO:when={nth}+");
        let output = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=fdatasync,fsync",
                "-e",
            ])
            .arg(&inject)
            .arg("--")
            .arg(env!("CARGO_BIN_EXE_courant"))
            .arg("--home")
            .arg(round.home())
            .args(["edition", "send", "times", "--yes"])
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{nth}: {said}");
        assert!(
            said.contains("disk I/O error") && said.contains("hint:"),
            "{said}"
        );
        if let Some(edition) = round.paper.edition().await {
            round.accounted(&round.paper.rows(edition).await);
        }
    }
    let sent = courant(round.home(), &["edition", "send", "times", "--yes"]);
    assert!(sent.status.success(), "{sent:?}");
    assert!(round.finished().await);
    round.settled(3 * 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_of_pauses_and_people_who_leave_no_more_leave_than_connections_are_open() {
    let connections = 4;
    let round = Round::new(300, connections, Duration::from_millis(10)).await;
    let served = Served::start(round.home());
    until("letters leave", async || {
        round.mailbox.count_accepted() >= 5
    })
    .await;
    let edition = round.paper.edition().await.unwrap();
    for turn in 0..12 {
        let seen = round.mailbox.count_accepted();
        assert!(
            courant(round.home(), &["edition", "pause", "times"])
                .status
                .success()
        );
        // The stop is committed. What is started may still come; nothing else.
        let started = round.paper.rows(edition).await;
        let started = started
            .iter()
            .filter(|r| r.state == DeliveryState::Started)
            .count();
        assert!(started <= connections, "{started} started");
        until("what was started is answered", async || {
            let rows = round.paper.rows(edition).await;
            !rows.iter().any(|r| r.state == DeliveryState::Started)
        })
        .await;
        let paused = round.mailbox.count_accepted();
        let leaver = 250 + turn;
        let leaves = ["subscriber", "unsubscribe", "times", &address(leaver)];
        assert!(courant(round.home(), &leaves).status.success());
        assert_eq!(
            round.mailbox.count_accepted(),
            paused,
            "a letter left while paused"
        );
        assert!(
            courant(round.home(), &["edition", "resume", "times"])
                .status
                .success()
        );
        until("it goes on", async || {
            round.mailbox.count_accepted() > paused.max(seen) || round.finished().await
        })
        .await;
    }
    until("the edition is finished", async || round.finished().await).await;
    assert!(served.stop().await.success());
    let tally = round.tally().await.unwrap();
    assert_eq!(
        (tally.accepted + tally.withheld, tally.open),
        (300, 0),
        "{tally:?}"
    );
    let copies = round.copies();
    assert_eq!(copies.values().sum::<usize>() as i64, tally.accepted);
    assert_eq!(copies.len() as i64, tally.accepted, "somebody got two");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_clock_says_an_edition_is_sent_once() {
    if Command::new("faketime").arg("--version").output().is_err() {
        return skip(
            "faults::whatever_the_clock_says",
            "faketime is not installed",
        );
    }
    let round = Round::new(8, 2, Duration::ZERO).await;
    let sent = courant(round.home(), &["edition", "send", "times", "--yes"]);
    assert!(sent.status.success(), "{sent:?}");
    for shift in ["-1h", "+1h", "-1d", "-56y", "+20h"] {
        let output = Command::new("faketime")
            .args(["-f", shift])
            .arg(env!("CARGO_BIN_EXE_courant"))
            .arg("--home")
            .arg(round.home())
            .args([
                "edition",
                "send",
                "times",
                "--run",
                &round.paper.run().to_string(),
                "--yes",
            ])
            .env_remove("COURANT_HOME")
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(101), "{shift}: {output:?}");
    }
    let copies = round.copies();
    assert_eq!(copies.len(), 8);
    assert_eq!(copies.values().sum::<usize>(), 8, "{copies:?}");
}
