//! `edition approve`: an editor's word that an edition may go, given before or after its plan, and
//! taken back. What an operator does about single reasons is `release` and `drop`.

pub(super) mod since;

use clap::Args;
use serde_json::{Value, json};

use super::diff;
use super::status::command;
use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::delivery::Hold;
use crate::domain::edition::{Approval, Edition};
use crate::domain::list::{Cadence, List};
use crate::domain::time::{Run, format_rfc3339};
use crate::store::approved_plan::AmendedStory;

/// What `edition approve` takes.
#[derive(Args, Debug)]
pub struct ApproveArgs {
    #[command(flatten)]
    which: Which,
    /// Who approves
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
    /// Take the approval back; letters that have not left wait again where the list holds
    #[arg(long)]
    undo: bool,
}

pub(super) async fn run(house: &House, args: &ApproveArgs) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let shelf = Shelf::open(house, &args.which).await?;
    let (cadence, run) = meant(house, &shelf, args.undo).await?;
    let (now, list) = (house.clock.now(), &shelf.list);
    let name = format!("{} {run}", cadence.name);
    let holds = list.settings.approval == Approval::Hold;
    if args.undo {
        let edition = house.store.edition_find(list.id, cadence.id, &run).await?;
        let Some(edition) = edition.filter(|e| e.approved.is_some()) else {
            return Err(Failure::failed(format!("{name} is not approved")));
        };
        let held = house
            .store
            .edition_unapprove(edition.id, holds, now)
            .await?;
        show::note(&format!("the approval of {name} is taken back"));
        if holds {
            let held = show::count(i64::try_from(held).unwrap_or(i64::MAX), "letter");
            show::note(&format!(
                "{held} of it that had not left wait for another one"
            ));
        }
        return Ok(Exit::Done);
    }
    let edition = house
        .store
        .edition_open(list.id, cadence.id, &run, now)
        .await?;
    if let Some(known) = &edition.approved {
        show::note(&format!("{name} was approved already, by {}", known.by));
    }
    let gone = house.store.edition_approve(edition.id, &by, now).await?;
    say_approved(list, &name, &by);
    if gone > 0 {
        let gone = show::count(i64::try_from(gone).unwrap_or(i64::MAX), "letter");
        show::note(&format!("{gone} that waited for it may go"));
    }
    for (hold, n) in house.store.held(edition.id).await? {
        let letters = show::count(n, "letter");
        show::note(&format!("{letters} of it still ask: {}", super::asks(hold)));
        let typed = command(&shelf, run, &cadence.name, "release");
        show::note(&format!("hint: `{typed}` lets them go"));
    }
    if !holds {
        let slug = &list.slug;
        show::note(&format!(
            "`{slug}` goes without an approval as well; `courant list set {slug} approval hold` waits for it"
        ));
    }
    diff::keep(house, &shelf, (&cadence, &edition), &by).await?;
    Ok(Exit::Done)
}

/// Says what an approval comes to.
fn say_approved(list: &List, name: &str, by: &str) {
    let missing = list.settings.missing_for_sending();
    let Some(first) = missing.first() else {
        show::note(&format!(
            "{name} is approved by {by}: its letters leave when they are due"
        ));
        return;
    };
    show::note(&format!(
        "{name} is approved by {by}, but none of its letters can leave: {} not set",
        missing.join(", ")
    ));
    show::note(&format!("hint: `courant list set {} {first} …`", list.slug));
}

