//! `flight approve`, `pause`, `resume` and `end`: whether a flight runs.

use std::path::Path;

use super::by_name;
use crate::cli::{Exit, Failure, House, show};
use crate::domain::flight::{Flight, FlightState, NewFlight};
use crate::domain::sponsor::CreativeState;
use crate::sponsors::booking;

/// Lets a flight run that is held or booked. A hold that has expired is booked anew, if nobody took
/// its place.
pub async fn approve(name: &str, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let flight = by_name(&house.store, name).await?;
    let now = house.clock.now();
    match flight.state {
        FlightState::Approved => {
            show::note(&format!("`{name}` is approved already"));
            return Ok(Exit::Done);
        }
        FlightState::Hold | FlightState::Booked => {}
        state => return Err(cannot(name, state, "approved")),
    }
    let others = house.store.flights(Some(flight.list)).await?;
    booking::clash(&NewFlight::from(&flight), Some(flight.id), &others, now)?;
    moved(&house, name, &flight, FlightState::Approved).await?;
    show::note(&format!("`{name}` is approved"));
    if flight.is_expired(now) {
        show::note("its hold had expired; nobody took its place meanwhile");
    }
    let printable = |f: &Flight| {
        let mut creatives = f.creatives.iter();
        creatives.any(|c| c.state == CreativeState::Approved)
    };
    if !printable(&flight) {
        show::note(&format!(
            "it does not run before it has an approved creative: `courant creative list {name}`"
        ));
    }
    if flight.ends_at <= now {
        show::note("it is over already: none of it will be delivered");
    }
    Ok(Exit::Done)
}

/// Stops an approved flight for now.
pub async fn pause(name: &str, home: Option<&Path>) -> Result<Exit, Failure> {
    between(name, FlightState::Approved, FlightState::Paused, home).await
}

/// Lets a paused flight run again.
pub async fn resume(name: &str, home: Option<&Path>) -> Result<Exit, Failure> {
    between(name, FlightState::Paused, FlightState::Approved, home).await
}

/// Ends a flight for good.
pub async fn end(name: &str, yes: bool, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let flight = by_name(&house.store, name).await?;
    if flight.state == FlightState::Ended {
        show::note(&format!("`{name}` has ended already"));
        return Ok(Exit::Done);
    }
    if !yes {
        let left = match flight.remaining() {
            i64::MAX => String::new(),
            left => format!(", {left} of {} not sent", flight.booked),
        };
        show::note(&format!("`{name}` would end for good{left}"));
        show::note("hint: add --yes; `flight pause` stops it for now");
        return Ok(Exit::Usage);
    }
    moved(&house, name, &flight, FlightState::Ended).await?;
    show::note(&format!("`{name}` has ended"));
    planned(&flight);
    Ok(Exit::Done)
}

async fn between(
    name: &str,
    from: FlightState,
    to: FlightState,
    home: Option<&Path>,
) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let flight = by_name(&house.store, name).await?;
    if flight.state == to {
        show::note(&format!("`{name}` is {to} already"));
        return Ok(Exit::Done);
    }
    if flight.state != from {
        return Err(cannot(name, flight.state, to.as_str()));
    }
    moved(&house, name, &flight, to).await?;
    show::note(&format!("`{name}` is {to}"));
    if to == FlightState::Paused {
        planned(&flight);
    }
    Ok(Exit::Done)
}

/// What a flight that stops is still in.
fn planned(flight: &Flight) {
    if flight.ledger.reserved > 0 {
        let letters = show::count(flight.ledger.reserved, "letter");
        show::note(&format!("still planned with it: {letters}"));
    }
}

async fn moved(house: &House, name: &str, flight: &Flight, to: FlightState) -> Result<(), Failure> {
    match house
        .store
        .flight_state(flight.id, (flight.state, to))
        .await?
    {
        true => Ok(()),
        false => Err(
            Failure::failed(format_args!("`{name}` was changed meanwhile"))
                .hint(format!("`courant flight show {name}` shows how it stands")),
        ),
    }
}

fn cannot(name: &str, state: FlightState, to: &str) -> Failure {
    let hint = match state {
        FlightState::Hold | FlightState::Booked => {
            format!("`courant flight approve {name}` lets it run")
        }
        FlightState::Approved => format!("`courant flight pause {name}` stops it for now"),
        FlightState::Paused => format!("`courant flight resume {name}` lets it run again"),
        FlightState::Ended => "`courant flight add` books another".to_owned(),
    };
    let words = match state {
        FlightState::Ended => format!("`{name}` has ended, so it cannot be {to}"),
        state => format!("`{name}` is {state}, so it cannot be {to}"),
    };
    Failure::failed(words).hint(hint)
}
