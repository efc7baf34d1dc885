//! The mark beside the database: how far its ledger had come, so that a copy from before is known
//! for one.
//!
//! It is written after the commit that it describes, without an fsync of its own: a mark that lags
//! behind says nothing wrong. One short line, overwritten in place under a checksum. It does not know
//! what follows from it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::disk::private;

/// Longest file that is read: a mark has about 80 octets.
const MAX: u64 = 1024;

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Missing,
    /// It is none of ours, or torn.
    Unreadable,
    /// This.
    Mark {
        /// The database that it describes.
        instance: String,
        /// The ledger commits that it had.
        commits: i64,
    },
}

/// The file, open for writing once something is to be noted.
#[derive(Clone, Debug)]
pub struct Mark {
    path: PathBuf,
    instance: String,
    file: Arc<Mutex<Option<File>>>,
}

impl Mark {
    /// The mark of a database: `courant.db` has `courant.mark`. Nothing is written yet.
    pub fn beside(database: &Path, instance: &str) -> Mark {
        Mark {
            path: database.with_extension("mark"),
            instance: instance.to_owned(),
            file: Arc::default(),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what stands there, whoever wrote it.
    pub fn read(&self) -> io::Result<Found> {
        let mut text = Vec::new();
        match File::open(&self.path) {
            Ok(file) => file.take(MAX).read_to_end(&mut text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Missing),
            Err(error) => return Err(error),
        };
        Ok(parse(&text).unwrap_or(Found::Unreadable))
    }

    /// Writes how far the ledger has come: about two microseconds, no fsync. A failure is said once
    /// and harms nothing, since the mark then lags.
    pub fn note(&self, commits: i64) {
        if let Err(error) = self.write(commits, false) {
            tracing::warn!("cannot write `{}`: {error}", self.path.display());
        }
    }

    /// As [`Mark::note`], on disk when it returns: for a mark that is made, or set anew.
    pub fn set(&self, commits: i64) -> io::Result<()> {
        self.write(commits, true)
    }

    fn write(&self, commits: i64, durable: bool) -> io::Result<()> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match held.take() {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false);
                private(&mut options).open(&self.path)?
            }
        };
        let text = text(&self.instance, commits);
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        if durable {
            // What stood there before may have been longer.
            file.set_len(text.len() as u64)?;
            file.sync_all()?;
        }
        // Kept open only while it can be written: after a failure it is opened anew.
        *held = Some(file);
        Ok(())
    }
}

/// `courant-mark 1 INSTANCE COMMITS CHECKSUM`: always of one length for one instance.
fn text(instance: &str, commits: i64) -> String {
    let head = format!("courant-mark 1 {instance} {commits:019}");
    format!("{head} {}\n", checksum(&head))
}

fn parse(text: &[u8]) -> Option<Found> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('\n')?;
    let (head, sum) = text.rsplit_once(' ')?;
    if checksum(head) != sum {
        return None;
    }
    let (instance, commits) = head.strip_prefix("courant-mark 1 ")?.rsplit_once(' ')?;
    Some(Found::Mark {
        instance: instance.to_owned(),
        commits: commits.parse().ok()?,
    })
}

fn checksum(head: &str) -> String {
    let sum = Sha256::digest(head.as_bytes());
    sum.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Found, Mark};

    fn found(commits: i64) -> Found {
        let instance = "here".to_owned();
        Found::Mark { instance, commits }
    }

    #[test]
    fn it_says_what_was_noted_last_and_any_tear_shows() {
        let folder = tempfile::tempdir().unwrap();
        let mark = Mark::beside(&folder.path().join("courant.db"), "here");
        assert_eq!(mark.path(), folder.path().join("courant.mark"));
        assert_eq!(mark.read().unwrap(), Found::Missing);
        mark.note(7);
        assert_eq!(mark.read().unwrap(), found(7));
        mark.note(12_345);
        assert_eq!(mark.read().unwrap(), found(12_345));
        let whole = std::fs::read(mark.path()).unwrap();
        for length in 0..whole.len() {
            std::fs::write(mark.path(), &whole[..length]).unwrap();
            assert_eq!(mark.read().unwrap(), Found::Unreadable, "{length} octets");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(mark.path(), &changed).unwrap();
            assert_eq!(mark.read().unwrap(), Found::Unreadable, "octet {at}");
        }
        std::fs::write(mark.path(), [&whole[..], b"more"].concat()).unwrap();
        assert_eq!(mark.read().unwrap(), Found::Unreadable);
        mark.set(3).unwrap();
        assert_eq!(mark.read().unwrap(), found(3), "whatever stood there");
    }
}
