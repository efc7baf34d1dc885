//! How many letters each relay took, by hour: what a day's quota is counted by after a restart.
//!
//! Relays are known here by the names that the configuration gives them.

use serde_json::json;

use super::{Store, StoreError, batch};

const RELAY_HOURS: &str = "select relay, hour, sent from relay_hour where hour >= $1 \
     order by relay, hour";
const RELAY_HOURS_FORGET: &str = "delete from relay_hour where hour < $1";

/// Letters that a relay took, or may have taken, in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayHour {
    /// The relay's name.
    pub relay: String,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: i64,
    /// How many letters.
    pub sent: i64,
}

impl Store {
    /// What relays took from `since_hour` on, by name and hour.
    pub async fn relay_usage(&self, since_hour: i64) -> Result<Vec<RelayHour>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(RELAY_HOURS)
            .bind(since_hour)
            .fetch_all(&self.readers)
            .await?;
        let row = |(relay, hour, sent)| RelayHour { relay, hour, sent };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Adds to the counters, outside of any ledger transaction.
    pub async fn relay_usage_add(&self, rows: &[RelayHour]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        add(&mut tx, rows).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets counters of hours before `before_hour`; how many.
    pub async fn relay_usage_forget(&self, before_hour: i64) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(RELAY_HOURS_FORGET)
            .bind(before_hour)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Adds to the counters within a transaction of the ledger.
pub(super) async fn add(
    tx: &mut sqlx::SqliteConnection,
    rows: &[RelayHour],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let row = |row: &RelayHour| json!([row.relay, row.hour, row.sent]);
    let rows = json!(rows.iter().map(row).collect::<Vec<_>>()).to_string();
    sqlx::query(batch::RELAY_HOURS_ADD)
        .bind(&rows)
        .execute(tx)
        .await?;
    Ok(())
}
