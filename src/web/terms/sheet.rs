//! What a list offers as its form shows it, in one language: made once, chosen from for every reader.

use std::sync::{Arc, PoisonError};

use minijinja::{Error, Value};

use super::Desk;
use crate::web::House;
use crate::web::offered::Offered;
use crate::web::page::{Part, Speech};
use crate::web::rhythm::rhythm;
use crate::web::wish::{Typed, Weight, cadence_name};

/// The choices of a form in HTML, each as it is chosen or not.
#[derive(Debug)]
pub(in crate::web) struct Sheet {
    /// By topic: not followed, then each weight in the order of its words.
    topics: Vec<Vec<String>>,
    places: Vec<[String; 2]>,
    cadences: Vec<[String; 2]>,
    /// By tag.
    languages: Vec<(String, [String; 2])>,
    /// The rhythms that take an hour, in words; empty where none does.
    pub(super) timed: String,
}

impl House {
    /// The choices of a reader's list in their language.
    pub(super) fn sheet(&self, offered: &Offered, speech: &Speech) -> Result<Arc<Sheet>, Error> {
        // Nothing that holds it can panic; were it poisoned, what is kept is still whole.
        let kept = || {
            offered
                .sheets
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(sheet) = kept().get(speech.tag()) {
            return Ok(sheet.clone());
        }
        let languages = self.languages();
        let part = |part: &mut Part<'_>| Sheet::made(part, offered, speech, &languages);
        let sheet = Arc::new(self.pages.part("choices.html", speech, part)?);
        kept().insert(speech.tag().to_owned(), sheet.clone());
        Ok(sheet)
    }

    /// The languages that have words: tag, and the name by which the language calls itself.
    pub(super) fn languages(&self) -> Vec<(String, String)> {
        let all = self.pages.catalogue().all();
        all.map(|w| (w.language().to_owned(), w.fill("language.name", &[])))
            .collect()
    }
}

impl Sheet {
    fn made(
        part: &mut Part<'_>,
        offered: &Offered,
        speech: &Speech,
        languages: &[(String, String)],
    ) -> Result<Sheet, Error> {
        let weights: Vec<&str> = Weight::ALL.iter().map(|w| w.as_str()).collect();
        let mut topics = Vec::new();
        for topic in &offered.topics {
            let mut words = Vec::new();
            for word in [""].iter().chain(&weights) {
                let (slug, name) = (topic.slug.as_str(), topic.name.as_str());
                let args = [
                    slug.into(),
                    name.into(),
                    weights.clone().into(),
                    (*word).into(),
                ];
                words.push(part.call("topic", &args)?);
            }
            topics.push(words);
        }
        let mut both = |name, one: &str, two: &str| -> Result<[String; 2], Error> {
            let mut made = |on: bool| part.call(name, &[one.into(), two.into(), on.into()]);
            Ok([made(false)?, made(true)?])
        };
        let mut places = Vec::new();
        for place in &offered.places {
            places.push(both("place", place.slug.as_str(), &place.name)?);
        }
        let mut cadences = Vec::new();
        for cadence in &offered.cadences {
            cadences.push(both(
                "option",
                cadence.name.as_str(),
                &rhythm(speech, cadence, None),
            )?);
        }
        let mut own = Vec::new();
        for (tag, name) in languages {
            own.push((tag.clone(), both("language", tag, name)?));
        }
        let timed = offered.cadences.iter();
        let timed = timed.filter(|c| c.expr.fixed_time().is_some());
        let timed: Vec<String> = timed.map(|c| cadence_name(&c.name)).collect();
        Ok(Sheet {
            topics,
            places,
            cadences,
            languages: own,
            timed: timed.join(&speech.say("list.comma", &[])),
        })
    }

    /// The topics, each with its word in the fields.
    pub(super) fn topics(&self, desk: &Desk, typed: &Typed) -> Value {
        let own = &desk.subscription.terms.topics;
        let pairs = desk.offered.topics.iter().zip(&self.topics);
        let chosen = pairs.filter_map(|(topic, words)| {
            let slug = topic.slug.as_str();
            let mut weight = typed.topics.get(slug).copied();
            // A word that is none: what they have stands there, so that saving again takes nothing away.
            if weight.is_none() && typed.unweighed.contains(slug) {
                let before = own.iter().find(|o| o.topic == topic.slug);
                weight = before.map(|o| Weight::of(o.weight));
            }
            let word = Weight::ALL.iter().position(|w| Some(*w) == weight);
            words.get(word.map_or(0, |at| at + 1))
        });
        joined(chosen)
    }

    /// The places, ticked as in the fields.
    pub(super) fn places(&self, desk: &Desk, typed: &Typed) -> Value {
        let pairs = desk.offered.places.iter().zip(&self.places);
        joined(pairs.map(|(place, both)| pick(both, typed.places.contains(place.slug.as_str()))))
    }

    /// The cadences, with the one in the fields.
    pub(super) fn cadences(&self, desk: &Desk, typed: &Typed) -> Value {
        let pairs = desk.offered.cadences.iter().zip(&self.cadences);
        joined(pairs.map(|(cadence, both)| pick(both, cadence.name.as_str() == typed.cadence)))
    }

    /// The languages, with the one of this tag.
    pub(super) fn languages(&self, chosen: &str) -> Value {
        joined(
            self.languages
                .iter()
                .map(|(tag, both)| pick(both, tag == chosen)),
        )
    }
}

fn pick([off, on]: &[String; 2], chosen: bool) -> &String {
    if chosen { on } else { off }
}

fn joined<'a>(parts: impl Iterator<Item = &'a String>) -> Value {
    Value::from_safe_string(parts.map(String::as_str).collect())
}
