//! A copy put back: it is known for one, asks, mails nobody who left since, and what it sends again
//! is the same to the byte. And the order to hold every letter back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use courant::cli::lock::OwnerLock;
use courant::domain::delivery::DeliveryState;
use courant::domain::subscriber::Standing;
use courant::domain::{EditionId, SubscriberId};
use courant::sink::journal::JournalEntry;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::Store;
use serde_json::Value;
use sqlx::Connection;
use tokio::net::TcpListener;

use crate::support::binary::{self, Said};
use crate::support::paper::Paper;
use crate::support::served::{Served, assert_masked, configure, until};

const RECIPIENTS: usize = 60;
/// How many leave after the copy was made.
const LEAVE: usize = 6;

async fn sink() -> SinkHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        slow: Duration::from_millis(25),
        ..SinkSettings::default()
    };
    Sink::start(listener, settings).unwrap()
}

fn typed(home: &Path, args: &[&str], code: i32) -> Said {
    let said = binary::courant(home, args);
    assert_eq!(said.0, code, "{args:?}: {said:?}");
    if matches!(args[0], "restore" | "sending" | "backup") {
        assert_masked(&said.2);
    }
    said
}

/// An edition at 30 %, copied there and finished since; some readers have left meanwhile.
struct Finished {
    paper: Paper,
    sink: SinkHandle,
    copy: PathBuf,
    edition: EditionId,
    /// Whose letters the copy does not know to be accepted, and who has not left.
    again: BTreeSet<String>,
    /// Who left after the copy was made, though it holds a letter for them.
    left: Vec<String>,
}

impl Finished {
    async fn new() -> Finished {
        let (paper, sink) = (Paper::due_in(-1).await, sink().await);
        // Every letter but a few is answered late: the time in which the copy is made.
        let address = |n: usize| format!("slow.r{n}@reader.example");
        let new: Vec<_> = (0..RECIPIENTS)
            .map(|n| paper.new_reader(&address(n)))
            .collect();
        paper
            .store()
            .subscribers_add(&new, paper.now)
            .await
            .unwrap();
        let home = paper.folder.path().to_owned();
        configure(&home, sink.addr().port(), 4);
        let served = Served::start(&home);
        until("a third is sent", async || {
            sink.mailbox().count_accepted() >= RECIPIENTS as u64 * 3 / 10
        })
        .await;
        let copy = home.join("copy.db");
        let (_, out, err) = typed(&home, &["backup", copy.to_str().unwrap()], 0);
        assert!(out.contains("copy.db.journal"), "{out}{err}");
        let store = paper.store();
        let edition = async || {
            let run = paper.run();
            let found = store.edition_find(paper.list, paper.cadence.id, &run);
            found.await.unwrap().map(|e| e.id)
        };
        until("it is finished", async || match edition().await {
            Some(edition) => {
                let tally = store.tally(edition).await.unwrap();
                tally.accepted == RECIPIENTS as i64
            }
            None => false,
        })
        .await;
        let edition = edition().await.unwrap();
        let copied = Store::open(&copy).await.unwrap();
        let rows = copied
            .deliveries(edition, SubscriberId(0), 1_000)
            .await
            .unwrap();
        let open: Vec<SubscriberId> = rows
            .iter()
            .filter(|r| r.state.is_open())
            .map(|r| r.subscriber)
            .collect();
        let addresses = copied.addresses(&open).await.unwrap();
        copied.close().await;
        let mut again: BTreeSet<String> = addresses.values().map(|a| a.full().to_owned()).collect();
        assert!(again.len() > LEAVE, "{} are open in the copy", again.len());
        let left: Vec<String> = (0..LEAVE).filter_map(|_| again.pop_first()).collect();
        leave_at_once(&home, &left);
        assert!(served.stop().await.success());
        store.close().await;
        Finished {
            paper,
            sink,
            copy,
            edition,
            again,
            left,
        }
    }

    fn home(&self) -> &Path {
        self.paper.folder.path()
    }

    fn database(&self) -> PathBuf {
        self.home().join("courant.db")
    }

    /// What came for readers; operators are told by mail as well.
    fn journal(&self) -> Vec<JournalEntry> {
        let all = self.sink.mailbox().journal().into_iter();
        all.filter(|e| e.recipient != "desk@times.example")
            .collect()
    }

    fn letters(&self) -> u64 {
        self.journal().len() as u64
    }

