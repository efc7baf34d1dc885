//! Whether mail may go to a person or a subscription, and what made it so.
//!
//! A standing, the event that moved it and the dues that follow from it change together or not at
//! all. Which event leads to which standing is the callers' business.

use std::collections::BTreeMap;

use sqlx::{FromRow, SqliteConnection};

use super::consent::consent_append;
use super::lists::not_found;
use super::people::standing_of;
use super::planning::address_hash;
use super::terms::terms_append;
use super::{Store, StoreError, batch, instant, reach};
use crate::domain::consent::Receipt;
use crate::domain::due::Due;
use crate::domain::subscriber::{Event, Standing, Terms};
use crate::domain::time::Timestamp;
use crate::domain::{CadenceId, ListId, SubscriberId, SubscriptionId};
use crate::journal::{Entry, Kind};

const SUBSCRIPTION_STANDING: &str = "select b.subscriber_id, b.list_id, b.standing, s.address_hash, \
     s.standing as person_standing \
     from subscription b join subscriber s on s.subscriber_id = b.subscriber_id \
     where b.subscription_id = $1";
pub(super) const SUBSCRIPTION_SET: &str = "update subscription \
     set standing = $2, due_ms = $3, due_run = $4, due_cadence_id = $5 \
     where subscription_id = $1";
const PERSON_STANDING: &str =
    "select standing, address_hash from subscriber where subscriber_id = $1";
pub(super) const PERSON_SET: &str = "update subscriber set standing = $2 where subscriber_id = $1";
pub(super) const DUES_CLEAR: &str = "update subscription \
     set due_ms = null, due_run = null, due_cadence_id = null where subscriber_id = $1";
pub(super) const DUE_SET: &str = "update subscription set due_ms = $3, due_run = $4, due_cadence_id = $5 \
     where subscription_id = $1 and subscriber_id = $2 and standing = 'active'";
const EVENT_INSERT: &str = "insert into event \
     (subscriber_id, subscription_id, kind, detail, at_ms) values ($1, $2, $3, $4, $5)";
const EVENTS: &str = "select subscription_id, kind, detail, at_ms from event \
     where subscriber_id = $1 order by event_id";
const COUNTS: &str = "select s.standing as person_standing, b.standing, count(*) as people \
     from subscription b join subscriber s on s.subscriber_id = b.subscriber_id \
     where b.list_id = $1 group by s.standing, b.standing";

#[derive(FromRow)]
struct StandingRow {
    subscriber_id: i64,
    list_id: i64,
    standing: String,
    address_hash: Vec<u8>,
    person_standing: String,
}

#[derive(FromRow)]
struct EventRow {
    subscription_id: Option<i64>,
    kind: String,
    detail: String,
    at_ms: i64,
}

#[derive(FromRow)]
struct CountRow {
    person_standing: String,
    standing: String,
    people: i64,
}

/// A change of standing that holds only where it starts from.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// From any of these; from any other nothing is changed.
    pub from: &'a [Standing],
    /// To this.
    pub to: Standing,
    /// The event's word.
    pub kind: &'a str,
    /// The event's detail, masked.
    pub detail: &'a str,
}

