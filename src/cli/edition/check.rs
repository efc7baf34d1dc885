//! `edition check`: a finished plan, read by what did not make it.

use clap::Args;
use serde_json::{Value, json};

use super::not_lettered;
use super::status::command;
use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, parts, show};
use crate::deliver::letters::{Content, LoadedWave};
use crate::domain::edition::Wave;
use crate::domain::list::List;
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::domain::{EditionId, SubscriptionId};
use crate::press::check::{Read as Stored, unreadable, unreadable_wave, waveless, whose};
use crate::proof::{Fault, Findings, Severity};

/// What `edition check` takes.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    which: Which,
    /// Do not render the letters: their sizes are not looked at
    #[arg(long)]
    quick: bool,
    /// At most so many faults; all are counted
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Whole addresses, not masked
    #[arg(long)]
    full: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// A wave that was read, or an edition that has none.
struct Read<'a> {
    issue: &'a Issue,
    edition: EditionId,
    due: Option<Timestamp>,
    digests: u64,
    found: Findings,
    /// The first faults.
    faults: Vec<Fault>,
}

pub(super) async fn run(house: &House, args: &CheckArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let waves = waves(house, &shelf).await?;
    let expected = expected(house, &waves).await?;
    let bar = show::bar(expected, "reading digests");
    let mut done = Vec::new();
    for (issue, wave) in waves {
        done.push(match wave {
            Ok(wave) => read(house, args, &shelf.list, issue, &wave, &bar).await?,
            Err(edition) => {
                let letters = house.store.tally(edition).await?.planned;
                let mut none = unread(issue, edition, None);
                take(&mut none, args.limit, vec![waveless(letters)]);
                none
            }
        });
    }
    bar.finish_and_clear();
    let errors: u64 = done.iter().map(|r| r.found.errors()).sum();
    let warnings: u64 = done.iter().map(|r| r.found.warnings()).sum();
    match args.json {
        true => print_json(house, &shelf, args, &done).await?,
        false => print(house, &shelf, args, &done).await?,
    }
    if errors > 0 {
        hints(house, &shelf, &done).await?;
    }
    Ok(match errors + warnings {
        0 => Exit::Done,
        _ => Exit::Problems,
    })
}

/// What is read: a wave of an issue, or an edition with letters and without a wave.
type Meant<'a> = (&'a Issue, Result<Wave, EditionId>);

/// The waves that are meant: those of the run that was named, else of the newest that was planned.
async fn waves<'a>(house: &House, shelf: &'a Shelf) -> Result<Vec<Meant<'a>>, Failure> {
    let mut found: Vec<Meant<'_>> = Vec::new();
    for issue in shelf.meant().into_iter().rev() {
        let Some(edition) = &issue.edition else {
            continue;
        };
        if shelf.named.is_none() && found.first().is_some_and(|(i, _)| i.run != issue.run) {
            break;
        }
        let waves = house.store.waves(edition.id).await?;
        if waves.is_empty() && house.store.tally(edition.id).await?.planned > 0 {
            found.push((issue, Err(edition.id)));
        }
        found.extend(waves.into_iter().map(|wave| (issue, Ok(wave))));
    }
    if found.is_empty() {
        let slug = &shelf.list.slug;
        return Err(match shelf.named {
            Some(_) if shelf.meant().is_empty() => shelf.unknown(),
            _ => Failure::failed(format!("nothing of `{slug}` is planned yet")).hint(format!(
                "`courant edition plan {slug}` plans what is due next"
            )),
        });
    }
    Ok(found)
}

async fn expected(house: &House, waves: &[Meant<'_>]) -> Result<u64, Failure> {
    let mut sum = 0;
    for wave in waves.iter().filter_map(|(_, wave)| wave.as_ref().ok()) {
        let sums = house.store.wave_sums(wave.edition).await?;
        sum += sums.get(&wave.id).map_or(0, |s| s.planned);
    }
    Ok(u64::try_from(sum).unwrap_or(0))
}

fn unread(issue: &Issue, edition: EditionId, due: Option<Timestamp>) -> Read<'_> {
    Read {
        issue,
        edition,
        due,
        digests: 0,
        found: Findings::default(),
        faults: Vec::new(),
    }
}

async fn read<'a>(
    house: &House,
    args: &CheckArgs,
    list: &List,
    issue: &'a Issue,
    wave: &Wave,
    bar: &indicatif::ProgressBar,
) -> Result<Read<'a>, Failure> {
    let press = parts::press(house)?;
    let mut read = unread(issue, wave.edition, Some(wave.due_at));
    let mut checking = match press.checking(wave).await {
        Ok(checking) => checking,
        Err(error) => {
            take(&mut read, args.limit, vec![unreadable_wave(error)?]);
            return Ok(read);
        }
    };
    if !house.keys.knows(&wave.frozen.key_id) {
        let words = "its links cannot be signed: the key file has not got its key";
        take(&mut read, args.limit, vec![unreadable(words.to_owned())]);
    }
    let letters = match args.quick {
        true => None,
        false => {
            let letters = parts::letters(house)?;
            Some(letters.wave(wave.id).await.map_err(not_lettered)?)
        }
    };
    let mut after = SubscriptionId(0);
    loop {
        let slice = checking.slice(after).await?;
        let Some(last) = slice.last() else { break };
        after = whose(last);
        let octets = match &letters {
            None => Vec::new(),
            Some(wave) => octets(wave, list, &slice),
        };
        let faults = checking.faults(&slice, &octets).await?;
        take(&mut read, args.limit, faults);
        read.digests += slice.len() as u64;
        bar.inc(slice.len() as u64);
    }
    take(&mut read, args.limit, checking.whole().await?);
    Ok(read)
}

