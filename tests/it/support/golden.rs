//! Golden files under `tests/golden`: compared byte by byte, written anew by
//! `COURANT_GOLDEN=accept` (read the difference before committing it).

use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Compares a whole folder: every file of `files` as it is written here, and no other beside them.
///
/// # Panics
/// With each file that differs, is missing, or is not made by any test.
pub fn compare(name: &str, files: &[(String, Vec<u8>)]) {
    let folder = folder(name);
    if std::env::var("COURANT_GOLDEN").is_ok_and(|v| v == "accept") {
        std::fs::create_dir_all(&folder).expect("a folder");
        for (file, bytes) in files {
            std::fs::write(folder.join(file), bytes).expect("written");
        }
    }
    let mut wrong = Vec::new();
    for (file, bytes) in files {
        match std::fs::read(folder.join(file)) {
            Ok(expected) if expected == *bytes => {}
            Ok(expected) => wrong.push(format!("{file}: {}", difference(&expected, bytes))),
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
    }
    let made: BTreeSet<&str> = files.iter().map(|(file, _)| file.as_str()).collect();
    for file in std::fs::read_dir(&folder).into_iter().flatten() {
        let file = file.expect("a file").file_name();
        let file = file.to_str().expect("UTF-8");
        if !made.contains(file) {
            wrong.push(format!("{file}: no test makes it"));
        }
    }
    assert!(
        wrong.is_empty(),
        "tests/golden/{name} (COURANT_GOLDEN=accept writes it anew):\n{}",
        wrong.join("\n")
    );
}

/// The first line that differs, with its number and both of its forms.
fn difference(expected: &[u8], got: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let lines = bytes.split_inclusive(|b| *b == b'\n');
        lines.map(|l| l.escape_ascii().to_string()).collect()
    };
    let (expected, got) = (lines(expected), lines(got));
    let at = expected
        .iter()
        .zip(&got)
        .take_while(|(a, b)| a == b)
        .count();
    let end = "(the end)".to_owned();
    format!(
        "line {} differs\n  expected {}\n  got      {}",
        at + 1,
        expected.get(at).unwrap_or(&end),
        got.get(at).unwrap_or(&end)
    )
}
