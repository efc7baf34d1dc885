//! After a long stop: of the runs that a reader missed, the newest is the one worth having.
//!
//! What was missed before it is not made up for. The one that is left may still be late, and asks, or
//! is merged into the next one.

use super::{Press, PressError, is_late};
use crate::domain::due::Due;
use crate::domain::list::Cadence;
use crate::domain::subscriber::Redue;
use crate::domain::time::{Occurrence, Timestamp};
use crate::domain::{EditionId, SubscriptionId};
use crate::store::planning::{DueReader, DueWave};

/// Readers in one write.
const SLICE: i64 = 1000;
/// How far back a frequent cadence is looked at for its newest run: longer than any week.
const LOOK_BACK_MS: i64 = 8 * 24 * 3_600_000;

impl Press {
    /// Moves readers whose run was missed by more than their list's grace on to the newest run that
    /// is due by `now`. Returns how many.
    pub async fn catch_up(&self, now: Timestamp) -> Result<u64, PressError> {
        let mut moved = 0;
        for wave in self.store.due_waves(now).await? {
            let list = self.store.list_by_id(wave.list).await?;
            if is_late(&list, wave.due_at, now) {
                moved += self.move_on(&wave, now).await?;
            }
        }
        Ok(moved)
    }

    async fn move_on(&self, wave: &DueWave, now: Timestamp) -> Result<u64, PressError> {
        let cadences = self.store.cadences(wave.list).await?;
        let Some(cadence) = cadences.into_iter().find(|c| c.id == wave.cadence) else {
            return Ok(0);
        };
        let (mut moved, mut after) = (0, SubscriptionId(0));
        loop {
            // No edition is meant: whether a letter is planned is not asked here.
            let readers = self
                .store
                .due_readers(wave, EditionId(0), after, SLICE)
                .await?;
            let Some(last) = readers.last() else {
                return Ok(moved);
            };
            after = last.subscription;
            let newest = |reader: &DueReader| {
                let due = newest(&cadence, reader, wave.due_at, now)?;
                Some(Redue {
                    subscription: reader.subscription,
                    terms: reader.terms_id,
                    due: Some(Due {
                        at: due.at,
                        run: due.run,
                        cadence: cadence.id,
                    }),
                })
            };
            let dues: Vec<Redue> = readers.iter().filter_map(newest).collect();
            if !dues.is_empty() {
                moved += self.store.redue(&dues).await?;
            }
        }
    }
}

/// The newest run after `missed` and up to `now`, if there is one.
fn newest(
    cadence: &Cadence,
    reader: &DueReader,
    missed: Timestamp,
    now: Timestamp,
) -> Option<Occurrence> {
    let next = |after| cadence.next_after(after, &reader.zone, reader.hour);
    let near = now
        .checked_sub(jiff::SignedDuration::from_millis(LOOK_BACK_MS))
        .ok()?;
    // A run within the last days makes all before them moot; a rarer cadence has few to walk.
    let first = next(near.max(missed)).filter(|run| run.at <= now);
    let mut found = match first {
        Some(run) => run,
        None => next(missed).filter(|run| run.at <= now)?,
    };
    while let Some(later) = next(found.at).filter(|run| run.at <= now) {
        found = later;
    }
    Some(found)
}
