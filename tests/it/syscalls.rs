//! kill -9 at every write, send and sync of an edition, one after the other: "any instruction" as far
//! as the outside can see.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use courant::domain::delivery::DeliveryState;
use courant::sink::{Sink, SinkSettings};
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{configure, courant};
use crate::support::skip;

const RECIPIENTS: usize = 50;
const CONNECTIONS: usize = 4;
/// What reaches a disk or a socket.
const CALLS: &str = "write,pwrite64,sendto,sendmsg,writev,fdatasync,fsync,ftruncate";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and needs strace; `just torture-syscalls` runs it"]
async fn killed_at_every_syscall_nobody_is_missed() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip(
            "syscalls::killed_at_every_syscall",
            "strace is not installed",
        );
    }
    let (mut nth, mut doubt, mut doubled) = (0, 0, 0);
    loop {
        nth += 1;
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
        configure(home, sink.addr().port(), CONNECTIONS);

        let whole = !killed_at(home, nth);
        if let Some(edition) = paper.edition().await {
            let rows = paper.rows(edition).await;
            let started = rows.iter().filter(|r| r.state == DeliveryState::Started);
            let started = started.count();
            assert!(started <= CONNECTIONS, "call {nth}: {started} in doubt");
            doubt += started;
        }
        let sent = courant(home, &["edition", "send", "times", "--yes"]);
        assert!(sent.status.success(), "call {nth}: {sent:?}");
        let tally = store.tally(paper.edition().await.unwrap()).await.unwrap();
        assert_eq!(tally.accepted, RECIPIENTS as i64, "call {nth}: {tally:?}");
        let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for entry in sink.mailbox().journal() {
            let bytes = (entry.message_id.unwrap(), entry.sha256.unwrap());
            copies.entry(entry.recipient).or_default().push(bytes);
        }
        for n in 0..RECIPIENTS {
            let copies = copies.get(&address(n)).expect("nobody is missed");
            assert!(copies.iter().all(|c| *c == copies[0]), "call {nth}");
        }
        doubled += copies.values().map(Vec::len).sum::<usize>() - RECIPIENTS;
        assert!(doubled <= doubt, "call {nth}: {doubled} of {doubt}");
        if whole {
            break;
        }
    }
    println!("{nth} calls, {doubt} letters in doubt, {doubled} doubled");
    assert!(nth > 100, "only {nth} calls: the kill did not come");
}

/// Sends the edition and dies at the `nth` call; false where it came to its end before.
fn killed_at(home: &Path, nth: usize) -> bool {
    let inject = format!("inject={CALLS}:signal=KILL:when={nth}");
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={CALLS}"))
        .args(["-e", &inject, "--"])
        .arg(env!("CARGO_BIN_EXE_courant"))
        .arg("--home")
        .arg(home)
        .args(["edition", "send", "times", "--yes"])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    !status.unwrap().success()
}
