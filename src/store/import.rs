//! People from elsewhere, many in one transaction: who is new is signed up with their receipt, who is
//! known is left as they are, and who left there is kept from being signed up here.

use std::collections::HashMap;

use serde_json::json;
use sqlx::{FromRow, SqliteConnection};

use super::people::standing_of;
use super::planning::address_hash;
use super::slice::hex;
use super::terms::interests;
use super::{Store, StoreError, batch};
use crate::domain::ListId;
use crate::domain::address::AddressHash;
use crate::domain::consent::Receipt;
use crate::domain::subscriber::{NewSubscription, Standing};
use crate::domain::time::Timestamp;
use crate::journal::{Entry, Kind};

const KNOWN: &str = "select s.subscriber_id, s.address_hash, s.standing, s.address is null as gone, \
     b.standing as own from json_each($1) j \
     cross join subscriber s on s.address_hash = unhex(j.value) \
     left join subscription b on b.subscriber_id = s.subscriber_id and b.list_id = $2";
const LAST: &str = "select (select coalesce(max(subscriber_id), 0) from subscriber), \
     (select coalesce(max(subscription_id), 0) from subscription), \
     (select coalesce(max(terms_id), 0) from terms)";

/// What became of somebody out of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrived {
    /// Signed up.
    New,
    /// They left there, and are kept from being signed up here.
    KeptAway,
    /// They are subscribed here already; nothing was changed.
    Subscribed,
    /// They left there and are subscribed here; nothing was changed.
    SubscribedHere,
    /// They had left here, or an operator had stopped their mail.
    HadLeft,
    /// Their address bounced here.
    HadBounced,
    /// They called us spam.
    HadComplained,
}

impl Arrived {
    fn of(standing: Standing) -> Arrived {
        match standing {
            Standing::Pending | Standing::Active | Standing::Paused => Arrived::Subscribed,
            Standing::Unsubscribed => Arrived::HadLeft,
            Standing::Bounced => Arrived::HadBounced,
            Standing::Complained => Arrived::HadComplained,
        }
    }
}

#[derive(FromRow)]
struct KnownRow {
    subscriber_id: i64,
    address_hash: Vec<u8>,
    standing: String,
    gone: bool,
    own: Option<String>,
}

/// What there is of somebody: their row, and what they are to this list.
#[derive(Clone, Copy)]
struct Known {
    subscriber: i64,
    /// `None`: they may be signed up.
    is: Option<Arrived>,
}

/// A subscription on its way in, with the ids that it gets.
struct New<'a> {
    new: &'a NewSubscription,
    receipt: Option<&'a Receipt>,
    subscriber: i64,
    /// Not known by this database at all.
    stranger: bool,
    subscription: i64,
    terms: i64,
}

impl Store {
    /// Takes a slice of people in, in one transaction, each with the receipt of their consent. Who is
    /// known to the list, left, bounced, complained, was suppressed or erased is left as they are. Who
    /// comes with a standing that is neither active nor paused is kept from later ones: as a subscription where they
    /// are known, else as a keyed hash alone.
    ///
    /// What became of each, in their order.
    pub async fn import(
        &self,
        list: ListId,
        people: &[(&NewSubscription, Option<&Receipt>)],
        now: Timestamp,
    ) -> Result<Vec<Arrived>, StoreError> {
        let mut tx = self.write().await?;
        let known = known(&mut tx, list, people).await?;
        let last: (i64, i64, i64) = sqlx::query_as(LAST).fetch_one(&mut *tx).await?;
        let Sorted {
            rows,
            away,
            arrived,
        } = sorted(people, known, last);
        write(&mut tx, &rows, now).await?;
        keep_away(&mut tx, &away, now).await?;
        let left = rows.iter().map(|row| (row.new, Some(list)));
        let left = left.chain(away.iter().map(|(_, new)| (*new, None)));
        let left = left.filter(|(new, _)| !joins(new));
        self.journalled(left.map(|(new, list)| entry(new, list, now)).collect())
            .await?;
        tx.commit().await?;
        Ok(arrived)
    }

    /// What [`Store::import`] would make of them, as things are.
    pub async fn import_foreseen(
        &self,
        list: ListId,
        people: &[(&NewSubscription, Option<&Receipt>)],
    ) -> Result<Vec<Arrived>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let known = known(&mut reader, list, people).await?;
        Ok(sorted(people, known, (0, 0, 0)).arrived)
    }
}

/// People of a slice by what is written of them.
#[derive(Default)]
struct Sorted<'a> {
    rows: Vec<New<'a>>,
    /// Strangers who left there, with the ids of their tombstones.
    away: Vec<(i64, &'a NewSubscription)>,
    arrived: Vec<Arrived>,
}

fn sorted<'a>(
    people: &[(&'a NewSubscription, Option<&'a Receipt>)],
    mut known: HashMap<AddressHash, Known>,
    mut last: (i64, i64, i64),
) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    for (new, receipt) in people {
        let active = joins(new);
        let found = known.get(&new.hash).copied();
        if let Some(Known { is: Some(is), .. }) = found {
            sorted.arrived.push(match (active, is) {
                (false, Arrived::Subscribed) => Arrived::SubscribedHere,
                (_, is) => is,
            });
            continue;
        }
        let stranger = found.is_none();
        let subscriber = match found {
            Some(known) => known.subscriber,
            None => next(&mut last.0),
        };
        let is = Some(Arrived::of(new.standing));
        known.insert(new.hash, Known { subscriber, is });
        sorted.arrived.push(match active {
            true => Arrived::New,
            false => Arrived::KeptAway,
        });
        if stranger && !active {
            sorted.away.push((subscriber, *new));
            continue;
        }
        sorted.rows.push(New {
            new,
            receipt: *receipt,
            subscriber,
            stranger,
            subscription: next(&mut last.1),
            terms: next(&mut last.2),
        });
    }
    sorted
}

