//! The shelf: renditions as files in the data folder, each named by the SHA-256 of its bytes.
//!
//! A file is whole or not there. It is never changed, and letters that are out name it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::disk::sync_folder;
use crate::domain::time::Timestamp;

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

    /// Puts a rendition's bytes on the shelf; its name, in lower-case hex. The file is on disk when this
    /// returns, of mode 0600, and new even where it was there: how old it is says when it was made last.
    pub fn put(&self, jpeg: &[u8]) -> io::Result<String> {
        let digest: [u8; 32] = Sha256::digest(jpeg).into();
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = self.folder.join(&sha256[..2]);
        let path = folder.join(format!("{sha256}.jpg"));
        std::fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(jpeg)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)?;
        sync_folder(&folder)?;
        sync_folder(&self.folder)?;
        Ok(sha256)
    }

    /// Folders that renditions are spread over.
    pub const FOLDERS: u16 = 256;

    /// The renditions of one of the folders, the first is 0, each with when it was made last.
    pub fn made_in(&self, folder: u16) -> io::Result<Vec<(String, Timestamp)>> {
        let files = match std::fs::read_dir(self.folder.join(format!("{folder:02x}"))) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut made = Vec::new();
        for file in files {
            let name = file?.file_name();
            let name = name.to_str().and_then(|n| n.strip_suffix(".jpg"));
            let Some(path) = name.and_then(|name| self.find(name)) else {
                continue;
            };
            let modified = std::fs::metadata(path)?.modified()?;
            let at = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
            made.extend(name.map(|name| (name.to_owned(), at)));
        }
        Ok(made)
    }

    /// Takes a rendition off the shelf, unless it was made again at `since` or later. Whether it did.
    pub fn remove(&self, sha256: &str, since: Timestamp) -> io::Result<bool> {
        let Some(path) = self.find(sha256) else {
            return Ok(false);
        };
        let modified = std::fs::metadata(&path)?.modified()?;
        if Timestamp::try_from(modified).is_ok_and(|at| at >= since) {
            return Ok(false);
        }
        std::fs::remove_file(path)?;
        Ok(true)
    }

    /// How many renditions there are, and how many octets they have.
    pub fn kept(&self) -> io::Result<(u64, u64)> {
        let (mut files, mut octets) = (0, 0);
        for folder in 0..Shelf::FOLDERS {
            for (name, _) in self.made_in(folder)? {
                if let Some(path) = self.find(&name) {
                    files += 1;
                    octets += std::fs::metadata(path)?.len();
                }
            }
        }
        Ok((files, octets))
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
    fn what_is_old_can_be_taken_off_and_the_rest_is_counted() {
        let home = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::of(home.path());
        assert_eq!(shelf.kept().expect("counted"), (0, 0));
        let (name, other) = (
            shelf.put(b"jpeg").expect("put"),
            shelf.put(b"jpeg 2").expect("put"),
        );
        assert_eq!(shelf.kept().expect("counted"), (2, 10));
        let folder = u16::from_str_radix(&name[..2], 16).expect("hex");
        let made = shelf.made_in(folder).expect("read");
        let (_, at) = made.into_iter().find(|(n, _)| *n == name).expect("there");
        assert!(!shelf.remove(&name, at).expect("younger"), "made since");
        let later = at + jiff::SignedDuration::from_secs(1);
        assert!(shelf.remove(&name, later).expect("removed"));
        assert!(!shelf.remove(&name, later).expect("gone already"));
        assert!(shelf.find(&other).is_some());
        assert_eq!(shelf.kept().expect("counted"), (1, 6));
    }

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
