//! `article dedup` on material of our own and on that of others: copies found, none that is none,
//! whatever the script, the size and the order of what comes in.

use std::path::PathBuf;
use std::time::Instant;

use courant::domain::article::CanonicalUrl;
use courant::stories::dedup::{Groups, Row, duplicates, stories};
use serde_json::{Value, json};

use crate::support::binary::{courant_reading, run, typed};
use crate::support::labelled::{Labelled, held_back, kind};
use crate::support::skip;

fn row(id: &str, title: &str, text: &str) -> Row {
    Row {
        id: id.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        ..Row::default()
    }
}

fn groups(expected: &[&[&str]]) -> Groups {
    let ids = |group: &&[&str]| group.iter().map(|id| (*id).to_owned()).collect();
    expected.iter().map(ids).collect()
}

const FERRY: &str = "The ferry Nordlicht ran aground off the old pier of Nordhaven on Monday morning \
     with ninety people on board. Nobody was hurt, the harbour office said. Two tugs are on their way \
     and will try to pull her free when the water is high again in the evening.";
const COUNCIL: &str = "The council of Nordhaven has voted for a new tram line from the station to the \
     university, after a debate of seven hours. The opposition had asked for a vote of the citizens \
     first. Work is to begin next spring, the mayor said, and will take four years.";

#[test]
fn copies_are_found_in_any_script_and_nothing_else() {
    let arabic = "أعلنت سلطات الميناء يوم الاثنين أن العبّارة جنحت قرب الرصيف القديم وعلى متنها تسعون \
         راكبا ولم يصب أحد بأذى وستحاول قاطرتان سحبها عند ارتفاع المد مساء اليوم كما قال المتحدث باسم مكتب الميناء";
    let bare: String = arabic.chars().filter(|c| *c != '\u{651}').collect();
    let chinese = "周一上午，一艘载有九十名乘客的渡轮在旧码头附近搁浅。港务局表示没有人员受伤。两艘拖船正在赶往现场，\
         将在傍晚涨潮时尝试将渡轮拖离。市长感谢所有救援人员。";
    let other = "市议会在七个小时的辩论之后，投票通过修建一条从火车站通往大学的新电车线路。反对派曾要求先举行全民投票。\
         工程将于明年春天开始。";
    let rows = [
        row("1", "Ferry aground", FERRY),
        row("2", "", &FERRY.to_uppercase()),
        row("3", "Council votes", COUNCIL),
        row("4", "", arabic),
        row("5", "", &bare),
        row("6", "", chinese),
        row("7", "", &format!("（本报讯）{chinese}")),
        row("8", "", other),
        row("9", "", ""),
        row("10", "", ""),
        row("11", "Ferry aground", ""),
        row("12", "Ferry", "Aground."),
    ];
    let expected: &[&[&str]] = &[&["1", "2"], &["4", "5"], &["6", "7"]];
    assert_eq!(duplicates(&rows), groups(expected));
    let mut turned = rows.to_vec();
    turned.reverse();
    assert_eq!(duplicates(&turned), groups(expected));
    turned.swap(1, 7);
    assert_eq!(stories(&turned), stories(&rows));
}

#[test]
fn one_page_is_one_article_and_a_round_up_joins_nothing() {
    let at = |id: &str, url: &str, text: &str| Row {
        url: Some(CanonicalUrl::parse(url, None).unwrap()),
        ..row(id, "", text)
    };
    let round_up = format!("In brief today: {FERRY} {COUNCIL} And the weather stays as it is.");
    let rows = [
        at("a", "http://www.n.example/1/", "Short"),
        at("b", "https://n.example/1/amp?utm_source=x", "Another"),
        at("front 1", "https://n.example/", "One"),
        at("front 2", "https://n.example/", "Two"),
        row("ferry", "Ferry aground", FERRY),
        row("council", "Council votes", COUNCIL),
        row("round-up", "In brief", &round_up),
    ];
    assert_eq!(duplicates(&rows), groups(&[&["a", "b"]]));
    // Where it holds only one of them, it is a longer text of that.
    let alone = [&rows[4..5], &rows[6..]].concat();
    assert_eq!(duplicates(&alone), groups(&[&["ferry", "round-up"]]));
}

