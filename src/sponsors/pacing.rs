//! How much of a flight's goal one wave gets. Pacing counts editions; a wave gets its edition's quota in
//! proportion to its eligible digests. Whole numbers only, rounded down: what a wave loses by that is
//! still left for the next, and the last edition gets all that is left.

use crate::domain::flight::Pacing;
use crate::domain::goal::Goal;
use crate::domain::sponsor::Flight;

/// Part of what is expected of the editions to come on which a flight may rely, in hundredths.
const RELIABLE: i128 = 85;
/// What the first half gets where a flight is front-loaded, in hundredths of an even share.
const FRONT: i128 = 125;
/// Editions of the same day of the week that a forecast looks back on.
pub const WEEKS: usize = 8;

/// What a flight may expect, in digests that it may stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prospect {
    /// In this wave.
    pub wave: i64,
    /// In what is left of its edition, this wave included.
    pub edition: i64,
    /// In each edition that is still to come within its dates, the earliest first.
    pub later: Vec<i64>,
    /// Whether this edition is in the first half of its dates.
    pub first_half: bool,
    /// Letters that come to nothing, per thousand.
    pub failing: i64,
}

/// Most digests of a wave in which a flight may be placed, with `left` sends of its goal left.
pub fn quota(flight: &Flight, left: i64, of: &Prospect) -> i64 {
    match flight.goal {
        Goal::Share(percent) => of.wave.max(0) * i64::from(percent) / 100,
        Goal::Every | Goal::Rest => of.wave.max(0),
        Goal::Sends(_) => match flight.pacing {
            // What can be had now does not wait for another wave.
            Pacing::Asap => left.max(0),
            Pacing::Even | Pacing::Front => {
                part(paced(flight.pacing, left, of), of.wave, of.edition)
            }
        },
    }
}

/// What an edition, or what is left of it, gets of `left` sends.
///
/// Even: the edition's part of all that is eligible until the last edition but one, so that what comes
/// back can still be sent in the last one. Never so little that the editions to come could not be relied
/// on for the rest, and never more than is left.
fn paced(pacing: Pacing, left: i64, of: &Prospect) -> i64 {
    let left = i128::from(left.max(0));
    let now = i128::from(of.edition.max(0));
    let later = || of.later.iter().map(|n| i128::from((*n).max(0)));
    let but_last = now + later().take(of.later.len().saturating_sub(1)).sum::<i128>();
    if of.later.is_empty() || but_last == 0 {
        return clamped(left, left);
    }
    let mut quota = left * now / but_last;
    if pacing == Pacing::Front && of.first_half {
        quota = quota * FRONT / 100;
    }
    let sent = i128::from(1_000 - of.failing.clamp(0, 1_000));
    let relied_on = later().sum::<i128>() * RELIABLE * sent / 100_000;
    clamped(quota.max(left - relied_on), left)
}

fn clamped(quota: i128, left: i128) -> i64 {
    i64::try_from(quota.clamp(0, left)).unwrap_or(i64::MAX)
}

/// A wave's part of an edition's quota.
fn part(quota: i64, wave: i64, edition: i64) -> i64 {
    if wave >= edition {
        return quota;
    }
    let part = i128::from(quota) * i128::from(wave.max(0)) / i128::from(edition);
    i64::try_from(part).unwrap_or(quota)
}

/// What an edition may be expected to have by those before it on the same day of the week, the newest
/// first: the median of at most eight, of two in the middle the lower one; `None` without any.
pub fn forecast(before: &[i64]) -> Option<i64> {
    let mut newest: Vec<i64> = before.iter().take(WEEKS).copied().collect();
    newest.sort_unstable();
    newest.get(newest.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prospect(wave: i64, edition: i64, later: &[i64]) -> Prospect {
        Prospect {
            wave,
            edition,
            later: later.to_vec(),
            first_half: false,
            failing: 0,
        }
    }

    #[test]
    fn even_aims_to_be_done_one_edition_early() {
        let even = |left, of: &Prospect| paced(Pacing::Even, left, of);
        // Ten editions of 1,000 left: a ninth now.
        assert_eq!(even(900, &prospect(1000, 1000, &[1000; 9])), 100);
        // Two left: all of it now, and the last one takes what comes back.
        assert_eq!(even(900, &prospect(1000, 1000, &[1000])), 900);
        assert_eq!(even(7, &prospect(1000, 1000, &[])), 7);
        // A small day gets a small part.
        assert_eq!(even(900, &prospect(100, 100, &[400, 400, 400])), 100);
        assert_eq!(even(900, &prospect(0, 0, &[0])), 900);
        assert_eq!(even(-3, &prospect(10, 10, &[10, 10])), 0);
    }

    #[test]
    fn the_guard_catches_up_when_the_rest_cannot_be_relied_on() {
        let tight = prospect(1000, 1000, &[1000, 1000]);
        // 2,400 of 3,000: an even share would be 1,200, and the two to come are good for 1,700.
        assert_eq!(paced(Pacing::Even, 2_400, &tight), 1_200);
        assert_eq!(paced(Pacing::Even, 3_000, &tight), 1_500);
        let failing = Prospect {
            failing: 100,
            ..tight.clone()
        };
        // Of 2,000 digests 85 in 100, and of these nine in ten, are 1,530.
        assert_eq!(paced(Pacing::Even, 4_000, &failing), 2_470);
        assert_eq!(paced(Pacing::Even, 5_000, &tight), 3_300);
    }

    #[test]
    fn front_gets_a_quarter_more_in_the_first_half() {
        let first = Prospect {
            first_half: true,
            ..prospect(1000, 1000, &[1000; 9])
        };
        assert_eq!(paced(Pacing::Front, 900, &first), 125);
        assert_eq!(paced(Pacing::Even, 900, &first), 100);
        let second = prospect(1000, 1000, &[1000; 9]);
        assert_eq!(paced(Pacing::Front, 900, &second), 100);
        let short = Prospect {
            first_half: true,
            ..prospect(1000, 1000, &[100, 1000])
        };
        assert_eq!(
            paced(Pacing::Front, 900, &short),
            900,
            "never past what is left"
        );
    }

    #[test]
    fn an_edition_s_waves_get_what_it_would_get_at_once() {
        // Four waves of one edition, planned one after the other, nine editions to come.
        let later = [1000; 9];
        let (mut left, mut edition, mut given) = (9_000, 1000, 0);
        for wave in [100, 400, 300, 200] {
            let of = prospect(wave, edition, &later);
            let own = part(paced(Pacing::Even, left, &of), wave, edition);
            (left, edition, given) = (left - own, edition - wave, given + own);
        }
        assert_eq!(given, 1_350, "the guard's quota, in proportion");
        let (mut left, mut edition) = (3, 40);
        for wave in [10; 4] {
            let of = prospect(wave, edition, &[]);
            left -= part(paced(Pacing::Even, left, &of), wave, edition);
            edition -= wave;
        }
        assert_eq!(left, 0, "what rounding left goes to the last wave");
    }

    #[test]
    fn a_forecast_is_the_median_of_eight_at_most() {
        assert_eq!(forecast(&[]), None);
        assert_eq!(forecast(&[7]), Some(7));
        assert_eq!(forecast(&[9, 1]), Some(1));
        assert_eq!(forecast(&[5, 1, 9]), Some(5));
        assert_eq!(forecast(&[1, 1, 1, 1, 1, 1, 1, 1, 900, 900, 900]), Some(1));
    }
}
