//! A wave's readers, slice by slice: read, think, one write.

use super::guard::Scales;
use super::{Asking, Draft, Makeup, PlannedWave, Press, PressError, SLICE, reader};
use crate::deliver::pace::LaneTable;
use crate::domain::SubscriptionId;
use crate::domain::delivery::Hold;
use crate::domain::edition::EditionState;
use crate::domain::list::{Cadence, List};
use crate::domain::selection::Skip;
use crate::domain::time::{Occurrence, Timestamp};
use crate::sponsors::Quotas;
use crate::store::Store;
use crate::store::memory::Recall;
use crate::store::planning::{DueReader, DueWave, PlannedDigest, PlannedReader};

/// A wave's readers, slice by slice.
pub(super) struct Planner<'a> {
    store: &'a Store,
    cadence: &'a Cadence,
    list: &'a List,
    makeup: Makeup<'a>,
    recall: Recall,
    lanes: &'a LaneTable,
    /// How long after its due a letter is given up at the latest, in milliseconds.
    give_up_ms: i64,
    /// What its stories are weighed by, where they are.
    scales: Option<Scales>,
    now: Timestamp,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        press: &'a Press,
        list: &'a List,
        cadence: &'a Cadence,
        (makeup, recall): (Makeup<'a>, Recall),
        scales: Option<Scales>,
        now: Timestamp,
    ) -> Planner<'a> {
        Planner {
            store: &press.store,
            cadence,
            list,
            makeup,
            recall,
            lanes: &press.settings.lanes,
            give_up_ms: i64::from(press.settings.deadline_hours) * 3_600_000,
            scales,
            now,
        }
    }

    /// Plans the slice after `after`; the last subscription of it, or `None` if there was none.
    pub(super) async fn slice(
        &self,
        due: &DueWave,
        done: &mut PlannedWave,
        after: SubscriptionId,
    ) -> Result<Option<SubscriptionId>, PressError> {
        for _ in 0..20 {
            let readers = self
                .store
                .due_readers(due, done.edition.id, after, SLICE)
                .await?;
            let Some(last) = readers.last().map(|r| r.subscription) else {
                return Ok(None);
            };
            // Read anew for each slice: nothing of a cancelled edition is planned any more.
            let state = self.store.edition(done.edition.id).await?.state;
            let mut planned = match state {
                EditionState::Cancelled => self.cancelled(due, &readers),
                EditionState::Open | EditionState::Paused => self.think(due, &readers).await?,
            };
            self.hold(done, &mut planned).await?;
            if self
                .store
                .plan_slice(done.edition.id, done.wave.id, &planned, self.now)
                .await?
            {
                for reader in &planned {
                    match &reader.outcome {
                        Ok(digest) => {
                            done.digests += 1;
                            done.placements += digest.placements.len() as u64;
                            done.shortened +=
                                u64::from(digest.shortened > 0 || digest.left_out > 0);
                            done.pushed_out += u64::from(digest.left_out);
                        }
                        Err(_) => done.skipped += 1,
                    }
                }
                return Ok(Some(last));
            }
        }
        Err(PressError::Collided(done.edition.id))
    }

    /// Holds the digests of a slice where the wave is held, or where it turns out to be unusual.
    async fn hold(
        &self,
        done: &mut PlannedWave,
        slice: &mut [PlannedReader],
    ) -> Result<(), PressError> {
        if let (None, Some(scales)) = (done.held, &self.scales)
            && let Some(found) = scales.stories(slice)
        {
            self.store.wave_unusual(done.wave.id, &found).await?;
            done.held = Some(Hold::Volume);
        }
        let digests = slice.iter_mut().filter_map(|r| r.outcome.as_mut().ok());
        digests.for_each(|digest| digest.held = done.held);
        Ok(())
    }

    async fn think(
        &self,
        due: &DueWave,
        readers: &[DueReader],
    ) -> Result<Vec<PlannedReader>, PressError> {
        let ids: Vec<SubscriptionId> = readers.iter().map(|r| r.subscription).collect();
        let rules = &self.makeup.inputs.rules;
        let mut memory = self.store.memory(&self.recall, &ids).await?;
        // Read anew for each slice: the ledger has the slices before this one by now.
        let flights = self.store.flights(Some(due.list)).await?;
        let mut quotas = Quotas::of(&flights);
        let open: Vec<Asking<'_>> = readers
            .iter()
            .filter(|r| barred(r).is_none())
            .map(|r| {
                let memory = memory.remove(&r.subscription).unwrap_or_default();
                Asking {
                    subscription: r.subscription,
                    language: &r.language,
                    length: r.length,
                    images: r.images,
                    reader: reader(&r.interests, (r.length, &r.language), rules, memory),
                }
            })
            .collect();
        let drafts = self.makeup.drafts(&open, &flights, due.due_at, &mut quotas);
        let mut drafts = drafts.into_iter();
        Ok(readers
            .iter()
            .map(|reader| {
                let outcome = match barred(reader) {
                    Some(skip) => Err(skip),
                    None => self.outcome(due, reader, drafts.next()),
                };
                self.planned(due, reader, outcome)
            })
            .collect())
    }

    /// Everybody is passed over, and is due again at their next run.
    fn cancelled(&self, due: &DueWave, readers: &[DueReader]) -> Vec<PlannedReader> {
        let why = |reader| barred(reader).unwrap_or(Skip::Cancelled);
        readers
            .iter()
            .map(|reader| self.planned(due, reader, Err(why(reader))))
            .collect()
    }

    fn planned(
        &self,
        due: &DueWave,
        reader: &DueReader,
        outcome: Result<PlannedDigest, Skip>,
    ) -> PlannedReader {
        PlannedReader {
            subscription: reader.subscription,
            subscriber: reader.subscriber,
            address_hash: reader.address_hash,
            terms_id: reader.terms_id,
            outcome,
            open_before: reader.open_before,
            next: self.next(due, reader),
        }
    }

    fn outcome(
        &self,
        due: &DueWave,
        reader: &DueReader,
        draft: Option<Draft>,
    ) -> Result<PlannedDigest, Skip> {
        let draft = draft.ok_or(Skip::TooFewStories)?;
        if let Some(skip) = draft.skip {
            return Err(skip);
        }
        let from = due.due_at.max(self.now).as_millisecond();
        let lead = i64::from(self.list.settings.lead_minutes) * 60_000;
        let next_cutoff = self.next(due, reader).map(|o| o.at.as_millisecond() - lead);
        let deadline = next_cutoff
            .unwrap_or(i64::MAX)
            .min(from + self.give_up_ms)
            .max(from);
        Ok(PlannedDigest {
            placements: draft
                .placements
                .into_iter()
                .map(|p| (p.slot, p.flight, p.creative, p.reason))
                .collect(),
            picks: draft.picks,
            shortened: draft.shortened,
            left_out: draft.left_out,
            not_before: due.due_at,
            deadline: Timestamp::from_millisecond(deadline).unwrap_or(self.now),
            held: None,
            lane: self.lanes.name(self.lanes.of(&reader.domain)).to_owned(),
        })
    }

    /// The next run: after this one, and not one that is later than the grace already. What was
    /// missed meanwhile is not made up for, one run at a time, after a long stop; what is still on
    /// time is not missed.
    fn next(&self, due: &DueWave, reader: &DueReader) -> Option<Occurrence> {
        if !reader.active {
            return None;
        }
        // A millisecond more, since a run at the very end of the grace is not late.
        let grace = i64::from(self.list.settings.grace_minutes) * 60_000 + 1;
        let missed = self
            .now
            .checked_sub(jiff::SignedDuration::from_millis(grace));
        let after = due.due_at.max(missed.unwrap_or(self.now));
        self.cadence
            .expr
            .next_after(after, &reader.zone, reader.hour)
    }
}

/// Why a reader gets no digest whatever the stories are.
fn barred(reader: &DueReader) -> Option<Skip> {
    if !reader.active {
        return Some(Skip::NotActive);
    }
    reader.planned.then_some(Skip::AlreadyPlanned)
}
