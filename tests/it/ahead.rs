//! Planning ahead and looking back, as somebody types it: what would be lost by it is said before it is
//! written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::clock::Clock;
use courant::domain::due::Due;
use courant::domain::slug::Slug;
use courant::domain::time::{CronExpr, Timestamp, Zone};
use serde_json::Value;

use crate::support::binary::{Said, courant};
use crate::support::paper::{Paper, after};
use crate::support::served::configure;

/// A paper with two readers who are due at the next 07:00 UTC that is not too near, by the real clock.
async fn tomorrow() -> Paper {
    let now = Clock::system().now();
    let daily = CronExpr::parse("0 7 * * *").unwrap();
    let due = daily.next_after(after(now, 30), &Zone::utc(), None);
    let paper = Paper::new(due.unwrap().at, "0 7 * * *").await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    paper.articles("fresh", 12, after(now, -60)).await;
    paper.articles("other", 12, after(now, -90)).await;
    // Nothing was written down tomorrow: the clock is right.
    paper
        .sql(
            "update article set first_seen_ms = 0 where first_seen_ms > unixepoch() * 1000; \
             update subscriber set created_ms = 0; update terms set at_ms = 0; \
             update instance set created_ms = 0",
        )
        .await;
    paper
}

fn run(paper: &Paper, args: &[&str]) -> Said {
    let plan = [&["edition", "plan", "times"], args].concat();
    courant(paper.folder.path(), &plan)
}

async fn editions(paper: &Paper) -> usize {
    paper.store().editions(paper.list, 9).await.unwrap().len()
}

#[tokio::test]
async fn a_later_digest_does_not_take_the_place_of_one_that_waits_without_a_word() {
    let paper = tomorrow().await;
    let (code, out, said) = run(&paper, &["--hours", "48", "--yes"]);
    assert!(code == 0 && out.contains(": 2 digests, "), "{out}{said}");
    assert!(!said.contains("not sent yet"), "{said}");
    let first = paper.run();
    let would =
        format!("2 letters of daily {first}, not sent yet, would be overtaken and not be sent\n");
    let later = after(paper.due, 23 * 60).to_string();
    let (code, _, said) = run(&paper, &["--at", &later, "--dry-run"]);
    assert!(code == 0 && said.contains(&would), "{said}");
    let (code, _, said) = run(&paper, &["--at", &later]);
    assert!(code == 2 && said.contains(&would), "{said}");
    let asks = "not planned: a later digest takes the place of one that waits\n\
         hint: `courant edition send times` sends what waits; --yes plans all the same\n";
    assert!(said.ends_with(asks), "{said}");
    assert_eq!(editions(&paper).await, 1, "nothing was written");
    let (code, out, said) = run(&paper, &["--at", &later, "--yes"]);
    assert!(code == 0 && out.contains(": 2 digests, "), "{out}{said}");
    let done = format!(
        "2 letters of daily {first}, not sent yet, are overtaken and will not be sent; their stories \
         are candidates again\n"
    );
    assert!(said.contains(&done), "{said}");
    assert_eq!(editions(&paper).await, 2);
}

#[tokio::test]
async fn a_plan_that_is_typed_again_does_the_rest_and_no_more() {
    let paper = tomorrow().await;
    let (code, out, said) = run(&paper, &["--hours", "48", "--yes"]);
    assert!(code == 0 && out.contains(": 2 digests, "), "{out}{said}");
    let first = paper.run();
    let left_out = format!(
        "left out: who gets 2 letters of daily {first} that have not left; their next digest would \
         overtake it\n\
         hint: `courant edition send times --run {first}` shows what waits; `courant edition plan \
         times --at TIME --yes` plans over it\n"
    );
    for args in [&["--hours", "72"][..], &["--hours", "72", "--yes"]] {
        let (code, out, said) = run(&paper, args);
        assert_eq!((code, out.as_str(), said.as_str()), (0, "", &*left_out));
    }
    // As where the first plan was killed before it came to her.
    paper.readers(&["zoe@reader.example"]).await;
    let (code, out, said) = run(&paper, &["--hours", "72", "--yes"]);
    assert!(code == 0 && out.contains(": 1 digest, "), "{out}{said}");
    assert_eq!(editions(&paper).await, 1);
    let edition = paper.edition().await.unwrap();
    let tally = paper.store().tally(edition).await.unwrap();
    assert_eq!((tally.open, tally.refused), (3, 0), "{tally:?}");
}

