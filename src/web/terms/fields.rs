//! The fields of the form and what stands in them, as its template takes them.

use std::collections::BTreeMap;

use minijinja::{Error, Value, context};

use super::Desk;
use crate::domain::time::{Timestamp, Zone};
use crate::web::wish::{Part, Typed, Wrong};
use crate::web::{House, Visit};

/// The first fault of each part, by its word.
pub(super) fn faults(visit: &Visit, wrong: &[Wrong]) -> Value {
    let text = |wrong: &Wrong| {
        let values: Vec<(&str, &str)> =
            wrong.values.iter().map(|(n, v)| (*n, v.as_str())).collect();
        visit.speech.say(wrong.key, &values)
    };
    let of = |part: &Part| wrong.iter().find(|w| w.part == *part).map(text);
    let faults = Part::ALL.iter().map(|part| (part.as_str(), of(part)));
    Value::from(faults.collect::<BTreeMap<_, _>>())
}

impl House {
    /// The fields and what stands in them.
    pub(super) fn fields(
        &self,
        desk: &Desk,
        typed: &Typed,
        now: Timestamp,
    ) -> Result<Value, Error> {
        let speech = &desk.visit.speech;
        let sheet = self.sheet(&desk.offered, speech)?;
        let language = match typed.language.as_str() {
            "" => speech.tag(),
            typed => typed,
        };
        let terms = &desk.subscription.terms;
        // What is no zone cannot be chosen: theirs stands there.
        let zone = Some(&typed.zone).filter(|z| *z != terms.zone.name());
        let zone = zone.and_then(|z| Zone::parse(z).ok());
        let zone = zone.as_ref().unwrap_or(&terms.zone).name();
        let options = self.zones.options((&self.pages, speech), zone, now);
        let (zones, zone_own) = options?;
        Ok(context! {
            topics => sheet.topics(desk, typed),
            places => sheet.places(desk, typed),
            cadences => sheet.cadences(desk, typed),
            timed => sheet.timed.clone(),
            hour => typed.hour.clone(),
            zones,
            zone_own,
            length => typed.length.clone(),
            languages => sheet.languages(language),
            text_only => typed.text_only.unwrap_or(terms.text_only),
            images => typed.images.unwrap_or(terms.images),
        })
    }
}
