//! `sending`: whether letters may leave at all, and the first step of every owner that sends: who
//! left is so again by the journal, and a database that may be a copy from before is paused.

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Exit, Failure, House, parts, show};
use crate::domain::due::Due;
use crate::domain::edition::Edition;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Standing, Subscription};
use crate::domain::time::format_rfc3339;
use crate::mark::Found;
use crate::press::PressError;
use crate::press::next::next_due;
use crate::store::Move;
use crate::store::instance::{Paused, Reach};
use crate::store::replay::{Replayed, Returning};
use crate::store::signups::MailsWaiting;

/// From where a return leads back.
const LEFT: &[Standing] = &[
    Standing::Unsubscribed,
    Standing::Bounced,
    Standing::Complained,
];

/// What may be done about sending as a whole.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Hold every letter back; sources, plans and pages go on
    ///
    /// Confirmations of sign-ups and mailed links wait as well, and the pages say so: a copy from before
    /// may have sent them already. It holds for every letter whose sending has not begun, beside a
    /// running `serve` as well.
    Pause(PauseArgs),
    /// Let letters leave again
    ///
    /// After a restore it says what that means, and wants --yes.
    Resume(ResumeArgs),
    /// Whether letters may leave; exit 5 where they may not
    Status(StatusArgs),
}

/// What `sending pause` takes.
#[derive(Args, Debug)]
pub struct PauseArgs {
    /// Why, for whoever asks
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// What `sending resume` takes.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// What `sending status` takes.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// Runs a verb of `sending`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::Pause(args) => pause(&house, &args).await,
        Verb::Resume(args) => resume(&house, &args).await,
        Verb::Status(args) => status(&house, &args).await,
    }
}

/// The first step of an owner, under its lock and before anything is taken up or sent: replays the
/// journal, then compares the database with its mark, which may pause it. What there is to say, a
/// line each; that it is paused, the store tells whoever asks.
pub async fn begin(house: &House) -> Result<Vec<String>, Failure> {
    let mut said = replay(house).await?;
    house.store.recognise(house.clock.now()).await?;
    said.extend(amend(house).await?);
    Ok(said)
}

/// Makes letters again that wait since an article was amended; what there is to say of it.
pub(super) async fn amend(house: &House) -> Result<Vec<String>, Failure> {
    let pending = house.store.amendments_pending().await?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let press = parts::press(house)?;
    let failed = press.amend_pending(&pending, house.clock.now()).await?;
    let mut said =
        vec!["letters were made again, since an article of theirs was amended".to_owned()];
    said.extend(
        failed
            .iter()
            .map(|e| format!("left undone, and its letters wait: {e}")),
    );
    Ok(said)
}

/// Replays the journal, those who came back included; what there is to say of it.
pub(super) async fn replay(house: &House) -> Result<Vec<String>, Failure> {
    let replayed = house.store.replay(house.clock.now()).await?;
    if replayed.erased > 0 {
        house.store.fold().await?;
    }
    let mut back = 0;
    for returning in &replayed.returning {
        back += i64::from(came_back(house, *returning).await?);
    }
    Ok(said_of(house, &replayed, back))
}

/// Brings somebody back as of the instant of the journal; whether anything changed.
async fn came_back(house: &House, returning: Returning) -> Result<bool, Failure> {
    let store = &house.store;
    let moved = match returning {
        Returning::Person(person, at) => {
            let mut dues = Vec::new();
            for own in store.subscriptions_of(person).await? {
                if let Some(due) = next(house, &own).await? {
                    dues.push((own.id, due));
                }
            }
            let active = Standing::Active;
            store
                .person_standing_set(person, active, "rejoin", "journal", &dues, at)
                .await
        }
        Returning::Subscription(id, at) => {
            let Some((_, own)) = store.subscription(id).await? else {
                return Ok(false);
            };
            let change = Move {
                from: LEFT,
                to: Standing::Active,
                kind: "rejoin",
                detail: "journal",
            };
            let due = next(house, &own).await?;
            store.standing_move(id, change, due, at).await
        }
    };
    Ok(moved?)
}

