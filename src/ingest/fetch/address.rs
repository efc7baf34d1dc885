//! Which addresses may be dialled: a feed's address comes from outside, and must not become a way to
//! speak to what stands behind our own wall. Pure; names are resolved elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::FetchError;

/// Why an address is not on the public internet, in words; `None` if it is (the registries of
/// RFC 6890 and their successors).
pub fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

/// What an operator may open for a source: this machine and private networks, not the link-local
/// range in which clouds keep their metadata, nor what no feed can live at.
pub(super) fn private(class: &str) -> bool {
    matches!(class, LOOPBACK | PRIVATE | SHARED)
}

/// Where clouds tell a machine its secrets outside of the link-local range, as their manuals have it:
/// Alibaba, Azure, Oracle; and over IPv6 Amazon, Google, Oracle. No feed lives there.
const METADATA_V4: &[[u8; 4]] = &[[100, 100, 100, 200], [168, 63, 129, 16], [192, 0, 0, 192]];
const METADATA_V6: &[[u16; 8]] = &[
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
];

const METADATA: &str = "an address at which clouds tell a machine its secrets";

const LOOPBACK: &str = "a loopback address";
const PRIVATE: &str = "an address of a private network";
const SHARED: &str = "an address of a provider's inner network";
const LINK_LOCAL: &str = "a link-local address";
const UNSPECIFIED: &str = "an address of nothing";
const MULTICAST: &str = "a multicast or broadcast address";
const RESERVED: &str = "a reserved address";
const DOCUMENTATION: &str = "an address for documentation or benchmarks";

fn special_v4(a: Ipv4Addr) -> Option<&'static str> {
    if METADATA_V4.contains(&a.octets()) {
        return Some(METADATA);
    }
    Some(match a.octets() {
        [0, ..] => UNSPECIFIED,
        [127, ..] => LOOPBACK,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => PRIVATE,
        [100, 64..=127, ..] => SHARED,
        [169, 254, ..] => LINK_LOCAL,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => DOCUMENTATION,
        [192, 0, 0, _] | [192, 88, 99, _] => RESERVED,
        [224..=239, ..] | [255, 255, 255, 255] => MULTICAST,
        [240..=255, ..] => RESERVED,
        _ => return None,
    })
}

fn special_v6(a: Ipv6Addr) -> Option<&'static str> {
    let s = a.segments();
    if METADATA_V6.contains(&s) {
        return Some(METADATA);
    }
    // Addresses that carry an IPv4 address are what they carry.
    let inner = match s {
        [0, 0, 0, 0, 0, 0xffff, hi, lo] | [0, 0, 0, 0, 0xffff, 0, hi, lo] => Some((hi, lo)),
        [0, 0, 0, 0, 0, 0, hi, lo] if hi != 0 || lo > 1 => Some((hi, lo)),
        [0x64, 0xff9b, 0, 0, 0, 0, hi, lo] => Some((hi, lo)),
        [0x2002, hi, lo, ..] => Some((hi, lo)),
        _ => None,
    };
    if let Some((hi, lo)) = inner {
        let [a, b] = hi.to_be_bytes();
        let [c, d] = lo.to_be_bytes();
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    Some(match s {
        [0, 0, 0, 0, 0, 0, 0, 0] => UNSPECIFIED,
        [0, 0, 0, 0, 0, 0, 0, 1] => LOOPBACK,
        [0xfc00..=0xfdff, ..] => PRIVATE,
        [0xfe80..=0xfebf, ..] => LINK_LOCAL,
        [0xfec0..=0xfeff, ..] => PRIVATE,
        [0xff00..=0xffff, ..] => MULTICAST,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => DOCUMENTATION,
        // Teredo hides an address of its own; the rest of 2001::/23 belongs to protocols.
        [0x2001, 0..=0x1ff, ..] | [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, 0, ..] => RESERVED,
        [0x2000..=0x3fff, ..] => return None,
        _ => RESERVED,
    })
}

