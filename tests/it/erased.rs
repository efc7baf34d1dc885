//! Erased means erased: no file of the data folder holds the address any more, and a copy of yesterday
//! put back forgets again, and mails nobody who was suppressed or left since.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::courant;

/// Enough that pages of the file split, which leaves copies of rows behind.
const PEOPLE: usize = 3_000;

fn address(n: usize) -> String {
    format!("Reader.{n:05}@Somewhere.example")
}

fn done(home: &Path, args: &[&str]) -> (String, String) {
    let (code, out, err) = courant(home, args);
    assert_eq!(code, 0, "{args:?}: {err}");
    (out, err)
}

/// Files under a folder that hold a text in whatever case.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let wanted = text.to_ascii_lowercase().into_bytes();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        if bytes.windows(wanted.len()).any(|w| w == wanted) {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn nothing_holds_an_erased_address_and_a_copy_forgets_again() {
    let folder = Folder::new("2026-11-25T05:00:00Z").await;
    // Whoever has just asked for their links by their address.
    let asked = courant::domain::address::Address::parse(&address(1_234)).unwrap();
    let links = courant::domain::link_mail::NewLinkMail {
        kind: courant::domain::link_mail::LinkKind::Links,
        hash: folder.keys.address_hash(&asked),
        counted: folder.keys.address_hash(&asked),
        address: Some(asked),
        subscription: None,
        language: "en".to_owned(),
        at: crate::support::at("2026-11-25T05:00:00Z"),
    };
    assert!(folder.store.link_mail_add(&links).await.unwrap());
    folder.store.close().await;
    let (home, outside) = (folder.path(), tempfile::tempdir().unwrap());
    for args in [
        &["list", "add", "times", "--name", "The Times"][..],
        &["list", "cadence", "times", "daily", "0 7 * * *"],
        &["topic", "add", "harbour"],
    ] {
        done(home, args);
    }
    let file = outside.path().join("people.csv");
    let mut text = "email,opt_in_time,topics\n".to_owned();
    // In an order in which no index grows at its end alone.
    for n in 0..PEOPLE {
        let n = (n * 7_919) % PEOPLE;
        text.push_str(&format!("{},2025-01-02,harbour\n", address(n)));
    }
    std::fs::write(&file, text).unwrap();
    let typed = file.to_str().unwrap();
    done(
        home,
        &["subscriber", "import", typed, "--list", "times", "--yes"],
    );
    let backup = outside.path().join("yesterday.db");
    done(home, &["backup", backup.to_str().unwrap()]);
    let [erased, suppressed, left, stranger] = [
        address(1_234),
        address(5),
        address(6),
        "never@somewhere.example".to_owned(),
    ];
    done(
        home,
        &[
            "subscriber",
            "set",
            "times",
            &erased,
            "--zone",
            "Asia/Tokyo",
        ],
    );
    let (code, _, err) = courant(home, &["subscriber", "erase", &erased]);
    assert!(code == 2 && err.contains("hint: add --yes"), "{err}");
    done(home, &["subscriber", "erase", &erased, "--yes"]);
    assert_eq!(holding(home, &erased), Vec::<PathBuf>::new());
    done(home, &["subscriber", "suppress", &suppressed]);
    done(home, &["subscriber", "suppress", &stranger]);
    assert_eq!(holding(home, &stranger), Vec::<PathBuf>::new());
    done(home, &["subscriber", "unsubscribe", "times", &left]);
    let standing = |address: &str| -> Value {
        let (out, _) = done(home, &["subscriber", "show", address, "--json"]);
        let shown: Value = serde_json::from_str(&out).unwrap();
        let own = shown["subscriptions"][0]["standing"].clone();
        serde_json::json!([shown["subscriber"], shown["standing"], own])
    };
    let all = [&erased, &suppressed, &left].map(|a| standing(a));
    assert_eq!(
        all[0],
        serde_json::json!(["(erased)", "unsubscribed", "unsubscribed"])
    );
    let (out, _) = done(home, &["consent", "show", &erased, "--json"]);
    assert_eq!(out.trim(), "[]");
    done(home, &["restore", backup.to_str().unwrap(), "--yes"]);
    assert_eq!([&erased, &suppressed, &left].map(|a| standing(a)), all);
    // Nobody of them comes back with the next import, and the stranger neither.
    let again = outside.path().join("again.csv");
    let text =
        format!("email\n{erased}\n{suppressed}\n{left}\n{stranger}\nnew@somewhere.example\n");
    std::fs::write(&again, text).unwrap();
    let typed = again.to_str().unwrap();
    let note = ["--consent-note", "asked again", "--json"];
    let (out, _) = done(
        home,
        &[&["subscriber", "import", typed][..], &note].concat(),
    );
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&said["imported"], &said["had_left"]),
        (&1.into(), &4.into()),
        "{said}"
    );
}
