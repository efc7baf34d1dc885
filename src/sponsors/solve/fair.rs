//! Who gets how much within a tier: as much in all as can be, and where that is too little for
//! everybody, max-min fair shares of the quotas. The shares are exact fractions: a set of flights
//! that is short together is found by a cut, gets one fraction, and is settled before the others
//! (the decomposition of Fujishige, over the polymatroid of what the flow can deliver). Impressions
//! are whole: each flight gets its share rounded down, and what remains goes by the largest
//! fraction, then by the flight's number.

use super::graph::Graph;

/// Widened capacities stay below this.
const WIDEST: i128 = 1 << 61;

/// Supplies some flights, which have nothing yet, with all that they can get beside what others
/// have; these keep their totals.
pub(super) fn supply(graph: &mut Graph<'_>, flights: &[u32], quotas: &[i64]) {
    let mut open = vec![flights.to_vec()];
    while let Some(mut set) = open.pop() {
        loop {
            let got = raise(graph, &set, quotas);
            let booked: i64 = set.iter().map(|f| quotas[*f as usize]).sum();
            if got == booked || set.len() == 1 {
                break;
            }
            let Some(short) = shortest(graph, &set, quotas, got, booked) else {
                share(graph, &set, quotas, got, booked);
                break;
            };
            let (low, high): (Vec<u32>, Vec<u32>) = set.iter().partition(|f| short.contains(f));
            for flight in &high {
                graph.withdraw(*flight, graph.got(*flight));
            }
            open.push(high);
            set = low;
        }
        for flight in &set {
            graph.supply(*flight, 0);
        }
    }
}

/// Gives a set as much as it can have; how much it has.
fn raise(graph: &mut Graph<'_>, set: &[u32], quotas: &[i64]) -> i64 {
    for flight in set {
        graph.supply(*flight, quotas[*flight as usize] - graph.got(*flight));
    }
    graph.net.augment();
    set.iter().map(|f| graph.got(*f)).sum()
}

/// The flights that cannot have the fraction `got` / `booked` of their quotas all at once, where
/// there are any. Capacities are widened until that fraction of each quota is a whole number.
fn shortest(
    graph: &mut Graph<'_>,
    set: &[u32],
    quotas: &[i64],
    got: i64,
    booked: i64,
) -> Option<Vec<u32>> {
    let counts = graph.wave.classes.iter().map(|c| c.count as i64);
    let most = i128::from(counts.max().unwrap_or(0).max(got).max(1));
    let times = i128::from(booked / common(got, booked)).min(WIDEST / most);
    let before = graph.net.clone();
    graph.net.widen(times as i64);
    let mut wanted = 0;
    for flight in set {
        let quota = i128::from(quotas[*flight as usize]);
        let share = (quota * i128::from(got) * times / i128::from(booked)) as i64;
        let has = graph.got(*flight);
        if has > share {
            graph.withdraw(*flight, has - share);
        }
        graph.supply(*flight, share - graph.got(*flight));
        wanted += share;
    }
    graph.net.augment();
    let has: i64 = set.iter().map(|f| graph.got(*f)).sum();
    let short = set.iter().copied().filter(|f| graph.near(*f)).collect();
    graph.net = before;
    (has < wanted).then_some(short)
}

/// Gives each of a set its equal fraction, in whole impressions.
fn share(graph: &mut Graph<'_>, set: &[u32], quotas: &[i64], got: i64, booked: i64) {
    let exact = |flight: u32| i128::from(quotas[flight as usize]) * i128::from(got);
    let booked = i128::from(booked);
    for flight in set {
        let floor = (exact(*flight) / booked) as i64;
        let has = graph.got(*flight);
        if has > floor {
            graph.withdraw(*flight, has - floor);
        }
        graph.supply(*flight, floor - graph.got(*flight));
    }
    graph.net.augment();
    let mut left = got - set.iter().map(|f| graph.got(*f)).sum::<i64>();
    for flight in set {
        graph.supply(*flight, 0);
    }
    let mut next = set.to_vec();
    next.sort_by_key(|f| (-(exact(*f) % booked), *f));
    for flight in next {
        if left == 0 {
            break;
        }
        graph.supply(flight, 1);
        left -= graph.net.augment();
        graph.supply(flight, 0);
    }
}

fn common(a: i64, b: i64) -> i64 {
    match b {
        0 => a.max(1),
        _ => common(b, a % b),
    }
}
