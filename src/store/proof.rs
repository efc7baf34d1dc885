//! A finished plan as it stands in the database, for whoever proves it, and what the proof found.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::amended::amended;
use super::memory::{Remembering, unpack};
use super::planning::left_out;
use super::{Store, StoreError, batch, from_json, instant, to_json, unreadable};
use crate::domain::amendment::Amended;
use crate::domain::delivery::DeliveryState;
use crate::domain::selection::{Pick, Sent};
use crate::domain::sponsor::Placement;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{DigestId, EditionId, RevisionId, SubscriberId, SubscriptionId, WaveId};
use crate::proof::Findings;

const STORED: &str = "select g.digest_id, g.subscription_id, n.subscriber_id, g.picks, g.left_out, g.at_ms, g.since_ms, g.seq, g.seal, \
     n.standing, s.standing as person_standing, t.zone, t.language, t.length, t.images, t.interests, \
     t.subscription_id as terms_of, coalesce(substr(s.mailbox, instr(s.mailbox, '@') + 1), '') as domain, \
     d.state, d.wave_id as ledger_wave, d.digest_id as ledger_digest, m.revisions, m.returned_ms, \
     m.planned_ms as remembered_ms, d.subscription_id as ledger_subscription, \
     d.address_hash = s.address_hash as same_mailbox, d.not_before_ms, d.deadline_ms, d.attempt, \
     d.changed_ms, d.lane, g.amended, d.sha256 is not null as doubt, \
     exists (select 1 from skip k where k.wave_id = g.wave_id \
      and k.subscription_id = g.subscription_id) as skipped \
     from digest g join wave w on w.wave_id = g.wave_id \
     join subscription n on n.subscription_id = g.subscription_id \
     join subscriber s on s.subscriber_id = n.subscriber_id join terms t on t.terms_id = g.terms_id \
     left join delivery d on d.edition_id = w.edition_id and d.subscriber_id = n.subscriber_id \
     left join memory m on m.edition_id = w.edition_id and m.subscription_id = g.subscription_id \
     where g.wave_id = $1 and g.subscription_id > $2 \
     and not exists (select 1 from digest h where h.wave_id = g.wave_id \
      and h.subscription_id = g.subscription_id and h.seq > g.seq) \
     order by g.subscription_id limit $3";
// Of whoever was erased nothing but the row is left.
const LEDGER_ALONE: &str = "select d.subscription_id, d.digest_id from delivery d \
     join wave w on w.wave_id = $1 join subscriber s on s.subscriber_id = d.subscriber_id \
     where d.edition_id = w.edition_id and d.wave_id = w.wave_id and s.erased_ms is null \
     and not exists (select 1 from digest g where g.digest_id = d.digest_id \
      and g.wave_id = d.wave_id and g.subscription_id = d.subscription_id) \
     order by d.subscriber_id limit $2";
const FAULTS_SET: &str = "update wave set faults = $2 where wave_id = $1";
const HOLD_WAVE: &str = "update delivery set held = 'check', changed_ms = $2 \
     where edition_id = (select edition_id from wave where wave_id = $1) and wave_id = $1 \
     and state in ('planned', 'deferred') and (held is null or held = 'approval') and sha256 is null";
const FAULTS: &str = "select wave_id, faults from wave \
     where edition_id = $1 and faults is not null order by due_ms";

/// A stored digest, the newest of its subscription in a wave, with all that a proof asks about it.
#[derive(Clone, Debug)]
pub struct StoredDigest {
    /// Which.
    pub digest: DigestId,
    /// Whose.
    pub subscription: SubscriptionId,
    /// Which person's.
    pub subscriber: SubscriberId,
    /// In the order of the layout.
    pub picks: Vec<Pick>,
    /// How many stories did not fit.
    pub left_out: u32,
    /// When it was written.
    pub at: Timestamp,
    /// Unix ms to which it reaches back, where its reader came back.
    pub since_ms: Option<i64>,
    /// Its revision, from 1, and what it was sealed with; no seal where an earlier release wrote it.
    pub sealed: (i64, Option<i64>),
    /// Both standings allow mail now.
    pub active: bool,
    /// The reader's zone, by its terms.
    pub zone: Zone,
    /// The letter's language.
    pub language: String,
    /// How much.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// What the reader followed.
    pub interests: Interests,
    /// The person's row in the ledger of the edition: its state, wave and digest.
    pub ledger: Option<(DeliveryState, WaveId, DigestId)>,
    /// The texts that the memory holds of it, and whether they were given back.
    pub remembered: Option<(Vec<RevisionId>, bool)>,
    /// The wave passed its reader over as well.
    pub skipped: bool,
    /// What stands in its slots.
    pub placements: Vec<Placement>,
    /// Whose terms it was planned on.
    pub terms_of: SubscriptionId,
    /// The domain of the person's mailbox; empty where that was erased.
    pub domain: String,
    /// Unix ms of the memory's row.
    pub remembered_ms: Option<i64>,
    /// What else the ledger's row says of its letter.
    pub letter: Option<StoredLetter>,
    /// By how much its wave's candidates were other ones than were frozen.
    pub amended: Amended,
    /// A letter of it may have left.
    pub doubt: bool,
}

