//! The contract of the store for what operators decide: an edition stopped and let go on, single
//! letters released, given up, tried again or settled by a relay's log.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::delivery::{DeliveryState, Hold, Reopening, Tally};
use courant::domain::edition::{Edition, EditionState};
use courant::domain::time::Timestamp;
use courant::domain::{EditionId, RevisionId, SubscriberId, SubscriptionId};
use courant::store::StoreError;
use courant::store::doubt::Ruling;
use courant::store::ledger::{Claimed, Record, Start};
use courant::store::memory::{Beside, Remembering};
use courant::store::settle::Reopen;

use crate::support::paper::{Paper, after, lease};

use DeliveryState::{Accepted, Deferred, Leased, Planned, Refused, Started, Uncertain, Withheld};

/// A paper with a planned edition of `n` readers.
struct Desk {
    paper: Paper,
    readers: Vec<SubscriptionId>,
    edition: Edition,
}

impl Desk {
    async fn planned(n: usize) -> Desk {
        let paper = Paper::daily().await;
        let addresses: Vec<String> = (0..n).map(|n| format!("r{n}@reader.example")).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let readers = paper.readers(&addresses).await;
        let edition = paper.plan().await;
        Desk {
            paper,
            readers,
            edition,
        }
    }

    fn clock(&self) -> Timestamp {
        self.paper.due
    }

    async fn claim(&self, token: i64, limit: i64) -> Vec<Claimed> {
        let (until, now) = (after(self.clock(), 15), self.clock());
        let store = self.paper.store();
        store
            .claim(&lease("me", token, until), None, &["default"], limit, now)
            .await
            .unwrap()
    }

    async fn start(&self, row: &Claimed) -> bool {
        let start = Start {
            edition: row.edition,
            subscriber: row.subscriber,
            token: row.token,
            digest: row.digest,
            sha256: [9; 32],
        };
        let store = self.paper.store();
        let done = store
            .ledger_commit(&[], &[start], &[], "r1", self.clock())
            .await;
        done.unwrap().granted[0]
    }

    async fn record(&self, row: &Claimed, state: DeliveryState, held: Option<Hold>, code: u16) {
        let record = Record {
            edition: row.edition,
            subscriber: row.subscriber,
            token: row.token,
            state,
            held,
            not_before: (state == Deferred).then(|| after(self.clock(), 5)),
            code,
            reply: "said so".to_owned(),
            keep_doubt: matches!(state, Accepted | Uncertain),
            tried: false,
        };
        let store = self.paper.store();
        let done = store
            .ledger_commit(&[record], &[], &[], "r1", self.clock())
            .await;
        done.unwrap();
    }

    /// Claims the first row that is left, starts it and records what came of it.
    async fn ends(&self, state: DeliveryState, held: Option<Hold>, code: u16) -> SubscriberId {
        let row = self.claim(100, 1).await.remove(0);
        assert!(self.start(&row).await);
        self.record(&row, state, held, code).await;
        row.subscriber
    }

    async fn state(&self, of: SubscriberId) -> DeliveryState {
        let row = self.paper.store().delivery(self.edition.id, of).await;
        row.unwrap().unwrap().state
    }

    async fn tally(&self) -> Tally {
        let tally = self.paper.store().tally(self.edition.id).await.unwrap();
        assert!(tally.adds_up(), "{tally:?}");
        tally
    }

    /// Stories that the memory of a reader holds, by what a plan would read.
    async fn remembers(&self, n: usize) -> usize {
        let store = self.paper.store();
        let of = Remembering {
            list: self.paper.list,
            shares: Vec::new(),
            since: after(self.clock(), -2000),
        };
        let texts = (1..1000).map(RevisionId);
        let recall = store.recall(&of, texts).await.unwrap();
        // Nothing is beside a memory that is not shared.
        assert_eq!(
            store.planned_beside(&recall).await.unwrap(),
            Beside::default()
        );
        let memory = store.memory(&recall, &self.readers[n..=n]).await.unwrap();
        memory.get(&self.readers[n]).map_or(0, |seen| seen.len())
    }

