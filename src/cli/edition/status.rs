//! `edition status`, `release` and `drop`: how far an edition is, and what to do about what asks.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::asks::{asks, let_go, lets_go};
use super::halt::halted;
use super::issue_state::progress;
use super::which::{Issue, Shelf, Which};
use super::{alarms, approve};
use crate::cli::{Exit, Failure, House, parts, sending, show};
use crate::domain::delivery::{Hold, Tally};
use crate::domain::edition::Wave;
use crate::domain::slug::Slug;
use crate::domain::time::{Run, format_rfc3339};
use crate::domain::{EditionId, WaveId};
use crate::store::follow::WaveSums;
use crate::store::instance::Paused;

/// What `edition status` takes.
#[derive(Args, Debug)]
pub struct StatusArgs {
    #[command(flatten)]
    which: Which,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// What `edition drop` takes.
#[derive(Args, Debug)]
pub struct DropArgs {
    #[command(flatten)]
    which: Which,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// An issue with its rows counted.
struct Counted<'a> {
    issue: &'a Issue,
    waves: Vec<Wave>,
    sums: BTreeMap<WaveId, WaveSums>,
    tally: Tally,
    held: Vec<(Hold, i64)>,
    /// In what it is far from the usual, in words.
    unusual: Vec<String>,
    /// What is wrong with its plan, in words.
    faulty: Vec<String>,
    skipped: BTreeMap<String, i64>,
    approval: approve::Beside,
}

pub(super) async fn run(house: &House, args: &StatusArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let meant = match shelf.named {
        Some(_) => shelf.meant(),
        None => match at_work(house, &shelf).await? {
            Some(first) => of_one_run(house, &shelf, first).await?,
            None => Vec::new(),
        },
    };
    if meant.is_empty() {
        return Err(shelf.unknown());
    }
    let mut values = Vec::new();
    let paused = house.store.paused().await?;
    if let Some(paused) = paused.as_ref().filter(|_| !args.json) {
        show::line(&sending::words(paused))?;
        show::note(sending::hint(paused));
    }
    parts::say_clock_behind(house).await?;
    let mut asks = paused.is_some();
    let alarms = alarms::recent(house).await?;
    for issue in meant {
        let counted = count(house, issue).await?;
        asks |= counted.tally.asking > 0 || (counted.tally.open > 0 && alarms.hold());
        match args.json {
            true => values.push(alarms.beside(value(&shelf, &counted, paused.as_ref()))),
            false => print(&shelf, &counted)?,
        }
    }
    if args.json {
        // One edition is an object, as nearly always; several of one day are an array.
        match values.as_slice() {
            [one] => show::json(one)?,
            several => show::json(&several)?,
        }
    } else {
        alarms.print(|at| shelf.shown(at))?;
    }
    Ok(if asks { Exit::Problems } else { Exit::Done })
}

/// The issue that a person most likely means: the earliest that asks, else the earliest with open
/// letters, else the newest that was planned, else the next.
async fn at_work<'a>(house: &House, shelf: &'a Shelf) -> Result<Option<&'a Issue>, Failure> {
    let open = house.store.editions_open().await?;
    let meant = shelf.meant();
    let mut working = Vec::new();
    for issue in &meant {
        if let Some(edition) = issue.edition.as_ref().filter(|e| open.contains(&e.id)) {
            let asks = !house.store.held(edition.id).await?.is_empty();
            working.push((!asks, *issue));
        }
    }
    working.sort_by_key(|(calm, issue)| (*calm, issue.run));
    if let Some((_, issue)) = working.first() {
        return Ok(Some(*issue));
    }
    for issue in meant.iter().rev() {
        if let Some(edition) = &issue.edition
            && !house.store.waves(edition.id).await?.is_empty()
        {
            return Ok(Some(*issue));
        }
    }
    Ok(shelf.next().or_else(|| meant.last().copied()))
}

/// An issue with those of the list's other cadences that were planned for the same run.
async fn of_one_run<'a>(
    house: &House,
    shelf: &'a Shelf,
    first: &'a Issue,
) -> Result<Vec<&'a Issue>, Failure> {
    let mut together = Vec::new();
    for issue in shelf.meant().into_iter().filter(|i| i.run == first.run) {
        let planned = match &issue.edition {
            Some(edition) => !house.store.waves(edition.id).await?.is_empty(),
            None => false,
        };
        if planned || std::ptr::eq(issue, first) {
            together.push(issue);
        }
    }
    Ok(together)
}

