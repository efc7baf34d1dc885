//! Group commit: one transaction for whatever outcomes and starts have come together.
//!
//! Outcomes are handed in without waiting; a start waits for its commit. Both go through one queue in
//! their order, so that the commit that grants a connection's next start holds its last outcome.

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::ledger::{Record, Start};
use crate::store::{Store, StoreError};

/// Operations in one transaction at most.
const GROUP: usize = 512;

enum Op {
    Record(Record),
    Start(Start, oneshot::Sender<bool>),
}

/// A handle to the one task that writes the ledger.
#[derive(Clone)]
pub(crate) struct GroupCommit {
    queue: mpsc::Sender<Op>,
}

impl GroupCommit {
    /// Starts the task. It ends when every handle is gone; its result is the first failure. At a
    /// failure it cancels `halt`, grants nothing more and writes nothing more.
    pub(crate) fn start(
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
    pub(crate) async fn record(&self, record: Record) {
        // The task ends early only by a failure, which it reports itself.
        let _ = self.queue.send(Op::Record(record)).await;
    }

    /// Asks for `started`; true once it is committed. False: the dot must not leave.
    pub(crate) async fn start_letter(&self, start: Start) -> bool {
        let (granted, answer) = oneshot::channel();
        if self.queue.send(Op::Start(start, granted)).await.is_err() {
            return false;
        }
        answer.await.unwrap_or(false)
    }
}

async fn commit_all(
    store: Store,
    clock: Clock,
    renderer: &'static str,
    halt: CancellationToken,
    mut ops: mpsc::Receiver<Op>,
) -> Option<StoreError> {
    let mut group = Vec::with_capacity(GROUP);
    while ops.recv_many(&mut group, GROUP).await > 0 {
        let (mut records, mut starts, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for op in group.drain(..) {
            match op {
                Op::Record(record) => records.push(record),
                Op::Start(start, answer) => {
                    starts.push(start);
                    answers.push(answer);
                }
            }
        }
        match store
            .ledger_commit(&records, &starts, renderer, clock.now())
            .await
        {
            Ok(done) => {
                for (answer, granted) in answers.into_iter().zip(done.granted) {
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
