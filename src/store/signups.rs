//! Sign-ups: queued with their limits in one write, mailed one at a time, confirmed or forgotten.
//!
//! Queueing one reads and writes the same rows whoever the address belongs to; who that is is looked
//! up when its mail is about to be sent, which nobody waits for.

use sqlx::{FromRow, SqliteConnection};

use super::consent::consent_append;
use super::lists::not_found;
use super::people::{Added, standing_of};
use super::planning::address_hash;
use super::whose::suppressed;
use super::{Store, StoreError, instant, unreadable};
use crate::domain::address::Address;
use crate::domain::consent::Receipt;
use crate::domain::signup::{
    KEPT, Known, MAIL_PAUSE, MAIL_WINDOW, MAILS_MOST, Mailed, NewSignup, Signup, SignupSource,
    WELCOME_AFTER, Waiting,
};
use crate::domain::subscriber::{NewSubscription, Standing};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{ListId, SignupId, SubscriptionId};

pub(super) const MAIL_COUNTED: &str = "insert into signup_mail (address_hash, at_ms) select $1, $2 \
     where not exists (select 1 from signup_mail where address_hash = $1 and at_ms > $3) \
     and (select count(*) from signup_mail where address_hash = $1 and at_ms > $4) < $5";
const SIGNUP_PUT: &str = "insert into signup (list_id, address, address_hash, language, zone, \
     source, wording, network, asked_ms, state, not_before_ms) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $9) \
     on conflict (list_id, address_hash) do update set address = excluded.address, \
     language = excluded.language, zone = excluded.zone, source = excluded.source, \
     wording = excluded.wording, network = excluded.network, asked_ms = excluded.asked_ms, \
     state = 'queued', tries = 0, not_before_ms = excluded.not_before_ms, subscription_id = null";
const NEXT: &str = "update signup set state = 'started' where signup_id = (select signup_id \
     from signup where state = 'queued' and not_before_ms <= $1 \
     order by not_before_ms, signup_id limit 1) \
     returning signup_id, list_id, address, address_hash, language, asked_ms, tries";
const WAITS: &str = "select count(*) from signup where state = 'queued' and not_before_ms <= $1";
const MAILS: &str = "select (select count(*) from signup where state = 'queued'), \
     (select count(*) from link_mail where state = 'queued')";
const SENT: &str = "update signup set state = 'sent' where signup_id = $1 and state = 'started'";
const LATER: &str = "update signup set state = 'queued', tries = tries + 1, not_before_ms = $2 \
     where signup_id = $1 and state = 'started'";
const FORGET: &str = "delete from signup where signup_id = $1 and state = 'started'";
const TAKEN_UP: &str = "update signup set state = 'queued' where state = 'started'";
const WHO: &str = concat!(
    "select s.standing as person_standing, s.erased_ms is not null and not ",
    suppressed!(),
    " as free, b.subscription_id, b.standing \
     from subscriber s left join subscription b \
     on b.subscriber_id = s.subscriber_id and b.list_id = $2 where s.address_hash = $1"
);
const WAITING: &str = "select list_id, address, address_hash, language, zone, source, wording, \
     network, asked_ms, subscription_id from signup \
     where signup_id = $1 and list_id = $2 and asked_ms = $3";
const CONFIRMED: &str = "update signup set state = 'confirmed', address = null, network = null, \
     subscription_id = $2 where signup_id = $1";
const OLD_SIGNUPS: &str = "delete from signup where asked_ms <= $1 and state <> 'started'";
const OLD_MAILS: &str = "delete from signup_mail where at_ms <= $1";
pub(super) const WELCOME_ADD: &str = "insert into welcome (subscription_id, go_ms) values ($1, $2) \
     on conflict (subscription_id) do update set go_ms = excluded.go_ms";
#[derive(FromRow)]
struct NextRow {
    signup_id: i64,
    list_id: i64,
    address: Option<String>,
    address_hash: Vec<u8>,
    language: String,
    asked_ms: i64,
    tries: i64,
}

#[derive(FromRow)]
struct WhoRow {
    person_standing: String,
    /// They were erased and not stopped: they may come back.
    free: bool,
    subscription_id: Option<i64>,
    standing: Option<String>,
}

#[derive(FromRow)]
struct WaitingRow {
    list_id: i64,
    address: Option<String>,
    address_hash: Vec<u8>,
    language: String,
    zone: Option<String>,
    source: String,
    wording: String,
    network: Option<String>,
    asked_ms: i64,
    subscription_id: Option<i64>,
}