/// Whether this address may be dialled for this source.
pub(super) fn permit(host: &str, address: IpAddr, private_network: bool) -> Result<(), FetchError> {
    match special(address) {
        None => Ok(()),
        Some(class) if private_network && private(class) => Ok(()),
        Some(class) => Err(FetchError::Address {
            host: host.to_owned(),
            address,
            class,
            opened: private_network,
        }),
    }
}

/// A URL that may be asked for, as far as it can be told before its name is resolved.
pub(super) fn check(url: &Url, private_network: bool) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme {
            scheme: url.scheme().to_owned(),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Credentials);
    }
    match url.host() {
        Some(Host::Ipv4(v4)) => permit(&v4.to_string(), IpAddr::V4(v4), private_network)?,
        Some(Host::Ipv6(v6)) => permit(&v6.to_string(), IpAddr::V6(v6), private_network)?,
        Some(Host::Domain(_)) => {}
        None => {
            return Err(FetchError::Url {
                url: shown(url.as_str()),
            });
        }
    }
    let port = url.port_or_known_default().unwrap_or(0);
    // Other ports are other services', which a request could be made to find or to hurt; what an
    // operator runs may listen anywhere but on those that are given to one.
    match port {
        80 | 443 => Ok(()),
        1024.. if private_network => Ok(()),
        _ => Err(FetchError::Port { port }),
    }
}

/// A URL as it may stand in a message: without credentials or query, cut.
pub(super) fn shown(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let bare = match (bare.split_once("://"), bare.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => bare.to_owned(),
    };
    bare.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{check, special};
    use url::Url;

    #[test]
    fn only_public_addresses_are_public() {
        let check = |text: &str, public: bool| {
            let address = text.parse().expect("an address");
            assert_eq!(special(address).is_none(), public, "{text}");
        };
        for public in [
            "8.8.8.8",
            "2606:4700::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "100.128.0.1",
        ] {
            check(public, true);
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "168.63.129.16",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "4000::1",
            "3fff::1",
        ] {
            check(special, false);
        }
    }

    #[test]
    fn a_url_is_refused_for_what_it_says() {
        let refused = |text: &str, private: bool| {
            Url::parse(text).map_or(true, |url| check(&url, private).is_err())
        };
        for bad in [
            "file:///etc/passwd",
            "gopher://n.example/",
            "http://me:pw@n.example/",
            "http://me@n.example/",
            "http://n.example:22/",
            "http://n.example:25/",
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://017700000001/",
        ] {
            assert!(refused(bad, false), "{bad}");
        }
        assert!(!refused("https://n.example/", false));
        assert!(!refused("http://n.example:80/", false));
        for (other, opened) in [
            ("http://n.example:8080/", true),
            ("https://n.example:8443/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://n.example:25/", false),
            ("http://n.example:1023/", false),
            ("http://n.example:0/", false),
        ] {
            assert!(refused(other, false), "{other}");
            assert_eq!(refused(other, true), !opened, "{other}");
        }
        // Opening private networks does not open the metadata services, and no hint says so.
        for host in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[fd00:c1::a9fe:a9fe]",
            "[::ffff:100.100.100.200]",
            "[64:ff9b::6464:64c8]",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            let url = Url::parse(&format!("http://{host}/latest/")).expect("a URL");
            for opened in [false, true] {
                let error = check(&url, opened).expect_err(host);
                let hint = error.hint().unwrap_or_default();
                assert!(!hint.contains("private_network"), "{host}: {hint}");
            }
        }
        let inside = Url::parse("http://10.0.0.1/").expect("a URL");
        let hint = check(&inside, false).expect_err("inside").hint();
        assert!(hint.is_some_and(|h| h.contains("private_network")));
        // What is beside them may be opened.
        assert!(!refused("http://100.100.100.201/", true));
        assert!(!refused("http://[fd00:ec2::255]/", true));
    }
}
