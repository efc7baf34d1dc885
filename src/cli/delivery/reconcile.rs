//! `delivery reconcile`: letters in doubt, settled by what the relay's own log says.
//!
//! So are letters that a copy from before holds to be open, where the log proves that they left.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;

use crate::cli::lock::OwnerLock;
use crate::cli::{Exit, Failure, House, show};
use crate::deliver::relay_log::{Fate, LogReader, RelayLog, Trace};
use crate::domain::delivery::{BY_LOG, DeliveryState};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{EditionId, SubscriberId};
use crate::store::doubt::{Doubt, Ruling};

/// Octets read at a time.
const PIECE: usize = 64 * 1024;
/// Lines that could not be read which are named.
const NAMED: usize = 20;

/// What `delivery reconcile` takes.
#[derive(Args, Debug)]
pub struct ReconcileArgs {
    /// The relay's log: Postfix's, or a CSV that begins with `message_id,status[,code,reply]`; - for
    /// stdin
    file: PathBuf,
    /// A letter that the log covers and never saw taken: left in doubt, or settled as not accepted. It
    /// is then refused and gives its stories back; one that is to be sent again goes without doubt. A
    /// CSV has no times and is taken as whole
    #[arg(long, value_enum, default_value_t = Absent::Leave)]
    absent: Absent,
    /// The relay's time zone, where its log names none: without it nothing counts as covered
    #[arg(long, value_name = "ZONE")]
    log_zone: Option<String>,
    /// Say what would be settled, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Whole addresses, not masked
    #[arg(long)]
    full: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// What absence from the log means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Absent {
    /// Nothing.
    Leave,
    /// It was not accepted.
    Refuse,
}

/// A letter in doubt with what the log says.
#[derive(Serialize)]
struct Row {
    to: String,
    list: String,
    edition: String,
    was: DeliveryState,
    log: String,
    line: Option<u64>,
    words: String,
    /// The new state, where it is settled.
    now: Option<DeliveryState>,
    #[serde(skip)]
    ruling: Option<Ruling>,
    #[serde(skip)]
    key: (EditionId, SubscriberId),
}

pub(super) async fn run(house: &House, args: &ReconcileArgs) -> Result<Exit, Failure> {
    let zone = args.log_zone.as_deref().map(Zone::parse).transpose()?;
    let mut doubts = house.store.doubts().await?;
    let in_doubt = doubts.len();
    // What the row does not doubt, only a copy from before can be wrong about: its Message-ID in the
    // log is the proof.
    doubts.extend(house.store.undoubted().await?);
    let mut ids: Vec<Option<String>> = doubts.iter().map(|d| id(house, d)).collect();
    let log = read(&args.file, ids.iter().flatten().cloned().collect())?;
    if doubts.is_empty() {
        return nothing(args, "no letter is in doubt, and none is open");
    }
    if log.of_letters == 0 {
        let words = format!("`{}` says nothing about any letter", args.file.display());
        return Err(Failure::failed(words).hint(
            "it takes the lines of Postfix, in which `cleanup` names Message-IDs, or a CSV whose \
             first row is message_id,status,code,reply",
        ));
    }
    let taken = |id: &Option<String>| {
        let trace = id.as_ref().and_then(|id| log.traces.get(id));
        trace.is_some_and(|trace| trace.fate.is_taken())
    };
    let counts: Vec<bool> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| at < in_doubt || taken(id))
        .collect();
    let mut keep = counts.iter().copied();
    doubts.retain(|_| keep.next().unwrap_or_default());
    let mut keep = counts.iter().copied();
    ids.retain(|_| keep.next().unwrap_or_default());
    if doubts.is_empty() {
        return nothing(
            args,
            "no letter is in doubt, and the log has none of the open ones",
        );
    }
    let names = names(house, &doubts, args.full).await?;
    let mut rows = Vec::new();
    for (doubt, id) in doubts.iter().zip(ids) {
        let trace = id.as_ref().and_then(|id| log.traces.get(id));
        let look = Look {
            log: &log,
            args,
            zone: zone.as_ref(),
            now: house.clock.now(),
        };
        rows.push(look.row(doubt, id.is_some(), trace, &names));
    }
    settle(house, args, &mut rows).await?;
    tell(args, &log, &rows)
}

