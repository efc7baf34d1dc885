//! Mails with links: queued with their limits, sent one at a time, forgotten.
//!
//! As with sign-ups, queueing one does the same whoever the address belongs to; who that is is looked
//! up when its mail is about to be sent.

use sqlx::{FromRow, SqliteConnection};

use super::people::standing_of;
use super::planning::address_hash;
use super::signups::{MAIL_COUNTED, address_of, ms};
use super::{Store, StoreError, instant, unreadable};
use crate::domain::link_mail::{
    LINK_MAILS_MOST, LINK_PAUSE, LINK_WINDOW, LinkKind, LinkMail, MOVE_KEPT, Moving, NewLinkMail,
};
use crate::domain::signup::{MAIL_PAUSE, MAIL_WINDOW, MAILS_MOST, Mailed};
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{LinkMailId, ListId, SubscriptionId};

// A mailbox gets one of a kind in a while, and a few of all kinds in a day.
const PUT: &str = "insert into link_mail (kind, address, address_hash, subscription_id, language, \
     asked_ms, state, not_before_ms) select $1, $2, $3, $4, $5, $6, 'queued', $6 \
     where not exists (select 1 from link_mail \
      where address_hash = $3 and kind = $1 and asked_ms > $7) \
     and (select count(*) from link_mail where address_hash = $3 and asked_ms > $8) < $9";
// The newest wish is the one that counts.
const MOVES_OVER: &str = "update link_mail set state = 'over', address = null \
     where kind = 'moved' and state <> 'over' and subscription_id in (select o.subscription_id \
      from subscription n join subscription o on o.subscriber_id = n.subscriber_id \
      where n.subscription_id = $1)";
const WAITS: &str = "select count(*) from link_mail where state = 'queued' and not_before_ms <= $1";
const NEXT: &str = "update link_mail set state = 'started' where link_mail_id = \
     (select link_mail_id from link_mail where state = 'queued' and not_before_ms <= $1 \
     order by not_before_ms, link_mail_id limit 1) \
     returning link_mail_id, kind, address, address_hash, subscription_id, language, asked_ms, tries";
const SENT: &str = "update link_mail set state = 'sent', \
     address = case when kind = 'moved' then address end \
     where link_mail_id = $1 and state = 'started'";
const LATER: &str = "update link_mail set state = 'queued', tries = tries + 1, not_before_ms = $2 \
     where link_mail_id = $1 and state = 'started'";
// The row stays as what the limits count.
const OVER: &str = "update link_mail set state = 'over', address = null \
     where link_mail_id = $1 and state = 'started'";
const TAKEN_UP: &str = "update link_mail set state = 'queued' where state = 'started'";
const OLD: &str = "delete from link_mail where state <> 'started' \
     and asked_ms <= case when kind = 'moved' then $1 else $2 end";
const PERSON: &str = "select s.address, s.standing, n.list_id, n.subscription_id, t.language \
     from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
     join terms t on t.terms_id = n.terms_id where n.subscription_id = $1";
const OF_ADDRESS: &str = "select s.address, s.standing, n.list_id, n.subscription_id, t.language \
     from subscriber s join subscription n on n.subscriber_id = s.subscriber_id \
     join terms t on t.terms_id = n.terms_id \
     where s.address_hash = $1 and s.erased_ms is null \
     order by n.standing <> 'active', n.subscription_id limit 100";
const SOMEBODYS: &str = "select count(*) from subscriber s where s.address_hash = $1 \
     and (s.erased_ms is null or exists \
      (select 1 from subscription n where n.subscriber_id = s.subscriber_id))";
const MOVING: &str = "select subscription_id, address, address_hash, language, asked_ms from link_mail \
     where link_mail_id = $1 and asked_ms = $2 and kind = 'moved'";

#[derive(FromRow)]
struct NextRow {
    link_mail_id: i64,
    kind: String,
    address: Option<String>,
    address_hash: Vec<u8>,
    subscription_id: Option<i64>,
    language: String,
    asked_ms: i64,
    tries: i64,
}

#[derive(FromRow)]
struct WhoRow {
    address: Option<String>,
    standing: String,
    list_id: i64,
    subscription_id: i64,
    language: String,
}

#[derive(FromRow)]
struct MovingRow {
    subscription_id: i64,
    address: Option<String>,
    address_hash: Vec<u8>,
    language: String,
    asked_ms: i64,
}

