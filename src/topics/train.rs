//! Training: from texts whose topics are known to a model, and to how well it does.
//!
//! The members of the model (naive Bayes by each kind of feature, logistic regression by all) learn
//! from a part of the texts and are asked about the rest; from those answers it is learnt how much each
//! member counts and how sure it may be. Then they learn from all texts. The members are linear in the
//! same features, so that what is kept is one weight for each feature and topic. The order in which
//! texts come changes nothing.

use std::collections::BTreeMap;

use super::Text;
use super::corpus::{Corpus, Counted, weighed};
use super::members::{Members, unseen};
use super::model::{AUTO, About, Measured, Model, TopicFacts, strongest};
use super::split::{Signature, parts};
use super::stack::{Mix, Unseen};
use super::tokens::{TERMS, Words};

/// Most topics of a model.
pub const MOST_TOPICS: usize = 250;
/// Octets of a topic's name.
const MOST_NAME: usize = 80;
/// Weights of a model: columns × topics.
const MOST_WEIGHTS: usize = 1 << 24;
/// Counted features of all texts: above the first, pieces are given up; above the second it is too much.
const ENTRIES: usize = 32 << 20;
const MOST_ENTRIES: usize = 192 << 20;
/// Texts of which every part is held out once; of more than these, one part.
const FEW: usize = 12_000;
/// Parts of a set: of a small one many, so that the rest is not much smaller.
const PARTS: usize = 5;
const PARTS_OF_FEW: usize = 10;
/// Words that say what a topic is.
const TOP_WORDS: usize = 10;

/// Why texts cannot be learnt from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// One topic or none.
    #[error("there is nothing to tell apart: the rows have {topics} topics")]
    Topics {
        /// How many there are.
        topics: usize,
    },
    /// More topics than a model has.
    #[error("there are more than {MOST_TOPICS} topics")]
    TooManyTopics,
    /// A topic without a name, or with one that is no name.
    #[error("a topic is a line of 1 to {MOST_NAME} octets")]
    Name,
    /// More text than can be held.
    #[error("there is more text than one model learns from")]
    TooMuch,
}

impl TrainError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            TrainError::Topics { .. } => "give rows of two topics at least".to_owned(),
            TrainError::TooManyTopics => "take broader topics, or leave the rarest out".to_owned(),
            TrainError::Name => "write `\"topic\":\"sport\"`, or several in an array".to_owned(),
            TrainError::TooMuch => "hand in the newest rows only".to_owned(),
        })
    }
}

/// Texts with their topics, as far as they were handed in.
#[derive(Clone, Debug)]
pub struct Pupil {
    texts: Vec<Counted>,
    labels: Vec<Vec<u16>>,
    signatures: Vec<Signature>,
    topics: BTreeMap<String, u16>,
    /// How each feature is written, for those that are words or pairs.
    written: Vec<Option<Box<str>>>,
    entries: usize,
    pieces: bool,
}

impl Default for Pupil {
    fn default() -> Pupil {
        Pupil {
            texts: Vec::new(),
            labels: Vec::new(),
            signatures: Vec::new(),
            topics: BTreeMap::new(),
            written: vec![None; TERMS as usize],
            entries: 0,
            pieces: true,
        }
    }
}

