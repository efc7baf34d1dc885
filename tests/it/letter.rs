//! Letters themselves, as a reader gets them: texts of other languages and directions, corrections,
//! links, parts of pages, and letters that are too big before they have a story.

use serde_json::Value;

use crate::support::newsroom::Newsroom;

const AT: &str = "2026-11-26T06:30";
const ANN: &str = "ann@example.org";
const THEMES: [&str; 2] = ["broadsheet", "brief"];

/// One reader of English, and stories of other languages that came in by hand.
async fn newsroom(rows: &[Value]) -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom.subscriber(ANN, zone, None, &["city"]).await;
    let text: Vec<String> = rows.iter().map(Value::to_string).collect();
    let file = newsroom.folder.path().join("rows.jsonl");
    std::fs::write(&file, text.join("\n")).expect("written");
    let file = file.display().to_string();
    newsroom.done(&["article", "import", "--source", "import", &file]);
    newsroom
}

fn row(id: &str, language: &str, headline: &str, summary: &str) -> Value {
    serde_json::json!({
        "id": id, "url": format!("https://n.example/{id}"), "headline": headline,
        "summary": summary, "language": language, "topics": ["city"],
        "published": "2026-11-26T05:00:00Z",
    })
}

/// The reader's letter in a theme, as HTML and as text.
fn letter(newsroom: &Newsroom, theme: &str, more: &[&str]) -> (String, String) {
    let preview = |form: &str| {
        let args = [
            "edition",
            "preview",
            "times",
            "--subscriber",
            ANN,
            "--at",
            AT,
        ];
        let args = [&args[..], &["--theme", theme, form], more].concat();
        newsroom.done(&args).0
    };
    (preview("--html"), preview("--text"))
}

/// The opening tag of the element that has this text.
fn tag<'h>(html: &'h str, text: &str) -> &'h str {
    let at = html
        .rfind(text)
        .unwrap_or_else(|| panic!("{text} in {html}"));
    let head = &html[..at];
    // The words of a link are within the element that is meant.
    let mut open = head.rfind('<').expect("a tag");
    if head[open..].starts_with("<a ") {
        open = head[..open].rfind('<').expect("a tag");
    }
    let close = html[open..].find('>').expect("its end");
    &html[open..=open + close]
}

/// What stands between the row's beginning and this text.
fn row_of<'h>(html: &'h str, text: &str) -> &'h str {
    let at = html.rfind(text).expect("there");
    html[..at].rsplit("<tr>").next().expect("a row")
}

#[tokio::test]
async fn a_story_of_another_language_says_so_and_keeps_its_full_stop() {
    let arabic = "بلدية BBC تعلن إعادة فتح الجسر القديم يوم الاثنين.";
    let summary = "قال رئيس البلدية إن الجسر سيفتح.";
    let german = "Die Brücke öffnet am Montag.";
    let mut written = row("ar", "ar", arabic, summary);
    written["byline"] = "أحمد علي".into();
    let rows = [written, row("de", "de", german, "Zu spät.")];
    let newsroom = newsroom(&rows).await;
    for theme in THEMES {
        let (html, text) = letter(&newsroom, theme, &[]);
        let foreign = tag(&html, arabic);
        assert!(foreign.contains(" lang=\"ar\""), "{theme}: {foreign}");
        let near = row_of(&html, arabic);
        assert!(near.contains(" dir=\"rtl\""), "{theme}: {near}");
        let foreign = tag(&html, german);
        assert!(
            foreign.contains(" lang=\"de\"") && !foreign.contains("dir="),
            "{theme}: {foreign}"
        );
        let own = tag(&html, "Story 11 of the harbour town today");
        assert!(
            !own.contains("lang=") && !own.contains("dir="),
            "{theme}: {own}"
        );
        for line in [arabic, summary, "أحمد علي"] {
            let isolated = format!("\u{2067}{line}\u{2069}");
            assert!(text.contains(&isolated), "{theme}: {isolated} in {text}");
        }
        assert!(
            !text.contains(&format!("\u{2066}{german}")),
            "{theme}: {text}"
        );
        // The other way about.
        let (html, text) = letter(&newsroom, theme, &["--language", "ar"]);
        assert!(!tag(&html, arabic).contains("lang="), "{theme}: {html}");
        let foreign = tag(&html, german);
        assert!(foreign.contains(" lang=\"de\""), "{theme}: {foreign}");
        let near = row_of(&html, german);
        assert!(near.contains(" dir=\"ltr\""), "{theme}: {near}");
        assert!(
            text.contains(&format!("\u{2066}{german}\u{2069}")),
            "{theme}: {text}"
        );
    }
}

