//! A trained model: which topics a text has, how likely each is, and by which words.

use serde::{Deserialize, Serialize};

use super::Text;
use super::corpus::{Counted, Kinds, kinds, weighed};
use super::stack::to_probabilities;
use super::tokens::{FEATURES, Words};
use crate::domain::slug::Slug;

/// From this probability on, in thousandths, a topic is given without asking.
pub const AUTO: u16 = 800;
/// From this probability on, in thousandths, a topic is suggested to an editor.
pub const SUGGEST: u16 = 500;
/// Words that explain a topic.
const WHY: usize = 5;

/// What becomes of a topic that the model names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is given: [`AUTO`] or more.
    Auto,
    /// An editor is asked: [`SUGGEST`] or more.
    Suggested,
    /// It is not likely enough to be named.
    Queued,
}

/// A topic that a text may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The topic, as the texts that were learnt from name it.
    pub topic: String,
    /// How likely it is, in thousandths.
    pub score: u16,
    /// The words of the text that speak for it, the strongest first; at most five.
    pub why: Vec<String>,
}

impl Suggestion {
    /// What becomes of it.
    pub fn standing(&self) -> Standing {
        match self.score {
            AUTO.. => Standing::Auto,
            SUGGEST.. => Standing::Suggested,
            _ => Standing::Queued,
        }
    }

    /// The topic as a short name; `None` where its name has no letter that one may have.
    pub fn slug(&self) -> Option<Slug> {
        Slug::parse(&self.topic)
            .ok()
            .or_else(|| Slug::from_name(&self.topic))
    }
}

/// What a model says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Where its texts came from, in words.
    #[serde(default)]
    pub from: String,
    /// Texts that it was trained from.
    pub rows: usize,
    /// Whether texts may have several topics: then each is judged by itself.
    pub several: bool,
    /// Whether pieces of words are features, which they are unless the texts are very many.
    pub pieces: bool,
    /// How it did on texts that it had not seen; `None` where they were too few to hold any out.
    pub measured: Option<Measured>,
    /// Its topics, by name.
    pub topics: Vec<TopicFacts>,
}

impl About {
    /// What the likeliest topic can be at the most: of so many texts that were held out, even if all
    /// had been named rightly, the next one may be the first that is not (Laplace’s rule of
    /// succession). Where none could be held out, nothing is given without asking.
    fn most(&self) -> f64 {
        let seen = self.measured.as_ref().map_or(0, |m| m.rows) as f64;
        ((seen + 1.0) / (seen + 2.0)).min(0.999)
    }
}

/// How a model does on texts that it has not seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// How texts were held out, in words.
    pub split: String,
    /// How many were judged.
    pub rows: usize,
    /// Share of them whose likeliest topic is one that they have.
    pub accuracy: f64,
    /// The F1 of each topic, averaged over the topics.
    pub macro_f1: f64,
    /// Share of them whose likeliest topic would be given without asking.
    pub auto: f64,
    /// Share of those that is right.
    pub auto_right: f64,
}

/// One topic of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopicFacts {
    /// Its name.
    pub topic: String,
    /// Texts that have it.
    pub rows: usize,
    /// F1 on texts that the model had not seen.
    pub f1: Option<f64>,
    /// The words that speak for it most.
    pub words: Vec<String>,
}

/// A trained model.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it says about itself; its topics are in the order of the weights.
    pub about: About,
    /// Feature → column, `u32::MAX` where it has none.
    pub(super) column: Vec<u32>,
    /// The feature of each column, ascending.
    pub(super) features: Vec<u32>,
    /// Where the columns of each kind end.
    pub(super) kinds: Kinds,
    /// How rare each column is.
    pub(super) rarity: Vec<f32>,
    /// Column × topics + topic.
    pub(super) weights: Vec<f32>,
    /// What a topic has before any word is read.
    pub(super) bias: Vec<f32>,
}

impl Model {
    /// Puts a model together: the columns' features ascending, one rarity each, one weight each and topic.
    pub(super) fn new(
        about: About,
        features: Vec<u32>,
        rarity: Vec<f32>,
        weights: Vec<f32>,
        bias: Vec<f32>,
    ) -> Model {
        let mut column = vec![u32::MAX; FEATURES as usize];
        for (at, feature) in (0..).zip(&features) {
            if let Some(slot) = column.get_mut(*feature as usize) {
                *slot = at;
            }
        }
        Model {
            about,
            column,
            kinds: kinds(&features),
            features,
            rarity,
            weights,
            bias,
        }
    }

