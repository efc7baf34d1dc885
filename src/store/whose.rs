//! Whose a mailbox is: somebody's as they are, nobody's yet, or of one who comes back.
//!
//! Who was erased and comes back is somebody new: what the tombstone's letters and digests point at stays
//! with it, and nothing of that life is theirs.

use sha2::{Digest, Sha256};
use sqlx::{FromRow, SqliteConnection};

use super::people::{address_of, has_left, standing_of};
use super::{StoreError, exists, instant};
use crate::domain::SubscriberId;
use crate::domain::address::AddressHash;
use crate::domain::subscriber::{NewSubscription, Standing, Subscriber, Suppression};
use crate::domain::time::Timestamp;

/// The newest word on mail to the person `s` as a whole, as `v`: of one who is unsubscribed as a whole.
macro_rules! last_word {
    () => {
        "left join event v on v.event_id = case when s.standing = 'unsubscribed' then \
         (select max(e.event_id) from event e where e.subscriber_id = s.subscriber_id \
          and e.subscription_id is null and e.kind in ('suppress', 'lift', 'rejoin')) end"
    };
}
pub(super) use last_word;

/// Whether an operator stopped mail to the person `s` and did not let it go since.
macro_rules! suppressed {
    () => {
        "coalesce((select e.kind from event e where e.subscriber_id = s.subscriber_id \
          and e.subscription_id is null and e.kind in ('suppress', 'lift', 'rejoin') \
          order by e.event_id desc limit 1) = 'suppress', false)"
    };
}
pub(super) use suppressed;

const BY_HASH: &str = concat!(
    "select s.subscriber_id, s.address, s.standing, s.created_ms, s.erased_ms, \
     v.kind as last_kind, v.at_ms as last_ms, v.detail as last_detail from subscriber s ",
    last_word!(),
    " where s.address_hash = $1"
);
const INSERT: &str = "insert into subscriber \
     (address, mailbox, address_hash, standing, created_ms) \
     values ($1, $2, $3, 'active', $4) returning subscriber_id";
const BACK: &str = "update subscriber \
     set address = $2, mailbox = $3, standing = 'active', erased_ms = null, \
     created_ms = case when erased_ms is null then created_ms else $4 end \
     where subscriber_id = $1";
// Letters, digests and placements point at a tombstone that had subscriptions; a mere hash has none.
const PART: &str = "update subscriber set address_hash = $2 where subscriber_id = $1 \
     and erased_ms is not null \
     and exists (select 1 from subscription n where n.subscriber_id = $1)";

/// The newest word on mail to a person as a whole.
#[derive(FromRow)]
pub(super) struct LastRow {
    last_kind: Option<String>,
    last_ms: Option<i64>,
    last_detail: Option<String>,
}

impl LastRow {
    pub(super) fn suppression(self) -> Result<Option<Suppression>, StoreError> {
        match (self.last_kind.as_deref(), self.last_ms) {
            (Some("suppress"), Some(ms)) => Ok(Some(Suppression {
                at: instant(ms, "event.at_ms")?,
                by: self.last_detail.unwrap_or_default(),
            })),
            _ => Ok(None),
        }
    }
}

#[derive(FromRow)]
struct SubscriberRow {
    subscriber_id: i64,
    address: Option<String>,
    standing: String,
    created_ms: i64,
    erased_ms: Option<i64>,
    #[sqlx(flatten)]
    last: LastRow,
}

/// The person of a mailbox.
pub(super) async fn subscriber(
    connection: &mut SqliteConnection,
    hash: &AddressHash,
) -> Result<Option<Subscriber>, StoreError> {
    let row = by_hash(connection, hash).await?;
    let read = |row: SubscriberRow| {
        Ok(Subscriber {
            id: SubscriberId(row.subscriber_id),
            address: address_of(row.address)?,
            standing: standing_of(&row.standing, "subscriber.standing")?,
            created_at: instant(row.created_ms, "subscriber.created_ms")?,
            suppressed: row.last.suppression()?,
        })
    };
    row.map(read).transpose()
}

async fn by_hash(
    connection: &mut SqliteConnection,
    hash: &AddressHash,
) -> Result<Option<SubscriberRow>, StoreError> {
    let known = sqlx::query_as(BY_HASH).bind(hash.0.as_slice());
    Ok(known.fetch_optional(connection).await?)
}

/// The row of the mailbox: as it is, made, or brought back; and whether that.
pub(super) async fn person_for(
    connection: &mut SqliteConnection,
    new: &NewSubscription,
    rejoin: bool,
    now: Timestamp,
) -> Result<(SubscriberId, bool), StoreError> {
    let Some(known) = by_hash(connection, &new.hash).await? else {
        return Ok((made(connection, new, now).await?, false));
    };
    let id = SubscriberId(known.subscriber_id);
    let standing = standing_of(&known.standing, "subscriber.standing")?;
    if let Some(Suppression { at, .. }) = known.last.suppression()? {
        return Err(StoreError::Suppressed { since: at });
    }
    match standing {
        Standing::Bounced | Standing::Complained => return Err(StoreError::Stopped { standing }),
        Standing::Unsubscribed => {}
        _ if known.erased_ms.is_some() => {}
        _ => return Ok((id, false)),
    }
    if !rejoin {
        return Err(has_left(new));
    }
    let parted = sqlx::query(PART)
        .bind(id.0)
        .bind(&hash_apart(&new.hash, id)[..])
        .execute(&mut *connection)
        .await?;
    if parted.rows_affected() > 0 {
        return Ok((made(connection, new, now).await?, true));
    }
    sqlx::query(BACK)
        .bind(id.0)
        .bind(new.address.full())
        .bind(new.address.mailbox())
        .bind(now.as_millisecond())
        .execute(connection)
        .await?;
    Ok((id, true))
}

async fn made(
    connection: &mut SqliteConnection,
    new: &NewSubscription,
    now: Timestamp,
) -> Result<SubscriberId, StoreError> {
    let id = sqlx::query_scalar(INSERT)
        .bind(new.address.full())
        .bind(new.address.mailbox())
        .bind(new.hash.0.as_slice())
        .bind(now.as_millisecond())
        .fetch_one(connection)
        .await
        .map_err(|e| exists(e, "subscriber", &new.address))?;
    Ok(SubscriberId(id))
}

/// What a tombstone is known by once its mailbox is somebody's again: nobody's mailbox hashes to it.
fn hash_apart(hash: &AddressHash, id: SubscriberId) -> [u8; 32] {
    let mut apart = Sha256::new_with_prefix(b"tombstone ");
    apart.update(id.0.to_be_bytes());
    apart.update(hash.0);
    apart.finalize().into()
}
