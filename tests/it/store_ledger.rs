//! The contract of the store for editions, plans, the ledger and notices, against a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use courant::domain::delivery::{Delivery, DeliveryState, Hold, Tally};
use courant::domain::due::Due;
use courant::domain::edition::{ContentHash, DecisionKind, Edition, EditionState, Frozen, Wave};
use courant::domain::selection::{Candidate, Form, Pick, Reason, Section, Skip};
use courant::domain::sponsor::{CreativeSize, Slot};
use courant::domain::subscriber::{Redue, Standing};
use courant::domain::time::{Occurrence, Run, Timestamp};
use courant::domain::{
    CadenceId, DigestId, EditionId, StoryId, SubscriberId, SubscriptionId, TermsId, WaveId,
};
use courant::store::editions::NewDecision;
use courant::store::ledger::{Claimed, Record, Start};
use courant::store::memory::{Beside, Moment, Remembering};
use courant::store::notices::Asking;
use courant::store::planning::{DueReader, DueWave, PlannedDigest, PlannedReader, Reach};
use courant::store::{Move, NewCreative, NewFlight, Store, StoreError};

use crate::support::paper::{Paper, after, lease, slug};

use DeliveryState::{Accepted, Deferred, Leased, Planned, Refused, Started, Uncertain, Withheld};

/// A paper with readers, and an issue of it, opened and not planned.
struct Desk {
    paper: Paper,
    candidates: Vec<Candidate>,
    readers: Vec<SubscriptionId>,
    issue: Issue,
}

/// An edition with its one wave, and the group of readers that is due then.
struct Issue {
    edition: Edition,
    wave: Wave,
    due: DueWave,
}

impl Desk {
    /// Readers `r0@…` to `rN@…`, the issue of the paper's first day.
    async fn new(readers: usize) -> Desk {
        let paper = Paper::daily().await;
        let addresses: Vec<String> = (0..readers)
            .map(|n| format!("r{n}@reader.example"))
            .collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let readers = paper.readers(&addresses).await;
        let (from, until) = (after(paper.due, -2000), paper.due);
        let candidates = paper
            .store()
            .candidates(paper.list, from, until)
            .await
            .unwrap();
        let issue = issue(&paper, 0).await;
        Desk {
            paper,
            candidates,
            readers,
            issue,
        }
    }

    /// The same, planned for all with the first two stories.
    async fn planned(readers: usize) -> Desk {
        let desk = Desk::new(readers).await;
        assert!(desk.plan(&desk.issue, &[0, 1]).await);
        desk
    }

    fn store(&self) -> &Store {
        self.paper.store()
    }

    fn due(&self) -> Timestamp {
        self.paper.due
    }

    fn story(&self, n: usize) -> StoryId {
        self.candidates[n].story
    }

    async fn due_readers(&self, issue: &Issue) -> Vec<DueReader> {
        let (edition, first) = (issue.edition.id, SubscriptionId(0));
        self.store()
            .due_readers(&issue.due, edition, first, 1000)
            .await
            .unwrap()
    }

    /// A reader's part of a plan: these stories, due again a day later.
    fn part(&self, issue: &Issue, reader: &DueReader, stories: &[usize]) -> PlannedReader {
        let pick = |n: &usize| Pick {
            article: self.candidates[*n].article,
            revision: self.candidates[*n].revision,
            story: self.candidates[*n].story,
            section: Section::AlsoToday,
            reason: Reason::TopStory,
            form: Form::Full,
            update: false,
        };
        PlannedReader {
            subscription: reader.subscription,
            subscriber: reader.subscriber,
            address_hash: reader.address_hash,
            terms_id: reader.terms_id,
            since_ms: None,
            outcome: Ok(PlannedDigest {
                shortened: 0,
                left_out: 0,
                picks: stories.iter().map(pick).collect(),
                placements: Vec::new(),
                drawn: None,
                not_before: issue.due.due_at,
                deadline: after(issue.due.due_at, 600),
                held: None,
                lane: "default".to_owned(),
            }),
            open_before: reader.open_before,
            next: Some(next(&issue.due)),
            reach: Reach::Stays,
        }
    }

    /// Plans everybody who is due for an issue.
    async fn plan(&self, issue: &Issue, stories: &[usize]) -> bool {
        let readers = self.due_readers(issue).await;
        let slice: Vec<_> = readers
            .iter()
            .map(|r| self.part(issue, r, stories))
            .collect();
        self.write(issue, &slice).await
    }

    async fn write(&self, issue: &Issue, slice: &[PlannedReader]) -> bool {
        let now = after(issue.due.due_at, -10);
        let (edition, wave) = (issue.edition.id, issue.wave.id);
        self.store()
            .plan_slice(edition, wave, slice, &Beside::default(), now)
            .await
            .unwrap()
    }

    async fn claim(&self, token: i64, limit: i64) -> Vec<Claimed> {
        let (until, now) = (after(self.due(), 15), self.due());
        self.store()
            .claim(&lease("me", token, until), None, &["default"], limit, now)
            .await
            .unwrap()
    }

    async fn start(&self, rows: &[&Claimed]) -> Vec<bool> {
        let starts: Vec<Start> = rows.iter().map(|c| start(c)).collect();
        let done = self
            .store()
            .ledger_commit(&[], &starts, &[], "r1", self.due())
            .await;
        done.unwrap().granted
    }

    async fn record(&self, records: &[Record]) {
        let done = self
            .store()
            .ledger_commit(records, &[], &[], "r1", after(self.due(), 1))
            .await;
        assert!(done.unwrap().granted.is_empty());
    }

    async fn row(&self, n: usize) -> Delivery {
        self.paper.row(self.issue.edition.id, self.readers[n]).await
    }

    async fn tally(&self) -> Tally {
        self.store().tally(self.issue.edition.id).await.unwrap()
    }

    /// The stories that a reader's memory holds, by number.
    async fn remembers(&self, n: usize) -> Vec<usize> {
        let of = Remembering {
            list: self.paper.list,
            shares: Vec::new(),
            since: after(self.due(), -100_000),
        };
        let kin = self.candidates.iter().flat_map(|c| &c.kin);
        let texts = kin.map(|k| k.revision);
        let recall = self.store().recall(&of, texts).await.unwrap();
        let memory = self.store().memory(&recall, &self.readers[n..=n]).await;
        let memory = memory.unwrap();
        let sent = memory.get(&self.readers[n]).map_or(&[][..], Vec::as_slice);
        (0..self.candidates.len())
            .filter(|n| {
                let kin = &self.candidates[*n].kin;
                kin.iter()
                    .any(|k| sent.iter().any(|s| s.revision == k.revision))
            })
            .collect()
    }

    async fn states(&self) -> Vec<DeliveryState> {
        let rows = self.paper.rows(self.issue.edition.id).await;
        rows.iter().map(|r| r.state).collect()
    }
}

fn next(due: &DueWave) -> Occurrence {
    let at = after(due.due_at, 24 * 60);
    Occurrence {
        at,
        run: run_at(at),
    }
}

fn run_at(at: Timestamp) -> Run {
    Run::parse(&at.strftime("%Y-%m-%d").to_string()).unwrap()
}

