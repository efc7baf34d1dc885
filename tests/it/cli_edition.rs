//! Editions as they are typed: planned, looked at, decided about, sent and accounted for, through
//! the real binary and a real SMTP receiver.

use std::collections::BTreeMap;

use courant::cli::lock::OwnerLock;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use serde_json::{Value, json};

use crate::support::newsroom::Newsroom;

const AT: &str = "2026-11-26T06:30";
const RUN: &str = "2026-11-26";
const ANN: &str = "ann@example.org";

/// Ann follows the city, Bob sport from New York at 06:30, Cat nothing.
async fn three() -> Newsroom {
    let newsroom = Newsroom::new().await;
    newsroom
        .subscriber(ANN, "Europe/Berlin", None, &["city"])
        .await;
    let bob = "bob@example.org";
    newsroom
        .subscriber(bob, "America/New_York", Some("06:30"), &["sport"])
        .await;
    newsroom
        .subscriber("cat@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom
}

fn plan(newsroom: &Newsroom) -> (String, String) {
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT])
}

async fn sink() -> SinkHandle {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    Sink::start(listener, SinkSettings::default()).expect("a sink")
}

/// Headline → verdict of an explanation.
fn verdicts(explained: &Value) -> BTreeMap<String, String> {
    let candidates = explained["candidates"].as_array().expect("an array");
    let pair = |c: &Value| {
        let text = |key: &str| c[key].as_str().expect("a text").to_owned();
        (text("headline"), text("verdict"))
    };
    candidates.iter().map(pair).collect()
}

#[tokio::test]
async fn a_plan_says_what_it_did_wave_by_wave_and_a_dry_run_the_same() {
    let newsroom = three().await;
    let waves = "2026-11-26 07:00 Europe/Berlin: 2 digests, 0 skipped, 2 sponsor placements (daily 2026-11-26)\n\
         2026-11-26 12:30 Europe/Berlin: 1 digest, 0 skipped, 1 sponsor placement (daily 2026-11-26)\n";
    let dry = ["edition", "plan", "times", "--at", AT, "--dry-run"];
    let (out, err) = newsroom.done(&dry);
    assert_eq!(out, waves);
    assert!(err.contains("nothing was written"), "{err}");
    assert_eq!(
        newsroom.json(&["edition", "list", "times", "--json"], 0),
        json!([])
    );
    let (out, err) = plan(&newsroom);
    assert_eq!(out, waves);
    assert!(
        err.contains("`courant edition preview times --run 2026-11-26 --subscriber ADDRESS`"),
        "{err}"
    );
    let (out, err) = plan(&newsroom);
    assert_eq!(
        (out.as_str(), err.lines().next()),
        ("", Some("3 digests of these runs had been planned already"))
    );
    let earlier = [
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-25T06:30",
    ];
    let (out, err) = newsroom.done(&earlier);
    assert_eq!(out, "");
    assert!(
        err.contains("left out: 3 readers with an open letter of a later run"),
        "{err}"
    );
    let list = newsroom.json(&["edition", "list", "times", "--json"], 0);
    let listed = &list[0];
    assert_eq!(
        (&listed["state"], &listed["run"]),
        (&json!("planned"), &json!(RUN))
    );
    assert_eq!(listed["tally"]["planned"], 3);
    assert_eq!(listed["waves"]["first_due"], "2026-11-26T06:00:00Z");
}

#[tokio::test]
async fn a_wave_without_enough_stories_skips_its_readers_and_says_so() {
    let newsroom = three().await;
    let (out, _) = newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-12-24T06:00",
        "--hours",
        "2",
    ]);
    let words = "2026-12-24 07:00 Europe/Berlin: 0 digests, 2 skipped, 0 sponsor placements (daily 2026-12-24)\n";
    assert_eq!(out, words);
    let status = newsroom.json(
        &[
            "edition",
            "status",
            "times",
            "--run",
            "2026-12-24",
            "--json",
        ],
        0,
    );
    assert_eq!(status["skipped"], json!({ "too_few_stories": 2 }));
    let preview = [
        "edition",
        "preview",
        "times",
        "--run",
        "2026-12-24",
        "--subscriber",
        ANN,
    ];
    let (code, out, err) = newsroom.run(&preview);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.contains(
            "gets no digest in daily 2026-12-24: fewer unseen stories than the list's minimum of 2"
        ),
        "{err}"
    );
    assert!(
        err.contains(
            "hint: `courant edition explain times --subscriber ann@example.org --run 2026-12-24`"
        ),
        "{err}"
    );
}

