//! The ledger against a model of it: any order of claims, starts, outcomes, deaths, pauses and people
//! who leave gives the states that a page of plain code says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use courant::domain::delivery::DeliveryState;
use courant::domain::subscriber::Standing;
use courant::domain::{DigestId, EditionId, SubscriberId, SubscriptionId};
use courant::store::ledger::{Claimed, Record, Start};
use proptest::prelude::*;

use crate::support::paper::{Paper, after, lease};

use DeliveryState::{Accepted, Deferred, Leased, Planned, Refused, Started, Uncertain, Withheld};

const READERS: usize = 4;

/// What may happen. The number names a reader, or how many.
#[derive(Clone, Debug)]
enum Step {
    Claim(usize),
    Start(usize),
    /// The outcome of a row that this owner has: accepted, deferred, refused, in doubt again.
    End(usize, u8),
    GiveBack(usize),
    /// The process dies, and the next one takes up what it left.
    Die,
    PauseEdition(bool),
    PauseSending(bool),
    Leave(usize),
    Return(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..=READERS).prop_map(Step::Claim),
        6 => (0..READERS).prop_map(Step::Start),
        6 => (0..READERS, 0..4_u8).prop_map(|(n, how)| Step::End(n, how)),
        1 => (0..READERS).prop_map(Step::GiveBack),
        1 => Just(Step::Die),
        1 => any::<bool>().prop_map(Step::PauseEdition),
        1 => any::<bool>().prop_map(Step::PauseSending),
        1 => (0..READERS).prop_map(Step::Leave),
        1 => (0..READERS).prop_map(Step::Return),
    ]
}

/// A row as the model has it.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    state: DeliveryState,
    doubt: bool,
    tries: i64,
    /// When it may go: 0 as planned, 1 once it was taken up from a dead owner.
    not_before: i64,
}

/// The model: no SQL, no bytes.
struct Model {
    rows: Vec<Row>,
    active: Vec<bool>,
    edition_open: bool,
    sending: bool,
}

impl Model {
    fn new() -> Model {
        let row = Row {
            state: Planned,
            doubt: false,
            tries: 0,
            not_before: 0,
        };
        Model {
            rows: vec![row; READERS],
            active: vec![true; READERS],
            edition_open: true,
            sending: true,
        }
    }

    fn goes(&self) -> bool {
        self.edition_open && self.sending
    }

    /// Which rows are leased; who left is withheld instead.
    fn claim(&mut self, most: usize) -> Vec<usize> {
        let mut taken = Vec::new();
        while self.goes() && taken.is_empty() {
            let open = |r: &Row| matches!(r.state, Planned | Deferred);
            let mut found: Vec<usize> = (0..READERS).filter(|n| open(&self.rows[*n])).collect();
            found.sort_by_key(|n| (self.rows[*n].not_before, *n));
            found.truncate(most);
            if found.is_empty() {
                break;
            }
            for n in found {
                match self.active[n] {
                    true => {
                        self.rows[n].state = Leased;
                        taken.push(n);
                    }
                    false => self.stop(n),
                }
            }
        }
        taken.sort_unstable();
        taken
    }

    /// Nothing of it goes any more.
    fn stop(&mut self, n: usize) {
        self.rows[n].state = if self.rows[n].doubt {
            Uncertain
        } else {
            Withheld
        };
    }

    fn start(&mut self, n: usize) -> bool {
        if self.rows[n].state != Leased {
            return false;
        }
        if self.goes() && self.active[n] {
            let row = &mut self.rows[n];
            (row.state, row.doubt, row.tries) = (Started, true, row.tries + 1);
            return true;
        }
        match self.active[n] {
            true => self.give_back(n),
            false => self.stop(n),
        }
        false
    }

    fn give_back(&mut self, n: usize) {
        if self.rows[n].state == Leased {
            self.rows[n].state = if self.rows[n].tries > 0 {
                Deferred
            } else {
                Planned
            };
        }
    }

    fn die(&mut self) {
        for n in 0..READERS {
            match self.rows[n].state {
                Leased => self.give_back(n),
                Started => {
                    self.rows[n].state = Deferred;
                    self.rows[n].not_before = 1;
                }
                _ => {}
            }
        }
    }
}

/// What the owner that lives now holds.
struct Owner {
    name: String,
    token: i64,
    held: BTreeMap<usize, Claimed>,
}

struct World {
    paper: Paper,
    edition: EditionId,
    readers: Vec<SubscriptionId>,
    model: Model,
    owner: Owner,
    /// The claims of owners that are dead: nothing of theirs changes a row any more.
    ghosts: Vec<Claimed>,
}

impl World {
    async fn new() -> World {
        let paper = Paper::daily().await;
        let addresses: Vec<String> = (0..READERS).map(|n| format!("r{n}@x.example")).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let readers = paper.readers(&addresses).await;
        let edition = paper.plan().await.id;
        World {
            paper,
            edition,
            readers,
            model: Model::new(),
            owner: Owner {
                name: "o0".to_owned(),
                token: 1,
                held: BTreeMap::new(),
            },
            ghosts: Vec::new(),
        }
    }

