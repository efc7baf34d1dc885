//! From what a reader typed to terms: every fault beside its field, nothing lost of what was typed.
//!
//! Pure. It knows what a list offers and what was agreed before; it writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Form;
use crate::domain::CadenceId;
use crate::domain::article::{Place, Topic, TopicWeight};
use crate::domain::list::Cadence;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{FOLLOWED_MAX, Length, Terms};
use crate::domain::time::{WallTime, Zone, ZoneError};
use crate::domain::words;

mod weight;

pub(super) use weight::Weight;

words! {
    /// A part of the terms: a group of the form.
    Part {
        /// Topics and their weights.
        Topics = "topics",
        /// Places.
        Places = "places",
        /// The rhythm.
        Cadence = "cadence",
        /// The reader's own hour.
        Hour = "hour",
        /// Where their clock stands.
        Zone = "zone",
        /// How much.
        Length = "length",
        /// With or without pictures.
        Images = "images",
        /// Of the fixed words.
        Language = "language",
        /// Without an HTML part.
        TextOnly = "text_only",
        /// Until when no letter comes.
        Pause = "pause",
    }
}

/// What a list offers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    pub(super) topics: &'a [Topic],
    pub(super) places: &'a [Place],
    /// Oldest first.
    pub(super) cadences: &'a [Cadence],
    /// Those that have words: tag, and the name by which the language calls itself.
    pub(super) languages: &'a [(String, String)],
    /// The one of them that the reader's letters speak now.
    pub(super) spoken: &'a str,
}

/// A fault of one part: a key of the catalogue and what it fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) part: Part,
    pub(super) key: &'static str,
    pub(super) values: Vec<(&'static str, String)>,
}

/// The form's fields as texts: what stands in them, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// Topics with a word, by short name.
    pub(super) topics: BTreeMap<String, Weight>,
    /// Topics with a word that is none of the weights, by short name.
    pub(super) unweighed: BTreeSet<String>,
    /// Places ticked.
    pub(super) places: BTreeSet<String>,
    pub(super) cadence: String,
    pub(super) hour: String,
    pub(super) zone: String,
    pub(super) length: String,
    /// Nothing where the form did not ask.
    pub(super) images: Option<bool>,
    /// A tag; empty where the form did not ask.
    pub(super) language: String,
    /// Nothing where the form did not ask.
    pub(super) text_only: Option<bool>,
    /// The day until which letters are paused; empty for none.
    pub(super) until: String,
}

impl Typed {
    /// The fields as terms fill them.
    pub(super) fn of(terms: &Terms) -> Typed {
        let topic = |t: &TopicWeight| (t.topic.to_string(), Weight::of(t.weight));
        Typed {
            topics: terms.topics.iter().map(topic).collect(),
            unweighed: BTreeSet::new(),
            places: terms.places.iter().map(Slug::to_string).collect(),
            cadence: terms.cadence.to_string(),
            hour: terms.hour.map(|h| h.to_string()).unwrap_or_default(),
            zone: terms.zone.name().to_owned(),
            length: terms.length.to_string(),
            images: Some(terms.images),
            language: String::new(),
            text_only: Some(terms.text_only),
            until: String::new(),
        }
    }

    /// The fields as a form fills them, each cut at 100 characters.
    pub(super) fn read(form: &Form) -> Typed {
        let text = |name: &str| -> String {
            form.one(name)
                .unwrap_or_default()
                .chars()
                .take(100)
                .collect()
        };
        // No word: not followed.
        let worded = form.named("weight:").filter(|(_, word)| !word.is_empty());
        let mut unweighed = BTreeSet::new();
        let mut topics = BTreeMap::new();
        for (slug, word) in worded {
            match Weight::parse(word) {
                Ok(weight) => drop(topics.insert(slug.to_owned(), weight)),
                Err(_) => drop(unweighed.insert(slug.to_owned())),
            }
        }
        // A box that is not ticked is not sent; the field beside it says that it was there.
        let ticked = |name| form.all(name).map(|v| v == "on").reduce(|a, b| a || b);
        Typed {
            topics,
            unweighed,
            places: form.all("place").map(str::to_owned).collect(),
            cadence: text("cadence"),
            hour: text("hour"),
            zone: text("zone"),
            length: text("length"),
            language: text("language"),
            images: ticked("images"),
            text_only: ticked("text_only"),
            until: text("until"),
        }
    }

