//! What a person decides about single letters: one that asks is let go or given up, one that was
//! refused is tried again, one in doubt is settled by what a relay's log says.
//!
//! A letter that a sender has in its hands is nobody else's, and is not touched here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::account::{DROPPED_MEMORY, DeliveryRow};
use super::memory::unpack;
use super::{Store, StoreError, from_json, unreadable};
use crate::domain::delivery::{Delivery, GIVE_UP_MS, Reopening};
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, SubscriberId};

const DELIVERY: &str = "select edition_id, subscriber_id, subscription_id, wave_id, digest_id, address_hash, \
     state, held, attempt, not_before_ms, code, reply, changed_ms, sha256 from delivery \
     where edition_id = $1 and subscriber_id = $2";
const RELEASE: &str = "update delivery set held = null, changed_ms = $3 \
     where edition_id = $1 and subscriber_id = $2 and held is not null \
     and state in ('planned', 'deferred')";
const RELEASE_DOUBT: &str = "update delivery set state = 'deferred', \
     sha256 = case when held in ('other_bytes', 'withdrawn') then null else sha256 end, held = null, \
     not_before_ms = $3, changed_ms = $3 \
     where edition_id = $1 and subscriber_id = $2 and held is not null and state = 'uncertain' \
     and not (held = 'withdrawn' and exists (select 1 from digest g join json_each(g.picks) p \
      join article a on a.article_id = json_extract(p.value, '$.article') \
      where g.digest_id = delivery.digest_id and a.withdrawn_ms is not null)) \
     and exists (select 1 from edition e where e.edition_id = $1 and e.state <> 'cancelled')";
const DROP: &str = "update delivery set state = 'withheld', held = null, code = 0, \
     reply = 'dropped by an operator', changed_ms = $3 \
     where edition_id = $1 and subscriber_id = $2 \
     and state in ('planned', 'deferred') and sha256 is null";
const DROP_DOUBT: &str = "update delivery set state = 'uncertain', held = null, \
     reply = 'in doubt when an operator dropped it', changed_ms = $3 \
     where edition_id = $1 and subscriber_id = $2 \
     and state in ('planned', 'deferred') and sha256 is not null";
const DROP_HELD: &str = "update delivery set held = null, changed_ms = $3 \
     where edition_id = $1 and subscriber_id = $2 and held is not null and state = 'uncertain'";
// $1 edition, $2 subscriber or 0, $3 and $4 the codes, $5 now, $6 the list's lead.
const REOPENABLE: &str = "select d.subscriber_id, d.subscription_id, g.picks, case \
     when e.state = 'cancelled' then 'cancelled' \
     when d.reply = 'overtaken by the next digest' then 'overtaken' \
     when exists (select 1 from json_each(g.picks) p join article a \
      on a.article_id = json_extract(p.value, '$.article') where a.withdrawn_ms is not null) then 'withdrawn' \
     when exists (select 1 from edition e2 \
      join delivery d2 on d2.edition_id = e2.edition_id and d2.subscriber_id = d.subscriber_id \
      join wave w2 on w2.wave_id = d2.wave_id \
      where e2.list_id = e.list_id and e2.edition_id <> e.edition_id \
      and (w2.due_ms > w.due_ms or d2.digest_id > d.digest_id)) then 'later_planned' \
     when n.standing <> 'active' or s.standing <> 'active' then 'not_active' \
     when n.due_ms - $6 <= $5 then 'next_too_near' \
     else 'reopened' end \
     from delivery d join edition e on e.edition_id = d.edition_id \
     join digest g on g.digest_id = d.digest_id join wave w on w.wave_id = d.wave_id \
     join subscription n on n.subscription_id = d.subscription_id \
     join subscriber s on s.subscriber_id = d.subscriber_id \
     where d.edition_id = $1 and d.state = 'refused' and ($2 = 0 or d.subscriber_id = $2) \
     and d.code between $3 and $4 order by d.subscriber_id";
// Every text of the stories that these articles ($1) tell.
const TOLD: &str = "select j.value, r.revision_id from json_each($1) j \
     join article a on a.article_id = j.value join article b on b.story_id = a.story_id \
     join article_revision r on r.article_id = b.article_id";
