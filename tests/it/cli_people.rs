//! Lists, topics, places and subscribers as they are typed: words, channels and exit codes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::slug::Slug;
use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::binary::courant;
use crate::support::typing::Typing;

/// A folder whose list `times` offers the topics `harbour` and `culture` and the place `port`.
struct Desk(Folder);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn empty() -> Desk {
        Desk(Folder::new("2026-11-25T05:00:00Z").await)
    }

    async fn new() -> Desk {
        let desk = Desk::empty().await;
        let zone = "home_zone=Europe/Berlin";
        desk.done(&["list", "add", "times", "--name", "The Times", zone]);
        desk.done(&["topic", "add", "harbour"]);
        desk.done(&["topic", "add", "culture", "Arts"]);
        desk.done(&["place", "add", "port"]);
        desk
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.done(args).0).unwrap()
    }

    /// A refusal prints nothing on stdout.
    fn refused(&self, args: &[&str], code: i32, error: &str, hint: &str) {
        let expected = (
            code,
            String::new(),
            format!("error: {error}\nhint: {hint}\n"),
        );
        let (is, stdout, stderr) = self.run(args);
        let stderr = stderr.replace(&*self.0.path().to_string_lossy(), "HOME");
        assert_eq!((is, stdout, stderr), expected, "{args:?}");
    }
}

#[tokio::test]
async fn a_list_is_made_whole_or_not_at_all() {
    let desk = Desk::empty().await;
    let none = "no lists yet: `courant list add SLUG --name NAME` makes one\n";
    assert_eq!(
        desk.done(&["list", "list"]),
        (String::new(), none.to_owned())
    );
    desk.refused(
        &["list", "add", "City News"],
        2,
        "`City News` is no short name: it takes 1 to 40 characters out of a-z, 0-9 and -",
        "`city-news` would do",
    );
    desk.refused(
        &["list", "add", "times", "stories=5", "storys=3"],
        2,
        "a list has no setting `storys`",
        "did you mean `stories`?",
    );
    desk.refused(
        &["list", "add", "times", "home_zone=Europe/Berln"],
        2,
        "`Europe/Berln` will not do for `home_zone`: it is not a time zone; \
         did you mean `Europe/Berlin`?",
        "IANA zone of new subscriptions, such as Europe/Berlin (default: UTC)",
    );
    desk.refused(
        &["list", "add", "times", "--cadence", "daily=61 7 * * *"],
        2,
        "minute: `61` is out of range 0 to 59",
        "write a number from 0 to 59",
    );
    desk.refused(
        &["list", "add", "times", "--cadence", "leap=0 0 30 2 *"],
        2,
        "`0 0 30 2 *` never fires: there is no such day",
        "`courant schedule next \"0 0 30 2 *\"` shows when an expression fires",
    );
    assert_eq!(desk.json(&["list", "list", "--json"]), json!([]));

    let (out, err) = desk.done(&["list", "add", "times", "--name", "The Times", "stories= 5"]);
    assert_eq!(out, "");
    assert_eq!(
        err,
        "added list `times`, daily (0 7 * * *)\nbefore a letter can leave, it needs \
         sender_address, postal_address, operators: `courant list set times KEY VALUE`\n"
    );
    desk.refused(
        &["list", "add", "times"],
        1,
        "there is already a list `times`",
        "`courant list set times KEY VALUE` changes it",
    );
}

