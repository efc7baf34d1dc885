//! Cron expressions against the vectors of other implementations.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::time::{CronExpr, Timestamp, Zone, format_rfc3339_in};
use serde_json::Value;

use crate::support::skip;

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
    ("0 7 * * 5#2", "day of week"),
    ("0 7 * * mon#1", "day of week"),
    ("0 7 15W * *", "day of month"),
    ("0 7 L * *", "day of month"),
    ("0 7 L-3 * *", "day of month"),
    ("0 7 * * fri-", "day of week"),
    ("0 7 * * -fri", "day of week"),
    ("0 7 * jan-feb-mar *", "month"),
    ("0 7 * */13 *", "month"),
    ("0 7 1/0 * *", "day of month"),
    ("0 7 1//2 * *", "day of month"),
    ("0 7 **  * *", "day of month"),
    ("0 7,,8 * * *", "hour"),
    ("0 H * * *", "hour"),
    ("0 0x7 * * *", "hour"),
    ("0 ７ * * *", "hour"),
    ("0 999999999999 * * *", "hour"),
    ("+5 * * * *", "minute"),
    ("~ * * * *", "minute"),
    ("0 7 ? * *", "day of month"),
    ("0 7 * * 5L", "day of week"),
    ("0 7 * *", "4 fields"),
    ("0 0 7 * * *", "6 fields"),
    ("0 0 7 * * * 2026", "7 fields"),
    ("@reboot", "nickname"),
    ("@every 5m", "nickname"),
    ("CRON_TZ=UTC 0 7 * * *", "6 fields"),
    ("   ", "empty"),
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
        let ours = answer(vector).map(|found| found.first().cloned());
        wrong.push(format!("{vector}\n  gave {ours:?}"));
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
    for (text, sign) in [
        ("0 7 L * *", "`L`"),
        ("0 7 15W * *", "`W`"),
        ("0 7 * * 5#2", "`#`"),
        ("0 7 * * 5L", "`L`"),
        ("0 7 ? * *", "`?`"),
    ] {
        let error = CronExpr::parse(text).expect_err(text).to_string();
        let words = format!("uses {sign}, which crontab does not have");
        assert!(error.ends_with(&words), "{text}: {error}");
    }
}
