//! The folder of a simulation's copy: nobody else may read it, since there are addresses in it, and it
//! is gone with whoever made it. What a process that was killed left behind goes at the next command.

use std::fs::{File, Permissions};
use std::io;
use std::path::Path;

use tempfile::TempDir;

/// How such folders begin, in the data folder.
const PREFIX: &str = "simulation-";
/// The file in it that its maker holds locked.
const LOCK: &str = "lock";

/// A folder for a copy of the database.
pub(super) struct CopyFolder {
    folder: TempDir,
    _lock: File,
}

impl CopyFolder {
    /// Makes one in a data folder.
    pub(super) fn new(home: &Path) -> io::Result<CopyFolder> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        let own: Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        #[cfg(unix)]
        builder.permissions(own);
        let folder = builder.tempdir_in(home)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.try_lock()?;
        Ok(CopyFolder {
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it, with what is in it.
    pub(super) fn close(self) -> io::Result<()> {
        self.folder.close()
    }
}

/// Removes the folders of simulations that nobody tries out any more. What cannot be read or removed
/// stays for the next time.
pub(in crate::cli) fn sweep(home: &Path) {
    let found = std::fs::read_dir(home).into_iter().flatten().flatten();
    let named = |entry: &std::fs::DirEntry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(PREFIX))
    };
    for entry in found.filter(named) {
        let (folder, lock) = (entry.path(), entry.path().join(LOCK));
        let left = match File::open(&lock) {
            Ok(lock) => lock.try_lock().is_ok(),
            // One that is just being made has nothing in it yet.
            Err(_) => std::fs::read_dir(&folder).is_ok_and(|mut all| all.next().is_some()),
        };
        if left && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}
