//! The few statements that will differ on PostgreSQL: sets that come in, or are searched, as JSON.
//!
//! A thousand rows are one statement here, since each statement has its price.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;

use super::lists::slug_of;
use super::terms::interests;
use super::whose::suppressed;
use super::{Store, StoreError, to_json, unreadable};
use crate::domain::SubscriberId;
use crate::domain::address::Address;
use crate::domain::due::Due;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{NewSubscription, Redue};
use crate::domain::time::Timestamp;

/// Rows in one JSON text: enough to spread a statement's price, little enough to hold.
const SLICE: usize = 2_000;

const SUBSCRIBERS_INSERT: &str = "insert into subscriber \
     (address, mailbox, address_hash, standing, created_ms) \
     select value ->> 'address', value ->> 'mailbox', unhex(value ->> 'hash'), 'active', $2 \
     from json_each($1) where true on conflict do nothing";
const SUBSCRIPTIONS_INSERT: &str = "insert into subscription \
     (subscriber_id, list_id, standing, due_ms, due_run, due_cadence_id, created_ms) \
     select s.subscriber_id, n.value ->> 'list', n.value ->> 'standing', \
     case when s.standing = 'active' then n.value ->> 'due_ms' end, \
     case when s.standing = 'active' then n.value ->> 'due_run' end, \
     case when s.standing = 'active' then n.value ->> 'due_cadence' end, $2 \
     from json_each($1) n join subscriber s on s.address_hash = unhex(n.value ->> 'hash') \
     where s.erased_ms is null and s.standing not in ('bounced', 'complained', 'unsubscribed') \
     on conflict do nothing";
// Only what the statement before has just inserted is without terms.
const FIRST_TERMS_INSERT: &str = "insert into terms \
     (subscription_id, seq, cadence_id, hour, zone, language, length, images, interests, at_ms, by_whom, resume_on, text_only) \
     select b.subscription_id, 1, n.value ->> 'cadence', n.value ->> 'hour', n.value ->> 'zone', \
     n.value ->> 'language', n.value ->> 'length', n.value ->> 'images', n.value ->> 'interests', $2, n.value ->> 'by', \
     n.value ->> 'resume_on', n.value ->> 'text_only' \
     from json_each($1) n join subscriber s on s.address_hash = unhex(n.value ->> 'hash') \
     join subscription b on b.subscriber_id = s.subscriber_id and b.list_id = n.value ->> 'list' \
     where b.terms_id is null on conflict do nothing";
const FIRST_TERMS_POINT: &str = "update subscription set terms_id = t.terms_id \
     from terms t where t.subscription_id = subscription.subscription_id and t.seq = 1 \
     and subscription.subscription_id > $1 and subscription.terms_id is null";
const LAST_SUBSCRIPTION: &str = "select coalesce(max(subscription_id), 0) from subscription";
const REDUE: &str = "update subscription set due_ms = n.value ->> 'due_ms', \
     due_run = n.value ->> 'due_run', due_cadence_id = n.value ->> 'due_cadence' \
     from json_each($1) n, subscriber s \
     where subscription.subscription_id = n.value ->> 'subscription' \
     and subscription.terms_id = n.value ->> 'terms' and subscription.standing = 'active' \
     and s.subscriber_id = subscription.subscriber_id and s.standing = 'active'";
const TOPIC_FOLLOWERS: &str = "select f.value ->> 'topic' as slug, count(*) as people \
     from subscription b join terms t on t.terms_id = b.terms_id \
     join json_each(t.interests, '$.topics') f \
     where b.standing <> 'unsubscribed' and f.value ->> 'weight' > 0 group by 1";
const PLACE_FOLLOWERS: &str = "select f.value as slug, count(*) as people \
     from subscription b join terms t on t.terms_id = b.terms_id \
     join json_each(t.interests, '$.places') f \
     where b.standing <> 'unsubscribed' group by 1";
/// Which of the wishes of $1 ([address hash, list or null, word, ms]) the database is not like, by their
/// place in it. A stranger who wants no mail is one of them.
pub(super) const UNLIKE_JOURNAL: &str = concat!(
    "select n.key from json_each($1) n \
     left join subscriber s on s.address_hash = unhex(n.value ->> 0) \
     left join subscription b on b.subscriber_id = s.subscriber_id and b.list_id = n.value ->> 1 \
     where case n.value ->> 2 \
      when 'erase' then s.subscriber_id is not null and s.erased_ms is null \
       and s.created_ms <= n.value ->> 3 \
      when 'rejoin' then case when n.value ->> 1 is null then s.standing else b.standing end \
       in ('unsubscribed', 'bounced', 'complained') \
      else s.subscriber_id is null \
       or case when n.value ->> 1 is null then s.standing else b.standing end \
        in ('active', 'pending', 'paused') \
       or (n.value ->> 2 = 'bounce' and 'unsubscribed' = \
        case when n.value ->> 1 is null then s.standing else b.standing end) \
       or (n.value ->> 2 = 'complaint' and 'complained' <> \
        case when n.value ->> 1 is null then s.standing else b.standing end) \
       or (n.value ->> 2 = 'suppress' and s.standing = 'unsubscribed' \
        and coalesce(s.erased_ms, 0) < n.value ->> 3 and not ",
    suppressed!(),
    ") end \
     order by n.key"
);
const ADDRESSES: &str = "select s.subscriber_id, s.address from json_each($1) j \
     join subscriber s on s.subscriber_id = j.value where s.address is not null";

