//! `edition list`: a list's editions, each with its waves, its sums and how far it is.

use clap::Args;
use serde_json::json;

use super::halt::halted;
use super::issue_state::progress;
use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::edition::Wave;
use crate::domain::time::{Timestamp, format_rfc3339};

const HEADERS: &[&str] = &[
    "run",
    "cadence",
    "state",
    "frozen",
    "first due",
    "last due",
    "planned",
    "accepted",
    "open",
    "asking",
];

/// What `edition list` takes.
#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    which: Which,
    /// At most so many, the newest ones
    #[arg(long, value_name = "N", default_value_t = 50,
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// JSON array
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(house: &House, args: &ListArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let mut meant = shelf.meant();
    meant.retain(|i| i.edition.is_some());
    meant.reverse();
    meant.truncate(usize::from(args.limit));
    if meant.is_empty() && shelf.named.is_some() {
        return Err(shelf.unknown());
    }
    let (mut rows, mut values, mut undone) = (Vec::new(), Vec::new(), Vec::new());
    for issue in meant {
        let Some(edition) = &issue.edition else {
            continue;
        };
        let waves = house.store.waves(edition.id).await?;
        let tally = house.store.tally(edition.id).await?;
        let state = progress(issue, &waves, &tally);
        let due = dues(issue, &waves);
        if let Some((_, Some(undo))) = halted(&shelf, issue) {
            undone.push(format!(
                "{} is paused; to let it go on: `{undo}`",
                issue.name()
            ));
        }
        let (first, last) = (due.first().copied(), due.last().copied());
        values.push(json!({
            "edition": edition.id,
            "cadence": issue.cadence.name,
            "run": issue.run.to_string(),
            "state": state,
            "waves": { "frozen": waves.len(), "total": due.len(),
                "first_due": first.map(format_rfc3339), "last_due": last.map(format_rfc3339) },
            "to_come": issue.readers_to_come(),
            "tally": tally,
        }));
        let when = |at: Option<_>| at.map_or_else(|| "-".to_owned(), |at| shelf.shown(at));
        rows.push(vec![
            issue.run.to_string(),
            issue.cadence.name.to_string(),
            state.to_string(),
            format!("{} of {}", waves.len(), due.len()),
            when(first),
            when(last),
            tally.planned.to_string(),
            tally.accepted.to_string(),
            tally.open.to_string(),
            tally.asking.to_string(),
        ]);
    }
    if args.json {
        show::json(&values)?;
        return Ok(Exit::Done);
    }
    let slug = &shelf.list.slug;
    let empty = format!("`{slug}` has no edition yet: `courant edition plan {slug}` plans it");
    show::table(HEADERS, rows, &empty)?;
    undone.iter().for_each(|words| show::note(words));
    next(&shelf);
    Ok(Exit::Done)
}

/// When an issue's waves are due, frozen ones and those to come.
fn dues(issue: &Issue, waves: &[Wave]) -> Vec<Timestamp> {
    let frozen = waves.iter().map(|w| w.due_at);
    let all = frozen.chain(issue.coming.iter().map(|w| w.due_at));
    let mut due: Vec<Timestamp> = all.collect();
    due.sort_unstable();
    due.dedup();
    due
}

/// Says which run nobody has spoken of yet comes next.
fn next(shelf: &Shelf) {
    let unspoken = |i: &&Issue| i.edition.is_none() && !i.coming.is_empty();
    let meant = shelf.meant();
    let next = meant.into_iter().filter(unspoken);
    let next = next.min_by_key(|i| i.coming.first().map(|w| w.due_at));
    if let Some((issue, wave)) = next.and_then(|i| Some((i, i.coming.first()?))) {
        let readers = show::count(issue.readers_to_come(), "reader");
        let due = shelf.shown(wave.due_at);
        show::note(&format!(
            "next: {}, due from {due}, {readers}",
            issue.name()
        ));
    }
}
