//! Digests that are made again after an article was amended: which, and the one write of each with its
//! memory, its placements and its row in the ledger.
//!
//! Only letters that have not begun are touched: planned, leased or deferred, and not in doubt. A lease
//! ends here; its sender's `started` names another digest and is not granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use sqlx::SqliteConnection;

use super::amended::{self, NowAmended};
use super::amendments::Pending;
use super::memory::{Beside, packed};
use super::planning::placement;
use super::slice::{met, moment};
use super::{Store, StoreError, batch, from_json, to_json, unreadable};
use crate::domain::amendment::AmendmentKind;
use crate::domain::delivery::Hold;
use crate::domain::edition::Wave;
use crate::domain::seal::seal;
use crate::domain::selection::{Pick, Skip};
use crate::domain::sponsor::Placement;
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{
    ArticleId, CreativeId, DigestId, EditionId, FlightId, SubscriberId, SubscriptionId, TermsId,
};

/// What the ledger says of a letter for which an amendment left too few stories.
pub const TOO_FEW_LEFT: &str = "a story was withdrawn, and too few are left";

macro_rules! letters {
    ($which:literal) => {
        concat!(
            "select d.subscriber_id, d.subscription_id, d.digest_id, d.state, g.seq, g.terms_id, \
             g.picks, g.since_ms, t.language, t.length, t.images, t.interests \
             from delivery d join digest g on g.digest_id = d.digest_id \
             join terms t on t.terms_id = g.terms_id \
             where d.edition_id = $1 and d.wave_id = $2 and d.subscriber_id > $3 and ",
            $which,
            " order by d.subscriber_id limit $5"
        )
    };
}
// $4 is the article.
const WITH_IT: &str = letters!(
    "d.state in ('planned', 'leased', 'deferred') and d.sha256 is null \
     and exists (select 1 from json_each(g.picks) p where json_extract(p.value, '$.article') = $4)"
);
const WITH_ANOTHER_TEXT: &str = letters!(
    "d.state in ('planned', 'leased', 'deferred') and d.sha256 is null \
     and exists (select 1 from json_each(g.picks) p where json_extract(p.value, '$.article') = $4 \
      and json_extract(p.value, '$.revision') <> \
      (select a.revision_id from article a where a.article_id = $4))"
);
// Those that had it before their digest was made again; $6 is now.
const ONCE_WITH_IT: &str = letters!(
    "((d.state in ('planned', 'leased', 'deferred') and d.sha256 is null) or (d.state = 'withheld' \
      and d.reply = 'a story was withdrawn, and too few are left' and d.deadline_ms > $6)) \
     and g.seq > 1 and not exists (select 1 from json_each(g.picks) p \
      where json_extract(p.value, '$.article') = $4) \
     and exists (select 1 from digest h join json_each(h.picks) p where h.wave_id = g.wave_id \
      and h.subscription_id = g.subscription_id and h.seq < g.seq \
      and json_extract(p.value, '$.article') = $4)"
);
// Held since they are in doubt and a story in them was amended: to be let go as another letter.
const HELD: &str = letters!("d.state = 'uncertain' and d.held = 'withdrawn' and $4 = 0");
const HOLD_DOUBT: &str = "update delivery set state = 'uncertain', held = 'withdrawn', \
     reply = 'in doubt, and a story in it was withdrawn or corrected since', changed_ms = $4, \
     lease_owner = null, lease_token = null, lease_until_ms = null \
     where edition_id = $1 and wave_id = $2 and state in ('planned', 'leased', 'deferred') \
     and sha256 is not null and exists (select 1 from digest g join json_each(g.picks) p \
      where g.digest_id = delivery.digest_id and json_extract(p.value, '$.article') = $3)";
const COUNT_HELD: &str = "update amendment_wave set held = held + $3 \
     where amendment_id = $1 and wave_id = $2";
