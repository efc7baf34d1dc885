//! `edition diff`: what changed between two runs of a list, or since the plan that was approved.

mod own;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::approve::since;
use super::which::{Issue, Shelf, Which};
use crate::cli::flight::explain::lost_to_stories;
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::ArticleId;
use crate::domain::edition::Edition;
use crate::domain::list::Cadence;
use crate::domain::snapshot::{Changes, Snapshot, changes};
use crate::domain::time::Timestamp;
use crate::press::forecast;
use crate::store::approved_plan::AmendedStory;

/// What `edition diff` takes.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// Which list
    list: String,
    /// A run: 2026-11-26, 2026-11-26T14:30, today or tomorrow; with --approved, else the next one
    a: Option<String>,
    /// The run that it is held against
    b: Option<String>,
    /// Hold a run, as it stands now, against its plan as it was approved
    #[arg(long, conflicts_with = "b")]
    approved: bool,
    /// Which cadence, where more than one has that run
    #[arg(long, value_name = "NAME")]
    cadence: Option<String>,
    /// Only what changed for this subscriber
    #[arg(long, value_name = "ADDRESS")]
    subscriber: Option<String>,
    /// At most so many stories
    #[arg(long, value_name = "N", default_value_t = 40)]
    limit: usize,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// One side of a comparison.
struct Side {
    /// `daily 2026-11-26`, and as of when.
    name: String,
    waves: Vec<Snapshot>,
}

pub(super) async fn run(house: &House, args: &DiffArgs) -> Result<Exit, Failure> {
    if !args.approved && (args.a.is_none() || args.b.is_none()) {
        let list = &args.list;
        return Err(
            Failure::usage("two runs are held against each other").hint(format!(
                "`courant edition diff {list} 2026-11-26 2026-11-27`, or \
             `courant edition diff {list} --approved`"
            )),
        );
    }
    let first = shelf(house, args, args.a.clone()).await?;
    if let Some(address) = &args.subscriber {
        return own::run(house, args, &first, address).await;
    }
    let (before, after, amended) = match args.approved {
        true => approved(house, &first).await?,
        false => {
            let second = shelf(house, args, args.b.clone()).await?;
            let before = as_it_stands(house, &first, meant(&first)?).await?;
            let after = as_it_stands(house, &second, meant(&second)?).await?;
            (before, after, Vec::new())
        }
    };
    let found = changes(&before.waves, &after.waves);
    let rows = rows(house, &found).await?;
    if args.json {
        let mut value = json!({
            "list": first.list.slug,
            "before": before.name,
            "after": after.name,
            "same": found.same,
            "digests": found.digests,
            "skipped": found.skipped,
            "words": found.words,
            "stories": rows,
        });
        if args.approved {
            value["amended_since"] = since::value(&amended);
        }
        show::json(&value)?;
        return Ok(Exit::Done);
    }
    print(&before, &after, &found, &rows, args.limit)?;
    for line in since::lines(&first, "amended since it was approved", &amended) {
        show::line(&line)?;
    }
    Ok(Exit::Done)
}

async fn shelf(house: &House, args: &DiffArgs, run: Option<String>) -> Result<Shelf, Failure> {
    let which = Which {
        list: args.list.clone(),
        run,
        cadence: args.cadence.clone(),
    };
    Shelf::open(house, &which).await
}

/// The one issue that is meant; without a run the next one, else the newest.
pub(in crate::cli) fn meant(shelf: &Shelf) -> Result<&Issue, Failure> {
    if shelf.named.is_none() {
        let issue = shelf.next().or_else(|| shelf.meant().last().copied());
        return issue.ok_or_else(|| shelf.unknown());
    }
    match shelf.meant().as_slice() {
        [one] => Ok(one),
        [] => Err(shelf.unknown()),
        several => Err(shelf.several(several)),
    }
}

/// An issue's plan now: what is planned of it, and a draft of what is to come.
async fn as_it_stands(house: &House, shelf: &Shelf, issue: &Issue) -> Result<Side, Failure> {
    let now = house.clock.now();
    let waves = snapshots(house, shelf, issue, now).await?;
    Ok(Side {
        name: issue.name(),
        waves,
    })
}

/// What each wave of an issue comes to with what is known `now`.
pub(super) async fn snapshots(
    house: &House,
    shelf: &Shelf,
    issue: &Issue,
    now: Timestamp,
) -> Result<Vec<Snapshot>, Failure> {
    let press = parts::press(house)?;
    let named = forecast::Issue {
        list: &shelf.list,
        run: issue.run,
        edition: issue.edition.as_ref(),
        coming: &issue.coming,
    };
    let waves = press.ahead(named, now).await?;
    let readers: i64 = waves.iter().map(|w| w.readers).sum();
    let bar = show::bar(u64::try_from(readers).unwrap_or(0), "working digests out");
    let mut snapshots = Vec::new();
    for wave in &waves {
        let mut seen = |n: usize| bar.inc(n as u64);
        snapshots.push(wave.snapshot(&press, &mut seen).await?);
    }
    bar.finish_and_clear();
    Ok(snapshots)
}

