//! A wave's readers, slice by slice: read, think, one write.

use std::sync::Arc;

use super::alike::Alike;
use super::check::slice_faults;
use super::guard::Scales;
use super::sale::Sale;
use super::slices::{Counts, Slice, Writing, aside, drawn};
use super::{Asking, Draft, Makeup, PlannedWave, Press, PressError, reached, reader};
use crate::deliver::pace::LaneTable;
use crate::domain::SubscriptionId;
use crate::domain::delivery::Hold;
use crate::domain::due::spread;
use crate::domain::edition::EditionState;
use crate::domain::list::{Cadence, List};
use crate::domain::selection::{Reader, Skip};
use crate::domain::sponsor::Flight;
use crate::domain::time::{Occurrence, Timestamp, WallTime};
use crate::faults::die_at;
use crate::proof::{Fault, Proof, Severity};
use crate::store::Store;
use crate::store::amended::NowAmended;
use crate::store::memory::Recall;
use crate::store::planning::{DueReader, DueWave, PlannedDigest, PlannedReader, Reach};

/// How often a slice is read again that did not fit when it was to be written.
const TRIES: u32 = 20;

/// Zones and hours whose next runs are kept, twice.
const NEXTS: usize = 4096;

/// A wave's readers, slice by slice.
pub(super) struct Planner<'a> {
    pub(super) press: &'a Press,
    pub(super) store: &'a Store,
    pub(super) cadence: &'a Cadence,
    pub(super) list: &'a List,
    pub(super) makeup: Makeup<'a>,
    /// Reads every slice before it is written.
    proof: Proof<'a>,
    pub(super) recall: Arc<Recall>,
    /// By how much the wave's candidates are other ones than were frozen.
    pub(super) amended: NowAmended,
    /// The next runs of zones and hours.
    nexts: Alike<(String, Option<WallTime>, Timestamp), Option<Occurrence>>,
    lanes: &'a LaneTable,
    /// How long after its due a letter is given up at the latest, in milliseconds.
    give_up_ms: i64,
    /// What its stories are weighed by, where they are.
    scales: Option<Scales>,
    pub(super) now: Timestamp,
    /// The run was missed: nobody is sent it.
    pub(super) merged: bool,
}

impl<'a> Planner<'a> {
    /// How many digests were thought out for all of them.
    pub(super) fn thought_out(&self) -> u64 {
        self.makeup.thought_out()
    }

