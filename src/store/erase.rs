//! Forgetting a person, and stopping mail to addresses, known or not.
//!
//! Of a forgotten person a tombstone stays: id, keyed hash, time. Ledger and placement rows stay with the
//! id alone, so that no sum moves; what they point at (a digest, its terms) is emptied, everything else is
//! deleted. The octets go as well: deleted content is overwritten, and [`Store::fold`] empties the log.

use sqlx::{FromRow, SqliteConnection};

use super::lists::not_found;
use super::people::standing_of;
use super::planning::address_hash;
use super::standing::{DUES_CLEAR, PERSON_SET, event, has_left, stop_letters};
use super::whose::suppressed;
use super::{Store, StoreError};
use crate::domain::SubscriberId;
use crate::domain::address::AddressHash;
use crate::domain::subscriber::Standing;
use crate::domain::time::Timestamp;
use crate::journal::{Entry, Kind};

const PERSON: &str = "select address_hash, erased_ms from subscriber where subscriber_id = $1";
const BY_HASH: &str = concat!(
    "select s.subscriber_id, s.standing, s.erased_ms is not null and not ",
    suppressed!(),
    " as free from subscriber s where s.address_hash = $1"
);
/// Whoever signs strangers up anew must not mail one who had left.
pub(super) const STRANGER: &str = "insert into subscriber \
     (address, mailbox, address_hash, standing, created_ms, erased_ms) \
     values (null, null, $1, $2, $3, $3) on conflict do nothing";
const TOMBSTONE: &str = "update subscriber set address = null, mailbox = null, erased_ms = $2, \
     standing = case when standing in ('bounced', 'complained') then standing \
      else 'unsubscribed' end where subscriber_id = $1";
const SUBSCRIPTIONS: &str = "update subscription set due_ms = null, due_run = null, \
     due_cadence_id = null, since_ms = null, standing = case \
      when standing in ('bounced', 'complained') then standing else 'unsubscribed' end \
     where subscriber_id = $1";
// The ledger and placements point at digests, and digests at terms: those stay, with nothing in them.
const DIGESTS_EMPTY: &str = "update digest set picks = '[]', left_out = 0, since_ms = null, seal = null, \
     amended = null \
     where digest_id in (select g.digest_id from subscription n \
      join edition e on e.list_id = n.list_id join wave w on w.edition_id = e.edition_id \
      join digest g on g.wave_id = w.wave_id and g.subscription_id = n.subscription_id \
      where n.subscriber_id = $1)";
const DIGESTS_DELETE: &str = "delete from digest where digest_id in (select g.digest_id \
      from subscription n \
      join edition e on e.list_id = n.list_id join wave w on w.edition_id = e.edition_id \
      join digest g on g.wave_id = w.wave_id and g.subscription_id = n.subscription_id \
      where n.subscriber_id = $1) \
     and not exists (select 1 from delivery d where d.digest_id = digest.digest_id) \
     and not exists (select 1 from placement p where p.digest_id = digest.digest_id)";
const TERMS_EMPTY: &str = "update terms set hour = null, zone = 'UTC', language = 'en', \
     length = 'long', images = 1, interests = '{\"topics\":[],\"places\":[]}', by_whom = 'erased', \
     resume_on = null, text_only = 0, at_ms = 0 \
     where subscription_id in (select subscription_id from subscription where subscriber_id = $1)";
const MEMORY_DELETE: &str = "delete from memory where (edition_id, subscription_id) in ( \
      select e.edition_id, n.subscription_id from subscription n \
      join edition e on e.list_id = n.list_id where n.subscriber_id = $1)";
const MEMORY_PAST_DELETE: &str = "delete from memory_past where (edition_id, subscription_id) in ( \
      select e.edition_id, n.subscription_id from subscription n \
      join edition e on e.list_id = n.list_id where n.subscriber_id = $1)";
