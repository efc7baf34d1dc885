//! Taking up what a dead sender left: its leases go back, its started letters are in doubt.
//!
//! Only the owner of the lock calls it, so whoever else stands in a row is dead; time alone proves
//! nothing.

use super::{Store, StoreError};
use crate::domain::time::Timestamp;

const RECOVER_LEASED: &str = "update delivery set \
     state = case when attempt > 0 then 'deferred' else 'planned' end, \
     lease_owner = null, lease_token = null, lease_until_ms = null, changed_ms = $2 \
     where state = 'leased' and lease_owner <> $1";
const RECOVER_STARTED_HOLD: &str = "update delivery set state = 'uncertain', held = 'in_doubt', \
     reply = 'in doubt since the sender stopped', \
     lease_owner = null, lease_token = null, lease_until_ms = null, changed_ms = $2 \
     where state = 'started' and lease_owner <> $1 and (started_ms < $2 - 3600000 or edition_id in ( \
      select e.edition_id from edition e join list_setting s on s.list_id = e.list_id \
      where s.key = 'uncertain' and s.value = 'hold'))";
const RECOVER_STARTED_RESEND: &str = "update delivery set state = 'deferred', not_before_ms = $2, \
     reply = 'in doubt since the sender stopped', \
     lease_owner = null, lease_token = null, lease_until_ms = null, changed_ms = $2 \
     where state = 'started' and lease_owner <> $1";

impl Store {
    /// What a dead sender left, taken up by `owner`, who holds the lock and so is the only one:
    /// leases go back, started rows are in doubt and wait for a resend of the same bytes. They wait
    /// for a person where the list says hold, and where they were started more than an hour ago: the
    /// database may be a copy that is older than what was sent (P7). Returns the number in doubt.
    pub async fn recover(&self, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut doubt = 0;
        for (statement, counts) in [
            (RECOVER_LEASED, false),
            (RECOVER_STARTED_HOLD, true),
            (RECOVER_STARTED_RESEND, true),
        ] {
            let done = sqlx::query(statement)
                .bind(owner)
                .bind(now.as_millisecond())
                .execute(&mut *tx)
                .await?;
            if counts {
                doubt += done.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(doubt)
    }
}
