//! Replaying the journal: who left, was stopped or erased after this database was written, is so
//! again.
//!
//! An entry about a subscription counts where it is not older than that subscription's newest
//! consent; one about a person, where it is not older than their newest consent to any list. Consent
//! is the beginning of a subscription, a return (`rejoin`) or a confirmation (`confirm`); a change
//! of terms is none, since admins make it in people's names. In the same millisecond the entry
//! counts: when in doubt, no mail. What is so already is not touched, so a replay can be repeated.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::{FromRow, SqliteConnection};

use super::erase::{STRANGER, forget};
use super::lift::LIFT;
use super::people::standing_of;
use super::slice::hex;
use super::standing::{DUES_CLEAR, PERSON_SET, SUBSCRIPTION_SET, event, has_left, stop_letters};
use super::whose::suppressed;
use super::{Store, StoreError, batch_people};
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{SubscriberId, SubscriptionId};
use crate::journal::{COMPACT_FROM, Kind, Outcome, Reading, Wanted};

/// Wishes in one question and one transaction.
const SLICE: usize = 1_000;

const PERSON: &str = concat!(
    "select s.subscriber_id, s.standing, s.erased_ms, ",
    suppressed!(),
    " as suppressed, \
     (select max(b.created_ms) from subscription b where b.subscriber_id = s.subscriber_id) \
     as begun_ms, \
     (select max(e.at_ms) from event e where e.subscriber_id = s.subscriber_id \
      and e.kind in ('rejoin', 'confirm')) as consent_ms, \
     (select max(e.at_ms) from event e where e.subscriber_id = s.subscriber_id \
      and e.subscription_id is null) as last_ms \
     from subscriber s where s.address_hash = $1"
);
const SUBSCRIPTION: &str = "select b.subscription_id, b.standing, b.created_ms as begun_ms, \
     (select max(e.at_ms) from event e where e.subscriber_id = b.subscriber_id \
      and e.subscription_id = b.subscription_id and e.kind in ('rejoin', 'confirm')) \
     as consent_ms, \
     (select max(e.at_ms) from event e where e.subscriber_id = b.subscriber_id \
      and e.subscription_id = b.subscription_id) as last_ms \
     from subscription b where b.subscriber_id = $1 and b.list_id = $2";

#[derive(FromRow)]
struct PersonRow {
    subscriber_id: i64,
    standing: String,
    erased_ms: Option<i64>,
    suppressed: bool,
    begun_ms: Option<i64>,
    consent_ms: Option<i64>,
    last_ms: Option<i64>,
}

#[derive(FromRow)]
struct SubscriptionRow {
    subscription_id: i64,
    standing: String,
    begun_ms: i64,
    consent_ms: Option<i64>,
    last_ms: Option<i64>,
}

/// Somebody who came back after this database was written. Their next letter is worked out by the
/// caller, who moves their standing with it, as of that instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returning {
    /// The person as a whole.
    Person(SubscriberId, Timestamp),
    /// To one list.
    Subscription(SubscriptionId, Timestamp),
}

/// What a replay did and met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// People and subscriptions that are stopped again.
    pub stopped: u64,
    /// People who are erased again.
    pub erased: u64,
    /// People whom this database does not know and who had left: their mailbox is kept as a hash,
    /// so that nobody signs them up unasked.
    pub strangers: u64,
    /// Who came back; persons first.
    pub returning: Vec<Returning>,
    /// Octets of a torn last line that was cut off.
    pub torn: Option<u64>,
    /// Octets before and after, where the journal was rewritten.
    pub compacted: Option<(u64, u64)>,
    /// What the journal is made of.
    pub reading: Reading,
}

impl Store {
    /// Replays the journal into this database; called by an owner under its lock, before anything is
    /// sent. A torn last line is cut off, a long journal rewritten. Memory is bounded whatever the
    /// journal's length.
    pub async fn replay(&self, now: Timestamp) -> Result<Replayed, StoreError> {
        let opened = |journal: crate::journal::Journal| {
            let torn = journal.mend()?;
            Ok((torn, journal.compact(COMPACT_FROM)?, journal.parts()?))
        };
        let (torn, compacted, parts) = self.with_journal(opened).await?;
        let mut replayed = Replayed {
            torn,
            compacted,
            ..Replayed::default()
        };
        for part in 0..parts {
            let read = move |journal: crate::journal::Journal| journal.wanted(part, parts);
            let (wanted, reading) = self.with_journal(read).await?;
            replayed.reading = reading;
            for slice in wanted.chunks(SLICE) {
                self.replay_slice(slice, &mut replayed, now).await?;
            }
        }
        let persons_first = |r: &Returning| matches!(r, Returning::Subscription(..));
        replayed.returning.sort_by_key(persons_first);
        Ok(replayed)
    }

