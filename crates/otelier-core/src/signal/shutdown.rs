//! The signals by which a service is asked to stop, as a future.
//!
//! Listening begins when the function is called, in its body, and not in the future that it
//! returns. That the program waits is noted in `IS_AWAITED` only if listening succeeded, for the
//! handler of `default_action` is still needed otherwise.

use std::future::{pending, poll_fn};
use std::io;
use std::sync::atomic::Ordering;
use std::task::Poll;

use super::IS_AWAITED;
use crate::{current, diagnostics};

/// Resolves when the process is asked to stop: at SIGTERM, SIGINT or, on Windows, ctrl-c.
///
/// For a server's graceful shutdown. It listens from the moment it is called, not from the first
/// poll, so no signal falls into the gap between a service's start and its first request:
///
/// ```no_run
/// # mod otelier { pub use otelier_core::*; }
/// # async fn serve(stop: impl Future<Output = ()>) {}
/// # async fn run() {
/// let stop = otelier::shutdown_signal();
/// serve(stop).await; // with axum: `axum::serve(listener, app).with_graceful_shutdown(stop)`
/// # }
/// ```
///
/// A program that has called it ends in its own way: the
/// [handler](crate::Builder::with_signal_handler) that Otelier installs by itself does nothing
/// then.
///
/// Call it inside a tokio runtime. Where the process cannot listen (outside of a runtime, or
/// because the system refuses it) a warning says why, the future never resolves, and signals do
/// what they did before.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    let signals = Signals::listen();
    if signals.is_ok() {
        IS_AWAITED.store(true, Ordering::SeqCst);
        if let Some(pipeline) = current::get() {
            pipeline.mark_used();
        }
    }
    async move {
        let name = match signals {
            Ok(signals) => signals.first().await,
            Err(error) => {
                diagnostics::warn(&format!("cannot listen for a signal to stop: {error}"));
                pending().await
            }
        };
        diagnostics::info(&format!("{name}: shutting down"));
    }
}

/// The signals that are listened for.
struct Signals {
    /// SIGTERM and SIGINT, with their names.
    #[cfg(unix)]
    signals: [(&'static str, tokio::signal::unix::Signal); 2],
    /// Windows has no SIGTERM.
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Fails outside of a runtime, or if the system refuses a handler.
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        inside_runtime()?;
        let listen = |name, kind| io::Result::Ok((name, signal(kind)?));
        let signals = [
            listen("SIGTERM", SignalKind::terminate())?,
            listen("SIGINT", SignalKind::interrupt())?,
        ];
        Ok(Self { signals })
    }

    #[cfg(windows)]
    fn listen() -> io::Result<Self> {
        inside_runtime()?;
        Ok(Self { ctrl_c: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the first one, and names it.
    #[cfg(unix)]
    async fn first(mut self) -> &'static str {
        poll_fn(move |cx| {
            for (name, signal) in &mut self.signals {
                if signal.poll_recv(cx).is_ready() {
                    return Poll::Ready(*name);
                }
            }
            Poll::Pending
        })
        .await
    }

    #[cfg(windows)]
    async fn first(mut self) -> &'static str {
        self.ctrl_c.recv().await;
        "ctrl-c"
    }
}

/// Tokio panics where it is asked to listen outside of a runtime.
/// So this is asked first, and outside of one it is an error.
fn inside_runtime() -> io::Result<()> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(error) => Err(io::Error::other(error)),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, id};

    use super::*;
    use crate::signal::tests::alone;

    #[test]
    fn a_signal_before_the_first_poll_counts() {
        let _alone = alone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for name in ["-INT", "-TERM"] {
                let stop = shutdown_signal();
                // Without a handler this ends the test.
                assert!(
                    Command::new("kill")
                        .args([name, &id().to_string()])
                        .status()
                        .unwrap()
                        .success()
                );
                stop.await;
            }
        });
    }

    #[test]
    fn outside_of_a_runtime_it_never_resolves() {
        let mut stop = std::pin::pin!(shutdown_signal());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(stop.as_mut().poll(&mut cx).is_pending());
    }
}
