//! `edition explain`, `article explain` and `edition diff`: what is said of digests that were sent and
//! of those to come, through the binary; and replays that give what is stored, whatever changed since.

use std::collections::BTreeMap;

use courant::domain::SubscriptionId;
use courant::domain::article::TopicWeight;
use courant::domain::selection::Verdict;
use courant::domain::subscriber::Length;
use courant::store::Store;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::newsroom::Newsroom;
use crate::support::paper::{Paper, after, slug};

const AT: &str = "2026-11-26T06:30";
const ANN: &str = "ann@example.org";

async fn three() -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom.subscriber(ANN, zone, None, &["city"]).await;
    newsroom
        .subscriber("bob@example.org", zone, None, &["sport"])
        .await;
    newsroom
        .subscriber("cat@example.org", zone, None, &[])
        .await;
    newsroom
}

fn plan(newsroom: &Newsroom) {
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
}

#[tokio::test]
async fn an_explanation_reads_from_the_top_with_counts_scores_and_sources() {
    let newsroom = three().await;
    plan(&newsroom);
    let explain = ["edition", "explain", "times", "--subscriber", ANN];
    let (table, err) = newsroom.done(&explain);
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some("daily 2026-11-26, due 2026-11-26 07:00 Europe/Berlin")
    );
    let sums = lines.next().expect("sums");
    assert!(
        sums.contains(" chosen; ") && sums.contains("dropped: "),
        "{sums}"
    );
    assert!(sums.contains("1 told by another article"), "{sums}");
    assert!(table.contains("The paper"), "a source by its name: {table}");
    assert!(table.contains("tells the same story"), "{table}");
    assert!(err.is_empty(), "{err}");
    let whole = newsroom.json(&[&explain[..], &["--json"]].concat(), 0);
    let candidates = whole["candidates"].as_array().expect("an array");
    let fates: Vec<&str> = candidates
        .iter()
        .filter_map(|c| c["fate"].as_str())
        .collect();
    let mut sorted = fates.clone();
    sorted.sort_by_key(|fate| {
        ["chosen", "waiting", "dropped"]
            .iter()
            .position(|f| f == fate)
    });
    assert_eq!(fates, sorted);
    let ranks: Vec<u64> = candidates
        .iter()
        .filter_map(|c| c["rank"].as_u64())
        .collect();
    assert_eq!(ranks, (1..=ranks.len() as u64).collect::<Vec<_>>());
    let sums = whole["counts"].as_object().expect("counts");
    let all: u64 = sums.values().filter_map(Value::as_u64).sum();
    assert_eq!(all, candidates.len() as u64);
    let score = &candidates[0]["score"];
    for part in [
        "wish",
        "weight",
        "quality",
        "corroboration",
        "freshness",
        "boost",
        "like",
        "total",
    ] {
        assert!(score[part].is_u64(), "{part} in {score}");
    }

    let (short, err) = newsroom.done(&[&explain[..], &["--limit", "1"]].concat());
    assert!(short.lines().count() < table.lines().count());
    assert!(
        err.contains("more are not in it; --all shows them"),
        "{err}"
    );
    let (all, err) = newsroom.done(&[&explain[..], &["--all"]].concat());
    assert_eq!((all, err.as_str()), (table, ""));
}

