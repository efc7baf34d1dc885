//! `audit`: who did what, read out, handed on, and looked at for rows that are not what was written.

use std::path::Path;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::{Exit, Failure, House, show, typed};
use crate::domain::audit::{Fault, Hash, Reading, Sealed, hex};
use crate::domain::cells::safe;
use crate::domain::time::Timestamp;

/// Rows that are read at a time.
const AT_A_TIME: i64 = 1000;
/// Most faults that are named one by one.
const FAULTS_MOST: usize = 100;

/// Verbs of `audit`.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// The newest rows, newest first
    List {
        /// Of one subject alone, such as `edition 12` or `editor 3`
        #[arg(long, default_value = "")]
        about: String,
        /// Of one name alone, such as `Ann` or `cli:root`
        #[arg(long, default_value = "")]
        by: String,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Read every row and its seal; exits with 5 where one was altered, removed or moved
    ///
    /// What is printed, the last number and its hash, may be kept elsewhere: `--known` then finds out
    /// whether somebody sealed everything anew.
    Verify {
        /// A number and its hash that an earlier `verify` printed
        #[arg(long, value_name = "NO:HASH", value_parser = known)]
        known: Option<(i64, String)>,
        /// JSON object
        #[arg(long)]
        json: bool,
    },
    /// Every row, oldest first
    Export {
        /// JSON objects, one a line, or CSV
        #[arg(long, value_enum, default_value_t = Form::Json)]
        format: Form,
        /// The same as `--format csv`
        #[arg(long, conflicts_with_all = ["format", "json"])]
        csv: bool,
        /// The same as `--format json`
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
}

/// How rows are handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// JSON objects, one a line.
    Json,
    /// Comma-separated values.
    Csv,
}

fn known(text: &str) -> Result<(i64, String), String> {
    let parts = text.split_once(':');
    let read = parts.and_then(|(no, hash)| Some((no.parse().ok()?, hash.to_lowercase())));
    read.ok_or_else(|| "it is NO:HASH, as `courant audit verify` prints them".to_owned())
}

/// Runs a verb of `audit`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::List {
            about,
            by,
            limit,
            json,
        } => list(&house, (&about, &by), limit, json).await,
        Verb::Verify { known, json } => verify(&house, known, json).await,
        Verb::Export { csv, format, .. } => {
            let csv = csv || format == Form::Csv;
            export(&house, csv).await
        }
    }
}

/// A row as it is shown.
#[derive(Serialize)]
struct Row<'a> {
    no: i64,
    at: Timestamp,
    at_ms: i64,
    editor: Option<i64>,
    who: &'a str,
    act: &'a str,
    subject: &'a str,
    before: &'a str,
    after: &'a str,
    why: &'a str,
    prev: String,
    hash: String,
}

fn row(sealed: &Sealed) -> Row<'_> {
    let (entry, deed) = (&sealed.entry, &sealed.entry.deed);
    Row {
        no: entry.no,
        at: entry.at,
        at_ms: entry.at.as_millisecond(),
        editor: entry.who.editor.map(|e| e.0),
        who: &entry.who.name,
        act: &deed.act,
        subject: &deed.subject,
        before: &deed.was,
        after: &deed.became,
        why: &deed.why,
        prev: hex(&sealed.prev),
        hash: hex(&sealed.hash),
    }
}

async fn list(
    house: &House,
    (about, by): (&str, &str),
    limit: i64,
    json: bool,
) -> Result<Exit, Failure> {
    let rows = house.store.audit_lately(about, by, limit).await?;
    let rows: Vec<Row<'_>> = rows.iter().map(row).collect();
    if json {
        show::json(&rows)?;
        return Ok(Exit::Done);
    }
    let change = |r: &Row<'_>| {
        let line = |text: &str| typed::short(&text.replace(['\n', '\r', '\t'], " "), 48);
        match (r.before, r.after) {
            ("", after) => line(after),
            (before, "") => format!("was: {}", line(before)),
            (before, after) => format!("{} → {}", line(before), line(after)),
        }
    };
    let rows = rows
        .iter()
        .map(|r| {
            vec![
                r.no.to_string(),
                show::utc(r.at),
                r.who.to_owned(),
                r.act.to_owned(),
                r.subject.to_owned(),
                change(r),
                typed::short(r.why, 48),
            ]
        })
        .collect();
    let heads = ["no", "when", "who", "what", "of", "change", "why"];
    show::table(&heads, rows, "nothing was written down")?;
    Ok(Exit::Done)
}

