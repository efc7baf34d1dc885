//! `courant doctor`: everything that real mail needs, looked at once, each finding with what to do.
//!
//! It changes nothing, sends nothing, and takes no lock: it works beside a running `serve`.

mod machine;
mod mail;
mod pages;

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::house::folder;
use super::{Exit, Failure, House, parts, sending, show, topic_model};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, FILE};
use crate::deliver::authentication::{Finding, Level};
use crate::deliver::policy::AlarmReason;

/// Flags of `doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Only this machine: ask neither the pages, nor the relay, nor DNS
    #[arg(long)]
    offline: bool,
    /// JSON array of {section, level, what, where, hint}
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what was found there.
type Section = (&'static str, Vec<Finding>);

/// Looks at everything.
pub async fn run(doctor: Doctor, home: Option<&Path>) -> Result<Exit, Failure> {
    let home = folder(home);
    let found = match Config::load(&home) {
        Err(error) => vec![("Configuration", faults(error))],
        Ok(config) if !config.database().exists() && !config.key_file().exists() => {
            let words = format!("there is no data folder at `{}`", home.display());
            return Err(Failure::new(Exit::Config, anyhow::anyhow!(words))
                .hint("`courant init` makes one; `--home DIR` or COURANT_HOME names another"));
        }
        Ok(config) => examine(&config, doctor.offline).await?,
    };
    match doctor.json {
        true => show::json(&rows(&found))?,
        false => print(&found)?,
    }
    let count = |level| {
        let all = found.iter().flat_map(|(_, findings)| findings);
        i64::try_from(all.filter(|f| f.level == level).count()).unwrap_or(i64::MAX)
    };
    let (problems, hints) = (count(Level::Problem), count(Level::Hint));
    show::note(&match (problems, hints) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, n) => format!("nothing is wrong; {}", show::count(n, "hint")),
        (n, 0) => show::count(n, "problem"),
        (n, m) => format!(
            "{} and {}",
            show::count(n, "problem"),
            show::count(m, "hint")
        ),
    });
    Ok(match problems {
        0 => Exit::Done,
        _ => Exit::Problems,
    })
}

async fn examine(config: &Config, offline: bool) -> Result<Vec<Section>, Failure> {
    let clock = Clock::system();
    let (keys, mut key_files) = machine::key_files(config);
    let (store, database) = machine::database(config).await;
    let mut time = machine::clock(&clock, store.as_ref()).await;
    let house = match (keys, store) {
        (Some(keys), Some(store))
            if machine::belong(config, &keys, &store, &mut key_files).await =>
        {
            Some(House {
                config: config.clone(),
                store,
                keys,
                clock,
            })
        }
        _ => None,
    };
    let configuration = match &house {
        Some(house) => configuration(house).await?,
        None => vec![Finding::hint(
            FILE,
            "it can be read; what is missing for sending could not be told",
            "mend the database and the key file first",
        )],
    };
    let sending = match &house {
        Some(house) => standing(house).await?,
        None => Vec::new(),
    };
    let models = match &house {
        Some(house) => topic_model::looked_at(house).await?,
        None => Vec::new(),
    };
    let mut online = Vec::new();
    if let Some(house) = house.as_ref().filter(|_| !offline) {
        let (pages, skew) = pages::examine(house).await?;
        time.extend(skew);
        online.push(("Pages", pages));
        let relays = mail::relays(house).await;
        online.extend((!relays.is_empty()).then_some(("SMTP", relays)));
        online.push(("DNS", mail::dns(house).await?));
    }
    let mut sections = vec![
        ("Configuration", configuration),
        ("Database", database),
        ("Clock", time),
        ("Key files", key_files),
        ("Sending", sending),
        ("Topic model", models),
    ];
    sections.retain(|(_, findings)| !findings.is_empty());
    sections.extend(online);
    if let Some(house) = house {
        house.store.close().await;
    }
    Ok(sections)
}

/// Whether letters may leave, and what went wrong with them in the last day.
async fn standing(house: &House) -> Result<Vec<Finding>, Failure> {
    let mut found = Vec::new();
    found.push(match house.store.paused().await? {
        None => Finding::ok("sending", "letters may leave"),
        Some(paused) => {
            Finding::problem("sending", sending::words(&paused), sending::hint(&paused))
        }
    });
    let day = jiff::SignedDuration::from_hours(24);
    let since = house.clock.now().checked_sub(day).unwrap_or_default();
    for alarm in house.store.alarms(since).await? {
        let reason = AlarmReason::parse(&alarm.reason);
        let hint = reason.map_or("read the words above", AlarmReason::hint);
        let words = format!("{} ({} times in the last day)", alarm.words, alarm.times);
        found.push(match reason.is_some_and(AlarmReason::holds) {
            true => Finding::problem(alarm.subject, words, hint),
            false => Finding::hint(alarm.subject, words, hint),
        });
    }
    Ok(found)
}

fn faults(error: ConfigError) -> Vec<Finding> {
    let finding = |fault: crate::config::Fault| {
        let hint = fault.hint.unwrap_or_else(|| format!("mend it in {FILE}"));
        Finding::problem(fault.place, fault.problem, hint)
    };
    error.faults.into_iter().map(finding).collect()
}

async fn configuration(house: &House) -> Result<Vec<Finding>, Failure> {
    let missing = parts::missing(house).await?;
    if missing.is_empty() {
        return Ok(vec![Finding::ok(FILE, "nothing is missing")]);
    }
    let finding = |(what, hint)| Finding::problem(FILE, what, hint);
    Ok(missing.into_iter().map(finding).collect())
}

fn rows(found: &[Section]) -> Vec<serde_json::Value> {
    let row = |section: &str, finding: &Finding| {
        json!({
            "section": section,
            "level": finding.level.as_str(),
            "what": finding.what,
            "where": finding.place,
            "hint": finding.hint,
        })
    };
    let rows = found
        .iter()
        .flat_map(|(section, findings)| findings.iter().map(move |f| row(section, f)));
    rows.collect()
}

fn print(found: &[Section]) -> Result<(), Failure> {
    for (section, findings) in found {
        show::line(section)?;
        for finding in findings {
            let Finding {
                level, what, place, ..
            } = finding;
            show::line(&format!("  {:7}  {place}: {what}", level.as_str()))?;
            if let Some(hint) = &finding.hint {
                show::line(&format!("           hint: {hint}"))?;
            }
        }
    }
    Ok(())
}