fn nothing(args: &ReconcileArgs, words: &str) -> Result<Exit, Failure> {
    show::note(words);
    if args.json {
        show::json(&json!({ "letters": [], "left": 0 }))?;
    }
    Ok(Exit::Done)
}

/// The id of a letter in doubt; `None` where its key is gone.
fn id(house: &House, doubt: &Doubt) -> Option<String> {
    let keys = &house.keys;
    keys.letter_id(&doubt.key_id, doubt.edition, doubt.subscriber, doubt.digest)
}

/// Reads the file in pieces: a log may be larger than memory.
fn read(path: &Path, wanted: BTreeSet<String>) -> Result<RelayLog, Failure> {
    let wrong = |e: std::io::Error| {
        Failure::new(Exit::Failed, e).context(format!("cannot read `{}`", path.display()))
    };
    let mut input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::fs::File::open(path).map_err(wrong)?),
    };
    let mut reader = LogReader::new(wanted);
    let mut piece = vec![0; PIECE];
    loop {
        match input.read(&mut piece) {
            Ok(0) => return Ok(reader.finish()),
            Ok(n) => reader.feed(&piece[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(wrong(e)),
        }
    }
}

/// What people call editions, their lists and readers.
struct Names {
    editions: BTreeMap<EditionId, (String, String)>,
    people: BTreeMap<SubscriberId, String>,
}

async fn names(house: &House, doubts: &[Doubt], full: bool) -> Result<Names, Failure> {
    let store = &house.store;
    let mut editions = BTreeMap::new();
    for doubt in doubts {
        if let Entry::Vacant(name) = editions.entry(doubt.edition) {
            let edition = store.edition(doubt.edition).await?;
            let list = store.list_by_id(doubt.list).await?.slug.to_string();
            let issue = format!("{} {}", edition.cadence_name, edition.run);
            name.insert((list, issue));
        }
    }
    let people: Vec<SubscriberId> = doubts.iter().map(|d| d.subscriber).collect();
    let people = store.addresses(&people).await?;
    let people = people.into_iter().map(|(id, address)| match full {
        true => (id, address.full().to_owned()),
        false => (id, address.masked()),
    });
    Ok(Names {
        editions,
        people: people.collect(),
    })
}

/// How a log is looked at.
struct Look<'a> {
    log: &'a RelayLog,
    args: &'a ReconcileArgs,
    zone: Option<&'a Zone>,
    now: Timestamp,
}

impl Look<'_> {
    fn row(&self, doubt: &Doubt, keyed: bool, trace: Option<&Trace>, names: &Names) -> Row {
        let (list, edition) = names
            .editions
            .get(&doubt.edition)
            .cloned()
            .unwrap_or_default();
        let taken = trace.is_some_and(|t| t.fate.is_taken());
        let mut log = match trace {
            Some(trace) => trace.fate.to_string(),
            None if !keyed => format!("its key `{}` is not in the key file", doubt.key_id),
            None => "not seen".to_owned(),
        };
        // Begun and not known to be taken is no absence: the dot may have been answered all the same.
        let no = trace.is_none_or(|t| t.fate == Fate::Refused);
        let covered = self.covers(doubt);
        if keyed && no && !covered {
            log.push_str(", and the log does not cover its time");
        }
        let absent = keyed && no && covered && self.args.absent == Absent::Refuse;
        let words = trace.map(|t| t.words.clone()).unwrap_or_default();
        let told = |what: &str| match words.is_empty() {
            true => format!("{BY_LOG}{what}"),
            false => format!("{BY_LOG}{what} ({words})"),
        };
        let ruling = (taken || absent).then(|| Ruling {
            edition: doubt.edition,
            subscriber: doubt.subscriber,
            accepted: taken,
            code: trace.and_then(|t| t.code).unwrap_or(0),
            words: told(trace.map_or("never seen", |t| t.fate.as_str())),
        });
        Row {
            to: match names.people.get(&doubt.subscriber) {
                Some(to) => to.clone(),
                None => "(erased)".to_owned(),
            },
            list,
            edition,
            was: doubt.state,
            log,
            line: trace.map(|t| t.line),
            words,
            now: ruling.as_ref().map(|r| match (r.accepted, doubt.state) {
                (true, _) => DeliveryState::Accepted,
                (false, DeliveryState::Deferred) => DeliveryState::Deferred,
                (false, _) => DeliveryState::Refused,
            }),
            ruling,
            key: (doubt.edition, doubt.subscriber),
        }
    }

    fn covers(&self, doubt: &Doubt) -> bool {
        let zone = self.zone.map(|z| z.tz());
        let span = &self.log.span;
        span.is_timeless() || span.covers(doubt.from, doubt.until, zone, self.now)
    }
}

