//! Subscribers and their subscriptions.
//!
//! A subscription comes with its newest terms and its cadence's name, in one read. Dues are worked
//! out by the callers; here they are only moved in the same transaction as what they follow from.

use sqlx::{FromRow, SqliteConnection};

use super::planning::address_hash;
use super::terms::{TermsRow, terms_append, terms_of};
use super::whose::{LastRow, last_word, person_for};
use super::{Store, StoreError, instant, instant_or_none, unreadable, whose};
use crate::domain::address::{Address, AddressHash};
use crate::domain::subscriber::{NewSubscription, Standing, Subscriber, Subscription};
use crate::domain::time::Timestamp;
use crate::domain::{ListId, SubscriberId, SubscriptionId, TermsId};
use crate::journal::{Entry, Kind};

/// A statement that reads subscriptions whole, and its narrowing.
macro_rules! people {
    ($narrowed:literal) => {
        concat!(
            "select s.subscriber_id, s.address, s.standing as person_standing, s.created_ms, \
             b.subscription_id, b.list_id, b.standing, b.due_ms, b.since_ms, t.terms_id, c.name as cadence, \
             t.hour, t.zone, t.language, t.length, t.images, t.interests, t.resume_on, t.text_only, \
             v.kind as last_kind, v.at_ms as last_ms, v.detail as last_detail from subscription b \
             join subscriber s on s.subscriber_id = b.subscriber_id ",
            last_word!(),
            " \
             join terms t on t.terms_id = b.terms_id \
             join cadence c on c.cadence_id = t.cadence_id ",
            $narrowed
        )
    };
}

const SOMEBODY: &str = "select address, address_hash from subscriber \
     where address is not null order by subscriber_id limit 1";
const SUBSCRIPTION: &str = people!("where b.subscription_id = $1");
const SUBSCRIPTION_OF: &str = people!("where b.list_id = $1 and b.subscriber_id = $2");
const SUBSCRIPTIONS_OF: &str = people!("where b.subscriber_id = $1 order by b.subscription_id");
const SUBSCRIPTIONS: &str =
    people!("where b.list_id = $1 and b.subscription_id > $2 order by b.subscription_id limit $3");
const SUBSCRIPTION_STATE: &str = "select subscription_id, standing from subscription \
     where subscriber_id = $1 and list_id = $2";
const SUBSCRIPTION_INSERT: &str = "insert into subscription \
     (subscriber_id, list_id, standing, created_ms) values ($1, $2, $3, $4) \
     returning subscription_id";
const SUBSCRIPTION_STANDING: &str =
    "update subscription set standing = $2 where subscription_id = $1";
const EVENT_REJOIN: &str = "insert into event \
     (subscriber_id, subscription_id, kind, detail, at_ms) values ($1, $2, 'rejoin', $3, $4)";

#[derive(FromRow)]
struct StateRow {
    subscription_id: i64,
    standing: String,
}

#[derive(FromRow)]
struct PeopleRow {
    subscriber_id: i64,
    address: Option<String>,
    person_standing: String,
    created_ms: i64,
    subscription_id: i64,
    list_id: i64,
    standing: String,
    due_ms: Option<i64>,
    since_ms: Option<i64>,
    terms_id: i64,
    #[sqlx(flatten)]
    terms: TermsRow,
    #[sqlx(flatten)]
    last: LastRow,
}

/// A subscription that was begun.
pub(super) struct Added {
    pub(super) subscriber: SubscriberId,
    pub(super) subscription: SubscriptionId,
    /// For the journal, before the commit.
    pub(super) entries: Vec<Entry>,
    /// They never had it before.
    pub(super) is_new: bool,
}

