//! A representative mix: every flight of a tier is first put into the same share of each class that
//! it may stand in, as far as there is room, and only what is missing then is found by the flow.

use super::graph::Graph;

/// Supplies flights, which have nothing yet, with `wanted` digests each, as far as it goes beside
/// what others have; these keep their totals. `reach` are the digests that each may stand in. How
/// many digests they have then.
///
/// Shares are rounded along the classes: what one loses is carried to the next, so that classes of a
/// few digests are served in turn.
pub(super) fn supply(graph: &mut Graph<'_>, flights: &[u32], wanted: &[i64], reach: &[u64]) -> i64 {
    let mut own = vec![false; wanted.len()];
    for flight in flights {
        own[*flight as usize] = true;
        graph.supply(*flight, wanted[*flight as usize]);
    }
    let wave = graph.wave;
    let mut passed: Vec<i128> = (0..wanted.len()).map(|f| start(f, reach[f])).collect();
    for (number, class) in wave.classes.iter().enumerate() {
        for (entry, (flight, _)) in class.eligible.iter().enumerate() {
            let flight = *flight as usize;
            if own[flight] {
                let whole = i128::from(reach[flight].max(1));
                let before = passed[flight] / whole;
                passed[flight] += i128::from(wanted[flight]) * i128::from(class.count);
                let share = passed[flight] / whole - before;
                graph.seat(number, entry, share.min(i128::from(class.count)) as i64);
            }
        }
    }
    graph.net.augment();
    flights.iter().map(|f| graph.got(*f)).sum()
}

/// Where in a digest a flight's count begins, in parts of its reach: for each flight elsewhere, so
/// that those with equal shares do not all come to the same small classes.
fn start(flight: usize, reach: u64) -> i128 {
    // The golden ratio's fraction spreads whole multiples evenly.
    let part = (flight as u64).wrapping_mul(40_503) % (1 << 16);
    i128::from(part) * i128::from(reach) / (1 << 16)
}
