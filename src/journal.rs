//! The journal beside the database: who left, was stopped, was erased or came back, one JSON object a
//! line, by keyed hash and never by address.
//!
//! A line is on disk before the change that it describes is committed: a line without its change is
//! safe, since a replay makes up for it; a change without its line would be undone by restoring a
//! copy. It outlives the database file. What a line means for a database is the store's business.

mod lines;
mod newest;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::disk::{private, sync_folder};
use crate::domain::ListId;
use crate::domain::address::AddressHash;
use crate::domain::time::Timestamp;
use crate::domain::words;
use lines::{LINE_MAX, begins_with, each_line, ends_a_line, start_of_last_line};
pub use newest::{Outcome, Wanted};

/// Octets of the file whose people are held in memory at once.
const PART: u64 = 16 * 1024 * 1024;
/// A file larger than this is rewritten at an owner's start.
pub const COMPACT_FROM: u64 = 8 * 1024 * 1024;
/// Numbers of unreadable lines that are kept; all are counted.
const NAMED: usize = 20;

words! {
    /// What became of a person, or of a person's subscription to one list.
    Kind {
        /// They left.
        Unsubscribe = "unsubscribe",
        /// An operator stopped mail to them.
        Suppress = "suppress",
        /// Their mailbox does not take mail.
        Bounce = "bounce",
        /// They called us spam.
        Complaint = "complaint",
        /// They are forgotten.
        Erase = "erase",
        /// They came back.
        Rejoin = "rejoin",
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When; kept in milliseconds.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// Who.
    pub who: AddressHash,
    /// Concerning this list; `None`: the person as a whole.
    pub list: Option<ListId>,
}

/// What was met on the way through a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Lines in all.
    pub lines: u64,
    /// Lines that are no entry that this release knows.
    pub unreadable: u64,
    /// The numbers of the first of them, from 1.
    pub at: Vec<u64>,
}