#[tokio::test]
async fn a_list_shows_its_settings_its_next_runs_and_what_it_lacks() {
    let desk = Desk::new().await;
    desk.done(&["list", "cadence", "times", "yearly", "0 7 1 1 *"]);
    let shown = desk.json(&["list", "show", "times", "--json"]);
    assert_eq!(shown["settings"]["name"], "The Times");
    assert_eq!(shown["settings"]["stories"], "10");
    assert_eq!(shown["cadences"][1]["name"], "yearly");
    let next: Vec<_> = shown["cadences"][1]["next"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(next.len(), 3);
    let berlin = next
        .iter()
        .all(|at| at.as_str().unwrap().ends_with("-01-01T06:00:00Z"));
    assert!(berlin, "{next:?}");
    let missing = json!(["sender_address", "postal_address", "operators"]);
    assert_eq!(shown["missing_for_sending"], missing);

    let (out, err) = desk.done(&["list", "set", "times", "operators", "a@x.org,b@x.org"]);
    assert_eq!(
        (out.as_str(), err.as_str()),
        ("", "times: operators is now `a@x.org, b@x.org`\n")
    );
    let (out, err) = desk.done(&["list", "show", "times"]);
    let operators = out.lines().find(|line| line.starts_with("operators "));
    assert!(
        operators.is_some_and(|line| line.ends_with(" a@x.org, b@x.org")),
        "{out}"
    );
    assert!(out.contains("01-01 07:00 +01:00 Europe/Berlin\n"), "{out}");
    assert!(
        err.contains("it needs sender_address, postal_address:"),
        "{err}"
    );
    desk.refused(
        &["list", "set", "times", "stories", "99"],
        2,
        "`99` will not do for `stories`: it takes a whole number from 1 to 50",
        "stories that a long digest aims at, 1 to 50 (default: 10)",
    );
    desk.refused(
        &["list", "show", "tims"],
        1,
        "there is no list `tims`",
        "did you mean `times`?",
    );
    desk.refused(
        &["list", "set", "times", "language", "fr"],
        2,
        "there are no words in `fr`",
        "the languages are ar, de, en; a file `HOME/themes/words/fr.ftl` makes another",
    );
    let (_, err) = desk.done(&["list", "set", "times", "language", "ar-EG"]);
    assert_eq!(err, "times: language is now `ar-EG`\n");
    let (settings, _) = desk.done(&["list", "settings"]);
    let (help, _) = desk.done(&["list", "set", "--help"]);
    for key in ["postal_address", "uncertain", "grace_minutes"] {
        assert!(settings.contains(key) && help.contains(key), "{key}");
    }
}

#[tokio::test]
async fn a_topic_that_is_followed_goes_only_when_told_twice() {
    let desk = Desk::new().await;
    let (table, _) = desk.done(&["topic", "list"]);
    let cells: Vec<Vec<_>> = table
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    assert_eq!(
        cells,
        [
            ["TOPIC", "NAME", "FOLLOWERS"],
            ["culture", "Arts", "0"],
            ["harbour", "Harbour", "0"]
        ]
    );
    desk.done(&[
        "subscriber",
        "add",
        "times",
        "mara@example.org",
        "--topic",
        "harbour",
    ]);
    desk.refused(
        &["topic", "remove", "harbour"],
        1,
        "topic `harbour` is followed by 1 subscription",
        "`courant topic remove harbour --yes` takes it off offer all the same",
    );
    desk.done(&["topic", "rename", "harbour", "The harbour"]);
    desk.done(&["topic", "remove", "harbour", "--yes"]);
    let left = json!([{"slug": "culture", "name": "Arts", "followers": 0}]);
    assert_eq!(desk.json(&["topic", "list", "--json"]), left);
    desk.refused(
        &["topic", "rename", "cultur", "Art"],
        1,
        "there is no topic `cultur`",
        "did you mean `culture`?",
    );
    desk.refused(
        &["topic", "add", "culture"],
        1,
        "there is already a topic `culture`",
        "`courant topic rename culture NAME` renames it",
    );
    let (_, err) = desk.done(&["place", "remove", "port"]);
    assert_eq!(err, "removed place `port`\n");
    let (_, err) = desk.done(&["place", "list"]);
    assert_eq!(
        err,
        "no places yet: `courant place add SLUG NAME` makes one\n"
    );
}

#[tokio::test]
async fn a_subscriber_is_signed_up_with_what_was_typed() {
    let desk = Desk::new().await;
    desk.done(&["list", "cadence", "times", "yearly", "0 7 1 1 *"]);
    let mut args = vec!["subscriber", "add", "times", "Mara@example.org"];
    args.extend([
        "--topic",
        "harbour:8",
        "--topic",
        "culture",
        "--place",
        "port",
    ]);
    args.extend([
        "--cadence",
        "yearly",
        "--hour",
        "07:30",
        "--zone",
        "america/new_york",
    ]);
    args.extend(["--language", "de-AT", "--length", "short"]);
    let (out, err) = desk.done(&args);
    assert_eq!(err, "");
    let (stored, due) = out.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        stored,
        "subscriber  Mara@example.org\n\
         list        times\n\
         standing    active\n\
         cadence     yearly (0 7 1 1 *)\n\
         hour        07:30\n\
         zone        America/New_York\n\
         language    de-AT\n\
         length      short\n\
         images      on\n\
         topics      harbour:8, culture:5\n\
         places      port"
    );
    assert!(due.starts_with("next due    "), "{due}");
    assert!(
        due.ends_with("-01-01 07:30 -05:00 America/New_York"),
        "{due}"
    );

    let listed = desk.json(&["subscriber", "list", "times", "--json"]);
    assert_eq!(listed[0]["subscriber"], "M***@e***.org");
    let full = desk.json(&["subscriber", "list", "times", "--json", "--full"]);
    assert_eq!(full[0]["subscriber"], "Mara@example.org");
    let topics = json!([{"topic": "harbour", "weight": 8}, {"topic": "culture", "weight": 5}]);
    assert_eq!(full[0]["topics"], topics);
    let paused = desk.done(&["subscriber", "list", "times", "--standing", "paused"]);
    assert_eq!(
        paused,
        (String::new(), "nobody on `times` is paused\n".to_owned())
    );
}