    async fn replay_slice(
        &self,
        wanted: &[Wanted],
        replayed: &mut Replayed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = |w: &Wanted| {
            json!([
                hex(&w.who.0),
                w.list,
                word(w.outcome),
                w.at.as_millisecond()
            ])
        };
        let rows = json!(wanted.iter().map(row).collect::<Vec<_>>()).to_string();
        let other: Vec<i64> = sqlx::query_scalar(batch_people::UNLIKE_JOURNAL)
            .bind(rows)
            .fetch_all(&self.readers)
            .await?;
        if other.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        let by_index: BTreeMap<usize, &Wanted> = wanted.iter().enumerate().collect();
        for index in other {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            if let Some(wanted) = by_index.get(&index) {
                replay_one(&mut tx, wanted, replayed, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn replay_one(
    tx: &mut SqliteConnection,
    wanted: &Wanted,
    replayed: &mut Replayed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let person: Option<PersonRow> = sqlx::query_as(PERSON)
        .bind(wanted.who.0.as_slice())
        .fetch_optional(&mut *tx)
        .await?;
    let at = wanted.at.as_millisecond();
    let Some(person) = person else {
        if let Outcome::Stopped(kind) = wanted.outcome {
            sqlx::query(STRANGER)
                .bind(wanted.who.0.as_slice())
                .bind(standing(kind).as_str())
                .bind(at)
                .execute(&mut *tx)
                .await?;
            if kind == Kind::Suppress {
                suppressed_again(tx, wanted).await?;
            }
            replayed.strangers += 1;
        }
        return Ok(());
    };
    match wanted.list {
        Some(list) => {
            let subscription: Option<SubscriptionRow> = sqlx::query_as(SUBSCRIPTION)
                .bind(person.subscriber_id)
                .bind(list.0)
                .fetch_optional(&mut *tx)
                .await?;
            match subscription {
                Some(row) => of_subscription(tx, wanted, &person, &row, replayed, now).await,
                None => Ok(()),
            }
        }
        None => of_person(tx, wanted, &person, replayed, now).await,
    }
}

async fn of_subscription(
    tx: &mut SqliteConnection,
    wanted: &Wanted,
    person: &PersonRow,
    row: &SubscriptionRow,
    replayed: &mut Replayed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let at = wanted.at.as_millisecond();
    let is = standing_of(&row.standing, "subscription.standing")?;
    let (who, id) = (
        SubscriberId(person.subscriber_id),
        SubscriptionId(row.subscription_id),
    );
    match wanted.outcome {
        Outcome::Back => {
            let later = row.last_ms.is_none_or(|ms| at >= ms);
            if has_left(is) && later && person.erased_ms.is_none() {
                replayed
                    .returning
                    .push(Returning::Subscription(id, wanted.at));
            }
        }
        Outcome::Stopped(kind) => {
            let to = standing(kind);
            let consent = row.begun_ms.max(row.consent_ms.unwrap_or(i64::MIN));
            if at < consent || strength(is) >= strength(to) {
                return Ok(());
            }
            sqlx::query(SUBSCRIPTION_SET)
                .bind(id.0)
                .bind(to.as_str())
                .bind(None::<i64>)
                .bind(None::<String>)
                .bind(None::<i64>)
                .execute(&mut *tx)
                .await?;
            event(tx, who, Some(id), kind.as_str(), DETAIL, wanted.at).await?;
            stop_letters(tx, who, Some(id), to, now).await?;
            replayed.stopped += 1;
        }
        // Whoever is forgotten is so as a whole.
        Outcome::Erased => {}
    }
    Ok(())
}

async fn of_person(
    tx: &mut SqliteConnection,
    wanted: &Wanted,
    row: &PersonRow,
    replayed: &mut Replayed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let at = wanted.at.as_millisecond();
    let is = standing_of(&row.standing, "subscriber.standing")?;
    let id = SubscriberId(row.subscriber_id);
    let consent = row.begun_ms.max(row.consent_ms).unwrap_or(i64::MIN);
    let (to, kind) = match wanted.outcome {
        Outcome::Back => {
            let later = row.last_ms.is_none_or(|ms| at >= ms);
            if has_left(is) && later && row.erased_ms.is_none() {
                replayed.returning.push(Returning::Person(id, wanted.at));
            } else if row.suppressed && later {
                // Nobody is mailed by it: they may sign up again.
                event(tx, id, None, LIFT, DETAIL, wanted.at).await?;
            }
            return Ok(());
        }
        Outcome::Erased if at < consent || row.erased_ms.is_some() => return Ok(()),
        Outcome::Erased => {
            forget(tx, id, wanted.at, now).await?;
            replayed.erased += 1;
            return Ok(());
        }
        Outcome::Stopped(kind) => {
            let to = standing(kind);
            if at >= consent && kind == Kind::Suppress && is == to && !row.suppressed {
                return suppressed_again(tx, wanted).await;
            }
            if at < consent || strength(is) >= strength(to) {
                return Ok(());
            }
            let set = sqlx::query(PERSON_SET).bind(id.0).bind(to.as_str());
            set.execute(&mut *tx).await?;
            replayed.stopped += 1;
            (to, kind)
        }
    };
    sqlx::query(DUES_CLEAR).bind(id.0).execute(&mut *tx).await?;
    event(tx, id, None, kind.as_str(), DETAIL, wanted.at).await?;
    stop_letters(tx, id, None, to, now).await
}

/// Notes that an operator stopped mail to somebody who gets none in any case.
async fn suppressed_again(tx: &mut SqliteConnection, wanted: &Wanted) -> Result<(), StoreError> {
    let person: Option<PersonRow> = sqlx::query_as(PERSON)
        .bind(wanted.who.0.as_slice())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(person) = person else { return Ok(()) };
    let (id, kind) = (SubscriberId(person.subscriber_id), Kind::Suppress.as_str());
    event(tx, id, None, kind, DETAIL, wanted.at).await
}

/// The detail of an event that a replay wrote.
const DETAIL: &str = "journal";

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Stopped(kind) => kind.as_str(),
        Outcome::Erased => Kind::Erase.as_str(),
        Outcome::Back => Kind::Rejoin.as_str(),
    }
}

fn standing(kind: Kind) -> Standing {
    match kind {
        Kind::Bounce => Standing::Bounced,
        Kind::Complaint => Standing::Complained,
        _ => Standing::Unsubscribed,
    }
}

/// A stop is replaced by a stronger one only.
fn strength(standing: Standing) -> u8 {
    match standing {
        Standing::Pending | Standing::Active | Standing::Paused => 0,
        Standing::Unsubscribed => 1,
        Standing::Bounced => 2,
        Standing::Complained => 3,
    }
}
