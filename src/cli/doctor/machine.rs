//! What is looked at on this machine: the database and its disk, the clock, the key files.

use std::path::Path;

use crate::cli::house::{self, keys};
use crate::cli::{Failure, dkim, parts, show};
use crate::clock::Clock;
use crate::config::Config;
use crate::deliver::authentication::Finding;
use crate::disk;
use crate::domain::time::Timestamp;
use crate::feedback::link::Keyring;
use crate::store::{Store, StoreError};

const MIB: u64 = 1024 * 1024;
/// Under so much free space sending may stop at any moment: no ledger, no letter.
const TIGHT: u64 = 100 * MIB;
/// Under so much a backup may not fit.
const ROOMY: u64 = 1024 * MIB;
/// A write-ahead log of more is not being folded into the file.
const LONG_LOG: u64 = 256 * MIB;
/// The house keys and those that sign, and what is wrong with their files.
pub(super) fn key_files(config: &Config) -> (Option<Keyring>, Vec<Finding>) {
    let path = config.key_file();
    let (keys, mut found) = match keys(&path) {
        Ok(keys) => {
            let words = format!("the house key `{}` signs links", keys.active_id());
            (Some(keys), vec![private(&path, words)])
        }
        Err(failure) => (None, vec![failed(&path.display().to_string(), &failure)]),
    };
    match dkim::signer(config) {
        Ok(_) => {}
        Err(failure) => found.push(failed("dkim", &failure)),
    }
    for option in ["dkim.key_file", "dkim.ed25519_key_file"] {
        let path = config.home().join(config.text(option));
        if !config.text(option).is_empty() && path.is_file() {
            found.push(private(&path, format!("the key of {option}")));
        }
    }
    (keys, found)
}

/// Whether the house keys are those that made the database; a finding where they are not. What
/// cannot be read is said where the database is looked at.
pub(super) async fn belong(
    config: &Config,
    keys: &Keyring,
    store: &Store,
    found: &mut Vec<Finding>,
) -> bool {
    let path = config.key_file();
    let somebody = store.somebody().await.ok().flatten();
    match house::belong(keys, &path, somebody, &config.database()) {
        Ok(()) => true,
        Err(failure) => {
            found.push(failed(&path.display().to_string(), &failure));
            false
        }
    }
}

fn private(path: &Path, words: String) -> Finding {
    let place = path.display().to_string();
    match disk::is_private(path) {
        Ok(true) => Finding::ok(place, words),
        Ok(false) => {
            let hint = format!("`chmod 600 {place}`");
            Finding::problem(place, "other users of this machine may read it", hint)
        }
        Err(error) => {
            let hint = "it must be a file of the user that runs courant";
            Finding::problem(place, format!("it cannot be looked at: {error}"), hint)
        }
    }
}

fn failed(place: &str, failure: &Failure) -> Finding {
    let hint = failure.hinted().unwrap_or("`courant config check`");
    Finding::problem(place, failure.message(), hint)
}

/// The database, opened if it can be, and what is wrong with it.
pub(super) async fn database(config: &Config) -> (Option<Store>, Vec<Finding>) {
    let path = config.database();
    let place = path.display().to_string();
    let store = match Store::open(&path).await {
        Ok(store) => store,
        Err(error) => return (None, vec![refused(&place, error)]),
    };
    let mut found = match store.quick_check().await {
        Ok(lines) if lines.is_empty() => {
            let schema = Store::schema();
            vec![Finding::ok(&place, format!("sound, of schema {schema}"))]
        }
        Ok(lines) => vec![Finding::problem(
            &place,
            format!("it is damaged: {}", lines.join("; ")),
            "stop `courant serve`, keep the file, and restore a backup",
        )],
        Err(error) => vec![refused(&place, error)],
    };
    if disk::is_private(&path).is_ok_and(|private| !private) {
        found.push(Finding::problem(
            &place,
            "other users of this machine may read it, and it holds addresses",
            format!("`chmod 600 {place}*`"),
        ));
    }
    let log = path.with_extension("db-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    if length(&log) > LONG_LOG {
        found.push(Finding::hint(
            log.display().to_string(),
            format!("the write-ahead log has {} MiB", length(&log) / MIB),
            "a program that reads the database for long keeps it from being folded in: end it, then \
             restart `courant serve`",
        ));
    }
    found.extend(disk::free(config.home()).map(|free| room(config, free, length(&path))));
    (Some(store), found)
}

fn refused(place: &str, error: StoreError) -> Finding {
    failed(place, &Failure::from(error))
}

/// Judges the free space of the data folder, in octets.
fn room(config: &Config, free: u64, database: u64) -> Finding {
    let place = config.home().display().to_string();
    let words = format!("{} MiB are free on its disk", free / MIB);
    if free < TIGHT {
        let hint =
            "make room: once the disk is full, no letter can be accounted for, and none leaves";
        return Finding::problem(place, words, hint);
    }
    if free < ROOMY.max(database) {
        let hint = "a backup or a migration needs as much room as the database has";
        return Finding::hint(place, words, hint);
    }
    Finding::ok(place, words)
}

/// Whether the clock can be right.
pub(super) async fn clock(clock: &Clock, store: Option<&Store>) -> Vec<Finding> {
    let newest = match store {
        Some(store) => store.newest().await.ok().flatten(),
        None => None,
    };
    vec![judged(clock.now(), newest)]
}

fn judged(now: Timestamp, newest: Option<Timestamp>) -> Finding {
    const PLACE: &str = "the system's clock";
    match parts::clock_fault(now, newest) {
        Some(words) => Finding::problem(PLACE, words, parts::CLOCK_HINT),
        None => Finding::ok(PLACE, format!("it shows {}", show::utc(now))),
    }
}

#[cfg(test)]
mod tests {

    use std::path::Path;

    use super::{MIB, room};
    use crate::config::Config;
    use crate::deliver::authentication::Level;

    #[test]
    fn room_is_judged_by_what_a_backup_needs() {
        let config = Config::read(Path::new("/x"), "", Vec::new()).unwrap();
        let level = |free, database| room(&config, free * MIB, database * MIB).level;
        assert_eq!(level(99, 1), Level::Problem);
        assert_eq!(level(1000, 1), Level::Hint);
        assert_eq!(level(3000, 4000), Level::Hint);
        assert_eq!(level(3000, 1), Level::Ok);
    }
}