async fn count<'a>(house: &House, issue: &'a Issue) -> Result<Counted<'a>, Failure> {
    let store = &house.store;
    let mut counted = Counted {
        issue,
        waves: Vec::new(),
        sums: BTreeMap::new(),
        tally: Tally::default(),
        held: Vec::new(),
        unusual: Vec::new(),
        faulty: Vec::new(),
        skipped: BTreeMap::new(),
        approval: approve::Beside::default(),
    };
    if let Some(edition) = &issue.edition {
        counted.waves = store.waves(edition.id).await?;
        counted.sums = store.wave_sums(edition.id).await?;
        counted.tally = store.tally(edition.id).await?;
        counted.held = store.held(edition.id).await?;
        counted.approval = approve::Beside::of(house, edition).await?;
        let unusual = store.unusual(edition.id).await?;
        counted.unusual = unusual.iter().map(|(_, found)| found.words()).collect();
        for (_, found) in store.faults(edition.id).await? {
            counted.faulty.extend(found.errors_in_words());
        }
        for (_, reason) in store.skips(edition.id).await? {
            *counted.skipped.entry(reason).or_default() += 1;
        }
    }
    Ok(counted)
}

fn value(shelf: &Shelf, counted: &Counted<'_>, paused: Option<&Paused>) -> Value {
    let issue = counted.issue;
    let wave = |w: &Wave| {
        let sums = counted.sums.get(&w.id).copied().unwrap_or_default();
        json!({
            "due": format_rfc3339(w.due_at), "cutoff": format_rfc3339(w.cutoff_at),
            "frozen": format_rfc3339(w.planned_at), "complete": w.complete,
            "planned": sums.planned, "open": sums.open,
        })
    };
    let coming = issue
        .coming
        .iter()
        .map(|w| json!({ "due": format_rfc3339(w.due_at), "readers": w.readers }));
    let held = counted.held.iter().map(|(hold, n)| {
        json!({
            "reason": hold, "letters": n, "why": why(*hold, counted),
            "release": command(shelf, issue.run, &issue.cadence.name, lets_go(*hold)), "drop": command(shelf, issue.run, &issue.cadence.name, "drop --yes"),
        })
    });
    json!({
        "list": shelf.list.slug,
        "edition": issue.edition.as_ref().map(|e| e.id),
        "cadence": issue.cadence.name,
        "run": issue.run.to_string(),
        "state": progress(issue, &counted.waves, &counted.tally),
        "sending_paused": sending::value(paused),
        "waves": counted.waves.iter().map(wave).collect::<Vec<_>>(),
        "to_come": coming.collect::<Vec<_>>(),
        "tally": counted.tally,
        "adds_up": counted.tally.adds_up(),
        "approval": approve::value(shelf, issue, &counted.approval),
        "spread_minutes": shelf.list.settings.spread_minutes,
        "halted": halted(shelf, issue).map(|(words, undo)| json!({ "words": words, "undo": undo })),
        "skipped": counted.skipped,
        "asks": held.collect::<Vec<_>>(),
    })
}

fn print(shelf: &Shelf, counted: &Counted<'_>) -> Result<(), Failure> {
    let issue = counted.issue;
    let state = progress(issue, &counted.waves, &counted.tally);
    show::line(&format!("{}: {state}", issue.name()))?;
    if let Some((words, undo)) = halted(shelf, issue) {
        show::line(&words)?;
        if let Some(command) = undo {
            show::line(&format!("  to let it go on: `{command}`"))?;
        }
    }
    for words in approve::words(shelf, issue, &counted.approval) {
        show::line(&words)?;
    }
    let mut rows = Vec::new();
    for wave in &counted.waves {
        let sums = counted.sums.get(&wave.id).copied().unwrap_or_default();
        let whole = if wave.complete {
            "frozen"
        } else {
            "interrupted"
        };
        rows.push(vec![
            shelf.shown(wave.due_at),
            whole.to_owned(),
            shelf.shown(wave.cutoff_at),
            format!("{} planned, {} open", sums.planned, sums.open),
        ]);
    }
    for wave in &issue.coming {
        let readers = show::count(wave.readers, "reader");
        let due = shelf.shown(wave.due_at);
        rows.push(vec![due, "to come".to_owned(), "-".to_owned(), readers]);
    }
    if !rows.is_empty() {
        show::table(&["wave due", "state", "cut-off", "letters"], rows, "")?;
    }
    let spread = shelf.list.settings.spread_minutes;
    if spread > 0 {
        let minutes = show::count(spread.into(), "minute");
        show::line(&format!(
            "letters leave within {minutes} after their wave is due"
        ))?;
    }
    show::line(&sum(&counted.tally))?;
    for (reason, n) in &counted.skipped {
        show::line(&format!("skipped {n}: {}", reason.replace('_', " ")))?;
    }
    print_asks(shelf, counted)
}

