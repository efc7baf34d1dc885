//! Labelled near-duplicates and events of others, and how groups are measured by them. Shared with
//! `examples/judge`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use courant::domain::article::CanonicalUrl;
use courant::ingest::parse::parse_date;
use courant::stories::dedup::{Groups, Row};
use serde_json::Value;

/// What was labelled.
pub struct Labelled {
    /// The articles.
    pub rows: Vec<Row>,
    /// Pairs of copies, the lesser id first.
    pairs: BTreeSet<(String, String)>,
    /// By id: its event.
    events: HashMap<String, String>,
    /// By event: the one of the same subject that must not be merged with it.
    sisters: HashMap<String, String>,
}

/// Of which collection an article is.
pub fn kind(id: &str) -> &str {
    id.split(':').next().unwrap_or_default()
}

/// Which half an event is of: bars were chosen on the one, and are held on the other.
pub fn held_back(event: &str) -> bool {
    let number = event.split([':', '-']).nth(1).unwrap_or_default();
    number.parse::<u32>().is_ok_and(|n| n % 2 == 1)
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("the corpus holds this file");
    let line = |line: &str| serde_json::from_str(line).expect("a row of JSON");
    text.lines().map(line).collect()
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

impl Labelled {
    /// Reads them from the corpus.
    pub fn read(corpus: &Path) -> Labelled {
        let folder = corpus.join("articles/neardup");
        let row = |r: &Value| Row {
            id: text(r, "id"),
            title: text(r, "title"),
            text: text(r, "text"),
            url: CanonicalUrl::parse(&text(r, "url"), None).ok(),
            published_ms: parse_date(&text(r, "date")).map(|at| at.as_millisecond()),
            outlet: text(r, "outlet"),
        };
        let (mut events, mut sisters) = (HashMap::new(), HashMap::new());
        for cluster in lines(&folder.join("clusters.jsonl")) {
            let name = text(&cluster, "cluster");
            for id in cluster["members"].as_array().into_iter().flatten() {
                events.insert(id.as_str().unwrap_or_default().to_owned(), name.clone());
            }
            sisters.insert(name, text(&cluster, "hard_negatives"));
        }
        let pair = |p: &Value| {
            let (a, b) = (text(p, "a"), text(p, "b"));
            if a < b { (a, b) } else { (b, a) }
        };
        Labelled {
            rows: lines(&folder.join("docs.jsonl")).iter().map(row).collect(),
            pairs: lines(&folder.join("pairs.jsonl"))
                .iter()
                .map(pair)
                .collect(),
            events,
            sisters,
        }
    }

    /// Whether a pair is right, as far as anybody said: `None` where nobody did.
    fn right(&self, pair: &(String, String)) -> Option<bool> {
        if self.pairs.contains(pair) {
            return Some(true);
        }
        if kind(&pair.0) != kind(&pair.1) {
            return Some(false);
        }
        Some(self.events.get(&pair.0)? == self.events.get(&pair.1)?)
    }

    /// Precision and recall of the pairs of some articles. A pair that nobody judged counts for neither.
    pub fn pairs_met(&self, groups: &Groups, of: impl Fn(&str) -> bool) -> [f64; 2] {
        let found = pairs(groups);
        let all: Vec<_> = self.pairs.iter().filter(|p| of(&p.0)).collect();
        let met = all.iter().filter(|p| found.contains(p)).count();
        let said = found.iter().filter(|p| of(&p.0) || of(&p.1));
        let said: Vec<bool> = said.filter_map(|p| self.right(p)).collect();
        let right = said.iter().filter(|r| **r).count();
        [
            right as f64 / said.len().max(1) as f64,
            met as f64 / all.len().max(1) as f64,
        ]
    }

    /// Pairs of an event and its sister that were merged.
    pub fn hard_negatives(&self, groups: &Groups) -> usize {
        let event = |id: &String| self.events.get(id);
        let hard = |(a, b): &&(String, String)| match (event(a), event(b)) {
            (Some(a), Some(b)) if a != b => {
                self.sisters.get(a) == Some(b) || self.sisters.get(b) == Some(a)
            }
            _ => false,
        };
        pairs(groups).iter().filter(hard).count()
    }

    /// B-cubed precision, recall and F1 of the labelled articles that are asked for, by id and event.
    pub fn b_cubed(&self, groups: &Groups, of: impl Fn(&str, &str) -> bool) -> [f64; 3] {
        let mut group: HashMap<&str, usize> = HashMap::new();
        for (n, ids) in groups.iter().enumerate() {
            group.extend(ids.iter().map(|id| (id.as_str(), n)));
        }
        let judged: Vec<(&str, &str)> = self
            .events
            .iter()
            .map(|(id, event)| (id.as_str(), event.as_str()))
            .filter(|(id, event)| of(id, event))
            .collect();
        let (mut together, mut events) = (BTreeMap::new(), BTreeMap::new());
        for (id, event) in &judged {
            let own = group.get(id).map_or(Err(*id), |n| Ok(*n));
            let sums: &mut BTreeMap<&str, usize> = together.entry(own).or_default();
            *sums.entry(event).or_default() += 1;
            *events.entry(*event).or_insert(0usize) += 1;
        }
        let (mut precision, mut recall) = (0.0, 0.0);
        for sums in together.values() {
            let all = sums.values().sum::<usize>() as f64;
            for (event, n) in sums {
                let n = *n as f64;
                precision += n * n / all;
                recall += n * n / events[event] as f64;
            }
        }
        let judged = judged.len().max(1) as f64;
        let (p, r) = (precision / judged, recall / judged);
        [p, r, 2.0 * p * r / (p + r).max(f64::MIN_POSITIVE)]
    }
}

fn pairs(groups: &Groups) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    for group in groups {
        for (n, a) in group.iter().enumerate() {
            out.extend(group[n + 1..].iter().map(|b| (a.clone(), b.clone())));
        }
    }
    out
}
