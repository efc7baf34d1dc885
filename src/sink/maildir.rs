//! Received messages as files in a maildir (cr.yp.to/proto/maildir.html): written in `tmp`, moved to
//! `new`, so that a reader never sees half of one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An open maildir.
#[derive(Debug)]
pub(super) struct Maildir {
    folder: PathBuf,
    written: AtomicU64,
}

impl Maildir {
    /// Makes what is missing of `folder`.
    pub(super) fn open(folder: &Path) -> io::Result<Maildir> {
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(folder.join(part))?;
        }
        Ok(Maildir {
            folder: folder.to_owned(),
            written: AtomicU64::new(0),
        })
    }

    /// Writes one message; `at_ms` becomes part of its name.
    pub(super) fn write(&self, bytes: &[u8], at_ms: i64) -> io::Result<()> {
        let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let (seconds, millis) = (at_ms.div_euclid(1000), at_ms.rem_euclid(1000));
        let process = std::process::id();
        let name = format!("{seconds}.M{millis}P{process}Q{number}.courant-sink");
        let begun = self.folder.join("tmp").join(&name);
        File::create_new(&begun)?.write_all(bytes)?;
        fs::rename(begun, self.folder.join("new").join(name))
    }
}