/// The file, which need not be there.
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of a database: `courant.db` has `courant.journal`.
    pub fn beside(database: &Path) -> Journal {
        Journal {
            path: database.with_extension("journal"),
        }
    }

    /// The journal that goes with a backup: `FILE.journal`.
    pub fn of_backup(file: &Path) -> Journal {
        let mut path = file.as_os_str().to_owned();
        path.push(".journal");
        Journal { path: path.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends entries and returns once they are on disk: one write a line, so that two processes
    /// never mix theirs. What a crash left of an earlier line is closed first.
    pub fn append(&self, entries: &[Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut file = self.locked()?;
        if !ends_a_line(&mut file)? {
            file.write_all(b"\n")?;
        }
        for entry in entries {
            file.write_all(entry.line().as_bytes())?;
        }
        file.sync_data()
    }

    /// Cuts off what a crash left of the last line, and says how many octets that were. A last line
    /// that is whole but for its end is kept.
    pub fn mend(&self) -> io::Result<Option<u64>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let mut file = self.locked()?;
        if ends_a_line(&mut file)? {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        let start = start_of_last_line(&mut file, length)?;
        let mut last = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&mut file)
            .take(LINE_MAX as u64 + 1)
            .read_to_end(&mut last)?;
        let whole = Entry::read(&last).is_some();
        match whole {
            true => file.write_all(b"\n")?,
            false => file.set_len(start)?,
        }
        file.sync_data()?;
        Ok((!whole).then_some(length - start))
    }

    /// Hands every entry over, in the order of the file. Lines that are none are counted, and none
    /// ends the reading. No file is an empty one.
    pub fn read(&self, mut each: impl FnMut(Entry) -> io::Result<()>) -> io::Result<Reading> {
        let mut reading = Reading::default();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(reading),
            Err(error) => return Err(error),
        };
        each_line(BufReader::new(file), |number, line, _| {
            reading.lines = number;
            match Entry::read(line) {
                Some(entry) => each(entry)?,
                None => {
                    reading.unreadable += 1;
                    if reading.at.len() < NAMED {
                        reading.at.push(number);
                    }
                }
            }
            Ok(())
        })?;
        Ok(reading)
    }

    /// In how many parts [`Journal::wanted`] is to be asked, so that memory stays bounded.
    pub fn parts(&self) -> io::Result<u64> {
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok((found.len() / PART + 1).min(256)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// What the journal comes to for the people of one part of `parts`, whole people at a time, and
    /// what was met on the way.
    pub fn wanted(&self, part: u64, parts: u64) -> io::Result<(Vec<Wanted>, Reading)> {
        let mut newest = newest::Newest::default();
        let reading = self.read(|entry| {
            if in_part(&entry.who, part, parts) {
                newest.add(&entry);
            }
            Ok(())
        })?;
        Ok((newest.wanted(), reading))
    }

    /// Rewrites a file that is larger than `from` with the newest entry of each person, list and
    /// kind; lines that cannot be read stay, since a newer release may. Octets before and after.
    pub fn compact(&self, from: u64) -> io::Result<Option<(u64, u64)>> {
        let before = match std::fs::metadata(&self.path) {
            Ok(found) if found.len() > from => found.len(),
            _ => return Ok(None),
        };
        let _lock = self.locked()?;
        let folder = folder_of(&self.path);
        let mut made = tempfile::NamedTempFile::new_in(folder)?;
        let parts = self.parts()?;
        {
            let mut out = io::BufWriter::new(made.as_file_mut());
            self.copy_unreadable(&mut out)?;
            for part in 0..parts {
                let mut newest = newest::Newest::default();
                self.read(|entry| {
                    if in_part(&entry.who, part, parts) {
                        newest.add(&entry);
                    }
                    Ok(())
                })?;
                for entry in newest.entries() {
                    out.write_all(entry.line().as_bytes())?;
                }
            }
            out.flush()?;
        }
        let after = made.as_file().metadata()?.len();
        if after >= before {
            return Ok(None);
        }
        made.as_file().sync_all()?;
        made.persist(&self.path).map_err(|e| e.error)?;
        sync_folder(folder)?;
        Ok(Some((before, after)))
    }

    fn copy_unreadable(&self, out: &mut impl Write) -> io::Result<()> {
        let file = File::open(&self.path)?;
        each_line(BufReader::new(file), |_, line, _| {
            if Entry::read(line).is_none() && line.len() <= LINE_MAX {
                out.write_all(line)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })
    }

    /// Copies the journal to a new file of mode 0600; one that is not there gives an empty copy.
    /// Returns its octets.
    pub fn copy_to(&self, to: &Path) -> io::Result<u64> {
        let mut made = crate::disk::create_private(to)?;
        let copied = match File::open(&self.path) {
            Ok(mut file) => io::copy(&mut file, &mut made)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        made.sync_all()?;
        Ok(copied)
    }

    /// Takes up what another journal says, unless this one begins with all of it; how many entries.
    /// What is known already is written twice, which changes nothing.
    pub fn join(&self, other: &Journal) -> io::Result<u64> {
        if begins_with(&self.path, &other.path)? {
            return Ok(0);
        }
        let (mut joined, mut some) = (0, Vec::new());
        other.read(|entry| {
            joined += 1;
            some.push(entry);
            if some.len() >= 1_000 {
                self.append(&std::mem::take(&mut some))?;
            }
            Ok(())
        })?;
        self.append(&some)?;
        Ok(joined)
    }

    /// The file, made if need be, under its lock. A file that was replaced while we waited is no
    /// longer the journal.
    fn locked(&self) -> io::Result<File> {
        loop {
            let new = !self.path.exists();
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true);
            let file = private(&mut options).open(&self.path)?;
            file.lock()?;
            if new {
                sync_folder(folder_of(&self.path))?;
            }
            if crate::disk::is_at(&file, &self.path)? {
                return Ok(file);
            }
        }
    }
}

fn in_part(who: &AddressHash, part: u64, parts: u64) -> bool {
    u64::from(who.0[0]) % parts.max(1) == part
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
