//! Renditions that nothing needs any more are removed, folder by folder: a step looks at one of the
//! shelf's folders, a round at all of them, and there is one round a day.

use jiff::SignedDuration;

use super::shelf::Shelf;
use super::{Pictures, oldest};
use crate::domain::list::List;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// Days for which the letters of a wave show their pictures, and for which a rendition is kept at least.
pub const KEPT_DAYS: i64 = 400;
/// Hours between two rounds.
const ROUND_HOURS: i64 = 24;

/// How far a round is.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    folder: u16,
    /// No round begins before.
    rests_until: Option<Timestamp>,
}

impl Sweep {
    /// Whether there is nothing to do now.
    pub fn rests(&self, now: Timestamp) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// Looks at the next folder; how many renditions were removed. What the disk does not let go is
    /// said, and tried again in the next round.
    ///
    /// # Errors
    /// The database's alone.
    pub async fn step(
        &mut self,
        pictures: &Pictures,
        lists: &[List],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        if self.rests(now) {
            return Ok(0);
        }
        let removed = pictures.sweep(self.folder, lists, now).await?;
        self.folder = (self.folder + 1) % Shelf::FOLDERS;
        self.rests_until = match self.folder {
            0 => now
                .checked_add(SignedDuration::from_hours(ROUND_HOURS))
                .ok(),
            _ => None,
        };
        Ok(removed)
    }
}

impl Pictures {
    /// Removes the renditions of one folder that were made, and last shown by a wave, so long ago that
    /// no letter shows them, and that no article within any list's window names.
    async fn sweep(
        &self,
        folder: u16,
        lists: &[List],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
        let since = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
        let shelf = self.shelf.clone();
        let old = tokio::task::spawn_blocking(move || old(&shelf, folder, since)).await;
        let old = old.unwrap_or_default();
        if old.is_empty() {
            return Ok(0);
        }
        let after = lists.iter().map(|list| oldest(list, now)).min();
        let free = self
            .store
            .pictures_let_go(&old, since, after.unwrap_or(now))
            .await?;
        let shelf = self.shelf.clone();
        let removed = tokio::task::spawn_blocking(move || removed(&shelf, &free, since)).await;
        Ok(removed.unwrap_or_default())
    }
}

/// The renditions of a folder that were made last before `since`.
fn old(shelf: &Shelf, folder: u16, since: Timestamp) -> Vec<String> {
    let made = shelf.made_in(folder).unwrap_or_else(|error| {
        tracing::warn!(folder, %error, "a folder of pictures cannot be read");
        Vec::new()
    });
    let old = made.into_iter().filter(|(_, at)| *at < since);
    old.map(|(name, _)| name).collect()
}

fn removed(shelf: &Shelf, names: &[String], since: Timestamp) -> usize {
    let remove = |name: &&String| {
        shelf.remove(name, since).unwrap_or_else(|error| {
            tracing::warn!(%error, "a picture that nothing needs cannot be removed");
            false
        })
    };
    names.iter().filter(remove).count()
}