async fn frozen(store: &Store, words: &str) -> Frozen {
    let mut put = Vec::new();
    for kind in ["candidates", "rules", "template", "sender"] {
        let bytes = format!("{words} {kind}");
        put.push(store.content_put(kind, bytes.as_bytes()).await.unwrap());
    }
    let key_id = "k1".to_owned();
    Frozen {
        candidates: put[0],
        rules: put[1],
        template: put[2],
        sender: put[3],
        key_id,
    }
}

/// The issue `days` after the first.
async fn issue(paper: &Paper, days: i64) -> Issue {
    let (store, at) = (paper.store(), after(paper.due, days * 24 * 60));
    let (run, cadence) = (run_at(at), paper.cadence.id);
    let edition = store
        .edition_open(paper.list, cadence, &run, paper.now)
        .await
        .unwrap();
    let frozen = frozen(store, "first").await;
    let wave = store
        .wave_open(edition.id, at, after(at, -10), &frozen, paper.now)
        .await
        .unwrap();
    let due = DueWave {
        list: paper.list,
        cadence,
        run,
        due_at: at,
        readers: 0,
    };
    Issue { edition, wave, due }
}

fn start(row: &Claimed) -> Start {
    Start {
        edition: row.edition,
        subscriber: row.subscriber,
        token: row.token,
        digest: row.digest,
        sha256: [9; 32],
    }
}

fn outcome(row: &Claimed, state: DeliveryState) -> Record {
    Record {
        edition: row.edition,
        subscriber: row.subscriber,
        token: row.token,
        state,
        held: None,
        not_before: None,
        code: 250,
        reply: "said so".to_owned(),
        keep_doubt: matches!(state, Accepted | Uncertain),
        tried: false,
    }
}

// --- editions ---------------------------------------------------------------------------------

#[tokio::test]
async fn an_edition_exists_once_for_its_list_cadence_and_run() {
    let paper = Paper::daily().await;
    let (store, list, cadence) = (paper.store(), paper.list, paper.cadence.id);
    let runs = ["2026-11-25", "2026-11-27", "2026-11-26"].map(|r| Run::parse(r).unwrap());
    assert_eq!(
        store.edition_find(list, cadence, &runs[0]).await.unwrap(),
        None
    );
    let mut ids = Vec::new();
    for run in &runs {
        let first = store
            .edition_open(list, cadence, run, paper.now)
            .await
            .unwrap();
        let again = store
            .edition_open(list, cadence, run, after(paper.now, 5))
            .await
            .unwrap();
        assert_eq!(first, again, "made on first mention");
        assert_eq!(
            (first.state, first.created_at),
            (EditionState::Open, paper.now)
        );
        assert_eq!((first.run, first.cadence_name.as_str()), (*run, "daily"));
        assert_eq!(
            store.edition_find(list, cadence, run).await.unwrap(),
            Some(first.clone())
        );
        assert_eq!(store.edition(first.id).await.unwrap(), first);
        ids.push(first.id);
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
    let newest: Vec<_> = store
        .editions(list, 2)
        .await
        .unwrap()
        .iter()
        .map(|e| e.run)
        .collect();
    assert_eq!(newest, [runs[1], runs[2]], "newest run first");
    let none = store.edition(EditionId(99)).await.unwrap_err();
    assert_eq!(none.to_string(), "there is no edition `99`");

    // Many at once are one edition, too (P6).
    let run = Run::parse("2026-12-01").unwrap();
    let opening = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .edition_open(list, cadence, &run, paper.now)
                .await
                .unwrap()
                .id
        })
    });
    let mut opened = BTreeSet::new();
    for opening in opening.collect::<Vec<_>>() {
        opened.insert(opening.await.unwrap());
    }
    assert_eq!(opened.len(), 1);
}

#[tokio::test]
async fn a_release_is_written_once() {
    let desk = Desk::new(0).await;
    let (store, id) = (desk.store(), desk.issue.edition.id);
    assert!(!store.edition_released(id).await.unwrap());
    store.edition_release(id, desk.due()).await.unwrap();
    store
        .edition_release(id, after(desk.due(), 9))
        .await
        .unwrap();
    assert!(store.edition_released(id).await.unwrap());
    assert!(!store.edition_released(EditionId(99)).await.unwrap());
}

#[tokio::test]
async fn decisions_are_kept_in_their_order_undone_ones_included() {
    let desk = Desk::new(0).await;
    let (store, edition) = (desk.store(), desk.issue.edition.id);
    let new = |kind, story, text: Option<&str>, undoes| NewDecision {
        edition,
        kind,
        story,
        article: None,
        text: text.map(str::to_owned),
        undoes,
        by: "ed".to_owned(),
    };
    let (lead, subject) = (DecisionKind::Lead, DecisionKind::Subject);
    let first = new(lead, Some(desk.story(0)), None, None);
    let first = store.decide(&first, desk.due()).await.unwrap();
    let second = new(subject, None, Some("Gales"), None);
    store.decide(&second, after(desk.due(), 1)).await.unwrap();
    let undo = new(DecisionKind::Undo, None, None, Some(first));
    store.decide(&undo, after(desk.due(), 2)).await.unwrap();
    let all = store.decisions(edition).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [lead, subject, DecisionKind::Undo]);
    assert_eq!(
        (all[0].story, all[0].by.as_str()),
        (Some(desk.story(0)), "ed")
    );
    assert_eq!(
        (all[1].text.as_deref(), all[1].at),
        (Some("Gales"), after(desk.due(), 1))
    );
    assert_eq!(all[2].undoes, Some(first));
    for kind in DecisionKind::ALL {
        let new = new(*kind, None, Some("A text\n\nof two"), None);
        store.decide(&new, desk.due()).await.unwrap();
        let last = store.decisions(edition).await.unwrap().pop().unwrap();
        assert_eq!((last.kind, last.text), (*kind, new.text));
    }
    assert_eq!(store.decisions(EditionId(99)).await.unwrap(), []);
}

#[tokio::test]
async fn content_is_stored_by_what_it_is() {
    let desk = Desk::new(0).await;
    let store = desk.store();
    let one = store.content_put("rules", b"the same").await.unwrap();
    assert_eq!(store.content_put("rules", b"the same").await.unwrap(), one);
    assert_ne!(store.content_put("rules", b"another").await.unwrap(), one);
    assert_eq!(store.content(one).await.unwrap(), b"the same");
    let none = store.content(ContentHash([0; 32])).await.unwrap_err();
    assert!(
        matches!(
            none,
            StoreError::NotFound {
                what: "content",
                ..
            }
        ),
        "{none:?}"
    );
}

#[tokio::test]
async fn a_wave_keeps_what_was_frozen_first() {
    let desk = Desk::new(0).await;
    let (store, edition, at) = (desk.store(), desk.issue.edition.id, desk.due());
    let other = frozen(store, "second").await;
    let again = store
        .wave_open(edition, at, at, &other, after(at, 1))
        .await
        .unwrap();
    assert_eq!(again, desk.issue.wave);
    assert_ne!(again.frozen, other);
    let earlier = after(at, -60);
    let early = store
        .wave_open(edition, earlier, earlier, &other, at)
        .await
        .unwrap();
    assert_eq!(early.frozen, other);
    assert_eq!(
        (early.cutoff_at, early.planned_at, early.complete),
        (earlier, at, false)
    );
    let waves = store.waves(edition).await.unwrap();
    assert_eq!(waves, [early.clone(), again], "earliest first");
    store.wave_complete(early.id).await.unwrap();
    assert!(store.wave(early.id).await.unwrap().complete);
    assert!(!store.wave(desk.issue.wave.id).await.unwrap().complete);
    let none = store.wave(WaveId(99)).await.unwrap_err();
    assert!(
        matches!(none, StoreError::NotFound { what: "wave", .. }),
        "{none:?}"
    );
}

