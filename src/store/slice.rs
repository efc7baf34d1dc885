//! The one write of a slice of a plan: all of it or nothing, and only as it was thought out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::halt;
use super::memory::packed;
use super::planning::{PlannedDigest, PlannedReader};
use super::{Store, StoreError, batch, to_json};
use crate::domain::edition::EditionState;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, WaveId};

const NEXT_DIGEST: &str = "select coalesce(max(digest_id), 0) + 1 from digest";

impl Store {
    /// The one write of a slice: digests, placements, memory, ledger rows, skips and everybody's
    /// next due. Earlier open letters of the same subscriptions are overtaken and give their stories
    /// back; those in doubt become uncertain. All of it or nothing.
    ///
    /// `false`, and nothing written, where the slice no longer fits: an earlier letter was open when
    /// the memory was read and has left since, another process planned the same readers, or the
    /// edition was cancelled. The caller reads the slice again.
    pub async fn plan_slice(
        &self,
        edition: EditionId,
        wave: WaveId,
        slice: &[PlannedReader],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ms = now.as_millisecond();
        let mut tx = self.write().await?;
        let first: i64 = sqlx::query_scalar(NEXT_DIGEST).fetch_one(&mut *tx).await?;
        let rows = SliceRows::of(slice, first, edition, wave, ms)?;
        let readers = rows.with_digest.to_string();
        let taken: i64 = sqlx::query_scalar(batch::ALREADY_PLANNED)
            .bind(&readers)
            .bind(edition.0)
            .fetch_one(&mut *tx)
            .await?;
        let overtaken: Vec<(i64, i64)> = sqlx::query_as(batch::OVERTAKE)
            .bind(&readers)
            .bind(ms)
            .fetch_all(&mut *tx)
            .await?;
        let digests = slice.iter().any(|r| r.outcome.is_ok());
        let cancelled = halt::state(&mut tx, edition).await? == EditionState::Cancelled;
        if taken > 0 || !still_fits(slice, &overtaken) || (cancelled && digests) {
            return Ok(false);
        }
        let returned = json!(overtaken).to_string();
        for (statement, which) in [
            (batch::OVERTAKE_DOUBT, &readers),
            (batch::OVERTAKEN_MEMORY, &returned),
        ] {
            let done = sqlx::query(statement).bind(which).bind(ms);
            done.execute(&mut *tx).await?;
        }
        for (statement, text) in [
            (batch::DIGESTS, &rows.digests),
            (batch::PLACEMENTS, &rows.placements),
            (batch::MEMORY, &rows.memory),
            (batch::DELIVERIES, &rows.deliveries),
            (batch::SKIPS, &rows.skips),
            (batch::NEXT_DUES, &rows.dues),
        ] {
            sqlx::query(statement)
                .bind(text.to_string())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Whether every reader had as many open letters as when their memory was read.
fn still_fits(slice: &[PlannedReader], overtaken: &[(i64, i64)]) -> bool {
    let mut open: BTreeMap<i64, i64> = BTreeMap::new();
    for (subscription, _) in overtaken {
        *open.entry(*subscription).or_default() += 1;
    }
    let mut planned = slice.iter().filter(|r| r.outcome.is_ok());
    planned.all(|r| open.get(&r.subscription.0).copied().unwrap_or(0) == r.open_before)
}

/// A slice as JSON arrays of arrays, one a table: what the bulk statements of `batch` read.
struct SliceRows {
    with_digest: Value,
    digests: Value,
    placements: Value,
    memory: Value,
    deliveries: Value,
    skips: Value,
    dues: Value,
}

impl SliceRows {
    fn of(
        slice: &[PlannedReader],
        first_digest: i64,
        edition: EditionId,
        wave: WaveId,
        ms: i64,
    ) -> Result<SliceRows, StoreError> {
        let (mut with_digest, mut digests, mut placements) = (vec![], vec![], vec![]);
        let (mut memory, mut deliveries, mut skips, mut dues) = (vec![], vec![], vec![], vec![]);
        let mut digest = first_digest;
        for reader in slice {
            let subscription = reader.subscription;
            match &reader.outcome {
                Ok(planned) => {
                    with_digest.push(json!(subscription));
                    let picks = to_json(&planned.picks, "digest.picks")?;
                    digests.push(json!([
                        digest,
                        wave,
                        subscription,
                        reader.terms_id,
                        picks,
                        ms,
                        planned.left_out
                    ]));
                    for (slot, flight, creative, reason) in &planned.placements {
                        placements.push(json!([digest, slot, flight, creative, reason]));
                    }
                    let texts = packed(planned.picks.iter().map(|p| p.revision));
                    memory.push(json!([edition, subscription, texts, ms]));
                    deliveries.push(delivery(edition, wave, digest, reader, planned, ms));
                    digest += 1;
                }
                Err(skip) => skips.push(json!([wave, subscription, skip])),
            }
            dues.push(json!([
                subscription,
                reader.next.map(|o| o.at.as_millisecond()),
                reader.next.map(|o| o.run.to_string()),
                reader.terms_id,
                wave
            ]));
        }
        Ok(SliceRows {
            with_digest: Value::Array(with_digest),
            digests: Value::Array(digests),
            placements: Value::Array(placements),
            memory: Value::Array(memory),
            deliveries: Value::Array(deliveries),
            skips: Value::Array(skips),
            dues: Value::Array(dues),
        })
    }
}

fn delivery(
    edition: EditionId,
    wave: WaveId,
    digest: i64,
    reader: &PlannedReader,
    planned: &PlannedDigest,
    ms: i64,
) -> Value {
    json!([
        edition,
        reader.subscriber,
        reader.subscription,
        wave,
        digest,
        hex(&reader.address_hash.0),
        planned.held,
        planned.not_before.as_millisecond(),
        planned.deadline.as_millisecond(),
        ms,
        planned.lane
    ])
}

/// Lower-case hex, which the bulk statements turn back into bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