fn take(read: &mut Read<'_>, limit: usize, faults: Vec<Fault>) {
    let room = limit.saturating_sub(read.faults.len());
    read.faults.extend(faults.iter().take(room).cloned());
    read.found.add(faults);
}

/// The bytes of each letter's HTML, as it would leave.
fn octets(wave: &LoadedWave, list: &List, slice: &[Stored]) -> Vec<Option<usize>> {
    let size = |digest: &Stored| {
        let digest = digest.as_ref().ok()?;
        // A story that was never frozen cannot be rendered; that is a fault of its own.
        let content = Content {
            picks: &digest.picks,
            left_out: digest.left_out,
            placements: digest
                .placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
            zone: &digest.zone,
            language: &digest.language,
            length: digest.length,
            images: digest.images,
            // Its HTML is what is measured.
            text_only: false,
            welcome: None,
            interests: &digest.interests,
            list: list.id,
            subscription: digest.subscription,
            digest: digest.digest,
        };
        wave.letters.letter(&content).ok().map(|l| l.html.len())
    };
    slice.iter().map(size).collect()
}

async fn print(
    house: &House,
    shelf: &Shelf,
    args: &CheckArgs,
    done: &[Read<'_>],
) -> Result<(), Failure> {
    for read in done {
        let (errors, warnings) = (read.found.errors(), read.found.warnings());
        let digests = show::count(i64::try_from(read.digests).unwrap_or(i64::MAX), "digest");
        let verdict = match (errors, warnings) {
            (0, 0) => "nothing is wrong".to_owned(),
            (e, w) => format!("{e} errors, {w} warnings"),
        };
        let due = read.due.map(|due| format!(", due {}", shelf.shown(due)));
        let (name, due) = (read.issue.name(), due.unwrap_or_default());
        show::line(&format!("{name}{due}: {digests} read, {verdict}"))?;
        for (flaw, found) in &read.found.flaws {
            let n = found.errors + found.warnings;
            show::line(&format!("  {n} x {flaw}"))?;
        }
        let mut rows = Vec::new();
        for fault in &read.faults {
            rows.push(vec![
                fault.severity.to_string(),
                fault.flaw.to_string(),
                address(house, fault, args.full)
                    .await?
                    .unwrap_or_else(|| "-".to_owned()),
                fault.words.clone(),
            ]);
        }
        if !rows.is_empty() {
            show::table(&["severity", "flaw", "subscriber", "what"], rows, "")?;
        }
        let shown = read.faults.len() as u64;
        if errors + warnings > shown {
            let (more, limit) = (errors + warnings - shown, args.limit);
            show::note(&format!("{more} more are not shown; --limit is {limit}"));
        }
    }
    Ok(())
}

/// Whose digest a fault is in, as it may be shown.
async fn address(house: &House, fault: &Fault, full: bool) -> Result<Option<String>, Failure> {
    let Some(subscription) = fault.subscription else {
        return Ok(None);
    };
    let found = house.store.subscription(subscription).await?;
    let address = found.and_then(|(person, _)| person.address);
    Ok(Some(match address {
        None => "somebody erased".to_owned(),
        Some(address) if full => address.full().to_owned(),
        Some(address) => address.masked(),
    }))
}

async fn print_json(
    house: &House,
    shelf: &Shelf,
    args: &CheckArgs,
    done: &[Read<'_>],
) -> Result<(), Failure> {
    let mut waves: Vec<Value> = Vec::new();
    for read in done {
        let mut faults = Vec::new();
        for fault in &read.faults {
            let mut value = json!(fault);
            value["subscriber"] = json!(address(house, fault, args.full).await?);
            faults.push(value);
        }
        let count = |f: &crate::proof::Found| json!({"errors": f.errors, "warnings": f.warnings});
        let flaws = read.found.flaws.iter();
        let flaws: serde_json::Map<String, Value> = flaws
            .map(|(flaw, f)| (flaw.to_string(), count(f)))
            .collect();
        waves.push(json!({
            "cadence": read.issue.cadence.name,
            "run": read.issue.run.to_string(),
            "due": read.due.map(format_rfc3339),
            "digests": read.digests,
            "errors": read.found.errors(),
            "warnings": read.found.warnings(),
            "flaws": flaws,
            "faults": faults,
        }));
    }
    let silent = done.iter().all(|r| r.found.flaws.is_empty());
    show::json(&json!({
        "list": shelf.list.slug,
        "silent": silent,
        "rendered": !args.quick,
        "waves": waves,
    }))
}

/// What a person can do about errors: stop what has not left.
async fn hints(house: &House, shelf: &Shelf, done: &[Read<'_>]) -> Result<(), Failure> {
    let bad = |r: &&Read<'_>| {
        let errors = r.faults.iter().any(|f| f.severity == Severity::Error);
        errors || r.found.errors() > 0
    };
    let mut said = Vec::new();
    for read in done.iter().filter(bad) {
        let open = house.store.tally(read.edition).await?.open;
        let pause = command(shelf, read.issue.run, &read.issue.cadence.name, "pause");
        if open > 0 && !said.contains(&pause) {
            let letters = show::count(open, "letter");
            show::note(&format!(
                "hint: {letters} can still leave; `{pause}` stops them"
            ));
            said.push(pause);
        }
    }
    Ok(())
}