    /// Paused, asking, not a letter leaves; then resumed, and accounted for.
    async fn asks_and_then_sends(&self, why: &str) {
        let home = self.home();
        let before = self.letters();
        assert_eq!(before, RECIPIENTS as u64);
        let words = format!("sending is paused: {why}");
        // As an owner: it takes the lock, and would send everything.
        let (_, _, err) = typed(home, &["edition", "send", "times", "--yes"], 5);
        assert!(err.contains(&words), "{err}");
        let served = Served::ready(home).await;
        until("it says why", async || served.said().contains(&words)).await;
        let (_, out, _) = typed(home, &["edition", "status", "times"], 5);
        assert!(out.contains(&words), "{out}");
        let (_, out, _) = typed(home, &["edition", "status", "times", "--json"], 5);
        let status: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(status["sending_paused"]["by_hand"], false, "{status}");
        // Beside the one that serves.
        typed(home, &["edition", "send", "times", "--yes"], 5);
        let (_, out, err) = typed(home, &["sending", "resume"], 2);
        let row = format!("times daily {}: ", self.paper.run());
        assert!(out.contains(&words) && out.contains(&row), "{out}");
        assert!(err.contains("hint: add --yes"), "{err}");
        typed(home, &["sending", "status"], 5);
        assert_eq!(self.letters(), before);

        typed(home, &["sending", "resume", "--yes"], 0);
        let store = Store::open(&self.database()).await.unwrap();
        until("it is finished again", async || {
            store.tally(self.edition).await.unwrap().open == 0
        })
        .await;
        typed(home, &["edition", "status", "times"], 0);
        typed(home, &["sending", "status"], 0);
        self.accounted_for(&store).await;
        assert!(served.stop().await.success());
        store.close().await;
        // Resumed is resumed: the next start does not ask.
        let served = Served::ready(home).await;
        let told = served.said().matches(&words).count();
        typed(home, &["edition", "status", "times"], 0);
        assert_eq!(served.said().matches(&words).count(), told);
        assert!(served.stop().await.success());
    }

    async fn accounted_for(&self, store: &Store) {
        let mut copies: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for entry in self.journal() {
            let bytes = (entry.message_id.unwrap(), entry.sha256.unwrap());
            copies.entry(entry.recipient).or_default().push(bytes);
        }
        assert_eq!(copies.len(), RECIPIENTS);
        for (address, copies) in &copies {
            assert!(copies.iter().all(|c| *c == copies[0]), "a copy differs");
            let expected = 1 + usize::from(self.again.contains(address));
            assert_eq!(copies.len(), expected, "{address}");
        }
        let tally = store.tally(self.edition).await.unwrap();
        // Whose letter had begun to leave when the copy was made may have got it: that stays in doubt.
        let left = self.left.len() as i64;
        assert_eq!(
            (tally.accepted, tally.withheld + tally.uncertain),
            (RECIPIENTS as i64 - left, left)
        );
        assert!(tally.withheld > 0 && tally.asking == 0, "{tally:?}");
        for address in &self.left {
            let hash = self.paper.hash(address);
            let person = store.subscriber(&hash).await.unwrap().unwrap();
            let own = store.subscriptions_of(person.id).await.unwrap();
            assert_eq!(own[0].standing, Standing::Unsubscribed);
        }
    }
}

