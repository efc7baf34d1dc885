//! Delivery against a real receiver: what each answer, and each failure, leaves in the ledger.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use courant::deliver::notice::{self, Notices};
use courant::deliver::smtp::{Relay, Tls};
use courant::deliver::{DeliverError, Delivery, Ended};
use courant::domain::delivery::{DeliveryState, Hold, Tally};
use courant::domain::edition::Edition;
use courant::domain::subscriber::Standing;
use courant::domain::time::Timestamp;
use courant::domain::{EditionId, RevisionId, SubscriptionId};
use courant::sink::{Received, Sink, SinkHandle, SinkSettings};
use courant::store::ledger::Start;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::paper::{Paper, after, lease};

use DeliveryState::{Accepted, Deferred, Planned, Refused, Uncertain, Withheld};

async fn sink() -> SinkHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        slow: Duration::from_millis(20),
        ..SinkSettings::default()
    };
    Sink::start(listener, settings).unwrap()
}

/// A planned edition, its readers by their first word, and a receiver.
struct Round {
    paper: Paper,
    edition: Edition,
    readers: BTreeMap<String, SubscriptionId>,
    sink: SinkHandle,
}

impl Round {
    async fn of(words: &[&str]) -> Round {
        Round::set(words, &[]).await
    }

    async fn set(words: &[&str], settings: &[(&str, &str)]) -> Round {
        let paper = Paper::daily().await;
        for (key, value) in settings {
            paper
                .store()
                .list_set(paper.list, key, value)
                .await
                .unwrap();
        }
        let addresses: Vec<String> = words
            .iter()
            .map(|w| format!("{w}@reader.example"))
            .collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let ids = paper.readers(&addresses).await;
        let words = words.iter().map(|w| (*w).to_owned());
        Round {
            readers: words.zip(ids).collect(),
            edition: paper.plan().await,
            paper,
            sink: sink().await,
        }
    }

    fn delivery(&self, now: Timestamp) -> Delivery {
        self.paper.delivery(self.sink.addr().port(), now)
    }

    /// One run by an owner of its own, the clock at `now`.
    async fn run(&self, now: Timestamp) -> Ended {
        self.delivery(now)
            .run(None, &CancellationToken::new())
            .await
            .unwrap()
    }

    async fn row(&self, word: &str) -> courant::domain::delivery::Delivery {
        self.paper.row(self.edition.id, self.readers[word]).await
    }

    /// State, code, words, tries.
    async fn stands(&self, word: &str) -> (DeliveryState, i64, String, i64) {
        let row = self.row(word).await;
        (row.state, row.code, row.reply, row.attempt)
    }

    async fn tally(&self) -> Tally {
        let tally = self.paper.store().tally(self.edition.id).await.unwrap();
        assert!(tally.adds_up(), "{tally:?}");
        tally
    }

    fn received(&self, word: &str) -> Vec<Received> {
        let to = format!("{word}@reader.example");
        let all = self.sink.mailbox().messages();
        all.into_iter().filter(|m| m.recipient == to).collect()
    }

    /// Whether a reader's stories are remembered as sent.
    async fn remembers(&self, word: &str) -> bool {
        let (store, id) = (self.paper.store(), self.readers[word]);
        let digest = store.digest_of(self.edition.id, id).await.unwrap().unwrap();
        let later = after(self.paper.due, 100_000);
        let memory = self.paper.sent(id, later, EditionId(0)).await;
        let kept: Vec<RevisionId> = memory.iter().map(|s| s.revision).collect();
        let mut picked: Vec<RevisionId> = digest.picks.iter().map(|p| p.revision).collect();
        picked.sort_unstable();
        assert!(kept.is_empty() || kept == picked, "{kept:?} of {picked:?}");
        !kept.is_empty()
    }
}

