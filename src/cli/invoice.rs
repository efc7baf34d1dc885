//! `invoice`: what is owed for flights, as rows that a spreadsheet opens.

use std::path::Path;

use jiff::SignedDuration;
use serde::Serialize;

use super::{Exit, Failure, House, flight, show};
use crate::domain::cells::safe;
use crate::domain::flight::Flight;
use crate::domain::money::Currency;
use crate::domain::sponsor::{Campaign, Sponsor};
use crate::domain::time::Timestamp;
use crate::sponsors::invoice::{Billed, SETTLED_HOURS, line};

/// Before and after every day that there is.
const ALWAYS: (&str, &str) = ("0000-00-00", "9999-99-99");

/// What may be done with invoices.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// What is owed, a row for each flight, as CSV
    ///
    /// Sends are billed once 72 hours have passed without a bounce; those in doubt are never billed. A
    /// price for a thousand is owed for what was delivered in the days, a flat one in whole, once, with
    /// the flight's last day. Amounts are whole millionths of the currency's unit.
    Export(Asked),
}

/// What is asked of an invoice.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Flights of one sponsor
    #[arg(long)]
    sponsor: Option<String>,
    /// Flights of one order, SPONSOR/CAMPAIGN
    #[arg(long, conflicts_with = "sponsor")]
    campaign: Option<String>,
    /// Runs of this day and later ones alone, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Runs of this day and earlier ones alone, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A row, in the order of its columns.
#[derive(Serialize)]
struct Row {
    advertiser: String,
    campaign: String,
    po: String,
    flight: String,
    tier: String,
    period_start: String,
    period_end: String,
    booked: i64,
    delivered: i64,
    returned: i64,
    /// Empty until clicks are counted.
    verified_clicks: String,
    unit: String,
    price_micros: Option<i64>,
    amount_micros: i64,
    currency: String,
    makegood_of: String,
    note: String,
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let Verb::Export(asked) = verb;
    export(&asked, home).await?;
    Ok(Exit::Done)
}

async fn export(asked: &Asked, home: Option<&Path>) -> Result<(), Failure> {
    let day = |field, text: &Option<String>| {
        let day = text.as_deref().map(|d| flight::date(field, d));
        day.transpose()
    };
    let days = (day("--from", &asked.from)?, day("--to", &asked.to)?);
    if let (Some(from), Some(to)) = days
        && to < from
    {
        let words = format!("`--to {to}` lies before `--from {from}`");
        return Err(Failure::usage(words));
    }
    let house = House::open(home).await?;
    let (now, mut flights) = (house.clock.now(), house.store.flights(None).await?);
    if let Some(name) = &asked.sponsor {
        let sponsor = flight::by_slug(&house.store, name).await?;
        flights.retain(|f| f.sponsor == sponsor.id);
    }
    if let Some(name) = &asked.campaign {
        let (_, campaign) = super::campaign::by_name(&house.store, name).await?;
        flights.retain(|f| f.campaign == campaign.id);
    }
    let sponsors = house.store.sponsors().await?;
    let campaigns = house.store.campaigns(None).await?;
    let all = house.store.flights(None).await?;
    let texts = (days.0.map(|d| d.to_string()), days.1.map(|d| d.to_string()));
    let within = (
        texts.0.as_deref().unwrap_or(ALWAYS.0),
        texts.1.as_deref().unwrap_or(ALWAYS.1),
    );
    let settled = now - SignedDuration::from_hours(SETTLED_HOURS);
    let billed = house.store.billed(within, settled).await?;
    let mut rows = Vec::new();
    for flight in &flights {
        let own = billed.iter().find(|b| b.flight == flight.id).copied();
        let own = own.unwrap_or_else(|| Billed::nothing(flight.id));
        let names = (
            sponsors.iter().find(|s| s.id == flight.sponsor),
            campaigns.iter().find(|c| c.id == flight.campaign),
            all.iter().find(|f| Some(f.id) == flight.makes_good),
        );
        rows.extend(row(flight, &own, names, days, now));
    }
    match asked.json {
        true => show::json(&rows),
        false => csv(&rows),
    }
}

fn row(
    flight: &Flight,
    billed: &Billed,
    (sponsor, campaign, original): (Option<&Sponsor>, Option<&Campaign>, Option<&Flight>),
    days: (Option<jiff::civil::Date>, Option<jiff::civil::Date>),
    now: Timestamp,
) -> Option<Row> {
    let line = line(flight, billed, days, now)?;
    let currency = campaign.map_or(Currency::NONE, |c| c.currency);
    Some(Row {
        advertiser: sponsor.map_or_else(String::new, |s| s.name.clone()),
        campaign: campaign.map_or_else(String::new, |c| c.slug.to_string()),
        po: campaign
            .and_then(|c| c.order_number.clone())
            .unwrap_or_default(),
        flight: flight.slug.to_string(),
        tier: flight.tier.to_string(),
        period_start: line.period.0.to_string(),
        period_end: line.period.1.to_string(),
        booked: flight.booked,
        delivered: billed.delivered,
        returned: billed.returned,
        verified_clicks: String::new(),
        unit: flight.price.map_or("", |p| p.unit()).to_owned(),
        price_micros: flight.price.map(|p| p.micros().0),
        amount_micros: line.amount.0,
        currency: match currency == Currency::NONE {
            true => String::new(),
            false => currency.to_string(),
        },
        makegood_of: original.map_or_else(String::new, |f| f.slug.to_string()),
        note: line.note,
    })
}

fn csv(rows: &[Row]) -> Result<(), Failure> {
    let mut file = csv::Writer::from_writer(Vec::new());
    let fault = |e: csv::Error| Failure::new(Exit::Failed, e);
    let head = [
        "advertiser",
        "campaign",
        "po",
        "flight",
        "tier",
        "period_start",
        "period_end",
        "booked",
        "delivered",
        "returned",
        "verified_clicks",
        "unit",
        "price_micros",
        "amount_micros",
        "currency",
        "makegood_of",
        "note",
    ];
    file.write_record(head).map_err(fault)?;
    for row in rows {
        let price = row.price_micros.map_or_else(String::new, |p| p.to_string());
        let cells = [
            row.advertiser.clone(),
            row.campaign.clone(),
            row.po.clone(),
            row.flight.clone(),
            row.tier.clone(),
            row.period_start.clone(),
            row.period_end.clone(),
            row.booked.to_string(),
            row.delivered.to_string(),
            row.returned.to_string(),
            row.verified_clicks.clone(),
            row.unit.clone(),
            price,
            row.amount_micros.to_string(),
            row.currency.clone(),
            row.makegood_of.clone(),
            row.note.clone(),
        ];
        let cells = cells.iter().map(|cell| safe(cell).into_owned());
        file.write_record(cells).map_err(fault)?;
    }
    let bytes = file
        .into_inner()
        .map_err(|e| Failure::new(Exit::Failed, e.into_error()))?;
    let text = String::from_utf8(bytes).map_err(|e| Failure::new(Exit::Failed, e))?;
    for line in text.lines() {
        show::line(line)?;
    }
    Ok(())
}
