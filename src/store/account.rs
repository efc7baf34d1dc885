//! What an edition's letters come to, and what a person decides about those that ask.
//!
//! Sums are counted from rows (P8), never kept beside them. How letters leave is the ledger's.

use super::planning::address_hash;
use super::{Store, StoreError, instant, unreadable};
use crate::domain::delivery::{Delivery, DeliveryState, Hold, Tally};
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, EditionId, ListId, SubscriberId, SubscriptionId, WaveId};

const TALLY: &str = "select state, count(*) as n, sum(case when held is null then 0 else 1 end) as held \
     from delivery where edition_id = $1 group by state";
// Whoever has a letter of the edition was not skipped, whatever a later look at them said.
const SKIPPED: &str = "select count(*) from skip k join wave w on w.wave_id = k.wave_id \
     join subscription n on n.subscription_id = k.subscription_id \
     where w.edition_id = $1 and not exists (select 1 from delivery d \
      where d.edition_id = w.edition_id and d.subscriber_id = n.subscriber_id)";
const DELIVERIES_OF: &str = "select edition_id, subscriber_id, subscription_id, wave_id, digest_id, address_hash, \
     state, held, attempt, not_before_ms, code, reply, changed_ms, sha256 from delivery \
     where edition_id = $1 and subscriber_id > $2 order by subscriber_id limit $3";
const OPEN_EDITIONS: &str = "select distinct edition_id from delivery \
     where state in ('planned', 'leased', 'started', 'deferred') or held is not null";
const NEXT_NOT_BEFORE: &str = "select min(d.not_before_ms) from delivery d join edition e on e.edition_id = d.edition_id \
     where d.state in ('planned', 'deferred') and d.held is null and e.state <> 'paused' \
     and exists (select 1 from instance where paused_ms is null)";
const RELEASE_PLANNED: &str = "update delivery set held = null, changed_ms = $2 \
     where edition_id = $1 and held is not null and state in ('planned', 'deferred')";
const RELEASE_DOUBT: &str = "update delivery set state = 'deferred', \
     sha256 = case when held in ('other_bytes', 'withdrawn') then null else sha256 end, held = null, \
     not_before_ms = $2, changed_ms = $2 \
     where edition_id = $1 and held is not null and state = 'uncertain' \
     and not (held = 'withdrawn' and exists (select 1 from digest g join json_each(g.picks) p \
      join article a on a.article_id = json_extract(p.value, '$.article') \
      where g.digest_id = delivery.digest_id and a.withdrawn_ms is not null)) \
     and exists (select 1 from edition e where e.edition_id = $1 and e.state <> 'cancelled')";
const DROP_PLANNED: &str = "update delivery set state = 'withheld', held = null, \
     reply = 'dropped by an operator', changed_ms = $2 \
     where edition_id = $1 and held is not null and state in ('planned', 'deferred')";
const DROP_DOUBT: &str = "update delivery set held = null, changed_ms = $2 \
     where edition_id = $1 and held is not null and state = 'uncertain'";
pub(super) const DROPPED_MEMORY: &str = "update memory set returned_ms = max($2, coalesce(( \
     select g.at_ms + 1 from digest g order by g.digest_id desc limit 1), 0)) \
     where edition_id = $1 and returned_ms is null and subscription_id in ( \
      select subscription_id from delivery where edition_id = $1 and state = 'withheld')";
const SEND_NOW: &str = "update delivery set not_before_ms = $2, changed_ms = $2 \
     where edition_id = $1 and state in ('planned', 'deferred')";
// Once a letter of it may have left, a wave keeps its date: a second copy has to be the same.
const DATE_EARLY: &str = "update wave set date_ms = $2 \
     where edition_id = $1 and due_ms > $2 and date_ms is null \
     and not exists (select 1 from delivery d where d.wave_id = wave.wave_id and d.attempt > 0)";
const HOLD_LATE: &str = "update delivery set held = 'late', changed_ms = $3 \
     where state = 'planned' and held is null and not_before_ms < $2 \
     and edition_id in (select e.edition_id from edition e \
      where e.list_id = $1 and e.state = 'open')";

impl Store {
    /// An edition's sums, from rows (P8).
    pub async fn tally(&self, edition: EditionId) -> Result<Tally, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(TALLY)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let mut tally = Tally::default();
        for (state, n, held) in rows {
            let state =
                DeliveryState::parse(&state).map_err(|_| unreadable("delivery.state", &state))?;
            tally.planned += n;
            tally.asking += held;
            match state {
                DeliveryState::Accepted => tally.accepted += n,
                DeliveryState::Refused => tally.refused += n,
                DeliveryState::Withheld => tally.withheld += n,
                DeliveryState::Uncertain => tally.uncertain += n,
                DeliveryState::Deferred => {
                    tally.deferred += n;
                    tally.open += n;
                }
                DeliveryState::Planned | DeliveryState::Leased | DeliveryState::Started => {
                    tally.open += n;
                }
            }
        }
        tally.skipped = sqlx::query_scalar(SKIPPED)
            .bind(edition.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(tally)
    }

