//! Why a flight does not stand in a slot of one digest, in words, by the predicates of placement.
//! It looks at one digest alone, so it does not know who was served first in others.

use super::eligible::{avoided, bar, draw, words};
use super::{Outline, Proposed, Quotas, StoryLabels, fits, in_layout, runs};
use crate::domain::safety::Scope;
use crate::domain::sponsor::{CreativeSize, Flight, FlightState, Slot};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, FlightId};

/// For each flight that does not stand in `slot` of a digest the first thing that keeps it out, in
/// the order of `flights`: `stands in S1 already`, `paused`, `not in its dates`, `nothing left of 4
/// booked`, `not for S2`, `no creative fits`, `no S2 in a digest of 2`, `avoids accident`, `kept out
/// by “HEADLINE” (terrorism high: …)`, `kept from S1 by “HEADLINE” beside it (…)`, `no city or port story`, `its sponsor stands in S1 already`, `S2 is taken`. `slot` comes with its
/// room, `placed` is what stands in the digest, and `quotas` is as planning left it. `nothing
/// against it` says that now, with other quotas or flights than then, it could stand there.
pub fn why_not(
    outline: &Outline<'_>,
    slot: (Slot, CreativeSize),
    flights: &[Flight],
    now: Timestamp,
    placed: &[Proposed],
    quotas: &Quotas,
) -> Vec<(FlightId, String)> {
    let holder = placed.iter().find(|p| p.slot == slot.0).map(|p| p.flight);
    let others = flights.iter().filter(|f| Some(f.id) != holder);
    let answer = |flight: &Flight| {
        let own = placed.iter().find(|p| p.flight == flight.id);
        let found = own
            .map(|p| format!("stands in {} already", p.slot))
            .or_else(|| by_itself(flight, slot, now, quotas))
            .or_else(|| by_stories(flight, slot.0, outline))
            .or_else(|| by_sibling(flight, flights, placed))
            .or_else(|| holder.map(|_| format!("{} is taken", slot.0)));
        let words = found.unwrap_or_else(|| "nothing against it".to_owned());
        (flight.id, words)
    };
    others.map(answer).collect()
}

/// What a digest of these stories is to a flight in a slot, whoever stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chance {
    /// It may stand there.
    Open,
    /// But for a story's risk it might: which article, and why, with its headline.
    Kept(ArticleId, String),
    /// It may not, as [`why_not`] says it.
    Shut(String),
}

/// What a digest is to a flight in a slot.
pub fn chance(
    outline: &Outline<'_>,
    slot: (Slot, CreativeSize),
    flight: &Flight,
    now: Timestamp,
    quotas: &Quotas,
) -> Chance {
    let shut = by_itself(flight, slot, now, quotas);
    let shut = shut.or_else(|| by_wishes(flight, slot.0, &outline.stories));
    if let Some(words) = shut {
        return Chance::Shut(words);
    }
    match by_risk(flight, slot.0, outline) {
        Some((article, words)) => Chance::Kept(article, words),
        None => Chance::Open,
    }
}

/// What keeps a flight out of a slot of every digest.
fn by_itself(
    flight: &Flight,
    slot: (Slot, CreativeSize),
    now: Timestamp,
    quotas: &Quotas,
) -> Option<String> {
    if !runs(flight, now) {
        return Some(match flight.state {
            FlightState::Approved => "not in its dates".to_owned(),
            FlightState::Hold | FlightState::Booked => "not approved".to_owned(),
            state => state.to_string(),
        });
    }
    if quotas.for_flight(flight) <= 0 {
        return Some(format!("nothing left of {} booked", flight.booked));
    }
    if fits(flight, &[slot]).is_empty() {
        return Some(if flight.slots.contains(&slot.0) {
            "no creative fits".to_owned()
        } else {
            format!("not for {}", slot.0)
        });
    }
    None
}

fn by_stories(flight: &Flight, slot: Slot, outline: &Outline<'_>) -> Option<String> {
    let wishes = by_wishes(flight, slot, &outline.stories);
    wishes.or_else(|| by_risk(flight, slot, outline).map(|(_, words)| words))
}

/// By what a flight asked for: the slot in the layout, words to avoid, topics to stand beside.
fn by_wishes(flight: &Flight, slot: Slot, stories: &[StoryLabels<'_>]) -> Option<String> {
    if !in_layout(slot, stories.len()) {
        return Some(format!("no {slot} in a digest of {}", stories.len()));
    }
    let avoided = avoided(flight);
    if let Some(word) = stories.iter().find_map(|s| bar(&avoided, &words(s))) {
        return Some(format!("avoids {word}"));
    }
    let drawn = stories.iter().any(|s| draw(flight, s).is_some());
    if drawn || flight.beside.is_empty() {
        return None;
    }
    let topics: Vec<&str> = flight.beside.iter().map(|t| t.as_str()).collect();
    Some(format!("no {} story", topics.join(" or ")))
}

/// A story whose risk is more than the flight bears: anywhere in the digest, else beside the slot.
fn by_risk(flight: &Flight, slot: Slot, outline: &Outline<'_>) -> Option<(ArticleId, String)> {
    let objection = |at: usize| {
        let story = outline.stories.get(at)?;
        let (scope, why) = flight.safety.objection(story.risk)?;
        Some((scope, why, story))
    };
    let mut all = (0..outline.stories.len()).filter_map(objection);
    if let Some((_, why, story)) = all.find(|(scope, ..)| *scope == Scope::Digest) {
        let words = format!("kept out by “{}” ({why})", story.headline);
        return Some((story.article, words));
    }
    let (_, why, story) = outline.beside(slot).find_map(objection)?;
    let words = format!("kept from {slot} by “{}” beside it ({why})", story.headline);
    Some((story.article, words))
}

/// Another flight of the same sponsor in the digest.
fn by_sibling(flight: &Flight, flights: &[Flight], placed: &[Proposed]) -> Option<String> {
    let siblings = |p: &&Proposed| {
        let mut all = flights.iter();
        all.any(|f| f.id == p.flight && f.sponsor == flight.sponsor)
    };
    let sibling = placed.iter().find(siblings)?;
    Some(format!("its sponsor stands in {} already", sibling.slot))
}
