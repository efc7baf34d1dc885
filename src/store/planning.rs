//! What a plan reads of its readers, what it hands over to be written, and what it wrote.

use std::sync::Arc;

use super::amended::amended;
use super::{Store, StoreError, from_json, instant, instant_or_none, unreadable};
use crate::domain::address::AddressHash;
use crate::domain::amendment::Amended;
use crate::domain::delivery::Hold;
use crate::domain::selection::{Pick, Skip};
use crate::domain::sponsor::{Placement, Slot};
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Occurrence, Run, Timestamp, WallTime, Zone};
use crate::domain::{
    CadenceId, CreativeId, DigestId, EditionId, FlightId, ListId, SubscriberId, SubscriptionId,
    TermsId, WaveId,
};
use crate::sponsors::Drawn;

const DUE_GROUPS: &str = "select list_id, due_cadence_id, due_run, due_ms, count(*) as readers \
     from subscription where due_ms <= $1 \
     group by list_id, due_cadence_id, due_run, due_ms order by due_ms, list_id limit 10000";
// Whoever asked for no digest before a later day is passed over as well.
const SKIP_INACTIVE: &str = "insert into skip (wave_id, subscription_id, reason) \
     select $1, n.subscription_id, \
     case when n.standing = 'active' and s.standing = 'active' then 'paused' else 'not_active' end \
     from ( \
      select subscription_id from subscription where list_id = $2 and standing <> 'active' \
      union select o.subscription_id from subscriber p cross join subscription o \
      on o.subscriber_id = p.subscriber_id and o.list_id = $2 where p.standing <> 'active' \
      union select p.subscription_id from terms q cross join subscription p \
      on p.subscription_id = q.subscription_id and p.terms_id = q.terms_id \
      where q.resume_on > $4 and p.list_id = $2) i \
     cross join subscription n on n.subscription_id = i.subscription_id \
     join subscriber s on s.subscriber_id = n.subscriber_id join terms t on t.terms_id = n.terms_id \
     where t.cadence_id = $3 and s.erased_ms is null \
     and not exists (select 1 from delivery d join wave w on w.edition_id = d.edition_id \
      where w.wave_id = $1 and d.subscriber_id = n.subscriber_id) \
     on conflict (wave_id, subscription_id) do nothing";
const NEXT_DUE: &str = "select min(due_ms) from subscription";
const DUE_READERS: &str = "select n.subscription_id, n.subscriber_id, n.standing, s.standing as person_standing, \
     s.address_hash, coalesce(substr(s.mailbox, instr(s.mailbox, '@') + 1), '') as domain, t.terms_id, t.hour, t.zone, t.language, t.length, t.images, t.interests, n.since_ms, \
     exists (select 1 from delivery d where d.edition_id = $6 and d.subscriber_id = n.subscriber_id) \
      or exists (select 1 from delivery d where d.edition_id = $6 and d.address_hash = s.address_hash) as planned, \
     (select count(*) from delivery d where d.subscription_id = n.subscription_id \
      and d.state in ('planned', 'leased', 'deferred') and d.sha256 is null) as open_before \
     from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
     join terms t on t.terms_id = n.terms_id \
     where n.list_id = $1 and n.due_cadence_id = $2 and n.due_run = $3 and n.due_ms = $4 \
     and n.subscription_id > $5 order by n.subscription_id limit $7";
const DIGEST: &str = "select digest_id, wave_id, subscription_id, seq, terms_id, picks, left_out, at_ms, since_ms, amended \
     from digest where digest_id = $1";
const DIGEST_OF: &str = "select g.digest_id, g.wave_id, g.subscription_id, g.seq, g.terms_id, g.picks, g.left_out, g.at_ms, g.since_ms, g.amended \
     from digest g join wave w on w.wave_id = g.wave_id \
     where w.edition_id = $1 and g.subscription_id = $2 order by g.digest_id desc limit 1";
const PLACEMENTS: &str = "select digest_id, slot, flight_id, creative_id, reason from placement \
     where digest_id = $1 order by slot";
/// Subscriptions that are due together: a wave to plan.
#[derive(Clone, Debug, PartialEq)]
pub struct DueWave {
    /// Which list.
    pub list: ListId,
    /// Which cadence.
    pub cadence: CadenceId,
    /// Which run.
    pub run: Run,
    /// When they are due.
    pub due_at: Timestamp,
    /// How many.
    pub readers: i64,
}