#[tokio::test]
async fn a_run_to_come_is_frozen_and_an_earlier_one_passed_over_only_with_a_word() {
    let paper = tomorrow().await;
    let now = Clock::system().now().to_string();
    let (code, _, said) = run(&paper, &["--at", &now, "--hours", "48"]);
    assert!(code == 2 && said.contains("not frozen: "), "{said}");
    let next = after(paper.due, 1).to_string();
    let (code, _, said) = run(&paper, &["--at", &next]);
    assert!(code == 2 && said.contains("not frozen: "), "{said}");
    let passed =
        "not planned: earlier runs of 2 subscriptions would be passed over, and bring nothing\n";
    assert!(said.contains(passed), "{said}");
    assert_eq!(editions(&paper).await, 0, "nothing was written");
    let (code, out, said) = run(&paper, &["--at", &next, "--yes"]);
    assert!(code == 0 && out.contains(": 2 digests, "), "{out}{said}");
    let note = "note: earlier runs of 2 subscriptions are passed over; the next is after these\n";
    assert!(said.contains(note), "{said}");
}

#[tokio::test]
async fn an_instant_far_from_now_is_asked_about_before_anybody_is_moved() {
    let paper = tomorrow().await;
    let due = async || {
        let args = ["subscriber", "show", "mia@reader.example", "--json"];
        let (_, out, _) = courant(paper.folder.path(), &args);
        let shown: Value = serde_json::from_str(&out).unwrap();
        let due = shown["subscriptions"][0]["next_due"].as_str().unwrap();
        due.parse::<Timestamp>().unwrap()
    };
    for (at, words) in [
        ("2099-06-01T06:00:00Z", "no run before that day would come"),
        (
            "2020-06-01T06:00:00Z",
            "would be written for runs that are over",
        ),
    ] {
        let (code, out, said) = run(&paper, &["--at", at]);
        assert_eq!(code, 2, "{out}{said}");
        assert!(
            said.contains("not planned: 20") && said.contains(words),
            "{said}"
        );
        assert!(said.contains("Digests for 2 subscriptions"), "{said}");
        let (code, _, said) = run(&paper, &["--at", at, "--dry-run"]);
        assert_eq!(code, 0, "{said}");
        assert_eq!((editions(&paper).await, due().await), (0, paper.due));
    }
    let (code, _, said) = run(&paper, &["--at", "2099-06-01T06:00:00Z", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert!(due().await > after(paper.due, 365 * 24 * 60));
    // Where it was a slip, what is said next can be typed, and leads back.
    let (code, _, said) = run(&paper, &[]);
    assert_eq!(code, 0, "{said}");
    let hint = said
        .lines()
        .find(|line| line.starts_with("hint: "))
        .unwrap();
    let typed: Vec<&str> = hint
        .trim_matches(|c| c != '`')
        .trim_matches('`')
        .split(' ')
        .collect();
    assert_eq!(typed[..5], ["courant", "edition", "plan", "times", "--at"]);
    let (code, out, said) = courant(paper.folder.path(), &typed[1..]);
    assert!(code == 0 && out.contains(": 2 digests, "), "{out}{said}");
}

#[tokio::test]
async fn a_late_run_that_serving_would_merge_is_said_to_be_so() {
    let paper = Paper::due_in(-200).await;
    paper.readers(&["mia@reader.example"]).await;
    let words = "later than the list's grace: `courant serve` merges it into the next run";
    let (_, out, _) = run(&paper, &["--dry-run"]);
    assert!(!out.contains(words), "{out}");
    paper
        .store()
        .list_set(paper.list, "late", "merge")
        .await
        .unwrap();
    let (_, out, _) = run(&paper, &["--dry-run"]);
    assert!(out.contains(words), "{out}");
}

#[tokio::test]
async fn what_is_due_later_leaves_only_if_its_run_is_named() {
    let paper = tomorrow().await;
    let home = paper.folder.path();
    configure(home, 9, 1);
    let (code, _, said) = run(&paper, &["--hours", "48", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let (run, send) = (paper.run(), ["edition", "send", "times"]);
    let (code, out, said) = courant(home, &[&send[..], &["--yes"]].concat());
    let told = format!(
        "nothing of `times` is due now\n\
         the next is daily {run}, due {run} 07:00 UTC\n\
         hint: `courant edition send times --run {run} --yes` sends it now, before its time\n"
    );
    assert_eq!((code, out.as_str(), said), (0, "", told));
    let (code, out, _) = courant(home, &[&send[..], &["--run", &run.to_string()]].concat());
    let would = format!(
        "daily {run}: 2 letters would leave now\n  due {run} 07:00 UTC: 2 letters, before its time\n"
    );
    assert_eq!((code, out), (2, would));
}

#[tokio::test]
async fn a_late_letter_that_is_merged_says_so_when_it_is_sent() {
    let paper = Paper::due_in(-200).await;
    paper.readers(&["mia@reader.example"]).await;
    let (store, home) = (paper.store(), paper.folder.path());
    store.list_set(paper.list, "late", "merge").await.unwrap();
    configure(home, 9, 1);
    let (code, out, said) = run(&paper, &[]);
    assert!(code == 0 && out.contains(": 1 digest, "), "{out}{said}");
    let (code, out, said) = courant(home, &["edition", "send", "times", "--yes"]);
    assert!(code == 6 && out.contains("withheld 1"), "{out}{said}");
    let why = format!(
        "daily {}: 1 letter withheld: merged into the next run\n",
        paper.run()
    );
    assert!(said.contains(&why), "{said}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_named_where_nothing_is_due() {
    let paper = Paper::due_in(3 * 24 * 60).await;
    paper.readers(&["mia@reader.example"]).await;
    let words = "the system's clock is behind: it shows ";
    let (_, _, said) = run(&paper, &["--dry-run"]);
    // Its articles were taken in three days from now.
    assert!(said.starts_with(words), "{said}");
    paper.plan().await;
    let (code, out, said) = run(&paper, &[]);
    assert_eq!((code, out.as_str()), (5, ""), "{said}");
    assert!(
        said.contains(words) && said.contains("hint: set the clock"),
        "{said}"
    );
    let (_, _, said) = courant(paper.folder.path(), &["edition", "status", "times"]);
    assert!(said.contains(words), "{said}");
}

#[tokio::test]
async fn a_ban_names_the_other_editions_of_its_day() {
    let paper = tomorrow().await;
    let store = paper.store();
    let (name, expr) = (
        Slug::parse("weekday").unwrap(),
        CronExpr::parse("0 7 * * *").unwrap(),
    );
    store
        .cadence_add(paper.list, &name, &expr, paper.now)
        .await
        .unwrap();
    let weekday = store.cadence(paper.list, &name).await.unwrap();
    let mut reader = paper.new_reader("wes@reader.example");
    (reader.terms.cadence, reader.cadence) = (name, weekday.id);
    reader.due = reader.due.map(|due| Due {
        cadence: weekday.id,
        ..due
    });
    store
        .subscriber_add(&reader, false, paper.now)
        .await
        .unwrap();
    let (home, run) = (paper.folder.path(), paper.run());
    let ban = ["edition", "ban", "times", "1", "--cadence"];
    let (code, _, said) = courant(home, &[&ban[..], &["daily"]].concat());
    let told = format!(
        "weekday {run} of the same day is another edition, and its 1 reader may get it\n\
         hint: `courant edition ban times 1 --run {run} --cadence weekday` bans it there too\n"
    );
    assert!(code == 0 && said.contains(&told), "{said}");
    let (_, out, said) = courant(home, &["article", "explain", "1"]);
    assert!(out.contains(&format!("weekday {run}")), "{out}{said}");
    let (code, _, said) = courant(home, &[&ban[..], &["weekday"]].concat());
    assert!(code == 0 && !said.contains("another edition"), "{said}");
}

#[tokio::test]
async fn a_minimum_above_the_target_is_refused() {
    let paper = Paper::daily().await;
    let home = paper.folder.path();
    let set = |key, value| courant(home, &["list", "set", "times", key, value]);
    let (code, _, said) = set("stories_min", "6");
    assert_eq!(
        (code, said.as_str()),
        (
            2,
            "error: stories_min (6) would be more than stories (5)\n\
             hint: a stories_min of 5 or less, or more stories\n"
        )
    );
    assert_eq!(set("stories_min", "5").0, 0);
    let (code, _, said) = set("stories", "4");
    assert!(code == 2 && said.contains("stories_min (5)"), "{said}");
    // Nothing else of a list that is so from before is refused.
    paper
        .store()
        .list_set(paper.list, "stories_min", "9")
        .await
        .unwrap();
    assert_eq!(set("topic_cap", "3").0, 0);
    let add = ["list", "add", "short", "stories=2"];
    let (code, _, said) = courant(home, &add);
    assert!(code == 2 && said.contains("stories_min (3)"), "{said}");
    assert_eq!(courant(home, &[&add[..], &["stories_min=2"]].concat()).0, 0);
}
