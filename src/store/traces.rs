//! Whether the database's files still hold an address that was erased. A page that was split may keep a
//! copy of a row that it lost, so the files are searched.

use std::io;
use std::path::{Path, PathBuf};

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
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        if let Some(found) = search.stream_find_iter(file).next() {
            found?;
            return Ok(Some(path));
        }
    }
    Ok(None)
}
