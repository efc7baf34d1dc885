//! `courant sink` as somebody types it, and `courant sink check`: a receiver's journal held against the
//! ledger, through the binary and through the library.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use courant::deliver::Ended;
use courant::deliver::audit::{Counts, LedgerRow, audit};
use courant::domain::delivery::DeliveryState;
use courant::domain::edition::Edition;
use courant::sink::{Sink, SinkSettings, journal};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::binary::{courant, run, typed};
use crate::support::paper::{Paper, after};

/// A running `courant sink`; killed where a test leaves it behind.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    addr: SocketAddr,
}

impl Running {
    fn start(flags: &[&str]) -> Running {
        let args = [&["sink", "--listen", "127.0.0.1:0"], flags].concat();
        let mut child = typed(&args, &[])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let addr = line.strip_prefix("listening on ").unwrap().trim();
        Running {
            addr: addr.parse().unwrap(),
            child,
            stdout,
        }
    }

    /// Sends a letter with its Message-ID in one piece, and returns all that came back.
    fn letter(&self, recipient: &str, id: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).unwrap();
        let script = format!(
            "EHLO me\r\nMAIL FROM:<s@x.example>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n\
             Message-ID: <{id}@x>\r\n\r\nhi\r\n.\r\nQUIT\r\n"
        );
        stream.write_all(script.as_bytes()).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        heard
    }

    /// What it printed until it was told to stop.
    fn stop(mut self) -> Vec<String> {
        let kill = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success());
        said.lines().map(str::to_owned).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_sink_says_what_came_and_counts_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    let maildir = folder.path().join("mail");
    let (journal_at, maildir_at) = (file.to_str().unwrap(), maildir.to_str().unwrap());
    let sink = Running::start(&["--journal", journal_at, "--maildir", maildir_at]);
    assert!(
        sink.letter("mia@x.example", "1")
            .contains("\r\n250 2.0.0 Ok: kept as 1\r\n")
    );
    assert!(
        sink.letter("refuse.bob@x.example", "2")
            .contains("\r\n550 5.1.1 ")
    );
    assert!(!sink.letter("hangup.eve@x.example", "3").contains("kept"));
    let said = sink.stop();
    let fields = |line: &str| {
        line.split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let lines: Vec<String> = said[..3].iter().map(|line| fields(line)).collect();
    let expected = [
        "dot 250 kept m***@x***.example <1@x>",
        "rcpt 550 not kept r***@x***.example - rcpt550",
        "dot - kept h***@x***.example <3@x> dothangupx1",
    ];
    assert_eq!(lines, expected);
    let counted =
        "2 letters kept (1 without a word of it), 1 refusal, 0 other faults, 3 connections";
    assert_eq!(said[3..], [counted]);
    let (entries, unread) = journal::read(&std::fs::read_to_string(&file).unwrap());
    assert!(unread.is_empty());
    let kept: Vec<_> = entries
        .iter()
        .map(|e| (e.recipient.as_str(), e.kept))
        .collect();
    let expected = [
        ("mia@x.example", true),
        ("refuse.bob@x.example", false),
        ("hangup.eve@x.example", true),
    ];
    assert_eq!(kept, expected);
    assert_eq!(std::fs::read_dir(maildir.join("new")).unwrap().count(), 2);
}

#[test]
fn flags_set_what_everybody_meets() {
    let sink = Running::start(&[
        "--quiet",
        "--fault",
        "rcpt451x1",
        "--without",
        "size,enhancedstatuscodes",
        "--with",
        "dsn",
        "--max-messages",
        "1",
        "--name",
        "mx.example",
        "--delay",
        "1ms",
    ]);
    let first = sink.letter("mia@x.example", "1");
    assert!(first.starts_with("220 mx.example "), "{first}");
    assert!(first.contains("\r\n250 DSN\r\n"), "{first}");
    assert!(!first.contains("SIZE"), "{first}");
    assert!(
        first.contains("\r\n451 not now, try again later\r\n"),
        "{first}"
    );
    assert!(
        sink.letter("mia@x.example", "1")
            .contains("250 Ok: kept as 1")
    );
    let said = sink.stop();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("1 letter kept (0 "), "{said:?}");
}

