//! The one write of a slice of a plan: all of it or nothing, and only as it was thought out; and what
//! it would overtake.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::memory::{Beside, packed};
use super::planning::{DueWave, PlannedDigest, PlannedReader, Reach};
use super::{Store, StoreError, batch, to_json};
use super::{amended, halt, wave_plans};
use crate::domain::delivery::Hold;
use crate::domain::edition::EditionState;
use crate::domain::seal::seal;
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, SubscriberId, WaveId};

// Of a reader who has a letter of the edition itself nothing is overtaken.
const WOULD_OVERTAKE: &str = "select d.edition_id, count(*) from subscription n \
     join delivery d on d.subscription_id = n.subscription_id join edition e on e.edition_id = d.edition_id \
     where n.list_id = $1 and n.due_cadence_id = $2 and n.due_run = $3 and n.due_ms = $4 \
     and d.state in ('planned', 'leased', 'deferred') and d.sha256 is null \
     and not (e.cadence_id = $2 and e.run = $3) group by d.edition_id";
/// A plan writes first revisions.
const FIRST: i64 = 1;
const NEXT_DIGEST: &str = "select coalesce(max(digest_id), 0) + 1 from digest";
const NEWEST_AT: &str = "select at_ms from digest order by digest_id desc limit 1";

impl Store {
    /// Letters of a due wave's readers that are not begun, and would not be sent once the wave is
    /// planned: how many, by their edition.
    pub async fn would_overtake(
        &self,
        wave: &DueWave,
    ) -> Result<BTreeMap<EditionId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(WOULD_OVERTAKE)
            .bind(wave.list.0)
            .bind(wave.cadence.0)
            .bind(wave.run.to_string())
            .bind(wave.due_at.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        let read = |(edition, n)| (EditionId(edition), n);
        Ok(rows.into_iter().map(read).collect())
    }