    fn reopen(&self, subscriber: Option<SubscriberId>) -> Reopen {
        Reopen {
            edition: self.edition.id,
            subscriber,
            codes: (0, 999),
            lead_ms: 600_000,
        }
    }
}

// --- editions ---------------------------------------------------------------------------------

#[tokio::test]
async fn a_pause_holds_for_every_letter_that_is_not_started() {
    let desk = Desk::planned(3).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let rows = desk.claim(1, 2).await;
    assert!(desk.start(&rows[0]).await);
    assert_eq!(store.leaving(id).await.unwrap(), 2);
    assert_eq!(
        store.edition_pause(id, now).await.unwrap(),
        EditionState::Open
    );
    let again = store.edition_pause(id, after(now, 3)).await.unwrap();
    assert_eq!(again, EditionState::Paused, "the second changes nothing");
    let paused = store.edition(id).await.unwrap();
    assert_eq!(
        (paused.state, paused.halted_at),
        (EditionState::Paused, Some(now))
    );
    // The one whose dot may have left ends as the relay says; the leased one goes back.
    desk.record(&rows[0], Accepted, None, 250).await;
    assert!(!desk.start(&rows[1]).await, "P5");
    assert_eq!(desk.state(rows[1].subscriber).await, Planned);
    assert_eq!(desk.claim(2, 10).await.len(), 0);
    assert_eq!(store.next_not_before().await.unwrap(), None);
    // A start much later does not ask about what a person stopped.
    let late = after(now, 500);
    assert_eq!(
        store.hold_late(desk.paper.list, late, late).await.unwrap(),
        0
    );
    assert_eq!(
        store.edition_resume(id, now).await.unwrap(),
        EditionState::Paused
    );
    assert_eq!(
        store.edition_resume(id, now).await.unwrap(),
        EditionState::Open
    );
    assert_eq!(store.edition(id).await.unwrap().halted_at, None);
    assert_eq!(desk.claim(3, 10).await.len(), 2);
    let none = store.edition_pause(EditionId(99), now).await.unwrap_err();
    assert!(matches!(none, StoreError::NotFound { .. }), "{none:?}");
}

#[tokio::test]
async fn a_cancellation_withholds_what_waits_and_gives_its_stories_back() {
    let desk = Desk::planned(6).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let accepted = desk.ends(Accepted, None, 250).await;
    let doubt = desk.ends(Uncertain, Some(Hold::InDoubt), 0).await;
    let later = desk.ends(Deferred, None, 451).await;
    let rows = desk.claim(1, 2).await;
    assert!(desk.start(&rows[0]).await);
    // Placements, memory and sums follow from the rows.
    let last = 5;
    let done = store.edition_cancel(id, now).await.unwrap();
    assert_eq!((done.was, done.withheld), (EditionState::Open, 2));
    assert_eq!((done.uncertain, done.leaving), (0, 2));
    assert_eq!(desk.remembers(last).await, 0, "given back");
    assert_eq!(desk.state(accepted).await, Accepted);
    let row = store.delivery(id, later).await.unwrap().unwrap();
    assert_eq!((row.state, row.reply.as_str()), (Withheld, "cancelled"));
    let row = store.delivery(id, doubt).await.unwrap().unwrap();
    assert_eq!((row.state, row.held), (Uncertain, None), "nothing asks");
    // Those in a sender's hands: one is not started, one ends with a no for now.
    assert!(!desk.start(&rows[1]).await);
    assert_eq!(desk.state(rows[1].subscriber).await, Withheld);
    desk.record(&rows[0], Deferred, None, 451).await;
    assert_eq!(desk.state(rows[0].subscriber).await, Deferred);
    assert_eq!(store.withhold_cancelled(now).await.unwrap(), 1);
    assert_eq!(store.withhold_cancelled(now).await.unwrap(), 0);
    let tally = desk.tally().await;
    assert_eq!((tally.open, tally.withheld, tally.asking), (0, 4, 0));
    let again = store.edition_cancel(id, now).await.unwrap();
    assert_eq!((again.was, again.withheld), (EditionState::Cancelled, 0));
    // For good.
    for was in [
        store.edition_resume(id, now).await.unwrap(),
        store.edition_pause(id, now).await.unwrap(),
    ] {
        assert_eq!(was, EditionState::Cancelled);
    }
    let state = store.edition(id).await.unwrap().state;
    assert_eq!(state, EditionState::Cancelled);
}

