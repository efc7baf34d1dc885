//! Receipts of consent: that a person agreed to a list's mail, or took it back, and by which words.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::time::Timestamp;
use super::{ListId, words};

words! {
    /// What a receipt is for.
    ConsentAct {
        /// They agreed to mail.
        Given = "given",
        /// They took it back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What a list keeps of the network address that consent came from.
    ConsentNetwork {
        /// All of it.
        Full = "full",
        /// The network that it is in: /24, or /48 for IPv6.
        Truncated = "truncated",
        /// Nothing.
        Nothing = "none",
    }
}

impl ConsentNetwork {
    /// What is kept of an address, as a receipt has it.
    pub fn kept(self, address: IpAddr) -> Option<String> {
        match (self, address.to_canonical()) {
            (ConsentNetwork::Nothing, _) => None,
            (ConsentNetwork::Full, address) => Some(address.to_string()),
            (ConsentNetwork::Truncated, IpAddr::V4(address)) => {
                let net = Ipv4Addr::from(u32::from(address) & !0xff);
                Some(format!("{net}/24"))
            }
            (ConsentNetwork::Truncated, IpAddr::V6(address)) => {
                let net = Ipv6Addr::from(u128::from(address) & !(u128::MAX >> 48));
                Some(format!("{net}/48"))
            }
        }
    }
}

/// One receipt. Append-only; it goes when the person is erased, and not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Concerning this list; `None`: all lists.
    pub list: Option<ListId>,
    /// Given or withdrawn.
    pub act: ConsentAct,
    /// By which way, in one word: `confirmed`, `page`, `one-click`, `import`, `admin`,
    /// `address-change` …
    pub how: String,
    /// Version of the words that were shown; empty where none were.
    pub wording: String,
    /// Where: `page`, `embed`, `api`, `letter`, a file's name …
    pub source: String,
    /// The network address it came from, as the list's policy keeps it: whole, truncated (/24, /48),
    /// or none.
    pub network: Option<String>,
    /// What an admin says of it; no address in it.
    pub note: String,
    /// When they agreed, which for an import is before it was written.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::ConsentNetwork::{self, Full, Nothing, Truncated};

    #[test]
    fn no_more_of_an_address_is_kept_than_the_policy_says() {
        let kept = |policy: ConsentNetwork, address: &str| policy.kept(address.parse().unwrap());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(kept(Truncated, "192.0.2.77"), some("192.0.2.0/24"));
        assert_eq!(kept(Truncated, "::ffff:192.0.2.77"), some("192.0.2.0/24"));
        assert_eq!(kept(Truncated, "2001:db8:1:2::3"), some("2001:db8:1::/48"));
        assert_eq!(kept(Full, "2001:db8:1:2::3"), some("2001:db8:1:2::3"));
        assert_eq!(kept(Nothing, "192.0.2.77"), None);
    }
}