impl Pupil {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Takes a text with its topics: one at least.
    pub fn meet(&mut self, text: &Text<'_>, topics: &[&str]) -> Result<(), TrainError> {
        let mut own = Vec::with_capacity(topics.len());
        for topic in topics {
            let name = topic.trim();
            if name.is_empty() || name.len() > MOST_NAME || name.chars().any(char::is_control) {
                return Err(TrainError::Name);
            }
            let next = self.topics.len();
            if next >= MOST_TOPICS && !self.topics.contains_key(name) {
                return Err(TrainError::TooManyTopics);
            }
            own.push(*self.topics.entry(name.to_owned()).or_insert(next as u16));
        }
        own.dedup();
        if own.is_empty() {
            return Err(TrainError::Name);
        }
        let words = Words::of(text);
        words.terms(|feature, word| {
            if let Some(slot) = self.written.get_mut(feature as usize) {
                slot.get_or_insert_with(|| word.into());
            }
        });
        let counted = Counted::of(&words, self.pieces);
        self.entries += counted.len();
        self.texts.push(counted);
        self.labels.push(own);
        self.signatures.push(Signature::of(&words));
        if self.pieces && self.entries > ENTRIES {
            self.pieces = false;
            self.texts.iter_mut().for_each(Counted::give_up_pieces);
            self.entries = self.texts.iter().map(Counted::len).sum();
        }
        match self.entries > MOST_ENTRIES {
            true => Err(TrainError::TooMuch),
            false => Ok(()),
        }
    }

    /// Learns from all of them; `from` says where they came from.
    pub fn train(mut self, from: &str) -> Result<Model, TrainError> {
        let topics = self.topics.len();
        if topics < 2 {
            return Err(TrainError::Topics { topics });
        }
        let names = self.put_in_order();
        let several = self.labels.iter().any(|l| l.len() > 1);
        let most = MOST_WEIGHTS / topics;
        let corpus = Corpus::of(std::mem::take(&mut self.texts), most);
        let (part, held_out, split) = self.held_out();
        let unseen = unseen(&corpus, &self.labels, topics, &part, held_out);
        let everything: Vec<usize> = (0..corpus.len()).collect();
        let rarity = corpus.rarity(&everything);
        let members = Members::learn(&corpus, &rarity, &everything, &self.labels, topics);
        let mix = match unseen.labels.is_empty() {
            // One story only: how far apart the scores are is seen on what was learnt.
            true => Mix::usual(&members.asked(&corpus, &rarity, &everything, &self.labels, topics)),
            false => unseen.mix(None, several),
        };
        let (measured, f1) = measured(&unseen, several, split);
        let (weights, bias) = members.mixed(&mix, &corpus.kinds, topics);
        let facts = names
            .into_iter()
            .enumerate()
            .map(|(topic, name)| TopicFacts {
                topic: name,
                rows: self
                    .labels
                    .iter()
                    .filter(|l| l.contains(&(topic as u16)))
                    .count(),
                f1: f1.get(topic).copied(),
                words: self.top_words(&corpus, &rarity, &weights, topics, topic),
            });
        let facts = facts.collect();
        let about = About {
            from: from.to_owned(),
            rows: corpus.len(),
            several,
            pieces: self.pieces,
            measured,
            topics: facts,
        };
        Ok(Model::new(about, corpus.features, rarity, weights, bias))
    }

    /// Topics by name, texts by their hash: in whatever order they came.
    fn put_in_order(&mut self) -> Vec<String> {
        let mut rank = vec![0_u16; self.topics.len()];
        for (new, old) in (0_u16..).zip(self.topics.values()) {
            if let Some(slot) = rank.get_mut(usize::from(*old)) {
                *slot = new;
            }
        }
        for label in &mut self.labels {
            for topic in label.iter_mut() {
                *topic = rank.get(usize::from(*topic)).copied().unwrap_or(0);
            }
            label.sort_unstable();
            label.dedup();
        }
        let texts = std::mem::take(&mut self.texts).into_iter();
        let labels = std::mem::take(&mut self.labels).into_iter();
        let signatures = std::mem::take(&mut self.signatures).into_iter();
        let mut rows: Vec<_> = texts.zip(labels).zip(signatures).collect();
        rows.sort_by(|((s, a), x), ((t, b), y)| (x.whole, a, s).cmp(&(y.whole, b, t)));
        for ((text, label), signature) in rows {
            self.texts.push(text);
            self.labels.push(label);
            self.signatures.push(signature);
        }
        std::mem::take(&mut self.topics).into_keys().collect()
    }

