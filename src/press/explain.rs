//! Who got what, and why: verdicts are replayed from the frozen inputs, never stored.

use super::freeze::Inputs;
use super::makeup::slots;
use super::{Asking, Press, PressError, ROOM, reached, reader, remembering};
use crate::domain::edition::{Edition, Wave};
use crate::domain::selection::{Candidate, Pick, Rules, Selection, Skip};
use crate::domain::sponsor::{Flight, Placement, Slot};
use crate::domain::subscriber::{Interests, Terms};
use crate::domain::time::Timestamp;
use crate::domain::{CreativeId, FlightId, SubscriptionId, WaveId};
use crate::render::RENDERER_VERSION;
use crate::sponsors::{Outline, Proposed, Quotas, StoryLabels, why_not};
use crate::store::follow::{JudgedBy, Skipped};
use crate::store::memory::Moment;
use crate::store::planning::Digest;

/// A digest explained: every candidate with one verdict.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The edition.
    pub edition: Edition,
    /// The wave.
    pub wave: Wave,
    /// The digest as it was written; `None` where the reader was skipped.
    pub digest: Option<Digest>,
    /// The terms that it was planned on.
    pub terms: Terms,
    /// Its sponsors.
    pub placements: Vec<Placement>,
    /// The candidates as they were.
    pub candidates: Vec<Candidate>,
    /// The rules as they were.
    pub rules: Rules,
    /// Unix ms to which it goes back, after a pause or a missed run.
    pub since_ms: Option<i64>,
    /// The verdicts, replayed.
    pub selection: Selection,
    /// Whether the replayed picks equal the stored ones.
    pub agrees: bool,
    /// The renderer that measured the stored digest, where it is another one than measures now: size
    /// may then act otherwise.
    pub fitted_by: Option<String>,
}

impl Press {
    /// Explains what a subscription got, or did not, in an edition.
    pub async fn explain(
        &self,
        edition: &Edition,
        subscription: SubscriptionId,
    ) -> Result<Explained, PressError> {
        let digest = self.store.digest_of(edition.id, subscription).await?;
        let (wave, skipped) = self.wave_of(edition, subscription, digest.as_ref()).await?;
        let by = judged_by(digest.as_ref(), skipped);
        let terms = match by {
            Some(by) => self.store.terms(by.terms_id).await?,
            None => self.terms_then(subscription, wave.planned_at).await?,
        };
        let inputs = self.inputs_of(&wave, subscription, digest.as_ref()).await?;
        let of = remembering(edition.list, &inputs.rules);
        let moment = Moment {
            at: by.map_or(wave.planned_at, |by| by.at),
            edition: edition.id,
            digest: digest.as_ref().map(|d| d.id),
        };
        let memory = self.store.memory_before(subscription, &of, moment).await?;
        let interests = Interests {
            topics: terms.topics.clone(),
            places: terms.places.clone(),
        };
        let look = (terms.length, terms.language.as_str());
        let mut reading = reader(&interests, look, &inputs.rules, memory);
        reading.since_ms = match by {
            Some(by) => by.since_ms,
            None => self.back_then(subscription, &terms, &wave, &inputs).await?,
        };
        let since_ms = reading.since_ms;
        let asking = Asking {
            subscription,
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            reader: reading,
        };
        let makeup = self.makeup(&inputs, edition.run).await?;
        let selection = makeup.selection(&asking);
        let fitted_by = inputs.rules.room.as_ref().map(|room| room.renderer.clone());
        let placements = self.placed(digest.as_ref()).await?;
        let agrees = match &digest {
            Some(digest) => digest.picks == selection.picks,
            None => skipped_alike(skipped.map(|s| s.why), selection.skip),
        };
        Ok(Explained {
            edition: edition.clone(),
            wave,
            digest,
            terms,
            placements,
            candidates: inputs.candidates,
            rules: inputs.rules,
            since_ms,
            selection,
            agrees,
            fitted_by: fitted_by.filter(|by| by != RENDERER_VERSION),
        })
    }

    /// A wave's inputs as they were when a subscription was planned or passed over in it.
    async fn inputs_of(
        &self,
        wave: &Wave,
        subscription: SubscriptionId,
        digest: Option<&Digest>,
    ) -> Result<Inputs, PressError> {
        let amended = match digest {
            Some(digest) => digest.amended.clone(),
            None => self.store.skip_amended(wave.id, subscription).await?,
        };
        self.amend(self.thaw(wave).await?, &amended).await
    }

