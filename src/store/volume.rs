//! What the volume guard looks at, counted from rows, and what it found, kept with the wave.

use super::{Store, StoreError, from_json, to_json};
use crate::domain::volume::{EDITIONS, Past, Unusual, Volume};
use crate::domain::{CadenceId, EditionId, WaveId};

// Editions of the cadence that began before and count, newest run first, with when they were first
// planned and whether a person released them. Whole are those for whose run nobody is still due; their
// number is not known before it is looked at, so a few more are read.
const BEFORE: &str = "select e.edition_id, e.run, \
     (select min(w.planned_ms) from wave w where w.edition_id = e.edition_id) as planned_ms, \
     e.released_ms is not null as released from edition e \
     where e.list_id = $1 and e.cadence_id = $2 and e.run < $3 and e.state <> 'cancelled' \
     and exists (select 1 from delivery d where d.edition_id = e.edition_id \
      and (d.state in ('accepted', 'uncertain') \
       or (e.released_ms is not null and d.state <> 'withheld'))) \
     order by e.run desc limit 12";
const DUE_RUNS: &str = "select distinct due_run from subscription \
     where list_id = $1 and due_cadence_id = $2 and due_run < $3";
const PLANNED: &str = "select count(*) from delivery where edition_id = $1";
// $2: it was released, so that what still waits counts as well.
const COUNTED: &str = "select count(*) from delivery where edition_id = $1 \
     and (state in ('accepted', 'uncertain') or ($2 and state <> 'withheld'))";
// By the first thousand digests: a mean of a sample, for a rule that asks about twice as much.
const STORIES: &str = "select coalesce(cast(avg(json_array_length(g.picks)) * 10 as integer), 0) \
     from (select digest_id from delivery where edition_id = $1 order by subscriber_id limit 1000) d \
     join digest g on g.digest_id = d.digest_id";
const COMING: &str = "select count(*) from subscription n \
     where n.list_id = $1 and n.due_cadence_id = $2 and n.due_run = $3 and n.due_ms = $4 \
     and not exists (select 1 from delivery d where d.edition_id = $5 and d.subscriber_id = n.subscriber_id)";
const JOINED: &str = "select count(*) from subscription n where n.list_id = $1 and n.created_ms > $6 \
     and ((n.due_cadence_id = $2 and n.due_run = $3 and n.due_ms = $4) \
      or exists (select 1 from delivery d where d.edition_id = $5 and d.subscriber_id = n.subscriber_id))";
const UNUSUAL_SET: &str = "update wave set unusual = $2 where wave_id = $1";
const UNUSUAL: &str = "select wave_id, unusual from wave \
     where edition_id = $1 and unusual is not null order by due_ms";

/// Which wave of which edition.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// The group that is due.
    pub due: &'a super::planning::DueWave,
    /// Its edition, if anybody spoke of it.
    pub edition: Option<EditionId>,
}

impl Store {
    /// What is known of an edition before a wave of it is written. One snapshot.
    pub async fn volume(&self, of: Weighed<'_>) -> Result<Volume, StoreError> {
        let due = of.due;
        let (list, cadence, run) = (due.list.0, due.cadence, due.run.to_string());
        let edition = of.edition.map_or(0, |e| e.0);
        let mut tx = self.readers.begin().await?;
        let before = before(&mut tx, list, cadence, &run).await?;
        let mut volume = Volume::default();
        for past in before.iter().filter(|past| past.whole).take(EDITIONS) {
            let letters = sqlx::query_scalar(COUNTED).bind(past.edition);
            let stories = sqlx::query_scalar(STORIES).bind(past.edition);
            volume.past.push(Past {
                letters: letters.bind(past.released).fetch_one(&mut *tx).await?,
                released: past.released,
                stories_tenths: stories.fetch_one(&mut *tx).await?,
            });
        }
        let planned = sqlx::query_scalar(PLANNED).bind(edition);
        volume.planned = planned.fetch_one(&mut *tx).await?;
        volume.coming = sqlx::query_scalar(COMING)
            .bind(list)
            .bind(cadence.0)
            .bind(&run)
            .bind(due.due_at.as_millisecond())
            .bind(edition)
            .fetch_one(&mut *tx)
            .await?;
        if let Some(newest) = before.first() {
            volume.joined = sqlx::query_scalar(JOINED)
                .bind(list)
                .bind(cadence.0)
                .bind(&run)
                .bind(due.due_at.as_millisecond())
                .bind(edition)
                .bind(newest.planned_ms)
                .fetch_one(&mut *tx)
                .await?;
        }
        Ok(volume)
    }

    /// Writes down why a wave's letters were held for their edition's volume.
    pub async fn wave_unusual(&self, wave: WaveId, found: &Unusual) -> Result<(), StoreError> {
        let text = to_json(found, "wave.unusual")?;
        let mut tx = self.write().await?;
        let query = sqlx::query(UNUSUAL_SET).bind(wave.0).bind(text);
        query.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Why waves of an edition were held for their volume, earliest wave first.
    pub async fn unusual(&self, edition: EditionId) -> Result<Vec<(WaveId, Unusual)>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(UNUSUAL)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter()
            .map(|(wave, text)| Ok((WaveId(wave), from_json(&text, "wave.unusual")?)))
            .collect()
    }
}

/// An edition before a run that was sent or released.
struct Before {
    edition: i64,
    /// When it was first planned.
    planned_ms: i64,
    released: bool,
    /// Nobody is still due for its run.
    whole: bool,
}

async fn before(
    tx: &mut sqlx::SqliteConnection,
    list: i64,
    cadence: CadenceId,
    run: &str,
) -> Result<Vec<Before>, StoreError> {
    let editions: Vec<(i64, String, i64, bool)> = sqlx::query_as(BEFORE)
        .bind(list)
        .bind(cadence.0)
        .bind(run)
        .fetch_all(&mut *tx)
        .await?;
    let due: Vec<String> = sqlx::query_scalar(DUE_RUNS)
        .bind(list)
        .bind(cadence.0)
        .bind(run)
        .fetch_all(tx)
        .await?;
    let of = |(edition, run, planned_ms, released): (i64, String, i64, bool)| Before {
        edition,
        planned_ms,
        released,
        whole: !due.contains(&run),
    };
    Ok(editions.into_iter().map(of).collect())
}
