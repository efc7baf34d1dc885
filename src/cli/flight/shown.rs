//! `flight list` and `show`: what is booked, how it stands, and what it came to.

use std::path::Path;

use serde_json::{Value, json};

use super::add::booked;
use super::by_name;
use crate::cli::{Failure, House, show, typed};
use crate::domain::flight::{Flight, FlightState};
use crate::domain::goal::Goal;
use crate::domain::list::List;
use crate::domain::sponsor::{Campaign, Creative, Sponsor};
use crate::domain::targeting::Targeting;
use crate::domain::time::Timestamp;

/// The names beside flights' numbers.
struct Names {
    sponsors: Vec<Sponsor>,
    lists: Vec<List>,
    campaigns: Vec<Campaign>,
}

impl Names {
    async fn read(house: &House) -> Result<Names, Failure> {
        Ok(Names {
            sponsors: house.store.sponsors().await?,
            lists: house.store.lists().await?,
            campaigns: house.store.campaigns(None).await?,
        })
    }

    fn sponsor(&self, flight: &Flight) -> String {
        let found = self.sponsors.iter().find(|s| s.id == flight.sponsor);
        found.map(|s| s.slug.to_string()).unwrap_or_default()
    }

    fn list(&self, flight: &Flight) -> String {
        let found = self.lists.iter().find(|l| l.id == flight.list);
        found.map(|l| l.slug.to_string()).unwrap_or_default()
    }

    fn campaign(&self, flight: &Flight) -> Option<&Campaign> {
        self.campaigns.iter().find(|c| c.id == flight.campaign)
    }
}

/// Shows every flight, or those of a list.
pub async fn all(list: Option<String>, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let list = match list {
        Some(name) => Some(typed::list(&house.store, &name).await?.id),
        None => None,
    };
    let flights = house.store.flights(list).await?;
    let (names, now) = (Names::read(&house).await?, house.clock.now());
    if json {
        let rows = flights.iter().map(|f| as_json(f, &names, now));
        return show::json(&rows.collect::<Vec<_>>());
    }
    let row = |f: &Flight| {
        let remaining = match f.goal {
            Goal::Rest => String::new(),
            _ => f.remaining().to_string(),
        };
        vec![
            format!("{}/{}", names.sponsor(f), f.slug),
            names.list(f),
            f.tier.to_string(),
            state(f, now),
            typed::shown(f.starts_at),
            typed::shown(f.ends_at),
            booked(f),
            f.ledger.delivered.to_string(),
            f.ledger.committed.to_string(),
            f.ledger.reserved.to_string(),
            remaining,
            words(f.creatives.iter().map(|c| c.size)),
        ]
    };
    let headers = [
        "flight",
        "list",
        "tier",
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

/// Shows one flight.
pub async fn one(name: &str, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let flight = by_name(&house.store, name).await?;
    let (names, now) = (Names::read(&house).await?, house.clock.now());
    if json {
        return show::json(&as_json(&flight, &names, now));
    }
    let none = || "none".to_owned();
    let f = &flight;
    let campaign = names.campaign(f);
    let ledger = format!(
        "{} delivered, {} committed, {} reserved",
        f.ledger.delivered, f.ledger.committed, f.ledger.reserved
    );
    let mut pairs = vec![
        ("flight", name.to_owned()),
        ("sponsor", f.sponsor_name.clone()),
        (
            "campaign",
            campaign.map_or_else(none, |c| c.slug.to_string()),
        ),
        ("list", names.list(f)),
        ("state", state(f, now)),
        ("tier", tier(f)),
        ("booked", booked(f)),
        ("ledger", ledger),
        ("from", show::local(f.starts_at, &f.zone)),
        ("until", show::local(f.ends_at, &f.zone)),
        ("price", price(f, campaign)),
        ("pacing", f.pacing.to_string()),
        (
            "cap",
            f.cap
                .map_or_else(none, |c| format!("{} in {} days", c.sends, c.days)),
        ),
        ("slots", words(f.slots.iter())),
        (
            "group",
            f.group
                .as_ref()
                .map_or_else(|| "its sponsor".to_owned(), ToString::to_string),
        ),
        ("beside", words(f.beside.iter())),
        ("avoid", words(f.avoid.iter())),
    ];
    pairs.extend(targets(&f.targeting));
    if let Some(gambling) = &f.gambling {
        pairs.push(("gambling", gambling.legal_line.clone()));
        pairs.push(("allowed in", words(gambling.places.iter())));
    }
    pairs.extend(f.creatives.iter().map(|c| ("creative", creative(c))));
    show::pairs(&pairs)
}

fn creative(creative: &Creative) -> String {
    let text = typed::short(&creative.text, 60);
    let Creative {
        id, size, state, ..
    } = creative;
    format!("{id} {size} {state}: {text}")
}

fn tier(flight: &Flight) -> String {
    match flight.all {
        true => format!("{} of every slot", flight.tier),
        false => flight.tier.to_string(),
    }
}

fn price(flight: &Flight, campaign: Option<&Campaign>) -> String {
    let currency = campaign.map_or_else(String::new, |c| c.currency.to_string());
    flight
        .price
        .map_or_else(|| "none".to_owned(), |p| format!("{p} {currency}"))
}

fn targets(targeting: &Targeting) -> Vec<(&'static str, String)> {
    let all = [
        ("topics", words(targeting.topics.iter())),
        ("places", words(targeting.places.iter())),
        ("cadences", words(targeting.cadences.iter())),
        ("languages", words(targeting.languages.iter())),
        ("weekdays", words(targeting.weekdays.iter())),
    ];
    all.into_iter()
        .filter(|(_, names)| names != "none")
        .collect()
}

/// How a flight stands at a time, in words.
fn state(flight: &Flight, now: Timestamp) -> String {
    match (flight.state, flight.hold_until) {
        (FlightState::Hold, Some(until)) if until <= now => "hold, expired".to_owned(),
        (FlightState::Hold, Some(until)) => format!("hold until {}", typed::shown(until)),
        (state, _) => state.to_string(),
    }
}

fn as_json(flight: &Flight, names: &Names, now: Timestamp) -> Value {
    let remaining = match flight.goal {
        Goal::Rest => None,
        _ => Some(flight.remaining()),
    };
    let campaign = names.campaign(flight);
    json!({
        "id": flight.id,
        "sponsor": names.sponsor(flight),
        "sponsor_name": flight.sponsor_name,
        "campaign": campaign.map(|c| &c.slug),
        "flight": flight.slug,
        "list": names.list(flight),
        "tier": flight.tier,
        "goal": flight.goal,
        "all": flight.all,
        "state": flight.state,
        "hold_until": flight.hold_until,
        "expired": flight.is_expired(now),
        "starts_at": flight.starts_at,
        "ends_at": flight.ends_at,
        "zone": flight.zone.name(),
        "booked": flight.booked,
        "delivered": flight.ledger.delivered,
        "committed": flight.ledger.committed,
        "reserved": flight.ledger.reserved,
        "remaining": remaining,
        "price": flight.price,
        "currency": campaign.map(|c| c.currency),
        "pacing": flight.pacing,
        "cap": flight.cap,
        "slots": flight.slots,
        "targeting": flight.targeting,
        "group": flight.group,
        "beside": flight.beside,
        "avoid": flight.avoid,
        "safety": flight.safety,
        "gambling": flight.gambling,
        "makes_good": flight.makes_good,
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
