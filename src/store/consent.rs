//! Receipts of consent: appended with what they are for, read back whole, never changed.

use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, instant, unreadable};
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::{ListId, SubscriberId};

const CONSENT_INSERT: &str = "insert into consent \
     (subscriber_id, list_id, act, how, wording, source, network, note, at_ms) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const CONSENTS: &str = "select list_id, act, how, wording, source, network, note, at_ms \
     from consent where subscriber_id = $1 order by at_ms, consent_id";

#[derive(FromRow)]
struct ConsentRow {
    list_id: Option<i64>,
    act: String,
    how: String,
    wording: String,
    source: String,
    network: Option<String>,
    note: String,
    at_ms: i64,
}

impl Store {
    /// A person's receipts, oldest first.
    pub async fn consents(&self, subscriber: SubscriberId) -> Result<Vec<Receipt>, StoreError> {
        let rows: Vec<ConsentRow> = sqlx::query_as(CONSENTS)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(receipt_of).collect()
    }

    /// Appends a receipt by itself: what an admin writes down after the fact.
    pub async fn consent_add(
        &self,
        subscriber: SubscriberId,
        receipt: &Receipt,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        consent_append(&mut tx, subscriber, receipt).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Appends a receipt, in the transaction of what it is for.
pub(super) async fn consent_append(
    connection: &mut SqliteConnection,
    subscriber: SubscriberId,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    sqlx::query(CONSENT_INSERT)
        .bind(subscriber.0)
        .bind(receipt.list.map(|list| list.0))
        .bind(receipt.act.as_str())
        .bind(&receipt.how)
        .bind(&receipt.wording)
        .bind(&receipt.source)
        .bind(&receipt.network)
        .bind(&receipt.note)
        .bind(receipt.at.as_millisecond())
        .execute(connection)
        .await?;
    Ok(())
}

fn receipt_of(row: ConsentRow) -> Result<Receipt, StoreError> {
    Ok(Receipt {
        list: row.list_id.map(ListId),
        act: ConsentAct::parse(&row.act).map_err(|_| unreadable("consent.act", &row.act))?,
        how: row.how,
        wording: row.wording,
        source: row.source,
        network: row.network,
        note: row.note,
        at: instant(row.at_ms, "consent.at_ms")?,
    })
}