// --- planning ---------------------------------------------------------------------------------

#[tokio::test]
async fn what_is_due_is_said_by_group_and_read_in_slices() {
    let desk = Desk::new(4).await;
    let (store, due) = (desk.store(), desk.due());
    assert_eq!(store.next_due().await.unwrap(), Some(due));
    assert_eq!(store.due_waves(after(due, -1)).await.unwrap(), []);
    let group = DueWave {
        readers: 4,
        ..desk.issue.due.clone()
    };
    assert_eq!(store.due_waves(due).await.unwrap(), [group]);

    // One who is due earlier, one who left, one whose person bounced.
    let subscription = store
        .subscription(desk.readers[3])
        .await
        .unwrap()
        .unwrap()
        .1;
    let (at, run) = (after(due, -120), desk.paper.run());
    let cadence = desk.paper.cadence.id;
    let earlier = Redue {
        subscription: subscription.id,
        terms: subscription.terms_id,
        due: Some(Due { at, run, cadence }),
    };
    store.redue(&[earlier]).await.unwrap();
    let waves = store.due_waves(due).await.unwrap();
    let groups: Vec<_> = waves.iter().map(|w| (w.due_at, w.readers)).collect();
    assert_eq!(groups, [(at, 1), (due, 3)]);
    assert_eq!(store.next_due().await.unwrap(), Some(at));

    let edition = desk.issue.edition.id;
    let slice = async |after, limit| {
        let wave = &desk.issue.due;
        let readers = store
            .due_readers(wave, edition, after, limit)
            .await
            .unwrap();
        readers.iter().map(|r| r.subscription).collect::<Vec<_>>()
    };
    assert_eq!(slice(SubscriptionId(0), 2).await, desk.readers[..2]);
    assert_eq!(slice(desk.readers[1], 2).await, desk.readers[2..3]);
    let all = desk.due_readers(&desk.issue).await;
    assert_eq!(all[0].address_hash, desk.paper.hash("r0@reader.example"));
    assert!(
        all.iter()
            .all(|r| r.active && !r.planned && r.open_before == 0)
    );

    desk.paper
        .sql("update subscriber set standing = 'bounced' where subscriber_id = 1")
        .await;
    desk.paper
        .sql("update subscription set standing = 'paused' where subscription_id = 2")
        .await;
    desk.plan(&desk.issue, &[0]).await;
    desk.paper
        .sql("update subscription set due_ms = 1764054000000 + 365*86400000")
        .await;
    let due = DueWave {
        due_at: Timestamp::from_millisecond(1_764_054_000_000 + 365 * 86_400_000).unwrap(),
        ..desk.issue.due.clone()
    };
    desk.paper
        .sql("update subscription set due_run = '2026-11-25'")
        .await;
    let all = store
        .due_readers(&due, edition, SubscriptionId(0), 9)
        .await
        .unwrap();
    let active: Vec<_> = all
        .iter()
        .map(|r| (r.active, r.planned, r.open_before))
        .collect();
    assert_eq!(
        active,
        [
            (false, true, 1),
            (false, true, 1),
            (true, true, 1),
            (true, false, 0)
        ]
    );
}