#[test]
fn what_cannot_be_is_said_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.toml");
    std::fs::write(&script, "faults = 0.1\nkinds = [\"dot999\"]\n").unwrap();
    let script = script.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (args, code, words) in [
        (vec!["--fault", "rcpt999"], 2, "as in rcpt451"),
        (vec!["--delay", "soon"], 2, "such as 20ms"),
        (vec!["--delay", "25h"], 2, "at most a day"),
        (vec!["--seed", "1"], 2, "--faults"),
        (vec!["--seed", "1", "--faults", "2"], 2, "takes 0 to 1"),
        (vec!["--script", script], 2, "`dot999` is no behaviour"),
        (vec!["--tls", "starttls"], 2, "hint: name one with --cert"),
        (
            vec!["--tls", "starttls", "--cert", script, "--key", script],
            2,
            "no certificate",
        ),
        (vec!["--account", "ann"], 2, "USER:PASSWORD"),
        (vec!["--listen", &taken], 1, "hint: `--listen 127.0.0.1:0`"),
        (
            vec!["--journal", "/nowhere/journal"],
            1,
            "cannot append to the sink's journal",
        ),
    ] {
        let args = [vec!["sink"], args].concat();
        let (exit, out, err) = run(typed(&args, &[]), "");
        assert_eq!((exit, out.as_str()), (code, ""), "{args:?} {err}");
        assert!(err.contains(words), "{args:?} {err}");
    }
}

/// A planned edition that was sent to a sink with a journal.
struct Sent {
    paper: Paper,
    edition: Edition,
    journal: String,
}

const READERS: [&str; 5] = ["mia", "hangup", "refuse", "dotgarbagex1", "full"];

async fn sent() -> Sent {
    let paper = Paper::daily().await;
    let addresses = READERS.map(|word| format!("{word}@reader.example"));
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    paper.readers(&addresses).await;
    let edition = paper.plan().await;
    let file = paper.folder.path().join("journal.jsonl");
    let settings = SinkSettings {
        journal_file: Some(file.clone()),
        ..SinkSettings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, settings).unwrap();
    for minutes in [0, 6] {
        let delivery = paper.delivery(sink.addr().port(), after(paper.due, minutes));
        let ended = delivery.run(None, &CancellationToken::new()).await.unwrap();
        assert_eq!(ended, Ended::Empty);
    }
    sink.stop().await;
    Sent {
        journal: std::fs::read_to_string(file).unwrap(),
        edition,
        paper,
    }
}

/// `courant sink check` over this journal: the exit code, and the JSON it printed.
fn check(home: &Path, text: &str, flags: &[&str]) -> (i32, serde_json::Value) {
    let file = home.join("tried.jsonl");
    std::fs::write(&file, text).unwrap();
    let journal = ["--journal", file.to_str().unwrap(), "--json"];
    let args = [&["sink", "check", "times"][..], &journal, flags].concat();
    let (code, out, err) = courant(home, &args);
    let value = serde_json::from_str(&out);
    (code, value.unwrap_or_else(|_| panic!("{out} {err}")))
}

