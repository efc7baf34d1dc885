//! A finished plan as it stands in the database, for whoever proves it, and what the proof found.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::FromRow;

use super::memory::unpack;
use super::planning::left_out;
use super::{Store, StoreError, batch, from_json, instant, to_json, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::selection::{Pick, Sent};
use crate::domain::sponsor::Placement;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{
    ArticleId, DigestId, EditionId, RevisionId, SubscriberId, SubscriptionId, WaveId,
};
use crate::proof::Findings;

const STORED: &str = "select g.digest_id, g.subscription_id, n.subscriber_id, g.picks, g.left_out, g.at_ms, g.since_ms, \
     n.standing, s.standing as person_standing, t.zone, t.language, t.length, t.images, t.interests, \
     d.state, d.wave_id as ledger_wave, d.digest_id as ledger_digest, m.revisions, m.returned_ms, \
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
}

impl StoredRow {
    fn read(self) -> Result<StoredDigest, StoreError> {
        let state = self.state.as_deref().map(DeliveryState::parse).transpose();
        let state = state.map_err(|e| unreadable("delivery.state", e.word))?;
        let remembered = match &self.revisions {
            None => None,
            Some(packed) => {
                let mut sent = Vec::new();
                unpack(packed, EditionId(0), 0, &mut sent)?;
                let texts = sent.into_iter().map(|s| s.revision).collect();
                Some((texts, self.returned_ms.is_some()))
            }
        };
        let ledger = state.zip(self.ledger_wave).zip(self.ledger_digest);
        Ok(StoredDigest {
            digest: DigestId(self.digest_id),
            subscription: SubscriptionId(self.subscription_id),
            subscriber: SubscriberId(self.subscriber_id),
            picks: from_json(&self.picks, "digest.picks")?,
            left_out: left_out(self.left_out)?,
            at: instant(self.at_ms, "digest.at_ms")?,
            since_ms: self.since_ms,
            active: self.standing == "active" && self.person_standing == "active",
            zone: Zone::stored(&self.zone),
            language: self.language,
            length: Length::parse(&self.length)
                .map_err(|_| unreadable("terms.length", &self.length))?,
            images: self.images != 0,
            interests: from_json(&self.interests, "terms.interests")?,
            ledger: ledger.map(|((state, wave), digest)| (state, WaveId(wave), DigestId(digest))),
            remembered,
            skipped: self.skipped != 0,
            placements: Vec::new(),
        })
    }
}

impl Store {
    /// A slice of a wave's digests after `after`, by subscription, with their placements.
    pub async fn stored_digests(
        &self,
        wave: WaveId,
        after: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<StoredDigest>, StoreError> {
        let rows: Vec<StoredRow> = sqlx::query_as(STORED)
            .bind(wave.0)
            .bind(after.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        let read = rows.into_iter().map(StoredRow::read);
        let mut digests = read.collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<DigestId> = digests.iter().map(|d| d.digest).collect();
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
        for digest in &mut digests {
            digest.placements = of.remove(&digest.digest).unwrap_or_default();
        }
        Ok(digests)
    }

    /// What these subscriptions had been sent just before the instants named, without what `edition`
    /// itself brought and what was given back by then.
    pub async fn memories_before(
        &self,
        of: &[(SubscriptionId, Timestamp)],
        edition: EditionId,
    ) -> Result<BTreeMap<SubscriptionId, Vec<Sent>>, StoreError> {
        let pairs: Vec<(i64, i64)> = of
            .iter()
            .map(|(s, at)| (s.0, at.as_millisecond()))
            .collect();
        let rows: Vec<(i64, i64, Vec<u8>, i64)> = sqlx::query_as(batch::MEMORIES_BEFORE)
            .bind(json!(pairs).to_string())
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let mut memory: BTreeMap<_, Vec<Sent>> = BTreeMap::new();
        for (subscription, edition, revisions, at_ms) in rows {
            let sent = memory.entry(SubscriptionId(subscription)).or_default();
            unpack(&revisions, EditionId(edition), at_ms, sent)?;
        }
        Ok(memory)
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

    /// When those of these articles were withdrawn that were, Unix ms.
    pub async fn withdrawn(
        &self,
        articles: &[ArticleId],
    ) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(batch::WITHDRAWN)
            .bind(json!(articles).to_string())
            .fetch_all(&self.readers)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, ms)| (ArticleId(id), ms))
            .collect())
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
