//! `flight explain`: in how many digests of an issue a flight might stand, stands, and what keeps it
//! out of the others.

use std::path::Path;

use serde_json::{Value, json};

use super::by_name;
use crate::cli::edition::diff;
use crate::cli::edition::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::sponsor::Flight;
use crate::press::forecast::{self, Ahead};
use crate::press::sponsored::{Chances, Sponsored};

/// What is asked.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Which flight: SPONSOR/FLIGHT
    flight: String,
    /// Which run of its list: 2026-11-26, 2026-11-26T14:30, today or tomorrow (default: the next)
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Which cadence, where more than one has that run
    #[arg(long, value_name = "NAME")]
    cadence: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Looks at every digest of the issue.
pub async fn run(asked: &Asked, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let flight = by_name(&house.store, &asked.flight).await?;
    let list = house.store.list_by_id(flight.list).await?;
    let which = Which {
        list: list.slug.to_string(),
        run: asked.run.clone(),
        cadence: asked.cadence.clone(),
    };
    let shelf = Shelf::open(&house, &which).await?;
    let issue = diff::meant(&shelf)?.clone();
    let flights = std::slice::from_ref(&flight);
    let sponsored = look(&house, &shelf, &issue, flights, |_| true).await?;
    let placed = match &issue.edition {
        Some(edition) => house.store.edition_placements(edition.id).await?,
        None => Default::default(),
    };
    let placed = placed.get(&flight.id).copied().unwrap_or(0);
    let chances = sponsored.flights.get(&flight.id).cloned();
    let chances = chances.unwrap_or_default();
    if asked.json {
        show::json(&as_json(
            &asked.flight,
            &issue,
            (sponsored.digests, placed),
            &chances,
        ))?;
        return Ok(Exit::Done);
    }
    show::line(&format!(
        "{} of {}: {} digests, {} that it might stand in, {placed} that it stands in",
        asked.flight,
        issue.name(),
        sponsored.digests,
        chances.open
    ))?;
    let mut rows: Vec<(&String, &u64)> = chances.shut.iter().collect();
    rows.sort_by_key(|(words, n)| (std::cmp::Reverse(**n), words.as_str()));
    let rows = rows
        .into_iter()
        .map(|(words, n)| vec![n.to_string(), words.clone()])
        .collect();
    show::table(
        &["digests", "kept out by"],
        rows,
        "nothing keeps it out of any",
    )?;
    if placed == 0 && issue.edition.is_none() {
        show::note("nothing of it is planned yet: digests are as they would be now");
    }
    Ok(Exit::Done)
}

fn as_json(name: &str, issue: &Issue, (digests, placed): (u64, i64), chances: &Chances) -> Value {
    let lost = chances
        .lost
        .iter()
        .map(|(article, (words, slots))| json!({"article": article, "slots": slots, "why": words}));
    json!({
        "flight": name,
        "run": issue.run.to_string(),
        "cadence": issue.cadence.name,
        "digests": digests,
        "open": chances.open,
        "placed": placed,
        "kept_out": chances.shut,
        "lost_to_stories": lost.collect::<Vec<_>>(),
    })
}

/// What those waves of an issue are to flights that are asked for.
async fn look(
    house: &House,
    shelf: &Shelf,
    issue: &Issue,
    flights: &[Flight],
    wanted: impl Fn(&Ahead) -> bool,
) -> Result<Sponsored, Failure> {
    let press = parts::press(house)?;
    let named = forecast::Issue {
        list: &shelf.list,
        run: issue.run,
        edition: issue.edition.as_ref(),
        coming: &issue.coming,
    };
    let mut sponsored = Sponsored::default();
    for wave in press.ahead(named, house.clock.now()).await? {
        if wanted(&wave) {
            wave.sponsored(&press, flights, &mut sponsored).await?;
        }
    }
    Ok(sponsored)
}

/// What stories cost an issue's sponsors, a line for each story and flight: before anybody approves it.
/// Nothing is worked out where no story keeps anybody away.
pub(in crate::cli) async fn lost_to_stories(
    house: &House,
    shelf: &Shelf,
    issue: &Issue,
) -> Result<Vec<String>, Failure> {
    let flights = house.store.flights(Some(shelf.list.id)).await?;
    let wanted = |wave: &Ahead| wave.objects(&flights);
    let sponsored = look(house, shelf, issue, &flights, wanted).await?;
    let mut lines = Vec::new();
    for (id, chances) in &sponsored.flights {
        let name = flights.iter().find(|f| f.id == *id);
        let name = name.map_or("", |f| f.sponsor_name.as_str());
        for (words, slots) in chances.lost.values() {
            lines.push(match slots {
                1 => format!("1 slot loses {name}: {words}"),
                many => format!("{many} slots lose {name}: {words}"),
            });
        }
    }
    Ok(lines)
}