/// The next letter; an hour that the cadence no longer takes has none now.
async fn next(house: &House, own: &Subscription) -> Result<Option<Due>, Failure> {
    let (store, terms) = (&house.store, &own.terms);
    let cadence = store.cadence(own.list, &terms.cadence).await?;
    match next_due(store, Some(own.id), terms, &cadence, house.clock.now()).await {
        Ok(due) => Ok(due),
        Err(error @ PressError::Store(_)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

fn said_of(house: &House, replayed: &Replayed, back: i64) -> Vec<String> {
    let mut said = Vec::new();
    let file = house.store.journal().path().display();
    if let Some(octets) = replayed.torn {
        said.push(format!(
            "{file}: cut off a torn last line of {octets} octets"
        ));
    }
    let bad = &replayed.reading;
    if bad.unreadable > 0 {
        let lines: Vec<String> = bad.at.iter().map(u64::to_string).collect();
        let more = match bad.unreadable > bad.at.len() as u64 {
            true => " …",
            false => "",
        };
        said.push(format!(
            "{file}: {} of {} lines cannot be read: {}{more}",
            bad.unreadable,
            bad.lines,
            lines.join(", ")
        ));
    }
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    for (n, what) in [
        (count(replayed.stopped), "stopped again by the journal"),
        (count(replayed.erased), "erased again by the journal"),
        (back, "brought back by the journal"),
        (
            count(replayed.strangers),
            "unknown here and left since, kept as a hash so that nobody signs them up unasked",
        ),
    ] {
        if n > 0 {
            said.push(format!("{}: {what}", show::count(n, "subscriber")));
        }
    }
    if let Some((before, after)) = replayed.compacted {
        said.push(format!("{file}: rewritten, {before} octets to {after}"));
    }
    said
}

/// `sending is paused: WHY`.
pub fn words(paused: &Paused) -> String {
    format!("sending is paused: {}", paused.why)
}

/// A pause as it is shown in JSON; null where there is none.
pub fn value(paused: Option<&Paused>) -> Value {
    match paused {
        Some(p) => json!({"since": format_rfc3339(p.at), "why": p.why, "by_hand": p.by_hand()}),
        None => Value::Null,
    }
}

/// What to type about a pause.
pub fn hint(paused: &Paused) -> &'static str {
    match paused.by_hand() {
        true => "hint: `courant sending resume` lets letters leave again",
        false => "hint: `courant sending status` says what that means and what to type",
    }
}

async fn pause(house: &House, args: &PauseArgs) -> Result<Exit, Failure> {
    let why: String = args
        .why
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let done = house.store.sending_pause(why.trim(), house.clock.now());
    match done.await? {
        true => show::note(
            "sending is paused; letters that have begun to leave are finished, confirmations and links wait",
        ),
        false => {
            if let Some(paused) = house.store.paused().await? {
                show::note(&format!("{}, already", words(&paused)));
            }
        }
    }
    Ok(Exit::Done)
}

async fn resume(house: &House, args: &ResumeArgs) -> Result<Exit, Failure> {
    let store = &house.store;
    if store.paused().await?.is_none() {
        show::note("sending is not paused");
        return Ok(Exit::Done);
    }
    // The order may stand in a copy from before, and be as old.
    let paused = store.recognise(house.clock.now()).await?;
    if let Some(paused) = paused.filter(|p| !p.by_hand() && !args.yes) {
        show::line(&words(&paused))?;
        explain(&store.reach().await?, &open(house).await?)?;
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    store.sending_resume().await?;
    show::note(
        "letters may leave again: a running `courant serve` sends them, or `courant edition send LIST --yes`",
    );
    Ok(Exit::Done)
}

async fn status(house: &House, args: &StatusArgs) -> Result<Exit, Failure> {
    let paused = house.store.paused().await?;
    let reach = house.store.reach().await?;
    // The mark first, then the database: whoever sends moves both meanwhile.
    let next = Reach {
        mark: reach.mark.clone(),
        ..house.store.reach().await?
    };
    let next = next.doubt().filter(|_| paused.is_none());
    let (open, waiting) = (open(house).await?, house.store.mails_waiting().await?);
    let exit = match paused.is_some() || next.is_some() {
        true => Exit::Problems,
        false => Exit::Done,
    };
    if args.json {
        let mark = match &reach.mark {
            Found::Mark { instance, commits } => json!({"instance": instance, "commits": commits}),
            Found::Missing | Found::Unreadable => Value::Null,
        };
        let row = |o: &Open| {
            json!({"list": o.list, "cadence": o.edition.cadence_name,
                "run": o.edition.run.to_string(), "open": o.open, "asking": o.asking})
        };
        show::json(&json!({
            "paused": value(paused.as_ref()),
            "instance": reach.instance,
            "commits": reach.commits,
            "mark": mark,
            "next_start_pauses": next,
            "open": open.iter().map(row).collect::<Vec<_>>(),
            "confirmations": waiting.confirmations,
            "links": waiting.links,
        }))?;
        return Ok(exit);
    }
    let Some(paused) = paused else {
        match next {
            None => show::line("letters may leave")?,
            Some(why) => {
                show::line(&format!("the next start pauses sending: {why}"))?;
                explain(&reach, &open)?;
                show::note("hint: once it has, `courant sending resume --yes` lets letters leave");
            }
        }
        return Ok(exit);
    };
    show::line(&format!(
        "{} (since {})",
        words(&paused),
        format_rfc3339(paused.at)
    ))?;
    say_waiting(waiting)?;
    if paused.by_hand() {
        show::note(hint(&paused));
    } else {
        explain(&reach, &open)?;
        show::note("hint: `courant sending resume --yes` lets letters leave again");
    }
    Ok(exit)
}

/// Mails that were asked for on pages and wait with the letters.
fn say_waiting(waiting: MailsWaiting) -> Result<(), Failure> {
    if waiting.confirmations + waiting.links == 0 {
        return Ok(());
    }
    let confirmations = show::count(waiting.confirmations, "confirmation");
    let links = show::count(waiting.links, "mailed link");
    show::line(&format!(
        "{confirmations} of sign-ups and {links} wait as well"
    ))
}

/// An edition with letters that would leave, or that ask.
struct Open {
    list: Slug,
    edition: Edition,
    open: i64,
    asking: i64,
}

async fn open(house: &House) -> Result<Vec<Open>, Failure> {
    let store = &house.store;
    let mut found = Vec::new();
    for id in store.editions_open().await? {
        let edition = store.edition(id).await?;
        let tally = store.tally(id).await?;
        found.push(Open {
            list: store.list_by_id(edition.list).await?.slug,
            edition,
            open: tally.open,
            asking: tally.asking,
        });
    }
    Ok(found)
}

/// What letting go means after a restore.
fn explain(reach: &Reach, open: &[Open]) -> Result<(), Failure> {
    if let Found::Mark { instance, commits } = &reach.mark
        && *instance == reach.instance
        && *commits > reach.commits
    {
        show::line(&format!(
            "the mark beside it counts {commits} ledger commits, this database {}: \
             it does not know what was sent in between",
            reach.commits
        ))?;
    }
    if open.is_empty() {
        show::line("no letter of it is open; what it plans from now on may have been sent before")?;
        return Ok(());
    }
    show::line("these letters would leave, and some of them may have been sent already:")?;
    for one in open {
        let (list, cadence, run) = (&one.list, &one.edition.cadence_name, &one.edition.run);
        let asking = match one.asking {
            0 => String::new(),
            n => format!(", {n} of its letters ask and stay"),
        };
        show::line(&format!(
            "  {list} {cadence} {run}: {} open{asking}",
            show::count(one.open, "letter")
        ))?;
        show::line(&format!(
            "    look: `courant edition status {list} --run {run} --cadence {cadence}`"
        ))?;
    }
    Ok(())
}
