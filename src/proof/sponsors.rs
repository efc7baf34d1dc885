//! The sponsors of a digest: running, in their dates and slots, away from what they avoid, and never
//! more than was booked.

use std::collections::BTreeMap;

use super::{Fault, Flaw, Marks, Proof, Severity};
use crate::domain::article::TopicWeight;
use crate::domain::goal::Goal;
use crate::domain::safety::Scope;
use crate::domain::selection::Candidate;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, CreativeState, Flight, FlightState, Slot};
use crate::domain::{CreativeId, FlightId};

/// The fewest stories between which a letter has its second slot.
const BETWEEN: usize = 3;

/// What was booked, as it stands while a plan is read.
#[derive(Debug)]
pub struct Booked<'f> {
    flights: BTreeMap<FlightId, (&'f Flight, Vec<String>)>,
    creatives: BTreeMap<CreativeId, Creative>,
}

impl<'f> Booked<'f> {
    /// The flights of a list, and creatives that were taken out of them since.
    pub fn new(flights: &'f [Flight], mut creatives: BTreeMap<CreativeId, Creative>) -> Booked<'f> {
        let own = flights.iter().flat_map(|f| &f.creatives);
        creatives.extend(own.map(|c| (c.id, c.clone())));
        let avoided = |flight: &Flight| flight.avoid.iter().map(|word| plain(word)).collect();
        Booked {
            flights: flights.iter().map(|f| (f.id, (f, avoided(f)))).collect(),
            creatives,
        }
    }

    /// Flights with more sends than they booked: those in their ledger and `more`, which are not in it
    /// yet. A flight that `more` does not name is not looked at.
    pub fn over(&self, more: &BTreeMap<FlightId, i64>) -> Vec<Fault> {
        let asked = more.iter();
        let asked = asked.filter_map(|(id, n)| Some((self.flights.get(id)?.0, *n)));
        asked
            .filter_map(|(flight, more)| overbooked(flight, more))
            .collect()
    }
}

impl Proof<'_> {
    pub(super) fn sponsors_of(&self, marks: &mut Marks<'_, '_>, booked: &Booked<'_>) {
        for at in 0..marks.sheet.placements.len() {
            let (slot, id, creative) = marks.sheet.placements[at];
            let Some((flight, avoided)) = booked.flights.get(&id) else {
                let words = "a flight that is none of the list's stands in it".to_owned();
                marks.of_flight(Flaw::SponsorState, id, words);
                continue;
            };
            self.running(marks, flight);
            self.in_place(marks, flight, slot);
            self.creative(marks, flight, slot, booked.creatives.get(&creative));
            self.beside(marks, flight, avoided);
            self.safe(marks, flight, slot);
            // What was booked otherwise since a letter left is no fault of that letter.
            if marks.sheet.open {
                self.wanted(marks, flight);
                self.alone(marks, flight, booked);
            }
            let before = marks.sheet.placements[..at].iter();
            let others: Vec<&Flight> = before
                .filter_map(|(_, other, _)| Some(booked.flights.get(other)?.0))
                .collect();
            let twice = |other: &&Flight| match other.id == id {
                true => !flight.all,
                false => other.sponsor == flight.sponsor,
            };
            if others.iter().any(twice) {
                let words = format!("`{}` stands in it twice", flight.sponsor_name);
                marks.of_flight(Flaw::SponsorTwice, id, words);
            }
            let group = |other: &&&Flight| other.id != id && other.group == flight.group;
            if let (true, Some(name), Some(other)) =
                (marks.sheet.open, &flight.group, others.iter().find(group))
            {
                let words = format!("`{}` and `{}` are both of {name}", flight.slug, other.slug);
                marks.of_flight(Flaw::SponsorGroup, id, words);
            }
        }
    }