impl Store {
    /// Signs a person up: a new person, or one we know; with their first terms and their due.
    ///
    /// `rejoin` says that it is their own wish: a person who left comes back, with these terms as the
    /// next revision and an event `rejoin`; of one who was erased nothing is known, so they are new.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if they are subscribed; [`StoreError::HasLeft`] if they left and this
    /// is no `rejoin`; [`StoreError::Stopped`] if the person bounced or complained;
    /// [`StoreError::Suppressed`] if an operator stopped mail to them.
    pub async fn subscriber_add(
        &self,
        new: &NewSubscription,
        rejoin: bool,
        now: Timestamp,
    ) -> Result<SubscriptionId, StoreError> {
        let mut tx = self.write().await?;
        let added = self.added(&mut tx, new, rejoin, now).await?;
        self.journalled(added.entries).await?;
        tx.commit().await?;
        Ok(added.subscription)
    }

    /// What [`Store::subscriber_add`] does, as a part of a larger write, which has to journal the
    /// entries before its commit.
    pub(super) async fn added(
        &self,
        tx: &mut SqliteConnection,
        new: &NewSubscription,
        rejoin: bool,
        now: Timestamp,
    ) -> Result<Added, StoreError> {
        let (person, returned) = person_for(tx, new, rejoin, now).await?;
        let mut entries = Vec::new();
        if returned {
            entries.push(back(new, None, now));
        }
        let state: Option<StateRow> = sqlx::query_as(SUBSCRIPTION_STATE)
            .bind(person.0)
            .bind(new.list.0)
            .fetch_optional(&mut *tx)
            .await?;
        let is_new = state.is_none();
        let id = match state {
            None => {
                sqlx::query_scalar(SUBSCRIPTION_INSERT)
                    .bind(person.0)
                    .bind(new.list.0)
                    .bind(new.standing.as_str())
                    .bind(now.as_millisecond())
                    .fetch_one(&mut *tx)
                    .await?
            }
            Some(state) => {
                may_return(&state.standing, new, rejoin)?;
                return_to(tx, person, state.subscription_id, new, now).await?;
                if new.standing == Standing::Active {
                    entries.push(back(new, Some(new.list), now));
                }
                state.subscription_id
            }
        };
        let id = SubscriptionId(id);
        terms_append(tx, id, &new.terms, new.cadence, new.due, &new.by, now).await?;
        Ok(Added {
            subscriber: person,
            subscription: id,
            entries,
            is_new,
        })
    }

    /// The person of a mailbox.
    pub async fn subscriber(&self, hash: &AddressHash) -> Result<Option<Subscriber>, StoreError> {
        whose::subscriber(&mut *self.readers.acquire().await?, hash).await
    }

    /// Somebody whose address is known, with its keyed hash; `None` where there is nobody. The keys
    /// that do not make this hash of it are those of another database.
    pub async fn somebody(&self) -> Result<Option<(Address, AddressHash)>, StoreError> {
        somebody(&mut *self.readers.acquire().await?).await
    }

    /// A person's subscription to one list.
    pub async fn subscription_of(
        &self,
        list: ListId,
        subscriber: SubscriberId,
    ) -> Result<Option<Subscription>, StoreError> {
        let row: Option<PeopleRow> = sqlx::query_as(SUBSCRIPTION_OF)
            .bind(list.0)
            .bind(subscriber.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(people_of).transpose()?.map(|(_, s)| s))
    }

    /// All of a person's subscriptions, oldest first.
    pub async fn subscriptions_of(
        &self,
        subscriber: SubscriberId,
    ) -> Result<Vec<Subscription>, StoreError> {
        let rows: Vec<PeopleRow> = sqlx::query_as(SUBSCRIPTIONS_OF)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(|row| Ok(people_of(row)?.1)).collect()
    }

    /// A subscription with its person.
    pub async fn subscription(
        &self,
        id: SubscriptionId,
    ) -> Result<Option<(Subscriber, Subscription)>, StoreError> {
        let row: Option<PeopleRow> = sqlx::query_as(SUBSCRIPTION)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(people_of).transpose()
    }

