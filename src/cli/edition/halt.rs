//! `edition pause`, `resume` and `cancel`: whether an edition's letters may leave, decided beside
//! whoever sends them.

use std::time::Duration;

use clap::Args;

use super::status::command;
use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::EditionId;
use crate::domain::delivery::Tally;
use crate::domain::edition::{Edition, EditionState};

/// How often a sender is looked at that still has letters in its hands, and how often at most.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: usize = 25;

/// What `edition cancel` takes.
#[derive(Args, Debug)]
pub struct CancelArgs {
    #[command(flatten)]
    which: Which,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// An edition with what is left of it.
struct Meant {
    shelf: Shelf,
    edition: Edition,
    tally: Tally,
    /// Readers who are still due for it.
    coming: i64,
}

impl Meant {
    fn name(&self) -> String {
        format!("{} {}", self.edition.cadence_name, self.edition.run)
    }

    fn command(&self, verb: &str) -> String {
        let (run, cadence) = (self.edition.run, &self.edition.cadence_name);
        command(&self.shelf, run, cadence, verb)
    }

    fn letters(&self) -> String {
        show::count(self.tally.open, "letter")
    }

    /// Whether nothing of it can leave any more, whatever is decided.
    fn is_over(&self) -> bool {
        self.tally.planned > 0 && self.tally.open == 0 && self.coming == 0
    }

    fn over(&self, verb: &str) -> Failure {
        let name = self.name();
        Failure::failed(format!("{name} is finished: there is nothing to {verb}")).hint(format!(
            "`{}` shows what became of it",
            self.command("status")
        ))
    }

