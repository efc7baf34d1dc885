//! `sponsor solve`: a wave written by hand, through the binary, in a folder with nothing in it.

use serde_json::{Value, json};

use crate::support::binary::{Said, run, typed};

fn solve(wave: &str, flags: &[&str]) -> Said {
    run(
        typed(&[&["sponsor", "solve", "-"], flags].concat(), &[]),
        wave,
    )
}

fn planned(wave: &Value) -> Value {
    let (code, out, said) = solve(&wave.to_string(), &["--json"]);
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&out).expect("JSON")
}

/// Two flights of one group that both want S1, and a house flight.
fn wave() -> Value {
    json!({
        "slots": ["S1", "S2"],
        "flights": [
            {"id": "books", "tier": 1, "quota": 6, "group": "shops", "all": false},
            {"id": "wine", "tier": 1, "quota": 12, "group": "shops", "all": false},
            {"id": "own", "tier": 3, "quota": 100, "group": null, "all": false},
        ],
        "classes": [
            {"id": "local", "count": 4, "eligible": {"S1": ["books", "wine"], "S2": ["own"]}},
            {"id": "sport", "count": 5, "eligible": {"S1": ["books", "wine", "own"], "S2": ["own"]}},
        ],
    })
}

#[test]
fn a_short_tier_is_shared_and_house_takes_the_rest() {
    // Nine digests for eighteen that are booked: half for each of the two.
    let plan = planned(&wave());
    assert_eq!(plan["delivered"], json!({"books": 3, "own": 9, "wine": 6}));
    assert_eq!(plan["tiers"], json!({"1": 9, "3": 9}));
    assert_eq!(plan["gap"], json!({"1": 0, "3": 0}));
    let rows = plan["placements"].as_array().expect("rows");
    for (class, count) in [("local", 4), ("sport", 5)] {
        let own = rows.iter().filter(|r| r["class"] == class);
        let sum: u64 = own.map(|r| r["count"].as_u64().expect("a count")).sum();
        assert_eq!(sum, count, "{plan}");
    }
    assert!(rows.iter().all(|r| r["slots"]["S2"] == "own"), "{plan}");
}

