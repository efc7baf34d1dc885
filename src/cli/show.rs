//! Showing: tables and JSON on stdout, everything else on stderr.

use std::io::{IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::Failure;
use crate::domain::time::{Timestamp, Zone};

/// Prints JSON, one value, pretty on a terminal.
pub fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let out = std::io::stdout();
    let text = match out.is_terminal() {
        true => serde_json::to_string_pretty(value),
        false => serde_json::to_string(value),
    };
    let text = text.map_err(|e| Failure::new(super::Exit::Failed, e))?;
    line(&text)
}

/// Prints one line on stdout. A closed pipe (`| head`) is no failure.
pub fn line(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints a table, or on stderr what an empty one means.
pub fn table(headers: &[&str], rows: Vec<Vec<String>>, if_empty: &str) -> Result<(), Failure> {
    if rows.is_empty() {
        note(if_empty);
        return Ok(());
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        // Whoever reads a pipe wants whole cells.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(headers.iter().map(|h| h.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    for text in table.to_string().lines() {
        line(text.trim_end())?;
    }
    Ok(())
}

/// Columns of the terminal that stdout is; `None` where it is none.
pub fn width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// Prints key and value, one pair a line.
pub fn pairs(pairs: &[(&str, String)]) -> Result<(), Failure> {
    let width = pairs.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    for (key, value) in pairs {
        line(format!("{key:width$}  {value}").trim_end())?;
    }
    Ok(())
}

/// An instant on the clock of a zone, for people: `Wed 2026-11-25 07:00 +01:00 Europe/Berlin`.
pub fn local(at: Timestamp, zone: &Zone) -> String {
    let there = at.to_zoned_datetime(zone.tz().clone());
    format!(
        "{} {}",
        there.strftime("%a %Y-%m-%d %H:%M %:z"),
        zone.name()
    )
}

/// An instant in UTC to the second, for people: `2026-11-25 06:00:00 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 subscription`, `2 subscriptions`.
pub fn count(n: i64, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

/// A progress bar on stderr; only on a terminal, and cleared by whoever finishes it.
pub fn bar(len: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(len);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}, {elapsed}, about {eta} left")
    {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// A sign of life on stderr while something takes its time; only on a terminal, and cleared by whoever
/// finishes it.
pub fn busy(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

/// A remark for the person, on stderr.
pub fn note(text: &str) {
    eprintln!("{text}");
}
