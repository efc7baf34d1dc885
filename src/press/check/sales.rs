//! A wave's placements against what its flights were given in it, once all of it was read.

use super::of_wave;
use crate::domain::WaveId;
use crate::press::PressError;
use crate::proof::{Fault, Flaw};
use crate::store::Store;

/// Flights that stand in more digests of a wave than they were given. A wave that was planned before
/// flights were given anything is not judged, and one that is still being planned has less.
pub(super) async fn faults(store: &Store, wave: WaveId) -> Result<Vec<Fault>, PressError> {
    let placed = store.wave_placements(wave).await?;
    let given = store.wave_quotas(wave).await?;
    let over = given.iter().filter_map(|given| {
        let placed = placed.get(&given.flight).copied().unwrap_or(0);
        (placed > given.quota).then(|| Fault {
            flight: Some(given.flight),
            ..of_wave(
                Flaw::SponsorQuota,
                format!(
                    "a flight stands in {placed} digests of the wave, of {} that it was given",
                    given.quota
                ),
            )
        })
    });
    Ok(over.collect())
}
