//! `edition plan`: digests of every wave that is due, written down, or with `--dry-run` only thought
//! out. `--at` plans as of any instant, past or future.

mod asks;
mod groups;
mod thinking;

use clap::Args;
use serde_json::{Value, json};

use super::which::{Shelf, Which, instant};
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::delivery::Hold;
use crate::domain::edition::Late;
use crate::domain::time::{Timestamp, format_rfc3339_in};
use crate::press::{Press, is_late};
use groups::Group;

/// How many hours ahead may be named: a leap year's.
const HOURS: std::ops::RangeInclusive<u16> = 1..=8784;

/// What `edition plan` takes.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Which list
    list: String,
    /// Plan each subscriber's first digest after this time, with the stories known by then: an
    /// RFC 3339 instant, or YYYY-MM-DDTHH:MM on the list's home clock
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Only this cadence
    #[arg(long, value_name = "NAME")]
    cadence: Option<String>,
    /// How many hours ahead
    #[arg(long, value_name = "N", default_value_t = 24,
        value_parser = clap::value_parser!(u16).range(i64::from(*HOURS.start())..=i64::from(*HOURS.end())))]
    hours: u16,
    /// Say what would be planned, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Freeze digests though their cut-off is still to come; with --at also where earlier runs are passed
    /// over, letters that wait are overtaken, or the time is far from now
    #[arg(long)]
    yes: bool,
    /// JSON array of waves
    #[arg(long)]
    json: bool,
}

/// What came, or would come, of one wave.
#[derive(Clone, Debug, Default)]
struct Outcome {
    digests: u64,
    skipped: u64,
    placements: u64,
    shortened: u64,
    pushed_out: u64,
    held: Option<Hold>,
}

/// When a plan is made, and as of when.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// The instant up to which articles are known.
    as_of: Timestamp,
    /// The time of the plan.
    now: Timestamp,
    /// Nothing due later.
    until: Timestamp,
    /// Dues are worked out anew, after `as_of`.
    anew: bool,
}

impl Times {
    /// Whether a wave's cut-off is still to come.
    fn is_early(&self, shelf: &Shelf, due: Timestamp) -> bool {
        let lead = i64::from(shelf.list.settings.lead_minutes) * 60_000;
        due.as_millisecond() - lead > self.now.as_millisecond()
    }
}

pub(super) async fn run(house: &House, mut args: PlanArgs) -> Result<Exit, Failure> {
    let which = Which {
        list: args.list.clone(),
        run: None,
        cadence: args.cadence.clone(),
    };
    let shelf = Shelf::open(house, &which).await?;
    let times = times(&shelf, &args, house.clock.now())?;
    let found = groups::find(house, &shelf, times).await?;
    let press = parts::press(house)?;
    if !args.dry_run {
        shelf.complete()?;
    }
    let asks = match args.yes || args.dry_run {
        true => Vec::new(),
        false => asks::asks(&shelf, times, &found),
    };
    args.dry_run |= !asks.is_empty();
    if !args.dry_run && times.anew {
        let dues: Vec<_> = found.groups.iter().flat_map(|g| g.dues.clone()).collect();
        house.store.redue(&dues).await?;
    }
    let bar = show::bar(found.groups.len() as u64, "planning waves");
    let mut flights = press.store.flights(Some(shelf.list.id)).await?;
    let mut done = Vec::new();
    for group in &found.groups {
        let outcome = match args.dry_run {
            true => thinking::think(&press, &shelf, group, times, &mut flights).await?,
            false => planned(&press, group, times).await?,
        };
        bar.inc(1);
        if !args.json {
            bar.suspend(|| show::line(&words(&shelf, group, times, &outcome)))?;
        }
        done.push((group, outcome));
    }
    bar.finish_and_clear();
    if args.json {
        let rows: Vec<_> = done
            .iter()
            .map(|(g, o)| row(&shelf, g, o, args.dry_run))
            .collect();
        show::json(&rows)?;
    }
    asks::overtaken(&found, args.dry_run);
    asks::waiting(&shelf, &found);
    if !asks.is_empty() {
        asks.iter().for_each(|words| show::note(words));
        return Ok(Exit::Usage);
    }
    if parts::say_clock_behind(house).await? && done.is_empty() {
        return Ok(Exit::Problems);
    }
    remarks(&shelf, &args, times, &found, &done);
    Ok(Exit::Done)
}

fn times(shelf: &Shelf, args: &PlanArgs, now: Timestamp) -> Result<Times, Failure> {
    let zone = &shelf.list.settings.home_zone;
    let at = args.at.as_deref().map(|at| instant(at, zone)).transpose()?;
    let from = at.unwrap_or(now);
    let ahead = jiff::SignedDuration::from_hours(i64::from(args.hours));
    let until = from
        .checked_add(ahead)
        .map_err(|_| Failure::usage("--at: that is the end of the calendar"))?;
    Ok(Times {
        as_of: from,
        now,
        until,
        anew: at.is_some(),
    })
}

async fn planned(press: &Press, group: &Group, times: Times) -> Result<Outcome, Failure> {
    let planned = press.plan(&group.due, times.as_of, times.now).await;
    let planned = planned?;
    Ok(Outcome {
        digests: planned.digests,
        skipped: planned.skipped,
        placements: planned.placements,
        shortened: planned.shortened,
        pushed_out: planned.pushed_out,
        held: planned.held,
    })
}

