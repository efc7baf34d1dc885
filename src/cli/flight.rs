//! `flight`: what a sponsor booked, where it may stand, and what it came to.

pub mod explain;
mod safety;

use std::path::Path;

use jiff::ToSpan;
use serde_json::{Value, json};

use super::{Exit, Failure, House, show, typed};
use crate::domain::article::CategoryMap;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Flight, Slot, Sponsor};
use crate::domain::time::{Date, Timestamp, Zone, format_rfc3339_in};
use crate::store::{NewFlight, Store};

/// What may be done with flights.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Book a flight
    ///
    /// It runs from the start of its first day to the end of its last one and is never delivered more
    /// often than booked. In this version it is approved at once.
    Add(Box<Add>),
    /// In how many digests of an issue a flight might stand, stands, and what keeps it out of the others
    ///
    /// Digests that are planned are looked at as they are, others as they would be now.
    Explain(explain::Asked),
    /// Show flights with what they came to
    List {
        /// Those of one list
        #[arg(long)]
        list: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

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
    /// Delivered sends that are booked
    #[arg(long)]
    booked: i64,
    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Zone of the two days (default: the list's home zone)
    #[arg(long)]
    zone: Option<String>,
    /// A slot that it may take, S1 (top) to S4 (bottom); may be repeated (default: every slot)
    #[arg(long)]
    slot: Vec<String>,
    /// A topic that it wants to stand by; may be repeated (default: any)
    #[arg(long, value_name = "TOPIC")]
    beside: Vec<String>,
    /// A topic or category word beside which it must not stand; may be repeated
    #[arg(long, value_name = "WORD")]
    avoid: Vec<String>,
    #[command(flatten)]
    safety: safety::Safety,
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Add(add) => book(*add, home).await?,
        Verb::Explain(asked) => return explain::run(&asked, home).await,
        Verb::List { list, json } => show_all(list, json, home).await?,
    }
    Ok(Exit::Done)
}

/// A flight by `SPONSOR/FLIGHT`.
pub async fn by_name(store: &Store, name: &str) -> Result<Flight, Failure> {
    let Some((sponsor, flight)) = name.split_once('/') else {
        let name = typed::short(name, 64);
        return Err(
            Failure::usage(format_args!("`{name}` names no flight")).hint("write SPONSOR/FLIGHT")
        );
    };
    let sponsor = by_slug(store, sponsor).await?;
    let flights = store.flights(None).await?;
    let of = |f: &Flight| f.sponsor == sponsor.id;
    let known: Vec<Slug> = flights
        .iter()
        .filter(|f| of(f))
        .map(|f| f.slug.clone())
        .collect();
    let found = flights
        .into_iter()
        .find(|f| of(f) && f.slug.as_str() == flight);
    found.ok_or_else(|| typed::missing("flight", flight, &known))
}

/// A sponsor by its short name.
pub async fn by_slug(store: &Store, name: &str) -> Result<Sponsor, Failure> {
    let sponsors = store.sponsors().await?;
    let known: Vec<Slug> = sponsors.iter().map(|s| s.slug.clone()).collect();
    let found = sponsors.into_iter().find(|s| s.slug.as_str() == name);
    found.ok_or_else(|| typed::missing("sponsor", name, &known))
}

async fn book(add: Add, home: Option<&Path>) -> Result<(), Failure> {
    let slug = Slug::parse(&add.slug)?;
    if add.booked < 1 {
        let words = format!("`--booked {}`: at least one send is booked", add.booked);
        return Err(Failure::usage(words));
    }
    let (from, to) = (date("--from", &add.from)?, date("--to", &add.to)?);
    if to < from {
        return Err(
            Failure::usage(format_args!("`--to {to}` lies before `--from {from}`"))
                .hint("both days are in the flight: the same day twice is a flight of one day"),
        );
    }
    let zone = add.zone.as_deref().map(zone).transpose()?;
    let slots = slots(&add.slot)?;
    let safety = add.safety.profile()?;
    let house = House::open(home).await?;
    let sponsor = by_slug(&house.store, &add.sponsor).await?;
    let list = typed::list(&house.store, &add.list).await?;
    let zone = zone.unwrap_or_else(|| list.settings.home_zone.clone());
    let mut beside = Vec::new();
    for topic in &add.beside {
        let found = typed::topic(&house.store, topic).await;
        beside.push(found.map_err(|e| e.context(format!("`--beside {topic}`")))?);
    }
    let dates = (
        start_of(from, &zone)?,
        start_of(to.saturating_add(1.day()), &zone)?,
    );
    let new = NewFlight {
        slots,
        beside,
        avoid: add.avoid.iter().map(|w| CategoryMap::key(w)).collect(),
        safety,
        zone: zone.clone(),
        ..NewFlight::sends((sponsor.id, list.id), slug, add.booked, dates)
    };
    let now = house.clock.now();
    house.store.flight_add(&new, now).await?;
    let name = format!("{}/{}", sponsor.slug, new.slug);
    let (starts, ends) = (
        format_rfc3339_in(new.starts_at, &zone),
        format_rfc3339_in(new.ends_at, &zone),
    );
    show::note(&format!("booked {} sends for `{name}`", add.booked));
    show::note(&format!("it runs from {starts} until {ends}"));
    if new.ends_at <= now {
        show::note("it is over already: none of it will be delivered");
    }
    show::note(&format!(
        "next: courant creative add {name} --size S --text … --url https://…"
    ));
    Ok(())
}