    /// The terms that these fields ask for, and the cadence that they name.
    ///
    /// What is no longer offered was not on the page, so it stays as it was.
    pub(super) fn wish(
        &self,
        offer: &Offer<'_>,
        before: &Terms,
    ) -> Result<(Terms, CadenceId), Vec<Wrong>> {
        let mut wrong = self.gone(offer, before);
        wrong.extend(self.unweighed());
        let topics = self.topics(offer, before);
        let places = self.places(offer, before);
        for (part, count) in [(Part::Topics, topics.len()), (Part::Places, places.len())] {
            if count > FOLLOWED_MAX {
                let most = vec![("most", FOLLOWED_MAX.to_string())];
                wrong.push(Wrong {
                    part,
                    key: "terms.wrong.too_many",
                    values: most,
                });
            }
        }
        let mut note = |e: Wrong| wrong.push(e);
        let cadence = offer
            .cadences
            .iter()
            .find(|c| c.name.as_str() == self.cadence);
        if cadence.is_none() {
            note(Wrong {
                part: Part::Cadence,
                key: "terms.wrong.cadence_unknown",
                values: vec![],
            });
        }
        let hour = self.hour(cadence, before).map_err(&mut note).ok();
        let zone = Zone::parse(&self.zone)
            .map_err(|e| note(zone_wrong(e)))
            .ok();
        let length = self.length().map_err(&mut note).ok();
        let language = self.language(offer, before).map_err(&mut note).ok();
        let (Some(cadence), Some(hour), Some(zone), Some(length), Some(language), true) =
            (cadence, hour, zone, length, language, wrong.is_empty())
        else {
            return Err(wrong);
        };
        let terms = Terms {
            cadence: cadence.name.clone(),
            hour,
            zone,
            language,
            length,
            images: self.images.unwrap_or(before.images),
            text_only: self.text_only.unwrap_or(before.text_only),
            topics,
            places,
            resume_on: before.resume_on,
        };
        Ok((terms, cadence.id))
    }

    fn unweighed(&self) -> Option<Wrong> {
        let names = names(self.unweighed.iter().map(String::as_str))?;
        Some(Wrong {
            part: Part::Topics,
            key: "terms.wrong.weight_unknown",
            values: vec![("names", names)],
        })
    }

    fn length(&self) -> Result<Length, Wrong> {
        Length::parse(&self.length).map_err(|_| Wrong {
            part: Part::Length,
            key: "terms.wrong.length_unknown",
            values: vec![],
        })
    }

    /// The language that was chosen. Who leaves it at what they are spoken to in keeps their own tag,
    /// which may say more than the words do (`de-AT`), or have none.
    fn language(&self, offer: &Offer<'_>, before: &Terms) -> Result<String, Wrong> {
        let typed = self.language.as_str();
        if typed.is_empty() || typed == offer.spoken {
            return Ok(before.language.clone());
        }
        match offer.languages.iter().find(|(tag, _)| tag == typed) {
            Some((tag, _)) => Ok(tag.clone()),
            None => Err(Wrong {
                part: Part::Language,
                key: "terms.wrong.language_unknown",
                values: vec![],
            }),
        }
    }

    /// What is ticked and neither offered nor followed before: taken off since the page was made.
    fn gone(&self, offer: &Offer<'_>, before: &Terms) -> Vec<Wrong> {
        let topic = |t: &str| {
            offer.topics.iter().any(|o| o.slug.as_str() == t)
                || before.topics.iter().any(|b| b.topic.as_str() == t)
        };
        let place = |p: &str| {
            offer.places.iter().any(|o| o.slug.as_str() == p)
                || before.places.iter().any(|b| b.as_str() == p)
        };
        let topics = self.topics.keys().map(String::as_str).filter(|t| !topic(t));
        let places = self.places.iter().map(String::as_str).filter(|p| !place(p));
        [
            (Part::Topics, "terms.wrong.topics_gone", names(topics)),
            (Part::Places, "terms.wrong.places_gone", names(places)),
        ]
        .into_iter()
        .filter_map(|(part, key, names)| {
            let values = vec![("names", names?)];
            Some(Wrong { part, key, values })
        })
        .collect()
    }

