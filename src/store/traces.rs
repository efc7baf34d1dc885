//! Whether the database's files still hold an address that was erased. A page that was split may keep a
//! copy of a row that it lost, so the files are searched.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aho_corasick::AhoCorasick;

use super::{Store, StoreError};
use crate::domain::address::Address;

/// Why the files could not be searched.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("a file of the database cannot be read")]
    Io(#[from] io::Error),
}

impl Store {
    /// Makes sure that no file of the database holds an address any more; the one that does, if one
    /// still does, since somebody reads it.
    pub async fn no_trace(&self, address: &Address) -> Result<Option<PathBuf>, TraceError> {
        self.fold().await?;
        if self.holding(address).await?.is_none() {
            return Ok(None);
        }
        self.rewrite().await?;
        self.fold().await?;
        self.holding(address).await
    }

    async fn holding(&self, address: &Address) -> Result<Option<PathBuf>, TraceError> {
        let (path, mailbox) = (self.path().to_owned(), address.mailbox().to_owned());
        let found = tokio::task::spawn_blocking(move || holding(&path, &mailbox)).await;
        Ok(found.map_err(io::Error::other)??)
    }
}

/// Files that were opened to be searched, by device and number. They are never closed: whoever closes
/// any handle of a file loses every POSIX lock that the process has on it (fcntl(2)), and SQLite's own
/// among them; another process would then take the log for its own and delete it.
static KEPT: Mutex<Vec<((u64, u64), &'static File)>> = Mutex::new(Vec::new());

/// A file, open for as long as this process lives.
fn kept(path: &Path) -> io::Result<&'static File> {
    let found = std::fs::metadata(path)?;
    let which = (found.dev(), found.ino());
    // Nothing that holds it can panic; were it poisoned, what is kept is still whole.
    let mut all = KEPT.lock().unwrap_or_else(|e| e.into_inner());
    if let Some((_, file)) = all.iter().find(|(of, _)| *of == which) {
        return Ok(file);
    }
    let file: &'static File = Box::leak(Box::new(File::open(path)?));
    let opened = file.metadata()?;
    all.push(((opened.dev(), opened.ino()), file));
    Ok(file)
}

/// A file read from its beginning, whoever else reads it.
struct Reading {
    file: &'static File,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let some = self.file.read_at(into, self.at)?;
        self.at += some as u64;
        Ok(some)
    }
}

/// The first of the database's files that holds a mailbox, in whatever case.
fn holding(database: &Path, mailbox: &str) -> io::Result<Option<PathBuf>> {
    let search = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([mailbox]);
    let search = search.map_err(io::Error::other)?;
    let beside = |end: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    };
    let files = [database.to_owned(), beside("-wal"), beside("-shm")];
    let others = ["journal", "mark"].map(|end| database.with_extension(end));
    for path in files.into_iter().chain(others) {
        let file = match kept(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        if let Some(found) = search.stream_find_iter(Reading { file, at: 0 }).next() {
            found?;
            return Ok(Some(path));
        }
    }
    Ok(None)
}