#[tokio::test]
async fn each_answer_of_a_receiver_has_its_end_in_the_ledger() {
    let words = [
        "mia",
        "slow",
        "defer1",
        "refuse",
        "refusedata",
        "hangup",
        "hangupdata",
        "full",
    ];
    let round = Round::of(&words).await;
    let due = round.paper.due;
    assert_eq!(round.run(due).await, Ended::Empty);
    let said = |state, code, words: &str, tries| (state, code, words.to_owned(), tries);
    for word in ["mia", "slow"] {
        let (state, code, words, tries) = round.stands(word).await;
        assert_eq!((state, code, tries), (Accepted, 250, 1), "{word}");
        assert!(words.starts_with("2.0.0 Ok: kept as "), "{words}");
    }
    let later = said(Deferred, 451, "4.2.1 not now, try again later", 1);
    assert_eq!(round.stands("defer1").await, later);
    let full = |tries| said(Deferred, 452, "4.2.2 mailbox full", tries);
    assert_eq!(round.stands("full").await, full(1));
    let refused = said(Refused, 550, "5.1.1 no such user here", 1);
    assert_eq!(round.stands("refuse").await, refused);
    let spam = said(Refused, 554, "5.7.1 message refused", 1);
    assert_eq!(round.stands("refusedata").await, spam);
    for word in ["hangup", "hangupdata"] {
        let row = round.row(word).await;
        assert_eq!(
            (row.state, row.code, row.attempt),
            (Deferred, 0, 1),
            "{word}"
        );
    }
    let row = round.row("hangup").await;
    assert!(row.sha256.is_some(), "hangup is in doubt: {}", row.reply);
    for word in ["defer1", "full", "refuse", "refusedata"] {
        assert_eq!(round.row(word).await.sha256, None, "{word} is not in doubt");
    }
    let first = Tally {
        planned: 8,
        accepted: 2,
        refused: 2,
        deferred: 4,
        open: 4,
        ..Tally::default()
    };
    assert_eq!(round.tally().await, first);

    // Nothing goes before its time, five minutes give or take a fifth; then everything goes.
    assert_eq!(round.run(after(due, 3)).await, Ended::Empty);
    assert_eq!(round.tally().await, first);
    round.run(after(due, 7)).await;
    for word in ["defer1", "hangup", "hangupdata"] {
        let (state, code, _, tries) = round.stands(word).await;
        assert_eq!((state, code, tries), (Accepted, 250, 2), "{word}");
    }
    assert_eq!(round.stands("full").await, full(2));

    // The full mailbox is tried up to the cut-off of the next digest.
    let deadline = after(due, 24 * 60 - 10);
    let mut tries = 2;
    while round.row("full").await.state == Deferred {
        let at = round.row("full").await.not_before;
        assert!(at <= deadline, "{at}");
        round.run(at).await;
        tries += 1;
    }
    assert!(tries > 5);
    let gave_up = said(Refused, 452, "gave up: 4.2.2 mailbox full", tries);
    assert_eq!(round.stands("full").await, gave_up);
    let last = Tally {
        planned: 8,
        accepted: 5,
        refused: 3,
        ..Tally::default()
    };
    assert_eq!(round.tally().await, last);

    for (word, copies) in [
        ("mia", 1),
        ("slow", 1),
        ("defer1", 1),
        ("hangupdata", 1),
        ("hangup", 2),
        ("refuse", 0),
        ("refusedata", 0),
        ("full", 0),
    ] {
        let letters = round.received(word);
        assert_eq!(letters.len(), copies, "{word}");
        assert!(
            letters.iter().all(|l| l.bytes == letters[0].bytes),
            "{word}"
        );
        let refused = matches!(word, "refuse" | "refusedata" | "full");
        assert_eq!(round.remembers(word).await, !refused, "{word}");
    }
}