// What the edition's list, and those that share a memory with it, sent the persons of these
// subscriptions ($2) in other editions than this one ($1).
const ELSEWHERE: &str = "select n.subscription_id, m.edition_id, m.planned_ms, m.revisions \
     from edition e cross join json_each($2) s \
     cross join subscription n on n.subscription_id = s.value \
     cross join subscription t on t.subscriber_id = n.subscriber_id and (t.list_id = e.list_id or ( \
      exists (select 1 from list_setting l where l.list_id = e.list_id \
       and l.key = 'memory' and l.value = 'shared') \
      and exists (select 1 from list_setting l where l.list_id = t.list_id \
       and l.key = 'memory' and l.value = 'shared'))) \
     cross join edition o on o.list_id = t.list_id and o.edition_id <> e.edition_id \
     cross join memory m on m.edition_id = o.edition_id and m.subscription_id = t.subscription_id \
     where e.edition_id = $1 and m.returned_ms is null";
// The letter is its old self: same digest, same bytes, and a retry like a first try. The next digest
// would overtake it, so that one's cut-off is the end of trying.
const REOPEN: &str = "update delivery set state = 'planned', held = null, attempt = 0, \
     not_before_ms = $3, deadline_ms = case when n.due_ms - $4 < $5 then n.due_ms - $4 else $5 end, \
     started_ms = null, sha256 = null, renderer = null, code = 0, \
     reply = 'to be tried again; it was refused: ' || delivery.code || ' ' || delivery.reply, \
     changed_ms = $3 from subscription n \
     where n.subscription_id = delivery.subscription_id and delivery.edition_id = $1 \
     and delivery.subscriber_id in (select value from json_each($2)) and delivery.state = 'refused'";
const REOPENED_MEMORY: &str = "update memory set returned_ms = null \
     where edition_id = $1 and subscription_id in (select d.subscription_id from delivery d \
      where d.edition_id = $1 and d.subscriber_id in (select value from json_each($2)))";

/// Refused letters that are to be tried again.
#[derive(Clone, Copy, Debug)]
pub struct Reopen {
    /// Of which edition.
    pub edition: EditionId,
    /// Of one person, or of all.
    pub subscriber: Option<SubscriberId>,
    /// The server's code was in this span; 0 is a refusal of our own.
    pub codes: (i64, i64),
    /// The list's lead: a next digest is cut off that long before it is due, milliseconds.
    pub lead_ms: i64,
}

