//! A model as bytes: a line that says what it is, what it says about itself as JSON, its numbers, and a
//! SHA-256 over all of that.
//!
//! ```text
//! "courant topics 1\n"   17 octets
//! length of the JSON     u32
//! About                  JSON
//! columns                u32
//! per column: feature    u32, ascending
//! per column: rarity     f32
//! per topic: bias, scale f32, f32
//! per column and topic   i16: weight ÷ the topic's scale
//! SHA-256                32 octets
//! ```
//! Numbers are little-endian. Bytes come from a disk: every length is checked before it is believed.

use sha2::{Digest, Sha256};

use super::model::{About, Model};
use super::tokens::FEATURES;
use super::train::MOST_TOPICS;

const HEAD: &[u8] = b"courant topics 1\n";
/// Octets of a model file: more are not read.
pub const MOST_BYTES: u64 = 64 << 20;
const MOST_JSON: usize = 1 << 20;

/// Why bytes are no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It starts with something else.
    #[error("it is no topic model of this release")]
    Other,
    /// Its checksum is not that of its bytes: cut off, or changed.
    #[error("it is damaged: its checksum is another")]
    Damaged,
    /// Its parts do not fit together.
    #[error("it is damaged: {0}")]
    Inside(&'static str),
}

impl Model {
    /// The bytes that [`Model::from_bytes`] reads back. Weights are rounded to 1 part in 32,767 of the
    /// topic's largest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(&self.about).unwrap_or_default();
        let topics = self.bias.len();
        let mut bytes = HEAD.to_vec();
        bytes.extend((json.len() as u32).to_le_bytes());
        bytes.extend(json);
        bytes.extend((self.features.len() as u32).to_le_bytes());
        self.features
            .iter()
            .for_each(|f| bytes.extend(f.to_le_bytes()));
        self.rarity
            .iter()
            .for_each(|r| bytes.extend(r.to_le_bytes()));
        let mut largest = vec![0.0_f32; topics];
        for row in self.weights.chunks_exact(topics.max(1)) {
            for (most, weight) in largest.iter_mut().zip(row) {
                *most = most.max(weight.abs());
            }
        }
        let scale = largest
            .iter()
            .map(|m| (m / f32::from(i16::MAX)).max(f32::MIN_POSITIVE));
        let scale: Vec<f32> = scale.collect();
        for (bias, scale) in self.bias.iter().zip(&scale) {
            bytes.extend(bias.to_le_bytes());
            bytes.extend(scale.to_le_bytes());
        }
        for row in self.weights.chunks_exact(topics.max(1)) {
            for (weight, scale) in row.iter().zip(&scale) {
                let rounded = (weight / scale).round() as i16;
                bytes.extend(rounded.to_le_bytes());
            }
        }
        let sum: [u8; 32] = Sha256::digest(&bytes).into();
        bytes.extend(sum);
        bytes
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`ModelError`] for bytes that are none, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        let inside = bytes.strip_prefix(HEAD).ok_or(ModelError::Other)?;
        let (all, sum) = bytes.split_last_chunk::<32>().ok_or(ModelError::Damaged)?;
        if Sha256::digest(all).as_slice() != sum {
            return Err(ModelError::Damaged);
        }
        let mut left = Left(
            inside
                .get(..inside.len().saturating_sub(32))
                .unwrap_or_default(),
        );
        let json = left.count(MOST_JSON)?;
        let about: About = serde_json::from_slice(left.take(json)?)
            .map_err(|_| ModelError::Inside("what it says about itself cannot be read"))?;
        let topics = about.topics.len();
        if !(2..=MOST_TOPICS).contains(&topics) {
            return Err(ModelError::Inside("it has too few topics, or too many"));
        }
        let columns = left.count(FEATURES as usize)?;
        let features: Vec<u32> = left.numbers(columns, u32::from_le_bytes)?;
        let ascending = features.is_sorted_by(|a, b| a < b);
        if !ascending || features.last().is_some_and(|f| *f >= FEATURES) {
            return Err(ModelError::Inside("its features are in no order"));
        }
        let rarity: Vec<f32> = left.numbers(columns, f32::from_le_bytes)?;
        let pairs: Vec<f32> = left.numbers(2 * topics, f32::from_le_bytes)?;
        let sound = rarity
            .iter()
            .chain(&pairs)
            .all(|n| n.is_finite() && n.abs() < 1e6);
        if !sound || rarity.iter().any(|r| *r < 0.0) {
            return Err(ModelError::Inside("a number in it is none"));
        }
        let (bias, scale): (Vec<f32>, Vec<f32>) = pairs
            .chunks_exact(2)
            .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
            .unzip();
        let rounded: Vec<i16> = left.numbers(columns * topics, i16::from_le_bytes)?;
        if !left.0.is_empty() {
            return Err(ModelError::Inside("there is more in it than belongs there"));
        }
        let scales = scale.iter().cycle();
        let weights = rounded.iter().zip(scales).map(|(n, s)| f32::from(*n) * s);
        let weights = weights.collect();
        Ok(Model::new(about, features, rarity, weights, bias))
    }
}

