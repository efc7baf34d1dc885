//! What an issue is to the flights of its list: in how many of its digests each might stand, and what
//! keeps it out of the others, story by story. Looked at before anybody approves it.

use std::collections::BTreeMap;

use super::forecast::{Ahead, Place};
use super::makeup::slots;
use super::{Press, PressError, ROOM};
use crate::domain::selection::{Candidate, Pick};
use crate::domain::sponsor::Flight;
use crate::domain::{ArticleId, FlightId};
use crate::sponsors::{Chance, Outline, Quotas, StoryLabels, chance};

/// What the digests of an issue are to a flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chances {
    /// Digests with a slot that it may take.
    pub open: u64,
    /// Digests without one, by the first thing that keeps it out.
    pub shut: BTreeMap<String, u64>,
    /// Slots that it loses to a story's risk alone, by article, with the words for it.
    pub lost: BTreeMap<ArticleId, (String, u64)>,
}

/// What an issue is to the flights of its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sponsored {
    /// Digests that were looked at.
    pub digests: u64,
    /// By flight.
    pub flights: BTreeMap<FlightId, Chances>,
}

impl Sponsored {
    fn look(&mut self, outline: &Outline<'_>, flight: &Flight, at: &Ahead, quotas: &Quotas) {
        let chances = self.flights.entry(flight.id).or_default();
        let (mut open, mut first) = (false, None);
        for slot in ROOM.iter().filter(|(slot, _)| flight.slots.contains(slot)) {
            let words = match chance(outline, *slot, flight, at.due, quotas) {
                Chance::Open => {
                    open = true;
                    continue;
                }
                Chance::Kept(article, words) => {
                    let lost = chances.lost.entry(article);
                    lost.or_insert_with(|| (words.clone(), 0)).1 += 1;
                    words
                }
                Chance::Shut(words) => words,
            };
            first.get_or_insert(words);
        }
        if open {
            chances.open += 1;
        } else {
            let words = first.unwrap_or_else(|| "the layout has none of its slots".to_owned());
            *chances.shut.entry(words).or_default() += 1;
        }
    }
}

impl Ahead {
    /// Adds what this wave's digests are to some flights. Every digest is looked at once.
    pub async fn sponsored(
        &self,
        press: &Press,
        flights: &[Flight],
        into: &mut Sponsored,
    ) -> Result<(), PressError> {
        let makeup = press.makeup(&self.inputs, self.run).await?;
        let mut place = Place::default();
        loop {
            let slice = self.slice(&mut place).await?;
            if slice.is_empty() {
                return Ok(());
            }
            let digests = self.digests(&slice, &makeup);
            self.sponsors(digests.iter().flatten().map(Vec::as_slice), flights, into);
        }
    }

    /// Adds what some digests of this wave are to some flights.
    pub(super) fn sponsors<'a>(
        &self,
        digests: impl Iterator<Item = &'a [Pick]>,
        flights: &[Flight],
        into: &mut Sponsored,
    ) {
        let known = self.inputs.candidates.iter().map(|c| (c.article, c));
        let known: BTreeMap<ArticleId, &Candidate> = known.collect();
        let quotas = Quotas::of(flights);
        for picks in digests {
            let outline = outline(picks, &known);
            into.digests += 1;
            for flight in flights {
                into.look(&outline, flight, self, &quotas);
            }
        }
    }

    /// Whether any story of this wave keeps any of these flights away by its risk.
    pub fn objects(&self, flights: &[Flight]) -> bool {
        let mut risks = self.inputs.candidates.iter().map(|c| &c.risk);
        risks.any(|risk| flights.iter().any(|f| f.safety.objection(risk).is_some()))
    }
}

fn outline<'a>(picks: &[Pick], known: &BTreeMap<ArticleId, &'a Candidate>) -> Outline<'a> {
    let stories = picks.iter().filter_map(|p| known.get(&p.article));
    Outline {
        key: 0,
        stories: stories.map(|c| StoryLabels::of(c)).collect(),
        slots: slots(picks),
    }
}