#[tokio::test]
async fn topics_of_which_nothing_is_wanted_stay_until_they_are_taken_back() {
    let desk = Desk::new().await;
    let set = |more: &[&'static str]| {
        let mut args = vec!["subscriber", "set", "times", "tom@example.org"];
        args.extend(more);
        desk.done(&args);
        let shown = desk.json(&["subscriber", "show", "tom@example.org", "--json"]);
        let said = &shown["subscriptions"][0];
        let topics = said["topics"].as_array().unwrap().iter();
        let topics: Vec<String> = topics
            .map(|t| t["topic"].as_str().unwrap().to_owned())
            .collect();
        (
            topics.join(" "),
            said["never"].to_string(),
            said["text_only"].clone(),
        )
    };
    desk.done(&["list", "cadence", "times", "yearly", "0 7 1 1 *"]);
    desk.done(&[
        "subscriber",
        "add",
        "times",
        "tom@example.org",
        "--topic",
        "harbour",
        "--never",
        "culture",
    ]);
    let (out, _) = desk.done(&["subscriber", "show", "tom@example.org"]);
    let never = |line: &str| line.split_whitespace().eq(["never", "culture"]);
    assert!(out.lines().any(never), "{out}");
    let plain = set(&["--text-only", "on", "--never", "harbour"]);
    assert_eq!(
        plain,
        (String::new(), r#"["harbour"]"#.to_owned(), json!(true))
    );
    let followed = set(&["--topic", "harbour:9", "--never", "culture"]);
    assert_eq!(
        (followed.0.as_str(), followed.1.as_str()),
        ("harbour", r#"["culture"]"#)
    );
    let none = set(&["--no-topics", "--text-only", "off"]);
    assert_eq!((none.0.as_str(), none.1.as_str()), ("", r#"["culture"]"#));
    assert_eq!(set(&["--no-never"]).1, "[]");
    let (code, _, err) = courant(
        desk.0.path(),
        &[
            "subscriber",
            "set",
            "times",
            "tom@example.org",
            "--never",
            "harbor",
        ],
    );
    assert!(
        code == 2 && err.contains("--never: there is no topic `harbor`"),
        "{err}"
    );
}

#[tokio::test]
async fn what_will_not_do_for_a_subscriber_is_refused_with_a_way_out() {
    let desk = Desk::new().await;
    desk.done(&["list", "cadence", "times", "alerts", "@hourly"]);
    desk.done(&["subscriber", "add", "times", "tom@example.org"]);
    let add = |more: &[&'static str]| {
        let mut args = vec!["subscriber", "add", "times", "mara@example.org"];
        args.extend(more);
        args
    };
    let cases: &[(&[&'static str], &str, &str)] = &[
        (
            &["--topic", "harbor"],
            "--topic: there is no topic `harbor`",
            "did you mean `harbour`?",
        ),
        (
            &["--topic", "x-y-z"],
            "--topic: there is no topic `x-y-z`",
            "the topics are culture, harbour",
        ),
        (
            &["--topic", "harbour:11"],
            "--topic: `harbour:11` has a weight that is not 1 to 10",
            "such as `--topic harbour:10`",
        ),
        (
            &["--zone", "Europe/Berln"],
            "`Europe/Berln` is not a time zone",
            "did you mean `Europe/Berlin`?",
        ),
        (
            &["--language", "fr-CA"],
            "there are no words in `fr-CA`",
            "the languages are ar, de, en; a file `HOME/themes/words/fr-CA.ftl` makes another",
        ),
        (
            &["--hour", "7:30"],
            "`7:30` is not a time of day",
            "write hours and minutes with two digits each, such as `07:30`",
        ),
        (
            &["--cadence", "alerts", "--hour", "07:30"],
            "the cadence `alerts` (`@hourly`) takes no hour of a subscriber's own",
            "leave the hour out, or choose a cadence whose minute and hour are one number each, \
             such as `0 7 * * *`",
        ),
        (
            &["--cadence", "weekly"],
            "`times` has no cadence `weekly`",
            "the cadences are daily, alerts",
        ),
    ];
    for (more, error, hint) in cases {
        desk.refused(&add(more), 2, error, hint);
    }
    desk.refused(
        &["subscriber", "add", "times", "TOM@example.org"],
        1,
        "`TOM@example.org` is subscribed to `times` already",
        "`courant subscriber set times TOM@example.org` changes what they asked for",
    );
    desk.refused(
        &["subscriber", "show", "mara@example.org"],
        1,
        "nobody has the address `mara@example.org`",
        "`courant subscriber add LIST mara@example.org` signs them up",
    );
    assert_eq!(
        desk.json(&["subscriber", "list", "times", "--json"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_subscriber_pauses_leaves_and_comes_back_only_by_their_wish() {
    let desk = Desk::new().await;
    let tom = "tom@example.org";
    desk.done(&[
        "subscriber",
        "add",
        "times",
        tom,
        "--topic",
        "harbour",
        "--pending",
    ]);
    let shown = || desk.json(&["subscriber", "show", tom, "--json"]);
    assert_eq!(shown()["subscriptions"][0]["standing"], "pending");
    desk.refused(
        &["subscriber", "set", "times", tom, "--resume"],
        1,
        "`tom@example.org` is pending, so --resume does not apply",
        "`--confirm` confirms them in their name",
    );
    desk.done(&["subscriber", "set", "times", tom, "--confirm"]);
    assert!(shown()["subscriptions"][0]["next_due"].is_string());
    desk.done(&["subscriber", "set", "times", tom, "--pause", "--no-topics"]);
    let paused = shown()["subscriptions"][0].clone();
    assert_eq!(
        (&paused["next_due"], &paused["topics"]),
        (&Value::Null, &json!([]))
    );
    desk.done(&["subscriber", "set", "times", tom, "--resume"]);
    assert!(shown()["subscriptions"][0]["next_due"].is_string());
    let (_, err) = desk.done(&["subscriber", "set", "times", tom]);
    assert_eq!(err, "nothing changes\n");

    let leave = ["subscriber", "unsubscribe", "times", tom];
    assert_eq!(desk.done(&leave).1, "`tom@example.org` has left `times`\n");
    assert_eq!(
        desk.done(&leave).1,
        "`tom@example.org` had left `times` already\n"
    );
    desk.refused(
        &["subscriber", "add", "times", tom],
        1,
        "`tom@example.org` has left `times`",
        "add `--rejoin` if they asked to come back",
    );
    let receipts = || -> usize {
        let shown = desk.done(&["consent", "show", tom, "--json"]).0;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let given = |r: &&serde_json::Value| r["act"] == "given";
        shown.as_array().unwrap().iter().filter(given).count()
    };
    let before = receipts();
    desk.done(&["subscriber", "add", "times", tom, "--rejoin"]);
    assert_eq!(receipts(), before + 1, "a return leaves a receipt");
    let events = shown()["events"].clone();
    let kinds: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["kind"])
        .collect();
    assert_eq!(
        kinds,
        ["confirm", "pause", "resume", "unsubscribe", "rejoin"]
    );
}

#[tokio::test]
async fn a_changed_cadence_moves_what_is_due() {
    let desk = Desk::new().await;
    let (own, default) = ("own@example.org", "default@example.org");
    desk.done(&["list", "cadence", "times", "yearly", "0 7 1 1 *"]);
    let yearly = ["--cadence", "yearly"];
    desk.done(&[&["subscriber", "add", "times", default][..], &yearly].concat());
    desk.done(
        &[
            &["subscriber", "add", "times", own, "--hour", "09:00"][..],
            &yearly,
        ]
        .concat(),
    );
    desk.refused(
        &["list", "cadence", "times", "yearly", "0 7,19 1 1 *"],
        1,
        "`0 7,19 1 1 *` takes no hour of a subscriber's own, and 1 subscription to `yearly` set one",
        "`courant list cadence times NAME \"0 7,19 1 1 *\"` adds it beside `yearly`",
    );
    let (_, err) = desk.done(&["list", "cadence", "times", "yearly", "0 8 2 1 *"]);
    assert_eq!(
        err,
        "cadence `yearly` is now `0 8 2 1 *`; next run set for 2 subscriptions\n"
    );
    for (address, expected) in [
        (default, "-01-02T08:00:00+01:00"),
        (own, "-01-02T09:00:00+01:00"),
    ] {
        let shown = desk.json(&["subscriber", "show", address, "--json"]);
        let due = shown["subscriptions"][0]["next_due"].as_str().unwrap();
        assert!(due.ends_with(expected), "{due}");
    }
    let list = desk
        .0
        .store
        .list(&Slug::parse("times").unwrap())
        .await
        .unwrap();
    assert_eq!(desk.0.store.cadences(list.id).await.unwrap().len(), 2);
}

#[test]
fn schedule_next_needs_nothing_but_its_arguments() {
    let nowhere = Path::new("/nonexistent");
    let next = |more: &[&str]| courant(nowhere, &[&["schedule", "next"][..], more].concat());
    let berlin = [
        "--tz",
        "Europe/Berlin",
        "--from",
        "2027-03-27T00:00:00Z",
        "--count",
        "3",
    ];
    assert_eq!(
        next(&[&["30 2 * * *", "--json"][..], &berlin].concat()),
        (
            0,
            "[\"2027-03-27T01:30:00Z\",\"2027-03-28T01:00:00Z\",\"2027-03-29T00:30:00Z\"]\n"
                .to_owned(),
            String::new()
        )
    );
    assert_eq!(
        next(&[&["30 2 * * *"][..], &berlin].concat()).1,
        "Sat 2027-03-27 02:30 +01:00 Europe/Berlin\n\
         Sun 2027-03-28 03:00 +02:00 Europe/Berlin\n\
         Mon 2027-03-29 02:30 +02:00 Europe/Berlin\n"
    );
    let never = next(&["0 0 30 2 *", "--json"]);
    assert_eq!(never, (0, "[]\n".to_owned(), String::new()));
    assert_eq!(next(&["0 7 * * *"]).1.lines().count(), 5);
    let refused = |more: &[&str], words: &str| {
        let (code, out, err) = next(more);
        assert_eq!((code, out.as_str(), err.as_str()), (2, "", words));
    };
    refused(
        &["0 24 * * *"],
        "error: hour: `24` is out of range 0 to 23\n\
         hint: write an hour from 0 to 23; midnight is 0\n",
    );
    refused(
        &["-1 * * * *", "--json"],
        "error: minute: `-1` is not understood\nhint: write a number from 0 to 59\n",
    );
    refused(
        &["@daily", "--tz", "Berlin"],
        "error: `Berlin` is not a time zone\nhint: did you mean `Europe/Berlin`?\n",
    );
    refused(
        &["@daily", "--from", "yesterday"],
        "error: --from: `yesterday` is not an instant\n\
         hint: write it with its offset, such as `2026-11-25T06:00:00Z`\n",
    );
}
