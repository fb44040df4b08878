//! A runtime of tokio for what needs one, on a thread of our own.

use std::io;

use opentelemetry::Context;
use otelier_instrument::catch_panic;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::suppress_exporter_threads;

/// A current-thread runtime on a thread of ours, for the connections of gRPC and of Prometheus.
///
/// The user's runtime would not do: it may be blocked in the very call that flushes, or end before
/// we do. The thread makes no telemetry, so that connections are not traced. Dropping this ends it,
/// without waiting.
#[derive(Debug)]
pub(crate) struct ExporterRuntime {
    /// For spawning tasks. It does not keep the runtime running.
    handle: Handle,
    /// Dropped together with this, which ends the thread and all tasks on it.
    _stop: oneshot::Sender<()>,
}

impl ExporterRuntime {
    /// `name` is that of the thread. Fails if the system gives no thread or no file descriptors.
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let runtime = build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            suppress_exporter_threads::mark();
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            // Nothing is ever sent: that the sender is dropped is the signal.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { handle, _stop: stop })
    }

    /// Tasks that are spawned after the runtime has ended never run; they are dropped at once.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Where a program uses tokio's signals, building a runtime opens a pair of sockets for them, and
/// panics if there is none to be had. So it is tried before, and a panic caught all the same.
/// A panic is turned into an error, with which what needs it is left out and a warning says so.
fn build() -> io::Result<Runtime> {
    probe_descriptors()?;
    let build = || Builder::new_current_thread().enable_all().build();
    catch_panic(build).unwrap_or_else(|| Err(io::Error::other("the runtime cannot be built")))
}

/// Fails unless a few more descriptors can be opened than a runtime takes.
fn probe_descriptors() -> io::Result<()> {
    #[cfg(unix)]
    {
        const PAIRS: usize = 4;
        let pairs: io::Result<Vec<_>> =
            (0..PAIRS).map(|_| std::os::unix::net::UnixStream::pair()).collect();
        pairs?;
    }
    Ok(())
}
