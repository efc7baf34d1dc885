//! A person's history: revisions of their terms, letters with what became of them, editions that
//! brought them none. What came back from them, and their receipts, are read elsewhere.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::lists::slug_of;
use super::terms::{TermsRow, terms_of};
use super::{Store, StoreError, batch, instant, to_json, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::slug::Slug;
use crate::domain::subscriber::Terms;
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, ListId, SubscriberId, SubscriptionId};

const REVISIONS: &str = "select b.list_id, t.seq, t.at_ms, t.by_whom, c.name as cadence, t.hour, t.zone, t.language, \
     t.length, t.images, t.interests, t.resume_on, t.text_only from subscription b \
     join terms t on t.subscription_id = b.subscription_id \
     join cadence c on c.cadence_id = t.cadence_id \
     where b.subscriber_id = $1 order by t.at_ms, t.terms_id";
const LETTERS: &str = "select e.list_id, c.name as cadence, e.run, w.planned_ms, d.digest_id, d.state, d.code, d.reply, \
     d.changed_ms from subscription n join edition e on e.list_id = n.list_id \
     join cadence c on c.cadence_id = e.cadence_id \
     join delivery d on d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id \
     join wave w on w.wave_id = d.wave_id \
     where n.subscriber_id = $1 order by w.planned_ms";
const PASSED_OVER: &str = "select e.list_id, c.name as cadence, e.run, w.planned_ms, k.reason \
     from subscription n join edition e on e.list_id = n.list_id \
     join cadence c on c.cadence_id = e.cadence_id \
     join wave w on w.edition_id = e.edition_id \
     join skip k on k.wave_id = w.wave_id and k.subscription_id = n.subscription_id \
     where n.subscriber_id = $1 and not exists (select 1 from delivery d \
      where d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id) \
     order by w.planned_ms";
/// A revision of terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// With which list.
    pub list: ListId,
    /// From 1.
    pub seq: i64,
    /// In force since.
    pub at: Timestamp,
    /// By whom: `admin`, `reader`, `import` …
    pub by: String,
    /// What was agreed.
    pub terms: Terms,
}

/// An edition and what it came to for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Of which list.
    pub list: ListId,
    /// Of which cadence.
    pub cadence: Slug,
    /// Which run.
    pub run: String,
    /// When it was planned.
    pub planned: Timestamp,
    /// The digest of its letter.
    pub digest: Option<DigestId>,
    /// How far its letter is, since when, and the server's words; else why there is none.
    pub outcome: Result<(DeliveryState, Timestamp, String), String>,
}

/// The newest consent of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// When.
    pub at: Timestamp,
    /// By which way.
    pub how: String,
    /// From which network, as it was kept.
    pub network: Option<String>,
    /// What an admin said of it; empty where nothing was.
    pub note: String,
}

#[derive(FromRow)]
struct RevisionRow {
    list_id: i64,
    seq: i64,
    at_ms: i64,
    by_whom: String,
    #[sqlx(flatten)]
    terms: TermsRow,
}

#[derive(FromRow)]
struct LetterRow {
    list_id: i64,
    cadence: String,
    run: String,
    planned_ms: i64,
    digest_id: i64,
    state: String,
    code: i64,
    reply: String,
    changed_ms: i64,
}

#[derive(FromRow)]
struct PassedRow {
    list_id: i64,
    cadence: String,
    run: String,
    planned_ms: i64,
    reason: String,
}

impl Store {
    /// Every revision of a person's terms, oldest first.
    pub async fn revisions_of(
        &self,
        subscriber: SubscriberId,
    ) -> Result<Vec<Revision>, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(REVISIONS)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        let revision = |row: RevisionRow| {
            Ok(Revision {
                list: ListId(row.list_id),
                seq: row.seq,
                at: instant(row.at_ms, "terms.at_ms")?,
                by: row.by_whom,
                terms: terms_of(row.terms)?,
            })
        };
        rows.into_iter().map(revision).collect()
    }

    /// Editions that were planned for a person, or passed them over, oldest first.
    pub async fn issued(&self, subscriber: SubscriberId) -> Result<Vec<Issued>, StoreError> {
        let letters: Vec<LetterRow> = sqlx::query_as(LETTERS)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        let passed: Vec<PassedRow> = sqlx::query_as(PASSED_OVER)
            .bind(subscriber.0)
            .fetch_all(&self.readers)
            .await?;
        let mut issued = Vec::new();
        for row in letters {
            let state = DeliveryState::parse(&row.state);
            let state = state.map_err(|_| unreadable("delivery.state", &row.state))?;
            let since = instant(row.changed_ms, "delivery.changed_ms")?;
            let words = match row.code {
                0 => row.reply,
                code => format!("{code} {}", row.reply),
            };
            issued.push(Issued {
                list: ListId(row.list_id),
                cadence: slug_of(&row.cadence, "cadence.name")?,
                run: row.run,
                planned: instant(row.planned_ms, "wave.planned_ms")?,
                digest: Some(DigestId(row.digest_id)),
                outcome: Ok((state, since, words)),
            });
        }
        for row in passed {
            issued.push(Issued {
                list: ListId(row.list_id),
                cadence: slug_of(&row.cadence, "cadence.name")?,
                run: row.run,
                planned: instant(row.planned_ms, "wave.planned_ms")?,
                digest: None,
                outcome: Err(row.reason),
            });
        }
        issued.sort_by_key(|i| i.planned);
        Ok(issued)
    }

    /// When people last did something about a subscription themselves: signed up, confirmed, came back,
    /// changed their terms.
    pub async fn acted(
        &self,
        subscriptions: &[SubscriptionId],
    ) -> Result<BTreeMap<SubscriptionId, Timestamp>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(batch::ACTED)
            .bind(to_json(&subscriptions, "subscription.subscription_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, ms)| Ok((SubscriptionId(id), instant(ms, "event.at_ms")?));
        rows.into_iter().map(read).collect()
    }

    /// The newest consent that people gave to a list's mail.
    pub async fn agreed(
        &self,
        list: ListId,
        subscribers: &[SubscriberId],
    ) -> Result<BTreeMap<SubscriberId, Agreed>, StoreError> {
        let rows: Vec<(i64, i64, String, Option<String>, String)> = sqlx::query_as(batch::AGREED)
            .bind(to_json(&subscribers, "subscriber.subscriber_id")?)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(id, ms, how, network, note)| {
            let at = instant(ms, "consent.at_ms")?;
            let agreed = Agreed {
                at,
                how,
                network,
                note,
            };
            Ok((SubscriberId(id), agreed))
        };
        rows.into_iter().map(read).collect()
    }
}
