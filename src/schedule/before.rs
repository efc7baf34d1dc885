//! What has to be done before a wave freezes, and before letters leave that were planned.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::Schedule;
use crate::domain::time::Timestamp;
use crate::press::PressError;
use crate::store::StoreError;

/// So long before a wave's cut-off its sources are read again.
const READ_AGAIN: SignedDuration = SignedDuration::from_mins(3);

impl Schedule {
    /// Makes letters again that an amendment reaches, where whoever wrote it down does not: a source, or
    /// a command that was killed. Until then none of their waves is started.
    pub(super) async fn amend(&self, now: Timestamp) -> Result<Vec<PressError>, PressError> {
        let taken = self.press.amend_left(now).await?;
        if taken.waves > 0 {
            let (waves, left) = (taken.waves, taken.failed.len());
            tracing::info!(
                waves,
                left,
                "letters made again after an article was amended"
            );
        }
        Ok(taken.failed)
    }

    /// Makes the sources of every list due that freezes a wave within minutes, so that its headlines are
    /// those of now: conditional requests, none sooner than its host allows, and no wave waits for them.
    pub(super) async fn read_again(&self, now: Timestamp) -> Result<(), StoreError> {
        let soon = now.checked_add(READ_AGAIN).unwrap_or(now);
        let next = self.due(soon).await?;
        // What is frozen, or fails to be, has been read for.
        let past = match next.is_empty() {
            true => Vec::new(),
            false => self.due(now).await?,
        };
        let next = next.iter().filter(|wave| !past.contains(wave));
        let lists: BTreeSet<_> = next.map(|wave| wave.list).collect();
        if lists.is_empty() {
            return Ok(());
        }
        let since = now.checked_sub(READ_AGAIN).unwrap_or(now);
        let sources = self.press.store.sources_again(&lists, since, now).await?;
        if sources > 0 {
            tracing::info!(sources, "sources are read again before a wave freezes");
        }
        Ok(())
    }
}
