//! `edition simulate`: days to come on a copy of the database, over clock changes, with nothing sent and
//! nothing changed.

use courant::domain::SubscriptionId;
use courant::press::Press;
use courant::press::rehearse::Script;
use courant::store::Store;
use serde_json::{Value, json};

use crate::support::at;
use crate::support::newsroom::Newsroom;
use crate::support::paper::{Paper, after};

const ANN: &str = "ann@example.org";

async fn dump(store: &Store) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("copy.db");
    store.backup(&to).await.expect("copied");
    std::fs::read(&to).expect("read")
}

/// A newsroom with three readers, its articles and dues moved to the real present.
async fn now() -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom.subscriber(ANN, zone, None, &["city"]).await;
    newsroom
        .subscriber("bob@example.org", zone, None, &["sport"])
        .await;
    newsroom
        .subscriber("cat@example.org", "America/New_York", Some("06:30"), &[])
        .await;
    newsroom
}

#[tokio::test]
async fn days_to_come_are_tried_out_and_nothing_is_changed() {
    let newsroom = now().await;
    let before = dump(&newsroom.folder.store).await;
    let simulate = ["edition", "simulate", "times", "--days", "3", "--json"];
    let tried = newsroom.json(&simulate, 0);
    let waves = tried["waves"].as_array().expect("an array");
    assert!(waves.len() >= 4, "two hours a day, three days: {tried}");
    let people = |w: &Value| {
        let skipped = w["skipped"].as_object().expect("counts");
        let skipped: u64 = skipped.values().filter_map(Value::as_u64).sum();
        w["digests"].as_u64().expect("a number") + skipped
    };
    assert!(waves.iter().all(|w| matches!(people(w), 1 | 2)), "{tried}");
    assert!(
        dump(&newsroom.folder.store).await == before,
        "the database is as it was"
    );
    let left = std::fs::read_dir(newsroom.folder.path()).expect("read");
    let names = left.map(|f| {
        f.expect("a file")
            .file_name()
            .into_string()
            .expect("a name")
    });
    let names: Vec<String> = names.filter(|n| n.starts_with("simulation-")).collect();
    assert!(names.is_empty(), "the copy is gone: {names:?}");
    assert_eq!(
        newsroom.json(&["edition", "list", "times", "--json"], 0),
        json!([])
    );
    // The same again gives the same.
    assert_eq!(
        newsroom.json(&simulate, 0)["waves"]
            .as_array()
            .map(Vec::len),
        Some(waves.len())
    );
}

#[tokio::test]
async fn repeated_weeks_bring_stories_sponsors_and_a_busiest_minute() {
    let paper = Paper::due_in(40).await;
    paper.readers(&[ANN, "bob@example.org"]).await;
    let text = "[server]\npublic_url = \"http://127.0.0.1:8025\"\n";
    std::fs::write(paper.folder.path().join("courant.toml"), text).expect("written");
    let run = |args: &[&str]| crate::support::binary::courant(paper.folder.path(), args);
    let args = [
        "edition", "simulate", "times", "--days", "2", "--repeat", "--json",
    ];
    let (code, out, err) = run(&args);
    assert_eq!(code, 0, "{err}");
    let tried: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(tried["digests"], 2, "{tried}");
    assert_eq!(tried["busiest"]["letters"], 2);
    let own = [
        "edition",
        "simulate",
        "times",
        "--days",
        "2",
        "--subscriber",
        ANN,
        "--json",
    ];
    let (_, out, _) = run(&own);
    let tried: Value = serde_json::from_str(&out).expect("JSON");
    let letter = &tried["letters"][0];
    assert_eq!(letter["due"], letter["not_before"]);
    assert!(!letter["stories"].as_array().expect("stories").is_empty());
    let (code, out, err) = run(&["edition", "simulate", "times", "--days", "2"]);
    assert_eq!(code, 0);
    assert!(out.contains("tried out: no mail was sent"), "{out}");
    assert!(out.contains("busiest minute: "), "{out}");
    assert!(err.contains("hint: --repeat"), "{err}");
}

