//! Cron expressions against the vectors of other implementations.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::time::{CronExpr, Timestamp, Zone, format_rfc3339_in};
use serde_json::Value;

use crate::support::skip;

/// Vectors of the hard core (plain five fields, no second opinion differs) that we answer otherwise,
/// with the reason.
///
/// All three: a day-of-month field `*/N` beside a restricted day of week. Their authors take `*/N`
/// for a restriction and fire on either; crontab(5) takes a field that starts with `*` for none and
/// wants both, as the vectors' own `dom_dow` says ("AND because one field starts with * (vixie)").
/// Each comes with what crontab fires at; the last one's answer is croniter's own for the same
/// vector under `implement_cron_bug`.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "0 0 */2 * 1-5",
        "2022-08-09T00:00:00+00:00",
        "2022-08-11T00:00:00+00:00",
    ),
    (
        "3-59/15 6-12 */15 1 2-5",
        "2017-01-08T00:00:00+00:00",
        "2017-01-31T06:03:00+00:00",
    ),
    (
        "0 16 */2 * sat",
        "2023-05-02T00:00:00+00:00",
        "2023-05-13T16:00:00+00:00",
    ),
];

/// Refused with the field named, or for its shape: none of these is a crontab(5) expression.
const MALFORMED: &[(&str, &str)] = &[
    ("60 * * * *", "minute"),
    ("-1 * * * *", "minute"),
    ("1.5 * * * *", "minute"),
    ("*/0 * * * *", "minute"),
    ("1- * * * *", "minute"),
    ("1, * * * *", "minute"),
    ("0 24 * * *", "hour"),
    ("0 7pm * * *", "hour"),
    ("0 7 0 * *", "day of month"),
    ("0 7 32 * *", "day of month"),
    ("0 7 LW * *", "day of month"),
    ("0 7 * 0 *", "month"),
    ("0 7 * 13 *", "month"),
    ("0 7 * janu *", "month"),
    ("0 7 * * 8", "day of week"),
    ("0 7 * * mo", "day of week"),
    ("0 7 * * 5L", "day of week"),
    ("0 7 * *", "4 fields"),
    ("0 0 7 * * *", "6 fields"),
    ("0 0 7 * * * 2026", "7 fields"),
    ("@reboot", "nickname"),
    ("", "empty"),
];

/// What the vector asks: as many occurrences as it lists, as text in its zone.
fn answer(vector: &Value) -> Result<Vec<String>, String> {
    let text = |key: &str| vector[key].as_str().unwrap();
    let expr = CronExpr::parse(text("expr")).map_err(|error| error.to_string())?;
    let zone = Zone::parse(text("tz")).map_err(|error| error.to_string())?;
    let mut from: Timestamp = text("from").parse().unwrap();
    if vector["inclusive"] == true {
        // At or after; upstream drops the seconds of `from` first.
        let minute = from.as_second().div_euclid(60) * 60;
        from = Timestamp::new(minute - 1, 999_999_999).unwrap();
    }
    let count = expected(vector).len().max(1);
    let found = expr.upcoming(from, &zone, None, count);
    Ok(found
        .iter()
        .map(|next| format_rfc3339_in(next.at, &zone))
        .collect())
}

/// The occurrences that the vector lists, written alike.
fn expected(vector: &Value) -> Vec<String> {
    let zone = Zone::parse(vector["tz"].as_str().unwrap()).unwrap();
    let written = |next: &Value| {
        let at: Timestamp = next.as_str().unwrap().parse().unwrap();
        format_rfc3339_in(at, &zone)
    };
    vector["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(written)
        .collect()
}

/// A vector that lists nothing may be refused or never fire.
fn right(vector: &Value) -> bool {
    answer(vector).map_or(expected(vector).is_empty(), |found| {
        found == expected(vector)
    })
}

fn is(vector: &Value, key: &str) -> bool {
    vector[key] == true
}

#[test]
fn vectors() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS") else {
        skip("cron vectors", "COURANT_CORPUS is not set");
        return;
    };
    let path = std::path::Path::new(&corpus).join("cron/vectors.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let vectors: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (mut core, mut right_core, mut dialect, mut right_dialect) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for vector in &vectors {
        if !is(vector, "standard5") || is(vector, "contested") {
            dialect += 1;
            right_dialect += usize::from(right(vector));
            continue;
        }
        core += 1;
        if right(vector) {
            right_core += 1;
            continue;
        }
        let known = OTHERWISE.iter().find(|(expr, from, _)| {
            vector["expr"] == **expr && vector["from"] == **from && vector["options"].is_null()
        });
        let ours = answer(vector).map(|found| found[0].clone());
        if known.map(|(_, _, crontab)| *crontab) != ours.as_deref().ok() {
            wrong.push(format!("{vector}\n  gave {ours:?}"));
        }
    }
    println!(
        "cron vectors: {right_core} of {core} right in the hard core, {right_dialect} of {dialect} beside it"
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        core > 0,
        "{} holds no vector of the hard core",
        path.display()
    );
    let never = vectors.iter().filter(|vector| expected(vector).is_empty());
    for vector in never {
        assert!(right(vector), "should never fire: {vector}");
    }
}

#[test]
fn malformed_expressions_are_refused_by_name() {
    for (text, named) in MALFORMED {
        let error = CronExpr::parse(text).expect_err(text).to_string();
        assert!(error.contains(named), "{text}: {error}");
    }
}