#[test]
fn equal_headlines_prove_nothing_where_the_texts_tell_two_things() {
    let at = |id: &str, outlet: &str, title: &str, text: &str| Row {
        outlet: outlet.to_owned(),
        published_ms: Some(1_700_000_000_000),
        ..row(id, title, text)
    };
    let murder = "Man charged with murder";
    let resigns = "Prime minister resigns";
    let rows = [
        at(
            "leeds",
            "a",
            murder,
            "A man of 34 has been charged after the body of a woman was found in Leeds on Monday.",
        ),
        at(
            "cork",
            "b",
            murder,
            "A man in his fifties has been charged after the body of a woman was found in Cork on Monday.",
        ),
        at(
            "norway",
            "a",
            resigns,
            "Norway’s prime minister resigned on Tuesday after he lost a vote of confidence in parliament.",
        ),
        at(
            "nepal",
            "b",
            resigns,
            "Nepal’s prime minister resigned on Tuesday after days of protests in the capital Kathmandu.",
        ),
        at(
            "letters a",
            "a",
            "Letters to the editor",
            "Readers write about the tram line, the price of bread and the swans in the park.",
        ),
        at(
            "letters b",
            "b",
            "Letters to the editor",
            "A teacher asks for smaller classes; two doctors answer what was said of the hospital.",
        ),
        at(
            "tv a",
            "a",
            "What to watch this weekend",
            "A thriller in the snow, a family drama and three cooking shows for a wet Sunday.",
        ),
        at(
            "tv b",
            "b",
            "What to watch this weekend",
            "The derby, two finals in tennis and a marathon: what is on in sport.",
        ),
        at("ferry a", "a", "Ferry runs aground off the old pier", FERRY),
        at(
            "ferry b",
            "b",
            "Ferry runs aground off the old pier",
            "The Nordlicht is stuck near Nordhaven with ninety people on board; tugs are on their way.",
        ),
        at("bare a", "a", "Harbour office closes for a week", ""),
        at("bare b", "b", "Harbour office closes for a week", ""),
    ];
    let expected: &[&[&str]] = &[&["bare a", "bare b"], &["ferry a", "ferry b"]];
    assert_eq!(stories(&rows), groups(expected));
}

#[test]
fn parts_of_a_series_are_no_copies_of_one_another() {
    let at = |id: &str, outlet: &str, title: &str, text: &str| Row {
        outlet: outlet.to_owned(),
        ..row(id, title, text)
    };
    let puzzle =
        "Solve today’s puzzle and test your knowledge with our daily crossword for everybody.";
    let weather =
        "The forecast for the coast, with winds, tides and the water’s temperature at noon.";
    let report = format!("{FERRY} {COUNCIL}");
    let update = report
        .replace("ninety", "ninety-five")
        .replace("seven hours", "eight hours");
    let rows = [
        at("c1", "gazette", "Crossword 4711", puzzle),
        at("c2", "gazette", "Crossword 4712", puzzle),
        at("w1", "gazette", "Weather: Tuesday", weather),
        at("w2", "herald", "Weather: Wednesday", weather),
        // A death toll that rises is the same story, told on.
        at("u1", "gazette", "Ferry aground: 90 on board", &report),
        at("u2", "gazette", "Ferry aground: 95 on board", &update),
        // Sent by two outlets under one headline.
        at(
            "s1",
            "gazette",
            "Quiz 12",
            "Ten questions about the harbour, its ships and the people who built it.",
        ),
        at(
            "s2",
            "herald",
            "Quiz 12",
            "Ten questions about the harbour, its ships and the people who built it.",
        ),
    ];
    let expected: &[&[&str]] = &[&["s1", "s2"], &["u1", "u2"]];
    assert_eq!(duplicates(&rows), groups(expected));
    assert_eq!(stories(&rows), groups(expected));
}

