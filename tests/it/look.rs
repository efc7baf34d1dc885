//! What lists, editors and readers say about a letter's look, as they type it, and what of it is
//! frozen with a wave.

use courant::domain::EditionId;
use courant::domain::letter::TextLinks;
use courant::domain::selection::BYTE_BUDGET;
use courant::domain::subscriber::Length;
use courant::domain::time::Timestamp;
use courant::domain::utm::Utm;
use courant::domain::written::{Corrected, Correction, Panel};
use courant::press::freeze::Inputs;
use courant::store::ledger::Lease;
use serde_json::{Value, json};

use crate::support::at;
use crate::support::binary::courant_reading;
use crate::support::newsroom::Newsroom;

const AT: &str = "2026-11-26T06:30";
const ANN: &str = "ann@example.org";

async fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new().await;
    newsroom
        .subscriber(ANN, "Europe/Berlin", None, &["city"])
        .await;
    newsroom
}

/// What the first edition's only wave was frozen with, once it is planned.
async fn frozen(newsroom: &Newsroom) -> Inputs {
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    let store = &newsroom.folder.store;
    let waves = store.waves(EditionId(1)).await.expect("waves");
    let wave = waves.first().expect("a wave");
    newsroom.press().thaw(wave).await.expect("thawed")
}

fn set(newsroom: &Newsroom, key: &str, value: &str) {
    newsroom.done(&["list", "set", "times", key, value]);
}

#[tokio::test]
async fn a_list_says_how_its_letters_look_and_a_wave_keeps_it() {
    let newsroom = newsroom().await;
    let shown =
        |key: &str| newsroom.json(&["list", "show", "times", "--json"], 0)["settings"][key].clone();
    let defaults = [
        ("theme", "broadsheet"),
        ("website", ""),
        ("text_links", "inline"),
        ("byte_budget", "90000"),
        ("utm", "off"),
        ("utm_source", ""),
        ("utm_medium", "email"),
        ("utm_campaign", ""),
    ];
    for (key, default) in defaults {
        assert_eq!(shown(key), json!(default), "{key}");
    }
    for (key, value) in [
        ("theme", "brief"),
        ("website", "https://Times.example"),
        ("text_links", "numbered"),
        ("byte_budget", "60000"),
        ("utm", "on"),
        ("utm_medium", ""),
        ("utm_campaign", "autumn drive"),
    ] {
        set(&newsroom, key, value);
    }
    assert_eq!(shown("website"), json!("https://times.example/"));
    let Inputs { sender, rules, .. } = frozen(&newsroom).await;
    assert_eq!(sender.theme, "brief");
    assert_eq!(sender.website.as_deref(), Some("https://times.example/"));
    assert_eq!(sender.text_links, TextLinks::Numbered);
    let utm = Utm {
        source: "times".to_owned(),
        medium: String::new(),
        campaign: "autumn drive".to_owned(),
    };
    assert_eq!(sender.utm, Some(utm));
    assert_eq!(rules.byte_budget, 60_000);
}

