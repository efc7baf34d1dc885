//! What the integration tests share: a data folder of their own, instants, the built binary, golden
//! files, and the line of a test that is skipped.

pub mod binary;
pub mod desk;
pub mod dns;
pub mod golden;
pub mod labelled;
pub mod newsroom;
pub mod pages;
pub mod paper;
pub mod plain;
pub mod reader_pages;
pub mod relay;
pub mod served;
pub mod site;
#[expect(dead_code, reason = "shared with benches/newsroom")]
pub mod synthetic;
pub mod typing;
pub mod waves;

use std::io::Write;
use std::path::Path;

use courant::domain::time::Timestamp;
use courant::feedback::link::Keyring;
use courant::store::Store;

/// A data folder that is gone when dropped.
pub struct Folder {
    folder: tempfile::TempDir,
    /// Its database.
    pub store: Store,
    /// Its keys.
    pub keys: Keyring,
}

impl Folder {
    /// A new database and key file, made at `now`.
    pub async fn new(now: &str) -> Folder {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = Keyring::file_text("k1", &[7; 32]);
        std::fs::write(folder.path().join("courant.key"), &text).expect("written");
        let store = Store::create(&folder.path().join("courant.db"), "test", at(now))
            .await
            .expect("a new database");
        Folder {
            folder,
            store,
            keys: Keyring::parse(&text).expect("a key"),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// An instant, RFC 3339.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// Says that a test, or a part of one, did not run: a line that the test harness does not swallow,
/// and that `tests/skips.txt` must know.
pub fn skip(name: &str, why: &str) {
    // On a line of its own, also where the harness has begun one with the test's name.
    let line = format!("\nskipped: {name} ({why})\n");
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("stderr");
}
