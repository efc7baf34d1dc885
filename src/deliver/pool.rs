//! Letters between the feeder that renders them and the couriers that carry them.
//!
//! A queue a lane, and the pace, behind one lock: who asks for a letter is given one that may go over
//! their relay now, or is told to wait, or that it is over. What the pace decides is not known here.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::pace::{Admit, LaneId, Pace, RelayId, Usage};
use super::policy::Signal;
use super::{LeaseKey, Prepared, key};
use crate::clock::Clock;
use crate::domain::time::Timestamp;

/// A lane that opens later than this gives its rendered letters back: their leases would lie idle.
const PATIENCE_MS: i64 = 2_000;

/// The letters of one delivery; it lives through its runs, and so does what the pace has learnt.
pub(super) struct Pool {
    state: Mutex<State>,
    /// For couriers of each relay: a letter has come, or a place is free.
    letters: Vec<Notify>,
    /// For the feeder: letters were taken or came to an end.
    taken: Notify,
    clock: Clock,
}

struct State {
    pace: Pace,
    queues: Vec<VecDeque<Prepared>>,
    waiting: usize,
    /// With couriers.
    out: usize,
    feeding: bool,
    /// Leases of letters that will not go now.
    returned: Vec<LeaseKey>,
    down: Option<Timestamp>,
    /// Whose turn it is among the lanes.
    turn: usize,
}

/// What a courier is told.
enum Told {
    Letter(Box<Prepared>),
    Wait(Option<Timestamp>),
    Over,
}

/// What the feeder finds.
pub(super) struct Room {
    /// Lanes for which letters may be claimed.
    pub(super) lanes: Vec<LaneId>,
    /// Some lane or relay holds letters back.
    pub(super) closed: bool,
    /// Some lane is open and has letters enough for now.
    pub(super) full: bool,
    /// No letter is waiting or with a courier.
    pub(super) idle: bool,
    /// When what is held back opens.
    pub(super) opens: Option<Timestamp>,
}

