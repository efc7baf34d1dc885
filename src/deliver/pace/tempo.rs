//! One adaptive limit, of a relay or of a lane: so many letters at once, so many a minute, less after
//! a word to go slower and slowly more again while letters are taken.
//!
//! Times are nanoseconds of a clock that never goes back; [`Pace`](super::Pace) sees to that.

use crate::deliver::policy::Signal;

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
/// In which letters are counted.
const WINDOW: i64 = 10 * SECOND;
/// So many letters of a provider put off in a row are its word to go slower.
const IN_A_ROW: u32 = 10;
/// A limit that nobody spoke against for so long is forgotten.
const FORGET: i64 = 6 * 60 * MINUTE;

/// How long to be silent after a word to go slower that names no time: doubling from `first` up to
/// `most` while such words come without a recovery between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct BackOff {
    pub(super) first: i64,
    pub(super) most: i64,
}

impl BackOff {
    /// The wait after so many words, 0 before the first.
    pub(super) fn after(self, times: u32) -> i64 {
        match times {
            0 => 0,
            n => self
                .first
                .saturating_mul(1 << (n - 1).min(20))
                .min(self.most),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Tempo {
    /// As configured; 0: no limit.
    full_places: u32,
    full_rate: u64,
    /// As it is now.
    places: u32,
    rate: u64,
    /// Nanoseconds between two letters, and how far ahead of that a burst may run (GCRA).
    interval: i64,
    tolerance: i64,
    /// When the next letter is due by the rate alone.
    due: i64,
    in_use: u32,
    held_until: i64,
    back_off: BackOff,
    /// Words to go slower since the last recovery.
    strikes: u32,
    /// When the limits last changed.
    changed: i64,
    /// Without a configured rate: the rate at which there is none again.
    ceiling: u64,
    /// Letters begun in these ten seconds, the first of them, and those of the ten before: to know the
    /// rate that was too much.
    window: i64,
    first: i64,
    begun: u64,
    begun_before: u64,
    /// Letters put off in a row.
    put_off: u32,
}

impl Tempo {
    /// `places` letters at once and `rate` a minute; 0: no limit.
    pub(super) fn new(places: u32, rate: u64, back_off: BackOff) -> Tempo {
        let mut tempo = Tempo {
            full_places: places,
            full_rate: rate,
            places,
            rate,
            interval: 0,
            tolerance: 0,
            due: i64::MIN,
            in_use: 0,
            held_until: i64::MIN,
            back_off,
            strikes: 0,
            put_off: 0,
            changed: i64::MIN,
            ceiling: 0,
            window: i64::MIN,
            first: 0,
            begun: 0,
            begun_before: 0,
        };
        tempo.set_rate(rate);
        tempo
    }

    /// Letters that may leave at one instant at `rate` a minute: those of a tenth of a second.
    pub(super) fn burst(rate: u64) -> u64 {
        (rate / 600).max(1)
    }

    fn set_rate(&mut self, rate: u64) {
        self.rate = rate;
        // Rounded up, so that the rate is never passed by a fraction.
        let interval = (MINUTE as u64).div_ceil(rate.max(1));
        self.interval = i64::try_from(interval).unwrap_or(MINUTE);
        let ahead = i64::try_from(Tempo::burst(rate) - 1).unwrap_or(i64::MAX);
        self.tolerance = self.interval.saturating_mul(ahead);
    }

    /// When it opens by hold and rate, if it is not open now.
    pub(super) fn shut(&self, now: i64) -> Option<i64> {
        let mut at = self.held_until;
        if self.rate > 0 {
            at = at.max(self.due.saturating_sub(self.tolerance));
        }
        (at > now).then_some(at)
    }

    /// Until when it is held, if it is.
    pub(super) fn held(&self, now: i64) -> Option<i64> {
        (self.held_until > now).then_some(self.held_until)
    }

    /// Whether a place is free.
    pub(super) fn has_place(&self) -> bool {
        self.places == 0 || self.in_use < self.places
    }

    /// Counts letters that were put off one by one; true when so many in a row cannot be chance.
    pub(super) fn refuses(&mut self, signal: &Signal) -> bool {
        match (signal.took, signal.put_off) {
            (true, _) => self.put_off = 0,
            (false, true) => self.put_off += 1,
            (false, false) => {}
        }
        let many = self.put_off >= IN_A_ROW;
        if many {
            self.put_off = 0;
        }
        many
    }

    /// No letter is on its way.
    pub(super) fn rest(&mut self) {
        self.in_use = 0;
    }

    /// Letters on their way.
    pub(super) fn in_use(&self) -> u32 {
        self.in_use
    }

    /// How many letters could be begun now; none is no limit.
    pub(super) fn room(&self, now: i64) -> Option<u64> {
        if self.shut(now).is_some() {
            return Some(0);
        }
        let places = (self.places > 0).then(|| u64::from(self.places.saturating_sub(self.in_use)));
        let by_rate = (self.rate > 0).then(|| {
            let ahead = now
                .saturating_sub(self.due)
                .saturating_add(self.tolerance)
                .min(self.tolerance);
            u64::try_from(ahead / self.interval.max(1)).unwrap_or(0) + 1
        });
        match (places, by_rate) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Takes a place and a letter of the rate.
    pub(super) fn take(&mut self, now: i64) {
        self.in_use += 1;
        if self.rate > 0 {
            self.due = self.due.max(now).saturating_add(self.interval);
        }
        self.turn(now);
        self.begun += 1;
    }

    /// Gives a place back.
    pub(super) fn leave(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
    }

    /// A word to go slower: silence for `pause` or by the back-off, then half of what was too much,
    /// and at most `slow_to` a minute. Further words of letters that were on their way already make
    /// nothing slower, but may lengthen the silence.
    pub(super) fn slower(&mut self, pause: Option<i64>, slow_to: Option<u32>, now: i64) {
        let again = now < self.held_until;
        if !again {
            self.strikes = self.strikes.saturating_add(1);
            self.halve(now);
        }
        if let Some(most) = slow_to.map(|n| u64::from(n.max(1)))
            && (self.rate == 0 || self.rate > most)
        {
            self.set_rate(most);
        }
        let pause = match pause {
            Some(pause) => pause,
            None if again => 0,
            None => self.back_off.after(self.strikes),
        };
        self.held_until = self.held_until.max(now.saturating_add(pause));
        self.changed = self.held_until.max(now);
    }

    fn halve(&mut self, now: i64) {
        self.turn(now);
        let was = match self.rate {
            0 => self.measured(now).max(2),
            rate => rate,
        };
        if self.rate == 0 {
            self.ceiling = was.saturating_mul(2);
        }
        self.set_rate((was / 2).max(1));
        let at_once = match self.places {
            // The letter that was told so has left its place.
            0 => self.in_use + 1,
            places => places,
        };
        self.places = (at_once / 2).max(1);
    }

    /// A letter was taken: after a minute without a word against it, a quarter more and one place more.
    pub(super) fn taken(&mut self, now: i64) {
        let full = self.rate == self.full_rate && self.places == self.full_places;
        if full && self.strikes == 0 {
            return;
        }
        let quiet = now.saturating_sub(self.changed);
        // A yes to a letter that was on its way when the no came tells nothing.
        if now < self.held_until || quiet < MINUTE {
            return;
        }
        self.strikes = 0;
        self.changed = now;
        let more = self.rate.saturating_add((self.rate / 4).max(1));
        let lifted = match self.full_rate {
            0 => more >= self.ceiling,
            full => more >= full,
        };
        if quiet >= FORGET || self.rate == self.full_rate || lifted {
            self.set_rate(self.full_rate);
        } else {
            self.set_rate(more);
        }
        let wider = self.places.saturating_add(1);
        let all = match self.full_places {
            0 => self.rate == self.full_rate,
            full => wider >= full,
        };
        self.places = if quiet >= FORGET || all {
            self.full_places
        } else {
            wider
        };
    }

    /// Letters a minute of late, by the larger of two counts: one window may just have begun.
    fn measured(&self, now: i64) -> u64 {
        let passed = now.saturating_sub(self.first).clamp(SECOND, WINDOW) / SECOND;
        let now = self.begun * 60 / u64::try_from(passed).unwrap_or(1).max(1);
        now.max(self.begun_before * 6)
    }

    /// Turns the window in which letters are counted.
    fn turn(&mut self, now: i64) {
        let window = now.div_euclid(WINDOW);
        if window == self.window {
            return;
        }
        self.begun_before = if window == self.window.saturating_add(1) {
            self.begun
        } else {
            0
        };
        self.window = window;
        self.first = now;
        self.begun = 0;
    }
}
