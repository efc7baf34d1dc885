//! `sponsor report`: what a sponsor's flights came to, as a page that they can be sent, as rows or as JSON.

use std::path::{Path, PathBuf};

use minijinja::{Environment, Value, context};

use crate::cli::{Exit, Failure, House, flight, show};
use crate::domain::cells::safe;
use crate::domain::sponsor::{Flight, Sponsor};
use crate::domain::time::{Date, Timestamp, Zone};
use crate::sponsors::report::{Cell, Day, FlightReport, OTHER, Report, Sums, report};

const PAGE: &str = include_str!("../../../templates/report/sponsor.html");
/// Units of the drawing that a day has, and of its height.
const DAY: usize = 12;
const HEIGHT: i64 = 112;
/// Where the ground of the drawing lies.
const GROUND: i64 = 130;
/// Before and after every day that there is.
const ALWAYS: (&str, &str) = ("0000-00-00", "9999-99-99");

/// What is asked of a report.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Whose: its short name
    sponsor: String,
    /// Runs of this day and later ones alone, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Runs of this day and earlier ones alone, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Write a page that the sponsor can be sent: one file, nothing of it is fetched
    #[arg(long, value_name = "FILE", conflicts_with_all = ["csv", "json"])]
    html: Option<PathBuf>,
    /// A row for each day, reason, place, length and topic, as CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Puts the report together and shows it as asked.
pub async fn run(asked: &Asked, home: Option<&Path>) -> Result<(), Failure> {
    let from = asked.from.as_deref().map(|d| flight::date("--from", d));
    let to = asked.to.as_deref().map(|d| flight::date("--to", d));
    let days = (from.transpose()?, to.transpose()?);
    if let (Some(from), Some(to)) = days
        && to < from
    {
        let words = format!("`--to {to}` lies before `--from {from}`");
        return Err(Failure::usage(words));
    }
    let house = House::open(home).await?;
    let sponsor = flight::by_slug(&house.store, &asked.sponsor).await?;
    let told = told(&house, &sponsor, days).await?;
    match &asked.html {
        Some(file) => {
            let page = page(&told, house.clock.now())?;
            std::fs::write(file, page).map_err(|e| {
                let words = format!("cannot write `{}`", file.display());
                Failure::new(Exit::Failed, e).context(words)
            })?;
            show::note(&format!("wrote `{}`", file.display()));
            Ok(())
        }
        None if asked.json => show::json(&told),
        None if asked.csv => csv(&told),
        None => table(&told),
    }
}

async fn told(
    house: &House,
    sponsor: &Sponsor,
    (from, to): (Option<Date>, Option<Date>),
) -> Result<Report, Failure> {
    let flights = house.store.flights(None).await?;
    let lists = house.store.lists().await?;
    let named = flights.iter().filter(|f| f.sponsor == sponsor.id).map(|f| {
        let list = lists.iter().find(|l| l.id == f.list);
        let name = list.map_or_else(String::new, |l| l.display_name().to_owned());
        let zone = list.map_or_else(Zone::utc, |l| l.settings.home_zone.clone());
        (f, name, days_of(f, &zone))
    });
    let named: Vec<_> = named.collect();
    let (from, to) = (from.map(|d| d.to_string()), to.map(|d| d.to_string()));
    let within = (
        from.as_deref().unwrap_or(ALWAYS.0),
        to.as_deref().unwrap_or(ALWAYS.1),
    );
    let (sends, beside) = house.store.sponsor_sends(sponsor.id, within).await?;
    Ok(report(&sponsor.name, (from, to), &named, &sends, &beside))
}

/// A flight's first and last day on its list's calendar.
fn days_of(flight: &Flight, zone: &Zone) -> (String, String) {
    let day = |at: Timestamp| zone.tz().to_datetime(at).date().to_string();
    let last = flight.ends_at - jiff::SignedDuration::from_millis(1);
    (day(flight.starts_at), day(last))
}

fn table(told: &Report) -> Result<(), Failure> {
    let row = |name: String, booked: String, sums: Sums| {
        let numbers = [
            sums.planned,
            sums.delivered,
            sums.committed,
            sums.reserved,
            sums.returned,
        ];
        let numbers = numbers.into_iter().map(|n| n.to_string());
        [name, booked].into_iter().chain(numbers).collect()
    };
    let one = |f: &FlightReport| {
        let name = format!("{} ({})", f.flight, f.list);
        row(name, f.booked.to_string(), f.sums)
    };
    let mut rows: Vec<Vec<String>> = told.flights.iter().map(one).collect();
    if told.flights.len() > 1 {
        rows.push(row("all".to_owned(), String::new(), told.sums));
    }
    let headers = [
        "flight",
        "booked",
        "planned",
        "delivered",
        "committed",
        "reserved",
        "returned",
    ];
    show::table(&headers, rows, "nothing is booked")?;
    for flight in &told.flights {
        let parts = [
            ("stood", &flight.slots),
            ("beside", &flight.topics),
            ("returned", &flight.returned_by),
        ];
        for (what, cells) in parts.into_iter().filter(|(_, cells)| !cells.is_empty()) {
            let cells: Vec<String> = cells
                .iter()
                .map(|c| format!("{} {}", c.what, c.letters))
                .collect();
            show::line(&format!("{}, {what}: {}", flight.flight, cells.join(", ")))?;
        }
    }
    Ok(())
}

