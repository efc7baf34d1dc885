//! Whom an operator stopped: nothing but the operator's own word lifts it, and every page and command says
//! so.

use courant::domain::subscriber::Standing;
use courant::feedback::link::Purpose;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::{Said, courant};
use crate::support::pages::Pages;
use crate::support::paper::Paper;

const ADA: &str = "ada@reader.example";
/// The sentence without a reason.
const NONE: &str = "No letters go to this address";

async fn folder() -> Folder {
    let folder = Folder::new("2026-11-25T05:00:00Z").await;
    for args in [
        &["list", "add", "news", "--name", "The News"][..],
        &["topic", "add", "city"],
        &["subscriber", "add", "news", ADA],
    ] {
        assert_eq!(courant(folder.path(), args).0, 0, "{args:?}");
    }
    folder
}

#[tokio::test]
async fn a_suppression_is_lifted_by_its_own_command_alone() {
    let folder = folder().await;
    let run = |args: &[&str]| -> Said { courant(folder.path(), args) };
    let shown = |address: &str| -> Value {
        let (code, out, err) = run(&["subscriber", "show", address, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let stranger = "nobody.yet@reader.example";
    for address in [ADA, stranger] {
        assert_eq!(run(&["subscriber", "suppress", address]).0, 0);
        let lift = format!("courant subscriber suppress {address} --lift");
        for more in [&[][..], &["--rejoin"], &["--pending", "--rejoin"]] {
            let args = [&["subscriber", "add", "news", address][..], more].concat();
            let (code, out, err) = run(&args);
            assert_eq!((code, out.as_str()), (1, ""), "{args:?}: {err}");
            assert!(err.contains("suppressed") && err.contains(&lift), "{err}");
            assert!(!err.contains("--rejoin"), "{err}");
        }
        assert!(shown(address)["suppressed_at"].is_string());
    }
    let (_, out, _) = run(&["subscriber", "show", ADA]);
    assert!(out.contains("suppressed by admin, 20"), "{out}");
    let active = out.lines().filter(|line| line.contains("active"));
    assert_eq!(active.count(), 0, "{out}");
    assert!(out.contains("never"), "{out}");
    let (code, out, _) = run(&["subscriber", "set", "news", ADA, "--topic", "city"]);
    assert!(
        code == 0 && out.contains("suppressed by admin, 20") && out.contains("city:5"),
        "{out}"
    );
    for flag in ["--resume", "--pause", "--confirm"] {
        let (code, _, err) = run(&["subscriber", "set", "news", ADA, flag]);
        assert!(code == 1 && err.contains("--lift"), "{flag}: {err}");
    }
    // Forgetting them is no way around it either.
    assert_eq!(run(&["subscriber", "erase", ADA, "--yes"]).0, 0);
    let (code, _, err) = run(&["subscriber", "add", "news", ADA, "--rejoin"]);
    assert!(code == 1 && err.contains("suppressed"), "{err}");
    for address in [ADA, stranger] {
        let (code, _, err) = run(&["subscriber", "suppress", address, "--lift"]);
        assert_eq!(code, 0, "{err}");
        let (code, _, err) = run(&["subscriber", "suppress", address, "--lift", "--dry-run"]);
        assert_eq!(code, 0, "once more is no more: {err}");
        let back = run(&["subscriber", "add", "news", address, "--rejoin"]);
        assert_eq!(back.0, 0, "{}", back.2);
        assert_eq!(shown(address)["standing"], "active");
    }
}

#[tokio::test]
async fn a_lift_brings_letters_back_and_a_copy_put_back_knows_it() {
    let folder = folder().await;
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    let run = |args: &[&str]| -> Said { courant(folder.path(), args) };
    let due = || -> Value {
        let (_, out, _) = run(&["subscriber", "show", ADA, "--json"]);
        let shown: Value = serde_json::from_str(&out).unwrap();
        shown["subscriptions"][0]["next_due"].clone()
    };
    let before = due();
    run(&["subscriber", "suppress", ADA]);
    assert!(before.is_string() && due().is_null());
    assert_eq!(run(&["backup", copy]).0, 0);
    let (code, _, err) = run(&["subscriber", "suppress", ADA, "--lift", "--dry-run"]);
    assert!(code == 0 && due().is_null(), "{err}");
    assert_eq!(run(&["subscriber", "suppress", ADA, "--lift"]).0, 0);
    assert_eq!(due(), before);
    folder.store.close().await;
    let (code, _, err) = run(&["restore", copy, "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(due(), before, "lifted since the copy was made");
}

#[tokio::test]
async fn every_page_of_theirs_says_one_true_sentence() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&[ADA]).await[0];
    let hash = paper.hash(ADA);
    let done = paper.store().suppress(&[hash], paper.now).await;
    done.unwrap();
    let pages = Pages::of(paper).await;
    let own = format!("/p/{}", pages.token(Purpose::Preferences, reader));
    let leave = format!("/u/{}", pages.token(Purpose::Unsubscribe, reader));
    let before = pages.dump().await;
    for (path, form) in [
        (own.clone(), None),
        (own.clone(), Some("do=again")),
        (own.clone(), Some("do=resume")),
        (leave.clone(), None),
        (leave.clone(), Some("again=1")),
        (leave.clone(), Some("again=pause")),
        (format!("{own}/lists"), Some("do=join&list=times")),
    ] {
        let said = match form {
            None => pages.get(&path).await,
            Some(form) => pages.post(&path, form).await,
        };
        assert_eq!(said.status, StatusCode::OK, "{form:?}");
        assert_eq!(
            said.text.matches(NONE).count(),
            1,
            "{form:?}: {}",
            said.text
        );
        for untrue in [
            "You are subscribed",
            "You are unsubscribed",
            "Resumed",
            "mailbox turned",
            "Stop letters",
            "<button",
        ] {
            assert!(
                !said.text.contains(untrue),
                "{form:?}, {untrue}: {}",
                said.text
            );
        }
    }
    assert_eq!(pages.dump().await, before);
    let found = pages.paper.store().subscription(reader).await.unwrap();
    assert_eq!(found.unwrap().1.standing, Standing::Active);
    // Leaving is theirs all the same.
    pages.post(&leave, "List-Unsubscribe=One-Click").await;
    let found = pages.paper.store().subscription(reader).await.unwrap();
    assert_eq!(found.unwrap().1.standing, Standing::Unsubscribed);
}

#[tokio::test]
async fn a_topic_is_wanted_or_not_and_nobody_is_no_reader_of_a_list() {
    let folder = folder().await;
    let run = |args: &[&str]| -> Said { courant(folder.path(), args) };
    let both = ["--topic", "city", "--never", "city"];
    for verb in ["set", "add"] {
        let args = [&["subscriber", verb, "news", ADA][..], &both].concat();
        let (code, _, err) = run(&args);
        assert!(code == 2 && err.contains("`city`"), "{err}");
    }
    for command in [&["unsubscribe", "news"][..], &["erase"]] {
        let args = [&["subscriber"][..], command, &["nobody@reader.example"]].concat();
        let (code, _, err) = run(&args);
        assert!(code == 1 && !err.contains("subscriber add"), "{err}");
        assert!(err.contains("hint: "), "{err}");
    }
    run(&["list", "add", "other", "--name", "The Other"]);
    let (code, _, err) = run(&["subscriber", "unsubscribe", "other", ADA]);
    assert!(code == 1 && !err.contains("subscriber add"), "{err}");
}
