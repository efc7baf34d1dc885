//! Amendments and those who did not write them: sources that correct their own articles, feeds that are
//! read again before a wave freezes, approvals that were given before, commands that died in between,
//! and readers who open a letter that has left.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::amendment::AmendmentKind;
use courant::domain::article::CanonicalUrl;
use courant::domain::delivery::{DeliveryState, Hold};
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::press::Press;
use courant::press::freeze::Inputs;
use serde_json::{Value, json};

use crate::amend::{done, sink, waiting, with};
use crate::support::at;
use crate::support::binary::{courant, typed};
use crate::support::newsroom::Newsroom;
use crate::support::paper::{ARTICLES, Paper};
use crate::support::served::{Served, configure, until};
use crate::support::site::{Site, rss};

/// The source hands an article in again.
async fn brings(paper: &Paper, article: ArticleId, headline: &str, summary: &str) -> String {
    let known = paper.store().article(article).await.unwrap();
    let row = json!({
        "url": known.url.as_str(), "headline": headline, "summary": summary, "language": "en",
        "topics": ["harbour"],
    });
    let path = paper.folder.path().join("rows.jsonl");
    std::fs::write(&path, row.to_string()).unwrap();
    let path = path.to_str().unwrap();
    done(paper, &["article", "import", path, "--source", "story"])
}

async fn kinds(paper: &Paper, article: ArticleId) -> Vec<(AmendmentKind, Option<String>)> {
    let said = paper.store().amendments(article).await.unwrap();
    said.into_iter().map(|one| (one.kind, one.by)).collect()
}

/// The headlines that a reader's stored digest prints.
async fn prints(paper: &Paper, edition: EditionId, reader: SubscriptionId) -> Vec<String> {
    let store = paper.store();
    let digest = store.digest_of(edition, reader).await.unwrap().unwrap();
    let texts: Vec<_> = digest.picks.iter().map(|p| p.revision).collect();
    let texts = store.revisions(&texts).await.unwrap();
    let headline = |p: &courant::domain::selection::Pick| texts[&p.revision].text.headline.clone();
    digest.picks.iter().map(headline).collect()
}

#[tokio::test]
async fn a_sources_correction_reaches_letters_that_are_planned_and_a_plain_edit_does_not() {
    let (paper, edition) = waiting(3, &[]).await;
    let store = paper.store();
    let reader = paper.rows(edition).await[0].subscription;
    let article = paper.picks(edition, reader).await[0];
    brings(&paper, article, "Berths open in May", "All of them.").await;
    assert_eq!(kinds(&paper, article).await, []);
    let correction = "Correction: berths open in June";
    let said = brings(&paper, article, correction, "All of them.").await;
    assert!(said.contains("1 marked as corrected"), "{said}");
    let by_source = (AmendmentKind::Rewritten, None);
    assert_eq!(
        kinds(&paper, article).await,
        std::slice::from_ref(&by_source)
    );
    assert!(said.contains("letters were made again"), "{said}");
    assert!(store.amendments_pending().await.unwrap().is_empty());
    for row in paper.rows(edition).await {
        let headlines = prints(&paper, edition, row.subscription).await;
        assert!(headlines.contains(&correction.to_owned()), "{headlines:?}");
        assert_eq!(row.state, DeliveryState::Planned);
    }
    done(&paper, &["edition", "check", "times"]);
    let explain = ["edition", "explain", "times", "--subscriber"];
    let explain = [&explain[..], &["r0@reader.example", "--json"]].concat();
    let explained: Value = serde_json::from_str(&done(&paper, &explain)).unwrap();
    assert_eq!(explained["agrees"], true);
    let look = ["edition", "preview", "times", "--subscriber"];
    let look = [&look[..], &["r0@reader.example", "--text"]].concat();
    assert!(done(&paper, &look).contains(correction));

    // The same text again is nothing new; another one is.
    brings(&paper, article, correction, "All of them.").await;
    assert_eq!(kinds(&paper, article).await.len(), 1);
    let said = brings(&paper, article, correction, "All but one.").await;
    assert!(said.contains("1 marked as corrected"), "{said}");
    assert_eq!(kinds(&paper, article).await, [by_source.clone(), by_source]);
    // An editor's words stay over whatever it corrects, and nothing is to be made again for it.
    let id = article.to_string();
    let words = ["--headline", "Berths open in summer", "--yes"];
    done(&paper, &[&["article", "rewrite", &id][..], &words].concat());
    brings(&paper, article, "Correction: in July", "All of them.").await;
    assert_eq!(kinds(&paper, article).await.len(), 3);
    let headlines = prints(&paper, edition, reader).await;
    assert!(
        headlines.contains(&"Berths open in summer".to_owned()),
        "{headlines:?}"
    );
    done(&paper, &["edition", "check", "times"]);
}

