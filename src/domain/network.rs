//! Networks: who asks, behind which proxies, and who counts as one neighbourhood.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// A text that names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network such as 10.0.0.0/8, 127.0.0.1 or 2001:db8::/32")]
pub struct BadNetwork(String);

impl Network {
    /// Reads `ADDRESS/BITS`, or an address for itself alone.
    pub fn parse(text: &str) -> Result<Network, BadNetwork> {
        let bad = || BadNetwork(super::shown(text));
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|n| *n <= most).ok_or_else(bad)?,
            None => most,
        };
        Ok(Network::of(address, bits))
    }

    /// The network of so many bits that an address is in.
    fn of(address: IpAddr, bits: u8) -> Network {
        let base = match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(v4) & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(v6) & mask))
            }
        };
        Network { base, bits }
    }

    /// Those who count as one: /24, or /48 for IPv6.
    pub fn neighbourhood(address: IpAddr) -> Network {
        let address = address.to_canonical();
        Network::of(address, if address.is_ipv4() { 24 } else { 48 })
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.base.is_ipv4() && Network::of(address, self.bits) == *self
    }
}

impl core::fmt::Display for Network {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

/// Who asks: the peer, or, where that is a proxy of ours, whom it names last in X-Forwarded-For
/// (`forwarded`, its values in their order), proxies of ours passed over. Only what our own proxies
/// wrote is believed: what stands before it, the client may have made up.
pub fn client<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let ours = |address: IpAddr| trusted.iter().any(|n| n.contains(address));
    let mut client = peer;
    if !ours(peer) {
        return client;
    }
    for value in forwarded.rev() {
        for named in value.rsplit(',').map(str::trim) {
            let Ok(address) = named.parse::<IpAddr>() else {
                return client;
            };
            client = address;
            if !ours(address) {
                return client;
            }
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use core::net::IpAddr;

    use super::{Network, client};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_knows_who_is_in_it() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
        ] {
            let network = Network::parse(network).expect("a network");
            assert!(network.contains(ip(inside)) && !network.contains(ip(outside)));
        }
        for bad in ["", "10.0.0.0/33", "x", "10.0.0.0/", "::/129", "10.0.0/8"] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
        let near = Network::neighbourhood;
        assert_eq!(near(ip("192.0.2.1")), near(ip("::ffff:192.0.2.200")));
        assert_ne!(near(ip("192.0.2.1")), near(ip("192.0.3.1")));
        assert_eq!(near(ip("2001:db8:1:2::")), near(ip("2001:db8:1:ffff::9")));
    }

    #[test]
    fn only_what_our_own_proxies_say_is_believed() {
        let trusted = [Network::parse("10.0.0.0/8").expect("a network")];
        let who = |peer: &str, said: &[&str]| {
            client(ip(peer), said.iter().copied(), &trusted).to_string()
        };
        assert_eq!(who("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(who("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(who("10.0.0.1", &["6.6.6.6, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            who("10.0.0.1", &["6.6.6.6", "198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(who("10.0.0.1", &["junk, 10.0.0.7"]), "10.0.0.7");
    }
}
