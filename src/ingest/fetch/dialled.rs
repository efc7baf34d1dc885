//! The resolver that a connection is given: it knows the addresses that were looked up once and
//! checked, and no others.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The addresses that may be dialled. A literal in a URL is never asked for here; it is checked
/// where the URL is.
#[derive(Clone, Debug)]
pub(super) struct Dialled(pub(super) Vec<SocketAddr>);

impl Resolve for Dialled {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}
