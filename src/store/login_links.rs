//! Links by which editors come in: asked for by whoever types an address, mailed one at a time, used once.
//!
//! As with mailed links of readers, queueing one does the same whoever the address belongs to; who that is
//! is looked up when its mail is about to be sent.

use sqlx::FromRow;

use super::planning::address_hash;
use super::signups::ms;
use super::{Store, StoreError, instant};
use crate::domain::LoginLinkId;
use crate::domain::address::AddressHash;
use crate::domain::sign_in::{
    LINK_GOOD, LINK_PAUSE, LINK_WINDOW, LINKS_MOST, LinkWay, LoginLink, LoginMail,
};
use crate::domain::signup::Mailed;
use crate::domain::time::Timestamp;

// The same row is written whoever the address belongs to.
const PUT: &str = "insert into login_link (address_hash, asked_ms, state, not_before_ms) \
     select $1, $2, 'queued', $2 where not exists (select 1 from login_link \
      where address_hash = $1 and asked_ms > $3 and state <> 'printed') \
     and (select count(*) from login_link where address_hash = $1 and asked_ms > $4 \
      and state <> 'printed') < $5 returning login_link_id";
const PRINT: &str = "insert into login_link (address_hash, asked_ms, state, not_before_ms) \
     values ($1, $2, 'printed', $2) returning login_link_id";
const WAITS: &str =
    "select count(*) from login_link where state = 'queued' and not_before_ms <= $1";
const NEXT: &str = "update login_link set state = 'started' where login_link_id = \
     (select login_link_id from login_link where state = 'queued' and not_before_ms <= $1 \
     order by not_before_ms, login_link_id limit 1) \
     returning login_link_id, address_hash, asked_ms, tries";
const SENT: &str =
    "update login_link set state = 'sent' where login_link_id = $1 and state = 'started'";
const LATER: &str = "update login_link set state = 'queued', tries = tries + 1, not_before_ms = $2 \
     where login_link_id = $1 and state = 'started'";
const OVER: &str =
    "update login_link set state = 'over' where login_link_id = $1 and state = 'started'";
const TAKEN_UP: &str = "update login_link set state = 'queued' where state = 'started'";
const LINK: &str = "select address_hash, used_ms is not null from login_link \
     where login_link_id = $1 and asked_ms = $2";

#[derive(FromRow)]
struct NextRow {
    login_link_id: i64,
    address_hash: Vec<u8>,
    asked_ms: i64,
    tries: i64,
}

impl Store {
    /// Makes a link for an address, whoever that is. `None` where it was mailed its share; a link that
    /// is printed has no share.
    pub async fn login_link_add(
        &self,
        hash: &AddressHash,
        way: LinkWay,
        now: Timestamp,
    ) -> Result<Option<LoginLinkId>, StoreError> {
        let mut tx = self.write().await?;
        let at = now.as_millisecond();
        let put = match way {
            LinkWay::Printed => sqlx::query_scalar(PRINT).bind(hash.0.as_slice()).bind(at),
            LinkWay::Mailed => sqlx::query_scalar(PUT)
                .bind(hash.0.as_slice())
                .bind(at)
                .bind(at - ms(LINK_PAUSE))
                .bind(at - ms(LINK_WINDOW))
                .bind(LINKS_MOST),
        };
        let id: Option<i64> = put.fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        Ok(id.map(LoginLinkId))
    }

    /// Whether a mail with a link may be sent now. A read.
    pub async fn login_link_waits(&self, now: Timestamp) -> Result<bool, StoreError> {
        let waiting: i64 = sqlx::query_scalar(WAITS)
            .bind(now.as_millisecond())
            .fetch_one(&self.readers)
            .await?;
        Ok(waiting > 0)
    }

    /// Writes down what became of the mail before and, where one is to be taken, takes the next, in
    /// one commit: at no instant are two mails in doubt.
    pub async fn login_link_next(
        &self,
        before: Option<(LoginLinkId, Mailed)>,
        take: bool,
        now: Timestamp,
    ) -> Result<Option<LoginMail>, StoreError> {
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
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let hash = address_hash(row.address_hash)?;
        let editor = self.editor_of_address(&hash).await?;
        Ok(Some(LoginMail {
            id: LoginLinkId(row.login_link_id),
            to: editor.filter(|e| e.disabled.is_none()).map(|e| e.address),
            hash,
            at: instant(row.asked_ms, "login_link.asked_ms")?,
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        }))
    }

    /// Takes up what a dead sender left: its mail is sent again, with the same bytes. How many.
    pub async fn login_links_recover(&self) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(TAKEN_UP).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A link as it is named: its number and its instant in milliseconds. `None` where it is forgotten.
    pub async fn login_link(
        &self,
        (id, at_ms): (LoginLinkId, i64),
        now: Timestamp,
    ) -> Result<Option<LoginLink>, StoreError> {
        let row: Option<(Vec<u8>, bool)> = sqlx::query_as(LINK)
            .bind(id.0)
            .bind(at_ms)
            .fetch_optional(&self.readers)
            .await?;
        let Some((hash, used)) = row else {
            return Ok(None);
        };
        let editor = self.editor_of_address(&address_hash(hash)?).await?;
        Ok(Some(LoginLink {
            editor: editor.filter(|e| e.disabled.is_none()),
            good: !used && at_ms > now.as_millisecond() - ms(LINK_GOOD),
        }))
    }
}