const COUNT: &str = "update amendment_wave set revised = revised + $3, withheld = withheld + $4 \
     where amendment_id = $1 and wave_id = $2";
const AS_READ: &str = "select 1 from delivery where edition_id = $1 and subscriber_id = $2 \
     and digest_id = $3 and ((state in ('planned', 'leased', 'deferred') and sha256 is null) \
      or (state = 'withheld' and reply = $4) or (state = 'uncertain' and held = 'withdrawn'))";
const NEXT_DIGEST: &str = "select coalesce(max(digest_id), 0) + 1 from digest";
const DIGEST: &str = "insert into digest (digest_id, wave_id, subscription_id, seq, terms_id, picks, \
     at_ms, left_out, since_ms, amended, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const PLACEMENT: &str = "insert into placement (digest_id, slot, flight_id, creative_id, reason) \
     values ($1, $2, $3, $4, $5)";
const PAST: &str = "insert into memory_past (edition_id, subscription_id, planned_ms, revisions, until_ms) \
     select edition_id, subscription_id, planned_ms, revisions, coalesce(returned_ms, $3) from memory \
     where edition_id = $1 and subscription_id = $2 \
     on conflict (edition_id, subscription_id, planned_ms) do nothing";
const REMEMBER: &str = "update memory set revisions = $3, planned_ms = $4, returned_ms = null \
     where edition_id = $1 and subscription_id = $2";
const GIVE_BACK: &str = "update memory set returned_ms = $3 \
     where edition_id = $1 and subscription_id = $2 and returned_ms is null";
// A letter in doubt goes on asking.
const OWE: &str = "update delivery set digest_id = $3, changed_ms = $4, \
     held = case when state = 'withheld' then $5 else held end, \
     state = case when state = 'uncertain' then state when attempt > 0 then 'deferred' else 'planned' end, \
     code = case when state = 'withheld' then 0 else code end, \
     reply = case when state = 'withheld' then '' else reply end, \
     lease_owner = null, lease_token = null, lease_until_ms = null \
     where edition_id = $1 and subscriber_id = $2";
const WITHHOLD: &str = "update delivery set digest_id = $3, changed_ms = $4, held = null, code = 0, \
     state = 'withheld', reply = $5, lease_owner = null, lease_token = null, lease_until_ms = null \
     where edition_id = $1 and subscriber_id = $2";

/// Which letters of a wave are to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that an amendment of this kind of this article reaches.
    Amended(AmendmentKind, ArticleId),
    /// Those in doubt that are held since a story in them was amended.
    Held,
}

/// A letter whose digest is to be made again.
#[derive(Clone, Debug)]
pub struct Revisable {
    /// The person.
    pub subscriber: SubscriberId,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The digest that it would bring.
    pub digest: DigestId,
    /// That digest's revision.
    pub seq: i64,
    /// The terms that it was planned on.
    pub terms_id: TermsId,
    /// What it would bring.
    pub picks: Vec<Pick>,
    /// Its sponsors.
    pub placements: Vec<Placement>,
    /// What it reaches back to, Unix ms.
    pub since_ms: Option<i64>,
    /// Of the letter's words.
    pub language: String,
    /// How much its reader wants.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// What they follow.
    pub interests: Interests,
}

/// A digest made again.
#[derive(Clone, Debug)]
pub struct Remade {
    /// In the order of the layout.
    pub picks: Arc<[Pick]>,
    /// How many stories did not fit.
    pub left_out: u32,
    /// Slot, flight, creative, reason.
    pub placements: Vec<(Slot, FlightId, CreativeId, String)>,
}

/// A letter with its digest made again, or why it has none any more.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Of which letter.
    pub of: Revisable,
    /// What it brings instead.
    pub outcome: Result<Remade, Skip>,
    /// What it asks a person if it was withheld and goes again.
    pub held: Option<Hold>,
}

