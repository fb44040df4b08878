//! How the HTTP client finds the addresses of a host. Its own resolver panics if no thread can be
//! started.
//!
//! `ureq` asks it for each new connection. What it finds is tried in the order that the system
//! gives.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::super::resolve::resolve_within;

/// Resolves names on a thread, for as long as there is time.
#[derive(Debug)]
pub(super) struct HttpResolver;

/// How many addresses the client has room for.
/// More are left out.
const MAX_ADDRESSES: usize = 16;

impl Resolver for HttpResolver {
    /// A URI without scheme or host is an error that is not retried. No address at all is
    /// `HostNotFound`.
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => DefaultResolver::host_and_port(scheme, authority),
            _ => None,
        };
        let host = host.ok_or_else(|| Error::BadUri("no host".to_owned()))?;
        let found = resolve_within(host, *timeout.after).map_err(Error::Io)?;
        let mut addresses = self.empty();
        for address in found.into_iter().take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}
