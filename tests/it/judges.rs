//! A letter worth opening, judged by others: letters of a real-shaped edition in every look, length
//! and direction, held against axe, html-validate, caniemail and a linter of mail.
//!
//! The judges' scripts lie in `COURANT_JUDGES`, what they need of npm in `NODE_PATH`. Where one is
//! not installed its test is skipped with a line. Letters, their parts and what they look like are
//! left under `target/shots` for people to look at.

mod accepted;
mod desk;
mod journey;
mod letters;
mod morning;
mod outside;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use accepted::Accepted;
use letters::{LETTERS, Letter, shots};
use outside::{BROWSER, Judge};

/// What browsers show of a letter at a phone's width may not be wider, in CSS pixels.
const PHONE: i64 = 390;

/// Fails with every line of what was found.
fn none(found: Vec<String>) {
    assert!(
        found.is_empty(),
        "{} findings:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn the_edition_is_of_the_shape_of_a_real_one() {
    for letter in &*LETTERS {
        let name = &letter.name;
        let html = &letter.html;
        let text = letter.words();
        let told = letter.stories.iter().filter(|s| html.contains(&s.escaped));
        let least = if letter.long { 20 } else { 10 };
        assert!(told.count() >= least, "{name}: too few stories");
        let slots = letter.sponsors.len();
        for sponsor in &letter.sponsors {
            assert!(
                html.contains(sponsor) && text.contains(sponsor),
                "{name}: of {slots} slots none has {sponsor}"
            );
        }
        let opening = html.split_once("<body").unwrap().0;
        for attribute in [
            format!("lang=\"{}\"", letter.language),
            format!("dir=\"{}\"", letter.direction),
        ] {
            assert!(opening.contains(&attribute), "{name}: no {attribute}");
        }
        // Of a title from outside nothing is mark-up, and nothing is lost.
        assert!(html.contains("&amp;") && !html.contains("<and>") && !html.contains("<وقد>"));
        assert!(!text.contains("&amp;") && !text.contains("&lt;"), "{name}");
        let lead = &letter.stories[0];
        assert!(text.contains(&lead.url), "{name}");
    }
}

#[test]
fn who_wants_no_pictures_gets_none() {
    let pictures = |l: &&Letter| l.html.contains("<img ") && !l.pictures;
    let wrong = LETTERS.iter().filter(pictures);
    none(wrong.map(|l| l.name.clone()).collect());
    assert!(LETTERS.iter().any(|l| l.html.contains("<img ")));
}

#[test]
fn what_the_editors_wrote_is_in_both_parts() {
    let mut found = Vec::new();
    for letter in &*LETTERS {
        let text = letter.words();
        for line in &letter.written {
            let escaped = line.replace('&', "&amp;");
            // A heading may stand in capitals where there is no other type.
            let capitals = line.to_uppercase();
            let in_text = text.contains(line) || text.contains(&capitals);
            if !letter.html.contains(&escaped) || !in_text {
                found.push(format!("{}: not in both parts: {line}", letter.name));
            }
        }
    }
    none(found);
}

#[test]
fn axe_finds_nothing_in_light_and_dark_and_nothing_scrolls_sideways() {
    let Some(axe) = Judge::installed("axe", "axe.js", BROWSER) else {
        return;
    };
    let mut found = Vec::new();
    for letter in &*LETTERS {
        let (good, words) = axe.run(&letter.file("html"), &[]);
        let name = &letter.name;
        if !good {
            found.push(format!("{name}: {words}"));
            continue;
        }
        for scheme in ["light", "dark"] {
            let line = words.lines().find(|l| l.starts_with(scheme)).unwrap();
            let (before, width) = line.rsplit_once("scrollW ").unwrap();
            if width.trim().parse::<i64>().unwrap() > PHONE {
                found.push(format!("{name}, {scheme}: it is {width} wide on a phone"));
            }
            // A text whose contrast could not be told has not passed.
            if before.split_once("incomplete").unwrap().1.contains('\'') {
                found.push(format!("{name}: {line}"));
            }
        }
    }
    none(found);
}

/// The same with pictures, one of which never comes, at both widths; and every text's contrast by
/// its own name, since a judge that looked at no text finds nothing either.
#[test]
fn every_text_can_be_read_at_both_widths_by_day_and_by_night() {
    let Some(look) = Judge::installed("looks", "axe.js", BROWSER) else {
        return;
    };
    let letters: Vec<Value> = LETTERS
        .iter()
        .map(|l| json!({"name": l.name, "html": l.file("html")}))
        .collect();
    let asked = json!({"shots": shots(), "letters": letters});
    let views: Vec<Value> = look.ours("tests/it/judges/look.cjs", &asked);
    assert_eq!(views.len(), LETTERS.len() * 4);
    let mut found = Vec::new();
    for view in &views {
        let (name, width) = (&view["view"], view["width"].as_i64().unwrap());
        let wide = view["scroll"].as_i64().unwrap();
        if wide > width {
            found.push(format!("{name}: {wide} wide: {}", view["widest"]));
        }
        // One for each story at least.
        let judged = view["judged"].as_bool().unwrap();
        assert!(!judged || view["texts"].as_i64().unwrap() > 30, "{view}");
        for fault in view["faults"].as_array().unwrap() {
            found.push(format!("{name}: {fault}"));
        }
    }
    none(found);
}

#[test]
fn html_validate_finds_no_error() {
    let Some(validate) = Judge::installed("html_validate", "html_validate.js", &["html-validate"])
    else {
        return;
    };
    let mut found = Vec::new();
    for letter in &*LETTERS {
        let (good, words) = validate.run(&letter.file("html"), &[]);
        if good {
            assert!(words.starts_with("true 0 "), "{words}");
            continue;
        }
        // Each rule once, with how often it is broken and where first.
        let lines: Vec<&str> = words.lines().skip(1).collect();
        let rule = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
        let rules: BTreeSet<String> = lines.iter().map(|l| rule(l)).collect();
        for broken in rules {
            let mut where_ = lines.iter().filter(|l| rule(l) == broken);
            let first = where_.next().unwrap();
            let times = where_.count() + 1;
            found.push(format!("{}: {times} times, first {first}", letter.name));
        }
        assert!(!lines.is_empty(), "{words}");
    }
    none(found);
}

#[test]
fn what_mail_programs_lack_is_known_and_carries_nothing() {
    let Some(caniemail) = Judge::installed("caniemail", "caniemail.mjs", &["caniemail"]) else {
        return;
    };
    let mut now = Accepted::default();
    for letter in &*LETTERS {
        let (_, words) = caniemail.run(&letter.file("html"), &[]);
        assert!(
            words.contains("\nsuccess ") || words.starts_with("success "),
            "{words}"
        );
        now.add(&words);
    }
    none(now.against(&Accepted::committed()));
}

#[test]
fn both_parts_lead_to_the_same_pages() {
    let mut found = Vec::new();
    for letter in &*LETTERS {
        let (html, text) = (letter.targets(), letter.addresses());
        for link in html.symmetric_difference(&text) {
            let part = if html.contains(link) { "HTML" } else { "text" };
            found.push(format!("{}: only in the {part}: {link}", letter.name));
        }
        // The stories, sponsors, and the reader's own.
        assert!(html.len() >= 12, "{}: {html:?}", letter.name);
    }
    none(found);
}

#[test]
fn a_linter_of_mail_finds_no_error() {
    let Some(lint) = Judge::found("judges::lint_eml", "lint_eml.py") else {
        return;
    };
    let mut found = Vec::new();
    for letter in &*LETTERS {
        let (good, words) = lint.run(&letter.file("eml"), &["--list"]);
        if !good || !words.contains("errors 0") {
            found.push(format!("{}: {words}", letter.name));
        }
    }
    none(found);
}

/// So that a judge's silence is not taken for praise: each is shown a letter with one fault.
#[test]
fn every_judge_sees_a_fault() {
    let letter: &Letter = &LETTERS[0];
    let spoilt = |name: &str, from: &str, to: &str| {
        let html = letter.html.replacen(from, to, 1);
        assert_ne!(html, letter.html, "{from}");
        let file = shots().join(name);
        std::fs::write(&file, html).unwrap();
        file
    };
    if let Some(axe) = Judge::installed("axe", "axe.js", BROWSER) {
        let pale = "</h1><p style=\"color:#dddddd;background-color:#ffffff\">pale</p>";
        let (good, words) = axe.run(&spoilt("spoilt-axe.html", "</h1>", pale), &[]);
        assert!(!good && words.contains("color-contrast"), "{words}");
    }
    if let Some(validate) =
        Judge::installed("html_validate", "html_validate.js", &["html-validate"])
    {
        let open = "</h1><em>open<b></em></b>";
        let (good, words) = validate.run(&spoilt("spoilt-markup.html", "</h1>", open), &[]);
        assert!(!good && words.contains("close-order"), "{words}");
    }
    if let Some(caniemail) = Judge::installed("caniemail", "caniemail.mjs", &["caniemail"]) {
        let grid = "</h1><p style=\"display:grid\">grid</p>";
        let (_, words) = caniemail.run(&spoilt("spoilt-clients.html", "</h1>", grid), &[]);
        let mut now = Accepted::default();
        now.add(&words);
        let told = now.against(&Accepted::committed()).join("\n");
        assert!(
            told.contains("ERROR display:grid") && told.contains("carries"),
            "{told}"
        );
    }
}
