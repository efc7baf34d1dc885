//! How many sign-ups an hour: from one network, and from everywhere.
//!
//! A token bucket each, as one instant (the generic cell rate algorithm, ITU-T I.371). They live in
//! memory: what a mailbox may be sent stands in the database.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use super::Join;
use crate::domain::network::Network;
use crate::domain::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
/// Networks that are remembered; beyond them, all new ones count as one.
const NETWORKS_MOST: usize = 100_000;

/// The buckets.
#[derive(Debug)]
pub(in crate::web) struct Limits {
    per_network: i64,
    per_hour: i64,
    networks: HashMap<Network, i64>,
    all: i64,
}

impl Join {
    /// Whether a sign-up from there is taken.
    pub(super) fn takes(&self, from: IpAddr, now: Timestamp) -> bool {
        take(&self.limits, from, now)
    }

    /// Whether a link may be asked for from there: as many as sign-ups, counted apart from them.
    pub(in crate::web) fn takes_link(&self, from: IpAddr, now: Timestamp) -> bool {
        take(&self.links, from, now)
    }
}

fn take(limits: &Mutex<Limits>, from: IpAddr, now: Timestamp) -> bool {
    // Nothing that holds it can panic; were it poisoned, the numbers are still whole.
    let mut limits = limits.lock().unwrap_or_else(|e| e.into_inner());
    limits.take(from, now)
}

impl Limits {
    /// Full ones, of so many sign-ups an hour, 1 or more.
    pub(in crate::web) fn new(per_network: u32, per_hour: u32) -> Limits {
        let step = |n: u32| (HOUR_MS / i64::from(n.max(1))).max(1);
        Limits {
            per_network: step(per_network),
            per_hour: step(per_hour),
            networks: HashMap::new(),
            all: 0,
        }
    }

    /// Takes one out of a network's bucket and the common one, if both have one.
    pub(in crate::web) fn take(&mut self, address: IpAddr, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        let network = self.room_for(Network::neighbourhood(address), now);
        let known = self.networks.get(&network).copied().unwrap_or(0);
        let (Some(own), Some(all)) = (
            taken(known, self.per_network, now),
            taken(self.all, self.per_hour, now),
        ) else {
            return false;
        };
        self.networks.insert(network, own);
        self.all = all;
        true
    }

    fn room_for(&mut self, network: Network, now: i64) -> Network {
        if self.networks.len() < NETWORKS_MOST || self.networks.contains_key(&network) {
            return network;
        }
        // A bucket that is full again need not be remembered.
        self.networks.retain(|_, until| *until > now);
        match self.networks.len() < NETWORKS_MOST {
            true => network,
            false => Network::neighbourhood(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        }
    }
}

/// When a bucket is full again once one more is taken out of it; `None` where it is empty.
fn taken(full_at: i64, step: i64, now: i64) -> Option<i64> {
    let full_at = full_at.max(now) + step;
    (full_at - now <= HOUR_MS.max(step)).then_some(full_at)
}

#[cfg(test)]
mod tests {
    use super::{Limits, NETWORKS_MOST};
    use crate::domain::time::Timestamp;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).expect("an instant")
    }

    #[test]
    fn a_network_and_everybody_have_their_share_an_hour() {
        let mut limits = Limits::new(3, 5);
        let one = |n: u8| [192, 0, 2, n].into();
        let other = [198, 51, 100, 1].into();
        let taken: Vec<bool> = (1..6).map(|n| limits.take(one(n), at(1000))).collect();
        assert_eq!(taken, [true, true, true, false, false], "one /24");
        assert!(limits.take(other, at(1000)) && limits.take(other, at(1000)));
        assert!(!limits.take(other, at(1000)), "five in all");
        assert!(
            limits.take(other, at(1000 + 720_000)),
            "a fifth of an hour later"
        );
        assert!(!limits.take([203, 0, 113, 1].into(), at(1000 + 720_000)));
    }

    #[test]
    fn networks_without_number_are_not_remembered_without_number() {
        let mut limits = Limits::new(1, 1_000_000);
        for n in 0..(NETWORKS_MOST as u32 + 500) {
            let [a, b, c, _] = (n << 8).to_be_bytes();
            limits.take([a, b, c, 1].into(), at(1000));
        }
        assert!(limits.networks.len() <= NETWORKS_MOST + 1);
        assert!(
            limits.take([9, 9, 9, 9].into(), at(4_000_000)),
            "all are full again"
        );
        assert_eq!(limits.networks.len(), 1);
    }
}
