//! Editors' word on stories: what it means for what readers were sent, day by day (golden), and the
//! commands by which it is given, looked at and taken back.
//!
//! Golden files are `tests/golden/stories/NAME.in`, which an editor can read and write, and `NAME.out`,
//! what each reader was brought. `COURANT_GOLDEN=accept` writes them anew. One statement a line:
//! ```text
//! reader  anna
//! article ferry times | Headline              (a text of its own)
//! article wire  post copies ferry | Headline  (the same text, edited a little)
//! merge   ferry wire                          (their stories; so in split, by the story of the first)
//! split   wire
//! undo    wire                                (the newest word that moved it)
//! pin     wire                                (in the next day's edition; likewise ban and lead)
//! day                                         (planned, and sent)
//! ```

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use courant::domain::article::{ArticleText, CanonicalUrl, NewArticle};
use courant::domain::edition::DecisionKind;
use courant::domain::selection::Verdict;
use courant::domain::time::{Run, Timestamp};
use courant::domain::{ArticleId, EditionId, SourceId, StoryId, SubscriptionId};
use courant::store::editions::NewDecision;
use courant::store::{Incoming, Store};
use serde_json::Value;

use crate::support::binary::{Said, courant};
use crate::support::paper::{Paper, after, imported};

const DAY: i64 = 24 * 60;

/// A newsroom of a golden file.
struct Newsroom {
    paper: Paper,
    day: i64,
    sources: BTreeMap<String, SourceId>,
    articles: BTreeMap<String, ArticleId>,
    texts: BTreeMap<String, String>,
    readers: Vec<(String, SubscriptionId)>,
    editions: BTreeMap<EditionId, i64>,
    out: String,
}

impl Newsroom {
    async fn new(paper: Paper) -> Newsroom {
        // Its own articles are not part of it.
        paper.sql("update article set withdrawn_ms = 1").await;
        let settings = [
            ("window_hours", "96"),
            ("source_cap", "0"),
            ("stories_min", "1"),
            ("volume_guard", "off"),
        ];
        for (key, value) in settings {
            let set = paper.store().list_set(paper.list, key, value).await;
            set.unwrap();
        }
        Newsroom {
            paper,
            day: 1,
            sources: BTreeMap::new(),
            articles: BTreeMap::new(),
            texts: BTreeMap::new(),
            readers: Vec::new(),
            editions: BTreeMap::new(),
            out: String::new(),
        }
    }

    fn store(&self) -> &Store {
        self.paper.store()
    }

    fn now(&self) -> Timestamp {
        after(self.paper.now, (self.day - 1) * DAY)
    }

    async fn source(&mut self, name: &str) -> SourceId {
        if let Some(id) = self.sources.get(name) {
            return *id;
        }
        let new = imported(name, name);
        let lists = [self.paper.list];
        let id = self.store().source_add(&new, &lists, self.now()).await;
        let id = id.unwrap();
        self.sources.insert(name.to_owned(), id);
        id
    }

    async fn article(&mut self, name: &str, source: &str, text: String, headline: &str) {
        self.texts.insert(name.to_owned(), text.clone());
        let source = self.source(source).await;
        let url = format!("https://{}.example/{name}", self.sources.len());
        let article = NewArticle {
            entry_key: url.clone(),
            url: CanonicalUrl::parse(&url, None).unwrap(),
            fragment: None,
            text: ArticleText {
                headline: headline.to_owned(),
                summary: String::new(),
                byline: String::new(),
                image: None,
                body: Some(text),
                categories: Vec::new(),
            },
            published: None,
            language: Some("en".to_owned()),
            topics: Vec::new(),
            places: Vec::new(),
        };
        let incoming = [Incoming {
            article,
            backlog: false,
            labels: None,
        }];
        let seen = after(self.now(), self.articles.len() as i64 - 120);
        let put = self.store().articles_put(source, &incoming, seen).await;
        self.articles
            .insert(name.to_owned(), put.unwrap().new_ids[0]);
    }

