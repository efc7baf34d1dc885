//! Recency as an integer: halves with every half-life. It knows ages only, never a clock.

/// The age in ms at which a story counts half: 18 hours, for a daily list.
pub const HALF_LIFE_MS: u64 = 18 * 3_600_000;

/// The recency of a story of age 0. Times two weights of 1000 it still fits a `u64` 4,000 times.
pub const ONE: u64 = 1 << 32;

/// 2^(−age / half-life) in units of 1/[`ONE`]: exact at whole half-lives, on the straight line
/// between two of them (at most 6.2% above the curve), never rising with age, never below 1, so
/// that a very old pin still matches its topics. A negative age counts as 0.
pub fn recency(age_ms: i64) -> u64 {
    let age = u64::try_from(age_ms).unwrap_or(0);
    let (halvings, rest) = (age / HALF_LIFE_MS, age % HALF_LIFE_MS);
    if halvings >= 32 {
        return 1;
    }
    let start = ONE >> halvings;
    // start / 2 < 2^32 and rest < 2^26: the product cannot overflow.
    (start - (start / 2) * rest / HALF_LIFE_MS).max(1)
}

#[cfg(test)]
mod tests {
    use super::{HALF_LIFE_MS, ONE, recency};

    #[test]
    fn it_halves_with_every_half_life_and_never_rises() {
        let half_life = i64::try_from(HALF_LIFE_MS).expect("small");
        assert_eq!(recency(0), ONE);
        assert_eq!(recency(-5), ONE);
        assert_eq!(recency(half_life), ONE / 2);
        assert_eq!(recency(5 * half_life), ONE / 32);
        assert_eq!(recency(i64::MAX), 1);
        assert_eq!(recency(i64::MIN), ONE);
        let minutes: Vec<u64> = (0..40_000).map(|m| recency(m * 60_000)).collect();
        assert!(minutes.windows(2).all(|w| w[0] >= w[1]));
        assert!(minutes[..1_000].windows(2).all(|w| w[0] > w[1]));
    }
}
