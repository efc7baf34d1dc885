//! Topics: sets of labelled news in several languages, each cut into five parts that tell different
//! stories; every part is judged by a model of the other four, ours as `topic train` makes it, and
//! scikit-learn's beside it. Bar: above tf-idf with complement naive Bayes in accuracy and macro-F1, in
//! every set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use courant::topics::{Pupil, Text};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::outside;

/// The sets that are judged, as `source` names them.
const SETS: [&str; 6] = [
    "bbc-2005",
    "ag-news-test",
    "masakhanews-eng",
    "masakhanews-fra",
    "masakhanews-amh",
    "masakhanews-swa",
];
const PARTS: u64 = 5;
/// Jaccard of three-word shingles from which on two texts are one story.
const SAME_STORY: f64 = 0.3;

/// A row of a set and the part that it is in.
struct Row {
    id: String,
    title: String,
    text: String,
    topic: String,
    part: u64,
}

impl Row {
    fn text(&self) -> Text<'_> {
        Text {
            title: &self.title,
            body: &self.text,
        }
    }
}

/// Judges; true where every bar is met.
pub fn judge(corpus: &Path) -> bool {
    let mut sets: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for file in ["articles/articles-1.jsonl", "articles/articles-2.jsonl"] {
        for row in outside::rows(&corpus.join(file)) {
            let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            if SETS.contains(&row["source"].as_str().unwrap_or_default()) {
                sets.entry(word("source")).or_default().push(Row {
                    id: word("id"),
                    title: word("title"),
                    text: word("text"),
                    topic: word("category"),
                    part: 0,
                });
            }
        }
    }
    sets.values_mut().for_each(|rows| into_parts(rows));
    let baseline = baseline(&sets);
    println!(
        "{:<16} {:>5}  {:>13}  {:>13}  {:>13}   accuracy / macro-F1",
        "set", "rows", "courant", "tf-idf + CNB", "tf-idf + LR"
    );
    let mut met = true;
    for (name, rows) in &sets {
        let own = own(rows);
        let theirs = |model: &str| {
            let figure = |n: usize| baseline.as_ref()?[name][model][n].as_f64();
            Some((figure(0)?, figure(1)?))
        };
        let shown = |of: Option<(f64, f64)>| {
            of.map_or("–".to_owned(), |(a, f)| format!("{a:.3} / {f:.3}"))
        };
        let above = theirs("cnb").is_none_or(|(a, f)| own.0 > a && own.1 > f);
        met &= above;
        println!(
            "{name:<16} {:>5}  {}  {:>13}  {:>13}{}",
            rows.len(),
            shown(Some(own)),
            shown(theirs("cnb")),
            shown(theirs("lr")),
            if above { "" } else { "   not above" }
        );
    }
    met
}

/// Puts rows into parts by a hash of the group of copies that they belong to.
fn into_parts(rows: &mut [Row]) {
    let shingles: Vec<BTreeSet<u64>> = rows.iter().map(|r| shingles(&r.title, &r.text)).collect();
    let mut head: Vec<usize> = (0..rows.len()).collect();
    for one in 0..rows.len() {
        for other in 0..one {
            let both = shingles[one].intersection(&shingles[other]).count();
            let all = shingles[one].len() + shingles[other].len() - both;
            if both as f64 >= SAME_STORY * all.max(1) as f64 {
                let (old, new) = (head[one].max(head[other]), head[one].min(head[other]));
                head.iter_mut()
                    .filter(|h| **h == old)
                    .for_each(|h| *h = new);
            }
        }
    }
    let ids: Vec<String> = head.iter().map(|h| rows[*h].id.clone()).collect();
    for (row, id) in rows.iter_mut().zip(ids) {
        let hash: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        row.part = u64::from(hash[0]) % PARTS;
    }
}

fn shingles(title: &str, text: &str) -> BTreeSet<u64> {
    let whole = format!("{title} {text}").to_lowercase();
    let words: Vec<&str> = whole.split_whitespace().collect();
    let hash = |words: &[&str]| {
        let hash: [u8; 32] = Sha256::digest(words.join(" ").as_bytes()).into();
        u64::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
    };
    words.windows(3).map(hash).collect()
}

/// Accuracy and macro-F1 of our models.
fn own(rows: &[Row]) -> (f64, f64) {
    let mut right = 0;
    // By topic: named rightly, named, so.
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    let mut said: Vec<(&str, String)> = Vec::new();
    for part in 0..PARTS {
        let mut pupil = Pupil::default();
        for row in rows.iter().filter(|r| r.part != part) {
            let taken = pupil.meet(&row.text(), &[&row.topic]);
            taken.expect("a row to learn from");
        }
        let model = pupil.train("rows").expect("several topics");
        for row in rows.iter().filter(|r| r.part == part) {
            let found = model.classify(&row.text());
            let topic = found.first().map(|s| s.topic.clone());
            said.push((&row.topic, topic.unwrap_or_default()));
        }
    }
    for (so, named) in &said {
        right += usize::from(so == named);
        counts.entry(so).or_default()[2] += 1.0;
        counts.entry(named).or_default()[1] += 1.0;
        if so == named {
            counts.entry(so).or_default()[0] += 1.0;
        }
    }
    let f1 = counts
        .values()
        .map(|[both, named, so]| 2.0 * both / (named + so));
    let f1 = f1.sum::<f64>() / counts.len().max(1) as f64;
    (right as f64 / said.len().max(1) as f64, f1)
}

/// scikit-learn's figures for the same parts; `None` where there is none.
fn baseline(sets: &BTreeMap<String, Vec<Row>>) -> Option<Value> {
    let python = outside::python(&[("scikit-learn", "sklearn")])?;
    let mut input = String::new();
    for (name, rows) in sets {
        for row in rows {
            let row = json!({"set": name, "part": row.part, "title": row.title, "text": row.text,
                "topic": row.topic});
            input.push_str(&format!("{row}\n"));
        }
    }
    serde_json::from_str(&outside::script(&python, "topics.py", &input)?).ok()
}
