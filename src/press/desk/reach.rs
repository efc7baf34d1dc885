//! Whom an edition on the desk reaches: how many digests have a story, how many readers get none, and what
//! it is to sponsors. Of many readers the first ones are looked at, by the planner's own thinking.

use std::collections::BTreeMap;

use super::{Press, PressError};
use crate::domain::StoryId;
use crate::domain::selection::Skip;
use crate::domain::sponsor::Flight;
use crate::press::forecast::{Ahead, Place};
use crate::press::sponsored::Sponsored;

/// Readers that are looked at: on one page of a desk nobody waits for a million.
pub const LOOKED: u64 = 3_000;

/// Whom the wave that is shown reaches.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Readers that were looked at.
    pub looked: u64,
    /// Readers of the wave.
    pub readers: u64,
    /// Of those looked at, who gets a digest.
    pub digests: u64,
    /// Of those looked at, for whom there are too few stories.
    pub too_few: u64,
    /// Of those looked at, who has a story.
    pub stories: BTreeMap<StoryId, u64>,
    /// What the digests are to the list's flights.
    pub sponsored: Sponsored,
    /// Those flights.
    pub flights: Vec<Flight>,
}

impl Reach {
    /// Whether everybody was looked at.
    pub fn is_whole(&self) -> bool {
        self.looked >= self.readers
    }
}

/// What is left of the digests without a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without {
    /// Readers that were looked at.
    pub looked: u64,
    /// Of those, who has it.
    pub has: u64,
    /// Of those who have it, for whom there would be too few stories without it.
    pub under: u64,
}

impl Press {
    pub(super) async fn reached(&self, ahead: &Ahead) -> Result<Reach, PressError> {
        let flights = self.store.flights(Some(ahead.list_id())).await?;
        let mut reach = Reach {
            readers: u64::try_from(ahead.readers).unwrap_or(0),
            flights,
            ..Reach::default()
        };
        let objects = ahead.objects(&reach.flights);
        let makeup = self.makeup(&ahead.inputs, ahead.run).await?;
        let mut place = Place::default();
        while reach.looked < LOOKED {
            let slice = ahead.slice(&mut place).await?;
            if slice.is_empty() {
                break;
            }
            let digests = ahead.digests(&slice, &makeup);
            for digest in &digests {
                match digest {
                    Ok(picks) => {
                        reach.digests += 1;
                        for pick in picks {
                            *reach.stories.entry(pick.story).or_default() += 1;
                        }
                    }
                    Err(Skip::TooFewStories | Skip::NothingFollowed) => reach.too_few += 1,
                    Err(_) => {}
                }
            }
            if objects {
                let picks = digests.iter().flatten();
                ahead.sponsors(
                    picks.map(Vec::as_slice),
                    &reach.flights,
                    &mut reach.sponsored,
                );
            }
            reach.looked += slice.len() as u64;
        }
        // A wave that is planned may have more readers than were still due.
        reach.readers = reach.readers.max(reach.looked);
        Ok(reach)
    }

    /// What is left of a wave's digests without a story: what a ban would come to.
    pub async fn desk_without(&self, ahead: &Ahead, story: StoryId) -> Result<Without, PressError> {
        let rest = ahead.without(story);
        let whole = self.makeup(&ahead.inputs, ahead.run).await?;
        let less = self.makeup(&rest, ahead.run).await?;
        let mut found = Without::default();
        let mut place = Place::default();
        while found.looked < LOOKED {
            let slice = ahead.slice(&mut place).await?;
            if slice.is_empty() {
                break;
            }
            found.looked += slice.len() as u64;
            let digests = ahead.digests(&slice, &whole);
            let has = |picks: &Vec<_>| {
                picks
                    .iter()
                    .any(|p: &crate::domain::selection::Pick| p.story == story)
            };
            let mut concerned = Vec::new();
            for (reader, digest) in slice.into_iter().zip(digests) {
                if digest.as_ref().is_ok_and(has) {
                    concerned.push(reader);
                }
            }
            found.has += concerned.len() as u64;
            // As if nothing of them were planned yet.
            concerned.iter_mut().for_each(|reader| reader.stored = None);
            let left = ahead.digests(&concerned, &less);
            found.under += left.iter().filter(|one| one.is_err()).count() as u64;
        }
        Ok(found)
    }
}