/// Due instants of a reader's waves from `start` on, by a clock that begins there.
async fn played(newsroom: &Newsroom, who: SubscriptionId, start: &str, end: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = newsroom.folder.store.rehearse(folder.path()).await;
    let copy = copy.expect("copied");
    let press = Press {
        store: copy.store().clone(),
        ..newsroom.press()
    };
    let script = Script {
        start: at(start),
        end: at(end),
        released: false,
        repeat: true,
    };
    let play = press.play(&copy, newsroom.list, script).await;
    let mut play = play.expect("begun");
    let mut dues = Vec::new();
    while let Some(played) = play.step().await.expect("played") {
        let (edition, wave) = (played.wave.edition, played.wave.id);
        let digest = copy.store().digest_of(edition, who).await.expect("read");
        let skip = copy.store().skip_of(edition, who).await.expect("read");
        let is_in = digest.is_some_and(|d| d.wave == wave) || skip.is_some_and(|s| s.wave == wave);
        if is_in && played.wave.due_at >= script.start {
            dues.push(format!("{} {}", played.run, played.wave.due_at));
        }
    }
    dues
}

#[tokio::test]
async fn over_clock_changes_everybody_gets_one_a_day_at_their_hour() {
    let newsroom = Newsroom::new().await;
    let berlin = newsroom.subscriber(ANN, "Europe/Berlin", Some("02:30"), &[]);
    let berlin = berlin.await;
    let spring = played(
        &newsroom,
        berlin,
        "2027-03-26T12:00:00Z",
        "2027-03-29T12:00:00Z",
    )
    .await;
    // There is no 02:30 on the 28th: the first valid instant after it, 03:00.
    let expected = [
        "2027-03-27 2027-03-27T01:30:00Z",
        "2027-03-28 2027-03-28T01:00:00Z",
        "2027-03-29 2027-03-29T00:30:00Z",
    ];
    assert_eq!(spring, expected);
    let autumn = played(
        &newsroom,
        berlin,
        "2027-10-30T12:00:00Z",
        "2027-11-01T12:00:00Z",
    )
    .await;
    // 02:30 comes twice on the 31st: the first time counts.
    let expected = [
        "2027-10-31 2027-10-31T00:30:00Z",
        "2027-11-01 2027-11-01T01:30:00Z",
    ];
    assert_eq!(autumn, expected);
}