#[test]
fn a_table_says_the_same_to_people() {
    let (code, out, said) = solve(&wave().to_string(), &[]);
    assert_eq!((code, said.as_str()), (0, ""));
    let expected = [
        ["local", "1", "books", "own"],
        ["local", "3", "wine", "own"],
        ["sport", "2", "books", "own"],
        ["sport", "3", "wine", "own"],
    ];
    let cells = |line: &str| -> Vec<String> {
        let words = line.split(|c: char| c.is_whitespace() || "|│┆".contains(c));
        words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let lines: Vec<Vec<String>> = out.lines().map(cells).collect();
    for row in expected {
        assert!(lines.iter().any(|line| *line == row), "{row:?}\n{out}");
    }
    assert!(out.contains("tier 1: 9, and no plan has more\n"), "{out}");
}

#[test]
fn a_takeover_fills_every_slot_of_its_digests_and_leaves_the_others_most() {
    let plan = planned(&json!({
        "slots": ["S1", "S2"],
        "flights": [
            {"id": 7, "tier": 0, "quota": 2, "all": true},
            {"id": "a", "tier": 1, "quota": 9},
        ],
        "classes": [
            {"id": 1, "count": 2, "eligible": {"S1": [7, "a"], "S2": [7]}},
            {"id": 2, "count": 3, "eligible": {"S1": [7], "S2": [7]}},
        ],
        "made by": "hand",
    }));
    assert_eq!(plan["delivered"], json!({"7": 2, "a": 2}));
    assert_eq!(plan["tiers"], json!({"0": 2, "1": 2}));
    let rows = plan["placements"].as_array().expect("rows");
    let whole = json!({"class": 2, "count": 2, "slots": {"S1": 7, "S2": 7}});
    let empty = json!({"class": 2, "count": 1, "slots": {"S1": null, "S2": null}});
    assert!(rows.contains(&whole) && rows.contains(&empty), "{plan}");
}

#[test]
fn a_takeover_that_may_not_have_every_slot_is_named_and_gets_none() {
    let wave = json!({
        "slots": ["S1", "S2"],
        "flights": [{"id": "all of it", "tier": 0, "quota": 2, "all": true}],
        "classes": [{"id": "c", "count": 2, "eligible": {"S1": ["all of it"]}}],
    });
    let (code, out, said) = solve(&wave.to_string(), &["--json"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("classes[0].eligible") && said.contains("all of it"),
        "{said}"
    );
    let plan: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(plan["delivered"], json!({"all of it": 0}));
}

#[test]
fn the_order_in_the_file_does_not_matter() {
    let mut turned = wave();
    for of in ["flights", "classes"] {
        turned[of].as_array_mut().expect("rows").reverse();
    }
    assert_eq!(planned(&wave()), planned(&turned));
}

#[test]
fn what_will_not_do_is_said_by_its_field() {
    let changed = |path: &str, value: Value| {
        let mut wave = wave();
        *wave.pointer_mut(path).expect("is there") = value;
        wave.to_string()
    };
    let cases = [
        ("{".to_owned(), "line 1"),
        ("[]".to_owned(), "hint: a wave is"),
        (format!("{} {}", wave(), wave()), "trailing characters"),
        (
            changed("/flights/0/tier", json!(4)),
            "`flights[0].tier`: 4 is no tier",
        ),
        (changed("/flights/2/quota", json!(-1)), "`flights[2].quota`"),
        (
            changed("/flights/2/quota", json!(1e30)),
            "`flights[2].quota`",
        ),
        (
            changed("/flights/2/quota", json!(u64::MAX)),
            "`flights[2].quota`",
        ),
        (
            changed("/flights/1/id", json!("books")),
            "`flights[1].id`: `books`",
        ),
        (changed("/flights/1/all", json!(true)), "`flights[1].all`"),
        (
            changed("/classes/1/id", json!("local")),
            "`classes[1].id`: `local`",
        ),
        (changed("/classes/1/count", json!(u64::MAX)), "`classes`"),
        (
            changed("/classes/0/count", json!("4")),
            "`classes[0].count`",
        ),
        (
            changed("/classes/0/eligible/S1/1", json!("beer")),
            "`classes[0].eligible.S1[1]`: there is no flight `beer`",
        ),
        (
            changed("/classes/0/eligible", json!({"S9": ["own"]})),
            "`classes[0].eligible.S9`: there is no such slot",
        ),
        (
            changed("/classes/0/eligible", json!([])),
            "`classes[0].eligible`",
        ),
        (changed("/slots/1", json!("S1")), "`slots[1]`"),
        (changed("/slots", json!([])), "`slots`"),
        (changed("/slots", json!(vec!["S"; 9])), "`slots`"),
        (
            wave().to_string().replace("\"S2\":[", "\"S1\":["),
            "the slot `S1` stands there twice",
        ),
    ];
    for (wave, words) in cases {
        let (code, out, said) = solve(&wave, &["--json"]);
        assert_eq!((code, out.as_str()), (1, ""), "{wave}\n{said}");
        assert!(said.starts_with("error: cannot plan `-`: "), "{said}");
        assert!(
            said.contains(words) && said.contains("\nhint: "),
            "{words}\n{said}"
        );
    }
}

#[test]
fn a_wave_that_is_no_flow_says_how_near_its_bound_it_is() {
    // Six are booked. In `x` either `a` stands alone or `b` beside `c`, so one of the six is left
    // over whatever is done.
    let plan = planned(&json!({
        "slots": ["S1", "S2"],
        "flights": [
            {"id": "a", "tier": 1, "quota": 1, "group": "g"},
            {"id": "b", "tier": 1, "quota": 2, "group": "g"},
            {"id": "c", "tier": 1, "quota": 3},
        ],
        "classes": [
            {"id": "x", "count": 2, "eligible": {"S1": ["a", "c"], "S2": ["b"]}},
            {"id": "y", "count": 1, "eligible": {"S1": ["b", "c"], "S2": ["c"]}},
        ],
    }));
    assert_eq!(plan["tiers"], json!({"1": 5}), "{plan}");
    assert_eq!(plan["gap"], json!({"1": 0}));
}
