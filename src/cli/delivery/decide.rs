//! `delivery release` and `drop`: what a person decides about a single letter, or about all that ask.

use clap::Args;

use super::letter;
use crate::cli::edition::{Shelf, Which, asks, let_go, renew};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::EditionId;
use crate::domain::delivery::DeliveryState;

/// Whose letters.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The letter of this subscriber
    #[arg(long, value_name = "ADDRESS")]
    subscriber: Option<String>,
    /// Every letter that waits for a person
    #[arg(long)]
    all_held: bool,
}

/// What `delivery release` takes.
#[derive(Args, Debug)]
pub struct ReleaseArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    whose: Whose,
}

/// What `delivery drop` takes.
#[derive(Args, Debug)]
pub struct DropArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    whose: Whose,
    /// Do it
    #[arg(long)]
    yes: bool,
}

pub(super) async fn release(house: &House, args: &ReleaseArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let now = house.clock.now();
    let Some(address) = &args.whose.subscriber else {
        for (name, edition, _) in held(house, &shelf).await? {
            let n = let_go(house, edition, now).await?;
            show::note(&format!("{} of {name} released", letters(n)));
        }
        next(&shelf);
        return Ok(Exit::Done);
    };
    let letter = letter::find(house, &shelf, address, |d| d.held.is_some()).await?;
    renew(house, letter.edition, now).await?;
    if !house
        .store
        .release_one(letter.edition, letter.row.subscriber, now)
        .await?
    {
        return Err(letter.not(&shelf, "asks nothing"));
    }
    show::note(&format!("{} released", letter.name()));
    if letter.row.state == DeliveryState::Uncertain {
        show::note("it was in doubt: they may get a second copy of the same letter");
    }
    next(&shelf);
    Ok(Exit::Done)
}

pub(super) async fn give_up(house: &House, args: &DropArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let now = house.clock.now();
    let Some(address) = &args.whose.subscriber else {
        let held = held(house, &shelf).await?;
        if !args.yes {
            for (name, _, words) in held {
                show::note(&format!("of {name} would be given up: {words}"));
            }
            show::note("hint: add --yes");
            return Ok(Exit::Usage);
        }
        for (name, edition, _) in held {
            let n = house.store.drop_held(edition, now).await?;
            show::note(&format!("{} of {name} given up", letters(n)));
        }
        return Ok(Exit::Done);
    };
    let waits = |d: &crate::domain::delivery::Delivery| {
        d.held.is_some() || matches!(d.state, DeliveryState::Planned | DeliveryState::Deferred)
    };
    let mut letter = letter::find(house, &shelf, address, waits).await?;
    if !waits(&letter.row) {
        return Err(letter.not(&shelf, "waits for nothing"));
    }
    if !args.yes {
        show::note(&format!(
            "{} would be given up: {}",
            letter.name(),
            letter.standing()
        ));
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    let done = house
        .store
        .drop_one(letter.edition, letter.row.subscriber, now)
        .await?;
    let after = letter.again(house).await?;
    match done {
        true => show::note(&format!(
            "{} given up: it is {}",
            letter.name(),
            after.state
        )),
        false => {
            letter.row = after;
            return Err(letter.not(&shelf, "waits for nothing"));
        }
    }
    Ok(Exit::Done)
}

/// The editions that ask, with what they ask in words.
async fn held(house: &House, shelf: &Shelf) -> Result<Vec<(String, EditionId, String)>, Failure> {
    let mut found = Vec::new();
    for issue in shelf.meant() {
        let Some(edition) = &issue.edition else {
            continue;
        };
        let held = house.store.held(edition.id).await?;
        let words = held
            .iter()
            .map(|(hold, n)| format!("{} {}", show::count(*n, "letter"), asks(*hold)));
        let words: Vec<String> = words.collect();
        if !words.is_empty() {
            found.push((issue.name(), edition.id, words.join("; ")));
        }
    }
    if found.is_empty() {
        let slug = &shelf.list.slug;
        return Err(
            Failure::failed(format!("nothing of `{slug}` asks")).hint(format!(
                "`courant edition status {slug}` shows how far it is"
            )),
        );
    }
    Ok(found)
}

fn letters(n: u64) -> String {
    show::count(i64::try_from(n).unwrap_or(i64::MAX), "letter")
}

/// What sends it.
pub(super) fn next(shelf: &Shelf) {
    let slug = &shelf.list.slug;
    show::note(&format!(
        "next: a running `courant serve` sends it, or `courant edition send {slug} --yes`"
    ));
}
