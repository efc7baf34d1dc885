//! Letting mail to an address go again that an operator stopped.

use sqlx::SqliteConnection;

use super::people::standing_of;
use super::standing::{DUE_SET, PERSON_SET, event};
use super::whose::suppressed;
use super::{Store, StoreError};
use crate::domain::address::AddressHash;
use crate::domain::due::Due;
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{SubscriberId, SubscriptionId};
use crate::journal::{Entry, Kind};

/// The event's word.
pub(super) const LIFT: &str = "lift";

const SUPPRESSED: &str = concat!(
    "select s.subscriber_id, s.standing, s.erased_ms is not null from subscriber s \
     where s.address_hash = $1 and ",
    suppressed!()
);

impl Store {
    /// Ends the suppression of a mailbox: its owner is active again, with these dues of their
    /// subscriptions that are active themselves; of whoever is a mere hash nothing changes but that they
    /// may be signed up by their own wish. `false`, and nothing written, if it is not suppressed.
    pub async fn lift(
        &self,
        mailbox: &AddressHash,
        dues: &[(SubscriptionId, Due)],
        by: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let known: Option<(i64, String, bool)> = sqlx::query_as(SUPPRESSED)
            .bind(&mailbox.0[..])
            .fetch_optional(&mut *tx)
            .await?;
        let Some((id, standing, erased)) = known else {
            return Ok(false);
        };
        if standing_of(&standing, "subscriber.standing")? != Standing::Unsubscribed {
            return Ok(false);
        }
        let id = SubscriberId(id);
        if !erased {
            active(&mut tx, id, dues).await?;
        }
        event(&mut tx, id, None, LIFT, by, now).await?;
        let entry = Entry {
            at: now,
            kind: Kind::Rejoin,
            who: *mailbox,
            list: None,
        };
        self.journalled(vec![entry]).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn active(
    tx: &mut SqliteConnection,
    id: SubscriberId,
    dues: &[(SubscriptionId, Due)],
) -> Result<(), StoreError> {
    sqlx::query(PERSON_SET)
        .bind(id.0)
        .bind(Standing::Active.as_str())
        .execute(&mut *tx)
        .await?;
    for (subscription, due) in dues {
        sqlx::query(DUE_SET)
            .bind(subscription.0)
            .bind(id.0)
            .bind(due.at.as_millisecond())
            .bind(due.run.to_string())
            .bind(due.cadence.0)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