    fn cancelled(&self) -> Failure {
        Failure::failed(format!("{} was cancelled, for good", self.name())).hint(format!(
            "`{}` shows what became of it",
            self.command("status")
        ))
    }
}

pub(super) async fn pause(house: &House, which: &Which) -> Result<Exit, Failure> {
    let open = meant(house, which, "pause", |e, open| {
        e.state == EditionState::Open && open
    });
    let meant = match open.await {
        // Of what is paused already, that is said.
        Err(none) if which.run.is_none() => {
            let paused = |e: &Edition, _| e.state == EditionState::Paused;
            meant(house, which, "pause", paused).await.or(Err(none))?
        }
        meant => meant?,
    };
    if meant.edition.state == EditionState::Open && meant.is_over() {
        return Err(meant.over("pause"));
    }
    let was = house
        .store
        .edition_pause(meant.edition.id, house.clock.now())
        .await?;
    let (name, letters) = (meant.name(), meant.letters());
    match was {
        EditionState::Open => show::note(&format!(
            "{name} is paused: {letters} open, and none leaves until it goes on"
        )),
        EditionState::Paused => show::note(&format!("{name} was paused already: {letters} open")),
        EditionState::Cancelled => return Err(meant.cancelled()),
    }
    let leaving = house.store.leaving(meant.edition.id).await?;
    if leaving > 0 {
        let letters = show::count(leaving, "letter");
        show::note(&format!(
            "with a sender already: {letters}; at most one for each open connection still leaves"
        ));
    }
    if meant.coming > 0 {
        let readers = show::count(meant.coming, "reader");
        show::note(&format!(
            "still to come: {readers}; they are planned at their time, and wait as well"
        ));
    }
    show::note(&format!(
        "next: `{}` lets it go on",
        meant.command("resume")
    ));
    Ok(Exit::Done)
}

pub(super) async fn resume(house: &House, which: &Which) -> Result<Exit, Failure> {
    let meant = meant(house, which, "resume", |e, _| {
        e.state == EditionState::Paused
    })
    .await?;
    let was = house
        .store
        .edition_resume(meant.edition.id, house.clock.now())
        .await?;
    let name = meant.name();
    match was {
        EditionState::Open => show::note(&format!("{name} is not paused")),
        EditionState::Paused => {
            show::note(&format!("{name} goes on: {} open", meant.letters()));
            let (slug, run) = (&meant.shelf.list.slug, meant.edition.run);
            show::note(&format!(
                "next: a running `courant serve` sends them, or `courant edition send {slug} --run {run} --yes`"
            ));
        }
        EditionState::Cancelled => return Err(meant.cancelled()),
    }
    if meant.tally.asking > 0 {
        let letters = show::count(meant.tally.asking, "letter");
        show::note(&format!("still asking: {letters}"));
        show::note(&format!("hint: `{}`", meant.command("status")));
    }
    Ok(Exit::Done)
}

pub(super) async fn cancel(house: &House, args: &CancelArgs) -> Result<Exit, Failure> {
    let meant = meant(house, &args.which, "cancel", |e, open| {
        e.state != EditionState::Cancelled && open
    });
    let meant = meant.await?;
    let name = meant.name();
    let known = meant.edition.state == EditionState::Cancelled;
    if !known && meant.is_over() {
        return Err(meant.over("cancel"));
    }
    if known && meant.tally.open == 0 {
        show::note(&format!("{name} was cancelled already"));
        return Ok(Exit::Done);
    }
    if !args.yes {
        show::note(&format!(
            "{name} would be cancelled for good: {} would be withheld",
            meant.letters()
        ));
        if meant.coming > 0 {
            let readers = show::count(meant.coming, "reader");
            show::note(&format!("still to come, and skipped then: {readers}"));
        }
        show::note("hint: add --yes; `edition pause` stops it for now");
        return Ok(Exit::Usage);
    }
    let (withheld, uncertain, leaving) = until_settled(house, meant.edition.id).await?;
    let letters = |n: u64| show::count(i64::try_from(n).unwrap_or(i64::MAX), "letter");
    show::note(&format!(
        "{name} is cancelled: {} withheld",
        letters(withheld)
    ));
    if uncertain > 0 {
        show::note(&format!(
            "in doubt, and not sent again: {}",
            letters(uncertain)
        ));
    }
    if meant.coming > 0 {
        let readers = show::count(meant.coming, "reader");
        show::note(&format!(
            "still to come, and skipped: {readers}, due again for the edition after it"
        ));
    }
    if leaving > 0 {
        let letters = show::count(leaving, "letter");
        show::note(&format!("still with a sender: {letters}"));
        let again = meant.command("cancel --yes");
        show::note(&format!(
            "hint: once it has ended, `{again}` withholds what it gave back"
        ));
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}

/// Cancels, and again as long as a sender gives letters back: (withheld, in doubt, still leaving).
async fn until_settled(house: &House, edition: EditionId) -> Result<(u64, u64, i64), Failure> {
    let before = house.store.tally(edition).await?;
    let mut looks = 0;
    loop {
        let done = house.store.edition_cancel(edition, house.clock.now());
        let leaving = done.await?.leaving;
        if leaving > 0 && looks < LOOKS {
            looks += 1;
            tokio::time::sleep(LOOK).await;
            continue;
        }
        let after = house.store.tally(edition).await?;
        let more = |now: i64, then: i64| u64::try_from(now - then).unwrap_or(0);
        return Ok((
            more(after.withheld, before.withheld),
            more(after.uncertain, before.uncertain),
            leaving,
        ));
    }
}

/// The edition that is meant: the named one, spoken of or not; without a run the one that fits.
async fn meant(
    house: &House,
    which: &Which,
    verb: &str,
    fits: impl Fn(&Edition, bool) -> bool,
) -> Result<Meant, Failure> {
    let shelf = Shelf::open(house, which).await?;
    let now = house.clock.now();
    let (cadence, run) = match shelf.named {
        Some(_) => shelf.one(now)?,
        None => {
            let issue = fitting(house, &shelf, verb, fits).await?;
            (issue.cadence.id, issue.run)
        }
    };
    let coming = |i: &&Issue| i.cadence.id == cadence && i.run == run;
    let coming = shelf.issues.iter().find(coming);
    let coming = coming.map_or(0, Issue::readers_to_come);
    let edition = house
        .store
        .edition_open(shelf.list.id, cadence, &run, now)
        .await?;
    Ok(Meant {
        tally: house.store.tally(edition.id).await?,
        shelf,
        edition,
        coming,
    })
}

async fn fitting<'a>(
    house: &House,
    shelf: &'a Shelf,
    verb: &str,
    fits: impl Fn(&Edition, bool) -> bool,
) -> Result<&'a Issue, Failure> {
    let open = house.store.editions_open().await?;
    let fitting = |i: &&Issue| {
        let edition = i.edition.as_ref();
        edition.is_some_and(|e| fits(e, open.contains(&e.id)))
    };
    let found: Vec<&Issue> = shelf.meant().into_iter().filter(fitting).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let slug = &shelf.list.slug;
            Err(
                Failure::failed(format!("there is no edition of `{slug}` to {verb}")).hint(
                    format!("`courant edition list {slug}` shows how far each is; --run names one"),
                ),
            )
        }
        several => Err(shelf.several(several)),
    }
}

/// `paused since 2026-11-26 07:03 Europe/Berlin`, with what undoes it.
pub(super) fn halted(shelf: &Shelf, issue: &Issue) -> Option<(String, Option<String>)> {
    let edition = issue.edition.as_ref()?;
    let since = edition.halted_at.map(|at| shelf.shown(at));
    let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
    match edition.state {
        EditionState::Open => None,
        EditionState::Paused => Some((
            format!("paused{since}: none of its letters leaves"),
            Some(command(shelf, issue.run, &issue.cadence.name, "resume")),
        )),
        EditionState::Cancelled => Some((
            format!("cancelled{since}: nothing of it is sent or planned any more"),
            None,
        )),
    }
}