#[tokio::test]
async fn a_letter_in_doubt_is_never_withheld_by_a_cancellation() {
    let desk = Desk::planned(1).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let row = desk.claim(1, 1).await.remove(0);
    assert!(desk.start(&row).await);
    assert_eq!(store.recover("next", now).await.unwrap(), 1);
    assert_eq!(desk.state(row.subscriber).await, Deferred);
    let done = store.edition_cancel(id, now).await.unwrap();
    assert_eq!((done.withheld, done.uncertain), (0, 1));
    let row = store.delivery(id, row.subscriber).await.unwrap().unwrap();
    assert_eq!(row.state, Uncertain);
    assert!(row.sha256.is_some() && row.reply.contains("in doubt"));
    assert!(desk.remembers(0).await > 0, "it may have arrived");
}

#[tokio::test]
async fn what_a_sender_leaves_in_doubt_of_a_cancelled_edition_is_not_released() {
    let desk = Desk::planned(1).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let row = desk.claim(1, 1).await.remove(0);
    assert!(desk.start(&row).await);
    assert_eq!(store.edition_cancel(id, now).await.unwrap().leaving, 1);
    desk.record(&row, Uncertain, Some(Hold::InDoubt), 0).await;
    assert_eq!(store.release(id, now).await.unwrap(), 0);
    let one = store.release_one(id, row.subscriber, now);
    assert!(!one.await.unwrap());
    assert!(store.drop_one(id, row.subscriber, now).await.unwrap());
    assert_eq!(desk.tally().await.asking, 0);
}

#[tokio::test]
async fn nothing_of_a_cancelled_edition_is_planned_and_readers_are_due_again() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&["a@x.example", "b@x.example"]).await;
    let store = paper.store();
    let edition = store
        .edition_open(paper.list, paper.cadence.id, &paper.run(), paper.now)
        .await
        .unwrap();
    store.edition_cancel(edition.id, paper.now).await.unwrap();
    let planned = paper.plan_at(paper.now).await.remove(0);
    assert_eq!(
        (planned.digests, planned.skipped, planned.held),
        (0, 2, None)
    );
    let skips = store.skips(edition.id).await.unwrap();
    let cancelled = |n: usize| (readers[n], "cancelled".to_owned());
    assert_eq!(skips, [cancelled(0), cancelled(1)]);
    assert_eq!(
        store.next_due().await.unwrap(),
        Some(after(paper.due, 24 * 60))
    );
    // The day after goes out as ever.
    let next = paper.plan_at(after(paper.now, 24 * 60)).await;
    assert_eq!(next.len(), 1);
    assert_ne!(next[0].edition.id, edition.id);
}

// --- single letters ---------------------------------------------------------------------------

#[tokio::test]
async fn one_letter_that_asks_is_released_or_given_up_and_no_other() {
    let desk = Desk::planned(4).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let doubt = desk.ends(Uncertain, Some(Hold::InDoubt), 0).await;
    let late = after(now, 500);
    assert_eq!(
        store.hold_late(desk.paper.list, late, now).await.unwrap(),
        3
    );
    let rows = desk.paper.rows(id).await;
    let (first, second) = (rows[1].subscriber, rows[2].subscriber);
    assert!(store.release_one(id, first, now).await.unwrap());
    assert!(
        !store.release_one(id, first, now).await.unwrap(),
        "asks no more"
    );
    assert!(store.drop_one(id, second, now).await.unwrap());
    let row = store.delivery(id, second).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.held, row.reply.as_str()),
        (Withheld, None, "dropped by an operator")
    );
    assert_eq!(desk.remembers(2).await, 0);
    assert!(
        !store.drop_one(id, second, now).await.unwrap(),
        "nothing waits"
    );
    // One in doubt goes again, or stays in doubt and asks no more.
    assert!(store.drop_one(id, doubt, now).await.unwrap());
    let row = store.delivery(id, doubt).await.unwrap().unwrap();
    assert_eq!((row.state, row.held), (Uncertain, None));
    let asking = desk.tally().await.asking;
    assert_eq!(asking, 1, "the last one is as it was");
    assert_eq!(store.delivery(id, SubscriberId(99)).await.unwrap(), None);
}