    /// The wave in which a subscription was planned or passed over, and why it was.
    async fn wave_of(
        &self,
        edition: &Edition,
        subscription: SubscriptionId,
        digest: Option<&Digest>,
    ) -> Result<(Wave, Option<Skipped>), PressError> {
        let waves = self.store.waves(edition.id).await?;
        let skip = self.store.skip_of(edition.id, subscription).await?;
        let of = |id: WaveId| waves.into_iter().find(|w| w.id == id);
        let (wave, skipped) = match (digest, skip) {
            (Some(digest), _) => (of(digest.wave), None),
            (None, Some(skipped)) => (of(skipped.wave), Some(skipped)),
            (None, None) => (None, None),
        };
        let wave = wave.ok_or_else(|| {
            let run = edition.run.to_string();
            PressError::NothingPlanned(format!("nothing is planned for this subscription in {run}"))
        })?;
        Ok((wave, skipped))
    }

    async fn placed(&self, digest: Option<&Digest>) -> Result<Vec<Placement>, PressError> {
        match digest {
            Some(digest) => Ok(self.store.placements(digest.id).await?),
            None => Ok(Vec::new()),
        }
    }

    /// What a reader's digest would have reached back to, who came back from a pause in a run that had too
    /// little for them: their next one still has to. Once it did, nobody knows any more.
    async fn back_then(
        &self,
        subscription: SubscriptionId,
        terms: &Terms,
        wave: &Wave,
        inputs: &Inputs,
    ) -> Result<Option<i64>, PressError> {
        if terms.resume_on.is_none() {
            return Ok(None);
        }
        let found = self.store.subscription(subscription).await?;
        let Some((_, subscription)) = found else {
            return Ok(None);
        };
        let list = self.store.list_by_id(subscription.list).await?;
        let since = subscription.since.filter(|at| *at < wave.cutoff_at);
        Ok(reached(since, &inputs.rules, &list))
    }

    /// The terms that a reader who got nothing was passed over on.
    async fn terms_then(
        &self,
        subscription: SubscriptionId,
        at: Timestamp,
    ) -> Result<Terms, PressError> {
        let then = self.store.terms_as_of(subscription, at).await?;
        let terms_id = match then {
            Some(id) => id,
            None => {
                let found = self.store.subscription(subscription).await?;
                let (_, subscription) = found.ok_or_else(|| {
                    PressError::NothingPlanned("there is no such subscription".to_owned())
                })?;
                subscription.terms_id
            }
        };
        Ok(self.store.terms(terms_id).await?)
    }
}

/// What a subscription was planned, or passed over, by.
fn judged_by(digest: Option<&Digest>, skipped: Option<Skipped>) -> Option<JudgedBy> {
    let planned = digest.map(|digest| JudgedBy {
        terms_id: digest.terms_id,
        at: digest.at,
        since_ms: digest.since_ms,
    });
    planned.or(skipped.and_then(|s| s.by))
}

/// Whether a replay passes a reader over as the plan did; for other reasons than stories it cannot.
fn skipped_alike(stored: Option<Skip>, replayed: Option<Skip>) -> bool {
    match stored {
        Some(Skip::TooFewStories | Skip::NothingFollowed) => replayed.is_some(),
        _ => true,
    }
}

/// Why each flight does not stand in a slot that stayed empty, by what is known of flights now.
pub fn empty_slots(
    candidates: &[Candidate],
    picks: &[Pick],
    placed: &[(Slot, FlightId)],
    flights: &[Flight],
    due: Timestamp,
) -> Vec<(Slot, FlightId, String)> {
    let of = |pick: &Pick| candidates.iter().find(|c| c.article == pick.article);
    let stories = picks.iter().filter_map(of).map(StoryLabels::of).collect();
    let outline = Outline {
        key: 0,
        stories,
        slots: slots(picks),
    };
    let stand = |(slot, flight): &(Slot, FlightId)| Proposed {
        slot: *slot,
        flight: *flight,
        creative: CreativeId(0),
        reason: String::new(),
    };
    let placed: Vec<Proposed> = placed.iter().map(stand).collect();
    let quotas = Quotas::of(flights);
    let empty = ROOM
        .iter()
        .filter(|(slot, _)| placed.iter().all(|p| p.slot != *slot));
    empty
        .flat_map(|room| {
            let why = why_not(&outline, *room, flights, due, &placed, &quotas);
            why.into_iter()
                .map(|(flight, words)| (room.0, flight, words))
        })
        .collect()
}
