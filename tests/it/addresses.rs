//! `subscriber check-address` as it is typed, and held against what the suites of others say; that
//! material is found through `COURANT_CORPUS`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::binary::courant_reading;
use crate::support::skip;

/// Answers to lines, in an empty folder.
fn checked(lines: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let args = ["subscriber", "check-address", "--json"];
    let (code, out, err) = courant_reading(folder.path(), &args, lines);
    assert_eq!((code, err.as_str()), (0, ""));
    out.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn every_line_is_answered_in_one_line() {
    let long = "x".repeat(9_000);
    let lines =
        format!("Mara@Bücher.Example\n\njörg@x.example\nx@localhost\n{long}\r\nlast@x.example");
    let answers = checked(&lines);
    assert_eq!(
        answers[0],
        json!({"address": "Mara@Bücher.Example", "valid": true, "normalized": "Mara@bücher.example",
            "ascii": "Mara@xn--bcher-kva.example", "reason": null})
    );
    assert_eq!(
        answers[2],
        json!({"address": "jörg@x.example", "valid": true, "normalized": "jörg@x.example",
            "ascii": null,
            "reason": "the part before @ has characters that this service cannot send to yet (SMTPUTF8)"})
    );
    let valid: Vec<bool> = answers.iter().map(|a| a["valid"] == true).collect();
    assert_eq!(valid, [true, false, true, false, false, true]);
    assert_eq!(answers[3]["reason"], "the part after @ is no domain name");
}

#[test]
fn a_carriage_return_is_an_end_of_line_only_where_all_lines_end_so() {
    let valid =
        |lines: &str| -> Vec<bool> { checked(lines).iter().map(|a| a["valid"] == true).collect() };
    assert_eq!(valid("a@x.example\r\nb@x.example\r\n"), [true, true]);
    assert_eq!(valid("a@x.example\nb@x.example\r\n"), [true, false]);
}

#[test]
fn plain_addresses_of_other_suites_are_taken_and_what_all_refuse_is_refused() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS") else {
        return skip("address vectors", "COURANT_CORPUS is not set");
    };
    let path = PathBuf::from(corpus).join("addresses/vectors.jsonl");
    let rows: Vec<Value> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let one_line = |row: &&Value| !row["address"].as_str().unwrap().contains('\n');
    let rows: Vec<&Value> = rows.iter().filter(one_line).collect();
    let text = |row: &Value| row["address"].as_str().unwrap().to_owned();
    let lines: Vec<String> = rows.iter().map(|r| text(r)).collect();
    let answers = checked(&(lines.join("\n") + "\n"));
    assert_eq!(answers.len(), rows.len());
    // Quotes, comments, literals, white space and names without a dot are valid and not plain, and one
    // suite takes a local part that is longer than SMTP allows.
    let exotic = |address: &str| {
        let (local, domain) = address.rsplit_once('@').unwrap();
        // U+103FF is no character, which no registry has in a name.
        address.contains(['"', '(', '[', '\\', ' ', '\u{103ff}'])
            || !domain.contains('.')
            || local.len() > 64
    };
    let mut wrong = Vec::new();
    for (row, answer) in rows.iter().zip(&answers) {
        let (address, valid) = (text(row), answer["valid"] == true);
        let refused_by_all = row["valid"] == false && row["rfc5322_valid"] != true;
        if (row["valid"] == true && !valid && !exotic(&address)) || (refused_by_all && valid) {
            wrong.push(format!("{address:?}: {}", answer["reason"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
