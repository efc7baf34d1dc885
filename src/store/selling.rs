//! What selling asks: what a list's readers declare, how many digests its editions had, and what is owed
//! for what was delivered.

use super::{Store, StoreError, from_json, unreadable};
use crate::domain::slug::Slug;
use crate::domain::targeting::Declaration;
use crate::domain::time::{Date, Timestamp, to_ms};
use crate::domain::{FlightId, ListId};
use crate::sponsors::invoice::Billed;

const DECLARED: &str = "select c.name as cadence, t.language, t.interests, count(*) as readers \
     from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
     join terms t on t.terms_id = n.terms_id join cadence c on c.cadence_id = t.cadence_id \
     where n.list_id = $1 and n.standing = 'active' and s.standing = 'active' \
     group by c.name, t.language, t.interests order by c.name, t.language, t.interests";
const EDITIONS: &str = "select c.name as cadence, substr(e.run, 1, 10) as day, count(*) as digests \
     from edition e join cadence c on c.cadence_id = e.cadence_id \
     join delivery d on d.edition_id = e.edition_id \
     where e.list_id = $1 and substr(e.run, 1, 10) >= $2 and substr(e.run, 1, 10) < $3 \
     group by e.edition_id order by day, e.edition_id";
/// A letter with several slots of a flight is one send.
const BILLED: &str = "select p.flight_id, \
     count(distinct case when d.state = 'accepted' and d.changed_ms < $3 then p.digest_id end) \
      as delivered, \
     count(distinct case when d.state = 'accepted' and d.changed_ms >= $3 then p.digest_id end) \
      as pending, \
     count(distinct case when d.state in ('refused', 'withheld') then p.digest_id end) as returned \
     from placement p join delivery d on d.digest_id = p.digest_id \
     join edition e on e.edition_id = d.edition_id \
     where substr(e.run, 1, 10) between $1 and $2 group by p.flight_id order by p.flight_id";

#[derive(sqlx::FromRow)]
struct DeclaredRow {
    cadence: String,
    language: String,
    interests: String,
    readers: i64,
}

#[derive(sqlx::FromRow)]
struct BilledRow {
    flight_id: i64,
    delivered: i64,
    pending: i64,
    returned: i64,
}

impl Store {
    /// What the active subscriptions of a list declare, those that are alike counted.
    pub async fn declarations(&self, list: ListId) -> Result<Vec<Declaration>, StoreError> {
        let rows: Vec<DeclaredRow> = sqlx::query_as(DECLARED)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: DeclaredRow| {
            Ok(Declaration {
                cadence: slug(&row.cadence)?,
                language: row.language,
                interests: from_json(&row.interests, "terms.interests")?,
                readers: row.readers,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// How many digests the editions of a list had, from one day on and before another: cadence, day of
    /// the run, digests; the oldest first.
    pub async fn digests_of_editions(
        &self,
        list: ListId,
        (from, before): (Date, Date),
    ) -> Result<Vec<(Slug, Date, i64)>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(EDITIONS)
            .bind(list.0)
            .bind(from.to_string())
            .bind(before.to_string())
            .fetch_all(&self.readers)
            .await?;
        let read = |(cadence, day, digests): (String, String, i64)| {
            let date = day.parse().map_err(|_| unreadable("edition.run", &day))?;
            Ok((slug(&cadence)?, date, digests))
        };
        rows.into_iter().map(read).collect()
    }

    /// What became of flights' sends in the runs of some days, first and last. Accepted before
    /// `settled` they are delivered for good, else still pending.
    pub async fn billed(
        &self,
        (from, to): (&str, &str),
        settled: Timestamp,
    ) -> Result<Vec<Billed>, StoreError> {
        let rows: Vec<BilledRow> = sqlx::query_as(BILLED)
            .bind(from)
            .bind(to)
            .bind(to_ms(settled))
            .fetch_all(&self.readers)
            .await?;
        let read = |row: BilledRow| Billed {
            flight: FlightId(row.flight_id),
            delivered: row.delivered,
            pending: row.pending,
            returned: row.returned,
        };
        Ok(rows.into_iter().map(read).collect())
    }
}

fn slug(text: &str) -> Result<Slug, StoreError> {
    Slug::parse(text).map_err(|_| unreadable("cadence.name", text))
}