#[tokio::test]
async fn a_deferred_letter_is_given_up_by_hand_and_one_in_a_senders_hands_is_not() {
    let desk = Desk::planned(2).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let later = desk.ends(Deferred, None, 451).await;
    assert!(store.drop_one(id, later, now).await.unwrap());
    assert_eq!(desk.state(later).await, Withheld);
    let row = desk.claim(1, 1).await.remove(0);
    assert!(!store.drop_one(id, row.subscriber, now).await.unwrap());
    assert_eq!(desk.state(row.subscriber).await, Leased);
    assert!(desk.start(&row).await);
    assert!(!store.drop_one(id, row.subscriber, now).await.unwrap());
    assert_eq!(desk.state(row.subscriber).await, Started);
}

#[tokio::test]
async fn a_refused_letter_is_planned_anew_with_its_digest_and_its_stories() {
    let desk = Desk::planned(2).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let refused = desk.ends(Refused, None, 550).await;
    let before = store.delivery(id, refused).await.unwrap().unwrap();
    assert_eq!(desk.remembers(0).await, 0);
    let later = after(now, 60);
    let of = desk.reopen(Some(refused));
    let word = [(refused, Reopening::Reopened)];
    assert_eq!(store.reopenable(&of, later).await.unwrap(), word);
    assert_eq!(desk.state(refused).await, Refused, "only looked at");
    assert_eq!(store.reopen(&of, later).await.unwrap(), word);
    let row = store.delivery(id, refused).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.attempt, row.not_before),
        (Planned, 0, later)
    );
    assert_eq!((row.digest, row.sha256), (before.digest, None));
    assert_eq!(row.reply, "to be tried again; it was refused: 550 said so");
    assert_eq!(store.reopen(&of, later).await.unwrap(), [], "not refused");
    // It is claimed like any other, up to the cut-off of the next digest; a story that it holds is
    // in the memory that a replay reads.
    let seen = desk
        .paper
        .sent(desk.readers[0], after(later, 1), EditionId(0))
        .await;
    assert!(seen.iter().all(|s| s.edition == id) && !seen.is_empty());
    let until = after(later, 15);
    let rows = store
        .claim(&lease("me", 9, until), None, &["default"], 10, later)
        .await
        .unwrap();
    let row = rows.iter().find(|r| r.subscriber == refused).unwrap();
    assert_eq!(row.deadline, after(now, 24 * 60 - 10));
    assert_eq!(row.attempt, 0);
}

