//! Topic models as files in the data folder: every training makes a new version, one version is in use,
//! and an older one can be put back.
//!
//! `topic-models/0007.model` is version 7; the file `in-use` beside it has the number that is used. A
//! file is whole or not there.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::disk::sync_folder;
use crate::domain::time::Timestamp;
use crate::topics::{MOST_BYTES, Model, ModelError};

/// Versions that are kept; the oldest ones go, but never the one in use.
const KEPT: usize = 20;
/// The file that has the number of the version in use.
const IN_USE: &str = "in-use";
/// Greatest number of a version.
const MOST: u32 = 9_999_999;

/// What went wrong with models on the disk.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The system refused.
    #[error("cannot use `{}`: {source}", path.display())]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no model.
    #[error("cannot use `{}`: {source}", path.display())]
    Model {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: ModelError,
    },
    /// There is no such version.
    #[error("there is no version {0} of the topic model")]
    NoVersion(u32),
}

impl ShelfError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ShelfError::Disk { .. } => None,
            ShelfError::Model { .. } => {
                Some("`courant topic train FILE.jsonl` makes a new one, `courant topic model --use N` puts an older one back".to_owned())
            }
            ShelfError::NoVersion(_) => Some("`courant topic model` lists them".to_owned()),
        }
    }
}

/// One version of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// When it was made.
    pub made: Timestamp,
    /// Octets of its file.
    pub octets: u64,
    /// Whether it is the one in use.
    pub in_use: bool,
}

/// Where the models of a data folder lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicModels {
    folder: PathBuf,
}

impl TopicModels {
    /// Those of a data folder.
    pub fn of(home: &Path) -> TopicModels {
        TopicModels {
            folder: home.join("topic-models"),
        }
    }

    /// Those beside a backup: the folder `FILE.topic-models`.
    pub fn of_backup(file: &Path) -> TopicModels {
        let mut folder = file.as_os_str().to_owned();
        folder.push(".topic-models");
        TopicModels {
            folder: folder.into(),
        }
    }

    /// Their folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is no version at all.
    pub fn is_empty(&self) -> Result<bool, ShelfError> {
        Ok(self.numbers()?.is_empty())
    }

    /// Copies every version, and which one is in use, into the folder of `to`, which is not there yet;
    /// how many octets. The copy is whole or not there.
    pub fn copy_to(&self, to: &TopicModels) -> Result<u64, ShelfError> {
        let wrong = |source| to.wrong(source);
        let beside = to.folder.parent().unwrap_or(Path::new("."));
        let made = tempfile::Builder::new()
            .prefix("topic-models.")
            .tempdir_in(beside);
        let made = made.map_err(wrong)?;
        let mut octets = 0;
        for number in self.numbers()? {
            let from = self.path(number);
            let name = from.file_name().unwrap_or_default();
            let copied = std::fs::copy(&from, made.path().join(name));
            octets += copied.map_err(|source| ShelfError::Disk {
                path: from.clone(),
                source,
            })?;
        }
        if let Some(number) = self.number_in_use()? {
            std::fs::write(made.path().join(IN_USE), format!("{number}\n")).map_err(wrong)?;
        }
        for file in std::fs::read_dir(made.path()).map_err(wrong)? {
            let file = file.and_then(|f| std::fs::File::open(f.path()));
            file.and_then(|f| f.sync_all()).map_err(wrong)?;
        }
        sync_folder(made.path()).map_err(wrong)?;
        // A folder that is there and not empty is not taken away.
        std::fs::rename(made.path(), &to.folder).map_err(wrong)?;
        sync_folder(beside).map_err(wrong)?;
        Ok(octets)
    }

    /// Moves the folder aside under its name with `end` added; its new name, or `None` where there is
    /// none.
    pub fn set_aside(&self, end: &str) -> Result<Option<PathBuf>, ShelfError> {
        let mut aside = self.folder.as_os_str().to_owned();
        aside.push(end);
        let aside = PathBuf::from(aside);
        match std::fs::rename(&self.folder, &aside) {
            Ok(()) => Ok(Some(aside)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.wrong(source)),
        }
    }

    /// The version that `in-use` names though it is not there.
    pub fn missing(&self) -> Result<Option<u32>, ShelfError> {
        let numbers = self.numbers()?;
        Ok(self.said_in_use()?.filter(|n| !numbers.contains(n)))
    }

