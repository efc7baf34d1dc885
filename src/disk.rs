//! The disk: files that only their owner may read (keys, the database and its copies hold
//! addresses), and how much room is left.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a new, empty file of mode 0600; one that is there already is an error.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
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