async fn show_all(list: Option<String>, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let list = match list {
        Some(name) => Some(typed::list(&house.store, &name).await?.id),
        None => None,
    };
    let flights = house.store.flights(list).await?;
    let sponsors = house.store.sponsors().await?;
    let lists = house.store.lists().await?;
    let sponsor = |f: &Flight| {
        let found = sponsors.iter().find(|s| s.id == f.sponsor);
        found.map(|s| s.slug.to_string()).unwrap_or_default()
    };
    let list = |f: &Flight| {
        let found = lists.iter().find(|l| l.id == f.list);
        found.map(|l| l.slug.to_string()).unwrap_or_default()
    };
    if json {
        let rows = flights.iter().map(|f| as_json(f, sponsor(f), list(f)));
        return show::json(&rows.collect::<Vec<_>>());
    }
    let row = |f: &Flight| {
        vec![
            format!("{}/{}", sponsor(f), f.slug),
            list(f),
            f.state.to_string(),
            typed::shown(f.starts_at),
            typed::shown(f.ends_at),
            f.booked.to_string(),
            f.ledger.delivered.to_string(),
            f.ledger.committed.to_string(),
            f.ledger.reserved.to_string(),
            f.remaining().to_string(),
            words(f.creatives.iter().map(|c| c.size)),
        ]
    };
    let headers = [
        "flight",
        "list",
        "state",
        "from",
        "until",
        "booked",
        "delivered",
        "committed",
        "reserved",
        "remaining",
        "creatives",
    ];
    let rows = flights.iter().map(row).collect();
    show::table(&headers, rows, "no flight is booked")
}

fn as_json(flight: &Flight, sponsor: String, list: String) -> Value {
    json!({
        "id": flight.id,
        "sponsor": sponsor,
        "sponsor_name": flight.sponsor_name,
        "flight": flight.slug,
        "list": list,
        "state": flight.state,
        "starts_at": flight.starts_at,
        "ends_at": flight.ends_at,
        "booked": flight.booked,
        "delivered": flight.ledger.delivered,
        "committed": flight.ledger.committed,
        "reserved": flight.ledger.reserved,
        "remaining": flight.remaining(),
        "slots": flight.slots,
        "beside": flight.beside,
        "avoid": flight.avoid,
        "safety": flight.safety,
        "creatives": flight.creatives,
    })
}

fn words<T: std::fmt::Display>(words: impl Iterator<Item = T>) -> String {
    let words: Vec<String> = words.map(|w| w.to_string()).collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(" "),
    }
}

fn slots(typed: &[String]) -> Result<Vec<Slot>, Failure> {
    if typed.is_empty() {
        return Ok(Slot::ALL.to_vec());
    }
    let slots: Result<Vec<Slot>, _> = typed.iter().map(|s| Slot::parse(s)).collect();
    let mut slots = slots?;
    slots.sort_unstable();
    slots.dedup();
    Ok(slots)
}

fn zone(name: &str) -> Result<Zone, Failure> {
    Zone::parse(name).map_err(|e| {
        let hint = e.hint();
        Failure::usage(e).context("`--zone`").maybe_hint(hint)
    })
}

/// A day as it is typed.
pub fn date(field: &str, text: &str) -> Result<Date, Failure> {
    // jiff would also read a date out of a whole timestamp; only a day is meant here.
    let parsed = (text.len() == 10).then(|| text.parse::<Date>().ok());
    parsed.flatten().ok_or_else(|| {
        let text = typed::short(text, 64);
        Failure::usage(format_args!("`{field} {text}` is no date")).hint("write 2026-12-31")
    })
}

fn start_of(day: Date, zone: &Zone) -> Result<Timestamp, Failure> {
    let start = day.to_zoned_datetime(zone.tz().clone());
    Ok(start.map_err(Failure::usage)?.timestamp())
}