fn csv(told: &Report) -> Result<(), Failure> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let fault = |e: csv::Error| Failure::new(Exit::Failed, e);
    let head = [
        "sponsor",
        "flight",
        "list",
        "part",
        "of",
        "planned",
        "delivered",
        "committed",
        "reserved",
        "returned",
    ];
    rows.write_record(head).map_err(fault)?;
    for flight in &told.flights {
        for (part, of, sums) in parts(flight) {
            let own = [&told.sponsor, &flight.flight, &flight.list];
            let own = own.map(|cell| safe(cell).into_owned());
            let sums = sums.map(|n| n.map_or_else(String::new, |n| n.to_string()));
            let row = own
                .into_iter()
                .chain([part.to_owned(), safe(of).into_owned()])
                .chain(sums);
            rows.write_record(row).map_err(fault)?;
        }
    }
    let bytes = rows
        .into_inner()
        .map_err(|e| Failure::new(Exit::Failed, e.into_error()))?;
    let text = String::from_utf8(bytes).map_err(|e| Failure::new(Exit::Failed, e))?;
    for line in text.lines() {
        show::line(line)?;
    }
    Ok(())
}

/// A flight's parts: what is divided, into what, and its sums where it has them.
fn parts(flight: &FlightReport) -> Vec<(&'static str, &str, [Option<i64>; 5])> {
    let whole = |s: &Sums| [s.planned, s.delivered, s.committed, s.reserved, s.returned].map(Some);
    let mut parts = vec![("flight", flight.flight.as_str(), whole(&flight.sums))];
    parts.extend(
        flight
            .days
            .iter()
            .map(|d: &Day| ("day", d.day.as_str(), whole(&d.sums))),
    );
    let delivered = |c: &Cell| [None, Some(c.letters), None, None, None];
    for (part, cells) in [
        ("slot", &flight.slots),
        ("size", &flight.texts),
        ("topic", &flight.topics),
    ] {
        parts.extend(cells.iter().map(|c| (part, c.what.as_str(), delivered(c))));
    }
    let returned = |c: &Cell| [None, None, None, None, Some(c.letters)];
    let reasons = flight.returned_by.iter();
    parts.extend(reasons.map(|c| ("reason", c.what.as_str(), returned(c))));
    parts
}

fn page(told: &Report, now: Timestamp) -> Result<String, Failure> {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let fault = |e| Failure::new(Exit::Failed, e);
    pages.add_template("sponsor.html", PAGE).map_err(fault)?;
    let mut flights = Vec::new();
    for flight in &told.flights {
        let own = printed(&json(flight)?);
        flights.push(context! { chart => chart(&flight.days), told => own });
    }
    let report = printed(&json(told)?);
    let as_of = show::utc(now);
    let page = pages.get_template("sponsor.html").map_err(fault)?;
    let page = page.render(context! { report, flights, as_of });
    // What defines the page's parts stands above it, and leaves empty lines.
    Ok(page.map_err(fault)?.trim_start().to_owned())
}

fn json(told: &impl serde::Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(told).map_err(|e| Failure::new(Exit::Failed, e))
}

/// JSON as a template takes it.
fn printed(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(yes) => Value::from(*yes),
        serde_json::Value::Number(n) => Value::from(n.as_i64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(all) => all.iter().map(printed).collect(),
        serde_json::Value::Object(pairs) => {
            let pairs = pairs.iter().map(|(key, v)| (key.clone(), printed(v)));
            Value::from(pairs.collect::<std::collections::BTreeMap<String, Value>>())
        }
    }
}

/// A bar for each day that has a place in time: delivered at its foot, the rest of what was planned on
/// top. Nothing where there is no such day.
fn chart(days: &[Day]) -> Value {
    let days: Vec<&Day> = days.iter().filter(|d| d.day != OTHER).collect();
    let most = days.iter().map(|d| d.sums.planned).max().unwrap_or(0);
    let (Some(first), Some(last), true) = (days.first(), days.last(), most > 0) else {
        return Value::from(());
    };
    // Few days are not drawn as wide as the page.
    let columns = days.len().max(40);
    let scaled = |n: i64| n * HEIGHT / most;
    let bars = days.iter().enumerate().map(|(at, day)| {
        let (planned, height) = (scaled(day.sums.planned), scaled(day.sums.delivered));
        context! {
            x => at * DAY, width => DAY - 3, height, y => GROUND - height,
            top => GROUND - planned, gone => planned - height,
        }
    });
    context! {
        width => columns * DAY,
        most,
        bars => bars.collect::<Vec<Value>>(),
        first => first.day.as_str(),
        last => match days.len() { 1 => "", _ => last.day.as_str() },
    }
}
