//! First letters: who joins gets the newest edition, chosen for them, before their next run comes.
//!
//! Nothing is planned here: a first letter is made due now, as a run of that edition which this
//! reader did not have, and reaching back over what it was made of. From there it goes the way of every
//! digest, and what it brings is remembered like any other's.

use super::{Press, PressError};
use crate::domain::SubscriptionId;
use crate::domain::due::{self, Due};
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::welcomes::FirstLetter;

/// First letters that are made due in one step; they share a wave.
const STEP: u32 = 1000;

impl Press {
    /// Makes first letters due whose readers have chosen, or have had their time for it. How many.
    ///
    /// # Errors
    /// [`PressError::Store`].
    pub async fn welcome(&self, now: Timestamp) -> Result<u64, PressError> {
        let mut begun = 0;
        for id in self.store.welcomes(now, STEP).await? {
            let first = self.first_letter(id, now).await?;
            begun += u64::from(self.store.welcome_end(id, first).await?);
        }
        Ok(begun)
    }

    /// When a reader's first letter is due, what it reaches back to and what follows it; `None` where no edition of
    /// their rhythm is there to be sent.
    async fn first_letter(
        &self,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<Option<FirstLetter>, PressError> {
        let Some((person, subscription)) = self.store.subscription(id).await? else {
            return Ok(None);
        };
        let terms = &subscription.terms;
        let active = Standing::together(person.standing, subscription.standing) == Standing::Active;
        if !active || terms.paused_through().is_some_and(|until| until >= now) {
            return Ok(None);
        }
        let list = self.store.list_by_id(subscription.list).await?;
        let cadence = match self.store.cadence(list.id, &terms.cadence).await {
            Ok(cadence) => cadence,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Ok(next) = due::next_due(terms, &cadence, now) else {
            return Ok(None);
        };
        let before = next.map(|due| due.run);
        let issue = self
            .store
            .newest_issue((list.id, cadence.id), before, now)
            .await?;
        let Some(issue) = issue else {
            return Ok(None);
        };
        let due = Due {
            at: now,
            run: issue.run,
            cadence: cadence.id,
        };
        let window = jiff::SignedDuration::from_hours(i64::from(list.settings.window_hours));
        let since = issue.cutoff.checked_sub(window).unwrap_or(issue.cutoff);
        Ok(Some(FirstLetter {
            due,
            since,
            next: next.map(|due| due.at),
        }))
    }
}
