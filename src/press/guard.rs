//! The volume guard at work: what a wave is weighed by before its first slice is written.
//!
//! People are counted beforehand; stories are known once a slice is thought out, so the first one that
//! is far from the usual holds itself and every slice after it.

use super::{Press, PressError};
use crate::domain::edition::{Edition, EditionState, Wave};
use crate::domain::list::List;
use crate::domain::volume::{Guard, Unusual, Volume};
use crate::store::planning::{DueWave, PlannedReader};
use crate::store::volume::Weighed;

/// What is usual, and from where on it is not.
#[derive(Clone, Debug)]
pub struct Scales {
    /// What is known beforehand.
    pub volume: Volume,
    factor: u16,
}

impl Scales {
    /// Whether the people of the edition so far are far from the usual.
    pub fn people(&self) -> Option<Unusual> {
        self.volume.unusual_people(self.factor)
    }

    /// Whether these digests have far more stories than usual.
    pub(super) fn stories(&self, slice: &[PlannedReader]) -> Option<Unusual> {
        let digests = slice.iter().filter_map(|r| r.outcome.as_ref().ok());
        let stories: Vec<usize> = digests.map(|d| d.picks.len()).collect();
        self.volume.unusual_stories(&stories, self.factor)
    }
}

impl Press {
    /// What a wave is weighed by; `None` where nothing is: the list has its guard off, the edition
    /// was released by a person, or it is cancelled.
    pub async fn scales(
        &self,
        list: &List,
        edition: Option<&Edition>,
        due: &DueWave,
    ) -> Result<Option<Scales>, PressError> {
        if list.settings.volume_guard == Guard::Off {
            return Ok(None);
        }
        if let Some(edition) = edition {
            let released = self.store.edition_released(edition.id).await?;
            if released || edition.state == EditionState::Cancelled {
                return Ok(None);
            }
        }
        let edition = edition.map(|e| e.id);
        let volume = self.store.volume(Weighed { due, edition }).await?;
        Ok(Some(Scales {
            volume,
            factor: list.settings.volume_factor,
        }))
    }

    /// Weighs the people of a wave that is about to be planned, and writes down what it finds. A plan
    /// that goes on finds what it found before.
    pub(super) async fn weigh(&self, scales: &Scales, wave: &Wave) -> Result<bool, PressError> {
        let known = self.store.unusual(wave.edition).await?;
        if known.iter().any(|(id, _)| *id == wave.id) {
            return Ok(true);
        }
        match scales.people() {
            Some(found) => {
                self.store.wave_unusual(wave.id, &found).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