    /// Whether the reader is one of those whom it is for, by what they declared.
    fn wanted(&self, marks: &mut Marks<'_, '_>, flight: &Flight) {
        let (sheet, target) = (marks.sheet, &flight.targeting);
        let topic = |t: &TopicWeight| t.weight > 0 && target.topics.contains(&t.topic);
        let own = sheet.language.to_lowercase();
        let language = |l: &String| {
            let wanted = l.to_lowercase();
            own == wanted || own.starts_with(&format!("{wanted}-"))
        };
        let place = |allowed: &[Slug]| sheet.places.iter().any(|p| allowed.contains(p));
        let (cadence, day) = match &self.in_run {
            Some((cadence, day)) => (Some(cadence), Some(day)),
            None => (None, None),
        };
        let off = |named: bool, fits: bool| named && !fits;
        let languages = &target.languages;
        let (cadences, days) = (&target.cadences, &target.weekdays);
        let what = [
            (
                off(!target.topics.is_empty(), sheet.topics.iter().any(topic)),
                "topics",
            ),
            (
                off(!target.places.is_empty(), place(&target.places)),
                "places",
            ),
            (
                off(!languages.is_empty(), languages.iter().any(language)),
                "languages",
            ),
            (
                off(
                    !cadences.is_empty(),
                    cadence.is_none_or(|c| cadences.contains(c)),
                ),
                "cadences",
            ),
            (
                off(!days.is_empty(), day.is_none_or(|d| days.contains(d))),
                "days",
            ),
            (
                flight.gambling.as_ref().is_some_and(|g| !place(&g.places)),
                "places where gambling is allowed",
            ),
        ];
        for (_, what) in what.into_iter().filter(|(off, _)| *off) {
            let words = format!("`{}` is for readers of other {what}", flight.slug);
            marks.of_flight(Flaw::SponsorTargeting, flight.id, words);
        }
    }

    /// A flight that has its digests alone, and stands in each of their slots where it fills them.
    fn alone(&self, marks: &mut Marks<'_, '_>, flight: &Flight, booked: &Booked<'_>) {
        if !flight.all && flight.goal != Goal::Every {
            return;
        }
        let stands = &marks.sheet.placements;
        let other = stands.iter().find(|(_, other, _)| *other != flight.id);
        let stories = marks.picks.len();
        let there = |slot: &Slot| match slot {
            Slot::S1 => stories > 0,
            Slot::S2 => stories >= BETWEEN,
            Slot::S3 | Slot::S4 => false,
        };
        let slots = self.slots.iter().map(|(slot, _)| slot);
        let empty = slots
            .filter(|slot| flight.all && there(slot))
            .find(|slot| stands.iter().all(|(held, ..)| held != *slot));
        let words = match (other, empty) {
            (Some((_, other, _)), _) => {
                let other = booked.flights.get(other).map(|(f, _)| f.slug.as_str());
                format!(
                    "`{}` has to stand alone, and `{}` is there",
                    flight.slug,
                    other.unwrap_or("?")
                )
            }
            (None, Some(slot)) => {
                format!("`{}` fills every slot, and {slot} is empty", flight.slug)
            }
            (None, None) => return,
        };
        marks.of_flight(Flaw::SponsorTakeover, flight.id, words);
    }

    fn running(&self, marks: &mut Marks<'_, '_>, flight: &Flight) {
        let slug = &flight.slug;
        if marks.sheet.open && flight.state != FlightState::Approved {
            let words = format!("`{slug}` is {}", flight.state);
            marks.of_flight(Flaw::SponsorState, flight.id, words);
        }
        let (starts, ends) = (flight.starts_at, flight.ends_at);
        if self.due_ms < starts.as_millisecond() || self.due_ms >= ends.as_millisecond() {
            let words = format!("`{slug}` runs from {starts} to {ends}");
            marks.of_flight(Flaw::SponsorDates, flight.id, words);
        }
    }

    fn in_place(&self, marks: &mut Marks<'_, '_>, flight: &Flight, slot: Slot) {
        let stories = marks.picks.len();
        let in_layout = self.slots.iter().any(|(known, _)| *known == slot);
        let there = match slot {
            Slot::S1 => stories > 0,
            _ => stories >= BETWEEN,
        };
        let words = if !flight.slots.contains(&slot) {
            format!("`{}` is not booked for {slot}", flight.slug)
        } else if !in_layout || !there {
            format!("a letter of {stories} stories has no {slot}")
        } else {
            return;
        };
        marks.of_flight(Flaw::SponsorSlot, flight.id, words);
    }