    pub(super) fn new(
        press: &'a Press,
        (list, cadence): (&'a List, &'a Cadence),
        (makeup, recall, proof): (Makeup<'a>, Recall, Proof<'a>),
        amended: NowAmended,
        scales: Option<Scales>,
        (now, merged): (Timestamp, bool),
    ) -> Planner<'a> {
        Planner {
            press,
            store: &press.store,
            cadence,
            list,
            makeup,
            proof,
            recall: Arc::new(recall),
            amended,
            nexts: Alike::new(NEXTS),
            lanes: &press.settings.lanes,
            give_up_ms: i64::from(press.settings.deadline_hours) * 3_600_000,
            scales,
            now,
            merged,
        }
    }

    /// Plans everybody, slice by slice: while one is written, the next is thought out and the one after
    /// it read. Slices are written in their order. `false`: somebody amended an article meanwhile, and
    /// who is still due has to be planned with that.
    pub(super) async fn run(
        &self,
        due: &DueWave,
        done: &mut PlannedWave,
    ) -> Result<bool, PressError> {
        let mut sale = self.sale(due, done).await?;
        let caps = sale.as_ref().map_or_else(Vec::new, Sale::caps);
        let read = |after, done: &PlannedWave| Some(self.read(due, done, after, caps.clone()));
        let (mut reading, mut writing) = (read(SubscriptionId(0), done), None::<Writing>);
        let mut tries = 0;
        loop {
            let slice = match reading.take() {
                Some(reading) => reading.done().await?,
                None => Slice::nobody(),
            };
            let last = slice.readers.last().map(|r| r.subscription);
            let mark = sale.as_ref().map(Sale::mark).unwrap_or_default();
            let planned = match last {
                Some(last) => {
                    reading = read(last, done);
                    Some(self.planned_slice(due, done, &slice, &mut sale).await?)
                }
                None => None,
            };
            let drawn_now = planned.as_ref().map_or_else(Vec::new, |(p, _)| drawn(p));
            if let Some(written) = writing.take() {
                if written.task.done().await? {
                    written.counts.count(done);
                    done.found.add(written.faults);
                    tries = 0;
                    die_at("plan_chunk_mid");
                } else if self.store.is_amended(&self.amended).await? {
                    return Ok(false);
                } else if tries < TRIES {
                    // It no longer fits: what was thought out after it is given up, and it is read again.
                    reading = read(written.after, done);
                    if let Some(sale) = &mut sale {
                        sale.back(written.mark, &[written.drawn, drawn_now].concat());
                    }
                    tries += 1;
                    continue;
                } else {
                    return Err(PressError::Collided(done.edition.id));
                }
            }
            let Some((mut planned, faults)) = planned else {
                return Ok(true);
            };
            // Not before the slices above are written: those of an edition with faults are held too.
            self.stop_at(done, &faults).await?;
            self.hold(done, &mut planned).await?;
            writing = Some(Writing {
                counts: Counts::of(&planned),
                faults,
                task: self.write(done, planned, slice.beside),
                after: slice.after,
                mark,
                drawn: drawn_now,
            });
        }
    }

    /// What becomes of a slice's readers.
    async fn planned_slice(
        &self,
        due: &DueWave,
        done: &PlannedWave,
        slice: &Slice,
        sale: &mut Option<Sale>,
    ) -> Result<(Vec<PlannedReader>, Vec<Fault>), PressError> {
        // Read anew for each slice: nothing of a cancelled edition is planned any more.
        let state = self.store.edition(done.edition.id).await?.state;
        let none = Vec::new;
        Ok(match state {
            EditionState::Cancelled => (self.passed(due, &slice.readers, Skip::Cancelled), none()),
            _ if self.merged => (self.passed(due, &slice.readers, Skip::Merged), none()),
            EditionState::Open | EditionState::Paused => {
                // So are flights: one may be paused. What this plan has given the sale knows.
                let flights = match sale {
                    Some(_) => self.store.flights(Some(due.list)).await?,
                    None => Vec::new(),
                };
                aside(|| self.think(due, slice, &flights, sale))
            }
        })
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

    /// With an error in a slice, it and all that is still to come of the wave are held, and so is what
    /// was written before it.
    async fn stop_at(&self, done: &mut PlannedWave, faults: &[Fault]) -> Result<(), PressError> {
        if !faults.iter().any(|f| f.severity == Severity::Error) {
            return Ok(());
        }
        let mut found = done.found.clone();
        found.add(faults.iter().cloned());
        self.store
            .wave_faulty(done.wave.id, &found, self.now)
            .await?;
        done.held = Some(Hold::Check);
        Ok(())
    }

    fn think(
        &self,
        due: &DueWave,
        slice: &Slice,
        flights: &[Flight],
        sale: &mut Option<Sale>,
    ) -> (Vec<PlannedReader>, Vec<Fault>) {
        let open = self.asking(slice);
        let drafts = match sale {
            Some(sale) => sale.drafts(&self.makeup, &open, (&slice.capped, flights)),
            None => self.makeup.unsold(&open),
        };
        let mut drafts = drafts.into_iter();
        let planned: Vec<PlannedReader> = slice
            .readers
            .iter()
            .map(|reader| {
                let outcome = match barred(reader) {
                    Some(skip) => Err(skip),
                    None => self.outcome(due, reader, drafts.next()),
                };
                self.planned(due, reader, outcome)
            })
            .collect();
        let faults = slice_faults(&self.proof, &open, &planned, flights);
        (planned, faults)
    }

    /// The readers of a slice who may get a digest.
    pub(super) fn asking<'s>(&self, slice: &'s Slice) -> Vec<Asking<'s>> {
        let rules = &self.makeup.inputs.rules;
        let open = slice.readers.iter().filter(|r| barred(r).is_none());
        open.map(|r| {
            let memory = slice.memory.get(&r.subscription).cloned();
            let memory = memory.unwrap_or_default();
            Asking {
                subscription: r.subscription,
                language: &r.language,
                length: r.length,
                images: r.images,
                reader: Reader {
                    since_ms: reached(r.since, rules, self.list),
                    ..reader(&r.interests, (r.length, &r.language), rules, memory)
                },
            }
        })
        .collect()
    }

    /// Everybody is passed over, and is due again at their next run.
    fn passed(&self, due: &DueWave, readers: &[DueReader], skip: Skip) -> Vec<PlannedReader> {
        let why = |reader| barred(reader).unwrap_or(skip);
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
        let reach = match &outcome {
            Ok(_) if reader.since.is_some() => Reach::Met,
            Err(Skip::Merged) => Reach::From(self.missed(due)),
            _ => Reach::Stays,
        };
        PlannedReader {
            subscription: reader.subscription,
            subscriber: reader.subscriber,
            address_hash: reader.address_hash,
            terms_id: reader.terms_id,
            since_ms: reached(reader.since, &self.makeup.inputs.rules, self.list),
            outcome,
            open_before: reader.open_before,
            next: self.next(due, reader),
            reach,
        }
    }

    /// From when the run that was missed would have taken its stories.
    fn missed(&self, due: &DueWave) -> Timestamp {
        let settings = &self.list.settings;
        let lead = i64::from(settings.lead_minutes) * 60_000;
        let window = i64::from(settings.window_hours) * 3_600_000;
        let since = due.due_at.as_millisecond() - lead - window;
        Timestamp::from_millisecond(since).unwrap_or(due.due_at)
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
        let minutes = self.list.settings.spread_minutes;
        let not_before = spread(due.due_at, reader.subscription, minutes);
        let from = not_before.max(self.now).as_millisecond();
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
            drawn: draft.drawn,
            picks: draft.picks,
            shortened: draft.shortened,
            left_out: draft.left_out,
            not_before,
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
        // Of few zones and hours there are very many readers.
        let key = (reader.zone.name().to_owned(), reader.hour, after);
        let next = self.nexts.get(key, || {
            self.cadence.next_after(after, &reader.zone, reader.hour)
        });
        *next
    }
}

/// Why a reader gets no digest whatever the stories are.
fn barred(reader: &DueReader) -> Option<Skip> {
    if !reader.active {
        return Some(Skip::NotActive);
    }
    if !reader.zone.is_known() {
        return Some(Skip::UnknownZone);
    }
    reader.planned.then_some(Skip::AlreadyPlanned)
}