    async fn take(&mut self, step: &Step) {
        let (store, now) = (self.paper.store().clone(), after(self.paper.due, 1));
        match step {
            Step::Claim(most) => {
                self.owner.token += 1;
                let expected = self.model.claim(*most);
                let lease = lease(&self.owner.name, self.owner.token, now);
                let lanes = ["default"];
                let rows = store
                    .claim(&lease, None, &lanes, *most as i64, now)
                    .await
                    .unwrap();
                let claimed: Vec<usize> = rows.iter().map(|r| self.index(r.subscription)).collect();
                assert_eq!(sorted(claimed), expected);
                for row in rows {
                    self.owner.held.insert(self.index(row.subscription), row);
                }
            }
            Step::Start(n) => {
                let Some(claimed) = self.owner.held.get(n) else {
                    return;
                };
                let start = start(claimed);
                let done = store.ledger_commit(&[], &[start], &[], "r", now).await;
                assert_eq!(done.unwrap().granted, [self.model.start(*n)]);
            }
            Step::End(n, how) => {
                let Some(claimed) = self.owner.held.get(n) else {
                    return;
                };
                let record = ending(claimed, *how, &mut self.model.rows[*n]);
                let done = store.ledger_commit(&[record], &[], &[], "r", now).await;
                done.unwrap();
            }
            Step::GiveBack(n) => {
                let Some(claimed) = self.owner.held.get(n) else {
                    return;
                };
                let key = (claimed.edition, claimed.subscriber, claimed.token);
                store.give_back(&[key], now).await.unwrap();
                self.model.give_back(*n);
            }
            Step::Die => {
                self.ghosts
                    .extend(std::mem::take(&mut self.owner.held).into_values());
                self.owner.name = format!("o{}", self.owner.token);
                self.model.die();
                store.recover(&self.owner.name, now).await.unwrap();
            }
            Step::PauseEdition(open) => {
                self.model.edition_open = *open;
                match open {
                    true => self.paper.sql("update edition set state = 'open'").await,
                    false => self.paper.sql("update edition set state = 'paused'").await,
                }
            }
            Step::PauseSending(goes) => {
                self.model.sending = *goes;
                match goes {
                    true => self.paper.sql("update instance set paused_ms = null").await,
                    false => self.paper.sql("update instance set paused_ms = 1").await,
                }
            }
            Step::Leave(n) => {
                if std::mem::replace(&mut self.model.active[*n], false) {
                    self.paper.leaves(self.readers[*n]).await;
                    // Whoever leaves is withheld at once; what is leased is stopped at its start.
                    if matches!(self.model.rows[*n].state, Planned | Deferred) {
                        self.model.stop(*n);
                    }
                }
            }
            Step::Return(n) => {
                if !std::mem::replace(&mut self.model.active[*n], true) {
                    let (reader, active) = (self.readers[*n], Standing::Active);
                    let moved = store.standing_set(reader, active, "rejoin", "", None, now);
                    assert!(moved.await.unwrap());
                }
            }
        }
    }

    /// Owners that are dead and try all the same.
    async fn haunt(&self) {
        let now = after(self.paper.due, 1);
        for ghost in &self.ghosts {
            let mut unused = Row {
                state: Started,
                doubt: true,
                tries: 0,
                not_before: 0,
            };
            let record = ending(ghost, 0, &mut unused);
            let store = self.paper.store();
            let done = store
                .ledger_commit(&[record], &[start(ghost)], &[], "r", now)
                .await;
            assert_eq!(done.unwrap().granted, [false], "a fenced owner starts");
        }
    }

    async fn compare(&self) {
        let tally = self.paper.store().tally(self.edition).await.unwrap();
        assert!(tally.adds_up(), "{tally:?}");
        for row in self.paper.rows(self.edition).await {
            let found = Row {
                state: row.state,
                doubt: row.sha256.is_some(),
                tries: row.attempt,
                not_before: i64::from(row.not_before > self.paper.due),
            };
            assert_eq!(found, self.model.rows[self.index(row.subscription)]);
        }
    }

    fn index(&self, of: SubscriptionId) -> usize {
        self.readers.iter().position(|r| *r == of).unwrap()
    }
}

fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers
}

fn start(claimed: &Claimed) -> Start {
    let (edition, subscriber): (EditionId, SubscriberId) = (claimed.edition, claimed.subscriber);
    let digest: DigestId = claimed.digest;
    Start {
        edition,
        subscriber,
        token: claimed.token,
        digest,
        sha256: [7; 32],
    }
}

/// An outcome as a courier writes it, and what the model makes of it.
fn ending(claimed: &Claimed, how: u8, row: &mut Row) -> Record {
    let state = [Accepted, Deferred, Refused, Deferred][usize::from(how)];
    let doubtful = how == 3;
    let keep = doubtful || state == Accepted || claimed.doubt.is_some();
    // A letter that was in doubt before is not refused: nobody knows of the first copy.
    let state = match (state, claimed.doubt.is_some()) {
        (Refused, true) => Uncertain,
        (state, _) => state,
    };
    if matches!(row.state, Leased | Started) {
        (row.state, row.doubt) = (state, row.doubt && keep);
    }
    Record {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        token: claimed.token,
        state,
        held: None,
        not_before: None,
        code: 0,
        reply: String::new(),
        keep_doubt: keep,
        tried: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_does_what_the_model_says(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in &steps {
                world.take(step).await;
                world.compare().await;
            }
            world.haunt().await;
            world.compare().await;
        });
    }
}
