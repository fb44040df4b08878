//! Which spans and events are telemetry's own, so that they never become telemetry.
//!
//! An exporter that reports a failure with `tracing` would cause a log record, whose export may
//! fail and cause another. What belongs to these crates is therefore never exported. It is still
//! written as a line, where it can cause nothing.

use tracing::Metadata;

/// The crates whose spans and events are about telemetry itself.
///
/// Each name stands for the crate itself, its modules, and crates whose names start with it and a
/// separator.
const OWN: [&str; 3] = ["otelier", "opentelemetry", "tracing_opentelemetry"];

/// Whether `metadata` belongs to Otelier or the OpenTelemetry SDK. What exporters cause in other
/// crates is left out by the pipeline, which knows their threads.
pub(crate) fn is_own(metadata: &Metadata<'_>) -> bool {
    is_own_target(metadata.target())
}

/// For records of the `log` crate, whose own target is a field of the event.
pub(crate) fn is_own_target(target: &str) -> bool {
    // `otelier_core::export`, `opentelemetry-otlp` and the like, but not `otelierish`.
    OWN.iter().any(|name| {
        target.strip_prefix(name).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with("::") || rest.starts_with(['_', '-', '.'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_targets_are_recognized_by_crate() {
        for target in ["otelier", "otelier_core::export", "opentelemetry_sdk", "opentelemetry-otlp"]
        {
            assert!(is_own_target(target), "{target}");
        }
        for target in ["shop", "otelierish", "opentelemetryx::a", "shop::otelier"] {
            assert!(!is_own_target(target), "{target}");
        }
    }
}