/// Writes what is settled, and takes back what was settled by somebody else meanwhile.
async fn settle(house: &House, args: &ReconcileArgs, rows: &mut [Row]) -> Result<(), Failure> {
    let rulings: Vec<Ruling> = rows.iter().filter_map(|r| r.ruling.clone()).collect();
    if args.dry_run || rulings.is_empty() {
        return Ok(());
    }
    // With nobody sending, what is started was left by somebody dead.
    let lock = match rows.iter().any(|r| r.was == DeliveryState::Started) {
        true => OwnerLock::take(&house.config.lock_file()).ok(),
        false => None,
    };
    let done = house
        .store
        .settle_doubts(&rulings, lock.is_some(), house.clock.now())
        .await?;
    let done: BTreeSet<(EditionId, SubscriberId)> = done.iter().map(|(e, s, _)| (*e, *s)).collect();
    for row in rows.iter_mut().filter(|r| r.ruling.is_some()) {
        if !done.contains(&row.key) {
            row.now = None;
            row.log.push_str("; a sender has taken it up meanwhile");
        }
    }
    Ok(())
}

fn tell(args: &ReconcileArgs, log: &RelayLog, rows: &[Row]) -> Result<Exit, Failure> {
    let became = |state| rows.iter().filter(|r| r.now == Some(state)).count();
    let settled = [
        DeliveryState::Accepted,
        DeliveryState::Refused,
        DeliveryState::Deferred,
    ];
    let [accepted, refused, again] = settled.map(became);
    let left = rows.iter().filter(|r| r.now.is_none()).count();
    if args.json {
        let problems = log.problems.iter();
        let problems = problems.map(|p| json!({ "line": p.line, "words": p.words }));
        show::json(&json!({
            "letters": rows, "dry_run": args.dry_run,
            "accepted": accepted, "refused": refused, "to_be_sent_again": again, "left": left,
            "lines": log.lines, "unreadable": log.unreadable,
            "problems": problems.collect::<Vec<_>>(),
        }))?;
    } else {
        let cells = |r: &Row| {
            let now = r.now.map_or("left in doubt".to_owned(), |s| s.to_string());
            let line = r.line.map_or("-".to_owned(), |n| n.to_string());
            let to = r.to.clone();
            vec![
                to,
                r.edition.clone(),
                r.was.to_string(),
                now,
                line,
                r.log.clone(),
                r.words.clone(),
            ]
        };
        let headers = ["to", "edition", "was", "now", "line", "the log", "words"];
        show::table(&headers, rows.iter().map(cells).collect(), "")?;
    }
    let would = if args.dry_run { "would be " } else { "" };
    show::note(&format!(
        "{would}settled: {accepted} accepted, {refused} refused, {again} to be sent again without \
         doubt; left in doubt: {left}"
    ));
    problems(log);
    if left > 0 {
        hints(args, log, rows);
        return Ok(Exit::Problems);
    }
    Ok(Exit::Done)
}

fn problems(log: &RelayLog) {
    if log.unreadable == 0 {
        return;
    }
    show::note(&format!(
        "{} of {} lines could not be read:",
        log.unreadable, log.lines
    ));
    for problem in log.problems.iter().take(NAMED) {
        show::note(&format!("  line {}: {}", problem.line, problem.words));
    }
    if log.unreadable > NAMED as u64 {
        show::note("  …");
    }
}

fn hints(args: &ReconcileArgs, log: &RelayLog, rows: &[Row]) {
    if log.span.needs_zone() && args.log_zone.is_none() {
        show::note("hint: --log-zone ZONE names the relay's zone, which its log leaves out");
    }
    let unseen = rows.iter().any(|r| r.now.is_none() && r.log == "not seen");
    if unseen && args.absent == Absent::Leave {
        show::note(
            "hint: if the log is whole, --absent refuse settles what it never saw; \
             `courant delivery retry` then tries it again",
        );
    }
}
