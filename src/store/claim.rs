//! Claiming: letters that may go now are leased, and come with all that rendering needs.
//!
//! Whoever left or paused meanwhile is withheld here and not even offered to a relay.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::planning::{left_out, placement};
use super::welcomes::welcome;
use super::{Store, StoreError, batch, from_json, instant, unreadable};
use crate::domain::address::Address;
use crate::domain::letter::Welcome;
use crate::domain::selection::Pick;
use crate::domain::sponsor::Placement;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{DigestId, EditionId, ListId, SubscriberId, SubscriptionId, WaveId};

/// A row that was claimed, with what rendering needs.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Key.
    pub edition: EditionId,
    /// Key.
    pub subscriber: SubscriberId,
    /// On which terms.
    pub subscription: SubscriptionId,
    /// In which wave.
    pub wave: WaveId,
    /// The revision to be rendered.
    pub digest: DigestId,
    /// Tries before this one.
    pub attempt: i64,
    /// After this a retry is given up.
    pub deadline: Timestamp,
    /// A dot of these bytes may have left before.
    pub doubt: Option<[u8; 32]>,
    /// In doubt, and a story in it was withdrawn, or corrected by an editor, since its dot may have left.
    pub outdated: bool,
    /// The fencing token that every later write carries.
    pub token: i64,
    /// In which lane it was claimed.
    pub lane: String,
    /// Which list.
    pub list: ListId,
    /// Where it goes; `None` when the person was erased meanwhile.
    pub address: Option<Address>,
    /// The digest's picks.
    pub picks: Vec<Pick>,
    /// How many stories did not fit into it.
    pub left_out: u32,
    /// Its placements.
    pub placements: Vec<Placement>,
    /// The reader's zone.
    pub zone: Zone,
    /// The reader's language.
    pub language: String,
    /// How much they want to read.
    pub length: Length,
    /// Whether pictures are in their letters.
    pub images: bool,
    /// Whether their letters have no HTML part.
    pub text_only: bool,
    /// The word of welcome, where it is their first letter.
    pub welcome: Option<Welcome>,
    /// What they follow.
    pub interests: Interests,
}

/// Who claims, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Lease<'a> {
    /// A name that no earlier process had.
    pub owner: &'a str,
    /// The fencing token of this claim: no other claim has it.
    pub token: i64,
    /// When the lease ends. Only the owner of the lock ever retakes one.
    pub until: Timestamp,
}

impl Store {
    /// Takes up to `limit` rows of each of `lanes` that may go now, oldest first; of `only` that
    /// edition, if given. Whoever left or paused meanwhile is withheld here and not even offered to a
    /// relay.
    pub async fn claim(
        &self,
        lease: &Lease<'_>,
        only: Option<EditionId>,
        lanes: &[&str],
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        loop {
            let mut tx = self.write().await?;
            let mut rows: Vec<ClaimRow> = Vec::new();
            for lane in lanes {
                let taken: Vec<ClaimRow> = sqlx::query_as(batch::CLAIM)
                    .bind(lease.owner)
                    .bind(lease.token)
                    .bind(lease.until.as_millisecond())
                    .bind(now.as_millisecond())
                    .bind(limit)
                    .bind(only.map_or(0, |e| e.0))
                    .bind(*lane)
                    .fetch_all(&mut *tx)
                    .await?;
                rows.extend(taken);
            }
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let withheld = withhold(&mut tx, &rows, lease.token, now).await?;
            tx.commit().await?;
            rows.retain(|row| !withheld.contains(&(row.edition_id, row.subscriber_id)));
            // A whole claim of people who left is not the end of what may go.
            if !rows.is_empty() {
                return self.claimed(rows, lease.token).await;
            }
        }
    }

