//! Articles that were amended after their waves were frozen: what a wave is then, and the digests that
//! are made again of what it froze, through the same steps as its plan.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::check::draft_faults;
use super::freeze::Inputs;
use super::{Asking, Makeup, Press, PressError, reader, remembering};
use crate::domain::amendment::{Amended, AmendmentKind};
use crate::domain::delivery::Hold;
use crate::domain::edition::{Edition, Wave};
use crate::domain::selection::{Reader, Sent, Skip};
use crate::domain::sponsor::{Flight, FlightLedger};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, DigestId, EditionId, RevisionId, SubscriberId, SubscriptionId};
use crate::faults::die_at;
use crate::proof::{Booked, Fault, Proof};
use crate::sponsors::Quotas;
use crate::store::amended::NowAmended;
use crate::store::amendments::Pending;
use crate::store::memory::Beside;
use crate::store::planning::Digest;
use crate::store::revise::{Remade, Revisable, Revision, Which};

/// Letters in one write.
const SLICE: i64 = 500;
/// How often a wave is begun anew because somebody amended more meanwhile.
const TRIES: usize = 20;

/// A command that amends has so long to make the letters again itself, and to say what it did.
const HEAD_START: SignedDuration = SignedDuration::from_secs(5);

/// What was taken over of amendments that nobody brought to their end.
#[derive(Debug, Default)]
pub struct TakenOver {
    /// Waves that were made again for an amendment, those that failed included.
    pub waves: usize,
    /// The errors of waves that still wait.
    pub failed: Vec<PressError>,
    /// Whether others wait: a command may still be at work on them.
    pub more: bool,
}

/// What an amendment would come to in a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Letters whose digest would be made again.
    pub revised: u64,
    /// Letters that would be withheld, with too few stories left.
    pub withheld: u64,
}

/// The letters of a wave that are to be made again.
struct Round<'a> {
    edition: &'a Edition,
    wave: &'a Wave,
    which: Which,
    /// The amendment that they are counted with.
    counted: Option<&'a Pending>,
    /// Nothing is written.
    dry: bool,
    now: Timestamp,
}

impl Press {
    /// A wave's inputs as they were when something was written of it.
    pub async fn amend(&self, inputs: Inputs, amended: &Amended) -> Result<Inputs, PressError> {
        let mut inputs = inputs;
        if amended.is_empty() {
            return Ok(inputs);
        }
        let texts: Vec<RevisionId> = amended.texts.values().copied().collect();
        let texts = self.store.revisions(&texts).await?;
        let texts = texts.into_iter().map(|(id, a)| (id, a.text.headline));
        let candidates = &mut inputs.candidates;
        self.apply(amended, candidates, &texts.collect()).await?;
        Ok(inputs)
    }

    /// What a digest was made of.
    pub async fn thaw_for(&self, wave: &Wave, digest: &Digest) -> Result<Inputs, PressError> {
        self.amend(self.thaw(wave).await?, &digest.amended).await
    }

    /// A wave's inputs as they are now, and by how much they are other ones than were frozen.
    pub async fn thaw_now(&self, wave: &Wave) -> Result<(Inputs, NowAmended), PressError> {
        let frozen = self.thaw(wave).await?;
        self.amend_now(frozen).await
    }

    /// The same of inputs that were thawed.
    pub(super) async fn amend_now(
        &self,
        frozen: Inputs,
    ) -> Result<(Inputs, NowAmended), PressError> {
        let now = self.store.now_amended(&frozen.candidates).await?;
        Ok((self.amend(frozen, &now.amended).await?, now))
    }

    /// Makes the letters again that wait for an amendment, and lets the others of their waves go on.
    /// Returns the errors of waves that still wait.
    pub async fn amend_pending(
        &self,
        pending: &[Pending],
        now: Timestamp,
    ) -> Result<Vec<PressError>, PressError> {
        let mut failed = Vec::new();
        for one in pending {
            match self.amend_wave(one, now).await {
                Ok(()) => {}
                Err(PressError::Store(error)) if error.is_database_fault() => {
                    return Err(error.into());
                }
                Err(error) => failed.push(error),
            }
        }
        Ok(failed)
    }

    /// Makes the letters again whose amendment nobody else brings to its end: its source said it, or the
    /// command that wrote it down is gone, or slow, where both may do it.
    pub async fn amend_left(&self, now: Timestamp) -> Result<TakenOver, PressError> {
        let mut pending = self.store.amendments_pending().await?;
        let all = pending.len();
        let over = |one: &Pending| one.at.checked_add(HEAD_START).is_ok_and(|at| at <= now);
        pending.retain(|one| one.by_source || over(one));
        Ok(TakenOver {
            waves: pending.len(),
            more: pending.len() < all,
            failed: self.amend_pending(&pending, now).await?,
        })
    }