#[tokio::test]
async fn a_correction_names_the_article_that_it_is_about() {
    let newsroom = newsroom(&[]).await;
    let url = "https://n.example/s3";
    let what = [
        "edition",
        "correction",
        "times",
        "It has two masts.",
        "--run",
        "2026-11-26",
    ];
    newsroom.done(&[&what[..], &["--article", url]].concat());
    newsroom.done(&["list", "set", "times", "utm", "on"]);
    for theme in THEMES {
        let (html, text) = letter(&newsroom, theme, &[]);
        let link = format!("{url}?utm_source=times&utm_medium=email&utm_campaign=2026-11-26");
        let part = html.split("Corrections").last().expect("its heading");
        let href = format!("href=\"{}\"", link.replace('&', "&amp;"));
        for words in [
            "Story 3 of the harbour town today",
            &href,
            "It has two masts.",
        ] {
            assert!(part.contains(words), "{theme}: {words} in {part}");
        }
        let part = text.split("CORRECTIONS").last().expect("its heading");
        for words in [
            "Story 3 of the harbour town today",
            &link,
            "It has two masts.",
        ] {
            assert!(part.contains(words), "{theme}: {words} in {part}");
        }
    }
}

#[tokio::test]
async fn an_address_in_a_note_is_a_link_and_stays_readable() {
    let newsroom = newsroom(&[]).await;
    let note = "See https://times.example/map?a=1&b=2. Not javascript:alert(1).";
    newsroom.done(&["edition", "note", "times", note, "--run", "2026-11-26"]);
    for theme in THEMES {
        let (html, text) = letter(&newsroom, theme, &[]);
        let link = "href=\"https://times.example/map?a=1&amp;b=2\"";
        assert!(html.contains(link), "{theme}: {html}");
        assert!(!html.contains("href=\"javascript"), "{theme}");
        assert!(
            text.contains("See https://times.example/map?a=1&b=2. Not"),
            "{theme}: {text}"
        );
    }
}

#[tokio::test]
async fn what_nobody_wrote_or_sees_is_not_printed_and_a_part_of_a_page_is_led_to() {
    let mut live = row(
        "live",
        "en",
        "The swing\u{200b} bridge\u{ad} turns",
        "It turns.",
    );
    live["url"] = "https://n.example/live#post-7".into();
    let newsroom = newsroom(&[live]).await;
    for theme in THEMES {
        let (html, text) = letter(&newsroom, theme, &[]);
        for part in [&html, &text] {
            assert!(part.contains("The swing bridge turns"), "{theme}: {part}");
            assert!(
                part.contains("https://n.example/live#post-7"),
                "{theme}: {part}"
            );
            let named = part.contains("import") && !part.contains("!important");
            assert!(!named, "{theme}: the short name of a source in {part}");
        }
        assert!(!text.contains("import"), "{theme}: {text}");
    }
    // The part is none of what the page is.
    newsroom.done(&["article", "show", "https://n.example/live#another"]);
    newsroom.done(&["source", "set", "import", "name", "The Wire"]);
    let (_, text) = letter(&newsroom, "broadsheet", &[]);
    assert!(text.contains("The Wire"), "{text}");
}

#[tokio::test]
async fn numbered_links_hang_straight_and_headings_are_alike() {
    let long = "A headline that is so long that it has to go on in a second line of the text";
    let newsroom = newsroom(&[row("long", "en", long, "Short.")]).await;
    newsroom.done(&["list", "set", "times", "text_links", "numbered"]);
    let panel = [
        "edition",
        "panel",
        "times",
        "--title",
        "Tides",
        "High water 07:12",
    ];
    newsroom.done(&[&panel[..], &["--run", "2026-11-26"]].concat());
    for theme in THEMES {
        let (_, text) = letter(&newsroom, theme, &[]);
        let mut lines = text
            .lines()
            .skip_while(|l| !l.starts_with('[') || !l.contains("A headline that is so"));
        let (first, second) = (lines.next().expect("there"), lines.next().expect("goes on"));
        let column = first.find("A headline").expect("there");
        assert_eq!(
            column,
            second.len() - second.trim_start().len(),
            "{theme}: {first}\n{second}"
        );
        assert!(text.contains("\nTIDES\n"), "{theme}: {text}");
    }
}

