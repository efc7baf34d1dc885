//! The lock of the one owner that sends: a file in the data folder, held by the operating system as
//! long as the process lives, so that no crash leaves it behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{Exit, Failure};

/// The held lock. Dropping it lets go.
#[derive(Debug)]
pub struct OwnerLock {
    _file: File,
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process sends from this folder.
    #[error("another courant (pid {pid}) sends from this data folder")]
    Held {
        /// Which, as it wrote itself down.
        pid: String,
    },
    /// The file.
    #[error("cannot lock `{path}`")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl OwnerLock {
    /// Takes the lock, or says who holds it.
    pub fn take(path: &Path) -> Result<OwnerLock, LockError> {
        let wrap = |source| LockError::Io {
            path: path.display().to_string(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(wrap)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.take(20).read_to_string(&mut pid);
                let known =
                    pid.trim().bytes().all(|b| b.is_ascii_digit()) && !pid.trim().is_empty();
                let pid = if known {
                    pid.trim().to_owned()
                } else {
                    "unknown".to_owned()
                };
                return Err(LockError::Held { pid });
            }
            Err(TryLockError::Error(source)) => return Err(wrap(source)),
        }
        file.set_len(0).map_err(wrap)?;
        file.rewind().map_err(wrap)?;
        writeln!(file, "{}", std::process::id()).map_err(wrap)?;
        Ok(OwnerLock { _file: file })
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Failure {
        let hint = match &error {
            LockError::Held { .. } => "only one process sends; every other command works beside it",
            LockError::Io { .. } => "the data folder must be writable",
        };
        Failure::new(Exit::Failed, error).hint(hint)
    }
}
