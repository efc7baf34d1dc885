//! `flight add`: a flight booked, held, or approved at once.

use std::path::Path;

use super::booking::{Terms, days};
use super::{avails, by_slug, date};
use crate::cli::{Failure, House, show, typed};
use crate::domain::flight::{Flight, FlightState, NewFlight};
use crate::domain::goal::Goal;
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::time::format_rfc3339_in;
use crate::sponsors::booking;

/// A booking.
#[derive(clap::Args, Debug)]
pub struct Add {
    /// Who pays
    sponsor: String,
    /// Short name, unique with the sponsor
    slug: String,
    /// In which list it runs
    #[arg(long)]
    list: String,
    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: String,
    #[command(flatten)]
    terms: Terms,
    /// Say what would be booked, and book nothing
    #[arg(long)]
    dry_run: bool,
    /// Book more than its dates can bring
    #[arg(long)]
    yes: bool,
}

/// Books a flight.
pub async fn run(add: Add, home: Option<&Path>) -> Result<(), Failure> {
    let slug = Slug::parse(&add.slug)?;
    let (from, to) = (date("--from", &add.from)?, date("--to", &add.to)?);
    let house = House::open(home).await?;
    let sponsor = by_slug(&house.store, &add.sponsor).await?;
    let list = typed::list(&house.store, &add.list).await?;
    let campaigns = house.store.campaigns(Some(sponsor.id)).await?;
    // The zone is among the terms, and the days are days of the zone.
    let utc = days(from, to, &list.settings.home_zone)?;
    let mut new = NewFlight {
        zone: list.settings.home_zone.clone(),
        goal: Goal::Rest,
        ..NewFlight::sends((sponsor.id, list.id), slug, 0, utc)
    };
    add.terms.over(&house, &list, &campaigns, &mut new).await?;
    (new.starts_at, new.ends_at) = days(from, to, &new.zone)?;
    let now = house.clock.now();
    add.terms.standing(&mut new, now)?;
    let others = house.store.flights(Some(list.id)).await?;
    booking::clash(&new, None, &others, now)?;
    if !add.yes {
        can_be_kept(&house, &list, &new, &others).await?;
    }
    if !add.dry_run {
        house.store.flight_add(&new, now).await?;
    }
    let name = format!("{}/{}", sponsor.slug, new.slug);
    said(&new, &name, add.dry_run);
    if new.ends_at <= now {
        show::note("it is over already: none of it will be delivered");
    }
    if !add.dry_run {
        show::note(&format!(
            "next: courant creative add {name} --size S --text … --url https://…"
        ));
    }
    Ok(())
}

/// Refuses more sends than the runs of a flight's dates can bring, where there is anything to count by.
async fn can_be_kept(
    house: &House,
    list: &List,
    new: &NewFlight,
    others: &[Flight],
) -> Result<(), Failure> {
    let Goal::Sends(count) = new.goal else {
        return Ok(());
    };
    let found = avails::forecast(house, list, new, others).await?;
    if found.readers == 0 || found.runs == 0 || found.beyond || count <= found.free.p50 {
        return Ok(());
    }
    let words = format!(
        "{count} sends are more than its dates can bring: about {}, of {} digests for its readers",
        found.free.p50, found.eligible
    );
    Err(Failure::failed(words)
        .context("`--goal`")
        .hint("book fewer, or add --yes; `courant flight avails` says who would be displaced"))
}

/// Says what a booking is, and when it runs.
pub fn said(new: &NewFlight, name: &str, dry_run: bool) {
    let verb = match (dry_run, new.state) {
        (true, FlightState::Hold) => "would hold",
        (true, _) => "would book",
        (false, FlightState::Hold) => "held",
        (false, _) => "booked",
    };
    show::note(&format!("{verb} {} for `{name}`", what(new.goal)));
    let (starts, ends) = (
        format_rfc3339_in(new.starts_at, &new.zone),
        format_rfc3339_in(new.ends_at, &new.zone),
    );
    match new.hold_until {
        Some(until) => show::note(&format!(
            "it would run from {starts} until {ends}; the hold expires at {}",
            format_rfc3339_in(until, &new.zone)
        )),
        None => show::note(&format!("it runs from {starts} until {ends}")),
    }
    if matches!(new.state, FlightState::Hold | FlightState::Booked) {
        show::note(&format!(
            "it does not run before `courant flight approve {name}`"
        ));
    }
}

/// A goal in words.
pub fn what(goal: Goal) -> String {
    match goal {
        Goal::Sends(count) => format!("{count} sends"),
        Goal::Share(percent) => format!("{percent} percent of the eligible digests"),
        Goal::Every => "every eligible digest".to_owned(),
        Goal::Rest => "what is left".to_owned(),
    }
}

/// The number of sends that a flight is booked for, or what stands in its place.
pub fn booked(flight: &Flight) -> String {
    match flight.goal {
        Goal::Sends(count) => count.to_string(),
        Goal::Rest => "rest".to_owned(),
        goal => format!("{goal} ({})", flight.booked),
    }
}