    async fn story(&self, name: &str) -> StoryId {
        self.store()
            .article(self.articles[name])
            .await
            .unwrap()
            .story
    }

    fn named(&self, article: ArticleId) -> &str {
        let mut all = self.articles.iter();
        all.find(|(_, id)| **id == article)
            .map_or("?", |(name, _)| name)
    }

    async fn decide(&self, kind: DecisionKind, name: &str) {
        let run = self.now().strftime("%Y-%m-%d").to_string();
        let (list, cadence) = (self.paper.list, self.paper.cadence.id);
        let run = Run::parse(&run).unwrap();
        let edition = self.store().edition_open(list, cadence, &run, self.now());
        let new = NewDecision {
            edition: edition.await.unwrap().id,
            kind,
            story: Some(self.story(name).await),
            article: Some(self.articles[name]),
            text: None,
            undoes: None,
            by: "ada".to_owned(),
        };
        self.store().decide(&new, self.now()).await.unwrap();
    }

    async fn statement(&mut self, words: &[&str], headline: &str) {
        match words {
            ["reader", name] => {
                let address = format!("{name}@reader.example");
                let mut new = self.paper.new_reader(&address);
                if let Some(due) = &mut new.due {
                    due.at = after(due.at, (self.day - 1) * DAY);
                    due.run = Run::parse(&due.at.strftime("%Y-%m-%d").to_string()).unwrap();
                }
                let id = self.store().subscriber_add(&new, false, self.now()).await;
                self.readers.push(((*name).to_owned(), id.unwrap()));
            }
            ["article", name, source] => self.article(name, source, text(name), headline).await,
            ["article", name, source, "copies", other] => {
                let copy = edited(&self.texts[*other]);
                self.article(name, source, copy, headline).await;
            }
            ["merge", into, other] => {
                let stories = [self.story(into).await, self.story(other).await];
                let merged = self.store().story_merge(&stories, "ada", self.now()).await;
                assert!(!merged.unwrap().is_empty());
            }
            ["split", names @ ..] => {
                let story = self.story(names[0]).await;
                let ids: Vec<ArticleId> = names.iter().map(|n| self.articles[*n]).collect();
                let split = self
                    .store()
                    .story_split(story, &ids, "ada", self.now())
                    .await;
                split.unwrap();
            }
            ["undo", name] => {
                let said = self
                    .store()
                    .story_words(self.story(name).await)
                    .await
                    .unwrap();
                let moved = |w: &&courant::store::story_words::StoryWord| {
                    !w.undone && w.articles.contains(&self.articles[*name])
                };
                let word = said.iter().rev().find(moved).unwrap().id;
                self.store()
                    .story_undo(word, "ada", self.now())
                    .await
                    .unwrap();
            }
            ["pin", name] => self.decide(DecisionKind::Pin, name).await,
            ["lead", name] => self.decide(DecisionKind::Lead, name).await,
            ["ban", name] => self.decide(DecisionKind::Ban, name).await,
            ["day"] => self.day().await,
            [] => {}
            other => panic!("{other:?} makes no sense"),
        }
    }

    async fn day(&mut self) {
        writeln!(self.out, "\nday {}", self.day).unwrap();
        let planned = self.paper.plan_at(self.now()).await;
        let edition = planned.first().unwrap().edition.clone();
        self.editions.insert(edition.id, self.day);
        for (name, subscription) in self.readers.clone() {
            let explained = self.paper.press().explain(&edition, subscription).await;
            let explained = explained.unwrap();
            assert!(explained.agrees, "the replay equals what was planned");
            let picks = explained.selection.picks.iter();
            let picks: Vec<String> = picks
                .map(|p| {
                    let update = if p.update { " (update)" } else { "" };
                    format!("{}{update}", self.named(p.article))
                })
                .collect();
            let brought = match picks.is_empty() {
                true => "no digest".to_owned(),
                false => picks.join(", "),
            };
            writeln!(self.out, "  {name:<6} {brought}").unwrap();
            for (article, verdict) in &explained.selection.verdicts {
                let why = match verdict {
                    Verdict::Chosen { .. } => continue,
                    Verdict::AlreadySent { edition } => {
                        format!("sent on day {}", self.editions[edition])
                    }
                    Verdict::SameStory { represented_by } => {
                        format!("same story as {}", self.named(*represented_by))
                    }
                    other => courant::cli::verdict::in_short(courant::cli::verdict::kind(other))
                        .to_owned(),
                };
                let name = self.named(*article).to_owned();
                writeln!(self.out, "         not {name}: {why}").unwrap();
            }
        }
        self.is_sound().await;
        self.paper.arrive().await;
        self.day += 1;
    }
}

