//! What a story is worth, as integers: its age, its sources, its source's quality, what editors made
//! of it. It knows ages only, never a clock, and no reader.

use crate::domain::selection::{Candidate, Rules};

/// The recency of a story of age 0.
pub const ONE: u64 = 1 << 32;

/// 2^(-i/16) in units of 1/[`ONE`], rounded.
const SIXTEENTHS: [u64; 17] = [
    4_294_967_296,
    4_112_874_773,
    3_938_502_376,
    3_771_522_796,
    3_611_622_603,
    3_458_501_653,
    3_311_872_529,
    3_171_459_999,
    3_037_000_500,
    2_908_241_642,
    2_784_941_738,
    2_666_869_345,
    2_553_802_834,
    2_445_529_972,
    2_341_847_524,
    2_242_560_872,
    2_147_483_648,
];

/// 1000 + 250 * log2(n) for 1 to 64 sources, rounded.
const CORROBORATION: [u16; 64] = [
    1000, 1250, 1396, 1500, 1580, 1646, 1702, 1750, 1792, 1830, 1865, 1896, 1925, 1952, 1977, 2000,
    2022, 2042, 2062, 2080, 2098, 2115, 2131, 2146, 2161, 2175, 2189, 2202, 2214, 2227, 2239, 2250,
    2261, 2272, 2282, 2292, 2302, 2312, 2321, 2330, 2339, 2348, 2357, 2365, 2373, 2381, 2389, 2396,
    2404, 2411, 2418, 2425, 2432, 2439, 2445, 2452, 2458, 2464, 2471, 2477, 2483, 2489, 2494, 2500,
];

/// Most that a weight, a wish or a quality counts, in thousandths.
pub(super) const WHOLE: u16 = 1000;

/// Most that editors make of a story, in thousandths.
const BOOST_MOST: u16 = 10_000;

/// 2^(−age / half-life) in units of 1/[`ONE`]: exact at every sixteenth of a half-life, on the
/// straight line between two of them (at most 0.03 % above the curve), never rising with age, never
/// below 1, so that a very old pin still matches its topics. A negative age counts as 0.
pub fn recency(age_ms: i64, half_life_ms: u64) -> u64 {
    let half_life = half_life_ms.clamp(1, 1 << 36);
    let age = u64::try_from(age_ms).unwrap_or(0);
    let (halvings, rest) = (age / half_life, age % half_life);
    if halvings >= 32 {
        return 1;
    }
    // rest * 16 < 2^40, and a step of the table times less than a half-life < 2^64.
    let (step, part) = (rest * 16 / half_life, rest * 16 % half_life);
    let at = usize::try_from(step).unwrap_or(0).min(15);
    let (from, to) = (SIXTEENTHS[at], SIXTEENTHS[at + 1]);
    ((from - (from - to) * part / half_life) >> halvings).max(1)
}

/// What `sources` different sources make of a story, in thousandths: 1000 for one, 250 more with
/// every doubling; beyond 64 they count as 64.
pub fn corroboration(sources: u16) -> u16 {
    CORROBORATION[usize::from(sources.clamp(1, 64)) - 1]
}

/// The parts of a story's worth that no reader has a say in, in thousandths but for the recency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    pub(super) quality: u16,
    pub(super) corroboration: u16,
    pub(super) boost: u16,
    /// In units of 1/[`ONE`].
    pub(super) recency: u64,
}

impl Worth {
    pub(super) fn of(candidate: &Candidate, rules: &Rules) -> Worth {
        let boost = rules.decisions.boosts.get(&candidate.story).copied();
        let age = rules.cutoff_ms.saturating_sub(candidate.dated_ms);
        Worth {
            quality: candidate.quality.min(WHOLE),
            corroboration: corroboration(candidate.sources),
            boost: boost.unwrap_or(WHOLE).min(BOOST_MOST),
            recency: recency(age, rules.half_life_ms),
        }
    }

    /// The same as if it were new.
    pub(super) fn ageless(self) -> Worth {
        Worth {
            recency: ONE,
            ..self
        }
    }

    /// The product in units of 1/[`ONE`]: at most 25 times that, so that times two weights of 1000
    /// it still fits a `u64`.
    pub(super) fn total(self) -> u64 {
        let parts = u128::from(self.quality)
            * u128::from(self.corroboration)
            * u128::from(self.boost)
            * u128::from(self.recency);
        u64::try_from(parts / 1_000_000_000).unwrap_or(u64::MAX)
    }

    /// The recency in thousandths.
    pub(super) fn freshness(self) -> u16 {
        u16::try_from(self.recency * 1000 / ONE).unwrap_or(WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::{BOOST_MOST, ONE, WHOLE, Worth, corroboration, recency};
    use crate::domain::selection::HALF_LIFE_MS;

    #[test]
    fn it_halves_with_every_half_life_and_never_rises() {
        let half_life = i64::try_from(HALF_LIFE_MS).expect("small");
        let fresh = |age| recency(age, HALF_LIFE_MS);
        assert_eq!(fresh(0), ONE);
        assert_eq!(fresh(-5), ONE);
        assert_eq!(fresh(half_life), ONE / 2);
        assert_eq!(fresh(5 * half_life), ONE / 32);
        assert_eq!(fresh(half_life / 2), 3_037_000_500);
        assert_eq!(fresh(i64::MAX), 1);
        assert_eq!(fresh(i64::MIN), ONE);
        let minutes: Vec<u64> = (0..40_000).map(|m| fresh(m * 60_000)).collect();
        assert!(minutes.windows(2).all(|w| w[0] >= w[1]));
        assert!(minutes[..1_000].windows(2).all(|w| w[0] > w[1]));
        assert_eq!(recency(1, 0), ONE / 2);
        assert_eq!(recency(1 << 36, u64::MAX), ONE / 2);
    }

    #[test]
    fn every_doubling_of_sources_adds_a_quarter() {
        let found = [0, 1, 2, 4, 8, 64, 65, u16::MAX].map(corroboration);
        assert_eq!(found, [1000, 1000, 1250, 1500, 1750, 2500, 2500, 2500]);
        assert!((1..64).all(|n| corroboration(n) < corroboration(n + 1)));
    }

    #[test]
    fn the_most_that_there_is_fits_with_two_weights() {
        let most = Worth {
            quality: WHOLE,
            corroboration: corroboration(u16::MAX),
            boost: BOOST_MOST,
            recency: ONE,
        };
        assert_eq!(most.total(), 25 * ONE);
        assert!(most.total().checked_mul(1_000_000).is_some());
        assert_eq!(most.freshness(), 1000);
    }
}