const SIGN_UPS_DELETE: &str = "delete from signup where address_hash = \
     (select address_hash from subscriber where subscriber_id = $1)";
const LINK_MAILS_DELETE: &str = "delete from link_mail where address_hash = \
     (select address_hash from subscriber where subscriber_id = $1) or subscription_id in \
     (select subscription_id from subscription where subscriber_id = $1)";
const WELCOMES_DELETE: &str = "delete from welcome where subscription_id in \
     (select subscription_id from subscription where subscriber_id = $1)";
const CONSENT_DELETE: &str = "delete from consent where subscriber_id = $1";
// An operator's word that holds outlives them: it is about the mailbox, and says nothing of its owner.
const EVENTS_DELETE: &str = "delete from event where subscriber_id = $1 \
     and (subscription_id is not null or kind not in ('suppress', 'lift', 'rejoin') \
      or exists (select 1 from subscriber s where s.subscriber_id = $1 \
       and s.standing <> 'unsubscribed'))";
/// Who stops mail by a command.
const ADMIN: &str = "admin";
const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";
const VACUUM: &str = "vacuum";

/// In the order in which what points at another row goes before it.
const FORGET: [&str; 11] = [
    SUBSCRIPTIONS,
    MEMORY_DELETE,
    MEMORY_PAST_DELETE,
    DIGESTS_DELETE,
    DIGESTS_EMPTY,
    TERMS_EMPTY,
    SIGN_UPS_DELETE,
    LINK_MAILS_DELETE,
    WELCOMES_DELETE,
    CONSENT_DELETE,
    EVENTS_DELETE,
];

#[derive(FromRow)]
struct KnownRow {
    subscriber_id: i64,
    standing: String,
    /// A tombstone alone keeps its owner from nothing that they ask for themselves.
    free: bool,
}

/// What stopping mail to an address came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppressed {
    /// Somebody we mailed: no more.
    Stopped,
    /// Nobody we know: their keyed hash keeps them from being signed up.
    Stranger,
    /// It was so already.
    Already,
}