    /// The part of each text, which of them are held out in turn, and that in words.
    fn held_out(&self) -> (Vec<usize>, usize, String) {
        let n = self.labels.len();
        let parts_of = if n < 1_000 { PARTS_OF_FEW } else { PARTS };
        let first: Vec<u16> = self
            .labels
            .iter()
            .filter_map(|l| l.first().copied())
            .collect();
        let part = parts(&self.signatures, &first, parts_of);
        let held_out = if n <= FEW { parts_of } else { 1 };
        let how = match held_out {
            1 => format!("one in {parts_of} held out"),
            _ => format!("each of {parts_of} parts held out in turn"),
        };
        (
            part,
            held_out,
            format!("{how}, copies of a story never on both sides"),
        )
    }

    fn top_words(
        &self,
        corpus: &Corpus,
        rarity: &[f32],
        weights: &[f32],
        topics: usize,
        topic: usize,
    ) -> Vec<String> {
        // A word counts by what it does for the topic in the texts that have both.
        let mut sums = vec![0.0_f32; corpus.kinds[1]];
        let mut vector = Vec::new();
        for (text, labels) in self.labels.iter().enumerate() {
            if labels.contains(&(topic as u16)) {
                weighed(corpus.text(text), &corpus.kinds, rarity, &mut vector);
                for (column, value) in &vector {
                    if let Some(sum) = sums.get_mut(*column as usize) {
                        *sum += value;
                    }
                }
            }
        }
        let words = sums.iter().enumerate().filter_map(|(column, sum)| {
            let row = weights.get(column * topics..(column + 1) * topics)?;
            let mean = row.iter().sum::<f32>() / topics as f32;
            let weight = (row.get(topic)? - mean) * sum.sqrt();
            let feature = corpus.features.get(column)?;
            let word = self.written.get(*feature as usize)?.as_deref()?;
            (weight > 0.0).then_some((weight, word))
        });
        strongest(words.collect(), TOP_WORDS)
    }
}

/// How the model does on them, each judged by a mix that has not seen it where there are several parts.
fn measured(unseen: &Unseen, several: bool, split: String) -> (Option<Measured>, Vec<f64>) {
    let rows = unseen.labels.len();
    if rows == 0 {
        return (None, Vec::new());
    }
    let alone = unseen.parts.first() == unseen.parts.last();
    let mut mixes: BTreeMap<usize, Mix> = BTreeMap::new();
    let (mut right, mut auto, mut auto_right) = (0, 0, 0);
    // True positives, those that the model names, those that are so.
    let mut counts = vec![[0_usize; 3]; unseen.topics];
    for (text, (labels, part)) in unseen.labels.iter().zip(&unseen.parts).enumerate() {
        let but = (!alone).then_some(*part);
        let mix = mixes
            .entry(*part)
            .or_insert_with(|| unseen.mix(but, several));
        let likely = unseen.probabilities(text, mix, several);
        let best = (0..likely.len()).max_by(|a, b| likely[*a].total_cmp(&likely[*b]));
        let best = best.unwrap_or(0);
        let has = |topic: usize| labels.iter().any(|l| usize::from(*l) == topic);
        right += usize::from(has(best));
        if likely[best] * 1000.0 >= f64::from(AUTO) {
            auto += 1;
            auto_right += usize::from(has(best));
        }
        for (topic, count) in counts.iter_mut().enumerate() {
            let named = match several {
                true => likely[topic] >= 0.5,
                false => topic == best,
            };
            count[0] += usize::from(named && has(topic));
            count[1] += usize::from(named);
            count[2] += usize::from(has(topic));
        }
    }
    let f1 = |[both, named, so]: &[usize; 3]| 2.0 * *both as f64 / (named + so).max(1) as f64;
    let f1: Vec<f64> = counts.iter().map(f1).collect();
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let measured = Measured {
        split,
        rows,
        accuracy: share(right, rows),
        macro_f1: f1.iter().sum::<f64>() / f1.len().max(1) as f64,
        auto: share(auto, rows),
        auto_right: share(auto_right, auto),
    };
    (Some(measured), f1)
}