#[tokio::test]
async fn a_letter_has_one_recipient_and_the_headers_that_receivers_ask_for() {
    let round = Round::of(&["mia", "noah", "lena"]).await;
    round.run(round.paper.due).await;
    let letters = round.sink.mailbox().messages();
    assert_eq!(letters.len(), 3);
    let mut ids = std::collections::BTreeSet::new();
    for letter in &letters {
        let text = String::from_utf8(letter.bytes.to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let field = |name: &str| {
            let mut own = head
                .lines()
                .filter_map(|l| l.strip_prefix(name)?.strip_prefix(": "));
            let value = own
                .next()
                .unwrap_or_else(|| panic!("no {name} in\n{head}"))
                .trim();
            assert_eq!(own.next(), None, "{name} twice");
            value.to_owned()
        };
        assert_eq!(letter.sender, "news@times.example");
        assert!(field("To").contains(&letter.recipient), "{}", field("To"));
        assert!(field("From").contains("news@times.example"));
        assert_eq!(
            field("Date"),
            "Wed, 25 Nov 2026 07:00:00 +0000",
            "when it was due"
        );
        assert_eq!(field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let leave = field("List-Unsubscribe");
        let link = leave.trim_start_matches('<').trim_end_matches('>');
        assert!(link.starts_with("https://news.example/u/"), "{leave}");
        assert!(field("List-Id").contains("times"), "{}", field("List-Id"));
        assert!(ids.insert(field("Message-ID")), "an id of its own");
        assert!(text.lines().all(|l| l.len() <= 998));
        for other in letters.iter().filter(|o| o.recipient != letter.recipient) {
            assert!(!text.contains(&other.recipient), "names another reader");
        }
    }
}

#[tokio::test]
async fn a_relay_that_is_down_uses_no_letter_up() {
    let round = Round::of(&["mia", "noah", "lena", "ben", "ida", "tom", "eli"]).await;
    let due = round.paper.due;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let delivery = round.paper.delivery(port, due);
    let ended = delivery.run(None, &CancellationToken::new()).await.unwrap();
    let Ended::RelayDown { until } = ended else {
        panic!("{ended:?}")
    };
    assert!(until >= after(due, 1) && until < after(due, 2), "{until}");
    for row in round.paper.rows(round.edition.id).await {
        assert!(matches!(row.state, Planned | Deferred), "{row:?}");
        assert_eq!((row.attempt, row.sha256), (0, None));
    }
    assert_eq!(round.tally().await.open, 7);
    assert_eq!(round.run(until).await, Ended::Empty);
    for row in round.paper.rows(round.edition.id).await {
        assert_eq!((row.state, row.attempt), (Accepted, 1));
    }
    assert_eq!(round.sink.mailbox().count_accepted(), 7);
}

#[tokio::test]
async fn a_letter_that_was_tried_often_holds_the_relay_back_no_longer_than_a_new_one() {
    let round = Round::of(&["mia"]).await;
    round
        .paper
        .sql("update delivery set state = 'deferred', attempt = 7")
        .await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let due = round.paper.due;
    let delivery = round.paper.delivery(port, due);
    let ended = delivery.run(None, &CancellationToken::new()).await.unwrap();
    let Ended::RelayDown { until } = ended else {
        panic!("{ended:?}")
    };
    assert!(until < after(due, 2), "everybody would wait until {until}");
    assert_eq!(round.row("mia").await.attempt, 7);
}

/// A relay that answers one command (`GREETING` and `DOT` among them) with these words and closes,
/// and does what it is asked until then.
async fn relay_that_says(command: &'static str, words: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let mut verb = "GREETING".to_owned();
                loop {
                    let (reply, ends) = match verb.as_str() {
                        said if said == command => (words, true),
                        "GREETING" => ("220 ready", false),
                        "DATA" => ("354 go on", false),
                        "QUIT" => ("221 bye", true),
                        _ => ("250 ok", false),
                    };
                    let within = reply.starts_with("354");
                    let said = write.write_all(format!("{reply}\r\n").as_bytes()).await;
                    if said.is_err() || ends {
                        return;
                    }
                    loop {
                        let Ok(Some(line)) = lines.next_line().await else {
                            return;
                        };
                        if within && line == "." {
                            verb = "DOT".to_owned();
                            break;
                        }
                        if !within {
                            verb = line.chars().take(4).collect::<String>().to_uppercase();
                            break;
                        }
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_421_uses_no_letter_up_and_several_in_a_row_hold_the_relay_back() {
    // Before a letter is named it is the relay's; after that the first few may be their letters' own.
    for (command, most) in [
        ("GREETING", 0),
        ("EHLO", 0),
        ("MAIL", 1),
        ("RCPT", 1),
        ("DATA", 1),
        ("DOT", 1),
    ] {
        let round = Round::of(&["mia", "noah", "lena", "ben", "ida", "tom"]).await;
        let due = round.paper.due;
        let port = relay_that_says(command, "421 4.3.2 closing for mia@reader.example").await;
        let delivery = round.paper.delivery(port, due);
        let ended = delivery.run(None, &CancellationToken::new()).await.unwrap();
        assert!(
            matches!(ended, Ended::RelayDown { .. }),
            "{command}: {ended:?}"
        );
        let rows = round.paper.rows(round.edition.id).await;
        assert!(rows.iter().any(|r| r.state == Deferred), "{command}");
        for row in rows {
            assert!(
                matches!(row.state, Planned | Deferred),
                "{command}: {row:?}"
            );
            assert_eq!(row.sha256, None, "{command}: no doubt, it was answered");
            if row.state == Deferred {
                assert_eq!(row.code, 421, "{command}");
                assert!(row.attempt <= most, "{command}: {row:?}");
                assert_eq!(
                    row.reply, "4.3.2 closing for m***@r***.example",
                    "{command}"
                );
            }
        }
        round.run(after(due, 7)).await;
        assert_eq!(round.tally().await.accepted, 6, "{command}");
    }
}

#[tokio::test]
async fn one_letter_that_a_relay_hangs_up_on_keeps_no_other_waiting() {
    for word in ["rcpt421", "dot421", "datawrongclass", "rcpt503", "rcpt554"] {
        let words = [word, "mia", "noah", "lena", "ben", "ida", "tom", "eli"];
        let round = Round::of(&words).await;
        round.run(round.paper.due).await;
        for other in &words[1..] {
            let row = round.row(other).await;
            assert_eq!(row.state, Accepted, "{word}: {other} {}", row.reply);
        }
        assert_eq!(round.row(word).await.attempt, 1, "{word}");
    }
}

#[tokio::test]
async fn a_relay_that_never_tells_gets_three_copies_and_then_a_person_is_asked() {
    let round = Round::of(&["dotgarbage", "mia"]).await;
    let due = round.paper.due;
    for minutes in [0, 7, 30, 90, 300] {
        round.run(after(due, minutes)).await;
    }
    let row = round.row("dotgarbage").await;
    assert_eq!((row.state, row.held), (Uncertain, Some(Hold::InDoubtAgain)));
    assert_eq!(round.received("dotgarbage").len(), 3);
    assert_eq!(round.tally().await.asking, 1);
}

#[tokio::test]
async fn a_list_that_holds_doubt_asks_before_it_sends_again() {
    let round = Round::set(&["hangup", "mia"], &[("uncertain", "hold")]).await;
    let (store, due) = (round.paper.store(), round.paper.due);
    round.run(due).await;
    let row = round.row("hangup").await;
    assert_eq!((row.state, row.held), (Uncertain, Some(Hold::InDoubt)));
    let held = Tally {
        planned: 2,
        accepted: 1,
        uncertain: 1,
        asking: 1,
        ..Tally::default()
    };
    assert_eq!(round.tally().await, held);
    assert!(round.remembers("hangup").await);
    round.run(after(due, 60)).await;
    assert_eq!(round.received("hangup").len(), 1, "not without a person");

    let notices = Notices {
        store: store.clone(),
        relays: vec![Relay::new("127.0.0.1", round.sink.addr().port(), Tls::None)],
        signer: None,
    };
    for (minutes, mails) in [(61, 1), (62, 0), (120, 0), (121, 1)] {
        let sent = notice::send_due(&notices, after(due, minutes))
            .await
            .unwrap();
        assert_eq!(sent, mails, "after {minutes} minutes");
    }
    let mail = round.sink.mailbox().messages().pop().unwrap();
    assert_eq!(mail.recipient, "desk@times.example");
    let text = String::from_utf8(mail.bytes.to_vec()).unwrap();
    assert!(
        text.contains("courant edition release times --run 2026-11-25"),
        "{text}"
    );
    assert!(!text.contains("reader.example"), "{text}");

    assert_eq!(
        store
            .release(round.edition.id, after(due, 130))
            .await
            .unwrap(),
        1
    );
    round.run(after(due, 131)).await;
    let letters = round.received("hangup");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].bytes, letters[1].bytes);
    let row = round.row("hangup").await;
    assert_eq!((row.state, row.held, row.attempt), (Accepted, None, 2));
}

#[tokio::test]
async fn a_letter_in_doubt_whose_reader_left_stays_in_doubt() {
    let round = Round::of(&["hangup"]).await;
    round.run(round.paper.due).await;
    round.paper.leaves(round.readers["hangup"]).await;
    round.run(after(round.paper.due, 6)).await;
    let (state, code, words, tries) = round.stands("hangup").await;
    assert_eq!(
        (state, code, words.as_str(), tries),
        (Uncertain, 0, "unsubscribed", 1)
    );
    assert_eq!(round.received("hangup").len(), 1);
    assert!(round.remembers("hangup").await, "they may have read it");
}

#[tokio::test]
async fn who_leaves_between_planning_and_sending_gets_no_letter() {
    let round = Round::of(&["mia", "noah"]).await;
    assert!(round.remembers("noah").await);
    round.paper.leaves(round.readers["noah"]).await;
    // At once: the edition does not stay open for somebody who left.
    let withheld = (Withheld, 0, "unsubscribed".to_owned(), 0);
    assert_eq!(round.stands("noah").await, withheld);
    round.run(round.paper.due).await;
    assert_eq!(round.stands("noah").await, withheld);
    assert!(!round.remembers("noah").await, "the stories are given back");
    assert_eq!(round.received("noah").len(), 0);
    let tally = Tally {
        planned: 2,
        accepted: 1,
        withheld: 1,
        ..Tally::default()
    };
    assert_eq!(round.tally().await, tally);
}

#[tokio::test]
async fn who_pauses_between_planning_and_sending_gets_no_letter_unless_they_come_back() {
    let round = Round::of(&["mia", "noah"]).await;
    let (store, due) = (round.paper.store(), round.paper.due);
    for name in ["mia", "noah"] {
        let id = round.readers[name];
        let paused = store
            .standing_set(id, Standing::Paused, "paused", "", None, due)
            .await;
        assert!(paused.unwrap());
    }
    let id = round.readers["mia"];
    store
        .standing_set(id, Standing::Active, "resumed", "", None, due)
        .await
        .unwrap();
    round.run(due).await;
    assert_eq!(round.stands("mia").await.0, Accepted);
    let withheld = (Withheld, 0, "paused".to_owned(), 0);
    assert_eq!(round.stands("noah").await, withheld);
    assert!(!round.remembers("noah").await, "the stories are given back");
}

#[tokio::test]
async fn who_was_erased_between_planning_and_sending_gets_no_letter() {
    let round = Round::of(&["mia", "noah"]).await;
    let erase = "update subscriber set address = null, mailbox = null where subscriber_id = 1";
    round.paper.sql(erase).await;
    round.run(round.paper.due).await;
    let withheld = (Withheld, 0, "erased".to_owned(), 0);
    assert_eq!(round.stands("mia").await, withheld);
    assert!(!round.remembers("mia").await);
    assert_eq!(round.row("noah").await.state, Accepted);
}

#[tokio::test]
async fn a_paused_edition_sends_nothing_until_it_goes_on() {
    let round = Round::of(&["mia", "noah"]).await;
    round.paper.sql("update edition set state = 'paused'").await;
    assert_eq!(round.run(round.paper.due).await, Ended::Empty);
    assert_eq!(round.tally().await.open, 2);
    round.paper.sql("update edition set state = 'open'").await;
    round.run(round.paper.due).await;
    assert_eq!(round.tally().await.accepted, 2);
}

#[tokio::test]
async fn doubt_that_would_be_other_bytes_is_held_and_named() {
    let round = Round::of(&["mia", "noah"]).await;
    let (store, due) = (round.paper.store(), round.paper.due);
    // A sender before us wrote `started` for other bytes, and died.
    let rows = store
        .claim(
            &lease("dead", 1, after(due, 15)),
            None,
            &["default"],
            1,
            due,
        )
        .await
        .unwrap();
    let start = Start {
        edition: rows[0].edition,
        subscriber: rows[0].subscriber,
        token: 1,
        digest: rows[0].digest,
        sha256: [0; 32],
    };
    let granted = store
        .ledger_commit(&[], &[start], &[], "older", due)
        .await
        .unwrap()
        .granted;
    assert_eq!(granted, [true]);
    let delivery = round.delivery(after(due, 1));
    assert_eq!(delivery.recover().await.unwrap(), 1);
    delivery.run(None, &CancellationToken::new()).await.unwrap();
    let row = round.row("mia").await;
    assert_eq!((row.state, row.held), (Uncertain, Some(Hold::OtherBytes)));
    assert_eq!(
        row.reply,
        "in doubt, and rendering it again gives other bytes"
    );
    assert_eq!(row.sha256, Some([0; 32]));
    assert_eq!(round.received("mia").len(), 0);
    assert_eq!(round.row("noah").await.state, Accepted);
    assert_eq!(round.tally().await.asking, 1);

    assert_eq!(
        store
            .release(round.edition.id, after(due, 2))
            .await
            .unwrap(),
        1
    );
    round.run(after(due, 2)).await;
    assert_eq!(round.row("mia").await.state, Accepted, "a person said so");
}

#[tokio::test]
async fn doubt_about_a_story_that_was_withdrawn_since_is_held_and_named() {
    let round = Round::of(&["hangup", "mia"]).await;
    let due = round.paper.due;
    round.run(due).await;
    assert_eq!(round.row("hangup").await.state, Deferred);
    round
        .paper
        .sql(
            "update article set withdrawn_ms = (select max(started_ms) from delivery) \
             where article_id = (select json_extract(picks, '$[0].article') from digest limit 1)",
        )
        .await;
    round.run(after(due, 7)).await;
    let row = round.row("hangup").await;
    assert_eq!((row.state, row.held), (Uncertain, Some(Hold::Withdrawn)));
    assert_eq!(round.received("hangup").len(), 1, "no second copy went");
    assert_eq!(round.row("mia").await.state, Accepted);
    let store = round.paper.store();
    let released = store.release(round.edition.id, after(due, 8)).await;
    // A word alone sends no story that was withdrawn; it is made again first (`amend.rs`).
    assert_eq!(released.unwrap(), 0);
    round.run(after(due, 8)).await;
    assert_eq!(round.row("hangup").await.state, Uncertain);
}

#[tokio::test]
async fn two_runs_at_once_send_no_letter_twice() {
    let words: Vec<String> = (0..300).map(|n| format!("r{n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let round = Round::of(&words).await;
    let (one, two) = (
        round.delivery(round.paper.due),
        round.delivery(round.paper.due),
    );
    let stop = CancellationToken::new();
    let (a, b) = tokio::join!(one.run(None, &stop), two.run(None, &stop));
    assert_eq!((a.unwrap(), b.unwrap()), (Ended::Empty, Ended::Empty));
    assert_eq!(round.tally().await.accepted, 300);
    let letters = round.sink.mailbox().messages();
    let to: std::collections::BTreeSet<_> = letters.iter().map(|l| &l.recipient).collect();
    assert_eq!((letters.len(), to.len()), (300, 300));
    assert_eq!(round.run(after(round.paper.due, 1)).await, Ended::Empty);
    assert_eq!(round.sink.mailbox().count_accepted(), 300);
}

#[tokio::test]
async fn no_ledger_no_dot_and_the_same_process_goes_on_when_it_is_back() {
    let round = Round::of(&["mia", "noah", "lena", "ben", "ida", "tom", "eli"]).await;
    round
        .paper
        .sql(
            "create trigger full_disk before update on delivery when new.state = 'started' \
             begin select raise(abort, 'the disk is full'); end",
        )
        .await;
    let delivery = round.delivery(round.paper.due);
    let stop = CancellationToken::new();
    let error = delivery.run(None, &stop).await.unwrap_err();
    assert!(matches!(error, DeliverError::Ledger(_)), "{error:?}");
    assert_eq!(round.sink.mailbox().count_accepted(), 0);
    round.paper.sql("drop trigger full_disk").await;
    assert_eq!(delivery.run(None, &stop).await.unwrap(), Ended::Empty);
    let tally = round.tally().await;
    assert_eq!((tally.accepted, tally.open), (7, 0), "nobody is stranded");
    assert_eq!(round.sink.mailbox().count_accepted(), 7);
}

#[tokio::test]
async fn letters_whose_outcome_could_not_be_written_are_in_doubt_and_go_again_the_same() {
    let words: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let round = Round::of(&words).await;
    round
        .paper
        .sql(
            "create trigger full_disk before update on delivery when new.state = 'accepted' \
             begin select raise(abort, 'the disk is full'); end",
        )
        .await;
    let delivery = round.delivery(round.paper.due);
    let stop = CancellationToken::new();
    delivery.run(None, &stop).await.unwrap_err();
    let early = round.sink.mailbox().count_accepted();
    assert!(
        (1..=4).contains(&early),
        "{early} letters left on 4 connections"
    );
    round.paper.sql("drop trigger full_disk").await;
    delivery.run(None, &stop).await.unwrap();
    let tally = round.tally().await;
    assert_eq!((tally.accepted, tally.open), (30, 0), "nobody is stranded");
    assert!(round.sink.mailbox().count_accepted() <= 30 + early);
    for word in words {
        let letters = round.received(word);
        assert!(
            letters.iter().all(|l| l.bytes == letters[0].bytes),
            "{word}"
        );
        assert!(!letters.is_empty(), "{word}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_read_refuses_nobody() {
    let round = Round::of(&["mia", "noah"]).await;
    round
        .paper
        .sql("alter table content rename to elsewhere")
        .await;
    let delivery = round.delivery(round.paper.due);
    let stop = CancellationToken::new();
    let ended = delivery.run(None, &stop).await;
    assert!(matches!(ended, Err(DeliverError::Ledger(_))), "{ended:?}");
    assert_eq!(round.tally().await.open, 2);
    round
        .paper
        .sql("alter table elsewhere rename to content")
        .await;
    delivery.run(None, &stop).await.unwrap();
    assert_eq!(round.tally().await.accepted, 2);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_relay_that_is_silent() {
    let round = Round::of(&["mia", "noah", "lena"]).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let delivery = round.paper.delivery(port, round.paper.due);
    let stop = CancellationToken::new();
    let ending = stop.clone();
    let knocked = async {
        // Once somebody has connected, a letter waits for the greeting.
        let kept = silent.accept().await.unwrap();
        ending.cancel();
        kept
    };
    let run = tokio::time::timeout(Duration::from_secs(10), delivery.run(None, &stop));
    let (ended, _kept) = tokio::join!(run, knocked);
    assert_eq!(ended.expect("it ends at once").unwrap(), Ended::Stopped);
    for row in round.paper.rows(round.edition.id).await {
        assert_eq!((row.state, row.attempt), (Planned, 0));
    }
}

#[tokio::test]
async fn a_letter_that_cannot_be_made_is_our_own_fault_and_stops_no_other() {
    let round = Round::of(&["mia", "noah"]).await;
    round
        .paper
        .sql(
            "update digest set picks = replace(picks, '\"revision\":', '\"revision\":9000') \
             where digest_id = 1",
        )
        .await;
    round.run(round.paper.due).await;
    let (state, code, words, tries) = round.stands("mia").await;
    assert_eq!((state, code, tries), (Refused, 0, 0), "{words}");
    assert!(words.contains("the text of revision 9000"), "{words}");
    assert!(!round.remembers("mia").await);
    assert_eq!(round.row("noah").await.state, Accepted);
}

#[tokio::test]
async fn a_relay_that_takes_no_letter_yet_and_answers_is_there_again() {
    let round = Round::of(&["rcpt450"]).await;
    let (store, due) = (round.paper.store(), round.paper.due);
    let refused = "Connection refused (os error 111)";
    let raised = store.alarm_raise("relay smtp", "relay", refused, due);
    raised.await.unwrap();
    round.run(due).await;
    assert_eq!(round.row("rcpt450").await.state, Deferred);
    assert_eq!(store.alarms(after(due, -60)).await.unwrap(), []);
}