/// Mails that were asked for on pages and have not left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailsWaiting {
    /// Confirmations of sign-ups.
    pub confirmations: i64,
    /// Mails with a link.
    pub links: i64,
}

impl Store {
    /// How many mails wait that were asked for on pages. A read.
    pub async fn mails_waiting(&self) -> Result<MailsWaiting, StoreError> {
        let (confirmations, links) = sqlx::query_as(MAILS).fetch_one(&self.readers).await?;
        Ok(MailsWaiting {
            confirmations,
            links,
        })
    }

    /// Queues sign-ups, all in one transaction. One whose address has had its mails already changes
    /// nothing. How many mails are to be sent.
    pub async fn signups_add(&self, signups: &[NewSignup]) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut queued = 0;
        for new in signups {
            let at = new.at.as_millisecond();
            let counted = sqlx::query(MAIL_COUNTED)
                .bind(new.counted.0.as_slice())
                .bind(at)
                .bind(at - ms(MAIL_PAUSE))
                .bind(at - ms(MAIL_WINDOW))
                .bind(MAILS_MOST)
                .execute(&mut *tx)
                .await?;
            if counted.rows_affected() == 0 {
                continue;
            }
            sqlx::query(SIGNUP_PUT)
                .bind(new.list.0)
                .bind(new.address.full())
                .bind(new.hash.0.as_slice())
                .bind(&new.language)
                .bind(new.zone.as_ref().map(Zone::name))
                .bind(new.source.as_str())
                .bind(&new.wording)
                .bind(&new.network)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            queued += 1;
        }
        tx.commit().await?;
        Ok(queued)
    }

    /// Whether a sign-up's mail may be sent now. A read.
    pub async fn signup_waits(&self, now: Timestamp) -> Result<bool, StoreError> {
        let waiting: i64 = sqlx::query_scalar(WAITS)
            .bind(now.as_millisecond())
            .fetch_one(&self.readers)
            .await?;
        Ok(waiting > 0)
    }

    /// Writes down what became of the mail before and, where one is to be taken, takes the next
    /// sign-up, in one commit: at no instant are two mails in doubt.
    pub async fn signup_next(
        &self,
        before: Option<(SignupId, Mailed)>,
        take: bool,
        now: Timestamp,
    ) -> Result<Option<Signup>, StoreError> {
        let mut tx = self.write().await?;
        if let Some((id, mailed)) = before {
            settle(&mut tx, id, mailed).await?;
        }
        let row: Option<NextRow> = match take {
            true => {
                let next = sqlx::query_as(NEXT).bind(now.as_millisecond());
                next.fetch_optional(&mut *tx).await?
            }
            false => None,
        };
        let next = match row {
            Some(row) => Some(signup_of(&mut tx, row).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(next)
    }

    /// Takes up what a dead sender left: its mail is sent again, with the same bytes. How many.
    pub async fn signups_recover(&self) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(TAKEN_UP).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A sign-up as its link names it.
    pub async fn signup(
        &self,
        (list, id, at_ms): (ListId, SignupId, i64),
    ) -> Result<Option<Waiting>, StoreError> {
        let row: Option<WaitingRow> = sqlx::query_as(WAITING)
            .bind(id.0)
            .bind(list.0)
            .bind(at_ms)
            .fetch_optional(&self.readers)
            .await?;
        row.map(waiting_of).transpose()
    }

    /// Confirms a sign-up: the subscription with its first terms, the receipt, and its first letter
    /// to come, all or nothing. A second confirmation finds what the first one made.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was forgotten; [`StoreError::Stopped`] if the person bounced,
    /// complained, or was suppressed since their mail left.
    pub async fn signup_confirm(
        &self,
        (list, id, at_ms): (ListId, SignupId, i64),
        new: &NewSubscription,
        receipt: &Receipt,
        now: Timestamp,
    ) -> Result<SubscriptionId, StoreError> {
        let mut tx = self.write().await?;
        let row: Option<WaitingRow> = sqlx::query_as(WAITING)
            .bind(id.0)
            .bind(list.0)
            .bind(at_ms)
            .fetch_optional(&mut *tx)
            .await?;
        let row = row.ok_or_else(|| not_found("sign-up", id))?;
        if let Some(made) = row.subscription_id {
            return Ok(SubscriptionId(made));
        }
        if known(&mut tx, &row.address_hash, row.list_id).await? == Known::Stopped {
            let standing = Standing::Unsubscribed;
            return Err(StoreError::Stopped { standing });
        }
        let Added {
            subscriber,
            subscription,
            entries,
            is_new,
        } = self.added(&mut tx, new, true, now).await?;
        consent_append(&mut tx, subscriber, receipt).await?;
        sqlx::query(CONFIRMED)
            .bind(id.0)
            .bind(subscription.0)
            .execute(&mut *tx)
            .await?;
        if is_new {
            sqlx::query(WELCOME_ADD)
                .bind(subscription.0)
                .bind(now.as_millisecond() + ms(WELCOME_AFTER))
                .execute(&mut *tx)
                .await?;
        }
        self.journalled(entries).await?;
        tx.commit().await?;
        Ok(subscription)
    }

    /// Forgets sign-ups that nobody confirmed in time, and mails that no limit counts any more. How
    /// many sign-ups.
    pub async fn signups_forget(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let now = now.as_millisecond();
        let done = sqlx::query(OLD_SIGNUPS)
            .bind(now - ms(KEPT))
            .execute(&mut *tx)
            .await?;
        sqlx::query(OLD_MAILS)
            .bind(now - ms(MAIL_WINDOW))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

pub(super) fn ms(duration: jiff::SignedDuration) -> i64 {
    duration.as_secs().saturating_mul(1000)
}

async fn settle(tx: &mut SqliteConnection, id: SignupId, mailed: Mailed) -> Result<(), StoreError> {
    let statement = match mailed {
        Mailed::Sent => sqlx::query(SENT).bind(id.0),
        Mailed::Later(at) => sqlx::query(LATER).bind(id.0).bind(at.as_millisecond()),
        Mailed::Forgotten => sqlx::query(FORGET).bind(id.0),
    };
    statement.execute(tx).await?;
    Ok(())
}

async fn signup_of(tx: &mut SqliteConnection, row: NextRow) -> Result<Signup, StoreError> {
    let known = known(tx, &row.address_hash, row.list_id).await?;
    Ok(Signup {
        id: SignupId(row.signup_id),
        list: ListId(row.list_id),
        address: address_of(row.address)?.ok_or_else(|| unreadable("signup.address", "nothing"))?,
        language: row.language,
        at: instant(row.asked_ms, "signup.asked_ms")?,
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        known,
    })
}

/// Who an address belongs to now.
async fn known(tx: &mut SqliteConnection, hash: &[u8], list: i64) -> Result<Known, StoreError> {
    let who: Option<WhoRow> = sqlx::query_as(WHO)
        .bind(hash)
        .bind(list)
        .fetch_optional(tx)
        .await?;
    who.map_or(Ok(Known::New), known_of)
}

/// A person who takes no letters at all is sent none; who left one list, or was erased, may come back.
fn known_of(row: WhoRow) -> Result<Known, StoreError> {
    use Standing::{Bounced, Complained, Pending, Unsubscribed};
    let person = standing_of(&row.person_standing, "subscriber.standing")?;
    let stopped = match person {
        Bounced | Complained => true,
        Unsubscribed => !row.free,
        _ => false,
    };
    if stopped {
        return Ok(Known::Stopped);
    }
    let (Some(id), Some(own)) = (row.subscription_id, row.standing) else {
        return Ok(Known::New);
    };
    Ok(match standing_of(&own, "subscription.standing")? {
        Unsubscribed | Pending => Known::New,
        Bounced | Complained => Known::Stopped,
        _ => Known::Subscribed(SubscriptionId(id)),
    })
}

fn waiting_of(row: WaitingRow) -> Result<Waiting, StoreError> {
    let source = SignupSource::parse(&row.source);
    Ok(Waiting {
        list: ListId(row.list_id),
        address: address_of(row.address)?,
        hash: address_hash(row.address_hash)?,
        language: row.language,
        zone: row.zone.as_deref().map(Zone::stored),
        source: source.map_err(|_| unreadable("signup.source", row.source))?,
        wording: row.wording,
        network: row.network,
        at: instant(row.asked_ms, "signup.asked_ms")?,
        subscription: row.subscription_id.map(SubscriptionId),
    })
}

pub(super) fn address_of(text: Option<String>) -> Result<Option<Address>, StoreError> {
    // The value itself is no part of the error: it would be an address in a log.
    text.map(|text| Address::parse(&text).map_err(|_| unreadable("signup.address", "…")))
        .transpose()
}
