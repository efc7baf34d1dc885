//! `flight set`: a flight booked anew, within what letters have of it already.

use std::path::Path;

use super::booking::{Terms, days};
use super::{add, by_name, date};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::flight::{FlightState, NewFlight};
use crate::sponsors::booking;

/// What is changed.
#[derive(clap::Args, Debug)]
pub struct Set {
    /// Which flight: SPONSOR/FLIGHT
    flight: String,
    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[command(flatten)]
    terms: Terms,
    /// Say what would be booked, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Changes a flight's booking.
pub async fn run(set: Set, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let old = by_name(&house.store, &set.flight).await?;
    if old.state == FlightState::Ended {
        return Err(Failure::failed(format_args!("`{}` has ended", set.flight))
            .hint("`courant flight add` books another"));
    }
    let list = house.store.list_by_id(old.list).await?;
    let campaigns = house.store.campaigns(Some(old.sponsor)).await?;
    let mut new = NewFlight::from(&old);
    set.terms.over(&house, &list, &campaigns, &mut new).await?;
    let day = |at: jiff::Timestamp| at.to_zoned_datetime(old.zone.tz().clone()).date();
    let from = match &set.from {
        Some(from) => date("--from", from)?,
        None => day(old.starts_at),
    };
    let to = match &set.to {
        Some(to) => date("--to", to)?,
        None => day(old.ends_at - jiff::SignedDuration::from_millis(1)),
    };
    if set.from.is_some() || set.to.is_some() || new.zone != old.zone {
        (new.starts_at, new.ends_at) = days(from, to, &new.zone)?;
    }
    let now = house.clock.now();
    let settled = [FlightState::Approved, FlightState::Paused].contains(&old.state);
    set.terms.standing(&mut new, now)?;
    if settled && new.state != old.state {
        return Err(
            Failure::usage(format_args!("`{}` is {}", set.flight, old.state))
                .hint("`courant flight pause` stops it for now"),
        );
    }
    booking::change(&old, &new)?;
    let others = house.store.flights(Some(list.id)).await?;
    booking::clash(&new, Some(old.id), &others, now)?;
    if !set.dry_run {
        let campaign = new.campaign.unwrap_or(old.campaign);
        house.store.flight_set(&new, campaign).await?;
    }
    add::said(&new, &set.flight, set.dry_run);
    if old.ledger.reserved > 0 {
        let letters = show::count(old.ledger.reserved, "letter");
        show::note(&format!("{letters} that are planned keep it as it was"));
    }
    Ok(Exit::Done)
}
