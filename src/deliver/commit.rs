//! Group commit: one transaction for whatever outcomes and starts have come together.
//!
//! Outcomes are handed in without waiting; a start waits for its commit, and may bring the outcome of
//! the letter before it along. All go through one queue in their order, so that the commit that grants
//! a connection's next start holds its last outcome.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::faults::die_at;
use crate::store::ledger::{Record, Start};
use crate::store::usage::RelayHour;
use crate::store::{Store, StoreError};

/// Operations in one transaction at most.
const GROUP: usize = 512;
const HOUR_MS: i64 = 3_600_000;

/// An outcome, and which relay took the letter or may have taken it.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) record: Record,
    pub(super) relay: Option<Arc<str>>,
}

struct Op {
    finished: Option<Finished>,
    start: Option<(Start, oneshot::Sender<bool>)>,
}

/// A handle to the one task that writes the ledger.
#[derive(Clone)]
pub(super) struct GroupCommit {
    queue: mpsc::Sender<Op>,
}

impl GroupCommit {
    /// Starts the task. It ends when every handle is gone; its result is the first failure. At a
    /// failure it cancels `halt`, grants nothing more and writes nothing more.
    pub(super) fn start(
        store: Store,
        clock: Clock,
        renderer: &'static str,
        halt: CancellationToken,
    ) -> (GroupCommit, JoinHandle<Option<StoreError>>) {
        let (queue, ops) = mpsc::channel(GROUP * 2);
        let task = tokio::spawn(commit_all(store, clock, renderer, halt, ops));
        (GroupCommit { queue }, task)
    }

    /// Hands an outcome in. It is written in order, at the latest before the task ends.
    pub(super) async fn record(&self, finished: Finished) {
        let finished = Some(finished);
        // The task ends early only by a failure, which it reports itself.
        let _ = self
            .queue
            .send(Op {
                finished,
                start: None,
            })
            .await;
    }

    /// Asks for `started`, with the outcome of the letter before; true once both are committed.
    /// False: the dot must not leave.
    pub(super) async fn start_letter(&self, finished: Option<Finished>, start: Start) -> bool {
        let (granted, answer) = oneshot::channel();
        let start = Some((start, granted));
        if self.queue.send(Op { finished, start }).await.is_err() {
            return false;
        }
        answer.await.unwrap_or(false)
    }
}

/// What one transaction writes.
#[derive(Default)]
struct Group {
    records: Vec<Record>,
    starts: Vec<Start>,
    answers: Vec<oneshot::Sender<bool>>,
    taken: Vec<(Arc<str>, i64)>,
}

impl Group {
    /// What each relay took, as of this hour.
    fn taken_by(&self, now: Timestamp) -> Vec<RelayHour> {
        let hour = now.as_millisecond().div_euclid(HOUR_MS);
        let row = |(relay, letters): &(Arc<str>, i64)| RelayHour {
            relay: relay.to_string(),
            hour,
            sent: *letters,
        };
        self.taken.iter().map(row).collect()
    }

    fn add(&mut self, op: Op) {
        if let Some(Finished { record, relay }) = op.finished {
            if let Some(relay) = relay {
                match self.taken.iter_mut().find(|(known, _)| *known == relay) {
                    Some((_, letters)) => *letters += 1,
                    None => self.taken.push((relay, 1)),
                }
            }
            self.records.push(record);
        }
        if let Some((start, answer)) = op.start {
            self.starts.push(start);
            self.answers.push(answer);
        }
    }
}

async fn commit_all(
    store: Store,
    clock: Clock,
    renderer: &'static str,
    halt: CancellationToken,
    mut ops: mpsc::Receiver<Op>,
) -> Option<StoreError> {
    let mut queue = Vec::with_capacity(GROUP);
    while ops.recv_many(&mut queue, GROUP).await > 0 {
        gather(&mut ops, &mut queue).await;
        let mut group = Group::default();
        queue.drain(..).for_each(|op| group.add(op));
        match (group.starts.is_empty(), group.records.is_empty()) {
            (false, _) => die_at("before_started_commit"),
            (true, false) => die_at("after_reply_before_commit"),
            (true, true) => {}
        }
        let taken = group.taken_by(clock.now());
        let done = store
            .ledger_commit(&group.records, &group.starts, &taken, renderer, clock.now())
            .await;
        match done {
            Ok(done) => {
                die_at(if group.starts.is_empty() {
                    "after_commit"
                } else {
                    "after_started_commit"
                });
                for (answer, granted) in group.answers.into_iter().zip(done.granted) {
                    // A courier that is gone has no dot to send.
                    let _ = answer.send(granted);
                }
            }
            Err(error) => {
                halt.cancel();
                return Some(error);
            }
        }
    }
    None
}

/// Takes along whoever is about to ask: a commit costs about the same for one letter as for sixty.
/// Nobody is waited for; those who can run are let run, as long as that brings more.
async fn gather(ops: &mut mpsc::Receiver<Op>, queue: &mut Vec<Op>) {
    while queue.len() < GROUP {
        let before = queue.len();
        tokio::task::yield_now().await;
        while queue.len() < GROUP
            && let Ok(op) = ops.try_recv()
        {
            queue.push(op);
        }
        if queue.len() == before {
            return;
        }
    }
}