/// `2026-11-26 07:00 Europe/Berlin: 8 digests, 1 skipped, 14 sponsor placements (daily 2026-11-26)`.
fn words(shelf: &Shelf, group: &Group, times: Times, outcome: &Outcome) -> String {
    let count = |n: u64, one| show::count(i64::try_from(n).unwrap_or(i64::MAX), one);
    let held = match outcome.held {
        Some(Hold::Late) => "; held: later than the list's grace",
        Some(Hold::Volume) => "; held: far from the usual, see `edition status`",
        Some(Hold::Check) => "; held: the check found errors, see `edition status`",
        Some(_) => "; held until an editor releases it",
        None => "",
    };
    let merges = shelf.list.settings.late == Late::Merge
        && is_late(&shelf.list, group.due.due_at, times.now);
    let late = match merges {
        true => "; later than the list's grace: `courant serve` merges it into the next run",
        false => "",
    };
    if planned_elsewhere(group, outcome) {
        let due = shelf.shown(group.due.due_at);
        return format!(
            "{due}: another process planned it meanwhile ({})",
            group.name()
        );
    }
    let size = match (outcome.shortened, outcome.pushed_out) {
        (0, _) => String::new(),
        (n, 0) => format!("; {} shortened to fit", count(n, "digest")),
        (n, out) => {
            let stories = if out == 1 { "story" } else { "stories" };
            let digests = count(n, "digest");
            format!("; {digests} shortened to fit, {out} {stories} pushed out")
        }
    };
    format!(
        "{}: {}, {} skipped, {} ({}){size}{held}{late}",
        shelf.shown(group.due.due_at),
        count(outcome.digests, "digest"),
        outcome.skipped,
        count(outcome.placements, "sponsor placement"),
        group.name(),
    )
}

/// Whether nobody was left to plan for, though there were readers: whoever planned for them has said
/// how many digests that came to.
fn planned_elsewhere(group: &Group, outcome: &Outcome) -> bool {
    group.due.readers > 0 && outcome.digests + outcome.skipped == 0
}

fn row(shelf: &Shelf, group: &Group, outcome: &Outcome, dry_run: bool) -> Value {
    json!({
        "list": shelf.list.slug,
        "cadence": group.cadence.name,
        "run": group.due.run.to_string(),
        "due": format_rfc3339_in(group.due.due_at, &shelf.list.settings.home_zone),
        "readers": group.due.readers,
        "digests": outcome.digests,
        "skipped": outcome.skipped,
        "placements": outcome.placements,
        "shortened": outcome.shortened,
        "pushed_out": outcome.pushed_out,
        "held": outcome.held,
        "overtakes": group.overtakes.values().sum::<i64>(),
        "planned_elsewhere": planned_elsewhere(group, outcome),
        "dry_run": dry_run,
    })
}

/// What was passed over, and what to type next.
fn remarks(
    shelf: &Shelf,
    args: &PlanArgs,
    times: Times,
    found: &groups::Found,
    done: &[(&Group, Outcome)],
) {
    let slug = &shelf.list.slug;
    if found.planned_already > 0 {
        let n = show::count(found.planned_already, "digest");
        show::note(&format!("{n} of these runs had been planned already"));
    }
    if found.later_open > 0 {
        let n = show::count(found.later_open, "reader");
        show::note(&format!(
            "left out: {n} with an open letter of a later run, which an earlier digest would overtake"
        ));
        show::note(&format!(
            "hint: `courant edition send {slug}` shows what is open"
        ));
    }
    if found.passed_over > 0 && !args.dry_run {
        let n = show::count(found.passed_over, "subscription");
        show::note(&format!(
            "note: earlier runs of {n} are passed over; the next is after these"
        ));
    }
    let Some((first, _)) = done.first() else {
        return nothing(shelf, args, times, found);
    };
    if args.dry_run {
        let at = args.at.as_ref().map(|at| format!(" --at {at}"));
        let (at, hours) = (at.unwrap_or_default(), args.hours);
        let hours = if hours == 24 {
            String::new()
        } else {
            format!(" --hours {hours}")
        };
        let only = args.cadence.as_ref().map(|c| format!(" --cadence {c}"));
        let only = only.unwrap_or_default();
        show::note("nothing was written");
        show::note(&format!(
            "next: `courant edition plan {slug}{at}{hours}{only}`"
        ));
        return;
    }
    let run = first.due.run;
    show::note(&format!(
        "next: `courant edition preview {slug} --run {run} --subscriber ADDRESS` shows a letter, \
         `courant edition send {slug} --run {run}` what would leave now"
    ));
}

fn nothing(shelf: &Shelf, args: &PlanArgs, times: Times, found: &groups::Found) {
    let slug = &shelf.list.slug;
    let (from, hours) = (shelf.shown(times.as_of), args.hours);
    if found.later_open > 0 || !found.waiting.is_empty() {
        return;
    }
    if found.planned_already > 0 {
        show::note(&format!("next: `courant edition status {slug}`"));
        return;
    }
    show::note(&format!(
        "nothing of `{slug}` is due within {hours} h of {from}"
    ));
    let later = shelf.next().and_then(|i| Some((i, i.coming.first()?)));
    match later {
        Some((issue, wave)) if wave.due_at > times.until => {
            let hours = wave.due_at.duration_since(times.now).as_hours() + 1;
            let due = shelf.shown(wave.due_at);
            show::note(&format!("the next is {}, due {due}", issue.name()));
            let how = match u16::try_from(hours).is_ok_and(|h| HOURS.contains(&h)) {
                true => format!("--hours {hours}"),
                // Whoever is due so far ahead was moved there.
                false => format!("--at {} --dry-run", times.now),
            };
            show::note(&format!("hint: `courant edition plan {slug} {how}`"));
        }
        Some(_) => {}
        None => show::note(&format!(
            "hint: `courant subscriber list {slug}` shows who is active"
        )),
    }
}

/// Whether a run is of the cadence that was named, if one was.
fn wanted(shelf: &Shelf, cadence: crate::domain::CadenceId) -> bool {
    shelf.only.as_ref().is_none_or(|c| c.id == cadence)
}
