//! `edition simulate`: days to come on a copy of the database, over clock changes, with nothing sent and
//! nothing changed.

use courant::domain::SubscriptionId;
use courant::press::Press;
use courant::press::rehearse::Script;
use courant::store::Store;
use serde_json::{Value, json};

use crate::support::at;
use crate::support::newsroom::Newsroom;
use crate::support::paper::Paper;

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
        let is_in = digest.is_some_and(|d| d.wave == wave) || skip.is_some_and(|s| s.0 == wave);
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
