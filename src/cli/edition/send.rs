//! `edition send`: plans what is not planned of an edition, lets it leave now and follows it to its
//! end; by this process if nobody else sends from the data folder, else beside the one that does.

mod follow;
mod time;
mod trial;

use clap::Args;

use super::asks;
use super::status::{command, sum};
use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, parts, sending, show};
use crate::deliver::notice;
use crate::domain::EditionId;
use crate::domain::delivery::Tally;
use crate::domain::edition::{Edition, EditionState};
use crate::domain::time::Timestamp;
use follow::{Follow, Sender};

/// What `edition send` takes.
#[derive(Args, Debug)]
pub struct SendArgs {
    #[command(flatten)]
    which: Which,
    /// Do it
    #[arg(long, conflicts_with = "test")]
    yes: bool,
    /// One real letter of the edition to this address instead, marked as a test; nothing else is sent,
    /// and no row is written
    #[arg(long, value_name = "ADDRESS")]
    test: Option<String>,
    /// The letter of this subscriber (default: of the address, if it subscribes, else of a reader
    /// who asked for nothing in particular); only with --test
    #[arg(long, value_name = "WHOSE", requires = "test")]
    subscriber: Option<String>,
}

pub(super) async fn run(house: &House, args: &SendArgs) -> Result<Exit, Failure> {
    if let Some(to) = &args.test {
        return trial::run(house, args, to).await;
    }
    let mut shelf = Shelf::open(house, &args.which).await?;
    shelf.complete()?;
    if let Some((what, hint)) = parts::missing_of_machine(house).await?.into_iter().next() {
        return Err(Failure::new(Exit::Config, anyhow::anyhow!(what)).hint(hint));
    }
    if args.yes && shelf.named.is_none() && pass_over(house, &shelf).await? {
        shelf = Shelf::open(house, &args.which).await?;
    }
    let meant = meant(house, &shelf).await?;
    if meant.is_empty() {
        return nothing(house, &shelf).await;
    }
    let mut sums = Tally::default();
    let (mut todo, mut settled) = (Vec::new(), Vec::new());
    for issue in meant {
        may_leave(&shelf, issue)?;
        let tally = tally(house, issue).await?;
        match tally.open > 0 || !issue.coming.is_empty() {
            true => todo.push(issue),
            false => {
                show::line(&format!("{}: {}", issue.name(), sum(&tally)))?;
                add(&mut sums, &tally);
                settled.push(issue);
            }
        }
    }
    match (todo.is_empty(), args.yes) {
        (true, yes) => {
            for issue in &settled {
                told_of(house, &shelf, issue, None).await?;
            }
            if yes {
                tell_operators(house).await?;
            }
            Ok(ended(&sums))
        }
        (false, false) => {
            for issue in &todo {
                time::would(house, &shelf, issue).await?;
            }
            paused(house).await?;
            show::note("hint: add --yes");
            Ok(Exit::Usage)
        }
        (false, true) => launch(house, &shelf, &todo, sums).await,
    }
}

/// Plans and sends, or follows whoever does; `sums` are those of the issues that were settled before.
async fn launch(
    house: &House,
    shelf: &Shelf,
    todo: &[&Issue],
    mut sums: Tally,
) -> Result<Exit, Failure> {
    let stop = follow::stop_signal();
    let mut sender = Sender::take(house).await?;
    if let Some(exit) = paused(house).await? {
        return Ok(exit);
    }
    let mut sent = Vec::new();
    for issue in todo {
        let edition = prepare(house, shelf, issue).await?;
        sent.push((*issue, edition.id));
        let mut follow = Follow::new(house, &edition, stop.clone()).await?;
        follow.until_settled(&mut sender).await?;
        let tally = house.store.tally(edition.id).await?;
        show::line(&format!("{}: {}", issue.name(), sum(&tally)))?;
        add(&mut sums, &tally);
        if stop.is_cancelled() {
            break;
        }
    }
    if let Some(speed) = sender.speed() {
        show::note(&speed);
    }
    after(house, shelf, &sent, stop.is_cancelled()).await?;
    Ok(paused(house).await?.unwrap_or(ended(&sums)))
}

/// Says that sending is paused as a whole, where it is.
async fn paused(house: &House) -> Result<Option<Exit>, Failure> {
    let Some(paused) = house.store.paused().await? else {
        return Ok(None);
    };
    show::note(&sending::words(&paused));
    show::note(sending::hint(&paused));
    Ok(Some(Exit::Problems))
}

