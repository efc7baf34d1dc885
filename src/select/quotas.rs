//! Slots dealt over topics: largest remainder (Hamilton's method) within a least and a most.

/// Deals `slots` over topics, the heaviest first, each given as its weight (above 0) and the most
/// that it can take (1 or more). Everyone gets at least 1, the heaviest alone where there are fewer
/// slots than topics; what nobody can take is left over.
pub(super) fn deal(slots: usize, topics: &[(u64, usize)]) -> Vec<usize> {
    if slots <= topics.len() {
        return (0..topics.len())
            .map(|at| usize::from(at < slots))
            .collect();
    }
    let mut quotas = vec![0; topics.len()];
    let mut free: Vec<usize> = (0..topics.len()).collect();
    let mut left = slots as u64;
    while let Some((place, quota)) = bound(left, topics, &free) {
        quotas[free.remove(place)] = quota;
        left -= quota as u64;
    }
    let sum = weight(topics, &free);
    let mut rest = left;
    let mut remainders: Vec<(u64, usize)> = Vec::with_capacity(free.len());
    for &at in &free {
        let share = left * topics[at].0;
        quotas[at] = usize::try_from(share / sum).unwrap_or(0);
        rest -= share / sum;
        remainders.push((share % sum, at));
    }
    remainders.sort_by_key(|&(remainder, at)| (std::cmp::Reverse(remainder), at));
    for (_, at) in remainders.into_iter().take(rest as usize) {
        quotas[at] += 1;
    }
    quotas
}

/// The next free topic whose share is bound, and to what: first those that would get more than they
/// can take, then those that would get less than one.
fn bound(left: u64, topics: &[(u64, usize)], free: &[usize]) -> Option<(usize, usize)> {
    let sum = weight(topics, free);
    let others = (free.len() as u64).saturating_sub(1);
    let most = |at: usize| (topics[at].1 as u64).min(left - others);
    let over = |&at: &usize| left * topics[at].0 > sum * most(at);
    if let Some(place) = free.iter().position(over) {
        let quota = most(free[place]);
        return Some((place, usize::try_from(quota).unwrap_or(1)));
    }
    // The lightest is the last.
    let place = others as usize;
    let last = *free.last()?;
    (left * topics[last].0 < sum).then_some((place, 1))
}

fn weight(topics: &[(u64, usize)], free: &[usize]) -> u64 {
    free.iter().map(|&at| topics[at].0).sum()
}

#[cfg(test)]
mod tests {
    use super::deal;

    #[test]
    fn the_largest_remainders_get_the_rest() {
        let wide = |weights: &[u64]| weights.iter().map(|w| (*w, 50)).collect::<Vec<_>>();
        assert_eq!(deal(10, &wide(&[1000, 500, 250])), [6, 3, 1]);
        assert_eq!(deal(9, &wide(&[500, 500])), [5, 4]);
        assert_eq!(deal(10, &wide(&[1000, 10, 10])), [8, 1, 1]);
        assert_eq!(deal(2, &wide(&[3, 2, 1])), [1, 1, 0]);
        assert_eq!(deal(0, &wide(&[3, 2])), [0, 0]);
        assert!(deal(5, &[]).is_empty());
    }

    #[test]
    fn nobody_gets_more_than_they_can_take() {
        assert_eq!(deal(10, &[(1000, 4), (100, 10), (90, 10)]), [4, 3, 3]);
        assert_eq!(deal(10, &[(1000, 4), (500, 4)]), [4, 4]);
        assert_eq!(deal(5, &[(1000, 4), (10, 4), (10, 4)]), [3, 1, 1]);
        assert_eq!(deal(8, &[(1000, 1), (900, 2), (800, 50)]), [1, 2, 5]);
    }

    #[test]
    fn whatever_is_dealt_adds_up() {
        for slots in 0..30 {
            for seed in 0..200_u64 {
                let mut topics: Vec<(u64, usize)> = (0..seed % 9)
                    .map(|n| {
                        let drawn = (seed + 1) * (n + 3) * 7919;
                        (drawn % 1000 + 1, (drawn % 6 + 1) as usize)
                    })
                    .collect();
                topics.sort_by_key(|t| std::cmp::Reverse(t.0));
                let quotas = deal(slots, &topics);
                let most: usize = topics.iter().map(|t| t.1).sum();
                assert_eq!(quotas.iter().sum::<usize>(), slots.min(most), "{topics:?}");
                let pairs = quotas.iter().zip(&topics);
                assert!(pairs.clone().all(|(quota, topic)| *quota <= topic.1));
                assert!(slots < topics.len() || quotas.iter().all(|q| *q >= 1));
            }
        }
    }
}
