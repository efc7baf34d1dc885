//! Flights: bookings written and read, with what their placements came to.

use std::collections::HashMap;

use sqlx::sqlite::SqliteArguments;

use super::sponsors::CreativeRow;
use super::{Store, StoreError, exists, from_json, instant, instant_or_none, to_json, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::flight::{Flight, FlightLedger, FlightState, NewFlight, Pacing, Tier};
use crate::domain::goal::{Cap, Goal};
use crate::domain::money::{Micros, Price};
use crate::domain::slug::Slug;
use crate::domain::sponsor::Creative;
use crate::domain::time::{Timestamp, Zone, to_ms};
use crate::domain::{CampaignId, FlightId, ListId, SponsorId};

const FLIGHT_INSERT: &str = "insert into flight (sponsor_id, list_id, slug, campaign_id, booked, \
     starts_ms, ends_ms, slots, beside, avoid, safety, state, tier, goal, share, fills_all, pacing, \
     cap_sends, cap_days, targeting, gate, price_unit, price_micros, zone, hold_until_ms, gambling, \
     makes_good, created_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
     $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) returning flight_id";
/// What a share or every digest was booked for so far stays.
const FLIGHT_UPDATE: &str = "update flight set campaign_id = $4, \
     booked = case $14 when 'sends' then $5 else booked end, starts_ms = $6, ends_ms = $7, \
     slots = $8, beside = $9, avoid = $10, safety = $11, state = $12, tier = $13, goal = $14, \
     share = $15, fills_all = $16, pacing = $17, cap_sends = $18, cap_days = $19, targeting = $20, \
     gate = $21, price_unit = $22, price_micros = $23, zone = $24, hold_until_ms = $25, \
     gambling = $26, makes_good = $27 where sponsor_id = $1 and list_id = $2 and slug = $3 \
     returning flight_id";
const FLIGHT_STATE: &str = "update flight set state = $3, hold_until_ms = null \
     where flight_id = $1 and state = $2";
const FIRST_CAMPAIGN: &str = "insert into campaign (sponsor_id, slug, currency, created_ms) \
     select $1, 'first', 'XXX', $2 where not exists (select 1 from campaign where sponsor_id = $1)";
const OWN_CAMPAIGN: &str = "select min(campaign_id) from campaign where sponsor_id = $1";
const FLIGHTS: &str = "select f.flight_id, f.sponsor_id, s.name as sponsor_name, f.list_id, f.slug, \
     f.campaign_id, f.booked, f.starts_ms, f.ends_ms, f.slots, f.beside, f.avoid, f.safety, f.state, \
     f.tier, f.goal, f.share, f.fills_all, f.pacing, f.cap_sends, f.cap_days, f.targeting, f.gate, \
     f.price_unit, f.price_micros, f.zone, f.hold_until_ms, f.gambling, f.makes_good \
     from flight f join sponsor s on s.sponsor_id = f.sponsor_id \
     where ($1 is null or f.list_id = $1) order by f.flight_id";
const OWN_CREATIVES: &str = "select c.creative_id, c.flight_id, c.size, c.headline, c.text, c.url, \
     c.button, c.approved_ms, c.retired_ms, f.gambling from creative c \
     join flight f on f.flight_id = c.flight_id \
     where c.retired_ms is null and ($1 is null or f.list_id = $1) order by c.creative_id";
const FLIGHT_SENDS: &str = "select p.flight_id, d.state, count(distinct p.digest_id) as sends \
     from placement p join delivery d on d.digest_id = p.digest_id \
     join flight f on f.flight_id = p.flight_id \
     where ($1 is null or f.list_id = $1) group by p.flight_id, d.state";

#[derive(sqlx::FromRow)]
struct FlightRow {
    flight_id: i64,
    sponsor_id: i64,
    sponsor_name: String,
    list_id: i64,
    slug: String,
    campaign_id: i64,
    booked: i64,
    starts_ms: i64,
    ends_ms: i64,
    slots: String,
    beside: String,
    avoid: String,
    safety: Option<String>,
    state: String,
    tier: String,
    goal: String,
    share: Option<i64>,
    fills_all: i64,
    pacing: String,
    cap_sends: Option<i64>,
    cap_days: Option<i64>,
    targeting: Option<String>,
    gate: Option<String>,
    price_unit: Option<String>,
    price_micros: Option<i64>,
    zone: String,
    hold_until_ms: Option<i64>,
    gambling: Option<String>,
    makes_good: Option<i64>,
}