    async fn amend_wave(&self, of: &Pending, now: Timestamp) -> Result<(), PressError> {
        let wave = self.store.wave(of.wave).await?;
        let edition = self.store.edition(wave.edition).await?;
        let frozen = self.thaw(&wave).await?;
        if frozen.candidates.iter().any(|c| c.article == of.article) {
            if of.kind != AmendmentKind::Restored {
                self.store.hold_amended(of, now).await?;
            }
            let round = Round {
                edition: &edition,
                wave: &wave,
                which: Which::Amended(of.kind, of.article),
                counted: Some(of),
                dry: false,
                now,
            };
            self.rounds(&round, frozen).await?;
        }
        Ok(self.store.amendment_done(of, now).await?)
    }

    /// What an amendment of these articles would come to in a wave. Nothing is written.
    pub async fn outlook(
        &self,
        wave: &Wave,
        (kind, articles): (AmendmentKind, &[ArticleId]),
        now: Timestamp,
    ) -> Result<Outlook, PressError> {
        let frozen = self.thaw(wave).await?;
        let of = frozen.candidates.iter().map(|c| c.article);
        let of: Vec<ArticleId> = of.filter(|a| articles.contains(a)).collect();
        let edition = self.store.edition(wave.edition).await?;
        let (mut inputs, state) = self.amend_now(frozen).await?;
        let candidates = inputs.candidates.iter_mut();
        for candidate in candidates.filter(|c| of.contains(&c.article)) {
            candidate.withdrawn = kind == AmendmentKind::Withdrawn;
        }
        let which = match kind {
            // Whatever is written in it, these letters would print it.
            AmendmentKind::Rewritten => AmendmentKind::Withdrawn,
            kind => kind,
        };
        // A letter brings one article of a story, and is counted with that one; any may come back.
        let counted = if kind == AmendmentKind::Restored {
            1
        } else {
            of.len()
        };
        let mut sum = Outlook::default();
        for article in of.into_iter().take(counted) {
            let round = Round {
                edition: &edition,
                wave,
                which: Which::Amended(which, article),
                counted: None,
                dry: true,
                now,
            };
            let told = self.round(&round, &inputs, &state).await?;
            sum.revised += told.unwrap_or_default().revised;
            sum.withheld += told.unwrap_or_default().withheld;
        }
        Ok(sum)
    }

    /// Makes the letters of an edition again that are in doubt and held since a story in them was
    /// amended: whoever releases them sends what may be sent. Returns how many have too few stories left.
    pub async fn revise_held(&self, edition: EditionId, now: Timestamp) -> Result<u64, PressError> {
        let edition = self.store.edition(edition).await?;
        let mut withheld = 0;
        for wave in self.store.waves(edition.id).await? {
            let round = Round {
                edition: &edition,
                wave: &wave,
                which: Which::Held,
                counted: None,
                dry: false,
                now,
            };
            let frozen = self.thaw(&wave).await?;
            withheld += self.rounds(&round, frozen).await?.withheld;
        }
        Ok(withheld)
    }

    /// Rounds over a wave, until one was not disturbed.
    async fn rounds(&self, round: &Round<'_>, frozen: Inputs) -> Result<Outlook, PressError> {
        for _ in 0..TRIES {
            let (inputs, state) = self.amend_now(frozen.clone()).await?;
            if let Some(told) = self.round(round, &inputs, &state).await? {
                return Ok(told);
            }
        }
        Err(PressError::Collided(round.edition.id))
    }

    /// One round over a wave's letters, slice by slice; `None` where it was disturbed.
    async fn round(
        &self,
        round: &Round<'_>,
        inputs: &Inputs,
        state: &NowAmended,
    ) -> Result<Option<Outlook>, PressError> {
        let (store, wave, now) = (&self.store, round.wave, round.now);
        let makeup = self.makeup(inputs, round.edition.run).await?;
        let makeup = makeup.of_cadence(&round.edition.cadence_name);
        let list = round.edition.list;
        let proof = self.proof(list, inputs, wave.due_at).await?;
        let recall = self.recall(list, inputs).await?;
        let flights = store.flights(Some(list)).await?;
        let booked = Booked::new(&flights, BTreeMap::new());
        let asks = self.asks_again(round).await?;
        let (mut told, mut after) = (Outlook::default(), SubscriberId(0));
        loop {
            let letters = store
                .revisable(wave, round.which, after, SLICE, now)
                .await?;
            let Some(last) = letters.last().map(|l| l.subscriber) else {
                return Ok(Some(told));
            };
            let beside = store.planned_beside(&recall).await?.amended(state);
            let memory = self.held_memory(round, inputs, &letters).await?;
            let think = |letter| {
                remade(
                    &makeup,
                    (&proof, &booked),
                    &flights,
                    wave,
                    (letter, &memory),
                )
            };
            let thought: Vec<(Revision, Vec<Fault>)> = letters.into_iter().map(think).collect();
            let (mut revisions, faults): (Vec<_>, Vec<_>) = thought.into_iter().unzip();
            let few = revisions.iter().filter(|r| r.outcome.is_err()).count() as u64;
            told.withheld += few;
            told.revised += revisions.len() as u64 - few;
            revisions.iter_mut().for_each(|r| r.held = asks);
            if round.which == Which::Held {
                // What is in doubt cannot be withheld: it goes on asking.
                revisions.retain(|r| r.outcome.is_ok());
            }
            if !round.dry {
                let written = self.written(round, &revisions, &beside, faults).await?;
                if !written {
                    return Ok(None);
                }
                die_at("amend_mid");
            }
            after = last;
        }
    }