    fn topics(&self, offer: &Offer<'_>, before: &Terms) -> Vec<TopicWeight> {
        let offered: BTreeSet<&Slug> = offer.topics.iter().map(|t| &t.slug).collect();
        let mut topics: Vec<TopicWeight> = Vec::new();
        for known in &before.topics {
            match self.topics.get(known.topic.as_str()) {
                Some(word) if *word == Weight::of(known.weight) => topics.push(known.clone()),
                Some(word) => topics.push(TopicWeight {
                    topic: known.topic.clone(),
                    weight: word.thousandths(),
                }),
                None if !offered.contains(&known.topic) => topics.push(known.clone()),
                None => {}
            }
        }
        for slug in offered {
            if let Some(word) = self.topics.get(slug.as_str())
                && !before.topics.iter().any(|t| t.topic == *slug)
            {
                topics.push(TopicWeight {
                    topic: slug.clone(),
                    weight: word.thousandths(),
                });
            }
        }
        topics
    }

    /// In the old order, since the first place is shown as the reader's own.
    fn places(&self, offer: &Offer<'_>, before: &Terms) -> Vec<Slug> {
        let offered: BTreeSet<&Slug> = offer.places.iter().map(|p| &p.slug).collect();
        let stays = |p: &&Slug| self.places.contains(p.as_str()) || !offered.contains(p);
        let mut places: Vec<Slug> = before.places.iter().filter(stays).cloned().collect();
        let new = |p: &&&Slug| self.places.contains(p.as_str()) && !before.places.contains(p);
        places.extend(offered.iter().filter(new).map(|p| (*p).clone()));
        places
    }

    fn hour(&self, cadence: Option<&Cadence>, before: &Terms) -> Result<Option<WallTime>, Wrong> {
        if self.hour.is_empty() {
            return Ok(None);
        }
        let hour = WallTime::parse(&self.hour).map_err(|_| Wrong {
            part: Part::Hour,
            key: "terms.wrong.hour_form",
            values: vec![],
        })?;
        match cadence {
            Some(cadence) if cadence.expr.fixed_time().is_none() => {
                // The hour that stood there belongs to the rhythm that they leave; one that they
                // typed is a wish that cannot be kept, and they are told.
                if before.hour == Some(hour) && before.cadence != cadence.name {
                    return Ok(None);
                }
                let values = vec![("cadence", cadence_name(&cadence.name))];
                Err(Wrong {
                    part: Part::Hour,
                    key: "terms.wrong.hour_not_taken",
                    values,
                })
            }
            _ => Ok(Some(hour)),
        }
    }
}

/// A few of the names, each cut: anybody may post anything.
fn names<'a>(mut gone: impl Iterator<Item = &'a str>) -> Option<String> {
    const NAMES: usize = 3;
    let cut = |name: &str| name.chars().take(40).collect::<String>();
    let mut names: Vec<String> = gone.by_ref().take(NAMES).map(cut).collect();
    if gone.next().is_some() {
        names.push("…".to_owned());
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn zone_wrong(error: ZoneError) -> Wrong {
    let ZoneError::UnknownZone { name, similar } = error;
    match similar {
        _ if name.is_empty() => Wrong {
            part: Part::Zone,
            key: "terms.wrong.zone_empty",
            values: vec![],
        },
        Some(like) => Wrong {
            part: Part::Zone,
            key: "terms.wrong.zone_like",
            values: vec![("zone", name), ("like", like)],
        },
        None => Wrong {
            part: Part::Zone,
            key: "terms.wrong.zone_unknown",
            values: vec![("zone", name)],
        },
    }
}

/// A cadence's short name as readers see it: `Weekday mornings`.
pub(super) fn cadence_name(slug: &Slug) -> String {
    let text = slug.as_str().replace('-', " ");
    let mut letters = text.chars();
    letters
        .next()
        .map(|c| c.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What differs between two terms, in the order of the form.
pub(super) fn changed(before: &Terms, after: &Terms) -> Vec<Part> {
    let topics = |t: &Terms| -> BTreeMap<Slug, u16> {
        t.topics
            .iter()
            .map(|t| (t.topic.clone(), t.weight))
            .collect()
    };
    let differs = |part: &Part| match part {
        Part::Topics => topics(before) != topics(after),
        Part::Places => before.places != after.places,
        Part::Cadence => before.cadence != after.cadence,
        Part::Hour => before.hour != after.hour,
        Part::Zone => before.zone != after.zone,
        Part::Length => before.length != after.length,
        Part::Images => before.images != after.images,
        Part::Language => before.language != after.language,
        Part::TextOnly => before.text_only != after.text_only,
        Part::Pause => before.resume_on != after.resume_on,
    };
    Part::ALL.iter().copied().filter(differs).collect()
}

#[cfg(test)]
mod tests;