/// What asks, with what to type; and what may settle doubt that asks nothing.
fn print_asks(shelf: &Shelf, counted: &Counted<'_>) -> Result<(), Failure> {
    let issue = counted.issue;
    let in_doubt = |hold: &Hold| matches!(hold, Hold::InDoubt | Hold::InDoubtAgain);
    let held = counted.held.iter().filter(|(hold, _)| in_doubt(hold));
    if counted.tally.uncertain > held.map(|(_, n)| n).sum() {
        show::note("hint: `courant delivery reconcile FILE` settles doubt by the relay's log");
    }
    for (hold, n) in &counted.held {
        show::line(&format!(
            "ASKS: {} {}",
            show::count(*n, "letter"),
            asks(*hold)
        ))?;
        for words in why(*hold, counted) {
            show::line(&format!("  {words}"))?;
        }
        if *hold == Hold::Check {
            let look = command(shelf, issue.run, &issue.cadence.name, "check");
            show::line(&format!("  to see all of it: `{look}`"))?;
        }
        if in_doubt(hold) {
            show::line("  to settle by the relay's log: `courant delivery reconcile FILE`")?;
        }
        let verb = lets_go(*hold);
        show::line(&format!(
            "  to let go: `{}`",
            command(shelf, issue.run, &issue.cadence.name, verb)
        ))?;
        show::line(&format!(
            "  to give up: `{}`",
            command(shelf, issue.run, &issue.cadence.name, "drop --yes")
        ))?;
    }
    Ok(())
}

/// What the letters of a hold wait for, in numbers.
fn why<'a>(hold: Hold, counted: &'a Counted<'_>) -> &'a [String] {
    match hold {
        Hold::Volume => &counted.unusual,
        Hold::Check => &counted.faulty,
        _ => &[],
    }
}

/// `planned 8 = accepted 7 + refused 1 + withheld 0 + uncertain 0 + open 0`.
pub(super) fn sum(tally: &Tally) -> String {
    let open = match tally.deferred {
        0 => format!("open {}", tally.open),
        n => format!("open {} ({n} to be tried again)", tally.open),
    };
    format!(
        "planned {} = accepted {} + refused {} + withheld {} + uncertain {} + {open}",
        tally.planned, tally.accepted, tally.refused, tally.withheld, tally.uncertain
    )
}

/// A command about an edition, whole.
pub(in crate::cli) fn command(shelf: &Shelf, run: Run, cadence: &Slug, verb: &str) -> String {
    let (verb, rest) = verb
        .split_once(' ')
        .map_or((verb, String::new()), |(verb, flag)| {
            (verb, format!(" {flag}"))
        });
    let slug = &shelf.list.slug;
    format!("courant edition {verb} {slug} --run {run} --cadence {cadence}{rest}")
}

pub(super) async fn release(house: &House, which: &Which) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, which).await?;
    let (issue, edition) = asking(house, &shelf).await?;
    let now = house.clock.now();
    house.store.edition_release(edition, now).await?;
    let n = let_go(house, edition, now).await?;
    let letters = show::count(i64::try_from(n).unwrap_or(i64::MAX), "letter");
    show::note(&format!(
        "{letters} of {} released, and later waves of it need no release",
        issue.name()
    ));
    let (slug, run) = (&shelf.list.slug, issue.run);
    show::note(&format!(
        "next: a running `courant serve` sends them, or `courant edition send {slug} --run {run} --yes`"
    ));
    Ok(Exit::Done)
}

pub(super) async fn drop_held(house: &House, args: &DropArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let (issue, edition) = asking(house, &shelf).await?;
    let held = house.store.held(edition).await?;
    let n: i64 = held.iter().map(|(_, n)| n).sum();
    let letters = show::count(n, "letter");
    if n == 0 {
        show::note(&format!("nothing of {} asks", issue.name()));
        return Ok(Exit::Done);
    }
    if !args.yes {
        show::note(&format!("{letters} of {} would be given up", issue.name()));
        for (hold, n) in held {
            show::note(&format!("  {n} {}", asks(hold)));
        }
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    house.store.drop_held(edition, house.clock.now()).await?;
    show::note(&format!("{letters} of {} given up", issue.name()));
    Ok(Exit::Done)
}

/// The one edition that is meant; without a run, the one that asks.
async fn asking<'a>(house: &House, shelf: &'a Shelf) -> Result<(&'a Issue, EditionId), Failure> {
    let mut found = Vec::new();
    for issue in shelf.meant() {
        let Some(edition) = &issue.edition else {
            continue;
        };
        if shelf.named.is_some() || !house.store.held(edition.id).await?.is_empty() {
            found.push((issue, edition.id));
        }
    }
    match found.as_slice() {
        [one] => Ok(*one),
        [] if shelf.named.is_none() => {
            let slug = &shelf.list.slug;
            Err(
                Failure::failed(format!("nothing of `{slug}` asks")).hint(format!(
                    "`courant edition status {slug}` shows how far it is"
                )),
            )
        }
        [] => Err(shelf.unknown()),
        several => {
            let issues: Vec<&Issue> = several.iter().map(|(issue, _)| *issue).collect();
            Err(shelf.several(&issues))
        }
    }
}
