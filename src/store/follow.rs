//! What is asked by a person who follows an edition: what is still to come, what asks and why, and
//! what became of one reader. Sums are counted from rows, nothing here is kept beside them.

use std::collections::BTreeMap;

use super::amended::amended;
use super::planning::DueWave;
use super::{Store, StoreError, instant, unreadable};
use crate::domain::amendment::Amended;
use crate::domain::delivery::Hold;
use crate::domain::selection::Skip;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, EditionId, ListId, SubscriptionId, TermsId, WaveId};

const DUE_GROUPS_OF: &str = "select due_cadence_id, due_run, due_ms, count(*) as readers \
     from subscription where list_id = $1 and due_ms is not null \
     group by due_cadence_id, due_run, due_ms order by due_ms, due_cadence_id, due_run";
const HELD: &str = "select held, count(*) from delivery \
     where edition_id = $1 and held is not null group by held order by held";
const WAVE_SUMS: &str = "select wave_id, count(*), \
     sum(case when state in ('planned', 'leased', 'started', 'deferred') then 1 else 0 end) \
     from delivery where edition_id = $1 group by wave_id";
const NEXT_IN: &str = "select min(not_before_ms) from delivery \
     where edition_id = $1 and state in ('planned', 'deferred') and held is null";
const WITHHELD: &str = "select coalesce(reply, ''), count(*) from delivery \
     where edition_id = $1 and state = 'withheld' group by 1 order by 2 desc, 1 limit 10";
const GOING: &str = "select count(*) from delivery where edition_id = $1 and held is null \
     and state in ('planned', 'leased', 'started', 'deferred')";
const SKIP_OF: &str = "select k.wave_id, k.reason, k.terms_id, k.at_ms, k.since_ms from wave w join skip k on k.wave_id = w.wave_id \
     where w.edition_id = $1 and k.subscription_id = $2 order by w.due_ms desc limit 1";
const SKIP_AMENDED: &str = "select amended from skip where wave_id = $1 and subscription_id = $2";
// By the person, as planning asks: a list has one letter for a person in an edition.
const LETTER_IN: &str = "select exists (select 1 from subscription n \
     join edition e on e.list_id = n.list_id and e.cadence_id = $2 and e.run = $3 \
     join delivery d on d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id \
     where n.subscription_id = $1)";

/// A subscription that an edition passed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skipped {
    /// In which wave.
    pub wave: WaveId,
    /// Why.
    pub why: Skip,
    /// What it was judged by; none where its standing was the reason, or an earlier release wrote it.
    pub by: Option<JudgedBy>,
}

/// What a subscription was passed over by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedBy {
    /// The revision of its terms.
    pub terms_id: TermsId,
    /// When.
    pub at: Timestamp,
    /// What its digest would have reached back to, in Unix ms, where its reader came back.
    pub since_ms: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct SkipRow {
    wave_id: i64,
    reason: String,
    terms_id: Option<i64>,
    at_ms: Option<i64>,
    since_ms: Option<i64>,
}

impl SkipRow {
    fn read(self) -> Result<Skipped, StoreError> {
        let known = self.terms_id.zip(self.at_ms).map(|(terms, at)| {
            Ok::<_, StoreError>(JudgedBy {
                terms_id: TermsId(terms),
                at: instant(at, "skip.at_ms")?,
                since_ms: self.since_ms,
            })
        });
        Ok(Skipped {
            wave: WaveId(self.wave_id),
            why: Skip::parse(&self.reason).map_err(|_| unreadable("skip.reason", &self.reason))?,
            by: known.transpose()?,
        })
    }
}

/// A wave's letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaveSums {
    /// Rows in all.
    pub planned: i64,
    /// Those that are open.
    pub open: i64,
}

impl Store {
    /// Every group of a list's subscriptions that is due together, however far ahead, earliest
    /// first. A run that is in none of them has no wave to come.
    pub async fn due_waves_of(&self, list: ListId) -> Result<Vec<DueWave>, StoreError> {
        let rows: Vec<(i64, String, i64, i64)> = sqlx::query_as(DUE_GROUPS_OF)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(cadence, run, due, readers): (i64, String, i64, i64)| {
            Ok(DueWave {
                list,
                cadence: CadenceId(cadence),
                run: Run::parse(&run).map_err(|_| unreadable("subscription.due_run", &run))?,
                due_at: instant(due, "subscription.due_ms")?,
                readers,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// What an edition's letters ask, with how many ask it.
    pub async fn held(&self, edition: EditionId) -> Result<Vec<(Hold, i64)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(HELD)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter()
            .map(|(held, n)| {
                let hold = Hold::parse(&held).map_err(|_| unreadable("delivery.held", &held))?;
                Ok((hold, n))
            })
            .collect()
    }

    /// Why letters of an edition were withheld, and how many for each reason, most first; at most ten.
    pub async fn withheld(&self, edition: EditionId) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query_as(WITHHELD)
            .bind(edition.0)
            .fetch_all(&self.readers);
        Ok(rows.await?)
    }

    /// The letters of each wave of an edition; a wave without any is left out.
    pub async fn wave_sums(
        &self,
        edition: EditionId,
    ) -> Result<BTreeMap<WaveId, WaveSums>, StoreError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(WAVE_SUMS)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(wave, planned, open)| (WaveId(wave), WaveSums { planned, open }))
            .collect())
    }

    /// When the next letter of an edition may go; `None` if none is waiting for its time.
    pub async fn next_in(&self, edition: EditionId) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = sqlx::query_scalar(NEXT_IN)
            .bind(edition.0)
            .fetch_one(&self.readers)
            .await?;
        ms.map(|ms| instant(ms, "delivery.not_before_ms"))
            .transpose()
    }

    /// Open letters of an edition that wait for no person: they go, now or at a later try.
    pub async fn going(&self, edition: EditionId) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(GOING)
            .bind(edition.0)
            .fetch_one(&self.readers)
            .await?)
    }

    /// Why a subscription was skipped in an edition, in which wave, and what was known of it then.
    pub async fn skip_of(
        &self,
        edition: EditionId,
        subscription: SubscriptionId,
    ) -> Result<Option<Skipped>, StoreError> {
        let row: Option<SkipRow> = sqlx::query_as(SKIP_OF)
            .bind(edition.0)
            .bind(subscription.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(SkipRow::read).transpose()
    }

    /// By how much a wave's candidates were other ones than were frozen when it passed a subscription
    /// over.
    pub async fn skip_amended(
        &self,
        wave: WaveId,
        subscription: SubscriptionId,
    ) -> Result<Amended, StoreError> {
        let text: Option<Option<String>> = sqlx::query_scalar(SKIP_AMENDED)
            .bind(wave.0)
            .bind(subscription.0)
            .fetch_optional(&self.readers)
            .await?;
        amended(text.flatten().as_deref())
    }

    /// Whether the edition of a subscription's list for this cadence and run has a letter for it,
    /// whatever became of that letter.
    pub async fn letter_in(
        &self,
        subscription: SubscriptionId,
        cadence: CadenceId,
        run: &Run,
    ) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(LETTER_IN)
            .bind(subscription.0)
            .bind(cadence.0)
            .bind(run.to_string())
            .fetch_one(&self.readers)
            .await?;
        Ok(found != 0)
    }
}