impl Store {
    /// Forgets a person. `false`, and nothing written, if they are forgotten already. The line in the
    /// journal is on disk before, so that a copy put back forgets them again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn erase(&self, id: SubscriberId, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let known: Option<(Vec<u8>, Option<i64>)> = sqlx::query_as(PERSON)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        let (hash, erased) = known.ok_or_else(|| not_found("subscriber", id))?;
        if erased.is_some() {
            return Ok(false);
        }
        forget(&mut tx, id, now, now).await?;
        let entry = Entry {
            at: now,
            kind: Kind::Erase,
            who: address_hash(hash)?,
            list: None,
        };
        self.journalled(vec![entry]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stops mail to mailboxes, in one transaction; what became of each, in their order.
    pub async fn suppress(
        &self,
        mailboxes: &[AddressHash],
        now: Timestamp,
    ) -> Result<Vec<Suppressed>, StoreError> {
        let mut tx = self.write().await?;
        let (mut all, mut entries) = (Vec::new(), Vec::new());
        for hash in mailboxes {
            let done = suppress_one(&mut tx, hash, ADMIN, now).await?;
            if done != Suppressed::Already {
                entries.push(suppressed_at(hash, now));
            }
            all.push(done);
        }
        self.journalled(entries).await?;
        tx.commit().await?;
        Ok(all)
    }

    /// Stops mail to mailboxes of which nobody is mailed here, as somewhere else it was: who is mailed
    /// here, or was, has said so here. `by` is the event's detail.
    pub async fn suppress_strangers(
        &self,
        mailboxes: &[AddressHash],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let mut entries = Vec::new();
        for hash in mailboxes {
            let known = known(&mut tx, hash).await?;
            if foreseen(known.as_ref())? == Suppressed::Stranger {
                suppress_one(&mut tx, hash, by, now).await?;
                entries.push(suppressed_at(hash, now));
            }
        }
        self.journalled(entries).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What [`Store::suppress`] would come to, as things are.
    pub async fn suppress_foreseen(
        &self,
        mailboxes: &[AddressHash],
    ) -> Result<Vec<Suppressed>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let mut all = Vec::new();
        for hash in mailboxes {
            let known = known(&mut reader, hash).await?;
            all.push(foreseen(known.as_ref())?);
        }
        Ok(all)
    }

    /// Folds the write-ahead log into the file and empties it: what was overwritten is then nowhere.
    /// `false` if somebody else is reading what it holds; it is emptied when they are done.
    pub async fn fold(&self) -> Result<bool, StoreError> {
        let mut writer = self.writer.acquire().await?;
        let (busy, ..): (i64, i64, i64) =
            sqlx::query_as(CHECKPOINT).fetch_one(&mut *writer).await?;
        Ok(busy == 0)
    }

    /// Writes the whole file anew: a page that was split may hold a copy of a row that it no longer has.
    pub async fn rewrite(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.acquire().await?;
        sqlx::query(VACUUM).execute(&mut *writer).await?;
        Ok(())
    }
}

/// Leaves a tombstone of a person, erased `at`; letters that wait are stopped `now`.
pub(super) async fn forget(
    tx: &mut SqliteConnection,
    id: SubscriberId,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    stop_letters(tx, id, None, Standing::Unsubscribed, now).await?;
    for statement in FORGET {
        sqlx::query(statement).bind(id.0).execute(&mut *tx).await?;
    }
    sqlx::query(TOMBSTONE)
        .bind(id.0)
        .bind(at.as_millisecond())
        .execute(tx)
        .await?;
    Ok(())
}

fn suppressed_at(who: &AddressHash, now: Timestamp) -> Entry {
    Entry {
        at: now,
        kind: Kind::Suppress,
        who: *who,
        list: None,
    }
}

async fn suppress_one(
    tx: &mut SqliteConnection,
    hash: &AddressHash,
    by: &str,
    now: Timestamp,
) -> Result<Suppressed, StoreError> {
    let left = Standing::Unsubscribed;
    let known = known(tx, hash).await?;
    let done = foreseen(known.as_ref())?;
    if done == Suppressed::Stranger {
        sqlx::query(STRANGER)
            .bind(&hash.0[..])
            .bind(left.as_str())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        let Some(stranger) = self::known(tx, hash).await? else {
            return Ok(done);
        };
        let id = SubscriberId(stranger.subscriber_id);
        event(tx, id, None, Kind::Suppress.as_str(), by, now).await?;
        return Ok(done);
    }
    let (Suppressed::Stopped, Some(known)) = (done, known) else {
        return Ok(done);
    };
    let id = SubscriberId(known.subscriber_id);
    let set = sqlx::query(PERSON_SET).bind(id.0).bind(left.as_str());
    set.execute(&mut *tx).await?;
    sqlx::query(DUES_CLEAR).bind(id.0).execute(&mut *tx).await?;
    event(tx, id, None, Kind::Suppress.as_str(), by, now).await?;
    stop_letters(tx, id, None, left, now).await?;
    Ok(Suppressed::Stopped)
}

async fn known(
    connection: &mut SqliteConnection,
    hash: &AddressHash,
) -> Result<Option<KnownRow>, StoreError> {
    let known = sqlx::query_as(BY_HASH).bind(&hash.0[..]);
    Ok(known.fetch_optional(connection).await?)
}

fn foreseen(known: Option<&KnownRow>) -> Result<Suppressed, StoreError> {
    let Some(known) = known else {
        return Ok(Suppressed::Stranger);
    };
    let left = has_left(standing_of(&known.standing, "subscriber.standing")?);
    Ok(match left {
        true if known.free => Suppressed::Stranger,
        true => Suppressed::Already,
        false => Suppressed::Stopped,
    })
}