#[test]
fn a_heap_of_the_same_and_a_huge_text_are_bounded() {
    let begun = Instant::now();
    let dated = |n: u64| Row {
        outlet: format!("outlet{}", n % 7),
        published_ms: Some(1_700_000_000_000 + (n % 1000) as i64),
        ..row(
            &format!("{n:06}"),
            "Nordhaven ferry runs aground off pier",
            "",
        )
    };
    let heap: Vec<Row> = (0..100_000).map(dated).collect();
    assert!(
        duplicates(&heap).is_empty(),
        "a headline alone proves nothing"
    );
    let told = stories(&heap);
    assert_eq!((told.len(), told[0].len()), (1, 100_000));
    let mut copies: Vec<Row> = (0..5_000).map(dated).collect();
    copies.iter_mut().for_each(|r| r.text = FERRY.to_owned());
    let found = duplicates(&copies);
    assert_eq!((found.len(), found[0].len()), (1, 5_000));
    let huge: String = (0..150_000).map(|n| format!("w{n}e ")).collect();
    assert!(huge.len() > 1 << 20);
    let rows = [row("1", "", &huge), row("2", "", &huge[..huge.len() / 2])];
    assert_eq!(duplicates(&rows), groups(&[&["1", "2"]]));
    println!("bounded: {:.1} s", begun.elapsed().as_secs_f64());
}

#[test]
fn the_command_works_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        json!({"id": 7, "title": "Ferry aground", "text": FERRY, "lang": "en", "more": [1]}),
        json!({"id": "b", "headline": "Ferry stuck", "body": FERRY, "url": "no address"}),
        json!({"id": "c", "title": "Council votes", "text": COUNCIL, "published": "never"}),
    ];
    let rows = rows.map(|r| r.to_string()).join("\n");
    let run_in = |args: &[&str], stdin: &str| {
        let mut command = typed(args, &[]);
        command.current_dir(folder.path());
        run(command, stdin)
    };
    let (code, out, err) = run_in(&["article", "dedup", "-", "--json"], &rows);
    assert_eq!((code, err.as_str()), (0, ""));
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value, json!({"clusters": [["7", "b"]]}));
    let (code, out, _) = run_in(&["article", "dedup", "-", "--stories"], &rows);
    assert_eq!(code, 0);
    assert!(
        out.contains("Ferry aground") && out.contains("7 b"),
        "{out}"
    );
    assert_eq!(
        run_in(&["article", "dedup", "-", "--json"], "").1.trim(),
        r#"{"clusters":[]}"#
    );
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
}

const PLEA: &str = "This article appeared first in the Harbour Gazette. Subscribe now to read every \
     story on the day it is written, support local news in our town and get the paper delivered to \
     your door before breakfast each morning.";

/// Headlines and first sentences that have nothing to do with one another.
const APART: [(&str, &str); 8] = [
    (
        "Mayor resigns after vote",
        "The council had asked her to go.",
    ),
    (
        "Fire closes market hall",
        "Nobody was hurt in the blaze on Monday night.",
    ),
    (
        "Ferry runs aground off pier",
        "Ninety people were on board.",
    ),
    ("School wins chess cup", "It is the third title in a row."),
    (
        "Storm tears roofs from barns",
        "Farmers count what is left.",
    ),
    (
        "New bridge opens in spring",
        "Engineers are done with the piers.",
    ),
    ("Orchestra names a conductor", "She comes from Oslo."),
    ("Bakery turns one hundred", "It still has the first oven."),
];

#[test]
fn what_an_outlet_says_under_everything_joins_nothing() {
    let heap = |outlet: &str, own: bool| -> Vec<Row> {
        let made = |(n, (title, first)): (usize, &(&str, &str))| Row {
            outlet: outlet.to_owned(),
            published_ms: Some(1_700_000_000_000 + n as i64),
            ..row(
                &format!("{n}"),
                title,
                &match own {
                    true => format!("{first} {PLEA}"),
                    false => PLEA.to_owned(),
                },
            )
        };
        APART.iter().enumerate().map(made).collect()
    };
    for rows in [heap("gazette", false), heap("gazette", true)] {
        assert_eq!(duplicates(&rows), groups(&[]), "{:?}", rows[0].text);
        assert_eq!(stories(&rows), groups(&[]), "{:?}", rows[0].text);
    }
    // A copy of one is one, with or without it.
    let mut rows = heap("gazette", true);
    rows.push(row("copy", "Ferry Nordlicht aground", FERRY));
    rows.push(row(
        "sent",
        "Ferry runs aground",
        &format!("{FERRY} {PLEA}"),
    ));
    assert_eq!(duplicates(&rows), groups(&[&["copy", "sent"]]));
}

