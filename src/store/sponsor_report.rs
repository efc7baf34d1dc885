//! What a sponsor's placements came to, in rows of those that are alike.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::{Store, StoreError, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::{EditionId, FlightId, SponsorId};
use crate::sponsors::report::{Beside, Sends};

/// A takeover that fills every slot of a letter is one send, and stands where it stands first.
const SENDS: &str = "select p.flight_id, substr(e.run, 1, 10) as day, p.slot, c.size, d.state, d.code, \
     case when d.code > 0 then '' else d.reply end as words, count(*) as sends \
     from flight f join placement p on p.flight_id = f.flight_id \
     join creative c on c.creative_id = p.creative_id \
     join delivery d on d.digest_id = p.digest_id join edition e on e.edition_id = d.edition_id \
     where f.sponsor_id = $1 and substr(e.run, 1, 10) between $2 and $3 \
     and p.slot = (select min(q.slot) from placement q \
      where q.digest_id = p.digest_id and q.flight_id = p.flight_id) \
     group by p.flight_id, substr(e.run, 1, 10), p.slot, c.size, d.state, d.code, words \
     order by p.flight_id, substr(e.run, 1, 10), p.slot, c.size, d.state, d.code, words";
const BESIDE: &str = "select s.flight_id, coalesce(t.name, s.slug) as topic, count(*) as letters from ( \
      select distinct p.flight_id, p.digest_id, coalesce(json_extract(k.value, '$.section.topic'), \
       json_extract(k.value, '$.reason.topic')) as slug \
      from flight f join placement p on p.flight_id = f.flight_id \
      join delivery d on d.digest_id = p.digest_id and d.state = 'accepted' \
      join edition e on e.edition_id = d.edition_id \
      join digest g on g.digest_id = p.digest_id, json_each(g.picks) k \
      where f.sponsor_id = $1 and substr(e.run, 1, 10) between $2 and $3) s \
     left join topic t on t.slug = s.slug where s.slug is not null \
     group by s.flight_id, s.slug order by s.flight_id, letters desc, s.slug";

const PLACED: &str = "select p.flight_id, count(distinct p.digest_id) from delivery d \
     join placement p on p.digest_id = d.digest_id where d.edition_id = $1 group by p.flight_id";

#[derive(FromRow)]
struct SendsRow {
    flight_id: i64,
    day: String,
    slot: String,
    size: String,
    state: String,
    code: i64,
    words: String,
    sends: i64,
}

#[derive(FromRow)]
struct BesideRow {
    flight_id: i64,
    topic: String,
    letters: i64,
}

impl Store {
    /// In how many letters of an edition each flight stands, whatever became of them.
    pub async fn edition_placements(
        &self,
        edition: EditionId,
    ) -> Result<BTreeMap<FlightId, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(PLACED)
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(|(id, n)| (FlightId(id), n)).collect())
    }

    /// A sponsor's placements whose run's day is within two (`2026-12-01`), both counted, and the topics
    /// of the delivered letters that they stood in. One snapshot.
    pub async fn sponsor_sends(
        &self,
        sponsor: SponsorId,
        (from, to): (&str, &str),
    ) -> Result<(Vec<Sends>, Vec<Beside>), StoreError> {
        let mut tx = self.readers.begin().await?;
        let sends: Vec<SendsRow> = sqlx::query_as(SENDS)
            .bind(sponsor.0)
            .bind(from)
            .bind(to)
            .fetch_all(&mut *tx)
            .await?;
        let beside: Vec<BesideRow> = sqlx::query_as(BESIDE)
            .bind(sponsor.0)
            .bind(from)
            .bind(to)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        let beside = beside.into_iter().map(|row| Beside {
            flight: FlightId(row.flight_id),
            topic: row.topic,
            letters: row.letters,
        });
        let sends: Result<Vec<Sends>, StoreError> = sends.into_iter().map(read).collect();
        Ok((sends?, beside.collect()))
    }
}

fn read(row: SendsRow) -> Result<Sends, StoreError> {
    Ok(Sends {
        flight: FlightId(row.flight_id),
        day: row.day,
        slot: Slot::parse(&row.slot).map_err(|_| unreadable("placement.slot", &row.slot))?,
        size: CreativeSize::parse(&row.size).map_err(|_| unreadable("creative.size", &row.size))?,
        state: DeliveryState::parse(&row.state)
            .map_err(|_| unreadable("delivery.state", &row.state))?,
        code: row.code,
        words: row.words,
        sends: row.sends,
    })
}
