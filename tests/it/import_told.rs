//! What an import says of a file before and after: its mapping without a note, what it passes over, and
//! who is never mailed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::{Said, courant};

struct Desk(Folder);

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        let add = ["list", "add", "news", "--name", "The News"];
        assert_eq!(desk.run(&add).0, 0);
        desk
    }

    fn run(&self, args: &[&str]) -> Said {
        courant(self.0.path(), args)
    }

    fn import(&self, name: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> Said {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let args = ["subscriber", "import", path.to_str().unwrap()];
        self.run(&[&args[..], more].concat())
    }
}

#[tokio::test]
async fn a_dry_run_without_a_note_shows_its_mapping_and_says_what_will_be_asked() {
    let desk = Desk::new().await;
    let file = "email,timezone\na@reader.example,Europe/Berlin\nb@reader.example,\n";
    let (code, out, err) = desk.import("people.csv", file, &["--dry-run"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("timezone → zone"), "{err}");
    assert!(out.contains("rows") && out.contains('2'), "{out}");
    assert!(err.contains("--consent-note"), "{err}");
    let (code, out, _) = desk.import("people.csv", file, &["--dry-run", "--json"]);
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &said["imported"]), (0, &2.into()), "{said}");
    assert_eq!(said["note_needed"], true, "{said}");
    let (code, _, err) = desk.import("people.csv", file, &["--yes"]);
    assert!(code == 2 && err.contains("--consent-note"), "{err}");
    for more in ["--dry-run", "--yes"] {
        let (code, out, err) = desk.import("head.csv", "email,timezone\n", &[more]);
        assert_eq!(code, 0, "{err}");
        let words: Vec<&str> = out.split_whitespace().take(2).collect();
        assert_eq!(words, ["rows", "0"], "{err}");
        assert!(!err.contains("--consent-note"), "{err}");
    }
}

#[tokio::test]
async fn who_is_blocklisted_elsewhere_is_suppressed_here() {
    let desk = Desk::new().await;
    let file = "uuid,email,name,attributes,status,created_at\n\
                u,stranger@reader.example,S,{},blocklisted,2022-05-06\n\
                u,known@reader.example,K,{},blocklisted,2022-05-06\n\
                u,fine@reader.example,F,{},enabled,2022-05-06\n";
    let add = ["subscriber", "add", "news", "here@reader.example"];
    assert_eq!(desk.run(&add).0, 0);
    let more = ["--consent-note", "double opt-in", "--yes"];
    let (code, _, err) = desk.import("list.csv", file, &more);
    assert_eq!(code, 0, "{err}");
    for address in ["stranger@reader.example", "known@reader.example"] {
        let (_, out, _) = desk.run(&["subscriber", "show", address]);
        assert!(out.contains("suppressed by import, 20"), "{out}");
        let add = ["subscriber", "add", "news", address, "--rejoin"];
        let (code, _, err) = desk.run(&add);
        assert!(code == 1 && err.contains("suppressed"), "{err}");
    }
    // Who is subscribed here decided so themselves.
    let file = "uuid,email,name,attributes,status,created_at\n\
                u,here@reader.example,H,{},blocklisted,2022-05-06\n";
    desk.import("list.csv", file, &more);
    let (_, out, _) = desk.run(&["subscriber", "show", "here@reader.example"]);
    assert!(!out.contains("suppressed"), "{out}");
}

#[tokio::test]
async fn a_language_that_letters_do_not_speak_is_told_and_a_file_that_is_not_taken() {
    let desk = Desk::new().await;
    let file = "email,opt_in_time,language,timezone\na@reader.example,2025-01-02,tlh,Mars/Base\n\
                b@reader.example,2025-01-02,de,Europe/Berlin\n";
    let (code, _, err) = desk.import("people.csv", file, &["--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("timezone: Mars/Base"), "{err}");
    assert!(err.contains("language: tlh"), "{err}");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for name in [
        "subscribed_members_export.csv",
        "nonsubscribed_members_export.csv",
    ] {
        zip.start_file(name, options).unwrap();
        let row = format!("Email Address,OPTIN_TIME\n{name}@reader.example,2023-01-02 03:04:05\n");
        zip.write_all(row.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let (code, out, err) = desk.import("chimp.zip", bytes, &["--yes"]);
    assert_eq!(code, 0, "{err}");
    let line = "not taken out of the archive: nonsubscribed_members_export.csv";
    assert!(err.contains(line), "{err}");
    assert!(out.contains("rows") && out.contains('1'), "{out}");
}