impl Store {
    /// One ledger row.
    pub async fn delivery(
        &self,
        edition: EditionId,
        subscriber: SubscriberId,
    ) -> Result<Option<Delivery>, StoreError> {
        let row: Option<DeliveryRow> = sqlx::query_as(DELIVERY)
            .bind(edition.0)
            .bind(subscriber.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(DeliveryRow::read).transpose()
    }

    /// Lets one letter go that asks: an unsent one may leave, one in doubt is sent again. `false`
    /// if it asks nothing.
    pub async fn release_one(
        &self,
        edition: EditionId,
        subscriber: SubscriberId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = [RELEASE, RELEASE_DOUBT];
        self.one(edition, subscriber, &done, now).await
    }

    /// Gives one letter up that asks, waits for its time or for another try: withheld, its stories
    /// back; one in doubt stays uncertain and asks no more. `false` if it does nothing of that.
    pub async fn drop_one(
        &self,
        edition: EditionId,
        subscriber: SubscriberId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = [DROP_HELD, DROP_DOUBT, DROP];
        self.one(edition, subscriber, &done, now).await
    }

    async fn one(
        &self,
        edition: EditionId,
        subscriber: SubscriberId,
        statements: &[&'static str],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let mut changed = 0;
        for statement in statements {
            let query = sqlx::query(*statement).bind(edition.0).bind(subscriber.0);
            let done = query.bind(now.as_millisecond()).execute(&mut *tx).await?;
            changed += done.rows_affected();
        }
        let memory = sqlx::query(DROPPED_MEMORY).bind(edition.0);
        memory.bind(now.as_millisecond()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// What [`Store::reopen`] would do with each of these refused letters. Changes nothing.
    pub async fn reopenable(
        &self,
        which: &Reopen,
        now: Timestamp,
    ) -> Result<Vec<(SubscriberId, Reopening)>, StoreError> {
        let mut tx = self.readers.begin().await?;
        judged(&mut tx, which, now).await
    }

    /// Tries refused letters again, in one write: each is planned anew with its first digest, its
    /// stories count as held by it, and it is given up at its subscription's next cut-off, at the
    /// latest after 72 hours. What cannot be reopened is named and left as it is.
    pub async fn reopen(
        &self,
        which: &Reopen,
        now: Timestamp,
    ) -> Result<Vec<(SubscriberId, Reopening)>, StoreError> {
        let mut tx = self.write().await?;
        let judged = judged(&mut tx, which, now).await?;
        let reopened = judged.iter().filter(|(_, r)| *r == Reopening::Reopened);
        let reopened: Vec<SubscriberId> = reopened.map(|(s, _)| *s).collect();
        let (ms, people) = (now.as_millisecond(), json!(reopened).to_string());
        sqlx::query(REOPEN)
            .bind(which.edition.0)
            .bind(&people)
            .bind(ms)
            .bind(which.lead_ms)
            .bind(ms + GIVE_UP_MS)
            .execute(&mut *tx)
            .await?;
        sqlx::query(REOPENED_MEMORY)
            .bind(which.edition.0)
            .bind(&people)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(judged)
    }
}

async fn judged(
    tx: &mut sqlx::SqliteConnection,
    which: &Reopen,
    now: Timestamp,
) -> Result<Vec<(SubscriberId, Reopening)>, StoreError> {
    let rows: Vec<(i64, i64, String, String)> = sqlx::query_as(REOPENABLE)
        .bind(which.edition.0)
        .bind(which.subscriber.map_or(0, |s| s.0))
        .bind(which.codes.0)
        .bind(which.codes.1)
        .bind(now.as_millisecond())
        .bind(which.lead_ms)
        .fetch_all(&mut *tx)
        .await?;
    let mut judged = Vec::new();
    let mut open = BTreeMap::new();
    for (subscriber, subscription, picks, word) in rows {
        let reopening = Reopening::parse(&word).map_err(|_| unreadable("reopening", &word))?;
        if reopening == Reopening::Reopened {
            let picks: Vec<Pick> = from_json(&picks, "digest.picks")?;
            // What came back as an update was sent before, and may be.
            let first = picks.iter().filter(|p| !p.update);
            let articles = first.map(|p| p.article.0).collect();
            open.insert(subscription, articles);
        }
        judged.push((subscriber, subscription, reopening));
    }
    let told = told_elsewhere(tx, which.edition, &open).await?;
    let read = |(subscriber, subscription, reopening)| match told.contains(&subscription) {
        true => (SubscriberId(subscriber), Reopening::SentElsewhere),
        false => (SubscriberId(subscriber), reopening),
    };
    Ok(judged.into_iter().map(read).collect())
}

/// Of these subscriptions, with the articles of their digests, those that another edition told one of
/// the stories meanwhile.
async fn told_elsewhere(
    tx: &mut sqlx::SqliteConnection,
    edition: EditionId,
    digests: &BTreeMap<i64, Vec<i64>>,
) -> Result<BTreeSet<i64>, StoreError> {
    let articles: BTreeSet<&i64> = digests.values().flatten().collect();
    let texts: Vec<(i64, i64)> = sqlx::query_as(TOLD)
        .bind(json!(articles).to_string())
        .fetch_all(&mut *tx)
        .await?;
    let subscriptions: Vec<&i64> = digests.keys().collect();
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(ELSEWHERE)
        .bind(edition.0)
        .bind(json!(subscriptions).to_string())
        .fetch_all(tx)
        .await?;
    let mut by_text: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (article, text) in texts {
        by_text.entry(text).or_default().push(article);
    }
    let mut told = BTreeSet::new();
    for (subscription, edition, at_ms, revisions) in rows {
        let mut sent = Vec::new();
        unpack(&revisions, EditionId(edition), at_ms, &mut sent)?;
        let mut known = sent
            .iter()
            .filter_map(|s| by_text.get(&s.revision.0))
            .flatten();
        let articles = digests.get(&subscription).map_or(&[][..], Vec::as_slice);
        if known.any(|article| articles.contains(article)) {
            told.insert(subscription);
        }
    }
    Ok(told)
}
