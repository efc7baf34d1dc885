//! How fast letters may go: per relay and per lane, told the time and what became of each letter.
//!
//! Pure: no clock, no waiting. It knows neither letters nor connections, only places that are taken
//! and given back. One owner holds it, behind a lock of its own.

mod lane;
mod quota;
mod relay;
mod tempo;

pub use lane::{LaneLimits, LaneTable};
pub use quota::WarmUp;
pub use relay::RelayLimits;

use jiff::Timestamp;

use super::policy::{Scope, Signal};
use relay::RelayState;
use tempo::{BackOff, MINUTE, Tempo};

/// A relay, by its place in the order of preference; 0 is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayId(pub usize);

/// A lane, by its place in the [`LaneTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub usize);

impl LaneId {
    /// The lane of all domains that no other names.
    pub const DEFAULT: LaneId = LaneId(0);
}

/// Letters that a relay took, or may have taken, in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Which relay.
    pub relay: RelayId,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: i64,
    /// How many letters.
    pub sent: u64,
}

/// Whether a letter may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// It may: a place and a letter of each rate are taken, and [`Pace::done`] gives the place back.
    Go,
    /// Not before then. The scope says who is shut: the relay (others may be open), or the lane
    /// (letters of others may go).
    Until(Timestamp, Scope),
    /// All places of the relay or of the lane are in use: ask again once one was given back.
    Busy(Scope),
}

/// After a word of a provider to go slower.
const LANE_BACK_OFF: BackOff = BackOff {
    first: MINUTE,
    most: 30 * MINUTE,
};

/// The pace of all relays and lanes.
#[derive(Debug)]
pub struct Pace {
    relays: Vec<RelayState>,
    lanes: Vec<Tempo>,
    table: LaneTable,
    /// The latest instant of our own clock, which stands still where the world's goes back …
    latest: i64,
    /// … and how far it is ahead of the world's since.
    ahead: i64,
}

impl Pace {
    /// A pace of these relays, in their order of preference, and these lanes. `usage` is what the
    /// relays took lately: rows older than a day or of an unknown relay mean nothing.
    pub fn new(
        relays: Vec<RelayLimits>,
        lanes: LaneTable,
        usage: &[Usage],
        now: Timestamp,
    ) -> Pace {
        let start = nanoseconds(now);
        let lane =
            |lane: &LaneLimits| Tempo::new(lane.connections, lane.per_minute.into(), LANE_BACK_OFF);
        let mut pace = Pace {
            relays: relays
                .into_iter()
                .map(|limits| RelayState::new(limits, start))
                .collect(),
            lanes: lanes.all().iter().map(lane).collect(),
            table: lanes,
            latest: start,
            ahead: 0,
        };
        pace.remember(usage);
        pace
    }

    /// What relays took before this pace was made.
    pub fn remember(&mut self, usage: &[Usage]) {
        for row in usage {
            if let Some(relay) = self.relays.get_mut(row.relay.0) {
                relay.quota.remember(row);
            }
        }
    }

    /// No letter is on its way: every place is free again. What was learnt stays.
    pub fn rest(&mut self) {
        let relays = self.relays.iter_mut().map(|relay| &mut relay.tempo);
        relays.chain(&mut self.lanes).for_each(Tempo::rest);
    }

    /// The lanes.
    pub fn lanes(&self) -> &LaneTable {
        &self.table
    }

    /// A relay's limits as they were given, if there is such a relay.
    pub fn limits(&self, relay: RelayId) -> Option<&RelayLimits> {
        self.relays.get(relay.0).map(|relay| &relay.limits)
    }

    /// The lanes of which letters may be taken up now: not held back, and the rate allows one. Whether
    /// a place is free is not asked, since the next letter may wait for it.
    pub fn open_lanes(&self, now: Timestamp) -> Vec<LaneId> {
        let now = self.at(now);
        let open = |(n, lane): (usize, &Tempo)| lane.shut(now).is_none().then_some(LaneId(n));
        self.lanes.iter().enumerate().filter_map(open).collect()
    }

    /// How many letters of a lane could be begun at this instant; none: no limit of the lane's. A
    /// claim of many more than this would only wait.
    pub fn room(&self, lane: LaneId, now: Timestamp) -> Option<u64> {
        let now = self.at(now);
        self.lane_of(lane).and_then(|lane| lane.room(now))
    }

    /// The first relay in order that is not held back, by a failure, a word to be silent or its day's
    /// quota; else the instant at which the first one opens again. A relay whose rate is used up for
    /// the moment is not held back.
    ///
    /// # Errors
    /// The instant; the end of time where there is no relay at all.
    pub fn relay(&self, now: Timestamp) -> Result<RelayId, Timestamp> {
        let at = self.at(now);
        let mut first = i64::MAX;
        for (n, relay) in self.relays.iter().enumerate() {
            match relay.held(at) {
                None => return Ok(RelayId(n)),
                Some(opens) => first = first.min(opens),
            }
        }
        Err(self.world(first))
    }

    /// Asks for a letter of `lane` to go over `relay` now. The relay is asked first.
    pub fn admit(&mut self, relay: RelayId, lane: LaneId, now: Timestamp) -> Admit {
        let at = self.step(now);
        let lane = self.known(lane);
        let (Some(state), Some(tempo)) = (self.relays.get(relay.0), self.lanes.get(lane)) else {
            return Admit::Busy(Scope::Relay);
        };
        if let Some(opens) = state.shut(at) {
            return Admit::Until(self.world(opens), Scope::Relay);
        }
        if !state.tempo.has_place() {
            return Admit::Busy(Scope::Relay);
        }
        if let Some(opens) = tempo.shut(at) {
            return Admit::Until(self.world(opens), Scope::Lane);
        }
        if !tempo.has_place() {
            return Admit::Busy(Scope::Lane);
        }
        self.relays[relay.0].tempo.take(at);
        self.lanes[lane].take(at);
        Admit::Go
    }

