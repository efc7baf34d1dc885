//! `subscriber erase` and `subscriber suppress`: people forgotten, and addresses that are never mailed.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{lift, look_up, person_or};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::address::{Address, AddressHash};
use crate::store::Suppressed;

/// Mailboxes in one transaction.
const SLICE: usize = 1_000;
/// Lines that are told.
const TOLD: usize = 10;

/// What `subscriber erase` takes.
#[derive(Args, Debug)]
pub struct EraseArgs {
    /// Whose address
    address: String,
    /// Show what would go, and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it: nothing brings it back
    #[arg(long)]
    yes: bool,
}

/// What `subscriber suppress` takes.
#[derive(Args, Debug)]
pub struct SuppressArgs {
    /// Whose address; unknown ones are kept as a keyed hash alone
    #[arg(required_unless_present = "file")]
    address: Option<String>,
    /// Addresses of a file, one a line; - for stdin
    #[arg(long, conflicts_with = "address", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Let mail to the address go again, where an operator stopped it
    #[arg(long, requires = "address")]
    lift: bool,
    /// Count them, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn erase(house: &House, args: &EraseArgs) -> Result<Exit, Failure> {
    let found = person_or(house, &args.address, |_| look_up("LIST")).await?;
    let Some(address) = &found.address else {
        show::note("they are erased already");
        return Ok(Exit::Done);
    };
    let (name, store) = (address.full(), &house.store);
    if args.dry_run || !args.yes {
        let lists = store.subscriptions_of(found.id).await?.len();
        let letters = store.issued(found.id).await?;
        let letters = letters.iter().filter(|i| i.outcome.is_ok()).count();
        let n = |n: usize, one: &str| show::count(i64::try_from(n).unwrap_or(i64::MAX), one);
        show::note(&format!(
            "`{name}` would be erased: {} with what they asked for, what they were sent in {}, \
             their events and receipts; a keyed hash stays, which keeps them from being signed up",
            n(lists, "subscription"),
            n(letters, "letter"),
        ));
        if args.dry_run {
            return Ok(Exit::Done);
        }
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    store.erase(found.id, house.clock.now()).await?;
    let left = store.no_trace(address).await;
    let left = left.map_err(|e| Failure::new(Exit::Failed, e))?;
    show::note(&format!("`{name}` is erased"));
    match left {
        None => {
            show::note(
                "copies made before (backups, `.db` files beside the database) still hold them; \
                 putting one back forgets them again",
            );
            Ok(Exit::Done)
        }
        Some(path) => {
            show::note(&format!(
                "`{}` still holds the address: somebody is reading it",
                path.display()
            ));
            show::note("hint: run it again when nothing else has the database open");
            Ok(Exit::Partly)
        }
    }
}

pub(super) async fn suppress(house: &House, args: &SuppressArgs) -> Result<Exit, Failure> {
    if let (Some(address), true) = (&args.address, args.lift) {
        return lift::lift(house, address, (args.dry_run, args.json)).await;
    }
    let mut sums = Sums::default();
    match (&args.address, &args.file) {
        (Some(address), _) => {
            let hash = house.keys.address_hash(&Address::parse(address)?);
            sums.add(house, &[hash], args.dry_run).await?;
        }
        (None, Some(file)) => from_file(house, file, args.dry_run, &mut sums).await?,
        (None, None) => return Err(Failure::usage("there is no address")),
    }
    let Sums {
        stopped,
        strangers,
        already,
        refused,
    } = sums;
    if args.json {
        show::json(
            &json!({"dry_run": args.dry_run, "stopped": stopped, "strangers": strangers,
            "already": already, "rejected": refused}),
        )?;
    } else {
        show::pairs(&[
            ("stopped", stopped.to_string()),
            ("unknown here, kept as a hash", strangers.to_string()),
            ("stopped already", already.to_string()),
        ])?;
    }
    if args.dry_run {
        show::note("nothing was written");
    }
    Ok(match refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    })
}

async fn from_file(house: &House, file: &Path, dry: bool, sums: &mut Sums) -> Result<(), Failure> {
    let bytes = typed::bytes(file)?;
    let mut slice = Vec::new();
    for (at, line) in bytes.lines().enumerate() {
        let line = line.map_err(|e| {
            Failure::new(Exit::Failed, e).context(format!("`{}`, line {}", file.display(), at + 1))
        })?;
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        match Address::parse(line) {
            Ok(address) => slice.push(house.keys.address_hash(&address)),
            Err(error) => {
                sums.refused += 1;
                if sums.refused <= TOLD {
                    show::note(&format!("line {}: {error}", at + 1));
                }
            }
        }
        if slice.len() >= SLICE {
            sums.add(house, &std::mem::take(&mut slice), dry).await?;
        }
    }
    if sums.refused > TOLD {
        show::note(&format!("… and {} more", sums.refused - TOLD));
    }
    sums.add(house, &slice, dry).await
}

#[derive(Default)]
struct Sums {
    stopped: usize,
    strangers: usize,
    already: usize,
    refused: usize,
}

impl Sums {
    async fn add(
        &mut self,
        house: &House,
        mailboxes: &[AddressHash],
        dry: bool,
    ) -> Result<(), Failure> {
        let done = match dry {
            true => house.store.suppress_foreseen(mailboxes).await?,
            false => house.store.suppress(mailboxes, house.clock.now()).await?,
        };
        for done in done {
            *match done {
                Suppressed::Stopped => &mut self.stopped,
                Suppressed::Stranger => &mut self.strangers,
                Suppressed::Already => &mut self.already,
            } += 1;
        }
        Ok(())
    }
}
