//! Topics: sets of labelled news in several languages, cut in several ways into five parts that tell
//! different stories; every part is judged by a model of the other four, ours as `topic train` makes it,
//! and scikit-learn's beside it. Of each set one half of the stories decides nothing here: on it the
//! constants of the model were chosen, and the figures are those of the other half. Bar: above tf-idf
//! with complement naive Bayes in accuracy and macro-F1, in every set.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use courant::topics::{Pupil, Standing, Text};
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
/// Ways in which a set is cut, at most; figures are means over those that both had time for.
const SPLITS: u64 = 5;
/// No further way of cutting is begun that would end after this.
const TIME: Duration = Duration::from_secs(600);
/// Jaccard of three-word shingles from which on two texts are one story.
const SAME_STORY: f64 = 0.3;

/// A row of a set, the part that it is in by each way of cutting, and whether it is judged.
struct Row {
    id: String,
    title: String,
    text: String,
    topic: String,
    parts: Vec<u64>,
    judged: bool,
}

/// How a model does: means over the ways of cutting.
#[derive(Clone, Copy, Default)]
struct Figures {
    accuracy: f64,
    macro_f1: f64,
    /// Share that it would label without asking, and the share of those that is right.
    auto: f64,
    auto_right: f64,
    /// Share of those that it would suggest that is right.
    suggested_right: f64,
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
                    parts: Vec::new(),
                    judged: false,
                });
            }
        }
    }
    sets.values_mut().for_each(|rows| into_parts(rows));
    // Each has a processor of its own.
    let (own, baseline) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| baseline(&sets));
        (own(&sets), theirs.join().unwrap_or_default())
    });
    let ways = baseline.as_ref().and_then(ways).unwrap_or(usize::MAX);
    let ways = ways.min(own.values().map(Vec::len).min().unwrap_or_default());
    println!(
        "accuracy ± the 95 % interval of that many texts / macro-F1, means over {ways} ways of cutting;"
    );
    println!(
        "how far above CNB on the same rows ± the standard error of that over the ways of cutting"
    );
    println!(
        "{:<16} {:>6}  {:>19}  {:>19}  {:>19}  {:>31}  auto, right; suggested right",
        "set", "judged", "courant", "tf-idf + CNB", "tf-idf + LR", "above CNB"
    );
    let mut met = true;
    for (name, rows) in &sets {
        let splits = &own[name][..ways];
        let own = means(splits);
        let each = |model: &str, n: usize| -> Option<Vec<f64>> {
            let all = baseline.as_ref()?[name][model].as_array()?.iter();
            all.take(ways).map(|split| split[n].as_f64()).collect()
        };
        let theirs = |model: &str| Some((mean(&each(model, 0)?).0, mean(&each(model, 1)?).0));
        let ahead = |n: usize, of: fn(&Figures) -> f64| {
            let theirs = each("cnb", n)?;
            let ahead: Vec<f64> = splits
                .iter()
                .zip(theirs)
                .map(|(own, t)| of(own) - t)
                .collect();
            let (mean, error) = mean(&ahead);
            Some(format!("{mean:+.3} ±{error:.3}"))
        };
        let ahead = ahead(0, |own| own.accuracy).zip(ahead(1, |own| own.macro_f1));
        let ahead = ahead.map_or("–".to_owned(), |(a, f)| format!("{a} / {f}"));
        let judged = rows.iter().filter(|r| r.judged).count();
        let shown = |of: Option<(f64, f64)>| {
            let chance = |a: f64| 1.96 * (a * (1.0 - a) / judged.max(1) as f64).sqrt();
            of.map_or("–".to_owned(), |(a, f)| {
                format!("{a:.3} ±{:.3} / {f:.3}", chance(a))
            })
        };
        let above = theirs("cnb").is_none_or(|(a, f)| own.accuracy > a && own.macro_f1 > f);
        met &= above;
        println!(
            "{name:<16} {judged:>6}  {:>19}  {:>19}  {:>19}  {ahead:>31}  {:.2}, {:.3}; {:.3}{}",
            shown(Some((own.accuracy, own.macro_f1))),
            shown(theirs("cnb")),
            shown(theirs("lr")),
            own.auto,
            own.auto_right,
            own.suggested_right,
            if above { "" } else { "   not above" }
        );
    }
    met
}

