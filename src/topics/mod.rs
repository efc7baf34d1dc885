//! Topics: what an article is about, by whoever has a say, and what makes its story a risk beside an
//! advertisement. Pure; it reads texts and category words, and knows neither feeds nor subscribers.
//!
//! A model is trained from texts whose topics are known (`train`), is a file of its own
//! ([`Model::to_bytes`]), and says of a text which topics it has, how likely each is, and by which
//! words ([`Model::classify`]).

pub mod annotate;
mod bayes;
mod corpus;
mod file;
mod language;
mod logistic;
mod members;
mod model;
pub mod risk;
pub mod rule;
pub mod rules;
mod split;
mod stack;
mod tokens;
mod train;

pub use self::file::{MOST_BYTES, ModelError};
pub use self::language::{Script, language, script};
pub use self::model::{AUTO, About, Measured, Model, SUGGEST, Standing, Suggestion, TopicFacts};
pub use self::train::{MOST_TOPICS, Pupil, TrainError};

use crate::domain::article::ArticleText;

/// A text whose topic is asked for, or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a> {
    /// Its headline; may be empty.
    pub title: &'a str,
    /// What follows it: the body, or the summary where there is no body; may be empty.
    pub body: &'a str,
}

impl<'a> Text<'a> {
    /// What of an article is read: whether it is learnt from or asked about, it is the same.
    pub fn of(text: &'a ArticleText) -> Text<'a> {
        Text {
            title: &text.headline,
            body: text.body.as_deref().unwrap_or(&text.summary),
        }
    }
}