    fn creative(
        &self,
        marks: &mut Marks<'_, '_>,
        flight: &Flight,
        slot: Slot,
        text: Option<&Creative>,
    ) {
        let room = self.slots.iter().find(|(known, _)| *known == slot);
        let words = match text {
            None => "its creative is not there".to_owned(),
            Some(text) if text.flight != flight.id => {
                format!("the creative in {slot} is not of `{}`", flight.slug)
            }
            Some(text) if room.is_some_and(|(_, most)| text.size > *most) => {
                format!("a text of size {} is too long for {slot}", text.size)
            }
            Some(text) if text.state == CreativeState::Proposed => {
                format!("a text of `{}` is not approved", flight.slug)
            }
            Some(_) => return,
        };
        marks.of_flight(Flaw::SponsorCreative, flight.id, words);
    }

    /// Beside what a flight asked for, and away from what it avoids.
    fn beside(&self, marks: &mut Marks<'_, '_>, flight: &Flight, avoided: &[String]) {
        let slug = &flight.slug;
        let mut found = Vec::new();
        let mut wanted = flight.beside.is_empty();
        for known in marks.picks.iter().filter_map(|(_, known)| *known) {
            let story = known.candidate;
            let avoids = avoided.iter().find(|word| known.labels.contains(word));
            if let Some(word) = avoids {
                let article = self.article(story.article);
                found.push(format!("`{slug}` avoids `{word}`, which {article} is on"));
            }
            let mut topics = story.topics.iter();
            wanted |= topics.any(|t| flight.beside.contains(&t.topic));
        }
        for words in found {
            marks.of_flight(Flaw::SponsorAvoids, flight.id, words);
        }
        if !wanted {
            let words = format!("no story is on a topic of `{slug}`");
            marks.of_flight(Flaw::SponsorBeside, flight.id, words);
        }
    }
}

impl Proof<'_> {
    /// Away from stories that are more of a risk than a flight bears: from those of the whole digest,
    /// and from the two between which it stands.
    fn safe(&self, marks: &mut Marks<'_, '_>, flight: &Flight, slot: Slot) {
        let above = above(marks, slot);
        let mut found = Vec::new();
        for (at, known) in marks.picks.iter().map(|(_, known)| known).enumerate() {
            let Some(story) = known.map(|known| known.candidate) else {
                continue;
            };
            let touches = at + 1 == above || at == above;
            let (slug, article) = (&flight.slug, self.article(story.article));
            match flight.safety.objection(&story.risk) {
                Some((Scope::Adjacent, _)) if !touches => {}
                Some((_, why)) => found.push(format!("`{slug}` does not bear {article} ({why})")),
                None => {}
            }
        }
        for words in found {
            marks.of_flight(Flaw::SponsorSafety, flight.id, words);
        }
    }
}

/// How many stories stand above a slot: none above S1; above S2 the first section, three at the most.
fn above(marks: &Marks<'_, '_>, slot: Slot) -> usize {
    if slot == Slot::S1 {
        return 0;
    }
    let sections = marks.picks.iter().map(|(pick, _)| &pick.section);
    let mut alike = sections.scan(None, |first, section| {
        (*first.get_or_insert(section) == section).then_some(())
    });
    alike.by_ref().take(BETWEEN).count()
}

/// What a candidate is on, as it is compared with what sponsors avoid.
pub(super) fn labels(candidate: &Candidate) -> Vec<String> {
    let topics = candidate.topics.iter().map(|t| t.topic.as_str());
    let words = topics.chain(candidate.categories.iter().map(String::as_str));
    words.map(plain).collect()
}

/// A word as it is compared: in lower case, spaces and hyphens alike.
fn plain(word: &str) -> String {
    let spaced = word.replace('-', " ").to_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A flight with more sends than it booked, `more` of which are not in its ledger yet.
fn overbooked(flight: &Flight, more: i64) -> Option<Fault> {
    let (ledger, booked) = (flight.ledger, flight.booked);
    let sends = ledger.reserved + ledger.committed + ledger.delivered + more;
    (flight.goal != Goal::Rest && sends > booked).then(|| Fault {
        flaw: Flaw::Overbooked,
        severity: Severity::Error,
        subscription: None,
        digest: None,
        article: None,
        flight: Some(flight.id),
        words: format!(
            "`{}` would be sent {sends} times of {booked} booked",
            flight.slug
        ),
    })
}