/// A due reader, as planning needs one.
#[derive(Clone, Debug)]
pub struct DueReader {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The person.
    pub subscriber: SubscriberId,
    /// Both standings allow mail.
    pub active: bool,
    /// The edition has a letter for them already.
    pub planned: bool,
    /// Earlier letters that are still open: the plan's write overtakes them.
    pub open_before: i64,
    /// The mailbox.
    pub address_hash: AddressHash,
    /// The mailbox's domain: it decides the lane, and is not kept.
    pub domain: String,
    /// The revision of the terms.
    pub terms_id: TermsId,
    /// The reader's own hour.
    pub hour: Option<WallTime>,
    /// Their zone.
    pub zone: Zone,
    /// Their language.
    pub language: String,
    /// How much.
    pub length: Length,
    /// Whether pictures are in their letters.
    pub images: bool,
    /// What they follow.
    pub interests: Interests,
    /// What their digest has to reach back to: see [`crate::domain::subscriber::Subscription`].
    pub since: Option<Timestamp>,
}

/// What becomes of what a reader's next digest has to reach back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It stays as it is.
    Stays,
    /// This digest does.
    Met,
    /// The next one has to, as far as this unless it was further already.
    From(Timestamp),
}

/// One reader's part of a slice, ready to be written.
#[derive(Clone, Debug)]
pub struct PlannedReader {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The person.
    pub subscriber: SubscriberId,
    /// The mailbox.
    pub address_hash: AddressHash,
    /// The revision of the terms.
    pub terms_id: TermsId,
    /// What their digest reaches back to, or would have, in Unix ms, where they came back.
    pub since_ms: Option<i64>,
    /// The digest, or why there is none.
    pub outcome: Result<PlannedDigest, Skip>,
    /// Earlier letters that were open when the memory was read.
    pub open_before: i64,
    /// When they are due next.
    pub next: Option<Occurrence>,
    /// What their next digest has to reach back to.
    pub reach: Reach,
}

/// A digest to be written, with its delivery.
#[derive(Clone, Debug)]
pub struct PlannedDigest {
    /// In the order of the layout; readers who are alike share them.
    pub picks: Arc<[Pick]>,
    /// How many of them size made shorter; not stored, a replay counts them.
    pub shortened: u32,
    /// How many stories did not fit.
    pub left_out: u32,
    /// Slot, flight, creative, reason.
    pub placements: Vec<(Slot, FlightId, CreativeId, String)>,
    /// The configuration of the wave's plan that they are.
    pub drawn: Option<Drawn>,
    /// The letter may not leave before.
    pub not_before: Timestamp,
    /// After this a retry is given up.
    pub deadline: Timestamp,
    /// What it asks a person before it may leave.
    pub held: Option<Hold>,
    /// In which lane it goes.
    pub lane: String,
}

/// A stored digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Row id: one a revision.
    pub id: DigestId,
    /// In which wave.
    pub wave: WaveId,
    /// Whose.
    pub subscription: SubscriptionId,
    /// Revision, from 1.
    pub seq: i64,
    /// On which terms.
    pub terms_id: TermsId,
    /// In the order of the layout.
    pub picks: Vec<Pick>,
    /// How many stories did not fit.
    pub left_out: u32,
    /// When it was written.
    pub at: Timestamp,
    /// What it reached back to, in Unix ms, where its reader came back.
    pub since_ms: Option<i64>,
    /// By how much its wave's candidates were other ones than were frozen.
    pub amended: Amended,
}

#[derive(sqlx::FromRow)]
struct DueReaderRow {
    subscription_id: i64,
    subscriber_id: i64,
    standing: String,
    person_standing: String,
    address_hash: Vec<u8>,
    domain: String,
    terms_id: i64,
    hour: Option<String>,
    zone: String,
    language: String,
    length: String,
    images: i64,
    interests: String,
    since_ms: Option<i64>,
    planned: i64,
    open_before: i64,
}