#[tokio::test]
async fn nothing_due_is_no_failure_and_what_is_wrong_is_named() {
    let newsroom = Newsroom::new().await;
    let (out, err) = newsroom.done(&["edition", "plan", "times"]);
    assert_eq!(out, "");
    assert!(
        err.starts_with("nothing of `times` is due within 24 h of "),
        "{err}"
    );
    assert!(
        err.contains("hint: `courant subscriber list times` shows who is active"),
        "{err}"
    );
    let refused = |args: &[&str], code: i32, words: &str| {
        let (got, out, err) = newsroom.run(args);
        assert_eq!((got, out.as_str()), (code, ""), "{args:?} {err}");
        assert!(
            err.contains(words) && err.contains("hint: "),
            "{args:?}: {err}"
        );
    };
    refused(
        &["edition", "status", "times"],
        1,
        "`times` has no edition yet",
    );
    refused(&["edition", "plan", "tims"], 1, "did you mean `times`?");
    refused(
        &["edition", "plan", "times", "--yes", "--at", "soon"],
        2,
        "--at: `soon` is no instant",
    );
    let gap = [
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2027-03-28T02:30",
    ];
    refused(&gap, 2, "is not one instant in Europe/Berlin");
    refused(
        &["edition", "plan", "times", "--cadence", "dayly"],
        1,
        "did you mean `daily`?",
    );
    refused(
        &["edition", "status", "times", "--run", "2020-11-20"],
        1,
        "no edition `2020-11-20`",
    );
    refused(
        &["edition", "status", "times", "--run", "20.11."],
        2,
        "is not a run",
    );
    let nobody = [
        "edition",
        "preview",
        "times",
        "--subscriber",
        "zoe@example.org",
    ];
    refused(&nobody, 1, "`zoe@example.org` is no subscriber of `times`");
    refused(
        &["edition", "pin", "times", "1"],
        1,
        "nobody is due for any edition of `times`",
    );
    newsroom.subscriber(ANN, "Europe/Berlin", None, &[]).await;
    refused(
        &["edition", "pin", "times", "99"],
        1,
        "there is no article `99`",
    );
    refused(
        &["edition", "pin", "times", "fluff"],
        2,
        "neither an article's id nor a URL",
    );
    refused(
        &["edition", "ban", "times", "1", "--undo"],
        1,
        "is no ban of daily 2026-11-26",
    );
    refused(
        &["edition", "pin", "times", "1", "--run", "2020-11-20"],
        1,
        "no edition `2020-11-20`",
    );
    refused(
        &["delivery", "list", "times", "--state", "acepted"],
        2,
        "did you mean `accepted`?",
    );
}

#[tokio::test]
async fn a_letter_is_previewed_as_a_draft_and_as_it_is_stored() {
    let newsroom = three().await;
    let preview = [
        "edition",
        "preview",
        "times",
        "--subscriber",
        ANN,
        "--at",
        AT,
    ];
    let (draft, note) = newsroom.done(&preview);
    assert!(
        note.starts_with("a draft of daily 2026-11-26, due 2026-11-26 07:00 Europe/Berlin"),
        "{note}"
    );
    plan(&newsroom);
    let (stored, note) = newsroom.done(&["edition", "preview", "times", "--subscriber", ANN]);
    let lines: Vec<&str> = note.lines().collect();
    assert_eq!(lines[0], "daily 2026-11-26 as it is stored: planned");
    assert!(
        lines[1].ends_with(" KB of HTML, of 90 KB at the most"),
        "{note}"
    );
    assert_eq!(lines.len(), 2);
    for text in [&draft, &stored] {
        assert!(text.starts_with("Subject: "), "{text}");
        for part in [
            "THE TIMES",
            "Story 11 of the harbour town today",
            "Paint for boats",
            "/u/k1.",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("An old story"), "{text}");
    }
    let (raw, _) = newsroom.done(&["edition", "preview", "times", "--subscriber", ANN, "--raw"]);
    assert!(
        raw.contains("\r\nTo: ann@example.org\r\n") && raw.contains("List-Unsubscribe: "),
        "{raw}"
    );
    let file = newsroom.folder.path().join("letter.html");
    let name = file.to_str().expect("UTF-8");
    let out = [
        "edition",
        "preview",
        "times",
        "--subscriber",
        ANN,
        "--out",
        name,
    ];
    assert_eq!(newsroom.done(&out).0, "");
    let html = std::fs::read_to_string(&file).expect("written");
    assert!(html.starts_with("<!doctype html>"), "{html}");
    let unknown = [
        "edition",
        "preview",
        "times",
        "--subscriber",
        ANN,
        "--out",
        "letter.pdf",
    ];
    assert_eq!(newsroom.run(&unknown).0, 2);
}