#[tokio::test]
async fn a_letter_in_doubt_with_a_story_that_its_source_corrected_is_held() {
    let (paper, edition) = waiting(2, &[]).await;
    let rows = paper.rows(edition).await;
    let article = paper.picks(edition, rows[0].subscription).await[0];
    paper
        .sql(
            "update delivery set state = 'deferred', attempt = 1, sha256 = zeroblob(32), \
             started_ms = changed_ms where subscriber_id = 1",
        )
        .await;
    brings(&paper, article, "Correction: it was two", "No more.").await;
    let row = paper.row(edition, rows[0].subscription).await;
    assert_eq!(
        (row.state, row.held),
        (DeliveryState::Uncertain, Some(Hold::Withdrawn))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_reads_a_feed_again_before_the_cut_off_and_brings_its_corrections_after_it() {
    let paper = Paper::due_in(60).await;
    let store = paper.store();
    // The cut-off is two minutes away.
    let set = store.list_set(paper.list, "lead_minutes", "58").await;
    set.unwrap();
    paper.readers(&["ann@reader.example"]).await;
    configure(paper.folder.path(), 9, 4);
    let site = Site::new();
    let feed = |headline: &str| {
        let body = rss("Port", &site.base, &[(headline, "/1", 3, &[])]);
        site.page("/feed.xml", "application/rss+xml", "", body);
    };
    feed("Ferry late");
    let (place, url) = (site.url("/feed.xml"), site.url("/1"));
    let add = ["source", "add", "port", &place, "--list", "times"];
    let add = [&add[..], &["--private-network", "--yes"]].concat();
    done(&paper, &add);
    let run = paper.run().to_string();
    done(&paper, &["edition", "pin", "times", "--run", &run, &url]);
    let article = CanonicalUrl::parse(&url, None).unwrap();
    let article = store.article_by_url(&article).await.unwrap().id;
    // It was asked a while ago, and its turn is not yet.
    paper
        .sql("update source set fetched_ms = fetched_ms - 600000, next_ms = next_ms + 3600000 where slug = 'port'")
        .await;
    site.asked();
    feed("Ferry late by an hour");
    let served = Served::fetching(paper.folder.path());
    let headline = async || store.article(article).await.unwrap().text.headline;
    until("the feed is read again", async || {
        headline().await == "Ferry late by an hour"
    })
    .await;
    assert_eq!(site.asked(), ["/feed.xml"], "once, and nothing else");
    assert_eq!(
        store.waves(paper.edition().await.unwrap()).await.unwrap(),
        []
    );

    // Frozen with that; what its source corrects from here on reaches the letters by itself.
    let now = courant::clock::Clock::system().now();
    for wave in store.due_waves(paper.due).await.unwrap() {
        paper.press().plan(&wave, now, now).await.unwrap();
    }
    let edition = paper.edition().await.unwrap();
    let reader = paper.rows(edition).await[0].subscription;
    let has = async |headline: &str| {
        let printed = prints(&paper, edition, reader).await;
        printed.iter().any(|h| h == headline)
    };
    assert!(has("Ferry late by an hour").await);
    feed("Correction: ferry late by two hours");
    paper
        .sql("update source set next_ms = 0 where slug = 'port'")
        .await;
    until("the letter is made again", async || {
        has("Correction: ferry late by two hours").await
    })
    .await;
    assert!(served.stop().await.success());
    assert_eq!(
        kinds(&paper, article).await,
        [(AmendmentKind::Rewritten, None)]
    );
    done(&paper, &["edition", "check", "times"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_send_finishes_what_a_killed_withdrawal_left() {
    const READERS: usize = 700;
    let paper = Paper::due_in(-1).await;
    let new: Vec<_> = (0..READERS)
        .map(|n| paper.new_reader(&format!("slow.r{n}@reader.example")))
        .collect();
    let added = paper.store().subscribers_add(&new, paper.now).await;
    added.unwrap();
    let sink = sink(60).await;
    configure(paper.folder.path(), sink.addr().port(), 4);
    let run = paper.run().to_string();
    let mut send = typed(&["edition", "send", "times", "--run", &run, "--yes"], &[]);
    send.env("COURANT_HOME", paper.folder.path());
    let sending = tokio::task::spawn_blocking(move || send.output().unwrap());
    let mailbox = sink.mailbox();
    until("some letters came", async || mailbox.count_accepted() >= 20).await;
    let edition = paper.edition().await.unwrap();
    let reader = paper.rows(edition).await[0].subscription;
    let article = paper.picks(edition, reader).await[0];
    let headline = paper.store().article(article).await.unwrap().text.headline;
    let mut killed = typed(
        &["article", "withdraw", &article.to_string(), "--yes"],
        &[("FAILPOINTS", "amend_mid=return")],
    );
    killed.env("COURANT_HOME", paper.folder.path());
    let died = killed.output().unwrap();
    let at_death = with(&mailbox.messages(), &headline);
    assert!(!died.status.success(), "{died:?}");
    assert!(mailbox.messages().len() < READERS, "it was too late");
    let sent = sending.await.unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let said = String::from_utf8_lossy(&sent.stderr);
    assert!(
        said.contains("letters were made again, since an article of theirs was amended"),
        "{said}"
    );
    let messages = mailbox.messages();
    assert_eq!(messages.len(), READERS, "everybody has a letter, and one");
    let at_end = with(&messages, &headline);
    assert!(
        at_end <= at_death + 4,
        "{at_death} and then {at_end} letters with it"
    );
    assert!(paper.store().amendments_pending().await.unwrap().is_empty());
    done(&paper, &["edition", "check", "times"]);
}

/// The status of the paper's first edition.
fn status(paper: &Paper) -> Value {
    let run = paper.run().to_string();
    let args = ["edition", "status", "times", "--run", &run, "--json"];
    let (code, out, err) = courant(paper.folder.path(), &args);
    assert!(code == 0 || code == 5, "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test]
async fn an_approval_holds_and_what_was_amended_since_is_said() {
    let (paper, edition) = waiting(3, &[("approval", "hold")]).await;
    let run = paper.run().to_string();
    let approve = ["edition", "approve", "times", "--run", &run, "--by", "ed"];
    done(&paper, &approve);
    assert_eq!(
        status(&paper)["approval"]["approved"]["amended_since"],
        json!([])
    );
    let reader = paper.rows(edition).await[0].subscription;
    let picks = paper.picks(edition, reader).await;
    let (first, second) = (picks[0].to_string(), picks[1].to_string());
    let said = done(
        &paper,
        &["article", "withdraw", &first, "--yes", "--by", "mia"],
    );
    assert!(
        said.contains("it was approved by ed: the approval holds"),
        "{said}"
    );
    let words = ["--headline", "Other words", "--yes"];
    done(
        &paper,
        &[&["article", "rewrite", &second][..], &words].concat(),
    );
    let rows = paper.rows(edition).await;
    assert!(rows.iter().all(|r| r.held.is_none()), "they may go");

    let since = status(&paper)["approval"]["approved"]["amended_since"].clone();
    let since = since.as_array().unwrap();
    assert_eq!(since.len(), 2, "{since:?}");
    assert_eq!(
        (
            &since[0]["kind"],
            &since[0]["revised"],
            &since[0]["headline"]
        ),
        (&json!("rewritten"), &json!(3), &json!("Other words"))
    );
    assert_eq!(
        (&since[1]["kind"], &since[1]["revised"], &since[1]["by"]),
        (&json!("withdrawn"), &json!(3), &json!("mia"))
    );
    let said = done(&paper, &["edition", "status", "times", "--run", &run]);
    assert!(
        said.contains("amended since, and the approval holds:"),
        "{said}"
    );
    let line = format!("(article {first}) was withdrawn by mia at ");
    assert!(
        said.contains(&line) && said.contains(": 3 letters made again"),
        "{said}"
    );

    let diff = ["edition", "diff", "times", &run, "--approved"];
    let said = done(&paper, &diff);
    assert!(said.contains("amended since it was approved:"), "{said}");
    let found: Value =
        serde_json::from_str(&done(&paper, &[&diff[..], &["--json"]].concat())).unwrap();
    assert_eq!(found["amended_since"].as_array().unwrap().len(), 2);
    let stories = found["stories"].as_array().unwrap();
    let gone = stories
        .iter()
        .find(|s| s["article"] == first.parse::<i64>().unwrap());
    assert_eq!(gone.unwrap()["after"], 0);

    // Who approves it as it is now has seen it.
    done(&paper, &approve);
    assert_eq!(
        status(&paper)["approval"]["approved"]["amended_since"],
        json!([])
    );
}

#[tokio::test]
async fn what_is_withdrawn_between_an_approval_and_the_plan_is_said_as_well() {
    let paper = Paper::due_in(60).await;
    paper.readers(&["r0@reader.example"]).await;
    configure(paper.folder.path(), 9, 4);
    let run = paper.run().to_string();
    done(&paper, &["edition", "pin", "times", "--run", &run, "1"]);
    done(&paper, &["edition", "approve", "times", "--run", &run]);
    done(&paper, &["article", "withdraw", "1", "--yes"]);
    let since = status(&paper)["approval"]["approved"]["amended_since"].clone();
    let since = since.as_array().unwrap();
    assert_eq!(since.len(), 1, "{since:?}");
    assert_eq!(
        (&since[0]["article"], &since[0]["revised"]),
        (&json!(1), &json!(0))
    );
    let said = done(&paper, &["edition", "status", "times", "--run", &run]);
    assert!(
        said.contains("(article 1) was withdrawn by cli at ")
            && said.contains(": no letter that is planned changes by it"),
        "{said}"
    );
}

#[tokio::test]
async fn a_letter_that_comes_back_waits_for_the_approval_that_the_others_wait_for() {
    let settings = [("approval", "hold"), ("stories_min", "5")];
    let (paper, edition) = waiting(2, &settings).await;
    let reader = paper.rows(edition).await[0].subscription;
    let held = async || {
        let row = paper.row(edition, reader).await;
        (row.state, row.held)
    };
    let waits = (DeliveryState::Planned, Some(Hold::Approval));
    assert_eq!(held().await, waits);
    let withdraw = |n: i64, undo: &'static [&'static str]| {
        let id = n.to_string();
        let args = [&["article", "withdraw", &id, "--yes"][..], undo].concat();
        done(&paper, &args)
    };
    // Twelve stories, five at least: with eight of them gone, no letter has enough.
    for n in 1..=8 {
        withdraw(n, &[]);
    }
    assert_eq!(held().await, (DeliveryState::Withheld, None));
    withdraw(8, &["--undo"]);
    assert_eq!(held().await, waits, "nobody approved it");
    withdraw(8, &[]);
    let run = paper.run().to_string();
    done(&paper, &["edition", "approve", "times", "--run", &run]);
    withdraw(8, &["--undo"]);
    assert_eq!(held().await, (DeliveryState::Planned, None));
    done(&paper, &["edition", "check", "times"]);
}

#[tokio::test]
async fn a_withdrawn_article_is_not_chosen_for_an_edition() {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom
        .subscriber("ann@example.org", zone, None, &["city"])
        .await;
    for id in ["1", "3"] {
        newsroom.done(&["article", "withdraw", id, "--yes"]);
    }
    for verb in ["pin", "lead", "also"] {
        let (code, _, err) = newsroom.run(&["edition", verb, "times", "--run", "2026-11-26", "3"]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("(article 3) was withdrawn"), "{err}");
        assert!(
            err.contains("hint: `courant article withdraw 3 --undo`") && !err.contains("instead"),
            "{err}"
        );
    }
    // Another article tells the story of the first one.
    let (code, _, err) = newsroom.run(&["edition", "pin", "times", "--run", "2026-11-26", "1"]);
    assert_eq!(code, 1, "{err}");
    assert!(
        err.contains("article 14 of The wire tells the same story"),
        "{err}"
    );
    newsroom.done(&["edition", "pin", "times", "--run", "2026-11-26", "14"]);
    newsroom.done(&["edition", "ban", "times", "--run", "2026-11-26", "3"]);
    newsroom.done(&["article", "withdraw", "3", "--undo", "--yes"]);
    newsroom.done(&["article", "embargo", "5", "--until", "2099-01-01T00:00:00Z"]);
    let (_, said) = newsroom.done(&["edition", "pin", "times", "--run", "2026-11-26", "5"]);
    assert!(said.contains("it is under embargo until"), "{said}");
}

async fn inputs(press: &Press, newsroom: &Newsroom) -> Inputs {
    let store = &newsroom.folder.store;
    let list = store.list_by_id(newsroom.list).await.unwrap();
    let due = at("2026-11-26T06:00:00Z");
    press.inputs(&list, None, due, due).await.unwrap()
}

#[tokio::test]
async fn a_source_is_not_named_beside_a_story_that_it_may_not_tell_or_took_back() {
    let newsroom = Newsroom::new().await;
    let (press, store) = (newsroom.press(), &newsroom.folder.store);
    let told = async || {
        let inputs = inputs(&press, &newsroom).await;
        let of = inputs.candidates.iter().find(|c| c.article == ArticleId(1));
        let of = of.unwrap();
        (of.sources, of.facts.also.clone())
    };
    let both = (2, vec!["The wire".to_owned()]);
    let alone = (1, Vec::new());
    assert_eq!(told().await, both);
    let wire = ArticleId(14);
    let later = Some(at("2026-11-26T09:00:00Z"));
    store.article_embargo(wire, &[], later).await.unwrap();
    assert_eq!(told().await, alone);
    let over = Some(at("2026-11-26T05:00:00Z"));
    store.article_embargo(wire, &[], over).await.unwrap();
    assert_eq!(told().await, both);
    let frozen = inputs(&press, &newsroom).await;
    newsroom.done(&["article", "withdraw", "14", "--yes"]);
    assert_eq!(told().await, alone);

    // Nor is it named in letters that are made anew of what was frozen before.
    let beside = async |frozen: &Inputs| {
        let amended = store.now_amended(&frozen.candidates).await.unwrap().amended;
        let since = press.amend(frozen.clone(), &amended).await.unwrap();
        let of = since.candidates.iter().find(|c| c.article == ArticleId(1));
        of.unwrap().facts.also.clone()
    };
    assert_eq!(beside(&frozen).await, alone.1);
    newsroom.done(&["article", "withdraw", "14", "--undo", "--yes"]);
    assert_eq!(beside(&frozen).await, both.1);
}

#[tokio::test]
async fn a_decision_about_a_withdrawn_article_is_said_to_be_without_effect() {
    let newsroom = Newsroom::new().await;
    newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &["city"])
        .await;
    let decided = |verb: &str, article: &str| {
        newsroom.done(&["edition", verb, "times", "--run", "2026-11-26", article]);
    };
    let states = || -> Vec<(String, String)> {
        let args = ["edition", "decisions", "times", "--json"];
        let all = newsroom.json(&args, 0);
        let text = |d: &Value, key: &str| d[key].as_str().unwrap().to_owned();
        let rows = all.as_array().unwrap().iter();
        rows.map(|d| (text(d, "kind"), text(d, "state"))).collect()
    };
    decided("pin", "5");
    decided("ban", "6");
    decided("lead", "1");
    for article in ["5", "6", "1"] {
        newsroom.done(&["article", "withdraw", article, "--yes"]);
    }
    // The first one's story is told by another article.
    let pair = |kind: &str, state: &str| (kind.to_owned(), state.to_owned());
    assert_eq!(
        states(),
        [
            pair("pin", "without effect: withdrawn"),
            pair("ban", "in force"),
            pair("lead", "in force"),
        ]
    );
    newsroom.done(&["article", "withdraw", "5", "--undo", "--yes"]);
    newsroom.done(&["article", "withdraw", "14", "--yes"]);
    let states: Vec<String> = states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(
        states,
        ["in force", "in force", "without effect: withdrawn"]
    );
}

#[tokio::test]
async fn a_ban_names_editions_that_were_frozen_with_the_story_whatever_it_was_merged_into() {
    let (paper, _) = waiting(1, &[]).await;
    let now = courant::clock::Clock::system().now();
    paper.articles("late", 1, now).await;
    let late = ArticleId(ARTICLES as i64 + 1);
    let story = paper.store().article(late).await.unwrap().story.to_string();
    let id = late.to_string();
    let said = done(&paper, &["edition", "ban", "times", &id]);
    assert!(!said.contains("was frozen with it"), "{said}");
    done(&paper, &["edition", "ban", "times", &id, "--undo"]);
    done(&paper, &["story", "merge", &story, "article:1", "--yes"]);
    let said = done(&paper, &["edition", "ban", "times", &id]);
    let run = paper.run();
    assert!(
        said.contains(&format!("daily {run} was frozen with it and keeps it")),
        "{said}"
    );
}

/// The page of a letter, by the link in it.
async fn page(paper: &Paper, base: &str, edition: EditionId, reader: SubscriptionId) -> String {
    let digest = paper.store().digest_of(edition, reader).await.unwrap();
    let opened = Opened {
        list: paper.list,
        subscription: reader,
        digest: digest.unwrap().id,
    };
    let keys = &paper.folder.keys;
    let token = keys.token(keys.active_id(), Purpose::View, opened).unwrap();
    let response = reqwest::get(format!("{base}/v/{token}")).await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

#[tokio::test]
async fn the_page_of_a_letter_that_left_says_what_was_corrected_or_withdrawn_since() {
    let paper = Paper::due_in(60).await;
    let store = paper.store();
    let mut german = paper.new_reader("kim@reader.example");
    german.terms.language = "de".to_owned();
    let ann = paper.readers(&["ann@reader.example"]).await[0];
    let kim = store
        .subscriber_add(&german, false, paper.now)
        .await
        .unwrap();
    configure(paper.folder.path(), 9, 4);
    let now = courant::clock::Clock::system().now();
    for wave in store.due_waves(paper.due).await.unwrap() {
        paper.press().plan(&wave, now, now).await.unwrap();
    }
    let edition = paper.edition().await.unwrap();
    paper.arrive().await;
    let served = Served::ready(paper.folder.path()).await;
    let base = served.base();
    let before = page(&paper, &base, edition, ann).await;
    assert!(!before.contains("Corrections"), "{before}");
    assert!(before.contains("<main>"), "{before}");
    // No letter left, so none is said to be the same.
    assert!(!before.contains("as it was mailed"), "{before}");

    let picks = paper.picks(edition, ann).await;
    let [bare, reasoned, rewritten, corrected, same] = picks[..] else {
        panic!("five stories: {picks:?}");
    };
    let id = |article: ArticleId| article.to_string();
    done(&paper, &["article", "withdraw", &id(bare), "--yes"]);
    let why = ["--reason", "The port never closed", "--yes"];
    done(
        &paper,
        &[&["article", "withdraw", &id(reasoned)][..], &why].concat(),
    );
    let words = ["--headline", "The quay is eleven metres", "--yes"];
    done(
        &paper,
        &[&["article", "rewrite", &id(rewritten)][..], &words].concat(),
    );
    brings(&paper, corrected, "Correction: it was the east quay", "x").await;
    brings(&paper, same, "A plain edit of the headline", "x").await;
    let text = page(&paper, &base, edition, ann).await;
    for words in [
        "Corrections",
        "This story was withdrawn after the letter had been sent.",
        "The port never closed",
        "The quay is eleven metres",
        "Correction: it was the east quay",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("A plain edit"), "{text}");
    assert!(!text.contains("as it was mailed"), "{text}");
    // What was withdrawn is its headline and the word about it, above the letter.
    let taken = paper.store().article(bare).await.unwrap().text;
    let stays = paper.store().article(same).await.unwrap();
    assert!(before.contains(&taken.summary), "{before}");
    assert!(!text.contains(&taken.summary), "{text}");
    assert!(text.contains(&taken.headline), "{text}");
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(place("Corrections") < place(stays.url.as_str()), "{text}");
    let text = page(&paper, &base, edition, kim).await;
    let withdrawn = "Dieser Artikel wurde nach dem Versand dieser Ausgabe zurückgezogen.";
    assert!(
        text.contains("Korrekturen") && text.contains(withdrawn),
        "{text}"
    );
    done(
        &paper,
        &["article", "withdraw", &id(bare), "--undo", "--yes"],
    );
    let text = page(&paper, &base, edition, ann).await;
    assert!(!text.contains("This story was withdrawn"), "{text}");
    assert!(text.contains(&taken.summary), "{text}");
    assert!(served.stop().await.success());
}
