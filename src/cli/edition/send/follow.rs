//! Following an edition until none of its letters can go any more: as the owner that sends, or
//! beside another process that is the owner.

use std::time::Duration;

use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::cli::edition::not_delivered;
use crate::cli::lock::{LockError, OwnerLock};
use crate::cli::{Failure, House, parts, sending, show};
use crate::deliver::{Delivery, Ended};
use crate::domain::EditionId;
use crate::domain::delivery::Tally;
use crate::domain::edition::{Edition, EditionState};

/// How often the sums are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// What is said once nothing is left that can go at once.
const WAITS: &str = "what is left waits for its next try; Ctrl-C stops following";
/// Longest wait before the rows are looked at again: another process may have changed them.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Who sends.
pub(super) enum Sender {
    /// We do.
    Own {
        /// What sends.
        delivery: Box<Delivery>,
        /// Held as long as this stands.
        _lock: OwnerLock,
    },
    /// Another process does.
    Other,
}

impl Sender {
    /// Takes the lock and what a dead owner left, or says who holds it.
    pub(super) async fn take(house: &House) -> Result<Sender, Failure> {
        match Sender::try_take(house).await? {
            Ok(own) => Ok(own),
            Err(pid) => {
                show::note(&format!("another courant (pid {pid}) sends; following it"));
                Ok(Sender::Other)
            }
        }
    }

    /// The lock, or the pid of who holds it.
    async fn try_take(house: &House) -> Result<Result<Sender, String>, Failure> {
        let lock = match OwnerLock::take(&house.config.lock_file()) {
            Ok(lock) => lock,
            Err(LockError::Held { pid }) => return Ok(Err(pid)),
            Err(error) => return Err(error.into()),
        };
        for line in sending::begin(house).await? {
            show::note(&line);
        }
        let delivery = parts::delivery(house)?;
        let doubt = delivery.recover().await?;
        if doubt > 0 {
            let letters = show::count(i64::try_from(doubt).unwrap_or(i64::MAX), "letter");
            show::note(&format!("{letters} in doubt since the last sender stopped"));
        }
        let delivery = Box::new(delivery);
        Ok(Ok(Sender::Own {
            delivery,
            _lock: lock,
        }))
    }

    /// Letters a second, if this process sent any.
    pub(super) fn speed(&self) -> Option<String> {
        let Sender::Own { delivery, .. } = self else {
            return None;
        };
        let progress = delivery.progress();
        let settled = progress.settled.load(std::sync::atomic::Ordering::Relaxed);
        (settled > 0).then(|| format!("{:.0} letters a second", progress.letters_per_second()))
    }
}

/// One edition on its way out.
pub(super) struct Follow<'a> {
    house: &'a House,
    edition: EditionId,
    stop: CancellationToken,
    bar: ProgressBar,
    waits: bool,
    /// It was said that letters wait for an amendment that could not be made.
    stuck: bool,
}

impl<'a> Follow<'a> {
    pub(super) async fn new(
        house: &'a House,
        edition: &Edition,
        stop: CancellationToken,
    ) -> Result<Follow<'a>, Failure> {
        let tally = house.store.tally(edition.id).await?;
        let bar = show::bar(u64::try_from(tally.planned).unwrap_or(0), "letters");
        Ok(Follow {
            house,
            edition: edition.id,
            stop,
            bar,
            waits: false,
            stuck: false,
        })
    }

    /// Until no open letter can go any more, or until told to stop.
    pub(super) async fn until_settled(&mut self, sender: &mut Sender) -> Result<(), Failure> {
        while !self.stop.is_cancelled() && self.going().await? && !self.is_paused().await? {
            match sender {
                Sender::Own { delivery, .. } => self.send(delivery).await?,
                Sender::Other => {
                    let next = self.house.store.next_in(self.edition).await?;
                    if next.is_some_and(|at| at > self.house.clock.now()) {
                        self.say_once(WAITS);
                    }
                    self.pause(LOOK).await;
                    // The other one may have ended: then it is ours to finish.
                    if let Ok(own) = Sender::try_take(self.house).await? {
                        *sender = own;
                    }
                }
            }
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Whether nothing at all may leave.
    async fn is_paused(&self) -> Result<bool, Failure> {
        Ok(self.house.store.paused().await?.is_some())
    }

    /// Whether any open letter waits for no person, with the bar brought up to date.
    async fn going(&self) -> Result<bool, Failure> {
        let store = &self.house.store;
        self.advance(&store.tally(self.edition).await?);
        let state = store.edition(self.edition).await?.state;
        Ok(state == EditionState::Open && store.going(self.edition).await? > 0)
    }

    fn advance(&self, tally: &Tally) {
        let settled = u64::try_from(tally.planned - tally.open).unwrap_or(0);
        self.bar
            .set_length(u64::try_from(tally.planned).unwrap_or(0));
        self.bar.set_position(settled);
    }

    /// Makes letters again that wait since an article was amended, where whoever wrote that down does
    /// not: they hold up their waves. Whether any still wait.
    async fn take_over(&mut self) -> Result<bool, Failure> {
        if self.house.store.amendments_pending().await?.is_empty() {
            return Ok(false);
        }
        let press = parts::press(self.house)?;
        let taken = press.amend_left(self.house.clock.now()).await?;
        if taken.waves > taken.failed.len() {
            let words = "letters were made again, since an article of theirs was amended";
            self.bar.suspend(|| show::note(words));
        }
        if let Some(error) = taken.failed.first().filter(|_| !self.stuck) {
            self.stuck = true;
            let words = format!("left undone, and its letters wait: {error}");
            self.bar.suspend(|| show::note(&words));
        }
        Ok(taken.more || !taken.failed.is_empty())
    }

    /// Sends what may go now, then waits until more may.
    async fn send(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        let amending = self.take_over().await?;
        let ended = self.run(delivery).await?;
        let now = self.house.clock.now();
        let until = match ended {
            Ended::Stopped => return Ok(()),
            Ended::RelayDown { until } => {
                self.say_once("the relay holds mail back; waiting for it");
                Some(until)
            }
            Ended::Paced { until } => Some(until),
            Ended::Empty => self.house.store.next_in(self.edition).await?,
        };
        let Some(until) = until.filter(|at| *at > now) else {
            if amending {
                self.pause(LOOK).await;
            }
            return Ok(());
        };
        self.say_once(WAITS);
        let ms = until.as_millisecond() - now.as_millisecond();
        let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        self.pause(wait.clamp(Duration::from_millis(20), WAIT_MAX))
            .await;
        Ok(())
    }

    /// One run of the delivery, with the bar moving beside it.
    async fn run(&self, delivery: &Delivery) -> Result<Ended, Failure> {
        let run = delivery.run(Some(self.edition), &self.stop);
        tokio::pin!(run);
        loop {
            tokio::select! {
                ended = &mut run => return ended.map_err(not_delivered),
                () = tokio::time::sleep(LOOK) => {
                    if !self.bar.is_hidden() {
                        self.advance(&self.house.store.tally(self.edition).await?);
                    }
                }
            }
        }
    }

    fn say_once(&mut self, words: &str) {
        if !self.waits {
            self.waits = true;
            self.bar.suspend(|| show::note(words));
        }
    }

    async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// A token that Ctrl-C and SIGTERM cancel.
pub(super) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let terminated = async {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        told.cancel();
    });
    stop
}