    /// The file of a version.
    pub fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:04}.model"))
    }

    /// Writes a model as a new version and uses it from now on; its number. It is on disk when this
    /// returns.
    pub fn put(&self, model: &Model) -> Result<u32, ShelfError> {
        let number = self.write(model)?;
        self.write_in_use(number)?;
        self.remove_old(number)?;
        Ok(number)
    }

    /// Writes a model as a new version and goes on using `in_use`; its number.
    pub fn put_aside(&self, model: &Model, in_use: u32) -> Result<u32, ShelfError> {
        // Where no version is named the newest is used: it is to be named first.
        self.write_in_use(in_use)?;
        let number = self.write(model)?;
        self.remove_old(in_use)?;
        Ok(number)
    }

    fn write(&self, model: &Model) -> Result<u32, ShelfError> {
        let wrong = |source| self.wrong(source);
        std::fs::create_dir_all(&self.folder).map_err(wrong)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(wrong)?;
        file.write_all(&model.to_bytes()).map_err(wrong)?;
        file.as_file().sync_all().map_err(wrong)?;
        let mut number = self.numbers()?.last().map_or(1, |n| n + 1);
        loop {
            match file.persist_noclobber(self.path(number)) {
                Ok(_) => break,
                // Somebody else has just trained too.
                Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists && number < MOST => {
                    number += 1;
                    file = e.file;
                }
                Err(e) => return Err(wrong(e.error)),
            }
        }
        Ok(number)
    }

    /// The versions that are there, the oldest first.
    pub fn versions(&self) -> Result<Vec<Version>, ShelfError> {
        let in_use = self.number_in_use()?;
        let mut versions = Vec::new();
        for number in self.numbers()? {
            let path = self.path(number);
            let facts = std::fs::metadata(&path).and_then(|m| Ok((m.len(), m.modified()?)));
            let (octets, made) = facts.map_err(|source| ShelfError::Disk { path, source })?;
            versions.push(Version {
                number,
                made: Timestamp::try_from(made).unwrap_or(Timestamp::UNIX_EPOCH),
                octets,
                in_use: in_use == Some(number),
            });
        }
        Ok(versions)
    }

    /// The model in use, with its number; `None` where none was trained yet.
    pub fn in_use(&self) -> Result<Option<(u32, Model)>, ShelfError> {
        match self.number_in_use()? {
            Some(number) => Ok(Some((number, self.read(number)?))),
            None => Ok(None),
        }
    }

    /// Reads a version.
    pub fn read(&self, number: u32) -> Result<Model, ShelfError> {
        let path = self.path(number);
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(ShelfError::NoVersion(number));
            }
            Err(source) => return Err(ShelfError::Disk { path, source }),
        };
        let mut bytes = Vec::new();
        let read = io::Read::read_to_end(&mut io::Read::take(file, MOST_BYTES + 1), &mut bytes);
        match read {
            Ok(_) => Model::from_bytes(&bytes).map_err(|source| ShelfError::Model { path, source }),
            Err(source) => Err(ShelfError::Disk { path, source }),
        }
    }

    /// Uses another version from now on, if its file is a model.
    pub fn use_version(&self, number: u32) -> Result<(), ShelfError> {
        self.read(number)?;
        self.write_in_use(number)
    }

    /// The version in use: the one that `in-use` names, else the newest.
    fn number_in_use(&self) -> Result<Option<u32>, ShelfError> {
        let numbers = self.numbers()?;
        Ok(self
            .said_in_use()?
            .filter(|n| numbers.contains(n))
            .or(numbers.last().copied()))
    }

    /// What the file `in-use` says.
    fn said_in_use(&self) -> Result<Option<u32>, ShelfError> {
        match std::fs::read_to_string(self.folder.join(IN_USE)) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.wrong(source)),
        }
    }

    fn numbers(&self) -> Result<Vec<u32>, ShelfError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.wrong(source)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(|source| self.wrong(source))?.file_name();
            let stem = name.to_str().and_then(|n| n.strip_suffix(".model"));
            let number = stem.and_then(|s| s.parse().ok());
            let own = number.filter(|n| *n <= MOST && self.path(*n).ends_with(&name));
            numbers.extend(own);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn write_in_use(&self, number: u32) -> Result<(), ShelfError> {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            writeln!(file, "{number}")?;
            file.as_file().sync_all()?;
            file.persist(self.folder.join(IN_USE))
                .map_err(|e| e.error)?;
            sync_folder(&self.folder)
        };
        write().map_err(|source| self.wrong(source))
    }

    fn remove_old(&self, in_use: u32) -> Result<(), ShelfError> {
        let numbers = self.numbers()?;
        let many = numbers.len().saturating_sub(KEPT);
        for number in numbers.into_iter().take(many).filter(|n| *n != in_use) {
            let path = self.path(number);
            std::fs::remove_file(&path).map_err(|source| ShelfError::Disk { path, source })?;
        }
        Ok(())
    }

    fn wrong(&self, source: io::Error) -> ShelfError {
        ShelfError::Disk {
            path: self.folder.clone(),
            source,
        }
    }
}