impl Store {
    /// Moves a subscription to a standing, with the event that did it. `due` is kept only if the
    /// standing and the person's are active; every other one has none. `false`, and nothing written, if it was there
    /// already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn standing_set(
        &self,
        id: SubscriptionId,
        standing: Standing,
        kind: &str,
        detail: &str,
        due: Option<Due>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = Move {
            from: Standing::ALL,
            to: standing,
            kind,
            detail,
        };
        self.standing_move(id, change, due, now).await
    }

    /// As [`Store::standing_set`], only from the standings that the move names: whoever left or was
    /// stopped since the caller looked stays so.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn standing_move(
        &self,
        id: SubscriptionId,
        change: Move<'_>,
        due: Option<Due>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let moved = self.moved(&mut tx, id, change, due, now).await?;
        if moved.is_some() {
            tx.commit().await?;
        }
        Ok(moved.is_some())
    }

    /// As [`Store::standing_move`], of whoever leaves or comes back: with the receipt of it, and, for
    /// one who comes back to other terms than they had, with those, in one write.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn consent_move(
        &self,
        id: SubscriptionId,
        change: Move<'_>,
        receipt: &Receipt,
        terms: Option<(&Terms, CadenceId)>,
        due: Option<Due>,
    ) -> Result<bool, StoreError> {
        let now = receipt.at;
        let mut tx = self.write().await?;
        let Some(person) = self.moved(&mut tx, id, change, due, now).await? else {
            return Ok(false);
        };
        consent_append(&mut tx, person, receipt).await?;
        if let Some((terms, cadence)) = terms {
            terms_append(&mut tx, id, terms, cadence, due, "reader", now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Writes a change of standing, and says whose; `None`, and nothing written, where it does not
    /// start from there.
    async fn moved(
        &self,
        tx: &mut SqliteConnection,
        id: SubscriptionId,
        change: Move<'_>,
        due: Option<Due>,
        now: Timestamp,
    ) -> Result<Option<SubscriberId>, StoreError> {
        let row: Option<StandingRow> = sqlx::query_as(SUBSCRIPTION_STANDING)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        let row = row.ok_or_else(|| not_found("subscription", id))?;
        let known = standing_of(&row.standing, "subscription.standing")?;
        if known == change.to || !change.from.contains(&known) {
            return Ok(None);
        }
        let who = SubscriberId(row.subscriber_id);
        let person = standing_of(&row.person_standing, "subscriber.standing")?;
        let due = due.filter(|_| Standing::together(person, change.to) == Standing::Active);
        sqlx::query(SUBSCRIPTION_SET)
            .bind(id.0)
            .bind(change.to.as_str())
            .bind(due.map(|d| d.at.as_millisecond()))
            .bind(due.map(|d| d.run.to_string()))
            .bind(due.map(|d| d.cadence.0))
            .execute(&mut *tx)
            .await?;
        event(tx, who, Some(id), change.kind, change.detail, now).await?;
        if change.to == Standing::Paused {
            reach::paused(tx, id, now).await?;
        }
        if has_left(change.to) {
            stop_letters(tx, who, Some(id), change.to, now).await?;
        }
        if let Some(kind) = journalled(known, change.to, Kind::Unsubscribe) {
            let entry = Entry {
                at: now,
                kind,
                who: address_hash(row.address_hash)?,
                list: Some(ListId(row.list_id)),
            };
            self.journalled(vec![entry]).await?;
        }
        Ok(Some(who))
    }

    /// Moves a person to a standing, with the event that did it. Any but active takes the dues of
    /// all their subscriptions away; active sets `dues` for those that are active themselves.
    /// `false`, and nothing written, if they were there already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn person_standing_set(
        &self,
        id: SubscriberId,
        standing: Standing,
        kind: &str,
        detail: &str,
        dues: &[(SubscriptionId, Due)],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let known: Option<(String, Vec<u8>)> = sqlx::query_as(PERSON_STANDING)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        let (known, hash) = known.ok_or_else(|| not_found("subscriber", id))?;
        let known = standing_of(&known, "subscriber.standing")?;
        if known == standing {
            return Ok(false);
        }
        sqlx::query(PERSON_SET)
            .bind(id.0)
            .bind(standing.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query(DUES_CLEAR).bind(id.0).execute(&mut *tx).await?;
        let dues = dues.iter().filter(|_| standing == Standing::Active);
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
        event(&mut tx, id, None, kind, detail, now).await?;
        if has_left(standing) {
            stop_letters(&mut tx, id, None, standing, now).await?;
        }
        if let Some(kind) = journalled(known, standing, Kind::Suppress) {
            let entry = Entry {
                at: now,
                kind,
                who: address_hash(hash)?,
                list: None,
            };
            self.journalled(vec![entry]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// What came back from a person, oldest first.
    pub async fn events(&self, subscriber: SubscriberId) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(EVENTS)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        let event = |row: EventRow| {
            Ok(Event {
                subscription: row.subscription_id.map(SubscriptionId),
                kind: row.kind,
                detail: row.detail,
                at: instant(row.at_ms, "event.at_ms")?,
            })
        };
        rows.into_iter().map(event).collect()
    }

    /// How many subscriptions of a list stand how, by [`Standing::together`]. A standing that nobody
    /// has is left out.
    pub async fn subscription_counts(
        &self,
        list: ListId,
    ) -> Result<BTreeMap<Standing, i64>, StoreError> {
        let rows: Vec<CountRow> = sqlx::query_as(COUNTS)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let mut counts = BTreeMap::new();
        for row in rows {
            let person = standing_of(&row.person_standing, "subscriber.standing")?;
            let own = standing_of(&row.standing, "subscription.standing")?;
            *counts.entry(Standing::together(person, own)).or_default() += row.people;
        }
        Ok(counts)
    }
}

pub(super) async fn event(
    connection: &mut SqliteConnection,
    subscriber: SubscriberId,
    subscription: Option<SubscriptionId>,
    kind: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(EVENT_INSERT)
        .bind(subscriber.0)
        .bind(subscription.map(|s| s.0))
        .bind(kind)
        .bind(detail)
        .bind(now.as_millisecond())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether letters that are planned already are stopped at once. A pause stops them when their turn
/// comes, so that one that is taken back in time costs no letter.
pub(super) fn has_left(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Unsubscribed | Standing::Bounced | Standing::Complained
    )
}

/// What a change of standing is to the journal, where it concerns it: a stop, or consent to mail
/// after one. `left` is the word for leaving by a wish.
pub(super) fn journalled(from: Standing, to: Standing, left: Kind) -> Option<Kind> {
    match to {
        Standing::Unsubscribed => Some(left),
        Standing::Bounced => Some(Kind::Bounce),
        Standing::Complained => Some(Kind::Complaint),
        Standing::Active if from == Standing::Pending || has_left(from) => Some(Kind::Rejoin),
        _ => None,
    }
}

/// Stops a person's open letters, of one subscription or of all; their stories go back.
pub(super) async fn stop_letters(
    tx: &mut SqliteConnection,
    person: SubscriberId,
    subscription: Option<SubscriptionId>,
    standing: Standing,
    now: Timestamp,
) -> Result<(), StoreError> {
    for statement in [batch::WITHHOLD_PERSON, batch::DOUBT_PERSON] {
        sqlx::query(statement)
            .bind(person.0)
            .bind(standing.as_str())
            .bind(now.as_millisecond())
            .bind(subscription.map_or(0, |s| s.0))
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query(batch::RETURN_PERSON)
        .bind(person.0)
        .bind(now.as_millisecond())
        .execute(tx)
        .await?;
    Ok(())
}