impl Newsroom {
    /// The proof finds nothing in any edition, whatever was merged or split since.
    async fn is_sound(&self) {
        for edition in self.editions.keys() {
            for wave in self.store().waves(*edition).await.unwrap() {
                let mut checking = self.paper.press().checking(&wave).await.unwrap();
                let slice = checking.slice(SubscriptionId(0)).await.unwrap();
                let mut faults = checking.faults(&slice, &[]).await.unwrap();
                faults.extend(checking.whole().await.unwrap());
                assert!(faults.is_empty(), "{faults:?}");
            }
        }
    }
}

/// A text that is nobody else's.
fn text(name: &str) -> String {
    const SYLLABLES: &[&str] = &[
        "bar", "dell", "cor", "win", "hal", "mer", "tol", "rin", "ash", "vey", "lor", "pen", "gat",
        "sle", "nor", "wick", "tam", "bry", "eck", "ful",
    ];
    let mut state = name.bytes().fold(7_u64, |s, b| {
        s.wrapping_mul(0x0100_0000_01b3) ^ u64::from(b)
    });
    let mut word = || {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            SYLLABLES[(state >> 40) as usize % SYLLABLES.len()]
        };
        [next(), next(), next()].concat()
    };
    let words: Vec<String> = (0..30)
        .map(|_| format!("{} and {}", word(), word()))
        .collect();
    words.join(" ")
}

