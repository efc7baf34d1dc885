//! Sign-ups on their way into the database: those that come while one write runs share the next.
//!
//! Whoever is first writes for all that wait, so a flood costs no more commits than there are in the
//! time, and nobody is answered before theirs is on disk. All wait alike, whoever they are.

use std::sync::Mutex;

use tokio::sync::oneshot;

use crate::domain::signup::NewSignup;
use crate::store::{Store, StoreError};

/// Most sign-ups of one write.
const WRITE_MOST: usize = 500;

/// A sign-up that waits, and whom to tell whether it was written.
type Waiting = (NewSignup, oneshot::Sender<bool>);

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Intake {
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

/// Why a sign-up was not written down.
#[derive(Debug, thiserror::Error)]
pub(super) enum IntakeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the write that it was a part of failed")]
    Shared,
}

impl Intake {
    /// Queues a sign-up; it is on disk when this returns.
    pub(super) async fn put(&self, store: &Store, new: NewSignup) -> Result<(), IntakeError> {
        let (done, mut written) = oneshot::channel();
        self.waiting().push((new, done));
        let _turn = self.writing.lock().await;
        if let Ok(ok) = written.try_recv() {
            return ok.then_some(()).ok_or(IntakeError::Shared);
        }
        // Ours may stand behind more than one write takes.
        loop {
            let (signups, tell) = self.next();
            if signups.is_empty() {
                return Err(IntakeError::Shared);
            }
            let outcome = store.signups_add(&signups).await;
            for done in tell {
                // Who has gone away does not listen.
                let _ = done.send(outcome.is_ok());
            }
            outcome?;
            if let Ok(ok) = written.try_recv() {
                return ok.then_some(()).ok_or(IntakeError::Shared);
            }
        }
    }

    fn next(&self) -> (Vec<NewSignup>, Vec<oneshot::Sender<bool>>) {
        let mut waiting = self.waiting();
        let most = waiting.len().min(WRITE_MOST);
        waiting.drain(..most).unzip()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        // Nothing that holds it can panic; were it poisoned, what waits is still whole.
        self.waiting.lock().unwrap_or_else(|e| e.into_inner())
    }
}