#[tokio::test]
async fn what_something_later_took_the_place_of_is_not_tried_again() {
    let desk = Desk::planned(5).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let mut refused = Vec::new();
    for code in [550, 451, 0, 550] {
        refused.push(desk.ends(Refused, None, code).await);
    }
    // By code: the span is exact.
    let codes = |first, last| Reopen {
        codes: (first, last),
        ..desk.reopen(None)
    };
    let told = |rows: Vec<(SubscriberId, Reopening)>| -> Vec<SubscriberId> {
        rows.into_iter().map(|(s, _)| s).collect()
    };
    let of = store.reopenable(&codes(500, 599), now).await.unwrap();
    assert_eq!(told(of), [refused[0], refused[3]]);
    let of = store.reopenable(&codes(0, 0), now).await.unwrap();
    assert_eq!(told(of), [refused[2]]);
    let why = async |n: usize, at| {
        let of = desk.reopen(Some(refused[n]));
        store.reopenable(&of, at).await.unwrap()[0].1
    };
    // A reader who left; the next cut-off, which is ten minutes before the next due.
    desk.paper.leaves(desk.readers[3]).await;
    assert_eq!(why(3, now).await, Reopening::NotActive);
    assert_eq!(
        why(0, after(now, 24 * 60 - 10)).await,
        Reopening::NextTooNear
    );
    assert_eq!(why(0, after(now, 24 * 60 - 11)).await, Reopening::Reopened);
    // Another edition that holds one of its stories: set by hand, since its letter would be a later
    // one.
    let run = courant::domain::time::Run::parse("2026-11-24").unwrap();
    let (list, cadence) = (desk.paper.list, desk.paper.cadence.id);
    let other = store.edition_open(list, cadence, &run, now).await.unwrap();
    assert_eq!(other.id, EditionId(2));
    desk.paper
        .sql(
            "insert into memory select 2, subscription_id, revisions, planned_ms, null \
             from memory where subscription_id = 2 limit 1",
        )
        .await;
    assert_eq!(why(1, now).await, Reopening::SentElsewhere);
    // An edition of another list, as soon as both share their memory.
    let shared = [("memory", "shared".to_owned())];
    let review = courant::domain::slug::Slug::parse("review").unwrap();
    let review = store.list_add(&review, &shared, now).await.unwrap();
    let daily = &desk.paper.cadence;
    store
        .cadence_add(review, &daily.name, &daily.expr, now)
        .await
        .unwrap();
    let theirs = store.cadence(review, &daily.name).await.unwrap();
    let reader = courant::domain::subscriber::NewSubscription {
        list: review,
        cadence: theirs.id,
        due: None,
        ..desk.paper.new_reader("r0@reader.example")
    };
    store.subscriber_add(&reader, false, now).await.unwrap();
    let third = store.edition_open(review, theirs.id, &run, now);
    assert_eq!(third.await.unwrap().id, EditionId(3));
    desk.paper
        .sql(
            "insert into memory select 3, (select max(subscription_id) from subscription), \
             revisions, planned_ms, null from memory where subscription_id = 1 limit 1",
        )
        .await;
    assert_eq!(
        why(0, now).await,
        Reopening::Reopened,
        "its memory is its own"
    );
    store.list_set(list, "memory", "shared").await.unwrap();
    assert_eq!(why(0, now).await, Reopening::SentElsewhere);
    store.list_set(list, "memory", "own").await.unwrap();
    // The next day's digest.
    desk.paper.articles("second", 6, after(now, 12 * 60)).await;
    desk.paper.plan_at(after(now, 24 * 60 - 10)).await;
    let later = after(now, 24 * 60);
    assert_eq!(why(0, later).await, Reopening::LaterPlanned);
    let of = store.reopen(&desk.reopen(None), later).await.unwrap();
    assert!(of.iter().all(|(_, r)| *r != Reopening::Reopened), "{of:?}");
    let last = desk.paper.rows(id).await[4].clone();
    assert_eq!(last.reply, "overtaken by the next digest");
    let of = desk.reopen(Some(last.subscriber));
    let overtaken = store.reopenable(&of, later).await.unwrap();
    assert_eq!(overtaken[0].1, Reopening::Overtaken);
    store.edition_cancel(id, later).await.unwrap();
    assert_eq!(why(0, later).await, Reopening::Cancelled);
}