#[tokio::test]
async fn a_slice_is_written_whole() {
    let desk = Desk::new(3).await;
    let (store, issue) = (desk.store(), &desk.issue);
    let flight = flight(&desk).await;
    let readers = desk.due_readers(issue).await;
    let mut slice: Vec<_> = readers
        .iter()
        .map(|r| desk.part(issue, r, &[0, 2]))
        .collect();
    let planned = slice[0].outcome.as_mut().unwrap();
    planned.placements = vec![(Slot::S1, flight.0, flight.1, "because".to_owned())];
    planned.held = Some(Hold::Approval);
    slice[1].outcome = Err(Skip::TooFewStories);
    slice[2].next = None;
    assert!(desk.write(issue, &slice).await);

    let digest = store
        .digest_of(issue.edition.id, desk.readers[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.digest(digest.id).await.unwrap(), digest);
    assert_eq!(
        (digest.wave, digest.seq, digest.terms_id),
        (issue.wave.id, 1, readers[0].terms_id)
    );
    assert_eq!(digest.at, after(desk.due(), -10));
    let stories: Vec<_> = digest.picks.iter().map(|p| p.story).collect();
    assert_eq!(
        stories,
        [desk.story(0), desk.story(2)],
        "in the order of the layout"
    );
    let placed = store.placements(digest.id).await.unwrap();
    assert_eq!(
        (placed.len(), placed[0].slot, placed[0].reason.as_str()),
        (1, Slot::S1, "because")
    );
    assert_eq!((placed[0].flight, placed[0].creative), flight);
    let row = desk.row(0).await;
    assert_eq!(
        (row.state, row.held, row.digest),
        (Planned, Some(Hold::Approval), digest.id)
    );
    assert_eq!((row.not_before, row.attempt, row.code), (desk.due(), 0, 0));
    assert_eq!(row.address_hash, desk.paper.hash("r0@reader.example"));

    assert_eq!(
        store
            .digest_of(issue.edition.id, desk.readers[1])
            .await
            .unwrap(),
        None
    );
    let skipped = (desk.readers[1], "too_few_stories".to_owned());
    assert_eq!(store.skips(issue.edition.id).await.unwrap(), [skipped]);
    for (n, due) in [
        (0, Some(next(&issue.due).at)),
        (1, Some(next(&issue.due).at)),
        (2, None),
    ] {
        let subscription = store
            .subscription(desk.readers[n])
            .await
            .unwrap()
            .unwrap()
            .1;
        assert_eq!(subscription.due_at, due, "reader {n}");
    }
    let tally = Tally {
        planned: 2,
        open: 2,
        asking: 1,
        skipped: 1,
        ..Tally::default()
    };
    assert_eq!(desk.tally().await, tally);
    let none = store.digest(DigestId(99)).await.unwrap_err();
    assert!(
        matches!(none, StoreError::NotFound { what: "digest", .. }),
        "{none:?}"
    );
    assert_eq!(store.placements(DigestId(99)).await.unwrap(), []);
}

async fn flight(desk: &Desk) -> (courant::domain::FlightId, courant::domain::CreativeId) {
    let (store, due) = (desk.store(), desk.due());
    let sponsor = store.sponsor_add(&slug("acme"), "Acme", due).await.unwrap();
    let new = NewFlight {
        slots: vec![Slot::S1],
        ..NewFlight::sends(
            (sponsor, desk.paper.list),
            slug("winter"),
            100,
            (after(due, -60), after(due, 60)),
        )
    };
    let flight = store.flight_add(&new, due).await.unwrap();
    let new = NewCreative {
        flight,
        size: CreativeSize::M,
        headline: None,
        text: "Ropes".to_owned(),
        url: "https://acme.example/".to_owned(),
        button: None,
        approved: true,
    };
    (flight, store.creative_add(&new, due).await.unwrap())
}

#[tokio::test]
async fn a_slice_that_fails_leaves_nothing() {
    let desk = Desk::new(2).await;
    let (store, issue) = (desk.store(), &desk.issue);
    let readers = desk.due_readers(issue).await;
    let mut slice: Vec<_> = readers.iter().map(|r| desk.part(issue, r, &[0])).collect();
    slice[1].terms_id = TermsId(9999);
    let written = store
        .plan_slice(
            issue.edition.id,
            issue.wave.id,
            &slice,
            &Beside::default(),
            desk.due(),
        )
        .await;
    assert!(matches!(written, Err(StoreError::Sql(_))), "{written:?}");
    assert_eq!(desk.states().await, []);
    assert_eq!(
        store
            .digest_of(issue.edition.id, desk.readers[0])
            .await
            .unwrap(),
        None
    );
    assert_eq!(desk.due_readers(issue).await.len(), 2, "still due");
    assert!(desk.plan(issue, &[0]).await);
}

#[tokio::test]
async fn nobody_is_planned_twice_in_an_edition() {
    let desk = Desk::new(2).await;
    let readers = desk.due_readers(&desk.issue).await;
    let part = |n: usize| desk.part(&desk.issue, &readers[n], &[0]);
    assert!(desk.write(&desk.issue, &[part(0)]).await);
    assert!(!desk.write(&desk.issue, &[part(0), part(1)]).await);
    assert_eq!(desk.states().await, [Planned], "nothing of the second");
}

#[tokio::test]
async fn the_next_digest_overtakes_what_is_open_and_gives_its_stories_back() {
    let desk = Desk::planned(5).await;
    let store = desk.store();
    // Of yesterday's: one waits, one is held, one is leased, one was deferred, one is accepted.
    desk.paper
        .sql("update delivery set held = 'late' where subscriber_id = 2")
        .await;
    let rows = store
        .claim(
            &lease("me", 7, desk.due()),
            None,
            &["default"],
            3,
            desk.due(),
        )
        .await
        .unwrap();
    let row = |n: i64| rows.iter().find(|r| r.subscriber.0 == n).unwrap();
    desk.start(&[row(4), row(3)]).await;
    let mut later = outcome(row(4), Deferred);
    later.not_before = Some(after(desk.due(), 5));
    desk.record(&[later, outcome(row(3), Accepted)]).await;
    desk.paper
        .sql("update delivery set held = null, state = 'planned' where subscriber_id = 5")
        .await;

    let tomorrow = issue(&desk.paper, 1).await;
    let readers = desk.due_readers(&tomorrow).await;
    let open: Vec<_> = readers.iter().map(|r| r.open_before).collect();
    assert_eq!(open, [1, 1, 0, 1, 1]);
    assert_eq!(
        desk.remembers(0).await,
        [] as [usize; 0],
        "an open letter will be overtaken"
    );
    assert_eq!(desk.remembers(2).await, [0, 1]);
    assert!(desk.plan(&tomorrow, &[0, 2]).await);

    for (n, state) in [Refused, Refused, Accepted, Refused, Refused]
        .into_iter()
        .enumerate()
    {
        let row = desk.row(n).await;
        assert_eq!((row.state, row.held), (state, None), "reader {n}");
        if state == Refused {
            assert_eq!(row.reply, "overtaken by the next digest");
        }
    }
    // The first letter's sender is too late.
    assert_eq!(desk.start(&[row(1)]).await, [false]);
    desk.record(&[outcome(row(1), Accepted)]).await;
    assert_eq!(desk.row(0).await.state, Refused);
    desk.paper
        .sql("update delivery set state = 'accepted' where edition_id = 2")
        .await;
    assert_eq!(
        desk.remembers(0).await,
        [0, 2],
        "story 1 came back, story 0 is the new letter's"
    );
    assert_eq!(desk.remembers(2).await, [0, 1, 2]);
}

#[tokio::test]
async fn the_next_digest_leaves_doubt_in_doubt() {
    let desk = Desk::planned(1).await;
    let rows = desk.claim(7, 9).await;
    desk.start(&[&rows[0]]).await;
    let mut doubt = outcome(&rows[0], Deferred);
    doubt.keep_doubt = true;
    desk.record(&[doubt]).await;
    assert_eq!(desk.remembers(0).await, [0, 1], "it may have been read");
    let tomorrow = issue(&desk.paper, 1).await;
    assert!(desk.plan(&tomorrow, &[2]).await);
    let row = desk.row(0).await;
    assert_eq!((row.state, row.sha256), (Uncertain, Some([9; 32])));
    desk.paper
        .sql("update delivery set state = 'accepted' where edition_id = 2")
        .await;
    assert_eq!(desk.remembers(0).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_plan_made_while_an_earlier_letter_left_is_thought_out_anew() {
    let desk = Desk::planned(1).await;
    let tomorrow = issue(&desk.paper, 1).await;
    let readers = desk.due_readers(&tomorrow).await;
    assert_eq!(readers[0].open_before, 1);
    let rows = desk.claim(7, 9).await;
    desk.start(&[&rows[0]]).await;
    let part = desk.part(&tomorrow, &readers[0], &[0]);
    assert!(!desk.write(&tomorrow, &[part]).await);
    assert_eq!(desk.row(0).await.state, Started);
    assert!(desk.plan(&tomorrow, &[2]).await);
    assert_eq!(
        desk.row(0).await.state,
        Started,
        "what is started counts as sent"
    );
}

#[tokio::test]
async fn one_letter_that_left_and_one_that_came_back_do_not_make_up_for_each_other() {
    let desk = Desk::planned(2).await;
    let rows = desk.claim(7, 9).await;
    let row = |n: i64| rows.iter().find(|r| r.subscriber.0 == n).unwrap();
    desk.start(&[row(1)]).await;
    let tomorrow = issue(&desk.paper, 1).await;
    let readers = desk.due_readers(&tomorrow).await;
    // Reader 1's letter was on its way, reader 2's was open: now it is the other way round.
    desk.record(&[outcome(row(1), Deferred)]).await;
    desk.start(&[row(2)]).await;
    let slice: Vec<_> = readers
        .iter()
        .map(|r| desk.part(&tomorrow, r, &[0]))
        .collect();
    assert!(
        !desk.write(&tomorrow, &slice).await,
        "reader 2 would get story 0 twice"
    );
}

#[tokio::test]
async fn a_plan_does_not_undo_what_readers_changed_meanwhile() {
    let desk = Desk::new(3).await;
    let (store, issue) = (desk.store(), &desk.issue);
    let readers = desk.due_readers(issue).await;
    let slice: Vec<_> = readers.iter().map(|r| desk.part(issue, r, &[0])).collect();
    let (run, cadence) = (desk.paper.run(), CadenceId(1));
    // Reader 0 leaves, reader 1 asks for another hour, reader 2's cadence moves.
    desk.paper.leaves(desk.readers[0]).await;
    let terms = store
        .subscription(desk.readers[1])
        .await
        .unwrap()
        .unwrap()
        .1
        .terms;
    let evening = Some(Due {
        at: after(desk.due(), 720),
        run,
        cadence,
    });
    store
        .terms_revise(
            desk.readers[1],
            &terms,
            cadence,
            evening,
            "reader",
            desk.due(),
        )
        .await
        .unwrap();
    let noon = Some(Due {
        at: after(desk.due(), 300),
        run,
        cadence,
    });
    let moved = Redue {
        subscription: desk.readers[2],
        terms: readers[2].terms_id,
        due: noon,
    };
    store.redue(&[moved]).await.unwrap();

    assert!(desk.write(issue, &slice).await);
    for (n, due) in [(0, None), (1, evening), (2, noon)] {
        let subscription = store
            .subscription(desk.readers[n])
            .await
            .unwrap()
            .unwrap()
            .1;
        assert_eq!(subscription.due_at, due.map(|d| d.at), "reader {n}");
    }
}

#[tokio::test]
async fn memory_can_be_read_as_it_was() {
    let desk = Desk::planned(1).await;
    let reader = desk.readers[0];
    let tomorrow = issue(&desk.paper, 1).await;
    assert!(desk.plan(&tomorrow, &[2]).await);
    let before = async |at, edition| {
        let memory = desk.paper.sent(reader, at, edition).await;
        memory
            .iter()
            .map(|s| (s.revision, s.edition))
            .collect::<Vec<_>>()
    };
    let (one, two) = (desk.issue.edition.id, tomorrow.edition.id);
    let (first, second) = (after(desk.due(), -10), after(tomorrow.due.due_at, -10));
    let text = |n: usize| desk.candidates[n].revision;
    let kept = [(text(0), one), (text(1), one)];
    assert_eq!(before(first, EditionId(0)).await, []);
    assert_eq!(before(after(first, 1), EditionId(0)).await, kept);
    assert_eq!(
        before(after(first, 1), one).await,
        [],
        "not what the edition itself wrote"
    );
    assert_eq!(
        before(second, two).await,
        [],
        "overtaken by the very plan that reads it"
    );
    assert_eq!(
        before(after(second, 1), EditionId(0)).await,
        [(text(2), two)]
    );
    // What was frozen too long ago is forgotten; what is remembered can be shown.
    let of = Remembering {
        list: desk.paper.list,
        shares: Vec::new(),
        since: after(second, 1),
    };
    let moment = Moment {
        at: after(second, 5),
        edition: EditionId(0),
        digest: None,
    };
    let store = desk.store();
    assert_eq!(store.memory_before(reader, &of, moment).await.unwrap(), []);
    let brought = store.memory_of(reader).await.unwrap();
    let shown: Vec<_> = brought.iter().map(|b| (b.edition, &b.texts[..])).collect();
    assert_eq!(shown, [(two, &[text(2)][..])], "the first was overtaken");
    assert_eq!(brought[0].letter, Some(DeliveryState::Planned));
}

// --- the ledger -------------------------------------------------------------------------------

#[tokio::test]
async fn a_claim_takes_the_oldest_that_may_go() {
    let desk = Desk::planned(6).await;
    let store = desk.store();
    desk.paper
        .sql("update delivery set not_before_ms = not_before_ms - 60000 where subscriber_id = 5")
        .await;
    desk.paper
        .sql("update delivery set not_before_ms = not_before_ms + 60000 where subscriber_id = 1")
        .await;
    desk.paper
        .sql("update delivery set held = 'late' where subscriber_id = 2")
        .await;
    assert_eq!(
        store.next_not_before().await.unwrap(),
        Some(after(desk.due(), -1))
    );
    let of = |rows: &[Claimed]| rows.iter().map(|r| r.subscriber.0).collect::<BTreeSet<_>>();
    let first = desk.claim(7, 2).await;
    assert_eq!(of(&first), BTreeSet::from([3, 5]), "the oldest two");
    let row = first.iter().find(|r| r.subscriber.0 == 3).unwrap();
    assert_eq!(
        (row.subscription, row.list),
        (desk.readers[2], desk.paper.list)
    );
    assert_eq!((row.attempt, row.doubt, row.token), (0, None, 7));
    assert_eq!(row.deadline, after(desk.due(), 600));
    assert_eq!(row.address.as_ref().unwrap().full(), "r2@reader.example");
    assert_eq!((row.picks.len(), row.language.as_str()), (2, "en"));
    assert_eq!(desk.row(2).await.state, Leased);

    let none = store
        .claim(
            &lease("me", 8, desk.due()),
            Some(EditionId(99)),
            &["default"],
            9,
            desk.due(),
        )
        .await
        .unwrap();
    assert!(none.is_empty(), "of that edition only");
    desk.paper.sql("update edition set state = 'paused'").await;
    assert!(
        desk.claim(8, 9).await.is_empty(),
        "a paused edition sends nothing"
    );
    assert_eq!(store.next_not_before().await.unwrap(), None);
    desk.paper.sql("update edition set state = 'open'").await;
    assert_eq!(
        of(&desk.claim(8, 9).await),
        BTreeSet::from([4, 6]),
        "not held, not before its time"
    );
    assert!(desk.claim(9, 9).await.is_empty(), "what is leased is taken");
    let soon = after(desk.due(), 1);
    assert_eq!(store.next_not_before().await.unwrap(), Some(soon));
    let last = store
        .claim(
            &lease("me", 9, soon),
            Some(desk.issue.edition.id),
            &["default"],
            9,
            soon,
        )
        .await
        .unwrap();
    assert_eq!(of(&last), BTreeSet::from([1]));
}

#[tokio::test]
async fn a_start_is_granted_only_while_everybody_still_says_yes() {
    let desk = Desk::planned(8).await;
    let rows = desk.claim(7, 9).await;
    let row = |n: i64| rows.iter().find(|r| r.subscriber.0 == n).unwrap();
    desk.paper.leaves(desk.readers[1]).await;
    let person = desk.store().person_standing_set(
        SubscriberId(3),
        Standing::Bounced,
        "bounce",
        "",
        &[],
        desk.due(),
    );
    assert!(person.await.unwrap());
    desk.paper
        .sql("update subscription set standing = 'paused' where subscription_id = 4")
        .await;
    let mut stale = start(row(5));
    stale.token = 6;
    let mut older = start(row(6));
    older.digest = DigestId(999);
    let starts = [
        start(row(1)),
        start(row(2)),
        start(row(3)),
        start(row(4)),
        stale,
        older,
        start(row(7)),
    ];
    let done = desk
        .store()
        .ledger_commit(&[], &starts, &[], "r1", desk.due())
        .await
        .unwrap();
    assert_eq!(
        done.granted,
        [true, false, false, false, false, false, true]
    );

    let expected = [
        (Started, "", 1),
        (Withheld, "unsubscribed", 0),
        (Withheld, "bounced", 0),
        (Withheld, "paused", 0),
        (Leased, "", 0),
        (Planned, "", 0),
        (Started, "", 1),
        (Leased, "", 0),
    ];
    for (n, (state, words, tries)) in expected.into_iter().enumerate() {
        let row = desk.row(n).await;
        assert_eq!(
            (row.state, row.reply.as_str(), row.attempt),
            (state, words, tries),
            "reader {n}"
        );
        let sha256 = (state == Started).then_some([9; 32]);
        assert_eq!(row.sha256, sha256, "reader {n}");
        let kept: &[usize] = match state {
            Started => &[0, 1],
            _ => &[],
        };
        assert_eq!(desk.remembers(n).await, kept, "reader {n}");
    }
    assert_eq!(desk.start(&[row(1)]).await, [false], "once");
    assert_eq!(desk.row(0).await.state, Started);

    // Pause keeps, cancel ends.
    desk.paper.sql("update edition set state = 'paused'").await;
    assert_eq!(desk.start(&[row(5)]).await, [false]);
    assert_eq!(desk.row(4).await.state, Planned);
    desk.paper
        .sql("update edition set state = 'cancelled'")
        .await;
    assert_eq!(desk.start(&[row(8)]).await, [false]);
    let row = desk.row(7).await;
    assert_eq!((row.state, row.reply.as_str()), (Withheld, "cancelled"));
}

#[tokio::test]
async fn doubt_that_may_not_go_again_stays_doubt() {
    let desk = Desk::planned(1).await;
    let rows = desk.claim(7, 9).await;
    desk.start(&[&rows[0]]).await;
    let mut doubt = outcome(&rows[0], Deferred);
    doubt.keep_doubt = true;
    desk.record(&[doubt]).await;
    let rows = desk.claim(8, 9).await;
    assert_eq!((rows[0].doubt, rows[0].attempt), (Some([9; 32]), 1));
    desk.paper.leaves(desk.readers[0]).await;
    assert_eq!(desk.start(&[&rows[0]]).await, [false]);
    let row = desk.row(0).await;
    assert_eq!((row.state, row.reply.as_str()), (Uncertain, "unsubscribed"));
    assert_eq!(desk.remembers(0).await, [0, 1]);
}

#[tokio::test]
async fn an_outcome_is_written_by_whoever_holds_the_lease_and_by_nobody_else() {
    let desk = Desk::planned(5).await;
    let rows = desk.claim(7, 9).await;
    let row = |n: i64| rows.iter().find(|r| r.subscriber.0 == n).unwrap();
    let all: Vec<&Claimed> = (1..=4).map(row).collect();
    desk.start(&all).await;
    let mut stale = outcome(row(1), Refused);
    stale.token = 6;
    desk.record(&[stale]).await;
    assert_eq!(
        desk.row(0).await.state,
        Started,
        "a stale token changes nothing"
    );

    let later = after(desk.due(), 5);
    let mut deferred = outcome(row(2), Deferred);
    (deferred.not_before, deferred.code) = (Some(later), 451);
    let mut uncertain = outcome(row(4), Uncertain);
    uncertain.held = Some(Hold::InDoubt);
    let mut early = outcome(row(5), Deferred);
    early.tried = true;
    desk.record(&[
        outcome(row(1), Accepted),
        deferred,
        outcome(row(3), Refused),
        uncertain,
        early,
    ])
    .await;
    let expected = [
        (Accepted, None, 1, Some([9; 32])),
        (Deferred, None, 1, None),
        (Refused, None, 1, None),
        (Uncertain, Some(Hold::InDoubt), 1, Some([9; 32])),
        (Deferred, None, 1, None),
    ];
    for (n, (state, held, tries, sha256)) in expected.into_iter().enumerate() {
        let row = desk.row(n).await;
        assert_eq!(
            (row.state, row.held, row.attempt, row.sha256),
            (state, held, tries, sha256),
            "{n}"
        );
        assert_eq!(
            (row.reply.as_str(), row.changed_at),
            ("said so", after(desk.due(), 1)),
            "{n}"
        );
    }
    let (second, fifth) = (desk.row(1).await, desk.row(4).await);
    assert_eq!((second.not_before, second.code), (later, 451));
    assert_eq!(fifth.not_before, desk.due(), "kept where none is given");
    for (n, kept) in [(0, 2), (2, 0), (3, 2)] {
        assert_eq!(desk.remembers(n).await.len(), kept, "reader {n}");
    }
    // What is settled is settled.
    desk.record(&[outcome(row(1), Refused), outcome(row(3), Accepted)])
        .await;
    assert_eq!(
        (desk.row(0).await.state, desk.row(2).await.state),
        (Accepted, Refused)
    );
    let tally = Tally {
        planned: 5,
        accepted: 1,
        refused: 1,
        uncertain: 1,
        deferred: 2,
        open: 2,
        asking: 1,
        ..Tally::default()
    };
    assert_eq!(desk.tally().await, tally);
    assert!(tally.adds_up());
}

#[tokio::test]
async fn outcomes_and_starts_are_one_commit() {
    let desk = Desk::planned(2).await;
    let rows = desk.claim(7, 9).await;
    desk.start(&[&rows[0]]).await;
    desk.paper
        .sql(
            "create trigger full_disk before update on delivery when new.state = 'started' \
             begin select raise(abort, 'the disk is full'); end",
        )
        .await;
    let records = [outcome(&rows[0], Accepted)];
    let done = desk
        .store()
        .ledger_commit(&records, &[start(&rows[1])], &[], "r1", desk.due())
        .await;
    assert!(matches!(done, Err(StoreError::Sql(_))), "{done:?}");
    assert_eq!(desk.states().await, [Started, Leased]);
    desk.paper.sql("drop trigger full_disk").await;
    let done = desk
        .store()
        .ledger_commit(&records, &[start(&rows[1])], &[], "r1", desk.due())
        .await;
    assert_eq!(done.unwrap().granted, [true]);
    assert_eq!(desk.states().await, [Accepted, Started]);
}

#[tokio::test]
async fn what_did_not_leave_is_given_back_by_its_holder() {
    let desk = Desk::planned(2).await;
    let rows = desk.claim(7, 9).await;
    desk.paper
        .sql("update delivery set attempt = 2 where subscriber_id = 2")
        .await;
    let key = |r: &Claimed, token| (r.edition, r.subscriber, token);
    desk.store()
        .give_back(&[key(&rows[0], 6)], desk.due())
        .await
        .unwrap();
    assert_eq!(desk.states().await, [Leased, Leased]);
    let keys: Vec<_> = rows.iter().map(|r| key(r, 7)).collect();
    desk.store().give_back(&keys, desk.due()).await.unwrap();
    assert_eq!(desk.states().await, [Planned, Deferred]);
    assert_eq!(desk.remembers(0).await, [] as [usize; 0], "open again");
}

#[tokio::test]
async fn the_next_owner_takes_up_what_a_dead_one_left() {
    let desk = Desk::planned(4).await;
    let store = desk.store();
    let rows = store
        .claim(
            &lease("dead", 7, desk.due()),
            None,
            &["default"],
            3,
            desk.due(),
        )
        .await
        .unwrap();
    desk.start(&[&rows[0]]).await;
    desk.paper
        .sql("update delivery set attempt = 1 where subscriber_id = 3")
        .await;
    let own = store
        .claim(
            &lease("me", 8, desk.due()),
            None,
            &["default"],
            1,
            desk.due(),
        )
        .await
        .unwrap();
    let soon = after(desk.due(), 2);
    assert_eq!(
        store.recover("me", soon).await.unwrap(),
        1,
        "one is in doubt"
    );
    assert_eq!(desk.states().await, [Deferred, Planned, Deferred, Leased]);
    let row = desk.row(0).await;
    assert_eq!(
        (row.sha256, row.not_before, row.held),
        (Some([9; 32]), soon, None)
    );
    assert_eq!(row.reply, "in doubt since the sender stopped");
    // The dead one is not dead after all: too late.
    assert_eq!(desk.start(&[&rows[1]]).await, [false]);
    desk.record(&[outcome(&rows[0], Accepted)]).await;
    assert_eq!(desk.states().await, [Deferred, Planned, Deferred, Leased]);
    assert_eq!(desk.start(&[&own[0]]).await, [true], "one's own stays");
    assert_eq!(store.recover("me", soon).await.unwrap(), 0);
    let again = store
        .claim(&lease("me", 9, soon), None, &["default"], 9, soon)
        .await
        .unwrap();
    let doubt: Vec<_> = again.iter().filter_map(|r| r.doubt).collect();
    assert_eq!((again.len(), doubt), (3, vec![[9; 32]]));
}

#[tokio::test]
async fn a_list_that_holds_doubt_holds_what_a_dead_owner_left() {
    let desk = Desk::planned(2).await;
    let store = desk.store();
    store
        .list_set(desk.paper.list, "uncertain", "hold")
        .await
        .unwrap();
    let rows = store
        .claim(
            &lease("dead", 7, desk.due()),
            None,
            &["default"],
            9,
            desk.due(),
        )
        .await
        .unwrap();
    desk.start(&[&rows[0]]).await;
    assert_eq!(store.recover("me", desk.due()).await.unwrap(), 1);
    assert_eq!(desk.states().await, [Uncertain, Planned]);
    assert_eq!(desk.row(0).await.held, Some(Hold::InDoubt));
    assert_eq!(desk.tally().await.asking, 1);
}

#[tokio::test]
async fn doubt_older_than_an_hour_asks_since_the_database_may_be_a_copy() {
    let desk = Desk::planned(2).await;
    let store = desk.store();
    let rows = store
        .claim(
            &lease("dead", 7, desk.due()),
            None,
            &["default"],
            9,
            desk.due(),
        )
        .await
        .unwrap();
    desk.start(&[&rows[0]]).await;
    let half = after(desk.due(), 30);
    store
        .ledger_commit(&[], &[start(&rows[1])], &[], "r1", half)
        .await
        .unwrap();
    assert_eq!(store.recover("me", after(desk.due(), 61)).await.unwrap(), 2);
    assert_eq!(desk.states().await, [Uncertain, Deferred]);
    assert_eq!(desk.row(0).await.held, Some(Hold::InDoubt));
    assert_eq!(desk.row(1).await.held, None);
}

#[tokio::test]
async fn a_release_lets_go_and_a_drop_gives_back() {
    for release in [true, false] {
        let desk = Desk::planned(5).await;
        let (store, edition, at) = (desk.store(), desk.issue.edition.id, after(desk.due(), 60));
        let rows = desk.claim(7, 4).await;
        let row = |n: i64| rows.iter().find(|r| r.subscriber.0 == n).unwrap();
        desk.start(&[row(1), row(2)]).await;
        let held = |n, hold| Record {
            held: Some(hold),
            ..outcome(row(n), Uncertain)
        };
        let asks = Record {
            held: Some(Hold::Late),
            ..outcome(row(3), Deferred)
        };
        desk.record(&[held(1, Hold::InDoubt), held(2, Hold::OtherBytes), asks])
            .await;
        desk.paper
            .sql("update delivery set held = 'approval' where subscriber_id = 5")
            .await;
        assert_eq!(desk.tally().await.asking, 4);
        let done = match release {
            true => store.release(edition, at).await.unwrap(),
            false => store.drop_held(edition, at).await.unwrap(),
        };
        assert_eq!(done, 4);
        assert_eq!(desk.tally().await.asking, 0);
        let expected = match release {
            true => [Deferred, Deferred, Deferred, Leased, Planned],
            false => [Uncertain, Uncertain, Withheld, Leased, Withheld],
        };
        assert_eq!(desk.states().await, expected);
        if release {
            let sha = (desk.row(0).await.sha256, desk.row(1).await.sha256);
            assert_eq!(
                sha,
                (Some([9; 32]), None),
                "other bytes may go, the same must be"
            );
            assert_eq!(desk.row(0).await.not_before, at);
        } else {
            assert_eq!(desk.row(2).await.reply, "dropped by an operator");
            assert_eq!(desk.remembers(2).await, [] as [usize; 0]);
            assert_eq!(desk.remembers(0).await, [0, 1]);
        }
        assert_eq!(
            store.release(edition, at).await.unwrap(),
            0,
            "nothing asks any more"
        );
        assert_eq!(store.drop_held(edition, at).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn letters_can_be_let_go_before_their_time() {
    let desk = Desk::planned(3).await;
    let (store, edition) = (desk.store(), desk.issue.edition.id);
    let early = after(desk.due(), -5);
    assert!(
        store
            .claim(&lease("me", 7, early), None, &["default"], 9, early)
            .await
            .unwrap()
            .is_empty()
    );
    desk.paper
        .sql("update delivery set state = 'deferred' where subscriber_id = 1")
        .await;
    assert_eq!(
        store.send_now(edition, early).await.unwrap(),
        3,
        "one that was put off as well: a person says so"
    );
    assert_eq!(
        store
            .claim(&lease("me", 7, early), None, &["default"], 9, early)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(store.send_now(EditionId(99), early).await.unwrap(), 0);
}

#[tokio::test]
async fn planned_letters_that_are_late_ask_at_the_next_start() {
    let desk = Desk::planned(3).await;
    let (store, edition, list) = (desk.store(), desk.issue.edition.id, desk.paper.list);
    desk.paper
        .sql("update delivery set state = 'deferred' where subscriber_id = 1")
        .await;
    let due = desk.due();
    assert_eq!(store.hold_late(list, due, due).await.unwrap(), 0);
    let back = after(due, 121);
    assert_eq!(
        store.hold_late(list, after(due, 1), back).await.unwrap(),
        2,
        "one that was tried goes on"
    );
    let tally = store.tally(edition).await.unwrap();
    assert_eq!((tally.open, tally.asking), (3, 2));
    assert_eq!(store.release(edition, back).await.unwrap(), 2);
}

#[tokio::test]
async fn whoever_may_not_be_mailed_is_skipped_by_name_once() {
    let desk = Desk::new(3).await;
    let (store, wave) = (desk.store(), desk.issue.wave.id);
    desk.paper.leaves(desk.readers[1]).await;
    let of = (desk.paper.list, desk.paper.cadence.id, desk.paper.run());
    assert_eq!(store.skip_inactive(wave, of).await.unwrap(), 1);
    assert_eq!(store.skip_inactive(wave, of).await.unwrap(), 0);
    let skips = store.skips(desk.issue.edition.id).await.unwrap();
    assert_eq!(skips, [(desk.readers[1], "not_active".to_owned())]);
    assert_eq!(store.tally(desk.issue.edition.id).await.unwrap().skipped, 1);
}

#[tokio::test]
async fn sums_come_from_rows_and_rows_come_in_pages() {
    let desk = Desk::planned(5).await;
    let (store, edition) = (desk.store(), desk.issue.edition.id);
    assert_eq!(store.tally(EditionId(99)).await.unwrap(), Tally::default());
    assert_eq!(store.editions_open().await.unwrap(), [edition]);
    let mut seen = Vec::new();
    let mut last = SubscriberId(0);
    loop {
        let page = store.deliveries(edition, last, 2).await.unwrap();
        let Some(row) = page.last() else { break };
        last = row.subscriber;
        seen.extend(page.iter().map(|r| r.subscription));
    }
    assert_eq!(seen, desk.readers);
    let rows = desk.claim(7, 9).await;
    let all: Vec<&Claimed> = rows.iter().collect();
    desk.start(&all).await;
    let mut records: Vec<_> = rows.iter().map(|r| outcome(r, Accepted)).collect();
    records[0].state = Uncertain;
    records[0].held = Some(Hold::InDoubt);
    desk.record(&records).await;
    assert_eq!(store.editions_open().await.unwrap(), [edition], "one asks");
    store.drop_held(edition, desk.due()).await.unwrap();
    assert_eq!(store.editions_open().await.unwrap(), []);
    let tally = Tally {
        planned: 5,
        accepted: 4,
        uncertain: 1,
        ..Tally::default()
    };
    assert_eq!(desk.tally().await, tally);
    assert_eq!(store.next_not_before().await.unwrap(), None);
}

// --- notices ----------------------------------------------------------------------------------

#[tokio::test]
async fn what_asks_is_said_by_list_and_reason_and_told_once_in_a_while() {
    let desk = Desk::planned(3).await;
    let store = desk.store();
    assert_eq!(store.asking().await.unwrap(), []);
    desk.paper
        .sql("update delivery set held = 'late' where subscriber_id < 3")
        .await;
    desk.paper
        .sql("update delivery set held = 'approval' where subscriber_id = 3")
        .await;
    let asks = |reason, letters| Asking {
        list: desk.paper.list,
        reason,
        letters,
        run: "2026-11-25".to_owned(),
    };
    let asking: BTreeMap<_, _> = store
        .asking()
        .await
        .unwrap()
        .into_iter()
        .map(|a| (a.reason.as_str(), a))
        .collect();
    let expected = [asks(Hold::Approval, 1), asks(Hold::Late, 2)];
    assert_eq!(asking.into_values().collect::<Vec<_>>(), expected);
    desk.paper
        .sql("update edition set state = 'cancelled'")
        .await;
    assert_eq!(store.asking().await.unwrap(), []);

    let claim = async |reason, minute| {
        let now = after(desk.due(), minute);
        store
            .notice_claim(desk.paper.list, reason, after(now, -60), now)
            .await
            .unwrap()
    };
    assert!(claim(Hold::Late, 0).await);
    assert!(!claim(Hold::Late, 59).await);
    assert!(claim(Hold::Approval, 59).await, "for its own reason");
    assert!(claim(Hold::Late, 60).await);
    assert!(!claim(Hold::Late, 61).await);
}

// --- standing ---------------------------------------------------------------------------------

#[tokio::test]
async fn a_move_holds_only_where_it_starts_from() {
    let desk = Desk::new(1).await;
    let (store, reader) = (desk.store(), desk.readers[0]);
    let resume = Move {
        from: &[Standing::Paused],
        to: Standing::Active,
        kind: "resume",
        detail: "reader",
    };
    desk.paper.leaves(reader).await;
    let due = Some(Due {
        at: desk.due(),
        run: desk.paper.run(),
        cadence: desk.paper.cadence.id,
    });
    assert!(
        !store
            .standing_move(reader, resume, due, desk.due())
            .await
            .unwrap()
    );
    let (person, subscription) = store.subscription(reader).await.unwrap().unwrap();
    assert_eq!(
        (subscription.standing, subscription.due_at),
        (Standing::Unsubscribed, None)
    );
    assert_eq!(
        store.events(person.id).await.unwrap().len(),
        1,
        "nothing was written"
    );
    let rejoin = Move {
        from: &[Standing::Unsubscribed],
        ..resume
    };
    assert!(
        store
            .standing_move(reader, rejoin, due, desk.due())
            .await
            .unwrap()
    );
    let subscription = store.subscription(reader).await.unwrap().unwrap().1;
    assert_eq!(
        (subscription.standing, subscription.due_at),
        (Standing::Active, Some(desk.due()))
    );
    let none = store
        .standing_move(SubscriptionId(99), rejoin, due, desk.due())
        .await;
    assert!(matches!(none, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn a_claim_takes_of_the_lanes_that_it_names_and_a_lane_that_is_gone_is_the_default_one() {
    let desk = Desk::planned(4).await;
    let paper = &desk.paper;
    paper
        .sql("update delivery set lane = 'gmail' where subscriber_id in (1, 2)")
        .await;
    let (until, now) = (after(desk.due(), 15), desk.due());
    let claim = async |token, lanes: &[&str]| {
        let lease = lease("me", token, until);
        let rows = desk.store().claim(&lease, None, lanes, 1, now).await;
        let lanes: Vec<String> = rows.unwrap().into_iter().map(|r| r.lane).collect();
        lanes
    };
    assert_eq!(claim(7, &[]).await, [""; 0]);
    assert_eq!(claim(8, &["yahoo"]).await, [""; 0]);
    // One row of each: a lane does not wait behind another one's many.
    assert_eq!(claim(9, &["gmail", "default"]).await, ["gmail", "default"]);
    let store = desk.store();
    assert_eq!(store.adopt_lanes(&["default", "gmail"]).await.unwrap(), 0);
    assert_eq!(store.adopt_lanes(&["default", "yahoo"]).await.unwrap(), 2);
    assert_eq!(claim(10, &["gmail"]).await, [""; 0]);
    assert_eq!(claim(11, &["default"]).await, ["default"]);
}

#[tokio::test]
async fn a_wave_that_is_sent_early_is_dated_once_and_before_its_first_letter() {
    let desk = Desk::planned(2).await;
    let (store, id, wave) = (desk.store(), desk.issue.edition.id, desk.issue.wave.id);
    let early = after(desk.due(), -60);
    assert_eq!(store.wave(wave).await.unwrap().dated, desk.due());
    assert_eq!(store.date_early(id, early).await.unwrap(), 1);
    assert_eq!(store.wave(wave).await.unwrap().dated, early);
    let again = after(desk.due(), -30);
    assert_eq!(store.date_early(id, again).await.unwrap(), 0);
    assert_eq!(store.wave(wave).await.unwrap().dated, early);

    let desk = Desk::planned(1).await;
    let rows = desk.claim(7, 9).await;
    assert_eq!(desk.start(&[&rows[0]]).await, [true]);
    let (store, id) = (desk.store(), desk.issue.edition.id);
    assert_eq!(
        store.date_early(id, after(desk.due(), -60)).await.unwrap(),
        0
    );
}