    /// What letters ask that were withheld and may go again: what the others of their wave ask, unless
    /// a person has let the edition go.
    async fn asks_again(&self, round: &Round<'_>) -> Result<Option<Hold>, PressError> {
        let (edition, wave) = (round.edition, round.wave);
        let restored = matches!(round.which, Which::Amended(AmendmentKind::Restored, _));
        if !restored || self.store.edition_released(edition.id).await? {
            return Ok(None);
        }
        if self.found_before(wave).await?.errors() > 0 {
            return Ok(Some(Hold::Check));
        }
        let unusual = self.store.unusual(edition.id).await?;
        if unusual.iter().any(|(id, _)| *id == wave.id) {
            return Ok(Some(Hold::Volume));
        }
        let list = self.store.list_by_id(edition.list).await?;
        let at = wave.planned_at;
        self.hold(&list, Some(edition), wave.due_at, at).await
    }

    async fn written(
        &self,
        round: &Round<'_>,
        revisions: &[Revision],
        beside: &Beside,
        faults: Vec<Vec<Fault>>,
    ) -> Result<bool, PressError> {
        let (store, wave, now) = (&self.store, round.wave, round.now);
        let done = store.revise(wave, revisions, beside, round.counted, now);
        if done.await?.is_none() {
            return Ok(false);
        }
        let faults: Vec<Fault> = faults.into_iter().flatten().collect();
        if !faults.is_empty() {
            let mut found = self.found_before(wave).await?;
            found.add(faults);
            store.wave_faulty(wave.id, &found, now).await?;
        }
        Ok(true)
    }

    /// What the readers of these letters had been sent, as a replay will read it.
    async fn held_memory(
        &self,
        round: &Round<'_>,
        inputs: &Inputs,
        letters: &[Revisable],
    ) -> Result<BTreeMap<SubscriptionId, Vec<Sent>>, PressError> {
        let of = remembering(round.edition.list, &inputs.rules);
        let newest = DigestId(i64::MAX);
        let moments = letters.iter().map(|l| (l.subscription, round.now, newest));
        let moments: Vec<_> = moments.collect();
        let memories = self.store.memories_before(&moments, &of, round.edition.id);
        Ok(memories.await?.sent)
    }
}

/// A letter's digest made again, with what a proof finds in it. Of flights it takes those that it had and
/// no others: what is booked is dealt out by the plan.
fn remade(
    makeup: &Makeup<'_>,
    (proof, booked): (&Proof<'_>, &Booked<'_>),
    flights: &[Flight],
    wave: &Wave,
    (letter, memory): (Revisable, &BTreeMap<SubscriptionId, Vec<Sent>>),
) -> (Revision, Vec<Fault>) {
    let memory = memory.get(&letter.subscription).cloned();
    let look = (letter.length, letter.language.as_str());
    let rules = &makeup.inputs.rules;
    let asking = Asking {
        subscription: letter.subscription,
        language: &letter.language,
        length: letter.length,
        images: letter.images,
        reader: Reader {
            since_ms: letter.since_ms,
            ..reader(&letter.interests, look, rules, memory.unwrap_or_default())
        },
    };
    let had = |f: &&Flight| letter.placements.iter().any(|p| p.flight == f.id);
    let own = |f: &Flight| Flight {
        booked: 1,
        ledger: FlightLedger::default(),
        ..f.clone()
    };
    let own: Vec<Flight> = flights.iter().filter(had).map(own).collect();
    let mut quotas = Quotas::of(&own);
    let askings = [asking];
    let draft = makeup
        .drafts(&askings, &own, wave.due_at, &mut quotas)
        .pop();
    let outcome = match draft {
        Some(draft) if draft.skip.is_none() => Ok(Remade {
            placements: draft
                .placements
                .into_iter()
                .map(|p| (p.slot, p.flight, p.creative, p.reason))
                .collect(),
            picks: draft.picks,
            left_out: draft.left_out,
        }),
        draft => Err(draft.and_then(|d| d.skip).unwrap_or(Skip::TooFewStories)),
    };
    let faults = match (&outcome, &askings) {
        (Ok(remade), [asking]) => draft_faults(proof, asking, remade, booked),
        _ => Vec::new(),
    };
    let revision = Revision {
        of: letter.clone(),
        outcome,
        held: None,
    };
    (revision, faults)
}
