//! A representative mix: every flight of a tier is first put into the same share of each class that
//! it may stand in, as far as there is room, and only what is missing then is found by the flow.

use super::graph::Graph;

/// Supplies flights, which have nothing yet, with `wanted` digests each, as far as it goes beside
/// what others have; these keep their totals. `reach` are the digests that each may stand in. How
/// many digests they have then.
pub(super) fn supply(graph: &mut Graph<'_>, flights: &[u32], wanted: &[i64], reach: &[u64]) -> i64 {
    let mut own = vec![false; wanted.len()];
    for flight in flights {
        own[*flight as usize] = true;
        graph.supply(*flight, wanted[*flight as usize]);
    }
    let wave = graph.wave;
    for (number, class) in wave.classes.iter().enumerate() {
        for (entry, (flight, _)) in class.eligible.iter().enumerate() {
            let flight = *flight as usize;
            if own[flight] {
                let part = i128::from(wanted[flight]) * i128::from(class.count);
                let share = part / i128::from(reach[flight].max(1));
                let most = share.min(i128::from(class.count));
                graph.seat(number, entry, most as i64);
            }
        }
    }
    graph.net.augment();
    flights.iter().map(|f| graph.got(*f)).sum()
}