#[tokio::test]
async fn a_feed_whose_entries_all_end_alike_is_as_many_stories() {
    let newsroom = crate::support::newsroom::Newsroom::new().await;
    let file = newsroom.folder.path().join("gazette.xml");
    let entry = |n: usize| {
        let (title, _) = APART[n];
        format!(
            "<item><title>{title}</title><link>https://gazette.example/{n}</link><guid>g{n}</guid>\
             <description>{PLEA}</description></item>"
        )
    };
    let write = |entries: std::ops::Range<usize>| {
        let items: String = entries.map(entry).collect();
        let feed =
            format!("<rss version=\"2.0\"><channel><title>Gazette</title>{items}</channel></rss>");
        std::fs::write(&file, feed).unwrap();
    };
    // The first two alone, then each that comes later by itself.
    write(0..2);
    let place = file.to_str().unwrap();
    newsroom.done(&[
        "source", "add", "gazette", place, "--list", "times", "--yes",
    ]);
    for n in 2..APART.len() {
        write(0..n + 1);
        newsroom.done(&["source", "fetch", "gazette"]);
    }
    let args = [
        "article", "list", "--source", "gazette", "--since", "30d", "--json",
    ];
    let listed = newsroom.json(&args, 0);
    let articles = listed.as_array().unwrap();
    let stories: std::collections::BTreeSet<i64> = articles
        .iter()
        .map(|a| a["story"].as_i64().unwrap())
        .collect();
    assert_eq!((articles.len(), stories.len()), (8, 8), "{listed}");
}

#[test]
fn a_bad_row_is_named_and_costs_no_other() {
    let home = tempfile::tempdir().unwrap();
    let good = json!({"id": "a", "text": FERRY}).to_string();
    let again = json!({"id": "b", "text": FERRY}).to_string();
    let rows =
        format!("{good}\n[1]\n{{\"text\":\"x\"}}\n{good}\n{{\"id\":\"x\",\"title\":7}}\n{again}");
    let (code, out, err) =
        courant_reading(home.path(), &["article", "dedup", "-", "--json"], &rows);
    assert_eq!(code, 6, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value, json!({"clusters": [["a", "b"]]}));
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(lines.len(), 4, "{err}");
    assert!(lines[0].starts_with("-: line 2: no JSON object"), "{err}");
    assert_eq!(lines[1], "-: line 3: field `id`: is missing");
    assert_eq!(lines[2], "-: line 4: field `id`: `a` is line 1's already");
    assert_eq!(lines[3], "-: line 5: field `title`: is no text");
    let (code, out, err) = courant_reading(home.path(), &["article", "dedup", "-"], "nothing");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("hint: a row is a JSON object a line"), "{err}");
}