/// The same, edited a little.
fn edited(text: &str) -> String {
    format!("{} That is all.", text.replacen(" and ", " or ", 3))
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_and_split_keep_the_memory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stories");
    let accept = std::env::var("COURANT_GOLDEN").is_ok_and(|v| v == "accept");
    let mut inputs: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "in"))
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "only {} golden files", inputs.len());
    let mut wrong = Vec::new();
    for path in inputs {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut room = Newsroom::new(Paper::daily().await).await;
        let title = text.lines().find_map(|l| l.strip_prefix("# ")).unwrap();
        room.out = format!("{title}\n");
        for line in text.lines() {
            let said = line.split('#').next().unwrap_or_default();
            let (said, headline) = said.split_once('|').unwrap_or((said, ""));
            let words: Vec<&str> = said.split_whitespace().collect();
            room.statement(&words, headline.trim()).await;
        }
        let out = path.with_extension("out");
        if accept {
            std::fs::write(&out, &room.out).unwrap();
        }
        let expected = std::fs::read_to_string(&out).unwrap_or_default();
        if expected != room.out {
            wrong.push(format!(
                "{}: expected\n{expected}\ngot\n{}",
                out.display(),
                room.out
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// --- the commands -----------------------------------------------------------------------------------

/// A paper of today with one letter sent, and a reader who was brought it.
struct Desk {
    room: Newsroom,
}

impl Desk {
    async fn new() -> Desk {
        let mut room = Newsroom::new(Paper::due_in(-60 * 24 + 30).await).await;
        for (name, source, of, headline) in [
            ("ferry", "times", None, "Ferry aground at Nordhaven"),
            ("tram", "times", None, "Council votes for tram line"),
            ("wire", "post", Some("ferry"), "Nordlicht stuck on sandbank"),
        ] {
            let words = match of {
                Some(of) => vec!["article", name, source, "copies", of],
                None => vec!["article", name, source],
            };
            room.statement(&words, headline).await;
        }
        room.statement(&["reader", "anna"], "").await;
        room.day().await;
        Desk { room }
    }

    fn run(&self, args: &[&str]) -> Said {
        courant(self.room.paper.folder.path(), args)
    }

    fn done(&self, args: &[&str]) -> (String, String) {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        (out, err)
    }

    fn json(&self, args: &[&str]) -> Value {
        let (out, _) = self.done(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap()
    }

    async fn story(&self, name: &str) -> String {
        self.room.story(name).await.to_string()
    }

    fn article(&self, name: &str) -> String {
        self.room.articles[name].to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_listed_and_shown_with_its_reasons() {
    let desk = Desk::new().await;
    let (story, tram) = (desk.story("ferry").await, desk.story("tram").await);
    let listed = desk.json(&[
        "story",
        "list",
        "--since",
        "7d",
        "--list",
        "times",
        "--articles",
        "2",
    ]);
    let listed = listed.as_array().unwrap();
    assert_eq!(
        (listed.len(), listed[0]["story"].to_string()),
        (1, story.clone())
    );
    assert_eq!(
        (&listed[0]["articles"], &listed[0]["sources"]),
        (&2.into(), &2.into())
    );
    let (out, _) = desk.done(&["story", "list", "--since", "7d"]);
    assert!(out.contains("Council votes for tram line"), "{out}");

    let wire = desk.article("wire");
    for named in [
        story.clone(),
        format!("article:{wire}"),
        "https://1.example/ferry".to_owned(),
    ] {
        let shown = desk.json(&["story", "show", &named]);
        assert_eq!(shown["story"].to_string(), story, "{named}");
    }
    let shown = desk.json(&["story", "show", &story]);
    let copy = &shown["articles"][1];
    assert_eq!(
        (&copy["by"], copy["of"].to_string()),
        (&"copy".into(), desk.article("ferry"))
    );
    assert!(copy["share"].as_u64().unwrap() > 500, "{copy}");
    assert_eq!(
        shown["represented"][0]["article"].to_string(),
        desk.article("ferry")
    );
    assert_eq!(shown["represented"][0]["why"], "earliest");
    assert_eq!(shown["editions"][0]["digests"], 1);
    let (out, _) = desk.done(&["story", "show", &story]);
    for line in [
        "reported by  post, times",
        "copy of",
        "opened it",
        "in 1 digest",
        "it is the earliest",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    let (code, _, err) = desk.run(&["story", "show", "999"]);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("error: there is no story `999`\nhint: `courant story list"),
        "{err}"
    );
    let (code, _, err) = desk.run(&["story", "show", "article:999"]);
    assert!(code == 1 && err.contains("hint: "), "{err}");
    assert_eq!(desk.run(&["story", "show", "no such thing"]).0, 2);
    assert_ne!(story, tram);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_says_what_it_means_and_is_taken_back() {
    let mut desk = Desk::new().await;
    let (story, tram) = (desk.story("ferry").await, desk.story("tram").await);
    desk.room
        .statement(&["article", "night", "post"], "Night trains")
        .await;
    let night = desk.story("night").await;
    // Only with --yes.
    let (code, out, err) = desk.run(&["story", "merge", &tram, &night]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("would be one: story"), "{err}");
    assert!(
        err.contains(&format!(
            "times: 1 reader had story {tram} and not story {night}: "
        )),
        "{err}"
    );
    assert!(err.ends_with("hint: add --yes\n"), "{err}");
    let (_, err) = desk.done(&["story", "merge", &tram, &night, "--dry-run"]);
    assert!(err.contains("would be one"), "{err}");
    assert_eq!(desk.story("night").await, night);
    let article = format!("article:{}", desk.article("night"));
    desk.done(&["story", "merge", &tram, &article, "--yes", "--by", "ada"]);
    assert_eq!(desk.story("night").await, tram);
    let shown = desk.json(&["story", "show", &tram]);
    assert_eq!(shown["articles"][1]["by"], "merged by ada");
    assert_eq!(
        (&shown["words"][0]["kind"], &shown["words"][0]["by"]),
        (&"merge".into(), &"ada".into())
    );
    // The story that is no more says where it went.
    let (code, _, err) = desk.run(&["story", "show", &night]);
    assert_eq!(code, 1);
    assert!(
        err.contains(&format!("ada merged {night} into {tram}")),
        "{err}"
    );
    let (_, err) = desk.done(&["story", "merge", &tram, &article]);
    assert!(err.contains("is one story already"), "{err}");

    // What is like it joins the one story, and goes back with it.
    let copy = ["article", "nights", "wire", "copies", "night"];
    desk.room.statement(&copy, "Trains by night").await;
    assert_eq!(desk.story("nights").await, tram);
    let (_, err) = desk.done(&["story", "merge", &tram, &night, "--undo", "--yes"]);
    assert!(err.contains("and what came in since by them: "), "{err}");
    assert_eq!(desk.story("night").await, night);
    assert_eq!(desk.story("nights").await, night);
    let (code, _, err) = desk.run(&["story", "merge", &tram, &night, "--undo", "--yes"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("nobody said that of") && err.contains("hint: "),
        "{err}"
    );
    let shown = desk.json(&["story", "show", &story]);
    assert_eq!(shown["words"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_names_editions_with_letters_that_have_not_left() {
    let mut desk = Desk::new().await;
    desk.room
        .statement(&["article", "night", "post"], "Night trains")
        .await;
    desk.room.statement(&["reader", "bert"], "").await;
    let planned = desk.room.paper.plan_at(desk.room.now()).await;
    let run = planned.first().unwrap().edition.run;
    let (tram, night) = (desk.story("tram").await, desk.story("night").await);
    let (_, err) = desk.done(&["story", "merge", &tram, &night, "--dry-run"]);
    let words = format!(
        "times daily {run} is planned and has letters that have not left: 1 digest brings it, \
         with both; it stays as it is"
    );
    assert!(err.contains(&words), "{err}");
    desk.done(&["story", "merge", &tram, &night, "--yes"]);
    let edition = planned.first().unwrap().edition.id;
    let reader = desk.room.readers[1].1;
    let picks = desk.room.paper.picks(edition, reader).await;
    for name in ["tram", "night"] {
        assert!(picks.contains(&desk.room.articles[name]), "{picks:?}");
    }
    desk.room.editions.insert(edition, 2);
    desk.room.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_says_what_it_means_and_holds_for_what_comes() {
    let mut desk = Desk::new().await;
    let story = desk.story("ferry").await;
    let (ferry, wire) = (desk.article("ferry"), desk.article("wire"));
    let (code, _, err) = desk.run(&["story", "split", &story, &ferry]);
    assert_eq!(code, 2);
    assert!(
        err.contains(&format!("name them too to take them along: {wire}")),
        "{err}"
    );
    assert!(
        err.contains("1 reader had what is split off and not what stays"),
        "{err}"
    );
    for (args, words) in [
        (vec![ferry.as_str(), &wire], "nothing of story"),
        (vec![&desk.article("tram")], "tells story"),
    ] {
        let args = [vec!["story", "split", &story], args, vec!["--yes"]].concat();
        let (code, _, err) = desk.run(&args);
        assert!(
            code == 1 && err.contains(words) && err.contains("hint: "),
            "{err}"
        );
    }
    desk.done(&["story", "split", &story, &wire, "--yes", "--by", "ada"]);
    let apart = desk.story("wire").await;
    assert_ne!(apart, story);
    assert_eq!(
        desk.json(&["story", "show", &apart])["articles"][0]["by"],
        "split by ada"
    );
    // A later copy of what was split off, with the other side's headline.
    let copy = edited(&desk.room.texts["wire"]);
    let late = desk
        .room
        .article("late", "wire", copy, "Ferry aground at Nordhaven");
    late.await;
    assert_eq!(desk.story("late").await, apart);
    desk.done(&["story", "split", &apart, &wire, "--undo", "--yes"]);
    assert_eq!(desk.story("wire").await, story);
    assert_eq!(desk.story("late").await, story);
}