/// The approved plan of an issue, the same as it stands now, and what was amended in between. Without a
/// run, the newest that was approved.
async fn approved(
    house: &House,
    shelf: &Shelf,
) -> Result<(Side, Side, Vec<AmendedStory>), Failure> {
    let issues = match shelf.named {
        Some(_) => vec![meant(shelf)?],
        None => shelf.meant().into_iter().rev().collect(),
    };
    for issue in issues {
        let Some(edition) = &issue.edition else {
            continue;
        };
        let Some(known) = house.store.approved_plan(edition.id).await? else {
            continue;
        };
        let at = shelf.shown(known.at);
        let back = match edition.approved {
            Some(_) => "",
            None => ", taken back since",
        };
        let before = Side {
            name: format!("{} as {} approved it at {at}{back}", issue.name(), known.by),
            waves: known.waves,
        };
        let after = as_it_stands(house, shelf, issue).await?;
        let amended = since::amended(house, edition.id, known.at).await?;
        return Ok((before, after, amended));
    }
    let slug = &shelf.list.slug;
    let hint = format!("`courant edition approve {slug}` keeps the plan as it is then");
    Err(match shelf.named {
        Some(_) if shelf.meant().is_empty() => shelf.unknown(),
        _ => Failure::failed("no plan of it was approved").hint(hint),
    })
}

/// A story that more or fewer digests have.
#[derive(Serialize)]
struct Row {
    article: ArticleId,
    headline: String,
    before: u64,
    after: u64,
}

/// The largest changes first.
async fn rows(house: &House, found: &Changes) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (article, (before, after)) in &found.articles {
        rows.push(Row {
            article: *article,
            headline: house.store.article(*article).await?.text.headline,
            before: *before,
            after: *after,
        });
    }
    rows.sort_by_key(|r| (std::cmp::Reverse(r.before.abs_diff(r.after)), r.article));
    Ok(rows)
}

fn print(
    before: &Side,
    after: &Side,
    found: &Changes,
    rows: &[Row],
    limit: usize,
) -> Result<(), Failure> {
    show::line(&format!("before: {}", before.name))?;
    show::line(&format!("after:  {}", after.name))?;
    if found.same {
        return show::line("every digest brings the same stories in the same order");
    }
    for (name, (was, is)) in [("digests", found.digests), ("skipped", found.skipped)] {
        if was != is {
            show::line(&format!("{name}: {was}, then {is}"))?;
        }
    }
    let quoted = |text: &str| match text {
        "" => "none".to_owned(),
        text => format!("`{}`", typed::short(&text.replace('\n', " "), 80)),
    };
    for (name, (was, is)) in &found.words {
        show::line(&format!("{name}: {}, then {}", quoted(was), quoted(is)))?;
    }
    if rows.is_empty() {
        return show::line(
            "as many digests bring each story; who gets which, or their order, changed",
        );
    }
    show::line("")?;
    let cells = |r: &Row| {
        let sign = if r.after > r.before { "+" } else { "-" };
        vec![
            format!("{sign}{}", r.after.abs_diff(r.before)),
            r.before.to_string(),
            r.after.to_string(),
            r.article.to_string(),
            typed::short(&r.headline, 80),
        ]
    };
    let shown = rows.iter().take(limit).map(cells).collect();
    show::table(
        &["change", "before", "after", "article", "headline"],
        shown,
        "",
    )?;
    if rows.len() > limit {
        let more = rows.len() - limit;
        show::note(&format!("{more} more stories changed; --limit is {limit}"));
    }
    Ok(())
}

/// Keeps an edition's plan as somebody approves it, for later comparisons.
pub(super) async fn keep(
    house: &House,
    shelf: &Shelf,
    (cadence, edition): (&Cadence, &Edition),
    by: &str,
) -> Result<(), Failure> {
    let mut issues = shelf.issues.iter();
    let known = issues.find(|i| i.cadence.id == cadence.id && i.run == edition.run);
    let issue = Issue {
        cadence: cadence.clone(),
        run: edition.run,
        edition: Some(edition.clone()),
        coming: known.map(|i| i.coming.clone()).unwrap_or_default(),
    };
    let now = house.clock.now();
    let waves = snapshots(house, shelf, &issue, now).await?;
    let store = &house.store;
    store.approved_plan_add(edition.id, &waves, by, now).await?;
    for line in lost_to_stories(house, shelf, &issue).await? {
        show::note(&line);
    }
    let digests: u64 = waves.iter().map(|w| w.digests).sum();
    let digests = show::count(i64::try_from(digests).unwrap_or(i64::MAX), "digest");
    let slug = &shelf.list.slug;
    show::note(&format!(
        "kept as it is now, with {digests}: `courant edition diff {slug} --approved` shows what changes"
    ));
    Ok(())
}
