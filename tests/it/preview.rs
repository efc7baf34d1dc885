//! The preview lab: any reader's letter in another look, weighed, checked, and beside another one,
//! through the real binary.

use serde_json::{Value, json};

use crate::support::newsroom::Newsroom;

const AT: &str = "2026-11-26T06:30";
const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";

/// Ann follows the city, Bob sport.
async fn two() -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom.subscriber(ANN, zone, None, &["city"]).await;
    newsroom.subscriber(BOB, zone, None, &["sport"]).await;
    newsroom
}

fn preview<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let ann = ["edition", "preview", "times", "--subscriber", ANN];
    [&ann[..], more].concat()
}

fn plan(newsroom: &Newsroom) {
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
}

#[tokio::test]
async fn another_look_is_a_draft_and_changes_nothing() {
    let newsroom = two().await;
    let (draft, note) = newsroom.done(&preview(&["--at", AT, "--language", "de"]));
    assert!(
        note.starts_with("a draft of daily 2026-11-26 in `de`, due 2026-11-26 07:00"),
        "{note}"
    );
    assert!(draft.contains("Donnerstag, 26. November 2026"), "{draft}");
    plan(&newsroom);
    let (stored, note) = newsroom.done(&preview(&[]));
    assert!(
        note.starts_with("daily 2026-11-26 as it is stored"),
        "{note}"
    );
    let stories = |text: &str| text.matches(" of the harbour town today").count();
    let long = stories(&stored);
    // It was remembered as sent, and is thought out again as if it had not been.
    let (german, note) = newsroom.done(&preview(&["--language", "de", "--images", "off"]));
    let words =
        "a draft of daily 2026-11-26 without pictures, in `de`: the stored letter stays as it is\n";
    assert!(note.starts_with(words), "{note}");
    assert!(german.contains("Weil Sie City folgen"), "{german}");
    assert_eq!(stories(&german), long);
    let (short, _) = newsroom.done(&preview(&["--length", "short"]));
    assert!(stories(&short) < long, "{short}");
    let (brief, note) = newsroom.done(&preview(&["--theme", "brief", "--html"]));
    assert!(note.contains("in the theme `brief`"), "{note}");
    assert!(brief.contains("Story 11 of the harbour town today"));
    assert_eq!(newsroom.done(&preview(&[])).0, stored);
    for (flags, code, words) in [
        (&["--theme", "brod"][..], 1, "theme"),
        (&["--language", "tlh"], 2, "no words in `tlh`"),
        (&["--length", "huge"], 2, "huge"),
    ] {
        let (said, _, err) = newsroom.run(&preview(flags));
        assert!(said == code && err.contains(words), "{said} {err}");
    }
}

