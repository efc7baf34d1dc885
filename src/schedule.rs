//! What is due, and when to ask again.
//!
//! Six loops beside each other: sources are fetched, their stories' pictures made anew, waves are
//! planned at their cut-off, letters leave when they may, operators are told what asks, and whoever
//! signed up is written to. Each asks the store (there is no timer per person), does one step and waits, a second at the most, so that what another process wrote is
//! acted on at once. A step that fails is said once and tried again; it never ends the others.

mod before;
mod failing;
mod join;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::deliver::confirm::Confirmations;
use crate::deliver::desk_mail;
use crate::deliver::notice::{self, NoticeError, Notices};
use crate::deliver::policy::AlarmReason;
use crate::deliver::{DeliverError, Delivery, Ended};
use crate::domain::ListId;
use crate::domain::list::List;
use crate::domain::time::Timestamp;
use crate::ingest::fetch::Fetcher;
use crate::pictures::Pictures;
use crate::pictures::sweep::Sweep;
use crate::press::{PlannedWave, Press, PressError};
use crate::store::StoreError;
use crate::store::instance::Paused;
use crate::store::planning::DueWave;
use failing::{Failing, pause};

/// Longest wait between two questions to the store.
const TICK: Duration = Duration::from_secs(1);
/// How long the rest of the work has to end after the disk failed.
const FAULT_END: Duration = Duration::from_secs(10);
/// Sources fetched in one step.
const FETCHES: usize = 8;
/// Wait while no picture is due: it is a join over a window's articles.
const PICTURE_TICK: Duration = Duration::from_secs(5);
/// Pictures of a list that are made in one step.
const PICTURES: usize = 16;

/// The scheduler of one owner.
pub struct Schedule {
    /// Plans.
    pub press: Press,
    /// Sends.
    pub delivery: Delivery,
    /// Fetches; `None` where no source is to be asked.
    pub fetcher: Option<Fetcher>,
    /// Makes renditions of pictures; `None` where nothing is to be fetched.
    pub pictures: Option<Pictures>,
    /// Tells operators.
    pub notices: Notices,
    /// Writes to whoever signed up; `None` where there are no pages to sign up on.
    pub confirmations: Option<Confirmations>,
    /// The time.
    pub clock: Clock,
}

