//! Logistic regression, one topic against the rest, by dual coordinate descent (Yu, Huang and Lin
//! 2011): all topics are learnt in one pass over a text, in an order with a fixed seed.

use super::corpus::{Corpus, weighed};
use super::tokens::mixed;

/// How much a text that is not fitted counts against long weights.
const COST: f32 = 10.0;
/// Passes over the texts: at the most, and over very many.
const PASSES: usize = 20;
const PASSES_OF_MANY: usize = 5;
/// A pass that moves no dual further than this part of [`COST`] is the last one.
const SETTLED: f32 = 0.01;
/// From so many texts on, fewer passes do.
const MANY: usize = 20_000;
/// Steps towards the best value of one coordinate, at the most; a few do, and one as short as this is
/// the last.
const STEPS: usize = 40;
const NEAR: f32 = 1e-3;

/// What was learnt: weights by column and topic, and one for every topic alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learnt {
    /// Column × topics + topic.
    pub weights: Vec<f32>,
    /// What a topic has before any word is read.
    pub bias: Vec<f32>,
}

/// Learns from some of the texts.
pub fn learn(
    corpus: &Corpus,
    rarity: &[f32],
    texts: &[usize],
    labels: &[Vec<u16>],
    topics: usize,
) -> Learnt {
    let mut learnt = Learnt {
        weights: vec![0.0; corpus.features.len() * topics],
        bias: vec![0.0; topics],
    };
    let passes = match texts.len() {
        n if n >= MANY => PASSES_OF_MANY,
        _ => PASSES,
    };
    let mut order: Vec<usize> = (0..texts.len()).collect();
    let mut duals = vec![0.0_f32; texts.len() * topics];
    let mut vector = Vec::new();
    let mut scores = vec![0.0_f32; topics];
    for pass in 0..passes {
        let mut furthest = 0.0_f32;
        order.sort_unstable_by_key(|i| mixed((*i as u64) << 8 | pass as u64));
        for i in &order {
            let Some(text) = texts.get(*i) else { continue };
            weighed(corpus.text(*text), &corpus.kinds, rarity, &mut vector);
            let own = labels.get(*text).map(Vec::as_slice).unwrap_or_default();
            let duals = duals.get_mut(i * topics..(i + 1) * topics);
            let step = learnt.meet(&vector, own, duals.unwrap_or_default(), &mut scores);
            furthest = furthest.max(step);
        }
        if furthest < SETTLED * COST {
            break;
        }
    }
    learnt
}

impl Learnt {
    /// One text: its duals are moved to where they are best while all others stay. How far they moved.
    fn meet(
        &mut self,
        vector: &[(u32, f32)],
        own: &[u16],
        duals: &mut [f32],
        scores: &mut [f32],
    ) -> f32 {
        let topics = scores.len();
        let mut length = 1.0;
        scores.copy_from_slice(&self.bias);
        for (column, value) in vector {
            length += value * value;
            let at = *column as usize * topics;
            let row = self.weights.get(at..at + topics).unwrap_or_default();
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += weight * value;
            }
        }
        for (topic, (score, dual)) in scores.iter_mut().zip(duals).enumerate() {
            let sign = match own.iter().any(|t| usize::from(*t) == topic) {
                true => 1.0,
                false => -1.0,
            };
            let new = best(length, sign * *score, *dual);
            *score = sign * (new - *dual);
            *dual = new;
        }
        for (bias, step) in self.bias.iter_mut().zip(scores.iter()) {
            *bias += step;
        }
        for (column, value) in vector {
            let at = *column as usize * topics;
            let row = self.weights.get_mut(at..at + topics).unwrap_or_default();
            for (weight, step) in row.iter_mut().zip(scores.iter()) {
                *weight += step * value;
            }
        }
        scores.iter().fold(0.0, |most, step| step.abs().max(most))
    }
}

/// The dual d = COST × σ(t) with length × (d − old) + margin + t = 0: by Newton's method, started where
/// the dual is, and by halving wherever that would leave the bounds. The slope is next to nothing far
/// out, so that a text on the wrong side takes more steps than others.
fn best(length: f32, margin: f32, old: f32) -> f32 {
    let (mut low, mut high) = (-margin - length * COST, -margin + length * COST);
    let share = (old / COST).clamp(1e-6, 1.0 - 1e-6);
    let mut t = (share / (1.0 - share)).ln().max(low).min(high);
    for _ in 0..STEPS {
        let share = 1.0 / (1.0 + (-t).exp());
        let value = length * (COST * share - old) + margin + t;
        match value > 0.0 {
            true => high = t,
            false => low = t,
        }
        let newton = t - value / (1.0 + length * COST * share * (1.0 - share));
        let next = match newton > low && newton < high {
            true => newton,
            false => f32::midpoint(low, high),
        };
        let step = (next - t).abs();
        t = next;
        if step < NEAR {
            break;
        }
    }
    COST / (1.0 + (-t).exp())
}

#[cfg(test)]
mod tests {
    use super::{COST, best};

    /// The same by halving alone.
    fn halved(length: f64, margin: f64, old: f64) -> f64 {
        let cost = f64::from(COST);
        let (mut low, mut high) = (0.0, cost);
        for _ in 0..100 {
            let dual = f64::midpoint(low, high);
            let value = length * (dual - old) + margin + (dual / (cost - dual)).ln();
            match value > 0.0 {
                true => high = dual,
                false => low = dual,
            }
        }
        low
    }

    #[test]
    fn a_dual_is_best_wherever_the_text_lies() {
        for length in [1.0, 2.0, 4.0] {
            for margin in [-1e3, -30.0, -8.0, -1.0, 0.0, 1.0, 8.0, 30.0, 1e3] {
                for old in [0.0, 1e-3, 0.3, 5.0, 9.9, COST] {
                    let found = f64::from(best(length, margin, old));
                    let right = halved(length.into(), margin.into(), old.into());
                    assert!(
                        (found - right).abs() < 0.02,
                        "{length} {margin} {old}: {found}, and not {right}"
                    );
                }
            }
        }
    }
}
