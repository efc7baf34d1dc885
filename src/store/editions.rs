//! Editions, their waves and what is frozen with them.

use sha2::{Digest as _, Sha256};

pub use super::decisions::NewDecision;
use super::{Store, StoreError, instant, instant_or_none, unreadable};
use crate::domain::edition::{Approved, ContentHash, Edition, EditionState, Frozen, Wave};
use crate::domain::slug::Slug;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, EditionId, ListId, WaveId};

const EDITION_OPEN: &str = "insert into edition (list_id, cadence_id, run, state, created_ms) \
     values ($1, $2, $3, 'open', $4) on conflict (list_id, cadence_id, run) do nothing";
const EDITION_COLUMNS_BY_KEY: &str = "select e.edition_id, e.list_id, e.cadence_id, c.name as cadence_name, \
     e.run, e.state, e.created_ms, e.halted_ms, e.approved_ms, e.approved_by from edition e join cadence c on c.cadence_id = e.cadence_id \
     where e.list_id = $1 and e.cadence_id = $2 and e.run = $3";
const EDITION_BY_ID: &str = "select e.edition_id, e.list_id, e.cadence_id, c.name as cadence_name, \
     e.run, e.state, e.created_ms, e.halted_ms, e.approved_ms, e.approved_by from edition e join cadence c on c.cadence_id = e.cadence_id \
     where e.edition_id = $1";
const EDITIONS: &str = "select e.edition_id, e.list_id, e.cadence_id, c.name as cadence_name, \
     e.run, e.state, e.created_ms, e.halted_ms, e.approved_ms, e.approved_by from edition e join cadence c on c.cadence_id = e.cadence_id \
     where e.list_id = $1 order by e.run desc, e.edition_id desc limit $2";
const CONTENT_PUT: &str =
    "insert into content (hash, kind, bytes) values ($1, $2, $3) on conflict (hash) do nothing";
const CONTENT: &str = "select bytes from content where hash = $1";
const WAVE_OPEN: &str = "insert into wave (edition_id, due_ms, cutoff_ms, planned_ms, candidates_hash, \
     rules_hash, template_hash, sender_hash, key_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     on conflict (edition_id, due_ms) do nothing";
const WAVES: &str = "select wave_id, edition_id, due_ms, date_ms, cutoff_ms, planned_ms, candidates_hash, rules_hash, \
     template_hash, sender_hash, key_id, complete from wave where edition_id = $1 order by due_ms";
const WAVE: &str = "select wave_id, edition_id, due_ms, date_ms, cutoff_ms, planned_ms, candidates_hash, rules_hash, \
     template_hash, sender_hash, key_id, complete from wave where wave_id = $1";
const WAVE_COMPLETE: &str = "update wave set complete = 1 where wave_id = $1";
const WAVE_SKIPS: &str = "select k.subscription_id, k.reason from skip k join wave w on w.wave_id = k.wave_id \
     join subscription n on n.subscription_id = k.subscription_id \
     where w.edition_id = $1 and not exists (select 1 from delivery d \
      where d.edition_id = w.edition_id and d.subscriber_id = n.subscriber_id) \
     order by k.subscription_id";

#[derive(sqlx::FromRow)]
struct EditionRow {
    edition_id: i64,
    list_id: i64,
    cadence_id: i64,
    cadence_name: String,
    run: String,
    state: String,
    created_ms: i64,
    halted_ms: Option<i64>,
    approved_ms: Option<i64>,
    approved_by: Option<String>,
}

impl EditionRow {
    fn read(self) -> Result<Edition, StoreError> {
        let approved = instant_or_none(self.approved_ms, "edition.approved_ms")?;
        Ok(Edition {
            id: EditionId(self.edition_id),
            list: ListId(self.list_id),
            cadence: CadenceId(self.cadence_id),
            cadence_name: Slug::parse(&self.cadence_name)
                .map_err(|_| unreadable("cadence.name", &self.cadence_name))?,
            run: Run::parse(&self.run).map_err(|_| unreadable("edition.run", &self.run))?,
            state: EditionState::parse(&self.state)
                .map_err(|_| unreadable("edition.state", &self.state))?,
            created_at: instant(self.created_ms, "edition.created_ms")?,
            halted_at: instant_or_none(self.halted_ms, "edition.halted_ms")?,
            approved: approved.map(|at| Approved {
                at,
                by: self.approved_by.unwrap_or_default(),
            }),
        })
    }
}

#[derive(sqlx::FromRow)]
struct WaveRow {
    wave_id: i64,
    edition_id: i64,
    due_ms: i64,
    date_ms: Option<i64>,
    cutoff_ms: i64,
    planned_ms: i64,
    candidates_hash: Vec<u8>,
    rules_hash: Vec<u8>,
    template_hash: Vec<u8>,
    sender_hash: Vec<u8>,
    key_id: String,
    complete: i64,
}

impl WaveRow {
    fn read(self) -> Result<Wave, StoreError> {
        Ok(Wave {
            id: WaveId(self.wave_id),
            edition: EditionId(self.edition_id),
            due_at: instant(self.due_ms, "wave.due_ms")?,
            dated: instant(self.date_ms.unwrap_or(self.due_ms), "wave.date_ms")?,
            cutoff_at: instant(self.cutoff_ms, "wave.cutoff_ms")?,
            planned_at: instant(self.planned_ms, "wave.planned_ms")?,
            frozen: Frozen {
                candidates: hash(self.candidates_hash)?,
                rules: hash(self.rules_hash)?,
                template: hash(self.template_hash)?,
                sender: hash(self.sender_hash)?,
                key_id: self.key_id,
            },
            complete: self.complete == 1,
        })
    }
}