#[tokio::test]
async fn open_letters_that_a_log_proves_to_have_left_are_accepted_and_do_not_leave() {
    let desk = Desk::planned(3).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let rows = desk.claim(1, 2).await;
    assert!(desk.start(&rows[0]).await);
    let (started, leased) = (rows[0].subscriber, rows[1].subscriber);
    let open = store.undoubted().await.unwrap();
    let of: Vec<_> = open.iter().map(|d| (d.subscriber, d.state)).collect();
    let planned = of[2].0;
    assert_eq!(
        of,
        [(started, Started), (leased, Leased), (planned, Planned)]
    );
    let rulings = [started, leased, planned].map(|subscriber| Ruling {
        edition: id,
        subscriber,
        accepted: true,
        code: 250,
        words: "by the log".to_owned(),
    });
    let settled = store.settle_doubts(&rulings, false, now).await.unwrap();
    assert_eq!(settled, [(id, leased, Accepted), (id, planned, Accepted)]);
    // Whoever had taken it up cannot send it, nor write over it.
    assert!(!desk.start(&rows[1]).await);
    assert_eq!(desk.state(leased).await, Accepted);
    assert!(desk.remembers(2).await > 0, "it counts as sent");
    // Where nobody sends, a started one is a dead sender's.
    let settled = store.settle_doubts(&rulings, true, now).await.unwrap();
    assert_eq!(settled, [(id, started, Accepted)]);
    assert_eq!(desk.tally().await.accepted, 3);
    assert!(store.undoubted().await.unwrap().is_empty());
}

#[tokio::test]
async fn letters_in_doubt_are_settled_once_and_only_while_they_are() {
    let desk = Desk::planned(5).await;
    let (store, id, now) = (desk.paper.store(), desk.edition.id, desk.clock());
    let taken = desk.ends(Uncertain, Some(Hold::InDoubt), 0).await;
    let absent = desk.ends(Uncertain, None, 0).await;
    let fine = desk.ends(Accepted, None, 250).await;
    // Two that a sender left behind: to be sent again, one of them in somebody's hands.
    let rows = desk.claim(1, 2).await;
    for row in &rows {
        assert!(desk.start(row).await);
    }
    assert_eq!(store.recover("next", now).await.unwrap(), 2);
    let (again, leased) = (rows[0].subscriber, rows[1].subscriber);
    let doubts = store.doubts().await.unwrap();
    let of: Vec<_> = doubts.iter().map(|d| (d.subscriber, d.state)).collect();
    let told = [
        (taken, Uncertain),
        (absent, Uncertain),
        (again, Deferred),
        (leased, Deferred),
    ];
    assert_eq!(of, told);
    assert_eq!((doubts[0].from, doubts[0].until), (now, now), "one start");
    assert_eq!(doubts[0].key_id, "k1");
    let rulings: Vec<Ruling> = [taken, absent, fine, again, leased]
        .into_iter()
        .map(|subscriber| Ruling {
            edition: id,
            subscriber,
            accepted: subscriber == taken || subscriber == fine,
            code: 250,
            words: "by the log".to_owned(),
        })
        .collect();
    let until = after(now, 15);
    let claimed = store
        .claim(&lease("me", 7, until), None, &["default"], 10, now)
        .await
        .unwrap();
    let claimed: Vec<_> = claimed.iter().map(|c| c.subscriber).collect();
    assert_eq!(claimed, [again, leased]);
    store.give_back(&[(id, again, 7)], now).await.unwrap();
    let mut settled = store.settle_doubts(&rulings, false, now).await.unwrap();
    settled.sort();
    let told = [
        (id, taken, Accepted),
        (id, absent, Refused),
        (id, again, Deferred),
    ];
    assert_eq!(settled, told);
    let row = store.delivery(id, taken).await.unwrap().unwrap();
    assert_eq!((row.held, row.code), (None, 250));
    assert_eq!(row.reply, "by the log");
    assert!(row.sha256.is_some(), "what was accepted is named");
    assert!(desk.remembers(0).await > 0);
    assert_eq!(desk.remembers(1).await, 0, "refused: given back");
    let row = store.delivery(id, again).await.unwrap().unwrap();
    assert_eq!(row.sha256, None, "the next one is a first copy");
    assert_eq!(desk.state(leased).await, Leased);
    assert_eq!(
        store
            .settle_doubts(&rulings[..3], false, now)
            .await
            .unwrap(),
        []
    );
    let retry = store.reopen(&desk.reopen(Some(absent)), now).await.unwrap();
    assert_eq!(retry, [(absent, Reopening::Reopened)]);
}