    /// An edition's rows after `after`, by subscriber.
    pub async fn deliveries(
        &self,
        edition: EditionId,
        after: SubscriberId,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows: Vec<DeliveryRow> = sqlx::query_as(DELIVERIES_OF)
            .bind(edition.0)
            .bind(after.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(DeliveryRow::read).collect()
    }

    /// Editions with an open row, or one that asks.
    pub async fn editions_open(&self) -> Result<Vec<EditionId>, StoreError> {
        let rows: Vec<i64> = sqlx::query_scalar(OPEN_EDITIONS)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(EditionId).collect())
    }

    /// When the next row may go.
    pub async fn next_not_before(&self) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = sqlx::query_scalar(NEXT_NOT_BEFORE)
            .fetch_one(&self.readers)
            .await?;
        ms.map(|ms| instant(ms, "delivery.not_before_ms"))
            .transpose()
    }

    /// Lets go what asks: late and unapproved letters may leave, those in doubt are sent again.
    /// Returns how many.
    pub async fn release(&self, edition: EditionId, now: Timestamp) -> Result<u64, StoreError> {
        self.settle(edition, &[RELEASE_PLANNED, RELEASE_DOUBT], now)
            .await
    }

    /// Lets late and unapproved letters leave; those in doubt go on asking. Returns how many.
    pub async fn release_unsent(
        &self,
        edition: EditionId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.settle(edition, &[RELEASE_PLANNED], now).await
    }

    /// Drops what asks: unsent letters are withheld and give their stories back, those in doubt stay
    /// uncertain and ask no more. Returns how many.
    pub async fn drop_held(&self, edition: EditionId, now: Timestamp) -> Result<u64, StoreError> {
        self.settle(edition, &[DROP_PLANNED, DROP_DOUBT, DROPPED_MEMORY], now)
            .await
    }

    /// Lets planned letters of an edition leave at once, and those that were put off be tried at once.
    pub async fn send_now(&self, edition: EditionId, now: Timestamp) -> Result<u64, StoreError> {
        self.settle(edition, &[SEND_NOW], now).await
    }

    /// Dates the waves of an edition that leave before they are due: a Date of the future is taken for
    /// spam. Before [`Store::send_now`]; waves of which a letter was started stay as they are.
    pub async fn date_early(&self, edition: EditionId, now: Timestamp) -> Result<u64, StoreError> {
        self.settle(edition, &[DATE_EARLY], now).await
    }

    /// Holds a list's planned letters that should have left before `before`: whoever starts late asks.
    /// A paused edition's do not ask: it goes on by a person's word. Returns how many.
    pub async fn hold_late(
        &self,
        list: ListId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(HOLD_LATE)
            .bind(list.0)
            .bind(before.as_millisecond())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    async fn settle(
        &self,
        edition: EditionId,
        statements: &[&'static str],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut rows = 0;
        for statement in statements {
            let done = sqlx::query(*statement)
                .bind(edition.0)
                .bind(now.as_millisecond())
                .execute(&mut *tx)
                .await?;
            if *statement != DROPPED_MEMORY {
                rows += done.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(rows)
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct DeliveryRow {
    edition_id: i64,
    subscriber_id: i64,
    subscription_id: i64,
    wave_id: i64,
    digest_id: i64,
    address_hash: Vec<u8>,
    state: String,
    held: Option<String>,
    attempt: i64,
    not_before_ms: i64,
    code: i64,
    reply: String,
    changed_ms: i64,
    sha256: Option<Vec<u8>>,
}

impl DeliveryRow {
    pub(super) fn read(self) -> Result<Delivery, StoreError> {
        let held = self.held.as_deref().map(Hold::parse).transpose();
        Ok(Delivery {
            edition: EditionId(self.edition_id),
            subscriber: SubscriberId(self.subscriber_id),
            subscription: SubscriptionId(self.subscription_id),
            wave: WaveId(self.wave_id),
            digest: DigestId(self.digest_id),
            address_hash: address_hash(self.address_hash)?,
            state: DeliveryState::parse(&self.state)
                .map_err(|_| unreadable("delivery.state", &self.state))?,
            held: held.map_err(|e| unreadable("delivery.held", e.word))?,
            attempt: self.attempt,
            not_before: instant(self.not_before_ms, "delivery.not_before_ms")?,
            code: self.code,
            reply: self.reply,
            changed_at: instant(self.changed_ms, "delivery.changed_ms")?,
            sha256: self.sha256.and_then(|bytes| bytes.try_into().ok()),
        })
    }
}