impl FlightRow {
    fn flight(self, creatives: Vec<Creative>, ledger: FlightLedger) -> Result<Flight, StoreError> {
        let (goal, cap, price) = (self.goal()?, self.cap()?, self.price()?);
        Ok(Flight {
            id: FlightId(self.flight_id),
            sponsor: SponsorId(self.sponsor_id),
            sponsor_name: self.sponsor_name,
            campaign: CampaignId(self.campaign_id),
            list: ListId(self.list_id),
            slug: Slug::parse(&self.slug).map_err(|_| unreadable("flight.slug", &self.slug))?,
            tier: Tier::parse(&self.tier).map_err(|_| unreadable("flight.tier", &self.tier))?,
            goal,
            booked: self.booked,
            all: self.fills_all == 1,
            pacing: Pacing::parse(&self.pacing)
                .map_err(|_| unreadable("flight.pacing", &self.pacing))?,
            cap,
            starts_at: instant(self.starts_ms, "flight.starts_ms")?,
            ends_at: instant(self.ends_ms, "flight.ends_ms")?,
            zone: Zone::stored(&self.zone),
            slots: from_json(&self.slots, "flight.slots")?,
            targeting: json_or(self.targeting.as_deref(), "flight.targeting")?.unwrap_or_default(),
            group: match &self.gate {
                Some(gate) => Some(Slug::parse(gate).map_err(|_| unreadable("flight.gate", gate))?),
                None => None,
            },
            beside: from_json(&self.beside, "flight.beside")?,
            avoid: from_json(&self.avoid, "flight.avoid")?,
            safety: json_or(self.safety.as_deref(), "flight.safety")?.unwrap_or_default(),
            price,
            gambling: json_or(self.gambling.as_deref(), "flight.gambling")?,
            makes_good: self.makes_good.map(FlightId),
            state: FlightState::parse(&self.state)
                .map_err(|_| unreadable("flight.state", &self.state))?,
            hold_until: instant_or_none(self.hold_until_ms, "flight.hold_until_ms")?,
            creatives,
            ledger,
        })
    }

    fn goal(&self) -> Result<Goal, StoreError> {
        let share = self.share.unwrap_or(0);
        match self.goal.as_str() {
            "sends" => Ok(Goal::Sends(self.booked)),
            "share" => Goal::share(share).map_err(|_| unreadable("flight.share", share)),
            "every" => Ok(Goal::Every),
            "rest" => Ok(Goal::Rest),
            goal => Err(unreadable("flight.goal", goal)),
        }
    }

    fn cap(&self) -> Result<Option<Cap>, StoreError> {
        let read = |n: i64| u16::try_from(n).map_err(|_| unreadable("flight.cap", n));
        match (self.cap_sends, self.cap_days) {
            (Some(sends), Some(days)) => Ok(Some(Cap {
                sends: read(sends)?,
                days: read(days)?,
            })),
            _ => Ok(None),
        }
    }

    fn price(&self) -> Result<Option<Price>, StoreError> {
        let (Some(unit), Some(micros)) = (&self.price_unit, self.price_micros) else {
            return Ok(None);
        };
        match unit.as_str() {
            "flat" => Ok(Some(Price::Flat(Micros(micros)))),
            "cpm" => Ok(Some(Price::PerMille(Micros(micros)))),
            unit => Err(unreadable("flight.price_unit", unit)),
        }
    }
}

#[derive(sqlx::FromRow)]
struct SendsRow {
    flight_id: i64,
    state: String,
    sends: i64,
}

