//! `flight make-good`: what flights that are over still owe, and a bonus flight for it.

use std::path::Path;

use jiff::ToSpan;
use serde_json::{Value, json};

use super::booking::days;
use super::{add, by_name, date};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::flight::{Flight, FlightState, NewFlight, Pacing, Tier};
use crate::domain::goal::Goal;
use crate::domain::slug::Slug;
use crate::domain::sponsor::CreativeState;
use crate::domain::time::Timestamp;
use crate::sponsors::{booking, invoice};
use crate::store::NewCreative;

/// What is asked.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Which flight: SPONSOR/FLIGHT (default: show every one that owes sends)
    flight: Option<String>,
    /// How many sends (default: what it lacks); for a fault, where nothing is lacking
    #[arg(long, value_name = "N", requires = "flight")]
    sends: Option<i64>,
    /// First day, YYYY-MM-DD (default: tomorrow)
    #[arg(long, value_name = "DATE", requires = "flight")]
    from: Option<String>,
    /// Last day, YYYY-MM-DD (default: as many days as the flight had)
    #[arg(long, value_name = "DATE", requires = "flight")]
    to: Option<String>,
    /// Book it; it waits for `flight approve`
    #[arg(long, requires = "flight")]
    yes: bool,
    /// As JSON
    #[arg(long, conflicts_with = "flight")]
    json: bool,
}

/// Shows what is owed, or books it.
pub async fn run(asked: &Asked, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let Some(name) = &asked.flight else {
        return proposals(&house, asked.json).await;
    };
    let flight = by_name(&house.store, name).await?;
    let flights = house.store.flights(None).await?;
    let now = house.clock.now();
    let lacks = invoice::owed(&flight, made_good(&flight, &flights), now);
    let sends = asked.sends.unwrap_or(lacks);
    if sends == 0 {
        return Err(Failure::failed(format_args!("`{name}` owes nothing"))
            .hint("--sends N makes good for a fault all the same"));
    }
    let new = booked(asked, &flight, (sends, &flights), now)?;
    let own: Vec<Flight> = flights
        .into_iter()
        .filter(|f| f.list == flight.list)
        .collect();
    booking::clash(&new, None, &own, now)?;
    let (sponsor, _) = name.split_once('/').unwrap_or((name.as_str(), ""));
    let made = format!("{sponsor}/{}", new.slug);
    if !asked.yes {
        add::said(&new, &made, true);
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    let id = house.store.flight_add(&new, now).await?;
    let approved = |c: &&crate::domain::sponsor::Creative| c.state == CreativeState::Approved;
    for creative in flight.creatives.iter().filter(approved) {
        let copy = NewCreative {
            flight: id,
            size: creative.size,
            headline: creative.headline.clone(),
            text: creative.text.clone(),
            url: creative.url.clone(),
            button: creative.button.clone(),
            approved: true,
        };
        house.store.creative_add(&copy, now).await?;
    }
    add::said(&new, &made, false);
    Ok(Exit::Done)
}

/// The bonus flight that makes good.
fn booked(
    asked: &Asked,
    flight: &Flight,
    (sends, flights): (i64, &[Flight]),
    now: Timestamp,
) -> Result<NewFlight, Failure> {
    let day = |at: Timestamp| at.to_zoned_datetime(flight.zone.tz().clone()).date();
    let from = match &asked.from {
        Some(from) => date("--from", from)?,
        None => day(now).saturating_add(1.day()),
    };
    let to = match &asked.to {
        Some(to) => date("--to", to)?,
        None => {
            let last = day(flight.ends_at - jiff::SignedDuration::from_millis(1));
            let length = last.since(day(flight.starts_at)).map_err(Failure::usage)?;
            from.saturating_add(length)
        }
    };
    let (starts_at, ends_at) = days(from, to, &flight.zone)?;
    Ok(NewFlight {
        slug: free_slug(flight, flights)?,
        tier: Tier::Bonus,
        goal: Goal::sends(sends)?,
        all: false,
        pacing: Pacing::Asap,
        starts_at,
        ends_at,
        price: None,
        makes_good: Some(flight.id),
        state: FlightState::Booked,
        hold_until: None,
        ..NewFlight::from(flight)
    })
}

/// The flight's name with an ending that none of its sponsor's has yet.
fn free_slug(flight: &Flight, flights: &[Flight]) -> Result<Slug, Failure> {
    let stem: String = flight.slug.as_str().chars().take(32).collect();
    let taken = |slug: &Slug| {
        let mut own = flights.iter().filter(|f| f.sponsor == flight.sponsor);
        own.any(|f| f.slug == *slug)
    };
    let mut number = 1_usize;
    loop {
        let slug = match number {
            1 => Slug::parse(&format!("{stem}-good"))?,
            n => Slug::parse(&format!("{stem}-good{n}"))?,
        };
        if !taken(&slug) {
            return Ok(slug);
        }
        number += 1;
    }
}

/// Sends that other flights were booked for to make good for one.
fn made_good(flight: &Flight, flights: &[Flight]) -> i64 {
    let others = flights.iter().filter(|f| f.makes_good == Some(flight.id));
    let kept = |f: &Flight| match f.state {
        FlightState::Ended => f.booked - f.remaining(),
        _ => f.booked,
    };
    others.map(kept).sum()
}

async fn proposals(house: &House, json: bool) -> Result<Exit, Failure> {
    let flights = house.store.flights(None).await?;
    let sponsors = house.store.sponsors().await?;
    let now = house.clock.now();
    let owing = flights.iter().filter_map(|flight| {
        let owed = invoice::owed(flight, made_good(flight, &flights), now);
        let sponsor = sponsors.iter().find(|s| s.id == flight.sponsor)?;
        (owed > 0).then(|| (format!("{}/{}", sponsor.slug, flight.slug), flight, owed))
    });
    let owing: Vec<(String, &Flight, i64)> = owing.collect();
    if json {
        let row = |(name, flight, owed): &(String, &Flight, i64)| -> Value {
            json!({
                "flight": name,
                "booked": flight.booked,
                "delivered": flight.ledger.delivered,
                "owed": owed,
            })
        };
        show::json(&owing.iter().map(row).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let row = |(name, flight, owed): &(String, &Flight, i64)| {
        vec![
            name.clone(),
            flight.booked.to_string(),
            flight.ledger.delivered.to_string(),
            owed.to_string(),
        ]
    };
    show::table(
        &["flight", "booked", "delivered", "owed"],
        owing.iter().map(row).collect(),
        "no flight that is over owes anything",
    )?;
    Ok(Exit::Done)
}
