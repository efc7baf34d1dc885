//! What differs in one reader's digest: what is new, what is gone, what moved.

use serde_json::json;

use super::{DiffArgs, meant, shelf};
use crate::cli::edition::reading::{self, Found, Prefer};
use crate::cli::edition::which::{Shelf, reader};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::selection::{Pick, Section};
use crate::domain::time::Timestamp;

/// A reader's digest and what it is.
type Side = (String, Vec<Pick>);
/// The rank of a pick before and after.
type Move<'a> = (Option<usize>, Option<usize>, &'a Pick);

/// A reader's digest on one side, by rank.
async fn picks(
    house: &House,
    shelf: &Shelf,
    address: &str,
    at: Option<Timestamp>,
) -> Result<Side, Failure> {
    let (_, subscription) = reader(house, &shelf.list, address).await?;
    let found = reading::find(house, shelf, &subscription, at, Prefer::Next).await?;
    Ok(match found {
        Found::Stored(edition, digest) => {
            let name = format!("{} {}", edition.cadence_name, edition.run);
            (format!("{name} as it is planned"), digest.picks)
        }
        Found::Skipped(edition, skip) => {
            let why = reading::skip_words(skip, &shelf.list);
            let name = format!("{} {}", edition.cadence_name, edition.run);
            (format!("{name}, no digest: {why}"), Vec::new())
        }
        Found::Ahead(ahead) => {
            let draft = reading::draft(house, &shelf.list, &ahead, &subscription, at).await?;
            let name = format!("{} {} as a draft", ahead.cadence.name, ahead.run);
            (name, draft.selection.picks)
        }
    })
}

/// Shows what differs for the reader whom an address names.
pub(super) async fn run(
    house: &House,
    args: &DiffArgs,
    first: &Shelf,
    address: &str,
) -> Result<Exit, Failure> {
    let (before, after) = match args.approved {
        true => since_approval(house, args, first, address).await?,
        false => {
            let second = shelf(house, args, args.b.clone()).await?;
            let before = picks(house, first, address, None).await?;
            (before, picks(house, &second, address, None).await?)
        }
    };
    let moves = moves(&before.1, &after.1);
    if args.json {
        let row = |(was, is, pick): &Move<'_>| {
            json!({"article": pick.article, "before": was, "after": is,
                "lead": pick.section == Section::Lead})
        };
        show::json(&json!({
            "list": first.list.slug,
            "subscriber": address,
            "before": before.0,
            "after": after.0,
            "same": before.1 == after.1,
            "stories": moves.iter().map(row).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    show::line(&format!("before: {}", before.0))?;
    show::line(&format!("after:  {}", after.0))?;
    if before.1 == after.1 {
        show::line("the same stories in the same order")?;
        return Ok(Exit::Done);
    }
    let mut table = Vec::new();
    for (was, is, pick) in moves {
        let rank = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let headline = house.store.article(pick.article).await?.text.headline;
        let article = pick.article.to_string();
        table.push(vec![
            rank(was),
            rank(is),
            article,
            typed::short(&headline, 80),
        ]);
    }
    show::table(
        &["before", "after", "article", "headline"],
        table,
        "neither has a story",
    )?;
    Ok(Exit::Done)
}

/// The digest as of the approval, and as it stands now.
async fn since_approval(
    house: &House,
    args: &DiffArgs,
    first: &Shelf,
    address: &str,
) -> Result<(Side, Side), Failure> {
    let issue = meant(first)?;
    let known = match &issue.edition {
        Some(edition) => house.store.approved_plan(edition.id).await?,
        None => None,
    };
    let known = known.ok_or_else(|| {
        let slug = &first.list.slug;
        Failure::failed(format!("no plan of {} was approved", issue.name()))
            .hint(format!("`courant edition approve {slug}` keeps the plan"))
    })?;
    let shelf = shelf(house, args, Some(issue.run.to_string())).await?;
    let mut before = picks(house, &shelf, address, Some(known.at)).await?;
    before.0.push_str(", worked out as of the approval");
    Ok((before, picks(house, &shelf, address, None).await?))
}

/// Where each pick of the second digest was in the first, then what only the first has.
fn moves<'a>(before: &'a [Pick], after: &'a [Pick]) -> Vec<Move<'a>> {
    let at = |of: &[Pick], pick: &Pick| of.iter().position(|p| p.article == pick.article);
    let now = after.iter().enumerate();
    let now = now.map(|(is, pick)| (at(before, pick).map(|was| was + 1), Some(is + 1), pick));
    let gone = before.iter().enumerate();
    let gone = gone.filter(|(_, pick)| at(after, pick).is_none());
    now.chain(gone.map(|(was, pick)| (Some(was + 1), None, pick)))
        .collect()
}