fn hash(bytes: Vec<u8>) -> Result<ContentHash, StoreError> {
    let bytes: [u8; 32] = bytes
        .try_into()
        .map_err(|_| unreadable("content.hash", "a hash of another length"))?;
    Ok(ContentHash(bytes))
}

impl Store {
    /// The edition of (list, cadence, run), made on first mention. P6: its key is unique.
    pub async fn edition_open(
        &self,
        list: ListId,
        cadence: CadenceId,
        run: &Run,
        now: Timestamp,
    ) -> Result<Edition, StoreError> {
        if let Some(edition) = self.edition_find(list, cadence, run).await? {
            return Ok(edition);
        }
        let mut tx = self.write().await?;
        sqlx::query(EDITION_OPEN)
            .bind(list.0)
            .bind(cadence.0)
            .bind(run.to_string())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        let row: EditionRow = sqlx::query_as(EDITION_COLUMNS_BY_KEY)
            .bind(list.0)
            .bind(cadence.0)
            .bind(run.to_string())
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        row.read()
    }

    /// The edition of (list, cadence, run), if it was ever mentioned.
    pub async fn edition_find(
        &self,
        list: ListId,
        cadence: CadenceId,
        run: &Run,
    ) -> Result<Option<Edition>, StoreError> {
        let row: Option<EditionRow> = sqlx::query_as(EDITION_COLUMNS_BY_KEY)
            .bind(list.0)
            .bind(cadence.0)
            .bind(run.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(EditionRow::read).transpose()
    }

    /// An edition by its id.
    pub async fn edition(&self, id: EditionId) -> Result<Edition, StoreError> {
        let row: Option<EditionRow> = sqlx::query_as(EDITION_BY_ID)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| StoreError::NotFound {
            what: "edition",
            name: id.to_string(),
        })?
        .read()
    }

    /// A list's editions, newest run first, at most `limit`.
    pub async fn editions(&self, list: ListId, limit: i64) -> Result<Vec<Edition>, StoreError> {
        let rows: Vec<EditionRow> = sqlx::query_as(EDITIONS)
            .bind(list.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(EditionRow::read).collect()
    }

    /// Stores bytes by their sha256; the same bytes are stored once.
    pub async fn content_put(&self, kind: &str, bytes: &[u8]) -> Result<ContentHash, StoreError> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let mut tx = self.write().await?;
        sqlx::query(CONTENT_PUT)
            .bind(&hash[..])
            .bind(kind)
            .bind(bytes)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(ContentHash(hash))
    }

    /// Stored bytes.
    pub async fn content(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
        let bytes: Option<Vec<u8>> = sqlx::query_scalar(CONTENT)
            .bind(&hash.0[..])
            .fetch_optional(&self.readers)
            .await?;
        bytes.ok_or(StoreError::NotFound {
            what: "content",
            name: format!("{hash:?}"),
        })
    }

    /// The wave of (edition, due), with what was frozen when it was first opened: a plan that was
    /// interrupted goes on with the very inputs that it began with.
    pub async fn wave_open(
        &self,
        edition: EditionId,
        due: Timestamp,
        cutoff: Timestamp,
        frozen: &Frozen,
        now: Timestamp,
    ) -> Result<Wave, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(WAVE_OPEN)
            .bind(edition.0)
            .bind(due.as_millisecond())
            .bind(cutoff.as_millisecond())
            .bind(now.as_millisecond())
            .bind(&frozen.candidates.0[..])
            .bind(&frozen.rules.0[..])
            .bind(&frozen.template.0[..])
            .bind(&frozen.sender.0[..])
            .bind(&frozen.key_id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let waves = self.waves(edition).await?;
        waves
            .into_iter()
            .find(|w| w.due_at.as_millisecond() == due.as_millisecond())
            .ok_or_else(|| StoreError::NotFound {
                what: "wave",
                name: due.to_string(),
            })
    }

    /// An edition's waves, earliest first.
    pub async fn waves(&self, edition: EditionId) -> Result<Vec<Wave>, StoreError> {
        let rows: Vec<WaveRow> = sqlx::query_as(WAVES)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(WaveRow::read).collect()
    }

    /// A wave by its id.
    pub async fn wave(&self, id: WaveId) -> Result<Wave, StoreError> {
        let row: Option<WaveRow> = sqlx::query_as(WAVE)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.ok_or_else(|| StoreError::NotFound {
            what: "wave",
            name: id.to_string(),
        })?
        .read()
    }

    /// Says that every subscription of the wave is planned.
    pub async fn wave_complete(&self, id: WaveId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(WAVE_COMPLETE)
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who of an edition got no digest: (subscription, reason).
    pub async fn skips(
        &self,
        edition: EditionId,
    ) -> Result<Vec<(crate::domain::SubscriptionId, String)>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(WAVE_SKIPS)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(s, r)| (crate::domain::SubscriptionId(s), r))
            .collect())
    }
}