    /// Puts open letters of lanes that are not among `lanes` any more into the default one.
    pub async fn adopt_lanes(&self, lanes: &[&str]) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(batch::ADOPT_LANES)
            .bind(json!(lanes).to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    async fn claimed(&self, rows: Vec<ClaimRow>, token: i64) -> Result<Vec<Claimed>, StoreError> {
        let subscriptions: Vec<i64> = rows.iter().map(|r| r.subscription_id).collect();
        let digests: Vec<i64> = rows.iter().map(|r| r.digest_id).collect();
        let readers: Vec<(i64, i64, Option<String>)> = sqlx::query_as(batch::CLAIMED_READERS)
            .bind(json!(subscriptions).to_string())
            .fetch_all(&self.readers)
            .await?;
        let texts: Vec<DigestRow> = sqlx::query_as(batch::DIGESTS_BY_ID)
            .bind(json!(digests).to_string())
            .fetch_all(&self.readers)
            .await?;
        let placed: Vec<(i64, String, i64, i64, String)> =
            sqlx::query_as(batch::PLACEMENTS_BY_DIGEST)
                .bind(json!(digests).to_string())
                .fetch_all(&self.readers)
                .await?;
        let readers: HashMap<i64, Reader> =
            readers.into_iter().map(|(s, l, a)| (s, (l, a))).collect();
        let mut texts: HashMap<i64, DigestRow> =
            texts.into_iter().map(|row| (row.digest_id, row)).collect();
        let mut placements: HashMap<i64, Vec<Placement>> = Default::default();
        for row in placed {
            placements.entry(row.0).or_default().push(placement(row)?);
        }
        let mut out = Vec::with_capacity(rows.len());
        let outdated = self.outdated(&rows).await?;
        for row in rows {
            let reader = readers.get(&row.subscription_id).cloned();
            let digest = texts
                .remove(&row.digest_id)
                .ok_or_else(|| unreadable("delivery.digest_id", row.digest_id))?;
            out.push(Claimed {
                placements: placements.remove(&row.digest_id).unwrap_or_default(),
                outdated: outdated.contains(&row.digest_id),
                token,
                ..row.read(reader.unwrap_or_default(), digest)?
            });
        }
        Ok(out)
    }

    /// The digests of rows in doubt with a story that was withdrawn or corrected since.
    async fn outdated(&self, rows: &[ClaimRow]) -> Result<HashSet<i64>, StoreError> {
        let doubted: Vec<i64> = rows
            .iter()
            .filter(|row| row.sha256.is_some())
            .map(|row| row.digest_id)
            .collect();
        if doubted.is_empty() {
            return Ok(HashSet::new());
        }
        let found: Vec<i64> = sqlx::query_scalar(batch::OUTDATED)
            .bind(json!(doubted).to_string())
            .fetch_all(&self.readers)
            .await?;
        Ok(found.into_iter().collect())
    }
}

/// Withholds those claimed rows that the person or the edition says no to; which they were.
async fn withhold(
    tx: &mut sqlx::SqliteConnection,
    rows: &[ClaimRow],
    token: i64,
    now: Timestamp,
) -> Result<HashSet<(i64, i64)>, StoreError> {
    let key = |row: &ClaimRow| (row.edition_id, row.subscriber_id, token);
    let keys = json!(rows.iter().map(key).collect::<Vec<_>>()).to_string();
    let withheld: Vec<(i64, i64)> = sqlx::query_as(batch::WITHHOLD)
        .bind(&keys)
        .bind(now.as_millisecond())
        .fetch_all(&mut *tx)
        .await?;
    if !withheld.is_empty() {
        sqlx::query(batch::RETURN_MEMORY)
            .bind(&keys)
            .bind(now.as_millisecond())
            .execute(tx)
            .await?;
    }
    Ok(withheld.into_iter().collect())
}

#[derive(sqlx::FromRow)]
struct ClaimRow {
    edition_id: i64,
    subscriber_id: i64,
    subscription_id: i64,
    wave_id: i64,
    digest_id: i64,
    attempt: i64,
    deadline_ms: i64,
    sha256: Option<Vec<u8>>,
    lane: String,
}

#[derive(sqlx::FromRow)]
struct DigestRow {
    digest_id: i64,
    picks: String,
    left_out: i64,
    zone: String,
    language: String,
    length: String,
    images: i64,
    text_only: i64,
    interests: String,
    is_first: i64,
    next_ms: Option<i64>,
}

/// A reader's list and address.
type Reader = (i64, Option<String>);

impl ClaimRow {
    /// The claim, but for its placements, its token and what became of its stories.
    fn read(self, (list, address): Reader, digest: DigestRow) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            edition: EditionId(self.edition_id),
            subscriber: SubscriberId(self.subscriber_id),
            subscription: SubscriptionId(self.subscription_id),
            wave: WaveId(self.wave_id),
            digest: DigestId(self.digest_id),
            attempt: self.attempt,
            deadline: instant(self.deadline_ms, "delivery.deadline_ms")?,
            doubt: self.sha256.and_then(|bytes| bytes.try_into().ok()),
            outdated: false,
            token: 0,
            lane: self.lane,
            list: ListId(list),
            address: address.and_then(|a| Address::parse(&a).ok()),
            picks: from_json(&digest.picks, "digest.picks")?,
            left_out: left_out(digest.left_out)?,
            placements: Vec::new(),
            zone: Zone::parse(&digest.zone).map_err(|_| unreadable("terms.zone", &digest.zone))?,
            language: digest.language,
            length: Length::parse(&digest.length)
                .map_err(|_| unreadable("terms.length", &digest.length))?,
            images: digest.images != 0,
            text_only: digest.text_only != 0,
            welcome: match digest.is_first {
                0 => None,
                _ => Some(welcome(digest.next_ms)?),
            },
            interests: from_json(&digest.interests, "terms.interests")?,
        })
    }
}