/// Done only if every letter was accepted.
fn ended(sums: &Tally) -> Exit {
    match sums.accepted == sums.planned {
        true => Exit::Done,
        false => Exit::Partly,
    }
}

async fn tally(house: &House, issue: &Issue) -> Result<Tally, Failure> {
    match &issue.edition {
        Some(edition) => Ok(house.store.tally(edition.id).await?),
        None => Ok(Tally::default()),
    }
}

/// The issues to send: those of the named run, else those of the earliest run that is due now. What is
/// due tomorrow leaves today only if it is named, planned already or not.
async fn meant<'a>(house: &House, shelf: &'a Shelf) -> Result<Vec<&'a Issue>, Failure> {
    let meant = shelf.meant();
    if shelf.named.is_some() {
        if meant.is_empty() {
            return Err(shelf.unknown());
        }
        return Ok(meant);
    }
    let mut due: Vec<&Issue> = Vec::new();
    for issue in meant.into_iter().filter(|i| !is_cancelled(i)) {
        let same = due.first().is_none_or(|first| first.run == issue.run);
        if same && time::is_due(house, shelf, issue).await? {
            due.push(issue);
        }
    }
    Ok(due)
}

async fn nothing(house: &House, shelf: &Shelf) -> Result<Exit, Failure> {
    let slug = &shelf.list.slug;
    show::note(&format!("nothing of `{slug}` is due now"));
    let (mut next, mut over) = (None::<(&Issue, Timestamp)>, None);
    for issue in shelf.meant() {
        let waves = time::waves(house, issue).await?;
        let Some(due) = waves.keys().next().copied() else {
            continue;
        };
        if is_cancelled(issue) {
            over = over.or(Some(issue));
        } else if next.is_none_or(|(_, sooner)| due < sooner) {
            next = Some((issue, due));
        }
    }
    match (next, over) {
        (Some((issue, due)), _) => {
            let (run, due) = (issue.run, shelf.shown(due));
            show::note(&format!("the next is {}, due {due}", issue.name()));
            show::note(&format!(
                "hint: `courant edition send {slug} --run {run} --yes` sends it now, before its time"
            ));
        }
        (None, Some(issue)) => show::note(&format!(
            "{} is cancelled; at its time, its readers are due for the one after it",
            issue.name()
        )),
        (None, None) => {}
    }
    Ok(Exit::Done)
}

fn is_cancelled(issue: &Issue) -> bool {
    let edition = issue.edition.as_ref();
    edition.is_some_and(|e| e.state == EditionState::Cancelled)
}

/// Cancelled editions whose cut-off has come: their readers are skipped, and due for the one after.
/// Whether there was anybody.
async fn pass_over(house: &House, shelf: &Shelf) -> Result<bool, Failure> {
    let now = house.clock.now();
    let lead = i64::from(shelf.list.settings.lead_minutes) * 60_000;
    let press = parts::press(house)?;
    let mut passed = false;
    for issue in shelf.meant().into_iter().filter(|i| is_cancelled(i)) {
        for wave in &issue.coming {
            if wave.due_at.as_millisecond() - lead > now.as_millisecond() {
                continue;
            }
            press.plan(wave, now, now).await?;
            let readers = show::count(wave.readers, "reader");
            show::note(&format!("{} is cancelled: {readers} skipped", issue.name()));
            passed = true;
        }
    }
    Ok(passed)
}

fn may_leave(shelf: &Shelf, issue: &Issue) -> Result<(), Failure> {
    let Some(state) = issue.edition.as_ref().map(|e| e.state) else {
        return Ok(());
    };
    let typed = |verb| command(shelf, issue.run, &issue.cadence.name, verb);
    let hint = match state {
        EditionState::Open => return Ok(()),
        EditionState::Paused => format!("`{}` lets it go on", typed("resume")),
        EditionState::Cancelled => format!("`{}` shows what became of it", typed("status")),
    };
    Err(Failure::failed(format!("{} is {state}", issue.name())).hint(hint))
}

