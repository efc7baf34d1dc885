//! Topics, places and risks as an operator and an editor meet them: rules, the gazetteer, and words
//! that stay.

use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::typing::Typing;

/// A folder with the list `times`, the topics `elections`, `harbour` and `news`, and places.
struct Desk(Folder, jiff::Timestamp);

const PLACES: &str = "name,slug,kind,parent,aliases\n\
    Minnesota,mn,state,,MN|Minn.\nCass County,cass,county,mn,\nRemer,remer,town,cass,\n";

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn new() -> Desk {
        let folder = Folder::new("2026-11-25T05:00:00Z").await;
        let desk = Desk(folder, jiff::Timestamp::now());
        desk.done(&[
            "list",
            "add",
            "times",
            "--name",
            "The Times",
            "home_zone=UTC",
        ]);
        for topic in ["elections", "harbour", "news"] {
            desk.done(&["topic", "add", topic]);
        }
        desk
    }

    /// Hands rows in: (key, headline, summary).
    fn rows(&self, rows: &[(&str, &str, &str)]) {
        let row = |(key, headline, summary): &(&str, &str, &str)| {
            json!({"url": format!("https://n.example/{key}"), "headline": headline,
                   "summary": summary, "language": "en", "published": self.1})
            .to_string()
        };
        let text = rows.iter().map(row).collect::<Vec<_>>().join("\n");
        let path = self.file("rows.jsonl", &text);
        self.done(&["article", "import", path.to_str().expect("UTF-8")]);
    }

    fn topics(&self, article: &str) -> Vec<String> {
        let shown = self.json(&["article", "show", article]);
        let topics = shown["topics"].as_array().expect("topics").iter();
        topics
            .map(|t| t["topic"].as_str().expect("a slug").to_owned())
            .collect()
    }

    fn places(&self, article: &str) -> Vec<String> {
        let shown = self.json(&["article", "show", article]);
        let places = shown["places"].as_array().expect("places").iter();
        places
            .map(|p| {
                let text = |key: &str| p[key].as_str().expect("a text").to_owned();
                format!("{} {}", text("place"), text("evidence"))
            })
            .collect()
    }

    /// The lines of `article show` that say who labelled it.
    fn said(&self, article: &str) -> Vec<String> {
        let (out, _) = self.done(&["article", "show", article]);
        let mine = |l: &&str| {
            ["topic ", "place ", "risk "]
                .iter()
                .any(|w| l.starts_with(w))
        };
        out.lines().filter(mine).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_rule_is_tested_when_it_is_saved_and_labels_what_comes_in() {
    let desk = Desk::new().await;
    let rule = "any(election*, \"polling station*\") none(title:sport)";
    desk.refused(
        &["topic", "rule", "add", "elections", "title:(a)"],
        2,
        "error: the rule `title:(a)`: character 7: `(` stands where a word, a phrase or a group is \
         expected\nhint: for example: any(election, \"polling station*\") none(title:sport)\n",
    );
    desk.refused(
        &[
            "topic", "rule", "add", "elections", rule, "--must-match", "Voters queue",
            "--must-not-match", "Elections to the board of the sailing club",
        ],
        5,
        "error: the rule is not kept: it does not match “Voters queue”; it matches “Elections to the \
         board of the sailing club” by title “Elections”\n\
         hint: `courant topic rule test RULE` tries one on the articles of the last days\n",
    );
    assert_eq!(desk.json(&["topic", "rule", "list"]), json!([]));
    let (_, err) = desk.done(&[
        "topic",
        "rule",
        "add",
        "elections",
        rule,
        "--must-match",
        "Election day",
        "--must-not-match",
        "Sport: club elections",
    ]);
    assert_eq!(
        err,
        "kept rule 1 of the topic `elections`\n\
         `courant topic relabel --dry-run` shows what it changes in stored articles\n"
    );
    desk.rows(&[
        ("a", "City votes", "The polling stations are open."),
        ("b", "Fair opens", "It is big."),
    ]);
    assert_eq!(desk.topics("1"), ["elections"]);
    assert_eq!(desk.topics("2"), [""; 0]);
    assert_eq!(
        desk.said("1")[0],
        "topic  elections by rule: rule 1: summary “polling stations”"
    );
    let tried = desk.json(&["topic", "rule", "test", "fair"]);
    assert_eq!(tried["looked_at"], 2);
    assert_eq!(tried["matched"][0]["article"], 2);
    assert_eq!(tried["matched"][0]["why"], "title “Fair”");
    let (code, _, err) = desk.run(&["topic", "rule", "test", "1", "--must-match", "Regatta"]);
    assert_eq!(code, 5);
    assert!(
        err.contains("failed: it does not match “Regatta”\n"),
        "{err}"
    );
    desk.done(&["topic", "rule", "remove", "1"]);
    desk.refused(
        &["topic", "rule", "remove", "1"],
        1,
        "error: there is no rule `1`\nhint: `courant topic rule list` shows the rules\n",
    );
}

#[tokio::test]
async fn an_editors_word_stays_over_revisions_and_relabelling_until_it_is_taken_back() {
    let desk = Desk::new().await;
    desk.done(&["topic", "rule", "add", "elections", "vote*"]);
    desk.rows(&[("a", "City votes", "It is a long day.")]);
    assert_eq!(desk.topics("1"), ["elections"]);
    desk.done(&["article", "label", "1", "--topic", "harbour", "--by", "Ann"]);
    assert_eq!(desk.topics("1"), ["harbour"]);
    // The same again, another text, and labels made anew.
    desk.rows(&[("a", "City votes", "It is a long day.")]);
    desk.rows(&[("a", "City votes today", "The vote is over.")]);
    desk.done(&["topic", "rule", "add", "news", "vote"]);
    desk.done(&["topic", "relabel"]);
    assert_eq!(desk.topics("1"), ["harbour"]);
    let said = desk.said("1");
    assert!(
        said[0].starts_with("topic  harbour by the editor Ann, "),
        "{said:?}"
    );
    assert_eq!(
        said[1..3],
        [
            "topic  elections (an editor said otherwise) by rule: rule 1: title “votes”",
            "topic  news (an editor said otherwise) by rule: rule 2: summary “vote”"
        ]
    );
    desk.done(&["article", "label", "1", "--no-topic"]);
    assert_eq!(desk.topics("1"), [""; 0]);
    desk.done(&["article", "label", "1", "--undo"]);
    assert_eq!(desk.topics("1"), ["harbour"]);
    desk.done(&["article", "label", "1", "--undo"]);
    assert_eq!(desk.topics("1"), ["elections", "news"]);
    desk.refused(
        &["article", "label", "1", "--undo"],
        1,
        "error: nobody said anything of article 1\n\
         hint: `courant article show 1` shows who labelled it\n",
    );
    desk.refused(
        &["article", "label", "1", "--topic", "harbor"],
        1,
        "error: there is no topic `harbor`\nhint: did you mean `harbour`?\n",
    );
}

#[tokio::test]
async fn what_nobody_knows_waits_for_an_editor() {
    let desk = Desk::new().await;
    desk.rows(&[
        ("a", "City votes", "It is a long day."),
        ("b", "Fair opens", "It is big."),
    ]);
    let waiting = || {
        let rows = desk.json(&["article", "list", "--unlabelled"]);
        let rows = rows.as_array().expect("rows").iter();
        let mut ids: Vec<i64> = rows.map(|r| r["id"].as_i64().expect("an id")).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(waiting(), [1, 2]);
    desk.done(&["article", "label", "2", "--topic", "news"]);
    assert_eq!(waiting(), [1]);
    desk.done(&["topic", "rule", "add", "elections", "vote*"]);
    let would = desk.json(&["topic", "relabel", "--dry-run"]);
    let expected =
        json!([{"article": 1, "headline": "City votes", "before": [], "after": ["elections"]}]);
    assert_eq!(
        (&would["articles"], &would["changed"]),
        (&json!(2), &expected)
    );
    assert_eq!(waiting(), [1]);
    desk.done(&["topic", "relabel"]);
    assert_eq!(waiting(), [0; 0]);
    assert_eq!(desk.topics("1"), ["elections"]);
    assert_eq!(desk.json(&["topic", "relabel"])["changed"], json!([]));
    assert_eq!(desk.json(&["article", "list", "--suggested"]), json!([]));
}

#[tokio::test]
async fn the_classifier_is_heard_where_nobody_else_says_anything() {
    let desk = Desk::new().await;
    let ships = [
        "ship", "quay", "crane", "pilot", "berth", "tug", "dock", "cargo",
    ];
    let votes = [
        "ballot", "voter", "poll", "party", "seat", "mandate", "turnout", "tally",
    ];
    let text = |words: &[&str; 8], n: usize| {
        let word = |k: usize| words[(n * 3 + k * (n % 5 + 1)) % 8];
        (0..12).map(word).collect::<Vec<_>>().join(" ")
    };
    let row = |n: usize, topic: &str, words: &[&str; 8]| {
        json!({"id": n, "title": format!("{} {n}", words[n % 8]), "text": text(words, n), "topic": topic})
            .to_string()
    };
    let rows = (0..120).map(|n| match n % 2 {
        0 => row(n, "harbour", &ships),
        _ => row(n, "elections", &votes),
    });
    let rows = desk.file("train.jsonl", &rows.collect::<Vec<_>>().join("\n"));
    desk.done(&["topic", "train", rows.to_str().expect("UTF-8")]);
    let sure = (
        "ship at the quay",
        "crane pilot berth tug dock cargo ship quay crane",
    );
    let torn = ("ship and ballot", "quay voter crane poll pilot party");
    let both = [("a", sure), ("b", torn)];
    desk.rows(&both.map(|(key, (headline, summary))| (key, headline, summary)));
    for (article, (_, (title, text))) in ["1", "2"].into_iter().zip(both) {
        let row = json!({"id": article, "title": title, "text": text}).to_string();
        let file = desk.file("one.jsonl", &row);
        let said = desk.json(&["topic", "classify", file.to_str().expect("UTF-8")]);
        let all = said["topics"].as_array().expect("topics").iter();
        let score = |t: &Value| (t["score"].as_f64().expect("a score") * 1000.0).round() as i64;
        let held: Vec<&str> = all
            .filter(|t| score(t) >= 800)
            .map(|t| t["topic"].as_str().expect("a topic"))
            .collect();
        assert_eq!(desk.topics(article), held, "{said}");
    }
    assert_eq!(desk.topics("1"), ["harbour"]);
    let said = desk.said("1");
    assert!(
        said[0].starts_with("topic  harbour by classifier ."),
        "{said:?}"
    );
    desk.done(&["topic", "rule", "add", "news", "crane"]);
    desk.done(&["topic", "relabel"]);
    assert_eq!(desk.topics("1"), ["news"]);
    assert!(desk.said("1")[1].starts_with("topic  harbour (proposed) by classifier ."));
}

#[tokio::test]
async fn a_model_learns_from_editors_and_what_it_proposes_is_answered_in_one_command() {
    let desk = Desk::new().await;
    let hint = "hint: `courant article list --suggested --since 30d` and `--unlabelled` show what waits; \
                `courant article label ID --topic TOPIC` labels it\n";
    let too_few = "error: too few labels: a model takes two topics of 5 labelled articles each";
    let train = ["topic", "train", "--from-labels"];
    desk.refused(
        &train,
        1,
        &format!("{too_few}, and no editor has labelled one yet\n{hint}"),
    );
    let words = |n: usize| match n % 2 {
        0 => ("harbour", "ship quay crane pilot berth tug dock cargo"),
        _ => (
            "elections",
            "ballot voter poll party seat mandate turnout tally",
        ),
    };
    let rows: Vec<(String, String)> = (0..40)
        .map(|n| {
            let all: Vec<&str> = words(n).1.split(' ').collect();
            let some = (0..9).map(|k| all[(n / 2 * 3 + k * (n % 5 + 1)) % 8]);
            (
                format!("{} {n}", all[n / 2 % 8]),
                some.collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    let keys: Vec<String> = (0..40).map(|n| format!("k{n}")).collect();
    let each = keys.iter().zip(&rows);
    let shown: Vec<(&str, &str, &str)> = each
        .map(|(k, (title, text))| (k.as_str(), title.as_str(), text.as_str()))
        .collect();
    desk.rows(&shown);
    let label = |id: usize| {
        let topic = words(id - 1).0;
        desk.done(&["article", "label", &id.to_string(), "--topic", topic]);
    };
    (1..=8).for_each(label);
    desk.refused(
        &train,
        1,
        &format!("{too_few}; `elections` has 4, `harbour` has 4\n{hint}"),
    );
    (9..=40).for_each(label);
    let dry = desk.json(&["topic", "train", "--from-labels", "--dry-run"]);
    assert_eq!(
        (&dry["version"], &dry["model"]["rows"]),
        (&Value::Null, &json!(40))
    );
    assert_eq!(desk.json(&["topic", "model"]), json!([]));
    desk.done(&["topic", "train", "--from-labels"]);
    let (out, _) = desk.done(&["topic", "model", "1"]);
    assert!(
        out.contains("editors’ labels") && out.contains("TOP WORDS"),
        "{out}"
    );
    desk.rows(&[
        (
            "sure",
            "Ship at the quay",
            "crane pilot berth tug dock cargo ship quay crane",
        ),
        (
            "torn",
            "Ship and ballot",
            "quay voter crane poll pilot party",
        ),
    ]);
    let sure = &desk.said("41")[0];
    assert!(sure.starts_with("topic  harbour"), "{sure}");
    desk.done(&["article", "label", "41", "--refuse"]);
    assert_eq!(desk.topics("41"), [""; 0]);
    desk.done(&["article", "label", "41", "--accept"]);
    assert_eq!(desk.topics("41"), ["harbour"]);
    desk.done(&["article", "label", "41", "--undo"]);
    desk.refused(
        &["article", "label", "1", "--accept"],
        1,
        "error: nothing is proposed for article 1\nhint: `courant article list --suggested` shows where \
         something is; `--topic TOPIC` names one\n",
    );
    // A copy has the model; without it that is said, and the copy brings it back.
    let home = desk.0.path().to_owned();
    let copy = home.join("copy.db");
    let copy = copy.to_str().expect("UTF-8");
    let (out, _) = desk.done(&["backup", copy]);
    assert!(out.contains("copy.db.topic-models"), "{out}");
    let model = home.join("topic-models/0001.model");
    let bytes = std::fs::read(&model).expect("a model");
    let named = |words: &str| {
        let (code, out, err) = desk.run(&["config", "check"]);
        assert!(code == 5 && out.contains(words), "{out}{err}");
    };
    std::fs::remove_file(&model).expect("removed");
    named("version 1 of the topic model is to be used and is not in");
    std::fs::remove_dir_all(home.join("topic-models")).expect("removed");
    named("a topic model labelled articles, and there is none in");
    desk.done(&["restore", copy, "--yes"]);
    assert_eq!(std::fs::read(&model).expect("is back"), bytes);
    assert_eq!(desk.json(&["topic", "model"])[0]["in_use"], true);
}

#[tokio::test]
async fn places_are_found_with_their_evidence_and_roll_up() {
    let desk = Desk::new().await;
    desk.refused(
        &["source", "set", "import", "home", "remer"],
        1,
        "error: there is no source `import`\nhint: `courant source add SLUG` makes one\n",
    );
    let path = desk.file("places.csv", PLACES);
    let (out, _) = desk.done(&["place", "import", path.to_str().expect("UTF-8")]);
    assert_eq!(out, "3 places imported, 0 refused\n");
    let bad = desk.file("bad.csv", "name,kind\nRemer,village\nWalker,town\n");
    let (code, out, err) =
        desk.run(&["place", "import", bad.to_str().expect("UTF-8"), "--dry-run"]);
    assert_eq!(
        (code, out.as_str()),
        (6, "1 place would be imported, 1 refused\n")
    );
    assert!(
        err.contains("line 2, kind: `village` is none of town, county, state, nation"),
        "{err}"
    );
    desk.rows(&[
        ("a", "Fair opens", "REMER, Minn. — The fair opened."),
        ("b", "Fair closes", "It was big."),
    ]);
    assert_eq!(
        desk.places("1"),
        [
            "remer dateline “REMER, Minn”",
            "cass holds remer",
            "mn holds remer"
        ]
    );
    assert_eq!(desk.places("2"), [""; 0]);
    desk.done(&["source", "set", "import", "home", "remer"]);
    assert_eq!(desk.json(&["source", "show", "import"])["home"], "remer");
    desk.done(&["topic", "relabel"]);
    assert_eq!(desk.places("2")[0], "remer the source is at home there");
    desk.done(&["article", "label", "2", "--place", "cass", "--by", "Ann"]);
    desk.rows(&[("b", "Fair closes", "It was very big.")]);
    assert_eq!(desk.places("2"), ["cass said by Ann", "mn holds cass"]);
    desk.done(&["article", "label", "2", "--undo"]);
    assert_eq!(desk.places("2")[0], "remer the source is at home there");
}

#[tokio::test]
async fn risks_are_found_with_their_evidence_and_an_editors_word_stays() {
    let desk = Desk::new().await;
    desk.rows(&[(
        "a",
        "Market bombed",
        "At least 43 people were killed in the suicide bombing.",
    )]);
    let level = |category: &str| {
        let risk = desk.json(&["article", "risk", "1"]);
        let found = risk["found"].as_array().expect("a list").iter();
        let mut found = found.filter(|f| f["category"] == category);
        found
            .next()
            .map(|f| f["level"].as_str().expect("a level").to_owned())
    };
    assert_eq!(level("terrorism").as_deref(), Some("high"));
    assert_eq!(level("death").as_deref(), Some("high"));
    assert_eq!(level("gambling"), None);
    desk.done(&["article", "risk", "1", "death", "low", "--by", "Ann"]);
    desk.done(&["article", "risk", "1", "gambling", "medium"]);
    desk.rows(&[("a", "Market bombed", "A suicide bombing killed 44 people.")]);
    assert_eq!(level("death").as_deref(), Some("low"));
    assert_eq!(level("gambling").as_deref(), Some("medium"));
    let said = desk.said("1");
    assert!(
        said.contains(&"risk  death low: said by Ann".to_owned()),
        "{said:?}"
    );
    desk.done(&["article", "risk", "1", "death", "--undo"]);
    assert_eq!(level("death").as_deref(), Some("high"));
    desk.refused(
        &["article", "risk", "1", "deth", "low"],
        2,
        "error: `deth` is none of terrorism, death, war, crime, arms, hate, adult, gambling, accident, \
         drugs, alcohol, self-harm, politics\nhint: did you mean `death`?\n",
    );
}

#[tokio::test]
async fn the_page_that_reports_hundreds_of_deaths_is_high() {
    let Ok(corpus) = std::env::var("COURANT_CORPUS") else {
        eprintln!("skipped: COURANT_CORPUS is not set");
        return;
    };
    let desk = Desk::new().await;
    let folder =
        std::fs::read_dir(std::path::PathBuf::from(corpus).join("seed")).expect("the page");
    let page = folder.flatten().next().expect("a file").path();
    let (page, url) = (page.to_str().expect("UTF-8"), "https://page.example/1");
    desk.done(&["article", "import", "--page", page, "--url", url]);
    desk.done(&["source", "set", "import", "language", "en"]);
    let (_, _) = desk.done(&["article", "import", "--page", page, "--url", url]);
    let risk = desk.json(&["article", "risk", "1"]);
    for category in ["terrorism", "death"] {
        let found = risk["found"].as_array().expect("a list").iter();
        let mut found = found.filter(|f| f["category"] == category);
        assert_eq!(
            found.next().map(|f| &f["level"]),
            Some(&json!("high")),
            "{risk}"
        );
    }
}
