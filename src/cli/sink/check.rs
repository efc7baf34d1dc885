//! `sink check`: a receiver's journal held against a list's ledger.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::edition::{Shelf, Which};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::deliver::audit::{Audit, Finding, LedgerRow, audit};
use crate::domain::address::mask_addresses;
use crate::domain::{EditionId, SubscriberId, WaveId};
use crate::sink::journal;

/// Rows read at a time.
const PAGE: i64 = 2_000;
/// Findings of a table, unless more are asked for.
const TABLE: usize = 1_000;

/// What `sink check` takes.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    which: Which,
    /// What `courant sink --journal` wrote
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// More extra copies than that are a failure; without it none is, as long as they are equal
    #[arg(long, value_name = "N")]
    duplicates_max: Option<usize>,
    /// Whole addresses, not masked
    #[arg(long)]
    full: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// The ledger's side.
#[derive(Default)]
struct Ledger {
    rows: Vec<LedgerRow>,
    /// The edition of each row.
    issues: Vec<String>,
    /// Rows of people who were erased: no journal can be searched for them.
    erased: usize,
}

/// Compares, shows, and exits 5 where something is wrong.
pub(super) async fn run(check: Check, home: Option<&Path>) -> Result<Exit, Failure> {
    let text = typed::bytes(&check.journal)?;
    let (entries, unread) = journal::read(&String::from_utf8_lossy(&text));
    let house = House::open(home).await?;
    let shelf = Shelf::open(&house, &check.which).await?;
    let mut ledger = Ledger::default();
    for issue in shelf.meant() {
        if let Some(edition) = &issue.edition {
            read(&house, edition.id, &issue.name(), &mut ledger).await?;
        }
    }
    if ledger.rows.is_empty() && ledger.erased == 0 {
        return Err(shelf.unknown());
    }
    let seen = audit(&entries, &ledger.rows);
    for line in unread.iter().take(10) {
        show::note(&format!(
            "line {} of the journal cannot be read: {}",
            line.number, line.why
        ));
    }
    match check.json {
        true => show::json(&value(&seen, &ledger, unread.len(), check.full))?,
        false => table(&seen, &ledger, unread.len(), check.full)?,
    }
    let copies = check.duplicates_max.is_some_and(|n| seen.extra_copies > n);
    Ok(match seen.is_sound() && !copies {
        true => Exit::Done,
        false => Exit::Problems,
    })
}

/// Reads an edition's rows, each with the id that its letter carries.
async fn read(
    house: &House,
    edition: EditionId,
    issue: &str,
    ledger: &mut Ledger,
) -> Result<(), Failure> {
    let waves = house.store.waves(edition).await?;
    let keys: HashMap<WaveId, &str> = waves
        .iter()
        .map(|wave| (wave.id, wave.frozen.key_id.as_str()))
        .collect();
    let mut after = SubscriberId(0);
    loop {
        let page = house.store.deliveries(edition, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.subscriber;
        let people: Vec<SubscriberId> = page.iter().map(|row| row.subscriber).collect();
        let addresses = house.store.addresses(&people).await?;
        for row in page {
            let Some(address) = addresses.get(&row.subscriber) else {
                ledger.erased += 1;
                continue;
            };
            let id = keys.get(&row.wave).and_then(|key| {
                house
                    .keys
                    .letter_id(key, edition, row.subscriber, row.digest)
            });
            ledger.rows.push(LedgerRow::of(&row, address.full(), id));
            ledger.issues.push(issue.to_owned());
        }
    }
}

fn shown(address: &str, full: bool) -> String {
    match full {
        true => address.to_owned(),
        false => mask_addresses(address),
    }
}

fn table(seen: &Audit, ledger: &Ledger, unread: usize, full: bool) -> Result<(), Failure> {
    let counts = seen.counts();
    let sums = [
        ("letters", seen.rows),
        ("accepted", seen.accepted),
        ("received", seen.received),
        ("extra copies", seen.extra_copies),
        ("lost", counts.lost),
        ("altered", counts.altered),
        ("wrong state", counts.wrong_state),
        ("untold", counts.untold),
        ("of no row", seen.strangers.len()),
        ("erased", ledger.erased),
        ("lines unread", unread),
    ];
    show::pairs(&sums.map(|(key, n)| (key, n.to_string())))?;
    if seen.findings.is_empty() {
        return Ok(());
    }
    show::line("")?;
    let cells = |found: &Finding| {
        vec![
            found.flaw.to_string(),
            shown(&found.recipient, full),
            found.state.to_string(),
            found.copies.to_string(),
            ledger.issues.get(found.row).cloned().unwrap_or_default(),
        ]
    };
    let rows = seen.findings.iter().take(TABLE).map(cells).collect();
    show::table(&["what", "to", "state", "copies", "edition"], rows, "")?;
    if seen.findings.len() > TABLE {
        show::note(&format!("only {TABLE} are shown; --json shows all of them"));
    }
    Ok(())
}

fn value(seen: &Audit, ledger: &Ledger, unread: usize, full: bool) -> serde_json::Value {
    let finding = |found: &Finding| {
        json!({
            "what": found.flaw,
            "to": shown(&found.recipient, full),
            "state": found.state,
            "copies": found.copies,
            "edition": ledger.issues.get(found.row),
        })
    };
    let findings: Vec<_> = seen.findings.iter().map(finding).collect();
    json!({
        "letters": seen.rows,
        "accepted": seen.accepted,
        "received": seen.received,
        "extra_copies": seen.extra_copies,
        "counts": seen.counts(),
        "of_no_row": seen.strangers.len(),
        "erased": ledger.erased,
        "lines_unread": unread,
        "findings": findings,
    })
}