/// A letter's row in the ledger, as far as a proof asks about it. Times are Unix ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLetter {
    /// Whose.
    pub subscription: SubscriptionId,
    /// It goes to the mailbox that the person has.
    pub same_mailbox: bool,
    /// It may leave from here on.
    pub not_before_ms: i64,
    /// It is given up then.
    pub deadline_ms: i64,
    /// Tries so far.
    pub attempt: i64,
    /// When the row was last written.
    pub changed_ms: i64,
    /// The lane that it waits in.
    pub lane: String,
}

/// A stored digest that is none that this release can read.
#[derive(Debug)]
pub struct Unreadable {
    /// Which.
    pub digest: DigestId,
    /// Whose.
    pub subscription: SubscriptionId,
    /// What was found.
    pub why: StoreError,
}

/// What subscriptions had been sent, and which editions' rows of it cannot be read.
#[derive(Debug, Default)]
pub struct Memories {
    /// By subscription.
    pub sent: BTreeMap<SubscriptionId, Vec<Sent>>,
    /// Whose row of which edition is no memory.
    pub unreadable: Vec<(SubscriptionId, EditionId)>,
}

#[derive(FromRow)]
struct StoredRow {
    digest_id: i64,
    subscription_id: i64,
    subscriber_id: i64,
    picks: String,
    left_out: i64,
    at_ms: i64,
    since_ms: Option<i64>,
    seq: i64,
    seal: Option<i64>,
    standing: String,
    person_standing: String,
    zone: String,
    language: String,
    length: String,
    images: i64,
    interests: String,
    state: Option<String>,
    ledger_wave: Option<i64>,
    ledger_digest: Option<i64>,
    revisions: Option<Vec<u8>>,
    returned_ms: Option<i64>,
    skipped: i64,
    terms_of: i64,
    domain: String,
    remembered_ms: Option<i64>,
    ledger_subscription: Option<i64>,
    same_mailbox: Option<bool>,
    not_before_ms: Option<i64>,
    deadline_ms: Option<i64>,
    attempt: Option<i64>,
    changed_ms: Option<i64>,
    lane: Option<String>,
    amended: Option<String>,
    doubt: bool,
}

/// A digest out of its row, or why the row is none.
fn stored(row: &SqliteRow) -> Result<Result<StoredDigest, Unreadable>, StoreError> {
    let (digest, subscription): (i64, i64) =
        (row.try_get("digest_id")?, row.try_get("subscription_id")?);
    let read = StoredRow::from_row(row).map_err(StoreError::from);
    Ok(read.and_then(StoredRow::read).map_err(|why| Unreadable {
        digest: DigestId(digest),
        subscription: SubscriptionId(subscription),
        why,
    }))
}

impl StoredRow {
    fn letter(&self) -> Option<StoredLetter> {
        Some(StoredLetter {
            subscription: SubscriptionId(self.ledger_subscription?),
            same_mailbox: self.same_mailbox?,
            not_before_ms: self.not_before_ms?,
            deadline_ms: self.deadline_ms?,
            attempt: self.attempt?,
            changed_ms: self.changed_ms?,
            lane: self.lane.clone()?,
        })
    }

    fn read(self) -> Result<StoredDigest, StoreError> {
        let state = self.state.as_deref().map(DeliveryState::parse).transpose();
        let state = state.map_err(|e| unreadable("delivery.state", e.word))?;
        let mut sent = Vec::new();
        if let Some(packed) = &self.revisions {
            unpack(packed, EditionId(0), 0, &mut sent)?;
        }
        let texts = sent.into_iter().map(|s| s.revision).collect();
        let known = self.revisions.is_some();
        let letter = self.letter();
        let ledger = state.zip(self.ledger_wave).zip(self.ledger_digest);
        Ok(StoredDigest {
            digest: DigestId(self.digest_id),
            subscription: SubscriptionId(self.subscription_id),
            subscriber: SubscriberId(self.subscriber_id),
            picks: from_json(&self.picks, "digest.picks")?,
            left_out: left_out(self.left_out)?,
            at: instant(self.at_ms, "digest.at_ms")?,
            since_ms: self.since_ms,
            sealed: (self.seq, self.seal),
            active: self.standing == "active" && self.person_standing == "active",
            zone: Zone::stored(&self.zone),
            language: self.language,
            length: Length::parse(&self.length)
                .map_err(|_| unreadable("terms.length", &self.length))?,
            images: self.images != 0,
            interests: from_json(&self.interests, "terms.interests")?,
            ledger: ledger.map(|((state, wave), digest)| (state, WaveId(wave), DigestId(digest))),
            remembered: known.then_some((texts, self.returned_ms.is_some())),
            skipped: self.skipped != 0,
            placements: Vec::new(),
            terms_of: SubscriptionId(self.terms_of),
            domain: self.domain,
            remembered_ms: self.remembered_ms,
            letter,
            amended: amended(self.amended.as_deref())?,
            doubt: self.doubt,
        })
    }
}