    /// Gives the place of a letter back and learns from what became of it. The default lane is never
    /// slowed: it holds many providers, and what one of them says is nothing to the others.
    pub fn done(&mut self, relay: RelayId, lane: LaneId, signal: &Signal, now: Timestamp) {
        let at = self.step(now);
        let lane = self.known(lane);
        if let Some(state) = self.relays.get_mut(relay.0) {
            state.tempo.leave();
            if signal.counts {
                state.count(at, nanoseconds(now));
            }
            if signal.took {
                state.tempo.taken(at);
            }
        }
        if signal.took {
            self.relay_ok(relay, now);
        }
        let pause = signal
            .pause
            .map(|pause| i64::try_from(pause.as_nanos()).unwrap_or(i64::MAX));
        let slow_to = signal.slow_to_per_minute;
        if let Some(tempo) = self.lanes.get_mut(lane) {
            tempo.leave();
            if signal.took {
                tempo.taken(at);
            }
            let asked = signal.throttled == Some(Scope::Lane) || tempo.refuses(signal);
            if asked && lane != LaneId::DEFAULT.0 {
                tempo.slower(pause, slow_to, at);
            }
        }
        if signal.throttled == Some(Scope::Relay)
            && let Some(state) = self.relays.get_mut(relay.0)
        {
            state.tempo.slower(pause, slow_to, at);
        }
        if signal.down {
            self.relay_failed(relay, now);
        }
    }

    /// Gives the place of a letter back that did not go after all: nothing is learnt.
    pub fn give_back(&mut self, relay: RelayId, lane: LaneId) {
        let lane = self.known(lane);
        if let Some(state) = self.relays.get_mut(relay.0) {
            state.tempo.leave();
        }
        if let Some(tempo) = self.lanes.get_mut(lane) {
            tempo.leave();
        }
    }

    /// The relay cannot be reached or takes nothing: it is left alone for a minute, twice as long
    /// after each failure that follows, 30 minutes at most. Connections that fail while it is left
    /// alone count for nothing, so that many at once are one failure. Returns until when.
    pub fn relay_failed(&mut self, relay: RelayId, now: Timestamp) -> Timestamp {
        let at = self.step(now);
        let Some(state) = self.relays.get_mut(relay.0) else {
            return now;
        };
        let until = state.failed(at);
        self.world(until)
    }

    /// The relay took a connection or a letter: the next failure is a first one again. While it is
    /// left alone this changes nothing, since what succeeds then began before.
    pub fn relay_ok(&mut self, relay: RelayId, now: Timestamp) {
        let at = self.step(now);
        if let Some(state) = self.relays.get_mut(relay.0) {
            state.succeeded(at);
        }
    }

    /// Until when a relay's day is full, if it is: by its quota, or by the day of its ramp.
    pub fn day_is_full(&self, relay: RelayId, now: Timestamp) -> Option<Timestamp> {
        let at = self.at(now);
        let relay = self.relays.get(relay.0)?;
        relay
            .quota
            .shut(relay.tempo.in_use(), at)
            .map(|opens| self.world(opens))
    }

    /// The next instant at which something opens that is shut now; none where nothing is shut.
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        let at = self.at(now);
        let relays = self.relays.iter().filter_map(|relay| relay.shut(at));
        let lanes = self.lanes.iter().filter_map(|lane| lane.shut(at));
        relays.chain(lanes).min().map(|opens| self.world(opens))
    }

    /// What relays took since this was last asked, to be added to the ledger's counters. Hours are
    /// those of the world's clock.
    pub fn usage(&mut self) -> Vec<Usage> {
        let mut out = Vec::new();
        for (n, relay) in self.relays.iter_mut().enumerate() {
            let row = |(hour, sent)| Usage {
                relay: RelayId(n),
                hour,
                sent,
            };
            out.extend(relay.fresh.drain(..).map(row));
        }
        out
    }

    fn known(&self, lane: LaneId) -> usize {
        if lane.0 < self.lanes.len() {
            lane.0
        } else {
            LaneId::DEFAULT.0
        }
    }

    fn lane_of(&self, lane: LaneId) -> Option<&Tempo> {
        self.lanes.get(self.known(lane))
    }

    /// The instant of our own clock.
    fn at(&self, now: Timestamp) -> i64 {
        nanoseconds(now).saturating_add(self.ahead).max(self.latest)
    }

    /// The same, and the clock goes on: where the world's went back, ours goes on from where it stood,
    /// so that nothing opens early and nothing stays shut for as long as the world's had gone wrong.
    fn step(&mut self, now: Timestamp) -> i64 {
        let world = nanoseconds(now);
        if world.saturating_add(self.ahead) < self.latest {
            self.ahead = self.latest.saturating_sub(world);
        }
        self.latest = world.saturating_add(self.ahead).max(self.latest);
        self.latest
    }

    /// An instant of our own clock as the world will show it: never earlier, by a millisecond at most
    /// later.
    fn world(&self, at: i64) -> Timestamp {
        if at == i64::MAX {
            return Timestamp::MAX;
        }
        let ms = at.saturating_sub(self.ahead).div_euclid(1_000_000) + 1;
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }
}

/// Since 1970, held to what an i64 holds (the years 1677 to 2262).
fn nanoseconds(now: Timestamp) -> i64 {
    let exact = now.as_nanosecond();
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