/// What reading everything came to.
#[derive(Serialize)]
struct Verified {
    rows: i64,
    last: i64,
    hash: String,
    faults: Vec<String>,
    more_faults: usize,
}

async fn verify(house: &House, known: Option<(i64, String)>, json: bool) -> Result<Exit, Failure> {
    let (mut reading, mut faults) = (Reading::default(), Vec::new());
    let (mut rows, mut after) = (0, 0);
    let mut kept: Option<Hash> = None;
    let head = house.store.audit_head().await?;
    loop {
        let page = house.store.audit_page(after, AT_A_TIME).await?;
        for sealed in page.iter().filter(|s| s.entry.no <= head.0) {
            faults.extend(reading.next(sealed));
            rows += 1;
            if known.as_ref().is_some_and(|k| k.0 == sealed.entry.no) {
                kept = Some(sealed.hash);
            }
        }
        match page.last() {
            Some(last) if last.entry.no < head.0 => after = last.entry.no,
            _ => break,
        }
    }
    faults.extend(reading.end(head));
    let mut words: Vec<String> = faults.iter().map(Fault::to_string).collect();
    if let Some((no, hash)) = known
        && kept.is_none_or(|kept| hex(&kept) != hash)
    {
        words.push(format!("row {no} is not the one whose hash was noted"));
    }
    let exit = match words.is_empty() {
        true => Exit::Done,
        false => Exit::Problems,
    };
    let more_faults = words.len().saturating_sub(FAULTS_MOST);
    words.truncate(FAULTS_MOST);
    let verified = Verified {
        rows,
        last: head.0,
        hash: hex(&head.1),
        faults: words,
        more_faults,
    };
    match json {
        true => show::json(&verified)?,
        false => say(&verified)?,
    }
    Ok(exit)
}

fn say(verified: &Verified) -> Result<(), Failure> {
    for fault in &verified.faults {
        show::line(fault)?;
    }
    if verified.more_faults > 0 {
        show::line(&format!("and {} more", verified.more_faults))?;
    }
    let whole = match verified.faults.is_empty() {
        true => "each sealed over the one before",
        false => "not all of them as they were written",
    };
    let rows = show::count(verified.rows, "row");
    show::line(&format!(
        "{rows}, {whole}; {}:{}",
        verified.last, verified.hash
    ))
}

async fn export(house: &House, csv: bool) -> Result<Exit, Failure> {
    let mut after = 0;
    if csv {
        show::line("no,at,at_ms,editor,who,act,subject,before,after,why,prev,hash")?;
    }
    loop {
        let page = house.store.audit_page(after, AT_A_TIME).await?;
        let Some(last) = page.last() else { break };
        after = last.entry.no;
        for sealed in &page {
            let row = row(sealed);
            match csv {
                true => show::line(&record(&row)?)?,
                false => {
                    let text = serde_json::to_string(&row);
                    show::line(&text.map_err(|e| Failure::new(Exit::Failed, e))?)?;
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// A row of CSV; what a spreadsheet would read as a formula is made a text.
fn record(row: &Row<'_>) -> Result<String, Failure> {
    let editor = row.editor.map(|e| e.to_string()).unwrap_or_default();
    let cells = [
        &row.no.to_string(),
        &row.at.to_string(),
        &row.at_ms.to_string(),
        &editor,
        row.who,
        row.act,
        row.subject,
        row.before,
        row.after,
        row.why,
        &row.prev,
        &row.hash,
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| Failure::new(Exit::Failed, e);
    writer
        .write_record(cells.map(|cell| safe(cell).into_owned()))
        .map_err(failed)?;
    let bytes = writer
        .into_inner()
        .map_err(|e| Failure::failed(e.error().to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches('\n').to_owned())
}
