//! `subscriber import`: people from other services, with their consent; nobody who left comes back.

mod rejected;
mod shown;
mod tomorrow;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use clap::Args;

use self::rejected::Rejected;
use self::tomorrow::Tomorrow;
use super::terms::Offer;
use crate::cli::list::find;
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::import::arrival::{Arrival, Arrivals};
use crate::import::columns::{Role, recognise};
use crate::import::offered::{Meaning, Offered};
use crate::import::sheet::{self, SheetError};
use crate::import::{self, Follower, ImportError, Mapped, Refused, decode};
use crate::store::Arrived;

/// Longest note of consent.
pub(super) const NOTE: usize = 300;

/// What `subscriber import` takes.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// A Mailchimp or Substack archive, CSV or TSV of any service, one JSON object a line; - for stdin
    file: PathBuf,
    /// Into which list; not needed where there is only one
    #[arg(long)]
    list: Option<String>,
    /// How they agreed, for their receipts; needed where the file does not say when they did
    #[arg(long, value_name = "TEXT")]
    consent_note: Option<String>,
    /// What a column says: address, status, opted-in, opted-in-from, confirmed, confirmed-from, created,
    /// left, bounced, consent-note, topic, never, place, label, zone, language, cadence, hour, length,
    /// images, text-only, paused-until, ignore; topic:SLUG or place:SLUG for a column of yes and no; may
    /// be repeated
    #[arg(long, value_name = "COLUMN=WHAT")]
    map: Vec<String>,
    /// What a group, tag or label is here: topic:SLUG, place:SLUG or ignore; may be repeated
    #[arg(long, value_name = "NAME=WHAT")]
    label: Vec<String>,
    /// The cadence of those who name none (the list's first)
    #[arg(long, value_name = "NAME")]
    cadence: Option<String>,
    /// What the file is written in, such as windows-1252, where that is not seen
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Where rejected rows go, whole, with their reasons (FILE.rejected.csv); no one else may read it
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Show what would become of them, and what they would get next; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask; without a terminal nobody is asked
    #[arg(long)]
    yes: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(house: &House, args: &ImportArgs) -> Result<Exit, Failure> {
    let list = list(house, args.list.as_deref()).await?;
    let offer = Offer::of(house, list.clone()).await?;
    let offered = offered(house, &list, &args.label).await?;
    let (sheets, not_taken) = mapped(args, &offered)?;
    let mut arrivals = arrivals(house, args, &offer, list.clone())?;
    let note_needed = !consent_is_said(args, &sheets);
    if note_needed && !args.dry_run {
        return Err(note_missing());
    }
    if note_needed {
        // What would become of them once there is one.
        arrivals.note = Some(String::new());
    }
    if !args.json {
        shown::mapping(&sheets, &not_taken)?;
        let question = format!("import into `{}`?", list.slug);
        if !args.dry_run && !args.yes && !typed::agreed(&question)? {
            show::note("nothing was imported");
            return Ok(Exit::Done);
        }
    }
    let names: Vec<String> = sheets.iter().map(|m| m.sheet.name.clone()).collect();
    let columns: Vec<_> = sheets.iter().map(|m| m.columns.clone()).collect();
    let mapping = (shown::mapping_value(&sheets), not_taken);
    let mut watch = Watch {
        rejected: Rejected::new(rejected_at(args), &sheets, args.dry_run),
        tomorrow: args.dry_run.then(Tomorrow::default),
        bar: show::bar(
            sheets.iter().map(|m| m.sheet.looked.lines).sum(),
            "importing",
        ),
    };
    let store = &house.store;
    let ran = import::run(store, sheets, offered, arrivals, args.dry_run, &mut watch).await;
    watch.bar.finish_and_clear();
    let kept = watch.rejected.close()?;
    let outcome = ran.map_err(refused)?;
    let tomorrow = match watch.tomorrow {
        Some(tomorrow) => Some(tomorrow.thought_out(house, &list).await?),
        None => None,
    };
    let told = shown::Told {
        outcome: &outcome,
        names: &names,
        columns: &columns,
        dry_run: args.dry_run,
        rejected: kept.as_deref(),
        tomorrow: tomorrow.as_ref(),
        note_needed,
    };
    match args.json {
        true => told.json(mapping)?,
        false => told.print(&list)?,
    }
    Ok(match outcome.refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    })
}

/// The list that was named, or the only one.
async fn list(house: &House, named: Option<&str>) -> Result<List, Failure> {
    if let Some(named) = named {
        return find(&house.store, named).await;
    }
    let mut lists = house.store.lists().await?;
    match (lists.pop(), lists.is_empty()) {
        (Some(list), true) => Ok(list),
        (None, _) => Err(Failure::failed("there is no list yet")
            .hint("`courant list add SLUG --name NAME` makes one")),
        (Some(_), false) => {
            Err(Failure::usage("there are several lists").hint("`--list LIST` names one"))
        }
    }
}

async fn offered(house: &House, list: &List, labels: &[String]) -> Result<Offered, Failure> {
    let store = &house.store;
    let (topics, places) = (store.topics().await?, store.places().await?);
    let cadences = store.cadences(list.id).await?;
    let mut told = Vec::new();
    for typed in labels {
        let pair = typed.rsplit_once('=');
        let (name, what) = pair.ok_or_else(|| wrong_label(typed))?;
        let slug = |text: &str| Slug::parse(text).map_err(|_| wrong_label(typed));
        let meaning = match what.split_once(':') {
            Some(("topic", name)) => {
                let known: Vec<Slug> = topics.iter().map(|t| t.slug.clone()).collect();
                Meaning::Topic(known_slug(slug(name)?, &known, "topic")?)
            }
            Some(("place", name)) => {
                let known: Vec<Slug> = places.iter().map(|p| p.slug.clone()).collect();
                Meaning::Place(known_slug(slug(name)?, &known, "place")?)
            }
            None if what == "ignore" => Meaning::Nothing,
            _ => return Err(wrong_label(typed)),
        };
        told.push((name.to_owned(), meaning));
    }
    Ok(Offered::new(&topics, &places, &cadences, &told))
}

