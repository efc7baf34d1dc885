//! Letters in doubt, and what somebody who has looked into the relay's log says about them.
//!
//! In a copy from before any open letter may be one: it does not know what left.

use serde_json::{Value, json};

use super::{Store, StoreError, batch, instant, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, EditionId, ListId, SubscriberId};

/// A statement that reads letters as [`Doubt`]s, and its narrowing.
macro_rules! letters {
    ($narrowed:literal) => {
        concat!(
            "select d.edition_id, e.list_id, d.subscriber_id, d.digest_id, w.key_id, d.state, \
             d.attempt, coalesce(d.started_ms, d.changed_ms) as started_ms, g.at_ms as planned_ms \
             from delivery d join edition e on e.edition_id = d.edition_id \
             join wave w on w.wave_id = d.wave_id join digest g on g.digest_id = d.digest_id ",
            $narrowed,
            " order by d.edition_id, d.subscriber_id"
        )
    };
}

// An uncertain letter, held or not, and one that waits to be sent again though it may have arrived.
const DOUBTS: &str =
    letters!("where d.state = 'uncertain' or (d.state = 'deferred' and d.sha256 is not null)");
const UNDOUBTED: &str = letters!(
    "where d.state in ('planned', 'leased', 'started') \
     or (d.state = 'deferred' and d.sha256 is null)"
);
// $1: [edition, subscriber, code, words]; $2 now; $3 nobody sends. A lease that somebody else holds
// ends here: their `started` names it and is not granted. Once started, it is theirs to record.
const ACCEPTED: &str = "update delivery set state = 'accepted', held = null, \
     lease_owner = null, lease_token = null, lease_until_ms = null, code = json_extract(j.value, '$[2]'), reply = json_extract(j.value, '$[3]'), changed_ms = $2 \
     from json_each($1) j where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and (delivery.state in ('uncertain', 'planned', 'leased', 'deferred') \
      or ($3 and delivery.state = 'started')) \
     returning edition_id, subscriber_id, state";
// Only what is still in doubt. One that waits to be sent again goes on waiting: as a first copy, whatever bytes it has by then.
const ABSENT: &str = "update delivery set \
     state = case when delivery.state = 'uncertain' then 'refused' else delivery.state end, \
     held = null, sha256 = null, renderer = null, \
     code = json_extract(j.value, '$[2]'), reply = json_extract(j.value, '$[3]'), changed_ms = $2 \
     from json_each($1) j where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and (delivery.state = 'uncertain' or (delivery.state = 'deferred' and delivery.sha256 is not null)) \
     returning edition_id, subscriber_id, state";

/// A letter that may have arrived; in a copy from before, any that it holds to be open.
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
    /// Uncertain, or deferred where it is to be sent again; if not in doubt by its row, any open one.
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
    /// Every letter in doubt that no sender has in its hands, by edition and subscriber.
    pub async fn doubts(&self) -> Result<Vec<Doubt>, StoreError> {
        let rows: Vec<DoubtRow> = sqlx::query_as(DOUBTS).fetch_all(&self.readers).await?;
        rows.into_iter().map(DoubtRow::read).collect()
    }

    /// Every open letter that is not in doubt by its row, by edition and subscriber. Nothing of it
    /// has left, unless the database is a copy from before.
    pub async fn undoubted(&self) -> Result<Vec<Doubt>, StoreError> {
        let rows: Vec<DoubtRow> = sqlx::query_as(UNDOUBTED).fetch_all(&self.readers).await?;
        rows.into_iter().map(DoubtRow::read).collect()
    }

    /// Settles letters, in one write: what the relay had taken is accepted, be it in doubt or open.
    /// Of those in doubt, what it never took is refused and gives its stories back, or goes on waiting
    /// for its next try without the doubt. What is settled meanwhile is left as it is, and so is what
    /// a sender has begun to send, unless `sole`: the caller holds the owner's lock, so nobody sends.
    /// Returns the rows that were settled, with their new state.
    pub async fn settle_doubts(
        &self,
        rulings: &[Ruling],
        sole: bool,
        now: Timestamp,
    ) -> Result<Vec<(EditionId, SubscriberId, DeliveryState)>, StoreError> {
        let of = |accepted: bool| {
            let rulings = rulings.iter().filter(|r| r.accepted == accepted);
            Value::Array(rulings.map(Ruling::row).collect()).to_string()
        };
        let ms = now.as_millisecond();
        let mut tx = self.write().await?;
        let mut settled = Vec::new();
        for accepted in [true, false] {
            let rows = of(accepted);
            let query = sqlx::query_as(if accepted { ACCEPTED } else { ABSENT });
            let query = query.bind(&rows).bind(ms);
            let query = if accepted { query.bind(sole) } else { query };
            let done: Vec<(i64, i64, String)> = query.fetch_all(&mut *tx).await?;
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
