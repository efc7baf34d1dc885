//! The shelf: renditions as files in the data folder, each named by the SHA-256 of its bytes.
//!
//! A file is whole or not there. It is never changed, and letters that are out name it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::disk::sync_folder;

/// Where renditions lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The shelf of a data folder: `pictures/ab/abcd….jpg` in it.
    pub fn of(home: &Path) -> Shelf {
        Shelf {
            folder: home.join("pictures"),
        }
    }

    /// Puts a rendition's bytes on the shelf; its name, in lower-case hex. Bytes that are there are
    /// not written again. The file is on disk when this returns, of mode 0600.
    pub fn put(&self, jpeg: &[u8]) -> io::Result<String> {
        let digest: [u8; 32] = Sha256::digest(jpeg).into();
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = self.folder.join(&sha256[..2]);
        let path = folder.join(format!("{sha256}.jpg"));
        if path.exists() {
            return Ok(sha256);
        }
        std::fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(jpeg)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)?;
        sync_folder(&folder)?;
        sync_folder(&self.folder)?;
        Ok(sha256)
    }

    /// The file of a rendition, where it is there. Whatever is no name of one leads nowhere.
    pub fn find(&self, sha256: &str) -> Option<PathBuf> {
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if sha256.len() != 64 || !sha256.bytes().all(hex) {
            return None;
        }
        let path = self.folder.join(&sha256[..2]).join(format!("{sha256}.jpg"));
        path.is_file().then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn what_is_put_is_found_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::of(home.path());
        let name = shelf.put(b"jpeg").expect("written");
        assert_eq!(shelf.put(b"jpeg").expect("there"), name);
        let path = shelf.find(&name).expect("found");
        assert_eq!(std::fs::read(&path).expect("read"), b"jpeg");
        assert!(crate::disk::is_private(&path).expect("looked at"));
        let files = std::fs::read_dir(path.parent().expect("a folder"));
        assert_eq!(files.expect("read").count(), 1);
        for other in ["", "../courant", &name.to_uppercase(), &"0".repeat(64)] {
            assert_eq!(shelf.find(other), None, "{other}");
        }
    }
}