    /// The topics of a text, the likeliest first: the likeliest one always, and all that are likely
    /// enough to be suggested, or, where a text has one topic only, as likely as one in twenty.
    pub fn classify(&self, text: &Text<'_>) -> Vec<Suggestion> {
        let words = Words::of(text);
        let vector = self.vector(&words);
        let mut sums: Vec<f64> = self.bias.iter().map(|b| f64::from(*b)).collect();
        for (column, value) in &vector {
            for (sum, weight) in sums.iter_mut().zip(self.row(*column)) {
                *sum += f64::from(weight * value);
            }
        }
        to_probabilities(&mut sums, self.about.several);
        let mut order: Vec<usize> = (0..sums.len()).collect();
        let of = |topic: usize| sums.get(topic).copied().unwrap_or(0.0);
        order.sort_by(|a, b| of(*b).total_cmp(&of(*a)));
        let most = self.about.most();
        let least = if self.about.several { 0.5 } else { 0.05 };
        let named = order.into_iter().enumerate();
        let named = named.filter(|(rank, topic)| *rank == 0 || of(*topic) >= least);
        let named: Vec<usize> = named.map(|(_, topic)| topic).collect();
        let mut why = self.why(&words, &vector, &named);
        let suggestion = |topic: usize| {
            Some(Suggestion {
                topic: self.about.topics.get(topic)?.topic.clone(),
                score: (of(topic).min(most) * 1000.0).floor().max(0.0) as u16,
                why: std::mem::take(why.get_mut(topic)?),
            })
        };
        named.into_iter().filter_map(suggestion).collect()
    }

    fn row(&self, column: u32) -> &[f32] {
        let topics = self.bias.len();
        let at = column as usize * topics;
        self.weights.get(at..at + topics).unwrap_or_default()
    }

    fn vector(&self, words: &Words) -> Vec<(u32, f32)> {
        let counted = Counted::of(words, self.about.pieces);
        let known = counted.entries().filter_map(|(feature, times)| {
            let column = self.column.get(feature as usize).copied()?;
            (column != u32::MAX).then_some((column, times))
        });
        let mut vector = Vec::new();
        weighed(known, &self.kinds, &self.rarity, &mut vector);
        vector
    }

    /// By topic, the words that speak for it rather than for the others; only for those asked for.
    fn why(&self, words: &Words, vector: &[(u32, f32)], asked: &[usize]) -> Vec<Vec<String>> {
        let mut found: Vec<(u32, &str)> = Vec::new();
        let mut shown: Vec<(u32, String)> = Vec::new();
        words.terms(|feature, word| {
            let column = self.column.get(feature as usize).copied();
            if let Some(column) = column.filter(|c| *c != u32::MAX) {
                shown.push((column, word.to_owned()));
            }
        });
        shown.sort_by_key(|(column, _)| *column);
        shown.dedup_by_key(|(column, _)| *column);
        found.extend(shown.iter().map(|(column, word)| (*column, word.as_str())));
        let mut why = vec![Vec::new(); self.bias.len()];
        for topic in asked {
            let speaks = |(column, value): &(u32, f32)| {
                let at = found.binary_search_by_key(column, |(c, _)| *c).ok()?;
                let row = self.row(*column);
                let mean = row.iter().sum::<f32>() / row.len().max(1) as f32;
                let weight = (row.get(*topic)? - mean) * value;
                (weight > 0.0).then(|| found.get(at).map(|(_, word)| (weight, *word)))?
            };
            let words: Vec<(f32, &str)> = vector.iter().filter_map(speaks).collect();
            if let Some(slot) = why.get_mut(*topic) {
                *slot = strongest(words, WHY);
            }
        }
        why
    }
}

/// The strongest of weighed words, each once: a pair of words stands for the words in it.
pub(super) fn strongest(mut words: Vec<(f32, &str)>, most: usize) -> Vec<String> {
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut kept: Vec<String> = Vec::new();
    for (_, word) in words {
        if kept.len() >= most {
            break;
        }
        let within = |whole: &str, part: &str| whole.split(' ').any(|w| w == part);
        if kept.iter().all(|k| !within(k, word) && !within(word, k)) {
            kept.push(word.to_owned());
        }
    }
    kept
}