#[tokio::test]
async fn a_wave_without_room_for_a_story_is_refused_before_it_is_frozen() {
    let newsroom = newsroom(&[]).await;
    newsroom.done(&["template", "new", "heavy", "--from", "broadsheet"]);
    let file = newsroom
        .folder
        .path()
        .join("themes/heavy/blocks/footer.mjml");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    let footer = include_str!("../../templates/broadsheet/blocks/footer.mjml");
    // Fits with nothing written, and not with a note of 9 KB.
    let grown = |octets: usize| {
        format!(
            "<p style=\"margin:0\">{}</p>",
            "A footer. ".repeat(octets / 10)
        )
    };
    let heavier = footer.replacen(
        "<p style=\"margin:0\">",
        &(grown(78_000) + "<p style=\"margin:0\">"),
        1,
    );
    std::fs::write(&file, heavier).expect("written");
    newsroom.done(&["list", "set", "times", "theme", "heavy"]);
    newsroom.done(&["list", "set", "times", "byte_budget", "102400"]);
    let plan = |more: &[&str]| {
        newsroom.run(&[&["edition", "plan", "times", "--yes", "--at", AT][..], more].concat())
    };
    assert_eq!(plan(&["--dry-run"]).0, 0, "{:?}", plan(&["--dry-run"]));
    // Each quotation mark has six octets in HTML.
    let note = "\"&".repeat(750);
    let write = ["edition", "note", "times", &note, "--run", "2026-11-26"];
    let heaviest = footer.replacen(
        "<p style=\"margin:0\">",
        &(grown(92_000) + "<p style=\"margin:0\">"),
        1,
    );
    newsroom.done(&write);
    std::fs::write(&file, heaviest).expect("written");
    let (code, _, err) = newsroom.run(&write);
    assert_eq!(code, 1, "{err}");
    assert!(
        err.contains("the note is not taken: with it, the letters of `times`"),
        "{err}"
    );
    for dry in [&["--dry-run"][..], &[]] {
        let (code, _, err) = plan(dry);
        assert_eq!(code, 1, "{err}");
        for words in [
            "the letters of `times` for 2026-11-26 cannot leave: without a single story they come to",
            "more than the 102.4 KB that mail programs show whole: masthead, styles and footer of the theme",
            ", the note ",
            "hint: `courant template check heavy`",
        ] {
            assert!(err.contains(words), "{words} in {err}");
        }
    }
    let store = &newsroom.folder.store;
    let edition = courant::domain::EditionId(1);
    assert!(
        store.waves(edition).await.expect("waves").is_empty(),
        "nothing is frozen"
    );
    // Without the note and in another theme it is planned.
    newsroom.done(&["list", "set", "times", "theme", "brief"]);
    assert_eq!(plan(&[]).0, 0);
}

const RULES: &str = r#"
[[publisher]]
domain = "harbour.example"
name = "The Harbour"
url = "https://www.harbour.example/"
"#;

/// A page without an address: three long paragraphs, and whom to reach at `harbour.example`.
fn page() -> String {
    let long = "The ferry will stop for three weeks, the harbour said on Monday, and nobody on the \
                island was asked about it beforehand, or told since. ";
    let long = long.repeat(12);
    format!(
        "May 3, 2024\nAnna van Berg\n\nThe ferry stops for three weeks\n\n{long}\n\n{long}\n\n\
         • Anna van Berg can be reached at a@harbour.example."
    )
}

#[tokio::test]
async fn a_letter_says_how_long_a_story_is_who_had_it_first_and_who_else_has_it() {
    let newsroom = newsroom(&[row("x", "en", "Tides turn early", "Twice a day.")]).await;
    let file = |name: &str, text: &str| {
        let path = newsroom.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let rules = format!("@{}", file("rules.toml", RULES));
    newsroom.done(&["source", "set", "import", "rules", &rules]);
    let page = file("page.txt", &page());
    let import = ["article", "import", "--source", "import", "--page", &page];
    let read = newsroom.json(&[&import[..], &["--json"]].concat(), 0);
    let id = read["article"]["id"].to_string();
    assert!(read["article"]["url"].to_string().contains("page.invalid"));
    let published = ["--published", "2026-11-25T10:00:00Z"];
    newsroom.done(&[&["article", "set", &id][..], &published].concat());
    let run = ["--run", "2026-11-26"];
    let pin = [&["edition", "pin", "times", &id][..], &run].concat();
    let (_, err) = newsroom.done(&pin);
    assert!(err.contains("letters bring it without a link"), "{err}");
    for theme in THEMES {
        let (html, text) = letter(&newsroom, theme, &[]);
        for letter in [&html, &text] {
            for said in [
                "The ferry stops for three weeks",
                " · 3 min",
                "First published by The Harbour",
                "https://www.harbour.example/",
                "Also reported by The ",
            ] {
                assert!(letter.contains(said), "{theme}: {said}: {letter}");
            }
            // Nobody is led to an address that was made up, and nothing ends in a mark for more.
            assert!(!letter.contains(".invalid"), "{theme}: {letter}");
            let bare = letter.replace("</", "\n</");
            let open = bare.lines().find(|line| line.trim_end().ends_with('·'));
            assert_eq!(open, None, "{theme}");
        }
        let (german, _) = letter(&newsroom, theme, &["--language", "de"]);
        for said in [
            "3 Min.",
            "Zuerst erschienen bei The Harbour",
            "Auch berichtet von The ",
        ] {
            assert!(german.contains(said), "{theme}: {said}");
        }
    }
}