fn known_slug(slug: Slug, known: &[Slug], what: &str) -> Result<Slug, Failure> {
    match known.contains(&slug) {
        true => Ok(slug),
        false => Err(typed::missing(what, slug.as_str(), known)),
    }
}

fn wrong_label(typed: &str) -> Failure {
    let typed = typed::short(typed, 60);
    Failure::usage(format!(
        "--label: `{typed}` does not say what a name is here"
    ))
    .hint("such as `--label \"City Hall=topic:city-hall\"` or `--label VIP=ignore`")
}

/// Files with the meaning of their columns.
fn mapped(args: &ImportArgs, offered: &Offered) -> Result<(Vec<Mapped>, Vec<String>), Failure> {
    let encoding = args.encoding.as_deref().map(|name| {
        decode::named(name).ok_or_else(|| {
            Failure::usage(format!("--encoding: `{}` is none", typed::short(name, 40)))
                .hint("such as utf-8, utf-16le or windows-1252")
        })
    });
    let mut asked = BTreeMap::new();
    for typed in &args.map {
        let pair = typed.rsplit_once('=');
        let role = pair.and_then(|(column, what)| Some((column, Role::parse(what)?)));
        let (column, role) = role.ok_or_else(|| {
            let known: Vec<&str> = Role::known().collect();
            let typed = typed::short(typed, 60);
            Failure::usage(format!("--map: `{typed}` does not say what a column is")).hint(format!(
                "COLUMN=WHAT, where WHAT is one of {}",
                known.join(", ")
            ))
        })?;
        asked.insert(column.to_owned(), role);
    }
    let mut sheets = Vec::new();
    let opened = sheet::open(&args.file, encoding.transpose()?).map_err(of_sheet)?;
    for sheet in opened.sheets {
        let columns = recognise(&sheet.columns, &sheet.sample, offered, &asked);
        let columns = columns.map_err(|e| {
            Failure::failed(format!("`{}`: {e}", sheet.name))
                .hint("`--map COLUMN=address` says which column holds the addresses")
        })?;
        sheets.push(Mapped { sheet, columns });
    }
    Ok((sheets, opened.not_taken))
}

fn of_sheet(error: SheetError) -> Failure {
    let hint = error.hint();
    Failure::new(Exit::Failed, error).maybe_hint(hint)
}

fn refused(error: ImportError) -> Failure {
    match error {
        ImportError::Sheet(error) => of_sheet(error),
        ImportError::Store(error) => error.into(),
        error => Failure::new(Exit::Failed, error)
            .hint("run it again: who was imported already is passed over"),
    }
}

fn arrivals(
    house: &House,
    args: &ImportArgs,
    offer: &Offer,
    list: List,
) -> Result<Arrivals, Failure> {
    let mut defaults = offer.defaults()?;
    if let Some(name) = &args.cadence {
        defaults.cadence = offer.cadence(name)?.name.clone();
    }
    let first = offer.cadence(defaults.cadence.as_str())?.clone();
    let words = crate::themes::words(&parts::themes(&house.config))?;
    let note = args.consent_note.as_deref();
    let note = note.map(|note| typed::line("--consent-note", note, NOTE));
    Ok(Arrivals {
        list,
        cadences: offer.cadences().to_vec(),
        first,
        defaults,
        keys: house.keys.clone(),
        speaks: Box::new(move |language| words.speaks(language)),
        note: note.transpose()?,
        source: String::new(),
        now: house.clock.now(),
        dues: HashMap::new(),
    })
}

/// Whether a file says that its people agreed, or an admin does. Whoever mails people without knowing how
/// they agreed is asked before, not after; of nobody there is nothing to say.
fn consent_is_said(args: &ImportArgs, sheets: &[Mapped]) -> bool {
    let proves = |m: &Mapped| m.columns.iter().any(|c| c.role.is_proof());
    let nobody = sheets.iter().all(|m| m.sheet.sample.is_empty());
    args.consent_note.is_some() || nobody || sheets.iter().any(proves)
}

fn note_missing() -> Failure {
    Failure::usage(NO_NOTE).hint(NOTE_HINT)
}

/// What is missing, and what to type about it.
const NO_NOTE: &str = "the file does not say when these people agreed to mail";
const NOTE_HINT: &str = "`--consent-note TEXT` says how they did, such as \"signed up at example.org, double opt-in, 2021 to 2026\"; it is kept with each of them";

fn rejected_at(args: &ImportArgs) -> PathBuf {
    match &args.rejected {
        Some(path) => path.clone(),
        None if args.file.as_os_str() == "-" => PathBuf::from("stdin.rejected.csv"),
        None => {
            let mut name = args.file.clone().into_os_string();
            name.push(".rejected.csv");
            name.into()
        }
    }
}

/// Whoever watches an import.
struct Watch {
    rejected: Rejected,
    tomorrow: Option<Tomorrow>,
    bar: indicatif::ProgressBar,
}

impl Follower for Watch {
    fn refused(&mut self, refused: &Refused) -> std::io::Result<()> {
        self.rejected.keep(refused)
    }

    fn arrived(&mut self, person: &Arrival, arrived: Arrived) {
        if let (Some(tomorrow), Arrived::New) = (&mut self.tomorrow, arrived) {
            tomorrow.add(person);
        }
    }

    fn done(&mut self, rows: u64) {
        self.bar.inc(rows);
    }
}
