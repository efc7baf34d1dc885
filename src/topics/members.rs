//! The members of a model: naive Bayes by each kind of feature, and logistic regression by all of them.

use super::corpus::{Corpus, Kinds, kind_of, weighed};
use super::stack::{MEMBERS, Mix, Unseen};
use super::tokens::KINDS;
use super::{bayes, logistic};

/// What the members have learnt.
pub struct Members {
    bayes: Vec<f32>,
    logistic: logistic::Learnt,
}

impl Members {
    /// Learns from some of the texts.
    pub fn learn(
        corpus: &Corpus,
        rarity: &[f32],
        texts: &[usize],
        labels: &[Vec<u16>],
        topics: usize,
    ) -> Members {
        Members {
            bayes: bayes::learn(corpus, rarity, texts, labels, topics),
            logistic: logistic::learn(corpus, rarity, texts, labels, topics),
        }
    }

    /// One weight for each column and topic, and one for each topic.
    pub fn mixed(self, mix: &Mix, kinds: &Kinds, topics: usize) -> (Vec<f32>, Vec<f32>) {
        let regression = mix.weights[KINDS];
        let mut weights = self.bayes;
        let rows = weights.chunks_exact_mut(topics);
        let logistic = self.logistic.weights.chunks_exact(topics);
        for ((column, row), own) in (0..).zip(rows).zip(logistic) {
            let bayes = mix.weights[kind_of(column, kinds)];
            for (weight, own) in row.iter_mut().zip(own) {
                *weight = *weight * bayes + own * regression;
            }
        }
        let bias = self.logistic.bias.iter();
        (weights, bias.map(|b| b * regression + mix.bias).collect())
    }

    /// Scores of a text, member after member.
    fn scores(&self, vector: &[(u32, f32)], kinds: &Kinds, topics: usize) -> Vec<f32> {
        let mut scores = vec![0.0; MEMBERS * topics];
        if let Some(own) = scores.get_mut(KINDS * topics..) {
            own.copy_from_slice(&self.logistic.bias);
        }
        for (column, value) in vector {
            let bayes = kind_of(*column, kinds);
            let at = *column as usize * topics;
            let row = at..at + topics;
            for (member, table) in [(bayes, &self.bayes), (KINDS, &self.logistic.weights)] {
                let own = scores.get_mut(member * topics..(member + 1) * topics);
                let row = table.get(row.clone()).unwrap_or_default();
                for (score, weight) in own.into_iter().flatten().zip(row) {
                    *score += weight * value;
                }
            }
        }
        scores
    }

    /// What they say of some of the texts.
    pub fn asked(
        &self,
        corpus: &Corpus,
        rarity: &[f32],
        texts: &[usize],
        labels: &[Vec<u16>],
        topics: usize,
    ) -> Unseen {
        let mut asked = Unseen {
            topics,
            ..Unseen::default()
        };
        let mut vector = Vec::new();
        for text in texts {
            weighed(corpus.text(*text), &corpus.kinds, rarity, &mut vector);
            asked
                .scores
                .extend(self.scores(&vector, &corpus.kinds, topics));
            asked.labels.extend(labels.get(*text).cloned());
        }
        asked
    }
}

/// What the members say of texts that they have not seen.
pub fn unseen(
    corpus: &Corpus,
    labels: &[Vec<u16>],
    topics: usize,
    part: &[usize],
    held_out: usize,
) -> Unseen {
    let mut unseen = Unseen {
        topics,
        ..Unseen::default()
    };
    for out in 0..held_out {
        let is_out = |t: &usize| part.get(*t).copied() == Some(out);
        let (test, rest): (Vec<usize>, Vec<usize>) = (0..corpus.len()).partition(is_out);
        if test.is_empty() || rest.is_empty() {
            continue;
        }
        let rarity = corpus.rarity(&rest);
        let members = Members::learn(corpus, &rarity, &rest, labels, topics);
        let asked = members.asked(corpus, &rarity, &test, labels, topics);
        unseen.parts.extend(asked.labels.iter().map(|_| out));
        unseen.scores.extend(asked.scores);
        unseen.labels.extend(asked.labels);
    }
    unseen
}