impl Store {
    /// Queues a mail; `false`, and nothing written, where its mailbox has had its share. A new address
    /// counts as a sign-up does, since anybody's may be typed, and takes the place of the one before.
    pub async fn link_mail_add(&self, new: &NewLinkMail) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let at = new.at.as_millisecond();
        if new.kind == LinkKind::Moved {
            let counted = sqlx::query(MAIL_COUNTED)
                .bind(new.counted.0.as_slice())
                .bind(at)
                .bind(at - ms(MAIL_PAUSE))
                .bind(at - ms(MAIL_WINDOW))
                .bind(MAILS_MOST)
                .execute(&mut *tx)
                .await?;
            if counted.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(MOVES_OVER)
                .bind(new.subscription.map(|s| s.0))
                .execute(&mut *tx)
                .await?;
        }
        let put = sqlx::query(PUT)
            .bind(new.kind.as_str())
            .bind(new.address.as_ref().map(|a| a.full()))
            .bind(new.hash.0.as_slice())
            .bind(new.subscription.map(|s| s.0))
            .bind(&new.language)
            .bind(at)
            .bind(at - ms(LINK_PAUSE))
            .bind(at - ms(LINK_WINDOW))
            .bind(LINK_MAILS_MOST)
            .execute(&mut *tx)
            .await?;
        if put.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a mail may be sent now. A read.
    pub async fn link_mail_waits(&self, now: Timestamp) -> Result<bool, StoreError> {
        let waiting: i64 = sqlx::query_scalar(WAITS)
            .bind(now.as_millisecond())
            .fetch_one(&self.readers)
            .await?;
        Ok(waiting > 0)
    }

    /// Writes down what became of the mail before and, where one is to be taken, takes the next, in
    /// one commit: at no instant are two mails in doubt.
    pub async fn link_mail_next(
        &self,
        before: Option<(LinkMailId, Mailed)>,
        take: bool,
        now: Timestamp,
    ) -> Result<Option<LinkMail>, StoreError> {
        let mut tx = self.write().await?;
        if let Some((id, mailed)) = before {
            let statement = match mailed {
                Mailed::Sent => sqlx::query(SENT).bind(id.0),
                Mailed::Later(at) => sqlx::query(LATER).bind(id.0).bind(at.as_millisecond()),
                Mailed::Forgotten => sqlx::query(OVER).bind(id.0),
            };
            statement.execute(&mut *tx).await?;
        }
        let row: Option<NextRow> = match take {
            true => {
                let next = sqlx::query_as(NEXT).bind(now.as_millisecond());
                next.fetch_optional(&mut *tx).await?
            }
            false => None,
        };
        let next = match row {
            Some(row) => Some(mail_of(&mut tx, row).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(next)
    }

    /// Takes up what a dead sender left: its mail is sent again, with the same bytes. How many.
    pub async fn link_mails_recover(&self) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(TAKEN_UP).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Forgets mails that no limit counts any more, and new addresses that nobody confirmed in time.
    /// How many.
    pub async fn link_mails_forget(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let now = now.as_millisecond();
        let done = sqlx::query(OLD)
            .bind(now - ms(MOVE_KEPT))
            .bind(now - ms(LINK_WINDOW))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A new address as its link names it.
    pub async fn moving(
        &self,
        (id, at_ms): (LinkMailId, i64),
    ) -> Result<Option<Moving>, StoreError> {
        let row: Option<MovingRow> = sqlx::query_as(MOVING)
            .bind(id.0)
            .bind(at_ms)
            .fetch_optional(&self.readers)
            .await?;
        let moving = |row: MovingRow| {
            Ok(Moving {
                subscription: SubscriptionId(row.subscription_id),
                address: address_of(row.address)?,
                hash: address_hash(row.address_hash)?,
                language: row.language,
                at: instant(row.asked_ms, "link_mail.asked_ms")?,
            })
        };
        row.map(moving).transpose()
    }
}

async fn mail_of(tx: &mut SqliteConnection, row: NextRow) -> Result<LinkMail, StoreError> {
    let kind = LinkKind::parse(&row.kind).map_err(|_| unreadable("link_mail.kind", &row.kind))?;
    let who: Vec<WhoRow> = match row.subscription_id {
        Some(id) => sqlx::query_as(PERSON).bind(id).fetch_all(&mut *tx).await?,
        None => {
            let of = sqlx::query_as(OF_ADDRESS).bind(&row.address_hash);
            of.fetch_all(&mut *tx).await?
        }
    };
    let mut to = None;
    if let Some(first) = who.first()
        && may_be_mailed(kind, &first.standing)?
    {
        to = match kind {
            LinkKind::Moved => {
                let taken: i64 = sqlx::query_scalar(SOMEBODYS)
                    .bind(&row.address_hash)
                    .fetch_one(&mut *tx)
                    .await?;
                address_of(row.address)?.filter(|_| taken == 0)
            }
            _ => address_of(first.address.clone())?,
        };
    }
    let own = who.first().map(|first| first.language.clone());
    Ok(LinkMail {
        id: LinkMailId(row.link_mail_id),
        kind,
        to,
        links: who
            .iter()
            .map(|w| (ListId(w.list_id), SubscriptionId(w.subscription_id)))
            .collect(),
        language: own.unwrap_or(row.language),
        at: instant(row.asked_ms, "link_mail.asked_ms")?,
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
    })
}

/// A mailbox that turned mail away, or whose owner called it spam, gets none of these either; nor
/// does one that is stopped as a whole get what a stranger may ask for by its address.
fn may_be_mailed(kind: LinkKind, standing: &str) -> Result<bool, StoreError> {
    Ok(match standing_of(standing, "subscriber.standing")? {
        Standing::Bounced | Standing::Complained => false,
        Standing::Unsubscribed => matches!(kind, LinkKind::Export | LinkKind::Forget),
        _ => true,
    })
}
