//! `edition simulate`: a list's days to come, tried out on a copy of the database. No mail leaves.

mod folder;
mod own;
mod report;

use clap::Args;

use super::which::{Shelf, Which, reader};
use crate::cli::serve::signalled;
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::SubscriptionId;
use crate::domain::time::{Date, Timestamp, Zone};
use crate::press::rehearse::Script;
use folder::CopyFolder;
pub(in crate::cli) use folder::sweep;
use report::Report;

/// Most days from now to the last one that is tried out.
const DAYS: i64 = 400;

/// Seconds after which it is said again how far it is.
const EVERY: i64 = 10;

/// What `edition simulate` takes.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// Which list
    list: String,
    /// First day that is told, on the list's home clock: 2027-03-27, today or tomorrow. The days from
    /// now to it are tried out as well, since what they bring is not brought again
    #[arg(long, value_name = "DATE", default_value = "today")]
    from: String,
    /// How many days are told
    #[arg(long, value_name = "N", default_value_t = 7,
        value_parser = clap::value_parser!(i64).range(1..=DAYS))]
    days: i64,
    /// What this subscriber gets, and when
    #[arg(long, value_name = "ADDRESS")]
    subscriber: Option<String>,
    /// As if somebody let go whatever asks a person
    #[arg(long)]
    released: bool,
    /// As if the articles of the last seven days came again every week
    #[arg(long)]
    repeat: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// The days that are told.
#[derive(Clone, Copy, Debug)]
struct Span {
    now: Timestamp,
    from: Timestamp,
    end: Timestamp,
}

pub(super) async fn run(house: &House, args: &SimulateArgs) -> Result<Exit, Failure> {
    let which = Which {
        list: args.list.clone(),
        run: None,
        cadence: None,
    };
    let shelf = Shelf::open(house, &which).await?;
    let span = span(args, &shelf.list.settings.home_zone, house.clock.now())?;
    let who = match &args.subscriber {
        Some(address) => Some(reader(house, &shelf.list, address).await?.1),
        None => None,
    };
    let folder = CopyFolder::new(house.config.home())?;
    // Whoever is stopped on the way leaves no copy behind.
    let tried = tokio::select! {
        tried = try_out(house, &shelf, args, span, who.as_ref().map(|s| s.id), folder.path()) => tried,
        () = signalled() => Err(Failure::failed("stopped: nothing was changed")),
    };
    folder.close()?;
    let report = tried?;
    let zone = who.as_ref().map(|s| s.terms.zone.clone());
    match args.json {
        true => report.print_json(&shelf)?,
        false => report.print(&shelf, zone.as_ref())?,
    }
    Ok(Exit::Done)
}

async fn try_out(
    house: &House,
    shelf: &Shelf,
    args: &SimulateArgs,
    span: Span,
    who: Option<SubscriptionId>,
    folder: &std::path::Path,
) -> Result<Report, Failure> {
    let copy = house.store.rehearse(folder).await?;
    let inside = House {
        store: copy.store().clone(),
        ..house.clone()
    };
    lend(&inside, shelf).await?;
    let press = parts::press(&inside)?;
    let script = Script {
        start: span.now,
        end: span.end,
        released: args.released,
        repeat: args.repeat,
    };
    let whole = span.end.duration_since(span.now).as_hours();
    let bar = show::bar(u64::try_from(whole).unwrap_or(0), "trying hours out");
    let mut progress = Progress::new(house.clock.now());
    let mut report = Report::new(span, args, &press, shelf.list.id).await?;
    let mut play = press.play(&copy, shelf.list.id, script).await?;
    while let Some(played) = play.step().await? {
        let hours = play.now().duration_since(span.now).as_hours();
        bar.set_position(u64::try_from(hours).unwrap_or(0));
        if bar.is_hidden() {
            progress.tell(house.clock.now(), (hours, whole));
        }
        report.take(&press, played, who).await?;
    }
    report.finish((&press, &copy), shelf.list.id, who).await?;
    bar.finish_and_clear();
    copy.store().close().await;
    Ok(report)
}

/// Gives a list that cannot send yet what it lacks, in the copy: no mail leaves from there.
async fn lend(inside: &House, shelf: &Shelf) -> Result<(), Failure> {
    let missing = shelf.list.settings.missing_for_sending();
    for key in &missing {
        let value = match *key {
            "sender_address" | "operators" => "nobody@example.invalid",
            _ => shelf.list.slug.as_str(),
        };
        inside.store.list_set(shelf.list.id, key, value).await?;
    }
    if !missing.is_empty() {
        let (slug, keys) = (&shelf.list.slug, missing.join(", "));
        show::note(&format!(
            "note: `{slug}` cannot send yet ({keys} not set); tried out as if it could"
        ));
    }
    Ok(())
}

/// How far it is, said now and then where no bar is seen.
struct Progress {
    begun: Timestamp,
    told: Timestamp,
}

impl Progress {
    fn new(now: Timestamp) -> Progress {
        Progress {
            begun: now,
            told: now,
        }
    }

    /// Says it, if that was long ago: of `whole` hours so many are tried out.
    fn tell(&mut self, now: Timestamp, (hours, whole): (i64, i64)) {
        let seconds = |since: Timestamp| now.duration_since(since).as_secs();
        if seconds(self.told) < EVERY || hours <= 0 {
            return;
        }
        self.told = now;
        let left = seconds(self.begun).saturating_mul(whole - hours) / hours;
        let (days, all) = (hours / 24, whole / 24);
        show::note(&format!(
            "{days} of {all} days are tried out, about {} min left",
            (left + 59) / 60
        ));
    }
}

fn span(args: &SimulateArgs, zone: &Zone, now: Timestamp) -> Result<Span, Failure> {
    let today = zone.tz().to_datetime(now).date();
    let from = match args.from.as_str() {
        "today" => today,
        "tomorrow" => today.tomorrow().unwrap_or(today),
        text => day(text)?,
    };
    if from < today {
        let list = &args.list;
        return Err(
            Failure::usage(format!("--from: {from} is over")).hint(format!(
                "`courant edition explain {list} --subscriber ADDRESS --date {from}` looks back"
            )),
        );
    }
    let last = from.saturating_add(jiff::Span::new().days(args.days));
    let midnight = |date: Date| {
        let begins = date.to_datetime(jiff::civil::Time::MIN);
        let at = zone.tz().to_ambiguous_timestamp(begins).compatible();
        at.map_err(|_| Failure::usage("that is the end of the calendar"))
    };
    let (begin, end) = (midnight(from)?, midnight(last)?);
    let ahead = end.duration_since(now).as_hours() / 24;
    if ahead > DAYS {
        return Err(Failure::usage(format!(
            "the last day is {ahead} days ahead, {DAYS} are tried out at the most"
        ))
        .hint("name an earlier --from, or fewer --days"));
    }
    Ok(Span {
        now,
        from: begin.max(now),
        end,
    })
}

fn day(text: &str) -> Result<Date, Failure> {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    let found = text.parse::<Date>();
    found.map_err(|_| {
        Failure::usage(format!("--from: `{shown}` is no date"))
            .hint("write 2027-03-27, today or tomorrow")
    })
}
