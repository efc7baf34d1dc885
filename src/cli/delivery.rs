//! `delivery`: who got an edition, who did not, what the server said, and what is done about it.

mod decide;
mod letter;
mod reconcile;
mod retry;

use std::collections::HashMap;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::edition::{Shelf, Which, shown};
use super::{Exit, Failure, House, show};
use crate::domain::address::Address;
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::time::format_rfc3339;
use crate::domain::{EditionId, SubscriberId, WaveId};

/// Rows read at a time.
const PAGE: i64 = 2_000;
/// Rows of a table, unless more are asked for.
const TABLE: usize = 1_000;

/// What may be asked about deliveries.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Give up a letter that waits for a person, for its time or for another try
    ///
    /// It is withheld and its stories go back; one in doubt stays uncertain and asks no more.
    Drop(decide::DropArgs),
    /// Every letter of an edition: its state, tries, and the server's words
    List(ListArgs),
    /// Settle letters in doubt by what the relay's log says
    ///
    /// A letter that the relay took is accepted, whatever became of it further on; its words are kept.
    /// After a restore that holds for open letters too: the copy does not know that they left. Exits
    /// with 5 if some stay in doubt.
    Reconcile(reconcile::ReconcileArgs),
    /// Let go a letter that waits for a person
    Release(decide::ReleaseArgs),
    /// Try refused letters again, while no later digest is planned for their readers
    Retry(retry::RetryArgs),
}

/// What `delivery list` takes.
#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    which: Which,
    /// Only those: planned, leased, started, deferred, accepted, refused, withheld or uncertain
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// At most so many [default: 1000 in a table, all of them in JSON]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Whole addresses, not masked
    #[arg(long)]
    full: bool,
    /// JSON array
    #[arg(long)]
    json: bool,
}

/// Runs a verb of `delivery`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::Drop(args) => decide::give_up(&house, &args).await,
        Verb::List(args) => list(&house, &args).await,
        Verb::Reconcile(args) => reconcile::run(&house, &args).await,
        Verb::Release(args) => decide::release(&house, &args).await,
        Verb::Retry(args) => retry::run(&house, &args).await,
    }
}

/// Which rows, and how they are shown.
struct Wanted {
    state: Option<DeliveryState>,
    most: usize,
    full: bool,
}

/// A row with its address as it may be shown.
struct Row {
    issue: String,
    to: String,
    /// The left side of its Message-ID; `None` where its key is gone.
    letter: Option<String>,
    delivery: Delivery,
}

async fn list(house: &House, args: &ListArgs) -> Result<Exit, Failure> {
    let state = args
        .state
        .as_deref()
        .map(DeliveryState::parse)
        .transpose()?;
    let shelf = Shelf::open(house, &args.which).await?;
    let meant = editions(house, &shelf).await?;
    let most = match (args.limit, args.json) {
        (Some(n), _) => usize::try_from(n).unwrap_or(usize::MAX),
        (None, true) => usize::MAX,
        (None, false) => TABLE,
    };
    let (mut rows, mut more) = (Vec::new(), false);
    for (issue, edition) in meant {
        let want = Wanted {
            state,
            most,
            full: args.full,
        };
        more |= read(house, &issue, edition, &want, &mut rows).await?;
    }
    if args.json {
        show::json(&rows.iter().map(value).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let zone = &shelf.list.settings.home_zone;
    let cells = |row: &Row| {
        let delivery = &row.delivery;
        let held = delivery.held.map(|h| format!(", held: {h}"));
        let code = match delivery.code {
            0 => "-".to_owned(),
            code => code.to_string(),
        };
        vec![
            row.to.clone(),
            format!("{}{}", delivery.state, held.unwrap_or_default()),
            delivery.attempt.to_string(),
            code,
            delivery.reply.clone(),
            shown(delivery.changed_at, zone),
            row.issue.clone(),
        ]
    };
    let empty = match state {
        Some(state) => format!("no letter is {state}"),
        None => "no letter was planned".to_owned(),
    };
    let headers = [
        "to", "state", "tries", "code", "reply", "changed", "edition",
    ];
    show::table(&headers, rows.iter().map(cells).collect(), &empty)?;
    if more {
        show::note(&format!(
            "only {most} are shown; --limit N shows more, --state S fewer"
        ));
    }
    Ok(Exit::Done)
}

/// The editions that are meant; where no run was named, the newest that was planned.
async fn editions(house: &House, shelf: &Shelf) -> Result<Vec<(String, EditionId)>, Failure> {
    let mut found = Vec::new();
    let mut newest = None;
    for issue in shelf.meant().into_iter().rev() {
        let Some(edition) = &issue.edition else {
            continue;
        };
        if shelf.named.is_none() && house.store.waves(edition.id).await?.is_empty() {
            continue;
        }
        if shelf.named.is_none() && *newest.get_or_insert(issue.run) != issue.run {
            break;
        }
        found.push((issue.name(), edition.id));
    }
    match found.is_empty() {
        true => Err(shelf.unknown()),
        false => Ok(found),
    }
}

/// Reads an edition's rows up to `most` in all; whether there are more.
async fn read(
    house: &House,
    issue: &str,
    edition: EditionId,
    want: &Wanted,
    rows: &mut Vec<Row>,
) -> Result<bool, Failure> {
    let mut after = SubscriberId(0);
    let waves = house.store.waves(edition).await?;
    let keys: HashMap<WaveId, &str> = waves
        .iter()
        .map(|wave| (wave.id, wave.frozen.key_id.as_str()))
        .collect();
    loop {
        let page = house.store.deliveries(edition, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(false);
        };
        after = last.subscriber;
        let people: Vec<SubscriberId> = page.iter().map(|d| d.subscriber).collect();
        let addresses = house.store.addresses(&people).await?;
        for delivery in page {
            if want.state.is_some_and(|s| s != delivery.state) {
                continue;
            }
            if rows.len() >= want.most {
                return Ok(true);
            }
            let shown = |a: &Address| match want.full {
                true => a.full().to_owned(),
                false => a.masked(),
            };
            let to = addresses.get(&delivery.subscriber).map(shown);
            let letter = keys.get(&delivery.wave).and_then(|key| {
                let (who, digest) = (delivery.subscriber, delivery.digest);
                house.keys.letter_id(key, edition, who, digest)
            });
            rows.push(Row {
                issue: issue.to_owned(),
                to: to.unwrap_or_else(|| "(erased)".to_owned()),
                letter,
                delivery,
            });
        }
    }
}

fn value(row: &Row) -> serde_json::Value {
    let delivery = &row.delivery;
    json!({
        "edition": row.issue,
        "to": row.to,
        "subscriber": delivery.subscriber,
        "state": delivery.state,
        "held": delivery.held,
        "attempts": delivery.attempt,
        "letter_id": row.letter,
        "code": (delivery.code != 0).then_some(delivery.code),
        "reply": delivery.reply,
        "not_before": format_rfc3339(delivery.not_before),
        "changed": format_rfc3339(delivery.changed_at),
    })
}
