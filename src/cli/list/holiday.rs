//! `list holiday`: single days on which a list does not run, by each subscriber's own calendar.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{calendar, find};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::edition::EditionState;
use crate::domain::list::List;
use crate::domain::time::{Date, Run};

/// How far the last clocks of the world are behind UTC.
const BEHIND: SignedDuration = SignedDuration::from_hours(12);
/// Days that a list may have.
const DAYS_MAX: usize = 1_000;
/// Editions that are looked at, the newest ones.
const EDITIONS: i64 = 100;
/// Characters of a day's name.
const NAME_MAX: usize = 80;

/// What may be done with a list's holidays.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// A day without a run, today or later
    Add {
        /// Which list
        list: String,
        /// Which day: 2026-12-25
        date: String,
        /// What it is called
        name: Option<String>,
    },
    /// Every day of a file: a date and its name a line; `-` for stdin
    ///
    /// Empty lines and lines that start with `#` are passed over, and days that are over as well. One
    /// line that is wrong, and nothing is taken.
    Import {
        /// Which list
        list: String,
        /// Which file
        file: PathBuf,
    },
    /// The days of a list
    List {
        /// Which list
        list: String,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Run on that day again
    Remove {
        /// Which list
        list: String,
        /// Which day
        date: String,
    },
}

pub(super) async fn run(house: &House, verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Add { list, date, name } => {
            let name = called_so(&name.unwrap_or_default())?;
            find(&house.store, &list).await?;
            let day = day(&date)?;
            if day < today(house) {
                return Err(Failure::usage(format!("{day} is over"))
                    .hint("a holiday is a day still to come"));
            }
            let days = BTreeMap::from([(day, name)]);
            add(house, &list, days).await?;
        }
        Verb::Import { list, file } => {
            find(&house.store, &list).await?;
            let mut days = read(&file)?;
            let today = today(house);
            let over = days.keys().filter(|day| **day < today).count();
            days.retain(|day, _| *day >= today);
            let over = show::count(i64::try_from(over).unwrap_or(i64::MAX), "day");
            if days.is_empty() {
                return Err(Failure::failed("no day of the file is still to come"));
            }
            if !over.starts_with("0 ") {
                show::note(&format!("passed over: {over} before {today}"));
            }
            add(house, &list, days).await?;
        }
        Verb::List { list, json } => list_all(house, &list, json).await?,
        Verb::Remove { list, date } => remove(house, &list, &date).await?,
    }
    Ok(Exit::Done)
}

/// A name as it was typed; a day needs none.
fn called_so(text: &str) -> Result<String, Failure> {
    match text.trim() {
        "" => Ok(String::new()),
        name => typed::line("the name", name, NAME_MAX),
    }
}

fn day(text: &str) -> Result<Date, Failure> {
    Run::parse_date(text.trim()).map_err(|_| {
        let given = typed::short(text, 40);
        Failure::usage(format!("`{given}` is no day of the calendar"))
            .hint("write it as year, month and day, such as 2026-12-25")
    })
}

/// The days of a file, or every line that is wrong.
fn read(file: &Path) -> Result<BTreeMap<Date, String>, Failure> {
    let bytes = typed::bytes(file)?;
    let name = file.display();
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::failed(format!("`{name}` is not UTF-8")).hint("save it as UTF-8 text")
    })?;
    let (mut days, mut wrong) = (BTreeMap::new(), Vec::new());
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (date, called) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let read = day(date).and_then(|date| {
            let called = called_so(called)?;
            Ok((date, called))
        });
        match read {
            Ok((date, called)) => {
                days.insert(date, called);
            }
            Err(error) => wrong.push(format!("line {}: {}", n + 1, error.message())),
        }
    }
    if !wrong.is_empty() {
        for words in wrong.iter().take(20) {
            show::note(&format!("{name}: {words}"));
        }
        let lines = show::count(i64::try_from(wrong.len()).unwrap_or(i64::MAX), "line");
        return Err(Failure::failed(format!(
            "`{name}` has {lines} that will not do, and nothing is taken"
        ))
        .hint("a line is a day such as `2026-12-25`, and what it is called after a space"));
    }
    match days.is_empty() {
        true => Err(Failure::failed(format!("`{name}` names no day"))),
        false => Ok(days),
    }
}