#[tokio::test]
async fn a_letter_is_in_its_readers_language() {
    let newsroom = three().await;
    let cases = [
        (
            "de-CH",
            [
                "Donnerstag, 26. November 2026\n",
                "(Weil Sie City folgen)",
                "\nAUSSERDEM HEUTE\n---------------\n",
                "\nAnzeige · ",
                "Sie erhalten diesen Newsletter, weil Sie The Times abonniert haben.\n",
                "\nAbbestellen:\n",
            ],
        ),
        (
            "ar",
            [
                "الخميس 26 نوفمبر 2026\n",
                "(لأنك تتابع City)",
                "\nأيضًا اليوم\n----------\n",
                "\nإعلان · ",
                "تصلك هذه النشرة لأنك مشترك في The Times.\n",
                "\nإلغاء الاشتراك:\n",
            ],
        ),
    ];
    for (language, parts) in cases {
        let set = ["subscriber", "set", "times", ANN, "--language", language];
        newsroom.done(&set);
        let preview = ["edition", "preview", "times", "--subscriber", ANN];
        let (letter, _) = newsroom.done(&[&preview[..], &["--at", AT]].concat());
        for part in parts {
            assert!(letter.contains(part), "{part:?} in {letter}");
        }
    }
}

#[tokio::test]
async fn every_candidate_has_one_verdict_and_the_replay_is_checked() {
    let newsroom = three().await;
    newsroom.done(&["list", "set", "times", "carry_hours", "0"]);
    let explain = [
        "edition",
        "explain",
        "times",
        "--subscriber",
        ANN,
        "--at",
        AT,
        "--json",
    ];
    let draft = newsroom.json(&explain, 0);
    assert_eq!(
        (&draft["planned"], &draft["agrees"]),
        (&json!(false), &Value::Null)
    );
    plan(&newsroom);
    let stored = newsroom.json(
        &["edition", "explain", "times", "--subscriber", ANN, "--json"],
        0,
    );
    assert_eq!(
        (&stored["planned"], &stored["agrees"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(draft["candidates"], stored["candidates"]);
    let candidates = stored["candidates"].as_array().expect("an array");
    assert_eq!(candidates.len(), 14);
    let mut articles: Vec<i64> = candidates
        .iter()
        .filter_map(|c| c["article"].as_i64())
        .collect();
    articles.sort_unstable();
    assert_eq!(articles, (1..=14).collect::<Vec<_>>());
    let count = |verdict: &str| {
        candidates
            .iter()
            .filter(|c| c["verdict"] == verdict)
            .count()
    };
    let counts = ["chosen", "too_old", "same_story", "full", "quota"].map(count);
    assert_eq!(counts.iter().sum::<usize>(), 14, "{counts:?}");
    assert_eq!((counts[1], counts[2]), (1, 1));
    assert_eq!(stored["sponsors"][0]["sponsor"], "Acme Paints");
    let (table, _) = newsroom.done(&["edition", "explain", "times", "--subscriber", ANN]);
    for part in [
        "follows City",
        "older than 24 h at the cut-off",
        "guaranteed: ",
        "it gives the digest that is stored",
    ] {
        assert!(table.contains(part), "{part} in {table}");
    }
}

#[tokio::test]
async fn decisions_hold_until_a_wave_is_frozen_and_can_be_taken_back() {
    let newsroom = three().await;
    let say = |args: &[&str]| {
        let (out, err) = newsroom.done(args);
        assert_eq!(out, "");
        err
    };
    let old = "https://n.example/old";
    let pinned = say(&["edition", "pin", "times", old, "--by", "mia"]);
    assert!(pinned.contains("is now pinned in daily 2026-11-26\nit holds for 2 waves; the first one freezes at 2026-11-26 06:50 Europe/Berlin"), "{pinned}");
    assert!(say(&["edition", "pin", "times", "13"]).contains("already, by mia"));
    assert!(say(&["edition", "ban", "times", "13"]).contains("the ban outweighs the pin"));
    assert!(
        say(&["edition", "lead", "times", "13"])
            .contains("hint: `courant edition ban times 13 --undo`")
    );
    assert!(say(&["edition", "ban", "times", "13", "--undo"]).contains("it is pinned again"));
    assert!(say(&["edition", "lead", "times", "13", "--undo"]).contains("no longer opens"));
    say(&["edition", "lead", "times", "2"]);
    assert!(say(&["edition", "lead", "times", "4"]).contains("it replaces story 2 as the lead"));
    assert!(say(&["edition", "ban", "times", "11"]).contains("is now banned from"));
    say(&["edition", "subject", "times", "Storm at sea"]);
    say(&["edition", "subject", "times", "Calm at sea"]);
    assert!(say(&["edition", "subject", "times", "--undo"]).contains("is now `Storm at sea`"));
    let decided = newsroom.json(&["edition", "decisions", "times", "--json"], 0);
    let states: Vec<&str> = decided
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|d| d["state"].as_str())
        .collect();
    let (back, now) = ("taken back", "in force");
    assert_eq!(
        states,
        [now, back, back, "", "", "replaced", now, now, now, back, ""]
    );

    plan(&newsroom);
    let explained = newsroom.json(
        &["edition", "explain", "times", "--subscriber", ANN, "--json"],
        0,
    );
    let verdicts = verdicts(&explained);
    assert_eq!(verdicts["Story 11 of the harbour town today"], "banned");
    assert_eq!(verdicts["An old story of the harbour town"], "chosen");
    assert_eq!(explained["candidates"][0]["words"], "the editors' lead");
    let (letter, _) = newsroom.done(&["edition", "preview", "times", "--subscriber", ANN]);
    assert!(letter.starts_with("Subject: Storm at sea\n"), "{letter}");
    let (code, _, err) = newsroom.run(&["edition", "pin", "times", "2", "--run", RUN]);
    assert_eq!(code, 1);
    assert!(
        err.contains("every wave of daily 2026-11-26 is frozen"),
        "{err}"
    );
}

#[tokio::test]
async fn the_desk_lists_top_stories_and_weighs_stories() {
    let newsroom = three().await;
    let say = |args: &[&str]| {
        let (out, err) = newsroom.done(args);
        assert_eq!(out, "");
        err
    };
    let listed = say(&["edition", "also", "times", "5", "--by", "mia"]);
    assert!(
        listed.contains("is now on the desk's list of daily 2026-11-26\n"),
        "{listed}"
    );
    assert!(say(&["edition", "also", "times", "5"]).contains("already, by mia"));
    say(&["edition", "also", "times", "3"]);
    say(&["edition", "also", "times", "7"]);
    assert!(say(&["edition", "also", "times", "7", "--undo"]).contains("no longer on the desk's"));
    let doubled = say(&["edition", "boost", "times", "2", "200"]);
    assert!(
        doubled.contains("now counts 200 % in daily 2026-11-26\n"),
        "{doubled}"
    );
    assert!(say(&["edition", "boost", "times", "2", "200"]).contains("counts 200 % in daily"));
    assert!(say(&["edition", "boost", "times", "2", "50"]).contains("now counts 50 % in"));
    let (code, _, err) = newsroom.run(&["edition", "boost", "times", "2", "1001"]);
    assert_eq!(code, 2);
    assert!(err.contains("is not from 1 to 1000\nhint: "), "{err}");

    let decided = newsroom.json(&["edition", "decisions", "times", "--json"], 0);
    let told = decided.as_array().expect("an array").iter();
    let told: Vec<String> = told
        .map(|d| {
            format!(
                "{} {}",
                d["kind"].as_str().unwrap_or(""),
                d["state"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "also in force",
            "also in force",
            "also taken back",
            "undo ",
            "boost replaced",
            "boost in force"
        ]
    );
    let (table, _) = newsroom.done(&["edition", "decisions", "times"]);
    assert!(table.contains("50 %: Story 2 of"), "{table}");
    assert!(say(&["edition", "boost", "times", "2", "--undo"]).contains("counts as it did before"));
}

#[tokio::test]
async fn what_asks_is_shown_with_its_commands_and_released_or_dropped() {
    let newsroom = three().await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    plan(&newsroom);
    let (code, out, _) = newsroom.run(&["edition", "status", "times"]);
    assert_eq!(code, 5);
    assert!(out.starts_with("daily 2026-11-26: planned\n"), "{out}");
    assert!(
        out.contains("ASKS: 3 letters waiting for an editor's approval"),
        "{out}"
    );
    let status = newsroom.json(&["edition", "status", "times", "--json"], 5);
    assert_eq!(status["asks"][0]["reason"], "approval");
    assert_eq!(status["adds_up"], true);
    let (code, _, err) = newsroom.run(&["edition", "drop", "times"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("3 letters of daily 2026-11-26 would be given up"),
        "{err}"
    );
    newsroom.done(&["edition", "release", "times"]);
    assert_eq!(newsroom.run(&["edition", "status", "times"]).0, 0);
    assert_eq!(
        newsroom.run(&["edition", "release", "times"]).0,
        1,
        "nothing asks"
    );

    let other = three().await;
    other.done(&["list", "set", "times", "approval", "hold"]);
    plan(&other);
    other.done(&["edition", "drop", "times", "--yes"]);
    let status = other.json(&["edition", "status", "times", "--run", RUN, "--json"], 0);
    assert_eq!(status["tally"]["withheld"], 3);
    assert_eq!(status["tally"]["open"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_is_sent_followed_to_its_end_and_accounted_for() {
    let newsroom = three().await;
    let sink = sink().await;
    newsroom.configure(sink.addr());
    newsroom
        .subscriber("defer1.dan@example.org", "Europe/Berlin", None, &[])
        .await;
    // Within a newer run's time a letter of this one is not tried again, whatever the hour is.
    for (key, minutes) in [("lead_minutes", "0"), ("grace_minutes", "1")] {
        newsroom.done(&["list", "set", "times", key, minutes]);
    }
    plan(&newsroom);
    let send = ["edition", "send", "times", "--run", RUN, "--yes"];
    let (code, out, err) = newsroom.run(&send[..5]);
    assert_eq!(
        (code, out.as_str()),
        (
            2,
            "daily 2026-11-26: 4 letters would leave now\n  \
             due 2026-11-26 07:00 Europe/Berlin: 3 letters\n  \
             due 2026-11-26 12:30 Europe/Berlin: 1 letter\n"
        )
    );
    assert_eq!(err, "hint: add --yes\n");
    assert_eq!(sink.mailbox().count_accepted(), 0);
    let (out, _) = newsroom.done(&send);
    let sum = "daily 2026-11-26: planned 4 = accepted 4 + refused 0 + withheld 0 + uncertain 0 + open 0\n";
    assert_eq!(out, sum);
    assert_eq!(newsroom.done(&send).0, sum, "a second time sends nothing");
    assert_eq!(sink.mailbox().count_accepted(), 4);
    let rows = newsroom.json(&["delivery", "list", "times", "--run", RUN, "--json"], 0);
    let rows = rows.as_array().expect("an array");
    let told = |r: &Value| {
        (
            r["to"].clone(),
            r["state"].clone(),
            r["code"].clone(),
            r["attempts"].clone(),
        )
    };
    assert_eq!(
        told(&rows[0]),
        (
            json!("a***@e***.org"),
            json!("accepted"),
            json!(250),
            json!(1)
        )
    );
    assert_eq!(
        told(&rows[3]),
        (
            json!("d***@e***.org"),
            json!("accepted"),
            json!(250),
            json!(2)
        )
    );
    let explained = newsroom.json(
        &[
            "edition",
            "explain",
            "times",
            "--run",
            RUN,
            "--subscriber",
            ANN,
            "--json",
        ],
        0,
    );
    assert_eq!(
        explained["agrees"], true,
        "what was sent is explained as it was"
    );
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_letter_makes_the_send_partly_done_with_the_servers_words() {
    let newsroom = three().await;
    let sink = sink().await;
    newsroom.configure(sink.addr());
    newsroom
        .subscriber("refuse.eve@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    // Nothing is planned yet: sending plans the waves of its run, and approves them.
    let due = newsroom.json(
        &[
            "edition",
            "plan",
            "times",
            "--at",
            AT,
            "--dry-run",
            "--json",
        ],
        0,
    );
    assert_eq!(
        (&due[0]["held"], &due[0]["digests"]),
        (&json!("approval"), &json!(3))
    );
    let (code, out, _) = newsroom.run(&["edition", "send", "times", "--run", RUN, "--yes"]);
    assert_eq!(code, 6, "{out}");
    assert!(
        out.contains("planned 4 = accepted 3 + refused 1 + "),
        "{out}"
    );
    let (table, _) = newsroom.done(&[
        "delivery", "list", "times", "--run", RUN, "--state", "refused",
    ]);
    assert!(
        table.contains("r***@e***.org") && table.contains("550"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 2, "{table}");
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_another_sender_an_edition_is_followed_and_taken_over_when_that_one_ends() {
    let newsroom = three().await;
    let sink = sink().await;
    newsroom.configure(sink.addr());
    plan(&newsroom);
    let lock = OwnerLock::take(&newsroom.folder.path().join("courant.lock")).expect("the lock");
    let free_later = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        drop(lock);
    });
    let (out, err) = newsroom.done(&["edition", "send", "times", "--run", RUN, "--yes"]);
    free_later.join().expect("ended");
    let pid = std::process::id();
    let told = format!("another courant (pid {pid}) sends; following it\n");
    assert!(err.starts_with(&told), "{err}");
    assert!(out.contains("planned 3 = accepted 3 + "), "{out}");
    assert_eq!(sink.mailbox().count_accepted(), 3);
    sink.stop().await;
}
