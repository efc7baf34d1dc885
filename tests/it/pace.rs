//! Relays, lanes and alarms as an admin meets them: `config show` and `check`, `edition status`.

use serde_json::json;

use crate::support::binary::{run, typed};
use crate::support::newsroom::Newsroom;

const SECTIONS: &str = "[server]\npublic_url = \"http://127.0.0.1:8025\"\n\
     [smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n\
     [relay.backup]\nhost = \"127.0.0.1\"\nport = 2\ntls = \"none\"\npassword = \"hunter2\"\n\
     [lane.campus]\ndomains = [\"example.edu\"]\nper_minute = 60\n";

#[tokio::test]
async fn sections_with_names_are_shown_and_checked() {
    let newsroom = Newsroom::new().await;
    let file = newsroom.folder.path().join("courant.toml");
    std::fs::write(&file, SECTIONS).expect("written");
    let shown = newsroom.json(&["config", "show", "--json"], 0);
    assert_eq!(
        shown["relay.backup.port"],
        json!({"value": "2", "from": "courant.toml"})
    );
    assert_eq!(
        shown["relay.backup.messages_per_connection"],
        json!({"value": "100", "from": "default"})
    );
    assert_eq!(shown["relay.backup.password"]["value"], "(set, not shown)");
    assert_eq!(shown["lane.campus.domains"]["value"], "example.edu");
    assert_eq!(shown["delivery.deadline_hours"]["value"], "72");
    assert_eq!(
        newsroom.done(&["config", "check"]).0,
        "nothing is missing\n"
    );
    // A relay that mail could not go to in secret is named, whichever it is.
    let open = SECTIONS.replace("port = 2\n", "port = 2\nusername = \"me\"\n");
    std::fs::write(&file, open).expect("written");
    let (code, out, _) = newsroom.run(&["config", "check"]);
    assert_eq!(code, 5);
    assert!(out.starts_with("relay `backup`: "), "{out}");
    std::fs::write(&file, SECTIONS.replace("per_minute", "per_minuet")).expect("written");
    let home = newsroom.folder.path().to_str().expect("a path");
    let environment = [("COURANT_RELAY__BACKUP__HOTS", "x")];
    let (code, out, _) = run(
        typed(&["--home", home, "config", "check"], &environment),
        "",
    );
    assert_eq!(
        (code, out.as_str()),
        (
            3,
            "courant.toml, line 14: there is no option `lane.campus.per_minuet`\n  \
             hint: did you mean `lane.campus.per_minute`?\n\
             COURANT_RELAY__BACKUP__HOTS: there is no option `relay.backup.hots`\n  \
             hint: did you mean `relay.backup.host`?\n"
        )
    );
}

#[tokio::test]
async fn the_status_of_an_edition_shows_what_is_wrong_with_relays_and_providers() {
    let newsroom = Newsroom::new().await;
    let ann = "ann@example.org";
    newsroom
        .subscriber(ann, "Europe/Berlin", None, &["city"])
        .await;
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ]);
    let now = courant::clock::Clock::system().now();
    let store = newsroom.folder.store.clone();
    let raise = async |subject: &str, reason: &str| {
        let raised = store.alarm_raise(subject, reason, "the words", now).await;
        raised.expect("written");
    };
    raise("lane gmail", "rate").await;
    let status = ["edition", "status", "times"];
    let (code, out, _) = newsroom.run(&status);
    assert_eq!(code, 0, "a lane that is slowed holds nothing");
    let told = "ALARM: lane gmail, rate: the words (";
    assert!(out.contains(told), "{out}");
    raise("relay smtp", "credentials").await;
    raise("relay smtp", "credentials").await;
    let (code, out, _) = newsroom.run(&status);
    assert_eq!(code, 5, "letters wait for somebody to mend it");
    let told = "ALARM: relay smtp, credentials: the words (2 times, last ";
    assert!(out.contains(told), "{out}");
    assert!(out.contains("\n  check username and password"), "{out}");
    let status = newsroom.json(&["edition", "status", "times", "--json"], 5);
    let find = |subject: &str| {
        let alarms = status["alarms"].as_array().expect("an array");
        let found = alarms.iter().find(|alarm| alarm["subject"] == subject);
        found.expect("there").clone()
    };
    assert_eq!(find("relay smtp")["times"], 2);
    assert_eq!(find("relay smtp")["holds"], true);
    assert_eq!(find("lane gmail")["holds"], false);
    // A day later it is history, and nobody asks.
    let day = jiff::SignedDuration::from_hours(25);
    store.alarm_clear("relay smtp").await.expect("written");
    store.alarm_clear("lane gmail").await.expect("written");
    let before = now.checked_sub(day).expect("a time");
    let raised = store.alarm_raise("relay smtp", "credentials", "x", before);
    raised.await.expect("written");
    let (code, out, _) = newsroom.run(&["edition", "status", "times"]);
    assert!(code == 0 && !out.contains("ALARM"), "{out}");
}