#[tokio::test]
async fn what_no_letter_could_look_like_is_refused_with_what_would_do() {
    let newsroom = newsroom().await;
    for (key, value, words) in [
        ("theme", "nope", "there is no theme `nope`"),
        ("theme", "breif", "did you mean `brief`?"),
        ("theme", "../x", "no short name"),
        ("website", "http://times.example", "no https link"),
        ("website", "https://me:pw@times.example", "no https link"),
        ("website", "times.example", "no https link"),
        ("text_links", "number", "inline"),
        ("byte_budget", "19999", "from 20000 to 102400"),
        ("byte_budget", "102401", "from 20000 to 102400"),
        ("byte_budget", "90 KB", "from 20000 to 102400"),
        ("utm", "yes", "off"),
        ("utm_source", "a\nb", "line break"),
    ] {
        let (code, out, err) = newsroom.run(&["list", "set", "times", key, value]);
        assert_eq!((code, out.as_str()), (2, ""), "{key} {value}: {err}");
        assert!(err.contains(words), "{key} {value}: {err}");
    }
    let (code, _, err) = newsroom.run(&["list", "add", "other", "theme=nope"]);
    assert_eq!(code, 2, "{err}");
    // An operator's own folder is a theme, and its going away keeps nobody from other settings.
    let own = newsroom.folder.path().join("themes/nope");
    std::fs::create_dir_all(&own).expect("a folder");
    // With nothing in it, it is none yet.
    let (code, _, err) = newsroom.run(&["list", "set", "times", "theme", "nope"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("there is no theme `nope`"), "{err}");
    std::fs::write(own.join("theme.toml"), "base = \"brief\"\n").unwrap();
    set(&newsroom, "theme", "nope");
    std::fs::remove_dir_all(&own).expect("removed");
    set(&newsroom, "tagline", "News");
}

#[tokio::test]
async fn what_editors_write_is_shown_frozen_and_can_be_taken_back() {
    let newsroom = newsroom().await;
    let say = |args: &[&str]| {
        let (out, err) = newsroom.done(&[&["edition"], args].concat());
        assert_eq!(out, "");
        err
    };
    let typed = "Dear reader,\nthe bridge is open.\n\n\nThe desk\n";
    let note = ["edition", "note", "times", "-", "--by", "mia"];
    let (code, _, err) = courant_reading(newsroom.folder.path(), &note, typed);
    assert_eq!(code, 0, "{err}");
    let told = "the note of daily 2026-11-26 is now `Dear reader, the bridge is open. / The desk`";
    assert!(err.starts_with(told), "{err}");
    assert!(err.contains("it holds for 1 wave"), "{err}");
    say(&["note", "times", "Another"]);
    assert!(say(&["note", "times", "--undo"]).starts_with(told));

    let panel = [
        "panel",
        "times",
        "DAX  +0.4 %",
        "Oil 71",
        "--title",
        "Markets",
    ];
    assert!(say(&panel).contains("is now `Markets / DAX  +0.4 % / Oil 71`"));
    say(&["preheader", "times", "Gales in the harbour"]);
    say(&["subject", "times", "Storm at sea"]);
    let first = say(&[
        "correction",
        "times",
        "The ship has two masts.",
        "--article",
        "2",
    ]);
    assert!(
        first.starts_with("daily 2026-11-26 has 1 correction\n"),
        "{first}"
    );
    assert!(
        first.contains("it is about `Story 2 of the harbour town today`"),
        "{first}"
    );
    say(&["correction", "times", "A slip"]);
    assert!(say(&["correction", "times", "--undo"]).contains("has 1 correction\n"));
    say(&["correction", "times", "The mayor is 51."]);

    let decided = newsroom.json(&["edition", "decisions", "times", "--json"], 0);
    let of = |d: &Value| {
        let word = |key: &str| d[key].as_str().unwrap_or_default().to_owned();
        (word("kind"), word("state"))
    };
    let states: Vec<_> = decided
        .as_array()
        .expect("an array")
        .iter()
        .map(of)
        .collect();
    let pairs = [
        ("note", "in force"),
        ("note", "taken back"),
        ("undo", ""),
        ("panel", "in force"),
        ("preheader", "in force"),
        ("subject", "in force"),
        ("correction", "in force"),
        ("correction", "taken back"),
        ("undo", ""),
        ("correction", "in force"),
    ];
    assert_eq!(states, pairs.map(|(k, s)| (k.to_owned(), s.to_owned())));
    assert_eq!(decided[0]["by"], "mia");
    assert_eq!(
        decided[0]["text"],
        "Dear reader, the bridge is open.\n\nThe desk"
    );
    assert_eq!(decided[6]["article"], 2);
    let (table, _) = newsroom.done(&["edition", "decisions", "times"]);
    assert!(table.contains("Markets / DAX  +0.4 % / Oil 71"), "{table}");

    let decisions = frozen(&newsroom).await.rules.decisions;
    assert_eq!(
        decisions.note,
        ["Dear reader, the bridge is open.", "The desk"]
    );
    let panel = Panel {
        title: Some("Markets".to_owned()),
        lines: vec!["DAX  +0.4 %".to_owned(), "Oil 71".to_owned()],
    };
    assert_eq!(decisions.panel, Some(panel));
    assert_eq!(decisions.preheader.as_deref(), Some("Gales in the harbour"));
    assert_eq!(decisions.subject.as_deref(), Some("Storm at sea"));
    let correction = |text: &str, article: Option<i64>| Correction {
        text: text.to_owned(),
        article: article.map(courant::domain::ArticleId),
        about: article.map(|n| Corrected {
            headline: format!("Story {n} of the harbour town today"),
            link: format!("https://n.example/s{n}"),
            language: None,
        }),
    };
    let expected = [
        correction("The ship has two masts.", Some(2)),
        correction("The mayor is 51.", None),
    ];
    assert_eq!(decisions.corrections, expected);
}

#[tokio::test]
async fn what_editors_may_not_write_is_refused_with_words() {
    let newsroom = newsroom().await;
    let long = "ü".repeat(1_501);
    let lines = vec!["x"; 13];
    let panel = [&["panel", "times"], lines.as_slice()].concat();
    for (args, words) in [
        (
            &["note", "times", &long][..],
            "the note has 1501 characters, more than 1500",
        ),
        (&["note", "times", " \n "], "the note is empty"),
        (&["note", "times", "a\u{7}b"], "control character"),
        (
            &["preheader", "times", &long[..282]],
            "has 141 characters, more than 140",
        ),
        (&["subject", "times", "a\nb"], "line break"),
        (&panel, "the panel has 13 lines, more than 12"),
        (&["panel", "times", " "], "the panel is empty"),
        (&["panel", "times", "--title", "Markets"], "LINE"),
        (
            &["correction", "times", &long[..602]],
            "has 301 characters, more than 300",
        ),
        (&["correction", "times", "x", "--undo"], "--undo"),
    ] {
        let (code, out, err) = newsroom.run(&[&["edition"], args].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
    for (args, words) in [
        (
            &["note", "times", "--undo"][..],
            "has no note of an editor's",
        ),
        (&["panel", "times", "--undo"], "has no panel of an editor's"),
        (&["correction", "times", "x", "--article", "99"], "99"),
    ] {
        let (code, _, err) = newsroom.run(&[&["edition"], args].concat());
        assert_eq!(code, 1, "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
    for n in 0..10 {
        newsroom.done(&["edition", "correction", "times", &format!("Slip {n}")]);
    }
    let (code, _, err) = newsroom.run(&["edition", "correction", "times", "One more"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("has 10 corrections, and takes no more"),
        "{err}"
    );
    assert!(
        err.contains("hint: `courant edition correction times --undo`"),
        "{err}"
    );
    let decisions = frozen(&newsroom).await.rules;
    assert_eq!(decisions.decisions.corrections.len(), 10);
    assert_eq!(decisions.byte_budget, BYTE_BUDGET);
}

#[tokio::test]
async fn a_reader_without_pictures_and_with_less_is_claimed_so() {
    let newsroom = newsroom().await;
    let terms = ["subscriber", "set", "times", ANN];
    let (code, _, err) = newsroom.run(&[&terms[..], &["--images", "of"]].concat());
    assert_eq!(code, 2);
    assert!(err.contains("off, on"), "{err}");
    newsroom.done(&[&terms[..], &["--images", "off", "--length", "short"]].concat());
    let shown = newsroom.json(&["subscriber", "show", ANN, "--json"], 0);
    assert_eq!(shown["subscriptions"][0]["images"], false, "{shown}");
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    let now: Timestamp = at("2026-11-26T06:01:00Z");
    let lease = Lease {
        owner: "me",
        token: 1,
        until: at("2026-11-26T07:00:00Z"),
    };
    let store = &newsroom.folder.store;
    let claimed = store.claim(&lease, None, &["default"], 9, now).await;
    let claimed = claimed.expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (claimed[0].length, claimed[0].images),
        (Length::Short, false)
    );
}

#[tokio::test]
async fn a_list_that_cannot_look_as_it_is_set_to_is_named() {
    let newsroom = newsroom().await;
    newsroom.configure("127.0.0.1:9".parse().expect("an address"));
    assert_eq!(
        newsroom.done(&["config", "check"]).0,
        "nothing is missing\n"
    );
    let themes = newsroom.folder.path().join("themes");
    std::fs::create_dir_all(themes.join("city/blocks")).expect("a folder");
    std::fs::write(themes.join("city/theme.toml"), "base = \"brief\"\n").expect("written");
    set(&newsroom, "theme", "city");
    std::fs::write(themes.join("city/blocks/more.mjml"), "{{ subscriber }}").expect("written");
    let said = |command: &[&str]| {
        let (code, out, err) = newsroom.run(command);
        assert_eq!(code, 5, "{command:?}: {out}{err}");
        out
    };
    let checks: [&[&str]; 2] = [&["config", "check"], &["doctor", "--offline"]];
    for check in checks {
        let out = said(check);
        let words = "the theme `city` of list `times` cannot be used: `blocks/more.mjml`, line 1: \
                     there is no `subscriber`";
        assert!(out.contains(words), "{out}");
        assert!(
            out.contains("hint: `courant template check city` says where"),
            "{out}"
        );
    }
    std::fs::remove_dir_all(themes.join("city")).expect("removed");
    for check in checks {
        let out = said(check);
        let words = "the theme `city` of list `times` cannot be used: there is no theme `city`\n";
        assert!(out.contains(words), "{out}");
        assert!(out.contains("`courant list set LIST theme NAME`"), "{out}");
    }
    set(&newsroom, "theme", "brief");
    std::fs::create_dir_all(themes.join("words")).expect("a folder");
    std::fs::write(themes.join("words/fr.ftl"), "direction = ltr\n").expect("written");
    for check in checks {
        let out = said(check);
        assert!(
            out.contains("the words cannot be used: `fr.ftl` lacks `"),
            "{out}"
        );
    }
}

#[tokio::test]
async fn a_language_of_an_operators_own_counts_everywhere() {
    let newsroom = newsroom().await;
    let set_to = |tag: &str| newsroom.run(&["list", "set", "times", "language", tag]);
    let (code, _, err) = set_to("fr");
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("there are no words in `fr`"), "{err}");
    assert!(err.contains("themes/words/fr.ftl"), "{err}");
    let words = newsroom.folder.path().join("themes/words");
    std::fs::create_dir_all(&words).expect("a folder");
    let french = courant::render::words::ENGLISH.replace(
        "footer-unsubscribe = Unsubscribe",
        "footer-unsubscribe = Se désabonner",
    );
    assert!(french.contains("Se désabonner"));
    std::fs::write(words.join("fr.ftl"), french).expect("written");
    assert_eq!(set_to("fr").0, 0);
    newsroom.done(&["subscriber", "set", "times", ANN, "--language", "fr"]);
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    let preview = ["edition", "preview", "times", "--subscriber", ANN];
    let (letter, _) = newsroom.done(&preview);
    assert!(letter.contains("Se désabonner"), "{letter}");
    let (letter, _) = newsroom.done(&[&preview[..], &["--language", "fr"]].concat());
    assert!(letter.contains("Se désabonner"), "{letter}");
}