/// Bytes that are still to be read.
struct Left<'a>(&'a [u8]);

impl<'a> Left<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], ModelError> {
        let (taken, left) = self
            .0
            .split_at_checked(n)
            .ok_or(ModelError::Inside("it ends too early"))?;
        self.0 = left;
        Ok(taken)
    }

    fn count(&mut self, most: usize) -> Result<usize, ModelError> {
        let number = self.numbers(1, u32::from_le_bytes)?;
        match number.first() {
            Some(n) if *n as usize <= most => Ok(*n as usize),
            _ => Err(ModelError::Inside("a length in it is too big")),
        }
    }

    fn numbers<const N: usize, T>(
        &mut self,
        n: usize,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ModelError> {
        let bytes = self.take(n * N)?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Ok(chunks.iter().map(|c| read(*c)).collect())
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{HEAD, Model, ModelError};
    use crate::topics::{Pupil, Text};

    fn text(title: &str) -> Text<'_> {
        Text { title, body: "" }
    }

    fn model() -> Model {
        let mut pupil = Pupil::default();
        for (title, topic) in [
            ("Harbour club wins the cup final", "sport"),
            ("Late goal decides the derby match", "sport"),
            ("Council votes on the new budget", "politics"),
            ("Minister resigns before the election", "politics"),
        ] {
            pupil.meet(&text(title), &[topic]).expect("taken");
        }
        pupil.train("rows").expect("two topics")
    }

    #[test]
    fn a_model_is_read_back_and_says_the_same() {
        let model = model();
        let bytes = model.to_bytes();
        let again = Model::from_bytes(&bytes).expect("a model");
        assert_eq!(again.about, model.about);
        for title in ["Cup match", "The election budget", "東京", ""] {
            let (a, b) = (model.classify(&text(title)), again.classify(&text(title)));
            assert_eq!(
                a.first().map(|s| &s.topic),
                b.first().map(|s| &s.topic),
                "{title}"
            );
        }
        let said = again.classify(&text("The cup match was a derby"));
        let first = said.first().expect("one at least");
        assert_eq!(first.topic, "sport");
        assert!(first.why.contains(&"derby".to_owned()), "{:?}", first.why);
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing() {
        let mut pupil = Pupil::default();
        for (title, topic) in [
            ("Minister resigns before the election", "politics"),
            ("Late goal decides the derby match", "sport"),
            ("Harbour club wins the cup final", "sport"),
            ("Council votes on the new budget", "politics"),
        ] {
            pupil.meet(&text(title), &[topic]).expect("taken");
        }
        let other = pupil.train("rows").expect("two topics");
        assert_eq!(other.to_bytes(), model().to_bytes());
    }

    #[test]
    fn whatever_is_no_model_is_an_error() {
        let bytes = model().to_bytes();
        assert_eq!(Model::from_bytes(b"").err(), Some(ModelError::Other));
        assert_eq!(Model::from_bytes(HEAD).err(), Some(ModelError::Damaged));
        for at in (0..bytes.len()).step_by(97) {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x40;
            assert!(Model::from_bytes(&wrong).is_err(), "octet {at}");
            assert!(Model::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
            // With a checksum that is right the parts are looked at.
            let inside = wrong.len() - 32;
            let sum: [u8; 32] = Sha256::digest(&wrong[..inside]).into();
            wrong[inside..].copy_from_slice(&sum);
            if let Ok(model) = Model::from_bytes(&wrong) {
                model.classify(&text("Harbour club wins"));
            }
        }
        let forged = |json: &str, tail: &[u8]| {
            let mut bytes = HEAD.to_vec();
            bytes.extend((json.len() as u32).to_le_bytes());
            bytes.extend(json.as_bytes());
            bytes.extend(tail);
            let sum: [u8; 32] = Sha256::digest(&bytes).into();
            bytes.extend(sum);
            Model::from_bytes(&bytes).expect_err("forged").to_string()
        };
        assert!(forged("{", &[]).contains("cannot be read"));
        let one = r#"{"rows":1,"several":false,"pieces":true,"measured":null,"topics":[]}"#;
        assert!(forged(one, &[]).contains("too few topics"));
    }
}
