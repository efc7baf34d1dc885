//! A person's change of address: once both mailboxes have confirmed it, one write.
//!
//! The person stays the same row, so what they asked for, were sent and agreed to stays theirs. The
//! mailbox that they left is kept as a keyed hash alone: whoever has it may sign up, and nobody signs
//! it up for them.

use sqlx::{FromRow, SqliteConnection};

use super::consent::consent_append;
use super::erase::STRANGER;
use super::people::standing_of;
use super::planning::address_hash;
use super::signups::{address_of, ms};
use super::standing::event;
use super::{Store, StoreError};
use crate::domain::address::AddressHash;
use crate::domain::consent::Receipt;
use crate::domain::link_mail::MOVE_KEPT;
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{LinkMailId, SubscriberId, SubscriptionId};
use crate::journal::{Entry, Kind};

const MOVING: &str = "select m.state, m.address, m.address_hash, s.subscriber_id, s.standing, \
     s.address_hash as old_hash, s.erased_ms from link_mail m \
     join subscription n on n.subscription_id = m.subscription_id \
     join subscriber s on s.subscriber_id = n.subscriber_id \
     where m.link_mail_id = $1 and m.asked_ms = $2 and m.kind = 'moved' and m.asked_ms > $3";
const HOLDER: &str = "select s.subscriber_id, s.erased_ms is not null and not exists \
      (select 1 from subscription n where n.subscriber_id = s.subscriber_id) as bare \
     from subscriber s where s.address_hash = $1";
const BARE_DELETE: &str = "delete from subscriber where subscriber_id = $1";
const ADDRESS_SET: &str = "update subscriber set address = $2, mailbox = $3, address_hash = $4 \
     where subscriber_id = $1";
// A row that has left says where it went. One letter a mailbox and edition: where the new one has had
// that edition, the row keeps its hash.
const OPEN_LETTERS: &str = "update delivery set address_hash = $2 where subscriber_id = $1 \
     and state in ('planned', 'leased', 'deferred') and not exists (select 1 from delivery o \
      where o.edition_id = delivery.edition_id and o.address_hash = $2)";
const OVER: &str = "update link_mail set state = 'over', address = null where link_mail_id = $1";
const MOVED_AT: &str = "select max(e.at_ms) from event e join subscription n \
     on n.subscriber_id = e.subscriber_id where n.subscription_id = $1 and e.kind = 'address'";

/// What confirming a new address came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Letters go there, now or since an earlier confirmation.
    Done,
    /// It is not to be had, or its time is over.
    Over,
}

#[derive(FromRow)]
struct MovingRow {
    state: String,
    address: Option<String>,
    address_hash: Vec<u8>,
    subscriber_id: i64,
    standing: String,
    old_hash: Vec<u8>,
    erased_ms: Option<i64>,
}

impl Store {
    /// Gives a person the address that a mail's link names, with the receipt of it. An address that is
    /// somebody's by now is refused, and the wish is over.
    pub async fn address_move(
        &self,
        (id, at_ms): (LinkMailId, i64),
        receipt: &Receipt,
    ) -> Result<Moved, StoreError> {
        let now = receipt.at;
        let mut tx = self.write().await?;
        let row: Option<MovingRow> = sqlx::query_as(MOVING)
            .bind(id.0)
            .bind(at_ms)
            .bind(now.as_millisecond() - ms(MOVE_KEPT))
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(Moved::Over);
        };
        if row.address_hash == row.old_hash {
            return Ok(Moved::Done);
        }
        let standing = standing_of(&row.standing, "subscriber.standing")?;
        let stays =
            matches!(standing, Standing::Active | Standing::Paused) && row.erased_ms.is_none();
        let open = row.state != "over" && stays && is_free(&mut tx, &row.address_hash).await?;
        let address = address_of(row.address)?.filter(|_| open);
        sqlx::query(OVER).bind(id.0).execute(&mut *tx).await?;
        let Some(address) = address else {
            tx.commit().await?;
            return Ok(Moved::Over);
        };
        let person = SubscriberId(row.subscriber_id);
        sqlx::query(ADDRESS_SET)
            .bind(person.0)
            .bind(address.full())
            .bind(address.mailbox())
            .bind(&row.address_hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(OPEN_LETTERS)
            .bind(person.0)
            .bind(&row.address_hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(STRANGER)
            .bind(&row.old_hash)
            .bind(Standing::Unsubscribed.as_str())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        event(&mut tx, person, None, "address", "page", now).await?;
        consent_append(&mut tx, person, receipt).await?;
        let (old, new) = (address_hash(row.old_hash)?, address_hash(row.address_hash)?);
        self.journalled(entries(old, new, now)).await?;
        tx.commit().await?;
        Ok(Moved::Done)
    }

    /// When the address of a subscription's person changed last.
    pub async fn address_moved_at(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = sqlx::query_scalar(MOVED_AT)
            .bind(subscription.0)
            .fetch_one(&self.readers)
            .await?;
        at.map(|at| super::instant(at, "event.at_ms")).transpose()
    }
}

/// A copy made before has the person at the old mailbox, where no letter may go any more.
fn entries(old: AddressHash, new: AddressHash, now: Timestamp) -> Vec<Entry> {
    let entry = |kind, who| Entry {
        at: now,
        kind,
        who,
        list: None,
    };
    vec![entry(Kind::Suppress, old), entry(Kind::Rejoin, new)]
}

/// Whether a mailbox is nobody's. What is kept of one that nobody had a subscription with makes room.
async fn is_free(tx: &mut SqliteConnection, hash: &[u8]) -> Result<bool, StoreError> {
    let holder: Option<(i64, bool)> = sqlx::query_as(HOLDER)
        .bind(hash)
        .fetch_optional(&mut *tx)
        .await?;
    match holder {
        None => Ok(true),
        Some((id, true)) => {
            sqlx::query(BARE_DELETE).bind(id).execute(tx).await?;
            Ok(true)
        }
        Some((_, false)) => Ok(false),
    }
}