/// Plans what is not planned, and lets everything leave now.
async fn prepare(house: &House, shelf: &Shelf, issue: &Issue) -> Result<Edition, Failure> {
    let store = &house.store;
    let press = parts::press(house)?;
    let (list, cadence, run) = (shelf.list.id, issue.cadence.id, &issue.run);
    let now = house.clock.now();
    let edition = store.edition_open(list, cadence, run, now).await?;
    // To send is to approve: waves that are planned from here on need no release.
    store.edition_release(edition.id, now).await?;
    for wave in &issue.coming {
        let planned = press.plan(wave, now, now).await?;
        let digests = i64::try_from(planned.digests).unwrap_or(i64::MAX);
        show::note(&format!(
            "{}: {}, {} skipped",
            shelf.shown(wave.due_at),
            show::count(digests, "digest"),
            planned.skipped
        ));
    }
    let now = house.clock.now();
    store.release_unsent(edition.id, now).await?;
    store.date_early(edition.id, now).await?;
    store.send_now(edition.id, now).await?;
    Ok(edition)
}

/// What is left to do.
async fn after(
    house: &House,
    shelf: &Shelf,
    sent: &[(&Issue, EditionId)],
    stopped: bool,
) -> Result<(), Failure> {
    let slug = &shelf.list.slug;
    if stopped {
        show::note("stopped; what is open may go at once, with the next start");
        if let Some((issue, _)) = sent.last() {
            let run = issue.run;
            show::note(&format!(
                "hint: `courant edition send {slug} --run {run} --yes` goes on"
            ));
        }
    }
    for (issue, edition) in sent {
        told_of(house, shelf, issue, Some(*edition)).await?;
    }
    tell_operators(house).await?;
    let open = house.store.editions_open().await?;
    for issue in &shelf.issues {
        let Some(edition) = issue.edition.as_ref().filter(|e| open.contains(&e.id)) else {
            continue;
        };
        let tally = house.store.tally(edition.id).await?;
        if tally.open > 0 && !sent.iter().any(|(_, own)| *own == edition.id) {
            let (letters, run) = (show::count(tally.open, "letter"), issue.run);
            show::note(&format!("{} has {letters} open", issue.name()));
            show::note(&format!(
                "hint: `courant edition send {slug} --run {run} --yes`"
            ));
        }
    }
    Ok(())
}

/// Tells operators by mail what asks, at most once an hour, as a running `serve` does.
async fn tell_operators(house: &House) -> Result<(), Failure> {
    if house.store.asking().await?.is_empty() {
        return Ok(());
    }
    let notices = parts::notices(house)?;
    if let Err(error) = notice::send_due(&notices, house.clock.now()).await {
        let words = Failure::new(Exit::Failed, error).message();
        show::note(&format!("operators could not be told: {words}"));
    }
    Ok(())
}

/// Why letters of an edition did not leave: it was stopped, they ask, they were refused.
async fn told_of(
    house: &House,
    shelf: &Shelf,
    issue: &Issue,
    planned: Option<EditionId>,
) -> Result<(), Failure> {
    let Some(id) = planned.or(issue.edition.as_ref().map(|e| e.id)) else {
        return Ok(());
    };
    let store = &house.store;
    let (name, tally) = (issue.name(), store.tally(id).await?);
    let typed = |verb| command(shelf, issue.run, &issue.cadence.name, verb);
    match store.edition(id).await?.state {
        EditionState::Open => {}
        EditionState::Paused => {
            let letters = show::count(tally.open, "letter");
            show::note(&format!("{name} is paused: {letters} open"));
            show::note(&format!("hint: `{}` lets it go on", typed("resume")));
        }
        EditionState::Cancelled => show::note(&format!("{name} is cancelled, for good")),
    }
    if tally.refused > 0 {
        let (slug, run) = (&shelf.list.slug, issue.run);
        show::note(&format!(
            "hint: `courant delivery list {slug} --run {run} --state refused` says why"
        ));
    }
    for (why, n) in store.withheld(id).await? {
        let letters = show::count(n, "letter");
        show::note(&format!("{name}: {letters} withheld: {why}"));
    }
    if tally.asking == 0 {
        return Ok(());
    }
    for (hold, n) in store.held(id).await? {
        let letters = show::count(n, "letter");
        show::note(&format!("{name} ASKS: {letters} {}", asks(hold)));
    }
    show::note(&format!("hint: `{}`", typed("status")));
    Ok(())
}

fn add(sums: &mut Tally, tally: &Tally) {
    sums.planned += tally.planned;
    sums.accepted += tally.accepted;
}
