//! The parts that most commands need: configuration, database, keys, clock.

use std::path::{Path, PathBuf};

use super::{Exit, Failure};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::address::{Address, AddressHash};
use crate::domain::audit::Who;
use crate::feedback::link::Keyring;
use crate::store::Store;

/// An opened data folder.
#[derive(Clone, Debug)]
pub struct House {
    /// What belongs to the machine.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The house keys.
    pub keys: Keyring,
    /// The one reader of the time.
    pub clock: Clock,
}

impl House {
    /// Opens the data folder `--home` names, else COURANT_HOME's, else this one.
    pub async fn open(home: Option<&Path>) -> Result<House, Failure> {
        let config = Config::load(&folder(home))?;
        let (database, key_file) = (config.database(), config.key_file());
        if !database.exists() && !key_file.exists() {
            let words = format!("there is no data folder at `{}`", config.home().display());
            return Err(Failure::new(Exit::Config, anyhow::anyhow!(words))
                .hint("`courant init` makes one; `--home DIR` or COURANT_HOME names another"));
        }
        super::edition::sweep(config.home());
        let keys = keys(&key_file)?;
        let store = Store::open(&database).await?;
        belong(&keys, &key_file, store.somebody().await?, &database)?;
        Ok(House {
            config,
            store: store.spoken_for(Who::at_the_machine(&crate::config::user())),
            keys,
            clock: Clock::system(),
        })
    }
}

/// The data folder.
pub fn folder(home: Option<&Path>) -> PathBuf {
    home.map(Path::to_owned).unwrap_or_else(crate::config::home)
}

/// Whether the keys are those that made a database, by somebody in it. With others nobody could be
/// found by their address, leave, or be kept from being signed up twice.
pub fn belong(
    keys: &Keyring,
    key_file: &Path,
    somebody: Option<(Address, AddressHash)>,
    database: &Path,
) -> Result<(), Failure> {
    match somebody {
        Some((address, hash)) if !keys.made(&address, &hash) => {
            let words = format!(
                "`{}` is not the key file of `{}`: its first key did not make the addresses' hashes",
                key_file.display(),
                database.display()
            );
            Err(Failure::new(Exit::Config, anyhow::anyhow!(words))
                .hint("put back the key file that belongs to this database, or its own database"))
        }
        _ => Ok(()),
    }
}

/// Reads the key file.
pub fn keys(path: &Path) -> Result<Keyring, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        let hint = match e.kind() {
            std::io::ErrorKind::NotFound => {
                "restore it from a backup: with a new one nobody could be found, or leave"
            }
            _ => "it must be a file that this user may read; `courant init` writes none over it",
        };
        Failure::new(Exit::Config, e)
            .context(format!("cannot read the key file `{}`", path.display()))
            .hint(hint)
    })?;
    Keyring::parse(&text).map_err(|e| {
        let hint = e.hint();
        Failure::new(Exit::Config, e)
            .context(format!("cannot use `{}`", path.display()))
            .maybe_hint(hint)
    })
}