#[tokio::test]
async fn the_journal_is_held_against_the_ledger() {
    let sent = sent().await;
    let (home, all) = (sent.paper.folder.path(), sent.journal.as_str());

    let (code, seen) = check(home, all, &[]);
    let counts = |seen: &serde_json::Value| {
        let counts = &seen["counts"];
        ["lost", "altered", "wrong_state", "untold", "duplicates"]
            .map(|key| counts[key].as_u64().unwrap())
    };
    assert_eq!((code, counts(&seen)), (0, [0, 0, 0, 0, 2]), "{seen}");
    let sums = [
        "letters",
        "accepted",
        "received",
        "extra_copies",
        "of_no_row",
    ];
    let sums = sums.map(|key| seen[key].as_u64().unwrap());
    assert_eq!(sums, [5, 3, 5, 2, 0], "{seen}");
    let (code, _) = check(home, all, &["--duplicates-max", "2"]);
    assert_eq!(code, 0);
    let (code, _) = check(home, all, &["--duplicates-max", "1"]);
    assert_eq!(code, 5);

    // One letter never came.
    let without = |word: &str| -> String {
        let lines = all.lines().filter(|line| !line.contains(word));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let (code, seen) = check(home, &without("mia@"), &[]);
    assert_eq!((code, counts(&seen)), (5, [1, 0, 0, 0, 2]), "{seen}");
    let lost = &seen["findings"][0];
    assert_eq!(
        (&lost["what"], &lost["to"]),
        (&"lost".into(), &"m***@r***.example".into())
    );
    let (_, seen) = check(home, &without("mia@"), &["--full"]);
    assert_eq!(seen["findings"][0]["to"], "mia@reader.example");

    // One second copy differs.
    let (before, last) = all.trim_end().rsplit_once("\"sha256\":\"").unwrap();
    let altered = format!("{before}\"sha256\":\"{}{}", "0".repeat(64), &last[64..]);
    let (code, seen) = check(home, &altered, &[]);
    assert_eq!((code, counts(&seen)), (5, [0, 1, 0, 0, 1]), "{seen}");

    // Who is refused in the ledger got it nevertheless; a line is cut.
    let mia = all.lines().find(|line| line.contains("mia@")).unwrap();
    let refused = row(&sent, "refuse").await;
    let id = refused.letter_id.clone().unwrap();
    let (front, rest) = mia.split_once("\"message_id\":\"<").unwrap();
    let forged = front.replace("mia@", "refuse@")
        + "\"message_id\":\"<"
        + &id
        + &rest[rest.find('@').unwrap()..];
    let text = format!("{all}{forged}\n{}", &mia[..20]);
    let (code, seen) = check(home, &text, &[]);
    assert_eq!((code, counts(&seen)), (5, [0, 0, 1, 0, 2]), "{seen}");
    assert_eq!(seen["lines_unread"], 1);

    // A letter that belongs to nobody is counted, and nothing is wrong by it.
    let (code, seen) = check(home, &(all.to_owned() + &mia.replace("<", "<x")), &[]);
    assert_eq!((code, &seen["of_no_row"]), (0, &1.into()), "{seen}");
}

/// A reader's row with the id that its letter carries.
async fn row(sent: &Sent, word: &str) -> LedgerRow {
    let rows = sent.paper.rows(sent.edition.id).await;
    let at = READERS.iter().position(|own| *own == word).unwrap();
    let mut rows = rows;
    rows.sort_by_key(|row| row.subscriber);
    let row = &rows[at];
    let wave = sent.paper.store().wave(row.wave).await.unwrap();
    let keys = &sent.paper.folder.keys;
    let id = keys.letter_id(&wave.frozen.key_id, row.edition, row.subscriber, row.digest);
    LedgerRow::of(row, &format!("{word}@reader.example"), id)
}

#[tokio::test]
async fn a_test_may_ask_the_library_itself() {
    let sent = sent().await;
    let mut ledger = Vec::new();
    for word in READERS {
        ledger.push(row(&sent, word).await);
    }
    let (entries, unread) = journal::read(&sent.journal);
    assert!(unread.is_empty());
    let seen = audit(&entries, &ledger);
    let counts = Counts {
        duplicates: 2,
        ..Counts::default()
    };
    assert_eq!(seen.counts(), counts);
    assert!(seen.is_sound() && seen.strangers.is_empty());
    // Had the ledger forgotten its doubt, it would be seen.
    for row in &mut ledger {
        row.state = DeliveryState::Deferred;
        row.sha256 = None;
    }
    assert_eq!(audit(&entries, &ledger).counts().wrong_state, 3);
}

#[test]
fn a_check_without_a_journal_or_a_folder_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (code, _, err) = courant(home, &["sink", "check", "times", "--journal", "none"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("cannot read `none`"), "{err}");
    let file = home.join("journal");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    let (code, _, err) = courant(home, &["sink", "check", "times", "--journal", file]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("hint: `courant init`"), "{err}");
}
