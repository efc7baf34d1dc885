//! `sponsor show`, `set` and `remove`: one sponsor with its orders, its name, and its end.

use std::path::Path;

use serde_json::json;

use crate::cli::{Exit, Failure, House, flight, show, typed};
use crate::domain::flight::Flight;
use crate::domain::nearest;

/// Shows one sponsor with its campaigns and flights.
pub async fn one(name: &str, as_json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let sponsor = flight::by_slug(&house.store, name).await?;
    let campaigns = house.store.campaigns(Some(sponsor.id)).await?;
    let mut flights = house.store.flights(None).await?;
    flights.retain(|f| f.sponsor == sponsor.id);
    let now = house.clock.now();
    let open = flights.iter().filter(|f| f.holds(now)).count();
    if as_json {
        let flights = flights
            .iter()
            .map(|f| json!({"flight": f.slug, "state": f.state}));
        return show::json(&json!({
            "id": sponsor.id,
            "sponsor": sponsor.slug,
            "name": sponsor.name,
            "campaigns": campaigns,
            "flights": flights.collect::<Vec<_>>(),
            "open_flights": open,
        }));
    }
    let mut pairs = vec![
        ("sponsor", sponsor.slug.to_string()),
        ("name", sponsor.name),
        ("open flights", open.to_string()),
    ];
    for campaign in &campaigns {
        let order = campaign.order_number.as_deref();
        let order = order.map_or_else(String::new, |n| format!(" ({n})"));
        pairs.push(("campaign", format!("{}{order}", campaign.slug)));
    }
    let flight = |f: &Flight| ("flight", format!("{} {}, {}", f.slug, f.goal, f.state));
    pairs.extend(flights.iter().map(flight));
    show::pairs(&pairs)
}

/// Changes the name on the label.
pub async fn set(
    name: &str,
    (key, value): (&str, &str),
    home: Option<&Path>,
) -> Result<(), Failure> {
    if key != "name" {
        let near = nearest(key, ["name"].into_iter()).map(|_| "did you mean `name`?");
        let key = typed::short(key, 64);
        return Err(Failure::usage(format_args!("a sponsor has no `{key}`"))
            .hint(near.unwrap_or("what can be set is its name")));
    }
    let value = typed::line("the name", value, 80)?;
    let house = House::open(home).await?;
    let sponsor = flight::by_slug(&house.store, name).await?;
    house.store.sponsor_set(sponsor.id, &value).await?;
    show::note(&format!("{name}: name is now `{value}`"));
    Ok(())
}

/// Removes a sponsor of whom no letter had anything.
pub async fn remove(name: &str, yes: bool, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let sponsor = flight::by_slug(&house.store, name).await?;
    let mut flights = house.store.flights(None).await?;
    flights.retain(|f| f.sponsor == sponsor.id);
    let now = house.clock.now();
    if let Some(open) = flights.iter().find(|f| f.holds(now)) {
        let words = format!(
            "`{name}` has an open flight, `{}` ({})",
            open.slug, open.state
        );
        return Err(Failure::failed(words).hint(format!(
            "`courant flight end {name}/{} --yes` ends it",
            open.slug
        )));
    }
    if !yes {
        let flights = i64::try_from(flights.len()).unwrap_or(i64::MAX);
        let flights = show::count(flights, "flight");
        show::note(&format!(
            "`{name}` would be removed with its campaigns and {flights}"
        ));
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    let known: Vec<_> = flights.iter().map(|f| f.id).collect();
    match house.store.sponsor_remove(sponsor.id, &known).await? {
        true => show::note(&format!("removed `{name}`")),
        false => {
            return Err(Failure::failed(format_args!(
                "letters have had `{name}`, and what they had stays in the books"
            ))
            .hint(format!("`courant sponsor report {name}` shows it; without open flights it is in nobody's way")));
        }
    }
    Ok(Exit::Done)
}
