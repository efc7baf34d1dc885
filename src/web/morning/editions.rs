//! The editions of today and tomorrow, of every list that somebody may see.

use minijinja::{Value, context};

use super::view;
use super::words::{count, from_now, moment};
use super::{Missing, Seat};
use crate::domain::edition::{Approval, Edition};
use crate::domain::editor::Act;
use crate::domain::list::{Cadence, List};
use crate::domain::time::{Run, Timestamp};
use crate::store::planning::DueWave;
use crate::web::House;

/// How far ahead editions are shown, and how far back those that have left, in ms.
const AHEAD_MS: i64 = 48 * 3_600_000;
const BACK_MS: i64 = 12 * 3_600_000;
/// Editions of a list that are looked at, the newest ones.
const EDITIONS: i64 = 20;

struct Row {
    first: Timestamp,
    value: Value,
    /// What somebody has to do about it.
    urgent: bool,
}

/// What the desk's first page shows: the editions, the next first, and the one thing to do.
pub(in crate::web) async fn overview(
    house: &House,
    seat: &Seat,
) -> Result<Value, super::super::Fault> {
    match rows(house, seat).await {
        Ok(rows) => {
            let first = rows.iter().find(|r| r.urgent).map(|r| r.value.clone());
            Ok(context! {
                first,
                editions => rows.into_iter().map(|r| r.value).collect::<Vec<_>>(),
            })
        }
        Err(Missing::Fault(error)) => Err(error),
        Err(_) => Ok(context! { first => None::<Value>, editions => Vec::<Value>::new() }),
    }
}

async fn rows(house: &House, seat: &Seat) -> Result<Vec<Row>, Missing> {
    let store = &house.app.store;
    let now = house.app.clock.now();
    let within = |at: Timestamp| {
        let ms = at.as_millisecond() - now.as_millisecond();
        (-BACK_MS..AHEAD_MS).contains(&ms)
    };
    let mut rows = Vec::new();
    for list in store.lists().await? {
        if seat.may(list.id, Act::See).is_err() {
            continue;
        }
        let editions = store.editions(list.id, EDITIONS).await?;
        let due = store.due_waves_of(list.id).await?;
        for cadence in store.cadences(list.id).await? {
            for (run, coming) in runs(&list, &cadence, &due, &editions, now) {
                let known = editions
                    .iter()
                    .find(|e| e.cadence == cadence.id && e.run == run);
                let zone = &list.settings.home_zone;
                let own = coming.first().map(|w| w.due_at);
                let waves = match known {
                    Some(edition) if own.is_none() => store.waves(edition.id).await?,
                    _ => Vec::new(),
                };
                let near = || cadence.upcoming(now, zone, None, 8);
                let first = own
                    .or(waves.first().map(|w| w.due_at))
                    .or_else(|| near().iter().find(|o| o.run == run).map(|o| o.at));
                let Some(first) = first.filter(|at| within(*at)) else {
                    continue;
                };
                let readers: i64 = coming.iter().map(|w| w.readers).sum();
                let planned = !waves.is_empty();
                rows.push(row(
                    (&list, &cadence, run),
                    known,
                    (first, now),
                    (readers, planned),
                ));
            }
        }
    }
    rows.sort_by_key(|r| r.first);
    Ok(rows)
}

/// The runs of a cadence that are due or were spoken of, with their groups.
fn runs<'d>(
    list: &List,
    cadence: &Cadence,
    due: &'d [DueWave],
    editions: &[Edition],
    now: Timestamp,
) -> Vec<(Run, Vec<&'d DueWave>)> {
    let mut runs: Vec<Run> = due
        .iter()
        .filter(|w| w.cadence == cadence.id)
        .map(|w| w.run)
        .collect();
    runs.extend(
        editions
            .iter()
            .filter(|e| e.cadence == cadence.id)
            .map(|e| e.run),
    );
    let near = cadence.upcoming(now, &list.settings.home_zone, None, 2);
    runs.extend(near.iter().map(|o| o.run));
    runs.sort_unstable();
    runs.dedup();
    let of = |run: Run| {
        let own = due
            .iter()
            .filter(|w| w.cadence == cadence.id && w.run == run);
        (run, own.collect())
    };
    runs.into_iter().map(of).collect()
}

fn row(
    (list, cadence, run): (&List, &Cadence, Run),
    edition: Option<&Edition>,
    (first, now): (Timestamp, Timestamp),
    (readers, planned): (i64, bool),
) -> Row {
    let holds = list.settings.approval == Approval::Hold;
    let state = view::state(edition, holds);
    let urgent = first > now && matches!(state, "on hold" | "waits for an approval");
    Row {
        first,
        urgent,
        value: context! {
            list => list.display_name(),
            cadence => cadence.name.as_str(),
            day => view::day(run.date()),
            path => format!("/desk/{}/{}/{run}", list.slug, cadence.name),
            at => moment(first, &list.settings.home_zone),
            left => from_now(first, now),
            readers => count(u64::try_from(readers).unwrap_or(0), "reader"),
            left_already => planned && first <= now,
            state,
            urgent,
        },
    }
}