/// The edition that is meant: of those named the only one; else the one whose letters wait for an
/// approval, else, to undo, the newest that has one, else the next.
async fn meant(house: &House, shelf: &Shelf, undo: bool) -> Result<(Cadence, Run), Failure> {
    let of = |issue: &Issue| (issue.cadence.clone(), issue.run);
    let issues = shelf.meant();
    if shelf.named.is_some() {
        return match issues.as_slice() {
            [issue] => Ok(of(issue)),
            [] => ahead(house, shelf),
            several => Err(shelf.several(several)),
        };
    }
    for issue in &issues {
        let Some(edition) = &issue.edition else {
            continue;
        };
        let held = house.store.held(edition.id).await?;
        if !undo && held.iter().any(|(hold, _)| *hold == Hold::Approval) {
            return Ok(of(issue));
        }
    }
    let approved = |e: &&Edition| e.approved.is_some();
    let newest = issues
        .iter()
        .rev()
        .find(|i| i.edition.as_ref().filter(approved).is_some());
    if let Some(issue) = newest.filter(|_| undo) {
        return Ok(of(issue));
    }
    let slug = &shelf.list.slug;
    shelf.next().map(of).ok_or_else(|| {
        Failure::failed(format!("nobody is due for any edition of `{slug}`")).hint(format!(
            "`courant subscriber list {slug}` shows who is active"
        ))
    })
}

/// A run that was named before anybody spoke of it or was due for it.
fn ahead(house: &House, shelf: &Shelf) -> Result<(Cadence, Run), Failure> {
    let now = house.clock.now();
    let wanted = |c: &&Cadence| shelf.only.as_ref().is_none_or(|only| only.id == c.id);
    let cadences = shelf.cadences.iter().filter(wanted);
    let mut found = cadences.filter_map(|c| shelf.ahead(c, now).map(|run| (c, run)));
    let (cadence, run) = found.next().ok_or_else(|| shelf.unknown())?;
    if found.next().is_some() {
        return Err(Failure::usage("more than one cadence has that run")
            .hint("name one with --cadence NAME"));
    }
    Ok((cadence.clone(), run))
}

/// What stands beside an issue's approval.
#[derive(Default)]
pub(super) struct Beside {
    /// An operator let it go, by a release or by sending it.
    released: bool,
    /// What was amended since it was approved, the last first.
    amended: Vec<AmendedStory>,
}

impl Beside {
    pub(super) async fn of(house: &House, edition: &Edition) -> Result<Beside, Failure> {
        Ok(Beside {
            released: house.store.edition_released(edition.id).await?,
            amended: match &edition.approved {
                Some(approved) => since::amended(house, edition.id, approved.at).await?,
                None => Vec::new(),
            },
        })
    }
}

/// What is to be said of an issue's approval, a line each: who gave it and what was amended since, or
/// what happens without it; nothing where nobody waits for one.
pub(super) fn words(shelf: &Shelf, issue: &Issue, beside: &Beside) -> Vec<String> {
    let approved = issue.edition.as_ref().and_then(|e| e.approved.as_ref());
    match (approved, shelf.list.settings.approval) {
        (Some(approved), _) => {
            let at = shelf.shown(approved.at);
            let mut words = vec![format!("approved by {} at {at}", approved.by)];
            words.extend(since::lines(
                shelf,
                "amended since, and the approval holds",
                &beside.amended,
            ));
            words
        }
        (None, Approval::SendAuto) => Vec::new(),
        (None, Approval::Hold) if beside.released => {
            vec!["released by an operator, and not approved by an editor".to_owned()]
        }
        (None, Approval::Hold) => {
            let typed = command(shelf, issue.run, &issue.cadence.name, "approve");
            vec![format!(
                "not approved: without it no letter leaves; to approve: `{typed}`"
            )]
        }
    }
}

/// The same as JSON: who and when, or what happens without it.
pub(super) fn value(shelf: &Shelf, issue: &Issue, beside: &Beside) -> Value {
    let approved = issue.edition.as_ref().and_then(|e| e.approved.as_ref());
    let approved = approved.map(|a| {
        json!({
            "by": a.by, "at": format_rfc3339(a.at), "amended_since": since::value(&beside.amended),
        })
    });
    json!({
        "approved": approved, "released": beside.released, "without": shelf.list.settings.approval,
    })
}