impl Schedule {
    /// Runs until told to stop; letters whose dot may leave are finished first.
    ///
    /// # Errors
    /// The disk failed: everything stops, since nothing that was written can be relied on before a new
    /// start has read it back.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let fault = OnceLock::new();
        let failed = CancellationToken::new();
        let ended = |done: Result<(), StoreError>| {
            if let Err(error) = done {
                // The first one is told; a second one is of the same disk.
                let _ = fault.set(error);
                failed.cancel();
                stop.cancel();
            }
        };
        let work = async {
            tokio::join!(
                self.ingest_loop(stop),
                self.picture_loop(stop),
                async { ended(self.plan_loop(stop).await) },
                async { ended(self.deliver_loop(stop).await) },
                self.notice_loop(stop),
                self.join_loop(stop),
            )
        };
        // What waits for a disk that failed may wait for ever, and has nothing to save.
        let given_up = async {
            failed.cancelled().await;
            tokio::time::sleep(FAULT_END).await;
        };
        tokio::select! {
            _ = work => {}
            () = given_up => tracing::warn!("work that was under way did not end in time"),
        }
        fault.into_inner().map_or(Ok(()), Err)
    }

    async fn ingest_loop(&self, stop: &CancellationToken) {
        let Some(fetcher) = &self.fetcher else { return };
        let mut failing = Failing::default();
        while !stop.is_cancelled() {
            if let Err(error) = self.read_again(self.clock.now()).await {
                failing.say("looking for what freezes next", &error);
            }
            let step =
                crate::ingest::fetch_due(&self.press.store, fetcher, self.clock.now(), FETCHES);
            let wait = match tokio::select! { done = step => done, () = stop.cancelled() => return }
            {
                Ok(fetched) => {
                    failing.over();
                    if fetched.is_empty() {
                        TICK
                    } else {
                        Duration::ZERO
                    }
                }
                Err(error) => failing.say("fetching sources", &error),
            };
            pause(wait, stop).await;
        }
    }

    async fn picture_loop(&self, stop: &CancellationToken) {
        let Some(pictures) = &self.pictures else {
            return;
        };
        let mut failing = Failing::default();
        let mut looked = false;
        let mut sweep = Sweep::default();
        while !stop.is_cancelled() {
            let step = self.make_pictures(pictures, &mut looked, &mut sweep);
            let wait = match tokio::select! { done = step => done, () = stop.cancelled() => return }
            {
                Ok(made) => {
                    failing.over();
                    if made > 0 {
                        Duration::ZERO
                    } else {
                        PICTURE_TICK
                    }
                }
                Err(error) => failing.say("making pictures", &error),
            };
            pause(wait, stop).await;
        }
    }

    /// One step: the pictures that are due, or a folder of old ones where none is. At the first one,
    /// those whose files are gone are due too.
    async fn make_pictures(
        &self,
        pictures: &Pictures,
        looked: &mut bool,
        sweep: &mut Sweep,
    ) -> Result<usize, StoreError> {
        let (lists, now) = (self.press.store.lists().await?, self.clock.now());
        if !*looked {
            let lost = pictures.forget_lost(&lists, now).await?;
            if lost > 0 {
                tracing::warn!(
                    pictures = lost,
                    "pictures are gone from disk and made again"
                );
            }
            *looked = true;
        }
        let made = pictures.make_due(&lists, now, PICTURES).await?;
        for picture in &made {
            if let Err(problem) = &picture.outcome {
                tracing::warn!(tries = picture.tries, "no picture: {}", problem.words);
            }
        }
        if made.is_empty() {
            let removed = sweep.step(pictures, &lists, now).await?;
            if removed > 0 {
                tracing::info!(
                    pictures = removed,
                    "pictures that no letter shows any more are removed"
                );
            }
        }
        Ok(made.len())
    }

    async fn plan_loop(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut failing = Failing::default();
        while !stop.is_cancelled() {
            let wait = match self.plan_due(self.clock.now(), stop).await {
                Ok((planned, failed)) => {
                    planned.iter().for_each(say);
                    match failed.first() {
                        Some(error) => failing.say("planning", error),
                        None => {
                            failing.over();
                            TICK
                        }
                    }
                }
                Err(PressError::Store(error)) if error.is_disk_fault() => return Err(error),
                Err(error) => failing.say("planning", &error),
            };
            pause(wait, stop).await;
        }
        Ok(())
    }

    /// One step: finishes what was amended, then plans every wave whose cut-off has come. A wave that fails (its list has no sender,
    /// its template does not compile) is named and keeps no other from being planned.
    pub async fn plan_due(
        &self,
        now: Timestamp,
        stop: &CancellationToken,
    ) -> Result<(Vec<PlannedWave>, Vec<PressError>), PressError> {
        let (mut planned, mut failed) = (Vec::new(), self.amend(now).await?);
        self.press.catch_up(now).await?;
        for wave in self.due(now).await? {
            if stop.is_cancelled() {
                break;
            }
            match self.press.plan_due(&wave, now).await {
                Ok(wave) => planned.push(wave),
                Err(PressError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    if let PressError::TooBig(big) = &error {
                        let (subject, reason) = (format!("list {}", big.list), AlarmReason::Size);
                        let words = big.to_string();
                        let store = &self.press.store;
                        store
                            .alarm_raise(&subject, reason.as_str(), &words, now)
                            .await?;
                    }
                    failed.push(error);
                }
            }
        }
        Ok((planned, failed))
    }

    /// Groups whose cut-off has come. It is asked for no further ahead than the longest lead of any
    /// list: what is due later is many rows, and asked for every second.
    async fn due(&self, now: Timestamp) -> Result<Vec<DueWave>, StoreError> {
        let lists = self.press.store.lists().await?;
        let lead = |list: &List| SignedDuration::from_mins(list.settings.lead_minutes.into());
        let leads: BTreeMap<ListId, SignedDuration> =
            lists.iter().map(|list| (list.id, lead(list))).collect();
        let longest = leads.values().max().copied().unwrap_or_default();
        let ahead = now.checked_add(longest).unwrap_or(now);
        let mut due = self.press.store.due_waves(ahead).await?;
        due.retain(|wave| {
            let lead = leads.get(&wave.list).copied().unwrap_or_default();
            wave.due_at
                .checked_sub(lead)
                .is_ok_and(|cutoff| cutoff <= now)
        });
        Ok(due)
    }

    async fn deliver_loop(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut failing = Failing::default();
        let mut paused = None;
        while !stop.is_cancelled() {
            self.say_paused(&mut paused).await;
            // Asked for with a read: nobody's write waits for us while there is nothing to send.
            let wait = self.until_next().await;
            if !wait.is_zero() {
                pause(wait, stop).await;
                continue;
            }
            let before = self.delivery.progress().settled.load(Ordering::Relaxed);
            let ended = self.delivery.run(None, stop).await;
            let settled = self.delivery.progress().settled.load(Ordering::Relaxed) - before;
            if settled > 0 {
                tracing::info!(letters = settled, "letters settled");
            }
            let wait = match ended {
                Ok(Ended::Stopped) => return Ok(()),
                Ok(Ended::Empty) => {
                    failing.over();
                    // A row may be due and not claimed by us: of a paused edition, or leased.
                    Duration::from_millis(50)
                }
                Ok(Ended::RelayDown { until }) => self.until(until).max(TICK),
                // Letters of other lanes may come meanwhile.
                Ok(Ended::Paced { until }) => {
                    self.until(until).clamp(Duration::from_millis(50), TICK)
                }
                Err(DeliverError::Ledger(error)) if error.is_disk_fault() => return Err(error),
                Err(DeliverError::Ledger(error)) => failing.say("the ledger", &error),
            };
            pause(wait, stop).await;
        }
        Ok(())
    }

    fn until(&self, at: Timestamp) -> Duration {
        let ms = at.as_millisecond() - self.clock.now().as_millisecond();
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    /// Logs once that sending is paused as a whole, or that it is no more. The pause itself is kept by
    /// the store: nothing is claimed.
    async fn say_paused(&self, known: &mut Option<Paused>) {
        let Ok(paused) = self.press.store.paused().await else {
            return;
        };
        match (&paused, &known) {
            (Some(new), _) if known.as_ref() != Some(new) => {
                tracing::warn!("sending is paused: {}", new.why);
            }
            (None, Some(_)) => tracing::info!("sending goes on"),
            _ => {}
        }
        *known = paused;
    }

    /// How long until a row may go: at most a tick, since another process may write one. Where the
    /// question fails, the delivery is run, which says what is wrong; after a run that failed it is
    /// run as well, since what that one had taken waits for nobody else.
    async fn until_next(&self) -> Duration {
        if self.delivery.is_torn() {
            return Duration::ZERO;
        }
        let next = match self.press.store.next_not_before().await {
            Ok(Some(next)) => next,
            Ok(None) => return TICK,
            Err(_) => return Duration::ZERO,
        };
        self.until(next).min(TICK)
    }

    /// Tells operators what asks for them, and editors what is open.
    async fn tell(&self) -> Result<(), NoticeError> {
        let now = self.clock.now();
        notice::send_due(&self.notices, now).await?;
        if let Some(pages) = &self.confirmations {
            desk_mail::send_due(&self.notices, &pages.public_url, now).await?;
        }
        Ok(())
    }

    async fn notice_loop(&self, stop: &CancellationToken) {
        let mut failing = Failing::default();
        while !stop.is_cancelled() {
            let step = self.tell();
            let wait = match tokio::select! { done = step => done, () = stop.cancelled() => return }
            {
                Ok(_) => {
                    failing.over();
                    Duration::from_secs(15)
                }
                Err(error) => failing.say("telling operators", &error),
            };
            pause(wait, stop).await;
        }
    }
}

fn say(planned: &PlannedWave) {
    tracing::info!(
        edition = planned.edition.id.0,
        run = %planned.edition.run,
        due = %planned.wave.due_at,
        digests = planned.digests,
        skipped = planned.skipped,
        placements = planned.placements,
        shortened = planned.shortened,
        pushed_out = planned.pushed_out,
        held = planned.held.map(|h| h.as_str()),
        "wave planned"
    );
}
