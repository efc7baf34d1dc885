//! The right minute, as somebody types it: days without a run, pauses, approvals, embargoes, and what
//! no clock or calendar may do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::clock::Clock;
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::subscriber::NewSubscription;
use courant::domain::time::{Date, Timestamp};
use courant::sink::{Sink, SinkSettings};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::Folder;
use crate::support::binary::{self, Said, typed};
use crate::support::newsroom::Newsroom;
use crate::support::paper::{Paper, after, slug};

/// A data folder with the list `times`, due daily at 07:00 UTC, and one subscriber.
struct Desk(Folder);

impl Desk {
    async fn new() -> Desk {
        let now = Clock::system().now().to_string();
        let desk = Desk(Folder::new(&now).await);
        desk.done(&["list", "add", "times", "--name", "The Times"]);
        desk.done(&["subscriber", "add", "times", "mara@example.org"]);
        desk
    }

    fn run(&self, args: &[&str]) -> Said {
        binary::courant(self.0.path(), args)
    }

    /// A command that does what it was asked to; what it says on stderr.
    fn done(&self, args: &[&str]) -> String {
        let (code, _, stderr) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {stderr}");
        stderr
    }

    /// A command that is refused; with what it says.
    fn refused(&self, args: &[&str], code: i32) -> String {
        let (exit, stdout, stderr) = self.run(args);
        assert_eq!((exit, stdout.as_str()), (code, ""), "{args:?}: {stderr}");
        stderr
    }

    /// The day of the subscriber's next run.
    fn next(&self) -> Date {
        let shown = self.mara();
        let due = shown["next_due"].as_str().unwrap();
        due[..10].parse().unwrap()
    }

