//! Alarms: what is our own fault or a provider's no, and wants an operator. One row a subject and
//! reason, which counts.
//!
//! What a subject or a reason means is said elsewhere.

use super::{Store, StoreError, instant, instant_or_none};
use crate::domain::time::Timestamp;

/// The longest words that are kept, in characters.
const MAX_WORDS: usize = 500;

const ALARM_RAISE: &str = "insert into alarm (subject, reason, words, first_ms, last_ms) \
     values ($1, $2, $3, $4, $4) \
     on conflict (subject, reason) do update set words = excluded.words, \
     last_ms = max(alarm.last_ms, excluded.last_ms), times = alarm.times + 1";
const ALARMS: &str = "select subject, reason, words, first_ms, last_ms, times, told_ms from alarm \
     where last_ms >= $1 order by last_ms desc, subject, reason";
const ALARM_CLEAR: &str = "delete from alarm where subject = $1";
const ALARM_CLAIM: &str = "update alarm set told_ms = $4 \
     where subject = $1 and reason = $2 and (told_ms is null or told_ms <= $3)";

/// An alarm as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRow {
    /// What it is about: `relay smtp`, `lane gmail`.
    pub subject: String,
    /// What it is, in one word.
    pub reason: String,
    /// The words of the last time.
    pub words: String,
    /// When it was first raised.
    pub first: Timestamp,
    /// When it was last raised.
    pub last: Timestamp,
    /// How often.
    pub times: i64,
    /// When operators were last told by mail.
    pub told: Option<Timestamp>,
}

impl Store {
    /// Raises an alarm, or counts one that stands. The words of the newest time are kept; they must
    /// hold no address.
    pub async fn alarm_raise(
        &self,
        subject: &str,
        reason: &str,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let words: String = words.chars().take(MAX_WORDS).collect();
        let mut tx = self.write().await?;
        sqlx::query(ALARM_RAISE)
            .bind(subject)
            .bind(reason)
            .bind(words)
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Alarms last raised at `since` or later, the newest first.
    pub async fn alarms(&self, since: Timestamp) -> Result<Vec<AlarmRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(ALARMS)
            .bind(since.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(Row::alarm).collect()
    }

    /// Ends every alarm of a subject; how many there were.
    pub async fn alarm_clear(&self, subject: &str) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(ALARM_CLEAR)
            .bind(subject)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Takes the right to tell operators of an alarm: true if it stands and nobody did since `since`.
    pub async fn alarm_claim(
        &self,
        subject: &str,
        reason: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(ALARM_CLAIM)
            .bind(subject)
            .bind(reason)
            .bind(since.as_millisecond())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    reason: String,
    words: String,
    first_ms: i64,
    last_ms: i64,
    times: i64,
    told_ms: Option<i64>,
}

impl Row {
    fn alarm(self) -> Result<AlarmRow, StoreError> {
        Ok(AlarmRow {
            first: instant(self.first_ms, "alarm.first_ms")?,
            last: instant(self.last_ms, "alarm.last_ms")?,
            told: instant_or_none(self.told_ms, "alarm.told_ms")?,
            subject: self.subject,
            reason: self.reason,
            words: self.words,
            times: self.times,
        })
    }
}
