//! Files that only their owner may read: keys, the database and its copies hold addresses.

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
