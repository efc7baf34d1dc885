//! The house's own rules, read off the sources as text: the map and the floors of ARCHITECTURE.md,
//! sizes, SQL in one room, one reader of the clock, and a contract test for every verb of the store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

/// Files and functions that may be longer, each with its reason; three at the most.
const LONGER: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, base: &Path, out: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path
                    .strip_prefix(base)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                out.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(&root().join("src"), &root().join("src"), &mut out);
    out
}

/// A source without its in-file tests.
fn product(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap()
}

fn is_test_file(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/")
}

/// file → floor, as ARCHITECTURE.md's map says: lines of `floor  path  what it is`.
fn map() -> BTreeMap<String, u8> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let block = text
        .split("```map\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let mut map = BTreeMap::new();
    for line in block.lines().filter(|l| !l.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let floor = match words.next().unwrap() {
            "roof" => 5,
            n => n.parse().unwrap_or_else(|_| panic!("no floor in `{line}`")),
        };
        let path = words.next().unwrap().to_owned();
        assert!(
            words.next().is_some(),
            "`{path}` stands in the map without a word about it"
        );
        assert!(
            map.insert(path.clone(), floor).is_none(),
            "`{path}` stands in the map twice"
        );
    }
    map
}

#[test]
fn the_map_names_every_file_and_no_other() {
    let map: BTreeSet<String> = map().into_keys().collect();
    let tree: BTreeSet<String> = sources().into_keys().filter(|f| !is_test_file(f)).collect();
    let missing: Vec<_> = tree.difference(&map).collect();
    let gone: Vec<_> = map.difference(&tree).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the map: {missing:?}; gone: {gone:?}"
    );
}

/// The file that a path such as `crate::store::ledger::Record` leads to.
fn file_of(path: &str, map: &BTreeMap<String, u8>) -> Option<String> {
    let parts: Vec<&str> = path.split("::").collect();
    for n in (1..=parts.len()).rev() {
        let stem = parts[..n].join("/");
        for name in [format!("{stem}.rs"), format!("{stem}/mod.rs")] {
            if map.contains_key(&name) {
                return Some(name);
            }
        }
    }
    None
}

/// Every `crate::…` path of a source, nested braces of a `use` unfolded one deep.
fn paths(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + 7..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .unwrap_or(rest.len());
        let stem = rest[..end].trim_end_matches(':');
        match rest[end..].strip_prefix('{') {
            Some(inner) => {
                let inner = inner.split('}').next().unwrap_or_default();
                for item in inner.split(',') {
                    let item = item.trim().split("::{").next().unwrap_or_default();
                    out.push(format!("{stem}::{item}"));
                }
            }
            None => out.push(stem.to_owned()),
        }
    }
    out
}

#[test]
fn a_room_looks_down_and_never_up() {
    let map = map();
    let mut wrong = Vec::new();
    for (name, text) in sources().iter().filter(|(f, _)| !is_test_file(f)) {
        let own = map[name];
        for path in paths(product(text)) {
            let Some(target) = file_of(&path, &map) else {
                continue;
            };
            let floor = map[&target];
            let room = |f: &str| {
                f.split('/')
                    .next()
                    .unwrap()
                    .trim_end_matches(".rs")
                    .to_owned()
            };
            let neighbour = own == 3 && floor == 3 && room(name) != room(&target);
            if floor > own || (neighbour && room(name) != "schedule") {
                wrong.push(format!(
                    "{name} (floor {own}) looks at {target} (floor {floor})"
                ));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn floors_0_and_1_are_pure() {
    let map = map();
    let words = [
        "async ",
        "sqlx",
        "axum",
        "reqwest",
        "tokio",
        "std::fs",
        "std::net",
        "Timestamp::now",
    ];
    let mut wrong = Vec::new();
    for (name, text) in sources()
        .iter()
        .filter(|(f, _)| map.get(*f).is_some_and(|n| *n < 2))
    {
        for (n, line) in product(text).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for word in words.iter().filter(|w| code.contains(**w)) {
                wrong.push(format!("{name}:{} `{word}`", n + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_and_functions_are_of_a_size_to_know_ones_way_in() {
    assert!(LONGER.len() <= 3);
    let may = |what: &str| LONGER.iter().any(|(known, _)| *known == what);
    let mut wrong = Vec::new();
    for (name, text) in sources().iter().filter(|(f, _)| !is_test_file(f)) {
        let text = product(text);
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > FILE_LINES && !may(name) {
            wrong.push(format!("{name} has {} lines", lines.len()));
        }
        for (start, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            let starts = [
                "fn ",
                "pub fn ",
                "async fn ",
                "pub async fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "pub(super) async fn ",
                "pub(crate) async fn ",
            ];
            // A declaration has no body; it may close on a later line of its own.
            let declared = lines[start..].iter().find(|l| l.ends_with(['{', ';', '}']));
            if !starts.iter().any(|s| head.starts_with(s))
                || declared.is_some_and(|l| l.ends_with(';'))
            {
                continue;
            }
            let close = format!("{}}}", " ".repeat(indent));
            let end = lines[start..].iter().position(|l| *l == close).unwrap_or(0);
            if end + 1 > FUNCTION_LINES && !may(&format!("{name}: {head}")) {
                wrong.push(format!(
                    "{name}:{} `{head}` has {} lines",
                    start + 1,
                    end + 1
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_outside_thing_has_one_room() {
    let mut wrong = Vec::new();
    let sql = [
        "\"select ",
        "\"insert into ",
        "\"update ",
        "\"delete from ",
        "\"pragma ",
    ];
    for (name, text) in sources().iter().filter(|(f, _)| !is_test_file(f)) {
        for (n, line) in product(text).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let lower = code.to_lowercase();
            let mut say = |what: &str| wrong.push(format!("{name}:{} {what}", n + 1));
            if !name.starts_with("store/") && sql.iter().any(|s| lower.contains(s)) {
                say("speaks SQL outside store/");
            }
            let clock = [
                "Timestamp::now(",
                "SystemTime::now(",
                "Utc::now(",
                "Zoned::now(",
            ];
            if name != "clock.rs" && clock.iter().any(|c| code.contains(c)) {
                say("reads the clock outside clock.rs");
            }
            if !name.starts_with("config/") && code.contains("std::env::") {
                say("reads the environment outside config/");
            }
            let full = ["store/", "deliver/", "press/freeze.rs", "cli/", "domain/"];
            let address = text.contains("Address") && code.contains(".full()");
            if address && !full.iter().any(|f| name.starts_with(f)) {
                say("takes a whole address");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_room_is_a_bottom_drawer() {
    let drawers = [
        "util", "utils", "helper", "helpers", "common", "misc", "manager", "data", "info",
    ];
    for name in sources().keys() {
        for part in name.trim_end_matches(".rs").split('/') {
            assert!(!drawers.contains(&part), "`{name}` says nothing");
        }
    }
}

#[test]
fn every_verb_of_the_store_is_called_by_its_contract() {
    let mut contract = String::new();
    for entry in std::fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("store")
        {
            contract.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let mut missing = Vec::new();
    for (name, text) in sources().iter().filter(|(f, _)| f.starts_with("store/")) {
        for line in product(text).lines() {
            let Some(rest) = line.strip_prefix("    pub async fn ") else {
                continue;
            };
            let verb = rest.split(['(', '<']).next().unwrap();
            if !contract.contains(&format!(".{verb}(")) && !contract.contains(&format!("::{verb}("))
            {
                missing.push(format!("{name}: {verb}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
