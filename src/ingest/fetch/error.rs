//! Why a fetch brought nothing, in words that may be shown: addresses without their query or
//! credentials.

use std::net::IpAddr;

use super::address::private;

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It does not parse.
    #[error("`{url}` is no URL")]
    Url {
        /// What was given, cut.
        url: String,
    },
    /// Neither http nor https.
    #[error("`{scheme}` addresses are not fetched")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// A name or password in the URL.
    #[error("the address carries a user name or password")]
    Credentials,
    /// A port of another service.
    #[error("port {port} is not one on which feeds are served")]
    Port {
        /// The port.
        port: u16,
    },
    /// Not on the public internet.
    #[error("`{host}` leads to {address}, {class}")]
    Address {
        /// As named.
        host: String,
        /// As resolved.
        address: IpAddr,
        /// What kind of address it is.
        class: &'static str,
        /// Whether private networks are open to the source already.
        opened: bool,
    },
    /// The name has no address.
    #[error("`{host}` cannot be resolved: {why}")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's words.
        why: String,
    },
    /// No connection, no TLS, or it broke.
    #[error("`{url}` cannot be fetched: {why}")]
    Connection {
        /// The address, without its query.
        url: String,
        /// The innermost cause.
        why: String,
    },
    /// It took too long, as a whole or to connect.
    #[error("`{url}` did not answer in full within {seconds} s")]
    Timeout {
        /// The address, without its query.
        url: String,
        /// The bound that was met.
        seconds: u64,
    },
    /// More octets than allowed; nothing of them is kept.
    #[error("`{url}` sends more than {limit} octets")]
    TooLarge {
        /// The address, without its query.
        url: String,
        /// The bound.
        limit: usize,
    },
    /// In a coding that nobody asked for.
    #[error("`{url}` answers in the coding `{coding}`, which is not read")]
    Coding {
        /// The address, without its query.
        url: String,
        /// As it is named, cut.
        coding: String,
    },
    /// More redirects than allowed, or a loop.
    #[error("`{url}` redirects more than {limit} times")]
    TooManyRedirects {
        /// The first address, without its query.
        url: String,
        /// The bound.
        limit: usize,
    },
    /// A redirect without a readable target.
    #[error("`{url}` redirects to nowhere")]
    Redirect {
        /// The address that redirects, without its query.
        url: String,
    },
    /// 410: its publisher took it away for good.
    #[error("`{url}` is gone for good (410)")]
    Gone {
        /// The address, without its query.
        url: String,
    },
    /// 429, 503, or any other refusal that says when to come again.
    #[error("`{url}` asks to come back later ({status})")]
    Later {
        /// The address, without its query.
        url: String,
        /// The status.
        status: u16,
        /// Seconds to wait, if stated; at most a day.
        retry_after_s: Option<i64>,
    },
    /// Any other answer than 200 or 304.
    #[error("`{url}` answers {status}")]
    Status {
        /// The address, without its query.
        url: String,
        /// The status.
        status: u16,
    },
}

impl FetchError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            FetchError::Address { class, opened, .. } => {
                if *opened || !private(class) {
                    return None;
                }
                "if this source is meant to be inside, set its `private_network` to true".into()
            }
            FetchError::Scheme { .. } | FetchError::Url { .. } => {
                "give an http:// or https:// address".into()
            }
            FetchError::Credentials => "feeds behind a password are not read".into(),
            FetchError::Port { .. } => {
                "80 and 443 are dialled; for a source with `private_network`, ports from 1024 on, too"
                    .into()
            }
            FetchError::Resolve { .. } => "check the spelling of the host's name".into(),
            FetchError::Gone { .. } => "remove the source, or give its new address".into(),
            FetchError::Later {
                retry_after_s: Some(s),
                ..
            } => format!("in {s} s"),
            FetchError::Status {
                status: 401 | 403, ..
            } => "the publisher refuses us; ask for access, or for another address".into(),
            FetchError::Status { status: 404, .. } => "check the address in a browser".into(),
            FetchError::TooManyRedirects { .. } | FetchError::Redirect { .. } => {
                "open the address in a browser and give the one where it ends".into()
            }
            _ => return None,
        })
    }
}
