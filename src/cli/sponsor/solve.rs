//! `sponsor solve`: the planner alone, on a wave that is written by hand. It only thinks: no
//! configuration, database or key is needed.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::wave::{Named, read};
use crate::cli::{Exit, Failure, show, typed};
use crate::sponsors::solve::{Plan, solve};

/// Notes that are told; more are only counted.
const TOLD: usize = 20;

/// Which wave, and how it is answered.
#[derive(clap::Args, Debug)]
pub struct Solve {
    /// JSON file, or - for stdin:
    /// {"slots":["S1"],"flights":[{"id","tier","quota","group":null|"g","all":false}],
    /// "classes":[{"id","count","eligible":{"S1":["flight"]}}]}
    file: PathBuf,
    /// As JSON: {"placements":[{"class","count","slots"}],"delivered","tiers","gap"}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Solve) -> Result<Exit, Failure> {
    let bytes = typed::bytes(&args.file)?;
    let name = format!("cannot plan `{}`", args.file.display());
    let named = read(&bytes).map_err(|e| e.context(name))?;
    drop(bytes);
    for note in named.notes.iter().take(TOLD) {
        show::note(note);
    }
    if let Some(more) = named.notes.len().checked_sub(TOLD).filter(|n| *n > 0) {
        show::note(&format!("{more} more like this"));
    }
    let plan = solve(&named.wave);
    match args.json {
        true => show::json(&as_json(&named, &plan))?,
        false => tables(&named, &plan)?,
    }
    Ok(Exit::Done)
}

/// An id as an object's key or a cell.
fn text(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn as_json(named: &Named, plan: &Plan) -> Value {
    let mut placements = Vec::new();
    for (class, found) in named.classes.iter().zip(&plan.placements) {
        for configuration in found {
            let flight = |f: &Option<u32>| f.map(|f| named.flights[f as usize].clone());
            let slots = configuration.slots.iter().map(flight);
            let slots: Map<String, Value> = named
                .slots
                .iter()
                .cloned()
                .zip(slots.map(Option::unwrap_or_default))
                .collect();
            placements.push(json!({"class": class, "count": configuration.count, "slots": slots}));
        }
    }
    let delivered = named.flights.iter().map(text).zip(&plan.delivered);
    let delivered: Map<String, Value> = delivered.map(|(id, n)| (id, (*n).into())).collect();
    let of_tiers = |of: &[u64]| -> Map<String, Value> {
        let tiers = tiers(named).into_iter();
        tiers.map(|t| (t.to_string(), of[t].into())).collect()
    };
    json!({
        "placements": placements,
        "delivered": delivered,
        "tiers": of_tiers(&plan.tiers),
        "gap": of_tiers(&plan.gap),
    })
}

/// The tiers that there are flights of.
fn tiers(named: &Named) -> Vec<usize> {
    let flights = named.wave.flights.iter();
    let mut tiers: Vec<usize> = flights.map(|f| usize::from(f.tier)).collect();
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

fn tables(named: &Named, plan: &Plan) -> Result<(), Failure> {
    let short = |id: &Value| typed::short(&text(id), 40);
    let mut rows = Vec::new();
    for (class, found) in named.classes.iter().zip(&plan.placements) {
        for configuration in found {
            let mut row = vec![short(class), configuration.count.to_string()];
            let flight = |f: &Option<u32>| f.map(|f| short(&named.flights[f as usize]));
            let cells = configuration.slots.iter().map(flight);
            row.extend(cells.map(|cell| cell.unwrap_or_else(|| "-".to_owned())));
            rows.push(row);
        }
    }
    let slots = named.slots.iter().map(|slot| typed::short(slot, 40));
    let slots: Vec<String> = slots.collect();
    let mut headers = vec!["class", "digests"];
    headers.extend(slots.iter().map(String::as_str));
    show::table(&headers, rows, "the wave has no digest")?;
    let flights = named.flights.iter().zip(&named.wave.flights);
    let flights = flights
        .zip(&plan.delivered)
        .map(|((id, flight), delivered)| {
            vec![
                short(id),
                flight.tier.to_string(),
                flight.quota.to_string(),
                delivered.to_string(),
            ]
        });
    let headers = ["flight", "tier", "quota", "delivered"];
    show::table(&headers, flights.collect(), "the wave has no flight")?;
    for tier in tiers(named) {
        let total = plan.tiers[tier];
        show::line(&match plan.gap[tier] {
            0 => format!("tier {tier}: {total}, and no plan has more"),
            gap => format!(
                "tier {tier}: {total}, and no plan has more than {}",
                total + gap
            ),
        })?;
    }
    Ok(())
}
