//! Several opinions made into one probability: how much each member of the model counts is learnt from
//! texts that the members have not seen.
//!
//! A member's scores are divided by their spread, weighted and added up; the sums become probabilities
//! that add up to 1 over the topics, or, where texts have several topics, one for each by itself.
//! Weights are those of the least log loss, never negative, and drawn a little towards those that do
//! where texts are few, so that a few texts cannot decide much.

use super::tokens::KINDS;

/// Members: naive Bayes by words, by pairs and by pieces of words, logistic regression by all three.
pub const MEMBERS: usize = KINDS + 1;
/// The weights that no evidence speaks for or against: of words most, which need the fewest texts.
const USUAL: [f64; MEMBERS] = [2.0, 0.3, 1.0, 0.3];
/// How strongly weights are drawn there: as much as eight texts in a square of 1.
const DRAWN: f64 = 8.0;
/// Words are never silenced: of a handful of texts, each of which has its own, those held out speak
/// against every member.
const LEAST_OF_WORDS: f64 = 0.1;
const SWEEPS: usize = 40;
/// Scores that are looked at: more say nothing new.
const MOST_SCORES: usize = 1 << 20;

/// Scores of texts that the members had not seen.
#[derive(Clone, Debug, Default)]
pub struct Unseen {
    /// How many topics there are.
    pub topics: usize,
    /// Text × members × topics.
    pub scores: Vec<f32>,
    /// The topics that each of the texts has.
    pub labels: Vec<Vec<u16>>,
    /// The part that each of the texts was held out with.
    pub parts: Vec<usize>,
}

/// How much each member counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// What a member's score is multiplied by.
    pub weights: [f32; MEMBERS],
    /// What is added for every topic where each is judged by itself.
    pub bias: f32,
}

impl Mix {
    /// The usual weights, for what is known of the spread of scores only.
    pub fn usual(asked: &Unseen) -> Mix {
        let mut weights = [0.0; MEMBERS];
        for ((weight, usual), spread) in weights.iter_mut().zip(USUAL).zip(asked.spread()) {
            if spread >= 1e-9 {
                *weight = (usual / spread) as f32;
            }
        }
        Mix { weights, bias: 0.0 }
    }
}

impl Unseen {
    /// The scores of one text, member after member.
    fn of(&self, text: usize) -> &[f32] {
        let size = MEMBERS * self.topics;
        self.scores
            .get(text * size..(text + 1) * size)
            .unwrap_or_default()
    }

    fn has(&self, text: usize, topic: usize) -> bool {
        let own = self.labels.get(text).map(Vec::as_slice).unwrap_or_default();
        own.iter().any(|t| usize::from(*t) == topic)
    }

    /// The spread of each member's scores around their mean within a text.
    fn spread(&self) -> [f64; MEMBERS] {
        let mut sums = [0.0; MEMBERS];
        for text in 0..self.labels.len() {
            for (sum, scores) in sums.iter_mut().zip(self.of(text).chunks_exact(self.topics)) {
                let mean = scores.iter().map(|s| f64::from(*s)).sum::<f64>() / self.topics as f64;
                *sum += scores
                    .iter()
                    .map(|s| (f64::from(*s) - mean).powi(2))
                    .sum::<f64>();
            }
        }
        let all = (self.labels.len() * self.topics).max(1) as f64;
        sums.map(|sum| (sum / all).sqrt())
    }

    /// The mix of the least log loss on all texts but those of one part.
    pub fn mix(&self, but: Option<usize>, several: bool) -> Mix {
        let spread = self.spread();
        let most = (MOST_SCORES / self.topics.max(1)).max(1);
        let texts: Vec<usize> = (0..self.labels.len())
            .filter(|t| but.is_none() || self.parts.get(*t).copied() != but)
            .take(most)
            .collect();
        let mut params = [0.0; MEMBERS + 1];
        for ((param, usual), spread) in params.iter_mut().zip(USUAL).zip(spread) {
            if spread >= 1e-9 {
                *param = usual;
            }
        }
        for _ in 0..SWEEPS {
            let mut moved = 0.0_f64;
            for which in 0..MEMBERS + usize::from(several) {
                if spread.get(which).is_some_and(|s| *s < 1e-9) {
                    continue;
                }
                let step = self.step(&texts, &params, &spread, which, several);
                let least = match which {
                    0 => LEAST_OF_WORDS,
                    MEMBERS => -20.0,
                    _ => 0.0,
                };
                let new = (params[which] - step.clamp(-2.0, 2.0)).clamp(least, 50.0);
                moved = moved.max((new - params[which]).abs());
                params[which] = new;
            }
            if moved < 1e-4 {
                break;
            }
        }
        let mut mix = Mix {
            weights: [0.0; MEMBERS],
            bias: params[MEMBERS] as f32,
        };
        for (weight, (param, spread)) in mix.weights.iter_mut().zip(params.iter().zip(spread)) {
            *weight = (param / spread.max(1e-9)) as f32;
        }
        mix
    }

    /// Newton's step for one parameter: slope by curvature of the log loss.
    fn step(
        &self,
        texts: &[usize],
        params: &[f64; MEMBERS + 1],
        spread: &[f64; MEMBERS],
        which: usize,
        several: bool,
    ) -> f64 {
        let usual = USUAL.get(which).copied().unwrap_or(0.0);
        let mut slope = 2.0 * DRAWN * (params[which] - usual);
        let mut curve = 2.0 * DRAWN;
        let mut sums = vec![0.0_f64; self.topics];
        for text in texts {
            let scores = self.of(*text);
            sums.fill(params[MEMBERS]);
            for (member, scores) in scores.chunks_exact(self.topics).enumerate() {
                let factor = params[member] / spread[member].max(1e-9);
                for (sum, score) in sums.iter_mut().zip(scores) {
                    *sum += factor * f64::from(*score);
                }
            }
            to_probabilities(&mut sums, several);
            let (mut mean, mut square) = (0.0, 0.0);
            for (topic, p) in sums.iter().enumerate() {
                let x = match scores.get(which * self.topics + topic) {
                    Some(score) => f64::from(*score) / spread[which].max(1e-9),
                    None => 1.0,
                };
                let has = f64::from(u8::from(self.has(*text, topic)));
                slope += (p - has) * x;
                match several {
                    true => curve += p * (1.0 - p) * x * x,
                    false => {
                        mean += p * x;
                        square += p * x * x;
                    }
                }
            }
            curve += (square - mean * mean).max(0.0);
        }
        slope / curve
    }

    /// Probabilities of a text's topics by a mix.
    pub fn probabilities(&self, text: usize, mix: &Mix, several: bool) -> Vec<f64> {
        let mut sums = vec![f64::from(mix.bias); self.topics];
        for (scores, weight) in self.of(text).chunks_exact(self.topics).zip(mix.weights) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                *sum += f64::from(weight * score);
            }
        }
        to_probabilities(&mut sums, several);
        sums
    }
}

/// Sums into probabilities: of which there are several, or one.
pub fn to_probabilities(sums: &mut [f64], several: bool) {
    if several {
        for sum in sums {
            *sum = 1.0 / (1.0 + (-*sum).exp());
        }
        return;
    }
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut all = 0.0;
    for sum in sums.iter_mut() {
        *sum = (*sum - most).exp();
        all += *sum;
    }
    for sum in sums {
        *sum /= all;
    }
}