impl Store {
    /// A slice of a wave's digests after `after`, by subscription, with their placements. Fails with
    /// the first that cannot be read.
    pub async fn stored_digests(
        &self,
        wave: WaveId,
        after: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<StoredDigest>, StoreError> {
        let slice = self.stored_slice(wave, after, limit).await?.into_iter();
        slice.map(|read| read.map_err(|u| u.why)).collect()
    }

    /// The same, with those that cannot be read in their places.
    pub async fn stored_slice(
        &self,
        wave: WaveId,
        after: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<Result<StoredDigest, Unreadable>>, StoreError> {
        let rows = sqlx::query(STORED)
            .bind(wave.0)
            .bind(after.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        let mut digests = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<DigestId> = digests.iter().flatten().map(|d| d.digest).collect();
        let placements: Vec<(i64, String, i64, i64, String)> =
            sqlx::query_as(batch::PLACEMENTS_BY_DIGEST)
                .bind(json!(ids).to_string())
                .fetch_all(&self.readers)
                .await?;
        let mut of: BTreeMap<DigestId, Vec<Placement>> = BTreeMap::new();
        for row in placements {
            let placement = super::planning::placement(row)?;
            of.entry(placement.digest).or_default().push(placement);
        }
        for digest in digests.iter_mut().flatten() {
            digest.placements = of.remove(&digest.digest).unwrap_or_default();
        }
        Ok(digests)
    }

    /// What was remembered of these subscriptions when the digests named were written, at these
    /// instants: of the lists and since the day that `of` says, without what `edition` itself brought
    /// and what was given back by then.
    pub async fn memories_before(
        &self,
        digests: &[(SubscriptionId, Timestamp, DigestId)],
        of: &Remembering,
        edition: EditionId,
    ) -> Result<Memories, StoreError> {
        let moments: Vec<(i64, i64, i64)> = digests
            .iter()
            .map(|(s, at, digest)| (s.0, at.as_millisecond(), digest.0))
            .collect();
        let mut memories = Memories::default();
        for statement in [batch::MEMORIES_BEFORE, batch::MEMORIES_PAST] {
            let rows: Vec<(i64, i64, Vec<u8>, i64)> = sqlx::query_as(statement)
                .bind(json!(moments).to_string())
                .bind(edition.0)
                .bind(of.lists())
                .bind(of.since.as_millisecond())
                .fetch_all(&self.readers)
                .await?;
            for (subscription, edition, revisions, at_ms) in rows {
                let (reader, edition) = (SubscriptionId(subscription), EditionId(edition));
                let sent = memories.sent.entry(reader).or_default();
                if unpack(&revisions, edition, at_ms, sent).is_err() {
                    memories.unreadable.push((reader, edition));
                }
            }
        }
        Ok(memories)
    }

    /// Rows of a wave's ledger whose digest is not there, at most `limit`.
    pub async fn ledger_alone(
        &self,
        wave: WaveId,
        limit: i64,
    ) -> Result<Vec<(SubscriptionId, DigestId)>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(LEDGER_ALONE)
            .bind(wave.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        let read = |(subscription, digest)| (SubscriptionId(subscription), DigestId(digest));
        Ok(rows.into_iter().map(read).collect())
    }

    /// Writes down what a wave's proof found, and where that is an error holds every letter of the wave
    /// that has not left. Returns how many are held by it.
    pub async fn wave_faulty(
        &self,
        wave: WaveId,
        found: &Findings,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let text = to_json(found, "wave.faults")?;
        let mut tx = self.write().await?;
        let query = sqlx::query(FAULTS_SET).bind(wave.0).bind(text);
        query.execute(&mut *tx).await?;
        let mut held = 0;
        if found.errors() > 0 {
            let done = sqlx::query(HOLD_WAVE)
                .bind(wave.0)
                .bind(now.as_millisecond())
                .execute(&mut *tx)
                .await?;
            held = done.rows_affected();
        }
        tx.commit().await?;
        Ok(held)
    }

    /// What the proofs of an edition's waves found, earliest wave first.
    pub async fn faults(&self, edition: EditionId) -> Result<Vec<(WaveId, Findings)>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(FAULTS)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter()
            .map(|(wave, text)| Ok((WaveId(wave), from_json(&text, "wave.faults")?)))
            .collect()
    }
}