impl DueReaderRow {
    fn read(self) -> Result<DueReader, StoreError> {
        let hour = self.hour.as_deref().map(WallTime::parse).transpose();
        Ok(DueReader {
            subscription: SubscriptionId(self.subscription_id),
            subscriber: SubscriberId(self.subscriber_id),
            active: self.standing == "active" && self.person_standing == "active",
            planned: self.planned != 0,
            open_before: self.open_before,
            address_hash: address_hash(self.address_hash)?,
            domain: self.domain,
            terms_id: TermsId(self.terms_id),
            hour: hour.map_err(|_| unreadable("terms.hour", self.hour.unwrap_or_default()))?,
            zone: Zone::stored(&self.zone),
            language: self.language,
            length: Length::parse(&self.length)
                .map_err(|_| unreadable("terms.length", &self.length))?,
            images: self.images != 0,
            interests: from_json(&self.interests, "terms.interests")?,
            since: instant_or_none(self.since_ms, "subscription.since_ms")?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DigestRow {
    digest_id: i64,
    wave_id: i64,
    subscription_id: i64,
    seq: i64,
    terms_id: i64,
    picks: String,
    left_out: i64,
    at_ms: i64,
    since_ms: Option<i64>,
    amended: Option<String>,
}

impl DigestRow {
    fn read(self) -> Result<Digest, StoreError> {
        Ok(Digest {
            id: DigestId(self.digest_id),
            wave: WaveId(self.wave_id),
            subscription: SubscriptionId(self.subscription_id),
            seq: self.seq,
            terms_id: TermsId(self.terms_id),
            picks: from_json(&self.picks, "digest.picks")?,
            left_out: left_out(self.left_out)?,
            at: instant(self.at_ms, "digest.at_ms")?,
            since_ms: self.since_ms,
            amended: amended(self.amended.as_deref())?,
        })
    }
}

/// A number of stories out of its column.
pub(super) fn left_out(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| unreadable("digest.left_out", stored))
}

/// An address hash out of its stored bytes.
pub(super) fn address_hash(bytes: Vec<u8>) -> Result<AddressHash, StoreError> {
    let bytes: [u8; 32] = bytes
        .try_into()
        .map_err(|_| unreadable("address_hash", "a hash of another length"))?;
    Ok(AddressHash(bytes))
}

impl Store {
    /// Every group of subscriptions due at `until` or earlier, earliest first.
    pub async fn due_waves(&self, until: Timestamp) -> Result<Vec<DueWave>, StoreError> {
        let rows: Vec<(i64, i64, String, i64, i64)> = sqlx::query_as(DUE_GROUPS)
            .bind(until.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        let read = |(list, cadence, run, due, readers): (i64, i64, String, i64, i64)| {
            Ok(DueWave {
                list: ListId(list),
                cadence: CadenceId(cadence),
                run: Run::parse(&run).map_err(|_| unreadable("subscription.due_run", &run))?,
                due_at: instant(due, "subscription.due_ms")?,
                readers,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The earliest instant at which anybody is due.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = sqlx::query_scalar(NEXT_DUE)
            .fetch_one(&self.readers)
            .await?;
        ms.map(|ms| instant(ms, "subscription.due_ms")).transpose()
    }

    /// Writes down whom an edition passes over since they may not be mailed, or asked for no digest
    /// before a later day, once, in its first wave: nobody is silently absent. Returns how many.
    pub async fn skip_inactive(
        &self,
        wave: WaveId,
        (list, cadence, run): (ListId, CadenceId, Run),
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(SKIP_INACTIVE)
            .bind(wave.0)
            .bind(list.0)
            .bind(cadence.0)
            .bind(run.date().to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A slice of a due wave's readers after `after`, by subscription id.
    pub async fn due_readers(
        &self,
        wave: &DueWave,
        edition: EditionId,
        after: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<DueReader>, StoreError> {
        let rows: Vec<DueReaderRow> = sqlx::query_as(DUE_READERS)
            .bind(wave.list.0)
            .bind(wave.cadence.0)
            .bind(wave.run.to_string())
            .bind(wave.due_at.as_millisecond())
            .bind(after.0)
            .bind(edition.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(DueReaderRow::read).collect()
    }

    /// A digest by its id.
    pub async fn digest(&self, id: DigestId) -> Result<Digest, StoreError> {
        let row: Option<DigestRow> = sqlx::query_as(DIGEST)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| StoreError::NotFound {
            what: "digest",
            name: id.to_string(),
        })?
        .read()
    }

    /// The newest digest of a subscription in an edition.
    pub async fn digest_of(
        &self,
        edition: EditionId,
        subscription: SubscriptionId,
    ) -> Result<Option<Digest>, StoreError> {
        let row: Option<DigestRow> = sqlx::query_as(DIGEST_OF)
            .bind(edition.0)
            .bind(subscription.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(DigestRow::read).transpose()
    }

    /// A digest's placements, by slot.
    pub async fn placements(&self, digest: DigestId) -> Result<Vec<Placement>, StoreError> {
        let rows: Vec<(i64, String, i64, i64, String)> = sqlx::query_as(PLACEMENTS)
            .bind(digest.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(placement).collect()
    }
}

/// A placement out of its row.
pub(super) fn placement(
    (digest, slot, flight, creative, reason): (i64, String, i64, i64, String),
) -> Result<Placement, StoreError> {
    Ok(Placement {
        digest: DigestId(digest),
        slot: Slot::parse(&slot).map_err(|_| unreadable("placement.slot", &slot))?,
        flight: FlightId(flight),
        creative: CreativeId(creative),
        reason,
    })
}