#[test]
fn rows_of_any_size_and_language_are_read_and_the_answer_is_the_same_each_time() {
    let home = tempfile::tempdir().unwrap();
    let long = format!("{FERRY} {}", "and so on ".repeat(100_000));
    let rows = [
        json!({"id": "long", "title": "Ferry", "text": long, "lang": "en"}),
        json!({"id": "none", "title": "", "text": ""}),
        json!({"id": "nothing", "title": "", "text": "", "lang": "xx-unknown"}),
        json!({"id": "b", "title": "Ferry aground", "text": FERRY, "lang": "tlh"}),
        json!({"id": "d", "title": "Votes", "text": COUNCIL, "lang": ""}),
        json!({"id": "a", "title": "Ferry stuck", "text": FERRY, "lang": 7}),
        json!({"id": "c", "title": "Council votes", "text": COUNCIL}),
    ];
    let text = |rows: &[Value]| {
        let lines = rows.iter().map(|r| format!("{r}\n"));
        lines.collect::<String>()
    };
    let ask = |rows: &str, args: &[&str]| {
        let args = [&["article", "dedup", "-", "--json"][..], args].concat();
        let (code, out, err) = courant_reading(home.path(), &args, rows);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let found = ask(&text(&rows), &[]);
    // Rows without a word are nobody's copy.
    assert_eq!(found, json!({"clusters": [["a", "b", "long"], ["c", "d"]]}));
    // In whatever order they come.
    let turned: Vec<Value> = rows.iter().rev().cloned().collect();
    assert_eq!(ask(&text(&turned), &[]), found);
    let told = ask(&text(&rows), &["--stories"]);
    assert_eq!(ask(&text(&rows), &["--stories"]), told);
    assert_eq!(ask("\n\n", &[]), json!({"clusters": []}));
    assert_eq!(ask("\n", &["--stories"]), json!({"clusters": []}));

    // A line that is too long is named by its number and its length.
    let huge = format!("{{\"id\":\"x\",\"text\":\"{}\"}}", "x".repeat(8 << 20));
    let rows = format!("{huge}\n{}", text(&rows[3..6]));
    let (code, out, err) =
        courant_reading(home.path(), &["article", "dedup", "-", "--json"], &rows);
    assert_eq!(code, 6, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found, json!({"clusters": [["a", "b"]]}));
    assert!(
        err.starts_with("-: line 1: has ") && err.contains("octets, more than 8388608"),
        "{err}"
    );
}

#[test]
fn a_file_is_read_again_and_again_and_gives_what_stdin_gives() {
    let home = tempfile::tempdir().unwrap();
    // Longer than what is remembered of prints, in both generations.
    let word = |n: u64| format!("w{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40);
    let text = |seed: u64, words: u64| {
        let words: Vec<String> = (0..words).map(|n| word(seed * 100_000 + n)).collect();
        words.join(" ")
    };
    let mut lines = String::new();
    for n in 0..400_u64 {
        // Every tenth is a cut of the one before it, some way behind.
        let (of, words) = if n % 10 == 9 {
            (n - 1, 9_000)
        } else {
            (n, 14_000)
        };
        let row = json!({"id": format!("{n:03}"), "title": format!("Piece {of}"),
            "text": text(of, words), "published": "2026-11-25T05:00:00Z"});
        lines.push_str(&format!("{row}\r\n\n"));
    }
    let file = home.path().join("rows.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let ask = |place: &str, stdin: &str| {
        let args = ["article", "dedup", place, "--json"];
        let (code, out, err) = courant_reading(home.path(), &args, stdin);
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let found = ask(file.to_str().unwrap(), "");
    let pairs: Vec<[String; 2]> = (0..40)
        .map(|n| [format!("{:03}", 10 * n + 8), format!("{:03}", 10 * n + 9)])
        .collect();
    assert_eq!(found, json!({"clusters": pairs}));
    assert_eq!(ask("-", &lines), found);
    let table = ["article", "dedup", file.to_str().unwrap()];
    let (code, out, _) = courant_reading(home.path(), &table, "");
    assert_eq!(code, 0);
    assert!(
        out.contains("Piece 398") && out.contains("398 399"),
        "{out}"
    );
}

/// Labelled near-duplicates and events, found through `COURANT_CORPUS`.
fn labelled() -> Option<Labelled> {
    let folder = std::env::var_os("COURANT_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        skip("near-duplicate corpus", "COURANT_CORPUS is not set");
    }
    Some(Labelled::read(&folder?))
}

#[test]
fn labelled_copies_are_found_and_no_hard_negative_is_merged() {
    let Some(labelled) = labelled() else {
        return;
    };
    let found = duplicates(&labelled.rows);
    for group in ["reuters", "ecbplus", "minhash1000"] {
        let [precision, recall] = labelled.pairs_met(&found, |id| kind(id) == group);
        println!("copies, {group}: precision {precision:.3}, recall {recall:.3}");
        assert!(recall >= 0.97 && precision >= 0.99, "{group}");
    }
    assert_eq!(labelled.hard_negatives(&found), 0, "hard negatives merged");
}

#[test]
fn labelled_events_come_out_as_stories() {
    let Some(labelled) = labelled() else {
        return;
    };
    let told = stories(&labelled.rows);
    let held = |id: &str, event: &str| kind(id) == "ecbplus" && held_back(event);
    let [precision, recall, f1] = labelled.b_cubed(&told, held);
    println!("stories: B-cubed precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}");
    assert!(precision >= 0.85 && f1 >= 0.60);
}
