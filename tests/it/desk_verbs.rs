//! The desk's verbs as they are typed: places, pictures, sources that are barred, topics in order, an edition
//! on hold; each with its way back, and what each makes of a plan.

use courant::domain::picture::Shown;
use courant::domain::selection::Section;
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use serde_json::Value;

use crate::support::at;
use crate::support::newsroom::Newsroom;

const AT: &str = "2026-11-26T06:30";
const RUN: &str = "2026-11-26";

async fn newsroom() -> (Newsroom, SubscriptionId) {
    let newsroom = Newsroom::new().await;
    let ann = newsroom.subscriber("ann@example.org", "Europe/Berlin", None, &["city", "sport"]);
    let ann = ann.await;
    (newsroom, ann)
}

fn verb(newsroom: &Newsroom, verb: &str, rest: &[&str]) -> String {
    let args = [&["edition", verb, "times", "--run", RUN], rest].concat();
    newsroom.done(&args).1
}

#[tokio::test]
async fn a_story_stands_where_an_editor_puts_it_and_topics_in_their_order() {
    let (newsroom, ann) = newsroom().await;
    let said = verb(&newsroom, "order", &["sport", "city"]);
    assert!(said.contains("opens with sport, then city"), "{said}");
    // The oldest story of its topic comes first.
    let said = verb(&newsroom, "pin", &["2"]);
    assert!(said.contains("is now pinned"), "{said}");
    let said = verb(&newsroom, "move", &["2", "3"]);
    assert!(
        said.contains("now stands at place 3 of its section"),
        "{said}"
    );
    let said = verb(&newsroom, "move", &["2", "3"]);
    assert!(
        said.contains("stands at place 3") && said.contains("already"),
        "{said}"
    );
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    let digest = newsroom.folder.store.digest_of(EditionId(1), ann).await;
    let picks = digest.expect("read").expect("a digest").picks;
    let sections: Vec<&Section> = picks.iter().map(|p| &p.section).collect();
    let topic = |name: &str| {
        let is = |s: &&&Section| matches!(s, Section::Topic(t) if t.as_str() == name);
        sections.iter().position(|s| is(&s))
    };
    assert!(topic("sport") < topic("city"), "{sections:?}");
    let sport: Vec<ArticleId> = picks
        .iter()
        .filter(|p| matches!(&p.section, Section::Topic(t) if t.as_str() == "sport"))
        .map(|p| p.article)
        .collect();
    let at = sport.iter().position(|a| *a == ArticleId(2));
    assert_eq!(at, Some(2.min(sport.len() - 1)), "{sport:?}");
    let (out, _) = newsroom.done(&["edition", "check", "times", "--run", RUN]);
    assert!(out.contains("nothing is wrong"), "{out}");
}

#[tokio::test]
async fn a_picture_is_taken_away_a_source_barred_and_all_of_it_taken_back() {
    let (newsroom, _) = newsroom().await;
    let said = verb(&newsroom, "image", &["11", "none"]);
    assert!(said.contains("now has no picture"), "{said}");
    // Another story's picture is none of it, and an article without one has none to give.
    for other in ["1", "12"] {
        let args = ["edition", "image", "times", "--run", RUN, "11", other];
        let (code, _, err) = newsroom.run(&args);
        assert!(code == 1 && err.contains("another story"), "{err}");
    }
    let said = verb(&newsroom, "ban", &["1", "--scope", "source"]);
    assert!(
        said.contains("all that its source brings is now kept out"),
        "{said}"
    );
    let decided = || {
        newsroom.json(
            &["edition", "decisions", "times", "--run", RUN, "--json"],
            0,
        )
    };
    let states = |decided: &Value| -> Vec<String> {
        let all = decided.as_array().expect("an array");
        let one = |d: &Value| {
            format!(
                "{} {}",
                d["kind"].as_str().unwrap_or(""),
                d["state"].as_str().unwrap_or("")
            )
        };
        all.iter().map(one).collect()
    };
    assert_eq!(
        states(&decided()),
        ["image in force", "ban_source in force"]
    );
    let list = newsroom
        .folder
        .store
        .list_by_id(newsroom.list)
        .await
        .expect("a list");
    let edition = newsroom
        .folder
        .store
        .edition(EditionId(1))
        .await
        .expect("spoken of");
    let due = at("2026-11-26T06:00:00Z");
    let inputs = newsroom
        .press()
        .inputs(&list, Some(&edition), due, due)
        .await;
    let inputs = inputs.expect("inputs");
    let of = |n| inputs.candidates.iter().find(|c| c.article == ArticleId(n));
    assert_eq!(of(11).map(|c| &c.picture), Some(&Shown::Nothing));
    // What the wire tells too stays, and is the wire's.
    assert!(of(1).is_none() && of(14).is_some());
    assert_eq!(inputs.rules.decisions.bans.len(), 11 + 1);
    verb(&newsroom, "ban", &["1", "--scope", "source", "--undo"]);
    let said = verb(&newsroom, "image", &["11", "--undo"]);
    assert!(
        said.contains("has the picture that it had before"),
        "{said}"
    );
    let states = states(&decided());
    assert!(
        states[..2].iter().all(|s| s.ends_with("taken back")),
        "{states:?}"
    );
}

#[tokio::test]
async fn an_edition_is_put_on_hold_and_a_story_banned_for_a_day() {
    let (newsroom, _) = newsroom().await;
    let said = verb(&newsroom, "ban", &["3", "--scope", "day"]);
    assert!(
        said.contains("is now banned from daily 2026-11-26"),
        "{said}"
    );
    verb(&newsroom, "ban", &["3", "--scope", "day", "--undo"]);
    let said = verb(&newsroom, "hold", &[]);
    assert!(said.contains("daily 2026-11-26 is paused"), "{said}");
    let said = verb(&newsroom, "resume", &[]);
    assert!(said.contains("goes on"), "{said}");
    for (args, words) in [
        (
            vec!["edition", "move", "times", "--run", RUN, "3", "0"],
            "no place from 1 to 99",
        ),
        (
            vec!["edition", "order", "times", "--run", RUN, "nonsense"],
            "no topic",
        ),
    ] {
        let (code, _, err) = newsroom.run(&args);
        assert!(code != 0 && err.contains(words), "{err}");
    }
}
