//! The disk: files that only their owner may read (keys, the database and its copies hold
//! addresses), what makes a new name survive a power cut, and how much room is left.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a new, empty file of mode 0600; one that is there already is an error.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options).open(path)
}

/// Files that these options make have mode 0600.
pub fn private(options: &mut OpenOptions) -> &OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Puts a folder's names on disk: files that were made in it, or renamed.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// Whether an open file is still the one of that name. Where that cannot be known, it is.
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let open = file.metadata()?;
        match std::fs::metadata(path) {
            Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
    #[cfg(not(unix))]
    Ok(true)
}

/// Whether nobody but its owner may read or write a file.
pub fn is_private(path: &Path) -> io::Result<bool> {
    let found = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(found.permissions().mode() & 0o077 == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        Ok(true)
    }
}

/// Octets that may still be written where a folder lies; none where the system does not say.
pub fn free(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let found = rustix::fs::statvfs(folder).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}
