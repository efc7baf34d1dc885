//! Terms: append-only revisions, since a digest names the one it was planned on.
//!
//! The newest revision is in force; its due moves with it, in the same transaction.

use sqlx::{FromRow, SqliteConnection};

use super::lists::{not_found, slug_of};
use super::standing::stop_letters;
use super::{Store, StoreError, from_json, reach, to_json, unreadable};
use crate::domain::due::Due;
use crate::domain::subscriber::{Interests, Length, Standing, Terms};
use crate::domain::time::{Run, Timestamp, WallTime, Zone};
use crate::domain::{CadenceId, SubscriberId, SubscriptionId, TermsId};

const SUBSCRIPTION_ID: &str = "select subscription_id from subscription where subscription_id = $1";
const TERMS_INSERT: &str = "insert into terms \
     (subscription_id, seq, cadence_id, hour, zone, language, length, images, interests, at_ms, by_whom, resume_on, text_only) \
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
     from terms where subscription_id = $1 returning terms_id";
// A due is kept only where mail may go at this instant: whoever left between a caller's read and
// this write stays gone.
const TERMS_POINT: &str = "update subscription set terms_id = $2, \
     due_ms = case when m.may then $3 end, due_run = case when m.may then $4 end, \
     due_cadence_id = case when m.may then $5 end \
     from (select b.standing = 'active' and s.standing = 'active' as may from subscription b \
     join subscriber s on s.subscriber_id = b.subscriber_id where b.subscription_id = $1) m \
     where subscription.subscription_id = $1";
// Revisions are numbered in the order in which they came into force.
const TERMS_AS_OF: &str = "select terms_id from terms where subscription_id = $1 and at_ms <= $2 \
     order by seq desc limit 1";
const PERSON: &str = "select subscriber_id from subscription where subscription_id = $1";
const TERMS: &str = "select c.name as cadence, t.hour, t.zone, t.language, t.length, t.images, t.interests, \
     t.resume_on, t.text_only from terms t join cadence c on c.cadence_id = t.cadence_id where t.terms_id = $1";

#[derive(Clone, FromRow)]
pub(super) struct TermsRow {
    cadence: String,
    hour: Option<String>,
    zone: String,
    language: String,
    length: String,
    images: i64,
    interests: String,
    resume_on: Option<String>,
    text_only: i64,
}

impl Store {
    /// The next revision of a subscription's terms, in force at once. `due` is kept only if the
    /// subscription and its person are active.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn terms_revise(
        &self,
        id: SubscriptionId,
        terms: &Terms,
        cadence: CadenceId,
        due: Option<Due>,
        by: &str,
        now: Timestamp,
    ) -> Result<TermsId, StoreError> {
        let mut tx = self.write().await?;
        let known: Option<i64> = sqlx::query_scalar(SUBSCRIPTION_ID)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        known.ok_or_else(|| not_found("subscription", id))?;
        let terms = terms_append(&mut tx, id, terms, cadence, due, by, now).await?;
        tx.commit().await?;
        Ok(terms)
    }

    /// One revision of terms, as a digest names it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn terms(&self, id: TermsId) -> Result<Terms, StoreError> {
        let row: Option<TermsRow> = sqlx::query_as(TERMS)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        terms_of(row.ok_or_else(|| not_found("revision of terms", id))?)
    }
}

impl Store {
    /// The revision of a subscription's terms that was in force at an instant.
    pub async fn terms_as_of(
        &self,
        id: SubscriptionId,
        at: Timestamp,
    ) -> Result<Option<TermsId>, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(TERMS_AS_OF)
            .bind(id.0)
            .bind(at.as_millisecond())
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.map(TermsId))
    }
}

/// Appends a revision, points the subscription at it and moves its due.
pub(super) async fn terms_append(
    connection: &mut SqliteConnection,
    id: SubscriptionId,
    terms: &Terms,
    cadence: CadenceId,
    due: Option<Due>,
    by: &str,
    now: Timestamp,
) -> Result<TermsId, StoreError> {
    let terms_id: i64 = sqlx::query_scalar(TERMS_INSERT)
        .bind(id.0)
        .bind(cadence.0)
        .bind(terms.hour.map(|hour| hour.to_string()))
        .bind(terms.zone.name())
        .bind(&terms.language)
        .bind(terms.length.as_str())
        .bind(i64::from(terms.images))
        .bind(interests(terms)?)
        .bind(now.as_millisecond())
        .bind(by)
        .bind(terms.resume_on.map(|day| day.to_string()))
        .bind(i64::from(terms.text_only))
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query(TERMS_POINT)
        .bind(id.0)
        .bind(terms_id)
        .bind(due.map(|d| d.at.as_millisecond()))
        .bind(due.map(|d| d.run.to_string()))
        .bind(due.map(|d| d.cadence.0))
        .execute(&mut *connection)
        .await?;
    if terms.paused_through().is_some_and(|through| through >= now) {
        let person: i64 = sqlx::query_scalar(PERSON)
            .bind(id.0)
            .fetch_one(&mut *connection)
            .await?;
        // A letter that is planned and has not left is none that a pause may bring.
        let paused = Standing::Paused;
        stop_letters(connection, SubscriberId(person), Some(id), paused, now).await?;
        reach::paused(connection, id, now).await?;
    }
    Ok(TermsId(terms_id))
}

/// The JSON text of what selection reads.
pub(super) fn interests(terms: &Terms) -> Result<String, StoreError> {
    let interests = Interests {
        topics: terms.topics.clone(),
        places: terms.places.clone(),
    };
    to_json(&interests, "terms.interests")
}

pub(super) fn terms_of(row: TermsRow) -> Result<Terms, StoreError> {
    let hour = row
        .hour
        .map(|hour| WallTime::parse(&hour).map_err(|_| unreadable("terms.hour", hour)));
    let resume_on = row
        .resume_on
        .map(|day| Run::parse_date(&day).map_err(|_| unreadable("terms.resume_on", day)));
    let Interests { topics, places } = from_json(&row.interests, "terms.interests")?;
    Ok(Terms {
        cadence: slug_of(&row.cadence, "cadence.name")?,
        hour: hour.transpose()?,
        zone: Zone::stored(&row.zone),
        language: row.language,
        length: Length::parse(&row.length).map_err(|_| unreadable("terms.length", row.length))?,
        images: row.images != 0,
        text_only: row.text_only != 0,
        topics,
        places,
        resume_on: resume_on.transpose()?,
    })
}
