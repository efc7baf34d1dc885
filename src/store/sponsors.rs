//! Sponsors, their flights and creatives, and what a flight's placements came to.

use std::collections::{BTreeMap, HashMap};

use super::{Store, StoreError, exists, from_json, instant, to_json, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::safety::SafetyProfile;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{
    Creative, CreativeSize, Flight, FlightLedger, FlightState, Slot, Sponsor,
};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{CreativeId, FlightId, ListId, SponsorId};

const SPONSOR_INSERT: &str =
    "insert into sponsor (slug, name, created_ms) values ($1, $2, $3) returning sponsor_id";
const SPONSORS: &str = "select sponsor_id, slug, name from sponsor order by slug";
const SPONSOR: &str = "select sponsor_id, slug, name from sponsor where slug = $1";
const FLIGHT_INSERT: &str = "insert into flight (sponsor_id, list_id, slug, booked, starts_ms, \
     ends_ms, slots, beside, avoid, safety, state, created_ms) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning flight_id";
const FLIGHTS: &str = "select f.flight_id, f.sponsor_id, s.name as sponsor_name, f.list_id, \
     f.slug, f.booked, f.starts_ms, f.ends_ms, f.slots, f.beside, f.avoid, f.safety, f.state \
     from flight f join sponsor s on s.sponsor_id = f.sponsor_id \
     where ($1 is null or f.list_id = $1) order by f.flight_id";
const FLIGHT_CREATIVES: &str = "select c.creative_id, c.flight_id, c.size, c.headline, c.text, \
     c.url from creative c join flight f on f.flight_id = c.flight_id \
     where c.retired_ms is null and ($1 is null or f.list_id = $1) order by c.creative_id";
const FLIGHT_SENDS: &str = "select p.flight_id, d.state, count(*) as sends from placement p \
     join delivery d on d.digest_id = p.digest_id join flight f on f.flight_id = p.flight_id \
     where ($1 is null or f.list_id = $1) group by p.flight_id, d.state";
const CREATIVE_INSERT: &str = "insert into creative (flight_id, size, headline, text, url, \
     created_ms) values ($1, $2, $3, $4, $5, $6) returning creative_id";
const CREATIVES: &str = "select creative_id, flight_id, size, headline, text, url from creative \
     where creative_id in (select value from json_each($1))";

/// A flight before it has a row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFlight {
    /// Who pays.
    pub sponsor: SponsorId,
    /// In which list.
    pub list: ListId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// Delivered sends booked, at least 1.
    pub booked: i64,
    /// First instant it may run.
    pub starts_at: Timestamp,
    /// First instant it may no longer run; after `starts_at`.
    pub ends_at: Timestamp,
    /// Slots it may take.
    pub slots: Vec<Slot>,
    /// Topics it wants to stand by; empty for any.
    pub beside: Vec<Slug>,
    /// Topics or category words to keep away from, lower-case.
    pub avoid: Vec<String>,
    /// Which stories it does not want to stand beside, by their risks.
    pub safety: SafetyProfile,
    /// Whether it runs.
    pub state: FlightState,
}

/// A creative before it has a row; `check_creative` has seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCreative {
    /// Whose.
    pub flight: FlightId,
    /// Its size.
    pub size: CreativeSize,
    /// A line above the text.
    pub headline: Option<String>,
    /// The text.
    pub text: String,
    /// https link.
    pub url: String,
}

#[derive(sqlx::FromRow)]
struct SponsorRow {
    sponsor_id: i64,
    slug: String,
    name: String,
}

impl SponsorRow {
    fn sponsor(self) -> Result<Sponsor, StoreError> {
        Ok(Sponsor {
            id: SponsorId(self.sponsor_id),
            slug: Slug::parse(&self.slug).map_err(|_| unreadable("sponsor.slug", &self.slug))?,
            name: self.name,
        })
    }
}

#[derive(sqlx::FromRow)]
struct FlightRow {
    flight_id: i64,
    sponsor_id: i64,
    sponsor_name: String,
    list_id: i64,
    slug: String,
    booked: i64,
    starts_ms: i64,
    ends_ms: i64,
    slots: String,
    beside: String,
    avoid: String,
    safety: Option<String>,
    state: String,
}

impl FlightRow {
    fn flight(self, creatives: Vec<Creative>, ledger: FlightLedger) -> Result<Flight, StoreError> {
        Ok(Flight {
            id: FlightId(self.flight_id),
            sponsor: SponsorId(self.sponsor_id),
            sponsor_name: self.sponsor_name,
            list: ListId(self.list_id),
            slug: Slug::parse(&self.slug).map_err(|_| unreadable("flight.slug", &self.slug))?,
            booked: self.booked,
            starts_at: instant(self.starts_ms, "flight.starts_ms")?,
            ends_at: instant(self.ends_ms, "flight.ends_ms")?,
            slots: from_json(&self.slots, "flight.slots")?,
            beside: from_json(&self.beside, "flight.beside")?,
            avoid: from_json(&self.avoid, "flight.avoid")?,
            safety: match &self.safety {
                Some(text) => from_json(text, "flight.safety")?,
                None => SafetyProfile::default(),
            },
            state: FlightState::parse(&self.state)
                .map_err(|_| unreadable("flight.state", &self.state))?,
            creatives,
            ledger,
        })
    }
}

#[derive(sqlx::FromRow)]
struct CreativeRow {
    creative_id: i64,
    flight_id: i64,
    size: String,
    headline: Option<String>,
    text: String,
    url: String,
}

