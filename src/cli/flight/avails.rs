//! `flight avails`: what a flight could be given, before it is booked.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::ToSpan;
use serde_json::json;

use super::booking::{Terms, days};
use super::{by_slug, date};
use crate::cli::{Failure, House, show, typed};
use crate::domain::flight::{Flight, NewFlight};
use crate::domain::goal::Goal;
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::sponsor::Slot;
use crate::domain::time::{Date, Timestamp};
use crate::press::ROOM;
use crate::sponsors::avails::{Avails, Known, avails};

/// Days of a flight that are looked at, the next ones.
const DAYS: i64 = 366;
/// Days that a forecast looks back: eight weeks, and one more for those without a run.
const BACK: i64 = 63;

/// What is asked for: a flight, without a name.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// Who would pay
    sponsor: String,
    /// In which list
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
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Tries a flight out.
pub async fn run(asked: &Asked, home: Option<&Path>) -> Result<(), Failure> {
    let (from, to) = (date("--from", &asked.from)?, date("--to", &asked.to)?);
    let house = House::open(home).await?;
    let sponsor = by_slug(&house.store, &asked.sponsor).await?;
    let list = typed::list(&house.store, &asked.list).await?;
    let campaigns = house.store.campaigns(Some(sponsor.id)).await?;
    let dates = days(from, to, &list.settings.home_zone)?;
    let slug = Slug::parse("avails")?;
    let mut new = NewFlight {
        zone: list.settings.home_zone.clone(),
        ..NewFlight::sends((sponsor.id, list.id), slug, 1, dates)
    };
    let open = !asked.terms.has_goal();
    asked
        .terms
        .over(&house, &list, &campaigns, &mut new)
        .await?;
    (new.starts_at, new.ends_at) = days(from, to, &new.zone)?;
    let flights = house.store.flights(Some(list.id)).await?;
    let found = forecast(&house, &list, &new, &flights).await?;
    // Without a number it is asked what all of it would cost others.
    let found = match (open, new.goal) {
        (true, Goal::Sends(_)) if found.free.p50 > 1 => {
            new.goal = Goal::Sends(found.free.p50);
            forecast(&house, &list, &new, &flights).await?
        }
        _ => found,
    };
    if asked.json {
        let displaced = found.displaced.iter();
        let displaced = displaced.map(|(id, sends)| json!({"flight": id, "sends": sends}));
        return show::json(&json!({
            "runs": found.runs,
            "eligible": found.eligible,
            "free": found.free,
            "free_a_day": found.a_day,
            "by_history": found.by_history,
            "displaced": displaced.collect::<Vec<_>>(),
        }));
    }
    show::pairs(&told(&found))?;
    for (id, sends) in &found.displaced {
        let name = flights.iter().find(|f| f.id == *id);
        let name = name.map_or_else(String::new, |f| f.slug.to_string());
        show::line(&format!("it would take {sends} sends from `{name}`"))?;
    }
    if !found.by_history {
        show::note(
            "no edition of the same day of the week is known for some runs: today's readers times \
             the runs, without percentiles",
        );
    }
    show::note("stories are not known ahead: a flight that keeps away from some gets less");
    Ok(())
}

fn told(found: &Avails) -> Vec<(&'static str, String)> {
    let free = match found.by_history {
        true => format!(
            "{} in all (9 of 10 times at least {}, 1 of 10 times {}), {} a day",
            found.free.p50, found.free.p10, found.free.p90, found.a_day
        ),
        false => format!("{} in all, {} a day", found.free.p50, found.a_day),
    };
    vec![
        ("runs", found.runs.to_string()),
        ("eligible", format!("{} digests", found.eligible)),
        ("free", free),
    ]
}

/// What a flight could be given beside those of its list that hold inventory in its dates. Of a flight
/// that runs for more than a year, the next year.
pub async fn forecast(
    house: &House,
    list: &List,
    new: &NewFlight,
    flights: &[Flight],
) -> Result<Avails, Failure> {
    let now = house.clock.now();
    let beside = |f: &&Flight| {
        let together = new.starts_at < f.ends_at && f.starts_at < new.ends_at;
        let own = (f.sponsor, &f.slug) == (new.sponsor, &new.slug);
        f.holds(now) && together && !own
    };
    let beside: Vec<Flight> = flights.iter().filter(beside).cloned().collect();
    let declared = house.store.declarations(list.id).await?;
    let runs = runs(house, list, new).await?;
    let today = now
        .to_zoned_datetime(list.settings.home_zone.tz().clone())
        .date();
    let back = today.saturating_sub(BACK.days());
    let history = house
        .store
        .digests_of_editions(list.id, (back, today))
        .await?;
    let slots: Vec<Slot> = ROOM.iter().map(|(slot, _)| *slot).collect();
    Ok(avails(
        new,
        &beside,
        &Known {
            declared: &declared,
            runs: &runs,
            history: &history,
            slots: &slots,
            now,
            beyond: new.ends_at > year_from(new, now)?,
        },
    ))
}

/// The end of what is looked at of a flight.
fn year_from(new: &NewFlight, now: Timestamp) -> Result<Timestamp, Failure> {
    let starts = new.starts_at.max(now);
    starts
        .saturating_add((DAYS * 24).hours())
        .map_err(Failure::usage)
}

/// The runs of a flight's dates that are to come: one a cadence and day.
async fn runs(house: &House, list: &List, new: &NewFlight) -> Result<Vec<(Slug, Date)>, Failure> {
    let zone = &list.settings.home_zone;
    let now = house.clock.now();
    let starts = new.starts_at.max(now);
    let ends = new.ends_at.min(year_from(new, now)?);
    let mut runs = BTreeSet::new();
    for cadence in house.store.cadences(list.id).await? {
        let mut after = starts - jiff::SignedDuration::from_millis(1);
        while let Some(next) = cadence.next_after(after, zone, None) {
            if next.at >= ends {
                break;
            }
            let day = next.run.date();
            runs.insert((day, cadence.name.clone()));
            // A cadence with several runs a day brings several digests to each reader, but a
            // subscription has one of them.
            let tomorrow = day.tomorrow().ok().and_then(|d| zone.start_of(d));
            after = tomorrow.map_or(next.at, |t| {
                (t - jiff::SignedDuration::from_millis(1)).max(next.at)
            });
        }
    }
    Ok(runs
        .into_iter()
        .map(|(day, cadence)| (cadence, day))
        .collect())
}
