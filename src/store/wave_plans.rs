//! The sponsors of a wave as they were planned: what each flight was given, and how many digests of each
//! class shall look how. Digests draw on it slice by slice (`slice`).

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::SqliteConnection;

use super::{Store, StoreError, batch, from_json, to_json, unreadable};
use crate::domain::goal::Cap;
use crate::domain::sponsor::Slot;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, FlightId, ListId, SubscriptionId, WaveId};
use crate::sponsors::{Drawn, StoredClass, StoredConfiguration};

use super::amended::NowAmended;

const PLAN: &str = "select basis from wave_plan where wave_id = $1 and closed_ms is null";
const QUOTAS: &str = "select flight_id, eligible, quota, planned from wave_quota \
     where wave_id = $1 order by flight_id";
const CLASSES: &str = "select slots, may from wave_class where wave_id = $1 order by class";
const CONFIGURATIONS: &str = "select class, flights, digests, dealt from wave_configuration \
     where wave_id = $1 order by class, number";
const CONFIGURATIONS_FORGET: &str = "delete from wave_configuration where wave_id = $1";
const CLASSES_FORGET: &str = "delete from wave_class where wave_id = $1";
const PLAN_PUT: &str = "insert into wave_plan (wave_id, basis, planned_ms) values ($1, $2, $3) \
     on conflict (wave_id) do update set basis = excluded.basis, planned_ms = excluded.planned_ms, \
     closed_ms = null";
// A wave that is planned again has its readers who are planned already behind it.
const QUOTA_PUT: &str = "insert into wave_quota (wave_id, flight_id, eligible, quota, planned) \
     values ($1, $2, $3, $4, $5) on conflict (wave_id, flight_id) do update set \
     eligible = max(wave_quota.eligible, excluded.eligible), quota = excluded.quota, \
     planned = excluded.planned";
const BOOK: &str = "update flight set booked = booked + $2 \
     where flight_id = $1 and goal in ('share', 'every')";
// What was booked for a wave of flights that are booked wave by wave, and was not dealt.
const UNUSED: &str = "select q.flight_id, sum(c.digests - c.dealt) from wave_quota q \
     join flight f on f.flight_id = q.flight_id and f.goal in ('share', 'every') \
     join wave_configuration c on c.wave_id = q.wave_id \
     where q.wave_id = $1 and c.dealt < c.digests and exists (select 1 from json_each(c.flights) j \
      where json_extract(j.value, '$[1]') = q.flight_id) group by q.flight_id";
const CLOSE: &str = "update wave_plan set closed_ms = $2 where wave_id = $1 and closed_ms is null";
const PLACED: &str = "select p.flight_id, count(distinct g.subscription_id) from digest g \
     join placement p on p.digest_id = g.digest_id where g.wave_id = $1 group by p.flight_id";
const HISTORY: &str = "select q.flight_id, e.cadence_id, e.run, sum(q.eligible) as eligible \
     from edition e join wave w on w.edition_id = e.edition_id \
     join wave_quota q on q.wave_id = w.wave_id where e.list_id = $1 \
     group by q.flight_id, e.edition_id order by e.run desc limit 10000";

/// What a flight is given in a wave, in digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveQuota {
    /// Which flight.
    pub flight: FlightId,
    /// In which it might stand.
    pub eligible: i64,
    /// In which it may stand at most.
    pub quota: i64,
    /// In which the plan places it.
    pub planned: i64,
}

/// The sponsors of a wave as they were planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WavePlan {
    /// By flight.
    pub quotas: Vec<WaveQuota>,
    /// By number.
    pub classes: Vec<StoredClass>,
}

/// In how many digests of an edition a flight might have stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EligibleBefore {
    /// Which flight.
    pub flight: FlightId,
    /// Of which cadence,
    pub cadence: CadenceId,
    /// and which run of it, the newest first.
    pub run: Run,
    /// Digests.
    pub eligible: i64,
}