    fn mara(&self) -> Value {
        let (code, stdout, stderr) =
            self.run(&["subscriber", "show", "mara@example.org", "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let shown: Value = serde_json::from_str(&stdout).unwrap();
        shown["subscriptions"][0].clone()
    }
}

fn days(day: Date, n: i64) -> Date {
    day.checked_add(jiff::Span::new().days(n)).unwrap()
}

#[tokio::test]
async fn a_holiday_moves_whoever_is_due_on_it_and_gives_them_back() {
    let desk = Desk::new().await;
    let day = desk.next();
    let date = day.to_string();
    let add = ["list", "holiday", "add", "times", &date, "Harbour Day"];
    let said = format!(
        "`times` does not run on {date} (Harbour Day); next run moved for 1 subscription\n"
    );
    assert_eq!(desk.done(&add), said);
    assert_eq!(desk.next(), days(day, 1));
    let said = format!(
        "`times` does not run on {date} (Harbour Day); next run moved for 0 subscriptions\n"
    );
    assert_eq!(desk.done(&add), said);
    let (_, out, _) = desk.run(&["list", "holiday", "list", "times", "--json"]);
    let listed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(listed, json!([{"date": date, "name": "Harbour Day"}]));
    let from = format!("{}T12:00:00Z", days(day, -1));
    let next = [
        "schedule",
        "next",
        "0 7 * * *",
        "--from",
        &from,
        "--count",
        "1",
        "--json",
    ];
    let (_, out, _) = desk.run(&next);
    assert_eq!(out.trim(), format!("[\"{date}T07:00:00Z\"]"));
    let (_, out, _) = desk.run(&[&next[..], &["--list", "times"]].concat());
    assert_eq!(out.trim(), format!("[\"{}T07:00:00Z\"]", days(day, 1)));
    let said =
        format!("{date} is no holiday of `times` any more; next run moved for 1 subscription\n");
    assert_eq!(
        desk.done(&["list", "holiday", "remove", "times", &date]),
        said
    );
    assert_eq!(desk.next(), day);
    let again = desk.refused(&["list", "holiday", "remove", "times", &date], 1);
    assert!(
        again.contains(&format!("{date} is no holiday of `times`")),
        "{again}"
    );
    let slip = desk.refused(&["list", "holiday", "add", "times", "2027-02-29"], 2);
    assert!(
        slip.starts_with("error: `2027-02-29` is no day of the calendar\n"),
        "{slip}"
    );
}

#[tokio::test]
async fn holidays_come_out_of_a_file_whole_or_not_at_all() {
    let desk = Desk::new().await;
    let day = desk.next();
    let file = desk.0.path().join("days.txt");
    let path = file.to_str().unwrap();
    let import = ["list", "holiday", "import", "times", path];
    std::fs::write(
        &file,
        format!(
            "\u{feff}# of 2027\r\n\r\n{day}  Feast of Nets\r\n2027-13-01 no\nsoon\n{}\n",
            days(day, 1)
        ),
    )
    .unwrap();
    let said = desk.refused(&import, 1);
    assert!(
        said.contains("line 4: `2027-13-01` is no day of the calendar"),
        "{said}"
    );
    assert!(
        said.contains("line 5: `soon` is no day of the calendar"),
        "{said}"
    );
    assert!(
        said.contains("has 2 lines that will not do, and nothing is taken"),
        "{said}"
    );
    assert_eq!(desk.next(), day);
    std::fs::write(&file, format!("{day}  Feast of Nets\n\n{}\n", days(day, 1))).unwrap();
    let said = "`times` does not run on 2 days; next run moved for 1 subscription\n";
    assert_eq!(desk.done(&import), said);
    assert_eq!(desk.next(), days(day, 2));
    let (_, out, _) = desk.run(&["list", "holiday", "list", "times"]);
    assert!(out.contains("Feast of Nets"), "{out}");
    std::fs::write(&file, "# nothing\n").unwrap();
    assert!(desk.refused(&import, 1).contains("names no day"));
}

#[tokio::test]
async fn a_list_that_would_never_run_is_refused() {
    let desk = Desk::new().await;
    let all = "mon,tue,wed,thu,fri,sat,sun";
    let said = desk.refused(&["list", "set", "times", "quiet_days", all], 2);
    assert!(
        said.contains("quiet on all seven days would never run"),
        "{said}"
    );
    desk.done(&["list", "cadence", "times", "sunday", "0 9 * * sun"]);
    let said = desk.refused(&["list", "set", "times", "quiet_days", "sun"], 1);
    assert_eq!(
        said,
        "error: `times` would not run: all days of the cadence `sunday=0 9 * * sun` are closed\n\
         hint: `courant list show times` shows its quiet_days, `courant list holiday list times` \
         its holidays\n"
    );
    let said = desk.done(&["list", "set", "times", "quiet_days", "Saturday"]);
    assert!(
        said.starts_with("times: quiet_days is now `sat`; next run moved for "),
        "{said}"
    );
    let said = desk.refused(&["list", "cadence", "times", "saturday", "0 9 * * 6"], 1);
    assert!(
        said.contains("all days of the cadence `0 9 * * 6` are closed"),
        "{said}"
    );
    let add = [
        "list",
        "add",
        "argus",
        "--cadence",
        "weekly=0 7 * * 1",
        "quiet_days=mon",
    ];
    let said = desk.refused(&add, 2);
    assert!(
        said.contains("`weekly` (0 7 * * 1) runs on quiet days only"),
        "{said}"
    );
}

#[tokio::test]
async fn a_pause_until_a_day_is_the_readers_own_and_ends_by_itself_or_by_word() {
    let desk = Desk::new().await;
    let day = desk.next();
    let until = days(day, 30).to_string();
    let set = ["subscriber", "set", "times", "mara@example.org"];
    desk.done(&[&set[..], &["--pause-until", &until]].concat());
    assert_eq!(desk.next(), days(day, 30));
    assert_eq!(desk.mara()["resume_on"], until);
    assert_eq!(desk.mara()["standing"], "active");
    // Another zone, another beginning of the same day; what else is set leaves the pause alone.
    desk.done(
        &[
            &set[..],
            &["--zone", "Pacific/Kiritimati", "--hour", "00:30"],
        ]
        .concat(),
    );
    let due = desk.mara()["next_due"].as_str().unwrap().to_owned();
    assert_eq!(due, format!("{until}T00:30:00+14:00"));
    desk.done(&[&set[..], &["--zone", "UTC", "--no-hour", "--resume"]].concat());
    assert_eq!(desk.next(), day);
    assert_eq!(desk.mara()["resume_on"], Value::Null);
    for (text, words) in [
        ("2020-01-01", "2020-01-01 is not after today"),
        ("tomorrow", "`tomorrow` is no day of the calendar"),
        ("2999-01-01", "is more than 2 years ahead"),
    ] {
        let said = desk.refused(&[&set[..], &["--pause-until", text]].concat(), 2);
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn what_an_operator_let_go_is_not_said_to_wait_for_an_editor() {
    let newsroom = Newsroom::new().await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ]);
    let run = ["edition", "status", "times", "--run", "2026-11-26"];
    let waits = "not approved: without it no letter leaves";
    assert!(newsroom.run(&run).1.contains(waits));
    newsroom.done(&["edition", "release", "times", "--run", "2026-11-26"]);
    let said = newsroom.run(&run).1;
    let released = "released by an operator, and not approved by an editor\n";
    assert!(said.contains(released) && !said.contains(waits), "{said}");
}

#[tokio::test]
async fn an_edition_is_approved_before_its_plan_by_name_and_the_word_is_taken_back() {
    let newsroom = Newsroom::new().await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    for address in ["ann@example.org", "bob@example.org"] {
        newsroom
            .subscriber(address, "Europe/Berlin", None, &[])
            .await;
    }
    let status = || newsroom.run(&["edition", "status", "times"]).1;
    assert!(
        status().contains(
            "not approved: without it no letter leaves; to approve: `courant edition approve \
             times --run 2026-11-26 --cadence daily`\n"
        ),
        "{}",
        status()
    );
    let approve = ["edition", "approve", "times", "--by", "mara"];
    let (_, said) = newsroom.done(&approve);
    assert_eq!(
        said,
        "daily 2026-11-26 is approved by mara: its letters leave when they are due\n\
         kept as it is now, with 2 digests: `courant edition diff times --approved` shows what changes\n"
    );
    let (_, said) = newsroom.done(&approve);
    assert!(
        said.starts_with("daily 2026-11-26 was approved already, by mara\n"),
        "{said}"
    );
    let plan = [
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ];
    newsroom.done(&plan);
    let shown = newsroom.json(&["edition", "status", "times", "--json"], 0);
    assert_eq!(shown["approval"]["approved"]["by"], "mara");
    assert_eq!(shown["approval"]["without"], "hold");
    assert_eq!(shown["tally"]["asking"], 0);
    let (_, said) = newsroom.done(&["edition", "approve", "times", "--undo"]);
    assert_eq!(
        said,
        "the approval of daily 2026-11-26 is taken back\n\
         2 letters of it that had not left wait for another one\n"
    );
    let (code, out, _) = newsroom.run(&["edition", "status", "times"]);
    assert_eq!(code, 5);
    assert!(
        out.contains("ASKS: 2 letters waiting for an editor's approval\n"),
        "{out}"
    );
    assert!(
        out.contains("to let go: `courant edition approve times"),
        "{out}"
    );
    let (_, said) = newsroom.done(&["edition", "approve", "times"]);
    assert!(
        said.contains("2 letters that waited for it may go\n"),
        "{said}"
    );
    assert!(status().contains("approved by cli at "));
    let (code, _, said) = newsroom.run(&["edition", "approve", "times", "--run", "2020-01-01"]);
    assert_eq!(code, 1, "{said}");
    newsroom.done(&["list", "set", "times", "approval", "send_auto"]);
    let (_, said) = newsroom.done(&approve);
    assert!(
        said.contains("`times` goes without an approval as well"),
        "{said}"
    );
}

#[tokio::test]
async fn an_embargo_is_set_and_lifted_by_an_instant_still_to_come() {
    let newsroom = Newsroom::new().await;
    let until = ["article", "embargo", "1", "--until", "2099-01-01T06:00:00Z"];
    let (_, said) = newsroom.done(&until);
    assert!(
        said.starts_with("no letter that is planned from now on brings `Story 1 "),
        "{said}"
    );
    let shown = newsroom.json(&["article", "show", "1", "--json"], 0);
    assert_eq!(shown["embargo"], "2099-01-01T06:00:00Z");
    // It waits, though an editor pinned it, and says so.
    let ann = newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    assert!(ann.0 > 0);
    newsroom.done(&["article", "embargo", "2", "--until", "2099-01-01T06:00:00Z"]);
    newsroom.done(&["edition", "pin", "times", "2", "--run", "2026-11-26"]);
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ]);
    let explain = [
        "edition",
        "explain",
        "times",
        "--subscriber",
        "ann@example.org",
        "--json",
    ];
    let explained = newsroom.json(&explain, 0);
    let candidates = explained["candidates"].as_array().unwrap();
    let story = candidates.iter().find(|c| c["article"] == 2).unwrap();
    assert_eq!(story["verdict"], "embargoed", "{story}");
    newsroom.done(&["article", "embargo", "1", "--lift"]);
    let shown = newsroom.json(&["article", "show", "1", "--json"], 0);
    assert_eq!(shown["embargo"], Value::Null);
    for (args, code, words) in [
        (&["1", "--until", "2020-01-01T00:00:00Z"][..], 2, "is past"),
        (&["1", "--until", "soon"], 2, "`soon` is not an instant"),
        (&["999", "--lift"], 1, "999"),
        (&["1"], 2, "--until"),
    ] {
        let (exit, _, said) = newsroom.run(&[&["article", "embargo"], args].concat());
        assert_eq!(exit, code, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_zone_that_the_tzdb_dropped_stops_nobody_else_and_is_named() {
    let paper = Paper::due_in(5).await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    paper
        .sql("update terms set zone = 'Europe/Atlantis' where subscription_id = 1")
        .await;
    let home = paper.folder.path();
    let (code, _, said) = binary::courant(home, &["edition", "plan", "times"]);
    assert_eq!(code, 0, "{said}");
    let (_, out, said) = binary::courant(home, &["edition", "status", "times"]);
    assert!(out.contains("planned 1 = "), "{out}{said}");
    assert!(out.contains("skipped 1: unknown zone\n"), "{out}");
    let (_, out, _) = binary::courant(home, &["subscriber", "show", "mia@reader.example"]);
    assert!(
        out.contains("Europe/Atlantis (the tzdb has no such zone: nothing is sent)"),
        "{out}"
    );
    let set = [
        "subscriber",
        "set",
        "times",
        "mia@reader.example",
        "--zone",
        "Europe/Berlin",
    ];
    let (code, _, said) = binary::courant(home, &set);
    assert_eq!(code, 0, "{said}");
    paper
        .sql("update list_setting set value = 'Europe/Atlantis' where key = 'home_zone'")
        .await;
    paper.sql("insert into list_setting (list_id, key, value) values (1, 'home_zone', 'Europe/Atlantis') on conflict do nothing").await;
    let set = ["list", "set", "times", "home_zone", "Europe/Berlin"];
    let (code, _, said) = binary::courant(home, &set);
    assert_eq!(code, 0, "{said}");
}

#[tokio::test]
async fn hours_and_days_that_are_none_are_refused_and_leap_days_come() {
    let desk = Desk::new().await;
    let add = [
        "subscriber",
        "add",
        "times",
        "otto@example.org",
        "--hour",
        "25:00",
    ];
    let said = desk.refused(&add, 2);
    assert!(said.contains("`25:00`"), "{said}");
    let never = desk.refused(&["list", "cadence", "times", "never", "0 7 30 2 *"], 2);
    assert!(
        never.contains("never fires: there is no such day"),
        "{never}"
    );
    desk.done(&["list", "cadence", "times", "leap", "0 7 29 2 *"]);
    let next = [
        "schedule",
        "next",
        "0 7 29 2 *",
        "--from",
        "2026-11-25T00:00:00Z",
        "--count",
        "2",
        "--json",
    ];
    let (_, out, _) = desk.run(&next);
    assert_eq!(
        out.trim(),
        "[\"2028-02-29T07:00:00Z\",\"2032-02-29T07:00:00Z\"]"
    );
    desk.done(&["topic", "add", "harbour"]);
    let weight = [
        "subscriber",
        "set",
        "times",
        "mara@example.org",
        "--topic",
        "harbour:0",
    ];
    let said = desk.refused(&weight, 2);
    assert!(
        said.contains("`harbour:0` has a weight that is not 1 to 10"),
        "{said}"
    );
}

#[tokio::test]
async fn five_hundred_topics_are_too_many_and_none_are_enough() {
    let newsroom = Newsroom::new().await;
    newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    let names: Vec<String> = (0..500).map(|n| format!("topic-{n}")).collect();
    for name in &names {
        newsroom
            .folder
            .store
            .topic_add(&slug(name), name)
            .await
            .unwrap();
    }
    let mut args = vec!["subscriber", "set", "times", "ann@example.org"];
    args.extend(names.iter().flat_map(|name| ["--topic", name.as_str()]));
    let (code, _, said) = newsroom.run(&args);
    assert_eq!(
        (code, said.as_str()),
        (
            2,
            "error: --topic: 500 are more than 200\n\
             hint: name at most 200; `courant topic list` shows what there is\n"
        )
    );
    // As many as may be followed are planned like any.
    let (code, _, said) = newsroom.run(&args[..4 + 2 * 200]);
    assert_eq!(code, 0, "{said}");
    newsroom.done(&["list", "set", "times", "personal", "filter"]);
    newsroom
        .subscriber("bob@example.org", "Europe/Berlin", None, &[])
        .await;
    let plan = [
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ];
    newsroom.done(&plan);
    let (_, out, _) = newsroom.run(&["edition", "status", "times"]);
    assert!(out.contains("daily 2026-11-26: "), "{out}");
    let (_, out, _) = newsroom.run(&[
        "edition",
        "explain",
        "times",
        "--subscriber",
        "ann@example.org",
    ]);
    assert!(out.contains("Story 1 of the harbour town today"), "{out}");
}

/// Readers of a paper who are due with it.
async fn crowd(paper: &Paper, n: usize) {
    let reader = |n| paper.new_reader(&format!("reader-{n}@reader.example"));
    let new: Vec<NewSubscription> = (0..n).map(reader).collect();
    let added = paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    assert_eq!(added, n as u64);
}

#[tokio::test]
async fn two_processes_plan_one_edition_at_once() {
    let paper = Paper::due_in(5).await;
    crowd(&paper, 2_500).await;
    paper
        .sql("insert into list_setting (list_id, key, value) values (1, 'volume_guard', 'off')")
        .await;
    let home = paper.folder.path().to_str().unwrap().to_owned();
    let start = |_| {
        let mut command = typed(&["--home", &home, "edition", "plan", "times"], &[]);
        command
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let started: Vec<_> = (0..2).map(start).collect();
    for process in started {
        let out = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{said}");
        // Who finds everything planned says so, and not that it came to nothing.
        let out = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(!out.contains(": 0 digests, 0 skipped"), "{out}");
    }
    let editions = paper.store().editions(paper.list, 9).await.unwrap();
    assert_eq!(editions.len(), 1);
    let waves = paper.store().waves(editions[0].id).await.unwrap();
    assert_eq!(waves.len(), 1);
    let tally = paper.store().tally(editions[0].id).await.unwrap();
    assert_eq!((tally.planned, tally.skipped), (2_500, 0));
    let digests = paper.rows(editions[0].id).await;
    let mut ids: Vec<_> = digests.iter().map(|row| row.digest).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2_500);
}

#[tokio::test]
async fn a_cut_off_that_has_passed_freezes_at_its_own_instant() {
    let paper = Paper::due_in(5).await;
    paper.readers(&["mia@reader.example"]).await;
    // Ten minutes of lead before something due in five: the cut-off was five minutes ago.
    let (code, _, said) = binary::courant(paper.folder.path(), &["edition", "plan", "times"]);
    assert_eq!(code, 0, "{said}");
    let edition = paper.edition().await.unwrap();
    let wave = paper.store().waves(edition).await.unwrap().remove(0);
    assert_eq!(wave.cutoff_at, after(paper.due, -10));
    assert!(wave.planned_at > wave.cutoff_at);
    assert_eq!(paper.store().tally(edition).await.unwrap().planned, 1);
}

#[tokio::test]
async fn a_clock_set_back_by_a_year_plans_nothing_and_sends_nothing() {
    let next_year = after(Clock::system().now(), 365 * 24 * 60);
    let due = Timestamp::from_second(next_year.as_second()).unwrap();
    let paper = Paper::new(due, "0 7 * * *").await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let edition = paper.plan().await;
    // The clock goes back: what is planned waits for its time, whoever serves meanwhile.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let relay = Relay::new("127.0.0.1", sink.addr().port(), Tls::None);
    let back = Clock::system().now();
    let delivery = paper.delivery_over(relay, back);
    delivery.recover().await.unwrap();
    delivery.run(None, &CancellationToken::new()).await.unwrap();
    assert_eq!(sink.mailbox().messages().len(), 0);
    let home = paper.folder.path();
    let (_, out, said) = binary::courant(home, &["edition", "plan", "times"]);
    assert!(
        said.contains("the system's clock is behind") && out.is_empty(),
        "{out}{said}"
    );
    assert_eq!(
        paper.store().editions(paper.list, 9).await.unwrap().len(),
        1
    );
    let tally = paper.store().tally(edition.id).await.unwrap();
    assert_eq!((tally.planned, tally.open), (2, 2));
    let (_, out, _) = binary::courant(home, &["doctor"]);
    assert!(out.contains("clock"), "{out}");
}

#[tokio::test]
async fn letters_are_spread_after_their_wave_and_each_deadline_with_them() {
    let paper = Paper::daily().await;
    let store = paper.store();
    store
        .list_set(paper.list, "spread_minutes", "30")
        .await
        .unwrap();
    crowd(&paper, 50).await;
    let edition = paper.plan().await;
    let rows = paper.rows(edition.id).await;
    let mut places: Vec<_> = rows.iter().map(|row| row.not_before).collect();
    places.sort();
    assert!(
        places[0] >= paper.due && places[49] < after(paper.due, 30),
        "{places:?}"
    );
    places.dedup();
    assert!(places.len() > 40, "{places:?}");
    let wave = store.waves(edition.id).await.unwrap().remove(0);
    assert_eq!(
        (wave.due_at, wave.dated),
        (paper.due, paper.due),
        "one due, one Date"
    );
    // Sent by hand it leaves at once.
    store.send_now(edition.id, paper.now).await.unwrap();
    let rows = paper.rows(edition.id).await;
    assert!(rows.iter().all(|row| row.not_before == paper.now));
    let (_, out, _) = binary::courant(paper.folder.path(), &["edition", "status", "times"]);
    assert!(
        out.contains("letters leave within 30 minutes after their wave is due\n"),
        "{out}"
    );
}

#[tokio::test]
async fn who_waits_to_be_planned_is_moved_only_off_a_closed_day() {
    // A due of a subscription that waits to be planned is not moved by a calendar that leaves its day
    // open, and is where its day is closed.
    let paper = Paper::due_in(-30).await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    let home = paper.folder.path();
    let due = async || {
        let found = paper.store().subscription(reader).await.unwrap();
        found.unwrap().1.due_at
    };
    let other = days(paper.run().date(), 40).to_string();
    let (code, _, said) = binary::courant(home, &["list", "holiday", "add", "times", &other]);
    assert!(
        code == 0 && said.ends_with("moved for 0 subscriptions\n"),
        "{said}"
    );
    assert_eq!(due().await, Some(paper.due));
    let date = paper.run().date().to_string();
    let (code, _, said) = binary::courant(home, &["list", "holiday", "add", "times", &date]);
    assert!(
        code == 0 && said.ends_with("moved for 1 subscription\n"),
        "{said}"
    );
    assert!(due().await > Some(paper.due));
}

#[tokio::test]
async fn a_holiday_says_what_is_planned_for_it_already_and_what_keeps_it_back() {
    let paper = Paper::due_in(5).await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let home = paper.folder.path();
    let run = paper.run();
    let (code, _, said) = binary::courant(home, &["edition", "plan", "times"]);
    assert_eq!(code, 0, "{said}");
    let date = run.date().to_string();
    let add = ["list", "holiday", "add", "times", &date];
    let (code, _, said) = binary::courant(home, &add);
    let words = format!(
        "but 2 letters of daily {run} planned already may still leave\n\
         hint: `courant edition cancel times --run {run} --cadence daily` keeps them back\n"
    );
    assert!(code == 0 && said.ends_with(&words), "{said}");
    let cancel = [
        "edition",
        "cancel",
        "times",
        "--run",
        &date,
        "--cadence",
        "daily",
        "--yes",
    ];
    assert_eq!(binary::courant(home, &cancel).0, 0);
    let (_, _, said) = binary::courant(home, &add);
    assert!(!said.contains("planned already"), "{said}");
}

#[tokio::test]
async fn a_day_that_is_over_is_no_holiday_to_come() {
    let desk = Desk::new().await;
    let said = desk.refused(&["list", "holiday", "add", "times", "2020-12-25"], 2);
    assert!(said.starts_with("error: 2020-12-25 is over\n"), "{said}");
    let file = desk.0.path().join("days.txt");
    let import = ["list", "holiday", "import", "times", file.to_str().unwrap()];
    std::fs::write(&file, "2020-12-25 Gone\n").unwrap();
    let said = desk.refused(&import, 1);
    assert!(
        said.contains("no day of the file is still to come"),
        "{said}"
    );
    let day = days(desk.next(), 3);
    std::fs::write(&file, format!("2020-12-25 Gone\n{day} To come\n")).unwrap();
    let said = desk.done(&import);
    assert!(said.starts_with("passed over: 1 day before "), "{said}");
    assert!(
        said.contains(&format!("does not run on {day} (To come)")),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_typed_of_the_time_is_answered_with_what_would_do() {
    let desk = Desk::new().await;
    let next = ["schedule", "next", "0 7 * * *", "--tz", "CEST"];
    let said = desk.refused(&next, 2);
    assert!(said.contains("such as `Europe/Berlin`"), "{said}");
    let said = desk.refused(&["article", "embargo", "1"], 2);
    assert!(
        said.contains("--until") && said.contains("--lift"),
        "{said}"
    );
    // The place in the spread is shown, from when on the letter may leave.
    assert_eq!(desk.mara()["leaves"], desk.mara()["next_due"]);
    desk.done(&["list", "set", "times", "spread_minutes", "60"]);
    let (_, out, _) = desk.run(&["subscriber", "show", "mara@example.org"]);
    assert!(out.contains(", its place in 60 min of spread"), "{out}");
    let shown = desk.mara();
    let at = |key: &str| shown[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    let later = at("leaves").duration_since(at("next_due")).as_mins();
    assert!((0..60).contains(&later), "{shown}");
}