#[derive(Serialize)]
struct NewRow<'a> {
    list: i64,
    address: &'a str,
    mailbox: String,
    hash: String,
    cadence: i64,
    hour: Option<String>,
    zone: &'a str,
    language: &'a str,
    length: &'a str,
    images: i64,
    text_only: i64,
    interests: String,
    standing: &'a str,
    by: &'a str,
    resume_on: Option<String>,
    #[serde(flatten)]
    due: DueRow,
}

#[derive(Serialize)]
struct RedueRow {
    subscription: i64,
    terms: i64,
    #[serde(flatten)]
    due: DueRow,
}

#[derive(Serialize)]
struct DueRow {
    due_ms: Option<i64>,
    due_run: Option<String>,
    due_cadence: Option<i64>,
}

#[derive(FromRow)]
struct FollowersRow {
    slug: String,
    people: i64,
}

impl Store {
    /// Signs many people up in one transaction, thousands a second. How many subscriptions are new:
    /// who is subscribed, has left, or may not be mailed is passed over, never changed.
    pub async fn subscribers_add(
        &self,
        new: &[NewSubscription],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let last: i64 = sqlx::query_scalar(LAST_SUBSCRIPTION)
            .fetch_one(&mut *tx)
            .await?;
        let mut added = 0;
        for slice in new.chunks(SLICE) {
            let rows = slice.iter().map(new_row).collect::<Result<Vec<_>, _>>()?;
            let rows = to_json(&rows, "subscription")?;
            let mut done = [0; 3];
            let statements = [SUBSCRIBERS_INSERT, SUBSCRIPTIONS_INSERT, FIRST_TERMS_INSERT];
            for (done, statement) in done.iter_mut().zip(statements) {
                *done = sqlx::query(statement)
                    .bind(&rows)
                    .bind(now.as_millisecond())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
            }
            added += done[1];
            sqlx::query(FIRST_TERMS_POINT)
                .bind(last)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(added)
    }

    /// Moves the dues of many subscriptions, in one transaction: those of active people that are
    /// active and whose terms are still the ones that the due was worked out from. How many were.
    pub async fn redue(&self, dues: &[Redue]) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut moved = 0;
        for slice in dues.chunks(SLICE) {
            let rows: Vec<RedueRow> = slice.iter().map(redue_row).collect();
            moved += sqlx::query(REDUE)
                .bind(to_json(&rows, "subscription")?)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Addresses of many people in one read; who was erased is left out.
    pub async fn addresses(
        &self,
        people: &[SubscriberId],
    ) -> Result<BTreeMap<SubscriberId, Address>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(ADDRESSES)
            .bind(to_json(&people, "subscriber.subscriber_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, text): (i64, String)| {
            // The value itself is no part of the error: it would be an address in a log.
            let address =
                Address::parse(&text).map_err(|_| unreadable("subscriber.address", "…"))?;
            Ok((SubscriberId(id), address))
        };
        rows.into_iter().map(read).collect()
    }

    /// How many subscriptions follow each topic by their newest terms; those who left are not
    /// counted. A topic without followers is left out, a removed one that still has some is not.
    pub async fn topics_followed(&self) -> Result<BTreeMap<Slug, i64>, StoreError> {
        self.followed(TOPIC_FOLLOWERS).await
    }

    /// As [`Store::topics_followed`], for one topic.
    pub async fn topic_followers(&self, topic: &Slug) -> Result<i64, StoreError> {
        let followed = self.topics_followed().await?;
        Ok(followed.get(topic).copied().unwrap_or(0))
    }

    /// How many subscriptions follow each place, as [`Store::topics_followed`] counts.
    pub async fn places_followed(&self) -> Result<BTreeMap<Slug, i64>, StoreError> {
        self.followed(PLACE_FOLLOWERS).await
    }

    async fn followed(&self, statement: &'static str) -> Result<BTreeMap<Slug, i64>, StoreError> {
        let rows: Vec<FollowersRow> = sqlx::query_as(statement).fetch_all(&self.readers).await?;
        rows.into_iter()
            .map(|row| Ok((slug_of(&row.slug, "terms.interests")?, row.people)))
            .collect()
    }
}

fn new_row(new: &NewSubscription) -> Result<NewRow<'_>, StoreError> {
    Ok(NewRow {
        list: new.list.0,
        address: new.address.full(),
        mailbox: new.address.mailbox(),
        hash: new.hash.0.iter().map(|b| format!("{b:02x}")).collect(),
        cadence: new.cadence.0,
        hour: new.terms.hour.map(|hour| hour.to_string()),
        zone: new.terms.zone.name(),
        language: &new.terms.language,
        length: new.terms.length.as_str(),
        images: i64::from(new.terms.images),
        text_only: i64::from(new.terms.text_only),
        interests: interests(&new.terms)?,
        standing: new.standing.as_str(),
        by: &new.by,
        resume_on: new.terms.resume_on.map(|day| day.to_string()),
        due: due_row(new.due),
    })
}

fn redue_row(redue: &Redue) -> RedueRow {
    RedueRow {
        subscription: redue.subscription.0,
        terms: redue.terms.0,
        due: due_row(redue.due),
    }
}

fn due_row(due: Option<Due>) -> DueRow {
    DueRow {
        due_ms: due.map(|d| d.at.as_millisecond()),
        due_run: due.map(|d| d.run.to_string()),
        due_cadence: due.map(|d| d.cadence.0),
    }
}