impl Store {
    /// Adds a flight, and its sponsor's first order where it names none and there is none.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the sponsor has one of that slug.
    pub async fn flight_add(
        &self,
        new: &NewFlight,
        now: Timestamp,
    ) -> Result<FlightId, StoreError> {
        let mut tx = self.write().await?;
        let campaign = match new.campaign {
            Some(campaign) => campaign.0,
            None => {
                sqlx::query(FIRST_CAMPAIGN)
                    .bind(new.sponsor.0)
                    .bind(to_ms(now))
                    .execute(&mut *tx)
                    .await?;
                sqlx::query_scalar(OWN_CAMPAIGN)
                    .bind(new.sponsor.0)
                    .fetch_one(&mut *tx)
                    .await?
            }
        };
        let id: i64 = sqlx::query_scalar_with(FLIGHT_INSERT, columns(new, campaign)?)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "flight", &new.slug))?;
        tx.commit().await?;
        Ok(FlightId(id))
    }

    /// Writes a flight's booking anew: all but whose it is, its list and its name. What a share or
    /// every digest was booked for so far stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the sponsor has none of that slug in that list.
    pub async fn flight_set(
        &self,
        booking: &NewFlight,
        campaign: CampaignId,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let id: Option<i64> = sqlx::query_scalar_with(FLIGHT_UPDATE, columns(booking, campaign.0)?)
            .fetch_optional(&mut *tx)
            .await?;
        id.ok_or_else(|| StoreError::NotFound {
            what: "flight",
            name: booking.slug.to_string(),
        })?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts a flight from one state into another; a hold is none any more. `false`: it was in another
    /// state by then, and nothing changed.
    pub async fn flight_state(
        &self,
        flight: FlightId,
        (from, to): (FlightState, FlightState),
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(FLIGHT_STATE)
            .bind(flight.0)
            .bind(from.as_str())
            .bind(to.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
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
        let creatives: Vec<CreativeRow> = sqlx::query_as(OWN_CREATIVES)
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
}

/// The columns of a flight, in the order in which both statements number them.
fn columns(new: &NewFlight, campaign: i64) -> Result<SqliteArguments, StoreError> {
    let share = match new.goal {
        Goal::Share(percent) => Some(i64::from(percent)),
        _ => None,
    };
    let own = (!new.targeting.is_empty()).then_some(&new.targeting);
    let targeting = own.map(|t| to_json(t, "flight.targeting")).transpose()?;
    let gambling = new.gambling.as_ref();
    let gambling = gambling
        .map(|g| to_json(g, "flight.gambling"))
        .transpose()?;
    let mut row = Columns(SqliteArguments::default());
    row.put(new.sponsor.0)?;
    row.put(new.list.0)?;
    row.put(new.slug.to_string())?;
    row.put(campaign)?;
    row.put(new.goal.booked())?;
    row.put(to_ms(new.starts_at))?;
    row.put(to_ms(new.ends_at))?;
    row.put(to_json(&new.slots, "flight.slots")?)?;
    row.put(to_json(&new.beside, "flight.beside")?)?;
    row.put(to_json(&new.avoid, "flight.avoid")?)?;
    row.put(to_json(&new.safety, "flight.safety")?)?;
    row.put(new.state.as_str())?;
    row.put(new.tier.as_str())?;
    row.put(new.goal.kind())?;
    row.put(share)?;
    row.put(i64::from(new.all))?;
    row.put(new.pacing.as_str())?;
    row.put(new.cap.map(|c| i64::from(c.sends)))?;
    row.put(new.cap.map(|c| i64::from(c.days)))?;
    row.put(targeting)?;
    row.put(new.group.as_ref().map(ToString::to_string))?;
    row.put(new.price.map(Price::unit))?;
    row.put(new.price.map(|p| p.micros().0))?;
    row.put(new.zone.name().to_owned())?;
    row.put(new.hold_until.map(to_ms))?;
    row.put(gambling)?;
    row.put(new.makes_good.map(|f| f.0))?;
    Ok(row.0)
}

/// Values of a row as they are bound, one after the other.
struct Columns(SqliteArguments);

impl Columns {
    fn put<T>(&mut self, value: T) -> Result<(), StoreError>
    where
        T: sqlx::Encode<'static, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + 'static,
    {
        let added = sqlx::Arguments::add(&mut self.0, value);
        added.map_err(|e| StoreError::Sql(sqlx::Error::Encode(e)))
    }
}

fn json_or<T: serde::de::DeserializeOwned>(
    text: Option<&str>,
    place: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| from_json(text, place)).transpose()
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
