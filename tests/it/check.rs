//! `edition check`: silent on what was planned, and each fault that is made by hand found by its name.

use std::collections::BTreeMap;
use std::path::Path;

use courant::domain::EditionId;
use courant::domain::delivery::Hold;
use serde_json::{Value, json};
use sqlx::Connection;

use crate::support::binary::courant;
use crate::support::newsroom::Newsroom;
use crate::support::paper::Paper;

const AT: &str = "2026-11-26T06:30";

/// Ann follows the city, Bob sport; both are planned for 2026-11-26.
async fn planned() -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    newsroom
        .subscriber("ann@example.org", zone, None, &["city"])
        .await;
    newsroom
        .subscriber("bob@example.org", zone, None, &["sport"])
        .await;
    newsroom.done(&["edition", "plan", "times", "--yes", "--at", AT]);
    newsroom
}

async fn sql(folder: &Path, sql: &str) {
    let url = format!("sqlite://{}", folder.join("courant.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    let sql = sqlx::AssertSqlSafe(format!("pragma foreign_keys = off; {sql}"));
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
}

/// Flaw → (errors, warnings), as the check of a folder says.
fn flaws(folder: &Path) -> (i32, BTreeMap<String, (u64, u64)>, Value) {
    let (code, out, err) = courant(folder, &["edition", "check", "times", "--json"]);
    let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let mut flaws = BTreeMap::new();
    for wave in value["waves"].as_array().expect("waves") {
        for (flaw, counts) in wave["flaws"].as_object().expect("flaws") {
            let count = |key: &str| counts[key].as_u64().expect("a number");
            let sums: &mut (u64, u64) = flaws.entry(flaw.clone()).or_default();
            *sums = (sums.0 + count("errors"), sums.1 + count("warnings"));
        }
    }
    (code, flaws, value)
}

/// Ann's digest.
const ANNS: &str = "subscription_id = 1";

/// SQL that makes a fault, and all that the check has to find in it.
fn faults() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let digest = |set: &str| format!("update digest set {set} where {ANNS}");
    let pick = |at: &str, value: &str| {
        digest(&format!(
            "picks = json_set(picks, '$[0].{at}', json('{value}'))"
        ))
    };
    let rules = |at: &str, value: &str| {
        format!(
            "update content set bytes = cast(json_set(cast(bytes as text), '$.{at}', json('{value}')) as blob) \
             where kind = 'rules'"
        )
    };
    let candidates = |at: &str, value: &str| {
        format!(
            "update content set bytes = cast((select json_group_array(json_set(c.value, '$.{at}', {value})) \
             from json_each(cast(bytes as text)) c) as blob) where kind = 'candidates'"
        )
    };
    let flight = |set: &str| format!("update flight set {set}");
    let first =
        "(select json_extract(picks, '$[0].article') from digest where subscription_id = 1)";
    let own = "(select json_extract(picks, '$[0].revision') from digest where subscription_id = 1)";
    let story = "(select json_extract(picks, '$[0].story') from digest where subscription_id = 1)";
    vec![
        (
            "twice",
            digest("picks = json_insert(picks, '$[#]', json_extract(picks, '$[0]'))"),
            vec![
                "memory_differs",
                "story_twice",
                "too_many_stories",
                "wrong_form",
                "wrong_section",
            ],
        ),
        (
            "had before",
            format!(
                "insert into edition (list_id, cadence_id, run, state, created_ms) \
                 select list_id, cadence_id, '2026-11-25', 'open', 0 from edition; \
                 insert into wave (edition_id, due_ms, cutoff_ms, planned_ms, candidates_hash, \
                 rules_hash, template_hash, sender_hash, key_id) select (select max(edition_id) \
                 from edition), due_ms, cutoff_ms, planned_ms - 1000, candidates_hash, rules_hash, \
                 template_hash, sender_hash, key_id from wave; \
                 insert into memory (edition_id, subscription_id, revisions, planned_ms) \
                 select max(edition_id), 1, unhex(printf('%010x', {own})), \
                 (select min(planned_ms) from wave) from edition"
            ),
            vec!["sent_before"],
        ),
        (
            "an update of nothing",
            pick("update", "true"),
            vec!["false_update"],
        ),
        (
            "banned",
            format!(
                "update content set bytes = cast(json_set(cast(bytes as text), \
                 '$.decisions.bans.' || {story}, 'mia') as blob) where kind = 'rules'"
            ),
            vec!["banned", "frozen_changed"],
        ),
        (
            "withdrawn",
            format!("update article set withdrawn_ms = 1 where article_id = {first}"),
            vec!["withdrawn"],
        ),
        ("another story", pick("story", "999"), vec!["not_frozen"]),
        (
            "after the cut-off",
            rules("cutoff_ms", "1764057600000"),
            vec!["after_cutoff", "frozen_changed", "wave_dates"],
        ),
        (
            "too old",
            candidates(
                "dated_ms",
                "json_extract(c.value, '$.dated_ms') - 864000000",
            ),
            vec!["frozen_changed", "too_old"],
        ),
        (
            "embargoed since",
            format!("update article set embargo_ms = 4102444800000 where article_id = {first}"),
            vec!["embargoed"],
        ),
        (
            "pinned by nobody",
            pick("reason", "{\"why\":\"pinned\"}"),
            vec!["false_reason"],
        ),
        ("torn", digest("picks = 'torn'"), vec!["unreadable"]),
        (
            "embargoed",
            candidates("embargo_ms", "4102444800000"),
            vec!["embargoed", "frozen_changed"],
        ),
        (
            "another language",
            format!(
                "{}; {}",
                rules("languages", "\"reader\""),
                candidates("language", "'fi'")
            ),
            vec!["frozen_changed", "other_language"],
        ),
        (
            "empty",
            digest("picks = '[]'"),
            vec!["empty", "memory_differs", "sponsor_slot"],
        ),
        (
            "under the minimum",
            digest("picks = json_array(json_extract(picks, '$[0]'))"),
            vec!["memory_differs", "under_minimum"],
        ),
        (
            "too large",
            rules("byte_budget", "2000"),
            vec!["frozen_changed", "too_large"],
        ),
        (
            "not active",
            "update subscription set standing = 'unsubscribed' where subscription_id = 1".into(),
            vec!["not_active"],
        ),
        (
            "a paused flight",
            flight("state = 'paused'"),
            vec!["sponsor_state"],
        ),
        (
            "out of its dates",
            flight("ends_ms = starts_ms + 1"),
            vec!["sponsor_dates"],
        ),
        (
            "in another slot",
            flight("slots = '[\"S2\"]'"),
            vec!["sponsor_slot"],
        ),
        (
            "too large for its slot",
            "update creative set size = 'L'".into(),
            vec!["sponsor_creative"],
        ),
        (
            "avoided",
            flight("avoid = '[\"city\", \"sport\"]'"),
            vec!["sponsor_avoids"],
        ),
        (
            "kept away by a story's risk",
            flight("safety = '{\"unclassified\":\"digest\"}'"),
            vec!["sponsor_safety"],
        ),
        (
            "beside nothing",
            flight("beside = '[\"opera\"]'"),
            vec!["sponsor_beside"],
        ),
        (
            "twice the sponsor",
            format!(
                "insert into placement select digest_id, 'S2', flight_id, creative_id, reason \
                 from placement; {}",
                flight("slots = '[\"S1\", \"S2\"]', booked = 9")
            ),
            vec!["altered", "sponsor_twice"],
        ),
        ("overbooked", flight("booked = 1"), vec!["overbooked"]),
        (
            "no ledger row",
            format!("delete from delivery where {ANNS}"),
            vec!["no_ledger_row", "sums"],
        ),
        (
            "no digest",
            format!("delete from placement; delete from digest where {ANNS}"),
            vec!["altered", "no_digest", "sums"],
        ),
        (
            "another memory",
            format!("update memory set revisions = unhex('0000000001') where {ANNS}"),
            vec!["memory_differs"],
        ),
        (
            "passed over as well",
            "insert into skip (wave_id, subscription_id, reason) select wave_id, subscription_id, 'not_active' from digest".into(),
            vec!["skipped_and_planned"],
        ),
        (
            "a pin that is missing",
            format!(
                "{}; {}",
                rules("decisions.pins", "[13]"),
                candidates("dated_ms", "json_extract(c.value, '$.dated_ms')")
            ),
            vec!["decision_missing", "frozen_changed"],
        ),
    ]
}

#[tokio::test]
async fn a_planned_edition_is_silent_and_every_fault_made_by_hand_is_found_by_name() {
    let newsroom = planned().await;
    let (out, err) = newsroom.done(&["edition", "check", "times"]);
    let silent =
        "daily 2026-11-26, due 2026-11-26 07:00 Europe/Berlin: 2 digests read, nothing is wrong\n";
    assert_eq!((out.as_str(), err.as_str()), (silent, ""));
    let (code, found, value) = flaws(newsroom.folder.path());
    assert_eq!((code, found.len()), (0, 0), "{value}");
    assert_eq!(value["silent"], true);
    let mut others = Vec::new();
    for (name, made, wanted) in faults() {
        let copy = tempfile::tempdir().expect("a folder");
        let to = copy.path().join("courant.db");
        newsroom.folder.store.backup(&to).await.expect("copied");
        for file in ["courant.key", "courant.toml"] {
            let from = newsroom.folder.path().join(file);
            std::fs::copy(from, copy.path().join(file)).expect("copied");
        }
        sql(copy.path(), &made).await;
        let (code, found, value) = flaws(copy.path());
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        if (code, &names) != (5, &wanted) {
            others.push(format!("{name}: {names:?}, not {wanted:?}: {value}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn faults_are_shown_with_whose_they_are_and_what_stops_their_letters() {
    let newsroom = planned().await;
    sql(newsroom.folder.path(), "update flight set booked = 1").await;
    let story = "update article set withdrawn_ms = 1";
    sql(newsroom.folder.path(), story).await;
    let (code, out, err) = newsroom.run(&["edition", "check", "times", "--quick", "--limit", "3"]);
    assert_eq!(code, 5);
    assert!(out.contains("2 digests read, "), "{out}");
    assert!(out.contains("1 x overbooked"), "{out}");
    assert!(
        out.contains("error") && out.contains("a***@e***.org"),
        "{out}"
    );
    assert!(
        out.contains("`Story 1 of the harbour town today` (article 1) was withdrawn"),
        "{out}"
    );
    let full = newsroom
        .run(&["edition", "check", "times", "--quick", "--full"])
        .1;
    assert!(full.contains("ann@example.org"), "{full}");
    assert!(err.contains("more are not shown; --limit is 3"), "{err}");
    let pause = "2 letters can still leave; `courant edition pause times --run 2026-11-26 --cadence daily` stops them";
    assert!(err.contains(pause), "{err}");
}

#[tokio::test]
async fn what_is_not_planned_or_not_there_is_said() {
    let newsroom = Newsroom::new().await;
    let refused = |args: &[&str], words: &str| {
        let (code, out, err) = newsroom.run(args);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(words) && err.contains("hint: "), "{err}");
    };
    refused(
        &["edition", "check", "times"],
        "nothing of `times` is planned yet",
    );
    refused(&["edition", "check", "tims"], "did you mean `times`?");
    let run = ["edition", "check", "times", "--run", "2026-01-01"];
    refused(&run, "`times` has no edition `2026-01-01`");
}

#[tokio::test]
async fn a_wave_with_an_error_is_held_before_a_letter_can_leave_and_a_person_decides() {
    let paper = Paper::daily().await;
    paper.readers(&["ann@example.org", "bob@example.org"]).await;
    let edition = frozen(&paper).await;
    // Frozen by a plan that was interrupted before its first slice; then stories are embargoed.
    paper
        .sql("update article set embargo_ms = 4102444800000")
        .await;
    let planned = paper.plan_at(paper.now).await;
    let wave = planned.first().expect("a wave");
    assert_eq!((wave.edition.id, wave.held), (edition, Some(Hold::Check)));
    assert!(wave.found.errors() > 0);
    let held = paper.store().held(edition).await.expect("read");
    assert_eq!(held, [(Hold::Check, 2)]);
    let known = paper.store().faults(edition).await.expect("read");
    let (_, found) = known.first().expect("kept");
    let words = found.errors_in_words();
    assert!(words[0].starts_with("embargoed, "), "{words:?}");
    // A person who has looked lets them go.
    let released = paper.store().release(edition, paper.now).await;
    assert_eq!(released.expect("written"), 2);
}

/// Freezes the paper's first wave without planning anybody.
async fn frozen(paper: &Paper) -> EditionId {
    let store = paper.store();
    let run = paper.run();
    let edition = store.edition_open(paper.list, paper.cadence.id, &run, paper.now);
    let edition = edition.await.expect("opened");
    let due = store.due_waves(paper.due).await.expect("read").remove(0);
    let list = store.list_by_id(paper.list).await.expect("a list");
    let press = paper.press();
    let frozen = press.frozen_wave(&list, &edition, &due, paper.now, paper.now);
    frozen.await.expect("frozen");
    edition.id
}

#[tokio::test]
async fn status_names_the_errors_and_the_commands() {
    let newsroom = planned().await;
    let store = &newsroom.folder.store;
    let waves = store.waves(EditionId(1)).await.expect("read");
    let mut found = courant::proof::Findings::default();
    found.add([courant::proof::Fault {
        flaw: courant::proof::Flaw::StoryTwice,
        severity: courant::proof::Severity::Error,
        subscription: None,
        digest: None,
        article: None,
        flight: None,
        words: "articles 1 and 2 tell one story".to_owned(),
    }]);
    let held = store.wave_faulty(waves[0].id, &found, waves[0].planned_at);
    assert_eq!(held.await.expect("written"), 2);
    let (code, out, _) = newsroom.run(&["edition", "status", "times"]);
    assert_eq!(code, 5);
    for part in [
        "ASKS: 2 letters of a plan in which the check found errors",
        "story_twice, once: articles 1 and 2 tell one story",
        "`courant edition check times --run 2026-11-26 --cadence daily`",
        "`courant edition release times --run 2026-11-26 --cadence daily`",
        "`courant edition drop times --run 2026-11-26 --cadence daily --yes`",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    let status = newsroom.json(&["edition", "status", "times", "--json"], 5);
    assert_eq!(status["asks"][0]["reason"], json!("check"));
}

mod silent {
    //! Silent on whatever selection gives.

    use std::collections::BTreeMap;

    use courant::domain::article::TopicWeight;
    use courant::domain::selection::{
        Candidate, Decisions, Kin, Languages, Personal, Reader, Rules, Sent, Updates,
    };
    use courant::domain::sponsor::{CreativeSize, Slot};
    use courant::domain::{ArticleId, EditionId, RevisionId, SourceId, StoryId, SubscriptionId};
    use courant::proof::{Booked, Frozen, Proof, Sheet, Since};
    use courant::select::select;
    use proptest::prelude::*;

    use crate::support::paper::slug;

    const HOUR: i64 = 3_600_000;
    const CUTOFF: i64 = 1_000 * HOUR;
    const TOPICS: [&str; 4] = ["city", "sport", "culture", "weather"];
    const ROOM: &[(Slot, CreativeSize)] = &[(Slot::S1, CreativeSize::M)];

    fn weights() -> impl Strategy<Value = Vec<TopicWeight>> {
        let pairs = prop::collection::btree_map(0..4_usize, 1..=1000_u16, 0..3);
        pairs.prop_map(|pairs| {
            let weight = |(topic, weight): (usize, u16)| TopicWeight {
                topic: slug(TOPICS[topic]),
                weight,
            };
            pairs.into_iter().map(weight).collect()
        })
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (
            -2..80_i64,
            weights(),
            0..12_i64,
            0..4_i64,
            0..3_usize,
            prop::option::weighted(0.2, Just("de")),
            prop::option::weighted(0.1, -5..5_i64),
            (0..1000_u16, prop::option::weighted(0.2, Just("port"))),
        );
        prop::collection::vec(one, 0..40).prop_map(|all| {
            let many = all.into_iter().enumerate();
            let made = many.map(
                |(n, (age, topics, story, source, author, language, embargo, (new, place)))| {
                    let n = i64::try_from(n).expect("a number");
                    let (id, earlier) = (n + 1, n + 1_001);
                    let mut candidate = Candidate::of(
                        ArticleId(id),
                        RevisionId(id),
                        StoryId(story + 1),
                        SourceId(source + 1),
                    );
                    candidate.dated_ms = CUTOFF - age * HOUR;
                    candidate.topics = topics;
                    candidate.places = place.into_iter().map(slug).collect();
                    candidate.author = ["", "ada", "ben"][author].to_owned();
                    candidate.language = language.map(str::to_owned);
                    candidate.embargo_ms = embargo.map(|h| CUTOFF + h * HOUR);
                    candidate.kin.push(Kin {
                        revision: RevisionId(earlier),
                        new,
                    });
                    candidate
                },
            );
            let mut made: Vec<Candidate> = made.collect();
            // All texts of a story are kin of each of its articles.
            let mut kin: BTreeMap<StoryId, Vec<Kin>> = BTreeMap::new();
            for candidate in &made {
                let own = candidate.kin.iter().copied();
                kin.entry(candidate.story).or_default().extend(own);
            }
            for candidate in &mut made {
                candidate.kin.clone_from(&kin[&candidate.story]);
            }
            made
        })
    }

    fn rules() -> impl Strategy<Value = Rules> {
        let sizes = (1..14_u16, 0..5_u16, 1..5_u16, 0..3_u16, 0..2_u16);
        let ways = (any::<bool>(), any::<bool>(), 0..1000_u16, 0..3_u16);
        let decisions = (
            prop::option::weighted(0.3, 1..12_i64),
            prop::collection::vec(1..12_i64, 0..3),
            prop::collection::vec(1..12_i64, 0..3),
        );
        (sizes, ways, decisions).prop_map(|(sizes, ways, (lead, pins, bans))| Rules {
            cutoff_ms: CUTOFF,
            stories: sizes.0,
            stories_min: sizes.1,
            topic_cap: sizes.2,
            source_cap: sizes.3,
            author_cap: sizes.4,
            personal: if ways.0 {
                Personal::Order
            } else {
                Personal::Filter
            },
            languages: if ways.1 {
                Languages::Any
            } else {
                Languages::Reader
            },
            diversity: ways.2,
            updates: Updates {
                after_ms: 6 * HOUR,
                new: 350,
                most: ways.3,
            },
            decisions: Decisions {
                lead: lead.map(StoryId),
                pins: pins.into_iter().map(StoryId).collect(),
                bans: bans
                    .into_iter()
                    .map(|s| (StoryId(s), "mia".to_owned()))
                    .collect(),
                ..Decisions::default()
            },
            ..Rules::default()
        })
    }

    fn readers() -> impl Strategy<Value = Reader> {
        let memory = prop::collection::vec((1..40_i64, any::<bool>(), 1..4_i64, 1..200_i64), 0..15);
        let since = prop::option::weighted(0.1, 60..200_i64);
        let place = prop::option::weighted(0.3, Just("port"));
        ((weights(), place), memory, any::<bool>(), since, 0..12_u16).prop_map(
            |((topics, place), memory, short, since, stories)| Reader {
                topics,
                places: place.into_iter().map(slug).collect(),
                stories,
                short,
                language: "en".to_owned(),
                since_ms: since.map(|h| CUTOFF - h * HOUR),
                memory: memory
                    .into_iter()
                    .map(|(text, earlier, edition, ago)| Sent {
                        revision: RevisionId(if earlier { text + 1_000 } else { text }),
                        edition: EditionId(edition),
                        at_ms: CUTOFF - ago * HOUR,
                    })
                    .collect(),
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

        #[test]
        fn the_proof_is_silent_on_whatever_selection_gives(
            candidates in candidates(), rules in rules(), reader in readers(),
        ) {
            let selection = select(&candidates, &reader, &rules);
            prop_assume!(selection.skip.is_none());
            let frozen = Frozen {
                candidates: &candidates,
                rules: &rules,
                due_ms: CUTOFF + HOUR,
                slots: ROOM,
            };
            let sheet = Sheet {
                subscription: SubscriptionId(1),
                digest: None,
                picks: &selection.picks,
                left_out: 0,
                placements: Vec::new(),
                open: true,
                active: true,
                topics: &reader.topics,
                places: &reader.places,
                language: &reader.language,
                short: reader.short,
                aim: if reader.stories == 0 { rules.stories } else { reader.stories },
                since_ms: reader.since_ms,
                memory: &reader.memory,
                octets: None,
            };
            let proof = Proof::new(frozen, Since::default());
            let faults = proof.read(&sheet, &Booked::new(&[], BTreeMap::new()));
            prop_assert!(faults.is_empty(), "{faults:#?}\n{:#?}", selection.picks);
        }
    }
}