#[tokio::test]
async fn sizes_add_up_to_the_letter() {
    let newsroom = two().await;
    plan(&newsroom);
    let (html, _) = newsroom.done(&preview(&["--html"]));
    let told = newsroom.json(&preview(&["--sizes", "--json"]), 0);
    let sizes = &told["letters"][0]["sizes"];
    assert_eq!(sizes["html"], json!(html.len()));
    let parts = sizes["parts"].as_array().unwrap();
    let sum: u64 = parts.iter().map(|p| p["bytes"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(sum).unwrap(), html.len());
    assert_eq!(parts[0]["what"], "base");
    let of = |what: &str| parts.iter().filter(|p| p["what"] == what).count();
    assert_eq!((of("sponsor"), of("heading") > 0), (1, true));
    let acme = parts.iter().find(|p| p["what"] == "sponsor").unwrap();
    assert_eq!(acme["name"], "S1 Acme Paints");
    let (table, note) = newsroom.done(&preview(&["--sizes"]));
    assert!(table.contains(", 1 over http and not shown"), "{table}");
    assert!(table.contains("styles, masthead and footer"), "{table}");
    let bar = table.lines().find(|l| l.starts_with('[')).unwrap();
    assert!(
        bar.contains(" of HTML, ") && bar.ends_with(" % of 90 KB"),
        "{bar}"
    );
    assert!(table.contains("no picture"), "{table}");
    assert!(!table.contains("Subject: ") && note.contains("as it is stored"));
    let (code, _, err) = newsroom.run(&preview(&["--json"]));
    assert!(code == 2 && err.contains("--sizes"), "{err}");
}

#[tokio::test]
async fn a_real_letter_is_checked() {
    let newsroom = two().await;
    plan(&newsroom);
    let (letter, note) = newsroom.done(&preview(&["--check"]));
    assert!(letter.starts_with("Subject: "), "{letter}");
    assert!(note.contains("checked: 0 errors, "), "{note}");
    let left_out =
        "html: warning: the picture `http://n.example/11.jpg` is over http and not shown";
    assert!(note.contains(left_out), "{note}");
    // An operator's theme with a picture that says nothing to those who do not see it.
    let theme = newsroom.folder.path().join("themes/bare");
    std::fs::create_dir_all(theme.join("blocks")).unwrap();
    std::fs::write(theme.join("theme.toml"), "base = \"broadsheet\"\n").unwrap();
    let masthead = "<mj-section><mj-column><mj-text><img src=\"https://n.example/a.png\" \
                    width=\"20\">{{ list_name }}</mj-text></mj-column></mj-section>";
    std::fs::write(theme.join("blocks/masthead.mjml"), masthead).unwrap();
    let bare = preview(&["--theme", "bare", "--check"]);
    let (code, letter, err) = newsroom.run(&bare);
    assert!(
        code == 5 && letter.contains("Story 11 of"),
        "{code} {letter} {err}"
    );
    let words = "html: error: the picture `https://n.example/a.png` has no alt [alt]\n    hint: ";
    assert!(
        err.contains(words) && err.contains("\nchecked: 1 error, "),
        "{err}"
    );
    let told = newsroom.json(&[&bare[..], &["--json"]].concat(), 5);
    assert_eq!(told["letters"][0]["findings"][0]["rule"], "alt");
}

#[tokio::test]
async fn two_readers_stand_side_by_side() {
    let newsroom = two().await;
    plan(&newsroom);
    let (table, note) = newsroom.done(&preview(&["--beside", BOB]));
    assert!(
        note.starts_with("ann@example.org: daily 2026-11-26 as it is stored"),
        "{note}"
    );
    assert!(
        note.contains("\nbob@example.org: daily 2026-11-26 as it is stored"),
        "{note}"
    );
    let head = table.lines().next().unwrap();
    assert!(
        head.contains("ANN@EXAMPLE.ORG") && head.ends_with("DIFFERS"),
        "{head}"
    );
    let told = newsroom.json(&preview(&["--beside", BOB, "--json"]), 0);
    let beside = &told["beside"];
    assert_eq!(told["letters"].as_array().unwrap().len(), 2);
    assert_eq!(beside["right"]["subscriber"], BOB);
    let stories = beside["stories"].as_array().unwrap();
    let row = |headline: &str| -> &Value {
        let named = |r: &&Value| r["headline"].as_str().unwrap().starts_with(headline);
        stories.iter().find(named).unwrap()
    };
    let city = row("Story 11 ");
    assert_eq!(city["left"]["reason"], "follows City");
    assert!(["left only", "reason", "form, reason"].contains(&city["differs"].as_str().unwrap()));
    let sides = |side: &str| stories.iter().filter(|r| !r[side].is_null()).count();
    for side in ["left", "right"] {
        assert_eq!(json!(sides(side)), beside[side]["stories"], "{side}");
    }
    let file = newsroom.folder.path().join("two.html");
    let name = file.to_str().unwrap();
    assert_eq!(
        newsroom.done(&preview(&["--beside", BOB, "--out", name])).0,
        ""
    );
    let page = std::fs::read_to_string(&file).unwrap();
    assert_eq!(page.matches("sandbox=\"allow-popups ").count(), 2);
    assert_eq!(page.matches("srcdoc=\"&lt;!doctype html&gt;").count(), 2);
    assert!(!page.contains("<script") && page.contains("bob@example.org"));
    // One letter, as wide as a desk and a phone, by day and by night.
    newsroom.done(&preview(&["--frames", "--out", name]));
    let page = std::fs::read_to_string(&file).unwrap();
    assert_eq!(page.matches("sandbox=\"allow-popups ").count(), 4);
    for (words, times) in [
        ("width=\"600\"", 2),
        ("width=\"390\"", 2),
        ("<iframe class=\"night\"", 2),
        ("srcdoc=\"&lt;!doctype html&gt;", 4),
    ] {
        assert_eq!(page.matches(words).count(), times, "{words}");
    }
    assert!(!page.contains("<script"));
    // Frames of another origin are not painted while they are out of sight, not on paper either.
    assert_eq!(page.matches("allow-same-origin\"").count(), 4);
    assert!(!page.contains("allow-scripts"));
    for flags in [
        &["--beside", BOB, "--raw"][..],
        &["--beside", BOB, "--out", "two.txt"],
    ] {
        assert_eq!(newsroom.run(&preview(flags)).0, 2, "{flags:?}");
    }
    let (code, _, err) = newsroom.run(&preview(&["--beside", "nobody@example.org"]));
    assert!(code == 1 && err.contains("`nobody@example.org`"), "{err}");
}