    /// The one write of a slice: digests, placements, what they drew of the wave's configurations,
    /// memory, ledger rows, skips and everybody's next due. Earlier open letters of the same subscriptions are overtaken and give their stories
    /// back; those in doubt become uncertain. All of it or nothing.
    ///
    /// `false`, and nothing written, where the slice no longer fits: an earlier letter was open when
    /// the memory was read and has left since, another process planned the same readers, or planned for
    /// the same persons in a list that shares their memory, somebody amended articles (`beside`), or the
    /// edition was cancelled. The caller reads the slice again.
    pub async fn plan_slice(
        &self,
        edition: EditionId,
        wave: WaveId,
        slice: &[PlannedReader],
        beside: &Beside,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ms = now.as_millisecond();
        let mut tx = self.write().await?;
        let first: i64 = sqlx::query_scalar(NEXT_DIGEST).fetch_one(&mut *tx).await?;
        let moment = moment(&mut tx, now).await?;
        let at = (ms, moment, beside.amended.text()?);
        let rows = SliceRows::of(slice, first, (edition, wave), at)?;
        let with_digest = || rows.digests.iter().map(|(_, reader, ..)| reader);
        let readers = json!(with_digest().map(|r| r.subscription).collect::<Vec<_>>()).to_string();
        let people = json!(with_digest().map(|r| r.subscriber).collect::<Vec<_>>()).to_string();
        let taken: i64 = sqlx::query_scalar(batch::ALREADY_PLANNED)
            .bind(people)
            .bind(edition.0)
            .fetch_one(&mut *tx)
            .await?;
        let everybody: Vec<SubscriberId> = slice.iter().map(|r| r.subscriber).collect();
        let met = met(&mut tx, beside, &everybody).await?;
        let overtaken: Vec<(i64, i64)> = sqlx::query_as(batch::OVERTAKE)
            .bind(&readers)
            .bind(ms)
            .fetch_all(&mut *tx)
            .await?;
        let digests = slice.iter().any(|r| r.outcome.is_ok());
        let cancelled = halt::state(&mut tx, edition).await? == EditionState::Cancelled;
        let stale = amended::more_than(&mut tx, &beside.amended).await?;
        if met || stale || taken > 0 || !still_fits(slice, &overtaken) || (cancelled && digests) {
            return Ok(false);
        }
        let returned = json!(overtaken).to_string();
        for (statement, which, at) in [
            (batch::OVERTAKE_DOUBT, &readers, ms),
            (batch::OVERTAKEN_MEMORY, &returned, moment),
        ] {
            let done = sqlx::query(statement).bind(which).bind(at);
            done.execute(&mut *tx).await?;
        }
        rows.write(&mut tx).await?;
        let drawn = rows
            .digests
            .iter()
            .filter_map(|(_, _, planned, _)| planned.drawn);
        wave_plans::deal(&mut tx, wave, drawn).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The instant of digests that are written now, in Unix ms: later than that of every digest that is
/// there, also where the clock was set back since, because memory is read as it was at a digest's instant.
pub(super) async fn moment(tx: &mut SqliteConnection, now: Timestamp) -> Result<i64, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar(NEWEST_AT).fetch_optional(tx).await?;
    let now = now.as_millisecond();
    let back = newest.filter(|newest| *newest > now);
    Ok(back.map_or(now, |newest| newest.saturating_add(1)))
}

/// Whether any of these persons has a digest of a list that shares the memory which was not there
/// when that was read.
pub(super) async fn met(
    tx: &mut SqliteConnection,
    beside: &Beside,
    people: &[SubscriberId],
) -> Result<bool, StoreError> {
    if beside.lists.is_empty() {
        return Ok(false);
    }
    let met: bool = sqlx::query_scalar(batch::PLANNED_BESIDE)
        .bind(json!(people).to_string())
        .bind(json!(beside.lists).to_string())
        .bind(beside.newest)
        .fetch_one(tx)
        .await?;
    Ok(met)
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

/// A slice as the rows of each table.
struct SliceRows<'a> {
    edition: EditionId,
    wave: WaveId,
    /// The clock's time.
    ms: i64,
    /// See [`moment`].
    moment: i64,
    slice: &'a [PlannedReader],
    digests: Vec<Row<'a>>,
    /// By how much the wave's candidates were other ones than were frozen, JSON.
    amended: Option<String>,
}

impl<'a> SliceRows<'a> {
    fn of(
        slice: &'a [PlannedReader],
        first_digest: i64,
        (edition, wave): (EditionId, WaveId),
        (ms, moment, amended): (i64, i64, Option<String>),
    ) -> Result<SliceRows<'a>, StoreError> {
        let mut digests = Vec::with_capacity(slice.len());
        // Readers who are alike share their picks, and these are put into words once.
        let mut written: HashMap<*const Pick, Arc<str>> = HashMap::new();
        for (reader, id) in slice
            .iter()
            .filter(|r| r.outcome.is_ok())
            .zip(first_digest..)
        {
            let Ok(planned) = &reader.outcome else {
                continue;
            };
            let picks = match written.entry(planned.picks.as_ptr()) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => {
                    let text: Arc<str> = to_json(&&*planned.picks, "digest.picks")?.into();
                    new.insert(text).clone()
                }
            };
            digests.push((id, reader, planned, picks));
        }
        Ok(SliceRows {
            edition,
            wave,
            ms,
            moment,
            slice,
            digests,
            amended,
        })
    }

    async fn write(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        for some in self.digests.chunks(batch::ROWS) {
            self.digests(tx, some).await?;
            self.memory(tx, some).await?;
            self.deliveries(tx, some).await?;
        }
        self.placements(tx).await?;
        self.skips(tx).await?;
        self.reaches(tx).await?;
        self.dues(tx).await
    }

    async fn reaches(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        let reaches: Vec<Value> = self.slice.iter().filter_map(reach).collect();
        if !reaches.is_empty() {
            let update = sqlx::query(batch::REACHES).bind(Value::Array(reaches).to_string());
            update.execute(tx).await?;
        }
        Ok(())
    }

    async fn digests(&self, tx: &mut SqliteConnection, rows: &[Row<'_>]) -> Result<(), StoreError> {
        let mut query = sqlx::query(batch::DIGESTS.of(rows.len()));
        for (digest, reader, planned, picks) in rows {
            query = query.bind(digest).bind(self.wave.0);
            query = query.bind(reader.subscription.0).bind(FIRST);
            query = query.bind(reader.terms_id.0).bind(&**picks);
            query = query.bind(self.moment).bind(i64::from(planned.left_out));
            let stands = planned.placements.iter();
            let stands = stands.map(|(slot, f, c, why)| (*slot, *f, *c, why.as_str()));
            query = query.bind(reader.since_ms);
            query = query.bind(seal(FIRST, reader.since_ms, stands.collect()));
            query = query.bind(&self.amended);
        }
        query.execute(tx).await?;
        Ok(())
    }

    async fn memory(&self, tx: &mut SqliteConnection, rows: &[Row<'_>]) -> Result<(), StoreError> {
        let mut query = sqlx::query(batch::MEMORY.of(rows.len()));
        for (_, reader, planned, _) in rows {
            let texts = packed(planned.picks.iter().map(|p| p.revision));
            query = query.bind(self.edition.0).bind(reader.subscription.0);
            query = query.bind(texts).bind(self.moment);
        }
        query.execute(tx).await?;
        Ok(())
    }

    async fn deliveries(
        &self,
        tx: &mut SqliteConnection,
        rows: &[Row<'_>],
    ) -> Result<(), StoreError> {
        let mut query = sqlx::query(batch::DELIVERIES.of(rows.len()));
        for (digest, reader, planned, _) in rows {
            query = query.bind(self.edition.0).bind(reader.subscriber.0);
            query = query.bind(reader.subscription.0).bind(self.wave.0);
            query = query.bind(digest).bind(&reader.address_hash.0[..]);
            query = query.bind("planned").bind(planned.held.map(Hold::as_str));
            query = query.bind(planned.not_before.as_millisecond());
            query = query.bind(planned.deadline.as_millisecond());
            query = query.bind(self.ms).bind(&planned.lane);
        }
        query.execute(tx).await?;
        Ok(())
    }

    async fn placements(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        let all = self.digests.iter().flat_map(|(digest, _, planned, _)| {
            let placements = planned.placements.iter();
            placements.map(move |placement| (digest, placement))
        });
        let all: Vec<_> = all.collect();
        for rows in all.chunks(batch::ROWS) {
            let mut query = sqlx::query(batch::PLACEMENTS.of(rows.len()));
            for (digest, (slot, flight, creative, reason)) in rows {
                query = query.bind(digest).bind(slot.as_str());
                query = query.bind(flight.0).bind(creative.0).bind(reason);
            }
            query.execute(&mut *tx).await?;
        }
        Ok(())
    }

    async fn skips(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        let skipped = |r: &'a PlannedReader| Some((r, r.outcome.as_ref().err()?));
        let all: Vec<_> = self.slice.iter().filter_map(skipped).collect();
        for rows in all.chunks(batch::ROWS) {
            let mut query = sqlx::query(batch::SKIPS.of(rows.len()));
            for (reader, skip) in rows {
                query = query.bind(self.wave.0).bind(reader.subscription.0);
                query = query.bind(skip.as_str()).bind(reader.terms_id.0);
                query = query
                    .bind(self.moment)
                    .bind(reader.since_ms)
                    .bind(&self.amended);
            }
            query.execute(&mut *tx).await?;
        }
        Ok(())
    }

    async fn dues(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        for rows in self.slice.chunks(batch::ROWS) {
            let mut query = sqlx::query(batch::NEXT_DUES.of(rows.len()));
            for reader in rows {
                let next = reader.next.as_ref();
                query = query.bind(reader.subscription.0);
                query = query.bind(next.map(|o| o.at.as_millisecond()));
                query = query.bind(next.map(|o| o.run.to_string()));
                query = query.bind(reader.terms_id.0);
            }
            query.bind(self.wave.0).execute(&mut *tx).await?;
        }
        Ok(())
    }
}

/// What changes of what the reader's next digest has to reach back to.
fn reach(reader: &PlannedReader) -> Option<Value> {
    match reader.reach {
        Reach::Stays => None,
        Reach::Met => Some(json!([reader.subscription, null])),
        Reach::From(since) => Some(json!([reader.subscription, since.as_millisecond()])),
    }
}

/// Digest id, its reader, what was planned, its picks in JSON.
type Row<'a> = (i64, &'a PlannedReader, &'a PlannedDigest, Arc<str>);

/// Lower-case hex, which the bulk statements turn back into bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
