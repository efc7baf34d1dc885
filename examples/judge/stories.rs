//! Copies and stories, as others labelled them: ours beside a plain MinHash and the plain tf-idf
//! centroid that the field begins with.

#[path = "../../tests/it/support/labelled.rs"]
mod labelled;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use courant::stories::Print;
use courant::stories::dedup::{Groups, Row, duplicates, stories};
use labelled::{Labelled, held_back, kind};

use crate::bars::Bars;

/// Judges copies and stories.
pub fn judge(corpus: &Path, bars: &mut Bars) {
    let labelled = Labelled::read(corpus);
    judge_copies(&labelled, bars);
    judge_stories(&labelled, bars);
}

/// Precision and recall of each group of pairs, and hard negatives that are merged.
fn judge_copies(labelled: &Labelled, bars: &mut Bars) {
    let ours = duplicates(&labelled.rows);
    let plain = plain_minhash(&labelled.rows);
    let mut asked = Vec::new();
    println!("copies: pairs of {} articles", labelled.rows.len());
    println!("{:<34} {:>9} {:>9}", "", "precision", "recall");
    for (group, name) in [
        ("reuters", "mined by Jaccard"),
        ("ecbplus", "labelled by people"),
        ("minhash1000", "constructed"),
        ("", "all"),
    ] {
        for (way, groups) in [("ours", &ours), ("plain MinHash J >= .3", &plain)] {
            let of = |id: &str| group.is_empty() || kind(id) == group;
            let [precision, recall] = labelled.pairs_met(groups, of);
            println!(
                "{:<34} {precision:>9.3} {recall:>9.3}",
                format!("{name}, {way}")
            );
            if way == "ours" {
                asked.push((name, precision, recall));
            }
        }
    }
    for (name, precision, recall) in asked {
        bars.at_least(&format!("copies {name}: precision"), precision, 0.99);
        bars.at_least(&format!("copies {name}: recall"), recall, 0.97);
    }
    let [ours_hard, plain_hard] = [&ours, &plain].map(|g| labelled.hard_negatives(g));
    println!("hard negatives merged by a plain MinHash: {plain_hard}");
    bars.at_most("copies: hard negatives merged", ours_hard as f64, 0.0);
}

/// The stories of the events that no bar was chosen on.
fn judge_stories(labelled: &Labelled, bars: &mut Bars) {
    let told = stories(&labelled.rows);
    println!("\nstories: B-cubed");
    println!("{:<34} {:>9} {:>9} {:>9}", "", "precision", "recall", "F1");
    let held = |id: &str, event: &str| kind(id) == "ecbplus" && held_back(event);
    let [precision, _, f1] = labelled.b_cubed(&told, held);
    let plain = plain_minhash(&labelled.rows);
    let mut ways = vec![
        ("ours".to_owned(), told),
        ("plain MinHash J >= .3".to_owned(), plain),
    ];
    for tau in [0.10, 0.15, 0.20, 0.30] {
        let name = format!("tf-idf centroid, {tau:.2}");
        ways.push((name, centroids(&labelled.rows, tau)));
    }
    type Of = fn(&str, &str) -> bool;
    let sets: [(&str, Of); 3] = [
        ("events, held back", |id, event| {
            kind(id) == "ecbplus" && held_back(event)
        }),
        ("events, all", |id, _| kind(id) == "ecbplus"),
        ("headlines alone", |id, _| kind(id) == "uci"),
    ];
    for (set, of) in sets {
        println!("{set}");
        for (way, groups) in &ways {
            let [p, r, f] = labelled.b_cubed(groups, of);
            println!("  {way:<32} {p:>9.3} {r:>9.3} {f:>9.3}");
        }
    }
    bars.at_least(
        "stories, events held back: B-cubed precision",
        precision,
        0.85,
    );
    bars.at_least("stories, events held back: B-cubed F1", f1, 0.60);
}

/// Joins all texts that have three of ten shingles in common, found the slow way.
fn plain_minhash(rows: &[Row]) -> Groups {
    let prints: Vec<Print> = rows.iter().map(|r| Print::of(&r.text)).collect();
    let mut root: Vec<usize> = (0..rows.len()).collect();
    for a in 0..rows.len() {
        for b in 0..a {
            if root[a] != root[b] && prints[a].overlap(&prints[b]).jaccard >= 0.3 {
                let (old, new) = (root[a], root[b]);
                root.iter_mut()
                    .filter(|r| **r == old)
                    .for_each(|r| *r = new);
            }
        }
    }
    groups(rows, &root)
}

fn groups(rows: &[Row], of: &[usize]) -> Groups {
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (row, group) in rows.iter().zip(of) {
        groups.entry(*group).or_default().push(row.id.clone());
    }
    groups.values_mut().for_each(|g| g.sort_unstable());
    groups.into_values().filter(|g| g.len() > 1).collect()
}

/// The ordinary way: each article, in the order given, joins the nearest centroid of tf-idf vectors
/// that is nearer than `tau`; no part of it counts more than another, and time not at all.
fn centroids(rows: &[Row], tau: f64) -> Groups {
    let words = |row: &Row| {
        let text = format!("{} {}", row.title, row.text).to_lowercase();
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        words.map(str::to_owned).collect::<Vec<String>>()
    };
    let texts: Vec<Vec<String>> = rows.iter().map(words).collect();
    let mut articles: HashMap<&str, f64> = HashMap::new();
    for text in &texts {
        let once: HashSet<&str> = text.iter().map(String::as_str).collect();
        once.into_iter()
            .for_each(|w| *articles.entry(w).or_default() += 1.0);
    }
    let mut sums: Vec<HashMap<&str, f64>> = Vec::new();
    let mut under: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut of = Vec::with_capacity(rows.len());
    for text in &texts {
        let mut vector: BTreeMap<&str, f64> = BTreeMap::new();
        text.iter()
            .for_each(|w| *vector.entry(w).or_default() += 1.0);
        for (word, n) in &mut vector {
            *n = (1.0 + n.ln()) * (rows.len() as f64 / articles[word]).ln();
        }
        let norm = vector
            .values()
            .map(|w| w * w)
            .sum::<f64>()
            .sqrt()
            .max(f64::MIN_POSITIVE);
        vector.values_mut().for_each(|w| *w /= norm);
        let mut near: BTreeMap<usize, f64> = BTreeMap::new();
        for (word, weight) in &vector {
            for story in under.get(word).into_iter().flatten() {
                *near.entry(*story).or_default() += weight * sums[*story][word];
            }
        }
        let length = |s: usize| sums[s].values().map(|w| w * w).sum::<f64>().sqrt();
        let near = near
            .into_iter()
            .map(|(story, dot)| (dot / length(story), story));
        let best = near
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(near, _)| *near >= tau);
        let story = best.map_or(sums.len(), |(_, story)| story);
        if story == sums.len() {
            sums.push(HashMap::new());
        }
        for (word, weight) in vector {
            if *sums[story]
                .entry(word)
                .and_modify(|w| *w += weight)
                .or_insert(weight)
                == weight
            {
                under.entry(word).or_default().push(story);
            }
        }
        of.push(story);
    }
    groups(rows, &of)
}