impl CreativeRow {
    fn creative(self) -> Result<Creative, StoreError> {
        Ok(Creative {
            id: CreativeId(self.creative_id),
            flight: FlightId(self.flight_id),
            size: CreativeSize::parse(&self.size)
                .map_err(|_| unreadable("creative.size", &self.size))?,
            headline: self.headline,
            text: self.text,
            url: self.url,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SendsRow {
    flight_id: i64,
    state: String,
    sends: i64,
}

impl Store {
    /// Adds a sponsor.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the slug is taken.
    pub async fn sponsor_add(
        &self,
        slug: &Slug,
        name: &str,
        now: Timestamp,
    ) -> Result<SponsorId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(SPONSOR_INSERT)
            .bind(slug.as_str())
            .bind(name)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "sponsor", slug))?;
        tx.commit().await?;
        Ok(SponsorId(id))
    }

    /// A sponsor by its slug.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn sponsor(&self, slug: &Slug) -> Result<Sponsor, StoreError> {
        let row: Option<SponsorRow> = sqlx::query_as(SPONSOR)
            .bind(slug.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let row = row.ok_or_else(|| StoreError::NotFound {
            what: "sponsor",
            name: slug.to_string(),
        })?;
        row.sponsor()
    }

    /// Every sponsor, by slug.
    pub async fn sponsors(&self) -> Result<Vec<Sponsor>, StoreError> {
        let rows: Vec<SponsorRow> = sqlx::query_as(SPONSORS).fetch_all(&self.readers).await?;
        rows.into_iter().map(SponsorRow::sponsor).collect()
    }

    /// Adds a flight.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the sponsor has one of that slug.
    pub async fn flight_add(
        &self,
        new: &NewFlight,
        now: Timestamp,
    ) -> Result<FlightId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(FLIGHT_INSERT)
            .bind(new.sponsor.0)
            .bind(new.list.0)
            .bind(new.slug.as_str())
            .bind(new.booked)
            .bind(to_ms(new.starts_at))
            .bind(to_ms(new.ends_at))
            .bind(to_json(&new.slots, "flight.slots")?)
            .bind(to_json(&new.beside, "flight.beside")?)
            .bind(to_json(&new.avoid, "flight.avoid")?)
            .bind(to_json(&new.safety, "flight.safety")?)
            .bind(new.state.as_str())
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "flight", &new.slug))?;
        tx.commit().await?;
        Ok(FlightId(id))
    }

    /// Every flight, or those of a list, by id: with its creatives that are not retired, smallest
    /// first, and what its placements came to. One snapshot.
    pub async fn flights(&self, list: Option<ListId>) -> Result<Vec<Flight>, StoreError> {
        let list = list.map(|l| l.0);
        let mut tx = self.readers.begin().await?;
        let flights: Vec<FlightRow> = sqlx::query_as(FLIGHTS)
            .bind(list)
            .fetch_all(&mut *tx)
            .await?;
        let creatives: Vec<CreativeRow> = sqlx::query_as(FLIGHT_CREATIVES)
            .bind(list)
            .fetch_all(&mut *tx)
            .await?;
        let sends: Vec<SendsRow> = sqlx::query_as(FLIGHT_SENDS)
            .bind(list)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        let mut by_flight: HashMap<i64, Vec<Creative>> = HashMap::new();
        for row in creatives {
            let of = by_flight.entry(row.flight_id).or_default();
            of.push(row.creative()?);
        }
        let mut ledgers = ledgers(sends)?;
        let join = |row: FlightRow| {
            let mut creatives = by_flight.remove(&row.flight_id).unwrap_or_default();
            creatives.sort_by_key(|c| (c.size, c.id));
            let ledger = ledgers.remove(&row.flight_id).unwrap_or_default();
            row.flight(creatives, ledger)
        };
        flights.into_iter().map(join).collect()
    }

    /// Adds a creative. None is retired by it.
    pub async fn creative_add(
        &self,
        new: &NewCreative,
        now: Timestamp,
    ) -> Result<CreativeId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(CREATIVE_INSERT)
            .bind(new.flight.0)
            .bind(new.size.as_str())
            .bind(&new.headline)
            .bind(&new.text)
            .bind(&new.url)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(CreativeId(id))
    }

    /// Creatives by id, retired ones too. One that is not stored is left out.
    pub async fn creatives(
        &self,
        ids: &[CreativeId],
    ) -> Result<BTreeMap<CreativeId, Creative>, StoreError> {
        let rows: Vec<CreativeRow> = sqlx::query_as(CREATIVES)
            .bind(to_json(&ids, "creative.creative_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: CreativeRow| Ok((CreativeId(row.creative_id), row.creative()?));
        rows.into_iter().map(read).collect()
    }
}

fn ledgers(rows: Vec<SendsRow>) -> Result<HashMap<i64, FlightLedger>, StoreError> {
    let mut ledgers: HashMap<i64, FlightLedger> = HashMap::new();
    for row in rows {
        let state = DeliveryState::parse(&row.state)
            .map_err(|_| unreadable("delivery.state", &row.state))?;
        let ledger = ledgers.entry(row.flight_id).or_default();
        match state {
            DeliveryState::Planned | DeliveryState::Leased | DeliveryState::Deferred => {
                ledger.reserved += row.sends;
            }
            DeliveryState::Started | DeliveryState::Uncertain => ledger.committed += row.sends,
            DeliveryState::Accepted => ledger.delivered += row.sends,
            DeliveryState::Refused | DeliveryState::Withheld => {}
        }
    }
    Ok(ledgers)
}