    /// A list's subscriptions of every standing, in pages by row id: give the last one's id, at
    /// first `SubscriptionId(0)`. A page shorter than `limit` is the last.
    pub async fn subscriptions(
        &self,
        list: ListId,
        after: SubscriptionId,
        limit: u32,
    ) -> Result<Vec<(Subscriber, Subscription)>, StoreError> {
        let rows: Vec<PeopleRow> = sqlx::query_as(SUBSCRIPTIONS)
            .bind(list.0)
            .bind(after.0)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(people_of).collect()
    }
}

/// They have a subscription that begins anew.
async fn return_to(
    tx: &mut SqliteConnection,
    person: SubscriberId,
    subscription: i64,
    new: &NewSubscription,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(SUBSCRIPTION_STANDING)
        .bind(subscription)
        .bind(new.standing.as_str())
        .execute(&mut *tx)
        .await?;
    sqlx::query(EVENT_REJOIN)
        .bind(person.0)
        .bind(subscription)
        .bind(&new.by)
        .bind(now.as_millisecond())
        .execute(tx)
        .await?;
    Ok(())
}

/// A subscription that is there already may begin anew only if it had ended, and by their own wish.
fn may_return(standing: &str, new: &NewSubscription, rejoin: bool) -> Result<(), StoreError> {
    match standing_of(standing, "subscription.standing")? {
        Standing::Unsubscribed | Standing::Pending if rejoin => Ok(()),
        Standing::Unsubscribed => Err(has_left(new)),
        standing @ (Standing::Bounced | Standing::Complained) => {
            Err(StoreError::Stopped { standing })
        }
        _ => Err(StoreError::Exists {
            what: "subscription of",
            name: new.address.masked(),
        }),
    }
}

/// Their return, for the journal.
fn back(new: &NewSubscription, list: Option<ListId>, now: Timestamp) -> Entry {
    Entry {
        at: now,
        kind: Kind::Rejoin,
        who: new.hash,
        list,
    }
}

pub(super) fn has_left(new: &NewSubscription) -> StoreError {
    StoreError::HasLeft {
        name: new.address.masked(),
    }
}

pub(super) fn standing_of(text: &str, place: &'static str) -> Result<Standing, StoreError> {
    Standing::parse(text).map_err(|_| unreadable(place, text))
}

pub(super) fn address_of(text: Option<String>) -> Result<Option<Address>, StoreError> {
    // The value itself is no part of the error: it would be an address in a log.
    text.map(|text| Address::parse(&text).map_err(|_| unreadable("subscriber.address", "…")))
        .transpose()
}

pub(super) async fn somebody(
    connection: &mut SqliteConnection,
) -> Result<Option<(Address, AddressHash)>, StoreError> {
    let row: Option<(String, Vec<u8>)> =
        sqlx::query_as(SOMEBODY).fetch_optional(connection).await?;
    let Some((address, hash)) = row else {
        return Ok(None);
    };
    // The value itself is no part of the error: it would be an address in a log.
    let address = Address::parse(&address).map_err(|_| unreadable("subscriber.address", "…"))?;
    Ok(Some((address, address_hash(hash)?)))
}

fn people_of(row: PeopleRow) -> Result<(Subscriber, Subscription), StoreError> {
    let subscriber = Subscriber {
        id: SubscriberId(row.subscriber_id),
        address: address_of(row.address)?,
        standing: standing_of(&row.person_standing, "subscriber.standing")?,
        created_at: instant(row.created_ms, "subscriber.created_ms")?,
        suppressed: row.last.suppression()?,
    };
    let subscription = Subscription {
        id: SubscriptionId(row.subscription_id),
        subscriber: subscriber.id,
        list: ListId(row.list_id),
        standing: standing_of(&row.standing, "subscription.standing")?,
        terms_id: TermsId(row.terms_id),
        terms: terms_of(row.terms)?,
        due_at: instant_or_none(row.due_ms, "subscription.due_ms")?,
        since: instant_or_none(row.since_ms, "subscription.since_ms")?,
    };
    Ok((subscriber, subscription))
}
