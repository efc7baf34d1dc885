//! `sponsor calendar`: what is sold of a list's slots on the days of its runs.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::ToSpan;
use serde_json::json;

use crate::cli::{Failure, House, flight, show, typed};
use crate::domain::FlightId;
use crate::domain::flight::FlightState;
use crate::domain::list::List;
use crate::domain::sponsor::Slot;
use crate::domain::time::Date;
use crate::press::ROOM;
use crate::sponsors::calendar::{Cell, Sold, calendar};

/// What is asked.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Of which list
    list: String,
    /// First day, YYYY-MM-DD (default: today)
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// How many days, 366 at the most
    #[arg(long, value_name = "N", default_value = "30",
        value_parser = clap::value_parser!(i64).range(1..=366))]
    days: i64,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Shows the days on which the list runs.
pub async fn run(asked: &Asked, home: Option<&Path>) -> Result<(), Failure> {
    let from = asked.from.as_deref().map(|d| flight::date("--from", d));
    let from = from.transpose()?;
    let house = House::open(home).await?;
    let list = typed::list(&house.store, &asked.list).await?;
    let (zone, now) = (&list.settings.home_zone, house.clock.now());
    let from = from.unwrap_or_else(|| now.to_zoned_datetime(zone.tz().clone()).date());
    let to = from.saturating_add((asked.days - 1).days());
    let days = runs(&house, &list, (from, to)).await?;
    let flights = house.store.flights(Some(list.id)).await?;
    let sponsors = house.store.sponsors().await?;
    let slots: Vec<Slot> = ROOM.iter().map(|(slot, _)| *slot).collect();
    let sold = calendar(&flights, &days, &slots, zone, now);
    let name = |id: &FlightId| {
        let flight = flights.iter().find(|f| f.id == *id)?;
        let sponsor = sponsors.iter().find(|s| s.id == flight.sponsor)?;
        Some((format!("{}/{}", sponsor.slug, flight.slug), flight.state))
    };
    let names = |cell: &Cell| -> Vec<(String, FlightState)> {
        cell.flights.iter().filter_map(name).collect()
    };
    if asked.json {
        let cell = |cell: &Cell| {
            let flights = names(cell).into_iter();
            let flights = flights.map(|(flight, state)| json!({"flight": flight, "state": state}));
            json!({"slot": cell.slot, "sold": cell.sold, "flights": flights.collect::<Vec<_>>()})
        };
        let row = |(day, cells): &(Date, Vec<Cell>)| {
            let cells: Vec<_> = cells.iter().map(cell).collect();
            json!({"day": day.to_string(), "slots": cells})
        };
        return show::json(&sold.iter().map(row).collect::<Vec<_>>());
    }
    let words = |cell: &Cell| words(cell.sold, names(cell));
    let row = |(day, cells): &(Date, Vec<Cell>)| {
        let day = day.strftime("%a %Y-%m-%d").to_string();
        std::iter::once(day)
            .chain(cells.iter().map(words))
            .collect()
    };
    let mut headers = vec!["day"];
    headers.extend(slots.iter().map(|slot| slot.as_str()));
    show::table(
        &headers,
        sold.iter().map(row).collect(),
        &format!("`{}` has no run on these days", list.slug),
    )
}

/// What is sold of a slot, in words.
fn words(sold: Sold, flights: Vec<(String, FlightState)>) -> String {
    let named = flights.into_iter().map(|(name, state)| match state {
        FlightState::Hold => format!("{name} (held)"),
        _ => name,
    });
    let named: Vec<String> = named.collect();
    match sold {
        Sold::Free => "free".to_owned(),
        Sold::Conflict => format!("conflict: {}", named.join(", ")),
        Sold::Held | Sold::Booked => named.join(", "),
    }
}

/// The days of a list's runs.
async fn runs(house: &House, list: &List, (from, to): (Date, Date)) -> Result<Vec<Date>, Failure> {
    let zone = &list.settings.home_zone;
    let mut days = BTreeSet::new();
    for cadence in house.store.cadences(list.id).await? {
        let mut day = from;
        while day <= to {
            let Some(start) = zone.start_of(day) else {
                break;
            };
            let before = start - jiff::SignedDuration::from_millis(1);
            let Some(next) = cadence.next_after(before, zone, None) else {
                break;
            };
            day = next.run.date().max(day);
            if day <= to {
                days.insert(day);
            }
            day = day.saturating_add(1.day());
        }
    }
    Ok(days.into_iter().collect())
}