#[tokio::test]
async fn what_cannot_be_tried_out_is_said() {
    let newsroom = now().await;
    for (args, code, words) in [
        (
            &["--from", "2020-01-01"][..],
            2,
            "--from: 2020-01-01 is over",
        ),
        (&["--from", "soon"], 2, "--from: `soon` is no date"),
        (&["--days", "401"], 2, "401"),
        (&["--days", "0"], 2, "0"),
        (
            &["--from", "2099-01-01"],
            2,
            "400 are tried out at the most",
        ),
        (
            &["--subscriber", "nobody@example.org"],
            1,
            "is no subscriber of `times`",
        ),
    ] {
        let (got, out, err) = newsroom.run(&[&["edition", "simulate", "times"], args].concat());
        assert_eq!((got, out.as_str()), (code, ""), "{args:?} {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
    let (code, _, err) = newsroom.run(&["edition", "simulate", "tims"]);
    assert_eq!(code, 1);
    assert!(err.contains("did you mean `times`?"), "{err}");
    // Nobody reads it: an empty answer, not a failure.
    let empty = Newsroom::new().await;
    let (out, err) = empty.done(&["edition", "simulate", "times", "--days", "1"]);
    assert!(out.contains("tried out"), "{out}");
    assert!(err.contains("nobody is due in these days"), "{err}");
}

#[tokio::test]
async fn a_copy_that_a_killed_simulation_left_goes_at_the_next_command() {
    let newsroom = now().await;
    let home = newsroom.folder.path();
    let folder = |name: &str| home.join(name);
    let make = |name: &str| {
        std::fs::create_dir(folder(name)).expect("made");
        std::fs::write(folder(name).join("rehearsal.db"), "addresses").expect("written");
        std::fs::File::create(folder(name).join("lock")).expect("made")
    };
    drop(make("simulation-dead"));
    let held = make("simulation-held");
    held.try_lock().expect("locked");
    std::fs::create_dir(folder("simulation-begun")).expect("made");
    newsroom.done(&["list", "list"]);
    assert!(!folder("simulation-dead").exists());
    assert!(folder("simulation-held").exists(), "somebody tries it out");
    assert!(
        folder("simulation-begun").exists(),
        "it has nothing in it yet"
    );
    drop(held);
    newsroom.done(&["list", "list"]);
    assert!(!folder("simulation-held").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_simulation_that_is_told_to_stop_takes_its_copy_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let newsroom = now().await;
    let home = newsroom.folder.path().to_owned();
    let copies = || {
        let found = std::fs::read_dir(&home).expect("read").flatten();
        let named =
            |e: &std::fs::DirEntry| e.file_name().to_string_lossy().starts_with("simulation-");
        found.filter(named).map(|e| e.path()).collect::<Vec<_>>()
    };
    let text = home.to_str().expect("UTF-8");
    let args = [
        "--home", text, "edition", "simulate", "times", "--days", "399", "--repeat",
    ];
    let mut command = crate::support::binary::typed(&args, &[]);
    command.stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("starts");
    let db = loop {
        if let Some(copy) = copies().first().map(|c| c.join("rehearsal.db"))
            && copy.exists()
        {
            break copy;
        }
        tokio::task::yield_now().await;
    };
    let mode = std::fs::metadata(db.parent().expect("a folder"));
    assert_eq!(mode.expect("read").permissions().mode() & 0o777, 0o700);
    let pid = child.id().to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(told.expect("told").success());
    let out = child.wait_with_output().expect("ends");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped: nothing was changed"), "{said}");
    assert_eq!(copies(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn who_comes_back_from_a_pause_gets_the_best_of_it() {
    let now = courant::clock::Clock::system().now();
    let daily = courant::domain::time::CronExpr::parse("0 7 * * *").expect("cron");
    let zone = courant::domain::time::Zone::utc();
    let due = daily
        .next_after(after(now, 120), &zone, None)
        .expect("a run");
    // Its articles come an hour before the first run.
    let paper = Paper::new(due.at, "0 7 * * *").await;
    paper.readers(&[ANN]).await;
    let text = "[server]\npublic_url = \"http://127.0.0.1:8025\"\n";
    std::fs::write(paper.folder.path().join("courant.toml"), text).expect("written");
    let run = |args: &[&str]| crate::support::binary::courant(paper.folder.path(), args);
    let back = due.run.date().checked_add(jiff::Span::new().days(5));
    let back = back.expect("a day").to_string();
    let pause = ["subscriber", "set", "times", ANN, "--pause-until", &back];
    let (code, _, said) = run(&pause);
    assert_eq!(code, 0, "{said}");
    let first = || {
        let args = [
            "edition",
            "simulate",
            "times",
            "--days",
            "8",
            "--subscriber",
            ANN,
            "--json",
        ];
        let (_, out, _) = run(&args);
        let tried: Value = serde_json::from_str(&out).expect("JSON");
        let letters = tried["letters"].as_array().expect("an array").clone();
        letters
            .into_iter()
            .find(|l| l["run"] == format!("daily {back}"))
            .expect("a run")
    };
    // Days older than the window and its carry-over, and the best of what came meanwhile.
    let letter = first();
    assert_eq!(
        (&letter["skip"], letter["stories"].as_array().map(Vec::len)),
        (&Value::Null, Some(5))
    );
    // No further back than the list catches up.
    let (code, ..) = run(&["list", "set", "times", "catch_up_hours", "48"]);
    assert_eq!(code, 0);
    assert_eq!(first()["skip"], "too_few_stories");
}

#[tokio::test]
async fn a_spread_that_reaches_the_next_run_is_refused_named_and_counted() {
    let now = courant::clock::Clock::system().now();
    let hourly = courant::domain::time::CronExpr::parse("0 * * * *").expect("cron");
    let zone = courant::domain::time::Zone::utc();
    let due = hourly
        .next_after(after(now, 20), &zone, None)
        .expect("a run");
    let paper = Paper::new(due.at, "0 * * * *").await;
    let people: Vec<String> = (0..12).map(|n| format!("n{n}@reader.example")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    paper.readers(&people).await;
    paper.articles("fresh", 12, after(now, -60)).await;
    let run = |args: &[&str]| crate::support::binary::courant(paper.folder.path(), args);
    let (code, _, err) = run(&["list", "set", "times", "spread_minutes", "120"]);
    let words = "letters of `times` would be overtaken before they may leave: runs of `daily` \
                 (0 * * * *) come 60 min apart, and spread_minutes (120) with lead_minutes (10) takes \
                 more\n";
    let hint = "hint: `courant list set times spread_minutes 50`, or less\n";
    assert_eq!((code, err), (2, format!("error: {words}{hint}")));
    assert_eq!(run(&["list", "set", "times", "spread_minutes", "50"]).0, 0);
    let (code, _, err) = run(&["list", "cadence", "times", "half", "*/30 * * * *"]);
    assert!(code == 2 && err.contains("come 30 min apart"), "{err}");
    // From before it was refused.
    let store = paper.store();
    let set = store.list_set(paper.list, "spread_minutes", "120").await;
    set.expect("set");
    let (_, out, _) = run(&["config", "check"]);
    assert!(out.contains(words) && out.contains(hint), "{out}");
    let simulate = [
        "edition", "simulate", "times", "--days", "1", "--from", "tomorrow",
    ];
    let (code, out, err) = run(&[&simulate[..], &["--repeat", "--json"]].concat());
    assert_eq!(code, 0, "{err}");
    let tried: Value = serde_json::from_str(&out).expect("JSON");
    let overtaken = tried["overtaken"].as_u64().expect("a number");
    assert!(overtaken > 0, "{tried}");
    let waves = tried["waves"].as_array().expect("waves").iter();
    let sum: u64 = waves.filter_map(|w| w["overtaken"].as_u64()).sum();
    assert_eq!(sum, overtaken);
    let (_, out, _) = run(&[&simulate[..], &["--repeat"]].concat());
    let told = format!("OVERTAKEN: {overtaken} letters would never leave");
    assert!(out.contains(&told), "{out}");
}

#[tokio::test]
async fn a_list_that_cannot_send_yet_is_tried_out_and_its_approval_says_what_it_lacks() {
    let newsroom = Newsroom::new().await;
    newsroom.done(&["list", "add", "none", "name=None"]);
    newsroom.done(&["subscriber", "add", "none", ANN]);
    let (_, said) = newsroom.done(&["edition", "simulate", "none", "--days", "2"]);
    let note = "note: `none` cannot send yet (sender_address, postal_address, operators not set); \
                tried out as if it could\n";
    assert!(said.contains(note), "{said}");
    let (shown, _) = newsroom.done(&["list", "show", "none"]);
    assert!(!shown.contains("nobody@example.invalid"), "{shown}");
    let (_, said) = newsroom.done(&["edition", "approve", "none"]);
    let told = "but none of its letters can leave: sender_address, postal_address, operators not set\n\
                hint: `courant list set none sender_address …`\n";
    assert!(said.contains(told), "{said}");
}