/// Several processes write the journal at once, beside the one that serves.
fn leave_at_once(home: &Path, addresses: &[String]) {
    let leave = |address: &String| {
        let args = [
            "--home",
            home.to_str().unwrap(),
            "subscriber",
            "unsubscribe",
        ];
        let mut command: Command = binary::typed(&args, &[]);
        command.args(["times", address]).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let all: Vec<_> = addresses.iter().map(leave).collect();
    for mut one in all {
        assert!(one.wait().unwrap().success());
    }
    let journal = std::fs::read_to_string(home.join("courant.journal")).unwrap();
    assert_eq!(journal.lines().count(), addresses.len(), "{journal}");
    assert!(
        journal.ends_with('\n') && !journal.contains('@'),
        "{journal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_put_back_by_hand_is_known_and_asks() {
    let finished = Finished::new().await;
    let database = finished.database();
    for end in ["-wal", "-shm"] {
        let mut log = database.clone().into_os_string();
        log.push(end);
        let _ = std::fs::remove_file(log);
    }
    std::fs::copy(&finished.copy, &database).unwrap();
    let (_, out, err) = typed(finished.home(), &["sending", "status"], 5);
    let told = "the next start pauses sending: the database is a copy from before: it knows ";
    assert!(out.starts_with(told), "{out}{err}");
    assert!(
        err.contains("hint: once it has, `courant sending resume"),
        "{err}"
    );
    let (_, out, _) = typed(finished.home(), &["sending", "status", "--json"], 5);
    let status: Value = serde_json::from_str(&out).unwrap();
    assert!(status["paused"].is_null() && status["next_start_pauses"].is_string());
    finished
        .asks_and_then_sends("the database is a copy from before: it knows ")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_puts_a_copy_in_place_keeps_the_old_one_and_asks() {
    let finished = Finished::new().await;
    let (home, copy) = (finished.home(), finished.copy.to_str().unwrap());
    let served = Served::ready(home).await;
    let (_, _, err) = typed(home, &["restore", copy, "--yes"], 1);
    let pid = served.pid();
    let held = format!("error: another courant (pid {pid}) sends from this data folder\n");
    assert!(
        err.starts_with(&held) && err.contains("hint: stop it first"),
        "{err}"
    );
    assert!(served.stop().await.success());

    let was = std::fs::read(finished.database()).unwrap();
    let (_, out, err) = typed(home, &["restore", copy], 2);
    assert!(
        out.contains("a copy of installation test, made at 20"),
        "{out}"
    );
    assert!(err.contains("hint: add --yes"), "{err}");
    assert_eq!(std::fs::read(finished.database()).unwrap(), was);
    let names = || {
        let names = std::fs::read_dir(home).unwrap();
        let name = |e: std::io::Result<std::fs::DirEntry>| e.unwrap().file_name();
        names
            .map(name)
            .map(|n| n.into_string().unwrap())
            .collect::<BTreeSet<_>>()
    };
    let before = names();
    assert!(
        before.iter().all(|n| !n.contains("restoring")),
        "{before:?}"
    );

    let copied = std::fs::read(copy).unwrap();
    let (_, _, err) = typed(home, &["restore", copy, "--yes"], 0);
    let left = format!("{LEAVE} subscribers: stopped again by the journal");
    for words in [
        left.as_str(),
        "courant edition status times",
        "courant delivery list times --state uncertain",
        "courant sending resume --yes",
    ] {
        assert!(err.contains(words), "no `{words}` in {err}");
    }
    assert_eq!(
        std::fs::read(copy).unwrap(),
        copied,
        "the file stays as it is"
    );
    let new: Vec<String> = names().difference(&before).cloned().collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].starts_with("courant.db.before-20"), "{new:?}");
    let old = Store::open(&home.join(&new[0])).await.unwrap();
    let tally = old.tally(finished.edition).await.unwrap();
    assert_eq!(tally.accepted, RECIPIENTS as i64, "what was there is whole");
    old.close().await;
    let why = format!("restored from {copy}, made at ");
    finished.asks_and_then_sends(&why).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_after_the_copy_is_settled_by_the_relays_log_and_not_sent_again() {
    let finished = Finished::new().await;
    let (home, copy) = (finished.home(), finished.copy.to_str().unwrap());
    typed(home, &["restore", copy, "--yes"], 0);
    let mut text = "message_id,status,code,reply\n".to_owned();
    for entry in finished.journal() {
        text += &format!("{},sent,250,ok\n", entry.message_id.unwrap());
    }
    let log = home.join("relay.csv");
    std::fs::write(&log, text).unwrap();
    let reconcile = ["delivery", "reconcile", log.to_str().unwrap()];
    let (_, out, err) = typed(home, &reconcile, 0);
    let open = finished.again.len() + finished.left.len();
    let settled = format!("settled: {open} accepted, 0 refused");
    assert!(err.contains(&settled), "{out}{err}");
    let store = Store::open(&finished.database()).await.unwrap();
    let tally = store.tally(finished.edition).await.unwrap();
    assert_eq!((tally.accepted, tally.open), (RECIPIENTS as i64, 0));
    store.close().await;
    let (_, _, err) = typed(home, &reconcile, 0);
    assert_eq!(err, "no letter is in doubt, and none is open\n");
    typed(home, &["sending", "resume", "--yes"], 0);
    typed(home, &["edition", "send", "times", "--yes"], 0);
    assert_eq!(finished.letters(), RECIPIENTS as u64, "none left again");
}

/// A paper with a sink, one reader who stays and one who left, and a copy of it.
async fn small() -> (Paper, SinkHandle, PathBuf) {
    let (paper, sink) = (Paper::due_in(600).await, sink().await);
    let home = paper.folder.path().to_owned();
    configure(&home, sink.addr().port(), 1);
    let readers = ["mia@reader.example", "noah@reader.example"];
    paper.readers(&readers).await;
    typed(
        &home,
        &["subscriber", "unsubscribe", "times", readers[1]],
        0,
    );
    let copy = home.join("copy.db");
    typed(&home, &["backup", copy.to_str().unwrap()], 0);
    (paper, sink, copy)
}

#[tokio::test]
async fn who_came_back_since_the_copy_is_back_with_their_next_letter() {
    let (paper, _sink, copy) = small().await;
    let home = paper.folder.path();
    let add = [
        "subscriber",
        "add",
        "times",
        "noah@reader.example",
        "--rejoin",
    ];
    typed(home, &add, 0);
    let noah = paper.hash("noah@reader.example");
    let due = async |store: &Store| {
        let person = store.subscriber(&noah).await.unwrap().unwrap();
        let own = store.subscriptions_of(person.id).await.unwrap();
        (own[0].standing, own[0].due_at)
    };
    let is = due(paper.store()).await;
    assert!(is.0 == Standing::Active && is.1.is_some(), "{is:?}");
    paper.store().close().await;
    // The journal is lost with the database's folder; the copy was kept with a later one.
    std::fs::rename(home.join("courant.journal"), home.join("copy.db.journal")).unwrap();
    // A crash tore what was begun anew in its place.
    std::fs::write(home.join("courant.journal"), "nonsense\n{\"at\":").unwrap();
    let (_, _, err) = typed(home, &["restore", copy.to_str().unwrap(), "--yes"], 0);
    assert!(err.contains("2 lines of"), "{err}");
    assert!(
        err.contains("courant.journal: 2 of 4 lines cannot be read: 1, 2\n"),
        "{err}"
    );
    assert!(
        err.contains("1 subscriber: brought back by the journal"),
        "{err}"
    );
    let store = Store::open(&home.join("courant.db")).await.unwrap();
    assert_eq!(due(&store).await, is);
}

#[tokio::test]
async fn what_may_not_take_the_databases_place_is_refused_by_name() {
    let (paper, _sink, copy) = small().await;
    let home = paper.folder.path();
    let was = std::fs::read(home.join("courant.db")).unwrap();
    let (text, none) = (home.join("text.db"), home.join("none.db"));
    std::fs::write(&text, "No database. ".repeat(500)).unwrap();
    let newer = home.join("newer.db");
    std::fs::copy(&copy, &newer).unwrap();
    let url = format!("sqlite://{}", newer.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let sql = "insert into _sqlx_migrations select 9999, description, installed_on, success, \
               checksum, execution_time from _sqlx_migrations limit 1";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let own = home.join("courant.db");
    let cases = [
        (
            &text,
            4,
            "is no database of Courant\nhint: name a file that `courant backup` wrote",
        ),
        (
            &none,
            1,
            "No such file or directory (os error 2)\nhint: name a file",
        ),
        (&newer, 4, "has schema 9999"),
        (&own, 2, "is the database itself"),
    ];
    for (file, code, words) in cases {
        let (_, _, err) = typed(home, &["restore", file.to_str().unwrap(), "--yes"], code);
        assert!(err.contains(words), "{err}");
        assert!(err.contains("hint: "), "{err}");
        assert!(!err.contains("restoring-"), "{err}");
    }
    assert_eq!(std::fs::read(&own).unwrap(), was);
    let names = std::fs::read_dir(home).unwrap();
    let names: Vec<_> = names.map(|e| e.unwrap().file_name()).collect();
    let staged = names
        .iter()
        .filter(|n| n.to_str().unwrap().contains("restoring"));
    assert_eq!(staged.count(), 0, "{names:?}");
    // Whoever holds the lock is named, be it this process.
    let lock = OwnerLock::take(&home.join("courant.lock")).unwrap();
    let (_, _, err) = typed(home, &["restore", copy.to_str().unwrap(), "--yes"], 1);
    assert!(
        err.contains(&format!("(pid {})", std::process::id())),
        "{err}"
    );
    drop(lock);
}

#[tokio::test]
async fn a_key_file_of_another_database_is_refused_wherever_it_is_opened() {
    let (paper, _sink, copy) = small().await;
    let home = paper.folder.path();
    let was = std::fs::read(home.join("courant.db")).unwrap();
    let own = std::fs::read(home.join("courant.key")).unwrap();
    let other = courant::feedback::link::Keyring::file_text("k1", &[8; 32]);
    std::fs::write(home.join("courant.key"), other).unwrap();
    let copy = copy.to_str().unwrap();
    for args in [
        &["serve"][..],
        &["sending", "resume", "--yes"],
        &["edition", "send", "times", "--yes"],
        &["subscriber", "add", "times", "new@reader.example"],
        &["restore", copy, "--yes"],
    ] {
        let (_, _, err) = typed(home, args, 3);
        assert!(
            err.contains("courant.key` is not the key file of `"),
            "{err}"
        );
        assert!(err.contains("hint: put back the key file"), "{err}");
    }
    let (_, out, _) = typed(home, &["doctor", "--offline"], 5);
    assert!(out.contains("is not the key file of"), "{out}");
    assert_eq!(std::fs::read(home.join("courant.db")).unwrap(), was);
    // The first line makes the hashes: a new key goes after it.
    let first = String::from_utf8(own).unwrap();
    let second = courant::feedback::link::Keyring::file_text("k9", &[9; 32]);
    std::fs::write(home.join("courant.key"), format!("{first}{second}")).unwrap();
    typed(home, &["sending", "status"], 0);
}

#[tokio::test]
async fn a_copy_of_an_older_schema_is_brought_up_and_asks_all_the_same() {
    let (paper, _sink, _) = small().await;
    let home = paper.folder.path();
    // The migrations of the release without marks.
    let (folder, all) = (home.join("migrations"), "migrations/sqlite");
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(all).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.as_str() < "0007" {
            std::fs::copy(&path, folder.join(name)).unwrap();
        }
    }
    let old = home.join("old.db");
    let url = format!("sqlite://{}?mode=rwc", old.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let migrations = sqlx::migrate::Migrator::new(folder.as_path())
        .await
        .unwrap();
    migrations.run(&mut connection).await.unwrap();
    let sql = "insert into instance (only_row, instance, created_ms) values (1, 'old', 5)";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    paper.store().close().await;
    let (_, out, _) = typed(home, &["restore", old.to_str().unwrap(), "--yes"], 0);
    let schema = format!("its schema 6 is brought to {}", Store::schema());
    assert!(
        out.contains(&schema) && out.contains("it has no journal with it"),
        "{out}"
    );
    let store = Store::open(&home.join("courant.db")).await.unwrap();
    assert_eq!(store.instance().await.unwrap(), "old");
    let paused = store.paused().await.unwrap().unwrap();
    assert!(paused.why.starts_with("restored from "), "{paused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_pause_holds_beside_the_one_that_serves() {
    let (paper, sink) = (Paper::due_in(-1).await, sink().await);
    let home = paper.folder.path();
    configure(home, sink.addr().port(), 2);
    paper.readers(&["mia@reader.example"]).await;
    let (_, _, err) = typed(home, &["sending", "resume"], 0);
    assert_eq!(err, "sending is not paused\n");
    let why = "the relay moves";
    typed(home, &["sending", "pause", "--why", why], 0);
    let (_, _, err) = typed(home, &["sending", "pause"], 0);
    assert_eq!(
        err,
        "sending is paused: by hand: the relay moves, already\n"
    );
    let served = Served::ready(home).await;
    let store = paper.store();
    let mut edition = None;
    until("it is planned all the same", async || {
        let run = paper.run();
        let found = store.edition_find(paper.list, paper.cadence.id, &run);
        edition = found.await.unwrap().map(|e| e.id);
        match edition {
            Some(id) => store.tally(id).await.unwrap().planned == 1,
            None => false,
        }
    })
    .await;
    let edition = edition.unwrap();
    until("it says so", async || {
        served.said().contains("by hand: the relay moves")
    })
    .await;
    typed(home, &["edition", "send", "times", "--yes"], 5);
    let (_, out, _) = typed(home, &["sending", "status", "--json"], 5);
    let status: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status["paused"]["why"], "by hand: the relay moves");
    assert_eq!(status["paused"]["by_hand"], true);
    assert_eq!(status["open"][0]["open"], 1);
    assert_eq!(
        (&status["commits"], &status["mark"]["commits"]),
        (&0.into(), &0.into())
    );
    let row = &paper.rows(edition).await[0];
    assert_eq!((row.state, row.attempt), (DeliveryState::Planned, 0));
    // What a person ordered, a person takes back without more ado.
    typed(home, &["sending", "resume"], 0);
    until("it is sent", async || {
        store.tally(edition).await.unwrap().accepted == 1
    })
    .await;
    until("it says that it goes on", async || {
        served.said().contains("sending goes on")
    })
    .await;
    let (_, out, _) = typed(home, &["sending", "status"], 0);
    assert_eq!(out, "letters may leave\n");
    let reach = store.reach().await.unwrap();
    let known = courant::mark::Found::Mark {
        instance: "test".to_owned(),
        commits: reach.commits,
    };
    assert!(reach.commits > 0);
    assert_eq!(reach.mark, known, "the mark goes with the ledger");
    assert!(served.stop().await.success());
}
