//! Resolves names of hosts on threads, because the system's resolver has no timeout.
//!
//! A resolver can take minutes when a name server does not answer. The thread that resolves is left
//! behind when the time is up; it ends when the system's call does. HTTP waits for it on a channel
//! that blocks, gRPC on one that does not. A thread that cannot be started is an error, where the
//! resolvers of the libraries panic.

use std::io::{Error, ErrorKind, Result};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::suppress_exporter_threads;

/// The addresses of `host`, which has a port.
/// An address needs no thread. Fails with `TimedOut` after `timeout`.
pub(super) fn resolve_within(host: String, timeout: Duration) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let (sender, found) = mpsc::sync_channel(1);
    resolve_then(host, move |addresses| {
        // If the time was up, the receiver is gone.
        let _ = sender.send(addresses);
    })?;
    found.recv_timeout(timeout).unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut)))
}

/// Calls `then` with the addresses of `host`, from a thread. Fails if none can be started.
/// `host` has a port. If this fails, `then` is never called.
pub(super) fn resolve_then(
    host: String,
    then: impl FnOnce(Result<Vec<SocketAddr>>) + Send + 'static,
) -> Result<()> {
    thread::Builder::new().name("otelier-resolve".to_owned()).spawn(move || {
        suppress_exporter_threads::mark();
        then(host.to_socket_addrs().map(Iterator::collect));
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_resolve() {
        let timeout = Duration::from_secs(60);
        let address = "127.0.0.1:4318".parse().unwrap();
        assert_eq!(resolve_within("127.0.0.1:4318".to_owned(), timeout).unwrap(), [address]);
        let found = resolve_within("localhost:4318".to_owned(), timeout).unwrap();
        assert!(found.iter().any(|found| found.ip().is_loopback()), "{found:?}");
        assert!(resolve_within("no host".to_owned(), timeout).is_err());
    }
}