#[derive(sqlx::FromRow)]
struct LetterRow {
    subscriber_id: i64,
    subscription_id: i64,
    digest_id: i64,
    seq: i64,
    terms_id: i64,
    picks: String,
    since_ms: Option<i64>,
    language: String,
    length: String,
    images: i64,
    interests: String,
}

impl LetterRow {
    fn read(self, placements: Vec<Placement>) -> Result<Revisable, StoreError> {
        Ok(Revisable {
            subscriber: SubscriberId(self.subscriber_id),
            subscription: SubscriptionId(self.subscription_id),
            digest: DigestId(self.digest_id),
            seq: self.seq,
            terms_id: TermsId(self.terms_id),
            picks: from_json(&self.picks, "digest.picks")?,
            placements,
            since_ms: self.since_ms,
            language: self.language,
            length: Length::parse(&self.length)
                .map_err(|_| unreadable("terms.length", &self.length))?,
            images: self.images != 0,
            interests: from_json(&self.interests, "terms.interests")?,
        })
    }
}

impl Store {
    /// The letters of a wave that are to be made again, after `after`, by person.
    pub async fn revisable(
        &self,
        wave: &Wave,
        which: Which,
        after: SubscriberId,
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<Revisable>, StoreError> {
        let (statement, article) = match which {
            Which::Amended(AmendmentKind::Withdrawn, article) => (WITH_IT, article),
            Which::Amended(AmendmentKind::Restored, article) => (ONCE_WITH_IT, article),
            Which::Amended(AmendmentKind::Rewritten, article) => (WITH_ANOTHER_TEXT, article),
            Which::Held => (HELD, ArticleId(0)),
        };
        let rows: Vec<LetterRow> = sqlx::query_as(statement)
            .bind(wave.edition.0)
            .bind(wave.id.0)
            .bind(after.0)
            .bind(article.0)
            .bind(limit)
            .bind(to_ms(now))
            .fetch_all(&self.readers)
            .await?;
        let ids: Vec<i64> = rows.iter().map(|r| r.digest_id).collect();
        let placed: Vec<(i64, String, i64, i64, String)> =
            sqlx::query_as(batch::PLACEMENTS_BY_DIGEST)
                .bind(json!(ids).to_string())
                .fetch_all(&self.readers)
                .await?;
        let mut of: BTreeMap<i64, Vec<Placement>> = BTreeMap::new();
        for row in placed {
            of.entry(row.0).or_default().push(placement(row)?);
        }
        rows.into_iter()
            .map(|row| {
                let placements = of.remove(&row.digest_id).unwrap_or_default();
                row.read(placements)
            })
            .collect()
    }

    /// Holds the letters in doubt of a wave that have an amended article: no second copy of them leaves
    /// before a person has decided. Counted with the amendment.
    pub async fn hold_amended(&self, of: &Pending, now: Timestamp) -> Result<u64, StoreError> {
        let wave = self.wave(of.wave).await?;
        let mut tx = self.write().await?;
        let held = sqlx::query(HOLD_DOUBT)
            .bind(wave.edition.0)
            .bind(wave.id.0)
            .bind(of.article.0)
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        sqlx::query(COUNT_HELD)
            .bind(of.amendment.0)
            .bind(of.wave.0)
            .bind(i64::try_from(held).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(held)
    }

    /// The one write of digests that were made again, each with its memory, its placements and its row;
    /// a letter that has too few stories left is withheld and gives them back. What has left since it
    /// was read is left alone. Counted with the amendment, if one is named.
    ///
    /// `None`, and nothing written, where somebody amended more, or planned for the same persons in a
    /// list that shares their memory, since it was read (`beside`).
    pub async fn revise(
        &self,
        wave: &Wave,
        revisions: &[Revision],
        beside: &Beside,
        counted: Option<&Pending>,
        now: Timestamp,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let mut tx = self.write().await?;
        let people: Vec<SubscriberId> = revisions.iter().map(|r| r.of.subscriber).collect();
        if amended::more_than(&mut tx, &beside.amended).await?
            || met(&mut tx, beside, &people).await?
        {
            return Ok(None);
        }
        let mut next: i64 = sqlx::query_scalar(NEXT_DIGEST).fetch_one(&mut *tx).await?;
        let (mut revised, mut withheld) = (0, 0);
        for revision in revisions {
            let open: Option<i64> = sqlx::query_scalar(AS_READ)
                .bind(wave.edition.0)
                .bind(revision.of.subscriber.0)
                .bind(revision.of.digest.0)
                .bind(TOO_FEW_LEFT)
                .fetch_optional(&mut *tx)
                .await?;
            if open.is_none() {
                continue;
            }
            one(&mut tx, wave, revision, (next, &beside.amended), now).await?;
            next += 1;
            match revision.outcome {
                Ok(_) => revised += 1,
                Err(_) => withheld += 1,
            }
        }
        if let Some(of) = counted {
            sqlx::query(COUNT)
                .bind(of.amendment.0)
                .bind(of.wave.0)
                .bind(revised)
                .bind(withheld)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Some((number(revised), number(withheld))))
    }
}

/// One letter's new digest.
async fn one(
    tx: &mut SqliteConnection,
    wave: &Wave,
    revision: &Revision,
    (id, amended): (i64, &NowAmended),
    now: Timestamp,
) -> Result<(), StoreError> {
    let (of, edition, ms) = (&revision.of, wave.edition, to_ms(now));
    let moment = moment(tx, now).await?;
    let none: &[Pick] = &[];
    let remade = revision.outcome.as_ref().ok();
    let picks = remade.map_or(none, |r| &*r.picks);
    let stands = remade.iter().flat_map(|r| &r.placements);
    let stands = stands.map(|(slot, f, c, why)| (*slot, *f, *c, why.as_str()));
    sqlx::query(DIGEST)
        .bind(id)
        .bind(wave.id.0)
        .bind(of.subscription.0)
        .bind(of.seq + 1)
        .bind(of.terms_id.0)
        .bind(to_json(&picks, "digest.picks")?)
        .bind(moment)
        .bind(remade.map_or(0, |r| i64::from(r.left_out)))
        .bind(of.since_ms)
        .bind(amended.text()?)
        .bind(seal(of.seq + 1, of.since_ms, stands.collect()))
        .execute(&mut *tx)
        .await?;
    for (slot, flight, creative, reason) in remade.iter().flat_map(|r| &r.placements) {
        sqlx::query(PLACEMENT)
            .bind(id)
            .bind(slot.as_str())
            .bind(flight.0)
            .bind(creative.0)
            .bind(reason)
            .execute(&mut *tx)
            .await?;
    }
    remember(tx, edition, of.subscription, remade, moment).await?;
    let owe = match remade {
        Some(_) => sqlx::query(OWE),
        None => sqlx::query(WITHHOLD),
    };
    let owe = owe.bind(edition.0).bind(of.subscriber.0).bind(id).bind(ms);
    let asks = revision.held.map(Hold::as_str);
    owe.bind(remade.map_or(Some(TOO_FEW_LEFT), |_| asks))
        .execute(tx)
        .await?;
    Ok(())
}

/// What the letter holds from now on; what it held before stays known.
async fn remember(
    tx: &mut SqliteConnection,
    edition: EditionId,
    subscription: SubscriptionId,
    remade: Option<&Remade>,
    ms: i64,
) -> Result<(), StoreError> {
    let key = |statement| sqlx::query(statement).bind(edition.0).bind(subscription.0);
    let Some(remade) = remade else {
        key(GIVE_BACK).bind(ms).execute(tx).await?;
        return Ok(());
    };
    key(PAST).bind(ms).execute(&mut *tx).await?;
    let texts = packed(remade.picks.iter().map(|p| p.revision));
    key(REMEMBER).bind(texts).bind(ms).execute(tx).await?;
    Ok(())
}
