//! What many people do at once: those who come while one write runs share the next.
//!
//! Whoever is first writes for all that wait, so a flood costs no more commits than there are in the
//! time, and nobody is answered before theirs is on disk. All wait alike, whoever they are.

use std::sync::Mutex;

use tokio::sync::oneshot;

use crate::store::{Store, StoreError};

/// Most of one write.
const WRITE_MOST: usize = 500;

/// What is written together.
pub(super) trait Batch {
    /// What one of them asks for.
    type Asked: Send;
    /// What came of it.
    type Done: Send;

    /// Writes all of them, or none. What came of each, in their order.
    fn write(
        store: &Store,
        asked: Vec<Self::Asked>,
    ) -> impl Future<Output = Result<Vec<Self::Done>, StoreError>> + Send;
}

/// Whom to tell what came of theirs; nothing if their write failed.
type Tell<B> = oneshot::Sender<Option<<B as Batch>::Done>>;

/// What waits.
pub(super) struct Together<B: Batch> {
    waiting: Mutex<Vec<(B::Asked, Tell<B>)>>,
    writing: tokio::sync::Mutex<()>,
}

/// Why something was not written down.
#[derive(Debug, thiserror::Error)]
pub(super) enum TogetherError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the write that it was a part of failed")]
    Shared,
}

impl<B: Batch> Default for Together<B> {
    fn default() -> Together<B> {
        Together {
            waiting: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }
    }
}

impl<B: Batch> Together<B> {
    /// Queues something; it is on disk when this returns.
    pub(super) async fn put(
        &self,
        store: &Store,
        asked: B::Asked,
    ) -> Result<B::Done, TogetherError> {
        let (tell, mut told) = oneshot::channel();
        self.waiting().push((asked, tell));
        let _turn = self.writing.lock().await;
        if let Ok(done) = told.try_recv() {
            return done.ok_or(TogetherError::Shared);
        }
        // Ours may stand behind more than one write takes.
        loop {
            let (asked, tell) = self.next();
            if asked.is_empty() {
                return Err(TogetherError::Shared);
            }
            let (done, failed) = match B::write(store, asked).await {
                Ok(done) => (done, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            let mut done = done.into_iter();
            for tell in tell {
                // Who has gone away does not listen.
                let _ = tell.send(done.next());
            }
            if let Some(error) = failed {
                return Err(error.into());
            }
            if let Ok(done) = told.try_recv() {
                return done.ok_or(TogetherError::Shared);
            }
        }
    }

    fn next(&self) -> (Vec<B::Asked>, Vec<Tell<B>>) {
        let mut waiting = self.waiting();
        let most = waiting.len().min(WRITE_MOST);
        waiting.drain(..most).unzip()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(B::Asked, Tell<B>)>> {
        // Nothing that holds it can panic; were it poisoned, what waits is still whole.
        self.waiting.lock().unwrap_or_else(|e| e.into_inner())
    }
}
