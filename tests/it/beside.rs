//! Beside a running `serve`: what other processes may do, what they may not, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use courant::clock::Clock;
use courant::domain::EditionId;
use courant::domain::delivery::{DeliveryState, Tally};
use courant::domain::due::Due;
use courant::domain::selection::Reason;
use courant::domain::subscriber::Redue;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::Store;
use tokio::net::TcpListener;

use crate::support::paper::{Paper, after};
use crate::support::served::{Served, assert_masked, configure, courant, until};

use DeliveryState::{Accepted, Deferred, Planned, Withheld};

/// A paper with a sink as its relay.
struct Office {
    paper: Paper,
    sink: SinkHandle,
}

impl Office {
    /// Due in so many minutes, and planned `lead` minutes before.
    async fn new(due_in: i64, lead: &str, slow: u64) -> Office {
        let paper = Paper::due_in(due_in).await;
        paper
            .store()
            .list_set(paper.list, "lead_minutes", lead)
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = SinkSettings {
            slow: Duration::from_millis(slow),
            ..SinkSettings::default()
        };
        let sink = Sink::start(listener, settings).unwrap();
        configure(paper.folder.path(), sink.addr().port(), 4);
        Office { paper, sink }
    }

    async fn serve(&self) -> Served {
        Served::ready(self.paper.folder.path()).await
    }

    /// The edition, once it has this many letters.
    async fn planned(&self, letters: i64) -> EditionId {
        let paper = &self.paper;
        let (store, run) = (paper.store(), paper.run());
        let mut id = None;
        until("the edition is planned", async || {
            let found = store
                .edition_find(paper.list, paper.cadence.id, &run)
                .await
                .unwrap();
            id = found.map(|e| e.id);
            match id {
                Some(id) => store.tally(id).await.unwrap().planned == letters,
                None => false,
            }
        })
        .await;
        id.unwrap()
    }

