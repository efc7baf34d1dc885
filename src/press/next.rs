//! When a subscription's next letter really comes, after its terms or its standing changed.
//!
//! A run that has a letter for the subscription already brings no second one: planning skips it,
//! whatever hour it now stands at. What a wish means and who may be mailed, the callers know.

use super::PressError;
use crate::domain::SubscriptionId;
use crate::domain::due::{self, Due};
use crate::domain::list::Cadence;
use crate::domain::subscriber::Terms;
use crate::domain::time::Timestamp;
use crate::store::Store;

/// Runs passed over at the most: more than anybody plans ahead. Beyond them planning skips.
const PASSED_MAX: usize = 100;

/// The first run strictly after `after` that has no letter for the subscription yet, on its own
/// clock. Without a subscription, as [`due::next_due`].
///
/// # Errors
/// [`PressError::Due`] if the terms do not go with the cadence; [`PressError::Store`].
pub async fn next_due(
    store: &Store,
    subscription: Option<SubscriptionId>,
    terms: &Terms,
    cadence: &Cadence,
    after: Timestamp,
) -> Result<Option<Due>, PressError> {
    let mut next = due::next_due(terms, cadence, after)?;
    let Some(subscription) = subscription else {
        return Ok(next);
    };
    for _ in 0..PASSED_MAX {
        let Some(due) = &next else { break };
        if !store.letter_in(subscription, cadence.id, &due.run).await? {
            break;
        }
        next = due::next_due(terms, cadence, due.at)?;
    }
    Ok(next)
}
