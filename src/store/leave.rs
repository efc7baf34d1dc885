//! Leaving, many in one transaction: those who leave while one write runs share the next, so that a
//! rush to the door costs no more commits than there are in the time.

use std::collections::hash_map::Entry::Occupied;
use std::collections::{HashMap, HashSet};

use serde_json::json;
use sqlx::{FromRow, SqliteConnection};

use super::consent::consent_append;
use super::people::standing_of;
use super::planning::address_hash;
use super::standing::stop_letters;
use super::{Store, StoreError};
use crate::domain::consent::Receipt;
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{ListId, SubscriberId, SubscriptionId};
use crate::journal::{Entry, Kind};

const WHO: &str = "select b.subscription_id, b.subscriber_id, b.list_id, b.standing, s.address_hash \
     from json_each($1) j cross join subscription b on b.subscription_id = j.value \
     join subscriber s on s.subscriber_id = b.subscriber_id";
const LEFT: &str = "update subscription \
     set standing = $2, due_ms = null, due_run = null, due_cadence_id = null \
     where subscription_id in (select value from json_each($1))";
const EVENTS: &str = "insert into event (subscriber_id, subscription_id, kind, detail, at_ms) \
     select json_extract(value, '$[0]'), json_extract(value, '$[1]'), 'unsubscribe', \
     json_extract(value, '$[2]'), $2 from json_each($1)";
const OPEN: &str = "select distinct d.subscription_id from json_each($1) j \
     cross join delivery d on d.subscription_id = j.value \
     where d.state in ('planned', 'leased', 'deferred')";

/// Somebody who leaves a list.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// What they leave …
    pub subscription: SubscriptionId,
    /// … which is to this list; one to another stays.
    pub list: ListId,
    /// How, in one word: the event's detail.
    pub how: &'static str,
    /// What is kept of it beside the event.
    pub receipt: Option<Receipt>,
}

#[derive(FromRow)]
struct WhoRow {
    subscription_id: i64,
    subscriber_id: i64,
    list_id: i64,
    standing: String,
    address_hash: Vec<u8>,
}

impl Store {
    /// Takes people out of lists, all in one transaction: events, receipts, letters that are planned
    /// and the journal beside. Who bounced or complained stays so, that stop being the stronger one;
    /// who is out already, or is no more, stays out.
    ///
    /// Whether each left by this, in their order.
    pub async fn leave(
        &self,
        leaving: &[Leaving],
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        let mut tx = self.write().await?;
        let wanted: Vec<i64> = leaving.iter().map(|l| l.subscription.0).collect();
        let rows: Vec<WhoRow> = sqlx::query_as(WHO)
            .bind(json!(wanted).to_string())
            .fetch_all(&mut *tx)
            .await?;
        let mut stays = HashMap::new();
        for row in rows {
            let standing = standing_of(&row.standing, "subscription.standing")?;
            if may_leave(standing) {
                stays.insert(row.subscription_id, row);
            }
        }
        let (mut left, mut leavers) = (Vec::with_capacity(leaving.len()), Vec::new());
        for one in leaving {
            // Whoever is taken leaves by this; a second time in one slice finds them gone.
            let row = match stays.entry(one.subscription.0) {
                Occupied(entry) if entry.get().list_id == one.list.0 => Some(entry.remove()),
                _ => None,
            };
            left.push(row.is_some());
            leavers.extend(row.map(|row| (one, row)));
        }
        if leavers.is_empty() {
            return Ok(left);
        }
        write(&mut tx, &leavers, now).await?;
        let entry = |(_, row): (&Leaving, WhoRow)| {
            Ok(Entry {
                at: now,
                kind: Kind::Unsubscribe,
                who: address_hash(row.address_hash)?,
                list: Some(ListId(row.list_id)),
            })
        };
        let entries: Result<Vec<Entry>, StoreError> = leavers.into_iter().map(entry).collect();
        self.journalled(entries?).await?;
        tx.commit().await?;
        Ok(left)
    }
}

fn may_leave(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Pending | Standing::Active | Standing::Paused
    )
}

async fn write(
    tx: &mut SqliteConnection,
    leavers: &[(&Leaving, WhoRow)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (at, out) = (now.as_millisecond(), Standing::Unsubscribed);
    let ids: Vec<i64> = leavers.iter().map(|(_, row)| row.subscription_id).collect();
    let ids = json!(ids).to_string();
    sqlx::query(LEFT)
        .bind(&ids)
        .bind(out.as_str())
        .execute(&mut *tx)
        .await?;
    let events: Vec<_> = leavers
        .iter()
        .map(|(one, row)| json!([row.subscriber_id, row.subscription_id, one.how]))
        .collect();
    sqlx::query(EVENTS)
        .bind(json!(events).to_string())
        .bind(at)
        .execute(&mut *tx)
        .await?;
    let open: Vec<i64> = sqlx::query_scalar(OPEN)
        .bind(&ids)
        .fetch_all(&mut *tx)
        .await?;
    let open: HashSet<i64> = open.into_iter().collect();
    for (one, row) in leavers {
        let person = SubscriberId(row.subscriber_id);
        if open.contains(&row.subscription_id) {
            stop_letters(tx, person, Some(one.subscription), out, now).await?;
        }
        if let Some(receipt) = &one.receipt {
            consent_append(tx, person, receipt).await?;
        }
    }
    Ok(())
}