/// Puts rows into parts by a hash of the group of copies that they belong to.
fn into_parts(rows: &mut [Row]) {
    let shingles: Vec<Vec<u64>> = rows.iter().map(|r| shingles(&r.title, &r.text)).collect();
    let mut head: Vec<usize> = (0..rows.len()).collect();
    for one in 0..rows.len() {
        for other in 0..one {
            let both = common(&shingles[one], &shingles[other]);
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
        let byte = |of: String, which: usize| Sha256::digest(of.as_bytes())[which];
        row.judged = byte(format!("half|{id}"), 5) % 2 == 0;
        let part = |split| u64::from(byte(format!("{split}|{id}"), 5)) % PARTS;
        row.parts = (0..SPLITS).map(part).collect();
    }
}

/// How many numbers two ascending lists share.
fn common(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        both += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    both
}

/// Runs of three words as numbers, ascending, each once.
fn shingles(title: &str, text: &str) -> Vec<u64> {
    let whole = format!("{title} {text}").to_lowercase();
    let words: Vec<&str> = whole.split_whitespace().collect();
    let hash = |words: &[&str]| {
        let hash: [u8; 32] = Sha256::digest(words.join(" ").as_bytes()).into();
        u64::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
    };
    let mut all: Vec<u64> = words.windows(3).map(hash).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How our models do, by set and way of cutting: as many of them as there is time for, one at least.
fn own(sets: &BTreeMap<String, Vec<Row>>) -> BTreeMap<String, Vec<Figures>> {
    let mut own: BTreeMap<String, Vec<Figures>> = BTreeMap::new();
    let begun = Instant::now();
    for split in 0..SPLITS as usize {
        let spent = begun.elapsed();
        if split > 0 && spent + spent / split as u32 > TIME {
            eprintln!("topics: no time for another way of cutting");
            break;
        }
        for (name, rows) in sets {
            let figures = figures(&said(rows, split));
            own.entry(name.clone()).or_default().push(figures);
            let seconds = begun.elapsed().as_secs();
            eprintln!("topics: {name}, cut {} of {SPLITS}: {seconds} s", split + 1);
        }
    }
    own
}

fn means(splits: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| mean(&splits.iter().map(figure).collect::<Vec<_>>()).0;
    Figures {
        accuracy: of(|f| f.accuracy),
        macro_f1: of(|f| f.macro_f1),
        auto: of(|f| f.auto),
        auto_right: of(|f| f.auto_right),
        suggested_right: of(|f| f.suggested_right),
    }
}

/// For how many ways of cutting the baseline had time.
fn ways(baseline: &Value) -> Option<usize> {
    let models = baseline.as_object()?.values();
    let ways = models.flat_map(|set| set.as_object().into_iter().flat_map(|m| m.values()));
    ways.filter_map(|of| Some(of.as_array()?.len())).min()
}

/// The mean of some figures and its standard error.
fn mean(of: &[f64]) -> (f64, f64) {
    let n = of.len().max(1) as f64;
    let mean = of.iter().sum::<f64>() / n;
    let squares: f64 = of.iter().map(|f| (f - mean).powi(2)).sum();
    (mean, (squares / f64::max(n - 1.0, 1.0) / n).sqrt())
}

/// Of each judged row by one way of cutting: its topic, the likeliest by a model of the other parts, and
/// what becomes of that.
fn said(rows: &[Row], split: usize) -> Vec<(&str, String, Standing)> {
    let mut said = Vec::new();
    for part in 0..PARTS {
        let mut pupil = Pupil::default();
        for row in rows.iter().filter(|r| r.parts[split] != part) {
            let taken = pupil.meet(&row.text(), &[&row.topic]);
            taken.expect("a row to learn from");
        }
        let model = pupil.train("rows").expect("several topics");
        for row in rows.iter().filter(|r| r.judged && r.parts[split] == part) {
            let found = model.classify(&row.text());
            let first = found.into_iter().next().expect("the likeliest topic");
            let standing = first.standing();
            said.push((row.topic.as_str(), first.topic, standing));
        }
    }
    said
}

fn figures(said: &[(&str, String, Standing)]) -> Figures {
    // By topic: named rightly, named, so.
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for (so, named, _) in said {
        counts.entry(so).or_default()[2] += 1.0;
        counts.entry(named).or_default()[1] += 1.0;
        if so == named {
            counts.entry(so).or_default()[0] += 1.0;
        }
    }
    let f1 = counts
        .values()
        .map(|[both, named, so]| 2.0 * both / (named + so));
    let of = |standing: Option<Standing>| {
        let all = said
            .iter()
            .filter(|(_, _, s)| standing.is_none_or(|standing| *s == standing));
        let (mut rows, mut right) = (0.0, 0.0);
        for (so, named, _) in all {
            rows += 1.0;
            right += f64::from(u8::from(so == named));
        }
        (rows, right / f64::max(rows, 1.0))
    };
    let (rows, accuracy) = of(None);
    let (auto, auto_right) = of(Some(Standing::Auto));
    Figures {
        accuracy,
        macro_f1: f1.sum::<f64>() / counts.len().max(1) as f64,
        auto: auto / f64::max(rows, 1.0),
        auto_right,
        suggested_right: of(Some(Standing::Suggested)).1,
    }
}

/// scikit-learn's figures for the same parts; `None` where there is none.
fn baseline(sets: &BTreeMap<String, Vec<Row>>) -> Option<Value> {
    let python = outside::python(&[("scikit-learn", "sklearn")])?;
    let mut input = String::new();
    for (name, rows) in sets {
        for row in rows {
            let row = json!({"set": name, "parts": row.parts, "judged": row.judged, "title": row.title,
                "text": row.text, "topic": row.topic});
            input.push_str(&format!("{row}\n"));
        }
    }
    let time = TIME.as_secs().to_string();
    serde_json::from_str(&outside::script(&python, "topics.py", &[&time], &input)?).ok()
}