#[tokio::test]
async fn dates_name_runs_of_the_past_and_of_the_future_and_what_is_wrong_is_said() {
    let newsroom = three().await;
    plan(&newsroom);
    let explain = |rest: &[&str]| {
        let args = [&["edition", "explain", "times", "--subscriber"], rest].concat();
        newsroom.run(&args)
    };
    let past = explain(&[ANN, "--date", "2026-11-26", "--json"]);
    let stored: Value = serde_json::from_str(&past.1).expect("JSON");
    assert_eq!((past.0, &stored["agrees"]), (0, &json!(true)));
    let future = explain(&[ANN, "--date", "2099-01-01", "--json"]);
    let draft: Value = serde_json::from_str(&future.1).expect("JSON");
    assert_eq!(
        (&draft["planned"], &draft["agrees"]),
        (&json!(false), &Value::Null)
    );
    assert!(
        future
            .2
            .contains("a draft: nothing of daily 2099-01-01 is planned"),
        "{}",
        future.2
    );
    assert!(
        future.2.contains("warning: daily 2099-01-01 is due in ")
            && future
                .2
                .contains(" days: most of what it will bring is not there yet"),
        "{}",
        future.2
    );
    let over = explain(&[ANN, "--date", "2020-01-02", "--json"]).2;
    assert!(
        over.contains("warning: daily 2020-01-02 is over, and nothing of it was planned for them"),
        "{over}"
    );
    for (rest, code, words) in [
        (&[ANN, "--date", "2026-13-01"][..], 2, "2026-13-01"),
        (&["nobody@example.org"], 1, "is no subscriber of `times`"),
        (&["not an address"], 2, "hint: "),
        (
            &[ANN, "--date", "2026-11-26", "--run", "2026-11-26"],
            2,
            "cannot be used with",
        ),
    ] {
        let (got, out, err) = explain(rest);
        assert_eq!((got, out.as_str()), (code, ""), "{rest:?} {err}");
        assert!(err.contains(words), "{rest:?}: {err}");
    }
    let skipped = [
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-12-24T06:00",
        "--hours",
        "2",
    ];
    newsroom.done(&skipped);
    let (code, out, _) = explain(&[ANN, "--date", "2026-12-24"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("no digest: fewer unseen stories than the list's minimum of 2"),
        "{out}"
    );
    sql(&newsroom.folder.store, "update subscriber set address = null, mailbox = null, erased_ms = 1 where subscriber_id = 1").await;
    let (code, _, err) = explain(&[ANN]);
    assert_eq!(code, 1);
    assert!(
        err.contains("this subscriber was erased: nothing is kept"),
        "{err}"
    );
}

#[tokio::test]
async fn a_wave_of_another_release_is_said_to_be_one() {
    let newsroom = three().await;
    plan(&newsroom);
    sql(
        &newsroom.folder.store,
        "update content set bytes = cast(json_set(cast(bytes as text), '$.method', 1) as blob) where kind = 'rules'",
    )
    .await;
    let (_, out, _) = newsroom.run(&["edition", "explain", "times", "--subscriber", ANN]);
    assert!(
        out.contains("it was selected by method 1, this release selects by "),
        "{out}"
    );
}

async fn sql(store: &Store, sql: &'static str) {
    use sqlx::Connection;
    let url = format!("sqlite://{}", store.path().display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
}

#[tokio::test]
async fn a_story_is_explained_in_counts_and_what_stopping_it_does() {
    let newsroom = three().await;
    newsroom.done(&["list", "set", "times", "stories_min", "10"]);
    newsroom.done(&["list", "set", "times", "carry_hours", "0"]);
    plan(&newsroom);
    let story = newsroom.json(
        &[
            "article",
            "explain",
            "1",
            "--list",
            "times",
            "--run",
            "2026-11-26",
            "--json",
        ],
        0,
    );
    let issue = &story["issues"][0];
    let number = |key: &str| issue[key].as_u64().expect("a number");
    let others: u64 = issue["others"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(number("readers"), 3);
    assert_eq!(number("gets") + others, 3, "{issue}");
    assert_eq!(number("planned"), number("gets"));
    assert!(number("under_minimum") <= number("gets"));
    let (out, _) = newsroom.done(&[
        "article",
        "explain",
        "1",
        "--list",
        "times",
        "--run",
        "2026-11-26",
    ]);
    assert!(
        out.starts_with("article 1 of The paper: Story 1 of the harbour town today\n"),
        "{out}"
    );
    let old = newsroom.json(
        &[
            "article",
            "explain",
            "13",
            "--list",
            "times",
            "--run",
            "2026-11-26",
            "--json",
        ],
        0,
    );
    assert_eq!(old["issues"][0]["others"], json!({"too_old": 3}));
    for (args, code, words) in [
        (
            &["article", "explain", "999"][..],
            1,
            "hint: `courant article list",
        ),
        (
            &["article", "explain", "1", "--list", "tims"],
            1,
            "did you mean `times`?",
        ),
        (
            &["article", "explain", "1", "--run", "2026-11-26"],
            2,
            "--list",
        ),
    ] {
        let (got, out, err) = newsroom.run(args);
        assert_eq!((got, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(words), "{err}");
    }
}

#[tokio::test]
async fn stopping_a_story_counts_the_digests_that_fall_under_the_minimum() {
    // Thirteen stories and a minimum of thirteen: without one of them nobody gets a digest.
    let newsroom = three().await;
    newsroom.done(&["list", "set", "times", "stories", "13"]);
    newsroom.done(&["list", "set", "times", "stories_min", "13"]);
    newsroom.done(&["list", "set", "times", "topic_cap", "20"]);
    newsroom.done(&["list", "set", "times", "source_cap", "0"]);
    plan(&newsroom);
    let args = [
        "article",
        "explain",
        "2",
        "--list",
        "times",
        "--run",
        "2026-11-26",
    ];
    let (out, _) = newsroom.done(&args);
    assert!(
        out.contains("3 digests have it, 3 of them planned already"),
        "{out}"
    );
    assert!(
        out.contains("if it is stopped now: 3 digests fall under the minimum"),
        "{out}"
    );
}

#[tokio::test]
async fn two_runs_are_held_against_each_other_and_a_reader_sees_their_own() {
    let newsroom = three().await;
    plan(&newsroom);
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-12-24T06:00",
        "--hours",
        "2",
    ]);
    let diff = ["edition", "diff", "times", "2026-11-26", "2026-12-24"];
    let (out, _) = newsroom.done(&diff);
    assert!(out.contains("digests: 3, then 0"), "{out}");
    assert!(out.contains("skipped: 0, then 3"), "{out}");
    let value = newsroom.json(&[&diff[..], &["--json"]].concat(), 0);
    assert_eq!(
        (&value["same"], &value["digests"]),
        (&json!(false), &json!([3, 0]))
    );
    let (out, _) = newsroom.done(&["edition", "diff", "times", "2026-11-26", "2026-11-26"]);
    assert!(
        out.contains("every digest brings the same stories in the same order"),
        "{out}"
    );
    let own = newsroom.json(&[&diff[..], &["--subscriber", ANN, "--json"]].concat(), 0);
    let stories = own["stories"].as_array().expect("an array");
    assert!(
        !stories.is_empty() && stories.iter().all(|s| s["after"].is_null()),
        "{own}"
    );
    for (args, code, words) in [
        (
            &["edition", "diff", "times", "2026-11-26"][..],
            2,
            "two runs are held against each other",
        ),
        (
            &["edition", "diff", "times", "--approved"],
            1,
            "no plan of it was approved",
        ),
        (
            &["edition", "diff", "times", "2026-11-26", "2020-01-01"],
            1,
            "has no edition `2020-01-01`",
        ),
    ] {
        let (got, out, err) = newsroom.run(args);
        assert_eq!((got, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(words) && err.contains("hint: "), "{err}");
    }
}

/// Readers of all kinds.
fn wishes() -> impl Strategy<Value = Vec<(Vec<(usize, u16)>, bool)>> {
    let topics = prop::collection::vec((0..4_usize, 1..1000_u16), 0..4);
    prop::collection::vec((topics, any::<bool>()), 4..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Past digests are worked out again as they were stored, whatever changed since: settings, terms,
    /// stories, texts, decisions, and who still reads.
    #[test]
    fn replays_give_what_is_stored_whatever_changed_since(wishes in wishes(), seed in 0..1000_i64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(replayed(wishes, seed));
    }
}

async fn replayed(wishes: Vec<(Vec<(usize, u16)>, bool)>, seed: i64) {
    let paper = Paper::daily().await;
    let store = paper.store();
    let mut readers = Vec::new();
    for (n, (topics, short)) in wishes.iter().enumerate() {
        let mut new = paper.new_reader(&format!("r{n}@example.org"));
        let names = ["harbour", "culture", "sport", "weather"];
        let by_topic: BTreeMap<usize, u16> = topics.iter().copied().collect();
        let weight = |(topic, weight): (usize, u16)| TopicWeight {
            topic: slug(names[topic]),
            weight,
        };
        new.terms.topics = by_topic.into_iter().map(weight).collect();
        new.terms.length = if *short { Length::Short } else { Length::Long };
        readers.push(
            store
                .subscriber_add(&new, false, paper.now)
                .await
                .expect("added"),
        );
    }
    let mut now = paper.now;
    let mut planned = Vec::new();
    for day in 0..4_i64 {
        let stories = usize::try_from((seed + day * 7) % 5).expect("a number") + 2;
        paper
            .articles(&format!("day{day}"), stories, after(now, -90))
            .await;
        let waves = paper.plan_at(now).await;
        planned.extend(waves.into_iter().map(|w| w.edition));
        change(&paper, &readers, day, now).await;
        // Texts of today and of the day before are rewritten; what was told as one story is two.
        for (back, n) in [(0, 0), (1, 1)] {
            if day >= back {
                let dated = after(now, -90 - back * 24 * 60);
                let name = format!("day{}", day - back);
                paper.rewrite(&name, n, dated, after(now, 45)).await;
            }
        }
        now = after(now, 24 * 60);
    }
    assert!(planned.len() >= 4);
    for edition in &planned {
        for reader in &readers {
            let explained = paper
                .press()
                .explain(edition, *reader)
                .await
                .expect("explained");
            assert!(explained.agrees, "{:?} {reader:?}", edition.run);
            let chosen = explained.selection.verdicts.values();
            let chosen = chosen
                .filter(|v| matches!(v, Verdict::Chosen { .. }))
                .count();
            let stored = explained.digest.map_or(0, |d| d.picks.len());
            assert_eq!(chosen, stored);
        }
    }
}

/// Everything around a digest that was planned changes.
async fn change(
    paper: &Paper,
    readers: &[SubscriptionId],
    day: i64,
    now: courant::domain::time::Timestamp,
) {
    let store = paper.store();
    let later = after(now, 30);
    let stories = (4 + day).to_string();
    store
        .list_set(paper.list, "stories", &stories)
        .await
        .expect("set");
    store
        .list_set(paper.list, "topic_cap", "2")
        .await
        .expect("set");
    let reader = readers[usize::try_from(day).expect("a number") % readers.len()];
    let (_, subscription) = store
        .subscription(reader)
        .await
        .expect("read")
        .expect("one");
    let mut terms = subscription.terms.clone();
    terms.topics = vec![TopicWeight {
        topic: slug("sport"),
        weight: 1000,
    }];
    let due =
        courant::press::next::next_due(store, Some(reader), &terms, &paper.cadence, now).await;
    let revised = store.terms_revise(
        reader,
        &terms,
        paper.cadence.id,
        due.expect("due"),
        "test",
        later,
    );
    revised.await.expect("revised");
    // Editors merge two stories and split others; the list and its topics get other names.
    paper.sql("update article set story_id = (select min(story_id) from article) where article_id = 3").await;
    paper
        .sql(
            "insert into story (created_ms) values (1); \
         update article set story_id = (select max(story_id) from story) where article_id = 4",
        )
        .await;
    if day == 1 {
        paper
            .sql(
                "insert into story (created_ms) values (1); \
             update article set story_id = (select max(story_id) from story) where article_id = 3",
            )
            .await;
    }
    for topic in ["harbour", "culture", "sport", "weather"] {
        let name = format!("{topic} as it is called on day {day}");
        let renamed = match day {
            0 => store.topic_add(&slug(topic), &name).await,
            _ => store.topic_rename(&slug(topic), &name).await,
        };
        renamed.expect("named");
    }
    let name = format!("The Times of day {day}");
    store
        .list_set(paper.list, "name", &name)
        .await
        .expect("set");
    paper
        .sql("update list set slug = 'times-' || list_id")
        .await;
    paper.sql("update delivery set state = 'accepted' where state = 'planned' and subscription_id % 3 <> 1").await;
}

#[tokio::test]
async fn what_changed_since_an_approval_is_shown_by_story_and_by_word() {
    let newsroom = three().await;
    newsroom.done(&["edition", "subject", "times", "Calm at sea"]);
    plan(&newsroom);
    let (_, err) = newsroom.done(&[
        "edition",
        "approve",
        "times",
        "--run",
        "2026-11-26",
        "--by",
        "mia",
    ]);
    assert!(err.contains("kept as it is now, with 3 digests"), "{err}");
    let diff = ["edition", "diff", "times", "2026-11-26", "--approved"];
    let (out, _) = newsroom.done(&diff);
    assert!(
        out.contains("daily 2026-11-26 as mia approved it at "),
        "{out}"
    );
    assert!(
        out.contains("every digest brings the same stories in the same order"),
        "{out}"
    );
    // A digest is written anew without its first story.
    sql(
        &newsroom.folder.store,
        "insert into digest (wave_id, subscription_id, seq, terms_id, picks, at_ms, left_out) \
         select wave_id, subscription_id, 2, terms_id, json_remove(picks, '$[0]'), at_ms + 1, left_out \
         from digest where subscription_id = 1",
    )
    .await;
    let value = newsroom.json(&[&diff[..], &["--json"]].concat(), 0);
    let stories = value["stories"].as_array().expect("an array");
    assert_eq!(
        (stories.len(), &value["same"]),
        (1, &json!(false)),
        "{value}"
    );
    let number = |key: &str| stories[0][key].as_u64().expect("a number");
    assert_eq!(number("before"), number("after") + 1);
    let undo = [
        "edition",
        "approve",
        "times",
        "--run",
        "2026-11-26",
        "--undo",
    ];
    newsroom.done(&undo);
    let (out, _) = newsroom.done(&diff);
    let first = out.lines().next().expect("a line");
    assert!(first.contains(" as mia approved it at ") && first.ends_with(", taken back since"));
}