/// Whether they are signed up: at once, or when their pause ends.
fn joins(new: &NewSubscription) -> bool {
    matches!(new.standing, Standing::Active | Standing::Paused)
}

fn next(last: &mut i64) -> i64 {
    *last += 1;
    *last
}

fn entry(new: &NewSubscription, list: Option<ListId>, now: Timestamp) -> Entry {
    let kind = match new.standing {
        Standing::Bounced => Kind::Bounce,
        Standing::Complained => Kind::Complaint,
        _ => Kind::Unsubscribe,
    };
    Entry {
        at: now,
        kind,
        who: new.hash,
        list,
    }
}

async fn known(
    tx: &mut SqliteConnection,
    list: ListId,
    people: &[(&NewSubscription, Option<&Receipt>)],
) -> Result<HashMap<AddressHash, Known>, StoreError> {
    let hashes: Vec<String> = people.iter().map(|(new, _)| hex(&new.hash.0)).collect();
    let rows: Vec<KnownRow> = sqlx::query_as(KNOWN)
        .bind(json!(hashes).to_string())
        .bind(list.0)
        .fetch_all(tx)
        .await?;
    let mut known = HashMap::new();
    for row in rows {
        let person = standing_of(&row.standing, "subscriber.standing")?;
        let own = row.own.as_deref();
        let own = own.map(|own| standing_of(own, "subscription.standing"));
        let is = match (Arrived::of(person), own.transpose()?) {
            (Arrived::Subscribed, _) if row.gone => Some(Arrived::HadLeft),
            (Arrived::Subscribed, own) => own.map(Arrived::of),
            (stopped, _) => Some(stopped),
        };
        let subscriber = row.subscriber_id;
        known.insert(address_hash(row.address_hash)?, Known { subscriber, is });
    }
    Ok(known)
}

async fn write(
    tx: &mut SqliteConnection,
    rows: &[New<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let ms = now.as_millisecond();
    let strangers: Vec<&New<'_>> = rows.iter().filter(|row| row.stranger).collect();
    for some in strangers.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::SUBSCRIBERS.of(some.len()));
        for row in some {
            query = query.bind(row.subscriber).bind(row.new.address.full());
            query = query.bind(row.new.address.mailbox());
            query = query
                .bind(&row.new.hash.0[..])
                .bind(Standing::Active.as_str());
            query = query.bind(ms).bind(None::<i64>);
        }
        query.execute(&mut *tx).await?;
    }
    for some in rows.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::SUBSCRIPTIONS.of(some.len()));
        for row in some {
            let due = row.new.due;
            query = query.bind(row.subscription).bind(row.subscriber);
            query = query.bind(row.new.list.0).bind(row.new.standing.as_str());
            query = query
                .bind(row.terms)
                .bind(due.map(|d| d.at.as_millisecond()));
            query = query.bind(due.map(|d| d.run.to_string()));
            query = query.bind(due.map(|d| d.cadence.0)).bind(ms);
        }
        query.execute(&mut *tx).await?;
        terms(tx, some, ms).await?;
    }
    receipts(tx, rows).await
}

async fn terms(tx: &mut SqliteConnection, rows: &[New<'_>], ms: i64) -> Result<(), StoreError> {
    let mut query = sqlx::query(batch::TERMS.of(rows.len()));
    for row in rows {
        let terms = &row.new.terms;
        query = query.bind(row.terms).bind(row.subscription).bind(1_i64);
        query = query.bind(row.new.cadence.0);
        query = query.bind(terms.hour.map(|hour| hour.to_string()));
        query = query.bind(terms.zone.name()).bind(&terms.language);
        query = query
            .bind(terms.length.as_str())
            .bind(i64::from(terms.images));
        query = query.bind(interests(terms)?).bind(ms).bind(&row.new.by);
        query = query.bind(terms.resume_on.map(|day| day.to_string()));
        query = query.bind(i64::from(terms.text_only));
    }
    query.execute(tx).await?;
    Ok(())
}

async fn receipts(tx: &mut SqliteConnection, rows: &[New<'_>]) -> Result<(), StoreError> {
    let all: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row, row.receipt?)))
        .collect();
    for some in all.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::RECEIPTS.of(some.len()));
        for (row, receipt) in some {
            query = query
                .bind(row.subscriber)
                .bind(receipt.list.map(|list| list.0));
            query = query.bind(receipt.act.as_str()).bind(&receipt.how);
            query = query.bind(&receipt.wording).bind(&receipt.source);
            query = query.bind(&receipt.network).bind(&receipt.note);
            query = query.bind(receipt.at.as_millisecond());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Of strangers who left there nothing is kept but the hash.
async fn keep_away(
    tx: &mut SqliteConnection,
    away: &[(i64, &NewSubscription)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for some in away.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::SUBSCRIBERS.of(some.len()));
        for (subscriber, new) in some {
            query = query
                .bind(*subscriber)
                .bind(None::<&str>)
                .bind(None::<String>);
            query = query.bind(&new.hash.0[..]).bind(new.standing.as_str());
            query = query.bind(now.as_millisecond()).bind(now.as_millisecond());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}
