//! A copy of the database on which the future is tried out. Letters count as accepted there without
//! having left: that can be said to a copy alone, which nobody sends from.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Store, StoreError, connect, vacuum_into};
use crate::domain::time::Timestamp;
use crate::domain::{SubscriptionId, WaveId};

/// The copy's file, in the folder that is given for it.
const FILE: &str = "rehearsal.db";

// In doubt nothing is: no letter of it was ever begun.
const ACCEPT: &str = "update delivery set state = 'accepted', held = null, code = 250, \
     reply = 'rehearsed', changed_ms = $1 \
     where state in ('planned', 'leased', 'deferred') and sha256 is null \
     and (held is null or $2) and not_before_ms <= $1";
// A copy that is lost is made again: nothing waits for its disk. The pool of writers has one connection.
const CHEAP: &str = "pragma synchronous = off";
const MINUTES: &str = "select not_before_ms / 60000, count(*) from delivery where wave_id = $1 \
     and edition_id = (select edition_id from wave where wave_id = $1) group by 1";
const OVERTAKEN: &str = "select wave_id, count(*) from delivery where state = 'refused' \
     and reply = 'overtaken by the next digest' and ($1 is null or subscription_id = $1) group by wave_id";
const SKIPS: &str = "select reason, count(*) from skip where wave_id = $1 group by reason";

/// A copy of a database, gone with its folder.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    store: Store,
}

impl Store {
    /// Copies the database into a folder, beside whatever else goes on. The journal of who left stays
    /// behind: nobody is mailed from the copy.
    pub async fn rehearse(&self, folder: &Path) -> Result<Rehearsal, StoreError> {
        let to = folder.join(FILE);
        let mut connection = connect(&self.path, false).await?;
        vacuum_into(&mut connection, &to).await?;
        sqlx::Connection::close(connection).await?;
        let store = Store::open(&to).await?;
        sqlx::query(CHEAP).execute(&store.writer).await?;
        Ok(Rehearsal { store })
    }
}

impl Rehearsal {
    /// The copy, to be planned in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Every letter that may leave by an instant counts as accepted; those that ask a person as well,
    /// where `asking` says so. Returns how many.
    pub async fn accept(&self, until: Timestamp, asking: bool) -> Result<u64, StoreError> {
        let mut tx = self.store.write().await?;
        let done = sqlx::query(ACCEPT)
            .bind(until.as_millisecond())
            .bind(asking)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// How many letters of a wave may leave from each minute since 1970 on.
    pub async fn minutes(&self, wave: WaveId) -> Result<BTreeMap<i64, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(MINUTES)
            .bind(wave.0)
            .fetch_all(&self.store.readers)
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Whom a wave passed over, by reason.
    pub async fn skips(&self, wave: WaveId) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(SKIPS)
            .bind(wave.0)
            .fetch_all(&self.store.readers)
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// How many letters of each wave gave way to their readers' next digest before they left; those of
    /// one subscription, or of all. Waves without any are not in it.
    pub async fn overtaken(
        &self,
        who: Option<SubscriptionId>,
    ) -> Result<BTreeMap<WaveId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(OVERTAKEN)
            .bind(who.map(|id| id.0))
            .fetch_all(&self.store.readers)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(wave, n)| (WaveId(wave), n))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SYNCHRONOUS;

    #[tokio::test]
    async fn a_copy_waits_for_no_disk_and_the_database_still_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("courant.db");
        let store = Store::create(&path, "test", Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        let copy = store.rehearse(folder.path()).await.unwrap();
        for (store, level) in [(&store, 2), (copy.store(), 0)] {
            let asked: i64 = sqlx::query_scalar(SYNCHRONOUS)
                .fetch_one(&store.writer)
                .await
                .unwrap();
            assert_eq!(asked, level);
        }
    }
}
