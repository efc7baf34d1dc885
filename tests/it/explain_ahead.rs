//! What is said of runs to come while an earlier one is planned and has not left: its stories count as
//! given, no ban takes a story out of it, and whoever gets nothing is told so. By the real clock.

use courant::domain::time::Timestamp;
use serde_json::Value;
use sqlx::Connection;

use crate::support::newsroom::Newsroom;

const ANN: &str = "ann@example.org";

/// A newsroom with stories of the last hours, and everybody's next digest planned.
struct Ahead {
    newsroom: Newsroom,
    /// The run that is planned.
    run: String,
    /// A day later.
    later: String,
    /// What Ann has.
    hers: Vec<u64>,
}

async fn ahead() -> Ahead {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    for (address, topic) in [(ANN, "city"), ("bob@example.org", "sport")] {
        newsroom.subscriber(address, zone, None, &[topic]).await;
    }
    let now = Timestamp::now();
    let ms = now.as_millisecond();
    sql(
        &newsroom,
        &format!("update article set dated_ms = {ms} - article_id * 60000"),
    )
    .await;
    let now_as_typed = now.to_string();
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", &now_as_typed]);
    let later = now + jiff::SignedDuration::from_hours(24);
    let first = explained(&newsroom, &[]);
    assert_eq!(first["planned"], true, "{first}");
    let issue = first["issue"].as_str().expect("a name");
    Ahead {
        run: issue.replace("daily ", ""),
        later: later.to_string(),
        hers: with(&first, "chosen"),
        newsroom,
    }
}

async fn sql(newsroom: &Newsroom, sql: &str) {
    let url = format!("sqlite://{}", newsroom.folder.store.path().display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
}

fn explained(newsroom: &Newsroom, rest: &[&str]) -> Value {
    let args = ["edition", "explain", "times", "--subscriber", ANN, "--json"];
    newsroom.json(&[&args[..], rest].concat(), 0)
}

/// The articles with a verdict.
fn with(explained: &Value, verdict: &str) -> Vec<u64> {
    let all = explained["candidates"].as_array().expect("an array");
    let own = all.iter().filter(|c| c["verdict"] == verdict);
    own.filter_map(|c| c["article"].as_u64()).collect()
}

#[tokio::test]
async fn what_is_planned_and_has_not_left_counts_as_given_in_the_runs_after_it() {
    let ahead = ahead().await;
    assert!(ahead.hers.len() > 2);
    let second = explained(&ahead.newsroom, &["--at", &ahead.later]);
    assert_eq!(second["planned"], false);
    let sent = with(&second, "already_sent");
    for article in &ahead.hers {
        assert!(sent.contains(article), "{article} of {second}");
    }
    let text = second.to_string();
    let named = format!("sent before, in daily {}", ahead.run);
    assert!(text.contains(&named), "{text}");
    // The same in counts.
    let article = ahead.hers[0].to_string();
    let counts = ahead.newsroom.json(
        &["article", "explain", &article, "--list", "times", "--json"],
        0,
    );
    let issues = counts["issues"].as_array().expect("an array");
    let next = issues
        .iter()
        .find(|i| i["planned"] == 0)
        .expect("the next run");
    assert_eq!(next["gets"], 0, "{counts}");
    assert!(
        next["others"]["already_sent"].as_u64() > Some(0),
        "{counts}"
    );
}

#[tokio::test]
async fn a_ban_says_which_edition_keeps_the_story_and_what_stops_that_one() {
    let ahead = ahead().await;
    let (newsroom, run) = (&ahead.newsroom, &ahead.run);
    let article = ahead.hers[0].to_string();
    let pause = format!("courant edition pause times --run {run} --cadence daily");
    let cancel = format!("courant edition cancel times --run {run} --cadence daily");
    for named in [None, Some(run)] {
        let mut args = vec!["edition", "ban", "times", &article];
        args.extend(named.iter().flat_map(|run| ["--run", run.as_str()]));
        let (code, _, err) = newsroom.run(&args);
        let kept = match named {
            None => format!("daily {run} was frozen with it and keeps it where it has it"),
            Some(run) => format!("every wave of daily {run} is frozen"),
        };
        assert_eq!(code, i32::from(named.is_some()), "{err}");
        assert!(err.contains(&kept), "{err}");
        assert!(
            err.contains(&pause) && err.contains(&format!("{cancel} --yes")),
            "{err}"
        );
        assert_eq!(
            err.contains("is now banned from daily "),
            named.is_none(),
            "{err}"
        );
        assert!(
            !err.contains(&format!("is now banned from daily {run}")),
            "{err}"
        );
    }
    let (out, _) = newsroom.done(&[
        "article", "explain", &article, "--list", "times", "--run", run,
    ]);
    assert!(
        out.contains("2 digests have it, 2 of them planned already"),
        "{out}"
    );
    assert!(
        out.contains("2 digests of these are frozen: no ban takes it out of them"),
        "{out}"
    );
    assert!(
        out.contains(&format!("`{pause}` stops their letters for now")),
        "{out}"
    );
    newsroom.done(&["edition", "cancel", "times", "--run", run, "--yes"]);
    let args = [
        "edition",
        "explain",
        "times",
        "--subscriber",
        ANN,
        "--run",
        run,
    ];
    let (out, _) = newsroom.done(&args);
    assert!(
        out.contains("cancelled: what of it has not left never will"),
        "{out}"
    );
    assert_eq!(explained(newsroom, &["--run", run])["edition"], "cancelled");
}

#[tokio::test]
async fn who_gets_nothing_is_told_so_and_why() {
    let ahead = ahead().await;
    let newsroom = &ahead.newsroom;
    let later = ["--at", ahead.later.as_str()];
    let args = ["edition", "explain", "times", "--subscriber", ANN];
    sql(newsroom, "update terms set resume_on = '2099-01-01'").await;
    let day = &ahead.later[..10];
    let (out, _) = newsroom.done(&[&args[..], &["--date", day]].concat());
    let paused = out.contains("no digest: they asked for no digest before 2099-01-01");
    assert!(paused || day == ahead.run, "{out}");
    sql(newsroom, "update terms set resume_on = null").await;
    sql(
        newsroom,
        "update subscription set standing = 'unsubscribed' where subscription_id = 1",
    )
    .await;
    let (out, _) = newsroom.done(&args);
    assert!(
        out.contains("no letter: they are unsubscribed, so that their letter does not leave"),
        "{out}"
    );
    let (out, _) = newsroom.done(&[&args[..], &later].concat());
    assert!(out.contains("no digest: they are unsubscribed"), "{out}");
    let value = explained(newsroom, &later);
    assert_eq!(value["skip"], "not_active");
    assert_eq!(with(&value, "chosen"), [0_u64; 0]);
    let article = ahead.hers[0].to_string();
    let asked = [
        "article", "explain", &article, "--list", "times", "--run", &ahead.run, "--json",
    ];
    let counts = newsroom.json(&asked, 0);
    assert_eq!(counts["issues"][0]["skipped"]["not_active"], 1, "{counts}");
    // Bob has it as a top story, or has not; Ann is in no count but the one above.
    assert_eq!(counts["issues"][0]["readers"], 2, "{counts}");
}