impl Pool {
    pub(super) fn new(pace: Pace, relays: usize, lanes: usize, clock: Clock) -> Pool {
        Pool {
            state: Mutex::new(State {
                pace,
                queues: (0..lanes.max(1)).map(|_| VecDeque::new()).collect(),
                waiting: 0,
                out: 0,
                feeding: false,
                returned: Vec::new(),
                down: None,
                turn: 0,
            }),
            letters: (0..relays.max(1)).map(|_| Notify::new()).collect(),
            taken: Notify::new(),
            clock,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What relays took before this process began.
    pub(super) fn remember(&self, usage: &[Usage]) {
        self.state().pace.remember(usage);
    }

    /// A run begins.
    pub(super) fn open(&self) {
        let mut state = self.state();
        state.feeding = true;
        state.down = None;
        state.out = 0;
        state.pace.rest();
    }

    /// The feeder brings no more.
    pub(super) fn close(&self) {
        self.state().feeding = false;
        self.wake_all();
    }

    /// A run is over: the leases of what did not leave, and until when every relay holds back.
    pub(super) fn end(&self) -> (Vec<LeaseKey>, Option<Timestamp>) {
        let mut state = self.state();
        let mut left = std::mem::take(&mut state.returned);
        for queue in &mut state.queues {
            left.extend(queue.drain(..).map(|letter| key(&letter.claimed)));
        }
        state.waiting = 0;
        (left, state.down)
    }

    /// Rendered letters, to be carried.
    pub(super) fn push(&self, letters: impl IntoIterator<Item = Prepared>) {
        let mut state = self.state();
        let active = state.pace.relay(self.clock.now());
        let mut n = 0;
        for letter in letters {
            let lane = letter.lane.0.min(state.queues.len() - 1);
            state.queues[lane].push_back(letter);
            n += 1;
        }
        state.waiting += n;
        drop(state);
        match active {
            Ok(relay) => (0..n).for_each(|_| self.letters[relay.0].notify_one()),
            Err(_) => self.wake_all(),
        }
    }

    /// Leases to be given back by the feeder.
    pub(super) fn returned(&self) -> Vec<LeaseKey> {
        std::mem::take(&mut self.state().returned)
    }

    /// What may be claimed now, where a lane has at most `cap` letters waiting.
    pub(super) fn room(&self, cap: usize) -> Room {
        let state = self.state();
        let now = self.clock.now();
        let open = state.pace.open_lanes(now);
        let down = state.pace.relay(now).is_err();
        let closed = down || open.len() < state.queues.len();
        let mut lanes = open;
        let before = lanes.len();
        lanes.retain(|lane| !down && state.queues[lane.0].len() < cap);
        Room {
            full: !down && lanes.len() < before,
            lanes,
            closed,
            idle: state.waiting == 0 && state.out == 0,
            opens: state.pace.next_opening(now),
        }
    }

    /// How many letters wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting
    }

    /// Until when a relay's day is full, if it is.
    pub(super) fn day_is_full(&self, relay: RelayId) -> Option<Timestamp> {
        self.state().pace.day_is_full(relay, self.clock.now())
    }

    /// Whether every relay holds everything back.
    pub(super) fn is_down(&self) -> bool {
        self.state().down.is_some()
    }

    /// Waits until a courier took or finished a letter, at most until `at`.
    pub(super) async fn changed(&self, at: Option<Timestamp>, halt: &CancellationToken) {
        tokio::select! {
            () = self.taken.notified() => {}
            () = self.sleep(at) => {}
            () = halt.cancelled() => {}
        }
    }

    /// The next letter for a courier of this relay; `None` when there is none and will be none.
    pub(super) async fn next(&self, relay: RelayId, halt: &CancellationToken) -> Option<Prepared> {
        while !halt.is_cancelled() {
            let woken = self.letters[relay.0].notified();
            let at = match self.ask(relay) {
                Told::Letter(letter) => return Some(*letter),
                Told::Over => return None,
                Told::Wait(at) => at,
            };
            tokio::select! {
                () = woken => {}
                () = self.sleep(at) => {}
                () = halt.cancelled() => {}
            }
        }
        None
    }

    /// A letter that may go over this relay now, without waiting for one.
    pub(super) fn try_next(&self, relay: RelayId) -> Option<Prepared> {
        match self.ask(relay) {
            Told::Letter(letter) => Some(*letter),
            Told::Wait(_) | Told::Over => None,
        }
    }

    /// A letter did not leave and waits again, first in its lane.
    pub(super) fn put_back(&self, relay: RelayId, letter: Prepared) {
        let mut state = self.state();
        state.pace.give_back(relay, letter.lane);
        state.out = state.out.saturating_sub(1);
        let lane = letter.lane.0.min(state.queues.len() - 1);
        state.queues[lane].push_front(letter);
        state.waiting += 1;
        drop(state);
        self.wake_all();
    }

    /// A letter came to its end over this relay: what it tells the pace.
    pub(super) fn done(&self, relay: RelayId, lane: LaneId, signal: &Signal) {
        let mut state = self.state();
        let now = self.clock.now();
        state.pace.done(relay, lane, signal, now);
        state.out = state.out.saturating_sub(1);
        let over = state.out == 0 && !state.feeding;
        drop(state);
        self.taken.notify_one();
        if over || signal.throttles() {
            self.wake_all();
        } else {
            self.letters[relay.0].notify_one();
        }
    }

    /// A letter leaves the run without a word to anybody.
    pub(super) fn forget(&self, relay: RelayId, lane: LaneId) {
        let mut state = self.state();
        state.pace.give_back(relay, lane);
        state.out = state.out.saturating_sub(1);
        drop(state);
        self.wake_all();
    }

    /// A letter met what every letter would meet over this relay. It waits again, first in its lane,
    /// if another relay is open and it was not `started`; else it comes back, with the instant at which
    /// a relay opens, where none is open.
    pub(super) fn failed(
        &self,
        relay: RelayId,
        letter: Prepared,
        signal: &Signal,
        started: bool,
    ) -> Option<(Prepared, Option<Timestamp>)> {
        let mut state = self.state();
        let now = self.clock.now();
        state.pace.done(relay, letter.lane, signal, now);
        state.out = state.out.saturating_sub(1);
        let came_back = match state.pace.relay(now) {
            Ok(other) if other != relay && !started => {
                let lane = letter.lane.0.min(state.queues.len() - 1);
                state.queues[lane].push_front(letter);
                state.waiting += 1;
                None
            }
            Ok(_) => Some((letter, None)),
            Err(until) => {
                state.down = Some(until);
                Some((letter, Some(until)))
            }
        };
        drop(state);
        self.wake_all();
        came_back
    }

    fn ask(&self, relay: RelayId) -> Told {
        let told = self.state().tell(relay, self.clock.now());
        // The feeder waits for room, and must hear as well that nobody will make any.
        if matches!(told, Told::Letter(_) | Told::Over) {
            self.taken.notify_one();
        }
        told
    }

    fn wake_all(&self) {
        self.letters.iter().for_each(Notify::notify_waiters);
        self.taken.notify_one();
    }

    async fn sleep(&self, at: Option<Timestamp>) {
        let Some(at) = at else {
            return std::future::pending().await;
        };
        let ms = at.as_millisecond() - self.clock.now().as_millisecond();
        tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1))).await;
    }
}

impl State {
    fn tell(&mut self, relay: RelayId, now: Timestamp) -> Told {
        match self.pace.relay(now) {
            Ok(active) if active == relay => {}
            Ok(_) if self.is_over() => return Told::Over,
            // A relay in reserve; it is asked again when the first one opens or another one fails.
            Ok(_) => return Told::Wait(self.pace.next_opening(now)),
            Err(until) => {
                self.down = Some(until);
                return Told::Over;
            }
        }
        let mut earliest: Option<Timestamp> = None;
        for step in 0..self.queues.len() {
            let lane = (self.turn + step) % self.queues.len();
            if self.queues[lane].is_empty() {
                continue;
            }
            match self.pace.admit(relay, LaneId(lane), now) {
                Admit::Go => {
                    if let Some(letter) = self.queues[lane].pop_front() {
                        self.turn = lane + 1;
                        self.waiting -= 1;
                        self.out += 1;
                        return Told::Letter(Box::new(letter));
                    }
                }
                Admit::Until(at, _) => {
                    if at.as_millisecond() - now.as_millisecond() > PATIENCE_MS {
                        self.give_back(lane);
                    } else {
                        earliest = Some(earliest.map_or(at, |known| known.min(at)));
                    }
                }
                Admit::Busy(_) => {}
            }
        }
        match self.is_over() {
            true => Told::Over,
            false => Told::Wait(earliest),
        }
    }

    fn give_back(&mut self, lane: usize) {
        let letters = self.queues[lane].drain(..);
        self.returned
            .extend(letters.map(|letter| key(&letter.claimed)));
        self.waiting = self.queues.iter().map(VecDeque::len).sum();
    }

    fn is_over(&self) -> bool {
        !self.feeding && self.waiting == 0 && self.out == 0
    }
}