async fn add(house: &House, list: &str, days: BTreeMap<Date, String>) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let known = house.store.holidays(list.id).await?;
    let new = days.keys().filter(|day| !known.contains_key(day)).count();
    if known.len() + new > DAYS_MAX {
        return Err(Failure::failed(format!(
            "`{}` would have more than {DAYS_MAX} holidays",
            list.slug
        ))
        .hint(format!(
            "`courant list holiday remove {} DATE` takes past ones out",
            list.slug
        )));
    }
    let mut all = known;
    all.extend(days.clone());
    calendar::must_run(house, &list, |c| {
        c.holidays = std::sync::Arc::new(all.keys().copied().collect())
    })
    .await?;
    house.store.holidays_add(list.id, &days).await?;
    let moved = calendar::redue(house, &list).await?;
    let said = match days.first_key_value() {
        Some((day, name)) if days.len() == 1 => called(*day, name),
        _ => show::count(i64::try_from(days.len()).unwrap_or(i64::MAX), "day"),
    };
    show::note(&format!("`{}` does not run on {said}; {moved}", list.slug));
    planned(house, &list, &days).await
}

/// The first day that is not over everywhere: subscribers live by their own calendars, the last of them
/// twelve hours behind UTC.
fn today(house: &House) -> Date {
    let now = house.clock.now();
    let last = now.checked_sub(BEHIND).unwrap_or(now);
    TimeZone::UTC.to_datetime(last).date()
}

/// Says what is planned for a day already: a plan is not undone by a calendar.
async fn planned(house: &House, list: &List, days: &BTreeMap<Date, String>) -> Result<(), Failure> {
    for edition in house.store.editions(list.id, EDITIONS).await? {
        if !days.contains_key(&edition.run.date()) || edition.state == EditionState::Cancelled {
            continue;
        }
        let open = house.store.tally(edition.id).await?.open;
        if open > 0 {
            let (slug, run, cadence) = (&list.slug, edition.run, &edition.cadence_name);
            let letters = show::count(open, "letter");
            show::note(&format!(
                "but {letters} of {cadence} {run} planned already may still leave"
            ));
            show::note(&format!(
                "hint: `courant edition cancel {slug} --run {run} --cadence {cadence}` keeps them back"
            ));
        }
    }
    Ok(())
}

async fn remove(house: &House, list: &str, date: &str) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let date = day(date)?;
    if !house.store.holiday_remove(list.id, date).await? {
        let slug = &list.slug;
        return Err(Failure::failed(format!("{date} is no holiday of `{slug}`"))
            .hint(format!("`courant list holiday list {slug}` shows them")));
    }
    let moved = calendar::redue(house, &list).await?;
    show::note(&format!(
        "{date} is no holiday of `{}` any more; {moved}",
        list.slug
    ));
    Ok(())
}

async fn list_all(house: &House, list: &str, json: bool) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let days = house.store.holidays(list.id).await?;
    if json {
        let day = |(date, name): (&Date, &String)| json!({"date": date.to_string(), "name": name});
        return show::json(&days.iter().map(day).collect::<Vec<_>>());
    }
    let row = |(date, name): (&Date, &String)| {
        let weekday = date.strftime("%A").to_string();
        vec![date.to_string(), weekday, name.clone()]
    };
    let none = format!("`{}` has no holidays", list.slug);
    show::table(
        &["date", "day", "name"],
        days.iter().map(row).collect(),
        &none,
    )
}

fn called(day: Date, name: &str) -> String {
    match name {
        "" => day.to_string(),
        name => format!("{day} ({name})"),
    }
}
