//! How the services are asked to stop.

use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C or SIGTERM.
///
/// A service that returns from `main` then, instead of being killed, still delivers its last spans.
pub async fn stopped() {
    let terminated = async { signal(SignalKind::terminate()).ok()?.recv().await };
    tokio::select! {
        Ok(()) = ctrl_c() => {}
        Some(()) = terminated => {}
        // What cannot be listened to never comes.
        else => std::future::pending().await,
    }
}