impl Store {
    /// The plan of a wave's sponsors that is still being dealt, as long as its candidates are what they
    /// were when it was made.
    pub async fn wave_plan(
        &self,
        wave: WaveId,
        amended: &NowAmended,
    ) -> Result<Option<WavePlan>, StoreError> {
        let mut tx = self.readers.begin().await?;
        let basis: Option<String> = sqlx::query_scalar(PLAN)
            .bind(wave.0)
            .fetch_optional(&mut *tx)
            .await?;
        if basis != Some(amended.text()?.unwrap_or_default()) {
            return Ok(None);
        }
        let quotas = quotas(&mut tx, wave).await?;
        let classes: Vec<(String, String)> = sqlx::query_as(CLASSES)
            .bind(wave.0)
            .fetch_all(&mut *tx)
            .await?;
        let configurations: Vec<(i64, String, i64, i64)> = sqlx::query_as(CONFIGURATIONS)
            .bind(wave.0)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(WavePlan {
            quotas,
            classes: read(classes, configurations)?,
        }))
    }

    /// What flights were given in a wave, whether or not all of it was dealt by now.
    pub async fn wave_quotas(&self, wave: WaveId) -> Result<Vec<WaveQuota>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        quotas(&mut reader, wave).await
    }

    /// Writes down how a wave's sponsors are planned, before any of it is dealt. What an earlier plan of
    /// it left goes back; goals that are booked wave by wave are booked.
    pub async fn wave_plan_put(
        &self,
        wave: WaveId,
        plan: &WavePlan,
        amended: &NowAmended,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        give_back(&mut tx, wave).await?;
        for forget in [CONFIGURATIONS_FORGET, CLASSES_FORGET] {
            sqlx::query(forget).bind(wave.0).execute(&mut *tx).await?;
        }
        sqlx::query(PLAN_PUT)
            .bind(wave.0)
            .bind(amended.text()?.unwrap_or_default())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        for quota in &plan.quotas {
            sqlx::query(QUOTA_PUT)
                .bind(wave.0)
                .bind(quota.flight.0)
                .bind(quota.eligible)
                .bind(quota.quota)
                .bind(quota.planned)
                .execute(&mut *tx)
                .await?;
            let book = sqlx::query(BOOK).bind(quota.flight.0).bind(quota.planned);
            book.execute(&mut *tx).await?;
        }
        put_classes(&mut tx, wave, &plan.classes).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the plan of a wave's sponsors: what was booked for it and not used goes back. Once.
    pub async fn wave_plan_close(&self, wave: WaveId, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let open: Option<String> = sqlx::query_scalar(PLAN)
            .bind(wave.0)
            .fetch_optional(&mut *tx)
            .await?;
        if open.is_some() {
            give_back(&mut tx, wave).await?;
            let close = sqlx::query(CLOSE).bind(wave.0).bind(now.as_millisecond());
            close.execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Of how many subscriptions of a wave digests have each flight, or had it before they were made again.
    pub async fn wave_placements(
        &self,
        wave: WaveId,
    ) -> Result<BTreeMap<FlightId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(PLACED)
            .bind(wave.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(|(f, n)| (FlightId(f), n)).collect())
    }

    /// In how many digests of a list's editions each flight might have stood, the newest first.
    pub async fn eligible_before(&self, list: ListId) -> Result<Vec<EligibleBefore>, StoreError> {
        let rows: Vec<(i64, i64, String, i64)> = sqlx::query_as(HISTORY)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(flight, cadence, run, eligible): (i64, i64, String, i64)| {
            Ok(EligibleBefore {
                flight: FlightId(flight),
                cadence: CadenceId(cadence),
                run: Run::parse(&run).map_err(|_| unreadable("edition.run", &run))?,
                eligible,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Which of these subscriptions were sent a flight as often before `due` as one reader may be: sends
    /// that were accepted or may have been, by the instants that their waves were due at.
    pub async fn capped(
        &self,
        (flight, cap): (FlightId, Cap),
        subscriptions: &[SubscriptionId],
        due: Timestamp,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let until = due.as_millisecond();
        let rows: Vec<i64> = sqlx::query_scalar(batch::CAPPED)
            .bind(json!(subscriptions).to_string())
            .bind(flight.0)
            .bind(until - i64::from(cap.days) * 86_400_000)
            .bind(until)
            .bind(i64::from(cap.sends))
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(SubscriptionId).collect())
    }
}

async fn quotas(
    connection: &mut SqliteConnection,
    wave: WaveId,
) -> Result<Vec<WaveQuota>, StoreError> {
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(QUOTAS)
        .bind(wave.0)
        .fetch_all(connection)
        .await?;
    let quota = |(flight, eligible, quota, planned)| WaveQuota {
        flight: FlightId(flight),
        eligible,
        quota,
        planned,
    };
    Ok(rows.into_iter().map(quota).collect())
}

/// What flights that are booked wave by wave had booked for a wave and did not use.
async fn give_back(tx: &mut SqliteConnection, wave: WaveId) -> Result<(), StoreError> {
    let unused: Vec<(i64, i64)> = sqlx::query_as(UNUSED)
        .bind(wave.0)
        .fetch_all(&mut *tx)
        .await?;
    for (flight, unused) in unused {
        let book = sqlx::query(BOOK).bind(flight).bind(-unused);
        book.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn put_classes(
    tx: &mut SqliteConnection,
    wave: WaveId,
    classes: &[StoredClass],
) -> Result<(), StoreError> {
    let numbered: Vec<(i64, &StoredClass)> = (0..).zip(classes).collect();
    for rows in numbered.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::WAVE_CLASSES.of(rows.len()));
        for (class, row) in rows {
            query = query.bind(wave.0).bind(class);
            query = query.bind(to_json(&row.slots, "wave_class.slots")?);
            query = query.bind(to_json(&row.may, "wave_class.may")?);
        }
        query.execute(&mut *tx).await?;
    }
    let all = numbered.iter().flat_map(|(class, row)| {
        let configurations = (0_i64..).zip(&row.configurations);
        configurations.map(move |(number, row)| (*class, number, row))
    });
    let all: Vec<(i64, i64, &StoredConfiguration)> = all.collect();
    for rows in all.chunks(batch::ROWS) {
        let mut query = sqlx::query(batch::WAVE_CONFIGURATIONS.of(rows.len()));
        for (class, number, row) in rows {
            query = query.bind(wave.0).bind(class).bind(number);
            query = query.bind(to_json(&row.flights, "wave_configuration.flights")?);
            query = query.bind(row.digests.cast_signed());
            query = query.bind(row.dealt.cast_signed());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Counts what a slice drew of its wave's configurations.
pub(super) async fn deal(
    tx: &mut SqliteConnection,
    wave: WaveId,
    drawn: impl Iterator<Item = Drawn>,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<Drawn, i64> = BTreeMap::new();
    for drawn in drawn {
        *counts.entry(drawn).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(());
    }
    let rows = counts.iter().map(|(d, n)| json!([d.class, d.number, n]));
    let rows = json!(rows.collect::<Vec<_>>()).to_string();
    let deal = sqlx::query(batch::DEAL).bind(wave.0).bind(rows);
    deal.execute(&mut *tx).await?;
    Ok(())
}

fn read(
    classes: Vec<(String, String)>,
    configurations: Vec<(i64, String, i64, i64)>,
) -> Result<Vec<StoredClass>, StoreError> {
    let class = |(slots, may): (String, String)| {
        Ok(StoredClass {
            slots: from_json(&slots, "wave_class.slots")?,
            may: from_json(&may, "wave_class.may")?,
            configurations: Vec::new(),
        })
    };
    let classes: Result<Vec<StoredClass>, StoreError> = classes.into_iter().map(class).collect();
    let mut classes = classes?;
    for (class, flights, digests, dealt) in configurations {
        let flights: Vec<(Slot, FlightId)> = from_json(&flights, "wave_configuration.flights")?;
        let of = usize::try_from(class)
            .ok()
            .and_then(|at| classes.get_mut(at));
        let of = of.ok_or_else(|| unreadable("wave_configuration.class", class))?;
        of.configurations.push(StoredConfiguration {
            flights,
            digests: digests.unsigned_abs(),
            dealt: dealt.unsigned_abs(),
        });
    }
    Ok(classes)
}
