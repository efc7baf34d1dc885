//! Letters in doubt, and what somebody who has looked into the relay's log says about them.

use serde_json::{Value, json};

use super::{Store, StoreError, batch, instant, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, EditionId, ListId, SubscriberId};

// An uncertain letter, held or not, and one that waits to be sent again though it may have arrived.
const DOUBTS: &str = "select d.edition_id, e.list_id, d.subscriber_id, d.digest_id, w.key_id, d.state, \
     d.attempt, coalesce(d.started_ms, d.changed_ms) as started_ms, g.at_ms as planned_ms \
     from delivery d join edition e on e.edition_id = d.edition_id \
     join wave w on w.wave_id = d.wave_id join digest g on g.digest_id = d.digest_id \
     where d.state = 'uncertain' or (d.state = 'deferred' and d.sha256 is not null) \
     order by d.edition_id, d.subscriber_id limit 100000";
// $1: [edition, subscriber, code, words]; $2 now. Only what is still in doubt and in nobody's hands.
const DOUBT_ACCEPTED: &str = "update delivery set state = 'accepted', held = null, \
     code = json_extract(j.value, '$[2]'), reply = json_extract(j.value, '$[3]'), changed_ms = $2 \
     from json_each($1) j where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and (delivery.state = 'uncertain' or (delivery.state = 'deferred' and delivery.sha256 is not null)) \
     returning edition_id, subscriber_id, state";
// One that waits to be sent again goes on waiting: as a first copy, whatever bytes it has by then.
const DOUBT_ABSENT: &str = "update delivery set \
     state = case when delivery.state = 'uncertain' then 'refused' else delivery.state end, \
     held = null, sha256 = null, renderer = null, \
     code = json_extract(j.value, '$[2]'), reply = json_extract(j.value, '$[3]'), changed_ms = $2 \
     from json_each($1) j where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and (delivery.state = 'uncertain' or (delivery.state = 'deferred' and delivery.sha256 is not null)) \
     returning edition_id, subscriber_id, state";

/// A letter that may have arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// Key.
    pub edition: EditionId,
    /// Whose edition.
    pub list: ListId,
    /// Key.
    pub subscriber: SubscriberId,
    /// Which digest was rendered.
    pub digest: DigestId,
    /// The key that its Message-ID is made with.
    pub key_id: String,
    /// Uncertain, or deferred where it is to be sent again.
    pub state: DeliveryState,
    /// No dot of it left before: its only start, or where there were several, when it was planned.
    pub from: Timestamp,
    /// Its last start.
    pub until: Timestamp,
}

/// What the relay's log says about a letter in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Key.
    pub edition: EditionId,
    /// Key.
    pub subscriber: SubscriberId,
    /// The relay had taken it; else it never did.
    pub accepted: bool,
    /// A reply's code, 0 without one.
    pub code: u16,
    /// The log's words, masked.
    pub words: String,
}

#[derive(sqlx::FromRow)]
struct DoubtRow {
    edition_id: i64,
    list_id: i64,
    subscriber_id: i64,
    digest_id: i64,
    key_id: String,
    state: String,
    attempt: i64,
    started_ms: i64,
    planned_ms: i64,
}

impl Store {
    /// Every letter in doubt that no sender has in its hands, by edition and subscriber; at most
    /// 100,000, which is more than all connections of all crashes.
    pub async fn doubts(&self) -> Result<Vec<Doubt>, StoreError> {
        let rows: Vec<DoubtRow> = sqlx::query_as(DOUBTS).fetch_all(&self.readers).await?;
        rows.into_iter().map(DoubtRow::read).collect()
    }

    /// Settles letters in doubt, in one write: what the relay had taken is accepted, what it never
    /// took is refused and gives its stories back, or goes on waiting for its next try without the
    /// doubt. What is in doubt no more is left as it is. Returns the rows that were settled, with
    /// their new state.
    pub async fn settle_doubts(
        &self,
        rulings: &[Ruling],
        now: Timestamp,
    ) -> Result<Vec<(EditionId, SubscriberId, DeliveryState)>, StoreError> {
        let of = |accepted: bool| {
            let rulings = rulings.iter().filter(|r| r.accepted == accepted);
            Value::Array(rulings.map(Ruling::row).collect()).to_string()
        };
        let ms = now.as_millisecond();
        let mut tx = self.write().await?;
        let mut settled = Vec::new();
        for (statement, rows) in [(DOUBT_ACCEPTED, of(true)), (DOUBT_ABSENT, of(false))] {
            let done: Vec<(i64, i64, String)> = sqlx::query_as(statement)
                .bind(&rows)
                .bind(ms)
                .fetch_all(&mut *tx)
                .await?;
            sqlx::query(batch::RETURN_MEMORY)
                .bind(&rows)
                .bind(ms)
                .execute(&mut *tx)
                .await?;
            for (edition, subscriber, state) in done {
                let state = DeliveryState::parse(&state)
                    .map_err(|_| unreadable("delivery.state", &state))?;
                settled.push((EditionId(edition), SubscriberId(subscriber), state));
            }
        }
        tx.commit().await?;
        Ok(settled)
    }
}

impl Ruling {
    fn row(&self) -> Value {
        json!([self.edition, self.subscriber, self.code, self.words])
    }
}

impl DoubtRow {
    fn read(self) -> Result<Doubt, StoreError> {
        let state = DeliveryState::parse(&self.state);
        let until = instant(self.started_ms, "delivery.started_ms")?;
        Ok(Doubt {
            edition: EditionId(self.edition_id),
            list: ListId(self.list_id),
            subscriber: SubscriberId(self.subscriber_id),
            digest: DigestId(self.digest_id),
            key_id: self.key_id,
            state: state.map_err(|_| unreadable("delivery.state", &self.state))?,
            from: match self.attempt {
                ..=1 => until,
                _ => instant(self.planned_ms, "digest.at_ms")?.min(until),
            },
            until,
        })
    }
}