    async fn finished(&self, id: EditionId) -> Tally {
        let store = self.paper.store();
        until("the edition is finished", async || {
            store.tally(id).await.unwrap().open == 0
        })
        .await;
        store.tally(id).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sender_is_refused_and_a_copy_is_not() {
    let office = Office::new(60, "10", 0).await;
    office.paper.readers(&["mia@reader.example"]).await;
    let served = office.serve().await;
    let home = office.paper.folder.path();
    let second = courant(home, &["serve", "--no-fetch"]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    let expected = format!(
        "error: another courant (pid {}) sends from this data folder\n\
         hint: only one process sends; every other command works beside it\n",
        served.pid()
    );
    assert!(said.ends_with(&expected), "{said}");
    assert_eq!(String::from_utf8(second.stdout).unwrap(), "");

    let copy = home.join("copy.db");
    let done = courant(home, &["backup", copy.to_str().unwrap()]);
    assert!(done.status.success(), "{done:?}");
    let copied = Store::open(&copy).await.unwrap();
    assert_eq!(copied.instance().await.unwrap(), "test");
    assert_eq!(copied.next_due().await.unwrap(), Some(office.paper.due));
    copied.close().await;
    let again = courant(home, &["backup", copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "never over a file");
    let stdout = courant(home, &["backup", "-"]);
    assert_eq!(stdout.status.code(), Some(2), "it is two files");

    assert!(served.stop().await.success());
    let third = office.serve().await;
    assert!(
        third.stop().await.success(),
        "the lock went with its holder"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_by_another_process_gets_no_letter() {
    let office = Office::new(5, "30", 0).await;
    let addresses = [
        "mia@reader.example",
        "noah@reader.example",
        "lena@reader.example",
    ];
    let readers = office.paper.readers(&addresses).await;
    let served = office.serve().await;
    let edition = office.planned(3).await;
    let home = office.paper.folder.path();
    let left = courant(home, &["subscriber", "unsubscribe", "times", addresses[1]]);
    assert!(left.status.success(), "{left:?}");
    let now = Clock::system().now();
    office.paper.store().send_now(edition, now).await.unwrap();
    let tally = office.finished(edition).await;
    assert_eq!(
        tally,
        Tally {
            planned: 3,
            accepted: 2,
            withheld: 1,
            ..Tally::default()
        }
    );
    let row = office.paper.row(edition, readers[1]).await;
    assert_eq!((row.state, row.reply.as_str()), (Withheld, "unsubscribed"));
    let letters = office.sink.mailbox().messages();
    assert!(letters.iter().all(|l| l.recipient != addresses[1]));
    let said = served.said();
    assert!(served.stop().await.success());
    assert_masked(&said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_by_another_process_is_in_every_letter_of_a_wave_not_yet_frozen() {
    let office = Office::new(5, "1", 0).await;
    let paper = &office.paper;
    let readers = paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let served = office.serve().await;
    let store = Store::open(paper.store().path()).await.unwrap();
    let now = Clock::system().now();
    let (run, cadence) = (paper.run(), paper.cadence.id);
    let candidates = store
        .candidates(paper.list, after(now, -600), now)
        .await
        .unwrap();
    let pinned = candidates.last().unwrap();
    let (article, run_key) = (pinned.article.to_string(), run.to_string());
    let args = ["edition", "pin", "times", &article, "--run", &run_key];
    let done = courant(paper.folder.path(), &args);
    assert!(done.status.success(), "{done:?}");
    // Now the hour comes.
    let mut dues = Vec::new();
    for id in &readers {
        let terms = store.subscription(*id).await.unwrap().unwrap().1.terms_id;
        let due = Some(Due {
            at: now,
            run,
            cadence,
        });
        dues.push(Redue {
            subscription: *id,
            terms,
            due,
        });
    }
    assert_eq!(store.redue(&dues).await.unwrap(), 2);
    let edition = office.planned(2).await;
    let tally = office.finished(edition).await;
    assert_eq!(
        tally,
        Tally {
            planned: 2,
            accepted: 2,
            ..Tally::default()
        }
    );
    for id in readers {
        let digest = store.digest_of(edition, id).await.unwrap().unwrap();
        let pick = digest
            .picks
            .iter()
            .find(|p| p.story == pinned.story)
            .unwrap();
        assert_eq!(pick.reason, Reason::Pinned);
    }
    for letter in office.sink.mailbox().messages() {
        let text = String::from_utf8(letter.bytes.to_vec()).unwrap();
        assert!(
            text.replace("=\r\n", "").contains(&pinned.headline),
            "{text}"
        );
    }
    assert!(served.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_leaving_and_gives_the_rest_back() {
    let office = Office::new(-1, "10", 100).await;
    let paper = &office.paper;
    let new: Vec<_> = (0..60)
        .map(|n| paper.new_reader(&format!("slow.r{n}@reader.example")))
        .collect();
    paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    let served = office.serve().await;
    let edition = office.planned(60).await;
    let mailbox = office.sink.mailbox();
    until("some letters came", async || mailbox.count_accepted() >= 5).await;
    let said_by = paper.folder.path().join("said.log");
    assert_eq!(served.stop().await.code(), Some(0));
    let said = std::fs::read_to_string(said_by).unwrap();
    assert!(
        said.contains("stopping: letters that are leaving are finished first"),
        "{said}"
    );
    assert!(said.trim_end().ends_with("stopped"), "{said}");
    assert_masked(&said);

    let rows = paper.rows(edition).await;
    let n = |state| rows.iter().filter(|r| r.state == state).count() as u64;
    assert_eq!(
        n(Accepted) + n(Planned),
        60,
        "nothing is leased, started or in doubt"
    );
    assert!(n(Planned) > 0, "it stopped before the end");
    assert_eq!(n(Deferred), 0);
    assert_eq!(mailbox.count_accepted(), n(Accepted));

    let served = office.serve().await;
    let tally = office.finished(edition).await;
    assert_eq!(
        tally,
        Tally {
            planned: 60,
            accepted: 60,
            ..Tally::default()
        }
    );
    assert_eq!(mailbox.count_accepted(), 60, "nobody twice");
    assert!(served.stop().await.success());
}
