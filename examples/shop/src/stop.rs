//! How the services are asked to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Listens for Ctrl-C and SIGTERM from now on; the future that it returns waits for one of them.
///
/// A service that then returns from `main`, instead of being killed, still delivers its last spans.
/// Call this before you tell anybody that the service is ready: from then on it may be asked to
/// stop.
///
/// # Errors
/// If the process cannot listen for signals.
pub fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    #[tokio::test]
    async fn a_signal_before_the_first_poll_counts() {
        for name in ["-INT", "-TERM"] {
            let stopped = super::stopped().unwrap();
            // Without a handler this ends the test.
            assert!(
                Command::new("kill").args([name, &id().to_string()]).status().unwrap().success()
            );
            stopped.await;
        }
    }
}
