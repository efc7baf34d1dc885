//! Complement naive Bayes (Rennie, Shih, Teevan and Karger 2003): a text belongs to the topic whose
//! opposite explains it worst.
//!
//! Every word is counted by its weight in all texts that have *not* the topic; there are many of those
//! even where a topic has few, so a rare topic is not pushed aside. One pass over the texts.

use super::corpus::{Corpus, weighed};
use super::tokens::KINDS;

/// What is added to every count, by kind: of pieces a text has many, and each counts for little.
const SMOOTHING: [f64; KINDS] = [0.1, 0.1, 0.03];

/// Weights by column and topic (column × topics + topic), each kind by itself: how much
/// likelier a column is in all texts than in those without the topic, as a logarithm.
pub fn learn(
    corpus: &Corpus,
    rarity: &[f32],
    texts: &[usize],
    labels: &[Vec<u16>],
    topics: usize,
) -> Vec<f32> {
    let columns = corpus.features.len();
    let mut with = vec![0.0_f32; columns * topics];
    let mut all = vec![0.0_f32; columns];
    let mut vector = Vec::new();
    for text in texts {
        weighed(corpus.text(*text), &corpus.kinds, rarity, &mut vector);
        let own = labels.get(*text).map(Vec::as_slice).unwrap_or_default();
        for (column, value) in &vector {
            let at = *column as usize;
            if let Some(sum) = all.get_mut(at) {
                *sum += value;
            }
            for topic in own {
                if let Some(sum) = with.get_mut(at * topics + usize::from(*topic)) {
                    *sum += value;
                }
            }
        }
    }
    let mut start = 0;
    for (end, smoothing) in corpus.kinds.into_iter().zip(SMOOTHING) {
        to_logarithms(&mut with, &all, topics, start..end, smoothing);
        start = end;
    }
    with
}

/// Turns sums into weights, in their place.
fn to_logarithms(
    with: &mut [f32],
    all: &[f32],
    topics: usize,
    columns: std::ops::Range<usize>,
    smoothing: f64,
) {
    let mut total = 0.0;
    let mut without = vec![0.0_f64; topics];
    let rows = |columns: &std::ops::Range<usize>| columns.start * topics..columns.end * topics;
    let sums = all.get(columns.clone()).unwrap_or_default();
    let table = with.get_mut(rows(&columns)).unwrap_or_default();
    for (row, sum) in table.chunks_exact(topics).zip(sums) {
        total += f64::from(*sum) + smoothing;
        for (rest, own) in without.iter_mut().zip(row) {
            *rest += f64::from(*sum - *own).max(0.0) + smoothing;
        }
    }
    for (row, sum) in table.chunks_exact_mut(topics).zip(sums) {
        let share = (f64::from(*sum) + smoothing) / total;
        for (own, rest) in row.iter_mut().zip(&without) {
            let opposite = (f64::from(*sum - *own).max(0.0) + smoothing) / rest;
            *own = (share.ln() - opposite.ln()) as f32;
        }
    }
}
