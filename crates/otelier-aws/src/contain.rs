//! Keeps a panic of telemetry away from the user's call.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does `work`, a piece of telemetry. If it panics, as a tracer or a propagator that the user installed may, that is all
/// that is lost.
pub(crate) fn contain<R>(work: impl FnOnce() -> R) -> Option<R> {
    // Nothing that a panic left half done is looked at again but by code that takes each part as it finds it.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(_) => {
            tracing::warn!("telemetry of an AWS call panicked; the call goes on without it");
            None
        }
    }
}
